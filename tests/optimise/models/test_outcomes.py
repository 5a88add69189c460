"""Programs over outcomes, and cutting planes: values of outcomes, cuts, and how rounds end."""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
import pulp
import pytest

from optimise import PlacementProblem, Status
from optimise.models import outcomes as module
from optimise.models.outcomes import CutLoop, OutcomeProgram, compared_faults, outcome_rows, outcomes
from optimise.placed import Placed
from optimise.running import Limits, Run
from optimise.service import full_service

LINE = np.asarray([[0.0, 4.0, 9.0], [5.0, 1.0, 4.0], [9.0, 5.0, 0.0], [8.0, 6.0, 7.0]])
WEIGHTS = [4.0, 3.0, 2.0, 1.0]
GROUPS = ["south", "north", "south", "north"]


def line(**values: object) -> PlacementProblem:
    return PlacementProblem(**({"costs": LINE, "weights": WEIGHTS, "demand_groups": GROUPS} | values))


def opened(*sites: int, n_sites: int = 3) -> np.ndarray:
    return np.isin(np.arange(n_sites), sites)


def program(problem: PlacementProblem, by: str = "person", **words: bool) -> OutcomeProgram:
    return OutcomeProgram(problem, full_service(problem), by, **words)


def test_who_is_compared_must_be_one_of_two():
    assert [fault.where for fault in compared_faults("house", line())] == ["by"]
    assert "person or group" in str(compared_faults("house", line())[0])
    assert "demand_groups" in str(compared_faults("group", line(demand_groups=None))[0])
    assert compared_faults("person", line(demand_groups=None)) == []
    assert outcome_rows(line(), "group").tolist() == [0, 1, 0, 1]
    assert outcome_rows(line(demand_groups=None), "group").tolist() == [0, 1, 2, 3]


def test_the_order_of_people_shows_in_no_digit_of_a_mean():
    rng = np.random.default_rng(1)
    costs, weights = rng.random((40, 1)) * 100, rng.random(40)
    groups = [0] * 40
    whole = PlacementProblem(costs, weights=weights, demand_groups=groups, p=1)
    order = rng.permutation(40)
    mixed = PlacementProblem(costs[order], weights=weights[order], demand_groups=groups, p=1)
    first, second = (
        outcomes(problem, Placed.nearest(problem, opened(0, n_sites=1)), "group")[0].tolist()
        for problem in (whole, mixed)
    )
    assert first == second


def test_groups_of_nobody_are_no_outcomes():
    problem = line(weights=[0.0, 3.0, 0.0, 1.0], p=1)
    minutes, weights = outcomes(problem, Placed.nearest(problem, opened(1)), "group")
    assert (minutes.tolist(), weights.tolist()) == ([(3 * 1 + 6) / 4], [1.0])
    assert len(program(problem, "group").minutes) == 1


@pytest.mark.parametrize("by", ["person", "group"])
@pytest.mark.parametrize("closest", [False, True])
def test_the_outcomes_of_the_program_are_those_of_its_sites(by, closest):
    problem = line(p=2)
    made = program(problem, by, closest=closest)
    made.program.aim(made.mean())
    run = made.program.solve(Limits())
    here = made.placed()
    if by == "person":
        means = {
            pair: float(np.average(LINE[:, list(pair)].min(axis=1), weights=WEIGHTS))
            for pair in combinations(range(3), 2)
        }
    else:
        means = {
            pair: float(np.mean([(4 * t[0] + 2 * t[2]) / 6, (3 * t[1] + t[3]) / 4]))
            for pair in combinations(range(3), 2)
            for t in [LINE[:, list(pair)].min(axis=1)]
        }
    assert run.objective == pytest.approx(min(means.values()))
    assert means[tuple(np.flatnonzero(here.sites).tolist())] == pytest.approx(min(means.values()))
    values = [pulp.value(minutes) for minutes in made.minutes]
    assert values == pytest.approx(made.values(here, by).tolist())
    assert made.weights.tolist() == ([4, 3, 2, 1] if by == "person" else [1, 1])


def test_nobody_passes_an_open_site_where_that_is_asked():
    """The largest minutes: without the rows everybody would go to the farthest open site."""
    problem = line(p=2, roles=["required", "candidate", "required"])
    for closest, expected in ((False, [0.0, 4.0, 0.0, 7.0]), (True, [0.0, 4.0, 0.0, 7.0])):
        made = program(problem, closest=closest)
        made.program.aim(made.mean() * (-1.0 if closest else 1.0))
        made.program.solve(Limits())
        assert [pulp.value(minutes) for minutes in made.minutes] == pytest.approx(expected)


def test_sites_beyond_an_always_open_one_are_left_out():
    problem = line(p=2, roles=["candidate", "existing", "candidate"])
    made = program(problem)
    sites = [sorted(int(variable.name.rsplit("_", 1)[1]) for variable in minutes) for minutes in made.minutes]
    assert sites == [[0, 1], [1], [1, 2], [1]]


def test_mean_and_weighted_sums_of_outcomes():
    made = program(line(p=3))
    made.program.aim(made.mean())
    made.program.solve(Limits())
    assert pulp.value(made.mean()) == pytest.approx((0 + 3 + 0 + 6) / 10)
    assert pulp.value(made.weighted(np.asarray([0.0, 1.0, 0.0, 2.0]))) == pytest.approx(1 + 12)
    nobody = program(line(weights=[0] * 4, p=1))
    assert nobody.minutes == []
    assert nobody.mean().constant == 0.0


# Cutting planes


def largest_square(values: np.ndarray) -> list[tuple[np.ndarray, float]]:
    """The tangent of the sum of squares."""
    return [(2 * values, -float(values @ values))]


def loop(problem: PlacementProblem, **words: object) -> CutLoop:
    made = program(problem)
    return CutLoop(
        made,
        "person",
        value=lambda placed: float((placed.minutes(problem) ** 2).sum()),
        cuts=largest_square,
        rates=[1.0],
        fixed=pulp.LpAffineExpression(),
        **words,
    )


@pytest.mark.parametrize("solver", ["highs", "cbc"])
@pytest.mark.parametrize("sites", [1, 2])
def test_cuts_find_the_least_sum_of_squares(sites, solver):
    problem = line(p=sites)
    best = min((LINE[:, list(some)].min(axis=1) ** 2).sum() for some in combinations(range(3), sites))
    found = loop(problem)
    run = found.run(Limits(solver=solver), [])
    outcome = found.outcome(run, "squares", build_s=1.0, earlier_s=2.0)
    assert outcome.status is Status.OPTIMAL
    assert found.best_value == best
    assert outcome.bound == pytest.approx(best)
    assert outcome.formulation == "squares"
    assert outcome.build_s == 1.0
    assert outcome.solve_s >= 2.0 + found.solve_s - 1e-9
    assert outcome.proof.startswith(f"{found.rounds} cutting-plane rounds by ")


def test_first_cuts_save_rounds_and_pieces_have_a_lower_limit():
    problem = line(p=1)
    plain, helped = loop(problem), loop(problem)
    plain.run(Limits(solver="cbc"), [])
    helped.run(Limits(solver="cbc"), [LINE[:, site] for site in range(3)])
    assert helped.rounds < plain.rounds
    assert helped.best_value == plain.best_value
    limited = loop(problem, lowest=30.0)
    limited.run(Limits(), [])
    assert limited.bound >= 30.0
    assert limited.best_value == plain.best_value


def scripted(
    monkeypatch: pytest.MonkeyPatch, found: CutLoop, *runs: tuple[Status, float, tuple[int, ...]]
) -> None:
    """The program's runs as written down: how each ended, its objective and bound, its sites."""
    left = list(runs)

    def solve(limits, *, start=None, relaxed=False):
        status, bound, sites = left.pop(0)
        found.outcome_program.placed = lambda: Placed.nearest(found.outcome_program.problem, opened(*sites))
        return Run(status, bound, bound, 0.5, "scripted", has_values=bool(sites))

    monkeypatch.setattr(found.outcome_program.program, "solve", solve)
    monkeypatch.setattr(found, "_relaxed_rounds", lambda *_: None)


SQUARES = {site: float((LINE[:, site] ** 2).sum()) for site in range(3)}


def test_rounds_go_on_until_the_bound_meets_the_answer(monkeypatch):
    found = loop(line(p=1))
    best = min(SQUARES, key=SQUARES.__getitem__)
    worst = max(SQUARES, key=SQUARES.__getitem__)
    scripted(
        monkeypatch,
        found,
        (Status.OPTIMAL, 10.0, (worst,)),
        (Status.OPTIMAL, 20.0, (best,)),
        (Status.OPTIMAL, 15.0, (1 if best != 1 and worst != 1 else 3 - best - worst,)),
        (Status.OPTIMAL, SQUARES[best], (best,)),
    )
    run = found.run(Limits(), [])
    assert (found.rounds, found.best_value, found.bound) == (4, SQUARES[best], SQUARES[best])
    assert found.best.sites.tolist() == opened(best).tolist()
    assert run.status is Status.OPTIMAL
    assert found.solve_s == 2.0


def test_rounds_end_where_the_same_sites_come_again(monkeypatch):
    found = loop(line(p=1))
    scripted(monkeypatch, found, (Status.OPTIMAL, 1.0, (0,)), (Status.OPTIMAL, 2.0, (0,)))
    found.run(Limits(), [])
    assert (found.rounds, found.best_value, found.bound) == (2, SQUARES[0], 2.0)


@pytest.mark.parametrize("gap", [0.0, 0.5])
def test_rounds_end_at_the_gap_that_is_asked_for(monkeypatch, gap):
    found = loop(line(p=1))
    half = SQUARES[1] * 0.6
    scripted(monkeypatch, found, (Status.OPTIMAL, half, (1,)), (Status.OPTIMAL, SQUARES[1], (1,)))
    found.run(Limits(gap=gap), [])
    assert found.rounds == (1 if gap else 2)


def test_a_run_without_sites_ends_the_rounds(monkeypatch):
    found = loop(line(p=1))
    scripted(monkeypatch, found, (Status.OPTIMAL, 1.0, (0,)), (Status.NO_SOLUTION, 3.0, ()))
    run = found.run(Limits(), [])
    assert run.status is Status.NO_SOLUTION
    outcome = found.outcome(run, "squares", build_s=0.0, earlier_s=0.0)
    assert (outcome.status, outcome.bound) == (Status.FEASIBLE, 3.0)
    assert outcome.placed.sites.tolist() == [True, False, False]
    nothing = loop(line(p=1))
    scripted(monkeypatch, nothing, (Status.NO_SOLUTION, -math.inf, ()))
    ended = nothing.outcome(nothing.run(Limits(), []), "squares", build_s=0.0, earlier_s=0.0)
    assert (ended.status, ended.placed) == (Status.NO_SOLUTION, None)


def test_a_closed_gap_that_the_solver_calls_feasible_is_proven(monkeypatch):
    found = loop(line(p=1))
    scripted(monkeypatch, found, (Status.FEASIBLE, SQUARES[1], (1,)))
    assert found.run(Limits(), []).status is Status.OPTIMAL


def test_a_gap_is_measured_by_what_it_is_told():
    plain, sized = loop(line(p=1)), loop(line(p=1), size=4.0)
    assert plain._gap(10.0, 9.0) == pytest.approx(0.1)
    assert sized._gap(10.0, 9.0) == pytest.approx(0.25)
    assert sized._gap(0.0, -1.0) == pytest.approx(0.25)
    assert sized._gap(1.0, 3.0) == 0.0
    assert sized._gap(math.nan, math.nan) == 0.0
    assert sized._gap(math.nan, 1.0) == math.inf


def test_fractional_answers_are_cut_off_first_by_highs_alone(monkeypatch):
    found, other = loop(line(p=1)), loop(line(p=1))
    asked: list[bool] = []
    solved = type(found.outcome_program.program).solve

    def noted(self, limits, *, start=None, relaxed=False):
        asked.append(relaxed)
        return solved(self, limits, start=start, relaxed=relaxed)

    monkeypatch.setattr(type(found.outcome_program.program), "solve", noted)
    found.run(Limits(), [])
    relaxed = asked.count(True)
    assert 1 <= relaxed <= module._RELAXED_ROUNDS
    assert asked[:relaxed] == [True] * relaxed
    asked.clear()
    other.run(Limits(solver="cbc"), [])
    assert True not in asked
    assert other.best_value == found.best_value
    assert found.rounds <= other.rounds


def test_the_scale_of_a_program_is_that_of_its_largest_coefficient():
    x, y = pulp.LpVariable("x"), pulp.LpVariable("y")
    people = program(line())  # the longest way is 9 minutes
    cuts = [(np.asarray([0.5, -4.0, 1.0, 0.0]), 7.0), (np.asarray([3.0, 0.0, 0.0, 0.0]), 900.0)]
    for fixed, largest in ((2 * x - 35 * y, 36.0), (x - 40 * y, 40.0), (pulp.LpAffineExpression(), 36.0)):
        loop = CutLoop(people, "person", math.nan, lambda _: cuts, [1.0], fixed)
        assert loop._largest([np.zeros(4)]) == largest
        assert loop._largest([]) == max((abs(factor) for factor in fixed.values()), default=0.0)


def test_a_gap_is_told_beside_a_size_however_small():
    loop = CutLoop(program(line()), "person", math.nan, list, [1.0], pulp.LpAffineExpression(), size=0.25)
    assert [loop._gap(1.0, bound) for bound in (0.5, 1.0, 2.0)] == [2.0, 0.0, 0.0]
