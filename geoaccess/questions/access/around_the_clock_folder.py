"""The answer of ``access --around-the-clock`` as its folder holds it: the tables, and the day beside them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from geoaccess.answers.answer import Answer
from geoaccess.questions.access.answer import Accessibility, access_answer
from geoaccess.study import Study

if TYPE_CHECKING:
    from geoaccess.questions.access.around_the_clock import AroundTheClock

#: Tables of the folder: places, places by hour, the region by threshold, what answers rest on.
TABLES = POINTS, HOURS, REGION, BASES = (
    "around_the_clock",
    "around_the_clock_hours",
    "around_the_clock_region",
    "around_the_clock_bases",
)


def around_the_clock_answer(study: Study, table: Accessibility, found: AroundTheClock) -> Answer:
    """An answer of ``access`` that also holds what people can count on at every moment of leaving.

    Args:
        study: the study.
        table: the same kinds and scenarios by the tables of one time of day.
        found: what people can count on.
    """
    answer = access_answer(study, table)
    places = table.nearest.drop_duplicates("demand_id")[["demand_id", "lon", "lat"]]
    points = found.points.merge(places, on="demand_id", how="left", validate="many_to_one")
    week_of = None if found.week_of is None else found.week_of.isoformat()
    told = {
        "period_days": found.period_days,
        "week_of": week_of,
        "draws": found.draws,
        "patience_min": found.patience_min,
    }
    return replace(
        answer,
        facts={
            **answer.facts,
            "around_the_clock": told,
            "notes": tuple(dict.fromkeys((*table.notes, *found.notes))),
        },
        tables={
            **answer.tables,
            POINTS: points,
            HOURS: found.hours,
            REGION: found.region,
            BASES: found.bases,
        },
    )
