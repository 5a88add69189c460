"""Ways cut into pieces between junctions: every step walked in plain loops, over points that pyproj measures."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from networks.osm.pieces import (
    Course,
    Pieces,
    Place,
    Points,
    along,
    course_of,
    cut,
    inner_points,
    insert_points,
    path_m,
    take_pieces,
)
from networks.osm.report import Tally
from networks.osm.ways import WayTable

MANY = settings(max_examples=60)
GEOD = Geod(ellps="WGS84")


def table(ways: list[list[int]]) -> WayTable:
    """Ways of node ids; what they are called and tagged does not matter here."""
    n = len(ways)
    starts = np.concatenate([[0], np.cumsum([len(way) for way in ways])]).astype(np.int64)
    nodes = np.asarray([node for way in ways for node in way], dtype=np.int64)
    none = np.zeros(n, np.int32)
    return WayTable(np.arange(n) + 500, ({},), none, ("",), none, ("",), none, starts, nodes)


def points(ids: list[int], unknown: frozenset[int] = frozenset()) -> Points:
    """Nodes on a winding line, some of them without a location."""
    own = np.asarray(sorted(ids), dtype=np.int64)
    lost = np.isin(own, list(unknown))
    lon = np.where(lost, np.nan, 10.0 + 0.01 * own + 0.003 * (own % 3))
    return Points(own, lon, np.where(lost, np.nan, 60.0 + 0.004 * (own % 5)))


def metres(at: Points, a: int, b: int) -> float:
    return float(GEOD.inv(at.lon[a], at.lat[a], at.lon[b], at.lat[b])[2])


@MANY
@given(st.lists(st.integers(0, 40), unique=True, max_size=8), st.lists(st.integers(-2, 42), max_size=8))
def test_positions_of_ids(ids: list[int], asked: list[int]) -> None:
    own = sorted(ids)
    at = Points(np.asarray(own, np.int64), np.zeros(len(own)), np.zeros(len(own)))
    found = at.positions(np.asarray(asked, dtype=np.int64))
    assert found.tolist() == [own.index(one) if one in own else -1 for one in asked]


def test_a_share_of_the_way_between_two_points_is_not_stopped_by_the_antimeridian() -> None:
    at = Points(np.arange(4), np.asarray([10.0, 20.0, 179.0, -179.0]), np.asarray([60.0, 64.0, 0.0, 2.0]))
    assert along(at, 0, 1, 0.25) == pytest.approx((12.5, 61.0))
    assert along(at, 2, 3, 0.25) == pytest.approx((179.5, 0.5))
    assert along(at, 2, 3, 0.75) == pytest.approx((-179.5, 1.5))
    assert along(at, 3, 2, 0.25) == pytest.approx((-179.5, 1.5))
    assert along(at, 1, 0, 1.0) == pytest.approx((10.0, 60.0))


def test_the_length_along_points() -> None:
    at = points([0, 1, 2, 3])
    assert path_m([0, 2, 1, 3], at) == pytest.approx(metres(at, 0, 2) + metres(at, 2, 1) + metres(at, 1, 3))
    assert path_m([2], at) == path_m([2, 2], at) == 0.0


# The nodes along ways


@st.composite
def maps(draw: st.DrawFn) -> tuple[list[list[int]], list[int], frozenset[int]]:
    """Ways over a few nodes, the nodes that the file has, and those of them without a location."""
    ways = draw(st.lists(st.lists(st.integers(0, 9), max_size=7), max_size=5))
    held = draw(st.frozensets(st.integers(0, 9), min_size=7))
    lost = draw(st.frozensets(st.integers(0, 9), max_size=1))
    return ways, sorted(held), lost


def stretches(ways: list[list[int]], known: set[int]) -> list[tuple[int, list[int]]]:
    """(way, nodes) of each unbroken stretch of two nodes or more, repeated nodes once."""
    found = []
    for number, way in enumerate(ways):
        own: list[int] = []
        for node in [*way, -1]:
            if node not in known:
                if len(own) >= 2:
                    found.append((number, own))
                own = []
            elif not own or own[-1] != node:
                own.append(node)
    return found


@MANY
@given(maps())
def test_a_course_is_every_unbroken_stretch(case: tuple[list[list[int]], list[int], frozenset[int]]) -> None:
    ways, held, lost = case
    at, tally = points(held, lost), Tally()
    course = course_of(table(ways), at, tally)
    expected = stretches(ways, set(held) - lost)
    assert at.node_ids[course.point].tolist() == [node for _, own in expected for node in own]
    assert course.way.tolist() == [way for way, own in expected for _ in own]
    runs = [run for number, (_, own) in enumerate(expected) for run in [number] * len(own)]
    assert np.unique(course.run, return_inverse=True)[1].tolist() == runs
    missing = sum(node not in set(held) - lost for way in ways for node in way)
    counted = tally.counts().get("nodes", {}).get("references to nodes that the file does not have", 0)
    assert counted == missing


# Pieces


@MANY
@given(maps(), st.frozensets(st.integers(0, 9), max_size=3))
def test_pieces_run_from_node_to_node_of_the_network(
    case: tuple[list[list[int]], list[int], frozenset[int]], forced: frozenset[int]
) -> None:
    ways, held, lost = case
    at = points(held, lost)
    course = course_of(table(ways), at, Tally())
    pieces = cut(course, at, np.isin(at.node_ids, list(forced)))
    expected = stretches(ways, set(held) - lost)
    uses = [node for _, own in expected for node in own]
    found, position = [], 0
    for way, own in expected:
        ends = [
            place
            for place, node in enumerate(own)
            if place in (0, len(own) - 1) or uses.count(node) > 1 or node in forced
        ]
        for first, last in pairwise(ends):
            middle = (2 * position + first + last) // 2 - position
            if own[first] == own[last] and middle not in (first, last):
                found += [
                    (way, position + first, position + middle),
                    (way, position + middle, position + last),
                ]
            else:
                found.append((way, position + first, position + last))
        position += len(own)
    told = zip(pieces.way.tolist(), pieces.first.tolist(), pieces.last.tolist(), strict=True)
    assert list(told) == found
    for first, last, length in zip(pieces.first, pieces.last, pieces.length_m, strict=True):
        nodes = course.point[first : last + 1]
        assert length == pytest.approx(sum(metres(at, a, b) for a, b in pairwise(nodes)), rel=1e-5)


def test_a_loop_road_is_two_pieces_so_that_both_ways_round_stay() -> None:
    at = points([1, 2, 3, 4, 5])
    course = course_of(table([[1, 2, 3, 4, 5, 1]]), at, Tally())
    pieces = cut(course, at, np.zeros(5, dtype=bool))
    assert [(first, last) for first, last in zip(pieces.first, pieces.last, strict=True)] == [(0, 2), (2, 5)]
    kept = take_pieces(pieces, np.asarray([False, True]))
    assert isinstance(kept, Pieces)
    assert (kept.way.tolist(), kept.first.tolist(), kept.last.tolist()) == ([0], [2], [5])
    assert kept.length_m.tolist() == [pieces.length_m[1]]


def test_no_ways_have_no_pieces() -> None:
    nothing = course_of(table([]), points([1]), Tally())
    pieces = cut(nothing, points([1]), np.ones(1, dtype=bool))
    assert [len(part) for part in (pieces.way, pieces.first, pieces.last, pieces.length_m)] == [0] * 4


@MANY
@given(st.lists(st.tuples(st.integers(0, 6), st.integers(1, 5), st.booleans()), max_size=5))
def test_inner_points_stand_in_the_direction_of_travel(spans: list[tuple[int, int, bool]]) -> None:
    course = np.arange(20, dtype=np.int32) * 10
    first = np.asarray([begin for begin, _, _ in spans], dtype=np.int64)
    last = np.asarray([begin + length for begin, length, _ in spans], dtype=np.int64)
    reverse = np.asarray([turned for _, _, turned in spans], dtype=bool)
    indptr, inner = inner_points(first, last, course, reverse=reverse)
    expected = [
        course[begin + 1 : begin + length].tolist()[:: -1 if turned else 1] for begin, length, turned in spans
    ]
    assert [inner[a:b].tolist() for a, b in pairwise(indptr.tolist())] == expected


# New points on roads


@MANY
@given(st.lists(st.tuples(st.sampled_from([0, 1, 3, 4]), st.sampled_from([0.0, 0.25, 0.5, 1.0])), max_size=6))
def test_new_points_stand_on_their_segments_by_share(asked: list[tuple[int, float]]) -> None:
    at = points([1, 2, 3, 4, 5])
    course = course_of(table([[1, 2, 3], [3, 4, 5]]), at, Tally())
    places = [Place(*one) for one in asked]
    longer, more, added = insert_points(course, at, places)
    assert len(longer.point) == len(course.point) + len(places)
    assert added.tolist() == list(range(5, 5 + len(places)))
    assert len(set(more.node_ids.tolist())) == 5 + len(places)
    assert (more.node_ids[5:] < 0).all()
    walked = []
    for segment in range(len(course.point)):
        here = sorted((one.share, number) for number, one in enumerate(places) if one.segment == segment)
        walked += [int(course.point[segment]), *(int(added[number]) for _, number in here)]
    assert longer.point.tolist() == walked
    for number, place in enumerate(places):
        a, b = course.point[place.segment], course.point[place.segment + 1]
        assert more.lon[added[number]] == pytest.approx(at.lon[a] + place.share * (at.lon[b] - at.lon[a]))
        assert more.lat[added[number]] == pytest.approx(at.lat[a] + place.share * (at.lat[b] - at.lat[a]))
        position = longer.point.tolist().index(int(added[number]))
        assert (longer.way[position], longer.run[position]) == (
            course.way[place.segment],
            course.run[place.segment],
        )
    again, _, _ = insert_points(course, more, [Place(0, 0.5)])
    assert isinstance(again, Course)


def test_ids_of_new_points_go_on_below_those_of_earlier_ones() -> None:
    at = points([1, 2])
    course = course_of(table([[1, 2]]), at, Tally())
    _, more, _ = insert_points(course, at, [Place(0, 0.5), Place(0, 0.25)])
    assert more.node_ids.tolist() == [1, 2, -1, -2]
    longer, most, added = insert_points(course, more, [Place(0, 0.75)])
    assert most.node_ids.tolist() == [1, 2, -1, -2, -3]
    assert added.tolist() == [4]
    assert longer.point.tolist() == [0, 4, 1]
