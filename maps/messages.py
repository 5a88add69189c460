"""The page's own words, by language: one catalogue file each, English being the complete one."""

from __future__ import annotations

import json
from functools import cache
from importlib import resources


@cache
def messages_for(language: str) -> dict[str, str]:
    """Message key -> text in a language; what a catalogue lacks is English."""
    return _catalogue("en") | _catalogue(language)


def _catalogue(language: str) -> dict[str, str]:
    file = resources.files("maps").joinpath("_assets", f"messages.{language}.json")
    catalogue: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))
    return catalogue
