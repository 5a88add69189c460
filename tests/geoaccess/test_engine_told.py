"""Why the large-scale engine did not answer is told in both languages, on the terminal, in JSON and in reports."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from geoaccess.answers.engine import engine_note, worth_telling
from geoaccess.cli.app import run
from geoaccess.words.note import note_in
from optimise import PlacementProblem, SiteCount, solve


@pytest.fixture
def told():
    costs = np.random.default_rng(1).uniform(1, 30, (9, 5))
    idle = SiteCount(sites=(0,), at_least=0)
    solution = solve(PlacementProblem(costs, p=2, conditions=[idle]))
    return json.loads(json.dumps(solution.to_dict()))["engine"]


def test_reasons_read_from_json_are_said_in_both_languages(told):
    english, norwegian = (note_in(engine_note(told), language) for language in ("en", "nb"))
    assert english.startswith("The engine for large problems did not answer: conditions; only 45 pairs")
    assert norwegian.startswith("Motoren for store problemer svarte ikke: vilkår; bare 45 par")


def test_that_a_problem_is_small_is_not_worth_a_line_of_a_terminal(told):
    assert worth_telling(told)
    assert not worth_telling({"used": "none", "reasons": told["reasons"][1:]})
    assert not worth_telling({"used": "whole", "reasons": []})
    assert "alone" in engine_note({"used": "whole", "reasons": []})


@pytest.mark.parametrize(
    ("language", "begins"), [("en", "The engine for large"), ("nb", "Motoren for store")]
)
def test_a_command_tells_it_on_the_terminal_and_in_json(tmp_path, capsys, language, begins):
    costs = pd.DataFrame(np.random.default_rng(1).uniform(1, 30, (9, 5)), columns=list("abcde"))
    costs.insert(0, "home", [f"h{row}" for row in range(9)])
    costs.to_csv(tmp_path / "costs.csv", index=False)
    asked = ["--lang", language, "solve", "p-median", "--costs", str(tmp_path / "costs.csv"), "--p", "2"]
    asked += ["--solver", "cbc"]
    assert run(asked) == 0
    assert any(line.startswith(begins) for line in capsys.readouterr().out.splitlines())
    assert run([*asked, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [reason["code"] for reason in found["engine"]["reasons"]] == [
        "opt.engine.solver",
        "opt.engine.small",
    ]
