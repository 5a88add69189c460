"""A PuLP program over the sites of one problem: open variables, and the conditions all models share."""

from __future__ import annotations

import time
from collections.abc import Hashable, Iterable

import numpy as np
import pulp

from optimise.models.base import linear, value_of
from optimise.problem import BoolArray, PlacementProblem
from optimise.solution import Sense


class SiteProgram:
    """The program under construction.

    Always-open and forbidden sites are constants, so they cost no variables. Sites that no condition and no
    cost tells apart are opened in their order, which breaks ties and removes symmetry.

    Attributes:
        problem: the problem; its columns stand in the order that breaks ties.
        lp: the PuLP program.
        labels: row name -> the condition in the caller's words.
    """

    def __init__(self, problem: PlacementProblem, name: str, sense: Sense) -> None:
        self.began = time.perf_counter()
        self.problem = problem
        self.lp = pulp.LpProblem(name, pulp.LpMinimize if sense is Sense.MINIMISE else pulp.LpMaximize)
        self.labels: dict[str, str] = {}
        free = ~(problem.always_open | problem.never_open)
        self._open: list[pulp.LpVariable | float] = [
            pulp.LpVariable(f"open_{site}", cat=pulp.LpBinary)
            if free[site]
            else float(problem.always_open[site])
            for site in range(problem.n_sites)
        ]
        self._count_sites()
        self._spend()
        self._order_twins(free)

    def opened(self, site: int) -> pulp.LpVariable | float:
        """1 where the site is open: a binary variable, or a constant where the role decides."""
        return self._open[site]

    def n_open(self, sites: Iterable[int]) -> pulp.LpAffineExpression:
        """How many of ``sites`` (distinct) are open."""
        return linear([(self._open[site], 1.0) for site in sites])

    def add(self, row: pulp.LpConstraint, name: str, label: str = "") -> None:
        """Add a row; ``label`` says it in the caller's words."""
        self.lp.addConstraint(row, name)
        if label:
            self.labels[name] = label

    def chosen(self) -> BoolArray:
        """(n_sites,) True for the sites that are open in the incumbent."""
        return np.array([value_of(item) > 0.5 for item in self._open], dtype=bool)

    def start(self, sites: BoolArray) -> dict[pulp.LpVariable, float]:
        """Values of the open variables that stand for ``sites``: a warm start."""
        return {
            item: float(sites[site])
            for site, item in enumerate(self._open)
            if isinstance(item, pulp.LpVariable)
        }

    @property
    def build_s(self) -> float:
        """Seconds since the program was begun."""
        return time.perf_counter() - self.began

    def _count_sites(self) -> None:
        wanted = self.problem.n_open
        if wanted is not None:
            self.add(
                self.n_open(range(self.problem.n_sites)) == wanted, "count", f"exactly {wanted} open sites"
            )

    def _spend(self) -> None:
        prices = self.problem.fixed_costs
        if self.problem.budget is None or prices is None:
            return
        spent = linear(
            [
                (item, float(prices[site]))
                for site, item in enumerate(self._open)
                if isinstance(item, pulp.LpVariable) and prices[site] > 0
            ]
        )
        self.add(spent <= self.problem.budget, "budget", f"a budget of {self.problem.budget:g}")

    def _order_twins(self, free: BoolArray) -> None:
        for number, (first, second) in enumerate(twin_sites(self.problem, free)):
            self.add(self._open[first] - self._open[second] >= 0, f"twins_{number}")


def twin_sites(problem: PlacementProblem, free: BoolArray) -> list[tuple[int, int]]:
    """Pairs of neighbouring free sites that nothing tells apart but their place in the order."""
    seen: dict[tuple[bytes, Hashable], int] = {}
    pairs = []
    for site in np.flatnonzero(free).tolist():
        traits = [
            None if values is None else values[site]
            for values in (problem.capacities, problem.fixed_costs, problem.groups)
        ]
        key = (np.ascontiguousarray(problem.costs[:, site]).tobytes(), tuple(traits))
        if key in seen:
            pairs.append((seen[key], site))
        seen[key] = site
    return pairs
