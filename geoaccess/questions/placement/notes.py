"""What a reader of a placement must know beside its figures."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geoaccess.answers.study_notes import study_notes
from geoaccess.questions.placement.resource_bases import bases_off_the_lines
from geoaccess.study import Study
from geoaccess.study.schema import Placement as Question

FloatArray = NDArray[np.float64]

_NAMED = 30


def placement_notes(
    study: Study, question: Question, demand: pd.DataFrame, persons: FloatArray
) -> tuple[str, ...]:
    """Notes of the study, of the question's assumptions, and of the people whom nothing reaches."""
    kinds = [question.facility, *(other.kind for other in question.alternatives)]
    notes = [*study_notes(study, kinds), *question_notes(study, question)]
    before, after = demand["before_min"].to_numpy(), demand["after_min"].to_numpy()
    newly = persons[np.isnan(before) & ~np.isnan(after)].sum()
    if newly and question.unreached_min is None:
        notes.append(
            f"people whom nothing reaches come first, then the mean: {newly:,.0f} persons become reachable, "
            "and only from then on count in the mean"
        )
    unreached = np.isnan(after) & (persons > 0)
    if unreached.any():
        label = study.kind(question.facility).label
        notes.append(
            f"no {label} {_why(question)} {persons[unreached].sum():,.0f} persons, left out of the mean: "
            f"{_listed(study, demand, unreached)}"
        )
    return tuple(notes)


def _why(question: Question) -> str:
    if question.catchment == "any":
        return "reaches"
    allowed = "at home" if question.catchment == "home" else f"within {question.borders} municipal border(s)"
    return f"{allowed} serves"


def _listed(study: Study, demand: pd.DataFrame, rows: NDArray[np.bool_]) -> str:
    """Places by name; whole municipalities where there are many."""
    names = demand.loc[rows, "name"].astype(str).tolist()
    if len(names) <= _NAMED:
        return ", ".join(names)
    labels = study.municipalities.set_index("municipality_code")["name"]
    codes = demand.loc[rows, "municipality_code"].drop_duplicates()
    return f"{len(names)} places in {', '.join(labels.loc[codes])}"


def question_notes(study: Study, question: Question) -> list[str]:
    """Fixed parts, assumptions on craft and units, promises: what the question takes for granted."""
    notes = []
    told = [(study.kind(question.facility).label, question.parts)]
    told += [(study.kind(other.kind).label, other.parts) for other in question.alternatives]
    told += [(study.kind(craft.kind).label, craft.parts) for craft in question.craft]
    for label, parts in told:
        if parts:
            listed = " + ".join(f"{value:g} min {name.replace('_', ' ')}" for name, value in parts.items())
            notes.append(f"time by {label} = {listed} + travel")
    if question.onward is not None:
        onward = "".join(f" + {value:g} min {name}" for name, value in question.onward.parts.items())
        notes.append(f"and on to the best {study.kind(question.onward.kind).label}{onward}")
    if question.unreached_min is not None:
        most = f"{question.unreached_min:g} min"
        notes.append(f"a person whom nothing reaches counts as {most} in the objective, a longer way too")
    if question.parts_source:
        notes.append(f"fixed parts: {question.parts_source}")
    for craft in question.craft:
        way = "along the ferry lines, then by road" if craft.mode == "boat" else "straight to the patient"
        notes.append(
            f"{study.kind(craft.kind).label}: {craft.speed_kph:g} km/h {way}, "
            f"at most {craft.range_km:g} km out"
            + (f", not in {', '.join(craft.grounded_in)}" if craft.grounded_in else "")
            + f" ({craft.source})"
        )
    for craft in question.craft:
        left_out = bases_off_the_lines(study, craft)
        if left_out:
            notes.append(f"left out, for no ferry line calls there: {', '.join(left_out)}")
    if question.units is not None and question.units.erlang is not None:
        notes.append(f"sizes by Erlang's loss formula; admissions and stay: {question.units.erlang.source}")
    return notes
