"""Cost matrices and vectors from files, for those who have nothing else."""

from __future__ import annotations

import re
import tokenize
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geoaccess.ground.errors import DataError
from geoaccess.ground.headings import besides_minutes, names_sum
from geoaccess.ground.tables import Column, check_frame, id_column, id_heading, note_stand_ins, read_frame
from geoaccess.words.note import Note
from networks.errors import Fault
from networks.table_files import SHORT_ROWS, notice, row_in_file

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
#: Rows below which the first or last may be the sum of the others by chance.
_FEWEST_SUMMED = 4
LONG_COLUMNS = ("from_id", "to_id", "travel_time_min")
#: Headings of long tables of other programs, folded; such a table is never read as a matrix.
_STARTS = {"from", "fromid", "origin", "originid", "originname", "fra", "fraid", "start", "source"}
_STOPS = {"to", "toid", "destination", "destinationid", "destinationname", "til", "tilid", "target", "dest"}
#: What a file of one number for each name may head its numbers, folded.
FIGURE_HEADINGS: dict[str, frozenset[str]] = {
    "weights": frozenset(
        {"people", "persons", "population", "pop", "weight", "weights", "calls", "demand", "value"}
        | {"folketall", "innbyggere", "personer", "befolkning", "antall", "vekt", "folkemengde", "beboere"}
    ),
    "demands": frozenset({"demand", "demands", "people", "persons", "value", "behov", "ettersporsel"}),
    "capacities": frozenset({"capacity", "capacities", "beds", "units", "value", "kapasitet", "senger"}),
    "fixed_costs": frozenset(
        {"cost", "costs", "fixedcost", "fixedcosts", "price", "value", "kostnad", "pris"}
    ),
    "site_values": frozenset({"value", "values", "worth", "verdi", "sitevalue", "sitevalues"}),
    "radius": frozenset({"radius", "minutes", "min", "radiusmin", "value", "minutter"}),
    "busy": frozenset({"busy", "busyfraction", "fraction", "value"}),
}


def read_costs(path: Path) -> pd.DataFrame:
    """A cost matrix: rows demand points, columns sites, NaN unreachable.

    ``.npz`` holds one array, or one named ``costs``; ``.npy`` one array; any other table either the long form
    ``from_id, to_id, travel_time_min``, or a matrix whose first row names the sites and whose first column
    names the demand points: by texts, by a heading of ids as :func:`~geoaccess.ground.tables.id_column`
    knows them, or as pandas writes its index. A matrix without row labels is read where its first column can
    be no label: its figures repeat, have decimals or are missing. What could be minutes or names is refused.

    Raises:
        DataError: the file cannot be read, is no matrix, or can be read in more than one way.
    """
    if path.suffix.lower() in {".npz", ".npy"}:
        costs = pd.DataFrame(_numpy_matrix(path))
        note_stand_ins(costs.to_numpy(dtype=np.float64).ravel(), where=path.name, column="")
        return _told(costs, path)
    frame = read_frame(path)
    frame.columns = pd.Index([str(name) for name in frame.columns], dtype=object)
    if set(LONG_COLUMNS) <= set(frame.columns):
        return _told(_from_long(frame, path), path)
    return _told(_from_wide(frame, path), path)


def _told(costs: pd.DataFrame, path: Path) -> pd.DataFrame:
    """The costs, once it is said which row may sum up the others, and to which sites nobody has minutes."""
    minutes = costs.to_numpy(dtype=np.float64)
    _tell_sum(minutes, costs.index, path)
    empty = np.isnan(minutes).all(axis=0)
    if empty.any() and not empty.all():
        names = [str(name) for name in costs.columns[empty]]
        notice(Note("note.no_minutes", file=path.name, names=names))
    return costs


def _tell_sum(numbers: NDArray[np.float64], names: pd.Index, path: Path) -> None:
    """Say that the first or last row is the sum of the others: tables end so, whatever they call it.

    Of few rows it may be chance.
    """
    if len(numbers) < _FEWEST_SUMMED:
        return
    known = np.nan_to_num(numbers.reshape(len(numbers), -1))
    for row, place in ((-1, len(numbers) - 1), (0, 0)):
        others = known.sum(axis=0) - known[row]
        if others.any() and np.allclose(known[row], others, rtol=1e-9, atol=1e-9):
            notice(Note("note.sum_of_others", file=path.name, name=str(names[place]), rows=len(numbers) - 1))


def _sums(frame: pd.DataFrame, column: str, path: Path) -> list[Fault]:
    """Faults of rows that are no place, but sum the others up."""
    return [
        Fault(
            "sums or averages the other rows and is no place: take the row out",
            where=path.name,
            row=row_in_file(frame, row),
            column=column,
            value=str(name),
        )
        for row, name in enumerate(frame[column])
        if names_sum(name)
    ]


def _numpy_array(path: Path, name: str) -> NDArray[Any]:
    """The array of a ``.npy``; of a ``.npz`` the one of that name, or the only one."""
    try:
        loaded = np.load(path, allow_pickle=False)
        if isinstance(loaded, np.ndarray):
            return loaded
        if name not in loaded.files and len(loaded.files) != 1:
            raise ValueError(Note("fault.solve.arrays", files=", ".join(loaded.files) or "none", name=name))
        array: NDArray[Any] = loaded[name if name in loaded.files else loaded.files[0]]
    except _UNREADABLE as error:
        raise DataError([Fault(Note("fault.solve.no_array", error=error), where=str(path))]) from error
    return array


def _numpy_matrix(path: Path) -> NDArray[Any]:
    array = _numpy_array(path, "costs")
    if array.ndim != 2 or array.dtype.kind not in "iuf":
        raise DataError(
            [
                Fault(
                    Note("fault.solve.no_matrix", ndim=array.ndim, dtype=array.dtype),
                    where=str(path),
                )
            ]
        )
    return array.astype(np.float64)


def _from_long(frame: pd.DataFrame, path: Path) -> pd.DataFrame:
    columns = [Column("from_id"), Column("to_id"), Column("travel_time_min", "count", blank=True)]
    faults = check_frame(frame, columns, where=path.name)
    faults += [fault for column in LONG_COLUMNS[:2] for fault in _sums(frame, column, path)]
    twice = frame.duplicated(["from_id", "to_id"])
    faults += [
        Fault("the pair stands twice", where=path.name, row=row_in_file(frame, int(row)))
        for row in np.flatnonzero(twice)
    ]
    if faults:
        raise DataError(faults)
    wide = frame.pivot_table(
        index="from_id", columns="to_id", values="travel_time_min", dropna=False, sort=False, aggfunc="first"
    )
    demand, sites = frame["from_id"].drop_duplicates(), frame["to_id"].drop_duplicates()
    return wide.reindex(index=demand, columns=sites)


def _from_wide(frame: pd.DataFrame, path: Path) -> pd.DataFrame:
    _refuse_other_tables(frame, path)
    frame = _without_index(frame, path)
    labels = _label_column(frame, path)
    sites = [name for name in frame.columns if name != labels]
    other = besides_minutes(sites)
    faults = [
        Fault("stands among the sites, but is a heading of something else: take the column out", **place)
        for name in sites
        if name in other or _folded(name) in FIGURE_HEADINGS["weights"] or id_heading(name) is not None
        for place in [{"where": path.name, "row": "1", "column": name}]
    ]
    if not sites:
        faults.append(Fault("holds no column of minutes", where=path.name))
    columns = [Column(name, "count", blank=True) for name in sites]
    if labels is not None:
        columns.append(Column(labels, unique=True))
    if frame.attrs.get(SHORT_ROWS):
        faults.append(Fault("rows end before the last site: is the file cut off?", where=path.name))
    faults += check_frame(frame, columns, where=path.name)
    faults += [] if labels is None else _sums(frame, labels, path)
    if faults:
        raise DataError(faults)
    costs = frame[sites].astype(np.float64)
    if labels is not None:
        costs.index = pd.Index(frame[labels], name=labels or None)
    return costs


def _refuse_other_tables(frame: pd.DataFrame, path: Path) -> None:
    """Long tables under other headings, and tables without a header.

    Raises:
        DataError: the table is one of them.
    """
    folded = [_folded(name) for name in frame.columns]
    if _STARTS & set(folded) and _STOPS & set(folded):
        message = Note("fault.solve.pairs", long_columns=tuple(LONG_COLUMNS))
        raise DataError([Fault(message, where=path.name, row="1")])
    first, *others = frame.columns
    named = any(not _is_number(name) for name in others or [first])
    if named or (first and not _is_number(first) and id_heading(first) is not None):
        return
    if first == "" and _counts_up(others) and _counts_up(frame[first].astype(str)):
        return
    if first == "" and set(others) == set(frame[first].astype(str)):
        return
    text = (
        "its first row holds figures: they may be names of sites or minutes; put a first row with the names "
        "of the sites, which begins with 'id'"
    )
    raise DataError([Fault(text, where=path.name, row="1")])


def _without_index(frame: pd.DataFrame, path: Path) -> pd.DataFrame:
    """The table without pandas' index, where a column of ids follows it."""
    if (
        len(frame.columns) > 1
        and frame.columns[0] == ""
        and id_heading(frame.columns[1]) is not None
        and _counts_up(frame[""].astype(str))
    ):
        notice(Note("note.row_numbers", file=path.name))
        return frame.drop(columns="")
    return frame


def _label_column(frame: pd.DataFrame, path: Path) -> str | None:
    """The column that names the demand points; None where the table has none.

    Raises:
        DataError: the first column may hold labels or minutes.
    """
    first = str(frame.columns[0])
    texts = frame[first].astype(str).str.strip()
    if first == "" or id_heading(first) is not None or not _all_numbers(frame[first]):
        return first
    values = pd.to_numeric(texts.where(texts != ""), errors="coerce")
    if values.isna().any() or values.duplicated().any() or (values % 1 != 0).any():
        notice(Note("note.no_row_names", file=path.name, first=first))
        return None
    message = Note("fault.solve.first_column", first=first)
    raise DataError([Fault(message, where=path.name, row="1", column=first)])


def _all_numbers(column: pd.Series) -> bool:
    return bool(
        column.astype(str).str.strip().map(lambda text: text in {"", "nan", "None"} or _is_number(text)).all()
    )


def _is_number(text: str) -> bool:
    return re.fullmatch(r"\s*[-+]?(\d+([.,]\d*)?|[.,]\d+)([eE][-+]?\d+)?\s*|nan|inf", text) is not None


def _counts_up(texts: Sequence[str] | pd.Series) -> bool:
    """Whether texts count 0, 1, 2, ... or 1, 2, 3, ..., as programs number rows and columns."""
    listed = list(texts)
    return any(listed == [str(number) for number in range(start, start + len(listed))] for start in (0, 1))


def _folded(heading: str) -> str:
    return re.sub(r"[\W_]", "", heading).casefold()


def with_unreached(costs: pd.DataFrame, weights: Path) -> pd.DataFrame:
    """The costs, and below them a row without minutes for everybody who stands in the weights alone.

    A matrix of pairs within reach does not name who reaches nothing; left out, they would be counted nowhere.
    """
    people = read_named(weights, costs.index, of="weights")
    if isinstance(people.index, pd.RangeIndex):
        return costs
    known = {str(name) for name in costs.index}
    lost = people[[name not in known for name in people.index]]
    if not len(lost):
        return costs
    notice(Note("note.not_in_costs", file=weights.name, names=list(lost.index), weight=float(lost.sum())))
    rows = pd.DataFrame(np.nan, index=lost.index, columns=costs.columns)
    return pd.concat([costs, rows])


def read_vector(path: Path, names: pd.Index, *, of: str = "weights") -> NDArray[np.float64]:
    """One number for each name: an array of their length, or a table as :func:`read_named` takes it.

    Raises:
        DataError: unreadable, of another length, a name is missing or stands twice, or the column is unclear.
    """
    found = read_named(path, names, of=of)
    if len(found) == len(names) and isinstance(found.index, pd.RangeIndex):
        return found.to_numpy(dtype=np.float64)
    wanted = [str(name) for name in names]
    missing = [name for name in wanted if name not in found.index]
    if missing:
        raise DataError([Fault("no row for this name", where=path.name, value=name) for name in missing])
    others = [str(name) for name in found.index if name not in set(wanted)]
    if others:
        notice(Note("note.aside_of_costs", file=path.name, names=others))
    return found.loc[wanted].to_numpy(dtype=np.float64)


def read_named(path: Path, names: pd.Index, *, of: str) -> pd.Series:
    """Numbers under their names, as a file holds them, or by position where it names nothing.

    A table has one column of numbers, or one that names (by its heading, or the
    first of two) and one that counts: the only other one, or the only one of :data:`FIGURE_HEADINGS`.

    Args:
        path: an array (``.npy``, ``.npz``) or a table.
        names: what the numbers belong to.
        of: what they are, a key of :data:`FIGURE_HEADINGS`.

    Raises:
        DataError: unreadable, of another length, a name stands twice, or the column is unclear.
    """
    if path.suffix.lower() in {".npy", ".npz"}:
        array = _numpy_array(path, of)
        if array.dtype.kind not in "iuf":
            raise DataError([Fault(Note("fault.solve.no_numbers", dtype=array.dtype), where=str(path))])
        numbers: NDArray[np.float64] = array.astype(np.float64).ravel()
        note_stand_ins(numbers, where=path.name, column=of)
        values = pd.Series(numbers)
    else:
        frame = read_frame(path)
        frame.columns = pd.Index([str(name) for name in frame.columns], dtype=object)
        label = label_column(frame, names, where=path.name)
        column = _figure_column(frame, label, of, where=path.name)
        columns = [Column(column, "count")]
        if label is not None:
            columns.append(Column(label, unique=True))
        faults = check_frame(frame, columns, where=path.name)
        faults += [] if label is None else _sums(frame, label, path)
        if faults:
            raise DataError(faults)
        counted = np.asarray(frame[column], dtype=np.float64)
        values = pd.Series(counted)
        if label is not None:
            _tell_sum(counted, pd.Index(frame[label]), path)
            return pd.Series(counted, index=pd.Index(frame[label].astype(str)))
    if len(values) != len(names):
        raise DataError(
            [
                Fault(
                    Note("fault.solve.numbers_for", n_values=len(values), n_names=len(names)), where=str(path)
                )
            ]
        )
    return values


def label_column(frame: pd.DataFrame, names: pd.Index, *, where: str) -> str | None:
    """The column of a table that holds the names of rows or sites; None where it has one column only.

    Columns that hold every name are looked at first: of several, and if there is none, the heading decides.
    Where the names are numbers, a column whose heading says that it counts holds none of them.

    Raises:
        DataError: no header, or nothing says which column it is.
    """
    numeric = [name for name in frame.columns if _is_number(name)]
    if numeric:
        message = "its first row holds a figure: put a first row with headings, such as id,people"
        raise DataError([Fault(message, where=where, row="1", value=", ".join(numeric))])
    if len(frame.columns) == 1:
        return None
    wanted = {str(name) for name in names}
    counting = set().union(*FIGURE_HEADINGS.values()) if all(map(_is_number, wanted)) else set()
    naming = [name for name in frame.columns if _folded(name) not in counting]
    holding = [name for name in naming if wanted <= set(frame[name].astype(str).str.strip())]
    if len(holding) == 1:
        return str(holding[0])
    first = str((naming or list(frame.columns))[0])
    if len(frame.columns) == 2 and not holding and id_heading(str(frame.columns[1])) is None:
        return first
    return id_column(holding or frame.columns, where=where)


def _figure_column(frame: pd.DataFrame, label: str | None, of: str, *, where: str) -> str:
    others = [name for name in frame.columns if name != label]
    meant = [name for name in others if _folded(name) in FIGURE_HEADINGS[of]]
    if len(others) == 1 and not meant and id_heading(others[0]) is None:
        return others[0]
    if len(meant) == 1:
        return meant[0]
    message = Note(
        "fault.solve.which_of",
        of=of.replace("_", " "),
        others=tuple(others),
        headings=tuple(sorted(FIGURE_HEADINGS[of])[:3]),
    )
    raise DataError([Fault(message, where=where, row="1")])
