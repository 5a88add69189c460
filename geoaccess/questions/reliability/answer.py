"""The hazards of a study: each holds a scenario, and together they hold all of their scenarios."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geoaccess.ground.errors import DataError
from geoaccess.questions.access.answer import as_study
from geoaccess.questions.clocks.answer import leg_minutes
from geoaccess.questions.reliability.outcome import Reliability, in_words, reliability
from geoaccess.questions.reliability.states import State
from geoaccess.study import Study
from geoaccess.study.hazard_sections import Hazard, hazard_faults
from geoaccess.study.schema import Scenario
from geoaccess.study.state import BASE, in_scenario

FloatArray = NDArray[np.float64]


def study_in_state(
    study: Study, hazards: Mapping[str, Hazard], state: State, *, scenario: str = BASE
) -> Study:
    """The study while some hazards happen, on top of a scenario.

    Scenarios are joined as inheritance joins them: closures and links out add up.

    Raises:
        UnknownNameError: a hazard names a scenario that the study does not have.
    """
    parents = [] if scenario == BASE else [scenario]
    parents += [hazards[name].scenario for name in hazards if name in state]
    if not parents:
        return study
    label = f"hazards: {in_words(state)}"
    made = study.config.model_copy(
        update={"scenarios": {**study.config.scenarios, label: Scenario(inherits=tuple(parents))}}
    )
    named = replace(study, config=made)
    named.__dict__["network"] = study.network
    named.__dict__["demand_points"] = study.demand_points
    return in_scenario(named, label)


def nearest_minutes(kind: str) -> Callable[[Study], FloatArray]:
    """Minutes from people to the nearest facility of a kind, as a function of the study's state."""

    def minutes(study: Study) -> FloatArray:
        times = leg_minutes(study, kind, from_site=False).to_numpy(dtype=np.float64)
        if not times.shape[1]:
            return np.full(len(times), np.nan)
        best = np.where(np.isnan(times), np.inf, times).min(axis=1)
        result: FloatArray = np.where(np.isfinite(best), best, np.nan)
        return result

    return minutes


def study_reliability(
    study: Study | str | Path,
    hazards: Mapping[str, Hazard],
    minutes: Callable[[Study], ArrayLike],
    *,
    threshold_min: ArrayLike,
    weight: str | None = None,
    scenario: str = BASE,
    draws: int = 10_000,
    seed: int = 0,
    on_state: Callable[[int, int], None] | None = None,
) -> Reliability:
    """What the hazards of a study do to a time.

    Args:
        study: a study, its name or its path.
        hazards: name -> hazard, each with a scenario of the study.
        minutes: the study in a state -> minutes of its demand points: :func:`nearest_minutes`, or a clock:
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
    loaded = as_study(study)
    faults = hazard_faults(hazards, loaded.config.scenarios)
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
