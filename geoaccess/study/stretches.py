"""Stretches of road, by number, name, area or a line in a file; and passes found again on any network."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geoaccess.ground.errors import DataError
from geoaccess.ground.tables import read_frame
from geoaccess.study.schema import Stretch
from geoaccess.words.note import Note
from networks import TravelNetwork
from networks.errors import Fault, UnknownPlaceError
from networks.labels import Labels
from networks.selection import EdgeSelection, labels_of

#: A road is on a stretch if at least this share of it lies in the area, or along the line.
LEAST_SHARE = 0.5
#: A road may be this much longer than the tables say, and this many kilometres: tables are rounded.
_LONGER, _LONGER_KM = 1.05, 1.0


def selection_of(stretch: Stretch, folder: Path, *, passes: Sequence[str] = ()) -> EdgeSelection:
    """The edges of a stretch: those that match all that it says.

    Args:
        stretch: what it says.
        folder: where its files are.
        passes: names of passes as well.

    Raises:
        DataError: a file cannot be read, has no reference system, or holds neither areas nor lines.
    """
    area = None
    if stretch.within:
        area = _shapes(folder / stretch.within, ("Polygon", "MultiPolygon"), near_m=0.0)
    if stretch.line:
        along = _shapes(folder / stretch.line, ("LineString", "MultiLineString"), near_m=stretch.near_m)
        area = along if area is None else shapely.intersection(area, along)
    return EdgeSelection(
        refs=stretch.roads,
        names=stretch.names,
        passes=tuple(passes),
        kinds=() if passes else ("road",),
        area=area,
        least_share=LEAST_SHARE if area is not None else 0.0,
    )


def _shapes(path: Path, types: tuple[str, ...], *, near_m: float) -> BaseGeometry:
    """The areas of a file, or what lies near its lines, in degrees."""
    import geopandas as gpd  # noqa: PLC0415 - half a second that most studies need not pay

    try:
        layer = gpd.read_file(path)
    except (OSError, ValueError, RuntimeError) as error:
        raise DataError([Fault(Note("fault.no_shapes", error=error), where=str(path))]) from error
    if getattr(layer, "crs", None) is None:
        raise DataError([Fault("the layer has no coordinate reference system", where=str(path))])
    kept = layer[layer.geom_type.isin(types)].to_crs(4326)
    if kept.empty:
        raise DataError([Fault(Note("fault.holds_no", type=types[0]), where=str(path))])
    whole: BaseGeometry = kept.geometry.make_valid().union_all()
    return whole if near_m == 0.0 else _around(whole, near_m)


def _around(shape: BaseGeometry, metres: float) -> BaseGeometry:
    """What lies within some metres of a shape, in degrees."""
    import geopandas as gpd  # noqa: PLC0415 - half a second that most studies need not pay

    from networks.geodesy import utm_epsg  # noqa: PLC0415 - maps load libraries that tables do not need

    centre = shapely.centroid(shape)
    epsg = utm_epsg(np.asarray([centre.x]), np.asarray([centre.y]))
    grown = gpd.GeoSeries([shape], crs=4326).to_crs(epsg).buffer(metres)
    around: BaseGeometry = grown.to_crs(4326).iloc[0]
    return around


def passes_of_tables(folder: Path) -> dict[str, list[EdgeSelection]]:
    """The passes of link tables, each as roads of their number between the ends that the tables name.

    Whatever the course of a road of ``length_km`` from A to B, each place P of it has |AP| + |PB| <= length:
    it lies in the ellipse around A and B. A road of the same number elsewhere is another road.

    Raises:
        DataError: a table cannot be read.
    """
    roads, nodes = read_frame(folder / "roads.csv"), read_frame(folder / "nodes.csv")
    if "pass_name" not in roads:
        return {}
    where = nodes.set_index("node_id")[["lon", "lat"]].astype(float)
    found: dict[str, list[EdgeSelection]] = {}
    for row in roads[roads["pass_name"] != ""].to_dict(orient="records"):
        numbers = tuple(part for part in re.split(r"[/;,]", str(row["ref"])) if any(map(str.isdigit, part)))
        ends = where.loc[[row["from_node"], row["to_node"]]].to_numpy()
        length_km = pd.to_numeric(str(row["length_km"]), errors="coerce")
        area = _ellipse(ends, float(length_km) * _LONGER + _LONGER_KM)
        found.setdefault(str(row["pass_name"]), []).append(
            EdgeSelection(refs=numbers, kinds=("road",), area=area, least_share=LEAST_SHARE)
        )
    return found


def _ellipse(ends: NDArray[np.float64], length_km: float) -> BaseGeometry:
    """The places P with |AP| + |PB| at most a length, in degrees."""
    import geopandas as gpd  # noqa: PLC0415 - half a second that most studies need not pay

    from networks.geodesy import utm_epsg  # noqa: PLC0415 - maps load libraries that tables do not need

    epsg = utm_epsg(ends[:, 0], ends[:, 1])
    metric = gpd.GeoSeries(gpd.points_from_xy(ends[:, 0], ends[:, 1]), crs=4326).to_crs(epsg)
    a, b = (np.asarray([point.x, point.y]) for point in metric)
    apart = float(np.hypot(*(b - a)))
    long = max(1000.0 * length_km, apart * 1.01) / 2.0
    short = float(np.sqrt(long**2 - (apart / 2.0) ** 2))
    turn = np.arctan2(*(b - a)[::-1])
    angle = np.linspace(0.0, 2.0 * np.pi, 73)
    x, y = long * np.cos(angle), short * np.sin(angle)
    middle = (a + b) / 2.0
    ring = np.column_stack(
        [middle[0] + x * np.cos(turn) - y * np.sin(turn), middle[1] + x * np.sin(turn) + y * np.cos(turn)]
    )
    ellipse: BaseGeometry = gpd.GeoSeries([shapely.Polygon(ring)], crs=epsg).to_crs(4326).iloc[0]
    return ellipse


def with_passes(
    network: TravelNetwork, passes: Mapping[str, Sequence[EdgeSelection]]
) -> tuple[TravelNetwork, list[str]]:
    """A network whose roads carry the names of passes, and the passes that are not on it."""
    names = labels_of(network, "pass_name").to_array().copy()
    missing = []
    for name, stretches in passes.items():
        chosen = np.zeros(network.n_edges, dtype=bool)
        for stretch in stretches:
            try:
                chosen |= stretch.mask(network)
            except UnknownPlaceError:
                continue
        names[chosen & (names == "")] = name
        if not chosen.any():
            missing.append(name)
    labels = {**network.labels, "pass_name": Labels.of(names)}
    return replace(network, labels=labels), missing
