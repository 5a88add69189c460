"""A network as a graph of osmnx and networkx."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import networkx as nx
import numpy as np
import shapely

from networks.network import TravelNetwork

#: Labels that osmnx knows under another name.
RENAMED = {"road_class": "highway"}


def to_osmnx(network: TravelNetwork) -> nx.MultiDiGraph[Any]:
    """The network as a graph that osmnx and networkx understand.

    Edges have osmnx's ``osmid, highway, oneway, reversed, length, name, ref, speed_kph, travel_time`` (s,
    wait included) and ``geometry``, and the network's own ``moving_s, wait_s, kind, ferry`` and labels, so
    that ``from_osmnx`` gives the same network back, from memory, GraphML or GeoPackage. Empty texts are not
    written: a label that no edge has comes back missing.
    """
    topology = network.topology
    graph: nx.MultiDiGraph[Any] = nx.MultiDiGraph(
        crs="epsg:4326",
        simplified=True,
        created_with="geoaccess",
        metric_epsg=network.metric_epsg,
        overlays=json.dumps(list(network.overlays)),
        provenance=json.dumps(dict(network.provenance), default=str),
    )
    ids = topology.node_ids.tolist()
    places = zip(ids, topology.lon.tolist(), topology.lat.tolist(), strict=True)
    graph.add_nodes_from((node, {"x": lon, "y": lat}) for node, lon, lat in places)
    for name, texts in network.node_labels.items():
        nx.set_node_attributes(graph, dict(zip(ids, texts.to_array().tolist(), strict=True)), name)
    ferries = [json.dumps(asdict(service)) for service in network.services]
    both_ways = set(zip(topology.heads.tolist(), topology.tails.tolist(), strict=True))
    labels = {RENAMED.get(name, name): label for name, label in network.labels.items()}
    for edge, (tail, head) in enumerate(zip(topology.tails.tolist(), topology.heads.tolist(), strict=True)):
        said = {name: label[edge] for name, label in labels.items()}
        data = _edge_data(network, edge, oneway=(tail, head) not in both_ways)
        if network.service_index is not None and network.service_index[edge] >= 0:
            data["ferry"] = ferries[network.service_index[edge]]
        said = {name: text for name, text in said.items() if text}
        graph.add_edges_from([(ids[tail], ids[head], said | data)])
    return graph


def _edge_data(network: TravelNetwork, edge: int, *, oneway: bool) -> dict[str, Any]:
    moving, wait, length = (
        float(array[edge]) for array in (network.moving_s, network.wait_s, network.length_m)
    )
    link = network.labels["link_id"][edge]
    data: dict[str, Any] = {
        "osmid": int(link) if link.lstrip("-").isdecimal() else 0,
        "oneway": oneway,
        "reversed": "direction" in network.labels and network.labels["direction"][edge] == "backward",
        "length": length,
        "travel_time": moving + wait,
        "speed_kph": 3.6 * length / moving if moving > 0 else 0.0,
        "moving_s": moving,
        "wait_s": wait,
    }
    if network.geometry is not None:
        begin, end = network.geometry.indptr[edge : edge + 2]
        tail, head = network.topology.tails[edge], network.topology.heads[edge]
        lon = [network.lon[tail], *network.geometry.lon[begin:end], network.lon[head]]
        lat = [network.lat[tail], *network.geometry.lat[begin:end], network.lat[head]]
        data["geometry"] = shapely.LineString(np.column_stack([lon, lat]))
    return data
