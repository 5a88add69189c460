"""What a run of the event loop tells."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Outcome:
    """Every call and every crew of one run.

    Attributes:
        response_min: (n,) from the call until a crew is with the patient; NaN = nobody came.
        door_min: (n,) from the call until the patient is where it was brought; NaN = was not.
        crew: (n,) which crew came; -1 = nobody.
        wait_min: (n,) of the response, until a crew was sent.
        taken: (n,) how often a crew was taken from it for a more urgent call.
        busy_min: (U, 168) minutes bound by calls, by hour of the week.
        home_min: (U,) minutes on the way home.
        missions: (U,) calls that were answered.
        km: (U,) kilometres.
        gap_min: (X, 24) minutes in which no idle crew covered a place, by hour of the day.
        standby_moves: how often a crew was sent to wait elsewhere.
        stuck: how often no way led home.
        not_conveyed: how often no way led to where a patient was to be brought.
        lost: how many calls nobody was sent to before their patience ended.
        left: how many calls still waited at the end.
    """

    response_min: FloatArray
    door_min: FloatArray
    crew: IntArray
    wait_min: FloatArray
    taken: IntArray
    busy_min: FloatArray
    home_min: FloatArray
    missions: IntArray
    km: FloatArray
    gap_min: FloatArray
    standby_moves: int
    stuck: int
    not_conveyed: int
    lost: int
    left: int
