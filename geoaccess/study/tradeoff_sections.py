"""Placements by several criteria at once, as a study file defines them.

::

    [tradeoffs.ambulance-whole]
    title = "Three more ambulance stations: people, hospital, airport and colleagues"
    placements = ["ambulance"]          # where sites may be, what today's do: [placements.*]
    opens = { ambulance = 3 }

    [tradeoffs.ambulance-whole.criteria.response]
    title = "Mean response"
    measure = "minutes"
    step = 0.1

    [tradeoffs.ambulance-whole.criteria.hospital]
    title = "New stations' way to a hospital"
    measure = "sites_to"
    kinds = ["akuttmottak"]
    step = 5

Several placements in one stand for several services that share a budget.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Literal

from pydantic import Field, model_validator

from geoaccess.ground.errors import did_you_mean
from geoaccess.ground.sections import StrictSection
from geoaccess.study.journey_sections import Journey, JourneyRates
from geoaccess.study.placement_sections import Placement
from geoaccess.study.resource_sections import Confidence
from geoaccess.words.note import Note
from networks.errors import Fault

Amount = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=0)]

#: What a journey is counted in, and the rates that it needs.
UNITS: Mapping[str, tuple[str, ...]] = {
    "hours": (),
    "km": (),
    "cost": ("per_km", "per_hour"),
    "co2_kg": ("co2_kg_per_km",),
}


class TradeoffCriterion(StrictSection):
    """One thing that should be small."""

    title: str = Field(description="what should be small")
    title_nb: str = Field(default="", description="the same in bokmål")
    measure: Literal["minutes", "beyond", "journeys", "sites_to", "apart"] = Field(
        description=(
            "minutes: mean of people to or from the nearest site; beyond: people farther than beyond_min; "
            "journeys: a year of a journey of [journeys]; sites_to: mean minutes from the new sites to the "
            "nearest of kinds; apart: new sites that have none of kinds within within_min"
        )
    )
    placement: str = Field(default="", description="of which placement; none: the first")
    weight: str = Field(default="", description="whose minutes; none: the placement's own weight")
    beyond_min: Amount | None = Field(default=None, description="minutes (beyond)")
    journey: str = Field(default="", description="name of a journey (journeys)")
    unit: Literal["hours", "km", "cost", "co2_kg"] = Field(
        default="hours", description="what journeys are counted in; money and CO2 by [journey_rates]"
    )
    kinds: tuple[str, ...] = Field(default=(), description="kinds of facilities (sites_to, apart)")
    within_min: Amount = Field(default=5.0, description="minutes by road within which two stand together")
    step: Amount = Field(default=0.0, description="difference that does not matter, in the criterion's unit")
    source: str = Field(default="", description="where its figures come from; 'assumption' is a source too")
    confidence: Confidence = Field(default="assumption", description="how sure they are")

    @model_validator(mode="after")
    def _whole(self) -> TradeoffCriterion:
        needed = {
            "beyond": ("beyond_min", self.beyond_min is not None),
            "journeys": ("journey", bool(self.journey)),
            "sites_to": ("kinds", bool(self.kinds)),
            "apart": ("kinds", bool(self.kinds)),
        }
        key, given = needed.get(self.measure, ("", True))
        if not given:
            raise ValueError(Note("fault.tradeoff.needs", measure=self.measure, key=key))
        return self

    @property
    def of_sites(self) -> bool:
        """Whether it looks at the new sites and not at people."""
        return self.measure in {"sites_to", "apart"}


class Tradeoff(StrictSection):
    """A placement by several criteria: every answer that no other beats in all of them."""

    title: str = Field(description="the question in words")
    title_nb: str = Field(default="", description="the question in bokmål")
    placements: tuple[str, ...] = Field(
        min_length=1, description="placements of the study whose sites are decided"
    )
    opens: dict[str, Count] = Field(
        default_factory=dict, description="placement -> new sites, exactly; none said: as a budget allows"
    )
    closes: dict[str, Count] = Field(
        default_factory=dict,
        description="placement -> sites of today that close, exactly (existing = may_close); none said: 0",
    )
    prices: dict[str, Amount] = Field(
        default_factory=dict, description="placement -> price of a new site, in the unit of the budget"
    )
    budget: Amount | None = Field(default=None, description="what the new sites of all may cost together")
    budget_unit: str = Field(default="", description="unit of the budget, such as posts")
    source: str = Field(default="", description="where numbers, prices and budget come from")
    confidence: Confidence = Field(default="assumption", description="how sure they are")
    criteria: dict[str, TradeoffCriterion] = Field(min_length=1, description="what should be small")

    @model_validator(mode="after")
    def _bounded(self) -> Tradeoff:
        for name in self.placements:
            if name not in self.opens and (self.budget is None or not self.prices.get(name)):
                raise ValueError(Note("fault.tradeoff.unbounded", name=name))
        for name, one in self.criteria.items():
            if one.of_sites and not self.opens.get(self.placement_of(name)):
                raise ValueError(Note("fault.tradeoff.number", name=name))
        return self

    def placement_of(self, criterion: str) -> str:
        """Name of the placement that a criterion looks at."""
        return self.criteria[criterion].placement or self.placements[0]


def tradeoff_faults(
    tradeoffs: Mapping[str, Tradeoff],
    *,
    placements: Mapping[str, Placement],
    journeys: Mapping[str, Journey],
    rates: JourneyRates | None,
    kinds: Iterable[str],
    weights: Iterable[str],
) -> list[Fault]:
    """What trade-offs name that the study does not have, or cannot be held with others."""
    known = {
        "placement": list(placements),
        "journey": list(journeys),
        "kind": list(kinds),
        "weight": list(weights),
    }
    faults: list[Fault] = []

    def missing(name: str, what: str, value: str) -> None:
        if value not in known[what]:
            hint = did_you_mean(value, known[what])
            note = Note(f"fault.tradeoff.{what}", name=name, hint=hint)
            faults.append(Fault(note, "study.toml", value=value))

    for name, one in tradeoffs.items():
        for placement in (*one.placements, *one.opens, *one.closes, *one.prices):
            missing(name, "placement", placement)
        faults += [
            Fault(Note("fault.tradeoff.held", name=name, key=key), "study.toml", value=placement)
            for placement in one.placements
            if placement in placements
            for key in _not_held(placements[placement])
        ]
        for criterion in one.criteria.values():
            if criterion.placement and criterion.placement not in one.placements:
                hint = did_you_mean(criterion.placement, one.placements)
                note = Note("fault.tradeoff.placement", name=name, hint=hint)
                faults.append(Fault(note, "study.toml", value=criterion.placement))
            for kind in criterion.kinds:
                missing(name, "kind", kind)
            if criterion.weight:
                missing(name, "weight", criterion.weight)
            if criterion.journey:
                missing(name, "journey", criterion.journey)
                placed = placements.get(criterion.placement or one.placements[0])
                faults += _journey_faults(name, criterion, journeys.get(criterion.journey), placed, rates)
    return faults


def _not_held(placement: Placement) -> list[str]:
    """Keys of a placement that a trade-off would ignore, and so does not take."""
    away = {
        "demand_by": placement.demand_by != "point",
        "units": placement.units is not None,
        "existing": placement.existing in {"may_move", "ignore"},
        "guarantees": bool(placement.guarantees),
        "floor": placement.floor is not None,
        "limits": bool(placement.limits),
        "budget_posts": placement.budget_posts is not None,
    }
    return [key for key, there in away.items() if there]


def _journey_faults(
    name: str,
    criterion: TradeoffCriterion,
    journey: Journey | None,
    placed: Placement | None,
    rates: JourneyRates | None,
) -> list[Fault]:
    if journey is None:
        return []
    faults = []
    if placed is not None and placed.facility != journey.kind:
        note = Note("fault.tradeoff.journey_kind", name=name, kind=journey.kind, facility=placed.facility)
        faults.append(Fault(note, "study.toml", value=criterion.journey))
    if not journey.travellers:
        faults.append(
            Fault(Note("fault.tradeoff.travellers", name=name), "study.toml", value=criterion.journey)
        )
    wanted = UNITS[criterion.unit]
    if wanted and (rates is None or all(getattr(rates, key) is None for key in wanted)):
        note = Note("fault.tradeoff.rates", name=name, keys=list(wanted))
        faults.append(Fault(note, "study.toml", value=criterion.unit))
    return faults
