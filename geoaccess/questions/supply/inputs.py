"""A matrix of times with its labels, and the values along its rows and columns, checked before use."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from geoaccess.ground.arrays import FloatArray
from geoaccess.ground.errors import DataError
from geoaccess.words.note import Note
from networks.errors import Fault

#: Cells of a block of rows: 32 MB a temporary, however many demand points there are.
BLOCK_CELLS = 4_000_000
#: Faults listed one by one; the rest of a matrix full of them is counted.
MOST_FAULTS = 50


@dataclass(frozen=True, eq=False)
class Times:
    """Minutes (n_demand, n_facilities), NaN unreachable, with the labels of rows and columns."""

    minutes: FloatArray
    demand_ids: pd.Index
    facility_ids: pd.Index

    def blocks(self) -> Iterator[tuple[slice, FloatArray]]:
        """Blocks of whole rows that keep temporaries small."""
        n_rows, n_columns = self.minutes.shape
        step = max(1, BLOCK_CELLS // max(n_columns, 1))
        for start in range(0, n_rows, step):
            rows = slice(start, min(start + step, n_rows))
            yield rows, self.minutes[rows]

    def persons(self, weights: ArrayLike) -> FloatArray:
        """(n_demand,) weights of the demand points; see :func:`along`."""
        return along(weights, self.demand_ids, "weights")

    def amounts(self, capacities: ArrayLike) -> FloatArray:
        """(n_facilities,) capacities of the facilities; see :func:`along`."""
        return along(capacities, self.facility_ids, "capacities")


def as_times(times: ArrayLike | pd.DataFrame | Times) -> Times:
    """A checked matrix of times; plain arrays get the labels 0, 1, 2, ...

    Raises:
        DataError: it is no matrix, a label stands twice, or a time is negative or infinite.
    """
    if isinstance(times, Times):
        return times
    minutes = np.asarray(times, dtype=np.float64)
    if minutes.ndim != 2:
        raise DataError(Note("fault.supply.times", shape=str(minutes.shape)))
    rows: pd.Index = pd.RangeIndex(minutes.shape[0])
    columns: pd.Index = pd.RangeIndex(minutes.shape[1])
    if isinstance(times, pd.DataFrame):
        rows, columns = times.index, times.columns
    faults = [
        Fault("the label stands twice", where="times", column=what, value=str(name))
        for what, index in (("demand points", rows), ("facilities", columns))
        for name in index[index.duplicated()]
    ]
    faults += _impossible_times(minutes, rows, columns)
    if faults:
        raise DataError(faults)
    return Times(minutes, rows, columns)


def _impossible_times(minutes: FloatArray, rows: pd.Index, columns: pd.Index) -> list[Fault]:
    where = np.argwhere((minutes < 0) | np.isinf(minutes))
    faults = [
        Fault(
            "a time must be a finite number of at least 0, or NaN for unreachable",
            where="times",
            row=str(rows[int(row)]),
            column=str(columns[int(column)]),
            value=str(minutes[row, column]),
        )
        for row, column in where[:MOST_FAULTS]
    ]
    if len(where) > MOST_FAULTS:
        faults.append(Fault(Note("fault.supply.more", n_where=len(where) - MOST_FAULTS), where="times"))
    return faults


def along(values: ArrayLike, labels: pd.Index, what: str) -> FloatArray:
    """Values in the order of ``labels``: a Series by its labels, anything else by position.

    A Series that is merely numbered from 0 counts as unlabelled.

    Raises:
        DataError: a wrong number of values, other labels, or a value that is negative, infinite or NaN.
    """
    found = values
    if isinstance(values, pd.Series) and not values.index.equals(pd.RangeIndex(len(values))):
        if values.index.has_duplicates or set(values.index) != set(labels):
            missing = [str(name) for name in labels if name not in values.index]
            shown = ", ".join(missing[:5]) or "none is missing, but some are unknown or stand twice"
            raise DataError([Fault(Note("fault.supply.labels", shown=shown), where=what)])
        found = values.reindex(labels)
    numbers = np.asarray(found, dtype=np.float64)
    if numbers.shape != (len(labels),):
        raise DataError(
            Note("fault.supply.values", what=what, n_labels=len(labels), shape=str(numbers.shape))
        )
    faults = [
        Fault(
            "must be a finite number of at least 0",
            where=what,
            row=str(labels[int(row)]),
            value=str(numbers[row]),
        )
        for row in np.flatnonzero(~(np.isfinite(numbers) & (numbers >= 0)))
    ]
    if faults:
        raise DataError(faults)
    return numbers
