"""``geoaccess supply``: the study's minutes and beds, shared as PySAL `access` and plain sums share them."""

from __future__ import annotations

import json
import math

import numpy as np
import pandas as pd
import pytest
from access import fca, weights

import geoaccess as ga
from geoaccess.answers.answer import load_answer
from geoaccess.cli.app import run
from geoaccess.ground.errors import DataError
from geoaccess.questions.supply.methods import method_of, parse_decay
from geoaccess.study import load_study

#: Town, West, East, Færøy, Island.
PEOPLE = np.array([1000.0, 100.0, 50.0, 200.0, 7.0])
BEDS = {"h1": 22.0, "h2": 5.0}


def asked(capsys, *words):
    """Exit code and JSON (or the text of the error) of a command."""
    code = run(["supply", *map(str, words), "--json", "-q"])
    out = capsys.readouterr()
    return code, json.loads(out.out) if code == 0 else out.out + out.err


def pysal(study, function, **how):
    """Beds per person of each demand point by PySAL; what is unreachable has no row."""
    times = ga.minutes(study, "hospital")
    cost = times.stack().rename("cost").reset_index().set_axis(["origin", "dest", "cost"], axis=1)
    people = pd.DataFrame({"demand": PEOPLE}, index=times.index.rename("geoid"))
    beds = pd.DataFrame({"supply": [BEDS[key] for key in times.columns]}, index=times.columns.rename("geoid"))
    found = function(people, beds, cost, **how)
    return pd.Series(found).reindex(times.index).fillna(0.0).to_numpy()


@pytest.mark.parametrize(
    ("words", "function", "how"),
    [
        (["--method", "2sfca", "--threshold", "62"], fca.two_stage_fca, {"max_cost": 62}),
        (
            ["--method", "e2sfca", "--decay", "zones:30=1,62=0.68,120=0.22"],
            fca.two_stage_fca,
            {"max_cost": 120, "weight_fn": weights.step_fn({30: 1, 62: 0.68, 120: 0.22})},
        ),
    ],
)
def test_the_command_shares_beds_as_pysal_does(fjord, tmp_path, capsys, words, function, how):
    target = tmp_path / "supply"
    code, told = asked(capsys, fjord, "--to", "hospital", "--capacity", "beds", *words, "-o", target)
    assert code == 0
    points = load_answer(target).tables["supply_points"]
    expected = 1000.0 * pysal(fjord, function, **how)
    np.testing.assert_allclose(points["capacity_per_1000"], expected, rtol=1e-9)
    assert told["region"]["mean_per_1000"] == pytest.approx((PEOPLE @ expected) / PEOPLE.sum())


@pytest.mark.parametrize("method", ["e2sfca", "3sfca"])
def test_zones_of_the_papers_by_plain_loops(fjord, tmp_path, capsys, method):
    target = tmp_path / "supply"
    code, told = asked(
        capsys, fjord, "--to", "hospital", "--capacity", "beds", "--method", method, "-o", target
    )
    zones = {
        "e2sfca": [(10, 1), (20, 0.68), (30, 0.22)],
        "3sfca": [(10, 0.962), (20, 0.704), (30, 0.377), (60, 0.042)],
    }
    times = ga.minutes(fjord, "hospital").to_numpy()
    share = np.zeros_like(times)
    for i in range(times.shape[0]):
        for j in range(times.shape[1]):
            share[i, j] = next((part for limit, part in zones[method] if times[i, j] <= limit), 0.0)
    if method == "3sfca":  # demand is split over the facilities in reach: Wan et al. 2012, eq. 3-5
        share = share * np.divide(
            share, share.sum(1, keepdims=True), out=np.zeros_like(share), where=share > 0
        )
    expected = [
        1000.0
        * sum(
            share[i, j] * beds / sum(PEOPLE[k] * share[k, j] for k in range(5))
            for j, beds in enumerate(BEDS.values())
            if share[i, j]
        )
        for i in range(5)
    ]
    np.testing.assert_allclose(load_answer(target).tables["supply_points"]["capacity_per_1000"], expected)
    assert any("those of its paper" in note for note in told["notes"])
    assert code == 0


def test_everybody_and_every_bed_is_accounted_for(fjord, capsys):
    code, told = asked(
        capsys, fjord, "--to", "hospital", "--capacity", "beds", "--method", "2sfca", "--threshold", "20"
    )
    region = told["region"]
    assert code == 0
    # Only Town and Færøy have a hospital within 20 minutes: 22 beds for 1000, 5 for 200.
    assert region["capacity"] == region["capacity_shared"] == 27
    assert region["persons_without"] == 157
    assert region["persons_unreachable"] == 7
    rows = {row["municipality"]: row for row in told["rows"]}
    assert rows["Town"]["mean_per_1000"] == pytest.approx(22.0 * 1000 / 1100)
    assert rows["Island"]["mean_per_1000"] == 0
    assert rows["Island"]["share_without"] == 1
    note = next(note for note in told["note_codes"] if note["code"] == "supply.without")
    assert note["fields"]["people"] == 157


def test_sizes_of_their_own_by_hand(fjord, capsys):
    code, told = asked(
        capsys, fjord, "--to", "hospital", "--capacity", "beds", "--method", "variable", "--sizes", "10,40,200",
        "--enough", "210",
    )  # fmt: skip
    assert code == 0
    sizes = {row["facility_id"]: row["radius_min"] for row in told["facilities"]}
    # Town alone holds 1000; Færøy needs East (about half an hour away) to hold 250.
    assert sizes == {"h1": 10, "h2": 40}
    rows = {row["municipality"]: row["mean_per_1000"] for row in told["rows"]}
    assert rows["Far"] == pytest.approx(5 / 250 * 1000)


def test_a_kind_that_is_all_closed_leaves_everybody_without(fjord, capsys):
    with (fjord / "study.toml").open("a", encoding="utf-8") as file:
        file.write('\n[scenarios.all-closed]\nfacilities_closed = ["h1", "h2"]\n')
    code, told = asked(
        capsys, fjord, "--to", "hospital", "--capacity", "beds", "--scenario", "all-closed", "--unknown", "0"
    )
    assert code == 0
    assert told["region"]["persons_without"] == told["region"]["persons_unreachable"] == PEOPLE.sum()
    assert told["facilities"] == []


@pytest.mark.parametrize("value", ["", "many", "-3"])
def test_a_capacity_that_is_none_is_a_fault_with_its_row(fjord, capsys, value):
    table = fjord / "places.csv"
    table.write_text(table.read_text(encoding="utf-8").replace(",5\n", f",{value}\n"), encoding="utf-8")
    code, told = asked(capsys, fjord, "--to", "hospital", "--capacity", "beds")
    assert code == 3
    assert "places.csv, row 3, column 'beds'" in told


def test_a_blank_capacity_counts_as_what_is_said_and_is_told(fjord, capsys):
    table = fjord / "places.csv"
    table.write_text(table.read_text(encoding="utf-8").replace(",5\n", ",\n"), encoding="utf-8")
    code, told = asked(capsys, fjord, "--to", "hospital", "--capacity", "beds", "--unknown", "2.5")
    assert code == 0
    assert {row["facility_id"]: row["capacity"] for row in told["facilities"]} == {"h1": 22, "h2": 2.5}
    note = next(note for note in told["note_codes"] if note["code"] == "supply.unknown")
    assert (note["fields"]["count"], note["fields"]["amount"]) == (1, 2.5)


def test_a_column_that_no_table_has_is_named(fjord, capsys):
    code, told = asked(capsys, fjord, "--to", "hospital", "--capacity", "bed")
    assert code == 2
    assert "beds" in told


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("variable", {}),
        ("2sfca", {"decay": "gaussian:20"}),
        ("e2sfca", {"sizes_min": [10, 20]}),
        ("e2sfca", {"threshold_min": 30}),
        ("e2sfca", {"decay": "gaussian:20"}),
        ("e2sfca", {"decay": "zones:10"}),
        ("e2sfca", {"decay": "zones:10=1,20=0"}),
        ("e2sfca", {"decay": "bell:3", "threshold_min": 3}),
        ("variable", {"sizes_min": [20, 10], "enough": 5, "threshold_min": 3}),
    ],
)
def test_parameters_that_a_method_does_not_take_are_refused(name, given):
    with pytest.raises(DataError):
        method_of(name, **given)


@pytest.mark.parametrize(
    ("text", "at_ten"),
    [("gaussian:20", math.exp(-0.125)), ("exponential:0.05", math.exp(-0.5)), ("power:2:5", 0.01)],
)
def test_a_decay_by_its_words(text, at_ten):
    decay = parse_decay(text, 30.0)
    assert decay(np.array([10.0, 30.5, math.nan])).tolist() == pytest.approx([at_ten, 0, 0])


def test_bokmal(fjord, capsys):
    assert run(["--lang", "nb", "supply", str(fjord), "--to", "hospital", "--capacity", "beds"]) == 0
    told = capsys.readouterr()
    assert "per 1 000 innbyggere" in told.out.replace("\N{NO-BREAK SPACE}", " ")
    assert "ingen hospital med kapasitet innen rekkevidde" in told.err
    assert load_study(fjord).name == "fjord"


def test_many_blank_capacities_are_one_fault_with_their_count_in_the_language(fjord, capsys):
    table = fjord / "places.csv"
    table.write_text(
        table.read_text(encoding="utf-8").replace(",5\n", ",\n").replace(",22\n", ",\n"), encoding="utf-8"
    )
    words = ["supply", str(fjord), "--to", "hospital", "--capacity", "beds", "-q"]
    assert run(words) in (2, 3)
    said = capsys.readouterr().err
    assert said.count("no capacity is told of 2 facilities (rows 2, 3)") == 1
    run(["--lang", "nb", *words])
    assert "ingen kapasitet er oppgitt for 2 steder (rader 2, 3)" in capsys.readouterr().err


@pytest.mark.parametrize("column", ["name", "lat", "facility_id", "kind"])
def test_only_numbers_that_people_can_share_are_offered(fjord, capsys, column):
    code, told = asked(capsys, fjord, "--to", "hospital", "--capacity", column)
    assert code == 2
    assert "(there are: beds)" in told
