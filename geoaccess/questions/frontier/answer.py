"""The value of each further site: one proven answer for every number of sites."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from geoaccess.answers.answer import Answer
from geoaccess.answers.notebook import Told
from geoaccess.answers.study_facts import in_both_languages, network_tables, study_facts
from geoaccess.ground.errors import DataError
from geoaccess.minutes import as_study
from geoaccess.questions.placement.answer import PlacementResult, roles_of, solved, told
from geoaccess.questions.placement.problem import Posed, pose
from geoaccess.questions.placement.question import asked
from geoaccess.questions.placement.site_choice import found_in, site_minutes_of
from geoaccess.study import Study
from geoaccess.study.state import BASE
from geoaccess.words.note import Note


@dataclass(frozen=True, eq=False, repr=False)
class Frontier(Told):
    """Answers for several numbers of new sites.

    Attributes:
        rows: one row per number: ``sites, status, objective, lower_bound, gap, mean_min, median_min, p90_min,
            worst_min, persons, persons_unreachable, units`` (NaN where none are placed), ``gain_min`` (off
            the mean by the last step, of the first by all its sites against today; NaN where other people
            are reached), over posts ``budget_posts, posts`` (given, and taken by the new crews), ``chosen``
            (names of the new sites), ``opened, closed`` (against the answer before), ``solve_s``.
        answers: the placement of each number.
        counts: the numbers asked for: of new sites, or of posts.
        in_posts: whether they are posts.
        placement: name of the placement.
        scenario: state of the world.
        notes: what a reader must know.
    """

    rows: pd.DataFrame
    answers: tuple[PlacementResult, ...]
    counts: tuple[int, ...]
    in_posts: bool
    placement: str
    scenario: str
    notes: tuple[str, ...]

    def answer(self) -> Answer:
        """The same as it is kept in a folder: it draws the map and writes the report."""
        return answer_of(self.answers[0].study, self)

    @property
    def proven(self) -> bool:
        """Whether every answer is proven optimal."""
        return bool((self.rows["status"] == "optimal").all())


def frontier(
    study: Study | str | Path,
    placement: str,
    counts: Sequence[int],
    *,
    in_posts: bool = False,
    objective: str | None = None,
    scenario: str | None = None,
    time_limit_s: float | None = None,
    seed: int = 0,
    on_progress: Callable[[int, int], None] | None = None,
) -> Frontier:
    """Solve a placement question for every number of new sites, or of posts for new crews.

    Sites and times are found once; only the number changes from one answer to the next.

    Args:
        study: a study, its name or its path.
        placement: name of the placement.
        counts: numbers of new sites, ascending.
        in_posts: the numbers are posts (årsverk) that new crews may take together.
        objective: model of `optimise`; default: what the study file says.
        scenario: state of the world; default: the state that the study is in.
        time_limit_s: wall seconds for each number.
        seed: seed of the solver.
        on_progress: called with the number of answers found and wanted.

    Raises:
        UnknownNameError: no such placement or scenario.
        DataError: no numbers, or more sites than candidates.
        ConflictError: no placement of some number meets the conditions.
        GeoaccessError: stopped before any placement was found.
    """
    wanted = sorted(set(counts))
    if not wanted:
        raise DataError("say which numbers of sites, such as 1..10")
    loaded = as_study(study).with_people_of(scenario)
    state, base = loaded.in_state(scenario=scenario), loaded.in_state(scenario=BASE)
    question = loaded.placement(placement)
    if in_posts:
        posed = pose(state, asked(question, budget_posts=float(max(wanted)), objective=objective))
    else:
        posed = pose(state, question, sites=max(wanted), objective=objective)
    answers: list[PlacementResult] = []
    for count in wanted:
        one = _with_posts(posed, count) if in_posts else replace(posed, problem=posed.with_sites(count))
        solution = solved(one, time_limit_s=time_limit_s, seed=seed)
        answers.append(told(base, state, placement, one, solution))
        if on_progress:
            on_progress(len(answers), len(wanted))
    return Frontier(
        rows=_rows(wanted, answers, in_posts=in_posts),
        answers=tuple(answers),
        counts=tuple(wanted),
        in_posts=in_posts,
        placement=placement,
        scenario=state.scenario,
        notes=tuple(dict.fromkeys(note for answer in answers for note in answer.notes)),
    )


def _with_posts(posed: Posed, posts: int) -> Posed:
    """The question with another budget of posts, over the same sites."""
    question = posed.question.model_copy(update={"budget_posts": float(posts)})
    return replace(posed, question=question, problem=posed.problem.replace(budget=float(posts)))


def _rows(counts: Sequence[int], answers: Sequence[PlacementResult], *, in_posts: bool) -> pd.DataFrame:
    """One row per number of sites: proof, figures, and what opens and closes against the answer before."""
    question = answers[0].question
    # What competes with today's sites, or comes in their place, is no further site beside them.
    before: Mapping[str, float] = answers[0].before if question.existing in {"stay", "may_move"} else {}
    rows, chosen_before = [], set[str]()
    for count, answer in zip(counts, answers, strict=True):
        solution, chosen = answer.solution, set(answer.chosen["name"].astype(str))
        rows.append(
            {
                **_budgeted(count, answer, in_posts=in_posts),
                "status": solution.status.value,
                "objective": solution.objective,
                "lower_bound": solution.lower_bound,
                "gap": solution.gap,
                **{name: answer.after[name] for name in _FIGURES},
                "units": float(answer.sites["units"].sum(min_count=1)),
                "gain_min": gain_min(before, answer.after) if before else float("nan"),
                "chosen": ", ".join(sorted(chosen)),
                "opened": ", ".join(sorted(chosen - chosen_before)),
                "closed": ", ".join(sorted(chosen_before - chosen)),
                "solve_s": solution.timings.total_s,
            }
        )
        before, chosen_before = answer.after, chosen
    return pd.DataFrame(rows)


def _budgeted(count: int, answer: PlacementResult, *, in_posts: bool) -> dict[str, float]:
    if not in_posts:
        return {"sites": count}
    return {"sites": len(answer.chosen), "budget_posts": count, "posts": float(answer.chosen["cost"].sum())}


_FIGURES = ("mean_min", "median_min", "p90_min", "worst_min", "persons", "persons_unreachable")


def gain_min(before: Mapping[str, object], after: Mapping[str, object]) -> float:
    """Minutes off the mean since the number before, for the first number since today.

    NaN where other people are reached: a mean over more people is no loss for being longer.
    """
    if before["persons_unreachable"] != after["persons_unreachable"]:
        return float("nan")
    return float(str(before["mean_min"])) - float(str(after["mean_min"]))


def parse_counts(text: str) -> list[int]:
    """Numbers as typed: ``1..5``, ``0,2,4`` or both.

    >>> parse_counts("0,2..4")
    [0, 2, 3, 4]

    Raises:
        DataError: the text is something else.
    """
    found: list[int] = []
    for part in text.split(","):
        first, dots, last = part.strip().partition("..")
        if not first.isdecimal() or (dots and not last.isdecimal()):
            raise DataError(Note("fault.numbers_of_sites", text=text))
        found += range(int(first), int(last if dots else first) + 1)
    return sorted(set(found))


_ANSWER_COLUMNS = ["before_min", "after_min", "gain_min", "site_before", "site_after"]


def frontier_answer(
    study: Study | str | Path,
    placement: str,
    counts: Sequence[int],
    *,
    in_posts: bool = False,
    scenario: str | None = None,
    time_limit_s: float | None = None,
    seed: int = 0,
) -> Answer:
    """The run of a frontier: one proven answer for every number of further sites, or of posts.

    Raises:
        UnknownNameError: no such placement or scenario.
        DataError: no numbers, or more sites than candidates.
    """
    loaded = as_study(study)
    found = frontier(
        loaded, placement, counts, in_posts=in_posts, scenario=scenario, time_limit_s=time_limit_s, seed=seed
    )
    return answer_of(loaded, found)


def answer_of(study: Study, found: Frontier) -> Answer:
    """The run of a frontier that was found."""
    study = study.with_people_of(found.scenario)
    state, answers = study.in_state(scenario=found.scenario), found.answers
    wanted = list(found.counts)
    steps = _steps(found)
    question = study.placement(found.placement)
    usual = None if found.in_posts else question.sites
    first = wanted[-1] if usual is None or usual not in wanted else usual
    told = {
        "placement": found.placement,
        "facility": question.facility,
        **in_both_languages(question, "title"),
        "scenario": state.scenario,
        "first": first,
        "in_posts": found.in_posts,
        "steps": steps,
    }
    return Answer(
        question="frontier",
        facts={
            **study_facts(study),
            "frontier": told,
            "scenario": state.scenario,
            "weight": question.weight,
            "notes": list(found.notes),
        },
        tables={
            "frontier": found.rows,
            "frontier_points": _frontier_points(wanted, answers),
            "frontier_sites": roles_of(
                {f"p{count}_role": one for count, one in zip(wanted, answers, strict=True)}
            ),
            "municipalities": study.municipalities,
            **network_tables(state),
        },
        inputs=study.files,
        **_choosable(found, first),
    )


def _choosable(found: Frontier, first: int) -> dict[str, Any]:
    """The minutes that a reader of the map chooses sites by, with every answer to compare with."""
    answers = dict(zip(found.counts, found.answers, strict=True))
    shown = answers.pop(first)
    subject = site_minutes_of({found.scenario: shown})
    if isinstance(subject, Note):
        return {}
    others = [found_in(one.posed, one.solution, found.scenario, alone=True) for one in answers.values()]
    return {"site_minutes": (replace(subject, found=[*subject.found, *others]),)}


def _steps(found: Frontier) -> list[dict[str, Any]]:
    """Figures, proof and changes of each answer, as a map tells them."""
    kept = ("status", "objective", "lower_bound", "gap", "solver", "after")
    steps = []
    before: set[str] = set()
    records = found.rows.to_dict(orient="records")
    for count, row, answer in zip(found.counts, records, found.answers, strict=True):
        told, chosen = answer.to_dict(), set(answer.chosen["name"].astype(str))
        steps.append(
            {
                "sites": count,
                **{name: told[name] for name in kept},
                "gain_min": row["gain_min"],
                "chosen": sorted(chosen),
                "opened": sorted(chosen - before),
                "closed": sorted(before - chosen),
            }
        )
        before = chosen
    return steps


def _frontier_points(counts: Sequence[int], answers: Sequence[PlacementResult]) -> pd.DataFrame:
    """The demand points with their time for each number of sites: ``p{number}_min``."""
    places = answers[0].demand.drop(columns=_ANSWER_COLUMNS, errors="ignore")
    times = {
        f"p{count}_min": answer.demand["after_min"] for count, answer in zip(counts, answers, strict=True)
    }
    return places.assign(**times)
