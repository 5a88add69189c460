"""A graph of osmnx as a network."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal, TypeVar

import networkx as nx
import pandas as pd

from networks.errors import CrsError, Fault, NetworkDataError
from networks.ferries import DayDepartures, FerryConditions, FerryModel, FerryService
from networks.from_edges import network_from_edges
from networks.geodesy import utm_epsg
from networks.network import EDGE_LABELS, TravelNetwork
from networks.osm.access import Profile
from networks.osm.compose import network_from_map
from networks.osm.given_times import carries_times, faults_of_times, given_time
from networks.osm.osmnx_edges import geometry_of, length_of, network_of_edges
from networks.osm.osmnx_out import RENAMED
from networks.osm.osmnx_raw import has_whole_ways, is_unsimplified, raw_map_of
from networks.osm.report import Tally
from networks.osm.settings import Settings, make_settings
from networks.sentences import Sentence

_T = TypeVar("_T")

#: Whose times count: those on the edges, or those that the tags give.
Times = Literal["graph", "tags"]

_UNTIMED = Sentence(
    "net.fault.edge_untimed", "the edge has no time: give it travel_time (s), or speed_kph and length (m)"
)

_NO_CLIP = "a simplified graph cannot be clipped: use osmnx.truncate before it is read"

#: Edge attributes that are no labels.
_NO_LABELS = frozenset(
    {"osmid", "oneway", "reversed", "length", "travel_time", "speed_kph", "geometry", "highway", "key", "id"}
    | {"moving_s", "wait_s", "ferry", "u", "v"}
)

#: Node attributes that are no labels.
_NO_NODE_LABELS = frozenset({"x", "y", "lon", "lat", "street_count", "geometry", "osmid"})


def from_osmnx(
    graph: nx.MultiDiGraph[Any],
    *,
    profile: Profile | None = None,
    ferries: FerryModel | FerryConditions | None = None,
    country: str | None = None,
    metric_epsg: int | None = None,
    times: Times = "graph",
    source: str = "osmnx graph",
) -> TravelNetwork:
    """The network of an osmnx graph.

    A graph of :func:`to_osmnx` gives the same network back; where its ``travel_time`` was changed, the change
    counts. A graph with times (``osmnx.add_edge_speeds``, ``add_edge_travel_times``, or the caller's own)
    keeps them: ``travel_time`` in seconds, else ``speed_kph`` with ``length``, else what the edge's tags say.

    Of a graph without times, an unsimplified one is read like a map file; a simplified one is taken edge by
    edge, because simplification forgets which of several tags belong where: of several road classes or limits
    on one edge the slowest counts. Edges are driven in the directions that the graph has, and no other; an
    undirected graph is driven both ways.

    What was kept, assumed or left out stands in ``provenance["osm"]["notes"]``.

    Args:
        graph: nodes with ``x, y`` in degrees.
        profile: whose access tags count; None = as the graph was made, else ``car``.
        ferries: ferry model, or a model with a time of day; None = as the graph was made, else ``headway``.
        country: ISO code for general speed limits; None = guessed from the position.
        metric_epsg: CRS for metres; None = that of the graph, or the UTM zone.
        times: ``graph`` keeps times that are on the edges; ``tags`` makes them all from the tags.
        source: what the report calls the graph.

    Raises:
        CrsError: the graph is projected or names no CRS.
        NetworkDataError: no nodes or edges, missing coordinates, times that are none, or parameters that are
            impossible.
    """
    made = _json(graph.graph.get("provenance"), dict)
    settings = make_settings(
        source,
        profile=profile or made.get("osm", {}).get("profile") or "car",
        ferries=ferries or made.get("ferry_model") or "headway",
        country=country,
        metric_epsg=metric_epsg,
    )
    return from_graph(graph, settings, times=times)


def from_graph(graph: nx.MultiDiGraph[Any], settings: Settings, *, times: Times = "graph") -> TravelNetwork:
    """The network of an osmnx graph, settings checked; see :func:`from_osmnx`.

    Raises:
        CrsError: as :func:`from_osmnx`.
        NetworkDataError: as :func:`from_osmnx`; or what is asked for differs from what the graph was made
            for, or a graph is to be clipped whose edges are no longer those of the map.
    """
    graph, notes = _directed(graph)
    timed = _check(graph, settings.source, times)
    if any(_is_stored(data) for *_, data in graph.edges(data=True)):
        _check_made_for(graph, settings)
        return _restored(graph, settings)
    if not timed and is_unsimplified(graph) and has_whole_ways(graph):
        tally = Tally()
        return network_from_map(raw_map_of(graph, settings, tally), settings, tally)
    if settings.clip is not None:
        raise NetworkDataError(_NO_CLIP)
    return network_of_edges(graph, settings, times=timed, notes=notes)


def _directed(graph: nx.MultiDiGraph[Any]) -> tuple[nx.MultiDiGraph[Any], tuple[Sentence, ...]]:
    """The graph with every edge in both directions if it has none, and what that means."""
    if graph.is_directed():
        return graph, ()
    oneway = sum(bool(data.get("oneway")) for *_, data in graph.edges(data=True))
    note = Sentence(
        "net.graph_undirected",
        "the graph is undirected: its edges are driven both ways, {oneway} one-way ones among them",
        oneway=oneway,
    )
    return graph.to_directed(), (note,)


def _check_made_for(graph: nx.MultiDiGraph[Any], settings: Settings) -> None:
    """Refuse to hand out a network's stored times as those of another profile or ferry model."""
    made = _json(graph.graph.get("provenance"), dict)
    pairs = (
        ("profile", made.get("osm", {}).get("profile"), settings.profile),
        ("ferries", made.get("ferry_model"), settings.ferries.model),
    )
    faults = [
        Fault(
            Sentence(
                "net.fault.times_of_profile",
                "its times were made for '{stored}', not '{asked}'",
                stored=stored,
                asked=asked,
            ),
            where=settings.source,
            column=name,
        )
        for name, stored, asked in pairs
        if stored and stored != asked
    ]
    faults += [Fault(_NO_CLIP, where=settings.source, column="clip")] if settings.clip is not None else []
    if faults:
        raise NetworkDataError(faults)


def _is_stored(data: Mapping[str, Any]) -> bool:
    """Whether an edge was written by this package, times and all."""
    return data.keys() >= {"moving_s", "wait_s"}


def _check(graph: nx.MultiDiGraph[Any], source: str, times: Times) -> bool:
    """Refuse a graph that cannot be read; whether its own times count."""
    crs = str(graph.graph.get("crs", "")).lower()
    if not crs:
        raise CrsError(
            Sentence(
                "net.fault.graph_no_crs",
                "{source}: the graph has no coordinate reference system ('crs')",
                source=source,
            )
        )
    if "4326" not in crs and "wgs 84" not in crs:
        raise CrsError(
            Sentence(
                "net.fault.graph_crs",
                "{source}: the graph is in {crs}; project it to EPSG:4326 (osmnx.project_graph)",
                source=source,
                crs=crs,
            )
        )
    faults = [Fault("the graph has no edges", where=source)] if graph.number_of_edges() == 0 else []
    faults += [
        Fault("node without coordinates in degrees", where=source, row=str(node))
        for node, data in graph.nodes(data=True)
        if not (_within(data.get("x"), 180.0) and _within(data.get("y"), 90.0))
    ][:20]
    stored = any(_is_stored(data) for *_, data in graph.edges(data=True))
    timed = stored or (times == "graph" and carries_times(graph.edges(data=True)))
    if timed:
        faults += faults_of_times(graph.edges(data=True), source)
    if faults:
        raise NetworkDataError(faults)
    return timed


def _within(value: object, limit: float) -> bool:
    return isinstance(value, (int, float)) and math.isfinite(value) and abs(value) <= limit


def _restored(graph: nx.MultiDiGraph[Any], settings: Settings) -> TravelNetwork:
    """The network that :func:`to_osmnx` wrote; numbers may have become text on the way through a file.

    Raises:
        NetworkDataError: an edge was added without a time.
    """
    places = [(node, data["x"], data["y"]) for node, data in graph.nodes(data=True)]
    nodes = pd.DataFrame(places, columns=["node_id", "lon", "lat"])
    names = {key: None for _, data in graph.nodes(data=True) for key in data if key not in _NO_NODE_LABELS}
    for name in names:
        nodes[name] = [_text(data.get(name)) for _, data in graph.nodes(data=True)]
    services: dict[str, int] = {}
    rows, without, edited = [], [], 0
    for tail, head, data in graph.edges(data=True):
        length = length_of(graph, tail, head, data)
        time = given_time({**data, "length": length})
        if time is None:
            without.append(Fault(_UNTIMED, where=settings.source, row=f"{tail} -> {head}"))
            continue
        edited += time.edited
        row = {
            "from_id": tail,
            "to_id": head,
            "moving_s": time.moving_s,
            "wait_s": time.wait_s,
            "length_m": length,
        }
        ferry = _text(data.get("ferry"))
        row["service"] = services.setdefault(ferry, len(services)) if ferry else -1
        rows.append(row | {name: _text(data.get(RENAMED.get(name, name))) for name in _label_names(graph)})
    if without:
        raise NetworkDataError(without[:20])
    edges = pd.DataFrame(rows)
    lon, lat = nodes["lon"].to_numpy(), nodes["lat"].to_numpy()
    found = graph.graph.get("metric_epsg")
    provenance = _json(graph.graph.get("provenance"), dict)
    if edited:
        provenance["travel_times_changed"] = edited
    network = network_from_edges(
        nodes,
        edges,
        services=[_service(text) for text in services],
        geometry=geometry_of([data.get("geometry") for *_, data in graph.edges(data=True)]),
        metric_epsg=settings.metric_epsg or (int(found) if found else utm_epsg(lon, lat)),
        provenance=provenance,
    )
    return replace(network, overlays=tuple(_json(graph.graph.get("overlays"), list)))


def _label_names(graph: nx.MultiDiGraph[Any]) -> list[str]:
    found = {key: None for *_, data in graph.edges(data=True) for key in data if key not in _NO_LABELS}
    return list(dict.fromkeys([*EDGE_LABELS, *found]))


def _text(value: object) -> str:
    return "" if value is None or (isinstance(value, float) and math.isnan(value)) else str(value)


def _json(text: object, kind: type[_T]) -> _T:
    """A value that was written as JSON; an empty one of its kind when it is not there or damaged."""
    try:
        value = json.loads(text) if isinstance(text, str) else None
    except json.JSONDecodeError:
        value = None
    return value if isinstance(value, kind) else kind()


def _service(text: str) -> FerryService:
    try:
        fields = json.loads(text)
        fields["departures_min"] = tuple((name, tuple(minutes)) for name, minutes in fields["departures_min"])
        fields["departures_by_day"] = tuple(
            DayDepartures.from_dict(day) for day in fields["departures_by_day"]
        )
        fields["opening_hours"] = fields.get("opening_hours", ())
        lists = ("assumptions", "weekdays", "opening_hours")
        return FerryService(**fields | {name: tuple(fields[name]) for name in lists})
    except (KeyError, TypeError, json.JSONDecodeError) as error:
        raise NetworkDataError(
            [
                Fault(
                    Sentence("net.fault.graph_ferry", "a ferry that cannot be read ({error})", error=error),
                    where="ferry",
                    value=text[:80],
                )
            ]
        ) from error
