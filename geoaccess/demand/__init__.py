"""Demand: people at points, from tables, rasters and grids, in any year that somebody has projected."""

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
