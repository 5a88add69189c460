"""Roads, bridges, tunnels and ferries that a scenario adds, and ferries that sail otherwise in it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator

from geoaccess.study.section_base import Section, Speed, clock_minutes

#: Degrees north and east.
LatLon = tuple[Annotated[float, Field(ge=-90, le=90)], Annotated[float, Field(ge=-180, le=180)]]
Positive = Annotated[float, Field(gt=0)]


class FerryFigures(Section):
    """When a ferry sails, and how fast."""

    crossing_min: Positive | None = Field(
        default=None, description="minutes from quay to quay; a new ferry: its length at 20 km/h"
    )
    headway_min: Positive | None = Field(
        default=None,
        description="minutes between departures; a new ferry: default_headway_min of [network.ferries]; "
        "departures that were known hold no longer",
    )
    departures: tuple[str, ...] = Field(
        default=(), description="departures of every day, HH:MM, in both directions"
    )
    first_departure: str | None = Field(default=None, description="first departure, HH:MM")
    last_departure: str | None = Field(
        default=None, description="last departure, HH:MM; before the first: after midnight"
    )
    night: Literal["sails", "on_call", "closed", "unknown"] | None = Field(
        default=None, description="what happens outside these hours"
    )
    activation_min: Annotated[float, Field(ge=0)] | None = Field(
        default=None, description="minutes until a ferry on call sails"
    )
    season: str | None = Field(default=None, description="such as 1 Jun-31 Aug; empty = all year")
    source: str = Field(
        min_length=1, description="where the figures come from: a plan, a timetable, or whose assumption"
    )

    @field_validator("first_departure", "last_departure")
    @classmethod
    def _time(cls, text: str | None) -> str | None:
        if text is not None:
            clock_minutes(text)
        return text

    @field_validator("departures")
    @classmethod
    def _times(cls, texts: tuple[str, ...]) -> tuple[str, ...]:
        for text in texts:
            clock_minutes(text)
        return texts

    def figures(self) -> dict[str, object]:
        """What is said, by the names that :mod:`networks.works` has for it."""
        found: dict[str, object] = {
            name: getattr(self, name)
            for name in ("crossing_min", "headway_min", "night", "activation_min", "season")
            if getattr(self, name) is not None
        }
        for name in ("first_departure", "last_departure"):
            if (text := getattr(self, name)) is not None:
                found[f"{name}_min"] = clock_minutes(text)
        if self.departures:
            found["departures"] = tuple(clock_minutes(text) for text in self.departures)
        return found


class ChangedFerrySection(FerryFigures):
    """A ferry that sails otherwise: more often, longer, faster."""

    ferry: str = Field(
        min_length=1, description="its id as links_out has it, or its name, such as Bognes - Skarberget"
    )


class NewLink(FerryFigures):
    """A road, bridge, tunnel or ferry that is built. Say where by nodes, by points or by a drawn line."""

    id: str = Field(min_length=1, description="unique id; other scenarios may close it by links_out")
    kind: Literal["road", "bridge", "tunnel", "ferry"] = Field(description="what it is")
    name: str = Field(min_length=1, description="name, as routes show it")
    from_node: str = Field(default="", description="network node where it begins; or its first point")
    to_node: str = Field(default="", description="network node where it ends; or its last point")
    points: tuple[LatLon, ...] = Field(
        default=(),
        description="[lat, lon] along it; an end that is no node joins the nearest road, "
        "on a network of link tables the nearest node",
    )
    line: str = Field(
        default="",
        description="file with one line, drawn along it (GeoJSON, GeoPackage, ...), instead of points",
    )
    join_within_km: Annotated[float, Field(gt=0, le=50)] = Field(
        default=0.5, description="an end farther from any road is a fault"
    )
    length_km: Positive | None = Field(
        default=None,
        description="length; none: along its points, between two ends of a road x 1.35",
    )
    speed_kph: Speed | None = Field(
        default=None, description="speed; none: the mean speed of its road_class on the network"
    )
    road_class: str = Field(default="", description="class of the road, for its speed and for winter")
    ref: str = Field(default="", description="road number")
    oneway: bool = Field(default=False, description="from its first end to its last only")
