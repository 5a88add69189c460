"""Robust placement where room is limited: sites and units are shared, who goes where is each scenario's own.

With ``x_ijs`` the share of demand point ``i`` that site ``j`` serves in scenario ``s``, and the rows of
:mod:`optimise.models.capacitated` in each scenario::

    sum_i d_is x_ijs <= k_j u_j      the same units u_j in every scenario

As many people are served as in the answer that serves the largest expected weight, scenario by scenario; the
mean of a scenario is over that weight.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pulp

from optimise.algebra import Term, linear
from optimise.arrays import FloatArray
from optimise.models.assigning import SERVED_SLACKS, AssigningPrograms, Variables
from optimise.models.capacitated import CapacitatedPMedian
from optimise.placed import Placed
from optimise.problem import PlacementProblem
from optimise.program import SiteProgram
from optimise.robust_search import Criterion, RobustSearch
from optimise.running import Limits, Run
from optimise.service import SCALED_WEIGHT
from optimise.status import Sense, Status


class RoomSearch(RobustSearch):
    """The capacitated p-median over scenarios.

    Attributes:
        counted: (n_states,) weight that is served in each scenario.
    """

    def __init__(
        self,
        model: CapacitatedPMedian,
        states: list[PlacementProblem],
        chances: FloatArray,
        criterion: Criterion,
        tail: float,
        limits: Limits,
    ) -> None:
        super().__init__(states, chances, criterion, tail, limits)
        self.model = model
        self.counted = np.zeros(len(states))
        self.stages = [
            AssigningPrograms(model, state, ~state.unreachable, prefix=f"s{number}_")
            for number, state in enumerate(states)
        ]

    def settle(self) -> tuple[Run, list[Placed] | None]:
        """See :meth:`RobustSearch.settle`."""
        program, variables = self._shared("most_served", Sense.MAXIMISE)
        whole = max(sum(stage.weight for stage in self.stages), 1e-300)
        parts = [
            stage.served(own) * float(chance * stage.weight / whole)
            for stage, own, chance in zip(self.stages, variables, self.settling_chances, strict=True)
        ]
        program.aim(pulp.lpSum(parts), scale=SCALED_WEIGHT)
        run = self.solve(program)
        if not run.has_values:
            return run, None
        for number, (stage, own) in enumerate(zip(self.stages, variables, strict=True)):
            if self.settling_chances[number] > 0:
                self.counted[number] = stage.share_served(program, own) * stage.weight
        return run, self._read(program, variables)

    def best_of(self, number: int) -> tuple[Run, Placed | None]:
        """See :meth:`RobustSearch.best_of`."""
        for slack in SERVED_SLACKS:
            program, variables = self.stages[number].program(self._share(number), slack)
            run = self.solve(program)
            if run.status is not Status.INFEASIBLE:
                break
        return run, self.model.read(self.states[number], program, variables) if run.has_values else None

    def common(self) -> tuple[Run, list[Placed] | None]:
        """See :meth:`RobustSearch.common`."""
        for slack in SERVED_SLACKS:
            program, variables = self._shared("robust", Sense.MINIMISE)
            for number, (stage, own) in enumerate(zip(self.stages, variables, strict=True)):
                stage.hold(program, own, self._share(number), f"served_weight_{number}", slack)
            self.aim(program, [self._mean_of(number, own) for number, own in enumerate(variables)])
            run = self.solve(program)
            if run.status is not Status.INFEASIBLE:
                break
        return run, self._read(program, variables) if run.has_values else None

    def mean(self, number: int, placed: Placed) -> float:
        """See :meth:`RobustSearch.mean`."""
        if self.nobody(number):
            return float("nan")
        return self.model.total(self.states[number], placed) / float(self.counted[number])

    def nobody(self, number: int) -> bool:
        """See :meth:`RobustSearch.nobody`."""
        return bool(self.counted[number] <= 0)

    def _share(self, number: int) -> float:
        """Share of the reachable weight that is counted."""
        weight = self.stages[number].weight
        return float(self.counted[number] / weight) if weight > 0 else 0.0

    def _shared(self, name: str, sense: Sense) -> tuple[SiteProgram, list[Variables]]:
        """One program over all scenarios, with shared sites and units."""
        program = SiteProgram(self.states[0], name, sense, twins=False)
        fullest = max(self.stages, key=lambda stage: float(stage.problem.demands.sum()))
        units = fullest.place_units(program) if self.model.has_units else None
        variables = [stage.add_to(program, everybody=False, units=units) for stage in self.stages]
        program.problem = self.states[0]
        return program, variables

    def _mean_of(self, number: int, variables: Variables) -> pulp.LpAffineExpression:
        state, whole = self.states[number], max(float(self.counted[number]), 1e-300)
        terms: list[tuple[Term, float]] = []
        if not self.nobody(number):
            terms = [
                (share, float(state.weights[row] * state.costs[row, site]) / whole)
                for row, own in variables.shares.items()
                for site, share in own.items()
            ]
        return linear(terms)

    def _read(self, program: SiteProgram, variables: list[Variables]) -> list[Placed]:
        """Who goes where in each scenario, with as few units as do in all of them."""
        placements = [
            self.model.read(state, program, own) for state, own in zip(self.states, variables, strict=True)
        ]
        if not self.model.has_units:
            return placements
        units = np.max([placed.units for placed in placements if placed.units is not None], axis=0)
        return [replace(placed, units=units) for placed in placements]
