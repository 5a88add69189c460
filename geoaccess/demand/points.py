"""Demand points: where people live, with several weights side by side, checked before anything is computed.

A table of demand points has ``demand_id, name, municipality_code, lon, lat`` (EPSG:4326) and one column per
weight (people, people of 80 and over, incidents, births, ...). The municipality is empty until it is known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError

from geoaccess.ground.arrays import FloatArray
from geoaccess.ground.errors import DataError, did_you_mean
from geoaccess.ground.tables import Column, check_frame, read_frame
from geoaccess.words.note import Note
from networks.errors import Fault

KEYS = ("demand_id", "name", "municipality_code", "lon", "lat")
WGS84 = 4326
#: Faults listed one by one; the rest of a table full of them is counted.
MOST_FAULTS = 200


@dataclass(frozen=True, eq=False)
class DemandPoints:
    """Demand points that have passed every check.

    Attributes:
        table: ``demand_id, name, municipality_code, lon, lat`` and the weights; other columns are kept.
        weights: names of the weight columns.
        notes: what was left out, joined or assumed on the way here, in words.

    Raises:
        DataError: a column is missing, an id stands twice, a coordinate or weight is impossible; all listed.
    """

    table: pd.DataFrame
    weights: tuple[str, ...]
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        faults = point_faults(self.table, self.weights)
        if faults:
            raise DataError(faults)

    def __len__(self) -> int:
        return len(self.table)

    def weight(self, name: str) -> FloatArray:
        """(n,) one weight.

        Raises:
            DataError: there is no weight of that name.
        """
        if name not in self.weights:
            raise DataError(Note("fault.no_weight", name=name, hint=did_you_mean(name, self.weights)))
        values: FloatArray = self.table[name].to_numpy(dtype=np.float64)
        return values

    def totals(self) -> dict[str, float]:
        """Sum of each weight."""
        return {name: float(self.weight(name).sum()) for name in self.weights}

    def by_municipality(self) -> pd.DataFrame:
        """Sum of each weight per municipality code, in the order of the codes."""
        return self.table.groupby("municipality_code", sort=True)[list(self.weights)].sum()

    def with_table(self, table: pd.DataFrame, *notes: str) -> DemandPoints:
        """The same weights in another table, with more notes."""
        return replace(self, table=table.reset_index(drop=True), notes=(*self.notes, *notes))


def point_faults(table: pd.DataFrame, weights: Sequence[str], *, where: str = "demand") -> list[Fault]:
    """Every fault of a table of demand points."""
    absent = [name for name in (*KEYS, *weights) if name not in table]
    if absent:
        return [Fault("the column is missing", where=where, column=name) for name in absent]
    if not weights:
        return [Fault("there is no weight: name at least one column of people", where=where)]
    if table.empty:
        return [Fault("there is no demand point", where=where)]
    ids = table["demand_id"].astype(str).to_numpy(dtype=object)
    problems = [
        ("demand_id", pd.Series(ids).duplicated().to_numpy(), "stands twice; ids must be unique"),
        ("lon", ~_between(table["lon"], -180, 180), "must be a longitude from -180 to 180"),
        ("lat", ~_between(table["lat"], -90, 90), "must be a latitude from -90 to 90"),
    ]
    problems += [
        (name, ~_between(table[name], 0, np.inf), "must be a number of at least 0") for name in weights
    ]
    faults = [
        Fault(message, where=where, row=str(ids[row]), column=column, value=str(table[column].iloc[row]))
        for column, wrong, message in problems
        for row in np.flatnonzero(wrong)
    ]
    return shortened(faults)


def shortened(faults: list[Fault], most: int = MOST_FAULTS) -> list[Fault]:
    """The first faults, and how many more there are."""
    if len(faults) <= most:
        return faults
    return [*faults[:most], Fault(Note("fault.more", n_faults=len(faults) - most), where=faults[most].where)]


def _between(values: pd.Series, low: float, high: float) -> NDArray[np.bool_]:
    numbers = pd.to_numeric(values, errors="coerce").to_numpy(dtype=np.float64)
    inside: NDArray[np.bool_] = np.isfinite(numbers) & (numbers >= low) & (numbers <= high)
    return inside


def points_from_table(
    path: Path,
    *,
    weights: Mapping[str, str],
    id_column: str = "demand_id",
    name_column: str = "",
    municipality_column: str = "",
    x_column: str = "lon",
    y_column: str = "lat",
    crs: int | str = WGS84,
) -> DemandPoints:
    """Demand points from a table with coordinates.

    Args:
        path: CSV, Parquet, GeoParquet, GeoPackage or GeoJSON of points.
        weights: name of the weight -> column.
        id_column: column of unique ids.
        name_column: column of names; empty = the ids.
        municipality_column: column of municipality codes; empty = not known yet.
        x_column: column of eastings or longitudes.
        y_column: column of northings or latitudes.
        crs: reference system of the coordinates, e.g. 25833 for SSB's grids.

    Raises:
        DataError: every missing column, blank id, impossible coordinate and impossible weight.
    """
    frame = read_frame(path)
    texts = [Column(name) for name in (name_column, municipality_column) if name]
    kinds = ("lon", "lat") if is_wgs84(crs) else ("float", "float")
    columns = [Column(id_column, unique=True), *texts]
    columns += [Column(x_column, kinds[0]), Column(y_column, kinds[1])]  # type: ignore[arg-type]
    columns += [Column(name, "count") for name in weights.values()]
    faults = check_frame(frame, columns, where=path.name)
    if faults:
        raise DataError(faults)
    lon, lat = to_degrees(frame[x_column].to_numpy(), frame[y_column].to_numpy(), crs)
    table = pd.DataFrame(
        {
            "demand_id": frame[id_column],
            "name": frame[name_column or id_column],
            "municipality_code": frame[municipality_column] if municipality_column else "",
            "lon": lon,
            "lat": lat,
            **{weight: frame[column].astype(np.float64) for weight, column in weights.items()},
        }
    )
    return DemandPoints(table, tuple(weights))


def read_crs(crs: object, *, where: str) -> CRS:
    """A reference system that can be used.

    Raises:
        DataError: there is none, or nobody knows it.
    """
    if not crs:
        raise DataError([Fault("has no coordinate reference system: say which one it is in", where=where)])
    try:
        return CRS.from_user_input(crs)
    except CRSError as error:
        raise DataError([Fault(Note("fault.crs_unknown", error=error), where=where)]) from error


def is_wgs84(crs: int | str) -> bool:
    """Whether the reference system is that of longitudes and latitudes, EPSG:4326."""
    return read_crs(crs, where="crs").to_epsg() == WGS84


def to_degrees(
    x: FloatArray, y: FloatArray, crs: object, *, where: str = "crs"
) -> tuple[FloatArray, FloatArray]:
    """Longitudes and latitudes (EPSG:4326) of coordinates in any reference system, x before y."""
    return _transform(x, y, read_crs(crs, where=where), CRS.from_epsg(WGS84))


def to_metres(lon: FloatArray, lat: FloatArray, epsg: int) -> tuple[FloatArray, FloatArray]:
    """Metres east and north of longitudes and latitudes.

    Raises:
        DataError: the reference system measures in degrees.
    """
    target = read_crs(epsg, where="metric_epsg")
    if not target.is_projected:
        raise DataError(
            [
                Fault(
                    "metres are wanted, this reference system has degrees",
                    where="metric_epsg",
                    value=str(epsg),
                )
            ]
        )
    return _transform(lon, lat, CRS.from_epsg(WGS84), target)


def _transform(x: FloatArray, y: FloatArray, source: CRS, target: CRS) -> tuple[FloatArray, FloatArray]:
    east = np.asarray(x, dtype=np.float64)
    north = np.asarray(y, dtype=np.float64)
    first, second = Transformer.from_crs(source, target, always_xy=True).transform(east, north)
    return np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
