"""Links of a network as tables for maps: where roads and ferries run, and which are closed in a scenario."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from geoaccess.study import Study
    from networks import TravelNetwork


def links_table(network: TravelNetwork, *, most_roads: int = 5000) -> pd.DataFrame:
    """One row per link and its end points, for maps; roads are left out of a network with too many.

    A link that runs in both directions is told once.
    """
    topology = network.topology
    kinds = network.labels["kind"].to_array()
    keep = np.ones(network.n_edges, dtype=bool)
    if int((kinds == "road").sum()) > most_roads:
        keep &= kinds != "road"
    frame = pd.DataFrame(
        {
            "link_id": network.labels["link_id"].to_array(),
            "kind": kinds,
            "ref": network.labels["ref"].to_array(),
            "name": network.labels["name"].to_array(),
            "from_lon": network.lon[topology.tails],
            "from_lat": network.lat[topology.tails],
            "to_lon": network.lon[topology.heads],
            "to_lat": network.lat[topology.heads],
            "length_km": network.length_m / 1000.0,
            "travel_time_min": network.seconds / 60.0,
            "wait_min": network.wait_s / 60.0,
        }
    )[keep]
    frame["name"] = frame["name"].where(frame["name"] != "", frame["ref"])
    frame = frame.replace([np.inf], np.nan)
    return frame[~frame["link_id"].duplicated() | (frame["link_id"] == "")].reset_index(drop=True)


def closed_links(network: TravelNetwork) -> list[str]:
    """Ids of the links that nobody can travel, in order."""
    impassable = ~np.isfinite(network.seconds)
    ids = network.labels["link_id"].to_array()[impassable]
    return sorted({str(link) for link in ids if link})


def closures_table(study: Study, scenarios: Sequence[str]) -> pd.DataFrame:
    """Which links are closed in which scenario: ``scenario, link_id``."""
    rows = [
        (name, link) for name in scenarios for link in closed_links(study.in_state(scenario=name).network)
    ]
    return pd.DataFrame(rows, columns=["scenario", "link_id"], dtype=object)
