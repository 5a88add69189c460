"""What the pages of questions and scenarios show is what the commands print."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
import printed

BLOCKS = [block for page in printed.PAGES for block in printed.blocks(page)]


@pytest.mark.parametrize("block", BLOCKS, ids=[f"{block.page}: {block.title}" for block in BLOCKS])
def test_a_page_shows_what_is_printed(block, tmp_path):
    lines = printed.printed(block, tmp_path)
    assert printed.missing(block, lines) == []


def test_the_pages_cover_the_commands_of_the_questions():
    commands = {block.title.split()[1] for block in BLOCKS}
    assert commands >= {"access", "losses", "compare", "reliability", "sensitivity", "clocks"}
    for page in printed.PAGES:
        text = (printed.DOCS / page).read_text(encoding="utf-8")
        shown = sum(len(block.commands) for block in printed.blocks(page))
        assert shown == sum(line.startswith("geoaccess ") for line in text.splitlines())


def test_a_changed_figure_and_a_changed_order_are_missed():
    block = printed.Block("none", ("geoaccess x",), "a 1\n  ...\nb 2\n", "")
    assert printed.missing(block, ["a 1", "other", "b 2"]) == []
    assert printed.missing(block, ["b 2", "a 1"]) == ["b 2"]
    assert printed.missing(block, ["a 1", "b 3"]) == ["b 2"]
    assert list(printed.updated(block, ["a 1", "b 3"])) == ["a 1", "  ...", "b 3"]
    assert printed.steady("solved in 0.31 s (HiGHS)  ") == "solved in # s (HiGHS)"
