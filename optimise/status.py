"""How a solve ended, which way is better, what it took, and how far the bound is."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """Outcome of a solve. Only OPTIMAL is proven."""

    OPTIMAL = "optimal"  # proven, gap within PROOF_TOLERANCE
    FEASIBLE = "feasible"  # sites found, stopped at a limit or within the gap asked for
    INTERRUPTED = "interrupted"  # stopped by the user; has sites when one incumbent was known
    INFEASIBLE = "infeasible"  # proven that no placement meets all conditions
    NO_SOLUTION = "no_solution"  # stopped at a limit before any placement was found


class Sense(StrEnum):
    """Which way the objective is better."""

    MINIMISE = "minimise"
    MAXIMISE = "maximise"

    @property
    def worst(self) -> float:
        """What any answer improves on: inf when minimising; its negative bounds nothing."""
        return math.inf if self is Sense.MINIMISE else -math.inf


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


def relative_gap(objective: float, bound: float) -> float:
    """``|objective - bound| / |objective|``, 0 below float noise, inf when either value is unknown.

    Two NaN stand for an answer with nothing to measure (nobody can be reached): no gap.
    """
    if objective == bound or (math.isnan(objective) and math.isnan(bound)):
        return 0.0
    if not (math.isfinite(objective) and math.isfinite(bound)):
        return math.inf
    distance = abs(objective - bound)
    gap = distance / max(abs(objective), 1e-10)
    return 0.0 if distance <= 1e-9 or gap <= 1e-9 else gap


def finite(value: float) -> float | None:
    """A number as JSON knows it: None for NaN and infinity."""
    return value if math.isfinite(value) else None
