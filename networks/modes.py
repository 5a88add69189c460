"""Ambulance boats, helicopters and fixed-wing aircraft: missions that reach where cars do not.

A mission starts with the alarm: the crew mobilises and travels from its base to where it takes the patient
over, while the patient is brought there by road; it then carries the patient to a landing place or quay,
from where the journey goes on by road::

    max(mobilisation + base to pickup, patient to pickup by road) + transfer + on scene
      + pickup to drop + transfer + drop to destination by road

Boats keep to water routes between quays (:class:`WaterRoutes`), aircraft fly the great circle. A craft that
lands anywhere takes the patient over where the patient is, without road or transfer. The fastest of all
combinations of pickup and drop counts. Everywhere NaN means that the craft cannot do it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from networks.craft import Craft, Places, WaterRoutes
from networks.errors import NetworkDataError
from networks.geodesy import great_circle_m
from networks.network import TravelNetwork
from networks.points import SnappedPoints, as_points
from networks.times import Points, travel_time_matrix

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Missions:
    """Missions of one craft from every origin to every destination; arrays are (n_origins, n_destinations).

    ``total_min`` is the sum of the other minutes; NaN where the craft cannot do it.

    Attributes:
        total_min: from the alarm to the destination.
        pickup_min: from the alarm until craft and patient have met.
        scene_min: on scene.
        craft_min: with the patient on board.
        transfer_min: changes between craft and road.
        road_min: by road after the craft.
        pickup: which pickup place, -1 = none or at the patient.
        drop: which drop place, -1 = none.
    """

    total_min: FloatArray
    pickup_min: FloatArray
    scene_min: FloatArray
    craft_min: FloatArray
    transfer_min: FloatArray
    road_min: FloatArray
    pickup: IntArray
    drop: IntArray


def missions(
    network: TravelNetwork,
    craft: Craft,
    origins: Points,
    destinations: Points,
    *,
    places: Places,
    routes: WaterRoutes | None = None,
    on_scene_min: float = 0.0,
    time_min: float | None = None,
) -> Missions:
    """Minutes from the alarm until the patients of every origin are at every destination.

    Args:
        network: the roads (and ferries) to and from the places.
        craft: boat, helicopter or aircraft.
        origins: where the patients are.
        destinations: where they are taken.
        places: quays or landing places the craft may use; drops are always there.
        routes: ways by sea, for boats; None = great circle.
        on_scene_min: minutes with the patient before leaving.
        time_min: minutes after midnight of the alarm; None = while on duty.

    Raises:
        NetworkDataError: a boat without water routes, or points of another network.
        UnknownPlaceError: no water route calls at a quay or at the base.
    """
    starts, stops = as_points(network, origins), as_points(network, destinations)
    if not craft.can_be_called(time_min) or not len(places.names):
        return _nothing((len(starts), len(stops)))
    ready_min, to_pickup_km = _approach(craft, starts, places, routes)
    carry_km = _carry_km(craft, starts, places, routes)
    within = to_pickup_km[:, None] + carry_km <= craft.range_km
    carry_min = np.where(within, 60.0 * carry_km / craft.speed_kph, np.inf)
    after_min = _or_inf(travel_time_matrix(network, places.points, stops))
    onward_min, drop = _cheapest_sum(carry_min, after_min)
    if craft.lands_anywhere:
        pickup = np.broadcast_to(np.arange(len(starts))[:, None], onward_min.shape)
        met_min = np.broadcast_to(ready_min[:, None], onward_min.shape)
    else:
        by_road_min = _or_inf(travel_time_matrix(network, starts, places.points))
        meeting_min = np.maximum(by_road_min, ready_min[None, :])
        _, pickup = _cheapest_sum(meeting_min, onward_min)
        met_min = np.take_along_axis(meeting_min, pickup, axis=1)
    columns = np.broadcast_to(np.arange(len(stops)), pickup.shape)
    dropped = drop[pickup, columns]
    return _with_parts(
        craft,
        pickup=pickup,
        drop=dropped,
        pickup_min=met_min,
        craft_min=carry_min[pickup, dropped],
        road_min=after_min[dropped, columns],
        on_scene_min=on_scene_min,
    )


def _with_parts(
    craft: Craft,
    *,
    pickup: IntArray,
    drop: IntArray,
    pickup_min: FloatArray,
    craft_min: FloatArray,
    road_min: FloatArray,
    on_scene_min: float,
) -> Missions:
    """The missions with these parts; what one part makes impossible is NaN in all."""
    transfer_min = craft.transfer_min * (1 if craft.lands_anywhere else 2)
    total_min = pickup_min + craft_min + road_min + transfer_min + on_scene_min
    possible = np.isfinite(total_min)
    zero_or_nan = np.where(possible, 0.0, np.nan)
    return Missions(
        total_min=np.where(possible, total_min, np.nan),
        pickup_min=np.where(possible, pickup_min, np.nan),
        scene_min=zero_or_nan + on_scene_min,
        craft_min=np.where(possible, craft_min, np.nan),
        transfer_min=zero_or_nan + transfer_min,
        road_min=np.where(possible, road_min, np.nan),
        pickup=np.where(possible, -1 if craft.lands_anywhere else pickup, -1),
        drop=np.where(possible, drop, -1),
    )


def response_minutes(
    network: TravelNetwork,
    craft: Craft,
    points: Points,
    *,
    places: Places,
    routes: WaterRoutes | None = None,
    time_min: float | None = None,
) -> FloatArray:
    """(n,) minutes from the alarm until the crew is with the patient; NaN where it cannot be.

    A craft that does not land anywhere sets its crew down at a quay or landing place, from where they go
    on by road after a transfer. Arguments and errors are those of :func:`missions`.
    """
    patients = as_points(network, points)
    if not craft.can_be_called(time_min) or not len(places.names):
        return np.full(len(patients), np.nan)
    ready_min, way_km = _approach(craft, patients, places, routes)
    ready_min = np.where(way_km <= craft.range_km, ready_min, np.inf)
    if craft.lands_anywhere:
        return np.where(np.isfinite(ready_min), ready_min, np.nan)
    road = _or_inf(travel_time_matrix(network, places.points, patients))
    total: FloatArray = (ready_min[:, None] + craft.transfer_min + road).min(axis=0)
    return np.where(np.isfinite(total), total, np.nan)


@dataclass(frozen=True, eq=False)
class Fastest:
    """The fastest of several modes.

    Attributes:
        minutes: (n_origins, n_destinations), NaN where no mode can do it.
        mode: (n_origins, n_destinations) name of the mode, empty where none can do it.
    """

    minutes: FloatArray
    mode: NDArray[np.object_]

    def nearest(self) -> tuple[FloatArray, IntArray, NDArray[np.object_]]:
        """(n_origins,) minutes to the nearest destination, which one (-1 = none), and the mode."""
        rows = np.arange(len(self.minutes))
        best = np.argmin(_or_inf(self.minutes), axis=1)
        minutes = self.minutes[rows, best]
        return minutes, np.where(np.isnan(minutes), -1, best), self.mode[rows, best]


def fastest(minutes: Mapping[str, FloatArray]) -> Fastest:
    """The fastest mode of every pair; of equally fast ones the first in the mapping.

    Args:
        minutes: mode -> (n_origins, n_destinations) minutes, NaN where it cannot.

    Raises:
        NetworkDataError: no mode, or matrices of unequal shape.
    """
    shapes = {matrix.shape for matrix in minutes.values()}
    if len(shapes) != 1:
        raise NetworkDataError(f"the modes must have matrices of one shape; there are {sorted(shapes)}")
    stacked = np.stack([_or_inf(matrix) for matrix in minutes.values()])
    best = np.argmin(stacked, axis=0)
    least = np.take_along_axis(stacked, best[None], axis=0)[0]
    names = np.asarray([*minutes, ""], dtype=object)
    possible = np.isfinite(least)
    return Fastest(np.where(possible, least, np.nan), names[np.where(possible, best, -1)])


def _nothing(shape: tuple[int, int]) -> Missions:
    minutes = [np.full(shape, np.nan) for _ in range(6)]
    return Missions(*minutes, *(np.full(shape, -1, dtype=np.int64) for _ in range(2)))


def _approach(
    craft: Craft, patients: SnappedPoints, places: Places, routes: WaterRoutes | None
) -> tuple[FloatArray, FloatArray]:
    """Minutes from the alarm until the craft is at each pickup, and kilometres from the base."""
    if craft.kind == "boat":
        sea = _sea(craft, routes)
        way_km = sea.length_km[sea.positions([craft.base])[0], sea.positions(places.names)]
    else:
        ends = patients if craft.lands_anywhere else places.points
        way_km = (
            great_circle_m(np.asarray([craft.base_lon]), np.asarray([craft.base_lat]), ends.lon, ends.lat)
            / 1000.0
        )
    return craft.mobilisation_min + 60.0 * way_km / craft.speed_kph, way_km


def _carry_km(
    craft: Craft, patients: SnappedPoints, places: Places, routes: WaterRoutes | None
) -> FloatArray:
    """(n_pickups, n_places) kilometres with the patient on board; from a place to itself there is no way."""
    if craft.kind == "boat":
        sea = _sea(craft, routes)
        positions = sea.positions(places.names)
        length_km = sea.length_km[np.ix_(positions, positions)]
    else:
        starts, ends = (patients if craft.lands_anywhere else places.points), places.points
        length_km = great_circle_m(starts.lon[:, None], starts.lat[:, None], ends.lon, ends.lat) / 1000.0
    if not craft.lands_anywhere:
        np.fill_diagonal(length_km, np.inf)
    return length_km


def _sea(craft: Craft, routes: WaterRoutes | None) -> WaterRoutes:
    if routes is None:
        raise NetworkDataError(f"craft '{craft.name}': a boat needs water routes; it does not sail over land")
    return routes


def _cheapest_sum(first: FloatArray, second: FloatArray) -> tuple[FloatArray, IntArray]:
    """(n, m) least ``first[i, k] + second[k, j]`` over k, and the first k that gives it."""
    least = np.full((first.shape[0], second.shape[1]), np.inf)
    which = np.zeros(least.shape, dtype=np.int64)
    for k in range(first.shape[1]):
        through = first[:, k, None] + second[None, k, :]
        better = through < least
        least[better] = through[better]
        which[better] = k
    return least, which


def _or_inf(minutes: FloatArray) -> FloatArray:
    return np.where(np.isnan(minutes), np.inf, minutes)
