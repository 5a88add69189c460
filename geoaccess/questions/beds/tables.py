"""Tables of a decision about beds; the sums of one are those of the others."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api.types import is_numeric_dtype

from geoaccess.ground.arrays import FloatArray
from geoaccess.ground.tables import Column, read_table
from geoaccess.questions.beds.posed import WAYS, Ground
from geoaccess.questions.beds.sizing import DAYS_PER_YEAR, beds_needed, lost, lost_at_peak, lost_over_year
from geoaccess.study.beds_sections import Beds
from optimise.sized_units import SizedAnswer

TODAY = "today"
#: Columns of the table of units that are summed over areas and the region.
SUMMED = (
    "beds_today",
    "beds",
    "staff",
    "persons",
    "admissions",
    "offered",
    "operation",
    "changes",
    "cost",
    "elsewhere_days",
    "elsewhere_cost",
)


@dataclass(frozen=True, eq=False)
class Decided:
    """A decision.

    Attributes:
        beds: (m,) beds at each site, 0 = no unit.
        goes: (n,) site of each municipality; -1 = it reaches none.
        beside: (m,) where the service beside is.
        beside_goes: (n,) its site of each municipality; -1 = none is reached.
        far: municipalities that have nothing at home or at a neighbour's.
        answer: what the solver found; None for today's.
        is_today: nothing changes, and nothing is paid for changes.
    """

    beds: FloatArray
    goes: NDArray[np.int64]
    beside: NDArray[np.bool_]
    beside_goes: NDArray[np.int64]
    far: tuple[str, ...]
    answer: SizedAnswer | None
    is_today: bool


def unit_rows(ground: Ground, decided: Decided) -> pd.DataFrame:
    """One row per site that has or had a unit: beds, who comes, what is turned away, what it costs."""
    beds, patients, table = ground.beds, ground.patients, ground.sites.table
    m = len(table)

    def at_site(values: FloatArray) -> FloatArray:
        some = decided.goes >= 0
        return np.bincount(decided.goes[some], weights=values[some], minlength=m).astype(np.float64)

    offered = at_site(patients.offered)
    prices = beds.prices
    opened, today = decided.beds > 0, ground.whole_beds
    grown = np.maximum(0.0, decided.beds - today)
    shrunk = np.maximum(0.0, today - decided.beds)
    once = np.where(
        opened,
        prices.grow * grown + prices.shrink * shrunk + np.where(ground.units, 0.0, prices.open),
        np.where(ground.units, prices.close, 0.0),
    )
    changes = np.zeros(m) if decided.is_today else once / prices.write_off_years
    operation = np.where(opened, prices.unit_year + prices.bed_year * decided.beds, 0.0)
    turned = np.asarray([lost_over_year(beds, *pair) for pair in zip(offered, decided.beds, strict=True)])
    days = {name: at_site(patients.admissions[name] * one.stay_days) for name, one in beds.streams.items()}
    elsewhere = {name: turned * values for name, values in days.items()}
    rows = pd.DataFrame(
        {
            "facility_id": table["facility_id"],
            "name": table["name"],
            "municipality_code": table["municipality_code"],
            "area": table["area"],
            "lon": table["lon"],
            "lat": table["lat"],
            "change": _changes(ground, decided),
            "beds_today": table["beds_today"],
            "beds": decided.beds,
            "staff": np.where(opened, prices.staff_unit + prices.staff_bed * decided.beds, 0.0),
            "persons": at_site(patients.persons),
            "admissions": at_site(ground.admissions),
            "offered": offered,
            "occupancy": np.divide(
                offered * (1 - turned), decided.beds, out=np.full(m, np.nan), where=opened
            ),
            "turned_away": np.where(opened, turned, np.nan),
            "turned_away_peak": [
                lost_at_peak(beds, load, count) if count > 0 else np.nan
                for load, count in zip(offered, decided.beds, strict=True)
            ],
            "turned_away_pooled": _pooled(ground, decided, offered),
            "operation": operation,
            "changes": changes,
            "cost": operation + changes,
            "elsewhere_days": np.sum(list(elsewhere.values()), axis=0),
            "elsewhere_cost": np.sum(
                [values * (beds.streams[name].price_day or 0.0) for name, values in elsewhere.items()], axis=0
            ),
            "beside": decided.beside,
            "beds_source": table["beds_source"],
            "beds_confidence": table["beds_confidence"],
        }
    )
    return rows[opened | ground.units].reset_index(drop=True)


def _changes(ground: Ground, decided: Decided) -> list[str]:
    """stays, grows, shrinks, closes or opens, of each site; empty where there is nothing."""
    words = []
    for unit, today, beds in zip(ground.units, ground.whole_beds, decided.beds, strict=True):
        if decided.is_today:
            words.append("stays" if unit else "")
        elif not unit:
            words.append("opens" if beds else "")
        elif not beds:
            words.append("closes")
        else:
            words.append("grows" if beds > today else "shrinks" if beds < today else "stays")
    return words


def _pooled(ground: Ground, decided: Decided, offered: FloatArray) -> FloatArray:
    """(m,) share turned away if a unit and those of neighbours were one: a lower limit."""
    table = read_table(
        ground.state.folder / ground.beds.neighbours, [Column("municipality_a"), Column("municipality_b")]
    )
    pairs = {*zip(table["municipality_a"], table["municipality_b"], strict=True)}
    codes = ground.sites.table["municipality_code"].astype(str).tolist()
    found = np.full(len(codes), np.nan)
    for site in np.flatnonzero(decided.beds > 0).tolist():
        near = [
            other
            for other in np.flatnonzero(decided.beds > 0).tolist()
            if other == site or (codes[site], codes[other]) in pairs or (codes[other], codes[site]) in pairs
        ]
        found[site] = lost(float(offered[near].sum()), float(decided.beds[near].sum()))
    return found


def municipal_rows(ground: Ground, decided: Decided, units: pd.DataFrame) -> pd.DataFrame:
    """One row per municipality: its unit, the way there, and its part of beds and money by what it needs.

    A unit that nobody uses, such as one that closes, is a matter of the municipality that it lies in.
    """
    patients, table = ground.patients, ground.sites.table
    rows = np.arange(len(patients.codes))
    served = decided.goes >= 0
    ids = np.where(served, table["facility_id"].to_numpy(dtype=object)[decided.goes], "")
    names = np.where(served, table["name"].to_numpy(dtype=object)[decided.goes], "")
    at = np.where(served, table["municipality_code"].to_numpy(dtype=object)[decided.goes], "")
    part = _parts(patients.load, decided.goes, len(table))
    of_unit = units.set_index("facility_id").reindex(ids)
    idle = units[~units["facility_id"].isin(ids)].groupby("municipality_code")[["beds", "cost"]].sum()
    left = idle.reindex(patients.codes).fillna(0.0)
    minutes = np.where(served, ground.minutes[rows, decided.goes], np.nan)
    beside = np.where(
        decided.beside_goes >= 0, ground.beside_minutes[rows, np.maximum(decided.beside_goes, 0)], np.nan
    )
    return pd.DataFrame(
        {
            "municipality_code": patients.codes,
            "municipality": patients.names,
            "area": patients.areas,
            "facility_id": ids,
            "facility_name": names,
            "own": at == np.asarray(patients.codes, dtype=object),
            "persons": patients.persons,
            "persons_unreachable": patients.persons
            * np.where(served, 1 - ground.reached[rows, decided.goes], 1.0),
            "admissions": np.where(served, ground.admissions, 0.0),
            "offered": np.where(served, patients.offered, 0.0),
            "minutes": minutes,
            "hours": np.nan_to_num(minutes) * WAYS / 60.0 * ground.admissions,
            "beside_min": beside,
            "beside_hours": np.nan_to_num(beside) * WAYS / 60.0 * patients.visits,
            "beds_part": part * of_unit["beds"].fillna(0.0).to_numpy() + left["beds"].to_numpy(),
            "cost_part": part * of_unit["cost"].fillna(0.0).to_numpy() + left["cost"].to_numpy(),
        }
    )


def _parts(load: FloatArray, goes: NDArray[np.int64], m: int) -> FloatArray:
    """(n,) each municipality's part of its unit, by load; in equal parts where none has any."""
    some = goes >= 0
    whole = np.bincount(goes[some], weights=load[some], minlength=m)[goes]
    count = np.bincount(goes[some], minlength=m)[goes]
    part = np.where(whole > 0, load / np.where(whole > 0, whole, 1.0), 1.0 / np.maximum(count, 1))
    return np.asarray(np.where(some, part, 0.0), dtype=np.float64)


def area_rows(ground: Ground, units: pd.DataFrame, persons: pd.DataFrame) -> pd.DataFrame:
    """One row per area: its units, its people, and beds by each rule."""
    patients, beds = ground.patients, ground.beds
    own, people = (
        {
            str(name): table[name].to_numpy(np.float64)
            for name in table.columns
            if is_numeric_dtype(table[name])
        }
        for table in (units, persons)
    )
    rows_of = [_rows_by(areas) for areas in (units["area"], persons["area"], patients.areas)]
    rows = []
    for area, here in sorted(rows_of[2].items()):
        of_unit, of_people = (found.get(area, here[:0]) for found in rows_of[:2])
        offered = people["offered"][of_people]
        rows.append(
            {
                "area": area,
                "units": int((own["beds"][of_unit] > 0).sum()),
                **{
                    name: float(np.nansum(own[name][of_unit]))
                    for name in ("beds_today", "beds", "staff", "cost", "elsewhere_cost")
                },
                **{
                    name: float(np.nansum(people[name][of_people]))
                    for name in ("persons", "admissions", "offered")
                },
                "mean_min": _mean(people["minutes"][of_people], people["admissions"][of_people]),
                **{
                    f"beds_by_{name}": float(values[here].sum())
                    for name, values in patients.by_persons.items()
                },
                "beds_each": sum(beds_needed(beds, float(one)) for one in offered),
                "beds_pooled": beds_needed(beds, float(np.nansum(offered))),
            }
        )
    return pd.DataFrame(rows)


def _rows_by(areas: Iterable[str]) -> dict[str, NDArray[np.int64]]:
    """Rows of each area, ascending."""
    found: dict[str, list[int]] = {}
    for row, area in enumerate(areas):
        found.setdefault(area, []).append(row)
    return {area: np.array(rows, dtype=np.int64) for area, rows in found.items()}


def _mean(minutes: FloatArray, admissions: FloatArray) -> float:
    """Mean minutes of those admitted."""
    known = ~np.isnan(minutes) & (admissions > 0)
    return float(np.average(minutes[known], weights=admissions[known])) if known.any() else float("nan")


def payer_rows(beds: Beds, units: pd.DataFrame) -> pd.DataFrame:
    """One row per unit and payer: its part of what the unit costs."""
    whole = sum(one.part for one in beds.payers.values())
    return pd.DataFrame(
        [
            {
                "facility_id": unit["facility_id"],
                "payer": name,
                "cost": float(unit["cost"]) * one.part / whole,
            }
            for unit in units.to_dict(orient="records")
            for name, one in beds.payers.items()
        ],
        columns=["facility_id", "payer", "cost"],
    )


def region_of(ground: Ground, decided: Decided, units: pd.DataFrame, persons: pd.DataFrame) -> dict[str, Any]:
    """The sums of all units, what patients travel, and how sure the answer is."""
    prices, beds = ground.beds.prices, ground.beds
    found = decided.answer
    travel = float(persons["hours"].sum()) * prices.hour
    today = ground.sites.table["beside_today"].to_numpy(dtype=bool)
    once = np.where(decided.beside & ~today, prices.beside_open, 0.0)
    once = once + np.where(today & ~decided.beside, prices.beside_close, 0.0)
    beside = float(decided.beside.sum()) * prices.beside_year + float(once.sum()) / prices.write_off_years
    beside_travel = float(persons["beside_hours"].sum()) * prices.hour
    told = {name: float(units[name].sum()) for name in SUMMED}
    told |= {"persons": float(persons["persons"].sum()), "persons_with_unit": told["persons"]}
    cost = told["cost"]
    return {
        "units": int((units["beds"] > 0).sum()),
        **told,
        **{
            name: int((units["change"] == name).sum())
            for name in ("stays", "grows", "shrinks", "closes", "opens")
        },
        "hours": float(persons["hours"].sum()),
        "travel_cost": travel,
        "beside_units": int(decided.beside.sum()),
        "beside_cost": beside,
        "beside_hours": float(persons["beside_hours"].sum()),
        "beside_travel_cost": beside_travel,
        "total": cost + travel + beside + beside_travel,
        "mean_min": _mean(
            persons["minutes"].to_numpy(np.float64), persons["admissions"].to_numpy(np.float64)
        ),
        "worst_min": float(persons["minutes"].max()),
        "worst": _worst(persons),
        "beside_mean_min": _weighted(persons["beside_min"], ground.patients.visits),
        "own": int(persons["own"].sum()),
        "bought": int((~persons["own"] & (persons["facility_id"] != "")).sum()),
        "nowhere": int((persons["facility_id"] == "").sum()),
        "persons_nowhere": float(persons.loc[persons["facility_id"] == "", "persons"].sum()),
        "persons_unreached": float(persons["persons_unreachable"].sum()),
        "turned_away": _weighted(units["turned_away"], units["admissions"].to_numpy(dtype=np.float64)),
        "occupancy": float(
            (units["occupancy"] * units["beds"]).sum() / units["beds"].sum()
            if units["beds"].sum()
            else np.nan
        ),
        "beds_pooled_region": beds_needed(beds, float(ground.patients.offered.sum())),
        "elsewhere_day": told["elsewhere_days"] / DAYS_PER_YEAR,
        "status": "" if found is None else found.status.value,
        "objective": float("nan") if found is None else found.objective,
        "bound": float("nan") if found is None else found.bound,
        "gap": float("nan") if found is None else found.gap,
        "solver": "" if found is None else found.solver,
    }


def _worst(persons: pd.DataFrame) -> str:
    """The municipality that is farthest from its unit; empty where none reaches one."""
    if not persons["minutes"].notna().any():
        return ""
    at = int(np.nanargmax(persons["minutes"].to_numpy(dtype=np.float64)))
    return str(persons["municipality"].iloc[at])


def _weighted(values: pd.Series, weights: FloatArray) -> float:
    known = values.notna().to_numpy() & (weights > 0)
    return float(np.average(values[known], weights=weights[known])) if known.any() else float("nan")
