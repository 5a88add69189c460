"""Maps of who comes or carries: in the colour of its kind, and what remains in bad weather."""

from __future__ import annotations

import numpy as np
import pandas as pd

from geoaccess.answers.source import Source, numbers
from geoaccess.drawing.map_ways import chain_words
from geoaccess.ground.arrays import FloatArray
from maps import Scale, Series, View

COMES, EXPECTED, REMAINS, LATE = "comes-", "expected-", "remains-", "late-"
#: All views of a service beside its minutes, thresholds and catchments.
VIEWS = (COMES, EXPECTED, REMAINS, LATE)

#: What the views show beside who comes or carries -> the code of their words.
_OTHERS = ((EXPECTED, "expected"), (REMAINS, "remains"), (LATE, "late"))

#: Share of the time in which nobody comes within the limit, per cent.
_LATE = Scale((1.0, 5.0, 10.0, 25.0, 50.0), unit="%")


def base_kinds(source: Source, kind: str) -> list[str]:
    """Kinds of the bases of those who give a service; empty for a kind of facility."""
    found = source.facts.get("service_bases", {}).get(kind, [])
    return [str(one) for one in found]


def add_views(
    source: Source, kind: str, scenario: str, rows: pd.DataFrame, told: str
) -> tuple[list[View], list[Series]]:
    """Views and series of who comes or carries, expected minutes, what remains, how often it is too late.

    Args:
        source: the answer.
        kind: the service; none for a kind of facility.
        scenario: the state.
        rows: its demand points.
        told: what the state is, in words.
    """
    # In a run of several services the rows of the others have the column too, and nothing in it.
    own = [column for column in ("comes", "way") if column in rows and rows[column].notna().any()]
    if not own:
        return [], []
    words, group = source.words, source.kind_heading(kind)
    where = source.scenario(scenario)
    state = "" if scenario == "base" else f", {where}"
    keys = {what: f"{what}{kind}-{scenario}" for what in VIEWS}
    brings = own[0] == "way"
    ends = ".brought" if brings else ""
    views = [
        View(
            keys[what],
            words(f"view.{code}") + state,
            f"{words(f'view.{code}.told{ends}')} {told}".strip(),
            group=group,
            state=where,
        )
        for what, code in ((COMES, "carried" if brings else "comes"), *_OTHERS)
    ]
    named, codes = _carried(source, rows["way"]) if brings else _comes(source, kind, rows["comes"])
    name = words("series.carried" if brings else "series.comes")
    series = [
        Series(name, codes, Scale.categories(named), keys[COMES]),
        Series(words("series.expected"), numbers(rows, "expected_min"), Scale.minutes(), keys[EXPECTED]),
        Series(words("series.remains"), numbers(rows, "remains_min"), Scale.minutes(), keys[REMAINS]),
        Series(words(f"series.late{ends}"), 100.0 * numbers(rows, "share_late"), _LATE, keys[LATE]),
    ]
    return views, series


def _comes(source: Source, kind: str, comes: pd.Series) -> tuple[list[str], FloatArray]:
    """Names of the kinds of bases, and which of them is first."""
    kinds = base_kinds(source, kind)
    return [source.kind_heading(one) for one in kinds], _codes(comes, kinds)


def _carried(source: Source, ways: pd.Series) -> tuple[list[str], FloatArray]:
    """Names of the chains that carry anybody, and which of them it is."""
    own = sorted({str(way) for way in ways.dropna() if way})
    # A crew that waits at home is a craft of its own, with the same name on the map.
    named = [chain_words(source, way) for way in own]
    kinds = list(dict.fromkeys(named))
    told = dict(zip(own, named, strict=True))
    return kinds, _codes(ways.map(lambda way: told.get(way, "")), kinds)


def _codes(values: pd.Series, kinds: list[str]) -> FloatArray:
    """(n,) position of each kind; NaN where nobody comes."""
    position = {kind: float(number) for number, kind in enumerate(kinds)}
    return np.asarray([position.get(str(one), np.nan) for one in values], dtype=np.float64)
