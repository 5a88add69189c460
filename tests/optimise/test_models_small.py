"""Every model and option on the same dozen small problems, against looking at every set of sites.

The problems are drawn once, by a seeded generator: whole minutes with many ties, unreachable pairs, people without
weight, all roles. They take a fiftieth of a second each, so that whoever breaks a model learns it at once.
"""

from __future__ import annotations

import itertools
import math
import time

import numpy as np
import pytest
from placement_cases import (
    brute_force,
    counted,
    cover_counts,
    mean_minutes,
    nearest,
    same,
    served_weight,
    site_sets,
)

from optimise import PlacementProblem, Status, solve, verify
from optimise.models import enumerating


def drawn(seed: int) -> PlacementProblem:
    """A problem of at most six people-points and five sites; an odd seed has unreachable pairs."""
    rng = np.random.default_rng(seed)
    n, m = int(rng.integers(3, 7)), int(rng.integers(3, 6))
    costs = rng.integers(0, 21, (n, m)).astype(float)
    if seed % 2:
        costs[rng.random((n, m)) < 0.25] = np.nan
    weights = rng.integers(0, 6, n).astype(float)
    weights[0] = 3.0
    roles = rng.choice(["candidate", "candidate", "existing", "required", "forbidden"], m).tolist()
    if roles.count("forbidden") > m - 2:
        roles = ["candidate"] * m
    fixed = sum(role in {"existing", "required"} for role in roles)
    p = int(rng.integers(max(fixed, 1), m - roles.count("forbidden") + 1))
    return PlacementProblem(costs, weights=weights, p=p, roles=roles)


PROBLEMS = [drawn(seed) for seed in range(12)]
EACH = pytest.mark.parametrize("problem", PROBLEMS, ids=[f"seed{seed}" for seed in range(12)])


@pytest.fixture(params=["all placements", "program"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both ways of solving the models that look at all placements where they are few."""
    monkeypatch.setattr(enumerating, "MOST_WORK", 10**9 if request.param == "all placements" else -1)
    return request.param


def check(problem, model, expected, *, tolerance=1e-9, **options):
    """Optimal, verified, the objective as expected and proven to be; returns the solution."""
    began = time.perf_counter()
    solution = solve(problem, model, **options)
    took_s = time.perf_counter() - began
    if expected is None:
        assert solution.status is Status.INFEASIBLE
        return solution
    assert solution.status is Status.OPTIMAL
    assert verify(solution).faults == ()
    assert same(solution.objective, expected, tolerance)
    assert same(solution.bound, expected, max(tolerance, 2e-6))
    assert 0 <= solution.timings.build_s <= took_s
    assert 0 <= solution.timings.solve_s <= took_s
    assert solution.proof
    assert solution.formulation
    assert solution.solver
    return solution


def worst(problem, mask, share=1.0):
    """Least minutes within which the share is served, person by person."""
    minutes, weights = counted(problem, mask)
    if not len(minutes):
        return math.nan
    return min(level for level in minutes if weights[minutes <= level].sum() >= share * weights.sum() - 1e-9)


@EACH
def test_p_median(problem):
    check(problem, "p-median", brute_force(problem, lambda mask: mean_minutes(problem, mask)))


@EACH
def test_the_totals_are_weighted_sums(problem):
    solution = solve(problem, "p-median")
    minutes, weights = counted(problem, solution.placed.sites)
    assert same(solution.total, sum(float(t * w) for t, w in zip(minutes, weights, strict=True)))
    survived = solve(problem, "maximal-survival", survival=lambda t: np.maximum(0.0, 1 - t / 20))
    minutes, weights = counted(problem, survived.placed.sites)
    assert same(
        survived.total, sum(float(w * max(0.0, 1 - t / 20)) for t, w in zip(minutes, weights, strict=True))
    )
    assert math.isnan(solve(problem, "p-center").total)


@pytest.mark.parametrize("moves", [0, 1, 2])
@EACH
def test_relocation(problem, moves):
    if not problem.existing.any():
        return
    today = int(problem.role_mask("existing", "required").sum())
    problem = problem.replace(p=None, max_moves=moves)

    def few(mask):
        return (problem.existing & ~mask).sum() <= moves and mask.sum() == today

    check(problem, "relocation", brute_force(problem, lambda mask: mean_minutes(problem, mask), allowed=few))


@pytest.mark.parametrize("method", ["threshold", "program"])
@EACH
def test_p_center(problem, method):
    check(problem, "p-center", brute_force(problem, lambda mask: worst(problem, mask)), method=method)


@pytest.mark.parametrize("share", [0.4, 0.75, 0.95, 1.0])
@EACH
def test_partial_p_center(problem, share):
    expected = brute_force(problem, lambda mask: worst(problem, mask, share))
    check(problem, "partial-p-center", expected, share=share)


def profile(problem, mask):
    minutes, weights = counted(problem, mask)
    return sorted(np.repeat(minutes, weights.astype(int)).tolist(), reverse=True)


@EACH
def test_lexicographic_minimax(problem, way):
    solution = solve(problem, "lexicographic-minimax")
    assert solution.status is Status.OPTIMAL
    assert profile(problem, solution.placed.sites) == brute_force(
        problem, lambda mask: profile(problem, mask)
    )
    assert same(solution.objective, brute_force(problem, lambda mask: worst(problem, mask)))
    assert same(solution.bound, solution.objective) or not len(profile(problem, solution.placed.sites))


@pytest.mark.parametrize("levels", [1, 2])
@EACH
def test_the_first_levels_of_lexicographic_minimax(problem, levels):
    """The worst minutes and how many people have them, and so on for as many levels as asked for."""

    def head(mask):
        found = profile(problem, mask)
        return [(level, found.count(level)) for level in sorted(set(found), reverse=True)[:levels]]

    solution = solve(problem, "lexicographic-minimax", levels=levels)
    assert solution.status is Status.OPTIMAL
    assert head(solution.placed.sites) == brute_force(problem, head)
    settled = solution.figures["levels_settled"]
    assert settled == min(levels, len(set(profile(problem, solution.placed.sites)))) or settled <= levels


@pytest.mark.parametrize(("radius", "backup"), [(5.0, 0.0), (9.0, 0.25), (12.0, 1.0), (0.0, 0.5)])
@EACH
def test_mclp(problem, radius, backup):
    def covered(mask):
        times = cover_counts(problem, mask, radius)
        return float(
            (1 - backup) * problem.weights[times >= 1].sum() + backup * problem.weights[times >= 2].sum()
        )

    solution = check(
        problem,
        "mclp",
        brute_force(problem, covered, serve_first=False, best=max),
        radius=radius,
        backup=backup,
    )
    near = nearest(problem, solution.placed.sites)
    assert (solution.assignment < 0).tolist() == (near > radius).tolist()
    for row, site in enumerate(solution.assignment.tolist()):
        assert site < 0 or problem.costs[row, site] == near[row]


@EACH
def test_of_equal_covers_the_one_that_reaches_most_and_has_the_least_mean(problem):
    def key(mask):
        covered = problem.weights[nearest(problem, mask) <= 9].sum()
        return (
            -covered,
            -served_weight(problem, mask),
            mean_minutes(problem, mask) if served_weight(problem, mask) else 0,
        )

    solution = solve(problem, "mclp", radius=9.0)
    assert key(solution.placed.sites) == pytest.approx(brute_force(problem, key, serve_first=False))
    center = solve(problem, "p-center")

    def far(mask):
        return (worst(problem, mask), mean_minutes(problem, mask)) if served_weight(problem, mask) else (0, 0)

    found = far(center.placed.sites)
    assert found == pytest.approx(brute_force(problem, far))


@pytest.mark.parametrize("radius", [4.0, 9.0, 20.0])
@pytest.mark.parametrize(("priced", "backup"), [(False, False), (True, False), (False, True), (True, True)])
@EACH
def test_lscp(problem, radius, priced, backup):
    prices = np.arange(1.0, problem.n_sites + 1)[::-1] if priced else None
    problem = problem.replace(p=None, fixed_costs=prices)
    could = (np.where(problem.never_open, np.inf, problem.costs).min(axis=1) <= radius) & (
        problem.weights > 0
    )

    def key(mask):
        price = float(mask.sum() if prices is None else prices[mask & ~problem.existing].sum())
        twice = problem.weights[cover_counts(problem, mask, radius) >= 2].sum() if backup else 0.0
        return (price, -float(twice))

    def covers(mask):
        return bool((nearest(problem, mask)[could] <= radius).all())

    expected = brute_force(problem, key, allowed=covers, serve_first=False) if could.any() else None
    solution = check(problem, "lscp", expected and expected[0], radius=radius, backup=backup)
    if expected is None:
        fastest = nearest(problem, ~problem.never_open)[problem.weights > 0].min()
        assert f"{fastest:g}" in str(solution.conflicts[0]) or math.isinf(fastest)
        return
    assert key(solution.placed.sites) == pytest.approx(expected)
    if backup:
        assert same(solution.figures["weight_covered_twice"], -expected[1])
        if could.any():
            assert solution.figures["weight_covered_twice_bound"] >= -expected[1] - 1e-6


def unit_sets(problem, vehicles, most):
    """Every way to put vehicles at allowed sites, at least one at each open site."""
    for mask in site_sets(problem):
        sites = np.flatnonzero(mask)
        for spread in itertools.product(range(1, most + 1), repeat=len(sites)):
            if sum(spread) == vehicles:
                units = np.zeros(problem.n_sites, dtype=int)
                units[sites] = spread
                yield units


BUSY = {
    "mexclp": lambda reach, busy: 1 - busy**reach,
    "malp": lambda reach, busy: (1 - busy**reach >= 0.8 - 1e-9) & (reach >= 1),
}


@pytest.mark.parametrize("model", BUSY)
@pytest.mark.parametrize(("radius", "busy"), [(6.0, 0.3), (11.0, 0.5), (15.0, 0.0)])
@EACH
def test_one_busy_vehicle_at_each_site(problem, model, radius, busy):
    def score(mask):
        return float(problem.weights @ BUSY[model](cover_counts(problem, mask, radius), busy))

    expected = brute_force(problem, score, serve_first=False, best=max)
    more = {"reliability": 0.8} if model == "malp" else {}
    check(problem, model, expected, radius=radius, busy=busy, **more)


@pytest.mark.parametrize("model", BUSY)
@pytest.mark.parametrize("most", [None, 1, 2])
@pytest.mark.parametrize("vehicles", [2, 3])
@pytest.mark.parametrize("problem", PROBLEMS[:6])
def test_busy_vehicles_that_may_share_a_site(problem, model, most, vehicles):
    problem = problem.replace(p=None)
    near = problem.costs <= 11
    busy = np.linspace(0.1, 0.6, problem.n_demand)
    scores = [
        float(problem.weights @ BUSY[model](near @ units, busy))
        for units in unit_sets(problem, vehicles, most or 9)
    ]
    options = {"radius": 11.0, "busy": busy, "vehicles": vehicles, "max_per_site": most}
    options |= {"reliability": 0.8} if model == "malp" else {}
    solution = check(problem, model, max(scores, default=None), **options)
    if scores:
        assert int(solution.units.sum()) == vehicles
        assert solution.units.max() <= (most or vehicles)
        assert ((solution.units > 0) == solution.placed.sites).all()


@EACH
def test_maximal_survival(problem):
    def score(mask, worth):
        minutes = nearest(problem, mask)
        lived = [
            w * (worth(t) if math.isfinite(t) else 0.0) for t, w in zip(minutes, problem.weights, strict=True)
        ]
        return sum(lived) / problem.weights.sum()

    def heart(minutes):
        return 1 / (1 + math.exp(0.679 + 0.262 * minutes))

    expected = brute_force(problem, lambda mask: score(mask, heart), serve_first=False, best=max)
    check(problem, "maximal-survival", expected)
    expected = brute_force(
        problem, lambda mask: score(mask, lambda t: 2 ** (-t / 5)), serve_first=False, best=max
    )
    check(problem, "maximal-survival", expected, survival=lambda minutes: np.exp2(-minutes / 5))


def equal_minutes(minutes, weights, alpha, horizon):
    """What everybody would have with the same iso-elastic welfare of the minutes left until the horizon."""
    left = 1 - np.asarray(minutes) / horizon
    if alpha == 1:
        return horizon * (1 - math.exp(np.average(np.log(left), weights=weights)))
    return horizon * (1 - np.average(left ** (1 - alpha), weights=weights) ** (1 / (1 - alpha)))


@pytest.mark.parametrize(
    ("alpha", "horizon"), [(0.0, 30.0), (0.5, 40.0), (1.0, 30.0), (2.0, None), (5.0, 25.0)]
)
@EACH
def test_iso_elastic(problem, alpha, horizon):
    finite = problem.costs[np.isfinite(problem.costs)]
    ends = horizon or 1.1 * finite.max() + 1.0

    def score(mask):
        minutes, weights = counted(problem, mask)
        return equal_minutes(minutes, weights, alpha, ends) if len(minutes) else math.nan

    check(
        problem, "iso-elastic", brute_force(problem, score), tolerance=1e-7, alpha=alpha, horizon_min=horizon
    )


@pytest.mark.parametrize("aversion", [0.01, 0.2, 0.5])
@EACH
def test_kolm_pollak(problem, aversion):
    def score(mask):
        minutes, weights = counted(problem, mask)
        return (
            math.log(np.average(np.exp(aversion * minutes), weights=weights)) / aversion
            if len(minutes)
            else math.nan
        )

    check(problem, "kolm-pollak", brute_force(problem, score), tolerance=1e-7, aversion=aversion)


def of_groups(problem, mask):
    """Mean minutes and people of each of three groups that anybody of is served."""
    minutes = nearest(problem, mask)
    found = []
    for group in range(3):
        own = [
            row
            for row in range(group, problem.n_demand, 3)
            if np.isfinite(minutes[row]) and problem.weights[row] > 0
        ]
        if own:
            people = problem.weights[own]
            found.append((float((people * minutes[own]).sum() / people.sum()), float(people.sum())))
    return np.array([mean for mean, _ in found]), np.array([people for _, people in found])


def in_groups(problem):
    return problem.replace(demand_groups=["abc"[row % 3] for row in range(problem.n_demand)])


@pytest.mark.parametrize(("alpha", "people"), [(0.0, True), (1.0, False), (3.0, True)])
@pytest.mark.parametrize("problem", PROBLEMS[::2])
def test_iso_elastic_groups(problem, alpha, people, way):
    def score(mask):
        means, sums = of_groups(problem, mask)
        return (
            equal_minutes(means, sums if people else np.ones(len(means)), alpha, 30.0)
            if len(means)
            else math.nan
        )

    options = {"alpha": alpha, "horizon_min": 30.0, "count_people": people}
    check(in_groups(problem), "iso-elastic-groups", brute_force(problem, score), tolerance=1e-6, **options)


def difference(minutes, weights):
    """Mean absolute difference of two people drawn with replacement, pair by pair."""
    total = sum(
        a * b * abs(s - t)
        for s, a in zip(minutes, weights, strict=True)
        for t, b in zip(minutes, weights, strict=True)
    )
    return float(total) / float(weights.sum()) ** 2


def worst_part(minutes, weights, part):
    """Mean of the worst-off part, walked person by person from the worst down."""
    left, total = part * weights.sum(), 0.0
    for row in np.argsort(-minutes):
        taken = min(left, weights[row])
        total, left = total + taken * minutes[row], left - taken
    return total / (part * weights.sum())


FAIR = {
    "tail 0.3": ("tail-mean", {"tail": 0.3}, lambda t, w: worst_part(t, w, 0.3)),
    "tail 1": ("tail-mean", {"tail": 1.0}, lambda t, w: float(np.average(t, weights=w))),
    "difference 0.5": (
        "mean-difference",
        {"weight": 0.5},
        lambda t, w: float(np.average(t, weights=w)) + difference(t, w) / 4,
    ),
    "difference 2": (
        "mean-difference",
        {"weight": 2.0},
        lambda t, w: float(np.average(t, weights=w)) + difference(t, w),
    ),
    "gini": ("gini", {}, lambda t, w: difference(t, w) / 2 / np.average(t, weights=w) if t.any() else 0.0),
}


@pytest.mark.parametrize("case", FAIR)
@pytest.mark.parametrize("by", ["person", "group"])
@pytest.mark.parametrize("problem", PROBLEMS[::2])
def test_fairness(problem, case, by, way):
    model, options, measure = FAIR[case]

    def score(mask):
        minutes, weights = counted(problem, mask)
        if by == "group":
            minutes = of_groups(problem, mask)[0]
            weights = np.ones(len(minutes))
        return measure(minutes, weights) if len(minutes) else math.nan

    expected = brute_force(problem, score)
    solution = solve(in_groups(problem), model, by=by, **options)
    assert verify(solution).faults == ()
    assert same(solution.objective, expected, 1e-6)
    assert solution.bound <= solution.objective + 1e-6 or math.isnan(expected)
    if model != "gini" or way == "all placements":
        assert solution.status is Status.OPTIMAL
        assert same(solution.bound, expected, 1e-5)


@pytest.mark.parametrize("model", ["tail-mean", "mean-difference", "gini", "iso-elastic-groups"])
@pytest.mark.parametrize("problem", PROBLEMS[1:6:2])
def test_fairness_among_those_who_can_be_served(problem, model, way):
    """Where not everybody can be reached, the most weight is served first, and compared."""
    solution = solve(in_groups(problem), model)
    most = max(served_weight(problem, mask) for mask in site_sets(problem))
    assert served_weight(problem, solution.placed.sites) == most
    assert verify(solution).faults == ()


def apart(problem):
    place = (
        np.random.default_rng(problem.n_sites + problem.n_demand)
        .integers(0, 30, problem.n_sites)
        .astype(float)
    )
    table = np.abs(place[:, None] - place[None, :])
    table[0] *= 2.0  # the way back is quicker
    return table


@pytest.mark.parametrize("valued", [False, True])
@pytest.mark.parametrize("separation", [0.0, 6.0, 15.0])
@EACH
def test_anti_cover(problem, separation, valued):
    table = apart(problem)
    values = np.arange(2.0, problem.n_sites + 2)[::-1] if valued else None
    problem = problem.replace(p=None, site_costs=table, site_values=values)

    def far_enough(mask):
        return all(
            min(table[a, b], table[b, a]) >= separation
            for a, b in itertools.combinations(np.flatnonzero(mask), 2)
        )

    def worth(mask):
        return float(mask.sum() if values is None else values[mask].sum())

    expected = brute_force(problem, worth, allowed=far_enough, serve_first=False, best=max)
    check(problem, "anti-cover", expected, separation=separation)


@EACH
def test_p_dispersion(problem):
    problem = problem.replace(site_costs=apart(problem), p=max(problem.p, 2))
    table = problem.site_costs

    def spread(mask):
        return min(min(table[a, b], table[b, a]) for a, b in itertools.combinations(np.flatnonzero(mask), 2))

    solution = check(problem, "p-dispersion", brute_force(problem, spread, serve_first=False, best=max))
    assert int(solution.placed.sites.sum()) == problem.p


@pytest.mark.parametrize(("price", "budget"), [(0.5, None), (2.0, 25.0), (10.0, 12.0)])
@EACH
def test_fixed_charge(problem, price, budget):
    prices = 10.0 + np.arange(problem.n_sites)
    problem = problem.replace(p=None, fixed_costs=prices, budget=budget)

    def spent(mask):
        return float(prices[mask & ~problem.existing].sum())

    def score(mask):
        minutes, weights = counted(problem, mask)
        return spent(mask) + price * float(weights @ minutes)

    expected = brute_force(problem, score, allowed=lambda mask: budget is None or spent(mask) <= budget)
    check(problem, "fixed-charge", expected, minute_price=price)


def whole_assignments(problem, mask, room):
    """Every way to send each demand point with weight to one open site, nobody beyond the room."""
    rows = [row for row in range(problem.n_demand) if problem.weights[row] > 0]
    choices = [
        [site for site in np.flatnonzero(mask) if np.isfinite(problem.costs[row, site])] for row in rows
    ]
    for sites in itertools.product(*choices):
        load = np.zeros(problem.n_sites)
        np.add.at(load, list(sites), problem.weights[rows])
        if (load <= room + 1e-9).all():
            yield float(
                sum(
                    problem.weights[row] * problem.costs[row, site]
                    for row, site in zip(rows, sites, strict=True)
                )
            )


@pytest.mark.parametrize("room", [5.0, 9.0, 30.0])
@pytest.mark.parametrize("problem", PROBLEMS[::2])
def test_capacitated_with_whole_demand_points(problem, room):
    capacities = room + np.arange(problem.n_sites)
    found = [cost for mask in site_sets(problem) for cost in whole_assignments(problem, mask, capacities)]
    solution = solve(problem.replace(capacities=capacities), "capacitated-p-median")
    assert verify(solution).faults == ()
    if found:
        assert solution.status is Status.OPTIMAL
        assert same(solution.objective, min(found) / problem.weights.sum(), 1e-7)
    else:
        assert (
            solution.placed is None
            or (solution.placed.served() * problem.weights).sum() < problem.weights.sum()
        )


@pytest.mark.parametrize("room", [5.0, 9.0, 30.0])
@pytest.mark.parametrize("problem", PROBLEMS[::2])
def test_capacitated_with_split_demand_points_against_scipy(problem, room):
    """For each set of sites the transport problem, by SciPy."""
    from scipy.optimize import linprog

    capacities = room + np.arange(problem.n_sites)
    n, m = problem.costs.shape
    best = math.inf
    for mask in site_sets(problem):
        each = np.kron(np.eye(n), np.ones(m))
        into = np.kron(problem.weights[None, :], np.eye(m))
        bounds = [
            (0, float(mask[site] and np.isfinite(problem.costs[row, site])))
            for row in range(n)
            for site in range(m)
        ]
        cost = (problem.weights[:, None] * np.where(np.isfinite(problem.costs), problem.costs, 0)).ravel()
        counted_rows = problem.weights > 0
        told = linprog(
            cost,
            A_ub=into,
            b_ub=capacities,
            A_eq=each[counted_rows],
            b_eq=np.ones(counted_rows.sum()),
            bounds=bounds,
        )
        best = min(best, told.fun) if told.status == 0 else best
    solution = solve(problem.replace(capacities=capacities), "capacitated-p-median", sourcing="split")
    assert verify(solution).faults == ()
    if math.isfinite(best):
        assert solution.status is Status.OPTIMAL
        assert same(solution.objective, best / problem.weights.sum(), 1e-6)


@pytest.mark.parametrize(("least", "most", "total"), [(1, 2, 4), (2, 3, None), (None, None, 3), (None, 2, 3)])
@pytest.mark.parametrize("problem", PROBLEMS[:8:2])
def test_capacitated_with_units(problem, least, most, total):
    """Units are as few as the demand needs: each set of sites with each number of units at each of them."""
    size = np.full(problem.n_sites, 5.0)
    found = []
    for mask in site_sets(problem):
        sites = np.flatnonzero(mask)
        for spread in itertools.product(range(least or 0, (most or total or 4) + 1), repeat=len(sites)):
            if total is None or sum(spread) <= total:
                units = np.zeros(problem.n_sites)
                units[sites] = spread
                found += whole_assignments(problem, mask, size * units)
    options = {"min_units": least, "max_units": most, "total_units": total}
    solution = solve(problem.replace(capacities=size), "capacitated-p-median", **options)
    assert verify(solution).faults == ()
    if found:
        assert solution.status is Status.OPTIMAL
        assert same(solution.objective, min(found) / problem.weights.sum(), 1e-7)
        assert total is None or solution.units.sum() <= total
        assert solution.units[~solution.placed.sites].sum() == 0
        load = np.bincount(
            solution.assignment[problem.weights > 0], problem.weights[problem.weights > 0], problem.n_sites
        )
        needed = np.maximum(np.ceil(load / 5.0), least or 0)
        assert solution.units.tolist() == np.where(solution.placed.sites, needed, 0).astype(int).tolist()


# The same questions, where the engines for large problems answer them


@pytest.fixture
def by_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every problem is large enough for the engines."""
    for module, name in (
        ("optimise.engines", "PAYS_AT_PAIRS"),
        ("optimise.engines", "CENTER_PAYS_AT_PAIRS"),
        ("optimise.models.capacitated", "ENGINE_PAYS_AT_PAIRS"),
    ):
        monkeypatch.setattr(f"{module}.{name}", 1)


@pytest.mark.usefixtures("by_engine")
@pytest.mark.parametrize(("radius", "backup"), [(5.0, 0.0), (9.0, 0.25)])
@EACH
def test_mclp_by_engine(problem, radius, backup):
    def covered(mask):
        times = cover_counts(problem, mask, radius)
        once, twice = problem.weights[times >= 1].sum(), problem.weights[times >= 2].sum()
        return float((1 - backup) * once + backup * twice)

    expected = brute_force(problem, covered, serve_first=False, best=max)
    assert "engine" in check(problem, "mclp", expected, radius=radius, backup=backup).formulation


@pytest.mark.usefixtures("by_engine")
@pytest.mark.parametrize("priced", [False, True])
@EACH
def test_lscp_by_engine(problem, priced):
    prices = np.arange(1.0, problem.n_sites + 1)[::-1] if priced else None
    problem = problem.replace(p=None, fixed_costs=prices)
    could = (np.where(problem.never_open, np.inf, problem.costs).min(axis=1) <= 9) & (problem.weights > 0)

    def price(mask):
        return float(mask.sum() if prices is None else prices[mask & ~problem.existing].sum())

    def covers(mask):
        return bool((nearest(problem, mask)[could] <= 9).all())

    expected = brute_force(problem, price, allowed=covers, serve_first=False) if could.any() else None
    solution = check(problem, "lscp", expected, radius=9.0)
    assert expected is None or "engine" in solution.formulation


@pytest.mark.usefixtures("by_engine")
@pytest.mark.parametrize("share", [0.6, 1.0])
@EACH
def test_centers_by_engine(problem, share):
    expected = brute_force(problem, lambda mask: worst(problem, mask, share))
    if share == 1.0:
        check(problem, "p-center", expected)
    else:
        check(problem, "partial-p-center", expected, share=share)


@pytest.mark.usefixtures("by_engine")
@pytest.mark.parametrize("problem", PROBLEMS[::2])
def test_capacitated_by_engine(problem):
    capacities = 30.0 + np.arange(problem.n_sites)
    found = [cost for mask in site_sets(problem) for cost in whole_assignments(problem, mask, capacities)]
    solution = solve(problem.replace(capacities=capacities), "capacitated-p-median")
    assert verify(solution).faults == ()
    assert solution.status is Status.OPTIMAL
    assert same(solution.objective, min(found) / problem.weights.sum(), 1e-7)
    assert "engine" in solution.formulation
