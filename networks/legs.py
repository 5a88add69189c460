"""What the minutes are made of: driving, crossing, waiting, boat, flight, transfer, access, and kilometres.

The parts come out of the same search that gives the times. The contraction hierarchy carries them along its
arcs; the tree of predecessors of SciPy's search is summed from the root down by pointer jumping (each node
adds what its ancestor has, then points to its ancestor's ancestor; after ``log2`` of the tree's depth rounds
every node points to the root), so no path is searched for a second time.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from networks.arrays import FloatArray, IntArray
from networks.brief import Brief
from networks.network import TravelNetwork
from networks.points import SnappedPoints, Terminals, as_points, waits
from networks.straight import straight_pairs
from networks.times import (
    Engine,
    Points,
    blocks,
    chosen_engine,
    distinct_nodes,
    limit_seconds,
)

if TYPE_CHECKING:
    from scipy import sparse

    from networks.hierarchy import ArcSums

#: Kinds of edges whose motion is a leg of its own; the motion on all others is driving.
LEG_OF_KIND = {"ferry": "crossing", "boat": "boat", "flight": "flight", "transfer": "transfer"}
#: The parts, in the order in which they are accumulated.
PARTS = ("drive", "crossing", "boat", "flight", "transfer", "wait", "length")


@dataclass(frozen=True, eq=False, repr=False)
class TravelTimeLegs(Brief):
    """The fastest travel times and their parts; every array is (n_origins, n_destinations).

    ``total_min`` is the sum of all other minutes. NaN = unreachable, in every array.

    Attributes:
        total_min: minutes in all.
        drive_min: minutes driving.
        crossing_min: minutes on ferries, without the wait.
        boat_min: minutes on ambulance boats.
        flight_min: minutes in the air.
        transfer_min: minutes changing from one mode to another.
        wait_min: minutes waiting: for ferries, convoys and crews.
        access_min: minutes between the points and the network, at both ends.
        length_km: kilometres on the network, access not included.
    """

    total_min: FloatArray
    drive_min: FloatArray
    crossing_min: FloatArray
    boat_min: FloatArray
    flight_min: FloatArray
    transfer_min: FloatArray
    wait_min: FloatArray
    access_min: FloatArray
    length_km: FloatArray


def travel_time_legs(
    network: TravelNetwork,
    origins: Points,
    destinations: Points,
    *,
    limit_min: float | None = None,
    engine: Engine = "auto",
) -> TravelTimeLegs:
    """Minutes from every origin to every destination on the fastest way, with their parts.

    Args:
        network: the network.
        origins: points, see :func:`networks.times.travel_time_matrix`.
        destinations: points, see :func:`networks.times.travel_time_matrix`.
        limit_min: pairs further apart count as unreachable.
        engine: what searches.

    Raises:
        UnknownPlaceError: a node id is not in the network.
        NetworkDataError: a node position outside the network, points of another network, a bad limit.
    """
    search = PartSearch(network, PARTS, limit_seconds(limit_min))
    return _in_minutes(*fastest_with_parts(search, origins, destinations, engine=engine), limit_min)


def kilometre_search(network: TravelNetwork) -> PartSearch:
    """What :func:`travel_kilometres` asks, for those who ask it more than once of a network."""
    return PartSearch(network, PARTS[-1:])


def travel_kilometres(
    asked: TravelNetwork | PartSearch, origins: Points, destinations: Points, *, engine: Engine = "auto"
) -> FloatArray:
    """(n_origins, n_destinations) kilometres on the fastest way, as those of :func:`travel_time_legs`.

    It takes a seventh of the room: no other part is carried along.

    Args:
        asked: the network, or its :func:`kilometre_search`.
        origins: points, see :func:`networks.times.travel_time_matrix`.
        destinations: points, see :func:`networks.times.travel_time_matrix`.
        engine: what searches.

    Raises:
        UnknownPlaceError: a node id is not in the network.
        NetworkDataError: a node position outside the network, points of another network.
    """
    search = asked if isinstance(asked, PartSearch) else kilometre_search(asked)
    seconds, summed, _ = fastest_with_parts(search, origins, destinations, engine=engine)
    summed[0][np.isinf(seconds)] = np.nan
    return np.asarray(summed[0] / 1000.0)


class HeldWays:
    """Seconds and metres between all doors of some points: ways between the points need no search.

    Args:
        network: the network.
        points: the points.
    """

    def __init__(self, network: TravelNetwork, points: SnappedPoints) -> None:
        self.network, self.points = network, points
        self.doors = points.terminals(network)
        sources, self.source_of = distinct_nodes(self.doors.out_nodes)
        targets, self.target_of = distinct_nodes(self.doors.in_nodes)
        length = PARTS[-1:]
        self.between, metres = _node_parts(PartSearch(network, length), sources, targets)
        self.between = np.ascontiguousarray(self.between)
        self.metres = np.ascontiguousarray(metres[0])
        ends = _end_parts(network, points, self.doors, points, self.doors)
        self.leaving_m, self.arriving_m = (one[_rows_of(length)][0] for one in ends)

    @staticmethod
    def pairs(network: TravelNetwork, points: SnappedPoints) -> int:
        """Pairs of doors that would be held."""
        doors = points.terminals(network)
        return len(distinct_nodes(doors.out_nodes)[0]) * len(distinct_nodes(doors.in_nodes)[0])

    def __call__(self, starts: IntArray, ends: IntArray) -> tuple[FloatArray, FloatArray]:
        """(n, m) minutes and kilometres of the fastest way between some of the points; NaN = none."""
        from networks.through_doors import fastest_through  # noqa: PLC0415  (compiles)

        seconds = np.full((len(starts), len(ends)), np.inf)
        metres = np.zeros((1, *seconds.shape))
        fastest_through(
            self.between, self.metres,
            self.source_of[starts], self.doors.out_s[starts], self.leaving_m[starts],
            self.target_of[ends], self.doors.in_s[ends], self.arriving_m[ends], seconds, metres[0],
        )  # fmt: skip
        _straight(self.network, self.points.take(starts), self.points.take(ends), seconds, metres, PARTS[-1:])
        none = np.isinf(seconds)
        seconds[none] = metres[0][none] = np.nan
        return seconds / 60.0, metres[0] / 1000.0


@dataclass(frozen=True)
class PartSearch:
    """A search of ways with some of their parts, which the arcs of the hierarchy carry: they are summed once.

    Attributes:
        network: the network.
        wanted: which of :data:`PARTS`.
        limit_s: longer ways count as none.
    """

    network: TravelNetwork
    wanted: tuple[str, ...]
    limit_s: float = np.inf

    @cached_property
    def carried(self) -> ArcSums:
        """The parts that the arcs of the hierarchy carry."""
        from networks.hierarchy import arc_sums  # noqa: PLC0415  (compiles: only where it is used)

        of_edge = edge_parts(self.network, np.arange(self.network.n_edges))
        of_edge[:, np.isinf(self.network.seconds)] = 0.0
        chosen = dict(zip(self.wanted, of_edge[_rows_of(self.wanted)], strict=True))
        return arc_sums(self.network.metric, chosen)


def fastest_with_parts(
    search: PartSearch,
    origins: Points,
    destinations: Points,
    *,
    engine: Engine = "auto",
    from_origins: bool | None = None,
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Seconds of the fastest ways with their parts, as they are added up.

    Args:
        search: the network and what is wanted.
        origins: n points, see :func:`networks.times.travel_time_matrix`.
        destinations: m points.
        engine: what searches.
        from_origins: which side searches begin at; None = the one with fewer nodes. It decides the last bits.

    Returns:
        (n, m) seconds, ``inf`` = unreachable; (k, n, m) the wanted parts; (n, m) seconds of access.

    Raises:
        UnknownPlaceError: a node id is not in the network.
        NetworkDataError: a node position outside the network, points of another network.
    """
    network, wanted = search.network, search.wanted
    starts, stops = as_points(network, origins), as_points(network, destinations)
    leaving, arriving = starts.terminals(network), stops.terminals(network)
    sources, source_of = distinct_nodes(leaving.out_nodes)
    targets, target_of = distinct_nodes(arriving.in_nodes)
    between, parts = _node_parts(search, sources, targets, engine, from_origins)
    seconds = np.full((len(starts), len(stops)), np.inf)
    summed = np.zeros((len(wanted), *seconds.shape))
    ends = [one[_rows_of(wanted)] for one in _end_parts(network, starts, leaving, stops, arriving)]
    for a in range(leaving.out_s.shape[1]):
        for b in range(arriving.in_s.shape[1]):
            if np.isinf(leaving.out_s[:, a]).all() or np.isinf(arriving.in_s[:, b]).all():
                continue
            rows, columns = source_of[:, a], target_of[:, b]
            through = leaving.out_s[:, a, None] + between[rows][:, columns] + arriving.in_s[None, :, b]
            better = through < seconds
            seconds[better] = through[better]
            for part in range(len(wanted)):
                whole = parts[part][rows][:, columns] + ends[0][part, :, a, None] + ends[1][part, None, :, b]
                summed[part][better] = whole[better]
    return seconds, summed, _straight(network, starts, stops, seconds, summed, wanted)


def _rows_of(wanted: tuple[str, ...]) -> list[int]:
    return [PARTS.index(name) for name in wanted]


def entry_parts(network: TravelNetwork) -> FloatArray:
    """(7, nnz) seconds of each of :data:`PARTS` (the last in metres) for the entries of the search graph."""
    return edge_parts(network, network.fastest_edge_of_pair)


def edge_parts(network: TravelNetwork, edges: IntArray) -> FloatArray:
    """(7, n) seconds of each of :data:`PARTS` (the last in metres) on some edges."""
    parts = np.zeros((len(PARTS), len(edges)))
    kinds = network.labels["kind"]
    moving = network.moving_s[edges]
    part_of_code = np.asarray(
        [PARTS.index(LEG_OF_KIND.get(value, "drive")) for value in kinds.values], dtype=np.int64
    )
    if len(edges):
        parts[part_of_code[kinds.codes[edges]], np.arange(len(edges))] = moving
    parts[PARTS.index("wait")] = network.wait_s[edges]
    parts[PARTS.index("length")] = network.length_m[edges]
    return parts


def _node_parts(
    search: PartSearch,
    sources: IntArray,
    targets: IntArray,
    engine: Engine = "auto",
    from_origins: bool | None = None,
) -> tuple[FloatArray, FloatArray]:
    """(n, m) seconds between nodes, and (k, n, m) the wanted ones of their parts."""
    from scipy.sparse import csgraph  # noqa: PLC0415  (SciPy takes long to import)

    network, wanted = search.network, search.wanted
    if chosen_engine(network, len(sources), len(targets), engine=engine) == "hierarchy":
        return _parts_by_hierarchy(search, sources, targets, from_origins)
    reverse = len(targets) < len(sources) if from_origins is None else not from_origins
    roots, leaves = (targets, sources) if reverse else (sources, targets)
    graph = network.reverse_graph if reverse else network.search_graph
    of_entry = entry_parts(network)[_rows_of(wanted)]
    seconds = np.empty((len(roots), len(leaves)))
    parts = np.empty((len(wanted), len(roots), len(leaves)))
    for block in blocks(len(roots), 8 * (len(wanted) + 4) * graph.shape[0]):
        found, before = csgraph.dijkstra(
            graph, directed=True, indices=roots[block], limit=search.limit_s, return_predecessors=True
        )
        seconds[block] = found[:, leaves]
        parts[:, block] = _summed_from_root(network.search_graph, before, of_entry, reverse=reverse)[
            :, :, leaves
        ]
    if reverse:
        return seconds.T, parts.transpose(0, 2, 1)
    return seconds, parts


def _parts_by_hierarchy(
    search: PartSearch, sources: IntArray, targets: IntArray, from_origins: bool | None
) -> tuple[FloatArray, FloatArray]:
    """:func:`_node_parts`, the parts carried along with the times of the contraction hierarchy."""
    from networks.hierarchy import summed_legs  # noqa: PLC0415  (compiles: only where it is used)

    limit_s, carried = search.limit_s, search.carried
    found = summed_legs(carried, sources, targets, limit_s=limit_s, from_sources=from_origins)
    return found.seconds, np.stack([found.sums[name] for name in search.wanted])


def _summed_from_root(
    graph: sparse.csr_matrix, before: NDArray[np.int32], of_entry: FloatArray, *, reverse: bool
) -> FloatArray:
    """(parts, k, n) the parts summed along each tree of predecessors; 0 at roots and unreached nodes."""
    k, n = before.shape
    nodes = np.broadcast_to(np.arange(n), (k, n))
    inner = before >= 0
    ancestor = np.where(inner, before, nodes).astype(np.int64)
    tails, heads = (nodes, ancestor) if reverse else (ancestor, nodes)
    row_of_entry = np.repeat(np.arange(n, dtype=np.int64), np.diff(graph.indptr))
    keys = row_of_entry * n + graph.indices
    entries = np.searchsorted(keys, (tails * n + heads)[inner])
    summed = np.zeros((len(of_entry), k, n))
    for part, values in enumerate(of_entry):
        summed[part][inner] = values[entries]
    rows = np.arange(k)[:, None]
    while True:
        further = ancestor[rows, ancestor]
        summed += summed[:, rows, ancestor]
        if np.array_equal(further, ancestor):
            return summed
        ancestor = further


def _end_parts(
    network: TravelNetwork,
    starts: SnappedPoints,
    leaving: Terminals,
    stops: SnappedPoints,
    arriving: Terminals,
) -> tuple[FloatArray, FloatArray]:
    """(7, n, k) parts between each point and its terminals, access not included, for both ends."""
    sides = []
    for points, seconds, begins in ((starts, leaving.out_s, True), (stops, arriving.in_s, False)):
        parts = np.zeros((len(PARTS), *seconds.shape))
        for terminal in range(2):
            edges = points.edge if terminal == int(begins) else points.twin
            share = points.fraction if terminal == 0 else 1.0 - points.fraction
            used = np.flatnonzero((edges >= 0) & (share > 0) & np.isfinite(seconds[:, terminal]))
            parts[:, used, terminal] = partial_parts(network, edges[used], share[used], begins=begins)
        sides.append(parts)
    return sides[0], sides[1]


def partial_parts(
    network: TravelNetwork, edges: IntArray, share: FloatArray, *, begins: bool = False
) -> FloatArray:
    """(7, n) parts along a share of each edge, its wait in full (:func:`networks.points.partial_seconds`)."""
    parts = edge_parts(network, edges) * share
    parts[PARTS.index("wait")] = np.where(share > 0, waits(network, begins=begins)[edges], 0.0)
    return parts


def _straight(
    network: TravelNetwork,
    starts: SnappedPoints,
    stops: SnappedPoints,
    seconds: FloatArray,
    summed: FloatArray,
    wanted: tuple[str, ...],
) -> FloatArray:
    """Put in the pairs that are faster without a search, and give the (n, m) seconds of access of all."""
    access = starts.access_s[:, None] + stops.arriving_s[None, :]
    straight = straight_pairs(network, starts, stops)
    for along in (True, False):
        rows, columns, direct = (values[straight.along == along] for values in straight[:3])
        faster = direct < seconds[rows, columns]
        rows, columns, direct = rows[faster], columns[faster], direct[faster]
        seconds[rows, columns] = direct
        if along:
            ahead = stops.fraction[columns] - starts.fraction[rows]
            edges = np.where(ahead >= 0, starts.edge[rows], starts.twin[rows])
            parts = partial_parts(network, edges, np.abs(ahead), begins=True)[_rows_of(wanted)]
            summed[:, rows, columns] = np.where(ahead == 0, 0.0, parts)
        else:
            summed[:, rows, columns] = 0.0
            access[rows, columns] = direct
    return access


def _in_minutes(
    seconds: FloatArray, summed: FloatArray, access: FloatArray, limit_min: float | None
) -> TravelTimeLegs:
    unreached = np.isinf(seconds) | (seconds > limit_seconds(limit_min))
    seconds[unreached] = np.nan
    summed[:, unreached] = np.nan
    access = np.where(unreached, np.nan, access)
    minutes = {f"{name}_min": summed[part] / 60.0 for part, name in enumerate(PARTS[:-1])}
    return TravelTimeLegs(
        total_min=seconds / 60.0, access_min=access / 60.0, length_km=summed[-1] / 1000.0, **minutes
    )
