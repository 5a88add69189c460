"""Workload: busy shares of crews and the share reached in time, by the approximate hypercube."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from geoaccess.answers.answer import Answer
from geoaccess.answers.study_facts import network_tables, study_facts
from geoaccess.answers.study_notes import study_notes
from geoaccess.ground.arrays import IntArray
from geoaccess.ground.measures import rows_by
from geoaccess.minutes import group_labels
from geoaccess.study import Study
from geoaccess.words.note import Note
from geoaccess.workload.plans import plan_of, with_changes
from geoaccess.workload.steady import Steady, steady_workload
from geoaccess.workload.told import call_notes
from networks.brief import Brief


@dataclass(frozen=True, eq=False, repr=False)
class Workload(Brief):
    """What a steady state tells.

    Attributes:
        groups: by group: calls of the first class, share in time, mean minutes; first everybody.
        points: the same for each demand point.
        crews: one row a crew on the road: its busy share.
        crew_hours: busy share of each base by hour of the day.
        region_before: share in time without the changes; NaN without any.
        by: what the groups are.
        closed: what was closed.
        added: where a crew was added.
        periods: how many hours were solved.
        notes: what a reader must know.
    """

    groups: pd.DataFrame
    points: pd.DataFrame
    crews: pd.DataFrame
    crew_hours: pd.DataFrame
    region_before: float
    by: str
    closed: tuple[str, ...]
    added: tuple[str, ...]
    periods: int
    notes: tuple[str, ...]


def workload(
    study: Study, *, by: str = "municipality", close: tuple[str, ...] = (), add: tuple[str, ...] = ()
) -> Workload:
    """The workload of a study's crews, as it is or with something changed.

    Args:
        study: the study, in a state.
        by: ``municipality``, or a group column of the municipalities.
        close: bases and facilities that close.
        add: demand points with one crew more round the clock.

    Raises:
        SolverError: the approximation does not come to rest, or a crew is saturated: simulate instead.
        DataError: the study says nothing of calls or resources, or their tables have faults.
        UnknownNameError: no such group, facility or demand point.
    """
    labels, plan = group_labels(study, by).astype(object), plan_of(study, kilometres=False)
    before = np.nan
    told: list[str] = []
    if close or add:
        before = _share(steady_workload(plan))
        plan = with_changes(plan, close=close, add=add)
        told += [
            Note(f"simulate.change.{code}", names=names)
            for code, names in (("close", close), ("add", add))
            if names
        ]
    found = steady_workload(plan)
    told += [
        Note("workload.method", periods=found.periods, rounds=found.rounds),
        Note("workload.left_out"),
        *call_notes(plan),
        *study_notes(study, ["response"]),
    ]
    points = study.demand[["demand_id", "name", "municipality_code", "lon", "lat", *study.weights]].assign(
        calls_a_year=found.rate, share_in_time=found.share_in_time, response_mean_min=found.mean_min
    )
    every = np.arange(len(labels))
    rows = [{by: group, **_figures(found, mine)} for group, mine in [("", every), *rows_by(labels)]]
    crews = found.crews.assign(busy_share=found.busy)
    return Workload(
        pd.DataFrame(rows), points, crews, _hours(found), before, by, close, add, found.periods, tuple(told)
    )


def _share(found: Steady) -> float:
    return _figures(found, np.arange(len(found.rate)))["share_in_time"]


def _figures(found: Steady, mine: IntArray) -> dict[str, float]:
    """Means over the calls of a group's points; calls that nobody on the road ever reaches are late."""
    rate = found.rate[mine]
    total = float(rate.sum())
    reached = np.isfinite(found.mean_min[mine])
    share = float(rate @ np.nan_to_num(found.share_in_time[mine])) / total if total > 0 else np.nan
    known = float(rate[reached].sum())
    mean = float(rate[reached] @ found.mean_min[mine][reached]) / known if known > 0 else np.nan
    return {"calls_a_year": total, "share_in_time": share, "response_mean_min": mean}


def _hours(found: Steady) -> pd.DataFrame:
    """Busy share of the crews of each base by hour, mean of those on duty."""
    rows = []
    bases = found.crews["base_id"].to_numpy()
    for base in dict.fromkeys(bases.tolist()):
        hours = found.by_hour[bases == base]
        on = np.isfinite(hours)
        share = np.divide(
            np.where(on, hours, 0).sum(axis=0), on.sum(axis=0), out=np.full(24, np.nan), where=on.any(axis=0)
        )
        rows += [{"base_id": base, "hour": hour, "busy_share": share[hour]} for hour in range(24)]
    return pd.DataFrame(rows)


def workload_answer(study: Study, found: Workload) -> Answer:
    """The answer of ``geoaccess workload``."""
    region = found.groups.iloc[0].drop(found.by).astype(float).to_dict()
    return Answer(
        question="workload",
        facts={
            **study_facts(study),
            "workload": {
                "periods": found.periods,
                "closed": list(found.closed),
                "added": list(found.added),
                "region": region,
                "region_before": found.region_before,
            },
            "scenario": study.scenario,
            "weight": study.config.demand.default_weight,
            "by": found.by,
            "notes": found.notes,
        },
        tables={
            "workload_points": found.points,
            "workload": found.groups,
            "crews": found.crews,
            "crew_hours": found.crew_hours,
            "municipalities": study.municipalities,
            **network_tables(study),
        },
        inputs=study.files,
    )
