"""Placing by the workload that the placement makes: the loop ends in what each round follows from."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import geoaccess as ga
from geoaccess.ground.errors import DataError
from geoaccess.questions.placement import busy as rounds_of
from geoaccess.questions.placement.busy import EVERY_H, MOST_ROUNDS, nobody_home, place_by_workload
from geoaccess.study import load_study
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


def rounds(study, asked, script, status=Status.OPTIMAL):
    """The loop over answers of a solver that says what is written for it, round by round; with its questions."""
    places, questions, answers = asked.posed.places, [], iter(script)
    column = {site: row for row, site in enumerate(places["site_id"])}

    def posing(question):
        questions.append(question.options["busy"])
        return asked.posed

    def solving(_):
        open_now = [*np.flatnonzero(places["part"] != "candidate"), *(column[site] for site in next(answers))]
        return SimpleNamespace(chosen=np.sort(open_now), status=status, objective=1.0)

    question = asked.question.model_copy(update={"options": {"busy": "workload"}})
    _, solution, found = place_by_workload(study, question, posing, solving)
    told = places["site_id"].iloc[solution.chosen]
    return tuple(told[told.isin([f"new:d{k}" for k in range(1, 6)])]), found, questions[1:]


def test_a_cycle_is_told_with_the_best_of_its_rounds(cars: Path, asked) -> None:
    study, plan = load_study(cars), plan_of(load_study(cars))
    first, a, b, c = ("new:d4",), ("new:d1",), ("new:d2",), ("new:d3",)
    shares = {}
    for sites in (a, b, c):
        steady = steady_workload(with_changes(plan, add=[sites[0].removeprefix("new:")]), every_h=EVERY_H)
        shares[sites] = float(steady.rate @ np.nan_to_num(steady.share_in_time))
    assert len(set(shares.values())) == 3
    # The best stands in the middle, first and last of the cycle: neither its first nor its last round wins always.
    best = max(shares, key=shares.get)
    others = [one for one in (a, b, c) if one != best]
    for cycle in ((best, *others), (others[0], best, others[1]), (*others, best)):
        told, found, questions = rounds(study, asked, [first, *cycle, cycle[0]])
        assert (found.ended, found.length, len(found.rows)) == ("cycle", 3, 5)
        assert told == best
        notes = {note.code: note.fields for note in found.notes()}
        assert notes["note.busy.cycle"]["length"] == 3
        assert not np.array_equal(
            questions[0], questions[1]
        )  # a round asks with the shares of the sites before it


def test_it_is_given_up_after_so_many_rounds_and_told(cars: Path, asked, monkeypatch) -> None:
    study = load_study(cars)
    steady = steady_workload(plan_of(study), every_h=12)
    monkeypatch.setattr(rounds_of, "steady_workload", lambda *_, **__: steady)
    names = [f"new:d{k}" for k in range(1, 6)]
    script = [pair for n in (1, 2, 3) for pair in combinations(names, n)]
    assert len(script) > MOST_ROUNDS == 20
    told, found, _ = rounds(study, asked, script)
    assert (found.ended, found.length, len(found.rows)) == ("stopped", 0, 20)
    assert told == script[19]
    assert [note.code for note in found.notes()] == ["note.busy.stopped", "note.busy.shares"]


def test_sites_that_came_again_prove_nothing_where_a_round_is_not_proven(cars: Path, asked) -> None:
    site = ("new:d1",)
    _, found, _ = rounds(load_study(cars), asked, [site, site], status=Status.FEASIBLE)
    assert (found.ended, len(found.rows)) == ("unproven", 2)
