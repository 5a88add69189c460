"""The capacitated p-median at scale: a Lagrangian bound, sites and assignment to it, and a core program.

Relaxing "everybody is served once" leaves one knapsack for each site (Pirkul 1987, *Efficient algorithms for
the capacitated concentrator location problem*, Computers and Operations Research 14; Lorena and Senne 2004,
*A column generation approach to capacitated p-median problems*, Computers and Operations Research 31). Its
bound decides which sites and which pairs of demand point and site a better answer can use: a pair stays in
the core when the bound, its reduced cost in the site's knapsack, and the cost of opening the site together
are below the best answer known. The core is a PuLP program for HiGHS; where it is too large to hold all such
pairs it improves the answer only, and the bound stays the Lagrangian one. Where everybody goes, whole, to one
site, whole knapsacks, a set partitioning and a tree over sites come before the core.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

import numpy as np
import pulp

from optimise.algebra import Term, linear, value_of
from optimise.arrays import BoolArray, FloatArray, IntArray
from optimise.capacity_engine.branching import SiteTree
from optimise.capacity_engine.capacity_kernels import (
    CLOSED,
    FREE,
    OPEN,
    assign,
    capacity_bound,
    median_interchange,
)
from optimise.capacity_engine.partitioning import Partitioning
from optimise.covering_engine.gain_kernels import fix_columns
from optimise.covering_engine.set_cover import Proof
from optimise.exact import FINE
from optimise.running import Limits, Run, run_program
from optimise.service import SCALED_WEIGHT
from optimise.status import Status

_ROUNDS, _STEPS = 12, 400
#: Rounds go on while they close at least this share of the gap.
_WORTHWHILE = 0.03
#: Pairs that a complete core program may hold, and those that one holds which only looks for a better answer.
_MOST_PAIRS, _SOME_PAIRS = 60_000, 25_000
#: Other sites that are tried in place of each open one.
_MIDDLES = 5
#: Random swaps that are tried whenever the bound stalls.
_TRIES = 1000


@dataclass(frozen=True, eq=False, slots=True)
class Assignment:
    """Open sites and who goes where, with its bound.

    Attributes:
        status: OPTIMAL only when the gap is closed; NO_SOLUTION where nobody found room for everybody.
        sites: (n_sites,) True for open sites.
        shares: (n_rows, n_sites) share of each row that each site serves.
        cost: weighted cost; inf without an answer.
        bound: no placement that serves everybody costs less.
        proof: what closed the gap.
        figures: the Lagrangian bound, and the size of the core.
    """

    status: Status
    sites: BoolArray
    shares: FloatArray
    cost: float
    bound: float
    proof: Proof
    figures: dict[str, float]


class CapacitySearch:
    """One search; everybody is served, or it gives up.

    Args:
        costs: (n_rows, n_sites) weighted costs; inf where a site cannot serve, forbidden sites included.
        demand: (n_rows,) room that each row takes.
        room: (n_sites,) room at each site.
        n_open: how many sites are open, the always-open ones included.
        always_open: (n_sites,) sites that are open in every answer.
        may_open: (n_sites,) sites that may be open.
        split: a row may be served by several sites.
        limits: what may be spent; ``gap`` stops it early.
        reduce: False keeps every site and every pair in the core.
    """

    def __init__(
        self,
        costs: FloatArray,
        demand: FloatArray,
        room: FloatArray,
        n_open: int,
        limits: Limits,
        *,
        always_open: BoolArray,
        may_open: BoolArray,
        split: bool = False,
        reduce: bool = True,
    ) -> None:
        self.costs = np.ascontiguousarray(costs.T)
        self.demand, self.room, self.n_open = demand, room, n_open
        self.far = 10.0 * float(costs[np.isfinite(costs)].max(initial=1.0))
        self.limits, self.split, self.reduce = limits, split, reduce
        self.began = time.perf_counter()
        self.random = np.random.default_rng(limits.seed)
        self.status = np.where(always_open, OPEN, np.where(may_open, FREE, CLOSED))
        n_sites, n_rows = self.costs.shape
        self.multipliers = np.zeros(n_rows)
        self.values, self.prices = np.zeros(n_sites), np.zeros(n_sites)
        self.best, self.bound = math.inf, 0.0
        self.sites = np.zeros(n_sites, dtype=bool)
        self.goes = np.zeros(n_rows, dtype=np.int64)
        self.shares: FloatArray | None = None
        self.tried: set[bytes] = set()
        self.figures: dict[str, float] = {}
        finite = self.costs[np.isfinite(self.costs)]
        #: By how much a better answer is better at least: whole costs add up to whole numbers.
        self.step = 1.0 if not split and bool((finite == np.floor(finite)).all()) else 0.0
        self.tree: SiteTree | None = None

    def outcome(self) -> Assignment:
        """Bound, improve, decide; then the core."""
        proof, status = Proof.NONE, Status.FEASIBLE
        try:
            if self._room_suffices():
                self._first_sites()
                self._ascend()
            self.figures["lagrangian_bound"] = self.bound
            if not self.done and math.isfinite(self.best) and self.reduce and not self.split:
                self.tree = SiteTree.of(self)
            core = self.multipliers.copy(), self.values.copy(), self.prices.copy(), self.status.copy()
            if self.tree is not None and not self.done:
                self.tree.tighten()
                self.figures["knapsack_bound"] = self.bound
            if self.done:
                proof, status = Proof.LAGRANGIAN, Status.OPTIMAL
            elif self.tree is not None and Partitioning(self, self.tree.demand, self.tree.room).settle():
                self.bound = self.best
                proof, status = Proof.CLUSTERS, Status.OPTIMAL
            elif self.tree is not None and (proof := self.tree.explore()) is not Proof.NONE:
                status = Status.OPTIMAL
            elif math.isfinite(self.best) and (self.tree is None or not self.late()):
                # Reduced costs are those of the Lagrangian bound: its multipliers, not the tree's.
                self.multipliers, self.values, self.prices, self.status = core
                status = self._core()
                proof = Proof.MIP if status is Status.OPTIMAL else Proof.NONE
        except KeyboardInterrupt:
            status = Status.INTERRUPTED
        if math.isinf(self.best) and status is not Status.INTERRUPTED:
            status = Status.NO_SOLUTION
        bound = min(self.bound, self.best)
        shares = self._shares()
        return Assignment(status, self.sites, shares, self.best, bound, proof, self.figures)

    @property
    def done(self) -> bool:
        """True where no better answer is left."""
        known = math.isfinite(self.best)
        return known and self.best - self.bound <= max(self.limits.gap, 1e-9) * self.best

    def late(self) -> bool:
        """True after the deadline."""
        return time.monotonic() > self.limits.deadline

    def cutoff(self) -> float:
        """What a better answer costs at most."""
        return self.best - self.step * (1 - 1e-6)

    def rounded(self, bound: float) -> float:
        """The least that an answer above this bound can cost."""
        return math.ceil(bound - 1e-6) if self.step else bound

    def raise_bound(self, bound: float) -> None:
        """Take over a bound on better answers, and report it."""
        self.bound = max(self.bound, min(self.rounded(bound), self.best))
        self.tell()

    def _room_suffices(self) -> bool:
        """False where even the largest sites together have less room than everybody takes."""
        large = np.where(self.status == OPEN, math.inf, np.where(self.status == FREE, self.room, -1.0))
        largest = np.argsort(-large, kind="stable")[: self.n_open]
        return bool(self.room[largest].sum() >= self.demand.sum() * (1 - 1e-9))

    def _first_sites(self) -> None:
        """Interchange without regard to room; then the largest sites instead, in case room is short."""
        chosen = self.status == OPEN
        least = np.minimum(self.costs[chosen].min(axis=0, initial=self.far), self.far)
        while chosen.sum() < self.n_open:
            total = np.minimum(self.costs, least[None, :]).sum(axis=1)
            best = int(np.where(chosen | (self.status == CLOSED), np.inf, total).argmin())
            chosen[best] = True
            least = np.minimum(least, self.costs[best])
        median_interchange(self.costs, self.far, self.status, chosen)
        self._try(chosen)
        self.recentre()
        if math.isinf(self.best):
            large = np.where(self.status == OPEN, np.inf, np.where(self.status == FREE, self.room, -1.0))
            largest = np.zeros(len(large), dtype=bool)
            largest[np.argsort(-large, kind="stable")[: self.n_open]] = True
            self._try(largest)
        known = math.isfinite(self.best)
        self.multipliers = self.costs[self.goes, np.arange(len(self.goes))] if known else least

    def _ascend(self) -> None:
        """Raise the bound in rounds; between them try the sites it points to, and decide sites."""
        reached = -math.inf
        for _ in range(_ROUNDS):
            mean_choice = np.full(len(self.sites), 0.5)
            target = self.best if math.isfinite(self.best) else 1.2 * max(self.bound, self.multipliers.sum())
            before, known = reached, self.best
            reached = capacity_bound(
                self.costs, self.demand, self.room, self.n_open, self.status, target, self.multipliers,
                self.values, self.prices, mean_choice, _STEPS, self.limits.deadline,
            )  # fmt: skip
            self.bound = max(self.bound, min(reached, self.best))
            self.tell()
            if self.done or self.late():
                return
            stalled = reached - before < _WORTHWHILE * (self.best - reached)
            self.try_near(mean_choice)
            if stalled:
                self.try_swaps(mean_choice)
            self.recentre()
            if self.reduce and math.isfinite(self.best):
                fix_columns(-self.values, self.n_open, -reached, -self.best, self.status)
            if stalled and self.best == known < math.inf:
                return

    def try_near(self, mean_choice: FloatArray) -> None:
        """The sites that the bound opened most, as they are and after interchange."""
        near = self.try_likely(mean_choice, self.status)
        priced = self.costs + self.prices[:, None] * self.demand[None, :]
        median_interchange(priced, self.far, self.status, near)
        self._try(near)

    def try_likely(self, mean_choice: FloatArray, status: IntArray) -> BoolArray:
        """The sites that the bound opened most among those that ``status`` allows; a copy is given back."""
        ranked = np.where(status == OPEN, 2.0, np.where(status == CLOSED, -1.0, mean_choice))
        likely = np.zeros(len(ranked), dtype=bool)
        likely[np.argsort(-ranked, kind="stable")[: self.n_open]] = True
        self._try(likely)
        return likely.copy()

    def try_swaps(self, mean_choice: FloatArray) -> None:
        """Random swaps of one to three open sites for others that the bound opened now and then."""
        doubtful = np.flatnonzero((self.status == FREE) & (mean_choice > 0.02))
        for _ in range(_TRIES if math.isfinite(self.best) else 0):
            if self.late():
                return
            opened, closed = doubtful[self.sites[doubtful]], doubtful[~self.sites[doubtful]]
            count = min(int(self.random.integers(1, 4)), len(opened), len(closed))
            swapped = self.sites.copy()
            swapped[self.random.choice(opened, count, replace=False)] = False
            swapped[self.random.choice(closed, count, replace=False)] = True
            self._try(swapped)

    def _try(self, chosen: BoolArray) -> None:
        """Assign everybody to these sites and keep the answer when it is the best."""
        key = chosen.tobytes()
        if key in self.tried or self.late():
            return
        self.tried.add(key)
        own = np.flatnonzero(chosen)
        for prices, by_size in (
            (self.prices[own], False),
            (np.zeros(len(own)), False),
            (self.prices[own], True),
        ):
            goes = np.zeros(len(self.demand), dtype=np.int64)
            cost = assign(
                self.costs[own], self.demand, self.room[own], prices, goes, by_size, 1.05 * self.best
            )
            if cost < self.best:
                self.best, self.sites, self.goes = cost, chosen, own[goes]
            if math.isfinite(cost):
                return

    def recentre(self) -> None:
        """Move sites of the best answer, one by one, towards the middle of those whom they serve.

        After Maranzana (1964), *On the location of supply points to minimize transport costs*, Operational
        Research Quarterly 15; the best few middles are tried, and the first that helps is taken.
        """
        improved = math.isfinite(self.best)
        while improved and not self.late():
            known = self.best
            for site in np.flatnonzero(self.sites & (self.status == FREE)).tolist():
                served = np.minimum(self.costs[:, self.goes == site], self.far).sum(axis=1)
                total = np.where(self.sites | (self.status != FREE), math.inf, served)
                for new in np.argsort(total, kind="stable")[:_MIDDLES].tolist():
                    if self.sites[site] and math.isfinite(total[new]):
                        moved = self.sites.copy()
                        moved[[site, new]] = False, True
                        self._try(moved)
            improved = self.best < known

    def _shares(self) -> FloatArray:
        if self.shares is not None:
            return self.shares
        shares = np.zeros((len(self.demand), len(self.sites)))
        if math.isfinite(self.best):
            shares[np.arange(len(self.goes)), self.goes] = 1.0
        return shares

    def tell(self) -> None:
        """Report the best answer and the bound."""
        if self.limits.on_progress is not None:
            known = self.best if math.isfinite(self.best) else math.nan
            self.limits.on_progress(time.perf_counter() - self.began, known, self.bound)

    def _reduced_costs(self) -> FloatArray:
        """(n_sites, n_rows) what the bound becomes when a pair is used, at least."""
        left = self.n_open - int((self.status == OPEN).sum())
        free = np.sort(self.values[self.status == FREE])
        worst = free[left - 1] if 0 < left <= len(free) else math.inf
        opening = np.where(self.status == FREE, np.maximum(0.0, self.values - worst), 0.0)
        opening[self.status == CLOSED] = math.inf
        if left == 0:
            opening[self.status == FREE] = math.inf
        pair = self.costs - self.multipliers[None, :] + self.prices[:, None] * self.demand[None, :]
        return np.asarray(self.figures["lagrangian_bound"] + np.maximum(0.0, pair) + opening[:, None])

    def _core(self) -> Status:
        """HiGHS on the pairs that a better answer can use."""
        reduced = self._reduced_costs()
        if not self.reduce:
            reduced = np.where(np.isfinite(self.costs) & (self.status != CLOSED)[:, None], 0.0, math.inf)
        keep = np.isfinite(self.costs) & (reduced <= self.best)
        complete = int(keep.sum()) <= _MOST_PAIRS
        if not complete:
            keep &= reduced <= np.partition(reduced[keep], _SOME_PAIRS)[_SOME_PAIRS]
        keep[self.goes, np.arange(len(self.goes))] = True
        self.figures |= {"core_pairs": float(keep.sum()), "core_is_complete": float(complete)}
        run = self.solve_pairs(keep, self.status, self.limits)
        if complete and math.isfinite(run.bound):
            self.bound = max(self.bound, min(run.bound, self.best))
        if run.status is Status.INTERRUPTED:
            return Status.INTERRUPTED
        return Status.OPTIMAL if complete and run.status is Status.OPTIMAL else Status.FEASIBLE

    def solve_pairs(self, keep: BoolArray, status: IntArray, limits: Limits) -> Run:
        """HiGHS on these pairs, with sites as ``status`` has them; a better answer is taken over."""
        program, opened, shares = self._program(keep, status)
        start = self._start(opened, shares)
        run = run_program(program, limits, scale=SCALED_WEIGHT / self.best, start=start)
        self._read(run, opened, shares)
        return run

    def _program(
        self, keep: BoolArray, status: IntArray
    ) -> tuple[pulp.LpProblem, list[Term], dict[tuple[int, int], pulp.LpVariable]]:
        program = pulp.LpProblem("capacitated_core", pulp.LpMinimize)
        kind = pulp.LpContinuous if self.split else pulp.LpBinary
        opened: list[Term] = [
            program.add_variable(f"open_{site}", cat=pulp.LpBinary) if state == FREE else float(state == OPEN)
            for site, state in enumerate(status.tolist())
        ]
        program.addConstraint(linear((item, 1.0) for item in opened) == self.n_open, "count")
        shares: dict[tuple[int, int], pulp.LpVariable] = {}
        for site, row in np.argwhere(keep).tolist():
            shares[site, row] = program.add_variable(f"share_{row}_{site}", 0.0, 1.0, kind)
            if status[site] == FREE:
                link = linear([(shares[site, row], 1.0), (opened[site], -1.0)]) <= 0
                program.addConstraint(link, f"link_{row}_{site}")
        by_row: list[list[tuple[Term, float]]] = [[] for _ in self.demand]
        by_site: list[list[tuple[Term, float]]] = [[(item, -1.0)] for item in opened]
        for (site, row), share in shares.items():
            by_row[row].append((share, 1.0))
            by_site[site].append((share, float(self.demand[row] / max(self.room[site], 1e-300))))
        for row, terms in enumerate(by_row):
            program.addConstraint(linear(terms) == 1, f"serve_{row}")
        for site, load in enumerate(by_site):
            if len(load) > 1:
                program.addConstraint(linear(load) * FINE <= 0, f"room_{site}")
        scale = SCALED_WEIGHT / self.best
        program.setObjective(
            linear((share, scale * float(self.costs[pair])) for pair, share in shares.items())
        )
        return program, opened, shares

    def _start(
        self, opened: list[Term], shares: dict[tuple[int, int], pulp.LpVariable]
    ) -> dict[pulp.LpVariable, float]:
        start = {
            item: float(self.sites[site])
            for site, item in enumerate(opened)
            if isinstance(item, pulp.LpVariable)
        }
        return start | {share: float(self.goes[row] == site) for (site, row), share in shares.items()}

    def _read(self, run: Run, opened: list[Term], shares: dict[tuple[int, int], pulp.LpVariable]) -> None:
        """Take over the core's answer when it is better."""
        if not run.has_values or not run.objective < self.best:
            return
        given = np.zeros((len(self.demand), len(self.sites)))
        for (site, row), share in shares.items():
            given[row, site] = value_of(share)
        if not self.split:
            given = np.round(given)
        used = given > 0
        cost = float((given[used] * self.costs.T[used]).sum())
        if cost < self.best:
            self.best, self.shares = cost, given
            self.sites = np.array([value_of(item) > 0.5 for item in opened])
