"""Means, standard errors and percentiles over states, against the draws written out one by one."""

from __future__ import annotations

import math
import statistics

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geoaccess.questions.reliability import estimates
from geoaccess.questions.reliability.estimates import (
    Z95,
    Means,
    percentiles,
    ratio_error,
    stratified_error,
    worst_week,
)
from geoaccess.questions.reliability.states import StateSpace

FEW = settings(max_examples=50)
NAN = math.nan


@st.composite
def drawn(draw: st.DrawFn) -> tuple[StateSpace, list[list[int]], np.ndarray]:
    """A space whose states were drawn, the state of each draw by stratum, and the minutes of three people."""
    n_states, n_strata = draw(st.integers(1, 4)), draw(st.integers(1, 3))
    one = st.lists(st.integers(0, n_states - 1), min_size=2, max_size=6)
    draws = [draw(one) for _ in range(n_strata)]
    probability = np.asarray([[own.count(state) / len(own) for own in draws] for state in range(n_states)])
    weeks = np.arange(52) % n_strata
    share = np.bincount(weeks, minlength=n_strata) / 52
    minutes = np.asarray(
        [[draw(st.sampled_from([1.0, 4.0, 9.0, NAN])) for _ in range(3)] for _ in range(n_states)]
    )
    space = StateSpace(
        tuple(frozenset({str(state)}) if state else frozenset() for state in range(n_states)),
        probability, weeks, share, np.asarray([len(own) for own in draws]),
    )  # fmt: skip
    return space, draws, minutes


def error_by_hand(space: StateSpace, draws: list[list[int]], values: list[float]) -> float:
    """``sqrt(sum_s W_s^2 v_s / n_s)``, with Python's own sample variance."""
    parts = [
        share**2 * statistics.variance([values[state] for state in own]) / len(own)
        for share, own in zip(space.stratum_share.tolist(), draws, strict=True)
    ]
    return math.sqrt(sum(parts))


@FEW
@given(drawn())
def test_the_error_of_a_mean_is_that_of_its_draws(
    case: tuple[StateSpace, list[list[int]], np.ndarray],
) -> None:
    space, draws, minutes = case
    values = np.nan_to_num(minutes, nan=20.0)
    told = stratified_error(space, values)
    assert told == pytest.approx(
        [error_by_hand(space, draws, values[:, at].tolist()) for at in range(3)], abs=1e-6
    )


@FEW
@given(drawn(), st.sampled_from([0.5, 4.0, 8.0]))
def test_means_over_the_year_and_the_error_of_a_ratio(
    case: tuple[StateSpace, list[list[int]], np.ndarray], limit: float
) -> None:
    space, draws, minutes = case
    states = Means.of(minutes, np.full(3, limit))
    year = states.weighted(space.annual)
    errors = ratio_error(space, states)
    for at in range(3):
        within = reached = total = 0.0
        for share, own in zip(space.stratum_share.tolist(), draws, strict=True):
            for state in own:
                time = float(minutes[state, at])
                within += share / len(own) * (time <= limit)
                reached += share / len(own) * (not math.isnan(time))
                total += share / len(own) * (0.0 if math.isnan(time) else time)
        assert year.within[at] == pytest.approx(within)
        assert year.reached[at] == pytest.approx(reached)
        if not reached:
            assert math.isnan(year.expected[at])
            assert math.isnan(errors[at])
            continue
        mean = total / reached
        assert year.expected[at] == pytest.approx(mean)
        beside = [0.0 if math.isnan(time) else time - mean for time in minutes[:, at].tolist()]
        assert errors[at] == pytest.approx(error_by_hand(space, draws, beside) / reached, abs=1e-6)


def test_means_of_several_strata_stand_side_by_side() -> None:
    states = Means.of(np.asarray([[5.0, NAN], [7.0, 2.0]]), np.asarray([5.0, 1.0]))
    assert [part.tolist() for part in states] == [[[1, 0], [0, 0]], [[1, 0], [1, 1]], [[5, 0], [7, 2]]]
    both = states.weighted(np.asarray([[0.25, 1.0], [0.75, 0.0]]))
    assert both.within.tolist() == [[0.25, 0.0], [1.0, 0.0]]
    assert both.expected[0].tolist() == pytest.approx([0.25 * 5 + 0.75 * 7, 2.0])
    assert both.expected[1, 0] == 5.0
    assert math.isnan(both.expected[1, 1])


# Percentiles


@FEW
@given(drawn(), st.sampled_from([0.0, 0.5, 0.9, 1.0]), st.booleans())
def test_a_percentile_is_the_smallest_time_kept_in_that_share_of_the_states(
    case: tuple[StateSpace, list[list[int]], np.ndarray], share: float, listed: bool
) -> None:
    space, draws, minutes = case
    if listed:
        space = StateSpace(space.states, space.probability, space.stratum_of_week, space.stratum_share)
    told = percentiles(space, minutes, share)
    name = f"p{100 * share:g}"
    wanted = [f"{name}_min"] + ([] if listed else [f"{name}_low_min", f"{name}_high_min"])
    assert list(told) == wanted
    for at in range(3):
        times = [math.inf if math.isnan(time) else time for time in minutes[:, at].tolist()]

        def kept_in(asked: float, own: list[float] = times) -> float:
            """The smallest time that states of so much probability do not exceed."""
            chances = [
                (time, sum(p for p, t in zip(space.annual, own, strict=True) if t <= time)) for time in own
            ]
            known = [(time, chance) for time, chance in chances if chance > 0]
            least = min(max(asked, 0.0), 1.0) - 1e-9
            return min(time for time, chance in known if chance >= least)

        middle = kept_in(share)
        assert told[f"{name}_min"][at] == middle or (
            math.isinf(middle) and math.isnan(told[f"{name}_min"][at])
        )
        if not listed:
            margin = Z95 * error_by_hand(space, draws, [float(time <= min(middle, 1e9)) for time in times])
            for end, asked in (("low", share - margin), ("high", share + margin)):
                if any(
                    abs(asked - sum(p for p, t in zip(space.annual, times, strict=True) if t <= time)) < 1e-6
                    for time in times
                ):
                    continue  # exactly at an edge rounding decides
                expected = kept_in(asked)
                found = told[f"{name}_{end}_min"][at]
                assert found == expected or (math.isinf(expected) and math.isnan(found))


def test_blocks_of_people_change_no_percentile(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(5)
    minutes = rng.integers(0, 30, (6, 7)).astype(float)
    minutes[rng.random(minutes.shape) < 0.2] = NAN
    chances = rng.dirichlet(np.ones(6))
    space = StateSpace(
        tuple(frozenset({str(at)}) for at in range(6)),
        chances[:, None],
        np.zeros(52, np.int64),
        np.ones(1),
        np.asarray([40]),
    )
    whole = percentiles(space, minutes, 0.9)
    monkeypatch.setattr(estimates, "BLOCK_POINTS", 2)
    for name, values in percentiles(space, minutes, 0.9).items():
        np.testing.assert_array_equal(values, whole[name])


# Weeks


@FEW
@given(
    st.lists(
        st.tuples(st.sampled_from([0.2, 0.5]), st.sampled_from([3.0, 4.0, NAN])), min_size=1, max_size=4
    ),
    st.data(),
)
def test_the_worst_week_has_the_least_chance_then_the_longest_time_then_comes_first(
    figures: list[tuple[float, float]], data: st.DataObject
) -> None:
    n = len(figures)
    starts = data.draw(st.permutations(range(n)))
    weeks = np.asarray([starts[week] if week < n else starts[week % n] for week in range(52)])
    space = StateSpace((frozenset(),), np.ones((1, n)), weeks, np.full(n, 1 / n))
    within = np.asarray([[chance] for chance, _ in figures])
    expected = np.asarray([[time] for _, time in figures])

    def rank(week: int) -> tuple[float, float, int]:
        chance, time = figures[weeks[week]]
        return chance, -math.inf if math.isnan(time) else -time, week

    assert worst_week(space, within, expected).tolist() == [min(range(52), key=rank)]
