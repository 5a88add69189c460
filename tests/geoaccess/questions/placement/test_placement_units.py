"""Units by people or by Erlang, catchments over borders, boats and helicopters, the clock to the first bag."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

import geoaccess as ga
from geoaccess.ground.errors import DataError
from geoaccess.questions.clocks.answer import run_clocks
from geoaccess.questions.placement.sites import site_table
from geoaccess.questions.placement.units import sized
from geoaccess.study.schema import Erlang, Units

NEIGHBOURS = "municipality_a,municipality_b\n0101,0202\n0202,0303\n"
BEDS = """
[placements.beds]
title = "beds"
facility = "bed"
existing = "ignore"
candidates = "facilities"
candidate_kinds = ["hospital"]
sites = 2
direction = "to_site"
demand_by = "municipality"
catchment = "neighbours"
neighbours = "neighbours.csv"
units = { persons_per_unit = 100, minimum = 4 }
[kinds.bed]
label = "bed"
"""


def add(folder, text):
    path = folder / "study.toml"
    path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8")


@pytest.fixture
def beds(fjord):
    """The fjord study with a question on beds."""
    (fjord / "neighbours.csv").write_text(NEIGHBOURS, encoding="utf-8")
    add(fjord, BEDS)
    return fjord


def blocked(offered, servers):
    """Erlang's loss formula as he wrote it."""
    terms = [offered**n / math.factorial(n) for n in range(servers + 1)]
    return terms[-1] / sum(terms)


@given(offered=st.floats(0.01, 12), most=st.floats(0.005, 0.5), minimum=st.integers(1, 6))
def test_erlang_sizes_are_the_fewest_within_the_target(offered, most, minimum):
    target = Erlang(admissions_per_1000_year={"people": 1}, stay_days=1, most_turned_away=most)
    (units,) = sized(Units(erlang=target, minimum=minimum), np.asarray([offered]))
    assert units >= minimum
    assert blocked(offered, int(units)) <= most * (1 + 1e-9)
    if units > minimum:
        assert blocked(offered, int(units) - 1) > most * (1 - 1e-9)


@given(loads=st.lists(st.floats(0, 50), min_size=1, max_size=8), minimum=st.integers(1, 6))
def test_sizes_by_people_are_whole_and_enough(loads, minimum):
    units = sized(Units(persons_per_unit=7, minimum=minimum), np.asarray(loads))
    assert (units >= np.asarray(loads) - 1e-9).all()
    assert (units >= minimum).all()
    assert ((units < np.asarray(loads) + 1) | (units == minimum)).all()


@pytest.mark.parametrize(
    "units",
    [
        {"minimum": 4},
        {"persons_per_unit": 100, "also_per_unit": {"old": 0}},
        {
            "persons_per_unit": 100,
            "erlang": {"admissions_per_1000_year": {}, "stay_days": 1, "target_occupancy": 0.5},
        },
        {"erlang": {"admissions_per_1000_year": {"people": 1}, "stay_days": 1}},
        {
            "erlang": {
                "admissions_per_1000_year": {"people": 1},
                "stay_days": 1,
                "target_occupancy": 0.5,
                "most_turned_away": 0.1,
            }
        },
        {
            "erlang": {"admissions_per_1000_year": {"people": 1}, "stay_days": 1, "target_occupancy": 0.5},
            "total": 9,
        },
    ],
)
def test_sizes_that_contradict_themselves(units):
    with pytest.raises(ValidationError):
        Units.model_validate(units)


def test_units_follow_the_people_who_are_assigned(beds):
    result = ga.place(beds, "beds")
    chosen = result.chosen.set_index("site_id")
    assert result.solution.model.name == "p-median"
    # Town and West go to Town's hospital as one municipality, East and Færøy to Færøy's.
    assert chosen["units"].to_dict() == {"at:h1": 11, "at:h2": 4}
    assert chosen["persons_served"].to_dict() == {"at:h1": 1100, "at:h2": 250}
    served = result.demand.set_index("demand_id")["site_after"]
    assert served["d2"] == "at:h1"  # nearer to Færøy's hospital on its own
    assert result.account["persons_unreachable"] == 7


def test_units_of_old_people_count_too(beds):
    path = beds / "study.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text.replace("minimum = 4", "minimum = 4, also_per_unit = { old = 10 }"), encoding="utf-8"
    )
    units = ga.place(beds, "beds").chosen.set_index("site_id")["units"]
    assert units.to_dict() == {"at:h1": 11 + 12, "at:h2": math.ceil(2.5 + 6)}


def test_erlang_sizes_tell_occupancy_and_losses(beds):
    path = beds / "study.toml"
    text = path.read_text(encoding="utf-8")
    erlang = "units = { minimum = 1, erlang = { admissions_per_1000_year = { people = 365.25 }, stay_days = 2, target_occupancy = 0.5 } }"
    path.write_text(text.replace("units = { persons_per_unit = 100, minimum = 4 }", erlang), encoding="utf-8")
    row = ga.place(beds, "beds").chosen.set_index("site_id").loc["at:h1"]
    # 1,100 people, one admission a day for 1,000 of them, two days each: 2.2 beds wanted.
    assert row["turned_away"] == pytest.approx(blocked(2.2, int(row["units"])))
    assert row["units_taken"] == pytest.approx(2.2 * (1 - row["turned_away"]))
    assert row["occupancy"] == pytest.approx(row["units_taken"] / row["units"])
    assert row["occupancy"] <= 0.5
    fewer = int(row["units"]) - 1
    assert 2.2 * (1 - blocked(2.2, fewer)) / fewer > 0.5


def test_before_is_todays_units_even_where_they_do_not_compete(beds):
    facilities = beds / "places.csv"
    text = facilities.read_text(encoding="utf-8") + "b1,Town beds,bed,0101,town,69.0,18.0\n"
    facilities.write_text(text, encoding="utf-8")
    result = ga.place(beds, "beds")
    before = result.demand.set_index("demand_id")["before_min"]
    assert before["d1"] == pytest.approx(1)
    assert before["d4"] == pytest.approx(2 + 30 + 25 + 60)  # across one border
    assert "b1" not in result.sites["site_id"].tolist()


@pytest.mark.parametrize(("borders", "reached"), [(1, False), (2, True)])
def test_how_many_borders_may_be_crossed(beds, borders, reached):
    path = beds / "study.toml"
    text = path.read_text(encoding="utf-8")
    text = text.replace('catchment = "neighbours"', f'catchment = "neighbours"\nborders = {borders}')
    text = text.replace(
        'candidate_kinds = ["hospital"]\nsites = 2', 'candidate_kinds = ["station"]\nsites = 1'
    )
    # A road to the island, three municipalities in a row: Town, Far, Island.
    path.write_text(text, encoding="utf-8")
    roads = beds / "roads.csv"
    roads.write_text(
        roads.read_text(encoding="utf-8") + "fi,far,island,Fv2,county_primary,30,60,,,,test,sourced\n",
        encoding="utf-8",
    )
    after = ga.place(beds, "beds").demand.set_index("demand_id")["after_min"]
    assert math.isfinite(after["d5"]) is reached
    assert math.isfinite(after["d4"])


CRAFT = """
[kinds.heli]
label = "helicopter base"
[kinds.boat]
label = "boat base"

[placements.modes]
title = "modes"
facility = "station"
budget = 2
cost = 1
parts = { mobilise = 2 }

[[placements.modes.craft]]
kind = "heli"
mode = "helicopter"
candidate_kinds = ["hospital"]
cost = 2
parts = { mobilise = 10 }
speed_kph = 200
range_km = 160
grounded_in = ["slow"]
source = "invented"

[[placements.modes.craft]]
kind = "boat"
mode = "boat"
cost = 1
parts = { mobilise = 5 }
speed_kph = 33.6
range_km = 10
transfer_min = 3
source = "invented"
"""


def test_helicopters_fly_straight_and_boats_follow_the_ferry_lines(fjord):
    add(fjord, CRAFT)
    study = ga.load_study(fjord)
    places = site_table(study, study.placement("modes"))
    assert set(places["mode"]) == {"road", "boat", "helicopter"}
    by_mode = {
        mode: places.loc[places["mode"] == mode, "site_id"].tolist() for mode in ("boat", "helicopter")
    }
    assert by_mode == {"boat": ["boat:west", "boat:east"], "helicopter": ["helicopter:h1", "helicopter:h2"]}
    from geoaccess.questions.placement.minutes import site_minutes

    minutes = site_minutes(study, study.placement("modes"), places)
    times = {name: minutes[:, column] for column, name in enumerate(places["site_id"])}
    degree_km = 6371.0088 * math.pi / 180
    # From Town straight north to West and Færøy; the island is 1.5 degrees north and 3 west: 200 km, too far.
    assert times["helicopter:h1"][1] == pytest.approx(10 + 0.5 * degree_km / 200 * 60, rel=1e-3)
    assert times["helicopter:h1"][3] == pytest.approx(10 + 0.8 * degree_km / 200 * 60, rel=1e-3)
    assert math.isnan(times["helicopter:h1"][4])
    # 5.6 km over the fjord at 33.6 km/h take ten minutes, then 30 minutes by road and the access leg of 2.
    assert times["boat:west"][2] == pytest.approx(5 + 10 + 3)
    assert times["boat:west"][3] == pytest.approx(5 + 10 + 3 + 30 + 2)
    assert math.isnan(times["boat:west"][4])


def test_a_boat_base_without_a_ferry_line_is_named(fjord):
    add(fjord, CRAFT)
    places = fjord / "places.csv"
    text = places.read_text(encoding="utf-8")
    text += "b1,Town boat,boat,0101,town,69.0,18.0\nb2,East boat,boat,0202,east,69.55,18.0\n"
    places.write_text(text, encoding="utf-8")
    result = ga.place(fjord, "modes")
    assert "left out, for no ferry line calls there: Town boat" in result.notes
    assert result.sites.set_index("site_id").loc["b2", "role"] == "existing"
    assert "b1" not in result.sites["site_id"].tolist()


def test_craft_stay_where_weather_grounds_them(fjord):
    add(fjord, CRAFT)
    flown = ga.place(fjord, "modes")
    grounded = ga.place(fjord, "modes", scenario="slow")
    assert flown.chosen["cost"].sum() <= 2
    assert "helicopter" not in set(grounded.chosen["mode"])
    assert any("not in slow" in note for note in flown.notes)
    assert flown.to_dict()["chosen"][0]["mode"] in {"road", "boat", "helicopter"}


def test_a_helicopter_without_places_to_land_is_refused(fjord):
    add(fjord, CRAFT.replace('candidate_kinds = ["hospital"]\ncost = 2', "cost = 2"))
    with pytest.raises(DataError, match="no candidate place for a helicopter"):
        ga.place(fjord, "modes")


def test_the_first_bag_is_the_quicker_of_the_clock_of_hospital_and_kit():
    study = ga.load_study("nord-norge")
    placed = ga.place(study, "blood-first-bag", sites=0)
    clock = run_clocks(study, study.config.clocks)["blood"].total_min
    np.testing.assert_allclose(placed.demand["before_min"].to_numpy(), np.ravel(clock), rtol=0, atol=1e-6)


@pytest.fixture(scope="module")
def region():
    return ga.load_study("nord-norge")


@pytest.mark.parametrize("name", ["kad", "kad-80plus", "kad-erlang", "kad-legevakt", "kad-two-borders"])
def test_bed_questions_are_proven_and_hold_their_rules(region, name):
    result = ga.place(region, name)
    question, chosen = result.question, result.chosen
    assert result.solution.status.value == "optimal"
    assert len(chosen) == question.sites == 24
    assert (chosen["units"] >= 4).all()
    assert sum(result.account.values()) == pytest.approx(2 * result.account["persons"])
    served = result.demand[result.demand["site_after"] != ""]
    assert (served.groupby("municipality_code")["site_after"].nunique() == 1).all()
    if question.units.erlang is not None:
        assert (chosen["turned_away"] <= question.units.erlang.most_turned_away).all()
    if name == "kad":
        needed = np.ceil(chosen["persons_served"] / 7000)
        assert (chosen["units"] >= needed - 1e-9).all()
    assert result.account["persons_unreachable"] < (15_000 if name == "kad-legevakt" else 2_500)


@pytest.mark.parametrize("name", ["covered", "backup", "busy", "together", "modes"])
def test_ambulance_variants_are_proven(region, name):
    name = f"ambulance-{name}"
    result = ga.place(region, name)
    assert result.solution.status.value == "optimal"
    assert len(result.chosen) >= 3
    if name == "ambulance-modes":
        assert result.chosen["cost"].sum() <= 9
    else:
        covered = ga.place(region, "ambulance").after["share_within_class_threshold"]
        if name == "ambulance-covered":
            assert result.after["share_within_class_threshold"] >= covered
