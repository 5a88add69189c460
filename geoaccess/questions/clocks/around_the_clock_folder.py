"""The answer of ``clocks --around-the-clock`` as its folder holds it: the clocks, and the day beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from geoaccess.answers.answer import Answer
from geoaccess.questions.clocks.answer import clocks_answer
from geoaccess.questions.clocks.around_the_clock import ClocksAroundTheClock
from geoaccess.study import Study

#: Tables of the folder: places, places by hour, everybody, what answers rest on; and the groups.
TABLES = POINTS, HOURS, REGION, BASES = (
    "clocks_day",
    "clocks_day_hours",
    "clocks_day_region",
    "clocks_day_bases",
)
GROUPS = "clocks_day_groups"


def clocks_day_answer(
    study: Study, found: ClocksAroundTheClock, *, only: Sequence[str] | None = None
) -> Answer:
    """An answer of ``clocks`` that also holds every moment of the alarm.

    Args:
        study: the study.
        found: the clocks over the day.
        only: names of the clocks; None = all.
    """
    answer = clocks_answer(study, only=only, scenario=found.scenario, by=found.by, weight=found.weight)
    told = {
        "period_days": found.period_days,
        "week_of": None if found.week_of is None else found.week_of.isoformat(),
        "draws": found.draws,
        "patience_min": found.patience_min,
    }
    return replace(
        answer,
        facts={
            **answer.facts,
            "around_the_clock": told,
            "notes": list(dict.fromkeys((*answer.facts["notes"], *found.notes))),
        },
        tables={
            **answer.tables,
            POINTS: found.points,
            HOURS: found.hours,
            REGION: found.region,
            GROUPS: found.groups,
            BASES: found.bases,
        },
    )
