"""Which engine solves a problem: the plain PuLP program, or a large-scale exact one, and what forbids it."""

from __future__ import annotations

import functools
import math
import time
from collections.abc import Callable
from dataclasses import replace
from importlib.metadata import version

import numpy as np

from optimise.arrays import BoolArray, FloatArray, IntArray
from optimise.engine_use import PARTIAL, reasons_against
from optimise.exact import LIMIT_TOLERANCE, exact_dot
from optimise.ordered_costs import OrderedCosts, in_order
from optimise.outcome import Outcome
from optimise.placed import Placed
from optimise.problem import PlacementProblem
from optimise.running import Limits, Run
from optimise.sentences import Sentence, joined
from optimise.service import ServicePlan, full_service, is_trivial, plan_service, tied_plans
from optimise.status import Status
from optimise.verification import keeps_limits

#: Finds sites for (problem, prices, unserved price, limits); its bound is a mean price.
Engine = Callable[[PlacementProblem, FloatArray | OrderedCosts, float, Limits], Outcome]

#: Pairs in play from which the engine is used. It is faster on smaller problems too, but its kernels have to
#: be compiled once; measured: 449 x 244 places 0.03 s against 5 s, 60 x 60 random costs 0.1 against 5.5.
ENGINE_PAYS_AT_PAIRS = 3_000
#: The same under conditions, where the plain program is quick for longer.
CONDITIONED_PAYS_AT_PAIRS = 20_000
#: Working memory of the engine beside the problem's own matrices; rows are shortened to stay within it.
ENGINE_MEMORY_MB = 6_000.0

#: Share of the time that settling who is served may take in a large problem.
_FIRST_STAGE = 0.5
#: Prices of not being served, in longest minutes, until the engine serves as many as can be.
_PRICES = (2.0, 10.0, 50.0, 250.0)
#: Share of the time that has to be left for a further price to be tried: the engine reads all costs anew.
_FURTHER_PRICE = 0.1

_PROOFS = {
    "none": "none: the gap was not closed within the limits; the bound holds all the same",
    "lagrangian": "lagrangian: the bound of one set of multipliers, and the sites that it decides",
    "enumeration": "enumeration: Lagrangian branch and bound over the sites that the bound left open",
    "mip": "mip: HiGHS on radius programs of the sites that the Lagrangian bound left open",
}


def settled_service(problem: PlacementProblem, limits: Limits) -> ServicePlan:
    """As :func:`optimise.service.plan_service`, by maximal covering where the problem is large."""
    if not large(problem) or not limits.in_process:
        return plan_service(problem, limits)
    plan = full_service(problem)
    if is_trivial(problem, plan.patterns):
        return plan
    if side_constraints(problem) or not to_open(problem):
        return plan_service(problem, limits.part(_FIRST_STAGE))
    return _most_served_of_many(problem, plan, limits)


def _most_served_of_many(problem: PlacementProblem, plan: ServicePlan, limits: Limits) -> ServicePlan:
    """Whom to serve in a large problem: maximal covering, with what a site reaches as what it covers.

    More may not be asked of the sites than their number and roles.
    """
    from optimise.covering_engine.coverage import coverage_from_costs  # noqa: PLC0415 - compiles
    from optimise.covering_engine.maximal_cover import MaximalCoverSearch  # noqa: PLC0415

    allowed = np.flatnonzero(~problem.never_open)
    held = problem.held
    columns = allowed if held.order is None else held.order[allowed]
    coverage = coverage_from_costs(held.matrix, problem.longest_min, problem.weights, columns=columns)
    began = time.perf_counter()
    found = MaximalCoverSearch(
        coverage,
        problem.n_open or 0,
        limits.silent().part(_FIRST_STAGE),
        always_open=problem.always_open[allowed],
    ).outcome()
    sites = filled_up(problem, allowed[found.columns])
    name = Sentence(
        "opt.solver.covering", "exact covering engine with HiGHS {version}", version=version("highspy")
    )
    run = Run(found.status, found.worth, found.bound, time.perf_counter() - began, name, has_values=True)
    reached = np.asarray((plan.patterns & sites).any(axis=1))
    if reached.all():
        return replace(plan, run=run)
    weight = plan.secured_weight + float(plan.pattern_weights[reached].sum())
    return replace(plan, served_weight=weight, everyone=False, reached=reached, run=run, sites=sites)


def engine_for(problem: PlacementProblem, plan: ServicePlan | None, limits: Limits) -> Engine | None:
    """The exact engine where it fits and pays; None: another way is taken, see :func:`why_not`.

    The engine knows a number of sites, sites that are always or never open, and a price of not being served.
    ``plan`` is None where not being served has a price.
    """
    plain = not why_not(problem, plan, limits)
    return exact_engine if plain and pairs_in_play(problem) >= ENGINE_PAYS_AT_PAIRS else None


def why_not(problem: PlacementProblem, plan: ServicePlan | None, limits: Limits) -> list[Sentence]:
    """What the engine does not know of all that is asked; empty where it knows everything."""
    return reasons_against(problem, limits, partial=plan is not None and not plan.everyone)


def conditioned(
    problem: PlacementProblem,
    prices: FloatArray,
    plan: ServicePlan | None,
    unserved_price: float,
    limits: Limits,
    start: BoolArray | None = None,
) -> Outcome | None:
    """The answer under conditions, where the problem is large enough; None: build the plain program.

    First the engine without the conditions: if its answer keeps them, it is the answer. Otherwise
    :mod:`optimise.pmedian_engine.conditioned`. Where not everybody can be reached, every choice of whom to
    serve that weighs the most is answered.
    """
    if not limits.in_process or pairs_in_play(problem) < CONDITIONED_PAYS_AT_PAIRS:
        return None
    plans: list[ServicePlan | None] = [plan]
    complete = True
    if plan is not None:
        tied, complete = tied_plans(problem, plan, limits)
        plans = [*tied]
    if not (problem.weights > 0 if plan is None else plan.relevant).any():
        return None
    found = [_one_choice(problem, prices, own, unserved_price, limits, start) for own in plans]
    best = min(found, key=lambda own: own[1])[0]
    if len(found) > 1 or not complete:
        proven = complete and all(own.status.value == "optimal" for own, _ in found)
        bound = min(own.bound for own, _ in found) if complete else -math.inf
        status = best.status if proven or best.status.value != "optimal" else Status.FEASIBLE
        told = Sentence(
            "opt.proof.choices",
            "{proof}; the best of {choices} choices of whom to serve",
            proof=best.proof,
            choices=len(found),
        )
        best = replace(best, status=status, bound=bound, proof=told)
    return best


def promise_beyond_reach(problem: PlacementProblem, limits: Limits) -> Outcome | None:
    """INFEASIBLE where the sites that are asked for cannot keep a promise to many, whatever else is asked.

    It takes maximal covering about a second where nothing else does, so it is asked before anything is begun.
    """
    from optimise.covering_engine.promises import ask  # noqa: PLC0415 - compiles

    if not limits.in_process:
        return None
    began = time.perf_counter()
    promises = [condition for condition in problem.conditions if condition.promises]
    if all(ask(problem, condition, limits.part(0.1))[0] for condition in promises):
        return None
    name = Sentence(
        "opt.solver.covering", "exact covering engine with HiGHS {version}", version=version("highspy")
    )
    return Outcome(
        status=Status.INFEASIBLE,
        placed=None,
        bound=-math.inf,
        solver=name,
        formulation="maximal covering of a promise",
        proof=Sentence("opt.proof.too_few", "no sites cover as many people as a promise asks for"),
        build_s=0.0,
        solve_s=time.perf_counter() - began,
    )


def most_served_first(
    problem: PlacementProblem,
    prices: FloatArray | OrderedCosts,
    plan: ServicePlan,
    limits: Limits,
    improved: Callable[[BoolArray], Placed] | None = None,
) -> Outcome | None:
    """The answer where not everybody can be reached, and the engine knows everything else that is asked.

    With a price of not being served that is high enough the engine serves as much as can be; its answer is
    then the best over *all* choices of whom to serve. Where it is not proven how much that is, who serves at
    least as much as the answer does has a bound all the same: with ``S`` served, a mean of at least
    ``(priced bound - price * (everybody - S)) / S``, which rises with ``S``. Where no price is high enough
    the answer begins at the sites of the plan, which serve more than the engine's; ``improved`` swaps them
    without serving fewer. None: the problem is small, or nothing was found.
    """
    if why_not(problem, plan, limits) != [PARTIAL] or pairs_in_play(problem) < CONDITIONED_PAYS_AT_PAIRS:
        return None
    relevant, weights = plan.relevant, problem.weights
    reached = in_order(prices).only(relevant)
    longest = reached.longest() + 1e-9
    whole, served = float(weights[relevant].sum()), plan.served_weight
    best: Outcome | None = None
    everybody = float(weights.sum())
    priced: list[tuple[float, float]] = []

    def bound_of(least: float) -> float:
        """Of all placements that serve at least so much weight."""
        return max(
            (mean * everybody - price * (everybody - least)) / max(least, 1e-300) for price, mean in priced
        )

    least_s = _FURTHER_PRICE * (limits.time_limit_s or 0.0)
    for times in _PRICES:
        if best is not None and limits.deadline - time.monotonic() < least_s:
            break
        price = times * longest
        found, _ = engine_with_multipliers(problem, reached, price, limits.part(0.7))
        if found.placed is None or found.status is Status.INTERRUPTED:
            return found if found.status is Status.INTERRUPTED else best
        # The engine's mean is over everybody with weight, at ``price`` for whom it does not serve.
        priced.append((price, found.bound))
        own = exact_dot(weights[relevant], (found.placed.assignment[relevant] >= 0).astype(np.float64))
        served = served if plan.known else max(served, own)
        enough = own >= served * (1.0 - LIMIT_TOLERANCE)
        told = Sentence(
            "opt.proof.price",
            "with {price:g} for whoever is not served, which is enough: {own:g} of {whole:g} are, the most",
            price=price,
            own=own,
            whole=whole,
        )
        if not plan.known:
            told = _not_proven_most(own, whole)
        best = replace(
            found,
            bound=bound_of(served) if enough else -math.inf,
            status=Status.FEASIBLE
            if found.status is Status.OPTIMAL and not (enough and plan.known)
            else found.status,
            formulation="exact engine with a price of not being served",
            proof=joined(found.proof, told) if enough else found.proof,
            solve_s=found.solve_s + (0.0 if plan.run is None else plan.run.seconds),
        )
        if enough:
            return best
    if best is None or improved is None or plan.sites is None:
        return best
    placed = improved(plan.sites)
    own = exact_dot(weights[relevant], (placed.assignment[relevant] >= 0).astype(np.float64))
    proof = _PROOFS["none"]
    return replace(
        best,
        placed=placed,
        bound=bound_of(own),
        status=Status.FEASIBLE,
        proof=proof if plan.known else joined(proof, _not_proven_most(own, whole)),
    )


def _not_proven_most(own: float, whole: float) -> Sentence:
    return Sentence(
        "opt.proof.most_unproven",
        "{own:g} of {whole:g} are served, which is not proven to be the most; "
        "the bound is of all that serve as many",
        own=own,
        whole=whole,
    )


def _one_choice(
    problem: PlacementProblem,
    prices: FloatArray,
    plan: ServicePlan | None,
    unserved_price: float,
    limits: Limits,
    known: BoolArray | None,
) -> tuple[Outcome, float]:
    """The answer for one choice of whom to serve, and its mean price (inf for none)."""
    from optimise.pmedian_engine.conditioned import ConditionedSearch  # noqa: PLC0415 - compiles

    began = time.perf_counter()
    counted = plan.relevant if plan is not None else problem.weights > 0
    reasons = tuple(why_not(problem, plan, limits)) or (PARTIAL,)
    multipliers, start, quick = without_conditions(problem, prices, counted, unserved_price, limits)
    if quick is not None:
        told = Sentence("opt.proof.kept", "the answer without {reasons: and } keeps them", reasons=reasons)
        outcome = replace(quick, proof=joined(quick.proof, told))
        return outcome, outcome.bound
    starts = [sites for sites in (start, known) if sites is not None]
    # Prices count from the unserved price, as in the engine: the proof is as fine as the worth that is left.
    origin = unserved_price if math.isfinite(unserved_price) else 0.0
    if multipliers is not None:
        multipliers = multipliers - problem.weights * origin
    search = ConditionedSearch(
        problem,
        prices - origin if origin else prices,
        counted,
        plan,
        unserved_price - origin,
        limits,
        multipliers=multipliers,
        starts=starts,
    )
    found = search.outcome()
    weight = float(problem.weights[counted].sum())

    def mean(value: float) -> float:
        return value / weight + origin if weight and math.isfinite(value) else value

    outcome = Outcome(
        status=found.status,
        placed=None if found.sites is None else Placed.nearest(problem, found.sites),
        bound=mean(found.bound),
        solver=Sentence(
            "opt.solver.pmedian", "exact p-median engine with HiGHS {version}", version=version("highspy")
        ),
        formulation="exact engine with conditions: Lagrangian bound over a master, reduced program",
        proof=Sentence(
            "opt.proof.unknown",
            "{proof}; the engine without conditions does not know {reasons: and }",
            proof=found.proof,
            reasons=reasons,
        ),
        build_s=0.0,
        solve_s=time.perf_counter() - began,
        figures={"pairs_left": float(found.pairs)},
    )
    return outcome, mean(found.total)


def without_conditions(
    problem: PlacementProblem,
    prices: FloatArray,
    counted: BoolArray,
    unserved_price: float,
    limits: Limits,
) -> tuple[FloatArray | None, BoolArray | None, Outcome | None]:
    """Multipliers and sites without the conditions, and the outcome where its sites keep them all."""
    found = unconditioned(problem, prices, counted, unserved_price, limits.part(1 / 3))
    if found is None:
        return None, None, None
    outcome, multipliers = found
    if outcome.placed is None:
        return multipliers, None, None
    sites = outcome.placed.sites
    keeps = keeps_limits(problem, Placed.nearest(problem, sites))
    proven = keeps and outcome.status.value == "optimal"
    return multipliers, sites if keeps else None, outcome if proven else None


def unconditioned(
    problem: PlacementProblem,
    prices: FloatArray,
    counted: BoolArray,
    unserved_price: float,
    limits: Limits,
) -> tuple[Outcome, FloatArray] | None:
    """What the engine says of those who count without budget and conditions, and its multipliers.

    None where the question without them is none for the engine, or far from the one that is asked.
    """
    moving = problem.max_moves is not None
    if problem.n_open is None or moving or time.monotonic() > limits.deadline:
        # Without the limit of moves the best sites are far from today's, and so are their multipliers.
        return None
    relaxed = problem.replace(
        weights=np.where(counted, problem.weights, 0.0),
        demands=problem.demands,
        p=problem.n_open,
        p_new=None,
        fixed_costs=None,
        budget=None,
        conditions=(),
    )
    least, most = int(relaxed.always_open.sum()), relaxed.n_sites - int(relaxed.never_open.sum())
    if not max(1, least) <= problem.n_open <= most:
        return None
    return engine_with_multipliers(relaxed, prices, unserved_price, limits)


def pairs_in_play(problem: PlacementProblem) -> int:
    """Pairs of a demand point with weight and an undecided site that beats every always-open one."""
    return problem.held.pairs_nearer(problem.always_open, problem.free, problem.weights > 0)


def exact_engine(
    problem: PlacementProblem, prices: FloatArray | OrderedCosts, unserved_price: float, limits: Limits
) -> Outcome:
    """Solve by :func:`optimise.pmedian_engine.solve_p_median`; the bound is a mean price."""
    return engine_with_multipliers(problem, prices, unserved_price, limits)[0]


def engine_with_multipliers(
    problem: PlacementProblem, prices: FloatArray | OrderedCosts, unserved_price: float, limits: Limits
) -> tuple[Outcome, FloatArray]:
    """The outcome of the engine, and the multipliers of its bound (n_demand,), weighted.

    The mean is over those who can be served, or over everybody where not being served has a price. Prices are
    counted from the unserved price then, so that the proof is as fine as the worth that is left.
    """
    from optimise.pmedian_engine import solve_p_median  # noqa: PLC0415 - compiles: only where it is used

    began = time.perf_counter()
    priced = math.isfinite(unserved_price)
    origin = unserved_price if priced else 0.0
    costs = in_order(prices)
    counted = costs.reached() | priced
    weight = float(problem.weights[counted].sum())
    report = limits.on_progress

    def mean(value: float) -> float:
        return value / weight + origin if weight else math.nan

    def on_progress(best: float, bound: float, stage: str, seconds: float) -> None:
        del stage
        if report is not None:
            report(seconds, mean(best) if math.isfinite(best) else math.nan, mean(bound))

    result = solve_p_median(
        costs.less(origin),
        problem.weights,
        problem.n_open or 0,
        fixed_in=np.flatnonzero(problem.always_open).tolist(),
        fixed_out=np.flatnonzero(problem.never_open).tolist(),
        unserved_cost=0.0 if priced else math.inf,
        time_limit_s=limits.seconds_left,
        gap=limits.gap,
        seed=limits.seed,
        threads=limits.threads,
        memory_limit_mb=ENGINE_MEMORY_MB,
        on_progress=on_progress,
    )
    sites = np.zeros(problem.n_sites, dtype=bool)
    sites[result.chosen] = True
    outcome = Outcome(
        status=result.status,
        placed=Placed.nearest(problem, sites) if len(result.chosen) else None,
        bound=mean(result.lower_bound),
        solver=Sentence(
            "opt.solver.pmedian", "exact p-median engine with HiGHS {version}", version=version("highspy")
        ),
        formulation="exact engine: Lagrangian bound, reduction, radius program",
        proof=functools.reduce(joined, result.notes, _PROOFS[result.proof.value]),
        build_s=0.0,
        solve_s=time.perf_counter() - began,
        figures={"root_bound": mean(result.root_bound), "engine_memory_mb": result.memory_mb},
    )
    shift = problem.weights * origin if priced else 0.0
    return outcome, result.multipliers + shift


#: Pairs of demand point and site from which covering goes to the engine; below, HiGHS on the plain program
#: takes about a second at most and nothing has to be compiled first.
PAYS_AT_PAIRS = 400_000
#: The same for centres, which take a program for every step of the bisection; only demand points count that
#: no always-open site settles.
CENTER_PAYS_AT_PAIRS = 40_000


def large(problem: PlacementProblem) -> bool:
    """True for covering problems that are worth the engine."""
    return problem.n_pairs >= PAYS_AT_PAIRS


def large_center(problem: PlacementProblem, relevant: BoolArray) -> bool:
    """True for centre problems that are worth the engine."""
    return unsettled_pairs(problem, relevant) >= CENTER_PAYS_AT_PAIRS


def unsettled_pairs(problem: PlacementProblem, relevant: BoolArray) -> int:
    """Pairs of a free site and a demand point that today's sites leave open in a centre problem.

    A demand point is settled when an always-open site is as near as the nearest site of whoever is farthest
    from all sites: no placement has a shorter longest way than that.
    """
    costs = problem.allowed_costs[relevant]
    settled = costs[:, problem.always_open].min(axis=1, initial=np.inf) <= costs.min(axis=1).max(initial=0.0)
    return int((~settled).sum() * problem.free.sum())


def side_constraints(problem: PlacementProblem) -> list[str]:
    """What the problem asks of its sites beyond their number and their roles.

    Sites that cover less than others may then be needed all the same, so no site may be left out.
    """
    asked = {
        Sentence("opt.asked.conditions", "conditions"): bool(problem.conditions),
        Sentence("opt.asked.budget", "a budget"): problem.budget is not None,
        Sentence("opt.asked.may_move", "existing sites that may move"): problem.max_moves is not None,
    }
    return [name for name, present in asked.items() if present]


def to_open(problem: PlacementProblem) -> int | None:
    """How many sites are to be opened beyond those that are open anyhow; None where no number fits."""
    if problem.n_open is None:
        return None
    count = problem.n_open - int(problem.always_open.sum())
    return count if 0 <= count <= int(problem.free.sum()) else None


def switched_off(problem: PlacementProblem) -> str:
    """For the proof: why sites were not reduced although the problem is large; empty where they were."""
    asked = side_constraints(problem)
    template = "reductions of sites are off: the problem has {asked: and }"
    return Sentence("opt.proof.not_reduced", template, asked=tuple(asked)) if asked else ""


def filled_up(problem: PlacementProblem, chosen: IntArray) -> BoolArray:
    """(n_sites,) the always-open sites, the chosen free ones, and the first others up to the number asked."""
    sites = problem.always_open.copy()
    sites[chosen] = True
    missing = (problem.n_open or 0) - int(sites.sum())
    others = np.flatnonzero(problem.free & ~sites)
    sites[others[: max(missing, 0)]] = True
    return sites
