"""Reports of trade-offs: one picture of the front, every placement, and what is assumed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from geoaccess.answers.reading import Material
from geoaccess.drawing.blocks import (
    Block,
    Column,
    Definitions,
    Document,
    Figure,
    Paragraph,
    Quantity,
    Section,
    Table,
)
from geoaccess.drawing.question_report import Parts, people_of, question_document
from geoaccess.questions.tradeoff.told import digits_of, sites_of, title_of, wide


def document(m: Material) -> Document:
    """The report."""
    return question_document(m, parts(m))


def parts(m: Material) -> Parts:
    """What the report says: the picture, the placements, the price of each criterion, the assumptions."""
    words, told = m.words, m.facts["tradeoff"]
    rows, values = m.table("tradeoff"), m.table("tradeoff_values")
    code = "tradeoff.said" if told["complete"] else "tradeoff.said_not_all"
    said = words(code, count=len(rows), programs=told["programs"], solver=str(told["solver"]))
    if not told["proven"]:
        said = f"{said} {words('tradeoff.not_proven')}"
    table, ends = _table(m), _ends(m)
    brief: list[Block] = [Paragraph(words("tradeoff.lead")), Paragraph(said), _picture(m, values), table]
    return Parts(
        title_of(told["section"], m.words.language),
        brief,
        [Section("ends", words("tradeoff.ends"), (ends,)), _assumed(m)],
        [table, ends],
        people_of(m, m.table("tradeoff_points")),
    )


def _title(m: Material, criterion: str) -> str:
    return title_of(m.facts["tradeoff"]["section"]["criteria"][criterion], m.words.language)


def _unit(m: Material, unit: str) -> str:
    return m.words(f"tradeoff.unit.{unit}") if unit in {"persons", "h", "sites"} else unit


def _units(m: Material) -> dict[str, str]:
    values = m.table("tradeoff_values")
    pairs = zip(values["criterion"].astype(str), values["unit"].fillna("").astype(str), strict=True)
    return {name: _unit(m, unit) for name, unit in pairs}


def _compromise(m: Material) -> int:
    marks = m.table("tradeoff")["compromise"].astype(str).str.lower()
    return int(np.argmax(marks.isin(["true", "yes", "1"]).to_numpy()))


def _picture(m: Material, values: pd.DataFrame) -> Figure:
    words, table, units = m.words, wide(values), _units(m)
    titles = [_title(m, name) for name in table]
    figures = np.column_stack(list(table.values()))
    told = "; ".join(
        words(
            "tradeoff.between",
            title=title,
            least=words.number(float(own.min()), digits_of(own)),
            most=words.number(float(own.max()), digits_of(own)),
            unit=units[name],
        )
        for title, (name, own) in zip(titles, table.items(), strict=True)
    )

    def draw() -> Any:  # noqa: ANN401 - a drawing of matplotlib, which spreadsheets do not need
        from geoaccess.questions.tradeoff.picture import front_picture  # noqa: PLC0415

        return front_picture(words, titles, list(units.values()), figures, _compromise(m))

    return Figure(words("tradeoff.caption"), words("tradeoff.alt", told=told), draw)


def _table(m: Material) -> Table:
    words, rows, sites = m.words, m.table("tradeoff"), m.table("tradeoff_sites")
    table, units = wide(m.table("tradeoff_values")), _units(m)
    points = [int(point) for point in rows["point"]]
    frame = pd.DataFrame(table)
    frame["told"] = [words("tradeoff.number", number=point) for point in points]
    frame["opened"] = [sites_of(sites, point, "chosen", m.kind) for point in points]
    frame["closed"] = [sites_of(sites, point, "closed", m.kind) for point in points]
    frame["cost"] = rows["cost"].to_numpy(dtype=np.float64)
    frame["verdict"] = [words.known(f"status.{one}", str(one)) for one in rows["status"]]
    section = m.facts["tradeoff"]["section"]
    columns = [
        Column("told", words("tradeoff.placement")),
        *(
            Column(name, f"{_title(m, name)} ({units[name]})", Quantity.NUMBER, digits_of(own))
            for name, own in table.items()
        ),
        Column("opened", words("tradeoff.opens")),
    ]
    if (frame["closed"] != "").any():
        columns.append(Column("closed", words("tradeoff.closes")))
    if section["budget"] is not None:
        columns.append(
            Column("cost", f"{words('tradeoff.cost')} ({section['budget_unit']})", Quantity.NUMBER, 1)
        )
    columns.append(Column("verdict", words("proof.status")))
    best = points[_compromise(m)]
    note = words("tradeoff.compromise", number=best)
    return Table("tradeoff", words("tradeoff.table"), tuple(columns), frame, note)


def _ends(m: Material) -> Table:
    """What the best of each criterion costs in the others."""
    words, values = m.words, m.table("tradeoff_values")
    table, units = wide(values), _units(m)
    today = values.drop_duplicates("criterion").set_index("criterion")["today"]
    rows: list[dict[str, Any]] = []
    if today.notna().any():
        rows.append({"told": words("tradeoff.today"), **{name: float(today[name]) for name in table}})
    ends = [
        (int(own.argmin()), words("tradeoff.best_of", title=_title(m, name), number=int(own.argmin()) + 1))
        for name, own in table.items()
    ]
    for at, told in (*ends, (_compromise(m), words("tradeoff.middle"))):
        rows.append({"told": told, **{name: float(own[at]) for name, own in table.items()}})
    columns = [
        Column("told", words("tradeoff.placement")),
        *(
            Column(name, f"{_title(m, name)} ({units[name]})", Quantity.NUMBER, digits_of(own))
            for name, own in table.items()
        ),
    ]
    return Table("tradeoff-ends", words("tradeoff.ends_table"), tuple(columns), pd.DataFrame(rows))


def _assumed(m: Material) -> Section:
    """Where numbers, prices and each criterion's figures come from."""
    words, section = m.words, m.facts["tradeoff"]["section"]
    pairs: list[tuple[str, str]] = []

    def add(title: str, one: dict[str, Any]) -> None:
        if one.get("source"):
            sure = words(f"confidence.{one['confidence']}")
            pairs.append((title, words("tradeoff.source", source=str(one["source"]), confidence=sure)))

    add(title_of(section, m.words.language), section)
    for one in section["criteria"].values():
        add(title_of(one, m.words.language), one)
    for journey in m.facts["tradeoff"]["journeys"].values():
        add(title_of(journey, m.words.language), journey)
    if m.facts["tradeoff"]["rates"]:
        pairs.append((words("tradeoff.rates"), str(m.facts["tradeoff"]["rates"]["source"])))
    if not pairs:
        return Section("assumed", words("tradeoff.assumed"), (Paragraph(words("tradeoff.no_source")),))
    return Section("assumed", words("tradeoff.assumed"), (Definitions(tuple(pairs)),))
