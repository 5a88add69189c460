"""Expected covering at any size: swaps, a tree over sites and vehicles, and cuts where conditions are asked.

Placements are improved by exchanges (:mod:`optimise.models.expected_swaps`). A Lagrangian over sites and
vehicles bounds all of them, decides some, and has a tree of its own
(:mod:`optimise.covering_engine.vehicle_tree`): that proves what asks for numbers of sites and vehicles only.

Under conditions, what the Lagrangian leaves goes to a program over the conditions, the sites, and the
vehicles ``x_jl`` at each site by rank (:mod:`optimise.covering_engine.vehicle_kernels`). At any prices of
ranks that do not rise with the rank, what a part ``g`` of the people is worth is bounded by duality::

    worth_g(x) <= sum_{i in g} sum_k max(0, g_ik - price_ik) + sum_jl x_jl sum_{i in g, j reaches i} price_il

The first cuts have the multipliers of the Lagrangian, the others the best prices at an answer of the program
(Benders, as Cordeau, Furini and Ljubic 2019, *Benders decomposition for very large scale partial set covering
and maximal covering location problems*, European Journal of Operational Research 275, for maximal covering):
first of its linear relaxation, with cuts between its answer and the best placement known (Ben-Ameur and Neto
2007), then of the program itself, as long as its answers lead to further cuts.
"""

from __future__ import annotations

import math
import time
from importlib.metadata import version
from typing import TYPE_CHECKING

import highspy
import numpy as np
from scipy import sparse

from optimise.algebra import linear, summed
from optimise.arrays import FloatArray, IntArray
from optimise.covering_engine.coverage import coverage_from_costs
from optimise.covering_engine.vehicle_kernels import RANKS
from optimise.covering_engine.vehicle_tree import Fleet, Node, VehicleTree
from optimise.exact import PROOF_TOLERANCE
from optimise.highs import highs_model
from optimise.models.expected_swaps import VehicleSwaps, Worth
from optimise.outcome import Outcome
from optimise.placed import Placed
from optimise.program import SiteProgram
from optimise.running import Limits
from optimise.sentences import Sentence
from optimise.service import SCALED_WEIGHT
from optimise.status import Sense, Status

if TYPE_CHECKING:
    from optimise.models.busy import MEXCLP
    from optimise.problem import PlacementProblem

#: Pairs of a demand point and a site from which a program with a ladder for each person is slower.
PAYS_AT_PAIRS = 20_000
#: Shares of the time for the first placement, for shaking it, for the linear and for one integer program.
_FIRST, _SHAKEN, _RELAXED, _WHOLE = 0.2, 0.2, 0.5, 0.5
#: Rounds of cuts at most, and those that may bring less than this share of the gap one after the other.
_ROUNDS, _IDLE, _WORTHWHILE = 300, 10, 2e-3
#: Parts of the people, each with cuts of its own.
_PARTS = 25
_FEASIBLE = highspy.SolutionStatus.kSolutionStatusFeasible
#: Share of it by which the solver's bound may be off.
_ROUNDING = 1e-8


def fleet_of(problem: PlacementProblem, model: MEXCLP) -> Fleet:
    """People with the same sites in reach and the same busy fraction as one, without those nobody reaches."""
    cover = coverage_from_costs(problem.allowed_costs, model.limit(problem), problem.weights)
    counted = cover.row_of >= 0
    pairs = np.column_stack([cover.row_of[counted], model.busy_fractions(problem)[counted]])
    known, inverse = np.unique(pairs, axis=0, return_inverse=True)
    total = problem.n_open if model.vehicles is None else model.vehicles
    return Fleet(
        near=cover.near[known[:, 0].astype(np.int64)],
        weights=summed(inverse, problem.weights[counted], len(known)),
        busy=known[:, 1],
        columns=np.arange(problem.n_sites),
        n_open=problem.n_open,
        n_vehicles=int(total or 0),
    )


class RankCuts:
    """Cuts of what people are worth with vehicles by rank.

    Args:
        fleet: the people and the sites in question.
    """

    def __init__(self, fleet: Fleet) -> None:
        self.fleet = fleet
        self.near = sparse.csr_matrix(fleet.near.astype(np.float64))

    def step(self, number: IntArray | int) -> FloatArray:
        """(n_people,) what the vehicle of that number in reach, from 0 on, adds."""
        fleet = self.fleet
        return np.asarray(fleet.weights * (1.0 - fleet.busy) * np.power(fleet.busy, number))

    def prices(self, ranks: FloatArray) -> FloatArray:
        """(n_people, RANKS) the best prices at (n_sites, RANKS) vehicles by rank, whole or not."""
        reach = np.cumsum(np.asarray(self.near @ ranks), axis=1)
        first = np.minimum(reach[:, 0], 1.0)
        second = np.minimum(reach[:, 1] - first, 1.0)
        whole = np.floor(np.maximum(reach[:, 2] - first - second, 0.0) + 1e-9)
        prices = np.empty((len(reach), RANKS))
        prices[:, 2] = self.step(2 + whole)
        prices[:, 1] = np.where(second < 1.0 - 1e-9, self.step(1), prices[:, 2])
        prices[:, 0] = np.where(first < 1.0 - 1e-9, self.step(0), prices[:, 1])
        return prices

    def beyond(self, prices: FloatArray) -> FloatArray:
        """(n_people,) what their steps are worth beyond the prices."""
        total = np.zeros(len(prices))
        for number in range(self.fleet.n_vehicles):
            over = np.maximum(self.step(number) - prices[:, min(number, RANKS - 1)], 0.0)
            total += over
            if number >= RANKS and not over.any():
                break
        return total


class ExpectedCuts:
    """One search.

    Args:
        problem: without promises, with a number of sites where vehicles are not counted; columns stand in the
            order that breaks ties.
        model: what is asked.
        limits: ends the search at its deadline.
    """

    def __init__(self, problem: PlacementProblem, model: MEXCLP, limits: Limits) -> None:
        self.problem, self.model, self.limits = problem, model, limits
        self.began = time.perf_counter()
        self.fleet = fleet_of(problem, model)
        self.weight = float(self.fleet.weights.sum())
        self.most = 1 if model.vehicles is None else min(model.max_per_site or model.vehicles, model.vehicles)
        near = sparse.csr_matrix(self.fleet.near.astype(np.float64))
        worth = Worth(near, self.fleet.weights, self.fleet.busy)
        self.swaps = VehicleSwaps(problem, worth, self.most, limits)
        self.bound = self.weight
        self.cuts = self.nodes = 0

    def outcome(self) -> Outcome | None:
        """The best placement found, and a bound of all; None where no placement to begin with was found."""
        placed = self.model.start(self.problem, self.limits.part(_FIRST))
        if placed is None:
            return None
        self.swaps.offer(placed.sites.astype(np.int64) if placed.units is None else placed.units)
        if not self._closed():
            self._prove()
        proven = self._closed()
        units = None if self.model.vehicles is None else self.swaps.best
        return Outcome(
            status=Status.OPTIMAL if proven else Status.FEASIBLE,
            placed=Placed.nearest(
                self.problem, self.swaps.best > 0, limit=self.model.limit(self.problem), units=units
            ),
            bound=self.bound,
            solver=Sentence(
                "opt.solver.covering",
                "exact covering engine with HiGHS {version}",
                version=version("highspy"),
            ),
            formulation=Sentence(
                "opt.formulation.expected_cuts", "vehicles at sites, a Lagrangian of what they are worth"
            ),
            proof=Sentence(
                "opt.proof.expected_cuts",
                "{nodes} bounds and {cuts} cuts of what vehicles in reach are worth;"
                " swaps of sites and vehicles",
                nodes=self.nodes,
                cuts=self.cuts,
            ),
            build_s=0.0,
            solve_s=time.perf_counter() - self.began,
        )

    def _prove(self) -> None:
        """The Lagrangian, then the tree, or under conditions the program."""
        problem = self.problem
        least = problem.always_open.astype(np.int64)
        most = np.where(problem.never_open, 0, self.most)
        self.tree = VehicleTree(self.fleet, least, most, self._threshold, self._try, self._ends, self._late)
        root = self.tree.root()
        self.nodes = self.tree.nodes
        if root is None:
            return
        self._lower(root.bound)
        if self._closed():
            return
        self.swaps.shake(self.limits.part(_SHAKEN))
        root = self.tree.again(root)
        self._lower(root.bound)
        if not self.swaps.plain:
            self._program()
            self._relax(root)
            self._solve_whole()
            return
        self._lower(self.tree.run(root)[0])
        self.nodes = self.tree.nodes

    def _try(self, vehicles: IntArray) -> None:
        if self.swaps.kept(vehicles):
            self.swaps.offer(vehicles)

    def _threshold(self) -> float:
        """No better answer is worth more than that by more than the tolerance."""
        value = self.swaps.value
        return value + 0.999 * max(self.limits.gap, PROOF_TOLERANCE / 10) * abs(value)

    def _closed(self) -> bool:
        value = self.swaps.value
        return self.bound - value <= max(self.limits.gap, PROOF_TOLERANCE / 10) * abs(value)

    def _late(self) -> bool:
        return time.monotonic() > self.limits.deadline

    def _lower(self, bound: float) -> None:
        """A bound of all that is better than the threshold."""
        self.bound = min(self.bound, max(bound, self._threshold()))
        self._tell()

    def _ends(self, bound: float) -> bool:
        self._lower(bound)
        return self._late()

    def _program(self) -> None:
        """Sites, vehicles by rank, and the worth of each part of the people, in one program of HiGHS."""
        problem, fleet = self.problem, self.tree.fleet
        program = SiteProgram(problem, "expected", Sense.MAXIMISE, twins=False)
        program.impose_conditions()
        units = [program.opened(site) for site in range(problem.n_sites)]
        if self.model.vehicles is not None:
            units = self.model.units(program)
        ranked = []
        for column, site in enumerate(fleet.columns.tolist()):
            most = int(self.tree.most[column])
            upper = [min(most, 1), min(max(most - 1, 0), 1), max(most - 2, 0)]
            own = [
                program.variable(f"rank_{site}_{rank}", upper=float(upper[rank]), integer=True)
                for rank in range(RANKS)
            ]
            ranked.append(own)
            program.add(linear([(own[0], 1.0), (program.opened(site), -1.0)]) == 0, f"first_{site}")
            terms = [*((item, 1.0) for item in own), (units[site], -1.0)]
            program.add(linear(terms) == 0, f"ranks_{site}")
            program.add(linear([(own[1], 1.0), (own[0], -1.0)]) <= 0, f"second_{site}")
            program.add(linear([(own[2], 1.0), (own[1], -float(upper[2]))]) <= 0, f"third_{site}")
        for site in np.setdiff1d(np.arange(problem.n_sites), fleet.columns).tolist():
            program.add(linear([(program.opened(site), 1.0)]) == 0, f"closed_{site}")
        program.aim(linear((item, 1.0) for own in ranked for item in own))
        model = highs_model(program.lp)
        self.columns: IntArray = np.array([[item.index for item in own] for own in ranked])
        self.solver = highspy.Highs()  # type: ignore[no-untyped-call]
        self.solver.setOptionValue("output_flag", False)
        self.solver.setOptionValue("threads", self.limits.threads)
        self.solver.setOptionValue("random_seed", self.limits.seed)
        self.solver.setOptionValue("mip_rel_gap", max(self.limits.gap, PROOF_TOLERANCE / 20))
        self.solver.passModel(model)
        count = model.num_col_
        self.whole = list(model.integrality_)
        self.solver.changeColsCost(count, np.arange(count, dtype=np.int32), np.zeros(count))
        self.scale = SCALED_WEIGHT / self.weight
        middle = np.flatnonzero(self.swaps.best[fleet.columns] > 0)[:_PARTS]
        part = (
            fleet.near[:, middle].argmax(axis=1) if len(middle) else np.zeros(len(fleet.weights), dtype=int)
        )
        number = int(part.max(initial=0)) + 1
        self.first = count
        for place in range(number):
            most_worth = self.scale * float(fleet.weights[part == place].sum())
            self.solver.addCol(-1.0, 0.0, most_worth, 0, np.zeros(0, dtype=np.int32), np.zeros(0))
        rows = np.arange(len(part))
        self.parts = sparse.csr_matrix((np.ones(len(part)), (part, rows)), shape=(number, len(part)))
        self.ranks = RankCuts(fleet)

    def _cut(self, prices: FloatArray) -> tuple[FloatArray, float]:
        """Cuts of all parts at these prices: what a vehicle of each rank adds, and what is added to that."""
        beyond = np.asarray(self.parts @ self.ranks.beyond(prices))
        rates = [
            sparse.csr_matrix(self.parts @ sparse.diags(prices[:, rank]) @ self.ranks.near).toarray()
            for rank in range(RANKS)
        ]
        added = np.stack(rates, axis=2)
        for part in range(self.parts.shape[0]):
            own = added[part].reshape(-1)
            used = np.flatnonzero(own)
            columns = np.concatenate([[self.first + part], self.columns.reshape(-1)[used]]).astype(np.int32)
            entries = np.concatenate([[1.0], -self.scale * own[used]])
            most = float(self.scale * beyond[part])
            self.solver.addRow(-highspy.kHighsInf, most, len(columns), columns, entries)
            self.cuts += 1
        return added.sum(axis=0), float(beyond.sum())

    def _cut_at(self, ranks: FloatArray) -> float:
        """Cuts at vehicles by rank; what they are worth there."""
        added, beyond = self._cut(self.ranks.prices(ranks))
        return beyond + float((added * ranks).sum())

    def _run(self, limits: Limits) -> highspy.HighsModelStatus:
        seconds = limits.seconds_left
        if seconds is not None:
            self.solver.setOptionValue("time_limit", self.solver.getRunTime() + seconds)
        self.solver.run()
        return self.solver.getModelStatus()

    def _answer(self) -> FloatArray:
        """(n_columns, RANKS) vehicles by rank."""
        return np.asarray(self.solver.getSolution().col_value, dtype=np.float64)[self.columns]

    def _relax(self, root: Node) -> None:
        """Cuts until the linear relaxation brings no more."""
        count = self.first
        relaxed = [highspy.HighsVarType.kContinuous] * count
        self.solver.changeColsIntegrality(count, np.arange(count, dtype=np.int32), np.array(relaxed))
        limits, idle = self.limits.part(_RELAXED), 0
        inside = _by_rank(self.swaps.best[self.tree.fleet.columns])
        self._cut_at(inside)
        if len(root.multipliers) == len(self.tree.fleet.weights):
            self._cut(np.cumsum(root.multipliers.astype(np.float64)[:, ::-1], axis=1)[:, ::-1])
        for _ in range(_ROUNDS):
            if time.monotonic() > limits.deadline or self._run(limits) != highspy.HighsModelStatus.kOptimal:
                break
            before = self.bound
            told = -self.solver.getInfo().objective_function_value / self.scale
            self._lower(told + _ROUNDING * abs(told))
            if self._closed():
                break
            ranks = self._answer()
            between = 0.5 * (ranks + inside)
            self._cut_at(between)
            value = self._cut_at(ranks)
            idle = idle + 1 if before - self.bound <= _WORTHWHILE * (before - self.swaps.value) else 0
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
                self._lower(told + _ROUNDING * abs(told))
            if self.solver.getInfo().primal_solution_status == _FEASIBLE:
                ranks = np.round(self._answer())
                value = self._cut_at(ranks)
                vehicles = np.zeros(self.problem.n_sites, dtype=np.int64)
                vehicles[self.tree.fleet.columns] = ranks.sum(axis=1).astype(np.int64)
                self._try(vehicles)
                if told - value <= PROOF_TOLERANCE / 10 * abs(told):
                    return
            if status != highspy.HighsModelStatus.kOptimal:
                return

    def _tell(self) -> None:
        if self.limits.on_progress is not None:
            self.limits.on_progress(time.perf_counter() - self.began, self.swaps.value, self.bound)


def _by_rank(vehicles: IntArray) -> FloatArray:
    """(n_sites, RANKS) the first, the second and all further vehicles at each site."""
    ranks = [np.minimum(vehicles, 1), np.clip(vehicles - 1, 0, 1), np.maximum(vehicles - 2, 0)]
    return np.stack(ranks, axis=1).astype(np.float64)
