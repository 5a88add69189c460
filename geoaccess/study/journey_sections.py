"""Journeys that people make, as a study file defines them: how many travel how often, and where to.

::

    [journeys.legevakt]
    title = "Consultations at the legevakt"
    kind = "legevakt"
    journeys_each = 1
    travellers = { people = 0.25 }
    source = "250 consultations per 1,000 a year: Hansen 2009, BMC HSR 9:123 (2007)"
    confidence = "sourced"

    [journey_rates]
    per_km = 3.0
    currency = "NOK"
    source = "..."

Without ``travellers`` a journey is told for one traveller at each place alone: nobody is counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated

from pydantic import Field, model_validator

from geoaccess.ground.errors import did_you_mean
from geoaccess.ground.sections import StrictSection
from geoaccess.study.resource_sections import Confidence
from geoaccess.words.note import Note
from networks.errors import Fault

Amount = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class Journey(StrictSection):
    """A journey that people make again and again, there and back."""

    title: str = Field(description="the journey in words")
    title_nb: str = Field(default="", description="the journey in bokmål")
    kind: str = Field(description="kind of the facilities that people travel to, the nearest of them")
    journeys_each: Annotated[float, Field(gt=0, allow_inf_nan=False)] = Field(
        description="journeys there and back of one traveller in a year"
    )
    travellers: dict[str, Amount] = Field(
        default_factory=dict,
        description="weight -> travellers a year for each person of it, summed; none: told for one traveller",
    )
    escorts: Amount = Field(default=0.0, description="people who travel with each traveller, on average")
    source: str = Field(description="where the figures come from; 'assumption' is a source too")
    confidence: Confidence = Field(default="assumption", description="how sure they are")


class JourneyRates(StrictSection):
    """What a kilometre and an hour of travelling cost; what is not said is not counted."""

    per_km: Amount | None = Field(default=None, description="money for a kilometre by road or ferry")
    per_hour: Amount | None = Field(default=None, description="money for an hour of a person's time")
    currency: str = Field(default="NOK", description="of the money")
    co2_kg_per_km: Amount | None = Field(default=None, description="kilograms of CO2 for a kilometre")
    source: str = Field(description="where the rates come from; 'assumption' is a source too")

    @model_validator(mode="after")
    def _some_rate(self) -> JourneyRates:
        if self.per_km is None and self.per_hour is None and self.co2_kg_per_km is None:
            raise ValueError("say per_km, per_hour or co2_kg_per_km")
        return self


def journey_faults(
    journeys: Mapping[str, Journey], kinds: Iterable[str], weights: Iterable[str]
) -> list[Fault]:
    """What journeys say of kinds and weights that the study does not have."""
    known, counted = list(kinds), list(weights)
    faults = []
    for name, journey in journeys.items():
        if journey.kind not in known:
            hint = did_you_mean(journey.kind, known)
            faults.append(
                Fault(Note("fault.journey.kind", name=name, hint=hint), "study.toml", value=journey.kind)
            )
        faults += [
            Fault(
                Note("fault.journey.weight", name=name, hint=did_you_mean(weight, counted)),
                "study.toml",
                value=weight,
            )
            for weight in journey.travellers
            if weight not in counted
        ]
    return faults
