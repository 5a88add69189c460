"""Staff as the budget: new crews by their pattern of duty, and more hours on station for crews of today.

With ``budget_posts`` every candidate place is offered once for each pattern that is on duty in every hour of
the week, at its posts (årsverk); and every base of today whose crews wait at home for a part of the week may
have its first crew on station round the clock, at the posts that it takes more. A crew at home is out later:
its minutes are the mean over the hours of the week, of today's bases by their table of duties.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from geoaccess.ground.arrays import FloatArray, IntArray
from geoaccess.ground.errors import DataError
from geoaccess.questions.placement.minutes import ONE_CLOCK
from geoaccess.study import Study
from geoaccess.study.placement_sections import Placement
from geoaccess.study.resource_sections import Resource, bases_of
from geoaccess.words.note import Note, listed
from geoaccess.workload.duties import Roster, roster_of
from geoaccess.workload.posts import DutyPattern, crew_posts, mean_mobilise, patterns_of
from geoaccess.workload.tables import calls_of, read_call_tables
from networks.errors import Fault
from optimise.crews.system import ON_STATION

#: What joins the id of a place and the pattern of its crew.
AT = "@"
_NAMED = 8


@dataclass(frozen=True, eq=False)
class Posts:
    """Sites by pattern of duty.

    Attributes:
        places: the sites, with ``pattern`` (empty: as today) and ``cost`` in posts.
        minutes: (n_demand, n_sites) with the mean mobilisation of each.
    """

    places: pd.DataFrame
    minutes: FloatArray


def by_pattern(study: Study, question: Placement, places: pd.DataFrame, minutes: FloatArray) -> Posts:
    """The sites of a question, candidates once for each pattern of duty.

    Args:
        study: the study, in its state.
        question: the question, with ``budget_posts``.
        places: its sites.
        minutes: (n_demand, n_sites) of crews on station.

    Raises:
        DataError: what is placed does not drive, or today's sites may go; no table of patterns.
    """
    _check(study, question)
    resource, patterns = _resource(study, question), patterns_of(study)
    roster = _roster(study, places)
    station = resource.mobilise_min.minutes(home=False, night=False)
    home = resource.mobilise_min.minutes(home=True, night=False)
    today = (places["part"] == "today").to_numpy(bool)
    candidate = (places["part"] == "candidate").to_numpy(bool)
    later = np.zeros(len(places))
    for row in np.flatnonzero(today).tolist():
        week = roster.duty[(roster.crews["base_id"] == places["site_id"].iloc[row]).to_numpy(bool)]
        later[row] = mean_mobilise(week, station, home) - station if len(week) else 0.0
    kept = places[~candidate].assign(pattern="")
    frames, columns = [kept], [minutes[:, ~candidate] + later[~candidate]]
    for one in (one for one in patterns if one.whole):
        extra = mean_mobilise(one.duty, station, home) - station
        frames.append(_as_pattern(places[candidate], one, one.posts))
        columns.append(minutes[:, candidate] + extra)
    for row, more in _upgrades(roster, places, patterns, later):
        frames.append(_as_pattern(places.iloc[[row]], _always(patterns), more))
        columns.append(minutes[:, [row]])
    return Posts(pd.concat(frames, ignore_index=True), np.concatenate(columns, axis=1))


def posts_notes(study: Study, question: Placement, places: pd.DataFrame, chosen: IntArray) -> list[Note]:
    """What posts are and where they come from, what today's crews take, and what the budget buys."""
    patterns = patterns_of(study)
    known = crew_posts(_roster(study, places), patterns)
    bought = places.iloc[chosen]
    bought = bought[bought["part"] == "candidate"]
    notes = [
        Note("note.posts.spent", budget=question.budget_posts, spent=float(bought["cost"].sum())),
        Note("note.posts.patterns", patterns=[one.told() for one in patterns]),
        Note("note.posts.today", crews=int(known["posts"].notna().sum()), posts=float(known["posts"].sum())),
        Note("note.posts.minutes"),
    ]
    unknown = known[known["posts"].isna()]
    if len(unknown):
        names = listed([f"{one.base_id} {one.unit}" for one in unknown.itertuples()], _NAMED)
        notes.append(Note("note.posts.unknown", count=len(unknown), names=names))
    return notes


def _check(study: Study, question: Placement) -> None:
    faults = {
        "existing": (question.existing != "stay", question.existing),
        "budget": (question.budget is not None, str(question.budget)),
        "craft": (bool(question.craft), "craft"),
        "times": (question.times != ONE_CLOCK, question.times),
        "demand_by": (question.demand_by != "point", question.demand_by),
        "units": (question.units is not None, "units"),
    }
    found = [
        Fault(Note("fault.posts.question"), where="study.toml", column=name, value=value)
        for name, (wrong, value) in faults.items()
        if wrong
    ]
    if found:
        raise DataError(found)
    calls_of(study)


def _resource(study: Study, question: Placement) -> Resource:
    """The resource that is placed.

    Raises:
        DataError: none that drives has such bases.
    """
    for name, one in study.config.resources.items():
        if one.moves == "road" and question.facility in bases_of(name, one):
            return one
    raise DataError(Note("fault.posts.resource", kind=question.facility))


def _roster(study: Study, places: pd.DataFrame) -> Roster:
    today = places[places["part"] == "today"]
    bases = pd.DataFrame({"base_id": today["site_id"], "name": today["name"]})
    return roster_of(study, read_call_tables(study).duties, bases, file=calls_of(study).duties)


def _always(patterns: tuple[DutyPattern, ...]) -> DutyPattern:
    """The cheapest pattern that is on station in every hour.

    Raises:
        DataError: there is none.
    """
    whole = [one for one in patterns if (one.duty == ON_STATION).all()]
    if not whole:
        raise DataError(Note("fault.posts.always"))
    return min(whole, key=lambda one: one.posts)


def _upgrades(
    roster: Roster, places: pd.DataFrame, patterns: tuple[DutyPattern, ...], later: FloatArray
) -> list[tuple[int, float]]:
    """(row, posts more) of bases whose first crew may be on station in every hour."""
    known = crew_posts(roster, patterns)
    found = []
    for row in np.flatnonzero(later > 0).tolist():
        own = known.loc[known["base_id"] == places["site_id"].iloc[row], "posts"]
        if own.notna().any():
            found.append((row, max(_always(patterns).posts - float(own.max()), 0.0)))
    return found


def _as_pattern(rows: pd.DataFrame, pattern: DutyPattern, posts: float) -> pd.DataFrame:
    return rows.assign(
        site_id=[f"{name}{AT}{pattern.name}" for name in rows["site_id"]],
        name=[f"{name} ({pattern.name})" for name in rows["name"]],
        role="candidate",
        part="candidate",
        pattern=pattern.name,
        cost=posts,
    )
