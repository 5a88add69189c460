"""The places of a journey: names, ids and coordinates, joined with the network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from geoaccess.ground.errors import AmbiguousNameError, GeoaccessError, UnknownNameError
from geoaccess.ground.joining import flag_sentences, join_points
from geoaccess.ground.search import find_name
from geoaccess.ground.spelling import closest
from geoaccess.study import Study
from geoaccess.words.note import Note
from networks import (
    TravelNetwork,
)
from networks.joined_points import with_points


@dataclass(frozen=True, slots=True)
class Place:
    """A place that is no node of the network."""

    name: str
    lat: float
    lon: float


def with_ends(
    network: TravelNetwork, ends: Sequence[str | int | Place], study: Study | None, notes: list[str]
) -> tuple[TravelNetwork, list[str | int]]:
    """The network with the ends that are no nodes, and the node ids of all ends.

    Raises:
        NoRouteError: a place cannot be joined.
    """
    places = list(dict.fromkeys(end for end in ends if isinstance(end, Place)))
    if not places:
        return network, [end for end in ends if not isinstance(end, Place)]
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
            raise NoRouteError(Note("fault.not_joined", name=name, flags=tuple(flags)))
        notes.append(Note("note.joins_road", name=name, metres=float(joined.access_m[row])))
        notes += flags
    node_of = dict(zip(places, ids, strict=True))
    found = [node_of[end] if isinstance(end, Place) else end for end in ends]
    return with_points(network, joined, ids), found


def meant(network: TravelNetwork, place: str, study: Study | None, notes: list[str]) -> str | int | Place:
    """The node that a name, id or ``LAT,LON`` means, or the place that must be joined.

    Raises:
        UnknownNameError: nothing is called so.
    """
    coordinates = _coordinates(place)
    if coordinates is not None:
        return Place(place, *coordinates)
    return _named(network, place, study, notes)


def _named(network: TravelNetwork, place: str, study: Study | None, notes: list[str]) -> str | int | Place:
    labels = network.node_labels.get("name")
    ids = network.node_ids.tolist()
    names = labels.to_array().tolist() if labels is not None else [""] * len(ids)
    places = {str(node): name or str(node) for node, name in zip(ids, names, strict=True)}
    known = dict(zip(map(str, ids), ids, strict=True))
    try:
        return known[find_name("place", place, places)]  # type: ignore[no-any-return]
    except UnknownNameError as error:
        if study is None:
            raise
        several = error if isinstance(error, AmbiguousNameError) else None
    named = _named_places(study)
    try:
        found = find_name(
            "place", place, dict(zip(named.index.astype(str), named["name"].astype(str), strict=True))
        )
    except AmbiguousNameError:
        raise
    except UnknownNameError as error:
        if several is not None:
            raise several from error
        near = closest(place, [*places.values(), *named["name"]])
        raise UnknownNameError("place", place, near) from error
    row = named.iloc[list(named.index.astype(str)).index(found)]
    if row["node_id"]:
        node = str(row["node_id"])
        notes.append(Note("note.stands_at", name=str(row["name"]), node=places.get(node, node)))
        return known[str(row["node_id"])]  # type: ignore[no-any-return]
    return Place(str(row["name"]), *_lat_lon(row))


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


class NoRouteError(GeoaccessError, ValueError):
    """There is no way between two places."""
