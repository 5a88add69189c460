"""Other packages that solve the p-median, each in a process of its own, with what they say about themselves."""

from __future__ import annotations

import json
import resource
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from placement_inputs import published_costs

#: A peer may exceed its own limit by this much before the process is ended, in CPU seconds.
_GRACE_S = 30.0

_SPOPT = """
import resource, sys, time, json, warnings
import numpy as np, pulp
from spopt.locate import PMedian
warnings.simplefilter("ignore")
costs, p, limit = np.load(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
def cpu():
    both = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in both)
before = cpu()
model = PMedian.from_cost_matrix(costs, np.ones(len(costs)), p_facilities=p)
solver = pulp.PULP_CBC_CMD(msg=False, timeLimit=limit, timeMode="cpu")
model = model.solve(solver, results=False)
problem = model.problem
print(json.dumps({"objective": pulp.value(problem.objective), "bound": None, "cpu_s": cpu() - before,
                  "says": pulp.LpStatus[problem.status]}))
"""
_PBP = """
import sys, time, json
import numpy as np
from pbp_pmedian import solve
costs, p, limit = np.load(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
before = time.process_time()
value, chosen, seconds, status, engine = solve(costs.T, p, time_limit=limit)
print(json.dumps({"objective": value, "bound": None, "cpu_s": time.process_time() - before,
                  "says": f"status {status} by {engine}"}))
"""
_SCRIPTS = {"spopt + CBC": (_SPOPT, "spopt"), "pbp-pmedian": (_PBP, "pbp_pmedian")}


@dataclass(frozen=True)
class Told:
    """What a solver says of one instance; ``cpu_s`` is None where it could not be asked."""

    objective: float | None
    bound: float | None
    says: str
    cpu_s: float | None


def ask(solver: str, python: str, name: str, p: int, limit_s: float) -> Told:
    """Solve a published instance with a peer, within ``limit_s`` CPU seconds."""
    script, package = _SCRIPTS[solver]
    if not python or not _has(python, package):
        return Told(None, None, "not installed here", None)
    with tempfile.TemporaryDirectory() as folder:
        costs = Path(folder) / "costs.npy"
        np.save(costs, published_costs(name))
        most = int(limit_s + _GRACE_S)

        def limited() -> None:
            resource.setrlimit(resource.RLIMIT_CPU, (most, most))

        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(
            [python, "-c", script, str(costs), str(p), str(limit_s)],
            check=False, capture_output=True, text=True, preexec_fn=limited, cwd=folder,
        )  # fmt: skip
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or [f"ended by signal {-done.returncode}"])[-1]
        return Told(None, None, f"no answer: {last[:80]}", spent)
    said = json.loads(done.stdout.strip().splitlines()[-1])
    return Told(said["objective"], said["bound"], said["says"], said["cpu_s"])


def _has(python: str, package: str) -> bool:
    tried = subprocess.run([python, "-c", f"import {package}"], check=False, capture_output=True)
    return tried.returncode == 0


def verdict(told: Told, optimum: float) -> str:
    """How the answer compares with the published optimum, in a word."""
    if told.cpu_s is None:
        return "not asked"
    if told.objective is None:
        return "FAILED"
    if abs(told.objective - optimum) <= 1e-6 * optimum:
        return "right"
    claimed = told.says.lower() in ("optimal", "status 0 by expand", "status 0 by benders")
    return "WRONG, called optimal" if claimed else "not proven"
