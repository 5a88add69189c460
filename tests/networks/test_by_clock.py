"""A journey with the clock running, held against a search over every minute."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from networks import (
    Convoy,
    DayDepartures,
    EdgeFactors,
    EdgeSelection,
    Ferries,
    FerryConditions,
    FerryService,
    NetworkDataError,
    TimedRoute,
    UnknownPlaceError,
    apply_overlays,
    ferry_times,
    links_out,
    route,
    route_by_clock,
)
from networks.by_clock import clock_text

#: 06:00-23:00 every hour, closed at night; 20 min across.
DAYTIME = FerryService(
    "f", "Sund-Øya", 20, 8, headway_min=60, first_departure_min=360, last_departure_min=1380, night="closed"
)
ON_CALL = FerryService(
    "f", "Sund-Øya", 20, 8, headway_min=60, first_departure_min=360, last_departure_min=1380,
    night="on_call", activation_min=45,
)  # fmt: skip


def coast(make_network: Any, service: FerryService, road_min: float = 150, **labels: Any) -> Any:
    """A road of some minutes from 0 to a quay, a ferry to an island, and ten minutes of road there."""
    return make_network(
        4,
        [(0, 1, 60 * road_min), (1, 2, 60), (2, 3, 600)],
        labels={"kind": ["road", "ferry", "road"], "link_id": ["r1", "f", "r2"]} | labels,
        services=[service],
        service=[-1, 0, -1],
    )


def leaving(hour: float, **figures: Any) -> FerryConditions:
    return FerryConditions(time_min=60 * hour, **figures)


def test_whoever_leaves_at_ten_misses_the_last_ferry_that_one_clock_time_lets_sail(make_network: Any) -> None:
    found = route_by_clock(coast(make_network, DAYTIME), 0, 3, leaving(22))
    until_morning = 24 * 60 + 360 - (22 * 60 + 150)
    assert found.one_clock_min == pytest.approx(150 + 35 + 20 + 10)
    assert found.route.travel_time_min == pytest.approx(150 + until_morning + 35 + 20 + 10)
    assert found.arrive_min == pytest.approx(1440 + 360 + 35 + 20 + 10)
    assert [leg.wait_min for leg in found.route.legs] == pytest.approx([0, until_morning + 35, 0])
    assert found.leg_clock_min[1] == pytest.approx((1470, 1440 + 360 + 55))


def test_a_call_out_beats_the_morning(make_network: Any) -> None:
    found = route_by_clock(coast(make_network, ON_CALL), 0, 3, leaving(22))
    assert found.route.travel_time_min == pytest.approx(150 + 45 + 20 + 10)
    short_of_morning = route_by_clock(coast(make_network, ON_CALL, 5), 0, 3, leaving(5.85))
    assert short_of_morning.route.legs[1].wait_min == pytest.approx(4 + 35)


def test_whoever_leaves_before_the_first_ferry_meets_it(make_network: Any) -> None:
    found = route_by_clock(coast(make_network, DAYTIME), 0, 3, leaving(4))
    assert np.isnan(found.one_clock_min)
    assert found.route.travel_time_min == pytest.approx(150 + 35 + 20 + 10)


def test_a_timetable_is_read_at_the_quay_and_on_the_right_day(make_network: Any) -> None:
    saturday, weekdays = DayDepartures("forward", (5,), (600.0,)), (0, 1, 2, 3, 4)
    service = FerryService(
        "f", "Sund-Øya", 20, 8, night="closed", weekdays=(0, 1, 2, 3, 4, 5),
        departures_by_day=(DayDepartures("forward", weekdays, (480.0, 1200.0)), saturday),
    )  # fmt: skip
    net = coast(make_network, service)
    conditions = leaving(8, model="timetable", weekday=4)
    friday = route_by_clock(net, 0, 3, conditions)
    assert friday.arrive_min == pytest.approx(1200 + 20 + 10)
    late = route_by_clock(net, 0, 3, leaving(18, model="timetable", weekday=4))
    assert late.arrive_min == pytest.approx(1440 + 600 + 20 + 10)
    assert not route_by_clock(net, 0, 3, leaving(12, model="timetable", weekday=5)).route.reachable
    patient = route_by_clock(net, 0, 3, leaving(12, model="timetable", weekday=5), patience_min=3 * 1440)
    assert patient.arrive_min == pytest.approx(2 * 1440 + 480 + 20 + 10)


def test_a_season_that_begins_at_midnight_is_waited_for(make_network: Any) -> None:
    service = FerryService("f", "Sund-Øya", 20, 8, headway_min=60, night="sails", season="1 Mar-31 Aug")
    found = route_by_clock(coast(make_network, service), 0, 3, leaving(12, month_day=(2, 29)))
    assert found.arrive_min == pytest.approx(1440 + 35 + 20 + 10)
    assert not route_by_clock(
        coast(make_network, service), 0, 3, leaving(12, month_day=(2, 20))
    ).route.reachable


def test_other_overlays_hold_and_ferry_conditions_give_way(make_network: Any) -> None:
    net = coast(make_network, DAYTIME)
    night = apply_overlays(net, [Ferries("night", FerryConditions(time_min=180))])
    assert not route(night, 0, 3).reachable
    assert route_by_clock(night, 0, 3, leaving(10)).route.travel_time_min == pytest.approx(150 + 35 + 20 + 10)
    out = apply_overlays(net, [links_out("f", name="ferry out")])
    nowhere = route_by_clock(out, 0, 3, leaving(10))
    assert (nowhere.route.reachable, nowhere.leg_clock_min) == (False, ())
    assert nowhere.route.overlays == ("ferry out",)
    slower = apply_overlays(
        net,
        [
            EdgeFactors("rough sea", {"f": 1.5}),
            Convoy(name="queue", where=EdgeSelection(links=("f",)), headway_min=20, speed_factor=1),
        ],
    )
    found = route_by_clock(slower, 0, 3, leaving(10))
    assert found.route.travel_time_min == pytest.approx(150 + 35 + 10 + 30 + 10)
    assert found.one_clock_min == pytest.approx(found.route.travel_time_min)


def test_the_answer_says_what_was_assumed(make_network: Any) -> None:
    found = route_by_clock(coast(make_network, DAYTIME), 0, 3, leaving(22))
    values = json.loads(json.dumps(found.as_dict()))
    assert (values["leaves"], values["arrives"]) == ("22:00", "07:05 (+1 day)")
    assert values["legs"][1] | {"begins": "00:30 (+1 day)", "ends": "06:55 (+1 day)"} == values["legs"][1]
    assert "leaving at 22:00" in values["clock"]
    assert "as in tables: 215 min" in values["clock"]
    early = route_by_clock(coast(make_network, DAYTIME), 0, 3, leaving(4)).as_dict()
    assert early["one_clock_min"] is None
    assert early["clock"].endswith("as in tables: no way")
    nowhere = route_by_clock(coast(make_network, DAYTIME), 3, 0, leaving(4)).as_dict()
    assert (nowhere["travel_time_min"], nowhere["arrives"]) == (None, None)
    assert clock_text(2 * 1440 + 59.7) == "01:00 (+2 days)"


def test_no_time_of_leaving_and_unknown_places_are_refused(make_network: Any) -> None:
    net = coast(make_network, DAYTIME)
    with pytest.raises(NetworkDataError) as raised:
        route_by_clock(net, 0, 3, FerryConditions(), patience_min=-1)
    assert len(raised.value.faults) == 2
    with pytest.raises(UnknownPlaceError, match="99"):
        route_by_clock(net, 0, 99, leaving(8))
    still = route_by_clock(net, 1, 1, leaving(8))
    assert (still.route.travel_time_min, still.route.legs) == (0, ())


FRIDAY, SATURDAY = 4, 5
EVERY_HOUR = tuple(60.0 * hour for hour in range(6, 23))


def by_timetable(**figures: Any) -> FerryService:
    return FerryService("f", "Sund-Øya", 20, 8, **{"night": "closed"} | figures)


def on_days(*rows: tuple[tuple[int, ...], tuple[float, ...]]) -> tuple[DayDepartures, ...]:
    return tuple(DayDepartures("forward", days, minutes) for days, minutes in rows)


@pytest.mark.parametrize(
    ("service", "weekday", "at_quay", "arrives"),
    [
        # The boat of 00:03 is boarded from 23:58 on the day before.
        (by_timetable(departures_min=(("forward", (3.0, 720.0)),)), None, 23 * 60 + 50, 1440 + 23),
        # 25:30 on Friday is one boat, whether one comes on Friday evening or on Saturday after midnight.
        (by_timetable(departures_by_day=on_days(((FRIDAY,), (600.0, 1530.0)))), FRIDAY, 23 * 60 + 55, 1440 + 110),
        (by_timetable(departures_by_day=on_days(((FRIDAY,), (600.0, 1530.0)))), SATURDAY, 10, 110),
        # 25:30 on Saturday leaves on Sunday: early on Saturday there is none.
        (by_timetable(departures_by_day=on_days(((FRIDAY,), (600.0,)), ((SATURDAY,), (600.0, 1530.0)))),
         SATURDAY, 10, 620),
        # A call-out takes as long before midnight as after it, also where a timetable is known.
        (by_timetable(departures_min=(("forward", EVERY_HOUR),), night="on_call", activation_min=30),
         None, 23 * 60 + 50, 23 * 60 + 50 + 50),
        (by_timetable(departures_min=(("forward", EVERY_HOUR),), night="on_call", activation_min=30), None, 10, 60),
        # The window of a day without service is not that of the day before.
        (by_timetable(headway_min=60, first_departure_min=360, last_departure_min=1500, weekdays=(FRIDAY,)),
         SATURDAY, 30, 30 + 35 + 20),
        (by_timetable(headway_min=60, first_departure_min=360, last_departure_min=1500, weekdays=(SATURDAY,)),
         SATURDAY, 30, 360 + 35 + 20),
    ],
)  # fmt: skip
def test_around_midnight(
    make_network: Any, service: FerryService, weekday: int | None, at_quay: int, arrives: int
) -> None:
    net = make_network(
        2, [(0, 1, 60)], labels={"kind": ["ferry"], "direction": ["forward"]}, services=[service], service=[0]
    )
    model = "timetable" if service.departures("forward", None) else "headway"
    conditions = FerryConditions(model=model, time_min=at_quay, weekday=weekday)
    assert route_by_clock(net, 0, 1, conditions).arrive_min == pytest.approx(arrives)
    times = ferry_times(service, conditions)
    if weekday != SATURDAY or at_quay + times.wait_min + times.moving_min < 300:
        assert at_quay + times.wait_min + times.moving_min == pytest.approx(arrives)


def test_a_call_out_is_never_out_of_season(make_network: Any) -> None:
    service = by_timetable(
        departures_min=(("forward", EVERY_HOUR),), night="on_call", activation_min=30, season="1 Jun-31 Aug"
    )
    net = make_network(
        2, [(0, 1, 60)], labels={"kind": ["ferry"], "direction": ["forward"]}, services=[service], service=[0]
    )

    def reached(month_day: tuple[int, int], at: float) -> float:
        conditions = FerryConditions(model="timetable", time_min=at, month_day=month_day)
        return route_by_clock(net, 0, 1, conditions).arrive_min

    assert reached((8, 31), 23 * 60 + 50) == pytest.approx(23 * 60 + 50 + 50)
    assert np.isnan(reached((9, 1), 10))
    assert reached((6, 1), 10) == pytest.approx(60)


NODES = 5
edges = st.lists(
    st.tuples(st.integers(0, NODES - 1), st.integers(0, NODES - 1), st.integers(1, 300)),
    min_size=1,
    max_size=9,
)


@st.composite
def services(draw: Any, *, always: bool = False) -> FerryService:
    """A ferry whose every figure is a whole number of minutes."""
    first = draw(st.integers(0, 900))
    night = "sails" if always else draw(st.sampled_from(["sails", "on_call", "closed", "unknown"]))
    times = st.lists(st.integers(0, 1600).map(float), max_size=4).map(tuple)
    return FerryService(
        service_id=draw(st.uuids()).hex,
        name="ferry",
        crossing_min=draw(st.integers(1, 60)),
        length_km=draw(st.integers(1, 40)),
        headway_min=2 * draw(st.integers(1, 60)),
        first_departure_min=first,
        last_departure_min=first + draw(st.integers(0, 1400)),
        night=night,
        activation_min=draw(st.integers(0, 90)),
        departures_min=() if always else (("forward", draw(times)),),
        weekdays=tuple(range(7)) if always else draw(st.sampled_from([tuple(range(7)), (0, 2, 4)])),
    )


def mixed(make_network: Any, rows: list[Any], ferries: list[FerryService]) -> Any:
    """A network whose first edges are ferries."""
    kinds = ["ferry" if position < len(ferries) else "road" for position in range(len(rows))]
    used = ferries[: len(rows)]
    return make_network(
        NODES,
        [(a, b, 60 * minutes) for a, b, minutes in rows],
        labels={"kind": kinds, "direction": ["forward"] * len(rows)},
        services=used,
        service=[position if position < len(used) else -1 for position in range(len(rows))],
    )


@given(edges, st.lists(services(always=True), min_size=1, max_size=4), st.integers(0, 1439),
       st.sampled_from(["headway", "ssb"]))  # fmt: skip
def test_where_ferries_always_sail_the_clock_changes_nothing(
    make_network: Any, rows: list[Any], ferries: list[FerryService], leave: int, model: Any
) -> None:
    net = mixed(make_network, rows, ferries)
    conditions = FerryConditions(model=model, time_min=leave, weekday=2)
    static = apply_overlays(net, [Ferries("now", conditions)])
    for stop in range(NODES):
        found = route_by_clock(net, 0, stop, conditions, patience_min=14 * 1440)
        expected = route(static, 0, stop).travel_time_min
        assert found.route.travel_time_min == pytest.approx(expected, nan_ok=True)
        assert found.one_clock_min == pytest.approx(expected, nan_ok=True)


def crossings_by_minute(service: FerryService, conditions: FerryConditions, days: int) -> np.ndarray:
    """Arrival across a ferry for everybody at the quay at each minute, from the timetable written out.

    The oracle: it shares no code with what it tests. It lists the boats of every day of service (the day before
    leaving too), walks the minutes backwards, and has a ferry on call in the nights between.
    """
    minutes = days * 1440
    weekday = conditions.weekday or 0
    boats: dict[int, float] = {}
    spans = []
    sailing_days = {day for day in range(-1, days + 1) if (weekday + day) % 7 in service.weekdays}
    times = [minute for _, listed in service.departures_min for minute in listed]
    by_timetable = conditions.model == "timetable" and bool(times)
    wait = min((service.headway_min or 120) / 2, 60) + 5
    for day in sorted(sailing_days):
        if by_timetable:
            boards = sorted(1440 * day + minute - 5 for minute in times)
            for board in boards:
                boats[int(board)] = board + 5 + service.crossing_min
            spans.append((boards[0], boards[-1]))
        elif day < days:
            first, last = (
                (0, 1439)
                if service.night == "sails"
                else (service.first_departure_min, service.last_departure_min)
            )
            for minute in range(int(first), int(last) + 1):
                at = 1440 * day + minute
                boats[at] = min(boats.get(at, np.inf), at + wait + service.crossing_min)
            spans.append((1440 * day + first, 1440 * day + last))
    night_wait = {"on_call": service.activation_min, "sails": wait}.get(service.night)
    across, best = np.full(minutes, np.inf), np.inf
    for at in range(minutes - 1, -1, -1):
        best = min(best, boats.get(at, np.inf))
        busy = any(first <= at <= last for first, last in spans)
        ends = any(last == at for _, last in spans) and not any(first <= at < last for first, last in spans)
        if night_wait is not None and at // 1440 in sailing_days:
            if not busy:
                best = min(best, at + night_wait + service.crossing_min)
            elif ends and not any(first == at + 1 for first, _ in spans) and (at + 1) % 1440:
                best = min(best, at + night_wait + service.crossing_min)  # just after the last boat
        across[at] = best
    return across


def earliest_by_minutes(
    rows: list[Any], ferries: list[FerryService], conditions: FerryConditions, patience: int
) -> np.ndarray:
    """Earliest arrivals from node 0, by repeated improvement."""
    leave = int(conditions.time_min or 0)
    days = (leave + patience) // 1440 + 1
    across = [crossings_by_minute(service, conditions, days) for service in ferries[: len(rows)]]
    best = np.full(NODES, np.inf)
    best[0] = leave
    for _ in range(NODES):
        for position, (a, b, minutes) in enumerate(rows):
            arrival = best[a] + minutes
            if position < len(across):
                there = best[a]
                arrival = across[position][int(there)] if there < len(across[position]) else np.inf
            best[b] = min(best[b], arrival)
    return best


@settings(max_examples=40, deadline=None)
@given(edges, st.lists(services(), min_size=1, max_size=2), st.integers(0, 1439), st.integers(0, 6),
       st.sampled_from(["headway", "timetable"]))  # fmt: skip
def test_arrivals_are_those_of_a_timetable_written_out_minute_by_minute(
    make_network: Any, rows: list[Any], ferries: list[FerryService], leave: int, weekday: int, model: Any
) -> None:
    conditions = FerryConditions(model=model, time_min=leave, weekday=weekday)
    net = mixed(make_network, rows, ferries)
    patience = 3 * 1440 - leave - 1  # whole days, so that both count the same
    expected = earliest_by_minutes(rows, ferries, conditions, patience)
    for stop in range(NODES):
        found = route_by_clock(net, 0, stop, conditions, patience_min=patience + 0.99)
        arrival = expected[stop] if np.isfinite(expected[stop]) else np.nan
        assert found.arrive_min == pytest.approx(arrival, abs=1e-3, nan_ok=True)


@settings(max_examples=25)
@given(edges, st.lists(services(), min_size=1, max_size=4), st.integers(0, 1438), st.integers(1, 600))
def test_nobody_arrives_earlier_by_leaving_later(
    make_network: Any, rows: list[Any], ferries: list[FerryService], leave: int, later: int
) -> None:
    net = mixed(make_network, rows, ferries)

    def arrival(minute: int) -> TimedRoute:
        conditions = FerryConditions(model="timetable", time_min=minute, weekday=0)
        return route_by_clock(net, 0, NODES - 1, conditions, patience_min=5 * 1440 - minute)

    second = min(leave + later, 1439)
    first_arrival, second_arrival = arrival(leave), arrival(second)
    if second_arrival.route.reachable:
        assert first_arrival.arrive_min <= second_arrival.arrive_min + 1e-6
