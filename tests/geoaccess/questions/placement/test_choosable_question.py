"""A placement that nobody has solved can be chosen in a map, beside the proven best of every small number of sites."""

from __future__ import annotations

import itertools
import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import geoaccess as ga
from geoaccess.answers.site_minutes import SiteMinutes
from geoaccess.cli.app import run
from geoaccess.questions.placement.site_choice import site_minutes_of_question
from geoaccess.words.note import Note


def subject_of(study: ga.Study) -> SiteMinutes:
    found = site_minutes_of_question(study, "stations")
    assert not isinstance(found, Note)
    return found


def test_every_number_has_the_best_of_all_sets(fjord: Path):
    study = ga.load_study(fjord)
    subject = subject_of(study)
    state = subject.states["base"]
    minutes = np.where(state.minutes >= 65_534, np.inf, state.minutes * state.step_min)
    people = study.weight("people")
    ids = subject.sites["site_id"].tolist()
    candidates = [at for at, here in enumerate(state.today) if not here]

    def cost(opened: tuple[int, ...]) -> tuple[float, float]:
        sites = [*np.flatnonzero(state.today), *opened]
        fastest = minutes[sites].min(axis=0)
        reached = np.isfinite(fastest)
        return float(people[~reached].sum()), float(people[reached] @ fastest[reached])

    assert len(subject.found) >= 2
    for one in subject.found:
        assert one["proven"]
        assert one["closed"] == []
        opened = tuple(ids.index(site) for site in one["opened"])
        best = min(cost(pair) for pair in itertools.combinations(candidates, len(opened)))
        own = cost(opened)
        assert own[0] == best[0]
        assert own[1] == pytest.approx(best[1], abs=2 * state.error_min * people.sum())
    counts = [len(one["opened"]) for one in subject.found]
    assert counts == list(range(1, len(counts) + 1))


def test_what_the_question_lets_a_choice_do_is_told(fjord: Path):
    study = ga.load_study(fjord)
    question = study.placement("stations")
    placements = {"stations": question.model_copy(update={"sites": 2, "existing": "may_close"})}
    config = study.config.model_copy(update={"placements": placements})
    limits = {one["code"]: one for one in subject_of(replace(study, config=config)).limits}
    assert limits["sites"]["at_most"] == 2
    assert "stay" not in limits
    placements = {"stations": question.model_copy(update={"sites": None, "budget": 7.5, "cost": 2.0})}
    config = study.config.model_copy(update={"placements": placements})
    subject = subject_of(replace(study, config=config))
    limits = {one["code"]: one for one in subject.limits}
    assert limits["budget"]["at_most"] == 7.5
    assert limits["stay"]["what"] == "closed"
    assert set(subject.costs) == {0.0, 2.0}
    # With a budget, another number of sites is another question.
    assert not subject.found


def test_a_study_needs_no_run_to_be_chosen_in_a_map(fjord: Path, tmp_path: Path):
    file = tmp_path / "map.html"
    assert run(["map", str(fjord), "--what-if", "-o", str(file), "--quiet"]) == 0
    text = file.read_text(encoding="utf-8")
    island = re.search(r'<script type="application/json" id="geoaccess-data">(.*?)</script>', text, re.DOTALL)
    assert island is not None
    subjects = json.loads(island[1])["whatIf"]
    assert subjects[0]["key"] == "stations"
    assert subjects[0]["kind"] == "placement"
    assert {one["kind"] for one in subjects[1:]} == {"access"}
    assert run(["map", str(fjord), "--what-if", "--placement", "nowhere", "-o", str(file), "--quiet"]) != 0
