"""Demand in another year, from a projection by municipality and age. Where there is none, none is invented.

:func:`project` brings each weight of each municipality to the projected number of persons of its ages; within
a municipality people stay distributed as they are. A year, municipality or age that the projection does not
have is an error that says what there is: nothing is interpolated, extrapolated or carried forward.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from geoaccess.demand.ages import AgeGroup, covering, parse_age
from geoaccess.demand.points import DemandPoints, shortened
from geoaccess.demand.population import PopulationTable
from geoaccess.demand.rescaling import rescale_to
from geoaccess.ground.errors import DataError
from geoaccess.words.note import Note, weight_words
from networks.errors import Fault


def persons_of(
    population: PopulationTable, ages: AgeGroup | str, *, year: int, regions: Iterable[str]
) -> pd.Series[float]:
    """Persons of certain ages in a year, region by region.

    Args:
        population: a population table or projection.
        ages: e.g. ``"80+"``; the table's age groups must add up to it exactly.
        year: a year of the table.
        regions: codes of the regions wanted.

    Raises:
        DataError: the year, a region or an age is not in the table, each with what there is instead.
    """
    wanted = parse_ages(ages)
    if year not in population.years:
        have = ", ".join(str(known) for known in population.years)
        raise DataError(
            [Fault(Note("fault.growth.no_year_have", year=year, have=have), where=population.source)]
        )
    now = population.table[population.table["year"] == year]
    # Thousands of regions of a few rows each: no frame of its own for each of them.
    rows = now.groupby("region_code").indices
    told, persons = now["age"].to_numpy(dtype=object), now["persons"].to_numpy(dtype=np.float64)
    faults, found = [], {}
    for code in sorted(set(regions)):
        if code not in rows:
            faults.append(Fault(Note("fault.growth.no_year", year=year), where=population.source, row=code))
            continue
        own = told[rows[code]].tolist()
        try:
            inside = covering(own, wanted)
        except ValueError as error:
            faults.append(Fault(str(error), where=population.source, row=code))
            continue
        found[code] = float(persons[rows[code]][[age in inside for age in own]].sum())
    if faults:
        raise DataError(shortened(faults))
    return pd.Series(found, dtype=np.float64, name="persons")


def parse_ages(ages: AgeGroup | str) -> AgeGroup:
    """An age group from its text.

    Raises:
        DataError: the text is no age.
    """
    if isinstance(ages, AgeGroup):
        return ages
    try:
        return parse_age(ages)
    except ValueError as error:
        raise DataError([Fault(str(error), where="ages", value=ages)]) from error


def project(
    points: DemandPoints,
    projection: PopulationTable,
    *,
    year: int,
    ages: Mapping[str, AgeGroup | str],
    unchanged: Iterable[str] = (),
    whole: bool = False,
) -> DemandPoints:
    """The demand points in a year of the projection.

    ``w_p(year) = w_p * P_m,a(year) / sum_(p in m) w_p`` for each point ``p`` of municipality ``m`` and the
    ages ``a`` of the weight, so municipal totals are the projection's.

    Args:
        points: demand points with municipality codes.
        projection: persons by municipality, age and year.
        year: a year of the projection.
        ages: weight -> ages that it counts, e.g. ``{"people": "0+", "people_80plus": "80+"}``.
        unchanged: weights that are to stay as they are, because nothing says how they grow.
        whole: whole persons by largest remainder; else fractions, exact in sum.

    Raises:
        DataError: a weight with neither ages nor leave to stay, or something the projection does not have.
    """
    kept = set(unchanged)
    faults = [
        Fault("say which ages the weight counts, or that it stays unchanged", where="ages", column=name)
        for name in points.weights
        if name not in ages and name not in kept
    ]
    faults += [
        Fault("there is no such weight", where="ages", column=name)
        for name in (*ages, *kept)
        if name not in points.weights
    ]
    codes = set(points.table["municipality_code"].astype(str).unique())
    totals = {}
    for name in ages:
        try:
            totals[name] = persons_of(projection, ages[name], year=year, regions=codes)
        except DataError as error:
            faults += error.faults
    if faults:
        raise DataError(list(dict.fromkeys(faults)))
    result = points
    for name, official in totals.items():
        result = rescale_to(result, official, weight=name, whole=whole)
    told = {"year": str(year), "source": projection.source}
    if projection.contents:
        first = Note("note.demand_of_contents", **told, contents=projection.contents)
    else:
        first = Note("note.demand_of", **told)
    notes = [first, *(Note("note.stays", weight=weight_words(name)) for name in sorted(kept))]
    return result.with_table(result.table, *notes)


def cohort_share(
    base: PopulationTable, region: PopulationTable, *, base_year: int, year: int, region_code: str
) -> PopulationTable:
    """Municipal figures from a projection of a larger region: the **cohort-share method**.

    ``P_m,a(year) = P_R,a(year) * P_m,a(base) / sum_k P_k,a(base)``: each municipality keeps the share of the
    region's persons of an age group that it has in the base year. It knows nothing of moving, births or
    building, and is offered under its own name; a municipal projection is to be preferred. The constant-share
    method of Smith, Tayman and Swanson 2013, doi 10.1007/978-94-007-7551-0, by age group.

    Args:
        base: persons by municipality and age; all its municipalities of 4 digits are taken to be the region.
        region: a projection of the region by age.
        base_year: year of the shares.
        year: year of the region's projection.
        region_code: code of the region in its projection.

    Raises:
        DataError: a year or age that one of them does not have; an age group with nobody in the base year.
    """
    here = base.table[(base.table["year"] == base_year) & (base.table["region_code"].str.len() == 4)]
    if here.empty:
        have = ", ".join(str(known) for known in base.years)
        raise DataError(
            [Fault(Note("fault.growth.no_municipal", base_year=base_year, have=have), where=base.source)]
        )
    faults: list[Fault] = []
    parts = []
    for age, group in here.groupby(here["age"].map(str), sort=True):
        wanted = parse_age(str(age))
        try:
            total = float(persons_of(region, wanted, year=year, regions=[region_code]).iloc[0])
        except DataError as error:
            faults += error.faults
            continue
        together = float(group["persons"].sum())
        if together == 0 and total > 0:
            faults.append(
                Fault(
                    Note("fault.growth.nobody", age=age, base_year=base_year, total=total), where=base.source
                )
            )
            continue
        share = group["persons"] / together if together else group["persons"]
        parts.append(group.assign(year=year, persons=share * total))
    if faults:
        raise DataError(list(dict.fromkeys(faults)))
    table = pd.concat(parts, ignore_index=True).sort_values(["region_code", "age"], ignore_index=True)
    note = Note(
        "note.cohort_share",
        base_year=str(base_year),
        base=base.source,
        region=region_code,
        year=str(year),
        source=region.source,
    )
    return PopulationTable(table, f"cohort shares of {region.source}", region.contents, (*region.notes, note))
