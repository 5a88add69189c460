"""Graphs of networkx and igraph: a graph with times on its edges becomes a network, a network a graph."""

from __future__ import annotations

import contextlib
import difflib
import numbers
from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal

import networkx as nx
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError

from networks.arrays import FloatArray
from networks.errors import CrsError, Fault, NetworkDataError
from networks.from_edges import network_from_edges
from networks.geodesy import utm_epsg
from networks.network import EDGE_KINDS, Labels, TravelNetwork
from networks.osm.given_times import faults_of_times, given_time, is_missing
from networks.osm.osmnx_edges import geometry_of, length_of, line_of
from networks.osm.osmnx_in import from_osmnx
from networks.osm.osmnx_out import RENAMED, to_osmnx
from networks.sentences import Sentence

if TYPE_CHECKING:
    import igraph

ToDegrees = Callable[[FloatArray], FloatArray]

#: Units of time on edges.
TimeUnit = Literal["s", "min", "h"]

_SECONDS: dict[str, float] = {"s": 1.0, "min": 60.0, "h": 3600.0}

#: Names under which coordinates stand on nodes, the first that all nodes have counts.
_COORDINATES = (("x", "y"), ("lon", "lat"), ("longitude", "latitude"), ("lng", "lat"))

#: Attributes of edges and nodes that are numbers or lines of the network, not labels of it.
_NO_LABELS = frozenset({"length", "speed_kph", "geometry"})
_TAKEN = frozenset({"from_id", "to_id", "moving_s", "wait_s", "length_m", "service", "ferry", "travel_time"})
_TAKEN_BY_NODES = frozenset({"node_id", "lon", "lat"})

#: Types that text gives back as they were.
_TYPES: dict[str, type] = {"str": str, "int": int, "float": float}

_MOST_FAULTS = 20


def from_networkx(
    graph: nx.Graph[Any],
    *,
    time: str = "travel_time",
    unit: TimeUnit = "s",
    crs: str | int | None = None,
    metric_epsg: int | None = None,
    source: str = "networkx graph",
) -> TravelNetwork:
    """The network of any graph with times on its edges.

    Directed edges are driven as they point, those of an undirected graph both ways; parallel edges stay
    parallel. Dijkstra on the graph and on the network give the same minutes. A graph of :func:`to_networkx`
    gives the same network back, ferries and waits included.

    Nodes need coordinates: ``x, y``, ``lon, lat``, or a pair ``pos``. A missing ``length`` (metres) is that
    of the line ``geometry``, else of the straight line. All other attributes become labels; texts, whole
    numbers, floats and truth values come back from :func:`to_networkx` as they were, empty ones as missing.
    What does not is listed in ``provenance["graph"]["lost"]``: attributes of other types (they come back as
    text), names that the network has for itself, keys of parallel edges, and ids that are neither numbers
    nor text.

    Args:
        graph: a Graph, DiGraph, MultiGraph or MultiDiGraph.
        time: name of the edge attribute with the time; an edge without it needs ``speed_kph`` and ``length``.
            ``inf`` = closed.
        unit: the unit of that attribute.
        crs: of the coordinates; None = what the graph says (``graph.graph["crs"]``), else degrees.
        metric_epsg: EPSG code of the CRS for metres; None = the UTM zone of the middle.
        source: what results call the graph.

    Raises:
        CrsError: the CRS is none, or the coordinates are no degrees and no CRS is named.
        NetworkDataError: no nodes or edges, a node without coordinates, an edge without a time, or a time
            that is none.
    """
    if unit not in _SECONDS:
        raise NetworkDataError([Fault(_NO_UNIT, where="unit", value=str(unit))])
    if graph.graph.get("created_with") == "geoaccess" and time == "travel_time" and unit == "s":
        return from_osmnx(nx.MultiDiGraph(graph), metric_epsg=metric_epsg, source=source)
    lost: set[str] = set()
    to_degrees = _to_degrees(crs if crs is not None else graph.graph.get("crs"), source)
    nodes, types_of_nodes = _nodes(graph, to_degrees, source, lost)
    ids = dict(zip(graph.nodes, nodes["node_id"], strict=True))
    placed: nx.MultiDiGraph[Any] = nx.MultiDiGraph()
    placed.add_nodes_from(
        (node, {"x": lon, "y": lat})
        for node, lon, lat in zip(graph.nodes, nodes["lon"], nodes["lat"], strict=True)
    )
    for tail, head, data in (graph if graph.is_directed() else graph.to_directed()).edges(data=True):
        placed.add_edge(tail, head, **_in_degrees(data, to_degrees))
    edges, lines, types_of_edges = _edges(placed, ids, time, _SECONDS[unit], source, lost)
    if graph.is_multigraph() and any(not isinstance(edge[-1], int) for edge in graph.edges):
        lost.add("keys of parallel edges")
    return network_from_edges(
        nodes,
        edges,
        geometry=geometry_of(lines),
        metric_epsg=metric_epsg or utm_epsg(nodes["lon"].to_numpy(), nodes["lat"].to_numpy()),
        provenance={
            "source": source,
            "graph": {
                "made_by": "networkx",
                "directed": graph.is_directed(),
                "time": time,
                "unit": unit,
                "nodes": types_of_nodes,
                "edges": types_of_edges,
                "lost": sorted(lost),
            },
        },
    )


def _nodes(
    graph: nx.Graph[Any], to_degrees: ToDegrees | None, source: str, lost: set[str]
) -> tuple[pd.DataFrame, dict[str, str]]:
    """The table of nodes in degrees, and the types of their attributes."""
    if not len(graph):
        raise NetworkDataError([Fault(_NO_NODES, where=source)])
    names, points = _coordinates(graph, source)
    if to_degrees is not None:
        points = to_degrees(points)
    elif (np.abs(points) > [180.0, 90.0]).any():
        raise CrsError(
            Sentence(
                "net.fault.graph_metres",
                "{source}: the coordinates of its nodes are no degrees; name their CRS: crs=25833",
                source=source,
            )
        )
    ids = [_plain(node) for node in graph.nodes]
    if not all(type(node) in (int, str) for node in ids):
        lost.add("ids of nodes that are neither whole numbers nor text")
        ids = [node if type(node) in (int, str) else str(node) for node in ids]
    whole = all(type(node) is int for node in ids)
    frame = pd.DataFrame(
        {
            "node_id": pd.Series(ids, dtype="int64" if whole else "object"),
            "lon": points[:, 0],
            "lat": points[:, 1],
        }
    )
    texts, types = _labels([data for _, data in graph.nodes(data=True)], {*names}, _TAKEN_BY_NODES, lost)
    return frame.assign(**texts), types


def _coordinates(graph: nx.Graph[Any], source: str) -> tuple[tuple[str, ...], FloatArray]:
    """Attributes that hold coordinates, and (n_nodes, 2) what they say.

    Raises:
        NetworkDataError: a node has none.
    """
    every = list(graph.nodes(data=True))
    names: tuple[str, ...] = next(
        (pair for pair in _COORDINATES if any(pair[0] in data and pair[1] in data for _, data in every)),
        ("pos",),
    )
    points = np.full((len(every), 2), np.nan)
    for row, (_, data) in enumerate(every):
        pair = data.get("pos") if names == ("pos",) else [data.get(name) for name in names]
        with contextlib.suppress(TypeError, ValueError):
            points[row] = [float(value) for value in pair or ()]
    without = np.flatnonzero(~np.isfinite(points).all(axis=1))
    if len(without):
        raise NetworkDataError(
            [Fault(_NO_PLACE, where=source, row=str(every[row][0])) for row in without[:_MOST_FAULTS]]
        )
    return names, points


_NO_NODES = Sentence("net.fault.graph_no_nodes", "the graph has no nodes")
_NO_UNIT = Sentence("net.fault.graph_unit", "must be s, min or h")
_NO_PLACE = Sentence(
    "net.fault.node_no_place", "the node has no coordinates: give it x and y, lon and lat, or pos"
)


def _to_degrees(crs: object, source: str) -> ToDegrees | None:
    """What turns (n, 2) coordinates into degrees; None when nothing says that they are anything else.

    Raises:
        CrsError: the CRS is none.
    """
    if crs is None or crs == "":
        return None
    try:
        own = CRS.from_user_input(crs)
    except CRSError as error:
        raise CrsError(
            Sentence(
                "net.fault.graph_crs_unknown", "{source}: '{crs}' is no CRS", source=source, crs=str(crs)
            )
        ) from error
    if own.equals(CRS.from_epsg(4326), ignore_axis_order=True):
        return None
    into = Transformer.from_crs(own, 4326, always_xy=True)
    return lambda points: np.column_stack(into.transform(points[:, 0], points[:, 1]))


def _in_degrees(data: Mapping[str, Any], to_degrees: ToDegrees | None) -> dict[str, Any]:
    line = data.get("geometry")
    if to_degrees is None or not isinstance(line, shapely.LineString):
        return dict(data)
    return {**data, "geometry": shapely.transform(line, to_degrees)}


def _edges(
    graph: nx.MultiDiGraph[Any],
    ids: Mapping[Hashable, int | str],
    time: str,
    scale: float,
    source: str,
    lost: set[str],
) -> tuple[pd.DataFrame, list[shapely.LineString | None], dict[str, str]]:
    """The table of edges, their lines, and the types of their attributes."""
    every = list(graph.edges(data=True))
    faults = [] if every else [Fault("the graph has no edges", where=source)]
    faults += faults_of_times(every, source, time=time)
    if faults:
        raise NetworkDataError(faults)
    rows, lines = [], []
    for tail, head, data in every:
        length = length_of(graph, tail, head, data)
        found = given_time({**data, "length": length}, time=time, scale=scale)
        if found is None:
            faults.append(_without_time(time, data, f"{tail} -> {head}", source))
            if len(faults) == _MOST_FAULTS:
                break
            continue
        rows.append((ids[tail], ids[head], found.moving_s, found.wait_s, length))
        lines.append(line_of(graph, tail, head, data))
    if faults:
        raise NetworkDataError(faults)
    frame = pd.DataFrame(rows, columns=["from_id", "to_id", "moving_s", "wait_s", "length_m"])
    texts, types = _labels([data for *_, data in every], {time, *_NO_LABELS}, _TAKEN, lost)
    back = {name: own for own, name in RENAMED.items()}
    texts = {back.get(name, name): column for name, column in texts.items()}
    routes = texts.get("route", [""] * len(frame))
    kinds = texts.get("kind", [""] * len(frame))
    if any(kind and kind not in EDGE_KINDS for kind in kinds):
        lost.add("kind")
    texts["kind"] = [
        kind if kind in EDGE_KINDS else "ferry" if route == "ferry" else "road"
        for kind, route in zip(kinds, routes, strict=True)
    ]
    texts.setdefault("link_id", texts.get("osmid", [""] * len(frame)))
    return frame.assign(**texts), lines, types


def _without_time(time: str, data: Mapping[str, Any], row: str, source: str) -> Fault:
    near = difflib.get_close_matches(time, [str(name) for name in data], 1, 0.5)
    if near:
        told = Sentence(
            "net.fault.no_time_near",
            "the edge has no '{time}': did you mean time='{near}'?",
            time=time,
            near=near[0],
        )
    else:
        told = Sentence(
            "net.fault.no_time",
            "the edge has no '{time}', and no speed_kph; its attributes: {names}",
            time=time,
            names=tuple(str(name) for name in data) or ("-",),
        )
    return Fault(told, where=source, row=row)


def _labels(
    every: list[Mapping[str, Any]], left_out: Iterable[str], taken: Iterable[str], lost: set[str]
) -> tuple[dict[str, list[str]], dict[str, str]]:
    """Attributes as columns of text, and the type of each that text gives back."""
    names = dict.fromkeys(str(name) for data in every for name in data)
    lost |= set(taken) & set(names) - set(left_out)
    columns, types = {}, {}
    for name in names:
        if name in left_out or name in taken:
            continue
        values = [data.get(name) for data in every]
        values = [None if is_missing(value) else _plain(value) for value in values]
        kinds = {type(value).__name__ for value in values if value is not None}
        kind = "float" if kinds == {"int", "float"} else next(iter(kinds)) if len(kinds) == 1 else ""
        kind = kind if kind in (*_TYPES, "bool") else ""
        if kinds and not kind:
            lost.add(name)
        types[name] = kind or "str"
        columns[name] = ["" if value is None else str(value) for value in values]
    return columns, types


def _plain(value: object) -> object:
    """A number of numpy as Python's own; everything else as it is."""
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if isinstance(value, numbers.Integral):
        return int(value)
    return float(value) if isinstance(value, numbers.Real) else value


def to_networkx(
    network: TravelNetwork, *, time: str = "travel_time", unit: TimeUnit = "s"
) -> nx.MultiDiGraph[Any]:
    """The network as a graph of networkx, one edge for each edge.

    Edges have the time (wait included), ``moving_s``, ``wait_s``, ``length`` (m), the network's labels and
    ``geometry`` where lines are known; nodes have ``x, y``. The graph is that of :func:`~networks.to_osmnx`,
    whose attributes it has too; those that came from :func:`from_networkx` are of their own type again.
    :func:`from_networkx` gives the same network back; overlays that were applied stand in the graph by name
    and cannot be taken off again.

    Args:
        network: any network.
        time: name of the attribute that gets the time.
        unit: its unit.
    """
    graph = to_osmnx(network)
    came = network.provenance.get("graph", {})
    _retype([data for _, data in graph.nodes(data=True)], network.node_labels, came.get("nodes", {}))
    _retype([data for *_, data in graph.edges(data=True)], network.labels, came.get("edges", {}))
    for *_, data in graph.edges(data=True):
        seconds = data.pop("travel_time") if time != "travel_time" else data["travel_time"]
        data[time] = seconds / _SECONDS[unit]
    return graph


def _retype(every: list[dict[str, Any]], labels: Mapping[str, Labels], types: Mapping[str, str]) -> None:
    """Write the attributes that a graph came with, each of its own type, over their texts."""
    back = {name: own for own, name in RENAMED.items()}
    for name, kind in types.items():
        texts = labels.get(back.get(name, name))
        for row, data in enumerate(every if texts is not None else []):
            if texts is not None and texts[row]:
                data[name] = texts[row] == "True" if kind == "bool" else _TYPES[kind](texts[row])


def to_igraph(network: TravelNetwork) -> igraph.Graph:
    """The network as a directed graph of igraph (an optional package), one edge for each edge, in its order.

    Vertices have ``name`` (the id as text), ``lon, lat`` and the labels of nodes; edges have ``travel_time``
    (s, wait included; ``inf`` = closed), ``moving_s, wait_s, length`` (m) and the labels. Lines, ferries'
    timetables and provenance are not in it.

    Raises:
        ModuleNotFoundError: igraph is not installed.
    """
    import igraph  # noqa: PLC0415 - an optional dependency

    topology = network.topology
    return igraph.Graph(
        n=network.n_nodes,
        edges=np.column_stack([topology.tails, topology.heads]).tolist(),
        directed=True,
        vertex_attrs={
            "name": [str(node) for node in topology.node_ids],
            "lon": topology.lon.tolist(),
            "lat": topology.lat.tolist(),
            **{name: labels.to_array().tolist() for name, labels in network.node_labels.items()},
        },
        edge_attrs={
            "travel_time": network.seconds.tolist(),
            "moving_s": network.moving_s.tolist(),
            "wait_s": network.wait_s.tolist(),
            "length": network.length_m.tolist(),
            **{name: labels.to_array().tolist() for name, labels in network.labels.items()},
        },
    )
