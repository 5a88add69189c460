"""The p-median cases of the placement benchmark, with what is asked of each."""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import placement_peers
from placement_inputs import published, published_costs

Row = dict[str, Any]
SECTIONS = ("pmed", "tsplib", "peers", "road", "country", "frontier")
PEER_NAMES = ("pmed1", "pmed6", "pmed11", "pmed15", "pmed16", "pmed20")
OURS, SPOPT, PBP = "geoaccess", "spopt + CBC", "pbp-pmedian"


@dataclass
class Settings:
    """What the process of a case is told."""

    inputs: Path = field(default_factory=Path)
    pbp_python: str = ""
    peer_limit_s: float = 150.0
    limit_s: float = 400.0


settings = Settings()


@dataclass(frozen=True)
class Case:
    """One row of the benchmark."""

    name: str
    run: Callable[[], Row]


@dataclass(frozen=True)
class Measured:
    """An engine result with what it took."""

    result: Any
    cpu_s: float
    wall_s: float
    peak_mb: float


def measured(solve: Callable[[], Any]) -> Measured:
    """Solve once, after a tiny instance has brought the compiled kernels in."""
    from optimise.pmedian_engine import solve_p_median

    rng = np.random.default_rng(0)
    solve_p_median(rng.random((60, 40)), None, 5)
    cpu, wall = time.process_time(), time.perf_counter()
    result = solve()
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    return Measured(result, cpu, wall, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0)


def row_of(name: str, found: Measured, *, held: bool, asked: str, optimum: float | None = None) -> Row:
    result = found.result
    return {
        "case": name,
        "status": result.status.value,
        "objective": result.objective,
        "known optimum": optimum,
        "bound": result.lower_bound,
        "gap": result.gap,
        "proof": result.proof.value,
        "CPU s": found.cpu_s,
        "wall s": found.wall_s,
        "peak MB": round(found.peak_mb),
        "asked": asked,
        "held": bool(held),
    }


def cases(section: str) -> list[Case]:
    """The cases of one section."""
    return {
        "pmed": _pmed,
        "tsplib": _tsplib,
        "peers": _peers,
        "road": _road,
        "country": _country,
        "frontier": _frontier,
    }[section]()


def _pmed() -> list[Case]:
    def case(name: str, p: int, optimum: int) -> Case:
        def run() -> Row:
            from optimise.pmedian_engine import solve_p_median

            costs = published_costs(name)
            found = measured(lambda: solve_p_median(costs, None, p, time_limit_s=300))
            proven = found.result.status.value == "optimal" and found.result.objective == optimum
            return row_of(
                name, found, held=proven and found.cpu_s < 5, asked="proven, < 5 CPU s", optimum=optimum
            )

        return Case(name, run)

    return [case(each.name, each.p, each.optimum) for each in published("pmed")]


def _tsplib() -> list[Case]:
    def case(name: str, p: int, optimum: int) -> Case:
        label = f"{name} p={p}"

        def run() -> Row:
            from optimise.pmedian_engine import solve_p_median

            costs = published_costs(name)
            found = measured(lambda: solve_p_median(costs, None, p, time_limit_s=settings.limit_s))
            right = found.result.lower_bound <= optimum <= found.result.objective
            held = right and found.result.gap < 0.005
            return row_of(label, found, held=held, asked="gap < 0.5 %", optimum=optimum)

        return Case(label, run)

    return [case(each.name, each.p, each.optimum) for each in published("rl1304", "fl1400")]


def _summary(name: str, result: str, asked: str, *, held: bool) -> Row:
    return {"case": name, "result": result, "asked": asked, "held": held}


def _sum_pmed(rows: list[Row]) -> list[Row]:
    total, slowest = (pick(row.get("CPU s", np.inf) for row in rows) for pick in (sum, max))
    proven = sum(row.get("status") == "optimal" and row["objective"] == row["known optimum"] for row in rows)
    told = f"{proven} of {len(rows)} proven, {total:.2f} CPU s, slowest {slowest:.2f}"
    return [
        _summary("pmed in the sum", told, "all proven, < 15 CPU s", held=proven == len(rows) and total < 15)
    ]


def _sum_tsplib(rows: list[Row]) -> list[Row]:
    quick = sum(row.get("status") == "optimal" and row["CPU s"] <= 120 for row in rows)
    told = f"{quick} of {len(rows)} proven within 120 CPU s"
    return [_summary("rl1304 and fl1400", told, ">= 14 of 18 proven within 120 CPU s", held=quick >= 14)]


def _peers() -> list[Case]:
    """Every instance with every solver; the costs of building the peers' models count, imports do not."""
    known = {each.name: each for each in published("pmed")}

    def case(solver: str, name: str) -> Case:
        def run() -> Row:
            p, optimum = known[name].p, known[name].optimum
            if solver == OURS:
                from optimise.pmedian_engine import solve_p_median

                costs = published_costs(name)
                found = measured(lambda: solve_p_median(costs, None, p))
                result = found.result
                told = placement_peers.Told(
                    result.objective, result.lower_bound, result.status.value, found.cpu_s
                )
            else:
                python = sys.executable if solver == SPOPT else settings.pbp_python
                told = placement_peers.ask(solver, python, name, p, settings.peer_limit_s)
            return {
                "case": f"{name} {solver}",
                "solver": solver,
                "says": told.says,
                "objective": told.objective,
                "known optimum": optimum,
                "bound": told.bound,
                "CPU s": told.cpu_s,
                "verdict": placement_peers.verdict(told, optimum),
                "held": solver != OURS or (told.objective == optimum == told.bound),
            }

        return Case(f"{name} {solver}", run)

    return [case(solver, name) for name in PEER_NAMES if name in known for solver in (OURS, SPOPT, PBP)]


def _sum_peers(rows: list[Row]) -> list[Row]:
    summaries = []
    ours = sum(row["CPU s"] for row in rows if row.get("solver") == OURS)
    for solver, factor in ((SPOPT, 100), (PBP, 10)):
        theirs = [row for row in rows if row.get("solver") == solver]
        ran = [row for row in theirs if row["CPU s"] is not None]
        if not ran:
            summaries.append(_summary(solver, "not installed here", f">= {factor}x", held=False))
            continue
        total = sum(row["CPU s"] for row in ran)
        proven = [row for row in ran if row["verdict"] == "right"]
        told = (
            f"{total:.1f} CPU s against {ours:.2f}: {total / ours:.0f}x (a run that was ended counts as far as it "
            f"went); {len(proven)} of {len(theirs)} right"
        )
        summaries.append(_summary(f"{solver} in the sum", told, f">= {factor}x", held=total >= factor * ours))
    return summaries


def prepared(name: str, *, n_demand: int, n_sites: int, seed: int, dtype: str) -> tuple[Any, Any]:
    """Costs (memory-mapped) and weights, made by another process unless the file is there."""
    file = settings.inputs / f"{name}.npy"
    if not file.is_file():
        code = (
            f"import sys; sys.path[:0] = {sys.path[:2]!r}; import numpy as np; from pathlib import Path\n"
            f"from placement_inputs import road_minutes\n"
            f"minutes, persons = road_minutes({n_demand}, {n_sites}, {seed}, dtype=np.{dtype}, out=Path({str(file)!r}))\n"
            f"np.save({str(file.with_suffix('.persons.npy'))!r}, persons); minutes.flush()"
        )
        subprocess.run([sys.executable, "-c", code], check=True)
    return np.load(file, mmap_mode="r"), np.load(file.with_suffix(".persons.npy"))


def _road() -> list[Case]:
    def case(n_demand: int, n_sites: int, p: int, n_fixed: int, most_cpu_s: float) -> Case:
        label = f"{n_demand:,} x {n_sites}, p={p}" + (f", {n_fixed} fixed" if n_fixed else "")

        def run() -> Row:
            from optimise.pmedian_engine import solve_p_median

            size = f"road-{n_demand}-{n_sites}"
            mapped, persons = prepared(size, n_demand=n_demand, n_sites=n_sites, seed=1, dtype="float64")
            costs = np.array(mapped)
            fixed = np.random.default_rng(5).choice(n_sites, n_fixed, replace=False).tolist()
            found = measured(lambda: solve_p_median(costs, persons, p, fixed_in=fixed, time_limit_s=300))
            proven = found.result.status.value == "optimal"
            held = proven and found.cpu_s < most_cpu_s and found.peak_mb < 1024
            return row_of(label, found, held=held, asked=f"proven, < {most_cpu_s:g} CPU s, 1 GB")

        return Case(label, run)

    large = [case(20_000, 400, p, n_fixed, 60.0) for n_fixed in (0, 15) for p in (20, 40, 60)]
    return [case(2_000, 200, 20, 0, 1.0), *large]


def _country() -> list[Case]:
    def case(p: int, memory_mb: float) -> Case:
        label = f"250,000 x 1,000, p={p}, {memory_mb:,.0f} MB"

        def run() -> Row:
            from optimise.pmedian_engine import solve_p_median

            costs, persons = prepared("country", n_demand=250_000, n_sites=1_000, seed=2, dtype="float32")
            found = measured(
                lambda: solve_p_median(costs, persons, p, time_limit_s=560, memory_limit_mb=memory_mb)
            )
            held = found.result.gap < 0.01 and found.wall_s < 600 and found.peak_mb < 12 * 1024
            return row_of(label, found, held=held, asked="gap < 1 %, 10 min, 12 GB")

        return Case(label, run)

    return [case(20, 6_000.0), case(100, 3_000.0)]


def _frontier() -> list[Case]:
    def case(label: str, *, today: bool) -> Case:
        def run() -> Row:
            from placement_study import UNREACHED_MIN, nord_norge

            from optimise.pmedian_engine import frontier

            costs, persons, existing = nord_norge()
            fixed = existing.tolist() if today else []
            counts = [len(fixed) + count for count in range(1, 31)]
            found = measured(
                lambda: frontier(costs, persons, counts, fixed_in=fixed, unserved_cost=UNREACHED_MIN)
            )
            points = list(found.result.values())
            proven = sum(point.status.value == "optimal" for point in points)
            return {
                "case": label,
                "demand x sites": f"{costs.shape[0]} x {costs.shape[1]}",
                "proven": f"{proven} of {len(points)}",
                "largest gap": max(point.gap for point in points),
                "CPU s": found.cpu_s,
                "wall s": found.wall_s,
                "peak MB": round(found.peak_mb),
                "asked": "all 30 proven, < 20 CPU s",
                "held": proven == len(points) == 30 and found.cpu_s < 20,
            }

        return Case(label, run)

    nothing = case("nord-norge, p = 1..30 stations from nothing", today=False)
    return [nothing, case("nord-norge, 1..30 stations beside today's", today=True)]


#: Sections whose rows are summed up.
SUMMARIES: dict[str, Callable[[list[Row]], list[Row]]] = {
    "pmed": _sum_pmed,
    "tsplib": _sum_tsplib,
    "peers": _sum_peers,
}
