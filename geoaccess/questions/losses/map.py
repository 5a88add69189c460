"""Maps of losses: what hurts most when it falls out, ranked; a click shows whom it hurts."""

from __future__ import annotations

from typing import Any

import pandas as pd

from geoaccess.answers.source import Source, numbers
from geoaccess.drawing import map_layers as shared
from geoaccess.drawing.what_if import choices
from geoaccess.ground.errors import DataError
from geoaccess.questions.losses.around_the_clock_folder import ROWS as DAY
from geoaccess.questions.losses.map_around_the_clock import day_places, day_series, day_table, day_views
from geoaccess.words.map_words import heading
from maps import (
    Column,
    Headline,
    LineKind,
    LineLayer,
    MapDocument,
    Scale,
    Series,
    SiteRole,
    TableView,
    View,
    ViewControl,
)
from maps.layers import Layer


def document(source: Source) -> MapDocument:
    """The map of a run of losses: the worst ones to click, all of them in a table."""
    told = source.facts["losses"]
    shown = list(told["shown"])
    if not source.table(DAY).empty:
        return _of_day(source, shown)
    points, words = source.table("loss_points"), source.words
    scale = Scale.difference()
    scale = Scale(scale.breaks, unit="min", palette=scale.palette, missing=words("class.lost"))
    series = [
        Series(
            words("series.longer", kind=source.kind(item["kind"])),
            numbers(points, item["column"]),
            scale,
            item["column"],
        )
        for item in shown
    ]
    own = choices(source, points)
    return MapDocument(
        title=source.title,
        subtitle=_subtitle(source),
        notices=source.notices,
        layers=(
            *_lines(source, shown),
            shared.settlements(source, points, [*series, *own.series], columns=_never(source, points)),
            *_facilities(source, shown),
            *own.layers,
        ),
        tables=(_table(source),),
        views=(*(_view(source, item) for item in shown), *own.views),
        what_if=tuple(own.subjects),
        view_control=ViewControl.LIST,
        view_label=words("losses.list"),
        sources=source.sources,
    )


def _of_day(source: Source, shown: list[dict[str, Any]]) -> MapDocument:
    """The map of losses over the day."""
    shown = [{**item, "column": item["key"]} for item in shown]
    places = day_places(source)
    if places.empty:
        raise DataError("the run has no places to show")
    series, parts, hatched = day_series(source, shown)
    return MapDocument(
        title=source.title,
        subtitle=_subtitle(source, DAY),
        notices=source.notices,
        layers=(
            *_lines(source, shown),
            shared.settlements(source, places, series, parts=parts, hatched=hatched),
            *_facilities(source, shown),
        ),
        tables=(day_table(source),),
        views=day_views(source, shown),
        view_control=ViewControl.LIST,
        view_label=source.words("losses.list"),
        sources=source.sources,
    )


def _subtitle(source: Source, ranking: str = "losses") -> str:
    """What was taken out, as it was asked for."""
    words, told = source.words, source.facts["losses"]
    families = dict.fromkeys(one for text in source.table(ranking)["family"] for one in text.split(" + "))
    names = sorted(words.known(f"losses.family.{one}", one) for one in families)
    joined = words("list.last", names=", ".join(names[:-1]), name=names[-1]) if len(names) > 1 else names[0]
    return words("losses.subtitle", families=heading(joined), scenario=source.scenario(str(told["scenario"])))


def _view(source: Source, item: dict[str, Any]) -> View:
    words, threshold = source.words, float(source.facts["losses"]["threshold_min"])
    headline = [
        Headline(
            words("figure.hours_lost"),
            item["person_min_lost"] / 60.0,
            words("unit.person_hours"),
            words("figure.hours_lost.told"),
        ),
        Headline(words("figure.lose"), item["persons_lose"], words("unit.people")),
        Headline(
            words("figure.newly_beyond", limit=words.limits((threshold,))),
            item["persons_newly_beyond"],
            words("unit.people"),
        ),
        Headline(words("figure.worst_loss"), item["worst_loss_min"], "min"),
    ]
    if item["persons_no_longer_reached"]:
        # Whoever is cut off comes first: their hours are in no sum.
        cut = Headline(words("figure.no_longer"), item["persons_no_longer_reached"], words("unit.people"))
        headline.insert(0, cut)
    cuts = item["list"] == "cut_off"
    return View(
        key=item["column"],
        label=words(
            "losses.cut_off" if cuts else "losses.longer", name=item["name"], kind=source.kind(item["kind"])
        ),
        explanation=words("losses.told", name=item["name"], kind=source.kind(item["kind"])),
        headline=tuple(headline),
        rank=round(item["persons_no_longer_reached"] if cuts else item["person_min_lost"] / 60.0),
        rank_unit=words("unit.people" if cuts else "unit.person_hours"),
    )


def _never(source: Source, points: pd.DataFrame) -> list[Column]:
    """Which services do not reach a place anyhow: losing one of them changes nothing there."""
    shown = dict.fromkeys(str(item["kind"]) for item in source.facts["losses"]["shown"])
    told = [
        ", ".join(source.kind(kind) for kind in shown if row[f"never_reached_{kind}"])
        for row in points.to_dict(orient="records")
    ]
    return [Column(source.words("losses.never"), told)] if any(told) else []


def _lines(source: Source, shown: list[dict[str, Any]]) -> list[LineLayer]:
    """The network, with what a view takes out drawn as closed; roads in thin lines."""
    made = shared.links(source)
    out = {item["column"]: set(item["links"]) for item in shown if item["links"]}
    if not out:
        return made
    table = source.table("links")
    ids = table["link_id"].astype(str)
    rows = table[ids.isin(set().union(*out.values()))]
    if rows.empty:
        return made
    kinds = {"": [LineKind.HIDDEN] * len(rows)}
    kinds |= {
        view: [LineKind.CLOSED if str(link) in links else LineKind.HIDDEN for link in rows["link_id"]]
        for view, links in out.items()
    }
    lost = LineLayer(
        key="lost",
        name=source.words("links.lost"),
        geometry=shared.link_lines(rows),
        labels=rows["name"].astype(str).tolist(),
        kinds=kinds,
        emphasis=True,
    )
    return [*made, lost]


def _facilities(source: Source, shown: list[dict[str, Any]]) -> list[Layer]:
    table = source.table("facilities")
    made: list[Layer] = []
    for number, kind in enumerate(dict.fromkeys(str(item["kind"]) for item in shown)):
        rows = table[table["kind"].astype(str) == kind].reset_index(drop=True)
        if rows.empty:
            continue
        roles = {"": [SiteRole.ABSENT] * len(rows)}
        for item in shown:
            if item["kind"] == kind:
                gone = set(item["facilities"])
                roles[item["column"]] = [
                    SiteRole.CLOSED if str(key) in gone else SiteRole.EXISTING for key in rows["facility_id"]
                ]
        made.append(shared.facilities(source, kind, rows, roles, number=number))
    return made


def _table(source: Source) -> TableView:
    words, frame = source.words, source.table("losses")
    hours = numbers(frame, "person_min_lost") / 60.0
    columns: list[Column] = [
        Column(words("column.taken_out"), frame["name"].astype(str).tolist()),
        Column(words("column.time_to"), [source.kind(str(kind)) for kind in frame["kind"]]),
        Column(words("figure.hours_lost"), hours, words("unit.person_hours")),
    ]
    threshold = float(source.facts["losses"]["threshold_min"])
    for label, name, unit in (
        (words("figure.lose"), "persons_lose", words("unit.people")),
        (
            words("figure.newly_beyond", limit=words.limits((threshold,))),
            "persons_newly_beyond",
            words("unit.people"),
        ),
        (words("figure.no_longer"), "persons_no_longer_reached", words("unit.people")),
        (words("figure.worst_loss"), "worst_loss_min", "min"),
    ):
        columns.append(Column(label, numbers(pd.DataFrame(frame), name), unit))
    return TableView("all-losses", words("table.losses"), tuple(columns))
