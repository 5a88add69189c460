"""Sections of a study file on placements: what is placed, among which sites, under which promises."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from geoaccess.study.plan_sections import Plan
from geoaccess.study.resource_sections import Brought
from geoaccess.study.section_base import Minutes, Section, Share, Speed
from geoaccess.words.note import Note


class Response(Section):
    """Response-time guidance: shares of people reached within a class threshold."""

    urban_min: Minutes = Field(default=12.0, description="threshold in urban (tettbygd) municipalities")
    rural_min: Minutes = Field(default=25.0, description="threshold elsewhere")
    target_share: float = Field(default=0.9, ge=0, le=1, description="share to be reached within it")
    source: str = Field(default="", description="source and year of the guidance")


class Alternative(Brought):
    """Another service that serves as well, and is always there: a hospital with blood beside the kits."""

    kind: str = Field(description="kind of the facilities")
    direction: Literal["from_site", "to_site"] = Field(
        default="to_site", description="to_site: people go there; from_site: it comes to them"
    )
    fetched_by: str = Field(
        default="", description="kind of facility whose vehicle fetches the person first (its way counts too)"
    )
    parts: dict[str, Minutes] = Field(
        default_factory=dict, description="fixed parts of the time by name, minutes, added to the travel"
    )

    @model_validator(mode="after")
    def _one_way(self) -> Alternative:
        if self.brought_by and (self.fetched_by or self.direction != "to_site"):
            raise ValueError("brought_by is the whole way to_site: leave out fetched_by and from_site")
        return self


class Onward(Brought):
    """The way on: from the patient to the best hospital, part of the whole chain."""

    kind: str = Field(description="kind of the facilities where the chain ends")
    parts: dict[str, Minutes] = Field(
        default_factory=dict, description="fixed parts by name, such as on_scene and door_to_treatment"
    )


class FarFrom(Section):
    """Candidate places must lie far from what serves as well: no kit in a town with a hospital blood bank."""

    kind: str = Field(description="kind of the facilities that candidate places must lie far from")
    at_least_min: float = Field(gt=0, description="fewest minutes by road to the nearest of them")
    source: str = Field(default="", description="who says so; 'assumption' is a source too")


class Donors(Section):
    """Candidate places need people at hand who can give blood."""

    weight: str = Field(default="people", description="weight that counts donors")
    share: float = Field(default=1.0, gt=0, le=1, description="share of that weight that can give")
    within_min: Minutes = Field(default=15.0, description="call-in time")
    at_least: float = Field(gt=0, description="fewest donors within the call-in time")


class Erlang(Section):
    """Units sized so that they are rarely all taken: Erlang's loss formula."""

    admissions_per_1000_year: dict[str, Annotated[float, Field(ge=0)]] = Field(
        description="weight name -> admissions a year for 1,000 of them; they are added"
    )
    stay_days: float = Field(gt=0, description="mean stay in days")
    most_turned_away: float | None = Field(
        default=None, gt=0, lt=1, description="largest share of admissions that find every bed taken"
    )
    target_occupancy: float | None = Field(
        default=None, gt=0, lt=1, description="largest share of the time that a bed is taken"
    )
    source: str = Field(default="", description="where the figures come from; 'assumption' is a source too")

    @model_validator(mode="after")
    def _one_target(self) -> Erlang:
        if (self.most_turned_away is None) == (self.target_occupancy is None):
            raise ValueError("say either most_turned_away or target_occupancy")
        return self


class Units(Section):
    """Integer units, such as beds, at each site."""

    persons_per_unit: float | None = Field(default=None, gt=0, description="persons that one unit serves")
    also_per_unit: dict[str, Annotated[float, Field(gt=0)]] = Field(
        default_factory=dict,
        description="further weight -> how many of them take one unit, such as people_80plus; added",
    )
    erlang: Erlang | None = Field(default=None, description="sizes by admissions, stay and a target instead")
    minimum: int = Field(default=1, ge=1, description="fewest units at a site that is open")
    maximum: int | None = Field(default=None, ge=1, description="most units at a site")
    total: int | None = Field(
        default=None, ge=1, description="most units in all; none: each site gets what its people need"
    )

    @model_validator(mode="after")
    def _one_size(self) -> Units:
        if (self.persons_per_unit is None) == (self.erlang is None):
            raise ValueError("say either persons_per_unit or erlang")
        limited = self.total is not None or self.maximum is not None
        if self.erlang is not None and (limited or self.also_per_unit):
            raise ValueError("erlang sizes what people need: leave out total, maximum and also_per_unit")
        return self


class Guarantee(Section):
    """A promise to people: nobody, or a share of them, above a time."""

    minutes: Minutes = Field(description="the time promised, inclusive")
    share: float = Field(default=1.0, gt=0, le=1, description="share of the people; 0.5 is the median")
    by: Literal["all", "municipality"] = Field(
        default="all", description="one promise to all, or one in every municipality"
    )
    municipalities: tuple[str, ...] = Field(
        default=(), description="codes of the municipalities it is made to; none = every one"
    )


class Floor(Section):
    """What today's people must keep, whatever moves or closes."""

    loses_at_most_min: Minutes | None = Field(
        default=None, description="nobody who is reached today waits longer by more minutes than this"
    )
    municipality_beyond_min: Minutes | None = Field(
        default=None,
        description="no municipality's median beyond it; one that is beyond it today keeps today's",
    )
    source: str = Field(default="", description="who asks for it; 'assumption' is a source too")

    @model_validator(mode="after")
    def _some_floor(self) -> Floor:
        if self.loses_at_most_min is None and self.municipality_beyond_min is None:
            raise ValueError("say loses_at_most_min, municipality_beyond_min or both")
        return self


class Limit(Section):
    """How many new sites may, or must, lie in a part of the region."""

    at_least: int | None = Field(default=None, ge=0, description="fewest new sites")
    at_most: int | None = Field(default=None, ge=0, description="most new sites")
    by: str = Field(description="municipality, or a group column such as county or health_trust")
    name: str = Field(description="code of the municipality, or name of the group")

    @model_validator(mode="after")
    def _some_limit(self) -> Limit:
        if self.at_least is None and self.at_most is None:
            raise ValueError("say at_least, at_most or both")
        if self.at_least is not None and self.at_most is not None and self.at_least > self.at_most:
            raise ValueError("at_least must not be above at_most")
        return self


class CraftBases(Section):
    """New bases of a kind of craft among the candidates: its figures are those of [resources], or its own."""

    kind: str = Field(description="kind of the facilities that are such bases today")
    mode: Literal["boat", "helicopter"] | None = Field(
        default=None, description="what it is, for a kind that no resource has: boat or helicopter"
    )
    candidate_kinds: tuple[str, ...] = Field(
        default=(),
        description="kinds of facilities whose places may become bases (none, for a boat: every ferry quay)",
    )
    cost: float = Field(default=1.0, ge=0, description="price of a new base, in the unit of the budget")
    parts: dict[str, Minutes] = Field(
        default_factory=dict, description="fixed parts of the time by name, such as mobilise"
    )
    speed_kph: Speed | None = Field(default=None, description="speed from place to place")
    range_km: float | None = Field(
        default=None, ge=0, description="longest way from the base to where it meets the patient"
    )
    transfer_min: Minutes | None = Field(default=None, description="change from boat to road")
    grounded_in: tuple[str, ...] = Field(default=(), description="scenarios in which it does not go out")
    source: str = Field(
        default="", description="where figures of its own come from; 'assumption' is a source too"
    )

    @model_validator(mode="after")
    def _own_figures_are_whole(self) -> CraftBases:
        figures = ("mode", "parts", "speed_kph", "range_km", "transfer_min")
        own = [name for name in figures if getattr(self, name) not in (None, {})]
        needed = ("mode", "parts", "speed_kph", "range_km", "source")
        missing = [name for name in needed if getattr(self, name) in (None, {}, "")]
        if own and missing:
            raise ValueError(Note("fault.craft.whole", missing=tuple(missing), own=tuple(own)))
        return self


class Placement(Section):
    """A placement question: what may be opened where, and what is to be small."""

    title: str = Field(description="the question in words")
    title_nb: str = Field(default="", description="the question in bokmål")
    facility: str = Field(description="kind of the facilities that are placed")
    candidates: Literal["demand", "table", "facilities"] = Field(
        default="demand",
        description="candidate sites: every demand point's node, a table, or facilities of other kinds",
    )
    candidates_table: str = Field(default="", description="file of candidate sites")
    candidate_kinds: tuple[str, ...] = Field(default=(), description="kinds of facilities to be sites")
    min_people: float = Field(default=0.0, ge=0, description="fewest people at a candidate place")
    donors: Donors | None = Field(default=None, description="people needed near a candidate place")
    far_from: FarFrom | None = Field(
        default=None, description="what candidate places must lie far from, such as a hospital with blood"
    )
    sites: int | None = Field(
        default=None,
        ge=0,
        description="how many new sites, unless asked otherwise; none: 3, or what a budget or units allow",
    )
    existing: Literal["stay", "may_close", "may_move", "ignore"] = Field(
        default="stay", description="what happens to the facilities there are"
    )
    moves: int = Field(default=0, ge=0, description="how many of today's facilities may move (may_move)")
    cost: float = Field(default=1.0, ge=0, description="price of a new site, in the unit of the budget")
    budget: float | None = Field(
        default=None, ge=0, description="what new sites may cost together, instead of their number"
    )
    budget_posts: float | None = Field(
        default=None,
        ge=0,
        description="posts (årsverk) that new crews may take together, by the patterns of duty of [calls]",
    )
    limits: tuple[Limit, ...] = Field(default=(), description="numbers of new sites in parts of the region")
    craft: tuple[CraftBases, ...] = Field(
        default=(), description="kinds of boats and aircraft whose new bases are candidates too"
    )
    weight: str = Field(default="people", description="which weight is averaged over")
    unreached_min: float | None = Field(
        default=None,
        gt=0,
        description="minutes that the unreached (and longer ways) count as; none: the most people come first",
    )
    objective: str = Field(default="p-median", description="model of `optimise`, unless asked otherwise")
    options: dict[str, float | int | str] = Field(
        default_factory=dict, description="parameters of the model; radius = 'class' takes the classes'"
    )
    direction: Literal["from_site", "to_site"] = Field(
        default="from_site", description="from_site: the service drives out; to_site: people drive in"
    )
    times: Literal[
        "one-clock", "around-the-clock-mean", "around-the-clock-p90", "around-the-clock-beyond"
    ] = Field(
        default="one-clock",
        description=(
            "what the minutes are: those of one time of day, or over all moments of leaving in a day their "
            "mean, what nine in ten do not exceed, or the minutes of the day beyond the class's threshold"
        ),
    )
    parts: dict[str, Minutes] = Field(
        default_factory=dict, description="fixed parts of the time by name (mobilise, draw, ...), minutes"
    )
    parts_source: str = Field(default="", description="source and year of the fixed parts")
    alternatives: tuple[Alternative, ...] = Field(default=(), description="services that serve as well")
    onward: Onward | None = Field(default=None, description="the way on to the best hospital")
    demand_by: Literal["point", "municipality"] = Field(
        default="point", description="who is assigned as one: a demand point, or a whole municipality"
    )
    catchment: Literal["any", "home", "neighbours"] = Field(
        default="any", description="where a site may be: anywhere, at home, or at home or next door"
    )
    borders: int = Field(
        default=1, ge=1, description="how many municipal borders may be crossed (catchment = neighbours)"
    )
    neighbours: str = Field(default="", description="table of municipality pairs (municipality_a, _b)")
    units: Units | None = Field(default=None, description="integer units at each site, such as beds")
    guarantees: tuple[Guarantee, ...] = Field(default=(), description="promises that must be kept")
    floor: Floor | None = Field(
        default=None, description="what today's people must keep where sites move or close; its price is told"
    )
    response: Response | None = Field(default=None, description="thresholds by class of municipality")
    plan: Plan | None = Field(default=None, description="what a plan over years must keep (--years)")
    scenarios: dict[str, Share] = Field(
        default_factory=dict, description="scenario -> probability, for one set of sites for all (--robust)"
    )
    tail: float = Field(
        default=0.2, gt=0, le=1, description="share of the probability whose mean --robust tail makes small"
    )
