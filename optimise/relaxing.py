"""The nearest feasible wish list: which wishes to give up so that the rest can be kept.

With a binary ``z_k`` for each wish ``k`` that may be given up, and ``M`` as large as its row can be broken
(elastic programming; Chinneck 2008, *Feasibility and Infeasibility in Optimization*)::

    min   sum_k (1 + people_k / (2 sum_l people_l)) z_k      s.t.  a_k y >= b_k - M z_k,  all other rows

so first few wishes and then few people are disappointed. Then, with those wishes given up, the minutes of the
people behind them are made as few as possible: that is what can be promised to them instead. Guarantees to a
share of people follow one by one, by bisection over the costs, all that is promised before them kept.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pulp

from optimise.algebra import Term, linear, value_of
from optimise.brief import OneLine
from optimise.conditions import Condition
from optimise.conflicts import WishRows
from optimise.guarantees import ShareWithin, Within, demand_rows
from optimise.models.base import Model
from optimise.problem import PlacementProblem
from optimise.running import Limits
from optimise.status import Status

#: Wishes that stay as they are as long as the others can give way.
_KEPT_FIRST = ("role", "count", "budget", "moves", "total")


@dataclass(frozen=True, slots=True)
class GivenUp:
    """A wish that cannot be kept.

    Attributes:
        wish: in the caller's words.
        instead_min: for a guarantee, the minutes that can be promised; inf where no open site is reached, or
            none has room; NaN for other wishes.
    """

    wish: str
    instead_min: float


@dataclass(frozen=True, eq=False, slots=True, repr=False)
class Relaxation(OneLine):
    """The nearest feasible wish list.

    Attributes:
        given_up: the wishes that are not kept; empty when the problem is feasible as it stands.
        problem: the problem with those guarantees eased to what can be kept, and conditions for which nothing
            can be promised left out, ready to solve; None when roles, numbers, or what the model itself asks
            have to give way, which is the caller's to decide.
        proven: True when no shorter list of wishes would do, and no fewer minutes.
    """

    given_up: tuple[GivenUp, ...]
    problem: PlacementProblem | None
    proven: bool


def nearest_relaxation(
    problem: PlacementProblem, model: Model, limits: Limits | None = None
) -> Relaxation | None:
    """Give up as few wishes as possible; None when no answer was found in time.

    Roles, number, budget and moves stay as long as the conditions can give way. A guarantee to several demand
    points counts as one wish for each of them.
    """
    return _Search(problem, model, (limits or Limits()).started()).relaxation()


class _Search:
    """One problem with its guarantees split, and the rows behind every wish."""

    def __init__(self, problem: PlacementProblem, model: Model, limits: Limits) -> None:
        parts = [part for condition in problem.conditions for part in condition.parts(problem)]
        self.asked, self.model, self.limits = problem, model, limits
        self.parts = {f"condition_{number}": part for number, part in enumerate(parts)}
        self.problem = problem.replace(conditions=(*parts, *model.conditions(problem)))
        self.program = model.feasibility_program(self.problem)
        self.wishes = WishRows(self.program, limits)
        self.proven = True

    def relaxation(self) -> Relaxation | None:
        """Which wishes to give up, and what to promise instead."""
        names = list(self.wishes.wishes)
        broken = self._fewest_broken([name for name in names if not name.startswith(_KEPT_FIRST)])
        if broken is None:
            broken = self._fewest_broken(names)
        if broken is None:
            return None
        late = {name: part for name in broken if isinstance(part := self.parts.get(name), Within)}
        instead = self._least_minutes(broken, late)
        ready = set(broken) <= set(self.parts)
        kept = {name: part for name, part in self.parts.items() if name not in broken}
        kept |= {name: _eased(late[name], minutes) for name, minutes in instead.items() if minutes < math.inf}
        for name in broken:
            part = self.parts.get(name)
            if isinstance(part, ShareWithin) and ready:
                instead[name] = self._least_share_minutes(part, list(kept.values()))
                if instead[name] < math.inf:
                    kept[name] = _eased(part, instead[name])
        given_up = tuple(GivenUp(self.wishes.wishes[name], instead.get(name, math.nan)) for name in broken)
        conditions = [kept[name] for name in self.parts if name in kept]
        return Relaxation(given_up, self.asked.replace(conditions=conditions) if ready else None, self.proven)

    def _least_share_minutes(self, part: ShareWithin, kept: list[Condition]) -> float:
        """The least minutes within which the share can be, beside the conditions kept; inf for none."""
        rows = demand_rows(self.asked, part.demand, part.group)
        levels = np.unique(self.asked.allowed_costs[rows])
        levels = levels[np.isfinite(levels) & (levels > part.minutes)]
        low, high = 0, len(levels)
        while low < high:
            middle = (low + high) // 2
            eased = self.asked.replace(conditions=[*kept, _eased(part, float(levels[middle]))])
            eased = eased.with_conditions(*self.model.conditions(eased))
            wishes = WishRows(self.model.feasibility_program(eased), self.limits)
            rows_of_all = [*wishes.always, *(row for own in wishes.rows.values() for row in own)]
            run = wishes.run(rows_of_all, pulp.LpAffineExpression())
            if run.has_values:
                high = middle
            else:
                low = middle + 1
                self.proven &= run.status is Status.INFEASIBLE
        return float(levels[low]) if low < len(levels) else math.inf

    def _fewest_broken(self, soft: list[str]) -> list[str] | None:
        """The shortest list of ``soft`` wishes without which the others hold; None when none was found."""
        lp = pulp.LpProblem("elastic", pulp.LpMinimize)
        given_up = {name: lp.add_variable(f"given_up_{name}", 0, 1, pulp.LpInteger) for name in soft}
        rows = list(self.wishes.always)
        for name, own in self.wishes.rows.items():
            for row in own:
                rows.extend([row] if name not in given_up else _elastic(row, given_up[name]))
        people = {name: self._people(name) for name in soft}
        whole = max(sum(people.values()), 1e-300)
        price = linear((given_up[name], 1.0 + people[name] / whole / 2) for name in soft)
        run = self.wishes.run(rows, price)
        if not run.has_values:
            return None
        self.proven &= run.status is Status.OPTIMAL
        return [name for name in soft if value_of(given_up[name]) > 0.5]

    def _people(self, name: str) -> float:
        """Weight that a guarantee speaks of, 0 for other wishes."""
        _, _, number = name.partition("condition_")
        condition = self.problem.conditions[int(number)] if number else None
        if not isinstance(condition, Within | ShareWithin):
            return 0.0
        rows = demand_rows(self.problem, condition.demand, condition.group)
        return float(self.problem.weights[rows].sum())

    def _least_minutes(self, broken: list[str], late: dict[str, Within]) -> dict[str, float]:
        """For each guarantee that is given up, the minutes that can be kept.

        Where the model says who goes where, its own shares count (a site must have room); else any open site
        will do. Whoever can reach nothing costs more than all minutes together.
        """
        rows = [*self.wishes.always]
        rows += [row for name, own in self.wishes.rows.items() if name not in broken for row in own]
        lp = pulp.LpProblem("least_minutes", pulp.LpMinimize)
        demand = {name: self._demand(part) for name, part in late.items()}
        farthest = sum(_farthest(self.problem, row) for row in demand.values()) + 1.0
        terms: list[tuple[Term, float]] = []
        shares: dict[str, dict[int, pulp.LpVariable]] = {}
        for name, row in demand.items():
            shares[name] = self._shares(lp, rows, name, row)
            nowhere = lp.add_variable(f"nowhere_{name}", 0, 1, pulp.LpInteger)
            whole = linear([*((share, 1.0) for share in shares[name].values()), (nowhere, 1.0)])
            rows.append(pulp.LpConstraint(whole, pulp.LpConstraintEQ, f"late_{name}", 1))
            minutes = self.problem.costs[row]
            terms += [(share, float(minutes[site])) for site, share in shares[name].items()]
            terms.append((nowhere, farthest))
        run = self.wishes.run(rows, linear(terms))
        self.proven &= run.status is Status.OPTIMAL
        if not run.has_values:
            return dict.fromkeys(late, math.inf)
        return {name: self._longest(demand[name], own) for name, own in shares.items()}

    def _shares(
        self, lp: pulp.LpProblem, rows: list[pulp.LpConstraint], name: str, row: int
    ) -> dict[int, pulp.LpVariable]:
        if self.program.shares is not None:
            return self.program.shares.get(row, {})
        own = {}
        for site in np.flatnonzero(np.isfinite(self.problem.costs[row])).tolist():
            own[site] = lp.add_variable(f"late_{name}_{site}", 0, 1)
            link = linear([(own[site], 1.0), (self.program.opened(site), -1.0)])
            rows.append(pulp.LpConstraint(link, pulp.LpConstraintLE, f"late_{name}_{site}", 0))
        return own

    def _demand(self, part: Within) -> int:
        """The one demand point of a guarantee that was split."""
        return int(demand_rows(self.problem, part.demand, part.group)[0])

    def _longest(self, row: int, shares: dict[int, pulp.LpVariable]) -> float:
        used = [site for site, share in shares.items() if value_of(share) > 1e-6]
        whole = sum(value_of(shares[site]) for site in used) > 1 - 1e-6
        return float(self.problem.costs[row, used].max()) if whole else math.inf


def _eased(part: Within | ShareWithin, minutes: float) -> Within | ShareWithin:
    return replace(part, minutes=minutes, label="")


def _farthest(problem: PlacementProblem, row: int) -> float:
    minutes = problem.costs[row]
    return float(minutes[np.isfinite(minutes)].max(initial=0.0))


def _elastic(row: pulp.LpConstraint, given_up: pulp.LpVariable) -> Sequence[pulp.LpConstraint]:
    """The row as one or two that ``given_up`` switches off."""
    low = row.constant + sum(min(value * v.lowBound, value * v.upBound) for v, value in row.items())
    high = row.constant + sum(max(value * v.lowBound, value * v.upBound) for v, value in row.items())
    terms = list(row.items())
    rows = []
    if row.sense in (pulp.LpConstraintGE, pulp.LpConstraintEQ):
        loose = linear([*terms, (given_up, max(0.0, -low))])
        rows.append(pulp.LpConstraint(loose, pulp.LpConstraintGE, f"{row.name}_low", -row.constant))
    if row.sense in (pulp.LpConstraintLE, pulp.LpConstraintEQ):
        loose = linear([*terms, (given_up, -max(0.0, high))])
        rows.append(pulp.LpConstraint(loose, pulp.LpConstraintLE, f"{row.name}_high", -row.constant))
    return rows
