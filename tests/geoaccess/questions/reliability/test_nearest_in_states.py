"""Minutes to the nearest in every state of some hazards, against NetworkX on the fjord's links."""

from __future__ import annotations

import itertools
import math
from pathlib import Path
from unittest import mock

import networkx as nx
import numpy as np
import pytest

import geoaccess as ga
import geoaccess.questions.reliability.nearest as nearest_in_states
from geoaccess.questions.reliability.answer import study_in_state
from geoaccess.questions.reliability.nearest import NearestInStates

#: Link -> ends and minutes: the ferry waits half of 20 minutes, boards for 5 and sails for 10.
LINKS = {"tw": ("town", "west", 60.0), "ef": ("east", "far", 30.0), "ab": ("west", "east", 25.0)}
#: Person -> node and minutes to the road.
PEOPLE = {
    "d1": ("town", 1.0),
    "d2": ("west", 0.0),
    "d3": ("east", 0.0),
    "d4": ("far", 2.0),
    "d5": ("island", 0.0),
}
HAZARDS = """
[scenarios.h1-shut]
title = "h1 is closed"
facilities_closed = ["h1"]

[scenarios.h2-moved]
title = "h2 is at the quay"
facilities_moved = [{ facility_id = "h2", node_id = "east" }]
"""


def hazards(names: tuple[str, ...]) -> str:
    told = [
        f'[hazards.{name}]\ntitle = "{name}"\nscenario = "{name}"\ndays = 10\nsource = "invented"\n'
        for name in names
    ]
    return "\n".join([HAZARDS, *told])


def by_hand(happening: set[str]) -> list[float]:
    graph = nx.Graph()
    graph.add_nodes_from(["town", "west", "east", "far", "island"])
    lost = {"ab"} if "no-ferry" in happening else set()
    graph.add_weighted_edges_from(ends for link, ends in LINKS.items() if link not in lost)
    stops = {"h1": "town", "h2": "east" if "h2-moved" in happening else "far"}
    if "h1-shut" in happening:
        del stops["h1"]
    found = []
    for node, access in PEOPLE.values():
        ways = nx.single_source_dijkstra_path_length(graph, node)
        found.append(min((access + ways[stop] for stop in stops.values() if stop in ways), default=math.nan))
    return found


@pytest.mark.parametrize(
    "names", [("h1-shut", "h2-moved", "no-ferry"), ("h1-shut", "h2-moved"), ("no-ferry",)]
)
def test_every_state_of_the_hazards(fjord: Path, names: tuple[str, ...]) -> None:
    file = fjord / "study.toml"
    file.write_text(file.read_text(encoding="utf-8") + hazards(names), encoding="utf-8")
    study = ga.load_study(fjord)
    minutes = NearestInStates(study, "hospital", study.config.hazards)
    for count in range(len(names) + 1):
        for happening in itertools.combinations(names, count):
            state = study_in_state(study, study.config.hazards, frozenset(happening))
            np.testing.assert_allclose(minutes(state), by_hand(set(happening)), rtol=0, atol=1e-9)


def test_a_facility_is_searched_once_for_all_states(fjord: Path) -> None:
    names = ("h1-shut", "h2-moved")
    file = fjord / "study.toml"
    file.write_text(file.read_text(encoding="utf-8") + hazards(names), encoding="utf-8")
    study = ga.load_study(fjord)
    minutes = NearestInStates(study, "hospital", study.config.hazards)
    states = [frozenset(some) for count in range(3) for some in itertools.combinations(names, count)]
    with mock.patch.object(
        nearest_in_states, "least_minutes", wraps=nearest_in_states.least_minutes
    ) as searched:
        for state in [*states, *states]:
            minutes(study_in_state(study, study.config.hazards, state))
    # What no hazard touches (nothing), h1, and h2 at both of its places.
    assert searched.call_count == 4
