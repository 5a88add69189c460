"""The conclusions of a study that are compared under other parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from geoaccess.answers.answer import Answer
from geoaccess.answers.study_facts import network_tables, study_facts
from geoaccess.ground.arrays import FloatArray
from geoaccess.ground.measures import summarise, weighted_means_by
from geoaccess.minutes import group_labels, nearest_minutes
from geoaccess.questions.sensitivity import Sensitivity
from geoaccess.questions.sensitivity.analysis import Conclusion
from geoaccess.study import Study


class AccessUnder:
    """What is concluded of access to a kind of service under other figures; ``sensitivity`` runs it.

    Args:
        study: the study in its state.
        kind: kind of facility, or a service of resources.
        scenario: state of the world; default: the state that the study is in.
        by: ``municipality``, or a group column of the municipalities.
        weight: name of the weight.

    Raises:
        UnknownNameError: no such group column.
    """

    def __init__(
        self,
        study: Study,
        kind: str,
        *,
        scenario: str | None = None,
        by: str = "municipality",
        weight: str | None = None,
    ) -> None:
        self.study, self.kind, self.scenario, self.weight = study, kind, scenario, weight
        self._groups = group_labels(study, by)
        self._kept: dict[frozenset[tuple[str, float]], FloatArray] = {}

    def __call__(self, parameters: Mapping[str, float]) -> dict[str, Conclusion]:
        """The conclusions: the worst group, the ranking, the figures.

        Returns:
            ``worst`` (group with the longest mean time; who is not reached at all is worse than anybody),
            ``ranking`` (of all groups, the worst first), ``mean_min, median_min, p90_min`` of the region, and
            ``share_within_{t}_min`` for each threshold of the kind.
        """
        state = self._state(parameters)
        minutes, persons = self.minutes(parameters), state.weight(self.weight)
        rows = weighted_means_by(minutes, persons, self._groups)
        mean = rows.to_numpy(dtype=np.float64)
        # Equal means are ranked by name, so that rounding decides nothing.
        order = np.lexsort((rows.index.astype(str), -np.round(np.where(np.isnan(mean), np.inf, mean), 6)))
        ranking = tuple(rows.index[order])
        region = summarise(minutes, persons, thresholds_min=state.kind(self.kind).thresholds_min)
        figures = ["mean_min", "median_min", "p90_min"]
        figures += [name for name in region if name.startswith("share_within_")]
        return {"worst": ranking[0], "ranking": ranking, **{name: region[name] for name in figures}}

    def minutes(self, parameters: Mapping[str, float]) -> FloatArray:
        """(n_demand,) minutes to the nearest; those with one figure changed at most are kept."""
        ranges = self.study.config.sensitivity
        changed = frozenset(
            (name, value)
            for name, value in parameters.items()
            if name not in ranges or value != ranges[name].base
        )
        if changed in self._kept:
            return self._kept[changed]
        found = nearest_minutes(self._state(parameters), self.kind)
        if len(changed) <= 1:
            self._kept[changed] = found
        return found

    def spread(self) -> pd.DataFrame:
        """The time of each place, and the shortest and longest with one figure at an end of its range.

        NaN where the place is not reached in some of the runs.
        """
        study, base = self.study, self.minutes({})
        runs = [
            self.minutes({name: value})
            for name, one in study.config.sensitivity.items()
            for value in (one.low, one.high)
        ]
        every = np.stack([base, *runs])
        places = study.demand[["demand_id", "name", "municipality_code", "lon", "lat", *study.weights]]
        least, most = every.min(axis=0), every.max(axis=0)
        return places.assign(
            kind=self.kind, base_min=base, least_min=least, most_min=most, spread_min=most - least
        ).reset_index(drop=True)

    def _state(self, parameters: Mapping[str, float]) -> Study:
        return self.study.in_state(scenario=self.scenario, parameters=parameters)


def sensitivity_answer(
    study: Study,
    found: Mapping[str, Sensitivity],
    asked: Mapping[str, AccessUnder],
    *,
    samples: int,
    by: str,
    weight: str,
    notes: Sequence[str],
) -> Answer:
    """The answer: conclusions, members, runs and ranges, and the spread of each place's time.

    Args:
        study: the study in its state.
        found: kind -> what the runs showed.
        asked: kind -> what was run.
        samples: points over all ranges together.
        by: what was ranked.
        weight: name of the weight.
        notes: what a reader must know.
    """
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
            "sensitivity_points": pd.concat([asked[kind].spread() for kind in kinds], ignore_index=True),
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


def _as_text(runs: pd.DataFrame) -> pd.DataFrame:
    """Conclusions that are lists as text, so that every file can hold them."""
    texts = [name for name in runs.columns if runs[name].dtype.kind == "O"]
    return runs.astype(dict.fromkeys(texts, str))
