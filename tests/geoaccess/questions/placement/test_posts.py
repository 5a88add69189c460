"""Staff as the budget on the fjord, beside every choice tried by hand; the patterns of the embedded study."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import geoaccess as ga
from geoaccess.ground.errors import DataError
from geoaccess.questions.frontier.answer import frontier, frontier_answer
from geoaccess.study import load_study
from geoaccess.workload.plans import plan_of
from geoaccess.workload.posts import crew_posts, mean_mobilise, patterns_of

#: Minutes by road between the places that roads join, the ferry with its wait, and from home to the road.
_PEOPLE = {"d1": 1000, "d2": 100, "d3": 50, "d4": 200}
_HOME = {"d1": 1, "d2": 0, "d3": 0, "d4": 2}
_ALONG = {"d1": 0, "d2": 60, "d3": 85, "d4": 115}
#: Pattern of a new crew: posts, mean minutes of mobilisation (2 on station, 6 at home).
_CREWS = {"always": (11, 2.0), "half": (7, 4.0), "home": (3, 6.0)}


@pytest.fixture
def cars(calls_study: Path) -> Path:
    """The fjord without its helicopter and its island: cars alone, and people whom they reach."""
    for name, left_out in (("bases.csv", "f1"), ("people.csv", "d5")):
        path = calls_study / name
        lines = path.read_text(encoding="utf-8").splitlines()
        kept = [line for line in lines if not line.startswith(left_out)]
        path.write_text("\n".join(kept) + "\n", encoding="utf-8")
    return calls_study


def _choices() -> list[tuple[str, float, str, float]]:
    """(name, posts, where, minutes until the crew is on its way) of everything that posts can buy."""
    found = [
        (f"{place}@{name}", posts, place, out)
        for place in ("d2", "d3")
        for name, (posts, out) in _CREWS.items()
    ]
    return [*found, ("d1@home", 3, "d1", 6.0), ("s2@always", 11 - 7, "d4", 2.0)]


def _mean(crews: list[tuple[str, float]]) -> float:
    minutes = {
        point: min(out + abs(_ALONG[point] - _ALONG[place]) + _HOME[point] for place, out in crews)
        for point in _PEOPLE
    }
    return sum(_PEOPLE[point] * minutes[point] for point in _PEOPLE) / sum(_PEOPLE.values())


def _best(posts: float) -> float:
    today = [("d1", 2.0), ("d4", 4.0)]  # s2 is at home half of the week: 2 and 6 minutes
    sets = (some for size in range(4) for some in combinations(_choices(), size))
    return min(
        _mean([*today, *((place, out) for _, _, place, out in some)])
        for some in sets
        if sum(one[1] for one in some) <= posts
    )


def test_every_budget_is_spent_as_well_as_by_trying_all(cars: Path) -> None:
    found = frontier(cars, "stations", [0, 3, 4, 7, 11, 15], in_posts=True)
    assert found.proven
    for row, answer in zip(found.rows.to_dict(orient="records"), found.answers, strict=True):
        assert answer.after["mean_min"] == pytest.approx(_best(row["budget_posts"])), row
        assert row["posts"] <= row["budget_posts"]
        assert row["posts"] == pytest.approx(answer.chosen["cost"].sum())


def test_more_hours_on_station_are_bought_and_told(cars: Path) -> None:
    path = cars / "people.csv"
    path.write_text(path.read_text(encoding="utf-8").replace(",2,200,50", ",2,20000,50"), encoding="utf-8")
    answer = ga.place(cars, "stations", budget_posts=5)
    assert answer.chosen["site_id"].tolist() == ["s2@always"]  # 4 posts: 20,000 people gain the 2 minutes
    assert answer.chosen[["pattern", "cost"]].to_numpy().tolist() == [["always", 4.0]]
    assert answer.before["mean_min"] - answer.after["mean_min"] == pytest.approx(20150 * 2 / 21150)
    codes = {getattr(note, "code", "") for note in answer.notes}
    assert {"note.posts.spent", "note.posts.patterns", "note.posts.today", "note.posts.minutes"} <= codes


def test_a_frontier_over_posts_says_so(cars: Path) -> None:
    answer = frontier_answer(cars, "stations", [3, 11], in_posts=True)
    assert answer.facts["frontier"]["in_posts"]
    assert [step["sites"] for step in answer.facts["frontier"]["steps"]] == [3, 11]
    assert {"p3_min", "p11_min"} <= set(answer.tables["frontier_points"].columns)


def test_posts_need_patterns_and_a_question_of_new_crews(cars: Path) -> None:
    path = cars / "study.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('patterns = "duty_patterns.csv"\n', ""), encoding="utf-8")
    with pytest.raises(DataError, match="patterns of duty"):
        ga.place(cars, "stations", budget_posts=6)
    path.write_text(text.replace("sites = 1\n", 'sites = 1\nexisting = "may_close"\n'), encoding="utf-8")
    with pytest.raises(DataError, match="beside today"):
        ga.place(cars, "stations", budget_posts=6)


def test_faults_of_the_table_of_patterns_are_told_together(cars: Path) -> None:
    path = cars / "duty_patterns.csv"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("08:00,20:00", "08:30,20:00"), encoding="utf-8")
    with pytest.raises(DataError) as error:
        ga.place(cars, "stations", budget_posts=6)
    assert [fault.row for fault in error.value.faults] == ["3", "6"]


def test_weeks_and_posts_of_crews(cars: Path) -> None:
    study = load_study(cars)
    known = crew_posts(plan_of(study).roster, patterns_of(study))
    assert dict(zip(known["base_id"] + known["unit"], known["posts"], strict=True)) == {
        "s11": 11, "s12": 4, "s21": 7,
    }  # fmt: skip
    week = np.zeros(168, dtype=np.int64)
    week[:84] = 1
    assert mean_mobilise(week, 2.0, 6.0) == 2.0  # hours with nobody on duty are left out
    week[84:] = 2
    assert mean_mobilise(week, 2.0, 6.0) == pytest.approx(4.0)


def test_the_embedded_patterns_follow_from_the_figures_that_they_name() -> None:
    """Two persons a car, 36 hours a week, 15 % for leave; 1/7 of the hours at home and those on calls in whole."""
    study = ga.load_study("nord-norge")
    table = pd.read_csv(study.folder / "duty_patterns.csv")
    for name, rows in table.groupby("pattern"):
        told = 0.0
        for row in rows.to_dict(orient="records"):
            first, last = (int(text[:2]) for text in (row["from"], row["to"]))
            first_day, last_day = (int(text) for text in row["weekdays"].split("-"))
            hours = ((last - first) % 24 or 24) * (last_day - first_day + 1)
            counted = 1.0 if row["duty"] == "station" else 1 / 7 + 0.13 * 6 / 7
            told += hours * counted * 2 / 36 / 0.85
        assert rows["posts"].sum() == pytest.approx(told, abs=0.011), name
    assert 10 <= table.loc[table["pattern"] == "døgnbil", "posts"].sum() <= 12
