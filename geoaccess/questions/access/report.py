"""The part of a report that tells travel times: how near the services are, to whom, and in which state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from geoaccess.answers.reading import Material, column, worst_first
from geoaccess.drawing.blocks import (
    Block,
    Column,
    Figure,
    Headline,
    Paragraph,
    Quantity,
    Section,
    SideBySide,
    Table,
)
from geoaccess.drawing.question_report import WORST_SHOWN
from geoaccess.ground.measures import persons_unreachable, persons_within
from geoaccess.words.words import heading

#: Kinds beyond this many get no map of their own.
_MOST_MAPS = 6


def headlines(m: Material) -> list[Headline]:
    """The median of each service in the first state, the figures that a reader takes home."""
    region = m.table("region")
    first = region[region["scenario"].astype(str) == m.scenarios[0]]
    return [
        Headline(
            m.words("headline.minutes", minutes=m.words.minutes_of(row["median_min"], row["persons"])),
            m.words("headline.median", kind=m.kind(str(row["kind"]))),
        )
        for row in first.to_dict(orient="records")
    ]


def summary_sentence(m: Material, kind: str) -> str:
    """How near a service is, in one or two sentences."""
    region = m.table("region")
    rows = region[(region["kind"] == kind) & (region["scenario"].astype(str) == m.scenarios[0])]
    figures = {str(name): value for name, value in rows.iloc[0].items()}
    label = m.kind(kind)
    parts = [
        m.words(
            _sentence(figures),
            people=m.words.weight(m.weight),
            the_people=m.words.everybody(m.weight),
            kind=label,
            median=m.words.duration(figures["median_min"]),
            p90=m.words.duration(figures["p90_min"]),
        )
    ]
    if figures["persons_unreachable"] > 0:
        told = {"number": m.words.number(figures["persons_unreachable"]), "people": m.words.weight(m.weight)}
        parts.append(m.words("times.unreachable", **told, places=unreached_places(m, kind)))
    return " ".join(parts)


def _sentence(figures: Mapping[str, Any]) -> str:
    """The sentence that says what is known of half the people and of nine in ten."""
    if figures["persons"] == 0:
        return "times.sentence.nobody"
    if np.isnan(figures["median_min"]):
        return "times.sentence.no_median"
    return "times.sentence" if np.isfinite(figures["p90_min"]) else "times.sentence.no_p90"


#: Places that nothing reaches, told by name; one more is named too, where it would be the only other one.
_MOST_UNREACHED = 3


def unreached_places(m: Material, kind: str) -> str:
    """Where the people live who reach no facility of a kind in the first state, most people first."""
    points = m.points(kind, m.scenarios[0])
    persons = column(points, m.weight)
    out = points[np.isnan(column(points, "travel_time_min")) & (persons > 0)]
    out = out.sort_values(m.weight, ascending=False, kind="stable")
    codes = out["municipality_code"].astype(str)
    names = [
        name if (town := m.municipality(code)) == name else f"{name} ({town})"
        for name, code in zip(out["name"].astype(str), codes, strict=True)
    ]
    if len(names) > _MOST_UNREACHED + 1:
        further = m.words.number(len(names) - _MOST_UNREACHED)
        names = [*names[:_MOST_UNREACHED], m.words("times.unreachable.further", number=further)]
    return m.words.joined(names)


def brief_blocks(m: Material) -> list[Block]:
    """The services side by side: figures and the shares within common thresholds."""
    from geoaccess.drawing.plots import share_bars  # noqa: PLC0415 - plots need matplotlib, spreadsheets do not

    blocks: list[Block] = [region_table(m)]
    limits = common_thresholds(m)
    if limits:
        rows = [
            (_state(m, kind, scenario), m.points(kind, scenario))
            for kind in m.kinds
            for scenario in m.scenarios
        ]
        shares = [(label, class_shares(points, m.weight, limits)) for label, points in rows]
        told = "; ".join(f"{label}: {m.words.share(found[0])}" for label, found in shares)
        first = m.words.number(limits[0])
        blocks.append(
            Figure(
                caption=m.words("bars.caption", the_people=m.words.everybody(m.weight)),
                alt=m.words("bars.alt", limit=first, told=told),
                draw=partial(share_bars, m.words, shares, limits),
            )
        )
    return blocks


def class_shares(points: pd.DataFrame, weight: str, limits: Sequence[float]) -> list[float]:
    """Shares of people within the first limit, from it to the second, ..., beyond the last, unreachable."""
    minutes, persons = column(points, "travel_time_min"), column(points, weight)
    total = persons.sum()
    within = [persons_within(minutes, persons, limit) for limit in limits]
    unreached = persons_unreachable(minutes, persons)
    steps = np.diff([0.0, *within, total - unreached])
    return [float(part / total) if total else 0.0 for part in (*steps, unreached)]


def _state(m: Material, kind: str, scenario: str) -> str:
    label = heading(m.kind(kind))
    return label if len(m.scenarios) == 1 else f"{label}, {m.scenario(scenario)}"


def _named(m: Material, frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with services and states in words."""
    return frame.assign(
        service=[heading(m.kind(str(kind))) for kind in frame["kind"]],
        state=[m.scenario(str(name)) for name in frame["scenario"]],
    )


def _ordered(m: Material, frame: pd.DataFrame) -> pd.DataFrame:
    """The rows of a service together, its states in order."""
    kinds = [m.kinds.index(str(kind)) for kind in frame["kind"]]
    scenarios = [m.scenarios.index(str(name)) for name in frame["scenario"]]
    return frame.iloc[np.lexsort([scenarios, kinds])]


def _leading(m: Material) -> tuple[Column, ...]:
    """The columns that name a row: the service, and the state where there is more than one."""
    service = Column("service", m.words("column.service"))
    return (service,) if len(m.scenarios) == 1 else (service, Column("state", m.words("column.scenario")))


def figure_columns(m: Material, *, digits: int = 0) -> tuple[Column, ...]:
    """Median, 90th percentile, mean, farthest."""
    names = {"median_min": "median", "p90_min": "p90", "mean_min": "mean", "worst_min": "farthest"}
    return tuple(
        Column(key, m.words(f"column.{name}"), Quantity.MINUTES, digits) for key, name in names.items()
    )


def people_columns(m: Material) -> tuple[Column, ...]:
    """How many people, and how many of them nothing reaches."""
    return (
        Column("persons", m.people, Quantity.PERSONS),
        Column("persons_unreachable", m.words("column.unreachable"), Quantity.PERSONS),
    )


def threshold_columns(
    m: Material, limits: tuple[float, ...], *, key: str = "column.within"
) -> tuple[Column, ...]:
    """The shares within thresholds."""
    return tuple(
        Column(f"share_within_{limit:g}_min", m.words(key, limit=m.words.number(limit)), Quantity.SHARE, 1)
        for limit in limits
    )


def common_thresholds(m: Material) -> tuple[float, ...]:
    """The thresholds that every kind told has, ascending."""
    sets = [set(m.thresholds(kind)) for kind in m.kinds]
    return tuple(sorted(set.intersection(*sets))) if sets else ()


def all_thresholds(m: Material) -> tuple[float, ...]:
    """Every threshold of the kinds told, ascending."""
    return tuple(sorted({limit for kind in m.kinds for limit in m.thresholds(kind)}))


def region_table(m: Material) -> Table:
    """The whole region: one row per service and state."""
    return Table(
        key="region",
        title=m.words("table.region"),
        columns=(*_leading(m), *figure_columns(m), *people_columns(m)),
        frame=_named(m, _ordered(m, m.table("region"))),
        note=m.words("table.region.note"),
    )


def groups_table(m: Material) -> Table:
    """Every municipality (or other group), service and state, in full."""
    by = str(m.facts["by"])
    frame = _named(m, m.table("groups"))
    known: tuple[Column, ...] = ()
    if "known" in frame:
        told = {True: m.words("mark.none_known"), False: ""}
        frame = frame.assign(known_told=[told[bool(text)] for text in frame["known"]])
        known = (Column("known_told", m.words("column.known")),)
    return Table(
        key="groups",
        title=m.words("table.groups", group=m.group_word(by)),
        columns=(
            Column(by, m.group(by)),
            *_leading(m),
            *known,
            *figure_columns(m, digits=1),
            *people_columns(m),
            *threshold_columns(m, all_thresholds(m)),
        ),
        frame=frame,
    )


def settlements_table(m: Material) -> Table:
    """Every demand point, service and state, in full."""
    frame = _named(m, m.table("nearest"))
    frame["municipality"] = [m.municipality(code) for code in frame["municipality_code"]]
    known: tuple[Column, ...] = ()
    if len(m.table("none_known")):
        where = zip(frame["municipality_code"], frame["kind"].astype(str), strict=True)
        frame["known"] = [m.words("mark.none_known") if m.none_known(*one) else "" for one in where]
        known = (Column("known", m.words("column.known")),)
    return Table(
        key="settlements",
        title=m.words("table.settlements"),
        columns=(
            Column("name", m.words("column.place")),
            Column("municipality", m.group("municipality")),
            *_leading(m),
            Column("travel_time_min", m.words("column.time"), Quantity.MINUTES, 1),
            *known,
            Column("facility_name", m.words("column.nearest")),
            Column("second_nearest_min", m.words("column.second"), Quantity.MINUTES, 1),
            *(Column(name, heading(m.words.weight(name)), Quantity.PERSONS) for name in m.weights),
        ),
        frame=frame,
    )


def kind_section(m: Material, kind: str, number: int) -> Section:
    """Everything on one service."""
    blocks: list[Block] = [Paragraph(summary_sentence(m, kind))]
    figures = [_curve(m, kind)]
    if number < _MOST_MAPS:
        figures.insert(0, _map(m, kind))
    blocks += [SideBySide(tuple(figures)), reach_table(m, kind), worst_table(m, kind)]
    return Section(f"time-{number}", m.words("times.title", kind=m.kind(kind)), tuple(blocks))


def _curve(m: Material, kind: str) -> Figure:
    from geoaccess.drawing.plots import curves  # noqa: PLC0415

    lines, told = [], []
    for scenario in m.scenarios:
        points = m.points(kind, scenario)
        minutes, persons = column(points, "travel_time_min"), column(points, m.weight)
        lines.append((m.scenario(scenario), minutes, persons))
        shares = [
            m.words(
                "curve.within",
                share=m.words.share(persons_within(minutes, persons, limit) / max(persons.sum(), 1.0)),
                limit=m.words.number(limit),
            )
            for limit in m.thresholds(kind)
        ]
        told.append(
            f"{m.scenario(scenario)}: {', '.join(shares)}" if len(m.scenarios) > 1 else ", ".join(shares)
        )
    return Figure(
        caption=m.words("curve.caption", the_people=m.words.everybody(m.weight), kind=m.kind(kind)),
        alt=m.words("curve.alt", told="; ".join(told)),
        draw=partial(curves, m.words, lines, m.thresholds(kind)),
    )


def _map(m: Material, kind: str) -> Figure:
    from geoaccess.drawing.small_map import Dots, Marks, plan  # noqa: PLC0415

    points = m.points(kind, m.scenarios[0])
    facilities = m.table("facilities")
    bases = m.facts.get("service_bases", {}).get(kind, [kind])
    shown = (
        {one: facilities[facilities["kind"].astype(str) == one] for one in bases} if len(facilities) else {}
    )
    marks = [Marks.of(here, m.kind(one, plural=True)) for one, here in shown.items() if len(here)]
    dots = Dots.of(points, "travel_time_min", m.weight)
    worst = worst_first(points, ["travel_time_min"]).head(3)["name"].astype(str).tolist()
    return Figure(
        caption=m.words("map.caption", the_people=m.words.everybody(m.weight), kind=m.kind(kind)),
        alt=m.words("map.alt", count=m.words.number(len(points)), places=m.words.joined(worst)),
        draw=partial(plan, m.words, dots, marks),
    )


def reach_table(m: Material, kind: str) -> Table:
    """How many are within and beyond each threshold, of every weight."""
    others = [name for name in m.weights if name != m.weight]
    rows = []
    for scenario in m.scenarios:
        points = m.points(kind, scenario)
        minutes = column(points, "travel_time_min")
        for limit in m.thresholds(kind):
            persons = column(points, m.weight)
            within = persons_within(minutes, persons, limit)
            row: dict[str, object] = {
                "limit": m.words("reach.limit", limit=m.words.number(limit)),
                "state": m.scenario(scenario),
                "within": within,
                "share": within / persons.sum() if persons.sum() else np.nan,
                "beyond": persons.sum() - within,
            }
            for name in others:
                weight = column(points, name)
                row[f"beyond_{name}"] = weight.sum() - persons_within(minutes, weight, limit)
            rows.append(row)
    state = (Column("state", m.words("column.scenario")),) if len(m.scenarios) > 1 else ()
    return Table(
        key=f"reach-{kind}",
        title=m.words("table.reach", kind=m.kind(kind)),
        columns=(
            Column("limit", m.words("column.limit")),
            *state,
            Column("within", m.words("column.persons_within", people=m.people), Quantity.PERSONS),
            Column("share", m.words("column.share"), Quantity.SHARE, 1),
            Column("beyond", m.words("column.persons_beyond", people=m.people), Quantity.PERSONS),
            *(
                Column(
                    f"beyond_{name}",
                    m.words("column.persons_beyond", people=heading(m.words.weight(name))),
                    Quantity.PERSONS,
                )
                for name in others
            ),
        ),
        frame=pd.DataFrame(rows),
        note=m.words("table.reach.note"),
    )


def worst_table(m: Material, kind: str) -> Table:
    """The groups that have it farthest."""
    by = str(m.facts["by"])
    frame = _with_marks(m, m.table("groups"))
    rows = frame[(frame["kind"] == kind) & (frame["scenario"].astype(str) == m.scenarios[0])]
    shown = worst_first(rows, ["median_min", "mean_min"]).head(WORST_SHOWN)
    return Table(
        key=f"worst-{kind}",
        title=m.words("table.worst", kind=m.kind(kind)),
        columns=(
            Column(by, m.group(by)),
            Column("persons", m.people, Quantity.PERSONS),
            Column("median_min", m.words("column.median"), Quantity.MINUTES),
            Column("p90_min", m.words("column.p90"), Quantity.MINUTES),
            Column("persons_unreachable", m.words("column.unreachable"), Quantity.PERSONS),
            *threshold_columns(m, m.thresholds(kind)),
        ),
        frame=shown,
        note=_with_note(m, m.words("table.worst.note"), shown),
    )


def _with_marks(m: Material, frame: pd.DataFrame) -> pd.DataFrame:
    """Groups with the sign behind the minutes of those without a known service."""
    if "known" not in frame:
        return frame
    sign = m.words("mark.none_known.sign")
    marks = [sign if known else "" for known in frame["known"]]
    return frame.assign(**{f"{name}_mark": marks for name in ("median_min", "p90_min", "mean_min")})


def _with_note(m: Material, note: str, *frames: pd.DataFrame) -> str:
    """A note that explains the sign where one of the tables shows it."""
    shown = any(frame[name].any() for frame in frames for name in frame if str(name).endswith("_mark"))
    return " ".join(filter(None, [note, m.words("mark.none_known.note") if shown else ""]))


def appendix_table(m: Material, scenario: str, number: int) -> Table:
    """Every group in one row: median and 90th percentile of each service."""
    by = str(m.facts["by"])
    frame = _with_marks(m, m.table("groups"))
    frame = frame[frame["scenario"].astype(str) == scenario]
    wide = frame.drop_duplicates(by).set_index(by)[["persons"]]
    columns = [Column(by, m.group(by)), Column("persons", m.people, Quantity.PERSONS)]
    for position, kind in enumerate(m.kinds):
        rows = frame[frame["kind"].astype(str) == kind].set_index(by)
        for name, told in (("median_min", "median"), ("p90_min", "p90")):
            key = f"{name}_{position}"
            wide[key] = rows[name].reindex(wide.index)
            if f"{name}_mark" in rows:
                wide[f"{key}_mark"] = rows[f"{name}_mark"].reindex(wide.index).fillna("")
            columns.append(
                Column(key, f"{heading(m.kind(kind))}: {m.words(f'column.{told}').lower()}", Quantity.MINUTES)
            )
    title = m.words("table.appendix", group=m.group_word(by))
    return Table(
        key=f"appendix-{number}",
        title=title if len(m.scenarios) == 1 else f"{title}: {m.scenario(scenario)}",
        columns=tuple(columns),
        frame=wide.reset_index(),
        note=_with_note(m, "", wide),
    )
