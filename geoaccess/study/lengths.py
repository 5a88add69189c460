"""Links that cannot be: roads and ferries shorter than the straight line between their ends."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from geoaccess.ground.tables import figures, read_frame
from geoaccess.words.note import Note
from networks import TravelNetwork
from networks.errors import Fault
from networks.links import great_circle_m

#: Lengths are rounded, and a quay's coordinate is good to some 50 m at best: this much is no contradiction.
LENGTH_TOLERANCE_KM = 0.1
_TABLES = {"roads.csv": "road", "ferries.csv": "ferry"}


def straight_km(network: TravelNetwork, links: pd.DataFrame) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """(n_links,) great circle in km between the ends (``from_node``, ``to_node``) of each link."""
    starts = network.positions(links["from_node"].tolist())
    ends = network.positions(links["to_node"].tolist())
    metres = great_circle_m(network.lon[starts], network.lat[starts], network.lon[ends], network.lat[ends])
    return metres / 1000.0


def too_short(network: TravelNetwork, folder: Path) -> list[Fault]:
    """A fault for every road and ferry with a length below the straight line between its ends.

    No explanation excuses one: either the length is wrong or a coordinate is. Blank lengths are none.

    Args:
        network: the network read from the folder.
        folder: where ``roads.csv`` and ``ferries.csv`` are; either may be missing.
    """
    faults = []
    for table, kind in _TABLES.items():
        if not (folder / table).is_file():
            continue
        links = read_frame(folder / table)
        circle_km = straight_km(network, links)
        length_km = figures(links, "length_km")
        faults += [
            Fault(
                Note(
                    "fault.link_too_short",
                    start=links["from_node"].iloc[row],
                    stop=links["to_node"].iloc[row],
                    kind=kind,
                    length_km=length_km[row],
                    circle_km=circle_km[row],
                ),
                where=table,
                row=str(row + 2),
                column="length_km",
                value=f"{length_km[row]:g}",
            )
            for row in np.flatnonzero(length_km < circle_km - LENGTH_TOLERANCE_KM)
        ]
    return faults
