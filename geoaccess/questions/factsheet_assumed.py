"""What a factsheet's figures rest on, figure by figure: the people of the year, minutes, services, waits."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from geoaccess.answers.reading import Material
from geoaccess.drawing.blocks import Column, Table
from geoaccess.questions.factsheet_areas import Area
from geoaccess.words.note import Note
from geoaccess.words.words import heading

#: Files of a study whose unchecked rows bear on minutes, and those that bear on services.
_ROADS = frozenset({"nodes.csv", "roads.csv", "ferries.csv"})


def year_of_people(m: Material) -> int | None:
    """The year whose people are told of, where a projection moved them there; None: the study's own."""
    moved = any(note.code.startswith("note.demand_of") for note in _notes(m))
    return int(m.facts["year"]) if moved else None


def people_basis(m: Material) -> str:
    """Where the number of people comes from."""
    told = [note for note in _notes(m) if note.code.startswith(("note.scaled", "note.demand_of"))]
    told += [note for note in _notes(m) if note.code == "note.projection"]
    return _joined(m, told) or m.words("factsheet.assumed.people_as_told")


def assumed_table(m: Material, area: Area) -> Table:
    """One row a figure of the factsheet: what is assumed of it, with its source."""
    year = year_of_people(m)
    people = m.words("factsheet.assumed.people_of", year=str(year)) if year else heading(m.people)
    rows = [
        (people, people_basis(m)),
        (m.words("factsheet.assumed.minutes"), _joined(m, _of_minutes(m))),
    ]
    if m.has_times:
        services = [m.words("factsheet.assumed.services_today"), _joined(m, _of_services(m, area))]
        rows.append((m.words("factsheet.assumed.services"), " ".join(filter(None, services))))
    waits = _joined(m, [note for note in _notes(m) if note.code == "note.capped"])
    if waits:
        rows.append((m.words("factsheet.assumed.waits"), waits))
    return assumptions(m, [(name, text) for name, text in rows if text])


def assumptions(m: Material, rows: list[tuple[str, str]]) -> Table:
    """A table of figures and what they rest on."""
    return Table(
        key="factsheet-assumed",
        title=m.words("factsheet.assumed.title"),
        columns=(
            Column("figure", m.words("factsheet.assumed.figure")),
            Column("basis", m.words("factsheet.assumed.basis")),
        ),
        frame=pd.DataFrame(rows, columns=["figure", "basis"]),
    )


def _notes(m: Material) -> Iterator[Note]:
    yield from (note for note in m.facts.get("notes", ()) if isinstance(note, Note))


def _of_minutes(m: Material) -> list[Note]:
    codes = ("note.network", "note.access", "note.across_water", "note.no_car_deck")
    return [
        note
        for note in _notes(m)
        if note.code.startswith(codes)
        or (note.code == "note.recalled" and str(note.fields.get("file", "")) in _ROADS)
    ]


def _of_services(m: Material, area: Area) -> list[Note]:
    """Services that are not known are told municipality by municipality in the tables of an area."""
    codes = {"note.recalled"} if area.column else {"note.recalled", "note.none_known"}
    return [
        note for note in _notes(m) if note.code in codes and str(note.fields.get("file", "")) not in _ROADS
    ]


def _joined(m: Material, notes: list[Note]) -> str:
    return "; ".join(note.said(m.words.language) for note in notes)
