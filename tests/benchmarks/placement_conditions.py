"""Conditions without a cliff: 22,760 demand points x 450 places, 90 existing stations, one condition after the other.

``python tests/benchmarks/placement_conditions.py`` prints a table of conditions x time, memory and proof; each
row runs in a process of its own. ``--only moves`` runs the rows whose name holds the word, ``--points`` and
``--limit`` change the size and the seconds allowed.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optimise import (
    OnlyWith,
    PlacementProblem,
    Scenario,
    Separation,
    ShareWithin,
    SiteCount,
    Together,
    Within,
    not_both,
    solve,
    solve_robust,
)
from optimise.running import Limits

FloatArray = NDArray[np.float64]


def city(points: int, sites: int = 450, existing: int = 90, seed: int = 7) -> dict[str, Any]:
    """Cells of 250 m in clusters, places among them, minutes at 40 km/h by a detour of 1.3, and today's stations."""
    rng = np.random.default_rng(seed)
    middles = rng.uniform(0, 60, (40, 2))
    cells = np.round((middles[rng.integers(0, 40, points)] + rng.normal(0, 4, (points, 2))) * 4) / 4
    places = cells[rng.choice(points, sites, replace=False)]
    minutes = np.hypot(*(cells[:, None] - places[None]).transpose(2, 0, 1)) * 1.3 / 40 * 60
    between = np.hypot(*(places[:, None] - places[None]).transpose(2, 0, 1)) * 1.3 / 40 * 60
    roles = np.array(["candidate"] * sites)
    roles[rng.choice(sites, existing, replace=False)] = "existing"
    return {
        "costs": np.round(minutes, 3),
        "weights": rng.integers(1, 60, points).astype(float),
        "roles": roles.tolist(),
        "site_costs": np.round(between, 3),
        "groups": (places[:, 0] // 20).astype(int).tolist(),
        "demand_groups": (cells[:, 0] // 10).astype(int).tolist(),
    }


def questions(points: int) -> dict[str, tuple[str, dict[str, Any], dict[str, Any]]]:
    """Name -> model, what the problem adds, options of the model."""
    base = city(points)
    free = {"roles": ["candidate"] * 450}
    price = np.random.default_rng(1).integers(5, 30, 450).astype(float)
    far = base["costs"].min(axis=1).max()
    cut = np.where(base["costs"] > 25, np.nan, base["costs"])
    room = np.random.default_rng(2).uniform(0.8, 1.6, 450) * base["weights"].sum() / 80
    idle = SiteCount(sites=tuple(range(450)), at_least=0)
    return {
        "3 new, nothing asked": ("p-median", {"p_new": 3}, {}),
        "3 new, idle condition": ("p-median", {"p_new": 3, "conditions": [idle]}, {}),
        "10 free, nothing asked": ("p-median", {"p": 10, **free}, {}),
        "10 free, idle condition": ("p-median", {"p": 10, "conditions": [idle], **free}, {}),
        "3 moves": ("relocation", {"max_moves": 3}, {}),
        "3 new, 3 moves": ("p-median", {"p_new": 3, "max_moves": 3}, {}),
        "budget": ("p-median", {"fixed_costs": price, "budget": 40.0}, {}),
        "3 new and a budget": ("p-median", {"p_new": 3, "fixed_costs": price, "budget": 30.0}, {}),
        "10 free, groups": (
            "p-median",
            {"p": 10, "conditions": [SiteCount(group=g, at_least=3, at_most=4) for g in (0, 1, 2)], **free},
            {},
        ),
        "10 free, tied and forbidden pairs": (
            "p-median",
            {"p": 10, "conditions": [Together((3, 77)), not_both(5, 9), OnlyWith(8, (12, 40))], **free},
            {},
        ),
        "10 free, 12 min apart": ("p-median", {"p": 10, "conditions": [Separation(12.0)], **free}, {}),
        "20 free, nobody above": (
            "p-median",
            {"p": 20, "conditions": [Within(float(far) + 22.0)], **free},
            {},
        ),
        "3 new, share within": ("p-median", {"p_new": 3, "conditions": [ShareWithin(6.0, 0.8)]}, {}),
        "10 free, share within 15": (
            "p-median",
            {"p": 10, "conditions": [ShareWithin(15.0, 0.7)], **free},
            {},
        ),
        "3 new, median of each part": (
            "p-median",
            {
                "p_new": 3,
                "conditions": [ShareWithin(8.0, 0.5, group=g) for g in sorted(set(base["demand_groups"]))],
            },
            {},
        ),
        "10 free, partial reach": ("p-median", {"p": 10, "costs": cut, **free}, {}),
        "3 new, tail mean": ("tail-mean", {"p_new": 3}, {"tail": 0.1}),
        "3 new, survival, 1 move": ("maximal-survival", {"p_new": 3, "max_moves": 1}, {}),
        "3 new, mean difference": ("mean-difference", {"p_new": 3}, {}),
        "3 new, two states": ("robust", {"p_new": 3}, {"criterion": "expected"}),
        "3 new, two states, worst": ("robust", {"p_new": 3}, {"criterion": "worst"}),
        "3 new, two states, regret": ("robust", {"p_new": 3}, {"criterion": "regret"}),
        "3 new, two states, tail": ("robust", {"p_new": 3}, {"criterion": "tail", "tail": 0.5}),
        "3 new, two states, each part": (
            "robust",
            {"p_new": 3, "conditions": [SiteCount(group=0, at_least=1)]},
            {"criterion": "expected"},
        ),
        "3 new, two uneven states, worst": ("uneven", {"p_new": 3}, {"criterion": "worst"}),
        "3 new, two uneven states, regret": ("uneven", {"p_new": 3}, {"criterion": "regret"}),
        "3 new, two uneven states, tail": ("uneven", {"p_new": 3}, {"criterion": "tail", "tail": 0.7}),
        "3 new, iso-elastic of parts": ("iso-elastic-groups", {"p_new": 3}, {}),
        "3 new, gini": ("gini", {"p_new": 3}, {}),
        "3 new, centre, idle condition": ("p-center", {"p_new": 3, "conditions": [idle]}, {}),
        "3 new, covering, idle condition": ("mclp", {"p_new": 3, "conditions": [idle]}, {"radius": 6.0}),
        "3 new, expected covering": ("mexclp", {"p_new": 3}, {"radius": 8.0, "busy": 0.3}),
        "20 free, 30 vehicles, expected covering": (
            "mexclp",
            {"p": 20, **free},
            {"radius": 8.0, "busy": 0.3, "vehicles": 30},
        ),
        "3 new, room": ("capacitated-p-median", {"p_new": 3, "capacities": room}, {}),
        "3 new, units": (
            "capacitated-p-median",
            {"p_new": 3, "capacities": room / 4},
            {"max_units": 8, "total_units": 400},
        ),
        "10 free, units": (
            "capacitated-p-median",
            {"p": 10, "capacities": room * 3, **free},
            {"max_units": 4, "total_units": 30},
        ),
    }


def run(name: str, points: int, limit: float) -> dict[str, Any]:
    """One row, in this process."""
    model, changes, options = questions(points)[name]
    problem = PlacementProblem(**{**city(points), **changes})
    warm = PlacementProblem(**city(600, sites=80, existing=10), p_new=1)
    for moves in (None, 1):  # the kernels are compiled once on a machine, and not in these seconds
        solve(warm.replace(max_moves=moves), "p-median")
    solve(warm.replace(p_new=None, p=6, roles=["candidate"] * 80), "p-median", time_limit_s=20)
    began, cpu = time.perf_counter(), time.process_time()
    if model in ("robust", "uneven"):
        states = [Scenario("day", problem.costs), Scenario("night", problem.costs * _night(problem, model))]
        found = solve_robust(problem, states, limits=Limits(time_limit_s=limit), **options)
    else:
        found = solve(problem, model, time_limit_s=limit, **options)
    return {
        "seconds": round(time.perf_counter() - began, 1),
        "CPU s": round(time.process_time() - cpu, 1),
        "GB": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6, 2),
        "status": found.status.value,
        "objective": round(found.objective, 4),
        "gap": found.gap,
        "proof": found.proof[:110],
    }


def _night(problem: PlacementProblem, model: str) -> FloatArray:
    """(n, 1) what night does to everybody's minutes: the same everywhere, or less in some parts and more in others.

    Where it is the same everywhere the best sites of one state are those of the other, and a proof is easy.
    """
    parts = np.asarray(problem.demand_groups).astype(int)
    factors = np.random.default_rng(4).uniform(0.6, 1.8, int(parts.max() - parts.min()) + 1)
    return (factors[parts - parts.min()] if model == "uneven" else np.full(len(parts), 1.2))[:, None]


def main() -> None:
    options = _arguments()
    if options.one:
        print(json.dumps(run(options.one, options.points, options.limit)))
        return
    print(
        f"{options.points} points x 450 places, 90 existing; limit {options.limit:g} s; wall s | CPU s | GB | status | objective | gap"
    )
    for name in questions(500):
        if options.only not in name:
            continue
        command = [
            sys.executable,
            __file__,
            "--one",
            name,
            "--points",
            str(options.points),
            "--limit",
            str(options.limit),
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        lines = done.stdout.strip().splitlines()
        told = (
            json.loads(lines[-1])
            if done.returncode == 0 and lines
            else {"failed": done.stderr.strip()[-200:]}
        )
        print(f"{name:36} " + " | ".join(f"{value}" for value in told.values()), flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="rows whose name holds this")
    parser.add_argument("--one", help="one row, as JSON")
    parser.add_argument("--points", type=int, default=22_760)
    parser.add_argument("--limit", type=float, default=60.0)
    return parser.parse_args()


if __name__ == "__main__":
    main()
