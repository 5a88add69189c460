"""Answers to placement questions: solved, and told per site, person and municipality."""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd

from geoaccess.answers.notebook import Told
from geoaccess.ground.arrays import FloatArray
from geoaccess.ground.errors import GeoaccessError
from geoaccess.ground.measures import summarise
from geoaccess.minutes import as_study
from geoaccess.questions.placement.busy import BusyRounds, asks_workload, place_by_workload
from geoaccess.questions.placement.conflicts import conflict_error
from geoaccess.questions.placement.day_notes import day_notes
from geoaccess.questions.placement.floor_price import floor_notes
from geoaccess.questions.placement.notes import placement_notes
from geoaccess.questions.placement.posts import posts_notes
from geoaccess.questions.placement.problem import Posed, pose
from geoaccess.questions.placement.proposals import proposal_notes
from geoaccess.questions.placement.question import asked
from geoaccess.questions.placement.reconciling import reconcile
from geoaccess.questions.placement.tables import (
    REASONS,
    by_municipality_table,
    demand_table,
    reasons,
    served_after,
    site_answers,
)
from geoaccess.study import Study
from geoaccess.study.placement_sections import Guarantee
from geoaccess.study.placement_sections import Placement as Question
from geoaccess.study.state import BASE
from geoaccess.words.note import Note, coded
from optimise import Solution, Status, solve

if TYPE_CHECKING:
    from geoaccess.answers.answer import Answer


@dataclass(frozen=True, eq=False, repr=False)
class PlacementResult(Told):
    """The answer to a placement question.

    Attributes:
        study: the study it was asked of, in the year of the answer and before any scenario.
        name: name of the placement in the study file.
        scenario: state of the network and demand.
        sites: every site of the problem: ``site_id, name, municipality, municipality_code, lon, lat, role``
            (existing, required, candidate, chosen or closed), ``mode`` (road, boat or helicopter), ``cost``,
            ``persons_served``, ``units`` where units are placed (with Erlang sizes also ``units_taken,
            occupancy, turned_away``), and for chosen sites without limits of room, if this one were left out
            and the others kept, ``persons_unreached_without`` and ``mean_without_min`` (NaN when other people
            are reached).
        demand: one row per demand point: ids, weight, ``before_min, after_min, site_before, site_after,
            threshold_min, unserved`` (empty, unreachable, over_capacity or beyond_threshold).
        municipalities: before and after per municipality, with who gains and who loses.
        before: figures without the new sites (see :func:`geoaccess.ground.measures.summarise`) and
            ``share_within_class_threshold``.
        after: the same with them.
        solution: the verified solution: status, objective, bound, gap, timings.
        notes: what a reader must know.
        proposed: those of the notes that belong beside the proposal: who waits longest, gaps of the table.
        posed: the question as it was solved.
        rounds: where busy shares are those of the workload, the rounds of placing and counting.
    """

    _of_places: ClassVar[str] = "placement"

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
    proposed: tuple[Note, ...]
    posed: Posed
    rounds: BusyRounds | None = None

    def answer(self) -> Answer:
        """The same as it is kept in a folder: it draws the map and writes the report."""
        told: Answer = importlib.import_module(
            "geoaccess.questions.placement.answer_folder"
        ).placement_answer(self)
        return told

    @property
    def question(self) -> Question:
        """The placement as it was asked."""
        return self.posed.question

    @property
    def chosen(self) -> pd.DataFrame:
        """The newly opened sites."""
        return self.sites[self.sites["role"] == "chosen"].reset_index(drop=True)

    @property
    def account(self) -> dict[str, float]:
        """Persons in all, served, and unserved by reason; the parts sum to the whole."""
        persons = pd.Series(self.study.weight(self.question.weight))
        lost = self.demand["unserved"].reset_index(drop=True)
        by_reason = persons.groupby(lost).sum()
        names = {"": "served"} | {reason: reason for reason in REASONS}
        told = {f"persons_{name}": float(by_reason.get(reason, 0.0)) for reason, name in names.items()}
        return {"persons": float(persons.sum()), **told}

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON and ``run.json``."""
        solved = self.solution.to_dict()
        named = ("status", "model", "objective", "lower_bound", "bound", "gap", "proof", "engine")
        return {
            "placement": self.name,
            "facility": self.question.facility,
            "title": self.question.title,
            "scenario": self.scenario,
            "year": self.study.config.study.year,
            **{key: solved[key] for key in named},
            "said": coded(solved, "proof", "solver", "formulation"),
            "chosen": self.chosen.drop(columns=["role"]).to_dict(orient="records"),
            "closed": self.sites.loc[self.sites["role"] == "closed", "site_id"].tolist(),
            "before": dict(self.before),
            "after": dict(self.after),
            "account": self.account,
            "solver": solved["solver"],
            "formulation": solved["formulation"],
            "build_s": solved["build_s"],
            "solve_s": solved["solve_s"],
            **({} if self.rounds is None else {"busy_rounds": self.rounds.rows.to_dict(orient="records")}),
            "notes": list(self.notes),
        }


def prepared(study: Study | str | Path, *, year: int | None = None) -> Study:
    """A study by name, path or as it is, with the people of a year of its projection.

    Raises:
        DataError: there is no projection, or it does not have that year.
    """
    loaded = as_study(study)
    return loaded.in_state(year=year)


def place(
    study: Study | str | Path,
    placement: str,
    *,
    sites: int | None = None,
    budget: float | None = None,
    budget_posts: float | None = None,
    objective: str | None = None,
    busy: float | str | None = None,
    max_moves: int | None = None,
    guarantees: Sequence[Guarantee] = (),
    unreached_min: float | None = None,
    times: str | None = None,
    scenario: str | None = None,
    year: int | None = None,
    time_limit_s: float | None = None,
    gap: float = 0.0,
    seed: int = 0,
    on_progress: Callable[..., None] | None = None,
) -> PlacementResult:
    """Answer a placement question of a study.

    Args:
        study: a study, its name or its path.
        placement: name of the placement.
        sites: how many new sites; default: what the study file says.
        budget: what new sites may cost together, instead of their number or beside it.
        budget_posts: posts (årsverk) that new crews may take together, by their patterns of duty.
        objective: model of `optimise`; default: what the study file says.
        busy: busy share of a crew for models that take one; ``workload``: those that the placement itself
            makes, by the approximate hypercube, placed and counted until the sites come again.
        max_moves: how many of today's sites may move; then no further ones open, unless ``sites`` says so.
        guarantees: promises beside those of the study file.
        unreached_min: minutes that a person counts as at most, reached or not, instead of reaching the most
            people first.
        times: what the minutes are: ``one-clock``, or over all moments of leaving in a day
            ``around-the-clock-mean``, ``-p90`` or ``-beyond``; default: what the study file says.
        scenario: state of the network and demand.
        year: year of the people, by the study's projection.
        time_limit_s: wall seconds for the solver.
        gap: relative gap at which the solver may stop; 0 asks for a proof.
        seed: seed of the solver.
        on_progress: called by the solver with seconds, incumbent and bound.

    Raises:
        UnknownNameError: no such placement or scenario.
        UnknownModelError: no such model.
        ConflictError: no placement meets the conditions; it says which conflict, and what could be kept.
        DataError: more sites are asked for than there are candidates, and faults of tables.
        SolverError: the workload of the crews does not come to rest (``busy = "workload"``).
        GeoaccessError: stopped before any placement was found.
    """
    loaded = prepared(study, year=year).with_people_of(scenario)
    question = asked(
        loaded.placement(placement),
        sites=sites,
        budget=budget,
        budget_posts=budget_posts,
        objective=objective,
        busy=busy,
        max_moves=max_moves,
        guarantees=guarantees,
        unreached_min=unreached_min,
        times=times,
    )
    state = loaded.in_state(scenario=scenario)
    limits: dict[str, Any] = {"time_limit_s": time_limit_s, "gap": gap, "seed": seed}
    rounds: BusyRounds | None = None
    if asks_workload(question):
        posed, solution, rounds = place_by_workload(
            state, question, lambda one: pose(state, one), lambda one: solved(one, **limits)
        )
    else:
        posed = pose(state, question)
        solution = solved(posed, **limits, on_progress=on_progress)
    price: list[Note] = []
    if posed.question.floor is not None:
        free = pose(state, posed.question.model_copy(update={"floor": None}))
        price = floor_notes(state, posed, solution, free, solved(free, **limits))
    answer = told(loaded.in_state(scenario=BASE), state, placement, posed, solution, price=price)
    if rounds is None:
        return answer
    return replace(answer, rounds=rounds, notes=(*answer.notes, *rounds.notes()))


def solved(
    posed: Posed,
    *,
    time_limit_s: float | None = None,
    gap: float = 0.0,
    seed: int = 0,
    on_progress: Callable[..., None] | None = None,
) -> Solution:
    """The solution of a posed question.

    Raises:
        ConflictError: no placement meets the conditions.
        GeoaccessError: stopped before any placement was found.
    """
    solution = solve(
        posed.problem,
        posed.question.objective,
        time_limit_s=time_limit_s,
        gap=gap,
        seed=seed,
        on_progress=on_progress,
        **posed.options,
    )
    if solution.status is Status.INFEASIBLE:
        raise conflict_error(posed, solution, time_limit_s)
    if solution.placed is None:
        raise GeoaccessError("stopped before any placement was found; allow more time with --time-limit")
    return solution


def told(
    study: Study,
    state: Study,
    name: str,
    posed: Posed,
    solution: Solution,
    *,
    price: Sequence[Note] = (),
) -> PlacementResult:
    """The answer in words and tables, from the sites of a solution.

    Args:
        study: the study before any scenario.
        state: the study in the scenario of the answer.
        name: name of the placement.
        posed: the question as it was solved.
        solution: its solution.
        price: what its floor costs, where it has one.
    """
    question = posed.question
    opened = np.zeros(len(posed.places), dtype=bool)
    opened[solution.chosen] = True
    persons = study.weight(question.weight)
    after, site_after = served_after(posed, solution, opened)
    reconcile(posed, solution, after, persons)
    why = reasons(posed, solution, after)
    demand = demand_table(study, posed, after, site_after, why)
    sites = site_answers(posed, solution, persons, opened, site_after)
    posts = question.budget_posts is not None
    proposed = [*price, *proposal_notes(state, question, sites, demand, persons)]
    return PlacementResult(
        study=study,
        name=name,
        scenario=state.scenario,
        sites=sites,
        demand=demand,
        municipalities=by_municipality_table(study, demand, persons),
        before=figures(posed.before, persons, posed.thresholds),
        after=figures(after, persons, posed.thresholds),
        solution=solution,
        notes=(
            *placement_notes(state, question, demand, persons),
            *day_notes(state, question, posed.places, demand["site_after"], after, persons),
            *(posts_notes(state, question, posed.places, solution.chosen) if posts else ()),
            *proposed,
        ),
        proposed=tuple(proposed),
        posed=posed,
    )


def figures(minutes: FloatArray, persons: FloatArray, thresholds: FloatArray) -> dict[str, float]:
    """The measures of some minutes, with the share within the class thresholds where there are any."""
    found = summarise(minutes, persons)
    if np.isfinite(thresholds).all():
        within, whole = float(persons[minutes <= thresholds].sum()), float(persons.sum())
        found["share_within_class_threshold"] = within / whole if whole > 0 else math.nan
    return found


def roles_of(results: Mapping[str, PlacementResult]) -> pd.DataFrame:
    """Sites that stand in any of several answers over the same places, with their role in each.

    Args:
        results: name of a column -> the answer whose roles it holds.
    """
    first = next(iter(results.values())).sites
    places = first[["site_id", "name", "municipality", "municipality_code", "lon", "lat"]]
    table = places.assign(**{name: one.sites["role"].astype(str).to_numpy() for name, one in results.items()})
    standing = table[list(results)].isin(["existing", "required", "chosen", "closed"]).any(axis=1)
    return table[standing].reset_index(drop=True)
