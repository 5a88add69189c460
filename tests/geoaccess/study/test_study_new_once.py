"""`study new` counts every service and every person of a map once."""

from __future__ import annotations

import pandas as pd
import pytest

from geoaccess.study.new import Sources, new_study

#: 0.0046 degrees of longitude and 0.0018 of latitude are about 200 m here.
HEAD = """<osm version="0.6"><node id="1" lat="67" lon="14"/><node id="2" lat="67" lon="14.046"/>
<node id="100" lat="66.9" lon="13.5"/><node id="101" lat="66.9" lon="14.6"/>
<node id="102" lat="67.4" lon="14.6"/><node id="103" lat="67.4" lon="13.5"/>
<node id="300" lat="67" lon="14.02"/><node id="301" lat="67" lon="14.03"/>
<node id="302" lat="67.003" lon="14.03"/><node id="303" lat="67.003" lon="14.02"/>
<node id="304" lat="67.001" lon="14.025"/>
"""
ROADS = """<way id="10"><nd ref="1"/><nd ref="2"/><tag k="highway" v="secondary"/></way>
<way id="40"><nd ref="100"/><nd ref="101"/><nd ref="102"/><nd ref="103"/><nd ref="100"/></way>"""
TAIL = """<relation id="60"><member type="way" ref="40" role="outer"/><tag k="type" v="boundary"/>
<tag k="boundary" v="administrative"/><tag k="admin_level" v="8"/><tag k="name" v="K"/></relation></osm>"""
BY = {"place": "city", "name": "By", "population": "10000"}


def node(number, lat, lon, **tags):
    inside = "".join(f'<tag k="{key}" v="{value}"/>' for key, value in tags.items())
    return f'<node id="{number}" lat="{lat}" lon="{lon}">{inside}</node>'


def area(number, refs, **tags):
    inside = "".join(f'<tag k="{key}" v="{value}"/>' for key, value in tags.items())
    return f'<way id="{number}">' + "".join(f'<nd ref="{ref}"/>' for ref in refs) + inside + "</way>"


def made(tmp_path, nodes, ways=()):
    (tmp_path / "map.osm").write_text(HEAD + "\n".join([*nodes, ROADS, *ways]) + TAIL, encoding="utf-8")
    notes = new_study(tmp_path / "out", Sources(osm=tmp_path / "map.osm"))
    facilities = pd.read_csv(tmp_path / "out" / "facilities.csv")
    people = pd.read_csv(tmp_path / "out" / "demand.csv")
    return facilities[["name", "kind"]].values.tolist(), people["people"].sum(), notes


CAMPUS = area(70, [300, 301, 302, 303, 300], amenity="hospital", name="Sykehus")
BUILDING = area(71, [300, 301, 304, 300], amenity="hospital", name="Bygg A", building="hospital")
HOSPITAL = {"amenity": "hospital", "name": "Sykehus"}


@pytest.mark.parametrize(
    ("nodes", "ways", "found"),
    [
        (
            [node(5, 67.001, 14.025, **HOSPITAL, emergency="yes")],
            [CAMPUS, BUILDING],
            [["Sykehus", "emergency_department"]],
        ),
        ([node(5, 67.001, 14.025, **HOSPITAL)], [CAMPUS], [["Sykehus", "hospital"]]),
        ([node(5, 67.0045, 14.025, **HOSPITAL)], [CAMPUS], [["Sykehus", "hospital"]]),
        ([node(5, 67.001, 14.025, amenity="hospital")], [CAMPUS], [["Sykehus", "hospital"]]),
        ([node(5, 67.1, 14.025, **HOSPITAL)], [CAMPUS], [["Sykehus", "hospital"]] * 2),
        (
            [node(5, 67.001, 14.025, amenity="clinic", name="Sykehus")],
            [CAMPUS],
            [["Sykehus", "clinic"], ["Sykehus", "hospital"]],
        ),
        (
            [node(5, 67, 14.01, amenity="pharmacy", healthcare="clinic", name="Apotek")],
            [],
            [["Apotek", "clinic"]],
        ),
        ([node(5, 67, 14.01, shop="chemist", healthcare="doctors", name="Lege")], [], [["Lege", "doctors"]]),
        ([node(5, 67, 14.01, healthcare="doctor", name="Lege")], [], [["Lege", "doctors"]]),
        ([node(5, 67, 14.01, amenity="pharmacy; doctors", name="Hus")], [], [["Hus", "doctors"]]),
        (
            [
                node(5, 67, 14.01, amenity="doctors", name="A"),
                node(6, 67, 14.01, amenity="doctors", name="B"),
            ],
            [],
            [["A", "doctors"], ["B", "doctors"]],
        ),
    ],
)
def test_a_service_stands_once_under_its_own_kind(tmp_path, nodes, ways, found):
    facilities, _, notes = made(tmp_path, [*nodes, node(400, 67, 14.002, **BY)], ways)
    assert sorted(facilities) == sorted(found)
    doubled = len(nodes) + len(ways) - len(found)
    assert any("objects of the map are one" in note for note in notes) == bool(doubled)


@pytest.mark.parametrize(
    ("places", "people"),
    [
        ([("suburb", "600", 14.005)], 10_000),
        ([("suburb", "600", 14.005), ("suburb", "900", 14.02)], 10_000),
        ([("village", "600", 14.3)], 10_600),
        ([("suburb", "600", 14.5)], 10_600),
        ([("suburb", "12000", 14.005)], 22_000),
    ],
)
def test_people_of_a_suburb_are_in_their_town(tmp_path, places, people):
    nodes = [node(400, 67, 14.002, **BY), node(5, 67, 14.01, amenity="clinic", name="K")]
    nodes += [
        node(500 + number, 67, lon, place=kind, name=f"P{number}", population=count)
        for number, (kind, count, lon) in enumerate(places)
    ]
    _, found, notes = made(tmp_path, nodes)
    assert found == people
    assert any("parts of a town" in note for note in notes) == (people == 10_000)


@pytest.mark.parametrize("count", ["~300", "300 (2020)", "300-400", "-5"])
def test_people_of_a_population_that_cannot_be_read_are_told_to_be_missing(tmp_path, count):
    nodes = [node(400, 67, 14.002, **BY), node(5, 67, 14.01, amenity="clinic", name="K", population="many")]
    _, found, notes = made(
        tmp_path, [*nodes, node(500, 67, 14.3, place="village", name="V", population=count)]
    )
    assert found == 10_000
    assert any(note.endswith(f"as the population cannot be read: V ({count})") for note in notes)


RING = [300, 301, 302, 303, 300]
BYGD = {"place": "village", "name": "Bygd", "population": "40"}


@pytest.mark.parametrize(
    ("nodes", "ring", "people"),
    [
        ([], BYGD, 10_040),
        ([node(6, 67.001, 14.025, place="village", name="Bygd")], BYGD, 10_040),
        ([node(6, 67.001, 14.025, **BYGD | {"population": "35"})], BYGD, 10_035),
        ([node(6, 67.006, 14.025, **BYGD | {"population": "35"})], BYGD, 10_035),
        ([node(6, 67.1, 14.025, **BYGD | {"population": "35"})], BYGD, 10_075),
        ([node(6, 67.001, 14.025, **BYGD | {"name": "Nabo"})], BYGD, 10_080),
        ([node(6, 67.001, 14.025, **BYGD)], {"place": "village", "name": "Bygd"}, 10_040),
    ],
)
def test_people_of_places_that_are_mapped_as_areas(tmp_path, nodes, ring, people):
    """Alone an area is a place as a point is; beside its point it is the same place."""
    nodes = [node(4, 67, 14, **BY), node(5, 67.001, 14.025, **HOSPITAL), *nodes]
    _, found, _ = made(tmp_path, nodes, [area(70, RING, **ring)])
    assert found == people


@pytest.mark.parametrize(
    ("others", "people", "told"),
    [
        ([(67.001, 14.02, BYGD)], 10_040, True),
        ([(67.001, 14.02, BYGD | {"population": "55"})], 10_055, True),
        ([(67.001, 14.02, BYGD | {"place": "hamlet"}), (67.002, 14.02, BYGD)], 10_040, True),
        ([(67.02, 14.02, BYGD)], 10_080, False),
        ([(67.001, 14.02, BYGD | {"name": "Nabo"})], 10_080, False),
    ],
)
def test_people_of_a_place_that_is_mapped_twice_count_once(tmp_path, others, people, told):
    nodes = [node(4, 67, 14, **BY), node(5, 67.001, 14.025, **HOSPITAL), node(6, 67, 14.02, **BYGD)]
    nodes += [node(7 + number, lat, lon, **tags) for number, (lat, lon, tags) in enumerate(others)]
    _, found, notes = made(tmp_path, nodes)
    assert found == people
    assert any(note == f"Bygd: {1 + len(others)} objects of the map are one place" for note in notes) is told


@pytest.mark.parametrize("refs", [[300, 301, 302], [300, 301, 999, 300]])
def test_services_without_a_shape_are_named(tmp_path, refs):
    """Cut off at the border of the extract, or drawn open: not there, and not silently."""
    nodes = [node(4, 67, 14, **BY), node(5, 67, 14.03, amenity="clinic", name="Klinikk")]
    found, _, notes = made(tmp_path, nodes, [area(70, refs, **HOSPITAL)])
    assert found == [["Klinikk", "clinic"]]
    assert any("without a valid shape left out: Sykehus" in note for note in notes)


def test_a_site_of_houses_without_a_shape_is_named(tmp_path):
    site = """<relation id="59"><member type="way" ref="72" role=""/><tag k="type" v="site"/>
<tag k="amenity" v="hospital"/><tag k="name" v="Sykehus"/></relation>"""
    nodes = [node(4, 67, 14, **BY), node(5, 67, 14.03, amenity="clinic", name="Klinikk")]
    found, _, notes = made(tmp_path, nodes, [area(72, RING, building="yes"), site])
    assert found == [["Klinikk", "clinic"]]
    assert any("without a valid shape left out: Sykehus" in note for note in notes)
