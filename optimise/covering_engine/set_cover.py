"""Set covering: the cheapest cover, and whether so many sites suffice at all.

Reduce, bound, search; and where the bound and the search do not meet, HiGHS settles what is left as a PuLP
program, the core (Caprara, Toth and Fischetti 2000, *Algorithms for the set covering problem*, Annals of
Operations Research 98, survey this order of work).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pulp

from optimise.algebra import linear, value_of
from optimise.arrays import BoolArray, FloatArray, IntArray
from optimise.compiled import Int32Array
from optimise.covering_engine.cover_kernels import cover_bound, cover_by_swaps, greedy_cover
from optimise.covering_engine.reductions import CoverCore, lists_of, reduce_cover
from optimise.running import Limits, run_program
from optimise.status import Status

_STEPS = 300
_SWAPS = 2000
#: A bound is rounded up to whole sites only beyond this much rounding.
_ROUNDING = 1e-6


class Proof(StrEnum):
    """What settled a question."""

    NONE = "none"  # not settled
    REDUCTION = "reduction"  # the rules decided everything
    SEARCH = "search"  # an answer was found, which is its own proof
    LAGRANGIAN = "lagrangian"  # the bound met the cover
    MIP = "mip"  # HiGHS on the core


@dataclass(frozen=True, eq=False, slots=True)
class Cover:
    """A cover and its proof.

    Attributes:
        status: OPTIMAL for a proven answer, INFEASIBLE where so many sites cannot do it.
        columns: the open columns; empty without an answer.
        bound: no cover costs less.
        proof: what settled it.
        core_rows: rows that the reductions left.
        core_columns: columns that the reductions left.
        solver_s: wall seconds in HiGHS.
    """

    status: Status
    columns: IntArray
    bound: float
    proof: Proof
    core_rows: int
    core_columns: int
    solver_s: float = 0.0


def cheapest_cover(near: BoolArray, prices: FloatArray, limits: Limits, *, reduce: bool = True) -> Cover:
    """The cover with the least summed price; every row of ``near`` must have a column.

    Args:
        near: (n_rows, n_columns) True where the column covers the row.
        prices: (n_columns,) price of each, 0 or more.
        limits: for the core program.
        reduce: False leaves the reductions out.
    """
    core = reduce_cover(near, prices) if reduce else _whole(near)
    certain = float(prices[core.opened].sum())
    if core.n_rows == 0:
        return _cover(core, core.opened, Status.OPTIMAL, certain, Proof.REDUCTION)
    own = prices[core.columns]
    lists = _Lists.of(core.near)
    chosen = greedy_cover(*lists.all, own)
    cost = float(own[chosen].sum())
    unit = bool((prices == 1).all())
    aim = cost - 1 + 2 * _ROUNDING if unit else cost
    raised = cover_bound(*lists.rows, own, aim, _first_multipliers(core.near, own), _STEPS)
    bound = math.ceil(raised - _ROUNDING) if unit else raised
    if bound >= cost * (1 - 1e-9):
        columns = np.concatenate([core.opened, core.columns[chosen]])
        return _cover(core, columns, Status.OPTIMAL, certain + cost, Proof.LAGRANGIAN)
    return _solved(core, own, chosen, certain, bound, limits)


def can_cover(near: BoolArray, at_most: int, limits: Limits, *, reduce: bool = True) -> Cover:
    """Whether ``at_most`` columns cover every row: OPTIMAL with such columns, or INFEASIBLE."""
    none = np.zeros(0, dtype=np.int64)
    if not near.any(axis=1).all():
        return Cover(Status.INFEASIBLE, none, math.inf, Proof.REDUCTION, *near.shape)
    core = reduce_cover(near, np.ones(near.shape[1])) if reduce else _whole(near)
    left = at_most - len(core.opened)
    if core.n_rows > 0 and left > 0:
        return _settled(core, left, limits)
    if core.n_rows == 0 and left >= 0:
        return _cover(core, core.opened, Status.OPTIMAL, len(core.opened), Proof.REDUCTION)
    return _cover(core, none, Status.INFEASIBLE, len(core.opened) + 1, Proof.REDUCTION)


def _settled(core: CoverCore, left: int, limits: Limits) -> Cover:
    """Whether ``left`` columns of the core cover its rows: greedy, bound, swaps, and last HiGHS."""
    lists, prices = _Lists.of(core.near), np.ones(len(core.columns))
    chosen = greedy_cover(*lists.all, prices)
    if chosen.sum() > left:
        multipliers = _first_multipliers(core.near, prices)
        raised = cover_bound(*lists.rows, prices, left + 2 * _ROUNDING, multipliers, _STEPS)
        if math.ceil(raised - _ROUNDING) > left:
            bound = float(len(core.opened) + left + 1)
            return _cover(core, core.opened[:0], Status.INFEASIBLE, bound, Proof.LAGRANGIAN)
        chosen = _thinned(core.near, chosen, left)
        if not cover_by_swaps(*lists.all, chosen, _SWAPS, limits.seed):
            return _decided(core, left, limits)
    columns = np.concatenate([core.opened, core.columns[chosen]])
    return _cover(core, columns, Status.OPTIMAL, 0.0, Proof.SEARCH)


@dataclass(frozen=True, eq=False, slots=True)
class _Lists:
    """A mask as lists, by row and by column, in the order in which the kernels take them."""

    rows: tuple[IntArray, Int32Array]
    columns: tuple[IntArray, Int32Array]

    @classmethod
    def of(cls, near: BoolArray) -> _Lists:
        """The lists of ``near``."""
        return cls(lists_of(near), lists_of(near.T))

    @property
    def all(self) -> tuple[IntArray, Int32Array, IntArray, Int32Array]:
        """Both."""
        return (*self.rows, *self.columns)


def _whole(near: BoolArray) -> CoverCore:
    return CoverCore(near, np.arange(near.shape[1]), np.zeros(0, dtype=np.int64))


def _first_multipliers(near: BoolArray, prices: FloatArray) -> FloatArray:
    """The cheapest price per row among the columns of each row."""
    each = prices / np.maximum(near.sum(axis=0), 1)
    return np.asarray(np.where(near, each[None, :], np.inf).min(axis=1))


def _thinned(near: BoolArray, chosen: BoolArray, n_left: int) -> BoolArray:
    """``n_left`` of the chosen columns: those with the fewest rows of their own go first."""
    kept = chosen.copy()
    while kept.sum() > n_left:
        alone = near[near[:, kept].sum(axis=1) == 1]
        own = np.where(kept, alone.sum(axis=0), near.shape[0] + 1)
        kept[int(own.argmin())] = False
    return kept


def _program(core: CoverCore, name: str) -> tuple[pulp.LpProblem, list[pulp.LpVariable]]:
    program = pulp.LpProblem(name, pulp.LpMinimize)
    opened = [program.add_variable(f"open_{column}", cat=pulp.LpBinary) for column in core.columns.tolist()]
    for row, sites in enumerate(core.near):
        program.addConstraint(
            linear((opened[site], 1.0) for site in np.flatnonzero(sites)) >= 1, f"row_{row}"
        )
    return program, opened


def _solved(
    core: CoverCore, prices: FloatArray, chosen: BoolArray, certain: float, bound: float, limits: Limits
) -> Cover:
    program, opened = _program(core, "cover")
    program.setObjective(linear(zip(opened, prices.tolist(), strict=True)))
    start = {item: float(is_open) for item, is_open in zip(opened, chosen.tolist(), strict=True)}
    run = run_program(program, limits, start=start)
    if run.has_values:
        chosen = np.array([value_of(item) > 0.5 for item in opened])
    known = run.has_values or run.status is Status.INTERRUPTED
    status = run.status if known else Status.FEASIBLE
    columns = np.concatenate([core.opened, core.columns[chosen]])
    proven = max(bound, run.bound) if math.isfinite(run.bound) else bound
    proof = Proof.MIP if status is Status.OPTIMAL else Proof.NONE
    return _cover(core, columns, status, certain + proven, proof, run.seconds)


def _decided(core: CoverCore, at_most: int, limits: Limits) -> Cover:
    program, opened = _program(core, "can_cover")
    program.setObjective(linear([]))
    program.addConstraint(linear((item, 1.0) for item in opened) <= at_most, "at_most")
    run = run_program(program, limits.silent())
    if not run.has_values:
        proof = Proof.MIP if run.status is Status.INFEASIBLE else Proof.NONE
        return _cover(core, core.opened[:0], run.status, 0.0, proof, run.seconds)
    chosen = np.array([value_of(item) > 0.5 for item in opened])
    columns = np.concatenate([core.opened, core.columns[chosen]])
    return _cover(core, columns, Status.OPTIMAL, 0.0, Proof.SEARCH, run.seconds)


def _cover(
    core: CoverCore, columns: IntArray, status: Status, bound: float, proof: Proof, seconds: float = 0.0
) -> Cover:
    return Cover(status, np.sort(columns), bound, proof, core.n_rows, len(core.columns), seconds)
