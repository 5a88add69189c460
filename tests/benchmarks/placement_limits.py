"""Whether a time limit is kept: every model of the registry on one city, asked to answer within so many seconds.

``python tests/benchmarks/placement_limits.py`` prints a table of models x {wall and CPU seconds, status, gap}
and ends with 1 where an answer took a tenth longer than it was allowed (and a second), or where there was none;
each row runs in a process of its own. ``--points``, ``--sites`` and ``--limit`` change the size and the seconds
allowed, ``--only center`` the models, ``--condition`` adds a condition that every set of sites keeps.
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys
import time
from typing import Any

import numpy as np
from placement_conditions import city

from optimise import PlacementProblem, SiteCount, solve
from optimise.models import MODELS

_P = 10
#: What each model needs beyond a number of sites: changes of the problem, options of the model.
_NEEDS: dict[str, tuple[tuple[str, ...], dict[str, Any]]] = {
    "relocation": (("stations",), {}),
    "partial-p-center": ((), {"share": 0.9}),
    "mclp": ((), {"radius": 9.0}),
    "lscp": (("no count",), {"radius": 14.0}),
    "mexclp": ((), {"radius": 9.0, "busy": 0.3, "vehicles": 14}),
    "malp": ((), {"radius": 9.0, "busy": 0.3}),
    "capacitated-p-median": (("room",), {}),
    "fixed-charge": (("prices", "room", "no count"), {"minute_price": 0.01}),
    "anti-cover": (("no count",), {"separation": 9.0}),
    "tail-mean": ((), {"tail": 0.2}),
}
#: The same models asked in another way that takes another path.
_OTHERS: dict[str, tuple[str, dict[str, Any]]] = {
    "mclp, backup": ("mclp", {"backup": 0.4}),
    "mexclp, one each": ("mexclp", {"vehicles": None}),
    "capacitated-p-median, split": ("capacitated-p-median", {"sourcing": "split"}),
    "capacitated-p-median, units": ("capacitated-p-median", {"max_units": 3, "total_units": 22}),
    "lscp, backup": ("lscp", {"backup": True}),
    "mean-difference, groups": ("mean-difference", {"by": "group"}),
}


def question(name: str, points: int, sites: int, condition: bool) -> tuple[PlacementProblem, str, dict]:
    """The problem, the model and its options."""
    model, further = _OTHERS.get(name, (name, {}))
    needs, options = _NEEDS.get(model, ((), {}))
    base = city(points, sites=sites, existing=12)
    rng = np.random.default_rng(3)
    asked: dict[str, Any] = {} if "no count" in needs else {"p": _P, "roles": ["candidate"] * sites}
    if "stations" in needs:
        asked = {"max_moves": 3}
    if "room" in needs:
        asked["capacities"] = rng.uniform(0.8, 1.6, sites) * base["weights"].sum() / (_P - 1)
    if "prices" in needs:
        asked |= {"fixed_costs": rng.uniform(200, 900, sites)}
    if "no count" in needs:
        asked["roles"] = ["candidate"] * sites
    if condition:
        asked["conditions"] = [SiteCount(sites=tuple(range(sites)), at_least=0)]
    return PlacementProblem(**{**base, **asked}), model, {**options, **further}


def run(name: str, options: argparse.Namespace) -> dict[str, Any]:
    """One row, in this process."""
    small, model, asked = question(name, 300, 40, options.condition)
    solve(small, model, time_limit_s=20.0, **asked)  # kernels are compiled once, and not in these seconds
    problem, model, asked = question(name, options.points, options.sites, options.condition)
    began, cpu = time.perf_counter(), time.process_time()
    found = solve(problem, model, time_limit_s=options.limit, **asked)
    return {
        "wall s": round(time.perf_counter() - began, 1),
        "CPU s": round(time.process_time() - cpu, 1),
        "status": found.status.value,
        "gap": None if not math.isfinite(found.gap) else round(found.gap, 5),
        "proof": found.proof[:90],
    }


def main() -> int:
    options = _arguments()
    if options.one:
        print(json.dumps(run(options.one, options)))
        return 0
    print(f"{options.points} points x {options.sites} places, limit {options.limit:g} s")
    late = 0
    passed_on = [f"--{name}={getattr(options, name)}" for name in ("points", "sites", "limit")]
    for name in [*MODELS, *_OTHERS]:
        if options.only not in name:
            continue
        command = [sys.executable, __file__, "--one", name, *passed_on]
        command += ["--condition"] if options.condition else []
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        lines = done.stdout.strip().splitlines()
        if done.returncode or not lines:
            told, kept = done.stderr.strip()[-200:], False
        else:
            row = json.loads(lines[-1])
            kept = row["wall s"] <= 1.1 * options.limit + 1.0 and row["status"] in ("optimal", "feasible")
            told = " | ".join(f"{value}" for value in row.values())
        late += not kept
        print(f"{name:30} {'' if kept else 'NOT KEPT '}{told}", flush=True)
    return 1 if late else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="models whose name holds this")
    parser.add_argument("--one", help="one row, as JSON")
    parser.add_argument("--points", type=int, default=22_760)
    parser.add_argument("--sites", type=int, default=450)
    parser.add_argument("--limit", type=float, default=20.0)
    parser.add_argument("--condition", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
