"""Clusters, their cuts and the set partitioning over them, against every set of rows and every assignment."""

from __future__ import annotations

import time
from itertools import combinations, product

import numpy as np
import pytest

from optimise.capacity_engine import partitioning
from optimise.capacity_engine.capacity import CapacitySearch
from optimise.capacity_engine.clusters import ClusterProgram, Clusters, Rooms
from optimise.capacity_engine.knapsack_bound import on_grid
from optimise.running import Limits
from optimise.status import Status
from optimise.subset_rows import broken_triples


def drawn(seed):
    """A small problem with whole or broken numbers, ties, pairs that cannot be, and sites open anyway."""
    rng = np.random.default_rng(seed)
    rows, sites = int(rng.integers(3, 8)), int(rng.integers(2, 5))
    n_open = int(rng.integers(1, min(sites, 3) + 1))
    whole = bool(rng.random() < 0.5)
    costs = rng.integers(0, 9, (rows, sites)).astype(float) if whole else rng.uniform(0, 9, (rows, sites))
    costs[rng.random((rows, sites)) < 0.1] = np.inf
    demand = rng.integers(0, 6, rows).astype(float) if whole else rng.uniform(0.0, 3.0, rows)
    room = demand.sum() * rng.uniform(0.7, 1.6, sites) / n_open
    always, may = np.zeros(sites, dtype=bool), rng.random(sites) < 0.9
    may[:n_open] = True
    always[0] = rng.random() < 0.3
    return costs, demand, np.floor(room) if whole else room, n_open, always, may


def every_cluster(costs, demand, room):
    """(site, rows, cost) of every group of rows that a site has room for and reaches."""
    for site in range(len(room)):
        for size in range(1, len(demand) + 1):
            for rows in combinations(range(len(demand)), size):
                own = list(rows)
                if demand[own].sum() <= room[site] * (1 + 1e-6) and np.isfinite(costs[own, site]).all():
                    yield site, rows, float(costs[own, site].sum())


def cheapest(costs, demand, room, n_open, always, may):
    """The least cost of sending everybody, whole, to one of ``n_open`` sites with room; inf for none."""
    best = np.inf
    for sites in combinations(np.flatnonzero(may).tolist(), n_open):
        if set(np.flatnonzero(always).tolist()) <= set(sites):
            for goes in product(sites, repeat=len(demand)):
                load = np.bincount(goes, weights=demand, minlength=len(room))
                if (load <= room * (1 + 1e-9)).all():
                    best = min(best, float(costs[np.arange(len(demand)), list(goes)].sum()))
    return best


def rooms_of(costs, demand, room):
    space = room * (1 + 1e-6)
    return Rooms(np.ascontiguousarray(costs.T), demand, space, *on_grid(demand, room))


def read(clusters):
    return [
        (site, tuple(sorted(clusters.of(at).tolist()))) for at, site in enumerate(clusters.sites.tolist())
    ]


@pytest.mark.parametrize("seed", range(30))
def test_the_clusters_listed_are_those_within_the_limit(seed):
    costs, demand, room, *_ = drawn(seed)
    rng = np.random.default_rng(seed)
    multipliers, limits = rng.uniform(0, 9, len(demand)), rng.uniform(-8, 8, len(room))
    limits[rng.random(len(room)) < 0.2] = -np.inf
    every = {
        (site, rows): (cost, cost - multipliers[list(rows)].sum())
        for site, rows, cost in every_cluster(costs, demand, room)
    }
    values = np.zeros(len(room))
    for (site, _), (_, value) in every.items():
        values[site] = min(values[site], value)
    found = rooms_of(costs, demand, room).clusters(multipliers, values, limits, 10_000, np.inf)
    told = read(found)
    assert len(set(told)) == len(told)
    # a value at the limit to the last digit may be taken or left
    assert {key for key, (_, value) in every.items() if value <= limits[key[0]] - 1e-9} <= set(told)
    assert all(every[key][1] <= limits[key[0]] + 1e-9 for key in told)
    assert found.costs == pytest.approx([every[key][0] for key in told])
    reduced = found.reduced(multipliers, np.where(np.isfinite(limits), limits, 0.0))
    assert reduced == pytest.approx([every[key][1] - limits[key[0]] for key in told], abs=1e-9)


def test_too_many_clusters_are_not_listed():
    costs, demand, room, *_ = drawn(1)
    limits = np.full(len(room), 1e6)
    own = rooms_of(costs, demand, room)
    none, nothing = np.zeros(len(demand)), np.zeros(len(room))
    whole = own.clusters(none, nothing, limits, 10_000, np.inf)
    assert own.clusters(none, nothing, limits, len(whole.rows), np.inf) is not None
    assert own.clusters(none, nothing, limits, len(whole.rows) - 1, np.inf) is None
    assert own.clusters(none, nothing, limits, 10_000, time.monotonic() - 1.0) is None


def of_lists(sites, groups, costs):
    starts = np.concatenate([[0], np.cumsum([len(group) for group in groups])]).astype(np.int64)
    rows = np.array([row for group in groups for row in group], dtype=np.int32)
    return Clusters(np.array(sites, dtype=np.int32), starts, rows, np.array(costs, dtype=float))


@pytest.mark.parametrize("seed", range(20))
def test_the_broken_triples_are_those_of_all_triples(seed):
    """Rows in one cluster each, in the sum: shares of partitions, mixed."""
    rng = np.random.default_rng(seed)
    groups, used = [], []
    for share in rng.dirichlet(np.ones(int(rng.integers(2, 5)))):
        of = rng.integers(0, 3, 7)
        for name in range(3):
            if (of == name).any():
                groups.append(np.flatnonzero(of == name).tolist())
                used.append(share)
    triples, excess = np.zeros((100, 3), dtype=np.int64), np.zeros(100)
    own = of_lists([0] * len(groups), groups, [0.0] * len(groups))
    mixed = np.array(used)
    if seed % 2:  # a fractional answer need not be a mixture: pairs alone, each a half
        groups = [[0, 1], [1, 2], [0, 2], [3, 4], [4, 5], [3, 5], [6]]
        mixed = np.array([0.5] * 6 + [1.0])
        own = of_lists([0] * 7, groups, [0.0] * 7)
    found = broken_triples(own.starts, own.rows, mixed, np.zeros(7), 0.01, triples, excess)
    told = {tuple(sorted(triples[at].tolist())): excess[at] for at in range(found)}
    assert len(told) == found
    right = {
        three: sum(
            share for group, share in zip(groups, mixed, strict=True) if len(set(group) & set(three)) >= 2
        )
        - 1.0
        for three in combinations(range(7), 3)
    }
    assert told == pytest.approx({three: value for three, value in right.items() if value > 0.01})


@pytest.mark.parametrize("seed", range(25))
def test_cuts_raise_the_bound_and_never_above_the_best_choice(seed):
    costs, demand, room, n_open, always, may = drawn(seed)
    right = cheapest(costs, demand, room, n_open, always, may)
    if np.isinf(right):
        return
    every = [one for one in every_cluster(costs, demand, room) if may[one[0]]]
    clusters = of_lists(*zip(*[(site, rows, cost) for site, rows, cost in every], strict=True))
    free = may & ~always
    program = ClusterProgram(
        clusters, len(demand), free, n_open - int(always.sum()), n_open, right + 1.0, np.inf
    )
    before = -np.inf
    while True:
        shares = program.solve(clusters.costs)
        assert before - 1e-6 <= shares.bound <= right + 1e-6
        before = shares.bound
        kept = shares.bound + shares.reduced <= right + 1e-6
        more = program.cut(shares)
        program.keep(kept)
        if not more:
            break
    # every best choice is still there
    left = set(read(program.clusters))
    for sites in combinations(np.flatnonzero(may).tolist(), n_open):
        for goes in product(sites, repeat=len(demand)):
            load = np.bincount(goes, weights=demand, minlength=len(room))
            cost = float(costs[np.arange(len(demand)), list(goes)].sum())
            if set(np.flatnonzero(always).tolist()) <= set(sites) and (load <= room).all() and cost <= right:
                used = {(site, tuple(np.flatnonzero(np.array(goes) == site).tolist())) for site in set(goes)}
                assert used <= left


@pytest.mark.parametrize("sizes", [{}, {"_ALL": 0}, {"_ALL": 0, "_PART": 20}, {"_FEW": 0, "_TRIED": 3}])
def test_the_partitioning_ends_at_the_enumerated_optimum(monkeypatch, sizes):
    for name, value in sizes.items():
        monkeypatch.setattr(partitioning, name, value)
    settled = 0
    for seed in range(60):
        costs, demand, room, n_open, always, may = drawn(seed)
        right = cheapest(costs, demand, room, n_open, always, may)
        search = CapacitySearch(
            costs, demand, room, n_open, Limits().started(), always_open=always, may_open=may
        )
        # a poor answer and no sites decided: the whole way is left to the clusters
        if not search._room_suffices():
            continue
        search._first_sites()
        if not np.isfinite(search.best):
            continue
        worse = search.best
        cells = on_grid(demand, room)
        done = partitioning.Partitioning(search, *cells).settle()
        settled += done
        assert right - 1e-9 <= search.best <= worse + 1e-9, seed
        assert search.bound <= right * (1 + 1e-9) + 1e-9, seed
        if done:
            assert search.best == pytest.approx(right, abs=1e-7), seed
        load = np.bincount(search.goes, weights=demand, minlength=len(room))
        assert (load <= room * (1 + 1e-6)).all()
        assert search.sites.sum() == n_open
        assert search.sites[search.goes].all()
        assert (search.sites[always]).all()
        assert not search.sites[~may & ~always].any()
    assert settled or sizes.get("_ALL") == 0


def test_a_search_says_that_clusters_proved_it():
    """Thirty points and five sites with little room: the Lagrangian bound leaves a gap."""
    rng = np.random.default_rng(9)
    points = rng.integers(0, 60, (30, 2)).astype(float)
    costs = np.floor(np.hypot(*(points[:, None] - points[None]).transpose(2, 0, 1)))
    demand = rng.integers(3, 12, 30).astype(float)
    found = CapacitySearch(
        costs, demand, np.full(30, np.ceil(demand.sum() / 5 * 1.03)), 5, Limits().started(),
        always_open=np.zeros(30, dtype=bool), may_open=np.ones(30, dtype=bool),
    ).outcome()  # fmt: skip
    assert found.status is Status.OPTIMAL
    assert found.bound == found.cost
    assert found.proof.value == "clusters"
    assert found.figures["clusters_are_all"] == 1.0
