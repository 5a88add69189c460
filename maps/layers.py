"""What a map can draw: points, areas, lines, sites and flows, as plain columns.

Every layer is a set of columns of one length. A *view* (before, after, p = 3, ...) never copies a layer: it
chooses which of the layer's columns colours it, and which of its items are shown. All text is data and may be
hostile; it reaches the page only through :mod:`maps.encoding` and JSON.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from numpy.typing import ArrayLike

from maps.geometry import Geometries
from maps.scales import Scale


class Shape(StrEnum):
    """Outline of a site's symbol; kinds differ by shape as well as by colour."""

    CROSS = "cross"
    SQUARE = "square"
    DIAMOND = "diamond"
    TRIANGLE = "triangle"
    PENTAGON = "pentagon"
    HEXAGON = "hexagon"
    DROP = "drop"
    PLANE = "plane"
    STAR = "star"
    RING = "ring"

    @classmethod
    def number(cls, index: int) -> Shape:
        """The shape of the ``index``-th kind, beginning again after the last."""
        shapes = list(cls)
        return shapes[index % len(shapes)]


class SiteRole(StrEnum):
    """What a site is in a view."""

    EXISTING = "existing"
    REQUIRED = "required"
    CANDIDATE = "candidate"
    CHOSEN = "chosen"
    CLOSED = "closed"
    FORBIDDEN = "forbidden"
    NAMED = "named"  #: a place of interest whose name is always written, such as the end of a route
    ABSENT = "absent"  #: not drawn in this view


class LineKind(StrEnum):
    """What a line is, which decides how it is drawn."""

    ROAD = "road"
    FERRY = "ferry"
    BOAT = "boat"
    FLIGHT = "flight"
    CLOSED = "closed"
    ROUTE = "route"
    WALK = "walk"
    SCHEMATIC = "schematic"  #: a road of which only the ends are known, drawn straight between them
    HIDDEN = "hidden"  #: not drawn in this view


@dataclass(frozen=True, eq=False, slots=True)
class Column:
    """One column of facts about a layer's items, shown in pop-ups and tables.

    Attributes:
        name: heading, without the unit.
        values: (n,) numbers (NaN: not known) or texts.
        unit: unit of the numbers, shown in the heading.
        digits: digits after the decimal sign.
    """

    name: str
    values: Sequence[str] | ArrayLike
    unit: str = ""
    digits: int = 0


@dataclass(frozen=True, eq=False, slots=True)
class Series:
    """One quantity of a layer, which can colour it.

    Attributes:
        name: what the quantity is, e.g. "Travel time to akuttmottak".
        values: (n,) float, NaN for unreachable (or what ``scale.missing`` says).
        scale: classes and colours.
        view: key of the view that shows this series; empty for every view without one of its own.
        marks: (n,) what is said behind each value wherever it is shown, empty for nothing; none for no marks.
    """

    name: str
    values: ArrayLike
    scale: Scale
    view: str = ""
    marks: Sequence[str] = ()


@dataclass(frozen=True, eq=False, slots=True)
class Hours:
    """A quantity of places by hour of the day: a strip in pop-ups, and a slider that colours the places.

    Attributes:
        name: what the quantity is, e.g. "Half the time".
        values: (n, 24) of the hours 0-1, 1-2, ...; NaN for unreachable (or what ``scale.missing`` says).
        scale: classes and colours.
        notes: (n,) a line below each strip, e.g. "leave by 21:49, first again 06:13"; empty texts for none.
        views: keys of the views whose pop-ups show the strip.
        chosen_in: key of the view in which a slider chooses the hour that colours the places; empty for none.
        of_alarm: whether an hour is that of an alarm, which somebody else answers, and not of leaving.
    """

    name: str
    values: ArrayLike
    scale: Scale
    notes: Sequence[str]
    views: tuple[str, ...]
    chosen_in: str = ""
    of_alarm: bool = False


@dataclass(frozen=True, eq=False, slots=True)
class Hatching:
    """Places that are hatched on top of their colour, because it is not to be trusted as others are.

    Attributes:
        name: what hatching means, for the legend.
        rows: by view key, (n,) whether each place is hatched.
    """

    name: str
    rows: Mapping[str, Sequence[bool]]


@dataclass(frozen=True, eq=False, slots=True)
class PointLayer:
    """Places, e.g. settlements or grid cells: circles sized by people, coloured by a series.

    Attributes:
        key: identifies the layer in views, flows and the page's address.
        name: heading in the legend and the table.
        lon: (n,) degrees east, EPSG:4326.
        lat: (n,) degrees north, EPSG:4326.
        labels: (n,) names, as in the data.
        series: quantities that colour the points; the table shows all of them.
        size: what the circles' areas show, e.g. people.
        columns: further facts for pop-up and table.
        parts: quantities that add up to a total, in order (the parts of a clock), drawn as a bar in the
            pop-up; or, by view key, such quantities for each view.
        hours: quantities by hour of the day.
        hatching: which places are hatched.
        areas: names of the areas that charts rank, such as municipalities.
        area_of: (n,) position of each place's area, -1 for none; empty without areas.
        shown: whether the layer is drawn at first.
    """

    key: str
    name: str
    lon: ArrayLike
    lat: ArrayLike
    labels: Sequence[str]
    series: tuple[Series, ...] = ()
    size: Column | None = None
    columns: tuple[Column, ...] = ()
    parts: tuple[Column, ...] | Mapping[str, tuple[Column, ...]] = ()
    hours: tuple[Hours, ...] = ()
    hatching: Hatching | None = None
    areas: Sequence[str] = ()
    area_of: ArrayLike = ()
    shown: bool = True


def parts_by_view(layer: PointLayer) -> Mapping[str, tuple[Column, ...]]:
    """The parts of a point layer by view key; parts that serve every view stand under the empty key."""
    return layer.parts if isinstance(layer.parts, Mapping) else {"": layer.parts}


@dataclass(frozen=True, eq=False, slots=True)
class AreaLayer:
    """Areas, e.g. municipalities or isochrones, filled by a series or only outlined.

    Attributes:
        key: identifies the layer.
        name: heading in the legend and the table.
        geometry: (n,) polygons or multipolygons, EPSG:4326; a GeoSeries or a plain sequence.
        labels: (n,) names.
        series: quantities that fill the areas; without any, outlines are drawn.
        columns: further facts for pop-up and table.
        simplify_m: shared borders are simplified together to about this many metres; 0 keeps every point.
        shown: whether the layer is drawn at first.
    """

    key: str
    name: str
    geometry: Geometries
    labels: Sequence[str]
    series: tuple[Series, ...] = ()
    columns: tuple[Column, ...] = ()
    simplify_m: float = 150.0
    shown: bool = True


@dataclass(frozen=True, eq=False, slots=True)
class LineLayer:
    """Roads, ferries, closed passes, the legs of a route.

    Attributes:
        key: identifies the layer.
        name: heading in the legend and the table.
        geometry: (n,) lines, EPSG:4326; a GeoSeries or a plain sequence of LineString or MultiLineString.
        labels: (n,) names, e.g. "E6" or "Bognes-Skarberget".
        kinds: (n,) :class:`LineKind` of each line; or, by view key, one such sequence for each view (the key
            "" serves the views without one).
        columns: further facts for pop-up and table.
        emphasis: drawn broad, as the subject of the map: a route among the roads.
        shown: whether the layer is drawn at first.
        from_zoom: (n,) zoom level from which each line is drawn; none: all are drawn always. A line without
            a label is a drawing that cannot be asked, and stands in no table.
        of_place: (n,) row of the place (of the first layer of points) while whose pop-up is open the line is
            drawn, -1 = always; none: all are drawn always.
    """

    key: str
    name: str
    geometry: Geometries
    labels: Sequence[str]
    kinds: Sequence[LineKind] | Mapping[str, Sequence[LineKind]]
    columns: tuple[Column, ...] = ()
    emphasis: bool = False
    shown: bool = True
    from_zoom: Sequence[int] = ()
    of_place: Sequence[int] = ()


@dataclass(frozen=True, eq=False, slots=True)
class SiteLayer:
    """Facilities of one kind: symbols of one shape that the keyboard reaches.

    Attributes:
        key: identifies the layer.
        name: the kind's full name, e.g. "Akuttmottak (emergency department)".
        lon: (n,) degrees east, EPSG:4326.
        lat: (n,) degrees north, EPSG:4326.
        labels: (n,) names.
        shape: outline of the symbols.
        roles: (n,) :class:`SiteRole` of each site; or, by view key, one such sequence for each view (the key
            "" serves the views without one).
        columns: further facts for pop-up and table.
        shown: whether the layer is drawn at first.
    """

    key: str
    name: str
    lon: ArrayLike
    lat: ArrayLike
    labels: Sequence[str]
    shape: Shape
    roles: Sequence[SiteRole] | Mapping[str, Sequence[SiteRole]]
    columns: tuple[Column, ...] = ()
    shown: bool = True


@dataclass(frozen=True, eq=False, slots=True)
class FlowLayer:
    """Which site serves which place: thin lines from each point to its site.

    Attributes:
        key: identifies the layer.
        name: heading in the legend.
        points: key of the point layer that the lines start from.
        sites: key of the site layer that they end at.
        to_site: (n_points,) position in the site layer, -1 for none; or one such array for each view key.
        shown: whether the layer is drawn at first.
    """

    key: str
    name: str
    points: str
    sites: str
    to_site: ArrayLike | Mapping[str, ArrayLike] = field(default_factory=dict)
    shown: bool = True


Layer = PointLayer | AreaLayer | LineLayer | SiteLayer | FlowLayer
