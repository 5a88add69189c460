"""The nearest of a kind around the clock in a country of islands: ``python tests/benchmarks/arrival_country.py``.

A made-up country (:mod:`graphs`) in which every island has two ferry lines of twenty departures a day each, asked
for the nearest of its facilities from very many homes, for every moment of a week. ``--sizes`` names the numbers of
nodes; lines, homes and facilities grow with them, so that the ratios show the growth. Each size runs in a process of
its own: CPU seconds, kernels compiled beforehand, and the greatest memory of the whole process, building included.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from graphs import RoadGraph, road_like

from networks import FerryConditions, FerryService, TravelNetwork, network_from_edges
from networks.arrival import arrival_profiles, nearest_profiles

#: Of the whole country: nodes, ferry lines, homes, facilities.
NODES, LINES, HOMES, FACILITIES = 700_000, 300, 250_000, 300
_ISLAND = 0.0007
_PER_LINE = 20


def country(n_nodes: int, lines: int) -> TravelNetwork:
    """A country with islands, each cut off the roads and served by two lines."""
    graph = road_like(n_nodes, 7)
    road = graph.wait_s == 0
    island = _islands(graph, lines // 2)
    between = road & (island[graph.tails] != island[graph.heads])
    rng = np.random.default_rng(11)
    quays = _quays(graph, island, np.flatnonzero(between), rng)
    sea = np.flatnonzero(~road & (graph.tails < graph.heads))[: max(lines - len(quays), 0)]
    crossing = [*rng.uniform(15, 60, len(quays)).tolist(), *(graph.seconds[sea] / 60.0).tolist()]
    pairs = [*quays, *zip(graph.tails[sea].tolist(), graph.heads[sea].tolist(), strict=True)]
    services = [_service(number, minutes, rng) for number, minutes in enumerate(crossing)]
    kept = np.flatnonzero(road & ~between)
    ends = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    both = np.concatenate([ends, ends[:, ::-1]])
    service = np.concatenate([np.full(len(kept), -1), np.tile(np.arange(len(pairs)), 2)])
    edges = pd.DataFrame(
        {
            "from_id": np.concatenate([graph.tails[kept], both[:, 0]]),
            "to_id": np.concatenate([graph.heads[kept], both[:, 1]]),
            "moving_s": np.concatenate([graph.seconds[kept], 60.0 * np.tile(crossing, 2)]),
            "length_m": 100.0,
            "service": service,
            "kind": np.where(service >= 0, "ferry", "road"),
            "direction": np.concatenate(
                [np.full(len(kept), ""), np.repeat(["forward", "backward"], len(pairs))]
            ),
        }
    )
    nodes = pd.DataFrame({"node_id": np.arange(graph.n_nodes), "lon": graph.lon, "lat": graph.lat})
    return network_from_edges(nodes, edges, services=services)


def _islands(graph: RoadGraph, count: int) -> np.ndarray:
    """(n_nodes,) number of the island of each node, 0 = the mainland: the nodes nearest to some centres."""
    from scipy.spatial import cKDTree

    points = np.column_stack([graph.lon * 0.37, graph.lat])
    centres = np.random.default_rng(3).choice(graph.core_nodes, count, replace=False)
    size = max(20, round(_ISLAND * 700_000))
    found = np.zeros(graph.n_nodes, dtype=np.int64)
    _, near = cKDTree(points).query(points[centres], k=min(size, graph.n_nodes // (2 * max(count, 1))))
    for number, nodes in enumerate(near, start=1):
        found[nodes] = number
    return found


def _quays(
    graph: RoadGraph, island: np.ndarray, cut: np.ndarray, rng: np.random.Generator
) -> list[tuple[int, int]]:
    """Two lines for each island, in place of two of the roads that were cut."""
    found = []
    for number in range(1, int(island.max()) + 1):
        mine = cut[island[graph.tails[cut]] == number]
        for edge in rng.choice(mine, min(2, len(mine)), replace=False).tolist() if len(mine) else []:
            found.append((int(graph.tails[edge]), int(graph.heads[edge])))
    return found


def _service(number: int, crossing: float, rng: np.random.Generator) -> FerryService:
    """A line with twenty departures a day in each direction."""
    named = [
        (direction, tuple(sorted(rng.uniform(300, 1430, _PER_LINE).tolist())))
        for direction in ("forward", "backward")
    ]
    return FerryService(
        f"f{number}", f"f{number}", crossing, 8.0, night="closed", departures_min=tuple(named)
    )


def measure(n_nodes: int) -> None:
    """One country: every part in CPU seconds."""
    share = n_nodes / NODES
    lines, homes, facilities = (max(2, round(share * one)) for one in (LINES, HOMES, FACILITIES))
    _compile()
    network = country(n_nodes, lines)
    rng = np.random.default_rng(5)
    origins = rng.choice(network.n_nodes, homes, replace=False)
    targets = rng.choice(network.n_nodes, facilities, replace=False)
    state = FerryConditions(model="timetable", weekday=0)
    began = time.process_time()
    _ = network.metric
    order = time.process_time() - began
    began = time.process_time()
    profiles = nearest_profiles(network, origins, targets, state, days=7)
    made = time.process_time() - began
    began = time.process_time()
    figures = profiles.figures(limits_min=(60.0,))
    spent = time.process_time() - began
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{network.n_nodes:>8,} nodes, {len(network.services)} lines, {homes:>7,} homes, {facilities} facilities: "
        f"order and metric {order:.1f}, functions {made:.1f}, a week's figures {spent:.1f}, in all "
        f"{order + made + spent:.1f} CPU s; {memory:,.0f} MB; {len(profiles.live) / homes:.1%} of the homes depend on "
        f"the clock, {np.mean(figures.no_way_share[:, 0] >= 1):.1%} have no way",
        flush=True,
    )
    _checked(network, profiles, figures, origins, targets, state)


def _checked(network: Any, profiles: Any, figures: Any, origins: Any, targets: Any, state: Any) -> None:
    """Some homes of both sorts again, with every point searched; refuses to print a ratio over a wrong answer."""
    rng = np.random.default_rng(2)
    every = np.arange(len(origins))
    some = np.union1d(rng.choice(every, 60), rng.choice(profiles.live, 60) if len(profiles.live) else [])
    some = some.astype(np.int64)
    right = arrival_profiles(network, origins[some], targets, state, nearest=True, days=7).figures()
    for mine, theirs in (
        (figures.mean_min[some], right.mean_min),
        (figures.worst_min[some], right.worst_min),
    ):
        np.testing.assert_allclose(mine, theirs, atol=1e-6)


def _compile() -> None:
    """Compile every kernel that is measured."""
    network = country(12_000, 6)
    _ = network.metric
    for engine_nodes in (np.arange(6000), np.arange(40)):
        nearest_profiles(
            network, engine_nodes, np.arange(50), FerryConditions(model="timetable", weekday=0), days=7
        ).figures(limits_min=(60.0,))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default=f"{NODES // 4},{NODES // 2},{NODES}")
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.one:
        measure(asked.one)
        return
    for size in asked.sizes.split(","):
        subprocess.run([sys.executable, str(Path(__file__).resolve()), "--one", size], check=True)


if __name__ == "__main__":
    main()
