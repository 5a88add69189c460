"""Two hundred states of one network: one process against a local Dask cluster, in the same run.

    python tests/benchmarks/sweeps.py [--states 200] [--shared ../shared]

Each state closes another random tenth of a per cent of the edges (at least one). Prints seconds per state and
the ratio cluster / one process; the cluster's start is counted apart.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np

import geoaccess as ga
from geoaccess.sweeps import Job, client_of, sweep
from networks import TravelNetwork, at_nodes, build_network
from networks.overlays import Closure
from networks.points import SnappedPoints
from networks.selection import EdgeSelection


def embedded() -> tuple[str, TravelNetwork, SnappedPoints, SnappedPoints]:
    study = ga.load_study("nord-norge")
    return (
        "nord-norge",
        study.network,
        study.demand_points,
        study.on_network(study.facilities_of("akuttmottak")),
    )


def malta(shared: Path) -> tuple[str, TravelNetwork, SnappedPoints, SnappedPoints]:
    network = build_network(shared / "data" / "osm" / "malta-latest.osm.pbf")
    random = np.random.default_rng(0)
    origins, sites = random.integers(0, network.n_nodes, 2000), random.integers(0, network.n_nodes, 50)
    return "Malta", network, at_nodes(network, origins), at_nodes(network, sites)


def closures(network: TravelNetwork, count: int) -> list[Job]:
    random = np.random.default_rng(1)
    links = sorted(set(filter(None, network.labels["link_id"].values)))
    size = max(1, len(links) // 1000)
    return [
        Job(
            f"state-{row}",
            (Closure(f"closed {row}", EdgeSelection(links=tuple(random.choice(links, size)))),),
        )
        for row in range(count)
    ]


def run(name: str, network: TravelNetwork, origins: SnappedPoints, sites: SnappedPoints, states: int) -> None:
    jobs = closures(network, states)
    list(sweep(network, origins, sites, jobs[:2]))  # what is built once: the order, compiled code
    began = time.perf_counter()
    alone = list(sweep(network, origins, sites, jobs))
    one = time.perf_counter() - began
    began = time.perf_counter()
    with client_of("local") as client:
        started = time.perf_counter() - began
        began = time.perf_counter()
        together = list(sweep(network, origins, sites, jobs, cluster=client.scheduler.address))
        many = time.perf_counter() - began
    same = all(np.array_equal(a, b, equal_nan=True) for (_, a), (_, b) in zip(alone, together, strict=True))
    pairs = len(origins) * len(sites)
    print(
        f"{name}: {network.n_nodes} nodes, {pairs} pairs, {states} states | one process {one:.2f} s "
        f"({1000 * one / states:.1f} ms a state) | cluster {many:.2f} s + {started:.2f} s to start | "
        f"cluster / one process {many / one:.2f} | same bits: {same}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--states", type=int, default=200)
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    options = parser.parse_args()
    run(*embedded(), options.states)
    if (options.shared / "data" / "osm").is_dir():
        run(*malta(options.shared), options.states)
    else:
        print(f"Malta left out: no extract under {options.shared}")


if __name__ == "__main__":
    main()
