"""A scenario that counts the people of a year: in every question that names it, and said in the answer."""

from __future__ import annotations

import json

import pytest

import geoaccess as ga
from geoaccess.cli.app import run
from geoaccess.ground.errors import DataError, UnknownNameError
from geoaccess.questions.access.side_by_side import scenario_changes, scenario_overlays
from geoaccess.questions.placement import place
from geoaccess.questions.placement.robust import place_robust

# Town has 1,100 people today, Far 250, Island 7; the places of a municipality keep their shares.
PROJECTION = """kommunenummer,alternativ,alder,2026,2035,2040
0101,main,0-79,980,1900,1
0101,main,80+,120,300,1
0202,main,0-79,190,180,1
0202,main,80+,60,70,1
0303,main,0-79,0,0,1
0303,main,80+,7,7,1
0101,low,0-79,980,800,1
0101,low,80+,120,300,1
0202,low,0-79,190,55,1
0202,low,80+,60,70,1
0303,low,0-79,0,0,1
0303,low,80+,7,7,1
"""
SECTION = """
[demand.projection]
table = "projection.csv"
source = "test"
ages = { people = "0+", old = "80+" }
contents = "main"
variants = { main = "main", low = "low" }

[municipalities]"""
SCENARIOS = """
[scenarios.later]
year = 2035

[scenarios.later-no-ferry]
inherits = ["later", "no-ferry"]

[scenarios.fewer]
year = 2035
variant = "low"
links_out = ["ab"]

[scenarios.today]
inherits = ["later"]
year = 2026
"""
#: Who is where: d1..d5, by hand. 2035: Town 2,200 in shares 10:1; low: 1,100, and Far 125 in shares 1:4.
MAIN = [2000, 200, 50, 200, 7]
LOW = [1000, 100, 25, 100, 7]


@pytest.fixture
def folder(fjord):
    (fjord / "projection.csv").write_text(PROJECTION, encoding="utf-8")
    text = (fjord / "study.toml").read_text(encoding="utf-8")
    text = text.replace("\n[municipalities]", SECTION, 1) + SCENARIOS
    (fjord / "study.toml").write_text(text, encoding="utf-8")
    return fjord


@pytest.fixture
def study(folder):
    return ga.load_study(folder)


def test_a_scenario_counts_the_people_of_its_year_and_variant(study):
    assert study.in_state(scenario="later").demand["people"].tolist() == pytest.approx(MAIN)
    fewer = study.in_state(scenario="fewer")
    assert fewer.demand["people"].tolist() == pytest.approx(LOW)
    assert "fewer: people of 2035, variant low of the projection" in fewer.notes
    assert fewer.config.study.year == 2035
    # Nothing of it stays: the next scenario has its own people, base those of today.
    assert fewer.in_state(scenario="slow").demand is study.demand
    assert fewer.in_state(scenario="base") is study
    assert study.in_state(scenario="today").demand["people"].tolist() == study.demand["people"].tolist()
    both = study.in_state(scenario="later-no-ferry")
    assert both.demand["people"].tolist() == pytest.approx(MAIN)
    assert any("no-ferry" in overlay for overlay in both.network.overlays)


def test_access_counts_each_scenario_with_its_own_people(study):
    table = ga.accessibility(study, scenarios=["base", "later", "fewer"], kinds=["hospital"])
    region = table.region.set_index("scenario")
    assert region["persons"].tolist() == pytest.approx([1357, sum(MAIN), sum(LOW)])
    rows = table.rows.set_index(["scenario", "municipality"])
    assert rows.loc[("fewer", "Far"), "persons"] == pytest.approx(125)
    # Town drives its access leg of 1 km, West 60 min: the mean is by the people of 2035.
    town = study.in_state(scenario="later").demand
    minutes = table.nearest[table.nearest["scenario"] == "later"]["travel_time_min"].to_numpy()
    mean = (minutes[:4] @ town["people"].to_numpy()[:4]) / sum(MAIN[:4])
    assert region.loc["later", "mean_min"] == pytest.approx(mean)
    assert "later: people of 2035" in table.notes


@pytest.mark.parametrize("from_state", ["base", "later", "fewer", "slow"])
def test_a_placement_holds_the_same_people_before_and_after(study, from_state):
    result = place(study.in_state(scenario=from_state), "stations", scenario="fewer")
    assert result.demand["people"].tolist() == pytest.approx(LOW)
    assert result.to_dict()["year"] == 2035
    assert sum(result.municipalities["persons"]) == pytest.approx(sum(LOW))
    assert "fewer: people of 2035, variant low of the projection" in result.notes
    back = place(study.in_state(scenario=from_state), "stations", scenario="slow")
    assert back.demand["people"].tolist() == study.demand["people"].tolist()


def test_what_joins_scenarios_counts_the_same_people_in_all(study):
    with pytest.raises(DataError, match=r"slow those of 2026, later those of 2035"):
        place_robust(study, "stations", scenarios={"slow": 0.5, "later": 0.5})
    found = place_robust(study, "stations", scenarios={"later": 0.5, "later-no-ferry": 0.5})
    assert found.results["later"].demand["people"].tolist() == pytest.approx(MAIN)
    mixed = ga.accessibility(study, scenarios=["base", "later"])
    with pytest.raises(DataError, match="count different people"):
        scenario_changes(study, mixed)
    same = ga.accessibility(study, scenarios=["later", "later-no-ferry"], kinds=["hospital"])
    changes = scenario_changes(study, same).set_index(["scenario", "municipality"])
    assert changes.loc[("later-no-ferry", "(all)"), "persons"] == pytest.approx(sum(MAIN))
    told = {row["scenario"]: row["changes"] for row in scenario_overlays(study, ["later", "fewer"])}
    assert told["later"] == ["later: people of 2035"]
    assert "fewer: people of 2035, variant low of the projection" in told["fewer"]


def test_another_year_than_the_scenarios_is_a_conflict(study):
    same = study.in_state(year=2035, variant="low").in_state(scenario="fewer")
    assert same.demand["people"].tolist() == pytest.approx(LOW)
    with pytest.raises(DataError, match="counts the people of 2035, and 2040 is asked for"):
        study.in_state(year=2040).in_state(scenario="later")
    with pytest.raises(DataError, match="variant 'low' of the projection, and 'main' is asked for"):
        study.in_state(scenario="fewer", year=2035, variant="main")


def test_faults_of_a_year_are_told_when_the_study_is_read_or_checked(folder):
    path = folder / "study.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text + '\n[scenarios.odd]\nvariant = "low"\n', encoding="utf-8")
    with pytest.raises(DataError, match="needs a year"):
        ga.load_study(folder)
    hazard = '\n[hazards.age]\ntitle = "x"\nscenario = "later-no-ferry"\nprobability = 0.1\nsource = "test"\n'
    path.write_text(text + hazard, encoding="utf-8")
    with pytest.raises(DataError, match=r"'later-no-ferry' counts the people of a year"):
        ga.load_study(folder)
    wrong = '\n[scenarios.odd]\nyear = 2035\nvariant = "lwo"\n\n[scenarios.far]\nyear = 2101\n'
    path.write_text(text + wrong, encoding="utf-8")
    study = ga.load_study(folder)
    with pytest.raises(UnknownNameError, match="lwo"):
        study.in_state(scenario="odd")
    with pytest.raises(DataError, match="no figures for 2101"):
        study.in_state(scenario="far")


@pytest.mark.parametrize(
    ("command", "figures"),
    [
        (["access", "--scenario", "fewer"], lambda told: told["region"][0]["persons"]),
        (["place", "stations", "--scenario", "fewer"], None),
        (["losses", "--scenario", "fewer", "--of", "facilities"], None),
        (["frontier", "stations", "--scenario", "fewer", "--sites", "1"], None),
    ],
)
def test_commands_tell_the_year_of_a_scenario(folder, capsys, command, figures):
    assert run([command[0], str(folder), *command[1:], "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["year"] == 2035
    assert any("fewer: people of 2035, variant low" in note for note in told["notes"])
    if figures:
        assert figures(told) == pytest.approx(sum(LOW))
