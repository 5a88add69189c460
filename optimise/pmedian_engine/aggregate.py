"""More demand than memory: rows with the same nearest sites become one, and the bound is of the full matrix.

Rows are grouped by what they can reach and by their nearest sites, in order; a group's cost is the weighted
mean of its rows. Sending a whole group to one site can only cost more than each row's own choice, so the
sites found are priced anew on the full matrix (Hillsman and Rhoda 1978, *Errors in measuring distances from
populations to service centers*, Annals of Regional Science 12, for what aggregation does). The bound is valid
for the full problem: the groups' multipliers are handed to their rows, each at the cost of the site where its
group's multiplier lies, and the Lagrangian bound of these is computed on the full matrix. The gap between the
two is the whole error of the aggregation, and it is stated.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from optimise.arrays import BoolArray, FloatArray, IntArray
from optimise.compiled import Int32Array
from optimise.exact import PROOF_TOLERANCE
from optimise.ordered_costs import OrderedCosts
from optimise.pmedian_engine.certificate import objective_of, root_bound_of
from optimise.pmedian_engine.core import EngineResult, Proof
from optimise.pmedian_engine.costs import CostTable
from optimise.pmedian_engine.root import memory_needed_mb
from optimise.pmedian_engine.run import Run
from optimise.pmedian_engine.solver import Question, Solver
from optimise.sentences import Sentence
from optimise.status import Status, relative_gap

#: Rows of one group share so many nearest sites, in order; fewer where that gives too many groups.
_DEPTH = 8


@dataclass(frozen=True, eq=False, slots=True)
class Groups:
    """Rows put together.

    Attributes:
        of_row: (n_rows,) group of each row, -1 for rows left out of the objective.
        means: (n_groups, n_sites) weighted mean cost of each group.
        weights: (n_groups,) summed weight.
    """

    of_row: IntArray
    means: FloatArray
    weights: FloatArray


def groups_within(memory_mb: float, n_sites: int) -> int:
    """How many groups fit, with their means, into ``memory_mb``."""
    one = memory_needed_mb(1, n_sites) + 8e-6 * n_sites
    return max(_DEPTH, int(memory_mb / one))


def solve_aggregated(question: Question, p: int, most_groups: int, run: Run) -> EngineResult:
    """Solve the groups' problem, and price its sites and multipliers on the full matrix.

    Args:
        question: the full problem.
        p: sites to open.
        most_groups: aim at no more groups than this; rows that can reach different sites stay apart all the
            same, and so do rows with different nearest ones.
        run: time limit and seed; what it is told of is the full problem.
    """
    table, weights = question.table, question.weights
    with run.timed("aggregate"):
        groups = _grouped(question, most_groups)
    small = Solver(
        replace(question, table=CostTable(OrderedCosts(groups.means), None), weights=groups.weights)
    )
    left = run.seconds_left if np.isfinite(run.seconds_left) else None
    inner = Run(small.evaluate, time_limit_s=left, seed=run.seed, threads=run.threads)
    with run.timed("groups"):
        found, _ = small.solve(p, inner)
    counted = groups.of_row >= 0
    with run.timed("certify"):
        objective, assignment = objective_of(table, weights, found.chosen, counted, question.unserved_cost)
        multipliers = _handed_down(table, weights, groups, found.multipliers)
        bound = root_bound_of(
            table,
            weights,
            p,
            multipliers,
            counted=counted,
            fixed_in=question.fixed_in,
            fixed_out=question.fixed_out,
            unserved_cost=question.unserved_cost,
        )
    if len(found.chosen) == 0:
        return replace(
            found, assignment=np.full(len(weights), -1), multipliers=multipliers, notes=_told(groups)
        )
    run.offer(found.chosen)
    run.raise_bound(bound)
    proven = relative_gap(objective, min(bound, objective)) <= PROOF_TOLERANCE
    ended = Status.INTERRUPTED if run.interrupted or inner.interrupted else Status.FEASIBLE
    return EngineResult(
        status=Status.OPTIMAL if proven else ended,
        chosen=found.chosen,
        assignment=assignment,
        objective=objective,
        lower_bound=min(bound, objective),
        proof=Proof.LAGRANGIAN if proven else Proof.NONE,
        multipliers=multipliers,
        root_bound=bound,
        stages=dict(run.stages),
        memory_mb=found.memory_mb + groups.means.nbytes / 1e6,
        notes=_told(groups),
    )


def _told(groups: Groups) -> tuple[str, ...]:
    n_rows, n_groups = int((groups.of_row >= 0).sum()), len(groups.weights)
    told = Sentence(
        "opt.proof.groups",
        "{n_rows} demand points were solved as {n_groups} groups",
        n_rows=n_rows,
        n_groups=n_groups,
    )
    return (
        Sentence(
            "opt.proof.of_all_points",
            "{told}; objective and bound are those of all points, and the gap is the error of the grouping",
            told=told,
        ),
    )


def _grouped(question: Question, most: int) -> Groups:
    table, weights = question.table, question.weights
    allowed = np.ones(table.shape[1], dtype=np.bool_)
    allowed[question.fixed_out] = False
    nearest, reach = _signatures(table, allowed)
    served = nearest[:, 0] >= 0
    rows = np.flatnonzero((weights > 0) & (served | np.isfinite(question.unserved_cost)))
    group = _numbered(nearest[rows], reach[rows], most)
    of_row = np.full(len(weights), -1, dtype=np.int64)
    of_row[rows] = group
    summed = np.bincount(group, weights[rows]).astype(np.float64)
    return Groups(of_row, _means(table, weights, rows, group, summed), summed)


def _signatures(table: CostTable, allowed: BoolArray) -> tuple[Int32Array, NDArray[np.uint64]]:
    """(n_rows, depth) nearest allowed sites of each row (-1: none), and a number for the sites it reaches."""
    n_rows, n_sites = table.shape
    depth = min(_DEPTH, n_sites)
    keys = np.random.default_rng(5).integers(1, 2**63, size=n_sites, dtype=np.uint64)
    nearest = np.empty((n_rows, depth), dtype=np.int32)
    reach = np.empty(n_rows, dtype=np.uint64)
    for place, block in table.blocks(np.arange(n_rows)):
        reach[place] = (np.isfinite(block) * keys).sum(axis=1, dtype=np.uint64)
        block[:, ~allowed] = np.inf
        near = np.argpartition(block, depth - 1, axis=1)[:, :depth]
        near.sort(axis=1)
        costs = np.take_along_axis(block, near, axis=1)
        order = costs.argsort(axis=1, kind="stable")
        nearest[place] = np.where(
            np.isfinite(np.take_along_axis(costs, order, 1)), np.take_along_axis(near, order, 1), -1
        )
    return nearest, reach


def _numbered(nearest: Int32Array, reach: NDArray[np.uint64], most: int) -> IntArray:
    """Group of each row: as many nearest sites alike as leave at most ``most`` groups, but at least one."""
    for depth in range(nearest.shape[1], 0, -1):
        signed = np.column_stack([nearest[:, :depth].astype(np.int64), reach.view(np.int64)])
        _, group = np.unique(signed, axis=0, return_inverse=True)
        group = group.reshape(-1).astype(np.int64)
        if depth == 1 or group.max(initial=-1) < most:
            break
    return group


def _means(
    table: CostTable, weights: FloatArray, rows: IntArray, group: IntArray, summed: FloatArray
) -> FloatArray:
    means = np.zeros((len(summed), table.shape[1]))
    order = np.argsort(group, kind="stable")
    for place, block in table.blocks(rows[order]):
        here = order[place]
        begins = np.flatnonzero(np.diff(group[here], prepend=-1))
        shares = weights[rows[here]] / summed[group[here]]
        means[group[here[begins]]] += np.add.reduceat(block * shares[:, None], begins, axis=0)
    return means


def _handed_down(
    table: CostTable, weights: FloatArray, groups: Groups, multipliers: FloatArray
) -> FloatArray:
    """(n_rows,) multipliers that add up to those of the groups, each where its row puts the marginal site."""
    mean = np.divide(multipliers, groups.weights, out=np.zeros(len(multipliers)), where=groups.weights > 0)
    distance = np.abs(np.where(np.isfinite(groups.means), groups.means, np.inf) - mean[:, None])
    site = distance.argmin(axis=1)
    there = groups.means[np.arange(len(site)), site]
    handed = np.zeros(len(weights))
    rows = np.flatnonzero(groups.of_row >= 0)
    for place, block in table.blocks(rows):
        here, group = rows[place], groups.of_row[rows[place]]
        own = block[np.arange(len(here)), site[group]]
        further = np.where(np.isfinite(own), own - there[group], 0.0)
        handed[here] = weights[here] * np.maximum(0.0, mean[group] + further)
    return handed
