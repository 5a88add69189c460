"""Graphs of networkx, osmnx and igraph: the oracle is networkx's Dijkstra on the graph that was given."""

from __future__ import annotations

import math
from typing import Any

import networkx as nx
import numpy as np
import osmnx
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Transformer

import networks
from networks import CrsError, NetworkDataError, at_nodes, from_networkx, from_osmnx, to_networkx, to_osmnx

PLACES = {1: (15.0, 68.0), 2: (15.1, 68.0), 3: (15.1, 68.05), 4: (15.2, 68.1)}


def minutes(network: Any, start: Any, end: Any) -> float:
    at = at_nodes(network, network.positions([start, end]))
    return float(networks.travel_time_matrix(network, at, at)[0, 1])


def by_dijkstra(graph: Any, start: Any, end: Any, weight: str = "travel_time") -> float:
    """Minutes by networkx; NaN where there is no way."""
    try:
        seconds = nx.dijkstra_path_length(graph, start, end, weight=weight)
    except nx.NetworkXNoPath:
        return math.nan
    return seconds / 60.0 if math.isfinite(seconds) else math.nan


def assert_as_dijkstra(network: Any, graph: Any, weight: str = "travel_time", scale: float = 1.0) -> None:
    nodes = list(graph.nodes)
    at = at_nodes(network, network.positions(nodes))
    wanted = [[by_dijkstra(graph, one, other, weight) * scale for other in nodes] for one in nodes]
    np.testing.assert_allclose(networks.travel_time_matrix(network, at, at), wanted, rtol=1e-9)


def osm_graph(*edges: tuple[int, int, dict[str, Any]], kind: type = nx.MultiDiGraph, **facts: Any) -> Any:
    graph = kind(**({"crs": "epsg:4326"} | facts))
    for node, (x, y) in PLACES.items():
        graph.add_node(node, x=x, y=y)
    for tail, head, data in edges:
        graph.add_edge(tail, head, **({"osmid": 7, "length": 1000.0, "highway": "residential"} | data))
    return graph


ONE_WAY = [
    {"oneway": True},
    {"oneway": False},
    {},
    {"oneway": False, "reversed": True},
    {"oneway": True, "travel_time": 9999.0},
    {"travel_time": 9999.0, "reversed": True},
    {"speed_kph": 30.0},
]


@pytest.mark.parametrize("simplified", [True, False])
@pytest.mark.parametrize("data", ONE_WAY)
def test_a_lone_edge_is_driven_as_it_points_and_no_other_way(data: dict[str, Any], simplified: bool) -> None:
    network = from_osmnx(osm_graph((1, 2, data), simplified=simplified), country="NO")
    assert minutes(network, 1, 2) > 0
    assert math.isnan(minutes(network, 2, 1))


@pytest.mark.parametrize("simplified", [True, False])
def test_the_time_of_an_edge_is_its_travel_time(simplified: bool) -> None:
    graph = osm_graph(
        (1, 2, {"travel_time": 9999.0, "speed_kph": 50.0}),
        (2, 1, {"travel_time": 120.0, "reversed": True}),
        (2, 3, {"speed_kph": 36.0, "travel_time": math.nan}),
        (3, 4, {"speed_kph": [72.0, 36.0]}),
        (4, 3, {"travel_time": "60.5"}),
        simplified=simplified,
    )
    network = from_osmnx(graph, country="NO")
    assert minutes(network, 1, 2) == 9999 / 60
    assert minutes(network, 2, 1) == 2
    assert minutes(network, 2, 3) == pytest.approx(100 / 60)
    assert minutes(network, 3, 4) == pytest.approx(100 / 60)
    assert minutes(network, 4, 3) == 60.5 / 60
    note = network.provenance["osm"]["notes"][0]
    assert dict(note.fields) == {"given": 5, "every": 5, "travel_time": 3, "speed_kph": 2}


def test_an_edge_without_a_time_is_judged_by_its_tags_and_counted() -> None:
    graph = osm_graph((1, 2, {"travel_time": 600.0}), (2, 3, {"maxspeed": "50"}), simplified=True)
    alone = from_osmnx(osm_graph((2, 3, {"maxspeed": "50"}), simplified=True), country="NO")
    network = from_osmnx(graph, country="NO")
    assert minutes(network, 1, 3) == pytest.approx(10 + minutes(alone, 2, 3))
    assert network.provenance["osm"]["notes"][0].fields["given"] == 1
    assert "slowest" in network.provenance["osm"]["notes"][1]


def test_the_tags_count_when_they_are_asked_for() -> None:
    graph = osm_graph((1, 2, {"travel_time": 9999.0}), simplified=True)
    untimed = osm_graph((1, 2, {}), simplified=True)
    assert minutes(from_osmnx(graph, times="tags"), 1, 2) == minutes(from_osmnx(untimed), 1, 2)


def test_what_the_graph_has_is_driven_and_told() -> None:
    graph = osm_graph(
        (1, 2, {"travel_time": 60.0, "access": "private"}),
        (2, 3, {"travel_time": 900.0, "route": "ferry", "highway": None}),
        simplified=True,
    )
    network = from_osmnx(graph)
    assert minutes(network, 1, 3) == 16
    assert network.labels["kind"].to_array().tolist() == ["road", "ferry"]
    codes = [note.code for note in network.provenance["osm"]["notes"]]
    assert codes == ["net.graph_times", "net.graph_times_closed", "net.graph_times_ferries"]


def test_times_of_osmnx_itself_are_those_of_its_own_routes() -> None:
    graph = osm_graph(
        (1, 2, {"maxspeed": "80"}),
        (2, 3, {"highway": "primary", "length": 7000.0}),
        (3, 4, {"maxspeed": "30 mph"}),
    )
    osmnx.add_edge_travel_times(osmnx.add_edge_speeds(graph, fallback=40))
    assert_as_dijkstra(from_osmnx(graph), graph)


@pytest.mark.parametrize(
    "data",
    [
        {"travel_time": -1.0},
        {"travel_time": "soon"},
        {"travel_time": True},
        {"travel_time": [10.0, 20.0]},
        {"speed_kph": 0.0},
        {"speed_kph": math.inf},
        {"speed_kph": "fast"},
        {"highway": None},
    ],
)
def test_a_time_that_is_none_is_told_with_its_edge(data: dict[str, Any]) -> None:
    graph = osm_graph((1, 2, {"travel_time": 5.0}), (2, 3, data), simplified=True)
    with pytest.raises(NetworkDataError) as caught:
        from_osmnx(graph)
    assert [fault.row for fault in caught.value.faults] == ["2 -> 3"]


def test_a_street_cut_out_of_a_graph_stays_cut() -> None:
    graph = osm_graph()
    for tail, head in ((1, 2), (2, 3), (3, 4)):
        graph.add_edge(
            tail, head, osmid=tail, length=1000.0, highway="residential", oneway=False, reversed=False
        )
        graph.add_edge(
            head, tail, osmid=tail, length=1000.0, highway="residential", oneway=False, reversed=True
        )
    whole = from_osmnx(graph, country="NO")
    graph.remove_edge(3, 2)
    cut = from_osmnx(graph, country="NO")
    assert minutes(whole, 4, 1) > 0
    assert math.isnan(minutes(cut, 4, 1))
    assert minutes(cut, 1, 4) > 0


def test_an_undirected_graph_is_driven_both_ways_and_says_so() -> None:
    line = shapely.LineString([(15.0, 68.0), (15.05, 68.02), (15.1, 68.0)])
    edge = (1, 2, {"travel_time": 60.0, "oneway": True, "geometry": line})
    network = from_osmnx(osm_graph(edge, kind=nx.MultiGraph, simplified=True))
    assert minutes(network, 1, 2) == minutes(network, 2, 1) == 1
    assert network.provenance["osm"]["notes"][0].code == "net.graph_undirected"
    assert network.provenance["osm"]["notes"][0].fields["oneway"] == 1


def test_a_time_that_was_changed_in_a_written_graph_counts() -> None:
    graph = osm_graph((1, 2, {"travel_time": 60.0}), (2, 3, {"travel_time": 120.0}), simplified=True)
    written = to_osmnx(from_osmnx(graph))
    written.edges[1, 2, 0]["travel_time"] = 9999.0
    written.add_edge(3, 4, travel_time=30.0)
    again = from_osmnx(written)
    assert minutes(again, 1, 4) == pytest.approx((9999 + 120 + 30) / 60)
    assert again.provenance["travel_times_changed"] == 1
    written.add_edge(4, 1)
    with pytest.raises(NetworkDataError, match="4 -> 1"):
        from_osmnx(written)


KINDS = (nx.Graph, nx.DiGraph, nx.MultiGraph, nx.MultiDiGraph)


@st.composite
def graphs(draw: Any) -> Any:
    graph = draw(st.sampled_from(KINDS))()
    n = draw(st.integers(2, 7))
    for node in range(n):
        graph.add_node(node, lon=10 + node / 100, lat=60 + (node * node % 5) / 100, people=node)
    ends = st.integers(0, n - 1)
    times = st.one_of(st.floats(0, 500), st.just(math.inf))
    for tail, head, seconds in draw(st.lists(st.tuples(ends, ends, times), min_size=1, max_size=14)):
        graph.add_edge(
            tail,
            head,
            travel_time=seconds,
            lanes=tail,
            toll=head % 2 == 0,
            share=seconds / 7,
            name=f"v{head}",
        )
    return graph


@settings(max_examples=30, deadline=None)
@given(graphs())
def test_any_graph_gives_the_minutes_of_dijkstra(graph: Any) -> None:
    assert_as_dijkstra(from_networkx(graph), graph)


@settings(max_examples=30, deadline=None)
@given(graphs())
def test_a_graph_comes_back_with_all_that_it_had(graph: Any) -> None:
    again = to_networkx(from_networkx(graph))
    directed = graph if graph.is_directed() else graph.to_directed()
    assert list(again.nodes) == list(graph.nodes)
    assert all(again.nodes[node]["people"] == data["people"] for node, data in graph.nodes(data=True))
    names = ("travel_time", "lanes", "toll", "share", "name")

    def rows(one: Any) -> list[Any]:
        return sorted(
            (tail, head, *(data[name] for name in names)) for tail, head, data in one.edges(data=True)
        )

    assert rows(again) == rows(directed)
    third = from_networkx(again)
    np.testing.assert_array_equal(third.seconds, from_networkx(graph).seconds)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("unit", "scale"), [("s", 1.0), ("min", 60.0), ("h", 3600.0)])
def test_units_and_names_of_ones_own(kind: type, unit: Any, scale: float) -> None:
    graph = osm_graph((1, 2, {"cost": 2.0}), (2, 3, {"cost": 0.5}), kind=kind)
    network = from_networkx(graph, time="cost", unit=unit)
    assert_as_dijkstra(network, graph, "cost", scale)
    back = to_networkx(network, time="cost", unit=unit)
    assert back.edges[1, 2, 0]["cost"] == pytest.approx(2.0)
    assert "travel_time" not in back.edges[1, 2, 0]


@pytest.mark.parametrize("names", [("x", "y"), ("lon", "lat"), ("longitude", "latitude"), "pos"])
def test_coordinates_under_their_usual_names(names: Any) -> None:
    graph = nx.DiGraph()
    for node, (x, y) in PLACES.items():
        graph.add_node(node, **({"pos": (x, y)} if names == "pos" else dict(zip(names, (x, y), strict=True))))
    graph.add_edge(1, 2, travel_time=5)
    network = from_networkx(graph)
    assert list(zip(network.lon, network.lat, strict=True)) == list(PLACES.values())
    assert network.length_m[0] == pytest.approx(4180, rel=0.01)  # a tenth of a degree at 68 degrees north


def test_metres_become_degrees_by_the_crs() -> None:
    into = Transformer.from_crs(4326, 25833, always_xy=True)
    graph = nx.DiGraph()
    for node, place in PLACES.items():
        graph.add_node(node, **dict(zip("xy", into.transform(*place), strict=True)))
    line = shapely.LineString(
        [into.transform(*PLACES[1]), into.transform(15.05, 68.02), into.transform(*PLACES[2])]
    )
    graph.add_edge(1, 2, travel_time=5, geometry=line)
    with pytest.raises(CrsError, match="25833"):
        from_networkx(graph)
    network = from_networkx(graph, crs=25833)
    np.testing.assert_allclose(np.column_stack([network.lon, network.lat]), list(PLACES.values()), atol=1e-7)
    np.testing.assert_allclose([network.geometry.lon[0], network.geometry.lat[0]], [15.05, 68.02], atol=1e-7)
    assert network.length_m[0] == pytest.approx(line.length, rel=1e-3)
    with pytest.raises(CrsError, match="no CRS"):
        from_networkx(graph, crs="of my own")


def test_what_does_not_come_back_is_said() -> None:
    graph = nx.MultiDiGraph()
    graph.add_node((0, 0), x=15.0, y=68.0)
    graph.add_node((0, 1), x=15.1, y=68.0, lon=9)
    graph.add_edge((0, 0), (0, 1), key="main", travel_time=5.0, lanes=[1, 2], service="bus", kind="street")
    network = from_networkx(graph)
    assert network.node_ids.tolist() == ["(0, 0)", "(0, 1)"]
    assert network.provenance["graph"]["lost"] == [
        "ids of nodes that are neither whole numbers nor text",
        "keys of parallel edges",
        "kind",
        "lanes",
        "lon",
        "service",
    ]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda graph: graph.nodes[1].pop("x"), "coordinates"),
        (lambda graph: graph.nodes[1].update(x="east"), "coordinates"),
        (lambda graph: graph.edges[1, 2].pop("travel_time"), "speed_kph"),
        (
            lambda graph: graph.edges[1, 2].update(traveltime=graph.edges[1, 2].pop("travel_time")),
            "did you mean",
        ),
        (lambda graph: graph.edges[1, 2].update(travel_time=-3), "at least 0"),
        (lambda graph: graph.remove_edge(1, 2), "no edges"),
        (lambda graph: graph.clear(), "no nodes"),
    ],
)
def test_a_graph_that_is_none_is_told(change: Any, told: str) -> None:
    graph = nx.DiGraph()
    graph.add_node(1, x=15.0, y=68.0)
    graph.add_node(2, x=15.1, y=68.0)
    graph.add_edge(1, 2, travel_time=4.0)
    change(graph)
    with pytest.raises(NetworkDataError, match=told):
        from_networkx(graph)


def test_an_igraph_has_the_same_minutes() -> None:
    igraph = pytest.importorskip("igraph")
    graph = osm_graph(
        (1, 2, {"travel_time": 60.0}), (2, 3, {"travel_time": 30.0}), (1, 3, {"travel_time": 300.0})
    )
    network = from_networkx(graph)
    found = networks.to_igraph(network)
    assert isinstance(found, igraph.Graph)
    seconds = found.distances("1", "3", weights="travel_time")[0][0]
    assert seconds / 60 == by_dijkstra(graph, 1, 3) == minutes(network, 1, 3)
    assert found.es["kind"] == ["road"] * 3
    assert found.vs["lon"] == [15.0, 15.1, 15.1, 15.2]
