"""Bad input of a study: one error that lists every fault, and nothing that is quietly mended."""

from __future__ import annotations

import json

import pytest

import geoaccess as ga
from geoaccess.cli.app import run
from geoaccess.ground.errors import DataError
from geoaccess.study.check import check_study


def edit(folder, table, old, new):
    file = folder / table
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def add(folder, text):
    with (folder / "study.toml").open("a", encoding="utf-8") as file:
        file.write(text)


def faults_of(folder):
    with pytest.raises(DataError) as caught:
        ga.load_study(folder)
    return [str(fault) for fault in caught.value.faults]


LOOP = '\n[scenarios.a]\ninherits = ["b"]\n[scenarios.b]\ninherits = ["c"]\n[scenarios.c]\ninherits = ["a"]\n'


def test_one_error_lists_the_faults_of_all_tables_and_of_the_sections(fjord):
    edit(fjord, "people.csv", "0,100,20", "0,-5,20")
    edit(fjord, "people.csv", "0,50,10", "0,nan,10")
    edit(fjord, "people.csv", "2,200,50", "2,,50")
    edit(fjord, "municipalities.csv", "250,no", "-250,perhaps")
    edit(fjord, "places.csv", "0202,far,69.8", "0999,far,169.8")
    add(fjord, LOOP + '[scenarios.d]\ninherits = ["slwo"]\n')
    edit(fjord, "study.toml", 'facility = "station"', 'facility = "statoin"')
    found = faults_of(fjord)
    for said in (
        "people.csv, row 3, column 'people'",
        "people.csv, row 4, column 'people'",
        "people.csv, row 5, column 'people'",
        "municipalities.csv, row 3, column 'people'",
        "municipalities.csv, row 3, column 'urban'",
        "places.csv, row 3, column 'lat'",
        "places.csv, row 3, column 'municipality_code'",
        "scenario 'a': the scenario inherits from itself: a -> b -> c -> a",
        "scenario 'b': the scenario inherits from itself: b -> c -> a -> b",
        "scenario 'd': inherits from an unknown scenario - did you mean 'slow'?",
        "placement 'stations' places an unknown kind - did you mean 'station'?",
    ):
        assert [fault for fault in found if said in fault], (said, found)


@pytest.mark.parametrize("bad", ["-1", "nan", "inf", "-inf", "many", ""])
def test_an_impossible_weight_is_refused_with_its_row(fjord, bad):
    edit(fjord, "people.csv", "0,100,20", f"0,{bad},20")
    (fault,) = faults_of(fjord)
    assert "people.csv, row 3, column 'people'" in fault


def test_a_scenario_that_is_its_own_parent_is_refused_before_it_is_asked_for(fjord, capsys):
    add(fjord, '\n[scenarios.self]\ninherits = ["self"]\n')
    (fault,) = faults_of(fjord)
    assert "self -> self" in fault
    assert run(["study", "check", str(fjord)]) == 3
    assert "inherits from itself" in "".join(capsys.readouterr())


def test_parents_shared_by_two_ways_are_no_loop(fjord):
    add(fjord, '\n[scenarios.top]\ninherits = ["slow-no-ferry", "slow", "no-ferry"]\n')
    assert "top" in ga.load_study(fjord).config.scenarios


@pytest.mark.parametrize(
    ("scenario", "said"),
    [
        ('links_out = ["abc"]', "abc"),
        ('passes_closed = ["Lavfjellet"]', "Lavfjellet"),
        ('roads_closed = ["E66"]', "E66"),
        ('facilities_closed = ["h7"]', "no facility of that id to close"),
        ('flooded = "none.gpkg"', "none.gpkg"),
        ("speed_factors = { motorwya = 0.5 }", "motorwya"),
        ("link_factors = { xx = 2.0 }", "xx"),
    ],
)
def test_study_check_finds_what_a_scenario_names_in_vain(fjord, capsys, scenario, said):
    add(fjord, f"\n[scenarios.wrong]\n{scenario}\n")
    run(["study", "check", str(fjord), "--json"])
    told = json.loads(capsys.readouterr().out)
    found = [fault for fault in told["faults"] if fault["where"] == "scenario 'wrong'"]
    assert len(found) == 1
    assert said.lower() in found[0]["message"].lower()
    (check,) = [check for check in told["checks"] if check["name"] == "scenarios"]
    assert not check["passed"]


def test_study_check_lists_the_scenarios(fjord):
    (check,) = [check for check in check_study(fjord).checks if check.name == "scenarios"]
    assert check.passed
    assert check.found == "overlays of each: The ferry is out (1), slow (1), slow-no-ferry (2), closed (0)"


@pytest.mark.parametrize(
    ("clock", "said"),
    [
        ('parts = ["alarm", "travel"]\ntravel = { kinds = ["station"] }', "alarm"),
        ('parts = ["travel"]', "travel"),
        ('parts = ["mobilise"]\nmobilise = { minutes = -2, source = "x" }', "mobilise"),
        ('parts = ["mobilise"]\nmobilise = { minutes = 2 }', "source"),
    ],
)
def test_a_clock_with_a_missing_part_is_refused_at_its_line(fjord, clock, said):
    add(fjord, f'\n[clocks.wrong]\ntitle = "Wrong"\n{clock}\n')
    found = faults_of(fjord)
    assert any(said in fault and "study.toml" in fault for fault in found), found


def test_ages_that_the_projection_does_not_have_are_listed_together(fjord):
    (fjord / "projection.csv").write_text(
        "region;alder;2026;2035\n0101 Town;0-66;900;900\n0101 Town;67+;200;300\n0202 Far;0+;250;250\n",
        "utf-8",
    )
    section = (
        '[demand.projection]\ntable = "projection.csv"\nsource = "invented"\n'
        'ages = { people = "0+", old = "80+" }\n\n[municipalities]'
    )
    edit(fjord, "study.toml", "[municipalities]", section)

    study = ga.load_study(fjord)
    with pytest.raises(DataError) as caught:
        study.in_state(year=2035)
    found = "\n".join(str(fault) for fault in caught.value.faults)
    assert "0303" in found  # no figures of Island at all
    assert "0101" in found  # no group from 80
    assert "0202" in found


def test_a_flooded_area_without_a_reference_system_is_refused(fjord):
    import geopandas as gpd
    import shapely

    gpd.GeoDataFrame(geometry=[shapely.box(17, 69, 19, 69.2)]).to_file(fjord / "water.gpkg")
    add(fjord, '\n[scenarios.flood]\nflooded = "water.gpkg"\n')
    with pytest.raises(DataError, match="no coordinate reference system"):
        ga.travel_times(fjord, to="hospital", scenario="flood")
