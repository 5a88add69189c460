"""Objectives that are convex in everybody's minutes, bounded by median problems and not by one large program.

An objective ``F`` that is convex in the minutes ``t`` and never falls with them lies above each of its
tangents, and so above every mean of tangents::

    F(t) >= constant + sum_i v_i t_i,    v_i >= 0

The right side, made small over all placements, is a median problem whose weights are the slopes ``v``; the
engine bounds it in seconds where a program with all pairs is never built. Tangents are taken at the answers
of these median problems and averaged (Brown 1951, *Iterative solution of games by fictitious play*, in
Activity Analysis of Production and Allocation); every answer is improved by swaps on ``F`` itself. A site
that costs more than the best answer in such a median problem (its Lagrangian reduced cost) is in no better
one; when few placements are left they are all looked at, which proves the best of them. The Gini coefficient
of people is no such ``F``; it has a tree of its own (:mod:`optimise.gini_tree`).
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import TYPE_CHECKING

import numpy as np

from optimise.arrays import BoolArray, FloatArray
from optimise.engines import conditioned, engine_with_multipliers, pairs_in_play, why_not
from optimise.exact import LIMIT_TOLERANCE, PROOF_TOLERANCE
from optimise.outcome import Outcome
from optimise.placed import Placed
from optimise.running import Limits
from optimise.sentences import Sentence, joined
from optimise.starting import Score, SwapSearch
from optimise.status import Status
from optimise.verification import keeps_limits, keeps_site_limits

if TYPE_CHECKING:
    from optimise.models.fairness import OutcomeModel
    from optimise.problem import PlacementProblem
    from optimise.service import ServicePlan

#: Pairs from which median problems bound, instead of a program with all of them.
PAYS_AT_PAIRS = 400_000
#: Rounds of tangents; fewer where this many of them bring less than this share of the gap.
_ROUNDS, _IDLE, _WORTHWHILE = 12, 3, 0.01
#: Relative gap to which each median problem is solved.
_GAP = 1e-4
#: Pairs in play up to which branch and cut begins at once, and the share of the seconds before it elsewhere.
_FEW_PAIRS, _BEFORE = 1_000_000, 0.5
#: Placements that are all looked at in the end.
_MOST_PLACEMENTS, _MOST_STEPS = 20_000, 500_000


def large(problem: PlacementProblem, limits: Limits) -> bool:
    """True where a program with all pairs would not be solved in minutes."""
    return problem.n_pairs >= PAYS_AT_PAIRS and limits.in_process


@dataclass(frozen=True, eq=False, slots=True)
class Relaxed:
    """A Lagrangian bound of every choice of sites: a constant, and the worth of each free site."""

    constant: float
    worth: FloatArray

    def value(self, chosen: list[int]) -> float:
        """The bound of the placement that opens just these of the free sites."""
        return self.constant + float(self.worth[chosen].sum())

    def least(self, to_open: int) -> float:
        """The bound of all placements."""
        return self.constant + float(np.sort(self.worth)[:to_open].sum())


class MedianBounds:
    """One search.

    Args:
        model: what is asked.
        problem: columns stand in the order that breaks ties.
        plan: who is counted: everybody in it can be served at once.
        limits: what may be spent.
    """

    def __init__(
        self, model: OutcomeModel, problem: PlacementProblem, plan: ServicePlan, limits: Limits
    ) -> None:
        self.model, self.problem, self.plan, self.limits = model, problem, plan, limits
        self.below = model.convex_below()
        self.swaps = SwapSearch(problem, model, limits)
        self.best: BoolArray | None = None
        self.score: Score = (math.inf, math.inf, math.inf)
        self.left_out = float(problem.weights[~plan.relevant].sum())
        self.bound = -math.inf
        self.closed = np.zeros(problem.n_sites, dtype=bool)
        self.rounds, self.looked_at = 0, 0
        self.branched: tuple[int, int] | None = None
        self.nodes = 0
        self.status = Status.FEASIBLE
        self.relaxations: list[Relaxed] = []
        self.slope, self.constant, self.tangents = np.zeros(problem.n_demand), 0.0, 0

    def outcome(self) -> Outcome:
        """Start, bound, and look at what is left."""
        began = time.perf_counter()
        limits = self.limits
        if self.below is None:
            self._rounds()
        elif pairs_in_play(self.problem) <= _FEW_PAIRS:
            self._first_slope()
        else:
            self.limits = limits.part(_BEFORE)
            self._rounds()
            self.limits = limits
        proven = self.status is Status.FEASIBLE and self._closed()
        if not proven and self.status is Status.FEASIBLE:
            proven = self._look_at_the_rest()
        if not (proven or self._late()) and self.status is Status.FEASIBLE and self.below is not None:
            proven = self._branch(self.below)
        elif not (proven or self._late()) and self.status is Status.FEASIBLE and self.model.ratio_of_people:
            proven = self._tree_of_a_ratio()
        if proven and self.best is None:
            self.status = Status.INFEASIBLE
        elif proven:
            self.status, self.bound = Status.OPTIMAL, min(self.score[2], max(self.bound, self.score[2]))
        elif self.best is None and self.status is Status.FEASIBLE:
            self.status = Status.NO_SOLUTION
        known = math.isfinite(self.bound)
        return Outcome(
            status=self.status,
            placed=None if self.best is None else Placed.nearest(self.problem, self.best),
            bound=self.model.in_unit(self.bound, self.problem) if known else -math.inf,
            solver=Sentence(
                "opt.solver.pmedian", "exact p-median engine with HiGHS {version}", version=version("highspy")
            ),
            formulation="tangents bounded by median problems, swaps on the objective itself",
            proof=self._proof(proven=proven),
            build_s=0.0,
            solve_s=time.perf_counter() - began,
            figures={"sites_left": float((self.problem.free & ~self.closed).sum())},
        )

    def _proof(self, *, proven: bool) -> str:
        left = int((self.problem.free & ~self.closed).sum())
        template = "{rounds} median problems, each with the slopes of the objective as weights"
        told = Sentence("opt.proof.slopes", template, rounds=self.rounds)
        if self.looked_at:
            template = "{told}, and {number} placements of the {left} sites that they leave open, one by one"
            told = Sentence("opt.proof.one_by_one", template, told=told, number=self.looked_at, left=left)
        if self.branched is not None:
            cuts, branches = self.branched
            template = "branch and cut: {cuts} cuts of the objective in {branches} branches"
            by_cuts = Sentence("opt.proof.branch_and_cut", template, cuts=cuts, branches=branches)
            told = joined(told, by_cuts) if self.rounds else by_cuts
        if self.nodes:
            return Sentence(
                "opt.proof.gini_tree",
                "{nodes} choices of sites bounded by how many live within each number of minutes",
                nodes=self.nodes,
            )
        if proven:
            return told
        if self.below is None and self.model.ratio_of_people and self._late():
            return Sentence(
                "opt.proof.swaps_late",
                "swaps only: the time was up before the choices of sites were bounded",
            )
        if self.below is None:
            return Sentence(
                "opt.proof.swaps",
                "swaps only: {model} is not convex, so at this size no bound above 0 is known",
                model=self.model.name,
            )
        pairs = self.problem.n_pairs
        return Sentence(
            "opt.proof.too_many_pairs",
            "{told}; a program with the {pairs} pairs would take more than 2 GB and is not built",
            told=told,
            pairs=pairs,
        )

    def _late(self) -> bool:
        return time.monotonic() > self.limits.deadline

    @property
    def value(self) -> float:
        """What a better answer is below: the objective of the best, once it serves all who can be served.

        Until then anything may be better: who leaves people out may have a lower objective than who does not.
        """
        missing, unserved, value = self.score
        everybody = unserved <= self.left_out + LIMIT_TOLERANCE * max(1.0, float(self.problem.weights.sum()))
        return value if missing == 0 and everybody else math.inf

    def _closed(self) -> bool:
        gap = max(self.limits.gap, PROOF_TOLERANCE / 10)
        return math.isfinite(self.value) and self.value - self.bound <= gap * abs(self.value)

    def _offer(self, sites: BoolArray) -> None:
        score = self.swaps.score(self.swaps.minutes(sites))
        fits = keeps_limits(self.problem, Placed.nearest(self.problem, sites))
        if fits and score[:2] <= self.score[:2] and (score[:2] < self.score[:2] or score[2] < self.score[2]):
            self.best, self.score = sites.copy(), score

    def _rounds(self) -> None:
        """The least mean first, then tangents at the answers."""
        slope, constant = self._first_slope()
        tried: set[bytes] = set()
        idle = 0
        for number in range(_ROUNDS):
            self._average(slope, constant)
            before = self.bound
            sites = self._median()
            if sites is None or self.status is not Status.FEASIBLE:
                return
            if sites.tobytes() not in tried:
                tried.add(sites.tobytes())
                self._offer(sites)
                improved = self.swaps.best(sites)
                if improved is not None:
                    self._offer(improved)
            idle = idle + 1 if self.bound - before <= _WORTHWHILE * (self.value - before) else 0
            if self._closed() or self._late() or idle >= _IDLE or self.below is None:
                return
            at = sites if number or self.best is None or not self._serves(self.best) else self.best
            if not self._serves(at):
                return
            slope, constant = self._tangent(at)

    def _average(self, slope: FloatArray, constant: float) -> None:
        """The mean of all tangents so far; what bounds nothing (the weights alone) is in no mean."""
        if not math.isfinite(constant) or self.tangents == 0:
            self.slope, self.constant = slope, constant
        else:
            share = 1.0 / (self.tangents + 1)
            self.slope = self.slope + share * (slope - self.slope)
            self.constant += share * (constant - self.constant)
        self.tangents += math.isfinite(constant)

    def _serves(self, sites: BoolArray) -> bool:
        """Whether all who are counted are served: elsewhere a tangent is one of other people's minutes."""
        return bool(np.isfinite(self.swaps.minutes(sites)[self.plan.relevant]).all())

    def _first_slope(self) -> tuple[FloatArray, float]:
        """The tangent at a good start; the weights alone where none serves all who are counted."""
        self.swaps.limits = self.limits.part(0.25)
        start = self.swaps.best()
        self.swaps.limits = self.limits
        if start is not None:
            self._offer(start)
        if start is None or self.below is None or not self._serves(start):
            return np.where(self.plan.relevant, self.problem.weights, 0.0), -math.inf
        return self._tangent(start)

    def _tangent(self, sites: BoolArray) -> tuple[FloatArray, float]:
        assert self.below is not None
        minutes = self.swaps.minutes(sites)
        steered = self.below.steer(self.problem, minutes)
        assert steered is not None
        assert steered[1] is not None
        slope = np.where(self.plan.relevant, np.maximum(steered[1], 0.0), 0.0)
        used = slope > 0
        return slope, steered[0] - float(slope[used] @ minutes[used])

    def _median(self) -> BoolArray | None:
        """Sites of the median problem whose weights are the slopes; its bound is taken over."""
        problem, relevant = self.problem, self.plan.relevant
        rate = np.divide(
            self.slope, problem.weights, out=np.zeros(problem.n_demand), where=problem.weights > 0
        )
        with np.errstate(invalid="ignore"):  # nothing a minute, for ever, is still for ever
            prices = problem.allowed_costs * rate[:, None]
        prices[~np.isfinite(problem.allowed_costs)] = np.inf
        prices[~relevant] = np.inf
        limits = self._share()
        multipliers: FloatArray | None = None
        if why_not(problem, self.plan, limits):
            found = conditioned(problem, prices, self.plan, math.inf, limits)
        else:
            found, multipliers = engine_with_multipliers(problem, prices, math.inf, limits)
        self.rounds += 1
        if found is None:
            return None
        if found.status in (Status.INFEASIBLE, Status.INTERRUPTED):
            self.status = found.status
        total = found.bound * float(problem.weights[relevant].sum())
        if math.isfinite(self.constant) and math.isfinite(total):
            self.bound = max(self.bound, self.constant + total)
            if multipliers is not None and self.best is not None:
                self._close_sites(prices, multipliers)
        return None if found.placed is None else found.placed.sites

    def _share(self) -> Limits:
        """What one median problem may spend: a third of what is left."""
        return replace(self.limits, gap=max(self.limits.gap, _GAP), on_progress=None).part(1 / 3)

    def _close_sites(self, prices: FloatArray, multipliers: FloatArray) -> None:
        """Sites that are in no better answer, by their reduced cost in the median problem."""
        problem, rows = self.problem, np.flatnonzero(self.plan.relevant)
        to_open = (problem.n_open or 0) - int(problem.always_open.sum())
        free = np.flatnonzero(problem.free)
        if not 0 < to_open < len(free):
            return
        caps = prices[:, problem.always_open].min(axis=1, initial=np.inf)[rows] * problem.weights[rows]
        u = np.minimum(multipliers[rows], caps)
        worth = np.zeros(len(free))
        for first in range(0, len(rows), 4_000):
            own = slice(first, first + 4_000)
            weighted = prices[np.ix_(rows[own], free)] * problem.weights[rows[own], None]
            worth += np.minimum(0.0, weighted - u[own, None]).sum(axis=0)
        slack = 1e-9 * (abs(self.score[2]) + abs(self.constant) + float(np.abs(u).sum()))
        self.relaxations.append(Relaxed(self.constant + float(u.sum()) - slack, worth))
        self._close_what_costs_more()

    def _close_what_costs_more(self) -> None:
        free = np.flatnonzero(self.problem.free)
        to_open = (self.problem.n_open or 0) - int(self.problem.always_open.sum())
        for relaxed in self.relaxations:
            least = np.sort(relaxed.worth)[:to_open]
            forced = relaxed.constant + float(least.sum()) + np.maximum(0.0, relaxed.worth - least[-1])
            self.closed[free[forced > self.value]] = True

    def _look_at_the_rest(self) -> bool:
        """All placements that no bound excludes, where they are few; True when all were looked at."""
        self._close_what_costs_more()
        choices = self._choices_left()
        if choices is None:
            return False
        free = np.flatnonzero(self.problem.free)
        for chosen in choices:
            if self._late():
                return False
            if all(own.value(chosen) <= self.value for own in self.relaxations):
                sites = self.problem.always_open.copy()
                sites[free[chosen]] = True
                self._offer_quickly(sites)
                self.looked_at += 1
        return True

    def _choices_left(self) -> list[list[int]] | None:
        """Choices of the free sites (by their place among them) below the answer; None for too many."""
        to_open = (self.problem.n_open or 0) - int(self.problem.always_open.sum())
        free = int(self.problem.free.sum())
        if self.problem.n_open is None:
            return None
        if not 0 <= to_open <= free:
            return []
        nothing = Relaxed(-math.inf, np.zeros(free))  # where no median problem told what sites are worth
        tightest = max(self.relaxations, key=lambda own: own.least(to_open), default=nothing)
        left = np.flatnonzero(~self.closed[self.problem.free])
        order = left[np.argsort(tightest.worth[left], kind="stable")]
        worth = tightest.worth[order].tolist()
        found: list[list[int]] = []
        steps = 0
        stack: list[tuple[int, float, list[int]]] = [(0, tightest.constant, [])]
        while stack:
            first, value, chosen = stack.pop()
            missing = to_open - len(chosen)
            if missing == 0:
                found.append(chosen)
                continue
            for place in range(first, len(order) - missing + 1):
                steps += 1
                if value + sum(worth[place : place + missing]) > self.value:
                    break
                stack.append((place + 1, value + worth[place], [*chosen, int(order[place])]))
            if len(found) > _MOST_PLACEMENTS or steps > _MOST_STEPS:
                return None
        return found

    def _branch(self, below: OutcomeModel) -> bool:
        """Branch and cut over all placements; True when none is better than the best."""
        from optimise.cut_engine.branching import CutSearch  # noqa: PLC0415 - compiles
        from optimise.cut_engine.master import Master, sites_to_serve  # noqa: PLC0415
        from optimise.cut_engine.rows import Cut, Rows  # noqa: PLC0415

        problem, relevant = self.problem, self.plan.relevant
        free, rows = np.flatnonzero(problem.free), Rows.of(problem, np.flatnonzero(relevant))

        def piece(shares: FloatArray) -> Cut:
            own, last = rows.served(shares)
            minutes = np.full(problem.n_demand, np.inf)
            minutes[rows.people] = own
            steered = below.steer(problem, minutes)
            assert steered is not None
            assert steered[1] is not None
            rates = np.maximum(steered[1][rows.people], 0.0)
            constant, worth = rows.worth(last, rates, len(free))
            return Cut(steered[0], steered[0] - float(rates @ own) + constant, worth)

        def offer(chosen: BoolArray) -> float:
            sites = problem.always_open.copy()
            sites[free[chosen]] = True
            if not keeps_site_limits(problem, sites, self.swaps.on_sites):
                return math.inf
            self._offer_quickly(sites)
            everybody = self._serves(sites) and keeps_limits(problem, Placed.nearest(problem, sites))
            return self.swaps.score(self.swaps.minutes(sites))[2] if everybody else math.inf

        master = Master(sites_to_serve(problem, self.plan), np.ones(1), np.zeros(1), self._size())
        for relaxed in self.relaxations:
            master.add(0, Cut(relaxed.constant, relaxed.constant, relaxed.worth))
        gap = max(self.limits.gap, PROOF_TOLERANCE / 10)
        search = CutSearch(master, [piece], offer, lambda value: gap * abs(value), self.limits)
        proven = search.run(None if self.best is None else self.best[free])
        self.bound = max(self.bound, search.bound)
        self.branched = search.cuts, search.branches
        return proven

    def _tree_of_a_ratio(self) -> bool:
        """Branch and bound over all placements; True when none is better than the best."""
        from optimise.gini_tree import GiniTree  # noqa: PLC0415 - compiles

        problem, rows = self.problem, np.flatnonzero(self.plan.relevant & (self.problem.weights > 0))
        if problem.n_open is None or not math.isfinite(self.value):
            return False
        free = np.flatnonzero(problem.free)
        costs = problem.allowed_costs[rows]
        least = 1.0 - max(self.limits.gap, PROOF_TOLERANCE / 10) / 2

        def offer(chosen: list[int]) -> None:
            sites = problem.always_open.copy()
            sites[free[chosen]] = True
            self._offer_quickly(sites)

        tree = GiniTree(
            np.ascontiguousarray(costs[:, free]),
            costs[:, problem.always_open].min(axis=1, initial=np.inf),
            problem.weights[rows],
            problem.n_open - int(problem.always_open.sum()),
            lambda: least * self.value,
            offer,
            self.limits.deadline,
        )
        self.bound = max(self.bound, tree.run())
        self.nodes = max(tree.nodes, 1)
        return self._closed()

    def _size(self) -> float:
        """About what the objective is."""
        at = np.where(self.plan.relevant, self.problem.allowed_costs.min(axis=1, initial=np.inf), np.inf)
        steered = self.model.steer(self.problem, at)
        assert steered is not None
        return max(abs(self.value) if math.isfinite(self.value) else 0.0, abs(steered[0]), 1e-9)

    def _offer_quickly(self, sites: BoolArray) -> None:
        score = self.swaps.score(self.swaps.minutes(sites), self.score)
        if score[:2] <= self.score[:2] and (score[:2] < self.score[:2] or score[2] < self.score[2]):
            self._offer(sites)
