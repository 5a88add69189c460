"""The page on placements shows what its commands print."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

_SPEC = importlib.util.spec_from_file_location(
    "placement_page", Path(__file__).with_name("placement_page.py")
)
page = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(page)

#: Several seconds of solving each: printed anew by the script alone.
SLOW = ("place nord-norge blood-kits --scenario", "place nord-norge kad-80-beds")


def quick():
    return [pytest.param(*block, id=block[0]) for block in page.blocks() if not block[0].startswith(SLOW)]


@pytest.mark.parametrize(("command", "shown"), quick())
def test_a_block_is_what_the_command_prints(command, shown):
    told = page.printed(command)
    assert page.steady(told) == page.steady(shown), (
        "print it anew: python -m tests.documentation.refresh placements.md"
    )


def test_all_three_placements_are_shown_in_both_states_and_together():
    commands = [command for command, _ in page.blocks()]
    for name in ("ambulance", "blood-kits", "kad"):
        own = [command for command in commands if f" {name} " in command]
        assert any("--scenario summer-day --scenario winter-night" in command for command in own)
        assert any("--robust" in command for command in own)
    assert all(shown.strip() for _, shown in page.blocks())
    assert all("optimal" in shown for command, shown in page.blocks() if "--guarantee" not in command)
