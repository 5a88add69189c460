"""A journey between points takes what the matrix says, and its legs add up."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from networks import (
    Convoy,
    EdgeSelection,
    SpeedFactors,
    TravelNetwork,
    apply_overlays,
    network_from_edges,
    route,
    snap,
    travel_time_matrix,
)
from networks.geometry import to_degrees
from networks.joined_points import with_points

EPSG = 25833


def at(*places: tuple[float, float]) -> tuple[np.ndarray, np.ndarray]:
    metres = np.asarray(places, dtype=float).reshape(-1, 2)
    return to_degrees(500_000 + metres[:, 0], 7_540_000 + metres[:, 1], epsg=EPSG)


def square(*, two_way: bool) -> TravelNetwork:
    """Four corners 3 km apart, three roads and a ferry."""
    places = [(0.0, 0.0), (3000.0, 0.0), (3000.0, 3000.0), (0.0, 3000.0)]
    lon, lat = at(*places)
    nodes = pd.DataFrame(
        {"node_id": ["a", "b", "c", "d"], "lon": lon, "lat": lat, "name": ["A", "", "", "D"]}
    )
    rows = [
        ("a", "b", 200.0, "road"),
        ("b", "c", 250.0, "road"),
        ("c", "d", 300.0, "road"),
        ("d", "a", 90.0, "ferry"),
    ]
    edges = pd.DataFrame(rows, columns=["from_id", "to_id", "moving_s", "kind"]).assign(length_m=3000.0)
    edges["link_id"] = edges["from_id"] + edges["to_id"]
    if two_way:
        back = edges.rename(columns={"from_id": "to_id", "to_id": "from_id"})
        edges = pd.concat([edges, back], ignore_index=True)
    return network_from_edges(nodes, edges.assign(road_class="municipal", wait_s=5.0))


@settings(max_examples=40)
@example([(2999.0, 1.0), (3000.0, 0.0)], False, True)  # both at the end where the convoy begins
@given(
    st.lists(st.tuples(st.floats(-800, 3800), st.floats(-800, 3800)), min_size=2, max_size=2),
    st.booleans(),
    st.booleans(),
)
def test_journeys_take_what_the_matrix_says(where: list[Any], two_way: bool, changed: bool) -> None:
    net = square(two_way=two_way)
    if changed:
        slow = SpeedFactors(name="slow", by_class={"*": 0.5})
        convoy = Convoy(name="c", where=EdgeSelection(links=("bc",)), headway_min=60)
        net = apply_overlays(net, [slow, convoy])
    points = snap(net, *at(*where), component="any")
    expected = travel_time_matrix(net, points, points)[0, 1]
    grown = with_points(net, points, ["here", "there"])
    assert grown.overlays == net.overlays
    found = route(grown, "here", "there")
    assert_allclose(found.travel_time_min, expected, rtol=1e-9, atol=1e-9)
    if found.reachable:
        assert_allclose(sum(leg.travel_time_min for leg in found.legs), expected, rtol=1e-9, atol=1e-9)
        kinds = [leg.kind for leg in found.legs]
        assert kinds.count("access") <= 2
