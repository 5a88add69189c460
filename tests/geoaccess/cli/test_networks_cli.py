"""Network files from the command line: Malta from OpenStreetMap, matrices, isochrones, checks, scenario files."""

from __future__ import annotations

import json

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
import rasterio

from geoaccess.cli.app import run
from networks import from_osmnx, load_network, save_network

VICTORIA, MATER_DEI, VALLETTA = (14.2397, 36.0443), (14.4767, 35.9019), (14.5146, 35.8989)


@pytest.fixture(scope="module")
def malta(shared, tmp_path_factory):
    """A network file of Malta, built by the command."""
    target = tmp_path_factory.mktemp("malta") / "malta.net"
    assert (
        run(["network", "build", str(shared / "osm" / "malta-latest.osm.pbf"), "-o", str(target), "-q"]) == 0
    )
    return target


@pytest.fixture
def points(tmp_path):
    """Two tables of points."""
    for name, rows in {"homes": [VICTORIA, VALLETTA], "hospitals": [MATER_DEI]}.items():
        frame = pd.DataFrame(rows, columns=["lon", "lat"])
        frame.insert(0, "id", [f"{name}-{row}" for row in range(len(frame))])
        frame.to_csv(tmp_path / f"{name}.csv", index=False)
    return tmp_path


def table(path):
    return pd.read_csv(path).set_index(["from_id", "to_id"])["travel_time_min"]


def test_what_a_large_file_takes_is_said_before_it_is_read(shared, tmp_path, capsys, monkeypatch):
    from geoaccess.cli import network

    extract, target = str(shared / "osm" / "helsinki-centre.osm.pbf"), str(tmp_path / "f.net")
    monkeypatch.setattr(network, "_LARGE_BYTES", 1000)
    for language, words in (("en", "memory for each junction"), ("nb", "minne for hvert vegkryss")):
        asked = ["--lang", language, "network", "build", extract, "-o", target, "--overwrite", "--no-order"]
        assert run(asked) == 0
        said = capsys.readouterr().err.splitlines()
        assert words in said[0]
        assert "GB" in said[0]


def test_matrix_agrees_with_networkx(malta, points, capsys):
    out = points / "minutes.csv"
    code = run(
        [
            "matrix",
            str(malta),
            "--origins",
            str(points / "homes.csv"),
            "--destinations",
            str(points / "hospitals.csv"),
            "-o",
            str(out),
            "--legs",
            "--json",
        ]
    )
    assert code == 0
    told = json.loads(capsys.readouterr().out)
    assert told["pairs"] == 2
    assert told["unreachable"] == 0
    assert told["origins"]["joined"] == 2
    network = load_network(malta)
    graph = nx.DiGraph()
    for edge in network.edges_frame().itertuples():
        old = graph.get_edge_data(edge.from_id, edge.to_id, {"weight": np.inf})["weight"]
        graph.add_edge(edge.from_id, edge.to_id, weight=min(old, edge.travel_time_min))
    # A point lies between the two ends of its road: the journey between nearby nodes brackets its time.
    near = [
        int(np.argmin(np.hypot(network.lon - lon, network.lat - lat))) for lon, lat in (VICTORIA, MATER_DEI)
    ]
    start, stop = (network.node_ids[node] for node in near)
    expected = nx.dijkstra_path_length(graph, start, stop)
    found = table(out)["homes-0", "hospitals-0"]
    assert found == pytest.approx(expected, abs=2.0)
    legs = pd.read_csv(out).iloc[0]
    parts = ["drive_min", "crossing_min", "wait_min", "access_min", "boat_min", "flight_min", "transfer_min"]
    assert legs[parts].sum() == pytest.approx(found)
    assert legs["crossing_min"] > 0


def test_the_file_keeps_the_order_unless_told_not_to(malta, shared, tmp_path, capsys):
    assert load_network(malta).topology.stored_order is not None
    bare = tmp_path / "bare.net"
    extract = str(shared / "osm" / "helsinki-centre.osm.pbf")
    assert run(["network", "build", extract, "-o", str(bare), "--no-order", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["order"] is False
    assert load_network(bare).topology.stored_order is None


def test_gozo_is_cut_off_when_the_ferry_is_out(malta, points, capsys):
    ferries = load_network(malta)
    links = sorted(set(ferries.labels["link_id"].to_array()[ferries.labels["kind"].where("ferry")]))
    scenario = points / "no-ferry.toml"
    scenario.write_text(f'title = "no ferries"\nlinks_out = {json.dumps(links)}\n', encoding="utf-8")
    out = points / "out.csv"
    code = run(
        [
            "matrix",
            str(malta),
            "--origins",
            str(points / "homes.csv"),
            "--destinations",
            str(points / "hospitals.csv"),
            "-o",
            str(out),
            "--scenario",
            str(scenario),
        ]
    )
    assert code == 0
    assert "1 unreachable" in capsys.readouterr().out
    times = table(out)
    assert np.isnan(times["homes-0", "hospitals-0"])
    assert times["homes-1", "hospitals-0"] < 30


def test_nearest_and_limits(malta, points):
    out = points / "near.parquet"
    arguments = ["matrix", str(malta), "--origins", str(points / "homes.csv"), "--destinations"]
    arguments += [str(points / "homes.csv"), "-o", str(out)]
    assert run([*arguments, "--nearest", "1"]) == 0
    nearest = pd.read_parquet(out)
    assert nearest["from_id"].tolist() == nearest["to_id"].tolist()
    assert run([*arguments, "--max-min", "10"]) == 0
    assert len(pd.read_parquet(out)) == 2


def test_engines_agree_and_the_result_says_which_ran(malta, points, capsys):
    found = {}
    for engine in ("scipy", "hierarchy"):
        out = points / f"{engine}.csv"
        code = run(
            [
                "matrix",
                str(malta),
                "--origins",
                str(points / "homes.csv"),
                "--destinations",
                str(points / "homes.csv"),
                "-o",
                str(out),
                "--engine",
                engine,
                "--json",
            ]
        )
        assert code == 0
        told = json.loads(capsys.readouterr().out)["engine"]
        assert told == {"asked": engine, "ran": [engine], "reasons": {engine: "asked for"}}
        found[engine] = table(out)
    np.testing.assert_allclose(found["scipy"], found["hierarchy"], rtol=0, atol=1e-6)


def test_the_engine_that_was_chosen_is_told_with_its_reason(malta, points, capsys):
    arguments = ["matrix", str(malta), "--origins", str(points / "homes.csv"), "--destinations"]
    arguments += [str(points / "hospitals.csv"), "-o", str(points / "o.csv"), "--json"]
    assert run(arguments) == 0
    told = capsys.readouterr()
    engine = json.loads(told.out)["engine"]
    assert engine["asked"] == "auto"
    assert engine["ran"] == ["scipy"]
    assert "done before the hierarchy is loaded" in engine["reasons"]["scipy"]
    assert "engine: scipy: 1 x 34,362 nodes searched, done before the hierarchy is loaded" in told.err


def test_pairs_are_refused_on_a_map_before_anything_is_computed(malta, points, capsys):
    arguments = ["matrix", str(malta), "--origins", str(points / "homes.csv"), "--destinations"]
    arguments += [str(points / "hospitals.csv"), "-o", str(points / "o.gpkg")]
    assert run(arguments) == 1
    assert "use one of .parquet, .geoparquet, .csv" in capsys.readouterr().err


def test_nearest_with_legs_is_the_nearest_and_its_legs(malta, points):
    arguments = ["matrix", str(malta), "--origins", str(points / "homes.csv"), "--destinations"]
    arguments += [str(points / "homes.csv"), "--legs"]
    assert run([*arguments, "-o", str(points / "all.parquet")]) == 0
    assert run([*arguments, "-o", str(points / "one.parquet"), "--nearest", "1"]) == 0
    every = pd.read_parquet(points / "all.parquet")
    nearest = every.loc[every.groupby("from_id", sort=False)["travel_time_min"].idxmin()]
    pd.testing.assert_frame_equal(
        nearest.reset_index(drop=True), pd.read_parquet(points / "one.parquet"), atol=1e-9
    )


def test_isochrones_grow_with_the_minutes_and_stay_on_the_island(malta, points):
    out = points / "areas.geojson"
    code = run(
        [
            "isochrones",
            str(malta),
            "--from",
            str(points / "hospitals.csv"),
            "--minutes",
            "5,10",
            "-o",
            str(out),
        ]
    )
    assert code == 0
    areas = gpd.read_file(out).to_crs(25833).set_index("minutes")
    assert areas.loc[10].geometry.area > areas.loc[5].geometry.area
    assert areas.loc[10, "road_km"] > areas.loc[5, "road_km"]


def test_a_raster_of_minutes(malta, points):
    out = points / "minutes.tif"
    code = run(
        [
            "isochrones",
            str(malta),
            "--from",
            str(points / "hospitals.csv"),
            "--minutes",
            "20",
            "--direction",
            "to",
            "--cell-m",
            "500",
            "-o",
            str(out),
        ]
    )
    assert code == 0
    with rasterio.open(out) as raster:
        values = raster.read(1, masked=True)
    assert 0 <= values.min() < 5
    assert values.max() <= 20


def test_info_and_check_tell_components_and_changes(malta, capsys):
    assert run(["network", "info", str(malta), "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["ferries"] >= 1
    assert facts["edges_by_kind"]["road"] > 10_000
    assert run(["network", "check", str(malta), "--since", str(malta), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["components"] >= 1
    assert not any(report["changes"]["counts"].values())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("id,x\na,1\n", "lon and lat"),
        ("id,lon,lat\na,14,95\n", "from -90 to 90"),
        ("id,lon,lat\na,1,1\na,2,2\n", "stands in row 2 already"),
    ],
)
def test_bad_points(malta, points, capsys, text, said):
    (points / "bad.csv").write_text(text, encoding="utf-8")
    code = run(
        [
            "matrix",
            str(malta),
            "--origins",
            str(points / "bad.csv"),
            "--destinations",
            str(points / "hospitals.csv"),
            "-o",
            str(points / "o.csv"),
        ]
    )
    assert code == 3
    assert said in capsys.readouterr().err
    assert not (points / "o.csv").exists()


def test_a_network_file_is_not_replaced_unasked(malta, shared, capsys):
    code = run(["network", "build", str(shared / "osm" / "helsinki-centre.osm.pbf"), "-o", str(malta)])
    assert code == 1
    assert "--overwrite" in capsys.readouterr().err


def test_a_truncated_extract_is_one_message(shared, tmp_path, capsys):
    whole = (shared / "osm" / "malta-latest.osm.pbf").read_bytes()
    (tmp_path / "cut.osm.pbf").write_bytes(whole[: len(whole) // 3])
    code = run(["network", "build", str(tmp_path / "cut.osm.pbf"), "-o", str(tmp_path / "cut.net")])
    assert code == 3
    assert "damaged or cut short" in capsys.readouterr().err
    assert not (tmp_path / "cut.net").exists()


#: Two roads and the boat between them, with no departures.
SOUND = """<osm version="0.6">
<node id="1" lat="67.0" lon="14.0"/><node id="2" lat="67.0" lon="14.046"/>
<node id="3" lat="67.0" lon="14.184"/><node id="4" lat="67.0" lon="14.23"/>
<way id="10"><nd ref="1"/><nd ref="2"/><tag k="highway" v="secondary"/><tag k="maxspeed" v="60"/></way>
<way id="11"><nd ref="3"/><nd ref="4"/><tag k="highway" v="secondary"/><tag k="maxspeed" v="60"/></way>
<way id="20"><nd ref="2"/><nd ref="3"/><tag k="route" v="ferry"/><tag k="motor_vehicle" v="yes"/>
<tag k="duration" v="00:20"/><tag k="interval" v="01:00"/></way></osm>"""


def test_every_note_of_a_build_is_told_by_the_command_and_of_the_file(tmp_path, capsys):
    """Notes are told anew from what was counted; none may be lost on the way, whatever it was made from."""
    (tmp_path / "sound.osm").write_text(SOUND, encoding="utf-8")
    net = str(tmp_path / "sound.net")
    asked = ["network", "build", str(tmp_path / "sound.osm"), "--ferries", "timetable", "-o", net]
    assert run([*asked, "--json", "-q"]) == 0
    built = json.loads(capsys.readouterr().out)["provenance"]["osm"]["notes"]
    assert any("none of 1 ferry connection" in note for note in built)
    assert run(["network", "info", net, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["provenance"]["osm"]["notes"] == built
    assert run(["--lang", "nb", "network", "info", net]) == 0
    assert "ferge" in capsys.readouterr().out.split("merknader", 1)[1]


def test_the_notes_of_a_graph_that_was_taken_over_survive_the_file(tmp_path, capsys):
    graph = nx.MultiDiGraph(crs="epsg:4326")
    graph.add_nodes_from([(1, {"x": 14.0, "y": 67.0}), (2, {"x": 14.1, "y": 67.0})])
    graph.add_edge(1, 2, highway="secondary", length=4000.0, osmid=1, travel_time=100.0)
    graph.add_edge(2, 1, highway="secondary", length=4000.0, osmid=1, travel_time=100.0)
    network = from_osmnx(graph)
    save_network(network, tmp_path / "graph.net")
    assert run(["network", "info", str(tmp_path / "graph.net"), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)["provenance"]["osm"]["notes"]
    assert network.provenance["osm"]["notes"]
    assert set(network.provenance["osm"]["notes"]) <= set(told)
