"""How sure a clock is: the spread of the parts that differ from call to call.

The parts with a distribution are drawn independently of each other and of the place, and added to what is
fixed for a person. The route, station and hospital are those that are quickest on average: nobody knows
beforehand how a call will go.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from geoaccess.ground.errors import DataError
from geoaccess.questions.clocks.evaluation import ClockTimes
from geoaccess.questions.clocks.values import draw, mean_of
from geoaccess.words.note import Note


def clock_chances(
    times: ClockTimes, *, draws: int = 10_000, seed: int = 0, share: float = 0.9
) -> pd.DataFrame:
    """The chance to be in time, and the time that a share of calls keep within, for every demand point.

    Args:
        times: a clock that was run.
        draws: calls drawn for each route; the standard error falls with their square root.
        seed: seed of the draws; the same seed gives the same figures.
        share: share of calls of the percentile.

    Returns:
        ``demand_id, probability_in_time, standard_error`` (of the probability; both NaN without a threshold)
        and ``p{share}_min``, NaN where a journey is impossible, where the probability is 0. Without any
        distribution the probability is 0 or 1 and its error 0.

    Raises:
        DataError: fewer than one draw, or a share that is none.
    """
    if draws < 1 or not 0 <= share <= 1:
        raise DataError(Note("fault.chances.draws", draws=draws, share=share))
    table = times.table
    total = times.total_min
    route = table["route"].to_numpy(dtype=object)
    chance, late = np.full(len(table), np.nan), np.full(len(table), np.nan)
    for position, (name, parts) in enumerate(times.random.items()):
        here = route == name
        generator = np.random.default_rng([seed, position])
        spread = np.zeros(draws if parts else 1)
        for part in parts:
            spread += draw(part, len(spread), generator) - mean_of(part)
        spread.sort()
        late[here] = total[here] + spread[max(int(np.ceil(share * len(spread))) - 1, 0)]
        if "threshold_min" in table:
            slack = table.loc[here, "threshold_min"].to_numpy(dtype=np.float64) - total[here]
            # A margin for the rounding of the sums, so that an exact 30.0 is within 30.
            within = np.searchsorted(spread, slack + 1e-9, side="right") / len(spread)
            chance[here] = np.where(np.isnan(slack), 0.0, within)
    error = np.sqrt(chance * (1 - chance) / draws)
    return pd.DataFrame(
        {
            "demand_id": table["demand_id"],
            "probability_in_time": chance,
            "standard_error": error,
            f"p{100 * share:g}_min": late,
        }
    )
