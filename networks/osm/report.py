"""What a build assumed and left out: counted, kept in the network's provenance, readable."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from networks.brief import Brief
from networks.ferries import FerryService, timetable_note
from networks.opening_hours import LONGEST_BREAK_DAYS
from networks.osm.defaults import ALTERNATING_WAIT_S
from networks.sentences import Sentence, first_names


class Tally:
    """Counts gathered while a network is built, by section and item."""

    def __init__(self) -> None:
        self._counts: defaultdict[str, defaultdict[str, float]] = defaultdict(lambda: defaultdict(float))

    def add(self, section: str, item: str, amount: float = 1) -> None:
        """Add to a count."""
        if amount:
            self._counts[section][item] += amount

    def counts(self) -> dict[str, dict[str, float]]:
        """The counts, whole numbers as ``int``."""
        return {
            section: {item: int(n) if n == int(n) else round(n, 3) for item, n in sorted(items.items())}
            for section, items in self._counts.items()
        }


#: Section of the counts that names the roads whose direction changes by the hour.
REVERSIBLE_SECTION = "roads left out as their direction changes by the hour"

#: Section of the counts that names the roads that are there in frost only.
FROZEN_SECTION = "roads left out as they need frost"

#: Section of the counts that names the ferries that stay away for a part of the year.
SEASONAL_SECTION = "ferries left out as they sail a part of the year"

#: Item of the counts: ways whose speed limit is a text that gives none.
UNREAD_SPEEDS = "ways with a speed tag that cannot be read"

#: Item of the counts: ways that their tags close in a season or at some hours.
CLOSED_AT_TIMES = "closed at times by their tags, driven as if open"

#: Item of the counts: ways with ``oneway=alternating``.
IN_TURN = "with one lane for both directions in turn"

#: Section of the counts of signals, signs and crossings, and its items by what they are called in a note.
CONTROL_SECTION = "junction control"
CONTROLLED = {
    "signals": "edges with traffic signals",
    "stops": "edges with a stop sign",
    "yields": "edges that give way to others by a sign",
    "towns": "edges to a crossing in a town where the map has no signal or sign",
}

#: Section of the counts of grades, and its items.
HEIGHT_SECTION = "elevation"
HEIGHTS = {
    "known": "km of road with a known grade",
    "outside": "km of road outside the raster, taken as level",
}

#: Sections of the counts whose items name what was found, one by one, and what a note says of them.
UNREAD_FERRY_TAGS = "ferry tags that cannot be read"
UNBELIEVED_DURATIONS = "ferry durations that nobody can believe, replaced"
QUAYS_WITHOUT_ROAD = "ferry quays that no road reaches"
HOLIDAY_HOURS = "ferry hours of holidays, which are not told apart from other days"
_FOUND = {
    UNREAD_FERRY_TAGS: "unread_tags",
    UNBELIEVED_DURATIONS: "unbelieved_durations",
    QUAYS_WITHOUT_ROAD: "quays_without_road",
    HOLIDAY_HOURS: "holiday_hours",
}
NAMED_FERRY_SECTIONS = tuple(_FOUND)

#: Names listed in one note.
_MOST_NAMES = 12


def notes_of(
    counts: Mapping[str, Mapping[str, float]],
    services: Sequence[FerryService],
    country: str,
    known_by: str,
    ferries: str,
) -> tuple[str, ...]:
    """What a reader of a result must know about a build, in sentences.

    Args:
        counts: by section and item, as a build counted them.
        services: the ferries of the network.
        country: ISO code whose general limits were used.
        known_by: ``given``, or how the country was found.
        ferries: the ferry model.
    """
    notes: list[str] = []
    speeds = counts.get("speeds", {})
    assumed = speeds.get("km: default-of-class", 0)
    total = sum(km for item, km in speeds.items() if item.startswith("km: "))
    if assumed:
        notes.append(
            Sentence(
                "net.speeds_assumed",
                "{share:.0%} of the road length has no speed limit in the map: that of its class is used",
                share=assumed / total,
            )
        )
    if known_by != "given":
        notes.append(_whose_limits(country, known_by))
    guessed = [service.name for service in services if "crossing_of_length" in service.assumptions]
    if guessed:
        notes.append(
            Sentence(
                "net.crossings_guessed",
                "crossing time from length and a usual speed: {names}",
                names=first_names(guessed, _MOST_NAMES),
            )
        )
    no_headway = sum("headway_default" in service.assumptions for service in services)
    if no_headway:
        notes.append(
            Sentence(
                "net.silent_ferries",
                "{silent} of {every} ferry connections say nothing about their departures",
                silent=no_headway,
                every=len(services),
            )
        )
    for section in NAMED_FERRY_SECTIONS:
        items = sorted(counts.get(section, {}))
        if items:
            code, what = f"net.found.{_FOUND[section]}", "{number} " + section + ": {names:; }"
            names: tuple[str, ...] = tuple(items[:_MOST_NAMES])
            if len(items) > _MOST_NAMES:
                more = len(items) - _MOST_NAMES
                names = (*names, Sentence("net.and_more", "and {more} more", more=more))
            notes.append(Sentence(code, what, number=len(items), names=names))
    left_out = {
        item.removeprefix("not applied: "): n
        for item, n in counts.get("turn restrictions", {}).items()
        if item.startswith("not applied: ")
    }
    if left_out:
        why = tuple(
            Sentence("net.turns_why", "{turns} {reason}", turns=round(n), reason=item)
            for item, n in sorted(left_out.items())
        )
        notes.append(
            Sentence(
                "net.turns_left_out",
                "{turns} turn restrictions are not applied: {why}",
                turns=round(sum(left_out.values())),
                why=why,
            )
        )
    notes += _limits_and_closures(counts)
    in_turn = counts.get("ways", {}).get(IN_TURN, 0)
    if in_turn:
        notes.append(
            Sentence(
                "net.in_turn",
                "{ways} road ways have one lane for both directions in turn (oneway=alternating): a wait of "
                "{seconds} s is assumed",
                ways=round(in_turn),
                seconds=round(ALTERNATING_WAIT_S),
            )
        )
    notes += _junctions_and_grades(counts)
    silent = counts.get("ferries", {}).get("ways used although they do not say whether they take cars", 0)
    if silent:
        notes.append(
            Sentence(
                "net.cars_unsaid",
                "{ways} ferry ways do not say whether they take cars and are used",
                ways=round(silent),
            )
        )
    return (*notes, *timetable_note(ferries, services))


def notes_again(built: Mapping[str, Any], services: Sequence[FerryService]) -> tuple[str, ...]:
    """The notes of a build that was read from a file, where a sentence is but its English text.

    What counts and ferries tell is told anew: other languages can say it, and it fits timetables that came
    later. What was noted of a graph that was taken over stays as it was written.

    Args:
        built: :meth:`BuildReport.to_dict`, as the network keeps it.
        services: the ferries of the network.
    """
    told = notes_of(
        built["counts"], services, built["country"], built["country_source"], built.get("ferries", "")
    )
    return (*told, *built.get("graph_notes", ()))


def _names_in(counts: Mapping[str, Mapping[str, float]], section: str) -> tuple[object, ...] | Sentence:
    """The names that a section of the counts holds, of many the first; empty where it has none."""
    return first_names(sorted(counts.get(section, {})), _MOST_NAMES)


def _limits_and_closures(counts: Mapping[str, Mapping[str, float]]) -> list[str]:
    """Roads whose limit is not known, and those that are not there at all times."""
    notes: list[str] = []
    unread = counts.get("speeds", {}).get(UNREAD_SPEEDS, 0)
    if unread:
        text = "{ways} road ways have a speed limit that cannot be read: that of the class is used"
        notes.append(Sentence("net.speeds_unread", text, ways=round(unread)))
    if changing := _names_in(counts, REVERSIBLE_SECTION):
        notes.append(
            Sentence(
                "net.reversible",
                "left out, as their direction changes by the hour (oneway=reversible): {names}",
                names=changing,
            )
        )
    at_times = counts.get("ways", {}).get(CLOSED_AT_TIMES, 0)
    if at_times:
        notes.append(
            Sentence(
                "net.closed_at_times",
                "{ways} road ways are closed in a season or at some hours by the map's tags and counted as "
                "open: scenarios close them",
                ways=round(at_times),
            )
        )
    if seasonal := _names_in(counts, SEASONAL_SECTION):
        notes.append(
            Sentence(
                "net.seasonal",
                "ferries left out, as they stay away for more than {days} days of the year at a time: "
                "{names}",
                days=LONGEST_BREAK_DAYS,
                names=seasonal,
            )
        )
    if frozen := _names_in(counts, FROZEN_SECTION):
        notes.append(
            Sentence(
                "net.frozen",
                "left out, as they are there in frost only (ice_road, winter_road): {names}",
                names=frozen,
            )
        )
    return notes


def _junctions_and_grades(counts: Mapping[str, Mapping[str, float]]) -> list[str]:
    """What signals, signs and grades cost, where they were asked for."""
    notes: list[str] = []
    heights = counts.get(HEIGHT_SECTION, {})
    if heights:
        notes.append(
            Sentence(
                "net.heights",
                "grades set the pace on {known:,.0f} km of road; {outside:,.0f} km lie outside the raster of "
                "elevations or in its gaps and count as level",
                **{name: heights.get(item, 0.0) for name, item in HEIGHTS.items()},
            )
        )
    control = counts.get(CONTROL_SECTION, {})
    if control:
        edges = {name: round(control.get(item, 0)) for name, item in CONTROLLED.items()}
        notes.append(
            Sentence(
                "net.controls",
                "signals, signs and crossings cost the seconds that were measured in the Helsinki region at "
                "midday: {signals:,} directed edges with traffic signals, {stops:,} with a stop sign, "
                "{yields:,} that give way by a sign, {towns:,} to crossings in towns where the map has "
                "neither",
                **edges,
            )
        )
    return notes


def _whose_limits(country: str, known_by: str) -> Sentence:
    """Which speed limits are used where nobody named the country."""
    if country:
        text = "speed limits of {country}, {known_by}: name the country to be sure"
        return Sentence("net.limits_of", text, country=country, known_by=known_by)
    text = "speed limits in general, as the country is not known: name the country to be sure"
    return Sentence("net.limits_general", text)


@dataclass(frozen=True, repr=False)
class BuildReport(Brief):
    """Every assumption of a build, counted.

    Attributes:
        source: the file or service read.
        profile: ``car`` or ``ambulance``.
        ferries: the ferry model.
        country: ISO code whose general limits were used, empty for the generic ones.
        country_source: ``given``, ``guessed from the position`` or ``unknown``.
        counts: by section (``ways``, ``dropped ways``, ``speeds``, ``ferries``, ...) and item.
        notes: sentences that a reader of a result must know.
        graph_notes: those of them that tell of a graph taken over, which counts cannot tell.
    """

    source: str
    profile: str
    ferries: str
    country: str
    country_source: str
    counts: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    graph_notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The report as plain values that JSON can hold."""
        return {
            "source": self.source,
            "profile": self.profile,
            "ferries": self.ferries,
            "country": self.country,
            "country_source": self.country_source,
            "counts": {section: dict(items) for section, items in self.counts.items()},
            "notes": list(self.notes),
            **({"graph_notes": list(self.graph_notes)} if self.graph_notes else {}),
        }

    def __str__(self) -> str:
        country = self.country or "no country: generic general limits"
        settings = f"profile {self.profile}, ferries {self.ferries}, {country} ({self.country_source})"
        lines = [f"{self.source}: {settings}"]
        for section, items in self.counts.items():
            lines.append(f"  {section}")
            lines += [f"    {item}: {n:,}" for item, n in items.items()]
        return "\n".join([*lines, *(f"  {note}" for note in self.notes)])
