"""Published figures beside simulated ones, and what five changes do: ``python tests/benchmarks/crews_published.py``.

Two tables of ``docs/calls-and-crews.md``. Published shares are of missions of cars, so that the simulated ones are
told for all calls and for those that a car answers first.
"""

from __future__ import annotations

import argparse

import numpy as np

from geoaccess.ground.arrays import FloatArray
from geoaccess.minutes import as_study, group_labels
from geoaccess.questions.simulation.answer import played
from geoaccess.questions.simulation.measures import Years, difference_table, half_width
from geoaccess.workload.plans import plan_of, with_changes

CHANGES = {
    "close Karasjok": {"close": ("karasjok-car",)},
    "close Mehamn": {"close": ("mehamn-car",)},
    "merge the legevakter of Karasjok and Kautokeino": {"close": ("karasjok-legevakt",)},
    "three new stations": {"add": ("morkved", "kvaloysletta", "krokelvdalen")},
    "stand by in Lakselv": {"standby": ("lakselv-car:karasjok-car:lakselv-car",)},
}


def shares(years: Years, here: np.ndarray) -> list[str]:
    """``share ± half width`` of all calls of the first class at some points, and of those that a car answers."""
    road = [name for name, one in years.plan.study.config.resources.items() if one.moves == "road"]
    drives = years.plan.crews()["resource"].isin(road).to_numpy(bool)
    told = []
    for cars_only in (False, True):
        found: list[float] = []
        minutes: list[FloatArray] = []
        for calls, outcome in zip(years.calls, years.outcomes, strict=True):
            mine = np.isfinite(calls.start_min) & (calls.urgency == 0) & (calls.at < years.plan.ways.demand)
            mine[mine] = here[calls.at[mine]]
            if cars_only:
                mine &= outcome.crew >= 0
                mine[mine] = drives[outcome.crew[mine]]
            took = np.where(np.isnan(outcome.response_min[mine]), np.inf, outcome.response_min[mine])
            found.append(float((took <= years.limit[calls.at[mine]]).mean()))
            minutes.append(took)
        every = np.sort(np.concatenate(minutes))
        p50, p90 = (every[int(np.ceil(q * len(every))) - 1] for q in (0.5, 0.9))
        within = 100 * float(half_width(np.array(found)))
        told.append(f"{100 * np.mean(found):.1f} ± {within:.1f} % (p50 {p50:.1f}, p90 {p90:.1f})")
    return told


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--years", type=int, default=4)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    study = as_study("nord-norge").in_state(scenario="base")
    plan = plan_of(study)
    before = played(plan, asked.years, asked.seed)
    towns = study.municipalities.set_index("municipality_code").loc[study.demand["municipality_code"]]
    urban, trust = towns["urban"].to_numpy(bool), towns["health_trust"].to_numpy(object)
    print("| group | class | all calls | calls that a car answers |\n|---|---|---|---|")
    for name, mine in [
        ("Helse Nord", np.ones(len(urban), bool)),
        *((one, trust == one) for one in sorted(set(trust))),
    ]:
        for label, row in (("12 min", urban), ("25 min", ~urban)):
            print(f"| {name} | {label} | " + " | ".join(shares(before, mine & row)) + " |", flush=True)
    labels = group_labels(study, "municipality").astype(object)
    print("| change | group | measure | before | after | difference |\n|---|---|---|---|---|---|")
    for name, change in CHANGES.items():
        rows = difference_table(
            before, played(with_changes(plan, **change), asked.years, asked.seed), labels, "group"
        )
        most = rows[(rows["measure"] == "share_in_time") & (rows["group"] != "")]
        most = most.loc[most["difference"].abs().sort_values(ascending=False).index[:2], "group"]
        for row in rows[rows["group"].isin(["", *most])].to_dict(orient="records"):
            print(
                f"| {name} | {row['group'] or 'all'} | {row['measure']} | {row['before']:.4g} | {row['after']:.4g} | "
                f"{row['difference']:+.4f} ± {row['difference_within']:.4f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
