"""Plans over years as a study file defines them: what may change at each date, and in which order."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from geoaccess.ground.sections import StrictSection

Year = Annotated[int, Field(ge=1900, le=2200)]


class Plan(StrictSection):
    """A plan over years: what may change at each date, and in which order."""

    years: tuple[Year, ...] = Field(default=(), description="dates of the plan, unless asked otherwise")
    opens_at_most: int | None = Field(default=None, ge=0, description="how many sites may open at a date")
    closes_at_most: int | None = Field(default=None, ge=0, description="how many sites may close at a date")
    changes_at_most: int | None = Field(
        default=None, ge=0, description="how many sites may open or close at a date"
    )
    changes_by: str = Field(
        default="",
        description="municipality, or a group column such as local_hospital, whose changes are counted",
    )
    changes_in_each: int = Field(
        default=1, ge=0, description="how many changes each group of changes_by may have at a date"
    )
    budget: float | None = Field(
        default=None, ge=0, description="what changes may cost at each date; what is left is not carried over"
    )
    closing_cost: float = Field(default=0.0, ge=0, description="price of closing one of today's sites")
    closable: tuple[str, ...] = Field(
        default=(), description="ids of today's sites that may close; none: all that `existing` lets close"
    )
    net_sites: int | None = Field(
        default=None, description="open sites from the last date on, less today's: -1 is one fewer"
    )
    close_after: dict[str, str] = Field(
        default_factory=dict,
        description="id of a site -> id of the site that must have opened at a date before",
    )
    discount: float = Field(default=0.0, ge=0, lt=1, description="how much less each later year counts")
    source: str = Field(default="", description="who asks for it; 'assumption' is a source too")
