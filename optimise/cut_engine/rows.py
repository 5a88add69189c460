"""Everybody's minutes for shares of sites, and what a site saves: the loops behind a cut.

For shares ``0 <= y_j <= 1`` of the free sites, demand point ``i`` takes the nearest of them until it is
served once, and its cap for the rest: ``t_i(y)``, the minutes of the strong linear relaxation. For any
``u_i`` (taken: the cost of the last site it took of)::

    t_i(y) >= u_i + sum_j min(0, c_ij - u_i) y_j

with equality at the ``y`` where ``u_i`` was read off (Cornuejols, Nemhauser and Wolsey 1980, *A canonical
representation of simple plant location problems and its applications*, SIAM Journal on Algebraic and
Discrete Methods 1).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimise.arrays import FloatArray, IntArray
from optimise.compiled import Int32Array, compiled
from optimise.pmedian_engine.conditioned import surely_open
from optimise.problem import PlacementProblem

#: Pairs that are sorted at a time.
_BLOCK = 1_000_000
#: What is missing of being served once by rounding only.
_WHOLE = 1e-12


@dataclass(frozen=True, eq=False, slots=True)
class Rows:
    """The free sites that are nearer than the cap of each demand point, the nearest first.

    Attributes:
        people: (n_rows,) demand points.
        first: (n_rows + 1,) where each row begins.
        sites: (n_pairs,) place of each pair's site among the free ones.
        costs: (n_pairs,) minutes.
        caps: (n_rows,) minutes where no listed site is open; inf where one always is.
    """

    people: IntArray
    first: IntArray
    sites: Int32Array
    costs: FloatArray
    caps: FloatArray

    @classmethod
    def of(cls, problem: PlacementProblem, people: IntArray) -> Rows:
        """The rows of ``people``, each of whom some allowed site reaches."""
        free, secured = np.flatnonzero(problem.free), np.flatnonzero(problem.always_open)
        known = surely_open(problem)
        caps = np.empty(len(people))
        lengths: list[IntArray] = [np.zeros(1, dtype=np.int64)]
        sites: list[Int32Array] = []
        costs: list[FloatArray] = []
        step = max(1, _BLOCK // max(problem.n_sites, 1))
        for begin in range(0, len(people), step):
            own = people[begin : begin + step]
            least = problem.costs[np.ix_(own, secured)].min(axis=1, initial=np.inf)
            for others, most_closed in known:
                beside = np.partition(problem.costs[np.ix_(own, others)], most_closed, axis=1)
                least = np.minimum(least, beside[:, most_closed])
            block = problem.costs[np.ix_(own, free)]
            block[block >= least[:, None]] = np.inf
            order = np.argsort(block, axis=1, kind="stable")
            ordered = np.take_along_axis(block, order, axis=1)
            used = np.isfinite(ordered)
            lengths.append(used.sum(axis=1))
            sites.append(order[used].astype(np.int32))
            costs.append(ordered[used])
            caps[begin : begin + step] = least
        return cls(
            people,
            np.cumsum(np.concatenate(lengths)),
            np.concatenate([np.zeros(0, dtype=np.int32), *sites]),
            np.concatenate([np.zeros(0), *costs]),
            caps,
        )

    def served(self, shares: FloatArray) -> tuple[FloatArray, FloatArray]:
        """(n_rows,) minutes for (n_free,) shares of the sites, and the minutes of the last site taken of."""
        minutes, last = np.empty(len(self.caps)), np.empty(len(self.caps))
        fill(self.first, self.sites, self.costs, self.caps, shares, minutes, last)
        return minutes, last

    def worth(self, last: FloatArray, rates: FloatArray, n_free: int) -> tuple[float, FloatArray]:
        """A constant and (n_free,) what opening each site adds: at most the minutes at these ``rates``."""
        return saved(self.first, self.sites, self.costs, last, rates, n_free)


@dataclass(frozen=True, eq=False, slots=True)
class Cut:
    """``constant + worth @ y`` is at most the objective everywhere; ``value`` is what it is at one ``y``."""

    value: float
    constant: float
    worth: FloatArray


def means_cut(rows: Rows, rates: FloatArray, shares: FloatArray) -> Cut:
    """The cut of ``rates @ minutes``, tight at ``shares``."""
    minutes, last = rows.served(shares)
    constant, worth = rows.worth(last, rates, len(shares))
    return Cut(float(rates @ minutes), constant, worth)


@compiled
def fill(
    first: IntArray,
    sites: Int32Array,
    costs: FloatArray,
    caps: FloatArray,
    shares: FloatArray,
    minutes: FloatArray,
    last: FloatArray,
) -> None:
    """See :meth:`Rows.served`; fills ``minutes`` and ``last``."""
    for row in range(len(caps)):
        left, total, reached = 1.0, 0.0, caps[row]
        for pair in range(first[row], first[row + 1]):
            share = min(shares[sites[pair]], left)
            total += share * costs[pair]
            left -= share
            if left <= _WHOLE:
                left, reached = 0.0, costs[pair]
                break
        if left > 0.0:
            if np.isinf(reached):
                reached = costs[first[row + 1] - 1]
            total += left * reached
        minutes[row], last[row] = total, reached


@compiled
def saved(
    first: IntArray,
    sites: Int32Array,
    costs: FloatArray,
    last: FloatArray,
    rates: FloatArray,
    n_free: int,
) -> tuple[float, FloatArray]:
    """See :meth:`Rows.worth`."""
    worth = np.zeros(n_free)
    total = 0.0
    for row in range(len(last)):
        rate = rates[row]
        if rate == 0.0:
            continue
        total += rate * last[row]
        for pair in range(first[row], first[row + 1]):
            if costs[pair] >= last[row]:
                break
            worth[sites[pair]] += rate * (costs[pair] - last[row])
    return total, worth
