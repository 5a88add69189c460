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

Large problems whose sites are told apart by nothing but their place (and, in set covering, their price) go to
:mod:`optimise.covering_engine`, which reduces them before any program is built. Whatever else a problem asks
keeps it to the programs above, on merged demand points, and the proof says so. The minutes are read in place:
beside them stand about 60 bytes for each demand point, more with more than 300 sites.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import ClassVar

import numpy as np

from optimise import engines
from optimise.algebra import Term, linear, summed
from optimise.arrays import BoolArray, FloatArray, IntArray
from optimise.conflicts import Conflict
from optimise.engines import filled_up, large, side_constraints, switched_off, to_open
from optimise.errors import Fault
from optimise.exact import exact_sum
from optimise.models.base import MakeProgram, Model, needs_a_count, reach_and_mean
from optimise.models.first_placements import all_allowed, thinned_cover
from optimise.outcome import Outcome
from optimise.placed import Placed
from optimise.problem import PlacementProblem
from optimise.program import SiteProgram
from optimise.running import Limits
from optimise.sentences import Sentence, joined
from optimise.service import SCALED_WEIGHT
from optimise.starting import good_sites
from optimise.status import Sense, Status
from optimise.verification import keeps_limits

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
                Sentence(
                    "opt.fault.one_or_each",
                    "must be one number or {points}, one for each demand point",
                    points=problem.n_demand,
                ),
                "radius",
                value=shape,
            )
        ]
    if not (values >= 0).all():
        return [Fault("must be 0 or more", "radius", value=str(radius))]
    return []


def covering_rows(problem: PlacementProblem, limit: FloatArray) -> tuple[list[list[int]], FloatArray]:
    """Demand points with weight that some allowed site covers, merged by the sites that cover them."""
    allowed = np.flatnonzero(~problem.never_open)
    if large(problem):
        from optimise.covering_engine.coverage import coverage_from_costs  # noqa: PLC0415 - compiles

        coverage = coverage_from_costs(problem.costs, limit, problem.weights, columns=allowed)
        return [allowed[row].tolist() for row in coverage.near], coverage.weights
    near = problem.costs[:, allowed] <= limit[:, None]
    counted = near.any(axis=1) & (problem.weights > 0)
    merged, inverse = np.unique(near[counted], axis=0, return_inverse=True)
    weights = summed(inverse, problem.weights[counted], len(merged))
    return [allowed[row].tolist() for row in merged], weights


def times_covered(problem: PlacementProblem, placed: Placed, limit: FloatArray) -> FloatArray:
    """(n_demand,) how many open sites cover each demand point."""
    near = problem.costs[:, np.flatnonzero(placed.sites)] <= limit[:, None]
    return np.asarray(near.sum(axis=1), dtype=np.float64)


def nearest_open(problem: PlacementProblem, sites: BoolArray, limit: FloatArray) -> IntArray:
    """(n_demand,) the first of the nearest open sites within ``limit``, -1 for none."""
    opened = np.flatnonzero(sites)
    if len(opened) == 0:
        return np.full(problem.n_demand, -1, dtype=np.int64)
    costs = problem.costs[:, opened]
    best = costs.argmin(axis=1)
    least = costs[np.arange(problem.n_demand), best]
    served = np.isfinite(least) & (least <= limit)
    return np.where(served, opened[best], -1).astype(np.int64)


class CoveringModel(Model):
    """What MCLP and LSCP share: a radius, and people beyond it who are not served."""

    serves_first: ClassVar[bool] = False
    covers_within: ClassVar[bool] = True
    radius: Radius | None
    backup: float | bool

    def faults(self, problem: PlacementProblem) -> list[Fault]:
        """The radius must be right."""
        return radius_faults(self.radius, problem)

    def limit(self, problem: PlacementProblem) -> FloatArray:
        """The radius of each demand point."""
        assert self.radius is not None
        return radii(self.radius, problem)

    def place(self, problem: PlacementProblem, sites: BoolArray) -> Placed:
        """Everyone goes to the nearest open site within the radius."""
        return Placed(sites, nearest_open(problem, sites, self.limit(problem)))

    def broken(self, problem: PlacementProblem, placed: Placed) -> list[str]:
        """Everyone goes to an open, nearest site within the radius; nobody else is unserved."""
        limit = self.limit(problem)
        nearest = replace(placed, assignment=nearest_open(problem, placed.sites, limit))
        served = placed.assignment >= 0
        wrong = placed.minutes(problem) != nearest.minutes(problem)
        wrong |= served & ~placed.sites[np.where(served, placed.assignment, 0)]
        return [
            Sentence(
                "opt.broken.nearest",
                "{point} is not served by its nearest open site",
                point=problem.demand_ids[row],
            )
            for row in np.flatnonzero(wrong).tolist()
        ]

    def engine_size(self, problem: PlacementProblem) -> tuple[int, int]:
        """All pairs count: the reductions are what makes a covering problem small."""
        return problem.costs.size, engines.PAYS_AT_PAIRS

    def covered_weight(self, problem: PlacementProblem, placed: Placed, times: int) -> float:
        """Weight that at least ``times`` open sites cover."""
        enough = times_covered(problem, placed, self.limit(problem)) >= times
        return exact_sum(problem.weights[enough])


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

    def steer(self, problem: PlacementProblem, minutes: FloatArray) -> tuple[float, FloatArray | None]:
        """Less the weight that is covered once; single minutes add nothing."""
        return -float(problem.weights @ (minutes <= self.limit(problem))), None

    def second_aim(self, problem: PlacementProblem, placed: Placed) -> tuple[float, ...]:
        """Of covers that are as good, the one that reaches the most people, then the least mean."""
        return reach_and_mean(problem, placed)

    def objective(self, problem: PlacementProblem, placed: Placed) -> float:
        """Covered weight, mixed with the weight covered twice."""
        once = self.covered_weight(problem, placed, 1)
        return (1 - self.backup) * once + self.backup * self.covered_weight(problem, placed, 2)

    def search(self, problem: PlacementProblem, limits: Limits) -> Outcome:
        """Solve by the engine where it fits, else by the covering program."""
        if large(problem) and not side_constraints(problem) and to_open(problem) is not None:
            return self._by_engine(problem, limits)
        program = self.whole_program(problem, limits)
        build_s = program.build_s
        start = good_sites(problem, self, limits.part(0.3)) if large(problem) else None
        run = program.solve(limits, start=start)
        placed = self.place(problem, program.chosen()) if run.has_values else None
        outcome = Outcome.of_run(run, placed, formulation="maximal covering", build_s=build_s)
        if outcome.status is Status.NO_SOLUTION and start is not None:
            outcome = replace(outcome, status=Status.FEASIBLE, placed=self.place(problem, start))
        return _with_reason(outcome, problem)

    def whole_program(
        self, problem: PlacementProblem, limits: Limits, make: MakeProgram = SiteProgram
    ) -> SiteProgram:
        """The covering program; demand points that the same sites cover share their variables."""
        del limits
        program = make(problem, "mclp", Sense.MAXIMISE)
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
        return program

    def _by_engine(self, problem: PlacementProblem, limits: Limits) -> Outcome:
        from optimise.covering_engine.coverage import coverage_from_costs  # noqa: PLC0415 - compiles
        from optimise.covering_engine.maximal_cover import MaximalCoverSearch  # noqa: PLC0415

        began = time.perf_counter()
        allowed = np.flatnonzero(~problem.never_open)
        coverage = coverage_from_costs(problem.costs, self.limit(problem), problem.weights, columns=allowed)
        build_s = time.perf_counter() - began
        always = problem.always_open[allowed]
        search = MaximalCoverSearch(
            coverage, problem.n_open or 0, limits, backup=self.backup, always_open=always
        )
        found = search.outcome()
        has_sites = np.isfinite(found.worth)
        placed = self.place(problem, filled_up(problem, allowed[found.columns])) if has_sites else None
        solve_s = time.perf_counter() - began - build_s
        return engine_outcome(found.status, placed, found.bound, found.proof, found.figures, build_s, solve_s)


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

    Demand points that no allowed site covers are reported as unserved, beyond the radius or unreachable.
    Where that is everybody, the problem is infeasible: no site at all would be the cheapest cover of nobody.
    The objective counts all open sites, or sums the prices of those that do not exist yet.

    Attributes:
        radius: minutes, one or one for each demand point.
        backup: among the cheapest covers, take one with the most weight covered twice.
    """

    name: ClassVar[str] = "lscp"
    sense: ClassVar[Sense] = Sense.MINIMISE
    counts_sites: ClassVar[bool] = False
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
        return exact_sum(_prices(problem)[placed.sites])

    def broken(self, problem: PlacementProblem, placed: Placed) -> list[str]:
        """Everybody who can be covered is covered."""
        allowed = np.flatnonzero(~problem.never_open)
        could = (problem.costs[:, allowed] <= self.limit(problem)[:, None]).any(axis=1)
        missed = could & (problem.weights > 0) & (placed.assignment < 0)
        told = [
            Sentence(
                "opt.broken.covered", "{point} could be covered, but is not", point=problem.demand_ids[row]
            )
            for row in np.flatnonzero(missed)
        ]
        return [*super().broken(problem, placed), *told]

    def rank(self, problem: PlacementProblem, placed: Placed) -> tuple[float, ...]:
        """Uncovered weight, price, then weight not covered twice."""
        twice = self.covered_weight(problem, placed, 2) if self.backup else 0.0
        return (-self.covered_weight(problem, placed, 1), self.objective(problem, placed), -twice)

    def impossible(self, problem: PlacementProblem) -> Conflict | None:
        """Nobody can be covered."""
        people = problem.weights > 0
        fastest = problem.allowed_costs[people].min(axis=1, initial=np.inf)
        if not people.any() or (fastest <= self.limit(problem)[people]).any():
            return None
        reason: str = Sentence("opt.impossible.nobody", "no site reaches anybody")
        if np.isfinite(fastest).any():
            first = int(fastest.argmin())
            who = problem.demand_ids[int(np.flatnonzero(people)[first])]
            reason = Sentence(
                "opt.impossible.radius",
                "the fastest way is {fastest:g}, for {who}",
                fastest=fastest[first],
                who=who,
            )
        return Conflict((Sentence("opt.wish.somebody", "somebody is covered within the radius"),), reason)

    def start(self, problem: PlacementProblem, limits: Limits) -> Placed | None:
        """As many sites as may be, without those that nobody needs."""
        sites = all_allowed(problem, limits)
        if sites is None:
            return None
        near = (problem.allowed_costs <= self.limit(problem)[:, None])[problem.weights > 0]
        near = near[near.any(axis=1)]
        placed = self.place(problem, thinned_cover(problem, sites, near, limits))
        return None if self.broken(problem, placed) or not keeps_limits(problem, placed) else placed

    def search(self, problem: PlacementProblem, limits: Limits) -> Outcome:
        """The cheapest cover, then the most backup at that price."""
        if large(problem) and not side_constraints(problem):
            outcome = self._by_engine(problem, limits)
        else:
            outcome = self._by_program(problem, limits)
        if not self.backup or outcome.placed is None or outcome.status is not Status.OPTIMAL:
            return outcome
        return self._with_backup(problem, limits, outcome)

    def whole_program(
        self, problem: PlacementProblem, limits: Limits, make: MakeProgram = SiteProgram
    ) -> SiteProgram | None:
        """The covering program; None with ``backup``, which is a second program."""
        del limits
        return None if self.backup else self._cheapest(problem, make)

    def _cheapest(self, problem: PlacementProblem, make: MakeProgram = SiteProgram) -> SiteProgram:
        program = self._program(problem, backup=False, make=make)
        program.aim(program.spent(_prices(problem)))
        return program

    def _by_program(self, problem: PlacementProblem, limits: Limits) -> Outcome:
        program = self._cheapest(problem)
        build_s = program.build_s
        run = program.solve(limits)
        placed = self.place(problem, program.chosen()) if run.has_values else None
        outcome = Outcome.of_run(run, placed, formulation="set covering", build_s=build_s)
        return _with_reason(outcome, problem)

    def _by_engine(self, problem: PlacementProblem, limits: Limits) -> Outcome:
        from optimise.covering_engine.coverage import coverage_from_costs  # noqa: PLC0415 - compiles
        from optimise.covering_engine.set_cover import cheapest_cover  # noqa: PLC0415

        began = time.perf_counter()
        always, free = np.flatnonzero(problem.always_open), np.flatnonzero(problem.free)
        columns = np.concatenate([always, free])
        coverage = coverage_from_costs(problem.costs, self.limit(problem), problem.weights, columns=columns)
        left = ~coverage.near[:, : len(always)].any(axis=1)
        build_s = time.perf_counter() - began
        prices = _prices(problem)
        found = cheapest_cover(coverage.near[left][:, len(always) :], prices[free], limits)
        sites = problem.always_open.copy()
        sites[free[found.columns]] = True
        bound = found.bound + float(prices[always].sum())
        figures = {"core_rows": float(found.core_rows), "core_columns": float(found.core_columns)}
        solve_s = time.perf_counter() - began - build_s
        placed = self.place(problem, sites)
        return engine_outcome(found.status, placed, bound, found.proof, figures, build_s, solve_s)

    def _program(
        self, problem: PlacementProblem, *, backup: bool, make: MakeProgram = SiteProgram
    ) -> SiteProgram:
        program = make(problem, "lscp", Sense.MAXIMISE if backup else Sense.MINIMISE)
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
        least = exact_sum(prices[first.placed.sites])
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
            proof=Sentence(
                "opt.proof.backup",
                "{proof}; then the most weight covered twice at that price",
                proof=first.proof,
            ),
            build_s=first.build_s + program.build_s,
            solve_s=first.solve_s + run.seconds,
            figures={"weight_covered_twice": covered_twice, "weight_covered_twice_bound": run.bound},
        )


_PROOFS = {
    "none": "the gap was not closed within the limits",
    "reduction": "the reductions decided every site",
    "search": "an answer was found",
    "lagrangian": "the Lagrangian bound of the reduced problem",
    "linear": "the linear program of the core, with inequalities over three demand points",
    "tree": "branch and bound over the sites that reductions and Lagrangian bound left",
    "mip": "HiGHS on the core that reductions and Lagrangian bound left",
}


def engine_outcome(
    status: Status,
    placed: Placed | None,
    bound: float,
    proof: str,
    figures: dict[str, float],
    build_s: float,
    solve_s: float,
) -> Outcome:
    """What the engine found, as an outcome."""
    return Outcome(
        status=status,
        placed=placed,
        bound=bound,
        solver=Sentence(
            "opt.solver.covering", "exact covering engine with HiGHS {version}", version=version("highspy")
        ),
        formulation="exact engine: merged demand, dominance, Lagrangian bound, core program",
        proof=_PROOFS[proof],
        build_s=build_s,
        solve_s=solve_s,
        figures=figures,
    )


def _with_reason(outcome: Outcome, problem: PlacementProblem) -> Outcome:
    """The outcome of a plain program, with the reason why a large problem did not go to the engine."""
    off = switched_off(problem)
    return replace(outcome, proof=joined(outcome.proof, off)) if off and large(problem) else outcome


def _prices(problem: PlacementProblem) -> FloatArray:
    return np.ones(problem.n_sites) if problem.fixed_costs is None else problem.prices
