"""Maximal covering (MCLP) and set covering (LSCP), each with backup coverage on request.

A demand point is covered by a site at most ``radius`` minutes away; exactly ``radius`` counts. ``radius`` is
one number, or one for each demand point (12 minutes in town, 25 elsewhere). Coverage counts people, not
points.

MCLP (Church and ReVelle 1974, Papers of the Regional Science Association 32), with ``backup`` the share of
the objective that counts a second site in reach (BACOP2 of Hogan and ReVelle 1986, Management Science 32)::

    max   sum_i w_i ((1 - backup) z_i + backup u_i)
    s.t.  z_i + u_i <= sum_{j: c_ij <= r_i} y_j,   u_i <= z_i,   sum_j y_j = p,   y, u binary, 0 <= z <= 1

LSCP (Toregas, Swain, ReVelle and Bergman 1971, Operations Research 19): the fewest sites, or the least summed
price where ``fixed_costs`` are given, such that everybody with weight whom some site could cover is covered::

    min   sum_j f_j y_j     s.t.  sum_{j: c_ij <= r_i} y_j >= 1   for every i that can be covered

With backup, the largest covered-twice weight among the cheapest covers follows (LSCP-B, Hogan and ReVelle
1986).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from optimise.algebra import Term, linear, summed
from optimise.arrays import FloatArray
from optimise.errors import Fault
from optimise.models.base import Model, Outcome, needs_a_count
from optimise.placed import Placed
from optimise.problem import PlacementProblem
from optimise.program import SiteProgram
from optimise.running import Limits
from optimise.service import SCALED_WEIGHT
from optimise.solution import Sense, Status

Radius = float | Sequence[float] | FloatArray


def radii(radius: Radius, problem: PlacementProblem) -> FloatArray:
    """(n_demand,) the radius of each demand point."""
    return np.broadcast_to(np.asarray(radius, dtype=np.float64), (problem.n_demand,))


def radius_faults(radius: Radius | None, problem: PlacementProblem) -> list[Fault]:
    """A radius must be given, 0 or more, one or one for each demand point."""
    if radius is None:
        return [Fault("say within how many minutes a demand point is covered", "radius")]
    values = np.asarray(radius, dtype=np.float64)
    if values.shape not in ((), (problem.n_demand,)):
        shape = str(values.shape)
        return [
            Fault(
                f"must be one number or {problem.n_demand}, one for each demand point", "radius", value=shape
            )
        ]
    if not (values >= 0).all():
        return [Fault("must be 0 or more", "radius", value=str(radius))]
    return []


def covering_rows(problem: PlacementProblem, limit: FloatArray) -> tuple[list[list[int]], FloatArray]:
    """Demand points with weight that some allowed site covers, merged by the sites that cover them."""
    near = problem.allowed_costs <= limit[:, None]
    counted = near.any(axis=1) & (problem.weights > 0)
    merged, inverse = np.unique(near[counted], axis=0, return_inverse=True)
    weights = summed(inverse, problem.weights[counted], len(merged))
    return [np.flatnonzero(row).tolist() for row in merged], weights


def times_covered(problem: PlacementProblem, placed: Placed, limit: FloatArray) -> FloatArray:
    """(n_demand,) how many open sites cover each demand point."""
    near = problem.costs <= limit[:, None]
    return np.asarray((near & placed.sites[None, :]).sum(axis=1), dtype=np.float64)


class CoveringModel(Model):
    """What MCLP and LSCP share: a radius, and people beyond it who are not served."""

    serves_first: ClassVar[bool] = False
    radius: Radius | None
    backup: float | bool

    def faults(self, problem: PlacementProblem) -> list[Fault]:
        """The radius must be right."""
        return radius_faults(self.radius, problem)

    def limit(self, problem: PlacementProblem) -> FloatArray:
        """The radius of each demand point."""
        assert self.radius is not None
        return radii(self.radius, problem)

    def covered_weight(self, problem: PlacementProblem, placed: Placed, times: int) -> float:
        """Weight that at least ``times`` open sites cover."""
        enough = times_covered(problem, placed, self.limit(problem)) >= times
        return float(problem.weights[enough].sum())


@dataclass(frozen=True, eq=False)
class MCLP(CoveringModel):
    """The most weight within the radius of ``p`` sites.

    Attributes:
        radius: minutes, one or one for each demand point.
        backup: share of the objective, 0 to 1, that counts weight covered by a second site.
    """

    name: ClassVar[str] = "mclp"
    sense: ClassVar[Sense] = Sense.MAXIMISE
    radius: Radius | None = None
    backup: float = 0.0

    def faults(self, problem: PlacementProblem) -> list[Fault]:
        """Something must limit the number of sites, and the backup share must be one."""
        found = [*super().faults(problem), *needs_a_count(problem)]
        if not 0 <= self.backup <= 1:
            found.append(Fault("must be between 0 and 1", "backup", value=str(self.backup)))
        return found

    def objective(self, problem: PlacementProblem, placed: Placed) -> float:
        """Covered weight, mixed with the weight covered twice."""
        once = self.covered_weight(problem, placed, 1)
        return (1 - self.backup) * once + self.backup * self.covered_weight(problem, placed, 2)

    def search(self, problem: PlacementProblem, limits: Limits) -> Outcome:
        """Solve the covering program."""
        program = SiteProgram(problem, "mclp", Sense.MAXIMISE)
        program.impose_conditions()
        sites, weights = covering_rows(problem, self.limit(problem))
        weight = float(weights.sum())
        scale = SCALED_WEIGHT / weight if weight > 0 else 1.0
        terms: list[tuple[Term, float]] = []
        for row, near in enumerate(sites):
            once, twice = coverage_variables(program, row, near, backup=self.backup > 0)
            terms.append((once, scale * (1 - self.backup) * weights[row]))
            terms.append((twice, scale * self.backup * weights[row]))
        program.aim(linear(terms), scale=scale)
        build_s = program.build_s
        run = program.solve(limits)
        placed = self.place(problem, program.chosen()) if run.has_values else None
        return Outcome.of_run(run, placed, formulation="maximal covering", build_s=build_s)


def coverage_variables(program: SiteProgram, row: int, near: list[int], *, backup: bool) -> tuple[Term, Term]:
    """How far a merged demand point is covered once, and twice (0 where backup is not asked for)."""
    once: Term = program.variable(f"once_{row}", upper=1.0)
    twice: Term = program.variable(f"twice_{row}", upper=1.0, integer=True) if backup else 0.0
    program.add(program.n_open(near) - linear([(once, 1.0), (twice, 1.0)]) >= 0, f"cover_{row}")
    if backup:
        program.add(linear([(once, 1.0), (twice, -1.0)]) >= 0, f"backup_{row}")
    return once, twice


@dataclass(frozen=True, eq=False)
class LSCP(CoveringModel):
    """The fewest sites (or the least price) that cover everybody who can be covered.

    Demand points that no allowed site covers are reported as unserved and never make the problem infeasible.
    The objective counts all open sites, or sums the prices of those that do not exist yet.

    Attributes:
        radius: minutes, one or one for each demand point.
        backup: among the cheapest covers, take one with the most weight covered twice.
    """

    name: ClassVar[str] = "lscp"
    uses: ClassVar[frozenset[str]] = frozenset({"fixed_costs"})
    sense: ClassVar[Sense] = Sense.MINIMISE
    radius: Radius | None = None
    backup: bool = False

    def faults(self, problem: PlacementProblem) -> list[Fault]:
        """The number of sites is the answer, so it must not be asked for."""
        found = super().faults(problem)
        if problem.n_open is not None:
            found.append(
                Fault("set covering finds the number of sites; leave p, p_new and max_moves out", "p")
            )
        return found

    def objective(self, problem: PlacementProblem, placed: Placed) -> float:
        """Open sites, or the price of the new ones."""
        return float(_prices(problem)[placed.sites].sum())

    def broken(self, problem: PlacementProblem, placed: Placed) -> list[str]:
        """Everybody who can be covered is covered."""
        could = (problem.allowed_costs <= self.limit(problem)[:, None]).any(axis=1)
        missed = could & (problem.weights > 0) & (placed.assignment < 0)
        told = [f"{problem.demand_ids[row]} could be covered, but is not" for row in np.flatnonzero(missed)]
        return [*super().broken(problem, placed), *told]

    def rank(self, problem: PlacementProblem, placed: Placed) -> tuple[float, ...]:
        """Uncovered weight, price, then weight not covered twice."""
        twice = self.covered_weight(problem, placed, 2) if self.backup else 0.0
        return (-self.covered_weight(problem, placed, 1), self.objective(problem, placed), -twice)

    def search(self, problem: PlacementProblem, limits: Limits) -> Outcome:
        """The cheapest cover, then the most backup at that price."""
        program = self._program(problem, backup=False)
        program.aim(program.spent(_prices(problem)))
        build_s = program.build_s
        run = program.solve(limits)
        placed = self.place(problem, program.chosen()) if run.has_values else None
        outcome = Outcome.of_run(run, placed, formulation="set covering", build_s=build_s)
        if not self.backup or placed is None or run.status is not Status.OPTIMAL:
            return outcome
        return self._with_backup(problem, limits, outcome)

    def _program(self, problem: PlacementProblem, *, backup: bool) -> SiteProgram:
        program = SiteProgram(problem, "lscp", Sense.MAXIMISE if backup else Sense.MINIMISE)
        program.impose_conditions()
        sites, weights = covering_rows(problem, self.limit(problem))
        scale = SCALED_WEIGHT / max(float(weights.sum()), 1e-300)
        terms: list[tuple[Term, float]] = []
        for row, near in enumerate(sites):
            program.add(program.n_open(near) >= 1, f"cover_{row}")
            if backup:
                twice = program.variable(f"twice_{row}", upper=1.0)
                program.add(program.n_open(near) - twice >= 1, f"backup_{row}")
                terms.append((twice, scale * weights[row]))
        if backup:
            program.aim(linear(terms), scale=scale)
        return program

    def _with_backup(self, problem: PlacementProblem, limits: Limits, first: Outcome) -> Outcome:
        assert first.placed is not None
        prices = _prices(problem)
        least = float(prices[first.placed.sites].sum())
        program = self._program(problem, backup=True)
        program.add(program.spent(prices) <= least * (1 + 1e-9), "price")
        run = program.solve(limits)
        placed = self.place(problem, program.chosen()) if run.has_values else first.placed
        covered_twice = self.covered_weight(problem, placed, 2)
        return Outcome(
            status=run.status if run.has_values else Status.FEASIBLE,
            placed=placed,
            bound=least,
            solver=run.solver,
            formulation="set covering, then backup",
            proof=f"{first.proof}; then the most weight covered twice at that price",
            build_s=first.build_s + program.build_s,
            solve_s=first.solve_s + run.seconds,
            figures={"weight_covered_twice": covered_twice, "weight_covered_twice_bound": run.bound},
        )


def _prices(problem: PlacementProblem) -> FloatArray:
    return np.ones(problem.n_sites) if problem.fixed_costs is None else problem.prices
