"""The run of a comparison: gains and losses from one run, or scenario, to another."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from geoaccess.answers.answer import Answer
from geoaccess.questions.comparison.answer import compare_runs

#: Facts of a run that are those of its study.
_STUDY_FACTS = (
    "study",
    "title",
    "title_nb",
    "notice",
    "notice_nb",
    "sources",
    "year",
    "weights",
    "groups",
    "kinds",
    "scenario_titles",
    "boundaries",
    "boundaries_code",
)


def comparison_answer(
    first: Answer, second: Answer, *, scenarios: tuple[str, str] | None = None, weight: str | None = None
) -> Answer:
    """The run of ``geoaccess compare``: gains and losses from one run, or scenario, to another.

    Raises:
        UnknownNameError: a run has no such scenario, or the weight is unknown.
        DataError: the runs share no kind or not the same demand points.
    """
    found = compare_runs(first, second, scenarios=scenarios, weight=weight)
    names = scenarios or (_state(first), _state(second))
    labels = _labels(first, second, names)
    told = {
        "a": found.name_a,
        "b": found.name_b,
        "label_a": labels[0],
        "label_b": labels[1],
        "scenarios": list(names),
        "weight": found.weight,
        "facilities_a": _facilities_in(first, names[0]),
        "facilities_b": _facilities_in(second, names[1]),
    }
    facts = {key: first.facts[key] for key in _STUDY_FACTS if key in first.facts}
    notes = dict.fromkeys([*first.facts.get("notes", ()), *second.facts.get("notes", ())])
    return Answer(
        question="compare",
        facts={
            **facts,
            "compare": told,
            "weight": found.weight,
            "notes": list(notes),
            **_inputs(first, second),
        },
        tables={
            "comparison": found.points,
            "comparison_groups": found.groups,
            "comparison_region": found.region,
            **_kept(first, second),
        },
        inputs=tuple(dict.fromkeys([*first.inputs, *second.inputs])),
    )


def _inputs(first: Answer, second: Answer) -> dict[str, dict[str, str]]:
    """Hashes of the files that the two runs were made from, where they say so; both where they differ."""
    a, b = (dict(run.facts.get("inputs", {})) for run in (first, second))
    differing = {name for name in a.keys() & b.keys() if a[name] != b[name]}
    merged = {name: digest for name, digest in {**a, **b}.items() if name not in differing}
    for letter, own in (("A", a), ("B", b)):
        merged |= {f"{name} ({letter})": own[name] for name in sorted(differing)}
    return {"inputs": merged} if merged else {}


def _state(run: Answer) -> str:
    """The scenario of a run: that of its placement, else the base or its only one."""
    if "nearest" in run.tables:
        names = run.tables["nearest"]["scenario"].astype(str).unique().tolist()
        return "base" if "base" in names else str(names[0])
    return str(run.facts["place"]["scenario"])


def _labels(first: Answer, second: Answer, names: Sequence[str]) -> tuple[str, str]:
    """What people call the two states: their scenarios, or their placements."""
    told = [
        str(run.facts["place"]["title"]) if run.question == "place" else name
        for run, name in zip((first, second), names, strict=True)
    ]
    if told[0] == told[1]:
        told = [f"{text} ({letter})" for text, letter in zip(told, "AB", strict=True)]
    return told[0], told[1]


def _facilities_in(run: Answer, scenario: str) -> list[str] | None:
    """Ids of the facilities that are there in a state of an answer; None where it does not say."""
    found: list[str] | None = run.facts.get("facilities_in", {}).get(scenario)
    return found


def _kept(first: Answer, second: Answer) -> dict[str, pd.DataFrame]:
    """Tables of the two runs that a map of their difference needs."""
    kept = {}
    for name in ("municipalities", "links"):
        table = second.tables.get(name, first.tables.get(name))
        if table is not None:
            kept[name] = table
    places = [run.tables["facilities"] for run in (first, second) if "facilities" in run.tables]
    if places:
        kept["facilities"] = pd.concat(places, ignore_index=True).drop_duplicates(
            "facility_id", ignore_index=True
        )
    closures = [run.tables["closures"] for run in (first, second) if "closures" in run.tables]
    if closures:
        kept["closures"] = pd.concat(closures, ignore_index=True).drop_duplicates(ignore_index=True)
    return kept
