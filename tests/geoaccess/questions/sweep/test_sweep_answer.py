"""Who gains and who loses in each state of a sweep, against the library's own minutes gone through by hand."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import geoaccess as ga
from geoaccess.answers.answer import BESIDE, answer_folder, load_answer
from geoaccess.cli.app import run
from geoaccess.drawing.blocks import Table
from geoaccess.questions.registry import document, report_document
from geoaccess.words.words import Words
from networks import save_network

STATES = ["base", "no-ferry", "slow", "slow-no-ferry", "closed"]
KINDS = ["hospital", "station"]


def swept(*words: object) -> None:
    assert run(["sweep", *map(str, words), "-q"]) == 0


def by_hand(fjord: Path, kind: str) -> dict[str, list[float]]:
    """State -> minutes of everybody to the nearest, as the library tells them."""
    found = {}
    for state in STATES:
        table = ga.travel_times(str(fjord), to=kind, scenario=state)
        found[state] = [
            min((time for time in row if not math.isnan(time)), default=math.nan)
            for row in table.to_numpy().tolist()
        ]
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_gains_and_losses_are_those_of_everybody_one_by_one(fjord: Path, tmp_path: Path, kind: str) -> None:
    swept(fjord, "-o", tmp_path / "out", "--to", "hospital", "--to", "station")
    people = pd.read_csv(fjord / "people.csv")["people"].tolist()
    minutes = by_hand(fjord, kind)
    states = load_answer(tmp_path / "out").tables["sweep_states"]
    rows = states[states["kind"] == kind].set_index("scenario")
    assert rows.index.tolist() == STATES
    for state, here in minutes.items():
        told = rows.loc[state]
        every = list(zip(people, minutes["base"], here, strict=True))
        assert told["persons_unreachable"] == sum(p for p, _, now in every if math.isnan(now))
        assert told["persons_no_longer_reached"] == sum(
            p for p, before, now in every if math.isnan(now) and not math.isnan(before)
        )
        lost = [(p, now - before) for p, before, now in every if now > before + 1e-6]
        gained = [(p, before - now) for p, before, now in every if now < before - 1e-6]
        assert told["persons_lose"] == sum(p for p, _ in lost)
        assert told["person_min_lost"] == pytest.approx(sum(p * m for p, m in lost))
        assert told["persons_gain"] == sum(p for p, _ in gained)
        assert told["person_min_gained"] == pytest.approx(sum(p * m for p, m in gained))


@pytest.mark.parametrize("kind", KINDS)
def test_every_place_has_its_first_its_shortest_and_its_worst(fjord: Path, tmp_path: Path, kind: str) -> None:
    swept(fjord, "-o", tmp_path / "out", "--to", "hospital", "--to", "station")
    minutes = by_hand(fjord, kind)
    points = load_answer(tmp_path / "out").tables["sweep_points"]
    rows = points[points["kind"] == kind].reset_index(drop=True)
    for at, told in rows.iterrows():
        times = {state: minutes[state][at] for state in STATES}
        known = [time for time in times.values() if not math.isnan(time)]
        assert told["states_reached"] == len(known)
        np.testing.assert_equal(told["first_min"], times["base"])
        np.testing.assert_equal(told["least_min"], min(known, default=math.nan))
        if len(known) < len(STATES):
            assert math.isnan(told["longest_min"])
            assert told["longest_in"] == next(state for state, time in times.items() if math.isnan(time))
        else:
            assert told["longest_min"] == max(known)
            assert times[told["longest_in"]] == pytest.approx(max(known), abs=1e-5)


def test_map_and_report_take_the_folder_of_the_partitions(fjord: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    swept(fjord, "-o", out)
    assert answer_folder(out) == out / BESIDE
    assert run(["map", str(out), "-q"]) == 0
    assert run(["report", str(out), "-q"]) == 0
    assert {"map.html", "report.html"} <= {path.name for path in (out / BESIDE).iterdir()}
    assert set(pd.read_parquet(out)["scenario"]) == set(STATES), (
        "readers of the partitions pass over the answer"
    )
    answer = load_answer(out)
    made = document(answer)
    assert [view.key for view in made.views] == ["first-0", "longest-0", "first-1", "longest-1"][
        : len(made.views)
    ]
    worst = next(iter(made.tables)).columns[1].values
    brief = report_document(answer, Words("en")).sections[0].blocks
    table = next(block for block in brief if isinstance(block, Table))
    assert table.frame["state"].tolist()[0] == worst[0]


@pytest.mark.parametrize(("first", "told"), [("base", "today"), ("no-ferry", "The ferry is out")])
def test_the_map_names_the_state_that_all_are_held_against(
    fjord: Path, tmp_path: Path, first: str, told: str
) -> None:
    others = [state for state in STATES if state != first]
    asked = [word for state in (first, *others) for word in ("--scenario", state)]
    swept(fjord, "-o", tmp_path / "out", *asked)
    made = document(load_answer(tmp_path / "out"))
    assert made.views[0].label.startswith(f"Minutes in the first state: {told}")
    assert f"held against {told}" in made.subtitle


def test_what_was_kept_gives_the_same_answer(fjord: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    swept(fjord, "-o", out, "--scenario", "base", "--scenario", "slow")
    swept(fjord, "-o", out)
    swept(fjord, "-o", tmp_path / "fresh")
    for name, table in load_answer(tmp_path / "fresh").tables.items():
        pd.testing.assert_frame_equal(load_answer(out).tables[name], table)


def test_a_sweep_that_is_stopped_has_no_answer_of_before(
    fjord: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import geoaccess.questions.sweep.answer as runs

    out = tmp_path / "out"
    swept(fjord, "-o", out, "--scenario", "base")
    assert (out / BESIDE).is_dir()

    def stops(*words: object, **named: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(runs, "write_pairs", stops)
    assert run(["sweep", str(fjord), "-o", str(out), "-q"]) == 1
    assert not (out / BESIDE).exists()


def test_the_points_of_a_network_file_count_one_each(fjord: Path, tmp_path: Path) -> None:
    net, homes, slow = tmp_path / "fjord.net", tmp_path / "homes.csv", tmp_path / "half.toml"
    save_network(ga.load_study(fjord).network, net)
    homes.write_text("id,lon,lat\nTown,18.0,69.0\nWest,18.0,69.5\nIsland,15.0,70.5\n", encoding="utf-8")
    slow.write_text('speed_factors = { "*" = 0.5 }\n', encoding="utf-8")
    out = tmp_path / "out"
    asked = [net, "--origins", homes, "--destinations", homes, "--scenario", slow, "--max-min", "100"]
    swept(*asked, "-o", out)
    answer = load_answer(out)
    states = answer.tables["sweep_states"].set_index("scenario")
    assert states["persons"].tolist() == [3.0, 3.0], "points count one each"
    assert states["persons_lose"].tolist() == [0.0, 0.0], "each is its own nearest"
    assert any("count one each" in note for note in answer.notes)
    assert any("100 min" in note for note in answer.notes)
    assert json.loads((out / BESIDE / "run.json").read_text())["sweep"]["first"] == {"fjord": "base"}
    assert document(answer, language="nb").layers
