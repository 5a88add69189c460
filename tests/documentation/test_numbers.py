"""A figure in the prose of a page has the command beside it that gives it, or stands in what a command printed there.

Beside means in the same section. A figure is a number with a unit; tables, code and headings are not prose. Where there
is no command, the section stands in ``WITHOUT`` with the reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import geoaccess

DOCS = Path(geoaccess.__file__).parent / "docs"
_UNITS = "%|min|minutes|s|seconds|ms|km|MB|GB|kB|persons|people|times|places|tests|hours"
_FIGURE = re.compile(rf"(?<![\w.`\[/-])(\d[\d,]*(?:\.\d+)?)\s?(?:{_UNITS})(?!\w)")
_COMMAND = re.compile(r"(?:`|^\$ |^)(?:python -m|python3? |geoaccess |make |pytest )", re.MULTILINE)
_BLOCK = re.compile(r"^```.*?^```\n?", re.DOTALL | re.MULTILINE)

_SETTING = "a setting of the program, said by its help and the reference, not a finding"
_ASSUMED = "an assumption or a rule of the study, with its source in its files"
_PUBLISHED = "a figure of the literature, of whom the text names"
_MEASURED = "measured by hand when it was built; no command gives it again"
#: (page, section) -> why its figures have no command.
WITHOUT = {
    ("around-the-clock.md", "What an answer rests on"): _SETTING,
    ("around-the-clock.md", "The folder, the map and the report"): _SETTING,
    ("around-the-clock.md", "What is not here"): _SETTING,
    ("beds.md", "How beds are sized"): _ASSUMED,
    ("calls-and-crews.md", "What happens to a call"): _ASSUMED,
    ("calls-and-crews.md", "What is assumed"): _MEASURED,
    ("concepts.md", "Travel time is a sum"): _PUBLISHED,
    ("engine.md", "First use"): _MEASURED,
    (
        "maps.md",
        "A town, and a map without a coast",
    ): "how fine the coast that ships was made: maps/basemap.py",
    ("placements.md", "Ambulance stations"): _ASSUMED,
    ("resources.md", "What is weaker than it looks"): _PUBLISHED,
    ("robustness.md", "Damaged files (`tests/fuzz/`)"): _SETTING,
    ("routers.md", "Grades: `--elevation FILE`"): _PUBLISHED,
    ("routers.md", "What is set apart, and why"): "of the run above it on the page, place by place",
    ("surface.md", "What a study says"): _PUBLISHED,
    (
        "surface.md",
        "How it is computed",
    ): "the geometry of sixteen moves: 1/cos of half the widest angle between two",
    ("what-if.md", "What it says"): _SETTING,
    (
        "what-if.md",
        "The film",
    ): "what a hand chose in the pictures; `python -m tests.documentation.refresh` names the film",
}


def sections(page: Path) -> Iterator[tuple[str, str]]:
    """(heading, text) of a page; what stands in code is no heading."""
    text = page.read_text(encoding="utf-8")
    blocks: list[str] = []

    def put_aside(found: re.Match[str]) -> str:
        blocks.append(found.group(0))
        return f"\x00{len(blocks) - 1}\x00\n"

    for part in re.split(r"(?m)^(?=#{1,4} )", _BLOCK.sub(put_aside, text)):
        heading = part.partition("\n")[0].lstrip("# ")
        yield heading, re.sub(r"\x00(\d+)\x00\n", lambda found: blocks[int(found.group(1))], part)


def figures_without_a_command(page: Path) -> dict[str, list[str]]:
    """Section -> its figures that no command gives there, and that no command printed on the page."""
    text = page.read_text(encoding="utf-8")
    printed = "".join(block for block in _BLOCK.findall(text) if _COMMAND.search(block))
    printed += "".join(line for line in text.splitlines() if line.startswith("|"))
    found = {}
    for heading, section in sections(page):
        if _COMMAND.search(section):
            continue
        prose = "\n".join(
            line for line in _BLOCK.sub("", section).splitlines() if not line.startswith(("|", "#"))
        )
        prose = re.sub(r"`[^`]*`", "", prose)
        alone = [
            one
            for one in _FIGURE.findall(prose)
            if not re.search(rf"(?<![\d.,]){re.escape(one)}(?![\d,])", printed)
        ]
        if alone:
            found[heading] = alone
    return found


def test_every_figure_has_its_command_or_its_reason() -> None:
    found = {
        (page.name, heading): alone
        for page in sorted(DOCS.glob("*.md"))
        for heading, alone in figures_without_a_command(page).items()
    }
    assert {key: alone for key, alone in found.items() if key not in WITHOUT} == {}
    assert sorted(set(WITHOUT) - set(found)) == [], "these have their command now: strike them out"


def test_a_figure_without_a_command_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "# A\n\nIt takes 12 minutes.\n\n# B\n\n```console\n$ geoaccess doctor\n7 places\n```\n\nIt takes 13 minutes.\n\n"
        "# C\n\nThere are 7 places, and 8 km.\n\n# D\n\nVersion 3.11, in 2026, `--within 5 km`.\n",
        encoding="utf-8",
    )
    assert figures_without_a_command(page) == {"A": ["12"], "C": ["8"]}
