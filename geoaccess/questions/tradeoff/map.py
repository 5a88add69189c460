"""Maps of trade-offs: a view for today and for each placement of the front, with its criteria."""

from __future__ import annotations

import numpy as np

from geoaccess.answers.source import Source, numbers
from geoaccess.drawing import map_layers as shared
from geoaccess.questions.tradeoff.told import digits_of, names_of, sites_of, title_of, wide
from maps import Column, Headline, MapDocument, Proof, ProofStatus, Scale, Series, TableView, View

_MINUTES = (12.0, 25.0, 45.0, 60.0, 90.0)
_TODAY = "today"
#: So many sites are named in the name of a placement.
_NAMED = 3


def document(source: Source) -> MapDocument:
    """The map of an answer of ``geoaccess tradeoff``."""
    words, told = source.words, source.facts["tradeoff"]
    rows, points = source.table("tradeoff"), source.table("tradeoff_points")
    sites = source.table("tradeoff_sites").copy()
    numbers_of = [int(point) for point in rows["point"]]
    columns = {_TODAY: "today_min", **{f"point-{one}": f"point_{one}_min" for one in numbers_of}}
    series = [
        Series(
            words("tradeoff.minutes"),
            numbers(points, column),
            Scale(_MINUTES, unit="min", missing=words("tradeoff.unreached")),
            key,
        )
        for key, column in columns.items()
    ]
    roles = {f"point-{one}": f"point_{one}_role" for one in numbers_of}
    first = sites[f"point_{numbers_of[0]}_role"].astype(str)
    sites["today_role"] = first.where(first.isin(["existing", "required", "closed"]), "candidate").replace(
        "closed", "existing"
    )
    scenario = str(source.facts["scenario"])
    compromise = rows["compromise"].astype(str).str.lower().isin(["true", "yes", "1"]).to_numpy()
    return MapDocument(
        title=source.title,
        subtitle=title_of(told["section"], source.words.language.value),
        notices=source.notices,
        layers=(
            *shared.links(source, closed_in=dict.fromkeys(columns, scenario)),
            shared.settlements(source, points, series),
            shared.sites_by_view(source, sites, str(told["facility"]), {_TODAY: "today_role", **roles}),
        ),
        tables=(_table(source, numbers_of),),
        views=(View(_TODAY, words("tradeoff.today"), words("tradeoff.told")), *_views(source, numbers_of)),
        first_view=f"point-{numbers_of[int(np.argmax(compromise))]}",
        view_label=words("tradeoff.placements"),
        sources=source.sources,
    )


def _views(source: Source, points: list[int]) -> list[View]:
    words, told = source.words, source.facts["tradeoff"]
    values, rows = source.table("tradeoff_values"), source.table("tradeoff")
    sites, views = source.table("tradeoff_sites"), []
    for at, point in enumerate(points):
        own = values[values["point"] == point]
        headline = [
            Headline(
                _title(source, one),
                float(value),
                _unit(source, str(unit)),
                digits=digits_of(np.array([float(value)])),
            )
            for one, value, unit in zip(own["criterion"], own["value"], own["unit"], strict=True)
        ]
        changes = [
            words(f"tradeoff.{what}", names=names)
            for what, role in (("opened", "chosen"), ("closed", "closed"))
            if (names := sites_of(sites, point, role, source.kind))
        ]
        proven = str(rows["status"].iloc[at]) == "optimal"
        proof = Proof(
            ProofStatus.OPTIMAL if proven else ProofStatus.FEASIBLE,
            gap=float(numbers(rows, "gap")[at]),
            solver=str(told["solver"]),
            objective_name=words("tradeoff.none_beats"),
        )
        label = _named(source, point)
        views.append(View(f"point-{point}", label, " ".join(changes), tuple(headline), proof))
    return views


def _named(source: Source, point: int) -> str:
    """A placement by its number and by what it opens and closes: a list of numbers says nothing."""
    words, sites, changes = source.words, source.table("tradeoff_sites"), []
    for what, role in (("opening", "chosen"), ("closing", "closed")):
        names = names_of(sites, point, role, source.kind)
        if names:
            told = ", ".join(names[:_NAMED])
            if len(names) > _NAMED:
                told = words("tradeoff.names_more", names=told, more=words.number(len(names) - _NAMED))
            changes.append(words(f"tradeoff.{what}", names=told))
    if not changes:
        return words("tradeoff.number", number=point)
    return words("tradeoff.named", number=point, changes="; ".join(changes))


def _title(source: Source, criterion: object) -> str:
    section = source.facts["tradeoff"]["section"]["criteria"][str(criterion)]
    return title_of(section, source.words.language.value)


def _unit(source: Source, unit: str) -> str:
    return source.words(f"tradeoff.unit.{unit}") if unit in {"persons", "h", "sites"} else unit


def _table(source: Source, points: list[int]) -> TableView:
    words = source.words
    values, sites = source.table("tradeoff_values"), source.table("tradeoff_sites")
    units = dict(zip(values["criterion"].astype(str), values["unit"].astype(str), strict=True))
    columns = [Column(words("tradeoff.placement"), np.asarray(points, dtype=np.float64))]
    columns += [
        Column(
            _title(source, name),
            figures,
            _unit(source, units[name]),
            digits_of(figures),
        )
        for name, figures in wide(values).items()
    ]
    for what, role in (("opens", "chosen"), ("closes", "closed")):
        names = [sites_of(sites, point, role, source.kind) for point in points]
        if any(names):
            columns.append(Column(words(f"tradeoff.{what}"), names))
    return TableView("tradeoff", words("tradeoff.table"), tuple(columns))
