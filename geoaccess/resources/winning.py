"""Who wins, as lines on a map: how the worst served places are reached, or people carried from them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely

from geoaccess.drives import fastest, fastest_column
from geoaccess.resources.reach import reach
from geoaccess.resources.transport import Transports, transport_to
from geoaccess.resources.waters import study_sea
from geoaccess.study import Study
from geoaccess.study.resource_sections import Service, bases_of
from geoaccess.study.services import Asked
from networks.sea import sea_path
from networks.sea.grid import QUAY_KM

#: Lines of so many places are drawn, those that wait longest: more would hide each other.
WORST = 15
#: A line over water keeps the way round the land to about this many degrees.
_SEA_DEGREES = 0.001
_LEG = ["demand_id", "name", "leg", "comes", "mode", "from", "to", "travel_time_min", "line"]
_Place = tuple[str, float, float]


def winning_legs(study: Study, asked: Asked, *, worst: int = WORST) -> pd.DataFrame:
    """The movements of the quickest way of the places that it takes longest for, everybody being ready to go.

    Args:
        study: the study in its state.
        asked: response, doctor or transport to somewhere.
        worst: how many places, those that nobody reaches left out.

    Returns:
        One row a movement: ``demand_id, name`` of the place, ``leg`` (0, 1, ...), ``comes`` (kind of base of
        what moves; empty for an onward drive), ``mode`` (road, sea, air), ``from, to`` (names),
        ``travel_time_min`` (of the movement, mobilisation left out), ``line`` (WKT, degrees: straight by air
        and road, the way round the land by sea).
    """
    carried = transport_to(study, asked.to) if asked.to else None
    service: Service = "response" if asked.to else asked.service
    minutes = fastest(carried.minutes) if carried else reach(study, service).quickest_min
    order = np.argsort(-np.where(np.isnan(minutes), -1.0, minutes), kind="stable")[:worst]
    points = [int(row) for row in order if np.isfinite(minutes[row])]
    rows: list[dict[str, object]] = []
    for point in points:
        legs = [_approach(study, service, point)]
        if carried is not None:
            legs += _carriage(study, carried, point)
        place = study.demand.iloc[point]
        told = {"demand_id": place["demand_id"], "name": place["name"]}
        rows += [told | {"leg": number} | leg for number, leg in enumerate(legs)]
    return pd.DataFrame(rows, columns=_LEG)


def _approach(study: Study, service: Service, point: int) -> dict[str, object]:
    """Whoever is first on the way from the base."""
    table = reach(study, service)
    base = table.bases.iloc[int(table.first[point])]
    minutes = float(table.quickest_min[point]) - float(base["mobilise_min"])
    start = (str(base["name"]), float(base["lon"]), float(base["lat"]))
    return _leg(study, str(base["resource"]), start, _patient(study, point), minutes)


def _carriage(study: Study, carried: Transports, point: int) -> list[dict[str, object]]:
    """The movements with the patient, from place to place."""
    column = int(fastest_column(carried.minutes)[point])
    here, legs = _patient(study, point), []
    for part in carried.found.legs(point, column):
        if part.what not in {"carry", "onward"}:
            continue
        there = _stop(study, carried, part.to, part.place)
        by = "" if part.what == "onward" else part.by.split(" (")[0]
        legs.append(_leg(study, by, here, there, part.minutes))
        here = there
    return legs


def _patient(study: Study, point: int) -> _Place:
    place = study.demand.iloc[point]
    return str(place["name"]), float(place["lon"]), float(place["lat"])


def _stop(study: Study, carried: Transports, to: str, place: int) -> _Place:
    """Where a movement ends: an airport among those of all craft, else the destination."""
    rows = carried.facilities
    if to == "airport":
        rows = study.facilities[study.facilities["kind"].isin(carried.airport_kinds)]
    row = rows.iloc[place]
    return str(row["name"]), float(row["lon"]), float(row["lat"])


def _leg(study: Study, resource: str, start: _Place, stop: _Place, minutes: float) -> dict[str, object]:
    craft = study.config.resources.get(resource)
    return {
        "comes": bases_of(resource, craft)[0] if craft else "",
        "mode": craft.moves if craft else "road",
        "from": start[0],
        "to": stop[0],
        "travel_time_min": minutes,
        "line": _line(study, resource, start[1:], stop[1:]),
    }


def _line(study: Study, resource: str, start: tuple[float, float], stop: tuple[float, float]) -> str:
    craft = study.config.resources.get(resource)
    if craft is not None and craft.moves == "sea":
        sea, factor = study_sea(study), craft.open_sea_speed_factor
        shore_km = max(QUAY_KM, craft.ashore_max_km)
        path = sea_path(sea, start, stop, open_sea_speed_factor=factor, max_km=shore_km)
        if path is not None:
            line = shapely.LineString(np.column_stack([path.lon, path.lat]))
            return str(line.simplify(_SEA_DEGREES).wkt)
    return str(shapely.LineString([start, stop]).wkt)
