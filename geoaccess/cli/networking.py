"""Networks from any source, and what there is to say of one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from geoaccess.ground.errors import OutputError
from geoaccess.study.load import load_study
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
from networks.geodesy import utm_epsg
from networks.geometry import to_degrees, to_metres
from networks.osm import with_feed
from networks.osm.clip import Clip
from networks.osm.report import notes_again

FerryModel = Literal["timetable", "headway", "ssb"]
#: Places farther apart than this in longitude lie on both sides of the antimeridian.
_HALF_ROUND_DEG = 180.0


@dataclass(frozen=True)
class Pace:
    """What costs time on a map's roads besides limits and classes.

    Attributes:
        controls: signals, signs and crossings in towns.
        turn_costs: turns between roads of the same class.
        bends: bends, width and the open road.
        elevation: raster whose grades do.
        blue_lights: an ambulance with blue lights, which saves time.
    """

    controls: bool = False
    turn_costs: bool = True
    bends: bool = False
    elevation: Path | None = None
    blue_lights: bool = False

    @property
    def asked(self) -> list[str]:
        """The names of those that are no default."""
        asked = ("controls", "bends", "elevation", "blue_lights")
        return [name for name in asked if getattr(self, name)]


def build(
    source: str,
    *,
    profile: str = "car",
    ferries: str = "headway",
    country: str | None = None,
    timetables: GtfsFerries | None = None,
    clip: BaseGeometry | None = None,
    pace: Pace | None = None,
    progress: Callable[[float], None] | None = None,
) -> TravelNetwork:
    """Build a network from a folder of link tables, an OpenStreetMap extract, a graph of osmnx, or a place.

    Args:
        source: the folder, file or place.
        profile: ``car`` or ``ambulance``.
        ferries: how ferries are timed.
        country: country whose general speed limits hold; None = by the position.
        timetables: ferries of a GTFS feed, for those whose quays they join.
        clip: the area to keep, in degrees (:func:`area_around`); None = all of the source.
        pace: what costs time besides limits and classes; None = the default.
        progress: called with the share of the build of an extract that is done, from 0 to 1.

    Raises:
        NetworkDataError: faults in the source; a country without general limits; a country or an area for
            link tables, which have neither.
        DataError: a ferry of the link tables with a vessel of an unknown kind.
        NetworkFileError: the source cannot be read.
        OfflineError: a download was asked for and nothing answered.
    """
    model, pace = cast("FerryModel", ferries), pace or Pace()
    if Path(source).is_dir():
        if country is not None:
            reason = "link tables have speeds of their own: leave the country out"
            raise NetworkDataError([Fault(reason, where="country", value=country)])
        if clip is not None:
            reason = "link tables are not cut: leave the area out, or take links out of the tables"
            raise NetworkDataError([Fault(reason, where="around")])
        for name in pace.asked:
            reason = "link tables have times of their own: leave signals, signs, bends, elevations out"
            raise NetworkDataError([Fault(reason, where=name)])
        conditions = FerryConditions(model=model)
        linked = read_link_folder(source, ferries=conditions)
        if timetables is not None:
            linked = with_feed(linked, timetables.ferries, conditions)
        return without_passenger_boats(linked, Path(source))
    profiled = cast("Literal['car', 'ambulance']", profile)
    network: TravelNetwork = build_network(
        source,
        profile=profiled,
        ferries=model,
        country=country,
        timetables=timetables,
        clip=clip,
        controls=pace.controls,
        turn_costs=pace.turn_costs,
        bends=pace.bends,
        elevation=pace.elevation,
        blue_lights=pace.blue_lights,
        progress=progress,
    )
    return network


def area_around(where: str, margin_km: float) -> BaseGeometry:
    """What a network is cut to: everything within a margin of a study's places or of an area.

    Around the places of a study it is the least convex area that holds them all, so that the ways between
    them are kept, with the margin added; around polygons it is these with the margin.

    Args:
        where: an embedded study, a study's folder or file, or a file with polygons.
        margin_km: kilometres added on all sides.

    Returns:
        The area in degrees (EPSG:4326).

    Raises:
        UnknownNameError: neither a study nor a file of that name.
        DataError: faults in the study's tables.
        NetworkDataError: no place, or places on both sides of the antimeridian.
        NetworkFileError: the file with polygons cannot be read.
    """
    file = Path(where)
    if file.is_file() and file.suffix != ".toml":
        kept = Clip(file).polygon
    else:
        study = load_study(where)
        places = pd.concat([study.demand, study.facilities])
        kept = shapely.convex_hull(shapely.multipoints(places[["lon", "lat"]].to_numpy()))
    lon, lat = shapely.get_coordinates(kept).T
    if not len(lon) or float(np.ptp(lon)) > _HALF_ROUND_DEG:
        reason = "no place, or places on both sides of the antimeridian: give polygons of one side"
        raise NetworkDataError([Fault(reason, where="around", value=where)])
    epsg = utm_epsg(lon, lat)
    metric = shapely.transform(kept, lambda x, y: to_metres(x, y, epsg=epsg), interleaved=False)
    wider = shapely.buffer(metric, 1000.0 * margin_km)
    area: BaseGeometry = shapely.transform(wider, lambda x, y: to_degrees(x, y, epsg=epsg), interleaved=False)
    return shapely.clip_by_rect(area, -180.0, -90.0, 180.0, 90.0)


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
        "provenance": _provenance(network),
    }


def _provenance(network: TravelNetwork) -> dict[str, Any]:
    """Where a network comes from; what its build noted is told anew from its counts, in any language."""
    told = {key: value for key, value in network.provenance.items() if key != "assumptions"}
    built = told.get("osm")
    if isinstance(built, Mapping) and isinstance(built.get("counts"), Mapping):
        told["osm"] = {**built, "notes": list(notes_again(built, network.services))}
    return told
