"""Maps of beds: a view for each variant, with its units and the minutes of every municipality to its own."""

from __future__ import annotations

from typing import Any

import numpy as np

from geoaccess.answers.source import Source, numbers
from geoaccess.drawing import map_layers as shared
from geoaccess.questions.beds.tables import TODAY
from maps import Column, Headline, MapDocument, Scale, Series, TableView, View

_MINUTES = (15.0, 30.0, 45.0, 60.0, 90.0)
_ROLES = {
    "stays": "existing",
    "grows": "existing",
    "shrinks": "existing",
    "opens": "chosen",
    "closes": "closed",
}


def document(source: Source) -> MapDocument:
    """The map of an answer of ``geoaccess beds``."""
    words, told = source.words, source.facts["beds"]
    kind, region = str(told["section"]["kind"]), dict(told["region"])
    points, units = source.table("beds_points"), source.table("beds_units")
    names = list(region)
    keys = {name: f"variant-{number}" for number, name in enumerate(names)}
    series = [
        Series(
            words("beds.minutes"),
            numbers(points, f"{name}_min"),
            Scale(_MINUTES, unit="min", missing=words("beds.unreached")),
            keys[name],
        )
        for name in names
    ]
    places = units.drop_duplicates("facility_id").reset_index(drop=True)
    for name in names:
        own = units[units["variant"] == name].set_index("facility_id")["change"].astype(str)
        roles = own.reindex(places["facility_id"].to_numpy()).fillna("")
        places[keys[name]] = [_ROLES.get(one, "absent") for one in roles]
    scenario = str(source.facts["scenario"])
    return MapDocument(
        title=source.title,
        subtitle=_title(source, told["section"]),
        notices=source.notices,
        layers=(
            *shared.links(source, closed_in=dict.fromkeys(keys.values(), scenario)),
            shared.settlements(source, points, series),
            shared.sites_by_view(source, places, kind, {key: key for key in keys.values()}),
        ),
        tables=(_table(source, names, region, told["variants"]),),
        views=tuple(_view(source, keys[name], told["variants"].get(name), region[name]) for name in names),
        view_label=words("views"),
        sources=source.sources,
    )


def _title(source: Source, section: dict[str, Any] | None) -> str:
    if not section:
        return source.words("beds.today")
    own = str(section.get(f"title_{source.words.language.value}") or "")
    return own or str(section["title"])


def _view(source: Source, key: str, variant: dict[str, Any] | None, one: dict[str, Any]) -> View:
    words = source.words
    return View(
        key,
        _title(source, variant),
        words("beds.told"),
        (
            Headline(words("beds.units"), one["units"], ""),
            Headline(words("beds.beds"), one["beds"], "", digits=1),
            Headline(words("beds.mean"), one["mean_min"], "min", digits=1),
            Headline(words("beds.turned_away"), 100 * one["turned_away"], "%", digits=1),
        ),
    )


def _table(
    source: Source, names: list[str], region: dict[str, dict[str, Any]], variants: dict[str, Any]
) -> TableView:
    words = source.words

    def column(key: str, scale: float = 1.0) -> np.ndarray[Any, np.dtype[np.float64]]:
        return np.asarray([float(region[name][key]) * scale for name in names], dtype=np.float64)

    return TableView(
        "beds",
        words("beds.table"),
        (
            Column(
                words("beds.variant"),
                [_title(source, variants.get(name) if name != TODAY else None) for name in names],
            ),
            Column(words("beds.units"), column("units")),
            Column(words("beds.beds"), column("beds"), "", 1),
            Column(words("beds.cost"), column("cost", 1e-6), "", 1),
            Column(words("beds.mean"), column("mean_min"), "min", 1),
            Column(words("beds.worst"), column("worst_min"), "min"),
            Column(words("beds.turned_away"), column("turned_away", 100.0), "%", 1),
        ),
    )
