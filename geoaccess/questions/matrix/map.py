"""Maps of a matrix: origins by the minutes to their nearest and their farthest destination."""

from __future__ import annotations

import numpy as np
import pandas as pd

from geoaccess.answers.source import Source, numbers
from maps import Column, Headline, MapDocument, PointLayer, Scale, Series, Shape, SiteLayer, SiteRole, View

#: Origins that one page can hold; of more the worst off are drawn.
MOST_DRAWN = 20_000
#: More destinations than this are drawn without their names.
_MOST_NAMED = 40
_VIEWS = ("nearest", "farthest")


def document(source: Source) -> MapDocument:
    """The map of an answer of ``geoaccess matrix``."""
    words, told = source.words, source.facts["matrix"]
    origins = source.table("matrix_origins")
    none = int((origins["pairs_reached"] == 0).sum())
    headline = (
        Headline(words("matrix.reached"), told["pairs_reached"], ""),
        Headline(words("matrix.left"), told["pairs_left"], ""),
        Headline(words("matrix.none"), none, ""),
    )
    explanation = ""
    if len(origins) > MOST_DRAWN:
        explanation = " " + words(
            "matrix.most", drawn=words.number(MOST_DRAWN), origins=words.number(len(origins))
        )
        origins = _worst(origins)
    views = tuple(
        View(key, words(f"matrix.view.{key}"), words(f"matrix.told.{key}") + explanation, headline)
        for key in _VIEWS
    )
    return MapDocument(
        title=source.title,
        subtitle=words("matrix.subtitle", origins=told["origins"], destinations=told["destinations"]),
        notices=source.notices,
        layers=(_origins(source, origins), _destinations(source)),
        views=views,
        view_label=words("views"),
        sources=source.sources,
    )


def _worst(origins: pd.DataFrame) -> pd.DataFrame:
    """Those that reach nothing, then those with the longest way to their nearest, as the data order them."""
    order = origins.sort_values("nearest_min", ascending=False, na_position="first", kind="stable")
    return origins.loc[np.sort(order.index.to_numpy()[:MOST_DRAWN])].reset_index(drop=True)


def _origins(source: Source, rows: pd.DataFrame) -> PointLayer:
    words = source.words
    return PointLayer(
        key="origins",
        name=words("matrix.origins"),
        lon=numbers(rows, "lon"),
        lat=numbers(rows, "lat"),
        labels=rows["from_id"].astype(str).tolist(),
        series=tuple(
            Series(words(f"matrix.view.{key}"), numbers(rows, f"{key}_min"), Scale.minutes(), key)
            for key in _VIEWS
        ),
        columns=(
            *(Column(words(f"matrix.{key}_id"), rows[f"{key}_id"].astype(str).tolist()) for key in _VIEWS),
            Column(words("matrix.column.reached"), numbers(rows, "pairs_reached")),
            Column(words("matrix.column.left"), numbers(rows, "pairs_left")),
            Column(words("matrix.access"), numbers(rows, "access_m"), "m"),
        ),
    )


def _destinations(source: Source) -> SiteLayer:
    words, rows = source.words, source.table("matrix_destinations")
    role = SiteRole.NAMED if len(rows) <= _MOST_NAMED else SiteRole.EXISTING
    return SiteLayer(
        key="destinations",
        name=words("matrix.destinations"),
        lon=numbers(rows, "lon"),
        lat=numbers(rows, "lat"),
        labels=rows["to_id"].astype(str).tolist(),
        shape=Shape.DIAMOND,
        roles=[role] * len(rows),
        columns=(
            Column(words("matrix.nearest_of"), numbers(rows, "nearest_of")),
            Column(words("matrix.column.reached"), numbers(rows, "pairs_reached")),
            Column(words("matrix.view.farthest"), numbers(rows, "farthest_min"), "min"),
            Column(words("matrix.access"), numbers(rows, "access_m"), "m"),
        ),
    )
