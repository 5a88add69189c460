"""One question put to ``optimise`` and to the enumeration; what differs is a fault."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from unittest import mock

import numpy as np

import optimise
import optimise.highs
from optimise import Limits, PlacementProblem, ProblemError, Scenario, Status, solve, solve_robust
from optimise.models import make_model

from .aims import SERVING, VALUES, busy_worth
from .places import _affordable as affordable
from .places import always_open, minutes_of, promises_kept, sites_keep, sizes
from .questions import Question, Row, question
from .room import ground_of, promised, shares_promised, unit_counts
from .scenarios import robust_truth
from .truth import ROOMY, Truth, bracket, close, judge_room, truth
from .verdict import Asked, Verdict

#: Where each engine or look at all placements begins to pay; forced, they always or never do.
_ENGINES = (
    "optimise.engines.ENGINE_PAYS_AT_PAIRS",
    "optimise.engines.CONDITIONED_PAYS_AT_PAIRS",
    "optimise.median_bounds.PAYS_AT_PAIRS",
    "optimise.robust_search.PAYS_AT_PAIRS",
    "optimise.engines.PAYS_AT_PAIRS",
    "optimise.engines.CENTER_PAYS_AT_PAIRS",
    "optimise.models.capacitated.ENGINE_PAYS_AT_PAIRS",
    "optimise.models.expected_cuts.PAYS_AT_PAIRS",
    "optimise.covering_engine.parts.PAYS_AT_PAIRS",
)
#: What is switched over besides, so that trees and cuts over sites, meant for large problems, do the work.
_BARE = (
    "optimise.pmedian_engine.conditioned._STEPS",
    "optimise.covering_engine.set_cover._STEPS",
    "optimise.covering_engine.maximal_cover._STEPS",
    "optimise.covering_engine.cover_tree._ROOT_STEPS",
    "optimise.covering_engine.cover_tree._MOST_WORK",
    "optimise.covering_engine.vehicle_tree._ROOT_STEPS",
    "optimise.models.capacitated.CUTS_PAY_AT_PAIRS",
    "optimise.models.capacitated.PEOPLE_A_SITE",
)
_MEDIANS = ("p-median", "relocation")
_ENUMERATION = "optimise.models.enumerating.MOST_WORK"


@contextmanager
def forced(mode: str, *, bare: bool = False) -> Iterator[None]:
    """Engines on every size, programs only, or as it comes.

    ``bare``: the bounds under conditions and of covers get no step, so that the trees behind them have to do
    the work, and sites with room are chosen by cuts, however few the people are.
    """
    if mode == "as it comes":
        yield
        return
    with mock.patch(_ENUMERATION, -1):
        patches = [mock.patch(name, 0 if mode == "engines" else 10**12) for name in _ENGINES]
        patches += [mock.patch(name, 0) for name in _BARE if bare and mode == "engines"]
        for patch in patches:
            patch.start()
        try:
            yield
        finally:
            for patch in patches:
                patch.stop()


def matrix(rows: list[Row]) -> np.ndarray:
    return np.array([[np.nan if value is None else value for value in row] for row in rows], dtype=float)


def posed(
    asked: Question, order: list[int] | None = None, people: list[int] | None = None
) -> PlacementProblem:
    """The question as a problem, its sites and people in another order if wished."""
    sites = list(range(asked.n_sites)) if order is None else order
    rows = list(range(asked.n_demand)) if people is None else people

    def per_site(values: list[Any] | None) -> list[Any] | None:
        return None if values is None else [values[site] for site in sites]

    def per_person(values: list[Any] | None) -> list[Any] | None:
        return None if values is None else [values[row] for row in rows]

    return PlacementProblem(
        matrix(asked.costs)[np.ix_(rows, sites)],
        weights=per_person(asked.weights),
        p=asked.p,
        p_new=asked.p_new,
        roles=per_site(asked.roles),
        max_moves=asked.max_moves,
        capacities=per_site(asked.capacities),
        demands=per_person(asked.demands),
        fixed_costs=per_site(asked.fixed_costs),
        budget=asked.budget,
        groups=per_site(asked.groups),
        demand_groups=per_person(asked.demand_groups),
        site_costs=None if asked.site_costs is None else matrix(asked.site_costs)[np.ix_(sites, sites)],
        site_values=per_site(asked.site_values),
        conditions=[condition_of(kind, arguments) for kind, arguments in asked.conditions],
        site_ids=per_site(asked.site_ids),
        demand_ids=per_person(asked.demand_ids),
    )


def condition_of(kind: str, arguments: dict[str, Any]) -> Any:
    values = {name: tuple(value) if isinstance(value, list) else value for name, value in arguments.items()}
    return getattr(optimise, kind)(**values)


def options_of(asked: Question, people: list[int] | None = None) -> dict[str, Any]:
    """The options, those that count people in the order of ``people``."""
    rows = list(range(asked.n_demand)) if people is None else people
    return {
        name: np.array([value[row] for row in rows]) if isinstance(value, list) else value
        for name, value in asked.options.items()
    }


def warm_up() -> None:
    """Compile the kernels, so that the first question of each engine is not taken for hung."""
    for model in ("p-median", "p-center", "partial-p-center", "mclp", "lscp", "capacitated-p-median"):
        for seed in range(40):
            asked = replace(question(seed, model), mode="engines")
            trial(asked)


def trial(asked: Question | Asked) -> Verdict:
    """Put the question, and compare."""
    try:
        if not isinstance(asked, Question):
            return asked.tried()
        return _robust(asked) if asked.states else _plain(asked)
    except ProblemError as error:
        return Verdict(refused=True, detail=str(error))
    except Exception as error:
        return Verdict("crash", f"{type(error).__name__}: {error}"[:500])


def _plain(asked: Question) -> Verdict:
    with forced(asked.mode, bare=asked.seed % 2 == 1):
        solution = solve(posed(asked), asked.model, **options_of(asked))
    told = {"status": solution.status.value, "formulation": solution.formulation}
    right = truth(asked)
    fault = _compared(asked, right, solution) or (right.feasible and _order(asked, solution)) or ""
    begun = "" if fault else _begun(asked, right)
    fault = fault or begun
    shown = f"got {solution.status.value} {solution.objective!r} {solution.chosen_ids} bound {solution.bound!r}; right: "
    shown += f"{right.value!r} {right.sites} key {right.key}" if right.feasible else "infeasible"
    return Verdict(fault, shown, **told)


def _compared(asked: Question, right: Truth, solution: Any) -> str:
    if not right.feasible:
        return "" if solution.status is Status.INFEASIBLE else "an answer where there is none"
    if solution.status is Status.FEASIBLE and asked.mode == "engines" and _anytime(asked, solution):
        return witness(asked, solution) or _beyond(right, solution)
    by_programs = asked.model == "gini" and asked.mode == "programs" and solution.status is Status.FEASIBLE
    if (
        by_programs
        and close(solution.objective, right.value)
        and 0.0 <= solution.objective - solution.bound < 1e-5
    ):
        # Means of groups that differ by what a solver's digits are: right, said to be open, and by how little.
        return witness(asked, solution)
    if solution.status is not Status.OPTIMAL:
        return f"status {solution.status.value} where an optimum exists"
    broken = witness(asked, solution)
    if broken:
        return broken
    if not close(solution.objective, right.value, _share(asked)) and not _bracketed(asked, right, solution):
        return "wrong optimum"
    if not close(solution.bound, solution.objective, 1e-6):
        return "bound away from the optimum"
    return ""


def _bracketed(asked: Question, right: Truth, solution: Any) -> bool:
    """Where people may be split: the optimum of a room that is a millionth wider or narrower."""
    if asked.options.get("sourcing") != "split" or asked.capacities is None:
        return False
    low, high = bracket(asked, right)
    slack = 1e-6 * max(1.0, abs(low), abs(high))
    return low - slack <= solution.objective <= high + slack


@contextmanager
def no_time() -> Iterator[None]:
    """HiGHS gets no second but for the first sites: what comes out is where a search begins."""
    call = optimise.highs.InProcessHighs.callSolver

    def without_time(self: Any, program: Any) -> None:
        if program.name != "first_sites":
            program.solverModel.setOptionValue("time_limit", 0.0)
        call(self, program)

    with mock.patch.object(optimise.highs.InProcessHighs, "callSolver", without_time):
        yield


def _begun(asked: Question, right: Truth) -> str:
    """What is wrong with the answer to the question when its limit has passed before it begins."""
    if random.Random(f"begun {asked.seed}").random() > 0.3:
        return ""
    with forced(asked.mode, bare=asked.seed % 2 == 1), no_time():
        solution = solve(posed(asked), asked.model, time_limit_s=1e-3, **options_of(asked))
    if solution.status is Status.NO_SOLUTION:
        return ""
    if solution.status is not Status.FEASIBLE or not right.feasible:
        fault = _compared(asked, right, solution)
    else:
        fault = witness(asked, solution) or _beyond(right, solution) or _better(asked, right, solution)
    if not fault:
        return ""
    told = f"{solution.status.value} {solution.objective!r} {solution.chosen_ids} bound {solution.bound!r}"
    return f"without time: {fault}: {told}, {solution.formulation}, {solution.proof}"


def _better(asked: Question, right: Truth, solution: Any) -> str:
    """An answer that serves as many cannot be better than the optimum."""
    if asked.model in ROOMY or solution.model.sense.value != "minimise" or math.isnan(right.value):
        return ""
    served = math.fsum(np.asarray(asked.weights)[solution.assignment >= 0].tolist())
    if asked.model in SERVING and close(served, -right.key[0]) and solution.objective < right.value:
        return "" if close(solution.objective, right.value) else "better than the optimum"
    return ""


def _anytime(asked: Question, solution: Any) -> bool:
    """Searches for problems so large that an answer without a proof is an answer."""
    open_number = asked.p is None and asked.p_new is None and asked.max_moves is None
    by_room = solution.formulation.startswith("exact engine: branch and cut over sites with prices of room")
    return by_room or (solution.formulation.startswith("tangents") and open_number)


def _beyond(right: Truth, solution: Any) -> str:
    """A bound says that there is nothing better than the optimum, and no more than that."""
    minimise = solution.model.sense.value == "minimise"
    ahead = solution.bound - right.value if minimise else right.value - solution.bound
    return "a bound beyond the optimum" if ahead > 1e-6 * max(1.0, abs(right.value)) else ""


def _share(asked: Question) -> float:
    """Shares of people come from a linear program, and room is kept to a millionth of itself."""
    return 1e-6 if asked.options.get("sourcing") == "split" else 1e-9


def witness(asked: Question, solution: Any) -> str:
    """What is wrong with the placement that is reported, whether or not it is the best."""
    sites = tuple(sorted(int(str(name)[1:]) for name in solution.chosen_ids))
    if len(sites) not in sizes(asked) or not always_open(asked) <= set(sites):
        return "roles or number broken"
    if any(asked.roles[site] == "forbidden" for site in sites) or not affordable(asked, sites):
        return "roles, budget or moves broken"
    if not sites_keep(asked, sites):
        return "a condition on sites is broken"
    if asked.model in ROOMY and asked.capacities is not None:
        return _room_witness(asked, sites, solution)
    minutes = minutes_of(asked.costs, sites)
    if not promises_kept(asked, asked.weights, minutes):
        return "a promise is broken"
    if asked.model in ("mexclp", "malp") and asked.options.get("vehicles") is not None:
        fleet = {site: int(solution.units[site]) for site in sites}
        if sum(fleet.values()) != asked.options["vehicles"] or min(fleet.values(), default=1) < 1:
            return "vehicles missing"
        value = busy_worth(asked, fleet)
        return "" if close(value, solution.objective) else "the objective is not that of its fleet"
    if asked.model == "fixed-charge":
        judged = judge_room(asked, sites, everybody=False)
        if judged is None:
            return "the sites do not answer the question"
        return "" if close(judged[0], solution.objective) else "the objective is not that of its sites"
    judged = VALUES[asked.model](asked, sites)
    if judged is None:
        return "the sites do not answer the question"
    return "" if close(judged[0], solution.objective) else "the objective is not that of its sites"


def _room_witness(asked: Question, sites: tuple[int, ...], solution: Any) -> str:
    shares, ground = solution.placed.shares, ground_of(asked)
    units = {site: 1 if solution.units is None else int(solution.units[site]) for site in sites}
    if asked.options.get("total_units") is not None and sum(units.values()) > asked.options["total_units"]:
        return "too many units"
    for site in range(asked.n_sites):
        load = math.fsum(
            demand * share for demand, share in zip(ground.demands, shares[:, site], strict=True)
        )
        size = units.get(site, 0) * (asked.capacities or [])[site]
        if load > size + 1e-6 * max(1.0, size):
            return "room broken"
    if not solution.placed.sites.any() and shares.any():
        return "served by nobody"
    for row, minutes in promised(asked).items():
        inside = math.fsum(shares[row][site] for site in sites if (asked.costs[row][site] or 0.0) <= minutes)
        if inside < 1 - 1e-6:
            return "a promise is broken"
    for rows, minutes, wanted in shares_promised(ground):
        inside = math.fsum(
            asked.weights[row] * shares[row][site]
            for row in rows
            for site in sites
            if asked.costs[row][site] is not None and asked.costs[row][site] <= minutes  # type: ignore[operator]
        )
        if inside < wanted - 1e-6 * max(1.0, wanted):
            return "a promise to a share is broken"
    return ""


def _order(asked: Question, solution: Any) -> str:
    """The same question with sites and people in another order must have the same answer, digit for digit."""
    rng = random.Random(asked.seed)
    if rng.random() > 0.3:
        return ""
    order, people = (
        rng.sample(range(asked.n_sites), asked.n_sites),
        rng.sample(range(asked.n_demand), asked.n_demand),
    )
    with forced(asked.mode, bare=asked.seed % 2 == 1):
        other = solve(posed(asked, order, people), asked.model, **options_of(asked, people))
    if sorted(other.chosen_ids) != sorted(solution.chosen_ids):
        return "another order of sites, other sites"
    same = other.objective == solution.objective or (
        math.isnan(other.objective) and math.isnan(solution.objective)
    )
    exact = asked.options.get("sourcing") != "split"
    return (
        ""
        if same or (not exact and close(other.objective, solution.objective, 1e-7))
        else "another order, other digits"
    )


def _robust(asked: Question) -> Verdict:
    scenarios = [Scenario(s.name, matrix(s.costs), s.probability, s.weights) for s in asked.states]
    with forced(asked.mode, bare=asked.seed % 2 == 1):
        found = solve_robust(
            posed(asked),
            scenarios,
            asked.criterion,
            tail=asked.tail,
            model=make_model(asked.model, options_of(asked)),
            limits=Limits(),
        )
    right = robust_truth(asked)
    shown = f"got {found.status.value} {found.objective!r} {found.chosen_ids}; right: {right.values}"[:600]
    if not right.values:
        fault = "" if found.status is Status.INFEASIBLE else "an answer where there is none"
    elif found.status is Status.FEASIBLE and asked.mode == "engines" and asked.model in _MEDIANS:
        # Large problems are bounded by median problems, which leave a gap between choices of sites.
        low, high = min(right.values.values()), max(right.values.values())
        fault = "a bound beyond the optimum" if found.bound > high + 1e-6 * max(1.0, abs(high)) else ""
        fault = fault or ("better than the optimum" if found.objective < low - 1e-6 * max(1.0, low) else "")
    elif found.status is not Status.OPTIMAL:
        fault = f"status {found.status.value} where an optimum exists"
    elif (
        asked.criterion == "regret"
        and _share(asked) > 1e-9
        and abs(found.objective - right.best)
        <= 1e-7 * max([1.0, *(abs(own.mean_min) for own in found.scenarios if own.mean_min == own.mean_min)])
    ):
        fault = ""  # a difference of two means of split people is as exact as they are
    elif not any(close(found.objective, value, _share(asked)) for value in right.values.values()):
        fault = "wrong optimum"
    elif asked.model in _MEDIANS and not close(found.objective, right.best):
        fault = "another choice of whom to count is better"
    else:
        fault = ""
    return Verdict(fault, shown, status=found.status.value, formulation=f"robust {asked.criterion}")


__all__ = ["Verdict", "condition_of", "forced", "posed", "trial", "unit_counts", "witness"]
