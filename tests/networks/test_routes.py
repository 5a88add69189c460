"""Routes: every leg with its road or ferry, its kilometres, minutes and waits."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from networks import (
    EdgeGeometry,
    UnknownPlaceError,
    apply_overlays,
    find_node,
    links_out,
    network_from_edges,
    network_from_links,
    node_name,
    route,
    route_line,
    travel_time_matrix,
)

Tables = dict[str, pd.DataFrame]


def test_legs_are_cut_where_the_road_number_changes(link_tables: Tables) -> None:
    found = route(network_from_links(**link_tables), "valley", "island")
    assert [(leg.from_id, leg.to_id, leg.kind, leg.ref) for leg in found.legs] == [
        ("valley", "village", "road", "Fv17"),
        ("village", "town", "road", "E6"),
        ("town", "quay", "road", "E6/E10"),
        ("quay", "island", "ferry", "Fv99"),
    ]
    assert found.travel_time_min == pytest.approx(sum(leg.travel_time_min for leg in found.legs))
    assert found.length_km == pytest.approx(sum(leg.length_km for leg in found.legs))


def test_edges_of_one_road_become_one_leg(make_network: Any) -> None:
    labels = {"ref": ["E6", "E6", "E10"], "name": ["North", "", "West"], "link_id": ["a", "b", "c"]}
    net = make_network(4, [(0, 1, 60), (1, 2, 120, 60), (2, 3, 30)], labels=labels)
    first, second = route(net, 0, 3).legs
    assert (first.from_id, first.to_id, first.link_ids, first.name) == (0, 2, ("a", "b"), "North")
    assert (first.moving_min, first.wait_min, first.travel_time_min, first.length_km) == (3, 1, 4, 2)
    assert second.ref == "E10"


def test_two_ferries_of_one_road_stay_two_legs(make_network: Any) -> None:
    from networks import FerryService

    services = [FerryService("a", "A", 1, 1), FerryService("b", "B", 1, 1)]
    net = make_network(
        3,
        [(0, 1, 60, 30), (1, 2, 60, 30)],
        services=services,
        service=[0, 1],
        labels={"kind": ["ferry"] * 2, "ref": ["Fv1"] * 2, "name": ["A", "B"]},
    )
    assert [leg.name for leg in route(net, 0, 2).legs] == ["A", "B"]


def test_the_route_is_ready_for_json(link_tables: Tables) -> None:
    net = network_from_links(**link_tables)
    values = json.loads(json.dumps(route(net, "town", "island").as_dict()))
    assert set(values["legs"][0]) >= {
        "from", "to", "kind", "ref", "length_km", "travel_time_min", "wait_min", "moving_min", "link_ids"
    }  # fmt: skip
    cut = apply_overlays(net, [links_out("f1", name="ferry out")])
    nowhere = route(cut, "town", "island")
    assert not nowhere.reachable
    assert nowhere.as_dict() == {
        "from": "town", "to": "island", "travel_time_min": None, "length_km": None, "legs": [],
        "overlays": ["ferry out"],
    }  # fmt: skip


def test_nowhere_to_go_is_a_route_of_no_legs(link_tables: Tables) -> None:
    found = route(network_from_links(**link_tables), "town", "town")
    assert (found.travel_time_min, found.length_km, found.legs, found.edges) == (0, 0, (), ())
    with pytest.raises(UnknownPlaceError, match="Atlantis"):
        route(network_from_links(**link_tables), "town", "Atlantis")


@given(
    st.lists(
        st.tuples(st.integers(0, 6), st.integers(0, 6), st.floats(0, 900), st.floats(0, 900)), max_size=30
    ),
    st.integers(0, 6),
    st.integers(0, 6),
)
def test_a_route_takes_the_time_of_the_matrix(
    make_network: Any, rows: list[Any], start: int, stop: int
) -> None:
    net = make_network(7, rows)
    found = route(net, start, stop)
    assert found.travel_time_min == pytest.approx(travel_time_matrix(net, [start], [stop])[0, 0], nan_ok=True)
    edges = np.asarray(found.edges, dtype=int)
    ends = [start, *net.topology.heads[edges]]
    assert ends[:-1] == net.topology.tails[edges].tolist()
    assert not found.reachable or ends[-1] == stop


def test_the_line_runs_through_the_inner_points() -> None:
    nodes = pd.DataFrame({"node_id": [1, 2, 3], "lon": [10.0, 11.0, 12.0], "lat": [60.0, 61.0, 62.0]})
    edges = pd.DataFrame({"from_id": [1, 2], "to_id": [2, 3], "moving_s": 1.0, "length_m": 1.0})
    geometry = EdgeGeometry(np.asarray([0, 2, 2]), np.asarray([10.2, 10.4]), np.asarray([60.5, 60.7]))
    net = network_from_edges(nodes, edges, geometry=geometry)
    lon, lat = route_line(net, route(net, 1, 3).edges)
    assert lon.tolist() == [10, 10.2, 10.4, 11, 12]
    assert lat.tolist() == [60, 60.5, 60.7, 61, 62]
    assert [len(part) for part in route_line(net, ())] == [0, 0]


@pytest.mark.parametrize("backwards", [False, True])
def test_a_drawn_line_takes_the_place_of_the_networks_own_in_the_direction_of_travel(backwards: bool) -> None:
    nodes = pd.DataFrame({"node_id": [1, 2, 3], "lon": [10.0, 11.0, 12.0], "lat": [60.0, 61.0, 62.0]})
    edges = pd.DataFrame(
        {"from_id": [1, 2], "to_id": [2, 3], "moving_s": 1.0, "length_m": 1.0, "link_id": ["a", "b"]}
    )
    geometry = EdgeGeometry(np.asarray([0, 2, 2]), np.asarray([10.2, 10.4]), np.asarray([60.5, 60.7]))
    net = network_from_edges(nodes, edges, geometry=geometry)
    told = np.asarray([(10.0, 60.0), (10.5, 60.1), (11.0, 61.0)])
    lon, lat = route_line(net, route(net, 1, 3).edges, {"a": told[::-1] if backwards else told})
    assert lon.tolist() == [10, 10.5, 11, 12]
    assert lat.tolist() == [60, 60.1, 61, 62]


def test_people_find_nodes_by_id_and_by_name(link_tables: Tables, make_network: Any) -> None:
    net = network_from_links(**link_tables)
    assert find_node(net, "quay") == "quay"
    assert find_node(net, "ISLAND") == "island"
    assert node_name(net, "quay") == "Quay"
    with pytest.raises(UnknownPlaceError, match="near it: Valley"):
        find_node(net, "Vally")
    link_tables["nodes"].loc[1, "name"] = "Town"
    with pytest.raises(UnknownPlaceError, match="several nodes; say which: town, village"):
        find_node(network_from_links(**link_tables), "Town")
    numbered = make_network(3, [(0, 1, 1)])
    assert find_node(numbered, "2") == 2
    assert node_name(numbered, 2) == "2"
