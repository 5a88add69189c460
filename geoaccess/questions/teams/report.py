"""Reports of teams: today's areas and the best beside each other, and what each team does on the road."""

from __future__ import annotations

import pandas as pd

from geoaccess.answers.reading import Material
from geoaccess.drawing.blocks import (
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
from geoaccess.drawing.question_report import Parts, people_of, question_document
from geoaccess.questions.teams.told import proof_note
from geoaccess.study.team_sections import Team

#: Key of the study file -> what its figure is called.
FIGURES = {
    "clients_per_1000": "teams.figure.clients",
    "visits_each": "teams.figure.visits",
    "visit_min": "teams.figure.visit_min",
    "staff_per_visit": "teams.figure.staff",
    "day_hours": "teams.figure.day",
    "staff_hours_year": "teams.figure.year",
    "least": "teams.figure.least",
    "most": "teams.figure.most",
}


def document(m: Material) -> Document:
    """The report."""
    return question_document(m, parts(m))


def parts(m: Material) -> Parts:
    """What the report says: both variants, then the areas and municipalities of each."""
    words, told = m.words, m.facts["teams"]
    section = told["section"]
    title = str(section.get(f"title_{words.language}") or section["title"])
    source = words(
        "teams.source", source=section["source"], confidence=words(f"confidence.{section['confidence']}")
    )
    tables, sections = [], [_assumed(m)]
    for variant, one in dict(told["region"]).items():
        areas, people = _areas(m, variant), _people(m, variant)
        tables += [areas, people]
        figures = Headlines(
            (
                Headline(words.number(one["areas"]), words("teams.areas")),
                Headline(words.number(one["mean_min"], 1), words("teams.mean")),
                Headline(words.number(one["road_hours"]), words("teams.road")),
                Headline(words.number(one["staff"], 1), words("teams.staff")),
            )
        )
        sections.append(Section(f"teams-{variant}", words(f"teams.{variant}"), (figures, areas, people)))
    return Parts(
        title,
        [Paragraph(words("teams.lead")), Paragraph(source, small=True), Paragraph(_proof(m))],
        sections,
        tables,
        people_of(m, m.table("teams_points")),
    )


def _proof(m: Material) -> str:
    """How sure the areas are, as the terminal says it."""
    return proof_note(m.facts["teams"]["region"], m.facts["teams"]["proof"]).said(m.words.language)


def _assumed(m: Material) -> Section:
    """Every figure that the hours rest on, with its place in the study file."""
    words, told = m.words, m.facts["teams"]
    sure = words(f"confidence.{told['section']['confidence']}")
    titles = {key: words(code) for key, code in FIGURES.items()}
    items = tuple(
        (
            titles[key.partition(".")[0]],
            words("teams.figure", value=value, place=key, section=f"[teams.{told['name']}]", confidence=sure),
        )
        for key, value in Team(**told["section"]).figures()
    )
    return Section("assumed", words("teams.assumed"), (Definitions(items),))


def _own(m: Material, table: str, variant: str, by: str) -> pd.DataFrame:
    frame = m.table(table)
    own = frame[frame["variant"] == variant]
    return own.sort_values([by, "seat"], ascending=[False, True], kind="stable").reset_index(drop=True)


def _areas(m: Material, variant: str) -> Table:
    words = m.words
    return Table(
        f"teams-areas-{variant}",
        words("teams.areas_of"),
        (
            Column("seat", words("teams.seat")),
            Column("municipalities", words("teams.municipalities"), Quantity.NUMBER),
            Column("persons", m.people, Quantity.PERSONS),
            Column("clients", words("teams.clients"), Quantity.NUMBER),
            Column("mean_min", words("teams.mean"), Quantity.MINUTES),
            Column("worst_min", words("teams.worst"), Quantity.MINUTES),
            Column("visit_hours", words("teams.visit_hours"), Quantity.NUMBER),
            Column("road_hours", words("teams.road"), Quantity.NUMBER),
            Column("wait_hours", words("teams.wait"), Quantity.NUMBER),
            Column("staff", words("teams.staff"), Quantity.NUMBER, 1),
            Column("beyond_day", words("teams.beyond"), Quantity.NUMBER, 1),
        ),
        _own(m, "teams_areas", variant, "persons"),
    )


def _people(m: Material, variant: str) -> Table:
    words = m.words
    return Table(
        f"teams-municipalities-{variant}",
        words("teams.municipalities_of"),
        (
            Column("municipality", m.group("municipality")),
            Column("seat", words("teams.seat")),
            Column("persons", m.people, Quantity.PERSONS),
            Column("mean_min", words("teams.mean"), Quantity.MINUTES),
            Column("road_hours", words("teams.road"), Quantity.NUMBER),
            Column("beyond_day", words("teams.beyond"), Quantity.NUMBER, 1),
        ),
        _own(m, "teams_municipalities", variant, "mean_min"),
    )
