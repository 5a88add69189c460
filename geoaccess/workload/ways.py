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
from geoaccess.workload.tables import PATIENT, calls_of, read_call_tables
from networks import travel_time_matrix
from networks.craft import Craft
from networks.legs import travel_time_legs
from networks.response import ashore_minutes, between, shore_to_shore

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
        go_min: (C, S, X, X) with a patient, or home.
        km: (C, X, X) kilometres.
        mobilise_min: (C, 2, S) on station, at home.
        road: (C,) what drives.
    """

    places: pd.DataFrame
    bases: pd.DataFrame
    crafts: tuple[str, ...]
    parts: tuple[Part, ...]
    out_min: FloatArray
    go_min: FloatArray
    km: FloatArray
    mobilise_min: FloatArray
    road: BoolArray

    @property
    def demand(self) -> int:
        """How many of the places are demand points."""
        return int((self.places["kind"] == "").sum())

    def of_kind(self, kind: str) -> IntArray:
        """Places of a kind of facility."""
        return np.flatnonzero(self.places["kind"] == kind)

    def drive_min(self) -> FloatArray:
        """(X, X) minutes by road in the first part."""
        return np.asarray(self.go_min[int(np.flatnonzero(self.road)[0]), 0])

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
        twin = int(np.flatnonzero(self.bases["resource"] == self.crafts[craft])[0])
        there, driven = self.go_min[craft, 0, self.bases["place"].iloc[twin]], self.out_min[0, :, twin]
        known = np.isfinite(there) & np.isfinite(driven) & (driven > 0)
        factor = float(np.median(there[known] / driven[known])) if known.any() else 1.0
        out = self.go_min[craft, :, place, :] / factor
        return replace(
            self,
            bases=pd.concat([self.bases, added], ignore_index=True),
            out_min=np.concatenate([self.out_min, out[:, :, None]], axis=2),
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
        self._check_room()
        drives = [self._drives(state) for state in self.states.values()]
        road_km = self._road_km()
        shape = (len(self.crafts), len(self.states), len(self.places), len(self.places))
        go, km = np.empty(shape), np.empty((shape[0], *shape[2:]))
        for c, name in enumerate(self.crafts):
            if self._is_road(name):
                go[c], km[c] = np.stack(drives), road_km
            else:
                go[c], km[c] = self._craft(self.resources[name], drives)
        out = np.stack(
            [self._out(state, drive) for state, drive in zip(self.states.values(), drives, strict=True)]
        )
        return Ways(
            self.places, self.bases, self.crafts, tuple(self.states), out, go, km,
            self._mobilise(), np.array([self._is_road(name) for name in self.crafts]),
        )  # fmt: skip

    def _check_room(self) -> None:
        """Refuse more places than the memory of this machine holds ways between.

        Raises:
            DataError: as said.
        """
        places, states, crafts = len(self.places), len(self.states), len(self.crafts)
        needed = 8.0 * places**2 * (states + crafts * states + crafts)
        has = memory_bytes()
        if needed > has:
            room = {"needed_gb": needed * 1e-9, "has_gb": has * 1e-9}
            raise DataError(Note("fault.workload.room", places=places, **room))

    def _is_road(self, name: str) -> bool:
        return name == DOCTOR_CAR or self.resources[name].moves == "road"

    def _drives(self, state: Study) -> FloatArray:
        people, sites = state.demand_points, state.on_network(self.facilities)
        block = [
            [travel_time_matrix(state.network, start, end) for end in (people, sites)]
            for start in (people, sites)
        ]
        found = np.block(block)
        return np.where(np.isnan(found), np.inf, found)

    def _road_km(self) -> FloatArray:
        state = next(iter(self.states.values()))
        people, sites = state.demand_points, state.on_network(self.facilities)
        found = np.block(
            [
                [travel_time_legs(state.network, start, end).length_km for end in (people, sites)]
                for start in (people, sites)
            ]
        )
        return np.where(np.isnan(found), np.inf, found)

    def _out(self, state: Study, drive: FloatArray) -> FloatArray:
        """(X, B) minutes from each base to each place."""
        found = np.full((len(self.places), len(self.bases)), np.inf)
        factor = calls_of(self.study).speed_factor
        people = len(self.study.demand)
        for b, (name, place) in enumerate(zip(self.bases["resource"], self.bases["place"], strict=True)):
            if self._is_road(name):
                found[:, b] = drive[place] / factor
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

    def _craft(self, resource: Resource, drives: list[FloatArray]) -> tuple[FloatArray, FloatArray]:
        """((S, X, X) minutes, (X, X) km) of a boat or an aircraft; its range is asked on its way out."""
        craft = craft_of(resource.model_copy(update={"range_km": None}), name="craft")
        minutes, km = self._sailed(resource, craft) if resource.moves == "sea" else self._flown(craft)
        np.fill_diagonal(minutes, 0.0)
        np.fill_diagonal(km, 0.0)
        if resource.lands == "anywhere":
            return np.repeat(minutes[None], len(drives), axis=0), km
        return np.stack([self._by_aeroplane(resource, minutes, drive) for drive in drives]), km

    def _flown(self, craft: Craft) -> tuple[FloatArray, FloatArray]:
        people, sites = self.study.demand_points, self.study.on_network(self.facilities)
        block = [[between(craft, start, stop, None) for stop in (people, sites)] for start in (people, sites)]
        minutes = np.block([[way.minutes for way in row] for row in block])
        return minutes, np.block([[way.km for way in row] for row in block])

    def _sailed(self, resource: Resource, craft: Craft) -> tuple[FloatArray, FloatArray]:
        """A boat's ways to and from its bases and the hospitals that it may bring patients to."""
        own = self.bases.loc[self.bases["resource"].map(self.resources.get).map(lambda one: one is resource)]
        ends = self.facilities["kind"].isin(
            resource.drops or (calls_of(self.study).hospital,)
        ) | self.facilities["facility_id"].isin(own["base_id"])
        rows = np.flatnonzero(ends)
        people, sites = self.study.demand_points, self.study.on_network(self.facilities)
        shape = (len(self.places), len(self.places))
        minutes, km = np.full(shape, np.inf), np.full(shape, np.inf)
        with remembered(study_sea(self.study)) as sea:
            for stops, first in ((people, 0), (sites, len(people))):
                way = shore_to_shore(craft, sites.take(rows), stops, sea)
                off = (
                    ashore_minutes(craft, stops, sea)[None, :]
                    + ashore_minutes(craft, sites.take(rows), sea)[:, None]
                )
                block = np.ix_(len(people) + rows, first + np.arange(len(stops)))
                minutes[block], km[block] = way.minutes + off, way.km
        return np.minimum(minutes, minutes.T), np.minimum(km, km.T)

    def _by_aeroplane(self, resource: Resource, flight: FloatArray, drive: FloatArray) -> FloatArray:
        """(X, X) from an airport to a place: flight, change, drive; home: from a place's nearest airport."""
        airports = len(self.study.demand) + np.flatnonzero(self._airports(resource))
        found = np.full(flight.shape, np.inf)
        if not len(airports):
            return found
        onward = resource.transfer_min * 2 + drive[airports]
        own = self.bases["resource"].map(self.resources.get).map(lambda one: one is resource)
        ends = np.union1d(airports, self.bases.loc[own, "place"])
        for a in airports:
            found[a] = (flight[a, airports][:, None] + onward).min(axis=0)
        # It waits at the airport where the patient changed to a car, and flies home from there.
        lands = airports[np.argmin(drive[airports], axis=0)]
        lands[airports] = airports
        found[:, ends] = flight[lands][:, ends]
        return found

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
