"""The nearest of many and matrices by blocks are what the whole matrix says."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import geoaccess as ga
import networks.times as times
from geoaccess.minutes import fastest, nearest_minutes, timed
from networks import nearest, travel_time_matrix
from networks.snapping import snap


@pytest.fixture(scope="module")
def places() -> tuple[Any, Any, Any]:
    """A network with ferries and one-way doors, people along its edges, and places to go to among them."""
    network = ga.load_study("malta").network
    random = np.random.default_rng(5)
    lon, lat = random.uniform(14.19, 14.56, 400), random.uniform(35.81, 36.07, 400)
    people = snap(network, lon, lat, max_distance_m=3000.0)
    # Twice the same place, and one that people live at: the first of equals counts.
    chosen = np.array([3, 3, 7, 20, 41, 77, 300])
    return network, people, people.take(chosen)


@pytest.mark.parametrize("limit_min", [None, 9.0])
@pytest.mark.parametrize("engine", ["scipy", "hierarchy"])
def test_the_nearest_one_is_the_least_of_the_row(places: Any, limit_min: float | None, engine: Any) -> None:
    network, people, stops = places
    whole = travel_time_matrix(network, people, stops, limit_min=limit_min, engine="scipy")
    minutes, which = nearest(network, people, stops, limit_min=limit_min, engine=engine)
    np.testing.assert_allclose(minutes[:, 0], fastest(whole), rtol=0, atol=1e-9)
    reached = which[:, 0] >= 0
    np.testing.assert_array_equal(reached, ~np.isnan(whole).all(axis=1))
    rows = np.flatnonzero(reached)
    np.testing.assert_allclose(whole[rows, which[rows, 0]], minutes[rows, 0], rtol=0, atol=1e-9)
    assert (which[:, 0] != 1).all(), "the first of two equal places"
    assert minutes[3, 0] == 0.0


@pytest.mark.parametrize("engine", ["scipy", "hierarchy"])
@pytest.mark.parametrize("shape", ["wide", "tall"])
def test_a_matrix_by_blocks_is_the_matrix(places: Any, engine: Any, shape: str, monkeypatch: Any) -> None:
    network, people, stops = places
    ends = (stops, people) if shape == "wide" else (people, stops)
    whole = travel_time_matrix(network, *ends, engine=engine)
    blocks, asked = times.blocks, []

    def small(count: int, bytes_each: int, **_: Any) -> Any:
        asked.append(count)
        return blocks(count, bytes_each, block_bytes=2 * bytes_each)

    monkeypatch.setattr(times, "blocks", small)
    np.testing.assert_allclose(travel_time_matrix(network, *ends, engine=engine), whole, rtol=0, atol=1e-9)
    assert asked[0] == len(stops), "the shorter side goes by blocks"


@pytest.mark.parametrize("kind", ["akuttmottak", "legevakt", "response"])
@pytest.mark.parametrize("direction", ["to_site", "from_site"])
def test_minutes_to_the_nearest_are_the_least_of_all(kind: str, direction: Any) -> None:
    study = ga.load_study("nord-norge").in_state(scenario="winter-night")
    expected = fastest(timed(study, kind, direction=direction)[1])
    found = nearest_minutes(study, kind, direction=direction)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-9)
