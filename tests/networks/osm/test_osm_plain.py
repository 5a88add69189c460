"""Files that are no plain extract: histories, files of editors, endings in other spellings."""

from __future__ import annotations

import bz2
import gzip
import re

import osmium
import pytest

from networks import NetworkFileError
from networks.osm import build_network
from networks.osm.features import read_features

PLACES = {1: (14.0, 67.0), 2: (14.02, 67.0), 3: (14.04, 67.0)}
ROAD = {"highway": "secondary"}
ROADS = [(11, [1, 2], ROAD), (12, [2, 3], ROAD)]


def links(network):
    return set(network.labels["link_id"].to_array().tolist())


@pytest.mark.parametrize("gone", ['visible="false"', "action='delete'", 'user="a > b" action="delete"'])
def test_what_a_file_marks_as_deleted_is_left_out_and_counted(write_osm, gone):
    path = write_osm(PLACES, [*ROADS, (13, [1, 3], {"highway": "motorway"})])
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('<way id="13"', f'<way id="13" {gone}'), encoding="utf-8")
    network = build_network(path, country="NO")
    assert links(network) == {"11", "12"}
    assert network.provenance["osm"]["counts"]["file"] == {"objects that it marks as deleted, left out": 1}


def test_the_words_of_a_deletion_inside_a_name_delete_nothing(write_osm):
    named = ROAD | {"name": "visible='false' action='delete'"}
    assert links(build_network(write_osm(PLACES, [(11, [1, 2], named)]), country="NO")) == {"11"}


@pytest.mark.parametrize("element", ["node", "way", "relation"])
@pytest.mark.parametrize("pack", [bytes, gzip.compress, bz2.compress])
def test_several_versions_of_an_object_are_refused(write_osm, element, pack):
    path = write_osm(PLACES, ROADS, [(31, [("w", 11, "")], {"type": "route"})])
    text = path.read_text(encoding="utf-8")
    one = re.search(rf"<{element} .*?</{element}>", text)[0]
    newer = one.replace('version="1"', 'version="2" visible="false"')
    path.write_bytes(pack(text.replace(one, one + newer).encode()))
    for read in (build_network, lambda file: read_features(file, admin_level=7)):
        with pytest.raises(NetworkFileError, match=r"several versions.*osmium time-filter"):
            read(path)


@pytest.mark.parametrize("name", ["map.osh.pbf", "map.OSH.PBF", "map.osh", "map.osm.pbf"])
def test_histories_in_binary_form_are_refused(write_osm, tmp_path, name):
    """The last name hides it: the header of the file says what it is."""
    plain, path = write_osm(PLACES, ROADS), tmp_path / name
    with osmium.SimpleWriter(osmium.io.File(str(path), "pbf,history=true")) as writer:
        for thing in osmium.FileProcessor(plain):
            writer.add(thing)
    with pytest.raises(NetworkFileError, match="several versions"):
        build_network(path)
    with pytest.raises(NetworkFileError, match="several versions"):
        read_features(path, admin_level=7)


def test_what_an_editor_has_not_uploaded_yet_is_read_by_its_negative_ids(
    write_osm, minutes_between, tmp_path
):
    """A road, its node, a barrier, a ferry that is one by its relation only, and a turn restriction."""
    places = {1: (14.0, 67.0), -2: (14.02, 67.0), 3: (14.04, 67.0), -4: (14.06, 67.0), 5: (14.1, 67.0)}
    places |= {6: (14.12, 67.0), 7: (14.02, 67.02), -8: (14.02, 67.01, {"barrier": "wall"})}
    ways = [
        (11, [1, -2], ROAD),
        (-12, [-2, 3, -4], ROAD),
        (-13, [-4, 5], {"note": "boat"}),
        (14, [5, 6], ROAD),
    ]
    ways += [(15, [-2, -8, 7], ROAD)]
    boat = (-31, [("w", -13, "")], {"type": "route", "route": "ferry", "motorcar": "yes", "duration": "10"})
    turn = (-32, [("w", 11, "from"), ("n", -2, "via"), ("w", 15, "to")])
    turn = (*turn, {"type": "restriction", "restriction": "no_left_turn"})
    text = write_osm(places, ways, [boat, turn])
    packed = tmp_path / "new.osm.pbf"
    with osmium.SimpleWriter(str(packed)) as writer:
        for thing in osmium.FileProcessor(text):
            writer.add(thing)
    for path in (text, packed):
        network = build_network(path, country="NO")
        assert links(network) - {""} == {"11", "-12", "-13", "14", "15"}
        assert minutes_between(network, 1, 6) < 100
        assert minutes_between(network, 1, 7) == float("inf")
        counts = network.provenance["osm"]["counts"]
        assert "references to nodes that the file does not have" not in counts.get("nodes", {})
        assert counts["turn restrictions"]["applied"] == 1


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_map_that_the_server_did_not_finish_is_refused(write_osm, pack):
    """Overpass ends such a file as any other, with a remark before its last line."""
    path = write_osm(PLACES, ROADS)
    said = '<remark> runtime error: Query timed out in "query" at line 3 after 25 seconds. </remark></osm>'
    text = path.read_text(encoding="utf-8")
    path.write_bytes(pack(text.replace("</osm>", said).encode()))
    for read in (build_network, lambda file: read_features(file, admin_level=7)):
        with pytest.raises(
            NetworkFileError, match="gave up before the map was whole: runtime error: Query timed"
        ):
            read(path)
    named = ROAD | {"name": "<remark> error </remark>"}
    assert links(build_network(write_osm(PLACES, [(11, [1, 2], named)]), country="NO")) == {"11"}
    path.write_text(text.replace("</osm>", "<remark>made for a test</remark></osm>"), encoding="utf-8")
    assert links(build_network(path, country="NO")) == {"11", "12"}


AREA = {"type": "boundary", "boundary": "administrative", "admin_level": "7", "name": "K"}


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_areas_and_services_of_an_editors_file_are_read_in_any_order(write_osm, sign, pack):
    """An editor writes -11 before -10; a way may stand before its nodes, and twice."""
    corners = {1: (14.0, 67.0), 2: (14.1, 67.0), 3: (14.1, 67.1), 4: (14.0, 67.1)}
    places = {sign * number: place for number, place in corners.items()}
    places[5] = (14.05, 67.05, {"amenity": "clinic", "name": "C"})
    places[sign * 6] = (14.06, 67.05, {"place": "village", "name": "V", "population": "12"})
    halves = [
        (sign * 11, [sign * 3, sign * 4, sign * 1], {}),
        (sign * 10, [sign * 1, sign * 2, sign * 3], {}),
    ]
    ring = (sign * 31, [("w", sign * 10, "outer"), ("w", sign * 11, "outer")], AREA)
    path = write_osm(dict(reversed(places.items())), [*halves, halves[0]], [ring])
    head, body = path.read_text(encoding="utf-8").split("<node", 1)
    moved = re.search(r"<way .*?</way>", body, re.DOTALL)[0]
    path.write_bytes(pack(f"{head}{moved}<node{body}".encode()))
    found = read_features(path, admin_level=7)
    assert found.areas[["osm_id", "name"]].to_numpy().tolist() == [[f"r{sign * 31}", "K"]]
    assert found.areas.total_bounds == pytest.approx([14.0, 67.0, 14.1, 67.1])
    assert found.health["osm_id"].tolist() == ["n5"]
    assert found.places[["osm_id", "population"]].to_numpy().tolist() == [[f"n{sign * 6}", 12.0]]
    assert found.notes == ()


@pytest.mark.parametrize(
    ("name", "pack"),
    [
        ("MAP.OSM", bytes),
        ("map.Osm.Gz", gzip.compress),
        ("map.osm.BZ2", bz2.compress),
        ("map.osm.bz", bz2.compress),
        ("map.osm.gzip", gzip.compress),
        ("packed-without-saying-so.osm", gzip.compress),
        ("unpacked-in-secret.osm.bz2", bytes),
    ],
)
def test_endings_in_other_spellings_are_read(write_osm, tmp_path, name, pack):
    path = tmp_path / name
    path.write_bytes(pack(write_osm(PLACES, ROADS).read_bytes()))
    assert links(build_network(path, country="NO")) == {"11", "12"}


def test_a_binary_file_with_its_ending_in_capitals_is_read(write_osm, tmp_path):
    path, plain = tmp_path / "map.osm.pbf", write_osm(PLACES, ROADS)
    with osmium.SimpleWriter(str(path)) as writer:
        for thing in osmium.FileProcessor(plain):
            writer.add(thing)
    assert links(build_network(path.rename(tmp_path / "MAP.OSM.PBF"), country="NO")) == {"11", "12"}
