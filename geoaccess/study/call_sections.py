"""Calls, duties and dispatch as a study file defines them: who calls, who is on duty, who is sent.

::

    [calls]
    rates = "call_rates.csv"
    hours = "call_hours.csv"
    destinations = "call_destinations.csv"
    duties = "duties.csv"

    [calls.classes.akutt]
    share = 0.34
    share_source = "..."
    share_confidence = "sourced"

Classes stand in the order in which they are answered. Every figure has a source and a word on how sure it is,
as those of resources have; a figure that a study leaves out is the program's, and every answer says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from geoaccess.ground.errors import did_you_mean
from geoaccess.ground.sections import StrictSection
from geoaccess.study.resource_sections import Confidence
from geoaccess.words.note import Note, together
from networks.errors import Fault

Minutes = Annotated[float, Field(ge=0)]
Share = Annotated[float, Field(ge=0, le=1)]
_ClockTime = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):00$")]
_Day = Annotated[str, Field(pattern=r"^\d{2}-\d{2}$")]
#: States of the roads over a year: part of it and of the day.
Part = Literal["summer_day", "summer_night", "winter_day", "winter_night"]
PARTS: tuple[Part, ...] = ("summer_day", "summer_night", "winter_day", "winter_night")

#: Figure -> keys that hold it, of a class of calls.
CLASS_FIGURES: Mapping[str, tuple[str, ...]] = {
    "share": ("share",),
    "scene": ("scene_conveyed_min", "scene_left_min"),
    "handover": ("handover_min",),
    "severe": ("severe_share",),
    "reach": ("max_reach_min", "max_wait_min"),
    "doctor": ("doctor_car_within_min",),
}
#: The same of all calls.
CALL_FIGURES: Mapping[str, tuple[str, ...]] = {
    "age": ("age_weight", "age_ratio"),
    "months": ("months",),
    "spread": ("drive_spread", "mobilise_spread"),
    "speed": ("speed_factor",),
}


class CallClass(StrictSection):
    """A class of calls, in the order of urgency."""

    label: str = Field(default="", description="name of the class")
    label_nb: str = Field(default="", description="the name in bokmål")
    share: Share = Field(description="share of all calls")
    share_source: str = Field(default="", description="where the share comes from")
    share_confidence: Confidence | None = Field(default=None, description="how sure it is")
    scene_conveyed_min: Minutes = Field(default=18.7, description="minutes on scene, patient brought on")
    scene_left_min: Minutes = Field(default=30.7, description="minutes on scene, patient left there")
    scene_source: str = Field(default="", description="where the minutes on scene come from")
    scene_confidence: Confidence | None = Field(default=None, description="how sure they are")
    handover_min: Minutes = Field(default=20.0, description="handing over and making ready")
    handover_source: str = Field(default="", description="where they come from")
    handover_confidence: Confidence | None = Field(default=None, description="how sure they are")
    severe_share: Share = Field(
        default=0.0,
        description="share for which a craft that gives a doctor is asked, however near others are",
    )
    severe_source: str = Field(default="", description="where the share comes from")
    severe_confidence: Confidence | None = Field(default=None, description="how sure it is")
    max_reach_min: float | None = Field(
        default=None, gt=0, description="nobody from farther is sent before `max_wait_min`; none: no limit"
    )
    max_wait_min: Minutes = Field(default=0.0, description="after so long, whoever can come is sent")
    reach_source: str = Field(default="", description="where both come from")
    reach_confidence: Confidence | None = Field(default=None, description="how sure they are")
    doctor_car_within_min: Minutes = Field(
        default=0.0, description="a severe call also gets a doctor's car within so many minutes; 0: none"
    )
    doctor_source: str = Field(default="", description="where the rule comes from")
    doctor_confidence: Confidence | None = Field(default=None, description="how sure it is")

    @model_validator(mode="after")
    def _sources(self) -> Self:
        _every_source(self, CLASS_FIGURES)
        return self


class Dispatch(StrictSection):
    """Who is sent."""

    rule: Literal["least_expected_arrival", "least_travel"] = Field(
        default="least_expected_arrival",
        description="whoever is expected first, or whose way is shortest whatever the crew's duty",
    )
    on_the_way_home: bool = Field(default=True, description="crews on their way home can be sent")
    preempt: tuple[tuple[str, str], ...] = Field(
        default=(), description="(taker, taken) classes: a crew under way to the second is sent to the first"
    )
    craft_beats_by_min: Minutes = Field(
        default=15.0, description="how much sooner than a car a boat or aircraft must be to be sent"
    )
    craft_from_min: Minutes = Field(
        default=45.0, description="where cars are farther than this, boats and aircraft are asked"
    )
    source: str = Field(default="", description="where the rules come from; 'assumption' is a source too")


class Calls(StrictSection):
    """Calls of a year, and what becomes of them."""

    rates: str = Field(
        description="file: by, group, per_1000_year, source, confidence; by = all or a group column"
    )
    hours: str = Field(description="file: class (or *), weekday (1-7 or *), hour (0-23 or *), weight, ...")
    destinations: str = Field(
        description="file: class, from, to, beyond_min, share, source, confidence; others stay"
    )
    duties: str = Field(default="", description="file: base_id, unit, from, to, weekdays, duty, ...")
    patterns: str = Field(
        default="",
        description="file: pattern, label, label_nb, weekdays, from, to, duty, posts, ...: posts (årsverk) "
        "of a crew by its week of duty; rows of a pattern add up",
    )
    hospital: str = Field(
        description="kind of facility that `beyond_min` counts to, and that all but cars bring patients to"
    )
    weight: str = Field(default="people", description="weight that the rates count")
    age_weight: str = Field(default="", description="weight of the old, whose rate is `age_ratio` times")
    age_ratio: float = Field(default=1.0, gt=0, description="rate of the old over that of all others")
    age_source: str = Field(default="", description="where the ratio comes from")
    age_confidence: Confidence | None = Field(default=None, description="how sure it is")
    months: tuple[Annotated[float, Field(gt=0)], ...] = Field(
        default=(), description="twelve weights, January first; none: alike"
    )
    months_source: str = Field(default="", description="where the months come from")
    months_confidence: Confidence | None = Field(default=None, description="how sure they are")
    classes: dict[str, CallClass] = Field(min_length=1, description="classes of calls, the most urgent first")
    states: dict[Part, str] = Field(
        default_factory=dict,
        description="part of the year and day -> scenario; a night that is not named is its day's at "
        "`night_at`; none: the state asked for, always",
    )
    night_at: _ClockTime = Field(default="02:00", description="time of day of a night that is not named")
    winter: tuple[_Day, _Day] = Field(default=("11-01", "04-15"), description="first and last day of winter")
    night: tuple[_ClockTime, _ClockTime] = Field(
        default=("22:00", "07:00"), description="first and last hour of the night"
    )
    drive_spread: float = Field(default=0.15, ge=0, lt=1, description="spread of minutes under way (log)")
    mobilise_spread: float = Field(default=0.4, ge=0, lt=1, description="spread of mobilisation (log)")
    spread_source: str = Field(default="", description="where both come from")
    spread_confidence: Confidence | None = Field(default=None, description="how sure they are")
    speed_factor: float = Field(
        default=1.0, gt=0, le=3, description="speed of crews on the way to a patient over the network's"
    )
    speed_source: str = Field(default="", description="where the factor comes from")
    speed_confidence: Confidence | None = Field(default=None, description="how sure it is")
    doctor_cars: tuple[str, ...] = Field(
        default=(), description="kinds of facilities with a doctor's car, such as legevakt"
    )
    dispatch: Dispatch = Field(default_factory=Dispatch, description="who is sent")

    @model_validator(mode="after")
    def _whole(self) -> Self:
        faults: list[str] = []
        if self.months and len(self.months) != 12:
            faults.append(Note("fault.calls.months", count=len(self.months)))
        total = sum(one.share for one in self.classes.values())
        if abs(total - 1) > 1e-6:
            faults.append(Note("fault.calls.shares", total=total))
        if self.states and not {"summer_day", "winter_day"} <= set(self.states):
            faults.append(Note("fault.calls.states"))
        unknown = {name for pair in self.dispatch.preempt for name in pair} - set(self.classes)
        if unknown:
            faults.append(Note("fault.calls.preempt", unknown=tuple(sorted(unknown))))
        if faults:
            raise ValueError(together(faults))
        _every_source(self, CALL_FIGURES)
        return self

    @property
    def tables(self) -> tuple[str, ...]:
        """The files that the section names."""
        named = (self.rates, self.hours, self.destinations, self.duties, self.patterns)
        return tuple(name for name in named if name)


def _every_source(section: StrictSection, figures: Mapping[str, tuple[str, ...]]) -> None:
    said = {
        name for name, field in type(section).model_fields.items() if getattr(section, name) != field.default
    }
    faults: list[str] = []
    for name, keys in figures.items():
        given = [key for key in keys if key in said]
        if given and not {f"{name}_source", f"{name}_confidence"} <= said:
            faults.append(Note("fault.resource.source", figure=given[0], name=name))
    if faults:
        raise ValueError(together(faults))


def call_faults(
    calls: Calls | None, scenarios: Iterable[str], weights: Iterable[str], kinds: Iterable[str]
) -> list[Fault]:
    """Scenarios, weights and kinds that the study does not have."""
    if calls is None:
        return []
    named = {
        "states": (calls.states.values(), list(scenarios)),
        "weight": ((calls.weight,), list(weights)),
        "age_weight": ((calls.age_weight,) if calls.age_weight else (), list(weights)),
        "doctor_cars": (calls.doctor_cars, list(kinds)),
        "hospital": ((calls.hospital,), list(kinds)),
    }
    return [
        Fault(
            Note("fault.calls.unknown", hint=did_you_mean(value, known)),
            where="study.toml [calls]",
            column=column,
            value=value,
        )
        for column, (values, known) in named.items()
        for value in values
        if value not in known
    ]
