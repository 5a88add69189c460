"""Arrival-time functions, held against a time-dependent Dijkstra and a fine grid that share no code with them."""

from __future__ import annotations

import heapq
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import geoaccess as ga
from networks import DayDepartures, FerryConditions, FerryService, NetworkDataError, apply_overlays, links_out
from networks.arrival import ArrivalFunction, Basis, arrival_profiles, drawn_timetable
from networks.arrival.figures import measured
from networks.arrival.leaving import longest_beyond
from networks.arrival.pieces import drive_function
from networks.by_clock import route_by_clock

DAY = 1440.0
BOARDING = 5.0


def timetable(service_id: str, forward: list[float], backward: list[float], **figures: Any) -> FerryService:
    return FerryService(
        service_id,
        service_id,
        figures.pop("crossing_min", 20.0),
        8.0,
        night=figures.pop("night", "closed"),
        departures_min=(("forward", tuple(forward)), ("backward", tuple(backward))),
        **figures,
    )


def conditions(**figures: Any) -> FerryConditions:
    return FerryConditions(model="timetable", boarding_min=BOARDING, **figures)


class World:
    """Roads as (a, b, minutes), ferries as (a, b, crossing, {weekday: departures from a}, the same from b)."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.n = int(rng.integers(5, 10))
        self.roads, self.ferries = [], []
        for _ in range(int(rng.integers(3, 8))):
            a, b = rng.choice(self.n, 2, replace=False).tolist()
            self.roads.append((a, b, float(rng.integers(1, 200))))
        for _ in range(int(rng.integers(1, 6))):
            a, b = rng.choice(self.n, 2, replace=False).tolist()
            days = [
                {
                    day: sorted(rng.integers(0, 1700, int(rng.integers(0, 5))).astype(float).tolist())
                    for day in range(7)
                }
                for _ in range(2)
            ]
            self.ferries.append((a, b, float(rng.integers(5, 300)), *days))

    def network(self, make_network: Any) -> Any:
        edges, services, service, direction = [], [], [], []
        for a, b, minutes in self.roads:
            edges += [(a, b, 60 * minutes), (b, a, 60 * minutes)]
            service += [-1, -1]
            direction += ["", ""]
        for number, (a, b, crossing, forward, backward) in enumerate(self.ferries):
            by_day = tuple(
                DayDepartures(name, (day,), tuple(minutes))
                for name, days in (("forward", forward), ("backward", backward))
                for day, minutes in days.items()
                if minutes
            )
            never = () if by_day else (("forward", (1.0,)),)
            services.append(
                FerryService(
                    f"f{number}",
                    f"f{number}",
                    crossing,
                    8.0,
                    night="closed",
                    departures_by_day=by_day,
                    departures_min=never,
                    weekdays=(0, 1, 2, 3, 4, 5, 6) if by_day else (),
                )
            )
            edges += [(a, b, 60 * crossing), (b, a, 60 * crossing)]
            service += [number, number]
            direction += ["forward", "backward"]
        kind = ["ferry" if index >= 0 else "road" for index in service]
        return make_network(
            self.n,
            edges,
            labels={"kind": kind, "direction": direction},
            services=services,
            service=service,
        )

    def arrival(self, start: int, stops: set[int], leave: float, weekday: int, days: int) -> float:
        """Dijkstra over arrival times; each ferry looked up in a list of (board by, across at)."""
        ways: dict[int, list[tuple[int, Any]]] = {node: [] for node in range(self.n)}
        for a, b, minutes in self.roads:
            ways[a].append((b, minutes))
            ways[b].append((a, minutes))
        for a, b, crossing, forward, backward in self.ferries:
            for tail, head, days_of in ((a, b, forward), (b, a, backward)):
                sailings = [
                    (DAY * day + minute - BOARDING, DAY * day + minute + crossing)
                    for day in range(-2, days)
                    for minute in days_of[(weekday + day) % 7]
                ]
                ways[tail].append((head, sailings))
        best = {start: leave}
        queue = [(leave, start)]
        while queue:
            now, node = heapq.heappop(queue)
            if node in stops:
                return now
            if now > best[node]:
                continue
            for head, way in ways[node]:
                if isinstance(way, float):
                    then = now + way
                else:
                    then = min((across for board, across in way if board >= now - 1e-7), default=np.inf)
                if then < best.get(head, np.inf):
                    best[head] = then
                    heapq.heappush(queue, (then, head))
        return np.inf


@pytest.mark.parametrize("seed", range(16))
def test_arrivals_are_those_of_a_search_with_the_clock_running(make_network: Any, seed: int) -> None:
    rng = np.random.default_rng(seed)
    world = World(rng)
    network = world.network(make_network)
    weekday = int(rng.integers(7))
    targets = rng.choice(world.n, 2, replace=False)
    nearest = bool(seed % 2)
    profiles = arrival_profiles(
        network,
        np.arange(world.n),
        targets,
        conditions(weekday=weekday),
        nearest=nearest,
        days=7,
    )
    moments = np.concatenate([rng.uniform(0, 7 * DAY, 12), 60.0 * rng.integers(0, 168, 4)])
    for target in range(profiles.n_targets):
        stops = set(targets.tolist()) if nearest else {int(targets[target])}
        for origin, function in enumerate(profiles.functions(target)):
            for leave in moments.tolist():
                right = world.arrival(origin, stops, leave, weekday, 16)
                if right - leave > 4 * DAY:
                    continue  # beyond the days that the functions know
                assert function.arrival_min(leave) == pytest.approx(right, abs=1e-9), (origin, leave)


def test_figures_are_those_of_a_fine_grid(make_network: Any) -> None:
    rng = np.random.default_rng(5)
    world = World(rng)
    profiles = arrival_profiles(world.network(make_network), np.arange(world.n), [0], conditions(weekday=2))
    figures = profiles.figures(percentiles=(0.1, 0.5, 0.9), limits_min=(60.0, 300.0))
    grid = np.arange(0.0, DAY, 0.05) + 0.025
    for origin, function in enumerate(profiles.functions()):
        delays = np.array([function.arrival_min(t) - t for t in grid])
        delays[delays > profiles.patience_min] = np.inf
        for number, (begin, end) in enumerate(profiles.windows()):
            here = delays[(grid >= begin) & (grid < end)]
            assert figures.no_way_share[origin, number] == pytest.approx(np.isinf(here).mean(), abs=2e-3)
            for q, share in enumerate((0.1, 0.5, 0.9)):
                right = np.quantile(here, share, method="inverted_cdf")
                assert figures.percentile_min[origin, number, q] == pytest.approx(right, abs=0.2)
            for q, limit in enumerate((60.0, 300.0)):
                right = (here <= limit).mean()
                assert figures.within_share[origin, number, q] == pytest.approx(right, abs=2e-3)
            if np.isfinite(here).all():
                assert figures.mean_min[origin, number] == pytest.approx(here.mean(), abs=0.1)
                assert figures.worst_min[origin, number] == pytest.approx(here.max(), abs=0.2)
            else:
                assert np.isnan(figures.mean_min[origin, number])


def test_an_hour_of_a_week_is_that_hour_of_all_its_days(make_network: Any) -> None:
    """The grid is looked up moment by moment; the world's ferries sail on some weekdays only."""
    rng = np.random.default_rng(8)
    world = World(rng)
    net = world.network(make_network)
    profiles = arrival_profiles(net, np.arange(world.n), [0], conditions(weekday=3), days=7)
    figures = profiles.figures(percentiles=(0.5, 0.9))
    assert figures.mean_min.shape == (world.n, 25)
    minutes = np.concatenate([day * DAY + np.arange(0.25, 60.0, 0.5) for day in range(7)])
    for origin, function in enumerate(profiles.functions()):
        for hour in (0, 2, 7, 13, 23):
            here = np.array([function.arrival_min(t) - t for t in minutes + 60.0 * hour])
            here[here > profiles.patience_min] = np.inf
            for q, share in enumerate((0.5, 0.9)):
                right = np.quantile(here, share, method="inverted_cdf")
                assert figures.percentile_min[origin, 1 + hour, q] == pytest.approx(right, abs=1.1)


def test_a_boat_once_a_day_is_no_hour_of_waiting(make_network: Any) -> None:
    """Leaving uniformly over a day, one boat at 12:00: the mean wait is twelve hours and the boarding."""
    network = make_network(
        2,
        [(0, 1, 1800), (1, 0, 1800)],
        labels={"kind": ["ferry"] * 2, "direction": ["forward", "backward"]},
        services=[timetable("f", [720.0], [720.0], crossing_min=30.0)],
        service=[0, 0],
    )
    figures = arrival_profiles(network, [0], [1], conditions(weekday=0)).figures(limits_min=(60.0,))
    assert figures.mean_min[0, 0] == pytest.approx(720.0 + BOARDING + 30.0)
    assert figures.best_min[0, 0] == pytest.approx(BOARDING + 30.0)
    assert figures.worst_min[0, 0] == pytest.approx(DAY + BOARDING + 30.0)
    assert figures.percentile_min[0, 0] == pytest.approx([720.0 + 35.0, 0.9 * DAY + 35.0])
    assert figures.within_share[0, 0] == pytest.approx([25.0 / DAY])
    assert figures.wait_mean_min[0, 0] == pytest.approx(725.0)
    hour_before = figures.mean_min[0, 1 + 11]  # 11:00-12:00, of which the last five minutes are too late
    assert hour_before == pytest.approx((55 * (35 + 55 / 2) + 5 * (DAY + 35 - 2.5)) / 60)


def test_no_way_within_the_patience_has_no_mean(make_network: Any) -> None:
    network = make_network(
        2,
        [(0, 1, 1800)],
        labels={"kind": ["ferry"], "direction": ["forward"]},
        services=[timetable("f", [720.0], [])],
        service=[0],
    )
    profiles = arrival_profiles(network, [0], [1], conditions(weekday=0), patience_min=600.0)
    figures = profiles.figures()
    assert np.isnan(figures.mean_min[0, 0])
    assert figures.no_way_share[0, 0] == pytest.approx(1 - (600 - 25) / DAY)
    assert np.isinf(figures.percentile_min[0, 0]).all()


def test_a_road_is_the_same_at_every_moment(make_network: Any) -> None:
    network = make_network(2, [(0, 1, 1200)], labels={"kind": ["road"]})
    profiles = arrival_profiles(network, [0], [1], conditions(weekday=0))
    assert profiles.function(0).arrival_min(17.0) == pytest.approx(37.0)
    assert profiles.figures().percentile_min[0] == pytest.approx(np.full((25, 2), 20.0))
    assert profiles.basis()[0] == 0


@settings(max_examples=15)
@given(seed=st.integers(0, 10_000), extra=st.floats(0, 1439), shift=st.integers(1, 600))
def test_invariants(make_network: Any, seed: int, extra: float, shift: int) -> None:
    """Never earlier by leaving later; a departure more never hurts; a ferry out never helps; all shifts with all."""
    world = World(np.random.default_rng(seed))
    network = world.network(make_network)
    nodes = np.arange(world.n)

    def arrivals(net: Any, moments: np.ndarray) -> np.ndarray:
        profiles = arrival_profiles(net, nodes, [0], conditions(weekday=2))
        return np.array([[f.arrival_min(t) for t in moments] for f in profiles.functions()])

    moments = np.linspace(0, DAY, 60)
    before = arrivals(network, moments)
    assert (before[:, 1:] >= before[:, :-1] - 1e-9).all()
    services = list(network.services)
    day = services[0].departures_by_day
    more = replace(services[0], departures_by_day=(*day, DayDepartures("forward", tuple(range(7)), (extra,))))
    assert (arrivals(replace(network, services=(more, *services[1:])), moments) <= before + 1e-9).all()
    out = apply_overlays(network, [links_out(f"link{2 * len(world.roads)}")])
    assert (arrivals(out, moments) >= before - 1e-9).all()
    later = [
        replace(
            service,
            departures_by_day=tuple(
                replace(item, minutes=tuple(minute + shift for minute in item.minutes))
                for item in service.departures_by_day
            ),
            departures_min=tuple(
                (name, tuple(minute + shift for minute in minutes))
                for name, minutes in service.departures_min
            ),
        )
        for service in services
    ]
    moved = arrivals(replace(network, services=tuple(later)), moments + shift)
    known = (before < 3 * DAY) & (moments > 2 * shift)  # what began on days before the first is not known
    assert moved[known] == pytest.approx(before[known] + shift)


def test_the_embedded_study_is_what_single_journeys_say() -> None:
    """Whole functions against journeys one by one, in two states."""
    network = ga.load_study("nord-norge").network
    rng = np.random.default_rng(1)
    hospitals = rng.choice(network.n_nodes, 3, replace=False)
    origins = rng.choice(network.n_nodes, 40, replace=False)
    for state in (FerryConditions(weekday=0), FerryConditions(weekday=5, unknown_night="on_call")):
        free = replace(state, wait_cap_min=DAY)
        profiles = arrival_profiles(network, origins, hospitals, state, patience_min=DAY)
        for origin, target in zip(rng.integers(0, 40, 25), rng.integers(0, 3, 25), strict=True):
            leave = float(rng.integers(0, 1440))
            right = route_by_clock(
                network,
                network.node_ids[origins[origin]],
                network.node_ids[hospitals[target]],
                replace(free, time_min=leave),
            ).arrive_min
            found = profiles.function(int(origin), int(target)).arrival_min(leave)
            if np.isnan(right):
                assert found > leave + DAY
            else:
                assert found == pytest.approx(right, abs=1e-6)


def test_drawn_timetables_keep_their_frequency_and_know_their_anchors() -> None:
    free = FerryService("line", "line", 20.0, 8.0, headway_min=120.0)
    asked = FerryConditions(default_window_min=(360.0, 1380.0))
    drawn = [
        drawn_timetable(free, asked, draw=draw, draws=20).departures("forward", None) for draw in range(20)
    ]
    assert {len(times) for times in drawn} == {round(1020 / 120)}
    firsts = np.sort([times[0] - 360.0 for times in drawn]) / (1020 / len(drawn[0]))
    assert (np.floor(firsts * 20) == np.arange(20)).all()  # one draw in each twentieth
    assert drawn == [
        drawn_timetable(free, asked, draw=draw, draws=20).departures("forward", None) for draw in range(20)
    ]
    anchored = replace(free, first_departure_min=400.0)
    assert drawn_timetable(anchored, asked, draw=3, draws=20).departures("backward", None)[0] == 400.0
    anchored = replace(free, last_departure_min=1300.0)
    assert drawn_timetable(anchored, asked, draw=3, draws=20).departures("backward", None)[-1] == 1300.0
    anchored = replace(free, first_departure_min=400.0, last_departure_min=1300.0)
    both = drawn_timetable(anchored, asked, draw=0, draws=20).departures("forward", None)
    assert (both[0], both[-1], len(both)) == (400.0, 1300.0, 1 + round(900 / 120))
    known = timetable("k", [600.0], [])
    assert drawn_timetable(known, asked, draw=0, draws=5) is known


def test_draws_are_mixed_before_percentiles_are_taken(make_network: Any) -> None:
    network = make_network(
        2,
        [(0, 1, 600)],
        labels={"kind": ["ferry"], "direction": ["forward"]},
        services=[FerryService("f", "f", 10.0, 8.0, headway_min=1020.0)],
        service=[0],
    )
    profiles = arrival_profiles(network, [0], [1], FerryConditions(boarding_min=0.0), draws=20)
    figures = profiles.figures(percentiles=(0.25, 0.75), windows=[(360.0, 420.0)])
    grid = [
        f.arrival_min(t) - t
        for d in range(20)
        for f in profiles.functions(draw=d)
        for t in np.arange(360.025, 420, 0.05)
    ]
    assert figures.percentile_min[0, 0] == pytest.approx(np.quantile(grid, [0.25, 0.75]), abs=0.5)
    assert Basis.FREQUENCY in Basis(int(profiles.basis()[0]))


def test_the_last_way_of_the_day_and_the_first_again() -> None:
    pieces = np.array(
        [
            [600.0, 600.0, 50.0, 20.0, 0.0],
            [1200.0, 1200.0, 50.0, 20.0, 0.0],
            [2040.0, 2040.0, 50.0, 20.0, 0.0],
        ]
    ).T
    function = ArrivalFunction(pieces)
    spell = longest_beyond(pieces, 3, 110.0, 0.0, 1440.0 + 700.0)
    assert spell == pytest.approx((1200.0, 2040.0 - 60.0))
    assert np.isnan(longest_beyond(drive_function(30.0), 1, 60.0, 0.0, 1440.0)).all()
    assert (
        measured(ArrivalFunction(drive_function(30.0)), [(0.0, 60.0)], patience_min=100.0).mean_min[0, 0]
        == 30.0
    )
    assert function.target(0.0) == 0
    assert function.waited_min(590.0) == pytest.approx(40.0)


@pytest.mark.parametrize("seed", range(12))
def test_what_is_lost_is_answered_as_by_a_network_without_it(make_network: Any, seed: int) -> None:
    """Ferries and targets are lost without a new search of roads; anew they are never there at all."""
    rng = np.random.default_rng(7000 + seed)
    world = World(rng)
    network = world.network(make_network)
    ids = network.node_ids.tolist()
    targets, state = ids[:2], conditions(weekday=0)
    whole = arrival_profiles(network, ids, targets, state, nearest=True)
    gone = int(rng.integers(len(world.ferries)))
    edges = network.service_index == gone
    kept = np.array([True, False])
    del world.ferries[gone]
    closed = world.network(make_network)
    for lost, anew in (
        (whole.without(edges=edges), arrival_profiles(closed, ids, targets, state, nearest=True)),
        (whole.without(targets=~kept), arrival_profiles(network, ids, targets[:1], state, nearest=True)),
        (
            whole.without(edges=edges, targets=~kept),
            arrival_profiles(closed, ids, targets[:1], state, nearest=True),
        ),
    ):
        a, b = lost.figures(limits_min=(60.0,)), anew.figures(limits_min=(60.0,))
        for name in ("mean_min", "best_min", "worst_min", "no_way_share", "percentile_min", "within_share"):
            np.testing.assert_allclose(getattr(a, name), getattr(b, name), atol=1e-9, err_msg=name)
    nobody = whole.without(targets=np.array([True, True])).figures()
    assert (nobody.no_way_share == 1.0).all()
    roads = ~np.isin(np.arange(network.n_edges), whole.graph.edges)
    if roads.any():
        with pytest.raises(NetworkDataError, match="ferries alone"):
            whole.without(edges=roads)


def test_nonsense_is_refused(make_network: Any) -> None:
    network = make_network(2, [(0, 1, 60)], labels={"kind": ["road"]})
    with pytest.raises(NetworkDataError, match=r"days") as found:
        arrival_profiles(network, [0], [1], FerryConditions(), days=0, patience_min=np.nan, draws=0)
    assert len(found.value.faults) == 3
