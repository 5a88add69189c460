"""What a ``study.toml`` may say. Every key has a description, and the descriptions are the documentation.

Keys that are not here are refused: a mistyped threshold must never become a silent default.
"""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field, field_validator, model_validator

from geoaccess.demand.sections import DemandSource, ProjectionSection
from geoaccess.study.beds_sections import Beds
from geoaccess.study.call_sections import Calls
from geoaccess.study.care_sections import Care
from geoaccess.study.clock_sections import Clock
from geoaccess.study.hazard_sections import Hazard
from geoaccess.study.journey_sections import Journey, JourneyRates
from geoaccess.study.parameter_sections import ParameterRange
from geoaccess.study.placement_sections import (
    Placement,
)
from geoaccess.study.resource_sections import Resource, Service, ServiceSection
from geoaccess.study.section_base import Factor, Minutes, Section, Speed, Threshold, clock_minutes
from geoaccess.study.team_sections import Team
from geoaccess.study.tradeoff_sections import Tradeoff
from geoaccess.study.work_sections import ChangedFerrySection, NewLink
from geoaccess.words.note import Note


def _clock_time(text: str | None) -> str | None:
    if text is not None:
        clock_minutes(text)
    return text


def _clock_times(texts: tuple[str, str] | None) -> tuple[str, str] | None:
    for text in texts or ():
        clock_minutes(text)
    return texts


def _calendar_day(text: str | None) -> str | None:
    if text is not None:
        month_day(text)
    return text


def month_day(text: str) -> tuple[int, int]:
    """(month, day) of ``MM-DD``.

    Raises:
        ValueError: there is no such day.
    """
    day = date.fromisoformat(f"2024-{text}")  # a leap year, so that 02-29 is a day
    return day.month, day.day


class About(Section):
    """Who made the study and what a reader must know of it."""

    name: str = Field(description="short name, used in file names", pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$")
    title: str = Field(description="title on maps and reports")
    title_nb: str = Field(default="", description="the title in bokmål")
    description: str = Field(default="", description="one paragraph on region, year and purpose")
    notice: str = Field(
        default="", description="what every result must say of the data's limits; shown everywhere"
    )
    notice_nb: str = Field(default="", description="the notice in bokmål")
    year: int = Field(default=2026, ge=1800, le=2200, description="year of the demand")
    metric_epsg: int = Field(default=25833, gt=0, description="EPSG code of the CRS used for metres")
    sources: tuple[str, ...] = Field(default=(), description="sources to be shown on maps and reports")


class AccessLeg(Section):
    """The way from where people live to the network, and from the network to a facility's door."""

    speed_kph: Speed = Field(default=45.0, description="speed on the access leg")
    detour_factor: float = Field(
        default=1.35, ge=1, le=3, description="road length over straight-line length on the access leg"
    )
    max_km: float = Field(default=20.0, gt=0, description="beyond this, a point is listed as badly placed")
    surface: str = Field(
        default="",
        description="raster of speeds, or file of land cover, slopes and barriers: places that join by "
        "coordinates go by the least-cost way over it; empty = straight line x detour_factor",
    )


class Ferries(Section):
    """How ferries are timed in the study's base state."""

    model: Literal["headway", "ssb", "timetable"] = Field(
        default="headway", description="headway: half the headway, capped; ssb: 12.3 km/h; timetable"
    )
    wait_cap_min: Minutes = Field(default=60.0, description="longest wait of the headway model")
    boarding_min: Minutes = Field(default=5.0, description="time at the quay before departure")
    default_headway_min: float = Field(
        default=120.0, gt=0, description="headway of a ferry whose frequency is unknown"
    )
    unknown_night: Literal["sails", "on_call", "closed"] = Field(
        default="closed", description="what a ferry whose night service is unknown does at night"
    )
    lockout_share: float = Field(
        default=0.0,
        ge=0,
        le=1,
        description="share of the nights in which a ferry on call does not come, as its crew rests after "
        "another call-out; counts around the clock, at one time of day only where it is 1",
    )


class Network(Section):
    """Where the network comes from: a folder of link tables, or a network file."""

    links: str = Field(default="", description="folder of nodes.csv, roads.csv and ferries.csv")
    file: str = Field(
        default="",
        description="a network built by `geoaccess network build`, or an OpenStreetMap extract, "
        "which is built whenever it is needed",
    )
    passes: str = Field(
        default="",
        description="folder of link tables whose named passes are found on the network of `file` again, "
        "by road number and place",
    )
    land: str = Field(
        default="",
        description="polygons of the land, so that nobody is joined across water; "
        "empty = the packed coast of northern Europe, elsewhere the boundaries of the areas",
    )
    speeds_kph: dict[str, Speed] = Field(
        default_factory=dict, description="average speed by road class, over the built-in table"
    )
    access: AccessLeg = Field(default_factory=AccessLeg, description="the leg to and from the network")
    ferries: Ferries = Field(default_factory=Ferries, description="how ferries are timed")

    @model_validator(mode="after")
    def _one_source(self) -> Network:
        if bool(self.links) == bool(self.file):
            raise ValueError("say either links (a folder of link tables) or file (a built network)")
        return self


def _weights_of(source: DemandSource) -> dict[str, str]:
    """Weight name -> band or column of a source."""
    if source.raster:
        return {name: f"band {band}" for name, band in source.raster.bands.items()}
    cells = source.grid or source.ssb_grid
    return dict(cells.weights) if cells else {}


class Demand(Section):
    """The people: a table of demand points, or a raster or grid that they are made from."""

    table: str = Field(default="", description="file of demand points")
    source: DemandSource | None = Field(default=None, description="a raster or grid instead of a table")
    projection: ProjectionSection | None = Field(
        default=None, description="people in other years, for --year"
    )
    id: str = Field(default="demand_id", description="column of unique ids")
    name: str = Field(default="name", description="column of names")
    municipality: str = Field(default="municipality_code", description="column of municipality codes")
    node: str = Field(default="", description="column of network node ids; empty = snap by coordinates")
    access_km: str = Field(
        default="", description="column of the mean straight-line km from home to the node"
    )
    across_water: str = Field(
        default="", description="column of the people who live across water from their node; shown as a limit"
    )
    weights: dict[str, str] = Field(
        default_factory=dict,
        description="weight name -> column, e.g. people = 'population_2026'; a source names its own",
    )
    default_weight: str = Field(default="people", description="the weight used unless another is asked for")

    @model_validator(mode="after")
    def _one_source(self) -> Demand:
        if bool(self.table) == (self.source is not None):
            raise ValueError("say either table (a file of demand points) or source (a raster or grid)")
        if self.source is None:
            if not self.weights:
                raise ValueError("the key 'weights' is missing: name at least one column of people")
            return self
        named = _weights_of(self.source)
        if self.weights not in ({}, named):
            raise ValueError("the weights are those of the source: leave out 'weights'")
        columns = [name for name in ("node", "access_km", "across_water") if getattr(self, name)]
        if columns:
            raise ValueError(Note("fault.demand.no_column", columns=tuple(columns)))
        # Whoever asks for the names of the weights finds them in one place.
        return self.model_copy(update={"weights": named})


class Municipalities(Section):
    """The areas that results are told for."""

    table: str = Field(description="file of municipalities")
    code: str = Field(default="municipality_code", description="column of codes (text, leading zeros kept)")
    name: str = Field(default="name", description="column of names")
    groups: tuple[str, ...] = Field(default=(), description="columns to group by, e.g. county, health_trust")
    totals: dict[str, str] = Field(
        default_factory=dict, description="weight name -> column of the official total, to be reconciled"
    )
    urban: str = Field(default="", description="yes/no column: class of the response-time guidance")
    boundaries: str = Field(default="", description="polygon file, for maps and checks; optional")
    waters: str = Field(
        default="",
        description="polygon file within which the boundaries are all the land there is, for boats; "
        "none: the land of [network], or the packed coast of northern Europe",
    )
    coverage: str = Field(
        default="",
        description="file with municipality_code, kind, known (own, shared, none known): where a service is "
        "known at all; minutes where none is are marked",
    )
    boundaries_code: str = Field(default="municipality_code", description="code column of the polygon file")


class FacilityTable(Section):
    """A table of places where a service is given."""

    table: str = Field(description="file of facilities")
    id: str = Field(default="facility_id", description="column of unique ids")
    kind: str = Field(default="kind", description="column of kinds")
    kind_names: dict[str, str] = Field(
        default_factory=dict, description="value in the kind column -> kind of the study"
    )
    node: str = Field(default="", description="column of network node ids; empty = snap by coordinates")
    where: dict[str, tuple[str, ...]] = Field(
        default_factory=dict, description="column -> values to keep; rows left out are counted and shown"
    )


class Gap(Section):
    """What a table of facilities is known to lack in a group of municipalities."""

    told: str = Field(min_length=1, description="what is known to be missing, with its source")
    told_nb: str = Field(default="", description="the same in bokmål")


class Kind(Section):
    """A kind of service, in words and thresholds."""

    label: str = Field(description="full name, singular")
    plural: str = Field(default="", description="full name, plural")
    label_nb: str = Field(default="", description="full name in bokmål, singular")
    plural_nb: str = Field(default="", description="full name in bokmål, plural")
    thresholds_min: tuple[Threshold, ...] = Field(
        default=(30.0, 60.0, 120.0),
        min_length=1,
        description="thresholds of the measures, minutes, inclusive",
    )
    threshold_source: str = Field(default="", description="where the thresholds come from, with year")
    report: bool = Field(default=False, description="part of the main job's tables")
    goes_by: Literal["road", "boat", "air"] = Field(
        default="road",
        description="how its vehicles go out; if not by road, minutes of a drive to its base are told so",
    )
    limits: str = Field(
        default="", description="how complete the table is; told with every answer that uses the kind"
    )
    limits_nb: str = Field(default="", description="the same in bokmål")
    gaps_by: str = Field(
        default="", description="group column of the municipalities whose groups `gaps` names"
    )
    gaps: dict[str, Gap] = Field(
        default_factory=dict,
        description="group of municipalities -> what the table lacks there; told beside a proposal there",
    )
    also_served_by: tuple[str, ...] = Field(
        default=(),
        description="kinds that serve its people as well, so that losing a facility costs nobody next to one",
    )


class Stretch(Section):
    """Roads by what any network says of them, or by where they lie; all that is given must hold."""

    roads: tuple[str, ...] = Field(default=(), description="road numbers")
    names: tuple[str, ...] = Field(default=(), description="names of roads")
    within: str = Field(default="", description="polygon file; roads that lie in it")
    line: str = Field(default="", description="line file, drawn along the roads")
    near_m: float = Field(default=100.0, gt=0, description="how far from the line a road may lie")


class Convoys(Stretch):
    """Passes, or other stretches of road, that are open behind a snow plough only."""

    passes: tuple[str, ...] = Field(default=(), description="names of passes")
    headway_min: float = Field(gt=0, description="minutes between convoys")
    window: tuple[str, str] | None = Field(default=None, description="first and last convoy, HH:MM")
    speed_factor: float = Field(default=0.7, gt=0, le=1, description="share of the usual speed")

    _check_window = field_validator("window")(_clock_times)

    @model_validator(mode="after")
    def _some_roads(self) -> Convoys:
        if not (self.passes or self.roads or self.names or self.within or self.line):
            raise ValueError("say which roads: passes, roads, names, within or line")
        return self


class NewFacility(Section):
    """A facility that a scenario opens."""

    facility_id: str = Field(description="unique id")
    name: str = Field(description="name")
    kind: str = Field(description="kind of the study")
    municipality_code: str = Field(description="code of its municipality")
    node_id: str = Field(default="", description="network node; or lat and lon")
    lat: float | None = Field(default=None, ge=-90, le=90, description="degrees north")
    lon: float | None = Field(default=None, ge=-180, le=180, description="degrees east")


class MovedFacility(Section):
    """A facility that a scenario moves: the same service under the same id, at another place."""

    facility_id: str = Field(description="id of the facility")
    municipality_code: str = Field(default="", description="code of its new municipality; empty = as before")
    node_id: str = Field(default="", description="network node; or lat and lon")
    lat: float | None = Field(default=None, ge=-90, le=90, description="degrees north")
    lon: float | None = Field(default=None, ge=-180, le=180, description="degrees east")


class Scenario(Section):
    """A state of the world: what differs from the base. Lists add to inherited ones, figures replace them."""

    title: str = Field(default="", description="the scenario in words")
    title_nb: str = Field(default="", description="the scenario in bokmål")
    inherits: tuple[str, ...] = Field(default=(), description="scenarios that this one builds on")
    ferry_model: Literal["headway", "ssb", "timetable"] | None = Field(
        default=None, description="ferry model"
    )
    time: str | None = Field(default=None, description="time of day at the quay, HH:MM; none = daytime")
    weekday: Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"] | None = Field(
        default=None, description="day of the week"
    )
    date: str | None = Field(default=None, description="day of the year, MM-DD, for ferries with a season")
    unknown_night: Literal["sails", "on_call", "closed"] | None = Field(
        default=None, description="what ferries whose night service is unknown do at night"
    )
    lockout_share: float | None = Field(
        default=None,
        ge=0,
        le=1,
        description="share of the nights in which ferries on call do not come; 1 in the scenario of a hazard",
    )
    winter: bool | None = Field(default=None, description="winter speeds by road class")
    emergency: bool | None = Field(default=None, description="speeds of an ambulance on an urgent call")
    speed_factors: dict[str, Factor] = Field(
        default_factory=dict, description="road class (or * for the others) -> share of the usual speed"
    )
    passes_closed: tuple[str, ...] = Field(default=(), description="names of passes that are closed")
    convoys: tuple[Convoys, ...] = Field(default=(), description="passes in convoy")
    links_out: tuple[str, ...] = Field(default=(), description="ids of roads, bridges, ferries out of use")
    roads_closed: tuple[str, ...] = Field(
        default=(),
        description="roads that are closed: E69, Fv888: Lebesby or E10: Trældal - Bjørnfjell; "
        "a number alone where it is that of one road only",
    )
    flooded: str = Field(default="", description="polygon file; roads that meet it are closed")
    link_factors: dict[str, Factor] = Field(
        default_factory=dict, description="link id -> factor on its time in motion"
    )
    links_added: tuple[NewLink, ...] = Field(
        default=(), description="roads, bridges, tunnels and ferries that are built"
    )
    ferries_changed: tuple[ChangedFerrySection, ...] = Field(
        default=(), description="ferries that sail otherwise: how often, when, how fast"
    )
    year: int | None = Field(
        default=None, ge=1800, le=2200, description="year of the people, by the study's projection"
    )
    variant: str = Field(
        default="",
        description="variant of the projection, such as low; needs a year; empty = the usual one",
    )
    grounded: tuple[str, ...] = Field(
        default=(), description="resources, or weather groups of them, that do not go out"
    )
    facilities_closed: tuple[str, ...] = Field(default=(), description="ids of facilities that are closed")
    facilities_opened: tuple[NewFacility, ...] = Field(default=(), description="facilities that are added")
    facilities_moved: tuple[MovedFacility, ...] = Field(
        default=(), description="facilities that go to another place"
    )

    _check_time = field_validator("time")(_clock_time)
    _check_date = field_validator("date")(_calendar_day)

    @model_validator(mode="after")
    def _variant_of_a_year(self) -> Scenario:
        if self.variant and self.year is None:
            raise ValueError("a variant of the projection needs a year: say the key 'year' too")
        return self


class MapSection(Section):
    """What maps show besides the answer."""

    names: str = Field(
        default="",
        description="points with name, and name_nb and name_en where they differ, of lakes, fjords, peaks: "
        "written on maps where there is room, the first row first; kind (water, land) and from_zoom (0-16) "
        "may stand beside them",
    )


class StudyConfig(Section):
    """A whole study file."""

    study: About = Field(description="name, title and limits of the study")
    network: Network = Field(description="roads and ferries")
    demand: Demand = Field(description="people")
    municipalities: Municipalities = Field(description="areas that results are told for")
    facilities: tuple[FacilityTable, ...] = Field(description="tables of facilities")
    kinds: dict[str, Kind] = Field(description="kinds of service")
    resources: dict[str, Resource] = Field(
        default_factory=dict,
        description="who can come: each kind of car, boat and aircraft, how it moves, how fast, how surely",
    )
    services: dict[Service, ServiceSection] = Field(
        default_factory=dict, description="what resources give: its name, and by when it should be there"
    )
    calls: Calls | None = Field(default=None, description="who calls, who is on duty, who is sent")
    placements: dict[str, Placement] = Field(default_factory=dict, description="placement questions")
    scenarios: dict[str, Scenario] = Field(default_factory=dict, description="states of the world")
    clocks: dict[str, Clock] = Field(
        default_factory=dict, description="time to care as a sum of parts, each with its source"
    )
    journeys: dict[str, Journey] = Field(
        default_factory=dict, description="journeys that people make again and again, each with its source"
    )
    journey_rates: JourneyRates | None = Field(
        default=None, description="what a kilometre and an hour of these journeys cost"
    )
    beds: dict[str, Beds] = Field(
        default_factory=dict, description="beds close to home: units, who comes, prices, variants"
    )
    care: Care | None = Field(
        default=None, description="levels of acute help, what each can do, and what should stand together"
    )
    tradeoffs: dict[str, Tradeoff] = Field(
        default_factory=dict, description="placements by several criteria at once"
    )
    teams: dict[str, Team] = Field(
        default_factory=dict, description="teams that travel: whom they serve, and the areas they share"
    )
    map: MapSection = Field(default_factory=MapSection, description="what maps show besides the answer")
    hazards: dict[str, Hazard] = Field(
        default_factory=dict, description="what may be out, how often, and which scenario holds then"
    )
    sensitivity: dict[str, ParameterRange] = Field(
        default_factory=dict,
        description="key of this file (network.access.speed_kph) or speed_factor.CLASS -> plausible range",
    )
