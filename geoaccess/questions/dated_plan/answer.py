"""A plan over years: which sites open and close when, and what that does to the people of each date."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from geoaccess.answers.answer import Answer
from geoaccess.answers.study_facts import in_both_languages, network_tables, study_facts
from geoaccess.ground.arrays import FloatArray
from geoaccess.ground.errors import DataError, GeoaccessError
from geoaccess.minutes import as_study
from geoaccess.questions.dated_plan.question import (
    DatedQuestion,
    check_question,
    dated_question,
    dates_of,
    years_counted,
)
from geoaccess.questions.placement.answer import PlacementResult, roles_of, told
from geoaccess.questions.placement.conflicts import ConflictError, new_sites
from geoaccess.questions.placement.problem import Posed, pose
from geoaccess.questions.placement.question import asked
from geoaccess.study import Study
from geoaccess.study.plan_sections import Plan
from geoaccess.study.state import BASE
from geoaccess.words.note import Note, coded
from networks.brief import Brief
from optimise import Conflict, DatedPlan, PlannedDate, Status, solve, solve_plan, year_by_year
from optimise.models.base import fixed_to
from optimise.running import Limits

_FIGURES = ("mean_min", "p90_min", "worst_min", "persons_unreachable", "share_within_class_threshold")


@dataclass(frozen=True, eq=False, repr=False)
class PlannedYears(Brief):
    """A plan over years and what it does.

    Attributes:
        rows: one row per date: ``year, years_counted, persons, opened, closed`` (names), ``open_sites, spent,
            mean_before_min`` (today's sites, the people of the date), ``mean_min, p90_min, worst_min,
            persons_unreachable, share_within_class_threshold`` (NaN without classes) and ``alone_mean_min``
            (each date planned alone from what those before it left; NaN where that ends without an answer).
        results: the placement as it stands at each date.
        plan: the plan with its proof.
        limits: what it had to keep.
        placement: name of the placement.
        scenario: state of the world.
        alone_min: mean over all dates when each is planned alone; NaN where that ends without an answer.
        notes: what a reader must know.
    """

    rows: pd.DataFrame
    results: tuple[PlacementResult, ...]
    plan: DatedPlan
    limits: Plan
    placement: str
    scenario: str
    alone_min: float
    notes: tuple[str, ...]

    @property
    def proven(self) -> bool:
        """Whether no plan is better."""
        return self.plan.status is Status.OPTIMAL


def plan_years(
    study: Study | str | Path,
    placement: str,
    years: Sequence[int] = (),
    *,
    sites: int | None = None,
    scenario: str | None = None,
    time_limit_s: float | None = None,
    seed: int = 0,
) -> PlannedYears:
    """One plan over several years, with the people of each by the study's projection.

    Args:
        study: a study, its name or its path.
        placement: name of the placement; its ``plan`` says what may change when.
        years: the dates; default: those of the study file.
        sites: how many new sites by the last date; default: what the study file says.
        scenario: state of the world at every date; default: the state that the study is in.
        time_limit_s: wall seconds for the plan, and once more for the dates planned alone.
        seed: seed of the solver.

    Raises:
        UnknownNameError: no such placement or scenario.
        DataError: no years, a model that has no minutes to sum, or a name that the plan gets wrong.
        ConflictError: no plan keeps all that is asked.
        GeoaccessError: stopped before any plan was found.
    """
    loaded = as_study(study).with_people_of(scenario)
    question = asked(loaded.placement(placement), sites=sites)
    check_question(question)
    limits = question.plan or Plan()
    dates = dates_of(limits, years, loaded.as_read.config.study.year)
    state = loaded.in_state(scenario=scenario)
    posed = pose(state, question)
    there, notes = _people_at(loaded, dates)
    people = [one.weight(question.weight) for one in there]
    posed_plan = dated_question(state, posed, limits, dates, people)
    spent = Limits(time_limit_s=time_limit_s, seed=seed)
    found = solve_plan(posed_plan.problem, posed_plan.periods, limits=spent, **posed_plan.wishes)
    if not found.dates:
        raise _nothing(found, posed if limits.net_sites is None else None)
    alone = year_by_year(posed_plan.problem, posed_plan.periods, limits=spent, **posed_plan.wishes)
    results = tuple(
        _at_date(one, scenario, placement, posed, weights, planned)
        for one, weights, planned in zip(there, people, found.dates, strict=True)
    )
    means = [step.dates[0].mean_min for step in alone]
    whole = _mean_over_dates(posed_plan, [step.dates[0] for step in alone])
    own = _notes_of(results)
    return PlannedYears(
        rows=_rows(dates, limits, results, people, found, means),
        results=results,
        plan=found,
        limits=limits,
        placement=placement,
        scenario=state.scenario,
        alone_min=whole,
        notes=tuple(dict.fromkeys([*notes, *_plan_notes(limits, dates, found, whole), *own])),
    )


def _people_at(study: Study, dates: Sequence[int]) -> tuple[list[Study], list[Note]]:
    """The study with the people of each date; without a projection they stay as they are, which is said."""
    if study.as_read.config.demand.projection is None:
        return [study] * len(dates), [Note("note.plan.no_projection", year=str(study.config.study.year))]
    return [study.in_state(scenario=BASE, year=date) for date in dates], []


def _at_date(
    study: Study,
    scenario: str | None,
    placement: str,
    posed: Posed,
    people: FloatArray,
    planned: PlannedDate,
) -> PlacementResult:
    """How the sites of a date serve the people of that date."""
    mask = np.zeros(len(posed.places), dtype=bool)
    mask[planned.open] = True
    problem = posed.problem.replace(weights=people, conditions=())
    fixed = fixed_to(problem, mask).replace(p=int(mask.sum()), p_new=None, max_moves=None, fixed_costs=None)
    solution = solve(fixed, "p-median")
    base, state = study.in_state(scenario=BASE), study.in_state(scenario=scenario)
    return told(base, state, placement, replace(posed, problem=problem), solution)


def _notes_of(results: Sequence[PlacementResult]) -> list[str]:
    """What must be known of the first date, and of the last what the first does not say in other figures."""
    first, last = results[0].notes, results[-1].notes
    said = {note.code for note in first if isinstance(note, Note)}
    return [*first, *(note for note in last if isinstance(note, Note) and note.code not in said)]


def _rows(
    dates: Sequence[int],
    limits: Plan,
    results: Sequence[PlacementResult],
    people: Sequence[FloatArray],
    found: DatedPlan,
    alone: Sequence[float],
) -> pd.DataFrame:
    counted = years_counted(dates, limits.discount)
    rows = []
    for number, (date, result, planned) in enumerate(zip(dates, results, found.dates, strict=True)):
        names = dict(zip(result.sites["site_id"], result.sites["name"].astype(str), strict=True))
        rows.append(
            {
                "year": date,
                "years_counted": counted[number],
                "persons": float(people[number].sum()),
                "opened": ", ".join(names[site] for site in planned.opened_ids),
                "closed": ", ".join(names[site] for site in planned.closed_ids),
                "open_sites": len(planned.open),
                "spent": planned.spent,
                "mean_before_min": result.before["mean_min"],
                **{name: result.after.get(name, float("nan")) for name in _FIGURES},
                "alone_mean_min": alone[number] if number < len(alone) else float("nan"),
            }
        )
    return pd.DataFrame(rows)


def _mean_over_dates(asked_plan: DatedQuestion, dates: Sequence[PlannedDate]) -> float:
    """Mean minutes over all dates, people and years counted; NaN where a date is missing."""
    if len(dates) < len(asked_plan.periods):
        return float("nan")
    minutes = served = 0.0
    for period, date in zip(asked_plan.periods, dates, strict=True):
        whole = float(np.asarray(period.weights).sum()) - date.unserved
        served += period.share * whole
        minutes += period.share * whole * date.mean_min if whole > 0 else 0.0
    return minutes / served if served > 0 else float("nan")


def _plan_notes(limits: Plan, dates: Sequence[int], found: DatedPlan, alone: float) -> list[Note]:
    counted = years_counted(dates, limits.discount)
    notes = [
        Note(
            "note.plan.counted",
            years=[
                Note("word.plan.years", year=str(date), count=years)
                for date, years in zip(dates, counted, strict=True)
            ],
            discount=limits.discount,
        )
    ]
    kept = (limits.opens_at_most, limits.closes_at_most, limits.changes_at_most, limits.budget)
    if all(limit is None for limit in kept) and not limits.changes_by:
        notes.append(Note("note.plan.no_limits", first=str(dates[0])))
    if limits.changes_by:
        by = Note(f"group.{limits.changes_by}")
        notes.append(Note("note.plan.groups", most=limits.changes_in_each, by=by))
    if limits.source:
        notes.append(Note("note.plan.source", source=limits.source))
    if found.status is Status.OPTIMAL and not found.fewest_changes:
        notes.append(Note("note.plan.changes_open"))
    if np.isnan(alone):
        notes.append(Note("note.plan.alone_ends"))
    else:
        notes.append(Note("note.plan.alone", plan=found.objective, alone=alone))
    return notes


def _nothing(found: DatedPlan, posed: Posed | None) -> GeoaccessError:
    """Why there is no plan; numbers of sites as new ones where the question is about new ones."""
    if found.status is Status.INFEASIBLE and found.conflicts:
        today = 0 if posed is None else int(posed.today.sum())
        wishes = tuple(new_sites(wish, today) for wish in found.conflicts)
        return ConflictError([Conflict(wishes)], (), found.proof)
    if found.status is Status.INFEASIBLE:
        return DataError(Note("fault.plan.infeasible"))
    return GeoaccessError(Note("fault.plan.stopped"))


def plan_answer(study: Study, found: PlannedYears) -> Answer:
    """The run of a plan: every date, with the minutes and sites of each."""
    loaded = study.with_people_of(found.scenario)
    state = loaded.in_state(scenario=found.scenario)
    question = loaded.placement(found.placement)
    return Answer(
        question="plan",
        facts={
            **study_facts(study),
            "plan": {
                "placement": found.placement,
                "facility": question.facility,
                **in_both_languages(question, "title"),
                "scenario": state.scenario,
                **proof_of(found),
                "alone_min": found.alone_min,
                "limits": found.limits.model_dump(),
                "steps": steps_of(found),
            },
            "scenario": state.scenario,
            "weight": question.weight,
            "notes": list(found.notes),
        },
        tables={
            "plan": found.rows,
            "plan_points": _points(found),
            "plan_sites": roles_of(
                {f"y{year}_role": one for year, one in zip(found.rows["year"], found.results, strict=True)}
            ),
            "plan_municipalities": _municipalities(found),
            "municipalities": study.municipalities,
            **network_tables(state),
        },
        inputs=study.files,
    )


def proof_of(found: PlannedYears) -> dict[str, Any]:
    """How sure the plan is, for JSON, maps and reports."""
    plan = found.plan
    told_proof = {
        "status": plan.status.value,
        "objective": plan.objective,
        "lower_bound": plan.bound,
        "gap": plan.gap,
        "proof": plan.proof,
        "fewest_changes": plan.fewest_changes,
        "solver": plan.solver,
        "solve_s": plan.solve_s,
    }
    return told_proof | {"said": coded(told_proof, "proof", "solver")}


def steps_of(found: PlannedYears) -> list[dict[str, Any]]:
    """What happens at each date, with the figures before and after."""
    proof = proof_of(found)
    kept = {name: proof[name] for name in ("status", "objective", "lower_bound", "gap", "solver", "said")}
    return [
        {
            "year": int(row["year"]),
            "opened": row["opened"],
            "closed": row["closed"],
            "before": dict(result.before),
            "after": dict(result.after),
            **kept,
        }
        for row, result in zip(found.rows.to_dict(orient="records"), found.results, strict=True)
    ]


def _points(found: PlannedYears) -> pd.DataFrame:
    """The demand points with their people and time at each date: ``people_{year}, y{year}_min``."""
    first = found.results[0].demand
    table = first.drop(columns=["after_min", "gain_min", "site_before", "site_after", "unserved"])
    for year, result in zip(found.rows["year"], found.results, strict=True):
        table[f"people_{year}"] = result.study.weight(result.question.weight)
        table[f"y{year}_min"] = result.demand["after_min"].to_numpy()
    return table


def _municipalities(found: PlannedYears) -> pd.DataFrame:
    """Before and after per municipality and date."""
    tables = [
        result.municipalities.assign(year=year)
        for year, result in zip(found.rows["year"], found.results, strict=True)
    ]
    return pd.concat(tables, ignore_index=True)
