"""One journey, told so that every road and ferry of it can be checked against a map."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from geoaccess.ground.errors import GeoaccessError, UnknownNameError
from geoaccess.ground.joining import flag_sentences, join_points
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
from networks.joined_points import with_points
from networks.overlays import Ferries


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
) -> Journey:
    """The fastest journey between two places.

    Without a time of leaving, one time of day holds for the whole journey, as in all tables. With it, every
    ferry is taken as it sails at the time at which its quay is reached.

    Args:
        network: the network.
        origin: a name or id of a node, settlement or facility, or ``LAT,LON``; what is no node joins the
            network as all points do (:func:`geoaccess.ground.joining.join_points`).
        destination: the same.
        study: the study whose settlements and facilities may be named, and how its ferries are timed.
        leave_min: minutes after midnight of leaving.
        weekday: day of leaving, Monday = 0; None = a day on which each ferry sails.

    Raises:
        UnknownNameError: a place is not known.
        NoRouteError: there is no way between them.
    """
    notes: list[str] = []
    ends_meant = [_meant(network, place, study, notes) for place in (origin, destination)]
    network, (start, stop) = _with_ends(network, ends_meant, study, notes)
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
    return Journey(found, names[start], names[stop], names, network, tuple(notes), timed)


def conditions_of(network: TravelNetwork, study: Study | None) -> FerryConditions:
    """How the network's ferries are timed: as its last overlay says, else as the study, else by default."""
    said = [overlay.conditions for overlay in network.applied if isinstance(overlay, Ferries)]
    if said:
        return said[-1]
    return FerryConditions() if study is None else ferry_conditions(study.config)


@dataclass(frozen=True, slots=True)
class _Place:
    """A place that is no node of the network."""

    name: str
    lat: float
    lon: float


def _with_ends(
    network: TravelNetwork, ends: Sequence[str | int | _Place], study: Study | None, notes: list[str]
) -> tuple[TravelNetwork, list[str | int]]:
    """The network with the ends that are no nodes, and the node ids of all ends.

    Raises:
        NoRouteError: a place cannot be joined.
    """
    places = list(dict.fromkeys(end for end in ends if isinstance(end, _Place)))
    if not places:
        return network, [end for end in ends if not isinstance(end, _Place)]
    taken = set(network.topology.positions)
    ids = [place.name if place.name not in taken else f"{place.name} (place)" for place in places]
    frame = pd.DataFrame(
        {"node_id": "", "lon": [one.lon for one in places], "lat": [one.lat for one in places]}
    )
    if study is not None:
        joined = study.on_network(frame)
    else:
        joined = join_points(network, frame["lon"].to_numpy(), frame["lat"].to_numpy())
    for row, name in enumerate(ids):
        flags = flag_sentences(joined.take(np.asarray([row])), [name])
        if not joined.joined[row]:
            raise NoRouteError(f"{name} cannot be joined to the network: {'; '.join(flags)}")
        notes.append(f"{name} joins the road {joined.access_m[row]:,.0f} m away")
        notes += flags
    node_of = dict(zip(places, ids, strict=True))
    found = [node_of[end] if isinstance(end, _Place) else end for end in ends]
    return with_points(network, joined, ids), found


def _meant(network: TravelNetwork, place: str, study: Study | None, notes: list[str]) -> str | int | _Place:
    coordinates = _coordinates(place)
    if coordinates is not None:
        return _Place(place, *coordinates)
    return _named(network, place, study, notes)


def _named(network: TravelNetwork, place: str, study: Study | None, notes: list[str]) -> str | int | _Place:
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
    named = _named_places(study)
    try:
        found = find_name(
            "place", place, dict(zip(named.index.astype(str), named["name"].astype(str), strict=True))
        )
    except UnknownNameError as error:
        near = closest(place, [*places.values(), *named["name"]])
        raise UnknownNameError("place", place, near) from error
    row = named.iloc[list(named.index.astype(str)).index(found)]
    if row["node_id"]:
        notes.append(f"{row['name']} stands at the node {row['node_id']}")
        return known[str(row["node_id"])]  # type: ignore[no-any-return]
    return _Place(str(row["name"]), *_lat_lon(row))


def _named_places(study: Study) -> pd.DataFrame:
    """Facilities, and settlements that stand at no node: ``name, node_id, lon, lat`` by id."""
    columns = ["name", "node_id", "lon", "lat"]
    facilities = study.facilities.set_index("facility_id")[columns]
    lived = study.demand.set_index("demand_id")[columns]
    taken = lived.index.isin(facilities.index) | lived["name"].isin(facilities["name"])
    return pd.concat([facilities, lived[~taken & (lived["node_id"] == "")]])


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
