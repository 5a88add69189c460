"""A stretch of a numbered road: what a closure names.

Numbers are not unique: Fv888 runs in Lofoten and, 500 km away, in Finnmark. A number alone is a stretch only
where all its roads belong together; otherwise a place or two say which.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from networks.arrays import BoolArray, IntArray
from networks.errors import NetworkDataError, UnknownPlaceError
from networks.geodesy import great_circle_m
from networks.network import TravelNetwork
from networks.routes import find_node, node_name
from networks.selection import edges_of_refs
from networks.sentences import Sentence, first_names

#: Parts of a road that no ferry joins and that lie further apart than this are different roads, km: a gap
#: where the road shares another one's number, or where the map has none, is shorter.
SAME_ROAD_KM = 30.0
#: A position is taken for the nearest place on the road within this distance, km.
ON_ROAD_KM = 5.0
#: Where the number is missing a stretch goes on along other roads, each as if so many times as long.
_OFF_NUMBER = 20.0
_EARTH_RADIUS_KM = 6371.0
_POSITION = re.compile(r"\s*(-?\d+(?:\.\d+)?)\s*,\s*(-?\d+(?:\.\d+)?)\s*")
#: Roads of one number, and nodes on a road, that a fault names.
_MOST_ROADS = 6
_MOST_NODES = 8
_BETWEEN = re.compile(r"\s+-\s+|\s*[–—]\s*|\s+(?:to|til)\s+")


@dataclass(frozen=True, slots=True)
class RoadStretch:
    """A numbered road, all of it or between two places.

    Attributes:
        ref: road number.
        places: none = all of it, if it is one road; one = the road of that number there; two = what lies
            between them. A place is the name or id of a node, or "LAT,LON".
    """

    ref: str
    places: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str) -> RoadStretch:
        """A stretch as people write it: ``E10``, ``Fv888: Lebesby``, ``E10: Trældal - Bjørnfjell``.

        Raises:
            NetworkDataError: more than two places, or none behind the colon.
        """
        ref, colon, said = text.partition(":")
        places = tuple(part.strip() for part in _BETWEEN.split(said)) if colon else ()
        if len(places) > 2 or (colon and not all(places)) or not ref.strip():
            raise NetworkDataError(
                Sentence(
                    "net.fault.stretch",
                    "'{text}' is no stretch of a road: write a number, a number and a place ('Fv888: "
                    "Lebesby') or a number and two places ('E10: Trældal - Bjørnfjell')",
                    text=text,
                )
            )
        return cls(ref.strip(), places)

    def mask(self, network: TravelNetwork) -> BoolArray:
        """(n_edges,) True for the roads of the stretch, in both directions.

        Raises:
            UnknownPlaceError: no road has the number, or a place is not on it.
            NetworkDataError: the number is that of several roads and no place says which.
        """
        numbered = edges_of_refs(network, (self.ref,))
        roads = numbered & network.labels["kind"].where("road")
        part = _parts(network, numbered)
        if not self.places:
            found = np.unique(part[network.topology.tails[roads]])
            if len(found) > 1:
                raise NetworkDataError(self._several(network, roads, part, found))
            return roads
        nodes = [self._node(network, place, numbered) for place in self.places]
        if len(nodes) == 1:
            there: BoolArray = roads & (part[network.topology.tails] == part[nodes[0]])
            return there
        start, stop = nodes
        between = _between(network, start, stop, numbered) | _between(network, stop, start, numbered)
        if not (between & roads).any():
            raise UnknownPlaceError(
                Sentence(
                    "net.fault.stretch_between",
                    "{ref}: no part of it lies between {places: and }",
                    ref=self.ref,
                    places=tuple(self.places),
                )
            )
        return between & roads

    def _node(self, network: TravelNetwork, place: str, numbered: BoolArray) -> int:
        """The node on the road that a person means."""
        on_road = np.unique(network.topology.tails[numbered]).astype(np.int64)
        position = _POSITION.fullmatch(place)
        if position is None:
            node = int(network.positions([find_node(network, place)])[0])
            if node in on_road:
                return node
            raise UnknownPlaceError(
                Sentence(
                    "net.fault.stretch_off",
                    "{ref}: '{place}' is not on it; {named}",
                    ref=self.ref,
                    place=place,
                    named=_named(network, on_road),
                )
            )
        lat, lon = float(position[1]), float(position[2])
        here = np.full(len(on_road), lon), np.full(len(on_road), lat)
        away = great_circle_m(network.lon[on_road], network.lat[on_road], *here)
        if away.min() > 1000.0 * ON_ROAD_KM:
            raise UnknownPlaceError(
                Sentence(
                    "net.fault.stretch_far",
                    "{ref}: it does not pass within {km:g} km of {place}",
                    ref=self.ref,
                    km=ON_ROAD_KM,
                    place=place,
                )
            )
        return int(on_road[int(np.argmin(away))])

    def _several(self, network: TravelNetwork, roads: BoolArray, part: IntArray, found: IntArray) -> str:
        shown = []
        for number in found:
            here = roads & (part[network.topology.tails] == number)
            a, b = _furthest(network, here)
            km = float(network.length_m[here].sum()) / 2000.0
            shown.append(f"'{self.ref}: {_told(network, a)} - {_told(network, b)}' ({km:.0f} km)")
        names = first_names(shown, _MOST_ROADS)
        return Sentence(
            "net.fault.stretch_several",
            "{ref} is the number of {roads} roads far from each other: {names}; "
            "say which, by one or two places on it",
            ref=self.ref,
            roads=len(found),
            names=names,
        )


def _parts(network: TravelNetwork, numbered: BoolArray) -> IntArray:
    """(n_nodes,) number of the road that each node lies on; nodes off the road have numbers of their own."""
    from scipy import sparse  # noqa: PLC0415  (SciPy takes long to import)
    from scipy.sparse import csgraph  # noqa: PLC0415  (SciPy takes long to import)

    n = network.n_nodes
    tails, heads = network.topology.tails[numbered], network.topology.heads[numbered]
    graph = sparse.coo_matrix((np.ones(len(tails), dtype=np.int8), (tails, heads)), shape=(n, n))
    part = np.asarray(csgraph.connected_components(graph, directed=False)[1], dtype=np.int64)
    nodes = np.unique(np.concatenate([tails, heads])).astype(np.int64)
    more = _near(network, nodes, part)
    tails, heads = np.concatenate([tails, more[:, 0]]), np.concatenate([heads, more[:, 1]])
    graph = sparse.coo_matrix((np.ones(len(tails), dtype=np.int8), (tails, heads)), shape=(n, n))
    return np.asarray(csgraph.connected_components(graph, directed=False)[1], dtype=np.int64)


def _near(network: TravelNetwork, nodes: IntArray, part: IntArray) -> IntArray:
    """(n, 2) nodes of different parts that are near each other; of each kilometre of a part one node."""
    from scipy.spatial import cKDTree  # noqa: PLC0415  (SciPy takes long to import)

    lon, lat = np.radians(network.lon[nodes]), np.radians(network.lat[nodes])
    place = _EARTH_RADIUS_KM * np.stack(
        [np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], axis=1
    )
    cells = np.column_stack([np.round(place), part[nodes]])
    kept = np.unique(cells, axis=0, return_index=True)[1]
    pairs = cKDTree(place[kept]).query_pairs(SAME_ROAD_KM, output_type="ndarray")
    found: IntArray = nodes[kept][pairs].reshape(-1, 2)
    return found


def _metres_from(network: TravelNetwork, node: int, others: IntArray) -> NDArray[np.float64]:
    """(n,) metres from a node to others."""
    lon, lat = np.full(len(others), network.lon[node]), np.full(len(others), network.lat[node])
    return great_circle_m(network.lon[others], network.lat[others], lon, lat)


def _between(network: TravelNetwork, start: int, stop: int, numbered: BoolArray) -> BoolArray:
    """(n_edges,) the edges of the shortest way between two nodes that keeps to the road."""
    from scipy import sparse  # noqa: PLC0415  (SciPy takes long to import)
    from scipy.sparse import csgraph  # noqa: PLC0415  (SciPy takes long to import)

    topology, n = network.topology, network.n_nodes
    cost = np.where(numbered, network.length_m, _OFF_NUMBER * network.length_m) + 1e-3
    order = np.lexsort((cost, topology.heads, topology.tails))
    pair = topology.tails[order].astype(np.int64) * n + topology.heads[order]
    first = order[np.unique(pair, return_index=True)[1]]
    graph = sparse.csr_matrix((cost[first], (topology.tails[first], topology.heads[first])), shape=(n, n))
    sources = np.asarray([start])
    _, found = csgraph.dijkstra(graph, directed=True, indices=sources, return_predecessors=True)
    before = found[0]
    steps = set()
    node = stop
    while node != start and before[node] >= 0:
        steps.add((int(before[node]), node))
        node = int(before[node])
    if node != start:
        return np.zeros(network.n_edges, dtype=bool)
    either = np.asarray([a * n + b for a, b in steps] + [b * n + a for a, b in steps], dtype=np.int64)
    here: BoolArray = np.isin(topology.tails.astype(np.int64) * n + topology.heads, either)
    return here


def _furthest(network: TravelNetwork, edges: BoolArray) -> tuple[int, int]:
    """Two nodes of some edges that lie far from each other."""
    nodes = np.unique(network.topology.tails[edges]).astype(np.int64)
    ends = [int(nodes[0])]
    for _ in range(2):
        ends.append(int(nodes[int(np.argmax(_metres_from(network, ends[-1], nodes)))]))
    return ends[1], ends[2]


def _told(network: TravelNetwork, node: int) -> str:
    """A node as a person can name it: by name, else by position."""
    node_id = network.node_ids[node]
    name = node_name(network, node_id)
    return name if name != str(node_id) else f"{network.lat[node]:.4f},{network.lon[node]:.4f}"


def _named(network: TravelNetwork, nodes: IntArray) -> str:
    shown = tuple(_told(network, int(node)) for node in nodes[:_MOST_NODES])
    if len(nodes) > _MOST_NODES:
        return Sentence("net.on_road_more", "on it are {shown} and more", shown=shown)
    return Sentence("net.on_road", "on it are {shown}", shown=shown)
