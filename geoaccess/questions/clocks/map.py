"""Maps of clocks: the whole time to care, its parts in the pop-up, and the part that takes longest."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from geoaccess.answers.day_tables import cut
from geoaccess.answers.source import Source, numbers
from geoaccess.drawing import map_layers as shared
from geoaccess.drawing.map_hours import PREFIXES, HourPieces, hour_pieces
from geoaccess.drawing.map_ways import chain_words, way_lines
from geoaccess.questions.clocks.around_the_clock_folder import TABLES
from maps import Column, Headline, MapDocument, Scale, Series, SiteRole, View
from maps.layers import Layer


def document(source: Source) -> MapDocument:
    """The map of a run of clocks."""
    table, told = source.table("clock_points"), source.facts["clocks"]
    words = source.words
    names = table["clock"].astype(str).unique().tolist()
    frames = {name: table[table["clock"].astype(str) == name].reset_index(drop=True) for name in names}
    views: list[View] = []
    series: list[Series] = []
    parts: dict[str, tuple[Column, ...]] = {}
    days: list[HourPieces] = []
    for name in names:
        _add_clock(source, told[name], name, frames[name], views, series)
        days += _add_day(source, told[name], name, frames[name], views, series)
        shown = _parts(source, frames[name])
        parts |= {view.key: shown for view in views if view.key.endswith(f"-{name}")}
    scenario = str(source.facts.get("scenario", "base"))
    drawn_in = {
        (name, scenario): [view.key for view in views if view.key.endswith(f"-{name}")] for name in names
    }
    places = frames[names[0]]["demand_id"].astype(str).tolist()
    return MapDocument(
        title=source.title,
        subtitle=words("clocks.subtitle"),
        notices=source.notices,
        layers=(
            *shared.links(source, closed_in={view.key: scenario for view in views}),
            *way_lines(source, drawn_in, places),
            shared.settlements(
                source,
                frames[names[0]],
                series,
                columns=_ways(source, told, frames),
                parts=parts,
                hours=[day.hours for day in days],
                hatched={key: marks for day in days for key, marks in day.hatched.items()},
            ),
            *_facilities(source, names, views),
        ),
        views=tuple(views),
        view_label=words("views"),
        sources=source.sources,
    )


def _add_clock(
    source: Source,
    told: dict[str, Any],
    name: str,
    frame: pd.DataFrame,
    views: list[View],
    series: list[Series],
) -> None:
    words = source.words
    title = words.told(told, "title") or name
    headline = _headline(source, frame)
    span = words("clocks.span", starts=words.told(told, "starts"), ends=words.told(told, "ends"))
    explanation = span if told.get("starts") and told.get("ends") else ""
    views.append(
        View(f"total-{name}", words("clocks.total"), explanation, headline, group=title, charted=True)
    )
    total = numbers(frame, "total_min")
    series.append(Series(words("clocks.total"), total, Scale.minutes(), f"total-{name}"))
    if "in_time" in frame and frame["in_time"].notna().any():
        late = np.where(np.isnan(total), np.nan, ~frame["in_time"].fillna(False).astype(bool))
        limits = tuple(sorted(set(numbers(frame, "threshold_min").tolist())))
        label = words("clocks.in_time", limits=words.limits(limits))
        views.append(View(f"intime-{name}", label, explanation, headline, group=title))
        scale = Scale.ordered((words("class.within"), words("class.beyond")))
        series.append(
            Series(words("clocks.in_time", limits=words.limits(limits)), late, scale, f"intime-{name}")
        )
    known = [part for part in frame["binding"].astype(str).unique().tolist() if part]
    order = [part for part in _PARTS if part in known] + sorted(set(known) - set(_PARTS))
    code = {part: float(at) for at, part in enumerate(order)}
    binding = frame["binding"].astype(str).map(code).to_numpy(dtype=np.float64)
    labels = [words.known(f"part.{part}", part) for part in order]
    views.append(
        View(f"longest-{name}", words("clocks.longest"), words("clocks.longest.told"), headline, group=title)
    )
    series.append(Series(words("clocks.longest"), binding, Scale.categories(labels), f"longest-{name}"))


def _add_day(
    source: Source,
    told: dict[str, Any],
    name: str,
    frame: pd.DataFrame,
    views: list[View],
    series: list[Series],
) -> list[HourPieces]:
    """The views of every moment of the alarm, where the answer has them."""
    pieces = hour_pieces(
        source,
        cut(source.table, TABLES, clock=name),
        frame,
        keys={prefix: f"{prefix}{name}" for prefix in PREFIXES},
        group=source.words.told(told, "title") or name,
        strip_in=[f"total-{name}"],
        said="alarm",
    )
    if pieces is None:
        return []
    views += pieces.views
    series += pieces.series
    return [pieces]


#: Parts of a clock in their order, see :data:`geoaccess.study.clock_sections.PARTS`.
_PARTS = ("alarm", "mobilise", "travel", "on_scene", "transport", "treatment")


def _parts(source: Source, frame: pd.DataFrame) -> tuple[Column, ...]:
    words = source.words
    present = [part for part in _PARTS if f"{part}_min" in frame and frame[f"{part}_min"].notna().any()]
    return tuple(
        Column(words.known(f"part.{part}", part), numbers(frame, f"{part}_min"), "min", 1) for part in present
    )


def _ways(source: Source, told: dict[str, Any], frames: dict[str, pd.DataFrame]) -> list[Column]:
    """By what everybody is carried in each clock that carries, and to where."""
    sites = source.table("facilities")
    names = dict(zip(sites["facility_id"].astype(str), sites["name"].astype(str), strict=True))
    columns = []
    for name, frame in frames.items():
        if "way" not in frame or not frame["way"].fillna("").astype(bool).any():
            continue
        title = source.words("column.winning", kind=source.words.told(told[name], "title") or name)

        @cache  # ten thousands of places share a few hundred sentences
        def carried(way: object, hospital: str, minutes: str) -> str:
            if not (isinstance(way, str) and way):
                return ""
            by, place = chain_words(source, way), names.get(hospital, hospital)
            return source.words("way.carried", by=by, place=place, minutes=minutes)

        given = frame["way"].to_numpy(dtype=object), frame["hospital_id"].astype(str).to_numpy(dtype=object)
        minutes = [f"{one:.0f}" for one in numbers(frame, "total_min")]
        ways = list(map(carried, *given, minutes))
        columns.append(Column(title, ways))
    return columns


def _headline(source: Source, frame: pd.DataFrame) -> tuple[Headline, ...]:
    from geoaccess.ground.measures import weighted_percentile  # noqa: PLC0415

    words = source.words
    weights = source.weights(frame)
    if not weights:
        return ()
    persons, total = numbers(frame, weights[0]), numbers(frame, "total_min")
    headline = [
        Headline(
            words("figure.median"),
            weighted_percentile(total, persons, 0.5),
            "min",
            words("figure.median.told"),
        ),
        Headline(
            words("figure.p90"), weighted_percentile(total, persons, 0.9), "min", words("figure.p90.told")
        ),
    ]
    if "in_time" in frame and frame["in_time"].notna().any():
        inside = frame["in_time"].fillna(False).astype(bool).to_numpy()
        share = 100.0 * float(persons[inside].sum()) / float(persons.sum() or 1.0)
        headline.append(Headline(words("figure.in_time"), share, words("unit.share"), digits=1))
    return tuple(headline)


def _facilities(source: Source, names: list[str], views: list[View]) -> list[Layer]:
    """The kinds that each clock's legs go from and to, in the views of that clock."""
    table, told = source.table("facilities"), source.facts["clocks"]
    made: list[Layer] = []
    every = list(dict.fromkeys(kind for name in names for kind in told[name].get("kinds", ())))
    for number, kind in enumerate(every):
        rows = table[table["kind"].astype(str) == kind].reset_index(drop=True)
        if rows.empty:
            continue
        roles = {"": [SiteRole.ABSENT] * len(rows)}
        for view in views:
            clock = view.key.partition("-")[2]
            if kind in told[clock].get("kinds", ()):
                roles[view.key] = [SiteRole.EXISTING] * len(rows)
        made.append(shared.facilities(source, kind, rows, roles, number=number))
    return made
