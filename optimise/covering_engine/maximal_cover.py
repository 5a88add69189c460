"""Maximal covering (MCLP) proven at scale, with backup coverage on request.

1. Demand points with the same covering sites are merged (:mod:`optimise.covering_engine.coverage`), and sites
   whose demand others cover are closed.
2. Interchange gives sites, a Lagrangian relaxation a bound. Its multipliers are found by the volume algorithm
   (Barahona and Anbil 2000, *The volume algorithm: producing primal solutions with a subgradient method*,
   Mathematical Programming 87), whose mean choice of sites leads to better sites in turn.
3. Sites that no better answer can open, or leave closed, are decided by their reduced costs; the rest is
   merged and reduced again, until little more is decided.
4. What is left, the core, goes to a tree over its sites with the same bound
   (:mod:`optimise.covering_engine.cover_tree`), in a quarter of the time that is left.
5. What the tree does not close is bounded by parts of the people that choose whole sites for themselves
   (:mod:`optimise.covering_engine.parts`), with a tree of its own.
6. What that does not close either is a PuLP program that HiGHS proves from the best sites known. The rows are
   the merged ones; their linear relaxation is that of the projected formulation of Cordeau, Furini and Ljubic
   (2019), see :mod:`optimise.covering_engine.coverage`.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field

import numpy as np
import pulp

from optimise.algebra import Term, linear, summed, value_of
from optimise.arrays import BoolArray, FloatArray, IntArray
from optimise.covering_engine import parts
from optimise.covering_engine.cover_tree import CoverTree
from optimise.covering_engine.coverage import Coverage
from optimise.covering_engine.gain_kernels import FREE, OPEN, fix_columns, gain_bound, interchange
from optimise.covering_engine.gains import Gains
from optimise.covering_engine.set_cover import Proof
from optimise.running import Limits, run_program
from optimise.service import SCALED_WEIGHT
from optimise.status import Status

_STEPS, _ROUNDS, _TRIES = 600, 12, 6
#: Rounds go on while they decide at least this share of the open questions.
_WORTHWHILE = 0.05
#: Share of the time that the tree gets before HiGHS.
_TREE_SHARE = 0.25
#: Share of what is then left that the search by parts gets before HiGHS.
_PARTED_SHARE = 0.7
#: Share of the worth that sums of so many weights are rounded by.
_ROUNDING = 1e-10


@dataclass(frozen=True, eq=False, slots=True)
class MaximalCover:
    """Open sites, what they cover, and the proof.

    Attributes:
        status: OPTIMAL only when the gap is closed.
        columns: all open columns, the always-open ones included, ascending.
        worth: covered weight, mixed with the weight covered twice where backup counts.
        bound: no placement is worth more.
        proof: what closed the gap.
        figures: sizes of the problem at each step.
        solver_s: wall seconds in HiGHS.
    """

    status: Status
    columns: IntArray
    worth: float
    bound: float
    proof: Proof
    figures: dict[str, float] = field(default_factory=dict)
    solver_s: float = 0.0


class MaximalCoverSearch:
    """One search. The number of columns must be possible.

    Args:
        coverage: who is covered by which columns.
        n_open: how many columns are open in the answer, the always-open ones included.
        limits: what may be spent; ``gap`` stops the core program early.
        backup: share of the objective, 0 to 1, that counts weight covered by a second column.
        always_open: (n_columns,) columns that are open in every answer; none by default.
        reduce: False leaves dominance and fixing out.
        enough: stop as soon as a placement is worth this much, or none can be.
    """

    def __init__(
        self,
        coverage: Coverage,
        n_open: int,
        limits: Limits,
        *,
        backup: float = 0.0,
        always_open: BoolArray | None = None,
        reduce: bool = True,
        enough: float = math.inf,
    ) -> None:
        self.limits, self.reduce, self.enough = limits, reduce, enough
        self.began = time.perf_counter()
        self.random = np.random.default_rng(limits.seed)
        status = np.zeros(coverage.n_sites, dtype=np.int64)
        if always_open is not None:
            status[always_open] = OPEN
        whole = bool((coverage.weights == np.round(coverage.weights)).all()) and backup == 0
        self.step = 1.0 if whole else 0.0
        root = Gains(
            coverage.near,
            (1 - backup) * coverage.weights,
            backup * coverage.weights,
            np.arange(coverage.n_sites),
            n_open,
            np.zeros(0, dtype=np.int64),
            0.0,
        )
        self.gains, _ = root.decided(status, reduce=reduce)
        self.figures = {"merged_rows": float(len(coverage.weights))}
        self.best, self.bound = -math.inf, math.inf
        self.columns = self.gains.opened
        self.solver_s = 0.0

    def outcome(self) -> MaximalCover:
        """Search until the gap is closed, or a limit strikes."""
        try:
            proof, status = self._rounds(), Status.OPTIMAL
            if proof is Proof.NONE:
                proof, status = self._searched()
        except KeyboardInterrupt:
            proof, status = Proof.NONE, Status.INTERRUPTED
        bound = self.best if self.bound <= self._threshold else self.bound
        return MaximalCover(status, self.columns, self.best, bound, proof, self.figures, self.solver_s)

    @property
    def _threshold(self) -> float:
        """Nothing that is bounded by this is better than the best sites known."""
        return self.best + max(self.step - 1e-9 * abs(self.best), 0.0)

    @property
    def _done(self) -> bool:
        closed = (
            self.bound <= self._threshold or self.best >= self.enough or self.bound < self.enough < math.inf
        )
        return closed or self.bound - self.best <= self.limits.gap * abs(self.best)

    @property
    def _late(self) -> bool:
        return time.monotonic() > self.limits.deadline

    def _rounds(self) -> Proof:
        """Bound, improve, decide; NONE where a core is left."""
        multipliers = self._first_sites()
        for _ in range(_ROUNDS):
            gains = self.gains
            all_fit = gains.n_open == len(gains.columns)
            if gains.n_open == 0 or all_fit or gains.near.size == 0:
                self._offer(~self._none() if all_fit else self._none())
                self.bound = min(self.bound, self.best)
                return Proof.REDUCTION
            status = self._bounded(multipliers)
            self._tell()
            if self._done:
                return Proof.LAGRANGIAN
            if not self.reduce or self._late:
                return Proof.NONE
            decided = int((status != FREE).sum())
            if decided == 0:
                return Proof.NONE
            self.gains, row_of = gains.decided(status)
            left = row_of >= 0
            merged = summed(row_of[left], multipliers[left], len(self.gains.first))
            multipliers = np.minimum(merged, self.gains.first + self.gains.second)
            if decided < _WORTHWHILE * len(gains.columns):
                return Proof.NONE
        return Proof.NONE

    def _none(self) -> BoolArray:
        return np.zeros(len(self.gains.columns), dtype=bool)

    def _first_sites(self) -> FloatArray:
        """Greedy and interchange; multipliers between the gains of the first and the second open column."""
        gains = self.gains
        if gains.near.size == 0:
            return gains.first
        chosen = self._none()
        interchange(*gains.lists, gains.first, gains.second, gains.n_open, chosen)
        self._offer(chosen)
        times = gains.near[:, chosen].sum(axis=1)
        return np.where(
            times == 0, gains.first, np.where(times == 1, 0.5 * (gains.first + gains.second), 0.0)
        )

    def _bounded(self, multipliers: FloatArray) -> IntArray:
        """Lower the bound and try the sites it points to; what is decided about each column."""
        gains, lists = self.gains, self.gains.lists
        status = np.zeros(len(gains.columns), dtype=np.int64)
        scores, mean_choice = np.zeros(len(status)), np.full(len(status), 0.5)
        target = min(self._threshold, self.enough) - gains.constant
        value = gain_bound(
            *lists[:2], gains.first, gains.second, gains.n_open, status, target, multipliers, scores,
            mean_choice, _STEPS,
        )  # fmt: skip
        self.bound = min(self.bound, max(gains.constant + value, self.best))
        if self._done:
            return status
        for number in range(_TRIES):
            if self._late:
                break
            likely = mean_choice if number == 0 else mean_choice + self.random.normal(0, 0.3, len(status))
            chosen = self._none()
            kept = gains.n_open if number == 0 else max(1, round(0.8 * gains.n_open))
            chosen[np.argsort(-likely, kind="stable")[:kept]] = True
            interchange(*lists, gains.first, gains.second, gains.n_open, chosen)
            self._offer(chosen)
        fix_columns(scores, gains.n_open, gains.constant + value, self._threshold, status)
        return status

    def _offer(self, chosen: BoolArray) -> None:
        worth = self.gains.worth(chosen)
        if worth > self.best:
            self.best, self.columns = worth, self.gains.all_open(chosen)

    def _tell(self) -> None:
        if self.limits.on_progress is not None:
            self.limits.on_progress(time.perf_counter() - self.began, self.best, self.bound)

    def _searched(self) -> tuple[Proof, Status]:
        """The tree over what is left, and HiGHS on what the tree leaves open."""
        self.figures |= {
            "core_rows": float(len(self.gains.first)),
            "core_columns": float(len(self.gains.columns)),
        }
        if self.reduce and not self._late:
            deadline = self.limits.part(_TREE_SHARE).deadline
            tree = CoverTree(
                self.gains,
                self._not_worth_it,
                self._offer,
                lambda bound: self._ends(bound) or time.monotonic() > deadline,
                seed=self.limits.seed,
            )
            bound, closed = tree.run()
            self.figures["tree_nodes"] = float(tree.nodes)
            self.bound = min(self.bound, max(bound, self.best))
            if closed or self._done or self._parted():
                return Proof.TREE, Status.OPTIMAL
        status = self._core()
        return Proof.MIP if status is Status.OPTIMAL else Proof.NONE, status

    def _parted(self) -> bool:
        """Whether a tree with a bound by parts closes what is left."""
        gains = self.gains
        if gains.second.any() or self._late or gains.near.sum() < parts.PAYS_AT_PAIRS:
            return False
        deadline = self.limits.part(_PARTED_SHARE).deadline
        search = parts.PartedSearch(gains, self._not_worth_it, self._offer, self._ends, deadline)
        bound, closed = search.run()
        self.figures["part_nodes"] = float(search.nodes)
        self.bound = min(self.bound, max(bound, self.best))
        return closed or self._done

    def _not_worth_it(self) -> float:
        """Answers worth no more than this are of no use; what rounding leaves is none either."""
        useless = max(self._threshold, self.best + _ROUNDING * abs(self.best))
        return min(useless, float(np.nextafter(self.enough, -np.inf)))

    def _ends(self, bound: float) -> bool:
        """Take note of a bound of all answers, and say whether it closes the search."""
        self.bound = min(self.bound, max(bound, self.best))
        self._tell()
        return self._done

    def _core(self) -> Status:
        """Solve what is left by HiGHS."""
        gains = self.gains
        if self._late:
            return Status.FEASIBLE
        program, opened, scale = core_program(gains)
        known = np.isin(gains.columns, self.columns)
        start = {item: float(is_open) for item, is_open in zip(opened, known.tolist(), strict=True)}
        run = run_program(
            program, self.limits, scale=scale, start=start if known.sum() == gains.n_open else {}
        )
        self.solver_s = run.seconds
        if run.has_values:
            self._offer(np.array([value_of(item) > 0.5 for item in opened]))
        if math.isfinite(run.bound):
            self.bound = min(self.bound, max(run.bound, self.best))
        if run.status is Status.OPTIMAL or self._done:
            return Status.OPTIMAL
        return Status.INTERRUPTED if run.status is Status.INTERRUPTED else Status.FEASIBLE


def core_program(gains: Gains) -> tuple[pulp.LpProblem, list[pulp.LpVariable], float]:
    """The covering program of what is undecided, its site variables, and the scale of its objective.

    Rows with one column need no variable of their own. A row's second gain is integer only where it is above
    the first one.
    """
    program = pulp.LpProblem("maximal_cover", pulp.LpMaximize)
    opened = [program.add_variable(f"open_{column}", cat=pulp.LpBinary) for column in gains.columns.tolist()]
    total = gains.constant + float(gains.first.sum() + gains.second.sum())
    scale = SCALED_WEIGHT / total if total > 0 else 1.0
    terms: list[tuple[Term, float]] = [(1.0, scale * gains.constant)]
    program.addConstraint(linear((item, 1.0) for item in opened) == gains.n_open, "count")
    sizes = gains.near.sum(axis=1)
    for row, (first, second) in enumerate(zip(gains.first.tolist(), gains.second.tolist(), strict=True)):
        sites = [opened[site] for site in np.flatnonzero(gains.near[row]).tolist()]
        if sizes[row] == 1:
            terms.append((sites[0], scale * first))
            continue
        once = program.add_variable(f"once_{row}", 0.0, 1.0)
        covering = [*((site, 1.0) for site in sites), (once, -1.0)]
        terms.append((once, scale * first))
        if second > 0:
            kind = pulp.LpInteger if second > first else pulp.LpContinuous
            twice = program.add_variable(f"twice_{row}", 0.0, 1.0, kind)
            terms.append((twice, scale * second))
            covering.append((twice, -1.0))
            program.addConstraint(linear([(once, 1.0), (twice, -1.0)]) >= 0, f"order_{row}")
        program.addConstraint(linear(covering) >= 0, f"cover_{row}")
    program.setObjective(linear(terms))
    return program, opened, scale
