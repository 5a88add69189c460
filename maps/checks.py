"""Finds every fault of a document before anything is drawn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike

from maps import geometry
from maps.document import MapDocument
from maps.errors import MapDataError
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
from maps.what_if import what_if_faults

#: Hours of a day.
HOURS = 24
#: Web Mercator, in which the page draws, ends here.
_MERCATOR_LATITUDE = 85.05


def check_document(document: MapDocument) -> None:
    """Refuse a document that cannot be drawn truly.

    Raises:
        MapDataError: listing every fault, each with the layer and column it is in.
    """
    views = {view.key for view in document.views}
    faults = list(_key_faults(document))
    for layer in document.layers:
        where = f"layer '{layer.key}'"
        faults += [f"{where}: {fault}" for fault in _layer_faults(layer, views)]
    flows = [layer for layer in document.layers if isinstance(layer, FlowLayer)]
    for flow in flows:
        faults += [f"layer '{flow.key}': {fault}" for fault in _flow_faults(flow, document.layers, views)]
    for table in document.tables:
        lengths = {_length(column.values) for column in table.columns}
        if len(lengths) > 1:
            faults.append(f"table '{table.key}': columns of unequal length: {sorted(lengths)}")
    faults += _bounds_faults(document.bounds)
    faults += [
        f"name '{name.text}': {name.lon}, {name.lat} are no degrees"
        for name in document.names
        if not (abs(name.lon) <= 180 and abs(name.lat) <= 90)
    ]
    sizes = {
        layer.key: len(layer.labels) for layer in document.layers if isinstance(layer, PointLayer | SiteLayer)
    }
    faults += what_if_faults(document.what_if, views, sizes)
    if document.tiles is not None and not document.tiles.host:
        faults.append(
            f"tiles: '{document.tiles.address}' must be https://host/.../{{z}}/{{x}}/{{y}}, no other braces"
        )
    if catalogue(str(document.language)).unreviewed and not document.allow_unreviewed:
        faults.append(
            f"language '{document.language}': no speaker has reviewed it; allow_unreviewed=True uses it"
        )
    if faults:
        raise MapDataError(faults)


def _key_faults(document: MapDocument) -> Iterator[str]:
    for what, keys in (
        ("layers", [layer.key for layer in document.layers]),
        ("views", [view.key for view in document.views]),
        ("tables", [table.key for table in document.tables]),
    ):
        for key, count in Counter(keys).items():
            if count > 1:
                yield f"{what}: {count} of them have the key '{key}'; each needs its own"
            if not key:
                yield f"{what}: one has an empty key"
    views = {view.key for view in document.views}
    for named in (document.first_view, *(document.swipe or ())):
        if named and named not in views:
            yield f"view '{named}' is named, but the document has {sorted(views)}"


def _layer_faults(layer: Layer, views: set[str]) -> Iterator[str]:
    if isinstance(layer, FlowLayer):
        return
    size = len(layer.labels)
    if isinstance(layer, PointLayer | SiteLayer):
        yield from _coordinate_faults(layer.lon, layer.lat, size)
    else:
        yield from geometry.geometry_faults(layer.geometry, size, areas=isinstance(layer, AreaLayer))
    yield from _column_faults(layer.columns, size)
    if isinstance(layer, PointLayer):
        parts = parts_by_view(layer)
        yield from _column_faults([part for columns in parts.values() for part in columns], size)
        yield from _column_faults([layer.size] if layer.size else [], size)
        for view in parts.keys() - views - {""}:
            yield f"parts are given for view '{view}', but the document has {sorted(views)}"
        yield from _hour_faults(layer.hours, size, views)
        yield from _area_faults(layer, size)
        yield from _hatching_faults(layer.hatching, size, views)
    if isinstance(layer, PointLayer | AreaLayer):
        yield from _series_faults(layer.series, size, views)
    if isinstance(layer, SiteLayer):
        yield from _choice_faults("role", layer.roles, size, views, {str(role) for role in SiteRole})
    if isinstance(layer, LineLayer):
        yield from _choice_faults("kind", layer.kinds, size, views, {str(kind) for kind in LineKind})
        if len(layer.from_zoom) not in {0, size}:
            yield f"{len(layer.from_zoom)} zoom levels for {size} labels"
        if len(layer.of_place) not in {0, size}:
            yield f"{len(layer.of_place)} rows of places for {size} labels"


def _area_faults(layer: PointLayer, size: int) -> Iterator[str]:
    """Areas that charts rank: a position for each place, or no areas at all."""
    positions = np.asarray(layer.area_of, dtype=np.int64)
    if len(positions) != (size if layer.areas else 0):
        yield f"{len(positions)} positions of areas for {size} labels and {len(layer.areas)} areas"
    elif len(positions) and (positions.min() < -1 or positions.max() >= len(layer.areas)):
        yield f"positions of areas reach to {positions.max()}, but there are {len(layer.areas)}"


def _coordinate_faults(lon: ArrayLike, lat: ArrayLike, size: int) -> Iterator[str]:
    for name, values, limit in (("lon", lon, 180.0), ("lat", lat, _MERCATOR_LATITUDE)):
        degrees = np.asarray(values, dtype=np.float64)
        if len(degrees) != size:
            yield f"{name} has {len(degrees)} values for {size} labels"
            continue
        wrong = np.flatnonzero(~(np.abs(degrees) <= limit))
        if len(wrong):
            yield (
                f"{name} of item {wrong[0]} is {degrees[wrong[0]]}, beyond +-{limit} degrees "
                f"({len(wrong)} such)"
            )


def _column_faults(columns: Sequence[Column], size: int) -> Iterator[str]:
    for column in columns:
        if _length(column.values) != size:
            yield f"column '{column.name}' has {_length(column.values)} values for {size} labels"


def _series_faults(series: Sequence[Series], size: int, views: set[str]) -> Iterator[str]:
    for one in series:
        values = np.asarray(one.values, dtype=np.float64)
        if len(values) != size:
            yield f"series '{one.name}' has {len(values)} values for {size} labels"
        if len(one.marks) not in {0, size}:
            yield f"series '{one.name}' has {len(one.marks)} marks for {size} labels"
        if np.isinf(values).any():
            yield f"series '{one.name}' holds infinity; unreachable is NaN"
        if one.view and one.view not in views:
            yield f"series '{one.name}' is for view '{one.view}', but the document has {sorted(views)}"
    for view, count in Counter(one.view for one in series).items():
        if view and count > 1:
            yield f"{count} series are for view '{view}'; a view shows one"


def _hour_faults(hours: Sequence[Hours], size: int, views: set[str]) -> Iterator[str]:
    for one in hours:
        values = np.asarray(one.values, dtype=np.float64)
        if values.shape != (size, HOURS):
            yield f"hours '{one.name}' have the shape {values.shape}, not ({size}, {HOURS})"
        if np.isinf(values).any():
            yield f"hours '{one.name}' hold infinity; unreachable is NaN"
        if len(one.notes) != size:
            yield f"hours '{one.name}' have {len(one.notes)} notes for {size} labels"
        for view in sorted({*one.views, one.chosen_in} - views - {""}):
            yield f"hours '{one.name}' are for view '{view}', but the document has {sorted(views)}"
    for view, count in Counter(view for one in hours for view in one.views).items():
        if count > 1:
            yield f"{count} strips of hours are for view '{view}'; a pop-up shows one"
    for view, count in Counter(one.chosen_in for one in hours if one.chosen_in).items():
        if count > 1:
            yield f"{count} sliders of hours are for view '{view}'; a view has one"


def _hatching_faults(hatching: Hatching | None, size: int, views: set[str]) -> Iterator[str]:
    for view, rows in (hatching.rows if hatching else {}).items():
        if view and view not in views:
            yield f"hatching is given for view '{view}', but the document has {sorted(views)}"
        if len(rows) != size:
            yield f"hatching says {len(rows)} values for {size} labels"


def _choice_faults(
    what: str,
    values: Sequence[str] | Mapping[str, Sequence[str]],
    size: int,
    views: set[str],
    allowed: set[str],
) -> Iterator[str]:
    """Faults of a column of enum values, plain or by view."""
    for view, column in (values if isinstance(values, Mapping) else {"": values}).items():
        if view and view not in views:
            yield f"{what}s are given for view '{view}', but the document has {sorted(views)}"
        if len(column) != size:
            yield f"{len(column)} {what}s for {size} labels"
        unknown = {str(value) for value in column} - allowed
        if unknown:
            yield f"unknown {what} {sorted(unknown)}; known are {sorted(allowed)}"


def _flow_faults(flow: FlowLayer, layers: Sequence[Layer], views: set[str]) -> Iterator[str]:
    points = next((one for one in layers if one.key == flow.points and isinstance(one, PointLayer)), None)
    sites = next((one for one in layers if one.key == flow.sites and isinstance(one, SiteLayer)), None)
    if points is None:
        yield f"starts from '{flow.points}', which is no point layer"
    if sites is None:
        yield f"ends at '{flow.sites}', which is no site layer"
    if points is None or sites is None:
        return
    for view, to_site in (flow.to_site if isinstance(flow.to_site, Mapping) else {"": flow.to_site}).items():
        if view and view not in views:
            yield f"flows are given for view '{view}', but the document has {sorted(views)}"
        ends = np.asarray(to_site)
        if len(ends) != len(points.labels):
            yield f"{len(ends)} flows for {len(points.labels)} points"
        if len(ends) and (ends.max() >= len(sites.labels) or ends.min() < -1):
            yield f"a flow ends at site {ends.max()} of {len(sites.labels)}; -1 means none"


def _bounds_faults(bounds: tuple[float, float, float, float] | None) -> list[str]:
    if bounds is None:
        return []
    west, south, east, north = bounds
    if not (-180 <= west < east <= 180 and -_MERCATOR_LATITUDE <= south < north <= _MERCATOR_LATITUDE):
        return [f"bounds must be west < east, south < north in degrees, got {bounds}"]
    return []


def _length(values: Sequence[str] | ArrayLike) -> int:
    return len(values)  # type: ignore[arg-type]
