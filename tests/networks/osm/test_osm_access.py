"""Who may drive where: classes, access tags, one-way streets, barriers, closures."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from networks.osm.access import (
    CAR_CLASSES,
    DropReason,
    access_of,
    barrier_access,
    closed_in_winter,
    closure_note,
    oneway,
    road_directions,
    structure,
)

BOTH, AHEAD, BACK, NEITHER = (True, True), (True, False), (False, True), (False, False)


def way(profile, **tags):
    named = {key.replace("__", ":"): value for key, value in tags.items()}
    directions = road_directions({"highway": "residential"} | named, profile)
    return directions.forward, directions.backward


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("yes", AHEAD),
        ("true", AHEAD),
        ("1", AHEAD),
        ("YES", AHEAD),
        ("-1", BACK),
        ("reverse", BACK),
        ("no", BOTH),
        ("false", BOTH),
        ("0", BOTH),
        ("", BOTH),
        ("perhaps", BOTH),
        ("reversible", NEITHER),
        ("alternating", BOTH),
        ("Alternating", BOTH),
        ("alternate", BOTH),
        ("no; alternating", BOTH),
        ("reversible;alternating", NEITHER),
        ("yes;yes", AHEAD),
        ("yes;1", AHEAD),
        ("no;yes", AHEAD),
        ("-1;-1", BACK),
        ("no; reverse", BACK),
        ("yes;-1", NEITHER),
    ],
)
def test_oneway_in_all_forms(text, expected):
    assert way("car", oneway=text) == expected


@pytest.mark.parametrize("text", ["alternating;no", "no; Alternating", "alternate|no"])
def test_one_lane_among_several_values_is_waited_at(text):
    assert road_directions({"highway": "residential", "oneway": text}, "car").alternating


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({"junction": "roundabout"}, AHEAD),
        ({"junction": "circular"}, AHEAD),
        ({"junction": "roundabout", "oneway": "no"}, BOTH),
        ({"junction": "roundabout", "oneway": "-1"}, BACK),
        ({"junction": "Roundabout"}, AHEAD),
        ({"junction": "roundabout;yes"}, AHEAD),
        ({"junction": "yes"}, BOTH),
        ({"highway": "motorway"}, AHEAD),
        ({"highway": "motorway", "oneway": "no"}, BOTH),
        ({"highway": "motorway_link"}, BOTH),
        ({"oneway": "yes", "oneway__motor_vehicle": "no"}, BOTH),
        ({"oneway": "no", "oneway__motorcar": "yes"}, AHEAD),
        ({"oneway": "yes", "oneway__bicycle": "no"}, AHEAD),
    ],
)
def test_oneway_implied_and_by_vehicle(tags, expected):
    assert way("car", **tags) == expected


@pytest.mark.parametrize("key", ["oneway:bus", "oneway:psv", "oneway:emergency"])
def test_an_ambulance_may_use_the_contraflow_of_buses(key):
    tags = {"highway": "primary", "oneway": "yes", key: "no"}
    assert oneway(tags, "ambulance")[:2] == BOTH
    assert oneway(tags, "car")[:2] == AHEAD


def test_a_reversible_road_is_left_out_and_says_why():
    assert (
        road_directions({"highway": "primary", "oneway": "reversible"}, "car").dropped
        is DropReason.REVERSIBLE
    )


@pytest.mark.parametrize("road_class", sorted(CAR_CLASSES - {"motorway"}))
def test_car_classes_are_open_without_a_word(road_class):
    assert way("car", highway=road_class) == BOTH


@pytest.mark.parametrize(
    "road_class",
    ["footway", "path", "cycleway", "steps", "bridleway", "pedestrian", "busway", "construction", "proposed",
     "platform", "raceway", "corridor", "elevator", "services", "rest_area", "", "abandoned", "via_ferrata"],
)  # fmt: skip
def test_other_classes_are_not(road_class):
    directions = road_directions({"highway": road_class}, "car")
    assert directions.dropped is DropReason.CLASS


@pytest.mark.parametrize(
    ("tags", "car", "ambulance"),
    [
        ({}, "unsaid", "unsaid"),
        ({"access": "yes"}, "open", "open"),
        ({"access": "permissive"}, "open", "open"),
        ({"access": "destination"}, "destination", "open"),
        ({"access": "customers"}, "destination", "open"),
        ({"access": "delivery"}, "destination", "open"),
        ({"access": "permit"}, "private", "open"),
        ({"access": "residents"}, "private", "open"),
        ({"access": "agricultural;destination"}, "destination", "open"),
        ({"access": "private;destination"}, "destination", "open"),
        ({"access": "unknown"}, "open", "open"),
        ({"access": "private"}, "private", "open"),
        ({"access": "military"}, "no", "open"),
        ({"access": "no"}, "no", "no"),
        ({"access": "agricultural"}, "no", "no"),
        ({"access": "forestry"}, "no", "no"),
        ({"access": "private;yes"}, "open", "open"),
        ({"access": "private; yes"}, "open", "open"),
        ({"access": " Private "}, "private", "open"),
        ({"vehicle": "no"}, "no", "no"),
        ({"motor_vehicle": "private"}, "private", "open"),
        ({"motorcar": "no"}, "no", "no"),
        ({"access": "no", "vehicle": "yes"}, "open", "open"),
        ({"access": "yes", "vehicle": "no"}, "no", "no"),
        ({"vehicle": "no", "motor_vehicle": "yes"}, "open", "open"),
        ({"motor_vehicle": "no", "motorcar": "yes"}, "open", "open"),
        ({"motor_vehicle": "yes", "motorcar": "no"}, "no", "no"),
        ({"access": "no", "motorcar": "destination"}, "destination", "open"),
        ({"access": "no", "emergency": "yes"}, "no", "open"),
        ({"motor_vehicle": "no", "emergency": "designated"}, "no", "open"),
        ({"access": "yes", "emergency": "no"}, "open", "no"),
        ({"access": "private", "emergency": "yes"}, "private", "open"),
        ({"access": "no", "bus": "yes"}, "no", "open"),
        ({"access": "no", "psv": "designated"}, "no", "open"),
        ({"motor_vehicle": "no", "bus": "no"}, "no", "no"),
        ({"foot": "yes", "bicycle": "yes"}, "unsaid", "unsaid"),
        ({"hgv": "no"}, "unsaid", "unsaid"),
        ({"emergency": "phone"}, "unsaid", "unsaid"),
    ],
)
def test_access_hierarchy(tags, car, ambulance):
    assert access_of(tags, "car") == car
    assert access_of(tags, "ambulance") == ambulance


@pytest.mark.parametrize(
    ("tags", "car", "ambulance"),
    [
        ({"access": "private"}, BOTH, BOTH),
        ({"access": "military"}, NEITHER, BOTH),
        ({"access": "no", "emergency": "yes"}, NEITHER, BOTH),
        ({"highway": "service", "service": "emergency_access"}, NEITHER, BOTH),
        ({"highway": "service", "service": "emergency_access", "access": "no"}, NEITHER, NEITHER),
        ({"highway": "service", "service": "emergency_access", "motor_vehicle": "yes"}, BOTH, BOTH),
        ({"highway": "service", "access": "no", "bus": "yes"}, NEITHER, BOTH),
        ({"highway": "busway"}, NEITHER, BOTH),
        ({"highway": "busway", "access": "no", "bus": "yes"}, NEITHER, BOTH),
        ({"highway": "busway", "emergency": "no"}, NEITHER, NEITHER),
        ({"highway": "pedestrian"}, NEITHER, NEITHER),
        ({"highway": "pedestrian", "access": "yes"}, NEITHER, NEITHER),
        ({"highway": "pedestrian", "motor_vehicle": "destination"}, BOTH, BOTH),
        ({"highway": "pedestrian", "emergency": "yes"}, NEITHER, BOTH),
        ({"motor_vehicle__backward": "no"}, AHEAD, AHEAD),
        ({"motor_vehicle__forward": "no"}, BACK, BACK),
        ({"vehicle__backward": "private"}, BOTH, BOTH),
        ({"access": "no", "motor_vehicle__forward": "yes"}, AHEAD, AHEAD),
        ({"area": "yes"}, NEITHER, NEITHER),
        ({"highway": "cycleway", "motor_vehicle": "destination"}, BOTH, BOTH),
        ({"highway": "cycleway", "motor_vehicle": "permissive"}, BOTH, BOTH),
        ({"highway": "cycleway", "motor_vehicle": "no", "motorcar": "yes"}, BOTH, BOTH),
        ({"highway": "cycleway", "motorcar": "no", "motor_vehicle": "yes"}, NEITHER, NEITHER),
        ({"highway": "cycleway", "bicycle": "designated"}, NEITHER, NEITHER),
        ({"highway": "cycleway", "access": "yes"}, NEITHER, NEITHER),
        ({"highway": "cycleway", "moped": "yes"}, NEITHER, NEITHER),
        ({"highway": "path", "motor_vehicle": "yes"}, BOTH, BOTH),
        ({"highway": "path", "motor_vehicle__forward": "yes"}, AHEAD, AHEAD),
        ({"highway": "path", "motor_vehicle": "yes", "oneway": "yes"}, AHEAD, AHEAD),
        ({"highway": "path", "motor_vehicle": "agricultural"}, NEITHER, NEITHER),
        ({"highway": "path", "access": "private"}, NEITHER, NEITHER),
        ({"highway": "footway", "motorcar": "designated"}, BOTH, BOTH),
        ({"highway": "footway", "emergency": "yes"}, NEITHER, BOTH),
        ({"highway": "footway", "emergency": "designated", "vehicle": "no"}, NEITHER, BOTH),
        ({"highway": "bridleway", "vehicle": "yes"}, BOTH, BOTH),
        ({"highway": "pedestrian", "vehicle": "yes"}, BOTH, BOTH),
        ({"highway": "pedestrian", "vehicle": "yes", "motor_vehicle": "no"}, NEITHER, NEITHER),
        ({"highway": "pedestrian", "area": "yes", "vehicle": "yes"}, NEITHER, NEITHER),
        ({"highway": "steps", "motor_vehicle": "yes"}, NEITHER, NEITHER),
        ({"smoothness": "impassable"}, NEITHER, NEITHER),
        ({"smoothness": "Impassable"}, NEITHER, NEITHER),
        ({"smoothness": "impassable;bad"}, NEITHER, NEITHER),
        ({"smoothness": "very_horrible"}, BOTH, BOTH),
        ({"impassable": "yes"}, NEITHER, NEITHER),
        ({"impassable": "no"}, BOTH, BOTH),
        ({"disused": "yes"}, NEITHER, NEITHER),
        ({"abandoned": "yes"}, NEITHER, NEITHER),
        ({"construction": "residential"}, NEITHER, NEITHER),
        ({"construction": "minor"}, BOTH, BOTH),
        ({"construction": "no"}, BOTH, BOTH),
        ({"highway": "track", "4wd_only": "yes"}, NEITHER, NEITHER),
        ({"highway": "track", "4wd_only": "extreme"}, NEITHER, NEITHER),
        ({"highway": "track", "4wd_only": "recommended"}, BOTH, BOTH),
        ({"highway": "track", "4wd_only": "no"}, BOTH, BOTH),
        ({"access": "true"}, BOTH, BOTH),
    ],
)
def test_roads_by_profile(tags, car, ambulance):
    assert way("car", **tags) == car
    assert way("ambulance", **tags) == ambulance


@pytest.mark.parametrize(
    ("tags", "reason"),
    [
        ({"access": "military"}, DropReason.ACCESS),
        ({"impassable": "yes"}, DropReason.IMPASSABLE),
        ({"status": "impassable"}, DropReason.IMPASSABLE),
        ({"status": "Closed"}, DropReason.IMPASSABLE),
        ({"proposed": "yes"}, DropReason.IMPASSABLE),
        ({"proposed": "residential"}, DropReason.IMPASSABLE),
        ({"smoothness": "bad, impassable"}, DropReason.IMPASSABLE),
        ({"proposed": "no", "status": "open"}, None),
        ({"4wd_only": "yes"}, DropReason.OFF_ROAD),
        ({"motor_vehicle": "no"}, DropReason.ACCESS),
        ({"area": "yes"}, DropReason.AREA),
        ({"highway": "footway"}, DropReason.CLASS),
    ],
)
def test_a_closed_road_says_why(tags, reason):
    assert road_directions({"highway": "service"} | tags, "car").dropped is reason


@given(st.dictionaries(st.sampled_from(["access", "vehicle", "motor_vehicle", "motorcar"]),
                       st.sampled_from(["yes", "no", "private", "destination", "agricultural", "x"])))  # fmt: skip
def test_an_ambulance_may_go_wherever_a_car_may(tags):
    car, ambulance = way("car", **tags), way("ambulance", **tags)
    assert all(a or not c for c, a in zip(car, ambulance, strict=True))


@pytest.mark.parametrize(
    ("tags", "car", "ambulance"),
    [
        ({}, "open", "open"),
        ({"barrier": "no"}, "open", "open"),
        ({"barrier": "gate"}, "open", "open"),
        ({"barrier": "lift_gate"}, "open", "open"),
        ({"barrier": "swing_gate"}, "open", "open"),
        ({"barrier": "cattle_grid"}, "open", "open"),
        ({"barrier": "toll_booth"}, "open", "open"),
        ({"barrier": "border_control"}, "open", "open"),
        ({"barrier": "height_restrictor"}, "open", "open"),
        ({"barrier": "entrance"}, "open", "open"),
        ({"barrier": "gate", "access": "private"}, "private", "open"),
        ({"barrier": "lift_gate", "motor_vehicle": "private"}, "private", "open"),
        ({"barrier": "gate", "motor_vehicle": "destination"}, "destination", "open"),
        ({"barrier": "gate", "vehicle": "customers"}, "destination", "open"),
        ({"barrier": "bollard", "access": "residents"}, "private", "open"),
        ({"barrier": "chain", "access": "private"}, "private", "open"),
        ({"barrier": "gate", "access": "forestry"}, "no", "open"),
        ({"barrier": "gate", "access": "no"}, "no", "open"),
        ({"barrier": "gate", "locked": "yes"}, "private", "open"),
        ({"barrier": "gate", "locked": "yes", "access": "no"}, "no", "open"),
        ({"barrier": "gate", "locked": "yes", "access": "yes"}, "open", "open"),
        ({"barrier": "gate", "access": "no", "emergency": "no"}, "no", "no"),
        ({"barrier": "bollard"}, "no", "no"),
        ({"barrier": "bollard", "bollard": "rising"}, "open", "open"),
        ({"barrier": "bollard", "bollard": "removable"}, "no", "open"),
        ({"barrier": "bollard", "motor_vehicle": "yes"}, "open", "open"),
        ({"barrier": "bollard", "motorcar": "no"}, "no", "no"),
        ({"barrier": "bollard", "emergency": "yes"}, "no", "open"),
        ({"barrier": "bollard", "foot": "yes", "bicycle": "yes"}, "no", "no"),
        ({"barrier": "block"}, "no", "no"),
        ({"barrier": "cycle_barrier"}, "no", "no"),
        ({"barrier": "stile"}, "no", "no"),
        ({"barrier": "jersey_barrier"}, "no", "no"),
        ({"barrier": "chain"}, "no", "open"),
        ({"barrier": "bus_trap"}, "no", "open"),
        ({"barrier": "yes"}, "no", "no"),
        ({"barrier": "debris"}, "no", "no"),
    ],
)
def test_barriers(tags, car, ambulance):
    assert barrier_access(tags, "car") == car
    assert barrier_access(tags, "ambulance") == ambulance


@pytest.mark.parametrize(
    ("tags", "along", "against"),
    [
        ({}, "", ""),
        ({"access": "destination"}, "destination", "destination"),
        ({"motor_vehicle": "private"}, "private", "private"),
        ({"access": "private", "motor_vehicle": "yes"}, "", ""),
        ({"vehicle:backward": "destination"}, "", "destination"),
        ({"highway": "cycleway", "motor_vehicle": "destination"}, "destination", "destination"),
        ({"highway": "service", "service": "emergency_access", "access": "private"}, "private", "private"),
    ],
)
def test_whom_a_road_is_for(tags, along, against):
    found = road_directions({"highway": "residential"} | tags, "car")
    assert (found.forward_only_for, found.backward_only_for) == (along, against)
    ambulance = road_directions({"highway": "residential"} | tags, "ambulance")
    assert (ambulance.forward_only_for, ambulance.backward_only_for) == ("", "")


def test_closures_are_kept_as_a_note_and_not_applied():
    tags = {
        "highway": "primary",
        "motor_vehicle:conditional": "no @ (Nov 1-May 20)",
        "maxspeed:conditional": "60 @ winter",
        "seasonal": "no",
        "snowplowing": "yes",
    }
    assert (
        closure_note(tags)
        == "motor_vehicle:conditional=no @ (Nov 1-May 20); maxspeed:conditional=60 @ winter"
    )
    assert way("car", **tags) == BOTH
    assert closure_note({"highway": "primary"}) == ""


@pytest.mark.parametrize(
    ("tags", "closed"),
    [
        ({}, False),
        ({"snowplowing": "no"}, True),
        ({"winter_service": "no"}, True),
        ({"snowplowing": "yes"}, False),
        ({"seasonal": "summer"}, True),
        ({"seasonal": "spring;summer;autumn"}, True),
        ({"seasonal": "winter"}, False),
        ({"seasonal": "yes"}, False),
        ({"seasonal": "no"}, False),
    ],
)
def test_closed_in_winter(tags, closed):
    assert closed_in_winter(tags) is closed


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({}, ""),
        ({"tunnel": "yes"}, "tunnel"),
        ({"tunnel": "avalanche_protector"}, "tunnel"),
        ({"tunnel": "no", "bridge": "yes"}, "bridge"),
        ({"bridge": "viaduct"}, "bridge"),
        ({"ford": "yes"}, "ford"),
        ({"bridge": "no"}, ""),
    ],
)
def test_structure(tags, expected):
    assert structure(tags) == expected


@pytest.mark.parametrize("text", ["yes", "Yes", "true", "1"])
def test_a_locked_gate_is_private_in_any_spelling(text):
    assert barrier_access({"barrier": "gate", "locked": text}, "car") == "private"
    assert barrier_access({"barrier": "gate", "locked": text}, "ambulance") == "open"
