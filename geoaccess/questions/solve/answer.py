"""Cost matrices and vectors from files, for those who have nothing else."""

from __future__ import annotations

import tokenize
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geoaccess.ground.errors import DataError
from geoaccess.ground.tables import Column, check_frame, read_frame
from networks.errors import Fault

#: What NumPy raises for a file that is no array, a damaged one, or one whose header asks for too much.
_UNREADABLE = (
    OSError,
    ValueError,
    IndexError,
    EOFError,
    MemoryError,
    tokenize.TokenError,
    zipfile.BadZipFile,
    zlib.error,
)
LONG_COLUMNS = ("from_id", "to_id", "travel_time_min")


def read_costs(path: Path) -> pd.DataFrame:
    """A cost matrix: rows demand points, columns sites, NaN unreachable.

    ``.npz`` holds one array, or one named ``costs``; ``.npy`` one array; ``.csv`` (or another table) either
    the long form ``from_id, to_id, travel_time_min``, or a matrix of numbers whose first row names the
    sites and whose first column, if it is no number, the demand points.

    Raises:
        DataError: the file cannot be read or is no matrix.
    """
    if path.suffix in {".npz", ".npy"}:
        return pd.DataFrame(_numpy_matrix(path))
    frame = read_frame(path)
    if set(LONG_COLUMNS) <= set(frame.columns):
        return _from_long(frame, path)
    return _from_wide(frame, path)


def _numpy_array(path: Path) -> NDArray[Any]:
    """The array of a ``.npy``, or the first one of a ``.npz`` unless one is named ``costs``."""
    try:
        loaded = np.load(path, allow_pickle=False)
        if isinstance(loaded, np.ndarray):
            return loaded
        array: NDArray[Any] = loaded["costs" if "costs" in loaded.files else loaded.files[0]]
    except _UNREADABLE as error:
        raise DataError([Fault(f"cannot be read as an array: {error}", where=str(path))]) from error
    return array


def _numpy_matrix(path: Path) -> NDArray[Any]:
    array = _numpy_array(path)
    if array.ndim != 2 or array.dtype.kind not in "iuf":
        raise DataError(
            [
                Fault(
                    f"want a matrix of numbers, found {array.ndim} dimensions of {array.dtype}",
                    where=str(path),
                )
            ]
        )
    return array.astype(np.float64)


def _from_long(frame: pd.DataFrame, path: Path) -> pd.DataFrame:
    columns = [Column("from_id"), Column("to_id"), Column("travel_time_min", "count", blank=True)]
    faults = check_frame(frame, columns, where=path.name)
    twice = frame.duplicated(["from_id", "to_id"])
    faults += [
        Fault("the pair stands twice", where=path.name, row=str(row + 2)) for row in np.flatnonzero(twice)
    ]
    if faults:
        raise DataError(faults)
    wide = frame.pivot_table(
        index="from_id", columns="to_id", values="travel_time_min", dropna=False, sort=False, aggfunc="first"
    )
    demand, sites = frame["from_id"].drop_duplicates(), frame["to_id"].drop_duplicates()
    return wide.reindex(index=demand, columns=sites)


def _from_wide(frame: pd.DataFrame, path: Path) -> pd.DataFrame:
    first = frame.columns[0]
    if pd.to_numeric(frame[first].replace("", np.nan), errors="coerce").isna().any():
        frame = frame.set_index(first)
    faults = check_frame(
        frame, [Column(str(name), "count", blank=True) for name in frame.columns], where=path.name
    )
    if faults:
        raise DataError(faults)
    return frame.astype(np.float64)


def read_vector(path: Path, names: pd.Index) -> NDArray[np.float64]:
    """One number for each name: an array of their length, or a table whose last column is the number.

    In a table with more than one column the first holds the names, in any order.

    Raises:
        DataError: unreadable, of another length, or a name is missing.
    """
    if path.suffix in {".npy", ".npz"}:
        array = _numpy_array(path)
        if array.dtype.kind not in "iuf":
            raise DataError([Fault(f"want numbers, found {array.dtype}", where=str(path))])
        values = array.astype(np.float64).ravel()
    else:
        frame = read_frame(path)
        column = str(frame.columns[-1])
        faults = check_frame(frame, [Column(column, "count")], where=path.name)
        if faults:
            raise DataError(faults)
        if len(frame.columns) > 1:
            found = frame.set_index(frame[frame.columns[0]].astype(str))[column]
            missing = [str(name) for name in names if str(name) not in found.index]
            if missing:
                raise DataError(
                    [Fault("no row for this name", where=path.name, value=name) for name in missing]
                )
            return found.loc[[str(name) for name in names]].to_numpy(dtype=np.float64)
        values = frame[column].to_numpy(dtype=np.float64)
    if len(values) != len(names):
        raise DataError([Fault(f"{len(values)} numbers for {len(names)} rows", where=str(path))])
    return values
