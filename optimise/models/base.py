"""What every placement model provides, and what it hands back."""

from __future__ import annotations

import abc
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
import pulp

from optimise.errors import Fault
from optimise.problem import BoolArray, FloatArray, IntArray, PlacementProblem
from optimise.running import Limits
from optimise.solution import Sense, Status


@dataclass(frozen=True, eq=False)
class Placed:
    """Open sites and who is served from where, in the positions of one problem.

    Attributes:
        sites: (n_sites,) True for open sites.
        assignment: (n_demand,) position of the serving site, -1 for none.
    """

    sites: BoolArray
    assignment: IntArray

    @classmethod
    def nearest(cls, problem: PlacementProblem, sites: BoolArray) -> Placed:
        """Everyone goes to the nearest open site; equal distances go to the first site."""
        costs = np.where(sites[None, :], problem.costs, np.inf)
        best = costs.argmin(axis=1)
        reached = np.isfinite(costs[np.arange(problem.n_demand), best])
        return cls(sites, np.where(reached, best, -1).astype(np.int64))

    def costs(self, problem: PlacementProblem) -> FloatArray:
        """(n_demand,) minutes to the serving site; inf for the unserved."""
        served = self.assignment >= 0
        minutes = problem.costs[np.arange(problem.n_demand), np.where(served, self.assignment, 0)]
        return np.where(served, minutes, np.inf)


@dataclass(frozen=True, eq=False)
class Outcome:
    """What a model's search gave, before it is verified.

    Attributes:
        status: as the search ended.
        placed: the incumbent, or None.
        bound: in the unit and sense of the model's objective.
        solver: name and version.
        formulation: name of the formulation.
        proof: one sentence: what the bound rests on.
        build_s: seconds spent on building programs.
        solve_s: seconds spent in solvers.
        conflicts: conditions that cannot hold together.
    """

    status: Status
    placed: Placed | None
    bound: float
    solver: str
    formulation: str
    proof: str
    build_s: float
    solve_s: float
    conflicts: tuple[str, ...] = ()
    figures: dict[str, float] = field(default_factory=dict)


class Model(abc.ABC):
    """A placement question. Subclasses are frozen dataclasses whose fields are the question's parameters."""

    name: ClassVar[str]
    sense: ClassVar[Sense]

    @abc.abstractmethod
    def faults(self, problem: PlacementProblem) -> list[Fault]:
        """What the problem lacks for this question."""

    @abc.abstractmethod
    def search(self, problem: PlacementProblem, limits: Limits) -> Outcome:
        """Find sites; the columns of ``problem`` stand in the order that breaks ties."""

    @abc.abstractmethod
    def objective(self, problem: PlacementProblem, placed: Placed) -> float:
        """The objective, recomputed from sites and costs alone."""

    def total(self, problem: PlacementProblem, placed: Placed) -> float:
        """The objective before dividing by weight; NaN where it has no meaning."""
        del problem, placed
        return float("nan")


def value_of(variable: pulp.LpVariable | float) -> float:
    """Value of a variable in the incumbent, or of a constant."""
    return float(variable.varValue or 0.0) if isinstance(variable, pulp.LpVariable) else float(variable)


def linear(terms: Sequence[tuple[pulp.LpVariable | float, float]]) -> pulp.LpAffineExpression:
    """Sum of ``coefficient * variable`` over pairs (variable or constant, coefficient), built in one go."""
    constant = sum(coefficient * item for item, coefficient in terms if not isinstance(item, pulp.LpVariable))
    variables = [(item, coefficient) for item, coefficient in terms if isinstance(item, pulp.LpVariable)]
    return pulp.LpAffineExpression(variables, constant=float(constant))


def summed(group_of: IntArray, weights: FloatArray, n_groups: int) -> FloatArray:
    """(n_groups,) sum of ``weights`` by group, 0 for an empty group."""
    totals = np.zeros(n_groups, dtype=np.float64)
    np.add.at(totals, group_of.reshape(-1), weights)
    return totals
