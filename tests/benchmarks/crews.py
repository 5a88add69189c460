"""The event loop of crews against SimPy on the same rules: ``python tests/benchmarks/crews.py [--quick]``.

A made-up region; every row is a run of its own. CPU seconds are of the second run, when the machine code is there; SimPy
is the oracle of the tests, and the crews of every call are compared before the clock is believed.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "optimise" / "crews"))
from simpy_oracle import as_simpy

from optimise.crews import Calls, Rules, System, simulate

HOURS = 8760
RULES = Rules(preempt=((0, 2),), max_reach_min=(np.inf, 90.0, 60.0), max_wait_min=(0.0, 30.0, 240.0))


def region(points: int, crews: int, seed: int = 1) -> System:
    """Points in a strip of 1,200 by 200 km, bases spread along it, everything on the road."""
    g = np.random.default_rng(seed)
    xy = g.uniform(0, 1, (points, 2)) * (1200, 200)
    xy = xy[np.argsort(xy[:, 0])]
    far = 1.3 * np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1))
    bases = np.linspace(0, points - 1, min(crews, 80)).astype(int)
    base = np.arange(crews) % len(bases)
    return System(
        out_min=far[bases].T[None].copy(), go_min=far[None, None], km=far[None], base_place=bases, base=base,
        craft=np.zeros(crews, int), duty=np.ones((crews, 168), int), mobilise_min=np.full((1, 2, 1), 2.0),
        up=np.ones((1, HOURS), bool), state=np.zeros(HOURS, int), may=np.ones((3, 1), int), road=np.array([True]),
        limit_min=np.full(points, 25.0),
    )  # fmt: skip


def year(n: int, points: int, seed: int = 2) -> Calls:
    """Calls whose hospital is near: every tenth point along the strip has one."""
    g = np.random.default_rng(seed)
    at = g.integers(0, points, n)
    return Calls(
        start_min=np.sort(g.uniform(0, 60.0 * HOURS - 1500, n)), at=at, to=np.where(g.random(n) < 0.8, at // 10 * 10, -1),
        to_off_road=np.full(n, -1), urgency=g.integers(0, 3, n), severe=np.zeros(n, bool), scene_min=g.gamma(3, 6, n),
        handover_min=g.gamma(4, 5, n), drive_factor=np.exp(0.15 * g.standard_normal(n)), mobilise_factor=np.ones(n),
        onward=np.full(n, -1),
    )  # fmt: skip


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a twentieth of the calls")
    scale = 20 if parser.parse_args().quick else 1
    simulate(region(60, 10), year(200, 60), RULES, end_min=60.0 * HOURS)
    print("calls  crews points  loop CPU s  SimPy CPU s  ratio  same crew  peak MB", flush=True)
    for n, crews, points, compare in (
        (60_000, 120, 450, True), (30_000, 120, 450, False), (120_000, 120, 450, False),
        (60_000, 60, 450, False), (60_000, 240, 450, False), (60_000, 120, 900, False),
    ):  # fmt: skip
        system, calls = region(points, crews), year(n // scale, points)
        begin = time.process_time()
        found = simulate(system, calls, RULES, end_min=60.0 * HOURS)
        loop = time.process_time() - begin
        told = f"{len(calls.at):6d} {crews:5d} {points:6d} {loop:10.2f}"
        if compare:
            begin = time.process_time()
            crew = as_simpy(system, calls, RULES, 60.0 * HOURS)[2]
            other = time.process_time() - begin
            told += f" {other:12.2f} {other / loop:6.1f} {np.mean(found.crew == np.array(crew)):10.4f}"
        else:
            told += " " * 31
        print(told, f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:8.0f}", flush=True)


if __name__ == "__main__":
    main()
