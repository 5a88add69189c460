"""Overlays: what winter, night, a closed pass or a lost ferry does to a network, without building it anew.

An overlay changes times and closes edges; nodes, edges and with them any stored order stay. Overlays combine
in any order with the same result, bit for bit:

1. ferries get their times from one set of conditions (two different ones are refused);
2. motion on each edge is multiplied by the product of all factors, taken in the order of the overlays' names;
3. waits of convoys are added, in the order of the names, once for each passage of a stretch;
4. what any overlay closes is closed.

The result names its overlays and keeps the network it came from, so taking them away again restores the same
bits (:func:`remove_overlays`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from shapely.geometry.base import BaseGeometry

from networks.arrays import FloatArray
from networks.errors import Fault, NetworkDataError, UnknownPlaceError
from networks.ferries import FerryConditions, ferry_edge_times
from networks.network import Change, Labels, Overlay, TravelNetwork
from networks.passages import entries
from networks.selection import EdgeSelection, check_known, labels_of
from networks.sentences import Sentence
from networks.speeds import ROAD_CLASSES
from networks.stretches import RoadStretch

#: Road classes of OpenStreetMap that a factor may name, whether or not a network has them.
OSM_CLASSES = (
    "motorway", "trunk", "primary", "secondary", "tertiary", "unclassified", "residential",
    "living_street", "service", "track",
)  # fmt: skip

#: Share of the summer speed that is driven on winter roads. The project's own assumptions, within the 3-40 %
#: that the US Federal Highway Administration reports as speed lost to snow ("How do weather events impact
#: roads?": light snow 3-13 %, heavy snow 5-40 %), smallest where ploughing is best.
WINTER_SPEED_FACTORS: Mapping[str, float] = {
    "european": 0.92, "national": 0.92, "county_primary": 0.88, "county_secondary": 0.85, "municipal": 0.85,
    "private": 0.80, "motorway": 0.92, "trunk": 0.92, "primary": 0.90, "secondary": 0.88, "tertiary": 0.85,
    "unclassified": 0.85, "residential": 0.85, "living_street": 0.85, "service": 0.80, "track": 0.70,
    "*": 0.85,
}  # fmt: skip

#: Speed of an ambulance on an urgent call relative to other cars; the project's own assumption.
EMERGENCY_SPEED_FACTORS: Mapping[str, float] = {"*": 1.15}
#: No ambulance is assumed to average more than this, km/h; the project's own assumption.
EMERGENCY_MAX_SPEED_KPH = 110.0


@dataclass(frozen=True)
class Ferries:
    """Ferries under another model, or at another time of day, weekday or date."""

    name: str
    conditions: FerryConditions

    def change(self, network: TravelNetwork, *, time_min: float | None) -> Change:
        """Nothing of its own: ferry times are found before the other changes."""
        return Change()


@dataclass(frozen=True)
class Closure:
    """Edges out of use: a pass closed, a ferry or bridge out, a road number closed, an area flooded."""

    name: str
    where: EdgeSelection

    def change(self, network: TravelNetwork, *, time_min: float | None) -> Change:
        """Close the selected edges.

        Raises:
            UnknownPlaceError: nothing is selected.
        """
        closed = self.where.mask(network)
        if not closed.any() and self.where.area is None:
            raise UnknownPlaceError(
                Sentence(
                    "net.fault.overlay.nothing",
                    "overlay '{name}': no edge matches all that it names",
                    name=self.name,
                )
            )
        return Change(closed=closed)


@dataclass(frozen=True, kw_only=True)
class Convoy:
    """Roads open behind a snow plough only: one waits half the time between convoys, once each passage.

    However many links or ways a stretch is made of, it is waited for where it is entered
    (:mod:`networks.passages`).

    Attributes:
        name: the name.
        where: the roads.
        headway_min: minutes between convoys.
        window_min: first and last convoy, minutes after midnight, the last may pass 1440; None = all day.
            Outside it the road is closed.
        speed_factor: share of the usual speed that the convoy drives.
    """

    name: str
    where: EdgeSelection
    headway_min: float
    window_min: tuple[float, float] | None = None
    speed_factor: float = 0.7

    def __post_init__(self) -> None:
        if not (self.headway_min >= 0 and 0 < self.speed_factor <= 1):
            raise NetworkDataError(
                Sentence(
                    "net.fault.overlay.convoy",
                    "overlay '{name}': a convoy's headway must be at least 0 min and its speed factor "
                    "above 0 and at most 1 (they are {headway_min} and {speed_factor})",
                    name=self.name,
                    headway_min=self.headway_min,
                    speed_factor=self.speed_factor,
                )
            )

    def change(self, network: TravelNetwork, *, time_min: float | None) -> Change:
        """Wait and slow down on the selected edges, or close them outside the window."""
        chosen = self.where.mask(network)
        if time_min is not None and self.window_min is not None:
            first, last = self.window_min
            time = time_min % 1440.0
            if not (first <= time <= last or first <= time + 1440.0 <= last):
                return Change(closed=chosen)
        wait_s = 30.0 * self.headway_min
        return Change(
            factor=np.where(chosen, 1.0 / self.speed_factor, 1.0),
            wait_s=np.where(entries(network, chosen), wait_s, 0.0),
            begin_wait_s=np.where(chosen, wait_s, 0.0),
        )


@dataclass(frozen=True, kw_only=True)
class SpeedFactors:
    """Roads driven faster or slower, by class: winter, or an ambulance on an urgent call.

    Attributes:
        name: the name.
        by_class: road class -> share of the usual speed; ``*`` = every other class.
        max_speed_kph: no road becomes faster than this through the factors; roads that are faster already
            stay as they are.
        where: which roads; None = all.
    """

    name: str
    by_class: Mapping[str, float]
    max_speed_kph: float | None = None
    where: EdgeSelection | None = None

    def __post_init__(self) -> None:
        _check_factors(self.name, self.by_class)

    def change(self, network: TravelNetwork, *, time_min: float | None) -> Change:
        """Divide the time in motion by the factor of each road's class.

        Raises:
            UnknownPlaceError: a class that neither the network nor any road table has.
        """
        classes = labels_of(network, "road_class")
        known = (*classes.values, *ROAD_CLASSES, *OSM_CLASSES, "*")
        check_known(
            Sentence("net.where.overlay_class", "overlay '{name}', road_class", name=self.name),
            self.by_class,
            known,
        )
        other = self.by_class.get("*", 1.0)
        share = np.asarray([self.by_class.get(value, other) for value in classes.values], dtype=np.float64)
        # Divided for each class and not for each edge, of which a country has millions.
        factor = (1.0 / share)[classes.codes]
        factor[~network.labels["kind"].where("road")] = 1.0
        if self.where is not None:
            factor[~self.where.mask(network)] = 1.0
        if self.max_speed_kph is not None:
            factor = _capped(network, factor, self.max_speed_kph)
        return Change(factor=factor)


@dataclass(frozen=True)
class EdgeFactors:
    """A table of factors on the time in motion, by link: road works, a study's own calibration."""

    name: str
    by_link: Mapping[str, float]

    def __post_init__(self) -> None:
        _check_factors(self.name, self.by_link)

    def change(self, network: TravelNetwork, *, time_min: float | None) -> Change:
        """Multiply the time in motion of each link named.

        Raises:
            UnknownPlaceError: a link that the network does not have.
        """
        labels = labels_of(network, "link_id")
        check_known(
            Sentence("net.where.overlay_link", "overlay '{name}', link_id", name=self.name),
            self.by_link,
            labels.values,
        )
        values = np.asarray([self.by_link.get(value, 1.0) for value in labels.values], dtype=np.float64)
        return Change(factor=values[labels.codes] if network.n_edges else np.zeros(0))


def winter(name: str = "winter", *, by_class: Mapping[str, float] | None = None) -> SpeedFactors:
    """Winter roads, by default :data:`WINTER_SPEED_FACTORS`."""
    return SpeedFactors(name=name, by_class=dict(by_class or WINTER_SPEED_FACTORS))


def emergency(
    name: str = "emergency",
    *,
    by_class: Mapping[str, float] | None = None,
    max_speed_kph: float = EMERGENCY_MAX_SPEED_KPH,
) -> SpeedFactors:
    """An ambulance on an urgent call, by default :data:`EMERGENCY_SPEED_FACTORS`."""
    factors = dict(by_class or EMERGENCY_SPEED_FACTORS)
    return SpeedFactors(name=name, by_class=factors, max_speed_kph=max_speed_kph)


def pass_closed(*passes: str, name: str = "") -> Closure:
    """Mountain passes closed, by their names."""
    return Closure(name or f"closed: {', '.join(passes)}", EdgeSelection(passes=passes))


def links_out(*links: str, name: str = "") -> Closure:
    """Ferries, bridges or roads out of use, by their link ids."""
    return Closure(name or f"out: {', '.join(links)}", EdgeSelection(links=links))


@dataclass(frozen=True)
class RoadsClosed:
    """Stretches of numbered roads closed; a ferry of the same number sails on."""

    name: str
    stretches: tuple[RoadStretch, ...]

    def change(self, network: TravelNetwork, *, time_min: float | None) -> Change:
        """Close the roads of the stretches.

        Raises:
            UnknownPlaceError: no road has the number, or a place is not on it.
            NetworkDataError: a number is that of several roads far from each other.
        """
        closed = [stretch.mask(network) for stretch in self.stretches]
        return Change(closed=np.logical_or.reduce(closed) if closed else None)


def road_closed(*stretches: str, name: str = "") -> RoadsClosed:
    """Roads closed: ``E10`` (if that is one road), ``Fv888: Lebesby`` or ``E10: Trældal - Bjørnfjell``.

    Raises:
        NetworkDataError: a text that is no stretch (:meth:`networks.stretches.RoadStretch.parse`).
    """
    return RoadsClosed(
        name or f"closed: {', '.join(stretches)}", tuple(RoadStretch.parse(text) for text in stretches)
    )


def flooded(area: BaseGeometry, *, name: str = "flooded", spared: tuple[str, ...] = ("bridge",)) -> Closure:
    """Roads that meet an area (degrees, EPSG:4326) closed, bridges spared where the network knows them.

    A straight edge counts as the straight line it is, wherever the road itself may run.
    """
    return Closure(name, EdgeSelection(area=area, kinds=("road",), spared=spared))


def apply_overlays(network: TravelNetwork, overlays: Iterable[Overlay]) -> TravelNetwork:
    """The network under overlays, beside those it already has.

    Args:
        network: the network, with or without overlays.
        overlays: the overlays; their order does not matter.

    Raises:
        NetworkDataError: a name used twice, or two different ferry conditions.
        UnknownPlaceError: an overlay names a link, road, pass or class that the network does not have.
    """
    base = network.base or network
    applied = (*network.applied, *overlays)
    if not applied:
        return base
    _check_names(applied, base.overlays)
    conditions = _one_set_of_conditions(applied)
    moving_s, wait_s = base.moving_s, base.wait_s
    if conditions is not None:
        moving_s, wait_s = ferry_arrays(base, conditions)
    ordered = sorted(applied, key=lambda overlay: overlay.name)
    time_min = conditions.time_min if conditions is not None else None
    changes = [overlay.change(base, time_min=time_min) for overlay in ordered]
    factors = [change.factor for change in changes if change.factor is not None]
    if factors:
        moving_s = moving_s * (factors[0] if len(factors) == 1 else np.multiply.reduce(factors))
    begin_s = wait_s
    for change in changes:
        if change.wait_s is not None:
            wait_s = wait_s + change.wait_s
            begin_s = begin_s + (change.wait_s if change.begin_wait_s is None else change.begin_wait_s)
    for change in changes:
        if change.closed is not None:
            moving_s = np.where(change.closed, np.inf, moving_s)
    new = base.with_times(moving_s=moving_s, wait_s=None if wait_s is base.wait_s else wait_s)
    names = (*base.overlays, *(overlay.name for overlay in applied))
    same = begin_s is wait_s or np.array_equal(begin_s, wait_s)
    begin = None if same else np.maximum(begin_s, wait_s)
    return replace(new, overlays=names, base=base, applied=applied, begin_wait_s=begin)


def remove_overlays(network: TravelNetwork, names: Sequence[str] | None = None) -> TravelNetwork:
    """The network without some of its overlays (None = without any): the very times it had before.

    Raises:
        UnknownPlaceError: the network has no overlay of that name to take away.
    """
    base = network.base or network
    if names is None:
        return base
    known = [overlay.name for overlay in network.applied]
    check_known("overlay", names, known)
    return apply_overlays(base, [overlay for overlay in network.applied if overlay.name not in names])


def ferry_arrays(network: TravelNetwork, conditions: FerryConditions) -> tuple[FloatArray, FloatArray]:
    """(n_edges,) seconds in motion and (n_edges,) of waiting, with the ferries under other conditions."""
    moving_s, wait_s = network.moving_s.copy(), network.wait_s.copy()
    if network.service_index is None:
        return moving_s, wait_s
    edges = np.flatnonzero(network.service_index >= 0)
    directions = network.labels.get("direction", Labels.constant("forward", network.n_edges))
    moving_s[edges], wait_s[edges], _ = ferry_edge_times(
        network.services, network.service_index[edges], directions.take(edges).to_array(), conditions
    )
    return moving_s, wait_s


def ferry_states(network: TravelNetwork, conditions: FerryConditions) -> dict[str, list[str]]:
    """The ferry services in each state under conditions: ``sails``, ``closed``, ``on_call``, ..."""
    count = len(network.services)
    index = np.arange(count, dtype=np.int32)
    return ferry_edge_times(network.services, index, np.full(count, "forward", dtype=object), conditions)[2]


def _check_factors(name: str, factors: Mapping[str, float]) -> None:
    faults = [
        Fault(
            "a factor must be a number above 0",
            where=Sentence("net.where.overlay", "overlay '{name}'", name=name),
            row=key,
            value=str(value),
        )
        for key, value in factors.items()
        if not (np.isfinite(value) and value > 0)
    ]
    if faults:
        raise NetworkDataError(faults)


def _check_names(overlays: Sequence[Overlay], taken: Sequence[str]) -> None:
    names = [*taken, *(overlay.name for overlay in overlays)]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice or "" in names:
        shown = ", ".join(twice) or "''"
        raise NetworkDataError(
            Sentence(
                "net.fault.overlay.names",
                "every overlay needs a name of its own; empty or used twice: {shown}",
                shown=shown,
            )
        )


def _one_set_of_conditions(overlays: Sequence[Overlay]) -> FerryConditions | None:
    found = [overlay for overlay in overlays if isinstance(overlay, Ferries)]
    if any(overlay.conditions != found[0].conditions for overlay in found[1:]):
        names = ", ".join(overlay.name for overlay in found)
        raise NetworkDataError(
            Sentence(
                "net.fault.overlay.ferries",
                "overlays with different ferry conditions cannot be combined: {names}",
                names=names,
            )
        )
    return found[0].conditions if found else None


def _capped(network: TravelNetwork, factor: FloatArray, max_speed_kph: float) -> FloatArray:
    """Factors raised so that none makes its edge faster than the cap; 1 where it is faster already."""
    fastest_s = network.length_m / (max_speed_kph / 3.6)
    with np.errstate(divide="ignore", invalid="ignore"):
        least = np.where(network.moving_s > 0, fastest_s / network.moving_s, 0.0)
    least = np.where(np.isfinite(network.moving_s), least, 0.0)
    return np.where(factor < 1.0, np.minimum(np.maximum(factor, least), 1.0), factor)
