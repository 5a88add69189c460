"""What a placement problem accepts, and how it lists its faults."""

from __future__ import annotations

import dataclasses
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

import optimise
from optimise import PlacementProblem, ProblemError, Role, UnknownModelError, solve


def test_every_fault_is_listed_at_once():
    with pytest.raises(ProblemError) as caught:
        PlacementProblem(
            [[1.0, -2.0], [3.0, 4.0]],
            weights=[1.0, -1.0],
            p=1,
            p_new=1,
            roles=["existing", "maybe"],
            capacities=[1.0],
            site_ids=["a", "a"],
            budget=-3,
        )
    told = str(caught.value)
    for part in ("costs[0, 1]", "weights[1]", "maybe", "capacities", "site_ids[1]", "either p", "budget"):
        assert part in told
    assert len(caught.value.faults) >= 7


@pytest.mark.parametrize("p", [-1, 2.5, "3", True])
def test_p_must_be_a_whole_number(p):
    with pytest.raises(ProblemError, match="whole number"):
        PlacementProblem([[1.0]], p=p)


@pytest.mark.parametrize("costs", [[], [[]], [1.0, 2.0], [["far"]], np.zeros((2, 2, 2))])
def test_costs_must_be_a_matrix(costs):
    with pytest.raises(ProblemError, match="costs"):
        PlacementProblem(costs)


def test_nan_and_inf_are_both_unreachable_and_minus_inf_is_a_fault():
    problem = PlacementProblem([[np.nan, np.inf], [1.0, np.nan]])
    assert problem.unreachable.tolist() == [True, False]
    with pytest.raises(ProblemError, match="0 or more"):
        PlacementProblem([[-np.inf]])


def test_a_forbidden_site_reaches_nobody():
    problem = PlacementProblem([[1.0, np.nan]], roles=["forbidden", "candidate"])
    assert problem.unreachable.tolist() == [True]


def test_the_problem_does_not_change_with_the_callers_arrays():
    costs = np.ones((2, 2))
    problem = PlacementProblem(costs)
    costs[0, 0] = 99
    assert problem.costs[0, 0] == 1
    with pytest.raises(dataclasses.FrozenInstanceError):
        problem.p = 3
    with pytest.raises(ValueError, match="read-only"):
        problem.costs[0, 0] = 2


def test_a_data_frame_brings_its_names():
    frame = pd.DataFrame([[1.0, 2.0]], index=["Træna"], columns=["Bodø", "Mo"])
    problem = PlacementProblem(frame, roles=["existing", "candidate"], p=1)
    assert problem.site_ids == ("Bodø", "Mo")
    assert problem.demand_ids == ("Træna",)
    assert problem.roles == (Role.EXISTING, Role.CANDIDATE)


def test_unknown_names_say_what_exists():
    problem = PlacementProblem([[1.0]], p=1)
    with pytest.raises(UnknownModelError, match="p-median"):
        solve(problem, "p-medain")
    with pytest.raises(ProblemError, match="radious"):
        solve(problem, radious=3)
    with pytest.raises(UnknownModelError, match="highs, cbc"):
        solve(problem, solver="abacus")
    with pytest.raises(ProblemError, match="how many sites"):
        solve(PlacementProblem([[1.0]]))


def test_what_is_exported_is_there_and_importing_says_nothing():
    code = (
        "import optimise; assert all(hasattr(optimise, name) for name in optimise.__all__); "
        "assert len(set(optimise.__all__)) == len(optimise.__all__)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    public = {
        "solve",
        "verify",
        "frontier",
        "alternatives",
        "site_values",
        "build_order",
        "price_of_fairness",
    }
    public |= {"solve_robust", "nearest_relaxation", "compare_minutes", "compare_by_group", "erlang_loss"}
    assert set(optimise.__all__) >= public | {"MODELS", "PlacementProblem", "Scenario", "Limits", "Within"}
