"""Travel times on a grid, and GeoTIFF files of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import rasterio
import rasterio.features
from numpy.typing import NDArray
from scipy import ndimage
from shapely.geometry.base import BaseGeometry

from networks.arrays import FloatArray
from networks.beside import beside
from networks.brief import Brief
from networks.errors import NetworkDataError, NetworkFileError
from networks.geometry import metric_area, to_degrees, to_metres
from networks.isochrones import Direction, checked_limits
from networks.land import Land
from networks.network import TravelNetwork
from networks.points import SnappedPoints, as_points
from networks.sentences import Sentence
from networks.snapping import ACCESS_DETOUR, ACCESS_SPEED_KPH, SnapIndex, snap
from networks.times import BLOCK_BYTES, Points, travel_time_matrix

#: A raster has no more cells than this: beyond, its distances from roads alone take gigabytes.
MOST_CELLS = 50_000_000

Transform = tuple[float, float, float, float, float, float]


@dataclass(frozen=True, eq=False, repr=False)
class TravelTimeRaster(Brief):
    """Minutes on a regular grid.

    Attributes:
        minutes: (rows, columns) minutes, NaN where no road is within reach or none leads there.
        transform: (a, b, c, d, e, f) of the affine transform from columns and rows to metres.
        epsg: CRS.
    """

    minutes: FloatArray
    transform: Transform
    epsg: int


def travel_time_raster(
    network: TravelNetwork,
    places: Points,
    *,
    cell_m: float = 250.0,
    reach_m: float = 1000.0,
    direction: Direction = "to",
    limit_min: float | None = None,
    bounds_m: tuple[float, float, float, float] | None = None,
    land: BaseGeometry | None = None,
    access_speed_kph: float = ACCESS_SPEED_KPH,
    detour_factor: float = ACCESS_DETOUR,
) -> TravelTimeRaster:
    """Minutes between the centre of every cell and the nearest place, by the nearest road within reach.

    Args:
        network: the network.
        places: the places, see :func:`networks.times.travel_time_matrix`.
        cell_m: side of a cell.
        reach_m: cells further than this from a road are NaN.
        direction: ``to`` the places (a patient's journey), or ``from`` them (a response).
        limit_min: longer times are NaN.
        bounds_m: west, south, east, north in the network's metric CRS; None = all its nodes and the reach.
        land: land in degrees (EPSG:4326); cells whose centre is not on it are NaN.
        access_speed_kph: speed between cell and road.
        detour_factor: length of that leg over the straight line.

    Raises:
        NetworkDataError: points of another network, a cell size or reach that cannot be, or more than
            :data:`MOST_CELLS`; it says which cells fit.
        CrsError: the network's CRS does not measure in metres.
    """
    checked_limits([0.0 if limit_min is None else limit_min], reach_m, direction)
    west, south, east, north = bounds_m or _bounds(network, reach_m)
    if not (np.isfinite(cell_m) and cell_m > 0 and west < east and south < north):
        raise NetworkDataError(
            Sentence(
                "net.fault.raster.grid",
                "no grid of {cell_m} m cells fits into {west}, {south}, {east}, {north}",
                cell_m=cell_m,
                west=west,
                south=south,
                east=east,
                north=north,
            )
        )
    columns, rows = int(np.ceil((east - west) / cell_m)), int(np.ceil((north - south) / cell_m))
    if rows * columns > MOST_CELLS:
        raise NetworkDataError(
            Sentence(
                "net.fault.raster.cells",
                "{rows} x {columns} cells are too many (at most {most:,}): cells of {fits} m fit, "
                "or smaller bounds",
                rows=rows,
                columns=columns,
                most=MOST_CELLS,
                fits=_fitting(east - west, north - south),
            )
        )
    transform = (cell_m, 0.0, west, 0.0, -cell_m, north)
    index = SnapIndex.of(network)
    wanted = _near_roads(index, transform, (rows, columns), reach_m)
    coast = None
    if land is not None:
        wanted &= _inside(metric_area(land, network.metric_epsg), transform, (rows, columns))
        coast = Land.of(land, epsg=network.metric_epsg)
    minutes = np.full(rows * columns, np.nan)
    cells = np.flatnonzero(wanted)
    ends = as_points(network, places)
    at_once = max(1000, BLOCK_BYTES // (8 * max(1, len(ends))))
    for first in range(0, len(cells), at_once):
        chosen = cells[first : first + at_once]
        lon, lat = to_degrees(
            west + cell_m * ((chosen % columns).astype(np.float64) + 0.5),
            north - cell_m * ((chosen // columns).astype(np.float64) + 0.5),
            epsg=network.metric_epsg,
        )
        points = snap(
            network,
            lon,
            lat,
            max_distance_m=reach_m,
            component="any",
            access_speed_kph=access_speed_kph,
            detour_factor=detour_factor,
            index=index,
            land=coast,
        )
        minutes[chosen] = _nearest_minutes(network, points, ends, direction, limit_min)
    return TravelTimeRaster(minutes.reshape(rows, columns), transform, network.metric_epsg)


def _fitting(width_m: float, height_m: float) -> int:
    """The smallest side of a cell, in whole tens of metres, of which so much ground has few enough."""
    side = 10 * max(1, int(np.sqrt(width_m * height_m / MOST_CELLS) / 10))
    while np.ceil(width_m / side) * np.ceil(height_m / side) > MOST_CELLS:
        side += 10
    return side


def _nearest_minutes(
    network: TravelNetwork,
    points: SnappedPoints,
    places: SnappedPoints,
    direction: Direction,
    limit_min: float | None,
) -> FloatArray:
    """(n_points,) minutes between each point and the nearest place."""
    if direction == "to":
        matrix = travel_time_matrix(network, points, places, limit_min=limit_min)
    else:
        matrix = travel_time_matrix(network, places, points, limit_min=limit_min).T
    least = np.min(np.where(np.isnan(matrix), np.inf, matrix), axis=1, initial=np.inf)
    return np.where(np.isfinite(least), least, np.nan)


def _near_roads(
    index: SnapIndex, transform: Transform, shape: tuple[int, int], reach_m: float
) -> NDArray[np.bool_]:
    """Cells whose centre may lie within reach of a road: the rest need no search."""
    cell_m, west, north = transform[0], transform[2], transform[5]
    box = (west, north - cell_m * shape[0], west + cell_m * shape[1], north)
    roads = index.shapes(index.tree.crossing(box))
    if not len(roads):
        return np.zeros(shape, dtype=bool)
    crossed = rasterio.features.rasterize(
        roads, out_shape=shape, transform=rasterio.Affine(*transform), all_touched=True, dtype="uint8"
    )
    if not crossed.any():
        return np.zeros(shape, dtype=bool)
    metres = cell_m * ndimage.distance_transform_edt(crossed == 0)
    return np.asarray(metres <= reach_m + 2.0 * cell_m)


def _inside(area: BaseGeometry, transform: Transform, shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Cells whose centre lies in the area."""
    return np.asarray(
        rasterio.features.geometry_mask([area], shape, rasterio.Affine(*transform), invert=True), dtype=bool
    )


def _bounds(network: TravelNetwork, reach_m: float) -> tuple[float, float, float, float]:
    east, north = to_metres(network.lon, network.lat, epsg=network.metric_epsg)
    if not len(east):
        raise NetworkDataError("a network without nodes has no bounds; name them")
    return (
        float(east.min() - reach_m),
        float(north.min() - reach_m),
        float(east.max() + reach_m),
        float(north.max() + reach_m),
    )


def save_raster(raster: TravelTimeRaster, path: str | Path, *, tags: dict[str, str] | None = None) -> None:
    """Write a raster as GeoTIFF (float32 minutes, NaN = no data), beside its place and renamed.

    Args:
        raster: the raster.
        path: where to.
        tags: texts to keep in the file, such as the overlays that were applied.

    Raises:
        NetworkFileError: the file cannot be written.
    """
    target = Path(path)
    try:
        with beside(target) as part:
            _write_tiff(raster, part, tags or {})
    except (OSError, rasterio.errors.RasterioError) as error:
        said = getattr(error, "strerror", None) or error
        raise NetworkFileError(
            Sentence(
                "net.fault.raster.write",
                "{target}: the raster cannot be written: {said}",
                target=target,
                said=said,
            )
        ) from error


def _write_tiff(raster: TravelTimeRaster, path: Path, tags: dict[str, str]) -> None:
    rows, columns = raster.minutes.shape
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        height=rows,
        width=columns,
        count=1,
        dtype="float32",
        crs=f"EPSG:{raster.epsg}",
        transform=rasterio.Affine(*raster.transform),
        nodata=float("nan"),
        compress="deflate",
    ) as file:
        file.write(raster.minutes.astype(np.float32), 1)
        file.set_band_description(1, "minutes")
        file.update_tags(**tags)
