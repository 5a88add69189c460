"""Equal optima go by the least mean and then by id; nobody covered is no answer; too many sites are refused."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from optimise import PlacementProblem, Status, solve
from optimise.errors import ProblemError


def means(costs, weights, chosen):
    """Unreached weight and the mean of the others, written out one person at a time."""
    total, people, lost = 0.0, 0.0, 0.0
    for row, weight in zip(costs, weights, strict=True):
        least = min(row[site] for site in chosen)
        if np.isfinite(least):
            total, people = total + weight * least, people + weight
        else:
            lost += weight
    return lost, round(total / people, 9) if people else 0.0


def covered(costs, weights, chosen, radius):
    return sum(w for row, w in zip(costs, weights, strict=True) if min(row[s] for s in chosen) <= radius)


def longest(costs, weights, chosen):
    return max(min(row[s] for s in chosen) for row, w in zip(costs, weights, strict=True) if w > 0)


@pytest.mark.parametrize("seed", range(25))
def test_mclp_takes_the_least_mean_of_equal_covers(seed):
    rng = np.random.default_rng(seed)
    costs = rng.integers(1, 40, (8, 6)).astype(float)
    weights = rng.integers(1, 4, 8).astype(float)
    every = list(combinations(range(6), 2))
    most = max(covered(costs, weights, pair, 15) for pair in every)
    equal = [pair for pair in every if covered(costs, weights, pair, 15) == most]
    best = min(equal, key=lambda pair: (means(costs, weights, pair), pair))
    assert tuple(solve(PlacementProblem(costs, weights=weights, p=2), "mclp", radius=15).chosen) == best


@pytest.mark.parametrize("seed", range(25))
def test_p_center_takes_the_least_mean_of_equal_centres(seed):
    rng = np.random.default_rng(seed)
    costs = rng.integers(1, 12, (7, 6)).astype(float)
    weights = rng.integers(0, 3, 7).astype(float)
    weights[0] = 1.0
    every = list(combinations(range(6), 2))
    least = min(longest(costs, weights, pair) for pair in every)
    equal = [pair for pair in every if longest(costs, weights, pair) == least]
    best = min(equal, key=lambda pair: (means(costs, weights, pair), pair))
    assert tuple(solve(PlacementProblem(costs, weights=weights, p=2), "p-center").chosen) == best


@pytest.mark.parametrize("model", ["mclp", "p-center"])
def test_many_placements_end_where_no_swap_betters_the_mean(model, monkeypatch):
    monkeypatch.setattr("optimise.ties.MOST_PLACEMENTS", 0)
    rng = np.random.default_rng(4)
    costs = rng.integers(1, 12, (9, 8)).astype(float)
    options = {"radius": 6.0} if model == "mclp" else {}
    found = solve(PlacementProblem(costs, p=3), model, **options)
    ones = np.ones(9)

    def worth(chosen):
        return -covered(costs, ones, chosen, 6) if model == "mclp" else longest(costs, ones, chosen)

    chosen = tuple(found.chosen.tolist())
    swaps = [tuple(sorted({*chosen, new} - {old})) for old in chosen for new in range(8) if new not in chosen]
    equal = [other for other in swaps if worth(other) == worth(chosen)]
    assert all(means(costs, ones, other) >= means(costs, ones, chosen) for other in equal)


COSTS = np.array([[5.0, np.inf], [90.0, 80.0], [np.inf, 70.0], [np.inf, np.inf]])


@pytest.mark.parametrize(
    ("model", "options"),
    [
        ("lscp", {}),
        ("mclp", {"p": 1}),
        ("mexclp", {"p": 1, "busy": 0.2}),
        ("malp", {"p": 1, "busy": 0.2, "reliability": 0.5}),
    ],
)
def test_whom_a_site_reaches_later_is_beyond_the_radius(model, options):
    """Site 0 is opened: it reaches nobody of row 2, whom site 1 would reach in 70 minutes."""
    p = options.pop("p", None)
    found = solve(PlacementProblem(COSTS, weights=[1, 2, 4, 8], p=p), model, radius=10.0, **options)
    assert found.chosen.tolist() == [0]
    assert found.unserved.weights(found.problem) == {
        "unreachable": 8.0,
        "over_capacity": 0.0,
        "beyond_threshold": 6.0,
    }


@pytest.mark.parametrize("backup", [False, True])
@pytest.mark.parametrize("roles", [None, ["existing", "candidate"], ["candidate", "forbidden"]])
def test_a_cover_of_nobody_is_infeasible(backup, roles):
    found = solve(PlacementProblem(COSTS, roles=roles), "lscp", radius=4.0, backup=backup)
    assert found.status is Status.INFEASIBLE
    assert found.placed is None
    assert "the fastest way is 5, for 0" in str(found.conflicts[0])


def test_a_cover_of_nobody_whom_nothing_reaches_is_infeasible():
    found = solve(PlacementProblem(np.full((3, 2), np.inf)), "lscp", radius=4.0)
    assert found.status is Status.INFEASIBLE
    assert "no site reaches anybody" in str(found.conflicts[0])


@pytest.mark.parametrize(
    "asked",
    [{"p": 3}, {"p": 99}, {"p_new": 3}, {"p_new": 2, "roles": ["existing", "candidate"]}],
)
@pytest.mark.parametrize("model", ["p-median", "p-center", "mclp", "tail-mean"])
def test_more_sites_than_there_are_is_refused_before_solving(asked, model):
    options = {"radius": 10.0} if model == "mclp" else {}
    with pytest.raises(ProblemError, match="open sites of 2"):
        solve(PlacementProblem(COSTS, **asked), model, **options)
