"""Fixed charges: what opening costs against what everybody's minutes cost.

Formulation (Balinski 1965, *Integer programming: methods, uses, computation*, Management Science 12), with
the rows of :mod:`optimise.models.capacitated` where there are capacities::

    min   sum_j f_j y_j + price of a minute * sum_i w_i sum_j c_ij x_ij
    s.t.  sum_j x_ij = 1,  x_ij <= y_j,  sum_j f_j y_j <= budget,  y binary
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from optimise.algebra import linear
from optimise.arrays import BoolArray
from optimise.errors import Fault
from optimise.exact import exact_sum
from optimise.models.assigning import Variables
from optimise.models.base import nearest_broken
from optimise.models.capacitated import CapacitatedPMedian
from optimise.models.first_placements import all_allowed, dropped_while_cheaper
from optimise.placed import Placed
from optimise.problem import PlacementProblem
from optimise.program import SiteProgram
from optimise.running import Limits
from optimise.service import SCALED_WEIGHT
from optimise.verification import keeps_limits


@dataclass(frozen=True)
class FixedCharge(CapacitatedPMedian):
    """Least summed price of the new sites and of everybody's minutes; a budget may cap the former.

    With ``capacities`` the sites have room for only so much, else everybody goes to the nearest.

    Attributes:
        minute_price: price of one weighted minute, in the unit of ``fixed_costs``.
    """

    name: ClassVar[str] = "fixed-charge"
    minute_price: float = 1.0

    def faults(self, problem: PlacementProblem) -> list[Fault]:
        """Prices are needed; the number of sites may be left open."""
        found = self.unit_faults(problem)
        if problem.fixed_costs is None:
            found.append(Fault("say what each site costs", "fixed_costs"))
        if not (np.isfinite(self.minute_price) and self.minute_price > 0):
            found.append(Fault("must be above 0", "minute_price", value=str(self.minute_price)))
        if self.has_units and problem.capacities is None:
            found.append(Fault("units need the capacity of one unit", "capacities"))
        return found

    def engine_size(self, problem: PlacementProblem) -> None:
        """No engine knows a price of opening."""
        del problem

    def fits_engine(self, problem: PlacementProblem) -> bool:
        """The engine knows no price of opening."""
        del problem
        return False

    def has_many_people(self, problem: PlacementProblem, limits: Limits) -> bool:
        """Cuts are those of minutes alone."""
        del problem, limits
        return False

    def aim(self, program: SiteProgram, variables: Variables, served_weight: float) -> None:
        """Prices of new sites and of minutes."""
        problem = program.problem
        terms = [
            (share, self.minute_price * float(problem.weights[row] * problem.costs[row, site]))
            for row, own in variables.shares.items()
            for site, share in own.items()
        ]
        objective = linear(terms) + program.spent(problem.prices)
        rough = float(problem.prices.max(initial=0.0)) + self.minute_price * served_weight
        scale = SCALED_WEIGHT / rough if rough > 0 else 1.0
        program.aim(objective * scale, scale=scale)

    def read(self, problem: PlacementProblem, program: SiteProgram, variables: Variables) -> Placed:
        """Without capacities everybody goes to the nearest open site."""
        if problem.capacities is None:
            return Placed.nearest(problem, program.chosen())
        return super().read(problem, program, variables)

    def place(self, problem: PlacementProblem, sites: BoolArray) -> Placed:
        """See :class:`CapacitatedPMedian`."""
        return Placed.nearest(problem, sites) if problem.capacities is None else super().place(problem, sites)

    def objective(self, problem: PlacementProblem, placed: Placed) -> float:
        """Price of new sites and of everybody's minutes."""
        return exact_sum(problem.prices[placed.sites]) + self.minute_price * self.total(problem, placed)

    def price_of_a_mean_minute(self, weight: float) -> float:
        """See :class:`CapacitatedPMedian`."""
        return self.minute_price * weight

    def start(self, problem: PlacementProblem, limits: Limits) -> Placed | None:
        """Without capacities: as many sites as may be, closed one by one as long as that is cheaper."""
        if problem.capacities is not None:
            return super().start(problem, limits)
        sites = all_allowed(problem, limits)
        if sites is None:
            return None
        placed = Placed.nearest(problem, dropped_while_cheaper(problem, sites, self.minute_price, limits))
        return placed if keeps_limits(problem, placed) else None

    def start_value(self, problem: PlacementProblem, sites: BoolArray, minutes: float) -> float:
        """Prices and minutes together."""
        return exact_sum(problem.prices[sites]) + self.minute_price * minutes

    def broken(self, problem: PlacementProblem, placed: Placed) -> list[str]:
        """Nearest sites without capacities, room with them."""
        if problem.capacities is None:
            return nearest_broken(problem, placed, np.inf)
        return super().broken(problem, placed)
