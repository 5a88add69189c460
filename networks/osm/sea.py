"""What sails on a map: ferry lines from quay to quay, their services, and the links from quays to roads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from networks.arrays import BoolArray, FloatArray, IntArray
from networks.ferries import FerryService
from networks.geodesy import segment_lengths_m
from networks.osm.access import DropReason
from networks.osm.clip import Clip
from networks.osm.controls import Controls
from networks.osm.ferry_access import relations_of_cars, usable_ferries, with_relation_tags
from networks.osm.ferry_lines import Line, joints, lines_of
from networks.osm.ferry_routes import times_for, with_own_routes
from networks.osm.ferry_through import relations_of_ways, through_lines, without_forks
from networks.osm.ferry_times import count_unread, service_of, through_service
from networks.osm.ferry_timetable import with_timetables
from networks.osm.opl import Relation
from networks.osm.pieces import Course, Points
from networks.osm.quays import QuayLink, join_quays, near_road
from networks.osm.report import QUAYS_WITHOUT_ROAD, Tally
from networks.osm.settings import Settings
from networks.osm.ways import FerryWay, WayTable

#: Where two ferry ways meet within this distance of a road or of a ferry terminal, the ferry is taken to call
#: there, metres ...
CALL_WITHIN_M = 100.0

#: ... if, beside a road, both ways are longer than this; a shorter one is split off near its quay, metres.
CALL_WAY_LONGER_M = 500.0


@dataclass(frozen=True)
class Terminals:
    """Nodes that are ferry terminals.

    Attributes:
        node_ids: (n,) OpenStreetMap ids.
        lon: (n,) degrees.
        lat: (n,) degrees.
    """

    node_ids: IntArray
    lon: FloatArray
    lat: FloatArray

    @classmethod
    def of(cls, nodes: Sequence[tuple[int, float, float]]) -> Terminals:
        """The terminals of some nodes, each an id, longitude and latitude."""
        ids, lon, lat = zip(*nodes, strict=True) if nodes else ((), (), ())
        return cls(
            np.asarray(ids, dtype=np.int64),
            np.asarray(lon, dtype=np.float64),
            np.asarray(lat, dtype=np.float64),
        )


@dataclass(frozen=True)
class RawMap:
    """What was read, before anything is cut or judged.

    Attributes:
        ways: the roads that the profile may use.
        ferries: the ferry ways by id.
        relations: ferry relations and turn restrictions.
        points: the nodes of roads and ferries.
        barriers: (n_points,) True for a node that stops the profile, if only those who pass.
        gates: (n_points,) True for such a node that lets in those who begin or end behind it.
        terminals: the nodes that are ferry terminals, on a ferry way or beside it.
        controls: nodes with a signal or sign; none where they were not asked for.
    """

    ways: WayTable
    ferries: dict[int, FerryWay]
    relations: tuple[Relation, ...]
    points: Points
    barriers: BoolArray
    gates: BoolArray
    terminals: Terminals
    controls: Controls = field(default_factory=Controls)


@dataclass(frozen=True)
class Sea:
    """Ferry lines, their services, and the links that join them to roads."""

    lines: list[Line]
    services: list[FerryService]
    links: list[QuayLink]


def sea_of(raw: RawMap, course: Course, settings: Settings, tally: Tally) -> tuple[Course, Points, Sea]:
    """Ferry lines inside the area, joined to the roads; the roads are cut where a link begins."""
    points, profile = raw.points, settings.profile
    on_road = np.zeros(len(points.node_ids), dtype=bool)
    on_road[course.point] = True
    routes = [relation for relation in raw.relations if relation.tags.get("route") == "ferry"]
    ferries = with_relation_tags(raw.ferries, routes, profile)
    usable = usable_ferries(ferries.values(), profile, tally)
    sailing = relations_of_cars(routes, profile)
    used = {way.way_id for way in usable}
    named = [one for one in sailing if any(kind == "w" and way in used for kind, way, _ in one.members)]
    count_unread([(f"way {way_id}", raw.ferries[way_id].tags) for way_id in sorted(used)], tally)
    count_unread([(f"relation {one.relation_id}", one.tags) for one in named], tally)
    boarding = on_road.copy()
    boarding[_calls(usable, sailing, raw, course, settings)] = True
    of_way = relations_of_ways(sailing)
    lines = lines_of(usable, points, boarding, profile, tally)
    lines = without_forks(lines, _quays(lines, boarding), of_way, points, tally)
    lines = with_own_routes(lines, raw.ferries, sailing, of_way, profile, tally)
    if settings.clip is not None:
        kept = [_line_inside(line, points, settings.clip) for line in lines]
        tally.add("dropped ways", DropReason.OUTSIDE, len(lines) - sum(kept))
        lines = [line for line, inside in zip(lines, kept, strict=True) if inside]
    services = [service_of(line, points, times_for(line, ferries, sailing, points), tally) for line in lines]
    services = with_timetables(lines, services, points, settings.timetables, tally)
    onward = through_lines(lines, of_way, tally)
    further = [through_service(one.line, [services[leg] for leg in one.legs], points) for one in onward]
    lines_further = [one.line for one in onward]
    services += with_timetables(lines_further, further, points, settings.timetables, Tally())
    quays = sorted({end for line in lines for end in line.ends})
    closed = raw.barriers & ~raw.gates
    joined = join_quays(course, points, quays, on_road, closed, within_m=settings.quay_within_m)
    _count_quays(lines, quays, joined.unjoined, points, tally)
    tally.add("ferries", "ends joined to a road by a link", len(joined.links))
    return joined.course, joined.points, Sea(lines + lines_further, services, joined.links)


def _calls(
    usable: Sequence[FerryWay], routes: Sequence[Relation], raw: RawMap, course: Course, settings: Settings
) -> list[int]:
    """Points off the road at which a ferry calls: near one, at a terminal, or at a stop of its relation."""
    points = raw.points
    near = min(CALL_WITHIN_M, settings.quay_within_m)
    meeting = joints(usable, points, longer_than_m=CALL_WAY_LONGER_M)
    calls = near_road(course, points, meeting, within_m=near)
    members = (member for route in routes for member in route.members)
    stops = [number for kind, number, role in members if kind == "n" and role.startswith("stop")]
    at_sea = np.asarray([node for way in usable for node in way.refs], dtype=np.int64)
    named = np.intersect1d(np.asarray([*raw.terminals.node_ids.tolist(), *stops], dtype=np.int64), at_sea)
    at = points.positions(named)
    calls += [point for point in at[at >= 0].tolist() if not np.isnan(points.lon[point])]
    ends = joints(usable, points, longer_than_m=0.0)
    return calls + [end for end in ends if _is_near_terminal(points, end, raw.terminals)]


def _is_near_terminal(points: Points, point: int, terminals: Terminals) -> bool:
    count = len(terminals.lon)
    here = np.full(count, points.lon[point]), np.full(count, points.lat[point])
    metres = segment_lengths_m(*here, terminals.lon, terminals.lat)
    return bool((metres <= CALL_WITHIN_M).any())


def _count_quays(
    lines: Sequence[Line], quays: Sequence[int], unjoined: Sequence[int], points: Points, tally: Tally
) -> None:
    """Name the quays from which no road leads on."""
    tally.add("ferries", "ends without a road", len(unjoined))
    for quay in unjoined:
        here = [line for line in lines if quay in line.ends]
        names = ", ".join(sorted({line.tag("name") or line.tag("ref") or "ferry" for line in here}))
        tally.add(QUAYS_WITHOUT_ROAD, f"{names} ({points.lat[quay]:.4f}, {points.lon[quay]:.4f})")


def _quays(lines: Sequence[Line], boarding: BoolArray) -> list[int]:
    """Stops where people board, and the ends that only one line has; the others are forks at sea."""
    meeting = Counter(end for line in lines for end in line.ends)
    return [end for end, count in meeting.items() if count == 1 or boarding[end]]


def _line_inside(line: Line, points: Points, clip: Clip) -> bool:
    at = np.asarray(line.ends)
    return bool(clip.contains(points.lon[at], points.lat[at]).any())
