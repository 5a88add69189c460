"""Maps of who comes: by kind of base, in its colour and shape, and what remains in bad weather."""

from __future__ import annotations

import numpy as np
import pandas as pd

from geoaccess.answers.source import FloatArray, Source, numbers
from maps import Scale, Series, View

COMES, EXPECTED, REMAINS, LATE = "comes-", "expected-", "remains-", "late-"
#: All views of a service beside its minutes, thresholds and catchments.
VIEWS = (COMES, EXPECTED, REMAINS, LATE)

#: Share of the time in which nobody comes within the limit, per cent.
_LATE = Scale((1.0, 5.0, 10.0, 25.0, 50.0), unit="%")


def base_kinds(source: Source, kind: str) -> list[str]:
    """Kinds of the bases of those who give a service; empty for a kind of facility."""
    found = source.facts.get("service_bases", {}).get(kind, [])
    return [str(one) for one in found]


def add_views(
    source: Source, kind: str, scenario: str, rows: pd.DataFrame, told: str
) -> tuple[list[View], list[Series]]:
    """Views and series of who comes, expected minutes, what remains and how often nobody comes in time.

    Args:
        source: the answer.
        kind: the service.
        scenario: the state.
        rows: its demand points.
        told: what the state is, in words.
    """
    # In a run of several services the rows of transport have the column too, and nothing in it.
    if "comes" not in rows or rows["comes"].isna().all():
        return [], []
    words, group = source.words, source.kind_heading(kind)
    state = "" if scenario == "base" else f", {source.scenario(scenario)}"
    keys = {what: f"{what}{kind}-{scenario}" for what in VIEWS}
    kinds = base_kinds(source, kind)
    names = [source.kind_heading(one) for one in kinds]
    named = Scale.categories(names)
    told_of = {
        COMES: (words("view.comes"), words("view.comes.told")),
        EXPECTED: (words("view.expected"), words("view.expected.told")),
        REMAINS: (words("view.remains"), words("view.remains.told")),
        LATE: (words("view.late"), words("view.late.told")),
    }
    views = [
        View(keys[what], title + state, f"{explained} {told}".strip(), group=group)
        for what, (title, explained) in told_of.items()
    ]
    series = [
        Series(words("series.comes"), _codes(rows["comes"], kinds), named, keys[COMES]),
        Series(words("series.expected"), numbers(rows, "expected_min"), Scale.minutes(), keys[EXPECTED]),
        Series(words("series.remains"), numbers(rows, "remains_min"), Scale.minutes(), keys[REMAINS]),
        Series(words("series.late"), 100.0 * numbers(rows, "share_late"), _LATE, keys[LATE]),
    ]
    return views, series


def _codes(values: pd.Series, kinds: list[str]) -> FloatArray:
    """(n,) position of each kind; NaN where nobody comes."""
    position = {kind: float(number) for number, kind in enumerate(kinds)}
    return np.asarray([position.get(str(one), np.nan) for one in values], dtype=np.float64)
