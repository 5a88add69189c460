"""Inequality: hand-computed values, PySAL `inequality` on everybody written out, and the invariants."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from inequality.atkinson import atkinson as pysal_atkinson
from inequality.gini import Gini
from inequality.theil import Theil, TheilD

from geoaccess.answers.answer import load_answer
from geoaccess.cli.app import run
from geoaccess.ground.errors import DataError
from geoaccess.questions.access.equity import (
    atkinson,
    equity,
    gini,
    kolm_pollak_equivalent,
    lorenz_curve,
    palma_ratio,
    theil,
    theil_split,
    worst_share,
)
from geoaccess.questions.registry import document, report_document
from geoaccess.words.words import Words

minutes = st.one_of(st.floats(0, 1e4).map(lambda value: round(value, 3)), st.just(math.nan))
people = st.integers(0, 12).map(float)
towns = st.lists(st.tuples(minutes, people), min_size=1, max_size=25)
#: Every measure as a function of values and weights; what holds for all is tested for all.
MEASURES = {
    "gini": gini,
    "theil": theil,
    "palma": palma_ratio,
    "worst tenth": worst_share,
    "atkinson": atkinson,
    "kolm-pollak": lambda values, weights: kolm_pollak_equivalent(values, weights, aversion_per_min=0.01),
}
every_measure = pytest.mark.parametrize("measure", MEASURES.values(), ids=MEASURES)


def split(pairs):
    return np.array([pair[0] for pair in pairs]), np.array([pair[1] for pair in pairs])


def everybody(pairs):
    """One row per person who is reached."""
    values, weights = split(pairs)
    return np.repeat(values, weights.astype(int))[~np.isnan(np.repeat(values, weights.astype(int)))]


def test_gini_by_hand():
    # Differences |10-20|, |10-30|, |20-30| twice each: 80 / (2 * 9 * 20).
    assert gini([10, 20, 30], [1, 1, 1]) == pytest.approx(80 / 360)
    # Three persons at 0 and one at 40: 2 * 3 * 40 / (2 * 16 * 10).
    assert gini([0, 40], [3, 1]) == pytest.approx(0.75)


def test_lorenz_curve_by_hand_merges_equal_times():
    curve = lorenz_curve([30, 10, 10, math.nan], [2, 1, 1, 9])
    assert curve["persons_share"].tolist() == [0.0, 0.5, 1.0]
    assert curve["value_share"].tolist() == [0.0, 0.25, 1.0]


def test_theil_and_its_split_by_hand():
    table = theil_split([10, 30, 20, math.nan], [1, 1, 2, 7], ["a", "a", "b", "b"])
    within = (0.5 * math.log(0.5) + 1.5 * math.log(1.5)) / 2
    assert table.loc["a", "theil"] == pytest.approx(within)
    assert table.loc["b", "theil"] == 0
    assert table.loc["a", "value_share"] == 0.5
    # Both groups have the mean of 20, so all inequality lies within a.
    assert table.loc["(all)", "between"] == pytest.approx(0)
    assert table.loc["(all)", "within"] == pytest.approx(0.5 * within)
    assert table.loc["(all)", "theil"] == pytest.approx(theil([10, 30, 20], [1, 1, 2]))
    assert table.loc["(all)", "persons"] == 4


def test_palma_and_worst_tenth_by_hand():
    # Ten persons with 1..10 minutes: the worst bears 10 of 55, the nearest four 1+2+3+4.
    times, persons = list(range(1, 11)), [1] * 10
    assert palma_ratio(times, persons) == pytest.approx(10 / 10)
    assert worst_share(times, persons) == pytest.approx(10 / 55)
    assert worst_share(times, persons, 0.25) == pytest.approx((10 + 9 + 8 / 2) / 55)


def test_atkinson_by_hand():
    assert atkinson([1, 4], [1, 1], aversion=0.5) == pytest.approx(1 - ((1 + 2) / 2) ** 2 / 2.5)
    assert atkinson([1, 4], [1, 1], aversion=1) == pytest.approx(1 - 2 / 2.5)
    assert atkinson([0, 4], [1, 1], aversion=1) == 1
    assert atkinson([1, 4], [1, 1], aversion=0) == 0


def test_kolm_pollak_by_hand_and_between_mean_and_worst():
    value = kolm_pollak_equivalent([0, 100], [1, 1], aversion_per_min=0.01)
    assert value == pytest.approx(100 * math.log((1 + math.e) / 2))
    assert kolm_pollak_equivalent([0, 1e5], [1, 1], aversion_per_min=1) == pytest.approx(1e5 - math.log(2))


def test_the_row_tells_who_is_left_out():
    row = equity([10, 30, math.nan], [3, 1, 5], ["a", "b", "b"])
    assert row["persons_reached"] == 4
    assert row["persons_unreachable"] == 5
    assert row["theil_between"] == pytest.approx(row["theil"])
    assert row["theil_within"] == pytest.approx(0)


@pytest.mark.parametrize("values", [[], [math.nan, math.nan]])
@every_measure
def test_nobody_reached_is_no_number(measure, values):
    assert math.isnan(measure(values, [1.0] * len(values)))


def test_all_at_the_door_is_equality():
    assert gini([0, 0], [1, 2]) == theil([0, 0], [1, 2]) == atkinson([0, 0], [1, 2]) == 0
    assert worst_share([0, 0], [5, 5]) == pytest.approx(0.1)
    assert math.isnan(palma_ratio([0, 10], [50, 50]))


def test_every_impossible_value_is_listed():
    with pytest.raises(DataError) as caught:
        gini([1, -1, math.inf], [1, 1, 1])
    assert [fault.row for fault in caught.value.faults] == ["1", "2"]
    with pytest.raises(DataError, match="share lies between"):
        worst_share([1], [1], 1.5)
    with pytest.raises(DataError, match="aversion"):
        atkinson([1], [1], aversion=-1)
    with pytest.raises(DataError, match="above 0"):
        kolm_pollak_equivalent([1], [1], aversion_per_min=0)
    with pytest.raises(DataError, match="group labels"):
        theil_split([1, 2], [1, 1], ["a"])


@given(towns)
def test_gini_theil_and_atkinson_agree_with_pysal_on_everybody_written_out(pairs):
    persons = everybody(pairs)
    assume(len(persons) and persons.sum() > 0)
    values, weights = split(pairs)
    assert gini(values, weights) == pytest.approx(Gini(persons).g, abs=1e-9)
    assert theil(values, weights) == pytest.approx(float(Theil(persons).T), abs=1e-9)
    if persons.min() > 0:  # PySAL refuses zeros
        for aversion in (0.5, 1, 2):
            assert atkinson(values, weights, aversion=aversion) == pytest.approx(
                float(pysal_atkinson(persons, aversion)), abs=1e-9
            )


@given(towns, st.lists(st.sampled_from("abc"), min_size=25, max_size=25))
def test_the_split_of_theil_agrees_with_pysal(pairs, labels):
    values, weights = split(pairs)
    labels = np.array(labels[: len(pairs)])
    persons = everybody(pairs)
    assume(len(persons) and persons.sum() > 0)
    known = ~np.isnan(values)
    groups = np.repeat(labels[known], weights[known].astype(int))
    theirs = TheilD(persons, groups)
    row = theil_split(values, weights, labels).loc["(all)"]
    assert row["between"] == pytest.approx(float(np.sum(theirs.bg)), abs=1e-9)
    assert row["within"] == pytest.approx(float(np.sum(theirs.wg)), abs=1e-9)
    assert row["theil"] == pytest.approx(row["between"] + row["within"], abs=1e-9)
    assert row["value_share"] == pytest.approx(1)


@every_measure
@given(pairs=towns, random=st.randoms(use_true_random=False))
def test_row_order_changes_nothing(measure, pairs, random):
    shuffled = list(pairs)
    random.shuffle(shuffled)
    assert measure(*split(shuffled)) == pytest.approx(measure(*split(pairs)), nan_ok=True, rel=1e-9, abs=1e-9)


@every_measure
@given(pairs=towns, data=st.data())
def test_splitting_a_point_in_two_changes_nothing(measure, pairs, data):
    index = data.draw(st.integers(0, len(pairs) - 1))
    part = data.draw(st.floats(0, 1))
    time, number = pairs[index]
    halves = [*pairs[:index], (time, number * part), (time, number * (1 - part)), *pairs[index + 1 :]]
    assert measure(*split(halves)) == pytest.approx(measure(*split(pairs)), nan_ok=True, rel=1e-9, abs=1e-9)


@every_measure
@given(pairs=towns, factor=st.floats(0.01, 100))
def test_scaling_all_weights_changes_nothing(measure, pairs, factor):
    values, weights = split(pairs)
    expected = measure(values, weights)
    assert measure(values, weights * factor) == pytest.approx(expected, nan_ok=True, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("name", ["gini", "theil", "palma", "worst tenth", "atkinson"])
@given(pairs=towns, factor=st.floats(0.1, 10))
def test_relative_measures_do_not_depend_on_the_unit(name, pairs, factor):
    values, weights = split(pairs)
    expected = MEASURES[name](values, weights)
    assert MEASURES[name](values * factor, weights) == pytest.approx(expected, nan_ok=True, abs=1e-9)


@given(towns)
def test_bounds(pairs):
    values, weights = split(pairs)
    reached = ~np.isnan(values) & (weights > 0)
    assume(reached.any())
    mean, worst = np.average(values[reached], weights=weights[reached]), values[reached].max()
    assert -1e-12 <= gini(values, weights) < 1
    assert -1e-9 <= theil(values, weights) <= math.log(weights[reached].sum()) + 1e-9
    assert 0.1 - 1e-9 <= worst_share(values, weights) <= 1
    assert mean - 1e-6 <= MEASURES["kolm-pollak"](values, weights) <= worst + 1e-6


def test_the_command_tells_the_two_measures_with_an_aversion(fjord, tmp_path, capsys):
    """Against plain sums: Town 1, West 61, East 31.x, Færøy 2 minutes; the island is not reached."""
    target = tmp_path / "access"
    words = ["access", str(fjord), "--equity", "--atkinson-aversion", "1", "--kolm-pollak-aversion", "0.02"]
    assert run([*words, "--json", "-q", "-o", str(target)]) == 0
    told = json.loads(capsys.readouterr().out)
    row = next(one for one in told["equity"] if one["weight"] == "people" and one["kind"] == "hospital")
    minutes = load_answer(target).tables["nearest"]
    minutes = minutes[minutes["travel_time_min"].notna()]
    times, people = minutes["travel_time_min"].to_numpy(), minutes["people"].to_numpy(dtype=float)
    everybody = np.repeat(times, people.astype(int))
    assert row["atkinson"] == pytest.approx(1 - math.exp(np.log(everybody).mean()) / everybody.mean())
    assert row["kolm_pollak_min"] == pytest.approx(math.log(np.exp(0.02 * everybody).mean()) / 0.02)
    assert row["inequality_price_min"] == pytest.approx(row["kolm_pollak_min"] - everybody.mean())
    assert row["persons_unreachable"] == 7
    assert told["aversions"] == {"atkinson": 1, "kolm_pollak_per_min": 0.02}
    codes = [note["code"] for note in told["note_codes"]]
    assert codes[:2] == ["equity.kolm_pollak", "equity.atkinson"]


@pytest.mark.parametrize(("language", "word"), [("en", "Price of inequality"), ("nb", "Prisen for ulikhet")])
def test_equity_stands_in_report_and_map(fjord, tmp_path, language, word):
    target = tmp_path / "access"
    assert run(["access", str(fjord), "--equity", "-o", str(target), "-q"]) == 0
    answer = load_answer(target)
    table = next(one for one in document(answer, language=language).tables if one.key == "equity")
    assert word in [column.name for column in table.columns]
    report = report_document(answer, Words(language))
    shown = next(section for section in report.sections if section.key == "equity")
    assert any(getattr(block, "key", "") == "equity" for block in shown.blocks)
    assert "equity" in [one.key for one in report.tables]
    for column in answer.columns("equity"):
        assert column.meaning["en"]
        assert column.meaning["nb"]


def test_without_equity_nothing_is_added(fjord, tmp_path, capsys):
    assert run(["access", str(fjord), "-o", str(tmp_path / "access"), "--json", "-q"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert "aversions" not in told
    assert "atkinson" not in told["equity"][0]
    assert "equity" not in load_answer(tmp_path / "access").tables
