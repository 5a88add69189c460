"""Parts of a country that no road, ferry or door joins: no way leads from one to another."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from networks.arrays import IntArray
from networks.network import TravelNetwork
from networks.points import SnappedPoints
from networks.straight import place_numbers


def parts_of_points(states: Sequence[tuple[TravelNetwork, Sequence[SnappedPoints]]]) -> IntArray:
    """Which points any state of the network may join, in whatever direction.

    Points of one part may be out of each other's reach all the same (one-way roads, closed roads); nobody
    comes from one part to another.

    Args:
        states: networks, each with the same points joined to it, in the same order.

    Returns:
        (n,) part of each of the n points, from 0 by falling number of points.
    """
    joined = [_joined(network, points) for network, points in states]
    n = len(joined[0])
    tails = np.tile(np.arange(n), len(joined))
    steps = np.cumsum([n, *(1 + one.max(initial=-1) for one in joined)])
    heads = np.concatenate([one + step for one, step in zip(joined, steps, strict=False)])
    _, part, counts = np.unique(
        _components(tails, heads, int(steps[-1]))[:n], return_inverse=True, return_counts=True
    )
    rank = np.empty(len(counts), dtype=np.int64)
    rank[np.argsort(-counts, kind="stable")] = np.arange(len(counts))
    return np.asarray(rank[part.reshape(-1)])


def packed_parts(part: IntArray) -> IntArray:
    """Parts put together until none could take another without becoming larger than the largest of them.

    Args:
        part: (n,) part of each point, from 0 by falling number of points.

    Returns:
        (n,) the same, of fewer parts.
    """
    counts = np.bincount(part)
    room = int(counts.max(initial=0))
    into, left, last = np.zeros(len(counts), dtype=np.int64), 0, -1
    for one, count in enumerate(counts.tolist()):
        if count > left:
            last, left = last + 1, room
        into[one], left = last, left - count
    return into[part]


def _joined(network: TravelNetwork, points: Sequence[SnappedPoints]) -> IntArray:
    """(n,) which points one network joins: by open edges, by their doors, by one road or one place."""
    topology, nodes = network.topology, network.n_nodes
    n = sum(map(len, points))
    is_open = np.isfinite(network.seconds)
    tails = [topology.tails[is_open].astype(np.int64)]
    heads = [topology.heads[is_open].astype(np.int64)]
    numbers, first = [], nodes
    for one in points:
        own, doors = first + np.arange(len(one)), one.terminals(network)
        first += len(one)
        for rows in (*doors.out_nodes.T, *doors.in_nodes.T, one.node):
            tails.append(own[rows >= 0])
            heads.append(rows[rows >= 0])
        for edges in (one.edge, one.twin):
            for ends in (topology.tails, topology.heads):
                tails.append(own[edges >= 0])
                heads.append(ends[edges[edges >= 0]].astype(np.int64))
        numbers.append(place_numbers(one))
    _, place = np.unique(np.concatenate(numbers), return_inverse=True)
    known = np.flatnonzero(np.concatenate(numbers) >= 0)
    tails.append(nodes + known)
    heads.append(nodes + n + place.reshape(-1)[known])
    size = nodes + n + int(place.max(initial=-1)) + 1
    found = _components(np.concatenate(tails), np.concatenate(heads), size)
    return np.unique(found[nodes : nodes + n], return_inverse=True)[1].reshape(-1)


def _components(tails: IntArray, heads: IntArray, size: int) -> IntArray:
    from scipy import sparse  # noqa: PLC0415  (SciPy takes long to import)
    from scipy.sparse import csgraph  # noqa: PLC0415

    graph = sparse.csr_matrix((np.ones(len(tails), dtype=bool), (tails, heads)), shape=(size, size))
    return np.asarray(csgraph.connected_components(graph, directed=False)[1], dtype=np.int64)
