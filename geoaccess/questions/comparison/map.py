"""Maps of a comparison: who gains and who loses from one state to another, in persons and minutes."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np
import pandas as pd

from geoaccess.answers.source import Source, numbers
from geoaccess.drawing import map_layers as shared
from geoaccess.drawing.what_if import choices
from geoaccess.questions.comparison.inputs import called
from geoaccess.questions.comparison.map_around_the_clock import DayViews, day_views
from geoaccess.words.map_words import heading
from maps import (
    Column,
    Headline,
    MapDocument,
    PointLayer,
    Scale,
    Series,
    SiteRole,
    TableView,
    View,
)
from maps.layers import Layer

#: Changes smaller than this many minutes are noise of arithmetic.
_SAME_MIN = 1e-6


def document(source: Source) -> MapDocument:
    """The map of a run of ``geoaccess compare``."""
    table, told = source.table("comparison"), _told(source)
    kinds = list(dict.fromkeys(table["kind"].astype(str)))
    frames = {kind: table[table["kind"].astype(str) == kind].reset_index(drop=True) for kind in kinds}
    base = frames[kinds[0]]
    views: list[View] = []
    series: list[Series] = []
    closed_in: dict[str, str] = {}
    days: list[DayViews] = []
    for number, kind in enumerate(kinds):
        views += _views(source, told, kind, number, grouped=len(kinds) > 1)
        series += _series(source, told, frames[kind], kind, number)
        scenarios = dict(zip("ab", told.get("scenarios", ("base", "base")), strict=True))
        closed_in |= {f"{state}-{number}": scenario for state, scenario in scenarios.items()}
        closed_in[f"change-{number}"] = scenarios["b"]
        group = heading(_kind(source, kind)) if len(kinds) > 1 else ""
        day = day_views(source, frames[kind], kind, number, group)
        views += day.views
        series += day.series
        closed_in |= {view.key: scenarios["b"] for view in day.views}
        days.append(day)
    words = source.words
    own = choices(source, base)
    return MapDocument(
        title=source.title,
        subtitle=words("compare.subtitle", a=told["label_a"], b=told["label_b"]),
        notices=source.notices,
        layers=(
            *_areas(source, kinds),
            *shared.links(source, closed_in=closed_in),
            shared.settlements(
                source,
                base,
                [*series, *own.series],
                columns=_columns(source, frames),
                hours=[strip for day in days for strip in day.hours],
                hatched={key: marks for day in days for key, marks in day.hatched.items()},
            ),
            *_turned(source, frames),
            *_facilities(source, kinds, {view.key for view in views}),
            *own.layers,
        ),
        tables=(_groups(source),),
        views=(*views, *own.views),
        what_if=tuple(own.subjects),
        view_label=words("views"),
        first_view="change-0",
        swipe=("a-0", "b-0"),
        sources=source.sources,
    )


def _told(source: Source) -> dict[str, Any]:
    """What the run says of its two states, their scenarios in words."""
    told = dict(source.facts["compare"])
    language = source.words.language.value
    for letter in "ab":
        told[f"label_{letter}"] = called(source.facts["compare"], letter, language)
    return told


def _kind(source: Source, kind: str) -> str:
    """A kind of time in words: that of a service, or of a placement's response."""
    if kind in source.facts.get("kinds", {}):
        return source.words("to.kind", kind=source.kind(kind))
    return source.words("compare.response")


def _views(source: Source, told: dict[str, Any], kind: str, number: int, *, grouped: bool) -> list[View]:
    words = source.words
    region = source.table("comparison_region")
    rows = region[region["kind"].astype(str) == kind]
    found = {str(name): value for name, value in rows.iloc[0].items()} if len(rows) else {}
    group = heading(_kind(source, kind)) if grouped else ""
    figures = [
        ("figure.gain", "persons_gain", "unit.people", 0),
        ("figure.lose", "persons_lose", "unit.people", 0),
        ("figure.mean_change", "change_mean_min", "min", 2),
        ("figure.worst_loss", "worst_loss_min", "min", 0),
        ("figure.newly", "persons_newly_reached", "unit.people", 0),
        ("figure.no_longer", "persons_no_longer_reached", "unit.people", 0),
    ]
    headline = tuple(
        Headline(words(label), found[name], unit if unit == "min" else words(unit), digits=digits)
        for label, name, unit, digits in figures
        if name in found and (found[name] or not name.endswith("reached"))
    )
    told_of = {state: source.scenario_told(name) for state, name in zip("ab", told["scenarios"], strict=True)}
    subject = _kind(source, kind)
    change = words("compare.change", what=subject)
    return [
        View(f"change-{number}", change, words("compare.change.told"), headline, group=group),
        *(
            View(f"{one}-{number}", told[f"label_{one}"], told_of[one], group=group, charted=True)
            for one in "ab"
        ),
    ]


def _series(
    source: Source, told: dict[str, Any], frame: pd.DataFrame, kind: str, number: int
) -> list[Series]:
    words = source.words
    subject = _kind(source, kind)
    missing = words("class.not_both")
    scale = Scale.difference()
    change = Scale(
        scale.breaks, unit="min", palette=scale.palette, missing=missing if _lost(frame).any() else ""
    )
    minutes = words("compare.minutes", what=subject)
    return [
        Series(
            words("compare.change", what=subject), numbers(frame, "change_min"), change, f"change-{number}"
        ),
        Series(minutes, numbers(frame, "a_min"), Scale.minutes(), f"a-{number}"),
        Series(minutes, numbers(frame, "b_min"), Scale.minutes(), f"b-{number}"),
    ]


def _lost(frame: pd.DataFrame) -> np.ndarray:
    """(n,) whether a place is reached in one state only."""
    gone: np.ndarray = (frame["a_min"].isna() != frame["b_min"].isna()).to_numpy()
    return gone


def _columns(source: Source, frames: dict[str, pd.DataFrame]) -> list[Column]:
    """Whether another facility than before is nearest."""
    words = source.words
    names = {True: words("yes"), False: words("no")}
    single = len(frames) == 1
    return [
        Column(
            words("column.other_facility") + ("" if single else f" ({source.kind(kind)})"),
            [names[bool(changed)] for changed in frame["facility_changed"]],
        )
        for kind, frame in frames.items()
        if "facility_changed" in frame
    ]


def _turned(source: Source, frames: dict[str, pd.DataFrame]) -> list[Layer]:
    """Places that are reached in one of the two states only: a change without a number of minutes."""
    words = source.words
    labels = (words("class.newly"), words("class.no_longer"))
    series: list[Series] = []
    anyone = np.any([_lost(frame) for frame in frames.values()], axis=0)
    if not anyone.any():
        return []
    for number, frame in enumerate(frames.values()):
        rows = frame[anyone]
        lost = np.where(_lost(rows), rows["b_min"].isna().astype(float), np.nan)
        scale = Scale.ordered(labels)
        missing = Scale(
            scale.breaks,
            unit="",
            palette=scale.palette,
            labels=labels,
            missing=words("class.as_before"),
            named=True,
        )
        series.append(Series(words("layer.turned"), lost, missing, f"change-{number}"))
    rows = next(iter(frames.values()))[anyone]
    return [
        PointLayer(
            "turned",
            words("layer.turned"),
            numbers(rows, "lon"),
            numbers(rows, "lat"),
            rows["name"].astype(str).tolist(),
            tuple(series),
        )
    ]


def _facilities(source: Source, kinds: list[str], views: Collection[str]) -> list[Layer]:
    table = source.table("facilities")
    made: list[Layer] = []
    for number, kind in enumerate(kinds):
        rows = table[table["kind"].astype(str) == kind].reset_index(drop=True) if len(table) else table
        if rows.empty:
            continue
        present = [_ROLES[one, one] for one in _there(rows, source.facts["compare"]["facilities_a"])]
        after = _roles_after(rows, source.facts["compare"])
        roles = {
            "": [SiteRole.ABSENT] * len(rows),
            f"a-{number}": present,
            f"b-{number}": after,
            f"change-{number}": after,
            f"dayhour-{number}": after,
            f"dayp90-{number}": after,
        }
        known = {"", *views}
        roles = {key: value for key, value in roles.items() if key in known}
        made.append(shared.facilities(source, kind, rows, roles, number=number))
    return made


def _roles_after(rows: pd.DataFrame, told: dict[str, Any]) -> list[SiteRole]:
    """What the facilities are in the second state: there in both, closed, or new."""
    before, after = _there(rows, told["facilities_a"]), _there(rows, told["facilities_b"])
    return [_ROLES[pair] for pair in zip(before, after, strict=True)]


#: Whether a facility is there in the first and the second state -> what it is in the second.
_ROLES = {
    (True, True): SiteRole.EXISTING,
    (True, False): SiteRole.CLOSED,
    (False, True): SiteRole.CHOSEN,
    (False, False): SiteRole.ABSENT,
}


def _there(rows: pd.DataFrame, ids: list[str] | None) -> list[bool]:
    """Which facilities are there; all of them where an answer does not say."""
    known = None if ids is None else set(ids)
    return [known is None or key in known for key in rows["facility_id"].astype(str)]


def _areas(source: Source, kinds: list[str]) -> list[Layer]:
    groups = source.table("comparison_groups")
    if groups.empty:
        return []
    codes = groups["municipality_code"].astype(str)
    every = sorted(set(codes))
    series = {}
    for number, kind in enumerate(kinds):
        rows = groups[groups["kind"].astype(str) == kind].set_index("municipality_code")
        values = rows["change_mean_min"].reindex(every).to_numpy(dtype=np.float64)
        key = f"change-{number}"
        series[key, kind] = Series(source.words("compare.mean"), values, Scale.difference(), key)
    return list(shared.municipalities(source, codes, series))


def _groups(source: Source) -> TableView:
    """Gains and losses per municipality."""
    words, frame = source.words, source.table("comparison_groups")
    columns = [
        Column(words("column.municipality"), frame["municipality"].astype(str).tolist()),
        Column(words("column.time_to"), [_kind(source, str(kind)) for kind in frame["kind"]]),
    ]
    for key, name, unit, digits in (
        ("figure.gain", "persons_gain", words("unit.people"), 0),
        ("figure.lose", "persons_lose", words("unit.people"), 0),
        ("column.hours_gained", "person_min_gained", words("unit.person_hours"), 0),
        ("column.hours_lost", "person_min_lost", words("unit.person_hours"), 0),
        ("figure.worst_loss", "worst_loss_min", "min", 0),
        ("figure.newly", "persons_newly_reached", words("unit.people"), 0),
        ("figure.no_longer", "persons_no_longer_reached", words("unit.people"), 0),
    ):
        values = numbers(frame, name) / (60.0 if name.startswith("person_min") else 1.0)
        columns.append(Column(words(key), values, unit, digits))
    return TableView("municipalities-changed", words("table.changed"), tuple(columns))
