"""Values to colours: classes with breaks, and palettes that colour-blind readers can tell apart.

The sequential palette samples viridis (Smith and van der Walt 2015, CC0); the diverging one runs between the
blue and the vermilion of Okabe and Ito (2008, "Color universal design"), whose eight colours also serve the
categories.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from maps.errors import MapDataError

#: Viridis at nine even steps from its light end (short, good) to its dark end (long, bad).
_VIRIDIS = (
    "#fde725",
    "#addc30",
    "#5ec962",
    "#28ae80",
    "#21918c",
    "#2c728e",
    "#3b528b",
    "#472d7b",
    "#440154",
)
#: Blue (less) over near-white (same) to vermilion (more), eleven steps.
_DIVERGING = (
    "#00446b",
    "#0072b2",
    "#4a97c9",
    "#8fbfdf",
    "#c9e0ef",
    "#f4f4f4",
    "#f8d9c4",
    "#f0ac84",
    "#e37f46",
    "#d55e00",
    "#8a3d00",
)
#: Okabe and Ito without black and yellow, which vanish on a light map, then other hues.
CATEGORY_COLOURS = (
    "#0072b2",
    "#d55e00",
    "#009e73",
    "#cc79a7",
    "#e69f00",
    "#56b4e9",
    "#5b3a8e",
    "#7a5c00",
    "#505050",
    "#8a1c3b",
    "#00525e",
    "#a8a29a",
)


class Palette(StrEnum):
    """How the colours of a scale run."""

    SEQUENTIAL = "sequential"
    DIVERGING = "diverging"
    CATEGORIES = "categories"


@dataclass(frozen=True, slots=True)
class Scale:
    """Classes of a quantity, with one colour each.

    A value ``v`` belongs to class ``i`` when ``breaks[i - 1] <= v < breaks[i]``; what is below the first
    break is class 0, what reaches the last is the last class. NaN is a class of its own, drawn as a cross:
    unreachable.

    Attributes:
        breaks: ascending limits between the classes, in ``unit``; n breaks make n + 1 classes.
        unit: unit of the values, shown with the legend, e.g. ``min``.
        palette: how the colours run.
        labels: a name for each class, replacing the limits in the legend; empty for limits.
        missing: what NaN means in this quantity; empty for the page's word for "unreachable".
        digits: digits after the decimal sign when a value is shown.
        closed_above: whether a class holds its upper limit instead of its lower one, ``breaks[i - 1] < v <=
            breaks[i]``. Thresholds mean that: "within 12 minutes" holds 12.
        named: whether a value is only the position of a label, so that the label is shown in its place.
    """

    breaks: tuple[float, ...]
    unit: str = "min"
    palette: Palette = Palette.SEQUENTIAL
    labels: tuple[str, ...] = ()
    missing: str = ""
    digits: int = 0
    closed_above: bool = False
    named: bool = False

    def __post_init__(self) -> None:
        faults = []
        if any(later <= earlier for earlier, later in zip(self.breaks, self.breaks[1:], strict=False)):
            faults.append(f"scale: breaks must ascend, got {self.breaks}")
        if self.labels and len(self.labels) != self.n_classes:
            faults.append(f"scale: {self.n_classes} classes need as many labels, got {len(self.labels)}")
        if faults:
            raise MapDataError(faults)

    @property
    def n_classes(self) -> int:
        """Number of classes, without the one for NaN."""
        return len(self.breaks) + 1

    @property
    def colours(self) -> tuple[str, ...]:
        """One colour per class, from the first class to the last."""
        if self.palette is Palette.CATEGORIES:
            return tuple(CATEGORY_COLOURS[index % len(CATEGORY_COLOURS)] for index in range(self.n_classes))
        ramp = _VIRIDIS if self.palette is Palette.SEQUENTIAL else _DIVERGING
        at = np.linspace(0, len(ramp) - 1, self.n_classes) if self.n_classes > 1 else np.zeros(1)
        return tuple(ramp[round(float(position))] for position in at)

    def classes_of(self, values: NDArray[np.float64]) -> NDArray[np.int64]:
        """(n,) class of each value, -1 for NaN."""
        limits = np.asarray(self.breaks, dtype=np.float64)
        below = limits[None, :] < values[:, None] if self.closed_above else limits[None, :] <= values[:, None]
        classes = below.sum(axis=1, dtype=np.int64)
        return np.where(np.isnan(values), -1, classes)

    @classmethod
    def minutes(cls, breaks: Sequence[float] = (15, 30, 60, 90, 120, 180)) -> Scale:
        """Travel times in minutes."""
        return cls(tuple(float(limit) for limit in breaks))

    @classmethod
    def thresholds(cls, limits: Sequence[float], *, labels: Sequence[str] = ()) -> Scale:
        """Within the first limit, the second, ..., beyond the last; a limit itself counts as within."""
        return cls(tuple(float(limit) for limit in limits), labels=tuple(labels), closed_above=True)

    @classmethod
    def difference(cls, steps: Sequence[float] = (1, 5, 15, 30), *, unit: str = "min") -> Scale:
        """Change of a quantity, the middle class being "no change": -30, -15, -5, -1, 1, 5, 15, 30."""
        limits = tuple(float(step) for step in steps)
        return cls((*(-limit for limit in reversed(limits)), *limits), unit=unit, palette=Palette.DIVERGING)

    @classmethod
    def ordered(cls, labels: Sequence[str]) -> Scale:
        """Names from best to worst, in the colours of a quantity; the values are positions in ``labels``."""
        limits = tuple(index + 0.5 for index in range(len(labels) - 1))
        return cls(limits, unit="", labels=tuple(labels), named=True)

    @classmethod
    def categories(cls, labels: Sequence[str]) -> Scale:
        """Names instead of quantities; the values are positions in ``labels``."""
        limits = tuple(index + 0.5 for index in range(len(labels) - 1))
        return cls(limits, unit="", palette=Palette.CATEGORIES, labels=tuple(labels), named=True)
