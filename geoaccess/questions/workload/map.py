"""Maps of workload: the share of calls reached in time, and how busy each base is."""

from __future__ import annotations

import numpy as np

from geoaccess.answers.source import Source, numbers
from geoaccess.drawing import map_layers as shared
from maps import Column, Headline, MapDocument, Scale, Series, SiteLayer, SiteRole, View

_SHARE = "share"
_BREAKS = (20.0, 40.0, 60.0, 80.0, 90.0)


def document(source: Source) -> MapDocument:
    """The map of an answer of ``geoaccess workload``."""
    words, told = source.words, source.facts["workload"]
    points = source.table("workload_points")
    share = 100 * told["region"]["share_in_time"]
    headline = (Headline(words("simulate.share"), share, "%", digits=1),)
    view = View(_SHARE, words("workload.view.share"), words("workload.told.share"), headline)
    values = 100 * numbers(points, "share_in_time")
    scale = Scale(_BREAKS, unit="%", missing=words("simulate.never"), digits=0)
    return MapDocument(
        title=source.title,
        subtitle=words("workload.subtitle"),
        notices=source.notices,
        layers=(
            *shared.links(source, closed_in={_SHARE: str(source.facts["scenario"])}),
            shared.settlements(source, points, [Series(view.label, values, scale, _SHARE)], columns=()),
            *_bases(source),
        ),
        views=(view,),
        view_label=words("views"),
        sources=source.sources,
    )


def _bases(source: Source) -> list[SiteLayer]:
    crews = source.table("crews")
    layers = []
    for kind, rows in crews.groupby("kind", sort=False):
        bases = rows.groupby("base_id", as_index=False, sort=False).agg(
            name=("name", "first"),
            lon=("lon", "first"),
            lat=("lat", "first"),
            busy_share=("busy_share", "mean"),
        )
        bases = bases.rename(columns={"base_id": "facility_id"})
        busy = Column(source.words("simulate.busy"), np.round(numbers(bases, "busy_share"), 3))
        roles = [SiteRole.EXISTING] * len(bases)
        layers.append(shared.facilities(source, str(kind), bases, roles, columns=(busy,)))
    return layers
