"""Places along streets and at junctions under random turn restrictions, against a search over turns."""

from __future__ import annotations

import itertools
from collections import defaultdict
from typing import Any

import networkx as nx
import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from networks import snap, travel_time_legs, travel_time_matrix

SIDE = 3
ROAD = {"highway": "residential", "maxspeed": "40"}
#: A grid whose streets differ in length, so that no two ways round are equally long.
NODES = {
    1 + row * SIDE + column: (
        15.0 + 0.0071 * column + 0.0013 * row + 0.0017 * (row * column % 2),
        68.0 + 0.0031 * row + 0.0007 * (column * column % 3),
    )
    for row, column in itertools.product(range(SIDE), repeat=2)
}
STREETS = [
    (node, node + step)
    for node in NODES
    for step in (1, SIDE)
    if node + step in NODES and (step == SIDE or node % SIDE)
]


@st.composite
def restrictions(draw: Any) -> list[tuple[str, int, int, int]]:
    """Restrictions as (value, from street, via node, to street), streets by position."""
    found = []
    for _ in range(draw(st.integers(1, 6))):
        via = draw(st.sampled_from(sorted(NODES)))
        meeting = [street for street, ends in enumerate(STREETS) if via in ends]
        start, stop = draw(st.permutations(meeting))[:2]
        found.append((draw(st.sampled_from(["no_left_turn", "only_straight_on"])), start, via, stop))
    return found


def arcs_of(one_ways: frozenset[int]) -> list[tuple[int, int, int]]:
    """Directed streets as (street, tail, head)."""
    arcs = [(street, a, b) for street, (a, b) in enumerate(STREETS)]
    return arcs + [(street, b, a) for street, a, b in arcs if street not in one_ways]


def turns_of(
    arcs: list[tuple[int, int, int]], rules: list[tuple[str, int, int, int]]
) -> set[tuple[int, int]]:
    """Pairs of positions of arcs that may follow each other."""
    kept: defaultdict[tuple[int, int], set[int]] = defaultdict(set)
    banned = set()
    for value, start, via, stop in rules:
        arrives = any(street == start and head == via for street, _, head in arcs)
        leaves = any(street == stop and tail == via for street, tail, _ in arcs)
        if not (arrives and leaves):
            continue
        if value.startswith("only"):
            kept[start, via].add(stop)
        else:
            banned.add((start, via, stop))
    return {
        (i, j)
        for (i, (start, _, via)), (j, (stop, tail, _)) in itertools.product(enumerate(arcs), repeat=2)
        if via == tail
        and (start, via, stop) not in banned
        and ((start, via) not in kept or stop in kept[start, via])
    }


def expected_seconds(
    one_ways: frozenset[int], rules: list[tuple[str, int, int, int]], seconds: dict[int, float]
) -> np.ndarray:
    """Seconds between the middles of all streets, then all junctions."""
    arcs = arcs_of(one_ways)
    graph = nx.DiGraph()
    graph.add_nodes_from(range(len(arcs)))
    for i, j in turns_of(arcs, rules):
        graph.add_edge(i, j, weight=(seconds[arcs[i][0]] + seconds[arcs[j][0]]) / 2)
    between = dict(nx.all_pairs_dijkstra_path_length(graph))
    places = [*range(len(STREETS)), *(-node for node in NODES)]

    def doors(place: int, end: int) -> list[tuple[int, float]]:
        """Arcs by which a place is left (end 1) or reached (end 2), and seconds to the middle of each."""
        if place >= 0:
            return [(i, 0.0) for i, arc in enumerate(arcs) if arc[0] == place]
        return [(i, seconds[arc[0]] / 2) for i, arc in enumerate(arcs) if arc[end] == -place]

    result = np.full((len(places), len(places)), np.inf)
    for (a, start), (b, stop) in itertools.product(enumerate(places), repeat=2):
        ways = [
            out + between[i][j] + into
            for (i, out), (j, into) in itertools.product(doors(start, 1), doors(stop, 2))
            if j in between[i]
        ]
        result[a, b] = 0.0 if a == b else min(ways, default=np.inf)
    return result


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(restrictions(), st.frozensets(st.integers(0, len(STREETS) - 1), max_size=3))
def test_places_are_left_and_reached_as_the_restrictions_let_them(
    build: Any, rules: list[tuple[str, int, int, int]], one_ways: frozenset[int]
) -> None:
    ways = [
        (100 + street, list(ends), ROAD | ({"oneway": "yes"} if street in one_ways else {}))
        for street, ends in enumerate(STREETS)
    ]
    relations = [
        (
            300 + number,
            [("w", 100 + start, "from"), ("n", via, "via"), ("w", 100 + stop, "to")],
            {"type": "restriction", "restriction": value},
        )
        for number, (value, start, via, stop) in enumerate(rules)
    ]
    net = build(NODES, ways, relations, junction_delays=False, turn_costs=False)
    frame = net.edges_frame()
    street_rows = frame[frame["link_id"] != ""].drop_duplicates("link_id")
    seconds = {
        int(link) - 100: 60 * minutes
        for link, minutes in zip(street_rows["link_id"], street_rows["moving_min"], strict=True)
    }
    middles = [np.mean([NODES[a], NODES[b]], axis=0) for a, b in STREETS]
    lon, lat = np.asarray([*middles, *NODES.values()]).T
    places = snap(net, lon, lat, component="any", access_speed_kph=1e6)
    expected = expected_seconds(one_ways, rules, seconds)
    for engine in ("scipy", "hierarchy"):
        found = 60 * travel_time_matrix(net, places, places, engine=engine)
        assert_allclose(np.where(np.isnan(found), np.inf, found), expected, atol=0.1)
    legs = travel_time_legs(net, places, places)
    assert_allclose(legs.total_min, travel_time_matrix(net, places, places), rtol=1e-12)
    assert_allclose(legs.drive_min + legs.access_min, legs.total_min, rtol=1e-9, atol=1e-9)
