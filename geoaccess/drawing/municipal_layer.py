"""Municipalities as areas for a GIS, where a map draws their places alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from geoaccess.answers.source import Source
from geoaccess.drawing.map_layers import municipalities, weighted_median
from geoaccess.ground.arrays import FloatArray
from maps import AreaLayer, MapDocument, PointLayer, Series


def with_municipalities(source: Source, page: MapDocument) -> MapDocument:
    """The document with the municipalities as areas, filled by the medians of their places' series.

    Unchanged where the map has them, or the answer knows no areas (that of a sweep has none). Where two of
    them bear one name, they are outlined only, since places name theirs.
    """
    if any(isinstance(layer, AreaLayer) for layer in page.layers) or not source.facts.get("boundaries"):
        return page
    names = source.municipality_names
    places = next((layer for layer in page.layers if isinstance(layer, PointLayer)), None)
    series: dict[tuple[str, str], Series] = {}
    if places and len(places.areas) and len(set(names.values())) == len(names):
        away = {view for choice in page.what_if for view in (choice.minutes_view, choice.change_view)}
        told = [one for one in places.series if not one.scale.named and one.view not in away]
        series = {(one.view, one.name): _median(source, places, one) for one in told}
    return replace(page, layers=(*page.layers, *municipalities(source, names, series)))


def _median(source: Source, places: PointLayer, series: Series) -> Series:
    """The median of a series in every municipality, in the order of the sorted codes."""
    values: FloatArray = np.asarray(series.values, dtype=np.float64)
    weights: FloatArray = np.ones(len(values))
    if places.size:
        weights = np.asarray(places.size.values, dtype=np.float64)
    at = {name: position for position, name in enumerate(places.areas)}
    of_area = np.asarray(places.area_of, dtype=np.int64)
    names = source.municipality_names
    # Those of no area come first.
    ends = np.cumsum(np.bincount(of_area + 1, minlength=len(places.areas) + 1))[:-1]
    members = np.split(np.argsort(of_area, kind="stable"), ends)[1:]
    medians = []
    for code in sorted(names):
        here = members[at[names[code]]] if names[code] in at else ()
        medians.append(weighted_median(values[here], weights[here]) if len(here) else np.nan)
    name = source.words("series.median_of", what=series.name)
    return replace(series, name=name, values=np.asarray(medians), marks=())
