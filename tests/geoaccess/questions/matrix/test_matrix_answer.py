"""The folder of a matrix: what each end has, of the pairs of its own file gone through one by one."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import geoaccess as ga
from geoaccess.answers.answer import load_answer
from geoaccess.cli.app import run
from geoaccess.questions.matrix import map as matrix_map
from geoaccess.questions.matrix.ends import Ends
from geoaccess.questions.matrix.pairs import TIME, Pairs
from geoaccess.questions.registry import document, report_document
from geoaccess.words.words import Words
from networks import save_network

HOMES = """id,lon,lat
Town,18.0,69.0
West,18.0,69.5
Færøy,18.0,69.8
Island,15.0,70.5
Lost,30.0,75.0
"""
PLACES = "id,lon,lat\nTown hospital,18.0,69.0\nFærøy hospital,18.0,69.8\nIsland doctor,15.0,70.5\n"
ASKED = {"all": [], "nearest": ["--nearest", "2"], "within": ["--max-min", "70"], "legs": ["--legs"]}


@pytest.fixture
def asked(fjord: Path, tmp_path: Path) -> list[str]:
    net, homes, places = tmp_path / "fjord.net", tmp_path / "homes.csv", tmp_path / "places.csv"
    save_network(ga.load_study(fjord).network, net)
    homes.write_text(HOMES, encoding="utf-8")
    places.write_text(PLACES, encoding="utf-8")
    return ["matrix", str(net), "--origins", str(homes), "--destinations", str(places)]


@pytest.mark.parametrize("way", ASKED)
def test_the_ends_are_those_of_the_pairs_in_the_file(asked: list[str], tmp_path: Path, way: str) -> None:
    out = tmp_path / "out"
    assert run([*asked, *ASKED[way], "-o", str(out), "-q"]) == 0
    pairs = pd.read_parquet(out / "pairs.parquet").astype({"from_id": str, "to_id": str})
    answer = load_answer(out)
    for side, own, other in (("origins", "from_id", "to_id"), ("destinations", "to_id", "from_id")):
        for row in answer.tables[f"matrix_{side}"].to_dict("records"):
            of_it = pairs[pairs[own] == row[own]]
            here = list(zip(of_it[TIME].tolist(), of_it[other].tolist(), strict=True))
            here = [(time, name) for time, name in here if not math.isnan(time)]
            assert row["pairs_reached"] == len(here)
            if not here:
                assert (row["nearest_id"], row["farthest_id"]) == ("", "")
                assert math.isnan(row["nearest_min"])
                assert math.isnan(row["farthest_min"])
                continue
            assert (row["nearest_min"], row["farthest_min"]) == (min(here)[0], max(here)[0])
            assert (row["nearest_min"], row["nearest_id"]) in here
            assert (row["farthest_min"], row["farthest_id"]) in here
    wanted = {"nearest": 2}.get(way, 3)
    origins = answer.tables["matrix_origins"]
    assert (origins["pairs_reached"] + origins["pairs_left"] == wanted).all()
    told = answer.facts["matrix"]
    assert told["pairs_reached"] + told["pairs_left"] == 5 * wanted
    assert told["pairs"] == len(pairs)
    by_id = origins.set_index("from_id")
    assert by_id["nearest_min"].isna().to_dict() == {
        "Town": False,
        "West": False,
        "Færøy": False,
        "Island": False,
        "Lost": True,
    }
    assert ("pairs_left" in answer.tables["matrix_destinations"]) == (way != "nearest")
    assert any(note.code == "note.points_unjoined" and note.fields["points"] == 1 for note in answer.notes), (
        "who was not joined is told"
    )


def test_the_table_and_the_folder_hold_the_same_pairs(asked: list[str], tmp_path: Path) -> None:
    assert run([*asked, "-o", str(tmp_path / "out"), "-q"]) == 0
    assert run([*asked, "-o", str(tmp_path / "out.parquet"), "-q"]) == 0
    pd.testing.assert_frame_equal(
        pd.read_parquet(tmp_path / "out" / "pairs.parquet"), pd.read_parquet(tmp_path / "out.parquet")
    )


def test_a_folder_is_replaced_only_when_it_is_said(
    asked: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert run([*asked, "-o", str(out), "-q"]) == 0
    before = (out / "run.json").read_bytes()
    assert run([*asked, "-o", str(out), "-q"]) == 1
    assert "--overwrite" in capsys.readouterr().err
    assert (out / "run.json").read_bytes() == before
    assert run([*asked, "--max-min", "5", "-o", str(out), "-q", "--overwrite"]) == 0
    assert json.loads((out / "run.json").read_text())["matrix"]["max_min"] == 5


def test_a_pair_that_is_unreachable_is_seen_on_map_and_report(asked: list[str], tmp_path: Path) -> None:
    assert run([*asked, "-o", str(tmp_path / "out"), "-q"]) == 0
    answer = load_answer(tmp_path / "out")
    for language in ("en", "nb"):
        made = document(answer, language=language)
        points = next(layer for layer in made.layers if layer.key == "origins")
        drawn = dict(zip(points.labels, points.series[0].values, strict=True))
        assert math.isnan(drawn["Lost"])
        assert drawn["Island"] == 0.0
        assert [round(one.value) for one in made.views[0].headline] == [7, 8, 1]
        brief = report_document(answer, Words(language)).sections[0].blocks
        table = brief[2].frame
        assert table["from_id"].tolist()[0] == "Lost", "whom nothing reaches stands first"
        assert [item.value for item in brief[0].items[:3]] == ["7", "8", "1"]


def test_a_map_of_very_many_keeps_the_worst_off_and_says_so(
    asked: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(matrix_map, "MOST_DRAWN", 2)
    assert run([*asked, "-o", str(tmp_path / "out"), "-q"]) == 0
    made = document(load_answer(tmp_path / "out"))
    points = next(layer for layer in made.layers if layer.key == "origins")
    assert points.labels == ["West", "Lost"]
    assert "5 starting points" in made.views[0].explanation


@given(st.data())
def test_blocks_of_any_size_give_the_same_ends(data: st.DataObject) -> None:
    n, m = data.draw(st.integers(1, 6)), data.draw(st.integers(1, 6))
    times = st.sampled_from([0.0, 1.0, 2.0, 2.5, np.nan])
    minutes = np.array(data.draw(st.lists(times, min_size=n * m, max_size=n * m))).reshape(n, m)
    cut = data.draw(st.integers(1, n))
    ends = Ends(n, m)
    blocks = []
    for start in range(0, n, cut):
        rows, columns = (one.ravel() for one in np.indices(minutes[start : start + cut].shape))
        blocks.append(Pairs(rows + start, columns, {TIME: minutes[start : start + cut].ravel()}))
    assert list(ends.seen(blocks)) == blocks
    for side, table in ((ends.origins, minutes), (ends.destinations, minutes.T)):
        for at, row in enumerate(table.tolist()):
            known = [(time, other) for other, time in enumerate(row) if not math.isnan(time)]
            assert side.reached[at] == len(known)
            nearest = min(known)[1] if known else -1
            farthest = min((-time, other) for time, other in known)[1] if known else -1
            assert (side.nearest[at], side.farthest[at]) == (nearest, farthest), "of equal ones the first"
    counted = [sum(side == at for side in ends.origins.nearest) for at in range(m)]
    assert ends.nearest_of().tolist() == counted
