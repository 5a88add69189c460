"""Persons by region, age and year: one figure for each, with nothing counted twice.

:func:`population_table` takes the raw figures of an export and settles what is ambiguous in them: which
alternative, both sexes or each, ages or their total. What it sums or leaves out it says; the rest is a fault.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from geoaccess.demand.ages import is_total, overlapping, parse_age
from geoaccess.demand.points import shortened
from geoaccess.ground.errors import DataError
from geoaccess.words.note import Note, word
from networks.errors import Fault

BOTH_SEXES = {"begge kjønn", "both sexes", "i alt", "total", "totalt", "0"}
KEY = ["region_code", "year"]
#: Ages and their total may differ by this much: half a person of rounding.
ROUNDING_PERSONS = 0.5


@dataclass(frozen=True, eq=False)
class PopulationTable:
    """Persons by region, age group and year.

    Attributes:
        table: ``region_code`` (text: 4 digits a municipality, 2 a county, 0 the country), ``age`` (AgeGroup),
            ``year, persons``; no two age groups of a region overlap.
        source: where it comes from, in words.
        contents: the alternative or statistic that the figures are of.
        notes: what was summed, dropped or chosen while reading.
    """

    table: pd.DataFrame
    source: str
    contents: str = ""
    notes: tuple[str, ...] = ()

    @property
    def years(self) -> tuple[int, ...]:
        """Years in the table."""
        return tuple(np.unique(self.table["year"].to_numpy(dtype=np.int64)).tolist())

    @property
    def regions(self) -> tuple[str, ...]:
        """Codes of the regions in the table."""
        return tuple(sorted(set(self.table["region_code"])))


def population_table(figures: pd.DataFrame, *, where: str, contents: str | None = None) -> PopulationTable:
    """One figure for each region, age group and year.

    Args:
        figures: ``region_code, label`` (an age or a total), ``year, sex`` (empty where the table has none),
            ``contents, persons, row`` (line in the file).
        where: the file, for messages.
        contents: which alternative, where there are several.

    Raises:
        DataError: several alternatives and none chosen, one sex only, figures that stand twice, age groups
            that overlap, ages that do not sum to their total.
    """
    chosen = _one_contents(figures, contents, where)
    chosen = chosen.assign(age=chosen["label"].map(parse_age), total=chosen["label"].map(is_total))
    frame, notes, faults = _both_sexes(chosen, where)
    faults += _twice(frame, where)
    summed = frame.groupby(["region_code", "age", "total", "year"], sort=True)["persons"].sum().reset_index()
    total = summed["total"].to_numpy(dtype=np.bool_)
    ages = summed.loc[~total]
    faults += _overlaps(ages, where)
    # A county may be told by its total alone beside municipalities by age: then the total is all there is.
    aged = pd.MultiIndex.from_frame(summed[KEY]).isin(pd.MultiIndex.from_frame(ages[KEY]))
    if (total & aged).any():
        faults += _wrong_totals(summed.loc[total & aged], ages, where)
        notes.append(Note("note.totals_left_out", file=where))
    summed = summed.loc[~(total & aged)]
    if faults:
        raise DataError(shortened(faults))
    table = summed[["region_code", "age", "year", "persons"]].reset_index(drop=True)
    return PopulationTable(table, where, str(chosen["contents"].iloc[0]), tuple(notes))


def _one_contents(figures: pd.DataFrame, wanted: str | None, where: str) -> pd.DataFrame:
    known = [str(name) for name in dict.fromkeys(figures["contents"])]
    if wanted is None and len(known) == 1:
        return figures
    if wanted not in known:
        asked = "several alternatives; choose one" if wanted is None else "there is no such alternative"
        raise DataError(
            [
                Fault(
                    Note("fault.population.alternatives", asked=word(asked), known=tuple(known)),
                    where=where,
                    value=wanted or "",
                )
            ]
        )
    return figures.loc[figures["contents"] == wanted]


def _both_sexes(frame: pd.DataFrame, where: str) -> tuple[pd.DataFrame, list[Note], list[Fault]]:
    sexes = sorted({str(sex) for sex in frame["sex"]})
    both = frame["sex"].str.casefold().isin(BOTH_SEXES)
    if both.all() or sexes == [""]:
        return frame, [], []
    if len(sexes) == 1:
        return frame, [], [Fault("holds one sex only", where=where, column="sex", value=sexes[0])]
    if both.any():
        return frame.loc[both], [Note("note.both_sexes", file=where)], []
    return frame, [Note("note.summed", file=where, names=sexes)], []


def _twice(frame: pd.DataFrame, where: str) -> list[Fault]:
    twice = frame.loc[frame.duplicated(["region_code", "age", "total", "year", "sex"])]
    return [
        Fault(
            "the figure stands twice", where=where, row=str(row), column=str(label), value=f"{region} {year}"
        )
        for row, label, region, year in twice[["row", "label", "region_code", "year"]].itertuples(index=False)
    ]


def _overlaps(ages: pd.DataFrame, where: str) -> list[Fault]:
    return [
        Fault(Note("fault.population.ages_overlap", one=one, other=other), where=where, row=str(region))
        for region, group in ages.groupby("region_code", sort=True)
        for one, other in overlapping(group["age"])
    ]


def _wrong_totals(totals: pd.DataFrame, ages: pd.DataFrame, where: str) -> list[Fault]:
    told = totals.groupby(KEY)["persons"].sum()
    sums = ages.groupby(KEY)["persons"].sum().reindex(told.index)
    wrong = (sums - told).abs() > ROUNDING_PERSONS
    return [
        Fault(
            Note("fault.population.sum", summed=summed, total=total),
            where=where,
            row=str(region),
            column=str(year),
        )
        for (region, year), summed, total in zip(told.index[wrong], sums[wrong], told[wrong], strict=True)
    ]
