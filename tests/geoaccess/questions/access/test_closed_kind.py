"""A scenario that closes every facility of a kind: nobody is reached, in every question alike."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

import geoaccess as ga
from geoaccess.cli.app import run
from geoaccess.ground.errors import UnknownNameError
from geoaccess.study.placement_sections import Onward

PERSONS = 1357.0  # everybody of the fjord

EVERYTHING_CLOSED = """
[scenarios.no-hospital]
title = "Both hospitals are closed"
facilities_closed = ["h1", "h2"]

[scenarios.kit-opens]
facilities_opened = [{ facility_id = "k1", name = "Kit", kind = "kit", municipality_code = "0101", node_id = "town" }]

[kinds.kit]
label = "kit"

[kinds.spaceport]
label = "spaceport"

[hazards.strike]
title = "A strike"
scenario = "no-hospital"
regularity = 0.5
source = "test"

[clocks.chain]
title = "From the call to the hospital"
parts = ["travel", "transport"]
[clocks.chain.travel]
kinds = ["station"]
[clocks.chain.transport]
kinds = ["hospital"]

[sensitivity."network.access.speed_kph"]
low = 30
base = 60
high = 90
"""


@pytest.fixture
def closed(fjord):
    with (fjord / "study.toml").open("a", encoding="utf-8") as file:
        file.write(EVERYTHING_CLOSED)
    return fjord


@pytest.fixture
def study(closed):
    return ga.load_study(closed)


@pytest.fixture
def told(capsys):
    def ask(*arguments):
        capsys.readouterr()
        code = run([*map(str, arguments), "--json", "--quiet"])
        captured = capsys.readouterr()
        assert code == 0, captured.err
        return json.loads(captured.out)

    return ask


def test_nobody_is_reached(study):
    state = study.in_state(scenario="no-hospital")
    assert ga.minutes(state, "hospital").shape == (5, 0)
    people = ga.nearest(state, "hospital")
    assert people["travel_time_min"].isna().all()
    assert people["second_nearest_min"].isna().all()
    assert set(people["facility_id"]) == set(people["facility_name"]) == {""}
    assert ga.travel_times(study, to="hospital", scenario="no-hospital").empty


def test_a_kind_that_never_was_is_told(study):
    with pytest.raises(UnknownNameError, match="spaceport"):
        ga.nearest(study, "spaceport")
    # A kind that some scenario opens is known: nobody reaches it before.
    assert ga.nearest(study, "kit")["travel_time_min"].isna().all()
    assert ga.nearest(study.in_state(scenario="kit-opens"), "kit")["travel_time_min"].notna().sum() == 4


@pytest.mark.parametrize("more", [(), ("--side-by-side",), ("--served",)])
def test_access(told, closed, more):
    found = told("access", closed, "--scenario", "base", "--scenario", "no-hospital", *more)
    figures = {row["scenario"]: row for row in found["region"]}
    assert figures["no-hospital"]["persons_unreachable"] == PERSONS
    assert figures["no-hospital"]["median_min"] is None
    assert figures["base"]["persons_unreachable"] == 7.0


def test_losses(study):
    found = ga.losses(study, of=["ferries", "facilities"], scenario="no-hospital")
    assert (found.rows["persons_no_longer_reached"] == 0).all()


def test_reliability_and_clocks(told, closed):
    (region,) = told("reliability", closed)["region"]
    # Half of all weeks nobody is reached: 50 of 100 for those whom a hospital reaches at all.
    assert region["share_reached"] == pytest.approx(0.5 * (PERSONS - 7) / PERSONS)
    assert told("clocks", closed, "--scenario", "no-hospital")["region"][0]["persons_unreachable"] == PERSONS


def test_a_placement_whose_hospitals_are_all_closed_reaches_nobody(closed, study):
    onward = study.placement("stations").model_copy(update={"onward": Onward(kind="hospital")})
    config = study.config.model_copy(update={"placements": {"stations": onward}})
    found = ga.place(replace(study, config=config), "stations", scenario="no-hospital")
    assert found.after["persons_unreachable"] == PERSONS
    assert found.demand["after_min"].isna().all()


def test_who_serves_when_all_are_closed(told, closed):
    table = (closed / "municipalities.csv").read_text(encoding="utf-8").splitlines()
    served = [f"{line},{one}" for line, one in zip(table, ["served", "h1", "h2", "h1"], strict=True)]
    (closed / "municipalities.csv").write_text("\n".join(served) + "\n", encoding="utf-8")
    file = closed / "study.toml"
    file.write_text(
        file.read_text(encoding="utf-8").replace('groups = ["county"]', 'groups = ["county", "served"]'),
        encoding="utf-8",
    )
    found = told("access", closed, "--scenario", "no-hospital", "--serving", "served")["serving"]
    assert [row["serving_mean_min"] for row in found] == [None, None, None]
    assert [row["serving_name"] for row in found] == ["Town hospital", "Færøy hospital", "Town hospital"]
    (one,) = [
        row for row in told("access", closed, "--serving", "served")["serving"] if row["persons"] == 250
    ]
    assert one["serving_mean_min"] == one["nearest_mean_min"]


def test_isochrones_are_of_nothing(closed):
    from geoaccess.questions.isochrones.answer import isochrones_answer

    run = isochrones_answer(closed, "hospital", scenario="no-hospital")
    assert run.tables["reach_points"]["travel_time_min"].isna().all()
    assert (run.tables["isochrones"]["road_km"] == 0).all()


def test_a_sweep_has_no_column_of_a_closed_kind(told, closed, tmp_path):
    told("sweep", closed, "--scenario", "no-hospital", "--scenario", "base", "-o", tmp_path / "sweep")


def test_nothing_is_shared_with_the_base(study):
    before = ga.nearest(study, "hospital")
    ga.nearest(study.in_state(scenario="no-hospital"), "hospital")
    np.testing.assert_array_equal(before["travel_time_min"], ga.nearest(study, "hospital")["travel_time_min"])
