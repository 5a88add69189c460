"""``maxspeed`` in all its written forms, and the speed that is driven."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from networks.osm.defaults import (
    CLASS_FACTORS,
    CLASS_LIMITS,
    COUNTRIES,
    GENERIC,
    HIGHEST_LIMIT_KPH,
    LOWEST_LIMIT_KPH,
    assumed_limit_kph,
    country_defaults,
)
from networks.osm.speeds import SpeedSource, driven_speeds, parse_maxspeed, tagged_limit

NORWAY = country_defaults("NO")


@pytest.mark.parametrize(
    ("text", "kph"),
    [
        ("50", 50),
        ("  50  ", 50),
        ("50 km/h", 50),
        ("50km/h", 50),
        ("50 kmh", 50),
        ("50 kph", 50),
        ("50 KM/H", 50),
        ("47.5", 47.5),
        ("47,5", 47.5),
        ("30 mph", 48.28032),
        ("30mph", 48.28032),
        ("30 MPH", 48.28032),
        ("10 knots", 18.52),
        ("5 kn", 9.26),
        ("walk", 7),
        ("DE:walk", 7),
        ("none", 130),
        ("50;70", 50),
        ("70|50|50", 50),
        ("50; signals", 50),
        ("NO:urban", 50),
        ("no:Urban", 50),
        ("NO:rural", 80),
        ("NO:motorway", 110),
        ("NO:trunk", 90),
        ("SE:rural", 70),
        ("DE:rural", 100),
        ("DE:motorway", 130),
        ("DE:living_street", 7),
        ("DE-BY:urban", 50),
        ("gb:nsl_single", 96.56064),
        ("GB:nsl_dual", 112.65408),
        ("uk:nsl_single", 96.56064),
        ("GB:motorway", 112.65408),
        ("urban", 50),
        ("rural", 80),
        ("living_street", 15),
        ("DE:zone:30", 30),
        ("DE:zone30", 30),
        ("zone:30", 30),
        ("zone30", 30),
        ("FR:30", 30),
        ("GB:zone:20", 32.18688),
        ("XX:urban", 50),
        ("3", 3),
        ("160", 160),
        ("50 km/t", 50),
        ("50kmt", 50),
        ("60 mi/h", 96.56064),
        ("NO: urban", 50),
        ("NO : rural", 80),
        ("80,60", 60),  # a list, and no 80.6 km/h
        ("80, 60", 60),
        ("60/50", 50),
        ("50,signals", 50),
        ("7,5", 7.5),
    ],
)
def test_maxspeed_is_read(text, kph):
    assert parse_maxspeed(text, NORWAY)[0] == pytest.approx(kph)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        ";",
        "signals",
        "variable",
        "default",
        "implicit",
        "unknown",
        "fast",
        "50 furlongs",
        "-50",
        "+50",
        "0",
        "2",
        "161",
        "1000",
        "99999999999999999999",
        "5e1",
        "nan",
        "inf",
        "٥٠",
        "５０",
        "50 mph mph",
        "NO:",
        ":urban",
        "NO:nowhere",
    ],
)
def test_maxspeed_that_says_nothing_gives_none(text):
    assert parse_maxspeed(text, NORWAY) == (None, SpeedSource.DEFAULT)


def test_the_lowest_of_several_values_counts_and_keeps_its_source():
    assert parse_maxspeed("NO:urban;80", NORWAY) == (50, SpeedSource.CONTEXT)
    assert parse_maxspeed("NO:rural;60", NORWAY) == (60, SpeedSource.TAGGED)


@given(st.text(max_size=40))
def test_any_text_gives_a_believable_limit_or_none(text):
    limit, source = parse_maxspeed(text, NORWAY)
    assert limit is None or LOWEST_LIMIT_KPH <= limit <= HIGHEST_LIMIT_KPH
    assert isinstance(source, SpeedSource)


@pytest.mark.parametrize(
    ("tags", "forward", "backward"),
    [
        ({"maxspeed": "60"}, 60, 60),
        ({"maxspeed": "60", "maxspeed:backward": "40"}, 60, 40),
        ({"maxspeed:forward": "60", "maxspeed:backward": "40"}, 60, 40),
        ({"maxspeed:forward": "60"}, 60, None),
        ({"maxspeed": "60", "maxspeed:motorcar": "50"}, 50, 50),
        ({"maxspeed:forward": "60", "maxspeed:motorcar:forward": "30"}, 30, None),
        ({"maxspeed:type": "NO:urban"}, 50, 50),
        ({"source:maxspeed": "NO:rural"}, 80, 80),
        ({"zone:maxspeed": "NO:30"}, 30, 30),
        ({"zone:traffic": "NO:urban"}, 50, 50),
        ({"maxspeed": "70", "maxspeed:type": "NO:urban"}, 70, 70),
        ({"maxspeed": "signals", "maxspeed:type": "NO:motorway"}, 110, 110),
        ({"source:maxspeed": "sign"}, None, None),
        ({"maxspeed:conditional": "30 @ (Mo-Fr 07:00-16:00)"}, None, None),
        ({"maxspeed": "50", "maxspeed:conditional": "30 @ (Mo-Fr 07:00-16:00)"}, 50, 50),
        ({}, None, None),
    ],
)
def test_the_more_specific_tag_wins_by_direction(tags, forward, backward):
    assert tagged_limit(tags, "forward", NORWAY)[0] == forward
    assert tagged_limit(tags, "backward", NORWAY)[0] == backward


def test_an_unreadable_limit_is_reported_and_the_default_used():
    speeds = driven_speeds({"maxspeed": "fast"}, "primary", NORWAY)
    assert speeds.unreadable
    assert speeds.source is SpeedSource.DEFAULT
    assert speeds.forward_kph == pytest.approx(80 * CLASS_FACTORS["primary"])


@pytest.mark.parametrize("text", ["signals", "variable", "unknown", "default"])
def test_words_that_name_no_limit_are_not_unreadable(text):
    assert not driven_speeds({"maxspeed": text}, "primary", NORWAY).unreadable


def test_driven_speed_is_limit_times_factor_of_the_class():
    for road_class, factor in CLASS_FACTORS.items():
        speeds = driven_speeds({"maxspeed": "40"}, road_class, NORWAY)
        assert speeds.forward_kph == speeds.backward_kph == pytest.approx(40 * factor)
        assert speeds.source is SpeedSource.TAGGED


def test_the_weaker_source_of_the_two_directions_is_reported():
    assert driven_speeds({"maxspeed:forward": "60"}, "primary", NORWAY).source is SpeedSource.DEFAULT
    context = {"maxspeed:forward": "60", "maxspeed:backward": "NO:rural"}
    assert driven_speeds(context, "primary", NORWAY).source is SpeedSource.CONTEXT


@pytest.mark.parametrize(
    ("tags", "road_class", "kph"),
    [
        ({"maxspeed": "80", "surface": "gravel"}, "unclassified", 50),
        ({"maxspeed": "80", "surface": "asphalt"}, "unclassified", 80 * CLASS_FACTORS["unclassified"]),
        ({"maxspeed": "30", "surface": "gravel"}, "unclassified", 30 * CLASS_FACTORS["unclassified"]),
        ({"maxspeed": "80", "surface": "paved;cobblestone"}, "secondary", 30),
        ({"maxspeed": "80", "surface": "Cobblestone"}, "secondary", 30),
        ({"surface": "mud"}, "track", 10),
        ({"tracktype": "grade5", "maxspeed": "50"}, "track", 15),
        ({"maxspeed": "80", "tracktype": "grade5"}, "primary", 80 * CLASS_FACTORS["primary"]),
        ({"service": "parking_aisle"}, "service", 10),
        ({"service": "driveway", "maxspeed": "5"}, "service", 5 * CLASS_FACTORS["service"]),
        ({"maxspeed": "3"}, "service", 3),
        ({"smoothness": "bad", "maxspeed": "80"}, "primary", 40),
        ({"smoothness": "very_bad", "maxspeed": "80"}, "unclassified", 20),
        ({"smoothness": "horrible"}, "track", 10),
        ({"smoothness": "very_horrible"}, "residential", 5),
        ({"smoothness": "excellent", "maxspeed": "80"}, "primary", 80 * CLASS_FACTORS["primary"]),
        ({"smoothness": "good;bad", "maxspeed": "80"}, "primary", 40),
        ({"smoothness": "Very bad", "maxspeed": "80"}, "unclassified", 20),
        ({"tracktype": "grade1;grade2"}, "track", 30),
        ({"tracktype": "grade1"}, "track", 35),
        ({"tracktype": "grade2"}, "track", 30),
        ({"tracktype": "grade3"}, "track", 25),
        ({"tracktype": "grade4"}, "track", 20),
        ({"tracktype": "grade5"}, "track", 15),
        ({"tracktype": "Grade5"}, "track", 15),
        ({"tracktype": "grade6"}, "track", 14),
        ({}, "track", 14),
        ({"surface": "asphalt"}, "track", 35),
        ({"surface": "gravel"}, "track", 30),
        ({"surface": "grass"}, "track", 14),
        ({"tracktype": "grade1", "smoothness": "horrible"}, "track", 10),
        ({"tracktype": "grade2", "maxspeed": "30"}, "track", 21),
        ({"tracktype": "grade3", "maxspeed": "80"}, "unclassified", 25),
        ({"tracktype": "grade5", "maxspeed": "80"}, "residential", 15),
        ({"4wd_only": "recommended", "maxspeed": "80"}, "unclassified", 20),
    ],
)
def test_surface_track_and_service_are_ceilings(tags, road_class, kph):
    assert driven_speeds(tags, road_class, NORWAY).forward_kph == pytest.approx(kph)


@pytest.mark.parametrize("key", ["maxspeed", "maxspeed:forward", "maxspeed:motorcar"])
@pytest.mark.parametrize("text", ["none", "None", "unlimited", "DE:none", "none;none"])
@pytest.mark.parametrize(
    "road_class", ["living_street", "residential", "service", "track", "primary", "unclassified", "cycleway"]
)
def test_no_limit_means_nothing_below_a_trunk(key, text, road_class):
    untagged = driven_speeds({}, road_class, NORWAY)
    said = driven_speeds({key: text}, road_class, NORWAY)
    assert said == untagged
    assert said.source is SpeedSource.DEFAULT


@pytest.mark.parametrize(
    ("tags", "road_class", "limit"),
    [
        ({}, "motorway", 130),
        ({}, "trunk", 130),
        ({}, "trunk_link", 130),
        ({"motorroad": "yes"}, "primary", 130),
    ],
)
def test_no_limit_is_the_advisory_speed_on_motorways_and_trunks(tags, road_class, limit):
    driven = driven_speeds({"maxspeed": "none"} | tags, road_class, NORWAY).forward_kph
    assert driven == pytest.approx(limit * CLASS_FACTORS[road_class])
    both = driven_speeds({"maxspeed": "none;30"}, "residential", NORWAY).forward_kph
    assert both == pytest.approx(30 * CLASS_FACTORS["residential"])


def test_every_class_has_a_factor_and_a_default_in_every_country():
    assert CLASS_FACTORS.keys() == CLASS_LIMITS.keys()
    for defaults in (*COUNTRIES.values(), GENERIC):
        for road_class in CLASS_LIMITS:
            assert 5 <= assumed_limit_kph(road_class, defaults) <= 130


def test_defaults_fall_from_main_roads_to_small_ones():
    classes = [
        "motorway",
        "trunk",
        "primary",
        "secondary",
        "tertiary",
        "unclassified",
        "residential",
        "service",
    ]
    for defaults in COUNTRIES.values():
        driven = [driven_speeds({}, name, defaults).forward_kph for name in classes]
        assert driven == sorted(driven, reverse=True)


def test_norway_and_malta_have_their_law():
    assert (country_defaults("NO").urban_kph, country_defaults("NO").rural_kph) == (50, 80)
    assert (country_defaults("MT").urban_kph, country_defaults("MT").rural_kph) == (50, 80)
    assert country_defaults("no") is country_defaults("NO")
    assert country_defaults(None) is country_defaults("ZZ") is GENERIC


@pytest.mark.parametrize(
    ("tags", "forward", "backward"),
    [
        ({"maxspeed": "80", "maxspeed:motor_vehicle": "40"}, 40, 40),
        ({"maxspeed": "80", "maxspeed:vehicle": "40"}, 40, 40),
        ({"maxspeed:vehicle": "60", "maxspeed:motor_vehicle": "50", "maxspeed:motorcar": "40"}, 40, 40),
        ({"maxspeed": "80", "maxspeed:motor_vehicle:backward": "50"}, 80, 50),
        ({"maxspeed": "80", "maxspeed:hgv": "50", "maxspeed:bus": "40"}, 80, 80),
    ],
)
def test_limits_of_vehicles_are_those_of_cars(tags, forward, backward):
    found = [tagged_limit(tags, side, NORWAY)[0] for side in ("forward", "backward")]
    assert found == [forward, backward]


@pytest.mark.parametrize(
    "text", ["Grade 2", "grade 2", "grade2 ", "grade1-2", "grade1;grade2", "grade1, grade2"]
)
def test_a_grade_is_read_in_its_spellings(text):
    assert driven_speeds({"tracktype": text}, "track", NORWAY) == driven_speeds(
        {"tracktype": "grade2"}, "track", NORWAY
    )
