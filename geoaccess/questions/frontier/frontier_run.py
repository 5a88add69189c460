"""The run of a frontier: one proven answer for every number of further sites."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from geoaccess.answers.answer import Answer
from geoaccess.answers.study_facts import in_both_languages, network_tables, study_facts
from geoaccess.minutes import as_study
from geoaccess.questions.frontier.answer import Frontier, frontier
from geoaccess.questions.placement import PlacementResult
from geoaccess.study import Study

_ANSWER_COLUMNS = ["before_min", "after_min", "gain_min", "site_before", "site_after"]


def frontier_answer(
    study: Study | str | Path,
    placement: str,
    counts: Sequence[int],
    *,
    scenario: str | None = None,
    time_limit_s: float | None = None,
    seed: int = 0,
) -> Answer:
    """The run of a frontier: one proven answer for every number of further sites.

    Raises:
        UnknownNameError: no such placement or scenario.
        DataError: no numbers, or more sites than candidates.
    """
    loaded = as_study(study)
    found = frontier(loaded, placement, counts, scenario=scenario, time_limit_s=time_limit_s, seed=seed)
    return answer_of(loaded, found)


def answer_of(study: Study, found: Frontier) -> Answer:
    """The run of a frontier that was found."""
    study = study.with_people_of(found.scenario)
    state, answers = study.in_state(scenario=found.scenario), found.answers
    wanted = found.rows["sites"].tolist()
    steps = _steps(found)
    question = study.placement(found.placement)
    told = {
        "placement": found.placement,
        "facility": question.facility,
        **in_both_languages(question, "title"),
        "scenario": state.scenario,
        "first": question.sites if question.sites in wanted else wanted[-1],
        "steps": steps,
    }
    return Answer(
        question="frontier",
        facts={
            **study_facts(study),
            "frontier": told,
            "scenario": state.scenario,
            "weight": question.weight,
            "notes": list(found.notes),
        },
        tables={
            "frontier": found.rows,
            "frontier_points": _frontier_points(wanted, answers),
            "frontier_sites": _frontier_sites(wanted, answers),
            "municipalities": study.municipalities,
            **network_tables(state),
        },
        inputs=study.files,
    )


def _steps(found: Frontier) -> list[dict[str, Any]]:
    """Figures, proof and changes of each answer, as a map tells them."""
    kept = ("status", "objective", "lower_bound", "gap", "solver", "after")
    steps = []
    before: set[str] = set()
    for row, answer in zip(found.rows.to_dict(orient="records"), found.answers, strict=True):
        told, chosen = answer.to_dict(), set(answer.chosen["name"].astype(str))
        steps.append(
            {
                "sites": row["sites"],
                **{name: told[name] for name in kept},
                "gain_min": row["gain_min"],
                "chosen": sorted(chosen),
                "opened": sorted(chosen - before),
                "closed": sorted(before - chosen),
            }
        )
        before = chosen
    return steps


def _frontier_points(counts: Sequence[int], answers: Sequence[PlacementResult]) -> pd.DataFrame:
    """The demand points with their time for each number of sites: ``p{number}_min``."""
    places = answers[0].demand.drop(columns=_ANSWER_COLUMNS, errors="ignore")
    times = {
        f"p{count}_min": answer.demand["after_min"] for count, answer in zip(counts, answers, strict=True)
    }
    return places.assign(**times)


def _frontier_sites(counts: Sequence[int], answers: Sequence[PlacementResult]) -> pd.DataFrame:
    """Sites that are open in any answer, with their role in each."""
    first = answers[0].sites[["site_id", "name", "municipality", "municipality_code", "lon", "lat"]]
    roles = {
        f"p{count}_role": answer.sites["role"].astype(str)
        for count, answer in zip(counts, answers, strict=True)
    }
    table = first.assign(**roles)
    standing = table[list(roles)].isin(["existing", "required", "chosen", "closed"]).any(axis=1)
    return table[standing].reset_index(drop=True)
