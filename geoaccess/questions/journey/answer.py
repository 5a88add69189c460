"""One journey, told so that every road and ferry of it can be checked against a map."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from geoaccess.ground.errors import GeoaccessError, UnknownNameError
from geoaccess.ground.search import closest, find_name
from geoaccess.study import Study, load_study
from geoaccess.study.model import ferry_conditions
from networks import (
    FerryConditions,
    Route,
    TimedRoute,
    TravelNetwork,
    load_network,
    node_name,
    route,
    route_by_clock,
)
from networks.links import great_circle_m
from networks.overlays import Ferries

#: A typed coordinate joins the nearest node; farther than this is refused.
MAX_JOIN_KM = 30.0


class NoRouteError(GeoaccessError, ValueError):
    """There is no way between two places."""


@dataclass(frozen=True, eq=False)
class Journey:
    """A route with the names that people use.

    Attributes:
        route: the route between nodes.
        from_name: where it starts.
        to_name: where it ends.
        names: node id -> name, of every node where legs meet.
        notes: what was assumed, such as a coordinate joined to a node.
        timed: the same route with the clock running, where a time of leaving was given.
    """

    route: Route
    from_name: str
    to_name: str
    names: dict[str | int, str]
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
) -> Journey:
    """The fastest journey between two places.

    Without a time of leaving, one time of day holds for the whole journey, as in all tables. With it, every
    ferry is taken as it sails at the time at which its quay is reached.

    Args:
        network: the network.
        origin: a name or id of a node, settlement or facility, or ``LAT,LON``.
        destination: the same.
        study: the study whose settlements and facilities may be named, and how its ferries are timed.
        leave_min: minutes after midnight of leaving.
        weekday: day of leaving, Monday = 0; None = a day on which each ferry sails.

    Raises:
        UnknownNameError: a place is not known.
        NoRouteError: there is no way between them.
    """
    notes: list[str] = []
    start, stop = (_node_of(network, place, study, notes) for place in (origin, destination))
    timed = None
    if leave_min is not None:
        conditions = replace(conditions_of(network, study), time_min=leave_min, weekday=weekday)
        timed = route_by_clock(network, start, stop, conditions)
    found = route(network, start, stop) if timed is None else timed.route
    if not found.reachable:
        raise NoRouteError(
            f"no way from {node_name(network, start)} to {node_name(network, stop)} on this network"
        )
    ends = {leg.from_id for leg in found.legs} | {leg.to_id for leg in found.legs} | {start, stop}
    names = {node: node_name(network, node) for node in ends}
    return Journey(found, names[start], names[stop], names, tuple(notes), timed)


def conditions_of(network: TravelNetwork, study: Study | None) -> FerryConditions:
    """How the network's ferries are timed: as its last overlay says, else as the study, else by default."""
    said = [overlay.conditions for overlay in network.applied if isinstance(overlay, Ferries)]
    if said:
        return said[-1]
    return FerryConditions() if study is None else ferry_conditions(study.config)


def _node_of(network: TravelNetwork, place: str, study: Study | None, notes: list[str]) -> str | int:
    coordinates = _coordinates(place)
    if coordinates is not None:
        return _nearest_node(network, *coordinates, notes)
    return _named_node(network, place, study, notes)


def _named_node(network: TravelNetwork, place: str, study: Study | None, notes: list[str]) -> str | int:
    labels = network.node_labels.get("name")
    ids = network.node_ids.tolist()
    names = labels.to_array().tolist() if labels is not None else [""] * len(ids)
    places = {str(node): name or str(node) for node, name in zip(ids, names, strict=True)}
    known = dict(zip(map(str, ids), ids, strict=True))
    try:
        return known[find_name("place", place, places)]  # type: ignore[no-any-return]
    except UnknownNameError:
        if study is None:
            raise
    facilities = study.facilities
    ids_of = facilities["facility_id"].tolist()
    facility_names = dict(zip(ids_of, facilities["name"].tolist(), strict=True))
    try:
        found = find_name("place", place, facility_names)
    except UnknownNameError as error:
        near = closest(place, [*places.values(), *facility_names.values()])
        raise UnknownNameError("place", place, near) from error
    facility = facilities.iloc[ids_of.index(found)]
    if facility["node_id"]:
        notes.append(f"{facility['name']} stands at the node {facility['node_id']}")
        return known[str(facility["node_id"])]  # type: ignore[no-any-return]
    return _nearest_node(network, *_lat_lon(facility), notes)


def _lat_lon(facility: pd.Series) -> tuple[float, float]:
    lat, lon = facility[["lat", "lon"]].to_numpy(dtype=np.float64)
    return float(lat), float(lon)


def _coordinates(place: str) -> tuple[float, float] | None:
    parts = place.split(",")
    try:
        lat, lon = (float(part) for part in parts)
    except ValueError:
        return None
    return (lat, lon) if abs(lat) <= 90 and abs(lon) <= 180 else None


def _nearest_node(network: TravelNetwork, lat: float, lon: float, notes: list[str]) -> str | int:
    n = network.n_nodes
    metres = great_circle_m(np.full(n, lon), np.full(n, lat), network.lon, network.lat)
    node = int(np.argmin(metres))
    if metres[node] > MAX_JOIN_KM * 1000.0:
        raise NoRouteError(
            f"{lat}, {lon} is {metres[node] / 1000.0:.0f} km from the network (at most {MAX_JOIN_KM:g})"
        )
    notes.append(f"{lat}, {lon} joined to node {network.node_ids[node]}, {metres[node]:.0f} m away")
    return network.node_ids.tolist()[node]  # type: ignore[no-any-return]
