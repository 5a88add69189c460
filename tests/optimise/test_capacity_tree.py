"""Whole knapsacks and the tree over sites against an enumeration of sites and of who goes where."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
import pytest

from optimise.capacity_engine import branching
from optimise.capacity_engine.capacity import CapacitySearch
from optimise.capacity_engine.capacity_kernels import FREE
from optimise.capacity_engine.knapsack_bound import on_grid, with_each_row
from optimise.capacity_engine.partitioning import Partitioning
from optimise.running import Limits
from optimise.status import Status


def cheapest(costs, demand, room, n_open, always):
    """The least cost of sending everybody, whole, to one of ``n_open`` sites with room; inf for none."""
    best = np.inf
    for sites in combinations(range(len(room)), n_open):
        if not set(np.flatnonzero(always)) <= set(sites):
            continue
        for goes in product(sites, repeat=len(demand)):
            load = np.bincount(goes, weights=demand, minlength=len(room))
            if (load <= room * (1 + 1e-9)).all():
                best = min(best, float(costs[np.arange(len(demand)), list(goes)].sum()))
    return best


def drawn(seed):
    """A small problem: whole or broken numbers, ties, pairs that cannot be, sites that are open anyway."""
    rng = np.random.default_rng(seed)
    rows, sites = int(rng.integers(3, 7)), int(rng.integers(2, 5))
    n_open = int(rng.integers(1, min(sites, 3) + 1))
    whole = bool(rng.random() < 0.5)
    costs = rng.integers(0, 9, (rows, sites)).astype(float) if whole else rng.uniform(0, 9, (rows, sites))
    costs[rng.random((rows, sites)) < 0.1] = np.inf
    demand = rng.integers(0, 6, rows).astype(float) if whole else rng.uniform(0.0, 3.0, rows)
    room = np.full(sites, demand.sum() * rng.uniform(0.9, 1.6) / n_open)
    always = np.zeros(sites, dtype=bool)
    always[0] = rng.random() < 0.3
    return costs, demand, np.floor(room) if whole else room, n_open, always


@pytest.mark.parametrize("pairs", [450, 0])
def test_the_tree_ends_at_the_enumerated_optimum(monkeypatch, pairs):
    monkeypatch.setattr(branching, "_PAIRS", pairs)
    monkeypatch.setattr(Partitioning, "settle", lambda self: False)  # as where the clusters are too many
    for seed in range(60):
        costs, demand, room, n_open, always = drawn(seed)
        right = cheapest(costs, demand, room, n_open, always)
        found = CapacitySearch(
            costs, demand, room, n_open, Limits().started(),
            always_open=always, may_open=np.ones(len(room), dtype=bool),
        ).outcome()  # fmt: skip
        if found.status is Status.OPTIMAL:
            assert found.cost == pytest.approx(right, abs=1e-7), seed
        else:  # nobody found room for everybody: the whole program goes on from there
            assert found.status is Status.NO_SOLUTION, seed
        assert found.bound <= right * (1 + 1e-9) + 1e-9, seed


def test_whoever_has_room_has_room_on_the_grid():
    rng = np.random.default_rng(3)
    for _ in range(200):
        demand, room = rng.uniform(0, 5, 6), rng.uniform(1, 12, 3)
        cells, space = on_grid(demand, room)
        for mask in product([False, True], repeat=6):
            own = np.array(mask)
            for site in range(3):
                assert demand[own].sum() > room[site] or cells[own].sum() <= space[site]


def test_a_knapsack_with_each_row_in_it_is_the_best_of_all_sets_that_hold_it():
    rng = np.random.default_rng(5)
    costs, demand = rng.uniform(0, 5, (2, 6)), rng.integers(0, 4, 6)
    room, u = np.array([5, 7]), rng.uniform(0, 6, 6)
    told = with_each_row(costs, demand, room, np.full(2, FREE), u)
    for site, row in product(range(2), range(6)):
        sets = [np.array(mask) for mask in product([False, True], repeat=6) if mask[row]]
        fitting = [own for own in sets if demand[own].sum() <= room[site]]
        best = min(float((costs[site] - u)[own].sum()) for own in fitting)
        assert told[site, row] == pytest.approx(best)
