"""Solver objects, and programs with constraints of the caller's own: the oracle tries every set of sites."""

from __future__ import annotations

import itertools
import math
import time
from typing import Any

import numpy as np
import pulp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimise import PlacementProblem, ProblemError, SolverError, Status, UnknownModelError, solve

NAMES = ("Bodø", "Å i Lofoten", "Narvik", "Mo i Rana", "Sør-Varanger")
SOLVERS = {"cbc": lambda: pulp.PULP_CBC_CMD(msg=False), "highs": lambda: pulp.HiGHS(msg=False)}


def problem(seed: int = 1, **further: Any) -> PlacementProblem:
    rng = np.random.default_rng(seed)
    costs = rng.integers(1, 60, (9, 5)).astype(float)
    return PlacementProblem(costs, weights=rng.integers(1, 9, 9), site_ids=NAMES, **({"p": 2} | further))


def best(posed: PlacementProblem, value: Any, allowed: Any = lambda _: True, sizes: Any = (2,)) -> float:
    """The least value over every set of sites that is allowed; nan for none."""
    sets = [set(one) for size in sizes for one in itertools.combinations(NAMES, size)]
    values = [value(posed, [NAMES.index(name) for name in one]) for one in sets if allowed(one)]
    return min(values, default=math.nan)


def mean(posed: PlacementProblem, sites: list[int]) -> float:
    return float(posed.weights @ posed.costs[:, sites].min(axis=1) / posed.weights.sum())


def longest(posed: PlacementProblem, sites: list[int]) -> float:
    return float(posed.costs[:, sites].min(axis=1).max())


def uncovered(posed: PlacementProblem, sites: list[int]) -> float:
    return -float(posed.weights @ (posed.costs[:, sites].min(axis=1) <= 20))


@pytest.mark.parametrize(("model", "value"), [("p-center", longest), ("p-median", mean)])
@pytest.mark.parametrize("solver", ["cbc", pulp.HiGHS(msg=False), pulp.PULP_CBC_CMD(msg=False)])
def test_models_of_many_programs_take_any_solver(model: str, value: Any, solver: Any) -> None:
    """Programs that only ask whether there is an answer have no objective."""
    assert solve(problem(), model, solver=solver).objective == pytest.approx(best(problem(), value))


@pytest.mark.parametrize("make", SOLVERS.values(), ids=SOLVERS)
@pytest.mark.parametrize("seed", range(3))
def test_a_solver_object_proves_the_optimum_and_is_named(seed: int, make: Any) -> None:
    posed, solver = problem(seed), make()
    before = dict(vars(solver))
    solution = solve(posed, solver=solver)
    assert solution.status is Status.OPTIMAL
    assert solution.objective == pytest.approx(best(posed, mean))
    assert solution.solver == solver.name
    assert solution.engine.used == "none"
    assert solution.engine.reasons[0].fields == {"solver": solver.name}
    assert vars(solver) == before


def test_a_gap_of_the_solvers_own_is_no_proof() -> None:
    for solver in (
        pulp.PULP_CBC_CMD(msg=False, gapRel=0.5),
        pulp.PULP_CBC_CMD(msg=False, gapAbs=50),
        pulp.PULP_CBC_CMD(msg=False, options=["ratioGap 0.5"]),
        pulp.HiGHS(msg=False, gapRel=0.9),
    ):
        solution = solve(problem(), solver=solver)
        assert solution.status is Status.FEASIBLE or solution.bound == pytest.approx(best(problem(), mean))
        assert solution.bound <= best(problem(), mean) + 1e-9


def test_the_time_that_is_left_goes_to_the_solver() -> None:
    costs = np.random.default_rng(2).integers(1, 1000, (60, 60)).astype(float)
    began = time.monotonic()
    solution = solve(PlacementProblem(costs, p=9), solver=pulp.PULP_CBC_CMD(msg=False), time_limit_s=0.5)
    assert solution.status in {Status.FEASIBLE, Status.NO_SOLUTION, Status.OPTIMAL}
    assert time.monotonic() - began < 60


@pytest.mark.parametrize("beside", [{"gap": 0.1}, {"threads": 2}, {"seed": 3}, {"log": "x.log"}])
def test_what_belongs_on_the_solver_is_refused_beside_it(beside: dict[str, Any]) -> None:
    with pytest.raises(ProblemError, match=next(iter(beside))):
        solve(problem(), solver=pulp.PULP_CBC_CMD(msg=False), **beside)


@pytest.mark.parametrize("solver", [3, pulp.PULP_CBC_CMD, None])
def test_a_solver_that_is_none_is_refused(solver: Any) -> None:
    with pytest.raises(ProblemError, match="solver"):
        solve(problem(), solver=solver)


@settings(max_examples=25, deadline=None)
@given(
    st.integers(0, 99), st.sets(st.sampled_from(NAMES), min_size=2, max_size=4), st.sampled_from([0, 1, 2])
)
def test_a_constraint_of_ones_own_holds(seed: int, among: set[str], most: int) -> None:
    posed = problem(seed)
    program = posed.program("p-median")
    program += pulp.lpSum(program.open[name] for name in among) <= most, "at most"
    wanted = best(posed, mean, lambda sites: len(sites & among) <= most)
    solution = solve(program)
    if math.isnan(wanted):
        assert solution.status is Status.INFEASIBLE
        return
    assert solution.status is Status.OPTIMAL
    assert len(set(solution.chosen_ids) & among) <= most
    assert solution.objective == pytest.approx(wanted)
    assert solution.bound == pytest.approx(wanted)
    assert solution.engine.reasons[0].code == "opt.engine.own_program"


@pytest.mark.parametrize(
    ("model", "options", "value", "sign"),
    [("p-median", {}, mean, 1), ("p-center", {}, longest, 1), ("mclp", {"radius": 20}, uncovered, -1)],
)
@pytest.mark.parametrize("solver", ["highs", "cbc"])
def test_every_program_answers_its_question(
    model: str, options: Any, value: Any, sign: int, solver: str
) -> None:
    for seed in range(3):
        posed = problem(seed)
        program = posed.program(model, **options)
        program += program.open["Bodø"] + program.open["Narvik"] <= 1
        wanted = best(posed, value, lambda sites: not sites >= {"Bodø", "Narvik"})
        assert sign * solve(program, solver=solver).objective == pytest.approx(wanted)


def test_a_cover_with_a_constraint() -> None:
    posed = problem(p=None)
    radius = longest(posed, list(range(5))) + 5
    program = posed.program("lscp", radius=radius)
    program += program.open["Bodø"] == 1

    def count(posed: PlacementProblem, sites: list[int]) -> float:
        return len(sites) if sites and longest(posed, sites) <= radius else math.inf

    wanted = best(posed, count, lambda sites: "Bodø" in sites, sizes=range(1, 6))
    assert solve(program).objective == wanted


def test_sites_that_are_alike_may_be_told_apart() -> None:
    costs = np.tile(problem().costs[:, :1], (1, 5))
    program = PlacementProblem(costs, site_ids=NAMES, p=1).program("p-median")
    program += program.open["Sør-Varanger"] == 1
    assert solve(program).chosen_ids == ("Sør-Varanger",)


def test_roles_and_conditions_are_rows_of_the_program() -> None:
    roles = ["required", "forbidden", "candidate", "candidate", "candidate"]
    posed = problem(3, roles=roles)
    program = posed.program("p-median")
    assert {"role_Bodø", "role_Å_i_Lofoten", "count"} <= set(program.constraints)
    assert "Bodø" in solve(program).chosen_ids
    assert solve(program).objective == pytest.approx(solve(posed).objective)


def test_the_names_of_the_sites_stand_in_the_files(tmp_path: Any) -> None:
    program = problem().program("p-median")
    program.writeLP(str(tmp_path / "model.lp"))
    program.writeMPS(str(tmp_path / "model.mps"), rename=False)
    for name in ("model.lp", "model.mps"):
        assert "open_Mo_i_Rana" in (tmp_path / name).read_text(encoding="utf-8")
    same = PlacementProblem([[1, 2]], site_ids=["a b", "a-b"], p=1).program("p-median")
    assert sorted(variable.name for variable in same.open.values()) == ["open_a_b_0", "open_a_b_1"]


def test_the_program_is_one_of_pulp() -> None:
    posed = problem()
    program = posed.program("p-median")
    program.solve(pulp.PULP_CBC_CMD(msg=False))
    assert pulp.value(program.objective) / program.scale == pytest.approx(best(posed, mean))


def test_a_mean_price_comes_back_in_the_models_unit() -> None:
    posed = problem()
    program, plain = posed.program("iso-elastic", alpha=2.0), solve(posed, "iso-elastic", alpha=2.0)
    assert solve(program).objective == pytest.approx(plain.objective)
    assert solve(program).bound == pytest.approx(plain.bound)


def test_changes_that_sites_cannot_hold_are_refused() -> None:
    program = problem().program("p-median")
    share = next(one for one in program.variables() if one.name.startswith("serve_"))
    program += share == 0, "mine"
    with pytest.raises(ProblemError, match="mine: constraints may speak of program"):
        solve(program)
    program = problem().program("p-median")
    program.setObjective(pulp.lpSum(program.open.values()))
    with pytest.raises(ProblemError, match="objective"):
        solve(program)
    program = problem().program("p-median")
    program += program.open["Bodø"] == 1
    for one in program.variables():
        if one.name.startswith("serve_") and one.name.endswith("Bodø"):
            one.upBound = 0.0
    with pytest.raises(SolverError, match="sites"):
        solve(program)
    with pytest.raises(ProblemError, match="model of its own"):
        solve(problem().program("p-median"), "p-center")


def test_models_of_several_programs_and_names_that_are_none() -> None:
    with pytest.raises(ProblemError, match="one program have: p-median"):
        problem().program("gini")
    with pytest.raises(ProblemError, match="how many sites"):
        problem(p=None).program("p-median")
    with pytest.raises(UnknownModelError, match="did you mean 'p-median'"):
        problem().program("pmedian")
    with pytest.raises(ProblemError, match="did you mean 'radius'"):
        solve(problem(), "mclp", raduis=20)
    with pytest.raises(UnknownModelError, match="did you mean 'highs'"):
        solve(problem(), solver="higs")
