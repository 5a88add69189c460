"""What the placement benchmark solves: published instances, and minutes over road-like graphs from a seed."""

from __future__ import annotations

import csv
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from graphs import road_like
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
#: Junctions and bends of the road-like graph for so many demand points.
_NODES_PER_POINT, _FEWEST_NODES = 1.5, 20_000


@dataclass(frozen=True)
class Published:
    """An instance whose optimum is in the literature."""

    name: str
    p: int
    optimum: int


def library() -> Path:
    """Folder of the published instances: GEOACCESS_SHARED, else ``../shared`` beside the checkout."""
    root = Path(__file__).resolve().parents[2]
    return (root / os.environ.get("GEOACCESS_SHARED", "../shared")).resolve() / "data" / "orlib"


def published(*families: str) -> list[Published]:
    """Instances of the families (``pmed``, ``rl1304``, ``fl1400``) with their optima, in the file's order."""
    file = library() / "optima.csv"
    if not file.is_file():
        return []
    with file.open(encoding="utf-8") as opened:
        rows = [row for row in csv.DictReader(opened) if row["name"].startswith(families)]
    return [Published(row["name"], int(row["p"]), int(row["optimum"])) for row in rows]


def published_costs(name: str) -> FloatArray:
    """(n, n) distances; every demand point is a candidate site and weighs 1."""
    if name.startswith("pmed"):
        return np.load(library() / f"{name}.npz")["costs"].astype(np.float64)
    return np.floor(exact_costs(name))


def exact_costs(name: str) -> FloatArray:
    """(n, n) distances between the points of a TSPLIB instance, not rounded."""
    points = published_points(name)
    return np.hypot(*(points[:, None, :] - points[None, :, :]).transpose(2, 0, 1))


def at_hand(name: str) -> bool:
    """True when the points of a TSPLIB instance are in the folder."""
    return any((library() / f"{name}.{ending}").is_file() for ending in ("csv", "tsp"))


def published_points(name: str) -> FloatArray:
    """(n, 2) points of a TSPLIB instance: of ``NAME.csv`` with columns x and y, or of TSPLIB's own ``NAME.tsp``."""
    table = library() / f"{name}.csv"
    if table.is_file():
        with table.open(encoding="utf-8") as opened:
            return np.array([[float(row["x"]), float(row["y"])] for row in csv.DictReader(opened)])
    lines = (
        (library() / f"{name}.tsp").read_text(encoding="utf-8").split("NODE_COORD_SECTION")[1].splitlines()
    )
    fields = [line.split() for line in lines]
    return np.array([[float(x), float(y)] for _, x, y in (each for each in fields if len(each) == 3)])


def road_minutes(
    n_demand: int, n_sites: int, seed: int, *, dtype: type = np.float64, out: Path | None = None
) -> tuple[NDArray, FloatArray]:
    """Minutes between nodes of a road-like graph, and persons at the demand points.

    The island that no ferry reaches is left out, so that every placement serves everybody. With ``out`` the
    matrix is written to that ``.npy`` file block by block and given back as a memory map.
    """
    from networks import hierarchy

    graph = road_like(max(_FEWEST_NODES, round(_NODES_PER_POINT * n_demand)), seed)
    order = hierarchy.build_order(graph.n_nodes, graph.tails, graph.heads, lon=graph.lon, lat=graph.lat)
    metric = hierarchy.customise(order, graph.seconds)
    rng = np.random.default_rng(seed)
    mainland = _mainland(metric, graph.n_nodes)
    sites = rng.choice(mainland, n_sites, replace=False)
    demand = rng.choice(mainland, n_demand, replace=n_demand > len(mainland))
    shape = (n_demand, n_sites)
    minutes = np.empty(shape, dtype) if out is None else np.lib.format.open_memmap(out, "w+", dtype, shape)
    for start in range(0, n_demand, 20_000):
        here = slice(start, start + 20_000)
        minutes[here] = hierarchy.many_to_many(metric, demand[here], sites, threads=1) / 60.0
    return minutes, rng.integers(1, 30, n_demand).astype(np.float64)


def _mainland(metric, n_nodes: int) -> NDArray[np.int64]:
    """Nodes from which, and to which, there is a way from the node that most nodes share a country with."""
    from networks import hierarchy

    everywhere, trial = np.arange(n_nodes), np.linspace(0, n_nodes - 1, 9).astype(np.int64)
    there = np.isfinite(hierarchy.many_to_many(metric, everywhere, trial, threads=1))
    hub = int(np.argmax(there.sum(axis=0)))
    back = np.isfinite(hierarchy.many_to_many(metric, trial[[hub]], everywhere, threads=1))[0]
    return np.flatnonzero(there[:, hub] & back)
