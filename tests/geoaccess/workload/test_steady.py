"""The surrogate on the fjord: beside the simulation, and what it refuses."""

from __future__ import annotations

from dataclasses import replace
from math import erf, log, sqrt
from pathlib import Path

import numpy as np
import pytest

from geoaccess.questions.simulation.answer import played
from geoaccess.questions.simulation.measures import crew_table, response_table
from geoaccess.questions.workload.answer import workload
from geoaccess.study import load_study
from geoaccess.workload.plans import plan_of, system_of, with_changes
from geoaccess.workload.steady import steady_workload
from geoaccess.workload.steady_hour import Shift, crews_of, journeys_of, kinds_of, legs_of
from optimise.crews import Calls, simulate
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
    assert found.share_in_time[1] == pytest.approx(0, abs=1e-9)  # an hour away
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
    # The helicopter beside it is left: out in time (mean 15 min, lognormal of spread 0.4, of 25), in 0.9 of the
    # summer and 0.8 of the winter, and seldom on another call. Without it nobody is.
    flies = 0.85 * 0.5 * (1 + erf((log(25 / 15) / 0.4 + 0.2) / sqrt(2)))
    assert flies - 0.03 < closed.groups.set_index("municipality").loc["Far", "share_in_time"] < flies + 0.005
    both = workload(study, close=("s2", "f1")).groups.set_index("municipality")
    assert both.loc["Far", "share_in_time"] == pytest.approx(0, abs=1e-9)
    assert set(closed.crews["base_id"]) == {"s1"}


def test_too_many_calls_are_refused(calls_study: Path) -> None:
    path = calls_study / "call_rates.csv"
    path.write_text(
        path.read_text(encoding="utf-8").replace("all,all,300", "all,all,30000"), encoding="utf-8"
    )
    with pytest.raises(SolverError, match="simulate instead"):
        steady_workload(with_changes(plan_of(load_study(calls_study)), close=["s2"]))


def test_who_is_asked_first_is_whom_the_event_loop_sends(calls_study: Path) -> None:
    """One call a week, on Wednesday at noon, in good weather: everybody is at home."""
    plan = plan_of(load_study(calls_study))
    crews, journeys = crews_of(plan), journeys_of(plan)
    noon, people = 2 * 24 + 12, plan.ways.demand
    on = np.flatnonzero(crews.duty[:, noon] > 0)
    kinds, ones = kinds_of(journeys), np.ones(len(journeys.at))
    shift = Shift(plan, 0, journeys, ones, kinds, legs_of(plan, 0, journeys, crews), crews, on, noon)
    at, severe = np.tile(np.arange(people), 2), np.repeat([False, True], people)
    n, ones, none = 2 * people, np.ones(2 * people), np.full(2 * people, -1)
    calls = Calls(
        start_min=60.0 * (noon + 168 * np.arange(n)) + 1, at=at, to=none, to_off_road=none, urgency=np.zeros(n, int),
        severe=severe, scene_min=ones, handover_min=ones, drive_factor=ones, mobilise_factor=ones, onward=none,
    )  # fmt: skip
    system = system_of(plan, seed=1, year=0)
    system = replace(system, up=np.ones_like(system.up))
    sent = simulate(system, calls, plan.rules, end_min=60.0 * 8760).crew
    asked = {
        (int(klass), int(at), int(severe)): int(crews.rows[on][near[0]])
        for klass, at, severe, near in zip(kinds.klass, kinds.at, kinds.severe, shift.near, strict=True)
        if near[0] >= 0
    }
    mine = [asked.get((0, place, int(bad)), -1) for place, bad in zip(at, severe, strict=True)]
    assert mine == sent.tolist()
    assert len(set(mine)) == 3  # two cars and the helicopter, each to somebody


def test_calls_while_no_crew_is_on_duty_are_not_reached_in_time(calls_study: Path) -> None:
    """A car half of every day: half of the calls, which come alike in all hours, are in time (so few that it is free)."""
    rates, duties = calls_study / "call_rates.csv", calls_study / "duties.csv"
    rates.write_text(
        rates.read_text(encoding="utf-8").replace("all,all,300", "all,all,0.01"), encoding="utf-8"
    )
    # People of Town alone: those of the island call more often, and nobody comes.
    head, first, *_ = duties.read_text(encoding="utf-8").splitlines()
    shares = {}
    for hours in ("00:00,24:00", "08:00,20:00", "09:00,12:00"):
        duties.write_text(f"{head}\n{first.replace('00:00,24:00', hours)}\n", encoding="utf-8")
        found = workload(load_study(calls_study), close=("s2", "f1")).groups
        shares[hours] = found.set_index("municipality").loc["Town", "share_in_time"]
    always = shares["00:00,24:00"]
    assert always > 0.1
    assert shares["08:00,20:00"] == pytest.approx(always * 12 / 24, rel=1e-3)
    assert shares["09:00,12:00"] == pytest.approx(always * 3 / 24, rel=1e-3)


def test_where_everything_is_closed_nobody_comes(calls_study: Path) -> None:
    """No car and no hospital: no share and no time, and no error of the program."""
    found = workload(load_study(calls_study), close=("s1", "s2", "f1", "h1", "h2"))
    assert not len(found.crews)
    assert found.groups["share_in_time"].iloc[0] == 0.0
    assert np.isnan(found.groups["response_mean_min"].iloc[0])
