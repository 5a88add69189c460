"""Journeys of the fjord, leg by leg, by hand: roads at 60 km/h, a ferry of 10 minutes behind a wait of 15."""

from __future__ import annotations

import itertools
import math
from pathlib import Path

import numpy as np
import pytest

import geoaccess as ga
from geoaccess.ground.errors import DataError, UnknownNameError
from geoaccess.questions.journey.answer import find_route, route_answer
from geoaccess.questions.journey.places import NoRouteError

NODES = ["town", "west", "east", "far"]
#: From each place to the next: name of the leg, kilometres, minutes of waiting, minutes in all.
STEPS = [("E6", 60.0, 0.0, 60.0), ("West-East", 5.6, 15.0, 25.0), ("Fv1", 30.0, 0.0, 30.0)]


@pytest.fixture
def study(fjord: Path) -> ga.Study:
    return ga.load_study(fjord)


@pytest.mark.parametrize(("a", "b"), list(itertools.permutations(range(4), 2)))
def test_every_journey_is_the_sum_of_its_steps(study: ga.Study, a: int, b: int) -> None:
    found = find_route(study.network, NODES[a], NODES[b], study=study)
    steps = STEPS[min(a, b) : max(a, b)]
    steps = steps if a < b else steps[::-1]
    told = [
        (leg["name"] or leg["ref"], leg["length_km"], leg["wait_min"], leg["travel_time_min"])
        for leg in found.legs
    ]
    assert [leg[0] for leg in told] == [step[0] for step in steps]
    np.testing.assert_allclose([leg[1:] for leg in told], [step[1:] for step in steps])
    assert found.travel_time_min == pytest.approx(sum(step[3] for step in steps))
    assert found.length_km == pytest.approx(sum(step[1] for step in steps))
    assert found.wait_min == pytest.approx(sum(step[2] for step in steps))
    ferry = any(step[2] for step in steps)
    assert found.wait_by_kind == ({"ferry": 15.0} if ferry else {})
    assert (found.from_name, found.to_name) == tuple(
        {"town": "Town", "west": "West", "east": "East", "far": "Færøy"}[NODES[place]] for place in (a, b)
    )


def test_a_table_of_legs_and_a_line_that_runs_through_all_of_them(fjord: Path) -> None:
    found = route_answer(fjord, "Town", "Færøy")
    legs, path, stops = (found.tables[name] for name in ("legs", "path", "stops"))
    assert legs["kind"].tolist() == ["road", "ferry", "road"]
    assert legs[["from", "to"]].to_numpy().tolist() == [["Town", "West"], ["West", "East"], ["East", "Færøy"]]
    assert path.groupby("leg")["lat"].agg(["first", "last"]).to_numpy().tolist() == [
        [69.0, 69.5],
        [69.5, 69.55],
        [69.55, 69.8],
    ]
    assert stops["name"].tolist() == ["Town", "West", "East", "Færøy"]
    assert stops["lat"].tolist() == [69.0, 69.5, 69.55, 69.8]
    assert stops["is_end"].tolist() == [True, False, False, True]
    assert found.facts["route"]["travel_time_min"] == pytest.approx(115)


@pytest.mark.parametrize(
    ("scenario", "minutes"), [(None, 115.0), ("slow", 120 + 25 + 60.0), ("closed", 115.0)]
)
def test_the_journey_of_a_scenario(fjord: Path, scenario: str | None, minutes: float) -> None:
    found = route_answer(fjord, "town", "far", scenario=scenario)
    assert found.facts["route"]["travel_time_min"] == pytest.approx(minutes)
    assert found.facts["scenario"] == (scenario or "base")


def test_places_without_a_way_between_them(study: ga.Study, fjord: Path) -> None:
    with pytest.raises(NoRouteError, match=r"Town.*Island"):
        find_route(study.network, "town", "island", study=study)
    with pytest.raises(NoRouteError):
        route_answer(fjord, "town", "far", scenario="no-ferry")
    with pytest.raises(UnknownNameError):
        find_route(study.network, "town", "Atlantis", study=study)
    with pytest.raises(DataError, match="same place"):
        route_answer(fjord, "town", "Town")


def test_a_facility_is_named_by_its_id_or_its_name(study: ga.Study) -> None:
    for place in ("h2", "Færøy hospital", "færøy"):
        found = find_route(study.network, "town", place, study=study)
        assert found.travel_time_min == pytest.approx(115)


@pytest.mark.parametrize(
    ("leave", "arrives"),
    [(8 * 60.0, 8 * 60 + 115.0), (20 * 60.0, 20 * 60 + 115.0)],
)
def test_with_the_clock_running(study: ga.Study, leave: float, arrives: float) -> None:
    """From 06:00 to 22:00 the boat goes every 20 minutes; who comes later waits for the morning."""
    found = find_route(study.network, "town", "far", study=study, leave_min=leave)
    assert found.timed is not None
    assert found.travel_time_min == pytest.approx(arrives - leave)
    late = find_route(study.network, "town", "far", study=study, leave_min=21 * 60 + 30.0)
    assert late.travel_time_min > 115 + 5 * 60
    assert not math.isnan(late.travel_time_min)
