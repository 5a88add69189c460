"""A placement whose sites somebody chose, told like one that a solver chose and held against the best.

The map of a run offers the choice of its reader as a file, see :mod:`geoaccess.answers.choice_file`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from geoaccess.answers.choice_file import Choice
from geoaccess.ground.arrays import BoolArray
from geoaccess.ground.errors import DataError, GeoaccessError, did_you_mean
from geoaccess.questions.placement.answer import PlacementResult, prepared, solved, told
from geoaccess.questions.placement.problem import Posed, pose
from geoaccess.questions.placement.question import asked
from geoaccess.study import Study
from geoaccess.study.placement_sections import Guarantee
from geoaccess.study.state import BASE
from geoaccess.words.note import Note
from networks.errors import Fault
from optimise import Solution, Status, solve
from optimise.models.base import fixed_to
from optimise.placed import Placed
from optimise.status import Sense

#: The bound is of the same question only where today's sites do what they may do in it.
_MOVES = "relocation"


def place_given(
    study: Study | str | Path,
    placement: str,
    choice: Choice,
    *,
    objective: str | None = None,
    guarantees: Sequence[Guarantee] = (),
    unreached_min: float | None = None,
    times: str | None = None,
    scenario: str | None = None,
    year: int | None = None,
    time_limit_s: float | None = None,
    seed: int = 0,
) -> PlacementResult:
    """Tell what a choice of sites does, and how far it is from the best of as many.

    Args:
        study: a study, its name or its path.
        placement: name of the placement.
        choice: sites to open and close.
        objective: model of `optimise`; default: what the study file says.
        guarantees: promises beside those of the study file.
        unreached_min: minutes that a person counts as at most.
        times: what the minutes are, see :func:`geoaccess.questions.placement.answer.place`.
        scenario: state of the world; default: that of the choice.
        year: year of the people.
        time_limit_s: wall seconds for the solver that looks for the best.
        seed: its seed.

    Returns:
        A placement whose status is ``feasible``; its bound is that of the best placement of as many sites
        where the question would let a solver open and close as many, else there is none.

    Raises:
        UnknownNameError: no such placement or scenario.
        DataError: the choice is of another placement, or names a site that cannot be opened or closed.
    """
    state_name = choice.scenario if scenario is None else scenario
    loaded = prepared(study, year=year).with_people_of(state_name)
    if choice.question != placement:
        raise DataError(
            [
                Fault(
                    Note("fault.choice.other", placement=placement),
                    where=choice.where,
                    column="question",
                    value=choice.question,
                )
            ]
        )
    question = asked(
        loaded.placement(placement),
        objective=objective,
        guarantees=guarantees,
        unreached_min=unreached_min,
        times=times,
    )
    state = loaded.in_state(scenario=state_name)
    posed = pose(state, question)
    sites = _opened(posed, choice)
    own = _evaluated(posed, sites)
    best = _best(posed, choice, time_limit_s=time_limit_s, seed=seed)
    solution = replace(
        own,
        status=Status.FEASIBLE,
        bound=_no_bound(own) if best is None else best.bound,
        proof=Note("proof.given"),
    )
    result = told(loaded.in_state(scenario=BASE), state, placement, posed, solution)
    return replace(result, notes=(*_notes(posed, sites, solution, best, choice), *result.notes))


def _opened(posed: Posed, choice: Choice) -> BoolArray:
    """(n_sites,) which sites are open.

    Raises:
        DataError: a site is unknown, is there already, is not there, or is not the question's to change.
    """
    if posed.problem.capacities is not None:
        raise DataError("sites with limits of room cannot be given: whom each serves takes a solver")
    ids = posed.places["site_id"].astype(str).tolist()
    position = {one: at for at, one in enumerate(ids)}
    part = posed.places["part"].to_numpy(dtype=object)
    sites, faults = posed.today.copy(), []
    reason: str
    for key, names, wanted, opens in (
        ("open", choice.opened, "candidate", True),
        ("close", choice.closed, "today", False),
    ):
        for name in names:
            at = position.get(name)
            if at is None:
                reason = Note("fault.choice.no_site", hint=did_you_mean(name, ids))
            elif part[at] != wanted:
                reason = "is there already" if opens else "is no site of today that could close"
            else:
                sites[at] = opens
                continue
            faults.append(Fault(reason, where=choice.where, column=key, value=name))
    if faults:
        raise DataError(faults)
    return sites


def _evaluated(posed: Posed, sites: BoolArray) -> Solution:
    """The given sites as a solution of the question's own model, or of the p-median where it counts moves."""
    fixed = fixed_to(posed.problem, sites).replace(p=int(sites.sum()), fixed_costs=None)
    model = "p-median" if posed.question.objective == _MOVES else posed.question.objective
    found = solve(fixed, model, **({} if model != posed.question.objective else posed.options))
    if found.placed is None:
        raise GeoaccessError("the given sites cannot be told: no site is open, or nobody is reached")
    return found


def _best(posed: Posed, choice: Choice, *, time_limit_s: float | None, seed: int) -> Solution | None:
    """The best placement of as many sites; None where today's stay and the choice closes some."""
    stays = posed.question.existing == "stay"
    if not choice.opened or not stays or choice.closed:
        return None
    problem = posed.with_sites(len(choice.opened)).replace(budget=None)
    try:
        return solved(replace(posed, problem=problem), time_limit_s=time_limit_s, seed=seed)
    except GeoaccessError:
        return None


def _no_bound(solution: Solution) -> float:
    return -math.inf if solution.model.sense is Sense.MINIMISE else math.inf


def _notes(
    posed: Posed, sites: BoolArray, solution: Solution, best: Solution | None, choice: Choice
) -> list[Note]:
    """That the sites were given, how far they are from the best, and what they break."""
    notes = [Note("note.given", opened=len(choice.opened), closed=len(choice.closed))]
    if best is not None and solution.model.sense is Sense.MINIMISE and best.objective > 0:
        behind = 100.0 * (solution.objective - best.objective) / best.objective
        code = "note.given.behind" if best.status is Status.OPTIMAL else "note.given.behind_found"
        notes.append(
            Note(
                code,
                count=len(choice.opened),
                yours=solution.objective,
                best=best.objective,
                percent=max(behind, 0.0),
            )
        )
    placed = Placed(sites, solution.assignment)
    broken = [line for one in posed.problem.conditions for line in one.broken(posed.problem, placed)]
    return notes + [Note("note.given.broken", promise=line) for line in broken]
