"""Set covering: the cheapest cover, and whether so many sites suffice at all.

Reduce, bound, search (Caprara, Toth and Fischetti 2000, *Algorithms for the set covering problem*, Annals of
Operations Research 98, survey this order of work); where the bound and the search do not meet, branch and cut
settles what is left, the core, and at last HiGHS as a PuLP program.
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
from optimise.covering_engine.cover_cuts import ROUNDING, CoverBranching
from optimise.covering_engine.cover_kernels import cover_bound, cover_by_swaps, greedy_cover
from optimise.covering_engine.reductions import CoverCore, lists_of, reduce_cover
from optimise.running import Limits, run_program
from optimise.status import Status

_STEPS = 300
#: A bound is rounded up to whole sites only beyond this much rounding.
_ROUNDING = 1e-6
#: Nodes of branch and cut that every question gets, and their wall seconds, at most; those of branch and cut
#: before HiGHS, at most, and its share of the time that is left.
_FIRST_NODES, _FIRST_S = 12, 20.0
_BRANCHING_S, _BRANCHING_SHARE = 120.0, 0.5
#: Whole prices up to this are told apart in branch and cut.
_MOST_PRICE = 0.1 / ROUNDING


class Proof(StrEnum):
    """What settled a question."""

    NONE = "none"  # not settled
    REDUCTION = "reduction"  # the rules decided everything
    SEARCH = "search"  # an answer was found, which is its own proof
    LAGRANGIAN = "lagrangian"  # the bound met the cover
    LINEAR = "linear"  # the bound of the linear program with inequalities, and the columns that it closes
    TREE = "tree"  # branching over the sites of the core
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
    return _branched(core, own, chosen, certain, bound, limits)


@dataclass(frozen=True, slots=True)
class Effort:
    """What one question is worth.

    Attributes:
        swaps: steps of the search.
        program_s: wall seconds of branch and cut, and then of HiGHS, on the core; 0 leaves them out but for
            some nodes, inf gives what the limits give.
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


def _branched(
    core: CoverCore, prices: FloatArray, chosen: BoolArray, certain: float, bound: float, limits: Limits
) -> Cover:
    """Better covers by branch and cut until there is none; where that takes too long, HiGHS."""
    cost = float(prices[chosen].sum())
    if (prices != np.round(prices)).any() or cost > _MOST_PRICE:
        return _solved(core, prices, chosen, certain, bound, limits)
    own = limits.part(_BRANCHING_SHARE).at_most(_BRANCHING_S)
    first, seconds, settled = True, 0.0, True
    try:
        while settled and bound < cost:
            search = CoverBranching(core.near, prices, cost - 1.0, own.deadline)
            settled = search.run()
            seconds += search.solver_s
            if search.columns is None:
                bound = max(bound, cost if settled else math.ceil(search.bound - _ROUNDING))
                break
            first, cost = False, float(prices[search.columns].sum())
            chosen = np.isin(np.arange(len(prices)), search.columns)
    except KeyboardInterrupt:
        columns = np.concatenate([core.opened, core.columns[chosen]])
        return _cover(core, columns, Status.INTERRUPTED, certain + bound, Proof.NONE, seconds)
    if bound < cost:
        return _solved(core, prices, chosen, certain, bound, limits)
    columns = np.concatenate([core.opened, core.columns[chosen]])
    proof = Proof.LINEAR if first and search.nodes <= 1 else Proof.TREE
    return _cover(core, columns, Status.OPTIMAL, certain + cost, proof, seconds)


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
    """Branch and cut, and where that takes too long, HiGHS."""
    brief = effort.program_s == 0
    own = limits.at_most(_FIRST_S if brief else min(effort.program_s, _BRANCHING_S))
    search = CoverBranching(core.near, np.ones(len(core.columns)), left, own.deadline)
    settled = search.run(most_nodes=_FIRST_NODES if brief else None)
    if search.columns is not None:
        columns = np.concatenate([core.opened, core.columns[search.columns]])
        return _cover(core, columns, Status.OPTIMAL, 0.0, Proof.SEARCH, search.solver_s)
    none = core.opened[:0]
    if settled:
        proof = Proof.LINEAR if search.nodes <= 1 else Proof.TREE
        bound = float(len(core.opened) + left + 1)
        return _cover(core, none, Status.INFEASIBLE, bound, proof, search.solver_s)
    if brief:
        return _cover(core, none, Status.NO_SOLUTION, 0.0, Proof.NONE, search.solver_s)
    return _decided(core, left, limits.at_most(effort.program_s))


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
