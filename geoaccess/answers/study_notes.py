"""What every result must say of its study: limits, rows left out, defaults used, access legs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from geoaccess.answers.capped_waits import capped_wait_notes
from geoaccess.ground.joining import flag_sentences
from geoaccess.study import Study
from geoaccess.study.vessels import NO_CAR_DECK
from geoaccess.words.figures import figure
from networks import TravelNetwork
from networks.ferries import timetable_note
from networks.overlays import Ferries


def kind_notes(study: Study, kind: str) -> list[str]:
    """How complete the table of a kind is, and where none of it is known."""
    notes = [study.kind(kind).limits] if study.kind(kind).limits else []
    codes = study.unknown_in(kind)
    if codes:
        names = study.municipalities.set_index("municipality_code")["name"]
        notes.append(
            f"{study.kind(kind).label}: none known in {len(codes)} municipalities, whose minutes are to the "
            f"nearest one known elsewhere: {', '.join(names.loc[list(codes)])}"
        )
    return notes


def drive_notes(study: Study, kinds: Sequence[str]) -> list[str]:
    """That minutes to the base of a helicopter or boat are those of a car, not of its own way out."""
    craft = {one.kind: one.mode for asked in study.config.placements.values() for one in asked.craft}
    ways = {"air": "flies", "helicopter": "flies", "boat": "goes by boat"}
    told = []
    for name in dict.fromkeys(kinds):
        way = ways.get(study.kind(name).goes_by) or ways.get(craft.get(name, ""))
        if way:
            told.append(
                f"{study.kind(name).label}: these are the minutes of a drive to the base, not the time until "
                f"help from there, which {way}"
            )
    return told


def _timetable_note(network: TravelNetwork) -> tuple[str, ...]:
    """Which ferries are not timed by the timetable that the state of the network asks for."""
    asked = [one.conditions.model for one in network.applied if isinstance(one, Ferries)]
    model = asked[-1] if asked else str(network.provenance.get("ferry_model", ""))
    return timetable_note(model, network.services)


def study_notes(study: Study, kinds: Sequence[str] = ()) -> tuple[str, ...]:
    """What every result must say: the study's limits, rows left out, defaults used, access legs.

    Args:
        study: the study in its state.
        kinds: kinds of service that the result rests on: what their tables are known to lack is told too.
    """
    notes = [study.config.study.notice] if study.config.study.notice else []
    notes += [note for kind in dict.fromkeys(kinds) for note in kind_notes(study, kind)]
    notes += study.notes
    for name, links in dict(study.network.provenance.get("assumptions", {})).items():
        notes.append(f"network: {name.replace('_', ' ')} assumed for {len(links)} links")
    notes += [f"network: {note}" for note in _timetable_note(study.network)]
    notes += capped_wait_notes(study, kinds)
    closed = (overlay for overlay in study.network.overlays if overlay.startswith(NO_CAR_DECK))
    notes += [f"network: {overlay}" for overlay in closed]
    access = study.config.network.access
    lengths = study.demand_points.access_m / 1000.0
    persons = study.weight()
    unjoined = ~study.demand_points.joined
    joined = float(persons[~unjoined].sum())
    mean = (
        f"; mean {figure(float(persons[~unjoined] @ lengths[~unjoined]) / joined)} km" if joined > 0 else ""
    )
    notes.append(
        f"access leg from home to the network: straight line x {access.detour_factor:g} at "
        f"{access.speed_kph:g} km/h{mean}"
    )
    far = np.flatnonzero(lengths > access.max_km)
    if len(far):
        notes.append(
            f"access leg over {access.max_km:g} km at: " + ", ".join(study.demand["name"].iloc[far].tolist())
        )
    notes += flag_sentences(study.demand_points, study.demand["name"].tolist(), persons)
    if unjoined.any():
        notes.append(
            f"not joined to the network, counted as unreachable: {int(unjoined.sum())} demand points, "
            f"{persons[unjoined].sum():,.0f} persons"
        )
    return tuple(notes)
