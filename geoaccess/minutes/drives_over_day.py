"""Drives over the moments of leaving: a mean or a percentile of the day instead of one time of day."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geoaccess.ground.arrays import FloatArray
from geoaccess.minutes.drives import Direction
from geoaccess.study import Study
from geoaccess.study.ferry_timing import conditions_of, leaving
from networks.arrival import ArrivalProfiles, arrival_profiles
from networks.ferry_service import MINUTES_PER_DAY

#: ``mean``: mean minutes; ``p90``: minutes that nine in ten moments do not exceed; ``beyond``: minutes of the
#: day at which the way takes longer than a limit.
Over = Literal["mean", "p90", "beyond"]
#: Timetables drawn for ferries whose departures are not known; they have a seed of their own.
DRAWS = 5


def day_minutes(
    study: Study,
    places: pd.DataFrame,
    over: Over,
    *,
    direction: Direction = "to_site",
    limits_min: FloatArray | None = None,
    draws: int = DRAWS,
    nights_sail: bool = False,
) -> FloatArray:
    """(n_demand, n_places) a figure of all moments of leaving in a day, between people and places.

    A way that takes longer than two days is none. A mean is NaN (unreachable) where any moment has no way, a
    percentile where too many have none: so no cancelled ferry looks like a gain.

    Args:
        study: the study, in a state; its time of day does not count. Where it names no weekday and ferries
            differ by them, all of them count alike.
        places: ``node_id`` or ``lon, lat`` of each.
        over: which figure.
        direction: who travels.
        limits_min: (n_demand,) limits, for ``beyond``.
        draws: timetables drawn for ferries whose departures are not known.
        nights_sail: ferries whose night is not known sail all night, whatever the study says of them.

    Raises:
        DataError: a place names a node that the network does not have.
    """
    if places.empty:
        return np.full((len(study.demand), 0), np.nan)
    people, sites = study.demand_points, study.on_network(places)
    outward = direction == "from_site"
    profiles = _profiles(study, places, outward, draws, nights_sail=nights_sail)
    limits = np.zeros(len(people)) if limits_min is None else limits_min
    every = sorted(set(limits[np.isfinite(limits)].tolist()))
    found = np.full((len(people), len(sites)), np.nan)
    for target in range(profiles.n_targets):
        figures = profiles.figures(
            percentiles=(0.9,), limits_min=every, windows=[(0.0, profiles.period_min)], target=target
        )
        if over == "mean":
            values = figures.mean_min[:, 0]
        elif over == "p90":
            values = figures.percentile_min[:, 0, 0]
        else:
            rows = np.full(len(sites), target) if outward else np.arange(len(people))
            at = np.searchsorted(every, np.nan_to_num(limits[rows], nan=-np.inf))
            within = figures.within_share[np.arange(len(rows)), 0, np.minimum(at, len(every) - 1)]
            values = MINUTES_PER_DAY * (1.0 - within)
        found[(target, slice(None)) if outward else (slice(None), target)] = values
    return np.where(np.isfinite(found), found, np.nan)


def day_basis(
    study: Study,
    places: pd.DataFrame,
    which: NDArray[np.int64],
    *,
    direction: Direction = "to_site",
    draws: int = DRAWS,
) -> NDArray[np.int64]:
    """(n_demand,) bits of :class:`~networks.arrival.Basis` of everybody's way to (or from) one place each.

    Args:
        study: the study, in a state.
        places: ``node_id`` or ``lon, lat`` of each.
        which: (n_demand,) position of the place of each; -1 = none.
        direction: who travels.
        draws: timetables drawn for ferries whose departures are not known.
    """
    bits = np.zeros(len(which), dtype=np.int64)
    if places.empty or not (which >= 0).any():
        return bits
    outward = direction == "from_site"
    profiles = _profiles(study, places, outward, draws)
    if outward:
        for person in np.flatnonzero(which >= 0).tolist():
            bits[person] = profiles.basis(target=person)[which[person]]
        return bits
    for site in np.unique(which[which >= 0]).tolist():
        here = which == site
        bits[here] = profiles.basis(target=site)[here]
    return bits


def _profiles(
    study: Study, places: pd.DataFrame, outward: bool, draws: int, *, nights_sail: bool = False
) -> ArrivalProfiles:
    sites, people = study.on_network(places), study.demand_points
    starts, stops = (sites, people) if outward else (people, sites)
    when = leaving(study.network, conditions_of(study.network, study), None)
    conditions = replace(when.conditions, unknown_night="sails") if nights_sail else when.conditions
    return arrival_profiles(study.network, starts, stops, conditions, days=when.days, draws=draws)
