"""Travel times between two tables of points over a network file."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from geoaccess.errors import DataError
from geoaccess.scenarios import overlays, scenario_from_file
from geoaccess.tables import Column, check_frame, read_frame
from networks import FerryConditions, SnappedPoints, TravelNetwork, nearest, snap, travel_time_matrix
from networks.errors import Fault
from networks.legs import travel_time_legs
from networks.overlays import apply_overlays

Engine = Literal["auto", "scipy", "hierarchy"]

_ID_COLUMNS = ("id", "point_id", "from_id", "to_id", "demand_id", "facility_id", "name")
_COORDINATES = (("lon", "lat"), ("longitude", "latitude"), ("longitude_deg", "latitude_deg"))
#: A point farther from any road than this is not joined, unless the caller says otherwise.
MAX_SNAP_M = 5_000.0


@dataclass(frozen=True, eq=False)
class PointTable:
    """Points to travel between.

    Attributes:
        ids: (n,) unique texts.
        lon: (n,) degrees east.
        lat: (n,) degrees north.
        where: the file, for messages.
    """

    ids: tuple[str, ...]
    lon: np.ndarray[tuple[int], np.dtype[np.float64]]
    lat: np.ndarray[tuple[int], np.dtype[np.float64]]
    where: str


def read_points(path: Path) -> PointTable:
    """Points from a table: an id column (the first of id, point_id, ..., name) and ``lon, lat``.

    Raises:
        DataError: no coordinates, coordinates out of range, ids missing or twice.
    """
    frame = read_frame(path)
    pair = next((pair for pair in _COORDINATES if set(pair) <= set(frame.columns)), None)
    if pair is None:
        raise DataError([Fault("needs the columns lon and lat", where=path.name)])
    id_column = next((name for name in _ID_COLUMNS if name in frame), None)
    columns = [Column(pair[0], "lon"), Column(pair[1], "lat")]
    if id_column:
        columns.append(Column(id_column, unique=True))
    faults = check_frame(frame, columns, where=path.name)
    if faults:
        raise DataError(faults)
    ids = frame[id_column].astype(str).tolist() if id_column else [str(row) for row in range(len(frame))]
    lon, lat = (frame[name].to_numpy(dtype=np.float64) for name in pair)
    return PointTable(tuple(ids), lon, lat, path.name)


def join(network: TravelNetwork, points: PointTable, *, max_snap_m: float = MAX_SNAP_M) -> SnappedPoints:
    """Points on the network, at the nearest place on a road of its main part."""
    return snap(network, points.lon, points.lat, max_distance_m=max_snap_m)


def snapping_facts(points: PointTable, joined: SnappedPoints) -> dict[str, Any]:
    """How the points were joined: counts, flags, the longest access, and those that were not joined."""
    left_out = [name for name, found in zip(points.ids, joined.joined, strict=True) if not found]
    lengths = joined.access_m[joined.joined]
    return {
        **joined.counts(),
        "mean_access_m": float(lengths.mean()) if len(lengths) else float("nan"),
        "max_access_m": float(lengths.max()) if len(lengths) else float("nan"),
        "not_joined": left_out,
    }


def under_scenario(network: TravelNetwork, path: Path | None) -> TravelNetwork:
    """The network under a scenario file; without one, as it is."""
    if path is None:
        return network
    made = overlays(path.stem, scenario_from_file(path), ferries=FerryConditions(), folder=path.parent)
    return apply_overlays(network, made)


def long_table(
    network: TravelNetwork,
    origins: tuple[PointTable, SnappedPoints],
    destinations: tuple[PointTable, SnappedPoints],
    *,
    k: int | None = None,
    max_min: float | None = None,
    legs: bool = False,
    engine: Engine = "auto",
) -> pd.DataFrame:
    """``from_id, to_id, travel_time_min`` and, on request, the parts of every journey.

    Pairs that are unreachable (or beyond ``max_min``) are left out when ``max_min`` or ``k`` is given, else
    kept with an empty time, so that nothing is silently lost.

    Args:
        network: the network.
        origins: points and how they are joined.
        destinations: the same.
        k: only the k nearest destinations of each origin.
        max_min: only pairs within so many minutes.
        legs: add ``drive_min, crossing_min, ..., wait_min, access_min, length_km``.
        engine: what searches.
    """
    from_ids, to_ids = np.asarray(origins[0].ids, dtype=object), np.asarray(destinations[0].ids, dtype=object)
    starts, stops = origins[1], destinations[1]
    if k is not None:
        minutes, which = nearest(network, starts, stops, k=k, limit_min=max_min, engine=engine)
        rows = np.repeat(np.arange(len(from_ids)), minutes.shape[1])
        columns, times = which.ravel(), minutes.ravel()
        found = columns >= 0
        rows, columns, times = rows[found], columns[found], times[found]
    else:
        matrix = travel_time_matrix(network, starts, stops, limit_min=max_min, engine=engine)
        keep = np.isfinite(matrix) if max_min is not None else np.ones(matrix.shape, dtype=bool)
        rows, columns = np.nonzero(keep)
        times = matrix[rows, columns]
    frame = pd.DataFrame({"from_id": from_ids[rows], "to_id": to_ids[columns], "travel_time_min": times})
    if not legs:
        return frame
    parts = travel_time_legs(network, starts, stops, limit_min=max_min)
    names = [item.name for item in fields(parts) if item.name != "total_min"]
    return frame.assign(**{name: getattr(parts, name)[rows, columns] for name in names})
