"""Placing by the workload that the placement makes: the loop ends in what each round follows from."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

import geoaccess as ga
from geoaccess.ground.errors import DataError
from geoaccess.questions.placement import busy as rounds_of
from geoaccess.questions.placement.busy import EVERY_H, MOST_ROUNDS, nobody_home, place_by_workload
from geoaccess.questions.placement.question import asked as asked_question
from geoaccess.study import load_study
from geoaccess.study.placement_sections import Placement
from geoaccess.workload.plans import plan_of, with_changes
from geoaccess.workload.steady import steady_workload
from optimise import Status


@pytest.fixture
def cars(calls_study: Path) -> Path:
    """The fjord without its helicopter, which the model would count as one more crew in reach."""
    path = calls_study / "bases.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join(line for line in lines if not line.startswith("f1")) + "\n", encoding="utf-8")
    return calls_study


@pytest.fixture
def asked(cars: Path):
    """Two more stations by mexclp, with the busy shares of the workload."""
    return ga.place(cars, "stations", sites=2, objective="mexclp", busy="workload")


def test_the_loop_ends_and_says_how(asked) -> None:
    rounds = asked.rounds
    assert rounds.ended == "fixed"
    assert rounds.rows["sites"].iloc[-1] == rounds.rows["sites"].iloc[-2]
    assert "note.busy.fixed" in {getattr(note, "code", "") for note in asked.notes}


def test_the_end_follows_from_itself(cars: Path, asked) -> None:
    """The model's value at the end is the expected coverage by the shares of a workload counted here."""
    study = load_study(cars)
    sites = asked.chosen["site_id"].tolist()
    points = [site.removeprefix("new:") for site in sites]
    empty = nobody_home(steady_workload(with_changes(plan_of(study), add=points), every_h=EVERY_H))
    demand = asked.demand
    covered = 0.0
    for row, (weight, limit) in enumerate(zip(demand["people"], demand["threshold_min"], strict=True)):
        near = [
            empty[site]
            for column, site in enumerate(asked.posed.places["site_id"])
            if (site in sites or site in {"s1", "s2"}) and asked.posed.minutes[row, column] <= limit
        ]
        covered += weight * (1 - float(np.prod(near))) if near else 0.0
    assert asked.rounds.rows["model_share"].iloc[-1] == pytest.approx(covered / demand["people"].sum())


def test_a_share_said_is_the_share_taken(calls_study: Path) -> None:
    answer = ga.place(calls_study, "stations", sites=1, objective="mexclp", busy=0.25)
    assert answer.rounds is None
    assert answer.question.options["busy"] == 0.25


def test_what_takes_no_busy_share_is_refused(calls_study: Path) -> None:
    with pytest.raises(DataError, match="mexclp and malp"):
        ga.place(calls_study, "stations", sites=1, objective="p-median", busy="workload")


SITES = tuple(f"new:d{k}" for k in range(1, 6))


@dataclass
class Table:
    """Of a posed question what the loop reads: two stations of today and every place as a candidate."""

    question: Placement
    places = pd.DataFrame(
        {"site_id": ["s1", "s2", *SITES], "part": 2 * ["station"] + 5 * ["candidate"]}
    ).assign(name=lambda rows: rows["site_id"])
    minutes = np.abs(np.subtract.outer(np.arange(5), [0, 3, 0, 1, 2, 3, 4])) * 10.0
    problem = SimpleNamespace(weights=np.ones(5))
    today = np.arange(7) < 2


def rounds(study, script, status=Status.OPTIMAL):
    """The loop over a solver that answers what is written for it; with the busy shares that it was asked."""
    asked_for, answers = [], iter(script)

    def posing(question):
        asked_for.append(question.options["busy"])
        return Table(question)

    def solving(_):
        chosen = [0, 1, *(2 + SITES.index(site) for site in next(answers))]
        return SimpleNamespace(chosen=np.array(chosen), status=status, objective=1.0)

    question = asked_question(study.placement("stations"), sites=2, objective="mexclp", busy="workload")
    _, solution, found = place_by_workload(study, question, posing, solving)
    return tuple(SITES[column - 2] for column in solution.chosen[2:]), found, asked_for[1:]


def test_a_cycle_is_told_with_the_best_of_its_rounds(cars: Path) -> None:
    study, plan = load_study(cars), plan_of(load_study(cars))
    first, a, b, c = (SITES[3],), (SITES[0],), (SITES[1],), (SITES[2],)
    shares = {}
    for sites in (a, b, c):
        steady = steady_workload(with_changes(plan, add=[sites[0].removeprefix("new:")]), every_h=EVERY_H)
        shares[sites] = float(steady.rate @ np.nan_to_num(steady.share_in_time))
    assert len(set(shares.values())) == 3
    # The best stands in the middle, first and last of the cycle: neither its first nor its last round wins always.
    best = max(shares, key=shares.get)
    others = [one for one in (a, b, c) if one != best]
    for cycle in ((best, *others), (others[0], best, others[1]), (*others, best)):
        told, found, questions = rounds(study, [first, *cycle, cycle[0]])
        assert (found.ended, found.length, len(found.rows)) == ("cycle", 3, 5)
        assert told == best
        notes = {note.code: note.fields for note in found.notes()}
        assert notes["note.busy.cycle"]["length"] == 3
        assert not np.array_equal(
            questions[0], questions[1]
        )  # a round asks with the shares of the sites before it


def test_it_is_given_up_after_so_many_rounds_and_told(cars: Path, monkeypatch) -> None:
    study = load_study(cars)
    steady = steady_workload(plan_of(study), every_h=12)
    monkeypatch.setattr(rounds_of, "steady_workload", lambda *_, **__: steady)
    script = [some for n in (1, 2, 3) for some in combinations(SITES, n)]
    assert len(script) > MOST_ROUNDS == 20
    told, found, _ = rounds(study, script)
    assert (found.ended, found.length, len(found.rows)) == ("stopped", 0, 20)
    assert told == script[19]
    assert [note.code for note in found.notes()] == ["note.busy.stopped", "note.busy.shares"]


def test_sites_that_came_again_prove_nothing_where_a_round_is_not_proven(cars: Path) -> None:
    site = SITES[:1]
    _, found, _ = rounds(load_study(cars), [site, site], status=Status.FEASIBLE)
    assert (found.ended, len(found.rows)) == ("unproven", 2)
