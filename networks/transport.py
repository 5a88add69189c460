"""Minutes from the alarm until patients are where they are taken: one craft, or a chain of several.

The first crew with the patient treats, whatever it came by (but an aeroplane's crew does not come). What
carries the patient leaves when that is done and it is there itself::

    start = min(own arrival + scene, max(first arrival + scene, own arrival + transfer))

A car then drives to the destination. A helicopter or a boat takes the patient where the patient is to a
landing place, and from there by road. An aeroplane, and a boat from quay to quay, meet the patient where they
can land, brought there by whatever is quickest::

    max(patient brought to A, ready at A) + transfer + A to B + transfer + B to destination by road

The least over all bases and landing places counts, and of all chains the quickest wins, so one more craft
can only shorten. At the far end a car is taken to wait. Everything is called at the alarm.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from networks.arrays import FloatArray, IntArray
from networks.brief import Brief
from networks.chains import Chain, FirstCrew, Member, Part, Place, Relay, Ride
from networks.craft import Craft
from networks.errors import NetworkDataError
from networks.network import TravelNetwork
from networks.points import SnappedPoints, as_points
from networks.response import (
    HOME_KM,
    approach,
    ashore_minutes,
    between,
    craft_minutes,
    landing_places,
    or_inf,
    or_nan,
    shore_to_shore,
)
from networks.sea.grid import SeaGrid
from networks.sentences import Sentence
from networks.times import Points, travel_time_matrix


@dataclass(frozen=True, eq=False, repr=False)
class TransportResult(Brief):
    """The quickest way of every patient to every destination.

    Attributes:
        minutes: (n_points, n_destinations) minutes from the alarm, NaN = nobody can.
        way: (n_points, n_destinations) position of the winning chain in ``ways``, -1 = none.
        ways: names of the chains: the craft that carry, in order, joined by `` + ``.
        chains: the chains themselves.
        crafts: all that were asked for, whether they carry or not.
    """

    minutes: FloatArray
    way: NDArray[np.int16]
    ways: tuple[str, ...]
    chains: tuple[Chain, ...]
    crafts: tuple[Craft, ...] = ()

    def only(self, names: Collection[str]) -> TransportResult:
        """The same question asked of some of the craft: the others neither treat nor carry.

        What each craft needs from place to place is known already, so no way is searched again.

        Args:
            names: names of the craft that are there.
        """
        kept = [left for chain in self.chains if (left := chain.only(names)) is not None]
        crafts = tuple(craft for craft in self.crafts if craft.name in names)
        return _quickest(kept, self.minutes.shape, crafts)

    def joined_by(self, arrival_min: FloatArray, *, carries: bool) -> FloatArray:
        """(n_points, n_destinations) minutes of the chains that one more crew takes part in; NaN = none.

        It treats first, whoever carries; or it carries, by car, whoever is first.
        The least of this over all crews and of ``minutes`` is what the whole fleet would do.

        Args:
            arrival_min: (n_points,) minutes from the alarm until it is with the patient; NaN = it cannot.
            carries: whether it may carry, by road, as the cars that are there do.
        """
        late = or_inf(np.asarray(arrival_min, dtype=np.float64))[None]
        chains: list[Chain] = []
        for chain in self.chains:
            ride = chain.feeder if isinstance(chain, Relay) else chain
            assert isinstance(ride, Ride)
            crew = Member(ride.member.craft, late, late, np.zeros(late.shape))
            taking = [replace(ride, first=FirstCrew((crew,), ride.first.scene_min))]
            if carries and ride.member.craft.moves == "road":
                taking = [replace(one, member=crew) for one in (*taking, ride)]
            chains += [replace(chain, feeder=one) if isinstance(chain, Relay) else one for one in taking]
        return _quickest(chains, self.minutes.shape, self.crafts).minutes

    def legs(self, point: int, destination: int) -> list[Part]:
        """The parts of the winning chain of one pair, empty where nobody can; their minutes add up to its."""
        way = int(self.way[point, destination])
        return [] if way < 0 else self.chains[way].parts(point, destination)

    def by_way(self, name: str) -> FloatArray:
        """(n_points, n_destinations) minutes of one chain, the quickest or not.

        Raises:
            NetworkDataError: no chain has that name.
        """
        if name not in self.ways:
            raise NetworkDataError(
                Sentence(
                    "net.fault.chain",
                    "no chain is called {name!r}; there are {ways}",
                    name=name,
                    ways=tuple(self.ways),
                )
            )
        return or_nan(self.chains[self.ways.index(name)].minutes)


def transport_minutes(
    crafts: Sequence[Craft],
    bases_by_craft: Sequence[Points],
    points: Points,
    destinations: Points,
    *,
    network: TravelNetwork,
    sea: SeaGrid | None = None,
    airports: Points | None = None,
    scene_min: float = 0.0,
    quays: Points | None = None,
    helipads: Points | None = None,
    airport_runway_m: FloatArray | None = None,
    treat_only: Collection[str] = (),
) -> TransportResult:
    """Minutes from the alarm until the patients of every point are at every destination.

    Args:
        crafts: what there is; each kind once, with a name of its own.
        bases_by_craft: the bases of each.
        points: where the patients are.
        destinations: where they are taken.
        network: roads and ferries.
        sea: the water, for boats.
        airports: for craft that land at airports only.
        scene_min: minutes with the patient before leaving.
        quays: where boats and cars meet; without them a boat carries from the patient's own shore to that of
            the destination only.
        helipads: where what lands anywhere may set patients down; None = at every destination.
        airport_runway_m: (n_airports,) metres of runway; None = every airport will do.
        treat_only: names of the craft whose crews treat and carry nobody.

    Raises:
        NetworkDataError: names that are not unique, bases that do not fit, or as :func:`craft_minutes`.
    """
    _check(crafts, bases_by_craft, scene_min)
    ends = _Ends(network, sea, as_points(network, points), scene_min, airports, quays, airport_runway_m)
    pads = None if helipads is None else as_points(network, helipads)
    fleet = [
        (craft, as_points(network, bases))
        for craft, bases in zip(crafts, bases_by_craft, strict=True)
        if craft.range_km > 0 and len(as_points(network, bases))
    ]
    members = {craft.name: ends.member(craft, bases) for craft, bases in fleet if craft.lands != "airport"}
    first = FirstCrew(tuple(members.values()), scene_min)
    if not members:
        return _quickest((), (len(ends.patients), len(as_points(network, destinations))), tuple(crafts))
    stops = as_points(network, destinations)
    carriers = [
        member
        for member in members.values()
        if member.craft.lands == "anywhere" and member.craft.name not in treat_only
    ]
    rides: list[Chain] = [ends.ride(first, member, stops, "destination", pads) for member in carriers]
    relays: list[Chain] = []
    for craft, bases in fleet:
        where = ends.stops_of(craft)
        if where is not None and craft.name not in treat_only:
            feeders = [ends.ride(first, member, where[0], where[1], None) for member in carriers]
            relays += [
                ends.relay(feeder, craft, bases, stops, where)
                for feeder in feeders
                if feeder.member.craft.name != craft.name
            ]
    return _quickest(rides + relays, (len(ends.patients), len(stops)), tuple(crafts))


def _check(crafts: Sequence[Craft], bases_by_craft: Sequence[Points], scene_min: float) -> None:
    names = [craft.name for craft in crafts]
    if len(set(names)) != len(names):
        raise NetworkDataError(
            Sentence(
                "net.fault.craft.names",
                "each craft needs a name of its own; there are {names}",
                names=tuple(names),
            )
        )
    if len(names) != len(bases_by_craft):
        raise NetworkDataError(
            Sentence(
                "net.fault.craft.bases",
                "{sets} sets of bases for {n_names} craft",
                sets=len(bases_by_craft),
                n_names=len(names),
            )
        )
    if not 0 <= scene_min < np.inf:
        raise NetworkDataError(
            Sentence(
                "net.fault.scene",
                "minutes on scene must be at least 0; they are {scene_min}",
                scene_min=scene_min,
            )
        )


def _quickest(chains: Sequence[Chain], shape: tuple[int, ...], crafts: tuple[Craft, ...]) -> TransportResult:
    """The least of all chains; of equally quick ones that whose name comes first in the alphabet."""
    ordered = tuple(sorted(chains, key=lambda chain: chain.name))
    if not ordered:
        return TransportResult(np.full(shape, np.nan), np.full(shape, -1, dtype=np.int16), (), (), crafts)
    least, best = ordered[0].minutes, np.zeros(shape, dtype=np.int16)
    for number, chain in enumerate(ordered[1:], start=1):
        minutes = chain.minutes
        sooner = minutes < least
        np.copyto(least, minutes, where=sooner)
        best[sooner] = number
    impossible = ~np.isfinite(least)
    least[impossible], best[impossible] = np.nan, -1
    return TransportResult(
        least,
        best,
        tuple(chain.name for chain in ordered),
        ordered,
        crafts,
    )


@dataclass(frozen=True, eq=False)
class _Ends:
    """What all chains of one question share."""

    network: TravelNetwork
    sea: SeaGrid | None
    patients: SnappedPoints
    scene_min: float
    airports: Points | None
    quays: Points | None
    airport_runway_m: FloatArray | None

    def member(self, craft: Craft, bases: SnappedPoints) -> Member:
        voyage = None
        if craft.moves != "road" and craft.lands == "anywhere":
            voyage = approach(craft, bases, self.patients, self.sea)
        arrival = craft_minutes(
            craft,
            bases,
            self.patients,
            network=self.network,
            sea=self.sea,
            berths=self.quays,
            arrival=voyage,
        )
        response = or_inf(arrival)
        if voyage is None:
            return Member(craft, response, response, np.zeros(response.shape))
        out = craft.mobilise_min + voyage.minutes + ashore_minutes(craft, self.patients, self.sea)
        return Member(craft, response, out, voyage.km)

    def stops_of(self, craft: Craft) -> tuple[SnappedPoints, Place, IntArray] | None:
        """All airports or quays, what they are, and those where this craft can land; None = it needs none."""
        if craft.lands == "airport":
            all_of_them = landing_places(
                craft, self.network, airports=self.airports, berths=None, airport_runway_m=None
            )
            runway = self.airport_runway_m
            fit = np.ones(len(all_of_them), bool) if runway is None else np.asarray(runway) >= craft.runway_m
            return all_of_them, "airport", np.flatnonzero(fit)
        if craft.moves == "sea" and self.quays is not None:
            quays = as_points(self.network, self.quays)
            return quays, "quay", np.arange(len(quays))
        return None

    def ride(
        self, first: FirstCrew, member: Member, stops: SnappedPoints, kind: Place, pads: SnappedPoints | None
    ) -> Ride:
        craft, patients = member.craft, self.patients
        if craft.moves == "road":
            carry = or_inf(travel_time_matrix(self.network, patients, stops))
            return Ride(craft.name, first, member, carry, np.zeros(carry.shape), ends=kind)
        if craft.moves == "air":
            landings = stops if pads is None else pads
            voyage = between(craft, patients, landings, self.sea)
            if pads is None:
                return Ride(craft.name, first, member, voyage.minutes, voyage.km, ends=kind)
            after = craft.transfer_min + or_inf(travel_time_matrix(self.network, pads, stops))
            places: list[tuple[Place, int, str]] = [("helipad", k, "road") for k in range(len(pads))]
            return Ride(craft.name, first, member, voyage.minutes, voyage.km, after, tuple(places), ends=kind)
        return self._boat_ride(first, member, stops, kind)

    def _boat_ride(self, first: FirstCrew, member: Member, stops: SnappedPoints, kind: Place) -> Ride:
        """A boat carries from the patient's shore to that of the stop, or to a quay with a road to it."""
        craft, patients = member.craft, self.patients
        voyage = shore_to_shore(craft, patients, stops, self.sea)
        minutes, km = voyage.minutes, voyage.km
        after = np.full((len(stops), len(stops)), np.inf)
        np.fill_diagonal(after, ashore_minutes(craft, stops, self.sea))
        places: list[tuple[Place, int, str]] = [(kind, k, "shore") for k in range(len(stops))]
        if self.quays is not None:
            quays = as_points(self.network, self.quays)
            further = approach(craft, quays, patients, self.sea)
            minutes, km = np.hstack([minutes, further.minutes.T]), np.hstack([km, further.km.T])
            by_road = craft.transfer_min + or_inf(travel_time_matrix(self.network, quays, stops))
            after = np.vstack([after, by_road])
            places += [("quay", k, "road") for k in range(len(quays))]
        minutes = minutes + ashore_minutes(craft, patients, self.sea)[:, None]
        return Ride(craft.name, first, member, minutes, km, after, tuple(places), ends=kind)

    def relay(
        self,
        feeder: Ride,
        craft: Craft,
        bases: SnappedPoints,
        stops: SnappedPoints,
        where: tuple[SnappedPoints, Place, IntArray],
    ) -> Relay:
        places, kind, fit = where
        usable = places.take(fit)
        ready = between(craft, bases, usable, self.sea)
        legs = between(craft, usable, usable, self.sea)
        return Relay(
            name=f"{feeder.name} + {craft.name}",
            feeder=feeder,
            craft=craft,
            ready_min=craft.mobilise_min + ready.minutes,
            ready_km=ready.km,
            carry_min=np.where(legs.km <= (HOME_KM if kind == "airport" else 0.0), np.inf, legs.minutes),
            carry_km=legs.km,
            after_min=or_inf(travel_time_matrix(self.network, usable, stops)),
            stops=fit,
            kind=kind,
        )
