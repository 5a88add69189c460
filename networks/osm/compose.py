"""What was read from a map, cut, judged and joined into a network."""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import osmium.version

from networks.arrays import BoolArray, FloatArray, IntArray
from networks.errors import Fault, NetworkDataError
from networks.ferries import FerryConditions, FerryService, ferry_edge_times
from networks.geodesy import utm_epsg
from networks.network import TravelNetwork
from networks.osm.access import DropReason
from networks.osm.alignment import aligned
from networks.osm.assemble import EdgeBlock, network_of
from networks.osm.blocks import ferry_block, link_block, road_block
from networks.osm.clip import Clip
from networks.osm.controls import Streets, controlled
from networks.osm.country import guess_country, guess_told
from networks.osm.defaults import CountryDefaults, country_defaults
from networks.osm.junctions import slowed_at_junctions
from networks.osm.pieces import Course, Pieces, Points, course_of, cut, take_pieces
from networks.osm.progress import Progress
from networks.osm.report import CLOSED_AT_TIMES, IN_TURN, UNREAD_SPEEDS, BuildReport, Tally, notes_of
from networks.osm.restrictions import Banned, banned_turns, read_restrictions
from networks.osm.sea import RawMap, Sea, sea_of
from networks.osm.settings import Settings
from networks.osm.through import layered, with_gates
from networks.osm.turning import Crossing, turned_at_junctions
from networks.osm.turns import split_junctions, without_turning_round
from networks.osm.ways import WayTable, WayType, judge
from networks.sentences import Sentence


@dataclass(frozen=True)
class Numbering:
    """The nodes of the network.

    Attributes:
        node_ids: (n_nodes,) OpenStreetMap ids; negative for a node that the builder added.
        lon: (n_nodes,) degrees.
        lat: (n_nodes,) degrees.
        of_point: (n_points,) node of each point, -1 for a point along an edge.
        piece_ends: node at the first and at the last point of each piece.
    """

    node_ids: IntArray
    lon: FloatArray
    lat: FloatArray
    of_point: IntArray
    piece_ends: tuple[IntArray, IntArray]


def network_from_map(
    raw: RawMap, settings: Settings, tally: Tally, progress: Progress | None = None
) -> TravelNetwork:
    """Cut, judge and join what was read.

    Raises:
        NetworkDataError: no road and no ferry is left for the profile.
    """
    known = ~np.isnan(raw.points.lon)
    country, guessed = country_of(settings, raw.points.lon[known], raw.points.lat[known])
    progress = progress or Progress()
    nodes, blocks, services = _edges(raw, country_defaults(country), settings, tally, progress)
    del raw  # a country's ways and nodes are freed before its edges are sorted
    if not any(len(block.tails) for block in blocks):
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
    tally.add("network", "nodes", len(nodes.node_ids))
    tally.add("network", "directed edges", sum(len(block.tails) for block in blocks))
    counts = tally.counts()
    report = BuildReport(
        source=settings.source,
        profile=settings.profile,
        ferries=settings.ferries.model,
        country=country,
        country_source=guessed,
        counts=counts,
        notes=notes_of(counts, services, country, guessed, settings.ferries.model),
    )
    network = network_of(
        nodes.node_ids,
        nodes.lon,
        nodes.lat,
        blocks,
        services=services,
        metric_epsg=settings.metric_epsg or utm_epsg(nodes.lon, nodes.lat),
        provenance={
            "source": settings.source,
            "osmium": osmium.version.pyosmium_release,
            "licence": "(c) OpenStreetMap contributors, ODbL 1.0",
            "ferry_model": settings.ferries.model,
            "assumption_counts": _assumption_counts(blocks, services),
            "osm": report.to_dict(),
        },
    )
    progress.done("network")
    return network


def _assumption_counts(blocks: Sequence[EdgeBlock], services: Sequence[FerryService]) -> dict[str, int]:
    """Edges or ferries by the name of what was assumed, as networks of link tables count them."""
    counts = Counter(text for service in services for text in service.assumptions)
    for block in blocks:
        texts = block.labels.get("assumptions")
        if texts is None:
            continue
        for code, text in enumerate(texts.values):
            for name in filter(None, text.split(";")):
                counts[name] += int((texts.codes == code).sum())
    return dict(sorted(counts.items()))


def _edges(
    raw: RawMap, defaults: CountryDefaults, settings: Settings, tally: Tally, progress: Progress
) -> tuple[Numbering, list[EdgeBlock], list[FerryService]]:
    """Nodes, directed edges by origin, and ferry services."""
    types = tuple(
        judge(tags, settings.profile, defaults, blue_lights=settings.blue_lights)
        for tags in raw.ways.tag_sets
    )
    course = course_of(raw.ways, raw.points, tally)
    course, points, sea = sea_of(raw, course, settings, tally)
    progress.done("sea")
    barriers, gates = (_for_all(points, known) for known in (raw.barriers, raw.gates))
    fixed = _breaks(points, sea, barriers)
    pieces = _inside(cut(course, points, fixed), course, points, settings.clip, tally)
    nodes = _number(pieces, course, points, barriers, sea, tally)
    progress.done("pieces")
    roads = road_block(raw.ways, types, pieces, nodes.piece_ends, course, points)
    _count_speeds(roads, pieces, raw.ways, types, tally)
    progress.done("edges")
    streets = Streets(raw.ways, types, pieces, nodes.piece_ends, course, points)
    if settings.bends or settings.elevation is not None:
        roads = aligned(roads, streets, tally, bends=settings.bends, heights=settings.elevation)
    if settings.junction_delays:
        roads = slowed_at_junctions(roads, raw.ways, types, pieces, nodes.piece_ends, tally)
    crossings: dict[int, Crossing] = {}
    if settings.turn_costs:
        roads, crossings = turned_at_junctions(roads, streets, tally)
    if settings.controls:
        roads = controlled(roads, streets, raw.controls, settings.profile, tally)
    through_gates = _through_gates(pieces, course, nodes, gates)
    tally.add("nodes", "gates for their own traffic", int(gates[course.point].any() and gates.sum()))
    roads = with_gates(roads, through_gates, ["private"] * len(through_gates))
    progress.done("turns")
    ferries = _timed(ferry_block(sea.lines, nodes.of_point, points), sea.services, settings.ferries)
    others = [ferries, link_block(sea.links, nodes.of_point)]
    nodes, blocks = _junctions(raw, roads, others, nodes, fixed, crossings, settings, tally)
    progress.done("junctions")
    return nodes, blocks + others, sea.services


def _for_all(points: Points, known: BoolArray) -> BoolArray:
    """(n_points,) what is known of the map's points, False for points that were added."""
    result = np.zeros(len(points.node_ids), dtype=bool)
    result[: len(known)] = known
    return result


def country_of(settings: Settings, lon: FloatArray, lat: FloatArray) -> tuple[str, str]:
    """ISO code of the country whose general limits hold, and how it is known."""
    if settings.country:
        return settings.country.upper(), "given"
    guessed = guess_country(lon, lat)
    return guessed, guess_told(lon, lat) if guessed else "unknown"


def _breaks(points: Points, sea: Sea, barriers: BoolArray) -> BoolArray:
    """Points that must be nodes of the network: quays, places of links, barriers."""
    breaks = barriers.copy()
    breaks[[end for line in sea.lines for end in line.ends]] = True
    breaks[[link.road for link in sea.links]] = True
    return breaks


def _inside(pieces: Pieces, course: Course, points: Points, clip: Clip | None, tally: Tally) -> Pieces:
    """Pieces with an end inside the area."""
    if clip is None:
        return pieces
    inside = clip.contains(points.lon, points.lat)
    kept = inside[course.point[pieces.first]] | inside[course.point[pieces.last]]
    tally.add(
        "dropped ways", DropReason.OUTSIDE, len(np.unique(pieces.way)) - len(np.unique(pieces.way[kept]))
    )
    return take_pieces(pieces, kept)


def _number(
    pieces: Pieces, course: Course, points: Points, barriers: BoolArray, sea: Sea, tally: Tally
) -> Numbering:
    """Number the nodes; every road that ends at a barrier gets an end of its own there."""
    ends = np.concatenate([course.point[pieces.first], course.point[pieces.last]])
    closed = barriers[ends]
    used = np.zeros(len(points.node_ids), dtype=bool)
    used[ends[~closed]] = True
    used[[end for line in sea.lines for end in line.ends]] = True
    used[[link.road for link in sea.links]] = True
    of_point = np.where(used, np.cumsum(used) - 1, -1)
    plain, copies = np.flatnonzero(used), ends[closed]
    node_of_end = of_point[ends]
    node_of_end[closed] = len(plain) + np.arange(len(copies))
    lowest = min(int(points.node_ids[plain].min(initial=0)), 0)
    tally.add("nodes", "barriers that close a road", len(np.unique(copies)))
    return Numbering(
        node_ids=np.concatenate([points.node_ids[plain], lowest - 1 - np.arange(len(copies))]),
        lon=np.concatenate([points.lon[plain], points.lon[copies]]),
        lat=np.concatenate([points.lat[plain], points.lat[copies]]),
        of_point=of_point,
        piece_ends=(node_of_end[: len(pieces.first)], node_of_end[len(pieces.first) :]),
    )


def _through_gates(
    pieces: Pieces, course: Course, nodes: Numbering, gates: BoolArray
) -> list[tuple[int, int]]:
    """Pairs of nodes on the sides of the gates that open for their own traffic, both ways."""
    sides: defaultdict[int, set[int]] = defaultdict(set)
    for at, ends in ((pieces.first, nodes.piece_ends[0]), (pieces.last, nodes.piece_ends[1])):
        here = np.flatnonzero(gates[course.point[at]])
        for point, node in zip(course.point[at[here]].tolist(), ends[here].tolist(), strict=True):
            sides[point].add(node)
    for point in sides:
        sides[point] |= {int(nodes.of_point[point])} - {-1}
    return [pair for point in sorted(sides) for pair in itertools.permutations(sorted(sides[point]), 2)]


def _junctions(
    raw: RawMap,
    roads: EdgeBlock,
    others: Sequence[EdgeBlock],
    nodes: Numbering,
    fixed: BoolArray,
    crossings: Mapping[int, Crossing],
    settings: Settings,
    tally: Tally,
) -> tuple[Numbering, list[EdgeBlock]]:
    """The roads with turn restrictions applied and ways through cut; a quay or barrier has no restriction."""
    n_nodes = len(nodes.node_ids)
    banned: Banned = {}
    if settings.turn_restrictions:
        found = read_restrictions(raw.relations, settings.profile, tally)
        via = raw.points.positions(np.asarray([one.via for one in found], dtype=np.int64))
        at = np.where((via >= 0) & ~fixed[via], nodes.of_point[via], -1)
        banned = banned_turns(found, roads, at, n_nodes, tally)
        frozen = np.zeros(n_nodes, dtype=bool)
        frozen[nodes.of_point[fixed & (nodes.of_point >= 0)]] = True
        banned = without_turning_round(banned, roads, frozen)
    split = split_junctions(layered(roads, others, n_nodes, tally), banned, n_nodes, crossings)
    lowest = min(int(nodes.node_ids.min(initial=0)), 0)
    tally.add("network", "nodes added at junctions", len(split.copy_of))
    numbered = replace(
        nodes,
        node_ids=np.concatenate([nodes.node_ids, lowest - 1 - np.arange(len(split.copy_of))]),
        lon=np.concatenate([nodes.lon, nodes.lon[split.copy_of]]),
        lat=np.concatenate([nodes.lat, nodes.lat[split.copy_of]]),
    )
    return numbered, [split.roads, split.connectors]


def _timed(block: EdgeBlock, services: Sequence[FerryService], conditions: FerryConditions) -> EdgeBlock:
    """Ferry edges with the times of the ferry model."""
    directions = block.labels["direction"].to_array()
    moving, wait, _ = ferry_edge_times(services, block.service, directions, conditions)
    length = np.asarray([services[number].length_km * 1000.0 for number in block.service.tolist()])
    return replace(block, moving_s=moving, wait_s=wait, length_m=length)


def _count_speeds(
    roads: EdgeBlock, pieces: Pieces, ways: WayTable, types: Sequence[WayType], tally: Tally
) -> None:
    sources = roads.labels["speed_source"]
    for code, source in enumerate(sources.values):
        here = sources.codes == code
        tally.add("speeds", f"edges: {source}", int(here.sum()))
        tally.add("speeds", f"km: {source}", round(float(roads.length_m[here].sum()) / 1000.0, 1))
    used = np.unique(pieces.way)
    tally.add("ways", "road ways used", len(used))
    unreadable = np.asarray([kind.unreadable_speed for kind in types], dtype=bool)
    closures = np.asarray([bool(kind.closure) for kind in types], dtype=bool)
    kinds = ways.type_index[used]
    in_turn = np.asarray([kind.directions.alternating for kind in types], dtype=bool)
    tally.add("ways", IN_TURN, int(in_turn[kinds].sum()))
    tally.add("speeds", UNREAD_SPEEDS, int(unreadable[kinds].sum()))
    at_times = np.asarray([kind.closed_at_times for kind in types], dtype=bool)
    tally.add("ways", CLOSED_AT_TIMES, int(at_times[kinds].sum()))
    tally.add("ways", "with seasonal or conditional rules, kept as a label", int(closures[kinds].sum()))
