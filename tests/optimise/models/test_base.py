"""What all models share, the models of a few lines, and looking at every placement; at the edges, by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from optimise import (
    MODELS,
    PlacementProblem,
    ProblemError,
    SiteCount,
    Status,
    UnknownModelError,
)
from optimise.models import make_model, welfare
from optimise.models.base import fixed_to, nearest_broken, reach_and_mean
from optimise.models.dispersion import PDispersion
from optimise.models.enumerating import best_of_all
from optimise.models.pmedian import PMedian
from optimise.models.survival import DECAYS, MaximalSurvival, cardiac_arrest, half_life
from optimise.models.welfare import IsoElastic, KolmPollak
from optimise.placed import Placed
from optimise.running import Limits

LINE = np.asarray([[0.0, 4.0, 9.0], [5.0, 1.0, 4.0], [9.0, 5.0, 0.0], [np.nan, np.nan, 7.0]])
WEIGHTS = [4.0, 3.0, 2.0, 1.0]


def line(**values: object) -> PlacementProblem:
    return PlacementProblem(**({"costs": LINE, "weights": WEIGHTS} | values))


def opened(*sites: int, n_sites: int = 3) -> np.ndarray:
    return np.isin(np.arange(n_sites), sites)


# What all models share


def test_nobody_may_be_sent_to_a_closed_site_however_near_it_is():
    twins = PlacementProblem([[3.0, 3.0]], demand_ids=["home"])
    told = ["home is not served by its nearest open site"]
    assert nearest_broken(twins, Placed(opened(1, n_sites=2), np.asarray([0])), np.inf) == told
    assert nearest_broken(twins, Placed(opened(0, n_sites=2), np.asarray([1])), np.inf) == told
    assert nearest_broken(twins, Placed(opened(1, n_sites=2), np.asarray([1])), np.inf) == []
    lonely = PlacementProblem([[np.nan], [2.0]])
    assert nearest_broken(lonely, Placed(opened(0, n_sites=1), np.asarray([-1, 0])), np.inf) == []


def test_a_limit_may_be_each_ones_own():
    problem = line(demand_ids=["n", "e", "s", "w"])
    here = Placed(opened(1), np.asarray([1, 1, -1, -1]))
    assert nearest_broken(problem, here, 4.0) == []
    assert nearest_broken(problem, here, np.asarray([4.0, 1.0, 4.9, 0.0])) == []
    assert nearest_broken(problem, here, np.asarray([3.9, 1.0, 5.0, 0.0])) == [
        "n is not served by its nearest open site",
        "s is not served by its nearest open site",
    ]


def test_reach_and_mean_of_few_people():
    half = line(weights=[0.25, 0.0, 0.25, 0.125])
    assert reach_and_mean(half, Placed.nearest(half, opened(1))) == (0.125, (1.0 + 1.25) / 0.5)


def test_a_problem_fixed_to_its_sites_asks_nothing_else_of_them():
    for asked in (
        {"p": 1},
        {"p_new": 3},
        {"max_moves": 0, "roles": ["existing", "existing", "candidate"]},
        {"budget": 0.5, "fixed_costs": [1.0, 1.0, 1.0]},
        {"conditions": [SiteCount((0, 1, 2), at_most=1)], "p": 1},
    ):
        fixed = fixed_to(line(**asked), opened(0, 2))
        assert (fixed.n_open, fixed.budget, fixed.max_moves, fixed.conditions) == (None, None, None, ())
        assert fixed.always_open.tolist() == [True, False, True]
        assert fixed.never_open.tolist() == [False, True, False]


def test_the_program_that_only_asks_whether_there_is_an_answer_can_let_go_of_roles():
    """Roles are rows with words, so that a conflict can name them; twins are not ordered, conditions are kept."""
    problem = PlacementProblem(
        [[1.0, 1.0, 2.0]],
        p=1,
        roles=["candidate", "candidate", "required"],
        conditions=[SiteCount(("a", "b"), at_least=1)],
        site_ids=["a", "b", "c"],
    )
    program = PMedian().feasibility_program(problem)
    assert program.solve(Limits()).status is Status.INFEASIBLE
    assert program.wishes == {
        "role_2": "c is required and stays open",
        "count": "exactly 1 open site",
        "condition_0": "at least 1 open of a and b",
    }
    possible = PMedian().feasibility_program(problem.replace(p=2))
    assert possible.solve(Limits()).status is Status.OPTIMAL
    without = PMedian().feasibility_program(problem.replace(p=2, conditions=()))
    assert not any(row.name.startswith("twins") for row in without.lp.constraints())


def test_who_may_be_left_out_is_said_by_the_class():
    """Covering, survival and sites that keep apart serve nobody first; only covering has a radius."""
    within = {"mclp", "lscp", "mexclp", "malp"}
    assert {name for name, model in MODELS.items() if model.covers_within} == within
    not_first = {name for name, model in MODELS.items() if not model.serves_first}
    assert not_first == within | {"maximal-survival", "anti-cover", "p-dispersion"}


def test_a_model_is_made_by_its_name_and_its_parameters():
    assert make_model("mclp", {"radius": 4.0}).radius == 4.0
    ready = MODELS["p-center"](method="program")
    assert make_model(ready, {}) is ready
    with pytest.raises(ProblemError, match="set radius on the model itself, not beside it"):
        make_model(ready, {"radius": 4.0})
    with pytest.raises(
        UnknownModelError,
        match=r"no model is called 'q-median'.*did you mean 'p-median'.*choose from .*p-median",
    ):
        make_model("q-median", {})
    with pytest.raises(ProblemError, match=r"is not a parameter of mclp.*it has: backup, radius"):
        make_model("mclp", {"radii": 4.0})
    with pytest.raises(ProblemError, match="is not a parameter of p-median; it has: none"):
        make_model("p-median", {"radius": 4.0})


# Looking at every placement


def test_who_is_out_of_reach_has_no_site():
    found = best_of_all(line(p=1), PMedian(), Limits())
    assert found.placed.sites.tolist() == [False, False, True]
    out = best_of_all(line(p=1, roles=["candidate", "candidate", "forbidden"]), PMedian(), Limits())
    assert out.placed.assignment.tolist() == [1, 1, 1, -1]
    assert out.proof.startswith("2 placements looked at, of 2")


def test_the_first_of_equals_stays():
    twins = PlacementProblem([[3.0, 3.0, 3.0], [1.0, 1.0, 1.0]], p=2)
    assert best_of_all(twins, PMedian(), Limits()).placed.sites.tolist() == [True, True, False]


# Survival


def test_a_worth_may_stay_but_never_rise():
    for survival, refused in (
        (lambda t: np.full(t.shape, 0.5), False),
        (lambda t: np.where(t < 4.5, 0.9, 0.1), False),
        (lambda t: np.where(t < 4.5, 0.9 - t / 100, t / 100), True),  # falls, and then rises again
        (lambda t: np.where(t < 1, 1.0, 0.0), False),
        (lambda t: np.full(t.shape, np.nan), True),
        (lambda t: t[:-1] * 0.0, True),
    ):
        faults = MaximalSurvival(survival).faults(line(p=1))
        assert [fault.where for fault in faults] == (["survival"] if refused else [])
    unknown = MaximalSurvival("stroke").faults(line())
    assert [fault.where for fault in unknown] == ["p", "survival"]
    assert unknown[1].value == "stroke"
    assert "cardiac-arrest" in str(unknown[1])
    assert {"cardiac-arrest": cardiac_arrest} == DECAYS


def test_survivors_are_counted_among_those_who_are_reached():
    model, problem = MaximalSurvival(half_life(2.0)), line()
    here = Placed.nearest(problem, opened(1))
    assert model.price(np.asarray([0.0, 2.0]), problem).tolist() == [0.0, 0.5]
    assert model.to_unit(0.25, problem) == 0.75
    assert model.total(problem, here) == pytest.approx(4 / 4 + 3 * 2**-0.5 + 2 * 2**-2.5)
    assert MaximalSurvival().objective(problem, here) == pytest.approx(
        sum(w / (1 + math.exp(0.679 + 0.262 * t)) for w, t in ((4, 4), (3, 1), (2, 5))) / 10
    )


# Welfare


def test_the_faults_of_welfare_tell_the_value():
    assert IsoElastic(alpha=-0.5).faults(line(p=1))[0].value == "-0.5"
    assert KolmPollak(aversion=99.0).faults(line(p=1))[0].value == "99.0"
    assert "above the longest minutes, 9" in str(IsoElastic(horizon_min=9.0).faults(line(p=1))[0])


def test_the_steepest_price_is_still_taken(monkeypatch):
    most = math.log(1e8) / 9.0
    assert KolmPollak(most).faults(line(p=1)) == []
    assert KolmPollak(most * (1 + 1e-9)).faults(line(p=1)) != []
    steep = IsoElastic(2.0, 10.0)
    assert steep._steepness(line()) == pytest.approx(100.0)  # (1 - 9/10)^-2
    monkeypatch.setattr(welfare, "STEEPEST", steep._steepness(line()))
    assert steep.faults(line(p=1)) == []
    assert IsoElastic(2.0001, 10.0).faults(line(p=1)) != []
    assert IsoElastic(-1.0, 10.0).faults(line(p=1)) != []
    assert KolmPollak(0.2).faults(line(p=1)) == []
    assert KolmPollak(1.0).faults(line(p=1)) != []


# Dispersion


def test_dispersion_of_sites_that_are_all_forbidden_is_impossible():
    problem = PlacementProblem([[1.0, 1.0]], p=2, roles=["forbidden"] * 2, site_costs=np.ones((2, 2)))
    outcome = PDispersion().search(problem, Limits())
    assert (outcome.status, outcome.placed, outcome.bound) == (Status.INFEASIBLE, None, 0.0)


def test_small_weights_steer_as_large_ones():
    """What a mean adds does not depend on the unit of the weights, be they thousandths of people."""
    minutes = np.asarray([4.0, 1.0, 5.0, np.inf])
    for factor in (1e-3, 1.0, 1e6):
        value, slope = PMedian().steer(line(p=1, weights=[factor * own for own in WEIGHTS]), minutes)
        assert value == pytest.approx(2.9)
        assert slope == pytest.approx([0.4, 0.3, 0.2, 0.0])
