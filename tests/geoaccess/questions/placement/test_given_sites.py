"""A choice of sites is taken back: told as it is, never called proven, and refused with every fault."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import geoaccess as ga
from geoaccess.answers.answer import load_answer
from geoaccess.answers.choice_file import read_choice
from geoaccess.answers.site_minutes import NOT_CHOOSABLE
from geoaccess.cli.app import run
from geoaccess.ground.errors import DataError
from geoaccess.questions.placement.given_sites import place_given
from geoaccess.words.note import note_in

HEAD = {
    "format": "geoaccess-choice",
    "version": 1,
    "kind": "placement",
    "question": "stations",
    "scenario": "base",
}


def written(folder: Path, **changes: object) -> Path:
    path = folder / "choice.json"
    path.write_text(json.dumps(HEAD | {"open": [], "close": []} | changes), encoding="utf-8")
    return path


def test_given_sites_are_told_and_held_against_the_best(fjord, tmp_path, capsys):
    posed = ga.place(ga.load_study(fjord), "stations").posed
    candidates = posed.places.loc[posed.places["part"] == "candidate", "site_id"].tolist()
    best = ga.place(ga.load_study(fjord), "stations", sites=1)
    means = {}
    for one in candidates:
        told = place_given(ga.load_study(fjord), "stations", read_choice(written(tmp_path, open=[one])))
        persons = told.study.weight(posed.question.weight)
        open_now = posed.today | (posed.places["site_id"] == one).to_numpy()
        minutes = np.where(open_now, posed.minutes, np.inf)
        fastest = np.where(np.isnan(minutes), np.inf, minutes).min(axis=1)
        reached = np.isfinite(fastest)
        # People who are reached come before minutes.
        means[one] = float(persons[~reached].sum()), told.after["mean_min"]
        assert told.after["mean_min"] == pytest.approx(np.average(fastest[reached], weights=persons[reached]))
        assert told.solution.status.value == "feasible"
        assert told.solution.bound == pytest.approx(best.solution.objective)
    assert best.chosen["site_id"].tolist() == [min(means, key=means.get)]
    file = str(written(tmp_path, open=candidates[-1:]))
    capsys.readouterr()
    assert (
        run(["place", str(fjord), "stations", "--sites-file", file, "-o", str(tmp_path / "run"), "--json"])
        == 0
    )
    printed = json.loads(capsys.readouterr().out)
    assert [one["site_id"] for one in printed["chosen"]] == candidates[-1:]
    assert printed["status"] == "feasible"
    assert printed["proof"] == "the sites were given, not sought"
    assert note_in(told.solution.proof, "nb") == "stedene var oppgitt, ikke søkt fram"
    (kept,) = load_answer(tmp_path / "run").site_minutes
    assert kept.found[0]["proven"] is False


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"format": "other"}, "no format"),
        ({"version": 2}, "version 1"),
        ({"kind": "access"}, "geoaccess access"),
        ({"open": "new:a"}, "list of ids"),
        ({"open": ["a", "a"]}, "named twice"),
        ({"open": ["a"], "close": ["a"]}, "opened and closed"),
        ({"sites": []}, "unknown key"),
        ({"scenario": 3}, "must be a text"),
    ],
)
def test_a_file_with_faults_is_refused(tmp_path, changes, said):
    with pytest.raises(DataError, match=said):
        read_choice(written(tmp_path, **changes))


def test_sites_that_cannot_change_are_all_told(fjord, tmp_path, capsys):
    posed = ga.place(ga.load_study(fjord), "stations").posed
    today = posed.places.loc[posed.today, "site_id"].tolist()
    file = written(tmp_path, open=[today[0], "nowhere"], close=["new:none"])
    assert run(["place", str(fjord), "stations", "--sites-file", str(file)]) == 3
    said = capsys.readouterr().err
    assert "is there already" in said
    assert "nowhere" in said
    assert "new:none" in said
    assert run(["place", str(fjord), "stations", "--sites-file", str(file), "--sites", "2"]) == 2
    assert run(["place", str(fjord), "other", "--sites-file", str(written(tmp_path))]) != 0


def test_a_map_says_why_nobody_can_choose(fjord, tmp_path, capsys):
    assert run(["place", str(fjord), "stations", "-o", str(tmp_path / "run"), "--quiet"]) == 0
    answer = load_answer(tmp_path / "run")
    assert answer.site_minutes
    assert NOT_CHOOSABLE not in answer.facts
    page = tmp_path / "page.html"
    assert run(["map", str(tmp_path / "run"), "-o", str(page), "--no-what-if"]) == 0
    assert '"whatIf":[]' in page.read_text(encoding="utf-8")
    assert run(["map", str(tmp_path / "run"), "-o", str(page)]) == 0
    assert '"whatIf":[{' in page.read_text(encoding="utf-8")
    capsys.readouterr()
