"""How unequally the minutes of an answer are spread: its table, and the folder with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from geoaccess.answers.answer import Answer
from geoaccess.ground.measures import persons_within
from geoaccess.questions.access.answer import Accessibility
from geoaccess.questions.access.equity import EQUITY_SOURCES, Aversions, equity
from geoaccess.study import Study
from geoaccess.words.note import Note


def equity_rows(
    study: Study, table: Accessibility, aversions: Aversions | None = None
) -> list[dict[str, object]]:
    """How unequally the minutes are spread, and who is beyond each threshold, for every weight of the study.

    Returns:
        One row per kind, scenario and weight (people, people of 80 and over, ... side by side): ``kind,
        scenario, weight, persons``, the figures of :func:`~geoaccess.questions.access.equity.equity`
        with Theil's T between and within municipalities, and for each threshold of the kind
        ``persons_within_{t}_min, share_within_{t}_min, persons_beyond_{t}_min`` (the unreachable are beyond).
    """
    rows: list[dict[str, object]] = []
    for (kind, scenario), points in table.nearest.groupby(["kind", "scenario"], sort=False):
        minutes = points["travel_time_min"].to_numpy(dtype=np.float64)
        for weight in study.weights:
            persons = points[weight].to_numpy(dtype=np.float64)
            total = float(persons.sum())
            row: dict[str, object] = {"kind": kind, "scenario": scenario, "weight": weight, "persons": total}
            municipalities = points["municipality_code"].to_numpy(dtype=object)
            row |= equity(minutes, persons, municipalities, aversions=aversions)
            for threshold in study.kind(str(kind)).thresholds_min:
                within = persons_within(minutes, persons, threshold)
                row[f"persons_within_{threshold:g}_min"] = within
                row[f"share_within_{threshold:g}_min"] = within / total if total else float("nan")
                row[f"persons_beyond_{threshold:g}_min"] = total - within
            rows.append(row)
    return rows


def with_equity(answer: Answer, rows: Sequence[Mapping[str, object]], aversions: Aversions | None) -> Answer:
    """The answer with its table of equity, for maps and reports; without aversions the answer as it is."""
    if aversions is None:
        return answer
    asked = {
        "atkinson_aversion": aversions.atkinson,
        "kolm_pollak_aversion_per_min": aversions.kolm_pollak_per_min,
        "sources": EQUITY_SOURCES,
    }
    notes = (*equity_notes(aversions), *answer.facts.get("notes", ()))
    facts = {**answer.facts, "equity": asked, "notes": notes}
    return replace(answer, facts=facts, tables={**answer.tables, "equity": pd.DataFrame(rows)})


def equity_notes(aversions: Aversions | None) -> tuple[Note, ...]:
    """How the two measures with an aversion are to be read; nothing where they are not asked for."""
    if aversions is None:
        return ()
    pollak, atkinson = aversions.kolm_pollak_per_min, aversions.atkinson
    return (
        Note("equity.kolm_pollak", aversion=pollak, source=EQUITY_SOURCES["kolm_pollak_min"]),
        Note("equity.atkinson", aversion=atkinson, source=EQUITY_SOURCES["atkinson"]),
    )
