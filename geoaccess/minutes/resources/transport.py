"""From the alarm to a hospital by the best of road, boat and air, chains of them included."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import cached_property
from weakref import WeakKeyDictionary

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geoaccess.ground.arrays import FloatArray
from geoaccess.minutes.resources.bases import bases_in, resources_of
from geoaccess.minutes.resources.movement import craft_of, places_of, runways_of
from geoaccess.minutes.resources.waters import remembered, study_sea
from geoaccess.study import Study
from geoaccess.study.services import service_section
from networks import TravelNetwork
from networks.modes import Craft, Transfers, TransportResult, transport_minutes, without_flying

_KEPT: WeakKeyDictionary[Study, dict[tuple[str, float], Transports]] = WeakKeyDictionary()


@dataclass(frozen=True, eq=False)
class Transports:
    """The quickest way of every patient to every facility of a kind, everybody being ready to go.

    Attributes:
        facilities: where it ends; one row a column of ``minutes``.
        minutes: (n_demand, n_facilities) from the alarm to the door, the minutes on scene included; NaN =
            nobody can bring them there.
        found: which chain it is, and its legs.
        scene_min: minutes on scene that were counted.
        airport_kinds: kinds of the facilities that were counted as airports.
        resources: name of a craft of ``found`` -> the resource it is of: crews that leave later, on duty at
            home, are a craft of their own.
    """

    facilities: pd.DataFrame
    minutes: FloatArray
    found: TransportResult
    scene_min: float
    airport_kinds: tuple[str, ...] = ()
    resources: Mapping[str, str] = field(default_factory=dict)

    def with_resources(self, names: Collection[str]) -> FloatArray:
        """(n_demand, n_facilities) minutes when some resources alone go out; NaN = nobody can."""
        return self.found.only([craft for craft, own in self.resources.items() if own in names]).minutes

    @cached_property
    def on_the_ground(self) -> Transfers:
        """The answer beside the one when nothing flies."""
        return without_flying(self.found)

    @cached_property
    def not_by_road_alone(self) -> FloatArray:
        """(n_demand, n_facilities) minutes of the chains that some boat or aircraft has part in; NaN = none.

        A crew that comes by such a craft and treats first has part in it too.
        """
        cars = {craft.name for craft in self.found.crafts if craft.moves == "road"}
        carried = [self.found.by_way(way) for way in self.found.ways if not cars.issuperset(way.split(" + "))]
        found = np.fmin.reduce(carried) if carried else np.full(self.minutes.shape, np.nan)
        # By car, a crew that came otherwise having treated first: quicker than with cars alone.
        by_car = self.found.only(cars).minutes
        treated = np.where((self.minutes < by_car) | np.isnan(by_car), self.minutes, np.nan)
        joined: FloatArray = np.fmin(found, treated)
        return joined

    def flies(self, way: str) -> bool:
        """Whether one of the craft of a way flies."""
        air = {craft.name for craft in self.found.crafts if craft.moves == "air"}
        return not air.isdisjoint(way.split(" + "))

    def ways(self, which: NDArray[np.int64]) -> NDArray[np.object_]:
        """(n_demand,) names of the chains to one facility each, by its column; empty for -1."""
        names = np.asarray([*self.found.ways, ""], dtype=object)
        rows = np.arange(len(which))
        way = np.where(which >= 0, self.found.way[rows, which], -1)
        chosen: NDArray[np.object_] = names[way]
        return chosen


def transport_to(
    study: Study, kind: str, *, scene_min: float | None = None, network: TravelNetwork | None = None
) -> Transports:
    """Everybody's way to the facilities of a kind, in the state of a study.

    Args:
        study: the study in its state.
        kind: kind of facility where it ends, or the id of one facility.
        scene_min: minutes with the patient before leaving; default: what the study says of transport.
        network: the same roads and ferries in other times than the state's; None = the state's.

    Raises:
        UnknownNameError: the study has no such kind.
        DataError: the study has no resources, or its boats no water.
    """
    scene = service_section(study.config, "transport").scene_min if scene_min is None else scene_min
    if network is not None:
        return _transports(study, kind, scene, network)
    kept = _KEPT.setdefault(study, {})
    if (kind, scene) not in kept:
        kept[kind, scene] = _transports(study, kind, scene, study.network)
    return kept[kind, scene]


def _transports(study: Study, kind: str, scene_min: float, network: TravelNetwork) -> Transports:
    one = study.facilities[study.facilities["facility_id"] == kind].reset_index(drop=True)
    facilities = one if len(one) and kind not in study.config.kinds else study.facilities_of(kind)
    carry, treat = bases_in(study, "transport"), bases_in(study, "response")
    treat = treat[~treat["resource"].isin(carry["resource"])]
    bases = pd.concat([carry, treat], ignore_index=True)
    bases = bases[~bases["grounded"].astype(bool)]
    crafts: list[Craft] = []
    places = []
    owner: dict[str, str] = {}
    for (name, _), rows in bases.groupby(["resource", "mobilise_min"], sort=True):
        resource, leaving = study.config.resources[str(name)], float(rows["mobilise_min"].iloc[0])
        own = f"{name}" if not any(one.name == name for one in crafts) else f"{name} ({leaving:g} min)"
        owner[own] = str(name)
        crafts.append(craft_of(resource, name=own, mobilise_min=leaving))
        places.append(study.on_network(rows))
    used = [one for one in resources_of(study, "transport").values() if one.lands == "airport"]
    kinds = tuple(dict.fromkeys(airport for one in used for airport in one.airports))
    boats = any(craft.moves == "sea" for craft in crafts)
    with remembered(study_sea(study)) if boats else nullcontext() as sea:
        found = transport_minutes(
            crafts,
            places,
            study.demand_points,
            study.on_network(facilities),
            network=network,
            sea=sea,
            airports=places_of(study, kinds),
            scene_min=scene_min,
            airport_runway_m=runways_of(study, kinds),
            treat_only=[craft for craft, own in owner.items() if own in set(treat["resource"])],
        )
    return Transports(facilities, found.minutes, found, scene_min, kinds, owner)
