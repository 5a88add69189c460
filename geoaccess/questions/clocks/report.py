"""Reports of clocks: time to care, part by part."""

from __future__ import annotations

from geoaccess.answers.day_tables import cut
from geoaccess.answers.reading import Material
from geoaccess.drawing.blocks import Block, Column, Document, Quantity, Table
from geoaccess.drawing.question_report import SHOWN, Parts, people_of, question_document
from geoaccess.drawing.report_hours import DayStory, day_section, full_table
from geoaccess.questions.clocks.around_the_clock_folder import POINTS, TABLES


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
    days = (
        [_day(m, *named, number) for number, named in enumerate(titles.items())]
        if POINTS in m.run.tables
        else []
    )
    if days:
        points = m.table(POINTS)
        services = [titles[str(name)] for name in points["clock"]]
        every.append(full_table(m, points, key="clocks-day", services=services, leaving=False))
    return Parts(
        words("clocks.subtitle", scenario=scenario),
        list[Block](brief),
        [day_section(m, day) for day in days],
        every,
        persons,
    )


def _day(m: Material, name: str, title: str, number: int) -> DayStory:
    """A clock over every moment of the alarm."""
    day = cut(m.table, TABLES, clock=name)
    if "persons_in_time" not in day.region or day.region["persons_in_time"].isna().all():
        return DayStory(f"day-{number}", title, "", None, day._replace(region=day.region.iloc[:0]), "alarm")
    limits = sorted(set(day.points["threshold_min"].dropna()))
    told = " / ".join(m.words.number(limit) for limit in limits)
    names = {
        "persons_in_time_by_table": "persons_within_one_clock",
        "persons_in_time": "persons_within_over_the_day",
        "persons_in_time_at_p90": "persons_within_at_p90",
        "persons_in_time_at_worst_hour": "persons_within_at_worst_hour",
    }
    region = day.region.rename(columns=names).assign(threshold_min=told)
    return DayStory(f"day-{number}", title, "", told, day._replace(region=region), "alarm")


def _figures(m: Material) -> tuple[Column, ...]:
    words = m.words
    return (
        Column("median_min", words("column.median"), Quantity.MINUTES),
        Column("p90_min", words("column.p90"), Quantity.MINUTES),
        Column("mean_min", words("column.mean"), Quantity.MINUTES, 1),
        Column("persons", m.people, Quantity.PERSONS),
        Column("persons_unreachable", words("column.unreachable"), Quantity.PERSONS),
    )
