"""A country's demand in bounded memory: 250,000 demand points, 300 facilities, 10 scenarios.

    python tests/benchmarks/demand_scale.py [--points 250000] [--facilities 300] [--scenarios 10] [--nodes 100000]
        [--block 50000]

Points live on a synthetic road network (``graphs.py``, seeded). The points are swept block by block, so that
one scenario's matrix of one block is all that is held; the nearest time of every point and scenario is kept,
and the measures (median, percentiles, thresholds, Gini, Theil over 80 groups) are taken over all of them.
Prints seconds and the peak memory of the process; the network without demand is told apart.
"""

from __future__ import annotations

import argparse
import resource
import time

import numpy as np
import pandas as pd
from graphs import road_like
from numpy.typing import NDArray

from geoaccess.ground.measures import summarise, summarise_by
from geoaccess.questions.access.equity import equity
from geoaccess.questions.sweep.plan import Job, sweep
from networks import TravelNetwork, at_nodes
from networks.from_edges import network_from_edges
from networks.overlays import SpeedFactors

GROUPS = 80


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0


def country(n_nodes: int) -> TravelNetwork:
    graph = road_like(n_nodes, seed=0)
    ids = np.arange(graph.n_nodes).astype(str)
    nodes = pd.DataFrame({"node_id": ids, "lon": graph.lon, "lat": graph.lat})
    edges = pd.DataFrame(
        {
            "from_id": ids[graph.tails],
            "to_id": ids[graph.heads],
            "moving_s": graph.seconds - graph.wait_s,
            "wait_s": graph.wait_s,
            "length_m": graph.seconds * 15.0,
            "kind": np.where(graph.wait_s > 0, "ferry", "road"),
            "road_class": "county_primary",
        }
    )
    return network_from_edges(nodes, edges)


def scenarios(count: int) -> list[Job]:
    slower = [
        (SpeedFactors(name=f"slower {row}", by_class={"*": 1.0 - 0.04 * row}),) for row in range(1, count)
    ]
    return [Job("base"), *(Job(f"slower-{row}", one) for row, one in enumerate(slower, start=1))]


def nearest(
    network: TravelNetwork, jobs: list[Job], options: argparse.Namespace
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """(n_scenarios, n_points) minutes to the nearest facility, and persons within an hour of any facility."""
    random = np.random.default_rng(1)
    homes = random.integers(0, network.n_nodes, options.points)
    access_s = random.exponential(120.0, options.points)
    sites = at_nodes(network, random.choice(network.n_nodes, options.facilities, replace=False))
    minutes = np.empty((len(jobs), options.points))
    choices = np.zeros(len(jobs), dtype=np.int64)
    for start in range(0, options.points, options.block):
        here = slice(start, start + options.block)
        points = at_nodes(network, homes[here], access_s=access_s[here], access_m=access_s[here] * 12.5)
        for row, (_, times) in enumerate(sweep(network, points, sites, jobs)):
            minutes[row, here] = np.fmin.reduce(times, axis=1)
            choices[row] += int(np.count_nonzero(times <= 60.0))
        print(
            f"{min(start + options.block, options.points):>9,} points, peak {peak_mb():,.0f} MB", flush=True
        )
    return minutes, choices


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    for name, usual in (("points", 250_000), ("facilities", 300), ("scenarios", 10), ("nodes", 100_000)):
        parser.add_argument(f"--{name}", type=int, default=usual)
    parser.add_argument("--block", type=int, default=50_000)
    options = parser.parse_args()
    began = time.perf_counter()
    network = country(options.nodes)
    built, before_mb = time.perf_counter() - began, peak_mb()
    print(
        f"network: {network.n_nodes:,} nodes, {network.n_edges:,} edges, {built:.1f} s, {before_mb:,.0f} MB"
    )
    jobs = scenarios(options.scenarios)
    began = time.perf_counter()
    minutes, choices = nearest(network, jobs, options)
    swept = time.perf_counter() - began
    began = time.perf_counter()
    random = np.random.default_rng(2)
    persons = random.integers(1, 30, options.points).astype(np.float64)
    groups = random.integers(0, GROUPS, options.points).astype(str)
    for job, row, within in zip(jobs, minutes, choices, strict=True):
        figures = summarise(row, persons, thresholds_min=(30, 60, 120))
        summarise_by(row, persons, groups, thresholds_min=(30, 60, 120))
        spread = equity(row, persons, groups)
        print(
            f"{job.name}: mean {figures['mean_min']:.2f} min, 90 % {figures['p90_min']:.2f} min, unreachable "
            f"{figures['persons_unreachable']:,.0f}, Gini {spread['gini']:.4f}, pairs within 60 min {within:,}"
        )
    measured = time.perf_counter() - began
    pairs = options.points * options.facilities * options.scenarios
    print(
        f"{pairs:,} pairs | sweep {swept:.1f} s ({pairs / swept / 1e6:.1f} million pairs a second) | measures "
        f"{measured:.1f} s | peak {peak_mb():,.0f} MB, of which {before_mb:,.0f} MB before the demand"
    )


if __name__ == "__main__":
    main()
