"""Where the models of beds, dated plans and areas stop being proven: each on a drawn region that grows.

``python tests/benchmarks/model_growth.py`` prints a row for each model and size: proven or not, gap, seconds by
the clock and of a core (the two differ on a busy machine, and the limit is by the clock); a model's sizes end with
the first that is not proven within ``--limit`` seconds (300). ``--only plan`` runs the models whose name holds the
word. Each row runs in a process of its own, and is printed when it is done.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable, Mapping

import numpy as np
from scipy.spatial import Delaunay

from optimise import PlacementProblem, Role
from optimise.dated_plans import solve_plan
from optimise.district_program import DistrictProblem
from optimise.districts import solve_districts
from optimise.pareto import Criterion, ParetoProblem, SiteLimit, pareto_front
from optimise.plan_limits import Period
from optimise.running import Limits
from optimise.sized_units import Second, SizedProblem, solve_sized

SIZES = (20, 40, 80, 160, 320, 640, 1280)
#: Status, relative gap, what the size means.
Row = tuple[str, float, str]


class Region:
    """n municipalities in the plane: hours between them by car, people, and who is beside whom."""

    def __init__(self, n: int, seed: int = 11) -> None:
        self.rng = np.random.default_rng(seed)
        self.at = self.rng.uniform(0, 60 * np.sqrt(n), (n, 2))
        apart = self.at[:, None] - self.at[None]
        self.hours = np.hypot(apart[..., 0], apart[..., 1]) * 1.3 / 60
        self.people = np.round(self.rng.lognormal(7.9, 1.0, n))
        self.beside = np.zeros((n, n), dtype=bool)
        for corners in Delaunay(self.at).simplices:
            for one in corners:
                self.beside[one, corners] = True
        np.fill_diagonal(self.beside, val=False)
        self.areas = max(n // 7, 2)


def sized(region: Region, *, together: bool) -> SizedProblem:
    """Beds at home or at a neighbour's, four at least; with a legevakt chosen jointly where asked."""
    n, sizes = len(region.people), np.array([*range(4, 25)])
    load = region.people / 7000 * 0.6
    near = region.beside | np.eye(n, dtype=bool)
    travel = np.where(near, region.hours * region.people[:, None] * 0.03 * 400, np.inf)
    price = 2.0e6 + 1.1e6 * sizes[None, :] + region.rng.uniform(0, 4e5, (n, 1))
    second = None
    if together:
        visits = region.hours * region.people[:, None] * 0.3 * 400
        second = Second(
            np.where(near, visits, np.inf), region.rng.uniform(3e6, 6e6, n), np.zeros(n), np.arange(n)
        )
    return SizedProblem(
        travel=travel,
        load=load,
        sizes=sizes,
        room=np.tile(sizes * 0.65, (n, 1)),
        price=price,
        closed_price=np.where(region.rng.random(n) < 0.4, 2e5, 0.0),
        must_open=np.zeros(n, dtype=bool),
        one_of=np.full(n, -1),
        second=second,
    )


def beds(n: int, limit: float, *, together: bool = False) -> Row:
    """Sites and sizes of beds."""
    found = solve_sized(sized(Region(n), together=together), Limits(time_limit_s=limit))
    return found.status.value, found.gap, f"{n} municipalities, as many sites, 21 sizes"


def plan(n: int, limit: float) -> Row:
    """Four dates, two changes at each, a third of the places closable, people who move towards the towns."""
    region = Region(n)
    open_today = region.rng.random(n) < 0.35
    roles = [Role.EXISTING if here else Role.CANDIDATE for here in open_today]
    problem = PlacementProblem(
        region.hours * 60,
        weights=region.people,
        roles=roles,
        max_moves=6,
        p=int(open_today.sum()),
    )
    drift = 1 + 0.04 * (np.log(region.people) - 7.9)
    periods = [
        Period(f"{2026 + 5 * date}", 0.25, weights=region.people * drift**date, changes_at_most=2)
        for date in range(4)
    ]
    found = solve_plan(problem, periods, limits=Limits(time_limit_s=limit))
    return found.status.value, found.gap, f"{n} places, as many sites, 4 dates, 2 changes at each"


def areas(n: int, limit: float) -> Row:
    """Areas that hang together, 0.4 to 2.2 times the mean in people."""
    region = Region(n)
    mean = region.people.sum() / region.areas
    most = max(2.2 * mean, region.people.max() * 1.1)
    problem = DistrictProblem(
        region.hours * region.people[:, None], region.people, region.beside, region.areas, 0.4 * mean, most
    )
    found = solve_districts(problem, Limits(time_limit_s=limit))
    return found.status.value, found.gap, f"{n} municipalities into {region.areas} areas"


def front(n: int, limit: float) -> Row:
    """Four sites for everybody, for those who need it most and near three towns: all placements that none beats."""
    region = Region(n)
    needs = region.people * region.rng.uniform(0.02, 0.2, n)
    towns = region.hours[np.argsort(-region.people)[:3]].min(axis=0)
    nowhere = np.zeros(n)
    problem = ParetoProblem(
        (
            *(
                Criterion(region.hours * one[:, None] / one.sum(), region.hours, nowhere)
                for one in (region.people, needs)
            ),
            Criterion(np.zeros((0, n)), np.zeros((0, n)), towns),
        ),
        np.zeros(n, dtype=bool),
        (SiteLimit(np.ones(n), 4, 4),),
        np.array([1 / 60, 1 / 60, 0.25]),
    )
    found = pareto_front(problem, Limits(time_limit_s=limit))
    gap = max((point.gap for point in found.points), default=np.nan)
    told = f"{n} places, four of as many sites, 3 criteria: {len(found.points)} placements, {found.programs} programs"
    return "optimal" if found.complete else "feasible, zones are left", gap, told


MODELS: Mapping[str, Callable[[int, float], Row]] = {
    "beds at home or a neighbour's": beds,
    "beds, legevakt chosen jointly": lambda n, limit: beds(n, limit, together=True),
    "plan over dates": plan,
    "areas that hang together": areas,
    "trade-off of three criteria": front,
}


def one_row(name: str, n: int, limit: float) -> str:
    """The row of one model and size, as a table's line."""
    before, worked = time.perf_counter(), time.process_time()
    status, gap, size = MODELS[name](n, limit)
    return json.dumps([name, size, status, gap, time.perf_counter() - before, time.process_time() - worked])


def main() -> None:
    """Print the table, or one row of it as JSON."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--limit", type=float, default=300.0, help="seconds that a model may take")
    options.add_argument("--only", default="", help="models whose name holds this")
    options.add_argument("--one", nargs=2, metavar=("MODEL", "N"), help=argparse.SUPPRESS)
    asked = options.parse_args()
    if asked.one:
        print(one_row(asked.one[0], int(asked.one[1]), asked.limit))
        return
    print("| model | size | proven | gap | seconds | of a core |\n|---|---|---|---|---|---|")
    for name in MODELS:
        if asked.only not in name:
            continue
        for n in SIZES:
            words = [sys.executable, __file__, "--limit", str(asked.limit), "--one", name, str(n)]
            ran = subprocess.run(words, capture_output=True, text=True, check=False)
            if ran.returncode:
                print(f"| {name} | {n} | ended with an error: {ran.stderr.strip().splitlines()[-1]} | | | |")
                break
            _, size, status, gap, seconds, worked = json.loads(ran.stdout.splitlines()[-1])
            proven = "yes" if status == "optimal" else f"no ({status})"
            told = "none known" if gap is None or not np.isfinite(gap) else f"{gap:.2%}"
            print(f"| {name} | {size} | {proven} | {told} | {seconds:.1f} | {worked:.1f} |", flush=True)
            if status != "optimal":
                break


if __name__ == "__main__":
    main()
