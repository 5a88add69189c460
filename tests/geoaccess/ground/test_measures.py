"""Measures: hand-computed values and the invariants that every mean and percentile must keep."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geoaccess.ground.errors import DataError
from geoaccess.ground.measures import (
    persons_within,
    rows_by,
    summarise,
    summarise_by,
    weighted_mean,
    weighted_means_by,
    weighted_percentile,
)

minutes = st.one_of(st.floats(0, 1e4), st.just(math.nan))
people = st.integers(0, 10_000).map(float)
towns = st.lists(st.tuples(minutes, people), min_size=1, max_size=30)


def split(pairs):
    return np.array([pair[0] for pair in pairs]), np.array([pair[1] for pair in pairs])


@pytest.mark.parametrize(
    ("share", "expected"),
    [(0.0, 10.0), (0.5, 10.0), (0.6, 10.0), (0.61, 20.0), (0.9, 20.0), (0.91, 90.0), (1, 90)],
)
def test_percentile_is_the_first_time_that_reaches_the_share(share, expected):
    assert weighted_percentile([90.0, 10.0, 20.0], [10, 60, 30], share) == expected


def test_the_unreachable_count_as_beyond_every_time():
    assert math.isnan(weighted_percentile([10.0, math.nan], [40, 60], 0.5))
    assert weighted_percentile([10.0, math.nan], [60, 40], 0.5) == 10.0


def test_thresholds_are_inclusive():
    assert persons_within([30.0, 30.000001, math.nan], [1, 2, 4], 30) == 1


def test_summary_by_hand():
    row = summarise([10.0, 20.0, math.nan], [3, 1, 5], thresholds_min=[10])
    assert row == {
        "median_min": pytest.approx(math.nan, nan_ok=True),
        "p90_min": pytest.approx(math.nan, nan_ok=True),
        "mean_min": 12.5,
        "worst_min": 20.0,
        "persons": 9.0,
        "persons_unreachable": 5.0,
        "persons_within_10_min": 3.0,
        "share_within_10_min": pytest.approx(1 / 3),
    }


def test_median_and_ninetieth_percentile_of_people_who_are_all_reached():
    row = summarise([30.0, 10.0, 50.0, 20.0, 99.0], [30, 40, 5, 20, 0])
    assert (row["median_min"], row["p90_min"], row["worst_min"]) == (20.0, 30.0, 50.0)  # of 95: 47.5 and 85.5
    assert row["mean_min"] == pytest.approx((900 + 400 + 250 + 400) / 95)
    assert (row["persons"], row["persons_unreachable"]) == (95.0, 0.0)


def test_half_a_person_counts():
    assert weighted_percentile([5.0, 9.0], [0.5, 0.25], 0.5) == 5.0
    assert weighted_mean([5.0, 9.0], [0.5, 0.5]) == 7.0


def test_groups_have_their_own_thresholds():
    table = summarise_by([5.0, 15.0, 15.0], [1, 2, 4], ["b", "b", "a"], thresholds_min=[10])
    assert table["persons_within_10_min"].to_dict() == {"a": 0.0, "b": 1.0}
    assert table["share_within_10_min"].to_dict() == {"a": 0.0, "b": pytest.approx(1 / 3)}


@pytest.mark.parametrize(
    ("times", "weights"),
    [([1.0], [1.0, 2.0]), ([[1.0, 2.0]], [[1.0, 2.0]]), (1.0, 1.0), ([1.0, 2.0], [[1.0], [2.0]])],
)
def test_times_and_weights_are_one_of_each(times, weights):
    with pytest.raises(DataError, match="want one of each"):
        weighted_mean(times, weights)


def test_nobody_and_nowhere():
    assert math.isnan(weighted_mean([], []))
    assert math.isnan(weighted_percentile([5.0], [0], 0.5))
    assert math.isnan(weighted_mean([math.nan], [4]))


@pytest.mark.parametrize("bad", [-1.0, math.nan, math.inf])
def test_impossible_weights_are_refused_with_their_row(bad):
    with pytest.raises(DataError, match="row 1"):
        weighted_mean([1.0, 2.0], [1.0, bad])


@given(towns, st.floats(0, 1))
def test_percentile_agrees_with_writing_everybody_out(pairs, share):
    pairs = [(time, number % 20) for time, number in pairs]
    times, weights = split(pairs)
    everybody = np.sort(np.repeat(times, weights.astype(int)))
    found = weighted_percentile(times, weights, share)
    if not len(everybody):
        assert math.isnan(found)
        return
    rank = max(math.ceil(share * len(everybody) - 1e-9), 1)
    expected = everybody[rank - 1]
    assert found == expected or (math.isnan(found) and math.isnan(expected))


@given(towns, st.randoms(use_true_random=False))
def test_measures_do_not_depend_on_row_order(pairs, random):
    shuffled = list(pairs)
    random.shuffle(shuffled)
    first, second = summarise(*split(pairs)), summarise(*split(shuffled))
    for name, value in first.items():
        assert second[name] == pytest.approx(value, nan_ok=True)


@given(towns, st.data())
def test_splitting_a_point_in_two_changes_nothing(pairs, data):
    index = data.draw(st.integers(0, len(pairs) - 1))
    part = data.draw(st.floats(0, 1))
    time, number = pairs[index]
    halves = [*pairs[:index], (time, number * part), (time, number * (1 - part)), *pairs[index + 1 :]]
    first, second = summarise(*split(pairs)), summarise(*split(halves))
    for name in ("mean_min", "persons", "persons_unreachable", "worst_min"):
        assert second[name] == pytest.approx(first[name], nan_ok=True)


@given(towns, st.floats(0.01, 100))
def test_scaling_all_weights_changes_no_mean(pairs, factor):
    times, weights = split(pairs)
    assert weighted_mean(times, weights * factor) == pytest.approx(weighted_mean(times, weights), nan_ok=True)


@given(towns, st.lists(st.sampled_from("abc"), min_size=30, max_size=30))
def test_groups_add_up(pairs, names):
    times, weights = split(pairs)
    table = summarise_by(times, weights, names[: len(pairs)])
    assert table["persons"].sum() == pytest.approx(weights.sum())
    assert list(table.index) == sorted(set(names[: len(pairs)]))


@given(towns, st.data())
def test_means_of_groups_are_those_of_their_own_towns(town, data):
    times, persons = (list(column) for column in zip(*town, strict=True))
    names = data.draw(st.lists(st.sampled_from(["b", "a", "Å"]), min_size=len(town), max_size=len(town)))
    found = weighted_means_by(times, persons, names)
    assert found.index.tolist() == sorted(set(names))
    for name, mean in found.items():
        reached = [
            (time, weight)
            for time, weight, own in zip(times, persons, names, strict=True)
            if own == name and not math.isnan(time) and weight > 0
        ]
        if not reached:
            assert math.isnan(mean)
            continue
        summed = math.fsum(time * weight for time, weight in reached)
        assert mean == pytest.approx(
            summed / math.fsum(weight for _, weight in reached), rel=1e-12, abs=1e-12
        )


@given(st.lists(st.sampled_from(["b", "a", "æ", "10", "9", ""]), max_size=30))
def test_each_group_has_the_rows_that_bear_its_name(names):
    found = rows_by(names)
    assert [name for name, _ in found] == sorted(set(names))
    assert all(rows.tolist() == [at for at, own in enumerate(names) if own == name] for name, rows in found)
