"""The table of who reaches whom: minutes of every base to every point, in the state of a study.

Every question that asks who can come reads this table and no other: access, clocks, placements, losses,
reliability and maps. It is kept with the state of the study it was made for. How far a boat or an aircraft
goes (its range) is applied by :func:`networks.response.in_range`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from weakref import WeakKeyDictionary

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geoaccess.ground.arrays import BoolArray, FloatArray, IntArray
from geoaccess.minutes.drives import fastest, fastest_column
from geoaccess.minutes.resources.availability import Arrivals, arrivals
from geoaccess.minutes.resources.bases import bases_in, resources_of
from geoaccess.minutes.resources.movement import base_minutes
from geoaccess.study import Study
from geoaccess.study.resource_sections import SEASONS, Season, Service

_KEPT: WeakKeyDictionary[Study, dict[Service, Reach]] = WeakKeyDictionary()


@dataclass(frozen=True, eq=False)
class Reach:
    """Who reaches whom.

    Attributes:
        service: what they give: response, doctor or transport.
        bases: the bases, see :data:`geoaccess.minutes.resources.bases.COLUMNS`; one row a column of
            ``minutes``.
        minutes: (n_demand, n_bases) minutes from the alarm of the unit until its crew is with the patient;
            NaN = it cannot.
    """

    service: Service
    bases: pd.DataFrame
    minutes: FloatArray

    @cached_property
    def quickest_min(self) -> FloatArray:
        """(n_demand,) minutes of the quickest, everybody being ready to go; NaN = nobody reaches it."""
        return fastest(self.minutes)

    @cached_property
    def first(self) -> IntArray:
        """(n_demand,) row of the base that comes first, of equal ones the first by its id; -1 = none."""
        return fastest_column(self.minutes)

    @cached_property
    def second(self) -> IntArray:
        """(n_demand,) row of the base that comes next; -1 = none."""
        if self.minutes.shape[1] < 2:
            return np.full(len(self.minutes), -1, dtype=np.int64)
        first = self.first
        others = self.minutes.copy()
        rows = np.flatnonzero(first >= 0)
        others[rows, first[rows]] = np.nan
        return fastest_column(others)

    def only(self, keep: BoolArray | Sequence[bool]) -> Reach:
        """The table of some of the bases."""
        chosen = np.asarray(keep, dtype=np.bool_)
        return Reach(self.service, self.bases[chosen].reset_index(drop=True), self.minutes[:, chosen])

    def of(self, *resources: str) -> Reach:
        """The table of the bases of some resources."""
        return self.only(self.bases["resource"].isin(resources).to_numpy(dtype=np.bool_))

    def arrivals(self, season: Season | None = None) -> Arrivals:
        """Who comes first how often, as weather lets them: in a season, or over a year of both."""
        seasons = SEASONS if season is None else (season,)
        shares: dict[Season, FloatArray] = {
            one: self.bases[one].to_numpy(dtype=np.float64) for one in seasons
        }
        return arrivals(self.minutes, shares, self.bases["weather_group"].tolist())

    def labels(self, which: IntArray, column: str = "name") -> NDArray[np.object_]:
        """(n,) a column of the bases by their rows; empty text for -1."""
        values = np.append(self.bases[column].to_numpy(dtype=object), "")
        found: NDArray[np.object_] = values[which]
        return found


def reach(study: Study, service: Service = "response") -> Reach:
    """Who reaches whom in the state of a study: scenario, time of day, closed bases, grounded craft.

    Raises:
        DataError: the study has no resources, or its boats no water that is known.
    """
    kept = _KEPT.setdefault(study, {})
    if service not in kept:
        bases = bases_in(study, service)
        minutes = np.full((len(study.demand), len(bases)), np.nan)
        for name, resource in resources_of(study, service).items():
            columns = ((bases["resource"] == name) & ~bases["grounded"].astype(bool)).to_numpy(np.bool_)
            if columns.any():
                minutes[:, columns] = base_minutes(study, resource, bases[columns])
        kept[service] = Reach(service, bases, minutes)
    return kept[service]
