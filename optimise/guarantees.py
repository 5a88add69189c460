"""Guarantees to people: nobody above T, no municipality's median above T.

They hold for demand points by id or by group, and come back in the caller's words when they cannot be kept.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from optimise.algebra import linear
from optimise.arrays import FloatArray, IntArray
from optimise.conditions import POINT, Condition, listed, unknown_names
from optimise.errors import Fault
from optimise.exact import LIMIT_TOLERANCE, SHARE_TOLERANCE, exact_dot, exact_sum
from optimise.placed import Placed
from optimise.problem import PlacementProblem
from optimise.sentences import Sentence

if TYPE_CHECKING:
    from optimise.program import SiteProgram

_FLOAT_SLACK = 1e-9
#: Minutes beyond a promise up to which the way to it is told apart.
_FAR = 1e4

#: Rows that sum weight are scaled to this; see :mod:`optimise.service`.
SCALED_WEIGHT = 1e4


@dataclass(frozen=True)
class Within(Condition):
    """Nobody above ``minutes``: each of these demand points is served within them.

    Attributes:
        minutes: the guarantee; a site exactly that far away keeps it.
        demand: ids of the demand points, or None for the whole ``group``, or for everybody.
        group: label in ``problem.demand_groups``.
        label: the caller's words.
    """

    promises: ClassVar[bool] = True
    minutes: float
    demand: tuple[Hashable, ...] | None = None
    group: Hashable | None = None
    label: str = ""

    def words(self) -> str:
        """See :meth:`Condition.words`."""
        return self.label or Sentence(
            "opt.wish.guarantee",
            "guarantee {minutes:g} min for {who}",
            minutes=self.minutes,
            who=_who(self.demand, self.group),
        )

    def faults(self, problem: PlacementProblem) -> list[Fault]:
        """See :meth:`Condition.faults`."""
        return _demand_faults(self.words(), self.demand, self.group, problem)

    def impose(self, program: SiteProgram, name: str) -> None:
        """See :meth:`Condition.impose`."""
        rows = demand_rows(program.problem, self.demand, self.group)
        for own in program.alike(rows, self.minutes):
            program.add(program.covered(own[0], self.minutes) >= 1, f"{name}_{own[0]}")

    def broken(self, problem: PlacementProblem, placed: Placed) -> list[str]:
        """See :meth:`Condition.broken`."""
        rows = demand_rows(problem, self.demand, self.group)
        late = rows[placed.within(problem, self.minutes)[rows] < 1 - SHARE_TOLERANCE]
        return [
            Sentence(
                "opt.broken.beyond",
                "{wish}: {point} is beyond",
                wish=self.words(),
                point=problem.demand_ids[row],
            )
            for row in late.tolist()
        ]

    def size(self, problem: PlacementProblem) -> int:
        """See :meth:`Condition.size`."""
        return len(demand_rows(problem, self.demand, self.group))

    def promised(self, problem: PlacementProblem) -> tuple[FloatArray, float, float] | None:
        """See :meth:`Condition.promised`: every demand point counts one."""
        rows = demand_rows(problem, self.demand, self.group)
        counts = np.zeros(problem.n_demand)
        counts[rows] = 1.0
        return counts, self.minutes, float(len(rows))

    def shortfall(self, problem: PlacementProblem, minutes: FloatArray) -> float:
        """People beyond, and a little for how far."""
        own = minutes[demand_rows(problem, self.demand, self.group)]
        late = own[own > self.minutes]
        return float(len(late) + np.minimum(late - self.minutes, _FAR).sum() / _FAR)

    def parts(self, problem: PlacementProblem) -> tuple[Condition, ...]:
        """One guarantee for each demand point."""
        rows = demand_rows(problem, self.demand, self.group).tolist()
        return tuple(
            replace(self, demand=(problem.demand_ids[row],), group=None, label=self._part_label(problem, row))
            for row in rows
        )

    def _part_label(self, problem: PlacementProblem, row: int) -> str:
        name = problem.demand_ids[row]
        if not self.label or self.demand == (name,):
            return self.label
        return Sentence("opt.wish.part", "{label}: {name}", label=self.label, name=name)


@dataclass(frozen=True)
class ShareWithin(Condition):
    """At least ``share`` of the weight of these demand points is served within ``minutes``.

    With ``share=0.5`` this says that the weighted median is not above ``minutes``. The unreachable count as
    beyond it.

    Attributes:
        minutes: see the summary.
        share: between 0 and 1.
        demand: ids of the demand points, or None for the whole ``group``, or for everybody.
        group: label in ``problem.demand_groups``.
        label: the caller's words.
    """

    promises: ClassVar[bool] = True
    minutes: float
    share: float = 0.5
    demand: tuple[Hashable, ...] | None = None
    group: Hashable | None = None
    label: str = ""

    def words(self) -> str:
        """See :meth:`Condition.words`."""
        who = _who(self.demand, self.group)
        if self.label:
            return self.label
        if self.share == 0.5:
            return Sentence(
                "opt.wish.median", "median of {who} at most {minutes:g} min", who=who, minutes=self.minutes
            )
        return Sentence(
            "opt.wish.share",
            "{share:.0%} of {who} within {minutes:g} min",
            share=self.share,
            who=who,
            minutes=self.minutes,
        )

    def faults(self, problem: PlacementProblem) -> list[Fault]:
        """See :meth:`Condition.faults`."""
        found = _demand_faults(self.words(), self.demand, self.group, problem)
        if not 0 <= self.share <= 1:
            found.append(Fault("the share must be between 0 and 1", self.words(), value=str(self.share)))
        return found

    def impose(self, program: SiteProgram, name: str) -> None:
        """See :meth:`Condition.impose`."""
        problem = program.problem
        rows = demand_rows(problem, self.demand, self.group)
        weight = float(problem.weights[rows].sum())
        terms = []
        for own in program.alike(rows[problem.weights[rows] > 0], self.minutes, always=False):
            inside = program.variable(f"{name}_in_{own[0]}", upper=1.0)
            program.add(inside - program.covered(own[0], self.minutes) <= 0, f"{name}_{own[0]}")
            terms.append((inside, SCALED_WEIGHT * float(problem.weights[own].sum()) / weight))
        if weight > 0:
            program.add(linear(terms) >= SCALED_WEIGHT * (self.share - _FLOAT_SLACK), f"{name}_share")

    def broken(self, problem: PlacementProblem, placed: Placed) -> list[str]:
        """See :meth:`Condition.broken`."""
        rows = demand_rows(problem, self.demand, self.group)
        weight = exact_sum(problem.weights[rows])
        if weight == 0:
            return []
        share = exact_dot(problem.weights[rows], placed.within(problem, self.minutes)[rows]) / weight
        slack = LIMIT_TOLERANCE if placed.shares is None else SHARE_TOLERANCE
        return (
            []
            if share >= self.share - slack
            else [
                Sentence("opt.broken.share", "{wish}: {share:.1%} are within", wish=self.words(), share=share)
            ]
        )

    def size(self, problem: PlacementProblem) -> int:
        """See :meth:`Condition.size`."""
        return len(demand_rows(problem, self.demand, self.group))

    def promised(self, problem: PlacementProblem) -> tuple[FloatArray, float, float] | None:
        """See :meth:`Condition.promised`: demand points count their weight."""
        rows = demand_rows(problem, self.demand, self.group)
        counts = np.zeros(problem.n_demand)
        counts[rows] = problem.weights[rows]
        return counts, self.minutes, (self.share - LIMIT_TOLERANCE) * exact_sum(problem.weights[rows])

    def shortfall(self, problem: PlacementProblem, minutes: FloatArray) -> float:
        """The share that is missing."""
        rows = demand_rows(problem, self.demand, self.group)
        weight = exact_sum(problem.weights[rows])
        if weight == 0:
            return 0.0
        share = float(problem.weights[rows] @ (minutes[rows] <= self.minutes)) / weight
        return max(0.0, self.share - LIMIT_TOLERANCE - share)


def for_each_group(problem: PlacementProblem, condition: Within | ShareWithin) -> tuple[Condition, ...]:
    """The same guarantee for every label of ``problem.demand_groups`` ("no median above T")."""
    labels = dict.fromkeys(problem.demand_groups or ())
    return tuple(replace(condition, demand=None, group=label) for label in labels)


def demand_rows(
    problem: PlacementProblem, demand: Iterable[Hashable] | None, group: Hashable | None
) -> IntArray:
    """Positions of the demand points that a condition speaks of."""
    if demand is not None:
        rows = [problem.demand_position[name] for name in dict.fromkeys(demand)]
        return np.asarray(rows, dtype=np.int64)
    if group is None:
        return np.arange(problem.n_demand)
    return problem.demand_group_rows.get(group, np.zeros(0, dtype=np.int64))


def _demand_faults(
    words: str, demand: tuple[Hashable, ...] | None, group: Hashable | None, problem: PlacementProblem
) -> list[Fault]:
    found = [] if demand is None else unknown_names(words, demand, problem.demand_position, POINT)
    if group is not None and group not in (problem.demand_groups or ()):
        found.append(Fault("no demand point has this group", words, value=str(group)))
    return found


def _who(demand: tuple[Hashable, ...] | None, group: Hashable | None) -> str:
    if demand is not None:
        return listed(demand)
    return Sentence("opt.everybody", "everybody") if group is None else str(group)
