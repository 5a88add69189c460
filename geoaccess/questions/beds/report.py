"""Reports of beds: variants beside each other, units, municipalities and payers, and what is assumed."""

from __future__ import annotations

from typing import Any

import pandas as pd

from geoaccess.answers.reading import Material
from geoaccess.drawing.blocks import (
    Block,
    Column,
    Definitions,
    Document,
    Headline,
    Headlines,
    Paragraph,
    Quantity,
    Section,
    Table,
)
from geoaccess.drawing.question_report import SHOWN, Parts, people_of, question_document
from geoaccess.words.note import Note

_MILLION = 1e6


def document(m: Material) -> Document:
    """The report."""
    return question_document(m, parts(m))


def parts(m: Material) -> Parts:
    """What the report says: the variants, then each with its units, and the assumptions."""
    words, told = m.words, m.facts["beds"]
    region, variants = dict(told["region"]), dict(told["variants"])
    titles = {name: title_of(m, variants.get(name)) for name in region}
    compared = _compared(m, region, titles)
    tables, sections = [compared], [assumed(m)]
    for number, name in enumerate(region):
        units, people, payers = (
            _units(m, name, number, titles),
            _people(m, name, number, titles),
            _payers(m, name, number, titles),
        )
        tables += [units, people, payers]
        shown = Table(units.key, units.title, units.columns, units.frame.head(SHOWN), units.note)
        blocks: list[Block] = [_figures(m, region[name]), shown]
        if len(payers.frame):
            blocks.append(payers)
        proof = _proof(m, region[name], titles[name])
        sections.append(Section(f"variant-{number}", titles[name], (*blocks, *proof)))
    areas = _areas(m)
    tables.append(areas)
    sections.append(Section("areas", words("beds.areas_title"), (areas,)))
    return Parts(
        title_of(m, told["section"]),
        [Paragraph(words("beds.lead")), compared],
        sections,
        tables,
        people_of(m, m.table("beds_points")),
    )


def title_of(m: Material, section: dict[str, Any] | None) -> str:
    """What a section of the study is called; nothing is today."""
    if not section:
        return m.words("beds.today")
    return str(section.get(f"title_{m.words.language}") or section["title"])


def _compared(m: Material, region: dict[str, Any], titles: dict[str, str]) -> Table:
    words, currency = m.words, str(m.facts["beds"]["section"]["prices"]["currency"])
    frame = pd.DataFrame([{"title": titles[name], **one} for name, one in region.items()])
    for column in ("cost", "elsewhere_cost", "travel_cost"):
        frame[column] = frame[column] / _MILLION
    return Table(
        "beds-variants",
        words("beds.compared"),
        (
            Column("title", words("beds.variant")),
            Column("units", words("beds.units"), Quantity.NUMBER),
            Column("beds", words("beds.beds"), Quantity.NUMBER, 1),
            Column("staff", words("beds.staff"), Quantity.NUMBER),
            Column("cost", words("beds.cost", currency=currency), Quantity.NUMBER, 1),
            Column("occupancy", words("beds.occupancy"), Quantity.SHARE),
            Column("turned_away", words("beds.turned_away"), Quantity.SHARE, 1),
            Column("elsewhere_cost", words("beds.elsewhere", currency=currency), Quantity.NUMBER, 1),
            Column("mean_min", words("beds.mean"), Quantity.MINUTES),
            Column("worst_min", words("beds.worst"), Quantity.MINUTES),
            Column("hours", words("beds.hours"), Quantity.NUMBER),
            Column("beside_units", words("beds.beside"), Quantity.NUMBER),
        ),
        frame,
    )


def _figures(m: Material, one: dict[str, Any]) -> Headlines:
    words = m.words
    return Headlines(
        (
            Headline(words.number(one["units"]), words("beds.units")),
            Headline(words.number(one["beds"], 1), words("beds.beds")),
            Headline(words.number(one["mean_min"]), words("beds.mean")),
            Headline(words.number(one["bought"]), words("beds.buyers")),
        )
    )


def _units(m: Material, name: str, number: int, titles: dict[str, str]) -> Table:
    words = m.words
    frame = m.table("beds_units")
    own = frame[frame["variant"] == name].sort_values(["area", "name"], kind="stable").reset_index(drop=True)
    own = own.assign(
        told=[words(f"beds.change.{what}") for what in own["change"]],
        sure=[
            words.known(f"confidence.{one}", "") if one else ""
            for one in own["beds_confidence"].fillna("").astype(str)
        ],
        cost=own["cost"] / _MILLION,
    )
    return Table(
        f"beds-units-{number}",
        words("beds.units_of", variant=titles[name]),
        (
            Column("name", words("beds.unit")),
            Column("area", words("beds.area")),
            Column("told", words("beds.change")),
            Column("beds_today", words("beds.today_beds"), Quantity.NUMBER, 1),
            Column("sure", words("beds.how_sure")),
            Column("beds", words("beds.beds"), Quantity.NUMBER, 1),
            Column("persons", m.people, Quantity.PERSONS),
            Column("occupancy", words("beds.occupancy"), Quantity.SHARE),
            Column("turned_away", words("beds.turned_away"), Quantity.SHARE, 1),
            Column(
                "cost",
                words("beds.cost", currency=str(m.facts["beds"]["section"]["prices"]["currency"])),
                Quantity.NUMBER,
                1,
            ),
        ),
        own,
    )


def _people(m: Material, name: str, number: int, titles: dict[str, str]) -> Table:
    words = m.words
    frame = m.table("beds_municipalities")
    own = (
        frame[frame["variant"] == name]
        .sort_values("minutes", ascending=False, kind="stable")
        .reset_index(drop=True)
    )
    return Table(
        f"beds-municipalities-{number}",
        words("beds.municipalities_of", variant=titles[name]),
        (
            Column("municipality", m.group("municipality")),
            Column("facility_name", words("beds.unit")),
            Column("persons", m.people, Quantity.PERSONS),
            Column("minutes", words("beds.mean"), Quantity.MINUTES),
            Column("beds_part", words("beds.beds"), Quantity.NUMBER, 2),
            Column("cost_part", words("beds.kroner"), Quantity.NUMBER),
        ),
        own,
    )


def _payers(m: Material, name: str, number: int, titles: dict[str, str]) -> Table:
    words = m.words
    frame = m.table("beds_payers")
    own = frame[frame["variant"] == name] if len(frame) else frame
    payers = dict(m.facts["beds"]["section"]["payers"])
    rows = (
        [
            {
                "payer": title_of(m, payers[payer]),
                "cost": float(part["cost"].sum()) / _MILLION,
                "source": payers[payer]["source"],
            }
            for payer, part in own.groupby("payer", sort=False)
        ]
        if len(own)
        else []
    )
    return Table(
        f"beds-payers-{number}",
        words("beds.payers_of", variant=titles[name]),
        (
            Column("payer", words("beds.payer")),
            Column(
                "cost",
                words("beds.cost", currency=str(m.facts["beds"]["section"]["prices"]["currency"])),
                Quantity.NUMBER,
                1,
            ),
            Column("source", words("beds.source")),
        ),
        pd.DataFrame(rows, columns=["payer", "cost", "source"]),
    )


def _areas(m: Material) -> Table:
    words = m.words
    frame = m.table("beds_areas")
    own = frame[frame["variant"] == frame["variant"].iloc[0]].reset_index(drop=True)
    by_persons = dict(m.facts["beds"]["section"]["persons_per_bed"])
    return Table(
        "beds-areas",
        words("beds.areas_title"),
        (
            Column("area", words("beds.area")),
            Column("persons", m.people, Quantity.PERSONS),
            Column("beds_today", words("beds.today_beds"), Quantity.NUMBER, 1),
            Column("offered", words("beds.offered"), Quantity.NUMBER, 1),
            *(
                Column(
                    f"beds_by_{weight}",
                    _note(m, "beds.by_persons", persons=persons, weight=words.weight(weight)),
                    Quantity.NUMBER,
                    1,
                )
                for weight, persons in by_persons.items()
            ),
            Column("beds_each", words("beds.each"), Quantity.NUMBER),
            Column("beds_pooled", words("beds.pooled"), Quantity.NUMBER),
        ),
        own,
    )


def assumed(m: Material) -> Section:
    """Every figure that the answer rests on, with its source."""
    words, section = m.words, m.facts["beds"]["section"]
    items = [
        (
            title_of(m, one),
            words("beds.said", source=one["source"], confidence=words(f"confidence.{one['confidence']}")),
        )
        for one in dict(section["streams"]).values()
    ]
    prices = section["prices"]
    items.append(
        (
            words("beds.prices"),
            words(
                "beds.said", source=prices["source"], confidence=words(f"confidence.{prices['confidence']}")
            ),
        )
    )
    for heading, key in (
        ("beds.rule", "persons_source"),
        ("beds.seasons", "seasons_source"),
        ("beds.visits", "beside_source"),
    ):
        if section[key]:
            items.append((words(heading), str(section[key])))
    return Section("assumed", words("beds.assumed"), (Definitions(tuple(items)),))


def _note(m: Material, code: str, **fields: object) -> str:
    """A sentence that the terminal says too, in the language of the report."""
    return Note(code, **fields).said(m.words.language)


def _proof(m: Material, one: dict[str, Any], title: str) -> list[Block]:
    if not one["status"]:
        return []
    told = "beds.proven" if one["status"] == "optimal" else "beds.not_proven"
    return [
        Paragraph(
            _note(
                m,
                told,
                variant=title,
                total=one["objective"] / _MILLION,
                bound=one["bound"] / _MILLION,
                currency=str(m.facts["beds"]["section"]["prices"]["currency"]),
                solver=one["solver"],
            ),
            small=True,
        )
    ]
