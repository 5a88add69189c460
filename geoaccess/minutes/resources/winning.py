"""Who wins, as lines on a map: how places are reached, or people carried from them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely

from geoaccess.ground.arrays import FloatArray, IntArray
from geoaccess.minutes.drives import fastest_column
from geoaccess.minutes.resources.reach import reach
from geoaccess.minutes.resources.transport import Transports, transport_to
from geoaccess.minutes.resources.waters import study_sea
from geoaccess.study import Study
from geoaccess.study.resource_sections import Service, bases_of
from geoaccess.study.services import Asked
from networks import SnappedPoints
from networks.routes import point_line
from networks.sea import sea_paths
from networks.sea.grid import QUAY_KM

#: Lines of so many places are drawn, those that wait longest first: a page must open on a telephone.
MOST = 1000
#: A line keeps bends to about this many degrees.
_BEND_DEGREES = 0.001
#: On larger networks a drive is drawn straight: every line asks for a search of the whole network.
_DRAWN_NODES = 20_000
_LEG = ["demand_id", "name", "leg", "comes", "mode", "from", "to", "travel_time_min", "line"]


@dataclass(frozen=True)
class _Place:
    """An end of a movement: a patient (``point`` is the row of the demand point), else a base or facility."""

    name: str
    lon: float
    lat: float
    node_id: str = ""
    point: int = -1


class _Places:
    """The rows of a frame as ends of movements; pandas gives columns at once and each row slowly."""

    def __init__(self, frame: pd.DataFrame, *, people: bool = False) -> None:
        self.people = people
        self.columns = [
            frame[name].to_numpy(dtype=object)
            for name in ("name", "lon", "lat", *([] if people else ["node_id"]))
        ]

    def __getitem__(self, row: int) -> _Place:
        name, lon, lat, *node = (column[row] for column in self.columns)
        place = str(name), float(lon), float(lat)
        return _Place(*place, point=row) if self.people else _Place(*place, str(node[0]))


@dataclass(frozen=True)
class _Leg:
    """A movement; ``resource`` is empty for an onward drive."""

    resource: str
    start: _Place
    stop: _Place
    minutes: float


#: What is drawn of a movement: the resource, unless it drives, and both ends.
_Way = tuple[str, _Place, _Place]
#: Lines that were drawn already; movements of several questions of one state are often the same.
Drawn = dict[_Way, str]


def winning_legs(
    study: Study, asked: Asked, *, most: int = MOST, sailed: Mapping[str, FloatArray] | None = None
) -> pd.DataFrame:
    """The movements of the quickest way of the places that it takes longest for, everybody being ready to go.

    Args:
        study: the study in its state.
        asked: response, doctor or transport to somewhere.
        most: how many places, those that nobody reaches left out.
        sailed: link id -> (n, 2) degrees of the line that a ferry sails, where it is known.

    Returns:
        One row a movement, places that wait longest first: ``demand_id, name`` of the place, ``leg`` (0, 1,
        ...), ``comes`` (kind of base of what moves; empty for an onward drive), ``mode`` (road, sea, air),
        ``from, to`` (names), ``travel_time_min`` (of the movement, mobilisation left out), ``line`` (WKT,
        degrees: straight by air, the way round the land by sea, that over the network by road).
    """
    if not asked.to:
        return coming_legs(study, asked.service, most=most, sailed=sailed)
    carried = transport_to(study, asked.to)
    return carrying_legs(study, carried, fastest_column(carried.minutes), most=most, sailed=sailed)


def coming_legs(
    study: Study,
    service: Service,
    *,
    most: int = MOST,
    sailed: Mapping[str, FloatArray] | None = None,
    drawn: Drawn | None = None,
) -> pd.DataFrame:
    """The movements of whoever is first with each patient, see :func:`winning_legs`.

    ``drawn`` are the lines of movements of the same state that were told before; new ones are added.
    """
    points = _longest(reach(study, service).quickest_min, most)
    legs = {point: [leg] for point, leg in _approaches(study, service, points).items()}
    return _table(study, legs, sailed, {} if drawn is None else drawn)


def carrying_legs(
    study: Study,
    carried: Transports,
    which: IntArray,
    *,
    most: int = MOST,
    sailed: Mapping[str, FloatArray] | None = None,
    drawn: Drawn | None = None,
) -> pd.DataFrame:
    """The movements of whoever is first and of what carries, see :func:`winning_legs`.

    Args:
        study: the study in its state.
        carried: everybody's ways.
        which: (n_demand,) column of the facility that each is carried to; -1 = none.
        most: how many places.
        sailed: lines of ferries, see :func:`winning_legs`.
        drawn: lines of movements, see :func:`coming_legs`.
    """
    rows = np.arange(len(which))
    minutes = np.full(len(which), np.nan)
    there = which >= 0
    minutes[there] = carried.minutes[rows[there], which[there]]
    legs = {point: [leg] for point, leg in _approaches(study, "response", _longest(minutes, most)).items()}
    airports = study.facilities[study.facilities["kind"].isin(carried.airport_kinds)]
    stops, landing = _Places(carried.facilities), _Places(airports)
    for point, own in legs.items():
        own.extend(_carriage(carried, own[0].stop, int(which[point]), stops, landing))
    return _table(study, legs, sailed, {} if drawn is None else drawn)


def _longest(minutes: FloatArray, most: int) -> list[int]:
    order = np.argsort(-np.where(np.isnan(minutes), -1.0, minutes), kind="stable")[:most]
    return [int(row) for row in order if np.isfinite(minutes[row])]


def _table(
    study: Study, legs: dict[int, list[_Leg]], sailed: Mapping[str, FloatArray] | None, drawn: Drawn
) -> pd.DataFrame:
    every = [leg for own in legs.values() for leg in own]
    lines = iter(_lines(study, every, sailed, drawn))
    ids, names = (study.demand[name].to_numpy(dtype=object) for name in ("demand_id", "name"))
    rows: list[dict[str, object]] = []
    for point, own in legs.items():
        for number, leg in enumerate(own):
            craft = study.config.resources.get(leg.resource)
            rows.append(
                {
                    "demand_id": ids[point],
                    "name": names[point],
                    "leg": number,
                    "comes": bases_of(leg.resource, craft)[0] if craft else "",
                    "mode": craft.moves if craft else "road",
                    "from": leg.start.name,
                    "to": leg.stop.name,
                    "travel_time_min": leg.minutes,
                    "line": next(lines),
                }
            )
    return pd.DataFrame(rows, columns=_LEG)


def _approaches(study: Study, service: Service, points: Sequence[int]) -> dict[int, _Leg]:
    """Whoever is first with each patient, on the way from the base."""
    table = reach(study, service)
    first, quickest = table.first, table.quickest_min
    patients, bases = _Places(study.demand, people=True), _Places(table.bases)
    resources, leaving = (table.bases[name].to_numpy(dtype=object) for name in ("resource", "mobilise_min"))
    return {
        point: _Leg(
            str(resources[first[point]]),
            bases[int(first[point])],
            patients[point],
            float(quickest[point]) - float(leaving[first[point]]),
        )
        for point in points
    }


def _carriage(
    carried: Transports, here: _Place, column: int, stops: _Places, airports: _Places
) -> list[_Leg]:
    """The movements with the patient, from place to place; airports are among those of all craft."""
    legs = []
    for part in carried.found.legs(here.point, column):
        if part.what not in {"carry", "onward"}:
            continue
        there = (airports if part.to == "airport" else stops)[part.place]
        by = "" if part.what == "onward" else carried.resources.get(part.by, part.by)
        legs.append(_Leg(by, here, there, part.minutes))
        here = there
    return legs


def _lines(
    study: Study, legs: Sequence[_Leg], sailed: Mapping[str, FloatArray] | None, drawn: Drawn
) -> list[str]:
    """The line of every movement."""
    wanted: dict[str, dict[_Way, None]] = defaultdict(dict)
    keys = []
    for leg in legs:
        craft = study.config.resources.get(leg.resource)
        # All that drive go the same way from place to place.
        moves = craft.moves if craft else "road"
        keys.append(("" if moves == "road" else leg.resource, leg.start, leg.stop))
        if keys[-1] not in drawn:
            wanted[moves][keys[-1]] = None
    drawn |= _by_road(study, list(wanted["road"]), sailed)
    drawn |= _by_sea(study, list(wanted["sea"]))
    straight = [key for key in dict.fromkeys(keys) if key not in drawn]
    drawn |= zip(straight, _straight(straight), strict=True)
    return [drawn[key] for key in keys]


def _by_road(study: Study, ways: Sequence[_Way], sailed: Mapping[str, FloatArray] | None) -> dict[_Way, str]:
    """Lines over the network; none on a network so large that they are drawn straight."""
    if not ways or study.network.n_nodes > _DRAWN_NODES:
        return {}
    ends = {end for _, start, stop in ways for end in (start, stop)}
    others = [end for end in ends if end.point < 0]
    rows = {end: row for row, end in enumerate(others)}
    frame = pd.DataFrame(others, columns=["name", "lon", "lat", "node_id", "point"])
    joined = study.on_network(frame) if others else study.demand_points

    def at(end: _Place) -> SnappedPoints:
        points, row = (study.demand_points, end.point) if end.point >= 0 else (joined, rows[end])
        return points.take(np.asarray([row]))

    return {way: _bent(*point_line(study.network, at(way[1]), at(way[2]), sailed)) for way in ways}


def _by_sea(study: Study, ways: Sequence[_Way]) -> dict[_Way, str]:
    """Lines round the land; those of one kind of boat from one place are searched together."""
    together: dict[tuple[str, float, float], list[_Way]] = defaultdict(list)
    for way in ways:
        together[way[0], way[1].lon, way[1].lat].append(way)
    lines: dict[_Way, str] = {}
    for (resource, lon, lat), own in together.items():
        craft = study.config.resources[resource]
        sailed = sea_paths(
            study_sea(study),
            (lon, lat),
            [(stop.lon, stop.lat) for _, _, stop in own],
            open_sea_speed_factor=craft.open_sea_speed_factor,
            max_km=max(QUAY_KM, craft.ashore_max_km),
            limit_km=np.inf if craft.range_km is None else craft.range_km,
        )
        found = zip(own, sailed, strict=True)
        lines |= {way: _bent(path.lon, path.lat) for way, path in found if path is not None}
    return lines


def _straight(ways: Sequence[_Way]) -> list[str]:
    ends = [((start.lon, start.lat), (stop.lon, stop.lat)) for _, start, stop in ways]
    lines = shapely.linestrings(np.array(ends).reshape(-1, 2, 2))
    return [str(line) for line in shapely.to_wkt(lines, rounding_precision=-1)]


def _bent(lon: FloatArray, lat: FloatArray) -> str:
    line = shapely.LineString(np.column_stack([lon, lat])).simplify(_BEND_DEGREES)
    return str(shapely.set_precision(line, 1e-5, mode="pointwise").wkt)
