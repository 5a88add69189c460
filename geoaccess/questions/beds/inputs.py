"""What a study says of beds, as rows and columns: municipalities with their patients, and sites for units."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geoaccess.ground.arrays import FloatArray
from geoaccess.ground.errors import DataError
from geoaccess.ground.tables import Column, check_references, read_table
from geoaccess.minutes import place_minutes
from geoaccess.questions.beds.sizing import stream_admissions
from geoaccess.study import Study
from geoaccess.study.beds_sections import ADMISSIONS, Beds
from geoaccess.study.names import kind_words, municipal_groups
from geoaccess.words.note import Note
from networks.errors import Fault

_WEEK_HOURS = 168.0
#: Sites that a municipality may use where neither it nor a neighbour has one: the nearest few, which is told.
_NEAREST = 3


@dataclass(frozen=True, eq=False)
class Sites:
    """Where units are or may be.

    Attributes:
        table: ``facility_id, name, municipality_code, lon, lat, area, beds_today`` (0 = no unit today),
            ``hours_a_week, beds_source, beds_confidence, is_unit, beside_today``.
        to_unit: (n_demand, m) minutes from people to the unit; NaN unreachable.
        to_beside: (n_demand, m) minutes to the service beside it.
    """

    table: pd.DataFrame
    to_unit: FloatArray
    to_beside: FloatArray


@dataclass(frozen=True, eq=False)
class Patients:
    """Municipalities and who comes from them.

    Attributes:
        codes: (n,) municipality codes.
        names: (n,) their names.
        areas: (n,) the area each belongs to.
        persons: (n,) people.
        admissions: stream -> (n,) admissions a year.
        load: (n,) what sizes a unit: beds taken on the mean day without a limit, or beds by persons.
        offered: (n,) beds taken on the mean day without a limit.
        by_persons: weight -> (n,) beds by persons for one bed.
        visits: (n,) visits a year to the service beside.
    """

    codes: list[str]
    names: list[str]
    areas: list[str]
    persons: FloatArray
    admissions: dict[str, FloatArray]
    load: FloatArray
    offered: FloatArray
    by_persons: dict[str, FloatArray]
    visits: FloatArray


def patients_of(state: Study, beds: Beds) -> Patients:
    """Who comes from where, by the people of the study's year."""
    table = state.municipalities
    codes = [str(code) for code in table["municipality_code"]]
    row = pd.Index(codes).get_indexer(pd.Index(state.demand["municipality_code"].astype(str)))

    def by_row(values: FloatArray) -> FloatArray:
        return np.bincount(row, weights=values, minlength=len(codes)).astype(np.float64)

    admissions = {name: by_row(stream_admissions(state, stream)) for name, stream in beds.streams.items()}
    offered = np.sum(
        [admissions[name] * stream.stay_days / 365.25 for name, stream in beds.streams.items()], axis=0
    )
    by_persons = {
        weight: by_row(state.weight(weight) / persons) for weight, persons in beds.persons_per_bed.items()
    }
    visits = np.zeros(len(codes))
    for weight, rate in beds.beside_visits.items():
        visits += by_row(state.weight(weight) * rate)
    return Patients(
        codes=codes,
        names=table["name"].astype(str).tolist(),
        areas=municipal_groups(state, beds.area).astype(str).tolist(),
        persons=by_row(state.weight(None)),
        admissions=admissions,
        load=offered if beds.sized_by == ADMISSIONS else by_persons[beds.sized_by],
        offered=np.asarray(offered, dtype=np.float64),
        by_persons=by_persons,
        visits=visits,
    )


def sites_of(state: Study, beds: Beds, patients: Patients) -> Sites:
    """Units of today, and one place in each other municipality that has the service beside.

    Raises:
        DataError: faults of the table of beds, or no unit is there and none may open.
    """
    own = state.facilities_of(beds.kind).reset_index(drop=True)
    figures = bed_table(state, beds)
    own = own.merge(figures, how="left", on="facility_id")
    own["is_unit"] = True
    beside = state.facilities_of(beds.beside).reset_index(drop=True) if beds.beside else own.head(0)
    elsewhere = beside[~beside["municipality_code"].isin(own["municipality_code"])]
    others = elsewhere.drop_duplicates("municipality_code").assign(
        beds=0.0, hours_a_week=0.0, beds_source="", beds_confidence="", is_unit=False
    )
    table = pd.concat([own, others], ignore_index=True)
    if table.empty:
        raise DataError(Note("fault.beds.no_site", kind=kind_words(state, beds.kind)))
    area_of = dict(zip(patients.codes, patients.areas, strict=True))
    table["area"] = table["municipality_code"].astype(str).map(area_of)
    table["beds_today"] = table["beds"] * table["hours_a_week"] / _WEEK_HOURS
    table["beside_today"] = table["municipality_code"].isin(beside["municipality_code"])
    to_unit = place_minutes(state, table)
    to_beside = to_unit.copy()
    if len(beside):
        minutes = place_minutes(state, beside)
        where = beside["municipality_code"].to_numpy()
        for site, code in enumerate(table["municipality_code"]):
            here = minutes[:, where == code]
            if here.shape[1]:
                to_beside[:, site] = _least(here)
    kept = ["facility_id", "name", "municipality_code", "lon", "lat", "area", "beds_today", "hours_a_week"]
    return Sites(
        table[[*kept, "beds_source", "beds_confidence", "is_unit", "beside_today"]], to_unit, to_beside
    )


def bed_table(state: Study, beds: Beds) -> pd.DataFrame:
    """``facility_id, beds, hours_a_week, beds_source, beds_confidence`` of every unit of today.

    Raises:
        DataError: a unit without a row, a row without a unit, or figures that cannot be.
    """
    own = state.as_read.facilities_of(beds.kind)["facility_id"]
    table = read_table(
        state.folder / beds.table,
        [
            Column("facility_id", unique=True),
            Column("beds", "count"),
            Column("hours_a_week", "count"),
            Column("source"),
            Column("confidence", choices=("sourced", "sourced-old", "computed", "recalled", "assumption")),
        ],
    )
    # A unit that was closed for this question keeps its row in the file, and is no unit any more.
    closed = [one for one, kind in state.as_read.closed_when_asked.items() if kind == beds.kind]
    faults = check_references(table, "facility_id", [*own, *closed], where=beds.table, what="facility")
    faults += [
        Fault(
            Note("fault.beds.hours"),
            where=beds.table,
            row=str(row),
            column="hours_a_week",
            value=str(hours),
        )
        for row, hours in zip(table["facility_id"], table["hours_a_week"], strict=True)
        if hours > _WEEK_HOURS
    ]
    faults += [
        Fault(Note("fault.beds.no_row"), where=beds.table, row=str(name))
        for name in own
        if name not in set(table["facility_id"])
    ]
    if faults:
        raise DataError(faults)
    table = table[~table["facility_id"].isin(closed)].reset_index(drop=True)
    return table.rename(columns={"source": "beds_source", "confidence": "beds_confidence"})[
        ["facility_id", "beds", "hours_a_week", "beds_source", "beds_confidence"]
    ]


def municipal_minutes(state: Study, patients: Patients, minutes: FloatArray) -> tuple[FloatArray, FloatArray]:
    """(n, m) mean minutes of the people who reach each site, and the share of people who do.

    A site that not even half of a municipality reaches is NaN for it.
    """
    row = pd.Index(patients.codes).get_indexer(pd.Index(state.demand["municipality_code"].astype(str)))
    weights = state.weight(None)
    n = len(patients.codes)
    reached = np.zeros((n, minutes.shape[1]))
    summed = np.zeros_like(reached)
    known = np.isfinite(minutes)
    np.add.at(reached, row, weights[:, None] * known)
    np.add.at(summed, row, weights[:, None] * np.where(known, minutes, 0.0))
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(patients.persons[:, None] > 0, reached / patients.persons[:, None], 0.0)
        mean = np.where(share >= 0.5, summed / reached, np.nan)
    return mean, share


def near_pairs(
    state: Study, beds: Beds, patients: Patients, sites: Sites, minutes: FloatArray, usable: NDArray[np.bool_]
) -> tuple[NDArray[np.bool_], list[str]]:
    """(n, m) sites at home or in a neighbouring municipality, and the municipalities that have none there.

    Those are given the nearest few sites instead.
    """
    table = read_table(state.folder / beds.neighbours, [Column("municipality_a"), Column("municipality_b")])
    pairs = {*zip(table["municipality_a"], table["municipality_b"], strict=True)}
    where = sites.table["municipality_code"].astype(str).tolist()
    number = {code: i for i, code in enumerate(dict.fromkeys([*patients.codes, *where]))}
    side_by_side = np.eye(len(number), dtype=bool)
    for a, b in pairs:
        if a in number and b in number:
            side_by_side[number[a], number[b]] = side_by_side[number[b], number[a]] = True
    near = side_by_side[np.ix_([number[code] for code in patients.codes], [number[at] for at in where])]
    allowed = near & np.isfinite(minutes) & usable[None, :]
    far = []
    for row in np.flatnonzero(~allowed.any(axis=1)).tolist():
        reachable = np.flatnonzero(np.isfinite(minutes[row]) & usable)
        chosen = reachable[np.argsort(minutes[row, reachable], kind="stable")[:_NEAREST]]
        allowed[row, chosen] = True
        if len(chosen):
            far.append(patients.names[row])
    return allowed, far


def _least(minutes: FloatArray) -> FloatArray:
    filled = np.where(np.isfinite(minutes), minutes, np.inf).min(axis=1)
    return np.where(np.isfinite(filled), filled, np.nan)
