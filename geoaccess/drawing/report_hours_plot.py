"""The drawing of a day: people and places by the hour of leaving, and the table against the day."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from geoaccess.drawing.plots import FAINT, LINE_STYLES, legend, reach
from geoaccess.ground.arrays import FloatArray
from geoaccess.ground.optional_packages import need
from geoaccess.words.words import Words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Drawing


#: End of the axis of minutes in the third panel: beyond it only few people differ.
_LONGEST_MIN = 960.0
_HOURS = np.arange(25)


class People(NamedTuple):
    """The first panel.

    Attributes:
        by_hour: (24,) people within the limit, times their share of the hour's moments.
        table: people within it by the table of one time of day.
        limit: minutes, in words.
    """

    by_hour: FloatArray
    table: float
    limit: str


def panels(
    words: Words,
    people: People | None,
    places: Sequence[tuple[str, FloatArray, FloatArray]],
    curves: Sequence[tuple[str, FloatArray, FloatArray]],
    said: str = "clock",
) -> Drawing:
    """Three panels below each other; two where there is no threshold.

    Args:
        words: language.
        people: the first panel; None = there is no threshold.
        places: name, (24,) median and (24,) nine-in-ten minutes by hour of leaving, NaN = no way.
        curves: name, (n,) minutes and (n,) people.
        said: ``clock``: the hour is that of leaving; ``alarm``: of the alarm.
    """
    many = 2 if people is None else 3
    figure: Drawing = need("matplotlib.figure").Figure(figsize=(8.0, 2.8 * many), layout="constrained")
    *first, hours, share = figure.subplots(many, 1)
    if people is not None:
        _people(words, first[0], people, said)
    handles = []
    for (_, middle, most), (colour, dashes) in zip(places, LINE_STYLES, strict=False):
        half, nine = _to_the_end(middle), _to_the_end(most)
        handles += hours.step(_HOURS, half, where="post", color=colour, linestyle=dashes)
        hours.fill_between(_HOURS, half, nine, step="post", color=colour, alpha=0.15, linewidth=0)
    legend(hours, handles, [name for name, _, _ in places], ncols=2)
    hours.set_ylabel(words("clock.axis.minutes"))
    hours.set_ylim(bottom=0)
    drawn = []
    for (_, minutes, persons), (colour, dashes) in zip(curves, LINE_STYLES, strict=False):
        times, shares = reach(minutes, persons, _LONGEST_MIN)
        drawn += share.step(times / 60.0, 100 * shares, where="post", color=colour, linestyle=dashes)
    legend(share, drawn, [name for name, _, _ in curves], loc="lower right")
    share.set_xlabel(words("clock.axis.hours"))
    share.set_ylabel(words("axis.share"))
    share.set_xlim(0, _LONGEST_MIN / 60.0)
    for axes in (*first, hours):
        _day(words, axes, said)
    for axes in (*first, hours, share):
        axes.yaxis.set_major_formatter(lambda value, _: words.number(value))
        axes.grid(axis="y", color=FAINT, linewidth=0.5)
    return figure


def hourly_curves(words: Words, panels_of: Sequence[tuple[str, Sequence[tuple[str, FloatArray]]]]) -> Drawing:
    """Panels below each other, with a step curve for each name.

    Args:
        words: language.
        panels_of: label of the axis, and for each curve its name and (24,) values by hour of leaving.
    """
    figure: Drawing = need("matplotlib.figure").Figure(
        figsize=(8.0, 2.8 * len(panels_of)), layout="constrained"
    )
    for axes, (label, curves) in zip(figure.subplots(len(panels_of), 1), panels_of, strict=True):
        handles = []
        for (_, values), (colour, dashes) in zip(curves, LINE_STYLES, strict=False):
            handles += axes.step(_HOURS, _to_the_end(values), where="post", color=colour, linestyle=dashes)
        legend(axes, handles, [name for name, _ in curves[: len(handles)]])
        axes.set_ylabel(label)
        axes.set_ylim(bottom=0)
        axes.margins(y=0.35)
        axes.yaxis.set_major_formatter(lambda value, _: words.number(value))
        axes.grid(axis="y", color=FAINT, linewidth=0.5)
        _day(words, axes, "clock")
    return figure


def _to_the_end(values: FloatArray) -> FloatArray:
    """(25,) the last hour drawn to its end."""
    return np.append(values, values[-1])


def _people(words: Words, axes: Axes, people: People, said: str) -> None:
    axes.step(_HOURS, _to_the_end(people.by_hour), where="post", color=LINE_STYLES[0][0])
    line = axes.axhline(people.table, color=LINE_STYLES[1][0], linestyle="--")
    legend(axes, [axes.lines[0], line], [words(f"{said}.by_hour"), words("clock.one_clock")])
    axes.set_ylabel(words("clock.axis.people", limit=people.limit))
    axes.margins(y=0.35)


def _day(words: Words, axes: Axes, said: str) -> None:
    axes.set_xlim(0, 24)
    axes.set_xticks(range(0, 25, 3))
    axes.set_xlabel(words(f"{said}.axis.leaving"))
