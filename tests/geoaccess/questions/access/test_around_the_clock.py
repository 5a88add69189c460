"""Access around the clock: sums that reconcile, what a figure rests on, and what the command tells."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest

import geoaccess as ga
from geoaccess.cli.app import run
from geoaccess.ground.errors import UnknownNameError
from geoaccess.questions.access.around_the_clock import around_the_clock, parse_patience
from geoaccess.study.ferry_timing import conditions_of, leaving
from networks.arrival import nearest_profiles


@pytest.fixture(scope="module")
def found():
    return around_the_clock("nord-norge", kinds=["akuttmottak"], draws=4)


def test_people_reconcile(found):
    people = ga.load_study("nord-norge").weight()
    bases = found.bases.set_index("basis")["persons"]
    assert bases.sum() == people.sum()
    points = found.points
    for row in found.region.itertuples():
        within = points[f"within_{row.threshold_min:g}_share"].to_numpy()
        assert row.persons_within_over_the_day == pytest.approx(people @ within)
        assert row.persons_within_at_p90 == people[points["p90_min"] <= row.threshold_min].sum()
        assert row.persons_within_at_worst_hour <= row.persons_within_over_the_day + 1e-6
    assert len(found.hours) == 24 * len(points)


def test_roads_do_not_depend_on_the_clock_and_order_holds(found):
    points = found.points
    road = points[points["basis"] == "road"]
    assert np.allclose(road["p90_min"], road["travel_time_min"])
    assert (road[["leave_by", "first_again"]] == "").all(axis=None)
    nowhere = points[points["basis"] == "no way"]
    assert nowhere["travel_time_min"].isna().all()
    assert nowhere["no_way_share"].eq(1.0).all()
    reached = points[points["basis"] != "no way"]
    assert reached["best_min"].notna().all()
    names = ["best_min", "p50_low_min", "p50_min", "p50_high_min", "worst_min"]
    for order in (names, ["p50_min", "p90_min", "worst_min"]):
        minutes = reached[order].fillna(1e9).to_numpy()  # no figure is no way
        assert (np.diff(minutes, axis=1) >= -1e-6).all(), order
    assert (reached["p90_if_unknown_nights_sail_min"] <= reached["p90_min"].fillna(np.inf) + 1e-6).all()


def test_a_ferry_once_a_day_is_no_hour_of_waiting(found):
    """Røst: the table says 60 minutes of waiting at any hour; half of all moments wait for most of a day."""
    place = found.points.set_index("demand_id").loc["rost"]
    assert place["p50_min"] > place["travel_time_min"] + 300


def test_facilities_over_the_day_are_those_that_each_minute_reaches(found):
    """Minute by minute of the day and of every draw, with the functions of everybody one by one."""
    study = ga.load_study("nord-norge").in_state(scenario="base")
    timed = leaving(study.network, conditions_of(study.network, study), None)
    profiles = nearest_profiles(
        study.network, study.demand_points, study.on_network(study.facilities_of("akuttmottak")),
        timed.conditions, days=timed.days, patience_min=found.patience_min, draws=found.draws,
    )  # fmt: skip
    minutes = np.arange(0.5, 1440.0)
    searched = set(profiles.live.tolist())
    assert searched
    for row, point in found.points[:: len(found.points) // 60].iterrows():
        functions = [profiles.function(int(row), draw=draw) for draw in range(found.draws)]
        reached = [[function.target(minute) for minute in minutes[::20]] for function in functions]
        told = [one for targets in reached for one in targets if one is not None]
        names, counts = np.unique(told, return_counts=True)
        assert point["facilities_over_day"] >= len(names)
        if row not in searched:
            assert point["facilities_over_day"] == len(names)
            assert point["assumed_share"] == 0.0
        if len(names):
            share = counts.max() / (found.draws * len(minutes[::20]))
            assert point["main_facility_share"] == pytest.approx(share, abs=0.06)
        else:
            assert np.isnan(point["main_facility_share"])


@pytest.mark.parametrize(
    ("text", "minutes"), [("48h", 2880.0), ("90", 90.0), ("90min", 90.0), ("1.5 h", 90.0)]
)
def test_patience_is_read(text, minutes):
    assert parse_patience(text) == minutes


@pytest.mark.parametrize("text", ["", "h", "-1h", "0", "nan", "inf", "400h"])
def test_impossible_patience_is_refused(text):
    with pytest.raises(UnknownNameError):
        parse_patience(text)


def test_the_command_tells_what_answers_rest_on(capsys):
    arguments = ["access", "nord-norge", "--around-the-clock", "--to", "akuttmottak", "--draws", "2"]
    assert run([*arguments, "--json", "-q"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["draws"] == 2
    assert {row["basis"] for row in told["bases"]} >= {"road", "frequency", "assumed", "night not known"}
    assert run(["--lang", "nb", *arguments]) == 0
    said = capsys.readouterr()
    assert "hviler" in said.err
    assert "Der døgnet skiller seg mest fra tabellen" in said.out
    assert "ikke kjent" in said.out  # no time is promised where times are assumed ...
    assert not re.search(r"\d,\d{3}", said.out)  # thousands as in bokmål
    assert "nås ikke" not in said.out  # ... which is not the same as no way
    assert run(["access", "nord-norge", "--around-the-clock", "--patience", "soon"]) == 2


def test_everybody_is_in_one_group_of_the_bases(found):
    people = ga.load_study("nord-norge").weight().sum()
    assert found.bases["persons"].sum() == people
    points = found.points
    night = points["night_unknown"] & ~points["basis"].isin(["assumed", "no way"])
    told = found.bases.set_index("basis")["persons"]
    assert told["night not known"] == points.loc[night, found.weight].sum()
    (note,) = (one for one in found.notes if getattr(one, "code", "") == "note.clock_bases")
    assert sum(value for value in note.fields.values() if isinstance(value, float)) == people


def test_hours_that_are_all_equal_have_no_worst_one(found):
    hours = found.hours.pivot(index="demand_id", columns="hour", values="p50_min")
    equal = hours.apply(lambda row: row.isna().all() or row.max() - row.min() < 1e-6, axis=1)
    worst = found.points.set_index("demand_id")["worst_hour"]
    assert worst[equal[equal].index].isna().all()
    assert worst[equal[~equal].index].notna().all()


def test_the_first_way_again_is_after_the_last_one(found):
    """A spell over midnight ends on the next day, and the table says so."""
    waits = found.points[found.points["leave_by"] != ""]
    assert not waits["leave_by"].str.contains("day").any()
    for leave, again in zip(waits["leave_by"], waits["first_again"], strict=True):
        assert again > leave or again.endswith(" (+1 day)"), (leave, again)


@pytest.mark.parametrize("kind", ["response", "doctor", "transport-to-akuttmottak"])
def test_services_of_crews_are_refused_around_the_clock(capsys, kind):
    asked = ["access", "nord-norge", "--around-the-clock", "--to", kind]
    assert run(asked) == 2
    assert "not told around the clock yet" in capsys.readouterr().err
    assert run(["--lang", "nb", *asked]) == 2
    assert "kan ennå ikke regnes gjennom døgnet" in capsys.readouterr().err


def test_a_convoy_has_its_hours_whatever_the_time_of_the_scenario(fjord):
    """West drives to Town in convoy, at 08, 10 and 12: at 02:00 by tables nobody would, all day around the clock."""
    places = (fjord / "places.csv").read_text(encoding="utf-8")
    (fjord / "places.csv").write_text(places.replace("h2,Færøy hospital,hospital", "h2,F,other"), "utf-8")
    with (fjord / "study.toml").open("a", encoding="utf-8") as file:
        file.write('\n[kinds.other]\nlabel = "other"\n[scenarios.snow]\nconvoys = [')
        file.write(
            '{ roads = ["E6"], headway_min = 120, window = ["08:00", "12:00"], speed_factor = 0.5 }]\n'
        )
        file.write('[scenarios.snow-night]\ninherits = ["snow"]\ntime = "02:00"\n')
    found = around_the_clock(fjord, kinds=["hospital"], scenarios=["snow", "snow-night"], draws=2)
    for scenario in ("snow", "snow-night"):
        west = found.points[found.points["scenario"] == scenario].set_index("demand_id").loc["d2"]
        assert west["best_min"] == pytest.approx(120)
        assert west["worst_min"] == pytest.approx(1200 + 120)
        assert west["mean_min"] == pytest.approx((2 * 120**2 / 2 + 1200**2 / 2) / 1440 + 120)
        assert west["basis"] == "frequency"
        assert west["no_way_share"] == 0
