"""The embedded study against the sourced tables: lengths, sums and bounds hold, places stand where they stand."""

from __future__ import annotations

import importlib
import math
import re
import shutil
import sys
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest

import geoaccess as ga

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "data" / "nord-norge"
#: Seljelvnes was moved 10.05 km along E8: what that makes of the two figures that end there.
SELJELVNES = {"nordkjosbotn--seljelvnes": 8.3, "seljelvnes--laksvatn": 38.4 + 18.35 - 8.3}
#: The counting point where this sum begins lies nearer to Sortland than the airport's node.
ELSEWHERE = "stokmarknes-lufthavn--vik-sortland"


def table(name):
    return pd.read_csv(DATA / f"{name}.csv", dtype=str, keep_default_na=False)


@pytest.fixture(scope="module")
def roads():
    return table("roads").set_index("road_id")["length_km"].astype(float)


@pytest.fixture(scope="module")
def candidates(shared):
    return pd.read_csv(shared / "sourced" / "link_candidates.csv", dtype=str, keep_default_na=False)


def test_measured_roads_have_their_measured_length(roads, candidates):
    single = candidates[(candidates["kind"] == "single link") & (candidates["table"] == "roads")]
    kept = single[single["link"].isin(roads.index)]
    assert len(kept) > 175
    for row in kept.itertuples():
        assert roads[row.link] == pytest.approx(SELJELVNES.get(row.link, float(row.km_proven)), abs=0.006)


def test_the_links_of_a_chain_sum_to_what_was_measured(roads, candidates):
    chains = candidates[(candidates["kind"] == "chain sum") & (candidates["table"] == "roads")]
    chains = chains.drop_duplicates("chain_ids")
    chains = chains[~chains["chain_ids"].str.contains(ELSEWHERE)]
    assert len(chains) > 30
    for row in chains.itertuples():
        links = row.chain_ids.split()
        wanted = float(row.chain_km_proven)
        if "seljelvnes--laksvatn" in links:
            wanted = SELJELVNES["seljelvnes--laksvatn"]
        assert roads[links].sum() == pytest.approx(wanted, abs=0.06), row.chain_ids


def test_lengths_lie_within_measured_bounds(roads, candidates):
    bound = candidates[(candidates["kind"] == "bound") & candidates["link"].isin(roads.index)]
    assert len(bound) > 15
    for row in bound.itertuples():
        if row.km_low:
            assert roads[row.link] >= float(row.km_low) - 0.01
        if row.km_high:
            assert roads[row.link] <= float(row.km_high) + 0.01
        links = row.chain_ids.split()
        if row.chain_km_proven and set(links) <= set(roads.index):
            assert roads[links].sum() >= float(row.chain_km_proven) - 0.02


def test_ferries_are_as_long_as_their_measured_lines(candidates):
    ferries = table("ferries").set_index("ferry_id")["length_km"]
    measured = candidates[(candidates["table"] == "ferries") & (candidates["km_proven"] != "")]
    kept = measured[measured["link"].isin(ferries.index)]
    assert len(kept) > 65
    for row in kept.itertuples():
        # A line may stop up to 145 m short of its quay.
        assert float(row.km_proven) - 0.006 <= float(ferries[row.link]) <= float(row.km_proven) + 0.15


def test_quays_stand_where_the_road_database_has_them(shared):
    quays = pd.read_csv(shared / "sourced" / "node_candidates.csv", dtype=str, keep_default_na=False)
    nodes = table("nodes").set_index("node_id")
    moved = quays[quays["advice"] == "move the node to the quay"]
    for row in moved.itertuples():
        if row.quay_status == "closed":
            continue
        north = (float(nodes.loc[row.node_id, "lat"]) - float(row.lat_sourced)) * 111.2
        east = (float(nodes.loc[row.node_id, "lon"]) - float(row.lon_sourced)) * 111.2
        assert math.hypot(north, east * math.cos(math.radians(float(row.lat_sourced)))) < 0.01


@pytest.mark.parametrize("name", ["nodes", "roads", "ferries", "settlements", "facilities", "stations"])
def test_every_row_says_where_it_is_from(name):
    rows = table(name)
    for column in ("source", "licence", "confidence"):
        assert (rows[column].str.strip() != "").all(), column
    assert set(rows["confidence"]) <= {"sourced", "sourced-old", "computed", "recalled"}


def test_most_road_kilometres_are_no_longer_recalled():
    rows = table("roads")
    km = rows["length_km"].astype(float)
    assert km[rows["confidence"] == "recalled"].sum() / km.sum() < 0.4


def test_people_live_at_places_and_not_at_junctions_or_airports():
    names = table("settlements")["name"]
    odd = re.compile(r"lufthavn|helikopterhavn|junction|\((E|Fv|Rv)\d", flags=re.IGNORECASE)
    assert [name for name in names if odd.search(name)] == []


def test_hospitals_are_not_joined_to_airports():
    rows, nodes = table("facilities"), table("nodes").set_index("node_id")
    care = rows[rows["kind"].isin(["akuttmottak", "legevakt", "dms", "ct_stroke"])]
    assert (nodes.loc[care["node_id"], "kind"] != "airport").all()
    roads = table("roads")
    ends = {frozenset(pair) for pair in zip(roads["from_node"], roads["to_node"], strict=True)}
    assert {frozenset({"breivika", "tomasjordnes"}), frozenset({"tromso", "tromsdalen"})} <= ends
    assert frozenset({"skytterhusfjellet", "kirkenes"}) in ends
    assert frozenset({"fjordgard", "husoy-i-senja"}) not in ends


def test_municipalities_fall_into_the_groups_that_planners_name():
    rows = table("municipalities")
    assert rows["helsefellesskap"].value_counts().to_dict() == {
        "Troms-Ofoten": 24,
        "Lofoten-Vesterålen-Salten": 20,
        "Helgeland": 18,
        "Finnmark": 18,
    }
    small = rows["population_2026"].astype(int) < 5000
    assert (rows["size_class"].isin(["under 2,000", "2,000-4,999"]) == small).all()
    assert set(rows["centrality"]) <= set("123456")


@pytest.fixture(scope="module")
def program():
    sys.path.insert(0, str(ROOT / "tests" / "studies"))
    try:
        yield importlib.import_module("sourced.__main__")
    finally:
        sys.path.remove(str(ROOT / "tests" / "studies"))


def test_the_program_that_laid_the_tables_in_changes_nothing_more(program, shared, tmp_path):
    folder = tmp_path / "nord-norge"
    shutil.copytree(DATA, folder)
    assert program.main(folder, shared, people_too=False) == 0
    for file in sorted(DATA.glob("*.csv")):
        assert (folder / file.name).read_bytes() == file.read_bytes(), file.name


def test_people_are_given_to_places_by_the_same_program(program, shared):
    book = program.Book(DATA)
    book.tables["municipalities"] = book["municipalities"].loc[["1856", "5634"]]
    before = book["settlements"]
    program.settlements(book, shared)
    mine = before[before["municipality_code"].isin(["1856", "5634"])]
    pd.testing.assert_frame_equal(book["settlements"][mine.columns].sort_index(), mine.sort_index())


def test_hazards_are_the_closed_days_of_the_road_database(shared):
    """Every pass on a road of the study, with its days; read from the study file and not from the program."""
    hazards = ga.load_study("nord-norge").config.hazards
    scenarios = ga.load_study("nord-norge").config.scenarios
    roads = pd.read_csv(DATA / "roads.csv", dtype=str, keep_default_na=False)
    told = {
        (
            *scenarios[one.scenario].links_out,
            *roads.loc[roads["pass_name"].isin(scenarios[one.scenario].passes_closed), "road_id"],
        ): one.days
        for one in hazards.values()
        if "NVDB" in one.source
    }
    passes = pd.read_csv(shared / "sourced" / "passes_nvdb.csv", dtype=str, keep_default_na=False)
    ours = passes[(passes["product_road_ids"] != "") & (pd.to_numeric(passes["days_closed_per_year"]) >= 2)]
    assert len(ours) == 15
    for row in ours.itertuples():
        assert told[tuple(row.product_road_ids.split(";"))] == float(row.days_closed_per_year), row.name


def test_the_shipped_areas_are_small_and_still_a_coverage(shared):
    file = DATA / "areas.geojson"
    assert file.stat().st_size < 400_000
    areas = gpd.read_file(file)
    assert set(areas["municipality_code"]) == set(table("municipalities")["municipality_code"])
    whole = gpd.read_file(shared / "boundaries" / "municipalities_nnorway_2024.geojson").to_crs(25833)
    metric = areas.to_crs(25833).set_index("municipality_code").geometry.make_valid()
    for row in whole.itertuples():
        assert metric[row.kommunenummer].area == pytest.approx(row.geometry.area, rel=0.08, abs=6e6)
    # Neighbours share their border: together they are as large as one by one, but for rounding.
    assert metric.union_all().area == pytest.approx(metric.area.sum(), rel=2e-4)
