"""A document as one JSON value: columns packed, classes assigned, every fault found first.

The page's scripts read this value and nothing else of the data; its layout is private to ``maps``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import ArrayLike

from maps import geometry
from maps.arrays import FloatArray
from maps.basemap import COAST_SOURCE, coast_around, serves
from maps.checks import check_document
from maps.document import Headline, MapDocument, Proof, TableView, Tiles, View
from maps.encoding import (
    PLACE_DECIMALS,
    Letters,
    deflated,
    encode_integers,
    encode_numbers,
    encode_rings,
)
from maps.layers import (
    AreaLayer,
    Column,
    FlowLayer,
    Hatching,
    Hours,
    Layer,
    LineKind,
    LineLayer,
    PointLayer,
    Series,
    SiteLayer,
    SiteRole,
    parts_by_view,
)
from maps.messages import catalogue
from maps.near_coast import NEAR_SOURCE, near_coast
from maps.scales import CATEGORY_COLOURS, Palette, Scale
from maps.what_if import what_if_payload

#: One character per class from here on, so that a column of classes is one short text; "-" stands for NaN.
_FIRST_MARK = ord("0")
#: Where the map looks when nothing is drawn: Northern Norway.
_DEFAULT_BOUNDS = (11.0, 64.9, 31.5, 71.4)
#: Room kept around the drawn things, as a share of their extent and as a least number of degrees; around what
#: is smaller than that, as a larger share of it, and around a single point as a street's length.
_MARGIN_SHARE, _MARGIN_DEGREES = 0.05, 0.05
_SMALL_SHARE, _POINT_DEGREES = 0.15, 0.005


def document_payload(document: MapDocument) -> dict[str, Any]:
    """The document as the page reads it.

    Raises:
        MapDataError: with every fault of the document, such as columns of unequal length.
    """
    check_document(document)
    bounds = document.bounds or extent(document.layers)
    basemap, source = _basemap(document, bounds)
    near = near_coast(*_places_of(document.layers)) if basemap and document.basemap is None else None
    sources = [line for line in (*document.sources, source, NEAR_SOURCE if near else "") if line]
    packed: dict[str, Any] = {
        "title": _text(document.title),
        "subtitle": _text(document.subtitle),
        "state": _text(document.state),
        "standing": [_text(line) for line in document.standing],
        "verdict": _text(document.verdict),
        "language": str(document.language),
        "unreviewed": bool(catalogue(str(document.language)).unreviewed),
        "headline": [_headline(item) for item in document.headline],
        "notices": [_text(line) for line in document.notices],
        "proof": _proof(document.proof),
        "layers": [_layer(layer) for layer in document.layers],
        "tables": [_table(table) for table in document.tables],
        "views": [_view(view) for view in document.views],
        "viewControl": str(document.view_control),
        "viewLabel": _text(document.view_label),
        "firstView": document.first_view or (document.views[0].key if document.views else ""),
        "swipe": list(document.swipe) if document.swipe else None,
        "bounds": list(bounds),
        "basemap": basemap,
        "nearCoast": near,
        "tiles": _tiles(document.tiles),
        "names": [
            [_text(one.text), round(one.lon, 5), round(one.lat, 5), int(one.from_zoom), bool(one.is_water)]
            for one in document.names
        ],
        "whatIf": [what_if_payload(choice) for choice in document.what_if],
        "sources": [_text(line) for line in sources],
    }
    return {key: deflated(value) for key, value in packed.items()}


def _basemap(
    document: MapDocument, bounds: tuple[float, float, float, float]
) -> tuple[dict[str, Any] | None, str]:
    """The packed land under the map, if there is any, and its source."""
    if document.basemap is not None:
        return document.basemap.packed(), document.basemap.source
    return (coast_around(bounds), COAST_SOURCE) if serves(bounds) else (None, "")


def _tiles(tiles: Tiles | None) -> dict[str, Any] | None:
    if tiles is None:
        return None
    return {
        "address": tiles.address,
        "host": tiles.host,
        "attribution": _text(tiles.attribution),
        "maxZoom": tiles.max_zoom,
    }


def _places_of(layers: Sequence[Layer]) -> tuple[FloatArray, FloatArray]:
    """Where people and sites are."""
    found = [one for one in layers if isinstance(one, PointLayer | SiteLayer) and len(one.labels)]
    empty = np.zeros(0)
    lon = np.concatenate([np.asarray(one.lon, dtype=np.float64) for one in found]) if found else empty
    lat = np.concatenate([np.asarray(one.lat, dtype=np.float64) for one in found]) if found else empty
    return lon, lat


def extent(layers: Sequence[Layer]) -> tuple[float, float, float, float]:
    """West, south, east, north around the people and sites, else around everything drawn, with some room.

    A road or ferry to somewhere else does not decide what a map shows first.
    """
    boxes = []
    lon, lat = _places_of(layers)
    if len(lon):
        boxes.append((lon.min(), lat.min(), lon.max(), lat.max()))
    if not boxes or _is_subject(layers):
        shapes = [one for one in layers if isinstance(one, AreaLayer | LineLayer) and len(one.labels)]
        boxes += [tuple(shapely.total_bounds(geometry.shapes_of(one.geometry))) for one in shapes]
    if not boxes:
        return _DEFAULT_BOUNDS
    corners = np.asarray(boxes, dtype=float)
    low, high = corners[:, :2].min(axis=0), corners[:, 2:].max(axis=0)
    least = np.clip((high - low) * _SMALL_SHARE, _POINT_DEGREES, _MARGIN_DEGREES)
    room = np.maximum((high - low) * _MARGIN_SHARE, least)
    (west, south), (east, north) = (low - room).tolist(), (high + room).tolist()
    return west, south, east, north


def _is_subject(layers: Sequence[Layer]) -> bool:
    """Whether lines or areas are what the map is about: a route, or areas without any places of people."""
    return any(isinstance(one, LineLayer) and one.emphasis for one in layers) or not any(
        isinstance(one, PointLayer) for one in layers
    )


def _layer(layer: Layer) -> dict[str, Any]:
    packed: dict[str, Any] = {"key": layer.key, "name": _text(layer.name), "shown": layer.shown}
    if isinstance(layer, FlowLayer):
        flows = layer.to_site if isinstance(layer.to_site, Mapping) else {"": layer.to_site}
        to_site = {key: encode_integers(np.asarray(value, dtype=np.int64)) for key, value in flows.items()}
        return (
            packed
            | {"type": "flows", "points": layer.points, "sites": layer.sites}
            | {
                "toSite": to_site,
                "colours": list(CATEGORY_COLOURS),
            }
        )
    packed["labels"] = [_text(label) for label in layer.labels]
    packed["columns"] = [_column(column) for column in layer.columns]
    if isinstance(layer, PointLayer):
        return packed | _places(layer) | _points(layer)
    if isinstance(layer, AreaLayer):
        return packed | {
            "type": "areas",
            "series": _all_series(layer.series),
            "shapes": encode_rings(geometry.area_rings(layer.geometry, tolerance_m=layer.simplify_m)),
        }
    if isinstance(layer, LineLayer):
        lines = geometry.line_parts(layer.geometry)
        shapes = encode_rings(lines, decimals=PLACE_DECIMALS)
        return packed | {
            "type": "lines",
            "shapes": shapes,
            "kinds": _per_view(layer.kinds, LineKind),
            "emphasis": layer.emphasis,
            "fromZoom": encode_integers(np.asarray(layer.from_zoom, dtype=np.int64)),
            "ofPlace": encode_integers(np.asarray(layer.of_place, dtype=np.int64)),
        }
    return (
        packed
        | _places(layer)
        | {"type": "sites", "shape": str(layer.shape), "roles": _per_view(layer.roles, SiteRole)}
    )


def _places(layer: PointLayer | SiteLayer) -> dict[str, Any]:
    return {
        axis: encode_numbers(getattr(layer, axis), decimals=PLACE_DECIMALS, differences=True)
        for axis in ("lon", "lat")
    }


def _points(layer: PointLayer) -> dict[str, Any]:
    return {
        "type": "points",
        "series": _all_series(layer.series),
        "size": None if layer.size is None else _column(layer.size),
        "parts": {view: [_column(part) for part in parts] for view, parts in parts_by_view(layer).items()},
        "hours": [_hours(hours) for hours in layer.hours],
        "hatching": None if layer.hatching is None else _hatching(layer.hatching),
        "areas": [_text(name) for name in layer.areas],
        "areaOf": encode_integers(np.asarray(layer.area_of, dtype=np.int64)),
    }


def _hours(hours: Hours) -> dict[str, Any]:
    """One text of classes and one column of numbers for each hour."""
    values = np.asarray(hours.values, dtype=np.float64)
    return {
        "name": _text(hours.name),
        "scale": _scale(hours.scale),
        "values": [encode_numbers(hour, decimals=hours.scale.digits + 1) for hour in values.T],
        "classes": [_classes(hours.scale, hour) for hour in values.T],
        "notes": _texts(hours.notes),
        "views": list(hours.views),
        "chosenIn": hours.chosen_in,
        "ofAlarm": hours.of_alarm,
    }


def _hatching(hatching: Hatching) -> dict[str, Any]:
    rows = {view: "".join("1" if one else "0" for one in marks) for view, marks in hatching.rows.items()}
    return {"name": _text(hatching.name), "rows": rows}


def _per_view(values: Sequence[Any] | Mapping[str, Sequence[Any]], kind: type) -> dict[str, dict[str, Any]]:
    """Columns of enum values by view key; a plain sequence serves every view."""
    views = values if isinstance(values, Mapping) else {"": values}
    known = {value: str(kind(value)) for value in {value for column in views.values() for value in column}}
    return {key: _texts(known[value] for value in column) for key, column in views.items()}


def _all_series(series: Sequence[Series]) -> list[dict[str, Any]]:
    """Series as the page reads them; one that holds the very array of an earlier one tells which."""
    packed = [_series(one) for one in series]
    for at, one in enumerate(series):
        for earlier, other in enumerate(series[:at]):
            if one.values is other.values and one.scale.digits == other.scale.digits:
                packed[at]["values"] = earlier
                break
    return packed


def _series(series: Series) -> dict[str, Any]:
    values = np.asarray(series.values, dtype=np.float64)
    return {
        "name": _text(series.name),
        "view": series.view,
        "scale": _scale(series.scale),
        "values": encode_numbers(values, decimals=series.scale.digits + 1),
        "classes": _classes(series.scale, values),
        "marks": _texts(series.marks) if any(series.marks) else None,
    }


def _classes(scale: Scale, values: FloatArray) -> Letters:
    """The class of each value, one character each."""
    classes = np.asarray(scale.classes_of(values), dtype=np.int64)
    marks = np.where(classes >= 0, _FIRST_MARK + classes, ord("-")).astype("<u4")
    return Letters(marks.tobytes().decode("utf-32-le"))


def _scale(scale: Scale) -> dict[str, Any]:
    return {
        "breaks": list(scale.breaks),
        "unit": _text(scale.unit),
        "colours": list(scale.colours),
        "labels": [_text(label) for label in scale.labels],
        "missing": _text(scale.missing),
        "digits": scale.digits,
        "closedAbove": scale.closed_above,
        "named": scale.named,
        "diverging": scale.palette is Palette.DIVERGING,
    }


def _column(column: Column) -> dict[str, Any]:
    packed: dict[str, Any] = {"name": _text(column.name), "unit": _text(column.unit), "digits": column.digits}
    numbers = numbers_of(column.values)
    if numbers is not None:
        return packed | {"numbers": encode_numbers(numbers, decimals=column.digits + 1)}
    return packed | _texts(column.values)  # type: ignore[arg-type]


def _texts(values: Iterable[object]) -> dict[str, Any]:
    """A column of texts: each distinct one once, and which of them stands in each row."""
    texts = np.array([_text(value) for value in values], dtype=object)
    codes, distinct = pd.factorize(texts)
    return {"texts": distinct.tolist(), "codes": encode_integers(codes.astype(np.int64))}


def numbers_of(values: Sequence[str] | ArrayLike) -> FloatArray | None:
    """(n,) the numbers of a column, NaN for missing ones; None for a column of texts, dates or truths."""
    dtype = getattr(values, "dtype", None)
    if dtype is not None and pd.api.types.is_numeric_dtype(dtype):
        if pd.api.types.is_bool_dtype(dtype):
            return None
        return np.asarray(pd.Series(values).to_numpy(dtype=np.float64, na_value=np.nan))
    items = list(values)  # type: ignore[arg-type]
    known = False
    for item in items:
        if isinstance(item, str) or not _is_missing(item):
            known = True
            if not isinstance(item, Real) or isinstance(item, bool | np.bool_):
                return None
    if not known:
        return None
    return np.asarray([np.nan if _is_missing(item) else item for item in items], dtype=np.float64)


def _is_missing(value: object) -> bool:
    return value is None or value is pd.NA or value is pd.NaT or value != value  # noqa: PLR0124


def _table(table: TableView) -> dict[str, Any]:
    return {
        "key": table.key,
        "name": _text(table.name),
        "note": _text(table.note),
        "inPanel": table.in_panel,
        "columns": [_column(column) for column in table.columns],
    }


def _view(view: View) -> dict[str, Any]:
    return {
        "key": view.key,
        "label": _text(view.label),
        "explanation": _text(view.explanation),
        "headline": [_headline(item) for item in view.headline],
        "proof": _proof(view.proof),
        "rank": _number(view.rank),
        "rankUnit": _text(view.rank_unit),
        "group": _text(view.group),
        "charted": view.charted,
        "state": _text(view.state),
    }


def _headline(item: Headline) -> dict[str, Any]:
    value = _text(item.value) if isinstance(item.value, str) else _number(item.value)
    return {
        "label": _text(item.label),
        "value": value,
        "unit": _text(item.unit),
        "explanation": _text(item.explanation),
        "digits": item.digits,
    }


def _proof(proof: Proof | None) -> dict[str, Any] | None:
    if proof is None:
        return None
    return {
        "status": str(proof.status),
        "objective": _number(proof.objective),
        "lowerBound": _number(proof.lower_bound),
        "gap": _number(proof.gap),
        "unit": _text(proof.unit),
        "solver": _text(proof.solver),
        "objectiveName": _text(proof.objective_name),
    }


def _number(value: float | None) -> float | None:
    """A number that JSON knows; NaN and infinity are "not known"."""
    return None if value is None or not np.isfinite(value) else float(value)


def _text(value: object) -> str:
    """Any label as text; a missing one is empty."""
    if type(value) is str:
        return value
    return "" if _is_missing(value) else str(value)
