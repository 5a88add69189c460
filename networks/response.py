"""Minutes from the alarm until the crew of a craft is with the patient, for cars, boats and aircraft alike.

Mobilisation is part of every figure. A car drives at the network's speeds. A boat sails from its base to the
shore nearest to the patient (or to a berth), and its crew goes ashore, without a car, no further than the
craft's ``ashore_max_km``: so people on an island without roads are reached, and nobody inland. A helicopter
flies the great circle and lands at the patient; what lands at airports only sets its crew down there, and
they go on by road. NaN = the craft cannot.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from networks.arrays import BoolArray, FloatArray
from networks.craft import Craft
from networks.errors import NetworkDataError
from networks.geodesy import great_circle_m
from networks.network import TravelNetwork
from networks.points import SnappedPoints, as_points
from networks.sea.grid import Berths, SeaGrid
from networks.sea.ways import sea_ways
from networks.sentences import Sentence
from networks.snapping import ACCESS_DETOUR
from networks.times import Points, travel_time_matrix

#: An aircraft whose base is no further than this from an airport is at home there, km.
HOME_KM = 3.0


class Voyage(NamedTuple):
    """The way of a craft between places; arrays are (n_from, n_to), ``inf`` where it cannot.

    Attributes:
        minutes: with landing or berthing, without mobilisation and transfers.
        km: kilometres.
    """

    minutes: FloatArray
    km: FloatArray


def craft_minutes(
    craft: Craft,
    bases: Points,
    points: Points,
    *,
    network: TravelNetwork,
    sea: SeaGrid | None = None,
    airports: Points | None = None,
    drops: Points | None = None,
    berths: Points | None = None,
    airport_runway_m: FloatArray | None = None,
    arrival: Voyage | None = None,
) -> FloatArray:
    """(n_bases, n_points) minutes from the alarm until the crew is with the patient; NaN = it cannot be.

    Args:
        craft: what moves.
        bases: where it stands.
        points: where the patients are.
        network: roads and ferries.
        sea: the water, for boats.
        airports: for a craft that lands at airports only.
        drops: where patients may be set down, for the range of boats and aircraft; None = it need only come
            back to its base.
        berths: for a boat that lands at berths only.
        airport_runway_m: (n_airports,) metres of runway; None = every airport will do.
        arrival: what :func:`approach` has told of a craft that lands anywhere; None = it is not known.

    Raises:
        NetworkDataError: a boat without a sea, or a craft without the places where it lands.
    """
    starts, patients = as_points(network, bases), as_points(network, points)
    if craft.range_km == 0:
        return np.full((len(starts), len(patients)), np.nan)
    if craft.moves == "road":
        return craft.mobilise_min + travel_time_matrix(network, starts, patients)
    if craft.lands == "anywhere":
        arrival, back_km = arrival or approach(craft, starts, patients, sea), None
        if drops is not None:
            back_km = approach(craft, as_points(network, drops), patients, sea).km.T
        minutes = np.where(in_range(craft, arrival.km, back_km), arrival.minutes, np.inf)
        return or_nan(minutes + craft.mobilise_min + ashore_minutes(craft, patients, sea))
    stops = landing_places(
        craft, network, airports=airports, berths=berths, airport_runway_m=airport_runway_m
    )
    arrival, back_km = between(craft, starts, stops, sea), None
    if drops is not None:
        back_km = between(craft, stops, as_points(network, drops), sea).km
    at_stop = np.where(in_range(craft, arrival.km, back_km), arrival.minutes, np.inf)
    return or_nan(
        craft.mobilise_min + least_sum(at_stop, _on_foot_or_by_road(craft, network, stops, patients))
    )


def approach(craft: Craft, starts: SnappedPoints, patients: SnappedPoints, sea: SeaGrid | None) -> Voyage:
    """The way of a craft that lands anywhere to the patients; a boat's ends at their shore."""
    if craft.moves == "air":
        return between(craft, starts, patients, sea)
    water = needed_sea(craft, sea)
    shores = water.shores(water.berths(patients.lon, patients.lat, max_km=craft.ashore_max_km))
    return _sailing(craft, water, water.berths(starts.lon, starts.lat), shores)


def between(craft: Craft, starts: SnappedPoints, stops: SnappedPoints, sea: SeaGrid | None) -> Voyage:
    """The way of a boat or an aircraft from place to place."""
    if craft.moves == "sea":
        water = needed_sea(craft, sea)
        return _sailing(craft, water, *(water.berths(ends.lon, ends.lat) for ends in (starts, stops)))
    km = great_circle_m(starts.lon[:, None], starts.lat[:, None], stops.lon, stops.lat) / 1000.0
    minutes = craft.land_min + 60.0 * km / craft.speed_kph
    if craft.lands == "airport":
        minutes = np.where(km <= HOME_KM, 0.0, minutes)
    return Voyage(minutes, km)


def shore_to_shore(craft: Craft, starts: SnappedPoints, stops: SnappedPoints, sea: SeaGrid | None) -> Voyage:
    """The way of a boat from the shore of one place to that of another, ways over the shore left out."""
    water = needed_sea(craft, sea)
    reach = craft.ashore_max_km
    shores = [water.shores(water.berths(ends.lon, ends.lat, max_km=reach)) for ends in (starts, stops)]
    return _sailing(craft, water, *shores)


def _sailing(craft: Craft, sea: SeaGrid, start: Berths, stop: Berths) -> Voyage:
    factor = craft.open_sea_speed_factor
    ways = sea_ways(sea, start, stop, limit_km=craft.range_km, open_sea_speed_factor=factor)
    minutes = craft.land_min + ways.minutes(craft.speed_kph, open_sea_speed_factor=factor)
    return Voyage(or_inf(minutes), or_inf(ways.km))


def ashore_minutes(craft: Craft, places: SnappedPoints, sea: SeaGrid | None) -> FloatArray:
    """(n,) minutes between a craft that lands anywhere and the places: 0 by air, over the shore for boats."""
    if craft.moves != "sea":
        return np.zeros(len(places))
    off_km = needed_sea(craft, sea).berths(places.lon, places.lat, max_km=craft.ashore_max_km).off_km
    return or_inf(craft.transfer_min + 60.0 * ACCESS_DETOUR * off_km / craft.ashore_speed_kph)


def in_range(craft: Craft, out_km: FloatArray, back_km: FloatArray | None) -> BoolArray:
    """(n_bases, n_stops) whether the way out and on to the nearest drop (or home) is within the range."""
    onward = out_km if back_km is None else back_km.min(axis=1, initial=np.inf)
    return np.asarray(out_km + onward <= craft.range_km) & np.isfinite(out_km)


def landing_places(
    craft: Craft,
    network: TravelNetwork,
    *,
    airports: Points | None,
    berths: Points | None,
    airport_runway_m: FloatArray | None,
) -> SnappedPoints:
    """The places where a craft that does not land anywhere may land.

    Raises:
        NetworkDataError: they were not given, or runways are not those of the airports.
    """
    given = airports if craft.lands == "airport" else berths
    if given is None:
        raise NetworkDataError(
            Sentence(
                "net.fault.craft.lands",
                "craft '{craft}' lands at each {lands} given; none was given",
                craft=craft.name,
                lands=craft.lands,
            )
        )
    places = as_points(network, given)
    if craft.lands != "airport" or airport_runway_m is None:
        return places
    if len(airport_runway_m) != len(places):
        raise NetworkDataError(
            Sentence(
                "net.fault.craft.runways",
                "{lengths} lengths of runways for {airports} airports",
                lengths=len(airport_runway_m),
                airports=len(places),
            )
        )
    return places.take(np.asarray(airport_runway_m) >= craft.runway_m)


def _on_foot_or_by_road(
    craft: Craft, network: TravelNetwork, stops: SnappedPoints, patients: SnappedPoints
) -> FloatArray:
    """(n_stops, n_patients) minutes of a crew set down at an airport (by road) or a berth (ashore)."""
    if craft.lands == "airport":
        return craft.transfer_min + or_inf(travel_time_matrix(network, stops, patients))
    km = great_circle_m(stops.lon[:, None], stops.lat[:, None], patients.lon, patients.lat) / 1000.0
    minutes = craft.transfer_min + 60.0 * ACCESS_DETOUR * km / craft.ashore_speed_kph
    return np.where(km <= craft.ashore_max_km, minutes, np.inf)


def needed_sea(craft: Craft, sea: SeaGrid | None) -> SeaGrid:
    """The water of a boat.

    Raises:
        NetworkDataError: there is none.
    """
    if sea is None:
        raise NetworkDataError(
            Sentence(
                "net.fault.craft.sea",
                "craft '{craft}': a boat needs a sea; it does not sail over land",
                craft=craft.name,
            )
        )
    return sea


def least_sum(first: FloatArray, second: FloatArray) -> FloatArray:
    """(n, m) least ``first[i, k] + second[k, j]`` over k; ``inf`` where there is none."""
    least = np.full((first.shape[0], second.shape[1]), np.inf)
    through = np.empty(least.shape)
    for k in range(first.shape[1]):
        np.minimum(least, np.add(first[:, k, None], second[None, k, :], out=through), out=least)
    return least


def or_inf(values: FloatArray) -> FloatArray:
    """The values with ``inf`` for NaN."""
    return np.where(np.isnan(values), np.inf, values)


def or_nan(values: FloatArray) -> FloatArray:
    """The values with NaN for what is not finite."""
    return np.where(np.isfinite(values), values, np.nan)
