"""Chains that bring a patient to a place: a ride by one craft, and a relay from where a second one lands.

Arrays have ``inf`` where something cannot be; the minutes of a chain are kept, its parts are found again for
the one pair that is asked for.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal, Protocol

import numpy as np

from networks.arrays import FloatArray, IntArray
from networks.craft import Craft
from networks.response import least_sum

What = Literal["mobilise", "approach", "scene", "wait", "transfer", "carry", "onward"]
Place = Literal["patient", "airport", "quay", "helipad", "destination"]


@dataclass(frozen=True)
class Part:
    """One part of a chain, in the patient's time: the minutes of all parts are those of the chain.

    Attributes:
        what: mobilise and approach of the crew that treats first, scene, wait for what carries on, transfer,
            carry, and onward from where it lands to the destination.
        by: name of the craft; ``road`` for an onward drive and ``shore`` for a way over the shore.
        to: what it leads to.
        place: position among the points, airports, quays, helipads or destinations given; -1 where it leads
            to nothing of the kind.
        minutes: how long it takes.
        km: how far it is, NaN for what is no movement, or by road.
    """

    what: What
    by: str
    to: Place
    place: int
    minutes: float
    km: float = float("nan")


class Chain(Protocol):
    """A way to bring patients to destinations."""

    @property
    def name(self) -> str:
        """The craft that carry, in order, joined by `` + ``."""
        ...

    @property
    def minutes(self) -> FloatArray:
        """(n_points, n_destinations) minutes from the alarm, ``inf`` = it cannot be."""
        ...

    def parts(self, point: int, destination: int) -> list[Part]:
        """The parts for one pair that can be."""
        ...

    def only(self, crafts: Collection[str]) -> Chain | None:
        """The chain when some craft alone treat and carry; None = it needs another."""
        ...


@dataclass(frozen=True, eq=False)
class Member:
    """A craft with its bases.

    Attributes:
        craft: what moves.
        response_min: (n_bases, n_points) minutes from the alarm to the crew with the patient, where it can
            come and go back within its range.
        arrival_min: (n_bases, n_points) the same, whatever the range: it is judged with the way that follows.
        out_km: (n_bases, n_points) kilometres of that, 0 by road.
    """

    craft: Craft
    response_min: FloatArray
    arrival_min: FloatArray
    out_km: FloatArray


@dataclass(frozen=True, eq=False)
class FirstCrew:
    """Who is with each patient first, of all members, and treats.

    Attributes:
        members: all that can come to a patient.
        scene_min: minutes of treatment.
    """

    members: tuple[Member, ...]
    scene_min: float

    @cached_property
    def minutes(self) -> FloatArray:
        """(n_points,) minutes until the first crew is there."""
        bases = [member.response_min for member in self.members]
        least: FloatArray = np.concatenate(bases).min(axis=0, initial=np.inf)
        return least

    def only(self, crafts: Collection[str]) -> FirstCrew:
        """Who is first of some of the craft."""
        return FirstCrew(tuple(one for one in self.members if one.craft.name in crafts), self.scene_min)

    def parts(self, point: int) -> list[Part]:
        """What the first crew does until the treatment is over."""
        best = min(self.members, key=lambda member: float(member.response_min[:, point].min(initial=np.inf)))
        return arrival_parts(best, int(np.argmin(best.response_min[:, point])), point, self.scene_min)


def arrival_parts(member: Member, base: int, point: int, scene_min: float) -> list[Part]:
    """A crew on its way from its base, and the treatment."""
    craft = member.craft
    moving = float(member.arrival_min[base, point]) - craft.mobilise_min
    km = np.nan if craft.moves == "road" else float(member.out_km[base, point])
    return [
        Part("mobilise", craft.name, "patient", point, craft.mobilise_min),
        Part("approach", craft.name, "patient", point, moving, km),
        Part("scene", craft.name, "patient", point, scene_min),
    ]


@dataclass(frozen=True, eq=False)
class Ride:
    """One craft takes patients where they are to a landing place, from where the journey goes on.

    Attributes:
        name: of the chain.
        first: who treats.
        member: what carries.
        carry_min: (n_points, n_landings) minutes with the patient on board, with what it takes to get there.
        carry_km: (n_points, n_landings) kilometres for the range.
        after_min: (n_landings, n_destinations) minutes from landing to destination; None = it lands there.
        landings: what each landing place is, its position among those, and how the journey goes on; not
            read where it lands at the destinations.
        ends: what the destinations are.
    """

    name: str
    first: FirstCrew
    member: Member
    carry_min: FloatArray
    carry_km: FloatArray
    after_min: FloatArray | None = None
    landings: tuple[tuple[Place, int, str], ...] = ()
    ends: Place = "destination"

    def start_min(self, base: int | slice, point: int | slice) -> FloatArray:
        """Minutes until it leaves with the patient, of some bases and points, laid out as ``arrival_min``."""
        own, first = self.member.arrival_min[base, point], self.first
        return np.minimum(
            own + first.scene_min,
            np.maximum(first.minutes[point] + first.scene_min, own + self.member.craft.transfer_min),
        )

    @property
    def minutes(self) -> FloatArray:
        """(n_points, n_destinations) minutes, ``inf`` = it cannot; made anew each time, as it is large."""
        limit_km, every = self.member.craft.range_km, slice(None)
        starts = (self.start_min(base, every) for base in range(len(self.member.arrival_min)))
        if np.isinf(limit_km):
            start = np.full(len(self.carry_min), np.inf)
            for of_base in starts:
                np.minimum(start, of_base, out=start)
            landed = start[:, None] + self.carry_min
        else:
            landed = np.full(self.carry_min.shape, np.inf)
            for base, start in enumerate(starts):
                there = start[:, None] + self.carry_min
                there[~(self.member.out_km[base][:, None] + self.carry_km <= limit_km)] = np.inf
                np.minimum(landed, there, out=landed)
        return landed if self.after_min is None else least_sum(landed, self.after_min)

    def parts(self, point: int, destination: int) -> list[Part]:
        """The parts for one pair that can be."""
        craft = self.member.craft
        within = self.member.out_km[:, point, None] + self.carry_km[point] <= craft.range_km
        starts = self.start_min(slice(None), point)[:, None]
        whole = starts + np.where(within, self.carry_min[point], np.inf)
        whole = whole[:, [destination]] if self.after_min is None else whole + self.after_min[:, destination]
        base, k = np.unravel_index(int(np.argmin(whole)), whole.shape)
        landing = destination if self.after_min is None else int(k)
        place = self.landings[landing] if self.after_min is not None else (self.ends, destination, "")
        parts = self._until_start(int(base), point)
        km = np.nan if craft.moves == "road" else float(self.carry_km[point, landing])
        parts.append(Part("carry", craft.name, place[0], place[1], float(self.carry_min[point, landing]), km))
        if self.after_min is not None and self.after_min[landing, destination] > 0:
            onward = float(self.after_min[landing, destination])
            parts.append(Part("onward", place[2], self.ends, destination, onward))
        return parts

    def only(self, crafts: Collection[str]) -> Ride | None:
        """The ride when some craft alone treat and carry; None = it needs another."""
        if self.member.craft.name not in crafts:
            return None
        return replace(self, first=self.first.only(crafts))

    def _until_start(self, base: int, point: int) -> list[Part]:
        own = float(self.member.arrival_min[base, point]) + self.first.scene_min
        start = float(self.start_min(base, point))
        if own <= start:
            return arrival_parts(self.member, base, point, self.first.scene_min)
        parts = self.first.parts(point)
        treated = float(self.first.minutes[point]) + self.first.scene_min
        return [*parts, Part("wait", self.member.craft.name, "patient", point, start - treated)]


@dataclass(frozen=True, eq=False)
class Relay:
    """Patients are brought to a stop, where a craft waits or comes, which carries them to another stop.

    Attributes:
        name: of the chain.
        feeder: what brings the patients to the stops; its destinations are the stops.
        craft: what carries from stop to stop.
        ready_min: (n_bases, n_stops) minutes from the alarm until it is at a stop.
        ready_km: (n_bases, n_stops) kilometres for that.
        carry_min: (n_stops, n_stops) minutes from stop to stop.
        carry_km: (n_stops, n_stops) kilometres.
        after_min: (n_stops, n_destinations) minutes from stop to destination.
        stops: positions of the stops among the airports or quays given.
        kind: what the stops are.
    """

    name: str
    feeder: Ride
    craft: Craft
    ready_min: FloatArray
    ready_km: FloatArray
    carry_min: FloatArray
    carry_km: FloatArray
    after_min: FloatArray
    stops: IntArray
    kind: Place

    @cached_property
    def brought_min(self) -> FloatArray:
        """(n_points, n_stops) minutes until a patient is brought to a stop."""
        return self.feeder.minutes[:, self.stops]

    @property
    def minutes(self) -> FloatArray:
        """(n_points, n_destinations) minutes, ``inf`` = it cannot; made anew each time, as it is large."""
        least = np.full((len(self.brought_min), self.after_min.shape[1]), np.inf)
        for base in range(len(self.ready_min)):
            met = np.maximum(self.brought_min, self.ready_min[base]) + self.craft.transfer_min
            np.minimum(least, least_sum(met, self._onward(base)[0]), out=least)
        return least

    def _onward(self, base: int) -> tuple[FloatArray, IntArray]:
        """(n_stops, n_destinations) least minutes from a stop, and the second stop of it."""
        within = self.ready_km[base][:, None] + self.carry_km <= self.craft.range_km
        carry = np.where(within, self.carry_min, np.inf) + self.craft.transfer_min
        through = carry[:, :, None] + self.after_min[None]
        return through.min(axis=1, initial=np.inf), np.argmin(through, axis=1)

    def parts(self, point: int, destination: int) -> list[Part]:
        """The parts for one pair that can be."""
        brought = self.brought_min[point]
        options = []
        for base in range(len(self.ready_min)):
            onward, second = self._onward(base)
            met = np.maximum(brought, self.ready_min[base])
            whole = met + self.craft.transfer_min + onward[:, destination]
            stop = int(np.argmin(whole))
            options.append((float(whole[stop]), stop, int(second[stop, destination]), float(met[stop])))
        _, a, b, met_min = min(options)
        name, at, to = self.craft.name, int(self.stops[a]), int(self.stops[b])
        transfer = self.craft.transfer_min
        return [
            *self.feeder.parts(point, at),
            Part("wait", name, self.kind, at, met_min - float(brought[a])),
            Part("transfer", name, self.kind, at, transfer),
            Part("carry", name, self.kind, to, float(self.carry_min[a, b]), float(self.carry_km[a, b])),
            Part("transfer", name, self.kind, to, transfer),
            Part("onward", "road", "destination", destination, float(self.after_min[b, destination])),
        ]

    def only(self, crafts: Collection[str]) -> Relay | None:
        """The relay when some craft alone treat and carry; None = it needs another."""
        feeder = self.feeder.only(crafts)
        return None if feeder is None or self.craft.name not in crafts else replace(self, feeder=feeder)
