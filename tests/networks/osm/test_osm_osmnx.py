"""Exchange with osmnx: round trips in memory and through files, foreign graphs, downloads by name."""

from __future__ import annotations

import networkx as nx
import numpy as np
import osmium
import osmnx
import pytest
import requests
from osmnx._errors import InsufficientResponseError
from scipy.sparse import csgraph

from networks.errors import CrsError, NetworkDataError, NetworkFileError, OfflineError
from networks.osm import build_network, from_osmnx, osmnx_files, to_osmnx
from networks.osm.defaults import CLASS_FACTORS
from networks.osm.osmnx_raw import is_unsimplified, runs

ROAD = {"highway": "primary", "maxspeed": "60"}
NODES = {
    1: (15.0, 68.0),
    2: (15.01, 68.0),
    3: (15.02, 68.001),
    4: (15.03, 68.0),
    5: (15.03, 68.1),
    6: (15.04, 68.1),
}
WAYS = [
    (11, [1, 2, 3, 4], ROAD | {"name": "Sørveien", "ref": "E6"}),
    (12, [5, 6], {"highway": "residential", "oneway": "yes"}),
    (13, [6, 5], {"highway": "service"}),
    (21, [4, 5], {"route": "ferry", "motor_vehicle": "yes", "duration": "00:40", "interval": "30"}),
]


@pytest.fixture
def network(build):
    return build(NODES, WAYS)


def assert_same_network(found, wanted):
    """The same nodes, edges, times, labels, services and course, in the same order."""
    np.testing.assert_array_equal(found.node_ids, wanted.node_ids)
    for name in ("tails", "heads", "indptr", "lon", "lat"):
        np.testing.assert_array_equal(
            getattr(found.topology, name), getattr(wanted.topology, name), err_msg=name
        )
    for name in ("moving_s", "wait_s", "length_m", "service_index"):
        np.testing.assert_array_equal(getattr(found, name), getattr(wanted, name), err_msg=name)
    for name, texts in wanted.labels.items():
        if name not in found.labels:
            assert set(texts.to_array()) <= {""}, name
            continue
        assert found.labels[name].to_array().tolist() == texts.to_array().tolist(), name
    assert found.services == wanted.services
    assert found.metric_epsg == wanted.metric_epsg
    np.testing.assert_array_equal(found.geometry.indptr, wanted.geometry.indptr)
    np.testing.assert_array_equal(found.geometry.lon, wanted.geometry.lon)
    np.testing.assert_array_equal(found.geometry.lat, wanted.geometry.lat)


def test_round_trip_in_memory(network):
    assert_same_network(from_osmnx(to_osmnx(network)), network)


def test_round_trip_through_graphml(network, tmp_path):
    osmnx.save_graphml(to_osmnx(network), tmp_path / "map.graphml")
    assert_same_network(build_network(tmp_path / "map.graphml"), network)


def test_round_trip_through_geopackage(network, tmp_path):
    osmnx.save_graph_geopackage(to_osmnx(network), tmp_path / "map.gpkg", directed=True)
    assert_same_network(build_network(tmp_path / "map.gpkg"), network)


@pytest.mark.shared
def test_round_trip_of_a_city_with_turn_restrictions(shared):
    helsinki = build_network(shared / "osm" / "helsinki-centre.osm.pbf", country="FI")
    again = from_osmnx(to_osmnx(helsinki))
    assert_same_network(again, helsinki)
    assert again.provenance["osm"]["counts"] == helsinki.provenance["osm"]["counts"]


def test_a_closed_edge_and_an_overlay_survive(network, tmp_path):
    closed = network.with_times(
        moving_s=np.where(network.labels["kind"].where("ferry"), np.inf, network.moving_s),
        overlay="ferry out",
    )
    osmnx.save_graphml(to_osmnx(closed), tmp_path / "map.graphml")
    again = build_network(tmp_path / "map.graphml")
    assert np.isinf(again.moving_s).sum() == 2
    assert again.overlays == ("ferry out",)


def test_stored_times_are_not_handed_out_as_those_of_another_model(build, tmp_path):
    ssb = build(NODES, WAYS, ferries="ssb", profile="ambulance")
    assert_same_network(from_osmnx(to_osmnx(ssb)), ssb)
    osmnx.save_graphml(to_osmnx(ssb), tmp_path / "ssb.graphml")
    with pytest.raises(NetworkDataError) as caught:
        build_network(tmp_path / "ssb.graphml", clip=(0.0, 0.0, 1.0, 1.0))
    assert [fault.column for fault in caught.value.faults] == ["profile", "ferries", "clip"]
    assert_same_network(build_network(tmp_path / "ssb.graphml", ferries="ssb", profile="ambulance"), ssb)


def test_the_graph_is_one_that_osmnx_and_networkx_can_use(network, minutes_between):
    graph = to_osmnx(network)
    route = osmnx.routing.shortest_path(graph, 1, 6, weight="travel_time")
    assert route[0] == 1
    assert route[-1] == 6
    seconds = nx.path_weight(graph, route, "travel_time")
    assert seconds / 60 == pytest.approx(minutes_between(network, 1, 6))
    nodes, edges = osmnx.graph_to_gdfs(graph)
    assert len(nodes) == network.n_nodes
    assert len(edges) == network.n_edges
    assert set(edges["highway"]) == {"primary", "residential", "service", "ferry"}
    assert edges["oneway"].sum() == 0


def foreign_graph(path, **options):
    """What osmnx makes of a file, with the tags that it is asked for on a download."""
    with osmnx_files._asking_for(osmnx_files.WAY_TAGS, osmnx_files.NODE_TAGS):
        return osmnx.graph_from_xml(path, retain_all=True, **options)


def test_an_unsimplified_graph_gives_the_network_of_the_file(build, write_osm):
    path = write_osm(NODES, WAYS)
    wanted = build_network(path, country="NO")
    graph = foreign_graph(path, simplify=False)
    assert is_unsimplified(graph)
    assert_same_network(from_osmnx(graph, country="NO"), wanted)


@pytest.mark.shared
def test_an_unsimplified_island_gives_the_times_of_the_file(shared, tmp_path):
    path = tmp_path / "fiji.osm"
    writer = osmium.SimpleWriter(str(path))
    osmium.apply(osmium.io.Reader(str(shared / "osm" / "fiji-ferry.osm.pbf")), writer)
    writer.close()
    wanted = build_network(path, turn_restrictions=False)
    found = from_osmnx(foreign_graph(path, simplify=False))
    common = np.intersect1d(found.node_ids[found.node_ids > 0], wanted.node_ids[wanted.node_ids > 0])
    assert len(common) > 0.97 * (wanted.node_ids > 0).sum()
    starts = np.random.default_rng(5).choice(common, 8, replace=False)
    times = [
        csgraph.dijkstra(net.search_graph, indices=net.positions(starts))[:, net.positions(common)]
        for net in (found, wanted)
    ]
    # The angle of a turn is read along a piece of road, and osmnx joins the pieces of rings at other nodes:
    # at sixteen of 3,677 edges it differs, by fractions of a second each, which long ways add up; one short
    # piece between two rings is reached by another side.
    assert (np.isfinite(times[0]) == np.isfinite(times[1])).all()
    far = ~np.isclose(*times, rtol=2e-3, atol=2.0 / 60.0)
    assert far.mean() < 2e-3


def test_a_simplified_graph_is_taken_edge_by_edge(write_osm, minutes_between):
    ways = [WAYS[0], (22, [4, 5], WAYS[3][2]), (23, [4, 6], {"highway": "residential"})]
    path = write_osm(NODES, ways)
    net = from_osmnx(foreign_graph(path, simplify=True), country="NO")
    wanted = build_network(path, country="NO")
    assert minutes_between(net, 1, 4) == pytest.approx(minutes_between(wanted, 1, 4), rel=5e-3)
    assert minutes_between(net, 1, 5) == pytest.approx(minutes_between(wanted, 1, 5), rel=2e-3)
    report = net.provenance["osm"]
    assert "slowest" in report["notes"][0]
    assert report["counts"]["ferries"] == {"lines with a duration from: way": 1}


def simple_graph(**edge):
    graph = nx.MultiDiGraph(crs="epsg:4326", simplified=True)
    graph.add_node(1, x=15.0, y=68.0)
    graph.add_node(2, x=15.1, y=68.0)
    graph.add_edge(1, 2, **({"osmid": [5, 6], "length": 1000.0, "oneway": False, "reversed": False} | edge))
    return graph


@pytest.mark.parametrize(
    ("edge", "road_class", "limit_kph"),
    [
        ({"highway": "primary", "maxspeed": "50"}, "primary", 50),
        ({"highway": ["primary", "residential"], "maxspeed": "40"}, "residential", 40),
        ({"highway": "primary", "maxspeed": ["80", "50"]}, "primary", 50),
        (
            {"highway": "primary", "maxspeed": "60", "maxspeed:backward": "30", "reversed": True},
            "primary",
            30,
        ),
    ],
)
def test_of_several_tags_the_slowest_counts(edge, road_class, limit_kph):
    net = from_osmnx(simple_graph(**edge), country="NO")
    assert net.length_m[0] / net.moving_s[0] * 3.6 == pytest.approx(limit_kph * CLASS_FACTORS[road_class])


def test_a_ferry_edge_of_a_simplified_graph():
    ferry = {"route": "ferry", "motor_vehicle": "yes", "duration": "00:20", "length": 6000.0, "osmid": 7}
    net = from_osmnx(simple_graph(**ferry), country="NO")
    assert net.moving_s.tolist() == [1200.0]
    assert net.wait_s[0] > 0
    assert net.services[0].assumptions == ("headway_default", "window_default")


def test_edges_closed_to_the_profile_are_left_out():
    with pytest.raises(NetworkDataError, match="no road"):
        from_osmnx(simple_graph(highway="residential", access="private"))
    assert from_osmnx(simple_graph(highway="residential", access="private"), profile="ambulance").n_edges == 1


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (lambda graph: graph.graph.pop("crs"), CrsError),
        (lambda graph: graph.graph.update(crs="epsg:25833"), CrsError),
        (lambda graph: graph.remove_edge(1, 2), NetworkDataError),
        (lambda graph: graph.nodes[1].pop("x"), NetworkDataError),
        (lambda graph: graph.nodes[1].update(y=float("nan")), NetworkDataError),
        (lambda graph: graph.nodes[1].update(y=680.0), NetworkDataError),
        (lambda graph: graph.edges[1, 2, 0].update(moving_s=1.0, wait_s=0.0, ferry="{}"), NetworkDataError),
    ],
)
def test_graphs_that_cannot_be_read(change, error):
    graph = simple_graph(highway="primary")
    change(graph)
    with pytest.raises(error):
        from_osmnx(graph)


@pytest.mark.parametrize("name", ["x.graphml", "x.gpkg"])
@pytest.mark.parametrize("content", [None, b"", b"nonsense", b"<graphml></graphml>"])
def test_files_that_are_no_graph(tmp_path, name, content):
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(NetworkFileError, match=name):
        build_network(path)


def test_segments_of_a_way_become_its_nodes_again():
    assert runs([(1, 2), (2, 3), (3, 4)]) == [1, 2, 3, 4]
    assert runs([(3, 4), (1, 2), (2, 3)]) == [1, 2, 3, 4]
    assert runs([(1, 2), (8, 9)]) == [1, 2, 0, 8, 9]
    assert runs([(1, 2), (2, 3), (3, 1)]) == [1, 2, 3, 1]


def test_place_without_a_network_is_an_offline_error(monkeypatch):
    def no_answer(*_, **__):
        raise requests.exceptions.ConnectionError("no route to host")

    monkeypatch.setattr(osmnx, "graph_from_place", no_answer)
    with pytest.raises(OfflineError, match=r"place:Træna.*cache"):
        build_network("place:Træna")


def test_a_place_that_nobody_knows(monkeypatch):
    def nothing(*_, **__):
        raise InsufficientResponseError("no results")

    monkeypatch.setattr(osmnx, "graph_from_place", nothing)
    with pytest.raises(NetworkDataError, match="place:Nowhere"):
        build_network("place:Nowhere")


def test_a_place_is_asked_for_with_ferries_and_settings_are_put_back(monkeypatch, write_osm):
    graph = foreign_graph(write_osm(NODES, WAYS), simplify=False)
    asked = {}
    before = list(osmnx.settings.useful_tags_way)

    def answer(query, **options):
        asked.update(options, query=query, tags=list(osmnx.settings.useful_tags_way))
        return graph

    monkeypatch.setattr(osmnx, "graph_from_place", answer)
    net = build_network("place:Træna, Norge", country="NO")
    assert asked["query"] == "Træna, Norge"
    assert '["route"="ferry"]' in asked["custom_filter"]
    assert {"route", "duration", "motor_vehicle"} <= set(asked["tags"])
    assert osmnx.settings.useful_tags_way == before
    assert len(net.services) == 1
    assert net.provenance["source"] == "place:Træna, Norge"
