"""Every model against brute force on small random problems."""

from __future__ import annotations

import math
import re
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from placement_cases import (
    brute_force,
    counted,
    cover_counts,
    nearest,
    problems,
    same,
    served_weight,
    site_sets,
)

from optimise import MODELS, Status, solve, verify
from optimise.models import enumerating

FEW = settings(max_examples=25)


def answered(problem, model, **options):
    """The verified, proven solution."""
    solution = solve(problem, model, **options)
    assert solution.status is Status.OPTIMAL
    assert verify(solution).ok
    assert solution.gap <= 1e-6
    return solution


def worst(problem, mask, share=1.0):
    minutes, weights = counted(problem, mask)
    if not len(minutes):
        return math.nan
    order = np.argsort(minutes)
    reached = np.cumsum(weights[order])
    return float(minutes[order][np.flatnonzero(reached >= share * reached[-1] - 1e-9)[0]])


@FEW
@given(problems(), st.sampled_from(["threshold", "program"]))
def test_p_center(problem, method):
    solution = answered(problem, "p-center", method=method)
    assert same(solution.objective, brute_force(problem, lambda mask: worst(problem, mask)))


@FEW
@given(problems(), st.sampled_from([0.5, 0.8, 0.95, 1.0]))
def test_partial_p_center(problem, share):
    solution = answered(problem, "partial-p-center", share=share)
    assert same(solution.objective, brute_force(problem, lambda mask: worst(problem, mask, share)))


def leximin_profile(problem, mask):
    """Minutes of every unit of (whole-number) weight, from the worst down."""
    minutes, weights = counted(problem, mask)
    return tuple(sorted(np.repeat(minutes, weights.astype(int)).tolist(), reverse=True))


@FEW
@given(problems(), st.booleans())
def test_lexicographic_minimax(problem, enumerate_all):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(enumerating, "MOST_WORK", 10**9 if enumerate_all else -1)
        solution = answered(problem, "lexicographic-minimax")
    expected = brute_force(problem, lambda mask: leximin_profile(problem, mask))
    assert leximin_profile(problem, solution.placed.sites) == expected


@FEW
@given(problems(), st.integers(0, 20), st.sampled_from([0.0, 0.3, 1.0]))
def test_mclp_with_and_without_backup(problem, radius, backup):
    def covered(mask):
        times = cover_counts(problem, mask, radius)
        once, twice = problem.weights[times >= 1].sum(), problem.weights[times >= 2].sum()
        return (1 - backup) * once + backup * twice

    solution = answered(problem, "mclp", radius=float(radius), backup=backup)
    assert same(solution.objective, brute_force(problem, covered, serve_first=False, best=max))
    beyond = np.flatnonzero(nearest(problem, solution.placed.sites) > radius)
    assert np.flatnonzero(solution.assignment < 0).tolist() == beyond.tolist()


@FEW
@given(problems(), st.data())
def test_mclp_with_a_radius_for_each_demand_point(problem, data):
    radius = np.array([float(data.draw(st.integers(0, 20))) for _ in range(problem.n_demand)])
    solution = answered(problem, "mclp", radius=radius)

    def covered(mask):
        return float(problem.weights[nearest(problem, mask) <= radius].sum())

    assert same(solution.objective, brute_force(problem, covered, serve_first=False, best=max))


@FEW
@given(problems(), st.integers(0, 20), st.booleans(), st.booleans())
def test_lscp_finds_the_cheapest_cover(problem, radius, priced, backup):
    prices = np.arange(1.0, problem.n_sites + 1) if priced else None
    problem = problem.replace(p=None, fixed_costs=prices)
    could = np.where(problem.never_open, np.inf, problem.costs).min(axis=1) <= radius
    could &= problem.weights > 0

    def covers(mask):
        return bool((nearest(problem, mask)[could] <= radius).all())

    def key(mask):
        existing = problem.existing
        price = float(mask.sum()) if prices is None else float(prices[mask & ~existing].sum())
        twice = problem.weights[cover_counts(problem, mask, radius) >= 2].sum() if backup else 0.0
        return (price, -float(twice))

    if (problem.weights > 0).any() and not could.any():
        assert solve(problem, "lscp", radius=float(radius), backup=backup).status is Status.INFEASIBLE
        return
    solution = answered(problem, "lscp", radius=float(radius), backup=backup)
    expected = brute_force(problem, key, allowed=covers, serve_first=False)
    assert key(solution.placed.sites) == pytest.approx(expected)
    reached = np.isfinite(np.where(problem.never_open, np.inf, problem.costs).min(axis=1))
    missed = nearest(problem, solution.placed.sites) > radius
    assert solution.unserved.beyond_threshold.tolist() == np.flatnonzero(missed & reached).tolist()


@FEW
@given(problems(), st.integers(0, 20), st.sampled_from([0.0, 0.3, 0.7]))
def test_mexclp(problem, radius, busy):
    def expected_cover(mask):
        return float(problem.weights @ (1 - busy ** cover_counts(problem, mask, radius)))

    solution = answered(problem, "mexclp", radius=float(radius), busy=busy)
    assert same(solution.objective, brute_force(problem, expected_cover, serve_first=False, best=max))


def vehicle_sets(problem, vehicles):
    """Every way to put vehicles at allowed sites, at least one at each open site."""
    for mask in site_sets(problem):
        sites = np.flatnonzero(mask)
        for spread in np.ndindex(*(vehicles + 1,) * len(sites)):
            if sum(spread) == vehicles and all(spread):
                units = np.zeros(problem.n_sites, dtype=int)
                units[sites] = spread
                yield units


@settings(max_examples=15)
@given(
    problems(max_demand=4, max_sites=4), st.integers(0, 20), st.sampled_from([0.2, 0.5]), st.integers(1, 4)
)
def test_vehicles_may_share_a_site(problem, radius, busy, vehicles):
    problem = problem.replace(p=None)
    near = problem.costs <= radius
    for model, worth in (
        ("mexclp", lambda reach: 1 - busy**reach),
        ("malp", lambda reach: 1 - busy**reach >= 0.8 - 1e-9),
    ):
        options = {"radius": float(radius), "busy": busy, "vehicles": vehicles}
        if model == "malp":
            options["reliability"] = 0.8
        scores = [float(problem.weights @ worth(near @ units)) for units in vehicle_sets(problem, vehicles)]
        if not scores:
            assert solve(problem, model, **options).status is Status.INFEASIBLE
            continue
        solution = answered(problem, model, **options)
        assert same(solution.objective, max(scores))
        assert int(solution.units.sum()) == vehicles


@FEW
@given(problems())
def test_maximal_survival(problem):
    def survival(mask):
        minutes = nearest(problem, mask)
        worth = np.where(np.isfinite(minutes), 1 / (1 + np.exp(0.679 + 0.262 * np.minimum(minutes, 99))), 0)
        weight = problem.weights.sum()
        return float(problem.weights @ worth) / weight if weight else math.nan

    solution = answered(problem, "maximal-survival")
    assert same(solution.objective, brute_force(problem, survival, serve_first=False, best=max))
    half = answered(problem, "maximal-survival", survival=lambda minutes: np.exp2(-minutes / 5))
    assert 0 <= half.objective <= 1 or not problem.weights.any()


def kolm_pollak(problem, mask):
    minutes, weights = counted(problem, mask)
    if not len(minutes):
        return math.nan
    return math.log(np.average(np.exp(0.1 * minutes), weights=weights)) / 0.1


def iso_elastic(problem, mask, alpha):
    minutes, weights = counted(problem, mask)
    if not len(minutes):
        return math.nan
    left = 1 - minutes / 30
    if alpha == 1:
        return 30 * (1 - math.exp(np.average(np.log(left), weights=weights)))
    return 30 * (1 - np.average(left ** (1 - alpha), weights=weights) ** (1 / (1 - alpha)))


@FEW
@given(problems(), st.sampled_from([0.0, 0.5, 1.0, 2.0, 6.0]))
def test_welfare_of_people(problem, alpha):
    solution = answered(problem, "iso-elastic", alpha=alpha, horizon_min=30.0)
    assert same(
        solution.objective, brute_force(problem, lambda mask: iso_elastic(problem, mask, alpha)), 1e-7
    )
    solution = answered(problem, "kolm-pollak", aversion=0.1)
    assert same(solution.objective, brute_force(problem, lambda mask: kolm_pollak(problem, mask)), 1e-7)


def group_means(problem, mask):
    minutes, served = nearest(problem, mask), nearest(problem, mask) < np.inf
    labels = np.array(problem.demand_groups)
    means, sums = [], []
    for label in dict.fromkeys(problem.demand_groups):
        own = (labels == label) & served & (problem.weights > 0)
        if own.any():
            means.append(np.average(minutes[own], weights=problem.weights[own]))
            sums.append(problem.weights[own].sum())
    return np.array(means), np.array(sums)


@FEW
@given(problems(unreachable=False), st.sampled_from([0.0, 1.0, 4.0]), st.booleans(), st.booleans())
def test_welfare_of_groups(problem, alpha, people, enumerate_all):
    problem = problem.replace(demand_groups=[row % 3 for row in range(problem.n_demand)])

    def equivalent(mask):
        means, sums = group_means(problem, mask)
        if not len(means):
            return math.nan
        weights = sums if people else np.ones(len(means))
        left = 1 - means / 30
        if alpha == 1:
            return 30 * (1 - math.exp(np.average(np.log(left), weights=weights)))
        return 30 * (1 - np.average(left ** (1 - alpha), weights=weights) ** (1 / (1 - alpha)))

    options = {"alpha": alpha, "horizon_min": 30.0, "count_people": people}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(enumerating, "MOST_WORK", 10**9 if enumerate_all else -1)
        solution = answered(problem, "iso-elastic-groups", **options)
    assert same(solution.objective, brute_force(problem, equivalent), 1e-6)


def pairs_difference(minutes, weights):
    share = weights / weights.sum()
    return float((share[:, None] * share[None, :] * np.abs(minutes[:, None] - minutes[None, :])).sum())


def tail(minutes, weights, part):
    """Mean of the worst-off part, walked person by person from the worst down."""
    left = part * weights.sum()
    total = 0.0
    for row in np.argsort(-minutes):
        taken = min(left, weights[row])
        total, left = total + taken * minutes[row], left - taken
    return total / (part * weights.sum())


MEASURES = {
    ("tail-mean", "tail"): (0.3, lambda minutes, weights: tail(minutes, weights, 0.3)),
    ("mean-difference", "weight"): (
        1.0,
        lambda minutes, weights: (
            np.average(minutes, weights=weights) + pairs_difference(minutes, weights) / 2
        ),
    ),
    ("mean-difference", "weight "): (
        3.0,
        lambda minutes, weights: (
            np.average(minutes, weights=weights) + 1.5 * pairs_difference(minutes, weights)
        ),
    ),
    ("gini", ""): (
        None,
        lambda minutes, weights: (
            pairs_difference(minutes, weights) / 2 / np.average(minutes, weights=weights)
            if minutes.any()
            else 0.0
        ),
    ),
}


@settings(max_examples=20)
@given(
    problems(unreachable=False),
    st.sampled_from(list(MEASURES)),
    st.booleans(),
    st.sampled_from(["person", "group"]),
)
def test_fairness_measures(problem, case, enumerate_all, by):
    model, option = case
    value, measure = MEASURES[case]
    problem = problem.replace(demand_groups=[row % 3 for row in range(problem.n_demand)])

    def score(mask):
        minutes, weights = counted(problem, mask)
        if by == "group":
            minutes = group_means(problem, mask)[0]
            weights = np.ones(len(minutes))
        return measure(minutes, weights) if len(minutes) else math.nan

    options = {"by": by} | ({option.strip(): value} if value is not None else {})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(enumerating, "MOST_WORK", 10**9 if enumerate_all else -1)
        solution = solve(problem, model, **options)
    assert verify(solution).ok
    assert same(solution.objective, brute_force(problem, score), 1e-6)
    assert solution.bound <= solution.objective + 1e-6 or math.isnan(solution.objective)
    if model != "gini":
        assert solution.status is Status.OPTIMAL


@FEW
@given(problems(), st.data())
def test_people_who_cannot_be_served_are_not_compared(problem, data):
    model = data.draw(st.sampled_from(["tail-mean", "mean-difference", "gini"]))
    solution = answered(problem, model)
    most = max(served_weight(problem, mask) for mask in site_sets(problem))
    assert served_weight(problem, solution.placed.sites) == most


def site_distances(problem, data):
    points = np.array([data.draw(st.integers(0, 30)) for _ in range(problem.n_sites)], dtype=float)
    return np.abs(points[:, None] - points[None, :])


@FEW
@given(problems(), st.integers(0, 20), st.data())
def test_anti_cover(problem, separation, data):
    apart = site_distances(problem, data)
    values = np.arange(1.0, problem.n_sites + 1) if data.draw(st.booleans()) else None
    problem = problem.replace(p=None, site_costs=apart, site_values=values)

    def keeps_apart(mask):
        chosen = np.flatnonzero(mask)
        return all(apart[a, b] >= separation for a in chosen for b in chosen if a != b)

    def worth(mask):
        return float(mask.sum() if values is None else values[mask].sum())

    expected = brute_force(problem, worth, allowed=keeps_apart, serve_first=False, best=max)
    solution = solve(problem, "anti-cover", separation=float(separation))
    if expected is None:
        assert solution.status is Status.INFEASIBLE
        assert solution.conflicts
    else:
        assert same(answered(problem, "anti-cover", separation=float(separation)).objective, expected)


@FEW
@given(problems(), st.data())
def test_p_dispersion(problem, data):
    if problem.p < 2:
        return
    apart = site_distances(problem, data)
    problem = problem.replace(site_costs=apart)

    def spread(mask):
        chosen = np.flatnonzero(mask)
        return min(apart[a, b] for a in chosen for b in chosen if a != b)

    solution = answered(problem, "p-dispersion")
    assert same(solution.objective, brute_force(problem, spread, serve_first=False, best=max))


@FEW
@given(problems(), st.integers(0, 40))
def test_fixed_charge_and_budget(problem, budget):
    prices = 10.0 + np.arange(problem.n_sites)
    problem = problem.replace(p=None, fixed_costs=prices, budget=float(budget))

    def spent(mask):
        return float(prices[mask & ~problem.existing].sum())

    def score(mask):
        minutes, weights = counted(problem, mask)
        return spent(mask) + 2.0 * float(weights @ minutes)

    expected = brute_force(problem, score, allowed=lambda mask: spent(mask) <= budget)
    solution = solve(problem, "fixed-charge", minute_price=2.0)
    if expected is None:
        assert solution.status is Status.INFEASIBLE
    else:
        assert same(answered(problem, "fixed-charge", minute_price=2.0).objective, expected)


@FEW
@given(problems(max_sites=5), st.integers(0, 3))
def test_relocation_moves_at_most_so_many(problem, moves):
    if not problem.existing.any():
        return
    today = int(problem.role_mask("existing", "required").sum())
    problem = problem.replace(p=None, max_moves=moves)

    def few_moves(mask):
        return int((problem.existing & ~mask).sum()) <= moves and int(mask.sum()) == today

    def mean(mask):
        minutes, weights = counted(problem, mask)
        return float(weights @ minutes / weights.sum()) if len(minutes) else math.nan

    solution = answered(problem, "relocation")
    assert same(solution.objective, brute_force(problem, mean, allowed=few_moves))
    assert len(solution.closed_ids) <= moves


@FEW
@given(
    problems(),
    st.integers(0, 20),
    st.sampled_from([(0.3, 0.9, 2), (0.5, 0.7, 2), (0.0, 0.9, 1), (0.6, 0.95, 6)]),
)
def test_malp_counts_who_has_enough_vehicles_in_reach(problem, radius, case):
    """The third figure is the fewest k with 1 - busy^k >= reliability, worked by hand."""
    busy, reliability, needed = case
    solution = answered(problem, "malp", radius=float(radius), busy=busy, reliability=reliability)

    def reliably(mask):
        return float(problem.weights[cover_counts(problem, mask, radius) >= needed].sum())

    assert same(solution.objective, brute_force(problem, reliably, serve_first=False, best=max))


@FEW
@given(problems(), st.integers(0, 40), st.sampled_from(["p-median", "p-center", "mclp", "kolm-pollak"]))
def test_a_budget_instead_of_a_number(problem, budget, model):
    prices = 10.0 + np.arange(problem.n_sites)
    problem = problem.replace(p=None, fixed_costs=prices, budget=float(budget))

    def affordable(mask):
        return prices[mask & ~problem.existing].sum() <= budget

    def score(mask):
        minutes, weights = counted(problem, mask)
        if model == "mclp":
            return float(problem.weights[nearest(problem, mask) <= 8].sum())
        if not len(minutes):
            return math.nan
        if model == "p-center":
            return float(minutes.max())
        return float(weights @ minutes / weights.sum()) if model == "p-median" else kolm_pollak(problem, mask)

    options = {"mclp": {"radius": 8.0}, "kolm-pollak": {"aversion": 0.1}}.get(model, {})
    serve_first, best = (False, max) if model == "mclp" else (True, min)
    expected = brute_force(problem, score, allowed=affordable, serve_first=serve_first, best=best)
    solution = solve(problem, model, **options)
    if expected is None:
        assert solution.status is Status.INFEASIBLE
    else:
        assert same(answered(problem, model, **options).objective, expected, 1e-7)


@FEW
@given(problems(max_sites=5), st.integers(0, 2), st.sampled_from(["p-center", "mclp", "tail-mean"]))
def test_other_models_move_at_most_so_many_sites_too(problem, moves, model):
    problem = problem.replace(max_moves=moves)
    options = {"mclp": {"radius": 8.0}, "tail-mean": {"tail": 0.3}}.get(model, {})

    def few_moves(mask):
        return int((problem.existing & ~mask).sum()) <= moves

    def score(mask):
        minutes, weights = counted(problem, mask)
        if model == "mclp":
            return float(problem.weights[nearest(problem, mask) <= 8].sum())
        if not len(minutes):
            return math.nan
        return float(minutes.max()) if model == "p-center" else tail(minutes, weights, 0.3)

    serve_first, best = (False, max) if model == "mclp" else (True, min)
    expected = brute_force(problem, score, allowed=few_moves, serve_first=serve_first, best=best)
    solution = solve(problem, model, **options)
    if expected is None:
        assert solution.status is Status.INFEASIBLE
    else:
        assert same(answered(problem, model, **options).objective, expected, 1e-6)


#: Where the brute force of a model stands that is not in this file.
ELSEWHERE = {"p-median": "test_p_median.py", "capacitated-p-median": "test_capacitated.py"}


@pytest.mark.parametrize("name", MODELS)
def test_every_model_is_held_against_brute_force_and_cites_its_source(name):
    here = Path(__file__)
    text = (here.parent / ELSEWHERE.get(name, here.name)).read_text(encoding="utf-8")
    assert "brute_force(" in text or "whole_assignments(" in text
    assert f'"{name}"' in text or name == "p-median"
    family = [kind for kind in MODELS[name].__mro__ if kind.__module__.startswith("optimise.models.")]
    told = "\n".join(f"{kind.__doc__}\n{sys.modules[kind.__module__].__doc__}" for kind in family)
    assert re.search(r"\b(19|20)\d\d\b", told), "no source is named"
    assert re.search(r"\b(min|max)\b|s\.t\.", told), "no formulation is given"
