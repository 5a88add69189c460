"""Link tables to a network: nodes, road links and ferry links of a curated study.

The tables and their columns (CSV in UTF-8, decimal points, a header line):

``nodes.csv``
    ``node_id,name,kind,municipality_code,lat,lon,source,confidence``
``roads.csv``, one row per link, both directions
    ``road_id,from_node,to_node,ref,road_class,length_km,speed_kph,winter,pass_name,explanation,source,confidence``
``ferries.csv``, one row per connection, both directions
    ``ferry_id,name,from_node,to_node,ref,crossing_min,length_km,headway_min,departures_per_day,
    first_departure,last_departure,night,activation_min,season,source,confidence``

Blank figures get a default; each is listed by link in ``provenance["assumptions"]`` and named in the edge
label ``assumptions``:

=========================  ==========================================================================
``road_length_of_circle``  length = great circle x 1.35 (the median detour of road links of known
                           length in Northern Norway is about 1.3)
``ferry_length_of_circle`` length = great circle (eight of ten ferries with a known length: x 0.95-1.08)
``speed_of_class``         speed of the road class (:class:`networks.speeds.SpeedTable`)
``crossing_of_length``     crossing = length / 20 km/h (ferries of the region with both known: 17-24)
``headway_of_departures``  headway = operating window / departures per day
``headway_default``        headway = 120 min
``window_default``         operating window 06:00-23:00 (17 hours)
``night_unknown``          what happens at night is the caller's policy (:class:`FerryConditions`)
``season_unread``          the season is a text that is no season ("1 Jun-31 Aug" is one): sails all year
=========================  ==========================================================================
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from networks.errors import Fault, NetworkDataError
from networks.ferries import FerryConditions, FerryService, NightService, ferry_edge_times, season_is_known
from networks.network import TravelNetwork, network_from_edges
from networks.speeds import ROAD_CLASSES, SpeedTable
from networks.tables import TableReader

FloatArray = NDArray[np.float64]

#: Length of a road whose length is unknown, as a multiple of the great circle between its ends.
DETOUR_OF_UNKNOWN_ROADS = 1.35
#: Service speed of a ferry whose crossing time is unknown, km/h.
NOMINAL_FERRY_SPEED_KPH = 20.0
#: Mean radius of the Earth, metres (IUGG).
EARTH_RADIUS_M = 6_371_008.8

NODE_COLUMNS = ("node_id", "lat", "lon")
ROAD_COLUMNS = ("road_id", "from_node", "to_node", "ref", "road_class", "length_km")
FERRY_COLUMNS = ("ferry_id", "name", "from_node", "to_node", "crossing_min", "length_km")
NIGHTS = ("sails", "on_call", "closed", "unknown")


@dataclass
class Assumptions:
    """Defaults used, by name, with the links they were used for."""

    by_name: dict[str, list[str]] = field(default_factory=dict)
    by_link: dict[str, list[str]] = field(default_factory=dict)

    def note(self, name: str, link_id: str) -> None:
        """Record that a link got this default."""
        self.by_name.setdefault(name, []).append(link_id)
        self.by_link.setdefault(link_id, []).append(name)

    def text(self, link_id: str) -> str:
        """The defaults of one link, as one text."""
        return ";".join(self.by_link.get(link_id, []))


def read_link_folder(
    folder: str | Path,
    *,
    speeds: SpeedTable | None = None,
    ferries: FerryConditions | None = None,
    metric_epsg: int = 25833,
) -> TravelNetwork:
    """Read ``nodes.csv``, ``roads.csv`` and, if there is one, ``ferries.csv`` of a folder.

    Args:
        folder: the folder.
        speeds: km/h by road class for links without a speed of their own.
        ferries: ferry model and time; by default half the headway, in the daytime.
        metric_epsg: EPSG code of the CRS used for metres.

    Raises:
        NetworkDataError: everything that is wrong with the tables, all of it.
    """
    root = Path(folder)
    tables = [
        TableReader.open(root / "nodes.csv", required=NODE_COLUMNS),
        TableReader.open(root / "roads.csv", required=ROAD_COLUMNS),
    ]
    if (root / "ferries.csv").exists():
        tables.append(TableReader.open(root / "ferries.csv", required=FERRY_COLUMNS))
    provenance = {"source": "link tables", "folder": root.name}
    return _build(tables, speeds, ferries, metric_epsg, provenance)


def network_from_links(
    nodes: pd.DataFrame,
    roads: pd.DataFrame,
    ferries: pd.DataFrame | None = None,
    *,
    speeds: SpeedTable | None = None,
    ferry_conditions: FerryConditions | None = None,
    metric_epsg: int = 25833,
) -> TravelNetwork:
    """Build a network from link tables in memory; the columns are those of the files (see the module).

    Args:
        nodes: the places and junctions.
        roads: road links, both directions each.
        ferries: ferry connections, both directions each; None or empty = no ferries.
        speeds: km/h by road class for links without a speed of their own.
        ferry_conditions: ferry model and time; by default half the headway, in the daytime.
        metric_epsg: EPSG code of the CRS used for metres.

    Raises:
        NetworkDataError: everything that is wrong with the tables, all of it.
    """
    tables = [
        TableReader.of(nodes, "nodes", required=NODE_COLUMNS),
        TableReader.of(roads, "roads", required=ROAD_COLUMNS),
    ]
    if ferries is not None and len(ferries):
        tables.append(TableReader.of(ferries, "ferries", required=FERRY_COLUMNS))
    return _build(tables, speeds, ferry_conditions, metric_epsg, {"source": "link tables"})


def great_circle_m(lon_a: FloatArray, lat_a: FloatArray, lon_b: FloatArray, lat_b: FloatArray) -> FloatArray:
    """Metres along the great circle between points in degrees (haversine, mean Earth radius)."""
    phi_a, phi_b = np.radians(lat_a), np.radians(lat_b)
    half_phi, half_lambda = (phi_b - phi_a) / 2.0, np.radians(np.asarray(lon_b) - lon_a) / 2.0
    chord = np.sin(half_phi) ** 2 + np.cos(phi_a) * np.cos(phi_b) * np.sin(half_lambda) ** 2
    metres: FloatArray = 2.0 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.minimum(chord, 1.0)))
    return metres


def _build(
    tables: list[TableReader],
    speeds: SpeedTable | None,
    conditions: FerryConditions | None,
    metric_epsg: int,
    provenance: dict[str, Any],
) -> TravelNetwork:
    speeds, conditions = speeds or SpeedTable(), conditions or FerryConditions()
    _raise_if_any([fault for table in tables for fault in table.faults])
    nodes, roads = tables[0], tables[1]
    node_frame, known = _node_frame(nodes)
    assumptions = Assumptions()
    ends = _Ends(known, node_frame["lon"].to_numpy(), node_frame["lat"].to_numpy())
    road_frame = _road_frame(roads, ends, speeds, assumptions)
    services: list[FerryService] = []
    frames = [road_frame]
    if len(tables) > 2:
        services, ferry_frame = _ferry_frame(tables[2], ends, conditions, assumptions)
        frames.append(ferry_frame)
    _raise_if_any([fault for table in tables for fault in table.faults])
    edges = pd.concat([_both_directions(frame) for frame in frames], ignore_index=True)
    states = _set_ferry_times(edges, services, conditions)
    edges["assumptions"] = [assumptions.text(link) for link in edges["link_id"]]
    return network_from_edges(
        node_frame,
        edges,
        services=services,
        metric_epsg=metric_epsg,
        provenance={
            **provenance,
            "links": {"nodes": len(node_frame), "roads": len(road_frame), "ferries": len(services)},
            "speeds_kph": speeds.as_dict(),
            "ferry_model": conditions.model,
            "ferry_states": states,
            "assumptions": assumptions.by_name,
            "assumption_counts": {name: len(links) for name, links in assumptions.by_name.items()},
            "confidence_counts": _confidence_counts(tables[1:]),
        },
    )


def _raise_if_any(faults: list[Fault]) -> None:
    if faults:
        raise NetworkDataError(faults)


def _node_frame(table: TableReader) -> tuple[pd.DataFrame, dict[str, int]]:
    ids = table.ids("node_id")
    frame = pd.DataFrame(
        {
            "node_id": ids,
            "lon": table.filled("lon", table.numbers("lon", low=-180, high=180)),
            "lat": table.filled("lat", table.numbers("lat", low=-90, high=90)),
        }
    )
    for column in ("name", "kind", "municipality_code"):
        frame[column] = table.texts(column)
    return frame, {node_id: position for position, node_id in enumerate(ids)}


@dataclass(frozen=True)
class _Ends:
    """Reads the two ends of links and the great circle between them."""

    known: dict[str, int]
    lon: FloatArray
    lat: FloatArray

    def read(self, table: TableReader) -> tuple[list[str], list[str], FloatArray]:
        starts, stops = table.references("from_node", self.known), table.references("to_node", self.known)
        for position, (start, stop) in enumerate(zip(starts, stops, strict=True)):
            if start == stop:
                table.fault(position, "to_node", "a link must join two different nodes")
        tails = np.asarray([self.known.get(node, 0) for node in starts], dtype=np.int64)
        heads = np.asarray([self.known.get(node, 0) for node in stops], dtype=np.int64)
        circle_km = (
            great_circle_m(self.lon[tails], self.lat[tails], self.lon[heads], self.lat[heads]) / 1000.0
        )
        return starts, stops, circle_km


def _road_frame(
    table: TableReader, ends: _Ends, speeds: SpeedTable, assumptions: Assumptions
) -> pd.DataFrame:
    ids = table.ids("road_id")
    starts, stops, circle_km = ends.read(table)
    length_km = _length(table, ids, circle_km, assumptions)
    classes = table.texts("road_class", allowed=ROAD_CLASSES)
    speed_kph = table.numbers("speed_kph", above=0, high=150)
    of_class = speeds.as_dict()
    for position, (link, name) in enumerate(zip(ids, classes, strict=True)):
        if np.isnan(speed_kph[position]):
            speed_kph[position] = of_class.get(name, np.nan)
            assumptions.note("speed_of_class", link)
    return pd.DataFrame(
        {
            "from_id": starts,
            "to_id": stops,
            "moving_s": 3600.0 * length_km / speed_kph,
            "length_m": 1000.0 * length_km,
            "kind": "road",
            "road_class": classes,
            "ref": table.texts("ref"),
            "name": table.texts("name"),
            "link_id": ids,
            "source": table.texts("source"),
            "winter": table.texts("winter"),
            "pass_name": table.texts("pass_name"),
            "confidence": table.texts("confidence"),
            "service": -1,
        }
    )


def _length(
    table: TableReader, ids: list[str], circle_km: FloatArray, assumptions: Assumptions
) -> FloatArray:
    """Lengths in km; a blank one is the great circle times the usual detour."""
    length_km = table.numbers("length_km", above=0)
    for position in np.flatnonzero(np.isnan(length_km)):
        length_km[position] = DETOUR_OF_UNKNOWN_ROADS * circle_km[position]
        assumptions.note("road_length_of_circle", ids[position])
    return length_km


def _ferry_frame(
    table: TableReader, ends: _Ends, conditions: FerryConditions, assumptions: Assumptions
) -> tuple[list[FerryService], pd.DataFrame]:
    ids = table.ids("ferry_id")
    starts, stops, circle_km = ends.read(table)
    length_km = table.numbers("length_km", above=0)
    for position in np.flatnonzero(np.isnan(length_km)):
        length_km[position] = circle_km[position]
        assumptions.note("ferry_length_of_circle", ids[position])
    figures = _FerryFigures.read(table)
    names = table.texts("name")
    services = [
        figures.service(
            position,
            link=ids[position],
            name=names[position],
            length_km=length_km[position],
            conditions=conditions,
            assumptions=assumptions,
        )
        for position in range(len(ids))
    ]
    frame = pd.DataFrame(
        {
            "from_id": starts,
            "to_id": stops,
            "moving_s": 0.0,
            "length_m": 1000.0 * length_km,
            "kind": "ferry",
            "road_class": "ferry",
            "ref": table.texts("ref"),
            "name": names,
            "link_id": ids,
            "source": table.texts("source"),
            "confidence": table.texts("confidence"),
            "service": np.arange(len(ids)),
        }
    )
    return services, frame


@dataclass(frozen=True)
class _FerryFigures:
    """The columns of a ferry table, as numbers; NaN where blank."""

    crossing_min: FloatArray
    headway_min: FloatArray
    departures_per_day: FloatArray
    first_min: FloatArray
    last_min: FloatArray
    activation_min: FloatArray
    night: list[str]
    season: list[str]

    @classmethod
    def read(cls, table: TableReader) -> _FerryFigures:
        return cls(
            crossing_min=table.numbers("crossing_min", above=0),
            headway_min=table.numbers("headway_min", above=0),
            departures_per_day=table.numbers("departures_per_day", above=0),
            first_min=table.clock("first_departure"),
            last_min=table.clock("last_departure"),
            activation_min=table.numbers("activation_min", low=0),
            night=table.texts("night", allowed=NIGHTS, blank="unknown"),
            season=table.texts("season"),
        )

    def service(
        self,
        row: int,
        *,
        link: str,
        name: str,
        length_km: float,
        conditions: FerryConditions,
        assumptions: Assumptions,
    ) -> FerryService:
        """One ferry, its blanks filled and noted."""
        noted = len(assumptions.by_link.get(link, []))
        crossing = self.crossing_min[row]
        if np.isnan(crossing):
            crossing = 60.0 * length_km / NOMINAL_FERRY_SPEED_KPH
            assumptions.note("crossing_of_length", link)
        if self.night[row] == "unknown":
            assumptions.note("night_unknown", link)
        if self.season[row] and not season_is_known(self.season[row]):
            assumptions.note("season_unread", link)
        headway = self._headway(row, link, conditions, assumptions)
        return FerryService(
            service_id=link,
            name=name,
            crossing_min=float(crossing),
            length_km=float(length_km),
            headway_min=headway,
            first_departure_min=_or_none(self.first_min[row]),
            last_departure_min=_or_none(self.last_min[row]),
            night=cast(NightService, self.night[row]),
            activation_min=_or_none(self.activation_min[row]),
            season=self.season[row],
            assumptions=tuple(assumptions.by_link.get(link, [])[noted:]),
        )

    def _headway(self, row: int, link: str, conditions: FerryConditions, assumptions: Assumptions) -> float:
        first, last = conditions.default_window_min
        if np.isnan(self.first_min[row]) or np.isnan(self.last_min[row]):
            if self.night[row] != "sails":
                assumptions.note("window_default", link)
        else:
            first, last = self.first_min[row], self.last_min[row]
            last += 1440.0 if last < first else 0.0
        if not np.isnan(self.headway_min[row]):
            return float(self.headway_min[row])
        if np.isnan(self.departures_per_day[row]) or last == first:
            assumptions.note("headway_default", link)
            return conditions.default_headway_min
        assumptions.note("headway_of_departures", link)
        return float((last - first) / self.departures_per_day[row])


def _or_none(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _both_directions(frame: pd.DataFrame) -> pd.DataFrame:
    backward = frame.rename(columns={"from_id": "to_id", "to_id": "from_id"})
    return pd.concat(
        [frame.assign(direction="forward"), backward.assign(direction="backward")], ignore_index=True
    )


def _set_ferry_times(
    edges: pd.DataFrame, services: list[FerryService], conditions: FerryConditions
) -> dict[str, list[str]]:
    """Write the times of the ferry edges into the table; the ferries' states are returned."""
    edges["wait_s"] = 0.0
    at_sea = (edges["service"] >= 0).to_numpy()
    moving, wait, states = ferry_edge_times(
        services,
        edges.loc[at_sea, "service"].to_numpy(np.int32),
        edges.loc[at_sea, "direction"].to_numpy(object),
        conditions,
    )
    edges.loc[at_sea, "moving_s"] = moving
    edges.loc[at_sea, "wait_s"] = wait
    return states


def _confidence_counts(tables: list[TableReader]) -> dict[str, int]:
    texts = pd.Series([text or "not stated" for table in tables for text in table.texts("confidence")])
    return {str(name): int(count) for name, count in texts.value_counts().sort_index().items()}
