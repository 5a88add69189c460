"""A municipality or a group of them on one page: times, people within limits, what changes, a map."""

from __future__ import annotations

import shlex
from functools import partial

import numpy as np
import pandas as pd

from geoaccess.answers.answer import Answer
from geoaccess.answers.reading import Material, column, worst_first
from geoaccess.drawing.blocks import (
    Block,
    Callout,
    Column,
    Document,
    Figure,
    Listing,
    Paragraph,
    Quantity,
    Section,
    SideBySide,
    Table,
)
from geoaccess.ground.measures import summarise
from geoaccess.questions import ageing
from geoaccess.questions.access import report as travel
from geoaccess.questions.access.report_around_the_clock import place_sentences
from geoaccess.questions.factsheet_areas import Area
from geoaccess.questions.factsheet_assumed import assumed_table, year_of_people
from geoaccess.questions.placement import report as placed
from geoaccess.words.words import Words, heading
from maps.basemap import COAST_SOURCE

#: Settlements in the table of a factsheet: what one page has room for, with a placement on it and without.
_MOST_SETTLEMENTS = {True: 6, False: 8}
#: So many fewer where a table of other states has its room.
_FEWER_WITH_STATES = 2
#: Places told of around the clock, the largest first.
_MOST_SENTENCES = 8
#: Facilities told for a service, those that serve most people.
_MOST_FACILITIES = 2


def factsheet_document(run: Answer, words: Words, area: Area | str) -> Document:
    """The factsheet of a municipality, told by its code, or of an area.

    Raises:
        DataError: the run has nothing that a factsheet could tell.
    """
    m = Material(run, words)
    m.check()
    if isinstance(area, str):
        area = Area(m.municipality(area), (area,))
    sections = []
    if m.has_times:
        states = (states_table(m, area),) if len(m.scenarios) > 1 else ()
        sections.append(Section("times", _times_title(m), (times_table(m, area), *states)))
    sentences = place_sentences(m, area.codes, _MOST_SENTENCES)
    if sentences:
        sections.append(Section("clock", words("factsheet.clock"), (Listing(tuple(sentences)),)))
    if m.has_placement:
        blocks: list[Block] = [Paragraph(_placement_sentence(m, area)), change_table(m, area)]
        sections.append(Section("change", words.told(m.placed, "title"), tuple(blocks)))
    sections.append(Section("where", words("factsheet.where"), _where(m, area)))
    if area.column or year_of_people(m):  # one municipality of today stays on one page
        sections.append(Section("assumed", words("factsheet.assumed"), (assumed_table(m, area),)))
    sections.append(Section("sources", words("factsheet.sources"), _origin(m)))
    return Document(
        title=area.title,
        subtitle=words("factsheet.subtitle", title=m.title),
        about=(_about(m, area),),
        language=words.language,
        sections=tuple(sections),
        made=m.made,
        is_factsheet=True,
    )


def _times_title(m: Material) -> str:
    """Whose ways are told: those of today, or those that the people of another year would have."""
    year = year_of_people(m)
    return m.words("factsheet.times_year", year=str(year)) if year else m.words("factsheet.times")


def _about(m: Material, area: Area) -> str:
    groups = [] if area.column else [f"{label}: {name}" for label, name in m.group_names(area.codes[0])]
    count = [m.words.count("factsheet.count", len(area.codes))] if area.column else []
    frame = _points(m, area)
    people = [f"{heading(m.words.weight(name))}: {m.words.number(frame[name].sum())}" for name in m.weights]
    year = year_of_people(m)
    of_year = [m.words("factsheet.assumed.people_of", year=str(year))] if year else []
    return " · ".join([*count, *groups, *of_year, *people, m.words("about.made", date=m.words.date(m.made))])


def _points(m: Material, area: Area) -> pd.DataFrame:
    """The demand points of an area, once each."""
    frame = m.points(m.kinds[0], m.scenarios[0]) if m.has_times else m.table("placement")
    return ageing.within(frame, area.codes)


def _where(m: Material, area: Area) -> tuple[Block, ...]:
    """The map beside the table that fits there, and the wider ones below."""
    years = (ageing.people_of_area(m, area.codes),) if ageing.has_years(m) else ()
    if area.column:
        return (SideBySide((_map(m, area), *years)), members_table(m, area))
    return (SideBySide((_map(m, area), settlements_table(m, area))), *years)


def times_table(m: Material, area: Area) -> Table:
    """One row per service in the first state: where people go, how long, how many within the thresholds."""
    region = m.table("region").set_index(["kind", "scenario"])
    rows = [
        {
            "service": _service(m, area, kind),
            "facility": _facilities(m, _here(m, area, kind, m.scenarios[0])),
            "region_median_min": region.loc[(kind, m.scenarios[0]), "median_min"],
            **_figures(m, area, kind, m.scenarios[0]),
        }
        for kind in m.kinds
    ]
    limits = travel.common_thresholds(m) or travel.all_thresholds(m)
    note = "factsheet.times_note_group" if area.column else "factsheet.times_note"
    frame = pd.DataFrame(rows)
    unreached = (
        (Column("persons_unreachable", m.words("column.unreachable"), Quantity.PERSONS),)
        if frame["persons_unreachable"].sum() > 0
        else ()
    )
    return Table(
        key="factsheet-times",
        title=m.words("factsheet.times_table", people=m.words.weight(m.weight)),
        columns=(
            Column("service", m.words("column.service")),
            Column("facility", m.words("column.served_by")),
            Column("median_min", m.words("column.median"), Quantity.MINUTES),
            Column("region_median_min", m.words("column.region_median"), Quantity.MINUTES),
            Column("p90_min", m.words("column.p90"), Quantity.MINUTES),
            Column("worst_min", m.words("column.farthest"), Quantity.MINUTES),
            *unreached,
            *travel.threshold_columns(m, limits, key="column.within_short"),
        ),
        frame=frame.reindex(columns=[*frame.columns, *_missing(frame, limits)]),
        note=" ".join([m.words(note), *_unknown(m, area)]),
    )


def _service(m: Material, area: Area, kind: str) -> str:
    """A service, marked where the minutes of a municipality are to one that is known elsewhere."""
    name = heading(m.kind(kind))
    marked = not area.column and m.none_known(area.codes[0], kind)
    return f"{name} ({m.words('mark.none_known')})" if marked else name


def _unknown(m: Material, area: Area) -> list[str]:
    """The municipalities of a group in which a service is not known, service by service."""
    told = []
    for kind in m.kinds if area.column else ():
        names = [m.municipality(code) for code in area.codes if m.none_known(code, kind)]
        if names:
            number, joined = m.words.number(len(names)), m.words.joined(names)
            told.append(
                m.words("factsheet.unknown_share", kind=heading(m.kind(kind)), number=number, names=joined)
            )
    return told


def states_table(m: Material, area: Area) -> Table:
    """The median and the 90th percentile of each service in every state but the first, which stands above."""
    columns = [Column("service", m.words("column.service"))]
    rows: list[dict[str, object]] = [{"service": _service(m, area, kind)} for kind in m.kinds]
    for number, scenario in enumerate(m.scenarios[1:], 1):
        for name in ("median", "p90"):
            key = f"{name}_{number}"
            label = f"{heading(m.scenario(scenario))}: {m.words(f'column.{name}').lower()}"
            columns.append(Column(key, label, Quantity.MINUTES))
            for row, kind in zip(rows, m.kinds, strict=True):
                row[key] = _figures(m, area, kind, scenario)[f"{name}_min"]
    return Table("factsheet-states", m.words("factsheet.states_table"), tuple(columns), pd.DataFrame(rows))


def _here(m: Material, area: Area, kind: str, scenario: str) -> pd.DataFrame:
    return ageing.within(m.points(kind, scenario), area.codes)


def _figures(m: Material, area: Area, kind: str, scenario: str) -> dict[str, float]:
    points = _here(m, area, kind, scenario)
    return summarise(
        column(points, "travel_time_min"), column(points, m.weight), thresholds_min=m.thresholds(kind)
    )


def _missing(frame: pd.DataFrame, limits: tuple[float, ...]) -> list[str]:
    return [name for limit in limits if (name := f"share_within_{limit:g}_min") not in frame]


def _facilities(m: Material, points: pd.DataFrame) -> str:
    """The facilities that serve most people, with the share of people where there are several."""
    served = (
        points.groupby("facility_name", sort=False)[m.weight]
        .sum()
        .sort_values(ascending=False, kind="stable")
    )
    served = served[(served > 0) & (served.index.astype(str) != "")]
    total = float(points[m.weight].sum())
    if len(served) < 2:
        return "".join(map(str, served.index)) or m.words("factsheet.nobody")
    return ", ".join(
        m.words("factsheet.share_of", name=name, share=m.words.share(persons / total, 0))
        for name, persons in served.head(_MOST_FACILITIES).items()
    )


def _placement_sentence(m: Material, area: Area) -> str:
    here = [site for site in m.placed["chosen"] if str(site.get("municipality_code")) in area.codes]
    if here:
        return m.words("factsheet.new_here", places=m.words.joined([str(site["name"]) for site in here]))
    return placed.answer_sentence(m)


def change_table(m: Material, area: Area) -> Table:
    """The municipality or group before and after the placement."""
    frame = ageing.within(m.table("placement"), area.codes)
    persons = column(frame, placed.weight(m))
    rows = []
    for state in ("before", "after"):
        minutes = column(frame, f"{state}_min")
        figures: dict[str, object] = {"measure": m.words(f"column.{state}"), **summarise(minutes, persons)}
        limit = column(frame, "threshold_min")
        if np.isfinite(limit).all() and persons.sum():
            figures["share"] = float(persons[minutes <= limit].sum() / persons.sum())
        rows.append(figures)
    table = pd.DataFrame(rows)
    limits = sorted(set(frame["threshold_min"].dropna()))
    share: tuple[Column, ...] = ()
    if "share" in table:
        told = ", ".join(m.words.number(limit) for limit in limits)
        share = (Column("share", m.words("column.within_class", limits=told), Quantity.SHARE, 1),)
    return Table(
        key="factsheet-change",
        title=m.words("factsheet.change_table", time=heading(m.time)),
        columns=(
            Column("measure", m.words("column.state")),
            Column("mean_min", m.words("column.mean"), Quantity.MINUTES, 1),
            Column("median_min", m.words("column.median"), Quantity.MINUTES, 1),
            Column("p90_min", m.words("column.p90"), Quantity.MINUTES, 1),
            Column("worst_min", m.words("column.farthest"), Quantity.MINUTES, 1),
            *share,
            Column("persons_unreachable", m.words("column.unreachable"), Quantity.PERSONS),
        ),
        frame=table,
    )


def settlements_table(m: Material, area: Area) -> Table:
    """The largest settlements with their times."""
    most = _MOST_SETTLEMENTS[m.has_placement] - _FEWER_WITH_STATES * (len(m.scenarios) > 1)
    points = _points(m, area).sort_values(m.weight, ascending=False, kind="stable").head(most)
    columns = [
        Column("name", m.words("column.place")),
        Column(m.weight, m.people, Quantity.PERSONS),
    ]
    if m.has_times:
        for position, kind in enumerate(m.kinds):
            times = m.points(kind, m.scenarios[0]).set_index("demand_id")["travel_time_min"]
            points[f"time_{position}"] = times.reindex(points["demand_id"]).to_numpy()
            columns.append(Column(f"time_{position}", f"{_service(m, area, kind)} (min)", Quantity.MINUTES))
    else:
        columns += [
            Column("before_min", m.words("column.before_min"), Quantity.MINUTES, 1),
            Column("after_min", m.words("column.after_min"), Quantity.MINUTES, 1),
        ]
    left = len(_points(m, area)) - len(points)
    return Table(
        key="factsheet-settlements",
        title=m.words("factsheet.settlements"),
        columns=tuple(columns),
        frame=points,
        note=m.words.count("factsheet.more", left) if left else "",
    )


def members_table(m: Material, area: Area) -> Table:
    """The municipalities of a group, most people first, and all of them together."""
    rows = [_member(m, (code,), m.municipality(code)) for code in area.codes]
    rows.sort(key=lambda row: -float(str(row[m.weight])))
    frame = pd.DataFrame([*rows, _member(m, area.codes, m.words("factsheet.together"))])
    columns = [
        Column("name", m.group("municipality")),
        *(Column(name, heading(m.words.weight(name)), Quantity.PERSONS) for name in m.weights),
    ]
    if m.has_times:
        columns += [
            Column(
                f"time_{at}", m.words("factsheet.member_column", kind=heading(m.kind(kind))), Quantity.MINUTES
            )
            for at, kind in enumerate(m.kinds)
        ]
    else:
        columns += [
            Column("before_min", m.words("column.mean_before"), Quantity.MINUTES, 1),
            Column("after_min", m.words("column.mean_after"), Quantity.MINUTES, 1),
        ]
    marked = any(frame[name].any() for name in frame if str(name).endswith("_mark"))
    return Table(
        key="factsheet-members",
        title=m.words("factsheet.members_table"),
        columns=tuple(columns),
        frame=frame,
        note=m.words("mark.none_known.note") if marked else "",
    )


def _member(m: Material, codes: tuple[str, ...], name: str) -> dict[str, object]:
    """A row of municipalities: their people, and the median of each service or the means of the placement."""
    part = Area(name, codes)
    points = _points(m, part)
    row: dict[str, object] = {"name": name, **{weight: float(points[weight].sum()) for weight in m.weights}}
    for at, kind in enumerate(m.kinds):
        row[f"time_{at}"] = _figures(m, part, kind, m.scenarios[0])["median_min"]
        row[f"time_{at}_mark"] = m.marks(codes, kind)[0] if len(codes) == 1 else ""
    if not m.has_times:
        for state in ("before", "after"):
            minutes = column(points, f"{state}_min")
            row[f"{state}_min"] = summarise(minutes, column(points, placed.weight(m)))["mean_min"]
    return row


def _map(m: Material, area: Area) -> Figure:
    from geoaccess.drawing.small_map import Dots, Marks, plan  # noqa: PLC0415 - plots need matplotlib

    if m.has_times:
        kind, points = m.kinds[0], _points(m, area)
        facilities = m.table("facilities")
        here = facilities[facilities["kind"].astype(str).isin(m.kinds)] if len(facilities) else facilities
        marks = [
            Marks.of(here[here["kind"].astype(str) == name], m.kind(name, plural=True), marker=marker)
            for name, marker in zip(m.kinds, ("P", "s", "D", "^", "v", "o"), strict=False)
        ]
        dots = Dots.of(points, "travel_time_min", m.weight)
        caption = m.words("map.caption", the_people=m.words.everybody(m.weight), kind=m.kind(kind))
        worst = worst_first(points, ["travel_time_min"])
    else:
        points = _points(m, area)
        marks = placed.site_marks(m)
        dots = Dots.of(points, "after_min", placed.weight(m), breaks=placed.TIME_BREAKS)
        caption = m.words("gain_map.caption", the_people=m.words.everybody(m.weight), time=m.time)
        worst = worst_first(points, ["after_min"])
    names = m.words.joined(worst.head(3)["name"].astype(str).tolist())
    return Figure(
        caption=caption,
        alt=m.words("map.alt", count=m.words.number(len(points)), places=names),
        draw=partial(
            plan,
            m.words,
            dots,
            [mark for mark in marks if len(mark.names)],
            names=6,
            width_in=4.2,
            tallest=1.0,
        ),
    )


def _origin(m: Material) -> tuple[Block, ...]:
    blocks: list[Block] = []
    if m.notice:
        blocks.append(Callout(m.words("notice.title"), (m.notice,)))
    items = [*m.sources, m.words("sources.coast", source=COAST_SOURCE)]
    if m.facts.get("command"):
        items.append(f"{m.words('provenance.command')}: {shlex.join(map(str, m.facts['command']))}")
    return (*blocks, Paragraph(" · ".join(items), small=True))
