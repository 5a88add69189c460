"""Pieces and their figures against sums over every minute: whole minutes in, so that the sums are exact.

Between two whole minutes such a function waits (its delay falls by one) or takes the same time, so the delay in the
middle of a minute is the mean of that minute.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from networks import FerryConditions, FerryService
from networks.arrival import ArrivalFunction, Basis, drawn_timetable, sailing_function
from networks.arrival.figures import measured
from networks.arrival.leaving import longest_beyond
from networks.arrival.pieces import NEVER, boarded, drive_function, envelope, link, lower
from networks.boardings import chances

INF = math.inf
Rows = list[tuple[int, int]]
#: Departures as (minute, minutes across).
departures = st.lists(st.tuples(st.integers(0, 60), st.integers(1, 40)), max_size=6)
#: A road, or none.
drives = st.sampled_from([None, 7, 31, 90])


def ferry(rows: Rows, *, target: int = 0) -> np.ndarray:
    points = [(at, at, across, across, target) for at, across in sorted(rows)]
    return boarded(np.array(points, dtype=np.float64).reshape(-1, 5), np.empty((0, 5)))


def either(rows: Rows, drive: int | None) -> ArrivalFunction:
    """The ferry or the road, whichever is there first."""
    parts = [ferry(rows), drive_function(NEVER if drive is None else float(drive))]
    return ArrivalFunction(envelope(parts))


def said(rows: Rows, drive: int | None) -> Callable[[float], float]:
    """Arrival of who leaves at a moment: the best of all boats not yet gone, and of the road."""
    return lambda t: min(
        [at + across for at, across in rows if at >= t] + ([] if drive is None else [t + drive]), default=INF
    )


def halves(first: int, last: int) -> list[float]:
    return [half / 2 for half in range(2 * first, 2 * last + 1)]


@settings(max_examples=40, deadline=None)
@given(departures, drives)
def test_a_ferry_or_a_road(rows: Rows, drive: int | None) -> None:
    function, expected = either(rows, drive), said(rows, drive)
    for t in halves(-3, 70):
        assert function.arrival_min(t) == expected(t)


@settings(max_examples=40, deadline=None)
@given(departures, departures, drives)
def test_one_after_the_other(rows: Rows, onward: Rows, drive: int | None) -> None:
    """Across by the first, then on by the second or by road."""
    first, second = ferry(rows), either(onward, drive).pieces
    out = np.empty((5, 4 * (first.shape[1] + second.shape[1]) + 8))
    n = link(first, first.shape[1], second, second.shape[1], out)
    found = ArrivalFunction(out[:, :n].copy())
    crossed, then = said(rows, None), said(onward, drive)
    for t in halves(-3, 70):
        # Whoever may choose takes the boat from which the rest is quickest: the first one across, as no boat overtakes.
        assert found.arrival_min(t) == (then(crossed(t)) if crossed(t) < INF else INF)


@settings(max_examples=40, deadline=None)
@given(departures, drives, departures, drives, st.integers(0, 25))
def test_the_better_of_two_after_a_drive(
    rows: Rows, drive: int | None, others: Rows, other_drive: int | None, before: int
) -> None:
    f, g = either(rows, drive).pieces, either(others, other_drive).pieces
    out = np.empty((5, 4 * (f.shape[1] + g.shape[1]) + 8))
    n = lower(f, f.shape[1], g, g.shape[1], float(before), out)
    found = ArrivalFunction(out[:, :n].copy())
    one, other = said(rows, drive), said(others, other_drive)
    for t in halves(-30, 70):
        assert found.arrival_min(t) == min(one(t), other(t + before))
    lasts = out[1, :n]
    assert (np.diff(lasts) > 0).all()


@given(departures.filter(len))
def test_too_little_room_is_said_and_not_written_over(rows: Rows) -> None:
    first, road = ferry(rows), drive_function(5.0)
    whole = np.empty((5, 40))
    n = lower(first, first.shape[1], road, 1, 0.0, whole)
    if n > 1:
        assert lower(first, first.shape[1], road, 1, 0.0, np.empty((5, n - 1))) == -1
    tight = np.empty((5, n))
    assert lower(first, first.shape[1], road, 1, 0.0, tight) in (n, -1)


def test_who_is_reached_and_how_long_one_waits() -> None:
    parts = [ferry([(10, 5)], target=3), ferry([(20, 4)], target=6), drive_function(30.0, target=1)]
    function = ArrivalFunction(envelope(parts))
    assert [function.target(t) for t in (-20.0, 0.0, 10.0, 10.5, 20.0, 20.5)] == [1, 3, 3, 6, 6, 1]
    assert [function.waited_min(t) for t in (-20.0, 0.0, 10.0, 15.0, 21.0)] == [0, 10, 0, 5, 0]
    nothing = ArrivalFunction(np.empty((5, 0)))
    assert nothing.target(0.0) is None
    assert nothing.arrival_min(0.0) == INF
    assert nothing.waited_min(0.0) == INF
    assert drive_function(NEVER).shape == (5, 0)
    assert drive_function(INF).shape == (5, 0)


@settings(max_examples=60, deadline=None)
@given(
    departures,
    drives,
    st.integers(-5, 30),
    st.integers(1, 60),
    st.sampled_from([5, 20, 45, 10_000]),
    st.lists(st.sampled_from([0.1, 0.25, 0.5, 0.9, 1.0]), min_size=1, max_size=3, unique=True).map(sorted),
)
def test_figures_are_sums_over_the_minutes(
    rows: Rows, drive: int | None, begin: int, length: int, patience: int, shares: list[float]
) -> None:
    function, expected = either(rows, drive), said(rows, drive)
    limits = [0, 8, 20, 31]
    found = measured(
        function, [(begin, begin + length)], patience_min=patience, percentiles=shares, limits_min=limits
    )
    cells = []  # least and greatest delay of each minute of leaving that has a way
    for minute in range(begin, begin + length):
        early, late = (expected(minute + at) - minute - at for at in (0.25, 0.75))
        if late <= patience:
            falls = early > late
            middle = (early + late) / 2
            cells.append((middle - 0.5 * falls, middle + 0.5 * falls))
    reached = len(cells)
    assert found.no_way_share[0, 0] == pytest.approx(1 - reached / length, abs=1e-9)
    assert found.best_min[0, 0] == min((low for low, _ in cells), default=INF)
    always = reached == length
    assert found.worst_min[0, 0] == (max(high for _, high in cells) if always else INF)
    mean = sum(low + high for low, high in cells) / 2 / length
    assert found.mean_min[0, 0] == pytest.approx(mean) if always else math.isnan(found.mean_min[0, 0])
    waited = [
        function.waited_min(minute + 0.5)
        for minute in range(begin, begin + length)
        if expected(minute + 0.5) - minute - 0.5 <= patience
    ]
    shown = found.wait_mean_min[0, 0]
    assert shown == pytest.approx(sum(waited) / reached, abs=1e-9) if reached else math.isnan(shown)

    def mass(most: float) -> float:
        """Minutes of leaving whose delay is at most so much."""
        return sum(low <= most if low == high else min(max(most - low, 0.0), 1.0) for low, high in cells)

    for place, limit in enumerate(limits):
        assert found.within_share[0, 0, place] == pytest.approx(mass(limit) / length, abs=1e-9)
    for place, share in enumerate(shares):
        value = found.percentile_min[0, 0, place]
        if reached < share * length - 1e-9:
            assert value == INF
            continue
        assert mass(value + 1e-6) >= share * length - 1e-5
        assert mass(value - 1e-3) < share * length


@settings(max_examples=60, deadline=None)
@given(departures, drives, st.integers(-5, 30), st.integers(1, 60), st.integers(1, 60))
def test_the_longest_spell_out_of_reach(
    rows: Rows, drive: int | None, begin: int, length: int, within: int
) -> None:
    expected = said(rows, drive)
    spells: list[tuple[int, int]] = []
    for minute in range(begin, begin + length):
        if expected(minute + 0.5) - minute - 0.5 <= within:
            continue
        caught = expected(minute) - minute <= within  # whoever comes on the minute itself may just be in time
        if spells and spells[-1][1] == minute and not caught:
            spells[-1] = (spells[-1][0], minute + 1)
        else:
            spells.append((minute, minute + 1))
    pieces = either(rows, drive).pieces
    found = longest_beyond(pieces, pieces.shape[1], float(within), float(begin), float(begin + length))
    if not spells:
        assert np.isnan(found).all()
        return
    longest = max(last - first for first, last in spells)
    assert found in [spell for spell in spells if spell[1] - spell[0] == longest]


#: A boat of every kind: by timetable, by the hour, on call, of some days, and in some of the summer.
SERVICES: dict[str, dict[str, Any]] = {
    "timetable": {"departures_min": (("forward", (400.0, 900.0, 1470.0)), ("backward", (500.0,)))},
    "headway": {"headway_min": 40.0, "first_departure_min": 300.0, "last_departure_min": 1200.0},
    "past midnight": {"headway_min": 90.0, "first_departure_min": 600.0, "last_departure_min": 60.0},
    "on call": {"headway_min": 60.0, "night": "on_call", "activation_min": 45.0},
    "sails": {"headway_min": 30.0, "night": "sails"},
    "called after its boats": {
        "departures_min": (("forward", (480.0, 960.0)),),
        "night": "on_call",
        "activation_min": 30.0,
    },
    "some days": {"headway_min": 60.0, "weekdays": (0, 3), "night": "closed"},
    "nothing said": {"night": "unknown"},
}


@pytest.mark.parametrize("kind", SERVICES)
@pytest.mark.parametrize("model", ["timetable", "headway", "ssb"])
@pytest.mark.parametrize(("factor", "extra"), [(1.0, 0.0), (1.5, 12.0)])
def test_the_function_of_a_ferry_takes_the_best_of_its_chances(
    kind: str, model: Any, factor: float, extra: float
) -> None:
    service = FerryService(kind, kind, 25.0, 10.0, **SERVICES[kind])
    conditions = FerryConditions(model=model, weekday=2, month_day=(6, 3), unknown_night="sails")
    function = ArrivalFunction(
        sailing_function(service, "forward", conditions, days=2, factor=factor, extra_min=extra)
    )
    there = chances(service, "forward", conditions, 2)
    for t in np.arange(-200.0, 2900.0, 13.5).tolist():
        ways = [
            max(t, one.first) + one.wait_min + extra + factor * one.crossing_min
            for one in there
            if one.last >= t
        ]
        assert function.arrival_min(t) == pytest.approx(min(ways, default=INF), abs=1e-6)


def test_a_ferry_out_of_use_has_no_function() -> None:
    service = FerryService("f", "f", 25.0, 10.0, headway_min=30.0)
    assert sailing_function(service, "forward", FerryConditions(), days=1, factor=INF).shape == (5, 0)
    gone = replace(service, weekdays=())
    assert sailing_function(gone, "forward", FerryConditions(weekday=0), days=3).shape == (5, 0)


@pytest.mark.parametrize(
    ("basis", "word"),
    [
        (Basis(0), "road"),
        (Basis.NIGHT_UNKNOWN, "road"),
        (Basis.TIMETABLE, "timetable"),
        (Basis.TIMETABLE | Basis.FREQUENCY, "frequency"),
        (Basis.FREQUENCY, "frequency"),
        (Basis.ASSUMED | Basis.TIMETABLE, "assumed"),
        (Basis.ASSUMED | Basis.FREQUENCY | Basis.NIGHT_UNKNOWN, "assumed"),
    ],
)
def test_the_weakest_basis_is_said(basis: Basis, word: str) -> None:
    assert basis.word == word


@pytest.mark.parametrize(
    ("figures", "expected"),
    [
        ({"first_departure_min": 360.0, "last_departure_min": 720.0}, [360, 480, 600, 720]),
        ({"first_departure_min": 360.0, "last_departure_min": 400.0}, [360, 400]),
        ({"first_departure_min": 1200.0, "last_departure_min": 120.0}, [1200, 1320, 1440, 1560]),
        ({"first_departure_min": 1100.0}, [1100, 1220]),
        ({"last_departure_min": 700.0}, [460, 580, 700]),
    ],
)
def test_a_drawn_timetable_is_anchored_where_an_end_is_known(
    figures: dict[str, float], expected: list[int]
) -> None:
    """Every two hours from 6 to 23 where nothing is said: the anchored end stands, whatever the draw."""
    service = FerryService("f", "f", 20.0, 8.0, headway_min=120.0, night="closed", **figures)
    for draw in range(3):
        drawn = drawn_timetable(service, FerryConditions(), draw=draw, draws=3)
        assert dict(drawn.departures_min)["forward"] == pytest.approx(expected)
        assert dict(drawn.departures_min)["backward"] == pytest.approx(expected)


@pytest.mark.parametrize(("night", "begin", "end"), [("closed", 360, 1380), ("sails", 0, 1440)])
def test_draws_share_out_the_phases(night: Any, begin: int, end: int) -> None:
    """Of ten draws each has a tenth of the headway to itself; boats of one draw stand evenly."""
    service = FerryService("f", "f", 20.0, 8.0, headway_min=120.0, night=night)
    drawn = [
        dict(drawn_timetable(service, FerryConditions(), draw=draw, draws=10).departures_min)
        for draw in range(10)
    ]
    count = max(1, round((end - begin) / 120))
    step = (end - begin) / count
    for way in ("forward", "backward"):
        assert all(len(one[way]) == count for one in drawn)
        assert all(np.diff(one[way]) == pytest.approx(step) for one in drawn if count > 1)
        assert sorted(int(10 * (one[way][0] - begin) / step) for one in drawn) == list(range(10))
    assert [one["forward"][0] for one in drawn] != [one["backward"][0] for one in drawn]
    other = drawn_timetable(replace(service, service_id="g"), FerryConditions(), draw=0, draws=10)
    assert dict(other.departures_min)["forward"] != drawn[0]["forward"]
    again = drawn_timetable(service, FerryConditions(), draw=0, draws=10)
    assert dict(again.departures_min) == drawn[0]


def test_a_timetable_that_is_known_is_not_drawn() -> None:
    service = FerryService("f", "f", 20.0, 8.0, headway_min=120.0, departures_min=(("backward", (400.0,)),))
    assert drawn_timetable(service, FerryConditions(), draw=0, draws=5) is service
