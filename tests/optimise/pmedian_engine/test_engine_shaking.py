"""Shakes, relinking and the multipliers of the linear program, against enumeration and SciPy's HiGHS."""

from __future__ import annotations

import itertools
import math
from itertools import combinations
from unittest import mock

import numpy as np
import pytest
from core_cases import core_of, cores, least, value
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, linprog, milp

from optimise.pmedian_engine import run as run_module
from optimise.pmedian_engine import searching, shaking, solve_p_median, solver
from optimise.pmedian_engine.bounds import FREE, ascend
from optimise.pmedian_engine.linear import linear_multipliers
from optimise.pmedian_engine.run import Precision, Run
from optimise.pmedian_engine.shaking import nearest, relink, shakes, sharpen
from optimise.status import Status

FEW = settings(max_examples=25)


def textbook(dense: np.ndarray, caps: np.ndarray, budget: int, *, whole: bool) -> float:
    """The p-median program with a variable for each row and site, and one for no site."""
    n, m = dense.shape
    costs = np.concatenate([np.zeros(m), np.hstack([dense, caps[:, None]]).ravel()])
    served, linked = np.zeros((n, len(costs))), np.zeros((n * m, len(costs)))
    for row in range(n):
        begin = m + row * (m + 1)
        served[row, begin : begin + m + 1] = 1.0
        for site in range(m):
            linked[row * m + site, begin + site], linked[row * m + site, site] = 1.0, -1.0
    counted = np.concatenate([np.ones(m), np.zeros(len(costs) - m)])[None]
    equal, right = np.vstack([served, counted]), np.append(np.ones(n), budget)
    if not whole:
        return float(linprog(costs, linked, np.zeros(n * m), equal, right, bounds=(0, 1)).fun)
    told = milp(
        costs,
        constraints=[LinearConstraint(linked, ub=0.0), LinearConstraint(equal, right, right)],
        integrality=np.arange(len(costs)) < m,
        bounds=Bounds(0, 1),
    )
    return float(told.fun)


def grid(side: int, *, floor: bool = True) -> np.ndarray:
    """Distances between the points of a square grid: most of them equal."""
    points = 10.0 * np.stack(np.divmod(np.arange(side * side), side), axis=1)
    costs = np.hypot(*(points[:, None] - points[None]).transpose(2, 0, 1))
    return np.floor(costs) if floor else costs


def quiet() -> Run:
    return Run(lambda sites: float(len(sites)))


@FEW
@given(cores())
def test_multipliers_of_the_linear_program_bound_as_well_as_it_does(case):
    dense, caps, budget = case
    dense = np.minimum(dense, caps[:, None] - 1.0)
    core = core_of(dense, budget, caps)
    u = linear_multipliers(core, quiet())
    assert u is not None
    assert (u >= 0).all()
    assert (u <= core.caps).all()
    state, best = np.array([1.0, -1e300, 0.0]), np.array([np.inf])
    m = core.n_sites
    ascend(
        core.indptr, core.sites, core.costs, core.caps, budget, u, np.full(m, FREE, dtype=np.int8), 1e9,
        state, 1, 1, np.full(m, 0.5), best, np.zeros(m, dtype=np.bool_),
    )  # fmt: skip
    assert state[1] == pytest.approx(textbook(dense, caps, budget, whole=False))


def test_no_multipliers_without_time():
    run = Run(lambda sites: 0.0, time_limit_s=1e-9)
    assert linear_multipliers(core_of(grid(6), 9), run) is None


@FEW
@given(cores(), st.integers(0, 5))
def test_a_shake_keeps_the_budget_and_does_no_harm(case, seed):
    dense, caps, budget = case
    core = core_of(dense, budget, caps)
    chosen = np.arange(core.n_sites) < budget
    before = core.value(chosen)
    last, _ = shakes(nearest(core, chosen), chosen, np.random.default_rng(seed).random((60, 15)))
    now = value(dense, caps, tuple(np.flatnonzero(chosen).tolist()))
    assert int(chosen.sum()) == budget
    assert now == core.value(chosen) <= before
    assert (last >= 0) == (now < before)
    assert now >= least(dense, caps, budget)


def test_shakes_find_the_best_sites_of_small_problems():
    rng = np.random.default_rng(5)
    for _ in range(20):
        dense, caps = rng.integers(0, 30, (12, 9)).astype(float), np.full(12, 40.0)
        core = core_of(dense, 4, caps)
        chosen = np.arange(9) < 4
        shakes(nearest(core, chosen), chosen, rng.random((400, 15)))
        assert core.value(chosen) == least(dense, caps, 4)


@FEW
@given(cores(), st.data())
def test_relinked_sites_lie_between_or_cost_less(case, data):
    dense, caps, budget = case
    core = core_of(dense, budget, caps)
    sets = list(combinations(range(core.n_sites), budget))
    start, goal = (np.isin(np.arange(core.n_sites), data.draw(st.sampled_from(sets))) for _ in range(2))
    way, apart = start.copy(), int((start & ~goal).sum())
    told = relink(nearest(core, start), way, goal)
    if apart < 2:
        assert told == math.inf
        assert (way == start).all()
        return
    assert int(way.sum()) == budget
    assert told == pytest.approx(value(dense, caps, tuple(np.flatnonzero(way).tolist())))
    between = [
        value(dense, caps, some)
        for some in sets
        if set(np.flatnonzero(start & goal)) <= set(some) <= set(np.flatnonzero(start | goal))
    ]
    assert told <= max(between)


def test_relinking_joins_what_two_starts_found_apart():
    """Two distant squares of a grid: each start has the better sites in one of them."""
    here = grid(5)
    dense = np.full((50, 50), 1e4)
    dense[:25, :25], dense[25:, 25:] = here, here
    core = core_of(dense, 8, np.full(50, 2e4))
    best = min(combinations(range(25), 4), key=lambda some: here[:, list(some)].min(axis=1).sum())
    bad = (0, 1, 2, 3)
    sides = [[*best, *(25 + site for site in bad)], [*bad, *(25 + site for site in best)]]
    start, goal = (np.isin(np.arange(50), side) for side in sides)
    assert relink(nearest(core, start), start, goal) == 2 * here[:, list(best)].min(axis=1).sum()


def test_sharpening_offers_the_best_of_all_starts_and_stops_when_told():
    costs = grid(6)
    core = core_of(costs, 7)
    starts = [np.random.default_rng(seed).permutation(np.arange(36) < 7) for seed in range(3)]
    run = Run(lambda sites: float(costs[:, sites].min(axis=1).sum()))
    sharpen(core, run, starts, lambda: False, lambda: False)
    assert run.best == min(core.value(chosen) for chosen in starts)
    assert run.best >= textbook(costs, np.full(36, 1e3), 7, whole=True)


def test_shakes_leave_half_of_the_time_to_the_search(monkeypatch):
    """By a clock that ticks when somebody looks, shakes without an end take half of what is left."""
    looks = itertools.count()
    monkeypatch.setattr(run_module.time, "perf_counter", lambda: float(next(looks)))
    monkeypatch.setattr(shaking, "_PATIENCE", (math.inf, math.inf))
    monkeypatch.setattr(shaking, "_SHAKES", math.inf)
    monkeypatch.setattr(shaking, "_WORK", math.inf)
    monkeypatch.setattr(solver, "NEAR", -1.0)
    result = solve_p_median(grid(8), None, 26, time_limit_s=2000.0)
    left = 2000.0 - sum(result.stages[name] for name in ("read", "start", "bound"))
    assert 0.4 * left < result.stages["polish"] < 0.6 * left
    assert result.stages["search"] > 0


@FEW
@given(cores(), st.sampled_from([0, 20]), st.sampled_from([1.0, 4.0, 1000.0]))
def test_a_search_by_linear_programs_finds_the_least_and_proves_it(case, few, room):
    """Every core counts as large enough; up to ``few`` sites are left to the tree."""
    dense, caps, budget = case
    dense = np.minimum(dense, caps[:, None] - 1.0)
    core, wanted = core_of(dense, budget, caps), least(dense, caps, budget)
    precision = Precision(1.0, 0.0, 1e-9)
    with mock.patch.multiple(searching, _SMALL=1, TREE_BUDGET=few, _TREE_SITES=0):
        found = searching.Search(quiet())(core, core.caps / 2, wanted + room, precision)
        none = searching.Search(quiet())(core, core.caps / 2, wanted, precision)
    assert found.sites is not None
    assert found.value == wanted == core.value(np.isin(np.arange(core.n_sites), found.sites))
    assert found.bound <= wanted
    assert none.sites is None
    assert none.bound >= wanted - 1e-6


@pytest.mark.parametrize(("side", "p"), [(6, 21), (7, 22), (8, 21), (8, 26)])
@pytest.mark.parametrize("floor", [True, False])
def test_grids_with_many_sites_are_proven_at_the_optimum_of_the_textbook_program(side, p, floor):
    costs = grid(side, floor=floor)
    result = solve_p_median(costs, None, p)
    assert result.status is Status.OPTIMAL
    assert result.objective == pytest.approx(
        textbook(costs, np.full(side * side, 1e4), p, whole=True), rel=1e-7
    )
    assert costs[:, result.chosen].min(axis=1).sum() == pytest.approx(result.objective)


@pytest.mark.parametrize("seed", range(6))
def test_few_distances_many_sites_and_weights_agree_with_the_textbook_program(seed):
    """Parts and ties: distances of 0 to 4 in clusters, weights of 1 to 3."""
    rng = np.random.default_rng(seed)
    points = np.concatenate([rng.integers(0, 5, (16, 2)) + 6 * place for place in range(4)])
    costs = np.abs(points[:, None] - points[None]).sum(axis=2).astype(float)
    weights = rng.integers(1, 4, len(points)).astype(float)
    result = solve_p_median(costs, weights, 23)
    assert result.status is Status.OPTIMAL
    wanted = textbook(weights[:, None] * costs, np.full(len(points), 1e4), 23, whole=True)
    assert result.objective == pytest.approx(wanted)
