"""One family of placement problems beside spopt + HiGHS (and pbp-pmedian), with cited optima and failures shown.

    python tests/benchmarks/placement_families.py p-median        # or p-center, mclp, lscp, capacitated, mexclp
    python tests/benchmarks/placement_families.py mclp --large    # the instances that take minutes
    python tests/benchmarks/placement_families.py p-median --pbp-python OTHER/bin/python
    python tests/benchmarks/placement_families.py p-center --large --only "p=20"     # rows with this in their name

Every row is a process of its own: CPU seconds of the solve with what it takes to build the program, and peak
memory of the whole process. Our kernels are compiled beforehand, in the same process and not counted. A peer
that ends with an error, with no answer, or with an answer that is not the optimum is shown so.

Instances: OR-Library ``pmed`` and ``pmedcap`` and TSPLIB points (a table, or TSPLIB's own ``.tsp`` file put there;
what is missing is named) from the folder of ``placement_inputs.library``;
for coverage, points drawn as Cordeau, Furini and Ljubic (2019), *Benders decomposition for very large scale
partial set covering and maximal covering location problems*, European Journal of Operational Research 275,
describe theirs: coordinates uniform in [0, 30], demand uniform in 1 to 100. Points in clusters are drawn as Zhang,
Ramakrishnan and Livny (1997), *BIRCH: a new data clustering algorithm and its applications*, Data Mining and
Knowledge Discovery 1, describe their first kind: clusters of as many points, normally distributed with a radius
(root of the mean squared distance) of sqrt(2), on a square grid with a distance of four radii; every point is a
site, their number ``p`` that of the clusters, as in Hansen and others (2009), *Solving large p-median clustering
problems by primal-dual variable neighborhood search*, Data Mining and Knowledge Discovery 19. Those distances
stand in a file of float32, the engine is asked directly with a limit of 6,000 MB. Optima: of p-median and
capacitated from the published files; of p-center on ``pmed`` those of Pullan (2008), *A memetic genetic algorithm for
the vertex p-center problem*, Evolutionary Computation 16, as the public repository ``timothy-ch-cheung/k-center``
lists them, and the exact results in ``jinqiuzhao/IBD-of-p-center-and-p-median`` are the same; for u1060 the best known
(from memory; every one that is met is proven here anew). LSCP is asked within the optimal radius of a
p-center, so no more than its ``p`` sites are needed. spopt has no expected covering (Daskin 1983, *A maximum
expected covering location model*, Transportation Science 17), and its capacitated p-median weighs each distance by the demand, which the published
optima do not: there the peer is the textbook program in PuLP + HiGHS.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pulp
from numpy.typing import NDArray
from placement_inputs import at_hand, exact_costs, library, published, published_costs
from placement_peers import ask

from optimise import PlacementProblem, solve

FloatArray = NDArray[np.float64]
OURS, SPOPT, PBP = "geoaccess", "spopt + HiGHS", "pbp-pmedian"
_BUSY, _VEHICLES = 0.3, 1.5
#: Radii are printed to so much.
_PRINTED = 0.005
#: Optimal radii of p-center, see the module: pmed1 to pmed20, and u1060 with exact distances.
_RADII = (127, 98, 93, 74, 48, 84, 64, 55, 37, 20, 59, 51, 36, 26, 18, 47, 39, 28, 18, 13)
_CENTERS = {f"pmed{number}": radius for number, radius in enumerate(_RADII, start=1)}
#: So many of these are small.
_SMALL_CENTERS = 7
_FAR_CENTERS = {
    10: 2273.08, 20: 1580.80, 30: 1207.77, 40: 1020.56, 50: 904.92, 100: 570.01, 150: 447.01,
}  # fmt: skip
_USUAL = (5, 10, 20, 50, 100, 200, 300, 400, 500)
#: TSPLIB points: how many, and numbers of sites that the literature asks for.
_TSPLIB = {
    "u1432": (1432, _USUAL), "vm1748": (1748, _USUAL), "d2103": (2103, _USUAL), "pcb3038": (3038, _USUAL),
    "rl5934": (5934, (10, 20, 50, 100, 200, 500, 900)),
}  # fmt: skip
#: Clusters on a side and points in each, of the p-median in clusters; the engine's own limit of memory.
_CLUSTERS, _ENGINE_MB = ((8, 350),), 6_000.0
#: Pairs above which a peer is not asked: a program with a variable each needs more than 8 GB.
_MOST_PAIRS = 20_000_000


@dataclass(frozen=True)
class Instance:
    """What is asked; ``costs`` is called in the process that solves."""

    costs: Callable[[], FloatArray]
    p: int | None = None
    optimum: float | None = None
    weights: Callable[[], FloatArray] | None = None
    radius: float | None = None
    capacity: float | None = None
    clustered: bool = False
    pairs: int = 0
    options: dict[str, Any] = field(default_factory=dict)


def _drawn(n_points: int, n_sites: int) -> tuple[FloatArray, FloatArray]:
    rng = np.random.default_rng(n_points)
    points, sites = rng.uniform(0, 30, (n_points, 2)), rng.uniform(0, 30, (n_sites, 2))
    costs = np.empty((n_points, n_sites))
    for first in range(0, n_points, 20_000):
        block = points[first : first + 20_000]
        costs[first : first + 20_000] = np.hypot(*(block[:, None] - sites[None]).transpose(2, 0, 1))
    return costs, rng.integers(1, 101, n_points).astype(float)


def _clustered(side: int, points_each: int) -> FloatArray:
    """Points of ``side`` times ``side`` clusters, see the module."""
    rng = np.random.default_rng(side)
    radius = math.sqrt(2.0)
    centers = 4.0 * radius * np.stack(np.divmod(np.arange(side * side), side), axis=1)
    spread = rng.normal(0.0, radius / math.sqrt(2.0), (side * side, points_each, 2))
    return (centers[:, None] + spread).reshape(-1, 2)


def _on_file(points: FloatArray, folder: str) -> NDArray[np.float32]:
    """(n, n) distances as a memory map of float32, written block by block."""
    shape = (len(points), len(points))
    costs = np.lib.format.open_memmap(f"{folder}/costs.npy", "w+", np.float32, shape)
    for first in range(0, len(points), 500):
        block = points[first : first + 500]
        costs[first : first + 500] = np.hypot(*(block[:, None] - points[None]).transpose(2, 0, 1))
    return costs


def _with_demand(name: str) -> tuple[FloatArray, FloatArray]:
    """Truncated distances and demand of a ``pmedcap`` instance, as its optima are of."""
    with (library() / "pmedcap.csv").open(encoding="utf-8") as opened:
        rows = [row for row in csv.DictReader(opened) if row["name"] == name]
    points = np.array([[float(row["x"]), float(row["y"])] for row in rows])
    costs = np.floor(np.hypot(*(points[:, None] - points[None]).transpose(2, 0, 1)))
    return costs, np.array([float(row["demand"]) for row in rows])


def _covering(sizes: list[tuple[int, int, float, int]], **options: Any) -> dict[str, Instance]:
    return {
        f"{points:,} x {sites}, radius {radius:g}, p={p}": Instance(
            lambda points=points, sites=sites: _drawn(points, sites)[0],
            p,
            None,
            lambda points=points, sites=sites: _drawn(points, sites)[1],
            radius,
            pairs=points * sites,
            options=options,
        )
        for points, sites, radius, p in sizes
    }


def _without_cited_optimum() -> dict[str, Instance]:
    """TSPLIB points whose optima are in no file here, as far as their points are in the folder."""
    return {
        f"{name}, p={p}": Instance(lambda name=name: published_costs(name), p, pairs=n_points**2)
        for name, (n_points, counts) in _TSPLIB.items()
        if at_hand(name)
        for p in counts
    }


def instances(family: str, large: bool) -> dict[str, Instance]:
    """Name -> what is asked."""
    if family == "p-median":
        cited = published("pmed", *(["rl1304", "fl1400"] if large else []))
        told = {
            f"{case.name}, p={case.p}": Instance(
                lambda name=case.name: published_costs(name), case.p, float(case.optimum)
            )
            for case in cited
            if large or case.name in ("pmed1", "pmed2", "pmed6")
        }
        if not large:
            return told
        return (
            told
            | _without_cited_optimum()
            | {
                f"{side * side * each:,} in {side * side} clusters, p={side * side}": Instance(
                    lambda side=side, each=each: _clustered(side, each),
                    side * side,
                    clustered=True,
                    pairs=(side * side * each) ** 2,
                )
                for side, each in _CLUSTERS
            }
        )
    if family in ("p-center", "lscp"):
        of = {case.name: case.p for case in published("pmed")}
        centers = list(_CENTERS.items())
        of_the_size = {
            f"{name}, p={of[name]}": Instance(
                lambda name=name: published_costs(name),
                of[name] if family == "p-center" else None,
                float(radius) if family == "p-center" else None,
                radius=None if family == "p-center" else float(radius),
            )
            for name, radius in (centers[_SMALL_CENTERS:] if large else centers[:_SMALL_CENTERS])
            if name in of
        }
        if not large:
            return of_the_size
        if family == "lscp":
            return of_the_size | {
                f"u1060 within {best}": Instance(lambda: exact_costs("u1060"), radius=best + _PRINTED)
                for best in _FAR_CENTERS.values()
            }
        return of_the_size | {
            f"u1060, p={p}": Instance(lambda: exact_costs("u1060"), p, best)
            for p, best in _FAR_CENTERS.items()
        }
    if family == "capacitated":
        with (library() / "pmedcap_optima.csv").open(encoding="utf-8") as opened:
            rows = list(csv.DictReader(opened))
        return {
            f"{row['name']}, p={row['p']}": Instance(
                lambda name=row["name"]: _with_demand(name)[0],
                int(row["p"]),
                float(row["best_known"]),
                lambda name=row["name"]: _with_demand(name)[1],
                capacity=float(row["capacity"]),
            )
            for row in (rows[10:] if large else rows[:4])
        }
    if family == "mclp":
        return _covering(
            [(100_000, 100, 4.0, 15), (20_000, 1_000, 3.25, 20), (300_000, 300, 3.25, 20)]
            if large
            else [(2_000, 100, 4.0, 10), (10_000, 100, 4.0, 15)]
        )
    return _covering([(100_000, 300, 3.25, 20)] if large else [(500, 50, 5.0, 5), (2_000, 100, 4.0, 10)])


_MODELS = {"capacitated": "capacitated-p-median"}


def ours(family: str, asked: Instance, limit: float) -> dict[str, Any]:
    """Solve by ``optimise.solve``."""
    if asked.clustered:
        return _in_clusters(asked, limit)
    costs = asked.costs()
    weights = np.ones(len(costs)) if asked.weights is None else asked.weights()
    extra: dict[str, Any] = {}
    options: dict[str, Any] = {} if asked.radius is None else {"radius": asked.radius}
    if asked.capacity is not None:
        extra = {"capacities": np.full(costs.shape[1], asked.capacity), "demands": weights}
        weights = np.ones(len(costs))
    if family == "mexclp":
        options |= {"busy": _BUSY, "vehicles": round(_VEHICLES * (asked.p or 0))}
    problem = PlacementProblem(costs=costs, weights=weights, p=asked.p, **extra)
    _warm_up(family)
    before = time.process_time()
    found = solve(problem, _MODELS.get(family, family), time_limit_s=limit, **options)
    whole = len(costs) if family == "p-median" or family == "capacitated" else 1
    return {
        "objective": found.objective * whole,
        "says": found.status.value + ("" if found.gap <= 1e-6 else f", gap {found.gap:.2%}"),
        "cpu_s": time.process_time() - before,
    }


def _warm_up(family: str) -> None:
    """Compile what the family needs, on problems of no interest."""
    rng = np.random.default_rng(1)
    plain = PlacementProblem(costs=rng.uniform(1, 9, (700, 60)), p=4)
    roomy = PlacementProblem(
        costs=np.floor(rng.uniform(1, 99, (110, 110))),
        p=12,
        capacities=np.full(110, 110.0),
        demands=np.floor(rng.uniform(1, 20, 110)),
    )
    known: dict[str, tuple[PlacementProblem, dict[str, Any]]] = {
        "p-median": (plain, {}),
        "p-center": (plain, {}),
        "lscp": (plain.replace(p=None), {"radius": 2.0}),
        "mclp": (plain, {"radius": 2.0}),
        "capacitated": (roomy, {}),
        "mexclp": (plain, {"radius": 2.0, "busy": _BUSY, "vehicles": 6}),
    }
    if family == "p-median":
        from optimise.pmedian_engine import solve_p_median

        solve_p_median(rng.random((60, 40)), None, 5)
    if family in known:
        problem, own = known[family]
        solve(problem, _MODELS.get(family, family), time_limit_s=20.0, **own)


def _in_clusters(asked: Instance, limit: float) -> dict[str, Any]:
    """Solve by the engine itself, on distances in a file."""
    from optimise.pmedian_engine import solve_p_median

    with tempfile.TemporaryDirectory() as folder:
        costs = _on_file(asked.costs(), folder)
        before = time.process_time()
        found = solve_p_median(costs, None, asked.p or 0, time_limit_s=limit, memory_limit_mb=_ENGINE_MB)
    return {
        "objective": found.objective,
        "says": found.status.value + ("" if found.gap <= 1e-6 else f", gap {found.gap:.2%}"),
        "cpu_s": time.process_time() - before,
    }


def theirs(family: str, asked: Instance, limit: float) -> dict[str, Any]:
    """Solve by spopt with HiGHS; expected covering by its published program."""
    costs = asked.costs()
    weights = np.ones(len(costs)) if asked.weights is None else asked.weights()
    solver = pulp.HiGHS(msg=False, timeLimit=limit)
    before = time.process_time()
    if family == "mexclp":
        lp = _expected_covering(costs <= asked.radius, weights, asked.p or 0)
        lp.solve(solver)
    elif asked.capacity is not None:
        lp = _with_room(costs, weights, asked.capacity, asked.p or 0)
        lp.solve(solver)
    else:
        from spopt.locate import LSCP, MCLP, PCenter, PMedian

        if family == "p-center":
            model = PCenter.from_cost_matrix(costs, asked.p)
        elif family == "lscp":
            model = LSCP.from_cost_matrix(costs, asked.radius)
        elif family == "mclp":
            model = MCLP.from_cost_matrix(costs, weights, asked.radius, asked.p)
        else:
            model = PMedian.from_cost_matrix(costs, weights, asked.p)
        lp = model.solve(solver, results=False).problem
    return {
        "objective": pulp.value(lp.objective),
        "says": pulp.LpSolution[lp.sol_status],
        "cpu_s": time.process_time() - before,
    }


def _expected_covering(near: NDArray[np.bool_], weights: FloatArray, p: int) -> pulp.LpProblem:
    """Daskin's program: ``max sum_i w_i sum_k (1 - q) q^(k-1) y_ik``, ``sum_k y_ik <= vehicles within reach``."""
    vehicles = round(_VEHICLES * p)
    lp = pulp.LpProblem("mexclp", pulp.LpMaximize)
    at = [lp.add_variable(f"x{site}", 0, vehicles, pulp.LpInteger) for site in range(near.shape[1])]
    used = [lp.add_variable(f"u{site}", cat=pulp.LpBinary) for site in range(near.shape[1])]
    gained = []
    for row, weight in enumerate(weights.tolist()):
        times = [lp.add_variable(f"y{row}_{k}", 0, 1) for k in range(vehicles)]
        gained += [weight * (1 - _BUSY) * _BUSY**k * times[k] for k in range(vehicles)]
        lp += pulp.lpSum(times) <= pulp.lpSum(at[site] for site in np.flatnonzero(near[row]).tolist())
    for site, item in enumerate(at):
        lp += item <= vehicles * used[site]
    lp += pulp.lpSum(at) == vehicles
    lp += pulp.lpSum(used) <= p
    lp.setObjective(pulp.lpSum(gained))
    return lp


def _with_room(costs: FloatArray, demands: FloatArray, room: float, p: int) -> pulp.LpProblem:
    """Everybody whole to one of ``p`` sites with room, the sum of distances least."""
    lp = pulp.LpProblem("capacitated", pulp.LpMinimize)
    opened = [lp.add_variable(f"y{site}", cat=pulp.LpBinary) for site in range(costs.shape[1])]
    shares = [
        [lp.add_variable(f"x{row}_{site}", cat=pulp.LpBinary) for site in range(costs.shape[1])]
        for row in range(len(costs))
    ]
    for own in shares:
        lp += pulp.lpSum(own) == 1
        for share, item in zip(own, opened, strict=True):
            lp += share <= item
    for site, item in enumerate(opened):
        load = pulp.lpSum(demand * own[site] for demand, own in zip(demands.tolist(), shares, strict=True))
        lp += load <= room * item
    lp += pulp.lpSum(opened) == p
    lp.setObjective(
        pulp.lpSum(
            costs[row, site] * share for row, own in enumerate(shares) for site, share in enumerate(own)
        )
    )
    return lp


def row(family: str, name: str, program: str, options: argparse.Namespace, asked: Instance) -> dict[str, Any]:
    """Ask one program in a process of its own."""
    if asked.pairs > _MOST_PAIRS and program != OURS:
        told = f"not asked: over {_MOST_PAIRS:,} pairs"
        return {"objective": None, "says": told, "cpu_s": None, "mb": None}
    if program == PBP:
        told = ask(PBP, options.pbp_python, name.split(",", maxsplit=1)[0], asked.p or 0, options.limit)
        return {"objective": told.objective, "says": told.says, "cpu_s": told.cpu_s, "mb": None}
    command = [sys.executable, __file__, family, "--one", name, "--program", program]
    command += ["--limit", str(options.limit), *(["--large"] if options.large else [])]
    most = int(3 * options.limit + 120)

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_CPU, (most, most))
        if program != OURS:
            resource.setrlimit(resource.RLIMIT_AS, (8_000_000_000,) * 2)

    done = subprocess.run(command, capture_output=True, text=True, check=False, preexec_fn=limited)
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if done.returncode or not lines:
        last = (done.stderr.strip().splitlines() or [f"ended by signal {-done.returncode}"])[-1]
        return {"objective": None, "says": f"FAILED: {last[:90]}", "cpu_s": None, "mb": None}
    return json.loads(lines[-1])


def verdict(told: dict[str, Any], best: float | None) -> str:
    """In a word; ``best`` is the optimum, or the best answer of a row that was proven."""
    if told["objective"] is None:
        return "no answer"
    if best is None:
        return ""
    if abs(told["objective"] - best) <= 1e-5 * max(1.0, abs(best)):
        return "right"
    return "WRONG, called optimal" if told["says"].lower().split(",")[0].startswith("optimal") else "not met"


def main() -> None:
    """Print the table of one family, or solve one instance."""
    options = _arguments()
    found = instances(options.family, options.large)
    if options.one:
        solver = ours if options.program == OURS else theirs
        told = solver(options.family, found[options.one], options.limit)
        told["mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
        print(json.dumps(told))
        return
    programs = [OURS, SPOPT, *([PBP] if options.family == "p-median" else [])]
    print(
        f"{options.family}: limit {options.limit:g} s; {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    )
    print(f"{'instance':40} {'cited':>10}  {'program':14} {'objective':>12} {'CPU s':>8} {'MB':>6}  says")
    missing = [name for name in _TSPLIB if not at_hand(name)]
    if options.family == "p-median" and options.large and missing:
        print(f"not at hand (TSPLIB's {missing[0]}.tsp and so on, in {library()}): {', '.join(missing)}")
    for name, asked in found.items():
        if options.only not in name:
            continue
        best = asked.optimum
        for program in programs:
            told = row(options.family, name, program, options, asked)
            if best is None and told["says"] == "optimal":
                best = told["objective"]
            numbers = [math.nan if told[key] is None else told[key] for key in ("objective", "cpu_s", "mb")]
            cited = "-" if asked.optimum is None else f"{asked.optimum:g}"
            shown = f"{numbers[0]:12.2f} {numbers[1]:8.2f} {numbers[2]:6.0f}"
            print(
                f"{name:40} {cited:>10}  {program:14} {shown}  {told['says']} {verdict(told, best)}",
                flush=True,
            )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    families = ("p-median", "p-center", "mclp", "lscp", "capacitated", "mexclp")
    parser.add_argument("family", choices=families)
    parser.add_argument("--large", action="store_true", help="the instances that take minutes")
    parser.add_argument("--limit", type=float, default=60.0, help="wall seconds for each solve")
    parser.add_argument("--pbp-python", default="", help="a Python that has pbp-pmedian")
    parser.add_argument("--only", default="", help="rows with this in their name")
    parser.add_argument("--one", help="one instance, as JSON")
    parser.add_argument("--program", default=OURS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
