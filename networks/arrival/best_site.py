"""The best of many sites for each of many people, for every moment: a crew that comes out, or a way in.

A site takes minutes of its own: to leave (crews that come out) or until treatment begins (places that people
are taken to). So the best site is the least sum at each moment, and it may be another one at another hour.
Only people for whom any departure can change the sum are searched, and towards them only from sites that can
be the best: drives alone are a bound from above, ferries and convoys that leave at once one from below.

All sites then are one place, as far from each quay as the best of them: who leaves from any of them does so
at the same moment. Outward every person is a target of their own, which makes it dearer than the way in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from networks.arrays import FloatArray, IntArray
from networks.arrival.contraction import ferry_graph
from networks.arrival.figures import Figures, joined
from networks.arrival.many import leaving_at_once
from networks.arrival.pieces import (
    BOARDED,
    LAST,
    NEVER,
    TAG,
    TARGET_BITS,
    drive_function,
    envelope,
    linked,
)
from networks.arrival.points import figures_over_draws
from networks.arrival.profile import PATIENCE_MIN, ArrivalProfiles, checked_question, timetables
from networks.ferry_service import MINUTES_PER_DAY, FerryConditions
from networks.network import TravelNetwork
from networks.points import SnappedPoints
from networks.times import travel_time_matrix

#: The functions of one person, one for each draw; a single one where all draws are alike.
Drawn = list[FloatArray]


def best_sites(
    network: TravelNetwork,
    sites: SnappedPoints,
    people: SnappedPoints,
    conditions: FerryConditions,
    *,
    site_min: FloatArray,
    outward: bool,
    otherwise_min: FloatArray | None = None,
    days: int = 1,
    patience_min: float = PATIENCE_MIN,
    draws: int = 1,
) -> list[Drawn]:
    """Functions of each person with the best site at every moment; (5, 0) where there is never a way.

    Args:
        network: the network.
        sites: where crews stand, or where people are taken.
        people: the people.
        conditions: ferry model, and weekday and date of the first day.
        site_min: (n_sites,) minutes of each site: before a crew leaves, or from its door to the end.
        outward: whether the sites come to the people.
        otherwise_min: (n_people,) minutes of a way that is the same at every moment, its parts included, such
            as by helicopter; inf = none.
        days: days of the first moment: 1, or 7 for a week.
        patience_min: what takes longer is no way.
        draws: timetables drawn for ferries whose departures are not known.

    Raises:
        NetworkDataError: no day, a patience below 0 or without end, no draw.
    """
    checked_question(days, patience_min, draws)
    other = np.full(len(people), NEVER) if otherwise_min is None else np.minimum(otherwise_min, NEVER)
    if not len(sites):
        return [[drive_function(float(one))] for one in other]
    graph = ferry_graph(network, conditions)
    starts, stops = (sites, people) if outward else (people, sites)
    direct = _by_site(graph.direct(starts, stops), site_min, outward)
    finite = direct[direct < NEVER]
    longest = float(finite.max()) if finite.size else 0.0
    sailings = timetables(graph, conditions, days, patience_min, longest, draws)
    at_once = _by_site(_minutes(leaving_at_once(graph, sailings), starts, stops), site_min, outward)
    least = np.minimum(direct.min(axis=1), other)
    along = np.array(list(graph.convoys), dtype=np.int64)
    if len(along):
        at_once[np.isin(people.edge, along) | np.isin(people.twin, along)] = 0.0
        at_once[:, np.isin(sites.edge, along) | np.isin(sites.twin, along)] = 0.0
    useful = at_once < least[:, None] - BOARDED
    found: list[Drawn] = [[drive_function(float(one))] for one in least]
    live = np.flatnonzero(useful.any(axis=1))
    if not len(live):
        return found
    used = np.flatnonzero(useful.any(axis=0))
    some, there = people.take(live), sites.take(used)
    starts, stops = (there, some) if outward else (some, there)
    reach, direct = graph.from_points(starts, stops), graph.direct(starts, stops)
    arrive, start = graph.to_targets(stops)
    # All sites are one place that is as far from each quay as the best of them, its own minutes included.
    if outward:
        leaves = site_min[used][:, None]
        reach, direct = ((one + leaves).min(axis=0)[None, :] for one in (reach, direct))
    else:
        ends = site_min[used][None, :]
        arrive, start, direct = ((one + ends).min(axis=1)[:, None] for one in (arrive, start, direct))
    profiles = ArrivalProfiles(
        graph,
        np.minimum(reach, NEVER),
        np.minimum(direct, NEVER),
        np.minimum(arrive, NEVER),
        np.minimum(start, NEVER),
        sailings,
        days * MINUTES_PER_DAY,
        patience_min,
        nearest=False,
    )
    for row, person in enumerate(live.tolist()):
        pair = (0, row) if outward else (row, 0)
        always = drive_function(float(other[person]))
        found[person] = [
            envelope([always, profiles.function(*pair, draw=draw).pieces]) for draw in range(draws)
        ]
    return found


@dataclass(frozen=True, eq=False)
class OverDraws:
    """Functions of many people, as :class:`~networks.arrival.NearestProfiles` has them: figures and bases.

    Attributes:
        functions: of each person, one for each draw.
        days: days of the first moment.
        patience_min: what takes longer is no way.
    """

    functions: Sequence[Drawn]
    days: int
    patience_min: float

    @property
    def period_min(self) -> float:
        """Length of the time of leaving: a day or a week."""
        return self.days * MINUTES_PER_DAY

    def figures(
        self,
        *,
        percentiles: Sequence[float] = (0.5, 0.9),
        limits_min: Sequence[float] = (),
        windows: Sequence[tuple[float, float]],
    ) -> Figures:
        """Figures of all people, (n, windows)."""
        rows = [
            figures_over_draws(
                drawn,
                windows,
                days=self.days,
                patience_min=self.patience_min,
                percentiles=percentiles,
                limits_min=limits_min,
            )
            for drawn in self.functions
        ]
        return joined(rows)

    def basis(self) -> IntArray:
        """(n,) bits of :class:`~networks.arrival.Basis` that any moment rests on."""
        return np.array([basis_over_draws(drawn) for drawn in self.functions], dtype=np.int64)


def basis_over_draws(drawn: Sequence[FloatArray]) -> int:
    """Bits of what any moment of a function rests on, in any draw."""
    bits = 0
    for function in drawn:
        for tag in function[TAG, function[LAST] > 0.0].astype(np.int64).tolist():
            bits |= tag & ~TARGET_BITS
    return bits


def after(first: FloatArray, *others: FloatArray) -> FloatArray:
    """(5, n) one function after another; a function without pieces is no way."""
    found = first
    for other in others:
        found = linked(found, other) if found.shape[1] and other.shape[1] else np.empty((5, 0))
    return found


def in_turn(*legs: Sequence[FloatArray]) -> Drawn:
    """Functions after each other, draw by draw; a leg with a single function is the same in all draws."""
    draws = max(len(leg) for leg in legs)
    return [after(*(leg[draw if len(leg) > 1 else 0] for leg in legs)) for draw in range(draws)]


def quickest(*ways: Sequence[FloatArray]) -> Drawn:
    """The earliest of several functions at every moment, draw by draw."""
    draws = max(len(way) for way in ways)
    return [envelope([way[draw if len(way) > 1 else 0] for way in ways]) for draw in range(draws)]


def _by_site(minutes: FloatArray, site_min: FloatArray, outward: bool) -> FloatArray:
    """(n_people, n_sites) minutes with those of the site."""
    found = (minutes.T if outward else minutes) + site_min[None, :]
    return np.minimum(found, NEVER)


def _minutes(network: TravelNetwork, starts: SnappedPoints, stops: SnappedPoints) -> FloatArray:
    found = travel_time_matrix(network, starts, stops)
    return np.where(np.isnan(found), NEVER, found)
