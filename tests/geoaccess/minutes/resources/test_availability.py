"""Who comes first how often, against drawing the weather by hand."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geoaccess.minutes.resources import arrivals

SHARE = st.sampled_from([0.0, 0.1, 0.5, 0.8, 0.9, 1.0])
MINUTES = st.one_of(st.floats(1, 300), st.just(float("nan")))
GROUP = st.sampled_from(["road", "sea", "air"])
BASE = st.tuples(st.lists(MINUTES, min_size=2, max_size=2), SHARE, GROUP)
BASES = st.lists(BASE, min_size=1, max_size=6)


def of(bases):
    """Arrivals of some bases (minutes to two points, regularity, group) in one season."""
    minutes = np.array([base[0] for base in bases], dtype=float).T
    return arrivals(minutes, {"summer": np.array([base[1] for base in bases])}, [base[2] for base in bases])


def by_enumeration(bases, point, limit):
    """Share of the time in which somebody comes within a limit: every weather of every group, one by one.

    The weather of a group is a number from 0 to 1; a base goes while it is below its regularity.
    """
    groups = sorted({group for _, _, group in bases})
    cuts = {
        group: sorted({0.0, 1.0, *(share for _, share, own in bases if own == group)}) for group in groups
    }
    total = 0.0
    for weather in itertools.product(*(list(itertools.pairwise(cuts[group])) for group in groups)):
        chance = float(np.prod([high - low for low, high in weather]))
        level = {group: (low + high) / 2 for group, (low, high) in zip(groups, weather, strict=True)}
        come = any(level[group] < share and minutes[point] <= limit for minutes, share, group in bases)
        total += chance * come
    return total


@given(bases=BASES, limit=st.floats(1, 300))
def test_share_within_is_that_of_every_weather_counted_one_by_one(bases, limit):
    found = of(bases).within(limit)
    for point in range(2):
        assert found[point] == pytest.approx(by_enumeration(bases, point, limit), abs=1e-12)


@given(bases=BASES)
def test_regularity_one_is_the_quickest_always(bases):
    come = of([(minutes, 1.0, group) for minutes, _, group in bases])
    quickest = np.array([base[0] for base in bases]).T
    quickest = np.where(np.isnan(quickest), np.inf, quickest).min(axis=1)
    crisp = np.where(np.isfinite(quickest), quickest, np.nan)
    for share in (0.1, 0.9, 1.0):
        np.testing.assert_array_equal(come.percentile(share), crisp)
    np.testing.assert_allclose(come.expected(), crisp, rtol=1e-12)


@given(bases=BASES, more=BASE, share=st.sampled_from([0.3, 0.5, 0.9, 0.95]))
def test_one_more_never_makes_anybody_slower(bases, more, share):
    before, after = of(bases), of([*bases, more])
    limits = [1.0, 15.0, 45.0, 300.0, *[one for base in [*bases, more] for one in base[0] if one == one]]
    for limit in limits:
        assert (after.within(limit) >= before.within(limit) - 1e-12).all()
    kept_before, kept_after = before.percentile(share), after.percentile(share)
    reached = ~np.isnan(kept_before)
    assert (kept_after[reached] <= kept_before[reached]).all()
    assert (after.ever >= before.ever - 1e-12).all()


@given(bases=BASES, order=st.randoms())
def test_the_order_of_bases_changes_nothing(bases, order):
    mixed = list(bases)
    order.shuffle(mixed)
    first, second = of(bases), of(mixed)
    for limit in (5.0, 45.0, 200.0):
        np.testing.assert_allclose(first.within(limit), second.within(limit), atol=1e-12)
    np.testing.assert_allclose(first.expected(), second.expected(), rtol=1e-9, equal_nan=True)
    np.testing.assert_array_equal(first.percentile(0.9), second.percentile(0.9))


@given(bases=BASES, craft=st.tuples(st.lists(st.floats(1, 300), min_size=2, max_size=2), SHARE))
def test_expected_lies_between_crisp_and_without_the_craft_where_a_car_always_comes(bases, craft):
    car = ([120.0, 200.0], 1.0, "road")
    minutes, share = craft
    without = of([car, *bases]).expected()
    with_it = of([car, *bases, (minutes, share, "another")]).expected()
    crisp = of([car, *bases, (minutes, 1.0, "another")]).expected()
    assert (with_it <= without + 1e-9).all()
    assert (with_it >= crisp - 1e-9).all()


def test_groups_fail_together_and_others_do_not():
    together = of([([10, 10], 0.8, "air"), ([20, 20], 0.8, "air")])
    apart = of([([10, 10], 0.8, "air"), ([20, 20], 0.8, "sea")])
    assert together.ever[0] == pytest.approx(0.8)
    assert apart.ever[0] == pytest.approx(0.96)
    # Of one group, one that flies in weather that grounds the other adds just that weather.
    better = of([([10, 10], 0.8, "air"), ([20, 20], 0.95, "air")])
    assert better.ever[0] == pytest.approx(0.95)
    assert better.expected()[0] == pytest.approx((0.8 * 10 + 0.15 * 20) / 0.95)
    assert better.percentile(0.9)[0] == 20
    assert np.isnan(better.percentile(0.96)[0])


def test_a_year_is_half_of_each_season():
    minutes = np.array([[10.0, 60.0]])
    shares = {"summer": np.array([1.0, 1.0]), "winter": np.array([0.5, 1.0])}
    year = arrivals(minutes, shares, ["air", "road"])
    assert year.within(10)[0] == pytest.approx(0.75)
    assert year.expected()[0] == pytest.approx(0.75 * 10 + 0.25 * 60)


def test_nobody_at_all():
    none = arrivals(np.empty((3, 0)), {"summer": np.empty(0)}, [])
    assert np.isnan(none.expected()).all()
    assert np.isnan(none.percentile(0.5)).all()
    np.testing.assert_array_equal(none.within(60), np.zeros(3))


@pytest.mark.parametrize("shares", [[1.2, 0.5], [0.5]])
def test_regularities_that_cannot_be_are_refused(shares):
    with pytest.raises(ValueError, match="regularity"):
        arrivals(np.ones((1, 2)), {"summer": np.array(shares)}, ["a", "b"])
