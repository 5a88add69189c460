"""Graphs of osmnx whose edges still are the segments of the map, turned back into ways, nodes and ferries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import networkx as nx
import numpy as np

from networks.osm.access import ENDS_ONLY, barrier_access
from networks.osm.ferry_access import is_terminal
from networks.osm.opl import escape
from networks.osm.pieces import Points
from networks.osm.report import Tally
from networks.osm.sea import RawMap, Terminals
from networks.osm.settings import Settings
from networks.osm.ways import WayCollector

#: What osmnx adds to the tags of a way.
_NOT_TAGS = frozenset(
    {"osmid", "length", "reversed", "geometry", "speed_kph", "travel_time", "bearing", "grade"}
)


def is_unsimplified(graph: nx.MultiDiGraph[Any]) -> bool:
    """Whether every edge still is one segment of one way."""
    return not graph.graph.get("simplified") and all(
        isinstance(data.get("osmid"), int) and "geometry" not in data for *_, data in graph.edges(data=True)
    )


def has_whole_ways(graph: nx.MultiDiGraph[Any]) -> bool:
    """Whether the edges run in just those directions that the tags of their ways say, as osmnx makes them.

    A graph that was cut or put together by hand may have one direction of a street alone: read as ways, it
    would get the other one back.
    """
    along, against = (
        {
            (data["osmid"], *ends)
            for *ends, data in graph.edges(data=True)
            if bool(data.get("reversed")) is back
        }
        for back in (False, True)
    )
    both = {
        (data["osmid"], tail, head)
        for tail, head, data in graph.edges(data=True)
        if not data.get("reversed") and not data.get("oneway")
    }
    return {(way, head, tail) for way, tail, head in both} == against and len(along) + len(against) == (
        graph.number_of_edges()
    )


def raw_map_of(graph: nx.MultiDiGraph[Any], settings: Settings, tally: Tally) -> RawMap:
    """The ways, ferries, nodes and barriers of an unsimplified graph.

    Relations are not in such a graph: turn restrictions and durations on ferry relations are lost.
    """
    collector = WayCollector(settings.profile, tally)
    segments: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
    tags: dict[int, dict[str, str]] = {}
    for tail, head, data in graph.edges(data=True):
        if not data.get("reversed"):
            segments[data["osmid"]].append((tail, head))
            tags.setdefault(data["osmid"], tags_of_edge(data))
    for way_id, pairs in segments.items():
        text = ",".join(f"{escape(key)}={escape(value)}" for key, value in tags[way_id].items())
        nodes = runs(pairs)
        collector.add(way_id, text, ",".join(f"n{node}" for node in nodes))
    ways = collector.table()
    wanted = np.asarray(sorted(graph.nodes), dtype=np.int64)
    lon = np.asarray([graph.nodes[node]["x"] for node in wanted.tolist()], dtype=np.float64)
    lat = np.asarray([graph.nodes[node]["y"] for node in wanted.tolist()], dtype=np.float64)
    said = [
        {key: str(text) for key, text in graph.nodes[node].items() if isinstance(text, str)}
        for node in wanted.tolist()
    ]
    passing = [barrier_access(one, settings.profile) for one in said]
    gates = np.asarray([verdict in ENDS_ONLY for verdict in passing], dtype=bool)
    barriers = gates | np.asarray([verdict == "no" for verdict in passing], dtype=bool)
    places = zip(wanted.tolist(), lon.tolist(), lat.tolist(), strict=True)
    terminals = [place for place, one in zip(places, said, strict=True) if is_terminal(one)]
    points = Points(wanted, lon, lat)
    return RawMap(ways, collector.ferries, (), points, barriers, gates, Terminals.of(terminals))


def tags_of_edge(data: Mapping[str, Any]) -> dict[str, str]:
    """The tags of the way that an edge belongs to; several values are joined by semicolons."""
    tags = {}
    for key, value in data.items():
        if key in _NOT_TAGS or value is None:
            continue
        values = value if isinstance(value, (list, tuple, set)) else [value]
        texts = [str(one) for one in values if not (isinstance(one, float) and np.isnan(one))]
        if texts:
            tags[key] = ";".join(sorted(texts)) if len(texts) > 1 else texts[0]
    if isinstance(data.get("oneway"), (bool, np.bool_)):
        tags["oneway"] = "yes" if data["oneway"] else "no"
    return tags


def runs(pairs: Iterable[tuple[int, int]]) -> list[int]:
    """Directed segments of one way as a list of nodes; stretches that do not meet are parted by node 0.

    Node 0 is in no map, so that the builder ends one stretch there and begins the next.
    """
    onward: defaultdict[int, list[int]] = defaultdict(list)
    arriving: defaultdict[int, int] = defaultdict(int)
    for tail, head in pairs:
        onward[tail].append(head)
        arriving[head] += 1
    starts = [node for node in list(onward) if arriving[node] < len(onward[node])] + list(onward)
    nodes: list[int] = []
    for start in starts:
        while onward[start]:
            nodes += [0] if nodes else []
            here = start
            nodes.append(here)
            while onward[here]:
                here = onward[here].pop(0)
                nodes.append(here)
    return nodes
