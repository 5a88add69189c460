"""The map of travel times, of a placement, or of both over the same places."""

from __future__ import annotations

from geoaccess.answers.source import Source
from geoaccess.drawing import map_layers as shared
from geoaccess.drawing.what_if import choices
from geoaccess.ground.errors import DataError
from geoaccess.questions.access import map as times
from geoaccess.questions.access import map_equity as equity
from geoaccess.questions.placement import map as placed
from geoaccess.questions.placement import map_alternatives as alternatives
from maps import AreaLayer, MapDocument


def document(source: Source) -> MapDocument:
    """Travel times, a placement, or both over the same places."""
    first = times.pieces(source)
    second = placed.pieces(source, first.base)
    base = first.base if first.base is not None else second.base
    if base is None:
        raise DataError("the run has no places to show")
    own = choices(source, base)
    views = (*first.views, *second.views, *own.views)
    return MapDocument(
        title=source.title,
        subtitle=placed.subject(source) or times.subject(source),
        notices=source.notices,
        layers=(
            *[layer for layer in first.layers if isinstance(layer, AreaLayer)],
            *shared.links(source, closed_in={**first.closed_in, **second.closed_in}),
            shared.settlements(
                source,
                base,
                (*first.series, *second.series, *own.series),
                columns=(*first.columns, *second.columns),
                hours=first.hours,
                hatched=first.hatched,
            ),
            *[
                layer
                for layer in (*first.layers, *second.layers, *own.layers)
                if not isinstance(layer, AreaLayer)
            ],
        ),
        tables=(*alternatives.table(source), *equity.table(source)),
        views=views,
        view_label=source.words("views"),
        first_view=placed.CHANGE if first.base is None else "",
        swipe=(placed.BEFORE, placed.AFTER) if second.views else None,
        what_if=tuple(own.subjects),
        sources=source.sources,
    )
