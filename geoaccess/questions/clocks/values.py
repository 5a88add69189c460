"""Minutes of the parts that go nowhere: figures, tables by place and hour, distributions."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, log
from pathlib import Path

import numpy as np
import pandas as pd

from geoaccess.ground.arrays import FloatArray
from geoaccess.ground.errors import DataError
from geoaccess.ground.tables import Column, check_frame, read_frame
from geoaccess.study.clock_sections import Lognormal, Observed, Part, Triangular, Uniform
from geoaccess.words.note import Note
from networks.errors import Fault
from networks.table_files import row_in_file

AnyDistribution = Uniform | Triangular | Lognormal | Observed

#: The place in a table that stands for every place it does not name.
ANYWHERE = "*"
HOURS = 24
#: The 90th percentile of the standard normal distribution.
_Z90 = 1.2815515655446004


def read_part_table(path: Path) -> pd.DataFrame:
    """A table of minutes by place and hour.

    ``place`` is the id of a site or its kind (mobilise, treatment), or the id of a demand point or its
    municipality (alarm, on scene); ``*`` is everywhere else. ``hour`` is 0 to 23, blank at any hour; the more
    exact row counts, the place before the hour.

    Returns:
        ``place`` (text), ``hour`` (float, NaN at any hour), ``minutes``.

    Raises:
        DataError: a missing column, an hour that is none, minutes below 0, a place and hour that stand twice.
    """
    frame = read_frame(path)
    if "hour" not in frame:
        frame["hour"] = ""
    columns = [Column("place"), Column("hour", "count", blank=True), Column("minutes", "count")]
    faults = check_frame(frame, columns, where=path.name)
    if faults:
        raise DataError(faults)
    hours = frame["hour"].to_numpy(dtype=np.float64)
    wrong = np.flatnonzero(~np.isnan(hours) & ((hours >= HOURS) | (hours != np.floor(hours))))
    faults = [
        Fault(
            "must be a whole hour from 0 to 23",
            where=path.name,
            row=row_in_file(frame, int(row)),
            column="hour",
            value=f"{hours[row]:g}",
        )
        for row in wrong
    ]
    faults += [
        Fault("the place and hour stand twice", where=path.name, row=row_in_file(frame, int(row)))
        for row in np.flatnonzero(frame.duplicated(["place", "hour"]).to_numpy())
    ]
    if faults:
        raise DataError(faults)
    return frame[["place", "hour", "minutes"]]


def minutes_at(
    table: pd.DataFrame, places: Sequence[Sequence[str]], *, hour: int | None, where: str
) -> FloatArray:
    """Minutes from a table for many places, each with its names from exact to general.

    Args:
        table: from :func:`read_part_table`.
        places: for each place its names, the most exact first, e.g. (facility id, kind).
        hour: hour of the day; None = any hour.
        where: the table, for messages.

    Raises:
        DataError: a place has no row, or only rows for hours while no hour is given; all such places.
    """
    known = {
        (str(place), None if np.isnan(at) else int(at)): float(minutes)
        for place, at, minutes in table[["place", "hour", "minutes"]].itertuples(index=False)
    }
    cache: dict[tuple[str, ...], float | None] = {}
    found, faults = np.full(len(places), np.nan), {}
    for position, names in enumerate(places):
        key = tuple(names)
        if key not in cache:
            cache[key] = _lookup(known, key, hour)
        value = cache[key]
        if value is None:
            faults[key] = _no_minutes(known, key, hour, where)
        else:
            found[position] = value
    if faults:
        raise DataError(list(faults.values()))
    return found


def _lookup(
    known: dict[tuple[str, int | None], float], names: tuple[str, ...], hour: int | None
) -> float | None:
    hours = (None,) if hour is None else (hour, None)
    for name in (*names, ANYWHERE):
        for at in hours:
            if (name, at) in known:
                return known[name, at]
    return None


def _no_minutes(
    known: dict[tuple[str, int | None], float], names: tuple[str, ...], hour: int | None, where: str
) -> Fault:
    by_hour = any(place in {*names, ANYWHERE} for place, _ in known)
    message = (
        "has minutes for some hours only: say which hour it is"
        if by_hour and hour is None
        else "has no minutes"
    )
    return Fault(
        message,
        where=where,
        row=" / ".join(names),
        value="" if hour is None else Note("word.hour", hour=hour),
    )


def expected_minutes(part: Part) -> float | None:
    """The mean of a fixed or random part; None for what differs by place."""
    if part.minutes is not None:
        return part.minutes
    return None if part.distribution is None else mean_of(part.distribution)


def mean_of(distribution: AnyDistribution) -> float:
    """Mean of a distribution, minutes."""
    if isinstance(distribution, Uniform):
        return (distribution.low + distribution.high) / 2
    if isinstance(distribution, Triangular):
        return (distribution.low + distribution.mode + distribution.high) / 3
    if isinstance(distribution, Lognormal):
        return distribution.median * exp(_sigma(distribution) ** 2 / 2)
    return float(np.mean(distribution.values))


def draw(distribution: AnyDistribution, number: int, generator: np.random.Generator) -> FloatArray:
    """Random times of a distribution."""
    if isinstance(distribution, Uniform):
        return generator.uniform(distribution.low, distribution.high, number)
    if isinstance(distribution, Triangular):
        return generator.triangular(distribution.low, distribution.mode, distribution.high, number)
    if isinstance(distribution, Lognormal):
        return generator.lognormal(log(distribution.median), _sigma(distribution), number)
    return generator.choice(np.asarray(distribution.values, dtype=np.float64), number)


def _sigma(distribution: Lognormal) -> float:
    return log(distribution.p90 / distribution.median) / _Z90
