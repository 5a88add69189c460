"""Where ferries meet: crossings at sea, changes of boat, rings, relations that disagree, quays and loose roads."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from networks import check_network

ROAD = {"highway": "secondary", "maxspeed": "60"}
FERRY = {"route": "ferry", "motor_vehicle": "yes"}
ROUTE = {"type": "route", "route": "ferry"}
#: Degrees of longitude and latitude per kilometre at 67 degrees north.
EAST, NORTH = 1 / 43.5, 1 / 111.5
#: Wait for a ferry whose departures are not known: half of two hours, capped at 60 minutes, and the boarding.
WAIT = 65.0


def place(x_km: float, y_km: float, *tags):
    return (14.0 + x_km * EAST, 67.0 + y_km * NORTH, *tags)


def section(network, name):
    return network.provenance["osm"]["counts"].get(name, {})


CROSS = {1: place(-2, 0), 2: place(0, 0), 3: place(8, 0), 4: place(10, 0), 9: place(4, 0)}
CROSS |= {5: place(4, -6), 6: place(4, -4), 7: place(4, 4), 8: place(4, 6)}
ASHORE = [(10, [1, 2], ROAD), (11, [3, 4], ROAD), (12, [5, 6], ROAD), (13, [7, 8], ROAD)]
WEST_EAST, SOUTH_NORTH = {"name": "West-East"}, {"name": "South-North"}


def whole(tags_a, tags_b):
    return [(20, [2, 9, 3], FERRY | tags_a), (21, [6, 9, 7], FERRY | tags_b)]


def halves(tags_a, tags_b):
    first = [(20, [2, 9], FERRY | tags_a), (22, [9, 3], FERRY | tags_a)]
    return [*first, (21, [6, 9], FERRY | tags_b), (23, [9, 7], FERRY | tags_b)]


@pytest.mark.parametrize(
    "boats",
    [
        whole(WEST_EAST, SOUTH_NORTH),
        whole({}, {}),
        halves(WEST_EAST, SOUTH_NORTH),
        halves({}, {}),
        [*halves(WEST_EAST, {})[:2], *whole({}, SOUTH_NORTH)[1:]],
        [*whole({}, {})[:1], *halves({}, {})[2:]],
    ],
)
def test_ferries_that_cross_at_sea_stay_apart(build, minutes_between, boats):
    network = build(CROSS, [*ASHORE, *boats])
    assert len(network.services) == 2
    assert minutes_between(network, 2, 3) < np.inf
    assert minutes_between(network, 6, 7) < np.inf
    for a, b in itertools.product((2, 3), (6, 7)):
        assert minutes_between(network, a, b) == np.inf


def test_ferries_that_cross_by_their_relations_stay_apart(build, minutes_between):
    relations = [(31, [("w", 20, ""), ("w", 22, "")], ROUTE), (32, [("w", 21, ""), ("w", 23, "")], ROUTE)]
    network = build(CROSS, [*ASHORE, *halves({}, {})], relations)
    assert len(network.services) == 2
    assert minutes_between(network, 2, 7) == np.inf


def test_a_branch_at_sea_still_goes_on_into_both_arms(build, minutes_between):
    network = build(CROSS, [*ASHORE, whole(WEST_EAST, {})[0], (21, [6, 9], FERRY | SOUTH_NORTH)])
    for a, b in [(2, 3), (2, 6), (6, 3)]:
        assert minutes_between(network, a, b) < np.inf


def test_a_crossing_with_a_terminal_is_a_place_to_change(build, minutes_between):
    nodes = CROSS | {9: place(4, 0, {"amenity": "ferry_terminal"})}
    network = build(
        nodes, [*ASHORE, *whole(WEST_EAST | {"duration": "30"}, SOUTH_NORTH | {"duration": "30"})]
    )
    assert minutes_between(network, 2, 3) == pytest.approx(30 + WAIT)
    assert minutes_between(network, 2, 7) == pytest.approx(30 + 2 * WAIT)


CHANGE = {1: place(-2, 0), 2: place(0, 0), 3: place(8, 0), 4: place(10, 0), 5: place(4, 0)}


@pytest.mark.parametrize(
    ("terminal", "beside", "relation", "waits"),
    [
        ({"amenity": "ferry_terminal"}, None, None, 2),
        ({"public_transport": "stop_position", "ferry": "yes"}, None, None, 2),
        ({}, place(4.05, 0, {"amenity": "ferry_terminal"}), None, 2),
        ({}, None, (31, [("n", 5, "stop")], ROUTE), 2),
        ({}, None, (31, [("w", 20, ""), ("w", 21, ""), ("n", 5, "stop")], ROUTE), 1),
        ({}, None, None, 1),
        ({"amenity": "cafe"}, None, None, 1),
    ],
)
def test_a_change_of_boats_costs_a_second_wait(build, minutes_between, terminal, beside, relation, waits):
    nodes = CHANGE | {5: place(4, 0, terminal)} | ({6: beside} if beside else {})
    boats = [(20, [2, 5], FERRY | {"name": "A-boat", "duration": "10"})]
    boats += [(21, [5, 3], FERRY | {"name": "B-boat", "duration": "12"})]
    network = build(nodes, [*ASHORE[:2], *boats], [relation] if relation else [])
    assert minutes_between(network, 2, 3) == pytest.approx(22 + waits * WAIT)


TRIANGLE = {
    1: place(0, 0),
    2: place(8, 0),
    3: place(4, 6),
    11: place(-2, 0),
    12: place(10, 0),
    13: place(4, 8),
}
QUAYS = [(101, [1, 11], ROAD), (102, [2, 12], ROAD), (103, [3, 13], ROAD)]


@pytest.mark.parametrize("oneway", [{}, {"oneway": "yes"}])
@pytest.mark.parametrize("as_relation", [True, False])
def test_a_boat_that_goes_on_round_a_triangle_is_boarded_once(build, minutes_between, oneway, as_relation):
    tags = FERRY | oneway
    if as_relation:
        legs = [(20, [1, 2]), (21, [2, 3]), (22, [3, 1])]
        boats = [(number, nodes, tags | {"duration": "20"}) for number, nodes in legs]
        relation = [(31, [("w", number, "") for number, _ in legs], ROUTE)]
    else:
        boats, relation = [(20, [1, 2, 3, 1], tags | {"duration": "60"})], []
    network = build(TRIANGLE, [*QUAYS, *boats], relation)
    assert minutes_between(network, 1, 2) == pytest.approx(20 + WAIT, abs=4)
    back = minutes_between(network, 2, 1)
    assert back == pytest.approx((40 if oneway else 20) + WAIT, abs=4)
    assert minutes_between(network, 3, 2) == pytest.approx((40 if oneway else 20) + WAIT, abs=4)


def test_a_way_in_several_relations_does_what_any_of_them_does_whatever_their_ids(build):
    people = ROUTE | {"motor_vehicle": "no", "name": "Hurtigbåt", "duration": "00:30", "interval": "00:10"}
    cars = ROUTE | {"motor_vehicle": "yes", "duration": "00:40", "interval": "01:00"}
    often = ROUTE | {"motor_vehicle": "yes", "interval": "00:20"}
    summer = ROUTE | {"motor_vehicle": "yes", "seasonal": "summer"}
    for order in itertools.permutations([people, cars, often, summer]):
        relations = [(31 + number, [("w", 20, "")], tags) for number, tags in enumerate(order)]
        network = build(CHANGE, [*ASHORE[:2], (20, [2, 5, 3], {"route": "ferry"})], relations)
        (service,) = network.services
        assert (service.crossing_min, service.headway_min) == (40, 20)
    seasonal = [(31, [("w", 20, "")], people), (32, [("w", 20, "")], summer)]
    assert build(CHANGE, [*ASHORE[:2], (20, [2, 5, 3], {"route": "ferry"})], seasonal).services == ()


LANDING = {1: place(-2, 0), 2: place(0, 0), 3: place(8, 0), 4: place(10, 0), 5: place(0.25, 0)}
BOAT = [(20, [5, 3], FERRY | {"duration": "20", "name": "Sund-Øya"})]


@pytest.mark.parametrize("metres", [20, 60, 200])
@pytest.mark.parametrize("on_stub", [False, True])
def test_a_quay_joins_the_network_and_not_a_loose_bit_of_road(build, minutes_between, metres, on_stub):
    start = 0.25 if on_stub else 0.28
    nodes = LANDING | {6: place(start, 0.0 if on_stub else 0.01), 7: place(start, 0.01 + metres / 1000)}
    stub = (12, [5 if on_stub else 6, 7], {"highway": "service"})
    network = build(nodes, [*ASHORE[:2], *BOAT, stub])
    assert minutes_between(network, 1, 4) == pytest.approx(
        minutes_between(build(LANDING, [*ASHORE[:2], *BOAT]), 1, 4)
    )
    assert section(network, "ferry quays that no road reaches") == {}
    assert check_network(network).counts.get("quay_without_road", 0) == 0


def test_a_short_road_is_joined_where_there_is_no_network_and_both_are_named(build, minutes_between):
    nodes = LANDING | {2: place(-1.0, 0), 6: place(0.3, 0), 7: place(0.4, 0)}
    network = build(nodes, [*ASHORE[:2], *BOAT, (12, [6, 7], {"highway": "service"})])
    assert minutes_between(network, 7, 4) < np.inf
    (named,) = section(network, "ferry quays that no road reaches")
    assert named.startswith("Sund-Øya (67.0000, 14.005")
    assert any("Sund-Øya (67.0000" in note for note in network.provenance["osm"]["notes"])
    report = check_network(network)
    (finding,) = (one for one in report.findings if one.kind == "quay_without_road")
    assert (finding.name, finding.what, finding.detail) == ("Sund-Øya", "5", "100 m of road")


def test_every_quay_that_joins_nothing_is_named_by_the_check(build):
    network = build(LANDING | {3: place(7, 0)}, [*ASHORE[:1], (20, [5, 3], FERRY | {"name": "Øybåten"})])
    named = [one for one in check_network(network).findings if one.kind == "quay_without_road"]
    assert [(one.name, one.what, one.detail) for one in named] == [("Øybåten", "3", "no road")]


@pytest.mark.parametrize(
    ("tag", "text"),
    [
        ("duration", "soon"),
        ("duration", "20 (summer)"),
        ("interval", "often"),
        ("opening_hours", "on request"),
    ],
)
@pytest.mark.parametrize("of_relation", [False, True])
def test_what_cannot_be_read_is_named_line_by_line(build, tag, text, of_relation):
    own = {} if of_relation else {tag: text}
    relation = [(31, [("w", 20, "")], ROUTE | {"name": "Ruta", tag: text})] if of_relation else []
    network = build(CHANGE, [*ASHORE[:2], (20, [2, 5, 3], FERRY | {"name": "Sund-Øya"} | own)], relation)
    what = "Ruta (relation 31)" if of_relation else "Sund-Øya (way 20)"
    assert section(network, "ferry tags that cannot be read") == {f"{what}: {tag}={text}": 1}
    assert any(f"{what}: {tag}={text}" in note for note in network.provenance["osm"]["notes"])


@pytest.mark.parametrize(
    ("text", "minutes"), [("00:01", "1 min for 8.0 km"), ("99:00", "5940 min for 8.0 km")]
)
def test_an_unbelievable_duration_that_is_replaced_is_named(build, text, minutes):
    boat = (20, [2, 5, 3], FERRY | {"duration": text, "name": "Sund-Øya"})
    network = build(CHANGE, [*ASHORE[:2], boat])
    (named,) = section(network, "ferry durations that nobody can believe, replaced")
    assert named.startswith(f"Sund-Øya (way 20): {minutes}")
    assert named.endswith("from its length")


def test_holidays_are_not_told_apart_and_that_is_said(build):
    boat = (20, [2, 5, 3], FERRY | {"opening_hours": "06:00-22:00; PH off", "name": "Sund-Øya"})
    network = build(CHANGE, [*ASHORE[:2], boat])
    assert list(section(network, "ferry hours of holidays, which are not told apart from other days")) == [
        "Sund-Øya (way 20): 06:00-22:00; PH off"
    ]


def test_a_timetable_model_without_timetables_says_so(build):
    boat = (20, [2, 5, 3], FERRY | {"duration": "20", "interval": "60"})
    notes = build(CHANGE, [*ASHORE[:2], boat], ferries="timetable").provenance["osm"]["notes"]
    assert any("none of 1 ferry connections have known departures" in note for note in notes)
    assert not any(
        "known departures" in note for note in build(CHANGE, [*ASHORE[:2], boat]).provenance["osm"]["notes"]
    )


def test_hours_that_differ_by_date_survive_the_file(build, tmp_path):
    from networks import Ferries, FerryConditions, apply_overlays, load_network, save_network

    hours = "Mo-Su 06:00-22:00; Jun-Aug Mo-Su 06:00-24:00"
    boat = (20, [2, 5, 3], FERRY | {"duration": "20", "interval": "60", "opening_hours": hours})
    save_network(build(CHANGE, [*ASHORE[:2], boat]), tmp_path / "x.net")
    network = load_network(tmp_path / "x.net")
    assert network.services[0].opening_hours == (hours,)
    ferry = network.labels["kind"].where("ferry")
    for month_day, sails in (((7, 1), True), ((1, 7), False), (None, False)):
        conditions = FerryConditions(time_min=23 * 60, month_day=month_day)
        late = apply_overlays(network, [Ferries("late", conditions)])
        assert np.isfinite(late.moving_s[ferry]).all() == sails
