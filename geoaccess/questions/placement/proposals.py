"""What a board asks of a proposal: who waits longest, who comes to them, does it fill a gap of our table?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from geoaccess.ground.arrays import FloatArray
from geoaccess.study import Study
from geoaccess.study.names import kind_words
from geoaccess.study.placement_sections import Placement as Question
from geoaccess.words.note import Note, in_languages


def proposal_notes(
    study: Study, question: Question, sites: pd.DataFrame, demand: pd.DataFrame, persons: FloatArray
) -> list[Note]:
    """The settlement that waits longest before and after, and proposals where the table has known gaps.

    Args:
        study: the study.
        question: the question.
        sites: every site with its role in the answer.
        demand: every demand point, before and after.
        persons: (n_demand,) weights.
    """
    notes = [
        note
        for state in ("before", "after")
        if (note := worst_note(study, question, sites, demand, persons, state)) is not None
    ]
    return [*notes, *gap_notes(study, question, sites[sites["role"] == "chosen"])]


def worst_note(
    study: Study,
    question: Question,
    sites: pd.DataFrame,
    demand: pd.DataFrame,
    persons: FloatArray,
    state: str,
) -> Note | None:
    """The inhabited settlement that waits longest of those who are reached, and who comes to it."""
    minutes = demand[f"{state}_min"].to_numpy(dtype=np.float64)
    counted = np.where(np.isfinite(minutes) & (persons > 0), minutes, -np.inf)
    if not np.isfinite(counted).any():
        return None
    row = demand.iloc[int(counted.argmax())]
    own = sites[sites["site_id"] == row[f"site_{state}"]]
    if len(own):
        name, kind = str(own["name"].iloc[0]), str(own["kind"].iloc[0])
        part = str(own["part"].iloc[0])
        kind = kind or (question.facility if part in {"today", "candidate"} else part)
    else:  # today's sites that do not compete stand in no table of the answer
        there = study.as_read.facilities
        found = there[there["facility_id"] == row[f"site_{state}"]]
        if found.empty:
            return None
        name, kind = str(found["name"].iloc[0]), question.facility
    return Note(
        f"place.worst_{state}",
        place=str(row["name"]),
        minutes=float(row[f"{state}_min"]),
        site=name,
        kind=kind_words(study, kind),
    )


def gap_notes(study: Study, question: Question, chosen: pd.DataFrame) -> list[Note]:
    """Proposals where today's table is known to lack some: they may fill a hole in it, not in the service."""
    kind = study.kind(question.facility)
    if not kind.gaps_by:
        return []
    groups = study.municipalities.set_index("municipality_code")[kind.gaps_by]
    own = groups.reindex(chosen["municipality_code"]).to_numpy(dtype=object)
    return [
        Note(
            "place.may_fill_gap",
            places=chosen.loc[own == group, "name"].astype(str).tolist(),
            kind=kind_words(study, question.facility),
            group=group,
            lacks=in_languages(gap, "told"),
        )
        for group, gap in kind.gaps.items()
        if bool((own == group).any())
    ]
