"""Minutes between points: matrices, the nearest of many, and what the minutes are made of.

Three engines search over seconds in float64, all from the side with fewer nodes: Dijkstra's algorithm
(SciPy's ``csgraph.dijkstra``, over the reversed network when there are fewer destinations), the same for a
few searches through a large network (:mod:`networks.dijkstra`), and for many the contraction hierarchy of
:mod:`networks.hierarchy`. Points that lie along edges are joined through the ends of their edge, and two
points on the same edge directly, as are neighbours off the road, and a place and itself
(:mod:`networks.straight`).

Everywhere: minutes are float64, NaN means unreachable.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from networks.arrays import FloatArray, IntArray
from networks.engines import Engine, chosen_engine
from networks.errors import NetworkDataError
from networks.network import TravelNetwork
from networks.points import SnappedPoints, Terminals, as_points
from networks.sentences import Sentence
from networks.straight import StraightPairs, straight_pairs

if TYPE_CHECKING:
    from scipy import sparse

__all__ = [
    "Engine",
    "Points",
    "chosen_engine",
    "nearest",
    "node_seconds",
    "travel_time_blocks",
    "travel_time_matrix",
]

Points = SnappedPoints | Sequence[Any] | NDArray[Any]

#: Bytes that one block of search results may take.
BLOCK_BYTES = 128 * 2**20
#: Bytes of one block of a matrix that is given out in blocks; making it takes about eight times that.
STREAM_BYTES = 32 * 2**20
#: Pairs of points from which doors are put together by compiled code, in one pass instead of some twenty.
_COMPILED_PAIRS = 1_000_000
#: Nodes of a network that are marked in the time in which one terminal is sorted.
_MARKED_NODES = 50


def travel_time_matrix(
    network: TravelNetwork,
    origins: Points,
    destinations: Points,
    *,
    limit_min: float | None = None,
    engine: Engine = "auto",
) -> FloatArray:
    """Minutes from every origin to every destination.

    Args:
        network: the network.
        origins: snapped points; or an integer array of node positions; or a list of node ids.
        destinations: the same.
        limit_min: pairs further apart count as unreachable, and the search stops there.
        engine: what searches.

    Returns:
        (n_origins, n_destinations) minutes, access at both ends included; NaN = unreachable.

    Raises:
        UnknownPlaceError: a node id is not in the network.
        NetworkDataError: a node position outside the network, points of another network, a bad limit.
    """
    starts, stops = as_points(network, origins), as_points(network, destinations)
    limit_s = limit_seconds(limit_min)
    leaving, arriving = starts.terminals(network, entered=False), stops.terminals(network)
    doors = leaving.out_s.shape[1], arriving.in_s.shape[1]
    searched = [len(distinct_nodes(nodes)[0]) for nodes in (leaving.out_nodes, arriving.in_nodes)]
    searcher = chosen_engine(network, searched[0], searched[1], engine=engine, seconds_only=True)
    seconds = np.full((len(starts), len(stops)), np.inf)
    # Times between nodes take several times the room of those between points: the shorter side, from which is
    # searched, goes by blocks.
    by_row = len(starts) <= len(stops)
    for block in blocks(min(seconds.shape), 8 * doors[0] * doors[1] * max(seconds.shape)):
        rows, columns = (block, slice(None)) if by_row else (slice(None), block)
        _through_network(
            network,
            (leaving.out_nodes[rows], leaving.out_s[rows]),
            (arriving.in_nodes[columns], arriving.in_s[columns]),
            limit_s=limit_s,
            engine=searcher,
            out=seconds[rows, columns],
        )
    straight = straight_pairs(network, starts, stops)
    np.minimum.at(seconds, (straight.rows, straight.columns), straight.seconds)
    return _minutes(seconds, limit_s)


def _through_network(
    network: TravelNetwork,
    leaving: tuple[IntArray, FloatArray],
    arriving: tuple[IntArray, FloatArray],
    *,
    limit_s: float,
    engine: Engine,
    out: FloatArray,
) -> None:
    """Put the seconds between the nodes and doors of some points into (n, m) ``out`` where they are fewer."""
    sources, source_of = distinct_nodes(leaving[0])
    targets, target_of = distinct_nodes(arriving[0])
    between = node_seconds(network, sources, targets, limit_s=limit_s, engine=engine)
    if out.size >= _COMPILED_PAIRS:
        from networks.through_doors import least_through  # noqa: PLC0415  (compiles: only where it is used)

        least_through(
            np.ascontiguousarray(between),
            np.ascontiguousarray(source_of),
            np.ascontiguousarray(leaving[1]),
            np.ascontiguousarray(target_of),
            np.ascontiguousarray(arriving[1]),
            out,
        )
        return
    for a in range(source_of.shape[1]):
        for b in range(target_of.shape[1]):
            if np.isinf(leaving[1][:, a]).all() or np.isinf(arriving[1][:, b]).all():
                continue
            through = between[source_of[:, a]][:, target_of[:, b]]
            through += leaving[1][:, a, None]
            through += arriving[1][None, :, b]
            np.minimum(out, through, out=out)


def travel_time_blocks(
    network: TravelNetwork,
    origins: Points,
    destinations: Points,
    *,
    limit_min: float | None = None,
    engine: Engine = "auto",
    block_bytes: int = STREAM_BYTES,
) -> Iterator[tuple[slice, FloatArray]]:
    """The rows of :func:`travel_time_matrix` in blocks, for matrices larger than memory.

    Args:
        network: the network.
        origins: points, see :func:`travel_time_matrix`.
        destinations: points, see :func:`travel_time_matrix`.
        limit_min: pairs further apart count as unreachable.
        engine: what searches; chosen once for all blocks.
        block_bytes: largest size of a block; a block has at least one row.

    Yields:
        which origins, and their (rows, n_destinations) minutes.

    Raises:
        UnknownPlaceError: a node id is not in the network.
        NetworkDataError: as :func:`travel_time_matrix`.
    """
    starts, stops = as_points(network, origins), as_points(network, destinations)
    parts = list(blocks(len(starts), 8 * len(stops), block_bytes=block_bytes))
    first = parts[0] if parts else slice(0, 0)
    searcher = chosen_engine(
        network,
        first.stop - first.start,
        len(stops),
        engine=engine,
        times=max(1, len(parts)),
        seconds_only=True,
    )
    for part in parts:
        yield (
            part,
            travel_time_matrix(network, starts.take(part), stops, limit_min=limit_min, engine=searcher),
        )


def nearest(
    network: TravelNetwork,
    origins: Points,
    destinations: Points,
    *,
    k: int = 1,
    limit_min: float | None = None,
    engine: Engine = "auto",
) -> tuple[FloatArray, IntArray]:
    """Minutes from every origin to its ``k`` nearest destinations, and which ones they are.

    Args:
        network: the network.
        origins: points, see :func:`travel_time_matrix`.
        destinations: points, see :func:`travel_time_matrix`.
        k: how many.
        limit_min: destinations further away count as unreachable.
        engine: what searches.

    Returns:
        (n_origins, k) minutes, ascending, NaN where there are fewer; (n_origins, k) positions among the
        destinations, -1 where there are fewer. Of equally near ones the first counts.

    Raises:
        UnknownPlaceError: a node id is not in the network.
        NetworkDataError: points as in :func:`travel_time_matrix`, or ``k`` below 1.
    """
    if k < 1:
        raise NetworkDataError(Sentence("net.fault.k", "k must be at least 1, it is {k}", k=k))
    starts, stops = as_points(network, origins), as_points(network, destinations)
    if chosen_engine(network, len(starts), len(stops), engine=engine, seconds_only=True) == "hierarchy":
        return _nearest_by_sweep(network, starts, stops, k, limit_seconds(limit_min))
    if k == 1 and len(stops):
        return _nearest_one(network, starts, stops, limit_s=limit_seconds(limit_min), engine=engine)
    minutes = np.full((len(starts), k), np.nan)
    index = np.full((len(starts), k), -1, dtype=np.int64)
    kept = min(k, len(stops))
    for block in blocks(len(starts), 8 * len(stops)):
        matrix = travel_time_matrix(network, starts.take(block), stops, limit_min=limit_min, engine=engine)
        order = np.argsort(matrix, axis=1, kind="stable")[:, :kept]
        found = np.take_along_axis(matrix, order, axis=1)
        minutes[block, :kept] = found
        index[block, :kept] = np.where(np.isnan(found), -1, order)
    return minutes, index


def _nearest_one(
    network: TravelNetwork, starts: SnappedPoints, stops: SnappedPoints, *, limit_s: float, engine: Engine
) -> tuple[FloatArray, IntArray]:
    """:func:`nearest` of one: it is found for each node by which origins leave, and not for each origin."""
    leaving, arriving = starts.terminals(network, entered=False), stops.terminals(network)
    sources, source_of = distinct_nodes(leaving.out_nodes)
    targets, target_of = distinct_nodes(arriving.in_nodes)
    best = np.full(len(sources), np.inf)
    which = np.zeros(len(sources), dtype=np.int64)
    # Of the longer side a block at a time: what is searched from stays the shorter one.
    for block in blocks(len(sources), 8 * (len(stops) + len(targets))):
        between = node_seconds(network, sources[block], targets, limit_s=limit_s, engine=engine)
        to_stops = np.full((len(between), len(stops)), np.inf)
        for door in range(arriving.in_s.shape[1]):
            np.minimum(to_stops, between[:, target_of[:, door]] + arriving.in_s[None, :, door], out=to_stops)
        which[block] = np.argmin(to_stops, axis=1)
        best[block] = to_stops[np.arange(len(between)), which[block]]
    return _least_of_doors(leaving, source_of, best, which, straight_pairs(network, starts, stops), limit_s)


def _least_of_doors(
    leaving: Terminals,
    node_of: IntArray,
    best: FloatArray,
    which: IntArray,
    straight: StraightPairs,
    limit_s: float,
) -> tuple[FloatArray, IntArray]:
    """(n, 1) minutes and positions of the nearest, by the doors of the origins or without a search.

    Args:
        leaving: doors of the origins.
        node_of: (n, k) row of the node of each door.
        best: (n_nodes,) seconds from each node to its nearest; ``inf`` = none.
        which: (n_nodes,) position of it.
        straight: pairs that need no search.
        limit_s: what is farther is not reached.
    """
    n, none = len(leaving.out_s), np.iinfo(np.int64).max
    seconds, index = np.full(n, np.inf), np.full(n, none, dtype=np.int64)
    order = np.lexsort((straight.columns, straight.seconds))[::-1]  # the least of a row is written last
    seconds[straight.rows[order]] = straight.seconds[order]
    index[straight.rows[order]] = straight.columns[order]
    for door in range(leaving.out_s.shape[1]):
        there = node_of[:, door]
        through, stop = leaving.out_s[:, door] + best[there], which[there]
        nearer = (through < seconds) | ((through == seconds) & (stop < index))
        seconds, index = np.where(nearer, through, seconds), np.where(nearer, stop, index)
    minutes = _minutes(seconds, limit_s)
    return minutes[:, None], np.where(np.isnan(minutes), -1, index)[:, None]


def _nearest_by_sweep(
    network: TravelNetwork, starts: SnappedPoints, stops: SnappedPoints, k: int, limit_s: float
) -> tuple[FloatArray, IntArray]:
    """:func:`nearest` by one sweep over the hierarchy, whatever the number of destinations."""
    from networks.hierarchy import nearest as sweep  # noqa: PLC0415  (compiles: only where it is used)

    leaving, arriving = starts.terminals(network, entered=False), stops.terminals(network)
    doors = np.flatnonzero(np.isfinite(arriving.in_s).reshape(-1))
    nodes, node_of = distinct_nodes(leaving.out_nodes)
    seconds, which = sweep(
        network.metric,
        nodes,
        arriving.in_nodes.reshape(-1)[doors],
        k=k,
        extra_s=arriving.in_s.reshape(-1)[doors],
        group=doors // arriving.in_s.shape[1],
        limit_s=limit_s,
    )
    straight = straight_pairs(network, starts, stops)
    if k == 1:
        nearest_one = which[:, 0].astype(np.int64)
        return _least_of_doors(leaving, node_of, seconds[:, 0], nearest_one, straight, limit_s)
    if not len(straight.rows) and np.isinf(leaving.out_s[:, 1]).all():
        # Points at nodes: what the sweep found is in order already.
        found = leaving.out_s[:, :1] + seconds[node_of[:, 0]]
        there = np.isfinite(found) & (found <= limit_s)
        index = np.where(there, which[node_of[:, 0]], -1).astype(np.int64)
        return np.where(there, found / 60.0, np.nan), index
    points = np.repeat(np.arange(len(starts)), 2 * k)
    total = (leaving.out_s[:, :, None] + seconds[node_of]).reshape(-1)
    candidates = which[node_of].reshape(-1)
    return _best_of_each(
        np.concatenate([points, straight.rows]),
        np.concatenate([candidates, straight.columns]),
        np.concatenate([total, straight.seconds]),
        shape=(len(starts), k),
        limit_s=limit_s,
    )


def _best_of_each(
    rows: IntArray, columns: IntArray, seconds: FloatArray, *, shape: tuple[int, int], limit_s: float
) -> tuple[FloatArray, IntArray]:
    """Minutes and columns of the least seconds of each row, each column once, the first of equals first."""
    there = np.isfinite(seconds) & (columns >= 0) & (seconds <= limit_s)
    rows, columns, seconds = rows[there], columns[there], seconds[there]
    order = np.lexsort((seconds, columns, rows))
    rows, columns, seconds = rows[order], columns[order], seconds[order]
    first = np.ones(len(rows), dtype=bool)
    first[1:] = (rows[1:] != rows[:-1]) | (columns[1:] != columns[:-1])
    rows, columns, seconds = rows[first], columns[first], seconds[first]
    order = np.lexsort((columns, seconds, rows))
    rows, columns, seconds = rows[order], columns[order], seconds[order]
    place = np.arange(len(rows)) - np.searchsorted(rows, rows)
    kept = place < shape[1]
    minutes, index = np.full(shape, np.nan), np.full(shape, -1, dtype=np.int64)
    minutes[rows[kept], place[kept]] = seconds[kept] / 60.0
    index[rows[kept], place[kept]] = columns[kept]
    return minutes, index


def node_seconds(
    network: TravelNetwork,
    sources: IntArray,
    targets: IntArray,
    *,
    limit_s: float = np.inf,
    engine: Engine = "auto",
) -> FloatArray:
    """Seconds between nodes, searched from the side with fewer of them.

    Args:
        network: the network.
        sources: (n,) node positions.
        targets: (m,) node positions.
        limit_s: nodes further away may be left at ``inf``.
        engine: what searches.

    Returns:
        (n, m) seconds; ``inf`` = unreachable.
    """
    name = chosen_engine(network, len(sources), len(targets), engine=engine, seconds_only=True)
    if name == "hierarchy":
        from networks.hierarchy import many_to_many  # noqa: PLC0415  (compiles: only where it is used)

        return many_to_many(network.metric, sources, targets, limit_s=limit_s)
    if name == "dijkstra":
        from networks.dijkstra import between_nodes  # noqa: PLC0415  (compiles: only where it is used)

        return between_nodes(network, sources, targets, limit_s=limit_s)
    if len(targets) < len(sources):
        return _dijkstra(network.reverse_graph, targets, sources, limit_s).T
    return _dijkstra(network.search_graph, sources, targets, limit_s)


def _dijkstra(graph: sparse.csr_matrix, sources: IntArray, targets: IntArray, limit_s: float) -> FloatArray:
    from scipy.sparse import csgraph  # noqa: PLC0415  (takes long to import: only where it is used)

    result = np.full((len(sources), len(targets)), np.inf)
    for block in blocks(len(sources), 8 * graph.shape[0]):
        found = csgraph.dijkstra(graph, directed=True, indices=sources[block], limit=limit_s)
        result[block] = found[:, targets]
    return result


def blocks(count: int, bytes_each: int, *, block_bytes: int = BLOCK_BYTES) -> Iterator[slice]:
    """Slices that cover ``count`` rows, each within ``block_bytes``."""
    rows = max(1, block_bytes // max(1, bytes_each))
    for first in range(0, count, rows):
        yield slice(first, min(first + rows, count))


def limit_seconds(limit_min: float | None) -> float:
    """The limit of a search in seconds; no limit is infinite.

    Raises:
        NetworkDataError: a limit that is negative or no number.
    """
    if limit_min is None:
        return float(np.inf)
    if not limit_min >= 0:
        raise NetworkDataError(
            Sentence(
                "net.fault.limit",
                "the limit must be a number of minutes of at least 0, it is {limit_min}",
                limit_min=limit_min,
            )
        )
    return 60.0 * limit_min


def _minutes(seconds: FloatArray, limit_s: float) -> FloatArray:
    """Seconds to minutes in place; what is infinite or beyond the limit becomes NaN."""
    for rows in blocks(len(seconds), 8 * math.prod(seconds.shape[1:])):
        part = seconds[rows]
        part[np.isinf(part) | (part > limit_s)] = np.nan
        part /= 60.0
    return seconds


def distinct_nodes(nodes: IntArray) -> tuple[IntArray, IntArray]:
    """The distinct nodes of terminals, and for each terminal its position among them (0 for none)."""
    largest = int(nodes.max(initial=-1))
    if nodes.size * _MARKED_NODES < largest:
        distinct, inverse = np.unique(nodes, return_inverse=True)
        inverse = inverse.reshape(nodes.shape)
    else:  # marked instead of sorted; -1 stands in front
        marks = np.zeros(largest + 2, dtype=np.bool_)
        marks[nodes + 1] = True
        distinct = np.flatnonzero(marks) - 1
        position = np.empty(largest + 2, dtype=np.int64)
        position[distinct + 1] = np.arange(len(distinct))
        inverse = position[nodes + 1]
    if len(distinct) and distinct[0] == -1:
        return distinct[1:] if len(distinct) > 1 else np.zeros(1, np.int64), np.maximum(inverse - 1, 0)
    return distinct, inverse
