"""One set of sites for several scenarios, against looking at every set."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from placement_cases import nearest, problems, same, site_sets

from optimise import PlacementProblem, ProblemError, Status, program, robust_bounds, robust_search
from optimise.guarantees import ShareWithin, Within
from optimise.models.capacitated import CapacitatedPMedian
from optimise.models.covering import MCLP
from optimise.program import SiteProgram
from optimise.robust import Criterion, Scenario, solve_robust

FEW = settings(max_examples=25)


@st.composite
def worlds(draw, *, unreachable=True, max_demand=5, max_sites=5):
    """A problem and two or three scenarios with costs, probabilities and sometimes weights of their own."""
    problem = draw(problems(unreachable=unreachable, max_demand=max_demand, max_sites=max_sites))
    shape = problem.costs.shape
    scenarios = [Scenario("summer", problem.costs, draw(st.integers(1, 4)))]
    for name in ("winter", "night")[: draw(st.integers(1, 2))]:
        costs = draw(hnp.arrays(np.float64, shape, elements=st.integers(0, 30).map(float)))
        if unreachable:
            gone = draw(hnp.arrays(np.bool_, shape, elements=st.sampled_from([True, False, False])))
            costs[gone] = np.nan
        own = draw(hnp.arrays(np.float64, shape[0], elements=st.integers(0, 5).map(float)))
        weights = draw(st.sampled_from([None, own]))
        scenarios.append(Scenario(name, costs, draw(st.integers(1, 4)), weights))
    return problem, scenarios


def states(problem, scenarios):
    return [
        problem.replace(
            costs=scenario.costs, weights=problem.weights if scenario.weights is None else scenario.weights
        )
        for scenario in scenarios
    ]


def chances(scenarios):
    given_chances = np.array([scenario.probability for scenario in scenarios], dtype=float)
    return given_chances / given_chances.sum()


def judged(criterion, means, best, share, tail):
    """The criterion from the means of the scenarios."""
    if criterion == "expected":
        return float(share @ means)
    if criterion == "worst":
        return max(means)
    if criterion == "regret":
        return max(mean - least for mean, least in zip(means, best, strict=True))
    left, total = tail, 0.0
    for number in sorted(range(len(means)), key=lambda number: -means[number]):
        taken = min(left, share[number])
        total, left = total + taken * means[number], left - taken
    return total / tail


def mean_of(state, mask, people):
    weight = state.weights[people].sum()
    return float(state.weights[people] @ nearest(state, mask)[people] / weight)


@settings(max_examples=60)
@given(worlds(), st.sampled_from(list(Criterion)), st.sampled_from([0.2, 0.5, 1.0]))
def test_every_criterion_against_every_set_of_sites(world, criterion, tail):
    problem, scenarios = world
    solution = solve_robust(problem, scenarios, criterion, tail=tail)
    assert solution.status is Status.OPTIMAL
    assert solution.gap <= 1e-6
    all_states, share = states(problem, scenarios), chances(scenarios)
    own = np.isin(np.arange(problem.n_sites), solution.chosen)
    masks = list(site_sets(problem))
    assert any((own == mask).all() for mask in masks)

    rates = share if criterion in ("expected", "tail") else np.ones(len(scenarios))

    def served(mask):
        reached = [np.isfinite(nearest(state, mask)) for state in all_states]
        return sum(rate * s.weights[r].sum() for rate, s, r in zip(rates, all_states, reached, strict=True))

    assert served(own) == pytest.approx(max(served(mask) for mask in masks))
    counted = [np.isfinite(nearest(state, own)) & (state.weights > 0) for state in all_states]
    used = [number for number, people in enumerate(counted) if people.any()]
    if not used:
        assert math.isnan(solution.objective)
        return
    serving = [
        [mask for mask in masks if np.isfinite(nearest(all_states[n], mask)[counted[n]]).all()]
        for n in range(len(all_states))
    ]
    best = {n: min(mean_of(all_states[n], mask, counted[n]) for mask in serving[n]) for n in used}

    def score(mask):
        means = {n: mean_of(all_states[n], mask, counted[n]) for n in used}
        if criterion == "regret":
            return judged(criterion, list(means.values()), [best[n] for n in used], share, tail)
        filled = [means.get(n, 0.0) for n in range(len(all_states))]
        return judged(criterion, filled, filled, share, tail)

    common = [
        m
        for m in masks
        if all(np.isfinite(nearest(s, m)[c]).all() for s, c in zip(all_states, counted, strict=False))
    ]
    expected = min(score(mask) for mask in common)
    assert solution.objective == pytest.approx(expected, abs=1e-6)
    assert score(own) == pytest.approx(expected, abs=1e-6)
    for n, result in enumerate(solution.scenarios):
        lost = ~np.isfinite(nearest(all_states[n], own))
        assert result.unserved == pytest.approx(all_states[n].weights[lost].sum())
        assert (result.assignment < 0).tolist() == lost.tolist()
        if n in used:
            assert result.mean_min == pytest.approx(mean_of(all_states[n], own, counted[n]))
            assert result.best_min == pytest.approx(best[n])
            assert result.regret_min == pytest.approx(result.mean_min - best[n])
            assert result.regret_min >= -1e-9
        assert result.best_proven


@settings(max_examples=30)
@given(worlds(), st.sampled_from(list(Criterion)), st.sampled_from([0.3, 1.0]))
def test_many_pairs_are_answered_by_medians_and_no_bound_is_above_the_best(world, criterion, tail):
    """The way of large problems, tried on small ones: sites may be worse than the best, claims may not."""
    problem, scenarios = world
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(robust_search, "PAYS_AT_PAIRS", 1)
        solution = solve_robust(problem, scenarios, criterion, tail=tail)
    plain = solve_robust(problem, scenarios, criterion, tail=tail)
    assert [result.unserved for result in solution.scenarios] == pytest.approx(
        [result.unserved for result in plain.scenarios]
    ) or sum_served(problem, scenarios, criterion, solution) == pytest.approx(
        sum_served(problem, scenarios, criterion, plain)
    )
    if math.isnan(plain.objective):
        assert math.isnan(solution.objective)
        return
    size = max(1.0, *(result.mean_min for result in plain.scenarios if not math.isnan(result.mean_min)))
    assert solution.objective >= plain.objective - 1e-6 * size
    assert solution.bound <= plain.objective + 1e-6 * size
    if solution.status is Status.OPTIMAL:
        assert solution.objective == pytest.approx(plain.objective, abs=2e-6 * size)


def sum_served(problem, scenarios, criterion, solution):
    """The expected weight that is served; every scenario counts the same where the worst is asked for."""
    rates = chances(scenarios) if criterion in ("expected", "tail") else np.ones(len(scenarios))
    lost = np.asarray([result.unserved for result in solution.scenarios])
    whole = np.asarray([state.weights.sum() for state in states(problem, scenarios)])
    return float(rates @ (whole - lost))


def test_the_bound_by_medians_comes_nearer_from_round_to_round(monkeypatch):
    """The night is the worst at every site: weights lean towards it, from a half to eleven twelfths and on."""
    monkeypatch.setattr(robust_search, "PAYS_AT_PAIRS", 1)
    day = np.asarray([[1.0, 6.0, 9.0], [8.0, 2.0, 9.0], [9.0, 7.0, 3.0]])
    problem = PlacementProblem(day, weights=[2.0, 1.0, 1.0], p=1)
    scenarios = [Scenario("day", day, 1), Scenario("night", day + 20, 1)]
    mean = 4.75  # of the first site: (2 + 8 + 9) / 4; the others have 5.25 and 7.5
    monkeypatch.setattr(robust_bounds, "_FEW_PAIRS", -1)
    monkeypatch.setattr(
        robust_bounds, "branched", lambda search, best, value: (best, value, -math.inf, False)
    )
    for rounds, share in ((1, 1 / 2), (2, 3 / 4), (3, 5 / 6), (10, 19 / 20)):
        monkeypatch.setattr(robust_bounds, "_ROUNDS", rounds)
        found = solve_robust(problem, scenarios, "worst")
        assert found.chosen.tolist() == [0]
        assert found.objective == pytest.approx(mean + 20)
        assert found.bound == pytest.approx(mean + 20 * share)
        assert found.status is Status.FEASIBLE
    monkeypatch.undo()
    monkeypatch.setattr(robust_search, "PAYS_AT_PAIRS", 1)
    proven = solve_robust(problem, scenarios, "worst")  # branch and cut finds the night's weight of 1 itself
    assert (proven.status, proven.bound) == (Status.OPTIMAL, pytest.approx(mean + 20))
    expected = solve_robust(problem, scenarios, "expected")  # whose weights are known: one round is the proof
    assert (expected.status, expected.bound) == (Status.OPTIMAL, pytest.approx(mean + 10))
    regret = solve_robust(problem, scenarios, "regret")
    assert (regret.status, regret.objective) == (Status.OPTIMAL, pytest.approx(0.0, abs=1e-9))


def test_promises_to_people_are_never_stacked():
    state = PlacementProblem([[1.0, 2.0]], p=1)
    assert robust_bounds.can_be_stacked([state, state])
    assert not robust_bounds.can_be_stacked([state, state.replace(conditions=[Within(5.0)])])


@FEW
@given(worlds(unreachable=False))
def test_the_criteria_are_ordered(world):
    """Expected <= tail <= worst; a tail of everything is the expectation."""
    problem, scenarios = world
    if not all(state.weights.any() for state in states(problem, scenarios)):
        return
    expected, worst, half, whole = (
        solve_robust(problem, scenarios, name, tail=tail).objective
        for name, tail in (("expected", 1), ("worst", 1), ("tail", 0.5), ("tail", 1))
    )
    assert whole == pytest.approx(expected, abs=1e-6)
    assert expected <= half + 1e-6
    assert half <= worst + 1e-6


@FEW
@given(worlds(), st.sampled_from(list(Criterion)), st.randoms(use_true_random=False))
def test_relabelling_sites_relabels_the_answer(world, criterion, random):
    """Columns in another order under the same ids give the same ids."""
    problem, scenarios = world
    order = list(range(problem.n_sites))
    random.shuffle(order)
    moved = [Scenario(s.name, np.asarray(s.costs)[:, order], s.probability, s.weights) for s in scenarios]
    one = solve_robust(problem, scenarios, criterion)
    other = solve_robust(problem.take_sites(np.array(order)), moved, criterion)
    assert set(one.chosen_ids) == set(other.chosen_ids)
    assert same(one.objective, other.objective)


def test_a_condition_holds_in_every_scenario():
    """Summer alone would keep the promise from site 0; in winter only site 1 does."""
    problem = PlacementProblem([[5, 9], [5, 9]], p=1, conditions=[Within(10, demand=(0,))])
    scenarios = [Scenario("summer", problem.costs, 0.9), Scenario("winter", [[20, 9], [5, 30]], 0.1)]
    assert solve_robust(problem, scenarios).chosen_ids == (1,)
    none = solve_robust(problem, [*scenarios, Scenario("storm", [[50, 50], [50, 50]], 0.0)])
    assert none.status is Status.INFEASIBLE
    assert none.chosen_ids == ()
    assert math.isnan(none.objective)


def test_the_worst_scenario_counts_however_unlikely():
    """In a storm that nobody expects, only site 1 is reached."""
    problem = PlacementProblem([[1, 9]], p=1)
    scenarios = [Scenario("calm", [[1, 9]], 1), Scenario("storm", [[np.nan, 9]], 0)]
    assert solve_robust(problem, scenarios, "expected").chosen_ids == (0,)
    assert solve_robust(problem, scenarios, "worst").chosen_ids == (1,)


@pytest.mark.parametrize("stopped_at", [1, 3, 4])
@pytest.mark.parametrize("status", [Status.NO_SOLUTION, Status.INTERRUPTED])
def test_stopped_on_the_way_the_sites_that_serve_most_are_the_answer(monkeypatch, stopped_at, status):
    """The programs are: who is counted, the best of each of two scenarios, the common sites."""
    problem = PlacementProblem([[1, 9, 4], [8, 2, 4]], p=1)
    scenarios = [Scenario("summer", problem.costs), Scenario("winter", problem.costs * 2)]
    solve_program, calls = SiteProgram.solve, []

    def stopping(program, limits, **options):
        calls.append(program)
        run = solve_program(program, limits, **options)
        if len(calls) < stopped_at:
            return run
        return replace(run, status=status, objective=math.nan, bound=-math.inf, has_values=False)

    monkeypatch.setattr(SiteProgram, "solve", stopping)
    solution = solve_robust(problem, scenarios, "regret")
    assert len(calls) == stopped_at
    if stopped_at == 1:
        assert (solution.status, solution.chosen_ids, solution.scenarios) == (status, (), ())
        return
    # No regret at all is proven by itself: nothing has less.
    left = Status.OPTIMAL if stopped_at == 4 else Status.FEASIBLE
    assert solution.status is (left if status is Status.NO_SOLUTION else status)
    assert len(solution.chosen_ids) == 1
    assert [result.best_proven for result in solution.scenarios] == [True, stopped_at == 4]
    assert math.isnan(solution.objective) == (stopped_at == 3)
    assert solution.gap == (0.0 if solution.objective == 0 else math.inf)


def test_all_faults_at_once():
    problem = PlacementProblem([[1, 2]], capacities=[1, 1])
    scenarios = [Scenario("a", [[1, 2]], -1), Scenario("a", [[1, -2]]), Scenario("b", [[1, 2, 3]])]
    with pytest.raises(ProblemError) as caught:
        solve_robust(problem, scenarios, "mean", tail=0)
    told = "\n".join(str(fault) for fault in caught.value.faults)
    for part in (
        "how many sites",
        "capacities",
        "criterion",
        "tail",
        "more than once",
        "probabilities",
        "a: costs",
        "b: ",
    ):
        assert part in told


def room_answers(state, mask, capacity):
    """Least minutes for each served weight, over all ways to send each demand point to one open site."""
    least = {}
    sites = np.flatnonzero(mask).tolist()
    for ways in product([None, *sites], repeat=state.n_demand):
        load = np.zeros(state.n_sites)
        weight = minutes = 0.0
        for row, site in enumerate(ways):
            if site is not None:
                load[site] += state.demands[row]
                weight += state.weights[row]
                minutes += state.weights[row] * state.costs[row, site] if state.weights[row] else 0.0
                minutes += math.inf if math.isinf(state.costs[row, site]) else 0.0
        if (load <= capacity).all() and math.isfinite(minutes):
            least[weight] = min(minutes, least.get(weight, math.inf))
    return least


@settings(max_examples=40)
@given(worlds(max_demand=3, max_sites=3), st.integers(2, 8), st.sampled_from(list(Criterion)))
def test_limited_room_against_every_way_to_send_people(world, capacity, criterion):
    problem, scenarios = world
    roomy = problem.replace(capacities=np.full(problem.n_sites, float(capacity)))
    solution = solve_robust(roomy, scenarios, criterion, tail=0.5, model="capacitated-p-median")
    assert solution.status is Status.OPTIMAL
    all_states, share = states(problem, scenarios), chances(scenarios)
    answers = {
        mask.tobytes(): [room_answers(state, mask, capacity) for state in all_states]
        for mask in site_sets(problem)
    }
    rates = share if criterion in ("expected", "tail") else np.ones(len(scenarios))
    most = max(
        sum(rate * max(least) for rate, least in zip(rates, each, strict=True)) for each in answers.values()
    )
    counted = [
        state.weights.sum() - result.unserved
        for state, result in zip(all_states, solution.scenarios, strict=True)
    ]
    assert float(rates @ np.array(counted)) == pytest.approx(most)
    used = [n for n, weight in enumerate(counted) if weight > 1e-9]
    if not used:
        assert math.isnan(solution.objective)
        return

    def means(each):
        return {n: each[n].get(round(counted[n]), math.inf) / counted[n] for n in used}

    best = {n: min(means(each)[n] for each in answers.values()) for n in used}

    def score(each):
        own = means(each)
        if criterion == "regret":
            return judged(criterion, list(own.values()), [best[n] for n in used], share, 0.5)
        filled = [own.get(n, 0.0) for n in range(len(all_states))]
        return math.inf if math.inf in filled else judged(criterion, filled, filled, share, 0.5)

    expected = min(score(each) for each in answers.values())
    assert solution.objective == pytest.approx(expected, abs=1e-6)
    own = np.isin(np.arange(problem.n_sites), solution.chosen)
    assert score(answers[own.tobytes()]) == pytest.approx(expected, abs=1e-6)
    for n in used:
        assert solution.scenarios[n].best_min == pytest.approx(best[n])


def test_units_are_shared_and_do_for_every_scenario():
    """Three beds in all, at least one a unit: summer fills the south, winter sends the east there too."""
    summer = [[5, 60], [60, 5], [10, 20]]
    winter = [[5, 90], [90, 5], [np.nan, 30]]
    problem = PlacementProblem(summer, weights=[1, 1, 1], p=2, capacities=[1, 1])
    beds = CapacitatedPMedian(min_units=1, total_units=3)
    scenarios = [Scenario("summer", summer), Scenario("winter", winter)]
    solution = solve_robust(problem, scenarios, "expected", model=beds)
    assert solution.status is Status.OPTIMAL
    assert solution.units.tolist() == [1, 2]
    assert [result.assignment.tolist() for result in solution.scenarios] == [[0, 1, 1], [0, 1, 1]]
    assert solution.objective == pytest.approx((5 + 5 + 20 + 5 + 5 + 30) / 6)
    assert [result.regret_min for result in solution.scenarios] == pytest.approx([10 / 3, 0])
    alone = solve_robust(problem, scenarios[:1], "expected", model=beds)
    assert alone.units.tolist() == [2, 1]


def test_a_mean_of_nothing_is_proven():
    """The solver's bound is a hair below 0 minutes here, which no mean can be."""
    problem = PlacementProblem([[3, 0]], p=2, capacities=[2, 2])
    scenarios = [Scenario("summer", [[3, 0]]), Scenario("winter", [[np.nan, np.nan]])]
    solution = solve_robust(problem, scenarios, model="capacitated-p-median")
    assert (solution.status, solution.objective, solution.bound) == (Status.OPTIMAL, 0.0, 0.0)


def test_models_without_a_mean_to_share_are_refused():
    problem = PlacementProblem([[1, 2]], p=1)
    for model in (MCLP(radius=5.0), "fixed-charge"):
        with pytest.raises(ProblemError, match="is found for p-median"):
            solve_robust(problem, [Scenario("a", [[1, 2]])], model=model)


def test_a_regret_against_what_is_not_proven_says_so_in_a_sentence_with_a_code(monkeypatch):
    monkeypatch.setattr(robust_search.RobustSearch, "best_proven", lambda self: np.asarray([True, False]))
    day = np.asarray([[1.0, 6.0], [8.0, 2.0]])
    scenarios = [Scenario("day", day, 1), Scenario("night", day + 20, 1)]
    found = solve_robust(PlacementProblem(day, p=1), scenarios, "regret")
    assert found.status is Status.FEASIBLE
    assert str(found.proof).endswith("; the best of some scenario is not proven, so the regret may be larger")
    assert (found.proof.code, found.proof.fields["first"].code) == ("opt.and", "opt.proof.scenarios")
    assert found.proof.fields["second"].code == "opt.proof.regret_open"


def test_a_program_too_large_to_build_says_why_in_a_sentence_with_a_code(monkeypatch):
    monkeypatch.setattr(program, "MOST_PAIRS", 3)
    day = np.asarray([[1.0, 6.0], [8.0, 2.0]])
    scenarios = [Scenario("day", day, 1), Scenario("night", day + 20, 1)]
    found = solve_robust(PlacementProblem(day, p=1), scenarios, "expected")
    assert (found.status, found.bound) == (Status.FEASIBLE, 0.0)
    assert found.proof.code == "opt.fault.too_large"
    assert found.solver.startswith("HiGHS ")  # and not a piece of that sentence
    assert found.proof.fields["pairs"] == 4


def test_a_scenario_in_which_nobody_is_counted_keeps_no_proof_open() -> None:
    """It has no best placement of its own to ask for: with nobody served, the promise cannot be kept."""
    today = [[33.0, 4.0, 40.0], [27.0, 24.0, 33.0], [20.0, 8.0, 3.0], [9.0, 12.0, 15.0], [33.0, 4.0, 40.0]]
    never = [[39.0, 9.0, 23.0], [35.0, 38.0, 1.0], [37.0, 4.0, 28.0], [40.0, 15.0, 30.0], [2.0, 20.0, 4.0]]
    problem = PlacementProblem(
        today,
        roles=["existing", "candidate", "candidate"],
        capacities=[0.0, 3.5, 3.5],
        fixed_costs=[1.0, 1.0, 1.0],
        budget=1.0,
        conditions=[ShareWithin(31.0, demand=(0, 2, 4), share=1.0)],
    )
    states = [
        Scenario("today", costs=today, probability=1.0),
        Scenario("never", costs=never, probability=0.0),
    ]
    model = CapacitatedPMedian(sourcing="split", max_units=2, total_units=5)
    found = solve_robust(problem, states, model=model)
    assert found.status is Status.OPTIMAL
    assert found.objective == pytest.approx((4 + 24 + 8 + 12 + 4) / 5, rel=1e-6)
