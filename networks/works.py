"""Works on a network: roads, bridges, tunnels and ferries that are added, and ferries that sail otherwise.

Overlays change times on the edges that there are (:mod:`networks.overlays`); works come before them and give
a network of its own, whose nodes are those of the old one, in their order, and the new ones after them.
Points have to be joined to it anew. A road that an added one joins somewhere along it is split there: both
parts carry the labels of the whole, and its time and length by their shares.

What is not said is taken as follows, and told in :class:`BuiltLink`:

==================  ===================================================================================
``length``          along the course that was drawn; between two ends alone the great circle, for a
                    road x 1.35 as for every road of unknown length (:mod:`networks.links`)
``speed``           the mean speed (all metres over all seconds) of the roads of its class on the network
``crossing``        the length at 20 km/h, as for every ferry of unknown crossing (:mod:`networks.links`)
``headway``         that of the conditions under which ferries are timed
==================  ===================================================================================
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np

from networks.errors import Fault, NetworkDataError
from networks.ferries import FerryConditions, FerryService, ferry_edge_times
from networks.ferry_tables import NOMINAL_FERRY_SPEED_KPH
from networks.labels import Labels
from networks.links import DETOUR_OF_UNKNOWN_ROADS
from networks.network import TravelNetwork, check_times
from networks.overlays import apply_overlays
from networks.sentences import Sentence
from networks.tables import meant
from networks.work_ends import End, Joint, Joints, Place, length_of_m

LinkKind = Literal["road", "bridge", "tunnel", "ferry"]
#: A link may be this much shorter than the straight line between its ends: figures are rounded.
SHORTEST = 0.98


@dataclass(frozen=True, kw_only=True)
class AddedLink:
    """A road, bridge, tunnel or ferry that is built.

    Attributes:
        link_id: unique id, by which overlays may close it again.
        kind: what it is.
        name: the name.
        start: where it begins: id of a node, or (lat, lon), which joins the nearest road.
        stop: where it ends.
        course: (lat, lon) of the points between its ends.
        length_km: its length; None = see the module.
        speed_kph: speed on it; None = see the module. Not of ferries.
        road_class: class of the road, for winter and the like.
        ref: road number.
        oneway: from start to stop only. Not of ferries.
        ferry: figures of a ferry by their names in :class:`networks.ferries.FerryService`, and ``departures``
            (minutes after midnight) for both directions.
        join_within_km: an end farther from any road is a fault.
        source: where the figures come from.
    """

    link_id: str
    kind: LinkKind
    name: str
    start: Place
    stop: Place
    course: tuple[tuple[float, float], ...] = ()
    length_km: float | None = None
    speed_kph: float | None = None
    road_class: str = ""
    ref: str = ""
    oneway: bool = False
    ferry: Mapping[str, Any] = field(default_factory=dict)
    join_within_km: float = 0.5
    source: str = ""


@dataclass(frozen=True, kw_only=True)
class ChangedFerry:
    """A ferry that sails otherwise.

    Attributes:
        ferry: id of its service or of its link, or its name where one ferry alone has it.
        figures: what changes, as in :attr:`AddedLink.ferry`. Where the headway or the window changes,
            departures that were known hold no longer; where the window is not said, it stays.
    """

    ferry: str
    figures: Mapping[str, Any]


@dataclass(frozen=True)
class BuiltLink:
    """An added link as it became.

    Attributes:
        link: what was asked for.
        length_km: its length.
        minutes: its time in motion.
        start_off_m: metres between where it was said to begin and where it joins the network.
        stop_off_m: the same of its end.
        assumed: what was not said: ``length``, ``speed``, ``crossing``, ``headway``.
    """

    link: AddedLink
    length_km: float
    minutes: float
    start_off_m: float
    stop_off_m: float
    assumed: tuple[str, ...]


@dataclass(frozen=True)
class Works:
    """A network after works.

    Attributes:
        network: the network, under the overlays that it had.
        links: the added links, as they became.
        ferries: (before, after) of the changed ferries.
    """

    network: TravelNetwork
    links: tuple[BuiltLink, ...]
    ferries: tuple[tuple[FerryService, FerryService], ...]


def with_works(
    network: TravelNetwork,
    links: Sequence[AddedLink] = (),
    ferries: Sequence[ChangedFerry] = (),
    *,
    conditions: FerryConditions | None = None,
    names: Sequence[str] = (),
) -> Works:
    """A network with links added and ferries changed.

    Args:
        network: the network, with or without overlays.
        links: what is added. Ends of two of them within 25 m of each other join there.
        ferries: ferries that sail otherwise.
        conditions: how ferries are timed where no overlay says it; None = the model that the network was
            built with.
        names: names of the works, which stand before those of overlays.

    Raises:
        NetworkDataError: an id twice, an end that no road is near, a link shorter than the straight line, a
            road class without a speed, a ferry that does not exist, ...; all of them are listed.
    """
    base = network.base or network
    timed = conditions or _built_with(base)
    faults = _faults(base, links)
    services, changed, told = _changed(base, ferries)
    faults += told
    joints = Joints.find(base, [(link.link_id, *_ends(link)) for link in links])
    faults += joints.faults
    built = []
    if not faults:
        for number, link in enumerate(links):
            one, wrong = _built(base, link, joints.of(number))
            built.append(one)
            faults += wrong
    if faults:
        raise NetworkDataError(faults)
    grown = _grown(base, built, joints, services, timed) if links else replace(base, services=services)
    grown = _with_ferry_times(grown, [after.service_id for _, after in changed], timed)
    added = [
        {"link_id": one.link.link_id, "kind": one.link.kind, "name": one.link.name, "source": one.link.source}
        for one in built
    ]
    grown = replace(
        grown,
        overlays=(*base.overlays, *names),
        provenance={**base.provenance, "links_added": added, "ferries_changed": [c.ferry for c in ferries]},
    )
    check_times(grown)
    new = apply_overlays(grown, network.applied) if network.applied else grown
    return Works(new, tuple(built), tuple(changed))


def _ends(link: AddedLink) -> tuple[End, End]:
    within_m = 1000.0 * link.join_within_km
    return End(link.start, within_m), End(link.stop, within_m)


def _built_with(network: TravelNetwork) -> FerryConditions:
    model = network.provenance.get("ferry_model")
    return FerryConditions(model=model) if model in ("timetable", "headway", "ssb") else FerryConditions()


def _fault(link: AddedLink, message: str, column: str, value: object = "") -> Fault:
    return Fault(message, where="links_added", row=link.link_id, column=column, value=str(value))


def _faults(network: TravelNetwork, links: Sequence[AddedLink]) -> list[Fault]:
    """What is wrong with links whatever roads are near their ends."""
    known = {value for value in network.labels["link_id"].values if value}
    faults = []
    for link in links:
        if link.link_id in known:
            faults.append(
                _fault(link, "the network has a link of that id already; ids are unique", "id", link.link_id)
            )
        known.add(link.link_id)
        is_ferry = link.kind == "ferry"
        if is_ferry:
            wrong = {
                "speed_kph": link.speed_kph is not None,
                "road_class": bool(link.road_class),
                "oneway": link.oneway,
            }
            told = "is of roads; a ferry has crossing_min"
        else:
            wrong = dict.fromkeys(link.ferry, True)
            told = "is of ferries; this is none"
        faults += [_fault(link, told, name) for name, given in wrong.items() if given]
    return faults


def _built(
    network: TravelNetwork, link: AddedLink, joints: tuple[Joint, Joint]
) -> tuple[BuiltLink, list[Fault]]:
    """A link with its length and time, and what is wrong with them."""
    start, stop = joints
    straight_m = length_of_m([(start.lat, start.lon), (stop.lat, stop.lon)])
    faults: list[Fault] = []
    assumed = []
    length_km = link.length_km
    if length_km is None:
        assumed.append("length")
        along_m = length_of_m([(start.lat, start.lon), *link.course, (stop.lat, stop.lon)])
        detour = DETOUR_OF_UNKNOWN_ROADS if link.kind == "road" and not link.course else 1.0
        length_km = along_m * detour / 1000.0
    elif length_km * 1000.0 < SHORTEST * straight_m:
        told = "shorter than the straight line between its ends, {straight_km:.2f} km"
        shorter = Sentence("net.fault.work.shorter", told, straight_km=straight_m / 1000.0)
        faults.append(_fault(link, shorter, "length_km", length_km))
    if set(start.nodes) & set(stop.nodes):
        told = "both ends join the network at the same place"
        faults.append(_fault(link, told, "to_node"))
    minutes, speed_faults = _minutes(network, link, length_km, assumed)
    faults += speed_faults
    if link.kind == "ferry" and not {"headway_min", "departures"} & set(link.ferry):
        assumed.append("headway")
    return BuiltLink(link, length_km, minutes, start.off_m, stop.off_m, tuple(assumed)), faults


def _minutes(
    network: TravelNetwork, link: AddedLink, length_km: float, assumed: list[str]
) -> tuple[float, list[Fault]]:
    if link.kind == "ferry":
        given = link.ferry.get("crossing_min")
        if given is None:
            assumed.append("crossing")
        return (60.0 * length_km / NOMINAL_FERRY_SPEED_KPH if given is None else float(given)), []
    if link.speed_kph is not None:
        return 60.0 * length_km / link.speed_kph, []
    if not link.road_class:
        return 0.0, [_fault(link, "say its speed_kph, or its road_class", "speed_kph")]
    classes = network.labels["road_class"]
    of_class = classes.where(link.road_class) & network.labels["kind"].where("road")
    of_class &= np.isfinite(network.moving_s) & (network.moving_s > 0)
    if not of_class.any():
        known = tuple(sorted({*classes.values} - {"", "ferry"}))
        hint = meant(link.road_class, known)
        no_class = "no road of the network is of this class, so its speed is not known{hint}; say speed_kph"
        missing = Sentence("net.fault.work.class", no_class, hint=hint)
        return 0.0, [_fault(link, missing, "road_class", link.road_class)]
    assumed.append("speed")
    metres_per_s = float(network.length_m[of_class].sum() / network.moving_s[of_class].sum())
    return 1000.0 * length_km / metres_per_s / 60.0, []


def _changed(
    network: TravelNetwork, ferries: Sequence[ChangedFerry]
) -> tuple[tuple[FerryService, ...], list[tuple[FerryService, FerryService]], list[Fault]]:
    """The services with their changes, (before, after) of those that changed, and what is wrong."""
    services = network.services
    links = _links_of_services(network)
    found = list(services)
    pairs: list[tuple[FerryService, FerryService]] = []
    faults: list[Fault] = []
    for ferry in ferries:
        rows = [row for row, one in enumerate(found) if ferry.ferry in {one.service_id, links.get(row)}]
        rows = rows or [row for row, one in enumerate(found) if _folded(one.name) == _folded(ferry.ferry)]
        if len(rows) != 1:
            if rows:
                ids = tuple(found[row].service_id for row in rows)
                told: str = Sentence(
                    "net.fault.work.ferries", "several ferries have that name: say which id of {ids}", ids=ids
                )
            else:
                known = [*(one.name for one in services), *(one.service_id for one in services)]
                known += links.values()
                hint = meant(ferry.ferry, known)
                told = Sentence("net.fault.work.no_ferry", "the network has no such ferry{hint}", hint=hint)
            faults.append(Fault(told, where="ferries_changed", column="ferry", value=ferry.ferry))
            continue
        if not ferry.figures:
            told = "nothing of it changes: say its headway_min, departures, ..."
            faults.append(Fault(told, where="ferries_changed", row=ferry.ferry))
        before = found[rows[0]]
        found[rows[0]] = _sailing(before, ferry.figures)
        pairs.append((before, found[rows[0]]))
    return tuple(found), pairs, faults


def _links_of_services(network: TravelNetwork) -> dict[int, str]:
    """Position of a service -> the link id of its edges, by which scenarios close it."""
    if network.service_index is None:
        return {}
    edges = np.flatnonzero(network.service_index >= 0)
    labels = network.labels["link_id"]
    return {int(network.service_index[edge]): labels[edge] for edge in edges.tolist()}


def _folded(name: str) -> str:
    """A name of two quays whatever the dash between them."""
    return "-".join(part.strip() for part in name.casefold().replace("–", "-").split("-"))


def _sailing(service: FerryService, figures: Mapping[str, Any]) -> FerryService:
    """A service with other figures."""
    own = {name: value for name, value in figures.items() if name != "departures"}
    departures = figures.get("departures")
    window = {"first_departure_min", "last_departure_min"} & set(own)
    assumptions = tuple(
        one
        for one in service.assumptions
        if not (one.startswith("headway") and "headway_min" in own)
        and not (one == "window_default" and window)
        and not (one == "crossing_of_length" and "crossing_min" in own)
        and not (one == "night_unknown" and "night" in own)
    )
    if departures is not None:
        both = tuple((way, tuple(sorted(departures))) for way in ("forward", "backward"))
        return replace(
            service,
            **own,
            departures_min=both,
            departures_by_day=(),
            opening_hours=(),
            assumptions=assumptions,
        )
    if "headway_min" in own or window:
        known = [minute for _, minutes in service.departures_min for minute in minutes]
        known += [minute for day in service.departures_by_day for minute in day.minutes]
        if known:
            own = {"first_departure_min": min(known), "last_departure_min": max(known)} | own
        hours = () if window else service.opening_hours
        return replace(
            service,
            **own,
            departures_min=(),
            departures_by_day=(),
            opening_hours=hours,
            assumptions=assumptions,
        )
    return replace(service, **own, assumptions=assumptions)


def _with_ferry_times(
    network: TravelNetwork, ids: Sequence[str], conditions: FerryConditions
) -> TravelNetwork:
    """The network with the times of some services found anew."""
    if not ids or network.service_index is None:
        return network
    numbers = [row for row, one in enumerate(network.services) if one.service_id in ids]
    edges = np.flatnonzero(np.isin(network.service_index, numbers))
    directions = network.labels.get("direction", Labels.constant("forward", network.n_edges))
    moving_s, wait_s = network.moving_s.copy(), network.wait_s.copy()
    moving_s[edges], wait_s[edges], _ = ferry_edge_times(
        network.services, network.service_index[edges], directions.take(edges).to_array(), conditions
    )
    return replace(network, moving_s=moving_s, wait_s=wait_s)


def _service(built: BuiltLink) -> FerryService:
    """The ferry of an added link."""
    link = built.link
    plain = FerryService(
        service_id=link.link_id,
        name=link.name,
        crossing_min=built.minutes,
        length_km=built.length_km,
        assumptions=tuple(
            {
                "crossing": "crossing_of_length",
                "headway": "headway_default",
                "length": "ferry_length_of_circle",
            }[one]
            for one in built.assumed
        ),
    )
    return _sailing(plain, {name: value for name, value in link.ferry.items() if name != "crossing_min"})


def _grown(
    base: TravelNetwork,
    built: Sequence[BuiltLink],
    joints: Joints,
    services: tuple[FerryService, ...],
    conditions: FerryConditions,
) -> TravelNetwork:
    """The network with its split roads and the new links."""
    added = list(services)
    rows: list[tuple[int, int, int, bool]] = []  # tail, head, link, whether it goes backwards
    for number, one in enumerate(built):
        start, stop = joints.of(number)
        both = [(tail, head) for tail in start.nodes for head in stop.nodes]
        rows += [(tail, head, number, False) for tail, head in both]
        if not one.link.oneway:
            rows += [(head, tail, number, True) for tail, head in both]
        if one.link.kind == "ferry":
            added.append(_service(one))
    texts = {name: [_text(name, built[number].link, back) for _, _, number, back in rows] for name in _LABELS}
    ferry_of = {
        number: len(services) + place
        for place, number in enumerate(row for row, one in enumerate(built) if one.link.kind == "ferry")
    }
    grown = joints.split(
        base,
        tails=np.asarray([row[0] for row in rows], dtype=np.int32),
        heads=np.asarray([row[1] for row in rows], dtype=np.int32),
        moving_s=np.asarray([60.0 * built[row[2]].minutes for row in rows]),
        length_m=np.asarray([1000.0 * built[row[2]].length_km for row in rows]),
        texts=texts,
        service=np.asarray([ferry_of.get(row[2], -1) for row in rows], dtype=np.int32),
        courses=[built[row[2]].link.course[:: -1 if row[3] else 1] for row in rows],
    )
    grown = replace(grown, services=tuple(added))
    return _with_ferry_times(grown, [built[number].link.link_id for number in ferry_of], conditions)


#: Labels of an added link; all others are empty.
_LABELS = ("kind", "road_class", "ref", "name", "link_id", "source", "structure", "direction")


def _text(label: str, link: AddedLink, backward: bool) -> str:
    is_ferry = link.kind == "ferry"
    return {
        "kind": "ferry" if is_ferry else "road",
        "road_class": "ferry" if is_ferry else link.road_class,
        "ref": link.ref,
        "name": link.name,
        "link_id": link.link_id,
        "source": link.source,
        "structure": link.kind if link.kind in ("bridge", "tunnel") else "",
        "direction": "backward" if backward else "forward",
    }[label]
