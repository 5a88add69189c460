"""What a solve gives back: outcome, sites, who is served from where, and how sure it is."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from optimise.arrays import FloatArray, IntArray
from optimise.brief import OneLine
from optimise.engine_use import NO_SEARCH, EngineUse
from optimise.exact import SHARE_TOLERANCE
from optimise.placed import Placed
from optimise.problem import PlacementProblem
from optimise.status import Sense, Status, Timings, finite, relative_gap

if TYPE_CHECKING:
    from optimise.conflicts import Conflict
    from optimise.models.base import Model


@dataclass(frozen=True, eq=False, slots=True, repr=False)
class Unserved(OneLine):
    """Demand that no site serves, by reason; a demand point has one reason.

    Attributes:
        unreachable: positions of demand points that no open site reaches; in models that cover within a
            radius, that no allowed site reaches.
        over_capacity: positions that an open site reaches, but none has room for (all of) them.
        beyond_threshold: positions that a site reaches, but no open one within the threshold of the model.
        shares: (n_demand,) share of each demand point that is not served.
    """

    unreachable: IntArray
    over_capacity: IntArray
    beyond_threshold: IntArray
    shares: FloatArray

    def weights(self, problem: PlacementProblem) -> dict[str, float]:
        """Unserved weight for each reason; with the served weight it sums to the whole weight."""
        lost = problem.weights * self.shares
        return {
            "unreachable": float(lost[self.unreachable].sum()),
            "over_capacity": float(lost[self.over_capacity].sum()),
            "beyond_threshold": float(lost[self.beyond_threshold].sum()),
        }


@dataclass(frozen=True, eq=False, repr=False)
class Solution(OneLine):
    """A placement with its proof.

    Attributes:
        status: the outcome; :attr:`Status.OPTIMAL` alone means proven.
        problem: what was asked.
        model: how it was asked.
        placed: sites, assignment, units and shares, in the problem's positions; None when none was found.
        objective: value in the model's unit (weighted mean minutes for the p-median); NaN without sites.
        total: the objective before dividing by the weight (weighted minutes); NaN where it has no meaning.
        bound: no placement can be better than this; a lower bound when minimising, an upper when maximising.
        timings: seconds of the parts.
        solver: which solver ran, with its version.
        formulation: which model formulation was solved.
        proof: one sentence that says what the bound rests on.
        conflicts: for an infeasible problem, what cannot hold together, in the caller's words.
        figures: further figures of the model, by name.
        engine: whether the large-scale engine answered, and if not, or not alone, why.
    """

    status: Status
    problem: PlacementProblem
    model: Model
    placed: Placed | None
    objective: float
    total: float
    bound: float
    timings: Timings
    solver: str
    formulation: str
    proof: str
    conflicts: tuple[Conflict, ...] = ()
    figures: dict[str, float] = field(default_factory=dict)
    engine: EngineUse = NO_SEARCH

    @property
    def gap(self) -> float:
        """Relative distance between objective and bound, 0 or more; inf when either is unknown."""
        return relative_gap(self.objective, self.bound)

    @property
    def lower_bound(self) -> float:
        """Lower bound of the optimal objective: ``bound`` when minimising, the objective when maximising."""
        return self.bound if self.model.sense is Sense.MINIMISE else self.objective

    @property
    def chosen(self) -> IntArray:
        """Positions of all open sites, existing and required ones included, ascending."""
        return np.flatnonzero(self.placed.sites) if self.placed else np.zeros(0, dtype=np.int64)

    @property
    def chosen_ids(self) -> tuple[Hashable, ...]:
        """Ids of all open sites."""
        return self._ids(self.chosen)

    @property
    def opened_ids(self) -> tuple[Hashable, ...]:
        """Ids of the open sites that do not exist today."""
        return self._ids(self.chosen[~self.problem.existing[self.chosen]])

    @property
    def closed_ids(self) -> tuple[Hashable, ...]:
        """Ids of the existing sites that the answer closes."""
        if self.placed is None:
            return ()
        return self._ids(np.flatnonzero(self.problem.existing & ~self.placed.sites))

    @property
    def assignment(self) -> IntArray:
        """(n_demand,) position of the site that serves each demand point (the largest share), -1 for none."""
        return self.placed.assignment if self.placed else np.full(self.problem.n_demand, -1, dtype=np.int64)

    @property
    def units(self) -> IntArray | None:
        """(n_sites,) units at each site, for models that place units."""
        return self.placed.units if self.placed else None

    @property
    def travel_min(self) -> FloatArray:
        """(n_demand,) minutes to the serving site, the mean over shares when split; NaN for the unserved."""
        if self.placed is None:
            return np.full(self.problem.n_demand, np.nan)
        minutes = self.placed.minutes(self.problem)
        return np.where(np.isfinite(minutes), minutes, np.nan)

    @property
    def unserved(self) -> Unserved:
        """The demand that no site serves, by reason."""
        return unserved_by_reason(self.problem, self.placed, within=self.model.covers_within)

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON: ids instead of positions, None instead of NaN, inf and "not served"."""
        ids = self.problem.site_ids
        units = self.units
        return {
            "status": self.status.value,
            "model": self.model.name,
            "objective": finite(self.objective),
            "total": finite(self.total),
            "lower_bound": finite(self.lower_bound),
            "bound": finite(self.bound),
            "gap": finite(self.gap),
            "chosen": list(self.chosen_ids),
            "assignment": [ids[site] if site >= 0 else None for site in self.assignment.tolist()],
            "units": None
            if units is None
            else {str(ids[site]): int(units[site]) for site in self.chosen.tolist()},
            "unserved": self.unserved.weights(self.problem),
            "solver": self.solver,
            "formulation": self.formulation,
            "proof": self.proof,
            "engine": self.engine.to_dict(),
            "conflicts": [str(conflict) for conflict in self.conflicts],
            "figures": {name: finite(value) for name, value in self.figures.items()},
            "build_s": self.timings.build_s,
            "solve_s": self.timings.solve_s,
        }

    def _ids(self, positions: IntArray) -> tuple[Hashable, ...]:
        return tuple(self.problem.site_ids[site] for site in positions.tolist())


def unserved_by_reason(problem: PlacementProblem, placed: Placed | None, *, within: bool = False) -> Unserved:
    """Split the unserved into unreachable, over capacity and beyond the threshold.

    Where the model covers ``within`` a radius, whom any allowed site reaches later is beyond it, open or not.
    """
    empty = np.zeros(0, dtype=np.int64)
    if placed is None:
        return Unserved(empty, empty, empty, np.zeros(problem.n_demand))
    lost = np.clip(1.0 - placed.served(), 0.0, 1.0)
    lost[lost <= SHARE_TOLERANCE] = 0.0
    reached = ~problem.unreachable if within else np.isfinite(placed.nearest_min(problem))
    unreachable = np.flatnonzero((lost > 0) & ~reached)
    others = np.flatnonzero((lost > 0) & reached)
    assigns = placed.shares is not None
    return Unserved(unreachable, others if assigns else empty, empty if assigns else others, lost)
