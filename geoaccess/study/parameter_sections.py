"""What a study file says of parameters that are not known exactly."""

from __future__ import annotations

from pydantic import Field, model_validator

from geoaccess.ground.sections import StrictSection


class ParameterRange(StrictSection):
    """A parameter that is not known exactly."""

    low: float = Field(allow_inf_nan=False, description="lowest plausible value")
    base: float = Field(allow_inf_nan=False, description="value of the base case")
    high: float = Field(allow_inf_nan=False, description="highest plausible value")
    source: str = Field(default="", description="where the range comes from")

    @model_validator(mode="after")
    def _ordered(self) -> ParameterRange:
        if not (self.low <= self.base <= self.high and self.low < self.high):
            raise ValueError("low, base and high must rise")
        return self
