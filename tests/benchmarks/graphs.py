"""Road-like graphs from a seed: towns, country roads, bends, one-way streets, fjords and ferries.

Points cluster in towns, a thinned Delaunay triangulation joins them, long edges get bends (nodes with two
neighbours, as in raw OpenStreetMap data), some streets are one-way, and wavy fjords cut the country into
strips that only ferries join. Nodes are numbered along a Z-order curve, so that an engine that walks the
arrays as they come (SciPy's) is not put at a disadvantage by scattered memory.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse import csgraph
from scipy.spatial import Delaunay

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
METRES_PER_DEGREE = 111_195.0
LATITUDE = 68.0


@dataclass(frozen=True)
class RoadGraph:
    """Plain arrays of a directed graph; ``wait_s`` is the part of ``seconds`` spent on a quay."""

    n_nodes: int
    tails: IntArray
    heads: IntArray
    seconds: FloatArray
    wait_s: FloatArray
    lon: FloatArray
    lat: FloatArray
    core_nodes: int

    def matrix(self) -> sparse.csr_matrix:
        """(n, n) fastest seconds of each pair; the minimum over parallel edges, which CSR would add."""
        order = np.lexsort((self.seconds, self.heads, self.tails))
        tails, heads = self.tails[order], self.heads[order]
        first = np.ones(len(order), dtype=bool)
        first[1:] = (tails[1:] != tails[:-1]) | (heads[1:] != heads[:-1])
        first &= tails != heads
        entries = (self.seconds[order][first], (tails[first], heads[first]))
        return sparse.csr_matrix(entries, shape=(self.n_nodes, self.n_nodes))


def road_like(n_nodes: int, seed: int, *, core_share: float = 0.4, surplus: float = 0.32) -> RoadGraph:
    """A connected-by-ferry country of about ``n_nodes`` nodes, with one island that nothing reaches.

    Args:
        n_nodes: nodes in all.
        seed: of every random choice.
        core_share: share of nodes that are junctions or dead ends; the rest are bends.
        surplus: two-way road edges per node, beyond the spanning tree, as a share of all nodes.
    """
    rng = np.random.default_rng(seed)
    n_core = max(8, round(core_share * n_nodes))
    side = 900.0 * np.sqrt(n_core)
    points = _z_sorted(_towns(rng, n_core, side))
    pairs, length = _delaunay_edges(points)
    strip = _strip(points, side)
    by_sea = strip[pairs[:, 0]] != strip[pairs[:, 1]]
    road, in_tree = _thinned(rng, pairs[~by_sea], length[~by_sea], n_core, round(surplus * n_nodes))
    sea = _ferries(rng, pairs[by_sea], length[by_sea], strip, n_ferries=max(3, n_core // 5000))
    return _assemble(rng, points, road, in_tree, sea, n_nodes)


def _towns(rng: np.random.Generator, n: int, side: float) -> FloatArray:
    """Two thirds of the points in towns of Zipf sizes, the rest spread over the country."""
    n_town = 2 * n // 3
    centres = rng.uniform(0, side, (max(2, n // 400), 2))
    size = 1.0 / np.arange(1, len(centres) + 1) ** 0.9
    town = rng.choice(len(centres), n_town, p=size / size.sum())
    spread = 220.0 * np.sqrt(np.bincount(town, minlength=len(centres)))[town]
    inside = centres[town] + rng.normal(0, 1, (n_town, 2)) * spread[:, None] * 0.5
    return np.vstack([np.clip(inside, 0, side), rng.uniform(0, side, (n - n_town, 2))])


def _z_sorted(points: FloatArray) -> FloatArray:
    """The points along a Z-order curve."""
    cell = (1023 * (points - points.min(0)) / np.ptp(points, axis=0)).astype(np.int64)
    key = np.zeros(len(points), dtype=np.int64)
    for bit in range(10):
        key |= ((cell[:, 0] >> bit) & 1) << (2 * bit) | ((cell[:, 1] >> bit) & 1) << (2 * bit + 1)
    return points[np.argsort(key, kind="stable")]


def _delaunay_edges(points: FloatArray) -> tuple[IntArray, FloatArray]:
    """Undirected edges of the triangulation and their metres."""
    triangles = Delaunay(points).simplices.astype(np.int64)
    ends = np.vstack([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    pairs = np.unique(np.sort(ends, axis=1), axis=0)
    return pairs, np.linalg.norm(points[pairs[:, 0]] - points[pairs[:, 1]], axis=1)


def _strip(points: FloatArray, side: float) -> IntArray:
    """Which strip of land a point lies on: four strips between wavy fjords, and one small island."""
    wave = 0.06 * side * np.sin(9 * points[:, 1] / side)
    strip = np.clip(4 * (points[:, 0] + wave) / side, 0, 3).astype(np.int64)
    corner = np.hypot(points[:, 0] - side, points[:, 1] - side)
    strip[np.argsort(corner)[: max(2, len(points) // 500)]] = 4
    return strip


def _thinned(
    rng: np.random.Generator, pairs: IntArray, length: FloatArray, n: int, extra: int
) -> tuple[IntArray, NDArray[np.bool_]]:
    """A spanning forest and the ``extra`` shortest other edges, with some luck; which are in the forest."""
    graph = sparse.coo_matrix((length, (pairs[:, 0], pairs[:, 1])), shape=(n, n)).tocsr()
    forest = csgraph.minimum_spanning_tree(graph).tocoo()
    key = pairs[:, 0] * n + pairs[:, 1]
    tree_key = np.minimum(forest.row, forest.col).astype(np.int64) * n + np.maximum(forest.row, forest.col)
    in_tree = np.isin(key, tree_key)
    luck = length * rng.exponential(1.0, len(length))
    luck[in_tree] = np.inf
    chosen = in_tree.copy()
    chosen[np.argsort(luck)[: min(extra, int((~in_tree).sum()))]] = True
    return pairs[chosen], in_tree[chosen]


def _ferries(
    rng: np.random.Generator, pairs: IntArray, length: FloatArray, strip: IntArray, *, n_ferries: int
) -> IntArray:
    """Short crossings, at least one of every pair of neighbouring strips; the island has none."""
    reachable = np.flatnonzero((strip[pairs] != 4).all(axis=1))
    order = reachable[np.argsort(length[reachable] * rng.uniform(0.5, 2.0, len(reachable)))]
    between = np.sort(strip[pairs[order]], axis=1)
    needed = np.unique(between, axis=0, return_index=True)[1]
    return pairs[order[np.union1d(needed, np.arange(min(n_ferries, len(order))))]]


def _assemble(
    rng: np.random.Generator,
    points: FloatArray,
    road: IntArray,
    in_tree: NDArray[np.bool_],
    sea: IntArray,
    n_nodes: int,
) -> RoadGraph:
    """Bends on the roads, directions, seconds, degrees."""
    n_core = len(points)
    metres = np.linalg.norm(points[road[:, 0]] - points[road[:, 1]], axis=1) * rng.uniform(
        1.0, 1.3, len(road)
    )
    share = metres / metres.sum()
    bends = rng.multinomial(max(0, n_nodes - n_core), share)
    one_way = rng.random(len(road)) < np.where(in_tree, 0.01, 0.22)
    speed = rng.choice([30.0, 40.0, 50.0, 60.0, 80.0, 90.0], len(road)) / 3.6
    start, end, owner, bend_points = _bent(points, road, bends)
    piece = (metres / speed / (bends + 1))[owner] * rng.uniform(0.7, 1.3, len(owner))
    back = ~one_way[owner]
    sea_s = 600.0 + np.linalg.norm(points[sea[:, 0]] - points[sea[:, 1]], axis=1) / 5.0
    wait = rng.choice([600.0, 1200.0, 1800.0], len(sea))
    seconds = [piece, piece[back] * rng.uniform(0.95, 1.05, back.sum()), sea_s + wait, sea_s + wait]
    waits = [np.zeros(len(piece)), np.zeros(int(back.sum())), wait, wait]
    tails = np.concatenate([start, end[back], sea[:, 0], sea[:, 1]])
    heads = np.concatenate([end, start[back], sea[:, 1], sea[:, 0]])
    everywhere = np.vstack([points, bend_points])
    by_tail = np.lexsort((heads, tails))
    fields: dict[str, Any] = {
        "tails": tails[by_tail],
        "heads": heads[by_tail],
        "seconds": np.concatenate(seconds)[by_tail],
        "wait_s": np.concatenate(waits)[by_tail],
        "lon": 15.0 + everywhere[:, 0] / (METRES_PER_DEGREE * np.cos(np.radians(LATITUDE))),
        "lat": LATITUDE + everywhere[:, 1] / METRES_PER_DEGREE,
    }
    return RoadGraph(n_nodes=n_core + int(bends.sum()), core_nodes=n_core, **fields)


def _bent(
    points: FloatArray, road: IntArray, bends: IntArray
) -> tuple[IntArray, IntArray, IntArray, FloatArray]:
    """Each road as a chain of ``bends + 1`` pieces: start, end, which road, and the bends' points."""
    first_bend = len(points) + np.cumsum(bends) - bends
    owner = np.repeat(np.arange(len(road)), bends + 1)
    step = np.arange(len(owner)) - np.repeat(np.cumsum(bends + 1) - bends - 1, bends + 1)
    start = np.where(step == 0, road[owner, 0], first_bend[owner] + step - 1)
    end = np.where(step == bends[owner], road[owner, 1], first_bend[owner] + step)
    bent = np.repeat(np.arange(len(road)), bends)
    along = (np.arange(len(bent)) - np.repeat(np.cumsum(bends) - bends, bends) + 1) / (bends[bent] + 1)
    at = points[road[bent, 0]] * (1 - along)[:, None] + points[road[bent, 1]] * along[:, None]
    return start, end, owner, at
