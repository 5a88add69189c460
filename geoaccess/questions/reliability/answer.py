"""The hazards of a study: each holds a scenario, and together they hold all of their scenarios."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from geoaccess.answers.answer import Answer
from geoaccess.answers.study_facts import network_tables, study_facts
from geoaccess.ground.arrays import FloatArray
from geoaccess.ground.errors import DataError
from geoaccess.minutes import as_study
from geoaccess.questions.reliability.nearest import NearestInStates
from geoaccess.questions.reliability.outcome import Reliability, reliability
from geoaccess.questions.reliability.states import State
from geoaccess.study import Study
from geoaccess.study.hazard_sections import Hazard, hazard_faults
from geoaccess.study.state import people_faults
from geoaccess.words.note import Note
from networks.brief import Brief


def study_in_state(
    study: Study, hazards: Mapping[str, Hazard], state: State, *, scenario: str | None = None
) -> Study:
    """The study while some hazards happen, on top of a scenario (default: the state that it is in).

    Scenarios are joined as inheritance joins them: closures and links out add up.

    Raises:
        UnknownNameError: a hazard names a scenario that the study does not have.
    """
    calm = study.in_state(scenario=scenario)
    happening = [hazards[name].scenario for name in hazards if name in state]
    return calm.in_state(scenario=(*calm.state.scenarios, *happening))


def study_reliability(
    study: Study | str | Path,
    hazards: Mapping[str, Hazard],
    minutes: Callable[[Study], ArrayLike],
    *,
    threshold_min: ArrayLike,
    weight: str | None = None,
    scenario: str | None = None,
    draws: int = 10_000,
    seed: int = 0,
    on_state: Callable[[int, int], None] | None = None,
) -> Reliability:
    """What the hazards of a study do to a time.

    Args:
        study: a study, its name or its path.
        hazards: name -> hazard, each with a scenario of the study.
        minutes: the study in a state -> minutes of its demand points, such as
            ``lambda state: nearest_minutes(state, "akuttmottak")`` (:mod:`geoaccess.minutes`), or a clock:
            ``lambda state: run_clocks(state, clocks, only=["stroke"])["stroke"].total_min``.
        threshold_min: the threshold, one or one per demand point, inclusive.
        weight: persons; default: the study's own.
        scenario: the state without hazards.
        draws: states drawn where there are too many to write out.
        seed: seed of the draws.
        on_state: called with the number of states done and in all.

    Raises:
        DataError: a hazard without a scenario, or with one that does not exist; all listed.
    """
    loaded = as_study(study).with_people_of(scenario)
    faults = hazard_faults(hazards, loaded.config.scenarios) + people_faults(loaded.config, hazards)
    if faults:
        raise DataError(faults)
    return reliability(
        lambda state: minutes(study_in_state(loaded, hazards, state, scenario=scenario)),
        hazards,
        loaded.weight(weight),
        threshold_min=threshold_min,
        demand_ids=loaded.demand["demand_id"],
        draws=draws,
        seed=seed,
        on_state=on_state,
    )


@dataclass(frozen=True, eq=False, repr=False)
class Weighed(Brief):
    """What was asked of the hazards of a study, and what came out, kind by kind.

    Attributes:
        found: kind -> reliability of everybody, and the rows of the groups.
        rows: the groups of all kinds.
        threshold_min: the threshold, inclusive.
        scenario: the state while no hazard happens.
        by: what the rows are grouped by.
        weight: name of the weight.
        notes: what a reader must know.
    """

    found: Mapping[str, tuple[Reliability, pd.DataFrame]]
    rows: pd.DataFrame
    threshold_min: float
    scenario: str
    by: str
    weight: str
    notes: tuple[str, ...]


def reliability_answer(study: Study, weighed: Weighed) -> Answer:
    """The answer: every place with its chances, groups, weeks, states and hazards."""
    state = study.in_state(scenario=weighed.scenario)
    wholes = {kind: whole for kind, (whole, _) in weighed.found.items()}
    kinds = list(wholes)
    return Answer(
        question="reliability",
        facts={
            **study_facts(study),
            "reliability": {
                "kinds": kinds,
                "threshold_min": weighed.threshold_min,
                "region": [{"kind": kind, **region_figures(whole)} for kind, whole in wholes.items()],
            },
            "scenario": weighed.scenario,
            "by": weighed.by,
            "weight": weighed.weight,
            "notes": weighed.notes,
        },
        tables={
            "reliability_points": per_point(study, weighed.found),
            "reliability": weighed.rows,
            "weeks": pd.concat(
                [one.weeks.assign(kind=kind) for kind, one in wholes.items()], ignore_index=True
            ),
            "states": pd.concat(
                [one.states.assign(kind=kind) for kind, one in wholes.items()], ignore_index=True
            ),
            "hazards": hazards_in_words(study.config.hazards),
            "facilities": state.facilities[state.facilities["kind"].isin(kinds)].reset_index(drop=True),
            "municipalities": study.municipalities,
            **network_tables(state),
        },
        inputs=study.files,
    )


def with_groups(
    study: Study,
    kind: str,
    persons: FloatArray,
    labels: NDArray[np.object_],
    *,
    scenario: str,
    **limits: Any,  # noqa: ANN401 - of reliability
) -> tuple[Reliability, pd.DataFrame]:
    """The reliability of a kind, for all and for each group."""
    hazards = study.config.hazards
    minutes = NearestInStates(study, kind, hazards)
    whole = reliability(
        lambda state: minutes(study_in_state(study, hazards, state, scenario=scenario)),
        hazards,
        persons,
        labels=labels,
        demand_ids=study.demand["demand_id"],
        **limits,
    )
    return whole, whole.groups.rows()


def region_figures(found: Reliability) -> dict[str, Any]:
    """The figures of a group: without hazards, over the year, in its own worst week."""
    return found.figures


def hazards_in_words(hazards: Mapping[str, Hazard]) -> pd.DataFrame:
    """``hazard, scenario, how_often, source`` of each hazard; ``_nb`` in bokmål."""
    return pd.DataFrame(
        [
            {
                "hazard": hazard.title,
                "hazard_nb": hazard.title_nb or hazard.title,
                "scenario": hazard.scenario,
                "how_often": str(_how_often(hazard)),
                "how_often_nb": _how_often(hazard).said("nb"),
                "source": hazard.source + (f" ({hazard.year})" if hazard.year else ""),
            }
            for hazard in hazards.values()
        ]
    )


def _how_often(hazard: Hazard) -> Note:
    if hazard.days is not None:
        said = Note("hazard.days", days=hazard.days)
    elif hazard.regularity is not None:
        said = Note("hazard.runs", share=hazard.regularity)
    else:
        said = Note("hazard.share", share=hazard.probability or 0.0)
    if not hazard.season:
        return said
    return Note("hazard.in_season", often=said, first=str(hazard.season[0]), last=str(hazard.season[1]))


def per_point(study: Study, found: Mapping[str, tuple[Reliability, pd.DataFrame]]) -> pd.DataFrame:
    """Every place with its chances, the kinds below each other."""
    kept = ["demand_id", "name", "municipality_code", "lon", "lat", *study.weights]
    return pd.concat(
        [
            study.demand[kept].merge(whole.table, on="demand_id").assign(kind=kind)
            for kind, (whole, _) in found.items()
        ],
        ignore_index=True,
    )
