"""Maps of one journey: every leg with its road number, minutes and waits."""

from __future__ import annotations

from collections.abc import Hashable, Mapping

import shapely

from geoaccess.answers.source import Source, numbers
from geoaccess.drawing import map_layers as shared
from maps import (
    Column,
    Headline,
    LineKind,
    LineLayer,
    MapDocument,
    Shape,
    SiteLayer,
    SiteRole,
    TableView,
)

#: Room around the journey, as a share of its extent and in degrees.
_ROOM_SHARE, _ROOM_DEGREES = 0.15, 0.1


def document(source: Source) -> MapDocument:
    """The map of a run of ``geoaccess route``."""
    told, words = source.facts["route"], source.words
    path = source.table("path")
    scenario = str(told.get("scenario", "base"))
    subtitle = words("route.subtitle", start=told["from"], end=told["to"])
    state = source.scenario_told(scenario)
    lines = [
        shapely.LineString(rows[["lon", "lat"]].to_numpy(dtype=float))
        for _, rows in path.groupby("leg", sort=True)
    ]
    return MapDocument(
        title=subtitle,
        subtitle=state or source.title,
        notices=source.notices,
        headline=(
            Headline(
                words("route.time"), told["travel_time_min"], "min", _hours(source, told["travel_time_min"])
            ),
            Headline(words("route.length"), told["length_km"], "km"),
            Headline(words("route.wait"), told["wait_min"], "min", words("route.wait.told")),
            *_of_day(source),
        ),
        layers=(
            *shared.links(source, roads_shown=True),
            _way(source, lines),
            *_ends(source),
        ),
        tables=(_table(source),),
        bounds=_bounds(lines),
        sources=source.sources,
    )


def _of_day(source: Source) -> list[Headline]:
    """What half of the moments and nine in ten do not exceed, where the run is around the clock."""
    day = source.facts.get("around_the_clock", {})
    words = source.words
    figures = ("p50_min",) if day.get("basis") == "assumed" else ("p50_min", "p90_min")
    return [Headline(words(f"route.day.{name}"), day[name], "min") for name in figures if name in day]


def _hours(source: Source, minutes: float) -> str:
    hours, rest = divmod(round(minutes), 60)
    return source.words("route.hours", hours=hours, rest=rest) if hours else ""


def _bounds(lines: list[shapely.LineString]) -> tuple[float, float, float, float]:
    west, south, east, north = shapely.total_bounds(lines).tolist()
    across = max((east - west) * _ROOM_SHARE, 2 * _ROOM_DEGREES)
    up = max((north - south) * _ROOM_SHARE, _ROOM_DEGREES)
    return west - across, south - up, east + across, north + up


def _way(source: Source, lines: list[shapely.LineString]) -> LineLayer:
    words, legs = source.words, source.table("legs")
    kinds = [
        LineKind.ROUTE if kind == "road" else shared.LINE_KINDS.get(str(kind), LineKind.ROUTE)
        for kind in legs["kind"]
    ]
    labels = [
        f"{ref} {name}".strip() or source.words.known(f"links.{kind}", str(kind))
        for ref, name, kind in zip(legs["ref"], legs["name"], legs["kind"], strict=True)
    ]
    columns = (
        Column(words("column.from"), legs["from"].astype(str).tolist()),
        Column(words("column.to"), legs["to"].astype(str).tolist()),
        Column(words("column.length"), numbers(legs, "length_km"), "km", 1),
        Column(words("column.time"), numbers(legs, "travel_time_min"), "min", 1),
        Column(words("column.wait"), numbers(legs, "wait_min"), "min", 1),
    )
    return LineLayer("way", words("route.way"), lines, labels, kinds, columns, emphasis=True)


def _ends(source: Source) -> list[SiteLayer]:
    """Where the journey begins and ends, and where its legs meet."""
    words, stops = source.words, source.table("stops")
    ends = stops["is_end"].astype(bool).to_numpy()
    made = []
    for key, name, here, role, shape in (
        ("ends", words("route.ends"), ends, SiteRole.NAMED, Shape.STAR),
        ("stops", words("route.stops"), ~ends, SiteRole.NAMED, Shape.RING),
    ):
        rows = stops[here]
        if len(rows):
            made.append(
                SiteLayer(
                    key,
                    name,
                    numbers(rows, "lon"),
                    numbers(rows, "lat"),
                    rows["name"].astype(str).tolist(),
                    shape,
                    [role] * len(rows),
                )
            )
    return made


def _table(source: Source) -> TableView:
    words, legs = source.words, source.table("legs")
    return TableView(
        "legs",
        words("table.legs"),
        (
            Column(words("column.leg"), [_leg(leg) for leg in legs.to_dict(orient="records")]),
            Column(words("column.length"), numbers(legs, "length_km"), "km"),
            Column(words("column.time"), numbers(legs, "travel_time_min"), "min"),
            Column(words("column.wait"), numbers(legs, "wait_min"), "min"),
        ),
        in_panel=True,
    )


def _leg(leg: Mapping[Hashable, object]) -> str:
    """``E6: Nordkjosbotn - Skarberget``; a ferry by its name where it has one."""
    named = leg["name"] if leg["kind"] != "road" and leg["name"] else f"{leg['from']} \N{EN DASH} {leg['to']}"
    return f"{leg['ref']}: {named}" if leg["ref"] else str(named)
