"""Common sites for several states of a large problem, by median problems over the people of all states.

Every criterion is the largest of weighted sums of the states' means, over a set of weights ``l``::

    expected  l_s = p_s          worst, regret  l >= 0, sum l = 1          tail  l_s <= p_s / tail, sum l = 1

For any such ``l``, ``sum_s l_s (t_s - t_s*)`` (``t* = 0`` but for the regret) is a lower bound that one
median problem over the people of all states makes small. The weights are those of the states that decide at
the answers so far, averaged (fictitious play, as in :mod:`optimise.median_bounds`); the best answer is kept.
What that leaves open is decided by branch and cut (:mod:`optimise.cut_engine`), which finds weights of its
own in every branch; where few pairs are in play it begins after the first median problem.
"""

from __future__ import annotations

import functools
import math
import time
from importlib.metadata import version
from typing import TYPE_CHECKING

import numpy as np

from optimise.arrays import BoolArray, FloatArray
from optimise.engines import pairs_in_play
from optimise.exact import PROOF_TOLERANCE
from optimise.models.pmedian import PMedian
from optimise.placed import Placed
from optimise.problem import PlacementProblem
from optimise.running import Limits, Run
from optimise.sentences import Sentence
from optimise.status import Status
from optimise.verification import keeps_limits

if TYPE_CHECKING:
    from optimise.robust_search import NearestSearch

#: Median problems before branch and cut, where many pairs are in play, and the share of the seconds for them.
_ROUNDS, _BEFORE = 10, 0.5
#: Pairs in play in all states up to which one median problem is enough before it.
_FEW_PAIRS = 1_000_000


def best_of_state(state: PlacementProblem, counted: BoolArray, limits: Limits) -> tuple[Run, Placed | None]:
    """The p-median of those counted in one state; the bound is a mean over them."""
    own = state.replace(weights=np.where(counted, state.weights, 0.0), demands=state.demands)
    found = PMedian().search(own, limits.silent())
    value = math.nan if found.placed is None else PMedian().objective(own, found.placed)
    return Run(found.status, value, found.bound, found.solve_s, found.solver, found.placed is not None), (
        found.placed
    )


def can_be_stacked(states: list[PlacementProblem]) -> bool:
    """True where nothing is promised to people by name: the people of all states are one problem then."""
    return not any(condition.promises for state in states for condition in state.conditions)


def common_sites(search: NearestSearch) -> tuple[Run, list[Placed] | None]:
    """The best common sites found, and a bound of the criterion."""
    began = time.perf_counter()
    offsets = search.offsets()
    weights, best, value, bound = search.chances, None, math.inf, -math.inf
    status = Status.FEASIBLE
    stacked = _stacked(search)
    few = sum(pairs_in_play(state) for state in search.states) <= _FEW_PAIRS
    before = search.limits.silent().part(_BEFORE)
    for number in range(1 if few else _ROUNDS):
        own = stacked.replace(weights=_rates(search, weights), demands=None)
        found = PMedian().search(own, before if number == 0 else before.part(0.5))
        if math.isfinite(found.bound):
            bound = max(bound, found.bound * float(own.weights.sum()) - float(weights @ offsets))
        if found.placed is None or found.status is Status.INTERRUPTED:
            status = found.status
            break
        placements = search.nearest(found.placed.sites)
        told = common_value(search, placements)
        best, value = (placements, told) if told < value else (best, value)
        if value - bound <= slack(search, value, placements):
            status = Status.OPTIMAL
            break
        if time.monotonic() > before.deadline or search.deciding(placements) is None:
            break
        deciding = search.deciding(placements)
        assert deciding is not None
        weights = weights + (deciding - weights) / (number + 2)
    if status is Status.FEASIBLE and best is not None and time.monotonic() < search.limits.deadline:
        best, value, told_bound, proven = branched(search, best, value)
        bound = max(bound, told_bound)
        status = Status.OPTIMAL if proven else status
    if best is None and status is Status.FEASIBLE:
        status = Status.NO_SOLUTION
    seconds = time.perf_counter() - began
    search.solve_s += seconds
    name = Sentence(
        "opt.solver.pmedian", "exact p-median engine with HiGHS {version}", version=version("highspy")
    )
    return Run(status, value, min(bound, value), seconds, name, has_values=best is not None), best


def common_value(search: NearestSearch, placements: list[Placed]) -> float:
    """The criterion; inf where somebody who is counted is not served, or a condition is broken."""
    fits = search.counts_are_served(placements) and all(
        keeps_limits(*pair) for pair in zip(search.states, placements, strict=True)
    )
    return search.value(placements) if fits else math.inf


def slack(search: NearestSearch, value: float, placements: list[Placed]) -> float:
    """How much better than ``value`` is no better: a share of it, or of the means that it compares."""
    gap = max(search.limits.gap, PROOF_TOLERANCE / 10)
    return gap * max(abs(value), search.size(placements) * 1e-3)


def branched(
    search: NearestSearch, best: list[Placed], value: float
) -> tuple[list[Placed], float, float, bool]:
    """Branch and cut from the best placements known.

    Returns:
        The best placements, their criterion, a bound of it, and whether nothing is better.
    """
    from optimise.cut_engine.branching import CutSearch  # noqa: PLC0415 - compiles
    from optimise.cut_engine.master import Master  # noqa: PLC0415
    from optimise.cut_engine.rows import Rows, means_cut  # noqa: PLC0415

    state, margin = search.states[0], slack(search, value, best)
    free = np.flatnonzero(state.free)
    pieces = []
    for own, plan in zip(search.states, search.plans, strict=True):
        people = np.flatnonzero(plan.relevant)
        rates = own.weights[people] / max(float(own.weights[people].sum()), 1e-300)
        pieces.append(functools.partial(means_cut, Rows.of(own, people), rates))
    found, least = best, value

    def offer(chosen: BoolArray) -> float:
        nonlocal found, least
        sites = state.always_open.copy()
        sites[free[chosen]] = True
        placements = search.nearest(sites)
        told = common_value(search, placements)
        if told < least:
            found, least = placements, told
        return told

    size = max(search.size(best), 1e-9)
    master = Master(search.sites_to_serve(), search.most(), search.offsets(), size)
    cuts = CutSearch(master, pieces, offer, lambda told: margin, search.limits)
    proven = cuts.run(best[0].sites[free])
    return found, least, cuts.bound, proven


def _stacked(search: NearestSearch) -> PlacementProblem:
    """The people of all states, one below the other."""
    costs = np.concatenate([state.allowed_costs for state in search.states])
    return replace_people(search.states[0], costs)


def replace_people(problem: PlacementProblem, costs: FloatArray) -> PlacementProblem:
    """The same sites for other people, all of weight 1 and without names or groups."""
    return problem.replace(
        costs=costs, weights=None, demands=None, demand_ids=None, demand_groups=None, capacities=None
    )


def _rates(search: NearestSearch, weights: FloatArray) -> FloatArray:
    """Weight of each person of each state in the weighted sum of the states' means."""
    parts = []
    for state, plan, weight in zip(search.states, search.plans, weights.tolist(), strict=True):
        people = np.where(plan.relevant, state.weights, 0.0)
        parts.append(weight * people / max(float(people.sum()), 1e-300))
    return np.concatenate(parts)
