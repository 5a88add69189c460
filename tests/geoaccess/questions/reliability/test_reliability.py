"""Reliability over states of the world: by hand, against brute force, Monte Carlo within its own error."""

from __future__ import annotations

import itertools
import math
import tracemalloc
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from geoaccess.ground.errors import DataError
from geoaccess.ground.measures import weighted_percentile
from geoaccess.questions.reliability import (
    Hazard,
    enumerate_states,
    kept,
    reliability,
    sample_states,
    weekly_probabilities,
)
from geoaccess.study.hazard_sections import WEEK_SHARE

NAN = math.nan
PASS = Hazard(title="the pass is closed", days=36.5, source="test")
FERRY = Hazard(title="the ferry is out", regularity=0.8, source="test")
HAZARDS = {"pass": PASS, "ferry": FERRY}


def fjord(state):
    """Two places: over the pass 20 minutes, round it 50; over the ferry 30, without it nowhere."""
    return [50.0 if "pass" in state else 20.0, NAN if "ferry" in state else 30.0]


def run(times=fjord, hazards=HAZARDS, weights=(60, 40), threshold_min=30, **options):
    return reliability(times, hazards, weights, threshold_min=threshold_min, **options)


# --- hazards ----------------------------------------------------------------------------------------------


def test_probabilities_from_days_regularity_and_share():
    assert PASS.weekly() == pytest.approx(np.full(52, 0.1))
    assert FERRY.weekly() == pytest.approx(np.full(52, 0.2))
    assert Hazard(title="x", probability=0.3, source="t").weekly() == pytest.approx(np.full(52, 0.3))


def test_a_season_over_new_year_keeps_its_days():
    winter = Hazard(title="x", days=12, season=("11-01", "04-15"), source="t")
    weekly = winter.weekly()
    assert (weekly * WEEK_SHARE).sum() * 365 == pytest.approx(12)
    season = 30 + 31 + 31 + 28 + 31 + 15
    assert weekly[0] == pytest.approx(12 / season)
    assert weekly[25] == 0
    # Week 16 (days 105-111) begins on 16 April: out of season; week 15 holds 98-104, the last is 15 April.
    assert weekly[14] == pytest.approx(12 / season)
    assert weekly[15] == 0


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({}, "say one of"),
        ({"days": 3, "probability": 0.1}, "say one of"),
        ({"days": 40, "season": ("01-01", "01-31")}, "40 days do not fit into a season of 31"),
        ({"probability": 1.2}, "less than or equal to 1"),
        ({"probability": 0.1, "season": ("02-29", "03-01")}, "no day of a year"),
        ({"probability": 0.1, "source": ""}, "source"),
        ({"probabilty": 0.1}, "Extra inputs"),
    ],
)
def test_impossible_hazards_are_refused(values, message):
    with pytest.raises(ValidationError, match=message):
        Hazard.model_validate({"title": "x", "source": "t"} | values)


# --- by hand ----------------------------------------------------------------------------------------------


def test_enumeration_by_hand():
    found = run()
    assert found.method == "enumeration"
    table = found.table
    assert table["base_min"].tolist() == [20, 30]
    assert table["expected_min"].tolist() == pytest.approx([0.9 * 20 + 0.1 * 50, 30])
    assert table["probability_within"].tolist() == pytest.approx([0.9, 0.8])
    assert table["probability_reached"].tolist() == pytest.approx([1, 0.8])
    assert table["p90_min"].iloc[0] == 20
    assert math.isnan(table["p90_min"].iloc[1])
    assert found.region["share_within"] == pytest.approx(0.6 * 0.9 + 0.4 * 0.8)
    assert found.region["expected_min"] == pytest.approx((0.6 * 23 + 0.4 * 0.8 * 30) / (0.6 + 0.4 * 0.8))
    assert found.states["state"].tolist() == ["(none)", "ferry", "pass", "ferry + pass"]
    assert found.states["probability"].tolist() == pytest.approx([0.72, 0.18, 0.08, 0.02])
    assert "within_error" not in table


def test_the_worst_week_is_in_the_season():
    winter = Hazard(title="x", days=14, season=("01-08", "01-21"), source="t")  # weeks 2 and 3, every day
    found = run(hazards={"pass": winter, "ferry": FERRY})
    assert found.worst_week == 2
    assert found.table["worst_week"].tolist() == [2, 1]
    assert found.table["worst_week_probability_within"].tolist() == pytest.approx([0, 0.8])
    weeks = found.weeks.set_index("week")
    assert weeks.loc[2, "share_within"] == pytest.approx(0.4 * 0.8)
    assert weeks.loc[30, "share_within"] == pytest.approx(0.6 + 0.4 * 0.8)
    assert weeks.loc[30, "persons_unreachable"] == pytest.approx(40 * 0.2)
    assert found.table["probability_within"].iloc[0] == pytest.approx(1 - 14 / 365)


def test_hazards_of_one_season_come_together():
    """Independent given the week, yet both in winter: together more often than the product of yearly shares."""
    months = ("01-01", "02-28")
    one = Hazard(title="x", days=29.5, season=months, source="t")
    found = run(hazards={"pass": one, "ferry": one})
    both = found.states.set_index("state").loc["ferry + pass", "probability"]
    assert both == pytest.approx(59 / 365 * 0.25, rel=0.05)  # weeks at the end of February are half in season
    assert both > (29.5 / 365) ** 2 * 3


def test_times_may_be_a_table_of_states_and_a_threshold_for_each_point():
    table = {frozenset(): [20.0, 30.0], frozenset({"ferry"}): [20.0, NAN]}
    found = run(times=table, hazards={"ferry": FERRY}, threshold_min=[10, 30], demand_ids=["a", "b"])
    assert found.table["probability_within"].tolist() == pytest.approx([0, 0.8])
    assert found.table["demand_id"].tolist() == ["a", "b"]
    with pytest.raises(DataError, match=r"row pass: there are no times"):
        run(times=table, hazards=HAZARDS)


def test_no_hazards_and_certain_hazards():
    found = run(hazards={})
    assert found.table["expected_min"].tolist() == [20, 30]
    assert found.worst_week == 1
    always = Hazard(title="x", probability=1, source="t")
    never = Hazard(title="x", probability=0, source="t")
    asked = []
    found = run(
        times=lambda state: asked.append(state) or fjord(state), hazards={"pass": always, "ferry": never}
    )
    assert found.table["expected_min"].tolist() == [50, 30]
    assert found.table["base_min"].tolist() == [20, 30]
    assert asked == [frozenset({"pass"}), frozenset()]


# --- against brute force ----------------------------------------------------------------------------------

chances = st.lists(st.floats(0, 1).map(lambda value: round(value, 3)), min_size=1, max_size=4)


@settings(max_examples=40)
@given(chances, st.integers(0, 2**31))
def test_enumeration_agrees_with_writing_every_state_out(shares, seed):
    generator = np.random.default_rng(seed)
    names = [f"h{number}" for number in range(len(shares))]
    hazards = {
        name: Hazard(title="x", probability=share, source="t")
        for name, share in zip(names, shares, strict=True)
    }
    answers = {}

    def times(state):
        if state not in answers:
            drawn = generator.integers(5, 60, 3).astype(float)
            answers[state] = np.where(generator.random(3) < 0.2, NAN, drawn)
        return answers[state]

    found = reliability(times, hazards, [1, 2, 3], threshold_min=30)
    probabilities, rows = [], []
    for happens in itertools.product([False, True], repeat=len(names)):
        state = frozenset(name for name, here in zip(names, happens, strict=True) if here)
        chance = math.prod(share if here else 1 - share for share, here in zip(shares, happens, strict=True))
        if chance > 0:
            probabilities.append(chance)
            rows.append(times(state))
    minutes, p = np.array(rows), np.array(probabilities)
    assert p.sum() == pytest.approx(1)
    within = (np.nan_to_num(minutes, nan=np.inf) <= 30).T @ p
    assert found.table["probability_within"].tolist() == pytest.approx(within.tolist())
    for point in range(3):
        reached = ~np.isnan(minutes[:, point])
        if reached.any():
            expected = np.average(minutes[reached, point], weights=p[reached])
            assert found.table["expected_min"].iloc[point] == pytest.approx(expected)
        p90 = weighted_percentile(minutes[:, point], p, 0.9)
        assert found.table["p90_min"].iloc[point] == pytest.approx(p90, nan_ok=True)


@settings(max_examples=25)
@given(chances)
def test_probabilities_of_all_states_sum_to_one_in_every_week(shares):
    hazards = {
        f"h{number}": Hazard(title="x", probability=share, season=("10-15", "03-03"), source="t")
        for number, share in enumerate(shares)
    }
    weekly = weekly_probabilities(hazards)
    space = enumerate_states(list(hazards), weekly)
    assert space.probability.sum(axis=0) == pytest.approx(np.ones(space.probability.shape[1]))
    assert space.annual.sum() == pytest.approx(1)
    # The chance of each hazard comes back from the states, week by week.
    for column, name in enumerate(hazards):
        here = np.array([name in state for state in space.states])
        assert (here @ space.probability)[space.stratum_of_week] == pytest.approx(weekly[:, column])


# --- Monte Carlo ------------------------------------------------------------------------------------------


def many(number=14):
    return {
        f"h{index}": Hazard(title="x", probability=0.05 + 0.02 * index, season=("11-01", "03-31"), source="t")
        for index in range(number)
    }


def sums(state):
    """Every hazard that happens adds a minute; with five or more the second place is cut off."""
    return [20.0 + len(state), NAN if len(state) >= 5 else 20.0 + 3 * len(state)]


def test_drawn_states_agree_with_all_states_within_their_error():
    exact = run(sums, many(), threshold_min=22, most_states=2**14)
    drawn = run(sums, many(), threshold_min=22, draws=20_000, seed=5)
    assert exact.method == "enumeration"
    assert drawn.method == "monte carlo"
    assert drawn.draws >= 20_000
    for figure, error in (("probability_within", "within_error"), ("expected_min", "expected_error_min")):
        off = (drawn.table[figure] - exact.table[figure]).abs()
        assert (drawn.table[error] > 0).all()
        assert (off <= 4 * drawn.table[error]).all()
    assert (drawn.table["p90_low_min"] <= exact.table["p90_min"]).all()
    assert (exact.table["p90_min"] <= drawn.table["p90_high_min"]).all()
    off = abs(drawn.region["share_within"] - exact.region["share_within"])
    assert off <= 4 * drawn.region["share_within_error"]
    assert (
        abs(drawn.region["expected_min"] - exact.region["expected_min"])
        <= 4 * drawn.region["expected_error_min"]
    )
    assert drawn.table["base_min"].tolist() == [20, 20]


def test_the_standard_error_is_that_of_repeated_draws():
    hazards = many(13)
    runs = [run(sums, hazards, threshold_min=22, most_states=1, draws=400, seed=seed) for seed in range(60)]
    for figure, error in (("probability_within", "within_error"), ("expected_min", "expected_error_min")):
        spread = np.std([found.table[figure].to_numpy() for found in runs], axis=0, ddof=1)
        told = np.mean([found.table[error].to_numpy() for found in runs], axis=0)
        assert (spread / told > 0.7).all()
        assert (spread / told < 1.4).all()


def test_the_same_seed_gives_the_same_figures():
    first, again = (run(sums, many(), draws=500, seed=1, most_states=1) for _ in range(2))
    other = run(sums, many(), draws=500, seed=2, most_states=1)
    assert first.table.equals(again.table)
    assert not first.table.equals(other.table)


def test_drawn_shares_sum_to_one():
    space = sample_states(list(many()), weekly_probabilities(many()), draws=300, seed=0)
    assert space.probability.sum(axis=0) == pytest.approx(np.ones(space.probability.shape[1]))
    assert frozenset() in space.states
    with pytest.raises(DataError, match="at least 2 draws"):
        sample_states([], weekly_probabilities({}), draws=1, seed=0)


# --- faults and progress ----------------------------------------------------------------------------------


def test_every_faulty_state_is_listed():
    def wrong(state):
        return {0: [-1.0, 5.0], 1: [1.0, 2.0, 3.0], 2: [1.0, math.inf]}[len(state)]

    with pytest.raises(DataError) as caught:
        run(times=wrong)
    assert len(caught.value.faults) == 4
    assert {fault.row for fault in caught.value.faults} == {"(none)", "pass", "ferry", "ferry + pass"}
    with pytest.raises(DataError, match="row 1"):
        run(weights=(1, -1))


def test_no_room_for_the_times_is_told_before_they_are_reckoned(monkeypatch):
    monkeypatch.setattr(kept.shutil, "disk_usage", lambda _: SimpleNamespace(free=7))
    asked = []
    with pytest.raises(DataError, match=r"the folder of temporary files .* has 0 MB free"):
        run(times=asked.append, memory_mb=1e-9)
    assert not asked


@pytest.mark.parametrize("points_at_once", [1, 3, 1000])
def test_times_in_a_file_give_the_figures_of_times_in_memory(monkeypatch, points_at_once):
    """Sums are taken in another order, so to their last digits."""
    generator = np.random.default_rng(5)
    base = generator.uniform(5, 90, 11)
    slower = {
        name: np.where(generator.random(11) < 0.3, np.nan, generator.uniform(0, 40, 11)) for name in many()
    }
    persons, labels = generator.integers(0, 50, 11), np.array(list("abacbbacaab"), dtype=object)

    def times(state):
        return base + sum((slower[name] for name in sorted(state)), np.zeros(11))

    def both(**more):
        return reliability(times, many(), persons, labels=labels, threshold_min=60, draws=300, seed=2, **more)

    whole = both()
    monkeypatch.setattr(kept, "BLOCK_TIMES", points_at_once * len(whole.states))
    monkeypatch.setattr(kept, "WRITTEN_TIMES", 40)
    filed = both(memory_mb=1e-6)
    pd.testing.assert_frame_equal(filed.table, whole.table, rtol=1e-12)
    pd.testing.assert_frame_equal(filed.weeks, whole.weeks, rtol=1e-12)
    assert list(whole.groups) == list(filed.groups) == ["a", "b", "c"]
    for label, part in whole.groups.items():
        here = labels == label
        alone = reliability(
            lambda state, here=here: times(state)[here],
            many(),
            persons[here],
            threshold_min=60,
            draws=300,
            seed=2,
        )
        for found in (part, filed.groups[label]):
            assert found.region == pytest.approx(alone.region, rel=1e-12)
            assert found.worst_week == alone.worst_week


def test_memory_does_not_grow_with_the_states(monkeypatch):
    """A hundred thousand times at once, whatever the number of states: 1,000 of 2,000 points take 16 MB."""
    monkeypatch.setattr(kept, "BLOCK_TIMES", 100_000)
    monkeypatch.setattr(kept, "WRITTEN_TIMES", 100_000)
    hazards = {f"h{n}": Hazard(title="t", probability=0.5, source="s") for n in range(13)}

    def peak(draws):
        tracemalloc.start()
        reliability(
            lambda state: np.full(2_000, 10.0 + len(state)),
            hazards,
            np.ones(2_000),
            threshold_min=15,
            draws=draws,
            memory_mb=1.0,
        )
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    few, many_ = peak(150), peak(1_000)
    assert many_ < 2 * few + 1_000_000
    assert many_ < 12_000_000


def test_progress_is_told():
    told = []
    run(on_state=lambda done, total: told.append((done, total)))
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_another_hazard_makes_nobody_safer():
    before = run(hazards={"pass": PASS}).table
    after = run(hazards=HAZARDS).table
    assert (after["probability_within"] <= before["probability_within"] + 1e-12).all()


def test_a_share_of_everybody_is_one(tmp_path):
    """Probabilities of many hazards miss 1 by a hair when they are summed; what is told does not."""
    hazards = {
        f"h{n}": Hazard(title="t", probability=p, source="s")
        for n, p in enumerate([0.1, 0.3, 0.7, 0.9, 0.123])
    }
    found = reliability(lambda state: np.array([10.0, 20.0]), hazards, np.array([3.0, 7.1]), threshold_min=30)
    assert found.region["share_within"] == 1.0
    assert found.region["share_reached"] == 1.0
    assert (found.table["probability_within"] == 1.0).all()
    assert (found.weeks["share_within"] == 1.0).all()
