"""Networks from any source, and what there is to say of one."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any, Literal, cast

import numpy as np
from scipy.sparse import csgraph

from geoaccess.ground.errors import OutputError
from geoaccess.study.vessels import without_passenger_boats
from networks import (
    Fault,
    FerryConditions,
    NetworkDataError,
    NetworkFileError,
    TravelNetwork,
    build_network,
    read_link_folder,
    save_network,
)

FerryModel = Literal["timetable", "headway", "ssb"]


def build(
    source: str, *, profile: str = "car", ferries: str = "headway", country: str | None = None
) -> TravelNetwork:
    """Build a network from a folder of link tables, an OpenStreetMap extract, a graph of osmnx, or a place.

    Raises:
        NetworkDataError: faults in the source; a country without general limits, or one for link tables.
        DataError: a ferry of the link tables with a vessel of an unknown kind.
        NetworkFileError: the source cannot be read.
        OfflineError: a download was asked for and nothing answered.
    """
    model = cast("FerryModel", ferries)
    if Path(source).is_dir():
        if country is not None:
            reason = "link tables have speeds of their own: leave the country out"
            raise NetworkDataError([Fault(reason, where="country", value=country)])
        linked = read_link_folder(source, ferries=FerryConditions(model=model))
        return without_passenger_boats(linked, Path(source))
    profiled = cast("Literal['car', 'ambulance']", profile)
    network: TravelNetwork = build_network(source, profile=profiled, ferries=model, country=country)
    return network


def save(network: TravelNetwork, path: Path) -> None:
    """Write a network file, beside and renamed.

    Raises:
        OutputError: the file cannot be written.
    """
    try:
        save_network(network, path)
    except NetworkFileError as error:
        raise OutputError(str(error)) from error


def describe(network: TravelNetwork) -> dict[str, Any]:
    """Counts, components, ferries and assumptions of a network."""
    kinds = Counter(network.labels["kind"].to_array().tolist())
    count, labels = csgraph.connected_components(network.search_graph, directed=True, connection="strong")
    largest = int(np.bincount(labels).max()) if network.n_nodes else 0
    listed = network.provenance.get("assumptions", {})
    return {
        "nodes": network.n_nodes,
        "directed_edges": network.n_edges,
        "edges_by_kind": dict(kinds),
        "road_km": float(network.length_m[network.labels["kind"].where("road")].sum() / 1000.0),
        "ferries": len(network.services),
        "strong_components": int(count),
        "nodes_in_largest_component": largest,
        "overlays": list(network.overlays),
        "assumptions": {
            str(name): len(items) if isinstance(items, list | tuple) else items
            for name, items in listed.items()
        },
        "provenance": {key: value for key, value in network.provenance.items() if key != "assumptions"},
    }
