"""The polygon that a network is cut to."""

from __future__ import annotations

from pathlib import Path
from typing import TypeAlias

import geopandas as gpd
import numpy as np
import pyogrio
import shapely
from numpy.typing import NDArray

from networks.errors import CrsError, NetworkDataError, NetworkFileError
from networks.sentences import Sentence

#: A polygon (EPSG:4326), a west-south-east-north box in degrees, a table with polygons, or a file with one.
ClipLike: TypeAlias = (
    "shapely.Geometry | tuple[float, float, float, float] | gpd.GeoDataFrame | gpd.GeoSeries | str | Path"
)


class Clip:
    """Tells which points lie inside; made once, asked often."""

    def __init__(self, clip: ClipLike) -> None:
        """Read the polygon.

        Raises:
            NetworkDataError: it is no polygon, is empty, or lies outside the range of degrees.
            CrsError: a table without a coordinate reference system.
            NetworkFileError: the file cannot be read.
        """
        self.polygon = _valid(_polygon(clip))
        shapely.prepare(self.polygon)

    def contains(self, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.bool_]:
        """(n,) whether each point lies inside or on the boundary; False for NaN."""
        inside: NDArray[np.bool_] = shapely.intersects_xy(self.polygon, lon, lat)
        return inside


def _polygon(clip: ClipLike) -> shapely.Geometry:
    if isinstance(clip, (str, Path)):
        try:
            clip = gpd.read_file(clip)
        except (pyogrio.errors.DataSourceError, OSError) as error:
            raise NetworkFileError(
                Sentence(
                    "net.fault.clip_polygons",
                    "{clip}: cannot be read as polygons ({error})",
                    clip=str(clip),
                    error=error,
                )
            ) from error
    if isinstance(clip, (gpd.GeoDataFrame, gpd.GeoSeries)):
        if clip.crs is None:
            raise CrsError("the clipping polygons have no coordinate reference system: set one (set_crs)")
        return clip.to_crs(4326).geometry.make_valid().union_all()
    if isinstance(clip, tuple):
        west, south, east, north = clip
        if not (west < east and south < north):
            raise NetworkDataError(
                Sentence(
                    "net.fault.clip_box",
                    "the clipping box must be west, south, east, north in degrees, not {clip}",
                    clip=str(clip),
                )
            )
        return shapely.box(west, south, east, north)
    return clip


def _valid(polygon: shapely.Geometry) -> shapely.Geometry:
    if not isinstance(polygon, (shapely.Polygon, shapely.MultiPolygon)) or polygon.is_empty:
        raise NetworkDataError("the clipping area must be a polygon or several, and not empty")
    west, south, east, north = polygon.bounds
    if not (west >= -180 and east <= 180 and south >= -90 and north <= 90):
        raise NetworkDataError(
            Sentence(
                "net.fault.clip_degrees",
                "the clipping area must be in degrees (EPSG:4326); its bounds are {bounds}",
                bounds=str(polygon.bounds),
            )
        )
    return shapely.make_valid(polygon)
