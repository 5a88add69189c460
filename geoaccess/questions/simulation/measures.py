"""Measures of simulated years: how soon, how busy, where nobody was left, with intervals over the years."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from geoaccess.ground.arrays import FloatArray, IntArray
from geoaccess.workload.plans import Plan, limits
from optimise.crews import Calls, Outcome

#: Intervals hold with this confidence, over years that are independent of each other.
CONFIDENCE = 0.95


@dataclass(frozen=True, eq=False)
class Years:
    """Simulated years of one plan.

    Attributes:
        plan: the plan.
        calls: calls of each year.
        outcomes: what came of them.
    """

    plan: Plan
    calls: tuple[Calls, ...]
    outcomes: tuple[Outcome, ...]

    @cached_property
    def limit(self) -> FloatArray:
        """(X,) minutes within which help should be there; ``inf`` at facilities, where nobody is late."""
        found = np.full(len(self.plan.ways.places), np.inf)
        found[: self.plan.ways.demand] = limits(self.plan.study)
        return found

    def responses(self, year: int, k: int) -> tuple[NDArray[np.int64], FloatArray]:
        """((n,) demand point, (n,) minutes; ``inf`` = nobody came) of a class's calls at homes."""
        calls, outcome = self.calls[year], self.outcomes[year]
        mine = np.isfinite(calls.start_min) & (calls.urgency == k) & (calls.at < self.plan.ways.demand)
        minutes = outcome.response_min[mine]
        return calls.at[mine], np.where(np.isnan(minutes), np.inf, minutes)


def half_width(values: FloatArray) -> FloatArray:
    """Half of the interval of the mean of years (first axis), by Student's t; NaN of one year."""
    n = len(values)
    if n < 2:
        return np.full(values.shape[1:], np.nan)
    factor = float(special.stdtrit(n - 1, 0.5 + CONFIDENCE / 2))
    return np.asarray(factor * values.std(axis=0, ddof=1) / np.sqrt(n))


def quantile_bounds(values: FloatArray, share: float) -> tuple[float, float]:
    """(quantile, half of its interval) of all calls together, by order statistics; ``inf`` sorts last.

    The interval is that of the binomial distribution: calls are taken as independent of each other.
    """
    n = len(values)
    if not n:
        return np.nan, np.nan
    rising = np.sort(values)
    low, high = (binomial_quantile(0.5 + side * CONFIDENCE / 2, n, share) for side in (-1, 1))
    middle = rising[min(int(np.ceil(share * n)) - 1, n - 1)]
    first, last = rising[max(low - 1, 0)], rising[min(high, n - 1)]
    width = (last - first) / 2 if np.isfinite(last) else np.inf
    return float(middle), float(width)


def binomial_quantile(q: float, n: int, share: float) -> int:
    """The fewest successes of n that are not exceeded with probability q or more.

    It is that of ``scipy.stats``, which takes seconds to load; thousands of groups ask for it.
    """
    found = int(np.ceil(special.bdtrik(q, n, share)))
    return found - 1 if found > 0 and special.bdtr(found - 1, n, share) >= q else found


def _numbered(groups: NDArray[np.object_]) -> tuple[list[str], IntArray]:
    """Names of groups, sorted, and the number of each point's."""
    names, number = np.unique(groups, return_inverse=True)
    return names.tolist(), number.reshape(-1)


def _members(number: IntArray, count: int) -> list[IntArray]:
    """Positions of each of some groups, ascending."""
    order = np.argsort(number, kind="stable")
    return np.split(order, np.searchsorted(number[order], np.arange(1, count)))


def response_table(years: Years, groups: NDArray[np.object_], by: str, *, widest_min: float) -> pd.DataFrame:
    """How soon help is there, by group and class of calls; the group of everybody has the empty name.

    Args:
        years: simulated years.
        groups: (D,) group of each demand point.
        by: column of the groups.
        widest_min: a p90 whose interval is wider than this on either side is left blank.
    """
    rows = []
    names, group_of = _numbered(groups)
    for k, name in enumerate(years.plan.classes.names):
        per_year = [years.responses(year, k) for year in range(len(years.calls))]
        point = np.concatenate([one[0] for one in per_year])
        minutes = np.concatenate([one[1] for one in per_year])
        number = np.concatenate([np.full(len(one[0]), year) for year, one in enumerate(per_year)])
        members = [np.arange(len(point)), *_members(group_of[point], len(names))]
        for group, mine in zip(["", *names], members, strict=True):
            rows.append(
                {
                    by: group,
                    "call_class": name,
                    **_row(years, point[mine], minutes[mine], number[mine], widest_min),
                }
            )
    return pd.DataFrame(rows)


def _row(
    years: Years, point: NDArray[np.int64], minutes: FloatArray, number: NDArray[np.int64], widest_min: float
) -> dict[str, float]:
    n = len(years.calls)
    calls = np.bincount(number, minlength=n)
    in_time = minutes <= years.limit[point]
    shares = np.bincount(number, weights=in_time, minlength=n)[calls > 0] / calls[calls > 0]
    p50, p50_width = quantile_bounds(minutes, 0.5)
    p90, p90_width = quantile_bounds(minutes, 0.9)
    known = p90_width <= widest_min
    return {
        "calls_a_year": len(minutes) / n,
        "response_p50_min": p50,
        "response_p50_within_min": p50_width,
        "response_p90_min": p90 if known else np.nan,
        "response_p90_within_min": p90_width,
        "share_in_time": float(in_time.mean()) if len(minutes) else np.nan,
        "share_in_time_within": float(half_width(shares)),
        "late_a_year": float((~in_time).sum()) / n,
        "lost_a_year": float(np.isinf(minutes).sum()) / n,
        "years_for_a_minute": years_needed(n, p90_width, 1.0),
    }


def years_needed(years: int, width: float, wanted: float) -> float:
    """Years until an interval is as narrow as wanted: it narrows with the root of the years."""
    return float(np.ceil(years * (width / wanted) ** 2)) if np.isfinite(width) else np.nan


def _total(years: Sequence[NDArray[np.generic]]) -> FloatArray:
    """Sum over years of arrays of one shape."""
    return np.asarray(np.sum(np.stack(years), axis=0), dtype=np.float64)


def crew_table(years: Years) -> pd.DataFrame:
    """One row a crew: how busy it is while on duty, missions, kilometres and hours a year."""
    n = len(years.outcomes)
    duty = (years.plan.roster.duty > 0).sum(axis=1) * 365 / 7
    busy = _total([one.busy_min.sum(axis=1) for one in years.outcomes]) / n / 60
    home = _total([one.home_min for one in years.outcomes]) / n / 60
    return years.plan.crews().assign(
        duty_hours_a_year=duty,
        busy_share=np.divide(busy + home, duty, out=np.zeros(len(duty)), where=duty > 0),
        missions_a_year=_total([one.missions for one in years.outcomes]) / n,
        km_a_year=_total([one.km for one in years.outcomes]) / n,
        call_hours_a_year=busy,
    )


def hours_table(years: Years) -> pd.DataFrame:
    """Share of each hour of the day in which the crews of a base are bound by calls."""
    n = len(years.outcomes)
    busy = _total([one.busy_min for one in years.outcomes]) / n
    by_hour = busy.reshape(len(busy), 7, 24).sum(axis=1) / 60
    on_duty = (years.plan.roster.duty > 0).reshape(len(busy), 7, 24).sum(axis=1) * 365 / 7
    bases = years.plan.roster.crews["base_id"].to_numpy()
    rows = []
    for base in dict.fromkeys(bases.tolist()):
        mine = bases == base
        hours, duty = by_hour[mine].sum(axis=0), on_duty[mine].sum(axis=0)
        share = np.divide(hours, duty, out=np.full(24, np.nan), where=duty > 0)
        rows += [{"base_id": base, "hour": hour, "busy_share": share[hour]} for hour in range(24)]
    return pd.DataFrame(rows)


def gap_points(years: Years) -> pd.DataFrame:
    """One row a demand point: hours a year without an idle crew in reach, and whether there never is one."""
    study, people = years.plan.study, years.plan.ways.demand
    hours = _total([one.gap_min[:people].sum(axis=1) for one in years.outcomes]) / len(years.outcomes) / 60
    kept = study.demand[["demand_id", "name", "municipality_code", "lon", "lat", *study.weights]]
    never = hours >= 8760 * (1 - 1e-9)
    return kept.assign(
        gap_hours_a_year=np.where(never, np.nan, hours), never_covered=np.where(never, "yes", "no")
    )


def gap_table(years: Years, groups: NDArray[np.object_], by: str, weight: FloatArray) -> pd.DataFrame:
    """Share of each hour of the day without an idle crew in reach of a group's people; never is apart."""
    people = years.plan.ways.demand
    gap = _total([one.gap_min[:people] for one in years.outcomes]) / len(years.outcomes) / (365 * 60)
    never = gap.min(axis=1) >= 1 - 1e-9
    rows = []
    names, group_of = _numbered(groups)
    for group, own in zip(names, _members(group_of, len(names)), strict=True):
        mine = own[~never[own]]
        persons, without = weight[mine].sum(), weight[own[never[own]]].sum()
        share = weight[mine] @ gap[mine] / persons if persons > 0 else np.full(24, np.nan)
        rows += [
            {by: group, "hour": hour, "gap_share": share[hour], "persons_never_covered": without}
            for hour in range(24)
        ]
    return pd.DataFrame(rows)


def craft_table(years: Years) -> pd.DataFrame:
    """Missions, kilometres and hours of each kind of craft."""
    crews = crew_table(years)
    sums = ["missions_a_year", "km_a_year", "call_hours_a_year", "duty_hours_a_year"]
    found = crews.groupby("resource", as_index=False)[sums].sum()
    found["km_a_mission"] = found["km_a_year"] / found["missions_a_year"].replace(0, np.nan)
    return found


def difference_table(before: Years, after: Years, groups: NDArray[np.object_], by: str) -> pd.DataFrame:
    """What a change does, year by year over the same calls: mean difference with its interval.

    Shares are of the calls of the first class that are answered in time.
    """
    names, group_of = _numbered(groups)
    told = [
        [_by_group(one, year, group_of, len(names)) for year in range(len(one.calls))]
        for one in (before, after)
    ]
    rows: list[dict[str, object]] = []
    for number, group in enumerate(["", *names]):
        for name, measure in (
            ("share_in_time", _share),
            ("response_mean_min", _mean),
            ("response_p90_min", _p90),
        ):
            pair = [[measure(*year[number]) for year in side] for side in told]
            rows.append({by: group, "measure": name, **_paired(np.array(pair))})
    for name, total in (("car_hours", "call_hours_a_year"), ("km", "km_a_year")):
        pair = [[_sum(one, year, total) for year in range(len(one.calls))] for one in (before, after)]
        rows.append({by: "", "measure": name, **_paired(np.array(pair))})
    return pd.DataFrame(rows)


def _paired(pair: FloatArray) -> dict[str, float]:
    known = np.isfinite(pair).all(axis=0)
    if not known.any():
        return dict.fromkeys(("before", "after", "difference", "difference_within"), np.nan)
    first, second = pair[:, known]
    return {
        "before": float(first.mean()),
        "after": float(second.mean()),
        "difference": float((second - first).mean()),
        "difference_within": float(half_width(second - first)),
    }


def _by_group(years: Years, year: int, group_of: IntArray, count: int) -> list[tuple[FloatArray, FloatArray]]:
    """Minutes and limits of the first class's calls of a year: of everybody, and of each group."""
    point, minutes = years.responses(year, 0)
    limit = years.limit[point]
    return [(minutes, limit), *((minutes[own], limit[own]) for own in _members(group_of[point], count))]


def _share(minutes: FloatArray, limit: FloatArray) -> float:
    return float((minutes <= limit).mean()) if len(minutes) else np.nan


def _mean(minutes: FloatArray, limit: FloatArray) -> float:
    came = minutes[np.isfinite(minutes)]
    return float(came.mean()) if len(came) else np.nan


def _p90(minutes: FloatArray, limit: FloatArray) -> float:
    return quantile_bounds(minutes, 0.9)[0]


def _sum(years: Years, year: int, column: str) -> float:
    only = Years(years.plan, years.calls[year : year + 1], years.outcomes[year : year + 1])
    crews = crew_table(only)
    road = {name for name, one in years.plan.study.config.resources.items() if one.moves == "road"}
    return float(crews.loc[crews["resource"].isin(road), column].sum())
