"""Small lies that were told: a first gain of nothing, weights that vanish, a drive to a helicopter, nobody at home."""

from __future__ import annotations

import json

import numpy as np
import pytest

import geoaccess as ga
from geoaccess.answers.reading import Material
from geoaccess.answers.source import Source
from geoaccess.cli.app import run
from geoaccess.ground.errors import DataError
from geoaccess.questions.access.answer import access_answer
from geoaccess.questions.frontier.answer import frontier, frontier_answer
from geoaccess.study import load_study
from geoaccess.words.map_words import MapWords
from geoaccess.words.words import Words


@pytest.fixture
def change(fjord):
    def write(old, new, name="study.toml"):
        path = fjord / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")
        return fjord

    return write


def test_the_first_gain_is_that_over_today_and_the_map_says_the_same(fjord):
    study = load_study(fjord)
    rows = frontier(study, "stations", [1, 2]).rows
    placed = ga.place(study, "stations", sites=1)
    same_reach = placed.before["persons_unreachable"] == placed.after["persons_unreachable"]
    expected = placed.before["mean_min"] - placed.after["mean_min"] if same_reach else np.nan
    np.testing.assert_allclose(rows["gain_min"].iloc[0], expected)
    drawn = frontier_answer(study, "stations", [1, 2]).tables["frontier"]
    for name in ("sites", "mean_min", "gain_min", "persons_unreachable", "opened", "closed"):
        assert drawn[name].tolist() == pytest.approx(rows[name].tolist(), nan_ok=True), name


@pytest.mark.parametrize("name", ["births", "fødsler", "Calls 2026", "aged"])
def test_a_weight_keeps_its_name(change, name):
    fjord = change('old = "old" }', f'"{name}" = "old" }}')
    study = load_study(fjord)
    found = access_answer(study, ga.accessibility(study, kinds=["hospital"]))
    assert Material(found, Words("en")).weights == ("people", name)
    assert Source(found, MapWords("en")).weights(found.tables["nearest"]) == [
        "people",
        name,
    ]


@pytest.mark.parametrize("name", ["lon", "name", "travel_time_min", "municipality_code"])
def test_a_weight_named_as_another_column_is_refused(change, name):
    fjord = change('old = "old" }', f'{name} = "old" }}')
    with pytest.raises(DataError, match="a weight cannot bear this name"):
        load_study(fjord)


@pytest.mark.parametrize(("way", "said"), [("air", "flies"), ("boat", "goes by boat")])
def test_minutes_to_a_base_are_told_as_those_of_a_drive(change, way, said):
    fjord = change('label = "hospital"\n', f'label = "hospital"\ngoes_by = "{way}"\n')
    notes = ga.accessibility(load_study(fjord), kinds=["hospital"]).notes
    assert any("minutes of a drive to the base" in note and said in note for note in notes)


def test_a_road_service_has_no_such_note(fjord):
    notes = ga.accessibility(load_study(fjord), kinds=["hospital"]).notes
    assert not any("drive to the base" in note for note in notes)


def test_a_region_without_people_is_told_and_is_no_crash(fjord, capsys):
    path = fjord / "people.csv"
    header, *lines = path.read_text(encoding="utf-8").splitlines()
    place = header.split(",").index("people")
    emptied = [
        ",".join("0" if n == place else cell for n, cell in enumerate(line.split(","))) for line in lines
    ]
    path.write_text("\n".join([header, *emptied]) + "\n", encoding="utf-8")
    assert run(["access", str(fjord), "--to", "hospital", "--json", "-q"]) == 0
    assert {row["persons"] for row in json.loads(capsys.readouterr().out)["rows"]} == {0}
