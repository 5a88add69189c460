"""The sites of a placement question: today's facilities, other services, and the candidate places."""

from __future__ import annotations

import numpy as np
import pandas as pd

from geoaccess.ground.arrays import FloatArray
from geoaccess.ground.errors import DataError
from geoaccess.ground.tables import Column, check_frame, check_references, read_frame
from geoaccess.minutes import fastest, place_minutes
from geoaccess.questions.placement.resource_bases import (
    MODES,
    PLACE,
    background,
    candidate_bases,
    placed_resource,
    same_place,
)
from geoaccess.study import Study
from geoaccess.study.placement_sections import Donors, FarFrom, Placement
from networks import travel_time_matrix
from networks.errors import Fault

_COLUMNS = [
    "site_id",
    "name",
    "municipality_code",
    "node_id",
    "lon",
    "lat",
    "role",
    "part",
    "mode",
    "kind",
    "cost",
]

#: Role of today's facilities, by what the question says of them.
_ROLE_TODAY = {"stay": "existing", "may_close": "candidate", "may_move": "existing"}


def site_table(study: Study, question: Placement) -> pd.DataFrame:
    """Every site of the question, one row each.

    Returns:
        ``site_id, name, municipality_code, municipality, node_id, lon, lat``; ``role``: existing, required
        (a service that serves as well) or candidate; ``part``: ``today``, ``candidate``, or the kind of the
        service that serves as well; ``mode``: road, boat or helicopter; ``kind``: kind of base of another
        resource than the one that is placed, else empty; ``cost``: price of opening it.

    Raises:
        DataError: the table of candidates has faults, or no candidate place is left.
    """
    own = [_today(study, question), *_alternatives(study, question), _candidates(study, question)]
    parts = [_moving(study, question, _priced(part, question)) for part in own if len(part)]
    parts += [background(study, question), *candidate_bases(study, question)]
    table = pd.concat([part[_COLUMNS] for part in parts if len(part)], ignore_index=True)
    if not (table["part"] == "candidate").any() and question.existing == "stay":
        raise DataError("no candidate place is left: loosen min_people, donors or the candidates' kind")
    names = study.municipalities.set_index("municipality_code")["name"]
    table.insert(3, "municipality", names.loc[table["municipality_code"]].to_numpy(dtype=object))
    return table


def today_table(study: Study, question: Placement) -> pd.DataFrame:
    """The facilities of today alone, in the columns of :func:`site_table`."""
    return _moving(study, question, _priced(_today(study, question), question))[_COLUMNS]


def _moving(study: Study, question: Placement, part: pd.DataFrame) -> pd.DataFrame:
    """Sites with how they reach people: those of the placed kind as their resource moves, others by road."""
    resource = placed_resource(study, question)
    mode = MODES["road" if resource is None else resource.moves]
    placed = part["part"].isin(["today", "candidate"])
    return part.assign(mode=np.where(placed, mode, "road"), kind="")


def _priced(part: pd.DataFrame, question: Placement) -> pd.DataFrame:
    """Prices of the sites: what is there today costs nothing, a table of candidates may have its own."""
    free = part["part"] != "candidate"
    own = part["cost"] if "cost" in part else np.full(len(part), question.cost)
    return part.assign(cost=np.where(free, 0.0, own))


def _today(study: Study, question: Placement) -> pd.DataFrame:
    rows = study.facilities[study.facilities["kind"] == question.facility].sort_values("facility_id")
    if question.existing == "ignore":
        rows = rows.iloc[:0]
    role = _ROLE_TODAY.get(question.existing, "existing")
    return rows.rename(columns={"facility_id": "site_id"}).assign(role=role, part="today")


def _alternatives(study: Study, question: Placement) -> list[pd.DataFrame]:
    return [
        study.facilities_of(other.kind)
        .rename(columns={"facility_id": "site_id"})
        .assign(role="required", part=other.kind)
        for other in question.alternatives
    ]


def _candidates(study: Study, question: Placement) -> pd.DataFrame:
    """Candidate places; one that is a facility of today is left out.

    A settlement is where a facility of today is when both are at one node. A building or a place of a table
    is it only at the very same coordinates: two doors at one node have ways of their own to it.
    """
    today = _today(study, question)
    if question.candidates == "demand":
        lived = study.demand[study.weight(question.weight) >= question.min_people]
        # A new site stands at the settlement itself: it has no access leg of the people living around it.
        frame = lived.drop(columns="access_km").assign(site_id=[f"new:{name}" for name in lived["demand_id"]])
        frame = frame[~frame["node_id"].isin(today["node_id"]) | (frame["node_id"] == "")]
    elif question.candidates == "facilities":
        kinds = study.facilities["kind"].isin(question.candidate_kinds)
        rows = study.facilities[kinds].sort_values("facility_id")
        frame = rows.assign(site_id=[f"at:{name}" for name in rows["facility_id"]])
        frame = frame[~same_place(frame, today) & ~frame.duplicated(PLACE)]
    else:
        frame = _read_candidates(study, question)
        frame = frame[~same_place(frame, today)]
    if question.far_from is not None and len(frame):
        near = fastest(_minutes_between(study, frame, question.far_from))
        frame = frame[~(near < question.far_from.at_least_min)]
    if question.donors is not None:
        frame = frame[_has_donors(study, frame, question.donors)]
    return frame.assign(role="candidate", part="candidate")


def _read_candidates(study: Study, question: Placement) -> pd.DataFrame:
    name = question.candidates_table
    frame = read_frame(study.folder / name)
    columns = [
        Column("site_id", unique=True),
        Column("name"),
        Column("municipality_code"),
        Column("lat", "lat"),
        Column("lon", "lon"),
        Column("node_id", required=False, blank=True),
        Column("cost", "count", required=False),
    ]
    faults: list[Fault] = check_frame(frame, columns, where=name)
    if not faults:
        codes = study.municipalities["municipality_code"]
        faults = check_references(frame, "municipality_code", codes, where=name, what="municipality")
    if faults:
        raise DataError(faults)
    return frame if "node_id" in frame else frame.assign(node_id="")


def _minutes_between(study: Study, places: pd.DataFrame, far: FarFrom) -> FloatArray:
    """(n_places, n_facilities) minutes by road from places to the facilities they must lie far from."""
    facilities = study.facilities_of(far.kind)
    if facilities.empty:
        return np.full((len(places), 0), np.nan)
    ends = study.on_network(places), study.on_network(facilities)
    return travel_time_matrix(study.network, *ends)


def _has_donors(
    study: Study, places: pd.DataFrame, donors: Donors
) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """(n_places,) whether enough donors reach the place within the call-in time."""
    minutes = place_minutes(study, places, limit_min=donors.within_min)
    near = np.isfinite(minutes)
    people: np.ndarray[tuple[int], np.dtype[np.float64]] = study.weight(donors.weight) @ near
    return np.asarray(people * donors.share >= donors.at_least, dtype=bool)
