"""The hazards of a study: each holds a scenario, and together they hold all of their scenarios."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geoaccess.ground.errors import DataError
from geoaccess.minutes import as_study
from geoaccess.questions.reliability.outcome import Reliability, reliability
from geoaccess.questions.reliability.states import State
from geoaccess.study import Study
from geoaccess.study.hazard_sections import Hazard, hazard_faults
from geoaccess.study.state import people_faults

FloatArray = NDArray[np.float64]


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
