"""Where the longest wait of the ferry model binds, and how many people it flatters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from geoaccess.minutes import fastest, nearest_minutes, place_minutes
from geoaccess.study import Study
from geoaccess.study.ferry_timing import ferry_conditions
from geoaccess.study.names import kind_words
from geoaccess.words.note import Note, listed
from networks import FerryConditions, Route, TravelNetwork, apply_overlays
from networks.ferries import MINUTES_PER_DAY, capped_services, ferry_times
from networks.overlays import Ferries

#: Names of ferries in one sentence.
_MOST_NAMES = 8


def capped_wait_notes(study: Study, kinds: Sequence[str]) -> list[Note]:
    """What to say of waits that the model cuts short: a ferry that sails once a day waits for hours.

    People who come at a random moment wait half the time between departures; the model caps that, because
    who knows a rare departure does not come at random. Those whose way to a kind of service would be longer
    without the cap are counted.

    Args:
        study: the study in its state.
        kinds: kinds of service that the result rests on.
    """
    given = [one.conditions for one in study.network.applied if isinstance(one, Ferries)]
    conditions = given[-1] if given else ferry_conditions(study.config)
    capped = capped_services(study.network.services, conditions)
    if not capped:
        return []
    free = _without_cap(study.network, conditions)
    persons = study.weight()
    names = sorted({service.name for service in capped})
    notes = []
    for kind in dict.fromkeys(kinds):
        without_cap = fastest(place_minutes(study, study.facilities_of(kind), network=free))
        longer = without_cap - nearest_minutes(study, kind)
        flattered = longer > 1e-6
        people = float(persons[flattered].sum())
        if people > 0:
            notes.append(
                Note(
                    "note.capped",
                    kind=kind_words(study, kind),
                    people=people,
                    cap=conditions.wait_cap_min,
                    longer=float(longer[flattered].max()),
                    names=listed(names, _MOST_NAMES),
                )
            )
    return notes


def capped_route_notes(network: TravelNetwork, route: Route, conditions: FerryConditions) -> list[Note]:
    """What to say of each ferry of a journey whose wait the cap cuts, once per ferry.

    Args:
        network: the network that the route runs on.
        route: the route at one time of day; with the clock running nothing is cut.
        conditions: how its ferries are timed.
    """
    if network.service_index is None:
        return []
    free = replace(conditions, wait_cap_min=MINUTES_PER_DAY)
    directions = network.labels.get("direction")
    told: dict[int, Note] = {}
    for edge in route.edges:
        number = int(network.service_index[edge])
        if number < 0 or number in told:
            continue
        service = network.services[number]
        way = "backward" if directions is not None and directions[edge] == "backward" else "forward"
        cut, whole = (ferry_times(service, one, direction=way).wait_min for one in (conditions, free))
        if whole > cut:
            cap = conditions.wait_cap_min
            half = whole - cut + cap
            told[number] = Note("note.capped_route", name=service.name, cap=cap, half=half)
    return list(told.values())


def _without_cap(network: TravelNetwork, conditions: FerryConditions) -> TravelNetwork:
    others = [overlay for overlay in network.applied if not isinstance(overlay, Ferries)]
    free = replace(conditions, wait_cap_min=MINUTES_PER_DAY)
    return apply_overlays(network.base or network, [*others, Ferries("ferries without a longest wait", free)])
