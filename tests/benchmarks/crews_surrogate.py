"""The surrogate beside the simulation: ``python tests/benchmarks/crews_surrogate.py [STUDY] [--years 4]``.

Closes stations one by one, every third from the busiest on, and compares what three ways tell of the share of the
first class's calls that is reached in time: everybody always at home (static), the approximate hypercube (surrogate),
and years of calls, paired (simulated). The rows of the table in ``docs/calls-and-crews.md`` are its output.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
from scipy import stats

from geoaccess.ground.arrays import FloatArray
from geoaccess.minutes import as_study
from geoaccess.questions.simulation.answer import played
from geoaccess.questions.simulation.measures import Years, crew_table, half_width
from geoaccess.workload.drawing import rates
from geoaccess.workload.plans import Plan, limits, plan_of, with_changes
from geoaccess.workload.steady import steady_workload
from optimise.errors import SolverError


def static_share(plan: Plan) -> float:
    """Share of the calls whose nearest crew on the road, always at home, is there in time in the first part."""
    table, ways = plan.crews(), plan.ways
    craft = int(np.flatnonzero(ways.road)[0])
    column = {base: row for row, base in enumerate(ways.bases["base_id"])}
    here = table["resource"] == ways.crafts[craft]
    bases = [column[base] for base in table.loc[here, "base_id"].unique()]
    minutes = ways.out_min(0)[: ways.demand, bases].min(axis=1) + ways.mobilise_min[craft, 0, 0]
    rate = rates(plan.study, plan.tables)[0]
    return float(rate @ (minutes <= limits(plan.study)) / rate.sum())


def surrogate_share(plan: Plan) -> float:
    """The same by the approximate hypercube, six hours at a time: it is differences that are compared."""
    found = steady_workload(plan, every_h=6)
    return float(found.rate @ np.nan_to_num(found.share_in_time) / found.rate.sum())


def simulated_shares(years: Years) -> FloatArray:
    """(n,) share of each year; calls that nobody answers are late."""
    found = []
    for year in range(len(years.calls)):
        point, minutes = years.responses(year, 0)
        found.append(float((minutes <= years.limit[point]).mean()))
    return np.array(found)


def main() -> None:
    """Print the table and what it says of the surrogate."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("study", nargs="?", default="nord-norge")
    parser.add_argument("--years", type=int, default=4)
    parser.add_argument("--stations", type=int, default=24)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    plan = plan_of(as_study(asked.study).in_state(scenario="base"))
    before = played(plan, asked.years, asked.seed)
    base = simulated_shares(before)
    begin = time.process_time()
    static, surrogate = static_share(plan), surrogate_share(plan)
    took = time.process_time() - begin
    print(
        f"as it is: static {static:.4f}, surrogate {surrogate:.4f} ({took:.1f} CPU s), simulated {base.mean():.4f}"
    )
    crews = crew_table(before)
    road = plan.ways.crafts[int(np.flatnonzero(plan.ways.road)[0])]
    busy = crews[crews["resource"] == road].groupby("base_id")["call_hours_a_year"].sum()
    ordered = busy.sort_values(ascending=False, kind="stable").index.tolist()
    rows = []
    print(
        "| station closed | static | surrogate | simulated | ± | surrogate's error |\n|---|---|---|---|---|---|"
    )
    for station in ordered[:: max(1, len(ordered) // asked.stations)][: asked.stations]:
        changed = with_changes(plan, close=(station,))
        difference = simulated_shares(played(changed, asked.years, asked.seed)) - base
        try:
            told = 100 * (surrogate_share(changed) - surrogate)
        except SolverError as error:
            print(f"| {station} | | refused: {error} | {100 * difference.mean():.2f} | | |", flush=True)
            continue
        row = (
            100 * (static_share(changed) - static),
            told,
            100 * difference.mean(),
            100 * float(half_width(difference)),
        )
        rows.append(row)
        print(
            f"| {station} | " + " | ".join(f"{value:.2f}" for value in (*row, row[1] - row[2])) + " |",
            flush=True,
        )
    found = np.array(rows)
    for name, column in (("static", 0), ("surrogate", 1)):
        error = found[:, column] - found[:, 2]
        rank = stats.spearmanr(found[:, column], found[:, 2]).statistic
        print(
            f"{name}: rank correlation {rank:.3f}, mean absolute error {np.abs(error).mean():.3f} points, "
            f"mean error {error.mean():+.3f}, largest {error[np.abs(error).argmax()]:+.2f}; within the simulation's own "
            f"interval {int((np.abs(error) <= found[:, 3]).sum())} of {len(found)}"
        )


if __name__ == "__main__":
    main()
