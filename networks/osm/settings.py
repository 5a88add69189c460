"""How a map is to be read, checked before anything is read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from networks.errors import Fault, NetworkDataError
from networks.ferries import FerryConditions, FerryModel
from networks.osm.access import Profile
from networks.osm.clip import Clip, ClipLike
from networks.osm.defaults import COUNTRIES
from networks.osm.gtfs import GtfsFerries, GtfsFerry
from networks.osm.heights import Heights
from networks.sentences import Sentence

#: Longest link between a ferry's end and the nearest road, metres.
QUAY_WITHIN_M = 300.0


@dataclass(frozen=True)
class Settings:
    """How a map is to be read.

    Attributes:
        source: what is read, as a reader of the report should see it.
        profile: whose access rules hold.
        ferries: ferry model and time.
        clip: the area, None for all of it.
        country: ISO code, None to guess it from the position.
        metric_epsg: CRS for metres, None for the UTM zone of the middle.
        quay_within_m: longest link between a ferry's end and a road.
        turn_restrictions: whether they are applied.
        timetables: departures for ferries whose quays they name.
        junction_delays: whether side roads lose time where they meet a larger road.
        controls: whether signals, signs and crossings in towns cost seconds.
        turn_costs: whether turns between roads of the same class cost seconds.
        bends: whether bends, width and the open road set the pace.
        elevation: where grades come from, None for a level country.
        blue_lights: whether an ambulance drives with blue lights.
    """

    source: str
    profile: Profile
    ferries: FerryConditions
    clip: Clip | None
    country: str | None
    metric_epsg: int | None
    quay_within_m: float
    turn_restrictions: bool
    timetables: tuple[GtfsFerry, ...] = ()
    junction_delays: bool = True
    controls: bool = False
    turn_costs: bool = True
    bends: bool = False
    elevation: Heights | None = None
    blue_lights: bool = False


def make_settings(
    source: str,
    *,
    profile: Profile = "car",
    ferries: FerryModel | FerryConditions = "headway",
    clip: ClipLike | None = None,
    country: str | None = None,
    metric_epsg: int | None = None,
    quay_within_m: float = QUAY_WITHIN_M,
    turn_restrictions: bool = True,
    timetables: GtfsFerries | None = None,
    junction_delays: bool = True,
    controls: bool = False,
    turn_costs: bool = True,
    bends: bool = False,
    elevation: str | Path | None = None,
    blue_lights: bool = False,
) -> Settings:
    """Check the parameters of a build, which are those of ``build_network``.

    Raises:
        NetworkDataError: parameters are impossible; all of them are listed.
        CrsError: the clipping polygons have no coordinate reference system.
        NetworkFileError: the file of the clipping polygons cannot be read.
    """
    faults = []
    if profile not in ("car", "ambulance"):
        faults.append(Fault("must be 'car' or 'ambulance'", where="profile", value=str(profile)))
    if blue_lights and profile != "ambulance":
        faults.append(Fault("belongs to the profile 'ambulance'", where="blue_lights", value=str(profile)))
    if country is not None and country.upper() not in COUNTRIES:
        known = ", ".join(sorted(COUNTRIES))
        faults.append(
            Fault(
                Sentence(
                    "net.fault.country", "no general limits for this country; known: {known}", known=known
                ),
                where="country",
                value=country,
            )
        )
    if not 0 <= quay_within_m <= 5000:
        faults.append(Fault("must be 0-5000 metres", where="quay_within_m", value=str(quay_within_m)))
    if faults:
        raise NetworkDataError(faults)
    return Settings(
        source=source,
        profile=profile,
        ferries=ferries if isinstance(ferries, FerryConditions) else FerryConditions(model=ferries),
        clip=None if clip is None else Clip(clip),
        country=country,
        metric_epsg=metric_epsg,
        quay_within_m=quay_within_m,
        turn_restrictions=turn_restrictions,
        timetables=() if timetables is None else timetables.ferries,
        junction_delays=junction_delays,
        controls=controls,
        turn_costs=turn_costs,
        bends=bends,
        blue_lights=blue_lights,
        elevation=None if elevation is None else Heights(Path(elevation)),
    )
