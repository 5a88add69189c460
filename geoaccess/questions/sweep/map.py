"""Maps of a sweep: places by their minutes in the first state, and in the worst of all."""

from __future__ import annotations

import numpy as np
import pandas as pd

from geoaccess.answers.source import Source, numbers
from geoaccess.drawing import map_layers as shared
from geoaccess.ground.arrays import FloatArray
from maps import (
    Column,
    Headline,
    MapDocument,
    PointLayer,
    Scale,
    Series,
    Shape,
    SiteLayer,
    SiteRole,
    TableView,
    View,
)

_VIEWS = ("first", "longest")
_KEYS = ["source", "from_id"]
#: States in the map's table: those that cut most people off, then those that cost most.
_STATES_SHOWN = 50


def document(source: Source) -> MapDocument:
    """The map of an answer of ``geoaccess sweep``."""
    words, told = source.words, source.facts["sweep"]
    points = source.table("sweep_points")
    kinds = list(dict.fromkeys(points["kind"].astype(str)))
    places = points.drop_duplicates(_KEYS).reset_index(drop=True)
    views, series, columns = [], [], []
    for number, kind in enumerate(kinds):
        rows = _aligned(points[points["kind"].astype(str) == kind], places)
        for name in _VIEWS:
            view = _view(source, rows, kind, f"{name}-{number}", name)
            views.append(view)
            series.append(Series(view.label, numbers(rows, f"{name}_min"), Scale.minutes(), view.key))
        longest_in = [source.scenario(name) if name else "" for name in rows["longest_in"].fillna("")]
        columns += [
            Column(_named(source, "sweep.longest_in", kind), longest_in),
            Column(_named(source, "sweep.states_reached", kind), numbers(rows, "states_reached")),
        ]
    return MapDocument(
        title=source.title,
        subtitle=words("sweep.subtitle", states=words.number(told["states"]), first=_first(source)),
        notices=source.notices,
        layers=(_points(source, places, series, columns), *_destinations(source, kinds, views)),
        tables=(_states(source),),
        views=tuple(views),
        view_label=words("views"),
        sources=source.sources,
    )


def _first(source: Source) -> str:
    """The state that all others are held against; of sources that differ in it, each with its own."""
    firsts = {name: source.scenario(state) for name, state in source.facts["sweep"]["first"].items()}
    same = set(firsts.values())
    return same.pop() if len(same) == 1 else ", ".join(f"{name}: {state}" for name, state in firsts.items())


def _named(source: Source, key: str, kind: str, **values: str) -> str:
    """A heading, and what kind it is of where there are kinds."""
    return source.words(key, **values) + (f" ({source.kind(kind)})" if kind else "")


def _aligned(rows: pd.DataFrame, places: pd.DataFrame) -> pd.DataFrame:
    """The rows of a kind in the order of the places; empty for those of a source without it."""
    return places[_KEYS].merge(rows, on=_KEYS, how="left")


def _view(source: Source, rows: pd.DataFrame, kind: str, key: str, name: str) -> View:
    words, persons = source.words, numbers(rows, "persons")
    first, longest = numbers(rows, "first_min"), numbers(rows, "longest_min")
    known = np.isfinite(persons)

    def counted(which: np.ndarray) -> float:
        return float(persons[known & which].sum())

    headline = (
        Headline(words("sweep.unreached"), counted(np.isnan(first)), words("sweep.unit")),
        Headline(
            words("sweep.cut_off"), counted(np.isfinite(first) & np.isnan(longest)), words("sweep.unit")
        ),
    )
    label = _named(source, f"sweep.view.{name}", kind, first=_first(source))
    return View(key, label, words(f"sweep.told.{name}"), headline)


def _points(source: Source, places: pd.DataFrame, series: list[Series], columns: list[Column]) -> PointLayer:
    persons: FloatArray = numbers(places, "persons")
    return PointLayer(
        key=shared.SETTLEMENTS,
        name=source.words("sweep.places"),
        lon=numbers(places, "lon"),
        lat=numbers(places, "lat"),
        labels=places["name"].astype(str).tolist(),
        series=tuple(series),
        size=Column(source.words("sweep.persons"), persons),
        columns=tuple(columns),
    )


def _destinations(source: Source, kinds: list[str], views: list[View]) -> list[SiteLayer]:
    """The destinations of each kind, drawn in the views of that kind alone."""
    words, table, layers = source.words, source.table("sweep_destinations"), []
    for number, kind in enumerate(kinds):
        rows = table[table["kind"].astype(str) == kind].reset_index(drop=True)
        own = {view.key: [SiteRole.EXISTING] * len(rows) for view in views if view.key.endswith(f"-{number}")}
        layers.append(
            SiteLayer(
                key=f"facility-{kind or 'destinations'}",
                name=source.kind_heading(kind, plural=True) if kind else words("matrix.destinations"),
                lon=numbers(rows, "lon"),
                lat=numbers(rows, "lat"),
                labels=rows["to_id"].astype(str).tolist(),
                shape=shared.SHAPES.get(kind, Shape.number(number)),
                roles={"": [SiteRole.ABSENT] * len(rows), **own},
                columns=(Column(words("sweep.in_states"), numbers(rows, "states")),),
            )
        )
    return layers


def _states(source: Source) -> TableView:
    words = source.words
    rows = worst_states(source.table("sweep_states")).head(_STATES_SHOWN)
    texts = [
        Column(words("sweep.source"), rows["source"].astype(str).tolist()),
        Column(words("sweep.state"), [source.scenario(name) for name in rows["scenario"].astype(str)]),
        Column(words("sweep.kind"), [source.kind(name) if name else "" for name in rows["kind"].astype(str)]),
    ]
    figures = [
        Column(words(f"sweep.{name}"), numbers(rows, name) / (60.0 if unit else 1.0), unit)
        for name, unit in (
            ("persons_no_longer_reached", ""),
            ("persons_newly_reached", ""),
            ("persons_lose", ""),
            ("person_min_lost", words("unit.person_hours")),
            ("persons_gain", ""),
            ("person_min_gained", words("unit.person_hours")),
        )
    ]
    return TableView("states", words("sweep.states"), (*texts, *figures), words("sweep.states.told"))


def worst_states(states: pd.DataFrame) -> pd.DataFrame:
    """States that cut most people off first, then those that cost most person-hours."""
    return states.sort_values(
        ["persons_no_longer_reached", "person_min_lost"], ascending=False, kind="stable", ignore_index=True
    )
