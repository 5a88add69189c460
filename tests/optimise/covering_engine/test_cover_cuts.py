"""Branch and cut for set covering, against every set of columns and published optima."""

from __future__ import annotations

import csv
import math
import time
from itertools import combinations

import numpy as np
import pytest

from optimise import Status
from optimise.covering_engine import cover_cuts
from optimise.covering_engine.cover_cuts import CoverBranching, CoverProgram
from optimise.covering_engine.radius import RadiusSearch
from optimise.covering_engine.set_cover import Proof, cheapest_cover
from optimise.running import Limits

SEEDS = range(60)


def drawn(seed, n_columns=10):
    """A mask, and prices: all 1, whole, or any; with columns that cost nothing."""
    random = np.random.default_rng(seed)
    near = random.random((int(random.integers(8, 40)), n_columns)) < random.uniform(0.12, 0.45)
    near[~near.any(axis=1), 0] = True
    kind = seed % 3
    prices = np.ones(n_columns) if kind == 0 else random.integers(0, 6, n_columns).astype(float)
    return near, prices + random.random(n_columns) * (kind == 2)


def covers(near):
    for size in range(near.shape[1] + 1):
        for some in combinations(range(near.shape[1]), size):
            if near[:, some].any(axis=1).all():
                yield list(some)


def halves(n_groups=3):
    """Groups of three rows, any two with a column: 1.5 columns each in the linear program, covers take 2."""
    near = np.zeros((3 * n_groups, 3 * n_groups), dtype=bool)
    for group in range(n_groups):
        for pair in range(3):
            near[3 * group + pair, 3 * group + pair] = near[3 * group + pair, 3 * group + (pair + 1) % 3] = (
                True
            )
    return near


@pytest.mark.parametrize("cuts", [True, False])
def test_a_cover_is_found_where_there_is_one(monkeypatch, cuts):
    if not cuts:
        monkeypatch.setattr(cover_cuts, "_ROUNDS", 0)
    nodes = 0
    for seed in SEEDS:
        near, prices = drawn(seed)
        least = min(prices[some].sum() for some in covers(near))
        for at_most in (least - 0.5, least, least + 0.7):
            search = CoverBranching(near, prices, at_most, math.inf)
            assert search.run()
            assert (search.columns is not None) == (at_most >= least)
            if search.columns is not None:
                assert near[:, search.columns].any(axis=1).all()
                assert len(set(search.columns.tolist())) == len(search.columns)
                assert prices[search.columns].sum() <= at_most + 1e-9
            nodes = max(nodes, search.nodes)
    assert cuts or nodes > 1


def test_inequalities_hold_for_every_cover_and_the_bound_for_the_cheapest():
    added = 0
    for seed in SEEDS:
        near, prices = drawn(seed)
        every = list(covers(near))
        least = min(prices[some].sum() for some in every)
        program, bounds = CoverProgram(near, prices), []
        for _ in range(6):
            told = program.solve(math.inf)
            bounds.append(told.bound)
            assert told.bound <= least + 1e-9
            for column in range(near.shape[1]):
                with_it = min((prices[some].sum() for some in every if column in some), default=math.inf)
                assert told.bound + max(told.reduced[column], 0.0) <= with_it + 1e-9
            if program.cut(told.shares) == 0:
                break
        added += len(program.worths)
        assert bounds == sorted(bounds) or np.diff(bounds).min() > -1e-7
        for some in every:
            assert (program.worths[:, some].sum(axis=1) >= 2).all()
    assert added > 0


def test_three_rows_close_what_the_linear_program_leaves_open():
    near = halves()
    program = CoverProgram(near, np.ones(9))
    told = program.solve(math.inf)
    assert told.bound == pytest.approx(4.5)
    assert program.cut(told.shares) == 3
    assert program.solve(math.inf).bound == pytest.approx(6.0)
    search = CoverBranching(near, np.ones(9), 5.0, math.inf)
    assert search.run(most_nodes=1)
    assert search.columns is None


def test_an_effort_that_ends_leaves_a_bound_and_goes_on(monkeypatch):
    monkeypatch.setattr(cover_cuts, "_ROUNDS", 0)
    near = halves()
    search = CoverBranching(near, np.ones(9), 5.0, math.inf)
    assert not search.run(most_nodes=1)
    assert 4.5 - 1e-6 <= search.bound <= 6.0
    assert search.run()
    assert search.columns is None
    late = CoverBranching(near, np.ones(9), 6.0, time.monotonic() - 1.0)
    assert not late.run()
    assert late.columns is None
    assert late.bound <= 6.0
    # The clock may also run out within a node, which is then looked at again.
    monkeypatch.setattr(CoverProgram, "solve", lambda *_: None)
    within = CoverBranching(near, np.ones(9), 6.0, math.inf)
    assert not within.run(most_nodes=1)
    monkeypatch.undo()
    assert within.run()
    assert near[:, within.columns].any(axis=1).all()


@pytest.mark.parametrize("late", [False, True])
def test_the_cheapest_cover_by_branching_and_by_the_program_after_it(monkeypatch, late):
    """Neither the subgradient bound nor the greedy cover is any good here."""
    monkeypatch.setattr("optimise.covering_engine.set_cover.cover_bound", lambda *_: 0.0)
    monkeypatch.setattr(
        "optimise.covering_engine.set_cover.greedy_cover", lambda *lists: np.ones(len(lists[-1]), dtype=bool)
    )
    if late:
        monkeypatch.setattr(CoverBranching, "run", lambda *_, **__: False)
    told = set()
    for seed in SEEDS:
        near, prices = drawn(seed)
        least = min(prices[some].sum() for some in covers(near))
        found = cheapest_cover(near, prices, Limits(), reduce=False)
        assert found.status is Status.OPTIMAL
        assert prices[found.columns].sum() == pytest.approx(least)
        assert found.bound <= least + 1e-6
        assert near[:, found.columns].any(axis=1).all()
        told.add(found.proof)
    assert Proof.MIP in told
    assert (Proof.TREE in told) is not late


def test_ctrl_c_keeps_the_cover_known(monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("optimise.covering_engine.set_cover.cover_bound", lambda *_: 0.0)
    monkeypatch.setattr(CoverBranching, "run", interrupted)
    near = halves()
    found = cheapest_cover(near, np.ones(9), Limits())
    assert found.status is Status.INTERRUPTED
    assert near[:, found.columns].any(axis=1).all()
    assert found.bound <= 6.0


@pytest.mark.parametrize(("n_open", "published"), [(20, 1580.80), (50, 904.92)])
def test_centres_of_u1060_are_proven(shared, n_open, published):
    """The best radii known, of exact distances (see ``tests/benchmarks/placement_families.py``)."""
    with (shared / "orlib/u1060.csv").open(encoding="utf-8") as opened:
        points = np.array([[float(row["x"]), float(row["y"])] for row in csv.DictReader(opened)])
    costs = np.hypot(*(points[:, None] - points[None]).transpose(2, 0, 1))
    found = RadiusSearch(costs, np.full(len(costs), math.inf), n_open, Limits()).outcome()
    assert found.status is Status.OPTIMAL
    assert found.value == found.bound
    assert costs[:, found.columns].min(axis=1).max() == found.value == pytest.approx(published, abs=0.006)
