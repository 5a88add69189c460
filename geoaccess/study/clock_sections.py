"""Care-chain clocks as a study file defines them: time to care is a sum, and every part has a source.

::

    [clocks.response]
    title = "Ambulance response"
    starts = "the emergency call is answered"
    ends = "the crew is with the patient"
    parts = ["alarm", "mobilise", "travel"]
    alarm = { minutes = 2, source = "..." }
    mobilise = { table = "mobilise.csv", source = "..." }
    travel = { kinds = ["ambulance_station"] }
    threshold = { minutes = 25, urban_minutes = 12, target_share = 0.9, source = "...", year = 2015 }

The parts are added in the order of :data:`PARTS`. ``travel`` is from a site to the patient, ``transport``
from the patient to a site. A part that is listed and not defined, or defined and not listed, is refused: a
part left out by mistake would be 0 minutes.

``transport = { kinds = ["akuttmottak"], gives = "transport" }`` goes on by the best chain of road, boat and
air of ``[resources]``. Its minutes are what is left of the whole chain after whoever is first has come and
treated: the way itself, and the wait for who carries.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import Field, model_validator

from geoaccess.ground.errors import did_you_mean
from geoaccess.ground.sections import StrictSection
from geoaccess.words.note import Note, in_languages, together
from networks.errors import Fault

PartName = Literal["alarm", "mobilise", "travel", "on_scene", "transport", "treatment"]
#: The parts of a chain of care, in the order they happen.
PARTS: tuple[PartName, ...] = ("alarm", "mobilise", "travel", "on_scene", "transport", "treatment")

Minutes = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class ClockSection(StrictSection):
    """A table of the study file: frozen, and strict about its keys."""


class Uniform(ClockSection):
    """Any time between two ends, all equally likely."""

    kind: Literal["uniform"] = "uniform"
    low: Minutes = Field(description="shortest time")
    high: Minutes = Field(description="longest time")

    @model_validator(mode="after")
    def _ordered(self) -> Uniform:
        if not self.low < self.high:
            raise ValueError("low must be below high")
        return self


class Triangular(ClockSection):
    """Between two ends, most often near the mode."""

    kind: Literal["triangular"] = "triangular"
    low: Minutes = Field(description="shortest time")
    mode: Minutes = Field(description="most usual time")
    high: Minutes = Field(description="longest time")

    @model_validator(mode="after")
    def _ordered(self) -> Triangular:
        if not (self.low <= self.mode <= self.high and self.low < self.high):
            raise ValueError("low, mode and high must rise")
        return self


class Lognormal(ClockSection):
    """Skewed to long times, as registers of response times are; given by its median and 90th percentile."""

    kind: Literal["lognormal"] = "lognormal"
    median: Annotated[float, Field(gt=0)] = Field(description="half are shorter")
    p90: Annotated[float, Field(gt=0)] = Field(description="nine of ten are shorter")

    @model_validator(mode="after")
    def _ordered(self) -> Lognormal:
        if not self.median < self.p90:
            raise ValueError("median must be below p90")
        return self


class Observed(ClockSection):
    """Times that were measured; each is equally likely."""

    kind: Literal["observed"] = "observed"
    values: tuple[Minutes, ...] = Field(min_length=1, description="measured times")


Distribution = Annotated[Uniform | Triangular | Lognormal | Observed, Field(discriminator="kind")]


class Part(ClockSection):
    """A part that takes time without going anywhere: one of a figure, a table or a distribution."""

    minutes: Minutes | None = Field(default=None, description="the same everywhere")
    by_kind: dict[str, Minutes] = Field(default_factory=dict, description="kind of the site -> minutes")
    table: str = Field(default="", description="file with place, hour and minutes; see the documentation")
    distribution: Distribution | None = Field(
        default=None, description="how the time varies from call to call"
    )
    source: str = Field(min_length=1, description="where the figure comes from; 'assumption' is a source too")
    year: int | None = Field(default=None, ge=1900, le=2100, description="year of the source")

    @model_validator(mode="after")
    def _one_value(self) -> Part:
        given = (
            self.minutes is not None,
            bool(self.by_kind),
            bool(self.table),
            self.distribution is not None,
        )
        if sum(given) != 1:
            raise ValueError("say one of minutes, by_kind, table and distribution")
        return self


class Leg(ClockSection):
    """A journey by the study's travel times: from sites to the patient, or from the patient to sites."""

    kinds: tuple[str, ...] = Field(
        default=(), description="kinds of facility; the best of all of them counts"
    )
    gives: Literal["response", "doctor"] | None = Field(
        default=None,
        description="travel: whoever of [resources] gives it, by car, boat or air, mobilisation included",
    )

    @model_validator(mode="after")
    def _one_source(self) -> Leg:
        if bool(self.kinds) == (self.gives is not None):
            raise ValueError("say either kinds (of facility) or gives (what resources give)")
        return self

    @property
    def sources(self) -> tuple[str, ...]:
        """Kinds or the service whose minutes the leg needs."""
        return self.kinds or (str(self.gives),)


class Onward(ClockSection):
    """The way on from the patient to a place of treatment, by road or by a chain of ``[resources]``."""

    kinds: tuple[str, ...] = Field(
        default=(), description="kinds of facility; the best of all of them counts"
    )
    facilities: tuple[str, ...] = Field(
        default=(), description="ids of facilities, instead of kinds or beside them; needs gives"
    )
    gives: Literal["transport"] | None = Field(
        default=None,
        description="the best chain of cars, boats and aircraft of [resources], waiting included",
    )

    @model_validator(mode="after")
    def _has_an_end(self) -> Onward:
        if not self.ends:
            raise ValueError("say kinds (of facility)")
        if self.facilities and not self.gives:
            raise ValueError('facilities needs gives = "transport"; by road say kinds')
        return self

    @property
    def ends(self) -> tuple[str, ...]:
        """Kinds and facilities where it may end."""
        return (*self.kinds, *self.facilities)


class Threshold(ClockSection):
    """What counts as in time, by whom it was said and when."""

    minutes: Minutes = Field(description="longest time that is in time, inclusive")
    urban_minutes: Minutes | None = Field(
        default=None, description="the same in urban (tettbygd) municipalities"
    )
    target_share: float | None = Field(default=None, ge=0, le=1, description="share of persons to be in time")
    source: str = Field(min_length=1, description="who says so")
    year: int = Field(ge=1900, le=2100, description="year of the source")


class Clock(ClockSection):
    """One clock: a chain of parts, or the best of other clocks."""

    title: str = Field(description="the clock in words")
    title_nb: str = Field(default="", description="the clock in bokmål")
    starts: str = Field(default="", description="what starts it")
    starts_nb: str = Field(default="", description="what starts it, in bokmål")
    ends: str = Field(default="", description="what stops it")
    ends_nb: str = Field(default="", description="what stops it, in bokmål")
    parts: tuple[PartName, ...] = Field(default=(), description="the parts that are added, in order")
    alarm: Part | None = Field(default=None, description="call handling until a unit is notified")
    mobilise: Part | None = Field(default=None, description="until the unit leaves; by site")
    travel: Leg | None = Field(default=None, description="from the site to the patient")
    on_scene: Part | None = Field(default=None, description="with the patient before leaving")
    transport: Onward | None = Field(default=None, description="from the patient to the place of treatment")
    treatment: Part | None = Field(default=None, description="from the door to the treatment; by site")
    best_of: tuple[str, ...] = Field(
        default=(), description="clocks of which the quickest counts, for each person"
    )
    threshold: Threshold | None = Field(default=None, description="what counts as in time")

    @model_validator(mode="after")
    def _whole(self) -> Clock:
        faults = list(self._part_faults())
        if bool(self.parts) == bool(self.best_of):
            faults.append("say either parts or best_of")
        if faults:
            raise ValueError(together(faults))
        return self

    def _part_faults(self) -> Iterable[str]:
        if list(self.parts) != sorted(set(self.parts), key=PARTS.index):
            yield Note("fault.clock.order", parts=tuple(PARTS))
        for name in PARTS:
            defined = getattr(self, name) is not None
            if name in self.parts and not defined:
                yield Note("fault.clock.undefined", name=name)
            if defined and name not in self.parts:
                yield Note("fault.clock.unlisted", name=name)
        for name, leg in (("mobilise", self.travel), ("treatment", self.transport)):
            part = getattr(self, name)
            if part is not None and part.by_kind and (leg is None or set(part.by_kind) != _ends(leg)):
                yield Note("fault.clock.by_kind", name=name)
        if self.travel is not None and self.travel.gives and self.mobilise is not None:
            yield "mobilise is a figure of each of [resources] where travel says gives: leave it out"
        yield from self._carried_faults()
        for name in ("alarm", "on_scene"):
            part = getattr(self, name)
            if part is not None and part.by_kind:
                yield Note("fault.clock.no_site", name=name)

    def _carried_faults(self) -> Iterable[str]:
        if self.transport is None or not self.transport.gives:
            return
        # A chain begins with the crew that is first and treats: it is the same one as that of travel.
        if self.travel is None or self.travel.gives != "response":
            yield 'transport by [resources] goes on from who is first: say travel = { gives = "response" }'
        if self.on_scene is not None and self.on_scene.minutes is None:
            yield "on_scene must be one figure in minutes where transport says gives: the chain waits for it"

    @property
    def scene_min(self) -> float:
        """Minutes on scene that a chain of ``[resources]`` waits for."""
        return 0.0 if self.on_scene is None or self.on_scene.minutes is None else self.on_scene.minutes

    @property
    def told_parts(self) -> tuple[PartName, ...]:
        """The parts of its table: those listed, and the mobilisation of whoever comes."""
        if self.travel is None or not self.travel.gives:
            return self.parts
        position = self.parts.index("travel")
        return (*self.parts[:position], "mobilise", *self.parts[position:])

    def part(self, name: PartName) -> Part | None:
        """A part that is no journey, if the clock has it."""
        found = getattr(self, name)
        return found if isinstance(found, Part) else None


def _ends(leg: Leg | Onward) -> set[str]:
    return set(leg.ends if isinstance(leg, Onward) else leg.kinds)


def clock_faults(clocks: Mapping[str, Clock], kinds: Iterable[str]) -> list[Fault]:
    """What is wrong between clocks and the rest of a study: unknown kinds, unknown clocks, circles."""
    known = list(kinds)
    faults = []
    for name, clock in clocks.items():
        where = Note("where.clock", name=name)
        for leg in (clock.travel, clock.transport):
            faults += [
                Fault(Note("fault.kind_unknown", hint=did_you_mean(kind, known)), where=where, value=kind)
                for kind in (leg.kinds if leg else ())
                if kind not in known
            ]
        faults += [
            Fault(Note("fault.clock.none", hint=did_you_mean(other, clocks)), where=where, value=other)
            for other in clock.best_of
            if other not in clocks
        ]
        circle = _circle(clocks, name, ())
        if circle and circle[0] == name:
            faults.append(Fault(Note("fault.clock.circle", circle=tuple(circle)), where=where))
    return faults


def _circle(clocks: Mapping[str, Clock], name: str, path: tuple[str, ...]) -> tuple[str, ...]:
    if name in path:
        return (*path[path.index(name) :], name)
    for other in clocks[name].best_of if name in clocks else ():
        found = _circle(clocks, other, (*path, name))
        if found:
            return found
    return ()


def needed_legs(clocks: Mapping[str, Clock]) -> tuple[set[str], set[str]]:
    """Kinds whose travel times the clocks need: from the site to people, by road from people to the site."""
    from_site = {kind for clock in clocks.values() if clock.travel for kind in clock.travel.sources}
    by_road = [one.transport for one in clocks.values() if one.transport and not one.transport.gives]
    return from_site, {kind for leg in by_road for kind in leg.kinds}


def needed_chains(clocks: Mapping[str, Clock]) -> set[tuple[str, float]]:
    """Kind or id of facility where a chain of ``[resources]`` ends, and its minutes on scene."""
    return {
        (end, clock.scene_min)
        for clock in clocks.values()
        if clock.transport and clock.transport.gives
        for end in clock.transport.ends
    }


def assumptions(
    clocks: Mapping[str, Clock],
    kinds: Mapping[str, object] = MappingProxyType({}),
    facilities: Mapping[str, str] = MappingProxyType({}),
) -> list[dict[str, object]]:
    """Every figure of every clock in words: ``clock, part, value, source, year``.

    Args:
        clocks: the clocks of a study.
        kinds: its kinds of service, which tell what they are called.
        facilities: id -> name of its facilities.
    """
    rows: list[dict[str, object]] = []
    for name, clock in clocks.items():
        for part_name in clock.parts:
            part = clock.part(part_name)
            if part is None:
                leg = getattr(clock, part_name)
                ends = leg.ends if isinstance(leg, Onward) else leg.sources
                named = [
                    in_languages(kinds[one], "label") if one in kinds else facilities.get(one, one)
                    for one in ends
                ]
                code = "carried" if isinstance(leg, Onward) and leg.gives else "journey"
                value = Note(f"clock.value.{code}", kinds=named)
                rows.append({"clock": name, "part": part_name, "value": value})
                continue
            rows.append({"clock": name, "part": part_name, "value": in_words(part), "source": part.source})
            rows[-1]["year"] = part.year
        if clock.threshold is not None:
            limit = clock.threshold
            value = Note("clock.value.minutes", minutes=limit.minutes)
            if limit.urban_minutes is not None:
                value = Note("clock.value.urban", rural=value, minutes=limit.urban_minutes)
            if limit.target_share is not None:
                value = Note("clock.value.target", limit=value, share=limit.target_share)
            rows.append({"clock": name, "part": "threshold", "value": value})
            rows[-1] |= {"source": limit.source, "year": limit.year}
    return [{"source": "", "year": None} | row for row in rows]


def in_words(part: Part) -> Note:
    """The value of a part, for people."""
    if part.minutes is not None:
        return Note("clock.value.minutes", minutes=part.minutes)
    if part.by_kind:
        return _listed(part.by_kind)
    if part.distribution is None:
        return Note("clock.value.table", table=str(part.table))
    kind = part.distribution.kind
    if isinstance(part.distribution, Observed):
        return Note("clock.value.measured", kind=kind, times=len(part.distribution.values))
    figures = _listed(part.distribution.model_dump(exclude={"kind", "values"}))
    return Note("clock.value.distribution", kind=kind, figures=figures)


def _listed(minutes: Mapping[str, float]) -> Note:
    """Minutes of several names in a row."""
    each = [Note("clock.value.of", name=name, minutes=value) for name, value in minutes.items()]
    return Note("clock.value.list", each=each)
