"""Who gains and who loses: person by person against the summary, and totals that reconcile."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from optimise import ProblemError
from optimise.changes import compare_by_group, compare_minutes

MINUTES = st.one_of(st.just(math.nan), st.integers(0, 30).map(float))


@st.composite
def before_and_after(draw):
    n = draw(st.integers(0, 8))
    before, after = (draw(hnp.arrays(np.float64, n, elements=MINUTES)) for _ in range(2))
    weights = draw(hnp.arrays(np.float64, n, elements=st.integers(0, 5).map(float)))
    return before, after, weights


def person_by_person(before, after, weights):
    told = dict.fromkeys(["gain", "lose", "same", "newly_served", "no_longer_served"], 0.0)
    minutes = dict.fromkeys(["gained_min", "lost_min"], 0.0)
    for was, now, weight in zip(before, after, weights, strict=True):
        if math.isnan(was) or math.isnan(now):
            kind = {(True, False): "newly_served", (False, True): "no_longer_served"}.get(
                (math.isnan(was), math.isnan(now)), "same"
            )
        else:
            kind = "gain" if now < was else "lose" if now > was else "same"
            minutes["gained_min"] += weight * max(0.0, was - now)
            minutes["lost_min"] += weight * max(0.0, now - was)
        told[kind] += weight
    return told | minutes


@given(before_and_after())
def test_each_person_is_in_one_class(case):
    before, after, weights = case
    change = compare_minutes(before, after, weights)
    for name, value in person_by_person(before, after, weights).items():
        assert getattr(change, name) == pytest.approx(value), name
    parts = change.gain + change.lose + change.same + change.newly_served + change.no_longer_served
    assert parts == pytest.approx(change.weight) == pytest.approx(weights.sum())
    assert change.net_min == pytest.approx(change.gained_min - change.lost_min)


@given(before_and_after())
def test_the_other_way_round_losses_are_gains(case):
    before, after, weights = case
    one, other = compare_minutes(before, after, weights), compare_minutes(after, before, weights)
    assert (one.gain, one.newly_served, one.gained_min) == (
        other.lose,
        other.no_longer_served,
        other.lost_min,
    )


@given(before_and_after(), st.data())
def test_groups_sum_to_the_whole(case, data):
    before, after, weights = case
    labels = [data.draw(st.sampled_from(["1804", "1811", "5501"])) for _ in weights]
    whole = compare_minutes(before, after, weights)
    parts = compare_by_group(before, after, weights, labels)
    assert list(parts) == list(dict.fromkeys(labels))
    for name in ("weight", "gain", "lose", "same", "newly_served", "no_longer_served", "net_min"):
        assert sum(getattr(part, name) for part in parts.values()) == pytest.approx(getattr(whole, name))


def test_faults():
    with pytest.raises(ProblemError, match="same length"):
        compare_minutes([1, 2], [1], [1, 1])
    with pytest.raises(ProblemError, match="weights"):
        compare_minutes([1, 2], [1, 2], [1, -1])
    with pytest.raises(ProblemError, match="groups"):
        compare_by_group([1, 2], [1, 2], [1, 1], ["a"])
