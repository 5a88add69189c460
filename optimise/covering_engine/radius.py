"""The p-center by threshold search: the least radius at which so many sites cover everybody.

The answer is one of the costs (Minieka 1970, *The m-center problem*, SIAM Review 12), so bisect over the
distinct costs between a lower and an upper bound, each time asking a set covering question (Calik and Tansel
2013, *Double bound method for solving the p-center location problem*, Computers and Operations Research 40).
Most questions are settled by reductions and bounds; the rest by branch and cut on a core. As in Gaar
and Sinnl (2022), *A scaleable projection-based branch-and-cut algorithm for the p-center problem*, European
Journal of Operational Research 303, costs up to the lower bound are all alike.

Large demand goes by row generation (Chen and Chen 2009, *New relaxation-based algorithms for the optimal
solution of the continuous and discrete p-center problems*, Computers and Operations Research 36): the least
radius of some demand points is a lower bound for all, and whoever is left beyond it joins them.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from optimise.arrays import FloatArray, IntArray
from optimise.covering_engine.bitsets import group_equal, packed
from optimise.covering_engine.set_cover import Effort, Proof, can_cover
from optimise.running import Limits
from optimise.status import Status

#: Above so many demand points rows are generated; so many join at a time.
_ROWS_AT_ONCE = 1500
_JOIN = 150
#: Seconds of branch and cut, and of HiGHS, where the first nodes settled nothing; then four times as many.
_FIRST_PROGRAM_S = 4.0
_MOST_SWAPS = 64_000


@dataclass(frozen=True, eq=False, slots=True)
class Radius:
    """The least radius, and how it was proven.

    Attributes:
        status: OPTIMAL, FEASIBLE or INTERRUPTED with sites, INFEASIBLE, or NO_SOLUTION.
        columns: open columns beyond those that are always open.
        value: the radius of these columns; NaN without any.
        bound: no ``n_open`` columns have a smaller radius.
        questions: how many covering questions each kind of proof settled.
        solver_s: wall seconds in HiGHS.
    """

    status: Status
    columns: IntArray
    value: float
    bound: float
    questions: dict[Proof, int] = field(default_factory=dict)
    solver_s: float = 0.0


class RadiusSearch:
    """Bisection over the costs of one problem.

    Args:
        costs: (n_rows, n_columns) costs of the columns that may be opened; inf is unreachable.
        base: (n_rows,) cost to the nearest column that is always open; inf for none.
        n_open: how many columns may be opened.
        limits: what may be spent.
        reduce: False leaves the reductions out.
    """

    def __init__(
        self, costs: FloatArray, base: FloatArray, n_open: int, limits: Limits, *, reduce: bool = True
    ) -> None:
        self.costs, self.base, self.n_open, self.limits = costs, base, n_open, limits
        self.reduce = reduce
        self.questions: dict[Proof, int] = {}
        self.solver_s = 0.0
        self.columns = farthest_first(costs, base, n_open)
        self.value = self._radius(self.columns)
        self.bound = 0.0
        self.first, self.last = 0, 0

    def outcome(self) -> Radius:
        """The least radius of all rows; Ctrl-C gives the best so far."""
        nearest = np.minimum(self.base, self.costs.min(axis=1, initial=math.inf))
        self.bound = float(nearest.max())
        try:
            if self.n_open == 0 or len(self.costs) <= _ROWS_AT_ONCE:
                status = self._bisect()
            else:
                status = self._by_rows(nearest)
        except KeyboardInterrupt:
            status = Status.INTERRUPTED
        if math.isinf(self.value):
            if status is not Status.INTERRUPTED:
                status = Status.INFEASIBLE if status is Status.OPTIMAL else Status.NO_SOLUTION
            return Radius(status, self.columns[:0], math.nan, self.bound, self.questions, self.solver_s)
        status = Status.FEASIBLE if status is Status.NO_SOLUTION else status
        return Radius(status, self.columns, self.value, self.bound, self.questions, self.solver_s)

    def _by_rows(self, nearest: FloatArray) -> Status:
        rows = _hard_rows(self.costs, self.base, nearest, self.n_open)
        while True:
            part = RadiusSearch(
                self.costs[rows], self.base[rows], self.n_open, self.limits, reduce=self.reduce
            )
            part.questions, part.bound = self.questions, self.bound
            status = part._bisect()
            self.bound = part.bound
            self.solver_s += part.solver_s
            least = self._least(part.columns)
            self._offer(part.columns, float(least.max()))
            if status is not Status.OPTIMAL or math.isinf(part.value) or self.value <= self.bound:
                return status
            beyond = np.flatnonzero(least > self.bound)
            farthest = beyond[np.argsort(-least[beyond], kind="stable")]
            rows = np.union1d(rows, _spread(farthest, self.costs, self.bound))

    def _bisect(self) -> Status:
        """Bisect over the costs from the bound until it meets the value, each round with more effort.

        A question that the effort does not settle is left for later: whatever is settled above and below it
        may make it needless, and covering is easier the farther the radius is from the answer.
        """
        own = np.concatenate([self.costs.ravel(), self.base])
        levels = np.unique(own[(own >= self.bound) & (own <= self.value) & np.isfinite(own)])
        self.first, self.last = 0, len(levels) - 1 if math.isfinite(self.value) else len(levels)
        for effort in _efforts():
            unsettled: set[int] = set()
            for upwards in (False, True):
                status = self._round(levels, effort, unsettled, upwards=upwards)
                if status is not Status.OPTIMAL:
                    return status
            if self.first >= self.last:
                break
        self.bound = float(levels[self.first]) if self.first < len(levels) else math.inf
        return Status.OPTIMAL

    def _round(self, levels: FloatArray, effort: Effort, unsettled: set[int], *, upwards: bool) -> Status:
        """One bisection; what is not settled counts as coverable, or as not coverable (``upwards``)."""
        low, high = self.first, self.last
        while low < high:
            middle = (low + high) // 2
            status = Status.NO_SOLUTION if middle in unsettled else self._ask(float(levels[middle]), effort)
            if status is Status.INFEASIBLE:
                self.first = low = middle + 1
                self.bound = float(levels[low]) if low < len(levels) else math.inf
            elif status is Status.OPTIMAL:
                self.last = high = int(np.searchsorted(levels, self.value))
            elif status is Status.INTERRUPTED or time.monotonic() > self.limits.deadline:
                return status
            else:
                unsettled.add(middle)
                low, high = (middle + 1, high) if upwards else (low, middle)
        return Status.OPTIMAL

    def _ask(self, radius: float, effort: Effort) -> Status:
        left = self.base > radius
        near = self.costs[left] <= radius
        cover = can_cover(near, self.n_open, self.limits, reduce=self.reduce, effort=effort)
        self.questions[cover.proof] = self.questions.get(cover.proof, 0) + 1
        self.solver_s += cover.solver_s
        if cover.status is Status.OPTIMAL:
            self._offer(cover.columns, self._radius(cover.columns))
        return cover.status

    def _offer(self, columns: IntArray, value: float) -> None:
        if value < self.value or not math.isfinite(self.value):
            self.columns, self.value = columns, value

    def _least(self, columns: IntArray) -> FloatArray:
        return np.asarray(np.minimum(self.base, self.costs[:, columns].min(axis=1, initial=math.inf)))

    def _radius(self, columns: IntArray) -> float:
        return float(self._least(columns).max(initial=0.0))


def _efforts() -> Iterator[Effort]:
    """Some nodes first, then more and more seconds."""
    yield Effort(program_s=0.0)
    seconds, swaps = _FIRST_PROGRAM_S, 4_000
    while True:
        yield Effort(swaps, seconds)
        seconds, swaps = 4 * seconds, min(2 * swaps, _MOST_SWAPS)


def farthest_first(costs: FloatArray, base: FloatArray, n_open: int) -> IntArray:
    """Columns of a first placement: again and again the column nearest to the row that is farthest off.

    Gonzalez (1985), *Clustering to minimize the maximum intercluster distance*, Theoretical Computer
    Science 38, where it is within twice the optimum.
    """
    least = base.copy()
    chosen: list[int] = []
    for _ in range(min(n_open, costs.shape[1])):
        row = int(least.argmax())
        column = int(costs[row].argmin())
        if not costs[row, column] < least[row]:
            break
        chosen.append(column)
        least = np.minimum(least, costs[:, column])
    return np.array(chosen, dtype=np.int64)


def _hard_rows(costs: FloatArray, base: FloatArray, nearest: FloatArray, n_open: int) -> IntArray:
    """Rows to begin with: those that are far from any column, and some that are far from each other."""
    least = base.copy()
    rows = [int(nearest.argmax())]
    for _ in range(min(2 * n_open + 20, len(costs) - 1)):
        row = int(least.argmax())
        column = int(costs[row].argmin())
        if not costs[row, column] < least[row]:
            break
        rows.append(row)
        least = np.minimum(least, costs[:, column])
    return np.unique(rows)


def _spread(rows: IntArray, costs: FloatArray, radius: float) -> IntArray:
    """Some of ``rows``, the first of each set of covering columns."""
    some = rows[: 20 * _JOIN]
    _, firsts = group_equal(packed(costs[some] <= radius))
    return some[firsts[:_JOIN]]
