"""What is assumed where a map says nothing: speeds by road class and country, factors, surfaces.

**Driven speed = limit x factor of the class.** A limit is a ceiling: bends, village centres, traffic lights
and meeting traffic keep the mean below it, more so on small roads. OSRM's car profile multiplies every tagged
limit by 0.8 (``speed_reduction`` in ``profiles/car.lua``); Valhalla blends the limit with a mean speed of the
class. The factors here stand for both, and rise with the class, because a limited-access road is driven near
its limit and a residential street is not. They were set on Malta's roads, beside the times of OSRM and
Valhalla on the same file. What giving way and turning off cost at junctions comes on top
(:mod:`networks.osm.junctions`) and was not set on any times. How far all of it agrees with the two routers is
measured by ``tests/benchmarks/routers.py``. Drivers of an ambulance on call are faster: that is an overlay's
business.

**Legal defaults** are the general limits of each country's traffic law for cars, in and outside built-up
areas and on motorways (Norway: *vegtrafikkloven* § 6, 50 and 80 km/h; Malta: Motor Vehicles Regulations,
50 and 80 km/h; the others as listed under "Default speed limits" in the OpenStreetMap wiki, 2024).
A way without a limit does not say whether it lies in a built-up area, so the class decides.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

MPH_KPH = 1.609344
KNOT_KPH = 1.852

#: "walk", km/h: the pace that "walking speed" means in German and Austrian case law (4-7), rounded up.
WALK_KPH = 7.0

#: A motorway without a limit ("none"), km/h: Germany's advisory speed (Richtgeschwindigkeit).
UNLIMITED_KPH = 130.0

#: A tagged limit above this is taken for a typing error, km/h (the highest public limit is 160).
HIGHEST_LIMIT_KPH = 160.0

#: A tagged limit below this is taken for a typing error, km/h.
LOWEST_LIMIT_KPH = 3.0


@dataclass(frozen=True, slots=True)
class CountryDefaults:
    """General limits of a country for cars, km/h.

    Attributes:
        urban_kph: in built-up areas.
        rural_kph: outside built-up areas.
        motorway_kph: on motorways.
        trunk_kph: on roads for motor vehicles only; None = as ``rural_kph``.
        living_street_kph: in residential or play streets.
    """

    urban_kph: float
    rural_kph: float
    motorway_kph: float
    trunk_kph: float | None = None
    living_street_kph: float = 20.0


COUNTRIES: MappingProxyType[str, CountryDefaults] = MappingProxyType(
    {
        "NO": CountryDefaults(50, 80, 110, 90, 15),
        "MT": CountryDefaults(50, 80, 80),
        "SE": CountryDefaults(50, 70, 110, None, 7),
        "FI": CountryDefaults(50, 80, 120, 100),
        "DK": CountryDefaults(50, 80, 130, 80, 15),
        "IS": CountryDefaults(50, 80, 90, 90, 15),
        "FO": CountryDefaults(50, 80, 80),
        "GL": CountryDefaults(50, 80, 80),
        "EE": CountryDefaults(50, 90, 110, None, 20),
        "LV": CountryDefaults(50, 90, 110),
        "LT": CountryDefaults(50, 90, 130, 120),
        "DE": CountryDefaults(50, 100, 130, None, 7),
        "AT": CountryDefaults(50, 100, 130, None, 7),
        "CH": CountryDefaults(50, 80, 120, 100),
        "NL": CountryDefaults(50, 80, 100, 100, 15),
        "BE": CountryDefaults(50, 70, 120, 120),
        "FR": CountryDefaults(50, 80, 130, 110),
        "GB": CountryDefaults(30 * MPH_KPH, 60 * MPH_KPH, 70 * MPH_KPH, 70 * MPH_KPH),
        "IE": CountryDefaults(50, 80, 120, 100),
        "ES": CountryDefaults(50, 90, 120),
        "PT": CountryDefaults(50, 90, 120, 100),
        "IT": CountryDefaults(50, 90, 130, 110),
        "GR": CountryDefaults(50, 90, 130, 110),
        "HR": CountryDefaults(50, 90, 130, 110),
        "PL": CountryDefaults(50, 90, 140, 120),
        "CZ": CountryDefaults(50, 90, 130, 110),
        "RU": CountryDefaults(60, 90, 110),
        "CA": CountryDefaults(50, 80, 100),
        "US": CountryDefaults(25 * MPH_KPH, 55 * MPH_KPH, 65 * MPH_KPH),
        "AU": CountryDefaults(50, 100, 110, None, 10),
        "NZ": CountryDefaults(50, 100, 100),
        "FJ": CountryDefaults(50, 80, 80),
        "JP": CountryDefaults(60, 60, 100),
    }
)

#: Used where the country is not known or not in the table.
GENERIC = CountryDefaults(50, 80, 110)

#: Road classes a car may use, with the factor from limit to driven speed (see the module's text).
CLASS_FACTORS: MappingProxyType[str, float] = MappingProxyType(
    {
        "motorway": 0.95,
        "motorway_link": 0.78,
        "trunk": 0.90,
        "trunk_link": 0.78,
        "primary": 0.86,
        "primary_link": 0.78,
        "secondary": 0.82,
        "secondary_link": 0.78,
        "tertiary": 0.78,
        "tertiary_link": 0.78,
        "unclassified": 0.74,
        "residential": 0.70,
        "living_street": 0.70,
        "service": 0.70,
        "road": 0.74,
        "track": 0.70,
        "busway": 0.78,
        "pedestrian": 0.70,
        "cycleway": 0.70,
        "path": 0.70,
        "footway": 0.70,
        "bridleway": 0.70,
    }
)

#: Assumed limit of an untagged way: (kind of general limit, ceiling in km/h). The ceilings are below the law
#: because smaller roads are narrower and more often in built-up areas than the law's "rural" suggests.
CLASS_LIMITS: MappingProxyType[str, tuple[str, float]] = MappingProxyType(
    {
        "motorway": ("motorway", 130.0),
        "motorway_link": ("rural", 60.0),
        "trunk": ("trunk", 90.0),
        "trunk_link": ("rural", 50.0),
        "primary": ("rural", 80.0),
        "primary_link": ("rural", 45.0),
        "secondary": ("rural", 70.0),
        "secondary_link": ("rural", 40.0),
        "tertiary": ("rural", 60.0),
        "tertiary_link": ("rural", 35.0),
        "unclassified": ("rural", 50.0),
        "residential": ("urban", 40.0),
        "living_street": ("living_street", 20.0),
        "service": ("urban", 20.0),
        "road": ("urban", 40.0),
        "track": ("urban", 20.0),
        "busway": ("urban", 50.0),
        "pedestrian": ("living_street", 10.0),
        "cycleway": ("urban", 20.0),
        "path": ("urban", 15.0),
        "footway": ("living_street", 10.0),
        "bridleway": ("urban", 15.0),
    }
)

#: Ceiling by ``service=*`` of a service road, km/h, driven.
SERVICE_KPH: MappingProxyType[str, float] = MappingProxyType(
    {"parking_aisle": 10.0, "driveway": 15.0, "drive-through": 8.0, "alley": 15.0, "emergency_access": 15.0}
)

#: Ceiling by ``surface=*``, km/h, driven. Paved surfaces have none. After OSRM's ``surface_speeds``
#: (``profiles/car.lua``), with the loosest surfaces lowered to what a van manages.
SURFACE_KPH: MappingProxyType[str, float] = MappingProxyType(
    {
        "cement": 80.0,
        "compacted": 70.0,
        "fine_gravel": 70.0,
        "paving_stones": 60.0,
        "metal": 60.0,
        "bricks": 60.0,
        "grass": 20.0,
        "wood": 40.0,
        "sett": 40.0,
        "grass_paver": 40.0,
        "gravel": 50.0,
        "unpaved": 50.0,
        "ground": 30.0,
        "dirt": 30.0,
        "earth": 30.0,
        "pebblestone": 40.0,
        "tartan": 40.0,
        "cobblestone": 30.0,
        "unhewn_cobblestone": 25.0,
        "clay": 30.0,
        "stone": 20.0,
        "rock": 15.0,
        "rocky": 15.0,
        "sand": 15.0,
        "mud": 10.0,
        "snow": 30.0,
        "ice": 20.0,
    }
)

#: Surfaces that are loose under the wheels.
UNPAVED = frozenset(SURFACE_KPH) - {
    *("cement", "paving_stones", "metal", "bricks", "wood", "sett", "grass_paver", "tartan"),
    *("cobblestone", "unhewn_cobblestone"),
}

#: Ceiling by ``smoothness=*``, km/h, driven: OSRM's ``smoothness_speeds`` (``profiles/car.lua``). What is
#: ``impassable`` is not driven at all.
SMOOTHNESS_KPH: MappingProxyType[str, float] = MappingProxyType(
    {"intermediate": 80.0, "bad": 40.0, "very_bad": 20.0, "horrible": 10.0, "very_horrible": 5.0}
)

#: Ceiling by ``tracktype=*``, km/h, driven. OSRM's ``tracktype_speeds`` are 60, 40, 30, 25, 20; these are
#: lower, so that the best track is no faster than an unclassified road without a limit.
TRACKTYPE_KPH: MappingProxyType[str, float] = MappingProxyType(
    {"grade1": 35.0, "grade2": 30.0, "grade3": 25.0, "grade4": 20.0, "grade5": 15.0}
)

#: Assumed limit of a track of known grade, km/h: that of an unclassified road; its grade is the ceiling.
GRADED_TRACK_LIMIT_KPH = 50.0

#: Grade of a track without ``tracktype``, by its surface (OpenStreetMap wiki, *Key:tracktype*).
TRACK_GRADE_OF_SURFACE: MappingProxyType[str, str] = MappingProxyType(
    {
        "asphalt": "grade1",
        "paved": "grade1",
        "concrete": "grade1",
        "compacted": "grade2",
        "fine_gravel": "grade2",
        "gravel": "grade2",
    }
)

#: Ceiling by ``4wd_only=*`` where an ordinary car still passes, km/h, driven; ``yes`` is not driven at all.
FOUR_WHEEL_KPH: MappingProxyType[str, float] = MappingProxyType({"recommended": 20.0})

#: Where one lane serves both directions in turn (``oneway=alternating``), seconds of wait on arrival. At
#: lights that show red for 65 of 100 seconds (half the cycle, and the time the lane takes to empty), whoever
#: arrives at any moment waits 65 * 65 / (2 * 100) = 21 s in the mean; stopping and starting make it 30.
ALTERNATING_WAIT_S = 30.0

#: A car ferry without a duration: km/h over the crossing, and minutes of mooring on top. Least squares over
#: the 28 crossings of the embedded study of Northern Norway whose minutes are known and that are shorter
#: than 35 km (minutes = 2.65 + 3.16 per km). OpenStreetMap has a duration for about one ferry way in eight.
FERRY_FALLBACK_KPH = 19.0
FERRY_FALLBACK_MOORING_MIN = 2.7

#: A ferry duration that means more than this is disbelieved, km/h (fast car ferries reach about 70).
FERRY_FASTEST_KPH = 75.0


def country_defaults(country: str | None) -> CountryDefaults:
    """The general limits of a country by its ISO 3166 code; the generic ones when it has no row."""
    return COUNTRIES.get((country or "").upper(), GENERIC)


def general_limit_kph(kind: str, defaults: CountryDefaults) -> float:
    """The general limit by kind: ``urban``, ``rural``, ``motorway``, ``trunk`` or ``living_street``."""
    if kind == "trunk":
        return defaults.trunk_kph or defaults.rural_kph
    return float(getattr(defaults, f"{kind}_kph"))


def assumed_limit_kph(road_class: str, defaults: CountryDefaults) -> float:
    """The limit assumed for an untagged way of a road class, km/h."""
    kind, ceiling = CLASS_LIMITS.get(road_class, CLASS_LIMITS["road"])
    return min(general_limit_kph(kind, defaults), ceiling)
