"""Files that are damaged, odd or hostile: one clear error or a counted skip, never a crash."""

from __future__ import annotations

import bz2
import gzip
import os
import random
import resource

import numpy as np
import osmium
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from networks.errors import CrsError, NetworkDataError, NetworkFileError, NetworksError
from networks.network import TravelNetwork
from networks.osm import build_network, source
from networks.osm.opl import unescape

ROAD = {"highway": "primary", "maxspeed": "60"}
LINE = {1: (15.0, 68.0), 2: (15.01, 68.0), 3: (15.02, 68.0), 4: (15.03, 68.0)}
ONE_ROAD = [(11, [1, 2, 3, 4], ROAD)]

#: CPU seconds for the damaged files of this module.
FUZZ_BUDGET_S = 12.0


def counts(network, section):
    return network.provenance["osm"]["counts"].get(section, {})


@pytest.fixture(scope="module")
def plain_pbf(shared, tmp_path_factory):
    """The small file without compression, so that damage reaches the parser and not only the checksum."""
    path = tmp_path_factory.mktemp("plain") / "plain.osm.pbf"
    writer = osmium.SimpleWriter(osmium.io.File(str(path), "pbf,pbf_compression=none"))
    osmium.apply(osmium.io.Reader(str(shared / "osm" / "helsinki-centre.osm.pbf")), writer)
    writer.close()
    return path


def damaged(data: bytes, rng: random.Random) -> bytes:
    """A copy cut short, with flipped bits, overwritten, spliced, or with the header hit."""
    copy = bytearray(data)
    match rng.randrange(5):
        case 0:
            del copy[rng.randrange(len(copy)) :]
        case 1:
            for _ in range(rng.choice([1, 3, 10])):
                copy[rng.randrange(len(copy))] ^= 1 << rng.randrange(8)
        case 2:
            for _ in range(5):
                copy[rng.randrange(400)] = rng.randrange(256)
        case 3:
            at = rng.randrange(len(copy))
            copy[at : at + rng.randrange(50)] = rng.randbytes(rng.randrange(50))
        case _:
            at, other = rng.randrange(len(copy)), rng.randrange(len(copy))
            copy[at : at + 200] = copy[other : other + 200]
    return bytes(copy)


@pytest.mark.shared
@pytest.mark.parametrize("compressed", [True, False])
def test_damaged_pbf_files_end_in_a_clear_error_or_a_network(shared, plain_pbf, tmp_path, compressed):
    original = (shared / "osm" / "helsinki-centre.osm.pbf") if compressed else plain_pbf
    data, path = original.read_bytes(), tmp_path / "damaged.osm.pbf"
    before = cpu_seconds()
    outcomes = []
    for seed in range(400):
        if cpu_seconds() - before > FUZZ_BUDGET_S / 2 and seed >= 20:
            break
        path.write_bytes(damaged(data, random.Random(seed)))
        result = outcome(path)
        outcomes.append(type(result).__name__)
        if isinstance(result, NetworksError):
            assert str(path) in str(result)
        else:
            assert np.isfinite(result.length_m).all()
            assert (np.abs(result.lon) <= 180).all()
    assert outcomes.count("NetworkFileError") >= 5
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss < 2_000_000


def outcome(path) -> TravelNetwork | NetworksError:
    """The network of a file, or the error that reading it ends in; any other exception fails the test."""
    try:
        return build_network(path, country="NO")
    except NetworksError as error:
        return error


def cpu_seconds() -> float:
    return sum(os.times()[:4])


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_damaged_xml(write_osm, data):
    path = write_osm(LINE, ONE_ROAD)
    text = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        text[data.draw(st.integers(0, len(text) - 1))] = data.draw(st.integers(0, 255))
    del text[data.draw(st.integers(1, len(text))) :]
    path.write_bytes(bytes(text))
    result = outcome(path)
    assert "map.osm" in str(result) if isinstance(result, NetworksError) else result.n_edges > 0


@pytest.mark.parametrize(
    "content",
    [b"", b"\x00" * 100, b"hello", b"\xff" * 1000, b"\x00\x00\x00\x0d\n\x09OSMHeader", b"<osm></osm>"],
)
@pytest.mark.parametrize("name", ["x.osm.pbf", "x.osm", "x.osm.gz", "x.osm.bz2"])
def test_what_is_no_map(tmp_path, content, name):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises((NetworkFileError, NetworkDataError), match=r"x\.osm"):
        build_network(path)


@pytest.mark.parametrize("name", ["nowhere.osm.pbf", "map.txt", "folder.osm"])
def test_missing_file_wrong_ending_and_folder(tmp_path, name):
    (tmp_path / "map.txt").write_text("x", encoding="utf-8")
    (tmp_path / "folder.osm").mkdir()
    with pytest.raises(NetworkFileError):
        build_network(tmp_path / name)


@pytest.mark.parametrize(("suffix", "pack"), [(".osm.gz", gzip.compress), (".osm.bz2", bz2.compress)])
def test_packed_xml_is_read_and_a_truncated_one_refused(write_osm, tmp_path, suffix, pack):
    packed = pack(write_osm(LINE, ONE_ROAD).read_bytes())
    path = tmp_path / f"map{suffix}"
    path.write_bytes(packed)
    assert build_network(path).n_edges == 2
    path.write_bytes(packed[: len(packed) // 2])
    with pytest.raises(NetworkFileError, match=f"map{suffix}"):
        build_network(path)


def test_a_reader_that_breaks_down_is_an_error_and_not_the_end(plain_pbf, tmp_path):
    """Text that is no UTF-8 makes osmium's writer end its process with SIGABRT."""
    data = plain_pbf.read_bytes()
    assert data.count(b"Mannerheimintie") > 0
    path = tmp_path / "text.osm.pbf"
    path.write_bytes(data.replace(b"Mannerheimintie", b"Mannerhei\xff\xfe\xfd\xfc\xfb\xfa"))
    with pytest.raises(NetworkFileError, match=r"text\.osm\.pbf"):
        build_network(path)


def test_missing_nodes_break_the_way_and_are_counted(build):
    nodes = {key: place for key, place in LINE.items() if key != 2} | {5: (15.04, 68.0)}
    net = build(nodes, [(11, [1, 2, 3, 4, 5], ROAD)])
    assert sorted(net.node_ids.tolist()) == [3, 5]
    assert counts(net, "nodes")["references to nodes that the file does not have"] == 1


def test_ways_of_one_node_no_node_and_one_repeated_node_are_left_out(build):
    ways = [*ONE_ROAD, (12, [2], ROAD), (13, [], ROAD), (14, [3, 3, 3], ROAD), (15, [98, 99], ROAD)]
    net = build(LINE, ways)
    assert set(net.labels["link_id"].to_array().tolist()) == {"11"}
    assert np.isfinite(net.length_m).all()
    assert counts(net, "ways")["road ways used"] == 1


@pytest.mark.parametrize("packed", [False, True])
def test_objects_that_stand_twice_alike_are_one(write_osm, as_pbf, packed):
    """As where two extracts of one day meet."""
    path = write_osm(LINE, [*ONE_ROAD, *ONE_ROAD])
    text = path.read_text(encoding="utf-8")
    again = '<node id="4" version="1" lon="15.03" lat="68.0"/>'
    path.write_text(text.replace("<way ", f"{again}<way ", 1), encoding="utf-8")
    net = build_network(as_pbf(path) if packed else path, country="NO")
    assert counts(net, "dropped ways") == {"way id seen before": 1}
    assert net.lon.max() == pytest.approx(15.03)


WALL, OPEN = {"barrier": "wall"}, {"highway": "crossing"}
STEPS = (11, [1, 4], {"highway": "steps"})
FERRIES = [(21, [1, 4], {"route": "ferry", "name": name}) for name in ("A", "B")]
TURN = [
    (31, [("n", 2, "via")], {"type": "restriction", "restriction": word}) for word in ("no_u_turn", "none")
]


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("version", ['version="1" ', ""])
@pytest.mark.parametrize(
    ("ways", "relations", "node", "named"),
    [
        ([*ONE_ROAD, (11, [1, 4], ROAD)], [], "", "w11"),
        ([*ONE_ROAD, (12, [1, 2], ROAD), STEPS], [], "", "w11"),
        ([(11, [1, 2, 3, 4], ROAD), (11, [1, 2, 3, 4], ROAD | {"maxspeed": "30"})], [], "", "w11"),
        ([*ONE_ROAD, *FERRIES], [], "", "w21"),
        (ONE_ROAD, TURN, "", "r31"),
        (ONE_ROAD, [], '<node id="4" {}lon="15.05" lat="68.0"/>', "n4"),
        (ONE_ROAD, [], '<node id="2" {}lon="15.01" lat="68.0"><tag k="barrier" v="gate"/></node>', "n2"),
    ],
)
def test_objects_that_stand_twice_and_differ_are_refused(
    write_osm, as_pbf, packed, version, ways, relations, node, named
):
    """With a version or without one: which of them holds nobody knows."""
    path = write_osm(LINE | {2: (15.01, 68.0, WALL)}, ways, relations)
    text = path.read_text(encoding="utf-8").replace('version="1" ', version)
    path.write_text(text.replace("<way ", f"{node.format(version)}<way ", 1), encoding="utf-8")
    with pytest.raises(NetworkFileError, match=rf"stand in it twice and differ.*\b{named}\b"):
        build_network(as_pbf(path) if packed else path, country="NO")


@pytest.mark.parametrize("lon", ["181", "-200.5", "9e9", "214.8"])
def test_coordinates_out_of_range_are_no_nodes(write_osm, lon):
    path = write_osm(LINE, ONE_ROAD)
    path.write_text(path.read_text(encoding="utf-8").replace('lon="15.03"', f'lon="{lon}"'), encoding="utf-8")
    result = outcome(path)
    if isinstance(result, NetworksError):
        assert "map.osm" in str(result)
    else:
        assert sorted(result.node_ids.tolist()) == [1, 3]


def test_control_characters_become_spaces(build):
    name = "E6 \x85 Nordkjosbotn\u2028 &amp;<b>"
    net = build(LINE, [(11, [1, 2, 3, 4], ROAD | {"name": name, "ref": "E 6"})])
    assert net.labels["name"].values == ("", "E6   Nordkjosbotn  &amp;<b>")
    assert net.labels["ref"].to_array().tolist() == ["E 6", "E 6"]


@given(st.text(max_size=30))
def test_unescape_never_fails_and_leaves_no_control_character(text):
    assert all(character.isprintable() or not ord(character) < 32 for character in unescape(text))


def test_text_of_every_kind_survives_the_passes(build):
    for name in ["Ånge, æøå", "a=b,c@d%20%", "日本", "🚑", "x" * 255, "%zz%", "\\n"]:
        net = build(LINE, [(11, [1, 2, 3, 4], ROAD | {"name": name})])
        assert net.labels["name"][0] == name


def test_a_file_without_roads_for_the_profile(build):
    with pytest.raises(NetworkDataError, match="no road"):
        build(LINE, [(11, [1, 2], {"highway": "footway"})])


def test_large_files_store_only_wanted_nodes_and_give_the_same_network(shared, monkeypatch):
    path = shared / "osm" / "helsinki-centre.osm.pbf"
    small = build_network(path, country="FI")
    monkeypatch.setattr(source, "FILTER_NODES_ABOVE_BYTES", 0)
    large = build_network(path, country="FI")
    np.testing.assert_array_equal(small.node_ids, large.node_ids)
    np.testing.assert_array_equal(small.moving_s, large.moving_s)


def test_nothing_is_left_in_the_temporary_folder(build, tmp_path, monkeypatch):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    build(LINE, ONE_ROAD)
    with pytest.raises(NetworkDataError):
        build(LINE, [(11, [1, 2], {"highway": "steps"})])
    assert list(scratch.iterdir()) == []


def test_loops_are_cut_so_that_both_ways_round_are_edges(build):
    nodes = LINE | {5: (15.03, 68.01), 6: (15.04, 68.01)}
    net = build(nodes, [*ONE_ROAD, (12, [4, 5, 6, 4], ROAD)])
    assert not (net.topology.tails == net.topology.heads).any()
    loop = net.labels["link_id"].where("12")
    assert loop.sum() == 4
    assert net.length_m[loop].sum() == pytest.approx(2 * perimeter(nodes, [4, 5, 6, 4]), rel=1e-6)


def perimeter(nodes, refs):
    from pyproj import Geod

    lon, lat = zip(*(nodes[ref] for ref in refs), strict=True)
    return Geod(ellps="WGS84").line_length(lon, lat)


def test_the_antimeridian_is_no_wall(build):
    nodes = {1: (179.99, -17.0), 2: (-179.99, -17.0)}
    net = build(nodes, [(11, [1, 2], ROAD)], country=None)
    assert net.length_m == pytest.approx([2129.0, 2129.0], rel=0.01)
    assert net.metric_epsg in {32701, 32760}
    assert net.provenance["osm"]["country"] == "FJ"


def test_clipping_keeps_edges_with_an_end_inside(build):
    nodes = LINE | {5: (15.02, 68.01)}
    ways = [*ONE_ROAD, (12, [3, 5], ROAD)]
    everything, west = build(nodes, ways), build(nodes, ways, clip=(14.9, 67.9, 15.005, 68.1))
    assert everything.n_edges == 6
    assert set(west.node_ids.tolist()) == {1, 3}
    with pytest.raises(NetworkDataError):
        build(nodes, ways, clip=(16.0, 67.9, 15.0, 68.1))
    with pytest.raises(NetworkDataError, match="no road"):
        build(nodes, ways, clip=(20.0, 67.9, 21.0, 68.1))


def test_a_clip_in_metres_or_without_a_crs_is_refused(build):
    import geopandas as gpd
    import shapely

    box = shapely.box(500_000, 7_500_000, 600_000, 7_600_000)
    with pytest.raises(NetworkDataError, match="degrees"):
        build(LINE, ONE_ROAD, clip=box)
    with pytest.raises(CrsError):
        build(LINE, ONE_ROAD, clip=gpd.GeoSeries([box]))
    assert build(LINE, ONE_ROAD, clip=gpd.GeoSeries([box], crs=25833)).n_edges == 2


def test_barriers_cut_the_road_where_they_stand(build, minutes_between):
    nodes = LINE | {2: (15.01, 68.0, {"barrier": "block"})}
    net = build(nodes, ONE_ROAD)
    assert np.isinf(minutes_between(net, 1, 4))
    assert counts(net, "nodes")["barriers that close a road"] == 1
    assert net.n_nodes == 4


def test_building_twice_gives_the_same_network(shared):
    path = shared / "osm" / "fiji-ferry.osm.pbf"
    first, second = build_network(path), build_network(path)
    np.testing.assert_array_equal(first.node_ids, second.node_ids)
    np.testing.assert_array_equal(first.topology.heads, second.topology.heads)
    np.testing.assert_array_equal(first.seconds, second.seconds)
    assert first.provenance["osm"] == second.provenance["osm"]
