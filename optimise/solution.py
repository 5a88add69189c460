"""What a solve gives back: outcome, sites, who is served from where, and how sure it is."""

from __future__ import annotations

import math
from collections.abc import Hashable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import numpy as np

from optimise.problem import FloatArray, IntArray, PlacementProblem

if TYPE_CHECKING:
    from optimise.models.base import Model

#: Relative gap up to which an answer counts as proven: the solvers' own feasibility tolerance.
PROOF_TOLERANCE = 1e-6


class Status(StrEnum):
    """Outcome of a solve. Only OPTIMAL is proven."""

    OPTIMAL = "optimal"  # proven, gap within PROOF_TOLERANCE
    FEASIBLE = "feasible"  # sites found, stopped at a limit or within the gap asked for
    INTERRUPTED = "interrupted"  # stopped by the user; has sites when one incumbent was known
    INFEASIBLE = "infeasible"  # proven that no placement meets all conditions
    NO_SOLUTION = "no_solution"  # stopped at a limit before any placement was found

    @property
    def has_answer(self) -> bool:
        """True where sites can be expected."""
        return self in {Status.OPTIMAL, Status.FEASIBLE}


class Sense(StrEnum):
    """Which way the objective is better."""

    MINIMISE = "minimise"
    MAXIMISE = "maximise"


@dataclass(frozen=True, slots=True)
class Timings:
    """CPU-independent wall seconds of the parts of a solve."""

    build_s: float = 0.0
    solve_s: float = 0.0
    verify_s: float = 0.0

    @property
    def total_s(self) -> float:
        """All parts together."""
        return self.build_s + self.solve_s + self.verify_s


@dataclass(frozen=True, eq=False, slots=True)
class Unserved:
    """Demand points without a site, by the reason; the three do not overlap.

    Attributes:
        unreachable: positions of demand points that no open site reaches.
        over_capacity: positions that an open site reaches, but none has room for.
        beyond_threshold: positions that an open site reaches, but none within the threshold of the model.
    """

    unreachable: IntArray
    over_capacity: IntArray
    beyond_threshold: IntArray

    @classmethod
    def none(cls) -> Unserved:
        """Nobody is unserved."""
        empty = np.zeros(0, dtype=np.int64)
        return cls(empty, empty, empty)

    def weights(self, problem: PlacementProblem) -> dict[str, float]:
        """Summed weight for each reason."""
        return {
            reason: float(problem.weights[getattr(self, reason)].sum())
            for reason in ("unreachable", "over_capacity", "beyond_threshold")
        }


@dataclass(frozen=True, eq=False)
class Solution:
    """A placement with its proof.

    Attributes:
        status: the outcome; :attr:`Status.OPTIMAL` alone means proven.
        problem: what was asked.
        model: how it was asked.
        objective: value in the model's unit (weighted mean minutes for the p-median); NaN without sites.
        total: the objective before dividing by the weight (weighted minutes); NaN where it has no meaning.
        bound: no placement can be better than this; a lower bound when minimising, an upper when maximising.
        chosen: positions of all open sites (existing and required ones included), ascending.
        assignment: (n_demand,) position of the site that serves each demand point, -1 for none.
        unserved: the demand points without a site, by reason.
        timings: seconds of the parts.
        solver: which solver ran, with its version.
        formulation: which model formulation was solved.
        proof: one sentence that says what the bound rests on.
        conflicts: for an infeasible problem, the conditions that cannot hold together, in the caller's words.
        figures: further figures of the model, by name.
    """

    status: Status
    problem: PlacementProblem
    model: Model
    objective: float
    total: float
    bound: float
    chosen: IntArray
    assignment: IntArray
    unserved: Unserved
    timings: Timings
    solver: str
    formulation: str
    proof: str
    conflicts: tuple[str, ...] = ()
    figures: dict[str, float] = field(default_factory=dict)

    @property
    def gap(self) -> float:
        """Relative distance between objective and bound, 0 or more; inf when either is unknown."""
        return relative_gap(self.objective, self.bound)

    @property
    def lower_bound(self) -> float:
        """Lower bound of the optimal objective: ``bound`` when minimising, the objective when maximising."""
        return self.bound if self.model.sense is Sense.MINIMISE else self.objective

    @property
    def chosen_ids(self) -> tuple[Hashable, ...]:
        """Ids of all open sites."""
        return tuple(self.problem.site_ids[site] for site in self.chosen.tolist())

    @property
    def opened_ids(self) -> tuple[Hashable, ...]:
        """Ids of the open sites that are not existing ones."""
        return tuple(
            self.problem.site_ids[site]
            for site in self.chosen.tolist()
            if self.problem.roles[site].value != "existing"
        )

    @property
    def travel_min(self) -> FloatArray:
        """(n_demand,) cost from each demand point to the site that serves it; NaN for the unserved."""
        rows = np.arange(self.problem.n_demand)
        served = self.assignment >= 0
        costs = self.problem.costs[rows, np.where(served, self.assignment, 0)]
        return np.where(served, costs, np.nan)

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON: ids instead of positions, None instead of NaN, inf and -1."""
        ids = self.problem.site_ids
        return {
            "status": self.status.value,
            "model": self.model.name,
            "objective": _finite(self.objective),
            "total": _finite(self.total),
            "lower_bound": _finite(self.lower_bound),
            "bound": _finite(self.bound),
            "gap": _finite(self.gap),
            "chosen": [ids[site] for site in self.chosen.tolist()],
            "assignment": [ids[site] if site >= 0 else None for site in self.assignment.tolist()],
            "unserved": self.unserved.weights(self.problem),
            "solver": self.solver,
            "formulation": self.formulation,
            "proof": self.proof,
            "conflicts": list(self.conflicts),
            "figures": {name: _finite(value) for name, value in self.figures.items()},
            "build_s": self.timings.build_s,
            "solve_s": self.timings.solve_s,
        }


def relative_gap(objective: float, bound: float) -> float:
    """``|objective - bound| / |objective|``, 0 below float noise, inf when either value is unknown.

    Two NaN stand for an answer with nothing to measure (nobody can be reached): no gap.
    """
    if math.isnan(objective) and math.isnan(bound):
        return 0.0
    if not (math.isfinite(objective) and math.isfinite(bound)):
        return math.inf
    distance = abs(objective - bound)
    gap = distance / max(abs(objective), 1e-10)
    return 0.0 if distance <= 1e-9 or gap <= 1e-9 else gap


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
