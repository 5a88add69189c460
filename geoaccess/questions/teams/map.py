"""Maps of teams: today's areas and the best, each with its seats and the minutes from them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from geoaccess.answers.source import Source, numbers
from geoaccess.drawing import map_layers as shared
from maps import (
    Column,
    Headline,
    MapDocument,
    Proof,
    ProofStatus,
    Scale,
    Series,
    Shape,
    SiteLayer,
    SiteRole,
    TableView,
    View,
)

#: The areas that were solved for; the others are as they are.
_SOLVED = "districts"
_MINUTES = (15.0, 30.0, 60.0, 90.0, 120.0, 180.0)


def document(source: Source) -> MapDocument:
    """The map of an answer of ``geoaccess teams``."""
    words, told = source.words, source.facts["teams"]
    points, areas = source.table("teams_points"), source.table("teams_areas")
    people = source.table("teams_municipalities")
    variants = list(told["region"])
    section = told["section"]
    codes = points["municipality_code"].astype(str)
    columns, series = [], []
    # From north to south neighbours are next to each other, and their colours differ.
    seats = (
        areas.drop_duplicates("seat_code").sort_values("lat", ascending=False)["seat"].astype(str).tolist()
    )
    for one in variants:
        own = people[people["variant"] == one]
        seat = dict(zip(own["municipality_code"].astype(str), own["seat"].astype(str), strict=True))
        heading = f"{words('teams.seat')}: {words(f'teams.{one}')}"
        columns.append(Column(heading, [seat.get(code, "") for code in codes]))
        number = [seats.index(seat[code]) if code in seat else np.nan for code in codes]
        minutes = Scale(_MINUTES, unit="min", missing=words("teams.unreached"))
        series += [
            Series(words("teams.area_of"), number, Scale.categories(seats), _areas(one)),
            Series(words("teams.minutes"), numbers(points, f"{one}_min"), minutes, one),
        ]
    places = areas.drop_duplicates("seat_code").reset_index(drop=True)
    roles: dict[str, list[SiteRole]] = {}
    for one in variants:
        there = set(areas.loc[areas["variant"] == one, "seat_code"].astype(str))
        role = SiteRole.EXISTING if one == "today" else SiteRole.CHOSEN
        own_roles = [role if code in there else SiteRole.ABSENT for code in places["seat_code"].astype(str)]
        roles |= dict.fromkeys((_areas(one), one), own_roles)
    scenario = str(source.facts["scenario"])
    return MapDocument(
        title=source.title,
        subtitle=str(section.get(f"title_{words.language.value}") or section["title"]),
        notices=source.notices,
        layers=(
            *shared.links(source, closed_in=dict.fromkeys(roles, scenario)),
            shared.settlements(source, points, series, columns=columns),
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
        views=tuple(view for one in variants for view in _views(source, one)),
        first_view=_areas(_SOLVED if _SOLVED in variants else variants[0]),
        view_label=words("views"),
        sources=source.sources,
    )


def _areas(variant: str) -> str:
    """Key of the view that colours the areas of a variant."""
    return f"{variant}-areas"


def _views(source: Source, variant: str) -> tuple[View, View]:
    """The areas of a variant, and the minutes within them."""
    words, told = source.words, source.facts["teams"]["region"][variant]
    headline = (
        Headline(words("teams.areas"), told["areas"], ""),
        Headline(words("teams.mean"), told["mean_min"], "min", digits=1),
        Headline(words("teams.road"), told["road_hours"], words("unit.hours")),
    )
    proof = _proof(source, told) if variant == _SOLVED else None
    group = words(f"teams.{variant}")
    areas, minutes = (words(f"teams.view.{one}", variant=group) for one in ("areas", "minutes"))
    return (
        View(_areas(variant), areas, words("teams.areas.told"), headline, proof, group=group),
        View(variant, minutes, words("teams.told"), headline, proof, group=group),
    )


def _proof(source: Source, told: Mapping[str, float]) -> Proof:
    """How compact the areas are known to be: minutes of all people reached, as a mean."""
    solved = source.facts["teams"]["proof"]
    known = {status.value: status for status in ProofStatus}
    return Proof(
        status=known.get(str(solved["status"]), ProofStatus.FEASIBLE),
        objective=told["mean_min"],
        lower_bound=told["bound"] / told["objective"] * told["mean_min"] if told["objective"] else None,
        gap=told["gap"],
        unit="min",
        solver=str(solved["solver"]),
        objective_name=source.words("proof.mean"),
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
