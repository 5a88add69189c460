"""Covering questions at scale: p-center, MCLP, LSCP and the capacitated p-median, proven or with their gap.

    python tests/benchmarks/placement_covering.py [CASE]...        # all cases, or those whose name holds a CASE

CPU seconds of all threads, machine code of the inner loops compiled beforehand (said apart). Costs are
minutes on the synthetic country of ``graphs.py``, from a seed, with an access time of its own for each demand
point; ``pmed`` are the OR-Library instances in the shared test data, whose p-center optima are not looked up
but found twice: by the engine, and by bisection over plain set covering programs of PuLP and CBC that share
no code with it.
"""

from __future__ import annotations

import argparse
import csv
import functools
import os
import resource
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pulp
from graphs import road_like
from numpy.typing import NDArray
from scipy.sparse import csgraph

from optimise import PlacementProblem, Solution, solve
from optimise.covering_engine.coverage import coverage_from_lists
from optimise.covering_engine.maximal_cover import MaximalCoverSearch
from optimise.running import Limits

FloatArray = NDArray[np.float64]
Row = dict[str, Any]
ORLIB = Path(os.environ.get("GEOACCESS_SHARED", "../shared")).resolve() / "data" / "orlib"
PMED = range(1, 21)
#: CPU seconds within which all twenty p-centers, and each MCLP with a million demand points, are to be proven.
CENTERS_AIM_S, MILLION_AIM_S = 60.0, 120.0


@dataclass(frozen=True)
class Case:
    """One line of the table: ``run()`` gives its figures."""

    name: str
    run: Callable[[], Row]


def cases() -> list[Case]:
    """Every case, the shortest first."""
    centers = [Case("p-center pmed1-20, engine", pmed_centers), Case("p-center pmed1-20, CBC", pmed_by_cbc)]
    return [
        *centers,
        Case("p-center 20,000 x 400, p=40", lambda: by_solve(20_000, 400, "p-center", p=40)),
        Case(
            "partial p-center 95 %, 20,000 x 400, p=20",
            lambda: by_solve(20_000, 400, "partial-p-center", p=20, share=0.95),
        ),
        Case("LSCP 20,000 x 400, 30 min", lambda: by_solve(20_000, 400, "lscp", radius=30.0)),
        Case("LSCP 20,000 x 400, 45 min", lambda: by_solve(20_000, 400, "lscp", radius=45.0)),
        Case("MCLP 20,000 x 400, p=20, 15 min", lambda: by_solve(20_000, 400, "mclp", p=20, radius=15.0)),
        Case(
            "MCLP with backup 0.3, 20,000 x 400, p=20, 15 min",
            lambda: by_solve(20_000, 400, "mclp", p=20, radius=15.0, backup=0.3),
        ),
        *(
            Case(
                f"MCLP 1,000,000 x 300, p=20, {minutes} min", lambda minutes=minutes: million(float(minutes))
            )
            for minutes in (15, 30, 45)
        ),
        Case(
            "MCLP 200,000 x 300 dense, p=20, 30 min",
            lambda: by_solve(200_000, 300, "mclp", p=20, radius=30.0),
        ),
        *(
            Case(
                f"capacitated {n:,} x {m}, p=20, {sourcing}",
                lambda n=n, m=m, sourcing=sourcing: with_room(n, m, 20, sourcing),
            )
            for n, m in ((500, 60), (1_000, 100), (3_000, 200))
            for sourcing in ("single", "split")
        ),
    ]


def peak_mb() -> float:
    """Most memory that this process has held so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0


def minutes_to_sites(n_demand: int, n_sites: int, *, limit_min: float = np.inf) -> tuple[FloatArray, ...]:
    """(n_nodes, n_sites) minutes, the node of each demand point, its access minutes, and its weight."""
    graph = road_like(max(20_000, n_demand // 10), seed=1)
    random = np.random.default_rng(1)
    sites = random.choice(graph.n_nodes, n_sites, replace=False)
    seconds = csgraph.dijkstra(graph.matrix().T.tocsr(), indices=sites, limit=60.0 * limit_min)
    homes = random.integers(0, graph.n_nodes, n_demand)
    access_min = random.exponential(2.0, n_demand)
    weights = random.integers(1, 200, n_demand).astype(float)
    return np.ascontiguousarray(seconds.T) / 60.0, homes, access_min, weights


def matrix(n_demand: int, n_sites: int) -> tuple[FloatArray, FloatArray]:
    """A dense matrix of minutes (NaN: unreachable) and the weights."""
    near, homes, access_min, weights = minutes_to_sites(n_demand, n_sites)
    costs = near[homes]
    costs += access_min[:, None]
    costs[np.isinf(costs)] = np.nan
    return costs, weights


def figures(solution: Solution, cpu_s: float) -> Row:
    """What a line of the table holds."""
    return {
        "status": solution.status.value,
        "objective": solution.objective,
        "bound": solution.bound,
        "gap": solution.gap,
        "cpu_s": cpu_s,
        "peak_mb": peak_mb(),
        "proof": solution.proof,
        "held": True,
    }


def by_solve(n_demand: int, n_sites: int, model: str, *, p: int | None = None, **options: Any) -> Row:
    """The public ``solve`` on a dense matrix; checking the problem and verifying the answer included."""
    warm_up()
    costs, weights = matrix(n_demand, n_sites)
    began = time.process_time()
    solution = solve(PlacementProblem(costs, weights=weights, p=p), model, time_limit_s=600, **options)
    return figures(solution, time.process_time() - began)


def million(radius_min: float) -> Row:
    """A million demand points by lists of covering sites: no matrix of minutes is ever built."""
    warm_up()
    near, homes, access_min, weights = minutes_to_sites(1_000_000, 300, limit_min=radius_min)
    sizes, members = [], []
    for first in range(0, len(homes), 50_000):
        part = slice(first, first + 50_000)
        rows, sites = np.nonzero(near[homes[part]] + access_min[part, None] <= radius_min)
        sizes.append(np.bincount(rows, minlength=len(homes[part])))
        members.append(sites.astype(np.int32))
    indptr = np.concatenate([[0], np.cumsum(np.concatenate(sizes))])
    sites = np.concatenate(members)
    began = time.process_time()
    coverage = coverage_from_lists(indptr, sites, weights, n_sites=300)
    found = MaximalCoverSearch(coverage, 20, Limits(time_limit_s=600).started()).outcome()
    cpu_s = time.process_time() - began
    covered = float(weights @ coverage.covered(found.columns))
    return {
        "status": found.status.value,
        "objective": covered,
        "bound": found.bound,
        "gap": (found.bound - covered) / covered,
        "cpu_s": cpu_s,
        "peak_mb": peak_mb(),
        "proof": f"{found.proof.value}; {len(sites):,} pairs, {found.figures['merged_rows']:,.0f} merged rows",
        "held": found.status.value == "optimal" and cpu_s < MILLION_AIM_S,
    }


def with_room(n_demand: int, n_sites: int, p: int, sourcing: str) -> Row:
    """Sites with a quarter more room than an even share of the demand; 100 wall seconds."""
    warm_up()
    costs, weights = matrix(n_demand, n_sites)
    reached = np.isfinite(costs).any(axis=1)
    room = np.full(n_sites, 1.25 * weights[reached].sum() / p)
    problem = PlacementProblem(costs, weights=weights, p=p, capacities=room)
    began = time.process_time()
    solution = solve(problem, "capacitated-p-median", sourcing=sourcing, time_limit_s=100)
    return figures(solution, time.process_time() - began)


def pmed() -> list[tuple[str, FloatArray, int]]:
    """Name, costs and p of the OR-Library instances."""
    with (ORLIB / "optima.csv").open(encoding="utf-8") as file:
        p_of = {row["name"]: int(row["p"]) for row in csv.DictReader(file)}
    names = [f"pmed{number}" for number in PMED]
    return [(name, np.load(ORLIB / f"{name}.npz")["costs"].astype(float), p_of[name]) for name in names]


def pmed_centers() -> Row:
    """The engine on all twenty, through ``solve``."""
    warm_up()
    found, cpu_s = [], 0.0
    for _, costs, p in pmed():
        problem = PlacementProblem(costs, p=p)
        began = time.process_time()
        found.append(solve(problem, "p-center"))
        cpu_s += time.process_time() - began
    proven = all(one.status.value == "optimal" for one in found)
    row = summary([solution.objective for solution in found], cpu_s)
    row |= {"status": "optimal" if proven else "not all proven", "gap": max(one.gap for one in found)}
    return row | {"bound": float(sum(one.bound for one in found)), "held": proven and cpu_s < CENTERS_AIM_S}


def pmed_by_cbc() -> Row:
    """Bisection over plain set covering programs by PuLP and CBC; CPU seconds of its own process included."""
    began, children = time.process_time(), resource.getrusage(resource.RUSAGE_CHILDREN)
    radii = [center_by_cbc(costs, p) for _, costs, p in pmed()]
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    solver_s = after.ru_utime + after.ru_stime - children.ru_utime - children.ru_stime
    return summary(radii, time.process_time() - began + solver_s)


def summary(radii: list[float], cpu_s: float) -> Row:
    """The radii in the order of their instances."""
    listed = " ".join(f"{radius:g}" for radius in radii)
    total = float(sum(radii))
    return {
        "status": "optimal",
        "objective": total,
        "bound": total,
        "gap": 0.0,
        "cpu_s": cpu_s,
        "peak_mb": peak_mb(),
        "proof": f"radii {listed}",
        "held": True,
    }


def center_by_cbc(costs: FloatArray, p: int) -> float:
    """The p-center radius, by nothing but set covering programs."""
    levels = np.unique(costs)
    first, last = 0, len(levels) - 1
    while first < last:
        middle = (first + last) // 2
        if fewest_by_cbc(costs <= levels[middle]) <= p:
            last = middle
        else:
            first = middle + 1
    return float(levels[first])


def fewest_by_cbc(near: NDArray[np.bool_]) -> float:
    """The fewest sites that cover every row; more than there are where a row has none."""
    if not near.any(axis=1).all():
        return near.shape[1] + 1
    program = pulp.LpProblem("cover", pulp.LpMinimize)
    opened = [program.add_variable(f"open_{site}", cat=pulp.LpBinary) for site in range(near.shape[1])]
    program.setObjective(pulp.LpAffineExpression(dict.fromkeys(opened, 1.0)))
    for row in near:
        program += pulp.LpAffineExpression({opened[site]: 1.0 for site in np.flatnonzero(row).tolist()}) >= 1
    program.solve(pulp.PULP_CBC_CMD(msg=False))
    if program.sol_status != pulp.LpSolutionOptimal:
        raise RuntimeError(f"CBC stopped with status {pulp.LpStatus[program.status]}")
    return round(float(pulp.value(program.objective)))


@functools.cache
def warm_up() -> float:
    """Compile the inner loops; CPU seconds that this took."""
    began = time.process_time()
    costs, weights = matrix(500, 100)
    problem = PlacementProblem(costs, p=7, weights=weights)
    for model, options in (
        ("p-center", {}),
        ("mclp", {"radius": 15.0}),
        ("mclp", {"radius": 15.0, "backup": 0.3}),
        ("capacitated-p-median", {"time_limit_s": 20}),
    ):
        room = np.full(100, float(weights.sum()) / 5) if model.startswith("capacitated") else None
        solve(problem.replace(capacities=room), model, **options)
    solve(problem.replace(p=None), "lscp", radius=30.0)
    return time.process_time() - began


def line(name: str, row: Row) -> str:
    """One line of the table."""
    objective, gap = f"{row['objective']:,.2f}", f"{100 * row['gap']:.4f} %"
    figure = f"{row['status']:9} {objective:>16} {gap:>10} {row['cpu_s']:>8.2f} {row['peak_mb']:>9,.0f}"
    return f"{name:50} {figure}  {row['proof']}"


def main() -> None:
    """Run the cases and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("cases", nargs="*", help="parts of names; all cases without any")
    wanted = parser.parse_args().cases
    print(f"compiling the inner loops, or loading them: {warm_up():.1f} CPU s\n", flush=True)
    print(f"{'case':50} {'status':9} {'objective':>16} {'gap':>10} {'CPU s':>8} {'peak MB':>9}  proof")
    for case in cases():
        if not wanted or any(part in case.name for part in wanted):
            print(line(case.name, case.run()), flush=True)


if __name__ == "__main__":
    main()
