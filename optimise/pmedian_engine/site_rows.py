"""Conditions on sites as linear rows: their prices in a Lagrangian bound, and what they decide in a branch.

Rows ``low <= A y <= high`` over the sites that are neither always open nor never. Priced by multipliers they
become a price of each site and a constant (the bound of the p-median engine holds with them); with some sites
decided they decide further ones, or show that nothing is left (bound propagation, Savelsbergh 1994,
*Preprocessing and probing techniques for mixed integer programming problems*, ORSA Journal on Computing 6).
"""

from __future__ import annotations

from dataclasses import dataclass

import highspy
import numpy as np
from scipy.sparse import csr_array

from optimise.arrays import BoolArray, FloatArray, IntArray
from optimise.exact import LIMIT_TOLERANCE


@dataclass(frozen=True, eq=False, slots=True)
class SiteRows:
    """The rows of a program of sites.

    Attributes:
        matrix: (n_rows, n_columns) coefficients.
        low: (n_rows,) least value of each row, -inf for none.
        high: (n_rows,) largest value, inf for none.
        column: (n_sites,) column of each free site, -1 for a site that is in no row.
        lower: (n_columns,) least value of each column.
        upper: (n_columns,) largest value.
        beside: (n_columns,) True for columns that are no site.
    """

    matrix: csr_array
    low: FloatArray
    high: FloatArray
    column: IntArray
    lower: FloatArray
    upper: FloatArray
    beside: BoolArray

    @classmethod
    def of(cls, model: highspy.HighsLp, column: IntArray) -> SiteRows:
        """The rows of ``model``, of which ``column`` are the sites."""
        own = model.a_matrix_
        shape = (model.num_row_, model.num_col_)
        beside = np.ones(model.num_col_, dtype=bool)
        beside[column[column >= 0]] = False
        return cls(
            csr_array((np.array(own.value_), np.array(own.index_), np.array(own.start_)), shape=shape),
            _unlimited(np.array(model.row_lower_)),
            _unlimited(np.array(model.row_upper_)),
            column,
            _unlimited(np.array(model.col_lower_)),
            _unlimited(np.array(model.col_upper_)),
            beside,
        )

    def priced(self, duals: FloatArray) -> tuple[FloatArray, float] | None:
        """(n_sites,) what opening each site costs beside, and the constant, at these multipliers of the rows.

        ``min worth @ y`` over the rows is at least ``constant + min (worth + prices) @ y``. None where a
        column that is no site has no limit that bounds it.
        """
        duals = np.where(np.isinf(self.low), np.minimum(duals, 0.0), duals)
        duals = np.where(np.isinf(self.high), np.maximum(duals, 0.0), duals)
        side = np.where(duals > 0, self.low, self.high)
        used = duals != 0
        constant = float(duals[used] @ side[used])
        rates = -(self.matrix.T @ duals)
        others = np.flatnonzero(self.beside & (rates != 0))
        ends = np.where(rates[others] > 0, self.lower[others], self.upper[others])
        if not np.isfinite(ends).all():
            return None
        constant += float(rates[others] @ ends)
        prices = np.where(self.column >= 0, rates[np.maximum(self.column, 0)] if len(rates) else 0.0, 0.0)
        return prices, constant

    def settled(self, opened: BoolArray, closed: BoolArray) -> tuple[BoolArray, BoolArray] | None:
        """Which sites are open and closed in every choice that agrees with these; None where there is none.

        Args:
            opened: (n_sites,) sites that are open.
            closed: (n_sites,) sites that are closed; the others are undecided.
        """
        opened, closed = opened.copy(), closed.copy()
        own = self.column >= 0
        lower, upper = self.lower.copy(), self.upper.copy()
        sizes = np.asarray(abs(self.matrix).sum(axis=1), dtype=np.float64)
        slack = LIMIT_TOLERANCE * (1.0 + sizes)
        positive = self.matrix.maximum(0.0)
        negative = self.matrix.minimum(0.0)
        while True:
            lower[self.column[own]] = opened[own]
            upper[self.column[own]] = ~closed[own]
            with np.errstate(invalid="ignore"):
                least = positive @ lower + negative @ upper
                most = positive @ upper + negative @ lower
            if (least > self.high + slack).any() or (most < self.low - slack).any():
                return None
            # A coefficient larger than what a row has left decides its site.
            shut, open_up = self._decided(least, most, slack)
            new_shut = own & ~opened & ~closed & shut[np.maximum(self.column, 0)]
            new_open = own & ~opened & ~closed & open_up[np.maximum(self.column, 0)]
            if not (new_shut | new_open).any():
                return opened, closed
            if (new_shut & new_open).any():
                return None
            opened |= new_open
            closed |= new_shut

    def swaps(self, sites: BoolArray, closed: IntArray, opened: IntArray) -> BoolArray:
        """(n_closed, n_opened) which swaps of one of ``opened`` for one of ``closed`` keep the rows.

        True as well where a row holds columns that are no site.
        """
        rows = ~(abs(self.matrix[:, self.beside]).sum(axis=1) > 0)
        table = self.matrix[rows].toarray()
        low, high = self.low[rows], self.high[rows]
        slack = LIMIT_TOLERANCE * (1.0 + np.abs(table).sum(axis=1))
        values = np.zeros(table.shape[1])
        own = self.column >= 0
        values[self.column[own]] = sites[own]
        now = table @ values
        coming = np.where(self.column[closed] >= 0, table[:, np.maximum(self.column[closed], 0)], 0.0)
        going = np.where(self.column[opened] >= 0, table[:, np.maximum(self.column[opened], 0)], 0.0)
        kept = np.empty((len(closed), len(opened)), dtype=bool)
        for place in range(len(opened)):
            after = (now - going[:, place])[:, None] + coming
            fits = (after >= (low - slack)[:, None]) & (after <= (high + slack)[:, None])
            kept[:, place] = fits.all(axis=0)
        return kept

    def _decided(self, least: FloatArray, most: FloatArray, slack: FloatArray) -> tuple[BoolArray, BoolArray]:
        """(n_columns,) which would break a row when at 1, and which when at 0."""
        rows = np.repeat(np.arange(len(self.low)), np.diff(self.matrix.indptr))
        value, column = self.matrix.data, self.matrix.indices
        room_up, room_down = (self.high - least + slack)[rows], (most - self.low + slack)[rows]
        breaks_open = (value > room_up) | (-value > room_down)
        breaks_shut = (-value > room_up) | (value > room_down)
        n_columns = self.matrix.shape[1]
        shut, open_up = np.zeros(n_columns, dtype=bool), np.zeros(n_columns, dtype=bool)
        shut[column[breaks_open]] = True
        open_up[column[breaks_shut]] = True
        return shut, open_up


def _unlimited(values: FloatArray) -> FloatArray:
    unlimited: FloatArray = values.astype(np.float64)
    unlimited[unlimited >= highspy.kHighsInf] = np.inf
    unlimited[unlimited <= -highspy.kHighsInf] = -np.inf
    return unlimited
