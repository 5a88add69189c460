"""Floating catchments: capacity per person, where those who share a facility compete for it.

All of them give ``A_i = sum_j R_j g_ij`` with ``R_j = S_j / sum_i P_i h_ij``: what a facility has for each
person around it, summed over the facilities around a person. They differ in ``g`` and ``h``. Where ``g`` and
``h`` are the same, nothing is lost: ``sum_i P_i A_i`` is the capacity of the facilities that anybody reaches.

Results are capacity per person. 0 means that nothing is reached. NaN stands where a facility in reach has
nobody in its catchment, so that its capacity per person is not defined; with ``g = h`` that can happen only
at points where nobody lives.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from geoaccess.ground.arrays import FloatArray
from geoaccess.ground.errors import DataError
from geoaccess.questions.supply.decay import Decay, Within
from geoaccess.questions.supply.inputs import Times, as_times
from geoaccess.words.note import Note

TimesLike = ArrayLike | pd.DataFrame | Times

#: Shares of a block of rows: (rows of the block, their minutes) -> array of the same shape.
Shares = Callable[[slice, FloatArray], FloatArray]


def two_step(
    times: TimesLike, weights: ArrayLike, capacities: ArrayLike, *, threshold_min: float
) -> pd.Series[float]:
    """2SFCA: ``g_ij = h_ij = 1`` within the threshold, inclusive. Luo and Wang 2003, doi 10.1068/b29120.

    Args:
        times: minutes, demand points by facilities.
        weights: ``P_i``, persons.
        capacities: ``S_j``: beds, units, doctors.
        threshold_min: size of every catchment.
    """
    return e2sfca(times, weights, capacities, decay=Within(threshold_min))


def e2sfca(times: TimesLike, weights: ArrayLike, capacities: ArrayLike, *, decay: Decay) -> pd.Series[float]:
    """E2SFCA: ``g_ij = h_ij = f(t_ij)``. Luo and Qi 2009, doi 10.1016/j.healthplace.2009.06.002.

    Args:
        times: minutes, demand points by facilities.
        weights: ``P_i``, persons.
        capacities: ``S_j``.
        decay: ``f``; the paper's zones are ``Steps((10, 20, 30), (1, 0.68, 0.22))``.
    """

    def shares(rows: slice, minutes: FloatArray) -> FloatArray:
        del rows
        return decay(minutes)

    return _floating(as_times(times), weights, capacities, supply=shares, demand=shares)


def three_step(
    times: TimesLike, weights: ArrayLike, capacities: ArrayLike, *, decay: Decay
) -> pd.Series[float]:
    """3SFCA: ``g_ij = h_ij = G_ij f(t_ij)`` with ``G_ij = f(t_ij) / sum_k f(t_ik)``.

    A person's demand is split over the facilities in reach, so it is not counted in full at each. Wan, Zou
    and Sternberg 2012, doi 10.1080/13658816.2011.624987.
    """

    def shares(rows: slice, minutes: FloatArray) -> FloatArray:
        del rows
        base = decay(minutes)
        total = base.sum(axis=1, keepdims=True)
        shared: FloatArray = base * np.divide(base, total, out=np.zeros_like(base), where=total > 0)
        return shared

    return _floating(as_times(times), weights, capacities, supply=shares, demand=shares)


def variable_two_step(
    times: TimesLike,
    weights: ArrayLike,
    capacities: ArrayLike,
    *,
    facility_radii_min: ArrayLike,
    decay: Decay | None = None,
) -> pd.Series[float]:
    """2SFCA with a catchment size of its own for each facility: ``g_ij = h_ij = f(t_ij) [t_ij <= r_j]``.

    Luo and Whippo 2012, Health and Place 18(4), 789-795; McGrail 2012, doi 10.1186/1476-072X-11-50.

    Args:
        times: minutes, demand points by facilities.
        weights: ``P_i``, persons.
        capacities: ``S_j``.
        facility_radii_min: ``r_j``, e.g. from :func:`facility_radii`.
        decay: ``f``; default 1 within the radius.
    """
    table = as_times(times)
    at_facility = table.amounts(facility_radii_min)

    def shares(rows: slice, minutes: FloatArray) -> FloatArray:
        del rows
        inside = minutes <= at_facility
        return inside.astype(np.float64) if decay is None else decay(minutes) * inside

    return _floating(table, weights, capacities, supply=shares, demand=shares)


def facility_radii(
    times: TimesLike, weights: ArrayLike, *, sizes_min: Sequence[float], persons: float
) -> pd.Series[float]:
    """For each facility the smallest size whose catchment holds enough persons, else the largest size.

    Args:
        times: minutes, demand points by facilities.
        weights: persons at the demand points.
        sizes_min: sizes to try, rising, inclusive.
        persons: how many persons are enough.
    """
    table = as_times(times)
    people = table.persons(weights)
    held = np.zeros((len(sizes_min), len(table.facility_ids)))
    for rows, minutes in table.blocks():
        for row, size in enumerate(_rising(sizes_min)):
            held[row] += people[rows] @ (minutes <= size)
    return pd.Series(_smallest(held, sizes_min, persons), index=table.facility_ids, name="radius_min")


def _rising(sizes_min: Sequence[float]) -> Sequence[float]:
    if not len(sizes_min) or any(a >= b for a, b in pairwise(sizes_min)):
        raise DataError(Note("fault.supply.sizes", sizes_min=str(list(sizes_min))))
    return sizes_min


def _smallest(held: FloatArray, sizes_min: Sequence[float], wanted: float) -> FloatArray:
    enough = held >= wanted
    first = np.where(enough.any(axis=0), enough.argmax(axis=0), len(sizes_min) - 1)
    found: FloatArray = np.asarray(sizes_min, dtype=np.float64)[first]
    return found


def _floating(
    table: Times, weights: ArrayLike, capacities: ArrayLike, *, supply: Shares, demand: Shares
) -> pd.Series[float]:
    persons, amounts = table.persons(weights), table.amounts(capacities)
    load = np.zeros(len(amounts))
    for rows, minutes in table.blocks():
        load += persons[rows] @ supply(rows, minutes)
    ratio = np.divide(amounts, load, out=np.zeros_like(load), where=load > 0)
    # A facility without capacity gives nothing to anybody, however few they are: 0, not undefined.
    undefined = (load == 0) & (amounts > 0)
    values = np.zeros(len(persons))
    for rows, minutes in table.blocks():
        shares = demand(rows, minutes)
        found = shares @ ratio
        found[(shares[:, undefined] > 0).any(axis=1)] = np.nan
        values[rows] = found
    return pd.Series(values, index=table.demand_ids, name="capacity_per_person")
