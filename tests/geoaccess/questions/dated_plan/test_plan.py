"""A plan over years: dates, people of each, what may change when, and what must not."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace

import numpy as np
import pytest

import geoaccess as ga
from geoaccess.ground.errors import DataError, InfeasibleError
from geoaccess.questions.dated_plan.answer import plan_answer, plan_years
from geoaccess.questions.dated_plan.question import dates_of, years_counted
from geoaccess.study.plan_sections import Plan
from tests.said import said

PLAN = """
[placements.stations.plan]
years = [2026, 2031]
opens_at_most = 1
"""


def with_lines(study, lines):
    file = study / "study.toml"
    file.write_text(file.read_text(encoding="utf-8") + lines, encoding="utf-8")
    return study


def test_the_region_builds_one_station_at_a_date_and_looks_ahead():
    found = plan_years("nord-norge", "ambulance")
    assert found.proven
    rows = found.rows
    assert rows["year"].tolist() == [2026, 2031, 2036, 2041]
    assert [len(names.split(", ")) if names else 0 for names in rows["opened"]] == [1, 1, 1, 0]
    assert (rows["closed"] == "").all()
    # The people of each date are those that the study tells of that year.
    study = ga.load_study("nord-norge")
    people = [study.in_state(year=year).weight("people").sum() for year in rows["year"]]
    assert rows["persons"].tolist() == pytest.approx(people)
    # From the sites of a date and the minutes of `place`, counted here once more.
    for result, row, planned in zip(
        found.results, rows.to_dict(orient="records"), found.plan.dates, strict=True
    ):
        minutes = result.posed.minutes[:, planned.open]
        nearest = np.nanmin(np.where(np.isnan(minutes), np.inf, minutes), axis=1)
        persons = result.study.weight("people")
        reached = np.isfinite(nearest)
        mean = (persons * np.where(reached, nearest, 0))[reached].sum() / persons[reached].sum()
        assert row["mean_min"] == pytest.approx(mean)
    assert found.plan.objective <= found.alone_min + 1e-9


def test_one_date_is_the_placement_of_that_year():
    whole = plan_years("nord-norge", "ambulance-together", [2036], sites=2)
    same = ga.place("nord-norge", "ambulance-together", sites=2, year=2036)
    assert whole.rows["mean_min"].tolist() == pytest.approx([same.after["mean_min"]])
    assert whole.plan.objective == pytest.approx(same.solution.objective)


def test_one_change_of_model_at_a_time_and_one_hospital_fewer():
    found = plan_years("nord-norge", "helgeland-hospitals", [2026, 2031, 2036])
    assert found.proven
    changes = [
        len([name for name in (row["opened"] + ", " + row["closed"]).split(", ") if name])
        for row in found.rows.to_dict(orient="records")
    ]
    assert max(changes) <= 1
    today = int((found.results[0].posed.places["part"] != "candidate").sum())
    assert found.rows["open_sites"].iloc[-1] == today - 1
    closed = {site for date in found.plan.dates for site in date.closed_ids}
    assert closed <= {f"helgelandssykehuset-{town}" for town in ("mo-i-rana", "mosjoen", "sandnessjoen")}


def test_without_a_projection_the_people_stay_and_it_is_said(fjord):
    found = plan_years(fjord, "stations", [2026, 2031])
    assert found.rows["persons"].nunique() == 1
    assert any("no projection" in note for note in found.notes)
    assert any("first date" in note for note in found.notes)


def test_the_order_of_the_plan_is_kept(fjord):
    with_lines(fjord, PLAN)
    found = plan_years(fjord, "stations", sites=2)
    assert [len(date.opened_ids) for date in found.plan.dates] == [1, 1]
    with pytest.raises(InfeasibleError, match="at most 1 open at 2026"):
        plan_years(fjord, "stations", [2026], sites=2)


@pytest.mark.parametrize(
    ("dates", "discount", "years"),
    [([2026], 0, [1]), ([2026, 2031, 2041], 0, [5, 10, 10]), ([2026, 2028], 0.5, [1.5, 0.375])],
)
def test_years_are_counted_from_date_to_date(dates, discount, years):
    assert years_counted(dates, discount) == pytest.approx(years)
    by_hand = [0.0] * len(dates)
    ends = [*dates[1:], dates[-1] + (dates[-1] - dates[-2] if len(dates) > 1 else 1)]
    for at, (start, end) in enumerate(zip(dates, ends, strict=True)):
        by_hand[at] = sum((1 - discount) ** (year - dates[0]) for year in range(start, end))
    assert by_hand == pytest.approx(years)


@pytest.mark.parametrize(
    ("years", "words"), [((), "say the dates"), ((2026, 2026), "twice"), ((2020,), "before")]
)
def test_dates_that_cannot_be(years, words):
    with pytest.raises(DataError, match=words):
        dates_of(Plan(), years, 2026)


def test_names_that_the_plan_gets_wrong_are_all_told():
    study = ga.load_study("nord-norge")
    wrong = study.placement("helgeland-hospitals").plan.model_copy(
        update={"closable": ("mosjoen",), "close_after": {"a": "b"}, "changes_by": "trust"}
    )
    question = study.placement("helgeland-hospitals").model_copy(update={"plan": wrong})
    config = study.config.model_copy(
        update={"placements": {**study.config.placements, "helgeland-hospitals": question}}
    )
    with pytest.raises(DataError) as caught:
        plan_years(replace(study, config=config), "helgeland-hospitals")
    told = str(caught.value)
    for words in ("closable", "mosjoen", "close_after", "'a'", "'b'", "changes_by"):
        assert words in told


def test_models_without_minutes_to_sum_are_refused():
    for name in ("kad", "ambulance-covered"):
        with pytest.raises(DataError, match="plan over years"):
            plan_years("nord-norge", name, [2026])


def test_place_with_years_is_the_plan(fjord):
    with_lines(fjord, PLAN)
    one = said(["plan", fjord, "stations", "--json", "-q"])
    other = said(["place", fjord, "stations", "--years", "2026,2031", "--json", "-q"])
    first, second = json.loads(one.out), json.loads(other.out)
    assert first["rows"] == second["rows"]
    assert first["objective"] == second["objective"]
    refused = said(["place", fjord, "stations", "--years", "2026", "--order"])
    assert refused.code == 2
    assert "--order" in refused.err
    assert said(["plan", fjord, "stations", "--years", "26"]).code == 2


def test_the_answer_keeps_every_date(fjord, tmp_path):
    with_lines(fjord, PLAN)
    study = ga.load_study(fjord)
    answer = plan_answer(study, plan_years(study, "stations", sites=2))
    folder = answer.save(tmp_path / "run")
    assert {"plan.csv", "plan_points.csv", "plan_sites.csv", "map.html"} <= {p.name for p in folder.iterdir()}
    page = (folder / "map.html").read_text(encoding="utf-8")
    assert "2031" in page
    rows = answer.tables["plan_municipalities"]
    assert set(rows["year"]) == {2026, 2031}
    for _, own in itertools.groupby(rows["year"]):
        assert len(list(own)) == len(study.municipalities)
