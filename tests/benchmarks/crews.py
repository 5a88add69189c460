"""What a year of calls costs, and how it grows: ``python tests/benchmarks/crews.py [--quick]``.

A made-up region, of which one size at a time is changed. Other programs share the machine, so every size is run in
turn, again and again, and the median of its CPU seconds is told with its quartiles: what slows the machine for a while
slows every size alike. The exponent is the slope of log(CPU s) over log(size). Memory is what the loop itself takes
(tracemalloc, in a run of its own) and what it is given. SimPy runs the same calls by the same rules in the same run,
and the crews of every call are compared before the clock is believed.
"""

from __future__ import annotations

import argparse
import sys
import time
import tracemalloc
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "optimise" / "crews"))
from simpy_oracle import as_simpy
from small import by_stops

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
        out_min=far[bases].T[None].copy(), ways=by_stops(np.arange(len(far)), np.array([[0, 1]]), np.stack([far, far])), base_place=bases, base=base,
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


#: Calls, crews and points of the region, and the sizes that each is changed to while the others stay. With 240,000 calls
#: the 120 crews fall behind for ever and the queue is what is measured.
BASE = {"calls": 60_000, "crews": 120, "points": 450}
SIZES = {
    "calls": (15_000, 30_000, 60_000, 120_000),
    "crews": (60, 120, 240, 480),
    "points": (225, 450, 900, 1800),
}
#: Calls that SimPy plays too.
COMPARED = (5_000, 20_000)


def timed(system: System, calls: Calls) -> float:
    """CPU seconds of one run."""
    begin = time.process_time()
    simulate(system, calls, RULES, end_min=60.0 * HOURS)
    return time.process_time() - begin


def megabytes(system: System, calls: Calls) -> tuple[float, float]:
    """(what the loop is given, the most that it takes beside it)."""
    given = sum(np.asarray(value).nbytes for one in (system, calls) for value in vars(one).values())
    tracemalloc.start()
    simulate(system, calls, RULES, end_min=60.0 * HOURS)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return given / 2**20, peak / 2**20


def growth(scale: int, repeats: int) -> None:
    """Print the table of sizes."""
    worlds = {}
    for what, sizes in SIZES.items():
        for size in sizes:
            one = {**BASE, what: size}
            worlds[what, size] = (
                region(one["points"], one["crews"]),
                year(one["calls"] // scale, one["points"]),
            )
    seconds: dict[tuple[str, int], list[float]] = {key: [] for key in worlds}
    for _ in range(repeats):
        for key, world in worlds.items():
            seconds[key].append(timed(*world))
    print(f"median of {repeats} interleaved runs; the others are {BASE}")
    print("changed     size  CPU s  (quartiles)    given MB  taken MB  exponent", flush=True)
    for what, sizes in SIZES.items():
        middle = [float(np.median(seconds[what, size])) for size in sizes]
        slope = float(np.polyfit(np.log(sizes), np.log(middle), 1)[0])
        for size, second in zip(sizes, middle, strict=True):
            low, high = np.percentile(seconds[what, size], (25, 75))
            given, taken = megabytes(*worlds[what, size])
            last = f"{slope:9.2f}" if size == sizes[-1] else ""
            print(
                f"{what:8s} {size // (scale if what == 'calls' else 1):7d} {second:6.3f}  ({low:.3f}-{high:.3f})  "
                f"{given:10.1f} {taken:9.1f} {last}",
                flush=True,
            )


def against_simpy(scale: int, repeats: int) -> None:
    """Print the table of SimPy."""
    print("\ncalls  crews points   CPU s  SimPy CPU s  ratio  same crew", flush=True)
    for n in COMPARED:
        system, calls = region(BASE["points"], BASE["crews"]), year(n // scale, BASE["points"])
        found = simulate(system, calls, RULES, end_min=60.0 * HOURS)
        loop = float(np.median([timed(system, calls) for _ in range(repeats)]))
        begin = time.process_time()
        crew = as_simpy(system, calls, RULES, 60.0 * HOURS)[2]
        other = time.process_time() - begin
        same = float(np.mean(found.crew == np.array(crew)))
        print(
            f"{len(calls.at):6d} {BASE['crews']:5d} {BASE['points']:6d} {loop:7.3f} {other:12.2f} {other / loop:6.1f} {same:10.4f}",
            flush=True,
        )


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a twentieth of the calls, three repeats")
    parser.add_argument("--repeats", type=int, default=7)
    asked = parser.parse_args()
    scale, repeats = (20, 3) if asked.quick else (1, asked.repeats)
    begin = time.process_time()
    timed(region(60, 10), year(200, 60))
    print(f"first run, machine code made or read: {time.process_time() - begin:.1f} CPU s", flush=True)
    growth(scale, repeats)
    against_simpy(scale, repeats)


if __name__ == "__main__":
    main()
