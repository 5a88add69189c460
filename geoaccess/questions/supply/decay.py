"""How much a facility counts at a travel time: functions from minutes to a share, 0 beyond reach.

Each is a small frozen value that is called with minutes of any shape. NaN (unreachable) and times beyond
``limit_min`` count 0; the limit itself is inside.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from geoaccess.ground.arrays import FloatArray
from geoaccess.ground.errors import DataError
from geoaccess.words.note import Note


class Decay(ABC):
    """A decreasing function of travel time; ``share`` is what a subclass defines, for finite minutes."""

    limit_min: float

    def __call__(self, minutes: FloatArray) -> FloatArray:
        """The share at each time, 0 where it is unreachable or beyond the limit."""
        inside = minutes <= self.limit_min  # False for NaN
        result = np.zeros_like(minutes, dtype=np.float64)
        result[inside] = self.share(minutes[inside])
        return result

    @abstractmethod
    def share(self, minutes: FloatArray) -> FloatArray:
        """The share at finite times within the limit."""


@dataclass(frozen=True)
class Within(Decay):
    """1 within the limit: the catchment of the plain two-step method (Luo and Wang 2003)."""

    limit_min: float

    def __post_init__(self) -> None:
        _positive("the limit", self.limit_min)

    def share(self, minutes: FloatArray) -> FloatArray:
        """1 everywhere within."""
        return np.ones_like(minutes)


@dataclass(frozen=True)
class Steps(Decay):
    """Zones with one share each: up to ``limits_min[k]`` (inclusive) the share is ``shares[k]``.

    Luo and Qi 2009 (doi 10.1016/j.healthplace.2009.06.002) use 10, 20, 30 minutes with 1, 0.68, 0.22.
    """

    limits_min: tuple[float, ...]
    shares: tuple[float, ...]
    limit_min: float = field(init=False, repr=False)

    def __post_init__(self) -> None:
        rising = all(a < b for a, b in pairwise(self.limits_min))
        if not self.limits_min or len(self.limits_min) != len(self.shares) or not rising:
            raise DataError(
                Note("fault.supply.zones", limits_min=str(self.limits_min), shares=str(self.shares))
            )
        if min(self.limits_min) < 0 or not all(0 <= share < np.inf for share in self.shares):
            raise DataError(
                Note("fault.supply.zones_low", limits_min=str(self.limits_min), shares=str(self.shares))
            )
        object.__setattr__(self, "limit_min", self.limits_min[-1])

    def share(self, minutes: FloatArray) -> FloatArray:
        """The share of the zone that holds the time."""
        zone = np.searchsorted(np.asarray(self.limits_min), minutes, side="left")
        found: FloatArray = np.asarray(self.shares, dtype=np.float64)[zone]
        return found


@dataclass(frozen=True)
class Power(Decay):
    """``max(t, floor)^-exponent``: Hansen 1959, doi 10.1080/01944365908978307.

    The floor keeps a facility next door from counting infinitely; it is a choice, so it has no default.
    """

    exponent: float
    floor_min: float
    limit_min: float = np.inf

    def __post_init__(self) -> None:
        _positive("the exponent", self.exponent)
        _positive("the floor", self.floor_min)
        _positive("the limit", self.limit_min)

    def share(self, minutes: FloatArray) -> FloatArray:
        """The power of the time, or of the floor where the time is smaller."""
        result: FloatArray = np.maximum(minutes, self.floor_min) ** -self.exponent
        return result


@dataclass(frozen=True)
class Exponential(Decay):
    """``exp(-rate t)``: Kwan 1998, doi 10.1111/j.1538-4632.1998.tb00396.x."""

    rate_per_min: float
    limit_min: float = np.inf

    def __post_init__(self) -> None:
        _positive("the rate", self.rate_per_min)
        _positive("the limit", self.limit_min)

    def share(self, minutes: FloatArray) -> FloatArray:
        """The exponential of the time."""
        result: FloatArray = np.exp(-self.rate_per_min * minutes)
        return result


@dataclass(frozen=True)
class Gaussian(Decay):
    """``exp(-t^2 / (2 width^2))``, 1 at the door.

    Kwan 1998 (doi 10.1111/j.1538-4632.1998.tb00396.x) writes ``exp(-t^2 / v)``: then ``width = sqrt(v / 2)``.
    """

    width_min: float
    limit_min: float = np.inf

    def __post_init__(self) -> None:
        _positive("the width", self.width_min)
        _positive("the limit", self.limit_min)

    def share(self, minutes: FloatArray) -> FloatArray:
        """The bell curve of the time."""
        result: FloatArray = np.exp(-0.5 * (minutes / self.width_min) ** 2)
        return result


def _positive(what: str, value: float) -> None:
    if not value > 0:
        raise DataError(Note("fault.supply.decay_figure", what=what, value=value))
