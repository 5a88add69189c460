"""Placing by the workload that the placement makes: the loop ends in what each round follows from."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import geoaccess as ga
from geoaccess.ground.errors import DataError
from geoaccess.questions.placement.busy import EVERY_H, nobody_home
from geoaccess.study import load_study
from geoaccess.workload.plans import plan_of, with_changes
from geoaccess.workload.steady import steady_workload


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
