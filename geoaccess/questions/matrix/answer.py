"""Travel times between two tables of points over a network file, in blocks of any size."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from geoaccess.ground.arrays import FloatArray, IntArray
from geoaccess.ground.errors import DataError
from geoaccess.ground.headings import in_our_words
from geoaccess.ground.joining import MAX_SNAP_M, join_points
from geoaccess.ground.point_layers import COORDINATES
from geoaccess.ground.tables import Column, check_frame, id_column, read_frame
from geoaccess.questions.matrix.pairs import TIME, Pairs, matrix_pairs
from networks import FerryConditions, SnappedPoints, TravelNetwork, nearest
from networks.errors import Fault
from networks.legs import TravelTimeLegs, travel_time_legs
from networks.overlays import apply_overlays
from networks.times import STREAM_BYTES, Engine, blocks, chosen_engine, travel_time_blocks

#: The parts of a travel time, as columns of a table.
LEG_COLUMNS = tuple(item.name for item in fields(TravelTimeLegs) if item.name != "total_min")


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
    """Points from a table: ``lon, lat``, and the column of ids by :func:`geoaccess.ground.tables.id_column`.

    Raises:
        DataError: no coordinates, coordinates out of range, ids missing or twice.
    """
    frame = read_frame(path)
    named = {str(name).lower(): str(name) for name in frame.columns}
    if not any(set(pair) <= set(named) for pair in COORDINATES):
        frame = in_our_words(frame, ("lat", "lon"), where=path.name)
    named = {str(name).lower(): str(name) for name in frame.columns}
    pair = next(
        ((named[east], named[north]) for east, north in COORDINATES if {east, north} <= set(named)), None
    )
    if pair is None:
        raise DataError([Fault("needs the columns lon and lat", where=path.name)])
    named_by = id_column([str(name) for name in frame.columns if name not in pair], where=path.name)
    columns = [Column(pair[0], "lon"), Column(pair[1], "lat"), Column(named_by, unique=True)]
    frame[named_by] = _texts(frame[named_by])
    faults = check_frame(frame, columns, where=path.name)
    if faults:
        raise DataError(faults)
    ids = frame[named_by].astype(str).tolist()
    lon, lat = (frame[name].to_numpy(dtype=np.float64) for name in pair)
    return PointTable(tuple(ids), lon, lat, path.name)


def _texts(values: pd.Series) -> pd.Series:
    """Ids as texts, kept as they are: a whole number that a file holds as a float has no decimal point."""
    if values.dtype.kind == "f" and (values.isna() | (values == values.round())).all():
        whole = values.astype("Int64").astype(object)
        return whole.where(values.notna(), "").astype(str)
    return values


def join(network: TravelNetwork, points: PointTable, *, max_snap_m: float = MAX_SNAP_M) -> SnappedPoints:
    """Points on the network, see :func:`geoaccess.ground.joining.join_points`."""
    return join_points(network, points.lon, points.lat, max_snap_m=max_snap_m)


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
    # Half of a short command's time is spent on importing what reads studies.
    from geoaccess.study.state import overlays, scenario_from_file  # noqa: PLC0415
    from geoaccess.study.works import works_in  # noqa: PLC0415

    scenario = scenario_from_file(path)
    works = works_in(path.stem, scenario, network, ferries=None, folder=path.parent)
    made = overlays(path.stem, scenario, ferries=FerryConditions(), folder=path.parent)
    return apply_overlays(works.network if works else network, made)


def pair_blocks(
    network: TravelNetwork,
    starts: SnappedPoints,
    stops: SnappedPoints,
    *,
    k: int | None = None,
    max_min: float | None = None,
    legs: bool = False,
    engine: Engine = "auto",
    block_bytes: int = STREAM_BYTES,
) -> Iterator[Pairs]:
    """Times of pairs and, on request, their parts, in blocks of origins.

    Pairs that are unreachable (or beyond ``max_min``) are left out when ``max_min`` or ``k`` is given, else
    kept with an empty time, so that nothing is silently lost.

    Args:
        network: the network.
        starts: origins joined to it.
        stops: destinations joined to it.
        k: only the k nearest destinations of each origin.
        max_min: only pairs within so many minutes.
        legs: add :data:`LEG_COLUMNS`.
        engine: what searches.
        block_bytes: largest size of one matrix of minutes; with legs there are nine at a time.
    """
    if k is not None and not legs:
        yield _of_nearest(*nearest(network, starts, stops, k=k, limit_min=max_min, engine=engine))
        return
    if not legs:
        found = travel_time_blocks(
            network, starts, stops, limit_min=max_min, engine=engine, block_bytes=block_bytes
        )
        for part, minutes in found:
            yield _kept(matrix_pairs(minutes, first_row=part.start), within=max_min is not None)
        return
    parts = list(blocks(len(starts), 8 * len(stops), block_bytes=block_bytes // len(LEG_COLUMNS)))
    rows = parts[0].stop if parts else 0
    searcher = chosen_engine(network, rows, len(stops), engine=engine, times=max(1, len(parts)))
    for part in parts:
        some = starts.take(part)
        whole = travel_time_legs(network, some, stops, limit_min=max_min, engine=searcher)
        pairs = (
            _kept(matrix_pairs(whole.total_min), within=max_min is not None)
            if k is None
            else _of_nearest(*nearest(network, some, stops, k=k, limit_min=max_min, engine=searcher))
        )
        of_legs = {name: getattr(whole, name)[pairs.rows, pairs.columns] for name in LEG_COLUMNS}
        yield Pairs(pairs.rows + part.start, pairs.columns, {**pairs.figures, **of_legs})


def _of_nearest(minutes: FloatArray, which: IntArray) -> Pairs:
    """The pairs of :func:`networks.nearest`."""
    rows, columns = np.repeat(np.arange(len(which)), which.shape[1]), which.ravel()
    found = columns >= 0
    return Pairs(rows[found], columns[found], {TIME: minutes.ravel()[found]})


def _kept(pairs: Pairs, *, within: bool) -> Pairs:
    """The pairs, or only those that have a time."""
    if not within:
        return pairs
    found = np.isfinite(pairs.figures[TIME])
    return Pairs(pairs.rows[found], pairs.columns[found], {TIME: pairs.figures[TIME][found]})
