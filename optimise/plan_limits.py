"""What a dated plan must keep: dates with their limits, and the order of changes."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from optimise.arrays import BoolArray, FloatArray
from optimise.conditions import Condition
from optimise.errors import Fault, ProblemError
from optimise.exact import exact_sum, within
from optimise.problem import PlacementProblem
from optimise.sentences import Sentence


@dataclass(frozen=True, eq=False)
class Period:
    """A date of a plan, and the time until the next.

    Attributes:
        name: of the date, such as a year; unique.
        share: how much the time from this date counts, above 0: years, discounted or not. Scaled by the plan.
        weights: (n_demand,) people then, or None for those of the problem.
        costs: (n_demand, n_sites) minutes then, or None for those of the problem.
        opens_at_most: how many sites may open at the date, or None.
        closes_at_most: how many may close, or None.
        changes_at_most: how many may open or close, or None.
        budget: what opening and closing may cost at the date, or None; what is left is not carried over.
        conditions: what must hold from this date until the next, beside the conditions of the problem.
    """

    name: str
    share: float = 1.0
    weights: ArrayLike | None = None
    costs: ArrayLike | None = None
    opens_at_most: int | None = None
    closes_at_most: int | None = None
    changes_at_most: int | None = None
    budget: float | None = None
    conditions: tuple[Condition, ...] = ()


@dataclass(frozen=True)
class ClosesAfter:
    """A site closes only when another has been open since an earlier date, and while it is.

    Attributes:
        site: id of the site that may close.
        after: id of the site that must have opened before.
        label: the caller's words.
    """

    site: Hashable
    after: Hashable
    label: str = ""

    def words(self) -> str:
        """The rule in the caller's words, or in plain ones."""
        if self.label:
            return self.label
        template = "{site} closes only after {after} has opened"
        return Sentence("opt.plan.order", template, site=self.site, after=self.after)


@dataclass(frozen=True, eq=False)
class PlanLimits:
    """What holds over the whole plan.

    Attributes:
        n_open: how many sites are open from the last date on, or None.
        max_moves: how many of today's sites may close in all, or None.
        precedence: orders of changes.
        groups: (n_sites,) label of each site, or None.
        changes_a_group: how many changes a group may have at one date, or None.
        opening_costs: (n_sites,) price of opening, or None.
        closing_costs: (n_sites,) price of closing, or None.
    """

    n_open: int | None = None
    max_moves: int | None = None
    precedence: tuple[ClosesAfter, ...] = ()
    groups: tuple[Hashable, ...] | None = None
    changes_a_group: int | None = None
    opening_costs: FloatArray | None = None
    closing_costs: FloatArray | None = None


def _words(code: str, template: str, name: str, most: int) -> Sentence:
    return Sentence(code, template, most=most, name=name)


#: What is limited at a date -> the wish in words.
PLAN_WORDS = {
    "opens": lambda name, most: _words("opt.plan.opens", "at most {most} open at {name}", name, most),
    "closes": lambda name, most: _words("opt.plan.closes", "at most {most} close at {name}", name, most),
    "changes": lambda name, most: _words("opt.plan.changes", "at most {most} changes at {name}", name, most),
}


def budget_words(period: Period) -> Sentence:
    """The budget of a date as a wish."""
    template = "a budget of {budget:g} at {name}"
    return Sentence("opt.plan.budget", template, budget=period.budget, name=period.name)


def group_words(period: Period, label: Hashable, most: int) -> Sentence:
    """The changes of a group at a date as a wish."""
    template = "at most {most} changes in {group} at {name}"
    return Sentence("opt.plan.group", template, most=most, group=label, name=period.name)


def spent_at(plan: BoolArray, today: BoolArray, number: int, wanted: PlanLimits) -> float:
    """What opening and closing costs at a date."""
    before = today if number == 0 else plan[number - 1]
    whole = 0.0
    for sites, costs in (
        (plan[number] & ~before, wanted.opening_costs),
        (before & ~plan[number], wanted.closing_costs),
    ):
        whole += 0.0 if costs is None else exact_sum(costs[sites])
    return whole


def _crowded(changes: BoolArray, wanted: PlanLimits) -> list[Hashable]:
    """Groups in which more sites change than one date allows."""
    if wanted.changes_a_group is None or wanted.groups is None:
        return []
    counts: dict[Hashable, int] = {}
    for site in np.flatnonzero(changes).tolist():
        counts[wanted.groups[site]] = counts.get(wanted.groups[site], 0) + 1
    return [label for label, count in counts.items() if count > wanted.changes_a_group]


def broken_by(
    plan: BoolArray,
    today: BoolArray,
    periods: Sequence[Period],
    wanted: PlanLimits,
    problem: PlacementProblem,
) -> list[str]:
    """How a plan breaks its limits, from its sites alone; empty when it keeps them.

    Args:
        plan: (n_dates, n_sites) True for open sites.
        today: (n_sites,) those open before the first date.
        periods: the dates.
        wanted: what holds over the whole plan.
        problem: roles and ids of the sites.
    """
    states = np.vstack([today, plan])
    told: list[str] = []
    changes = states[1:] != states[:-1]
    if (changes.sum(axis=0) > 1).any():
        told.append(Sentence("opt.plan.twice", "a site changes twice"))
    if (~plan & problem.always_open).any() or (plan & problem.never_open).any():
        told.append(Sentence("opt.plan.role", "a role is not kept"))
    for number, period in enumerate(periods):
        opens = int((states[number + 1] & ~states[number]).sum())
        closes = int((states[number] & ~states[number + 1]).sum())
        counts = (
            ("opens", opens, period.opens_at_most),
            ("closes", closes, period.closes_at_most),
            ("changes", opens + closes, period.changes_at_most),
        )
        told += [
            PLAN_WORDS[what](period.name, most)
            for what, count, most in counts
            if most is not None and count > most
        ]
        if period.budget is not None and not within(spent_at(plan, today, number, wanted), period.budget):
            told.append(budget_words(period))
        told += [
            group_words(period, label, wanted.changes_a_group or 0)
            for label in _crowded(changes[number], wanted)
        ]
    if wanted.n_open is not None and int(plan[-1].sum()) != wanted.n_open:
        told.append(Sentence("opt.plan.count", "{number} sites are open at the end", number=wanted.n_open))
    if wanted.max_moves is not None and int((today & ~plan[-1]).sum()) > wanted.max_moves:
        template = "at most {most} of the existing sites close"
        told.append(Sentence("opt.wish.moves", template, most=wanted.max_moves))
    for rule in wanted.precedence:
        closes_at, after_at = (problem.site_position[name] for name in (rule.site, rule.after))
        for number in range(len(plan)):
            if not plan[number, closes_at] and not (states[number, after_at] and plan[number, after_at]):
                told.append(rule.words())
    return told


def limit_faults(periods: Sequence[Period], wanted: PlanLimits, problem: PlacementProblem) -> list[Fault]:
    """What makes dates and limits meaningless for a problem."""
    names = [period.name for period in periods]
    faults = [
        Fault("appears more than once", "period", name)
        for name in sorted(set(names))
        if names.count(name) > 1
    ]
    if not periods:
        faults.append(Fault("at least one date", "periods"))
    for period in periods:
        if not (np.isfinite(period.share) and period.share > 0):
            faults.append(Fault("must be above 0", "share", period.name, str(period.share)))
        counts = (period.opens_at_most, period.closes_at_most, period.changes_at_most, period.budget)
        if any(count is not None and not count >= 0 for count in counts):
            faults.append(Fault("limits are 0 or more", "period", period.name))
        if period.budget is not None and wanted.opening_costs is None and wanted.closing_costs is None:
            faults.append(Fault("a budget needs prices", "budget", period.name))
    for name, costs in (("opening_costs", wanted.opening_costs), ("closing_costs", wanted.closing_costs)):
        if costs is not None and not (
            costs.shape == (problem.n_sites,) and (np.isfinite(costs) & (costs >= 0)).all()
        ):
            faults.append(Fault("one price of 0 or more for each site", name))
    if wanted.changes_a_group is not None and wanted.groups is None:
        faults.append(Fault("changes by group need groups", "changes_a_group"))
    for rule in wanted.precedence:
        faults += [
            Fault("there is no site of this name", "precedence", value=str(name))
            for name in (rule.site, rule.after)
            if name not in problem.site_position
        ]
        if rule.site == rule.after:
            faults.append(Fault("a site cannot wait for itself", "precedence", value=str(rule.site)))
    return faults


def dated_states(problem: PlacementProblem, periods: Sequence[Period]) -> list[PlacementProblem]:
    """The problem of each date, without number of sites, budget and moves, which a plan counts itself.

    Raises:
        ProblemError: listing every fault.
    """
    neutral = problem.replace(p=None, p_new=None, budget=None, max_moves=None)
    states, faults = [], []
    for period in periods:
        changes = {
            name: given
            for name, given in (("weights", period.weights), ("costs", period.costs))
            if given is not None
        }
        if "weights" in changes and problem.demands is not problem.weights:
            changes["demands"] = problem.demands
        try:
            states.append(neutral.replace(**changes).with_conditions(*period.conditions))
        except ProblemError as error:
            faults += [Fault(f.message, f"{period.name}: {f.where}", f.row, f.value) for f in error.faults]
    if faults:
        raise ProblemError(faults)
    return states
