"""Reports of levels of acute help: each level and ability, who is farthest, what stands together, sources."""

from __future__ import annotations

from typing import Any

import pandas as pd

from geoaccess.answers.reading import Material
from geoaccess.drawing.blocks import Column, Definitions, Document, Paragraph, Quantity, Section, Table
from geoaccess.drawing.question_report import SHOWN, Parts, people_of, question_document


def document(m: Material) -> Document:
    """The report."""
    return question_document(m, parts(m))


def parts(m: Material) -> Parts:
    """What the report says."""
    words = m.words
    levels, can = _region(m, "level"), _region(m, "can")
    farthest, areas, places = _groups(m), _areas(m), _places(m)
    shown = Table(farthest.key, farthest.title, farthest.columns, farthest.frame.head(SHOWN))
    sections = [
        Section("farthest", words("care.farthest"), (shown,)),
        Section("together", words("care.areas_table"), (Paragraph(words("care.index_told")), areas)),
        Section("places", words("care.places"), (places,)),
        _assumed(m),
    ]
    return Parts(
        words("care.subtitle"),
        [Paragraph(words("care.lead")), levels, can],
        sections,
        [levels, can, farthest, areas, places],
        people_of(m, m.table("levels_points")),
    )


def _title(m: Material, section: dict[str, Any]) -> str:
    return str(section.get(f"title_{m.words.language}") or section["title"])


def _item(m: Material, what: str, item: str) -> str:
    care = m.facts["care"]
    if what == "level" and item not in care["levels"]:
        return m.words("care.any")
    return _title(m, care["levels" if what == "level" else "can"][item])


def _figures(m: Material) -> tuple[Column, ...]:
    words = m.words
    return (
        Column("mean_min", words("column.mean"), Quantity.MINUTES, 1),
        Column("p90_min", words("column.p90"), Quantity.MINUTES),
        Column("persons_beyond_30_min", words("care.beyond", minutes=30), Quantity.PERSONS),
        Column("persons_beyond_60_min", words("care.beyond", minutes=60), Quantity.PERSONS),
        Column("persons_unreachable", words("column.unreachable"), Quantity.PERSONS),
    )


def _region(m: Material, what: str) -> Table:
    words, frame = m.words, m.table("levels_region")
    rows = frame[frame["what"] == what].reset_index(drop=True)
    rows = rows.assign(title=[_item(m, what, str(item)) for item in rows["item"]])
    first = Column("title", words("care.level" if what == "level" else "care.can"))
    extra = [Column("persons_nearest", words("care.nearest"), Quantity.PERSONS)] if what == "level" else []
    title = words("care.levels_table" if what == "level" else "care.abilities_table")
    return Table(f"levels-{what}", title, (first, *_figures(m), *extra), rows)


def _groups(m: Material) -> Table:
    words, by, frame = m.words, str(m.facts["by"]), m.table("levels")
    rows = frame[(frame["what"] == "level") & (frame["item"] == "any")]
    rows = rows.sort_values(["mean_min", by], ascending=[False, True], kind="stable").reset_index(drop=True)
    columns = (Column(by, m.group(by)), Column("persons", m.people, Quantity.PERSONS), *_figures(m))
    return Table("levels-groups", words("care.farthest"), columns, rows)


def _areas(m: Material) -> Table:
    words, care = m.words, m.facts["care"]
    rows = m.table("levels_areas")
    rows = rows.assign(area=[str(area) or words("care.all_areas") for area in rows["area"].fillna("")])
    return Table(
        "levels-areas",
        words("care.areas_table"),
        (
            Column("area", words("care.area")),
            Column("facilities", words("care.facilities"), Quantity.NUMBER),
            Column("alone", words("care.alone"), Quantity.NUMBER),
            Column("index_together", words("care.index"), Quantity.NUMBER, 2),
            Column("first_kind", m.kind(str(care["together"][0]), plural=True), Quantity.NUMBER),
            Column("first_together", words("care.first_together"), Quantity.NUMBER),
        ),
        rows,
    )


def _places(m: Material) -> Table:
    words, rows = m.words, m.table("levels_places")
    told = [
        ", ".join(_item(m, "can", one) for one in str(can).split(", ") if one)
        for can in rows["can"].fillna("")
    ]
    frame = pd.DataFrame(
        {
            "name": rows["name"].astype(str),
            "told": [_item(m, "level", str(level)) for level in rows["level"]],
            "can": told,
        }
    )
    columns = (
        Column("name", words("care.place")),
        Column("told", words("care.level")),
        Column("can", words("care.can")),
    )
    return Table("levels-places", words("care.places"), columns, frame)


def _assumed(m: Material) -> Section:
    words, care = m.words, m.facts["care"]
    pairs = [(_title(m, one), _said(m, one)) for one in care["levels"].values()]
    pairs.append((words("care.areas_table"), _said(m, care)))
    return Section("assumed", words("care.assumed"), (Definitions(tuple(pairs)),))


def _said(m: Material, one: dict[str, Any]) -> str:
    sure = m.words(f"confidence.{one['confidence']}")
    return m.words("care.said", source=str(one["source"]), confidence=sure)
