"""What a study rests on, a copy of it, its projection's variants, its groups."""

from __future__ import annotations

import json
from itertools import pairwise

import networkx as nx
import numpy as np
import pandas as pd
import pytest

import geoaccess as ga
from geoaccess.cli.app import run
from geoaccess.study.sources import leaning


@pytest.fixture(scope="module")
def study():
    return ga.load_study("nord-norge")


def test_person_minutes_are_told_by_what_the_links_rest_on(study):
    """Against shortest paths of networkx, link by link."""
    found = leaning(study).minutes.set_index("kind").loc["akuttmottak"]
    graph = nx.DiGraph()
    for edge in study.network.edges_frame().itertuples():
        minutes = edge.travel_time_min
        known = graph.get_edge_data(edge.from_id, edge.to_id, {"minutes": np.inf})["minutes"]
        if np.isfinite(minutes) and minutes < known:
            graph.add_edge(edge.from_id, edge.to_id, minutes=minutes, confidence=edge.confidence)
    facilities = study.facilities_of("akuttmottak")
    doors = study.on_network(facilities).access_s / 60.0
    graph.add_node("door")
    for node, minutes in zip(facilities["node_id"], doors, strict=True):
        if minutes < graph.get_edge_data(node, "door", {"minutes": np.inf})["minutes"]:
            graph.add_edge(node, "door", minutes=float(minutes), confidence="access")
    ways = nx.single_source_dijkstra_path(graph.reverse(), "door", weight="minutes")
    spent: dict[str, float] = {}
    homes = study.demand_points.access_s / 60.0
    for node, home_min, persons in zip(study.demand["node_id"], homes, study.weight(), strict=True):
        if node in ways:
            spent["access"] = spent.get("access", 0.0) + persons * home_min
            way = ways[node][::-1]
            for leg in pairwise(way):
                edge = graph.edges[leg]
                spent[edge["confidence"]] = spent.get(edge["confidence"], 0.0) + persons * edge["minutes"]
    total = sum(spent.values())
    for basis, minutes in spent.items():
        assert found[f"share_{basis}"] == pytest.approx(minutes / total, abs=2e-3), basis
    times = ga.accessibility(study, kinds=["akuttmottak"]).region
    assert found["mean_min"] == pytest.approx(times["mean_min"].iloc[0], abs=1e-3)


def test_sources_are_told_on_the_terminal_and_as_data(study, capsys):
    assert run(["study", "sources", "nord-norge", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    roads = pd.read_csv(study.folder / "roads.csv")
    row = next(row for row in told["tables"] if row["table"] == "roads")
    assert row["recalled"] == (roads["confidence"] == "recalled").sum()
    km = next(row for row in told["kilometres"] if row["links"] == "roads")
    assert km["sourced"] == pytest.approx(roads.loc[roads["confidence"] == "sourced", "length_km"].sum())
    legevakt = next(row for row in told["answers"] if row["kind"] == "legevakt")
    facilities = pd.read_csv(study.folder / "facilities.csv")
    mine = facilities[facilities["kind"] == "legevakt"]["confidence"]
    assert legevakt["share_recalled"] == pytest.approx((mine == "recalled").mean())


def test_a_study_is_copied_whole_and_never_over_another(study, tmp_path, capsys):
    assert run(["study", "copy", "nord-norge", str(tmp_path / "mine"), "-q"]) == 0
    for file in study.folder.iterdir():
        assert (tmp_path / "mine" / file.name).read_bytes() == file.read_bytes()
    assert ga.load_study(tmp_path / "mine").weight().sum() == study.weight().sum()
    assert run(["study", "copy", "nord-norge", str(tmp_path / "mine"), "-q"]) == 3
    assert "is there already" in capsys.readouterr().err


@pytest.mark.parametrize("variant", ["main", "low", "high"])
def test_people_of_2035_are_those_of_the_published_variant(variant, shared, capsys):
    command = [
        "access",
        "nord-norge",
        "--to",
        "akuttmottak",
        "--year",
        "2035",
        "--variant",
        variant,
        "--json",
    ]
    assert run(command) == 0
    told = json.loads(capsys.readouterr().out)
    published = pd.read_csv(shared / "sourced" / "projection.csv", dtype={"municipality_code": str})
    published = published[(published["year"] == 2035) & (published["variant"] == variant)]
    persons = {row["municipality"]: row["persons"] for row in told["rows"]}
    assert sum(persons.values()) == pytest.approx(published["population"].sum())
    bodo = published.loc[published["municipality_code"] == "1804", "population"].iloc[0]
    assert persons["Bodø"] == pytest.approx(bodo)


def test_a_variant_without_a_year_or_without_a_name_is_refused(capsys):
    assert run(["access", "nord-norge", "--variant", "low"]) == 2
    assert run(["access", "nord-norge", "--year", "2035", "--variant", "lo"]) == 2
    assert "did you mean 'low'" in capsys.readouterr().err


@pytest.mark.parametrize(
    "group", ["helsefellesskap", "centrality", "size_class", "sami_area", "local_hospital", "county"]
)
def test_groups_sum_to_everybody_and_bear_names(study, group):
    table = ga.accessibility(study, by=group, kinds=["akuttmottak"]).rows
    assert table["persons"].sum() == study.weight().sum()
    if group == "local_hospital":
        assert set(table[group]) == set(study.facilities_of("akuttmottak")["name"])


@pytest.mark.parametrize("typed", ["Porsáŋgu", "porsanki", "Porsanger", "Porsanger-Porsáŋgu-Porsanki"])
def test_a_municipality_answers_to_each_of_its_names(study, typed):
    from geoaccess.ground.search import find_name

    known = dict(zip(study.municipalities["municipality_code"], study.municipalities["name"], strict=True))
    assert find_name("municipality", typed, known) == "5622"
