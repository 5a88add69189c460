"""The capacitated p-median, with integer units and a smallest unit size.

Formulation (Mulvey and Beck 1984, *Solving capacitated clustering problems*, European Journal of Operational
Research 18, with units)::

    min   sum_i w_i sum_j c_ij x_ij / W
    s.t.  sum_j x_ij        = s_i                  s_i = 1 where everybody can be served
          x_ij             <= y_j
          sum_i d_i x_ij   <= k_j u_j              k_j the capacity of one unit
          least_j y_j      <= u_j <= most_j y_j    u integer (without units u_j = y_j)
          sum_j u_j        <= units in all,  sum_j y_j = p,  y binary
          x binary (single sourcing) or 0 <= x <= 1 (split)

When room or reach do not suffice for everybody, the most weight is served first (``s`` free), and then time
is minimised at that weight.

Large problems without units, in which sites are told apart by nothing but their place and their room, go to
:mod:`optimise.capacity_engine.capacity`: a Lagrangian bound, and the program above on the pairs that it
leaves open. Where that finds no room for everybody, and whatever else a problem asks, the whole program is
solved, and the proof says so.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import Any, ClassVar, Literal

import numpy as np

from optimise.algebra import linear, value_of
from optimise.arrays import BoolArray, FloatArray, IntArray
from optimise.capacity_engine.units import Units
from optimise.engine_use import ROOM, UNITS
from optimise.engines import side_constraints, switched_off, to_open
from optimise.errors import Fault
from optimise.exact import LIMIT_TOLERANCE, SHARE_TOLERANCE, exact_dot, room_slack
from optimise.models.assigning import SERVED_SLACKS, AssigningPrograms, UnitLimit, Variables, unit_limits
from optimise.models.base import Model, fixed_to, needs_a_count
from optimise.outcome import Outcome
from optimise.placed import Placed
from optimise.problem import PlacementProblem
from optimise.program import MOST_PAIRS, SiteProgram
from optimise.running import Limits, Run
from optimise.sentences import Sentence, joined
from optimise.service import SCALED_WEIGHT
from optimise.status import Sense, Status

#: Pairs from which the engine is used; the whole program is slow much sooner than without room.
ENGINE_PAYS_AT_PAIRS = 10_000
#: Pairs, and people to a site, from which branch and cut over the sites is used instead.
CUTS_PAY_AT_PAIRS, PEOPLE_A_SITE = 400_000, 10
#: Coefficients up to which the objective is scaled as all others are.
_LARGE = 1e6


@dataclass(frozen=True)
class CapacitatedPMedian(Model):
    """Least weighted mean minutes when every site has room for only so much demand.

    Attributes:
        sourcing: ``single`` (a demand point goes to one site) or ``split``.
        min_units: fewest units at an open site (one number, or by site id); None with all three: no units.
        max_units: most units at an open site (one number, or by site id).
        total_units: most units in all.
    """

    name: ClassVar[str] = "capacitated-p-median"
    sense: ClassVar[Sense] = Sense.MINIMISE
    engine_failed: ClassVar[Sentence] = ROOM
    sourcing: Literal["single", "split"] = "single"
    min_units: UnitLimit = None
    max_units: UnitLimit = None
    total_units: int | None = None

    @property
    def has_units(self) -> bool:
        """True where units are placed, and not just sites opened."""
        return not (self.min_units is None and self.max_units is None and self.total_units is None)

    def faults(self, problem: PlacementProblem) -> list[Fault]:
        """Capacities and a limit on sites or units are needed."""
        found = [] if self.total_units is not None else needs_a_count(problem)
        if problem.capacities is None:
            found.append(Fault("say how much each site (or one unit of it) can serve", "capacities"))
        return found + self.unit_faults(problem)

    def unit_faults(self, problem: PlacementProblem) -> list[Fault]:
        """What is wrong with the parameters."""
        found = []
        if self.sourcing not in ("single", "split"):
            found.append(Fault("must be single or split", "sourcing", value=str(self.sourcing)))
        for name in ("min_units", "max_units"):
            given = getattr(self, name)
            limits = given if isinstance(given, Mapping) else {}
            found += [
                Fault("no such site", name, str(site)) for site in limits if site not in problem.site_position
            ]
        if (unit_limits(self.min_units, problem, 0) > unit_limits(self.max_units, problem, 10**9)).any():
            found.append(Fault("must not exceed max_units", "min_units"))
        return found

    def search(self, problem: PlacementProblem, limits: Limits) -> Outcome:
        """Serve everybody; where that is infeasible, serve the most weight first."""
        large = problem.costs.size >= ENGINE_PAYS_AT_PAIRS
        if self.has_many_people(problem, limits):
            outcome = self._by_cuts(problem, limits)
            if outcome is not None:
                return outcome
        if large and self.fits_engine(problem):
            outcome = self._by_engine(problem, limits)
            if outcome is not None:
                return outcome
        outcome = self._by_program(problem, limits)
        return replace(outcome, proof=joined(outcome.proof, self._why_whole(problem))) if large else outcome

    def engine_size(self, problem: PlacementProblem) -> tuple[int, int] | None:
        """All pairs count."""
        return problem.costs.size, ENGINE_PAYS_AT_PAIRS

    def engine_lacks(self, problem: PlacementProblem) -> list[Sentence]:
        """Units."""
        del problem
        return [UNITS] if self.has_units else []

    def fits_engine(self, problem: PlacementProblem) -> bool:
        """True where the engine knows all that is asked: a number of sites, roles and room."""
        return not self.has_units and not side_constraints(problem) and to_open(problem) is not None

    def _fits(self, problem: PlacementProblem) -> BoolArray:
        """(n_demand, n_sites) False where a site has no room for the demand point, whatever else goes."""
        assert problem.capacities is not None
        needed = problem.demands[:, None]
        if self.sourcing == "split":
            return np.asarray((needed == 0) | (problem.capacities > 0))
        return np.asarray(needed <= problem.capacities * (1 + room_slack(single=True)))

    def has_many_people(self, problem: PlacementProblem, limits: Limits) -> bool:
        """True where one of them fills next to nothing, or no other engine or program would answer."""
        pairs = problem.costs.size
        many = problem.n_demand >= PEOPLE_A_SITE * problem.n_sites and pairs >= CUTS_PAY_AT_PAIRS
        return limits.in_process and (many or (pairs > MOST_PAIRS and not self.fits_engine(problem)))

    def _by_cuts(self, problem: PlacementProblem, limits: Limits) -> Outcome | None:
        """Branch and cut over the sites; None where it finds nothing that serves everybody."""
        from optimise.models.room_bounds import RoomBounds  # noqa: PLC0415 - compiles

        return RoomBounds(problem, self, limits).outcome()

    def units_of(self, problem: PlacementProblem) -> Units | None:
        """Sizes and limits of units; None where sites are just opened."""
        if not self.has_units or problem.capacities is None:
            return None
        size = np.where(problem.capacities > 0, problem.capacities, np.inf)
        enough = np.ceil(problem.demands.sum() / size).astype(np.int64)
        least = unit_limits(self.min_units, problem, 0)
        most = np.minimum(unit_limits(self.max_units, problem, 2**31), np.maximum(enough, least))
        total = int(most.sum()) if self.total_units is None else self.total_units
        return Units(problem.capacities, least, most, total)

    def _why_whole(self, problem: PlacementProblem) -> str:
        if self.has_units:
            return Sentence("opt.proof.units", "on all pairs: the question asks for units")
        if not self.fits_engine(problem) and not side_constraints(problem):
            return Sentence(
                "opt.proof.on_all_pairs",
                "on all pairs: the engine does not know {name} as it is asked here",
                name=self.name,
            )
        return switched_off(problem) or Sentence(
            "opt.proof.no_room", "on all pairs: the engine found no room for everybody"
        )

    def _by_engine(self, problem: PlacementProblem, limits: Limits) -> Outcome | None:
        """What the engine finds; None where it finds nothing that serves everybody."""
        from optimise.capacity_engine.capacity import CapacitySearch  # noqa: PLC0415 - compiles

        assert problem.capacities is not None
        began = time.perf_counter()
        counted = ~problem.unreachable & ((problem.weights > 0) | (problem.demands > 0))
        if not counted.any():
            return None
        weighted = _weighted(problem.weights[counted], problem.allowed_costs[counted])
        found = CapacitySearch(
            np.where(self._fits(problem)[counted], weighted, np.inf),
            problem.demands[counted],
            problem.capacities,
            problem.n_open or 0,
            limits,
            always_open=problem.always_open,
            may_open=~problem.never_open,
            split=self.sourcing == "split",
        ).outcome()
        if found.status is Status.NO_SOLUTION:
            return None
        placed = None
        if np.isfinite(found.cost):
            shares = np.zeros(problem.costs.shape)
            shares[counted] = _tidied(found.shares, whole=self.sourcing == "single")
            shares = _with_weightless(problem, found.sites, shares)
            best = np.where(shares.max(axis=1) > 0, shares.argmax(axis=1), -1)
            placed = Placed.shared(found.sites, shares, best.astype(np.int64), None)
        weight = float(problem.weights[counted].sum())
        return Outcome(
            status=found.status,
            placed=placed,
            bound=found.bound / weight if weight > 0 else float("nan"),
            solver=Sentence(
                "opt.solver.covering",
                "exact covering engine with HiGHS {version}",
                version=version("highspy"),
            ),
            formulation=Sentence(
                "opt.formulation.knapsacks",
                "exact engine: Lagrangian knapsacks, {sourcing} sourcing, core program",
                sourcing=self.sourcing,
            ),
            proof=_PROOFS[found.proof.value],
            build_s=0.0,
            solve_s=time.perf_counter() - began,
            figures=found.figures
            | {"lagrangian_bound": found.figures.get("lagrangian_bound", 0.0) / max(weight, 1e-300)},
        )

    def _by_program(self, problem: PlacementProblem, limits: Limits) -> Outcome:
        relevant = ~problem.unreachable
        stage = AssigningPrograms(self, problem, relevant)
        known = self.start(problem, limits.part(0.2)) if problem.costs.size >= ENGINE_PAYS_AT_PAIRS else None
        program, variables = stage.program(None)
        run = program.solve(limits, **_from(known, variables))
        build_s, solve_s, served, slack = program.build_s, run.seconds, 1.0, LIMIT_TOLERANCE
        if run.status is Status.INFEASIBLE:
            first, most = stage.most_served(limits)
            solve_s += most.seconds
            if most.status is not Status.OPTIMAL:
                return Outcome.unserved(most, self.sense)
            served = first
            for slack in SERVED_SLACKS:
                program, variables = stage.program(served, slack)
                run = program.solve(limits)
                build_s += program.build_s
                solve_s += run.seconds
                if run.status is not Status.INFEASIBLE:
                    break
        placed = self.read(problem, program, variables) if run.has_values else None
        outcome = Outcome.of_run(run, placed, formulation=self._formulation(served), build_s=build_s)
        if placed is not None:
            outcome = replace(outcome, bound=run.bound + self._tidying(problem, placed, run, slack))
        if outcome.status is Status.NO_SOLUTION and known is not None:
            outcome = replace(outcome, status=Status.FEASIBLE, placed=known)
        return replace(outcome, solve_s=solve_s)

    def _tidying(self, problem: PlacementProblem, placed: Placed, run: Run, slack: float) -> float:
        """What the answer costs beyond the program's own, by rounding alone; 0 where it is more than that.

        The program may leave ``slack`` of the served weight unserved, and gets its shares up to as much; the
        answer, whose shares are tidied, serves them. The bound of the program is of the program's answers, so
        what is due to tidying is carried over to it. Served people on the longest way are the most it may be.
        """
        added = self.objective(problem, placed) - run.objective
        weight = exact_dot(problem.weights, placed.served())
        most = 2.0 * slack * problem.longest_min * self.price_of_a_mean_minute(weight)
        return added if 0.0 < added <= most else 0.0

    def price_of_a_mean_minute(self, weight: float) -> float:
        """What the objective rises by when all of this served ``weight`` takes a minute more."""
        return 1.0 if weight > 0 else 0.0

    def start(self, problem: PlacementProblem, limits: Limits) -> Placed | None:
        """Greedy choice and swaps with room; see :mod:`optimise.models.room_start`."""
        from optimise.models.room_start import RoomStart  # noqa: PLC0415 - it knows this model

        return None if problem.capacities is None else RoomStart(problem, self, limits).best()

    def start_value(self, problem: PlacementProblem, sites: BoolArray, minutes: float) -> float:
        """What ranks starts: ``minutes`` are the weighted minutes of all."""
        del problem, sites
        return minutes

    def _formulation(self, served: float) -> str:
        units = "units" if self.has_units else "sites"
        template = "capacitated {sourcing} sourcing, {units}"
        asked = Sentence(
            f"opt.formulation.{self.sourcing}_{units}", template, sourcing=self.sourcing, units=units
        )
        if served >= 1:
            return asked
        return Sentence("opt.formulation.most_first", "{asked}, most served first", asked=asked)

    def aim(self, program: SiteProgram, variables: Variables, served_weight: float) -> None:
        """Set the objective of the program: mean minutes of the served."""
        problem = program.problem
        rate = 1.0 / served_weight if served_weight > 0 else 1.0
        known = np.where(np.isfinite(problem.costs), problem.costs, 0.0)
        # One person served beside a million who cannot be: HiGHS refuses coefficients of 1e15.
        largest = rate * float((problem.weights * known.max(axis=1, initial=0.0)).max(initial=0.0))
        scale = SCALED_WEIGHT / max(1.0, largest / _LARGE)
        factor = scale * rate
        terms = [
            (share, factor * float(problem.weights[row] * problem.costs[row, site]))
            for row, own in variables.shares.items()
            for site, share in own.items()
        ]
        program.aim(linear(terms), scale=scale)

    def read(self, problem: PlacementProblem, program: SiteProgram, variables: Variables) -> Placed:
        """The placement in the incumbent; units are as few as the demand and ``min_units`` allow."""
        sites = program.chosen()
        shares = np.zeros(problem.costs.shape)
        for row, own in variables.shares.items():
            for site, share in own.items():
                shares[row, site] = value_of(share)
        return self.placed_of(problem, sites, _tidied(shares, whole=self.sourcing == "single"))

    def placed_of(self, problem: PlacementProblem, sites: BoolArray, shares: FloatArray) -> Placed:
        """These shares as a placement, with as few units as they need."""
        shares = _with_weightless(problem, sites, shares)
        units = self._fewest_units(problem, sites, shares) if self.has_units else None
        best = np.where(shares.max(axis=1) > 0, shares.argmax(axis=1), -1)
        return Placed.shared(sites, shares, best.astype(np.int64), units)

    def _fewest_units(self, problem: PlacementProblem, sites: BoolArray, shares: FloatArray) -> IntArray:
        assert problem.capacities is not None
        load = problem.demands @ shares
        size = np.where(problem.capacities > 0, problem.capacities, np.inf)
        needed = np.maximum(
            np.ceil(load / size - room_slack(single=self.sourcing == "single")), load > 0
        ).astype(np.int64)
        least = np.maximum(unit_limits(self.min_units, problem, 0), needed)
        return np.where(sites, least, 0).astype(np.int64)

    def place(self, problem: PlacementProblem, sites: BoolArray) -> Placed:
        """Who is served from where when just these sites are open: an assignment problem of its own."""
        placed = self.search(fixed_to(problem, sites), Limits()).placed
        if placed is not None:
            return placed
        nowhere = np.full(problem.n_demand, -1, dtype=np.int64)
        return Placed.shared(sites, np.zeros(problem.costs.shape), nowhere, None)

    def objective(self, problem: PlacementProblem, placed: Placed) -> float:
        """Weighted mean minutes of the served weight; NaN when nobody is served."""
        weight = exact_dot(problem.weights, placed.served())
        return self.total(problem, placed) / weight if weight > 0 else float("nan")

    def total(self, problem: PlacementProblem, placed: Placed) -> float:
        """Weighted minutes of the served, summed."""
        served = placed.served() > 0
        minutes = np.where(served, placed.minutes(problem), 0.0)
        return exact_dot(problem.weights * placed.served(), minutes)

    def broken(self, problem: PlacementProblem, placed: Placed) -> list[str]:
        """Capacities, unit limits, open sites and sourcing hold."""
        return capacity_broken(self, problem, placed)

    def feasibility_program(self, problem: PlacementProblem) -> SiteProgram:
        """Sites, units and room; nobody has to be served but by a guarantee."""
        return AssigningPrograms(self, problem, ~problem.unreachable).feasibility()


_PROOFS = {
    "none": "the gap was not closed; the bound is Lagrangian, or that of a complete core where it is better",
    "lagrangian": "the Lagrangian bound met the answer",
    "search": "branch and bound over the sites, each node bounded by whole knapsacks or decided by HiGHS",
    "clusters": "set partitioning over all groups that one site can serve in a better answer, with cuts",
    "mip": "HiGHS on the pairs that the Lagrangian bound left open",
}


def _from(known: Placed | None, variables: Variables) -> dict[str, Any]:
    """Arguments of :meth:`SiteProgram.solve` that let it start from a placement."""
    if known is None or known.shares is None:
        return {}
    values = {
        share: float(known.shares[row, site])
        for row, own in variables.shares.items()
        for site, share in own.items()
    }
    return {"start": known.sites, "values": values}


def _weighted(weights: FloatArray, costs: FloatArray) -> FloatArray:
    """Weighted costs; a pair that cannot be served stays at inf, also for people without weight."""
    reached = np.isfinite(costs)
    return np.where(reached, weights[:, None] * np.where(reached, costs, 0.0), np.inf)


def _tidied(shares: FloatArray, *, whole: bool) -> FloatArray:
    """Solver rounding taken out: whole shares, or shares without dust that sum to what they summed to."""
    if whole:
        return np.round(shares)
    clean = np.where(shares > SHARE_TOLERANCE, shares, 0.0)
    sums = clean.sum(axis=1, keepdims=True)
    full = np.where(sums > 1 - SHARE_TOLERANCE, 1.0, sums)
    return np.asarray(clean * np.divide(full, sums, out=np.ones_like(sums), where=sums > 0))


def _with_weightless(problem: PlacementProblem, sites: BoolArray, shares: FloatArray) -> FloatArray:
    """Demand points that take no room and were left out go to their nearest open site."""
    least = np.where(sites[None, :], problem.costs, np.inf)
    left = (shares.sum(axis=1) == 0) & (problem.demands == 0) & np.isfinite(least).any(axis=1)
    completed = shares.copy()
    completed[left, least[left].argmin(axis=1)] = 1.0
    return completed


def capacity_broken(model: CapacitatedPMedian, problem: PlacementProblem, placed: Placed) -> list[str]:
    """Which rules of a capacitated model a placement breaks, from its shares alone."""
    shares, capacities = placed.shares, problem.capacities
    if shares is None or capacities is None:
        return ["a capacitated placement needs shares and capacities"]
    units = placed.units if placed.units is not None else placed.sites.astype(np.int64)
    load = problem.demands @ shares
    room, slack = capacities * units, room_slack(single=model.sourcing == "single")
    told: list[str] = [
        Sentence(
            "opt.broken.room",
            "{site} serves {load:g} and has room for {room:g}",
            site=problem.site_ids[site],
            load=load[site],
            room=room[site],
        )
        for site in np.flatnonzero(load > room + slack * np.maximum(1.0, room)).tolist()
    ]
    if ((shares > 0) & ~placed.sites[None, :]).any() or ((shares > 0) & ~np.isfinite(problem.costs)).any():
        told.append("somebody is served by a closed or unreachable site")
    if (shares.sum(axis=1) > 1 + SHARE_TOLERANCE).any():
        told.append("somebody is served more than once")
    if model.sourcing == "single" and ((shares > 0).sum(axis=1) > 1).any():
        told.append("somebody is served from two sites, but sourcing is single")
    if placed.units is not None:
        told += _units_broken(model, problem, placed.sites, placed.units)
    return told


def _units_broken(
    model: CapacitatedPMedian, problem: PlacementProblem, sites: BoolArray, units: IntArray
) -> list[str]:
    least = unit_limits(model.min_units, problem, 0)
    most = unit_limits(model.max_units, problem, int(units.max(initial=0)))
    wrong = np.where(sites, (units < least) | (units > most), units > 0)
    told: list[str] = [
        Sentence(
            "opt.broken.site_units",
            "{site} has {units} units",
            site=problem.site_ids[site],
            units=units[site],
        )
        for site in np.flatnonzero(wrong).tolist()
    ]
    if model.total_units is not None and units.sum() > model.total_units:
        told.append(
            Sentence(
                "opt.broken.units",
                "{total} units are placed, at most {most} may be",
                total=units.sum(),
                most=model.total_units,
            )
        )
    return told
