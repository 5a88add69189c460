"""The conclusions of a study that are compared under other parameters."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd

from geoaccess.answers.answer import Answer
from geoaccess.answers.study_facts import network_tables, study_facts
from geoaccess.minutes import nearest_minutes
from geoaccess.questions.access.answer import access_figures
from geoaccess.questions.sensitivity import Sensitivity
from geoaccess.questions.sensitivity.analysis import Conclusion
from geoaccess.study import Study


def access_conclusions(
    study: Study, kind: str, *, by: str = "municipality", weight: str | None = None
) -> dict[str, Conclusion]:
    """What is concluded of access to a kind of service: the worst group, the ranking, the figures.

    Returns:
        ``worst`` (group with the longest mean time; who is not reached at all is worse than anybody),
        ``ranking`` (of all groups, the worst first), ``mean_min, median_min, p90_min`` of the region, and
        ``share_within_{t}_min`` for each threshold of the kind.
    """
    table = access_figures(study, kinds=[kind], by=by, weight=weight)
    rows, region = table.rows, table.region.iloc[0]
    mean = rows["mean_min"].to_numpy(dtype=np.float64)
    # Equal means are ranked by name, so that rounding decides nothing.
    order = np.lexsort((rows[by].astype(str), -np.round(np.where(np.isnan(mean), np.inf, mean), 6)))
    ranking = tuple(rows[by].iloc[order])
    figures = ["mean_min", "median_min", "p90_min"]
    figures += [name for name in table.region.columns if str(name).startswith("share_within_")]
    return {"worst": ranking[0], "ranking": ranking, **{name: float(region[name]) for name in figures}}


def evaluate_access(
    study: Study,
    kind: str,
    *,
    scenario: str | None = None,
    by: str = "municipality",
    weight: str | None = None,
) -> Callable[[Mapping[str, float]], dict[str, Conclusion]]:
    """The function that ``sensitivity`` of this package runs, for access to a kind of service."""

    def evaluate(parameters: Mapping[str, float]) -> dict[str, Conclusion]:
        state = study.in_state(scenario=scenario, parameters=parameters)
        return access_conclusions(state, kind, by=by, weight=weight)

    return evaluate


def sensitivity_answer(
    study: Study,
    found: Mapping[str, Sensitivity],
    *,
    samples: int,
    by: str,
    weight: str,
    notes: Sequence[str],
) -> Answer:
    """The answer: conclusions, members, runs and ranges, and the spread of each place's time."""
    ranges = pd.DataFrame(
        [{"parameter": name, **one.model_dump()} for name, one in study.config.sensitivity.items()]
    )
    kinds = list(found)
    return Answer(
        question="sensitivity",
        facts={
            **study_facts(study),
            "sensitivity": {"kinds": kinds, "samples": samples},
            "scenario": study.scenario,
            "by": by,
            "weight": weight,
            "notes": list(notes),
        },
        tables={
            "sensitivity_points": pd.concat([spread(study, kind) for kind in kinds], ignore_index=True),
            "conclusions": joined(found, "conclusions").astype({"base": str}),
            "members": joined(found, "members").astype({"item": str}),
            "runs": _as_text(joined(found, "runs")),
            "ranges": ranges,
            "facilities": study.facilities[study.facilities["kind"].isin(kinds)].reset_index(drop=True),
            "municipalities": study.municipalities,
            **network_tables(study),
        },
        inputs=study.files,
    )


def joined(found: Mapping[str, Sensitivity], name: str) -> pd.DataFrame:
    """A table of every kind, with the kind beside it."""
    frames: list[pd.DataFrame] = [
        getattr(result, name).assign(kind_of_facility=kind) for kind, result in found.items()
    ]
    return pd.concat(frames, ignore_index=True)


def spread(study: Study, kind: str) -> pd.DataFrame:
    """The time of each place, and the shortest and longest with one figure at an end of its range.

    NaN where the place is not reached in some of the runs.
    """
    base = nearest_minutes(study, kind)
    runs = [
        nearest_minutes(study.in_state(parameters={name: value}), kind)
        for name, one in study.config.sensitivity.items()
        for value in (one.low, one.high)
    ]
    every = np.stack([base, *runs])
    places = study.demand[["demand_id", "name", "municipality_code", "lon", "lat", *study.weights]]
    least, most = every.min(axis=0), every.max(axis=0)
    return places.assign(
        kind=kind, base_min=base, least_min=least, most_min=most, spread_min=most - least
    ).reset_index(drop=True)


def _as_text(runs: pd.DataFrame) -> pd.DataFrame:
    """Conclusions that are lists as text, so that every file can hold them."""
    texts = [name for name in runs.columns if runs[name].dtype.kind == "O"]
    return runs.astype(dict.fromkeys(texts, str))
