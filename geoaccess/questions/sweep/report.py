"""Reports of a sweep: the states with who gains and who loses, and the places that lose most."""

from __future__ import annotations

import math

import pandas as pd

from geoaccess.answers.reading import Material
from geoaccess.drawing.blocks import (
    Block,
    Column,
    Document,
    Headline,
    Headlines,
    Paragraph,
    Quantity,
    Section,
    Table,
)
from geoaccess.drawing.question_report import SHOWN, Parts, question_document


def document(m: Material) -> Document:
    """The report."""
    return question_document(m, parts(m))


def parts(m: Material) -> Parts:
    """What the report says: the states that cost most, and the places that are cut off in any."""
    words, told = m.words, m.facts["sweep"]
    states, points = _states(m), _points(m)
    cut = points[points["first_min"].notna() & points["longest_min"].isna()]
    everybody = cut.drop_duplicates(["source", "from_id"])["persons"].sum()
    figures = Headlines(
        (
            Headline(words.number(told["states"]), words("sweep.states")),
            Headline(words.number(float(everybody)), words("sweep.cut_off")),
        )
    )
    shown = Table(states.key, states.title, states.columns, states.frame.head(SHOWN), states.note)
    worst = Table(
        "sweep-points",
        words("sweep.worst"),
        _point_columns(m),
        points.head(SHOWN),
        words("sweep.worst.note"),
    )
    whole = Table("sweep-points", words("sweep.places"), _point_columns(m), points)
    first = ", ".join(f"{name}: {m.scenario(state)}" for name, state in told["first"].items())
    brief: list[Block] = [figures, Paragraph(words("sweep.sentence", first=first)), shown]
    return Parts(
        words("sweep.subtitle", states=words.number(told["states"])),
        brief,
        [Section("places", worst.title, (worst,))],
        [states, whole],
        math.nan,
    )


def _kind(m: Material, name: str) -> str:
    return m.kind(name) if name else ""


def _states(m: Material) -> Table:
    words = m.words
    frame = m.table("sweep_states").sort_values(
        ["persons_no_longer_reached", "person_min_lost"], ascending=False, kind="stable", ignore_index=True
    )
    chance = "probability" in frame
    frame = frame.assign(
        state=[m.scenario(name) for name in frame["scenario"].astype(str)],
        service=[_kind(m, name) for name in frame["kind"].astype(str)],
        hours_lost=frame["person_min_lost"] / 60.0,
        hours_gained=frame["person_min_gained"] / 60.0,
    )
    return Table(
        "sweep-states",
        words("sweep.states"),
        (
            Column("state", words("sweep.state")),
            Column("source", words("sweep.source")),
            Column("service", words("sweep.kind")),
            *((Column("probability", words("sweep.probability"), Quantity.SHARE, 2),) if chance else ()),
            Column("persons_no_longer_reached", words("sweep.no_longer_reached"), Quantity.PERSONS),
            Column("persons_newly_reached", words("sweep.newly_reached"), Quantity.PERSONS),
            Column("persons_lose", words("sweep.lose"), Quantity.PERSONS),
            Column("hours_lost", words("sweep.lost"), Quantity.NUMBER),
            Column("persons_gain", words("sweep.gain"), Quantity.PERSONS),
            Column("hours_gained", words("sweep.gained"), Quantity.NUMBER),
            Column("mean_min", words("sweep.mean"), Quantity.MINUTES, 1),
        ),
        frame,
        words("sweep.states.note"),
    )


def _points(m: Material) -> pd.DataFrame:
    """The places, those first that are cut off in some state, then those whose way gets longest."""
    points = m.table("sweep_points")
    cut = points["first_min"].notna() & points["longest_min"].isna()
    order = pd.DataFrame(
        {
            "cut": cut,
            "people": points["persons"].where(cut, 0.0),
            "longer": points["longest_min"] - points["first_min"],
        }
    ).sort_values(["cut", "people", "longer"], ascending=False, kind="stable")
    rows = points.loc[order.index].reset_index(drop=True)
    return rows.assign(
        worst_state=[m.scenario(name) if name else "" for name in rows["longest_in"].fillna("").astype(str)],
        service=[_kind(m, name) for name in rows["kind"].astype(str)],
    )


def _point_columns(m: Material) -> tuple[Column, ...]:
    words = m.words
    return (
        Column("name", words("sweep.place")),
        Column("service", words("sweep.kind")),
        Column("persons", words("sweep.persons"), Quantity.PERSONS),
        Column("first_min", words("sweep.first_min"), Quantity.MINUTES, 1),
        Column("longest_min", words("sweep.longest_min"), Quantity.MINUTES, 1),
        Column("worst_state", words("sweep.longest_in")),
        Column("states_reached", words("sweep.states_reached"), Quantity.NUMBER),
    )
