"""Maps of burden: hours a year of one traveller at every place, journey by journey."""

from __future__ import annotations

import numpy as np

from geoaccess.answers.source import Source, numbers
from geoaccess.drawing import map_layers as shared
from maps import Column, Headline, MapDocument, Scale, Series, SiteRole, View

#: Hours a year that the classes end at: a day, a working week, a month's and a year's tenth of working time.
_HOURS = (1.0, 5.0, 20.0, 80.0, 200.0)


def document(source: Source) -> MapDocument:
    """The map of an answer of ``geoaccess burden``."""
    words, told = source.words, source.facts["burden"]
    journeys, table = dict(told["journeys"]), source.table("burden_points")
    names = list(journeys)
    first = table[table["journey"] == names[0]].reset_index(drop=True)
    views, series, columns = [], [], []
    for number, name in enumerate(names):
        own = table[table["journey"] == name].reset_index(drop=True)
        title, key = _title(source, journeys[name]), f"journey-{number}"
        region = told["region"][name]
        headline = [Headline(words("burden.hours_each"), region["hours_each"], words("unit.hours"), digits=1)]
        if region.get("journeys") is not None and np.isfinite(region["journeys"]):
            headline.append(Headline(words("burden.journeys"), region["journeys"], ""))
            headline.append(Headline(words("burden.hours"), region["hours"], words("unit.hours")))
        views.append(View(key, title, words("burden.told"), tuple(headline)))
        hours = numbers(own, "hours_each")
        series.append(
            Series(
                words("burden.hours_each"),
                hours,
                Scale(_HOURS, unit=words("unit.hours"), missing=words("burden.unreached")),
                key,
            )
        )
        columns.append(Column(f"{title}: {words('burden.km_each')}", numbers(own, "km_each"), "km"))
    kinds = list(dict.fromkeys(str(journey["kind"]) for journey in journeys.values()))
    places = source.table("facilities")
    layers = []
    for kind in kinds:
        rows = places[places["kind"].astype(str) == kind].reset_index(drop=True)
        if len(rows):
            layers.append(shared.facilities(source, kind, rows, [SiteRole.EXISTING] * len(rows)))
    scenario = str(source.facts["scenario"])
    return MapDocument(
        title=source.title,
        subtitle=words("burden.subtitle"),
        notices=source.notices,
        layers=(
            *shared.links(source, closed_in={view.key: scenario for view in views}),
            shared.settlements(source, first, series, columns=tuple(columns)),
            *layers,
        ),
        views=tuple(views),
        view_label=words("views"),
        sources=source.sources,
    )


def _title(source: Source, journey: dict[str, object]) -> str:
    own = str(journey.get(f"title_{source.words.language.value}") or "")
    return own or str(journey["title"])
