"""Demand: people at points, from tables, rasters and grids, in any year that somebody has projected.

Names are imported when they are first used: rasters and polygons need libraries that take a while to load,
and a study of plain tables needs none of them.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from geoaccess.demand.ages import AgeGroup, parse_age
    from geoaccess.demand.aggregation import Aggregation, aggregate_to_cells, aggregate_to_places
    from geoaccess.demand.exports import read_population
    from geoaccess.demand.grids import points_from_grid, points_from_ssb_grid, ssb_cell_centres
    from geoaccess.demand.growth import cohort_share, persons_of, project
    from geoaccess.demand.points import DemandPoints, points_from_table
    from geoaccess.demand.polygons import assign_municipalities, overlap_faults, read_polygons
    from geoaccess.demand.population import PopulationTable
    from geoaccess.demand.rasters import points_from_raster
    from geoaccess.demand.rescaling import check_totals, largest_remainder, reconciliation, rescale_to
    from geoaccess.demand.sources import demand_from, demand_in_year

_HOMES = {
    "AgeGroup": "ages",
    "Aggregation": "aggregation",
    "DemandPoints": "points",
    "PopulationTable": "population",
    "aggregate_to_cells": "aggregation",
    "aggregate_to_places": "aggregation",
    "assign_municipalities": "polygons",
    "check_totals": "rescaling",
    "cohort_share": "growth",
    "demand_from": "sources",
    "demand_in_year": "sources",
    "largest_remainder": "rescaling",
    "overlap_faults": "polygons",
    "parse_age": "ages",
    "persons_of": "growth",
    "points_from_grid": "grids",
    "points_from_raster": "rasters",
    "points_from_ssb_grid": "grids",
    "points_from_table": "points",
    "project": "growth",
    "read_polygons": "polygons",
    "read_population": "exports",
    "reconciliation": "rescaling",
    "rescale_to": "rescaling",
    "ssb_cell_centres": "grids",
}

__all__ = [
    "AgeGroup",
    "Aggregation",
    "DemandPoints",
    "PopulationTable",
    "aggregate_to_cells",
    "aggregate_to_places",
    "assign_municipalities",
    "check_totals",
    "cohort_share",
    "demand_from",
    "demand_in_year",
    "largest_remainder",
    "overlap_faults",
    "parse_age",
    "persons_of",
    "points_from_grid",
    "points_from_raster",
    "points_from_ssb_grid",
    "points_from_table",
    "project",
    "read_polygons",
    "read_population",
    "reconciliation",
    "rescale_to",
    "ssb_cell_centres",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - any exported object
    if name not in _HOMES:
        raise AttributeError(f"module 'geoaccess.demand' has no attribute {name!r}")
    return getattr(importlib.import_module(f"geoaccess.demand.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
