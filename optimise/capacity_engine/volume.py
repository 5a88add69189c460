"""One step of the volume algorithm, which both bounds over knapsacks take.

Barahona and Anbil 2000, *The volume algorithm: producing primal solutions with a subgradient method*,
Mathematical Programming 87. What a step carries to the next is a row of figures (``pace``, made by
:func:`new_pace`): compiled functions can change arrays that they are given, not numbers.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from optimise.arrays import FloatArray
from optimise.compiled import compiled

#: Places in the pace: the best bound, how far steps go, steps without a gain, the newest slack's
#: weight, the aim above the bound.
BEST, LENGTH, STALLED, WEIGHT, AHEAD = range(5)
#: Steps aim at most so far above the bound: the best answer known may be much farther off than the optimum.
_REACH = 0.02
#: Steps that are taken between two looks at the clock.
_AT_ONCE = 5


@compiled
def new_pace() -> FloatArray:
    """(5,) the pace before the first step."""
    return np.array([-1e300, 1.0, 0.0, 1.0, 0.0])


@compiled
def gains(bound: float, slack: FloatArray, direction: FloatArray, target: float, pace: FloatArray) -> bool:
    """Take the bound and slack of some multipliers into pace and direction; whether it is the best bound."""
    direction += pace[WEIGHT] * (slack - direction)
    better = bound > pace[BEST]
    if better:
        if bound > pace[BEST] + 1e-3 * pace[LENGTH] * pace[AHEAD]:
            pace[STALLED] = 0.0
            if (direction * slack).sum() > 0.0:
                pace[LENGTH] = min(1.8, 1.1 * pace[LENGTH])
        pace[BEST] = bound
        pace[AHEAD] = min(target - bound, _REACH * max(abs(bound), 0.5 * abs(target)))
    pace[STALLED] += 1.0
    if pace[STALLED] >= 20.0:
        pace[LENGTH], pace[STALLED] = 0.66 * pace[LENGTH], 0.0
    return bool(better)


@compiled
def moves_on(
    multipliers: FloatArray, direction: FloatArray, target: float, pace: FloatArray, now: FloatArray
) -> bool:
    """Put the next multipliers to try into ``now``; False where no step is worth while."""
    norm = (direction**2).sum()
    if pace[BEST] >= target or pace[LENGTH] < 5e-3 or norm == 0.0:
        return False
    pace[WEIGHT] = 0.1 if pace[LENGTH] > 0.2 else 0.03
    now[:] = multipliers + pace[LENGTH] * max(pace[AHEAD], 1e-7 * abs(pace[BEST])) / norm * direction
    return True


def climb(
    steps: Callable[[int, FloatArray, FloatArray, FloatArray], bool],
    multipliers: FloatArray,
    n_steps: int,
    deadline: float,
) -> float:
    """The best bound of at most ``n_steps``, a few at a time until ``deadline``, of ``time.monotonic()``.

    ``steps`` takes so many of them from the next multipliers, the direction and the pace, all of which it
    changes; False where no further one is worth while.
    """
    now, direction, pace = multipliers.copy(), np.zeros(len(multipliers)), new_pace()
    taken = 0
    while taken < n_steps:
        number = min(_AT_ONCE if taken else 1, n_steps - taken)
        taken += number
        if not steps(number, now, direction, pace) or time.monotonic() > deadline:
            break
    return float(pace[BEST])
