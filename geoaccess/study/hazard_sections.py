"""Hazards: what may be out, how often and when in the year, each figure with its source.

::

    [hazards.bjornfjell]
    title = "Bjørnfjell is closed"
    scenario = "bjornfjell-closed"
    days = 12
    season = ["11-01", "04-15"]
    source = "..."

    [hazards.no-fly]
    title = "No helicopter flies"
    scenario = "no-helicopter"
    probability = 0.2
    source = "..."

    [hazards.moskenes]
    title = "Bodø-Moskenes is cancelled"
    scenario = "moskenes-out"
    regularity = 0.97
    source = "..."

A year has 365 days in 52 weeks, the last of 8 days. Hazards are independent of each other, given the week:
the season is all that joins them. What happens together in one storm is one hazard with one scenario.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from geoaccess.ground.arrays import FloatArray
from geoaccess.ground.errors import did_you_mean
from geoaccess.ground.sections import StrictSection
from geoaccess.words.note import Note
from networks.errors import Fault

DAYS = 365
WEEKS = 52
#: Week, from 0, of each day of the year.
WEEK_OF_DAY = np.minimum(np.arange(DAYS) // 7, WEEKS - 1)
#: Share of the year of each week.
WEEK_SHARE: FloatArray = np.bincount(WEEK_OF_DAY, minlength=WEEKS) / DAYS


class Hazard(StrictSection):
    """Something that is out for a share of the time."""

    title: str = Field(description="what happens, in words")
    title_nb: str = Field(default="", description="what happens, in bokmål")
    scenario: str = Field(default="", description="scenario of the study that holds while it happens")
    probability: float | None = Field(
        default=None, ge=0, le=1, description="share of the time, in its season"
    )
    regularity: float | None = Field(default=None, ge=0, le=1, description="share of the time that it runs")
    days: float | None = Field(default=None, ge=0, description="days a year, all of them in its season")
    season: tuple[str, str] | None = Field(
        default=None, description="first and last day, MM-DD, over New Year if need be; none = all year"
    )
    source: str = Field(min_length=1, description="where the figure comes from; 'assumption' is a source too")
    year: int | None = Field(default=None, ge=1900, le=2100, description="year of the source")

    @model_validator(mode="after")
    def _plausible(self) -> Hazard:
        if sum(value is not None for value in (self.probability, self.regularity, self.days)) != 1:
            raise ValueError("say one of probability, regularity and days")
        length = int(self.in_season().sum())
        if self.days is not None and self.days > length:
            raise ValueError(Note("fault.hazard.days", days=self.days, length=length))
        return self

    def in_season(self) -> NDArray[np.bool_]:
        """(365,) whether each day of the year is in its season."""
        if self.season is None:
            return np.ones(DAYS, dtype=np.bool_)
        first, last = (day_of_year(text) for text in self.season)
        day = np.arange(DAYS)
        inside = (day >= first) & (day <= last) if first <= last else (day >= first) | (day <= last)
        return np.asarray(inside, dtype=np.bool_)

    def weekly(self) -> FloatArray:
        """(52,) probability in each week of the year."""
        season = self.in_season()
        if self.days is not None:
            share = self.days / season.sum()
        elif self.regularity is not None:
            share = 1.0 - self.regularity
        else:
            share = self.probability or 0.0
        days = np.bincount(WEEK_OF_DAY, weights=season, minlength=WEEKS)
        weekly: FloatArray = share * days / np.bincount(WEEK_OF_DAY, minlength=WEEKS)
        return weekly


def day_of_year(text: str) -> int:
    """Day of the year, from 0, of ``MM-DD`` in a year of 365 days.

    Raises:
        ValueError: there is no such day.
    """
    try:
        return date.fromisoformat(f"2023-{text}").timetuple().tm_yday - 1
    except ValueError as error:
        raise ValueError(Note("fault.month_day", text=text)) from error


def weekly_probabilities(hazards: Mapping[str, Hazard]) -> FloatArray:
    """(52, n_hazards) probability of each hazard in each week."""
    if not hazards:
        return np.zeros((WEEKS, 0))
    return np.column_stack([hazard.weekly() for hazard in hazards.values()])


def hazard_faults(hazards: Mapping[str, Hazard], scenarios: Iterable[str]) -> list[Fault]:
    """Hazards that name no scenario, or one that the study does not have."""
    known = list(scenarios)
    return [
        Fault(
            Note("fault.no_scenario", scenario=hazard.scenario, hint=did_you_mean(hazard.scenario, known))
            if hazard.scenario
            else "names no scenario, so it changes nothing",
            where=Note("where.hazard", name=name),
        )
        for name, hazard in hazards.items()
        if hazard.scenario not in known
    ]
