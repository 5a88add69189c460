"""Classes of minutes that fit a map: a town within ten minutes is not one colour."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from geoaccess.ground.arrays import FloatArray
from maps import AreaLayer, MapDocument, PointLayer, Scale, Series
from maps.layers import Layer

#: Classes from the finest on, each with about the steps of the usual ones.
_FINER = ((1, 2, 3, 4, 5, 7), (2, 4, 6, 8, 10, 15), (5, 10, 15, 20, 30, 45))
#: The share of a map's times that lie below the last limit of the classes that are taken.
_SHARE = 0.95


def with_fitting_minutes(made: MapDocument) -> MapDocument:
    """The document with finer classes where nearly all of its times are short; the same in all views."""
    usual = Scale.minutes()
    values = [one for layer in made.layers for one in _minutes(layer, usual)]
    found = np.concatenate(values) if values else np.zeros(0)
    found = found[np.isfinite(found)]
    if not len(found):
        return made
    most = float(np.quantile(found, _SHARE))
    breaks = next((one for one in _FINER if most <= one[-1]), None)
    if breaks is None:
        return made
    finer = Scale.minutes(breaks)
    return replace(made, layers=tuple(_with(layer, usual, finer) for layer in made.layers))


def _minutes(layer: Layer, usual: Scale) -> Iterator[FloatArray]:
    for series in layer.series if isinstance(layer, PointLayer | AreaLayer) else ():
        if series.scale == usual:
            yield np.asarray(series.values, dtype=np.float64)


def _with(layer: Layer, usual: Scale, finer: Scale) -> Layer:
    if not isinstance(layer, PointLayer | AreaLayer):
        return layer

    def fitted(series: Series) -> Series:
        return replace(series, scale=finer) if series.scale == usual else series

    return replace(layer, series=tuple(fitted(one) for one in layer.series))
