"""Sums that no order can change, and the tolerances of the whole room.

What the words promise:

- *Objective.* Sums over people and sites are rounded once, at the end (Shewchuk 1997, *Adaptive precision
  floating-point arithmetic*, Discrete & Computational Geometry 18, through :func:`math.fsum`). The same sites
  have the same objective to the last digit, in whatever order sites and demand points stand.
- *Optimal.* No placement that keeps every limit is better by more than :data:`PROOF_TOLERANCE` of the
  objective (an objective below 1e-3 is proven to 1e-9). Beyond that, where a pass over all swaps takes a
  second or two, no swap of one site is better by more than :data:`TIE_TOLERANCE`. A bound that an answer
  contradicts is dropped, and the answer is not called optimal.
- *Kept.* A budget, a share of people or a served weight counts as kept when it is missed by at most
  :data:`LIMIT_TOLERANCE` of itself: three times 0.1 is within 0.3. Minutes are compared as they are: a site
  exactly at the limit keeps it, one beyond by any amount does not. Room is kept like a budget by those who go
  whole to one site, and to :data:`SHARE_TOLERANCE` where demand points are split, because shares of people
  come from a linear program.
- *Tied.* Answers within :data:`TIE_TOLERANCE` of each other tie, and the first site by id is taken. Where
  sites have room, the program is written with sites and people in the order of their ids, and which of two
  equal placements it finds is its own affair: however the question is listed, it is the same one.
"""

from __future__ import annotations

import math

from optimise.arrays import FloatArray

#: Relative gap up to which an answer counts as proven: the solvers' own feasibility tolerance.
PROOF_TOLERANCE = 1e-6
#: Share of itself by which a limit may be missed and still count as kept.
LIMIT_TOLERANCE = 1e-9
#: Relative difference up to which two answers tie.
TIE_TOLERANCE = 1e-12
#: Shares of a demand point below this are rounding, not people.
SHARE_TOLERANCE = 1e-6
#: Rows that solvers keep to 1e-6 and that must be kept to :data:`LIMIT_TOLERANCE` are multiplied by this.
FINE = 1e3


def room_slack(*, single: bool) -> float:
    """Share of itself by which room may be overfull; ``single``: each demand point goes to one site."""
    return LIMIT_TOLERANCE if single else SHARE_TOLERANCE


def exact_sum(values: FloatArray) -> float:
    """The sum, rounded once."""
    return math.fsum(values.tolist())


def exact_dot(one: FloatArray, other: FloatArray) -> float:
    """The sum of products, each rounded, and their sum rounded once."""
    return math.fsum((one * other).tolist())


def within(value: float, limit: float) -> bool:
    """``value <= limit``, kept up to :data:`LIMIT_TOLERANCE`."""
    return value <= limit + LIMIT_TOLERANCE * max(1.0, abs(limit))


def tied(one: float, other: float) -> bool:
    """Equal up to :data:`TIE_TOLERANCE`; NaN ties with NaN."""
    if math.isnan(one) or math.isnan(other):
        return math.isnan(one) and math.isnan(other)
    if math.isinf(one) or math.isinf(other):
        return one == other
    return abs(one - other) <= TIE_TOLERANCE * max(1.0, abs(one), abs(other))


def better(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    """The first rank is lexicographically smaller by more than a tie; NaN is passed over."""
    for own, its in zip(one, other, strict=False):
        if not (math.isnan(own) or math.isnan(its) or tied(own, its)):
            return own < its
    return False
