"""What every section of a study file is made of: strict sections, and figures within their bounds."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from geoaccess.ground.sections import StrictSection

Minutes = Annotated[float, Field(ge=0)]
Speed = Annotated[float, Field(gt=0, le=1000)]
Threshold = Annotated[float, Field(gt=0)]
Share = Annotated[float, Field(ge=0, le=1)]
#: Times a usual speed or time; what is closed is said so, not by a factor of nothing.
Factor = Annotated[float, Field(gt=0, le=100)]


class Section(StrictSection):
    """A table of the study file: frozen, and strict about its keys."""
