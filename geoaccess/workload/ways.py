"""Minutes and kilometres between all places of a study that calls and crews have to do with, state by state.

Places are the demand points, then facilities: bases, hospitals, legevakt, airports. What drives is told by
the network, what flies by great circles, what sails by the sea; all of it in each part of the year and day.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from weakref import WeakKeyDictionary

import numpy as np
import pandas as pd

from geoaccess.ground.arrays import BoolArray, FloatArray, IntArray
from geoaccess.ground.errors import DataError
from geoaccess.minutes.resources.bases import bases_in, is_night
from geoaccess.minutes.resources.movement import craft_of, runways_of
from geoaccess.minutes.resources.reach import reach
from geoaccess.minutes.resources.waters import remembered, study_sea
from geoaccess.study import Study
from geoaccess.study.call_sections import PARTS, Part
from geoaccess.study.resource_sections import Resource
from geoaccess.study.schema import Scenario
from geoaccess.study.state import resolve
from geoaccess.words.note import Note
from geoaccess.workload.homes import Homes
from geoaccess.workload.tables import PATIENT, calls_of, read_call_tables
from networks import travel_time_matrix
from networks.craft import Craft
from networks.legs import travel_time_legs
from networks.response import ashore_minutes, between, shore_to_shore
from optimise.crews import ByStops

#: Name of the craft that a legevakt's doctor drives.
DOCTOR_CAR = "doctor_car"
#: Keys of a scenario that say when it is.
OWN_TIME = ("time", "weekday", "date", "winter")
_PLACE = ["place_id", "name", "municipality_code", "lon", "lat"]
_KEPT: WeakKeyDictionary[Study, dict[tuple[str, ...], Ways]] = WeakKeyDictionary()


@dataclass(frozen=True, eq=False)
class Ways:
    """Everything that moves, between all places.

    Attributes:
        places: ``place_id, name, kind, municipality_code, lon, lat``; demand points (kind empty) come first.
        bases: ``base_id, name, resource, municipality_code, place``.
        crafts: names of the resources, and of doctors' cars.
        parts: parts of the year and day, or one that holds always.
        out_min: (S, X, B) from each base to each place, mobilisation left out; ``inf`` = cannot.
        go: minutes with a patient, or home, and kilometres; its stops are the facilities.
        homes: the demand points on the roads.
        mobilise_min: (C, 2, S) on station, at home.
        road: (C,) what drives.
    """

    places: pd.DataFrame
    bases: pd.DataFrame
    crafts: tuple[str, ...]
    parts: tuple[Part, ...]
    out_min: FloatArray
    go: ByStops
    homes: Homes
    mobilise_min: FloatArray
    road: BoolArray

    @property
    def demand(self) -> int:
        """How many of the places are demand points."""
        return int((self.places["kind"] == "").sum())

    def of_kind(self, kind: str) -> IntArray:
        """Places of a kind of facility."""
        return np.flatnonzero(self.places["kind"] == kind)

    def drive_min(self, starts: IntArray, ends: IntArray) -> FloatArray:
        """Minutes by road in the first part, see :meth:`minutes`."""
        return self.minutes(np.flatnonzero(self.road)[:1], 0, starts, ends)

    def minutes(self, craft: IntArray, state: int, starts: IntArray, ends: IntArray) -> FloatArray:
        """Minutes with a patient, or home, by broadcasting.

        Args:
            craft: kinds of craft.
            state: position of a part.
            starts: places.
            ends: places; one of both is a base or facility, or they are the same.
        """
        found = self.go.figures(self.go.layer[craft, state], starts, ends)
        same = np.isnan(found)
        if same.any():
            drives = np.broadcast_to(self.road[craft], found.shape)[same]
            own = self.homes.own_min(state)[np.broadcast_to(starts, found.shape)[same]]
            found[same] = np.where(drives, own, 0.0)
        return found

    def with_base(self, base_id: str, place: int) -> Ways:
        """One base more for crews on the road, at a place."""
        craft = int(np.flatnonzero(self.road)[0])
        row = self.places.iloc[place]
        added = pd.DataFrame(
            {
                "base_id": [base_id],
                "name": [row["name"]],
                "resource": [self.crafts[craft]],
                "municipality_code": [row["municipality_code"]],
                "place": [place],
            }
        )
        go = self._with_stop(place)
        twin = int(np.flatnonzero(self.bases["resource"] == self.crafts[craft])[0])
        stop_of = go.stop_of
        there = go.out_of[go.layer[craft, 0], stop_of[self.bases["place"].iloc[twin]]]
        driven = self.out_min[0, :, twin]
        known = np.isfinite(there) & np.isfinite(driven) & (driven > 0)
        factor = float(np.median(there[known] / driven[known])) if known.any() else 1.0
        out = go.out_of[go.layer[craft, :-1], stop_of[place]] / factor
        return replace(
            self,
            go=go,
            bases=pd.concat([self.bases, added], ignore_index=True),
            out_min=np.concatenate([self.out_min, out[:, :, None]], axis=2),
        )

    def _with_stop(self, place: int) -> ByStops:
        """The ways with one of the places as a stop more."""
        go, people = self.go, self.demand
        if go.stop_of[place] >= 0:
            return go
        roads, own = len(self.parts) + 1, np.array([place])
        to = np.full((len(go.to), len(self.places)), np.inf)
        out_of = to.copy()
        to[:, place] = out_of[:, place] = 0.0
        every, states = np.arange(people), np.arange(roads - 1)
        to[:roads, :people] = self.homes.ways(every, own, states)[:, :, 0]
        out_of[:roads, :people] = self.homes.ways(own, every, states)[:, 0]
        to[:, go.stops], out_of[:, go.stops] = go.out_of[:, :, place], go.to[:, place]
        return replace(
            go,
            stops=np.append(go.stops, place),
            to=np.concatenate([go.to, to[:, :, None]], axis=2),
            out_of=np.concatenate([go.out_of, out_of[:, None]], axis=1),
        )


def parts_of(study: Study) -> dict[Part, Study]:
    """The study in each part of the year and day; where [calls] names no states, as it is, always.

    What a scenario of the study changes holds in all of them; its own time and season do not
    (:data:`OWN_TIME`), because a year of calls has its hours and seasons.
    """
    calls = calls_of(study)
    if not calls.states:
        return {"summer_day": study}
    found: dict[Part, Study] = {}
    for part in PARTS:
        day: Part = "summer_day" if part.startswith("summer") else "winter_day"
        if part in calls.states:
            found[part] = _in_part(study, calls.states[part])
        else:
            found[part] = _in_part(study, calls.states[day], time=calls.night_at)
    return found


def own_time(study: Study) -> list[str]:
    """What the scenario of a study says of when it is, which counts for nothing in a year of calls."""
    if not study.state.scenarios or not calls_of(study).states:
        return []
    asked = resolve(study.config, study.state.scenarios)
    return [name for name in OWN_TIME if getattr(asked, name) is not None]


def _in_part(study: Study, scenario: str, *, time: str = "") -> Study:
    """The study in the scenario of a part, with what its own scenario changes, and at a time of day.

    The scenario that joins them need not be written down.
    """
    asked = resolve(study.config, study.state.scenarios)
    kept = asked.model_fields_set - {*OWN_TIME, "inherits", "title", "title_nb", "year", "variant"}
    values = {name: getattr(asked, name) for name in kept} | ({"time": time} if time else {})
    if not values:
        return study.in_state(scenario=scenario)
    made = Scenario.model_validate({**values, "inherits": (scenario,)})
    name = " ".join(filter(None, (*study.state.scenarios, scenario, time)))
    read = study.as_read
    config = read.config.model_copy(update={"scenarios": {**read.config.scenarios, name: made}})
    return replace(read, config=config).in_state(
        scenario=name,
        year=study.state.year,
        variant=study.state.variant or None,
        parameters=dict(study.state.parameters),
    )


def ways_of(study: Study) -> Ways:
    """Minutes and kilometres between all places, kept with the study.

    Raises:
        DataError: the study has no resources, or says nothing of calls.
    """
    kept = _KEPT.setdefault(study, {})
    key = tuple(study.config.resources)
    if key not in kept:
        kept[key] = _found(study)
    return kept[key]


def _found(study: Study) -> Ways:
    calls, states = calls_of(study), parts_of(study)
    bases = bases_in(study)
    airports = {
        kind for one in study.config.resources.values() for kind in one.airports if one.lands == "airport"
    }
    drops = {kind for one in study.config.resources.values() for kind in one.drops}
    ends = {*study_destinations(study), calls.hospital, *airports, *drops, *calls.doctor_cars}
    others = study.facilities[
        study.facilities["kind"].isin(ends) & ~study.facilities["facility_id"].isin(bases["base_id"])
    ]
    columns = ["facility_id", "name", "kind", "municipality_code", "node_id", "lon", "lat"]
    facilities = pd.concat([bases.rename(columns={"base_id": "facility_id"})[columns], others[columns]])
    facilities = facilities.reset_index(drop=True)
    places = pd.concat(
        [
            study.demand.rename(columns={"demand_id": "place_id"})[_PLACE].assign(kind=""),
            facilities.rename(columns={"facility_id": "place_id"}).drop(columns="node_id"),
        ],
        ignore_index=True,
    )  # fmt: skip
    doctors = facilities[facilities["kind"].isin(calls.doctor_cars)]
    rows = bases[["base_id", "name", "resource", "municipality_code"]]
    driving = doctors.rename(columns={"facility_id": "base_id"})[["base_id", "name", "municipality_code"]]
    every = pd.concat([rows, driving.assign(resource=DOCTOR_CAR)], ignore_index=True)
    place_of = {place: row for row, place in enumerate(places["place_id"]) if row >= len(study.demand)}
    every["place"] = every["base_id"].map(place_of).astype(np.int64)
    return _Assembly(study, states, facilities, places, every, len(bases)).ways()


def study_destinations(study: Study) -> set[str]:
    """Kinds of facilities that patients are brought to, or from."""
    table = read_call_tables(study).destinations
    return (set(table["to"]) | set(table["from"])) - {PATIENT}


def memory_bytes() -> float:
    """Memory of this machine; infinite where the system does not tell."""
    try:
        return float(os.sysconf("SC_PHYS_PAGES")) * float(os.sysconf("SC_PAGE_SIZE"))
    except (AttributeError, OSError, ValueError):
        return float("inf")


class _Assembly:
    """The matrices of a study, craft by craft."""

    def __init__(
        self,
        study: Study,
        states: dict[Part, Study],
        facilities: pd.DataFrame,
        places: pd.DataFrame,
        bases: pd.DataFrame,
        own: int,
    ) -> None:
        self.study, self.states, self.facilities, self.places = study, states, facilities, places
        self.bases, self.own = bases, own
        self.resources = study.config.resources
        doctor = (DOCTOR_CAR,) if (bases["resource"] == DOCTOR_CAR).any() else ()
        self.crafts = (*self.resources, *doctor)

    def ways(self) -> Ways:
        road = np.array([self._is_road(name) for name in self.crafts])
        flying = [name for name, drives in zip(self.crafts, road.tolist(), strict=True) if not drives]
        states, people, sites = len(self.states), len(self.study.demand), len(self.facilities)
        # Who lands anywhere has the same minutes in every state.
        alike = [self.resources[name].lands == "anywhere" for name in flying]
        count = states + 1 + sum(1 + (1 if same else states) for same in alike)
        self._check_room(count)
        to = np.empty((count, people + sites, sites))
        out_of = np.empty((count, sites, people + sites))
        layer = np.tile(np.arange(states + 1), (len(self.crafts), 1))
        for s, state in enumerate(self.states.values()):
            self._drives(state, to[s], out_of[s])
        self._road_km(to[states], out_of[states])
        at = states + 1
        for name, same in zip(flying, alike, strict=True):
            minutes = slice(at, at + (1 if same else states))
            km = minutes.stop
            self._craft(self.resources[name], (to, out_of), minutes, km)
            layer[self.crafts.index(name)] = [*(at if same else at + s for s in range(states)), km]
            at = km + 1
        homes = Homes(*zip(*((one.network, one.demand_points) for one in self.states.values()), strict=True))
        go = ByStops(people + np.arange(sites), layer, to, out_of, homes)
        out = np.stack([self._out(state, out_of[s]) for s, state in enumerate(self.states.values())])
        return Ways(
            self.places, self.bases, self.crafts, tuple(self.states), out, go, homes, self._mobilise(), road
        )

    def _check_room(self, layers: int) -> None:
        """Refuse more places than the memory of this machine holds ways between.

        Raises:
            DataError: as said.
        """
        places, states = len(self.places), len(self.states)
        needed = 8.0 * places * (2 * len(self.facilities) * layers + states * len(self.bases))
        has = memory_bytes()
        if needed > has:
            room = {"needed_gb": needed * 1e-9, "has_gb": has * 1e-9}
            raise DataError(Note("fault.workload.room", places=places, **room))

    def _is_road(self, name: str) -> bool:
        return name == DOCTOR_CAR or self.resources[name].moves == "road"

    def _drives(self, state: Study, to: FloatArray, out_of: FloatArray) -> None:
        """Fill (X, F) minutes to facilities, and (F, X) from them."""
        people, sites, n = state.demand_points, state.on_network(self.facilities), len(self.study.demand)
        for start, end, found in (
            (people, sites, to[:n]),
            (sites, sites, to[n:]),
            (sites, people, out_of[:, :n]),
        ):
            found[:] = travel_time_matrix(state.network, start, end)
            found[np.isnan(found)] = np.inf
        out_of[:, n:] = to[n:]

    def _road_km(self, to: FloatArray, out_of: FloatArray) -> None:
        state = next(iter(self.states.values()))
        people, sites, n = state.demand_points, state.on_network(self.facilities), len(self.study.demand)
        for start, end, found in (
            (people, sites, to[:n]),
            (sites, sites, to[n:]),
            (sites, people, out_of[:, :n]),
        ):
            found[:] = travel_time_legs(state.network, start, end).length_km
            found[np.isnan(found)] = np.inf
        out_of[:, n:] = to[n:]

    def _out(self, state: Study, drive: FloatArray) -> FloatArray:
        """(X, B) minutes from each base to each place; ``drive``: (F, X) from every facility."""
        found = np.full((len(self.places), len(self.bases)), np.inf)
        factor = calls_of(self.study).speed_factor
        people = len(self.study.demand)
        for b, (name, place) in enumerate(zip(self.bases["resource"], self.bases["place"], strict=True)):
            if self._is_road(name):
                found[:, b] = drive[place - people] / factor
        response = reach(state, "response")
        known = {base: column for column, base in enumerate(response.bases["base_id"])}
        for b in range(self.own):
            name, base = self.bases["resource"].iloc[b], self.bases["base_id"].iloc[b]
            if not self._is_road(name) and base in known:
                minutes = response.minutes[:, known[base]] - response.bases["mobilise_min"].iloc[known[base]]
                found[:people, b] = np.where(np.isnan(minutes), np.inf, minutes)
            elif not self._is_road(name):
                found[people:, b] = self._to_airports(self.resources[name], b)
        return found

    def _to_airports(self, resource: Resource, b: int) -> FloatArray:
        """(n_facilities,) an aeroplane's minutes to airports that it may land on."""
        craft = craft_of(resource, name="craft")
        sites = self.study.on_network(self.facilities)
        row = int(self.bases["place"].iloc[b]) - len(self.study.demand)
        minutes = between(craft, sites.take(np.array([row])), sites, None).minutes[0]
        return np.where(self._airports(resource), minutes, np.inf)

    def _airports(self, resource: Resource) -> BoolArray:
        kinds = self.study.facilities["kind"].isin(resource.airports)
        known = dict(
            zip(
                self.study.facilities.loc[kinds, "facility_id"],
                runways_of(self.study, resource.airports),
                strict=True,
            )
        )
        metres = np.array([known.get(one, -1.0) for one in self.facilities["facility_id"]])
        return metres >= resource.runway_m

    def _craft(
        self, resource: Resource, ways: tuple[FloatArray, FloatArray], minutes: slice, km: int
    ) -> None:
        """Fill the layers of a boat or an aircraft; its range is asked on its way out.

        Args:
            resource: what moves.
            ways: (L, X, F) to facilities, and (L, F, X) from them.
            minutes: its layers of minutes, one or one for each state.
            km: its layer of kilometres.
        """
        to, out_of = ways
        craft = craft_of(resource.model_copy(update={"range_km": None}), name="craft")
        first = (to[minutes.start], out_of[minutes.start]), (to[km], out_of[km])
        (self._sailed if resource.moves == "sea" else self._flown)(resource, craft, *first)
        site = np.arange(len(self.facilities))
        for there, back in first:
            there[len(self.study.demand) + site, site] = back[site, len(self.study.demand) + site] = 0.0
        if resource.lands == "anywhere":
            return
        flight = to[minutes.start].copy()
        for number, at in enumerate(range(minutes.start, minutes.stop)):
            self._by_aeroplane(resource, flight, out_of[number], to[at], out_of[at])

    def _flown(self, _: Resource, craft: Craft, *layers: tuple[FloatArray, FloatArray]) -> None:
        people, sites = self.study.demand_points, self.study.on_network(self.facilities)
        n = len(people)
        for start, end, own in ((people, sites, 0), (sites, people, 1), (sites, sites, 0)):
            way = between(craft, start, end, None)
            rows = slice(None) if own else slice(0, n) if start is people else slice(n, None)
            for layer, found in zip(layers, (way.minutes, way.km), strict=True):
                layer[own][rows, : len(end)] = found
        for to, out_of in layers:
            out_of[:, n:] = to[n:]

    def _sailed(self, resource: Resource, craft: Craft, *layers: tuple[FloatArray, FloatArray]) -> None:
        """A boat's ways to and from its bases and the hospitals that it may bring patients to."""
        own = self.bases.loc[self.bases["resource"].map(self.resources.get).map(lambda one: one is resource)]
        ends = self.facilities["kind"].isin(
            resource.drops or (calls_of(self.study).hospital,)
        ) | self.facilities["facility_id"].isin(own["base_id"])
        rows = np.flatnonzero(ends)
        people, sites = self.study.demand_points, self.study.on_network(self.facilities)
        for _, out_of in layers:
            out_of[:] = np.inf
        with remembered(study_sea(self.study)) as sea:
            for stops, first in ((people, 0), (sites, len(people))):
                way = shore_to_shore(craft, sites.take(rows), stops, sea)
                off = (
                    ashore_minutes(craft, stops, sea)[None, :]
                    + ashore_minutes(craft, sites.take(rows), sea)[:, None]
                )
                block = np.ix_(rows, first + np.arange(len(stops)))
                for (_, out_of), found in zip(layers, (way.minutes + off, way.km), strict=True):
                    out_of[block] = found
        # It takes as long there as back.
        for to, out_of in layers:
            between_sites = out_of[:, len(people) :]
            between_sites[:] = np.minimum(between_sites, between_sites.T)
            to[:] = out_of.T

    def _by_aeroplane(
        self, resource: Resource, flight: FloatArray, drive: FloatArray, to: FloatArray, out_of: FloatArray
    ) -> None:
        """From an airport to a place: flight, change, drive; home: from a place's nearest airport.

        Args:
            resource: the aeroplane.
            flight: (X, F) minutes in the air.
            drive: (F, X) minutes by road.
            to: (X, F) to fill.
            out_of: (F, X) to fill.
        """
        people, airports = len(self.study.demand), np.flatnonzero(self._airports(resource))
        to[:], out_of[:] = np.inf, np.inf
        if not len(airports):
            return
        onward = resource.transfer_min * 2 + drive[airports]
        own = self.bases["resource"].map(self.resources.get).map(lambda one: one is resource)
        ends = np.union1d(airports, self.bases.loc[own, "place"] - people)
        for a in airports:
            out_of[a] = (flight[people + a, airports][:, None] + onward).min(axis=0)
        to[people:] = out_of[:, people:]
        # It waits at the airport where the patient changed to a car, and flies home from there.
        lands = airports[np.argmin(drive[airports], axis=0)]
        lands[people + airports] = airports
        to[:, ends] = flight[people + lands][:, ends]
        out_of[:, people:] = to[people:]

    def _mobilise(self) -> FloatArray:
        found = np.zeros((len(self.crafts), 2, len(self.states)))
        for c, name in enumerate(self.crafts):
            resource = self.resources.get(name)
            for s, state in enumerate(self.states.values()):
                if resource is None:  # a doctor's car: as that of an ambulance
                    found[c, :, s] = found[0, :, s]
                    continue
                night = is_night(state, resource)
                found[c, 0, s] = resource.mobilise_min.minutes(home=False, night=night)
                found[c, 1, s] = resource.mobilise_min.minutes(home=True, night=night)
        return found
