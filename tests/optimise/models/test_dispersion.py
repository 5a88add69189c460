"""Sites that keep apart: anti-covering and p-dispersion by hand, and a bisection that is cut short."""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
import pytest

from optimise import PlacementProblem, Status, not_both, solve
from optimise.models.dispersion import AntiCover, PDispersion, _apart, _Spread
from optimise.placed import Placed
from optimise.program import SiteProgram
from optimise.running import Limits, Run

#: Five places on a road; the way from the first to the others takes twice as long as the way back.
PLACE = np.asarray([0.0, 3.0, 7.0, 12.0, 20.0])
APART = np.abs(PLACE[:, None] - PLACE[None, :])
ONE_WAY = np.where(np.arange(5)[:, None] == 0, 2 * APART, APART)


def road(**values: object) -> PlacementProblem:
    return PlacementProblem(**({"costs": np.ones((1, 5)), "site_costs": ONE_WAY} | values))


def opened(*sites: int) -> np.ndarray:
    return np.isin(np.arange(5), sites)


def test_the_quicker_direction_counts_and_nobody_is_near_itself():
    apart = _apart(road())
    expected = APART.copy()
    np.fill_diagonal(expected, np.inf)
    assert np.array_equal(apart, expected)


def test_a_separation_must_be_said():
    for separation in (None, -1.0, math.nan):
        faults = AntiCover(separation=separation).faults(road())
        assert [fault.where for fault in faults] == ["separation"]
        assert faults[0].value == str(separation)
    assert AntiCover(separation=0.0).faults(road()) == []
    assert len(AntiCover(separation=1.0).faults(road(site_costs=None))) == 1
    assert AntiCover(separation=5.0).conditions(road())[0].minutes == 5.0


@pytest.mark.parametrize(
    ("separation", "count"),
    [(0.0, 5), (3.0, 5), (3.5, 4), (5.0, 4), (7.0, 3), (9.0, 2), (20.0, 2), (21.0, 1)],
)
def test_as_many_sites_as_fit(separation, count):
    solution = solve(road(), "anti-cover", separation=separation)
    assert (solution.objective, len(solution.chosen)) == (count, count)
    assert solution.bound == pytest.approx(count)
    assert solution.formulation == "pairwise anti-covering"
    assert solution.status is Status.OPTIMAL


def test_worth_comes_before_number():
    values = [1.0, 9.0, 1.0, 1.0, 1.0]
    solution = solve(road(site_values=values), "anti-cover", separation=9.0)
    best = max(
        sum(values[site] for site in sites)
        for size in range(1, 6)
        for sites in combinations(range(5), size)
        if all(APART[a, b] >= 9.0 for a, b in combinations(sites, 2))
    )
    assert solution.objective == best == 10.0
    assert 1 in solution.chosen_ids


@pytest.mark.parametrize("p", [2, 3, 4, 5])
@pytest.mark.parametrize("roles", [None, ["candidate", "required", "candidate", "forbidden", "candidate"]])
def test_the_closest_two_are_as_far_apart_as_can_be(p, roles):
    problem = road(p=p, roles=roles)
    allowed = [
        sites for sites in combinations(range(5), p) if roles is None or (1 in sites and 3 not in sites)
    ]
    solution = solve(problem, "p-dispersion")
    if not allowed:
        assert solution.status is Status.INFEASIBLE
        return
    best = max(min(APART[a, b] for a, b in combinations(sites, 2)) for sites in allowed)
    assert (solution.objective, solution.bound, solution.status) == (best, best, Status.OPTIMAL)
    assert solution.formulation == "threshold search on separation"
    count = int(solution.proof.split(" ")[0])
    assert 1 <= count <= 1 + math.ceil(math.log2(11))  # ten pairs and the diagonal


def test_conditions_hold_at_every_step_of_the_bisection():
    """The two ends are farthest apart, but may not both be open; then the second and the last are."""
    problem = road(p=2, conditions=[not_both(0, 4)])
    solution = solve(problem, "p-dispersion")
    assert (solution.objective, solution.bound, solution.chosen_ids) == (17.0, 17.0, (1, 4))
    outcome = PDispersion().search(problem, Limits())
    assert outcome.bound == 17.0
    assert not (outcome.placed.sites[0] and outcome.placed.sites[4])


def test_faults_of_dispersion():
    assert [fault.where for fault in PDispersion().faults(road())] == ["p"]
    assert [fault.where for fault in PDispersion().faults(road(p=1))] == ["p"]
    assert PDispersion().faults(road(p=2)) == []
    assert PDispersion().faults(road(p=2, site_costs=None))[0].where == "open sites at least 0 min apart"
    assert len(PDispersion().faults(road(p=1, site_costs=None))) == 2
    assert PDispersion().objective(road(), Placed.nearest(road(), opened(0, 2, 4))) == 7.0


class Scripted:
    """Checks whose answers are written down: sites, or how the solver ended."""

    def __init__(self, *answers: object) -> None:
        self.answers = list(answers)
        self.asked: list[float] = []

    def check(self, spread: _Spread, minutes: float) -> Run:
        self.asked.append(minutes)
        answer = self.answers.pop(0)
        if isinstance(answer, Status):
            return Run(answer, math.nan, math.nan, 0.0, "scripted", has_values=False)
        spread.best = Placed.nearest(spread.problem, answer)
        return Run(Status.OPTIMAL, 0.0, 0.0, 0.0, "scripted", has_values=True)


@pytest.mark.parametrize(
    ("answers", "asked", "status", "bound"),
    [
        # levels: 3, 4, 5, 7, 8, 9, 12, 13, 17, 20 and for ever
        ((Status.INFEASIBLE,), [3], Status.INFEASIBLE, math.inf),
        ((opened(0, 1), Status.INFEASIBLE, Status.INFEASIBLE, Status.INFEASIBLE), [3, 9, 5, 4], Status.OPTIMAL, 3),
        ((opened(0, 1), opened(0, 3), Status.INFEASIBLE, Status.INFEASIBLE), [3, 9, 17, 13], Status.OPTIMAL, 12),
        ((opened(0, 1), Status.NO_SOLUTION), [3, 9], Status.FEASIBLE, math.inf),
        ((opened(0, 1), Status.INTERRUPTED), [3, 9], Status.INTERRUPTED, math.inf),
        ((opened(0, 1), Status.INFEASIBLE, Status.NO_SOLUTION), [3, 9, 5], Status.FEASIBLE, 8),
    ],
)  # fmt: skip
def test_the_bisection_of_separations(monkeypatch, answers, asked, status, bound):
    script = Scripted(*answers)
    monkeypatch.setattr(_Spread, "check", lambda own, minutes: script.check(own, minutes))  # noqa: PLW0108 - binds the search
    outcome = PDispersion().search(road(p=2), Limits())
    assert script.asked == asked
    assert (outcome.status, outcome.bound) == (status, bound)


def test_an_interrupted_check_gives_no_sites_and_its_seconds_count(monkeypatch):
    spread = _Spread(road(p=2), Limits())
    runs = iter([Status.OPTIMAL, Status.INTERRUPTED])
    solved = SiteProgram.solve

    def slowly(self, limits, **words):
        run = solved(self, limits, **words)
        return Run(next(runs), run.objective, run.bound, 5.0, run.solver, run.has_values)

    monkeypatch.setattr(SiteProgram, "solve", slowly)
    spread.check(12.0)
    found = spread.best
    assert found is not None
    spread.check(3.0)
    assert spread.best is found
    ended = Run(Status.INTERRUPTED, math.nan, math.nan, 0.0, "s", has_values=False)
    told = spread.told(Status.INTERRUPTED, 20.0, ended)
    assert told.solve_s == 10.0
    assert told.build_s > 0.0
    assert told.proof.startswith("2 separation programs by s")
