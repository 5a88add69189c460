"""The one way from coordinates to a network: land known, and on the network as it was built.

Every command that takes points joins them here: tables of a matrix, places of isochrones and routes, people
and facilities of a study. So a house is at the same place of the road in every answer, by day and by night.
"""

from __future__ import annotations

from collections.abc import Sequence

from geoaccess.ground.arrays import FloatArray
from geoaccess.words.note import Note, listed
from maps.basemap import detailed, land_within
from networks import SnappedPoints, TravelNetwork, snap
from networks.cache_folder import kept_data
from networks.kept import once_a_network
from networks.land import Land
from networks.snapping import ACCESS_DETOUR, ACCESS_SPEED_KPH

#: A point farther from any road than this is not joined, unless the caller says otherwise.
MAX_SNAP_M = 5_000.0
#: Degrees around a network within which points may lie: about 20 km at 70 degrees north.
_AROUND_DEG = 0.5

#: Flags that are told, the gravest first: :mod:`networks.snapping` has the rules, the codes
#: ``note.flag.*`` of the catalogue what they mean.
FLAGGED = (
    "across_water",
    "too_far",
    "no_road",
    "no_way",
    "over_water",
    "at_sea",
    "component_skipped",
    "own_component",
    "one_way_in",
    "one_way_out",
    "quay",
)


def join_points(
    network: TravelNetwork,
    lon: FloatArray,
    lat: FloatArray,
    *,
    max_snap_m: float = MAX_SNAP_M,
    access_speed_kph: float = ACCESS_SPEED_KPH,
    detour_factor: float = ACCESS_DETOUR,
    land: Land | None = None,
) -> SnappedPoints:
    """Points on the network as it was built, whatever overlays it carries, and not across water.

    Args:
        network: the network.
        lon: (n,) degrees east.
        lat: (n,) degrees north.
        max_snap_m: points farther from a road are not joined.
        access_speed_kph: speed between point and road.
        detour_factor: length of that leg over the straight line.
        land: land of the study's own; None = the coast that ships, where it reaches.

    Raises:
        NetworkDataError: a coordinate that is no place.
    """
    built = network.base or network
    return snap(
        built,
        lon,
        lat,
        max_distance_m=max_snap_m,
        access_speed_kph=access_speed_kph,
        detour_factor=detour_factor,
        land=packed_land(built) if land is None else land,
        cache=kept_data(),
    )


@once_a_network
def packed_land(network: TravelNetwork) -> Land | None:
    """The coast that ships around a network, in its metres; None where the coast is not known well."""
    if not network.n_nodes:
        return None
    west, south = float(network.lon.min()) - _AROUND_DEG, float(network.lat.min()) - _AROUND_DEG
    east, north = float(network.lon.max()) + _AROUND_DEG, float(network.lat.max()) + _AROUND_DEG
    around = (max(west, -180.0), max(south, -90.0), min(east, 180.0), min(north, 90.0))
    known = detailed(around)
    if known is None:
        return None
    return Land.of(land_within(known.bounds), epsg=network.metric_epsg, known=known)


def flag_sentences(
    joined: SnappedPoints, names: Sequence[str], persons: FloatArray | None = None, *, most: int = 8
) -> list[Note]:
    """One sentence for each flag: how many points (and persons), which, and what it means."""
    told = []
    flags = [str(text).split(";") for text in joined.flags]
    for flag in FLAGGED:
        rows = [row for row, own in enumerate(flags) if flag in own]
        if not rows:
            continue
        if persons is None:
            who = Note("note.flag.points", points=len(rows))
        else:
            who = Note("note.flag.people", points=len(rows), people=float(persons[rows].sum()))
        told.append(Note(f"note.flag.{flag}", who=who, names=listed([names[row] for row in rows], most)))
    return told
