"""The two folders for compiled code, of travel times and of placements, follow the same rules.

The packages do not know each other and keep a folder each; what one does where a folder cannot be written or is open
to others, the other does too.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from types import ModuleType

import pytest

import networks.hierarchy.compiled as of_times
import optimise.compiled as of_placements

BOTH = pytest.mark.parametrize("compiled", [of_times, of_placements], ids=["networks", "optimise"])


@pytest.fixture(autouse=True)
def anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """No folder that is named, and none remembered, before and after."""
    monkeypatch.setattr(of_times._settings, "CACHE_DIR", "")
    yield
    _forget()


def _forget() -> None:
    for one in (of_times.cache_folder, of_placements.cache_folder):
        getattr(one, "cache_clear", lambda: None)()


def folder_of(compiled: ModuleType) -> Path | None:
    _forget()
    found: Path | None = compiled.cache_folder()
    return found


@BOTH
def test_the_folder_is_the_users_own(
    compiled: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    folder = folder_of(compiled)
    assert folder.parent == tmp_path / "cache" / "geoaccess"
    assert folder.stat().st_mode & 0o077 == 0


@BOTH
@pytest.mark.parametrize(
    ("platform", "expected"), [("linux", ".cache"), ("darwin", "Library/Caches"), ("win32", "AppData/Local")]
)
def test_the_users_cache_is_where_the_system_has_it(
    compiled: ModuleType, platform: str, expected: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr("sys.platform", platform)
    assert folder_of(compiled).parent == tmp_path / expected / "geoaccess"


@BOTH
def test_a_named_folder_counts_unless_it_cannot_be_written(
    compiled: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(compiled._settings, "CACHE_DIR", str(tmp_path / "named"))
    assert folder_of(compiled) == tmp_path / "named"
    (tmp_path / "file").write_text("", encoding="utf-8")
    monkeypatch.setattr(compiled._settings, "CACHE_DIR", str(tmp_path / "file" / "below"))
    assert folder_of(compiled).is_relative_to(tmp_path / "cache")


@BOTH
@pytest.mark.skipif(not hasattr(os, "getuid"), reason="permissions of POSIX")
def test_without_a_home_it_is_kept_in_a_temporary_folder_that_nobody_else_may_write(
    compiled: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    folder = folder_of(compiled)
    assert folder.is_relative_to(tmp_path)
    assert folder_of(compiled) == folder, "kept for the next process"
    folder.chmod(0o777)
    assert folder_of(compiled) != folder


@BOTH
def test_where_nothing_can_be_written_there_is_none(
    compiled: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def nowhere() -> str:
        raise FileNotFoundError("no usable temporary directory")

    (tmp_path / "file").write_text("", encoding="utf-8")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    monkeypatch.setattr(tempfile, "gettempdir", nowhere)
    assert folder_of(compiled) is None


def test_the_digest_of_travel_times_has_every_file_with_a_compiled_function() -> None:
    """Numba does not notice a change in a file whose functions another calls: it would run what was there before."""
    networks = Path(of_times.__file__).parents[1]
    compiled = {
        path for path in networks.rglob("*.py") if "\n@compiled\n" in path.read_text(encoding="utf-8")
    }
    assert len(compiled) > 15
    assert compiled <= {*of_times.compiled_sources()}
    assert all(path.is_file() for path in of_times.compiled_sources())
