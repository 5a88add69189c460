"""From a run to the document that ``maps`` draws: the kind of run decides the kind of map."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from geoaccess.answers.source import Source
from geoaccess.drawing import map_layers as shared
from geoaccess.ground.errors import DataError
from geoaccess.questions.access import map as times
from geoaccess.questions.clocks import map as clocks
from geoaccess.questions.comparison import map as differing
from geoaccess.questions.frontier import map as further
from geoaccess.questions.isochrones import map as reach
from geoaccess.questions.journey import map as journey
from geoaccess.questions.losses import map as losing
from geoaccess.questions.placement import map as placed
from geoaccess.questions.placement import map_alternatives as alternatives
from geoaccess.words.map_words import MapWords
from maps import AreaLayer, Language, MapDocument, Tiles, write_map

if TYPE_CHECKING:
    from geoaccess.questions.placement import PlacementResult

Tables = Mapping[str, pd.DataFrame]
Facts = Mapping[str, Any]


def save_map(
    result: PlacementResult, path: str | Path, *, language: Language | str = Language.ENGLISH
) -> Path:
    """Draw the map of a placement result as one HTML file that needs no network.

    Raises:
        MapError: the document cannot be drawn.
        OutputError: the file cannot be written.
    """
    from geoaccess.answers.answer import placement_run  # noqa: PLC0415 - reporting draws maps with this package

    run = placement_run(result)
    draw_map(run.facts, run.tables, Path(path), language=language)
    return Path(path)


def draw_map(
    facts: Facts,
    tables: Tables,
    path: Path,
    *,
    language: Language | str = Language.ENGLISH,
    tiles: Tiles | None = None,
) -> None:
    """Draw the map of a run; the tables may come from memory or from a run folder.

    Args:
        facts: what ``run.json`` says.
        tables: the tables of the run.
        path: the HTML file.
        language: language of the map's own words.
        tiles: background pictures from a server; the page then needs a network for them, and says so.

    Raises:
        DataError: the run has nothing that a map could show.
        MapError: the document cannot be drawn, or the file cannot be written.
    """
    write_map(document(facts, tables, language=language, tiles=tiles), path)


def document(
    facts: Facts,
    tables: Tables,
    *,
    language: Language | str = Language.ENGLISH,
    tiles: Tiles | None = None,
) -> MapDocument:
    """The map document of a run.

    Raises:
        DataError: the run has nothing that a map could show.
    """
    source = Source(facts, tables, MapWords(language))
    make = next((make for table, make in _MAKERS.items() if table in tables), None)
    if make is None:
        raise DataError(f"the run has no table that a map could show: {', '.join(tables) or 'it has none'}")
    land = shared.own_land(source)
    return replace(make(source), language=Language(language), tiles=tiles, basemap=land)


def _times_and_placement(source: Source) -> MapDocument:
    """Travel times, a placement, or both over the same places."""
    first = times.pieces(source)
    second = placed.pieces(source, first.base)
    views = (*first.views, *second.views)
    base = first.base if first.base is not None else second.base
    if base is None:
        raise DataError("the run has no places to show")
    return MapDocument(
        title=source.title,
        subtitle=placed.subject(source),
        notices=source.notices,
        layers=(
            *[layer for layer in first.layers if isinstance(layer, AreaLayer)],
            *shared.links(source, closed_in={**first.closed_in, **second.closed_in}),
            shared.settlements(source, base, (*first.series, *second.series), columns=second.columns),
            *[layer for layer in (*first.layers, *second.layers) if not isinstance(layer, AreaLayer)],
        ),
        tables=tuple(alternatives.table(source)),
        views=views,
        view_label=source.words("views"),
        first_view=placed.AFTER if first.base is None else "",
        swipe=(placed.BEFORE, placed.AFTER) if second.views else None,
        sources=source.sources,
    )


#: Table that a run has -> what draws it; the first that fits is taken.
_MAKERS: Mapping[str, Callable[[Source], MapDocument]] = {
    "comparison": differing.document,
    "frontier_points": further.document,
    "loss_points": losing.document,
    "clock_points": clocks.document,
    "legs": journey.document,
    "isochrones": reach.document,
    "nearest": _times_and_placement,
    "placement": _times_and_placement,
}
