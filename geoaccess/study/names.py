"""What a study calls its kinds and states of the world, in every language that it tells them in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

import pandas as pd

from geoaccess.ground.errors import DataError, UnknownNameError
from geoaccess.study.model import Study
from geoaccess.study.resource_sections import bases_of
from geoaccess.study.services import service_kind
from geoaccess.study.state import BASE
from geoaccess.words.note import Note, in_languages, part_of_clock, state_words

Section = TypeVar("Section")


def kind_words(study: Study, kind: str) -> dict[str, str]:
    """A kind of service for the field of a note, in the singular."""
    return in_languages(study.kind(kind), "label")


def named_section(
    known: Mapping[str, Section], name: str | None, *, what: str, none: str
) -> tuple[str, Section]:
    """The section of a study that is asked for by its name, or its first, with its name.

    Args:
        known: the sections of a kind, by name.
        name: the one that is asked for; None = the first.
        what: what such a section is called in the error.
        none: code of the sentence for a study that has none.

    Raises:
        DataError: the study has none.
        UnknownNameError: it has none of that name.
    """
    if not known:
        raise DataError(Note(none))
    chosen = name or next(iter(known))
    if chosen not in known:
        raise UnknownNameError(what, chosen, known)
    return chosen, known[chosen]


def scenario_words(study: Study, name: str) -> dict[str, str]:
    """A state of the world for the field of a note: its title where the study tells it, else its name."""
    if name == BASE:
        return state_words(name)
    told = in_languages(study.config.scenarios[name], "title") if name in study.config.scenarios else {}
    return told if told.get("en") else {"en": name}


def scenario_name(study: Study, name: str) -> dict[str, str]:
    """A state of the world by the name that a heading or a cell has room for: its title up to a colon."""
    return _short(scenario_words(study, name))


def _short(title: Mapping[str, str]) -> dict[str, str]:
    return {language: text.partition(": ")[0] for language, text in title.items()}


def called(study: Study, column: str, name: str) -> dict[str, str]:
    """What a reader is told for an id in a column of a table; empty where the column holds no ids.

    Args:
        study: the study of the table.
        column: kind, service, scenario, state, clock, placement, binding or part; other columns hold no ids.
        name: the id.
    """
    if column in {"kind", "service"}:
        kind = study.config.kinds.get(name) or service_kind(study.config, name, study.facility_names)
        return in_languages(kind, "label") if kind else {}
    if column in {"scenario", "state"}:
        return scenario_name(study, name)
    if column == "clock" and name in study.config.clocks:
        return _short(in_languages(study.config.clocks[name], "title"))
    if column == "placement" and name in study.config.placements:
        return in_languages(study.config.placements[name], "title")
    if column in {"binding", "part"}:
        return part_of_clock(name)
    return {}


def municipal_groups(study: Study, column: str) -> pd.Series[Any]:
    """Group of each municipality by its code; a column of facilities, such as a local hospital, by name.

    Args:
        study: the study.
        column: a column of the municipalities.
    """
    groups = study.municipalities.set_index("municipality_code")[column]
    names = study.facilities.set_index("facility_id")["name"]
    return groups.map(names) if groups.isin(names.index).all() else groups


def way_words(study: Study, way: str) -> Note:
    """A chain of craft in words; a crew on other duty keeps its minutes in brackets.

    Args:
        study: a study with ``[resources]``.
        way: names of the craft joined by `` + ``, as :class:`networks.transport.TransportResult` tells them;
            empty = nobody comes.
    """
    if not way:
        return Note("access.nobody")
    named = []
    for craft in way.split(" + "):
        name, bracket, rest = craft.partition(" (")
        kind = bases_of(name, study.config.resources[name])[0]
        label = Note("text", text=kind_words(study, kind))
        named.append(Note("access.on_duty", text=label, minutes=rest.rstrip(")")) if bracket else label)
    return Note("access.chain", crafts=named)
