"""Answers a board can use beside the sites: alternatives, values, build order, the price of fairness."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from geoaccess.ground.errors import DataError
from geoaccess.ground.measures import summarise
from geoaccess.questions.placement.answer import PlacementResult
from geoaccess.questions.placement.tables import served_after
from geoaccess.words.note import Note, word
from optimise import Solution, solve
from optimise.equity import gini, tail_mean
from optimise.fairness_curve import FairnessPoint, price_of_fairness
from optimise.frontiers import alternatives, site_values
from optimise.guarantees import ShareWithin
from optimise.models import make_model
from optimise.orders import BuildOrder, Step, build_order
from optimise.running import Limits

_WORST_TENTH = 0.1
_MOST_PEOPLE = 0.95
_FIGURES = ("mean_min", "p90_min", "worst_min", "persons_unreachable")


@dataclass(frozen=True, eq=False)
class Further:
    """Further answers to one placement.

    Attributes:
        tables: name -> table: ``alternatives``, ``site_values``, ``build_order``, ``price_of_fairness``.
        remarks: what a reader must know of them, in words.
    """

    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return {name: table.to_dict(orient="records") for name, table in self.tables.items()}


def alternatives_table(
    result: PlacementResult,
    *,
    count: int = 3,
    within: float = 0.02,
    differ: int = 1,
    time_limit_s: float | None = None,
    seed: int = 0,
) -> pd.DataFrame:
    """The next best placements, each different in at least ``differ`` sites from all before it.

    Returns:
        ``rank`` (1 is the answer itself), ``status, objective, loss`` (relative, against the answer), the
        figures after, ``sites`` (names of the new ones), ``instead`` and ``instead_of`` (against the answer).
    """
    limits = Limits(time_limit_s=time_limit_s, seed=seed)
    found = alternatives(result.solution, count=count, within=within, differ=differ, limits=limits)
    best = result.solution
    return pd.DataFrame(
        [_alternative(result, rank, solution, best) for rank, solution in enumerate([best, *found], start=1)]
    )


def _alternative(result: PlacementResult, rank: int, solution: Solution, best: Solution) -> dict[str, object]:
    loss = abs(solution.objective - best.objective) / abs(best.objective) if best.objective else 0.0
    return {
        "rank": rank,
        "status": solution.status.value,
        "objective": solution.objective,
        "loss": loss,
        **_figures(result, solution),
        "sites": _new(result, solution),
        **_against(result, solution, best),
    }


def _against(result: PlacementResult, solution: Solution, best: Solution) -> dict[str, str]:
    """The sites that differ from another solution's."""
    here, there = set(solution.chosen_ids), set(best.chosen_ids)
    return {"instead": _names(result, here - there), "instead_of": _names(result, there - here)}


def _figures(result: PlacementResult, solution: Solution) -> dict[str, float]:
    opened = np.zeros(len(result.posed.places), dtype=bool)
    opened[solution.chosen] = True
    minutes = served_after(result.posed, solution, opened)[0]
    found = summarise(minutes, result.study.weight(result.question.weight))
    return {name: found[name] for name in _FIGURES}


def _new(result: PlacementResult, solution: Solution) -> str:
    """Names of the new sites of a solution."""
    candidates = set(result.sites.loc[result.sites["part"] == "candidate", "site_id"])
    return _names(result, set(solution.chosen_ids) & candidates)


def _names(result: PlacementResult, ids: Iterable[Hashable]) -> str:
    names = dict(zip(result.sites["site_id"], result.sites["name"].astype(str), strict=True))
    return ", ".join(sorted(names[str(site)] for site in ids))


def values_table(result: PlacementResult) -> pd.DataFrame:
    """What each open site is worth while the others stay, today's sites included; most valuable first.

    Returns:
        ``site_id, name, municipality, is_new, persons_lost`` (whom nothing would serve), ``objective_without,
        loss`` (in the model's unit; compare it only where nobody is lost).
    """
    places = {row["site_id"]: row for row in result.sites.to_dict(orient="records")}
    return pd.DataFrame(
        [
            {
                "site_id": value.site_id,
                "name": places[value.site_id]["name"],
                "municipality": places[value.site_id]["municipality"],
                "is_new": "yes" if places[value.site_id]["role"] == "chosen" else "no",
                "persons_lost": value.weight_lost,
                "objective_without": value.objective_without,
                "loss": value.loss,
            }
            for value in site_values(result.solution)
        ]
    )


def order_table(
    result: PlacementResult, *, time_limit_s: float | None = None, seed: int = 0
) -> tuple[pd.DataFrame, Note]:
    """In which order to build the new sites, and a remark on it.

    The order may use other sites than the answer where that keeps every step good; the last step of the
    optimal column is the answer itself.

    Returns:
        One row per step: ``step``, and for ``greedy`` and ``nested`` the ``_site, _objective, _regret``
        (relative loss against the optimum of that many sites; inf where fewer people are served),
        ``optimal_sites, optimal_objective``; and the remark.

    Raises:
        DataError: no new sites, or room is limited.
    """
    count = len(result.chosen)
    if result.solution.problem.capacities is not None:
        raise DataError("a build order is found where sites have room for everybody, not with limited units")
    if not count:
        raise DataError("no new sites to put in order")
    found = build_order(
        result.solution.problem,
        result.posed.model,
        count,
        limits=Limits(time_limit_s=time_limit_s, seed=seed),
    )
    candidates = set(result.sites.loc[result.sites["part"] == "candidate", "site_id"])
    rows = [
        {
            "step": step + 1,
            **_step("greedy", found.greedy[step], result),
            **_step("nested", found.nested[step], result),
            "optimal_sites": _names(result, set(found.optimal[step]) & candidates),
            "optimal_objective": found.optimal_objectives[step],
        }
        for step in range(count)
    ]
    return pd.DataFrame(rows), _order_remark(result, found)


def _step(name: str, step: Step, result: PlacementResult) -> dict[str, object]:
    return {
        f"{name}_site": _names(result, [step.site_id]),
        f"{name}_objective": step.objective,
        f"{name}_regret": step.regret,
    }


def _order_remark(result: PlacementResult, found: BuildOrder) -> Note:
    order = [_names(result, [step.site_id]) for step in found.nested]
    proven = Note("note.order.proven" if found.proven else "note.order.not_proven")
    worst = found.largest_regret
    if np.isfinite(worst):
        return Note("note.order", names=order, regret=worst, proven=proven)
    return Note("note.order.loses", names=order, proven=proven)


#: Other ideas of what is fair, beside guarantees: words, model, parameters. Slow ones are left out.
_AIMS: tuple[tuple[str, str, dict[str, float]], ...] = (
    ("long ways count more (iso-elastic, alpha 2)", "iso-elastic", {"alpha": 2.0}),
    ("municipalities alike (iso-elastic, alpha 1)", "iso-elastic-groups", {"alpha": 1.0}),
)


def fairness_table(
    result: PlacementResult, *, steps: int = 6, time_limit_s: float | None = None, seed: int = 0
) -> pd.DataFrame:
    """What fairness costs: guarantees from the least mean to the least longest way, and other fair aims.

    Returns:
        The least mean first. ``aim`` (in words), ``status, mean_min, price`` (relative loss of the mean
        against the least; NaN where other people are reached), ``p90_min, worst_min, tail_min`` (mean of the
        worst-off tenth), ``gini, persons_unreachable, sites, instead, instead_of`` (against the least mean).

    Raises:
        DataError: room is limited, or the question is not about mean minutes.
    """
    problem = result.solution.problem
    if problem.capacities is not None or result.question.objective not in {"p-median", "relocation"}:
        raise DataError("the price of fairness is told against the least mean, with room for everybody")
    limits = Limits(time_limit_s=time_limit_s, seed=seed)
    curve = [
        (_guaranteed(result, point), point.solution)
        for point in price_of_fairness(problem, steps=steps, limits=limits)
    ]
    others = [
        (told, solve(problem, make_model(model, options), time_limit_s=time_limit_s, seed=seed))
        for told, model, options in _AIMS
    ]
    most = _most_people(result, limits)
    found = [one for one in [*curve, *others, *most] if one[1].placed is not None]
    table = pd.DataFrame([_fairness(result, told, solution, found[0][1]) for told, solution in found])
    # As plain texts they would forget how they are said.
    return table.assign(aim=pd.Series([told for told, _ in found], dtype=object))


def _price(solution: Solution, best: Solution, mean: float) -> float:
    """Relative loss of the mean; NaN where other people are served, whose means cannot be compared."""
    served = [one.problem.weights @ np.isfinite(one.travel_min) for one in (solution, best)]
    if not np.isclose(served[0], served[1], rtol=1e-9):
        return float("nan")
    # Rounding alone makes a mean shorter than the least one.
    return max(0.0, (mean - best.objective) / best.objective) if best.objective > 0 else 0.0


def _most_people(result: PlacementResult, limits: Limits) -> list[tuple[str, Solution]]:
    """The least mean when 95 % of the people are within the least time that they can be within."""
    problem = result.solution.problem
    seconds, seed = limits.time_limit_s, limits.seed
    model = make_model("partial-p-center", {"share": _MOST_PEOPLE})
    reach = solve(problem, model, time_limit_s=seconds, seed=seed)
    if reach.placed is None or not np.isfinite(reach.objective):
        return []
    promised = problem.with_conditions(ShareWithin(reach.objective, _MOST_PEOPLE))
    fair = solve(promised, "p-median", time_limit_s=seconds, seed=seed)
    return [(Note("aim.most_people", minutes=reach.objective), fair)]


def _guaranteed(result: PlacementResult, point: FairnessPoint) -> str:
    if np.isnan(point.guarantee_min):
        return "least mean"
    who = "no municipality's mean" if result.question.demand_by == "municipality" else "nobody"
    return Note("aim.above", who=word(who), minutes=point.worst_min)


def _fairness(result: PlacementResult, aim: str, solution: Solution, best: Solution) -> dict[str, object]:
    minutes, weights = solution.travel_min, solution.problem.weights
    counted = np.isfinite(minutes) & (weights > 0)
    figures = _figures(result, solution)
    mean = float(np.average(minutes[counted], weights=weights[counted])) if counted.any() else float("nan")
    return {
        "aim": aim,
        "status": solution.status.value,
        "mean_min": mean,
        "price": _price(solution, best, mean),
        "p90_min": figures["p90_min"],
        "worst_min": float(minutes[counted].max(initial=0.0)),
        "tail_min": tail_mean(minutes[counted], weights[counted], _WORST_TENTH),
        "gini": gini(minutes[counted], weights[counted]),
        "persons_unreachable": figures["persons_unreachable"],
        "sites": _new(result, solution),
        **_against(result, solution, best),
    }


def answers(
    result: PlacementResult,
    *,
    alternatives: int | None = None,
    within: float = 0.02,
    different: int = 1,
    value: bool = False,
    order: bool = False,
    fairness: bool = False,
    time_limit_s: float | None = None,
    seed: int = 0,
) -> Further:
    """The further answers that are asked for.

    Args:
        result: the placement.
        alternatives: how many next best placements, None for none.
        within: largest relative loss of an alternative.
        different: sites in which an alternative must differ.
        value: what each open site is worth.
        order: in which order to build.
        fairness: what fairness costs the mean.
        time_limit_s: wall seconds for each solve.
        seed: seed of the solver.
    """
    tables: dict[str, pd.DataFrame] = {}
    remarks: list[Note] = []
    if alternatives:
        tables["alternatives"] = alternatives_table(
            result, count=alternatives, within=within, differ=different, time_limit_s=time_limit_s, seed=seed
        )
        found = len(tables["alternatives"]) - 1
        if found < alternatives:
            remarks.append(Note("note.few_alternatives", found=found, sites=different, share=within))
    if value:
        tables["site_values"] = values_table(result)
    if order:
        tables["build_order"], remark = order_table(result, time_limit_s=time_limit_s, seed=seed)
        remarks.append(remark)
    if fairness:
        tables["price_of_fairness"] = fairness_table(result, time_limit_s=time_limit_s, seed=seed)
    return Further(tables, tuple(remarks))
