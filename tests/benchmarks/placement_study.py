"""The embedded study as a placement instance: every demand point, every place where a station may stand."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
#: What a person is charged whom no site reaches, in minutes: a day.
UNREACHED_MIN = 1440.0


def nord_norge() -> tuple[FloatArray, FloatArray, NDArray[np.int64]]:
    """Minutes (n_demand, n_sites) from station to demand point, persons, and the columns of today's stations."""
    from geoaccess import load_study
    from geoaccess.questions.placement.problem import pose

    study = load_study("nord-norge")
    posed = pose(study.in_state(scenario="base"), study.placement("ambulance"), sites=1)
    problem = posed.problem
    return problem.costs, problem.weights, np.flatnonzero(problem.always_open)
