"""Round trips to the nearest place, against NetworkX: where to, how long both ways, waits, ferries, kilometres."""

from __future__ import annotations

from typing import Any

import networkx as nx
import numpy as np
import pytest

import geoaccess as ga
import networks.round_trips as round_trips
from networks import at_nodes
from networks.engines import using_engine
from networks.legs import travel_time_legs
from networks.round_trips import RoundTrips
from networks.snapping import snap


@pytest.fixture(scope="module")
def town(make_network: Any) -> Any:
    """Roads of one and two directions and ferries with a wait between 60 nodes, all ways of different lengths."""
    rng = np.random.default_rng(11)
    edges = []
    for tail in range(60):
        for head in rng.choice(60, 3, replace=False).tolist():
            if head != tail:
                edges.append((tail, head, rng.uniform(30, 900), rng.choice([0.0, 0.0, 300.0])))
    kinds = rng.choice(["road", "road", "ferry"], len(edges)).tolist()
    return make_network(62, edges, labels={"kind": kinds}), edges, kinds


@pytest.mark.parametrize("engine", ["scipy", "hierarchy"])
@pytest.mark.parametrize("at_once", [1, 3, 100])
def test_each_goes_to_the_nearest_and_home_from_it(
    town: Any, engine: Any, at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    network, edges, kinds = town
    monkeypatch.setattr(round_trips, "PLACES_AT_ONCE", at_once)
    homes, places = np.arange(62), np.array([5, 17, 23, 42, 61, 5])
    with using_engine(engine):
        found = RoundTrips(network, at_nodes(network, homes)).to_nearest(at_nodes(network, places))
    graph = nx.DiGraph()
    graph.add_nodes_from(range(62))
    for (tail, head, moving, wait), kind in zip(edges, kinds, strict=True):
        known = graph.get_edge_data(tail, head)
        if known is None or moving + wait < known["seconds"]:
            crossing = moving if kind == "ferry" else 0.0
            graph.add_edge(tail, head, seconds=moving + wait, wait=wait, crossing=crossing, km=1.0)
    for home in homes.tolist():
        ways = nx.single_source_dijkstra_path_length(graph, home, weight="seconds")
        reached = [place for place in places.tolist() if place in ways]
        if not reached:
            assert found.place[home] == -1
            assert np.isnan(found.total_min[home])
            continue
        there = min(reached, key=lambda place: ways[place])
        assert found.place[home] == places.tolist().index(there)
        if not nx.has_path(graph, there, home):
            assert np.isnan([figure[home] for figure in found[1:]]).all()
            continue
        both = [
            graph.edges[step]
            for ends in ((home, there), (there, home))
            for step in nx.utils.pairwise(nx.dijkstra_path(graph, *ends, weight="seconds"))
        ]
        for name, key, unit in (
            ("total_min", "seconds", 60.0),
            ("wait_min", "wait", 60.0),
            ("crossing_min", "crossing", 60.0),
            ("length_km", "km", 1.0),
        ):
            expected = sum(step[key] for step in both) / unit
            assert getattr(found, name)[home] == pytest.approx(expected, abs=1e-9), name


@pytest.mark.parametrize("engine", ["scipy", "hierarchy"])
def test_points_along_roads_take_the_ways_of_the_whole_table(engine: Any) -> None:
    network = ga.load_study("malta").network
    rng = np.random.default_rng(5)
    people = snap(
        network, rng.uniform(14.19, 14.56, 300), rng.uniform(35.81, 36.07, 300), max_distance_m=3000.0
    )
    places = people.take(np.arange(0, 300, 13))
    with using_engine(engine):
        found = RoundTrips(network, people).to_nearest(places)
        out, home = travel_time_legs(network, people, places), travel_time_legs(network, places, people)
    rows = np.flatnonzero(found.place >= 0)
    pair = rows, found.place[rows]
    np.testing.assert_allclose(out.total_min[pair], np.nanmin(out.total_min[rows], axis=1), rtol=0, atol=1e-9)
    for name in ("total_min", "wait_min", "crossing_min", "length_km"):
        expected = getattr(out, name)[pair] + getattr(home, name).T[pair]
        np.testing.assert_array_equal(getattr(found, name)[rows], expected)


def test_no_place_is_nobodys(town: Any) -> None:
    network = town[0]
    found = RoundTrips(network, at_nodes(network, np.arange(4))).to_nearest(
        at_nodes(network, np.zeros(0, int))
    )
    assert found.place.tolist() == [-1] * 4
    assert np.isnan(found.total_min).all()
