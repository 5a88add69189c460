"""Room that comes in units."""

from __future__ import annotations

from dataclasses import dataclass

from optimise.arrays import FloatArray, IntArray


@dataclass(frozen=True, eq=False, slots=True)
class Units:
    """Room comes in units: ``size`` each, ``least`` to ``most`` at an open site, and so many in ``total``."""

    size: FloatArray
    least: IntArray
    most: IntArray
    total: int
