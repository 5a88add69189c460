"""The standing referee, a minute of it; ``python -m tests.referee --hours 4`` goes on with new seeds."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from referee.questions import MODEL_NAMES, asked_by, question
from referee.trial import trial

#: Questions for each model in CI.
COUNT = 24


@pytest.mark.parametrize("model", MODEL_NAMES)
def test_awkward_questions_have_the_answer_of_the_enumeration(model):
    faults = []
    for seed in range(COUNT):
        asked = asked_by(seed, model)
        verdict = trial(asked)
        if verdict.fault:
            faults.append(
                f"--model '{model}' --seed {seed} [{asked.mode}]: {verdict.fault}; {verdict.detail}"
            )
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("seed", [85000545, 85000929, 85001101, 85001323, 85001537])
def test_cuts_over_sites_with_room_stand_what_the_solver_refuses(seed):
    verdict = trial(replace(question(seed, "capacitated-p-median"), mode="engines"))
    assert not verdict.fault, verdict.detail
