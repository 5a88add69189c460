"""Maps of supply: capacity per 1,000 people place by place, and what each facility has to share."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd

from geoaccess.answers.source import Source, numbers
from geoaccess.drawing import map_layers as shared
from geoaccess.ground.arrays import FloatArray
from geoaccess.words.map_words import heading
from maps import Column, Headline, MapDocument, Scale, Series, SiteLayer, SiteRole, View

_PER, _REACHABLE, _TIME = "per", "reachable", "time"
#: Shares of the people with anything that the classes end at.
_SHARES = (0.2, 0.4, 0.6, 0.8)
_DIGITS = 2


def document(source: Source) -> MapDocument:
    """The map of an answer of ``geoaccess supply``."""
    words, told = source.words, source.facts["supply"]
    kind, points = str(told["kind"]), source.table("supply_points")
    region = told["region"]
    headline = (
        Headline(words("supply.mean"), region["mean_per_1000"], "", digits=_DIGITS),
        Headline(words("supply.without"), region["persons_without"], words("unit.people")),
        Headline(words("figure.unreachable"), region["persons_unreachable"], words("unit.people")),
    )
    views, series = [], []
    per, reachable = numbers(points, "capacity_per_1000"), numbers(points, "reachable_capacity")
    for key, values, scale in (
        (_PER, per, _scale(source, per)),
        (_REACHABLE, reachable, _scale(source, reachable)),
        (_TIME, numbers(points, "travel_time_min"), Scale.minutes()),
    ):
        name = heading(words(f"supply.view.{key}", kind=source.kind(kind), capacity=str(told["capacity"])))
        views.append(View(key, name, words(f"supply.told.{key}"), headline))
        series.append(Series(name, values, scale, key))
    return MapDocument(
        title=source.title,
        subtitle=heading(
            words(
                "supply.subtitle",
                capacity=str(told["capacity"]),
                kind=source.kind(kind, plural=True),
                method=str(told["method"]).upper(),
            )
        ),
        notices=source.notices,
        layers=(
            *shared.links(source, closed_in={view.key: str(source.facts["scenario"]) for view in views}),
            shared.settlements(source, points, series, columns=_columns(source, points)),
            *_facilities(source, kind),
        ),
        views=tuple(views),
        view_label=words("views"),
        sources=source.sources,
    )


def _scale(source: Source, values: FloatArray) -> Scale:
    """None at all, then fifths of what is there; the limits are figures that can be read."""
    words = source.words
    some = values[values > 0]
    limits = np.unique(np.quantile(some, _SHARES)) if len(some) else np.zeros(0)
    digits = _DIGITS if not len(limits) or limits[0] < 1 else 1
    limits = np.unique(np.round(limits, digits))
    limits = limits[limits > 0]
    least = 0.5 * 10.0**-digits
    labels = [words("supply.none")]
    ends = [words.number(float(limit), digits) for limit in limits]
    if not ends:
        labels.append(words("supply.some"))
    else:
        labels.append(words("supply.up_to", high=ends[0]))
        labels += [words("supply.from_to", low=low, high=high) for low, high in pairwise(ends)]
        labels.append(words("supply.from", low=ends[-1]))
    breaks = (min(least, float(some.min()) if len(some) else least), *limits.tolist())
    return Scale(breaks, unit="", labels=tuple(labels), missing=words("supply.undefined"), digits=_DIGITS)


def _columns(source: Source, points: pd.DataFrame) -> tuple[Column, ...]:
    return (Column(source.words("supply.in_reach"), numbers(points, "facilities_in_reach")),)


def _facilities(source: Source, kind: str) -> list[SiteLayer]:
    rows = source.table("facilities")
    if rows.empty:
        return []
    columns = tuple(
        Column(source.words(f"supply.{name}"), numbers(rows, column), unit)
        for name, column, unit in (
            ("capacity", "capacity", ""),
            ("radius", "radius_min", "min"),
            ("persons_in_reach", "persons_in_reach", source.words("unit.people")),
            ("persons_nearest", "persons_nearest", source.words("unit.people")),
        )
    )
    return [shared.facilities(source, kind, rows, [SiteRole.EXISTING] * len(rows), columns=columns)]
