"""Gains and losses: totals reconcile, nobody's loss is hidden, comparing a state with itself says nothing."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import geoaccess as ga
from geoaccess.answers.answer import load_answer
from geoaccess.cli.app import run
from geoaccess.ground.errors import DataError, UnknownNameError
from geoaccess.questions.access.answer import access_answer, accessibility
from geoaccess.questions.access.weather import Weather
from geoaccess.questions.comparison.answer import change_figures, compare_runs, comparison_answer
from geoaccess.questions.losses.answer import losses
from geoaccess.words.catalogue import say
from tests.geoaccess.minutes.resources.conftest import fleet_toml, write_fleet

minutes = st.one_of(st.floats(0, 1000), st.just(math.nan))
people = st.lists(st.tuples(minutes, minutes, st.integers(0, 1000)), min_size=1, max_size=25)


def columns(rows):
    return (np.array(column, dtype=float) for column in zip(*rows, strict=True))


@given(people)
def test_lost_minus_gained_is_the_change_of_the_mean(rows):
    before, after, weights = columns(rows)
    figures = change_figures(before, after, weights)
    both = ~np.isnan(before) & ~np.isnan(after)
    if weights[both].sum() == 0:
        assert math.isnan(figures["change_mean_min"])
        return
    mean = np.average(after[both], weights=weights[both]) - np.average(before[both], weights=weights[both])
    assert figures["change_mean_min"] == pytest.approx(mean, abs=1e-5)
    net = figures["person_min_lost"] - figures["person_min_gained"]
    assert net == pytest.approx(figures["change_mean_min"] * weights[both].sum(), abs=1e-3)


@given(people)
def test_comparing_a_state_with_itself_is_zero_everywhere(rows):
    before, _, weights = columns(rows)
    figures = change_figures(before, before, weights, thresholds_min=[30])
    assert all(value == 0 or math.isnan(value) for name, value in figures.items() if name != "persons")


@given(people)
def test_turning_round_turns_gains_into_losses(rows):
    before, after, weights = columns(rows)
    there, back = change_figures(before, after, weights), change_figures(after, before, weights)
    assert there["person_min_gained"] == pytest.approx(back["person_min_lost"])
    assert there["persons_newly_reached"] == back["persons_no_longer_reached"]


def test_figures_by_hand():
    figures = change_figures(
        [10, 20, 30, math.nan, 5], [5, 40, 30, 12, math.nan], [100, 10, 1, 7, 3], thresholds_min=[30]
    )
    assert figures == {
        "persons": 121.0,
        "persons_gain": 100.0,
        "persons_lose": 10.0,
        "person_min_gained": 500.0,
        "person_min_lost": 200.0,
        "change_mean_min": pytest.approx(-300 / 111),
        "worst_loss_min": 20.0,
        "persons_newly_reached": 7.0,
        "persons_no_longer_reached": 3.0,
        "persons_into_30_min": 7.0,
        "persons_out_of_30_min": 13.0,
    }


def test_two_scenarios_of_one_run(fjord, tmp_path, capsys):
    assert (
        run(["access", str(fjord), "--scenario", "base", "--scenario", "no-ferry", "-o", str(tmp_path / "r")])
        == 0
    )
    loaded = load_answer(tmp_path / "r")
    found = compare_runs(loaded, loaded, scenarios=("base", "no-ferry"))
    whole = found.region.iloc[0]
    # West loses: 60 min to Town instead of 55 over the ferry; East keeps Færøy.
    assert whole["persons_lose"] == 100
    assert whole["person_min_lost"] == pytest.approx(100 * 5)
    assert whole["persons_other_facility"] == 100
    assert found.points.set_index("demand_id").loc["d2", "facility_changed"]
    same = compare_runs(loaded, loaded)
    assert same.points["change_min"].fillna(0).eq(0).all()
    capsys.readouterr()
    code = run(
        ["compare", str(tmp_path / "r"), str(tmp_path / "r"), "--scenarios", "base", "no-ferry", "--json"]
    )
    assert code == 0
    told = json.loads(capsys.readouterr().out)
    assert told["region"][0]["person_min_lost"] == pytest.approx(500)
    town = next(row for row in told["rows"] if row["municipality"] == "Town")
    assert town["persons_lose"] == 100


def test_unknown_scenarios_and_strangers_are_refused(fjord):
    first = access_answer(ga.load_study(fjord), ga.accessibility(fjord))
    with pytest.raises(UnknownNameError, match="winter"):
        compare_runs(first, first, scenarios=("base", "winter"))
    region = ga.load_study("nord-norge")
    other = access_answer(region, ga.accessibility(region))
    with pytest.raises(DataError, match="no kind of time in common"):
        compare_runs(first, other)


def test_losses_of_the_fjord_by_hand(fjord):
    found = losses(fjord, of=("ferries", "passes", "facilities"), threshold_min=60)
    rows = found.rows.set_index(["element_id", "kind"])
    ferry = rows.loc[("ab", "hospital")]
    assert ferry["person_min_lost"] == pytest.approx(500)
    town = rows.loc[("h1", "hospital")]
    # Everybody in Town goes to Færøy: 1 + 60 + 25 + 30 instead of 1 minute.
    assert town["person_min_lost"] == pytest.approx(1000 * 115)
    assert town["persons_newly_beyond"] == 1000
    assert town["worst_loss_min"] == pytest.approx(115)
    assert found.rows.iloc[0]["element_id"] == "h1"
    pass_out = rows.loc[("Høyfjellet", "hospital")]
    assert pass_out["person_min_lost"] == pytest.approx(50 * 55 + 100 * 5)


def test_losses_agree_with_a_scenario(fjord):
    study = ga.load_study(fjord)
    before = ga.travel_times(study, to="hospital").min(axis=1)
    after = ga.travel_times(study, to="hospital", scenario="no-ferry").min(axis=1)
    expected = ((after - before).fillna(0) * study.weight()).sum()
    found = losses(study, of=("ferries",))
    assert found.rows["person_min_lost"].iloc[0] == pytest.approx(expected)


def test_pairs_hurt_at_least_as_much_as_each_alone(fjord):
    found = losses(fjord, of=("ferries", "facilities"), pairs=[("ab", "h1")])
    rows = found.rows.set_index("element_id")
    both = rows.loc["ab + h1"]
    for alone in ("ab", "h1"):
        assert both["persons_no_longer_reached"] >= rows.loc[alone, "persons_no_longer_reached"]
    assert both["persons_no_longer_reached"] == 1100  # Town and West have no hospital left


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"of": ("ferrys",)}, "ferries"),
        ({"rank": "money"}, "person-minutes"),
        ({"pairs": [("ab", "x")]}, "'x'"),
    ],
)
def test_unknown_names(fjord, options, word):
    with pytest.raises(UnknownNameError, match=word):
        losses(fjord, **options)


@pytest.mark.parametrize(
    ("name", "one", "other", "code"),
    [
        ("resources", ["boat", "heli"], ["boat"], "compare.differs"),
        ("resources", ["boat"], [], "compare.differs"),
        ("year", 2026, 2035, "note.years_differ"),
        ("variant", "", "high", "compare.differs"),
        ("season", "year", "winter", "compare.differs"),
        ("percentile", 90.0, 50.0, "compare.differs"),
        ("within_min", "", 30.0, "compare.differs"),
    ],
)
def test_what_two_runs_count_differently_is_said_and_labelled(
    fjord, tmp_path, capsys, name, one, other, code
):
    made = access_answer(ga.load_study(fjord), ga.accessibility(fjord))
    for folder, value in (("a", one), ("b", other)):
        counted = {"base": {**made.facts["counted"]["base"], name: value}}
        replace(made, facts={**made.facts, "counted": counted}).save(tmp_path / folder)
    first, second = (load_answer(tmp_path / folder) for folder in "ab")
    found = compare_runs(first, second)
    assert [note.code for note in found.notes] == [code]
    assert (dict(found.inputs_a), dict(found.inputs_b)) == ({name: one}, {name: other})
    assert found.notes[0] in comparison_answer(first, second).facts["notes"]
    assert [note.code for note in compare_runs(first, first).notes] == ["compare.same_files"]
    ask = ["compare", str(tmp_path / "a"), str(tmp_path / "b")]
    assert run([*ask, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["a"].endswith("]")
    assert told["a"] != told["b"]
    assert (told["inputs_a"], told["inputs_b"]) == ({name: one}, {name: other})
    for language in ("en", "nb"):
        assert run(["--lang", language, *ask]) == 0
        shown = capsys.readouterr()
        assert found.notes[0].said(language) in " ".join((shown.out + shown.err).split())
        assert say(f"compare.input.{name}", language) in shown.out


def test_services_of_one_run_only_are_said(fjord):
    study = ga.load_study(fjord)
    first = access_answer(study, ga.accessibility(study, kinds=["hospital", "station"]))
    second = access_answer(study, ga.accessibility(study, kinds=["hospital"]))
    (note,) = compare_runs(first, second).notes
    assert note == "the runs differ in services: A hospital, station; B hospital"


def test_a_run_tells_its_resources_and_what_was_asked_of_the_weather(fjord):
    study = ga.load_study(write_fleet(fjord, fleet_toml()))
    asked = accessibility(study, kinds=["response"], weather=Weather("winter", 0.5, 45))
    told = access_answer(study, asked).facts["counted"]["base"]
    assert told["resources"] == sorted(study.config.resources)
    assert (told["season"], told["percentile"], told["within_min"]) == ("winter", 50.0, 45)
    few = study.with_resources(["boat"])
    assert access_answer(few, accessibility(few, kinds=["response"])).facts["counted"]["base"][
        "resources"
    ] == ["boat"]


def _asked_run(folder, monkeypatch, *arguments):
    """A run as its command writes it."""
    import sys

    from geoaccess.cli.app import run

    monkeypatch.setattr(sys, "argv", ["geoaccess", *arguments, "-o", str(folder), "-q"])
    assert run(sys.argv[1:]) == 0
    return str(folder)


def test_two_runs_of_the_base_are_called_by_what_was_asked_of_each(fjord, tmp_path, monkeypatch, capsys):
    from geoaccess.cli.app import run

    base = ["access", str(fjord), "--to", "hospital"]
    one = _asked_run(tmp_path / "one", monkeypatch, *base)
    two = _asked_run(tmp_path / "two", monkeypatch, *base, "--close", "h1")
    again = _asked_run(tmp_path / "again", monkeypatch, *base)
    capsys.readouterr()
    assert run(["compare", one, two]) == 0
    told = capsys.readouterr()
    assert "A: today; B: today, --close h1" in told.out
    assert "asked of the first run alone: nothing; of the second alone: --close h1" in told.err
    assert run(["--lang", "nb", "compare", one, again]) == 0
    said = capsys.readouterr().err
    assert "byte for byte" in said
    (fjord / "roads.csv").write_text(
        (fjord / "roads.csv").read_text(encoding="utf-8").replace("european,60,60", "european,60,30"),
        encoding="utf-8",
    )
    slower = _asked_run(tmp_path / "slower", monkeypatch, *base)
    capsys.readouterr()
    assert run(["compare", one, slower]) == 0
    assert "input files that differ between the runs: roads.csv" in capsys.readouterr().err


def _access(folder, scenario):
    study = ga.load_study(folder)
    return access_answer(study, accessibility(study, kinds=["hospital"], scenarios=[scenario]))


def test_sites_stay_choosable_in_a_comparison_where_both_runs_are_about_the_same(fjord):
    """Only subjects with the same sites, people and limits; the minutes of both states, the second's first."""
    before = _access(fjord, "base")
    after = _access(fjord, "no-ferry")
    (own,) = after.site_minutes
    (made,) = comparison_answer(before, after).site_minutes
    assert (made.key, made.kind) == (own.key, own.kind)
    assert list(made.states) == ["no-ferry", "base"]
    for answer in (before, after):
        for name, state in answer.site_minutes[0].states.items():
            assert np.array_equal(made.states[name].minutes, state.minutes)
    assert {one["state"] for one in made.found} <= {"", "base", "no-ferry"}
    known = {"opened": [], "closed": [], "proven": False}
    elsewhere = replace(own, found=[*own.found, {**known, "state": "slow"}, {**known, "state": "base"}])
    (told,) = comparison_answer(before, replace(after, site_minutes=(elsewhere,))).site_minutes
    assert [one["state"] for one in told.found if one not in made.found] == ["base"]
    others = [
        replace(own, sites=own.sites.assign(site_id=own.sites["site_id"] + "x")),
        replace(own, demand_ids=[*own.demand_ids[1:], own.demand_ids[0]]),
        replace(own, within=[*own.within, (9, 77.0)]),
        replace(own, key="another"),
        replace(own, states={"slow": own.states["no-ferry"]}),
    ]
    for other in others:
        assert comparison_answer(before, replace(after, site_minutes=(other,))).site_minutes == ()
    assert comparison_answer(replace(before, site_minutes=()), after).site_minutes == ()


def test_what_is_known_of_both_runs_stands_in_the_answer(fjord):
    before = _access(fjord, "base")
    after = _access(fjord, "closed")
    told = compare_runs(before, after).answer().facts["compare"]
    assert told["scenarios"] == ["base", "closed"]
    assert (told["inputs_a"], told["inputs_b"]) == ({}, {})
    assert {"a", "b", "label_a", "label_b", "weight", "facilities_a", "facilities_b"} <= set(told)
    assert told["facilities_a"] != told["facilities_b"]
