"""Posts (årsverk) that crews take, by patterns of duty that a table of [calls] names with their sources.

A pattern is a week of duty: its rows add up, hours and posts alike. A crew whose week is that of a pattern
takes its posts; a week that no pattern has is told and not guessed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from geoaccess.ground.arrays import FloatArray, IntArray
from geoaccess.ground.errors import DataError
from geoaccess.ground.tables import Column, read_table
from geoaccess.study import Study
from geoaccess.words.note import Note, in_languages
from geoaccess.workload.duties import Roster, week_hours
from geoaccess.workload.tables import SURE, calls_of
from networks.errors import Fault
from optimise.crews.system import AT_HOME, OFF_DUTY, ON_STATION, WEEK_H


@dataclass(frozen=True, eq=False)
class DutyPattern:
    """A week of duty and what it takes.

    Attributes:
        name: its name in the table.
        label: what it is in words.
        label_nb: the same in bokmål.
        duty: (168,) what the crew does in each hour of the week, Monday 00:00 first.
        posts: posts that one crew takes.
        source: where the posts come from.
        confidence: how sure they are.
    """

    name: str
    label: str
    label_nb: str
    duty: IntArray
    posts: float
    source: str
    confidence: str

    @property
    def whole(self) -> bool:
        """Whether somebody is on duty in every hour of the week."""
        return bool((self.duty != OFF_DUTY).all())

    def told(self) -> Note:
        """The pattern in words."""
        return Note(
            "note.posts.pattern",
            name=self.name,
            label=in_languages(self, "label"),
            posts=self.posts,
            sure=Note(f"confidence.{self.confidence}"),
        )


def patterns_of(study: Study) -> tuple[DutyPattern, ...]:
    """The patterns of duty of a study, in the order of its table.

    Raises:
        DataError: the study has no such table, or it has faults; all of them are listed.
    """
    name = calls_of(study).patterns
    if not name:
        raise DataError(Note("fault.posts.none", study=study.name))
    columns = [
        Column("pattern"), Column("label"), Column("label_nb", required=False, blank=True),
        Column("weekdays"), Column("from"), Column("to"), Column("duty", choices=("station", "home")),
        Column("posts", "count"), Column("source"), Column("confidence", choices=SURE),
    ]  # fmt: skip
    frame = read_table(study.folder / name, columns)
    faults: list[Fault] = []
    found: dict[str, DutyPattern] = {}
    for row, one in zip(frame.index, frame.to_dict(orient="records"), strict=True):
        try:
            hours = week_hours(str(one["weekdays"]), str(one["from"]), str(one["to"]))
        except ValueError:
            told = f"{one['weekdays']} {one['from']}-{one['to']}"
            faults.append(Fault(Note("fault.calls.duty"), where=name, row=str(int(str(row)) + 2), value=told))
            continue
        label = str(one["pattern"])
        before = found.get(label)
        duty = np.full(WEEK_H, OFF_DUTY) if before is None else before.duty.copy()
        duty[hours] = AT_HOME if one["duty"] == "home" else ON_STATION
        posts = float(one["posts"]) + (0.0 if before is None else before.posts)
        found[label] = DutyPattern(
            label, str(one["label"]), str(one.get("label_nb", "")), duty, posts, str(one["source"]),
            str(one["confidence"]),
        )  # fmt: skip
    if faults:
        raise DataError(faults)
    return tuple(found.values())


def crew_posts(roster: Roster, patterns: tuple[DutyPattern, ...]) -> pd.DataFrame:
    """One row a crew: ``base_id, unit, pattern, posts``; a week that no pattern has: empty, NaN."""
    by_week = {one.duty.tobytes(): one for one in patterns}
    known = [by_week.get(np.asarray(week, dtype=np.int64).tobytes()) for week in roster.duty]
    return roster.crews.assign(
        pattern=["" if one is None else one.name for one in known],
        posts=[np.nan if one is None else one.posts for one in known],
    )


def mean_mobilise(duty: IntArray, station_min: float, home_min: float) -> float:
    """Mean minutes of mobilisation over the hours of the week, of whoever is on duty and out first.

    Args:
        duty: (n_crews, 168) or (168,) weeks of the crews of a base; hours with nobody on duty are left out.
        station_min: minutes of a crew on station.
        home_min: minutes of a crew at home.
    """
    weeks = np.atleast_2d(duty)
    minutes: FloatArray = np.select([weeks == ON_STATION, weeks == AT_HOME], [station_min, home_min], np.inf)
    least = minutes.min(axis=0)
    manned = np.isfinite(least)
    return float(least[manned].mean()) if manned.any() else home_min
