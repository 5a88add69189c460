"""Maps of sensitivity: how far each place's time moves over the ranges of what is not known exactly."""

from __future__ import annotations

from geoaccess.answers.source import Source, numbers
from geoaccess.drawing import map_layers as shared
from maps import MapDocument, Scale, Series, View

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
            views.append(View(f"{key}-{number}", name, group=group, charted=charted))
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
