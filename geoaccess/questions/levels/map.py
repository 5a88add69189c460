"""Maps of levels of acute help: a view for any level and for each."""

from __future__ import annotations

from typing import Any

import numpy as np

from geoaccess.answers.source import Source, numbers
from geoaccess.drawing import map_layers as shared
from maps import Column, Headline, MapDocument, Scale, Series, SiteRole, TableView, View

_MINUTES = (15.0, 30.0, 45.0, 60.0, 90.0)


def document(source: Source) -> MapDocument:
    """The map of an answer of ``geoaccess levels``."""
    words, care = source.words, source.facts["care"]
    points, places = source.table("levels_points"), source.table("levels_places")
    columns = {"any": "travel_time_min", **{name: f"level_{name}_min" for name in care["levels"]}}
    keys = {name: f"level-{number}" for number, name in enumerate(columns)}
    series = [
        Series(
            words("care.minutes"),
            numbers(points, column),
            Scale(_MINUTES, unit="min", missing=words("care.unreached")),
            keys[name],
        )
        for name, column in columns.items()
    ]
    layers = []
    for name, level in care["levels"].items():
        rows = places[places["level"].astype(str) == name].reset_index(drop=True)
        if len(rows):
            kind = str(level["kind"])
            layers.append(shared.facilities(source, kind, rows, [SiteRole.EXISTING] * len(rows)))
    scenario = str(source.facts["scenario"])
    return MapDocument(
        title=source.title,
        subtitle=words("care.subtitle"),
        notices=source.notices,
        layers=(
            *shared.links(source, closed_in=dict.fromkeys(keys.values(), scenario)),
            shared.settlements(source, points, series, columns=(_nearest(source),)),
            *layers,
        ),
        tables=(_areas(source),),
        views=tuple(_view(source, name, keys[name]) for name in columns),
        view_label=words("views"),
        sources=source.sources,
    )


def _nearest(source: Source) -> Column:
    """What stands nearest to each place, with what it can do."""
    points = source.table("levels_points")
    return Column(source.words("care.nearest_is"), points["facility_name"].fillna("").astype(str).tolist())


def title_of(source: Source, section: dict[str, Any]) -> str:
    """A title in the reader's language."""
    return str(section.get(f"title_{source.words.language.value}") or section["title"])


def _view(source: Source, name: str, key: str) -> View:
    words, care = source.words, source.facts["care"]
    region = source.table("levels_region")
    row = region[(region["what"] == "level") & (region["item"] == name)]
    label = words("care.any") if name == "any" else title_of(source, care["levels"][name])
    return View(
        key,
        label,
        words("care.told"),
        (
            Headline(words("care.mean"), float(numbers(row, "mean_min")[0]), "min", digits=1),
            Headline(words("care.beyond", minutes=60), float(numbers(row, "persons_beyond_60_min")[0]), ""),
        ),
    )


def _areas(source: Source) -> TableView:
    words, areas = source.words, source.table("levels_areas")
    names = [str(name) or words("care.all_areas") for name in areas["area"].fillna("")]
    return TableView(
        "areas",
        words("care.areas_table"),
        (
            Column(words("care.area"), names),
            Column(words("care.facilities"), np.asarray(numbers(areas, "facilities"))),
            Column(words("care.alone"), numbers(areas, "alone")),
            Column(words("care.index"), numbers(areas, "index_together"), "", 2),
        ),
    )
