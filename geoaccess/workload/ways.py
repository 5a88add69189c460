"""Minutes and kilometres between all places of a study that calls and crews have to do with, state by state.

Places are the demand points, then facilities: bases, hospitals, legevakt, airports. What drives is told by
the network, what flies by great circles, what sails by the sea; all of it in each part of the year and day.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from weakref import WeakKeyDictionary

import numpy as np
import pandas as pd

from geoaccess.ground.arrays import BoolArray, FloatArray, IntArray
from geoaccess.ground.errors import DataError
from geoaccess.minutes.resources.bases import bases_in, is_night, resources_of
from geoaccess.minutes.resources.movement import base_minutes, craft_of, runways_of
from geoaccess.minutes.resources.waters import remembered, study_sea
from geoaccess.study import Study
from geoaccess.study.call_sections import PARTS, Part
from geoaccess.study.resource_sections import Resource
from geoaccess.study.schema import Scenario
from geoaccess.study.state import resolve
from geoaccess.words.note import Note
from geoaccess.workload.homes import Homes
from geoaccess.workload.tables import PATIENT, calls_of, read_call_tables
from networks import SnappedPoints, TravelNetwork, travel_time_matrix
from networks.craft import Craft
from networks.engines import chosen_engine
from networks.legs import kilometre_search, travel_kilometres
from networks.parts import packed_parts, parts_of_points
from networks.response import ashore_minutes, between, shore_to_shore
from optimise.crews import Apart, ByStops, Within

#: Name of the craft that a legevakt's doctor drives.
DOCTOR_CAR = "doctor_car"
#: Keys of a scenario that say when it is.
OWN_TIME = ("time", "weekday", "date", "winter")
_PLACE = ["place_id", "name", "municipality_code", "lon", "lat"]
#: (n, m) figures from some points to others; NaN = cannot.
Figures = Callable[[SnappedPoints, SnappedPoints], FloatArray]
_KEPT: WeakKeyDictionary[Study, dict[tuple[bool, tuple[str, ...]], Ways]] = WeakKeyDictionary()


@dataclass(frozen=True, eq=False)
class Ways:
    """Everything that moves, between all places.

    Attributes:
        places: ``place_id, name, kind, municipality_code, lon, lat``; demand points (kind empty) come first.
        bases: ``base_id, name, resource, municipality_code, place``.
        crafts: names of the resources, and of doctors' cars.
        parts: parts of the year and day, or one that holds always.
        away_min: (S, X, b) from each base off the road to each place, mobilisation left out; inf = cannot.
        away_of: (B,) column of each base in them; -1 = its crews drive.
        speed: (B,) how much faster than the network they drive on the way out.
        go: minutes with a patient, or home, and kilometres where they were asked for; its stops are the
            facilities.
        homes: the demand points on the roads.
        mobilise_min: (C, 2, S) on station, at home.
        road: (C,) what drives.
    """

    places: pd.DataFrame
    bases: pd.DataFrame
    crafts: tuple[str, ...]
    parts: tuple[Part, ...]
    away_min: FloatArray
    away_of: IntArray
    speed: FloatArray
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

    def out_min(self, state: int, bases: IntArray | None = None) -> FloatArray:
        """(X, n) minutes from some bases, or all, to each place, mobilisation left out; ``inf`` = cannot."""
        chosen = np.arange(len(self.bases)) if bases is None else bases
        found = np.empty((len(self.places), len(chosen)))
        layer = int(self.go.layer[np.flatnonzero(self.road)[0], state]) if self.road.any() else -1
        stop_of, place = self.go.stop_of, self.bases["place"].to_numpy(np.int64)
        for column, base in enumerate(chosen.tolist()):
            if self.away_of[base] >= 0:
                found[:, column] = self.away_min[state, :, self.away_of[base]]
            else:
                drive = self.go.row(int(self.go.out_of[layer, stop_of[place[base]]]))
                found[:, column] = drive / self.speed[base]
        return found

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
        twin = int(np.flatnonzero(self.bases["resource"] == self.crafts[craft])[0])
        return replace(
            self,
            go=self._with_stop(place),
            bases=pd.concat([self.bases, added], ignore_index=True),
            away_of=np.append(self.away_of, -1),
            speed=np.append(self.speed, self.speed[twin]),
        )

    def _with_stop(self, place: int) -> ByStops:
        """The ways with one of the places as a stop more."""
        go, people = self.go, self.demand
        if go.stop_of[place] >= 0:
            return go
        roads, own = int(go.layer[self.road].max()) + 1, np.array([place])
        to = np.full((len(go.to), len(self.places)), np.inf)
        out_of = to.copy()
        to[:, place] = out_of[:, place] = 0.0
        every, states = np.arange(people), np.arange(len(self.parts))
        to[:roads, :people] = self.homes.ways(every, own, states)[:roads, :, 0]
        out_of[:roads, :people] = self.homes.ways(own, every, states)[:roads, 0]
        layers = np.arange(len(go.to))[:, None]
        to[:, go.stops] = go.figures(layers, go.stops, own)
        out_of[:, go.stops] = go.figures(layers, own, go.stops)
        rows = len(go.way) + layers
        return replace(
            go,
            stops=np.append(go.stops, place),
            way=np.concatenate([go.way, to, out_of]),
            to=np.hstack([go.to, rows]),
            out_of=np.hstack([go.out_of, len(layers) + rows]),
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
    return read.under(config).in_state(
        scenario=name,
        year=study.state.year,
        variant=study.state.variant or None,
        parameters=dict(study.state.parameters),
    )


def ways_of(study: Study, *, kilometres: bool = True) -> Ways:
    """Minutes and kilometres between all places, kept with the study.

    Args:
        study: the study.
        kilometres: whether they are asked for; finding them takes as long as the minutes of every state.

    Raises:
        DataError: the study has no resources, or says nothing of calls.
    """
    kept = _KEPT.setdefault(study, {})
    names = tuple(study.config.resources)
    for also in (True, kilometres):
        if (also, names) in kept:
            return kept[also, names]
    kept[kilometres, names] = _found(study, kilometres)
    return kept[kilometres, names]


def _found(study: Study, kilometres: bool) -> Ways:
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
    return _Assembly(study, states, facilities, places, every, len(bases), kilometres).ways()


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


def _or_inf(values: FloatArray) -> FloatArray:
    values[np.isnan(values)] = np.inf
    return values


def _minutes_on(network: TravelNetwork, homes: SnappedPoints, stops: SnappedPoints) -> Figures:
    """Minutes on a network, found by the engine that is chosen for all of these points."""
    engine = chosen_engine(network, len(homes), len(stops), seconds_only=True)
    return lambda starts, ends: travel_time_matrix(network, starts, ends, engine=engine)


def _kilometres_on(network: TravelNetwork, homes: SnappedPoints, stops: SnappedPoints) -> Figures:
    """The same of kilometres."""
    engine, search = chosen_engine(network, len(homes), len(stops)), kilometre_search(network)
    return lambda starts, ends: travel_kilometres(search, starts, ends, engine=engine)


def _within(part: IntArray, members: list[IntArray], people: int, rows: _Rows) -> Within:
    """Room for the ways within parts.

    Args:
        part: (X,) part of each place.
        members: places of each part, ascending.
        people: how many of the places are demand points.
        rows: which rows there are.
    """
    column, part_of = np.empty(len(part), dtype=np.int64), np.empty(rows.within, dtype=np.int64)
    for places in members:
        column[places] = np.arange(len(places))
    for held in (rows.to, rows.out_of):
        layers = held[(held < -1).all(axis=1)]
        part_of[-2 - layers] = part[people:]
    return Within(np.full((rows.within, max(map(len, members), default=0)), np.inf), part_of, part, column)


class _Rows:
    """Which rows of all ways are those of a layer to its stops, and out of them; -1 = none is held."""

    def __init__(self, layers: int, stops: int) -> None:
        self.to, self.out_of = (np.full((layers, stops), -1, dtype=np.int64) for _ in range(2))
        self.count = self.within = 0

    def drive(self, layer: int) -> None:
        """Rows of ways that stay within parts, to all stops and out of them."""
        for rows in (self.to, self.out_of):
            rows[layer] = -2 - self.within - np.arange(rows.shape[1])
            self.within += rows.shape[1]

    def take(self, layer: int, to: IntArray, out_of: IntArray | None = None, *, both: bool = False) -> None:
        """Rows for a layer; with ``both`` a way takes as long there as back, and has one row."""
        self.to[layer, to] = self.count + np.arange(len(to))
        self.count += 0 if both else len(to)
        out_of = to if out_of is None else out_of
        self.out_of[layer, out_of] = self.count + np.arange(len(out_of))
        self.count += len(out_of)


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
        kilometres: bool,
    ) -> None:
        self.study, self.states, self.facilities, self.places = study, states, facilities, places
        self.bases, self.own, self.kilometres = bases, own, kilometres
        self.resources = study.config.resources
        doctor = (DOCTOR_CAR,) if (bases["resource"] == DOCTOR_CAR).any() else ()
        self.crafts = (*self.resources, *doctor)

    def ways(self) -> Ways:
        road = np.array([self._is_road(name) for name in self.crafts])
        flying = [name for name, drives in zip(self.crafts, road.tolist(), strict=True) if not drives]
        states, people, sites = len(self.states), len(self.study.demand), len(self.facilities)
        # Who lands anywhere has the same minutes in every state.
        alike = [self.resources[name].lands == "anywhere" for name in flying]
        layers = [(1 if same else states) for same in alike]
        also = int(self.kilometres)
        self.rows = _Rows(states + also + sum(layers) + also * len(layers), sites)
        for s in range(states + also):
            self.rows.drive(s)
        layer = np.tile([*range(states), states if also else -1], (len(self.crafts), 1))
        at = states + also
        for name, same, count in zip(flying, alike, layers, strict=True):
            km = at + count if also else -1
            self._stops_of(self.resources[name], range(at, at + count), km)
            layer[self.crafts.index(name)] = [*(at if same else at + s for s in range(states)), km]
            at += count + also
        on_roads = [(one.network, (one.demand_points, one.on_network(self.facilities)))
            for one in self.states.values()]  # fmt: skip
        island = parts_of_points(on_roads)
        part = packed_parts(island)
        members = [np.flatnonzero(part == one) for one in range(int(part.max(initial=-1)) + 1)]
        self._check_room(max(map(len, members), default=0))
        homes = Homes(*zip(*((one.network, one.demand_points) for one in self.states.values()), strict=True))
        self.go = ByStops(
            people + np.arange(sites),
            layer,
            np.full((self.rows.count, people + sites), np.inf),
            self.rows.to,
            self.rows.out_of,
            self._apart(homes, island),
            _within(part, members, people, self.rows),
        )
        self.way = self.go.way
        for s, (network, (demand, stops)) in enumerate(on_roads):
            self._by_road(s, members, demand, stops, _minutes_on(network, demand, stops))
        if also:
            network, (demand, stops) = on_roads[0]
            self._by_road(states, members, demand, stops, _kilometres_on(network, demand, stops))
        for name in flying:
            used = layer[self.crafts.index(name)]
            self._craft(self.resources[name], np.unique(used[:-1]).tolist(), int(used[-1]))
        drives = np.array([self._is_road(name) for name in self.bases["resource"]])
        away = np.full((states, people + sites, int((~drives).sum())), np.inf)
        for s, state in enumerate(self.states.values()):
            self._away(state, np.flatnonzero(~drives), away[s])
        speed = np.full(len(drives), calls_of(self.study).speed_factor)
        return Ways(
            self.places, self.bases, self.crafts, tuple(self.states), away,
            np.where(drives, -1, np.cumsum(~drives) - 1), speed, self.go, homes, self._mobilise(), road,
        )  # fmt: skip

    def _apart(self, homes: Homes, island: IntArray) -> Apart:
        labels = np.full((len(self.states), len(island), homes.labels.shape[2]), -1)
        labels[:, : len(self.study.demand)] = homes.labels
        return Apart(homes, homes.pairs, labels, island)

    def _check_room(self, widest: int) -> None:
        """Refuse more places than the memory of this machine holds ways between.

        Raises:
            DataError: as said.
        """
        places, states = len(self.places), len(self.states)
        # Years that are played through hold minutes from every base in every state.
        needed = 8.0 * places * (self.rows.count + states * len(self.bases)) + 8.0 * widest * self.rows.within
        has = memory_bytes()
        if needed > has:
            room = {"needed_gb": needed * 1e-9, "has_gb": has * 1e-9}
            raise DataError(Note("fault.workload.room", places=places, **room))

    def _is_road(self, name: str) -> bool:
        return name == DOCTOR_CAR or self.resources[name].moves == "road"

    def _by_road(
        self,
        layer: int,
        members: list[IntArray],
        people: SnappedPoints,
        sites: SnappedPoints,
        figures: Figures,
    ) -> None:
        """Fill the rows of a layer of the roads, to facilities and from them, part by part."""
        assert self.go.within is not None
        held, n = self.go.within.figures, len(self.study.demand)
        for places in members:
            homes, stops = people.take(places[places < n]), places[places >= n] - n
            if not len(stops):
                continue
            own, count = sites.take(stops), len(homes)
            to, out_of = -2 - self.rows.to[layer, stops], -2 - self.rows.out_of[layer, stops]
            among = _or_inf(figures(own, own))
            held[to, :count] = _or_inf(figures(homes, own)).T
            held[out_of, :count] = _or_inf(figures(own, homes))
            held[to, count : len(places)], held[out_of, count : len(places)] = among.T, among

    def _drive(self, state: int, facility: int) -> FloatArray:
        """(X,) minutes by road from a facility in a state."""
        return self.go.row(int(self.rows.out_of[state, facility]))

    def _away(self, state: Study, bases: IntArray, found: FloatArray) -> None:
        """Fill (X, b) minutes from some bases off the road to each place in a state; inf = cannot."""
        off_road, people = self._off_road(state), len(self.study.demand)
        for column, b in enumerate(bases.tolist()):
            name, base = self.bases["resource"].iloc[b], self.bases["base_id"].iloc[b]
            if base in off_road:
                found[:people, column] = off_road[base]
            else:
                found[people:, column] = self._to_airports(self.resources[name], b)

    def _off_road(self, state: Study) -> dict[str, FloatArray]:
        """Minutes to demand points of each base that boats and aircraft go to patients from in a state."""
        bases = bases_in(state, "response")
        found: dict[str, FloatArray] = {}
        for name, resource in resources_of(state, "response").items():
            mine = bases[bases["resource"] == name]
            if resource.moves == "road":
                continue
            minutes = np.full((len(state.demand), len(mine)), np.inf)
            goes = ~mine["grounded"].to_numpy(bool)
            if goes.any():
                leaving = mine.loc[goes, "mobilise_min"].to_numpy(np.float64)
                minutes[:, goes] = _or_inf(base_minutes(state, resource, mine[goes]) - leaving)
            found |= dict(zip(mine["base_id"], minutes.T, strict=True))
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

    def _own(self, resource: Resource) -> IntArray:
        """Facilities that are its bases."""
        own = self.bases["resource"].map(self.resources.get).map(lambda one: one is resource)
        return np.asarray(self.bases.loc[own, "place"], dtype=np.int64) - len(self.study.demand)

    def _stops_of(self, resource: Resource, minutes: range, km: int) -> None:
        """The facilities that a boat or an aircraft goes to: bases, where it sets patients down, airports.

        Args:
            resource: what moves.
            minutes: its layers of minutes.
            km: its layer of kilometres; -1 = they are not asked for.
        """
        hospitals = (calls_of(self.study).hospital,)
        kinds = (resource.drops or hospitals) if resource.moves == "sea" else hospitals
        ends = np.union1d(np.flatnonzero(self.facilities["kind"].isin(kinds)), self._own(resource))
        if resource.lands == "anywhere":
            for layer in (*minutes, *([km] if km >= 0 else [])):
                self.rows.take(layer, ends, both=True)
            return
        airports = np.flatnonzero(self._airports(resource))
        if km >= 0:
            self.rows.take(km, np.union1d(ends, airports), both=True)
        for layer in minutes:
            self.rows.take(layer, np.union1d(ends, airports), airports)

    def _craft(self, resource: Resource, minutes: list[int], km: int) -> None:
        """Fill the rows of a boat or an aircraft; its range is asked on its way out.

        Args:
            resource: what moves.
            minutes: its layers of minutes, one or one for each state.
            km: its layer of kilometres; -1 = they are not asked for.
        """
        craft = craft_of(resource.model_copy(update={"range_km": None}), name="craft")
        stops = np.flatnonzero(self.rows.to[minutes[0]] >= 0)
        found = (self._sailed if resource.moves == "sea" else self._flown)(craft, stops)
        for one in found:
            one[np.arange(len(stops)), len(self.study.demand) + stops] = 0.0
        if km >= 0:
            self.way[self.rows.to[km, stops]] = found[1]
        if resource.lands == "anywhere":
            self.way[self.rows.to[minutes[0], stops]] = found[0]
            return
        flight = np.full((len(self.facilities), self.way.shape[1]), np.inf)
        flight[stops] = found[0]
        for state, layer in enumerate(minutes):
            self._by_aeroplane(resource, flight, state, layer)

    def _flown(self, craft: Craft, stops: IntArray) -> tuple[FloatArray, FloatArray]:
        """(n, X) minutes and kilometres from some facilities to every place, and back."""
        people, sites = self.study.demand_points, self.study.on_network(self.facilities)
        ways = [between(craft, sites.take(stops), ends, None) for ends in (people, sites)]
        return np.hstack([way.minutes for way in ways]), np.hstack([way.km for way in ways])

    def _sailed(self, craft: Craft, stops: IntArray) -> tuple[FloatArray, FloatArray]:
        """The same of a boat, from its bases and the hospitals that it may bring patients to."""
        people, sites = self.study.demand_points, self.study.on_network(self.facilities)
        starts, n = sites.take(stops), len(self.study.demand)
        with remembered(study_sea(self.study)) as sea:
            ways = [shore_to_shore(craft, starts, ends, sea) for ends in (people, sites)]
            ashore = [ashore_minutes(craft, ends, sea) for ends in (people, sites)]
        minutes = [
            way.minutes + (off[None, :] + ashore[1][stops][:, None])
            for way, off in zip(ways, ashore, strict=True)
        ]
        found = np.hstack(minutes), np.hstack([way.km for way in ways])
        for one in found:  # it takes as long there as back
            among = one[:, n + stops]
            one[:, n + stops] = np.minimum(among, among.T)
        return found

    def _by_aeroplane(self, resource: Resource, flight: FloatArray, state: int, layer: int) -> None:
        """From an airport to a place: flight, change, drive; home: from a place's nearest airport.

        Args:
            resource: the aeroplane.
            flight: (F, X) minutes in the air.
            state: number of the state.
            layer: its minutes in a state, whose rows are filled.
        """
        people, airports = len(self.study.demand), np.flatnonzero(self._airports(resource))
        if not len(airports):
            return
        drive = np.stack([self._drive(state, one) for one in airports.tolist()])
        onward = resource.transfer_min * 2 + drive
        stops = np.flatnonzero(self.rows.to[layer] >= 0)
        ends = np.union1d(airports, self._own(resource))
        for a in airports:
            out = (flight[airports, people + a][:, None] + onward).min(axis=0)
            self.way[self.rows.out_of[layer, a]] = out
            self.way[self.rows.to[layer, stops], people + a] = out[people + stops]
        # It waits at the airport where the patient changed to a car, and flies home from there.
        lands = airports[np.argmin(drive, axis=0)]
        lands[people + airports] = airports
        self.way[self.rows.to[layer, ends]] = flight[np.ix_(ends, people + lands)]

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
