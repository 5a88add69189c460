"""The median problem under conditions: the Lagrangian bound with the conditions kept in a small master.

"Everybody is served once" is relaxed, as without conditions; what is left is a choice of sites by their
multipliers' worth ``rho_j`` that keeps every condition on sites (Beasley 1993, *Lagrangean heuristics for
location problems*, European Journal of Operational Research 65, with side constraints kept)::

    L(u) = sum_i min(u_i, cap_i) + min { sum_j rho_j y_j : y keeps number, budget, moves and conditions }

with ``rho_j = sum_i min(0, w_i c_ij - u_i)`` and ``cap_i`` what the always-open sites cost. The master is a
linear program over the sites (its integer program now and then, whose answers are placements that keep
everything). A swap that breaks a condition is not made. A site whose reduced cost, or a pair whose cost
beyond ``u_i``, exceeds the gap cannot be in a better answer; what is left goes to HiGHS as the assignment
program, with the conditions.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass

import highspy
import numpy as np
import pulp

from optimise.algebra import Term, linear
from optimise.arrays import BoolArray, FloatArray, IntArray
from optimise.conditions import Condition
from optimise.covering_engine.promises import ask
from optimise.exact import PROOF_TOLERANCE, exact_sum
from optimise.highs import highs_model
from optimise.placed import Placed
from optimise.pmedian_engine.conditioned_kernels import reduced_sums, swap_tables
from optimise.pmedian_engine.conditioned_tree import Keeper, Sorted, VolumeBound, decided_by_tree
from optimise.pmedian_engine.searching import TREE_BUDGET
from optimise.pmedian_engine.site_rows import SiteRows
from optimise.problem import PlacementProblem
from optimise.program import SiteProgram
from optimise.running import Limits
from optimise.sentences import Sentence
from optimise.service import SCALED_WEIGHT, ServicePlan
from optimise.status import Sense, Status
from optimise.verification import keeps_site_limits

_STEPS, _PATIENCE, _EVERY = 400, 12, 40
#: Promises to more demand points than this stand in the reduced program only, and not in the master.
_MOST_ROWS = 500
#: Largest price of a site in the master.
_MASTER_WORTH = 1e4
#: Share of the time that is left which the bound may take; the rest is for the reduced program.
_ASCENT = 0.6
#: Pairs that a program may hold: some 1.5 kB each in PuLP and HiGHS.
MOST_PAIRS = 400_000
#: Share of the time left that writing the program may take, and rows between two looks at the clock.
_WRITING, _ROWS_A_LOOK = 0.4, 100
#: Work and nodes of the engine's tree, where a program of the pairs that are left can be asked after it.
_TREE_WORK, _TREE_NODES = 3e9, 5_000
#: Of the best swaps so many are checked against the conditions.
_SWAPS = 400


@dataclass(frozen=True, eq=False, slots=True)
class Pairs:
    """Pairs of a demand point and a free site that costs less than its cap, row by row.

    Attributes:
        first: (n_rows + 1,) where each row begins.
        sites: (n_pairs,) columns.
        costs: (n_pairs,) weighted price.
        caps: (n_rows,) weighted price without any free site; inf where one is needed.
        rows: (n_rows,) demand points.
    """

    first: IntArray
    sites: IntArray
    costs: FloatArray
    caps: FloatArray
    rows: IntArray


@dataclass(frozen=True, eq=False, slots=True)
class Conditioned:
    """What the search found: the total is weighted price over the rows that count."""

    status: Status
    sites: BoolArray | None
    total: float
    bound: float
    proof: str
    pairs: int


def pairs_of(
    problem: PlacementProblem, prices: FloatArray, counted: BoolArray, unserved_price: float
) -> Pairs:
    """The pairs that can matter."""
    rows = np.flatnonzero(counted)
    caps = prices[:, problem.always_open][rows].min(axis=1, initial=unserved_price)
    for sites, most_closed in surely_open(problem):
        beside = np.partition(prices[np.ix_(rows, sites)], most_closed, axis=1)
        caps = np.minimum(caps, beside[:, most_closed])
    firsts, costs = [np.zeros(1, dtype=np.int64)], []
    columns: list[IntArray] = []
    free = np.flatnonzero(problem.free)
    step = max(1, 4_000_000 // max(problem.n_sites, 1))
    for begin in range(0, len(rows), step):
        own = rows[begin : begin + step]
        block = prices[np.ix_(own, free)]
        useful = block < caps[begin : begin + step, None]
        columns.append(free[np.nonzero(useful)[1]])
        costs.append((block * problem.weights[own, None])[useful])
        firsts.append(useful.sum(axis=1))
    return Pairs(
        np.cumsum(np.concatenate(firsts)),
        np.concatenate([*columns, np.zeros(0, dtype=np.int64)]).astype(np.int64),
        np.concatenate([*costs, np.zeros(0)]),
        np.where(np.isfinite(caps), caps * problem.weights[rows], np.inf),
        rows,
    )


def surely_open(problem: PlacementProblem) -> list[tuple[IntArray, int]]:
    """Sets of sites of which at most so many are closed in any answer.

    Nobody is then farther from an open site than from the next nearest of the set: with three moves of ninety
    stations, from the fourth nearest station.
    """
    found: list[tuple[IntArray, int]] = []
    if problem.max_moves is not None:
        existing = np.flatnonzero(problem.existing)
        if len(existing) > problem.max_moves:
            found.append((existing, problem.max_moves))
    for condition in problem.conditions:
        sites, least = condition.surely_open(problem)
        if 0 < least <= len(sites):
            found.append((np.asarray(sites, dtype=np.int64), len(sites) - least))
    return found


class ConditionedSearch:
    """One search; see the module.

    Args:
        problem: with its conditions; columns stand in the order that breaks ties.
        prices: (n_demand, n_sites).
        counted: (n_demand,) demand points that count; each must be served unless that has a price.
        plan: who has to be served by which sites, or None where not being served has a price.
        unserved_price: price of a demand point that no site serves.
        limits: what may be spent.
        multipliers: (n_demand,) a start, such as those without the conditions; None: halfway.
        starts: sites to begin with.
    """

    def __init__(
        self,
        problem: PlacementProblem,
        prices: FloatArray,
        counted: BoolArray,
        plan: ServicePlan | None,
        unserved_price: float,
        limits: Limits,
        *,
        multipliers: FloatArray | None = None,
        starts: Sequence[BoolArray] = (),
    ) -> None:
        self.problem, self.limits = problem, limits
        self.pairs = pairs_of(problem, prices, counted, unserved_price)
        self.row_of = np.repeat(np.arange(len(self.pairs.rows)), np.diff(self.pairs.first))
        self.program = SiteProgram(problem, "master", Sense.MINIMISE, twins=False)
        self.heavy: list[tuple[int, Condition]] = []
        self.on_sites = [condition for condition in problem.conditions if not condition.promises]
        self.promises = [condition for condition in problem.conditions if condition.promises]
        self.impossible = False
        for number, condition in enumerate(problem.conditions):
            if condition.promises and condition.size(problem) > _MOST_ROWS:
                self.heavy.append((number, condition))
            else:
                condition.impose(self.program, f"condition_{number}")
        for number, sites in enumerate(plan.patterns if plan is not None else ()):
            row = self.program.n_open(np.flatnonzero(sites).tolist()) >= 1
            self.program.add(row, f"reach_{number}")
        opened = [self.program.opened(site) for site in range(problem.n_sites)]
        # A site in no row has a column all the same; its worth takes the place of this price in every solve.
        self.program.aim(linear((item, 1.0) for item in opened if isinstance(item, pulp.LpVariable)))
        model = highs_model(self.program.lp)
        self.column = np.array([item.index if isinstance(item, pulp.LpVariable) else -1 for item in opened])
        self.site_rows = SiteRows.of(model, self.column)
        self.master, self.whole = _solver(model, relaxed=True), _solver(model, relaxed=False)
        self.best: BoolArray | None = None
        self.total, self.bound = math.inf, -math.inf
        self.worth = np.zeros(problem.n_sites)
        # A multiplier below the least price of its row bounds less than that price does.
        self.floor = self.pairs.caps.copy()
        np.minimum.at(self.floor, self.row_of, self.pairs.costs)
        self.warm = multipliers is not None
        self.u = self._start(multipliers)
        for sites in starts:
            self._offer(sites)
        for _, condition in self.heavy:
            if self._late():
                break
            possible, keeping = ask(problem, condition, limits.part(0.3))
            self.impossible = self.impossible or not possible
            if keeping is not None:
                self._offer(keeping)
        if problem.max_moves is not None:
            self._offer(self._from_today())
            if self.best is not None and multipliers is None:
                self.u = self._between()

    def outcome(self) -> Conditioned:
        """Bound and improve, then decide what the bound leaves open."""
        if self.impossible:
            template = "no sites cover as many people as a promise asks for"
            return self._told(Status.INFEASIBLE, Sentence("opt.proof.too_few", template))
        possible = self._integer_answer(np.zeros(self.problem.n_sites))
        if not possible or (self.best is None and not self.problem.free.any()):
            status = Status.INFEASIBLE if possible or self._impossible() else Status.NO_SOLUTION
            return self._told(status, "the sites that keep the conditions were looked for")
        self._improve()
        self.rows = self._rows_for_the_tree()
        if self.rows is None:
            self._ascend()
        else:
            self._raise(self.rows)
        if self._closed():
            return self._told(Status.OPTIMAL, "the Lagrangian bound with the conditions met the answer")
        return self._decide()

    def _start(self, multipliers: FloatArray | None) -> FloatArray:
        if multipliers is not None:
            return np.clip(multipliers[self.pairs.rows], self.floor, self.pairs.caps)
        most = np.full(len(self.pairs.rows), -np.inf)
        np.maximum.at(most, self.row_of, self.pairs.costs)
        return np.asarray(np.minimum(self.floor + 0.2 * np.maximum(most - self.floor, 0.0), self.pairs.caps))

    def _from_today(self) -> BoolArray:
        """Today's sites, and the new ones that gain the most one after the other."""
        chosen = self.problem.always_open | self.problem.existing
        for _ in range((self.problem.n_open or 0) - int(chosen.sum())):
            gains, _, _ = self._tables(chosen)
            gains[chosen | ~self.problem.free] = -np.inf
            chosen[int(np.argmax(gains))] = True
        return chosen

    def _between(self) -> FloatArray:
        """Multipliers halfway between the nearest and the next nearest of the best sites."""
        assert self.best is not None
        nearest, second = self.pairs.caps.copy(), self.pairs.caps.copy()
        opened = self.best[self.pairs.sites]
        rows, costs = self.row_of[opened], self.pairs.costs[opened]
        order = np.lexsort((costs, rows))
        rows, costs = rows[order], costs[order]
        first = np.flatnonzero(np.diff(rows, prepend=-1))
        nearest[rows[first]] = costs[first]
        has_second = first[np.append(np.diff(first), len(rows) - first[-1:]) > 1] if len(rows) else first
        second[rows[has_second]] = costs[has_second + 1]
        far = np.where(np.isfinite(second), second, 2 * nearest)
        return np.asarray(np.minimum((nearest + far) / 2, self.pairs.caps))

    def _late(self) -> bool:
        return time.monotonic() > self.limits.deadline

    def _closed(self) -> bool:
        gap = max(self.limits.gap, PROOF_TOLERANCE / 10)
        return self.total - self.bound <= gap * abs(self.total)

    def _integer_answer(self, worth: FloatArray) -> bool:
        """Sites of the least worth that keep every condition on sites, taken as a placement."""
        values = self._solve(self.whole, worth)
        if values is None:
            return False
        chosen = self.problem.always_open.copy()
        free = self.column >= 0
        chosen[free] = values[self.column[free]] > 0.5
        self._offer(chosen)
        return True

    def _impossible(self) -> bool:
        """True when it is proven that no sites keep the conditions; a time limit proves nothing."""
        proven = (highspy.HighsModelStatus.kInfeasible, highspy.HighsModelStatus.kUnboundedOrInfeasible)
        return self.whole.getModelStatus() in proven

    def _solve(self, solver: highspy.Highs, worth: FloatArray) -> FloatArray | None:
        """(n_columns,) values, or None where there are none; ``self.reached`` is the objective."""
        free = np.flatnonzero(self.column >= 0)
        # The solver's tolerances are absolute: prices of a millionth would all be nothing to it.
        self.master_scale = _MASTER_WORTH / max(float(np.abs(worth[free]).max(initial=0.0)), 1e-290)
        solver.changeColsCost(len(free), self.column[free].astype(np.int32), worth[free] * self.master_scale)
        if self.limits.seconds_left is not None:
            solver.setOptionValue("time_limit", solver.getRunTime() + self.limits.seconds_left)
        solver.run()
        info = solver.getInfo()
        self.reached = info.objective_function_value / self.master_scale
        solved = (highspy.HighsModelStatus.kOptimal, highspy.HighsModelStatus.kModelEmpty)
        if solver.getModelStatus() not in solved:
            return None
        return np.asarray(solver.getSolution().col_value)

    def _value(self, chosen: BoolArray) -> float:
        least = self.pairs.caps.copy()
        used = chosen[self.pairs.sites]
        np.minimum.at(least, self.row_of[used], self.pairs.costs[used])
        return exact_sum(least) if np.isfinite(least).all() else math.inf

    def _offer(self, chosen: BoolArray) -> bool:
        # The cheapest question first: most swaps break a limit of sites, and a look at everybody is slow.
        if not keeps_site_limits(self.problem, chosen, self.on_sites):
            return False
        value = self._value(chosen)
        if value >= self.total or not self._keeps_promises(chosen):
            return False
        self.best, self.total = chosen.copy(), value
        return True

    def _keeps_promises(self, chosen: BoolArray) -> bool:
        if not self.promises:
            return True
        placed = Placed.nearest(self.problem, chosen)
        return not any(condition.broken(self.problem, placed) for condition in self.promises)

    def _improve(self) -> None:
        """Swaps, the best first, as long as one keeps the conditions."""
        moved = self.best is not None
        while moved and not self._late():
            moved = self._swap()

    def _swap(self) -> bool:
        assert self.best is not None
        opened = np.flatnonzero(self.best & self.problem.free)
        closed = np.flatnonzero(~self.best & self.problem.free)
        if not len(opened) or not len(closed):
            return False
        gains, losses, shared = self._tables(self.best)
        helps = gains[closed][:, None] - losses[None, :] + shared[closed]
        helps[~self.site_rows.swaps(self.best, closed, opened)] = -math.inf
        order = np.argsort(-helps, axis=None, kind="stable")[:_SWAPS]
        for place in order.tolist():
            new, old = divmod(place, len(opened))
            if not helps[new, old] > 1e-9 * abs(self.total) or self._late():
                return False
            swapped = self.best.copy()
            swapped[closed[new]], swapped[opened[old]] = True, False
            if self._offer(swapped):
                return True
        return False

    def _tables(self, chosen: BoolArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """See :func:`swap_tables`; the free sites among ``chosen`` are open."""
        opened = np.flatnonzero(chosen & self.problem.free)
        slot = np.full(self.problem.n_sites, -1, dtype=np.int64)
        slot[opened] = np.arange(len(opened))
        far = 1e3 * float(self.pairs.costs.max(initial=0.0)) + 1.0
        caps = np.where(np.isfinite(self.pairs.caps), self.pairs.caps, far)
        return swap_tables(self.pairs.first, self.pairs.sites, self.pairs.costs, caps, slot)

    def _ascend(self) -> None:
        """Subgradient steps; every so often an integer master and swaps from its sites."""
        pace, stalled, best_u = 1.5, 0, self.u.copy()
        until = self.limits.part(_ASCENT).deadline
        for step in range(_STEPS):
            low, served = self._bound_at(self.u)
            if low is None or time.monotonic() > until:
                break
            if low > self.bound + 1e-7 * abs(low):
                self.bound, stalled, best_u = low, 0, self.u.copy()
            else:
                stalled += 1
            if self._closed() or pace < 0.005:
                break
            if stalled >= _PATIENCE:
                pace, stalled, self.u = pace / 2, 0, best_u.copy()
            if step % _EVERY == _EVERY - 1:
                self._integer_answer(self.worth)
                self._improve()
            slope = 1.0 - served
            size = float(slope @ slope)
            if size == 0:
                break
            aim = self.total if math.isfinite(self.total) else low + 0.1 * abs(low)
            self.u = np.minimum(
                self.u + pace * max(aim - low, 1e-6 * abs(aim)) / size * slope, self.pairs.caps
            )
            self.u = np.maximum(self.u, self.floor)
        self.u = best_u

    def _rows_for_the_tree(self) -> Sorted | None:
        """The rows as the engine's tree takes them; None where it does not fit the question."""
        problem = self.problem
        budget = (problem.n_open or 0) - int(problem.always_open.sum())
        few = 0 < budget <= TREE_BUDGET and budget < int(problem.free.sum())
        if problem.n_open is None or not few or self.best is None or self._late():
            return None
        pairs = self.pairs
        return Sorted.of(
            pairs.first,
            pairs.sites,
            pairs.costs,
            pairs.caps,
            problem.free,
            problem.always_open,
            budget,
            self.total,
        )

    def _raise(self, rows: Sorted) -> None:
        """As :meth:`_ascend`, by the engine's rows and along the mean of the master's answers."""
        free, worth = rows.free, np.zeros(self.problem.n_sites)

        def master(rho: FloatArray) -> tuple[float, FloatArray] | None:
            worth[free] = rho
            values = self._solve(self.master, worth)
            return None if values is None else (self.reached, self._by_site(values)[free])

        raising = VolumeBound(rows, master, (self.u if self.warm else self._between()) - rows.bases)
        until = self.limits.part(_ASCENT).deadline
        for _ in range(_STEPS // _EVERY):
            aim = self.total * (1.0 - PROOF_TOLERANCE / 20) if self.total > 0 else self.total
            answered = raising.raised(aim, _EVERY, lambda: time.monotonic() > until)
            low = raising.bound
            self.bound = max(self.bound, low - 1e-10 * (abs(low) + float(np.abs(raising.worth).max())))
            if not answered or self._closed() or raising.ended or time.monotonic() > until:
                break
            worth[free] = raising.worth
            self._integer_answer(worth)
            self._improve()
        self.u = raising.best + rows.bases

    def _search_tree(self, rows: Sorted, *, program: bool) -> Status:
        """The engine's tree over all cheaper placements; ``program``: a program can go on where it ends."""
        duals = np.asarray(self.master.getSolution().row_dual) / self.master_scale
        priced = self.site_rows.priced(duals)
        if priced is None:
            return Status.FEASIBLE
        core = rows.priced(priced[0][rows.free], priced[1])

        def offer(sites: BoolArray) -> float:
            self._offer(sites)
            return self._value(sites) if keeps(sites) else math.inf

        def keeps(sites: BoolArray) -> bool:
            return keeps_site_limits(self.problem, sites, self.on_sites) and self._keeps_promises(sites)

        left = self.limits.seconds_left
        found = decided_by_tree(
            core,
            np.concatenate([self.u - rows.bases, core.caps[len(rows.caps) :]]),
            self.total,
            Keeper(self.site_rows, self.problem.n_sites, offer),
            gap=self.limits.gap,
            seconds=left if left is None or not program else _ASCENT * left,
            most_work=_TREE_WORK if program else math.inf,
            most_nodes=_TREE_NODES if program else math.inf,
        )
        self.bound = max(self.bound, min(found.bound, self.total))
        return Status.OPTIMAL if self._closed() else found.status

    def _bound_at(self, u: FloatArray) -> tuple[float | None, FloatArray]:
        """The bound of these multipliers, and how often each row is served in it."""
        self.worth = reduced_sums(
            self.pairs.first, self.pairs.sites, self.pairs.costs, u, self.problem.n_sites
        )
        values = self._solve(self.master, self.worth)
        if values is None:
            return None, u
        opened = self._by_site(values)
        used = opened[self.pairs.sites] * (self.pairs.costs < u[self.row_of])
        served = np.bincount(self.row_of, used, minlength=len(u)).astype(np.float64)
        served = np.where((u >= self.pairs.caps) & (served < 1), 1.0, served)
        low = exact_sum(u) + self.reached
        return low - 1e-10 * (abs(low) + float(np.abs(self.worth).max(initial=0.0))), served

    def _by_site(self, values: FloatArray) -> FloatArray:
        """(n_sites,) values of the free sites' columns, 0 elsewhere."""
        told = np.zeros(self.problem.n_sites)
        free = self.column >= 0
        told[free] = values[self.column[free]]
        return told

    def _decide(self) -> Conditioned:
        """HiGHS on the sites and pairs that a better answer can use."""
        low, _ = self._bound_at(self.u)
        if low is None:
            return self._told(Status.FEASIBLE, "stopped before the bound")
        self.bound = max(self.bound, low)
        gap = self.total - low + 1e-9 * abs(self.total)
        duals = np.asarray(self.master.getSolution().col_dual) / self.master_scale
        reduced = self._by_site(duals)
        shut = self.problem.free & (reduced > gap)
        beyond = np.maximum(0.0, self.pairs.costs - self.u[self.row_of])
        beyond += np.maximum(0.0, reduced)[self.pairs.sites]
        keep = (beyond <= gap) & ~shut[self.pairs.sites]
        kept = int(keep.sum())
        if self.rows is not None and not self._late():
            status = self._search_tree(self.rows, program=kept <= MOST_PAIRS)
            if status is not Status.FEASIBLE:
                template = "the engine's tree over the sites, with the conditions as prices of sites"
                return self._told(status, Sentence("opt.proof.tree", template), kept)
        answer = None
        if kept <= MOST_PAIRS and not self._late():
            for site in np.flatnonzero(shut).tolist():
                self.program.add(linear([(self.program.opened(site), 1.0)]) <= 0, f"shut_{site}")
            answer = self._program(keep, gap)
        if answer is None:
            template = "the Lagrangian bound with the conditions leaves {pairs} pairs open"
            told = Sentence("opt.proof.pairs_open", template, pairs=kept)
            if kept > MOST_PAIRS:
                template = "{told}, more than a program of 2 GB holds: none was built"
                told = Sentence("opt.proof.none_built", template, told=told)
            return self._told(Status.FEASIBLE, told, kept)
        run_status, bound, sites = answer
        if sites is not None:
            self._offer(sites)
        if run_status is Status.INFEASIBLE:
            # Every answer that was left out costs at least as much as the best.
            bound, run_status = self.total, Status.OPTIMAL
        self.bound = max(self.bound, min(bound, self.total))
        status = Status.OPTIMAL if self._closed() else run_status
        status = Status.FEASIBLE if status is Status.OPTIMAL and not self._closed() else status
        told = Sentence(
            "opt.proof.pairs",
            "HiGHS on the {kept} pairs that the Lagrangian bound with the conditions left open",
            kept=kept,
        )
        return self._told(Status.FEASIBLE if status is Status.NO_SOLUTION else status, told, kept)

    def _program(self, keep: BoolArray, gap: float) -> tuple[Status, float, BoolArray | None] | None:
        """What HiGHS finds; None where writing the program took the time that solving it needs."""
        program, pairs = self.program, self.pairs
        until = self.limits.part(_WRITING).deadline
        scale = SCALED_WEIGHT / max(abs(self.total), abs(self.bound), 1e-290)
        needs_cap = pairs.caps - self.u <= gap
        constant = 0.0
        terms: list[tuple[Term, float]] = []
        for row in range(len(pairs.rows)):
            if row % _ROWS_A_LOOK == 0 and time.monotonic() > until:
                return None
            own = np.flatnonzero(keep[pairs.first[row] : pairs.first[row + 1]]) + pairs.first[row]
            if not len(own):
                constant += pairs.caps[row]
                continue
            shares: list[Term] = []
            for pair in own.tolist():
                share = program.variable(f"s_{row}_{pair}", upper=1.0)
                opened = program.opened(int(pairs.sites[pair]))
                program.add(linear([(share, 1.0), (opened, -1.0)]) <= 0, f"l_{row}_{pair}")
                terms.append((share, scale * float(pairs.costs[pair])))
                shares.append(share)
            if needs_cap[row]:
                share = program.variable(f"cap_{row}", upper=1.0)
                terms.append((share, scale * float(pairs.caps[row])))
                shares.append(share)
            program.add(linear((share, 1.0) for share in shares) == 1, f"serve_{row}")
        for number, condition in self.heavy:
            condition.impose(program, f"condition_{number}")
        program.aim(linear([*terms, (scale * constant, 1.0)]), scale=scale)
        run = program.solve(self.limits, start=self.best)
        return run.status, run.bound, program.chosen() if run.has_values else None

    def _told(self, status: Status, proof: str, pairs: int = 0) -> Conditioned:
        if self.best is None and status is not Status.INFEASIBLE:
            status = Status.NO_SOLUTION
        return Conditioned(status, self.best, self.total, min(self.bound, self.total), proof, pairs)


def _solver(model: highspy.HighsLp, *, relaxed: bool) -> highspy.Highs:
    solver = highspy.Highs()  # type: ignore[no-untyped-call]
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("mip_rel_gap", 0.0)
    kinds = list(model.integrality_)
    if relaxed:
        model.integrality_ = [highspy.HighsVarType.kContinuous] * len(kinds)
    solver.passModel(model)
    model.integrality_ = kinds
    return solver
