"""The program of districts that hang together, are compact around a seat, and share a load evenly.

With ``x_ij = 1`` where place ``i`` belongs to the district with its seat at ``j``::

    min   sum_ij c_ij x_ij
    s.t.  sum_j x_ij = 1,  sum_j x_jj = p,  x_ij <= x_jj
          L x_jj <= sum_i a_i x_ij <= U x_jj
          x_ij <= sum_{k in N(C)} x_kj    for i in C, j neither in C nor beside it, C connected
          x binary

the districting model of Hess and others (1965), *Nonpartisan political redistricting by computer*, Operations
Research 13. The last rows, one for each connected set ``C`` of places that must not be cut off from their
seat, are contiguity itself (Oehrlein and Haunert 2017, *A cutting-plane method for contiguity-constrained
spatial aggregation*, Journal of Spatial Information Science 15); those that an answer breaks are added, and
the program is solved again until none is broken. A bound of any round holds for the whole problem, and so
does the last proof.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pulp

from optimise.algebra import linear, value_of
from optimise.arrays import BoolArray, FloatArray, IntArray
from optimise.errors import Fault
from optimise.program import within_memory
from optimise.running import Limits, Run, run_program
from optimise.sentences import Sentence
from optimise.status import Status, relative_gap

#: Size of the objective that solvers' tolerances are made for.
_AROUND = 1e4


@dataclass(frozen=True, eq=False)
class DistrictProblem:
    """n places to be put into districts.

    Attributes:
        costs: (n, n) price of place i with its seat at j; inf = not allowed, on the diagonal: no seat there.
        load: (n,) load of each place.
        beside: (n, n) which places are neighbours.
        count: number of districts.
        least: smallest load of a district.
        most: largest load of a district.
    """

    costs: FloatArray
    load: FloatArray
    beside: BoolArray
    count: int
    least: float = 0.0
    most: float = math.inf

    def faults(self) -> list[Fault]:
        """What is wrong with it."""
        n = len(self.load)
        shapes = {"costs": self.costs.shape, "beside": self.beside.shape}
        wrong = [
            Fault(Sentence("opt.fault.sized_shape", "has another shape than the others"), name)
            for name, shape in shapes.items()
            if shape != (n, n)
        ]
        if not 1 <= self.count <= n:
            told = Sentence("opt.fault.district_count", "must be from 1 to the number of places, {n}", n=n)
            wrong.append(Fault(told, "count", value=str(self.count)))
        return wrong


@dataclass(frozen=True, eq=False)
class Districts:
    """Districts, with their proof.

    Attributes:
        status: OPTIMAL alone means proven.
        objective: the price, recomputed; NaN for none.
        bound: no districts cost less.
        seat: (n,) seat of the district of each place; empty for none.
        rounds: programs that were solved.
        cuts: rows of contiguity that were needed.
        solver: name and version.
        solve_s: seconds in it.
    """

    status: Status
    objective: float
    bound: float
    seat: IntArray
    rounds: int
    cuts: int
    solver: str
    solve_s: float

    @property
    def gap(self) -> float:
        """Relative distance between objective and bound."""
        return relative_gap(self.objective, self.bound)


def connected_parts(places: Sequence[int], beside: BoolArray) -> list[list[int]]:
    """The connected parts of a set of places, each ascending."""
    left, parts = set(places), []
    while left:
        part = [left.pop()]
        for one in part:
            near = [other for other in np.flatnonzero(beside[one]).tolist() if other in left]
            part += near
            left -= set(near)
        parts.append(sorted(part))
    return sorted(parts)


def solve_program(program: DistrictProgram, started: Limits) -> Districts:
    """The cheapest districts of a program, with the rows of contiguity that they need added to it.

    Args:
        program: the places.
        started: of all rounds together, with the clock running.
    """
    problem = program.problem
    bound, seconds, rounds, cuts = -math.inf, 0.0, 0, 0
    nothing = np.zeros(0, dtype=np.int64)
    while True:
        run: Run = run_program(program.lp, started, scale=program.scale)
        rounds, seconds = rounds + 1, seconds + run.seconds
        bound = max(bound, run.bound)
        if not run.has_values or run.status is not Status.OPTIMAL:
            status = Status.NO_SOLUTION if run.has_values else run.status
            seat = program.seats() if run.has_values else nothing
            if run.has_values and not program.broken(seat):
                return Districts(
                    run.status, price_of(problem, seat), bound, seat, rounds, cuts, run.solver, seconds
                )
            return Districts(status, math.nan, bound, nothing, rounds, cuts, run.solver, seconds)
        seat = program.seats()
        broken = program.broken(seat)
        if not broken:
            price = price_of(problem, seat)
            return Districts(
                Status.OPTIMAL, price, min(bound, price), seat, rounds, cuts, run.solver, seconds
            )
        cuts += program.cut(broken)


def price_of(problem: DistrictProblem, seat: IntArray) -> float:
    """What districts cost, by the seat of each place."""
    return math.fsum(problem.costs[np.arange(len(seat)), seat].tolist())


class DistrictProgram:
    """The program of the formulation above, with the rows of contiguity that were added so far.

    Args:
        problem: the places.
    """

    def __init__(self, problem: DistrictProblem) -> None:
        self.problem = problem
        may = np.isfinite(problem.costs) & np.isfinite(np.diag(problem.costs))[None, :]
        within_memory(int(may.sum()))
        self.lp = pulp.LpProblem("districts", pulp.LpMinimize)
        self.x = {
            (int(i), int(j)): self.lp.add_variable(f"x_{i}_{j}", cat=pulp.LpBinary)
            for i, j in zip(*np.nonzero(may), strict=True)
        }
        n = len(problem.load)
        for i in range(n):
            self.lp += linear([(self.x[i, j], 1.0) for j in range(n) if (i, j) in self.x]) == 1, f"one_{i}"
        seats = [j for j in range(n) if (j, j) in self.x]
        self.lp += linear([(self.x[j, j], 1.0) for j in seats]) == problem.count, "count"
        for j in seats:
            own = [(self.x[i, j], float(problem.load[i])) for i in range(n) if (i, j) in self.x]
            for i in range(n):
                if i != j and (i, j) in self.x:
                    self.lp += linear([(self.x[i, j], 1.0), (self.x[j, j], -1.0)]) <= 0, f"seat_{i}_{j}"
            if problem.least > 0:
                self.lp += linear([*own, (self.x[j, j], -problem.least)]) >= 0, f"least_{j}"
            if math.isfinite(problem.most):
                self.lp += linear([*own, (self.x[j, j], -problem.most)]) <= 0, f"most_{j}"
        terms = [(item, float(problem.costs[pair])) for pair, item in self.x.items()]
        largest = max((abs(price) for _, price in terms), default=1.0)
        self.scale = _AROUND / max(largest, 1e-9)
        self.lp += linear(terms) * self.scale

    def ask_for(self, count: int) -> None:
        """Another number of districts; the rows of contiguity hold for any."""
        self.problem = replace(self.problem, count=count)
        self._count_row().changeRHS(count)

    def relaxed_bound(self, limits: Limits) -> tuple[float, float]:
        """What no districts cost less than, and what it changes by with each district more: both by duality.

        The price of a linear program is convex in the right side of a row, so that bound plus slope times the
        districts that are more, or fewer, is a bound of those. inf = there are none, NaN = nobody knows.
        """
        run = run_program(self.lp, limits, scale=self.scale, relaxed=True)
        if run.status is not Status.OPTIMAL:
            return (math.inf if run.status is Status.INFEASIBLE else math.nan), 0.0
        row = self._count_row().index
        return run.bound, float(self.lp.solverModel.getSolution().row_dual[row]) / self.scale

    def _count_row(self) -> pulp.LpConstraint:
        return next(row for row in self.lp.constraints() if row.name == "count")

    def seats(self) -> IntArray:
        """(n,) seat of each place in the incumbent."""
        seat = np.full(len(self.problem.load), -1, dtype=np.int64)
        for (i, j), item in self.x.items():
            if value_of(item) > 0.5:
                seat[i] = j
        return seat

    def broken(self, seat: IntArray) -> list[tuple[int, list[int]]]:
        """Seats, and connected sets of their districts that do not hang together with them."""
        return [
            (j, part)
            for j in sorted(set(seat.tolist()))
            for part in connected_parts(np.flatnonzero(seat == j).tolist(), self.problem.beside)
            if j not in part
        ]

    def cut(self, broken: list[tuple[int, list[int]]]) -> int:
        """Add the rows that forbid these sets, for every seat outside of them; how many rows."""
        added = 0
        for _, part in broken:
            around = np.flatnonzero(self.problem.beside[part].any(axis=0)).tolist()
            around = [k for k in around if k not in part]
            for j in range(len(self.problem.load)):
                if j in part or j in around or (j, j) not in self.x:
                    continue
                near = [(self.x[k, j], -1.0) for k in around if (k, j) in self.x]
                for i in part:
                    if (i, j) in self.x:
                        self.lp += linear([(self.x[i, j], 1.0), *near]) <= 0
                        added += 1
        return added
