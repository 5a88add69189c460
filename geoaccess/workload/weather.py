"""Hours in which weather lets boats and aircraft go, in spells, the same for all of one weather group."""

from __future__ import annotations

import zlib

import numpy as np
from numpy.typing import NDArray

from geoaccess.ground.arrays import BoolArray
from geoaccess.study.resource_sections import Resource, Season, group_of
from geoaccess.workload.drawing import YEAR_H

#: Mean length of a spell of bad weather where a resource says none, hours: the program's assumption.
SPELL_H = 8.0


def hours_up(
    resources: dict[str, Resource], winter: BoolArray, *, seed: int, year: int
) -> dict[str, BoolArray]:
    """Resource -> (8760,) whether it goes in each hour of a year.

    A spell of bad weather ends in each hour with the same chance, and begins so that the share of good hours
    is the regularity of the season. Resources of one group meet the same luck: whatever keeps one of high
    regularity at home keeps those of lower regularity there too, where their spells are of one length.

    Args:
        resources: resources by name.
        winter: (8760,) whether an hour is of the winter.
        seed: seed of the simulation.
        year: number of the year.
    """
    luck: dict[str, NDArray[np.float64]] = {}
    found = {}
    for name, one in resources.items():
        group = group_of(name, one)
        if group not in luck:
            luck[group] = np.random.default_rng([seed, year, 1000, zlib.crc32(group.encode())]).random(YEAR_H)
        found[name] = _spells(one, winter, luck[group])
    return found


def _spells(resource: Resource, winter: BoolArray, luck: NDArray[np.float64]) -> BoolArray:
    up = np.ones(len(luck), dtype=np.bool_)
    if resource.goes_in_any_weather:
        return up
    ends = min(1.0, 1.0 / (resource.spell_h or SPELL_H))
    begins = {season: _begins(resource, season, ends) for season in (False, True)}
    good = bool(luck[0] < resource.share_up("winter" if winter[0] else "summer"))
    for hour, (u, cold) in enumerate(zip(luck.tolist(), winter.tolist(), strict=True)):
        good = u < 1 - begins[cold] if good else u < ends
        up[hour] = good
    return up


def _begins(resource: Resource, winter: bool, ends: float) -> float:
    season: Season = "winter" if winter else "summer"
    share = resource.share_up(season)
    return min(1.0, ends * (1 - share) / share) if share > 0 else 1.0
