"""How sure a placement over the day is: what ways rest on, and the other answer for unknown nights."""

from __future__ import annotations

import numpy as np
import pandas as pd

from geoaccess.answers.day_tables import BASES, NIGHT, persons_by_basis
from geoaccess.ground.arrays import FloatArray
from geoaccess.minutes.drives_over_day import Over, day_basis, day_minutes
from geoaccess.questions.placement.minutes import ONE_CLOCK, class_thresholds
from geoaccess.study import Study
from geoaccess.study.names import kind_words, scenario_words
from geoaccess.study.placement_sections import Placement as Question
from geoaccess.words.note import Note
from networks.arrival import Basis


def day_notes(
    study: Study,
    question: Question,
    places: pd.DataFrame,
    site_after: pd.Series,
    after_min: FloatArray,
    persons: FloatArray,
) -> list[Note]:
    """What the placement's times over the day rest on; nothing at one clock time.

    Args:
        study: the study in its state.
        question: the question.
        places: the sites of the problem.
        site_after: (n_demand,) id of the site that serves each; empty: none.
        after_min: (n_demand,) what counts of it over the day; NaN = unreachable.
        persons: (n_demand,) persons.
    """
    if question.times == ONE_CLOCK:
        return []
    over: Over = {
        "around-the-clock-mean": "mean",
        "around-the-clock-p90": "p90",
        "around-the-clock-beyond": "beyond",
    }[question.times]  # type: ignore[assignment]
    used = places[places["site_id"].isin(site_after) & (places["kind"] == "")].reset_index(drop=True)
    which = pd.Index(used["site_id"]).get_indexer(pd.Index(site_after)).astype(np.int64)
    bits = day_basis(study, used, which, direction=question.direction)
    words = np.array([Basis(one).word for one in bits.tolist()], dtype=object)
    words[np.isnan(after_min)] = "no way"
    unknown = (bits & Basis.NIGHT_UNKNOWN) > 0
    counts = persons_by_basis(words, unknown, persons)
    told = [
        Note(
            "note.clock_bases",
            kind=kind_words(study, question.facility),
            scenario=scenario_words(study, study.scenario),
            **{name.replace(" ", "_"): counts[name] for name in (*BASES, NIGHT)},
        )
    ]
    if not unknown.any():
        return told
    limits = class_thresholds(study, question) - sum(question.parts.values())
    sails = day_minutes(study, used, over, direction=question.direction, limits_min=limits, nights_sail=True)
    rows = np.flatnonzero(which >= 0)
    other = after_min.copy()
    parts = 0.0 if over == "beyond" else sum(question.parts.values())
    other[rows] = sails[rows, which[rows]] + parts
    return [
        *told,
        Note("note.place_nights_sail", mean=_mean(after_min, persons), sails=_mean(other, persons)),
    ]


def _mean(minutes: FloatArray, persons: FloatArray) -> float:
    known = ~np.isnan(minutes)
    many = persons[known].sum()
    return float(persons[known] @ minutes[known] / many) if many else float("nan")
