"""Beds close to home, as a study file defines them: units of today, who is admitted, prices, variants.

::

    [beds.kad]
    title = "Municipal acute beds and sykestuer"
    kind = "kad"
    table = "beds.csv"                  # facility_id, beds, hours_a_week, source, confidence
    neighbours = "neighbours.csv"
    area = "local_hospital"
    persons_per_bed = { people = 7000 }
    most_turned_away = 0.05

    [beds.kad.streams.acute]
    title = "Acute admissions"
    per_1000_year = { people = 3, people_80plus = 80 }
    stay_days = 3
    source = "..."

    [beds.kad.prices]
    bed_year = 1000000
    source = "..."

    [beds.kad.variants.keep]
    title = "All units stay"
    units = "keep"
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Literal

from pydantic import Field, model_validator

from geoaccess.ground.errors import did_you_mean
from geoaccess.ground.sections import StrictSection
from geoaccess.study.resource_sections import Confidence
from geoaccess.words.note import Note
from networks.errors import Fault

Amount = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Share = Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)]

#: Beds of a unit by Erlang's loss formula; any other way is a weight of ``persons_per_bed``.
ADMISSIONS = "admissions"


class BedStream(StrictSection):
    """People who come to these beds: by rate and stay, or by the bed-days of a year."""

    title: str = Field(description="who they are")
    title_nb: str = Field(default="", description="the same in bokmål")
    per_1000_year: dict[str, Amount] = Field(
        default_factory=dict, description="weight -> admissions a year for 1,000 of it, summed"
    )
    stay_days: Positive = Field(description="mean stay, days")
    days_year: Amount | None = Field(
        default=None,
        description="bed-days of the study's year, instead of per_1000_year; they grow with shared_by",
    )
    shared_by: str = Field(default="", description="weight that days_year is shared out by")
    only: dict[str, tuple[str, ...]] = Field(
        default_factory=dict,
        description="column of municipalities -> its values whose people these are; none: all",
    )
    price_day: Amount | None = Field(
        default=None, description="money that a day costs elsewhere, when these beds turn somebody away"
    )
    source: str = Field(description="where the figures come from; 'assumption' is a source too")
    confidence: Confidence = Field(default="assumption", description="how sure they are")

    @model_validator(mode="after")
    def _one_way(self) -> BedStream:
        if (self.days_year is None) == (not self.per_1000_year):
            raise ValueError(Note("fault.beds.one_way"))
        if (self.days_year is None) != (not self.shared_by):
            raise ValueError(Note("fault.beds.shared_by"))
        return self


class Season(StrictSection):
    """A part of the year with more or fewer admissions."""

    share: Share = Field(description="share of the year")
    factor: Positive = Field(description="admissions a day in it over those of the mean day")


class BedPrices(StrictSection):
    """What units, beds, changes and hours cost; what is not said costs nothing."""

    unit_year: Amount = Field(default=0.0, description="a unit a year, whatever its beds")
    bed_year: Amount = Field(default=0.0, description="a bed a year")
    open: Amount = Field(default=0.0, description="opening a unit, once")
    close: Amount = Field(default=0.0, description="closing a unit, once")
    grow: Amount = Field(default=0.0, description="one more bed in a unit of today, once")
    shrink: Amount = Field(default=0.0, description="one bed fewer in a unit of today, once")
    write_off_years: Positive = Field(default=10.0, description="years that changes are paid over")
    beside_year: Amount = Field(default=0.0, description="the service beside the beds, a year")
    beside_open: Amount = Field(default=0.0, description="opening it at a site, once")
    beside_close: Amount = Field(default=0.0, description="closing it at a site, once")
    hour: Positive = Field(description="an hour of a patient's journey, there or home")
    staff_unit: Amount = Field(default=0.0, description="full-time staff of a unit, whatever its beds")
    staff_bed: Amount = Field(default=0.0, description="full-time staff of a bed")
    currency: str = Field(default="NOK", description="of the money")
    source: str = Field(description="where the prices come from; 'assumption' is a source too")
    confidence: Confidence = Field(default="assumption", description="how sure they are")


class Payer(StrictSection):
    """Who pays a part of what the units cost."""

    title: str = Field(description="who pays")
    title_nb: str = Field(default="", description="the same in bokmål")
    part: Positive = Field(description="its part, beside the parts of the others")
    source: str = Field(description="where that is said; 'assumption' is a source too")


class BedVariant(StrictSection):
    """One way to have the beds."""

    title: str = Field(description="the variant in words")
    title_nb: str = Field(default="", description="the variant in bokmål")
    units: Literal["keep", "free", "one_in_area"] = Field(
        description="keep: today's units stay, and no other; free: units stay, grow, shrink, close and open; "
        "one_in_area: one unit for each area"
    )
    minimum: int = Field(default=1, ge=1, description="fewest beds of a unit")
    together: bool = Field(
        default=False, description="the service beside moves with the beds, chosen jointly"
    )


class Beds(StrictSection):
    """Units of beds, who comes to them, what they cost, and the variants that are compared."""

    title: str = Field(description="what these beds are")
    title_nb: str = Field(default="", description="the same in bokmål")
    kind: str = Field(description="kind of the units")
    beside: str = Field(
        default="", description="kind of the service that units stand beside, such as legevakt"
    )
    beside_visits: dict[str, Amount] = Field(
        default_factory=dict, description="weight -> visits a year to that service for each person of it"
    )
    beside_source: str = Field(default="", description="where the visits come from")
    table: str = Field(description="file: facility_id, beds, hours_a_week, source, confidence")
    neighbours: str = Field(description="table of municipality pairs (municipality_a, _b)")
    area: str = Field(description="column of municipalities: the areas that share a unit")
    sized_by: str = Field(
        default=ADMISSIONS,
        description="what the beds of a unit are reckoned from: admissions, or a weight below",
    )
    persons_per_bed: dict[str, Positive] = Field(
        default_factory=dict, description="rules of thumb told beside: weight -> people of it for one bed"
    )
    persons_source: str = Field(default="", description="where the people for one bed come from")
    most_turned_away: Share = Field(
        default=0.05, description="largest share turned away in the fullest season"
    )
    maximum: int = Field(default=40, ge=1, description="most beds of a unit")
    streams: dict[str, BedStream] = Field(min_length=1, description="who comes to the beds")
    seasons: dict[str, Season] = Field(
        default_factory=dict, description="parts of the year; none: all days alike"
    )
    seasons_source: str = Field(default="", description="where the seasons come from")
    prices: BedPrices = Field(description="what they cost")
    payers: dict[str, Payer] = Field(default_factory=dict, description="who pays for the units, in parts")
    variants: dict[str, BedVariant] = Field(min_length=1, description="what is compared")

    @model_validator(mode="after")
    def _whole(self) -> Beds:
        if self.seasons and abs(sum(one.share for one in self.seasons.values()) - 1) > 1e-6:
            raise ValueError(Note("fault.beds.seasons"))
        if self.sized_by not in (ADMISSIONS, *self.persons_per_bed):
            raise ValueError(Note("fault.beds.sized_by"))
        if any(one.together for one in self.variants.values()) and not self.beside:
            raise ValueError(Note("fault.beds.beside"))
        if max(one.minimum for one in self.variants.values()) > self.maximum:
            raise ValueError(Note("fault.beds.minimum"))
        return self


def beds_faults(
    beds: Mapping[str, Beds], kinds: Iterable[str], weights: Iterable[str], groups: Iterable[str]
) -> list[Fault]:
    """What beds say of kinds, weights and columns that the study does not have."""
    known = {"kind": list(kinds), "weight": list(weights), "group": [*groups]}
    faults = []
    for name, one in beds.items():
        said = [
            ("kind", one.kind),
            ("group", one.area),
            *(("weight", weight) for weight in one.beside_visits),
        ]
        said += [("kind", one.beside)] if one.beside else []
        said += [("weight", weight) for weight in one.persons_per_bed]
        for stream in one.streams.values():
            said += [
                ("weight", weight) for weight in (*stream.per_1000_year, *filter(None, [stream.shared_by]))
            ]
            said += [("group", column) for column in stream.only]
        for what, value in said:
            if value not in known[what]:
                hint = did_you_mean(value, known[what])
                code = f"fault.beds.{what}"
                faults.append(Fault(Note(code, name=name, hint=hint), "study.toml", value=value))
    return faults
