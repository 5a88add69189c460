"""The part of a report that says where its figures come from: assumptions, sources, command, versions."""

from __future__ import annotations

import math
import shlex

import pandas as pd

from geoaccess.answers.reading import Material
from geoaccess.drawing.blocks import Block, Column, Definitions, Listing, Paragraph, Section, Table
from geoaccess.words.note import note_in
from geoaccess.words.visible import visible
from maps.basemap import COAST_SOURCE


def origin_sections(m: Material) -> list[Section]:
    """How to read the figures, what they rest on, and how to make them again."""
    words = m.words
    terms = ["median", "p90", "mean", "threshold", "unreachable"]
    reading = tuple((words(f"term.{term}"), words(f"term.{term}.told")) for term in terms)
    origin: list[Block] = [Definitions(tuple(provenance(m)))]
    if m.facts.get("inputs"):
        origin.append(inputs_table(m))
    return [
        Section("reading", words("reading.title"), (Definitions(reading),)),
        Section(
            "assumptions", words("notes.title"), (Paragraph(words("notes.lead")), Listing(tuple(notes(m))))
        ),
        Section("sources", words("sources.title"), (Listing(tuple(sources(m))),)),
        Section("provenance", words("provenance.title"), tuple(origin)),
    ]


def notes(m: Material) -> list[str]:
    """Assumptions and limits, those of the program in the language of the report."""
    return [note_in(note, m.words.language.value) for note in m.notes] or [m.words("notes.none")]


def sources(m: Material) -> list[str]:
    """Sources of the data and of the coast on the maps."""
    return [*m.sources, m.words("sources.coast", source=COAST_SOURCE)]


def provenance(m: Material) -> list[tuple[str, str]]:
    """What made the run, so that it can be made again."""
    words, facts = m.words, m.facts
    year = f" ({facts['year']})" if facts.get("year") and facts.get("year_is_said", True) else ""
    found = [(words("provenance.study"), f"{facts.get('study', '')}{year}")]
    if facts.get("command"):
        found.append((words("provenance.command"), shlex.join(str(part) for part in facts["command"])))
    found.append((words("provenance.started"), words.moment(m.made)))
    if facts.get("seconds") is not None:
        found.append((words("provenance.seconds"), words("seconds", value=words.number(facts["seconds"], 1))))
    if facts.get("versions"):
        versions = ", ".join(f"{name} {version}" for name, version in facts["versions"].items())
        found.append((words("provenance.versions"), versions))
    if facts.get("platform"):
        found.append((words("provenance.platform"), str(facts["platform"])))
    return found


def inputs_table(m: Material) -> Table:
    """The files that the run was made from, with their hashes."""
    files = [(visible(name), visible(digest)) for name, digest in m.facts["inputs"].items()]
    return Table(
        key="inputs",
        title=m.words("table.inputs"),
        columns=(Column("file", m.words("column.file")), Column("hash", m.words("column.hash"))),
        frame=pd.DataFrame(files, columns=["file", "hash"]),
    )


def about_lines(m: Material, persons: float) -> tuple[str, ...]:
    """When, of whom; NaN persons are nobody in particular."""
    made = m.words("about.made", date=m.words.date(m.made))
    if math.isnan(persons):
        return (made,)
    number, people = m.words.number(persons), m.words.weight(m.weight)
    year = str(m.facts.get("year", ""))
    return m.words("about.people", number=number, people=people, year=year), made
