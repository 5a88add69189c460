"""Covering when vehicles may be busy: expected coverage (MEXCLP) and coverage with reliability (MALP).

Each vehicle is out on another call with probability ``q`` (the busy fraction), independently of the others.

MEXCLP (Daskin 1983, *A maximum expected covering location model*, Transportation Science 17)::

    max   sum_i w_i sum_k (1 - q_i) q_i^(k-1) z_ik
    s.t.  sum_k z_ik <= sum_{j: c_ij <= r_i} u_j,   u_j vehicles at site j,   0 <= z <= 1

MALP (ReVelle and Hogan 1989, *The maximum availability location problem*, Transportation Science 23): the
most weight that has ``b_i = ceil(log(1 - reliability) / log q_i)`` vehicles in reach, so that one is free
with the wanted reliability. One busy fraction for all is MALP I, one for each demand point MALP II::

    max   sum_i w_i z_ib
    s.t.  z_ik <= z_i,k-1 for k = 2 .. b_i,  sum_k z_ik <= sum_{j: c_ij <= r_i} u_j,  z binary
"""

from __future__ import annotations

import abc
import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

import numpy as np

from optimise.algebra import Term, linear, summed, value_of
from optimise.arrays import BoolArray, FloatArray, IntArray
from optimise.errors import Fault
from optimise.exact import exact_dot
from optimise.models import expected_cuts
from optimise.models.base import Model, fixed_to, needs_a_count
from optimise.models.covering import MCLP, Radius, radii, radius_faults
from optimise.models.first_placements import vehicles_spread
from optimise.outcome import Outcome
from optimise.placed import Placed
from optimise.problem import PlacementProblem
from optimise.program import SiteProgram
from optimise.running import Limits
from optimise.sentences import Sentence
from optimise.service import SCALED_WEIGHT
from optimise.starting import good_sites
from optimise.status import Sense

Busy = float | Sequence[float] | FloatArray


@dataclass(frozen=True, eq=False)
class BusyCovering(Model):
    """What MEXCLP and MALP share.

    Attributes:
        radius: minutes, one or one for each demand point.
        busy: busy fraction of a vehicle, one or one for each demand point (0 or more, below 1).
        vehicles: how many vehicles are placed, several at a site if that is best; None: one at each site.
        max_per_site: most vehicles at one site.
    """

    sense: ClassVar[Sense] = Sense.MAXIMISE
    serves_first: ClassVar[bool] = False
    covers_within: ClassVar[bool] = True
    radius: Radius | None = None
    busy: Busy | None = None
    vehicles: int | None = None
    max_per_site: int | None = None

    def faults(self, problem: PlacementProblem) -> list[Fault]:
        """A radius, a busy fraction and a number of sites or vehicles are needed."""
        found = radius_faults(self.radius, problem)
        found += needs_a_count(problem) if self.vehicles is None else []
        if self.busy is None:
            return [*found, Fault("say which fraction of the time a vehicle is busy", "busy")]
        fractions = np.asarray(self.busy, dtype=np.float64)
        if fractions.shape not in ((), (problem.n_demand,)) or not ((fractions >= 0) & (fractions < 1)).all():
            found.append(Fault("must be 0 or more and below 1, one or one for each demand point", "busy"))
        if self.max_per_site is not None and (self.vehicles is None or self.max_per_site < 1):
            found.append(Fault("must be 1 or more, and goes with vehicles", "max_per_site"))
        return found

    def limit(self, problem: PlacementProblem) -> FloatArray:
        """The radius of each demand point."""
        assert self.radius is not None
        return radii(self.radius, problem)

    def busy_fractions(self, problem: PlacementProblem) -> FloatArray:
        """(n_demand,) the busy fraction around each demand point."""
        return np.broadcast_to(np.asarray(self.busy, dtype=np.float64), (problem.n_demand,))

    def in_reach(self, problem: PlacementProblem, placed: Placed) -> IntArray:
        """(n_demand,) how many vehicles are within the radius."""
        units = placed.sites.astype(np.int64) if placed.units is None else placed.units
        near = problem.costs <= self.limit(problem)[:, None]
        return np.asarray(near @ units, dtype=np.int64)

    @abc.abstractmethod
    def worth(self, n_vehicles: IntArray, busy: FloatArray) -> FloatArray:
        """What a person is worth with so many vehicles in reach: 0 to 1."""

    @abc.abstractmethod
    def steps(self, busy: float, most: int) -> list[float]:
        """Worth added by the first, second, ... vehicle in reach, up to ``most`` of them."""

    def objective(self, problem: PlacementProblem, placed: Placed) -> float:
        """Weight times worth, summed."""
        worth = self.worth(self.in_reach(problem, placed), self.busy_fractions(problem))
        return exact_dot(problem.weights, worth)

    def search(self, problem: PlacementProblem, limits: Limits) -> Outcome:
        """Solve the step program."""
        program = SiteProgram(problem, "busy", Sense.MAXIMISE)
        program.impose_conditions()
        units = self.units(program)
        sites, weights, busy = self._rows(problem)
        weight = float(weights.sum())
        scale = SCALED_WEIGHT / weight if weight > 0 else 1.0
        terms: list[tuple[Term, float]] = []
        for row, near in enumerate(sites):
            steps = self.steps(float(busy[row]), self._most_in_reach(problem, len(near)))
            in_reach = linear((units[site], 1.0) for site in near)
            terms += [
                (item, scale * weights[row] * step) for item, step in _ladder(program, row, in_reach, steps)
            ]
        program.aim(linear(terms), scale=scale)
        build_s = program.build_s
        run = program.solve(limits)
        placed = self._read(problem, program, units) if run.has_values else None
        return Outcome.of_run(run, placed, formulation=f"{self.name} steps", build_s=build_s)

    def _rows(self, problem: PlacementProblem) -> tuple[list[list[int]], FloatArray, FloatArray]:
        """Demand points merged by the sites in reach and the busy fraction."""
        near = problem.allowed_costs <= self.limit(problem)[:, None]
        counted = near.any(axis=1) & (problem.weights > 0)
        keyed = np.column_stack([near[counted], self.busy_fractions(problem)[counted]])
        merged, inverse = np.unique(keyed, axis=0, return_inverse=True)
        weights = summed(inverse, problem.weights[counted], len(merged))
        return [np.flatnonzero(row[:-1]).tolist() for row in merged], weights, merged[:, -1]

    def _most_in_reach(self, problem: PlacementProblem, n_near: int) -> int:
        if self.vehicles is None:
            return n_near if problem.n_open is None else min(n_near, problem.n_open)
        return min(self.vehicles, n_near * (self.max_per_site or self.vehicles))

    def units(self, program: SiteProgram) -> list[Term]:
        """Vehicles at each site, with their rows; 0 or 1 where they are not counted."""
        n_sites = program.problem.n_sites
        if self.vehicles is None:
            return [program.opened(site) for site in range(n_sites)]
        most = float(self.max_per_site or self.vehicles)
        units: list[Term] = []
        for site in range(n_sites):
            count = program.variable(f"vehicles_{site}", upper=most, integer=True)
            program.add(linear([(count, 1.0), (program.opened(site), -1.0)]) >= 0, f"least_{site}")
            program.add(linear([(count, 1.0), (program.opened(site), -most)]) <= 0, f"most_{site}")
            units.append(count)
        words = Sentence("opt.wish.vehicles", "{vehicles} vehicles in all", vehicles=self.vehicles)
        program.wish(linear((count, 1.0) for count in units) == self.vehicles, "total", words)
        return units

    def _read(self, problem: PlacementProblem, program: SiteProgram, units: list[Term]) -> Placed:
        counts = None
        if self.vehicles is not None:
            counts = np.asarray([round(value_of(count)) for count in units], dtype=np.int64)
        return Placed.nearest(problem, program.chosen(), limit=self.limit(problem), units=counts)

    def place(self, problem: PlacementProblem, sites: BoolArray) -> Placed:
        """Vehicles spread best over just these sites."""
        if self.vehicles is None:
            return super().place(problem, sites)
        placed = self.search(fixed_to(problem, sites), Limits()).placed
        return placed if placed is not None else super().place(problem, sites)

    def start(self, problem: PlacementProblem, limits: Limits) -> Placed | None:
        """Sites that cover the most people once, and further vehicles where each is worth the most."""
        asked = problem
        if self.vehicles is not None and problem.n_open is None and problem.budget is None:
            allowed = int((~problem.never_open).sum())
            asked = problem.replace(p=max(min(self.vehicles, allowed), int(problem.always_open.sum())))
        sites = good_sites(asked, MCLP(radius=self.radius), limits)
        if sites is None:
            return None
        units = None if self.vehicles is None else vehicles_spread(self, problem, sites, self.vehicles)
        if self.vehicles is not None and units is None:
            return None
        return Placed.nearest(problem, sites, limit=self.limit(problem), units=units)

    def broken(self, problem: PlacementProblem, placed: Placed) -> list[str]:
        """Vehicles stand at open sites, and there are as many as were asked for."""
        told = super().broken(problem, placed)
        if self.vehicles is None:
            return told
        units = placed.units if placed.units is not None else np.zeros(problem.n_sites, dtype=np.int64)
        if int(units.sum()) != self.vehicles:
            told.append(
                Sentence(
                    "opt.broken.vehicles",
                    "{total} vehicles are placed, {vehicles} were asked for",
                    total=units.sum(),
                    vehicles=self.vehicles,
                )
            )
        if ((units > 0) != placed.sites).any() or units.max() > (self.max_per_site or self.vehicles):
            told.append("vehicles stand at a closed site, or too many at one")
        return told

    def feasibility_program(self, problem: PlacementProblem) -> SiteProgram:
        """The conditions, with the vehicles placed."""
        program = super().feasibility_program(problem)
        self.units(program)
        return program


@dataclass(frozen=True, eq=False)
class MEXCLP(BusyCovering):
    """The most expected weight within the radius of a free vehicle."""

    name: ClassVar[str] = "mexclp"

    def search(self, problem: PlacementProblem, limits: Limits) -> Outcome:
        """A tree, or cuts, where people are many and vehicles or sites are counted; else the step program."""
        promised = any(condition.promises for condition in problem.conditions)
        counted = self.vehicles is not None or problem.n_open is not None
        many = counted and problem.costs.size >= expected_cuts.PAYS_AT_PAIRS
        if many and not promised and limits.in_process:
            outcome = expected_cuts.ExpectedCuts(problem, self, limits).outcome()
            if outcome is not None:
                return outcome
        return super().search(problem, limits)

    def worth(self, n_vehicles: IntArray, busy: FloatArray) -> FloatArray:
        """The probability that one of them is free."""
        return np.asarray(1.0 - np.power(busy, n_vehicles))

    def steps(self, busy: float, most: int) -> list[float]:
        """The k-th vehicle helps when the others are busy and it is not."""
        return [(1.0 - busy) * busy**number for number in range(most)]


@dataclass(frozen=True, eq=False)
class MALP(BusyCovering):
    """The most weight for which a vehicle within the radius is free with the wanted reliability."""

    name: ClassVar[str] = "malp"
    reliability: float = 0.9

    def faults(self, problem: PlacementProblem) -> list[Fault]:
        """The reliability must be a probability below 1."""
        found = super().faults(problem)
        if not 0 < self.reliability < 1:
            found.append(Fault("must be above 0 and below 1", "reliability", value=str(self.reliability)))
        return found

    def needed(self, busy: float) -> int:
        """Vehicles in reach that give the reliability."""
        if busy == 0:
            return 1
        return max(1, math.ceil(math.log(1 - self.reliability) / math.log(busy) - 1e-9))

    def worth(self, n_vehicles: IntArray, busy: FloatArray) -> FloatArray:
        """1 where enough vehicles are in reach."""
        needed = np.asarray([self.needed(fraction) for fraction in busy.tolist()])
        return (n_vehicles >= needed).astype(np.float64)

    def steps(self, busy: float, most: int) -> list[float]:
        """Only the last vehicle needed counts; none when so many cannot be in reach."""
        needed = self.needed(busy)
        return [] if needed > most else [0.0] * (needed - 1) + [1.0]


def _ladder(program: SiteProgram, row: int, in_reach: object, steps: list[float]) -> list[tuple[Term, float]]:
    """One variable for each vehicle in reach; where later steps are worth more, each needs the one before."""
    grows = any(later > earlier for earlier, later in pairwise(steps))
    rungs: list[Term] = [
        program.variable(f"rung_{row}_{number}", upper=1.0, integer=grows) for number in range(len(steps))
    ]
    if rungs:
        program.add(linear((rung, 1.0) for rung in rungs) - in_reach <= 0, f"reach_{row}")
    for number, (lower, upper) in enumerate(pairwise(rungs if grows else [])):
        program.add(linear([(upper, 1.0), (lower, -1.0)]) <= 0, f"ladder_{row}_{number}")
    return list(zip(rungs, steps, strict=True))
