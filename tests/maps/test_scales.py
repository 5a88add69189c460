"""Classes hold what their limits say, and colours can be told apart."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maps import MapDataError, Palette, Scale

limits = st.lists(st.integers(-50, 200), min_size=1, max_size=8, unique=True).map(sorted)
values = st.lists(st.one_of(st.just(math.nan), st.integers(-60, 210).map(float)), max_size=40)


def class_by_hand(value: float, breaks: list[int], *, closed_above: bool) -> int:
    if math.isnan(value):
        return -1
    passed = [limit < value if closed_above else limit <= value for limit in breaks]
    return sum(passed)


@given(limits, values, st.booleans())
def test_every_value_is_in_the_class_its_limits_say(breaks, column, closed_above):
    scale = Scale(tuple(breaks), closed_above=closed_above)
    expected = [class_by_hand(value, breaks, closed_above=closed_above) for value in column]
    assert scale.classes_of(np.asarray(column, dtype=float)).tolist() == expected


def test_exactly_the_threshold_is_within_it_but_exactly_a_limit_of_time_is_not_under_it():
    assert Scale.thresholds((12, 25)).classes_of(np.asarray([12.0, 12.001, 25.0, 26.0])).tolist() == [
        0,
        1,
        1,
        2,
    ]
    assert Scale.minutes((30, 60)).classes_of(np.asarray([29.999, 30.0])).tolist() == [0, 1]


@pytest.mark.parametrize("breaks", [(30, 15), (15, 15)])
def test_limits_must_ascend(breaks):
    with pytest.raises(MapDataError, match="ascend"):
        Scale(breaks)


def test_labels_must_be_as_many_as_classes():
    with pytest.raises(MapDataError, match="3 classes need as many labels, got 1"):
        Scale((1, 2), labels=("only one",))


def lightness(colour: str) -> float:
    """CIE L* of an sRGB colour (IEC 61966-2-1, CIE 1976)."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return 116 * luminance ** (1 / 3) - 16 if luminance > 0.008856 else 903.3 * luminance


@given(st.integers(1, 8))
def test_sequential_colours_darken_step_by_step_so_that_grey_paper_still_tells_them_apart(count):
    colours = Scale(tuple(range(count))).colours
    steps = np.diff([lightness(colour) for colour in colours])
    assert (steps < -4).all()


@given(st.integers(1, 5))
def test_a_change_is_lightest_in_the_middle_and_blue_against_vermilion(count):
    scale = Scale.difference(tuple(range(1, count + 1)))
    assert scale.palette is Palette.DIVERGING
    levels = [lightness(colour) for colour in scale.colours]
    middle = len(levels) // 2
    assert max(levels) == levels[middle]
    assert len(set(scale.colours)) == scale.n_classes
    assert int(scale.colours[0][5:], 16) > int(scale.colours[0][1:3], 16)
    assert int(scale.colours[-1][5:], 16) < int(scale.colours[-1][1:3], 16)


def test_no_change_is_the_middle_class():
    scale = Scale.difference((1, 5))
    assert scale.classes_of(np.asarray([-9.0, -5.0, -1.0, 0.0, 0.99, 1.0, 5.0])).tolist() == [
        0,
        1,
        2,
        2,
        2,
        3,
        4,
    ]


def test_twelve_categories_have_twelve_colours():
    assert len(set(Scale.categories([str(n) for n in range(12)]).colours)) == 12
    assert Scale.categories(["a", "b", "c"]).classes_of(np.asarray([0.0, 2.0, np.nan])).tolist() == [0, 2, -1]
    assert Scale.ordered(["good", "bad"]).palette is Palette.SEQUENTIAL
