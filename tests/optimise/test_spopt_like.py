"""A script of spopt with its import changed gives what spopt gives: the oracle is spopt itself, on the same inputs."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pulp
import pytest

from optimise import ProblemError, SolverError, Status, spopt_like

locate = pytest.importorskip("spopt.locate")

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

SEEDS = range(4)


def cbc() -> Any:
    return pulp.PULP_CBC_CMD(msg=False)


def instance(seed: int, shape: tuple[int, int] = (14, 7)) -> tuple[Any, Any]:
    """Costs without ties, so that there is one best answer to compare."""
    rng = np.random.default_rng(seed)
    return rng.permutation(np.arange(1.0, 1.0 + shape[0] * shape[1])).reshape(shape), rng.integers(
        1, 9, shape[0]
    )


def script_of_p_median(locate: Any, seed: int, solver: Any, **further: Any) -> Any:
    costs, weights = instance(seed)
    return locate.PMedian.from_cost_matrix(costs, weights, p_facilities=3, **further).solve(solver)


@pytest.mark.parametrize("solver", ["cbc", None])
@pytest.mark.parametrize("fixed", [None, [0, 0, 1, 0, 0, 0, 1]])
@pytest.mark.parametrize("seed", SEEDS)
def test_p_median(seed: int, fixed: Any, solver: str | None) -> None:
    further = {} if fixed is None else {"predefined_facilities_arr": np.array(fixed)}
    theirs = script_of_p_median(locate, seed, cbc(), **further)
    ours = script_of_p_median(spopt_like, seed, cbc() if solver else None, **further)
    assert pulp.value(ours.problem.objective) == pytest.approx(pulp.value(theirs.problem.objective))
    assert ours.mean_dist == pytest.approx(theirs.mean_dist)
    assert ours.fac2cli == theirs.fac2cli
    assert ours.cli2fac == theirs.cli2fac
    assert [one.varValue for one in ours.fac_vars] == [one.varValue for one in theirs.fac_vars]
    assert ours.problem.status == theirs.problem.status
    assert ours.solution.status is Status.OPTIMAL
    assert ours.solution.bound == pytest.approx(ours.mean_dist)


@pytest.mark.parametrize("seed", SEEDS)
def test_p_median_with_room(seed: int) -> None:
    costs, weights = instance(seed)
    room = np.full(7, float(weights.sum()) / 2)
    theirs = locate.PMedian.from_cost_matrix(costs, weights, 4, facility_capacities=room).solve(cbc())
    ours = spopt_like.PMedian.from_cost_matrix(costs, weights, 4, facility_capacities=room).solve(cbc())
    assert pulp.value(ours.problem.objective) == pytest.approx(pulp.value(theirs.problem.objective))


@pytest.mark.parametrize("seed", SEEDS)
def test_p_center(seed: int) -> None:
    costs, _ = instance(seed)
    theirs = locate.PCenter.from_cost_matrix(costs, 3).solve(cbc())
    ours = spopt_like.PCenter.from_cost_matrix(costs, 3).solve(cbc())
    assert ours.problem.objective.value() == pytest.approx(pulp.value(theirs.problem.objective))
    assert len(ours.cli2fac) == 14


@pytest.mark.parametrize("seed", SEEDS)
def test_mclp(seed: int) -> None:
    costs, weights = instance(seed)
    theirs = locate.MCLP.from_cost_matrix(costs, weights, 25.0, 2).solve(cbc())
    ours = spopt_like.MCLP.from_cost_matrix(costs, weights, 25.0, 2).solve(cbc())
    assert ours.problem.objective.value() == pytest.approx(pulp.value(theirs.problem.objective))
    if [one.varValue for one in ours.fac_vars] == [one.varValue for one in theirs.fac_vars]:
        assert ours.fac2cli == theirs.fac2cli
        assert (ours.n_cli_uncov, ours.perc_cov) == (theirs.n_cli_uncov, pytest.approx(theirs.perc_cov))


@pytest.mark.parametrize("seed", SEEDS)
def test_lscp_and_backup(seed: int) -> None:
    costs, _ = instance(seed)
    radius = float(np.sort(costs, axis=1)[:, 1].max())
    theirs = locate.LSCP.from_cost_matrix(costs, radius).solve(cbc())
    ours = spopt_like.LSCP.from_cost_matrix(costs, radius).solve(cbc())
    assert ours.problem.objective.value() == pytest.approx(pulp.value(theirs.problem.objective))
    assert all(ours.cli2fac)
    theirs = locate.LSCPB.from_cost_matrix(costs, radius, cbc()).solve()
    backup = spopt_like.LSCPB.from_cost_matrix(costs, radius, cbc()).solve()
    assert backup.backup_perc == pytest.approx(theirs.backup_perc)


@pytest.mark.parametrize("seed", SEEDS)
def test_p_dispersion(seed: int) -> None:
    points = np.random.default_rng(seed).integers(0, 90, (9, 2)).astype(float)
    apart = np.hypot(*(points[:, None, :] - points[None, :, :]).transpose(2, 0, 1))
    theirs = locate.PDispersion.from_cost_matrix(apart, 4).solve(cbc())
    ours = spopt_like.PDispersion.from_cost_matrix(apart, 4).solve(cbc())
    assert ours.problem.objective.value() == pytest.approx(pulp.value(theirs.problem.objective))
    assert sum(one.value() for one in ours.fac_vars) == 4


def frames() -> tuple[Any, Any]:
    rng = np.random.default_rng(3)
    demand, sites = (
        gpd.GeoDataFrame(geometry=gpd.points_from_xy(*rng.uniform(0, 1e4, (2, n))), crs=25833)
        for n in (20, 6)
    )
    return demand.assign(people=rng.integers(1, 50, 20)), sites.assign(fixed=[0, 1, 0, 0, 0, 0])


def test_from_geodataframes() -> None:
    demand, sites = frames()
    found = {}
    for module in (locate, spopt_like):
        median = module.PMedian.from_geodataframe(
            demand, sites, "geometry", "geometry", "people", 2, predefined_facility_col="fixed"
        ).solve(cbc())
        cover = module.MCLP.from_geodataframe(
            demand, sites, "geometry", "geometry", "people", 2500.0, 2
        ).solve(cbc())
        lscp = module.LSCP.from_geodataframe(demand, sites, "geometry", "geometry", 8000.0).solve(cbc())
        lscpb = module.LSCPB.from_geodataframe(demand, sites, "geometry", "geometry", 8000.0, cbc()).solve()
        center = module.PCenter.from_geodataframe(demand, sites, "geometry", "geometry", 2).solve(cbc())
        spread = module.PDispersion.from_geodataframe(sites, "geometry", 3).solve(cbc())
        models = (median, cover, lscp, center, spread)
        found[module] = (
            [pulp.value(one.problem.objective) for one in models],
            median.fac2cli,
            lscpb.backup_perc,
        )
    assert found[spopt_like][0] == pytest.approx(found[locate][0])
    assert found[spopt_like][1:] == found[locate][1:]


def test_areas_stand_for_their_middle_and_crs_must_agree() -> None:
    demand, sites = frames()
    areas = demand.set_geometry(demand.buffer(10))
    points = spopt_like.PCenter.from_geodataframe(demand, sites, "geometry", "geometry", 2)
    middle = spopt_like.PCenter.from_geodataframe(areas, sites, "geometry", "geometry", 2)
    np.testing.assert_allclose(points.aij, middle.aij, atol=1e-6)
    with pytest.raises(ValueError, match="crs are different"):
        spopt_like.PCenter.from_geodataframe(demand.to_crs(25832), sites, "geometry", "geometry", 2)


def test_what_is_not_here_is_refused() -> None:
    costs, weights = instance(1)
    with pytest.raises(ProblemError, match="fulfill_predefined_fac"):
        spopt_like.PMedian.from_cost_matrix(costs, weights, 3, fulfill_predefined_fac=True)
    with pytest.raises(ProblemError, match="facility_capacity_arr"):
        spopt_like.LSCP.from_cost_matrix(costs, 9.0, facility_capacity_arr=np.ones(7))


def test_a_stop_is_no_optimum_and_nobody_in_reach_is_an_error() -> None:
    costs = np.random.default_rng(5).integers(1, 1000, (14, 14)).astype(float)
    stopped = spopt_like.PMedian.from_cost_matrix(costs, np.ones(14), 3).solve(
        pulp.PULP_CBC_CMD(msg=False, options=["maxNodes 0"])
    )
    best = spopt_like.PMedian.from_cost_matrix(costs, np.ones(14), 3).solve()
    assert stopped.solution.status is Status.FEASIBLE
    assert stopped.problem.sol_status == pulp.LpSolutionIntegerFeasible
    assert stopped.solution.bound <= best.solution.objective <= stopped.solution.objective
    with pytest.raises(SolverError, match="Infeasible"):
        spopt_like.LSCP.from_cost_matrix(costs, 0.5).solve(cbc())


def test_the_program_can_be_written(tmp_path: Any) -> None:
    costs, weights = instance(2)
    model = spopt_like.PMedian.from_cost_matrix(costs, weights, 3)
    model.problem.writeLP(str(tmp_path / "model.lp"))
    assert "open_6" in (tmp_path / "model.lp").read_text()


@pytest.mark.parametrize("room", [None, "room"])
def test_the_nearest_few_end_in_the_best_of_all(room: str | None) -> None:
    rng = np.random.default_rng(3)
    points = [gpd.points_from_xy(*rng.uniform(0, 100, (2, count)), crs=25833) for count in (12, 6)]
    clients = gpd.GeoDataFrame({"people": rng.integers(1, 9, 12)}, geometry=points[0])
    sites = gpd.GeoDataFrame({"room": np.full(6, int(clients["people"].sum() // 2))}, geometry=points[1])
    asked = (clients, sites, "geometry", "geometry", "people", 3, room)
    theirs = locate.KNearestPMedian.from_geodataframe(*asked, k_array=np.full(12, 2)).solve(cbc())
    ours = spopt_like.KNearestPMedian.from_geodataframe(*asked, k_array=np.full(12, 2)).solve(cbc())
    assert ours.problem.objective.value() == pytest.approx(pulp.value(theirs.problem.objective), rel=1e-6)
    assert ours.solution.status is Status.OPTIMAL
    with pytest.raises(ProblemError, match="k_array"):
        spopt_like.KNearestPMedian.from_geodataframe(*asked, k_array=np.zeros(12))


def test_every_model_of_spopt_is_here() -> None:
    models = {name for name, one in vars(locate).items() if isinstance(one, type) and hasattr(one, "solve")}
    assert {name for name in models if not name.endswith("Mixin")} <= set(spopt_like.__all__)
