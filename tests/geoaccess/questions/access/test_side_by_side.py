"""Scenarios beside each other, and the facility that serves held against the nearest, on a hand-made fjord."""

from __future__ import annotations

import json
import math

import pytest

import geoaccess as ga
from geoaccess.cli.app import run
from geoaccess.ground.errors import DataError, UnknownNameError
from geoaccess.questions.access.serving import serving_check
from geoaccess.questions.access.side_by_side import (
    ALL,
    scenario_changes,
    scenario_overlays,
    scenario_stays,
)


@pytest.fixture
def table(fjord):
    study = ga.load_study(fjord)
    scenarios = ("base", "no-ferry", "slow", "closed")
    return study, ga.accessibility(study, kinds=["hospital"], scenarios=scenarios)


def row(frame, **wanted):
    for name, value in wanted.items():
        frame = frame[frame[name] == value]
    (found,) = frame.to_dict(orient="records")
    return found


def test_changes_are_those_computed_by_hand(table):
    study, times = table
    changes = scenario_changes(study, times)
    # Nearest hospital in the base: Town 1, West 55 (over the ferry), East 30, Færøy 2. Without the ferry West
    # drives 60 to Town; at half the speed roads take twice as long, access legs and the ferry do not.
    town = row(changes, municipality="Town", scenario="no-ferry")
    assert town["median_min"] == pytest.approx(1)
    assert town["change_median_min"] == 0
    assert town["change_mean_min"] == pytest.approx(100 * (60 - 55) / 1100)
    assert (town["persons_lose"], town["persons_gain"]) == (100, 0)
    assert town["worst_loss_min"] == pytest.approx(5)
    far = row(changes, municipality="Far", scenario="slow")
    assert far["change_mean_min"] == pytest.approx(50 * 30 / 250)
    assert row(changes, municipality="Far", scenario="no-ferry")["change_mean_min"] == 0
    everybody = row(changes, municipality=ALL, scenario="slow")
    assert everybody["persons"] == 1357
    assert everybody["person_min_lost"] == sum(
        one["person_min_lost"]
        for one in changes.to_dict(orient="records")
        if one["scenario"] == "slow" and one["municipality"] != ALL
    )


def test_a_scenario_against_itself_changes_nothing(table):
    study, times = table
    changes = scenario_changes(study, times, against="slow")
    same = changes[changes["scenario"] == "slow"]
    assert not same[["persons_gain", "persons_lose", "person_min_gained", "person_min_lost"]].any(axis=None)
    assert set(changes["against"]) == {"slow"}
    with pytest.raises(UnknownNameError):
        scenario_changes(study, times, against="fast")


def test_the_unreachable_have_no_median_and_no_change(table):
    study, times = table
    island = row(scenario_changes(study, times), municipality="Island", scenario="slow")
    assert math.isnan(island["median_min"])
    assert math.isnan(island["change_mean_min"])
    assert island["persons_no_longer_reached"] == 0


def test_overlays_and_closed_facilities_are_named(table):
    study, _ = table
    told = {
        one["scenario"]: one["changes"] for one in scenario_overlays(study, ("base", "no-ferry", "closed"))
    }
    assert told["base"] == []
    assert told["no-ferry"] == ["no-ferry: links out (ab)"]
    assert told["closed"] == ["closed: facility closed (h1)"]


def test_what_stays_of_the_conclusions(table):
    study, times = table
    stays = scenario_stays(times, scenario_changes(study, times))
    base, closed = row(stays, scenario="base"), row(stays, scenario="closed")
    assert base["rank_correlation"] == pytest.approx(1)
    assert base["persons_other_facility"] == 0
    assert base["worst"] == closed["worst"] == "Island"  # nobody there is reached
    # Without the hospital of Town its people take the ferry to Færøy; those of West did so already.
    assert closed["persons_other_facility"] == 1000
    assert row(stays, scenario="no-ferry")["persons_other_facility"] == 100
    # Medians of Town, Far, Island: 1, 2, unreachable; with Town's hospital closed 117, 2, unreachable.
    assert closed["rank_correlation"] == pytest.approx(0.5)


def test_the_command_line_tells_them(fjord, capsys):
    arguments = ["access", str(fjord), "--scenario", "base", "--scenario", "no-ferry", "--side-by-side"]
    assert run([*arguments, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert {"overlays", "changes", "stays"} <= set(told)
    assert run([*arguments, "-q"]) == 0
    out = capsys.readouterr().out
    assert "no-ferry: links out (ab)" in out
    (line,) = [line for line in out.splitlines() if line.startswith("│ Town") and "+" in line]
    assert "+0.5" in line
    assert "unreachable" in out


def with_serving(folder, ids):
    text = (folder / "study.toml").read_text(encoding="utf-8")
    text = text.replace('groups = ["county"]', 'groups = ["county", "hospital"]')
    (folder / "study.toml").write_text(text, encoding="utf-8")
    file = folder / "municipalities.csv"
    header, *lines = file.read_text(encoding="utf-8").splitlines()
    rows = [f"{line},{one}" for line, one in zip(lines, ids, strict=True)]
    file.write_text("\n".join([f"{header},hospital", *rows]) + "\n", encoding="utf-8")
    return ga.load_study(folder)


def test_the_nearest_against_the_one_that_serves(fjord):
    study = with_serving(fjord, ["h1", "h1", "h2"])
    checked = serving_check(study, ga.accessibility(study, kinds=["hospital"]), "hospital")
    town, far = row(checked, municipality="Town"), row(checked, municipality="Far")
    # West is nearer to Færøy: 55 minutes against 60.
    assert town["persons_elsewhere"] == 100
    assert town["nearest_name"] == town["serving_name"] == "Town hospital"
    assert town["extra_mean_min"] == pytest.approx(100 * 5 / 1100)
    assert (far["nearest_name"], far["serving_name"]) == ("Færøy hospital", "Town hospital")
    assert far["persons_elsewhere"] == 250
    island = row(checked, municipality="Island")
    assert (island["nearest_name"], island["persons_elsewhere"]) == ("", 0)
    assert math.isnan(island["serving_mean_min"])


def test_a_municipality_must_name_a_facility_of_the_kind(fjord):
    study = with_serving(fjord, ["h1", "s1", "h9"])
    times = ga.accessibility(study, kinds=["hospital"])
    with pytest.raises(DataError) as caught:
        serving_check(study, times, "hospital")
    assert [(fault.row, fault.value) for fault in caught.value.faults] == [("0202", "s1"), ("0303", "h9")]
    with pytest.raises(UnknownNameError, match="county"):
        serving_check(study, times, "trust")


def test_the_command_line_tells_who_goes_elsewhere(fjord, capsys):
    with_serving(fjord, ["h1", "h1", "h2"])
    assert run(["access", str(fjord), "--serving", "hospital", "-q"]) == 0
    out = capsys.readouterr().out
    assert "where the nearest is not the one that serves" in out
    assert "in the other 1 municipality the nearest serves" in out
