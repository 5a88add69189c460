"""What every section of a study file is made of: strict sections, and figures within their bounds."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from geoaccess.ground.sections import StrictSection
from geoaccess.words.note import Note

Minutes = Annotated[float, Field(ge=0)]
Speed = Annotated[float, Field(gt=0, le=1000)]
Threshold = Annotated[float, Field(gt=0)]
Share = Annotated[float, Field(ge=0, le=1)]
#: Times a usual speed or time; what is closed is said so, not by a factor of nothing.
Factor = Annotated[float, Field(gt=0, le=100)]


class Section(StrictSection):
    """A table of the study file: frozen, and strict about its keys."""


def clock_minutes(text: str) -> float:
    """Minutes after midnight of ``HH:MM``, from 00:00 to 23:59.

    Raises:
        ValueError: the text is no time of day.
    """
    hours, colon, minutes = text.partition(":")
    if not (colon and hours.isdecimal() and minutes.isdecimal() and len(minutes) == 2):
        raise ValueError(Note("fault.time_of_day", text=text))
    if int(hours) > 23 or int(minutes) > 59:
        raise ValueError(Note("fault.time_of_day", text=text))
    return 60.0 * int(hours) + int(minutes)
