"""Scenarios that build roads and change ferries: the oracle is arithmetic on the fjord, or its own tables changed."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import geoaccess as ga
from geoaccess.cli.app import run
from geoaccess.ground.errors import DataError
from geoaccess.study.check import check_study

BRIDGE = """
[scenarios.bridge]
title = "A bridge instead of the ferry"
[[scenarios.bridge.links_added]]
id = "bru"
kind = "bridge"
name = "West bridge"
from_node = "west"
to_node = "east"
length_km = 6
speed_kph = 60
source = "a plan of the tests"

[scenarios.drawn]
[[scenarios.drawn.links_added]]
id = "bru"
kind = "bridge"
name = "West bridge"
line = "bridge.geojson"
speed_kph = 60
source = "a plan of the tests"

[scenarios.island]
inherits = ["bridge"]
[[scenarios.island.links_added]]
id = "new-ferry"
kind = "ferry"
name = "Færøy-Island"
points = [[69.8, 18.0], [70.5, 15.0]]
crossing_min = 100
headway_min = 60
first_departure = "06:00"
last_departure = "22:00"
night = "closed"
source = "an assumption of the tests"

[scenarios.often]
[[scenarios.often.ferries_changed]]
ferry = "West-East"
headway_min = 4
source = "an assumption of the tests"
"""
LINE = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "properties": {},
            "geometry": {
                "type": "LineString",
                "coordinates": [[18.0, 69.501], [18.05, 69.525], [18.0, 69.55]],
            },
        }
    ],
}


@pytest.fixture
def works(fjord: Path) -> Path:
    with (fjord / "study.toml").open("a", encoding="utf-8") as file:
        file.write(BRIDGE)
    (fjord / "bridge.geojson").write_text(json.dumps(LINE), encoding="utf-8")
    return fjord


def of(study: Path, scenario: str, place: str, to: str = "h1") -> float:
    return float(ga.travel_times(ga.load_study(study), to="hospital", scenario=scenario).loc[place, to])


def test_a_bridge_is_driven_and_the_base_stays(works: Path) -> None:
    # East - West over the ferry: 10 min across, 10 of wait, 5 at the quay; then 60 km, and 1 km home.
    assert of(works, "base", "d3") == pytest.approx(25 + 60)
    assert of(works, "bridge", "d3") == pytest.approx(6 + 60)
    assert of(works, "bridge", "d4") == pytest.approx(2 + 30 + 6 + 60)
    assert of(works, "base", "d3") == pytest.approx(85)


def test_a_drawn_line_has_the_length_that_it_has(works: Path) -> None:
    study = ga.load_study(works)
    state = study.in_state(scenario="drawn")
    # Haversine by hand: two legs of about 2.7 km of latitude and 1.95 km of longitude each.
    legs = np.hypot(
        [0.025 * 111.195, 0.025 * 111.195], np.radians(0.05) * 6371.0088 * np.cos(np.radians(69.52))
    )
    driven = of(works, "drawn", "d3") - 60
    assert driven == pytest.approx(legs.sum(), rel=0.02)
    assert works / "bridge.geojson" in state.files
    told = next(note for note in state.notes if "West bridge" in note)
    assert "not said and assumed: the length" in told
    assert "an end joins its road 0.1 km away" in told
    assert told.endswith("source: a plan of the tests")


def test_a_new_ferry_takes_people_who_had_no_way_and_inherits(works: Path) -> None:
    assert np.isnan(of(works, "base", "d5"))
    # half of 60 min, 5 at the quay, 100 across; home is at the quay of Færøy's hospital but for nothing.
    assert of(works, "island", "d5", "h2") == pytest.approx(135)
    assert of(works, "island", "d5") == pytest.approx(135 + 30 + 6 + 60)


def test_a_frequency_is_that_of_the_table_changed(works: Path) -> None:
    found = of(works, "often", "d3")
    table = works / "ferries.csv"
    table.write_text(table.read_text(encoding="utf-8").replace("5.6,20,", "5.6,4,"), encoding="utf-8")
    assert found == pytest.approx(of(works, "base", "d3"))
    assert found == pytest.approx(85 - 8)


@pytest.mark.parametrize(
    "command",
    [
        ["access", "--scenario", "base", "--scenario", "bridge", "--scenario", "often", "--side-by-side"],
        ["access", "--scenario", "bridge", "--around-the-clock", "--draws", "2"],
        ["place", "stations", "--scenario", "bridge"],
        ["losses", "--scenario", "island", "--of", "ferries"],
        ["route", "Town", "Færøy", "--scenario", "bridge"],
        ["route", "Island", "Town", "--scenario", "island", "--leave", "07:00"],
    ],
    ids=lambda command: " ".join(command[:3]),
)
def test_every_question_takes_such_a_scenario(
    works: Path, command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    name, *options = command
    assert run([name, str(works), *options, "--json"]) == 0
    told = capsys.readouterr()
    answer = json.loads(told.out)
    if name == "losses":
        assert "Færøy-Island" in told.out
    if name == "route" and "bridge" in command:
        assert answer["travel_time_min"] == pytest.approx(60 + 6 + 30)
        assert {leg["kind"] for leg in answer["legs"]} == {"road"}


def test_compare_tells_the_gain_and_its_works(
    works: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("base", "bridge"):
        assert run(["access", str(works), "--scenario", name, "-o", str(tmp_path / name)]) == 0
    capsys.readouterr()
    assert run(["compare", str(tmp_path / "base"), str(tmp_path / "bridge"), "--json"]) == 0
    assert "bridge" in capsys.readouterr().out
    facts = json.loads((tmp_path / "bridge" / "run.json").read_text(encoding="utf-8"))
    assert "a plan of the tests" in json.dumps(facts)


def test_check_and_every_reader_tell_all_faults_in_both_languages(
    works: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with (works / "study.toml").open("a", encoding="utf-8") as file:
        file.write("""
[scenarios.wrong]
[[scenarios.wrong.links_added]]
id = "ab"
kind = "road"
name = "A"
from_node = "wset"
to_node = "east"
source = "x"
[[scenarios.wrong.ferries_changed]]
ferry = "West-Eats"
headway_min = 10
source = "x"
""")
    told = [str(fault) for fault in check_study(works).faults]
    assert len([one for one in told if "wrong" in one]) == 3
    assert run(["--lang", "nb", "access", str(works), "--scenario", "wrong"]) == 3
    said = capsys.readouterr().err
    assert "mente du «west»?" in said
    assert "mente du «West-East»?" in said
    assert "nettverket har alt en lenke med den id-en" in said


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("points = [[69.5, 18.0]]", "say both ends"),
        ('points = [[69.5, 18.0], [69.55, 18.0]]\nline = "bridge.geojson"', "say points or line, not both"),
        ('line = "places.csv"', "reference system"),
    ],
)
def test_a_link_must_have_a_place(works: Path, more: str, said: str) -> None:
    with (works / "study.toml").open("a", encoding="utf-8") as file:
        file.write(
            f'[scenarios.w]\n[[scenarios.w.links_added]]\nid = "q"\nkind = "road"\nname = "Q"\n{more}\n'
        )
        file.write('speed_kph = 50\nsource = "x"\n')
    with pytest.raises(DataError) as raised:
        ga.load_study(works).in_state(scenario="w")
    assert said in str(raised.value)


def test_no_source_is_refused(works: Path) -> None:
    text = (
        (works / "study.toml").read_text(encoding="utf-8").replace('source = "a plan of the tests"\n', "", 1)
    )
    (works / "study.toml").write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match="source"):
        ga.load_study(works)


def test_a_sweep_leaves_such_scenarios_out_and_says_so(works: Path, tmp_path: Path) -> None:
    from geoaccess.questions.sweep.sources import study_source

    source = study_source(ga.load_study(works), kinds=["hospital"])
    assert "bridge" not in {state.name for state in source.states}
    assert any("bridge, drawn, island, often" in note for note in source.notes)
    with pytest.raises(DataError, match="access --scenario bridge"):
        study_source(ga.load_study(works), scenarios=["bridge"], kinds=["hospital"])
