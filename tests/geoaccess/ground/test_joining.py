"""Points joined once, before any scenario, in every command alike; and never across water without a word."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import geoaccess as ga
from geoaccess.cli.app import run
from geoaccess.ground.joining import FLAGGED, flag_sentences, join_points, packed_land
from networks import TravelNetwork, at_nodes, build_network, load_network, network_from_edges

#: Metres of a degree of latitude; a degree of longitude at 40 degrees north is 0.7660 of it, about.
DEGREE = 111_030.0
EAST = 85_394.0


def at(east_m: float, north_m: float) -> tuple[float, float]:
    """Degrees east and north of a place given in metres from a corner in the Atlantic."""
    return -30.0 + east_m / EAST, 40.0 + north_m / DEGREE


def osm(nodes: dict[int, tuple[float, float]], ways: list[str], places: str = "") -> str:
    told = ""
    for number, where in nodes.items():
        lon, lat = at(*where)
        told += f'<node id="{number}" lat="{lat:.7f}" lon="{lon:.7f}"/>\n'
    return f'<?xml version="1.0"?>\n<osm version="0.6">\n{told}{places}{"".join(ways)}</osm>\n'


def way(number: int, nodes: list[int], **tags: str) -> str:
    ends = "".join(f'<nd ref="{node}"/>' for node in nodes)
    return f'<way id="{number}">{ends}{"".join(f"<tag k={k!r} v={v!r}/>" for k, v in tags.items())}</way>\n'


def area(number: int, corners: list[int], name: str) -> str:
    tags = {"boundary": "administrative", "admin_level": "8", "name": name}
    return way(number, [*corners, corners[0]], **tags)


def place(number: int, where: tuple[float, float], **tags: str) -> str:
    lon, lat = at(*where)
    inner = "".join(f"<tag k={k!r} v={v!r}/>" for k, v in tags.items())
    return f'<node id="{number}" lat="{lat:.7f}" lon="{lon:.7f}">{inner}</node>\n'


#: A mainland of 10 km of road, an island of 6 km, a ferry between them: hospitals on both.
NODES = {
    1: (0, 0), 2: (5_000, 0), 3: (10_000, 0), 4: (0, 15_000), 5: (3_000, 15_000), 6: (6_000, 15_000),
    91: (-3_000, -3_000), 92: (13_000, -3_000), 93: (13_000, 7_000), 94: (-3_000, 7_000),
    95: (-3_000, 12_000), 96: (13_000, 12_000), 97: (13_000, 18_000), 98: (-3_000, 18_000),
}  # fmt: skip
ROADS = [
    way(11, [1, 2], highway="secondary", maxspeed="60"),
    way(12, [2, 3], highway="secondary", maxspeed="60"),
    way(13, [4, 5], highway="secondary", maxspeed="60"),
    way(14, [5, 6], highway="secondary", maxspeed="60"),
    area(21, [91, 92, 93, 94], "Land"),
    area(22, [95, 96, 97, 98], "Isle"),
]
FERRY = way(10, [1, 4], route="ferry", motor_vehicle="yes", duration="00:30", name="Isle ferry")
PLACES = (
    place(131, (8_000, 100), place="village", name="Home", population="900")
    + place(132, (1_000, 15_100), place="village", name="Bay", population="100")
    + place(141, (9_000, 50), amenity="hospital", name="Land hospital", emergency="yes")
    + place(142, (5_000, 15_050), amenity="hospital", name="Isle hospital", emergency="yes")
)
NIGHT = 'title = "night"\ntime = "02:00"\n'


@pytest.fixture
def isle(tmp_path: Path) -> Path:
    """An extract, its network, a night scenario file, and tables of the homes and hospitals."""
    (tmp_path / "map.osm").write_text(osm(NODES, [FERRY, *ROADS], PLACES), encoding="utf-8")
    assert run(["network", "build", str(tmp_path / "map.osm"), "-o", str(tmp_path / "isle.net"), "-q"]) == 0
    (tmp_path / "night.toml").write_text(NIGHT, encoding="utf-8")
    for name, rows in (
        ("homes", [("Home", 8_000, 100), ("Bay", 1_000, 15_100)]),
        ("hospitals", [("Land", 9_000, 50), ("Isle", 5_000, 15_050)]),
    ):
        frame = pd.DataFrame([(one, *at(x, y)) for one, x, y in rows], columns=["id", "lon", "lat"])
        frame.to_csv(tmp_path / f"{name}.csv", index=False)
    return tmp_path


def minutes_on_road(metres: float, access_m: float, kph: float) -> float:
    """By hand: a 60 km/h secondary drives at 49.2 km/h; the access leg is 1.35 times the straight line."""
    return metres / 1000 / 49.2 * 60 + access_m / 1000 * 1.35 / kph * 60


def test_every_command_that_takes_a_scenario_joins_the_same_points(isle: Path, capsys) -> None:
    """At night no ferry sails: the island is a part of its own, and its people reach its hospital."""
    net = str(isle / "isle.net")
    tables = ["--origins", str(isle / "homes.csv"), "--destinations", str(isle / "hospitals.csv")]
    expected = minutes_on_road(4_000, 150, 30)
    assert (
        run(["matrix", net, *tables, "-o", str(isle / "m.csv"), "--scenario", str(isle / "night.toml")]) == 0
    )
    matrix = pd.read_csv(isle / "m.csv").set_index(["from_id", "to_id"])["travel_time_min"]
    assert matrix["Bay", "Isle"] == pytest.approx(expected, rel=0.01)
    assert np.isnan(matrix["Bay", "Land"])
    swept = ["sweep", net, *tables, "-o", str(isle / "s"), "--scenario", str(isle / "night.toml")]
    assert run(swept) == 0
    part = pd.read_parquet(isle / "s/source=isle/scenario=night/part.parquet")
    sweep = part.set_index(["from_id", "to_id"])["travel_time_min"]
    pd.testing.assert_series_equal(sweep.sort_index(), matrix.sort_index(), check_dtype=False)
    pd.read_csv(isle / "hospitals.csv").iloc[[1]].to_csv(isle / "one.csv", index=False)
    asked = [
        "isochrones",
        net,
        "--from",
        str(isle / "one.csv"),
        "--minutes",
        "10",
        "-o",
        str(isle / "i.gpkg"),
    ]
    capsys.readouterr()
    assert run([*asked, "--scenario", str(isle / "night.toml"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["areas"][0]["road_km"] == pytest.approx(6.0, rel=0.01)
    home, hospital = at(1_000, 15_100), at(5_000, 15_050)
    ends = [f"{lat:.7f},{lon:.7f}" for lon, lat in (home, hospital)]
    assert run(["route", net, *ends, "--scenario", str(isle / "night.toml"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["travel_time_min"] == pytest.approx(expected, rel=0.01)


def test_a_study_joins_before_its_scenario_too(isle: Path, capsys) -> None:
    study = isle / "study"
    assert run(["study", "new", str(study), "--osm", str(isle / "map.osm"), "-q"]) == 0
    expected = minutes_on_road(4_000, 150, 45)
    capsys.readouterr()
    assert run(["access", str(study), "--scenario", "night", "--json"]) == 0
    rows = {row["municipality"]: row for row in json.loads(capsys.readouterr().out)["rows"]}
    assert rows["Isle"]["median_min"] == pytest.approx(expected, rel=0.01)
    assert rows["Isle"]["persons_unreachable"] == 0
    loaded = ga.load_study(study)
    times = ga.travel_times(loaded, to="emergency_department", scenario="night").to_numpy()
    assert np.nanmin(times[1]) == pytest.approx(expected, rel=0.01)
    placed = ga.place(loaded, "one-more", sites=0, scenario="night")
    assert placed.before["mean_min"] == pytest.approx(
        0.9 * minutes_on_road(1_000, 150, 45) + 0.1 * expected, rel=0.01
    )
    assert run(["losses", str(study), "--of", "facilities", "--scenario", "night", "--json"]) == 0


def test_people_of_an_island_without_a_ferry_reach_what_is_on_it(isle: Path, capsys) -> None:
    (isle / "alone.osm").write_text(osm(NODES, ROADS, PLACES), encoding="utf-8")
    assert run(["study", "new", str(isle / "alone"), "--osm", str(isle / "alone.osm"), "-q"]) == 0
    capsys.readouterr()
    assert run(["access", str(isle / "alone"), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    rows = {row["municipality"]: row for row in told["rows"]}
    assert rows["Isle"]["persons_unreachable"] == 0
    assert rows["Isle"]["median_min"] == pytest.approx(minutes_on_road(4_000, 150, 45), rel=0.01)
    assert any("own component: 1 point, 100 persons" in note for note in told["notes"])


#: A roadless islet off the real coast at 66.8 degrees north, and the road across the sound of 468 m.
SHORE = """<osm version="0.6">
<node id="1" lat="66.7798829" lon="13.4976200"/><node id="2" lat="66.7885546" lon="13.4918051"/>
<node id="3" lat="66.7972262" lon="13.4859861"/><node id="4" lat="66.8058975" lon="13.4801630"/>
<way id="10"><nd ref="1"/><nd ref="2"/><nd ref="3"/><nd ref="4"/>
<tag k="highway" v="secondary"/><tag k="maxspeed" v="60"/></way></osm>"""
HOUSE = (13.47618116596121, 66.79156217486303)


def test_nobody_is_joined_across_a_sound_of_the_coast_that_ships(tmp_path: Path, capsys) -> None:
    (tmp_path / "shore.osm").write_text(SHORE, encoding="utf-8")
    network = build_network(tmp_path / "shore.osm")
    joined = join_points(network, np.asarray([HOUSE[0], 13.4860]), np.asarray([HOUSE[1], 66.7980]))
    assert joined.flags.tolist()[0] == "across_water"
    assert joined.joined.tolist() == [False, True]
    (tmp_path / "o.csv").write_text(f"id,lon,lat\nhouse,{HOUSE[0]},{HOUSE[1]}\n", encoding="utf-8")
    (tmp_path / "d.csv").write_text("id,lon,lat\nend,13.480163,66.8058975\n", encoding="utf-8")
    net = str(tmp_path / "shore.net")
    assert run(["network", "build", str(tmp_path / "shore.osm"), "-o", net, "-q"]) == 0
    capsys.readouterr()
    tables = ["--origins", str(tmp_path / "o.csv"), "--destinations", str(tmp_path / "d.csv")]
    assert run(["matrix", net, *tables, "-o", str(tmp_path / "m.csv"), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["origins"]["across_water"] == 1
    assert told["origins"]["not_joined"] == ["house"]
    assert told["unreachable"] == 1
    assert pd.read_csv(tmp_path / "m.csv")["travel_time_min"].isna().all()


def test_land_is_known_where_the_coast_is_true_and_nowhere_else(isle: Path, tmp_path: Path) -> None:
    assert packed_land(load_network(isle / "isle.net")) is None
    (tmp_path / "shore.osm").write_text(SHORE, encoding="utf-8")
    assert packed_land(build_network(tmp_path / "shore.osm")) is not None


@pytest.mark.parametrize("flag", sorted(FLAGGED))
def test_every_flag_is_told_in_both_languages(flag: str) -> None:
    points = at_nodes(lone_road(), [0])
    points = replace(points, flags=np.asarray([flag], dtype=object))
    (note,) = flag_sentences(points, ["Bjørnes"], np.asarray([1234.0]))
    told = [note.said(language) for language in ("en", "nb")]
    assert told[0] != told[1]
    for text in told:
        assert "Bjørnes" in text
        assert "1" in text
    assert "234" in told[1]


def lone_road() -> TravelNetwork:
    nodes = pd.DataFrame({"node_id": [0, 1], "lon": [14.0, 14.1], "lat": [67.0, 67.0]})
    edges = pd.DataFrame({"from_id": [0], "to_id": [1], "moving_s": [60.0], "length_m": [4000.0]})
    return network_from_edges(nodes, edges.assign(kind="road"))
