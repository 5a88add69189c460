"""Turn restrictions of OpenStreetMap (wiki, *Relation:restriction*): which are read, and which turns they forbid.

The turns of a drawn junction are enumerated by the words of the wiki: ``no_*`` forbids from -> to, ``only_*`` forbids every
other way out of *from*.
"""

from __future__ import annotations

import itertools
from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from networks.network import Labels
from networks.osm.opl import Relation
from networks.osm.report import Tally
from networks.osm.restrictions import Restriction, banned_turns, edges_at, read_restrictions

TURN = (("w", 1, "from"), ("n", 5, "via"), ("w", 2, "to"))


def read(
    tags: dict[str, str], members: Any = TURN, profile: Any = "car"
) -> tuple[list[Restriction], Counter[str]]:
    tally = Tally()
    relation = Relation(9, {"type": "restriction"} | tags, tuple(members))
    found = read_restrictions([relation], profile, tally)
    return found, Counter(counts_of(tally))


def counts_of(tally: Tally) -> dict[str, int]:
    return {name: int(count) for name, count in tally.counts().get("turn restrictions", {}).items()}


@pytest.mark.parametrize(
    ("value", "only"),
    [
        ("no_left_turn", False),
        ("no_u_turn", False),
        ("no_entry", False),
        ("no_straight_on", False),
        ("only_straight_on", True),
        ("only_right_turn", True),
        (" No_Left_Turn", False),
        ("only right turn", True),
    ],
)
@pytest.mark.parametrize(
    "key", ["restriction", "restriction:vehicle", "restriction:motor_vehicle", "restriction:motorcar"]
)
def test_restrictions_that_hold_for_cars(key: str, value: str, only: bool) -> None:
    (found,), told = read({key: value})
    assert found == Restriction(only, frozenset({1}), 5, frozenset({2}))
    assert not told


@pytest.mark.parametrize(
    ("tags", "profile", "told"),
    [
        ({}, "car", "not for this vehicle"),
        ({"restriction": "give_way"}, "car", "not for this vehicle"),
        ({"restriction:hgv": "no_left_turn"}, "car", "not for this vehicle"),
        ({"restriction": "no_left_turn", "except": "motorcar"}, "car", "not for this vehicle"),
        ({"restriction": "no_left_turn", "except": "psv; motor_vehicle"}, "car", "not for this vehicle"),
        ({"restriction": "no_left_turn", "except": "PSV, Motorcar"}, "car", "not for this vehicle"),
        (
            {"restriction:motorcar:conditional": "no_left_turn @ Su"},
            "car",
            "not applied: holds at certain times",
        ),
        ({"restriction": "no_left_turn", "except": "emergency"}, "ambulance", "not for this vehicle"),
        (
            {"restriction:conditional": "no_left_turn @ (07:00-09:00)"},
            "car",
            "not applied: holds at certain times",
        ),
        ({"restriction": "no_left_turn", "hour_on": "7"}, "car", "not applied: holds at certain times"),
        ({"restriction": "no_left_turn", "day_off": "Su"}, "car", "not applied: holds at certain times"),
    ],
)
def test_restrictions_that_do_not(tags: dict[str, str], profile: str, told: str) -> None:
    found, counted = read(tags, profile=profile)
    assert found == []
    assert counted == {told: 1}


@pytest.mark.parametrize(
    ("tags", "profile"),
    [
        ({"restriction": "no_left_turn", "except": "psv;bicycle"}, "car"),
        ({"restriction": "no_left_turn", "except": "emergency"}, "car"),
        ({"restriction": "no_left_turn", "restriction:conditional": "none @ Su"}, "car"),
        ({"restriction:motorcar": "no_left_turn", "restriction": "only_straight_on"}, "ambulance"),
    ],
)
def test_restrictions_that_hold_nevertheless(tags: dict[str, str], profile: str) -> None:
    (found,), _ = read(tags, profile=profile)
    assert not found.only  # the tag for cars before that for all


@pytest.mark.parametrize(
    ("members", "told"),
    [
        ([("w", 1, "from"), ("w", 7, "via"), ("w", 2, "to")], "not applied: leads over a via way"),
        ([("n", 5, "via"), ("w", 2, "to")], "not applied: not complete"),
        ([("w", 1, "from"), ("n", 5, "via")], "not applied: not complete"),
        ([("w", 1, "from"), ("w", 2, "to")], "not applied: not complete"),
        ([*TURN, ("n", 6, "via")], "not applied: not complete"),
        ([("n", 1, "from"), ("n", 5, "via"), ("w", 2, "to")], "not applied: not complete"),
    ],
)
def test_restrictions_with_parts_missing(members: Any, told: str) -> None:
    assert read({"restriction": "no_left_turn"}, members) == ([], {told: 1})


def test_other_relations_are_not_spoken_of() -> None:
    tally = Tally()
    relation = Relation(9, {"type": "route", "restriction": "no_left_turn"}, TURN)
    assert read_restrictions([relation], "car", tally) == []
    assert counts_of(tally) == {}


class Roads:
    """Directed edges of ways ``1..4`` that end at junction 0: each way leads to a node of its own."""

    def __init__(self, both: dict[int, str]) -> None:
        rows = []
        for way, direction in both.items():
            rows += [(0, way, way)] if direction in ("both", "out") else []
            rows += [(way, 0, way)] if direction in ("both", "in") else []
        self.rows = rows
        self.tails = np.asarray([row[0] for row in rows])
        self.heads = np.asarray([row[1] for row in rows])
        texts = sorted({str(row[2]) for row in rows})
        self.labels = {
            "link_id": Labels(
                np.asarray([texts.index(str(row[2])) for row in rows], dtype=np.int32), tuple(texts)
            )
        }


ways = st.fixed_dictionaries({way: st.sampled_from(["both", "in", "out"]) for way in range(1, 5)})
rules = st.lists(
    st.builds(
        lambda only, a, b: Restriction(only, frozenset({a}), 0, frozenset({b})),
        st.booleans(),
        st.integers(1, 4),
        st.integers(1, 4),
    ),
    max_size=4,
)


@given(ways, rules)
def test_the_turns_that_are_left_are_those_of_the_wiki(
    both: dict[int, str], restrictions: list[Restriction]
) -> None:
    roads: Any = Roads(both)
    found = banned_turns(restrictions, roads, np.zeros(len(restrictions), np.int64), 5, Tally()).get(0, set())
    shown = {(roads.rows[a][2], roads.rows[b][2]) for a, b in found}
    into = [way for way, direction in both.items() if direction != "out"]
    out = [way for way, direction in both.items() if direction != "in"]
    expected = set()
    for a, b in itertools.product(into, out):
        mine = [one for one in restrictions if a in one.from_ways and any(way in out for way in one.to_ways)]
        forbidden = any(not one.only and b in one.to_ways for one in mine)
        allowed_only = [one for one in mine if one.only]
        if forbidden or (allowed_only and not any(b in one.to_ways for one in allowed_only)):
            expected.add((a, b))
    assert shown == expected


def test_what_came_of_each_restriction_is_counted() -> None:
    roads: Any = Roads({1: "both", 2: "out", 3: "both"})
    # Way 3 passes through: two edges lead into the junction and two out of it.
    roads.tails = np.append(roads.tails, [0, 4])
    roads.heads = np.append(roads.heads, [4, 0])
    codes = roads.labels["link_id"].codes
    roads.labels["link_id"] = Labels(
        np.append(codes, [2, 2]).astype(np.int32), roads.labels["link_id"].values
    )

    def rule(a: int, b: int) -> Restriction:
        return Restriction(False, frozenset({a}), 0, frozenset({b}))

    tally = Tally()
    rows = [rule(1, 2), rule(2, 1), rule(1, 3), rule(3, 1), rule(1, 1)]
    banned = banned_turns(rows, roads, np.asarray([0, 0, 0, 0, -1]), 5, tally)
    assert counts_of(tally) == {
        "applied": 1,
        "without effect: a road is closed or one-way": 1,
        "not applied: a road passes through the junction": 2,
        "not applied: no junction of the network": 1,
    }
    assert len(banned[0]) == 1


@given(st.lists(st.integers(0, 6), max_size=12), st.sets(st.integers(0, 6)))
def test_edges_by_the_node_at_their_end(ends: list[int], nodes: set[int]) -> None:
    found = edges_at(np.asarray(ends, dtype=np.int64), nodes, 7)
    for node in range(7):
        assert found[node] == [edge for edge, end in enumerate(ends) if end == node and node in nodes]
