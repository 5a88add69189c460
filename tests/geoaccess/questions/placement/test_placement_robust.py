"""One set of sites for several scenarios: against looking at every set, in tables, run folders and commands."""

from __future__ import annotations

import itertools
import json

import numpy as np
import pandas as pd
import pytest

import geoaccess as ga
from geoaccess.answers.answer import load_answer
from geoaccess.cli.app import run
from geoaccess.ground.errors import DataError, UnknownNameError
from geoaccess.questions.placement import ConflictError
from geoaccess.questions.placement.problem import pose
from geoaccess.questions.placement.question import parse_guarantee
from geoaccess.questions.placement.robust import place_robust

UNREACHED = 100.0
CHANCES = {"base": 0.5, "no-ferry": 0.3, "slow": 0.2}


def means_of_every_pair(fjord):
    """Means per scenario of every pair of new sites, the unreached counted as so many minutes."""
    study = ga.load_study(fjord)
    found = {}
    for name in CHANCES:
        posed = pose(study.in_state(scenario=name), study.placement("stations"), sites=2)
        minutes = np.where(np.isnan(posed.minutes), UNREACHED, np.minimum(posed.minutes, UNREACHED))
        stays = np.flatnonzero(posed.today).tolist()
        free = np.flatnonzero(~posed.today).tolist()
        for pair in itertools.combinations(free, 2):
            times = minutes[:, [*stays, *pair]].min(axis=1)
            ids = tuple(sorted(posed.places["site_id"].iloc[list(pair)]))
            found.setdefault(ids, []).append(np.average(times, weights=study.weight()))
    return {ids: np.asarray(means) for ids, means in found.items()}


@pytest.mark.parametrize("criterion", ["expected", "worst", "regret", "tail"])
def test_the_common_sites_are_the_best_of_all_pairs(fjord, criterion):
    every = means_of_every_pair(fjord)
    chances = np.asarray(list(CHANCES.values()))
    least = np.min(list(every.values()), axis=0)
    values = {
        "expected": lambda means: chances @ means,
        "worst": lambda means: means.max(),
        "regret": lambda means: (means - least).max(),
        "tail": lambda means: min(e + chances @ np.maximum(0, means - e) / 0.25 for e in means),
    }
    best = min(values[criterion](means) for means in every.values())
    result = place_robust(
        fjord,
        "stations",
        scenarios=CHANCES,
        criterion=criterion,
        tail=0.25,
        sites=2,
        unreached_min=UNREACHED,
    )
    assert result.solution.status.value == "optimal"
    assert result.solution.objective == pytest.approx(best)
    own = every[tuple(sorted(result.chosen["site_id"]))]
    assert values[criterion](own) == pytest.approx(best)
    assert result.scenarios["counted_min"].to_numpy() == pytest.approx(own)
    assert result.scenarios["best_min"].to_numpy() == pytest.approx(least)
    assert result.scenarios["regret_min"].to_numpy() == pytest.approx(own - least)


def test_reaching_people_comes_first_unless_they_count_as_minutes(fjord):
    first = place_robust(fjord, "stations", scenarios={"base": 1, "no-ferry": 1})
    # One site: the island's seven people are reached in both scenarios, or nobody else gains reach in base.
    unreached = first.scenarios.set_index("scenario")["persons_unreachable"]
    assert unreached["base"] == 7 or first.chosen["site_id"].tolist() == ["new:d5"]
    counted = place_robust(fjord, "stations", scenarios={"base": 1, "no-ferry": 1}, unreached_min=60)
    assert counted.chosen["site_id"].tolist() != ["new:d5"]
    assert counted.scenarios["persons_unreachable"].min() == 7


def test_figures_over_all_scenarios_count_everybody_by_probability(fjord):
    result = place_robust(fjord, "stations", scenarios={"base": 3, "no-ferry": 1})
    assert result.scenarios["probability"].tolist() == [0.75, 0.25]
    people = result.after["persons"]
    assert people == pytest.approx(1357)
    unreached = result.scenarios["persons_unreachable"] @ result.scenarios["probability"]
    assert result.after["persons_unreachable"] == pytest.approx(unreached)
    for name, one in result.results.items():
        assert one.account["persons"] == 1357
        assert one.scenario == name


def test_a_site_that_a_scenario_closes_reaches_nobody_in_it(fjord):
    text = (fjord / "study.toml").read_text(encoding="utf-8")
    text += '\n[scenarios.station-out]\nfacilities_closed = ["s1"]\n'
    (fjord / "study.toml").write_text(text, encoding="utf-8")
    result = place_robust(fjord, "stations", scenarios={"base": 1, "station-out": 1}, sites=0)
    before = result.scenarios.set_index("scenario")["persons_unreachable_before"]
    assert before["base"] == 7
    assert before["station-out"] == 1357


@pytest.mark.parametrize(
    ("asked", "error", "told"),
    [
        ({"scenarios": {"base": 1}}, DataError, "at least two scenarios"),
        ({}, DataError, "at least two scenarios"),
        ({"scenarios": {"base": 1, "nowhere": 1}}, UnknownNameError, "nowhere"),
        ({"scenarios": {"base": 0, "slow": 0}}, ValueError, "vanish"),
    ],
)
def test_scenarios_that_do_not_do(fjord, asked, error, told):
    with pytest.raises(error, match=told):
        place_robust(fjord, "stations", **asked)


def test_only_means_are_shared_over_scenarios(fjord):
    text = (fjord / "study.toml").read_text(encoding="utf-8")
    text = text.replace(
        'facility = "station"\nsites = 1', 'facility = "station"\nobjective = "mclp"\nsites = 1'
    )
    (fjord / "study.toml").write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match="mclp"):
        place_robust(fjord, "stations", scenarios={"base": 1, "slow": 1})


def test_a_promise_must_hold_in_every_scenario(fjord):
    study = ga.load_study(fjord)
    # With the ferry, Town's station reaches Færøy in 119 minutes; without it only a station over there does.
    promise = [parse_guarantee(study, "125@Far")]
    assert ga.place(study, "stations", sites=0, guarantees=promise).solution.status.value == "optimal"
    with pytest.raises(ConflictError, match="guarantee 125 min"):
        place_robust(study, "stations", scenarios={"base": 1, "no-ferry": 1}, sites=0, guarantees=promise)
    kept = place_robust(study, "stations", scenarios={"base": 1, "no-ferry": 1}, guarantees=promise)
    assert kept.chosen["municipality_code"].tolist() == ["0202"]


def test_the_command_prints_regrets_and_writes_them(fjord, tmp_path, capsys):
    target = tmp_path / "run"
    arguments = ["place", str(fjord), "stations", "--robust", "regret", "-o", str(target)]
    arguments += ["--scenario", "base=0.6", "--scenario", "slow=0.4"]
    assert run([*arguments, "--json"]) == 0
    captured = capsys.readouterr()
    told = json.loads(captured.out)
    assert {
        "status",
        "model",
        "bound",
        "objective",
        "lower_bound",
        "gap",
        "chosen",
        "before",
        "after",
    } <= set(told)
    assert [row["scenario"] for row in told["scenarios"]] == ["base", "slow"]
    assert all(row["regret_min"] >= -1e-9 for row in told["scenarios"])
    assert "regret, min" in captured.err
    saved = load_answer(target)
    assert saved.facts["place"]["robust"] == "regret"
    assert saved.tables["scenarios"]["regret_min"].tolist() == pytest.approx(
        [row["regret_min"] for row in told["scenarios"]]
    )
    assert len(saved.tables["placement_scenarios"]) == 10
    described = pd.read_csv(target / "dictionary.csv")
    described = described[~described["table"].isin(["municipalities", "links"])]
    assert described.loc[described["meaning"].isna(), "column"].isin(["people", "old"]).all()
    assert run(["report", str(target), "-o", str(tmp_path / "report.html")]) == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ["--scenario", "base=0.5", "--scenario", "slow"],
        ["--scenario", "base=half", "--scenario", "slow=half"],
        ["--scenario", "base", "--scenario", "base"],
        ["--scenario", "base", "--scenario", "slow", "--order"],
    ],
)
def test_usage_of_several_scenarios(fjord, arguments, capsys):
    assert run(["place", str(fjord), "stations", "--robust", "expected", *arguments]) == 2
    assert capsys.readouterr().err


def test_several_scenarios_without_robust_are_several_answers(fjord, tmp_path, capsys):
    target = tmp_path / "runs"
    arguments = ["place", str(fjord), "stations", "--scenario", "base", "--scenario", "slow", "--json"]
    assert run([*arguments, "-o", str(target)]) == 0
    answers = json.loads(capsys.readouterr().out)["answers"]
    assert [answer["scenario"] for answer in answers] == ["base", "slow"]
    assert answers[0]["after"]["mean_min"] < answers[1]["after"]["mean_min"]
    assert load_answer(target / "slow").facts["place"]["scenario"] == "slow"
