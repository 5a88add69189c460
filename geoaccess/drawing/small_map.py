"""Small maps for print: people as discs by their time, facilities as marks, the coast, names, a scale bar."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from geoaccess.drawing.plots import INK, UNREACHED, class_labels, legend
from geoaccess.drawing.small_map_frame import TALLEST, Frame
from geoaccess.drawing.small_map_names import Label, placed_labels
from geoaccess.ground.arrays import FloatArray
from geoaccess.ground.optional_packages import need
from geoaccess.words.visible import shortened
from geoaccess.words.words import Words
from maps import Scale

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Drawing


LAND, SEA, COAST = "#f1f0ea", "#dbe7ef", "#9fb3c1"
#: Largest and smallest disc, and all of them together, points squared; a map has about 130,000.
_LARGEST, _SMALLEST, _ROOM = 320.0, 5.0, 30_000.0
_NAMED_SIZE, _MARK_SIZE, _SMALL_MARK_SIZE = 170.0, 55.0, 20.0
#: More discs than this are drawn as one picture: as shapes they would make the page heavy.
_MANY_DOTS = 3000
#: More marks than this are drawn small.
_MANY_MARKS = 30
#: Discs of this radius and more are not covered by names, points.
_COVERED_PT = 4.0
_WIDTH_IN = 5.0
_LONGEST_NAME = 24


@dataclass(frozen=True, eq=False)
class Dots:
    """Places where people live.

    Attributes:
        lon: degrees east.
        lat: degrees north.
        names: names of the places.
        minutes: time of each, NaN unreachable.
        persons: people, the size of the disc.
        breaks: limits of the classes of time.
    """

    lon: FloatArray
    lat: FloatArray
    names: tuple[str, ...]
    minutes: FloatArray
    persons: FloatArray
    breaks: tuple[float, ...]

    @property
    def sizes(self) -> FloatArray:
        """(n,) squared diameter of each disc in points: people as area, all discs together within a bound."""
        largest = max(float(self.persons.max(initial=0.0)), 1.0)
        wanted = _LARGEST * self.persons / largest
        wanted *= min(1.0, _ROOM / max(float(wanted.sum()), 1.0))
        return np.maximum(wanted, min(_SMALLEST, _ROOM / max(len(wanted), 1)))

    @classmethod
    def of(
        cls, frame: pd.DataFrame, minutes: str, persons: str, *, breaks: Sequence[float] = (15, 30, 60, 120)
    ) -> Dots:
        """The places of a table."""
        columns = [frame[name].to_numpy(dtype=np.float64) for name in ("lon", "lat", minutes, persons)]
        return cls(
            columns[0], columns[1], tuple(frame["name"].astype(str)), columns[2], columns[3], tuple(breaks)
        )


@dataclass(frozen=True, eq=False)
class Marks:
    """Facilities of one kind, or sites in one role.

    Attributes:
        lon: degrees east.
        lat: degrees north.
        names: names of the facilities.
        label: what they are, for the legend.
        marker: mark of matplotlib.
        named: whether the names stand on the map.
    """

    lon: FloatArray
    lat: FloatArray
    names: tuple[str, ...]
    label: str
    marker: str = "P"
    named: bool = False

    @classmethod
    def of(cls, frame: pd.DataFrame, label: str, *, marker: str = "P", named: bool = False) -> Marks:
        """The facilities of a table."""
        lon, lat = (frame[name].to_numpy(dtype=np.float64) for name in ("lon", "lat"))
        return cls(lon, lat, tuple(frame["name"].astype(str)), label, marker, named)


def plan(
    words: Words,
    dots: Dots,
    marks: Sequence[Marks] = (),
    *,
    names: int = 8,
    width_in: float = _WIDTH_IN,
    tallest: float = TALLEST,
) -> Drawing:
    """A map of where people live and how long they have.

    Args:
        words: the language.
        dots: the places.
        marks: facilities; those outside the frame of the places are left out.
        names: how many of the largest places are named, where there is room.
        width_in: width in inches.
        tallest: greatest height as a multiple of the width.
    """
    frame = Frame.around(dots.lon, dots.lat, tallest=tallest)
    legend_in = 0.1 + 0.17 * math.ceil((len(dots.breaks) + 2 + len(marks)) / 2)
    height_in = width_in * frame.height_m / frame.width_m + legend_in
    figure: Drawing = need("matplotlib.figure").Figure(figsize=(width_in, height_in))
    axes = figure.add_axes((0.002, legend_in / height_in, 0.996, 1 - legend_in / height_in))
    axes.set_xlim(frame.window[0], frame.window[2])
    axes.set_ylim(frame.window[1], frame.window[3])
    axes.set_xticks([])
    axes.set_yticks([])
    axes.set_facecolor(SEA)
    _draw_land(axes, frame.land())
    handles = _draw_dots(words, axes, frame, dots)
    # The first kind lies on top, and so is seen where several are in one place.
    shown = [(mark, _draw_marks(axes, frame, mark)) for mark in reversed(marks)][::-1]
    handles += [(handle, mark.label) for mark, handle in shown if handle is not None]
    _draw_names(axes, frame, dots, marks, most=names, metres_a_point=frame.width_m / (72.0 * width_in))
    _draw_scale_bar(words, axes, frame, dots)
    legend(
        axes,
        [handle for handle, _ in handles],
        [label for _, label in handles],
        loc="upper left",
        bbox_to_anchor=(0, 0),
        borderaxespad=0.2,
        ncols=2,
        columnspacing=1.5,
        handletextpad=0.5,
        labelspacing=0.3,
    )
    return figure


def _draw_land(axes: Axes, shape: shapely.Geometry) -> None:
    path, patches = need("matplotlib.path"), need("matplotlib.patches")
    polygons = [part for part in shapely.get_parts(shape) if isinstance(part, shapely.Polygon)]
    rings = [
        path.Path(shapely.get_coordinates(ring), closed=True)
        for polygon in polygons
        if not polygon.is_empty
        for ring in (polygon.exterior, *polygon.interiors)
    ]
    if rings:
        whole = path.Path.make_compound_path(*rings)
        axes.add_artist(patches.PathPatch(whole, facecolor=LAND, edgecolor=COAST, linewidth=0.4, zorder=1))


def _draw_dots(words: Words, axes: Axes, frame: Frame, dots: Dots) -> list[tuple[Any, str]]:
    """The discs, the largest below; gives handle and label of each class."""
    scale = Scale.thresholds(dots.breaks)
    classes = scale.classes_of(dots.minutes)
    x, y = frame.project(dots.lon, dots.lat)
    size = dots.sizes
    colours = np.asarray([*scale.colours, UNREACHED], dtype=object)[classes]
    order = np.argsort(-size, kind="stable")
    axes.scatter(
        x[order],
        y[order],
        s=size[order],
        c=colours[order].tolist(),
        edgecolors=INK,
        linewidths=0.35 if len(x) <= _MANY_DOTS else 0.0,
        zorder=2,
        rasterized=len(x) > _MANY_DOTS,
    )
    labels = class_labels(words, dots.breaks)
    present = [*range(scale.n_classes), *([-1] if (classes == -1).any() else [])]
    return [
        (
            axes.scatter(
                [], [], s=38, c=[[*scale.colours, UNREACHED][number]], edgecolors=INK, linewidths=0.35
            ),
            labels[number],
        )
        for number in present
    ]


def _draw_marks(axes: Axes, frame: Frame, mark: Marks) -> Any:  # noqa: ANN401 - a collection of matplotlib
    x, y = frame.project(mark.lon, mark.lat)
    west, south, east, north = frame.window
    inside = (x > west) & (x < east) & (y > south) & (y < north)
    if not inside.any():
        return None
    crossed = mark.marker == "x"
    return axes.scatter(
        x[inside],
        y[inside],
        s=_NAMED_SIZE if mark.named else _SMALL_MARK_SIZE if inside.sum() > _MANY_MARKS else _MARK_SIZE,
        marker=mark.marker,
        c="#d55e00" if crossed or mark.named else "white",
        edgecolors=None if crossed else ("white" if mark.named else "#b3001b"),
        linewidths=0.8 if inside.sum() > _MANY_MARKS else 1.2,
        zorder=4 if mark.named else 3,
    )


def _labels(frame: Frame, dots: Dots, marks: Sequence[Marks], most: int) -> list[Label]:
    """What is to be named, the most important first."""
    found = []
    for mark in marks:
        if mark.named:
            x, y = frame.project(mark.lon, mark.lat)
            radius = math.sqrt(_NAMED_SIZE) / 2
            found += [
                Label(shortened(name, _LONGEST_NAME), east, north, radius, bold=True)
                for name, east, north in zip(mark.names, x.tolist(), y.tolist(), strict=True)
            ]
    x, y = frame.project(dots.lon, dots.lat)
    radii = np.sqrt(dots.sizes) / 2
    taken = {label.text for label in found}
    for row in np.argsort(-dots.persons, kind="stable")[: 3 * most]:
        name = shortened(dots.names[row], _LONGEST_NAME)
        if name not in taken:
            found.append(Label(name, float(x[row]), float(y[row]), float(radii[row])))
    return found


def _draw_names(
    axes: Axes, frame: Frame, dots: Dots, marks: Sequence[Marks], *, most: int, metres_a_point: float
) -> None:
    labels = _labels(frame, dots, marks, most)
    x, y = frame.project(dots.lon, dots.lat)
    reach = np.sqrt(dots.sizes) / 2 * metres_a_point
    obstacles = [
        (
            float(x[row] - reach[row]),
            float(y[row] - reach[row]),
            float(x[row] + reach[row]),
            float(y[row] + reach[row]),
        )
        for row in np.flatnonzero(reach >= _COVERED_PT * metres_a_point)
    ]
    most += sum(label.bold for label in labels)
    for label, left, bottom in islice(placed_labels(labels, frame.window, metres_a_point, obstacles), most):
        axes.text(
            left,
            bottom,
            label.text,
            fontsize=label.size_pt,
            fontweight="bold" if label.bold else "normal",
            va="bottom",
            ha="left",
            zorder=5,
            bbox={"boxstyle": "square,pad=0.08", "facecolor": "white", "edgecolor": "none", "alpha": 0.6},
        )


def _draw_scale_bar(words: Words, axes: Axes, frame: Frame, dots: Dots) -> None:
    """A bar of a round length, about a fifth of the width, in the lower corner with fewer people."""
    power = 10 ** math.floor(math.log10(frame.width_m / 5))
    length = max(step * power for step in (1, 2, 5) if step * power <= frame.width_m / 5)
    x, y = frame.project(dots.lon, dots.lat)
    low = y < frame.south + 0.15 * frame.height_m
    crowded_left = (low & (x < frame.west + 0.3 * frame.width_m)).sum()
    crowded_right = (low & (x > frame.west + 0.7 * frame.width_m)).sum()
    left = frame.west + 0.03 * frame.width_m
    if crowded_left > crowded_right:
        left = frame.west + 0.97 * frame.width_m - length
    bottom = frame.south + 0.035 * frame.height_m
    axes.plot(
        [left, left + length], [bottom, bottom], color=INK, linewidth=2, solid_capstyle="butt", zorder=5
    )
    text = words("kilometres", value=words.number(length / 1000, 0 if length >= 1000 else 1))
    axes.text(left, bottom + 0.012 * frame.height_m, text, fontsize=8, va="bottom", zorder=5)
