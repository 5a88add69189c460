"""Promises and limits of a question as conditions of `optimise`, in the words of whoever asks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geoaccess.ground.arrays import FloatArray
from geoaccess.ground.errors import DataError, did_you_mean
from geoaccess.ground.measures import weighted_percentile
from geoaccess.questions.placement.minutes import WholeMunicipalities
from geoaccess.study import Study
from geoaccess.study.placement_sections import Floor, Guarantee, Limit, Placement
from geoaccess.words.note import Note
from networks.errors import Fault
from optimise.conditions import Condition, SiteCount
from optimise.guarantees import ShareWithin, Within

#: Room for sums of minutes that should be equal.
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Row:
    """A row of the problem: a demand point, or a whole municipality.

    Attributes:
        row_id: its id.
        name: what people call it.
        code: code of its municipality.
        inhabited: whether anybody is counted there; promises are made to people.
    """

    row_id: str
    name: str
    code: str
    inhabited: bool


def conditions(
    study: Study,
    question: Placement,
    rows: Sequence[Row],
    places: pd.DataFrame,
    *,
    before: FloatArray,
    weights: FloatArray,
) -> tuple[Condition, ...]:
    """Conditions for the promises, the floor and the limits of a question.

    A promise to everybody is one condition for each inhabited row, so that a conflict names the places that
    it is about and no others.

    Args:
        study: the study in its state.
        question: the question.
        rows: rows of the problem.
        places: its sites.
        before: (n_rows,) minutes of the rows without any new site; NaN unreachable.
        weights: (n_rows,) people of the rows.

    Raises:
        DataError: a municipality or group that does not exist, or a part without candidates; all listed.
    """
    names = dict(
        zip(study.municipalities["municipality_code"], study.municipalities["name"].astype(str), strict=True)
    )
    faults = [
        Fault(
            Note("fault.place.no_municipality", hint=did_you_mean(code, names)),
            where="guarantees",
            value=code,
        )
        for promise in question.guarantees
        for code in promise.municipalities
        if code not in names
    ]
    limits = [_limit(study, limit, places) for limit in question.limits]
    faults += [found for found in limits if isinstance(found, Fault)]
    if faults:
        raise DataError(faults)
    promises = [one for promise in question.guarantees for one in _promises(promise, rows, names)]
    if question.floor is not None:
        promises += _floor(question.floor, rows, names, before, weights)
    return (*promises, *(found for found in limits if isinstance(found, SiteCount)))


def _floor(
    floor: Floor, rows: Sequence[Row], names: dict[str, str], before: FloatArray, weights: FloatArray
) -> Iterator[Condition]:
    """What today's people keep; those whom nobody reaches today have nothing to lose."""
    reached = [row.inhabited and bool(np.isfinite(one)) for row, one in zip(rows, before, strict=True)]
    if floor.loses_at_most_min is not None:
        for row, today, counts in zip(rows, before, reached, strict=True):
            if counts:
                most = float(today) + floor.loses_at_most_min
                label = Note("wish.loses", place=_place(row, names), minutes=floor.loses_at_most_min)
                yield Within(most + _ROUNDING, demand=(row.row_id,), label=label)
    if floor.municipality_beyond_min is None:
        return
    codes = np.asarray([row.code for row in rows], dtype=object)
    for code in dict.fromkeys(codes[np.asarray(reached, dtype=bool)]):
        here = codes == code
        today = weighted_percentile(before[here], weights[here], 0.5)
        if np.isfinite(today):
            most = max(float(today), floor.municipality_beyond_min)
            label = Note("wish.median", place=names[str(code)], minutes=most)
            yield ShareWithin(most + _ROUNDING, 0.5, group=code, label=label)


def _promises(promise: Guarantee, rows: Sequence[Row], names: dict[str, str]) -> Iterator[Condition]:
    whom = set(promise.municipalities) or set(names)
    if promise.share >= 1:
        for row in rows:
            if row.inhabited and row.code in whom:
                label = Note("wish.guarantee", minutes=promise.minutes, place=_place(row, names))
                yield Within(promise.minutes, demand=(row.row_id,), label=label)
    elif promise.by == "municipality" or promise.municipalities:
        for code in [code for code in names if code in whom]:
            if any(row.inhabited and row.code == code for row in rows):
                yield _share(promise, names[code], code)
    else:
        yield _share(promise, Note("wish.everybody"), None)


def _share(promise: Guarantee, who: str, code: str | None) -> Condition:
    if promise.share == 0.5:
        label = Note("wish.half", who=who, minutes=promise.minutes)
    else:
        label = Note("wish.share", share=promise.share, who=who, minutes=promise.minutes)
    return ShareWithin(promise.minutes, promise.share, group=code, label=label)


def _place(row: Row, names: dict[str, str]) -> str:
    municipality = names.get(row.code, row.code)
    return row.name if municipality.split("-")[0] in row.name else f"{row.name} ({municipality})"


def _limit(study: Study, limit: Limit, places: pd.DataFrame) -> SiteCount | Fault:
    """A limit on new sites in a municipality or group as a count of the candidates there."""
    where = "limits"
    table = study.municipalities
    column = "municipality_code" if limit.by == "municipality" else limit.by
    if column not in table or (
        column not in study.config.municipalities.groups and limit.by != "municipality"
    ):
        known = ("municipality", *study.config.municipalities.groups)
        return Fault(
            Note("fault.place.no_group", hint=did_you_mean(limit.by, known)), where=where, value=limit.by
        )
    codes = table.loc[table[column].astype(str) == limit.name, "municipality_code"]
    if codes.empty:
        known = tuple(table[column].astype(str).unique())
        return Fault(
            Note("fault.place.no_such", by=limit.by, hint=did_you_mean(limit.name, known)),
            where=where,
            value=limit.name,
        )
    inside = (places["part"] == "candidate") & places["municipality_code"].isin(codes)
    sites = tuple(places.loc[inside, "site_id"].astype(object).to_numpy())
    if not sites:
        return Fault("no candidate place lies there", where=where, value=limit.name)
    name = limit.name if limit.by != "municipality" else str(table.loc[codes.index[0], "name"])
    wanted = (("at least", limit.at_least), ("at most", limit.at_most))
    told = " and ".join(f"{word} {number} new" for word, number in wanted if number is not None)
    return SiteCount(sites, at_least=limit.at_least, at_most=limit.at_most, label=f"{told} in {name}")


def point_rows(study: Study, weights: NDArray[np.float64]) -> list[Row]:
    """Names of the rows of a problem whose rows are demand points."""
    return [
        Row(str(point.demand_id), str(point.name), str(point.municipality_code), bool(weight > 0))
        for point, weight in zip(
            study.demand[["demand_id", "name", "municipality_code"]].itertuples(index=False, name="Point"),
            weights,
            strict=True,
        )
    ]


def municipality_rows(study: Study, whole: WholeMunicipalities) -> list[Row]:
    """Names of the rows of a problem whose rows are municipalities.

    Promises are made to people, but not to those apart whom no site reaches.
    """
    names = dict(
        zip(study.municipalities["municipality_code"], study.municipalities["name"].astype(str), strict=True)
    )
    reached = np.asarray(np.isfinite(whole.minutes).any(axis=1), dtype=bool)
    inhabited = whole.weights > 0
    return [
        Row(code, names[code], code, bool(inhabited[number]))
        if number < len(names)
        else Row(f"{code}+{number}", names[code], code, bool(inhabited[number] and reached[number]))
        for number, code in enumerate(whole.codes)
    ]
