"""What an answer tells of every moment of a day, cut to one kind (or clock) in one state, as it is drawn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geoaccess.ground.arrays import FloatArray

#: What the times of a way rest on, the weakest part names it.
BASES = ("road", "timetable", "frequency", "assumed", "no way")
#: Who rests on a night that is not known, and on nothing worse.
NIGHT = "night not known"


class DayTables(NamedTuple):
    """The tables of one kind (or clock) in one state.

    Attributes:
        points: one row per demand point, with ``best_min, p50_min, p90_min, p50_low_min, p50_high_min, basis,
            night_unknown, p90_if_unknown_nights_sail_min`` and ``travel_time_min`` of one clock time.
        hours: one row per demand point and hour: ``p50_min, p90_min, within_share``.
        region: one row per threshold; may be empty.
        bases: one row per basis: ``basis, persons``.
    """

    points: pd.DataFrame
    hours: pd.DataFrame
    region: pd.DataFrame
    bases: pd.DataFrame


def cut(table_of: Callable[[str], pd.DataFrame], names: Sequence[str], **values: str) -> DayTables:
    """The tables of one kind (or clock) in one state.

    Args:
        table_of: name -> table of an answer.
        names: names of the four tables, in the order of :class:`DayTables`.
        values: column -> the text that it has, such as ``kind`` and ``scenario``.
    """
    points, hours, region, bases = (rows_where(table_of(name), **values) for name in names)
    return DayTables(points, hours, region, bases)


def rows_where(table: pd.DataFrame, **values: str) -> pd.DataFrame:
    """The rows in which columns have these texts."""
    if table.empty:
        return table
    chosen = np.ones(len(table), dtype=np.bool_)
    for column, value in values.items():
        chosen &= (table[column].astype(str) == value).to_numpy()
    return table[chosen].reset_index(drop=True)


def persons_by_basis(
    words: Sequence[str] | NDArray[np.object_], night_unknown: NDArray[np.bool_], persons: FloatArray
) -> dict[str, float]:
    """How many people's answer rests on what; each person once, where least is known.

    A way on assumed times counts as assumed, whatever is known of its night; a night that is not known is
    worse than known departures.

    Args:
        words: (n,) of :data:`BASES`.
        night_unknown: (n,) whether the way rests on such a night.
        persons: (n,) persons.
    """
    named = np.asarray(words, dtype=object)
    night = night_unknown & ~np.isin(named, ["assumed", "no way"])
    counts = {word: float(persons[(named == word) & ~night].sum()) for word in BASES}
    counts[NIGHT] = float(persons[night].sum())
    return counts
