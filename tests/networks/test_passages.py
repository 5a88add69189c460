"""A convoy is waited for once a passage, however many links or ways its stretch is made of."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csgraph

from networks import Convoy, EdgeSelection, apply_overlays, route, travel_time_legs, travel_time_matrix
from networks.points import SnappedPoints
from networks.snapping import snap

WAIT = 30.0


def both_ways(pairs: list[tuple[int, int]], seconds: float = 600) -> list[tuple[int, int, float]]:
    return [edge for a, b in pairs for edge in ((a, b, seconds), (b, a, seconds))]


def snowed(network: Any, links: tuple[str, ...]) -> Any:
    convoy = Convoy(name="kolonne", where=EdgeSelection(links=links), headway_min=60, speed_factor=1)
    return apply_overlays(network, [convoy])


def road(
    make_network: Any, pairs: list[tuple[int, int]], chosen: list[tuple[int, int]], nodes: int, **more: Any
) -> Any:
    rows = both_ways(pairs)
    links = ["pass" if (a, b) in chosen or (b, a) in chosen else f"r{a}-{b}" for a, b, _ in rows]
    return snowed(make_network(nodes, rows, labels={"link_id": links}, **more), ("pass",))


@given(pieces=st.integers(1, 9), before=st.integers(0, 3), after=st.integers(0, 3))
def test_a_pass_of_any_number_of_ways_costs_one_wait(
    make_network: Any, pieces: int, before: int, after: int
) -> None:
    count = before + pieces + after
    pairs = [(node, node + 1) for node in range(count)]
    network = road(make_network, pairs, pairs[before : before + pieces], count + 1)
    for start, stop in ((0, count), (count, 0)):
        assert route(network, start, stop).travel_time_min == pytest.approx(10 * count + WAIT)


#: 0-1-2-3-4 with the pass 1-2-3; 5 and 6 live on side roads in the middle, 7 beyond the eastern end.
PAIRS, PASS = [(0, 1), (1, 2), (2, 3), (3, 4), (2, 5), (5, 6), (4, 7)], [(1, 2), (2, 3)]


@pytest.mark.parametrize(
    ("start", "stop", "minutes"),
    [
        (0, 4, 40 + WAIT),
        (0, 7, 50 + WAIT),
        (0, 6, 40 + WAIT),  # enters at the end, leaves by the side road
        (6, 0, 40 + WAIT),  # comes in from the side road
        (5, 6, 10),
        (4, 7, 10),
        (0, 1, 10),
        (3, 7, 20),
        (3, 1, 20 + WAIT),
    ],
)
def test_who_waits(make_network: Any, start: int, stop: int, minutes: float) -> None:
    assert route(road(make_network, PAIRS, PASS, 8), start, stop).travel_time_min == pytest.approx(minutes)


def test_two_passes_are_two_waits_and_one_overlay_of_both_is_so_too(make_network: Any) -> None:
    pairs = [(node, node + 1) for node in range(6)]
    network = road(make_network, pairs, [(1, 2), (2, 3), (4, 5)], 7)
    assert route(network, 0, 6).travel_time_min == pytest.approx(60 + 2 * WAIT)


@given(
    st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=1, max_size=12), st.integers(0, 2**12)
)
def test_no_way_costs_less_than_without_a_convoy_nor_more_than_a_wait_for_every_link(
    make_network: Any, pairs: list[tuple[int, int]], picked: int
) -> None:
    pairs = sorted({(min(pair), max(pair)) for pair in pairs if pair[0] != pair[1]}) or [(0, 1)]
    chosen = [pair for number, pair in enumerate(pairs) if picked >> number & 1] or [pairs[0]]
    network = road(make_network, pairs, chosen, 7)
    free = csgraph.dijkstra(network.base.search_graph)
    dear = network.base.wait_s + 60.0 * WAIT * network.labels["link_id"].where("pass")
    every = csgraph.dijkstra(network.base.with_times(wait_s=dear).search_graph)
    found = csgraph.dijkstra(network.search_graph)
    assert (found >= free - 1e-6).all()
    between = csgraph.dijkstra(network.search_graph)
    assert (between <= every + 60.0 * WAIT + 1e-6).all()


def on_a_line(make_network: Any) -> tuple[Any, SnappedPoints]:
    lon = [15.0 + 0.02 * node for node in range(6)]
    network = road(
        make_network, [(n, n + 1) for n in range(5)], [(1, 2), (2, 3), (3, 4)], 6, lon=lon, lat=[68.0] * 6
    )
    points = snap(network, [lon[0], lon[2] + 0.01, lon[3] + 0.01, lon[5]], [68.0] * 4)
    return network, points


def test_who_lives_along_a_pass_waits_for_the_convoy_and_so_does_who_visits(make_network: Any) -> None:
    network, points = on_a_line(make_network)
    minutes = travel_time_matrix(network, points, points)
    outside = [0, 3]
    assert minutes[outside[0], 3] == pytest.approx(50 + WAIT, abs=0.1)
    assert minutes[1, 0] == pytest.approx(25 + WAIT, abs=0.1)
    assert minutes[0, 1] == pytest.approx(25 + WAIT, abs=0.1)
    assert minutes[1, 3] == pytest.approx(25 + WAIT, abs=0.1)
    assert minutes[1, 2] == pytest.approx(10 + WAIT, abs=0.1)
    legs = travel_time_legs(network, points, points)
    waits = legs.wait_min
    assert waits[0, 3] == waits[0, 1] == waits[1, 0] == waits[1, 2] == pytest.approx(WAIT)
    assert legs.total_min == pytest.approx(minutes)
    assert legs.drive_min + waits + legs.access_min == pytest.approx(minutes)


def test_without_a_convoy_nothing_is_kept_beside_the_times(make_network: Any) -> None:
    network, _ = on_a_line(make_network)
    assert network.base.begin_wait_s is None
    assert apply_overlays(network.base, []).begin_wait_s is None


def test_a_junction_split_by_turn_restrictions_is_one_place(make_network: Any) -> None:
    """1-2-3 is the pass; junction 2 is split into 2 and 4, joined by roads of no length."""
    rows = [(0, 1, 600.0), (1, 2, 600.0), (2, 4, 0.0), (4, 2, 0.0), (4, 3, 600.0), (3, 5, 600.0)]
    links = ["r0", "pass", "r1", "r1", "pass", "r2"]
    network = make_network(
        6, rows, labels={"link_id": links}, lon=[15.0, 15.01, 15.02, 15.03, 15.02, 15.04], lat=[68.0] * 6
    )
    network = type(network)(
        **{name: getattr(network, name) for name in network.__dataclass_fields__}
        | {"length_m": network.length_m * (network.moving_s > 0)}
    )
    assert route(snowed(network, ("pass",)), 0, 5).travel_time_min == pytest.approx(40 + WAIT)
