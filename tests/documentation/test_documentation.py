"""The documentation is true: references are current, examples run, commands print what the pages show."""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import geoaccess as ga
from geoaccess.cli.app import COMMANDS, run

sys.path.insert(0, str(Path(__file__).parent))
import reference

DOCS = Path(ga.__file__).parent / "docs"
ROOT = DOCS.parent.parent
#: Commands that the interface promises.
PROMISED = {"demo", "access", "place", "compare", "losses", "frontier", "route", "map", "report", "network"}
PROMISED |= {"matrix", "isochrones", "solve", "study", "doctor"}


@pytest.mark.parametrize("page", reference.PAGES)
def test_reference_pages_are_current(page: str) -> None:
    made = reference.PAGES[page]()
    assert made == (DOCS / page).read_text(encoding="utf-8"), (
        f"make it anew: python -m tests.documentation.refresh {page}"
    )


def test_every_promised_command_is_documented() -> None:
    text = (DOCS / "reference" / "commands.md").read_text(encoding="utf-8")
    assert set(COMMANDS) >= PROMISED
    assert not [name for name in COMMANDS if f"## `geoaccess {name}`" not in text]


def test_every_error_that_is_raised_has_an_entry_that_a_search_finds() -> None:
    page = (DOCS / "reference" / "messages.md").read_text(encoding="utf-8")
    raised: set[str] = set()
    for room in ("geoaccess", "networks", "optimise", "maps"):
        for path in (ROOT / room).rglob("*.py"):
            source = path.read_text(encoding="utf-8")
            # A code, or a whole sentence, that is given to an error or to a fault.
            raised |= set(
                re.findall(
                    r"(?:Error|Fault|fault|fail)\(\s*\[?(?:Fault\()?\s*(?:Note|Sentence)\(\s*\"([a-z][\w.]+)\"",
                    source,
                )
            )
            raised |= {
                text.replace("|", "\\|")
                for text in re.findall(
                    r"(?:DataError|Fault|UsageError)\(\s*\[?(?:Fault\()?\s*\"([^\"{}\\]+ [^\"{}\\]+)\"[,)]",
                    source,
                )
            }
    assert len(raised) > 300
    assert not sorted(
        one for one in raised if (f"`{one}`" if "." in one and " " not in one else one) not in page
    )


def test_examples_of_the_library_page_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = (DOCS / "library.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL)
    assert len(blocks) == 7
    exec(compile("\n".join(blocks), "library.md", "exec"), {"__name__": "example"})
    assert (tmp_path / "map.html").stat().st_size > 10_000


def test_the_tutorial_prints_what_it_shows(
    shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    text = (DOCS / "tutorial.md").read_text(encoding="utf-8")
    (table,) = re.findall(r"```csv\n(.*?)```", text, flags=re.DOTALL)
    (tmp_path / "departments.csv").write_text(table, encoding="utf-8")
    shutil.copyfile(shared / "osm" / "malta-latest.osm.pbf", tmp_path / "malta-latest.osm.pbf")
    blocks = re.findall(r"```console\n\$ geoaccess (.*?)\n(.*?)```", text, flags=re.DOTALL)
    assert len(blocks) == 4
    for command, shown in blocks:
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            run(shlex.split(command))
        printed = [_steady(line) for line in out.getvalue().splitlines()]
        missing = [line for line in shown.splitlines() if _steady(line) not in printed]
        assert not missing, f"{command}: {missing} in {out.getvalue()[:3000]}"


def _steady(line: str) -> str:
    """A line without its solver version, its seconds, and the widths of its columns."""
    return " ".join(re.sub(r"\(HiGHS [^)]*\)", "(HiGHS)", line).split())


def test_the_site_builds_without_a_warning(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "mkdocs",
        "build",
        "--strict",
        "--quiet",
        "--site-dir",
        str(tmp_path / "site"),
    ]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    home = (tmp_path / "site" / "index.html").read_text(encoding="utf-8")
    assert "district medical centres" in home
    assert not re.findall(r'(?:src|href)="https?://(?!github)', home.replace("https://squidfunk", ""))
