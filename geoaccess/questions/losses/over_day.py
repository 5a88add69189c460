"""What a loss does at every moment of a day: people who go to the nearest of a kind, and crews that come.

People drive, and take ferries as they sail, to the nearest facility. A service that crews give comes outward:
the best base at each moment, over ferries as they sail when its crew reaches the quay; craft that wait for
no ferry (boats, aircraft) take the same at every moment.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geoaccess.ground.errors import UnknownNameError
from geoaccess.minutes.resources import reach
from geoaccess.questions.comparison.over_day import OverDay
from geoaccess.questions.losses.answer import serving_kinds
from geoaccess.questions.losses.elements import Element
from geoaccess.study import Study
from geoaccess.study.ferry_timing import Leaving, by_road_alone
from geoaccess.study.services import asked_service
from networks import TravelNetwork
from networks.arrival import ArrivalProfiles, Basis, Figures, arrival_profiles
from networks.arrival.best_site import OverDraws, best_sites
from networks.overlays import Closure, apply_overlays

#: The hours of a day, as spans of leaving.
HOURS = tuple((60.0 * hour, 60.0 * (hour + 1)) for hour in range(24))


@dataclass(frozen=True)
class Asked:
    """The state and the moments of leaving.

    Attributes:
        study: the study in its state.
        leaving: how ferries are timed, and the days.
        draws: timetables drawn for ferries whose departures are not known.
        patience_min: a way that takes longer is no way.
    """

    study: Study
    leaving: Leaving
    draws: int
    patience_min: float


class Moments(Protocol):
    """Functions of everybody, before or after a loss."""

    @property
    def period_min(self) -> float:
        """Length of the time of leaving."""
        ...

    def figures(
        self,
        *,
        percentiles: Sequence[float],
        limits_min: Sequence[float] = (),
        windows: Sequence[tuple[float, float]],
    ) -> Figures:
        """Figures of everybody, (n, windows)."""
        ...

    def basis(self) -> NDArray[np.int64]:
        """(n,) what any moment rests on."""
        ...


class DayOf(Protocol):
    """One kind of service over the day, with everything there, and without."""

    @property
    def before(self) -> Moments:
        """Everybody with everything there."""
        ...

    def without(self, job: tuple[Element, ...]) -> Moments | None:
        """Everybody after a loss; None = it has nothing to do with the kind."""
        ...


def day_of(asked: Asked, kind: str) -> DayOf:
    """The day of a kind of facility, or of a service that crews give at the patient.

    Raises:
        UnknownNameError: no such kind, or one that is not told around the clock.
    """
    if kind in asked.study.config.kinds:
        return ToNearest(asked, kind)
    service = asked_service(kind)
    if service is None or service.to:
        raise UnknownNameError("kind around the clock", kind, [*asked.study.config.kinds, "response"])
    return FromBases(asked, kind)


def state_of(moments: Moments) -> OverDay:
    """What is compared of everybody's day."""
    found = moments.figures(percentiles=(0.9,), windows=[(0.0, moments.period_min)])
    bits = moments.basis()
    return OverDay(
        found.mean_min[:, 0],
        found.percentile_min[:, 0, 0],
        found.no_way_share[:, 0],
        (bits & Basis.ASSUMED) > 0,
        (bits & Basis.NIGHT_UNKNOWN) > 0,
    )


def _closures(job: tuple[Element, ...]) -> list[Closure]:
    return [Closure(f"out: {one.name}", one.selection) for one in job if one.selection is not None]


class ToNearest:
    """The nearest of one kind over the day."""

    def __init__(self, asked: Asked, kind: str) -> None:
        study = asked.study
        self.asked, self.kind = asked, kind
        serving = [study.facilities_of(one).assign(serves=one) for one in serving_kinds(study, kind)]
        self.facilities = pd.concat(serving, ignore_index=True)
        self.before = self._over(())

    def without(self, job: tuple[Element, ...]) -> ArrivalProfiles | None:
        """The profiles after a loss; ferries and facilities need no new search of roads."""
        gone = [element.element_id for element in job if element.selection is None]
        lost = self.facilities["facility_id"].isin(gone).to_numpy()
        network = self.asked.study.network
        selections = [element.selection for element in job if element.selection is not None]
        if not selections and not (lost & (self.facilities["serves"] == self.kind).to_numpy()).any():
            return None
        edges = np.zeros(network.n_edges, dtype=np.bool_)
        for selection in selections:
            edges |= selection.mask(network)
        at_sea = np.zeros(network.n_edges, dtype=np.bool_)
        at_sea[self.before.graph.edges] = True
        if (edges & ~at_sea).any():
            return self._over(_closures(job)).without(targets=lost)
        return self.before.without(edges=edges, targets=lost)

    def _over(self, closures: Sequence[Closure]) -> ArrivalProfiles:
        study, asked = self.asked.study, self.asked
        return arrival_profiles(
            apply_overlays(study.network, closures) if closures else study.network,
            study.demand_points,
            study.on_network(self.facilities),
            asked.leaving.conditions,
            nearest=True,
            days=asked.leaving.days,
            patience_min=asked.patience_min,
            draws=asked.draws,
        )


class FromBases:
    """Crews of a service that come to everybody, from the best base at every moment."""

    def __init__(self, asked: Asked, kind: str) -> None:
        service = asked_service(kind)
        assert service is not None
        self.asked = asked
        self._reach = reach(by_road_alone(asked.study), service.service)
        bases, resources = self._reach.bases, asked.study.config.resources
        self.ids = bases["base_id"].astype(str).to_numpy()
        moves = [resources[str(one)].moves == "road" for one in bases["resource"]]
        self._by_road = np.array(moves, dtype=np.bool_)
        self._out = ~bases["grounded"].to_numpy(dtype=np.bool_)

    @cached_property
    def before(self) -> OverDraws:
        """Everybody with every base."""
        return self._over(self.asked.study.network, np.ones(len(self.ids), dtype=np.bool_))

    def without(self, job: tuple[Element, ...]) -> OverDraws | None:
        """Everybody without bases, ferries or roads; no boat or aircraft takes a road."""
        gone = [element.element_id for element in job if element.selection is None]
        kept, closures = ~np.isin(self.ids, gone), _closures(job)
        if kept.all() and not closures:
            return None
        network = self.asked.study.network
        return self._over(apply_overlays(network, closures) if closures else network, kept)

    def _over(self, network: TravelNetwork, kept: NDArray[np.bool_]) -> OverDraws:
        asked, study = self.asked, self.asked.study
        other = self._reach.only(~self._by_road & kept).quickest_min
        sites = self._reach.bases[self._by_road & self._out & kept].reset_index(drop=True)
        found = best_sites(
            network,
            study.on_network(sites),
            study.demand_points,
            asked.leaving.conditions,
            site_min=sites["mobilise_min"].to_numpy(dtype=np.float64),
            outward=True,
            otherwise_min=np.where(np.isnan(other), np.inf, other),
            days=asked.leaving.days,
            patience_min=asked.patience_min,
            draws=asked.draws,
        )
        return OverDraws(found, asked.leaving.days, asked.patience_min)
