"""What two runs count differently beside their scenarios: a helicopter left out must not pass for winter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from geoaccess.answers.answer import Answer
from geoaccess.answers.counted import FACT
from geoaccess.words.note import Note, listed, note_in

#: Inputs that are told, in this order.
INPUTS = ("resources", "year", "variant", "season", "percentile", "within_min", "services")
Inputs = Mapping[str, Any]


def differing(
    first: Answer, second: Answer, scenarios: Sequence[str], tables: Sequence[pd.DataFrame]
) -> tuple[Inputs, Inputs]:
    """The inputs that differ, as each run has them; None where a run does not say.

    Args:
        first: a run.
        second: another.
        scenarios: the scenario of each.
        tables: the times of each, with ``kind``.
    """
    a, b = (
        _inputs(run, name, table) for run, name, table in zip((first, second), scenarios, tables, strict=True)
    )
    names = [name for name in INPUTS if (name in a or name in b) and a.get(name) != b.get(name)]
    return {name: a.get(name) for name in names}, {name: b.get(name) for name in names}


def _inputs(run: Answer, scenario: str, table: pd.DataFrame) -> Inputs:
    told = dict(run.facts.get(FACT, {}).get(scenario, {}))
    if "year" in run.facts:
        told.setdefault("year", run.facts["year"])
    return told | {"services": sorted(table["kind"].astype(str).unique())}


#: Options of a command that change no figure, and whether a value follows them.
_NO_FIGURE = {
    "-o": True,
    "--output": True,
    "--lang": True,
    "--overwrite": False,
    "--json": False,
    "--csv": False,
}
_NO_FIGURE |= {"-q": False, "--quiet": False, "-v": False, "--verbose": False}
#: The label of a state says its scenario.
_NO_FIGURE |= {"--scenario": True}
#: Files that are named, where the inputs of two runs differ.
_MOST_FILES = 6


def differing_runs(
    first: Answer, second: Answer, *, told_apart: bool
) -> tuple[tuple[str, ...], tuple[str, ...], list[Note]]:
    """What was asked of one run alone, of the other alone, and notes on what else differed in their inputs.

    Args:
        first: a run, as its folder has it; a run in memory says nothing of its command and files.
        second: another.
        told_apart: they differ in their scenarios, or in what they count.
    """
    asked = [_asked(run.facts.get("command") or ()) for run in (first, second)]
    alone = [tuple(one for one in here if one not in there) for here, there in (asked, asked[::-1])]
    told = []
    if any(alone):
        nothing = Note("compare.input.none_asked")
        told.append(Note("compare.asked", a=list(alone[0]) or nothing, b=list(alone[1]) or nothing))
    files = [dict(run.facts.get("inputs") or {}) for run in (first, second)]
    if all(files):
        other = sorted(name for name in {*files[0], *files[1]} if files[0].get(name) != files[1].get(name))
        if other:
            told.append(Note("compare.files", names=listed(other, _MOST_FILES)))
        elif not (told_apart or any(alone)):
            told.append(Note("compare.same_files", n=len(files[0])))
    versions = [str((run.facts.get("versions") or {}).get("geoaccess", "")) for run in (first, second)]
    if all(versions) and versions[0] != versions[1]:
        told.append(Note("compare.versions", a=versions[0], b=versions[1]))
    return alone[0], alone[1], told


def _asked(command: Sequence[str]) -> list[str]:
    """The arguments of a command that change figures, an option with its value as one."""
    arguments = [str(one) for one in command[1:]]
    found: list[str] = []
    while arguments:
        one = arguments.pop(0)
        name = one.partition("=")[0]
        has_value = one.startswith("--") and "=" not in one and bool(arguments) and arguments[0][:1] != "-"
        if name in _NO_FIGURE:
            if _NO_FIGURE[name] and "=" not in one and arguments:
                arguments.pop(0)
            continue
        found.append(f"{one} {arguments.pop(0)}" if has_value else one)
    return found


def differences(a: Inputs, b: Inputs) -> list[Note]:
    """A note for each input that differs; the year has one of its own, on whose people are counted."""
    return [
        Note(
            "compare.differs",
            what=Note(f"compare.input.{name}"),
            a=_said(name, a[name]),
            b=_said(name, b[name]),
        )
        for name in a
        if name != "year"
    ]


def labelled(text: str, inputs: Inputs, language: str = "en") -> str:
    """A label with what its run counts, where the other counts something else."""
    told = [note_in(_labelled(name, value), language) for name, value in inputs.items()]
    return f"{text} [{'; '.join(told)}]" if told else text


def called(told: Mapping[str, Any], letter: str, language: str) -> str:
    """What a comparison calls its state ``a`` or ``b``, with what it counts where the two differ."""
    return labelled(told[f"label_{letter}"][language], told.get(f"inputs_{letter}", {}), language)


def _labelled(name: str, value: object) -> Note:
    return Note("compare.input.label", what=Note(f"compare.input.{name}"), value=_said(name, value))


def _said(name: str, value: object) -> object:
    """A value in words; an empty one is the study's own."""
    if name == "season" and value is not None:
        return Note(f"season.{value}")
    if isinstance(value, list | tuple):
        return [str(one) for one in value] or Note("compare.input.none")
    if value is None:
        return Note("compare.input.untold")
    return str(value) or Note("compare.input.own")
