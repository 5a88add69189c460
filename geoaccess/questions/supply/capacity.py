"""What a facility has to give: a column of the study's own tables, read where it is asked for."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

import numpy as np
import pandas as pd

from geoaccess.ground.errors import DataError, UnknownNameError
from geoaccess.ground.tables import Column, check_frame, read_frame
from geoaccess.study import Study
from geoaccess.study.schema import FacilityTable
from geoaccess.words.note import Note, listed
from networks.errors import Fault

#: Rows named in one sentence.
_MOST_ROWS = 12
#: Columns of numbers of which nobody can have a share.
_PLACE_OR_CODE = re.compile(
    r"lat|lon|latitude|longitude|x|y|id|year|.*_(id|code|no|year|lat|lon)|date|.*_date"
)


def capacities(
    study: Study, facilities: pd.DataFrame, column: str, *, unknown: float | None = None
) -> pd.Series[float]:
    """The capacity of facilities.

    Args:
        study: the study whose tables hold it.
        facilities: the facilities, ``facility_id`` of each.
        column: column of the tables of facilities, a number of at least 0.
        unknown: what a blank cell counts as, and a facility that a scenario opens; None: they are faults.

    Returns:
        One value per facility, labelled with its id.

    Raises:
        UnknownNameError: no table with such a facility has the column.
        DataError: cells that are blank or no such number; all listed with file, row, column and value.
    """
    wanted = pd.Index(facilities["facility_id"].astype(str))
    found = pd.Series(np.nan, index=wanted, name=column)
    faults: list[Fault] = []
    known: set[str] = set()
    named = False
    for table in study.config.facilities:
        frame = read_frame(study.folder / table.table)
        ids = frame[table.id].astype(str)
        here = ids.isin(wanted) & _kept(frame, table)
        if not here.any():
            continue
        offered = _numeric(frame, here, table)
        known |= offered
        if column not in frame:
            continue
        # A column that is blank throughout is read as texts.
        blank = here & (frame[column].isna() | (frame[column].astype(str).str.strip() == ""))
        if column not in offered and (here & ~blank).any():
            continue
        named = True
        rows = set((np.flatnonzero(here.to_numpy()) + 2).tolist())
        told = check_frame(frame, [Column(column, "count", blank=True)], where=table.table)
        faults += [fault for fault in told if int(fault.row) in rows]
        if unknown is None and not faults and blank.any():
            faults.append(_blank(table.table, column, (np.flatnonzero(blank.to_numpy()) + 2).tolist()))
        if not faults:
            found.loc[ids[here]] = pd.to_numeric(frame.loc[here, column]).to_numpy(dtype=np.float64)
    if not named and len(wanted):
        raise UnknownNameError("column of facilities", column, sorted(known))
    if unknown is None and not faults and found.isna().any():
        faults = [_blank("facilities", column, found.index[found.isna()].tolist())]
    if faults:
        raise DataError(faults)
    return found if unknown is None else found.fillna(unknown)


def unknown_ids(study: Study, facilities: pd.DataFrame, column: str) -> list[str]:
    """Ids of the facilities whose capacity no table tells."""
    told = capacities(study, facilities, column, unknown=math.inf)
    return [str(name) for name in told.index[np.isinf(told.to_numpy())]]


def _kept(frame: pd.DataFrame, table: FacilityTable) -> pd.Series:
    keep = pd.Series(data=True, index=frame.index)
    for name, values in table.where.items():
        keep &= frame[name].astype(str).isin(values)
    return keep


def _numeric(frame: pd.DataFrame, here: pd.Series, table: FacilityTable) -> set[str]:
    """Columns that may be a capacity: some number in the rows, and neither a place nor a code."""
    no_capacity = {table.id, table.kind, table.node}
    return {
        str(name)
        for name in frame.columns
        if name not in no_capacity
        and not _PLACE_OR_CODE.fullmatch(str(name).lower())
        and pd.to_numeric(frame.loc[here, name], errors="coerce").notna().any()
    }


def _blank(where: str, column: str, rows: Sequence[object]) -> Fault:
    """One fault for all cells of a table that tell no capacity."""
    one = str(rows[0]) if len(rows) == 1 else ""
    if one:
        return Fault(Note("supply.blank"), where=where, row=one, column=column)
    told = Note("supply.blanks", count=len(rows), rows=listed(rows, _MOST_ROWS))
    return Fault(told, where=where, column=column)
