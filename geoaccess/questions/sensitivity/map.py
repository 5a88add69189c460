"""Maps of sensitivity: how far each place's time moves over the ranges of what is not known exactly."""

from __future__ import annotations

import numpy as np

from geoaccess.answers.source import Source, numbers
from geoaccess.drawing import map_layers as shared
from maps import Headline, MapDocument, Scale, Series, View

#: Limits of the classes of a spread, minutes.
_SPREAD = (2.0, 5.0, 10.0, 20.0, 40.0)


def document(source: Source) -> MapDocument:
    """The map of an answer of ``geoaccess sensitivity``."""
    words, told = source.words, source.facts["sensitivity"]
    table = source.table("sensitivity_points")
    frames = {kind: table[table["kind"].astype(str) == kind].reset_index(drop=True) for kind in told["kinds"]}
    views: list[View] = []
    series: list[Series] = []
    for number, (kind, frame) in enumerate(frames.items()):
        for key, name, column, scale in (
            ("spread", words("sensitivity.spread"), "spread_min", Scale(_SPREAD)),
            ("base", words("sensitivity.base"), "base_min", Scale.minutes()),
            ("most", words("sensitivity.most"), "most_min", Scale.minutes()),
            ("least", words("sensitivity.least"), "least_min", Scale.minutes()),
        ):
            group, charted = source.kind_heading(kind), key != "spread"
            figures = _figures(source, kind) if key == "spread" else ()
            views.append(View(f"{key}-{number}", name, headline=figures, group=group, charted=charted))
            series.append(Series(name, numbers(frame, column), scale, f"{key}-{number}"))
    return MapDocument(
        title=source.title,
        subtitle=words("sensitivity.subtitle"),
        notices=source.notices,
        layers=(
            *shared.links(source),
            shared.settlements(source, next(iter(frames.values())), series),
            *shared.facilities_by_kind(source, told["kinds"], views),
        ),
        views=tuple(views),
        view_label=words("views"),
        sources=source.sources,
    )


def _figures(source: Source, kind: str) -> tuple[Headline, ...]:
    """The mean and the 90th percentile with their ranges, and who is worst off in how many of the runs."""
    words, rows = source.words, source.table("conclusions")
    own = {
        str(row["conclusion"]): row
        for row in rows.to_dict(orient="records")
        if row["kind_of_facility"] == kind
    }
    figures = []
    for name in ("mean", "p90"):
        found = own.get(f"{name}_min", {})
        base, low, high = (float(str(found.get(end) or "nan")) for end in ("base", "low", "high"))
        if np.isfinite(base):
            told = words("sensitivity.range", low=words.number(low, 1), high=words.number(high, 1))
            figures.append(Headline(words(f"figure.{name}"), base, "min", told, digits=1))
    worst = own.get("worst", {})
    if isinstance(worst.get("base"), str) and worst["base"]:
        share = 100.0 * float(str(worst["share_unchanged"]))
        stays = "" if np.isnan(share) else words("sensitivity.stays", share=words.number(share))
        figures.append(Headline(words("sensitivity.worst"), worst["base"], "", stays))
    return tuple(figures)
