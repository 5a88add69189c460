"""One set of sites for several states of the world: summer, winter, night, with a ferry out.

Scenarios share the sites; in each, everybody goes to the site that is nearest then. With ``t_s(y)`` the
weighted mean minutes in scenario ``s`` and ``p_s`` its probability (Snyder 2006, *Facility location under
uncertainty: a review*, IIE Transactions 38):

- ``expected``: ``min sum_s p_s t_s(y)``
- ``worst``: ``min max_s t_s(y)``
- ``regret``: ``min max_s (t_s(y) - t_s*)``, ``t_s*`` the best that any placement gives in ``s``
- ``tail``: ``min e + sum_s p_s max(0, t_s(y) - e) / tail``, the mean of the worst ``tail`` of the probability

Who is counted is settled first, in the order of :mod:`optimise.service`: the largest expected weight that one
set of sites can serve. The means of a scenario are over those whom these sites serve in it, and every answer
serves them; where several choices of whom to count weigh the same, the best answer over all of them is taken.
A scenario in which nobody can be served adds nothing to the criterion.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from optimise import robust_search
from optimise.arrays import FloatArray, IntArray
from optimise.brief import OneLine
from optimise.engine_use import NO_SEARCH, EngineUse, engine_use_of_states
from optimise.errors import Fault, ProblemError, SolverError
from optimise.exact import PROOF_TOLERANCE
from optimise.models import make_model
from optimise.models.base import Model
from optimise.models.capacitated import CapacitatedPMedian
from optimise.models.fixed_charge import FixedCharge
from optimise.models.pmedian import PMedian
from optimise.placed import Placed
from optimise.problem import PlacementProblem, sorted_order
from optimise.robust_room import RoomSearch
from optimise.robust_search import Criterion, NearestSearch, RobustSearch
from optimise.running import Limits, Run, settled
from optimise.sentences import Sentence, joined
from optimise.solving import question_faults
from optimise.status import Status, relative_gap
from optimise.verification import keeps_limits

_REGRET_OPEN = Sentence(
    "opt.proof.regret_open", "the best of some scenario is not proven, so the regret may be larger"
)


@dataclass(frozen=True, eq=False)
class Scenario:
    """A state of the world.

    Attributes:
        name: unique.
        costs: (n_demand, n_sites) minutes in it; NaN for unreachable.
        probability: 0 or more; they are scaled to sum to 1.
        weights: (n_demand,) people in it, or None for those of the problem.
    """

    name: str
    costs: ArrayLike
    probability: float = 1.0
    weights: ArrayLike | None = None


@dataclass(frozen=True, slots=True)
class ScenarioResult:
    """How one set of sites does in one scenario.

    Attributes:
        name: of the scenario.
        probability: scaled.
        mean_min: weighted mean of those counted in it; NaN for nobody.
        best_min: the best mean that any placement of as many sites gives for them.
        regret_min: the difference.
        best_proven: True when no placement can be better than ``best_min``; else the regret may be larger.
        unserved: weight that no open site reaches, or has room for, in it.
        assignment: (n_demand,) position of the site that serves each demand point, -1 for none; the largest
            share when split.
    """

    name: str
    probability: float
    mean_min: float
    best_min: float
    regret_min: float
    best_proven: bool
    unserved: float
    assignment: IntArray


@dataclass(frozen=True, eq=False, slots=True, repr=False)
class RobustSolution(OneLine):
    """One set of sites for all scenarios.

    Attributes:
        status: OPTIMAL alone means proven.
        criterion: what was minimised.
        objective: its value, minutes; NaN without sites.
        bound: no set of sites can be better.
        chosen: positions of the open sites, ascending.
        chosen_ids: their ids.
        scenarios: how they do in each.
        proof: what the bound rests on.
        solver: who searched, with its version.
        solve_s: seconds in solvers.
        units: (n_sites,) units at each site, for a model that places units.
        engine: whether the large-scale engine bounded the answer, and if not, why.
    """

    status: Status
    criterion: Criterion
    objective: float
    bound: float
    chosen: IntArray
    chosen_ids: tuple[Hashable, ...]
    scenarios: tuple[ScenarioResult, ...]
    proof: str
    solver: str
    solve_s: float
    units: IntArray | None = None
    engine: EngineUse = NO_SEARCH

    @property
    def gap(self) -> float:
        """Relative distance between objective and bound."""
        return relative_gap(self.objective, self.bound)


def solve_robust(
    problem: PlacementProblem,
    scenarios: Sequence[Scenario],
    criterion: str = "expected",
    *,
    tail: float = 0.2,
    model: str | Model = "p-median",
    limits: Limits | None = None,
) -> RobustSolution:
    """One set of sites for all scenarios; conditions of the problem hold in every one of them.

    Args:
        problem: sites, roles, number and conditions; its own costs are not used.
        scenarios: with costs of the same shape.
        criterion: ``expected``, ``worst``, ``regret`` or ``tail``.
        tail: for ``tail``: share of the probability, above 0 and at most 1.
        model: ``p-median`` (or ``relocation``), or ``capacitated-p-median`` with its parameters: then sites
            and units are shared, and who goes where is each scenario's own.
        limits: for each of the programs; the regret needs one more for each scenario.

    Raises:
        ProblemError: listing every fault of problem and scenarios.
    """
    question = make_model(model, {})
    order = sorted_order(problem.site_ids)
    states, chances = _states(problem, question, scenarios, criterion, tail, order)
    asked = (states, chances, Criterion(criterion), tail, (limits or Limits()).started())
    search: RobustSearch = NearestSearch(*asked)
    if isinstance(question, CapacitatedPMedian):
        search = RoomSearch(question, *asked)
    run, placements = search.run()
    names = [scenario.name for scenario in scenarios]
    # Stopped before the common sites were looked for, the engine of one scenario has not answered.
    engine = engine_use_of_states(states, question, run.solver, asked[-1], robust_search.PAYS_AT_PAIRS)
    if placements is None:
        return replace(_without_sites(search, run, names), engine=engine)
    for name, state, placed in zip(names, states, placements, strict=True):
        if not keeps_limits(state, placed) or question.broken(state, placed):
            raise SolverError(
                Sentence(
                    "opt.fault.common_sites",
                    "the common sites break a condition in scenario {name}",
                    name=name,
                )
            )
    results = [
        _result(search, number, names[number], placed, order) for number, placed in enumerate(placements)
    ]
    return replace(_told(problem, search, run, placements, results, order), engine=engine)


def _states(
    problem: PlacementProblem,
    question: Model,
    scenarios: Sequence[Scenario],
    criterion: str,
    tail: float,
    order: IntArray,
) -> tuple[list[PlacementProblem], FloatArray]:
    """Each scenario as a problem in id order, and the scaled probabilities."""
    faults = question_faults(problem, question)
    if not isinstance(question, PMedian | CapacitatedPMedian) or isinstance(question, FixedCharge):
        told = "one set of sites for several scenarios is found for p-median and capacitated-p-median"
        faults.append(Fault(told, "model", value=question.name))
    if criterion not in set(Criterion):
        faults.append(
            Fault(
                Sentence("opt.fault.one_of", "must be one of {known}", known=tuple(Criterion)),
                "criterion",
                value=criterion,
            )
        )
    if not 0 < tail <= 1:
        faults.append(Fault("must be above 0 and at most 1", "tail", value=str(tail)))
    names = [scenario.name for scenario in scenarios]
    faults += [
        Fault("appears more than once", "scenario", name) for name in set(names) if names.count(name) > 1
    ]
    chances = np.asarray([scenario.probability for scenario in scenarios], dtype=np.float64)
    if not len(chances) or not (np.isfinite(chances) & (chances >= 0)).all() or chances.sum() == 0:
        faults.append(
            Fault(
                "at least one scenario, with probabilities of 0 or more that do not all vanish", "scenarios"
            )
        )
    states = []
    for scenario in scenarios:
        try:
            weights = problem.weights if scenario.weights is None else scenario.weights
            state = problem.replace(costs=np.asarray(scenario.costs, dtype=np.float64), weights=weights)
        except ProblemError as error:
            faults += [
                Fault(fault.message, f"{scenario.name}: {fault.where}", fault.row, fault.value)
                for fault in error.faults
            ]
        else:
            states.append(state.take_sites(order))
    if faults:
        raise ProblemError(faults)
    return states, chances / chances.sum()


def _proof(run: Run, names: list[str]) -> str:
    return Sentence(
        "opt.proof.scenarios",
        "branch and bound by {solver} over {scenarios} scenarios that share their sites",
        solver=run.solver,
        scenarios=len(names),
    )


def _without_sites(search: RobustSearch, run: Run, names: list[str]) -> RobustSolution:
    return RobustSolution(
        status=run.status,
        criterion=search.criterion,
        objective=math.nan,
        bound=run.bound,
        chosen=np.zeros(0, dtype=np.int64),
        chosen_ids=(),
        scenarios=(),
        proof=_proof(run, names),
        solver=run.solver,
        solve_s=search.solve_s,
    )


def _told(
    problem: PlacementProblem,
    search: RobustSearch,
    run: Run,
    placements: list[Placed],
    results: list[ScenarioResult],
    order: IntArray,
) -> RobustSolution:
    """The solution in the caller's column order."""
    objective = search.value(placements)
    if math.isnan(objective):
        status, bound = run.status, math.nan if run.status is Status.OPTIMAL else -math.inf
    else:
        # Neither minutes nor a regret against a proven best can be negative; a solver's rounding may be.
        floor = 0.0 if search.criterion is not Criterion.REGRET or search.best_proven().all() else -math.inf
        objective = max(objective, floor)
        bound = min(max(run.bound, floor), objective)
        if objective - bound <= PROOF_TOLERANCE * search.size(placements):
            # Beside the minutes that it compares, what is left of a regret of nothing is rounding.
            bound = objective
            status = Status.OPTIMAL if run.status is Status.FEASIBLE else run.status
        else:
            status = settled(run.status, objective, bound)
    proof = search.why_stopped or _proof(run, [result.name for result in results])
    if search.criterion is Criterion.REGRET and not search.best_proven().all():
        status = Status.FEASIBLE if status is Status.OPTIMAL else status
        proof = joined(proof, _REGRET_OPEN)
    units = placements[0].units
    chosen = np.sort(order[np.flatnonzero(placements[0].sites)])
    return RobustSolution(
        status=status,
        criterion=search.criterion,
        objective=objective,
        bound=bound,
        chosen=chosen,
        chosen_ids=tuple(problem.site_ids[site] for site in chosen.tolist()),
        scenarios=tuple(results),
        proof=proof,
        solver=run.solver,
        solve_s=search.solve_s,
        units=None if units is None else units[np.argsort(order)],
    )


def _result(search: RobustSearch, number: int, name: str, placed: Placed, order: IntArray) -> ScenarioResult:
    """How the placement does in one scenario, in the caller's column order."""
    state = search.states[number]
    mean, best = search.mean(number, placed), float(search.best[number])
    served = placed.assignment >= 0
    return ScenarioResult(
        name=name,
        probability=float(search.chances[number]),
        mean_min=mean,
        best_min=best,
        regret_min=mean - best,
        best_proven=bool(search.best_proven()[number]),
        unserved=float(state.weights @ (1.0 - placed.served())),
        assignment=np.where(served, order[np.where(served, placed.assignment, 0)], -1),
    )
