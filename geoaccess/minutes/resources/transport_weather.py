"""Transport as weather lets it be: which resources go out together how often, and what is left of the chains.

Every weather is a set of the resources that go out in it. Within a weather group they fail together: what
grounds one of regularity ``a`` grounds every other of the group with at most ``a``. So a group of two with
regularities 0.9 and 0.8 has three weathers (both go 0.8 of the time, the first alone 0.1, neither 0.1).
Groups are independent of each other. A chain is there when all that treat and carry in it go out; in each
weather the quickest of what is left counts, to whichever destination is then the nearest.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from geoaccess.minutes.drives import fastest
from geoaccess.minutes.resources.availability import Arrivals
from geoaccess.minutes.resources.transport import Transports
from geoaccess.study import Study
from geoaccess.study.resource_sections import SEASONS, Season, group_of


class WeatherState(NamedTuple):
    """A weather that holds some of the time.

    Attributes:
        goes: the resources that go out in it.
        share: share of the time that it holds.
    """

    goes: frozenset[str]
    share: float


def weathers(share_up: Mapping[str, float], groups: Mapping[str, str]) -> list[WeatherState]:
    """The weathers of a season, each with its share of the time; the shares add up to 1.

    Args:
        share_up: resource -> share of the time that weather lets it go.
        groups: resource -> its weather group.
    """
    members: dict[str, dict[str, float]] = defaultdict(dict)
    for name, share in share_up.items():
        members[groups[name]][name] = share
    found = []
    for chosen in itertools.product(*(_of_group(one) for one in members.values())):
        goes = frozenset(itertools.chain.from_iterable(one.goes for one in chosen))
        found.append(WeatherState(goes, float(np.prod([one.share for one in chosen]))))
    return found


def _of_group(share_up: Mapping[str, float]) -> list[WeatherState]:
    """The weathers of one group that ever are, from the one in which nobody goes to the best."""
    levels = [1.0, *sorted(set(share_up.values()), reverse=True), 0.0]
    found = []
    for better, worse in itertools.pairwise(levels):
        # Those go whose regularity is that of the better level; above the best level nobody does.
        goes = frozenset(name for name, share in share_up.items() if share >= better)
        found.append(WeatherState(goes, better - worse))
    return [one for one in found if one.share > 0]


def transport_arrivals(study: Study, carried: Transports, season: Season | None = None) -> Arrivals:
    """How often people are at the nearest destination within which minutes, over a season or a year.

    Args:
        study: the study in its state.
        carried: everybody's ways there, all ready to go.
        season: summer or winter; None = the year, half of each.

    Returns:
        The distribution; its columns are weathers, and its ``base`` says nothing. For the rest of the time
        nobody is brought there.
    """
    own = sorted(set(carried.resources.values()))
    resources = {name: study.config.resources[name] for name in own}
    groups = {name: group_of(name, one) for name, one in resources.items()}
    share: dict[frozenset[str], float] = defaultdict(float)
    seasons: Sequence[Season] = SEASONS if season is None else (season,)
    for one in seasons:
        up = {name: resource.share_up(one) for name, resource in resources.items()}
        for weather in weathers(up, groups):
            share[weather.goes] += weather.share / len(seasons)

    columns = np.column_stack([fastest(carried.with_resources(goes)) for goes in share])
    known = np.where(np.isnan(columns), np.inf, columns)
    order = np.argsort(known, axis=1, kind="stable")
    rising = np.take_along_axis(known, order, axis=1)
    shares = np.asarray(list(share.values()))[order]
    come = np.cumsum(np.where(np.isfinite(rising), shares, 0.0), axis=1)
    return Arrivals(rising, order.astype(np.int64), np.minimum(come, 1.0))
