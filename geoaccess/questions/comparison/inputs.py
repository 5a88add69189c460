"""What two runs count differently beside their scenarios: a helicopter left out must not pass for winter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from geoaccess.answers.answer import Answer
from geoaccess.answers.counted import FACT
from geoaccess.words.note import Note, note_in

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
