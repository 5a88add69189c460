"""Link tables to a network: nodes, road links and ferry links of a curated study.

The tables and their columns (CSV in UTF-8, decimal points, a header line):

``nodes.csv``
    ``node_id,name,kind,municipality_code,lat,lon,source,confidence``
``roads.csv``, one row per link, both directions
    ``road_id,from_node,to_node,ref,road_class,length_km,speed_kph,winter,pass_name,explanation,source,confidence``
``ferries.csv``, one row per connection, both directions
    ``ferry_id,name,from_node,to_node,ref,crossing_min,length_km,headway_min,departures_per_day,
    first_departure,last_departure,night,activation_min,season,source,confidence``
``departures.csv``, one row per departure, for the ``timetable`` model
    ``ferry_id,from_node,departure,weekdays,from_date,to_date,crossing_min``; weekdays such as ``mon-fri`` or
    ``sat,sun``, blank = every day; blank dates = all year; a blank crossing = that of the ferry

Blank figures get a default; each is listed by link in ``provenance["assumptions"]`` and named in the edge
label ``assumptions``:

=========================  ==========================================================================
``road_length_of_circle``  length = great circle x 1.35 (the median detour of road links of known
                           length in Northern Norway is about 1.3)
``ferry_length_of_circle`` length = great circle (eight of ten ferries with a known length: x 0.95-1.08)
``speed_of_class``         speed of the road class (:class:`networks.speeds.SpeedTable`)
``crossing_of_length``     crossing = length / 20 km/h (ferries of the region with both known: 17-24)
``headway_of_departures``  headway = operating window / departures per day; the window is the whole day
                           where the first departure is the last one too
``headway_default``        headway = 120 min
``window_default``         operating window 06:00-23:00 (17 hours)
``night_unknown``          what happens at night is the caller's policy (:class:`FerryConditions`)
``season_unread``          the season is a text that is no season ("1 Jun-31 Aug" is one): sails all year
=========================  ==========================================================================
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from networks.arrays import FloatArray
from networks.errors import Fault, NetworkDataError
from networks.ferries import FerryConditions, FerryService, ferry_edge_times, timetable_note
from networks.ferry_tables import Assumptions, Ends, ferry_frame, with_departures
from networks.from_edges import network_from_edges
from networks.geodesy import great_circle_m
from networks.network import TravelNetwork
from networks.speeds import ROAD_CLASSES, SpeedTable
from networks.tables import TableReader

__all__ = ["great_circle_m", "network_from_links", "read_link_folder"]


#: Length of a road whose length is unknown, as a multiple of the great circle between its ends.
DETOUR_OF_UNKNOWN_ROADS = 1.35

NODE_COLUMNS = ("node_id", "lat", "lon")
ROAD_COLUMNS = ("road_id", "from_node", "to_node", "ref", "road_class", "length_km")
DEPARTURE_COLUMNS = ("ferry_id", "from_node", "departure")
FERRY_COLUMNS = ("ferry_id", "name", "from_node", "to_node", "crossing_min", "length_km")


def read_link_folder(
    folder: str | Path,
    *,
    speeds: SpeedTable | None = None,
    ferries: FerryConditions | None = None,
    metric_epsg: int = 25833,
) -> TravelNetwork:
    """Read ``nodes.csv``, ``roads.csv`` and, if there, ``ferries.csv`` and ``departures.csv`` of a folder.

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
        if (root / "departures.csv").exists():
            tables.append(TableReader.open(root / "departures.csv", required=DEPARTURE_COLUMNS))
    provenance = {"source": "link tables", "folder": root.name}
    return _build(tables, speeds, ferries, metric_epsg, provenance)


def network_from_links(
    nodes: pd.DataFrame,
    roads: pd.DataFrame,
    ferries: pd.DataFrame | None = None,
    *,
    departures: pd.DataFrame | None = None,
    speeds: SpeedTable | None = None,
    ferry_conditions: FerryConditions | None = None,
    metric_epsg: int = 25833,
) -> TravelNetwork:
    """Build a network from link tables in memory; the columns are those of the files (see the module).

    Args:
        nodes: the places and junctions.
        roads: road links, both directions each.
        ferries: ferry connections, both directions each; None or empty = no ferries.
        departures: departures of the ferries; None or empty = no timetable is known.
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
        if departures is not None and len(departures):
            tables.append(TableReader.of(departures, "departures", required=DEPARTURE_COLUMNS))
    return _build(tables, speeds, ferry_conditions, metric_epsg, {"source": "link tables"})


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
    ends = Ends(known, node_frame["lon"].to_numpy(), node_frame["lat"].to_numpy())
    road_frame = _road_frame(roads, ends, speeds, assumptions)
    services: list[FerryService] = []
    frames = [road_frame]
    if len(tables) > 2:
        services, ferries = ferry_frame(tables[2], ends, conditions, assumptions)
        frames.append(ferries)
    if len(tables) > 3:
        services = with_departures(services, tables[2], tables[3])
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
            "ferry_notes": list(timetable_note(conditions.model, services)),
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
            "lon": table.numbers("lon", low=-180, high=180, filled=True),
            "lat": table.numbers("lat", low=-90, high=90, filled=True),
        }
    )
    for column in ("name", "kind", "municipality_code"):
        frame[column] = table.texts(column)
    return frame, {node_id: position for position, node_id in enumerate(ids)}


def _road_frame(table: TableReader, ends: Ends, speeds: SpeedTable, assumptions: Assumptions) -> pd.DataFrame:
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
