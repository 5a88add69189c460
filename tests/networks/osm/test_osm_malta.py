"""Malta, the acceptance case: Gozo hangs on one car ferry; times held against an independent graph."""

from __future__ import annotations

import itertools
import json

import networkx as nx
import numpy as np
import osmium
import pytest
from pyproj import Geod
from scipy.sparse import csgraph

from networks import each_road_once, find_components, snap
from networks.errors import NetworkDataError
from networks.network import TravelNetwork
from networks.osm import BuildReport, build_network
from networks.osm.access import barrier_access, road_directions
from networks.osm.defaults import country_defaults
from networks.osm.speeds import driven_speeds
from networks.snapping import twin_edges

pytestmark = pytest.mark.shared

MATER_DEI = (14.4767, 35.9019)
GOZO_VILLAGES = {
    "Victoria": (14.2397, 36.0444),
    "Mġarr": (14.2960, 36.0255),
    "Nadur": (14.2947, 36.0378),
    "Xagħra": (14.2647, 36.0503),
    "Xewkija": (14.2581, 36.0328),
    "Għajnsielem": (14.2853, 36.0261),
    "Qala": (14.3108, 36.0361),
    "Sannat": (14.2428, 36.0242),
    "Munxar": (14.2336, 36.0300),
    "Għarb": (14.2089, 36.0603),
    "Għasri": (14.2278, 36.0581),
    "San Lawrenz": (14.2042, 36.0550),
    "Kerċem": (14.2264, 36.0419),
    "Żebbuġ": (14.2358, 36.0722),
}


@pytest.fixture(scope="module")
def plain_malta(malta_file) -> TravelNetwork:
    """Nothing but lengths and speeds: no turn restrictions, no delays at junctions."""
    return build_network(malta_file, turn_restrictions=False, junction_delays=False)


def nearest_node(network: TravelNetwork, lon: float, lat: float) -> int:
    road = np.zeros(network.n_nodes, dtype=bool)
    road[network.topology.tails] = True
    metres = np.hypot((network.lon - lon) * np.cos(np.radians(lat)), network.lat - lat)
    return int(np.argmin(np.where(road, metres, np.inf)))


def without_ferries(network: TravelNetwork) -> TravelNetwork:
    closed = np.where(network.labels["kind"].where("ferry"), np.inf, network.moving_s)
    return network.with_times(moving_s=closed, overlay="no ferries")


def test_without_ferries_gozo_is_a_component_of_its_own(malta):
    hospital = nearest_node(malta, *MATER_DEI)
    seconds = csgraph.dijkstra(without_ferries(malta).reverse_graph, indices=hospital)
    for village, place in GOZO_VILLAGES.items():
        assert np.isinf(seconds[nearest_node(malta, *place)]), village


def test_with_ferries_every_gozo_village_reaches_mater_dei(malta):
    hospital = nearest_node(malta, *MATER_DEI)
    minutes = csgraph.dijkstra(malta.reverse_graph, indices=hospital) / 60.0
    for village, place in GOZO_VILLAGES.items():
        there = minutes[nearest_node(malta, *place)]
        assert 60.0 < there < 180.0, (village, there)


def test_the_ferry_is_joined_and_its_assumptions_are_named(malta):
    (gozo,) = [service for service in malta.services if service.name == "Malta-Gozo"]
    assert gozo.length_km == pytest.approx(5.3, abs=0.1)
    assert "crossing_of_length" in gozo.assumptions
    assert 15.0 < gozo.crossing_min < 30.0
    edges = malta.edges_frame()
    ferry = edges[edges["name"] == "Malta-Gozo"]
    assert sorted(ferry["direction"]) == ["backward", "forward"]
    assert (ferry["wait_min"] > 0).all()
    np.testing.assert_allclose(ferry["travel_time_min"], ferry["wait_min"] + ferry["moving_min"])


def independent_graph(path) -> nx.DiGraph:
    """One edge per pair of neighbouring nodes, made with another way of reading and other lengths."""
    defaults, geod = country_defaults("MT"), Geod(ellps="WGS84")
    barriers = {
        node.id
        for node in osmium.FileProcessor(path, osmium.osm.NODE).with_filter(
            osmium.filter.KeyFilter("barrier")
        )
        if barrier_access(dict(node.tags), "ambulance") == "no"
    }
    graph = nx.DiGraph()
    for way in osmium.FileProcessor(path).with_locations().with_filter(osmium.filter.KeyFilter("highway")):
        if not way.is_way():
            continue
        tags = dict(way.tags)
        allowed, speeds = road_directions(tags, "ambulance"), driven_speeds(tags, tags["highway"], defaults)
        nodes = list(way.nodes)
        for step, (a, b) in enumerate(itertools.pairwise(nodes)):
            ends = [f"{n.ref}#{way.id}#{step}" if n.ref in barriers else n.ref for n in (a, b)]
            metres = geod.inv(a.lon, a.lat, b.lon, b.lat)[2]
            for open_, kph, tail, head in (
                (allowed.forward, speeds.forward_kph, *ends),
                (allowed.backward, speeds.backward_kph, *ends[::-1]),
            ):
                seconds = metres * 3.6 / kph
                if open_ and seconds < graph.get_edge_data(tail, head, {"s": np.inf})["s"]:
                    graph.add_edge(tail, head, s=seconds)
    return graph


def test_times_agree_with_an_independent_graph_of_the_same_file(malta_file):
    plain = {"turn_restrictions": False, "junction_delays": False, "turn_costs": False}
    malta = build_network(malta_file, profile="ambulance", **plain)
    roads = without_ferries(malta)
    graph = independent_graph(malta_file)
    rng = np.random.default_rng(7)
    common = np.asarray([node for node in malta.node_ids.tolist() if node > 0 and node in graph])
    origins = rng.choice(common, 12, replace=False)
    targets = rng.choice(common, 300, replace=False)
    minutes = csgraph.dijkstra(roads.search_graph, indices=malta.positions(origins))
    for row, origin in enumerate(origins.tolist()):
        expected = nx.single_source_dijkstra_path_length(graph, origin, weight="s")
        wanted = np.asarray([expected.get(target, np.inf) for target in targets.tolist()])
        found = minutes[row, malta.positions(targets)]
        np.testing.assert_array_equal(np.isinf(found), np.isinf(wanted))
        np.testing.assert_allclose(
            found[np.isfinite(found)], wanted[np.isfinite(wanted)], rtol=2e-6, atol=1e-3
        )


def test_between_public_roads_nobody_passes_a_road_for_its_own_traffic(plain_malta):
    """Minutes between open roads are those of a network without the roads that are for their own traffic."""
    malta = plain_malta
    own = ~malta.labels["access"].where("")
    assert own.sum() > 500
    open_only = malta.with_times(moving_s=np.where(own, np.inf, malta.moving_s))
    public = find_components(open_only).of_node == 0
    rng = np.random.default_rng(5)
    starts, stops = (
        rng.choice(np.flatnonzero(public & (malta.node_ids > 0)), size, False) for size in (8, 400)
    )
    found = csgraph.dijkstra(malta.search_graph, indices=starts)[:, stops]
    wanted = csgraph.dijkstra(open_only.search_graph, indices=starts)[:, stops]
    np.testing.assert_allclose(found, wanted)


def test_split_junctions_cost_no_edge_its_twin(malta, plain_malta):
    def alone(network: TravelNetwork) -> int:
        return int(((twin_edges(network) < 0) & (network.length_m > 0)).sum())

    assert malta.n_nodes > plain_malta.n_nodes
    assert alone(malta) == alone(plain_malta)


def test_nobody_is_joined_to_an_edge_of_no_length(malta):
    nothing = np.flatnonzero(malta.length_m == 0)
    assert len(nothing) > 100
    at = malta.topology.tails[nothing]
    points = snap(malta, malta.lon[at], malta.lat[at], component="any")
    assert points.joined.all()
    assert (malta.length_m[points.edge] > 0).all()


def test_build_report_counts_every_assumption(plain_malta):
    malta = plain_malta
    counts = malta.provenance["osm"]["counts"]
    assert counts["ways"]["road ways read"] == 26197
    assert counts["ways"]["ferry ways read"] == 12
    dropped = counts["dropped ways"]
    assert (
        counts["ways"]["road ways used"] + sum(dropped.values()) - dropped["ferry that takes no cars"]
        == 26197
    )
    edges = sum(n for item, n in counts["speeds"].items() if item.startswith("edges"))
    assert edges == (~malta.labels["speed_source"].where("") & each_road_once(malta)).sum()
    assert malta.provenance["osm"]["country"] == "MT"


def test_the_report_says_in_words_what_a_reader_must_know(malta):
    notes = " ".join(malta.provenance["osm"]["notes"])
    assert "of the road length has no speed limit in the map" in notes
    assert "Malta-Gozo" in notes
    assert "guessed from the position" in notes
    report = BuildReport(**malta.provenance["osm"])
    assert "default-of-class" in str(report)
    assert json.loads(json.dumps(report.to_dict())) == malta.provenance["osm"]
    counts = malta.provenance["assumption_counts"]
    assert counts["crossing_of_length"] == 2
    assert counts["speed_of_class"] == (malta.labels["assumptions"].to_array() == "speed_of_class").sum()


def test_unknown_country_and_profile_are_refused_together(malta_file):
    with pytest.raises(NetworkDataError) as caught:
        build_network(malta_file, profile="bicycle", country="XX", quay_within_m=-1)
    assert {fault.where for fault in caught.value.faults} == {"profile", "country", "quay_within_m"}
