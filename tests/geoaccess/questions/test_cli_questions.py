"""Clocks, reliability, sensitivity, years and equity as a study file says them and the command line tells them."""

from __future__ import annotations

import itertools
import json

import geopandas as gpd
import pandas as pd
import pytest
import shapely

import geoaccess as ga
from geoaccess.cli.app import run
from geoaccess.ground.errors import DataError

SECTIONS = """
[clocks.response]
title = "Response"
parts = ["mobilise", "travel"]
mobilise = { minutes = 2, source = "invented" }
travel = { kinds = ["station"] }
threshold = { minutes = 90, urban_minutes = 12, target_share = 0.9, source = "invented guidance", year = 2001 }

[clocks.hospital]
title = "To the hospital"
parts = ["alarm", "transport"]
alarm = { table = "alarm.csv", source = "invented" }
transport = { kinds = ["hospital"] }

[clocks.first]
title = "Whichever is first"
best_of = ["response", "hospital"]

[hazards.ferry]
title = "The ferry does not sail"
scenario = "no-ferry"
regularity = 0.8
source = "invented"

[sensitivity."network.access.speed_kph"]
low = 30
base = 60
high = 90
source = "invented"
"""

PROJECTION = """region;alder;2026;2035
0101 Town;0-79;980;1000
0101 Town;80+;120;200
0202 Far;0-79;190;180
0202 Far;80+;60;90
0303 Island;0-79;0;0
0303 Island;80+;7;7
"""
WITH_PROJECTION = (
    '[demand.projection]\ntable = "projection.csv"\nsource = "invented"\n'
    'ages = { people = "0+", old = "80+" }\n\n[municipalities]'
)
ALARM = "place,hour,minutes\n*,,1\n*,2,11\n"


@pytest.fixture
def asked(fjord):
    """The fjord study with clocks, a hazard, a range and a projection."""
    file = fjord / "study.toml"
    text = file.read_text(encoding="utf-8").replace("[municipalities]", WITH_PROJECTION, 1)
    file.write_text(text + SECTIONS, encoding="utf-8")
    (fjord / "alarm.csv").write_text(ALARM, encoding="utf-8")
    (fjord / "projection.csv").write_text(PROJECTION, encoding="utf-8")
    return fjord


@pytest.fixture
def geoaccess(capsys):
    """Run a command in this process; gives (exit code, stdout, stderr)."""

    def call(*arguments):
        code = run([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


def change(folder, old, new):
    file = folder / "study.toml"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


# --- access: equity, served, year -------------------------------------------------------------------------


def gini_of_pairs(minutes, persons):
    pairs = itertools.product(zip(minutes, persons, strict=True), repeat=2)
    spread = sum(a * b * abs(s - t) for (s, a), (t, b) in pairs)
    total = sum(persons)
    mean = sum(t * a for t, a in zip(minutes, persons, strict=True)) / total
    return spread / (2 * total**2 * mean)


def test_access_tells_who_is_within_reach_and_how_unequal_it_is(geoaccess, asked):
    code, out, _ = geoaccess("access", asked, "--json")
    assert code == 0
    rows = {row["weight"]: row for row in json.loads(out)["equity"]}
    assert list(rows) == ["people", "old"]
    # Nearest hospital: Town 1 min, West 55 (over the ferry), East 30, Færøy 2, the island none.
    assert rows["people"]["persons_within_30_min"] == 1250
    assert rows["people"]["persons_beyond_30_min"] == 107
    assert rows["people"]["share_within_60_min"] == pytest.approx(1350 / 1357)
    assert rows["people"]["persons_unreachable"] == 7
    assert rows["old"]["persons_within_30_min"] == 160
    assert rows["old"]["persons_beyond_60_min"] == 7
    minutes = [1, 55, 30, 2]
    assert rows["people"]["gini"] == pytest.approx(gini_of_pairs(minutes, [1000, 100, 50, 200]))
    assert rows["old"]["gini"] == pytest.approx(gini_of_pairs(minutes, [100, 20, 10, 50]))
    for row in rows.values():
        assert row["theil"] == pytest.approx(row["theil_between"] + row["theil_within"])
        assert {"palma", "worst_tenth_share"} <= set(row)


def test_access_shows_the_old_beside_all(geoaccess, asked):
    code, out, err = geoaccess("access", asked, "--scenario", "no-ferry")
    assert code == 0
    assert "1,250 (92.1%)" in out
    assert "160 (85.6%)" in out
    assert "Gini" in out
    assert "note: invented for tests" in err


def test_access_says_which_facility_serves_whom(geoaccess, asked):
    code, out, _ = geoaccess("access", asked, "--served", "--json")
    assert code == 0
    served = json.loads(out)["served"]
    told = {(row["municipality"], row["facility_id"]): (row["persons"], row["share"]) for row in served}
    assert told == {
        ("Town", "h1"): (1000, pytest.approx(10 / 11)),
        ("Town", "h2"): (100, pytest.approx(1 / 11)),
        ("Far", "h2"): (250, 1),
        ("Island", ""): (7, 1),
    }
    means = {(row["municipality"], row["facility_id"]): row["mean_min"] for row in served}
    assert means["Far", "h2"] == pytest.approx((50 * 30 + 200 * 2) / 250)
    assert means["Island", ""] is None
    code, out, _ = geoaccess("access", asked, "--served")
    assert "(none is reached)" in out
    assert "served" not in json.loads(geoaccess("access", asked, "--json")[1])


def test_access_in_another_year_counts_the_people_of_that_year(geoaccess, asked):
    code, out, err = geoaccess("access", asked, "--year", "2035", "--json")
    assert code == 0, err
    found = json.loads(out)
    assert found["year"] == 2035
    persons = {row["municipality"]: row["persons"] for row in found["rows"]}
    assert persons == {"Town": pytest.approx(1200), "Far": pytest.approx(270), "Island": pytest.approx(7)}
    assert any("demand of 2035" in note for note in found["notes"])
    assert json.loads(geoaccess("access", asked, "--json")[1])["year"] == 2026


def persons_by_municipality(told):
    return {
        row["municipality"]: row["persons"] for row in told["rows"] if row.get("clock") in {None, "response"}
    }


def people_who_lose(told):
    """Without the ferry the 100 people of West, of the 1,100 of Town, lose."""
    return next(row["persons_lose"] for row in told["rows"] if row["kind"] == "hospital")


def mean_min(told):
    return next(row["base"] for row in told["conclusions"] if row["conclusion"] == "mean_min")


#: Nearest hospital: Town 1 min, West 55, East 30, Færøy 2; each weight grows as in its municipality.
MEAN_2035 = (1200 * (1000 * 1 + 100 * 55) / 1100 + 270 * (50 * 30 + 200 * 2) / 250) / 1470


@pytest.mark.parametrize(
    ("arguments", "figure", "in_2026", "in_2035"),
    [
        (["clocks"], persons_by_municipality, (1100, 250, 7), (1200, 270, 7)),
        (["reliability"], persons_by_municipality, (1100, 250, 7), (1200, 270, 7)),
        (["losses", "--of", "ferries"], people_who_lose, 100, 1200 * 100 / 1100),
        (["sensitivity", "--samples", "0"], mean_min, 8400 / 1350, MEAN_2035),
    ],
)
def test_every_question_can_be_asked_of_another_year(geoaccess, asked, arguments, figure, in_2026, in_2035):
    command, *options = arguments
    names = ("Town", "Far", "Island")
    for year, expected in ((2026, in_2026), (2035, in_2035)):
        code, out, err = geoaccess(command, asked, *options, "--year", year, "--json")
        assert code == 0, err
        told = json.loads(out)
        assert told["year"] == year
        wanted = dict(zip(names, expected, strict=True)) if isinstance(expected, tuple) else expected
        assert figure(told) == pytest.approx(wanted)
    assert geoaccess(command, asked, *options, "--year", "2040")[0] == 3


def test_runs_of_different_years_are_compared_by_minutes_with_a_word(geoaccess, asked, tmp_path):
    for year in (2026, 2035):
        assert geoaccess("access", asked, "--year", year, "-o", tmp_path / f"{year}", "-q")[0] == 0
    code, out, err = geoaccess("compare", tmp_path / "2026", tmp_path / "2035", "--json")
    assert code == 0
    assert "persons are those of A, 2026; B counts the people of 2035" in err
    told = json.loads(out)
    different, years, files = told["notes"]
    assert "--year 2026" in years
    assert "--year 2035" in years
    assert different == "persons are those of A, 2026; B counts the people of 2035: only its minutes are used"
    assert files.endswith("projection.csv")
    assert {row["persons"] for row in told["region"]} == {1357}
    assert {row["persons_lose"] for row in told["region"]} == {0}
    same = json.loads(geoaccess("compare", tmp_path / "2026", tmp_path / "2026", "--json")[1])
    assert len(same["notes"]) == 1
    assert "byte for byte" in same["notes"][0]


def test_no_projection_is_invented(geoaccess):
    code, out, err = geoaccess("access", "nord-norge", "--year", "2099")
    assert code == 3
    assert out == ""
    assert "none are invented" in err
    assert geoaccess("access", "nord-norge", "--year", "2026", "--to", "akuttmottak", "-q")[0] == 0


# --- clocks -----------------------------------------------------------------------------------------------


def test_clocks_by_hand(geoaccess, asked):
    code, out, _ = geoaccess("clocks", asked, "--clock", "response", "--json")
    assert code == 0
    found = json.loads(out)
    region = found["region"][0]
    # Mobilise 2 and the way: Town 3, West 62, East 87, Færøy 119 min; 12 min are allowed in Town's municipality.
    assert region["persons_in_time"] == 1050
    assert region["meets_target"] is False
    assert region["persons_unreachable"] == 7
    # In town the 2 min of mobilising are longer than the 1 min of the way; there most of the people live.
    assert region["binding"] == "mobilise"
    assert {row["municipality"]: row["binding"] for row in found["rows"]}["Far"] == "travel"
    means = {row["municipality"]: row["mean_min"] for row in found["rows"]}
    assert means["Town"] == pytest.approx((1000 * 3 + 100 * 62) / 1100)
    assert means["Far"] == pytest.approx((50 * 87 + 200 * 119) / 250)
    assert means["Island"] is None
    assert {(row["part"], row["source"]) for row in found["assumptions"]} == {
        ("mobilise", "invented"),
        ("travel", ""),
        ("threshold", "invented guidance"),
    }


def test_clocks_in_a_scenario_at_an_hour_and_the_best_of_two(geoaccess, asked, tmp_path):
    arguments = ["clocks", asked, "--scenario", "no-ferry", "--hour", "2", "--by", "county"]
    code, out, _ = geoaccess(
        *arguments, "-o", tmp_path / "groups.parquet", "--points", tmp_path / "points.csv", "--json"
    )
    assert code == 0
    found = json.loads(out)
    assert [row["clock"] for row in found["region"]] == ["response", "hospital", "first"]
    groups = pd.read_parquet(tmp_path / "groups.parquet")
    assert set(groups["county"]) == {"North", "South"}
    points = pd.read_csv(tmp_path / "points.csv").set_index(["clock", "demand_id"])
    # The alarm takes 11 min at two at night; without the ferry East has only the hospital beyond 30 km.
    assert points.loc[("hospital", "d3"), "total_min"] == pytest.approx(11 + 30)
    assert points.loc[("first", "d3"), "route"] == "hospital"
    assert points.loc[("first", "d1"), "route"] == "response"
    assert points.loc[("hospital", "d3"), "scenario"] == "no-ferry"


def test_the_hour_of_a_scenario_is_told(geoaccess, asked):
    change(asked, "[scenarios.slow]", '[scenarios.night]\ntime = "02:30"\n\n[scenarios.slow]')
    found = json.loads(geoaccess("clocks", asked, "--scenario", "night", "--json")[1])
    assert found["hour"] == 2
    assert json.loads(geoaccess("clocks", asked, "--json")[1])["hour"] is None


def test_clocks_tell_people_the_parts_and_the_sources(geoaccess, asked):
    code, out, err = geoaccess("clocks", asked, "--all-rows")
    assert code == 0
    assert "invented guidance (2001)" in out
    assert "by place and hour: alarm.csv" in out
    assert "note: invented for tests" in err
    assert geoaccess("clocks", asked, "-q")[2] == ""


# --- reliability ------------------------------------------------------------------------------------------


def test_reliability_by_hand(geoaccess, asked, tmp_path):
    arguments = ["reliability", asked, "--threshold", "57", "--json"]
    code, out, _ = geoaccess(*arguments, "-o", tmp_path / "rows.csv", "--points", tmp_path / "points.csv")
    assert code == 0
    found = json.loads(out)
    region = found["region"][0]
    # West: 55 min over the ferry, a fifth of the time 60 min by road; the rest does not change.
    assert region["share_within_base"] == pytest.approx(1350 / 1357)
    assert region["share_within"] == pytest.approx((0.8 * 1350 + 0.2 * 1250) / 1357)
    assert region["share_reached"] == pytest.approx(1350 / 1357)
    assert region["method"] == "enumeration"
    rows = {row["municipality"]: row for row in found["rows"]}
    assert rows["Town"]["share_within"] == pytest.approx((0.8 * 1100 + 0.2 * 1000) / 1100)
    assert rows["Town"]["expected_min"] == pytest.approx((1000 * 1 + 100 * (0.8 * 55 + 0.2 * 60)) / 1100)
    assert rows["Far"]["share_within"] == pytest.approx(1)
    assert rows["Far"]["share_within_base"] == 1
    assert rows["Island"]["share_reached"] == 0
    assert len(found["weeks"]) == 52
    assert {row["state"]: row["probability"] for row in found["states"]} == {
        "(none)": pytest.approx(0.8),
        "ferry": pytest.approx(0.2),
    }
    assert found["hazards"][0]["how_often"] == "runs 80.0% of the time"
    assert set(pd.read_csv(tmp_path / "rows.csv")["municipality"]) == {"Town", "Far", "Island"}
    assert pd.read_csv(tmp_path / "points.csv").set_index("demand_id").loc["d2", "base_min"] == 55


def test_reliability_names_whom_the_hazards_hit(geoaccess, asked):
    code, out, err = geoaccess("reliability", asked, "--threshold", "57")
    assert code == 0
    assert "all 2 states counted: no sampling error" in out
    assert "Town" in out
    assert "note: invented for tests" in err
    assert "invented" in out
    change(asked, "regularity = 0.8", "regularity = 1.0")
    # A hazard that never happens hits nobody; the island is cut off with or without it.
    code, out, _ = geoaccess("reliability", asked)
    assert code == 0
    assert "Far " not in out


# --- sensitivity ------------------------------------------------------------------------------------------


def test_sensitivity_by_hand(geoaccess, asked, tmp_path):
    arguments = ["sensitivity", asked, "--samples", "4", "--seed", "1"]
    code, out, _ = geoaccess(*arguments, "-o", tmp_path / "runs.csv", "--json")
    assert code == 0
    found = json.loads(out)
    told = {row["conclusion"]: row for row in found["conclusions"]}
    # Only the access legs of 1 and 2 km change: 1 and 2 min at 60 km/h, twice that at 30, two thirds at 90.
    assert told["mean_min"]["base"] == pytest.approx(8400 / 1350)
    assert told["mean_min"]["high"] == pytest.approx(9800 / 1350)
    assert told["mean_min"]["low"] == pytest.approx((7000 + 1400 * 2 / 3) / 1350)
    assert told["worst"]["base"] == "Island"
    assert told["worst"]["stays"] is True
    assert len(found["runs"]) == len(pd.read_csv(tmp_path / "runs.csv")) == 1 + 2 + 4
    assert found["ranges"][0]["source"] == "invented"
    assert json.loads(geoaccess(*arguments, "--json")[1])["runs"] == found["runs"]
    code, out, err = geoaccess("sensitivity", asked, "--samples", "0")
    assert code == 0
    assert "of all runs, one at a time" in out
    assert "note: invented for tests" in err


# --- failures ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["clocks", "--clock", "respons"], 2, "did you mean 'response'"),
        (["clocks", "--scenario", "no-fery"], 2, "did you mean 'no-ferry'"),
        (["clocks", "--by", "contry"], 2, "did you mean 'county'"),
        (["clocks", "--hour", "24"], 2, "24 is not in the range"),
        (["reliability", "--to", "hospitl"], 2, "did you mean 'hospital'"),
        (["reliability", "--threshold", "-1"], 2, "is not in the range"),
        (["reliability", "--scenario", "no-fery"], 2, "did you mean 'no-ferry'"),
        (["sensitivity", "--to", "hospitl"], 2, "did you mean 'hospital'"),
        (["sensitivity", "--samples", "-1"], 2, "is not in the range"),
        (["sensitivity", "--weight", "peple"], 2, "did you mean 'people'"),
        (["access", "--year", "2040"], 3, "no figures for 2040"),
        (["access", "--year", "soon"], 2, "'soon' is not a valid integer"),
    ],
)
def test_failures_have_their_code_and_one_message(geoaccess, asked, arguments, code, said):
    name, *options = arguments
    found, out, err = geoaccess(name, asked, *options)
    assert found == code, err
    assert said in err
    assert "Traceback" not in err
    assert out == ""


@pytest.mark.parametrize(
    ("command", "said"),
    [("clocks", "[clocks.NAME]"), ("reliability", "[hazards.NAME]"), ("sensitivity", "[sensitivity.")],
)
def test_a_study_without_the_section_says_where_to_write_it(geoaccess, fjord, command, said):
    code, out, err = geoaccess(command, fjord)
    assert code == 3
    assert said in err
    assert out == ""
    failure = json.loads(geoaccess(command, fjord, "--json")[1])
    assert failure["exit_code"] == 3


# --- the study file ---------------------------------------------------------------------------------------


def test_faults_between_the_sections_come_together(asked):
    change(asked, 'kinds = ["station"]', 'kinds = ["staton"]')
    change(asked, 'best_of = ["response", "hospital"]', 'best_of = ["first", "hopsital"]')
    change(asked, 'scenario = "no-ferry"', 'scenario = "no-fery"')
    change(asked, "base = 60", "base = 50")
    with pytest.raises(DataError) as caught:
        ga.load_study(asked)
    told = str(caught.value)
    assert "did you mean 'station'" in told
    assert "did you mean 'hospital'" in told
    assert "the clock is part of itself: first -> first" in told
    assert "did you mean 'no-ferry'" in told
    assert "base is 50, but the study says 60" in told
    assert len(caught.value.faults) == 5


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('parts = ["mobilise", "travel"]', 'parts = ["alarm", "mobilise", "travel"]', "'alarm' is missing"),
        ("regularity = 0.8", "regularity = 0.8\ndays = 3", "say one of probability, regularity and days"),
        ("low = 30", "low = 70", "low, base and high must rise"),
        ("regularity = 0.8", "regularty = 0.8", "did you mean 'regularity'"),
        ("network.access.speed_kph", "network.access.speed", "is no figure of the study file"),
        ("network.access.speed_kph", "kinds.hospital.label", "is no figure of the study file"),
        ('table = "people.csv"', "", "say either table"),
        ('weights = { people = "people", old = "old" }', "", "the key 'weights' is missing"),
        ('ages = { people = "0+", old = "80+" }', "ages = {}", "demand.projection.ages"),
    ],
)
def test_faults_within_the_sections(asked, old, new, said):
    change(asked, old, new)
    with pytest.raises(DataError) as caught:
        ga.load_study(asked)
    assert said in str(caught.value)


def test_a_range_may_name_a_place_in_a_list(asked):
    change(asked, "network.access.speed_kph", "kinds.hospital.thresholds_min.1")
    assert ga.load_study(asked).config.sensitivity["kinds.hospital.thresholds_min.1"].base == 60


def gridded(folder, *, outside=False):
    """The people of the fjord study as three cells of a grid, told by polygons instead of codes."""
    west = [17.99, 17.99, 17.99] + ([40.0] if outside else [])
    south = [68.99, 69.79, 70.49] + ([10.0] if outside else [])
    cells = [shapely.box(x, y, x + 0.02, y + 0.02) for x, y in zip(west, south, strict=True)]
    people = [1000, 200, 7] + ([3] if outside else [])
    frame = gpd.GeoDataFrame({"cell": list("abcd")[: len(cells)], "people": people}, geometry=cells, crs=4326)
    frame.to_file(folder / "cells.gpkg")
    areas = [
        shapely.box(17, 68.5, 19, 69.53),
        shapely.box(17, 69.53, 19, 70.2),
        shapely.box(14, 70.2, 19, 71),
    ]
    codes = ["0101", "0202", "0303"]
    gpd.GeoDataFrame({"municipality_code": codes}, geometry=areas, crs=4326).to_file(folder / "areas.gpkg")
    text = (folder / "study.toml").read_text(encoding="utf-8")
    start, stop = text.index("[demand]"), text.index("[municipalities]")
    source = (
        '[demand.source]\ngrid = { file = "cells.gpkg", id = "cell", weights = { people = "people" } }\n'
        "rescale = { people = {} }\n\n"
    )
    text = text[:start] + source + text[stop:]
    text = text.replace('urban = "urban"', 'urban = "urban"\nboundaries = "areas.gpkg"')
    (folder / "study.toml").write_text(text, encoding="utf-8")


def test_demand_of_a_grid_is_placed_scaled_and_joined_by_coordinates(fjord):
    gridded(fjord)
    study = ga.load_study(fjord)
    assert study.weights == ("people",)
    assert study.demand.set_index("demand_id")["municipality_code"].to_dict() == {
        "a": "0101",
        "b": "0202",
        "c": "0303",
    }
    # Scaled to the official totals of 1100, 250 and 7.
    assert study.demand["people"].tolist() == [1100, 250, 7]
    assert {path.name for path in study.files} >= {"cells.gpkg", "areas.gpkg"}
    times = ga.travel_times(study, to="hospital")
    assert times.loc["a", "h1"] < 1
    assert times.loc["b", "h2"] < 1
    assert any("rescaled" in note or "scaled" in note for note in study.notes)


def test_people_outside_every_municipality_are_told(fjord):
    gridded(fjord, outside=True)
    study = ga.load_study(fjord)
    assert len(study.demand) == 3
    assert any("outside" in note for note in study.notes)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("[demand.source]", '[demand]\nnode = "node_id"\n\n[demand.source]', "no column for node"),
        ("[demand.source]", '[demand]\nweights = { old = "x" }\n\n[demand.source]', "those of the source"),
        ("[demand.source]", '[demand]\ntable = "people.csv"\n\n[demand.source]', "say either table"),
        ('boundaries = "areas.gpkg"', "", "there are no polygons"),
        ("cells.gpkg", "none.gpkg", "none.gpkg"),
        ('totals = { people = "people" }', "", "no official totals to scale to"),
    ],
)
def test_faults_of_a_source(fjord, old, new, said):
    gridded(fjord)
    change(fjord, old, new)
    with pytest.raises(DataError) as caught:
        ga.load_study(fjord)
    assert said in str(caught.value)
