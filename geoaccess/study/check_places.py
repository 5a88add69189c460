"""Where the places of a study lie: on land, and inside their own municipality."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geoaccess.demand.areas import read_areas
from geoaccess.ground.tables import figures, read_frame
from geoaccess.study.check_report import Report, demand_file
from geoaccess.study.model import Study
from geoaccess.words.note import Note
from maps.basemap import covers, land
from networks.errors import Fault

#: A place this near to land is on land: quays stand at the water, and the coastline is simplified to 100 m.
LAND_TOLERANCE_M = 500.0

#: A place this near to its municipality is in it: boundaries are simplified and run through water.
BOUNDARY_TOLERANCE_M = 1000.0

#: Names that a warning lists; the rest is counted.
_MOST_NAMES = 30


def check_land(study: Study, report: Report) -> None:
    """Places stand on land, as the packed coastline has it."""
    places = pd.concat([frame[["lon", "lat"]] for _, frame in _places(study)])
    west, south, east, north = (float(value) for value in (*places.min(), *places.max()))
    if not covers((west, south, east, north)):
        report.skip("coordinates on land", "the packed coastline does not reach here; see the next check")
        return
    coast = gpd.GeoSeries([land()], crs=4326).to_crs(study.config.study.metric_epsg).iloc[0]
    shapely.prepare(coast)
    faults, count = [], 0
    for where, frame in _places(study):
        points = gpd.GeoSeries(gpd.points_from_xy(frame["lon"], frame["lat"]), crs=4326)
        metres = points.to_crs(study.config.study.metric_epsg).distance(coast).to_numpy()
        count += len(frame)
        off = np.flatnonzero(metres > LAND_TOLERANCE_M)
        if _are_cells(study, where):
            _warn_of_cells(study, report, off, Note("check.off_land", metres=LAND_TOLERANCE_M))
            continue
        faults += [
            Fault(
                Note("check.at_sea", name=frame["name"].iloc[row], km=metres[row] / 1000.0),
                where=where,
                row=str(frame["id"].iloc[row]),
                value=f"{frame['lat'].iloc[row]}, {frame['lon'].iloc[row]}",
            )
            for row in off
        ]
    report.add("coordinates on land", faults, Note("check.on_land", count=count, metres=LAND_TOLERANCE_M))


def check_boundaries(study: Study, report: Report, boundaries: Path | None) -> None:
    """Places lie inside their own municipality."""
    section = study.config.municipalities
    path = boundaries or (study.folder / section.boundaries if section.boundaries else None)
    name = "coordinates inside their municipality"
    if path is None:
        report.skip(name, "no polygons: name a file with --boundaries, or in the study")
        return
    areas = read_areas(path, set(study.municipalities["municipality_code"]), section.boundaries_code)
    areas = areas.to_crs(study.config.study.metric_epsg)
    faults, count = [], 0
    for where, frame in _places(study):
        inside = frame["municipality_code"].isin(areas.index).to_numpy()
        frame = frame[inside]  # noqa: PLW2901 - places of municipalities outside the region have no polygon
        points = gpd.GeoSeries(gpd.points_from_xy(frame["lon"], frame["lat"]), crs=4326).to_crs(areas.crs)
        own = gpd.GeoSeries(areas.geometry.loc[frame["municipality_code"]].to_numpy(), crs=areas.crs)
        metres = points.distance(own, align=False).to_numpy()
        count += len(frame)
        off = np.flatnonzero(metres > BOUNDARY_TOLERANCE_M)
        if _are_cells(study, where):
            cells = np.flatnonzero(inside)[off]
            _warn_of_cells(study, report, cells, Note("check.off_municipality", metres=BOUNDARY_TOLERANCE_M))
            continue
        faults += [
            Fault(
                Note("check.outside", name=frame["name"].iloc[row], km=metres[row] / 1000.0),
                where=where,
                row=str(frame["id"].iloc[row]),
                column="municipality_code",
                value=str(frame["municipality_code"].iloc[row]),
            )
            for row in off
        ]
    report.add(name, faults, Note("check.inside", count=count, metres=BOUNDARY_TOLERANCE_M))


def _are_cells(study: Study, where: str) -> bool:
    """Whether places are the cells of a grid or raster: counted where people live, whatever a coast says.

    A simplified coast leaves islets out and has lakes where people live at the shore; nobody can move a cell.
    """
    return study.config.demand.source is not None and where == demand_file(study)


def _warn_of_cells(study: Study, report: Report, rows: NDArray[np.int64], what: str) -> None:
    if len(rows):
        persons = study.weight()[rows].sum()
        report.warnings.append(Note("check.cells", n_rows=len(rows), persons=persons, what=what))


def _places(study: Study) -> Iterator[tuple[str, pd.DataFrame]]:
    columns = ["id", "name", "municipality_code", "lon", "lat"]
    yield demand_file(study), study.demand.rename(columns={"demand_id": "id"})[columns]
    yield "facilities", study.facilities.rename(columns={"facility_id": "id"})[columns]
    if study.config.network.links:
        nodes = read_frame(study.folder / study.config.network.links / "nodes.csv")
        nodes = nodes.assign(lon=figures(nodes, "lon"), lat=figures(nodes, "lat"))
        if "municipality_code" not in nodes:
            nodes["municipality_code"] = ""
        yield "nodes.csv", nodes.rename(columns={"node_id": "id"})[columns]
