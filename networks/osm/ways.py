"""Road ways from the first pass: tags judged once per distinct set, node references in one array."""

from __future__ import annotations

import math
import re
from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from networks.osm.access import (
    Directions,
    DropReason,
    Profile,
    Tags,
    closed_at_times,
    closed_in_winter,
    closure_note,
    is_roundabout,
    road_directions,
    structure,
)
from networks.osm.blue_lights import is_contrary
from networks.osm.defaults import CountryDefaults
from networks.osm.opl import references, tags_of, unescape, way_lines
from networks.osm.report import FROZEN_SECTION, REVERSIBLE_SECTION, Tally
from networks.osm.speeds import SpeedSource, driven_speeds, is_paved, with_contrary_speed

#: Width of a road with one lane for both directions, metres.
ONE_LANE_M = 4.0
#: What is left out by name, and under which section.
_NAMED = {DropReason.REVERSIBLE: REVERSIBLE_SECTION, DropReason.FROZEN: FROZEN_SECTION}
_ROAD_PREFIX = "highway="
_FERRY = "route=ferry"
#: The same in other spellings and beside other routes, in OPL form, where a space is %20%.
_FERRY_AMONG = re.compile(r"route=(?:.*;(?:%20%)*)?ferry(?:(?:%20%)*;.*)?$", re.IGNORECASE)
#: Keys whose text differs from way to way, or that decide nothing; left out of the set that is judged.
_UNJUDGED = frozenset(
    {
        "name",
        "ref",
        "source",
        "note",
        "created_by",
        "fixme",
        "description",
        "start_date",
        "loc_name",
        "alt_name",
    }
)
_UNJUDGED_PREFIXES = (
    "name:",
    "alt_name:",
    "source:name",
    "old_",
    "wiki",
    "nvdb",
    "tiger",
    "ref:",
    "addr:",
    "int_",
)


@dataclass(frozen=True, slots=True)
class WayType:
    """All that the tags of a road decide; shared by every way with the same tags."""

    road_class: str
    directions: Directions
    forward_kph: float
    backward_kph: float
    forward_free_kph: float
    backward_free_kph: float
    speed_source: SpeedSource
    unreadable_speed: bool
    surface: str
    structure: str
    closure: str
    winter: str
    roundabout: bool = False
    paved: bool = True
    width_m: float = math.nan
    contrary: bool = False
    closed_at_times: bool = False

    @property
    def driven(self) -> tuple[bool, bool, bool]:
        """Whether it is driven along, against, and where it is short against its one-way direction."""
        return self.directions.forward, self.directions.backward, self.contrary


@dataclass(frozen=True, slots=True)
class FerryWay:
    """A way of a ferry, tags as they are."""

    way_id: int
    tags: dict[str, str]
    refs: tuple[int, ...]


@dataclass(frozen=True)
class WayTable:
    """The roads that a profile may use.

    Attributes:
        way_ids: (n_ways,) OpenStreetMap ids.
        tag_sets: the distinct sets of tags, names and road numbers left out.
        type_index: (n_ways,) position in ``tag_sets``.
        names: the distinct names, first one empty.
        name_index: (n_ways,) position in ``names``.
        refs: the distinct road numbers, first one empty.
        ref_index: (n_ways,) position in ``refs``.
        starts: (n_ways + 1,) node references of way ``w`` are ``nodes[starts[w]:starts[w + 1]]``.
        nodes: (n_references,) node ids.
    """

    way_ids: NDArray[np.int64]
    tag_sets: tuple[Tags, ...]
    type_index: NDArray[np.int32]
    names: tuple[str, ...]
    name_index: NDArray[np.int32]
    refs: tuple[str, ...]
    ref_index: NDArray[np.int32]
    starts: NDArray[np.int64]
    nodes: NDArray[np.int64]


@dataclass
class _Texts:
    """Distinct texts by order of appearance."""

    index: dict[str, int] = field(default_factory=lambda: {"": 0})

    def code(self, text: str) -> int:
        return self.index.setdefault(text, len(self.index))


def judge(tags: Tags, profile: Profile, defaults: CountryDefaults, *, blue_lights: bool = False) -> WayType:
    """All that the tags of a road decide for a profile, with blue lights or without."""
    road_class = tags.get("highway", "")
    directions = road_directions(tags, profile)
    speeds = driven_speeds(tags, road_class, defaults, blue_lights=blue_lights)
    contrary = blue_lights and is_contrary(tags, road_class, directions)
    if contrary:
        speeds = with_contrary_speed(speeds, forward_is_open=directions.forward)
    return WayType(
        road_class=road_class,
        directions=directions,
        forward_kph=speeds.forward_kph,
        backward_kph=speeds.backward_kph,
        forward_free_kph=speeds.forward_free_kph,
        backward_free_kph=speeds.backward_free_kph,
        speed_source=speeds.source,
        unreadable_speed=speeds.unreadable,
        surface=tags.get("surface", ""),
        structure=structure(tags),
        closure=closure_note(tags),
        winter="closed" if closed_in_winter(tags) else "",
        roundabout=is_roundabout(tags),
        paved=is_paved(tags, road_class),
        width_m=width_m(tags, directions),
        contrary=contrary,
        closed_at_times=closed_at_times(tags),
    )


_METRES = re.compile(r"(\d+(?:[.,]\d+)?)\s*m?")


def width_m(tags: Tags, directions: Directions) -> float:
    """Width of the carriageway in metres by its tags, NaN where they do not say.

    One lane for both directions is 4 m wide (the narrowest road of HDM-4, on which two cars can just pass).
    """
    told = _METRES.fullmatch(tags.get("width", "").strip().lower())
    if told:
        return float(told[1].replace(",", "."))
    both = directions.forward and directions.backward
    return ONE_LANE_M if both and tags.get("lanes", "").strip() == "1" else math.nan


class WayCollector:
    """Gathers the ways of a file; keeps arrays, not objects."""

    def __init__(self, profile: Profile, tally: Tally) -> None:
        self._profile: Profile = profile
        self._tally = tally
        self._known: dict[str, int] = {}
        self._tag_sets: list[Tags] = []
        self._dropped: list[DropReason | None] = []
        self._names, self._refs = _Texts(), _Texts()
        self._ids, self._starts, self._nodes = array("q"), array("q", [0]), array("q")
        self._type_index, self._name_index, self._ref_index = array("i"), array("i"), array("i")
        self._read = array("q")
        self.ferries: dict[int, FerryWay] = {}

    def repeated(self) -> list[int]:
        """Ids of the ways that were taken in more than once, driven or not."""
        found, counts = np.unique(np.asarray(self._read, dtype=np.int64), return_counts=True)
        return [int(way_id) for way_id in found[counts > 1]]

    def read_ferries(self, path: Path) -> None:
        """Take in the ways of ferry relations; those that are roads by their own tags are left out."""
        for way_id, tags, nodes in way_lines(path):
            own = tags_of(tags)
            if not own.keys() & {"highway", "railway", "man_made", "public_transport"}:
                self.add_ferry(way_id, own, references(nodes))

    def add(self, way_id: int, tags: str, nodes: str) -> None:
        """Take in one way, its fields in OPL form."""
        items = tags.split(",")
        if _FERRY in items or any(_FERRY_AMONG.match(item) for item in items):
            self.add_ferry(way_id, tags_of(tags), references(nodes))
        elif any(item.startswith(_ROAD_PREFIX) for item in items):
            self._add_road(way_id, items, nodes)

    def add_ferry(self, way_id: int, tags: dict[str, str], nodes: Iterable[int]) -> None:
        """Take in one ferry way."""
        self._tally.add("ways", "ferry ways read")
        self._read.append(way_id)
        if way_id in self.ferries:
            self._tally.add("dropped ways", DropReason.DUPLICATE)
            return
        self.ferries[way_id] = FerryWay(way_id, tags, tuple(nodes))

    def _add_road(self, way_id: int, items: list[str], nodes: str) -> None:
        self._tally.add("ways", "road ways read")
        self._read.append(way_id)
        name, ref, judged = "", "", []
        for item in items:
            key, _, value = item.partition("=")
            if key == "name":
                name = value
            elif key == "ref":
                ref = value
            elif key not in _UNJUDGED and not key.startswith(_UNJUDGED_PREFIXES):
                judged.append(item)
        code = self._code_of(",".join(judged))
        dropped = self._dropped[code]
        if dropped:
            self._tally.add("dropped ways", dropped)
            if dropped in _NAMED:
                self._tally.add(_NAMED[dropped], unescape(ref or name) or f"way {way_id}")
            return
        self._ids.append(way_id)
        self._type_index.append(code)
        self._name_index.append(self._names.code(name))
        self._ref_index.append(self._refs.code(ref))
        self._nodes.extend(references(nodes))
        self._starts.append(len(self._nodes))

    def _code_of(self, field_text: str) -> int:
        code = self._known.get(field_text)
        if code is None:
            code = self._known[field_text] = len(self._tag_sets)
            self._tag_sets.append(tags_of(field_text))
            self._dropped.append(road_directions(self._tag_sets[-1], self._profile).dropped)
        return code

    def table(self) -> WayTable:
        """The ways gathered, the second and later ways of a repeated id left out."""
        table = WayTable(
            way_ids=np.array(self._ids, dtype=np.int64),
            tag_sets=tuple(self._tag_sets),
            type_index=np.array(self._type_index, dtype=np.int32),
            names=_readable(self._names),
            name_index=np.array(self._name_index, dtype=np.int32),
            refs=_readable(self._refs),
            ref_index=np.array(self._ref_index, dtype=np.int32),
            starts=np.array(self._starts, dtype=np.int64),
            nodes=np.array(self._nodes, dtype=np.int64),
        )
        first = np.zeros(len(table.way_ids), dtype=bool)
        first[np.unique(table.way_ids, return_index=True)[1]] = True
        self._tally.add("dropped ways", DropReason.DUPLICATE, int((~first).sum()))
        return table if first.all() else take_ways(table, first)


def _readable(texts: _Texts) -> tuple[str, ...]:
    return tuple(unescape(text) for text in texts.index)


def take_ways(table: WayTable, kept: NDArray[np.bool_]) -> WayTable:
    """The table with some of its ways.

    Args:
        table: the ways.
        kept: (n_ways,) True for a way to keep.
    """
    counts = np.diff(table.starts)
    starts = np.zeros(int(kept.sum()) + 1, dtype=np.int64)
    np.cumsum(counts[kept], out=starts[1:])
    return WayTable(
        way_ids=table.way_ids[kept],
        tag_sets=table.tag_sets,
        type_index=table.type_index[kept],
        names=table.names,
        name_index=table.name_index[kept],
        refs=table.refs,
        ref_index=table.ref_index[kept],
        starts=starts,
        nodes=table.nodes[np.repeat(kept, counts)],
    )
