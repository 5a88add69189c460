"""What a facility has to give: a column of the study's own tables, read where it is asked for."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from geoaccess.ground.errors import DataError, UnknownNameError
from geoaccess.ground.tables import Column, check_frame, read_frame
from geoaccess.study import Study
from geoaccess.study.schema import FacilityTable
from networks.errors import Fault


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
        known |= set(map(str, frame.columns))
        if column not in frame:
            continue
        named = True
        rows = set((np.flatnonzero(here.to_numpy()) + 2).tolist())
        told = check_frame(frame, [Column(column, "count", blank=True)], where=table.table)
        faults += [fault for fault in told if int(fault.row) in rows]
        blank = here & frame[column].isna() if not faults else here & False
        if unknown is None:
            faults += [
                _blank(table.table, column, str(row + 2)) for row in np.flatnonzero(blank.to_numpy()).tolist()
            ]
        if not faults:
            found.loc[ids[here]] = frame.loc[here, column].to_numpy(dtype=np.float64)
    if not named and len(wanted):
        raise UnknownNameError("column of facilities", column, sorted(known))
    if unknown is None and not faults:
        faults = [_blank("facilities", column, str(name)) for name in found.index[found.isna()]]
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


def _blank(where: str, column: str, row: str) -> Fault:
    message = "no capacity is told; fill the cell, or say with --unknown what such a facility counts as"
    return Fault(message, where=where, row=row, column=column)
