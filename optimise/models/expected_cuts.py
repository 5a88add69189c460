"""Expected covering with several vehicles at a site, at any size: swaps, and cuts of a concave worth.

With ``n_i`` vehicles in reach a person is worth ``1 - q_i^n_i``, straight between whole numbers: concave
in ``n_i``, and so in the vehicles ``u_j`` at the sites. Each part ``g`` of the people then lies below its
tangents at any ``u0``, with slopes ``s_i`` (Kelley 1960, *The cutting-plane method for solving convex
programs*, Journal of the Society for Industrial and Applied Mathematics 8)::

    worth_g(u) <= sum_{i in g} w_i (worth_i(u0) + s_i (n_i(u) - n_i(u0)))

The program over sites and vehicles with these cuts bounds every placement: first its linear relaxation, with
cuts between its answer and the best placement known (Ben-Ameur and Neto 2007), then the program itself, as
long as its answers lead to further cuts. Placements are improved by the best exchange of one site or one
vehicle, each a product of the reach with what people gain or lose, and shaken (Lourenco, Martin and Stutzle
2003, *Iterated local search*, in Handbook of Metaheuristics).
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import highspy
import numpy as np
import pulp
from scipy import sparse

from optimise.algebra import linear
from optimise.arrays import FloatArray, IntArray
from optimise.exact import PROOF_TOLERANCE
from optimise.highs import highs_model
from optimise.outcome import Outcome
from optimise.placed import Placed
from optimise.program import SiteProgram
from optimise.running import Limits
from optimise.sentences import Sentence
from optimise.service import SCALED_WEIGHT
from optimise.status import Sense, Status
from optimise.verification import keeps_site_limits

if TYPE_CHECKING:
    from optimise.models.busy import MEXCLP
    from optimise.problem import PlacementProblem

#: Pairs of a demand point and a site from which a program with a ladder for each person is slower.
PAYS_AT_PAIRS = 400_000
#: Shares of the time for the first placement, for shaking it, for the linear and for one integer program.
_FIRST, _SHAKEN, _RELAXED, _WHOLE = 0.2, 0.3, 0.5, 0.5
#: How often the best placement is shaken, and among how many of the best sites the new ones are drawn.
_SHAKES, _DRAWN = 60, 8
#: Rounds of cuts at most, and those that may bring less than this share of the gap one after the other.
_ROUNDS, _IDLE, _WORTHWHILE = 300, 10, 2e-3
#: Parts of the people, each with cuts of its own.
_PARTS = 25
_FEASIBLE = highspy.SolutionStatus.kSolutionStatusFeasible
#: Share of it by which the solver's bound may be off.
_ROUNDING = 1e-8


@dataclass(frozen=True, eq=False, slots=True)
class Worth:
    """People by the sites that reach them.

    Attributes:
        near: (n_people, n_sites) 1 where a site is within the radius.
        weights: (n_people,) all positive.
        busy: (n_people,) busy fraction of the vehicles around each.
    """

    near: sparse.csr_matrix
    weights: FloatArray
    busy: FloatArray

    def at(self, vehicles: FloatArray) -> tuple[FloatArray, FloatArray]:
        """(n_people,) weighted worth of (n_sites,) vehicles, whole or not, and what one more adds."""
        number = self.near @ vehicles
        whole = np.floor(number + 1e-9)
        missing = np.power(self.busy, whole)
        slope = self.weights * (1.0 - self.busy) * missing
        return self.weights * (1.0 - missing) + slope * np.maximum(number - whole, 0.0), slope

    def gains(self, vehicles: FloatArray, added: int) -> FloatArray:
        """(n_sites,) what so many vehicles more at each site add to whole ``vehicles``."""
        missing = self.weights * np.power(self.busy, self.near @ vehicles)
        return np.asarray(self.near.T @ (missing * (1.0 - np.power(self.busy, added))))


class ExpectedCuts:
    """One search.

    Args:
        problem: without promises; columns stand in the order that breaks ties.
        model: with a number of vehicles.
        limits: ends the search at its deadline.
    """

    def __init__(self, problem: PlacementProblem, model: MEXCLP, limits: Limits) -> None:
        self.problem, self.model, self.limits = problem, model, limits
        self.began = time.perf_counter()
        near = problem.allowed_costs <= model.limit(problem)[:, None]
        self.people: IntArray = np.flatnonzero(near.any(axis=1) & (problem.weights > 0))
        busy = model.busy_fractions(problem)[self.people]
        reach = sparse.csr_matrix(near[self.people].astype(np.float64))
        self.worth = Worth(reach, problem.weights[self.people], busy)
        self.weight = float(problem.weights[self.people].sum())
        self.most = model.max_per_site or (model.vehicles or 0)
        self.best: IntArray | None = None
        self.value, self.bound = -math.inf, self.weight
        self.cuts = 0

    def outcome(self) -> Outcome | None:
        """The best placement found, and a bound of all; None where no placement to begin with was found."""
        placed = self.model.start(self.problem, self.limits.part(_FIRST))
        if placed is None or placed.units is None:
            return None
        self._offer(placed.units)
        self._shake()
        self._program()
        self._relax()
        self._solve_whole()
        proven = self._closed()
        assert self.best is not None
        return Outcome(
            status=Status.OPTIMAL if proven else Status.FEASIBLE,
            placed=Placed.nearest(
                self.problem, self.best > 0, limit=self.model.limit(self.problem), units=self.best
            ),
            bound=self.bound,
            solver=f"HiGHS {self.solver.version()}",
            formulation=Sentence(
                "opt.formulation.expected_cuts", "vehicles at sites, cuts of what they are worth"
            ),
            proof=Sentence(
                "opt.proof.expected_cuts",
                "{cuts} cuts of what vehicles in reach are worth; swaps of sites and vehicles",
                cuts=self.cuts,
            ),
            build_s=0.0,
            solve_s=time.perf_counter() - self.began,
        )

    def _closed(self) -> bool:
        return self.bound - self.value <= max(self.limits.gap, PROOF_TOLERANCE / 10) * abs(self.value)

    def _late(self) -> bool:
        return time.monotonic() > self.limits.deadline

    def _offer(self, vehicles: IntArray) -> None:
        """Keep a placement and what exchanges make of it, where that is better than the best."""
        while not self._late():
            changed, gain = self._exchange(vehicles)
            if not gain > 1e-9 * self.weight:
                break
            vehicles = changed
        value = float(self.worth.at(vehicles.astype(np.float64))[0].sum())
        if value > self.value:
            self.best, self.value = vehicles.copy(), value

    def _shake(self) -> None:
        """Some of the best sites give way to others that promise much, and exchanges follow."""
        assert self.best is not None
        random, until = np.random.default_rng(self.limits.seed), self.limits.part(_SHAKEN).deadline
        for _ in range(_SHAKES):
            closing = np.flatnonzero(self.problem.free & (self.best > 0))
            if time.monotonic() > until or len(closing) < 2:
                return
            out = random.choice(closing, min(int(random.integers(2, 7)), len(closing)), replace=False)
            vehicles = self._instead(out, random)
            if vehicles is not None:
                self._offer(vehicles)

    def _instead(self, out: IntArray, random: np.random.Generator) -> IntArray | None:
        """The best placement with other sites in place of these; None where that breaks a condition."""
        assert self.best is not None
        vehicles = self.best.copy()
        left, vehicles[out] = int(vehicles[out].sum()), 0
        for _ in out.tolist():
            others = np.flatnonzero(
                self.problem.free & (vehicles == 0) & ~np.isin(np.arange(len(vehicles)), out)
            )
            if not len(others):
                return None
            gains = self.worth.gains(vehicles.astype(np.float64), 1)[others]
            vehicles[random.choice(others[np.argsort(-gains, kind="stable")[:_DRAWN]])] = 1
        for _ in range(left - len(out)):
            gains = self.worth.gains(vehicles.astype(np.float64), 1)
            vehicles[int(np.where((vehicles > 0) & (vehicles < self.most), gains, -np.inf).argmax())] += 1
        return vehicles if keeps_site_limits(self.problem, vehicles > 0, [*self.problem.conditions]) else None

    def _exchange(self, vehicles: IntArray) -> tuple[IntArray, float]:
        """The best exchange of one vehicle, or of one site with its vehicles, and what it gains."""
        problem, found, best = self.problem, vehicles, 0.0
        opened = np.flatnonzero(vehicles > 0)
        for site in opened.tolist():
            for number in sorted({1, int(vehicles[site])}):
                left = vehicles.copy()
                left[site] -= number
                closes = left[site] == 0
                if closes and not problem.free[site]:
                    continue
                gains = self.worth.gains(left.astype(np.float64), number)
                # A site that closes gives way to another one; elsewhere the number of sites would change.
                fits = (
                    (problem.free & (vehicles == 0))
                    if closes
                    else ((left > 0) & (left + number <= self.most))
                )
                fits[site] = False
                gains = np.where(fits, gains - gains[site], -np.inf)
                for other in np.argsort(-gains, kind="stable")[:5].tolist():
                    if not gains[other] > best:
                        break
                    changed = left.copy()
                    changed[other] += number
                    if keeps_site_limits(problem, changed > 0, [*problem.conditions]):
                        found, best = changed, float(gains[other])
                        break
        return found, best

    def _program(self) -> None:
        """Sites, vehicles, and the worth of each part of the people, in one program of HiGHS."""
        problem = self.problem
        program = SiteProgram(problem, "expected", Sense.MAXIMISE, twins=False)
        program.impose_conditions()
        units = self.model.units(program)
        program.aim(linear((unit, 1.0) for unit in units))
        model = highs_model(program.lp)
        self.columns: IntArray = np.array([unit.index for unit in units if isinstance(unit, pulp.LpVariable)])
        self.solver = highspy.Highs()  # type: ignore[no-untyped-call]
        self.solver.setOptionValue("output_flag", False)
        self.solver.setOptionValue("threads", self.limits.threads)
        self.solver.setOptionValue("random_seed", self.limits.seed)
        self.solver.setOptionValue("mip_rel_gap", max(self.limits.gap, PROOF_TOLERANCE / 20))
        self.solver.passModel(model)
        count = model.num_col_
        self.whole = list(model.integrality_)
        self.solver.changeColsCost(count, np.arange(count, dtype=np.int32), np.zeros(count))
        self.scale = SCALED_WEIGHT / self.weight if self.weight > 0 else 1.0
        assert self.best is not None
        middle = np.flatnonzero(self.best > 0)[:_PARTS]
        costs = problem.allowed_costs[np.ix_(self.people, middle)]
        part = np.where(np.isfinite(costs).any(axis=1), costs.argmin(axis=1), 0)
        number = int(part.max(initial=0)) + 1
        self.first = count
        for place in range(number):
            most = self.scale * float(self.worth.weights[part == place].sum())
            self.solver.addCol(-1.0, 0.0, most, 0, np.zeros(0, dtype=np.int32), np.zeros(0))
        rows = np.arange(len(part))
        self.parts = sparse.csr_matrix((np.ones(len(part)), (part, rows)), shape=(number, len(part)))

    def _cut(self, vehicles: FloatArray) -> float:
        """Cuts of all parts at these vehicles; what they are worth there."""
        values, slope = self.worth.at(vehicles)
        rates = sparse.csr_matrix(self.parts @ sparse.diags(slope) @ self.worth.near)
        constants = self.scale * (self.parts @ values - rates @ vehicles)
        for part in range(self.parts.shape[0]):
            own = slice(rates.indptr[part], rates.indptr[part + 1])
            columns = np.concatenate([[self.first + part], self.columns[rates.indices[own]]])
            entries = np.concatenate([[1.0], -self.scale * rates.data[own]])
            most = float(constants[part])
            self.solver.addRow(-highspy.kHighsInf, most, len(columns), columns.astype(np.int32), entries)
            self.cuts += 1
        return float(values.sum())

    def _run(self, limits: Limits) -> highspy.HighsModelStatus:
        seconds = limits.seconds_left
        if seconds is not None:
            self.solver.setOptionValue("time_limit", self.solver.getRunTime() + seconds)
        self.solver.run()
        return self.solver.getModelStatus()

    def _vehicles(self) -> FloatArray:
        return np.asarray(self.solver.getSolution().col_value)[self.columns]

    def _relax(self) -> None:
        """Cuts until the linear relaxation brings no more."""
        assert self.best is not None
        count = self.first
        relaxed = [highspy.HighsVarType.kContinuous] * count
        self.solver.changeColsIntegrality(count, np.arange(count, dtype=np.int32), np.array(relaxed))
        limits, inside, idle = self.limits.part(_RELAXED), self.best.astype(np.float64), 0
        self._cut(inside)
        for _ in range(_ROUNDS):
            if time.monotonic() > limits.deadline or self._run(limits) != highspy.HighsModelStatus.kOptimal:
                break
            before = self.bound
            told = -self.solver.getInfo().objective_function_value / self.scale
            self.bound = min(self.bound, max(told + _ROUNDING * abs(told), self.value))
            self._tell()
            if self._closed():
                break
            vehicles = self._vehicles()
            between = 0.5 * (vehicles + inside)
            self._cut(between)
            value = self._cut(vehicles)
            idle = idle + 1 if before - self.bound <= _WORTHWHILE * (before - self.value) else 0
            if told - value <= PROOF_TOLERANCE / 10 * abs(told) or idle >= _IDLE:
                break
            inside = between
        whole = np.array(self.whole)
        self.solver.changeColsIntegrality(count, np.arange(count, dtype=np.int32), whole)

    def _solve_whole(self) -> None:
        """The program itself, cut at each of its answers, until its bound meets the best placement."""
        while not self._closed() and not self._late():
            status = self._run(self.limits.part(_WHOLE))
            told = -self.solver.getInfo().mip_dual_bound / self.scale
            if math.isfinite(told):
                self.bound = min(self.bound, max(told + _ROUNDING * abs(told), self.value))
            self._tell()
            if self.solver.getInfo().primal_solution_status == _FEASIBLE:
                vehicles = np.round(self._vehicles()).astype(np.int64)
                value = self._cut(vehicles.astype(np.float64))
                self._offer(vehicles)
                if told - value <= PROOF_TOLERANCE / 10 * abs(told):
                    return
            if status != highspy.HighsModelStatus.kOptimal:
                return

    def _tell(self) -> None:
        if self.limits.on_progress is not None:
            self.limits.on_progress(time.perf_counter() - self.began, self.value, self.bound)
