"""The engine's tree under conditions, against every choice of sites; the oracle knows nothing of programs."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import highspy
import numpy as np
import pytest
from scipy.sparse import csr_array

from optimise import (
    OnlyWith,
    PlacementProblem,
    Separation,
    ShareWithin,
    SiteCount,
    Status,
    Together,
    engines,
    not_both,
    solve,
)
from optimise.covering_engine import maximal_cover
from optimise.pmedian_engine import conditioned, searching
from optimise.pmedian_engine.conditioned_tree import Sorted, VolumeBound
from optimise.pmedian_engine.core import Core
from optimise.pmedian_engine.run import Run
from optimise.pmedian_engine.site_rows import SiteRows


def small_problem(seed):
    """A problem of at most 9 sites with awkward conditions, and what each asks of a set of sites."""
    rng = np.random.default_rng(seed)
    n, m = int(rng.integers(6, 25)), int(rng.integers(5, 10))
    people, sites = rng.uniform(0, 50, (n, 2)), rng.uniform(0, 50, (m, 2))
    costs = np.round(np.hypot(*(people[:, None] - sites[None]).transpose(2, 0, 1)), int(rng.integers(0, 4)))
    if seed % 3 == 0:
        costs[costs > 35] = np.nan
    between = np.hypot(*(sites[:, None] - sites[None]).transpose(2, 0, 1))
    weights = rng.integers(0, 9, n).astype(float)
    groups = rng.integers(0, 3, m).tolist()
    p = int(rng.integers(2, m))
    conditions, rules = [], []
    group, low = int(rng.choice(groups)), int(rng.integers(0, 3))
    high = low + int(rng.integers(0, 2))
    members = {site for site in range(m) if groups[site] == group}
    conditions.append(SiteCount(group=group, at_least=low, at_most=high))
    rules.append(lambda chosen, near: low <= len(members & chosen) <= high)
    a, b, c = rng.choice(m, 3, replace=False).tolist()
    kind = int(rng.integers(0, 5))
    if kind == 0:
        conditions.append(Together((a, b)))
        rules.append(lambda chosen, near: (a in chosen) == (b in chosen))
    elif kind == 1:
        conditions.append(not_both(a, b))
        rules.append(lambda chosen, near: not {a, b} <= chosen)
    elif kind == 2:
        conditions.append(OnlyWith(a, (b, c)))
        rules.append(lambda chosen, near: a not in chosen or bool({b, c} & chosen))
    elif kind == 3:
        apart = float(rng.integers(2, 15))
        conditions.append(Separation(apart))
        rules.append(
            lambda chosen, near: all(between[i, j] >= apart for i, j in itertools.combinations(chosen, 2))
        )
    else:
        minutes = float(rng.integers(8, 25))
        conditions.append(ShareWithin(minutes, 0.5))
        rules.append(lambda chosen, near: weights[near <= minutes].sum() >= 0.5 * weights.sum())
    extra = {}
    if seed % 4 == 0:
        prices = rng.integers(1, 9, m).astype(float)
        budget = float(rng.integers(p, 6 * p))
        extra = {"fixed_costs": prices, "budget": budget}
        rules.append(lambda chosen, near: prices[list(chosen)].sum() <= budget)
    problem = PlacementProblem(
        costs=costs,
        weights=weights,
        groups=groups,
        site_costs=between,
        p=p,
        roles=["candidate"] * m,
        conditions=conditions,
        **extra,
    )
    return problem, rules


def best_of_all(problem, rules):
    """Most weight served, then least mean minutes, over every choice that keeps the rules; None for none."""
    costs = np.where(np.isnan(problem.costs), np.inf, problem.costs)
    best = None
    for chosen in itertools.combinations(range(problem.n_sites), problem.p):
        near = costs[:, list(chosen)].min(axis=1)
        if not all(rule(set(chosen), near) for rule in rules):
            continue
        served = np.isfinite(near)
        weight = problem.weights[served].sum()
        mean = float(problem.weights[served] @ near[served] / weight) if weight else math.nan
        best = min(best or (1.0, 0.0), (-weight, mean))
    return best


@pytest.mark.parametrize("steps", [400, 0])
def test_the_tree_finds_the_best_of_all_choices_that_keep_the_conditions(monkeypatch, steps):
    """Without any step of the bound the tree has to do all the work."""
    monkeypatch.setattr(engines, "ENGINE_PAYS_AT_PAIRS", 0)
    monkeypatch.setattr(engines, "CONDITIONED_PAYS_AT_PAIRS", 0)
    monkeypatch.setattr(conditioned, "_STEPS", steps)
    trees = []
    inner = conditioned.decided_by_tree

    def counted(*args, **options):
        trees.append(inner(*args, **options))
        return trees[-1]

    monkeypatch.setattr(conditioned, "decided_by_tree", counted)
    for seed in range(40):
        problem, rules = small_problem(seed)
        found, best = solve(problem, "p-median"), best_of_all(problem, rules)
        if best is None:
            assert found.status.value == "infeasible", seed
            continue
        assert found.status.value == "optimal", seed
        if -best[0] > 0:
            assert found.objective == pytest.approx(best[1], rel=1e-6), seed
    assert steps or len(trees) >= 8


def rows_of(matrix, low, high, n_sites):
    """Site rows over the first ``n_sites`` columns; the others are not sites and lie between 0 and 1."""
    n_columns = matrix.shape[1]
    column = np.arange(n_sites)
    beside = np.arange(n_columns) >= n_sites
    return SiteRows(csr_array(matrix), low, high, column, np.zeros(n_columns), np.ones(n_columns), beside)


@pytest.mark.parametrize("seed", range(12))
def test_prices_bound_every_choice_and_decided_sites_are_in_every_choice(seed):
    rng = np.random.default_rng(seed)
    n = 7
    matrix = rng.integers(-2, 3, (4, n)).astype(float)
    low = np.where(rng.random(4) < 0.5, rng.integers(-3, 2, 4), -np.inf)
    high = np.where(rng.random(4) < 0.7, np.where(np.isfinite(low), low, 0) + rng.integers(0, 3, 4), np.inf)
    rows = rows_of(matrix, low, high, n)
    choices = np.array(list(itertools.product((0.0, 1.0), repeat=n)))
    values = choices @ matrix.T
    kept = choices[((values >= low) & (values <= high)).all(axis=1)]
    prices, constant = rows.priced(rng.normal(0, 3, 4))
    worth = rng.normal(0, 5, n)
    assert (kept @ worth >= constant + kept @ (worth + prices) - 1e-9).all()
    for _ in range(10):
        opened, closed = rng.random(n) < 0.2, rng.random(n) < 0.2
        closed &= ~opened
        alike = kept[(kept[:, opened] == 1).all(axis=1) & (kept[:, closed] == 0).all(axis=1)]
        decided = rows.settled(opened, closed)
        if decided is None:
            assert not len(alike)
            continue
        assert (alike[:, decided[0]] == 1).all()
        assert (alike[:, decided[1]] == 0).all()


def test_a_row_with_no_room_decides_the_rest():
    rows = rows_of(np.array([[1.0, 1.0, 1.0]]), np.array([-np.inf]), np.array([1.0]), 3)
    opened, closed = rows.settled(np.array([True, False, False]), np.zeros(3, dtype=bool))
    assert opened.tolist() == [True, False, False]
    assert closed.tolist() == [False, True, True]
    assert rows.settled(np.array([True, True, False]), np.zeros(3, dtype=bool)) is None


def test_a_column_without_a_limit_cannot_be_priced():
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = 2, 1
    model.col_lower_, model.col_upper_ = np.zeros(2), np.array([1.0, highspy.kHighsInf])
    model.row_lower_, model.row_upper_ = np.array([-highspy.kHighsInf]), np.array([2.0])
    model.a_matrix_.start_ = np.array([0, 2])
    model.a_matrix_.index_ = np.array([0, 1])
    model.a_matrix_.value_ = np.array([1.0, -1.0])
    rows = SiteRows.of(model, np.array([0]))
    assert rows.beside.tolist() == [False, True]
    assert np.isinf(rows.upper[1])
    assert rows.priced(np.array([-1.0])) is None
    # Without a lower limit nothing can be asked of the row from that side.
    prices, constant = rows.priced(np.array([1.0]))
    assert (prices.tolist(), constant) == ([0.0], 0.0)


@pytest.mark.parametrize("seed", range(6))
def test_swaps_that_keep_the_rows_are_those_whose_sums_do(seed):
    rng = np.random.default_rng(seed)
    n = 8
    matrix = rng.integers(-1, 3, (3, n)).astype(float)
    low, high = np.full(3, -1.0), rng.integers(2, 6, 3).astype(float)
    rows = rows_of(matrix, low, high, n)
    sites = np.isin(np.arange(n), rng.choice(n, 3, replace=False))
    closed, opened = np.flatnonzero(~sites), np.flatnonzero(sites)
    told = rows.swaps(sites, closed, opened)
    for i, coming in enumerate(closed):
        for j, going in enumerate(opened):
            swapped = sites.copy()
            swapped[coming], swapped[going] = True, False
            sums = matrix @ swapped
            assert told[i, j] == bool(((sums >= low) & (sums <= high)).all())


def volume(stop_after):
    """A bound whose clock runs out at the given look, and how often its master was asked."""
    rng = np.random.default_rng(9)
    costs = rng.uniform(1, 9, (30, 8))
    rows = Sorted.of(
        np.arange(0, 241, 8),
        np.tile(np.arange(8), 30),
        costs.ravel(),
        np.full(30, np.inf),
        np.ones(8, dtype=bool),
        np.zeros(8, dtype=bool),
        3,
        500.0,
    )
    asked = []

    def master(rho):
        chosen = np.isin(np.arange(8), np.argsort(rho)[:3]).astype(float)
        asked.append(1)
        return float(rho @ chosen), chosen

    bound = VolumeBound(rows, master, np.full(30, 2.0))
    best = min(costs[:, list(three)].min(axis=1).sum() for three in itertools.combinations(range(8), 3))
    assert bound.raised(best, 200, lambda: len(asked) >= stop_after)
    return bound, best, len(asked)


def test_the_bound_stops_at_the_first_look_at_a_clock_that_has_run_out():
    stopped, best, looks = volume(1)
    assert looks == 1
    assert stopped.bound < best
    longer, best, looks = volume(10_000)
    assert looks > 20
    assert stopped.bound < longer.bound <= best + 1e-9


def test_a_large_core_is_bounded_in_pieces_between_which_the_clock_is_looked_at(monkeypatch):
    """With pieces of the shortest length a clock that has run out ends the bound after one of them."""
    rng = np.random.default_rng(2)
    costs = np.sort(rng.uniform(0, 9, (60, 20)), axis=1)
    core = Core(
        np.arange(0, 1201, 20),
        np.array([rng.permutation(20) for _ in range(60)], dtype=np.int32).ravel(),
        costs.ravel(),
        np.full(60, 20.0),
        n_sites=20,
        budget=4,
        constant=0.0,
        origin=np.arange(20),
        opened=np.zeros(0, dtype=np.int64),
    )
    made = []
    inner = searching.ascend

    def counted(*args):
        made.append(inner(*args))
        return made[-1]

    monkeypatch.setattr(searching, "ascend", counted)
    monkeypatch.setattr(searching, "_PIECE", 1.0)
    best = min(core.value(np.isin(np.arange(20), four)) for four in itertools.combinations(range(20), 4))
    ended = Run(lambda sites: 0.0, time_limit_s=1e-9)
    found = searching.Search(ended).shrink(core, np.full(60, 1.0), best)
    assert len(made) == 1
    assert made[0] <= 60
    assert found[2] <= best
    made.clear()
    searching.Search(Run(lambda sites: 0.0)).shrink(core, np.full(60, 1.0), best)
    assert len(made) > 1


def test_a_program_that_takes_too_long_to_write_is_not_solved_and_the_bound_stands(monkeypatch):
    for name in ("ENGINE_PAYS_AT_PAIRS", "CONDITIONED_PAYS_AT_PAIRS"):
        monkeypatch.setattr(engines, name, 0)
    monkeypatch.setattr(conditioned, "TREE_BUDGET", 0)
    monkeypatch.setattr(conditioned, "_WRITING", -1.0)  # over before it is begun
    monkeypatch.setattr(conditioned, "_STEPS", 1)
    given_up = 0
    for seed in range(12):
        problem, rules = small_problem(seed)
        best = best_of_all(problem, rules)
        found = solve(problem, "p-median", time_limit_s=60)
        if "pairs open" in str(found.proof):
            given_up += 1
            assert found.status is Status.FEASIBLE
            assert found.bound <= best[1] + 1e-9
            assert found.objective >= best[1] - 1e-9
    assert given_up


def test_prices_of_sites_are_in_the_value_of_every_choice():
    rng = np.random.default_rng(5)
    costs, n_free, budget = rng.uniform(1, 9, (6, 4)), 4, 2
    first = np.arange(0, 25, 4)
    sites = np.tile(np.arange(4), 6)
    caps = np.full(6, np.inf)
    free, always = np.ones(4, dtype=bool), np.zeros(4, dtype=bool)
    rows = Sorted.of(first, sites, costs.ravel(), caps, free, always, budget, 100.0)
    prices = np.array([3.0, -2.0, 0.0, 5.0])
    core = rows.priced(prices, 7.0)
    for chosen in itertools.combinations(range(n_free), budget):
        mask = np.isin(np.arange(4), chosen)
        wanted = costs[:, mask].min(axis=1).sum() + prices[mask].sum() + 7.0
        assert core.value(mask) == pytest.approx(wanted)


def far_and_near():
    """A few people whom few sites reach, so that not everybody can be reached at once."""
    rng = np.random.default_rng(4)
    people, sites = rng.uniform(0, 60, (40, 2)), rng.uniform(0, 60, (9, 2))
    costs = np.hypot(*(people[:, None] - sites[None]).transpose(2, 0, 1))
    costs[costs > 16] = np.nan
    return PlacementProblem(costs=costs, weights=rng.integers(1, 9, 40).astype(float), p=3)


@pytest.mark.parametrize("known", ["the most", "less"])
def test_people_who_cannot_all_be_reached_have_a_bound_though_the_most_is_not_proven(monkeypatch, known):
    for name in ("ENGINE_PAYS_AT_PAIRS", "CONDITIONED_PAYS_AT_PAIRS", "PAYS_AT_PAIRS"):
        monkeypatch.setattr(engines, name, 0)
    problem = far_and_near()
    best = best_of_all(problem, [])
    inner = maximal_cover.MaximalCoverSearch.outcome

    def unproven(self):
        """As where the clock ran out: the sites found, or worse ones, and no proof."""
        found = inner(self)
        columns = found.columns if known == "the most" else np.array([0, 1, 2])
        return replace(found, status=Status.FEASIBLE, columns=columns, bound=found.bound + 5.0)

    monkeypatch.setattr(maximal_cover.MaximalCoverSearch, "outcome", unproven)
    found = solve(problem, "p-median")
    assert found.status is Status.FEASIBLE
    assert "not proven to be the most" in found.proof
    assert found.objective == pytest.approx(best[1])
    assert 0 < found.bound <= best[1] + 1e-9
    assert found.bound > 0.9 * best[1]


def test_a_promise_that_so_many_sites_cannot_keep_is_told_with_what_they_reach(monkeypatch):
    monkeypatch.setattr(engines, "PAYS_AT_PAIRS", 0)
    rng = np.random.default_rng(8)
    costs, weights = rng.uniform(1, 60, (30, 9)), rng.integers(1, 9, 30).astype(float)
    most = max(
        weights[costs[:, list(two)].min(axis=1) <= 12].sum() / weights.sum()
        for two in itertools.combinations(range(9), 2)
    )
    for share, wanted in ((most + 0.02, "infeasible"), (most - 0.001, "optimal")):
        problem = PlacementProblem(costs=costs, weights=weights, p=2, conditions=[ShareWithin(12.0, share)])
        found = solve(problem, "p-median")
        assert found.status.value == wanted
        told = [str(conflict) for conflict in found.conflicts]
        assert len(told) == (wanted == "infeasible")
        if told:
            assert "exactly 2 open sites" in told[0]
            assert "so many sites reach at most" in told[0]
            figure = float(told[0].split("at most ")[1].split("%")[0]) / 100
            assert most - 0.0006 <= figure < share
