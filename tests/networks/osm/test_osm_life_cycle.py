"""What is closed, gone, planned or being built is neither driven nor counted, in the ways that maps say so."""

from __future__ import annotations

import datetime as dt

import pytest

from networks import NetworkFileError
from networks.osm.access import DropReason, road_directions
from networks.osm.features import read_features
from networks.osm.life_cycle import place_not_in_use, way_not_in_use

#: Tags beside ``highway=track``, and whether a car drives it then.
WAYS = [
    ({}, True),
    *(
        ({key: "yes"}, False)
        for key in ("disused", "abandoned", "demolished", "razed", "removed", "destroyed")
    ),
    *(({key: "no"}, True) for key in ("disused", "abandoned", "demolished", "proposed", "planned", "closed")),
    *(({"status": word}, False) for word in ("proposed", "planned", "Construction", "under construction")),
    *(
        ({"status": word}, False)
        for word in ("razed", "demolished", "not-built", "closed;disused", "abandoned")
    ),
    *(({"status": word}, True) for word in ("active", "open", "existing", "signed")),
    ({"operational_status": "closed"}, False),
    ({"operational_status": "out of service"}, False),
    ({"status": "Suspended"}, False),
    ({"operational_status": "needs_maintenance"}, True),
    ({"planned": "yes"}, False),
    ({"planned": "track"}, False),
    ({"proposed": "primary"}, False),
    ({"abandoned": "track"}, False),
    ({"abandoned": "1987"}, False),
    ({"abandoned": "railway"}, True),
    ({"abandoned:highway": "track"}, False),
    ({"disused:highway": "Track"}, False),
    ({"abandoned:highway": "secondary"}, True),
    ({"proposed:highway": "secondary"}, True),
    ({"construction:highway": "secondary"}, True),
    ({"was:highway": "track"}, True),
    ({"disused:railway": "rail"}, True),
    ({"construction": "yes"}, False),
    ({"construction": "minor"}, True),
    ({"access": "no", "access:conditional": "yes @ (Jun-Sep)"}, False),
    ({"motor_vehicle": "no", "motor_vehicle:conditional": "yes @ (Jun-Sep)"}, False),
]


@pytest.mark.parametrize(("tags", "driven"), WAYS)
@pytest.mark.parametrize("profile", ["car", "ambulance"])
def test_roads_that_are_not_in_use_are_not_driven(tags, driven, profile):
    assert road_directions({"highway": "track"} | tags, profile).forward is driven


@pytest.mark.parametrize(
    "word", ["proposed", "construction", "planned", "razed", "abandoned", "disused", "no"]
)
def test_a_class_that_is_none_is_not_driven(word):
    assert road_directions({"highway": word, word: "primary"}, "car").dropped is DropReason.CLASS


@pytest.mark.parametrize("tags", [{"disused:route": "ferry"}, {"status": "planned"}, {"removed": "yes"}])
def test_ferries_that_are_not_in_use(tags):
    assert way_not_in_use({"route": "ferry"} | tags)
    assert not way_not_in_use({"route": "ferry"})


TODAY = dt.date(2026, 3, 15)
#: Tags beside ``amenity=hospital``, and whether it is there on that day.
SERVICES = [
    ({}, True),
    *(({key: "yes"}, False) for key in ("disused", "abandoned", "demolished", "ruins", "closed", "proposed")),
    *(({key: "no"}, True) for key in ("disused", "abandoned", "ruins", "proposed", "construction")),
    *(
        ({f"{was}:amenity": "hospital"}, False)
        for was in ("disused", "abandoned", "was", "proposed", "planned")
    ),
    *(({f"{was}:healthcare": "hospital"}, False) for was in ("disused", "construction", "former")),
    ({"was:amenity": "school"}, True),
    ({"disused:amenity": "clinic"}, True),
    ({"disused:amenity": "school;hospital"}, False),
    ({"construction": "yes"}, False),
    ({"construction": "hospital"}, False),
    ({"construction": "minor"}, True),
    ({"status": "closed"}, False),
    ({"operational_status": "under construction"}, False),
    ({"building": "construction"}, False),
    ({"building": "ruins"}, False),
    ({"building": "hospital", "historic": "yes"}, True),
    ({"opening_hours": "closed"}, False),
    ({"opening_hours": "24/7 off"}, False),
    ({"opening_hours": 'off "nedlagt"'}, False),
    ({"opening_hours": "24/7"}, True),
    ({"opening_hours": "Mo-Fr 08:00-16:00; PH off"}, True),
    ({"end_date": "2019"}, False),
    ({"end_date": "2026-02"}, False),
    ({"end_date": "2026-03-14"}, False),
    ({"end_date": "2026-03"}, True),
    ({"end_date": "2026"}, True),
    ({"end_date": "2026-03-15"}, True),
    ({"end_date": "2026-02-30"}, True),
    ({"start_date": "1925"}, True),
    ({"start_date": "2026"}, True),
    ({"start_date": "2026-03-16"}, False),
    ({"start_date": "2031"}, False),
    ({"start_date": "mid C19"}, True),
]


@pytest.mark.parametrize(("tags", "there"), SERVICES)
def test_services_that_are_not_there(tags, there):
    tags = {"amenity": "hospital"} | tags
    why = place_not_in_use(tags, ("amenity", "healthcare"), {"hospital"}, TODAY)
    assert (why == "") is there
    assert not why or tags[why.partition("=")[0]] == why.partition("=")[2]


def test_closed_and_planned_services_of_a_file_are_left_out_and_named(write_osm):
    told = [
        {"amenity": "hospital", "name": "Open", "emergency": "Yes"},
        {"amenity": "hospital", "name": "Gone", "disused": "yes"},
        {"healthcare": "doctor", "name": "Left", "abandoned:amenity": "doctors"},
        {"disused:amenity": "hospital", "name": "Never told"},
        {"amenity": "clinic", "name": "Coming", "proposed": "yes"},
        {"amenity": "clinic", "name": "Clinic", "disused:amenity": "hospital"},
        {"amenity": "veterinary", "healthcare": "clinic", "name": "Cows"},
        {"amenity": "dentist", "healthcare": "clinic", "name": "Teeth"},
        {"amenity": "clinic", "healthcare": "veterinary", "name": "Sheep"},
        {"place": "village", "name": "Here", "population": "20"},
        {"place": "village", "name": "Ghosts", "population": "900", "abandoned": "yes"},
    ]
    places = {number: (14.0 + number / 10, 67.0, tags) for number, tags in enumerate(told, 1)}
    found = read_features(write_osm(places), admin_level=8)
    health = dict(zip(found.health["name"], found.health["amenity"], strict=True))
    assert health == {"Open": "hospital", "Clinic": "clinic"}
    assert found.health["emergency"].tolist() == ["yes", ""]
    assert found.places["name"].tolist() == ["Here"]
    (note,) = found.notes
    assert note.startswith("4 services, places or areas left out")
    for name in ("Gone (disused=yes)", "Left (abandoned:amenity=doctors)", "Coming (proposed=yes)", "Ghosts"):
        assert name in note


@pytest.mark.parametrize("frost", [{"ice_road": "yes"}, {"winter_road": "Yes"}, {"winter_road": "only"}])
def test_roads_that_need_frost_are_left_out_by_name(build, frost):
    """As ferries of one season are: most of the year there is water."""
    nodes = {1: (14.0, 67.0), 2: (14.02, 67.0), 3: (14.04, 67.0)}
    over = {"highway": "tertiary", "name": "Isvegen"} | frost
    network = build(nodes, [(11, [1, 2], {"highway": "tertiary"}), (12, [2, 3], over)])
    assert set(network.labels["link_id"].to_array().tolist()) == {"11"}
    assert any("in frost only" in note and "Isvegen" in note for note in network.provenance["osm"]["notes"])
    kept = build(nodes, [(12, [2, 3], over | dict.fromkeys(frost, "no"))])
    assert kept.n_edges == 2


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(
    ("again", "whole"), [({"name": "A"}, True), ({"name": "A", "disused": "yes"}, False)]
)
def test_services_that_stand_twice(write_osm, as_pbf, packed, again, whole):
    """Alike they are one; a hospital that is open and closed may be either."""
    first, second = (
        write_osm({1: (14.0, 67.0, {"amenity": "hospital"} | tags)}).read_text(encoding="utf-8")
        for tags in ({"name": "A"}, again)
    )
    node = second[second.index("<node") : second.index("</osm>")]
    path = write_osm({})
    path.write_text(first.replace("</osm>", f"{node}</osm>"), encoding="utf-8")
    file = as_pbf(path) if packed else path
    if whole:
        assert len(read_features(file, admin_level=8).health) == 1
        return
    with pytest.raises(NetworkFileError, match=r"stand in it twice and differ.*\bn1\b"):
        read_features(file, admin_level=8)


#: Tags of a road that is driven, and whether they close it at times.
AT_TIMES = [
    ({"motor_vehicle:conditional": "no @ (Nov 1-May 20)"}, True),
    ({"access:conditional": "yes @ Su; private @ (22:00-06:00)"}, True),
    ({"access:conditional": "yes @ (Mo-Fr)"}, False),
    ({"maxspeed:conditional": "30 @ (07:00-09:00)"}, False),
    ({"motorcar:conditional": "No @ winter"}, True),
    ({"seasonal": "summer"}, True),
    ({"seasonal": "no", "opening_hours": "24/7", "snowplowing": "yes"}, False),
    ({"opening_hours": "07:00-23:00"}, True),
    ({"snowplowing": "no"}, True),
    ({}, False),
]


@pytest.mark.parametrize(("tags", "closed"), AT_TIMES)
def test_roads_that_close_at_times_are_driven_and_said(build, tags, closed):
    nodes = {1: (14.0, 67.0), 2: (14.02, 67.0), 3: (14.04, 67.0)}
    ways = [(11, [1, 2], {"highway": "tertiary"}), (12, [2, 3], {"highway": "tertiary"} | tags)]
    network = build(nodes, ways)
    assert network.n_edges == 4
    told = [note for note in network.provenance["osm"]["notes"] if "counted as open" in note]
    assert len(told) == closed
    assert all(note.startswith("1 road ways are closed in a season or at some hours") for note in told)


@pytest.mark.parametrize(
    ("limit", "read"), [("50", True), ("signals", True), ("30 zone", False), ("fast", False)]
)
def test_limits_that_cannot_be_read_are_said(build, limit, read):
    nodes = {1: (14.0, 67.0), 2: (14.02, 67.0)}
    network = build(nodes, [(11, [1, 2], {"highway": "tertiary", "maxspeed": limit})])
    told = [note for note in network.provenance["osm"]["notes"] if "limit that cannot be read" in note]
    assert len(told) == (not read)
