"""Directed edges of roads, ferries and quay links, from pieces and lines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from networks.arrays import FloatArray, IntArray
from networks.network import EdgeGeometry, Labels
from networks.osm.assemble import EdgeBlock
from networks.osm.defaults import ALTERNATING_WAIT_S
from networks.osm.ferry_lines import Line
from networks.osm.pieces import Course, Pieces, Points, directed_pieces, inner_points
from networks.osm.quays import QuayLink
from networks.osm.speeds import SpeedSource
from networks.osm.ways import WayTable, WayType

SOURCE = "OpenStreetMap"

#: Speed on the link between a quay and the road: lanes, ramp and marshalling area, km/h.
QUAY_LINK_KPH = 15.0


def road_block(
    ways: WayTable,
    types: Sequence[WayType],
    pieces: Pieces,
    ends: tuple[IntArray, IntArray],
    course: Course,
    points: Points,
) -> EdgeBlock:
    """Directed edges of the roads.

    Args:
        ways: the roads.
        types: what the tags of each of ``ways.tag_sets`` decide.
        pieces: the ways cut at the network's nodes.
        ends: network node at the first and last point of each piece.
        course: the points along the ways.
        points: locations.
    """
    of_piece = ways.type_index[pieces.way]
    along, against = directed_pieces(pieces, ways.type_index, [kind.driven for kind in types])
    piece = np.concatenate([along, against])
    reverse = np.zeros(len(piece), dtype=bool)
    reverse[len(along) :] = True
    kph = np.where(
        reverse,
        np.asarray([kind.backward_kph for kind in types])[of_piece[piece]],
        np.asarray([kind.forward_kph for kind in types])[of_piece[piece]],
    )
    length = pieces.length_m[piece]
    indptr, inner = inner_points(pieces.first[piece], pieces.last[piece], course.point, reverse=reverse)
    return EdgeBlock(
        tails=np.where(reverse, ends[1][piece], ends[0][piece]),
        heads=np.where(reverse, ends[0][piece], ends[1][piece]),
        moving_s=length / (kph / 3.6),
        wait_s=_waits(of_piece, types, ends, piece, reverse),
        length_m=length,
        service=np.full(len(piece), -1, dtype=np.int32),
        labels=_road_labels(ways, types, pieces.way[piece], reverse),
        geometry=EdgeGeometry(indptr, points.lon[inner], points.lat[inner]),
    )


def _waits(
    of_piece: NDArray[np.int32],
    types: Sequence[WayType],
    ends: tuple[IntArray, IntArray],
    piece: IntArray,
    reverse: NDArray[np.bool_],
) -> FloatArray:
    """(n_edges,) seconds waited before each edge: where a lane for both directions in turn begins."""
    in_turn = np.asarray([kind.directions.alternating for kind in types], dtype=bool)[of_piece]
    first = np.where(reverse, ends[1][piece], ends[0][piece])
    size = max(int(at.max(initial=-1)) for at in ends) + 1
    meeting = sum(np.bincount(at[in_turn], minlength=size) for at in ends)
    begins = in_turn[piece] & (np.asarray(meeting)[first] == 1)
    waits: FloatArray = np.where(begins, ALTERNATING_WAIT_S, 0.0)
    return waits


def _road_labels(
    ways: WayTable, types: Sequence[WayType], way: NDArray[np.int32], reverse: NDArray[np.bool_]
) -> dict[str, Labels]:
    kind = ways.type_index[way]
    assumed = [_assumptions(one) for one in types]
    return {
        "kind": Labels.constant("road", len(way)),
        "road_class": _by_type([one.road_class for one in types], kind),
        "ref": Labels(ways.ref_index[way], ways.refs),
        "name": Labels(ways.name_index[way], ways.names),
        "link_id": Labels(way, tuple(map(str, ways.way_ids.tolist()))),
        "source": Labels.constant(SOURCE, len(way)),
        "winter": _by_type([one.winter for one in types], kind),
        "conditional": _by_type([one.closure for one in types], kind),
        "surface": _by_type([one.surface for one in types], kind),
        "structure": _by_type([one.structure for one in types], kind),
        "speed_source": _by_type([one.speed_source.value for one in types], kind),
        "assumptions": _by_type(assumed, kind),
        "access": _only_for(types, kind, reverse),
        "direction": Labels(reverse.astype(np.int32), ("forward", "backward")),
    }


def _only_for(types: Sequence[WayType], kind: NDArray[np.int32], reverse: NDArray[np.bool_]) -> Labels:
    """``destination`` or ``private`` for edges that only their own traffic may drive."""
    along = _by_type([one.directions.forward_only_for for one in types], kind)
    against = _by_type([one.directions.backward_only_for for one in types], kind)
    return Labels.of(np.where(reverse, against.to_array(), along.to_array()))


def _assumptions(kind: WayType) -> str:
    assumed = {
        "speed_of_class": kind.speed_source is SpeedSource.DEFAULT,
        "alternating_wait": kind.directions.alternating,
    }
    return ";".join(name for name, holds in assumed.items() if holds)


def _by_type(texts: Sequence[str], kind: NDArray[np.int32]) -> Labels:
    position: dict[str, int] = {}
    codes = np.asarray([position.setdefault(text, len(position)) for text in texts], dtype=np.int32)
    return Labels(codes[kind] if len(codes) else kind, tuple(position))


def ferry_block(lines: Sequence[Line], node_of_point: IntArray, points: Points) -> EdgeBlock:
    """Directed edges of ferry lines, one per open direction; times are set afterwards.

    ``service`` is the position of the line.
    """
    rows: list[tuple[int, bool]] = [
        (number, reverse)
        for number, line in enumerate(lines)
        for reverse, carried in ((False, line.forward), (True, line.backward))
        if carried
    ]
    courses = [lines[number].points[:: -1 if reverse else 1] for number, reverse in rows]
    first = np.asarray([course[0] for course in courses], dtype=np.int64)
    last = np.asarray([course[-1] for course in courses], dtype=np.int64)
    inner = [np.asarray(course[1:-1], dtype=np.int64) for course in courses]
    indptr = np.zeros(len(rows) + 1, dtype=np.int64)
    np.cumsum([len(one) for one in inner], out=indptr[1:])
    at = np.concatenate([*inner, np.zeros(0, dtype=np.int64)])
    texts = [lines[number] for number, _ in rows]
    return EdgeBlock(
        tails=node_of_point[first],
        heads=node_of_point[last],
        moving_s=np.zeros(len(rows)),
        wait_s=np.zeros(len(rows)),
        length_m=np.zeros(len(rows)),
        service=np.asarray([number for number, _ in rows], dtype=np.int32),
        labels={
            "kind": Labels.constant("ferry", len(rows)),
            "road_class": Labels.constant("ferry", len(rows)),
            "ref": Labels.of([line.tag("ref") for line in texts]),
            "name": Labels.of([line.tag("name") for line in texts]),
            "link_id": Labels.of([str(line.stretches[0].way.way_id) for line in texts]),
            "source": Labels.constant(SOURCE, len(rows)),
            "direction": Labels.of(["backward" if reverse else "forward" for _, reverse in rows]),
        },
        geometry=EdgeGeometry(indptr, points.lon[at], points.lat[at]),
    )


def link_block(links: Sequence[QuayLink], node_of_point: IntArray) -> EdgeBlock:
    """Edges both ways between quays and the roads that they were joined to."""
    quay = node_of_point[np.asarray([link.quay for link in links], dtype=np.int64)]
    road = node_of_point[np.asarray([link.road for link in links], dtype=np.int64)]
    length = np.tile(np.asarray([link.length_m for link in links], dtype=np.float64), 2)
    return straight_block(
        np.concatenate([quay, road]),
        np.concatenate([road, quay]),
        length,
        kph=QUAY_LINK_KPH,
        labels={"kind": "access", "road_class": "quay_link", "source": SOURCE, "assumptions": "quay_joined"},
    )


def straight_block(
    tails: IntArray, heads: IntArray, length_m: FloatArray, *, kph: float, labels: dict[str, Any]
) -> EdgeBlock:
    """Straight edges at one speed with the same texts."""
    size = len(tails)
    return EdgeBlock(
        tails=tails,
        heads=heads,
        moving_s=length_m / (kph / 3.6),
        wait_s=np.zeros(size),
        length_m=length_m,
        service=np.full(size, -1, dtype=np.int32),
        labels={name: Labels.constant(text, size) for name, text in labels.items()},
        geometry=EdgeGeometry(np.zeros(size + 1, dtype=np.int64), np.zeros(0), np.zeros(0)),
    )
