"""Bringing demand to official totals, and proving that it is there, to the last person.

SSB raises small cells of its 250 m grid to 5 persons, so that sums per municipality are too high. Telling
``raised=5`` lets those cells carry the correction; the others, which are true counts, stay as they are for as
long as that is possible.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geoaccess.demand.points import DemandPoints
from geoaccess.ground.arrays import FloatArray
from geoaccess.ground.errors import DataError
from geoaccess.words.note import Note, weight_words
from networks.errors import Fault

#: Sums of floats agree to this share of a total.
ROUNDING = 1e-9


def rescale_to(
    points: DemandPoints,
    totals: Mapping[str, float] | pd.Series,
    *,
    weight: str,
    whole: bool,
    raised: float | None = None,
    least: float = 1.0,
) -> DemandPoints:
    """Scale a weight so that each municipality has its official total.

    Without ``raised`` every point of a municipality is multiplied by ``total / sum``. With it, points that
    hold exactly that value get ``(total - sum of the others) / number of them``, kept between ``least`` and
    ``raised``; only if that does not meet the total are all points of the municipality scaled after it.

    Whole persons come from the **largest remainder** method: every point gets its figure rounded down, and
    the persons left go to the largest fractions, of equal ones to the id that comes first.

    Args:
        points: demand points with municipality codes.
        totals: municipality code -> official total.
        weight: the weight to scale.
        whole: whole persons by largest remainder; else floats, exact in sum.
        raised: the value that small cells were raised to, 5 in SSB's 250 m grid.
        least: fewest persons of a raised cell.

    Raises:
        DataError: a municipality without a total or without people to scale, a total that is negative, NaN or
            not whole where whole persons are wanted; all of them listed.
    """
    official = {str(code): float(total) for code, total in dict(totals).items()}
    values = points.weight(weight)
    codes = points.table["municipality_code"].astype(str).to_numpy(dtype=object)
    faults = _faults(codes, values, official, weight, whole=whole)
    if faults:
        raise DataError(faults)
    ids = points.table["demand_id"].astype(str).to_numpy(dtype=object)
    scaled = np.zeros_like(values)
    places = pd.Series(codes).groupby(codes, sort=False).indices
    for code in sorted(set(codes.tolist())):
        here = places[code]
        scaled[here] = _to_total(values[here], official[code], raised, least)
        if whole:
            scaled[here] = largest_remainder(scaled[here], int(official[code]), ids[here])
    before, after = values.sum(), scaled.sum()
    code = "note.scaled.whole" if whole else "note.scaled.fractions"
    note = Note(code, weight=weight_words(weight), before=float(before), after=float(after))
    if raised is not None:
        cells = int((values == raised).sum())
        note = Note("note.scaled.raised", scaled=note, cells=cells, value=raised)
    return points.with_table(points.table.assign(**{weight: scaled}), note)


def _faults(
    codes: NDArray[np.object_], values: FloatArray, official: dict[str, float], weight: str, *, whole: bool
) -> list[Fault]:
    sums = pd.Series(values).groupby(pd.Series(codes, dtype=object)).sum()
    faults = [
        Fault(
            "points without a municipality cannot be scaled" if code == "" else "there is no official total",
            where="totals",
            row=str(code),
            column=weight,
            value=Note("fault.persons", persons=people),
        )
        for code, people in sums.items()
        if code not in official
    ]
    for code, total in official.items():
        if not (np.isfinite(total) and total >= 0):
            message = "a total must be a number of at least 0"
        elif whole and total != int(total):
            message = "whole persons are wanted, the total is not whole"
        elif total > 0 and not sums.get(code, 0.0) > 0:
            message = "there are official persons but nobody among the points: they would be lost"
        else:
            continue
        faults.append(Fault(message, where="totals", row=code, column=weight, value=f"{total:g}"))
    return faults


def _to_total(values: FloatArray, total: float, raised: float | None, least: float) -> FloatArray:
    result = values.copy()
    if raised is not None:
        small = values == raised
        if small.any():
            fair = (total - values[~small].sum()) / small.sum()
            result[small] = np.clip(fair, least, raised)
    found = result.sum()
    return result * (total / found) if found > 0 else result


def largest_remainder(values: FloatArray, total: int, ids: NDArray[np.object_]) -> FloatArray:
    """Whole numbers near ``values`` that sum to ``total``: rounded down, the rest to the largest fractions.

    Source: the method of Hamilton; Balinski and Young 1982, Fair Representation.

    >>> largest_remainder(np.array([1.5, 1.5, 2.0]), 5, np.array(["b", "a", "c"], dtype=object)).tolist()
    [1.0, 2.0, 2.0]
    """
    floors = np.floor(values + ROUNDING)
    left = total - int(floors.sum())
    # Fractions are compared with a margin, so that equal shares are equal whatever the order of the sums.
    fractions = np.round(values - floors, 9)
    order = np.lexsort((ids.astype(str), -fractions))
    floors[order[:left]] += 1
    return floors


def reconciliation(
    points: DemandPoints, totals: Mapping[str, float] | pd.Series, *, weight: str
) -> pd.DataFrame:
    """Points against official totals, municipality by municipality.

    Returns:
        Index ``municipality_code`` (every code of either side); ``points, official, difference`` in persons
        and ``ratio``; NaN official where there is no total.
    """
    official = pd.Series({str(code): float(total) for code, total in dict(totals).items()}, dtype=np.float64)
    found = points.table.groupby("municipality_code")[weight].sum()
    codes = sorted(set(official.index) | set(found.index))
    table = pd.DataFrame(
        {"points": found.reindex(codes, fill_value=0.0), "official": official.reindex(codes)},
        index=pd.Index(codes, name="municipality_code"),
    )
    table["difference"] = table["points"] - table["official"]
    table["ratio"] = table["points"] / table["official"].where(table["official"] > 0)
    return table


def check_totals(points: DemandPoints, totals: Mapping[str, float] | pd.Series, *, weight: str) -> None:
    """Prove that every municipality has its official total, to the last person.

    Raises:
        DataError: with every municipality that has more or fewer.
    """
    table = reconciliation(points, totals, weight=weight)
    margin = ROUNDING * table["official"].abs().clip(lower=1.0)
    wrong = table[~(table["difference"].abs() <= margin)]
    faults = [
        Fault(
            "has no official total"
            if np.isnan(official)
            else Note("fault.rescaling.whole", found=found, official=official),
            where="demand",
            row=str(code) or "(no municipality)",
            column=weight,
        )
        for code, found, official in zip(
            wrong.index, wrong["points"].tolist(), wrong["official"].tolist(), strict=True
        )
    ]
    if faults:
        raise DataError(faults)
