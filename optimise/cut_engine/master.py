"""The linear program over sites and cuts, and a bound from it that rounding cannot spoil.

Several pieces ``f_s(y)``, each at least its cuts, are put together as every criterion here can be::

    max { sum_s l_s (f_s - off_s) : 0 <= l_s <= most_s, sum_s l_s = 1 }
      = min { e + sum_s most_s d_s : e + d_s >= f_s - off_s, d_s >= 0 }

One piece with ``most = 1`` is the piece; the worst of several: all ``most_s = 1``; a tail of probability
``a``: ``most_s = p_s / a``; their expectation: ``most_s = p_s``. With the rows of the conditions the program
bounds every choice of sites that agrees with the bounds of its columns (Benders 1962, *Partitioning
procedures for solving mixed-variables programming problems*, Numerische Mathematik 4; for the p-median
Duran-Mateluna, Ales and Elloumi 2023, *An efficient Benders decomposition for the p-median problem*, European
Journal of Operational Research 308). Its duals, made feasible, give the bound in the end (Neumaier and
Shcherbina 2004, *Safe bounds in linear and mixed-integer linear programming*, Mathematical Programming 99).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import highspy
import numpy as np
import pulp

from optimise.algebra import linear
from optimise.arrays import FloatArray, IntArray
from optimise.cut_engine.rows import Cut
from optimise.highs import highs_model
from optimise.pmedian_engine.site_rows import SiteRows
from optimise.problem import PlacementProblem
from optimise.program import SiteProgram
from optimise.service import ServicePlan
from optimise.status import Sense

#: The best objective known is scaled to this: the solver's tolerances are absolute.
_SIZE = 1e3
#: Cuts that are kept; above it those that were tight longest ago are dropped, but none of the newest half.
_MOST_CUTS = 600
#: Rounding error of a bound, as a share of the sum of all that went into it.
_ROUNDING = 1e-12
#: Promises to more demand points than this do not stand in the program.
_MOST_PROMISED = 500
#: Coefficients below this share of a cut's largest are left to its constant.
_SMALLEST = 1e-11


@dataclass(frozen=True, eq=False, slots=True)
class SiteRelaxation:
    """What the program says of all choices of sites that agree with the bounds of its columns.

    Attributes:
        bound: no such choice has a lower objective; inf where there is no such choice.
        shares: (n_free,) its answer.
        reduced: (n_free,) what forcing a site into its other state adds to the bound at least, by sign.
    """

    bound: float
    shares: FloatArray
    reduced: FloatArray


def sites_to_serve(problem: PlacementProblem, plan: ServicePlan) -> SiteProgram:
    """The sites that keep the conditions and reach everybody in ``plan``, without an objective.

    Promises to many are left out: whoever judges the answers asks for them.
    """
    program = SiteProgram(problem, "sites", Sense.MINIMISE, twins=False)
    for number, condition in enumerate(problem.conditions):
        if not condition.promises or condition.size(problem) <= _MOST_PROMISED:
            condition.impose(program, f"condition_{number}")
    for number, sites in enumerate(plan.patterns):
        program.add(program.n_open(np.flatnonzero(sites).tolist()) >= 1, f"reach_{number}")
    return program


class Master:
    """The program.

    Args:
        program: sites and the conditions on them, without an objective.
        most: (n_pieces,) see the module; they sum to 1 at least.
        offsets: (n_pieces,) as above.
        size: about what the objective is.
    """

    def __init__(self, program: SiteProgram, most: FloatArray, offsets: FloatArray, size: float) -> None:
        problem = program.problem
        self.most, self.offsets = most, offsets
        self.scale = _SIZE / max(abs(size), 1e-200)
        opened = [program.opened(site) for site in range(problem.n_sites)]
        program.aim(linear((item, 1.0) for item in opened if isinstance(item, pulp.LpVariable)))
        model = highs_model(program.lp)
        column = np.array([item.index if isinstance(item, pulp.LpVariable) else -1 for item in opened])
        self.rows = SiteRows.of(model, column)
        self.free = np.flatnonzero(problem.free)
        self.columns: IntArray = column[self.free]
        columns = model.num_col_
        model.integrality_ = [highspy.HighsVarType.kContinuous] * columns
        self.solver = highspy.Highs()  # type: ignore[no-untyped-call]
        self.solver.setOptionValue("output_flag", False)
        self.solver.passModel(model)
        self.solver.changeColsCost(columns, np.arange(columns, dtype=np.int32), np.zeros(columns))
        nothing = (0, np.zeros(0, dtype=np.int32), np.zeros(0))
        self.edge, self.site_rows = columns, model.num_row_
        self.solver.addCol(1.0, -highspy.kHighsInf, highspy.kHighsInf, *nothing)
        for share in most.tolist():
            self.solver.addCol(share, 0.0, highspy.kHighsInf, *nothing)
        self.pieces: IntArray = np.zeros(0, dtype=np.int64)
        self.constants = np.zeros(0)
        self.worths = np.zeros((0, len(self.free)))
        self.tight: IntArray = np.zeros(0, dtype=np.int64)
        self.solved = 0

    def add(self, piece: int, cut: Cut) -> None:
        """One cut more of a piece."""
        worth, constant = cut.worth, cut.constant
        tiny = np.abs(worth) < _SMALLEST * max(float(np.abs(worth).max(initial=0.0)), 1e-300)
        constant += float(np.minimum(worth[tiny], 0.0).sum())
        worth = np.where(tiny, 0.0, worth)
        used = np.flatnonzero(worth)
        columns = np.concatenate([[self.edge, self.edge + 1 + piece], self.columns[used]])
        values = np.concatenate([[1.0, 1.0], -self.scale * worth[used]])
        low = self.scale * (constant - float(self.offsets[piece]))
        # A cut with coefficients that HiGHS does not take is left out: the bound is only weaker.
        added = self.solver.addRow(low, highspy.kHighsInf, len(columns), columns.astype(np.int32), values)
        if added == highspy.HighsStatus.kError:
            return
        self.pieces = np.append(self.pieces, piece)
        self.constants = np.append(self.constants, constant)
        self.worths = np.concatenate([self.worths, worth[None, :]])
        self.tight = np.append(self.tight, self.solved)

    def solve(self, lower: FloatArray, upper: FloatArray, seconds: float | None) -> SiteRelaxation | None:
        """The program between these (n_free,) bounds; None where the solver did not come to an end."""
        if len(self.pieces) > _MOST_CUTS:
            self._drop()
        self.solver.changeColsBounds(len(self.free), self.columns.astype(np.int32), lower, upper)
        if seconds is not None:
            self.solver.setOptionValue("time_limit", self.solver.getRunTime() + seconds)
        self.solver.run()
        self.solved += 1
        status = self.solver.getModelStatus()
        if status == highspy.HighsModelStatus.kInfeasible:
            return SiteRelaxation(math.inf, lower, np.zeros(len(lower)))
        if status != highspy.HighsModelStatus.kOptimal:
            return None
        told = self.solver.getSolution()
        duals = np.asarray(told.row_dual)
        self.tight[duals[self.site_rows :] > 1e-9] = self.solved
        shares = np.clip(np.asarray(told.col_value)[self.columns], lower, upper)
        bound, reduced = self._safe(duals, lower, upper)
        return SiteRelaxation(bound, shares, reduced)

    def combined(self, values: FloatArray) -> float:
        """The objective where the pieces have these values."""
        own = values - self.offsets
        left, total = 1.0, 0.0
        for piece in np.argsort(-own, kind="stable").tolist():
            share = min(left, float(self.most[piece]))
            total += share * float(own[piece])
            left -= share
        return total

    def _safe(self, duals: FloatArray, lower: FloatArray, upper: FloatArray) -> tuple[float, FloatArray]:
        """The bound of these duals once they are feasible, and the reduced costs of the sites."""
        share = self._feasible(np.maximum(duals[self.site_rows :], 0.0))
        constants = self.constants - self.offsets[self.pieces]
        constant, worth = float(share @ constants), share @ self.worths
        size = float(share @ np.abs(constants)) + float(share @ np.abs(self.worths).sum(axis=1))
        priced = self.rows.priced(duals[: self.site_rows] / self.scale)
        if priced is not None:
            prices = priced[0][self.free]
            constant, worth = constant + priced[1], worth + prices
            size += abs(priced[1]) + float(np.abs(prices).sum())
        bound = constant + float(np.minimum(worth * lower, worth * upper).sum())
        return bound - _ROUNDING * size, worth

    def _feasible(self, duals: FloatArray) -> FloatArray:
        """(n_cuts,) the nearest weights of cuts that the pieces allow; see the module."""
        sums = np.bincount(self.pieces, weights=duals, minlength=len(self.most))
        wanted = np.minimum(sums, self.most)
        missing = 1.0 - float(wanted.sum())
        room = self.most - wanted
        if missing < 0.0:
            wanted = wanted / float(wanted.sum())
        elif float(room.sum()) > 0.0:
            wanted = wanted + room * min(1.0, missing / float(room.sum()))
        weights = duals * np.divide(wanted, sums, out=np.zeros(len(sums)), where=sums > 0)[self.pieces]
        for piece in np.flatnonzero((sums == 0) & (wanted > 0)).tolist():
            weights[int(np.flatnonzero(self.pieces == piece)[-1])] = wanted[piece]
        return np.asarray(weights)

    def _drop(self) -> None:
        """Leave out cuts that were tight longest ago; each piece keeps one, and the newest half stay."""
        older = np.arange(len(self.pieces)) < len(self.pieces) // 2
        for piece in range(len(self.most)):
            older[np.flatnonzero(self.pieces == piece)[-1:]] = False
        cutoff = np.median(self.tight[older])
        dropped = np.flatnonzero(older & (self.tight <= cutoff))
        self.solver.deleteRows(len(dropped), (self.site_rows + dropped).astype(np.int32))
        kept = np.ones(len(self.pieces), dtype=bool)
        kept[dropped] = False
        self.pieces, self.constants = self.pieces[kept], self.constants[kept]
        self.worths, self.tight = self.worths[kept], self.tight[kept]
