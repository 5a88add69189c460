"""Many states of one network: one process against a local Dask cluster, in the same run.

    python tests/benchmarks/sweeps.py [--states 200] [--nodes 500000] [--shared ../shared]

Each state closes another random tenth of a per cent of the links (at least one). Seconds per state, on the
clock and of all processors (the workers' included); the cluster's start is counted apart. The large network
is made from a seed (``graphs.py``) and gets a fifth of the states.
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from graphs import road_like

import geoaccess as ga
from geoaccess.questions.sweep.plan import Job, address_of, client_of, engine_for_states, sweep
from networks import TravelNetwork, at_nodes, build_network, network_from_edges
from networks.overlays import Closure
from networks.points import SnappedPoints
from networks.selection import EdgeSelection

Question = tuple[str, TravelNetwork, SnappedPoints, SnappedPoints]
#: Edges of the large network that share a link id.
EDGES_OF_A_LINK = 50


def embedded() -> Question:
    study = ga.load_study("nord-norge")
    sites = study.on_network(study.facilities_of("akuttmottak"))
    return "nord-norge", study.network, study.demand_points, sites


def malta(shared: Path) -> Question:
    network = build_network(shared / "data" / "osm" / "malta-latest.osm.pbf")
    return "Malta", network, *random_points(network, 2000, 50)


def large(n_nodes: int, seed: int) -> Question:
    graph = road_like(n_nodes, seed)
    nodes = pd.DataFrame({"node_id": np.arange(graph.n_nodes), "lon": graph.lon, "lat": graph.lat})
    links = [f"link {edge // EDGES_OF_A_LINK}" for edge in range(len(graph.tails))]
    edges = pd.DataFrame(
        {"from_id": graph.tails, "to_id": graph.heads, "moving_s": graph.seconds, "link_id": links}
    ).assign(length_m=1.0, kind="road")
    network = network_from_edges(nodes, edges)
    return f"{graph.n_nodes:,} nodes", network, *random_points(network, 5000, 300)


def random_points(network: TravelNetwork, *counts: int) -> tuple[SnappedPoints, ...]:
    random = np.random.default_rng(0)
    return tuple(at_nodes(network, random.integers(0, network.n_nodes, count)) for count in counts)


def closures(network: TravelNetwork, count: int) -> list[Job]:
    random = np.random.default_rng(1)
    links = np.array(sorted(set(filter(None, network.labels["link_id"].values))), dtype=object)
    size = max(1, len(links) // 1000)
    return [
        Job(
            f"state-{row}",
            (Closure(f"closed {row}", EdgeSelection(links=tuple(random.choice(links, size)))),),
        )
        for row in range(count)
    ]


def run(question: Question, states: int) -> dict[str, Any]:
    name, network, origins, sites = question
    jobs = closures(network, states)
    engine_for_states(network, len(origins), len(sites), states)  # what is built once: the order
    list(sweep(network, origins, sites, jobs[:2], engine="hierarchy"))  # compiled code is loaded
    wall, cpu = time.perf_counter(), time.process_time()
    alone = list(sweep(network, origins, sites, jobs))
    one_wall, one_cpu = time.perf_counter() - wall, time.process_time() - cpu
    wall = time.perf_counter()
    with client_of("local") as client:
        started = time.perf_counter() - wall
        workers = sum(client.run(time.process_time).values())
        wall, cpu = time.perf_counter(), time.process_time()
        together = list(sweep(network, origins, sites, jobs, cluster=address_of(client)))
        many_wall = time.perf_counter() - wall
        many_cpu = time.process_time() - cpu + sum(client.run(time.process_time).values()) - workers
    same = all(np.array_equal(a, b, equal_nan=True) for (_, a), (_, b) in zip(alone, together, strict=True))
    return {
        "network": name,
        "nodes": network.n_nodes,
        "pairs a state": len(origins) * len(sites),
        "states": states,
        "one process, ms a state": 1000 * one_wall / states,
        "CPU ms a state": 1000 * one_cpu / states,
        "cluster, ms a state": 1000 * many_wall / states,
        "its CPU ms a state": 1000 * many_cpu / states,
        "its start s": started,
        "cluster / one process": many_wall / one_wall,
        "same bits": same,
    }


def run_all(states: int, *, nodes: int, seed: int, shared: Path) -> list[dict[str, Any]]:
    rows = [run(embedded(), states)]
    if (shared / "data" / "osm").is_dir():
        rows.append(run(malta(shared), states))
    return [*rows, run(large(nodes, seed), max(2, states // 5))]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--states", type=int, default=200)
    parser.add_argument("--nodes", type=int, default=500_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--shared", type=Path, default=Path(os.environ.get("GEOACCESS_SHARED", "../shared")))
    options = parser.parse_args()
    for row in run_all(options.states, nodes=options.nodes, seed=options.seed, shared=options.shared):
        print(row)
    if not (options.shared / "data" / "osm").is_dir():
        print(f"Malta left out: no extract under {options.shared}")


if __name__ == "__main__":
    main()
