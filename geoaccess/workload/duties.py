"""Who is on duty when: the crews of a study, hour by hour of the week."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geoaccess.ground.arrays import IntArray
from geoaccess.ground.errors import DataError
from geoaccess.study import Study
from geoaccess.words.note import Note, listed
from networks.errors import Fault
from optimise.crews.system import AT_HOME, OFF_DUTY, ON_STATION, WEEK_H

_MOST_NAMES = 8


@dataclass(frozen=True, eq=False)
class Roster:
    """Crews.

    Attributes:
        crews: ``base_id, unit``, one row a crew.
        duty: (n_crews, 168) what each does in each hour of the week.
        notes: what was taken for granted.
    """

    crews: pd.DataFrame
    duty: IntArray
    notes: tuple[str, ...]

    def only(self, keep: NDArray[np.bool_]) -> Roster:
        """Some of the crews."""
        return Roster(self.crews[keep].reset_index(drop=True), self.duty[keep], self.notes)

    def with_crew(self, base_id: str) -> Roster:
        """One crew more, on station round the clock."""
        return self.with_week(base_id, np.full(WEEK_H, ON_STATION))

    def with_week(self, base_id: str, week: IntArray) -> Roster:
        """One crew more, with a week of duty (168,)."""
        number = 1 + int((self.crews["base_id"] == base_id).sum())
        added = pd.DataFrame({"base_id": [base_id], "unit": [str(number)]})
        return Roster(
            pd.concat([self.crews, added], ignore_index=True), np.vstack([self.duty, week]), self.notes
        )

    def with_first_week(self, base_id: str, week: IntArray) -> Roster:
        """The first crew of a base with another week of duty (168,)."""
        row = int(np.flatnonzero(self.crews["base_id"] == base_id)[0])
        duty = self.duty.copy()
        duty[row] = week
        return Roster(self.crews, duty, self.notes)


def roster_of(study: Study, duties: pd.DataFrame, bases: pd.DataFrame, *, file: str) -> Roster:
    """The crews of a table of duties; a base that it does not name has one crew round the clock.

    Args:
        study: the study.
        duties: ``base_id, unit, from, to, weekdays, duty``; rows of one unit add up.
        bases: ``base_id, name, resource``.
        file: name of the table, for faults.

    Raises:
        DataError: hours or days that are none.
    """
    faults: list[Fault] = []
    rows: dict[tuple[str, str], IntArray] = {}
    for row, one in enumerate(duties.itertuples(index=False)):
        base, unit, begin, end, days, kind = (str(value) for value in one[:6])
        try:
            hours = week_hours(days, begin, end)
        except ValueError:
            message = Note("fault.calls.duty")
            faults.append(Fault(message, where=file, row=str(row + 2), value=f"{days} {begin}-{end}"))
            continue
        week = rows.setdefault((base, unit), np.full(WEEK_H, OFF_DUTY))
        week[hours] = AT_HOME if kind == "home" else ON_STATION
    if faults:
        raise DataError(faults)
    known = bases.set_index("base_id")["name"]
    named = {base for base, _ in rows}
    default = [base for base in bases["base_id"] if base not in named]
    for base in default:
        rows[base, "1"] = _by_default(study, base)
    kept = [key for key in rows if key[0] in known.index]
    notes: list[str] = []
    if default:
        names = listed([str(known[base]) for base in default], _MOST_NAMES)
        notes.append(Note("note.calls.one_crew", count=len(default), names=names))
    crews = pd.DataFrame(kept, columns=["base_id", "unit"])
    duty = np.array([rows[key] for key in kept], dtype=np.int64).reshape(len(kept), WEEK_H)
    return Roster(crews, duty, tuple(notes))


def _by_default(study: Study, base: str) -> IntArray:
    """One crew round the clock, at home when its resource says so."""
    week = np.full(WEEK_H, ON_STATION)
    for resource in study.config.resources.values():
        when = resource.home_duty.get(base)
        if when == "always":
            week[:] = AT_HOME
        elif when == "night":
            week[week_hours("1-7", *(f"{text[:2]}:00" for text in resource.night))] = AT_HOME
    return week


def week_hours(days: str, begin: str, end: str) -> IntArray:
    """Hours of the week, from Monday 00:00, of ``1-5`` or ``6,7`` and ``HH:00`` to ``HH:00``.

    Raises:
        ValueError: they are none.
    """
    chosen: list[int] = []
    for part in days.split(","):
        first, _, last = part.partition("-")
        chosen += range(int(first), int(last or first) + 1)
    start, stop = (int(text[:2]) if text[2:] == ":00" and len(text) == 5 else -1 for text in (begin, end))
    if not chosen or min(chosen) < 1 or max(chosen) > 7 or not (0 <= start <= 24 and 0 <= stop <= 24):
        raise ValueError(Note("fault.calls.duty"))
    length = (stop - start) % 24 or 24
    hours = [(24 * (day - 1) + start + step) % WEEK_H for day in chosen for step in range(length)]
    return np.asarray(hours, dtype=np.int64)
