"""spopt's models give the same optima where they are right, and the tests say where they are not."""

from __future__ import annotations

import numpy as np
import pytest

from optimise import PlacementProblem, Status, running, solve

pulp = pytest.importorskip("pulp")
locate = pytest.importorskip("spopt.locate")

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def cbc(**options):
    return pulp.PULP_CBC_CMD(msg=False, **options)


def instance(seed, shape=(14, 7)):
    rng = np.random.default_rng(seed)
    return rng.integers(1, 60, shape).astype(float), rng.integers(1, 9, shape[0]).astype(float)


def value(model):
    return pulp.value(model.problem.objective)


@pytest.mark.parametrize("seed", range(3))
def test_p_median(seed):
    costs, weights = instance(seed)
    theirs = locate.PMedian.from_cost_matrix(costs, weights, 3).solve(cbc())
    assert solve(PlacementProblem(costs, weights=weights, p=3)).total == pytest.approx(value(theirs))


@pytest.mark.parametrize("seed", range(3))
def test_p_median_with_a_site_that_must_open_and_room_at_each(seed):
    """spopt's capacities hold for single sourcing, as ours do by default."""
    costs, weights = instance(seed)
    fixed = np.array([0, 0, 1, 0, 0, 0, 0])
    theirs = locate.PMedian.from_cost_matrix(
        costs,
        weights,
        4,
        predefined_facilities_arr=fixed,
        facility_capacities=np.full(7, 25.0),
        fulfill_predefined_fac=False,
    ).solve(cbc())
    roles = ["required" if chosen else "candidate" for chosen in fixed]
    room = PlacementProblem(costs, weights=weights, p=4, roles=roles, capacities=np.full(7, 25.0))
    ours = solve(room, "capacitated-p-median")
    if pulp.LpStatus[theirs.problem.status] == "Optimal":
        assert ours.total == pytest.approx(value(theirs))
        assert 2 in ours.chosen_ids
    else:
        assert ours.unserved.weights(room)["over_capacity"] > 0


@pytest.mark.parametrize("seed", range(3))
def test_p_center(seed):
    costs, _ = instance(seed)
    theirs = locate.PCenter.from_cost_matrix(costs, 3).solve(cbc())
    for method in ("threshold", "program"):
        ours = solve(PlacementProblem(costs, p=3), "p-center", method=method)
        assert ours.objective == pytest.approx(value(theirs))


@pytest.mark.parametrize("seed", range(3))
def test_mclp(seed):
    costs, weights = instance(seed)
    theirs = locate.MCLP.from_cost_matrix(costs, weights, 12.0, 2).solve(cbc())
    ours = solve(PlacementProblem(costs, weights=weights, p=2), "mclp", radius=12.0)
    assert ours.objective == pytest.approx(value(theirs))


@pytest.mark.parametrize("seed", range(3))
def test_lscp_and_backup(seed):
    costs, _ = instance(seed)
    radius = float(np.sort(costs, axis=1)[:, 1].max())
    sites = locate.LSCP.from_cost_matrix(costs, radius).solve(cbc())
    twice = locate.LSCPB.from_cost_matrix(costs, radius, cbc()).solve()
    ours = solve(PlacementProblem(costs), "lscp", radius=radius, backup=True)
    assert ours.objective == value(sites)
    assert ((costs[:, ours.chosen] <= radius).sum(axis=1) >= 2).sum() == value(twice)


@pytest.mark.parametrize("seed", range(3))
def test_p_dispersion(seed):
    points = np.random.default_rng(seed).integers(0, 90, (9, 2)).astype(float)
    apart = np.hypot(*(points[:, None, :] - points[None, :, :]).transpose(2, 0, 1))
    theirs = locate.PDispersion.from_cost_matrix(apart, 4).solve(cbc())
    ours = solve(PlacementProblem(apart, p=4, site_costs=apart), "p-dispersion")
    assert ours.objective == pytest.approx(value(theirs))


def test_stopped_at_a_limit_spopt_says_optimal(monkeypatch):
    """PuLP's ``status`` is Optimal whenever CBC stops with any sites, and spopt looks at nothing else.

    Stopped after the root node (a limit that is the same on every machine; a time limit does the same), the
    sites are not the best, and only ``sol_status`` shows that nothing is proven. Here the same stop is
    FEASIBLE, with a bound below the objective.
    """
    costs = np.random.default_rng(5).integers(1, 1000, (30, 30)).astype(float)
    theirs = locate.PMedian.from_cost_matrix(costs, np.ones(30), 3).solve(cbc(options=["maxNodes 0"]))
    best = solve(PlacementProblem(costs, p=3))
    assert best.status is Status.OPTIMAL
    assert pulp.LpStatus[theirs.problem.status] == "Optimal"
    assert theirs.problem.sol_status == pulp.LpSolutionIntegerFeasible
    assert value(theirs) > best.total

    def stopping(limits, log):
        return cbc(options=["maxNodes 0"], logPath=str(log))

    monkeypatch.setattr(running, "_pulp_solver", stopping)
    stopped = solve(PlacementProblem(costs, p=3), solver="cbc")
    assert stopped.status is Status.FEASIBLE
    assert stopped.bound <= best.objective <= stopped.objective
    assert 0 < stopped.gap < 1


def test_one_place_out_of_reach_makes_spopts_covering_infeasible():
    """A place that no site covers: spopt's LSCP raises; here the others are covered and it is named."""
    costs = np.array([[5.0, 20.0], [20.0, 5.0], [90.0, 95.0]])
    with pytest.raises(RuntimeError, match=r"[Ii]nfeasible"):
        locate.LSCP.from_cost_matrix(costs, 10.0).solve(cbc())
    ours = solve(PlacementProblem(costs), "lscp", radius=10.0)
    assert ours.status is Status.OPTIMAL
    assert ours.chosen_ids == (0, 1)
    assert ours.unserved.beyond_threshold.tolist() == [2]


def test_spopts_coverage_counts_places_and_not_people():
    """Two villages of 10 and a town of 980: spopt tells 33 %, and 98 % of the people are covered."""
    costs, people = np.array([[5.0, 90.0], [90.0, 90.0], [90.0, 90.0]]), np.array([980.0, 10.0, 10.0])
    theirs = locate.MCLP.from_cost_matrix(costs, people, 10.0, 1).solve(cbc())
    ours = solve(PlacementProblem(costs, weights=people, p=1), "mclp", radius=10.0)
    assert theirs.perc_cov == pytest.approx(100 / 3, abs=0.01)
    assert ours.objective / people.sum() == pytest.approx(0.98)
