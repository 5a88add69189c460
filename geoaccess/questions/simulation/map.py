"""Maps of simulations: hours a year without an idle crew in reach, and how busy each base is."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from geoaccess.answers.source import Source, numbers
from geoaccess.drawing import map_layers as shared
from maps import Column, Headline, MapDocument, Scale, Series, SiteLayer, SiteRole, View

_GAP = "gap"
_BREAKS = (24.0, 100.0, 300.0, 1000.0, 3000.0)


def document(source: Source) -> MapDocument:
    """The map of an answer of ``geoaccess simulate``."""
    words, told = source.words, source.facts["simulate"]
    points = source.table("simulated_points")
    region = told["region"]
    headline = (
        Headline(
            words("simulate.share"),
            100 * region["share_in_time"],
            "%",
            _interval(source, 100 * region["share_in_time"], 100 * region["share_in_time_within"]),
            digits=1,
        ),
        Headline(
            words("simulate.p50"),
            region["response_p50_min"],
            "min",
            _interval(source, region["response_p50_min"], region["response_p50_within_min"]),
            digits=1,
        ),
    )
    view = View(_GAP, words("simulate.view.gap"), words("simulate.told.gap"), headline)
    values = numbers(points, "gap_hours_a_year")
    scale = Scale(_BREAKS, unit=words("simulate.hours"), missing=words("simulate.never"), digits=0)
    return MapDocument(
        title=source.title,
        subtitle=words("simulate.subtitle", years=int(told["years"])),
        notices=source.notices,
        layers=(
            *shared.links(source, closed_in={_GAP: str(source.facts["scenario"])}),
            shared.settlements(source, points, [Series(view.label, values, scale, _GAP)], columns=()),
            *_bases(source),
        ),
        views=(view,),
        view_label=words("views"),
        sources=source.sources,
    )


def _interval(source: Source, value: float, within: float | None) -> str:
    """From where to where a figure may lie; nothing where too few years were drawn to say."""
    if within is None or not math.isfinite(within):
        return ""
    low, high = (source.words.number(one, 1) for one in (value - within, value + within))
    return source.words("simulate.interval", low=low, high=high)


def _bases(source: Source) -> list[SiteLayer]:
    """The bases with the work of their crews, a layer for each kind of craft."""
    crews = source.table("crews")
    if crews.empty:
        return []
    kinds = dict(zip(crews["base_id"], crews["kind"], strict=True))
    grouped = crews.groupby("base_id", as_index=False).agg(
        name=("name", "first"),
        lon=("lon", "first"),
        lat=("lat", "first"),
        busy_share=("busy_share", "mean"),
        missions_a_year=("missions_a_year", "sum"),
        km_a_year=("km_a_year", "sum"),
    )
    grouped = grouped.rename(columns={"base_id": "facility_id"})
    layers = []
    for kind in dict.fromkeys(kinds.values()):
        rows = grouped[grouped["facility_id"].map(kinds) == kind].reset_index(drop=True)
        layers.append(
            shared.facilities(
                source, kind, rows, [SiteRole.EXISTING] * len(rows), columns=_columns(source, rows)
            )
        )
    return layers


def _columns(source: Source, rows: pd.DataFrame) -> tuple[Column, ...]:
    words = source.words
    return (
        Column(words("simulate.busy"), np.round(numbers(rows, "busy_share"), 3)),
        Column(words("simulate.missions"), numbers(rows, "missions_a_year")),
        Column(words("simulate.km"), numbers(rows, "km_a_year"), "km"),
    )
