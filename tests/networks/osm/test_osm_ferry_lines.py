"""Ferry ways made into lines: however mappers cut and turn them, a crossing is one line with its length and duration."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from networks.osm.defaults import FERRY_FALLBACK_KPH, FERRY_FALLBACK_MOORING_MIN
from networks.osm.ferry_lines import Line, joints, lines_of
from networks.osm.ferry_through import turned
from networks.osm.ferry_times import RelationTime, believable, crossing_minutes, relation_times
from networks.osm.opl import Relation
from networks.osm.pieces import Points
from networks.osm.report import Tally
from networks.osm.ways import FerryWay

#: Nodes 100, 101, ... a kilometre apart from south to north (111.2 km a degree on the mean sphere, about).
COUNT = 13
KM = 1 / 111.5
POINTS = Points(100 + np.arange(COUNT), np.full(COUNT, 15.0), 68.0 + KM * np.arange(COUNT))


def quays(*places: int) -> np.ndarray:
    found = np.zeros(COUNT, dtype=bool)
    found[list(places)] = True
    return found


def way(number: int, nodes: list[int], **tags: str) -> FerryWay:
    return FerryWay(number, dict(tags), tuple(100 + node for node in nodes))


def lines(ways: list[FerryWay], *at: int, tally: Tally | None = None) -> list[Line]:
    return lines_of(ways, POINTS, quays(*at), "car", tally or Tally())


def spans(found: list[Line]) -> set[tuple[int, ...]]:
    """The nodes of each line, from its southern end."""
    return {min(line.points, line.points[::-1]) for line in found}


@given(
    st.sets(st.integers(1, COUNT - 2), max_size=4),
    st.sets(st.integers(1, COUNT - 2), max_size=3),
    st.lists(st.booleans(), min_size=5, max_size=5),
    st.permutations(range(5)),
)
def test_a_crossing_cut_anywhere_is_one_line_from_quay_to_quay(
    cuts: set[int], calls: set[int], flipped: list[bool], order: list[int]
) -> None:
    corners = [0, *sorted(cuts), COUNT - 1]
    pieces = [list(range(a, b + 1)) for a, b in itertools.pairwise(corners)]
    pieces = [nodes[::-1] if flip else nodes for nodes, flip in zip(pieces, flipped, strict=False)]
    ways = [way(number, pieces[number]) for number in order if number < len(pieces)]
    found = lines(ways, 0, COUNT - 1, *calls)
    stops = [0, *sorted(calls), COUNT - 1]
    assert spans(found) == {tuple(range(a, b + 1)) for a, b in itertools.pairwise(stops)}
    assert len(found) == len(stops) - 1
    assert all(line.forward and line.backward for line in found)


@given(
    st.sets(st.integers(1, COUNT - 2), max_size=3),
    st.integers(20, 90),
    st.lists(st.booleans(), min_size=4, max_size=4),
)
def test_a_duration_repeated_on_every_way_is_counted_once(
    cuts: set[int], minutes: int, flipped: list[bool]
) -> None:
    corners = [0, *sorted(cuts), COUNT - 1]
    pieces = [list(range(a, b + 1)) for a, b in itertools.pairwise(corners)]
    ways = [
        way(number, nodes[::-1] if flip else nodes, duration=f"{minutes // 60:02}:{minutes % 60:02}")
        for number, (nodes, flip) in enumerate(zip(pieces, flipped, strict=False))
    ]
    (line,) = lines(ways, 0, COUNT - 1)
    assert crossing_minutes(line, POINTS, {}) == (
        pytest.approx(minutes),
        pytest.approx(COUNT - 1, rel=1e-3),
        "way",
    )


@pytest.mark.parametrize(
    ("durations", "minutes", "source"),
    [
        (["20", "40"], 60, "way"),  # different: each its own
        (["30", ""], 30, "way"),  # one speaks for the line
        (["", ""], 12 / FERRY_FALLBACK_KPH * 60 + FERRY_FALLBACK_MOORING_MIN, "fallback"),
        (
            ["1", "1"],
            12 / FERRY_FALLBACK_KPH * 60 + FERRY_FALLBACK_MOORING_MIN,
            "fallback",
        ),  # 12 km in a minute
        (["9", "9"], 18, "way"),  # once would be 80 km/h, so it is each way's own
    ],
)
def test_durations_of_two_halves(durations: list[str], minutes: float, source: str) -> None:
    tags = [{"duration": text} if text else {} for text in durations]
    (line,) = lines([way(1, list(range(7)), **tags[0]), way(2, list(range(6, 13)), **tags[1])], 0, 12)
    found = crossing_minutes(line, POINTS, {})
    assert found[0] == pytest.approx(minutes, rel=1e-3)
    assert found[2] == source


def test_a_relation_gives_its_minutes_by_length_and_ways_that_repeat_it_none_of_their_own() -> None:
    ways = [way(1, list(range(5)), duration="01:00"), way(2, list(range(4, 13)), duration="01:00")]
    relation = Relation(
        9, {"duration": "01:00"}, (("w", 1, ""), ("w", 2, ""), ("w", 77, ""), ("n", 100, "stop"))
    )
    held = relation_times([relation], {one.way_id: one for one in ways}, POINTS)
    assert set(held) == {1, 2}
    assert held[1] == RelationTime(60.0, pytest.approx(12, rel=1e-3))
    first, second = sorted(lines(ways, 0, 4, 12), key=lambda line: len(line.points))
    for line, share in ((first, 4 / 12), (second, 8 / 12)):
        minutes, _, source = crossing_minutes(line, POINTS, held)
        assert (minutes, source) == (pytest.approx(60 * share, rel=1e-3), "relation")


def test_of_two_relations_the_slower_speaks_and_one_without_a_duration_is_silent() -> None:
    held = relation_times(
        [
            Relation(1, {"duration": "40"}, (("w", 1, ""),)),
            Relation(2, {"duration": "50"}, (("w", 1, ""),)),
            Relation(3, {"duration": "45"}, (("w", 1, ""),)),
            Relation(4, {}, (("w", 1, ""),)),
            Relation(5, {"duration": "soon"}, (("w", 1, ""),)),
        ],
        {1: way(1, list(range(13)))},
        POINTS,
    )
    assert held[1].minutes == 50


@pytest.mark.parametrize(
    ("minutes", "km", "holds"),
    [(9.6, 12, True), (9.5, 12, False), (270, 12, True), (271, 12, False), (30, 0, True), (31, 0, False)],
)
def test_durations_that_can_be_believed(minutes: float, km: float, holds: bool) -> None:
    """From 75 km/h down to 3 km/h and half an hour on top."""
    assert believable(minutes, km) is holds


@pytest.mark.parametrize(
    ("tags", "forward", "backward"),
    [
        ([{}, {}], True, True),
        ([{"oneway": "yes"}, {}], True, False),
        ([{}, {"oneway": "yes"}], False, True),  # the second way is drawn from north to south
        ([{"oneway": "yes"}, {"oneway": "yes"}], False, False),
        ([{"oneway": "-1"}, {"oneway": "yes"}], False, True),
        ([{"oneway": "reversible"}, {}], True, True),
    ],
)
def test_one_way_parts_make_a_one_way_line(tags: list[dict[str, str]], forward: bool, backward: bool) -> None:
    (line,) = lines([way(1, list(range(7)), **tags[0]), way(2, list(range(12, 5, -1)), **tags[1])], 0, 12)
    north = line if line.points[0] == 0 else turned(line)
    assert (north.forward, north.backward) == (forward, backward)
    assert turned(turned(north)) == north


def test_a_fork_at_sea_ends_lines_and_a_round_trip_without_a_quay_is_left_out() -> None:
    tally = Tally()
    found = lines(
        [way(1, [0, 1, 2]), way(2, [2, 3, 4]), way(3, [2, 7, 8]), way(4, [9, 10, 11, 9])],
        0,
        4,
        8,
        tally=tally,
    )
    assert spans(found) == {(0, 1, 2), (2, 3, 4), (2, 7, 8)}
    assert tally.counts()["ferries"]["stretches of round trips without a quay, left out"] == 1


def test_nodes_that_are_not_there_break_a_way() -> None:
    tally = Tally()
    found = lines(
        [FerryWay(1, {}, (100, 101, 999, 103, 104, 104, 105)), FerryWay(2, {}, (100, 999, 107))], tally=tally
    )
    assert spans(found) == {(0, 1), (3, 4, 5)}
    assert tally.counts()["dropped ways"] == {"fewer than two known nodes": 1}


def test_the_first_text_of_a_line_and_joints_of_long_ways() -> None:
    ways: list[Any] = [way(1, list(range(7)), name="", ref="Fv1"), way(2, list(range(6, 13)), name="Sund")]
    (line,) = lines(ways, 0, 12)
    north = line if line.points[0] == 0 else turned(line)
    assert (north.tag("name"), north.tag("ref"), north.tag("operator")) == ("Sund", "Fv1", "")
    assert joints(ways, POINTS, longer_than_m=5900.0) == [6]
    assert joints(ways, POINTS, longer_than_m=6100.0) == []
    assert joints([*ways, way(3, [6, 7])], POINTS, longer_than_m=5900.0) == []
