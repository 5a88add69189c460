"""How much can be reached: counts, persons, cumulative opportunities and gravity scores."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from geoaccess.questions.supply.decay import Decay
from geoaccess.questions.supply.inputs import Times, as_times


def persons_in_reach(
    times: ArrayLike | pd.DataFrame | Times, weights: ArrayLike, thresholds_min: Sequence[float]
) -> pd.DataFrame:
    """How many persons have each facility within each threshold, inclusive; people near two count at both.

    Returns:
        One row per facility, columns ``persons_within_{t}_min``.
    """
    table = as_times(times)
    persons = table.persons(weights)
    columns = {}
    for threshold in thresholds_min:
        total = np.zeros(len(table.facility_ids))
        for rows, minutes in table.blocks():
            total += persons[rows] @ (minutes <= threshold)
        columns[f"persons_within_{threshold:g}_min"] = total
    return pd.DataFrame(columns, index=table.facility_ids)


def gravity(times: ArrayLike | pd.DataFrame | Times, capacities: ArrayLike, decay: Decay) -> pd.Series[float]:
    """Gravity (potential) accessibility ``A_i = sum_j S_j f(t_ij)``, in units of the capacity.

    Nobody competes for the capacity; see the floating catchments for that. Source: Hansen 1959,
    doi 10.1080/01944365908978307.

    Args:
        times: minutes, demand points by facilities.
        capacities: ``S_j``: beds, units, or 1 for each facility.
        decay: ``f``.

    Returns:
        One value per demand point, 0 where nothing is reached.
    """
    table = as_times(times)
    amounts = table.amounts(capacities)
    values = np.zeros(len(table.demand_ids))
    for rows, minutes in table.blocks():
        values[rows] = decay(minutes) @ amounts
    return pd.Series(values, index=table.demand_ids, name="reachable_capacity")
