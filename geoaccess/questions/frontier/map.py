"""Maps of a frontier: a slider over the number of further sites, each answer with its proof."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from geoaccess.answers.source import Source, numbers
from geoaccess.drawing import map_layers as shared
from geoaccess.drawing.what_if import choices
from geoaccess.questions.placement.map import RESPONSE, figures, proof
from maps import (
    Column,
    Headline,
    MapDocument,
    Scale,
    Series,
    TableView,
    View,
    ViewControl,
)


def document(source: Source) -> MapDocument:
    """The map of a run of a frontier."""
    told = source.facts["frontier"]
    steps = list(told["steps"])
    points, words = source.table("frontier_points"), source.words
    series = [
        Series(
            words("series.response"),
            numbers(points, f"p{step['sites']}_min"),
            Scale.thresholds(RESPONSE),
            _key(step["sites"]),
        )
        for step in steps
    ]
    closed_in = {_key(step["sites"]): str(told.get("scenario", "base")) for step in steps}
    own = choices(source, points)
    return MapDocument(
        title=source.title,
        subtitle=words(_of("frontier.subtitle", told), kind=source.kind(str(told["facility"]))),
        notices=source.notices,
        layers=(
            *shared.links(source, closed_in=closed_in),
            shared.settlements(source, points, (*series, *own.series)),
            shared.sites_by_view(
                source,
                source.table("frontier_sites"),
                str(told["facility"]),
                {_key(step["sites"]): f"p{step['sites']}_role" for step in steps},
            ),
            *own.layers,
        ),
        tables=(_table(source, steps),),
        views=(*(_view(source, steps, at) for at in range(len(steps))), *own.views),
        first_view=_key(told["first"]),
        view_control=ViewControl.SLIDER,
        view_label=words(_of("frontier.slider", told), kind=source.kind(str(told["facility"]), plural=True)),
        what_if=tuple(own.subjects),
        sources=source.sources,
    )


def _of(code: str, told: Mapping[str, Any]) -> str:
    """A text of numbers of sites, or of posts."""
    return f"{code}.posts" if told.get("in_posts") else code


def _key(count: int) -> str:
    return f"p{count}"


def _view(source: Source, steps: list[dict], at: int) -> View:  # type: ignore[type-arg]
    words, step = source.words, steps[at]
    headline = list(figures(source, step["after"]))
    gain = step.get("gain_min")
    if gain is not None and math.isfinite(gain):
        headline.append(
            Headline(words("figure.last_step"), gain, "min", words("figure.last_step.told"), digits=2)
        )
    changes = [
        words(f"frontier.{what}", names=", ".join(step[what]))
        for what in ("opened", "closed")
        if step.get(what)
    ]
    return View(
        key=_key(step["sites"]),
        label=words(_of("frontier.count", source.facts["frontier"]), count=step["sites"]),
        explanation=" ".join(changes),
        headline=tuple(headline),
        proof=proof(source, step),
        rank=step["after"]["mean_min"],
        rank_unit="min",
        charted=True,
    )


def _table(source: Source, steps: list[dict]) -> TableView:  # type: ignore[type-arg]
    words = source.words
    mean = np.asarray([step["after"]["mean_min"] for step in steps], dtype=np.float64)
    counts = np.asarray([step["sites"] for step in steps], dtype=np.float64)
    gains = [step.get("gain_min") for step in steps]
    return TableView(
        "steps",
        words("table.frontier"),
        (
            Column(words(_of("column.sites", source.facts["frontier"])), counts),
            Column(words("column.mean"), mean, "min", 2),
            Column(
                words("figure.last_step"),
                np.asarray([np.nan if gain is None else gain for gain in gains]),
                "min",
                2,
            ),
            Column(words("column.opened"), [", ".join(step["opened"]) for step in steps]),
            Column(words("column.given_up"), [", ".join(step["closed"]) for step in steps]),
        ),
    )
