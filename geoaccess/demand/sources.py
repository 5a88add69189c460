"""Demand as a study file describes it: read, placed in municipalities, scaled, joined, projected."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import geopandas as gpd
import pandas as pd

from geoaccess.demand.aggregation import aggregate_to_cells
from geoaccess.demand.exports import read_population
from geoaccess.demand.grids import points_from_grid, points_from_ssb_grid
from geoaccess.demand.growth import persons_of, project
from geoaccess.demand.points import DemandPoints
from geoaccess.demand.polygons import assign_municipalities
from geoaccess.demand.population import PopulationTable
from geoaccess.demand.rasters import points_from_raster
from geoaccess.demand.rescaling import check_totals, rescale_to
from geoaccess.demand.sections import DemandSource, ProjectionSection
from geoaccess.ground.errors import DataError
from geoaccess.ground.paths import state_of
from geoaccess.ground.point_layers import layer_of
from geoaccess.words.note import Note, weight_words
from networks.errors import Fault

#: Share of the persons by which a projection's base year may differ from the study's without a word.
BASE_TOLERANCE = 0.01


def demand_from(
    source: DemandSource,
    folder: Path,
    *,
    areas: gpd.GeoDataFrame | None,
    totals: Mapping[str, pd.Series],
    metric_epsg: int,
) -> DemandPoints:
    """The demand points that a study file describes; the notes say who lies outside every municipality.

    Args:
        source: the section of the study file.
        folder: where its files are.
        areas: municipality polygons, codes as index; needed where the source has no municipality codes.
        totals: weight -> official total per municipality code, for the weights to be rescaled.
        metric_epsg: reference system for distances.

    Raises:
        DataError: faults of the files; no polygons or totals where they are needed; nobody in any of the
            municipalities.
    """
    points = _read(source, folder)
    if (points.table["municipality_code"] == "").any():
        if areas is None:
            raise DataError(
                [Fault("the demand has no municipality codes, and there are no polygons", where="demand")]
            )
        points, outside = assign_municipalities(
            points, areas, metric_epsg=metric_epsg, nearest_within_m=source.nearest_within_m
        )
        if not outside["assigned"].all():
            inside = points.table["municipality_code"] != ""
            points = points.with_table(points.table[inside], Note("note.outside_left_out"))
    for weight, how in source.rescale.items():
        if weight not in totals:
            raise DataError(
                [Fault("there are no official totals to scale to", where="demand", column=weight)]
            )
        points = rescale_to(
            points, totals[weight], weight=weight, whole=how.whole, raised=how.raised, least=how.least
        )
        check_totals(points, totals[weight], weight=weight)
    if source.cells_m is not None:
        points = aggregate_to_cells(points, size_m=source.cells_m, metric_epsg=metric_epsg).points
    return points


def _read(source: DemandSource, folder: Path) -> DemandPoints:
    if source.raster:
        raster = source.raster
        return points_from_raster(
            folder / raster.file,
            weights=raster.bands,
            bounds=raster.bounds,
            nodata=raster.nodata,
            crs=raster.crs,
        )
    if source.grid:
        grid = source.grid
        return points_from_grid(
            folder / grid.file,
            weights=grid.weights,
            id_column=grid.id,
            name_column=grid.name,
            municipality_column=grid.municipality,
            layer=grid.layer,
            crs=grid.crs,
        )
    assert source.ssb_grid is not None
    ssb = source.ssb_grid
    return points_from_ssb_grid(
        folder / ssb.file,
        weights=ssb.weights,
        id_column=ssb.id,
        size_m=ssb.size_m,
        municipality_column=ssb.municipality,
    )


def demand_in_year(
    points: DemandPoints,
    section: ProjectionSection | None,
    folder: Path,
    *,
    year: int,
    base_year: int,
    names: Mapping[str, str] | None = None,
) -> DemandPoints:
    """The demand in a year: the base year as it is, another year from the study's projection.

    Args:
        points: the demand of the base year.
        section: the projection of the study file, if it has one.
        folder: where its table is.
        year: the year wanted.
        base_year: the year of ``points``.
        names: municipality code -> name, for tables that give no codes.

    Raises:
        DataError: another year is wanted and there is no projection, or it does not have that year.
    """
    if year == base_year:
        return points
    if section is None:
        message = Note("fault.growth.no_projection", year=year, base_year=base_year)
        raise DataError([Fault(Note("fault.growth.none_invented", message=message))])
    table = folder / section.table
    known = tuple((names or {}).items())
    population = _population(table, state_of(layer_of(table)[0]), section.contents, known)
    grown = project(
        points, population, year=year, ages=section.ages, unchanged=section.unchanged, whole=section.whole
    )
    notes = [
        Note("note.projection", source=section.source),
        *_base_notes(points, population, section, base_year),
    ]
    return grown.with_table(grown.table, *notes)


# An answer counts the people of several years beside its own: the table is read once.
@lru_cache(maxsize=2)
def _population(
    table: Path, _changed: tuple[int, int], contents: str | None, names: tuple[tuple[str, str], ...]
) -> PopulationTable:
    return read_population(table, contents=contents, names=dict(names))


def _base_notes(
    points: DemandPoints, population: PopulationTable, section: ProjectionSection, base_year: int
) -> list[Note]:
    """What the projection says of the base year, where that is not what the study has."""
    if base_year not in population.years:
        return []
    notes = []
    for weight, ages in section.ages.items():
        codes = set(points.table["municipality_code"].astype(str).unique())
        try:
            told = float(persons_of(population, ages, year=base_year, regions=codes).sum())
        except DataError:  # the table need not have the base year whole: nothing of it is used
            continue
        had = float(points.table[weight].sum())
        if abs(told - had) > BASE_TOLERANCE * had:
            notes.append(
                Note(
                    "note.base_differs", told=told, had=had, weight=weight_words(weight), year=str(base_year)
                )
            )
    return notes
