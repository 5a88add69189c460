"""Who lives where: inhabited cells of 250 m go to places of their own municipality, by land where there is land.

A kilometre over water counts as six over land. Cells hold at least 5 persons in the source because small cells
were raised to 5: they weigh less, by one weight per municipality that meets its official sum of the year of the
grid; then everything is brought to the official sum of the study's year, whole persons by largest remainder.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
from rasterio.features import rasterize
from rasterio.transform import from_origin
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import dijkstra

CELL_M = 250.0
WATER = 6.0
RAISED = 5
ACROSS_KM = 1.0
#: Room around the cells and places of a municipality, so that ways may leave its bounding box.
MARGIN_M = 5_000.0


@dataclass(frozen=True)
class Ground:
    """What the assignment needs of the world: cells with people, land, official sums."""

    cells: pd.DataFrame
    land: gpd.GeoDataFrame
    totals_2022: pd.Series

    @classmethod
    def read(cls, shared: Path) -> Ground:
        """From the shared test data."""
        cells = pd.read_csv(
            shared / "population" / "ssb_pop250m_2022_nnorway.csv", dtype={"kommunenummer": str}
        )
        land = gpd.read_file(shared / "boundaries" / "municipalities_nnorway_2024.geojson").to_crs(25833)
        land["geometry"] = land.geometry.make_valid()
        official = pd.read_csv(
            shared / "population" / "csdata_nnorway_population_b2024.csv", dtype={"kommunenr": str}
        )
        official = official[official["calyear"] == 2022].set_index("kommunenr")["total"]
        return cls(cells, land, official)

    def persons(self, code: str, total: float) -> pd.DataFrame:
        """The cells of a municipality with ``persons`` that sum to its total (fractions)."""
        mine = self.cells[self.cells["kommunenummer"] == code].reset_index(drop=True)
        raw = mine["population_2022"].to_numpy(float)
        raised = raw == RAISED
        rest = float(self.totals_2022[code]) - raw[~raised].sum()
        weight = float(np.clip(rest / raw[raised].sum(), 0.2, 1.0)) if raised.any() else 1.0
        weighed = np.where(raised, raw * weight, raw)
        return mine.assign(persons=weighed * total / weighed.sum())


def nearest_place(ground: Ground, cells: pd.DataFrame, places: pd.DataFrame) -> pd.DataFrame:
    """For each cell: the position of its place among ``places``, km of water on the way, and km as the crow flies.

    Args:
        ground: land.
        cells: ``x, y`` in EPSG:25833.
        places: ``x, y`` in EPSG:25833, in order.
    """
    xs = np.concatenate([cells["x"], places["x"]])
    ys = np.concatenate([cells["y"], places["y"]])
    west, north = xs.min() - MARGIN_M, ys.max() + MARGIN_M
    width = int((xs.max() + MARGIN_M - west) / CELL_M) + 1
    height = int((north - ys.min() + MARGIN_M) / CELL_M) + 1
    shape = (height, width)
    land = rasterize(
        ground.land.cx[west : xs.max() + MARGIN_M, ys.min() - MARGIN_M : north].geometry,
        out_shape=shape,
        transform=from_origin(west, north, CELL_M, CELL_M),
        all_touched=False,
    ).astype(bool)

    def index(frame: pd.DataFrame) -> np.ndarray:
        column = ((frame["x"].to_numpy() - west) / CELL_M).astype(int)
        row = ((north - frame["y"].to_numpy()) / CELL_M).astype(int)
        return row * width + column

    here, there = index(cells), index(places)
    land.ravel()[here] = True
    land.ravel()[there] = True
    cost = np.where(land.ravel(), 1.0, WATER)
    heads, tails, weights = [], [], []
    ids = np.arange(height * width).reshape(shape)
    for down, right in ((0, 1), (1, 0), (1, 1), (1, -1), (1, 2), (2, 1), (1, -2), (2, -1)):
        a = ids[: height - down, max(0, -right) : width - max(0, right)].ravel()
        b = ids[down:, max(0, right) : width + min(0, right)].ravel()
        heads.append(a)
        tails.append(b)
        weights.append(np.hypot(down, right) * (cost[a] + cost[b]) / 2.0)
    graph = coo_matrix(
        (np.concatenate(weights), (np.concatenate(heads), np.concatenate(tails))), shape=(ids.size, ids.size)
    ).tocsr()
    starts, first = np.unique(there, return_index=True)
    _, came_from, source = dijkstra(
        graph, directed=False, indices=starts, min_only=True, return_predecessors=True
    )
    place_of = dict(zip(starts.tolist(), first.tolist(), strict=True))
    water = {int(start): 0.0 for start in starts}
    for cell in np.unique(here).tolist():
        path, at = [], cell
        while at not in water:
            path.append(at)
            at = int(came_from[at])
        for step in reversed(path):
            before = int(came_from[step])
            metres = CELL_M * np.hypot(*np.subtract(divmod(step, width), divmod(before, width)))
            wet = (float(cost[step] > 1) + float(cost[before] > 1)) / 2.0
            water[step] = water[before] + wet * metres / 1000.0
    place = np.array([place_of[int(source[cell])] for cell in here])
    straight = np.hypot(
        cells["x"].to_numpy() - places["x"].to_numpy()[place],
        cells["y"].to_numpy() - places["y"].to_numpy()[place],
    )
    return pd.DataFrame({"place": place, "water_km": [water[int(c)] for c in here], "km": straight / 1000.0})


def whole(values: np.ndarray, total: int) -> np.ndarray:
    """Whole numbers that sum to the total, by largest remainder."""
    exact = values * (total / values.sum()) if values.sum() else values
    floor = np.floor(exact).astype(int)
    order = np.lexsort((np.arange(len(exact)), floor - exact))
    floor[order[: total - floor.sum()]] += 1
    return floor


def settle(ground: Ground, places: pd.DataFrame, people: int, people_80plus: int, code: str) -> pd.DataFrame:
    """The demand points of one municipality: a row for each place (``lon, lat``) with people.

    Returns ``place, population, population_80plus, cells, mean_km, p90_km, across_water, x, y`` where ``x, y``
    is the cell with most people among those of the place.
    """
    cells = ground.persons(code, people)
    points = gpd.GeoSeries(gpd.points_from_xy(places["lon"], places["lat"]), crs=4326).to_crs(25833)
    at = pd.DataFrame({"x": points.x.to_numpy(), "y": points.y.to_numpy()})
    found = pd.concat([cells[["x", "y", "persons"]], nearest_place(ground, cells, at)], axis=1)
    rows = []
    for place, mine in found.groupby("place"):
        order = mine.sort_values("km")
        reached = order["persons"].cumsum() / order["persons"].sum()
        rows.append(
            {
                "place": place,
                "persons": mine["persons"].sum(),
                "cells": len(mine),
                "mean_km": float(np.average(mine["km"], weights=mine["persons"])),
                "p90_km": float(order["km"].to_numpy()[int(np.searchsorted(reached, 0.9))]),
                "across": float(mine.loc[mine["water_km"] >= ACROSS_KM, "persons"].sum()),
                "x": float(mine.loc[mine["persons"].idxmax(), "x"]),
                "y": float(mine.loc[mine["persons"].idxmax(), "y"]),
            }
        )
    table = pd.DataFrame(rows)
    table["population"] = whole(table["persons"].to_numpy(), people)
    table["population_80plus"] = whole(table["persons"].to_numpy(), people_80plus)
    table["across"] = np.minimum(table["across"].round().astype(int), table["population"])
    return table
