"""Calls and crews of the fjord, by hand: rates, hours, duties, journeys, weather, and the minutes of crews."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from shutil import copytree

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from geoaccess.ground.errors import DataError, UnknownNameError
from geoaccess.minutes.resources.reach import reach
from geoaccess.questions.simulation.measures import binomial_quantile, quantile_bounds
from geoaccess.study import load_study
from geoaccess.study.resource_sections import Resource
from geoaccess.workload.drawing import hour_weights, rates
from geoaccess.workload.plans import limits, plan_of, system_of, winter_hours, with_changes
from geoaccess.workload.tables import read_call_tables
from geoaccess.workload.told import call_notes
from geoaccess.workload.ways import parts_of
from geoaccess.workload.weather import hours_up

CALL = [
    "start_min",
    "at",
    "to",
    "urgency",
    "severe",
    "scene_min",
    "handover_min",
    "drive_factor",
    "mobilise_factor",
]


@pytest.fixture
def plan(calls_study: Path):
    return plan_of(load_study(calls_study))


def test_rates_are_those_of_the_groups_and_the_old_call_more(plan) -> None:
    found = rates(plan.study, plan.tables)
    # 300 a year for 1,000 of the 1,350 of the north, shared by 1 for the young and 3 for the old; 150 in the south.
    weight = np.array([900 + 300, 80 + 60, 40 + 30, 150 + 150])
    assert found.sum(axis=0)[:4] == pytest.approx(0.3 * 1350 * weight / weight.sum())
    assert found.sum(axis=0)[4] == pytest.approx(0.15 * 7)
    assert found[0].sum() / found.sum() == pytest.approx(0.4)


def test_hours_are_those_of_the_last_row_that_names_them(plan) -> None:
    found = hour_weights(plan.study, plan.tables, "vanlig")
    assert found.sum() == pytest.approx(1)
    week = found[:168]
    assert (week[:144] > 0).all()
    assert (week[144:] == 0).all()
    assert hour_weights(plan.study, plan.tables, "akutt") == pytest.approx(np.full(8760, 1 / 8760))


def test_a_year_has_the_calls_of_its_rates_and_brings_patients_where_the_table_says(plan) -> None:
    years = [plan.calls(seed=3, year=year) for year in range(20)]
    number = np.array([len(one.start_min) for one in years])
    wanted = rates(plan.study, plan.tables).sum()
    assert abs(number.mean() - wanted) < 4 * np.sqrt(wanted / 20)
    urgency, to, at = (
        np.concatenate([getattr(one, name) for one in years]) for name in ("urgency", "to", "at")
    )
    hospital = plan.ways.of_kind("hospital")
    assert np.isin(to[urgency == 0], hospital).mean() == pytest.approx(0.7, abs=0.03)
    home = urgency == 1
    assert np.isin(at[home], hospital).mean() == pytest.approx(0.2, abs=0.02)
    assert (to[home & np.isin(at, hospital)] < plan.ways.demand).all()
    assert (np.concatenate([one.severe for one in years])[home] == 0).all()


def test_a_closed_base_changes_no_call(plan) -> None:
    closed = with_changes(plan, close=["s2"])
    first, second = plan.calls(seed=1, year=0), closed.calls(seed=1, year=0)
    for name in CALL:
        assert getattr(first, name).tobytes() == getattr(second, name).tobytes()
    assert "s2" not in set(closed.roster.crews["base_id"])
    other = plan.calls(seed=1, year=1)
    assert len(other.start_min) != len(first.start_min) or (other.start_min != first.start_min).any()


def test_a_closed_hospital_sends_its_patients_to_the_other(plan) -> None:
    closed = with_changes(plan, close=["h2"])
    place = {name: row for row, name in enumerate(plan.ways.places["place_id"])}
    to = closed.calls(seed=1, year=0).to
    assert place["h2"] in plan.calls(seed=1, year=0).to
    assert place["h2"] not in to
    assert place["h1"] in to


def test_duties_are_hours_of_the_week(plan) -> None:
    crews = plan.roster.crews
    duty = {
        (base, unit): hours
        for base, unit, hours in zip(crews["base_id"], crews["unit"], plan.roster.duty, strict=True)
    }
    assert (duty["s1", "1"] == 1).all()
    assert (duty["s1", "2"] > 0).sum() == 5 * 12
    assert duty["s1", "2"][8] == 1
    assert duty["s1", "2"][7] == duty["s1", "2"][20] == duty["s1", "2"][5 * 24 + 12] == 0
    assert np.bincount(duty["s2", "1"]).tolist() == [0, 84, 84]
    assert (duty["f1", "1"] == 1).all()
    assert [note.code for note in plan.roster.notes] == ["note.calls.one_crew"]


def test_minutes_of_crews_are_those_of_the_acute_baseline(plan) -> None:
    table = reach(plan.study, "response")
    for column, (base, mobilise) in enumerate(
        zip(table.bases["base_id"], table.bases["mobilise_min"], strict=True)
    ):
        row = plan.ways.bases["base_id"].tolist().index(base)
        mine = plan.ways.out_min(0)[: plan.ways.demand, row] + mobilise
        wanted = np.where(np.isnan(table.minutes[:, column]), np.inf, table.minutes[:, column])
        np.testing.assert_allclose(mine, wanted, rtol=0, atol=1e-9)
    homes = np.arange(plan.ways.demand)
    car, _, km = plan.ways.homes.ways(homes, homes, np.arange(1))[[0, 0, -1]]
    assert car[0, 1] == pytest.approx(61)  # a kilometre to the node, and 60 to West
    assert np.isinf(car[0, 4])
    assert km[0, 1] == pytest.approx(61, abs=1)


def test_a_base_more_stands_at_its_place(plan) -> None:
    more = with_changes(plan, add=["d2"])
    assert more.crews().iloc[-1][["base_id", "name", "resource", "kind"]].tolist() == [
        "new:d2",
        "West",
        "station",
        "station",
    ]
    assert more.ways.out_min(0)[:5, -1] == pytest.approx(plan.ways.homes(np.arange(5), np.arange(1))[0, 1])
    with pytest.raises(UnknownNameError):
        with_changes(plan, add=["nowhere"])
    with pytest.raises(UnknownNameError):
        with_changes(plan, close=["nowhere"])
    with pytest.raises(UnknownNameError):
        with_changes(plan, standby=["s1:s2:nowhere"])


def test_weather_holds_its_share_in_spells_and_groups_fail_together() -> None:
    base = {
        "moves": "air",
        "gives": ("response",),
        "mobilise_min": {"station": 15},
        "speed_kph": 200,
        "weather_group": "air",
        "spell_h": 8,
    }
    sure = {
        f"{name}_{what}": "assumption"
        for name in ("mobilise", "speed", "regularity")
        for what in ("source", "confidence")
    }
    weak, strong = (
        Resource(**base, **sure, regularity={"summer": share, "winter": share - 0.2}) for share in (0.8, 0.95)
    )
    winter = np.zeros(8760, bool)
    winter[:4380] = True
    ups = [hours_up({"weak": weak, "strong": strong}, winter, seed=5, year=year) for year in range(40)]
    for name, share in (("weak", 0.8), ("strong", 0.95)):
        every = np.array([one[name] for one in ups])
        assert every[:, 4380:].mean() == pytest.approx(share, abs=0.015)
        assert every[:, :4380].mean() == pytest.approx(share - 0.2, abs=0.02)
    assert not any((one["weak"] & ~one["strong"]).any() for one in ups)
    changes = np.mean([(np.diff(one["weak"][4380:].astype(int)) == 1).sum() for one in ups])
    assert (~np.array([one["weak"][4380:] for one in ups])).sum(axis=1).mean() / changes == pytest.approx(
        8, rel=0.1
    )


def test_limits_seasons_and_who_may(plan) -> None:
    assert limits(plan.study).tolist() == [12, 12, 25, 25, 25]
    cold = winter_hours(plan.study)
    assert cold[0]
    assert cold[24 * 104 + 23]
    assert not cold[24 * 105]
    assert cold[24 * 304]
    assert not cold[24 * 304 - 1]
    system = system_of(plan, seed=1, year=0)
    assert system.may.tolist() == [[1, 2], [1, 0], [0, 0], [0, 0]]
    assert system.up[0].all()
    assert not system.up[1].all()


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        ("call_hours.csv", "vanlig", "vanleg", "vanlig"),
        ("call_hours.csv", "*,*,*,1", "*,9,*,1", "whole number up to 7"),
        ("call_rates.csv", "county,South", "county,Suoth", "South"),
        ("call_rates.csv", "all,all,300,invented,assumption\n", "", "no rate of calls for Town, Far"),
        ("call_destinations.csv", "patient,hospital", "patient,hopsital", "hospital"),
        ("duties.csv", "s2,1,08:00", "s9,1,08:00", "not known here"),
        ("duties.csv", "08:00,20:00,1-5", "08:30,20:00,1-5", "hours of duty"),
    ],
)
def test_faults_of_the_tables_are_told(calls_study: Path, file: str, old: str, new: str, told: str) -> None:
    path = calls_study / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(DataError, match=told):
        plan_of(load_study(calls_study))


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("share = 0.6", "share = 0.5", "add up to 0.9"),
        ('share_source = "invented"\n', "", "share"),
        ('["akutt", "vanlig"]]', '["akutt", "vanleg"]]', "vanleg"),
        ('hospital = "hospital"', 'hospital = "hopsital"', "hospital"),
        ('duties = "duties.csv"', 'duties = "dutise.csv"', "file not found"),
        ("age_ratio = 3", "age_ratio = 3\nmonths = [1, 2]", "twelve"),
    ],
)
def test_faults_of_the_section_are_told(calls_study: Path, old: str, new: str, told: str) -> None:
    path = calls_study / "study.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(DataError, match=told):
        load_study(calls_study)


def test_a_study_without_calls_says_what_to_do(fjord: Path) -> None:
    with pytest.raises(DataError, match=r"\[calls\]"):
        read_call_tables(load_study(fjord))


def test_a_night_that_is_not_named_is_its_day_at_night(calls_study: Path) -> None:
    path = calls_study / "study.toml"
    states = 'states = { summer_day = "slow", winter_day = "slow" }\nage_ratio = 3'
    path.write_text(path.read_text(encoding="utf-8").replace("age_ratio = 3", states), encoding="utf-8")
    study = load_study(calls_study)
    plan = plan_of(study)
    assert plan.ways.parts == ("summer_day", "summer_night", "winter_day", "winter_night")
    # Nights are a study file of their own, on the roads of the day.
    night = parts_of(study)["winter_night"]
    assert night.as_read is not study
    assert night.as_read.network is study.network
    assert night.as_read.demand_points is study.demand_points
    assert night.on_network(study.facilities) is study.on_network(study.facilities)
    car = plan.ways.homes(np.arange(3), np.arange(2))
    assert np.isfinite(car[0, 0, 2])  # the ferry sails by day
    assert np.isinf(car[1, 0, 2])  # and not at two in the night
    state = system_of(plan, seed=1, year=0).state
    assert state[:24].tolist() == [3] * 7 + [2] * 15 + [3] * 2
    assert state[24 * 180 + 12] == 0


def test_a_quantile_has_the_interval_of_the_binomial_distribution() -> None:
    g = np.random.default_rng(6)
    inside = 0
    for _ in range(400):
        middle, width = quantile_bounds(g.exponential(10.0, 300), 0.9)
        inside += abs(middle - 10 * np.log(10)) <= width * 1.15
    assert 0.92 <= inside / 400 <= 0.995
    assert quantile_bounds(np.array([1.0, np.inf]), 0.9)[0] == np.inf
    assert np.isnan(quantile_bounds(np.array([]), 0.5)).all()


@pytest.mark.parametrize("share", [0.5, 0.9])
def test_order_statistics_are_those_of_scipys_distribution(share: float) -> None:
    sizes = [*range(1, 400), 1000, 28_001, 250_000]
    for q in (0.025, 0.31, 0.975):
        mine = [binomial_quantile(q, n, share) for n in sizes]
        assert mine == stats.binom.ppf(q, sizes, share).astype(int).tolist()


def test_another_table_of_duties_is_another_roster(plan) -> None:
    duties = pd.DataFrame(
        [["s1", "1", "00:00", "24:00", "1-7", "home", "x", "assumption"]], columns=plan.tables.duties.columns
    )
    other = with_changes(plan, duties=duties)
    assert other.roster.duty[0].tolist() == [2] * 168
    assert replace(plan, closed=frozenset()).ends.hospital.tolist() == plan.ends.hospital.tolist()


def with_states(folder: Path, *, out: str = "") -> Path:
    """The study with calls by part of the year; ``out``: a link that is out in every part."""
    text = (folder / "study.toml").read_text(encoding="utf-8")
    text = text.replace("[calls]\n", '[calls]\nstates = { summer_day = "mild", winter_day = "cold" }\n', 1)
    text += f'\n[scenarios.mild]\ndate = "07-01"\nlinks_out = [{out}]\n'
    text += f'\n[scenarios.cold]\ndate = "01-15"\nwinter = true\nlinks_out = [{out}]\n'
    text += '\n[scenarios.cold-no-ferry]\ninherits = ["no-ferry"]\ndate = "01-15"\nwinter = true\n'
    (folder / "study.toml").write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize("scenario", ["no-ferry", "cold-no-ferry"])
def test_what_a_scenario_changes_holds_in_every_part_of_the_year(
    calls_study: Path, tmp_path: Path, scenario: str
) -> None:
    written = plan_of(load_study(with_states(Path(copytree(calls_study, tmp_path / "written")), out='"ab"')))
    study = load_study(with_states(calls_study))
    asked, as_it_is = plan_of(study.in_state(scenario=scenario)), plan_of(study)
    np.testing.assert_array_equal(asked.out_min, written.out_min)
    assert (asked.out_min != as_it_is.out_min).any()
    told = [note for note in call_notes(asked) if getattr(note, "code", "") == "note.calls.own_time"]
    assert len(told) == (scenario == "cold-no-ferry")
    assert all("date, winter of the scenario cold-no-ferry" in note for note in told)
