"""The tables of [calls]: rates, hours, destinations and duties, with every fault of a table at once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from geoaccess.ground.errors import DataError, did_you_mean
from geoaccess.ground.tables import Column, read_table
from geoaccess.study import Study
from geoaccess.study.call_sections import Calls
from geoaccess.words.note import Note
from networks.errors import Fault

#: How sure a figure of a table may be.
SURE = ("sourced", "secondary", "recalled", "assumption", "derived", "computed")
#: What a destination may say instead of a kind of facility: the patient's own place.
PATIENT = "patient"
ANY = "*"


@dataclass(frozen=True, eq=False)
class CallTables:
    """The tables as read.

    Attributes:
        rates: ``by, group, per_1000_year, source, confidence``.
        hours: ``class, weekday, hour, weight, source, confidence``.
        destinations: ``class, from, to, beyond_min, within_min, share, source, confidence``.
        duties: ``base_id, unit, from, to, weekdays, duty, source, confidence``; empty without a file.
    """

    rates: pd.DataFrame
    hours: pd.DataFrame
    destinations: pd.DataFrame
    duties: pd.DataFrame


def calls_of(study: Study) -> Calls:
    """What a study says of calls.

    Raises:
        DataError: it says nothing of them.
    """
    if study.config.calls is None:
        raise DataError(Note("fault.calls.none", study=study.name))
    return study.config.calls


def read_call_tables(study: Study) -> CallTables:
    """Read and check the tables of [calls].

    Raises:
        DataError: a table is missing, or has faults; all of them are listed.
    """
    calls = calls_of(study)
    sure = [Column("source"), Column("confidence", choices=SURE)]
    wanted = {
        calls.rates: [Column("by"), Column("group"), Column("per_1000_year", "count"), *sure],
        calls.hours: [Column("class"), Column("weekday"), Column("hour"), Column("weight", "count"), *sure],
        calls.destinations: [
            Column("class"), Column("from"), Column("to"), Column("beyond_min", "count", blank=True),
            Column("within_min", "count", blank=True), Column("share", "count"), *sure,
        ],
        calls.duties: _duty_columns(),
    }  # fmt: skip
    frames: list[pd.DataFrame] = []
    faults: list[Fault] = []
    for name, columns in wanted.items():
        if not name:
            frames.append(pd.DataFrame(columns=[column.name for column in columns]))
            continue
        try:
            frames.append(read_table(study.folder / name, columns))
        except DataError as error:
            faults += error.faults
    if faults:
        raise DataError(faults)
    tables = CallTables(*frames)
    faults = [*_rate_faults(study, tables), *_named_faults(study, tables)]
    if faults:
        raise DataError(faults)
    return replace(tables, duties=_of_open_bases(study, tables.duties))


def read_duties(study: Study, path: Path) -> pd.DataFrame:
    """Another table of duties than the study's own.

    Raises:
        DataError: it is missing, or has faults.
    """
    frame = read_table(path, _duty_columns())
    bases = _known_bases(study)
    faults = [
        _fault(path.name, row, "base_id", value, bases)
        for row, value in frame["base_id"].items()
        if value not in bases
    ]
    if faults:
        raise DataError(faults)
    return _of_open_bases(study, frame)


def _known_bases(study: Study) -> list[str]:
    """Bases that the study has, in any state: one that a scenario, or whoever asks, closes is no fault."""
    both = (study.as_read.facilities["facility_id"], study.facilities["facility_id"])
    known = dict.fromkeys(str(name) for ids in both for name in ids)
    return [*known, *sorted(study.as_read.closed_when_asked.keys() - set(known))]


def _of_open_bases(study: Study, duties: pd.DataFrame) -> pd.DataFrame:
    """The duties without those of bases that the state of the study closes."""
    return duties[duties["base_id"].isin(study.facilities["facility_id"])].reset_index(drop=True)


def _duty_columns() -> list[Column]:
    return [
        Column("base_id"), Column("unit"), Column("from"), Column("to"), Column("weekdays"),
        Column("duty", choices=("station", "home")), Column("source"), Column("confidence", choices=SURE),
    ]  # fmt: skip


def _rate_faults(study: Study, tables: CallTables) -> list[Fault]:
    name, groups = calls_of(study).rates, study.config.municipalities.groups
    faults = []
    for row, by, group in zip(tables.rates.index, tables.rates["by"], tables.rates["group"], strict=True):
        known = ["all", *groups]
        if by not in known:
            faults.append(_fault(name, row, "by", by, known))
        elif by != "all" and group not in set(study.municipalities[by]):
            faults.append(_fault(name, row, "group", group, sorted(set(study.municipalities[by]))))
    if not faults and not _covered(study, tables).all():
        missing = study.municipalities.loc[~_covered(study, tables), "name"].tolist()
        faults.append(Fault(Note("fault.calls.rates", missing=tuple(missing)), where=name))
    return faults


def _covered(study: Study, tables: CallTables) -> np.ndarray:
    rates = tables.rates
    found = np.full(len(study.municipalities), bool((rates["by"] == "all").any()))
    for by in set(rates["by"]) - {"all"}:
        found |= study.municipalities[by].isin(rates.loc[rates["by"] == by, "group"]).to_numpy(bool)
    return found


def _named_faults(study: Study, tables: CallTables) -> list[Fault]:
    calls = calls_of(study)
    faults: list[Fault] = []
    classes = [ANY, *calls.classes]
    for name, frame in ((calls.hours, tables.hours), (calls.destinations, tables.destinations)):
        faults += [
            _fault(name, row, "class", value, classes)
            for row, value in frame["class"].items()
            if value not in classes
        ]
    places = [PATIENT, *study.config.kinds]
    faults += [
        _fault(calls.destinations, row, column, value, places)
        for column in ("from", "to")
        for row, value in tables.destinations[column].items()
        if value not in places
    ]
    bases = _known_bases(study)
    faults += [
        _fault(calls.duties, row, "base_id", value, bases)
        for row, value in tables.duties["base_id"].items()
        if value not in bases
    ]
    for name, frame, column, most in (
        (calls.hours, tables.hours, "weekday", 7),
        (calls.hours, tables.hours, "hour", 23),
    ):
        allowed = {ANY, *(str(number) for number in range(most + 1))}
        faults += [
            Fault(Note("fault.calls.number", most=most), name, str(int(str(row)) + 2), column, value)
            for row, value in frame[column].items()
            if value not in allowed
        ]
    return faults


def _fault(name: str, row: object, column: str, value: str, known: list[str]) -> Fault:
    message = Note("fault.calls.unknown", hint=did_you_mean(value, known))
    return Fault(message, where=name, row=str(int(str(row)) + 2), column=column, value=value)
