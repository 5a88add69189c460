"""Reports of the questions beside access and place: a comparison, a frontier, a ranking of losses."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from geoaccess.answers.reading import Material, column
from geoaccess.drawing.blocks import (
    Block,
    Callout,
    Column,
    Document,
    Figure,
    Headline,
    Headlines,
    Paragraph,
    Quantity,
    Section,
    Table,
)
from geoaccess.drawing.origin import about_lines, inputs_table, origin_sections
from geoaccess.questions.comparison.changes import change_columns
from geoaccess.words.words import heading

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing

#: Rows of a table or bars of a drawing that a reader is shown first.
_SHOWN, _BARS = 20, 12


def asks(m: Material) -> bool:
    """Whether the run is of one of these questions."""
    return any(name in m.run.tables for name in _TOLD)


def question_document(m: Material) -> Document:
    """The report of a run of one of these questions."""
    name, tell = next((name, tell) for name, tell in _TOLD.items() if name in m.run.tables)
    subtitle, brief, sections, tables = tell(m)
    notice = [Callout(m.words("notice.title"), (m.notice,))] if m.notice else []
    first = Section("brief", m.words("brief.title"), (*notice, *brief))
    inputs = [inputs_table(m)] if m.facts.get("inputs") else []
    return Document(
        title=m.title,
        subtitle=subtitle,
        about=about_lines(m, _persons(m, name)),
        language=m.words.language,
        sections=(first, *sections, *origin_sections(m)),
        made=m.made,
        tables=(*tables, *inputs),
    )


_Parts = tuple[str, list[Block], list[Section], list[Table]]


def _persons(m: Material, name: str) -> float:
    """The people told of, each once."""
    places = m.table({"comparison": "comparison", "frontier": "frontier_points"}.get(name, "loss_points"))
    return float(places.drop_duplicates("demand_id")[m.weight].sum())


# Who gains and who loses


def _comparison(m: Material) -> _Parts:
    told, words = m.facts["compare"], m.words
    a, b = (_state(m, told, letter) for letter in "ab")
    region, groups = (_services(m, m.table(f"comparison_{part}")) for part in ("region", "groups"))
    sentences = [_gains(m, row) for row in region.to_dict(orient="records")]
    main = Table(
        key="comparison",
        title=words("compare.table", a=a, b=b),
        columns=(Column("service", words("column.service")), *change_columns(m)),
        frame=region,
        note=words("table.changes.note"),
    )
    moved = groups["person_min_lost"] + groups["person_min_gained"]
    unreached = groups["persons_no_longer_reached"] + groups["persons_newly_reached"]
    groups = groups.assign(moved=moved, unreached=unreached)
    groups = groups[(moved > 0) | (unreached > 0)]
    groups = groups.sort_values(["unreached", "moved"], ascending=False, kind="stable").reset_index(drop=True)
    municipalities = Table(
        key="comparison-municipalities",
        title=words("compare.municipalities"),
        columns=(
            Column("municipality", m.group("municipality")),
            Column("service", words("column.service")),
            *change_columns(m),
        ),
        frame=groups,
        note=words("table.group_changes.note"),
    )
    shown = Table(
        municipalities.key,
        municipalities.title,
        municipalities.columns,
        groups.head(_SHOWN),
        municipalities.note,
    )
    blocks: list[Block] = [*(Paragraph(text) for text in sentences), main]
    where = Section("municipalities", words("compare.where"), (shown,))
    return words("compare.subtitle", a=a, b=b), blocks, [where], [main, municipalities]


def _state(m: Material, told: Mapping[str, str], letter: str) -> str:
    """A state in words: its scenario as the study describes it, else as the run calls it."""
    name, label = told["scenarios"]["ab".index(letter)], told[f"label_{letter}"]
    if label != name:
        return str(label)
    return m.words.told(m.facts.get("scenario_titles", {}).get(name, {}), "title") or m.scenario(name)


def _services(m: Material, frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with what its times are to in words."""
    known = m.facts.get("kinds", {})
    told = [m.kind(str(kind)) if kind in known else m.words("compare.response") for kind in frame["kind"]]
    return frame.assign(service=[heading(text) for text in told])


def _gains(m: Material, row: Mapping[object, object]) -> str:
    """Who gains and who loses by one service, in a sentence or two."""
    value = {str(name): figure for name, figure in row.items()}
    number = partial(_number, m, value)
    text = m.words(
        "compare.sentence",
        service=value["service"],
        gain=number("persons_gain"),
        lose=number("persons_lose"),
        people=m.words.weight(m.weight),
    )
    turned = [
        m.words(f"gains.{name}", number=number(name), people=m.words.weight(m.weight))
        for name in ("persons_newly_reached", "persons_no_longer_reached")
        if float(str(value[name])) > 0
    ]
    return " ".join([text, *turned])


def _number(m: Material, values: Mapping[str, object], name: str) -> str:
    return m.words.number(float(str(values[name])))


# The value of each further site


def _frontier(m: Material) -> _Parts:
    words, told = m.words, m.facts["frontier"]
    kind = m.kind(str(told["facility"]), plural=True)
    frame = m.table("frontier").assign(
        verdict=[words.known(f"status.{status}", str(status)) for status in m.table("frontier")["status"]]
    )
    first, last = ({str(key): value for key, value in frame.iloc[at].items()} for at in (0, len(frame) - 1))
    proven = bool((frame["status"] == "optimal").all())
    text = words(
        "frontier.sentence",
        first=words.number(first["sites"]),
        last=words.number(last["sites"]),
        kind=kind,
        before=words.duration(first["mean_min"], 1),
        after=words.duration(last["mean_min"], 1),
    )
    proof = words("frontier.proven" if proven else "frontier.not_proven")
    table = Table(
        key="frontier",
        title=words("frontier.table"),
        columns=(
            Column("sites", words("frontier.sites"), Quantity.NUMBER),
            Column("mean_min", words("column.mean"), Quantity.MINUTES, 2),
            Column("gain_min", words("frontier.gain"), Quantity.NUMBER, 2),
            Column("p90_min", words("column.p90"), Quantity.MINUTES, 1),
            Column("worst_min", words("column.farthest"), Quantity.MINUTES),
            Column("persons_unreachable", words("column.unreachable"), Quantity.PERSONS),
            Column("opened", words("frontier.opened")),
            Column("closed", words("frontier.closed")),
            Column("verdict", words("proof.status")),
        ),
        frame=frame,
        note=words("frontier.note"),
    )
    curve = Figure(
        caption=words("frontier.caption"),
        alt=words("frontier.alt", told=_told_steps(m, frame)),
        draw=_curve(m, frame),
    )
    return words("frontier.subtitle", kind=kind), [Paragraph(f"{text} {proof}"), curve, table], [], [table]


def _told_steps(m: Material, frame: pd.DataFrame) -> str:
    pairs = zip(column(frame, "sites"), column(frame, "mean_min"), strict=True)
    return "; ".join(
        m.words("frontier.step", sites=m.words.number(sites), mean=m.words.number(mean, 1))
        for sites, mean in pairs
    )


def _curve(m: Material, frame: pd.DataFrame) -> Callable[[], Drawing]:
    from geoaccess.drawing.plots import steps  # noqa: PLC0415 - plots need matplotlib, spreadsheets do not

    return partial(steps, m.words, column(frame, "sites"), column(frame, "mean_min"))


# What hurts most when it falls out


def _losses(m: Material) -> _Parts:
    words, told = m.words, m.facts["losses"]
    limit = words.number(float(told["threshold_min"]))
    frame = _services(m, m.table("losses"))
    frame = frame.assign(person_hours_lost=frame["person_min_lost"] / 60.0)
    hurting = frame[frame[["person_min_lost", "persons_no_longer_reached"]].sum(axis=1) > 0]
    columns = (
        Column("name", words("losses.name")),
        Column("service", words("column.service")),
        Column("person_hours_lost", words("losses.hours"), Quantity.NUMBER),
        Column("persons_lose", words("column.lose", people=m.people), Quantity.PERSONS),
        Column("persons_newly_beyond", words("losses.beyond", limit=limit), Quantity.PERSONS),
        Column("persons_no_longer_reached", words("column.no_longer"), Quantity.PERSONS),
        Column("worst_loss_min", words("column.worst_loss"), Quantity.NUMBER),
    )
    title, note = words("losses.table"), words("losses.note")
    shown = Table("losses", title, columns, hurting.head(_SHOWN).reset_index(drop=True), note)
    whole = Table("losses", title, columns, frame.reset_index(drop=True), note)
    blocks: list[Block] = []
    if len(hurting):
        first = {str(key): value for key, value in hurting.iloc[0].items()}
        text = words(
            "losses.sentence",
            name=first["name"],
            service=first["service"],
            hours=words.number(float(first["person_hours_lost"])),
            lose=words.number(float(first["persons_lose"])),
            people=words.weight(m.weight),
        )
        figures = (
            Headline(words.number(len(frame["element_id"].unique())), words("losses.tried")),
            Headline(words.number(len(hurting["element_id"].unique())), words("losses.hurting")),
        )
        blocks += [Headlines(figures), Paragraph(text), _bars(m, hurting.head(_BARS))]
    scenario = m.scenario(str(told["scenario"]))
    return words("losses.subtitle", scenario=scenario), [*blocks, shown], [], [whole]


def _bars(m: Material, rows: pd.DataFrame) -> Figure:
    names = [f"{name} ({service})" for name, service in zip(rows["name"], rows["service"], strict=True)]
    hours = column(rows, "person_hours_lost")
    told = "; ".join(
        m.words("losses.bar", name=name, hours=m.words.number(value))
        for name, value in zip(names, hours, strict=True)
    )
    return Figure(
        caption=m.words("losses.caption"),
        alt=m.words("losses.alt", told=told),
        draw=_draw_bars(m, names, [value if math.isfinite(value) else 0.0 for value in hours]),
    )


def _draw_bars(m: Material, names: list[str], hours: list[float]) -> Callable[[], Drawing]:
    from geoaccess.drawing.plots import bars  # noqa: PLC0415

    return partial(bars, m.words, names, np.asarray(hours), m.words("losses.hours"))


#: Table that tells the question -> what tells it.
_TOLD: Mapping[str, Callable[[Material], _Parts]] = {
    "comparison": _comparison,
    "frontier": _frontier,
    "losses": _losses,
}
