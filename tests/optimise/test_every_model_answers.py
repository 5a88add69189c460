"""Every model of the registry has an answer though no program is given any time, wherever any sites are one."""

from __future__ import annotations

import numpy as np
import pytest
from model_cases import CASES

from optimise import PlacementProblem, SiteCount, Status, engines, highs, median_bounds, solve, verify
from optimise.models import MODELS, enumerating

#: The same models asked so that they take another way.
OTHERS = {
    "mexclp with vehicles": ("mexclp", {"vehicles": 7, "max_per_site": 3}),
    "malp with vehicles": ("malp", {"vehicles": 6}),
    "fixed-charge with room": ("fixed-charge", {}),
    "capacitated-p-median with units": (
        "capacitated-p-median",
        {"sourcing": "single", "max_units": 3, "total_units": 12},
    ),
    "lscp with backup": ("lscp", {"backup": True}),
    "mean-difference of groups": ("mean-difference", {"by": "group"}),
    "tail-mean of groups": ("tail-mean", {"by": "group"}),
}


@pytest.fixture(params=["as it comes", "taken for large"])
def no_time(monkeypatch, request):
    """HiGHS gets no second but for the first sites; small problems go their way, or that of large ones."""
    monkeypatch.setattr(enumerating, "MOST_WORK", -1)
    call = highs.InProcessHighs.callSolver

    def without_time(self, program):
        if program.name != "first_sites":
            program.solverModel.setOptionValue("time_limit", 0.0)
        call(self, program)

    monkeypatch.setattr(highs.InProcessHighs, "callSolver", without_time)
    if request.param == "taken for large":
        for module, name in (
            (engines, "PAYS_AT_PAIRS"),
            (median_bounds, "PAYS_AT_PAIRS"),
            (engines, "ENGINE_PAYS_AT_PAIRS"),
            (engines, "CONDITIONED_PAYS_AT_PAIRS"),
            (engines, "CENTER_PAYS_AT_PAIRS"),
        ):
            monkeypatch.setattr(module, name, 0)


def asked(name: str, *, conditions: bool) -> tuple[PlacementProblem, str, dict]:
    """A town of 60 homes and 12 places, asked as the model needs it."""
    model, further = OTHERS.get(name, (name, {}))
    rng = np.random.default_rng(5)
    homes, places = rng.uniform(0, 25, (60, 2)), rng.uniform(0, 25, (12, 2))
    problem = PlacementProblem(
        np.hypot(*(homes[:, None] - places[None]).transpose(2, 0, 1)),
        weights=rng.integers(1, 9, 60).astype(float),
        demand_groups=[row % 3 for row in range(60)],
        p=4,
        conditions=[SiteCount(sites=(0, 1, 2), at_least=1, at_most=2)] if conditions else [],
    )
    problem = CASES[model].prepare(problem)
    if model == "capacitated-p-median":
        problem = problem.replace(capacities=np.full(12, float(problem.weights.sum()) / 2.5))
    if name == "fixed-charge with room":
        problem = problem.replace(p=None, capacities=np.full(12, float(problem.weights.sum()) / 3))
    return problem, model, {**CASES[model].options, **further}


@pytest.mark.parametrize("conditions", [False, True], ids=["free", "conditions"])
@pytest.mark.parametrize("name", [*MODELS, *OTHERS])
def test_a_model_without_time_has_an_answer_that_keeps_what_is_asked(no_time, name, conditions):
    problem, model, options = asked(name, conditions=conditions)
    solution = solve(problem, model, time_limit_s=1e-3, **options)
    assert solution.status in (Status.FEASIBLE, Status.OPTIMAL)
    assert not verify(solution).faults
    assert not conditions or 1 <= sum(site in solution.chosen for site in (0, 1, 2)) <= 2
    better = solution.bound >= solution.objective
    assert better == (solution.model.sense.value == "maximise") or solution.gap <= 1e-6


def test_no_answer_is_made_up_where_no_sites_keep_the_conditions(no_time):
    problem, model, options = asked("p-median", conditions=True)
    nothing = SiteCount(sites=(0, 1, 2), at_least=3)
    solution = solve(problem.with_conditions(nothing), model, time_limit_s=1e-3, **options)
    assert solution.status in (Status.INFEASIBLE, Status.NO_SOLUTION)
