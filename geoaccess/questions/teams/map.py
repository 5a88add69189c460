"""Maps of teams: today's areas and the best, each with its seats and the minutes from them."""

from __future__ import annotations

from geoaccess.answers.source import Source, numbers
from geoaccess.drawing import map_layers as shared
from maps import Column, Headline, MapDocument, Scale, Series, Shape, SiteLayer, SiteRole, TableView, View

_MINUTES = (15.0, 30.0, 60.0, 90.0, 120.0, 180.0)


def document(source: Source) -> MapDocument:
    """The map of an answer of ``geoaccess teams``."""
    words, told = source.words, source.facts["teams"]
    points, areas = source.table("teams_points"), source.table("teams_areas")
    people = source.table("teams_municipalities")
    variants = list(told["region"])
    section = told["section"]
    codes = points["municipality_code"].astype(str)
    columns = []
    for one in variants:
        own = people[people["variant"] == one]
        seat = dict(zip(own["municipality_code"].astype(str), own["seat"].astype(str), strict=True))
        heading = f"{words('teams.seat')}: {words(f'teams.{one}')}"
        columns.append(Column(heading, [seat.get(code, "") for code in codes]))
    places = areas.drop_duplicates("seat_code").reset_index(drop=True)
    roles = {}
    for one in variants:
        there = set(areas.loc[areas["variant"] == one, "seat_code"].astype(str))
        role = SiteRole.EXISTING if one == "today" else SiteRole.CHOSEN
        roles[one] = [role if code in there else SiteRole.ABSENT for code in places["seat_code"].astype(str)]
    scenario = str(source.facts["scenario"])
    return MapDocument(
        title=source.title,
        subtitle=str(section.get(f"title_{words.language.value}") or section["title"]),
        notices=source.notices,
        layers=(
            *shared.links(source, closed_in=dict.fromkeys(variants, scenario)),
            shared.settlements(
                source,
                points,
                [
                    Series(
                        words("teams.minutes"),
                        numbers(points, f"{one}_min"),
                        Scale(_MINUTES, unit="min", missing=words("teams.unreached")),
                        one,
                    )
                    for one in variants
                ],
                columns=columns,
            ),
            SiteLayer(
                key="seats",
                name=words("teams.seats"),
                lon=numbers(places, "lon"),
                lat=numbers(places, "lat"),
                labels=places["seat"].astype(str).tolist(),
                shape=Shape.PENTAGON,
                roles=roles,
            ),
        ),
        tables=tuple(_table(source, one) for one in variants),
        views=tuple(
            View(
                one,
                words(f"teams.{one}"),
                words("teams.told"),
                (
                    Headline(words("teams.areas"), told["region"][one]["areas"], ""),
                    Headline(words("teams.mean"), told["region"][one]["mean_min"], "min", digits=1),
                    Headline(words("teams.road"), told["region"][one]["road_hours"], words("unit.hours")),
                ),
            )
            for one in variants
        ),
        view_label=words("views"),
        sources=source.sources,
    )


def _table(source: Source, variant: str) -> TableView:
    words = source.words
    areas = source.table("teams_areas")
    own = areas[areas["variant"] == variant].reset_index(drop=True)
    return TableView(
        f"teams-{variant}",
        words(f"teams.{variant}"),
        (
            Column(words("teams.seat"), own["seat"].astype(str).tolist()),
            Column(words("teams.persons"), numbers(own, "persons")),
            Column(words("teams.mean"), numbers(own, "mean_min"), "min", 1),
            Column(words("teams.road"), numbers(own, "road_hours"), words("unit.hours")),
        ),
    )
