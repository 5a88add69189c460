"""Ways to the nearest place and home again, with their parts, for many who travel to many places."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from networks.arrays import FloatArray, IntArray
from networks.engines import EngineThatRan, chosen_engine
from networks.legs import PartSearch, fastest_with_parts
from networks.network import TravelNetwork
from networks.points import as_points
from networks.times import Points, blocks, distinct_nodes, nearest

#: Part of a way -> its name in :class:`Trips`, and how many of its seconds or metres are one.
_NAMES = {"wait": ("wait_min", 60.0), "crossing": ("crossing_min", 60.0), "length": ("length_km", 1000.0)}
#: Places that are searched to at once: with two doors each they fill a batch of the hierarchy.
PLACES_AT_ONCE = 8
#: Degrees east within which places count as neighbours.
NEIGHBOURS_DEG = 0.5


class Trips(NamedTuple):
    """Ways to the nearest place and home again, of everybody.

    Attributes:
        place: (n,) position of the place that is nearest on the way there, the first of equals; -1 = none.
        total_min: (n,) minutes there and back; NaN = no way there or none back, here and below.
        wait_min: (n,) minutes of waiting in both.
        crossing_min: (n,) minutes on ferries in both, without the wait.
        length_km: (n,) kilometres on the network in both.
    """

    place: IntArray
    total_min: FloatArray
    wait_min: FloatArray
    crossing_min: FloatArray
    length_km: FloatArray


class RoundTrips:
    """Round trips of everybody to the nearest of any places, each as the sum of two ways with their parts.

    Places are searched some at a time, with those people alone who go there: no table of all pairs is held.

    Args:
        network: the network.
        homes: n points, see :func:`networks.times.travel_time_matrix`.

    Raises:
        UnknownPlaceError: a node id is not in the network.
        NetworkDataError: a node position outside the network, points of another network.
    """

    def __init__(self, network: TravelNetwork, homes: Points) -> None:
        self.network, self.homes = network, as_points(network, homes)
        self._doors = self.homes.terminals(network)
        self._search = PartSearch(network, tuple(_NAMES))

    def to_nearest(self, destinations: Points) -> Trips:
        """The trips to the nearest of some places.

        Args:
            destinations: m places, see :func:`networks.times.travel_time_matrix`.

        Raises:
            UnknownPlaceError: a node id is not in the network.
            NetworkDataError: a node position outside the network, points of another network.
        """
        places = as_points(self.network, destinations)
        which = nearest(self.network, self.homes, places)[1][:, 0]
        total, parts = np.full(len(which), np.nan), np.full((len(_NAMES), len(which)), np.nan)
        doors = places.terminals(self.network)
        engine, from_home = self._from_where(self._doors.out_nodes, doors.in_nodes)
        engine_back, from_place = self._from_where(doors.out_nodes, self._doors.in_nodes)
        units = np.array([unit for _, unit in _NAMES.values()])[:, None]
        # Neighbours on the map together, so that the searches of a block lead over the same roads.
        order = np.lexsort((places.lat, np.floor(places.lon / NEIGHBOURS_DEG)))
        for block in blocks(len(order), 1, block_bytes=PLACES_AT_ONCE):
            own = np.sort(order[block])
            rows = np.flatnonzero(np.isin(which, own))
            if not len(rows):
                continue
            here, there = self.homes.take(rows), places.take(own)
            pair = np.arange(len(rows)), np.searchsorted(own, which[rows])
            out_s, out, _ = fastest_with_parts(
                self._search, here, there, engine=engine, from_origins=from_home
            )
            home_s, home, _ = fastest_with_parts(
                self._search, there, here, engine=engine_back, from_origins=from_place
            )
            total[rows] = out_s[pair] / 60.0 + home_s.T[pair] / 60.0
            parts[:, rows] = out[:, *pair] / units + home.transpose(0, 2, 1)[:, *pair] / units
        none = ~np.isfinite(total)
        total[none] = np.nan
        parts[:, none] = np.nan
        by_name = {name: part for (name, _), part in zip(_NAMES.values(), parts, strict=True)}
        return Trips(which, total, **by_name)

    def _from_where(self, out_nodes: IntArray, in_nodes: IntArray) -> tuple[EngineThatRan, bool]:
        """What searches, and whether from the origins: chosen once for all blocks, by all doors."""
        ends = [len(distinct_nodes(nodes)[0]) for nodes in (out_nodes, in_nodes)]
        return chosen_engine(self.network, *ends), ends[0] <= ends[1]
