"""The check of what is shipped finds what does not belong; locked packages are free to ship."""

from __future__ import annotations

import io
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
import check_dist

ROOT = Path(__file__).resolve().parents[2]
GOOD = [*(f"{room}py.typed" for room in check_dist.ROOMS), *check_dist.STUDIES]


def dist(folder: Path, wheel: list[str], sdist: list[str]) -> Path:
    folder.mkdir()
    with zipfile.ZipFile(folder / "geoaccess-1-py3-none-any.whl", "w") as archive:
        for name in wheel:
            archive.writestr(zipfile.ZipInfo(name), "x")
    with tarfile.open(folder / "geoaccess-1.tar.gz", "w:gz") as packed:
        for name in sdist:
            packed.addfile(tarfile.TarInfo(name), io.BytesIO())
    return folder


def test_a_clean_build_passes(tmp_path: Path) -> None:
    assert (
        check_dist.faults_of_dist(dist(tmp_path / "d", [*GOOD, "geoaccess-1.dist-info/RECORD"], ["g/a.py"]))
        == []
    )


@pytest.mark.parametrize(
    ("wheel", "sdist", "told"),
    [
        ([*GOOD, "tests/test_a.py"], [], "tests/test_a.py does not belong"),
        ([*GOOD, "geoaccess/__pycache__/a.pyc"], [], "a.pyc does not belong"),
        (GOOD[1:], [], "geoaccess/py.typed is missing"),
        (GOOD[:-1], [], "malta/malta.osm.pbf is missing"),
        (GOOD[:4] + GOOD[5:], [], "nord-norge/study.toml is missing"),
        (GOOD, ["g/tests/malta.osm.pbf"], "g/tests/malta.osm.pbf does not belong"),
        (GOOD, ["g/runs/demo/run.json"], "g/runs/demo/run.json does not belong"),
    ],
)
def test_what_does_not_belong_is_found(tmp_path: Path, wheel: list[str], sdist: list[str], told: str) -> None:
    assert any(told in fault for fault in check_dist.faults_of_dist(dist(tmp_path / "d", wheel, sdist)))


def test_builds_that_differ_are_found(tmp_path: Path) -> None:
    one, other = dist(tmp_path / "a", GOOD, []), dist(tmp_path / "b", [*GOOD, "maps/x.py"], [])
    assert check_dist.faults_of_rebuild(one, one) == []
    assert check_dist.faults_of_rebuild(one, other) == ["geoaccess-1-py3-none-any.whl: two builds differ"]


def test_no_locked_package_binds_those_who_ship_it() -> None:
    assert check_dist.faults_of_licences(ROOT / "requirements.lock") == []


@pytest.mark.parametrize(
    ("licence", "binding"),
    [
        ("AGPL-3.0-only", True),
        ("GNU General Public License v3", True),
        ("GPLv2+; LGPLv2+; MPL 1.1", False),
        ("MIT", False),
    ],
)
def test_binding_licences_are_known(monkeypatch, tmp_path: Path, licence: str, binding: bool) -> None:
    from email.message import Message

    told = Message()
    told["License"] = licence
    monkeypatch.setattr(check_dist, "metadata", lambda name: told)
    (tmp_path / "lock").write_text("thing==1.0 \\\n", encoding="utf-8")
    assert bool(check_dist.faults_of_licences(tmp_path / "lock")) is binding
