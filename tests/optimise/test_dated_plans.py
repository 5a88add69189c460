"""Dated plans against enumeration: every site changes at one of the dates, or never."""

from __future__ import annotations

import itertools
import math
import tracemalloc
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from optimise import PlacementProblem, ProblemError, Status, Within, dated_plans, plan_bounds, program
from optimise.dated_plans import DatedPlan, solve_plan, year_by_year
from optimise.plan_limits import ClosesAfter, Period, PlanLimits
from optimise.plan_program import PlanProgram
from optimise.running import Limits


@dataclass
class Asked:
    """A random plan, as plain lists for the enumeration."""

    costs: list[list[list[float]]]
    weights: list[list[float]]
    shares: list[float]
    today: list[bool]
    fixed: dict[int, bool]
    n_open: int | None
    opens: list[int | None]
    changes: list[int | None]
    budget: list[float | None]
    opening: list[float]
    closing: list[float]
    groups: list[str]
    a_group: int | None
    order: list[tuple[int, int]]
    nobody_beyond: float | None
    seen: dict[str, Any] = field(default_factory=dict)


def drawn(seed: int) -> Asked:
    rng = np.random.default_rng(seed)
    n, m, dates = int(rng.integers(2, 6)), int(rng.integers(2, 6)), int(rng.integers(1, 4))
    one = rng.integers(1, 12, (n, m)).astype(float)
    one[rng.random((n, m)) < 0.25] = math.inf
    costs = []
    for _ in range(dates):
        own = one.copy()
        if rng.random() < 0.3:
            own += rng.integers(0, 4, (n, m))
        costs.append(own.tolist())
    people = [rng.integers(0, 6, n).astype(float).tolist() for _ in range(dates)]
    today = (rng.random(m) < 0.5).tolist()
    fixed = {}
    for site in range(m):
        if rng.random() < 0.2:
            fixed[site] = bool(today[site] or rng.random() < 0.5)
    for site, is_open in fixed.items():
        today[site] = is_open
    limit = lambda chance, top: int(rng.integers(0, top)) if rng.random() < chance else None  # noqa: E731
    pairs = [(a, b) for a in range(m) for b in range(m) if a != b]
    return Asked(
        costs=costs,
        weights=people,
        shares=rng.integers(1, 6, dates).astype(float).tolist(),
        today=today,
        fixed=fixed,
        n_open=int(rng.integers(0, m + 1)) if rng.random() < 0.4 else None,
        opens=[limit(0.4, 3) for _ in range(dates)],
        changes=[limit(0.4, 3) for _ in range(dates)],
        budget=[float(rng.integers(0, 7)) if rng.random() < 0.4 else None for _ in range(dates)],
        opening=rng.integers(0, 5, m).astype(float).tolist(),
        closing=rng.integers(0, 3, m).astype(float).tolist(),
        groups=rng.choice(["a", "b"], m).tolist(),
        a_group=1 if rng.random() < 0.3 else None,
        order=[pairs[int(rng.integers(len(pairs)))]] if rng.random() < 0.5 else [],
        nobody_beyond=float(rng.integers(4, 12)) if rng.random() < 0.3 else None,
    )


def every_plan(asked: Asked) -> Any:
    dates, m = len(asked.shares), len(asked.today)
    when = [[None] if site in asked.fixed else [None, *range(dates)] for site in range(m)]
    for moments in itertools.product(*when):
        yield [
            [
                asked.today[site] if moments[site] is None or date < moments[site] else not asked.today[site]
                for site in range(m)
            ]
            for date in range(dates)
        ]


def keeps(asked: Asked, plan: list[list[bool]]) -> bool:
    before = asked.today
    m = len(before)
    for date, now in enumerate(plan):
        opened = [site for site in range(m) if now[site] and not before[site]]
        closed = [site for site in range(m) if before[site] and not now[site]]
        if asked.opens[date] is not None and len(opened) > asked.opens[date]:
            return False
        if asked.changes[date] is not None and len(opened) + len(closed) > asked.changes[date]:
            return False
        paid = sum(asked.opening[site] for site in opened) + sum(asked.closing[site] for site in closed)
        if asked.budget[date] is not None and paid > asked.budget[date]:
            return False
        if asked.a_group is not None:
            for label in "ab":
                if sum(asked.groups[site] == label for site in opened + closed) > asked.a_group:
                    return False
        for site, after in asked.order:
            if not now[site] and not (before[after] and now[after]):
                return False
        if asked.nobody_beyond is not None:
            for row in asked.costs[date]:
                if not any(now[site] and row[site] <= asked.nobody_beyond for site in range(m)):
                    return False
        before = now
    return asked.n_open is None or sum(plan[-1]) == asked.n_open


def worth(asked: Asked, plan: list[list[bool]]) -> tuple[float, float, int]:
    """Weight not served, minutes, changes: the smaller the better, in this order."""
    served, minutes, changes, before = 0.0, 0.0, 0, asked.today
    for date, now in enumerate(plan):
        for row, weight in zip(asked.costs[date], asked.weights[date], strict=True):
            near = min((c for c, is_open in zip(row, now, strict=True) if is_open), default=math.inf)
            if math.isfinite(near):
                served += asked.shares[date] * weight
                minutes += asked.shares[date] * weight * near
        changes += sum(a != b for a, b in zip(now, before, strict=True))
        before = now
    return -round(served, 9), round(minutes, 9), changes


def posed(asked: Asked) -> tuple[PlacementProblem, list[Period], dict[str, Any]]:
    m = len(asked.today)
    roles = [
        "required" if asked.fixed.get(s) else "forbidden" if s in asked.fixed else "candidate"
        for s in range(m)
    ]
    names = [f"s{site}" for site in range(m)]
    problem = PlacementProblem(
        asked.costs[0],
        weights=asked.weights[0],
        p=asked.n_open,
        roles=roles,
        groups=asked.groups,
        site_ids=names,
        conditions=[] if asked.nobody_beyond is None else [Within(asked.nobody_beyond)],
    )
    periods = [
        Period(
            f"date {date}",
            asked.shares[date],
            weights=asked.weights[date],
            costs=asked.costs[date],
            opens_at_most=asked.opens[date],
            changes_at_most=asked.changes[date],
            budget=asked.budget[date],
        )
        for date in range(len(asked.shares))
    ]
    wishes: dict[str, Any] = {
        "today": [name for name, is_open in zip(names, asked.today, strict=True) if is_open],
        "precedence": [ClosesAfter(names[a], names[b]) for a, b in asked.order],
        "changes_a_group": asked.a_group,
        "opening_costs": np.asarray(asked.opening),
        "closing_costs": np.asarray(asked.closing),
    }
    return problem, periods, wishes


def worth_of_the_best(
    asked: Asked, found: DatedPlan, possible: list[list[list[bool]]], seed: int
) -> tuple[float, float, int]:
    """What the best of all plans is worth; the plan that was found is proven, keeps all and is worth as much."""
    best = min(worth(asked, plan) for plan in possible)
    told = [[site in date.open for site in range(len(asked.today))] for date in found.dates]
    assert found.status is Status.OPTIMAL, seed
    assert keeps(asked, told), seed
    unserved, minutes, changes = worth(asked, told)
    assert (unserved, changes) == (best[0], best[2]), seed
    assert minutes == pytest.approx(best[1], rel=1e-6), seed
    return best


@pytest.mark.parametrize("first", range(0, 120, 20))
def test_a_plan_is_the_best_of_all(first: int) -> None:
    proven = 0
    for seed in range(first, first + 20):
        asked = drawn(seed)
        problem, periods, wishes = posed(asked)
        found = solve_plan(problem, periods, **wishes)
        possible = [plan for plan in every_plan(asked) if keeps(asked, plan)]
        if not possible:
            assert found.status is Status.INFEASIBLE, seed
            assert found.conflicts, seed
            continue
        best = worth_of_the_best(asked, found, possible, seed)
        assert found.fewest_changes, seed
        if best[0] < 0:
            assert found.objective == pytest.approx(best[1] / -best[0], rel=1e-6), seed
        proven += 1
    assert proven > 5


def growing(seed: int) -> Asked:
    """A plan that only opens sites, beside some of today that reach everybody whom any site reaches."""
    rng = np.random.default_rng(seed)
    asked = drawn(seed)
    n, m = len(asked.costs[0]), int(rng.integers(4, 8))
    base = rng.integers(1, 12, (n, m)).astype(float)
    base[rng.random((n, m)) < 0.2] = math.inf
    stay = int(rng.integers(1, 3))
    base[:, 0] = rng.integers(8, 16, n)
    if rng.random() < 0.3:
        base[0] = math.inf
    asked.costs = [
        (base + (rng.integers(0, 4, (n, m)) if rng.random() < 0.3 else 0)).tolist() for _ in asked.shares
    ]
    asked.today = [site < stay for site in range(m)]
    asked.fixed = dict.fromkeys(range(stay), True)
    if rng.random() < 0.3:
        asked.fixed[m - 1] = False
    asked.n_open = stay + int(rng.integers(0, 4)) if rng.random() < 0.8 else None
    asked.opening = rng.integers(0, 5, m).astype(float).tolist()
    asked.closing = [0.0] * m
    asked.groups = rng.choice(["a", "b"], m).tolist()
    asked.order = []
    return asked


@pytest.mark.parametrize("first", range(0, 160, 20))
def test_sites_left_out_by_their_bounds_are_in_no_best_plan(first: int, monkeypatch) -> None:
    monkeypatch.setattr(plan_bounds, "PAYS_AT_PAIRS", 0)
    asked_for = 0
    bounded = dated_plans.site_bounds

    def counted(*given: Any) -> Any:
        nonlocal asked_for
        found = bounded(*given)
        asked_for += found is not None
        return found

    monkeypatch.setattr(dated_plans, "site_bounds", counted)
    for seed in range(first, first + 20):
        monkeypatch.setattr(plan_bounds, "FIRST_CANDIDATES", seed % 3)
        asked = growing(seed)
        problem, periods, wishes = posed(asked)
        found = solve_plan(problem, periods, **wishes)
        possible = [plan for plan in every_plan(asked) if keeps(asked, plan)]
        if not possible:
            assert found.status is Status.INFEASIBLE, seed
            continue
        worth_of_the_best(asked, found, possible, seed)
        for date, costs in zip(found.dates, asked.costs, strict=True):
            nearest = np.where(np.isin(np.arange(problem.n_sites), date.open), costs, math.inf)
            reached = np.isfinite(nearest.min(axis=1))
            assert (date.assignment >= 0).tolist() == reached.tolist(), seed
            own = nearest[np.arange(len(nearest)), date.assignment]
            assert own[reached].tolist() == nearest.min(axis=1)[reached].tolist(), seed
    assert asked_for > 5


def test_a_bound_with_each_site_is_below_the_best_plan_that_opens_it(monkeypatch) -> None:
    monkeypatch.setattr(plan_bounds, "PAYS_AT_PAIRS", 0)
    compared = 0
    for seed in range(60):
        asked = growing(seed)
        asked.nobody_beyond, asked.a_group = None, None
        problem, periods, wishes = posed(asked)
        names = wishes.pop("today")
        wanted = PlanLimits(n_open=problem.n_open)
        search = dated_plans._Search(problem, periods, names, wanted)
        bounds = plan_bounds.site_bounds(
            search.states, search.periods, search.shares, search.today, search.wanted, Limits()
        )
        if bounds is None:
            continue
        every = [plan for plan in every_plan(asked) if keeps(asked, plan)]
        for site in range(problem.n_sites):
            with_it = [worth(asked, plan) for plan in every if plan[-1][site]]
            if with_it and with_it[0][0] < 0:
                least = min(minutes / -unserved for unserved, minutes, _ in with_it)
                assert bounds.with_site[site] <= least * (1 + 1e-9), (seed, site)
                compared += 1
    assert compared > 50


@pytest.mark.parametrize("seed", range(12))
def test_where_one_site_opens_its_bound_is_what_it_takes(seed: int, monkeypatch) -> None:
    """Each site tried by hand; the engine is not asked, and the sites that are worse are left out."""
    monkeypatch.setattr(plan_bounds, "PAYS_AT_PAIRS", 0)
    monkeypatch.setattr(plan_bounds, "engine_with_multipliers", None)
    rng = np.random.default_rng(seed)
    costs = rng.integers(1, 30, (20, 8)).astype(float)
    costs[rng.random(costs.shape) < 0.3] = math.inf
    costs[:, 0] = 40.0
    weights = rng.integers(0, 5, 20).astype(float)
    roles = ["existing", *["candidate"] * 6, "forbidden"]
    problem = PlacementProblem(costs, weights=weights, p=2, roles=roles)
    takes = [weights @ np.minimum(costs[:, 0], costs[:, site]) / weights.sum() for site in range(1, 7)]
    search = dated_plans._Search(problem, [Period("2026", 1)], None, PlanLimits(n_open=2))
    bounds = plan_bounds.site_bounds(
        search.states, search.periods, search.shares, search.today, search.wanted, Limits()
    )
    assert bounds is not None
    assert bounds.with_site[1:7].tolist() == pytest.approx(takes)
    assert bounds.with_site[7] == math.inf
    assert bounds.first.tolist() == [True, *(value <= min(takes) * (1 + 1e-6) for value in takes), False]
    found = solve_plan(problem, [Period("2026", 1)])
    assert found.status is Status.OPTIMAL
    assert found.objective == pytest.approx(min(takes))
    assert takes[found.dates[0].open[1] - 1] == pytest.approx(min(takes))


def test_dates_alone_are_never_better_than_the_plan_over_all_of_them() -> None:
    compared = 0
    for seed in range(200, 260):
        asked = drawn(seed)
        problem, periods, wishes = posed(asked)
        found = solve_plan(problem, periods, **wishes)
        alone = year_by_year(problem, periods, **wishes)
        if found.status is not Status.OPTIMAL or len(alone) < len(periods):
            continue
        plan = [[site in step.dates[0].open for site in range(problem.n_sites)] for step in alone]
        assert keeps(asked, plan), seed
        told = [[site in date.open for site in range(problem.n_sites)] for date in found.dates]
        assert worth(asked, told)[:2] <= worth(asked, plan)[:2], seed
        compared += 1
    assert compared > 15


def test_a_hospital_closes_only_when_the_new_one_has_been_open() -> None:
    """By hand: the new site is best at once, but the old one may close a date later only."""
    problem = PlacementProblem(
        [[4, 9, 1], [9, 4, 6]],
        weights=[10, 5],
        p=2,
        roles=["candidate"] * 3,
        site_ids=["old", "other", "new"],
    )
    periods = [Period("2026", 5), Period("2031", 5)]
    free = solve_plan(problem, periods, today=["old", "other"])
    assert [date.opened_ids for date in free.dates] == [("new",), ()]
    assert sum((date.closed_ids for date in free.dates), ()) == ("old",)
    asked = solve_plan(problem, periods, today=["old", "other"], precedence=[ClosesAfter("old", "new")])
    assert [date.opened_ids for date in asked.dates] == [("new",), ()]
    assert [date.closed_ids for date in asked.dates] == [(), ("old",)]
    assert asked.objective == pytest.approx((10 * 1 + 5 * 4) / 15)


def test_people_of_later_dates_decide_where_to_build() -> None:
    """One site for good: today's people would put it at ``a``, those of the long time after at ``b``."""
    problem = PlacementProblem([[1, 9], [9, 1]], weights=[10, 1], p=1, site_ids=["a", "b"])
    dates = [Period("now", 1, weights=[10, 1]), Period("later", 20, weights=[1, 10])]
    assert solve_plan(problem, dates).dates[0].opened_ids == ("b",)
    assert year_by_year(problem, dates)[0].dates[0].opened_ids == ("a",)


def test_the_fewest_changes_are_not_looked_for_where_no_seconds_are_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for seed in range(20):
        problem, periods, further = posed(drawn(seed))
        whole = solve_plan(problem, periods, **further)
        if whole.status is Status.OPTIMAL and not math.isnan(whole.objective):
            break
    monkeypatch.setattr(PlanProgram, "build_s", 1e6)  # passing the program again would take as long
    found = solve_plan(problem, periods, limits=Limits(time_limit_s=1000.0), **further)
    assert (found.status, found.objective) == (whole.status, whole.objective)
    assert whole.fewest_changes
    assert not found.fewest_changes


def test_what_cannot_hold_together_is_named() -> None:
    problem = PlacementProblem([[1, 9], [9, 1]], p=2, site_ids=["a", "b"])
    found = solve_plan(problem, [Period("2026", opens_at_most=1)])
    assert found.status is Status.INFEASIBLE
    assert set(found.conflicts) == {"at most 1 open at 2026", "exactly 2 open sites"}
    assert not found.dates


def test_every_fault_of_a_plan_is_listed() -> None:
    problem = PlacementProblem([[1, 9]], p=1, site_ids=["a", "b"], roles=["candidate", "forbidden"])
    with pytest.raises(ProblemError) as caught:
        solve_plan(
            problem,
            [Period("x", 0), Period("x", budget=3, opens_at_most=-1)],
            today=["b", "c"],
            precedence=[ClosesAfter("a", "a"), ClosesAfter("z", "a")],
            changes_a_group=1,
        )
    told = str(caught.value)
    for words in (
        "more than once",
        "above 0",
        "0 or more",
        "prices",
        "'c'",
        "forbidden",
        "itself",
        "'z'",
        "groups",
    ):
        assert words in told


def test_nobody_at_all_is_no_mean() -> None:
    problem = PlacementProblem([[math.inf]], p=1)
    found = solve_plan(problem, [Period("2026")])
    assert found.status is Status.OPTIMAL
    assert math.isnan(found.objective)
    assert found.dates[0].unserved == 1


def test_a_plan_too_large_for_the_memory_is_refused_while_its_rows_are_counted(monkeypatch) -> None:
    costs = np.random.default_rng(0).uniform(1, 60, (40, 30))
    problem = PlacementProblem(costs, p=4)
    dates = [Period("2026"), Period("2036")]
    assert solve_plan(problem, dates, limits=Limits(time_limit_s=20.0)).dates
    # Each of 40 people has 29 distances with 1 to 29 sites within: 17,400 entries a date, as much as 3,480 pairs.
    monkeypatch.setattr(program, "MOST_PAIRS", 3_000)
    with pytest.raises(program.ProgramTooLargeError):
        solve_plan(problem, dates)


def test_a_plan_that_is_refused_copies_no_matrix(monkeypatch) -> None:
    """Sites stand in another order than that of their names, and one is forbidden."""
    costs = np.random.default_rng(0).uniform(1, 60, (4_000, 300))
    names = [f"s{site:03d}" for site in range(300)][::-1]
    roles = ["forbidden", *["candidate"] * 299]
    problem = PlacementProblem(costs, p=4, site_ids=names, roles=roles)
    monkeypatch.setattr(program, "MOST_PAIRS", 3_000)
    tracemalloc.start()
    try:
        with pytest.raises(program.ProgramTooLargeError):
            solve_plan(problem, [Period("2026"), Period("2036")])
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < costs.nbytes
