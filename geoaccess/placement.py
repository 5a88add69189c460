"""Placement questions of a study: from travel times to a problem, from a solution to an answer in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geoaccess.access import as_study, study_notes
from geoaccess.errors import DataError, InfeasibleError
from geoaccess.measures import summarise, summarise_by, weighted_mean
from geoaccess.scenarios import BASE, in_scenario
from geoaccess.study import Study
from geoaccess.study.schema import Placement as Question
from networks import travel_time_matrix
from optimise import PlacementProblem, Role, Solution, Status, solve

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class PlacementResult:
    """The answer to a placement question.

    Attributes:
        study: the study it was asked of.
        name: name of the placement in the study file.
        scenario: state of the network and demand.
        sites: every site of the problem: ``site_id, name, municipality, municipality_code, lon, lat, role``
            (existing, required, candidate or chosen), ``persons_served``, and for chosen sites
            ``mean_without_min``: the mean if this one were left out and the others kept.
        demand: one row per demand point: ids, weight, ``before_min, after_min, site_before, site_after,
            threshold_min``.
        municipalities: before and after per municipality.
        before: figures without the new sites (see :func:`geoaccess.measures.summarise`) and
            ``share_within_class_threshold``.
        after: the same with them.
        solution: the verified solution: status, objective, bound, gap, timings.
        notes: what a reader must know.
    """

    study: Study
    name: str
    scenario: str
    sites: pd.DataFrame
    demand: pd.DataFrame
    municipalities: pd.DataFrame
    before: Mapping[str, float]
    after: Mapping[str, float]
    solution: Solution
    notes: tuple[str, ...]

    @property
    def question(self) -> Question:
        """The placement as the study file puts it."""
        return self.study.placement(self.name)

    @property
    def chosen(self) -> pd.DataFrame:
        """The newly opened sites."""
        return self.sites[self.sites["role"] == "chosen"].reset_index(drop=True)

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON and ``run.json``."""
        solved = self.solution.to_dict()
        return {
            "placement": self.name,
            "facility": self.question.facility,
            "title": self.question.title,
            "scenario": self.scenario,
            **{key: solved[key] for key in ("status", "objective", "lower_bound", "gap", "proof")},
            "chosen": self.chosen.drop(columns=["role"]).to_dict(orient="records"),
            "before": dict(self.before),
            "after": dict(self.after),
            "solver": solved["solver"],
            "formulation": solved["formulation"],
            "build_s": solved["build_s"],
            "solve_s": solved["solve_s"],
            "notes": list(self.notes),
        }


def place(
    study: Study | str | Path,
    placement: str,
    *,
    sites: int | None = None,
    scenario: str = BASE,
    time_limit_s: float | None = None,
    seed: int = 0,
    on_progress: Callable[..., None] | None = None,
) -> PlacementResult:
    """Answer a placement question of a study.

    Args:
        study: a study, its name or its path.
        placement: name of the placement.
        sites: how many new sites; default: what the study file says.
        scenario: state of the network and demand.
        time_limit_s: wall seconds for the solver.
        seed: seed of the solver.
        on_progress: called by the solver with seconds, incumbent and bound.

    Raises:
        UnknownNameError: no such placement or scenario.
        InfeasibleError: no placement meets the conditions.
        DataError: more sites are asked for than there are candidates.
    """
    loaded = as_study(study)
    question = loaded.placement(placement)
    loaded = in_scenario(loaded, scenario)
    count = question.sites if sites is None else sites
    places = site_table(loaded, question)
    n_candidates = int((places["role"] == "candidate").sum())
    if count > n_candidates:
        raise DataError(f"{count} new sites asked for, but there are only {n_candidates} candidate places")
    minutes = response_minutes(loaded, question, places)
    solution = solve(
        PlacementProblem(
            minutes,
            weights=loaded.weight(question.weight),
            p_new=count,
            roles=[Role(role) for role in places["role"]],
            site_ids=places["site_id"],
            demand_ids=loaded.demand["demand_id"],
        ),
        model="p-median",
        time_limit_s=time_limit_s,
        seed=seed,
        on_progress=on_progress,
    )
    if not len(solution.chosen):
        reason = "; ".join(str(conflict) for conflict in solution.conflicts) or solution.proof
        if solution.status is Status.INFEASIBLE:
            raise InfeasibleError(f"no placement meets the conditions: {reason}")
        raise InfeasibleError(f"stopped before any placement was found: {reason}")
    return _result(loaded, placement, scenario, places, minutes, solution)


def site_table(study: Study, question: Question) -> pd.DataFrame:
    """The sites of a placement question: today's facilities, then the candidate places.

    A candidate at the node of an existing facility is left out: it would be the same place.
    """
    existing = study.facilities_of(question.facility).rename(columns={"facility_id": "site_id"})
    existing = existing.assign(
        role={"stay": "existing", "may_close": "candidate", "ignore": ""}[question.existing]
    )
    existing = existing[existing["role"] != ""]
    candidates = _candidates(study, question)
    candidates = candidates[~candidates["node_id"].isin(existing["node_id"]) | (candidates["node_id"] == "")]
    columns = ["site_id", "name", "municipality_code", "node_id", "lon", "lat", "role"]
    table = pd.concat([existing[columns], candidates[columns]], ignore_index=True)
    names = study.municipalities.set_index("municipality_code")["name"]
    table.insert(3, "municipality", names.loc[table["municipality_code"]].to_numpy(dtype=object))
    return table


def _candidates(study: Study, question: Question) -> pd.DataFrame:
    demand = study.demand[study.weight(question.weight) >= question.min_people]
    frame = demand.assign(site_id=[f"new:{name}" for name in demand["demand_id"]], role="candidate")
    # A new site stands at the settlement itself: no access leg of the people living around it.
    return frame.drop(columns="access_km")


def response_minutes(study: Study, question: Question, places: pd.DataFrame) -> FloatArray:
    """(n_demand, n_sites) minutes of response: mobilisation and travel in the direction of the service."""
    sites = study.on_network(places)
    if question.direction == "from_site":
        travel = travel_time_matrix(study.network, sites, study.demand_points).T
    else:
        travel = travel_time_matrix(study.network, study.demand_points, sites)
    return np.asarray(question.mobilise_min + travel, dtype=np.float64)


def nearest_of(minutes: FloatArray, columns: NDArray[np.bool_]) -> tuple[FloatArray, NDArray[np.int64]]:
    """Fastest of some columns for every row, NaN and -1 where none reaches it."""
    times = np.where(columns[None, :], np.where(np.isnan(minutes), np.inf, minutes), np.inf)
    which = np.argmin(times, axis=1)
    best = times[np.arange(len(times)), which]
    reached = np.isfinite(best)
    return np.where(reached, best, np.nan), np.where(reached, which, -1)


def class_thresholds(study: Study, question: Question) -> FloatArray:
    """(n_demand,) response threshold of each demand point by its municipality's class; NaN without one."""
    if question.response is None:
        return np.full(len(study.demand), np.nan)
    urban = study.municipalities.set_index("municipality_code")["urban"]
    is_urban = urban.loc[study.demand["municipality_code"]].to_numpy(dtype=bool)
    return np.where(is_urban, question.response.urban_min, question.response.rural_min)


def _result(
    study: Study, name: str, scenario: str, places: pd.DataFrame, minutes: FloatArray, solution: Solution
) -> PlacementResult:
    question = study.placement(name)
    today = (places["role"] == "existing").to_numpy()
    if question.existing == "may_close":
        facilities = set(study.facilities_of(question.facility)["facility_id"])
        today = places["site_id"].isin(facilities).to_numpy()
    opened = np.zeros(len(places), dtype=bool)
    opened[solution.chosen] = True
    persons = study.weight(question.weight)
    before, site_before = nearest_of(minutes, today)
    after, site_after = nearest_of(minutes, opened)
    thresholds = class_thresholds(study, question)
    ids = np.append(places["site_id"].to_numpy(dtype=object), "")
    demand = study.demand[["demand_id", "name", "municipality_code", "lon", "lat", *study.weights]].assign(
        before_min=before,
        after_min=after,
        gain_min=before - after,
        site_before=ids[site_before],
        site_after=ids[site_after],
        threshold_min=thresholds,
    )
    return PlacementResult(
        study=study,
        name=name,
        scenario=scenario,
        sites=_site_answers(places, minutes, persons, today, opened, site_after),
        demand=demand,
        municipalities=_by_municipality(study, demand, persons),
        before=_figures(before, persons, thresholds),
        after=_figures(after, persons, thresholds),
        solution=solution,
        notes=_notes(study, question, before, after, persons),
    )


def _site_answers(
    places: pd.DataFrame,
    minutes: FloatArray,
    persons: FloatArray,
    today: NDArray[np.bool_],
    opened: NDArray[np.bool_],
    site_after: NDArray[np.int64],
) -> pd.DataFrame:
    served = site_after >= 0
    persons_served = np.bincount(site_after[served], weights=persons[served], minlength=len(places))
    without = np.full(len(places), np.nan)
    for site in np.flatnonzero(opened & ~today):
        others = opened.copy()
        others[site] = False
        without[site] = weighted_mean(nearest_of(minutes, others)[0], persons)
    role = places["role"].to_numpy(dtype=object).copy()
    role[opened & ~today] = "chosen"
    role[opened & today] = "existing"
    return places.drop(columns="role").assign(
        role=role, persons_served=persons_served, mean_without_min=without
    )


def _by_municipality(study: Study, demand: pd.DataFrame, persons: FloatArray) -> pd.DataFrame:
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
    joined["persons"] = pd.Series(persons).groupby(demand["municipality_code"].to_numpy()).sum()
    labels = study.municipalities.set_index("municipality_code")["name"]
    joined.insert(0, "municipality", labels.loc[joined.index].to_numpy(dtype=object))
    return joined.rename_axis("municipality_code").reset_index()


def _figures(minutes: FloatArray, persons: FloatArray, thresholds: FloatArray) -> dict[str, float]:
    figures = summarise(minutes, persons)
    if np.isfinite(thresholds).all():
        figures["share_within_class_threshold"] = float(persons[minutes <= thresholds].sum() / persons.sum())
    return figures


def _notes(
    study: Study, question: Question, before: FloatArray, after: FloatArray, persons: FloatArray
) -> tuple[str, ...]:
    notes = list(study_notes(study))
    if question.mobilise_min:
        notes.append(
            f"response = {question.mobilise_min:g} min mobilisation ({question.mobilise_source}) + travel"
        )
    newly = persons[np.isnan(before) & ~np.isnan(after)].sum()
    if newly:
        notes.append(
            f"people whom nothing reaches come first, then the mean: {newly:,.0f} persons become reachable, "
            "and only from then on count in the mean"
        )
    unreached = np.isnan(after) & (persons > 0)
    if unreached.any():
        names = ", ".join(study.demand["name"][unreached])
        notes.append(
            f"no {study.kind(question.facility).label} reaches {persons[unreached].sum():,.0f} persons, "
            f"left out of the mean: {names}"
        )
    return tuple(notes)
