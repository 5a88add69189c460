"""Tables of an answer: sites, demand points, municipalities, and why somebody is not served."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geoaccess.ground.arrays import BoolArray, FloatArray, IntArray
from geoaccess.ground.measures import summarise_by, weighted_mean
from geoaccess.questions.placement.problem import Posed, minutes_at, nearest_of
from geoaccess.questions.placement.units import sized, unit_columns
from geoaccess.study import Study
from optimise import Solution
from optimise.changes import compare_by_group

#: Why somebody is not served; a person has one reason.
REASONS = ("unreachable", "over_capacity", "beyond_threshold")


def served_after(posed: Posed, solution: Solution, opened: BoolArray) -> tuple[FloatArray, IntArray]:
    """Time and site of everybody: the nearest open one, or the assigned one where room is limited."""
    if posed.problem.capacities is None:
        return posed.nearest(opened)
    which = solution.assignment[posed.row_of]
    return minutes_at(posed.minutes, which), which


def reasons(posed: Posed, solution: Solution, after: FloatArray) -> NDArray[np.object_]:
    """(n_demand,) why somebody is not served, empty for the served."""
    lost = solution.unserved
    why = np.full(posed.problem.n_demand, "", dtype=object)
    for reason in REASONS:
        why[getattr(lost, reason)] = reason
    told = why[posed.row_of]
    told[(told == "") & np.isnan(after)] = "unreachable"
    return told


def demand_table(
    study: Study, posed: Posed, after: FloatArray, site_after: IntArray, why: NDArray[np.object_]
) -> pd.DataFrame:
    """One row per demand point, before and after."""
    ids = np.append(posed.places["site_id"].to_numpy(dtype=object), "")
    return study.demand[["demand_id", "name", "municipality_code", "lon", "lat", *study.weights]].assign(
        before_min=posed.before,
        after_min=after,
        gain_min=posed.before - after,
        site_before=posed.site_before,
        site_after=ids[site_after],
        threshold_min=posed.thresholds,
        unserved=why,
    )


def site_answers(
    posed: Posed, solution: Solution, persons: FloatArray, opened: BoolArray, site_after: IntArray
) -> pd.DataFrame:
    """Every site with its role in the answer, whom it serves, and what it adds."""
    places, today = posed.places, posed.today
    served = site_after >= 0
    persons_served = np.bincount(site_after[served], weights=persons[served], minlength=len(places))
    without, lost = _left_out(posed, persons, opened)
    role = np.where(opened & ~today, "chosen", places["role"].to_numpy(dtype=object))
    role = np.where(today & ~opened, "closed", role)
    role = np.where(today & opened & (role == "candidate"), "existing", role)
    table = places.drop(columns=["role", "part"]).assign(
        role=role,
        part=places["part"],
        persons_served=persons_served,
        mean_without_min=without,
        persons_unreached_without=lost,
    )
    units = units_of(posed, solution, opened)
    return pd.concat([table, units], axis=1)


def _left_out(posed: Posed, persons: FloatArray, opened: BoolArray) -> tuple[FloatArray, FloatArray]:
    """(n_sites,) mean and people lost without each new site; NaN for others, and where room is limited."""
    without, lost = np.full(len(opened), np.nan), np.full(len(opened), np.nan)
    if posed.problem.capacities is not None:
        return without, lost
    reached = persons[np.isfinite(posed.nearest(opened)[0])].sum()
    for site in np.flatnonzero(opened & ~posed.today):
        others = opened.copy()
        others[site] = False
        times = posed.nearest(others)[0]
        lost[site] = reached - persons[np.isfinite(times)].sum()
        # Means over different people cannot be compared.
        without[site] = weighted_mean(times, persons) if not lost[site] else np.nan
    return without, lost


def units_of(posed: Posed, solution: Solution, opened: BoolArray) -> pd.DataFrame:
    """Units of each site: as the model placed them, or as many as the people assigned to it need."""
    question = posed.question
    if question.units is None or posed.load is None:
        return pd.DataFrame({"units": np.full(len(opened), np.nan)})
    limited = posed.problem.capacities is not None
    which = solution.assignment if limited else nearest_of(posed.row_minutes, opened)[1]
    served = which >= 0
    summed = np.bincount(which[served], weights=posed.load[served], minlength=len(opened))
    load = np.asarray(summed, dtype=np.float64)
    found = sized(question.units, load) if solution.units is None else solution.units
    return unit_columns(question, load, np.where(opened, found, np.nan))


def by_municipality_table(study: Study, demand: pd.DataFrame, persons: FloatArray) -> pd.DataFrame:
    """Before and after per municipality, and who gains and loses; the persons of a row reconcile."""
    codes = demand["municipality_code"].to_numpy(dtype=object)
    tables = []
    for state in ("before", "after"):
        table = summarise_by(demand[f"{state}_min"], persons, codes)
        names = {f"{name}_min": f"{name}_{state}_min" for name in ("median", "p90", "mean")}
        tables.append(table[list(names)].rename(columns=names))
    joined = pd.concat(tables, axis=1)
    joined["gain_person_min"] = (
        (demand["gain_min"].fillna(0.0) * persons).groupby(demand["municipality_code"]).sum()
    )
    changed = compare_by_group(demand["before_min"], demand["after_min"], persons, codes.tolist())
    rows = {
        str(code): {
            "persons_gain": change.gain,
            "person_min_gained": change.gained_min,
            "persons_lose": change.lose,
            "person_min_lost": change.lost_min,
            "persons_unchanged": change.same,
            "persons_newly_reached": change.newly_served,
            "persons_no_longer_reached": change.no_longer_served,
            "persons": change.weight,
        }
        for code, change in changed.items()
    }
    joined = joined.join(pd.DataFrame.from_dict(rows, orient="index"))
    labels = study.municipalities.set_index("municipality_code")["name"]
    joined.insert(0, "municipality", labels.loc[joined.index].to_numpy(dtype=object))
    return joined.rename_axis("municipality_code").reset_index()
