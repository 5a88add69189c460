"""Graphs of osmnx taken edge by edge: simplified, with times of their own, cut or put together by hand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from importlib.metadata import version
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
import shapely

from networks.errors import Fault, NetworkDataError
from networks.ferries import FerryService, ferry_edge_times, timetable_note
from networks.from_edges import network_from_edges
from networks.geodesy import segment_lengths_m, utm_epsg
from networks.network import EdgeGeometry, TravelNetwork
from networks.osm.compose import country_of
from networks.osm.defaults import CountryDefaults, country_defaults
from networks.osm.durations import parse_duration, parse_interval
from networks.osm.ferry_access import name_left_out, reason_left_out
from networks.osm.ferry_times import (
    believable,
    called,
    count_unread,
    fallback_minutes,
    service_hours,
    unbelieved,
)
from networks.osm.given_times import GivenTime, given_time, is_missing
from networks.osm.osmnx_raw import tags_of_edge
from networks.osm.report import UNBELIEVED_DURATIONS, BuildReport, Tally
from networks.osm.settings import Settings
from networks.osm.speeds import SpeedSource
from networks.osm.ways import WayType, judge
from networks.sentences import Sentence


def network_of_edges(
    graph: nx.MultiDiGraph[Any],
    settings: Settings,
    *,
    times: bool = True,
    notes: tuple[Sentence, ...] = (),
) -> TravelNetwork:
    """The network of a graph, edge by edge, each in its own direction and no other.

    An edge with a time of its own is taken with that time. Any other is judged by its tags, and left out
    where they close it to the profile.

    Args:
        graph: nodes with ``x, y`` in degrees.
        settings: how it is to be read.
        times: whether the graph's own times count.
        notes: what is already known of the graph.

    Raises:
        NetworkDataError: no edge is left for the profile, or an edge has neither a time nor tags.
    """
    tally = Tally()
    nodes = pd.DataFrame(
        [(node, data["x"], data["y"]) for node, data in graph.nodes(data=True)],
        columns=["node_id", "lon", "lat"],
    )
    lon, lat = nodes["lon"].to_numpy(np.float64), nodes["lat"].to_numpy(np.float64)
    country, guessed = country_of(settings, lon, lat)
    builder = _Edges(graph, settings, country_defaults(country), tally, times=times)
    for tail, head, data in graph.edges(data=True):
        builder.add(tail, head, data)
    edges = builder.frame(settings)
    graph_notes = (*notes, *builder.notes())
    report = BuildReport(
        source=settings.source,
        profile=settings.profile,
        ferries=settings.ferries.model,
        country=country,
        country_source=guessed,
        counts=tally.counts(),
        notes=(*graph_notes, *timetable_note(settings.ferries.model, builder.services)),
        graph_notes=graph_notes,
    )
    return network_from_edges(
        nodes,
        edges,
        services=builder.services,
        geometry=geometry_of(builder.lines),
        metric_epsg=settings.metric_epsg or utm_epsg(lon, lat),
        provenance={
            "source": settings.source,
            "osmnx": version("osmnx"),
            "licence": "(c) OpenStreetMap contributors, ODbL 1.0",
            "ferry_model": settings.ferries.model,
            "osm": report.to_dict(),
        },
    )


_NOTE = Sentence(
    "net.graph_tags",
    "made from the tags of a simplified osmnx graph: no turn restrictions, no barriers, no ferry relations; "
    "private roads are left out, and those for destinations are open to all; where an edge joins several "
    "ways, the slowest of their classes and limits counts",
)

_NO_TIME = Sentence("net.fault.edge_no_time", "the edge has neither a time nor tags (highway, route)")


class _Edges:
    """Turns edges with tags into rows with times."""

    def __init__(
        self,
        graph: nx.MultiDiGraph[Any],
        settings: Settings,
        defaults: CountryDefaults,
        tally: Tally,
        *,
        times: bool,
    ) -> None:
        self._graph, self._settings, self._defaults, self._tally = graph, settings, defaults, tally
        self._times = times
        self._given: dict[str, int] = {}
        self._untold: list[Fault] = []
        self._rows: list[dict[str, Any]] = []
        self.lines: list[shapely.LineString | None] = []
        self.services: list[FerryService] = []
        self._service_of: dict[tuple[frozenset[Hashable], str], int] = {}
        self._whole_m: defaultdict[str, float] = defaultdict(float)
        for *_, data in graph.edges(data=True):
            if not _is_reversed(data) and _is_ferry(data):
                self._whole_m[str(data.get("osmid"))] += float(data.get("length") or 0.0)

    def add(self, tail: Hashable, head: Hashable, data: Mapping[str, Any]) -> None:
        """Take in one edge of the graph."""
        tags = tags_of_edge(data)
        tags.pop("oneway", None)
        tags.pop("junction", None)
        data = {**data, "length": length_of(self._graph, tail, head, data)}
        time = given_time(data) if self._times else None
        if time is not None:
            row: dict[str, Any] | None = self._timed(tags, data, time)
        elif self._times and not tags.keys() & {"highway", "route"}:
            self._untold.append(Fault(_NO_TIME, where=self._settings.source, row=f"{tail} -> {head}"))
            return
        else:
            row = self._ferry(tail, head, tags, data) if _is_ferry(data) else self._road(tags, data)
        if row is None:
            return
        common = {
            "from_id": tail,
            "to_id": head,
            "length_m": data["length"],
            "ref": tags.get("ref", ""),
            "name": tags.get("name", ""),
            "link_id": str(data.get("osmid", "")),
            "source": "OpenStreetMap",
            "direction": "backward" if _is_reversed(data) else "forward",
        }
        self._rows.append(common | row)
        self.lines.append(line_of(self._graph, tail, head, data))

    def _kinds(self, tags: dict[str, str]) -> list[WayType]:
        return [
            judge({**tags, "highway": road_class}, self._settings.profile, self._defaults)
            for road_class in tags.get("highway", "").split(";")
        ]

    def _timed(self, tags: dict[str, str], data: Mapping[str, Any], time: GivenTime) -> dict[str, Any]:
        """An edge with the graph's own time: the tags give it its labels and do not close it."""
        self._count(time.source)
        row: dict[str, Any] = {"moving_s": time.moving_s, "speed_source": time.source, "service": -1}
        if _is_ferry(data):
            self._count("ferry")
            return row | {"kind": "ferry", "road_class": "ferry"}
        backward = _is_reversed(data)
        kinds = self._kinds(tags) if "highway" in tags else []
        if not all(
            (kind.directions.backward if backward else kind.directions.forward)
            and not _is_private(kind, backward)
            for kind in kinds
        ):
            self._count("closed")
        if not kinds:
            return row | {"kind": "road"}
        slowest = min(kinds, key=lambda kind: _kph(kind, backward))
        return row | {
            "kind": "road",
            "road_class": slowest.road_class,
            "winter": slowest.winter,
            "conditional": slowest.closure,
            "surface": slowest.surface,
            "structure": slowest.structure,
        }

    def _count(self, what: str) -> None:
        self._given[what] = self._given.get(what, 0) + 1

    def notes(self) -> tuple[str, ...]:
        """What was taken from the graph and what from the tags."""
        by_source = {name: self._given.get(name, 0) for name in ("travel_time", "speed_kph")}
        given = sum(by_source.values())
        if not given:
            return (_NOTE,)
        notes: list[str] = [
            Sentence(
                "net.graph_times",
                "{given} of {every} edges keep the times of the graph ({travel_time} by travel_time, "
                "{speed_kph} by speed_kph), without delays at junctions; from_osmnx(times='tags') reads the "
                "tags instead",
                given=given,
                every=len(self._rows),
                **by_source,
            )
        ]
        if self._given.get("closed"):
            notes.append(
                Sentence(
                    "net.graph_times_closed",
                    "{edges} edges that their tags close to '{profile}' are driven, because the graph has "
                    "times for them",
                    edges=self._given["closed"],
                    profile=self._settings.profile,
                )
            )
        if self._given.get("ferry"):
            notes.append(
                Sentence(
                    "net.graph_times_ferries",
                    "{edges} ferry edges keep the times of the graph: no wait at the quay is added",
                    edges=self._given["ferry"],
                )
            )
        return (*notes, _NOTE) if given < len(self._rows) else tuple(notes)

    def _road(self, tags: dict[str, str], data: Mapping[str, Any]) -> dict[str, Any] | None:
        kinds = self._kinds(tags)
        backward = _is_reversed(data)
        dropped = next((kind.directions.dropped for kind in kinds if kind.directions.dropped), None)
        if any(_is_private(kind, backward) for kind in kinds):
            self._tally.add("dropped edges", "private: in a simplified graph they would be a way through")
            return None
        allowed = all(kind.directions.backward if backward else kind.directions.forward for kind in kinds)
        if dropped or not allowed:
            self._tally.add("dropped edges", dropped or "closed in this direction")
            return None
        slowest = min(kinds, key=lambda kind: _kph(kind, backward))
        self._tally.add("speeds", f"edges: {slowest.speed_source}")
        return {
            "kind": "road",
            "road_class": slowest.road_class,
            "moving_s": float(data["length"]) / (_kph(slowest, backward) / 3.6),
            "winter": slowest.winter,
            "conditional": slowest.closure,
            "surface": slowest.surface,
            "structure": slowest.structure,
            "speed_source": slowest.speed_source.value,
            "assumptions": "speed_of_class" if slowest.speed_source is SpeedSource.DEFAULT else "",
            "service": -1,
        }

    def _ferry(
        self, tail: Hashable, head: Hashable, tags: dict[str, str], data: Mapping[str, Any]
    ) -> dict[str, Any] | None:
        reason = reason_left_out(tags, self._settings.profile)
        if reason:
            self._tally.add("dropped edges", reason)
            name_left_out(tags, reason, f"way {data.get('osmid')}", self._tally)
            return None
        key = frozenset((tail, head)), str(data.get("osmid"))
        if key not in self._service_of:
            self._service_of[key] = len(self.services)
            self.services.append(self._service(key[1], tags, data))
        return {"kind": "ferry", "road_class": "ferry", "moving_s": 0.0, "service": self._service_of[key]}

    def _service(self, osmid: str, tags: dict[str, str], data: Mapping[str, Any]) -> FerryService:
        length_km = float(data["length"]) / 1000.0
        minutes = parse_duration(tags.get("duration", ""))
        if minutes is not None:
            minutes *= min(float(data["length"]) / max(self._whole_m[osmid], 1e-9), 1.0)
        tagged = minutes is not None and believable(minutes, length_km)
        crossing = minutes if minutes is not None and tagged else fallback_minutes(length_km)
        self._tally.add("ferries", f"lines with a duration from: {'way' if tagged else 'fallback'}")
        headway = parse_interval(tags.get("interval", ""))
        hours = service_hours(tags.get("opening_hours", ""))
        count_unread([(f"way {osmid}", tags)], self._tally)
        if minutes is not None and not tagged:
            who = called(f"way {osmid}", tags)
            self._tally.add(UNBELIEVED_DURATIONS, unbelieved(who, minutes, length_km, crossing, "fallback"))
        assumed = {
            "crossing_of_length": not tagged,
            "headway_default": not headway,
            "window_default": hours.night == "unknown",
        }
        return FerryService(
            service_id=f"osm:{osmid}:{len(self.services)}",
            name=tags.get("name", ""),
            crossing_min=crossing,
            length_km=length_km,
            headway_min=headway,
            first_departure_min=hours.first,
            last_departure_min=hours.last,
            night=hours.night,
            assumptions=tuple(name for name, holds in assumed.items() if holds),
            weekdays=hours.weekdays,
            opening_hours=hours.rules,
        )

    def frame(self, settings: Settings) -> pd.DataFrame:
        """All rows, the ferries with the times of the ferry model.

        Raises:
            NetworkDataError: there are none, or an edge has neither a time nor tags.
        """
        if self._untold:
            raise NetworkDataError(self._untold[:20])
        if not self._rows:
            raise NetworkDataError(
                [
                    Fault(
                        Sentence(
                            "net.fault.no_road",
                            "no road or ferry for the profile '{profile}'",
                            profile=settings.profile,
                        ),
                        where=settings.source,
                    )
                ]
            )
        edges = pd.DataFrame(self._rows)
        texts = edges.columns.difference(["moving_s", "length_m", "service", "from_id", "to_id"])
        edges[texts] = edges[texts].fillna("")
        edges["wait_s"] = 0.0
        at_sea = (edges["service"] >= 0).to_numpy()
        moving, wait, _ = ferry_edge_times(
            self.services,
            edges.loc[at_sea, "service"].to_numpy(np.int32),
            edges.loc[at_sea, "direction"].to_numpy(object),
            settings.ferries,
        )
        edges.loc[at_sea, "moving_s"], edges.loc[at_sea, "wait_s"] = moving, wait
        return edges


def length_of(graph: nx.MultiDiGraph[Any], tail: Hashable, head: Hashable, data: Mapping[str, Any]) -> float:
    """Metres of an edge: its ``length``, else those of its line, else those of the straight one."""
    if not is_missing(data.get("length")):
        return float(data["length"])
    line = data.get("geometry")
    if line is None:
        line = [(graph.nodes[node]["x"], graph.nodes[node]["y"]) for node in (tail, head)]
    lon, lat = shapely.get_coordinates(line).T if isinstance(line, shapely.LineString) else np.array(line).T
    return float(segment_lengths_m(lon[:-1], lat[:-1], lon[1:], lat[1:]).sum())


def line_of(
    graph: nx.MultiDiGraph[Any], tail: Hashable, head: Hashable, data: Mapping[str, Any]
) -> shapely.LineString | None:
    """The line of an edge from its tail to its head; turned round where the graph keeps it the other way."""
    line = data.get("geometry")
    if not isinstance(line, shapely.LineString):
        return None
    ends = [shapely.Point(graph.nodes[node]["x"], graph.nodes[node]["y"]) for node in (tail, head)]
    first = shapely.Point(line.coords[0])
    return line.reverse() if first.distance(ends[0]) > first.distance(ends[1]) else line


def _is_reversed(data: Mapping[str, Any]) -> bool:
    """Whether an edge runs against its way; an edge made of both kinds is read along it."""
    return data.get("reversed") in (True, "True")


def _is_ferry(data: Mapping[str, Any]) -> bool:
    routes = data.get("route")
    return "ferry" in (routes if isinstance(routes, list) else [routes])


def _is_private(kind: WayType, backward: bool) -> bool:
    only_for = kind.directions.backward_only_for if backward else kind.directions.forward_only_for
    return only_for == "private"


def _kph(kind: WayType, backward: bool) -> float:
    return kind.backward_kph if backward else kind.forward_kph


def geometry_of(lines: Sequence[shapely.LineString | None]) -> EdgeGeometry | None:
    """Inner points of edges whose lines are known; None when no edge has a line."""
    inner = [np.zeros((0, 2)) if line is None else shapely.get_coordinates(line)[1:-1] for line in lines]
    if not any(line is not None for line in lines):
        return None
    indptr = np.zeros(len(lines) + 1, dtype=np.int64)
    np.cumsum([len(points) for points in inner], out=indptr[1:])
    points = np.concatenate([*inner, np.zeros((0, 2))])
    return EdgeGeometry(indptr, points[:, 0].copy(), points[:, 1].copy())
