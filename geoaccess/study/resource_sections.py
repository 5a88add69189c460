"""Resources as a study file defines them: every kind of craft that may come, with a source for every figure.

::

    [resources.ambulance_helicopter]
    moves = "air"
    gives = ["response", "doctor", "transport"]
    mobilise_min = { station = 15 }
    mobilise_source = "..."
    mobilise_confidence = "sourced"
    speed_kph = 220
    speed_source = "..."
    speed_confidence = "recalled"

A base of a resource is a facility of one of its ``kinds``. Minutes count from the alarm of the unit. A figure
without a source, or without a word on how sure it is, is refused: a guess must never look like a finding.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Literal, Self

import pandas as pd
from pydantic import Field, model_validator

from geoaccess.ground.errors import did_you_mean
from geoaccess.ground.sections import StrictSection
from geoaccess.words.note import Note, together
from networks.errors import Fault

Minutes = Annotated[float, Field(ge=0)]
Speed = Annotated[float, Field(gt=0, le=1000)]
Share = Annotated[float, Field(ge=0, le=1)]
#: A time of day, ``HH:MM``.
_ClockTime = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
#: What somebody who comes may give: help at the patient, a doctor at the patient, a bed under way.
Service = Literal["response", "doctor", "transport"]
#: How sure a figure is: read in a source; read in a text that quotes one; remembered; assumed here.
Confidence = Literal["sourced", "secondary", "recalled", "assumption"]
Season = Literal["summer", "winter"]
SEASONS: tuple[Season, ...] = ("summer", "winter")
#: Weather group of what drives, which no weather grounds here.
ROAD_GROUP = "road"

#: Figure -> the keys that hold it; each given figure needs ``{name}_source`` and ``{name}_confidence``.
FIGURES: Mapping[str, tuple[str, ...]] = {
    "mobilise": ("mobilise_min", "home_duty"),
    "speed": ("speed_kph", "open_sea_speed_factor"),
    "land": ("land_min",),
    "range": ("range_km",),
    "runway": ("runway_m",),
    "transfer": ("transfer_min",),
    "ashore": ("ashore_max_km", "ashore_speed_kph"),
    "regularity": ("regularity", "spell_h"),
}
#: Keys that mean something for one way of moving only.
_ONLY_FOR: Mapping[str, tuple[str, ...]] = {
    "ashore_max_km": ("sea",),
    "ashore_speed_kph": ("sea",),
    "open_sea_speed_factor": ("sea",),
    "land_min": ("air",),
    "lands": ("air",),
    "runway_m": ("air",),
    "airports": ("air",),
    "speed_kph": ("sea", "air"),
    "range_km": ("sea", "air"),
    "transfer_min": ("sea", "air"),
}


class Mobilise(StrictSection):
    """Minutes from the alarm until the crew leaves, by where it waits and when."""

    station: Minutes = Field(description="a crew on station by day")
    night: Minutes | None = Field(default=None, description="a crew on station at night; none: as by day")
    home: Minutes | None = Field(default=None, description="a crew on duty at home; none: as on station")
    home_night: Minutes | None = Field(default=None, description="the same at night; none: as `home`")

    def minutes(self, *, home: bool, night: bool) -> float:
        """Minutes of a crew at home or on station, by day or night."""
        station = self.night if night and self.night is not None else self.station
        if not home:
            return station
        if night and self.home_night is not None:
            return self.home_night
        return station if self.home is None else self.home


class Resource(StrictSection):
    """A kind of craft with its crew: how it moves, how fast, how surely, and what it gives."""

    kinds: tuple[str, ...] = Field(
        default=(), description="kinds of the facilities that are its bases; none: the kind of its own name"
    )
    moves: Literal["road", "sea", "air"] = Field(description="what carries the crew to the patient")
    gives: tuple[Service, ...] = Field(min_length=1, description="what it gives: response, doctor, transport")
    mobilise_min: Mobilise = Field(description="minutes from the alarm until the crew leaves")
    mobilise_source: str = Field(default="", description="where the mobilisation comes from")
    mobilise_confidence: Confidence | None = Field(default=None, description="how sure it is")
    home_duty: dict[str, Literal["always", "night"]] = Field(
        default_factory=dict, description="id of a base -> when its crew waits at home"
    )
    night: tuple[_ClockTime, _ClockTime] = Field(
        default=("22:00", "07:00"), description="first and last minute of the night, HH:MM"
    )
    speed_kph: Speed | None = Field(default=None, description="speed on its way, for sea and air")
    open_sea_speed_factor: float = Field(
        default=1.0, gt=0, le=1, description="sea: share of the speed that is held on open sea"
    )
    speed_source: str = Field(default="", description="where the speed comes from")
    speed_confidence: Confidence | None = Field(default=None, description="how sure it is")
    land_min: Minutes = Field(default=0.0, description="air: take-off, approach and landing together")
    land_source: str = Field(default="", description="where the landing time comes from")
    land_confidence: Confidence | None = Field(default=None, description="how sure it is")
    range_km: float | None = Field(
        default=None,
        ge=0,
        description="longest mission: base, patient, drop (or home again); none: no limit; 0: goes nowhere",
    )
    range_source: str = Field(default="", description="where the range comes from")
    range_confidence: Confidence | None = Field(default=None, description="how sure it is")
    lands: Literal["anywhere", "airport"] = Field(
        default="anywhere", description="air: at the patient, or at airports only"
    )
    airports: tuple[str, ...] = Field(
        default=("airport",), description="air: kinds of the facilities that are airports"
    )
    runway_m: float = Field(default=0.0, ge=0, description="air: shortest runway that it lands on")
    runway_source: str = Field(default="", description="where the runway rule comes from")
    runway_confidence: Confidence | None = Field(default=None, description="how sure it is")
    drops: tuple[str, ...] = Field(
        default=(), description="kinds of facilities that it may set patients down at"
    )
    transfer_min: Minutes = Field(default=0.0, description="each change between craft and road")
    transfer_source: str = Field(default="", description="where the transfer time comes from")
    transfer_confidence: Confidence | None = Field(default=None, description="how sure it is")
    ashore_max_km: float = Field(
        default=3.0, ge=0, description="sea: how far from a berth its crew is of use"
    )
    ashore_speed_kph: Speed = Field(default=30.0, description="sea: speed of the crew on land")
    ashore_source: str = Field(default="", description="where the figures on land come from")
    ashore_confidence: Confidence | None = Field(default=None, description="how sure they are")
    regularity: dict[Season, Share] = Field(
        default_factory=dict, description="share of the time that weather lets it go, by season; none: always"
    )
    spell_h: float | None = Field(default=None, gt=0, description="mean length of a spell of bad weather")
    regularity_source: str = Field(default="", description="where the regularity comes from")
    regularity_confidence: Confidence | None = Field(default=None, description="how sure it is")
    weather_group: str = Field(
        default="", description="resources of one group are grounded by the same weather; none: its own"
    )

    @model_validator(mode="after")
    def _whole(self) -> Resource:
        faults = [*self._sources(), *self._places()]
        if faults:
            raise ValueError(together(faults))
        return self

    def _sources(self) -> Iterable[str]:
        given = _said(self)
        for name, keys in FIGURES.items():
            figures = [key for key in keys if key in given]
            if figures and not {f"{name}_source", f"{name}_confidence"} <= given:
                yield (Note("fault.resource.source", figure=figures[0], name=name))

    def _places(self) -> Iterable[str]:
        given = _said(self)
        for key, ways in _ONLY_FOR.items():
            if key in given and self.moves not in ways:
                yield Note("fault.resource.useless", key=key, moves=self.moves)
        if self.moves != "road" and self.speed_kph is None:
            yield Note("fault.resource.speed", moves=self.moves)
        if self.regularity and set(self.regularity) != set(SEASONS):
            missing = sorted(set(SEASONS) - set(self.regularity))
            yield Note("fault.resource.seasons", missing=tuple(missing))
        if self.lands == "airport" and {"response", "doctor"} & set(self.gives):
            yield "what lands at airports only gives transport: leave out response and doctor"
        if self.moves == "air" and self.lands == "anywhere" and self.runway_m:
            yield "runway_m is of use with lands = 'airport' only"

    @property
    def goes_in_any_weather(self) -> bool:
        """Whether no weather keeps it at its base."""
        return all(self.share_up(season) >= 1 for season in SEASONS)

    def share_up(self, season: Season) -> float:
        """Share of the time in a season that weather lets it go."""
        return self.regularity.get(season, 1.0)


def _said(section: StrictSection) -> set[str]:
    """Names of what a table says other than its defaults: a study written out with them is the same study."""
    return {
        name for name, field in type(section).model_fields.items() if getattr(section, name) != field.default
    } - {name for name, value in section if value in ({}, (), "")}


class Brought(StrictSection):
    """Who is brought somewhere: by chains of what carries, or by road."""

    brought_by: Literal["", "transport"] = Field(
        default="", description="transport: by the best chain of [resources], alarm to door; else by road"
    )
    scene_min: Minutes | None = Field(default=None, description="on scene; else that of the service")

    @model_validator(mode="after")
    def _scene_of_chains(self) -> Self:
        if self.scene_min is not None and not self.brought_by:
            raise ValueError("scene_min belongs to brought_by; else say it among parts")
        return self


class ServiceSection(StrictSection):
    """What a service is called and by when it should be there."""

    label: str = Field(default="", description="name of the service")
    label_nb: str = Field(default="", description="the name in bokmål")
    thresholds_min: tuple[Annotated[float, Field(gt=0)], ...] = Field(
        default=(), description="thresholds of the measures, minutes, inclusive"
    )
    urban_min: Minutes | None = Field(
        default=None, description="threshold in urban (tettbygd) municipalities"
    )
    rural_min: Minutes | None = Field(default=None, description="threshold elsewhere")
    threshold_source: str = Field(default="", description="where the thresholds come from, with year")
    scene_min: Minutes = Field(
        default=20.0,
        description="transport: minutes with the patient before leaving; none: 20, an assumption",
    )
    scene_source: str = Field(default="", description="where the minutes on scene come from")

    @model_validator(mode="after")
    def _both_classes(self) -> ServiceSection:
        if (self.urban_min is None) != (self.rural_min is None):
            raise ValueError("say both urban_min and rural_min, or neither")
        if (self.thresholds_min or self.urban_min is not None) and not self.threshold_source:
            raise ValueError("the thresholds need their source: say threshold_source")
        return self


def bases_of(name: str, resource: Resource) -> tuple[str, ...]:
    """Kinds of the facilities that are bases of a resource."""
    return resource.kinds or (name,)


def group_of(name: str, resource: Resource) -> str:
    """Weather group of a resource: what drives is one group that always goes, another is its own."""
    return resource.weather_group or (ROAD_GROUP if resource.moves == "road" else name)


def resource_faults(resources: Mapping[str, Resource], kinds: Iterable[str]) -> list[Fault]:
    """Resources of unknown kinds, or two that claim the same bases."""
    known = list(kinds)
    faults: list[Fault] = []
    owner: dict[str, str] = {}
    for name, resource in resources.items():
        where = f"study.toml [resources.{name}]"
        landing = resource.airports if resource.lands == "airport" else ()
        for kind in (*bases_of(name, resource), *resource.drops, *landing):
            if kind not in known:
                message = Note("fault.resource.kind", hint=did_you_mean(kind, known))
                faults.append(Fault(message, where=where, column="kinds", value=kind))
        for kind in bases_of(name, resource):
            if kind in owner:
                message = Note("fault.resource.owner", owner=owner[kind])
                faults.append(Fault(message, where=where, column="kinds", value=kind))
            owner.setdefault(kind, name)
    return faults


def home_faults(resources: Mapping[str, Resource], facilities: pd.DataFrame) -> list[Fault]:
    """Crews on duty at home at a base that the resource does not have."""
    faults = []
    for name, resource in resources.items():
        own = facilities.loc[facilities["kind"].isin(bases_of(name, resource)), "facility_id"].tolist()
        faults += [
            Fault(
                Note("fault.resource.no_base", hint=did_you_mean(base, own)),
                where=f"study.toml [resources.{name}]",
                column="home_duty",
                value=base,
            )
            for base in resource.home_duty
            if base not in own
        ]
    return faults


def grounded_faults(
    resources: Mapping[str, Resource], grounded: Mapping[str, tuple[str, ...]]
) -> list[Fault]:
    """Scenarios that ground what is neither a resource nor a weather group.

    Args:
        resources: the resources of the study.
        grounded: scenario -> what it grounds.
    """
    known = sorted({*resources, *(group_of(name, one) for name, one in resources.items())})
    return [
        Fault(
            Note("fault.resource.grounds", hint=did_you_mean(item, known)),
            where=Note("where.scenario", name=name),
            column="grounded",
            value=item,
        )
        for name, items in grounded.items()
        for item in items
        if item not in known
    ]
