"""Set covering: the cheapest cover, and whether so many sites suffice at all.

Reduce, bound, search; and where the bound and the search do not meet, HiGHS settles what is left as a PuLP
program, the core (Caprara, Toth and Fischetti 2000, *Algorithms for the set covering problem*, Annals of
Operations Research 98, survey this order of work).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
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
#: A bound is rounded up to whole sites only beyond this much rounding.
_ROUNDING = 1e-6
#: Seconds that one linear program may take.
_LINEAR_S = 20.0


class Proof(StrEnum):
    """What settled a question."""

    NONE = "none"  # not settled
    REDUCTION = "reduction"  # the rules decided everything
    SEARCH = "search"  # an answer was found, which is its own proof
    LAGRANGIAN = "lagrangian"  # the bound met the cover
    LINEAR = "linear"  # the bound of the linear program, and the columns that it closes
    TREE = "tree"  # branch and bound over the sites of the core
    CLUSTERS = "clusters"  # everybody whom one site can serve in a better answer, group by group
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


@dataclass(frozen=True, slots=True)
class Effort:
    """What one question is worth.

    Attributes:
        swaps: steps of the search.
        program_s: wall seconds of HiGHS on the core; 0 leaves it out, inf gives it what the limits give.
    """

    swaps: int = 2_000
    program_s: float = math.inf


def can_cover(
    near: BoolArray, at_most: int, limits: Limits, *, reduce: bool = True, effort: Effort | None = None
) -> Cover:
    """Whether ``at_most`` columns cover every row: OPTIMAL with such columns, INFEASIBLE, or NO_SOLUTION.

    By default no effort is spared; with less of it the answer may be NO_SOLUTION though time is left.
    """
    none = np.zeros(0, dtype=np.int64)
    if not near.any(axis=1).all():
        return Cover(Status.INFEASIBLE, none, math.inf, Proof.REDUCTION, *near.shape)
    core = reduce_cover(near, np.ones(near.shape[1])) if reduce else _whole(near)
    left = at_most - len(core.opened)
    if core.n_rows > 0 and left > 0:
        return _settled(core, left, limits, effort or Effort())
    if core.n_rows == 0 and left >= 0:
        return _cover(core, core.opened, Status.OPTIMAL, len(core.opened), Proof.REDUCTION)
    return _cover(core, none, Status.INFEASIBLE, len(core.opened) + 1, Proof.REDUCTION)


def _settled(core: CoverCore, left: int, limits: Limits, effort: Effort) -> Cover:
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
        if not cover_by_swaps(*lists.all, chosen, effort.swaps, limits.seed):
            return _by_programs(core, left, limits, effort)
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


def _by_programs(core: CoverCore, left: int, limits: Limits, effort: Effort) -> Cover:
    """The linear program, without the columns that its reduced prices close, again and again; then HiGHS.

    A subgradient bound ends below the linear program's where columns are many and alike (u1060, 20 centers
    within 1,580: 16.2 against 18.0).
    """
    opened, none = core.opened, core.opened[:0]
    while True:
        multipliers = _priced(core, limits.at_most(_LINEAR_S))
        reduced = 1.0 - multipliers @ core.near
        bound = float(multipliers.sum() + np.minimum(reduced, 0.0).sum())
        if math.ceil(bound - _ROUNDING) > left:
            return _cover(core, none, Status.INFEASIBLE, float(len(opened) + left + 1), Proof.LINEAR)
        keep = bound + np.maximum(reduced, 0.0) <= left + _ROUNDING
        if keep.all():
            break
        if not core.near[:, keep].any(axis=1).all():
            return _cover(core, none, Status.INFEASIBLE, float(len(opened) + left + 1), Proof.LINEAR)
        smaller = reduce_cover(core.near[:, keep], np.ones(int(keep.sum())))
        columns = core.columns[keep]
        opened, left = np.concatenate([opened, columns[smaller.opened]]), left - len(smaller.opened)
        core = CoverCore(smaller.near, columns[smaller.columns], opened)
        if left < 0 or (left == 0 and core.n_rows):
            return _cover(core, none, Status.INFEASIBLE, float(len(opened) + 1), Proof.LINEAR)
        if not core.n_rows:
            return _cover(core, opened, Status.OPTIMAL, 0.0, Proof.SEARCH)
    if effort.program_s == 0:
        return _cover(core, none, Status.NO_SOLUTION, 0.0, Proof.NONE)
    return _decided(core, left, limits.at_most(effort.program_s))


def _priced(core: CoverCore, limits: Limits) -> FloatArray:
    """(n_rows,) prices of the rows in the linear program: multipliers, 0 or more."""
    program, opened = _program(core, "priced")
    program.setObjective(linear((item, 1.0) for item in opened))
    run_program(program, replace(limits.silent(), solver="highs"), relaxed=True)
    prices = np.asarray(program.solverModel.getSolution().row_dual)
    if len(prices) != core.n_rows:  # stopped before there were any
        return _first_multipliers(core.near, np.ones(len(core.columns)))
    return np.asarray(np.maximum(prices, 0.0))


def _decided(core: CoverCore, at_most: int, limits: Limits) -> Cover:
    """By HiGHS: the fewest columns, of which only more or not more than ``at_most`` is asked.

    With the number as the objective the solver fixes columns by their reduced prices, which it cannot where
    the number is a row and nothing is asked to be small.
    """
    program, opened = _program(core, "can_cover")
    program.setObjective(linear((item, 1.0) for item in opened))
    run = run_program(program, limits.silent(), cutoff=at_most + 0.5, target=at_most + 0.25)
    chosen = np.array([run.has_values and value_of(item) > 0.5 for item in opened])
    if not run.has_values or chosen.sum() > at_most or not core.near[:, chosen].any(axis=1).all():
        impossible = run.status is Status.INFEASIBLE or run.bound > at_most + 0.5
        status = Status.INFEASIBLE if impossible else Status.NO_SOLUTION
        status = Status.INTERRUPTED if run.status is Status.INTERRUPTED else status
        proof = Proof.MIP if impossible else Proof.NONE
        return _cover(core, core.opened[:0], status, 0.0, proof, run.seconds)
    columns = np.concatenate([core.opened, core.columns[chosen]])
    return _cover(core, columns, Status.OPTIMAL, 0.0, Proof.SEARCH, run.seconds)


def _cover(
    core: CoverCore, columns: IntArray, status: Status, bound: float, proof: Proof, seconds: float = 0.0
) -> Cover:
    return Cover(status, np.sort(columns), bound, proof, core.n_rows, len(core.columns), seconds)
