"""The part of the world that a small map shows, and the land in it.

A map is drawn in an equal-area projection centred on what it shows (Lambert azimuthal, EPSG method 9820), so
that a municipality keeps its shape and a scale bar is true.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
import shapely
from pyproj import Transformer

from geoaccess.ground.arrays import FloatArray
from maps import land
from maps.basemap import serves

#: Greatest and least height of a map as a multiple of its width.
TALLEST, FLATTEST = 1.25, 0.7
#: Smallest side of a map, so that a single settlement has a neighbourhood.
_LEAST_SIDE_M = 8_000.0


@dataclass(frozen=True, slots=True)
class Frame:
    """The part of the world that a map shows, in metres from its middle.

    Attributes:
        lon: degrees east of the middle of the projection.
        lat: degrees north of it.
        window: west, south, east, north in metres.
    """

    lon: float
    lat: float
    window: tuple[float, float, float, float]

    @classmethod
    def around(cls, lon: FloatArray, lat: FloatArray, *, tallest: float = TALLEST) -> Frame:
        """The frame of some places, with a margin, at most ``tallest`` times as high as wide."""
        centre = _centre(lon, lat)
        x, y = _transformed(*centre, lon, lat)
        middle = (float(x.min() + x.max()) / 2, float(y.min() + y.max()) / 2)
        width = max(1.14 * float(np.ptp(x)), _LEAST_SIDE_M)
        height = max(1.14 * float(np.ptp(y)), _LEAST_SIDE_M)
        width = max(width, height / tallest)
        height = max(height, width * FLATTEST)
        west, south = middle[0] - width / 2, middle[1] - height / 2
        return cls(*centre, (west, south, west + width, south + height))

    def project(self, lon: FloatArray, lat: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Degrees to metres."""
        return _transformed(self.lon, self.lat, lon, lat)

    @property
    def west(self) -> float:
        """Left edge."""
        return self.window[0]

    @property
    def south(self) -> float:
        """Lower edge."""
        return self.window[1]

    @property
    def width_m(self) -> float:
        """From west to east."""
        return self.window[2] - self.window[0]

    @property
    def height_m(self) -> float:
        """From south to north."""
        return self.window[3] - self.window[1]

    def land(self) -> shapely.Geometry:
        """Land within the frame, in metres; empty where the packed coast does not reach or is too coarse."""
        edge = shapely.segmentize(shapely.box(*self.window), self.width_m / 20)
        x, y = shapely.get_coordinates(edge).T
        lon, lat = _transformer(self.lon, self.lat).transform(x, y, direction="INVERSE")
        bounds = (float(np.min(lon)), float(np.min(lat)), float(np.max(lon)), float(np.max(lat)))
        if not (np.isfinite(bounds).all() and serves(bounds)):
            return shapely.Polygon()
        return _coast(self, bounds)


@cache
def _coast(frame: Frame, bounds: tuple[float, float, float, float]) -> shapely.Geometry:
    """Land of a frame; the maps of a report share theirs."""
    clipped = shapely.clip_by_rect(land(), *bounds)
    # A quarter of a millimetre on paper; a degree of latitude is about 111 km. Drawn, not measured: what the
    # simplification does to the topology does not matter.
    coarse = clipped.simplify(frame.width_m / 111_000 / 600, preserve_topology=False)
    projected = shapely.transform(coarse, lambda points: np.column_stack(frame.project(*points.T)))
    parts = np.asarray(shapely.get_parts(projected))
    seen = parts[shapely.area(parts) > (frame.width_m / 400) ** 2]
    return shapely.union_all([shapely.clip_by_rect(part, *frame.window) for part in shapely.make_valid(seen)])


@cache
def _transformer(lon: float, lat: float) -> Transformer:
    projection = f"+proj=laea +lon_0={lon:.6f} +lat_0={lat:.6f} +units=m"
    return Transformer.from_crs("EPSG:4326", projection, always_xy=True)


def _transformed(
    centre_lon: float, centre_lat: float, lon: FloatArray, lat: FloatArray
) -> tuple[FloatArray, FloatArray]:
    x, y = _transformer(centre_lon, centre_lat).transform(lon, lat)
    return np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)


def _centre(lon: FloatArray, lat: FloatArray) -> tuple[float, float]:
    """Middle of some places; on both sides of the date line too."""
    angles = np.radians(lon)
    middle = math.degrees(math.atan2(float(np.sin(angles).mean()), float(np.cos(angles).mean())))
    return middle, float(lat.min() + lat.max()) / 2
