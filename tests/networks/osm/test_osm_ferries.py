"""Ferries: each line once, durations shared by length, quays joined, others counted out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from networks.ferries import SSB_FERRY_SPEED_KPH, FerryConditions
from networks.osm.defaults import FERRY_FALLBACK_KPH, FERRY_FALLBACK_MOORING_MIN

ROAD = {"highway": "primary"}
FERRY = {"route": "ferry", "motor_vehicle": "yes"}
ROUTE = {"type": "route", "route": "ferry"}
#: Degrees of latitude per kilometre at 68 degrees north (WGS 84 meridian arc, 111.5 km per degree).
KM = 1 / 111.5

COAST = {
    1: (15.0, 68.0 - 2 * KM),
    2: (15.0, 68.0),
    3: (15.0, 68.0 + 4 * KM),
    4: (15.0, 68.0 + 8 * KM),
    8: (15.0, 68.0 + 12 * KM),
    9: (15.0, 68.0 + 14 * KM),
}
ROADS = [(101, [1, 2], ROAD), (102, [8, 9], ROAD)]


def crossings(network):
    return sorted(service.crossing_min for service in network.services)


def counts(network, section="ferries"):
    return network.provenance["osm"]["counts"].get(section, {})


@pytest.mark.parametrize("text", ["00:40", "40", "00:40:00", "PT40M", "PT2400S"])
def test_duration_on_the_way(build, text):
    net = build(COAST, [*ROADS, (201, [2, 3, 4, 8], FERRY | {"duration": text})])
    assert crossings(net) == pytest.approx([40])
    assert counts(net)["lines with a duration from: way"] == 1
    assert net.services[0].length_km == pytest.approx(12, rel=1e-3)
    assert net.services[0].assumptions == ("headway_default", "window_default")


def test_a_line_split_over_three_ways_that_repeat_the_duration_counts_once(build):
    ferry = FERRY | {"duration": "00:40"}
    net = build(COAST, [*ROADS, (201, [2, 3], ferry), (202, [4, 3], ferry), (203, [4, 8], ferry)])
    assert crossings(net) == pytest.approx([40])
    assert net.labels["kind"].where("ferry").sum() == 2
    assert counts(net)["lines"] == 1


def test_one_of_two_ways_with_the_duration_speaks_for_the_line(build):
    net = build(COAST, [*ROADS, (201, [2, 3], FERRY | {"duration": "00:40"}), (202, [3, 8], FERRY)])
    assert crossings(net) == pytest.approx([40])


def test_ways_with_durations_of_their_own_are_summed(build):
    ways = [(201, [2, 3], FERRY | {"duration": "00:10"}), (202, [3, 8], FERRY | {"duration": "00:25"})]
    assert crossings(build(COAST, [*ROADS, *ways])) == pytest.approx([35])


@pytest.mark.parametrize("own", [{}, {"duration": "00:50"}])
def test_the_duration_of_a_relation_is_used_once_whether_or_not_the_ways_repeat_it(build, own):
    relation = (301, [("w", 201, ""), ("w", 202, "")], ROUTE | {"duration": "00:50"})
    net = build(COAST, [*ROADS, (201, [2, 3], FERRY | own), (202, [3, 8], FERRY | own)], [relation])
    assert crossings(net) == pytest.approx([50])
    assert counts(net)["lines with a duration from: relation"] == 1


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(share=st.floats(0.1, 0.9), minutes=st.integers(31, 90))
def test_a_duration_is_shared_by_length_over_a_call(build, share, minutes):
    """However the call divides the crossing, the two legs sum to the duration, and so does the way through."""
    nodes = COAST | {3: (15.0, 68.0 + 12 * share * KM), 5: (15.1, 68.0 + 12 * share * KM)}
    duration = f"00:{minutes}" if minutes < 60 else f"01:{minutes - 60:02}"
    ways = [*ROADS, (103, [3, 5], ROAD), (201, [2, 3, 8], FERRY | {"duration": duration})]
    net = build(nodes, ways)
    first, second, through = crossings(net)
    assert first + second == pytest.approx(through)
    assert through == pytest.approx(minutes)
    assert min(first, second) == pytest.approx(minutes * min(share, 1 - share), rel=1e-3)


def test_on_board_past_a_call_one_waits_once(build, minutes_between):
    nodes = COAST | {5: (15.1, 68.0 + 4 * KM)}
    ways = [
        *ROADS,
        (103, [3, 5], ROAD),
        (201, [2, 3], FERRY | {"duration": "20"}),
        (202, [3, 8], FERRY | {"duration": "30"}),
    ]
    route = (301, [("w", 201, ""), ("w", 202, "")], ROUTE)
    change, stay = build(nodes, ways), build(nodes, ways, [route])
    wait = change.edges_frame().query("kind == 'ferry'")["wait_min"].iloc[0]
    assert wait > 0
    assert minutes_between(change, 2, 8) == pytest.approx(50 + 2 * wait)
    assert minutes_between(stay, 2, 8) == pytest.approx(50 + wait)
    assert counts(stay)["through connections past a call"] == 1


def test_a_fork_at_sea_is_no_place_to_wait(build, minutes_between):
    nodes = COAST | {6: (15.2, 68.0 + 4 * KM), 7: (15.3, 68.0 + 4 * KM)}
    ways = [*ROADS, (103, [6, 7], ROAD)]
    ways += [(201, [2, 3], FERRY), (202, [3, 8], FERRY), (203, [3, 6], FERRY)]
    net = build(nodes, ways)
    assert counts(net)["forks at sea"] == 1
    assert len(net.services) == 3
    assert 3 not in net.node_ids.tolist()
    wait = net.edges_frame().query("kind == 'ferry'")["wait_min"].iloc[0]
    length_km = 12 + 0 * wait
    expected = length_km / FERRY_FALLBACK_KPH * 60 + FERRY_FALLBACK_MOORING_MIN + wait
    assert minutes_between(net, 2, 8) == pytest.approx(expected, rel=1e-3)


def test_fallback_and_its_name(build):
    net = build(COAST, [*ROADS, (201, [2, 3, 8], FERRY)])
    assert crossings(net)[0] == pytest.approx(
        12 / FERRY_FALLBACK_KPH * 60 + FERRY_FALLBACK_MOORING_MIN, rel=1e-3
    )
    assert "crossing_of_length" in net.services[0].assumptions
    assert counts(net)["lines with a duration from: fallback"] == 1


@pytest.mark.parametrize("text", ["00:01", "99:00", "soon", "0"])
def test_a_duration_nobody_can_believe_is_not_used(build, text):
    net = build(COAST, [*ROADS, (201, [2, 8], FERRY | {"duration": text})])
    assert counts(net)["lines with a duration from: fallback"] == 1


def test_ssb_model_is_length_at_its_speed_without_wait(build):
    net = build(COAST, [*ROADS, (201, [2, 8], FERRY | {"duration": "40"})], ferries="ssb")
    ferry = net.edges_frame().query("kind == 'ferry'")
    np.testing.assert_allclose(ferry["moving_min"], 60 * net.services[0].length_km / SSB_FERRY_SPEED_KPH)
    assert (ferry["wait_min"] == 0).all()


def test_interval_and_opening_hours_make_wait_and_window(build):
    tags = FERRY | {"duration": "40", "interval": "00:30", "opening_hours": "06:00-22:00"}
    day = build(COAST, [*ROADS, (201, [2, 8], tags)])
    (service,) = day.services
    assert (service.headway_min, service.first_departure_min, service.last_departure_min) == (30, 360, 1320)
    assert service.assumptions == ()
    ferry = day.edges_frame().query("kind == 'ferry'")
    assert ferry["wait_min"].tolist() == [20.0, 20.0]
    night = build(COAST, [*ROADS, (201, [2, 8], tags)], ferries=FerryConditions(time_min=180.0))
    assert np.isinf(night.edges_frame().query("kind == 'ferry'")["moving_min"]).all()


def test_round_the_clock_sails_at_night(build):
    tags = FERRY | {"duration": "40", "opening_hours": "24/7"}
    net = build(COAST, [*ROADS, (201, [2, 8], tags)], ferries=FerryConditions(time_min=180.0))
    assert net.services[0].night == "sails"
    assert np.isfinite(net.edges_frame().query("kind == 'ferry'")["travel_time_min"]).all()


@pytest.mark.parametrize("metres", [3, 40, 250])
def test_a_quay_some_metres_from_the_road_is_joined_by_a_link_of_its_length(build, minutes_between, metres):
    nodes = COAST | {20: (15.0, 68.0 + metres / 1000 * KM)}
    net = build(nodes, [*ROADS, (201, [20, 3, 8], FERRY)])
    link = net.edges_frame().query("kind == 'access'")
    assert set(zip(link["from_id"], link["to_id"], strict=True)) == {(20, 2), (2, 20)}
    np.testing.assert_allclose(link["length_km"], metres / 1000, rtol=1e-3)
    assert np.isfinite(minutes_between(net, 1, 9))
    assert counts(net)["ends joined to a road by a link"] == 1


def test_a_quay_beside_a_long_straight_road_joins_it_between_its_nodes(build, minutes_between):
    nodes = COAST | {1: (14.9, 68.0), 2: (15.1, 68.0), 20: (15.0, 68.0 + 0.1 * KM)}
    net = build(nodes, [*ROADS, (201, [20, 3, 8], FERRY)])
    link = net.edges_frame().query("kind == 'access'")
    np.testing.assert_allclose(link["length_km"], 0.1, rtol=2e-2)
    assert min(net.node_ids.tolist()) < 0
    road = net.edges_frame().query("kind == 'road' and from_id == 1")
    assert road["length_km"].iloc[0] == pytest.approx(4.18, rel=0.01)
    assert np.isfinite(minutes_between(net, 2, 9))


def test_a_quay_too_far_away_is_not_joined_and_counted(build, minutes_between):
    nodes = COAST | {20: (15.0, 68.0 + 0.4 * KM)}
    ways = [*ROADS, (201, [20, 3, 8], FERRY)]
    assert np.isinf(minutes_between(build(nodes, ways), 1, 9))
    assert counts(build(nodes, ways))["ends without a road"] == 1
    assert np.isfinite(minutes_between(build(nodes, ways, quay_within_m=500), 1, 9))


def test_a_call_between_two_ways_close_to_a_road_is_a_stop(build, minutes_between):
    nodes = COAST | {5: (15.001, 68.0 + 4 * KM), 6: (15.1, 68.0 + 4 * KM)}
    ways = [*ROADS, (103, [5, 6], ROAD), (201, [2, 3], FERRY), (202, [3, 8], FERRY)]
    net = build(nodes, ways)
    assert np.isfinite(minutes_between(net, 6, 9))
    assert counts(net)["lines"] == 2


@pytest.mark.parametrize(
    ("tags", "reason"),
    [
        ({"route": "ferry", "motor_vehicle": "no"}, "ferry that takes no cars"),
        ({"route": "ferry", "motorcar": "no", "motor_vehicle": "yes"}, "ferry that takes no cars"),
        ({"route": "ferry", "foot": "yes"}, "ferry that takes no cars"),
        ({"route": "ferry", "foot": "yes", "bicycle": "yes"}, "ferry that takes no cars"),
        ({"route": "ferry", "access": "no", "foot": "yes"}, "ferry that takes no cars"),
        ({"route": "ferry", "ferry": "tourist"}, "ferry that takes no cars"),
        ({"route": "ferry", "ferry": "express_boat"}, "ferry that takes no cars"),
        ({"route": "ferry", "ferry": "local"}, "ferry that takes no cars"),
        ({"route": "ferry", "passenger": "regional"}, "ferry that takes no cars"),
        ({"route": "ferry", "ferry": "primary", "motor_vehicle": "no"}, "ferry that takes no cars"),
        ({"route": "ferry", "cargo": "passengers"}, "ferry that takes no cars"),
        ({"route": "ferry", "cargo": "passengers;bicycle"}, "ferry that takes no cars"),
        ({"route": "ferry", "cargo": "hgv"}, "ferry that takes no cars"),
        ({"route": "ferry", "cargo": "vehicle", "motorcar": "no"}, "ferry that takes no cars"),
        ({"route": "ferry", "hgv": "yes", "motorcar": "no"}, "ferry that takes no cars"),
        ({"route": "ferry", "hgv": "only"}, "ferry that takes no cars"),
        ({"route": "ferry", "hgv": "no", "foot": "yes"}, "ferry that takes no cars"),
        ({"route": "ferry", "ferry": "water_taxi"}, "ferry that takes no cars"),
        ({"route": "ferry", "water_taxi": "yes"}, "ferry that takes no cars"),
        ({"route": "ferry", "name": "Vanntaxi Sund"}, "ferry that takes no cars"),
        ({"route": "ferry", "name": "Sund water taxi"}, "ferry that takes no cars"),
        ({"route": "ferry", "name": "Hurtigbåt Sund-Øya"}, "ferry that takes no cars"),
        ({"route": "ferry", "access": "yes", "ferry": "passenger"}, "ferry that takes no cars"),
        (FERRY | {"disused": "yes"}, "impassable, out of use or under construction"),
        (FERRY | {"abandoned": "yes"}, "impassable, out of use or under construction"),
        (FERRY | {"proposed": "yes"}, "impassable, out of use or under construction"),
        (FERRY | {"construction": "yes"}, "impassable, out of use or under construction"),
        (FERRY | {"status": "closed"}, "impassable, out of use or under construction"),
        (FERRY | {"status": "suspended"}, "impassable, out of use or under construction"),
        (FERRY | {"seasonal": "spring;summer;autumn"}, "ferry that sails in one season only"),
        (FERRY | {"seasonal": "summer"}, "ferry that sails in one season only"),
        (FERRY | {"seasonal": "yes"}, "ferry that sails in one season only"),
        (FERRY | {"opening_hours": "Jun-Aug: 08:00-20:00"}, "ferry that sails in one season only"),
        (FERRY | {"opening_hours": "Jun 1-Aug 31 Mo-Su 08:00-20:00"}, "ferry that sails in one season only"),
        (FERRY | {"opening_hours": "Nov-Mar"}, "ferry that sails in one season only"),
        (FERRY | {"opening_hours": "Jul 06:00-22:00"}, "ferry that sails in one season only"),
        (FERRY | {"opening_hours": "Jun,Jul 06:00-22:00"}, "ferry that sails in one season only"),
        (FERRY | {"opening_hours": "week 20-35 06:00-22:00"}, "ferry that sails in one season only"),
        (FERRY | {"opening_hours": "06:00-22:00; Oct-Apr off"}, "ferry that sails in one season only"),
    ],
)
@pytest.mark.parametrize("profile", ["car", "ambulance"])
def test_ferries_that_do_not_serve_cars_all_year_are_left_out_and_counted(build, tags, reason, profile):
    net = build(COAST, [*ROADS, (201, [2, 8], tags)], profile=profile)
    assert net.services == ()
    assert counts(net, "dropped ways") == {reason: 1}


@pytest.mark.parametrize(
    "tags",
    [
        FERRY,
        FERRY | {"seasonal": "no"},
        FERRY | {"opening_hours": "Jan-Dec 06:00-22:00"},
        FERRY | {"opening_hours": "Apr-Sep 05:00-23:00; Oct-Mar 06:00-22:00"},
        {"route": "ferry", "foot": "yes", "motorcar": "yes"},
        {"route": "ferry", "motor_vehicle": "designated"},
        FERRY | {"opening_hours": "Mo-Su 06:00-22:00; Jun-Aug Mo-Su 06:00-24:00"},
        FERRY | {"opening_hours": "06:00-22:00; Dec 25 off"},
        FERRY | {"opening_hours": "24/7; PH off"},
        {"route": "ferry", "ferry": "primary", "foot": "yes"},
        {"route": "ferry", "cargo": "vehicle"},
        {"route": "ferry", "cargo": "passengers;vehicle;hgv", "foot": "yes"},
        {"route": "ferry", "hgv": "yes", "foot": "yes"},
        {"route": "ferry", "motorcar": "yes", "hgv": "no", "foot": "yes", "bicycle": "yes"},
        {"route": "ferry", "access": "no", "motorcar": "yes"},
        {"route": "ferry", "name": "Hurtigbåt", "motor_vehicle": "yes"},
        FERRY | {"disused": "no", "construction": "minor"},
        FERRY | {"seasonal": "spring;summer;autumn;winter"},
        FERRY | {"motor_vehicle": "destination"},
        FERRY | {"motor_vehicle": "customers"},
        {"route": "ferry"},
        {"route": "ferry;bicycle"},
        {"route": "bicycle; ferry"},
        {"route": "Ferry"},
    ],
)
def test_ferries_that_serve_cars_all_year_are_used(build, tags):
    assert len(build(COAST, [*ROADS, (201, [2, 8], tags)]).services) == 1


def test_a_ferry_that_says_nothing_about_cars_is_counted_apart(build):
    net = build(COAST, [*ROADS, (201, [2, 8], {"route": "ferry"})])
    assert counts(net)["ways used although they do not say whether they take cars"] == 1


def test_a_private_ferry_takes_an_ambulance_and_no_car(build):
    ways = [*ROADS, (201, [2, 8], {"route": "ferry", "access": "private"})]
    assert len(build(COAST, ways, profile="ambulance").services) == 1
    car = build(COAST, ways)
    assert car.services == ()
    assert counts(car, "dropped ways") == {"ferry that takes no cars": 1}


def test_tags_of_the_relation_fill_in_what_the_way_lacks(build):
    relation = (301, [("w", 201, "")], ROUTE | {"motor_vehicle": "no", "name": "Hurtigbåt"})
    net = build(COAST, [*ROADS, (201, [2, 8], {"route": "ferry"})], [relation])
    assert net.services == ()


def test_a_way_that_is_a_ferry_only_by_its_relation_is_found(build):
    relation = (
        301,
        [("w", 201, ""), ("w", 101, ""), ("n", 2, "stop")],
        ROUTE | {"motor_vehicle": "yes", "duration": "40"},
    )
    net = build(COAST, [*ROADS, (201, [2, 8], {"note": "drawn without tags"})], [relation])
    assert crossings(net) == pytest.approx([40])
    assert net.labels["kind"].where("road").sum() == 4


def test_a_oneway_ferry_sails_one_way(build, minutes_between):
    net = build(COAST, [*ROADS, (201, [8, 2], FERRY | {"oneway": "yes"})])
    assert np.isfinite(minutes_between(net, 9, 1))
    assert np.isinf(minutes_between(net, 1, 9))


def test_a_round_trip_without_a_quay_is_left_out(build):
    net = build(COAST, [*ROADS, (201, [3, 4, 8, 3], FERRY), (202, [2, 8], FERRY)])
    assert all(np.isfinite(net.moving_s))
    assert len(net.services) == 1


def test_a_ferry_of_the_map_keeps_its_course(build):
    nodes = COAST | {3: (15.2, 68.0 + 4 * KM)}
    net = build(nodes, [*ROADS, (201, [2, 3, 8], FERRY)])
    edge = int(np.flatnonzero(net.labels["kind"].where("ferry"))[0])
    start = net.geometry.indptr[edge]
    assert net.geometry.indptr[edge + 1] - start == 1
    assert net.geometry.lon[start] == pytest.approx(15.2)
    assert net.length_m[edge] > 14_000


#: A triangle of quays (1, 2 west, 8, 9 north, 6, 7 east) whose boats meet at sea in node 5.
TRIANGLE = {
    1: (14.9, 68.0),
    2: (14.95, 68.0),
    5: (15.1, 68.0),
    6: (15.25, 68.0),
    7: (15.3, 68.0),
    8: (15.1, 68.06),
    9: (15.1, 68.08),
}
SHORES = [(101, [1, 2], ROAD), (102, [6, 7], ROAD), (103, [8, 9], ROAD)]
ARMS = [
    (201, [2, 5], {"route": "ferry"}),
    (202, [5, 6], {"route": "ferry"}),
    (203, [5, 8], {"route": "ferry"}),
]


def triangle(build, *routes, ways=ARMS, **options):
    """Services of the triangle by name; each route is (ways, its tags)."""
    relations = [
        (300 + number, [("w", way, "") for way in members], ROUTE | {"motor_vehicle": "yes"} | tags)
        for number, (members, tags) in enumerate(routes, 1)
    ]
    net = build(TRIANGLE, [*SHORES, *ways], relations, **options)
    return net, {service.name: (service.crossing_min, service.headway_min) for service in net.services}


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_of_three_routes_over_one_fork_each_has_its_own_minutes_and_interval(build, order):
    routes = [
        ((201, 202), {"name": "West-East", "duration": "00:40", "interval": "01:00"}),
        ((202, 203), {"name": "East-North", "duration": "00:30", "interval": "02:00"}),
        ((201, 203), {"name": "West-North", "duration": "00:50", "interval": "03:00"}),
    ]
    net, services = triangle(build, *(routes[position] for position in order))
    assert services == {
        "West-East": (pytest.approx(40), 60),
        "East-North": (pytest.approx(30), 120),
        "West-North": (pytest.approx(50), 180),
    }
    assert len(net.services) == 3


def test_a_longer_route_over_a_line_does_not_change_the_minutes_of_the_line_s_own(build):
    """The local boat takes 30 minutes; the slow coastal one over the same way needs 200 for three times that."""
    local = (301, [("w", 201, "")], ROUTE | {"motor_vehicle": "yes", "duration": "30", "name": "Local"})
    coastal = (302, [("w", 201, ""), ("w", 202, "")], ROUTE | {"motor_vehicle": "yes", "duration": "200"})
    ways = [(201, [2, 4], {"route": "ferry"}), (202, [4, 8], {"route": "ferry"})]
    calls = COAST | {4: (*COAST[4], {"amenity": "ferry_terminal"})}
    net = build(calls, [*ROADS, *ways], [local, coastal])
    assert 30 in [pytest.approx(service.crossing_min) for service in net.services]


def test_a_line_whose_only_route_sails_in_summer_is_left_out_though_its_ways_have_others(build):
    net, services = triangle(
        build,
        ((201, 202), {"name": "West-East", "duration": "00:40"}),
        ((202, 203), {"name": "East-North", "duration": "00:30"}),
        ((201, 203), {"name": "West-North", "duration": "00:50", "seasonal": "summer"}),
    )
    assert set(services) == {"West-East", "East-North"}
    assert counts(net, "dropped ways") == {"ferry that sails in one season only": 1}


@pytest.mark.parametrize(
    ("first", "second", "minutes"),
    [
        ({"name": "A"}, {"name": "B"}, 60),  # two ferries, each with minutes of its own
        ({"name": "A"}, {"name": "A"}, 30),
        ({"name": "A"}, {}, 30),
        ({}, {}, 30),
    ],
)
def test_a_duration_is_repeated_by_ways_of_one_ferry_only(build, first, second, minutes):
    ways = [
        (201, [2, 3, 4], FERRY | {"duration": "00:30"} | first),
        (202, [4, 8], FERRY | {"duration": "00:30"} | second),
    ]
    assert crossings(build(COAST, [*ROADS, *ways])) == pytest.approx([minutes])


@pytest.mark.parametrize(
    "barrier",
    [
        {},
        {"barrier": "gate"},
        {"barrier": "gate", "access": "private"},
        {"barrier": "gate", "access": "no"},
        {"barrier": "bollard"},
    ],
)
def test_a_quay_is_reached_past_a_barrier_across_its_lane(build, minutes_between, barrier):
    """Cars board the ferry, so there is a way for them: over the road 200 m away, where the lane is barred."""
    nodes = COAST | {20: (15.0, 68.0 + 0.1 * KM, barrier), 21: (15.0, 68.0 + 0.2 * KM)}
    lane = (103, [2, 20, 21], {"highway": "service"})
    net = build(nodes, [*ROADS, lane, (201, [21, 8], FERRY | {"duration": "00:40"})])
    assert np.isfinite([minutes_between(net, 1, 9), minutes_between(net, 9, 1)]).all()


@pytest.mark.parametrize(
    ("tags", "told"),
    [
        ({"seasonal": "summer", "name": "Byferga"}, "Byferga (summer)"),
        ({"opening_hours": "06:00-22:00; Feb off"}, "way 7 (06:00-22:00; Feb off)"),
        ({"opening_hours": "06:00-22:00; Dec 24 off"}, ""),
        ({"motor_vehicle": "no", "name": "Gangferga"}, ""),
    ],
)
def test_a_ferry_that_is_left_out_for_its_season_is_named(build, tags, told):
    network = build(COAST, [*ROADS, (7, [2, 8], FERRY | tags)])
    notes = [str(note) for note in network.provenance["osm"]["notes"] if "of the year at a time" in note]
    assert [note.partition(": ")[2] for note in notes] == ([told] if told else [])
