"""Works on a network: the oracle is the network that a hand builds with the same links in its tables."""

from __future__ import annotations

from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from networks import (
    Ferries,
    FerryConditions,
    NetworkDataError,
    TravelNetwork,
    apply_overlays,
    ferry_times,
    links_out,
    network_from_edges,
    network_from_links,
    remove_overlays,
    route,
    snap,
    travel_time_matrix,
    winter,
)
from networks.geometry import to_degrees
from networks.topology import EdgeGeometry
from networks.works import AddedLink, ChangedFerry, with_works

NODES = pd.DataFrame(
    {
        "node_id": ["a", "b", "c", "d"],
        "lon": [15.0, 15.1, 15.2, 15.3],
        "lat": [68.0, 68.0, 68.0, 68.0],
    }
)
ROADS = pd.DataFrame(
    [("ab", "a", "b", "E6", "european", 6.9), ("cd", "c", "d", "E6", "european", 13.8)],
    columns=["road_id", "from_node", "to_node", "ref", "road_class", "length_km"],
)
FERRIES = pd.DataFrame(
    [("bc", "B - C", "b", "c", 25.0, 8.0, 60.0)],
    columns=["ferry_id", "name", "from_node", "to_node", "crossing_min", "length_km", "headway_min"],
)


def tables(**more: Any) -> TravelNetwork:
    return network_from_links(NODES, more.get("roads", ROADS), more.get("ferries", FERRIES))


def minutes(network: TravelNetwork) -> np.ndarray:
    graph = nx.DiGraph()
    for row in network.edges_frame().itertuples():
        known = graph.get_edge_data(row.from_id, row.to_id, {"weight": np.inf})["weight"]
        graph.add_edge(row.from_id, row.to_id, weight=min(known, row.travel_time_min))
    ways = dict(nx.all_pairs_dijkstra_path_length(graph))
    return np.asarray([[ways[one].get(two, np.inf) for two in "abcd"] for one in "abcd"])


def link(**own: Any) -> AddedLink:
    given: dict[str, Any] = {"link_id": "new", "kind": "tunnel", "name": "New", "start": "b", "stop": "c"}
    return AddedLink(**given | {"source": "a plan"} | own)


def test_a_tunnel_is_the_row_of_a_road_table() -> None:
    row = pd.DataFrame([("new", "b", "c", "E6", "european", 9.0)], columns=ROADS.columns)
    by_hand = tables(roads=pd.concat([ROADS, row]))
    done = with_works(tables(), [link(length_km=9.0, road_class="european", ref="E6")])
    assert_allclose(minutes(done.network), minutes(by_hand))
    assert done.links[0].assumed == ("speed",)
    assert [leg.kind for leg in route(done.network, "a", "d").legs] == ["road"]
    closed = apply_overlays(done.network, [links_out("new")])
    assert_allclose(minutes(closed), minutes(tables()))


def test_a_ferry_is_the_row_of_a_ferry_table() -> None:
    row = pd.DataFrame([("ad", "A - D", "a", "d", 40.0, 12.6, 30.0)], columns=FERRIES.columns)
    by_hand = tables(ferries=pd.concat([FERRIES, row]))
    figures = {"crossing_min": 40.0, "headway_min": 30.0}
    one = link(link_id="ad", kind="ferry", name="A - D", start="a", stop="d", length_km=12.6, ferry=figures)
    done = with_works(tables(), [one])
    assert_allclose(minutes(done.network), minutes(by_hand))
    ssb = Ferries("ssb", FerryConditions(model="ssb"))
    assert_allclose(minutes(apply_overlays(done.network, [ssb])), minutes(apply_overlays(by_hand, [ssb])))


def test_what_is_not_said_is_assumed_and_told() -> None:
    done = with_works(tables(), [link(kind="ferry", start="a", stop="d")])
    built = done.links[0]
    assert built.assumed == ("length", "crossing", "headway")
    assert_allclose(built.minutes, 60 * built.length_km / 20)
    assert_allclose(built.length_km, 12.49, atol=0.03)  # 0.3 degrees of longitude at 68 degrees north
    road = with_works(tables(), [link(kind="road", speed_kph=60, start="a", stop="d")]).links[0]
    assert_allclose(road.length_km, 1.35 * built.length_km)


@pytest.mark.parametrize("name", ["bc", "B - C", "b-c", "B–C"])
def test_a_frequency_is_the_row_with_another_headway(name: str) -> None:
    by_hand = tables(ferries=FERRIES.assign(headway_min=20.0))
    done = with_works(tables(), [], [ChangedFerry(ferry=name, figures={"headway_min": 20.0})])
    assert_allclose(minutes(done.network), minutes(by_hand))
    assert done.network.topology is tables().topology or done.network.n_edges == tables().n_edges
    night = FerryConditions(time_min=180.0)
    before, after = done.ferries[0]
    assert (before.headway_min, after.headway_min) == (60.0, 20.0)
    assert ferry_times(after, night) == ferry_times(by_hand.services[0], night)


def test_departures_hold_no_longer_where_the_frequency_changes() -> None:
    departures = pd.DataFrame(
        [("bc", "b", "07:00"), ("bc", "b", "21:00"), ("bc", "c", "08:00"), ("bc", "c", "22:00")],
        columns=["ferry_id", "from_node", "departure"],
    )
    network = network_from_links(NODES, ROADS, FERRIES, departures=departures)
    after = with_works(network, [], [ChangedFerry(ferry="bc", figures={"headway_min": 30.0})]).ferries[0][1]
    assert not after.has_departures("forward")
    assert (after.first_departure_min, after.last_departure_min) == (420.0, 1320.0)
    timed = with_works(network, [], [ChangedFerry(ferry="bc", figures={"departures": (600.0, 480.0)})])
    assert timed.ferries[0][1].departures("backward", None) == (480.0, 600.0)


def test_overlays_stay_and_can_be_taken_away() -> None:
    base = tables()
    done = with_works(apply_overlays(base, [winter()]), [link(length_km=9, road_class="european")])
    again = with_works(base, [link(length_km=9, road_class="european")]).network
    assert_allclose(minutes(done.network), minutes(apply_overlays(again, [winter()])))
    assert_allclose(minutes(remove_overlays(done.network)), minutes(again))


def test_every_fault_is_told_at_once() -> None:
    wrong = [
        link(link_id="ab", start="bb", speed_kph=80, length_km=1),
        link(link_id="x", road_class="europaean", start=(60.0, 5.0)),
        link(link_id="y", kind="ferry", speed_kph=30.0, start="a"),
        link(link_id="z", ferry={"headway_min": 5.0}),
    ]
    with pytest.raises(NetworkDataError) as raised:
        with_works(tables(), wrong, [ChangedFerry(ferry="B - D", figures={"headway_min": 5.0})])
    told = [(fault.row, fault.column) for fault in raised.value.faults]
    assert told == [
        ("ab", "id"), ("y", "speed_kph"), ("z", "headway_min"), ("", "ferry"), ("ab", "from_node"), ("x", "from"),
    ]  # fmt: skip
    with pytest.raises(NetworkDataError, match="shorter than the straight line") as raised:
        with_works(tables(), [link(length_km=1.0), link(link_id="w", stop="b", speed_kph=5, length_km=9)])
    assert "both ends join the network at the same place" in str(raised.value)


def metric(*places: tuple[float, float]) -> tuple[np.ndarray, np.ndarray]:
    metres = np.asarray(places, dtype=float)
    return to_degrees(500_000 + metres[:, 0], 7_540_000 + metres[:, 1], epsg=25833)


def shores(*, oneway: bool = False) -> TravelNetwork:
    """Two roads of 6 km with a bend, 2 km apart, and a long way around between their eastern ends."""
    lon, lat = metric((0, 0), (6000, 0), (0, 2000), (6000, 2000))
    nodes = pd.DataFrame({"node_id": [1, 2, 3, 4], "lon": lon, "lat": lat})
    rows = [(1, 2, 600.0, 6000.0, "s"), (3, 4, 600.0, 6000.0, "n"), (2, 4, 3600.0, 40_000.0, "around")]
    edges = pd.DataFrame(rows, columns=["from_id", "to_id", "moving_s", "length_m", "link_id"])
    bends = [metric((3000, 0)), metric((3000, 2000)), metric((30_000, 1000))]
    back = edges.rename(columns={"from_id": "to_id", "to_id": "from_id"})
    if oneway:
        back, bends = back[1:], [*bends, *bends[1:]]
    else:
        bends = [*bends, *bends]
    both = pd.concat([edges, back], ignore_index=True).assign(kind="road", road_class="primary")
    inner = np.arange(len(both) + 1)
    geometry = EdgeGeometry(
        inner, np.concatenate([b[0] for b in bends]), np.concatenate([b[1] for b in bends])
    )
    return network_from_edges(nodes, both, geometry=geometry)


@pytest.mark.parametrize("oneway", [False, True])
def test_a_bridge_by_coordinates_splits_the_roads_at_both_ends(oneway: bool) -> None:
    """From 2 km along the southern road over 2 km to 2 km along the northern one, at 60 km/h."""
    south, north = metric((2000, 30)), metric((2000, 1980))
    ends = [(float(lat[0]), float(lon[0])) for lon, lat in (south, north)]
    done = with_works(
        shores(oneway=oneway),
        [link(kind="bridge", start=ends[0], stop=ends[1], speed_kph=60.0, length_km=2.0)],
    )
    grown = done.network
    assert grown.n_nodes == 6
    assert_allclose([done.links[0].start_off_m, done.links[0].stop_off_m], [30, 20], atol=0.5)
    points = snap(grown, *metric((0, 0), (0, 2000), (5000, 0)), component="any")
    found = travel_time_matrix(grown, points, points)
    assert_allclose(found[0, 1], (200 + 120 + 200) / 60, atol=0.02)
    assert_allclose(found[0, 2], 500 / 60, atol=0.02)  # the split road takes what the whole took
    # Backwards along a one-way road: on to its end, around, and over the bridge.
    expected = (100 + 3600 + 400 + 120 + 200) if oneway else 500
    if not oneway:
        assert_allclose(found[2, 0], expected / 60, atol=0.02)
    assert grown.labels["structure"].where("bridge").sum() == 2
    lengths = grown.length_m[grown.labels["link_id"].where("s")]
    assert_allclose(sorted(lengths), [2000, 4000] if oneway else [2000, 2000, 4000, 4000], atol=1)
    drawn = grown.geometry
    assert drawn is not None
    assert len(drawn.lon) == drawn.indptr[-1] == len(shores(oneway=oneway).geometry.lon)  # type: ignore[union-attr]


def test_links_that_end_at_one_place_join_each_other() -> None:
    """A road out to a holm in the sound, and a bridge on from there: 1 + 1 km at 60 km/h."""
    south, holm, north = (
        (float(lat[0]), float(lon[0])) for lon, lat in map(metric, [(2000, 0), (2000, 1000), (2000, 2000)])
    )
    first = link(link_id="one", kind="road", start=south, stop=holm, speed_kph=60, length_km=1)
    second = link(link_id="two", kind="bridge", start=holm, stop=north, speed_kph=60, length_km=1)
    with pytest.raises(NetworkDataError, match=r"no road within 0\.5 km \(the nearest is 1\.0 km away\)"):
        with_works(shores(), [first])
    for order in ([first, second], [second, first]):
        grown = with_works(shores(), order).network
        points = snap(grown, *metric((0, 0), (0, 2000)), component="any")
        assert_allclose(travel_time_matrix(grown, points, points)[0, 1], 520 / 60, atol=0.02)
