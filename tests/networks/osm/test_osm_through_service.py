"""Connections past a call at a quay sail only when every leg of them does."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from networks import TravelNetwork
from networks.ferries import FerryConditions, FerryService, ferry_times
from networks.osm.ferry_lines import Line
from networks.osm.ferry_times import through_service

ROAD = {"highway": "primary"}
FERRY = {"route": "ferry", "motor_vehicle": "yes"}
KM = 1 / 111.5
#: A quay, a call 4 km north of it, and a quay 8 km further; a road behind each of them.
COAST = {
    1: (15.0, 68.0 - 2 * KM),
    2: (15.0, 68.0),
    3: (15.0, 68.0 + 4 * KM),
    5: (15.1, 68.0 + 4 * KM),
    8: (15.0, 68.0 + 12 * KM),
    9: (15.0, 68.0 + 14 * KM),
}
ROADS = [(101, [1, 2], ROAD), (102, [8, 9], ROAD), (103, [3, 5], ROAD)]
ROUTE = (301, [("w", 201, ""), ("w", 202, "")], {"type": "route", "route": "ferry"})


class Ends:
    """As much of the map's points as a connection asks for."""

    node_ids = np.asarray([2, 8])


#: A connection from the first to the second of them.
LINE = dataclasses.make_dataclass("LineOf", [("points", tuple)])((0, 1))


def leg(**figures: Any) -> FerryService:
    return FerryService("leg", "leg", figures.pop("crossing_min", 20.0), 5.0, **figures)


def whole(*legs: FerryService) -> FerryService:
    line: Line = LINE  # type: ignore[assignment]
    return through_service(line, legs, Ends())  # type: ignore[arg-type]


def sails(service: FerryService, clock: float, weekday: int = 1) -> bool:
    at = FerryConditions(time_min=clock, weekday=weekday, month_day=(6, 3), boarding_min=0.0)
    return math.isfinite(ferry_times(service, at).moving_min)


#: Legs as OpenStreetMap's hours make them.
LEGS = {
    "round the clock": leg(headway_min=30.0, night="sails"),
    "by day": leg(headway_min=60.0, night="closed", first_departure_min=360.0, last_departure_min=1320.0),
    "morning": leg(headway_min=60.0, night="closed", first_departure_min=300.0, last_departure_min=600.0),
    "evening": leg(headway_min=60.0, night="closed", first_departure_min=720.0, last_departure_min=1530.0),
    "nothing said": leg(night="unknown"),
    "not on Tuesdays": leg(
        headway_min=45.0, night="closed", opening_hours=("Mo,We-Su 08:00-20:00",), weekdays=(0, 2, 3, 4, 5, 6)
    ),
    "with a break": leg(headway_min=45.0, night="closed", opening_hours=("07:00-10:00,14:00-22:00",)),
}


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from(sorted(LEGS)), min_size=2, max_size=3),
    st.integers(0, 47).map(lambda half: 30.0 * half + 10.0),
    st.integers(0, 6),
)
def test_a_connection_sails_only_when_all_its_legs_do(names: list[str], clock: float, weekday: int) -> None:
    legs = [LEGS[name] for name in names]
    if sails(whole(*legs), clock, weekday):
        assert all(sails(one, clock, weekday) for one in legs), names
    assert sails(whole(*legs), clock, weekday) == sails(whole(*legs[::-1]), clock, weekday)


@pytest.mark.parametrize(
    ("names", "night"),
    [
        (("round the clock", "by day"), "closed"),
        (("round the clock", "nothing said"), "unknown"),
        (("nothing said", "by day"), "closed"),
        (("round the clock", "round the clock"), "sails"),
    ],
)
def test_the_quietest_night_holds(names: tuple[str, str], night: str) -> None:
    for order in (names, names[::-1]):
        assert whole(*(LEGS[name] for name in order)).night == night


@pytest.mark.parametrize(
    ("headways", "expected"),
    [
        ((30.0, 60.0), 60.0),
        ((60.0, 30.0, 45.0), 60.0),
        ((30.0, None), None),  # assumed to be two hours
        ((None, 240.0), 240.0),
        ((None, 120.0), 120.0),
        ((None, None), None),
    ],
)
def test_the_longest_headway_holds_and_an_unknown_one_is_as_long_as_assumed(
    headways: tuple[float | None, ...], expected: float | None
) -> None:
    assert whole(*(leg(headway_min=one) for one in headways)).headway_min == expected
    wait = [ferry_times(leg(headway_min=one), FerryConditions()).wait_min for one in headways]
    assert ferry_times(whole(*(leg(headway_min=one) for one in headways)), FerryConditions()).wait_min == max(
        wait
    )


def test_what_a_connection_is_made_of() -> None:
    one = leg(crossing_min=20.0, assumptions=("headway_default",), weekdays=(0, 1, 2))
    two = leg(crossing_min=35.0, assumptions=("crossing_of_length", "headway_default"), weekdays=(1, 2, 3))
    found = whole(one, two)
    assert found.crossing_min == 55.0
    assert found.length_km == 10.0
    assert found.weekdays == (1, 2)
    assert found.assumptions == ("crossing_of_length", "headway_default")
    assert found.service_id == "leg:through:2-8"
    by_day, evening = whole(LEGS["by day"], LEGS["evening"]), LEGS["evening"]
    assert (by_day.first_departure_min, by_day.last_departure_min) == (720.0, 1320.0)
    assert by_day.opening_hours == ()
    assert set(whole(evening, LEGS["with a break"]).opening_hours) == {
        "07:00-10:00,14:00-22:00",
        "12:00-25:30",
    }


def minutes_at(
    build: Callable[..., TravelNetwork], hours: tuple[str, str], clock: float
) -> tuple[float, float]:
    """Minutes from the first quay to the last of a map of two legs, and from the first to the call."""
    ways = [
        *ROADS,
        (201, [2, 3], FERRY | {"duration": "20", "interval": "60", "opening_hours": hours[0]}),
        (202, [3, 8], FERRY | {"duration": "30", "interval": "60", "opening_hours": hours[1]}),
    ]
    network = build(COAST, ways, [ROUTE], ferries=FerryConditions(time_min=clock))
    frame = network.edges_frame().query("kind == 'ferry'").set_index(["from_id", "to_id"])["travel_time_min"]
    return frame[(2, 8)], frame[(2, 3)]


@pytest.mark.parametrize("turned", [False, True])
def test_a_map_with_one_leg_round_the_clock_has_no_way_through_at_night(
    build: Callable[..., TravelNetwork], turned: bool
) -> None:
    hours = ("24/7", "06:00-22:00")
    at_night, first = minutes_at(build, hours[::-1] if turned else hours, 180.0)
    assert math.isinf(at_night)
    assert math.isinf(first) == turned
    assert minutes_at(build, hours[::-1] if turned else hours, 720.0)[0] == 20 + 30 + 30 + 5


def test_a_map_of_a_morning_and_an_evening_leg_has_no_way_through(
    build: Callable[..., TravelNetwork],
) -> None:
    for clock in (400.0, 800.0, 1300.0, 120.0):
        assert math.isinf(minutes_at(build, ("05:00-10:00", "12:00-23:00"), clock)[0])
