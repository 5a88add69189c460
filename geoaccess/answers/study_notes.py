"""What every result must say of its study: limits, rows left out, defaults used, access legs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from geoaccess.answers.capped_waits import capped_wait_notes
from geoaccess.ground.joining import flag_sentences
from geoaccess.minutes.resources.notes import service_notes
from geoaccess.study import Study
from geoaccess.study.ferry_timing import fewest_departures_notes
from geoaccess.study.names import kind_words
from geoaccess.study.services import asked_service
from geoaccess.study.vessels import NO_CAR_DECK
from geoaccess.words.catalogue import texts
from geoaccess.words.locales import ENGLISH
from geoaccess.words.note import Note, as_note, study_text
from networks import FerryConditions, TravelNetwork
from networks.ferries import without_departures
from networks.overlays import Ferries
from networks.surface.joining import OVER_SURFACE

#: Roads of the last kilometre, of OpenStreetMap and of link tables.
LOCAL_CLASSES = (
    "unclassified",
    "residential",
    "living_street",
    "service",
    "track",
    "road",
    "municipal",
    "private",
)
#: Who joins such a road within this lives at it, metres straight.
LOCAL_WITHIN_M = 100.0


def kind_notes(study: Study, kind: str) -> list[Note]:
    """How complete the table of a kind is, and where none of it is known."""
    notes = [study_text(study.kind(kind), "limits")] if study.kind(kind).limits else []
    codes = study.unknown_in(kind)
    if codes:
        names = study.municipalities.set_index("municipality_code")["name"]
        known = names.loc[list(codes)].tolist()
        notes.append(Note("note.none_known", kind=kind_words(study, kind), n=len(codes), names=known))
    return notes


def drive_notes(study: Study, kinds: Sequence[str]) -> list[Note]:
    """That minutes to the base of a helicopter or boat are those of a car, not of its own way out."""
    craft = {one.kind: one.mode or "" for asked in study.config.placements.values() for one in asked.craft}
    ways = {"air": "note.drive.air", "helicopter": "note.drive.air", "boat": "note.drive.boat"}
    told = []
    for name in dict.fromkeys(kinds):
        way = ways.get(study.kind(name).goes_by) or ways.get(craft.get(name, ""))
        if way:
            told.append(Note(way, kind=kind_words(study, name)))
    return told


def _timetable_notes(network: TravelNetwork) -> list[Note]:
    """Which ferries are not timed by the timetable that the state of the network asks for."""
    asked = [one.conditions for one in network.applied if isinstance(one, Ferries)]
    model = asked[-1].model if asked else str(network.provenance.get("ferry_model", ""))
    every, without = len(network.services), len(without_departures(network.services))
    if model != "timetable":
        return []
    conditions = asked[-1] if asked else FerryConditions(model="timetable")
    told = [Note("note.timetable", known=every - without, every=every)] if without else []
    return told + fewest_departures_notes(network.services, conditions)


def _network_notes(network: TravelNetwork) -> list[Note]:
    """Defaults that stand for figures which the tables of links do not have, and boats without a car deck."""
    notes = [
        _assumption_note(str(name), len(links))
        for name, links in dict(network.provenance.get("assumptions", {})).items()
    ]
    notes += _timetable_notes(network)
    return notes + [overlay_note(one) for one in network.overlays if one.startswith(NO_CAR_DECK)]


def _assumption_note(name: str, links: int) -> Note:
    """A default that was used; a file may name one that this version does not know."""
    if f"note.network.{name}" in texts(ENGLISH):
        return Note(f"note.network.{name}", links=links)
    return Note("note.network.other", name=name.replace("_", " "), links=links)


def overlay_note(overlay: str) -> Note:
    """What changes a network, by the name that it has there."""
    if overlay.startswith(NO_CAR_DECK):
        return Note("note.no_car_deck", names=overlay.removeprefix(NO_CAR_DECK).lstrip(": "))
    return Note("say.network_state", overlay=as_note(overlay))


def _access_notes(study: Study) -> list[Note]:
    """How people come from home to the network, who is far from it, and who is not joined to it."""
    access = study.config.network.access
    lengths = study.demand_points.access_m / 1000.0
    persons = study.weight()
    unjoined = ~study.demand_points.joined
    legs = _legs(study)
    notes = _surface_notes(study, legs["surface"]) if access.surface else []
    notes += _road_notes(study, legs)
    if not notes:
        notes.append(Note("note.access.nobody", factor=access.detour_factor, speed=access.speed_kph))
    if study.road_reach is not None:
        told = (as_note(sentence) for sentence in study.road_reach.surface.told)
        notes += [note for note in told if isinstance(note, Note)]
    far = np.flatnonzero(lengths > access.max_km)
    if len(far):
        names = study.demand["name"].iloc[far].tolist()
        notes.append(Note("note.access_far", km=access.max_km, names=names))
    notes += flag_sentences(study.demand_points, study.demand["name"].tolist(), persons)
    if unjoined.any():
        points, people = int(unjoined.sum()), float(persons[unjoined].sum())
        notes.append(Note("note.unjoined", points=points, people=people))
    return notes


def access_legs(study: Study) -> dict[str, float]:
    """Persons by their way from home to the network: ``surface``, ``local_roads``, ``straight``.

    Over the study's surface; at a local road, on which the last kilometre is driven; or by the straight line
    and the detour factor, or the length that the table gives. Who is not joined to the network is in none of
    them.
    """
    persons = study.weight()
    return {name: float(persons[own].sum()) for name, own in _legs(study).items()}


def _legs(study: Study) -> dict[str, NDArray[np.bool_]]:
    """(n_demand,) of each way from home to the network who takes it; those with nobody left out."""
    points = study.demand_points
    lived = points.joined & (study.weight() > 0)
    local = _at_local_roads(study) & lived
    over = np.asarray([OVER_SURFACE in str(flags).split(";") for flags in points.flags], dtype=bool)
    over &= lived & ~local
    return {"surface": over, "local_roads": local, "straight": lived & ~local & ~over}


def _surface_notes(study: Study, over: NDArray[np.bool_]) -> list[Note]:
    """How many people come to the road over the surface."""
    access, reach, points = study.config.network.access, study.road_reach, study.demand_points
    if reach is None:
        return []
    if not over.any():
        return [Note("note.access.surface.nobody", file=access.surface)]
    persons = study.weight()[over]
    means = [
        float(np.average(values[over], weights=persons))
        for values in (points.access_m / 1000.0, points.access_s / 60.0, points.arriving_s / 60.0)
    ]
    return [
        Note(
            "note.access.surface",
            file=access.surface,
            side=reach.surface.cell_m,
            people=float(persons.sum()),
            **dict(zip(("mean", "minutes", "back"), means, strict=True)),
        )
    ]


def _road_notes(study: Study, legs: Mapping[str, NDArray[np.bool_]]) -> list[Note]:
    """How many people live at a local road, and how many come to the network by the straight line."""
    access, persons, points = study.config.network.access, study.weight(), study.demand_points
    local, straight = legs["local_roads"], legs["straight"]
    notes = []
    if local.any():
        people = float(persons[local].sum())
        notes.append(Note("note.access.local", metres=LOCAL_WITHIN_M, people=people))
    if straight.any():
        notes.append(
            Note(
                "note.access.straight",
                factor=access.detour_factor,
                speed=access.speed_kph,
                people=float(persons[straight].sum()),
                mean=float(np.average(points.access_m[straight] / 1000.0, weights=persons[straight])),
            )
        )
    return notes


def _at_local_roads(study: Study) -> NDArray[np.bool_]:
    """(n_demand,) who lives at a local road of the network: the last kilometre is driven on it."""
    points, classes = study.demand_points, study.network.labels["road_class"]
    on_edge = np.flatnonzero((points.edge >= 0) & (points.access_m <= LOCAL_WITHIN_M))
    found = np.zeros(len(points), dtype=bool)
    found[on_edge] = classes.where(*LOCAL_CLASSES)[points.edge[on_edge]]
    return found


def study_notes(study: Study, kinds: Sequence[str] = ()) -> tuple[str, ...]:
    """What every result must say: the study's limits, rows left out, defaults used, access legs.

    Args:
        study: the study in its state.
        kinds: kinds of service that the result rests on: what their tables are known to lack is told too.
    """
    notes: list[str] = [study_text(study.config.study, "notice")] if study.config.study.notice else []
    asked = {kind: asked_service(kind) for kind in dict.fromkeys(kinds) if kind not in study.config.kinds}
    for service in dict.fromkeys(one.service for one in asked.values() if one is not None):
        notes += service_notes(study, service)
    kinds = [kind for kind in dict.fromkeys(kinds) if asked.get(kind) is None]
    notes += [note for kind in kinds for note in kind_notes(study, kind)]
    notes += study.notes
    notes += _network_notes(study.network)
    notes += capped_wait_notes(study, kinds)
    notes += _access_notes(study)
    return tuple(notes)
