"""The planner's page holds every question and capability, one command each, printed in both languages."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path

import pytest

FILE = Path(__file__).with_name("planner_page.py")


@pytest.fixture(scope="module")
def made():
    spec = importlib.util.spec_from_file_location("planner_page", FILE)
    module = importlib.util.module_from_spec(spec)
    sys.modules["planner_page"] = module
    spec.loader.exec_module(module)
    return module


def test_there_are_nine_questions_and_twelve_capabilities(made):
    assert len(made.QUESTIONS) == 9
    assert len(made.CAPABILITIES) == 12
    commands = [asked.command for asked in (*made.QUESTIONS, *made.CAPABILITIES, *made.TOGETHER)]
    assert len(set(commands)) == len(commands)
    assert all(command.count("geoaccess ") == 1 for command in commands)


@pytest.mark.parametrize("language", ["en", "nb"])
def test_every_command_stands_on_the_page_with_what_it_printed(made, language):
    page = (made.DOCS / "planner.md").read_text(encoding="utf-8")
    for asked in (*made.QUESTIONS, *made.CAPABILITIES, *made.TOGETHER):
        assert f". {asked.question}\n\n*{asked.question_nb}*" in page
        block = re.search(
            rf"^```\n{re.escape(asked.typed(language))}\n```\n\n```text\n(.*?)^```", page, re.M | re.S
        )
        assert block, asked.command
        assert len(block[1].splitlines()) > 1, asked.command
        assert "Error" not in block[1]


def test_only_the_first_rows_of_a_table_are_shown(made):
    table = ["title", "┏━━┓", "┃ a┃", "┡━━┩", "│ 1│", "│ 2│", "│  │", "│ 3│", "└──┘", "after"]
    assert made.heads(table, 1, 1) == [*table[:5], made.LEFT_OUT, *table[8:]]
    assert made.heads(table, 2, 1) == [*table[:7], made.LEFT_OUT, *table[8:]]
    assert made.heads([*table, *table], 3, 1) == [*table, "title", made.LEFT_OUT]
