"""One set of sites for several states of the world: summer and winter, day and night, with a ferry out."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geoaccess.answers.notebook import Told
from geoaccess.ground.arrays import FloatArray
from geoaccess.ground.errors import DataError, GeoaccessError
from geoaccess.questions.placement.answer import PlacementResult, figures, prepared, told
from geoaccess.questions.placement.conflicts import conflict_error
from geoaccess.questions.placement.problem import Posed, pose
from geoaccess.questions.placement.question import asked
from geoaccess.study import Study
from geoaccess.study.names import scenario_name
from geoaccess.study.placement_sections import Guarantee
from geoaccess.study.placement_sections import Placement as Question
from geoaccess.study.state import BASE
from geoaccess.words.note import Note, as_note, coded
from optimise import PlacementProblem, Role, Status, solve
from optimise.models.base import fixed_to
from optimise.robust import RobustSolution, Scenario, solve_robust
from optimise.running import Limits

if TYPE_CHECKING:
    from geoaccess.answers.answer import Answer

#: What each criterion makes small, for people.
CRITERIA = {
    "expected": "the mean over the scenarios, by their probabilities",
    "worst": "the mean in the worst scenario",
    "regret": "the largest regret: minutes lost against the best sites for that scenario alone",
    "tail": "the mean of the worst part of the probability",
}

_FORMULATION = "shared sites, assignment in each scenario"


@dataclass(frozen=True, eq=False, repr=False)
class RobustPlacement(Told):
    """One set of sites for all scenarios.

    Attributes:
        study: the study, in the year of the answer.
        name: name of the placement.
        question: the question as it was asked.
        criterion: expected, worst, regret or tail.
        scenarios: one row per scenario: ``scenario, probability, mean_before_min, mean_after_min,
            counted_min`` (the mean that is compared: over the people who count in the scenario), ``best_min``
            (the least that any sites give for the same people), ``regret_min`` (the difference),
            ``persons_unreachable_before, persons_unreachable`` and, where classes have thresholds,
            ``share_before, share_after``.
        results: the answer as it stands in each scenario.
        before: figures without the new sites; everybody counts in each scenario, by its probability.
        after: the same with them.
        solution: status, objective, bound, proof.
        notes: what a reader must know.
    """

    study: Study
    name: str
    question: Question
    criterion: str
    scenarios: pd.DataFrame
    results: Mapping[str, PlacementResult]
    before: Mapping[str, float]
    after: Mapping[str, float]
    solution: RobustSolution
    notes: tuple[str, ...]

    def answer(self) -> Answer:
        """The same as it is kept in a folder: it draws the map and writes the report."""
        told: Answer = importlib.import_module("geoaccess.questions.placement.answer_folder").robust_answer(
            self
        )
        return told

    @property
    def first(self) -> PlacementResult:
        """The answer in the scenario that was named first."""
        return next(iter(self.results.values()))

    @property
    def scenario(self) -> str:
        """All scenarios in one name."""
        return " + ".join(self.results)

    @property
    def chosen(self) -> pd.DataFrame:
        """The newly opened sites; whom they serve in each scenario as ``persons_served_SCENARIO``."""
        frame = self.first.chosen
        kept = frame[["site_id", "name", "municipality", "municipality_code", "lon", "lat", "mode", "cost"]]
        served = {
            f"persons_served_{name}": result.chosen["persons_served"].to_numpy()
            for name, result in self.results.items()
        }
        return kept.assign(units=frame["units"], **served)

    @property
    def municipalities(self) -> pd.DataFrame:
        """Before and after per municipality and scenario."""
        tables = [result.municipalities.assign(scenario=name) for name, result in self.results.items()]
        return pd.concat(tables, ignore_index=True)

    @property
    def demand(self) -> pd.DataFrame:
        """Before and after per demand point and scenario."""
        tables = [result.demand.assign(scenario=name) for name, result in self.results.items()]
        return pd.concat(tables, ignore_index=True)

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON and ``run.json``, with the names of a single placement."""
        first, solution = self.first.to_dict(), self.solution
        return {
            "placement": self.name,
            "facility": self.question.facility,
            "title": self.question.title,
            "scenario": self.scenario,
            "year": self.study.config.study.year,
            "robust": self.criterion,
            "status": solution.status.value,
            "model": f"p-median, {self.criterion} over scenarios",
            "objective": solution.objective,
            "lower_bound": solution.bound,
            "bound": solution.bound,
            "gap": solution.gap,
            "proof": solution.proof,
            "engine": solution.engine.to_dict(),
            "chosen": self.chosen.to_dict(orient="records"),
            "closed": first["closed"],
            "before": dict(self.before),
            "after": dict(self.after),
            "scenarios": self.scenarios.to_dict(orient="records"),
            "accounts": {name: result.account for name, result in self.results.items()},
            "solver": solution.solver,
            "formulation": _FORMULATION,
            "said": coded(
                {"proof": solution.proof, "solver": solution.solver, "formulation": _FORMULATION},
                "proof",
                "solver",
                "formulation",
            ),
            "build_s": 0.0,
            "solve_s": solution.solve_s,
            "notes": list(self.notes),
        }


def place_robust(
    study: Study | str | Path,
    placement: str,
    *,
    scenarios: Mapping[str, float] | None = None,
    criterion: str = "expected",
    tail: float | None = None,
    sites: int | None = None,
    budget: float | None = None,
    max_moves: int | None = None,
    guarantees: Sequence[Guarantee] = (),
    unreached_min: float | None = None,
    year: int | None = None,
    time_limit_s: float | None = None,
    seed: int = 0,
) -> RobustPlacement:
    """Choose one set of sites for several scenarios; promises hold in every one of them.

    Args:
        study: a study, its name or its path.
        placement: name of the placement; its objective is taken to be the p-median.
        scenarios: scenario -> probability (scaled to sum to 1); default: those of the placement.
        criterion: ``expected``, ``worst``, ``regret`` or ``tail``, see :mod:`optimise.robust`.
        tail: for ``tail``, the share of the probability; default: the placement's.
        sites: how many new sites; default: what the study file says.
        budget: what new sites may cost together.
        max_moves: how many of today's sites may move.
        guarantees: promises beside those of the study file.
        unreached_min: minutes that a person counts as at most, reached or not, in each scenario.
        year: year of the people.
        time_limit_s: wall seconds for the solver.
        seed: seed of the solver.

    Raises:
        UnknownNameError: no such placement or scenario.
        DataError: no scenarios, or a question that has no mean to share over scenarios.
        ConflictError: no sites keep the promises in every scenario.
        GeoaccessError: stopped before any placement was found.
    """
    loaded = prepared(study, year=year)
    question = asked(
        loaded.placement(placement),
        sites=sites,
        budget=budget,
        max_moves=max_moves,
        guarantees=guarantees,
        unreached_min=unreached_min,
    )
    chances = dict(scenarios or question.scenarios)
    _check(question, chances)
    loaded = loaded.with_common_people(list(chances))
    base = loaded.in_state(scenario=BASE)
    states = {name: base.in_state(scenario=name) for name in chances}
    posed = _aligned(_posed(question, list(states.values())))
    limits = Limits(time_limit_s=time_limit_s, seed=seed)
    found = solve_robust(
        posed[0].problem,
        [
            Scenario(name, one.problem.costs, chance)
            for (name, chance), one in zip(chances.items(), posed, strict=True)
        ],
        criterion,
        tail=question.tail if tail is None else tail,
        limits=limits,
    )
    if not len(found.chosen):
        raise _nothing(posed, found, time_limit_s)
    results = {
        name: _in_state(base, states[name], placement, one, found)
        for name, one in zip(chances, posed, strict=True)
    }
    return _robust(base, placement, question, criterion, results, found)


def _check(question: Question, chances: Mapping[str, float]) -> None:
    if len(chances) < 2:
        raise DataError("name at least two scenarios for one set of sites (--scenario A --scenario B)")
    if question.objective not in {"p-median", "relocation"}:
        raise DataError(Note("fault.place.robust_model", objective=question.objective))


def _posed(question: Question, states: Sequence[Study]) -> list[Posed]:
    """The question in every scenario, with the same rows in all of them.

    Where municipalities are assigned as one, people whom no site reaches in some scenario are apart in all.
    """
    posed = [pose(state, question) for state in states]
    if question.demand_by != "municipality":
        return posed
    cut_off = np.stack([~np.isfinite(one.minutes).any(axis=1) for one in posed])
    apart = (2 ** np.arange(len(posed)) @ cut_off).astype(np.int64)
    return [pose(state, question, apart=apart) for state in states]


def _aligned(posed: Sequence[Posed]) -> list[Posed]:
    """The same sites in every scenario: one that a scenario closes, or has not yet, reaches nobody in it."""
    together = pd.concat([one.places for one in posed]).drop_duplicates("site_id")
    names = together["site_id"].tolist()
    return [_with_places(one, together.reset_index(drop=True), names) for one in posed]


def _with_places(posed: Posed, places: pd.DataFrame, names: list[str]) -> Posed:
    own = {name: column for column, name in enumerate(posed.places["site_id"])}
    if list(own) == names:
        return posed
    order = np.asarray([own.get(name, -1) for name in names])

    def spread(matrix: FloatArray) -> FloatArray:
        return np.where(order[None, :] >= 0, matrix[:, order], np.nan)

    problem = posed.problem
    limited = problem.fixed_costs is not None
    moved = PlacementProblem(
        spread(problem.costs),
        weights=problem.weights,
        p_new=problem.p_new,
        roles=[Role(role) for role in places["role"]],
        max_moves=problem.max_moves,
        fixed_costs=places["cost"].to_numpy(dtype=np.float64) if limited else None,
        budget=problem.budget,
        groups=places["municipality_code"],
        demand_groups=problem.demand_groups,
        conditions=problem.conditions,
        site_ids=names,
        demand_ids=problem.demand_ids,
    )
    return replace(
        posed,
        places=places,
        minutes=spread(posed.minutes),
        row_minutes=spread(posed.row_minutes),
        problem=moved,
    )


def _nothing(posed: Sequence[Posed], found: RobustSolution, time_limit_s: float | None) -> GeoaccessError:
    """Why there is no answer: the first scenario whose promises alone conflict, or all of them together."""
    if found.status is not Status.INFEASIBLE:
        return GeoaccessError("stopped before any placement was found; allow more time with --time-limit")
    for one in posed:
        alone = solve(one.problem, "p-median", time_limit_s=time_limit_s)
        if alone.status is Status.INFEASIBLE:
            return conflict_error(one, alone, time_limit_s)
    return DataError("the promises can be kept in each scenario, but not by the same sites in all of them")


def _in_state(study: Study, state: Study, name: str, posed: Posed, found: RobustSolution) -> PlacementResult:
    """How the common sites do in one scenario."""
    mask = np.zeros(len(posed.places), dtype=bool)
    mask[found.chosen] = True
    fixed = fixed_to(posed.problem, mask).replace(p=int(mask.sum()), fixed_costs=None)
    solution = solve(fixed, "p-median")
    return told(study, state, name, posed, solution)


def _robust(
    study: Study,
    name: str,
    question: Question,
    criterion: str,
    results: Mapping[str, PlacementResult],
    found: RobustSolution,
) -> RobustPlacement:
    rows = []
    for one in found.scenarios:
        result = results[one.name]
        row = {
            "scenario": one.name,
            "probability": one.probability,
            "mean_before_min": result.before["mean_min"],
            "mean_after_min": result.after["mean_min"],
            "counted_min": one.mean_min,
            "best_min": one.best_min,
            "regret_min": one.regret_min,
            "persons_unreachable_before": result.before["persons_unreachable"],
            "persons_unreachable": result.after["persons_unreachable"],
        }
        if "share_within_class_threshold" in result.after:
            row["share_before"] = result.before["share_within_class_threshold"]
            row["share_after"] = result.after["share_within_class_threshold"]
        rows.append(row)
    chances = [one.probability for one in found.scenarios]
    return RobustPlacement(
        study=study,
        name=name,
        question=question,
        criterion=criterion,
        scenarios=pd.DataFrame(rows),
        results=results,
        before=_over_all(results, chances, "before_min"),
        after=_over_all(results, chances, "after_min"),
        solution=found,
        notes=(
            Note(
                f"note.one_set.{criterion}",
                names=[scenario_name(study, name) for name in results],
            ),
            *_notes(study, results),
        ),
    )


def _notes(study: Study, results: Mapping[str, PlacementResult]) -> tuple[str, ...]:
    """What is said of every scenario, once; then what is said of some, under the name of each."""
    every = [dict.fromkeys(as_note(note) for note in result.notes) for result in results.values()]
    shared = [note for note in every[0] if all(note in own for own in every)]
    own = [
        Note("note.in_scenario", scenario=scenario_name(study, name), text=note)
        for name, notes in zip(results, every, strict=True)
        for note in notes
        if note not in shared
    ]
    return (*shared, *own)


def _over_all(results: Mapping[str, PlacementResult], chances: list[float], column: str) -> dict[str, float]:
    """Figures over people and scenarios: a person counts in each scenario by its probability."""
    minutes, persons, thresholds = [], [], []
    for result, chance in zip(results.values(), chances, strict=True):
        minutes.append(result.demand[column].to_numpy(dtype=np.float64))
        persons.append(chance * result.study.weight(result.question.weight))
        thresholds.append(result.posed.thresholds)
    return figures(np.concatenate(minutes), np.concatenate(persons), np.concatenate(thresholds))
