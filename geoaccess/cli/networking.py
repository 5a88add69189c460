"""Networks from any source, and what there is to say of one."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any, Literal, cast

from geoaccess.ground.errors import OutputError
from geoaccess.study.vessels import without_passenger_boats
from networks import (
    Fault,
    FerryConditions,
    GtfsFerries,
    NetworkDataError,
    NetworkFileError,
    TravelNetwork,
    build_network,
    each_road_once,
    find_components,
    read_link_folder,
    save_network,
)
from networks.osm import with_feed

FerryModel = Literal["timetable", "headway", "ssb"]


def build(
    source: str,
    *,
    profile: str = "car",
    ferries: str = "headway",
    country: str | None = None,
    timetables: GtfsFerries | None = None,
) -> TravelNetwork:
    """Build a network from a folder of link tables, an OpenStreetMap extract, a graph of osmnx, or a place.

    Args:
        source: the folder, file or place.
        profile: ``car`` or ``ambulance``.
        ferries: how ferries are timed.
        country: country whose general speed limits hold; None = by the position.
        timetables: ferries of a GTFS feed, for those whose quays they join.

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
        conditions = FerryConditions(model=model)
        linked = read_link_folder(source, ferries=conditions)
        if timetables is not None:
            linked = with_feed(linked, timetables.ferries, conditions)
        return without_passenger_boats(linked, Path(source))
    profiled = cast("Literal['car', 'ambulance']", profile)
    network: TravelNetwork = build_network(
        source, profile=profiled, ferries=model, country=country, timetables=timetables
    )
    return network


def save(network: TravelNetwork, path: Path) -> None:
    """Write a network file, beside and renamed.

    Raises:
        OutputError: the file cannot be written.
    """
    try:
        save_network(network, path, with_index=True)
    except NetworkFileError as error:
        raise OutputError(str(error)) from error


def describe(network: TravelNetwork) -> dict[str, Any]:
    """Counts, components, ferries and assumptions of a network."""
    kinds = Counter(network.labels["kind"].to_array().tolist())
    sizes = find_components(network).sizes
    roads = network.labels["kind"].where("road") & each_road_once(network)
    listed = network.provenance.get("assumptions", {})
    return {
        "nodes": network.n_nodes,
        "directed_edges": network.n_edges,
        "edges_by_kind": dict(kinds),
        "road_km": float(network.length_m[roads].sum() / 1000.0),
        "ferries": len(network.services),
        "strong_components": len(sizes),
        "nodes_in_largest_component": int(sizes.max(initial=0)),
        "overlays": list(network.overlays),
        "assumptions": {
            str(name): len(items) if isinstance(items, list | tuple) else items
            for name, items in listed.items()
        },
        "provenance": {key: value for key, value in network.provenance.items() if key != "assumptions"},
    }
