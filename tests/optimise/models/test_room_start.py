"""A start with room: who is counted, what fits where, what is tried in which order, and what is refused; by hand."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import product

import numpy as np
import pytest

from optimise import PlacementProblem, SiteCount, Within
from optimise.capacity_engine import capacity_kernels
from optimise.models import room_start
from optimise.models.capacitated import CapacitatedPMedian
from optimise.models.room_start import RoomStart
from optimise.placed import Placed
from optimise.running import Limits

LINE = np.asarray([[0.0, 4.0, 9.0], [5.0, 1.0, 4.0], [9.0, 5.0, 0.0], [np.nan, np.nan, 7.0]])
WEIGHTS = [4.0, 3.0, 2.0, 1.0]


def line(**values: object) -> PlacementProblem:
    return PlacementProblem(
        **({"costs": LINE, "weights": WEIGHTS, "capacities": [9.0, 9.0, 9.0], "p": 1} | values)
    )


def search(problem: PlacementProblem, limits: Limits | None = None, **model: object) -> RoomStart:
    return RoomStart(problem, CapacitatedPMedian(**model), limits or Limits())


def opened(*sites: int, n_sites: int = 3) -> np.ndarray:
    return np.isin(np.arange(n_sites), sites)


def whole(sites: tuple[int, ...], goes: list[int], n_sites: int = 3) -> Placed:
    shares = np.zeros((len(goes), n_sites))
    for row, site in enumerate(goes):
        if site >= 0:
            shares[row, site] = 1.0
    return Placed.shared(opened(*sites, n_sites=n_sites), shares, np.asarray(goes), None)


# Who is counted, and what fits where


def test_whoever_has_weight_or_takes_room_counts_if_a_site_is_reached():
    costs = np.ones((5, 2))
    costs[4] = np.nan
    problem = PlacementProblem(
        costs,
        weights=[0.0, 0.0, 0.5, 2.0, 3.0],
        demands=[0.0, 1.0, 0.0, 0.5, 3.0],
        capacities=[9.0, 9.0],
        p=1,
    )
    assert search(problem).counted.tolist() == [False, True, True, True, False]


def test_room_of_a_site_is_that_of_all_its_units():
    """Ten people: three units of 4, one of 12, none where there is no room; two and one where two are the most."""
    problem = line(capacities=[4.0, 12.0, 0.0])
    assert search(problem).room.tolist() == [4.0, 12.0, 0.0]
    # So many units as the largest site count needs: three at each.
    assert search(problem, total_units=9).room.tolist() == [12.0, 36.0, 0.0]
    assert search(problem, max_units=2).room.tolist() == [8.0, 24.0, 0.0]


def test_a_demand_point_too_large_for_a_site_never_goes_there():
    found = search(line(capacities=[3.5, 9.0, 9.0]))
    expected = [
        [math.inf, 15.0, 18.0, math.inf],  # site 0 reaches three; the first of them takes 4, more than 3.5
        [16.0, 3.0, 10.0, math.inf],
        [36.0, 12.0, 0.0, 7.0],
    ]
    assert found.costs.tolist() == expected


def test_nobody_counted_is_served_wherever_it_is_allowed():
    nobody = {"weights": [0.0] * 4, "demands": [0.0] * 4}
    for roles, p, sites in (
        (["candidate", "forbidden", "candidate"], 2, [True, False, True]),
        (["candidate"] * 3, 3, [True] * 3),
    ):
        placed = search(line(**nobody, roles=roles, p=p)).best()
        assert placed is not None
        assert placed.sites.tolist() == sites
    assert search(line(**nobody, p=1)).best() is None  # all that are allowed are more than one


def test_where_room_is_short_nothing_is_offered_though_somebody_does_not_count():
    assert (
        search(line(weights=[4.0, 3.0, 2.0, 0.0], demands=[4.0, 3.0, 2.0, 0.0], capacities=[3.0] * 3)).best()
        is None
    )


# What is kept


def test_a_start_keeps_its_room_and_what_was_promised():
    reached = {"costs": np.where(np.isnan(LINE), 30.0, LINE)}
    promised = search(line(**reached, p=2, conditions=[Within(8.0)]))
    assert promised._keeps(whole((0, 2), [0, 2, 2, 2]))
    assert not promised._keeps(whole((0, 2), [2, 2, 2, 2]))  # 9 minutes, and nine minutes' room is enough
    short = search(line(**reached, p=2, capacities=[9.0, 9.0, 4.0]))
    assert short._keeps(whole((0, 2), [0, 0, 2, 2]))
    assert not short._keeps(whole((0, 2), [0, 2, 2, 2]))  # six people in room for four


def test_promises_are_judged_when_it_is_known_who_goes_where():
    at_most, within = SiteCount((0, 1), at_most=1), Within(50.0)
    assert search(line(conditions=[within, at_most])).on_sites == [at_most]


# What is tried


class Scored(RoomStart):
    """The search with a table of values in place of the assignment: only what is tried, and in which order, is real."""

    def score(self, begin: tuple[int, ...], values: dict[tuple[int, ...], float]) -> Placed | None:
        self.begin, self.values = begin, values
        self.offered: list[tuple[int, ...]] = []
        return self.best()

    def _firsts(self) -> Iterator[np.ndarray]:
        yield np.isin(np.arange(self.problem.n_sites), self.begin)

    def _offer(self, sites: np.ndarray) -> None:
        named = tuple(np.flatnonzero(sites).tolist())
        self.offered.append(named)
        value = self.values.get(named, 9.0)
        if value < self.value:
            goes = [named[0]] * self.problem.n_demand
            self.value, self.placed = value, whole(named, goes, self.problem.n_sites)


def plain(n_sites: int, **values: object) -> PlacementProblem:
    named = {"weights": [1.0, 1.0], "capacities": [5.0] * n_sites, "p": 2}
    return PlacementProblem(np.ones((2, n_sites)), **(named | values))


def test_swaps_go_on_while_they_help_and_no_longer():
    """From 0, 1 the first pass finds 1, 2 and 2, 3; only the second, from there, meets 3, 4; the third finds nothing."""
    values = {(0, 1): 5.0, (1, 2): 4.0, (2, 3): 3.0, (3, 4): 2.0}
    tried = Scored(plain(5), CapacitatedPMedian(), Limits())
    found = tried.score((0, 1), values)
    assert found is not None
    assert np.flatnonzero(found.sites).tolist() == [3, 4]
    still = Scored(plain(5), CapacitatedPMedian(), Limits())
    still.score((0, 1), {(0, 1): 5.0})
    assert len(still.offered) == 1 + 2 * 3  # one pass: each of two sites for each of three


def test_only_open_sites_that_may_close_are_swapped():
    problem = plain(4, roles=["required", "candidate", "candidate", "forbidden"])
    tried = Scored(problem, CapacitatedPMedian(), Limits())
    tried.score((0, 1), {(0, 1): 5.0})
    assert tried._open_now() == [1]
    assert tried.offered == [(0, 1), (0, 2)]
    assert search(problem)._open_now() == []


def test_sites_near_those_who_are_served_are_tried_first():
    """Site 0 serves the person at it, site 3 the one far away: 2 is nearest to the first, 1 to the second."""
    costs = np.asarray([[0.0, 9.0, 1.0, 5.0, 4.0], [9.0, 1.0, 8.0, 0.0, 4.0]])
    found = search(PlacementProblem(costs, weights=[1.0, 1.0], capacities=[5.0] * 5, p=2))
    found.placed = whole((0, 3), [0, 3], 5)
    for site, other, order in ((0, 3, [2, 4, 1]), (3, 0, [1, 4, 2])):
        swapped = [np.flatnonzero(sites).tolist() for sites in found._instead(site)]
        assert swapped == [sorted([other, own]) for own in order]
    assert list(found._instead(1)) == []  # it is not open


def test_of_sites_equally_near_the_first_are_tried():
    found = search(plain(60, p=1))
    found.placed = whole((0,), [0, 0], 60)
    swapped = [int(np.flatnonzero(sites)[0]) for sites in found._instead(0)]
    assert swapped == list(range(1, 1 + len(swapped)))
    assert 5 < len(swapped) < 30


def test_without_a_number_a_site_may_close_for_nothing():
    priced = {"p": None, "fixed_costs": [1.0] * 3, "budget": 2.0}
    found = search(line(**priced))
    found.placed = whole((0, 2), [0, 2, 2, 2])
    assert [np.flatnonzero(sites).tolist() for sites in found._instead(0)] == [[2], [1, 2]]


@pytest.mark.parametrize(("fits", "asked"), [(None, [False, True]), (False, [False]), (True, [False, True])])
def test_people_are_sent_by_regret_and_where_that_fails_by_size(monkeypatch, fits, asked):
    orders: list[bool] = []

    def assign(_costs, _demand, _room, _left, goes, by_size, _most):
        orders.append(by_size)
        goes[:] = 0
        return 20.0 if by_size is fits else math.inf

    monkeypatch.setattr(capacity_kernels, "assign", assign)
    found = search(line(capacities=[20.0] * 3))
    found._offer(opened(2))
    assert orders == asked
    assert (found.placed is None) == (fits is None)


def test_the_choice_without_room_takes_three_tenths_of_the_time(monkeypatch):
    left: list[float] = []

    class Swaps:
        def __init__(self, _problem: object, _model: object, limits: Limits) -> None:
            left.append(limits.seconds_left or 0.0)

        def best(self) -> None:
            return None

    monkeypatch.setattr(room_start, "SwapSearch", Swaps)
    list(search(line(p=2), Limits(time_limit_s=1000.0).started())._firsts())
    assert len(left) == 1
    assert 200.0 < left[0] <= 300.0


@pytest.mark.parametrize("seed", range(4))
def test_no_start_is_better_than_the_best_of_all_assignments(seed):
    """Against every way of sending six people to two of three sites."""
    rng = np.random.default_rng(seed)
    costs = rng.integers(1, 30, (6, 3)).astype(float)
    weights = rng.integers(1, 5, 6).astype(float)
    room = [float(weights.sum()) * 0.7] * 3
    best = math.inf
    for goes in product(range(3), repeat=6):
        load = [sum(weights[row] for row in range(6) if goes[row] == site) for site in range(3)]
        if len(set(goes)) <= 2 and all(own <= room[0] + 1e-9 for own in load):
            best = min(best, sum(weights[row] * costs[row, goes[row]] for row in range(6)))
    problem = PlacementProblem(costs, weights=weights, capacities=room, p=2)
    placed = search(problem).best()
    assert placed is not None
    assert placed.shares is not None
    value = float((placed.shares * weights[:, None] * costs).sum())
    assert best - 1e-9 <= value <= 1.2 * best
    assert ((placed.shares * weights[:, None]).sum(axis=0) <= np.asarray(room) + 1e-9).all()
    assert not placed.shares[:, ~placed.sites].any()


def test_all_sites_are_a_beginning_where_they_may_all_be_open():
    for asked in ({"p": 2}, {"p": None, "fixed_costs": [1.0] * 3, "budget": 2.0}):
        firsts = [sites.tolist() for sites in search(line(**asked))._firsts()]
        assert firsts
        assert [True] * 3 not in firsts
    free = search(line(p=None, fixed_costs=[1.0] * 3), total_units=9)
    assert next(free._firsts()).tolist() == [True] * 3
