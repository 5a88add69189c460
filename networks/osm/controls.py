"""Seconds lost where somebody else goes first: traffic signals, stop and give-way signs, crossings of equals.

Junctions in cities cost more than the bends that :mod:`networks.osm.junctions` counts. How much was measured
on the streets of the Helsinki region: Jaakkonen (2013), master's thesis, University of Helsinki,
http://urn.fi/URN:NBN:fi-fe2017112252365, table 28, as R5 and the university's Digiroad models use it: each
crossing costs on average 9.979, 6.650 and 7.752 s at midday on main, collecting and local streets (in the
rush hour 12.195, 11.199 and 10.633). Between the crossings that model drives at the limit; ours drives at the
limit times a factor, which stands for crossings too. So an edge takes the longer of the two times, and
nothing is paid twice.

Who pays, arriving at a junction or passing a stop line before it:

- everybody at **traffic signals** (``highway=traffic_signals``), wherever they are, and at those for people
  on foot beside a junction (``crossing=traffic_signals``): maps often have only these;
- who has a **stop sign** or must **give way** (``highway=stop``, ``highway=give_way``), and everybody who
  comes into a ``mini_roundabout``;
- where nothing of that is mapped and crossings stand as close as in a town: those who have no right of way.
  That is whoever meets a larger road, all arms of a crossing of equals, and the stem of a T of equals.

A town is where at least 54 crossings stand on a square kilometre: 140 a square mile is what LEED for
Neighborhood Development (U.S. Green Building Council, version 4) wants of a connected community. Only streets
make crossings (``living_street`` and larger), so yards and tracks make no town. A stop sign costs at least a
full stop at the rates of :mod:`networks.osm.junctions`.

An **ambulance on call** does not wait for its turn: it slows to 15 km/h to see whether it is let through, by
the same rates. That is our assumption and no measurement.

None of these figures was set on times of a router.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from networks.arrays import BoolArray, FloatArray, IntArray
from networks.geodesy import segment_lengths_m, wrapped_deg
from networks.osm.access import Profile
from networks.osm.assemble import EdgeBlock
from networks.osm.junctions import (
    ACCELERATION_M_S2,
    DECELERATION_M_S2,
    RANKS,
    lost_seconds,
    rank_of,
)
from networks.osm.opl import tagged_nodes
from networks.osm.pieces import Course, Pieces, Points, directed_pieces
from networks.osm.report import CONTROL_SECTION, CONTROLLED, Tally
from networks.osm.ways import WayTable, WayType

#: Seconds a crossing, at midday, by the last rank of road that they hold for.
CROSSING_S = (("secondary", 9.979), ("tertiary", 6.650), ("track", 7.752))
#: Crossings on a square kilometre from which on a place is a town: 140 a square mile.
TOWN_PER_KM2 = 54.0
#: Crossings are counted within this of each of them, metres, on a sphere of the Earth's mean radius.
AROUND_M, EARTH_M = 750.0, 6_371_009.0
#: The smallest road that makes a crossing.
SMALLEST_STREET = "living_street"
#: A signal and the next within this are one junction's: the second is not waited for, metres.
ONE_JUNCTION_M = 40.0
#: Arms whose directions differ from a straight line by less go straight through, degrees.
STRAIGHT_WITHIN_DEG = 45.0


@dataclass(frozen=True)
class Controls:
    """Nodes with a signal or sign, by what they make vehicles do.

    Attributes:
        signals: OpenStreetMap ids of traffic signals.
        stops: of stop signs.
        yields: of give-way signs and mini-roundabouts.
        forward: ids of those that hold along their way only.
        backward: ids of those that hold against their way only.
        on_foot: ids of the signals that are for people on foot.
    """

    signals: frozenset[int] = frozenset()
    stops: frozenset[int] = frozenset()
    yields: frozenset[int] = frozenset()
    forward: frozenset[int] = frozenset()
    backward: frozenset[int] = frozenset()
    on_foot: frozenset[int] = frozenset()


def read_controls(path: Path) -> Controls:
    """Signals and signs of the nodes in a file of osmium's."""
    found: dict[str, set[int]] = {"signals": set(), "stops": set(), "yields": set()}
    ways: dict[str, set[int]] = {"forward": set(), "backward": set()}
    on_foot: set[int] = set()
    for node in tagged_nodes(path):
        kind, tags = node.tags.get("highway", ""), node.tags
        name = {"traffic_signals": "signals", "stop": "stops", "give_way": "yields"}.get(kind, "")
        if kind == "mini_roundabout":
            name = "yields"
        if kind == "crossing" and (
            tags.get("crossing") == "traffic_signals" or tags.get("crossing:signals") == "yes"
        ):
            name = "signals"
            on_foot.add(node.node_id)
        if not name:
            continue
        found[name].add(node.node_id)
        said = tags.get("traffic_signals:direction") or tags.get("direction", "")
        if said in ways:
            ways[said].add(node.node_id)
    return Controls(**{name: frozenset(ids) for name, ids in (found | ways | {"on_foot": on_foot}).items()})


@dataclass(frozen=True)
class Streets:
    """What is known of the roads when their junctions are timed.

    Attributes:
        ways: the roads.
        types: what the tags of each of ``ways.tag_sets`` decide.
        pieces: the ways cut at the network's nodes.
        ends: network node at the first and last point of each piece.
        course: the points along the ways.
        points: locations.
    """

    ways: WayTable
    types: Sequence[WayType]
    pieces: Pieces
    ends: tuple[IntArray, IntArray]
    course: Course
    points: Points

    @property
    def rank(self) -> NDArray[np.int64]:
        """(n_pieces,) rank of the road, 0 = the largest."""
        ranks = np.asarray([rank_of(one.road_class) for one in self.types], dtype=np.int64)
        return ranks[self.ways.type_index[self.pieces.way]]

    @property
    def size(self) -> int:
        """Number of network nodes that a piece ends at."""
        return max(int(at.max(initial=-1)) for at in self.ends) + 1

    def places(self, nodes: IntArray) -> tuple[FloatArray, FloatArray]:
        """Degrees east and north of some network nodes that pieces end at."""
        point = np.zeros(self.size, dtype=np.int64)
        for ends, at in zip(self.ends, (self.pieces.first, self.pieces.last), strict=True):
            point[ends] = self.course.point[at]
        return self.points.lon[point[nodes]], self.points.lat[point[nodes]]

    @property
    def along_m(self) -> FloatArray:
        """(n_course,) metres along the course; what lies between two ways means nothing."""
        at = self.course.point
        a, b = at[:-1], at[1:]
        lon, lat = self.points.lon, self.points.lat
        return np.append(0.0, np.cumsum(segment_lengths_m(lon[a], lat[a], lon[b], lat[b])))

    def directed(self) -> tuple[IntArray, BoolArray]:
        """Piece of each directed edge in the order of ``road_block``, and whether it runs against it."""
        driven = [one.driven for one in self.types]
        along, against = directed_pieces(self.pieces, self.ways.type_index, driven)
        return np.append(along, against), np.arange(len(along) + len(against)) >= len(along)

    def limit_seconds(self, piece: IntArray, reverse: BoolArray) -> FloatArray:
        """(n_edges,) seconds at the speed that the class factor has not slowed."""
        kph = np.asarray([(one.forward_free_kph, one.backward_free_kph) for one in self.types])
        of_piece = self.ways.type_index[self.pieces.way[piece]]
        seconds: FloatArray = self.pieces.length_m[piece] * 3.6 / kph[of_piece, reverse.astype(np.int64)]
        return seconds


def controlled(
    roads: EdgeBlock, streets: Streets, controls: Controls, profile: Profile, tally: Tally
) -> EdgeBlock:
    """The directed edges of roads with the seconds lost at signals, signs and crossings in towns.

    Args:
        roads: directed edges, before any junction is split.
        streets: the roads they were made of.
        controls: signals and signs.
        profile: who drives.
        tally: takes the counts.
    """
    if not len(roads.tails):
        return roads
    piece, reverse = streets.directed()
    passed = {
        name: _passed(streets, getattr(controls, name), controls, piece, reverse)
        for name in ("signals", "stops", "yields")
    }
    signal_at = np.zeros(streets.size, dtype=bool)
    signal_at[roads.heads[passed["signals"]]] = True
    within = signal_at[roads.tails] & signal_at[roads.heads] & (roads.length_m <= ONE_JUNCTION_M)
    passed["signals"] &= ~within
    mapped = np.zeros(streets.size, dtype=bool)
    for edges in passed.values():
        mapped[roads.heads[edges]] = True
    passed["towns"] = _gives_way(roads, streets, piece, reverse) & ~mapped[roads.heads] & ~within
    pays = np.logical_or.reduce(list(passed.values()))
    rank = streets.rank[piece]
    free_s = streets.limit_seconds(piece, reverse)
    speed = np.where(free_s > 0, roads.length_m / np.maximum(free_s, 1e-9), 0.0)
    if profile == "ambulance":
        penalty = lost_seconds(speed, DECELERATION_M_S2) + lost_seconds(speed, ACCELERATION_M_S2)
    else:
        penalty = _crossing_seconds(rank)
        stop = speed / 2.0 * (1.0 / DECELERATION_M_S2 + 1.0 / ACCELERATION_M_S2)
        penalty = np.where(passed["stops"], np.maximum(penalty, stop), penalty)
    moving_s = np.where(pays, np.maximum(roads.moving_s, free_s + penalty), roads.moving_s)
    for name, item in CONTROLLED.items():
        tally.add(CONTROL_SECTION, item, int(passed[name].sum()))
    added_s = float((moving_s - roads.moving_s).sum())
    tally.add(CONTROL_SECTION, "hours added to all edges together", added_s / 3600.0)
    return replace(roads, moving_s=moving_s)


def _crossing_seconds(rank: NDArray[np.int64]) -> FloatArray:
    """(n,) seconds a crossing by the rank of the road that arrives."""
    last = np.asarray([RANKS.index(name) for name, _ in CROSSING_S])
    seconds = np.asarray([value for _, value in CROSSING_S])
    found: FloatArray = seconds[np.minimum(np.searchsorted(last, rank), len(last) - 1)]
    return found


def _passed(
    streets: Streets, ids: frozenset[int], controls: Controls, piece: IntArray, reverse: BoolArray
) -> BoolArray:
    """(n_edges,) whether an edge passes one of some nodes, or arrives at it.

    A node along a road that does not say for which direction it holds stands at a stop line: it holds for
    those who drive towards the junction beside it, and not for those who come from there and have waited.
    Away from junctions it holds for both; signals for people on foot do not count there, as they are green.
    """
    marked = np.zeros(len(streets.points.node_ids), dtype=np.uint8)
    unsaid = ids - controls.forward - controls.backward
    bits_of = ((1, ids - controls.backward), (2, ids - controls.forward), (4, unsaid), (8, controls.on_foot))
    for bit, own in bits_of:
        marked[np.isin(streets.points.node_ids, np.fromiter(own, dtype=np.int64, count=len(own)))] |= bit
    pieces, course = streets.pieces, streets.course
    at = np.where(marked[course.point] & 3, marked[course.point], 0)
    there = np.flatnonzero(at)
    holds = np.zeros((len(pieces.first), 2), dtype=bool)
    # Pieces follow each other along the course, so a point between two of their ends lies on one of them.
    order = np.argsort(pieces.first, kind="stable")
    row = np.searchsorted(pieces.first[order], there, side="left") - 1
    of = order[np.maximum(row, 0)]
    inner = (row >= 0) & (there > pieces.first[of]) & (there < pieces.last[of])
    of, middle, bits = of[inner], there[inner], at[there[inner]]
    along = streets.along_m
    before, behind = along[middle] - along[pieces.first[of]], along[pieces.last[of]] - along[middle]
    apart, unsaid_here, on_foot = np.minimum(before, behind) > ONE_JUNCTION_M, (bits & 4) > 0, (bits & 8) > 0
    forward = ((bits & 1) > 0) & np.where(unsaid_here, (behind <= before) | apart, True) & ~(on_foot & apart)
    backward = ((bits & 2) > 0) & np.where(unsaid_here, (before < behind) | apart, True) & ~(on_foot & apart)
    holds[of[forward], 0] = True
    holds[of[backward], 1] = True
    holds[:, 0] |= (at[pieces.last] & 1) > 0
    holds[:, 1] |= (at[pieces.first] & 2) > 0
    found: BoolArray = holds[piece, reverse.astype(np.int64)]
    return found


def _gives_way(roads: EdgeBlock, streets: Streets, piece: IntArray, reverse: BoolArray) -> BoolArray:
    """(n_edges,) whether an edge arrives at a crossing in a town without the right of way."""
    rank, size = streets.rank, streets.size
    street = rank <= RANKS.index(SMALLEST_STREET)
    arms, best = np.zeros(size, dtype=np.int64), np.full(size, len(RANKS), dtype=np.int64)
    of_best, lower = np.zeros(size, dtype=np.int64), np.zeros(size, dtype=np.int64)
    for at in streets.ends:
        arms += np.bincount(at[street], minlength=size)
        np.minimum.at(best, at[street], rank[street])
    for at in streets.ends:
        highest = street & (rank == best[at])
        of_best += np.bincount(at[highest], minlength=size)
        lower += np.bincount(at[street & ~highest], minlength=size)
    crossing = arms >= 3
    crossing[crossing] = _in_town(*streets.places(np.flatnonzero(crossing)))
    heads, own = roads.heads, rank[piece]
    smaller = own > best[heads]
    equals = (own == best[heads]) & (of_best[heads] >= 4)
    of_a_t = crossing & (of_best == 3) & (lower == 0)
    stem = of_a_t[heads] & street[piece]
    stem[stem] = _stems(streets, of_a_t, street)[piece[stem], (~reverse[stem]).astype(np.int64)]
    found: BoolArray = crossing[heads] & street[piece] & (smaller | equals | stem)
    return found


def _in_town(lon: FloatArray, lat: FloatArray) -> BoolArray:
    """(n,) whether crossings stand around each of some crossings as close as in a town."""
    if not len(lon):
        return np.zeros(0, dtype=bool)
    east, north = np.radians(lon), np.radians(lat)
    sphere = np.column_stack([np.cos(north) * np.cos(east), np.cos(north) * np.sin(east), np.sin(north)])
    near = cKDTree(sphere).query_ball_point(sphere, AROUND_M / EARTH_M, return_length=True)
    return np.asarray(near >= TOWN_PER_KM2 * np.pi * (AROUND_M / 1000.0) ** 2)


def _stems(streets: Streets, of_a_t: BoolArray, street: BoolArray) -> BoolArray:
    """(n_pieces, 2) whether the first and the last end of a piece is the stem of a T among some nodes.

    A stem is the arm from which none of the others goes straight on.
    """
    pieces = streets.pieces
    piece = np.tile(np.arange(len(pieces.first)), 2)
    last = np.arange(len(piece)) >= len(pieces.first)
    node = np.concatenate(streets.ends)
    arms = np.flatnonzero(of_a_t[node] & street[piece])
    arms = arms[np.argsort(node[arms], kind="stable")]
    at = np.concatenate([pieces.first, pieces.last])[arms]
    a, b = streets.course.point[at], streets.course.point[at + np.where(last[arms], -1, 1)]
    lon, lat = streets.points.lon, streets.points.lat
    bearing = np.degrees(
        np.arctan2(wrapped_deg(lon[b] - lon[a]) * np.cos(np.radians(lat[a])), lat[b] - lat[a])
    )
    three = bearing.reshape(-1, 3)
    apart = np.abs((three[:, :, None] - three[:, None, :]) % 360.0 - 180.0)  # 0 = straight on
    apart[:, np.arange(3), np.arange(3)] = 180.0
    found = np.zeros((len(pieces.first), 2), dtype=bool)
    found[piece[arms], last[arms].astype(np.int64)] = (apart >= STRAIGHT_WITHIN_DEG).all(axis=2).ravel()
    return found
