"""Beds of a group of municipalities figures of each variant, and beside each what it rests on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from geoaccess.answers.reading import Material
from geoaccess.drawing.blocks import Callout, Column, Document, Paragraph, Quantity, Section, Table
from geoaccess.questions.beds.report import assumed, title_of
from geoaccess.questions.factsheet_areas import Area
from geoaccess.questions.factsheet_assumed import people_basis, year_of_people
from geoaccess.words.words import heading

_MILLION = 1e6


def document(m: Material, area: Area) -> Document:
    """The factsheet of an area: variants beside each other, units and municipalities of each, sources."""
    words, told = m.words, m.facts["beds"]
    titles = {name: title_of(m, one) for name, one in {"today": None, **told["variants"]}.items()}
    titles = {name: titles[name] for name in told["region"]}
    sections = [
        Section("figures", words("beds.sheet.figures"), (figures_table(m, area, titles),)),
        Section("units", words("beds.sheet.units"), (_units(m, area, titles),)),
        Section("members", words("beds.sheet.members"), (_members(m, area, titles),)),
        assumed(m),
    ]
    if m.notice:
        notice = Callout(words("notice.title"), (m.notice,))
        people = Paragraph(people_basis(m), small=True)
        sections.append(Section("sources", words("factsheet.sources"), (notice, people)))
    return Document(
        title=f"{area.title}: {title_of(m, told['section'])}",
        subtitle=words("factsheet.subtitle", title=m.title),
        about=(_about(m, area),),
        language=words.language,
        sections=tuple(sections),
        made=m.made,
        is_factsheet=True,
    )


def _about(m: Material, area: Area) -> str:
    parts = [] if not area.column else [m.words.count("factsheet.count", len(area.codes))]
    year = year_of_people(m)
    if year:
        parts.append(m.words("factsheet.assumed.people_of", year=str(year)))
    return " · ".join([*parts, m.words("about.made", date=m.words.date(m.made))])


def _here(m: Material, table: str, area: Area, variant: str) -> pd.DataFrame:
    frame = m.table(table)
    return frame[(frame["variant"] == variant) & frame["municipality_code"].astype(str).isin(area.codes)]


def figures_table(m: Material, area: Area, titles: dict[str, str]) -> Table:
    """One row a figure: today's, each variant's, and what it rests on.

    Units are those that lie in the area; people, minutes and patients are those of its municipalities.
    """
    section = m.facts["beds"]["section"]
    currency = str(section["prices"]["currency"])
    prices = _said(m, section["prices"])
    streams = "; ".join(f"{title_of(m, one)}: {_said(m, one)}" for one in _streams(m, area))
    word = m.words

    def people(column: str) -> Callable[[str], float]:
        return lambda variant: _sum(m, "beds_municipalities", area, variant, column)

    def units(column: str, of: float = 1.0) -> Callable[[str], float]:
        return lambda variant: _sum(m, "beds_units", area, variant, column) / of

    cost, elsewhere = word("beds.cost", currency=currency), word("beds.elsewhere", currency=currency)
    number, share = Quantity.NUMBER, Quantity.SHARE
    rules: list[tuple[str, Callable[[str], float], Quantity, int, str]] = [
        (m.people, people("persons"), Quantity.PERSONS, 0, people_basis(m)),
        (word("beds.units"), lambda v: _count(m, area, v), number, 0, word("beds.sheet.units_basis")),
        (word("beds.beds"), units("beds"), number, 1, _sizing(m)),
        (word("beds.sheet.admissions"), people("admissions"), number, 0, streams),
        (
            word("beds.sheet.turned_away"),
            lambda v: _turned_away(m, area, v),
            share,
            1,
            word("beds.sheet.turned_away_basis"),
        ),
        (word("beds.staff"), units("staff"), number, 1, prices),
        (cost, units("cost", _MILLION), number, 1, prices),
        (elsewhere, units("elsewhere_cost", _MILLION), number, 1, word("beds.sheet.elsewhere_basis")),
        (word("beds.mean"), lambda v: _mean(m, area, v), number, 0, word("beds.sheet.minutes_basis")),
        (word("beds.buyers"), lambda v: _buyers(m, area, v), number, 0, word("beds.sheet.buyers_basis")),
    ]
    rows = []
    for label, figure, quantity, digits, basis in rules:
        row: dict[str, Any] = {"figure": heading(label), "basis": basis}
        for at, variant in enumerate(titles):
            row |= {f"v{at}": figure(variant), f"v{at}_quantity": quantity, f"v{at}_digits": digits}
        rows.append(row)
    return Table(
        "beds-sheet",
        word("beds.compared"),
        (
            Column("figure", word("factsheet.assumed.figure")),
            *(Column(f"v{at}", titles[name], Quantity.BY_ROW) for at, name in enumerate(titles)),
            Column("basis", word("factsheet.assumed.basis")),
        ),
        pd.DataFrame(rows),
    )


def _streams(m: Material, area: Area) -> list[dict[str, Any]]:
    """Streams of patients that somebody of the area is in."""
    table = m.table("municipalities")
    own = table[table["municipality_code"].astype(str).isin(area.codes)]
    streams = dict(m.facts["beds"]["section"]["streams"]).values()

    def here(only: dict[str, list[str]]) -> bool:
        return all(own[name].astype(str).isin(values).any() for name, values in only.items() if name in own)

    return [one for one in streams if here(dict(one["only"]))]


def _said(m: Material, one: dict[str, Any]) -> str:
    return m.words("beds.said", source=one["source"], confidence=m.words(f"confidence.{one['confidence']}"))


def _sizing(m: Material) -> str:
    section = m.facts["beds"]["section"]
    most = m.words.share(float(section["most_turned_away"]), 0)
    seasons = section["seasons_source"] or m.words("beds.sheet.none")
    return m.words("beds.sheet.beds_basis", most=most, seasons=seasons)


def _sum(m: Material, table: str, area: Area, variant: str, column: str) -> float:
    return float(_here(m, table, area, variant)[column].sum())


def _count(m: Material, area: Area, variant: str) -> float:
    return float((_here(m, "beds_units", area, variant)["beds"] > 0).sum())


def _turned_away(m: Material, area: Area, variant: str) -> float:
    """Mean of what their units turn away, by admissions of the area's own people."""
    frame = m.table("beds_units")
    lost = frame[frame["variant"] == variant].set_index("facility_id")["turned_away"]
    own = _here(m, "beds_municipalities", area, variant)
    own = own[own["facility_id"].isin(lost.index) & (own["admissions"] > 0)]
    if own.empty:
        return float("nan")
    return float(
        np.average(lost.reindex(own["facility_id"]).to_numpy(dtype=float), weights=own["admissions"])
    )


def _mean(m: Material, area: Area, variant: str) -> float:
    own = _here(m, "beds_municipalities", area, variant)
    known = own[own["minutes"].notna() & (own["admissions"] > 0)]
    return float(np.average(known["minutes"], weights=known["admissions"])) if len(known) else float("nan")


def _buyers(m: Material, area: Area, variant: str) -> float:
    own = _here(m, "beds_municipalities", area, variant)
    return float((~own["own"].astype(bool) & (own["facility_id"] != "")).sum())


def _units(m: Material, area: Area, titles: dict[str, str]) -> Table:
    """Units of the area: beds today and in each variant, and how sure today's are."""
    words = m.words
    frame = pd.concat([_here(m, "beds_units", area, name) for name in titles], ignore_index=True)
    first = frame.drop_duplicates("facility_id").sort_values("name", kind="stable").reset_index(drop=True)
    confidence = first["beds_confidence"].fillna("").astype(str)
    made = first.assign(sure=[words.known(f"confidence.{one}", "") if one else "" for one in confidence])
    sources = first.assign(told=first["beds_source"].fillna("").astype(str))
    each = [
        f"{words.joined(rows['name'].astype(str).tolist())}: {source}"
        for source, rows in sources[sources["told"] != ""].groupby("told", sort=False)
    ]
    for at, name in enumerate(titles):
        beds = _here(m, "beds_units", area, name).set_index("facility_id")["beds"]
        made[f"v{at}"] = beds.reindex(first["facility_id"]).fillna(0.0).to_numpy()
    return Table(
        "beds-sheet-units",
        words("beds.sheet.units_table"),
        (
            Column("name", words("beds.unit")),
            *(Column(f"v{at}", titles[name], Quantity.NUMBER, 1) for at, name in enumerate(titles)),
            Column("sure", words("beds.how_sure")),
        ),
        made,
        note=" · ".join(each),
    )


def _members(m: Material, area: Area, titles: dict[str, str]) -> Table:
    """Municipalities of the area: unit, minutes and cost in each variant."""
    words = m.words
    first = _here(m, "beds_municipalities", area, next(iter(titles)))
    made = first.sort_values("persons", ascending=False, kind="stable").reset_index(drop=True)
    columns = [
        Column("municipality", m.group("municipality")),
        Column("persons", m.people, Quantity.PERSONS),
    ]
    for at, name in enumerate(titles):
        own = _here(m, "beds_municipalities", area, name).set_index("municipality_code")
        own = own.reindex(made["municipality_code"])
        made[f"unit{at}"] = own["facility_name"].fillna("").to_numpy()
        made[f"minutes{at}"] = own["minutes"].to_numpy()
        made[f"cost{at}"] = own["cost_part"].to_numpy() / _MILLION
        currency = str(m.facts["beds"]["section"]["prices"]["currency"])
        columns += [
            Column(f"unit{at}", f"{titles[name]}: {words('beds.unit')}"),
            Column(f"minutes{at}", words("beds.mean"), Quantity.MINUTES),
            Column(f"cost{at}", words("beds.cost", currency=currency), Quantity.NUMBER, 1),
        ]
    return Table("beds-sheet-members", words("beds.sheet.members_table"), tuple(columns), made)
