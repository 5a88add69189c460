"""One journey, told so that every road and ferry of it can be checked against a map."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from geoaccess.answers.answer import Answer
from geoaccess.answers.capped_waits import capped_route_notes
from geoaccess.answers.links import sailed_lines
from geoaccess.answers.study_facts import network_tables, study_facts
from geoaccess.answers.study_notes import study_notes
from geoaccess.ground.arrays import FloatArray
from geoaccess.ground.errors import DataError
from geoaccess.minutes import as_study
from geoaccess.questions.journey.places import NoRouteError, meant, with_ends
from geoaccess.study import Study, load_study
from geoaccess.study.ferry_timing import conditions_of, fewest_departures_notes
from geoaccess.words.note import Note
from networks import (
    FerryConditions,
    FerryService,
    Route,
    TimedRoute,
    TravelNetwork,
    load_network,
    node_name,
    route,
    route_by_clock,
    route_line,
)
from networks.brief import Brief


@dataclass(frozen=True, eq=False, repr=False)
class Journey(Brief):
    """A route with the names that people use.

    Attributes:
        route: the route between nodes.
        from_name: where it starts.
        to_name: where it ends.
        names: node id -> name, of every node where legs meet.
        notes: what was assumed, such as a coordinate joined to a node.
        timed: the same route with the clock running, where a time of leaving was given.
        network: the network that the route runs on: that of the state, with its ends where they are no nodes.
    """

    route: Route
    from_name: str
    to_name: str
    names: dict[str | int, str]
    network: TravelNetwork
    notes: tuple[str, ...] = ()
    timed: TimedRoute | None = None

    @property
    def legs(self) -> list[dict[str, Any]]:
        """Legs with names: ``from, to, kind, ref, name, length_km, travel_time_min, wait_min, ...``."""
        told = []
        for leg in (self.timed or self.route).as_dict()["legs"]:
            ends = {"from": self.names[leg["from"]], "to": self.names[leg["to"]]}
            told.append({"from_id": leg["from"], "to_id": leg["to"], **leg, **ends})
        return told

    @property
    def travel_time_min(self) -> float:
        """Minutes in all."""
        return self.route.travel_time_min

    @property
    def length_km(self) -> float:
        """Kilometres in all."""
        return self.route.length_km

    @property
    def wait_min(self) -> float:
        """Minutes of waiting."""
        return sum(leg.wait_min for leg in self.route.legs)

    @property
    def wait_by_kind(self) -> dict[str, float]:
        """Minutes of waiting by the kind of leg that is waited for, where there are any."""
        waits: dict[str, float] = {}
        for leg in self.route.legs:
            if leg.wait_min > 0:
                waits[leg.kind] = waits.get(leg.kind, 0.0) + leg.wait_min
        return waits

    def frame(self) -> pd.DataFrame:
        """The legs as a table; a ferry shows its name beside the road number."""
        frame = pd.DataFrame(self.legs)
        named = (frame["name"] != "") & (frame["kind"] != "road")
        frame["ref"] = frame["ref"].where(~named, (frame["ref"] + " " + frame["name"]).str.strip())
        return frame

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return {
            "from": self.from_name,
            "to": self.to_name,
            "travel_time_min": self.travel_time_min,
            "length_km": self.length_km,
            "wait_min": self.wait_min,
            "wait_by_kind": self.wait_by_kind,
            "legs": self.legs,
            "overlays": list(self.route.overlays),
            "notes": list(self.notes),
            **({} if self.timed is None else self._clock()),
        }

    def _clock(self) -> dict[str, Any]:
        assert self.timed is not None
        told = self.timed.as_dict()
        return {key: told[key] for key in ("leaves", "arrives", "one_clock_min", "clock")}


def open_network(source: str | Path) -> tuple[TravelNetwork, Study | None]:
    """The network of a study (by name or path), or of a network file.

    Raises:
        UnknownNameError: neither a study nor a file.
    """
    path = Path(source)
    if path.is_file() and path.suffix != ".toml":
        return load_network(path), None
    study = load_study(source)
    return study.network, study


def find_route(
    network: TravelNetwork,
    origin: str,
    destination: str,
    *,
    study: Study | None = None,
    leave_min: float | None = None,
    weekday: int | None = None,
    moment: FerryConditions | None = None,
) -> Journey:
    """The fastest journey between two places.

    Without a time of leaving, one time of day holds for the whole journey, as in all tables. With it, every
    ferry is taken as it sails at the time at which its quay is reached, and no wait is cut short.

    Args:
        network: the network.
        origin: a name or id of a node, settlement or facility, or ``LAT,LON``; what is no node joins the
            network as all points do (:func:`geoaccess.ground.joining.join_points`).
        destination: the same.
        study: the study whose settlements and facilities may be named, and how its ferries are timed.
        leave_min: minutes after midnight of leaving.
        weekday: day of leaving, Monday = 0; None = that of the scenario, else for each ferry that
            with its fewest departures.
        moment: the whole moment of leaving, with its weekday and date, instead of the two before.

    Raises:
        UnknownNameError: a place is not known.
        NoRouteError: there is no way between them.
    """
    notes: list[str] = []
    ends_meant = [meant(network, place, study, notes) for place in (origin, destination)]
    network, (start, stop) = with_ends(network, ends_meant, study, notes)
    timed, conditions = None, conditions_of(network, study)
    if leave_min is not None:
        day = conditions.weekday if weekday is None else weekday
        moment = replace(conditions, time_min=leave_min, weekday=day)
    if moment is not None:
        conditions = moment
        timed = route_by_clock(network, start, stop, conditions)
    found = route(network, start, stop) if timed is None else timed.route
    if timed is None:
        notes += capped_route_notes(network, found, conditions)
    notes += fewest_departures_notes(_taken(network, found), conditions)
    if not found.reachable:
        raise NoRouteError(
            Note("fault.no_way", start=node_name(network, start), stop=node_name(network, stop))
        )
    ends = {leg.from_id for leg in found.legs} | {leg.to_id for leg in found.legs} | {start, stop}
    names = {node: node_name(network, node) for node in ends}
    return Journey(found, names[start], names[stop], names, network, tuple(notes), timed)


def _taken(network: TravelNetwork, found: Route) -> list[FerryService]:
    """The ferries that a route takes."""
    if network.service_index is None:
        return []
    numbers = dict.fromkeys(network.service_index[list(found.edges)].tolist())
    return [network.services[number] for number in numbers if number >= 0]


def route_answer(
    study: Study | str | Path, origin: str, destination: str, *, scenario: str | None = None
) -> Answer:
    """The run of ``geoaccess route``: the legs of a journey and the line along each.

    Raises:
        UnknownNameError: a place or scenario is not known.
        NoRouteError: there is no way between the places.
    """
    loaded = as_study(study).with_people_of(scenario)
    state = loaded.in_state(scenario=scenario)
    return answer_of(state, find_route(state.network, origin, destination, study=state))


def answer_of(state: Study, journey: Journey) -> Answer:
    """The answer of a journey that was found in a state of a study.

    Raises:
        DataError: it goes nowhere.
    """
    if not journey.legs:
        raise DataError(Note("fault.same_place", start=journey.from_name, stop=journey.to_name))
    legs = pd.DataFrame(journey.legs)
    drawn = network_tables(state)
    kept = ["from", "to", "kind", "ref", "name", "length_km", "travel_time_min", "wait_min"]
    told = {name: value for name, value in journey.to_dict().items() if name not in {"legs", "notes"}}
    return Answer(
        question="route",
        facts={
            **study_facts(state),
            "weight": state.config.demand.default_weight,
            "route": {**told, "scenario": state.scenario},
            "scenario": state.scenario,
            "notes": [*study_notes(state), *journey.notes],
        },
        tables={
            "legs": legs[kept],
            "path": _path(journey, sailed_lines(drawn["links"])),
            "stops": _stops(journey),
            "municipalities": state.municipalities,
            **drawn,
        },
        inputs=state.files,
    )


def _path(journey: Journey, sailed: Mapping[str, FloatArray]) -> pd.DataFrame:
    """The line along each leg: ``leg, lon, lat`` in order; a ferry's is the one that it sails.

    Args:
        journey: the journey.
        sailed: link id -> (n, 2) degrees of the line that a ferry sails, where it is known.
    """
    network = journey.network
    edges = list(journey.route.edges)
    heads, ids = network.topology.heads, network.node_ids.tolist()
    frames = []
    for number, leg in enumerate(journey.route.legs):
        own = []
        while edges:
            own.append(edges.pop(0))
            if ids[int(heads[own[-1]])] == leg.to_id:
                break
        lon, lat = route_line(network, own, sailed)
        frames.append(pd.DataFrame({"leg": number, "lon": lon, "lat": lat}))
    return pd.concat(frames, ignore_index=True)


def _stops(journey: Journey) -> pd.DataFrame:
    """Where the journey begins, changes and ends."""
    network = journey.network
    ids = network.node_ids.tolist()
    nodes = [journey.route.from_id, *(leg.to_id for leg in journey.route.legs)]
    rows = [ids.index(node) for node in nodes]
    last = len(nodes) - 1
    return pd.DataFrame(
        {
            "name": [journey.names[node] for node in nodes],
            "lon": network.lon[rows],
            "lat": network.lat[rows],
            "is_end": [number in {0, last} for number in range(len(nodes))],
        }
    )
