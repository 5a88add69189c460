"""Sweeps into a folder: what stands there is kept if it answers the same question, whatever stopped the sweep."""

from __future__ import annotations

import dataclasses
import json
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from shapely.geometry import box

import geoaccess as ga
from geoaccess.cli.app import run
from geoaccess.ground.digests import digest_of
from geoaccess.ground.errors import DataError, OutputError
from geoaccess.questions.matrix.pairs import read_facts
from geoaccess.questions.sweep.answer import Asked, read_partitions, run_sweep
from geoaccess.questions.sweep.sources import HazardStates, study_source
from networks import load_network, save_network
from networks.files import network_digest
from networks.overlays import SpeedFactors, flooded

ROOT = Path(__file__).resolve().parents[4]
STATES = ["base", "no-ferry", "slow", "slow-no-ferry", "closed"]


def swept(capsys, *arguments):
    """What the command tells as JSON."""
    code = run(["sweep", *map(str, arguments), "--json"])
    told = capsys.readouterr()
    assert code == 0, told.err
    return json.loads(told.out)


def partitions(folder: Path) -> dict[str, tuple[str, dict[str, str] | None]]:
    """The rows of every partition, to the bit, and its facts; padding within files differs from run to run."""
    found = {}
    for path in sorted(folder.rglob("part.parquet")):
        rows = pq.read_table(path, partitioning=None).to_pandas()
        rows["travel_time_min"] = rows["travel_time_min"].map(float.hex)
        facts = read_facts(path) or {}
        found[str(path.relative_to(folder))] = (rows.to_csv(index=False), facts)
    return found


def test_every_scenario_becomes_a_partition_with_the_times_of_the_library(fjord, tmp_path, capsys):
    out = tmp_path / "out"
    told = swept(capsys, fjord, "-o", out, "--to", "hospital", "--to", "station")
    assert [row["scenario"] for row in told["rows"]] == STATES
    assert told["computed"] == told["states"] == 5
    assert told["engine"]["ran"] == ["scipy"]
    found = pd.read_parquet(out).set_index(["scenario", "kind", "from_id", "to_id"])["travel_time_min"]
    for scenario in STATES:
        for kind in ("hospital", "station"):
            expected = ga.travel_times(str(fjord), to=kind, scenario=scenario)
            here = found[scenario][kind].unstack()[list(expected.columns)].loc[expected.index]
            np.testing.assert_array_equal(here.to_numpy(), expected.to_numpy())
    assert set(found["closed"]["hospital"].unstack().columns) == {"h2"}, "the scenario closes h1"
    keys = ["scenario", "kind", "from_id", "to_id"]
    again = read_partitions(out).sort_values(keys, ignore_index=True)
    found = found.reset_index().astype({"scenario": str}).sort_values(keys, ignore_index=True)
    pd.testing.assert_frame_equal(again[list(found.columns)], found, check_dtype=False)
    states = pd.read_csv(out / "_states.csv")
    assert states["unreachable"].tolist() == [row["unreachable"] for row in told["rows"]]
    assert json.loads((out / "_sweep.json").read_text())["pairs"] == told["pairs"] == len(found)


def test_what_is_there_is_kept_and_only_the_rest_is_computed(fjord, tmp_path, capsys):
    out = tmp_path / "out"
    assert swept(capsys, fjord, "-o", out, "--scenario", "base", "--scenario", "slow")["computed"] == 2
    before = {path: (out / path).stat().st_mtime_ns for path in partitions(out)}
    told = swept(capsys, fjord, "-o", out)
    assert (told["states"], told["computed"], told["kept"]) == (5, 3, 2)
    assert [row["scenario"] for row in told["rows"]] == STATES, "in their order, whatever was there"
    assert {path: (out / path).stat().st_mtime_ns for path in before} == before
    assert run(["sweep", str(fjord), "-o", str(out)]) == 0
    assert "5 of 5 states are there already and are kept" in capsys.readouterr().err


@pytest.mark.parametrize("damage", [b"", b"PAR1 cut short"])
def test_a_damaged_partition_is_computed_again(fjord, tmp_path, capsys, damage):
    out = tmp_path / "out"
    swept(capsys, fjord, "-o", out)
    whole = partitions(out)
    path = out / "source=fjord" / "scenario=slow" / "part.parquet"
    path.write_bytes(damage)
    assert swept(capsys, fjord, "-o", out)["computed"] == 1
    assert partitions(out) == whole


CHANGES = {
    "roads": ("roads.csv", "tw,town,west,E6,european,60", "tw,town,west,E6,european,61"),
    "points": ("people.csv", "d4,Færøy,0202,far,69.8,18.0,2", "d4,Færøy,0202,far,69.8,18.0,3"),
    "ids": ("people.csv", "d4,Færøy", "d9,Færøy"),
    "ferries": ("ferries.csv", ",5.6,20,", ",5.6,30,"),
    "scenario": ("study.toml", '"*" = 0.5', '"*" = 0.6'),
    "facilities": ("places.csv", "h2,Færøy hospital", "h3,Færøy hospital"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_partitions_of_other_data_are_refused_and_replaced_on_request(fjord, tmp_path, capsys, change):
    out = tmp_path / "out"
    swept(capsys, fjord, "-o", out)
    file, old, new = CHANGES[change]
    text = (fjord / file).read_text(encoding="utf-8")
    assert old in text
    (fjord / file).write_text(text.replace(old, new), encoding="utf-8")
    before = partitions(out)
    assert run(["sweep", str(fjord), "-o", str(out)]) == 1
    assert "computed from other data" in capsys.readouterr().err
    assert partitions(out) == before
    told = swept(capsys, fjord, "-o", out, "--overwrite")
    assert told["computed"] == (2 if change == "scenario" else 5)
    fresh = swept(capsys, fjord, "-o", tmp_path / "fresh")
    assert fresh["computed"] == 5
    assert partitions(out) == partitions(tmp_path / "fresh")


def test_a_state_that_is_not_asked_for_now_is_not_mixed_in_either(fjord, tmp_path, capsys):
    out = tmp_path / "out"
    swept(capsys, fjord, "-o", out, "--scenario", "slow")
    arguments = ["sweep", str(fjord), "-o", str(out), "--scenario", "base", "--max-min", "60"]
    assert run(arguments) == 1
    assert "scenario=slow" in capsys.readouterr().err
    assert run([*arguments, "--overwrite"]) == 0
    assert list(partitions(out)) == ["source=fjord/scenario=base/part.parquet"]


DIES = """
import os, signal, sys
import geoaccess.questions.sweep.answer as runs
from geoaccess.cli.app import run

write, left = runs.write_pairs, [2]

def dying(*arguments, **options):
    if not left[0]:
        os.kill(os.getpid(), signal.SIGKILL)
    left[0] -= 1
    return write(*arguments, **options)

runs.write_pairs = dying
run(sys.argv[1:])
"""


def test_a_killed_sweep_goes_on_where_it_was(fjord, tmp_path, capsys):
    whole, out = tmp_path / "whole", tmp_path / "out"
    swept(capsys, fjord, "-o", whole)
    died = subprocess.run(
        [sys.executable, "-c", DIES, "sweep", str(fjord), "-o", str(out)],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    assert died.returncode == -signal.SIGKILL
    assert len(partitions(out)) == 2
    assert not (out / "_sweep.json").exists(), "nothing says that the sweep is complete"
    told = swept(capsys, fjord, "-o", out)
    assert (told["kept"], told["computed"]) == (2, 3)
    assert partitions(out) == partitions(whole)


def test_a_cluster_writes_the_same_times_to_the_bit(fjord, tmp_path, capsys):
    pytest.importorskip("distributed")
    alone, together = tmp_path / "alone", tmp_path / "together"
    swept(capsys, fjord, "-o", alone)
    assert swept(capsys, fjord, "-o", together, "--cluster", "local")["cluster"] == "local"
    assert partitions(alone) == partitions(together)


def test_nearest_of_each_kind_and_limits(fjord, tmp_path, capsys):
    kinds = ["--to", "hospital", "--to", "station"]
    swept(capsys, fjord, "-o", tmp_path / "all", *kinds)
    swept(capsys, fjord, "-o", tmp_path / "near", *kinds, "--nearest", "1")
    swept(capsys, fjord, "-o", tmp_path / "limit", *kinds, "--max-min", "40")
    every = read_partitions(tmp_path / "all").dropna()
    keys = ["scenario", "from_id", "kind"]
    best = every.loc[every.groupby(keys)["travel_time_min"].idxmin()]
    near = read_partitions(tmp_path / "near")
    assert sorted(zip(*(near[key] for key in [*keys, "to_id"]), strict=True)) == sorted(
        zip(*(best[key] for key in [*keys, "to_id"]), strict=True)
    )
    limit = read_partitions(tmp_path / "limit")
    assert len(limit) == (every["travel_time_min"] <= 40).sum() > 0
    assert limit["travel_time_min"].max() <= 40


def test_access_takes_an_engine_and_says_which_ran(fjord, capsys):
    told = {}
    for engine in ("auto", "hierarchy"):
        assert run(["access", str(fjord), "--engine", engine, "--json"]) == 0
        told[engine] = json.loads(capsys.readouterr().out)
    assert told["auto"]["engine"]["ran"] == ["scipy"]
    assert told["hierarchy"]["engine"] == {
        "asked": "hierarchy",
        "ran": ["hierarchy"],
        "reasons": {"hierarchy": "asked for"},
    }
    first, second = (pd.DataFrame(told[engine]["rows"]) for engine in told)
    pd.testing.assert_frame_equal(first, second, rtol=0, atol=1e-6 / 60)


HAZARDS = """
[hazards.storm]
title = "The ferry is cancelled"
scenario = "no-ferry"
probability = 0.25
source = "assumption"

[hazards.snow]
title = "Slow roads"
scenario = "slow"
days = 36.5
source = "assumption"
"""


def test_states_of_hazards_carry_their_probability(fjord, tmp_path, capsys):
    study = fjord / "study.toml"
    study.write_text(study.read_text(encoding="utf-8") + HAZARDS, encoding="utf-8")
    out = tmp_path / "out"
    told = swept(capsys, fjord, "-o", out, "--hazards")
    chance = {row["scenario"]: row["probability"] for row in told["rows"]}
    assert chance == pytest.approx(
        {"(none)": 0.675, "storm": 0.225, "snow": 0.075, "snow + storm": 0.025}, abs=1e-12
    )
    found = read_partitions(out)
    both = found[found["scenario"] == "snow + storm"].set_index(["from_id", "to_id"])["travel_time_min"]
    expected = ga.travel_times(str(fjord), to="hospital", scenario="slow-no-ferry")
    np.testing.assert_array_equal(both.unstack()[list(expected.columns)].loc[expected.index], expected)
    with pytest.raises(DataError, match="one scenario at most"):
        study_source(ga.load_study(str(fjord)), scenarios=("base", "slow"), hazards=HazardStates())


def test_hazards_need_hazards(fjord, capsys, tmp_path):
    assert run(["sweep", str(fjord), "-o", str(tmp_path / "o"), "--hazards"]) == 3
    assert "no hazard" in capsys.readouterr().err


@pytest.fixture
def nets(fjord, tmp_path):
    """Two modes of one region as network files, points, and a folder of scenarios."""
    network = ga.load_study(str(fjord)).network
    save_network(network, tmp_path / "car.net")
    save_network(network.with_times(moving_s=network.moving_s / 2), tmp_path / "ambulance.net")
    pd.DataFrame({"id": ["t", "f"], "lon": [18.0, 18.0], "lat": [69.0, 69.8]}).to_csv(
        tmp_path / "points.csv", index=False
    )
    folder = tmp_path / "scenarios"
    folder.mkdir()
    (folder / "b slow.toml").write_text('title = "slow"\nspeed_factors = { "*" = 0.5 }\n', encoding="utf-8")
    (folder / "a.toml").write_text('title = "no ferry"\nlinks_out = ["ab"]\n', encoding="utf-8")
    return tmp_path


def test_modes_are_sources_beside_each_other(nets, capsys):
    points = ["--origins", nets / "points.csv", "--destinations", nets / "points.csv"]
    sources = [nets / "car.net", nets / "ambulance.net"]
    out = nets / "out"
    told = swept(capsys, *sources, *points, "-o", out, "--scenario", nets / "scenarios")
    names = [(row["source"], row["scenario"]) for row in told["rows"]]
    assert names == [(mode, state) for mode in ("car", "ambulance") for state in ("base", "a", "b slow")]
    found = pd.read_parquet(out).set_index(["source", "scenario", "from_id", "to_id"])["travel_time_min"]
    wait_min = load_network(sources[0]).wait_s.max() / 60
    car, ambulance = (found[mode]["base"]["t", "f"] for mode in ("car", "ambulance"))
    assert car - wait_min == pytest.approx(2 * (ambulance - wait_min))
    assert np.isnan(found["car"]["a"]["t", "f"])
    assert found["car"]["b slow"]["t", "f"] == pytest.approx(car + 90.0), "the roads take 90 min more"


@pytest.mark.parametrize(
    ("arguments", "said", "code"),
    [
        (["car.net"], "say --origins and --destinations", 2),
        (["car.net", "--hazards", "POINTS"], "are for studies", 2),
        (["car.net", "car.net", "POINTS"], "two sources are named car", 3),
        (["car.net", "POINTS", "--scenario", "scenarios/a.toml", "--scenario", "scenarios"], "named a", 3),
        (["car.net", "POINTS", "--scenario", "missing.toml"], "missing.toml", 3),
    ],
)
def test_what_cannot_be_swept_is_said(nets, capsys, monkeypatch, arguments, said, code):
    monkeypatch.chdir(nets)
    points = ["--origins", "points.csv", "--destinations", "points.csv"]
    given = [part for each in arguments for part in (points if each == "POINTS" else [each])]
    assert run(["sweep", *given, "-o", "out"]) == code
    assert said in capsys.readouterr().err
    assert not partitions(nets / "out")


def test_a_name_that_is_no_folder_name_is_a_partition_all_the_same(fjord, tmp_path):
    source = study_source(ga.load_study(str(fjord)), scenarios=("base", "slow"))
    odd = "50 % / slow: æøå"
    states = tuple(dataclasses.replace(state, name=odd + state.name) for state in source.states)
    run_sweep([dataclasses.replace(source, states=states)], tmp_path / "out", Asked())
    assert set(read_partitions(tmp_path / "out")["scenario"]) == {odd + "base", odd + "slow"}
    assert set(pd.read_parquet(tmp_path / "out")["scenario"]) == {odd + "base", odd + "slow"}


def test_nothing_there_is_said(tmp_path):
    with pytest.raises(DataError, match="holds no partitions"):
        read_partitions(tmp_path)


def test_a_folder_that_cannot_be_written_is_one_error(fjord, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot write"):
        run_sweep([study_source(ga.load_study(str(fjord)))], tmp_path / "file" / "out", Asked())


def test_digests_tell_values_apart_and_nothing_else():
    factors = SpeedFactors(name="x", by_class={"a": 0.5, "b": 0.6})
    same = SpeedFactors(name="x", by_class={"b": 0.6, "a": 0.5})
    assert digest_of(factors) == digest_of(same)
    others = [
        dataclasses.replace(factors, by_class={"a": 0.5, "b": 0.7}),
        dataclasses.replace(factors, max_speed_kph=90.0),
        flooded(box(0, 0, 1, 1)),
        flooded(box(0, 0, 1, 2)),
        np.array([1.0, 2.0]),
        np.array([[1.0, 2.0]]),
        np.array([1, 2]),
        np.array(["1", None], dtype=object),
        {1, 2},
        [1, 2],
        {"1": 2},
        {1: 2},
        1,
        "1",
        1.5,
        None,
        Path("1"),
        np.float64(2.5),
    ]
    assert len({digest_of(value) for value in [factors, *others]}) == len(others) + 1
    with pytest.raises(TypeError, match="no plain form"):
        digest_of(object())


def test_the_digest_of_a_network_is_that_of_its_times_and_not_of_its_story(fjord):
    network = ga.load_study(str(fjord)).network
    told = dataclasses.replace(network, provenance={"built": "today"})
    assert network_digest(network) == network_digest(told)
    slower = network.with_times(wait_s=network.wait_s + 1.0)
    assert network_digest(network) != network_digest(slower)
