"""Answers to placement questions: solved, and told per site, person and municipality."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geoaccess.access import as_study, study_notes
from geoaccess.errors import InfeasibleError
from geoaccess.measures import summarise, summarise_by, weighted_mean
from geoaccess.placing.posing import Posed, pose
from geoaccess.scenarios import BASE, in_scenario
from geoaccess.study import Study
from geoaccess.study.schema import Placement as Question
from optimise import Solution, Status, solve

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class PlacementResult:
    """The answer to a placement question.

    Attributes:
        study: the study it was asked of.
        name: name of the placement in the study file.
        scenario: state of the network and demand.
        sites: every site of the problem: ``site_id, name, municipality, municipality_code, lon, lat, role``
            (existing, required, candidate, chosen or closed), ``persons_served``, ``units`` where units are
            placed, and for chosen sites, if this one were left out and the others kept,
            ``persons_unreached_without`` and ``mean_without_min`` (NaN when other people are reached).
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
    objective: str | None = None,
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
        objective: model of `optimise`; default: what the study file says.
        scenario: state of the network and demand.
        time_limit_s: wall seconds for the solver.
        seed: seed of the solver.
        on_progress: called by the solver with seconds, incumbent and bound.

    Raises:
        UnknownNameError: no such placement or scenario.
        UnknownModelError: no such model.
        InfeasibleError: no placement meets the conditions; the message says which conflict.
        DataError: more sites are asked for than there are candidates.
    """
    loaded = as_study(study)
    question = loaded.placement(placement)
    loaded = in_scenario(loaded, scenario)
    posed = pose(loaded, question, sites=sites, objective=objective)
    solution = solve(
        posed.problem,
        objective or question.objective,
        time_limit_s=time_limit_s,
        seed=seed,
        on_progress=on_progress,
        **posed.options,
    )
    if not len(solution.chosen):
        reason = "; ".join(str(conflict) for conflict in solution.conflicts) or solution.proof
        if solution.status is Status.INFEASIBLE:
            raise InfeasibleError(f"no placement meets the conditions: {reason}")
        raise InfeasibleError(f"stopped before any placement was found: {reason}")
    return _result(loaded, placement, scenario, posed, solution)


def nearest_of(minutes: FloatArray, columns: NDArray[np.bool_]) -> tuple[FloatArray, NDArray[np.int64]]:
    """Fastest of some columns for every row, NaN and -1 where none reaches it."""
    times = np.where(columns[None, :], np.where(np.isnan(minutes), np.inf, minutes), np.inf)
    which = np.argmin(times, axis=1)
    best = times[np.arange(len(times)), which]
    reached = np.isfinite(best)
    return np.where(reached, best, np.nan), np.where(reached, which, -1)


def _result(study: Study, name: str, scenario: str, posed: Posed, solution: Solution) -> PlacementResult:
    question = study.placement(name)
    places, minutes = posed.places, posed.minutes
    today = (places["part"] != "candidate").to_numpy()
    opened = np.zeros(len(places), dtype=bool)
    opened[solution.chosen] = True
    persons = study.weight(question.weight)
    before, site_before = nearest_of(minutes, today)
    after, site_after = _served(posed, solution, opened)
    ids = np.append(places["site_id"].to_numpy(dtype=object), "")
    demand = study.demand[["demand_id", "name", "municipality_code", "lon", "lat", *study.weights]].assign(
        before_min=before,
        after_min=after,
        gain_min=before - after,
        site_before=ids[site_before],
        site_after=ids[site_after],
        threshold_min=posed.thresholds,
    )
    return PlacementResult(
        study=study,
        name=name,
        scenario=scenario,
        sites=_site_answers(posed, solution, persons, today, opened, site_after),
        demand=demand,
        municipalities=_by_municipality(study, demand, persons),
        before=_figures(before, persons, posed.thresholds),
        after=_figures(after, persons, posed.thresholds),
        solution=solution,
        notes=_notes(study, question, before, after, persons),
    )


def _served(
    posed: Posed, solution: Solution, opened: NDArray[np.bool_]
) -> tuple[FloatArray, NDArray[np.int64]]:
    """Time and site of everybody: the nearest open one, or the assigned one where room is limited."""
    if posed.problem.capacities is None:
        return nearest_of(posed.minutes, opened)
    which = solution.assignment[posed.row_of]
    served = which >= 0
    times = posed.minutes[np.arange(len(which)), np.where(served, which, 0)]
    return np.where(served, times, np.nan), which


def _site_answers(
    posed: Posed,
    solution: Solution,
    persons: FloatArray,
    today: NDArray[np.bool_],
    opened: NDArray[np.bool_],
    site_after: NDArray[np.int64],
) -> pd.DataFrame:
    places = posed.places
    served = site_after >= 0
    persons_served = np.bincount(site_after[served], weights=persons[served], minlength=len(places))
    without, lost = np.full(len(places), np.nan), np.full(len(places), np.nan)
    reached = persons[np.isfinite(nearest_of(posed.minutes, opened)[0])].sum()
    for site in np.flatnonzero(opened & ~today):
        others = opened.copy()
        others[site] = False
        times = nearest_of(posed.minutes, others)[0]
        lost[site] = reached - persons[np.isfinite(times)].sum()
        # Means over different people cannot be compared.
        without[site] = weighted_mean(times, persons) if not lost[site] else np.nan
    role = np.where(opened & ~today, "chosen", places["role"].to_numpy(dtype=object))
    role = np.where(today & ~opened, "closed", role)
    role = np.where(today & opened & (role == "candidate"), "existing", role)
    return places.drop(columns=["role", "part"]).assign(
        role=role,
        part=places["part"],
        persons_served=persons_served,
        mean_without_min=without,
        persons_unreached_without=lost,
        units=np.nan if solution.units is None else np.where(opened, solution.units, np.nan),
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
    told = [(study.kind(question.facility).label, question.parts)]
    told += [(study.kind(other.kind).label, other.parts) for other in question.alternatives]
    for label, parts in told:
        if parts:
            listed = " + ".join(f"{value:g} min {name.replace('_', ' ')}" for name, value in parts.items())
            notes.append(f"time by {label} = {listed} + travel")
    if question.parts_source:
        notes.append(f"fixed parts: {question.parts_source}")
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
