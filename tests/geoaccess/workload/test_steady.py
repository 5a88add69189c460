"""The surrogate on the fjord: beside the simulation, and what it refuses."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from geoaccess.questions.simulation.answer import played
from geoaccess.questions.simulation.measures import crew_table, response_table
from geoaccess.questions.workload.answer import workload
from geoaccess.study import load_study
from geoaccess.workload.plans import plan_of, with_changes
from geoaccess.workload.steady import steady_workload
from optimise.errors import SolverError


@pytest.fixture
def plan(calls_study: Path):
    """Cars alone, as the surrogate has them, from home only and with nobody taken."""
    plan = plan_of(load_study(calls_study))
    cars = (plan.crews()["resource"] == "station").to_numpy(bool)
    rules = replace(plan.rules, on_the_way_home=False, preempt=())
    return replace(plan, roster=plan.roster.only(cars), rules=rules)


def test_the_surrogate_is_near_the_simulation(plan) -> None:
    years = played(plan, 12, 1)
    found = steady_workload(plan)
    labels = plan.study.demand["demand_id"].to_numpy(object)
    told = response_table(years, labels, "demand_id", widest_min=5.0)
    told = told[told["call_class"] == "akutt"].set_index("demand_id")["share_in_time"]
    for point in ("d1", "d4"):
        mine = found.share_in_time[labels.tolist().index(point)]
        assert mine == pytest.approx(told[point], abs=0.06)
    busy = crew_table(years)["busy_share"].to_numpy()
    assert found.busy == pytest.approx(busy, abs=0.06)
    assert found.share_in_time[1] == 0
    assert np.isnan(found.share_in_time[4])  # nobody comes to the island


def test_closing_and_adding_change_what_they_should(calls_study: Path) -> None:
    study = load_study(calls_study)
    closed, more = workload(study, close=("s2",)), workload(study, add=("d2",))
    shares = (
        closed.groups["share_in_time"].iloc[0],
        closed.region_before,
        more.groups["share_in_time"].iloc[0],
    )
    assert shares[0] < shares[1] < shares[2]
    assert closed.groups.set_index("municipality").loc["Far", "share_in_time"] == 0
    assert set(closed.crews["base_id"]) == {"s1"}


def test_too_many_calls_are_refused(calls_study: Path) -> None:
    path = calls_study / "call_rates.csv"
    path.write_text(
        path.read_text(encoding="utf-8").replace("all,all,300", "all,all,30000"), encoding="utf-8"
    )
    with pytest.raises(SolverError, match="simulate instead"):
        steady_workload(with_changes(plan_of(load_study(calls_study)), close=["s2"]))
