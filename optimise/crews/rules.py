"""How calls are given to crews, and where crews wait for the next."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
Choice = Literal["least_expected_arrival", "least_travel"]


@dataclass(frozen=True)
class Standby:
    """Crews that wait elsewhere than at home while others are out.

    Attributes:
        moves: (watched, sends, to) bases: when no crew waits at the first, one of the second waits at the
            third until a crew is back.
        busy: busy share of DMEXCLP (Jagtenberg, Bhulai and van der Mei 2015, Operations Research for Health
            Care 4:27-35): a crew that has finished goes to the base where it adds most expected coverage;
            0 = that rule is not used.
        within_min: DMEXCLP chooses among the bases no farther than this from the crew's own.
    """

    moves: tuple[tuple[int, int, int], ...] = ()
    busy: float = 0.0
    within_min: float = 60.0


@dataclass(frozen=True)
class Rules:
    """Rules of dispatch.

    Attributes:
        choice: who is sent: whoever is expected first, or whose way is shortest whatever its crew's duty.
        on_the_way_home: whether crews that drive home can be sent.
        preempt: (taker, taken) classes: a crew under way to the second can be sent to the first.
        beats_min: how much sooner than any other a craft that supports must be.
        far_min: beyond this, it is asked about every call of its classes.
        max_reach_min: class -> a crew from farther is not sent before ``max_wait_min`` has been waited.
        max_wait_min: class -> minutes.
        give_up_min: class -> a call to which nobody has been sent for so long is lost.
        stuck_min: a crew that no way leads home from is there again after so long.
        standby: who waits elsewhere.
    """

    choice: Choice = "least_expected_arrival"
    on_the_way_home: bool = True
    preempt: tuple[tuple[int, int], ...] = ()
    beats_min: float = 15.0
    far_min: float = 45.0
    max_reach_min: tuple[float, ...] = ()
    max_wait_min: tuple[float, ...] = ()
    give_up_min: tuple[float, ...] = ()
    stuck_min: float = 240.0
    standby: Standby = field(default_factory=Standby)

    def limits(self, classes: int) -> tuple[FloatArray, FloatArray, FloatArray]:
        """((K,) reach, (K,) wait, (K,) patience) of every class; no limit where none is said."""
        found = []
        for said, none in (
            (self.max_reach_min, np.inf),
            (self.max_wait_min, 0.0),
            (self.give_up_min, np.inf),
        ):
            limit = np.full(classes, none)
            limit[: len(said)] = said[:classes]
            found.append(limit)
        return found[0], found[1], found[2]
