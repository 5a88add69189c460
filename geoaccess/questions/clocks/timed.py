"""The run of clocks: every place's whole time and its parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd
from numpy.typing import ArrayLike

from geoaccess.answers.answer import Answer
from geoaccess.answers.study_facts import in_both_languages, network_tables, study_facts
from geoaccess.ground.errors import DataError
from geoaccess.minutes import FloatArray, as_study
from geoaccess.questions.access.answer import group_labels, study_notes
from geoaccess.questions.clocks.answer import run_clocks
from geoaccess.questions.clocks.evaluation import ClockTimes, summarise_clock, with_routes
from geoaccess.study import Study
from geoaccess.study.clock_sections import needed_legs


def clocks_answer(
    study: Study | str | Path,
    *,
    only: Sequence[str] | None = None,
    scenario: str | None = None,
    hour: int | None = None,
    by: str = "municipality",
    weight: str | None = None,
) -> Answer:
    """The run of ``geoaccess clocks``: every place's whole time and parts.

    Raises:
        UnknownNameError: no such clock or scenario.
        DataError: the study has no clock, or a clock has faults.
    """
    loaded = as_study(study).with_people_of(scenario)
    clocks = loaded.config.clocks
    if not clocks:
        raise DataError("the study has no clock: describe one under [clocks.NAME]")
    runs = run_clocks(loaded, clocks, scenario=scenario, hour=hour, only=only or None)
    places = loaded.demand[["demand_id", "name", "municipality_code", "lon", "lat", *loaded.weights]]
    frames, told, every = [], {}, set()
    for name, times in runs.items():
        own = times.table.drop(columns="demand_id").reset_index(drop=True)
        frames.append(pd.concat([places.reset_index(drop=True), own], axis=1).assign(clock=name))
        kinds = set().union(*needed_legs(with_routes(clocks, [name])))
        every |= kinds
        told[name] = {
            **in_both_languages(times.clock, "title", "starts", "ends"),
            "kinds": sorted(kinds),
        }
    state = loaded.in_state(scenario=scenario)
    persons, labels = state.weight(weight), group_labels(state, by)
    rows = per_group(runs, persons, labels).rename(columns={"group": by})
    region = per_group(runs, persons, ["all"] * len(persons)).drop(columns="group")
    facilities = state.facilities[state.facilities["kind"].isin(every)].reset_index(drop=True)
    return Answer(
        question="clocks",
        facts={
            **study_facts(loaded),
            "clocks": told,
            "scenario": state.scenario,
            "hour": hour,
            "by": by,
            "weight": weight or loaded.config.demand.default_weight,
            "notes": study_notes(state, sorted(every)),
        },
        tables={
            "clock_points": pd.concat(frames, ignore_index=True),
            "clocks": rows,
            "clock_region": region,
            "facilities": facilities,
            "municipalities": loaded.municipalities,
            **network_tables(state),
        },
        inputs=loaded.files,
    )


def per_group(runs: Mapping[str, ClockTimes], persons: FloatArray, labels: ArrayLike) -> pd.DataFrame:
    """The clocks below each other: ``clock, group`` and the figures of each group."""
    frames = [
        summarise_clock(times, persons, labels).rename_axis("group").reset_index().assign(clock=name)
        for name, times in runs.items()
    ]
    table = pd.concat(frames, ignore_index=True)
    return table[["clock", *(column for column in table.columns if column != "clock")]]
