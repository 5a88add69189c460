"""Roads of a network that has their geometry, as lines for maps: main classes first, what a page holds."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from networks import TravelNetwork
from networks.geometry import edge_lines

#: Road classes from the main ones down, with the zoom level of the map from which each is drawn.
CLASSES: tuple[tuple[int, tuple[str, ...]], ...] = (
    (0, ("motorway", "trunk", "primary")),
    (9, ("secondary",)),
    (10, ("tertiary",)),
    (12, ("unclassified",)),
    (13, ("residential", "living_street")),
)
#: Classes drawn from this level on have names and can be asked; the smaller ones are one drawing.
NAMED_TO_ZOOM = 10
#: Corners of all roads drawn: about 200 kB of a page.
MOST_CORNERS = 60_000
#: A drawn road may lie this far from the road, degrees: about five metres.
_OFF_DEGREES = 0.00005


def road_lines(network: TravelNetwork, *, most_corners: int = MOST_CORNERS) -> pd.DataFrame:
    """Roads as lines, the pieces of one name together.

    Args:
        network: a network whose roads have a geometry.
        most_corners: classes are drawn from the main ones down until this many corners would be passed.

    Returns:
        ``name, ref, road_class, from_zoom, length_km, travel_time_min, line`` (well-known text, degrees), of
        which the smaller classes are one nameless row each. Service roads, tracks and paths are never drawn.
    """
    told = network.labels["road_class"]
    plain = [name.replace("_link", "") for name in told.values]
    rows: list[dict[str, Any]] = []
    corners = 0
    for zoom, names in CLASSES:
        drawn = [value for value, name in zip(told.values, plain, strict=True) if name in names]
        edges = _once(network, told.where(*drawn))
        if not len(edges):
            continue
        merged = _merged(network, edges, np.asarray(plain)[told.codes[edges]], zoom)
        corners += sum(shapely.get_num_coordinates(row["line"]) for row in merged)
        if corners > most_corners:
            break
        rows += merged
    columns = ["name", "ref", "road_class", "from_zoom", "length_km", "travel_time_min", "line"]
    table = pd.DataFrame(rows, columns=columns)
    return table.assign(line=[shapely.to_wkt(line, rounding_precision=5) for line in table["line"]])


def _once(network: TravelNetwork, wanted: NDArray[np.bool_]) -> NDArray[np.int64]:
    """The wanted roads that no edge before them draws, wanted or not: both directions are one line."""
    topology = network.topology
    met = np.zeros(network.n_nodes, dtype=np.bool_)
    for ends in (topology.tails, topology.heads):
        met[ends[wanted]] = True
    between = met[topology.tails] & met[topology.heads]
    roads = np.flatnonzero(network.labels["kind"].where("road") & between)
    tails, heads = topology.tails[roads], topology.heads[roads]
    keys = (np.round(network.length_m[roads], 1), np.maximum(tails, heads), np.minimum(tails, heads))
    order = np.lexsort(keys)  # of equal ones the first edge stands first
    first = np.ones(len(order), dtype=np.bool_)
    first[1:] = np.any([key[order[1:]] != key[order[:-1]] for key in keys], axis=0)
    found = np.sort(roads[order[first]])
    return found[wanted[found]]


def _merged(
    network: TravelNetwork,
    edges: NDArray[np.int64],
    classes: NDArray[np.str_],
    zoom: int,
) -> list[dict[str, Any]]:
    frame = pd.DataFrame(
        {
            "line": edge_lines(network, edges),
            "road_class": classes,
            "length_km": network.length_m[edges] / 1000.0,
            "travel_time_min": np.nan_to_num(network.seconds[edges] / 60.0, posinf=0.0),
            "name": "",
        }
    )
    if zoom <= NAMED_TO_ZOOM:
        ref, name = (network.labels[key].at(edges).astype(str) for key in ("ref", "name"))
        frame["name"] = np.where(ref != "", ref, name)
    return [
        {
            "name": name,
            "ref": "",
            "road_class": road_class,
            "from_zoom": zoom,
            "length_km": rows["length_km"].sum(),
            "travel_time_min": rows["travel_time_min"].sum(),
            "line": _as_one(rows["line"].to_numpy()),
        }
        for (road_class, name), rows in frame.groupby(["road_class", "name"], sort=False)
    ]


def _as_one(lines: NDArray[np.object_]) -> BaseGeometry:
    """Lines that meet end to end as few long ones, in fewer corners."""
    merged = shapely.line_merge(shapely.multilinestrings(lines))
    return shapely.simplify(merged, _OFF_DEGREES, preserve_topology=False)
