"""The embedded study of Malta: it loads, it is what its map says, and its demo gives the times of another program."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
from scipy.spatial import KDTree

import geoaccess as ga
from geoaccess.cli.app import run
from geoaccess.ground.paths import data_root
from geoaccess.study.check import check_study
from geoaccess.study.extract import network_of_extract
from geoaccess.study.sources import leaning
from networks import FerryConditions, build_network, load_network

from .sourced import extract, malta

FERRY = "176522568"
FOLDER = data_root() / "malta"
TABLES = ("municipalities", "demand", "facilities", "stations")


@pytest.fixture(scope="module")
def study():
    return ga.load_study("malta")


@pytest.fixture(scope="module")
def said(tmp_path_factory):
    """A demo in bokmål: its folder, and what it said."""
    folder = tmp_path_factory.mktemp("demo") / "malta"
    words = ["--lang", "nb", "demo", "malta", "-o", str(folder)]
    done = subprocess.run(
        [sys.executable, "-m", "geoaccess", *words], capture_output=True, encoding="utf-8", check=True
    )
    return folder, done.stdout, done.stderr


@pytest.fixture(scope="module")
def demo(said):
    return said[0]


def graph_of(network, *, without=()):
    """A network as a graph of networkx, turned round: minutes on links, the wait at the quay included."""
    graph = nx.DiGraph()
    ids = network.labels["link_id"].to_array()
    minutes = (network.moving_s + network.wait_s) / 60.0
    heads, tails = network.topology.heads.tolist(), network.topology.tails.tolist()
    for head, tail, time, link in zip(heads, tails, minutes.tolist(), ids, strict=True):
        if link in without or not np.isfinite(time):
            continue
        if time < graph.get_edge_data(head, tail, {"minutes": np.inf})["minutes"]:
            graph.add_edge(head, tail, minutes=time)
    return graph


@pytest.fixture(scope="module")
def built(demo):
    """The network that the demo kept, and the nodes from which networkx reaches all the others."""
    network = load_network(demo / "network.net")
    return network, np.array(sorted(max(nx.strongly_connected_components(graph_of(network)), key=len)))


def nearest_minutes(built, people, services, *, without=()):
    """Minutes from each place to the nearest service by networkx, both at the nearest node of the net."""
    network, whole = built
    graph = graph_of(network, without=without)
    squeeze = np.cos(np.radians(35.9))
    tree = KDTree(np.column_stack([network.lon[whole] * squeeze, network.lat[whole]]))

    def at(frame):
        return whole[tree.query(np.column_stack([frame["lon"] * squeeze, frame["lat"]]))[1]].tolist()

    found = nx.multi_source_dijkstra_path_length(graph, set(at(services)), weight="minutes")
    return np.array([found.get(node, np.nan) for node in at(people)])


def test_it_is_whole_and_checks_clean(study):
    report = check_study("malta")
    assert report.faults == []
    assert len(study.municipalities) == 67
    assert set(study.demand["municipality_code"]) == set(study.municipalities["municipality_code"])


@pytest.mark.parametrize(
    ("scenario", "without", "closed"),
    [
        ("base", (), ()),
        ("no-ferry", (FERRY,), ()),
        ("gozo-closed", (), ("f28",)),
        ("gozo-closed-no-ferry", (FERRY,), ("f28",)),
    ],
)
def test_the_demos_times_are_those_of_networkx_on_the_network_it_built(
    demo, built, scenario, without, closed
):
    people = pd.read_csv(FOLDER / "demand.csv")
    services = pd.read_csv(FOLDER / "facilities.csv")
    services = services[(services["kind"] == "emergency_department") & ~services["facility_id"].isin(closed)]
    expected = nearest_minutes(built, people, services, without=without)
    told = pd.read_csv(demo / "nearest.csv").query("scenario == @scenario").set_index("demand_id")
    minutes = told.loc[people["demand_id"], "travel_time_min"].to_numpy()
    np.testing.assert_array_equal(np.isnan(minutes), np.isnan(expected))
    reached = ~np.isnan(expected)
    # The oracle starts at the nearest junction, the program on the nearest road: a block apart.
    assert np.abs(minutes - expected)[reached].max() < 1.5
    mean = np.average((minutes - expected)[reached], weights=people["people"][reached])
    assert abs(mean) < 0.3


def test_gozo_needs_the_ferry_only_when_its_own_department_is_closed(demo):
    people = pd.read_csv(FOLDER / "demand.csv", dtype=str)
    islands = pd.read_csv(FOLDER / "municipalities.csv", dtype=str).set_index("municipality_code")["island"]
    gozo = set(people.loc[people["municipality_code"].map(islands) == "Gozo", "demand_id"])
    told = pd.read_csv(demo / "nearest.csv")
    told = told[told["demand_id"].isin(gozo)].pivot(
        index="demand_id", columns="scenario", values="travel_time_min"
    )
    assert (told["base"] == told["no-ferry"]).all()
    assert told["base"].max() < 15
    # 22.5 minutes of waiting, 5 at the quay, and 5.3 km of sea lie on every way to Malta.
    assert told["gozo-closed"].between(60, 100).all()
    assert told["gozo-closed-no-ferry"].isna().all()


def test_two_stations_are_placed_with_a_proof_and_drawn(demo):
    told = json.loads((demo / "run.json").read_text(encoding="utf-8"))
    sites = pd.read_csv(demo / "sites.csv")
    assert (sites["role"] == "chosen").sum() == 2
    assert told["place"]["status"] == "optimal"
    assert (demo / "map.html").stat().st_size > 100_000


def test_the_demo_speaks_bokmal(said):
    _, told, heard = said
    assert "bygger nettverket av malta.osm.pbf" in heard
    assert "34\N{NO-BREAK SPACE}362 kryss" in heard
    assert "fergesamband sier ingenting om avgangene" in heard
    assert "stations.csv: 100\N{NO-BREAK SPACE}% av radene er anslått" in heard
    assert "Malta og Gozo: tid til akuttmottak" in told


def test_access_speaks_english_and_marks_what_is_estimated(capsys):
    assert run(["access", "malta", "--by", "island"]) == 0
    told, heard = capsys.readouterr()
    assert "Malta and Gozo: time to an emergency department" in told
    assert "demand.csv: 7% of the rows are estimated" in heard


@pytest.mark.parametrize("words", [["demo", "malto"], ["demo", "nord-norge", "malta"]])
def test_an_unknown_demo_is_refused(words):
    assert run(words) == 2


def test_nothing_is_written_beside_the_data(study):
    before = {path.name: path.stat().st_mtime_ns for path in FOLDER.iterdir()}
    assert study.network.n_nodes > 30_000
    assert {path.name: path.stat().st_mtime_ns for path in FOLDER.iterdir()} == before


def test_a_network_is_built_once_a_process_and_again_when_its_map_changes(tmp_path):
    copy = tmp_path / "malta.osm.pbf"
    copy.write_bytes((FOLDER / copy.name).read_bytes())
    conditions = FerryConditions()
    first = network_of_extract(copy, metric_epsg=32633, ferries=conditions)
    assert network_of_extract(copy, metric_epsg=32633, ferries=conditions) is first
    os.utime(copy, ns=(1, 1))
    assert network_of_extract(copy, metric_epsg=32633, ferries=conditions) is not first


def test_every_estimate_is_labelled():
    people = pd.read_csv(FOLDER / "demand.csv")
    estimated = people["confidence"] == "estimated"
    assert estimated.sum() == 5
    assert (people["source"].str.contains("estimated:") == estimated).all()
    stations = pd.read_csv(FOLDER / "stations.csv")
    assert (stations["confidence"] == "estimated").all()
    total = sum(path.stat().st_size for path in FOLDER.iterdir())
    assert total < 2_000_000
    assert "Open Database License" in (FOLDER / "NOTICE").read_text(encoding="utf-8")


def test_minutes_that_cannot_be_followed_link_by_link_are_not_told_as_none(study):
    told = leaning(study).minutes.set_index("kind")["mean_min"]["emergency_department"]
    assert np.isnan(told) or told == pytest.approx(6.3, abs=0.5)


def test_the_cut_map_gives_the_network_and_the_tables_of_the_whole(shared, tmp_path):
    whole = shared / "osm" / "malta-latest.osm.pbf"
    before = build_network(whole, metric_epsg=32633)
    after = build_network(FOLDER / "malta.osm.pbf", metric_epsg=32633)
    np.testing.assert_array_equal(before.node_ids, after.node_ids)
    np.testing.assert_array_equal(before.seconds, after.seconds)
    malta.tables(FOLDER / "malta.osm.pbf", tmp_path)
    for name in TABLES:
        assert (tmp_path / f"{name}.csv").read_bytes() == (FOLDER / f"{name}.csv").read_bytes()
    one, other = (gpd.read_file(folder / "boundaries.geojson") for folder in (tmp_path, FOLDER))
    assert one.equals(other)


@pytest.mark.parametrize(
    ("tags", "road"),
    [
        ({"highway": "residential"}, True),
        ({"highway": "footway"}, False),
        ({"highway": "footway", "motor_vehicle": "yes"}, True),
        ({"route": "ferry"}, True),
        ({"route": "hiking"}, False),
    ],
)
def test_roads_and_ferries_are_kept(tags, road):
    assert extract.is_road(tags) is road
