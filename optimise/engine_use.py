"""Whether a large-scale engine answered, and if not, or not alone, why: each reason is a code with fields."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from optimise.outcome import Outcome, by_engine
from optimise.sentences import Sentence
from optimise.solver_objects import name_of

if TYPE_CHECKING:
    from optimise.models.base import Model
    from optimise.problem import PlacementProblem
    from optimise.running import Limits

PARTIAL = Sentence("opt.engine.partial", "people who cannot all be reached")
_NO_NUMBER = Sentence("opt.engine.no_number", "no number of sites")
_ROLES = Sentence("opt.engine.roles", "a number of sites that the roles do not allow")
_MOVES = Sentence("opt.engine.moves", "moves")
_BUDGET = Sentence("opt.engine.budget", "a budget")
_CONDITIONS = Sentence("opt.engine.conditions", "conditions")
_FEW = Sentence("opt.engine.few", "so few placements that all of them were looked at")
UNSETTLED = Sentence("opt.engine.unsettled", "who can be served, which was not settled within the limits")
COMPARES = Sentence(
    "opt.engine.compares", "an objective that compares people, which it bounds by median problems"
)
_SCENARIOS = Sentence(
    "opt.engine.scenarios", "several scenarios, whose criterion it bounds by median problems"
)
#: Models that the engine bounds for several states.
_STACKED = ("p-median", "relocation")
UNITS = Sentence("opt.engine.units", "units at the sites")
ROOM = Sentence("opt.engine.room", "room for everybody, which the engine did not find")
PROGRAM_ASKED = Sentence("opt.engine.program_asked", "one program, which was asked for")


@dataclass(frozen=True, slots=True)
class EngineUse:
    """What the engine had to do with an answer.

    Attributes:
        used: ``whole``: the engine alone answered; ``part``: it gave bounds or a part of the proof, beside a
            master program or swaps; ``none``: a program, an enumeration or swaps answered without it.
        reasons: what the engine alone does not know of all that was asked, or why it would not pay; empty
            where it answered alone.
    """

    used: Literal["whole", "part", "none"]
    reasons: tuple[Sentence, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON; every reason has ``code``, ``fields`` and its English ``text``."""
        return {"used": self.used, "reasons": [reason.to_dict() for reason in self.reasons]}


#: Where no search was needed: nothing answers the question, as the minutes alone show.
NO_SEARCH = EngineUse(
    "none", (Sentence("opt.engine.no_search", "no search at all, as the minutes alone decide"),)
)


def reasons_against(
    problem: PlacementProblem, limits: Limits, *, partial: bool, counts_sites: bool = True
) -> list[Sentence]:
    """What the engine does not know of all that is asked; empty where it knows everything.

    Args:
        problem: what is asked.
        limits: which solver is asked for.
        partial: people within reach of some site who cannot all be served.
        counts_sites: the question is one for a number of sites.
    """
    least, most = int(problem.always_open.sum()), problem.n_sites - int(problem.never_open.sum())
    asked = {
        PARTIAL: partial,
        _NO_NUMBER: counts_sites and problem.n_open is None,
        _ROLES: problem.n_open is not None and not max(1, least) <= problem.n_open <= most,
        _MOVES: problem.max_moves is not None,
        _BUDGET: problem.budget is not None,
        _CONDITIONS: bool(problem.conditions),
        Sentence(
            "opt.engine.solver", "the solver {solver}", solver=name_of(limits.solver)
        ): not limits.in_process,
    }
    return [reason for reason, present in asked.items() if present]


def engine_use(problem: PlacementProblem, model: Model, outcome: Outcome, limits: Limits) -> EngineUse:
    """What the engine had to do with ``outcome``; see :class:`EngineUse`."""
    size = model.engine_size(problem)
    if size is None:
        return EngineUse("none", (_no_engine(model.name),))
    asked = reasons_against(
        problem, limits, partial=_partial(problem, model, outcome), counts_sites=model.counts_sites
    )
    reasons = [*asked, *model.engine_lacks(problem)]
    if outcome.by_engine:
        return EngineUse("part" if reasons else "whole", tuple(reasons))
    if outcome.solver == "enumeration":
        return EngineUse("none", (*reasons, _FEW))
    pairs, pays = size
    if pairs < pays:
        reasons.append(_small(pairs, pays))
    return EngineUse("none", tuple(reasons) or (model.engine_failed,))


def engine_use_of_states(
    states: Sequence[PlacementProblem], model: Model, solver: str, limits: Limits, pays: int
) -> EngineUse:
    """The same for one set of sites for several states, answered by ``solver``; see :func:`engine_use`."""
    if model.name not in _STACKED:
        return EngineUse("none", (_no_engine_of_states(model.name),))
    reasons = reasons_against(states[0], limits, partial=False)
    if by_engine(solver):
        return EngineUse("part", (*reasons, _SCENARIOS))
    pairs = sum(state.n_pairs for state in states)
    if pairs < pays:
        reasons.append(_small(pairs, pays))
    return EngineUse("none", tuple(reasons) or (UNSETTLED,))


def _no_engine(model: str) -> Sentence:
    return Sentence("opt.engine.model", "the model {model}, which no engine knows", model=model)


def _no_engine_of_states(model: str) -> Sentence:
    told = "the model {model} in several scenarios, which no engine knows"
    return Sentence("opt.engine.states", told, model=model)


def _small(pairs: int, pays: int) -> Sentence:
    told = "only {pairs} pairs of a demand point and a site in play, where it is used from {pays} on"
    return Sentence("opt.engine.small", told, pairs=pairs, pays=pays)


def _partial(problem: PlacementProblem, model: Model, outcome: Outcome) -> bool:
    """True where somebody within reach is not served, though nothing but the sites keeps them from it."""
    placed = outcome.placed
    if placed is None or placed.shares is not None or not model.serves_first:
        return False
    left = (placed.assignment < 0) & (problem.weights > 0) & ~problem.unreachable
    return bool(np.any(left))
