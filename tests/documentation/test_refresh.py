"""The program that writes pages anew knows every page that is made, and refuses what it cannot make."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
_SPEC = importlib.util.spec_from_file_location("refresh", Path(__file__).with_name("refresh.py"))
assert _SPEC is not None
assert _SPEC.loader is not None
refresh = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(refresh)
DOCS = ROOT / "geoaccess" / "docs"


def test_every_page_is_made_by_one_program_and_is_there() -> None:
    made = [page for module in refresh.makers(refresh.MAKERS) for page in module.PAGES]
    assert len(made) == len(set(made))
    assert all((DOCS / page).is_file() for page in made)
    assert set(made) >= {
        "questions.md",
        "scenarios.md",
        "placements.md",
        "library.md",
        "reference/commands.md",
    }


def test_pages_that_say_what_makes_them_say_this_program() -> None:
    told = [page for page in sorted(DOCS.rglob("*.md")) if "<!-- Made by" in page.read_text(encoding="utf-8")]
    assert told
    assert all("python -m tests.documentation.refresh" in page.read_text(encoding="utf-8") for page in told)


def test_only_the_named_page_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[str] = []

    class Maker:
        PAGES = ("one.md", "two.md")

        @staticmethod
        def rewrite(page: str) -> None:
            written.append(page)

    monkeypatch.setattr(refresh, "makers", lambda files: [Maker()] if files == refresh.MAKERS else [])
    assert refresh.refresh(["two.md"]) == ["two.md"]
    assert written == ["two.md"]
    assert refresh.refresh([]) == ["one.md", "two.md"]
    with pytest.raises(KeyError, match=r"no page three\.md"):
        refresh.refresh(["three.md"])
    assert written == ["two.md", "one.md", "two.md"]


def test_frozen_figures_want_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[tuple[str, str]] = []

    class Frozen:
        PAGES = ("headlines.json",)
        NEEDS_REASON = True

        @staticmethod
        def rewrite(page: str, because: str) -> None:
            written.append((page, because))

    monkeypatch.setattr(refresh, "makers", lambda files: [Frozen()] if files == refresh.NAMED_ONLY else [])
    with pytest.raises(ValueError, match="--because"):
        refresh.refresh(["headlines.json"])
    refresh.refresh(["headlines.json"], because="roads were mended")
    assert written == [("headlines.json", "roads were mended")]


def test_the_command_line_names_the_pages_and_refuses_others() -> None:
    asked = [sys.executable, "-m", "tests.documentation.refresh", "no-such-page.md"]
    done = subprocess.run(asked, capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 2
    assert "no page no-such-page.md" in done.stderr
    assert "questions.md" in done.stderr
