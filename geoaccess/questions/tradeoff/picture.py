"""One picture of a front: a vertical line for each criterion, a line across for each placement."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import numpy as np

from geoaccess.drawing.plots import FAINT, INK, drawing
from geoaccess.ground.arrays import FloatArray
from geoaccess.words.words import Words

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing

_CHOSEN, _WIDTH_IN, _HEIGHT_IN = "#d55e00", 7.0, 3.6
#: Letters that stand beside each other below the picture.
_LETTERS = 84


def front_picture(
    words: Words, titles: list[str], units: list[str], values: FloatArray, chosen: int
) -> Drawing:
    """Every placement as a line through its criteria; the best of each is at the bottom.

    Args:
        words: the reader's language.
        titles: of the criteria.
        units: of the criteria.
        values: (points, criteria).
        chosen: row of the placement that is drawn strong.
    """
    figure, axes = drawing(_WIDTH_IN, _HEIGHT_IN)
    least, most = values.min(axis=0), values.max(axis=0)
    heights = (values - least) / np.where(most > least, most - least, 1.0)
    at = np.arange(len(titles), dtype=np.float64)
    if len(titles) == 1:  # one criterion has one best
        at, heights = np.array([0.0, 1.0]), np.repeat(heights, 2, axis=1)
    for number, line in enumerate(heights):
        if number != chosen:
            axes.plot(at, line, "-o", color="#0072b2", linewidth=1, markersize=3, alpha=0.55, zorder=2)
    axes.plot(at, heights[chosen], "-o", color=_CHOSEN, linewidth=2.6, markersize=6, zorder=3)
    for place, (low, high, unit) in enumerate(zip(least, most, units, strict=True)):
        axes.axvline(place, color=FAINT, linewidth=1, zorder=1)
        digits = 0 if high >= 1000 else 1
        for value, height, side in ((low, -0.06, "top"), (high, 1.06, "bottom")):
            text = f"{words.number(float(value), digits)} {unit}".strip()
            axes.text(place, height, text, ha="center", va=side, fontsize=8.5, color=INK)
    axes.set_xticks(np.arange(len(titles)), [_under(title, len(titles)) for title in titles], fontsize=8.5)
    axes.tick_params(axis="x", length=0, pad=14)
    axes.set_yticks([])
    axes.set_ylim(-0.14, 1.16)
    axes.set_xlim(-0.4, max(len(titles) - 1, 1) + 0.4)
    for side in ("top", "right", "left", "bottom"):
        axes.spines[side].set_visible(False)
    return figure


def _under(title: str, count: int) -> str:
    """A title below its line, on as many lines as keep it off its neighbours."""
    return "\n".join(textwrap.wrap(title, max(12, _LETTERS // count), max_lines=4, placeholder="…"))
