"""Maps of reliability: the chance to be reached in time over a year of closures, place by place."""

from __future__ import annotations

from geoaccess.answers.source import Source, numbers
from geoaccess.drawing import map_layers as shared
from maps import Headline, MapDocument, Scale, Series, View

#: Limits of the classes of a chance, per cent.
_CHANCES = (50.0, 80.0, 90.0, 95.0, 99.9)


def document(source: Source) -> MapDocument:
    """The map of an answer of ``geoaccess reliability``."""
    words, told = source.words, source.facts["reliability"]
    table, limit = source.table("reliability_points"), float(told["threshold_min"])
    chances = Scale(_CHANCES, unit="%", digits=1)
    views: list[View] = []
    series: list[Series] = []
    frames = {kind: table[table["kind"].astype(str) == kind].reset_index(drop=True) for kind in told["kinds"]}
    for number, (kind, frame) in enumerate(frames.items()):
        figures = next(row for row in told["region"] if row["kind"] == kind)
        headline = (
            Headline(words("reliability.in_time"), 100.0 * figures["share_within"], "%", digits=1),
            Headline(words("reliability.reached"), 100.0 * figures["share_reached"], "%", digits=1),
        )
        chance = words("reliability.chance", limit=words.limits((limit,)))
        for key, name, column, scale in (
            ("within", chance, "probability_within", chances),
            ("reached", words("reliability.at_all"), "probability_reached", chances),
            ("expected", words("reliability.expected"), "expected_min", Scale.minutes()),
            ("base", words("reliability.base"), "base_min", Scale.minutes()),
        ):
            group, charted = source.kind_heading(kind), key in {"expected", "base"}
            views.append(View(f"{key}-{number}", name, "", headline, group=group, charted=charted))
            values = numbers(frame, column) * (1.0 if charted else 100.0)
            series.append(Series(name, values, scale, f"{key}-{number}"))
    scenario = str(source.facts["scenario"])
    return MapDocument(
        title=source.title,
        subtitle=words("reliability.subtitle"),
        notices=source.notices,
        layers=(
            *shared.links(source, closed_in={view.key: scenario for view in views}),
            shared.settlements(source, next(iter(frames.values())), series),
            *shared.facilities_by_kind(source, told["kinds"], views),
        ),
        views=tuple(views),
        view_label=words("views"),
        sources=source.sources,
    )
