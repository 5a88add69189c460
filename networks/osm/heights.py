"""Elevations from a raster, and the grades of the roads on it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import rasterio
from pyproj import CRS, Transformer
from rasterio.windows import Window

from networks.arrays import BoolArray, FloatArray, IntArray
from networks.elevations import in_metres
from networks.errors import NetworkFileError
from networks.geodesy import wrapped_deg
from networks.osm.controls import Streets
from networks.osm.report import HEIGHT_SECTION, HEIGHTS, Tally
from networks.sentences import Sentence

#: Elevations are read at least this often along a road, and evened out this far to both sides, metres.
STEP_M, EVEN_M = 50.0, 50.0
#: Grades beyond this are taken for this: the noise of a raster on a slope, share of the length.
STEEPEST = 0.12
#: Speed by the grade, as a share of that on the level (see :mod:`networks.osm.alignment`).
_LEVEL_KPH = (105.98 + 104.82) / 2.0
GRADES = (-0.065, 0.0, 0.02, 0.065)
SHARES = (102.10 / _LEVEL_KPH, 1.0, 104.82 / _LEVEL_KPH, 96.61 / _LEVEL_KPH)
#: Cells on a side of the parts in which a raster is read.
_TILE = 1024


@dataclass(frozen=True)
class Heights:
    """A raster of elevations in metres, read where it is needed.

    Attributes:
        path: a file that GDAL reads; its first band holds metres, or feet where it says so.
    """

    path: Path

    def at(self, lon: FloatArray, lat: FloatArray) -> FloatArray:
        """(n,) elevations at some places, bilinear between cells; NaN outside and where a cell is empty.

        Raises:
            NetworkFileError: the file cannot be read as a raster, or does not say where it lies.
            NetworkDataError: figures that are no elevations.
        """
        try:
            with rasterio.open(self.path) as raster:
                if raster.crs is None:
                    raise NetworkFileError(
                        Sentence(
                            "net.fault.heights.nowhere",
                            "{path}: the raster of elevations has no coordinate reference system (CRS)",
                            path=self.path,
                        )
                    )
                return _sampled(raster, lon, lat, self.path)
        except rasterio.errors.RasterioError as error:
            raise NetworkFileError(
                Sentence(
                    "net.fault.heights.unread",
                    "{path}: cannot be read as a raster of elevations",
                    path=self.path,
                )
            ) from error


def _sampled(raster: rasterio.DatasetReader, lon: FloatArray, lat: FloatArray, path: Path) -> FloatArray:
    to_raster = Transformer.from_crs("EPSG:4326", CRS.from_wkt(raster.crs.to_wkt()), always_xy=True)
    x, y = to_raster.transform(lon, lat)
    a, b, c, d, e, f = (~raster.transform)[:6]
    x, y = np.asarray(x), np.asarray(y)
    column, row = a * x + b * y + c - 0.5, d * x + e * y + f - 0.5  # of cell centres
    found = np.full(len(lon), np.nan)
    inside = (column >= 0) & (row >= 0) & (column <= raster.width - 1) & (row <= raster.height - 1)
    at = np.flatnonzero(inside)
    across = raster.width // _TILE + 1
    tile = (row[at] // _TILE * across + column[at] // _TILE).astype(np.int64)
    order = np.argsort(tile, kind="stable")
    for part in np.split(order, np.flatnonzero(np.diff(tile[order])) + 1) if len(order) else ():
        here = at[part]
        top, left = (int(np.floor(part[here].min())) for part in (row, column))
        bottom, right = (int(np.floor(part[here].max())) + 2 for part in (row, column))
        window = Window(left, top, min(right, raster.width) - left, min(bottom, raster.height) - top)
        cells = raster.read(1, window=window, boundless=False, masked=True).astype(np.float64).filled(np.nan)
        found[here] = _bilinear(in_metres(cells, raster, path), row[here] - top, column[here] - left)
    return found


def _bilinear(cells: FloatArray, row: FloatArray, column: FloatArray) -> FloatArray:
    top = np.minimum(np.floor(row).astype(np.int64), cells.shape[0] - 1)
    left = np.minimum(np.floor(column).astype(np.int64), cells.shape[1] - 1)
    below, right = np.minimum(top + 1, cells.shape[0] - 1), np.minimum(left + 1, cells.shape[1] - 1)
    down, across = row - top, column - left
    upper = cells[top, left] * (1 - across) + cells[top, right] * across
    lower = cells[below, left] * (1 - across) + cells[below, right] * across
    value: FloatArray = upper * (1 - down) + lower * down
    return value


def grade_share(grade: FloatArray) -> FloatArray:
    """Speed on a grade as a share of that on the level; beyond the classes as between the last two."""
    grade = np.clip(grade, -STEEPEST, STEEPEST)
    share = np.interp(grade, GRADES, SHARES)
    for first, second, beyond in ((0, 1, grade < GRADES[0]), (3, 2, grade > GRADES[3])):
        slope = (SHARES[second] - SHARES[first]) / (GRADES[second] - GRADES[first])
        share = np.where(beyond, SHARES[first] + slope * (grade - GRADES[first]), share)
    return share


def grade_factors(streets: Streets, metres: FloatArray, heights: Heights, tally: Tally) -> FloatArray:
    """(2, n_pieces) times on the grades over those on the level, along and against each piece.

    Elevations are read every :data:`STEP_M` along a way and evened out; on bridges and in tunnels the road
    runs straight from end to end. Stretches outside the raster count as level.

    Args:
        streets: the roads.
        metres: (n_course - 1,) lengths along the course, 0 between two ways.
        heights: the raster.
        tally: takes the counts.
    """
    samples = _Samples.along(streets, metres)
    height = heights.at(samples.lon, samples.lat)
    height = _straightened(streets, samples, height)
    level = _evened(samples, height)
    length = np.where(samples.ends, 0.0, np.diff(samples.place, append=0.0))
    rise = np.append(np.diff(level), 0.0)
    on_road = length > 0
    known = on_road & ~np.isnan(rise)
    grade = np.where(known, rise / np.where(on_road, length, 1.0), 0.0)
    for name, rows in (("known", known), ("outside", on_road & ~known)):
        tally.add(HEIGHT_SECTION, HEIGHTS[name], round(float(length[rows].sum()) / 1000.0, 1))
    first, last = (samples.of_course[at] for at in (streets.pieces.first, streets.pieces.last))
    whole = np.append(0.0, np.cumsum(length))
    total = whole[last] - whole[first]
    factors = np.ones((2, len(total)))
    for side, sign in enumerate((1.0, -1.0)):
        slowed = np.append(0.0, np.cumsum(length / grade_share(sign * grade)))
        driven = slowed[last] - slowed[first]
        factors[side] = np.where(total > 0, driven / np.where(total > 0, total, 1.0), 1.0)
    return factors


@dataclass(frozen=True)
class _Samples:
    """Places along the course at which elevations are read: its points, and steps between far ones.

    Attributes:
        place: (n,) metres along the course; ways follow each other at once.
        lon: (n,) degrees.
        lat: (n,) degrees.
        ends: (n,) whether no road leads from a sample to the next.
        run: (n,) unbroken stretch of the course.
        way: (n,) way.
        of_course: (n_course,) the sample of each point of the course.
    """

    place: FloatArray
    lon: FloatArray
    lat: FloatArray
    ends: BoolArray
    run: IntArray
    way: IntArray
    of_course: IntArray

    @classmethod
    def along(cls, streets: Streets, metres: FloatArray) -> _Samples:
        course, points = streets.course, streets.points
        size = len(course.point)
        steps = np.append(np.maximum(np.ceil(metres / STEP_M), 1.0), 1.0).astype(np.int64)
        of = np.repeat(np.arange(size), steps)
        of_course = np.append(0, np.cumsum(steps)[:-1])
        share = (np.arange(len(of)) - of_course[of]) / steps[of]
        here, next_ = course.point[of], course.point[np.minimum(of + 1, size - 1)]
        lon = points.lon[here] + share * wrapped_deg(points.lon[next_] - points.lon[here])
        lat = points.lat[here] + share * (points.lat[next_] - points.lat[here])
        along = np.append(0.0, np.cumsum(metres))
        place = along[of] + share * np.append(metres, 0.0)[of]
        run = course.run[of].astype(np.int64)
        ends = run != np.append(run[1:], -1)
        return cls(place, wrapped_deg(lon), lat, ends, run, course.way[of].astype(np.int64), of_course)


def _straightened(streets: Streets, samples: _Samples, height: FloatArray) -> FloatArray:
    """Elevations with bridges and tunnels straight from end to end: the raster shows the ground there."""
    kinds = streets.ways.type_index
    built = np.asarray([bool(one.structure) for one in streets.types], dtype=bool)[kinds][samples.way]
    first = np.append(True, samples.ends[:-1])
    start, stop = np.flatnonzero(first), np.flatnonzero(samples.ends)
    of_run = np.cumsum(first) - 1
    low, high = samples.place[start][of_run], samples.place[stop][of_run]
    share = (samples.place - low) / np.where(high > low, high - low, 1.0)
    straight = height[start][of_run] * (1.0 - share) + height[stop][of_run] * share
    return np.where(built, straight, height)


def _evened(samples: _Samples, height: FloatArray) -> FloatArray:
    """Elevations evened out: the mean over :data:`EVEN_M` to both sides, NaN where one of them is unknown."""
    first = np.append(True, samples.ends[:-1])
    of_run = np.cumsum(first) - 1
    low, high = samples.place[first][of_run], samples.place[samples.ends][of_run]
    length = np.where(samples.ends, 0.0, np.diff(samples.place, append=0.0))
    unknown = np.isnan(height)
    filled = np.where(unknown, 0.0, height)
    step = (filled + np.append(filled[1:], 0.0)) / 2.0 * length
    total, missed = (np.append(0.0, np.cumsum(part)) for part in (step, length * (unknown | _next(unknown))))
    left, right = np.maximum(samples.place - EVEN_M, low), np.minimum(samples.place + EVEN_M, high)
    wide = right - left
    mean = (_between(samples, filled, total, right) - _between(samples, filled, total, left)) / np.where(
        wide > 0, wide, 1.0
    )
    lost = np.interp(right, samples.place, missed[:-1]) - np.interp(left, samples.place, missed[:-1])
    level = np.where(wide > 0, mean, filled)
    return np.where((lost > 1e-6) | unknown, np.nan, level)


def _next(flags: BoolArray) -> BoolArray:
    return np.append(flags[1:], False)


def _between(samples: _Samples, height: FloatArray, total: FloatArray, place: FloatArray) -> FloatArray:
    """The integral of the elevations, linear between the samples, up to some places along the course."""
    at = np.clip(np.searchsorted(samples.place, place, side="right") - 1, 0, len(samples.place) - 1)
    after = np.minimum(at + 1, len(samples.place) - 1)
    gone, step = place - samples.place[at], samples.place[after] - samples.place[at]
    slope = (height[after] - height[at]) / np.where(step > 0, step, 1.0)
    integral: FloatArray = total[at] + height[at] * gone + slope * gone**2 / 2.0
    return integral
