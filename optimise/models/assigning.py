"""Programs that say who goes where: shares, room, and integer units.

The formulation stands in :mod:`optimise.models.capacitated`.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pulp

from optimise.algebra import Term, linear, value_of
from optimise.arrays import BoolArray, IntArray
from optimise.exact import FINE, LIMIT_TOLERANCE, SHARE_TOLERANCE, room_slack
from optimise.problem import PlacementProblem
from optimise.program import SiteProgram, within_memory
from optimise.running import Limits, Run
from optimise.sentences import Sentence
from optimise.service import SCALED_WEIGHT
from optimise.status import Sense

if TYPE_CHECKING:
    from optimise.models.capacitated import CapacitatedPMedian

UnitLimit = int | Mapping[Hashable, int] | None
#: A demand point that takes less than this share of a unit still needs one: solvers take 1e-6 for none.
_TINY = 1e-4
#: By how much a served weight that was just reached may be missed: a solver reaches it up to its own
#: rounding, which beside a million people may be more than :data:`LIMIT_TOLERANCE`; never more than what room
#: is kept to.
SERVED_SLACKS = (LIMIT_TOLERANCE, 1e-8, 1e-7, SHARE_TOLERANCE)


@dataclass(frozen=True)
class Variables:
    """The variables of an assigning program: ``shares[row][site]``, and how far each row is served."""

    shares: dict[int, dict[int, pulp.LpVariable]]
    served: dict[int, Term]


class AssigningPrograms:
    """Builds the programs of one problem whose model says who goes where."""

    def __init__(
        self, model: CapacitatedPMedian, problem: PlacementProblem, relevant: BoolArray, *, prefix: str = ""
    ) -> None:
        """``prefix`` begins the names of rows and variables, for several problems in one program."""
        self.model = model
        self.problem = problem
        self.prefix = prefix
        self.rows = np.flatnonzero(relevant).tolist()
        self.weight = float(problem.weights[relevant].sum())
        self.counts = (problem.weights > 0) | (problem.demands > 0)

    def program(
        self, served_share: float | None, slack: float = LIMIT_TOLERANCE
    ) -> tuple[SiteProgram, Variables]:
        """The program that serves everybody (None), or at least this share of the reachable weight.

        The share may be missed by ``slack`` of itself. A demand point with neither weight nor demand is
        served where that costs nothing.
        """
        program = SiteProgram(self.problem, "capacitated", Sense.MINIMISE, twins=self._twins())
        variables = self.add_to(program, everybody=served_share is None)
        if served_share is not None and self.weight > 0:
            self.hold(program, variables, served_share, "served_weight", slack)
        share = 1.0 if served_share is None else served_share
        self.model.aim(program, variables, share * self.weight)
        return program, variables

    def hold(
        self,
        program: SiteProgram,
        variables: Variables,
        share: float,
        name: str,
        slack: float = LIMIT_TOLERANCE,
    ) -> None:
        """Serve at least this share of the reachable weight, whatever is small beside it."""
        if share > 0:
            enough = SCALED_WEIGHT * (1.0 - slack)
            program.force(self.served(variables, 1.0 / share) >= enough, name)

    def most_served(self, limits: Limits) -> tuple[float, Run]:
        """The largest share of the reachable weight that can be served."""
        program = SiteProgram(self.problem, "most_served", Sense.MAXIMISE, twins=self._twins())
        variables = self.add_to(program, everybody=False)
        program.aim(self.served(variables), scale=SCALED_WEIGHT)
        run = program.solve(limits.silent())
        if not run.has_values:
            return 0.0, run
        return self.share_served(program, variables), run

    def share_served(self, program: SiteProgram, variables: Variables) -> float:
        """The share of the reachable weight that the incumbent serves.

        Shares read from it are tidied: one short of the whole by rounding is made whole, which may be more
        than there is room for. No more than what the program itself serves can be asked of another.
        """
        if self.weight <= 0:
            return 1.0
        placed = self.model.read(self.problem, program, variables)
        own = sum(float(self.problem.weights[row]) * value_of(item) for row, item in variables.served.items())
        return min(own, float(self.problem.weights @ placed.served())) / self.weight

    def feasibility(self) -> SiteProgram:
        """Roles and conditions as rows that can be taken away, and nobody served by force."""
        program = SiteProgram(self.problem, "feasible", Sense.MINIMISE, twins=False, roles_as_rows=True)
        self.add_to(program, everybody=False)
        return program

    def _twins(self) -> bool:
        """Unit limits by site id tell sites apart."""
        return not (isinstance(self.model.min_units, Mapping) or isinstance(self.model.max_units, Mapping))

    def served(self, variables: Variables, times: float = 1.0) -> pulp.LpAffineExpression:
        """The share of the reachable weight that is served, times ``SCALED_WEIGHT`` (and ``times``)."""
        weights = self.problem.weights
        factor = times * SCALED_WEIGHT / self.weight if self.weight > 0 else 1.0
        return linear((item, factor * float(weights[row])) for row, item in variables.served.items())

    def add_to(self, program: SiteProgram, *, everybody: bool, units: list[Term] | None = None) -> Variables:
        """Add the rows of this problem; ``units`` that it shares with others, or None for its own."""
        program.problem = self.problem
        within_memory(int(np.isfinite(self.problem.allowed_costs[self.rows]).sum()))
        variables = Variables({}, {})
        single = self.model.sourcing == "single" and self.problem.capacities is not None
        for row in self.rows:
            own = self._shares_of(program, row, single=single)
            variables.shares[row] = own
            given = linear((share, 1.0) for share in own.values())
            if everybody and self.counts[row]:
                program.add(given == 1, f"{self.prefix}serve_{row}")
                variables.served[row] = 1.0
            else:
                served = program.variable(f"{self.prefix}served_{row}", upper=1.0)
                program.add(given - served == 0, f"{self.prefix}serve_{row}")
                variables.served[row] = served
        if self.problem.capacities is not None:
            self._capacity_rows(program, variables, units)
        program.shares = variables.shares if self.problem.capacities is not None else None
        program.impose_conditions(prefix=f"{self.prefix}condition")
        return variables

    def _shares_of(self, program: SiteProgram, row: int, *, single: bool) -> dict[int, pulp.LpVariable]:
        own = {}
        useful = np.isfinite(self.problem.costs[row]) & self._has_room(row, single=single)
        for site in np.flatnonzero(useful).tolist():
            opened = program.opened(site)
            if isinstance(opened, float) and opened == 0.0:
                continue
            share = program.variable(f"{self.prefix}share_{row}_{site}", upper=1.0, integer=single)
            if isinstance(opened, pulp.LpVariable):
                program.add(share - opened <= 0, f"{self.prefix}link_{row}_{site}")
            own[site] = share
        return own

    def _has_room(self, row: int, *, single: bool) -> BoolArray:
        """(n_sites,) False where the demand point could not go whatever else goes there."""
        room, demand = self.problem.capacities, float(self.problem.demands[row])
        if room is None or demand == 0:
            return np.ones(self.problem.n_sites, dtype=bool)
        if self.model.has_units or not single:
            return np.asarray(room > 0)
        return np.asarray(demand <= room * (1 + room_slack(single=single)))

    def _capacity_rows(self, program: SiteProgram, variables: Variables, shared: list[Term] | None) -> None:
        problem = self.problem
        assert problem.capacities is not None
        units = shared if shared is not None or not self.model.has_units else self.place_units(program)
        sizes = np.where(problem.capacities > 0, problem.capacities, max(float(problem.demands.max()), 1.0))
        loads: dict[int, list[tuple[Term, float]]] = {site: [] for site in range(problem.n_sites)}
        for row, own in variables.shares.items():
            for site, share in own.items():
                taken = float(problem.demands[row] / sizes[site])
                loads[site].append((share, taken))
                if units and 0 < taken < _TINY:
                    program.add(
                        linear([(share, 1.0), (units[site], -1.0)]) <= 0, f"{self.prefix}unit_{row}_{site}"
                    )
        for site, load in loads.items():
            room = units[site] if units else program.opened(site)
            filled = linear([*load, (room, -float(problem.capacities[site] / sizes[site]))])
            program.add(filled * FINE <= 0, f"{self.prefix}room_{site}")

    def place_units(self, program: SiteProgram) -> list[Term]:
        """A variable for the units at each site, with the limits of the model."""
        model, problem = self.model, self.problem
        ceiling = model.total_units if model.total_units is not None else _most_units(problem)
        least = unit_limits(model.min_units, problem, 0)
        most = unit_limits(model.max_units, problem, max(ceiling, int(least.max(initial=0))))
        units: list[Term] = []
        for site in range(problem.n_sites):
            count = program.variable(f"units_{site}", upper=float(most[site]), integer=True)
            opened = program.opened(site)
            program.add(linear([(count, 1.0), (opened, -float(least[site]))]) >= 0, f"least_{site}")
            program.add(linear([(count, 1.0), (opened, -float(most[site]))]) <= 0, f"most_{site}")
            units.append(count)
        if model.total_units is not None:
            words = Sentence("opt.wish.units", "at most {units} units in all", units=model.total_units)
            program.wish(linear((count, 1.0) for count in units) <= model.total_units, "total", words)
        return units


def unit_limits(limit: UnitLimit, problem: PlacementProblem, default: int) -> IntArray:
    """(n_sites,) the limit of each site."""
    if isinstance(limit, Mapping):
        return np.asarray([limit.get(site, default) for site in problem.site_ids], dtype=np.int64)
    return np.full(problem.n_sites, default if limit is None else limit, dtype=np.int64)


def _most_units(problem: PlacementProblem) -> int:
    assert problem.capacities is not None
    sizes = problem.capacities[problem.capacities > 0]
    return int(np.ceil(problem.demands.sum() / sizes.min())) if sizes.size else 0
