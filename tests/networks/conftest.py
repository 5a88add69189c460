"""Small networks that the tests of the room share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest

from networks import FerryService, TravelNetwork, network_from_edges

Edge = tuple[Any, ...]
Build = Callable[..., TravelNetwork]


def build_network_of(
    n_nodes: int,
    edges: Sequence[Edge],
    *,
    labels: dict[str, Sequence[str]] | None = None,
    services: Sequence[FerryService] = (),
    service: Sequence[int] | None = None,
    lon: Sequence[float] | None = None,
    lat: Sequence[float] | None = None,
    **options: Any,
) -> TravelNetwork:
    """A network of nodes 0..n-1 on a small grid, and edges ``(tail, head, moving_s[, wait_s])``."""
    nodes = pd.DataFrame(
        {
            "node_id": np.arange(n_nodes),
            "lon": 15.0 + 0.01 * (np.arange(n_nodes) % 10) if lon is None else lon,
            "lat": 68.0 + 0.01 * (np.arange(n_nodes) // 10) if lat is None else lat,
        }
    )
    frame = pd.DataFrame(
        {
            "from_id": [edge[0] for edge in edges],
            "to_id": [edge[1] for edge in edges],
            "moving_s": np.asarray([edge[2] for edge in edges], dtype=float),
            "wait_s": np.asarray([edge[3] if len(edge) > 3 else 0.0 for edge in edges], dtype=float),
            "length_m": 1000.0,
            "kind": "road",
            "link_id": [f"link{position}" for position in range(len(edges))],
        }
    )
    frame = frame.astype({"from_id": np.int64, "to_id": np.int64})
    for name, texts in (labels or {}).items():
        frame[name] = list(texts)
    if service is not None:
        frame["service"] = list(service)
    return network_from_edges(nodes, frame, services=services, **options)


@pytest.fixture(scope="session")
def make_network() -> Build:
    return build_network_of


@pytest.fixture
def link_tables() -> dict[str, pd.DataFrame]:
    """A town, a village, a pass to a valley, and an island behind a ferry; two roads and one ferry."""
    nodes = pd.DataFrame(
        {
            "node_id": ["town", "village", "valley", "quay", "island"],
            "name": ["Town", "Village", "Valley", "Quay", "Island"],
            "kind": ["centre", "settlement", "settlement", "quay", "quay"],
            "municipality_code": ["1801", "1801", "1802", "1801", "1803"],
            "lat": ["68.0", "68.1", "68.3", "68.0", "68.04"],
            "lon": ["15.0", "15.0", "15.0", "15.3", "15.46"],
            "source": ["map"] * 5,
            "confidence": ["sourced"] * 5,
        }
    )
    roads = pd.DataFrame(
        {
            "road_id": ["r1", "r2", "r3"],
            "from_node": ["town", "village", "town"],
            "to_node": ["village", "valley", "quay"],
            "ref": ["E6", "Fv17", "E6/E10"],
            "road_class": ["european", "county_primary", "european"],
            "length_km": ["12", "30", ""],
            "speed_kph": ["", "50", ""],
            "winter": ["", "convoy-prone", ""],
            "pass_name": ["", "Fjellet", ""],
            "explanation": ["", "", ""],
            "source": ["map"] * 3,
            "confidence": ["sourced", "recalled", "sourced"],
        }
    )
    ferries = pd.DataFrame(
        {
            "ferry_id": ["f1"],
            "name": ["Quay-Island"],
            "from_node": ["quay"],
            "to_node": ["island"],
            "ref": ["Fv99"],
            "crossing_min": ["25"],
            "length_km": ["9"],
            "headway_min": ["60"],
            "departures_per_day": [""],
            "first_departure": ["06:00"],
            "last_departure": ["00:30"],
            "night": ["closed"],
            "activation_min": [""],
            "season": [""],
            "source": ["map"],
            "confidence": ["sourced"],
        }
    )
    return {"nodes": nodes, "roads": roads, "ferries": ferries}
