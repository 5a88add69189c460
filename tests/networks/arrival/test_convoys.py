"""Convoys as pieces: held against a time-dependent Dijkstra that shares no code, and worked by hand."""

from __future__ import annotations

import heapq
from typing import Any

import numpy as np
import pytest

from networks import Convoy, EdgeSelection, FerryConditions, NetworkDataError, apply_overlays
from networks.arrival import Basis, arrival_profiles
from networks.by_clock import route_by_clock
from networks.points import SnappedPoints, at_nodes

DAY = 1440.0


def ring(rng: np.random.Generator) -> tuple[int, list[tuple[int, int, float]]]:
    """Nodes in a line and some roads across, no two between the same nodes."""
    n = int(rng.integers(4, 9))
    pairs = {(a, a + 1) for a in range(n - 1)}
    for _ in range(int(rng.integers(0, 4))):
        a, b = sorted(rng.choice(n, 2, replace=False).tolist())
        pairs.add((a, b))
    return n, [(a, b, float(rng.integers(5, 240))) for a, b in sorted(pairs)]


def network_of(make_network: Any, n: int, roads: list[tuple[int, int, float]]) -> Any:
    edges = [(*ends, 60 * minutes) for a, b, minutes in roads for ends in ((a, b), (b, a))]
    links = [f"r{number}" for number in range(len(roads)) for _ in range(2)]
    return make_network(n, edges, labels={"link_id": links})


def dijkstra(
    n: int,
    roads: list[tuple[int, int, float]],
    convoys: dict[int, tuple[list[float], float]],
    start: int,
    stop: int,
    leave: float,
) -> float:
    """Earliest arrival; a road in convoy is entered at one of its times of the day, at a share of its speed."""
    ways: dict[int, list[tuple[int, float, list[float] | None]]] = {node: [] for node in range(n)}
    for number, (a, b, minutes) in enumerate(roads):
        clocks, speed = convoys.get(number, (None, 1.0))
        ways[a].append((b, minutes / speed, clocks))
        ways[b].append((a, minutes / speed, clocks))
    best, queue = {start: leave}, [(leave, start)]
    while queue:
        now, node = heapq.heappop(queue)
        if node == stop:
            return now
        if now > best[node]:
            continue
        for head, minutes, clocks in ways[node]:
            goes = now
            if clocks is not None:
                days = range(int(now // DAY) - 2, int(now // DAY) + 3)
                goes = min(
                    DAY * day + clock for day in days for clock in clocks if DAY * day + clock >= now - 1e-7
                )
            if goes + minutes < best.get(head, np.inf):
                best[head] = goes + minutes
                heapq.heappush(queue, (goes + minutes, head))
    return np.inf


def random_convoys(
    rng: np.random.Generator, roads: list[tuple[int, int, float]]
) -> tuple[list[Convoy], dict[int, tuple[list[float], float]]]:
    """Convoys on roads that do not meet, and by road their clock times and share of the speed."""
    chosen = rng.choice(len(roads), int(rng.integers(1, len(roads))), replace=False)
    kept: dict[int, tuple[list[float], float]] = {}
    overlays = []
    touched: set[int] = set()
    for number in chosen.tolist():
        if touched & set(roads[number][:2]):
            continue  # two that meet would be one stretch each, which is what is tested below
        touched |= set(roads[number][:2])
        headway, count = float(rng.integers(20, 200)), int(rng.integers(2, 6))
        first, speed = float(rng.integers(0, 1439)), float(rng.choice([0.5, 0.7, 1.0]))
        last = first + headway * (count - 1)
        kept[number] = ([first + headway * step for step in range(count)], speed)
        where = EdgeSelection(links=(f"r{number}",))
        overlays.append(
            Convoy(
                name=f"c{number}",
                where=where,
                headway_min=headway,
                window_min=(first, last),
                speed_factor=speed,
            )
        )
    return overlays, kept


@pytest.mark.parametrize("seed", range(24))
def test_arrivals_are_those_of_a_search_with_the_clock_running(make_network: Any, seed: int) -> None:
    """Several convoys in a row, some past midnight, with or without a road around them."""
    rng = np.random.default_rng(500 + seed)
    n, roads = ring(rng)
    overlays, kept = random_convoys(rng, roads)
    network = apply_overlays(network_of(make_network, n, roads), overlays)
    # The time of the conditions is that of tables: around the clock it opens and closes nothing.
    state = FerryConditions(model="headway", time_min=float(rng.integers(0, 1440)))
    stop = int(rng.integers(n))
    profiles = arrival_profiles(network, np.arange(n), [stop], state, days=7, draws=int(rng.integers(1, 3)))
    for draw in range(profiles.draws):
        for origin, function in enumerate(profiles.functions(draw=draw)):
            for leave in rng.uniform(0, 7 * DAY, 12).tolist():
                right = dijkstra(n, roads, kept, origin, stop, leave)
                if right - leave < 4 * DAY:
                    assert function.arrival_min(leave) == pytest.approx(right, abs=1e-9), (origin, leave)


CONVOY = {"headway_min": 120.0, "window_min": (480.0, 960.0), "speed_factor": 0.5}


def line(make_network: Any, *links: str, **figures: Any) -> Any:
    """0 - 1 - 2 - 3, ten minutes each, some of its links in convoy at 08, 10, 12, 14 and 16 at half the speed."""
    network = network_of(make_network, 4, [(0, 1, 10.0), (1, 2, 10.0), (2, 3, 10.0)])
    convoy = Convoy(where=EdgeSelection(links=links), **{"name": "pass", **CONVOY, **figures})
    return apply_overlays(network, [convoy])


def test_a_stretch_of_several_links_is_waited_for_once(make_network: Any) -> None:
    network = line(make_network, "r1", "r2")
    function = arrival_profiles(network, [0], [3], FerryConditions(), draws=1).function(0)
    # Ten minutes to the stretch, then 2 x 20 in convoy.
    for leave, there in ((470, 480 + 40), (471, 600 + 40), (950, 960 + 40), (951, DAY + 480 + 40), (0, 520)):
        assert function.arrival_min(float(leave)) == there, leave
    assert function.waited_min(0.0) == 470
    back = arrival_profiles(network, [3], [0], FerryConditions(), draws=1).function(0)
    assert back.arrival_min(480.0) == 480 + 40 + 10


def test_at_night_nobody_passes_and_a_mean_wait_is_no_answer(make_network: Any) -> None:
    """Tables without a time wait an hour at 03:00; by tables at 03:00 nobody passes on the whole day."""
    for time in (None, 180.0, 600.0):
        network = line(make_network, "r1")
        figures = arrival_profiles(network, [0], [3], FerryConditions(time_min=time), draws=1).figures(
            windows=[(0.0, DAY), (0.0, 60.0)]
        )
        # Who leaves between 00:00 and 01:00 waits for the convoy of 08:00 and is there at 08:30.
        assert figures.mean_min[0, 1] == pytest.approx(510 - 30)
        # Waits: four gaps of two hours, one of sixteen; then 10 + 20 + 10 minutes of driving.
        wait = (4 * 120**2 / 2 + 960**2 / 2) / DAY
        assert figures.mean_min[0, 0] == pytest.approx(wait + 40)


def test_without_draws_half_the_headway_is_waited_within_the_hours(make_network: Any) -> None:
    function = arrival_profiles(line(make_network, "r1"), [0], [3], FerryConditions(), draws=None).function(0)
    assert function.arrival_min(500.0) == 510 + 60 + 20 + 10
    assert function.arrival_min(0.0) == 480 + 60 + 20 + 10
    assert function.arrival_min(955.0) == DAY + 480 + 60 + 20 + 10


def test_a_convoy_without_hours_runs_all_day_at_a_drawn_minute(make_network: Any) -> None:
    profiles = arrival_profiles(
        line(make_network, "r1", window_min=None), [0], [3], FerryConditions(), draws=6
    )
    figures = profiles.figures(windows=[(0.0, DAY)])
    assert figures.mean_min[0, 0] == pytest.approx(60 + 40)
    assert figures.worst_min[0, 0] == pytest.approx(120 + 40)
    assert Basis(int(profiles.basis()[0])).word == "frequency"


def test_scenarios_that_share_a_convoy_meet_the_same_draws(make_network: Any) -> None:
    first, second = (line(make_network, "r1", window_min=None, name=name) for name in ("day", "night"))
    pieces = [
        arrival_profiles(network, [0], [3], FerryConditions(), draws=4).function(0, draw=2).pieces
        for network in (first, second)
    ]
    np.testing.assert_array_equal(*pieces)


def test_a_convoy_that_always_leaves_is_a_slow_road_within_its_hours(make_network: Any) -> None:
    network = line(make_network, "r1", headway_min=0.0)
    function = arrival_profiles(network, [0], [3], FerryConditions(), draws=2).function(0)
    assert function.arrival_min(600.0) == 640
    assert function.arrival_min(0.0) == 480 + 30


def test_two_convoys_on_one_road_are_waited_for_one_after_the_other(make_network: Any) -> None:
    network = network_of(make_network, 3, [(0, 1, 10.0), (1, 2, 10.0)])
    where = EdgeSelection(links=("r1",))
    snow = Convoy(name="a", where=where, headway_min=60, window_min=(480, 960), speed_factor=1)
    works = Convoy(name="b", where=where, headway_min=30, window_min=(495, 975), speed_factor=0.5)
    function = arrival_profiles(
        apply_overlays(network, [snow, works]), [0], [2], FerryConditions(), draws=1
    ).function(0)
    assert function.arrival_min(470.0) == 495 + 20
    assert function.arrival_min(471.0) == 555 + 20


def along(network: Any, link: int, shares: list[float]) -> SnappedPoints:
    """Points along a link, at shares of its first edge, two minutes beside the road."""
    count = len(shares)
    points = at_nodes(network, [0] * count, access_s=120.0)
    edge = np.full(count, 2 * link)
    tails, heads = network.topology.tails, network.topology.heads
    ends = list(zip(tails.tolist(), heads.tolist(), strict=True))
    forward, backward = ends.index((link, link + 1)), ends.index((link + 1, link))
    arrays = {"node": np.full(count, -1), "edge": edge * 0 + forward, "twin": edge * 0 + backward}
    changed = {**vars_of(points), **arrays, "fraction": np.asarray(shares)}
    return SnappedPoints(**changed)


def vars_of(points: SnappedPoints) -> dict[str, Any]:
    return {name: getattr(points, name) for name in points.__dataclass_fields__}


def test_a_home_along_a_convoy_is_passed_by_it(make_network: Any) -> None:
    """A quarter of the way along, the convoy of 08:00 comes by at 08:05 and 15 minutes later is through."""
    network = line(make_network, "r1")
    home = along(network, 1, [0.25])
    function = arrival_profiles(network, home, [3], FerryConditions(), draws=1).function(0)
    assert function.arrival_min(483.0) == pytest.approx(500 + 10)
    assert function.arrival_min(483.1) == pytest.approx(600 + 20 + 10)
    back = arrival_profiles(network, home, [0], FerryConditions(), draws=1).function(0)
    assert back.arrival_min(480.0) == pytest.approx(500 + 10)
    to_home = arrival_profiles(network, [0], home, FerryConditions(), draws=1).function(0)
    assert to_home.arrival_min(470.0) == pytest.approx(480 + 5 + 2)
    outward = arrival_profiles(network, [3], home, FerryConditions(), draws=1).function(0)
    assert outward.arrival_min(470.0) == pytest.approx(480 + 15 + 2)


def test_a_road_around_a_convoy_is_no_way_for_whoever_lives_along_it(make_network: Any) -> None:
    """From both ends the road to 3 is quicker than through the convoy; the home in it has no other way out."""
    roads = [(0, 1, 10.0), (1, 2, 10.0), (2, 3, 10.0), (1, 3, 5.0)]
    convoy = Convoy(name="pass", where=EdgeSelection(links=("r1",)), **CONVOY)
    network = apply_overlays(network_of(make_network, 4, roads), [convoy])
    home = along(network, 1, [0.75])
    function = arrival_profiles(network, home, [3], FerryConditions(), draws=1).function(0)
    # The convoy from 2 comes by at 08:05 and is at 1 at 08:20; the one from 1 at 08:15, and at 2 at 08:20.
    assert function.arrival_min(483.0) == pytest.approx(500 + 5)
    assert function.arrival_min(484.0) == pytest.approx(500 + 10)


def test_nobody_is_taken_backwards_along_a_convoy(make_network: Any) -> None:
    network = line(make_network, "r1")
    homes, clinic = along(network, 1, [0.75, 0.25]), along(network, 1, [0.5])
    figures = arrival_profiles(network, homes, clinic, FerryConditions(), draws=1).figures()
    assert (figures.best_min[:, 0] >= 4.0).all()
    assert np.isfinite(figures.worst_min[:, 0]).all()


def test_a_convoy_that_is_lost_is_a_closed_road(make_network: Any) -> None:
    network = line(make_network, "r1")
    profiles = arrival_profiles(network, [0], [3], FerryConditions(), draws=1)
    lost = network.labels["link_id"].where("r1")
    assert profiles.without(edges=lost).figures().no_way_share[0, 0] == 1.0
    with pytest.raises(NetworkDataError, match="ferries alone"):
        profiles.without(edges=network.labels["link_id"].where("r0"))


@pytest.mark.parametrize(
    ("leave", "arrive"),
    [(60.0, 480 + 30 + 60), (400.0, 480 + 30 + 60), (600.0, 660 + 30 + 60), (950.0, DAY + 480 + 30 + 60)],
    ids=["before the first", "just before it", "between", "after the last"],
)
def test_one_journey_meets_the_convoy_when_its_stretch_is_reached(make_network, leave, arrive):
    """An hour to the stretch, convoys every hour from 08:00 to 16:00 at half speed, and half an hour's drive."""
    edges = [(0, 1, 3600.0), (1, 0, 3600.0), (1, 2, 1800.0), (2, 1, 1800.0)]
    network = make_network(3, edges, labels={"link_id": ["a", "a", "b", "b"]})
    convoy = Convoy(
        name="convoy",
        where=EdgeSelection(links=("b",)),
        headway_min=60.0,
        window_min=(480.0, 960.0),
        speed_factor=0.5,
    )
    under = FerryConditions(time_min=leave)
    ids = network.node_ids.tolist()
    found = route_by_clock(apply_overlays(network, [convoy]), ids[0], ids[2], under)
    assert found.arrive_min == pytest.approx(arrive)
    assert found.route.legs
