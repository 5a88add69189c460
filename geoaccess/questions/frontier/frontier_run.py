"""The run of a frontier: one proven answer for every number of further sites."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from geoaccess.answers.answer import Run, in_both_languages, study_facts
from geoaccess.answers.shared import network_tables
from geoaccess.ground.errors import DataError
from geoaccess.questions.access.answer import as_study
from geoaccess.questions.frontier.answer import gain_min
from geoaccess.questions.placement import PlacementResult, place
from geoaccess.study import Study
from geoaccess.study.state import BASE

_ANSWER_COLUMNS = ["before_min", "after_min", "gain_min", "site_before", "site_after"]
_FIGURES = ("mean_min", "median_min", "p90_min", "worst_min", "persons_unreachable")


def frontier_run(
    study: Study | str | Path,
    placement: str,
    counts: Sequence[int],
    *,
    scenario: str = BASE,
    time_limit_s: float | None = None,
    seed: int = 0,
) -> Run:
    """The run of a frontier: one proven answer for every number of further sites.

    Raises:
        UnknownNameError: no such placement or scenario.
        DataError: no numbers, or more sites than candidates.
    """
    wanted = sorted(set(counts))
    if not wanted:
        raise DataError("say which numbers of sites, such as 0..6")
    loaded = as_study(study)
    answers = [
        place(loaded, placement, sites=count, scenario=scenario, time_limit_s=time_limit_s, seed=seed)
        for count in wanted
    ]
    steps = _steps(wanted, answers)
    question = loaded.placement(placement)
    told = {
        "placement": placement,
        "facility": question.facility,
        **in_both_languages(question, "title"),
        "scenario": scenario,
        "first": question.sites if question.sites in wanted else wanted[-1],
        "steps": steps,
    }
    return Run(
        kind="frontier",
        facts={
            **study_facts(loaded),
            "frontier": told,
            "scenario": scenario,
            "weight": question.weight,
            "notes": list(dict.fromkeys(note for answer in answers for note in answer.notes)),
        },
        tables={
            "frontier": _frontier_rows(steps),
            "frontier_points": _frontier_points(wanted, answers),
            "frontier_sites": _frontier_sites(wanted, answers),
            "municipalities": loaded.municipalities,
            **network_tables(loaded, scenario),
        },
        inputs=loaded.files,
    )


def _steps(counts: Sequence[int], answers: Sequence[PlacementResult]) -> list[dict[str, Any]]:
    """Figures, proof and changes of each answer."""
    steps: list[dict[str, Any]] = []
    before: set[str] = set()
    for count, answer in zip(counts, answers, strict=True):
        told = answer.to_dict()
        chosen = set(answer.chosen["name"].astype(str))
        gain = gain_min(steps[-1]["after"] if steps else answer.before, answer.after)
        kept = ("status", "objective", "lower_bound", "gap", "solver", "after")
        steps.append(
            {
                "sites": count,
                **{name: told[name] for name in kept},
                "gain_min": gain,
                "chosen": sorted(chosen),
                "opened": sorted(chosen - before),
                "closed": sorted(before - chosen),
            }
        )
        before = chosen
    return steps


def _frontier_rows(steps: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """One row per number of sites: status, gap, figures, and what opens and closes."""
    return pd.DataFrame(
        [
            {
                "sites": step["sites"],
                "status": step["status"],
                "gap": step["gap"],
                **{name: step["after"][name] for name in _FIGURES},
                "gain_min": step["gain_min"],
                **{name: ", ".join(step[name]) for name in ("chosen", "opened", "closed")},
            }
            for step in steps
        ]
    )


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
