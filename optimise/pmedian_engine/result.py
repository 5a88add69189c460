"""What the engine gives back: sites, objective, bound, and what proved it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

from optimise.arrays import FloatArray, IntArray
from optimise.solution import Status, relative_gap


class Proof(StrEnum):
    """What closed the gap: the strongest tool that was needed."""

    NONE = "none"  # the gap is open
    LAGRANGIAN = "lagrangian"  # the bound of one set of multipliers, with what it decides about sites
    ENUMERATION = "enumeration"  # Lagrangian branch and bound
    MIP = "mip"  # HiGHS on reduced radius programs


@dataclass(frozen=True, eq=False, slots=True)
class EngineResult:
    """A p-median placement with its proof.

    Attributes:
        status: OPTIMAL only when the gap is closed; FEASIBLE at a limit, INTERRUPTED after Ctrl-C.
        chosen: columns of the open sites, ascending; empty when there is none.
        assignment: (n_rows,) column that serves each row, -1 for rows that none serves.
        objective: weighted cost, recomputed in float64 from sites and costs; NaN without sites.
        lower_bound: no placement costs less; it holds for the full matrix.
        proof: what closed the gap.
        multipliers: (n_rows,) Lagrangian multipliers of the root bound.
        root_bound: the bound that these multipliers give on the full matrix.
        stages: wall seconds of each stage.
        memory_mb: working memory that was estimated beforehand.
        notes: what the user should know, one sentence each.
    """

    status: Status
    chosen: IntArray
    assignment: IntArray
    objective: float
    lower_bound: float
    proof: Proof
    multipliers: FloatArray
    root_bound: float
    stages: dict[str, float] = field(default_factory=dict)
    memory_mb: float = 0.0
    notes: tuple[str, ...] = ()

    @property
    def gap(self) -> float:
        """Relative distance between objective and bound, 0 or more; inf when either is unknown."""
        return relative_gap(self.objective, self.lower_bound)

    @property
    def unserved(self) -> IntArray:
        """Rows that no open site serves."""
        return np.flatnonzero(self.assignment < 0)
