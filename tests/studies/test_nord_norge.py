"""The embedded study as a whole: frozen figures, plausible journeys, checks, and the main job."""

from __future__ import annotations

import importlib.util
import itertools
import json
import math
from pathlib import Path

import networkx as nx
import numpy as np
import pandas as pd
import pytest

import geoaccess as ga
from geoaccess.cli.app import run
from geoaccess.questions.journey.answer import find_route
from geoaccess.questions.losses.answer import losses
from geoaccess.study.check import check_study

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def study():
    return ga.load_study("nord-norge")


def headlines():
    spec = importlib.util.spec_from_file_location("headlines", Path(__file__).with_name("headlines.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_headline_figures_change_only_with_a_reason():
    module = headlines()
    frozen = json.loads(module.FILE.read_text(encoding="utf-8"))
    assert json.loads(json.dumps(module.compute())) == frozen["figures"]
    changelog = " ".join((ROOT / "CHANGELOG.md").read_text(encoding="utf-8").split())
    assert " ".join(frozen["changelog"].split()) in changelog


@pytest.mark.parametrize(
    ("origin", "destination", "low", "high"),
    [
        ("Mo i Rana", "Bodø", 200, 240),
        ("Tromsø", "Narvik", 200, 260),
        ("Alta", "Hammerfest", 105, 140),
        ("Bodø", "Narvik", 270, 350),
        ("Alta", "Kirkenes", 440, 520),
        ("Vadsø", "Kirkenes", 120, 155),
    ],
)
def test_journeys_are_plausible(study, origin, destination, low, high):
    for start, stop in itertools.permutations((origin, destination)):
        journey = find_route(study.network, start, stop, study=study)
        assert low <= journey.travel_time_min <= high
        told = sum(leg["travel_time_min"] for leg in journey.legs)
        assert told == pytest.approx(journey.travel_time_min)


def test_bodo_to_narvik_takes_the_bognes_ferry(study):
    journey = find_route(study.network, "Bodø", "Narvik", study=study)
    ferry = next(leg for leg in journey.legs if leg["kind"] == "ferry")
    assert "Bognes" in ferry["name"]
    assert ferry["wait_min"] > 0


def test_the_clock_runs_on_while_people_travel(capsys):
    command = ["route", "nord-norge", "Brasøy", "Sandnessjøen", "--leave", "22:00", "--json"]
    assert run(command) == 0
    told = json.loads(capsys.readouterr().out)
    last = told["legs"][-1]
    # The last ferry has gone at midnight: whoever comes some minutes past it waits for the morning.
    assert last["kind"] == "ferry"
    assert last["begins"].startswith("00:")
    assert last["begins"].endswith("(+1 day)")
    assert last["wait_min"] > 300
    assert told["one_clock_min"] < 200 < told["travel_time_min"]
    assert f"as in tables: {told['one_clock_min']:.0f} min" in told["clock"]
    assert run([*command[:4], "--leave", "25:99"]) == 2
    assert run([*command[:4], "--weekday", "sun"]) == 2
    assert "needs --leave" in capsys.readouterr().err


def test_a_network_built_from_the_tables_closes_boats_without_a_car_deck(tmp_path, capsys):
    tables = str(ga.load_study("nord-norge").folder)
    assert run(["network", "build", tables, "-o", str(tmp_path / "n.net"), "-q"]) == 0
    assert run(["route", str(tmp_path / "n.net"), "hammerfest", "akkarfjord"]) == 1
    assert "no way from" in capsys.readouterr().err


def test_only_the_people_without_road_or_car_ferry_are_unreachable(study):
    for kind in study.report_kinds():
        times = ga.travel_times(study, to=kind)
        nowhere = times.index[times.isna().all(axis=1)].tolist()
        assert nowhere == ["akkarfjord"]
    assert study.weight()[study.demand["demand_id"] == "akkarfjord"].sum() == 136


def test_no_ferry_is_shorter_than_the_straight_line_between_its_quays(study):
    from geoaccess.study.lengths import too_short

    assert too_short(study.network, study.folder) == []


def test_the_study_passes_its_own_check(shared):
    boundaries = shared / "boundaries" / "municipalities_nnorway_2024.geojson"
    report = check_study("nord-norge", boundaries=boundaries)
    assert [str(fault) for fault in report.faults] == []
    assert not any(check.skipped for check in report.checks)


def test_times_agree_with_networkx(study):
    facilities = study.facilities_of("akuttmottak")
    graph = nx.DiGraph()
    edges = study.network.edges_frame()
    for edge in edges.itertuples():
        old = graph.get_edge_data(edge.from_id, edge.to_id, {"weight": math.inf})["weight"]
        if math.isfinite(edge.travel_time_min):
            graph.add_edge(edge.from_id, edge.to_id, weight=min(old, edge.travel_time_min))
    times = ga.travel_times(study, to="akuttmottak")
    access = study.config.network.access
    per_km = 60.0 / access.speed_kph * access.detour_factor
    joined = study.on_network(facilities)
    for column, (node, door_s) in enumerate(zip(facilities["node_id"], joined.access_s, strict=True)):
        lengths = nx.single_source_dijkstra_path_length(graph.reverse(copy=False), node)
        expected = [
            lengths.get(row.node_id, math.nan) + row.access_km * per_km + door_s / 60.0
            for row in study.demand.itertuples()
        ]
        np.testing.assert_allclose(times.iloc[:, column], expected, rtol=0, atol=1e-6)


def test_every_person_is_counted_once(study):
    table = ga.accessibility(study)
    for _, rows in table.rows.groupby("kind"):
        assert rows["persons"].sum() == study.weight().sum() == 489_778
    assert len(table.rows) == 3 * 80


def test_more_stations_never_hurt(study):
    means = [ga.place(study, "ambulance", sites=count).after["mean_min"] for count in range(4)]
    assert means == sorted(means, reverse=True)
    assert ga.place(study, "ambulance", sites=0).after == ga.place(study, "ambulance", sites=0).before


def test_one_station_is_the_best_of_all_single_ones(study):
    from geoaccess.questions.placement.minutes import site_minutes
    from geoaccess.questions.placement.sites import site_table

    question = study.placement("ambulance")
    places = site_table(study, question)
    minutes = np.nan_to_num(site_minutes(study, question, places), nan=np.inf)
    persons = study.weight()
    today = minutes[:, (places["role"] == "existing").to_numpy()].min(axis=1)
    reached = np.isfinite(today)  # Akkarfjord is reached by no station, and is no candidate itself
    best = math.inf
    for column in np.flatnonzero((places["role"] == "candidate").to_numpy()):
        after = np.minimum(today, minutes[:, column])
        assert (np.isfinite(after) == reached).all()
        best = min(best, float(np.average(after[reached], weights=persons[reached])))
    assert ga.place(study, "ambulance", sites=1).after["mean_min"] == pytest.approx(best)


@pytest.mark.parametrize("scenario", ["summer-day", "winter-day", "winter-night", "bognes-out", "ssb"])
def test_scenarios_run_and_name_their_overlays(study, scenario):

    state = study.in_state(scenario=scenario)
    boats, *made = state.network.overlays
    assert boats == "no car deck, closed to vehicles: Hammerfest-Akkarfjord"
    assert made
    assert all(name.startswith(f"{scenario}: ") or "winter-day" in name for name in made)
    times = ga.travel_times(study, to="akuttmottak", scenario=scenario)
    assert times.notna().any(axis=None)


def test_a_closed_ferry_never_shortens_a_journey(study):
    before = ga.travel_times(study, to="akuttmottak").fillna(math.inf)
    after = ga.travel_times(study, to="akuttmottak", scenario="bognes-out").fillna(math.inf)
    assert (after.to_numpy() >= before.to_numpy() - 1e-9).all()


def test_losses_rank_what_hurts(study):
    found = losses(study, of=("ferries", "passes", "facilities"), kinds=["akuttmottak"])
    assert found.rows["persons_no_longer_reached"].is_monotonic_decreasing
    assert found.cut_off.iloc[0]["family"] == "passes"
    assert found.longer["person_min_lost"].is_monotonic_decreasing
    assert found.longer.iloc[0]["family"] == "facilities"
    names = set(found.rows["name"])
    assert {"Sennalandet", "UNN Tromsø"} <= names


def test_the_demo_writes_a_whole_run(tmp_path, capsys):
    target = tmp_path / "demo"
    assert run(["demo", "-o", str(target), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["place"]["status"] == "optimal"
    assert told["place"]["gap"] == 0
    assert len(told["rows"]) == 240
    assert "curated approximation" in told["notice"]
    saved = json.loads((target / "run.json").read_text(encoding="utf-8"))
    assert "curated approximation" in saved["notice"]
    for name in ("nearest", "groups", "region", "sites", "placement"):
        assert len(pd.read_csv(target / f"{name}.csv")) > 0
    page = (target / "map.html").read_text(encoding="utf-8")
    assert "curated approximation" in page
    assert run(["demo", "-o", str(target)]) == 0  # a demo may be replaced by another


def test_municipalities_are_drawn_as_areas_of_the_study_or_of_a_file_that_is_named(tmp_path, shared, capsys):
    target, drawn = tmp_path / "run", tmp_path / "areas.html"
    assert run(["access", "nord-norge", "--to", "akuttmottak", "-o", str(target), "-q"]) == 0
    plain = (target / "map.html").read_text(encoding="utf-8")
    boundaries = shared / "boundaries" / "municipalities_nnorway_2024.geojson"
    assert run(["map", str(target), "-o", str(drawn), "--boundaries", str(boundaries), "-q"]) == 0
    assert "Municipalities, filled" in drawn.read_text(encoding="utf-8")
    assert "Municipalities, filled" in plain
    capsys.readouterr()
    assert run(["map", str(target), "-o", str(drawn), "--boundaries", str(tmp_path / "none.geojson")]) == 3
    assert "none.geojson" in capsys.readouterr().err
