"""A document's layers as tables: a geometry and fields a row, and the rules by which each view is drawn."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from xml.etree import ElementTree as ET

import numpy as np
import shapely
from numpy.typing import NDArray

from maps.arrays import BoolArray, FloatArray
from maps.document import MapDocument, View
from maps.geometry import drawn_areas, shapes_of
from maps.layers import (
    AreaLayer,
    Column,
    FlowLayer,
    Layer,
    LineKind,
    LineLayer,
    PointLayer,
    Series,
    SiteLayer,
    SiteRole,
    parts_by_view,
)
from maps.messages import messages_for
from maps.payload import numbers_of
from maps.qgis import symbols
from maps.scales import CATEGORY_COLOURS, Palette, Scale

Geometry = NDArray[np.object_]
#: Names of layers' tables that differ from their keys.
_NAMES = {"settlements": "places", "road": "roads", "ferry": "ferries", "boat": "boats", "flight": "flights"}
_NAME = "name"
#: Columns that every table of a GeoPackage has.
_OWN = ("fid", "geom")
#: Tables that no layer may be named as: land, styles.
_TAKEN = ("land", "layer_styles")
_FOLDED = str.maketrans("øåöäéáčđŋšŧž", "oaoaeacdnstz", "") | {ord("æ"): "ae"}


@dataclass(frozen=True, slots=True)
class Rule:
    """What one legend entry draws: the rows of an expression of QGIS, by one symbol."""

    filter: str
    label: str
    symbol: ET.Element


@dataclass(frozen=True, slots=True)
class Style:
    """How a table is drawn in a view.

    Attributes:
        rules: drawn in this order.
        largest_first: field by whose descending values rows are drawn; empty for the table's order.
        labelled: expression of the text beside a row; empty for none.
    """

    rules: tuple[Rule, ...]
    largest_first: str = ""
    labelled: str = ""


@dataclass(frozen=True, eq=False, slots=True)
class Field:
    """A column of a table.

    Attributes:
        name: in lower-case ASCII, as the file holds it.
        alias: what a reader sees.
        values: (n,) numbers or texts.
    """

    name: str
    alias: str
    values: NDArray[np.float64] | NDArray[np.object_]


@dataclass(frozen=True, eq=False, slots=True)
class Sheet:
    """A layer of the GeoPackage.

    Attributes:
        name: of the table.
        title: of the layer, for a reader.
        kind: ``Point``, ``MultiLineString`` or ``MultiPolygon``.
        geometry: (n,) degrees, EPSG:4326.
        fields: the columns.
        styles: view key -> how it is drawn; "" serves the views without one.
        shown: whether it is drawn at first.
    """

    name: str
    title: str
    kind: str
    geometry: Geometry
    fields: tuple[Field, ...]
    styles: Mapping[str, Style]
    shown: bool = True

    def style_in(self, view: str) -> str | None:
        """Key of the style of a view; None where nothing of the table is drawn in it."""
        key = view if view in self.styles else ""
        return key if key in self.drawn() else None

    def drawn(self) -> list[str]:
        """Keys of the styles that draw anything."""
        return [key for key, style in self.styles.items() if style.rules]

    def first_style(self, view: str) -> str | None:
        """Key of the style in which the table is first drawn: a view's, else the first that draws any row."""
        here = self.style_in(view)
        return next(iter(self.drawn()), None) if here is None else here

    def style_names(self, labels: Mapping[str, str]) -> dict[str, str]:
        """Key -> name of each style that draws anything: the label of its view."""
        names = [labels.get(key, "") or self.title for key in self.drawn()]
        return dict(zip(self.drawn(), unique(names), strict=True))


def sheets_of(document: MapDocument) -> list[Sheet]:
    """The tables of a document, the uppermost first.

    What a reader's own choice of sites colours (:class:`maps.WhatIf`) is for the page alone and left out, as
    are strips of hours.
    """
    asked = {choice.sites for choice in document.what_if}
    away = _own_choice(document)
    views = [view.key for view in drawn_views(document)]
    words = messages_for(str(document.language))
    unreachable = words["unreachable"]
    made: dict[int, list[Sheet]] = {rank: [] for rank in range(6)}
    for layer in document.layers:
        if layer.key in asked or (not isinstance(layer, FlowLayer) and not len(layer.labels)):
            continue
        if isinstance(layer, SiteLayer):
            made[0].append(_sites(layer, away, words))
        elif isinstance(layer, PointLayer):
            places = _places(layer, views, away, unreachable)
            made[1] += _gains(places, layer, away)
            made[2].append(places)
        elif isinstance(layer, FlowLayer):
            made[3] += _flows(layer, document.layers, away)
        elif isinstance(layer, LineLayer):
            made[4].append(_lines(layer, away, words))
        elif isinstance(layer, AreaLayer):
            made[5].append(_areas(layer, away, unreachable))
    found = [sheet for rank in made.values() for sheet in rank if len(sheet.geometry)]
    return list(_uniquely_named(found))


def drawn_views(document: MapDocument) -> list[View]:
    """The views of a document without those of a reader's own choice."""
    return [view for view in document.views if view.key not in _own_choice(document)]


def _own_choice(document: MapDocument) -> set[str]:
    return {view for choice in document.what_if for view in (choice.minutes_view, choice.change_view)}


def _uniquely_named(sheets: Sequence[Sheet]) -> Iterator[Sheet]:
    """Tables of which no two bear one name."""
    names = unique([sheet.name for sheet in sheets], _TAKEN)
    for sheet, name in zip(sheets, names, strict=True):
        yield replace(sheet, name=name)


def unique(names: Sequence[str], taken: Sequence[str] = ()) -> list[str]:
    """Names of which no two are the same, nor one of those taken: ``time``, ``time_2``."""
    found = [*_OWN, *taken]
    for name in names:
        number, made = 1, name
        while made in found:
            number += 1
            made = f"{name}_{number}"
        found.append(made)
    return found[len(_OWN) + len(taken) :]


def plain_name(text: str) -> str:
    """A name in lower-case ASCII letters, digits and underscores, for tables and fields."""
    folded = text.lower().translate(_FOLDED)
    return re.sub(r"[^a-z0-9]+", "_", folded).strip("_") or "field"


def points_at(lon: object, lat: object) -> Geometry:
    """(n,) points of degrees."""
    made: Geometry = shapely.points(np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64))
    return made


def _table_name(layer: Layer) -> str:
    return _NAMES.get(layer.key) or plain_name(layer.key.removeprefix("facility-"))


def _fields(
    layer: PointLayer | AreaLayer | LineLayer | SiteLayer, own: Sequence[Field] = ()
) -> tuple[Field, ...]:
    """The name, the fields of the layer's own sort, and its columns, each under a name of its own."""
    told = [Field(_NAME, "", _texts(layer.labels)), *own, *map(_column, layer.columns)]
    names = unique([field.name for field in told])
    return tuple(replace(field, name=name) for field, name in zip(told, names, strict=True))


def _column(column: Column) -> Field:
    alias = f"{column.name} ({column.unit})" if column.unit else column.name
    numbers = numbers_of(column.values)
    return Field(
        plain_name(column.name),
        alias,
        _texts(np.asarray(column.values, dtype=np.object_)) if numbers is None else numbers,
    )


def _texts(values: Iterable[object]) -> NDArray[np.object_]:
    return np.asarray([str(value) for value in values], dtype=np.object_)


def _places(layer: PointLayer, views: Sequence[str], away: set[str], unreachable: str) -> Sheet:
    """Places with a field for each series: coloured by it, sized by people."""
    size = [_column(layer.size)] if layer.size else []
    first = size[0].name if size else ""
    series = _named(layer.series, away, (first,))
    own = [*size, *_series_fields(series), *_hatching(layer, series), *_parts(layer, away)]
    by = _diameter(size[0]) if size else ""
    styles = {}
    for field, one in series.items():
        rules = [*_point_rules(field, one, by, unreachable), *_hatched_rules(field, layer, one, by)]
        styles[one.view] = Style(tuple(rules), first)
    if "" not in styles and (not styles or not set(views) <= set(styles)):
        styles[""] = Style((Rule("", layer.name, symbols.dot("#ffffff", by)),), first)
    return Sheet(
        _table_name(layer),
        layer.name,
        "Point",
        points_at(layer.lon, layer.lat),
        _fields(layer, own),
        styles,
        layer.shown,
    )


def _named(series: Sequence[Series], away: set[str], taken: Sequence[str] = ()) -> dict[str, Series]:
    """Field -> series, without those of views that are left out; a field bears the name of its view."""
    kept = [one for one in series if one.view not in away]
    names = unique([plain_name(one.view or one.name) for one in kept], (_NAME, *taken))
    return dict(zip(names, kept, strict=True))


def _series_fields(series: Mapping[str, Series]) -> list[Field]:
    """A field for each series, and one for what stands behind its values."""
    fields = []
    for name, one in series.items():
        unit = one.scale.unit
        fields.append(Field(name, f"{one.name} ({unit})" if unit else one.name, _values(one)))
        if any(one.marks):
            fields.append(Field(f"{name}_mark", one.name, _texts(one.marks)))
    return fields


def _values(series: Series) -> NDArray[np.float64] | NDArray[np.object_]:
    """Numbers; of a scale that is named, the names."""
    values = np.asarray(series.values, dtype=np.float64)
    if not series.scale.named:
        return values
    names = [*series.scale.labels, None]
    return np.asarray([names[at] for at in series.scale.classes_of(values)], dtype=object)


def _hatching(layer: PointLayer, series: Mapping[str, Series]) -> list[Field]:
    if layer.hatching is None:
        return []
    rows = layer.hatching.rows
    return [
        Field(f"{name}_hatched", layer.hatching.name, np.asarray(rows[one.view], dtype=np.float64))
        for name, one in series.items()
        if one.view in rows
    ]


def _parts(layer: PointLayer, away: set[str]) -> list[Field]:
    """The parts of a total, such as drive and wait, by view."""
    return [
        replace(field, name=plain_name(f"{view}_{field.name}"))
        for view, parts in parts_by_view(layer).items()
        if view not in away
        for field in map(_column, parts)
    ]


def _diameter(size: Field) -> str:
    """Expression of a circle's diameter in millimetres, its area growing with the people."""
    numbers = np.asarray(size.values, dtype=np.float64)
    largest = float(np.nanmax(numbers, initial=0.0)) or 1.0
    share = f'max(coalesce("{size.name}", 0), 0) / {largest!r}'
    scale = 2 * symbols.PIXEL_MM
    return f"{scale:.4f} * max({symbols.LEAST_PX}, {symbols.LARGEST_PX} * sqrt({share}))"


def class_filters(scale: Scale, field: str) -> list[str]:
    """The expression of each class of a scale, which hold every number once, whatever the ends count as."""
    if scale.named:
        return [f"\"{field}\" = '{label.replace(chr(39), chr(39) * 2)}'" for label in scale.labels]
    low, high = (">", "<=") if scale.closed_above else (">=", "<")
    limits = [None, *scale.breaks, None]
    filters = []
    for least, most in pairwise(limits):
        ends = [f'"{field}" {low} {least!r}'] if least is not None else []
        ends += [f'"{field}" {high} {most!r}'] if most is not None else []
        filters.append(" AND ".join(ends) or f'"{field}" IS NOT NULL')
    return filters


def class_labels(scale: Scale) -> list[str]:
    """What the legend says of each class."""
    if scale.labels:
        return list(scale.labels)
    unit = f" {scale.unit}" if scale.unit else ""
    if not scale.breaks:
        return [scale.unit]
    below, above = ("≤", ">") if scale.closed_above else ("<", "≥")
    told = [f"{limit:g}" for limit in scale.breaks]
    between = [f"{low} – {high}" for low, high in pairwise(told)]
    return [f"{text}{unit}" for text in (f"{below} {told[0]}", *between, f"{above} {told[-1]}")]


def _point_rules(field: str, series: Series, by: str, unreachable: str) -> list[Rule]:
    scale = series.scale
    middle = len(scale.colours) // 2 if scale.palette is Palette.DIVERGING else None
    classes = zip(class_filters(scale, field), class_labels(scale), scale.colours, strict=True)
    rules = []
    for at, (rows, label, colour) in enumerate(classes):
        size = by
        if by and middle is not None:
            # A map of changes is about those who gain or lose; the others are drawn small.
            limit = 6 * symbols.PIXEL_MM if at == middle else 10 * symbols.PIXEL_MM
            size = f"{'min' if at == middle else 'max'}({limit:.4f}, {by})"
        rules.append(Rule(rows, label, symbols.dot(colour, size)))
    rules.append(Rule(f'"{field}" IS NULL', scale.missing or unreachable, symbols.cross()))
    return rules


def _hatched_rules(field: str, layer: PointLayer, series: Series, by: str) -> list[Rule]:
    if layer.hatching is None or series.view not in layer.hatching.rows:
        return []
    rows = f'"{field}_hatched" = 1 AND "{field}" IS NOT NULL'
    return [Rule(rows, layer.hatching.name, symbols.hatched_dot(by))]


def _gains(places: Sheet, layer: PointLayer, away: set[str]) -> list[Sheet]:
    """The places whose minutes change: by more than nothing, or reached in one state only."""
    changes = [one for one in layer.series if one.scale.palette is Palette.DIVERGING and one.view not in away]
    others = [one for one in layer.series if one.view not in away and one not in changes]
    kept = np.zeros(len(layer.labels), dtype=bool)
    for one in changes:
        kept |= _changed(one, others)
    if not kept.any():
        return []
    fields = tuple(replace(field, values=field.values[kept]) for field in places.fields)
    styles = {}
    for one in changes:
        drawn = places.styles[one.view]
        middle = len(one.scale.colours) // 2
        styles[one.view] = replace(
            drawn, rules=tuple(rule for at, rule in enumerate(drawn.rules) if at != middle)
        )
    return [Sheet("gains", changes[0].name, "Point", places.geometry[kept], fields, styles, shown=False)]


def _changed(change: Series, others: Sequence[Series]) -> BoolArray:
    values: FloatArray = np.asarray(change.values, dtype=np.float64)
    middle = len(change.scale.colours) // 2
    reached = [~np.isnan(np.asarray(one.values, dtype=np.float64)) for one in others]
    once = np.any(reached, axis=0) if reached else np.zeros(len(values), dtype=bool)
    found: BoolArray = np.where(np.isnan(values), once, change.scale.classes_of(values) != middle)
    return found


def _areas(layer: AreaLayer, away: set[str], unreachable: str) -> Sheet:
    series = _named(layer.series, away)
    styles = {one.view: Style(tuple(_area_rules(field, one, unreachable))) for field, one in series.items()}
    if not styles:
        styles[""] = Style((Rule("", layer.name, symbols.outlined()),))
    shapes = drawn_areas(layer.geometry, tolerance_m=layer.simplify_m)
    whole = np.asarray([shapely.multipolygons(shapely.get_parts(shape)) for shape in shapes], dtype=object)
    fields = _fields(layer, _series_fields(series))
    return Sheet(_table_name(layer), layer.name, "MultiPolygon", whole, fields, styles, layer.shown)


def _area_rules(field: str, series: Series, unreachable: str) -> Iterator[Rule]:
    scale = series.scale
    classes = list(zip(class_filters(scale, field), class_labels(scale), scale.colours, strict=True))
    # The last class first: of nested isochrones, the nearest then lies on top.
    for rows, label, colour in reversed(classes):
        yield Rule(rows, label, symbols.area(colour))
    yield Rule(f'"{field}" IS NULL', scale.missing or unreachable, symbols.hatched_area())


def _lines(layer: LineLayer, away: set[str], words: Mapping[str, str]) -> Sheet:
    kinds = _by_view(layer.kinds, away)
    own = _state_fields("kind", kinds)
    fields = _fields(layer, own)
    styles = {
        view: Style(tuple(_line_rules(field.name, rows, layer, words)))
        for (view, rows), field in zip(kinds.items(), own, strict=True)
    }
    shapes = [shapely.multilinestrings(shapely.get_parts(shape)) for shape in shapes_of(layer.geometry)]
    whole = np.asarray(shapes, dtype=object)
    return Sheet(_table_name(layer), layer.name, "MultiLineString", whole, fields, styles, layer.shown)


def _line_rules(
    field: str, rows: Sequence[str], layer: LineLayer, words: Mapping[str, str]
) -> Iterator[Rule]:
    for kind in LineKind:
        if kind is not LineKind.HIDDEN and kind in rows:
            name = layer.name if len(set(rows)) == 1 else f"{layer.name}: {words[f'kind_{kind}']}"
            yield Rule(f"\"{field}\" = '{kind}'", name, symbols.line(kind, emphasis=layer.emphasis))


def _state_fields(what: str, states: Mapping[str, Sequence[str]]) -> list[Field]:
    """A field of texts for each view: ``role_before``; ``role`` for the views without one of their own."""
    names = unique([plain_name(f"{what}_{view}") if view else what for view in states], (_NAME,))
    return [Field(name, "", _texts(rows)) for name, rows in zip(names, states.values(), strict=True)]


def _by_view(values: Sequence[str] | Mapping[str, Sequence[str]], away: set[str]) -> dict[str, Sequence[str]]:
    told = values if isinstance(values, Mapping) else {"": values}
    return {view: rows for view, rows in told.items() if view not in away}


def _sites(layer: SiteLayer, away: set[str], words: Mapping[str, str]) -> Sheet:
    """The sites that are drawn in any view, with their role in each."""
    roles = _by_view(layer.roles, away)
    every = [np.asarray(_texts(rows)) for rows in roles.values()]
    kept: BoolArray = np.any([rows != SiteRole.ABSENT.value for rows in every], axis=0)
    own = _state_fields("role", roles)
    fields = tuple(replace(field, values=field.values[kept]) for field in _fields(layer, own))
    styles = {
        view: Style(tuple(_site_rules(field.name, rows[kept], layer, words)), labelled=_labelled(field.name))
        for view, rows, field in zip(roles, every, own, strict=True)
    }
    where = points_at(layer.lon, layer.lat)[kept]
    return Sheet(_table_name(layer), layer.name, "Point", where, fields, styles, layer.shown)


def _site_rules(
    field: str, rows: NDArray[np.object_], layer: SiteLayer, words: Mapping[str, str]
) -> Iterator[Rule]:
    for role in SiteRole:
        if role is not SiteRole.ABSENT and role.value in rows:
            label = layer.name if role is SiteRole.EXISTING else f"{layer.name}: {words[f'role_{role}']}"
            yield Rule(f"\"{field}\" = '{role}'", label, symbols.site(layer.shape, role))


def _labelled(field: str) -> str:
    return f"CASE WHEN \"{field}\" IN ('chosen', 'named') THEN \"{_NAME}\" END"


def _flows(layer: FlowLayer, layers: Sequence[Layer], away: set[str]) -> list[Sheet]:
    """A line for each place and what serves it in any view, once; fields say in which views it does."""
    points = next(one for one in layers if isinstance(one, PointLayer) and one.key == layer.points)
    sites = next(one for one in layers if isinstance(one, SiteLayer) and one.key == layer.sites)
    told = layer.to_site if isinstance(layer.to_site, Mapping) else {"": layer.to_site}
    served = {view: np.asarray(rows, dtype=np.int64) for view, rows in told.items() if view not in away}
    pairs = sorted(
        {(row, int(site)) for rows in served.values() for row, site in enumerate(rows) if site >= 0}
    )
    if not pairs:
        return []
    row, site = np.asarray(pairs).T
    starts, ends = (
        np.column_stack(
            [np.asarray(one.lon, dtype=np.float64)[at], np.asarray(one.lat, dtype=np.float64)[at]]
        )
        for one, at in ((points, row), (sites, site))
    )
    colours = np.asarray([CATEGORY_COLOURS[at % len(CATEGORY_COLOURS)] for at in site], dtype=object)
    names = dict(zip(served, unique([plain_name(f"in_{view}") for view in served]), strict=True))
    fields = [
        Field("place", "", _texts(points.labels)[row]),
        Field("site", "", _texts(sites.labels)[site]),
        Field("colour", "", colours),
        *(Field(names[view], "", (rows[row] == site).astype(np.float64)) for view, rows in served.items()),
    ]
    styles = {
        view: Style(
            tuple(
                Rule(f'"{names[view]}" = 1 AND "colour" = \'{colour}\'', layer.name, symbols.flow(colour))
                for colour in dict.fromkeys(colours.tolist())
            )
        )
        for view in served
    }
    lines = shapely.multilinestrings(shapely.linestrings(np.stack([starts, ends], axis=1))[:, None])
    name = plain_name(layer.key)
    return [Sheet(name, layer.name, "MultiLineString", lines, tuple(fields), styles, layer.shown)]
