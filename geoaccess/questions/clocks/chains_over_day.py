"""Whole care chains as functions of the moment of the alarm: out, on scene, on to treatment.

The ferry that the crew takes out and the one that they take in are those of the moments at which their quays
are reached, so parts are never added as figures. Craft that wait for no ferry (boats, helicopters, chains of
them with cars that need no ferry) take the same at every moment and stand beside the road.

A chain that needs a ferry *and* a craft is left out: a craft and a car that meet leave at the later of two
moments, and which airport is best is another question at every minute. So nothing told is too short. Whom
that can concern is found by a bound (:meth:`ChainsOverDay.mixed_min`): ferries that leave at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geoaccess.ground.arrays import FloatArray
from geoaccess.minutes.resources import reach
from geoaccess.minutes.resources.transport import transport_to
from geoaccess.questions.clocks.evaluation import ClockInputs, part_minutes
from geoaccess.study import Study
from geoaccess.study.clock_sections import Clock, Leg, Onward, PartName
from geoaccess.study.ferry_timing import Leaving, by_road_alone
from geoaccess.words.note import Note
from networks import TravelNetwork
from networks.arrival.best_site import Drawn, best_sites, in_turn, quickest
from networks.arrival.many import all_at_once
from networks.arrival.pieces import drive_function
from networks.errors import Fault


@dataclass(eq=False)
class ChainsOverDay:
    """Clocks in one state; what several of them need is found once.

    Attributes:
        study: the study in its state.
        clocks: the clocks, with those that they are the best of.
        inputs: patients and tables of minutes.
        leaving: how ferries are timed, and the days of the alarm.
        draws: timetables drawn for ferries whose departures are not known.
        patience_min: what takes longer is no way.
        rows: positions of the demand points that are looked at; ``inputs.patients`` are these.
        faults: what is wrong with minutes of parts, told when all clocks are run.
    """

    study: Study
    clocks: Mapping[str, Clock]
    inputs: ClockInputs
    leaving: Leaving
    draws: int
    patience_min: float
    rows: NDArray[np.int64]

    def __post_init__(self) -> None:
        self.faults: list[Fault] = []
        self._first: dict[object, list[Drawn]] = {}
        self._routes: dict[str, list[Drawn]] = {}

    @cached_property
    def by_road_alone(self) -> Study:
        """The same state without ferries and convoys."""
        return by_road_alone(self.study)

    def route(self, name: str) -> list[Drawn]:
        """The functions of everybody from the alarm to the end of a clock."""
        if name not in self._routes:
            clock = self.clocks[name]
            if clock.best_of:
                several = [self.route(other) for other in clock.best_of]
                self._routes[name] = [quickest(*ways) for ways in zip(*several, strict=True)]
            else:
                self._routes[name] = self._chain(name, clock)
        return self._routes[name]

    def _chain(self, name: str, clock: Clock) -> list[Drawn]:
        alarm, scene = self._stay(clock, "alarm", name), self._stay(clock, "on_scene", name)
        found: list[Drawn] = [[drive_function(minutes)] for minutes in alarm.tolist()]
        if clock.travel is not None:
            found = _then(found, self._travel(clock.travel, clock, name, carrying=_carries(clock)))
        found = [
            in_turn(one, [drive_function(stay)]) for one, stay in zip(found, scene.tolist(), strict=True)
        ]
        if clock.transport is None:
            return found
        found = _then(found, self._transport(clock.transport, clock, name))
        if not clock.transport.gives:
            return found
        always = self._carried(clock.transport, clock, name) + alarm
        return [
            quickest(one, [drive_function(other)]) for one, other in zip(found, always.tolist(), strict=True)
        ]

    def _stay(self, clock: Clock, part: PartName, name: str) -> FloatArray:
        """(n,) minutes of a part that happens at no site."""
        given, patients = clock.part(part), self.inputs.patients
        if given is None:
            return np.zeros(len(patients))
        places = list(
            zip(patients["demand_id"].astype(str), patients["municipality_code"].astype(str), strict=True)
        )
        return part_minutes(
            given, places, self.inputs, Note("where.clock_part", name=name, part_name=part), self.faults
        )

    def _at_sites(self, clock: Clock, part: PartName, sites: pd.DataFrame, name: str) -> FloatArray:
        """(n_sites,) minutes of a part at each site."""
        given = clock.part(part)
        if given is None:
            return np.zeros(len(sites))
        places = list(zip(sites["facility_id"].astype(str), sites["kind"].astype(str), strict=True))
        return part_minutes(
            given, places, self.inputs, Note("where.clock_part", name=name, part_name=part), self.faults
        )

    def _travel(self, leg: Leg, clock: Clock, name: str, *, carrying: bool) -> list[Drawn]:
        """From when the unit is notified until the crew is with the patient (who can carry, where asked)."""
        if not leg.gives:
            sites = self._facilities(leg.kinds)
            return self._sites(sites, self._at_sites(clock, "mobilise", sites, name), outward=True)
        key = leg.gives, carrying
        if key not in self._first:
            bases = reach(self.study, leg.gives).bases
            resources = self.study.config.resources
            grounded = bases["grounded"].astype(bool)
            by_road = np.array(
                [resources[str(one)].moves == "road" for one in bases["resource"]], dtype=np.bool_
            )
            here = by_road & ~grounded.to_numpy()
            other = np.full(len(self.rows), np.inf)
            if carrying:
                here &= np.array(["transport" in resources[str(one)].gives for one in bases["resource"]])
            else:
                away = reach(self.by_road_alone, leg.gives).only(~by_road)
                other = np.where(np.isnan(away.quickest_min), np.inf, away.quickest_min)[self.rows]
            sites = bases[here].reset_index(drop=True)
            leaves = sites["mobilise_min"].to_numpy(dtype=np.float64)
            self._first[key] = self._sites(sites, leaves, outward=True, otherwise_min=other)
        return self._first[key]

    def _transport(self, leg: Onward, clock: Clock, name: str) -> list[Drawn]:
        """From the patient by road until treatment begins."""
        kinds = [one for one in leg.kinds if one in self.study.config.kinds]
        own = self.study.facilities["facility_id"].isin(leg.facilities)
        sites = pd.concat([self._facilities(kinds), self.study.facilities[own]], ignore_index=True)
        return self._sites(sites, self._at_sites(clock, "treatment", sites, name), outward=False)

    def _carried(self, leg: Onward, clock: Clock, name: str) -> FloatArray:
        """(n,) the quickest chain of resources that needs no ferry, until treatment begins; inf = none."""
        return self._quickest_chain(self.by_road_alone, leg, clock, name, None)

    def mixed_min(self, name: str) -> FloatArray:
        """(n,) what no chain with a craft other than a car can be quicker than, ferries and all; inf = none.

        Every ferry and convoy leaves when its quay is reached and takes its least.
        """
        clock = self.clocks[name]
        best = np.full(len(self.rows), np.inf)
        for other in clock.best_of:
            best = np.minimum(best, self.mixed_min(other))
        if not clock.best_of and clock.transport is not None and clock.transport.gives:
            found = self._quickest_chain(self.study, clock.transport, clock, name, self._at_once)
            best = np.minimum(best, found + self._stay(clock, "alarm", name))
        return best

    @cached_property
    def _at_once(self) -> TravelNetwork:
        leaving = self.leaving
        return all_at_once(
            self.study.network,
            leaving.conditions,
            days=leaving.days,
            patience_min=self.patience_min,
            draws=self.draws,
        )

    def _quickest_chain(
        self, study: Study, leg: Onward, clock: Clock, name: str, network: TravelNetwork | None
    ) -> FloatArray:
        """(n,) minutes until treatment begins; on another network, of chains that some craft has part in."""
        best = np.full(len(self.rows), np.inf)
        ids = set(self.study.facilities["facility_id"])
        for end in leg.ends:
            if end in self.study.config.kinds or end in ids:
                chains = transport_to(study, end, scene_min=clock.scene_min, network=network)
                stay = self._at_sites(clock, "treatment", chains.facilities, name)
                carried = chains.minutes if network is None else chains.not_by_road_alone
                minutes = np.where(np.isnan(carried), np.inf, carried)[self.rows] + stay[None, :]
                best = np.minimum(best, minutes.min(axis=1, initial=np.inf))
        return best

    def _facilities(self, kinds: Sequence[str]) -> pd.DataFrame:
        found = [self.study.facilities_of(kind) for kind in kinds]
        return pd.concat(found, ignore_index=True) if found else self.study.facilities.iloc[:0]

    def _sites(
        self,
        sites: pd.DataFrame,
        site_min: FloatArray,
        *,
        outward: bool,
        otherwise_min: FloatArray | None = None,
    ) -> list[Drawn]:
        study = self.study
        if sites.empty:
            none = np.full(len(self.rows), np.inf) if otherwise_min is None else otherwise_min
            return [[drive_function(float(one))] for one in none]
        return best_sites(
            study.network,
            study.on_network(sites),
            study.demand_points.take(self.rows),
            self.leaving.conditions,
            site_min=site_min,
            outward=outward,
            otherwise_min=otherwise_min,
            days=self.leaving.days,
            patience_min=self.patience_min,
            draws=self.draws,
        )


def _carries(clock: Clock) -> bool:
    """Whether the crew that comes must be one that carries the patient on by road."""
    return clock.transport is not None and bool(clock.transport.gives)


def _then(first: Sequence[Drawn], onward: Sequence[Drawn]) -> list[Drawn]:
    return [in_turn(one, other) for one, other in zip(first, onward, strict=True)]
