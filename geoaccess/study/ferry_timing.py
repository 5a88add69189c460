"""How the ferries of a study are timed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, NamedTuple, get_args

from geoaccess.study.schema import StudyConfig
from geoaccess.words.note import Note, listed
from networks import Closure, Convoy, EdgeSelection, Overlay, TravelNetwork
from networks.boardings import differing_by_weekday, night_of
from networks.ferries import FerryConditions, FerryModel, FerryService
from networks.kept import share_what_is_kept
from networks.overlays import Ferries, apply_overlays, ferry_arrays, ferry_states

if TYPE_CHECKING:
    from geoaccess.study.model import Study

#: Figures of ``[network.ferries]`` that complete no table: by them a network can be timed anew.
WAITS = ("wait_cap_min", "boarding_min", "unknown_night", "lockout_share")
#: Names of ferries in one sentence.
_MOST_NAMES = 8


def ferry_conditions(config: StudyConfig) -> FerryConditions:
    """How ferries are timed in the base state of a study."""
    ferries = config.network.ferries
    return FerryConditions(
        model=ferries.model,
        wait_cap_min=ferries.wait_cap_min,
        boarding_min=ferries.boarding_min,
        default_headway_min=ferries.default_headway_min,
        unknown_night=ferries.unknown_night,
        lockout_share=ferries.lockout_share,
    )


def conditions_of(network: TravelNetwork, study: Study | None) -> FerryConditions:
    """How the network's ferries are timed: as its last overlay, else the study, else its builder says."""
    said = [overlay.conditions for overlay in network.applied if isinstance(overlay, Ferries)]
    if said:
        return said[-1]
    if study is not None:
        return ferry_conditions(study.config)
    built = network.provenance.get("ferry_model")
    models: tuple[FerryModel, ...] = get_args(FerryModel)
    return FerryConditions(model=next((model for model in models if model == built), "headway"))


def with_ferries_timed(network: TravelNetwork, conditions: FerryConditions) -> TravelNetwork:
    """A network of link tables as reading them under other ferry conditions makes it.

    Args:
        network: the network, with or without overlays, none of which times ferries.
        conditions: they differ from those that it was read under in :data:`WAITS` alone.
    """
    built = network.base or network
    moving_s, wait_s = ferry_arrays(built, conditions)
    told = {"ferry_states": ferry_states(built, conditions)}
    timed = replace(
        built.with_times(moving_s=moving_s, wait_s=wait_s), provenance={**built.provenance, **told}
    )
    share_what_is_kept(timed, built)
    return apply_overlays(timed, network.applied)


class Leaving(NamedTuple):
    """The moments of leaving of an answer around the clock.

    Attributes:
        conditions: how ferries are timed, with the weekday and date of the first day.
        days: days of leaving, 1 or 7.
        notes: which ferries make a week of it, where nobody said a day, and how often crews on call rest.
    """

    conditions: FerryConditions
    days: int
    notes: tuple[Note, ...] = ()


def leaving(network: TravelNetwork, conditions: FerryConditions, week_of: date | None) -> Leaving:
    """Over which days people leave: the week from a date, the weekday that is named, else any.

    Where no weekday is named and ferries do not sail alike on all of them, all seven are left on, each as
    often: the departures of a whole week are never those of one day.

    Args:
        network: the network.
        conditions: how its ferries are timed; the time of day does not count.
        week_of: first day of the week of leaving; None = none is named.
    """
    timeless = replace(conditions, time_min=None)
    told = lockout_notes(network.services, timeless)
    if week_of is not None:
        first = (week_of.month, week_of.day)
        return Leaving(replace(timeless, weekday=week_of.weekday(), month_day=first), 7, told)
    if timeless.weekday is not None:
        return Leaving(timeless, 1, told)
    differing = differing_by_weekday(network.services, timeless)
    if not differing:
        return Leaving(timeless, 1, told)
    names = listed([service.name for service in differing], _MOST_NAMES)
    note = Note("note.clock_every_weekday", n=len(differing), names=names)
    return Leaving(replace(timeless, weekday=0), 7, (note, *told))


def lockout_notes(services: Sequence[FerryService], conditions: FerryConditions) -> tuple[Note, ...]:
    """In how many nights crews on call are locked out by rest, where the network has any on call."""
    asked = replace(conditions, lockout_share=0.0)
    called = [service.name for service in services if night_of(service, asked) == "on_call"]
    if not called:
        return ()
    names, share = listed(called, _MOST_NAMES), conditions.lockout_share
    return (Note("note.clock_lockout", n=len(called), names=names, share=share),)


def fewest_departures_notes(services: Sequence[FerryService], conditions: FerryConditions) -> list[Note]:
    """What to say of one clock time without a weekday, where ferries do not sail alike on all of them."""
    if conditions.model != "timetable" or conditions.weekday is not None:
        return []
    differing = [
        service.name
        for service in differing_by_weekday(services, conditions)
        if service.has_departures("forward") or service.has_departures("backward")
    ]
    if not differing:
        return []
    return [Note("note.fewest_departures", n=len(differing), names=listed(differing, _MOST_NAMES))]


def by_road_alone(study: Study) -> Study:
    """The same state without ferries and convoys: what is the same at every moment of leaving."""
    network, closed = study.network, list[Overlay]()
    if network.service_index is not None and (network.service_index >= 0).any():
        closed.append(Closure("ferries", EdgeSelection(kinds=("ferry",))))
    closed += [Closure(one.name, one.where) for one in network.applied if isinstance(one, Convoy)]
    if not closed:
        return study
    return replace(study, parent=study.parent or study, overlays=(*study.overlays, *closed))
