"""Drawings of figures: curves of reach, bars of shares, before and after. Colours as on the maps."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from geoaccess.ground.arrays import FloatArray
from geoaccess.ground.optional_packages import need
from geoaccess.words.visible import shortened
from geoaccess.words.words import Words
from maps import Scale

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Drawing


#: Lines of several states, told apart by colour (Okabe and Ito 2008) and by dashes.
LINE_STYLES = (
    ("#0072b2", "-"),
    ("#d55e00", "--"),
    ("#009e73", "-."),
    ("#8c4a7c", ":"),
    ("#505050", (0, (5, 1, 1, 1, 1, 1))),
)
INK, FAINT = "#1b2a36", "#c4ccd2"
#: People whom nothing reaches.
UNREACHED = "#b3b3b3"
#: Longest label beside a drawing.
_LABEL, _LABEL_LINE = 60, 30
#: Where the legend of a wide drawing stands.
_ABOVE: dict[str, Any] = {
    "loc": "lower left",
    "bbox_to_anchor": (0, 1),
    "ncols": 5,
    "columnspacing": 1.4,
    "handlelength": 1.2,
}
_WIDTH_IN = 8.0


def style() -> dict[str, object]:
    """Settings that every drawing is made and written with: text stays text, nothing in it is a formula."""
    return {
        "svg.fonttype": "none",
        "svg.hashsalt": "geoaccess",
        "text.parse_math": False,
        "text.usetex": False,
        "axes.unicode_minus": True,
        "font.size": 9.0,
        "font.family": ["DejaVu Sans"],
        "text.color": INK,
        "axes.labelcolor": INK,
        "axes.edgecolor": FAINT,
        "xtick.color": INK,
        "ytick.color": INK,
        "axes.spines.top": False,
        "axes.spines.right": False,
    }


def drawing(width_in: float, height_in: float) -> tuple[Drawing, Axes]:
    """An empty drawing with one pair of axes."""
    figure = need("matplotlib.figure").Figure(figsize=(width_in, height_in), layout="constrained")
    return figure, figure.add_subplot()


def curves(
    words: Words, lines: Sequence[tuple[str, FloatArray, FloatArray]], thresholds: Sequence[float]
) -> Drawing:
    """Share of people reached against minutes, one line per state, with the thresholds marked."""
    figure, axes = drawing(5.0, 4.0)
    longest = _longest([minutes for _, minutes, _ in lines], thresholds)
    for threshold in thresholds:
        axes.axvline(threshold, color=FAINT, linewidth=1, zorder=0)
    handles = []
    for number, (_, minutes, persons) in enumerate(lines):
        colour, dashes = LINE_STYLES[number % len(LINE_STYLES)]
        times, shares = reach(minutes, persons, longest)
        # The first line is wide, so that another one on top of it leaves it seen.
        width = 4.0 if number == 0 and len(lines) > 1 else 1.8
        handles += axes.step(
            times, 100 * shares, where="post", color=colour, linestyle=dashes, linewidth=width
        )
    axes.set_xlim(0, longest)
    axes.set_ylim(0, 100)
    axes.set_xlabel(words("axis.minutes"))
    axes.set_ylabel(words("axis.share"))
    axes.xaxis.set_major_formatter(lambda value, _: words.number(value))
    axes.yaxis.set_major_formatter(lambda value, _: words.number(value))
    axes.grid(axis="y", color=FAINT, linewidth=0.5)
    if len(lines) == 1:
        _mark_thresholds(words, axes, lines[0], [limit for limit in thresholds if limit <= longest])
    else:
        legend(axes, handles, [name for name, _, _ in lines], loc="lower right")
    return figure


def _longest(times: Sequence[FloatArray], thresholds: Sequence[float]) -> float:
    """End of the axis: beyond the largest threshold and nine tenths of the places, in half hours."""
    known = np.concatenate([minutes[np.isfinite(minutes)] for minutes in times])
    far = float(np.quantile(known, 0.9)) if len(known) else 0.0
    return 30.0 * max(math.ceil(1.1 * max([far, *thresholds], default=1.0) / 30.0), 1)


def reach(minutes: FloatArray, persons: FloatArray, longest: float) -> tuple[FloatArray, FloatArray]:
    """Corners of the curve: times, and the share of all persons reached by then."""
    reached = np.isfinite(minutes) & (minutes <= longest)
    order = np.argsort(minutes[reached], kind="stable")
    total = max(float(persons.sum()), 1e-9)
    shares = np.cumsum(persons[reached][order]) / total
    times = np.concatenate([[0.0], minutes[reached][order], [longest]])
    return times, np.concatenate([[0.0], shares, shares[-1:] if len(shares) else [0.0]])


def _mark_thresholds(
    words: Words, axes: Axes, line: tuple[str, FloatArray, FloatArray], limits: Sequence[float]
) -> None:
    _, minutes, persons = line
    for limit in limits:
        share = float(persons[minutes <= limit].sum() / max(float(persons.sum()), 1e-9))
        axes.plot([limit], [100 * share], "o", color=LINE_STYLES[0][0], markersize=5)
        axes.annotate(
            words.share(share, 0),
            (limit, 100 * share),
            xytext=(5, -11),
            textcoords="offset points",
            fontsize=8.5,
            fontweight="bold",
        )


def legend(axes: Axes, handles: Sequence[Any], labels: Sequence[str], **where: Any) -> None:  # noqa: ANN401
    """A legend whose labels are shown as they are: matplotlib would hide those that begin with ``_``."""
    made = axes.legend(list(handles), ["label"] * len(labels), frameon=False, fontsize=8.5, **where)
    for text, label in zip(made.get_texts(), labels, strict=True):
        text.set_text(shortened(label, _LABEL))


def wrapped(text: object) -> str:
    """A label beside an axis, on two lines where it is long."""
    return "\n".join(textwrap.wrap(shortened(text, _LABEL), _LABEL_LINE, max_lines=2, placeholder="…"))


def share_bars(words: Words, rows: Sequence[tuple[str, Sequence[float]]], limits: Sequence[float]) -> Drawing:
    """One bar per service, cut into the classes between the limits; the last part is never reached."""
    figure, axes = drawing(_WIDTH_IN, 0.9 + 0.45 * len(rows))
    colours = [*Scale.thresholds(limits).colours, UNREACHED]
    labels = class_labels(words, limits)
    left = np.zeros(len(rows))
    parts = np.asarray([shares for _, shares in rows], dtype=np.float64)
    handles = []
    for number, colour in enumerate(colours):
        widths = 100 * parts[:, number]
        hatch = "////" if colour == UNREACHED else None
        bars = axes.barh(
            np.arange(len(rows)), widths, left=left, color=colour, edgecolor="white", hatch=hatch, height=0.62
        )
        for row, width in enumerate(widths):
            if width >= 4.5:
                _label_bar(axes, left[row] + width / 2, row, words.share(parts[row, number], 0), colour)
        if number < len(limits) + 1 or widths.any():
            handles.append((bars, labels[number]))
        left = left + widths
    axes.set_yticks(np.arange(len(rows)), [wrapped(label) for label, _ in rows])
    axes.invert_yaxis()
    axes.set_xlim(0, 100)
    axes.set_xlabel(words("axis.share"))
    axes.xaxis.set_major_formatter(lambda value, _: words.number(value))
    axes.tick_params(axis="y", length=0)
    legend(
        axes,
        [handle for handle, _ in handles],
        [label for _, label in handles],
        **_ABOVE,
    )
    return figure


def _label_bar(axes: Axes, at: float, row: int, text: str, colour: str) -> None:
    dark = sum(int(colour[position : position + 2], 16) for position in (1, 3, 5)) < 330
    axes.text(at, row, text, ha="center", va="center", fontsize=8.5, color="white" if dark else "black")


def class_labels(words: Words, limits: Sequence[float]) -> list[str]:
    """Names of the classes between limits, a limit itself being within; the last is unreachable."""
    told = [words.number(limit) for limit in limits]
    middle = [words("class.between", low=low, high=high) for low, high in pairwise(told)]
    return [
        words("class.within", high=told[0]),
        *middle,
        words("class.beyond", low=told[-1]),
        words("unreachable"),
    ]


def dumbbells(words: Words, rows: Sequence[tuple[str, float, float]]) -> Drawing:
    """Before and after, one line per name: a hollow mark, a filled one, and the way between them."""
    figure, axes = drawing(_WIDTH_IN, 0.9 + 0.3 * len(rows))
    at = np.arange(len(rows))
    before, after = np.asarray([times for _, *times in rows], dtype=np.float64).T
    # Where one of the two is NaN, no line is drawn.
    axes.hlines(at, before, after, color=FAINT, linewidth=3, zorder=1)
    hollow = axes.scatter(
        before, at, s=42, facecolors="white", edgecolors="#d55e00", linewidths=1.6, zorder=2
    )
    filled = axes.scatter(after, at, s=42, marker="D", color="#0072b2", zorder=3)
    axes.set_yticks(at, [wrapped(name) for name, _, _ in rows])
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.set_xlim(left=0)
    axes.set_xlabel(words("axis.mean"))
    axes.xaxis.set_major_formatter(lambda value, _: words.number(value))
    axes.grid(axis="x", color=FAINT, linewidth=0.5)
    axes.tick_params(axis="y", length=0)
    legend(axes, [hollow, filled], [words("column.before"), words("column.after")], **_ABOVE)
    return figure


def steps(words: Words, counts: FloatArray, means: FloatArray, label: str) -> Drawing:
    """Mean time by number of sites or posts: a falling line, a mark for each number."""
    figure, axes = drawing(_WIDTH_IN, 2.8)
    axes.plot(counts, means, color=LINE_STYLES[0][0], linewidth=1.8, marker="o", markersize=5)
    for count, mean in zip(counts.tolist(), means.tolist(), strict=True):
        axes.annotate(
            words.number(mean, 1), (count, mean), xytext=(0, 7), textcoords="offset points", fontsize=8.5
        )
    axes.set_xticks(counts)
    axes.set_xlabel(label)
    axes.set_ylabel(words("axis.minutes"))
    axes.xaxis.set_major_formatter(lambda value, _: words.number(value))
    axes.yaxis.set_major_formatter(lambda value, _: words.number(value, 1))
    axes.grid(axis="y", color=FAINT, linewidth=0.5)
    axes.margins(y=0.15)
    return figure


def bars(words: Words, names: Sequence[str], values: FloatArray, label: str) -> Drawing:
    """One bar for each name, the longest on top, with its figure."""
    figure, axes = drawing(_WIDTH_IN, 0.8 + 0.34 * len(names))
    at = np.arange(len(names))
    axes.barh(at, values, color="#d55e00", height=0.62)
    for row, value in enumerate(values.tolist()):
        text = axes.annotate(words.number(value), (value, row), xytext=(4, 0), textcoords="offset points")
        text.set(fontsize=8.5, va="center")
    axes.set_yticks(at, [wrapped(name) for name in names])
    axes.invert_yaxis()
    axes.set_xlabel(label)
    axes.xaxis.set_major_formatter(lambda value, _: words.number(value))
    axes.tick_params(axis="y", length=0)
    axes.margins(x=0.12)
    return figure
