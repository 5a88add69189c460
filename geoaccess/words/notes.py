"""The notes of a run in the language of the report.

Notes are written into a run as English sentences. Those that the program writes itself are known here by
their pattern and told by the catalogue; a note that is not known stands as it is, so nothing is lost.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from geoaccess.ground.joining import FLAGGED
from geoaccess.words.note import Note
from geoaccess.words.visible import visible

if TYPE_CHECKING:
    from geoaccess.answers.reading import Material

#: Key of the catalogue -> pattern of the sentence. Groups ``n_*`` hold numbers with English separators,
#: groups ``kind_*`` the English label of a kind.
PATTERNS = {
    "note.recalled": r"(?P<file>\S+): (?P<n_share>\d+)% of the rows are recalled, that is, unchecked",
    "note.estimated": r"(?P<file>\S+): (?P<n_share>\d+)% of the rows are estimated",
    "note.across_water": (
        r"(?P<file>\S+): (?P<n_people>[\d,]+) people live across 1 km of water or more from the place they "
        r"are counted at; their way to it is told as if by land"
    ),
    "note.left_out": (
        r"(?P<file>\S+): (?P<n_out>\d+) of (?P<n_all>\d+) rows left out by the study's filter: (?P<names>.+)"
    ),
    "note.access": (
        r"access leg from home to the network: straight line x (?P<n_factor>[\d.]+) at "
        r"(?P<n_speed>[\d.]+) km/h; mean (?P<n_mean>[\d.]+) km"
    ),
    "note.access_far": r"access leg over (?P<n_km>[\d.]+) km at: (?P<names>.+)",
    "note.unjoined": (
        r"not joined to the network, counted as unreachable: (?P<n_points>\d+) demand points, "
        r"(?P<n_people>[\d,]+) persons"
    ),
    **{
        f"note.flag.{flag}": (
            rf"{flag.replace('_', ' ')}: (?P<n_points>\d+) points, (?P<n_people>[\d,]+) persons "
            rf"{re.escape(meaning)}: (?P<names>.+)"
        )
        for flag, meaning in FLAGGED.items()
    },
    "note.nodes_aside": (
        r"(?P<file>\S+) has none of the (?P<n_nodes>\d+) nodes that the tables name: they are left aside, "
        r"and people and facilities join the network by their coordinates"
    ),
    "note.capped": (
        r"(?P<kind_site>[^:]+): (?P<n_people>[\d,]+) persons cross a ferry that sails so rarely that "
        r"its wait is cut to (?P<n_cap>[\d.]+) min; half the time between its departures is up to "
        r"(?P<n_longer>\d+) min longer: (?P<names>.+)"
    ),
    "note.no_car_deck": r"network: no car deck, closed to vehicles: (?P<names>.+)",
    "note.response": r"response = (?P<n_min>[\d.]+) min mobilisation \((?P<source>.+)\) \+ travel",
    "note.onward": r"and on to the best (?P<kind_site>.+?) \+ (?P<parts>.+)",
    "note.boat": (
        r"(?P<kind_site>[^:]+): (?P<n_speed>[\d.]+) km/h along the ferry lines, then by road, at most "
        r"(?P<n_km>[\d.]+) km out \((?P<source>.+)\)"
    ),
    "note.air": (
        r"(?P<kind_site>[^:]+): (?P<n_speed>[\d.]+) km/h straight to the patient, at most "
        r"(?P<n_km>[\d.]+) km out \((?P<source>.+)\)"
    ),
    "note.air_not_in": (
        r"(?P<kind_site>[^:]+): (?P<n_speed>[\d.]+) km/h straight to the patient, at most "
        r"(?P<n_km>[\d.]+) km out, not in (?P<names>[^(]+?) \((?P<source>.+)\)"
    ),
    "note.no_line": r"left out, for no ferry line calls there: (?P<names>.+)",
    "note.erlang": r"sizes by Erlang's loss formula; admissions and stay: (?P<source>.+)",
    "note.unserved": (
        r"no (?P<kind_site>.+) within (?P<n_borders>\d+) municipal border\(s\) serves (?P<n_people>[\d,]+) "
        r"persons, left out of the mean: (?P<names>.+)"
    ),
    "note.parts": r"time by (?P<kind_site>.+?) = (?P<parts>.+) \+ travel",
    "note.parts_source": r"fixed parts: (?P<source>.+)",
    "note.newly": (
        r"people whom nothing reaches come first, then the mean: (?P<n_people>[\d,]+) persons become "
        r"reachable, and only from then on count in the mean"
    ),
    "note.unreached": (
        r"no (?P<kind_site>.+?) reaches (?P<n_people>[\d,]+) persons, left out of the mean: (?P<names>.+)"
    ),
    **{
        f"note.network.{name}": rf"network: {name.replace('_', ' ')} assumed for (?P<n_links>\d+) links"
        for name in (
            "speed_of_class",
            "road_length_of_circle",
            "ferry_length_of_circle",
            "window_default",
            "crossing_of_length",
            "night_unknown",
            "season_unread",
            "headway_default",
            "headway_of_departures",
        )
    },
}
_PART = re.compile(r"(?P<n_min>[\d.]+) min (?P<name>.+)")
_COMPILED = {key: re.compile(pattern, re.DOTALL) for key, pattern in PATTERNS.items()}


def told_note(m: Material, note: str) -> str:
    """A note in the language of the report; one that is not known as it is."""
    if isinstance(note, Note):
        return visible(note.said(m.words.language.value))
    for key, pattern in _COMPILED.items():
        found = pattern.fullmatch(note)
        if found is not None:
            return m.words(key, **{name: _value(m, name, text) for name, text in found.groupdict().items()})
    return note


def _value(m: Material, name: str, text: str) -> str:
    if name.startswith("n_"):
        digits = len(text.partition(".")[2])
        return m.words.number(float(text.replace(",", "")), digits)
    if name.startswith("kind_"):
        labels = {str(kind.get("label", "")): key for key, kind in m.facts.get("kinds", {}).items()}
        return m.kind(labels[text]) if text in labels else text
    if name == "parts":
        return " + ".join(_part(m, part) for part in text.split(" + "))
    return text


def _part(m: Material, text: str) -> str:
    """``2 min mobilise`` in words; a part that the catalogue does not know keeps its name."""
    found = _PART.fullmatch(text)
    if found is None:
        return text
    part = m.words.known(f"part.{found['name'].replace(' ', '_')}", found["name"])
    return m.words("note.part", n_min=_value(m, "n_min", found["n_min"]), part=part)
