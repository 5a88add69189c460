"""``build_network``: an OpenStreetMap file becomes a travel network."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np

from networks.errors import Fault, NetworkDataError
from networks.ferries import FerryConditions, FerryModel
from networks.network import TravelNetwork
from networks.osm.access import ENDS_ONLY, Profile, barrier_access
from networks.osm.clip import ClipLike
from networks.osm.compose import network_from_map
from networks.osm.controls import Controls, read_controls
from networks.osm.ferry_access import is_terminal
from networks.osm.gtfs import GtfsFerries
from networks.osm.opl import Relation, relation_of, tagged_nodes, tags_of, way_lines, way_of
from networks.osm.osmnx_in import from_graph
from networks.osm.pieces import Points
from networks.osm.plain import twice_error, without_deleted
from networks.osm.progress import Progress, Told
from networks.osm.report import Tally
from networks.osm.sea import RawMap, Terminals
from networks.osm.settings import QUAY_WITHIN_M, Settings, make_settings
from networks.osm.source import (
    check_source,
    read_control_nodes,
    read_locations,
    read_members,
    ways_and_relations,
)
from networks.osm.ways import WayCollector

#: What a source begins with that is a place to download.
PLACE = "place:"

#: Endings of files that osmnx saves.
GRAPH_SUFFIXES = (".graphml", ".gpkg")


def build_network(
    source: str | Path,
    *,
    profile: Profile = "car",
    ferries: FerryModel | FerryConditions = "headway",
    clip: ClipLike | None = None,
    country: str | None = None,
    metric_epsg: int | None = None,
    quay_within_m: float = QUAY_WITHIN_M,
    turn_restrictions: bool = True,
    timetables: GtfsFerries | None = None,
    junction_delays: bool = True,
    controls: bool = False,
    turn_costs: bool = True,
    bends: bool = False,
    elevation: str | Path | None = None,
    blue_lights: bool = False,
    progress: Told | None = None,
) -> TravelNetwork:
    """Build a travel network from OpenStreetMap.

    Args:
        source: ``.osm.pbf``, ``.osm``, ``.osm.gz`` or ``.osm.bz2``; ``.graphml`` or ``.gpkg`` of osmnx; or
            ``place:NAME``, which downloads roads and ferries through osmnx and its cache.
        profile: ``car`` follows the access tags; ``ambulance`` also uses private roads and bus lanes.
        ferries: ferry model (``headway``, ``ssb``, ``timetable``), or a model with a time of day.
        clip: polygon (EPSG:4326), west-south-east-north box, table or file; edges with an end inside stay.
        country: ISO 3166 code whose general speed limits hold; None = guessed from the position.
        metric_epsg: EPSG code of the CRS for metres; None = the UTM zone of the middle.
        quay_within_m: a ferry's end that lies on no road is joined to one within this distance, metres.
        turn_restrictions: apply ``no_*`` and ``only_*`` restrictions with a node as *via*.
        timetables: departures of a GTFS feed (:func:`~networks.osm.gtfs.read_gtfs_ferries`) for the ferries
            whose quays they join; crossing times and windows are taken from them too.
        junction_delays: add the seconds lost where a road meets a larger one
            (:mod:`networks.osm.junctions`); graphs of osmnx keep their own times.
        controls: add the seconds lost at signals, signs and crossings in towns
            (:mod:`networks.osm.controls`).
        turn_costs: add the seconds lost by turning where roads of the same class meet
            (:mod:`networks.osm.turning`).
        bends: let bends, width and the open road set the pace (:mod:`networks.osm.alignment`).
        elevation: raster of elevations in metres whose grades slow those who climb
            (:mod:`networks.osm.heights`).
        blue_lights: let an ambulance drive with blue lights and siren (:mod:`networks.osm.blue_lights`).
        progress: called with the share of the work that is done, from 0 to 1, as a file is read and joined.

    Returns:
        The network; ``provenance["osm"]`` holds the :class:`~networks.osm.report.BuildReport` as a dict.

    Raises:
        NetworkFileError: the file is missing, damaged, cut short, of another format, or a history.
        NetworkDataError: a parameter is impossible, signals are asked of a graph, the file holds no road for
            the profile, or nothing is known under the place's name.
        CrsError: the clipping polygons have no coordinate reference system, or a graph is not in degrees.
        OfflineError: no server answered a download that is not in the cache.
    """
    settings = make_settings(
        str(source),
        profile=profile,
        ferries=ferries,
        clip=clip,
        country=country,
        metric_epsg=metric_epsg,
        quay_within_m=quay_within_m,
        turn_restrictions=turn_restrictions,
        timetables=timetables,
        junction_delays=junction_delays,
        controls=controls,
        turn_costs=turn_costs,
        bends=bends,
        elevation=elevation,
        blue_lights=blue_lights,
    )
    if str(source).startswith(PLACE) or Path(source).suffix.lower() in GRAPH_SUFFIXES:
        asked = {"controls": controls, "bends": bends, "elevation": elevation, "blue_lights": blue_lights}
        for name in (name for name, value in asked.items() if value):
            reason = "graphs of osmnx keep their own times: leave signals, signs, bends, elevations out"
            raise NetworkDataError([Fault(reason, where=name, value=str(source))])
        return from_graph(_graph_of(str(source)), settings)
    tally = Tally()
    told = Progress(progress)
    return network_from_map(read_map(Path(source), settings, tally, told), settings, tally, told)


def _graph_of(source: str) -> nx.MultiDiGraph[Any]:
    from networks.osm import osmnx_files  # noqa: PLC0415 (osmnx takes seconds to import: only when needed)

    if source.startswith(PLACE):
        return osmnx_files.download_place(source.removeprefix(PLACE))
    read = osmnx_files.read_graphml if source.lower().endswith(".graphml") else osmnx_files.read_geopackage
    return read(Path(source))


def read_map(source: Path, settings: Settings, tally: Tally, progress: Progress) -> RawMap:
    """Read roads, ferries, relations, locations and barriers of a file.

    Raises:
        NetworkFileError: the file is missing, damaged, cut short or of another format, or holds an object
            twice with different content.
    """
    check_source(source)
    collector = WayCollector(settings.profile, tally)
    with tempfile.TemporaryDirectory(prefix="geoaccess-osm-") as folder:
        scratch = Path(folder)
        source, deleted = without_deleted(source, scratch)
        tally.add("file", "objects that it marks as deleted, left out", deleted)
        found: list[Relation] = []
        with ways_and_relations(source, scratch, lambda share: progress.within("roads", share)) as lines:
            for line in lines:
                if line[0] == "w":
                    collector.add(*way_of(line))
                elif line[0] == "r":
                    found.append(relation_of(line))
        progress.done("roads")
        _check_repeated(source, scratch, collector.repeated(), found)
        _read_untagged_ferries(source, scratch, collector, found)
        ways = collector.table()
        at_sea = [node for ferry in collector.ferries.values() for node in ferry.refs]
        wanted = np.unique(np.concatenate([ways.nodes, np.asarray(at_sea, dtype=np.int64)]))
        located = read_locations(
            source, wanted, scratch, lambda share: progress.within("places", 0.8 * share)
        )
        points = Points(wanted, *located)
        passing, terminals = _barriers_and_terminals(source, scratch / "tagged.opl", settings)
        controls = read_controls(read_control_nodes(source, scratch)) if settings.controls else Controls()
    barriers, gates = (np.zeros(len(wanted), dtype=bool) for _ in range(2))
    for marked, verdicts in ((barriers, {"no", *ENDS_ONLY}), (gates, ENDS_ONLY)):
        nodes = [node for node, verdict in passing.items() if verdict in verdicts]
        at = points.positions(np.asarray(nodes, dtype=np.int64))
        marked[at[at >= 0]] = True
    progress.done("places")
    return RawMap(ways, collector.ferries, tuple(found), points, barriers, gates, terminals, controls)


def _check_repeated(source: Path, scratch: Path, ways: list[int], relations: list[Relation]) -> None:
    """Refuse a file in which a way or relation stands twice and differs.

    Args:
        source: the file.
        scratch: the folder of the temporary files.
        ways: ids of the ways that stand twice.
        relations: all that were read; those that stand twice alike are one, and the others are taken out.

    Raises:
        NetworkFileError: one of them differs.
    """
    read = way_lines(read_members(source, scratch, ways)) if ways else iter(())
    said: list[tuple[str, int, object]] = [
        ("way", way_id, (tags_of(tags), nodes)) for way_id, tags, nodes in read
    ]
    said += [("relation", one.relation_id, (one.tags, one.members)) for one in relations]
    first: dict[tuple[str, int], object] = {}
    for kind, number, content in said:
        first.setdefault((kind, number), content)
    differing = {f"{kind[0]}{number}" for kind, number, content in said if first[kind, number] != content}
    if differing:
        raise twice_error(source, differing)
    relations[:] = {one.relation_id: one for one in relations}.values()


def _barriers_and_terminals(
    source: Path, tagged: Path, settings: Settings
) -> tuple[dict[int, str], Terminals]:
    """Who passes the nodes with a barrier, by id, and the ferry terminals.

    Raises:
        NetworkFileError: one of them stands twice and differs.
    """
    passing: dict[int, str] = {}
    terminals = []
    for node in tagged_nodes(tagged):
        if passing.get(node.node_id, passed := barrier_access(node.tags, settings.profile)) != passed:
            raise twice_error(source, [f"n{node.node_id}"])
        passing[node.node_id] = passed
        if is_terminal(node.tags) and not np.isnan(node.lon):
            terminals.append((node.node_id, node.lon, node.lat))
    return passing, Terminals.of(terminals)


def _read_untagged_ferries(
    source: Path, scratch: Path, collector: WayCollector, found: Sequence[Relation]
) -> None:
    """Fetch the ways of ferry relations that are no ferry by their own tags."""
    wanted = {
        way_id
        for relation in found
        if relation.tags.get("route") == "ferry"
        for kind, way_id, role in relation.members
        if kind == "w" and role in {"", "forward", "backward"} and way_id not in collector.ferries
    }
    if wanted:
        collector.read_ferries(read_members(source, scratch, sorted(wanted)))
