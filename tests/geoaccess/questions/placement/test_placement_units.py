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
from geoaccess.minutes.resources import reach
from geoaccess.questions.clocks.answer import run_clocks
from geoaccess.questions.placement.minutes import site_minutes
from geoaccess.questions.placement.sites import site_table
from geoaccess.questions.placement.units import sized
from geoaccess.study.placement_sections import Erlang, Units
from tests.geoaccess.minutes.resources.conftest import fleet_toml, write_fleet

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


@pytest.fixture
def modes(fjord):
    """The fjord with land, a road station, and boats and helicopters with figures of the question's own."""
    write_fleet(fjord, "")
    add(fjord, CRAFT)
    return fjord


def site_times(study, name):
    """Site -> minutes of a placement, every site with an id of its own."""
    places = site_table(study, study.placement(name))
    assert places["site_id"].is_unique
    minutes = site_minutes(study, study.placement(name), places)
    return places, {site: minutes[:, column] for column, site in enumerate(places["site_id"])}


def flown(leave, degrees, speed):
    """Minutes of a flight straight north."""
    return pytest.approx(leave + degrees * 6371.0088 * math.pi / 180 / speed * 60, rel=1e-3)


def test_helicopters_fly_straight_and_boats_sail_to_the_shore(modes):
    places, times = site_times(ga.load_study(modes), "modes")
    assert set(places["mode"]) == {"road", "boat", "helicopter"}
    by_kind = {kind: places.loc[places["kind"] == kind, "site_id"].tolist() for kind in ("boat", "heli")}
    # Today's bases first; a quay that has a boat today and a place that has a helicopter are no candidates.
    assert by_kind == {"boat": ["b1", "boat:east"], "heli": ["x1", "heli:h2"]}
    # From Town straight north to West and Færøy; the island is 1.5 degrees north and 3 west: 200 km, too far.
    assert times["x1"][1] == flown(10, 0.5, 200)
    assert times["x1"][3] == flown(10, 0.8, 200)
    assert math.isnan(times["x1"][4])
    # 5.6 km over the fjord at 33.6 km/h take ten minutes; the crew has no car for the 28 km to Færøy.
    assert times["b1"][2] == pytest.approx(5 + 10 + 3, abs=1.5)
    assert math.isnan(times["b1"][3])
    assert math.isnan(times["b1"][4])


def test_two_kinds_of_helicopter_in_one_placement_keep_their_figures(modes):
    first = CRAFT.split("[[placements.modes.craft]]")[1]
    alone = ga.place(modes, "modes")
    slower = first.replace('"heli"', '"rescue"').replace("speed_kph = 200", "speed_kph = 100")
    add(modes, "[[placements.modes.craft]]" + slower.replace("range_km = 160", "range_km = 400"))
    study = ga.load_study(modes)
    _, times = site_times(study, "modes")
    assert times["x1"][1] == flown(10, 0.5, 200)
    assert times["y1"][1] == flown(10, 0.3, 100)
    assert times["rescue:h1"][1] == flown(10, 0.5, 100)
    assert np.isfinite(times["y1"][4])
    # One more that may come, slower though it is, makes nobody slower.
    both = ga.place(study, "modes")
    assert (both.demand["before_min"].fillna(math.inf) <= alone.demand["before_min"].fillna(math.inf)).all()


def test_craft_without_figures_or_twice_are_refused(modes):
    add(modes, '[[placements.modes.craft]]\nkind = "taxi"\n[[placements.modes.craft]]\nkind = "heli"\n')
    study = ga.load_study(modes)
    with pytest.raises(DataError, match=r"'taxi' has no figures: describe \[resources.taxi\]") as error:
        site_table(study, study.placement("modes"))
    assert "'heli' stands twice" in str(error.value)


def test_everybody_who_comes_stands_in_the_background(modes):
    add(modes, fleet_toml())
    study = ga.load_study(modes)
    places, times = site_times(study, "stations")
    background = places[places["kind"] != ""]
    assert set(background["site_id"]) == {"b1", "k1", "t1", "x1", "y1"}
    assert set(background["role"]) == {"existing"}
    table = reach(study)
    for column, site in enumerate(table.bases["base_id"]):
        np.testing.assert_array_equal(times[site], table.minutes[:, column])
    everybody, cars = ga.place(study, "stations"), ga.place(study.with_resources(["station"]), "stations")
    np.testing.assert_array_equal(everybody.demand["before_min"], table.quickest_min)
    assert set(cars.sites["kind"]) == {""}
    assert everybody.before["mean_min"] != cars.before["mean_min"]


def test_a_helicopter_can_be_what_is_placed(modes):
    question = '[placements.helis]\ntitle = "t"\nfacility = "heli"\ncandidates = "facilities"\n'
    add(modes, fleet_toml() + question + 'candidate_kinds = ["hospital"]\nsites = 1\n')
    study = ga.load_study(modes)
    assert ga.place(study, "helis").chosen["mode"].tolist() == ["helicopter"]
    _, times = site_times(study, "helis")
    assert times["at:h2"][1] == flown(10 + 3, 0.3, 200)


def test_craft_stay_where_weather_grounds_them(modes):
    flying = ga.place(modes, "modes")
    grounded = ga.place(modes, "modes", scenario="slow")
    assert flying.chosen["cost"].sum() <= 2
    assert "helicopter" not in set(grounded.chosen["mode"])
    assert any("does not go out in slow" in note for note in flying.notes)
    assert flying.to_dict()["chosen"][0]["mode"] in {"road", "boat", "helicopter"}


def test_a_helicopter_without_places_to_land_is_refused(modes):
    file = modes / "study.toml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace('candidate_kinds = ["hospital"]\ncost = 2', "cost = 2"), encoding="utf-8")
    with pytest.raises(DataError, match="no candidate place for a helicopter"):
        ga.place(modes, "modes")


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


MOVES = """
[placements.move]
title = "Move one"
facility = "station"
objective = "relocation"
existing = "may_move"
moves = 1
sites = 0
min_people = 20
parts = { mobilise = 2 }
"""


def test_a_floor_keeps_what_people_have_and_says_what_it_costs(fjord):
    # Two stations in one town, and the only one beyond the fjord: the second in town is free to move.
    places = fjord / "places.csv"
    text = places.read_text(encoding="utf-8")
    places.write_text(text + "s2,Far station,station,0202,far,69.8,18.0\n", encoding="utf-8")
    people = fjord / "people.csv"
    text = people.read_text(encoding="utf-8")
    # Many at West, whom the station at Færøy serves badly: moving it there pays, and leaves Færøy alone.
    people.write_text(
        text.replace("d2,West,0101,west,69.5,18.0,0,100", "d2,West,0101,west,69.5,18.0,0,9000"),
        encoding="utf-8",
    )
    add(fjord, MOVES)
    free = ga.place(fjord, "move")
    lost = free.demand["after_min"] - free.demand["before_min"]
    assert lost.max() > 10
    add(fjord, "floor = { loses_at_most_min = 10 }\n")
    held = ga.place(fjord, "move")
    kept = held.demand["after_min"] - held.demand["before_min"]
    assert kept.max() <= 10 + 1e-6
    assert held.after["mean_min"] > free.after["mean_min"]
    told = next(note for note in held.proposed if note.code == "place.floor_price")
    assert told.fields["price"] == pytest.approx(held.after["mean_min"] - free.after["mean_min"])
    assert "would go" not in told
    # Whom it spares and whom it costs is the difference of the two answers, not of one and today.
    turned = (held.demand["after_min"] - free.demand["after_min"]).to_numpy()
    people = held.demand["people"].to_numpy()
    for code, side in (("place.floor_spares", turned < -1e-6), ("place.floor_costs", turned > 1e-6)):
        (note,) = [note for note in held.proposed if note.code == code]
        assert note.fields["persons"] == people[side].sum() > 0
        assert note.fields["hours"] == pytest.approx((people * np.abs(turned))[side].sum() / 60)
        codes = held.demand.loc[side & (people > 0), "municipality_code"]
        names = set(held.study.municipalities.set_index("municipality_code")["name"].loc[codes.unique()])
        assert {one.fields["municipality"] for one in note.fields["where"]} == names
        assert note.said("nb").startswith("gulvet ")


def test_a_floor_that_binds_nobody_spares_nobody(fjord):
    # The same answer with and without: a municipality that loses in both is not spared (Loppa was told so).
    add(fjord, MOVES + "floor = { loses_at_most_min = 1000 }\n")
    told = ga.place(fjord, "move").proposed
    assert {note.code for note in told if note.code.startswith("place.floor")} == {
        "place.floor_price",
        "place.floor_spares_nobody",
        "place.floor_costs_nobody",
    }


def test_no_municipality_beyond_a_median_but_those_that_are_there_today(fjord):
    places = fjord / "places.csv"
    text = places.read_text(encoding="utf-8")
    places.write_text(text + "s2,Far station,station,0202,far,69.8,18.0\n", encoding="utf-8")
    people = fjord / "people.csv"
    text = people.read_text(encoding="utf-8")
    people.write_text(
        text.replace("d2,West,0101,west,69.5,18.0,0,100", "d2,West,0101,west,69.5,18.0,0,9000"),
        encoding="utf-8",
    )
    add(fjord, MOVES + "floor = { municipality_beyond_min = 25 }\n")
    medians = ga.place(fjord, "move").municipalities.set_index("municipality_code")["median_after_min"]
    assert medians["0202"] <= 25 + 1e-6


def test_no_candidate_near_what_it_must_be_far_from(fjord):
    question = '[placements.kits]\ntitle = "t"\nfacility = "station"\nsites = 1\nparts = { mobilise = 2 }\n'
    add(fjord, question + 'far_from = { kind = "hospital", at_least_min = 45 }\n')
    study = ga.load_study(fjord)
    sites = site_table(study, study.placement("kits"))
    candidates = sites.loc[sites["part"] == "candidate", "site_id"].tolist()
    # West is 57 minutes (the ferry and its wait) from Færøy's hospital and 60 from Town's; East is 30 from Færøy's.
    assert "new:d2" in candidates
    assert "new:d3" not in candidates
    assert "new:d4" not in candidates


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            '[placements.kits]\ntitle = "t"\nfacility = "station"\nfar_from = { kind = "moon", at_least_min = 1 }\n',
            "unknown kind",
        ),
        (
            '[placements.kits]\ntitle = "t"\nfacility = "station"\nexisting = "ignore"\nfloor = { loses_at_most_min = 1 }\n',
            "nothing to keep",
        ),
        (
            '[placements.kits]\ntitle = "t"\nfacility = "station"\nfloor = { source = "x" }\n',
            "loses_at_most_min, municipality_beyond_min or both",
        ),
        ('[kinds.tower]\nlabel = "t"\ngaps_by = "planet"\n', "told by a group of the municipalities"),
    ],
)
def test_faults_of_floors_distances_and_gaps(fjord, text, told):
    add(fjord, text)
    with pytest.raises(DataError, match=told):
        ga.load_study(fjord)


def test_proposals_where_the_table_has_gaps_say_so(fjord):
    file = fjord / "study.toml"
    text = file.read_text(encoding="utf-8")
    gaps = 'label = "station"\ngaps_by = "county"\n[kinds.station.gaps.South]\ntold = "two are missing"\n'
    file.write_text(text.replace('label = "station"\n', gaps), encoding="utf-8")
    result = ga.place(fjord, "stations")  # the island, whom nothing reaches today, comes first
    told = [note for note in result.proposed if note.code == "place.may_fill_gap"]
    assert told[0].fields["places"] == tuple(result.chosen["name"])
    assert "two are missing" in told[0]
    worst = next(note for note in result.proposed if note.code == "place.worst_before")
    assert worst.fields["minutes"] == pytest.approx(result.before["worst_min"])
