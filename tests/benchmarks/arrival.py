"""Arrival-time functions beside what else there is, in one run: ``python tests/benchmarks/arrival.py``.

Sections (``--only a,b``): ``oracle`` compares arrivals on random networks with ferries, and on others with convoys,
with searches with the clock running that share no code; ``embedded`` computes a week of all pairs and the nearest of three kinds over 20 drawn timetables on
the embedded study, beside 24 tables of one clock time each and beside single journeys; it also answers anew with a
ferry out. CPU seconds of one process, kernels compiled beforehand; ratios count.
"""

from __future__ import annotations

import argparse
import importlib.util
import resource
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

import geoaccess as ga
from networks import FerryConditions, TravelNetwork, apply_overlays, links_out, travel_time_matrix
from networks.arrival import arrival_profiles, contraction
from networks.by_clock import route_by_clock
from networks.overlays import Ferries

TESTS = Path(__file__).resolve().parents[1]


def module(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


def cpu(function: Callable[[], Any], repeats: int = 3) -> tuple[float, Any]:
    """Median CPU seconds, nothing kept from one run to the next, and what came out last."""
    spent = []
    for _ in range(repeats):
        contraction._sailing.cache_clear()
        contraction._drawn.cache_clear()
        began = time.process_time()
        found = function()
        spent.append(time.process_time() - began)
    return float(np.median(spent)), found


def oracle(arrivals: int) -> None:
    """Arrivals on random networks against the oracle of the tests."""
    world_of = module(TESTS / "networks" / "arrival" / "test_arrival.py").World
    make = module(TESTS / "networks" / "conftest.py").build_network_of
    compared = differ = beyond = seed = 0
    worst = 0.0
    while compared < arrivals:
        seed += 1
        rng = np.random.default_rng(10_000 + seed)
        world = world_of(rng)
        weekday, nearest = int(rng.integers(7)), bool(seed % 2)
        targets = rng.choice(world.n, 2, replace=False)
        conditions = FerryConditions(model="timetable", boarding_min=5.0, weekday=weekday)
        profiles = arrival_profiles(
            world.network(make), np.arange(world.n), targets, conditions, nearest=nearest, days=7
        )
        for target in range(profiles.n_targets):
            stops = set(targets.tolist()) if nearest else {int(targets[target])}
            for origin, function in enumerate(profiles.functions(target)):
                for leave in rng.uniform(0, 7 * 1440.0, 20).tolist():
                    right = world.arrival(origin, stops, leave, weekday, 16)
                    if right - leave > 4 * 1440.0:
                        beyond += 1
                        continue
                    compared += 1
                    gap = abs(function.arrival_min(leave) - right)
                    worst = max(worst, gap)
                    differ += gap > 1e-9
    print(f"oracle: {compared:,} arrivals on {seed:,} networks, {differ} differ by more than 1e-9 min")
    print(f"oracle: largest difference {worst:.1e} min; {beyond:,} journeys of over four days left out")


def convoys(arrivals: int) -> None:
    """Arrivals on random networks with several convoys in a row against the oracle of their tests."""
    tested = module(TESTS / "networks" / "arrival" / "test_convoys.py")
    make = module(TESTS / "networks" / "conftest.py").build_network_of
    compared = differ = seed = 0
    worst = 0.0
    while compared < arrivals:
        seed += 1
        rng = np.random.default_rng(50_000 + seed)
        n, roads = tested.ring(rng)
        overlays, kept = tested.random_convoys(rng, roads)
        network = apply_overlays(tested.network_of(make, n, roads), overlays)
        stop = int(rng.integers(n))
        state = FerryConditions(model="headway", time_min=float(rng.integers(0, 1440)))
        profiles = arrival_profiles(network, np.arange(n), [stop], state, days=7, draws=1)
        for origin, function in enumerate(profiles.functions()):
            for leave in rng.uniform(0, 7 * 1440.0, 20).tolist():
                right = tested.dijkstra(n, roads, kept, origin, stop, leave)
                if right - leave < 4 * 1440.0:
                    compared += 1
                    gap = abs(function.arrival_min(leave) - right)
                    worst = max(worst, gap)
                    differ += gap > 1e-9
    print(f"convoys: {compared:,} arrivals on {seed:,} networks, {differ} differ by more than 1e-9 min")
    print(f"convoys: largest difference {worst:.1e} min")


def embedded() -> None:
    """The embedded study."""
    study = ga.load_study("nord-norge")
    network, points = study.network, study.demand_points
    places = study.facilities[study.facilities["kind"].isin(["akuttmottak", "dms", "legevakt"])]
    everything = study.on_network(places)
    state = FerryConditions(weekday=0)
    warm = arrival_profiles(network, points, everything, state, nearest=True)
    warm.figures(limits_min=(60.0,))

    def week() -> None:
        profiles = arrival_profiles(network, points, everything, state, days=7)
        for target in range(profiles.n_targets):
            profiles.figures(limits_min=(60.0,), target=target)

    seconds, _ = cpu(week, 3)
    pairs = len(points) * len(everything)
    print(
        f"week, all pairs: {len(points)} x {len(everything)}, 25 windows: {seconds:.2f} CPU s "
        f"({1e6 * seconds / pairs:.0f} us a pair)"
    )
    of_kind = [
        study.on_network(places[places["kind"] == kind]) for kind in ("akuttmottak", "dms", "legevakt")
    ]
    seconds, _ = cpu(
        lambda: [
            arrival_profiles(network, points, there, state, nearest=True, draws=20).figures(
                limits_min=(60.0,)
            )
            for there in of_kind
        ],
        3,
    )
    print(f"nearest of three kinds, a day, 20 draws: {seconds:.2f} CPU s")
    exact, _ = cpu(lambda: arrival_profiles(network, points, of_kind[0], state, nearest=True).figures(), 5)
    tables, _ = cpu(lambda: _tables(network, points, of_kind[0], state), 3)
    print(
        f"one kind, a day: exact {exact:.3f} CPU s; 24 tables of one clock time {tables:.3f}, "
        f"{tables / exact:.1f} times as long, and wrong between their hours"
    )
    rng = np.random.default_rng(3)
    nodes = rng.choice(network.n_nodes, (20, 2))
    free = replace(state, time_min=600.0)
    single, _ = cpu(
        lambda: [route_by_clock(network, *network.node_ids[pair].tolist(), free) for pair in nodes], 1
    )
    print(
        f"one journey at one moment by route_by_clock: {single / 20:.3f} CPU s; "
        f"the function of all places for all moments costs {exact / (single / 20):.1f} of them"
    )
    lost = apply_overlays(network, [links_out("bognes-lodingen")])
    seconds, _ = cpu(lambda: arrival_profiles(lost, points, of_kind[0], state, nearest=True).figures(), 3)
    print(f"a lost ferry answered anew: {seconds:.3f} CPU s")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


def _tables(network: TravelNetwork, points: Any, there: Any, state: FerryConditions) -> list[Any]:
    return [
        travel_time_matrix(
            apply_overlays(network, [Ferries(f"at {hour}", replace(state, time_min=60.0 * hour))]),
            points,
            there,
        )
        for hour in range(24)
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="oracle,embedded")
    parser.add_argument("--arrivals", type=int, default=100_000)
    asked = parser.parse_args()
    if "oracle" in asked.only:
        oracle(asked.arrivals)
        convoys(asked.arrivals // 4)
    if "embedded" in asked.only:
        embedded()


if __name__ == "__main__":
    main()
