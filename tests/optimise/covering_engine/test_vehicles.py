"""Bounds of vehicles at sites, what they decide, and the tree, against every placement of vehicles."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest

from optimise.covering_engine import vehicle_tree
from optimise.covering_engine.reductions import lists_of
from optimise.covering_engine.vehicle_exchange import exchange_vehicles
from optimise.covering_engine.vehicle_kernels import RANKS, fix_vehicles, vehicle_bound
from optimise.covering_engine.vehicle_tree import Fleet, VehicleTree, settle
from optimise.models.expected_cuts import RankCuts, _by_rank


def drawn(seed: int):
    """A fleet, vehicles at each site at least and at most, and (vehicles, worth) of every placement."""
    rng = np.random.default_rng(seed)
    n_people, n_sites = int(rng.integers(1, 12)), int(rng.integers(2, 6))
    near = rng.random((n_people, n_sites)) < rng.choice([0.2, 0.5, 0.8])
    weights = rng.integers(1, 9, n_people).astype(float)
    busy = np.full(n_people, 0.3) if seed % 3 else rng.choice([0.0, 0.2, 0.7], n_people)
    n_open = None if seed % 4 == 0 else int(rng.integers(1, n_sites + 1))
    total = int(rng.integers(n_open or 1, (n_open or 2) + 4))
    most = rng.choice([0, 1, 2, 3, 5], n_sites, p=[0.1, 0.2, 0.2, 0.2, 0.3])
    least = np.where(rng.random(n_sites) < 0.2, np.minimum(most, 1), 0)
    fleet = Fleet(near, weights, busy, np.arange(n_sites), n_open, total)
    placements = {}
    for units in product(*(range(low, high + 1) for low, high in zip(least, most, strict=True))):
        if sum(units) == total and n_open in (None, sum(number > 0 for number in units)):
            worth = 0.0
            for person in range(n_people):
                reach = sum(number for site, number in enumerate(units) if near[person, site])
                worth += weights[person] * sum(
                    (1 - busy[person]) * busy[person] ** number for number in range(reach)
                )
            placements[units] = worth
    return fleet, least.astype(np.int64), most.astype(np.int64), placements


SEEDS = range(150)


@pytest.mark.parametrize("seed", SEEDS)
def test_totals_leave_every_placement(seed):
    fleet, least, most, placements = drawn(seed)
    if not settle(fleet.n_open, fleet.n_vehicles, least, most):
        assert not placements
        return
    assert (least <= most).all()
    for units in placements:
        assert (least <= units).all()
        assert (most >= units).all()
    if (least == most).all():
        assert list(placements) == [tuple(least.tolist())]


@pytest.mark.parametrize("seed", SEEDS)
def test_bounds_hold_and_decide_nothing_better_away(seed):
    fleet, least, most, placements = drawn(seed)
    if not placements:
        return
    best = max(placements.values())
    rng = np.random.default_rng(seed)
    lists = VehicleTree(fleet, least, most, lambda: 0.0, lambda _: None, lambda _: False, lambda: False).lists
    for steps in (1, 3, 300):
        descent = np.zeros((3, len(fleet.weights), RANKS))
        descent[:2] = rng.uniform(0, 3, descent.shape[1:]) * (rng.random(descent.shape[1:]) < 0.7)
        state, scores = np.array([np.inf, 0.0, 1.0, 0.0]), np.zeros((len(least), RANKS))
        means = np.zeros(len(least)), np.zeros(len(least))
        n_open = -1 if fleet.n_open is None else fleet.n_open
        vehicle_bound(
            *lists, fleet.weights, fleet.busy, n_open, fleet.n_vehicles, least, most, 0.9 * best, descent,
            state, scores, *means, steps,
        )  # fmt: skip
        bound = float(state[0])
        assert bound >= best - 1e-9
        worths = sorted(placements.values())
        for threshold in (worths[0] - 0.01, worths[len(worths) // 2], best - 1e-6, best):
            low, high = least.copy(), most.copy()
            narrowed = fix_vehicles(scores, float(state[1]), n_open, bound, threshold - 1e-9, low, high)
            assert (narrowed == 0) == ((low == least).all() and (high == most).all())
            for units, worth in placements.items():
                if worth > threshold:
                    assert (low <= units).all()
                    assert (high >= units).all()


def test_the_bound_meets_the_best_of_a_plain_case():
    """Two sites apart, three vehicles: the larger village gets two."""
    near = np.array([[True, False], [False, True]])
    fleet = Fleet(near, np.array([10.0, 4.0]), np.array([0.5, 0.5]), np.arange(2), 2, 3)
    descent = np.zeros((3, 2, RANKS))
    state, scores = np.array([np.inf, 0.0, 1.0, 0.0]), np.zeros((2, RANKS))
    tree = VehicleTree(
        fleet, np.zeros(2, int), np.full(2, 3), lambda: 0.0, lambda _: None, lambda _: False, lambda: False
    )
    vehicle_bound(
        *tree.lists, fleet.weights, fleet.busy, 2, 3, tree.least, tree.most, 0.0, descent, state, scores,
        np.zeros(2), np.zeros(2), 2_000,
    )  # fmt: skip
    assert state[0] == pytest.approx(10 * 0.75 + 4 * 0.5, rel=1e-3)


@pytest.mark.parametrize("steps", [0, 1, 30])
@pytest.mark.parametrize("seed", range(60))
def test_the_tree_finds_the_best_of_all(seed, steps, monkeypatch):
    monkeypatch.setattr(vehicle_tree, "_ROOT_STEPS", steps)
    monkeypatch.setattr(vehicle_tree, "_STEPS", steps)
    monkeypatch.setattr(vehicle_tree, "_TRY_EVERY", 3)
    fleet, least, most, placements = drawn(seed)
    offered = [-math.inf]

    def offer(units):
        offered.append(placements[tuple(units.tolist())])

    tree = VehicleTree(fleet, least, most, lambda: max(offered) + 1e-9, offer, lambda _: False, lambda: False)
    root = tree.root()
    if root is None:
        assert not placements
        return
    bound, done = tree.run(root)
    best = max(placements.values(), default=-math.inf)
    assert done
    assert max(offered) == pytest.approx(best, abs=1e-9)
    assert bound >= best - 1e-9
    assert bound <= best + 1e-8


@pytest.mark.parametrize("seed", range(40))
def test_a_tree_that_is_stopped_bounds_what_is_open(seed):
    fleet, least, most, placements = drawn(seed)
    if not placements:
        return
    known = min(placements.values())
    tree = VehicleTree(fleet, least, most, lambda: known, lambda _: None, lambda _: True, lambda: True)
    root = tree.root()
    assert root is not None
    assert root.bound >= max(placements.values()) - 1e-9
    assert tree.run(root)[0] >= max(placements.values()) - 1e-9


def _exchanged(units, free, most):
    """Every placement that one exchange makes of ``units``."""
    for taken, given in product(range(len(units)), repeat=2):
        if units[taken] == 0 or taken == given:
            continue
        whole = free[taken] and free[given] and units[given] == 0
        if whole or (units[taken] > 1 and 0 < units[given] < most):
            moved = units[taken] if whole else 1
            yield tuple(
                number - moved * (site == taken) + moved * (site == given)
                for site, number in enumerate(units)
            )


@pytest.mark.parametrize("seed", SEEDS)
def test_no_exchange_is_left_that_gains(seed):
    fleet, _, _, placements = drawn(seed)
    rng = np.random.default_rng(seed)
    free, most = rng.random(len(fleet.columns)) < 0.7, 4

    def worth(units):
        reach = fleet.near.astype(int) @ np.array(units)
        return float(fleet.weights @ (1 - fleet.busy**reach))

    lists = VehicleTree(
        fleet, np.zeros(len(free), int), np.full(len(free), most), lambda: 0.0, lambda _: None,
        lambda _: False, lambda: False,
    ).lists  # fmt: skip
    by_column = lists_of(fleet.near.T)
    for begun in [units for units in placements if max(units) <= most][:5]:
        vehicles = np.array(begun)
        exchange_vehicles(*lists, *by_column, fleet.weights, fleet.busy, free, most, vehicles)
        ended = tuple(vehicles.tolist())
        assert sum(ended) == sum(begun)
        assert sum(number > 0 for number in ended) == sum(number > 0 for number in begun)
        assert max(ended) <= most
        assert all(free[site] or (begun[site] > 0) == (ended[site] > 0) for site in range(len(free)))
        assert worth(ended) >= worth(begun) - 1e-9
        if not any(worth(other) > worth(begun) + 1e-6 for other in _exchanged(begun, free, most)):
            assert worth(ended) == pytest.approx(worth(begun))
        assert all(worth(other) <= worth(ended) + 1e-6 for other in _exchanged(ended, free, most))


@pytest.mark.parametrize("seed", SEEDS)
def test_cuts_are_above_every_placement_and_meet_their_own(seed):
    fleet, _, _, placements = drawn(seed)
    cuts, rng = RankCuts(fleet), np.random.default_rng(seed)
    for units in [*placements][:6]:
        at = _by_rank(np.array(units))
        for point in (at, at * rng.uniform(0, 1, at.shape)):
            prices = cuts.prices(point)
            assert (np.diff(prices, axis=1) <= 1e-12).all()
            beyond, rates = float(cuts.beyond(prices).sum()), cuts.near.T @ prices
            for other, worth in placements.items():
                assert beyond + float((rates * _by_rank(np.array(other))).sum()) >= worth - 1e-9
            if point is at:
                assert beyond + float((rates * at).sum()) == pytest.approx(placements[units], abs=1e-9)
