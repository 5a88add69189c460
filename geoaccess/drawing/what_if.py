"""What lets a reader of a map open and close sites: views, layers and minutes of every subject."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geoaccess.answers.site_minutes import SiteMinutes, StateMinutes
from geoaccess.answers.source import Source, numbers
from geoaccess.drawing.map_layers import SETTLEMENTS, SHAPES
from geoaccess.words.note import note_in, read_notes
from maps import (
    KnownAnswer,
    Scale,
    Series,
    Shape,
    SiteLayer,
    SiteLimit,
    SitePromise,
    SiteRole,
    SiteState,
    View,
    WhatIf,
)
from maps.what_if import LEFT_OUT

#: Limits of the classes of response times, minutes, as on the map of a placement.
_RESPONSE = (12.0, 25.0, 40.0, 60.0, 90.0)


@dataclass(eq=False)
class Choices:
    """What the subjects add to a document, in the order of the answer."""

    views: list[View] = field(default_factory=list)
    series: list[Series] = field(default_factory=list)
    layers: list[SiteLayer] = field(default_factory=list)
    subjects: list[WhatIf] = field(default_factory=list)


def choices(source: Source, base: pd.DataFrame) -> Choices:
    """Every subject of the answer whose places are those of ``base``."""
    made = Choices()
    weights = source.weights(base)
    for number, subject in enumerate(source.answer.site_minutes):
        rows = pd.Index(subject.demand_ids).get_indexer(pd.Index(base["demand_id"].astype(str)))
        if not weights or (rows < 0).any():
            continue
        _add(made, source, subject, base, rows, numbers(base, weights[0]), number)
    return made


def _add(
    made: Choices,
    source: Source,
    subject: SiteMinutes,
    base: pd.DataFrame,
    rows: NDArray[np.int64],
    weights: NDArray[np.float64],
    number: int,
) -> None:
    words = source.words
    minutes_view, change_view = f"what-if-{subject.key}", f"what-if-change-{subject.key}"
    plural = source.kind(subject.facility, plural=True)
    group = words("group.what_if", kind=plural)
    told = words("view.what_if.told")
    made.views += [
        View(minutes_view, words("view.what_if"), told, group=group),
        View(change_view, words("view.what_if.change"), words("view.change.told"), group=group),
    ]
    states = [_state(source, name, one, rows) for name, one in subject.states.items()]
    today = states[0].before
    minutes = np.where(today >= LEFT_OUT, np.nan, today * states[0].step_min)
    scale = Scale.thresholds(_RESPONSE) if subject.kind == "placement" else Scale.minutes()
    made.series += [
        Series(words("series.what_if"), minutes, scale, minutes_view),
        Series(
            words("series.what_if.change"),
            np.where(np.isnan(minutes), np.nan, 0.0),
            Scale.difference(),
            change_view,
        ),
    ]
    layer = _sites(source, subject, states[0], (minutes_view, change_view), number)
    made.layers.append(layer)
    codes = base["municipality_code"].astype(str).tolist()
    known = list(dict.fromkeys(codes))
    place_of = {code: place for place, code in enumerate(known)}
    names = source.municipality_names
    made.subjects.append(
        WhatIf(
            key=subject.key,
            label=source.kind_heading(subject.facility, plural=True),
            kind=subject.kind,
            minutes_view=minutes_view,
            change_view=change_view,
            points=SETTLEMENTS,
            sites=layer.key,
            ids=subject.sites["site_id"].astype(str).tolist(),
            closable=subject.sites["closable"].to_numpy(dtype=bool),
            weights=weights,
            areas=[names.get(code, code) for code in known],
            area_of=np.asarray([place_of[code] for code in codes], dtype=np.int64),
            states=states,
            within=[(limit, _within(source, minutes)) for limit, minutes in subject.within],
            promises=[_promise(source, one, known, names) for one in subject.promises],
            answers=_answers(source, subject),
            limits=_site_limits(source, subject),
            costs=list(subject.costs),
            notes=_notes(source, subject),
        )
    )


def _state(source: Source, name: str, state: StateMinutes, rows: NDArray[np.int64]) -> SiteState:
    return SiteState(
        key=name,
        label=source.scenario(name),
        step_min=state.step_min,
        error_min=state.error_min,
        minutes=state.minutes[:, rows],
        before=state.before[rows],
        limits=state.limits[:, rows],
        today=state.today,
    )


def _sites(
    source: Source, subject: SiteMinutes, state: SiteState, views: tuple[str, str], number: int
) -> SiteLayer:
    """Every site that may be chosen; what each is changes with the choice."""
    table = subject.sites
    closable = table["closable"].to_numpy(dtype=bool)
    roles = [
        (SiteRole.EXISTING if here else SiteRole.CANDIDATE) if free else SiteRole.REQUIRED
        for here, free in zip(state.today, closable, strict=True)
    ]
    return SiteLayer(
        key=f"what-if-sites-{subject.key}",
        name=source.kind_heading(subject.facility, plural=True),
        lon=numbers(table, "lon"),
        lat=numbers(table, "lat"),
        labels=table["name"].astype(str).tolist(),
        shape=SHAPES.get(subject.facility, Shape.number(number)),
        roles={"": [SiteRole.ABSENT] * len(table), **dict.fromkeys(views, roles)},
    )


def _within(source: Source, minutes: float | None) -> str:
    if minutes is None:
        return source.words("figure.within_class")
    return source.words("figure.within", limit=source.words.limits((minutes,)))


def _promise(
    source: Source, told: Mapping[str, Any], known: Sequence[str], names: Mapping[str, str]
) -> SitePromise:
    words = source.words
    label = words(
        f"what_if.promise.{told['what']}",
        minutes=words.number(float(told["minutes"])),
        share=words.number(100.0 * float(told["share"])),
    )
    codes = [str(code) for code in told["codes"]]
    if codes:
        label = f"{label} ({', '.join(names.get(code, code) for code in codes)})"
    areas = tuple(known.index(code) for code in codes if code in known)
    return SitePromise(label, int(told["limit"]), float(told["share"]), bool(told["each"]), areas)


def _answers(source: Source, subject: SiteMinutes) -> list[KnownAnswer]:
    position = {str(key): at for at, key in enumerate(subject.sites["site_id"])}
    return [
        KnownAnswer(
            label=source.words("what_if.answer.proven" if one["proven"] else "what_if.answer"),
            opened=tuple(position[str(key)] for key in one["opened"]),
            closed=tuple(position[str(key)] for key in one["closed"]),
            state=str(one["state"]),
            proven=bool(one["proven"]),
        )
        for one in subject.found
    ]


def _site_limits(source: Source, subject: SiteMinutes) -> list[SiteLimit]:
    """What the question lets a choice open, close and spend, in words."""
    position = {str(key): at for at, key in enumerate(subject.sites["site_id"])}
    words = source.words
    return [
        SiteLimit(
            label=words(f"what_if.limit.{one['code']}", number=words.number(float(one["number"])))
            if "code" in one
            else note_in(read_notes([one["note"]])[0], words.language.value),
            what=str(one["what"]),
            at_most=one.get("at_most"),
            at_least=one.get("at_least"),
            sites=tuple(position[key] for key in one.get("sites", ()) if key in position),
        )
        for one in subject.limits
    ]


def _notes(source: Source, subject: SiteMinutes) -> list[str]:
    """How exact the page is, and what it leaves out."""
    words = source.words
    error = max(one.error_min for one in subject.states.values())
    notes = [words("what_if.exact", error=words.number(max(error, 0.01), 2))]
    carried = [np.count_nonzero(one.minutes == LEFT_OUT) for one in subject.states.values()]
    if any(carried):
        notes.append(words("what_if.cut"))
    return notes
