"""Maps of a plan: a slider over its dates, each with the sites and minutes from then on."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from geoaccess.answers.source import Source, numbers
from geoaccess.drawing import map_layers as shared
from geoaccess.questions.placement.map import RESPONSE, figures, proof
from maps import Column, MapDocument, Scale, Series, TableView, View, ViewControl


def document(source: Source) -> MapDocument:
    """The map of a run of ``geoaccess plan``."""
    told, words = source.facts["plan"], source.words
    steps = list(told["steps"])
    points, kind = source.table("plan_points"), str(told["facility"])
    series = [
        Series(
            words("series.response"),
            numbers(points, f"y{step['year']}_min"),
            Scale.thresholds(RESPONSE),
            _key(step),
        )
        for step in steps
    ]
    closed_in = {_key(step): str(told["scenario"]) for step in steps}
    roles = {_key(step): f"y{step['year']}_role" for step in steps}
    return MapDocument(
        title=source.title,
        subtitle=words("plan.subtitle", kind=source.kind(kind, plural=True)),
        notices=source.notices,
        layers=(
            *shared.links(source, closed_in=closed_in),
            shared.settlements(source, points, series),
            shared.sites_by_view(source, source.table("plan_sites"), kind, roles),
        ),
        tables=(_table(source, steps),),
        views=tuple(_view(source, step) for step in steps),
        first_view=_key(steps[-1]),
        view_control=ViewControl.SLIDER,
        view_label=words("plan.slider"),
        sources=source.sources,
    )


def _key(step: dict[str, Any]) -> str:
    return f"y{step['year']}"


def _view(source: Source, step: dict[str, Any]) -> View:
    words = source.words
    changes = [words(f"plan.{what}", names=step[what]) for what in ("opened", "closed") if step[what]]
    return View(
        key=_key(step),
        label=str(step["year"]),
        explanation=" ".join(changes) or words("plan.nothing"),
        headline=figures(source, step["after"]),
        proof=replace(proof(source, step), unit="min", objective_name=words("plan.objective")),
        rank=step["after"]["mean_min"],
        rank_unit="min",
    )


def _table(source: Source, steps: list[dict[str, Any]]) -> TableView:
    words = source.words
    before = np.asarray([step["before"]["mean_min"] for step in steps], dtype=np.float64)
    after = np.asarray([step["after"]["mean_min"] for step in steps], dtype=np.float64)
    return TableView(
        "plan",
        words("plan.table"),
        (
            Column(words("plan.year"), [str(step["year"]) for step in steps]),
            Column(words("plan.column.opened"), [step["opened"] for step in steps]),
            Column(words("plan.column.closed"), [step["closed"] for step in steps]),
            Column(words("plan.column.before"), before, "min", 2),
            Column(words("column.mean"), after, "min", 2),
        ),
    )
