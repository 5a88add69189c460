"""Teams that travel, as a study file defines them: whom they serve, how often, and the areas they share.

::

    [teams.fact]
    title = "FACT teams"
    start = "local_hospital"            # today's areas; a column of the municipalities
    neighbours = "neighbours.csv"
    clients_per_1000 = { people = 2 }
    visits_each = 50
    visit_min = 60
    staff_per_visit = 2
    source = "..."
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
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class Team(StrictSection):
    """A kind of team that visits people at home, and how its areas are drawn."""

    title: str = Field(description="the teams in words")
    title_nb: str = Field(default="", description="the teams in bokmål")
    start: str = Field(description="column of municipalities: the areas of today")
    neighbours: str = Field(description="table of municipality pairs (municipality_a, _b)")
    count: int | None = Field(default=None, ge=1, description="number of areas; default: as many as today")
    least: Amount = Field(default=0.5, description="smallest area, in people, over the mean area")
    most: Positive = Field(default=2.0, description="largest area, in people, over the mean area")
    clients_per_1000: dict[str, Amount] = Field(
        min_length=1, description="weight -> people served for 1,000 of it, summed"
    )
    visits_each: Positive = Field(description="visits a year to each of them")
    visit_min: Amount = Field(description="minutes of a visit")
    staff_per_visit: Positive = Field(default=1.0, description="people of the team on a visit")
    day_hours: Positive = Field(default=7.5, description="hours of a working day, journeys included")
    staff_hours_year: Positive = Field(
        default=1700.0, description="hours that one full-time person works a year"
    )
    source: str = Field(description="where the figures come from; 'assumption' is a source too")
    confidence: Confidence = Field(default="assumption", description="how sure they are")

    @model_validator(mode="after")
    def _bounds(self) -> Team:
        if self.least > 1 or self.most < 1:
            raise ValueError(Note("fault.teams.bounds"))
        return self

    def figures(self) -> list[tuple[str, str]]:
        """Every figure that areas and hours rest on: its key in the study file, and its value."""
        rates = [(f"clients_per_1000.{weight}", rate) for weight, rate in self.clients_per_1000.items()]
        day = ("visits_each", "visit_min", "staff_per_visit", "day_hours", "staff_hours_year")
        others = [(key, getattr(self, key)) for key in (*day, "least", "most")]
        return [(key, f"{value:g}") for key, value in (*rates, *others)]


def team_faults(teams: Mapping[str, Team], weights: Iterable[str], groups: Iterable[str]) -> list[Fault]:
    """What teams say of weights and columns that the study does not have."""
    known = {"weight": list(weights), "group": list(groups)}
    faults = []
    for name, team in teams.items():
        for what, value in (("group", team.start), *(("weight", weight) for weight in team.clients_per_1000)):
            if value not in known[what]:
                hint = did_you_mean(value, known[what])
                faults.append(
                    Fault(Note(f"fault.teams.{what}", name=name, hint=hint), "study.toml", value=value)
                )
    return faults
