"""Set covering by branch and cut: is there a cover that costs no more than this?

At each node the reductions of :mod:`optimise.covering_engine.reductions` make the problem smaller, a linear
program with the inequalities of :mod:`optimise.subset_rows` bounds it, and columns that would cost more than
their reduced price leaves room for are closed; which reduces further. Where none of that helps any more, the
largest undecided column is opened and closed (Balas and Carrera 1996, *A dynamic subgradient-based
branch-and-bound procedure for set covering*, Operations Research 44, reduce at every node too).

The inequalities are what counts: of 20 centres for the 1,060 points of u1060 the plain linear program leaves
the last question open by nothing at all (18 of 18 columns), and with them it is closed in five nodes.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import highspy
import numpy as np

from optimise.arrays import BoolArray, FloatArray, IntArray
from optimise.covering_engine.reductions import lists_of, reduce_cover
from optimise.subset_rows import most_broken

#: Rounds of inequalities at a node; above so many rows there are none (a number for each pair of rows).
_ROUNDS, _MOST_ROWS = 20, 4_000
#: Rounding of a bound, as a share of the price of a cover.
ROUNDING = 1e-7
#: A node is reduced again while a round closes this share of its columns.
_WORTHWHILE = 0.05
#: What counts as a whole column, and as none, and seconds that a linear program gets at least.
_WHOLE, _LEAST_S = 1e-6, 0.1


@dataclass(frozen=True, eq=False, slots=True)
class CoverRelaxation:
    """What the linear program says of a covering problem.

    Attributes:
        bound: no cover costs less.
        shares: (n_columns,) its answer.
        reduced: (n_columns,) what opening a column adds to the bound at least, where it is above 0.
    """

    bound: float
    shares: FloatArray
    reduced: FloatArray


class CoverProgram:
    """The linear program of one node.

    Args:
        near: (n_rows, n_columns) True where the column covers the row; no row is empty.
        prices: (n_columns,) price of each column.
    """

    def __init__(self, near: BoolArray, prices: FloatArray) -> None:
        self.near, self.prices = near, prices
        n_rows, n_columns = near.shape
        starts, members = lists_of(near)
        model = highspy.HighsLp()
        model.num_col_, model.num_row_ = n_columns, n_rows
        model.col_cost_, model.col_lower_, model.col_upper_ = prices, np.zeros(n_columns), np.ones(n_columns)
        model.row_lower_, model.row_upper_ = np.ones(n_rows), np.full(n_rows, highspy.kHighsInf)
        model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        model.a_matrix_.num_col_, model.a_matrix_.num_row_ = n_columns, n_rows
        model.a_matrix_.start_, model.a_matrix_.index_ = starts.astype(np.int32), members
        model.a_matrix_.value_ = np.ones(len(members))
        self.solver = highspy.Highs()  # type: ignore[no-untyped-call]
        self.solver.setOptionValue("output_flag", False)
        self.solver.passModel(model)
        self.worths = np.zeros((0, n_columns))
        self.solver_s = 0.0

    def solve(self, deadline: float) -> CoverRelaxation | None:
        """None where the clock ran out before the solver came to an end."""
        left = max(_LEAST_S, deadline - time.monotonic())
        if np.isfinite(left):
            self.solver.setOptionValue("time_limit", self.solver.getRunTime() + left)
        began = time.perf_counter()
        self.solver.run()
        self.solver_s += time.perf_counter() - began
        if self.solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return None
        told = self.solver.getSolution()
        # Any multipliers of 0 or more give a bound, whatever the solver's tolerances are.
        duals = np.maximum(np.asarray(told.row_dual), 0.0)
        rows, cuts = duals[: len(self.near)], duals[len(self.near) :]
        reduced = self.prices - rows @ self.near - cuts @ self.worths
        bound = float(rows.sum() + 2.0 * cuts.sum() + np.minimum(reduced, 0.0).sum())
        return CoverRelaxation(bound, np.asarray(told.col_value), reduced)

    def cut(self, shares: FloatArray) -> int:
        """Add inequalities that the answer breaks; their number."""
        if len(self.near) > _MOST_ROWS:
            return 0
        used = np.flatnonzero(shares > _WHOLE)
        held = self.near[:, used]
        spare = np.maximum(held @ shares[used] - 1.0, 0.0)
        triples = most_broken(*lists_of(held.T), shares[used], spare)
        worths = (self.near[triples].sum(axis=1) + 1) // 2
        for worth in worths:
            columns = np.flatnonzero(worth)
            values = worth[columns].astype(np.float64)
            self.solver.addRow(2.0, highspy.kHighsInf, len(columns), columns.astype(np.int32), values)
        self.worths = np.concatenate([self.worths, worths.astype(np.float64)])
        return len(triples)


@dataclass(frozen=True, eq=False, slots=True)
class _Node:
    """A covering problem that is left.

    Attributes:
        near: its rows and columns.
        columns: (n_columns,) their numbers in the problem given.
        opened: columns that are decided to be open.
        bound: no cover of it costs less, with what is open.
    """

    near: BoolArray
    columns: IntArray
    opened: IntArray
    bound: float


class CoverBranching:
    """The search for one cover.

    Args:
        near: (n_rows, n_columns) True where the column covers the row; no row is empty.
        prices: (n_columns,) price of each column, 0 or more.
        at_most: what the cover may cost.
        deadline: ``time.monotonic()`` at which to stop.

    Attributes:
        columns: the cover; None while none was found.
        bound: no cover costs less, or less than ``at_most``.
        nodes: how many were looked at.
        solver_s: wall seconds in HiGHS.
    """

    def __init__(self, near: BoolArray, prices: FloatArray, at_most: float, deadline: float) -> None:
        self.near, self.prices, self.at_most, self.deadline = near, prices, at_most, deadline
        self.too_dear = at_most + ROUNDING * max(1.0, at_most)
        self.columns: IntArray | None = None
        self.bound = 0.0
        self.nodes = 0
        self.solver_s = 0.0
        everything = np.arange(near.shape[1])
        self.waiting = [_Node(near, everything, everything[:0], 0.0)]

    def run(self, most_nodes: int | None = None) -> bool:
        """Search on; True once there is a cover, or there is none, False where the effort ended before."""
        while self.waiting and self.columns is None:
            if self.nodes == most_nodes or time.monotonic() > self.deadline:
                break
            node = self.waiting.pop()
            self.nodes += 1
            self.waiting += self._children(node)
        self.bound = min((node.bound for node in self.waiting), default=self.at_most)
        return self.columns is not None or not self.waiting

    def _children(self, node: _Node) -> list[_Node]:
        """What a node leaves to look at, what is looked at first at the end; nothing where it is settled."""
        near, columns, opened = node.near, node.columns, node.opened
        while True:
            if not near.any(axis=1).all():
                return []
            core = reduce_cover(near, self.prices[columns])
            opened = np.concatenate([opened, columns[core.opened]])
            near, columns = core.near, columns[core.columns]
            spent = float(self.prices[opened].sum())
            if spent > self.too_dear:
                return []
            if core.n_rows == 0:
                self.columns = opened
                return []
            program = CoverProgram(near, self.prices[columns])
            told = self._raised(program, spent)
            self.solver_s += program.solver_s
            if told is None:
                return [_Node(near, columns, opened, node.bound)]
            bound = spent + told.bound
            if bound > self.too_dear or self._whole(columns, opened, told):
                return []
            closed = (told.reduced > 0.0) & (bound + told.reduced > self.too_dear)
            near, columns = near[:, ~closed], columns[~closed]
            if closed.mean() < _WORTHWHILE:
                return self._branched(near, columns, opened, bound, told.shares[~closed])

    def _raised(self, program: CoverProgram, spent: float) -> CoverRelaxation | None:
        """The linear program with inequalities until it breaks none, or says that the node is too dear."""
        best = program.solve(self.deadline)
        for _ in range(_ROUNDS):
            if best is None or spent + best.bound > self.too_dear or program.cut(best.shares) == 0:
                break
            told = program.solve(self.deadline)
            if told is None:
                break
            best = told
        return best

    def _whole(self, columns: IntArray, opened: IntArray, told: CoverRelaxation) -> bool:
        """Take over an answer in whole columns, if it is one."""
        if np.minimum(told.shares, 1.0 - told.shares).max() > _WHOLE:
            return False
        chosen = np.concatenate([opened, columns[told.shares > 0.5]])
        if not self.near[:, chosen].any(axis=1).all() or float(self.prices[chosen].sum()) > self.too_dear:
            return False
        self.columns = chosen
        return True

    def _branched(
        self, near: BoolArray, columns: IntArray, opened: IntArray, bound: float, shares: FloatArray
    ) -> list[_Node]:
        """One column closed, and open: the one that is most undecided, large ones first."""
        undecided = (np.minimum(shares, 1.0 - shares) + _WHOLE) * np.sqrt(near.sum(axis=0))
        column = int(undecided.argmax())
        others = np.arange(len(columns)) != column
        without = _Node(near[:, others], columns[others], opened, bound)
        rest = near[~near[:, column]][:, others]
        return [without, _Node(rest, columns[others], np.append(opened, columns[column]), bound)]
