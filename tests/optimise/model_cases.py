"""One question for each model: what it needs of a problem, and its parameters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from hypothesis import assume
from hypothesis import strategies as st
from placement_cases import problems

from optimise import PlacementProblem


def with_sites_apart(problem: PlacementProblem) -> PlacementProblem:
    """Sites along a road, six minutes from each to the next."""
    place = 6.0 * np.arange(problem.n_sites)
    return problem.replace(site_costs=np.abs(place[:, None] - place[None, :]))


def with_prices(problem: PlacementProblem) -> PlacementProblem:
    """The first sites are the dearer ones."""
    return problem.replace(fixed_costs=4.0 + np.arange(problem.n_sites)[::-1])


def with_groups(problem: PlacementProblem) -> PlacementProblem:
    """Demand points belong to three groups in turn."""
    return problem.replace(demand_groups=[row % 3 for row in range(problem.n_demand)])


def with_room(problem: PlacementProblem) -> PlacementProblem:
    """A site has room for some four demand points of middling weight."""
    return problem.replace(capacities=np.full(problem.n_sites, 8.0))


def with_existing(problem: PlacementProblem) -> PlacementProblem:
    """The first site exists and one move is allowed."""
    roles = ["existing", *problem.roles[1:]]
    return problem.replace(roles=roles, p=None, max_moves=1)


def unchanged(problem: PlacementProblem) -> PlacementProblem:
    """As it is."""
    return problem


@dataclass(frozen=True)
class Case:
    """How a model is asked.

    Attributes:
        options: parameters of the model.
        prepare: adds what the model needs to a problem with a number of sites.
        counted: the model asks for a number of sites.
        rises: one more site can never make the objective worse.
    """

    options: dict[str, Any] = field(default_factory=dict)
    prepare: Callable[[PlacementProblem], PlacementProblem] = unchanged
    counted: bool = True
    rises: bool = True


CASES = {
    "p-median": Case(),
    "relocation": Case({}, with_existing, counted=False),
    "p-center": Case(),
    "partial-p-center": Case({"share": 0.8}),
    "lexicographic-minimax": Case(),
    "mclp": Case({"radius": 9.0, "backup": 0.2}),
    "lscp": Case({"radius": 9.0}, lambda problem: problem.replace(p=None), counted=False),
    "mexclp": Case({"radius": 9.0, "busy": 0.3}),
    "malp": Case({"radius": 9.0, "busy": 0.3, "reliability": 0.9}),
    "maximal-survival": Case(),
    "capacitated-p-median": Case({"sourcing": "split"}, with_room),
    "fixed-charge": Case({"minute_price": 0.3}, with_prices, rises=False),
    "anti-cover": Case(
        {"separation": 12.0}, lambda problem: with_sites_apart(problem.replace(p=None)), counted=False
    ),
    "p-dispersion": Case({}, with_sites_apart, rises=False),
    "tail-mean": Case({"tail": 0.3}),
    "mean-difference": Case({"weight": 0.7}, rises=False),
    "gini": Case({}, rises=False),
    "iso-elastic": Case({"alpha": 2.0, "horizon_min": 40.0}),
    "iso-elastic-groups": Case({"alpha": 1.0, "horizon_min": 40.0}, with_groups),
    "kolm-pollak": Case({"aversion": 0.1}),
}


@st.composite
def questions(draw, names=tuple(CASES), **limits):
    """A problem, a model by name, and its case."""
    name = draw(st.sampled_from(names))
    case = CASES[name]
    problem = draw(problems(max_demand=6, max_sites=5, **limits))
    if name == "p-dispersion" and problem.p < 2:
        assume(problem.n_sites >= 2)  # no two sites, no distance between them
        problem = problem.replace(p=2)
    return case.prepare(problem), name, case
