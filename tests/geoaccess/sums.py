"""Whether an answer's sums reconcile: rows = rows of other tables = the region, and parts = whole.

What adds up to what is declared in ``geoaccess/answers/sums.py``; sums are made here, of the tables as they are
in the folder.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from geoaccess.answers.answer import Answer
from geoaccess.answers.sums import COUNTED, PEOPLE, SUMS, Sums, matches, quantity_of, why_alone

#: Question -> where its figures of the whole stand among the facts, and what their keys, level by level, are.
WHOLES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "reliability": ("region", ()),
    "burden": ("region", ("journey",)),
    "beds": ("region", ("variant",)),
    "teams": ("region", ("variant",)),
    "supply": ("region", ()),
    "workload": ("region", ()),
    "place": ("account", ()),
}

#: Quantity -> quantities that make it up, in rows and sums that have all of them.
PARTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "persons",
        (
            "persons_gain",
            "persons_lose",
            "persons_unchanged",
            "persons_newly_reached",
            "persons_no_longer_reached",
        ),
    ),
    ("persons", ("persons_with_unit", "persons_nowhere")),
    ("cost", ("operation", "changes")),
    ("total", ("cost", "travel_cost", "beside_cost", "beside_travel_cost")),
)

#: Quantity -> quantity that it is part of: never more than it.
PART_OF: Mapping[str, str] = {
    "persons_unreachable": "persons",
    "persons_within_*_min": "persons",
    "persons_in_time": "persons",
    "persons_cut_off_always": "persons_cut_off_sometimes",
    "persons_cut_off_sometimes": "persons",
    "persons_reached": "persons",
    "persons_without": "persons",
    "persons_never": "persons",
    "persons_always": "persons",
    "persons_never_covered": "persons",
    "travellers_unreached": "travellers",
    "travellers": "persons",
    "waiting_hours": "hours",
    "wait_hours": "road_hours",
    "ferry_journeys": "journeys",
    "late_a_year": "calls_a_year",
    "lost_a_year": "calls_a_year",
}


#: Quantity -> sets of keys with their sums: ((("kind", "hospital"),), 1357.0).
Totals = dict[str, list[tuple[str, dict[str, str], float]]]


def undeclared(answer: Answer) -> list[str]:
    """Columns that count something and are not said to add up, or why they do not."""
    weights = _weights(answer)
    return [
        f"{table}.{column.name} [{column.unit}]"
        for table in answer.tables
        for column in answer.columns(table)
        if column.unit in COUNTED
        and not quantity_of(table, column.name)
        and not why_alone(table, column.name)
        and not (SUMS.get(table, Sums()).people and column.name in weights)
        and not any(column.name.startswith(begins) for begins in SUMS.get(table, Sums()).dated)
        and not (column.name in weights and (SUMS.get(table, Sums()).dated or column.name != weights[0]))
    ]


def totals(answer: Answer) -> Totals:
    """Every quantity's sums, of each table and of the facts."""
    found: Totals = {}
    for table, frame in answer.tables.items():
        for quantity, keys, total in _of_table(answer, table, frame):
            found.setdefault(quantity, []).append((table, keys, total))
    where, levels = WHOLES.get(answer.question, ("", ()))
    if where:
        for keys, figures in _rows(answer.figures[where], levels):
            for quantity, total in figures.items():
                if isinstance(total, (int, float)) and not isinstance(total, bool):
                    found.setdefault(str(quantity), []).append(("the region", keys, float(total)))
    return found


def faults(answer: Answer) -> list[str]:
    """Sums that do not agree, parts that are not the whole, parts that are more than it."""
    found = totals(answer)
    wrong = [f"undeclared: {name}" for name in undeclared(answer)]
    for quantity, sums in found.items():
        for number, (table, keys, total) in enumerate(sums):
            for other, other_keys, other_total in sums[:number]:
                same = all(keys[name] == other_keys[name] for name in keys.keys() & other_keys.keys())
                dated = ("year" in keys) == ("year" in other_keys)
                if same and dated and not _equal(total, other_total):
                    wrong.append(
                        f"{quantity}: {total} in {table} {keys}, {other_total} in {other} {other_keys}"
                    )
    for table, keys, figures in _together(answer, found):
        wrong += [f"{table} {keys}: {fault}" for fault in _of_parts(figures)]
    return wrong


def _of_table(answer: Answer, table: str, frame: pd.DataFrame) -> Iterator[tuple[str, dict[str, str], float]]:
    sums = SUMS.get(table, Sums())
    parts = frame[frame[sums.whole] != ""] if sums.whole else frame
    apart = [name for name in sums.apart if name in frame]
    for keys, rows in _groups(parts, apart):
        for column in frame:
            quantity = quantity_of(table, str(column))
            if quantity:
                yield quantity, keys, float(rows[column].sum())
        weights = _weights(answer)
        for number, weight in enumerate(weights if sums.people else ()):
            if weight in frame:
                yield (PEOPLE if number == 0 else f"people: {weight}"), keys, float(rows[weight].sum())
        for begins, quantity in sums.dated.items():
            for column in frame:
                year = re.fullmatch(rf"{begins}(\d+)", str(column))
                if year:
                    yield quantity, {**keys, "year": year[1]}, float(rows[column].sum())
    if sums.whole:
        for keys, rows in _groups(frame[frame[sums.whole] == ""], apart):
            for column in frame:
                quantity = quantity_of(table, str(column))
                if quantity:
                    yield quantity, keys, float(rows[column].iloc[0])


def _groups(frame: pd.DataFrame, apart: list[str]) -> Iterator[tuple[dict[str, str], pd.DataFrame]]:
    if not apart:
        yield {}, frame
        return
    for values, rows in frame.groupby(apart, sort=False):
        yield dict(zip(apart, map(str, values), strict=True)), rows


def _rows(told: Any, levels: tuple[str, ...]) -> Iterator[tuple[dict[str, str], Mapping[str, Any]]]:
    """Figures of the region with their keys: a list of rows, or a mapping of so many levels."""
    if isinstance(told, list):
        for row in told:
            yield {k: str(v) for k, v in row.items() if k == "kind"}, row
    elif levels:
        for name, inner in told.items():
            for keys, figures in _rows(inner, levels[1:]):
                yield {levels[0]: str(name), **keys}, figures
    else:
        yield {}, told


def _weights(answer: Answer) -> list[str]:
    """Names of the weights, that of the answer's figures first."""
    names = [str(name) for name in answer.facts.get("weights", ())]
    first = str(answer.facts.get("weight", "")) or next(iter(names), "")
    return [first, *(name for name in names if name != first)]


def _together(answer: Answer, found: Totals) -> Iterator[tuple[str, Mapping[str, str], Mapping[str, float]]]:
    """Quantities that are told together: of a row, of a table's sums, of the region."""
    for table, frame in answer.tables.items():
        names = {str(column): quantity_of(table, str(column)) for column in frame}
        told = {column: quantity for column, quantity in names.items() if quantity}
        for at, row in enumerate(frame[list(told)].to_dict("records")):
            yield table, {"row": str(at)}, {told[str(column)]: float(value) for column, value in row.items()}
    whole: dict[tuple[str, tuple[tuple[str, str], ...]], dict[str, float]] = {}
    for quantity, sums in found.items():
        for table, keys, total in sums:
            whole.setdefault((table, tuple(sorted(keys.items()))), {})[quantity] = total
    for (table, keys), figures in whole.items():
        yield table, dict(keys), figures


def _of_parts(figures: Mapping[str, float]) -> Iterator[str]:
    for whole, parts in PARTS:
        if {whole, *parts} <= figures.keys():
            total = sum(figures[part] for part in parts)
            if not _equal(total, figures[whole]):
                yield f"{whole} is {figures[whole]}, its parts {' + '.join(parts)} are {total}"
    for pattern, whole in PART_OF.items():
        for part in figures:
            if (
                matches(part, pattern)
                and whole in figures
                and figures[part] > figures[whole] * (1 + 1e-9) + 1e-9
            ):
                yield f"{part} is {figures[part]}, more than {whole}, {figures[whole]}"


def _equal(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-6) or (math.isnan(one) and math.isnan(other))


def numbers(text: str) -> list[tuple[float, float]]:
    """Every number that a text tells, with half of its last printed place."""
    plain = re.sub(r"(?<=\d)[,\u00a0\u202f](?=\d{3})", "", text)
    told = re.findall(r"(?<![\w.])\d+(?:\.\d+)?", plain)
    return [(float(number), 0.5 * 10.0 ** -len(number.partition(".")[2]) + 1e-9) for number in told]


def says(text: str, total: float) -> bool:
    """Whether a text tells a total, as it is or in millions, minutes as hours."""
    worth = (total, total / 1e6, total / 60)
    return any(abs(number - value) <= half for number, half in numbers(text) for value in worth)
