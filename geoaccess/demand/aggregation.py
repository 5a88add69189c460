"""Fewer, coarser demand points, and the error that costs: how far people were moved on paper.

Every weight keeps its sum, in every municipality. What is lost is where people are, so the straight-line
distance from home to the new point is reported for each weight: at road speed it bounds the error in time.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geoaccess.demand.points import KEYS, DemandPoints, to_degrees, to_metres
from geoaccess.ground.arrays import FloatArray, IntArray
from geoaccess.ground.errors import DataError
from geoaccess.ground.measures import weighted_mean, weighted_percentile
from geoaccess.words.note import Note, weight_words
from networks.errors import Fault


@dataclass(frozen=True, eq=False)
class Aggregation:
    """Coarser points and what became of the finer ones.

    Attributes:
        points: the coarser demand points; ``points_joined``, ``mean_access_km`` and ``p90_access_km`` (of the
            first weight) tell how far their people live from them, in a straight line.
        moved: one row per weight: ``weight, persons, mean_km, median_km, p90_km, worst_km``.
        members: one row per finer point: ``demand_id, place_id, moved_km``.
    """

    points: DemandPoints
    moved: pd.DataFrame
    members: pd.DataFrame


def aggregate_to_places(
    points: DemandPoints, places: pd.DataFrame, *, metric_epsg: int, same_municipality: bool = True
) -> Aggregation:
    """Give every point to the nearest place, in a straight line.

    Args:
        points: demand points.
        places: ``demand_id, name, municipality_code, lon, lat``: settlements, network nodes, sites.
        metric_epsg: reference system for distances.
        same_municipality: only places in the point's own municipality, so that municipal sums stay.

    Raises:
        DataError: a municipality has people but no place; a place id stands twice.
    """
    absent = [name for name in KEYS if name not in places]
    if absent:
        raise DataError([Fault("the column is missing", where="places", column=name) for name in absent])
    if places["demand_id"].duplicated().any():
        twice = places.loc[places["demand_id"].duplicated(), "demand_id"]
        raise DataError(
            [Fault("stands twice; ids must be unique", where="places", row=str(name)) for name in twice]
        )
    ordered = places.sort_values("demand_id").reset_index(drop=True)
    here = np.column_stack(
        to_metres(points.table["lon"].to_numpy(), points.table["lat"].to_numpy(), metric_epsg)
    )
    there = np.column_stack(to_metres(ordered["lon"].to_numpy(), ordered["lat"].to_numpy(), metric_epsg))
    own = points.table["municipality_code"].astype(str).to_numpy(dtype=object)
    theirs = ordered["municipality_code"].astype(str).to_numpy(dtype=object)
    if not same_municipality:
        own, theirs = np.full_like(own, ""), np.full_like(theirs, "")
    place = _nearest_in_group(here, there, own, theirs, points.weight(points.weights[0]))
    metres = np.hypot(*(here - there[place]).T)
    return _gathered(points, ordered, place, metres)


def _nearest_in_group(
    here: FloatArray,
    there: FloatArray,
    own: NDArray[np.object_],
    theirs: NDArray[np.object_],
    persons: FloatArray,
) -> IntArray:
    from scipy.spatial import KDTree  # noqa: PLC0415  (SciPy takes long to import)

    place = np.full(len(here), -1, dtype=np.int64)
    faults = []
    for code in sorted(set(own.tolist())):
        inside, candidates = np.flatnonzero(own == code), np.flatnonzero(theirs == code)
        if not len(candidates):
            faults.append(
                Fault(
                    "there are people but no place to give them to",
                    where="places",
                    row=str(code) or "(no municipality)",
                    value=Note("fault.persons", persons=persons[inside].sum()),
                )
            )
            continue
        place[inside] = candidates[KDTree(there[candidates]).query(here[inside])[1]]
    if faults:
        raise DataError(faults)
    return place


def aggregate_to_cells(points: DemandPoints, *, size_m: float, metric_epsg: int) -> Aggregation:
    """Join the points of each square cell and municipality at their centre of gravity.

    Args:
        points: demand points.
        size_m: side of the cells, aligned to multiples of it.
        metric_epsg: reference system of the cells.
    """
    if not size_m > 0:
        raise DataError(Note("fault.cell_side", size_m=size_m))
    x, y = to_metres(points.table["lon"].to_numpy(), points.table["lat"].to_numpy(), metric_epsg)
    column, row = np.floor(x / size_m).astype(np.int64), np.floor(y / size_m).astype(np.int64)
    cells = pd.DataFrame(
        {"municipality_code": points.table["municipality_code"].astype(str), "row": row, "column": column}
    )
    group = cells.groupby(["municipality_code", "row", "column"], sort=True).ngroup()
    place = group.to_numpy().astype(np.int64)
    # Where a cell holds none of the first weight, its points count alike.
    gravity = points.weight(points.weights[0])
    empty = np.bincount(place, weights=gravity)[place] == 0
    gravity = np.where(empty, 1.0, gravity)
    total = np.bincount(place, weights=gravity)
    centre_x = np.bincount(place, weights=gravity * x) / total
    centre_y = np.bincount(place, weights=gravity * y) / total
    first = np.unique(place, return_index=True)[1]
    names = [f"{code}-{r}-{c}" for code, r, c in cells.iloc[first].itertuples(index=False)]
    lon, lat = to_degrees(centre_x, centre_y, metric_epsg)
    places = pd.DataFrame(
        {
            "demand_id": names,
            "name": names,
            "municipality_code": cells["municipality_code"].to_numpy()[first],
            "lon": lon,
            "lat": lat,
        }
    )
    return _gathered(points, places, place, np.hypot(x - centre_x[place], y - centre_y[place]))


def _gathered(points: DemandPoints, places: pd.DataFrame, place: IntArray, metres: FloatArray) -> Aggregation:
    km = metres / 1000.0
    used = np.unique(place)
    persons = points.weight(points.weights[0])
    table = places.iloc[used][list(KEYS)].reset_index(drop=True)
    for name in points.weights:
        table[name] = np.bincount(place, weights=points.weight(name), minlength=len(places))[used]
    table["points_joined"] = np.bincount(place, minlength=len(places))[used]
    table["mean_access_km"] = [weighted_mean(km[place == one], persons[place == one]) for one in used]
    table["p90_access_km"] = [
        weighted_percentile(km[place == one], persons[place == one], 0.9) for one in used
    ]
    moved = pd.DataFrame([_moved(name, km, points.weight(name)) for name in points.weights])
    members = pd.DataFrame(
        {
            "demand_id": points.table["demand_id"],
            "place_id": places["demand_id"].to_numpy(dtype=object)[place],
            "moved_km": km,
        }
    )
    note = Note(
        "note.gathered",
        points=len(points),
        places=len(used),
        weight=weight_words(points.weights[0]),
        mean=float(moved["mean_km"].iloc[0]),
        most=float(moved["p90_km"].iloc[0]),
    )
    empty = len(places) - len(used)
    if empty:
        note = Note("note.gathered.empty", gathered=note, places=empty)
    return Aggregation(DemandPoints(table, points.weights, (*points.notes, note)), moved, members)


def _moved(name: str, km: FloatArray, persons: FloatArray) -> dict[str, object]:
    return {
        "weight": name,
        "persons": float(persons.sum()),
        "mean_km": weighted_mean(km, persons),
        "median_km": weighted_percentile(km, persons, 0.5),
        "p90_km": weighted_percentile(km, persons, 0.9),
        "worst_km": float(km[persons > 0].max()) if (persons > 0).any() else float("nan"),
    }
