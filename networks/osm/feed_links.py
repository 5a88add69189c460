"""A GTFS feed's departures for the ferries of a network: by their quays, with the distance told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from networks.ferries import FerryConditions, ferry_edge_times
from networks.ferry_tables import departures_table
from networks.network import TravelNetwork
from networks.osm.ferry_timetable import Match, match_stops, timed_by
from networks.osm.gtfs import GtfsFerry


def ferry_ends(network: TravelNetwork) -> dict[str, tuple[int, int]]:
    """Service id -> positions of the nodes that it goes from and to, in its own direction."""
    index = network.service_index
    ends: dict[str, tuple[int, int]] = {}
    if index is None:
        return ends
    directions = network.labels.get("direction")
    for edge in np.flatnonzero(index >= 0).tolist():
        if directions is None or directions[edge] != "backward":
            pair = int(network.topology.tails[edge]), int(network.topology.heads[edge])
            ends.setdefault(network.services[int(index[edge])].service_id, pair)
    return ends


def feed_matches(network: TravelNetwork, ferries: Sequence[GtfsFerry]) -> pd.DataFrame:
    """Which ferry of a network a feed has a timetable for.

    Returns:
        One row per ferry: ``ferry_id, name, from_stop, to_stop, distance_m`` (the farther stop from its quay;
        NaN and empty texts where no stops are near enough), ``cars`` (yes or unsaid), ``departures`` (a
        week, both ways).
    """
    found = _matches(network, ferries)
    rows = [
        {
            "ferry_id": service.service_id,
            "name": service.name,
            "from_stop": match.ferry.from_stop if match else "",
            "to_stop": match.ferry.to_stop if match else "",
            "distance_m": match.metres if match else np.nan,
            "cars": match.ferry.cars if match else "",
            "departures": _departures_a_week(match) if match else 0,
        }
        for service, match in zip(network.services, found, strict=True)
    ]
    return pd.DataFrame(rows)


def with_feed(
    network: TravelNetwork, ferries: Sequence[GtfsFerry], conditions: FerryConditions
) -> TravelNetwork:
    """A network of link tables with the timetables of a feed, its ferries timed anew.

    Args:
        network: a network without overlays.
        ferries: the ferries of the feed.
        conditions: how ferries are timed.
    """
    services = tuple(
        timed_by(service, match) if match else service
        for service, match in zip(network.services, _matches(network, ferries), strict=True)
    )
    index = network.service_index
    if index is None:
        return network
    at_sea = np.flatnonzero(index >= 0)
    labels = network.labels.get("direction")
    named = ["" if labels is None else labels[edge] for edge in at_sea.tolist()]
    moving_s, wait_s = network.moving_s.copy(), network.wait_s.copy()
    moving_s[at_sea], wait_s[at_sea], _ = ferry_edge_times(
        services, index[at_sea], np.asarray(named, dtype=object), conditions
    )
    return replace(network, services=services).with_times(moving_s=moving_s, wait_s=wait_s)


def departures_of(network: TravelNetwork) -> pd.DataFrame:
    """The known departures of a network as :func:`~networks.ferry_tables.departures_table` tells them."""
    ids = network.node_ids.tolist()
    pairs = ferry_ends(network).items()
    ends = {service: (str(ids[first]), str(ids[last])) for service, (first, last) in pairs}
    return departures_table(network.services, ends)


def _matches(network: TravelNetwork, ferries: Sequence[GtfsFerry]) -> list[Match | None]:
    ends = ferry_ends(network)
    found = []
    for service in network.services:
        first, last = ends[service.service_id]
        quays = [(float(network.lon[at]), float(network.lat[at])) for at in (first, last)]
        found.append(match_stops(quays[0], quays[1], ferries))
    return found


def _departures_a_week(match: Match) -> int:
    return sum(len(day.minutes) * len(day.weekdays) for day in match.ferry.service.departures_by_day)
