"""``geoaccess simulate`` on the fjord: figures against a loop of our own over the calls, and what a change does."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from geoaccess.cli.app import run
from geoaccess.questions.simulation.answer import Changes, played, simulate_study
from geoaccess.questions.simulation.measures import half_width, years_needed
from geoaccess.study import load_study
from geoaccess.workload.plans import plan_of


@pytest.fixture
def study(calls_study: Path):
    return load_study(calls_study)


def test_figures_are_those_of_the_calls_one_by_one(study) -> None:
    found = simulate_study(study, years=3, seed=4)
    years = played(plan_of(study), 3, 4)
    limit = [12, 12, 25, 25, 25]
    minutes, late = [], 0
    for calls, outcome in zip(years.calls, years.outcomes, strict=True):
        for at, urgency, response in zip(calls.at, calls.urgency, outcome.response_min, strict=True):
            if urgency == 0 and at < 5:
                minutes.append(np.inf if np.isnan(response) else response)
                late += not minutes[-1] <= limit[at]
    region = found.response.iloc[0]
    assert region["calls_a_year"] == pytest.approx(len(minutes) / 3)
    assert region["late_a_year"] == pytest.approx(late / 3)
    assert region["share_in_time"] == pytest.approx(1 - late / len(minutes))
    assert region["response_p50_min"] == sorted(minutes)[-(-len(minutes) // 2) - 1]
    crews = found.crews.set_index(["base_id", "unit"])
    assert crews["missions_a_year"].sum() == pytest.approx(
        sum(one.missions.sum() for one in years.outcomes) / 3
    )
    assert ((crews["busy_share"] >= 0) & (crews["busy_share"] <= 1.3)).all()
    assert found.points.set_index("demand_id")["never_covered"].tolist() == ["no", "yes", "yes", "no", "yes"]


def test_closing_a_base_hurts_those_around_it_and_nothing_else_changes(study) -> None:
    found = simulate_study(study, years=8, changes=Changes(close=("s2",)))
    rows = found.differences.set_index(["municipality", "measure"])
    far = rows.loc["Far", "response_mean_min"]
    assert far["difference"] > far["difference_within"] > 0
    assert rows.loc["Far", "share_in_time"]["difference"] < 0
    same = simulate_study(study, years=4, changes=Changes(rule="least_expected_arrival"))
    assert same.differences["difference"].abs().max() == 0


def test_one_station_more_helps(study) -> None:
    found = simulate_study(study, years=3, changes=Changes(add=("d2",)))
    rows = found.differences.set_index(["municipality", "measure"])
    assert rows.loc["", "share_in_time"]["difference"] > 0


def test_intervals_are_students_and_years_are_counted() -> None:
    # Three years: t of 2 degrees is 4.303.
    assert half_width(np.array([1.0, 2.0, 3.0])) == pytest.approx(4.302653 / np.sqrt(3), rel=1e-5)
    assert np.isnan(half_width(np.array([1.0])))
    assert years_needed(12, 6.0, 1.0) == 432
    assert np.isnan(years_needed(12, np.inf, 1.0))


def test_the_command_tells_the_same_as_json_and_again(
    calls_study: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["simulate", str(calls_study), "--years", "2", "--without", "s2", "--widest", "0.001", "--json"]
    said = []
    for _ in range(2):
        assert run(words) == 0
        said.append(capsys.readouterr().out)
    assert said[0] == said[1]
    told = json.loads(said[0])
    assert told["changes"] == ["closed: s2"]
    assert told["rows"][0]["response_p90_min"] is None
    assert any("left blank" in note for note in told["notes"])
    assert any("assumption" in note for note in told["notes"])
    assert run(["simulate", str(calls_study), "--without", "nowhere"]) == 2


@pytest.mark.parametrize("asked", [["simulate", "--years", "2"], ["workload"]])
def test_a_base_closed_in_the_question_has_no_duties(calls_study: Path, asked, capsys) -> None:
    name, *more = asked
    closed = calls_study / "study.toml"
    closed.write_text(
        closed.read_text(encoding="utf-8") + '\n[scenarios.one-less]\nfacilities_closed = ["s2"]\n',
        encoding="utf-8",
    )
    told = []
    for way in (["--close", "s2"], ["--scenario", "one-less"], ["--close", "s2", "--scenario", "one-less"]):
        assert run([name, str(calls_study), *more, *way, "--json", "-q"]) == 0
        told.append(json.loads(capsys.readouterr().out))
    assert "s2" not in json.dumps(told[0].get("crews", told[0]))
    first, second, both = (
        {key: one[key] for key in one if key not in {"notes", "note_codes", "scenario"}} for one in told
    )
    assert first == second == both
