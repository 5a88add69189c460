"""What may be lost: ferries, passes, facilities, and pairs of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from geoaccess.answers.study_facts import service_bases
from geoaccess.ground.errors import DataError, UnknownNameError
from geoaccess.study import Study
from geoaccess.study.resource_sections import bases_of
from geoaccess.study.services import asked_service
from geoaccess.words.note import Note
from networks import TravelNetwork
from networks.selection import EdgeSelection

#: What ``of`` may name.
FAMILIES = ("ferries", "passes", "roads", "facilities", "stations")
#: What stations are where no resource of the study says so.
_STATION_KIND = "ambulance_station"


@dataclass(frozen=True, slots=True)
class Element:
    """Something that can fall out.

    Attributes:
        family: one of :data:`FAMILIES`.
        element_id: link id, pass name or facility id.
        name: what people call it.
        selection: the edges it stands for, or None for a facility.
    """

    family: str
    element_id: str
    name: str
    selection: EdgeSelection | None = None


def elements(study: Study, of: Sequence[str], kinds: Sequence[str]) -> list[Element]:
    """Everything of the families that can fall out.

    Raises:
        DataError: stations of a study that does not say what they are.
    """
    found: list[Element] = []
    labels = study.network.labels
    for family in of:
        if family in {"ferries", "roads"}:
            found += _links(study.network, family)
        elif family == "passes":
            names = labels["pass_name"].values if "pass_name" in labels else ()
            found += [
                Element(family, name, name, EdgeSelection(passes=(name,))) for name in sorted(names) if name
            ]
        else:
            bases = service_bases(study)
            ends = {kind: transport_end(study, kind) or kind for kind in kinds}
            every = dict.fromkeys(one for kind in kinds for one in bases.get(kind, [ends[kind]]))
            asked = [kind for kind in kinds if kind in bases]
            # Stations are a family of their own, but of those who come they are some of many.
            stations = station_kinds(study)
            wanted = (
                asked_stations(study)
                if family == "stations"
                else [kind for kind in every if kind not in stations or asked]
            )
            places = study.facilities
            # Transport may end at one facility, which is then named by its id.
            rows = places[places["kind"].isin(wanted) | places["facility_id"].isin(wanted)]
            ids = rows["facility_id"].tolist()
            found += [
                Element(family, key, name) for key, name in zip(ids, rows["name"].tolist(), strict=True)
            ]
    return found


def station_kinds(study: Study) -> tuple[str, ...]:
    """Kinds of facility from which somebody drives out to who calls, by the resources of the study."""
    config = study.config
    driving = [
        kind
        for name, one in config.resources.items()
        if one.moves == "road" and "response" in one.gives
        for kind in bases_of(name, one)
    ]
    known = driving if config.resources else [_STATION_KIND]
    return tuple(kind for kind in dict.fromkeys(known) if kind in config.kinds)


def asked_stations(study: Study) -> tuple[str, ...]:
    """:func:`station_kinds`, of which there must be one.

    Raises:
        DataError: the study does not say what its stations are.
    """
    found = station_kinds(study)
    if not found:
        raise DataError(Note("losses.no_stations"))
    return found


def transport_end(study: Study, kind: str) -> str:
    """Where transport ends: a kind or the id of a facility; empty for what is no transport."""
    asked = None if kind in study.config.kinds else asked_service(kind)
    return asked.to if asked else ""


def _links(network: TravelNetwork, family: str) -> list[Element]:
    wanted = network.labels["kind"].where("ferry" if family == "ferries" else "road")
    ids, names = network.labels["link_id"].to_array(), network.labels["name"].to_array()
    refs = network.labels["ref"].to_array()
    found = {}
    for edge in np.flatnonzero(wanted):
        link = str(ids[edge])
        if link and link not in found:
            found[link] = Element(
                family, link, str(names[edge] or f"{refs[edge]} {link}".strip()), EdgeSelection(links=(link,))
            )
    return list(found.values())


def lost_together(single: list[Element], named: Iterable[tuple[str, str]]) -> list[tuple[Element, ...]]:
    """The elements that are lost together.

    Raises:
        UnknownNameError: a pair names no element.
    """
    known = {element.element_id: element for element in single}
    jobs = []
    for pair in named:
        for name in pair:
            if name not in known:
                raise UnknownNameError("element of a pair", name, known)
        jobs.append(tuple(known[name] for name in pair))
    return jobs
