"""Reports of clocks: time to care, part by part."""

from __future__ import annotations

from geoaccess.answers.reading import Material
from geoaccess.drawing.blocks import Block, Column, Document, Quantity, Table
from geoaccess.drawing.question_report import SHOWN, Parts, people_of, question_document


def document(m: Material) -> Document:
    """The report."""
    return question_document(m, parts(m))


def parts(m: Material) -> Parts:
    """What the report says: each clock for everybody, then the groups that wait longest."""
    words, told = m.words, m.facts["clocks"]
    titles = {name: words.told(one, "title") or name for name, one in told.items()}
    region, groups = m.table("clock_region"), m.table("clocks")
    by = str(m.facts.get("by", "municipality"))
    whole = Table(
        "clocks",
        words("clocks.table"),
        (Column("title", words("clocks.clock")), *_figures(m)),
        region.assign(title=[titles[name] for name in region["clock"]]),
        words("clocks.note"),
    )
    every, brief = [whole], [whole]
    for number, (name, title) in enumerate(titles.items()):
        here = groups[groups["clock"] == name].sort_values("median_min", ascending=False, na_position="first")
        columns = (Column(by, m.group(by)), *_figures(m))
        key, heading = f"clock-{number}", words("clocks.worst", clock=title)
        brief.append(Table(key, heading, columns, here.head(SHOWN).reset_index(drop=True)))
        every.append(Table(key, heading, columns, here.reset_index(drop=True)))
    scenario = m.scenario(str(m.facts["scenario"]))
    persons = people_of(m, m.table("clock_points"))
    return Parts(words("clocks.subtitle", scenario=scenario), list[Block](brief), [], every, persons)


def _figures(m: Material) -> tuple[Column, ...]:
    words = m.words
    return (
        Column("median_min", words("column.median"), Quantity.MINUTES),
        Column("p90_min", words("column.p90"), Quantity.MINUTES),
        Column("mean_min", words("column.mean"), Quantity.MINUTES, 1),
        Column("persons", m.people, Quantity.PERSONS),
        Column("persons_unreachable", words("column.unreachable"), Quantity.PERSONS),
    )
