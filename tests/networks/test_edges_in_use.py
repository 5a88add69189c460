"""Edges that people use on their way to the nearest place: the loss of all others changes nobody's minutes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import geoaccess as ga
from networks import nearest
from networks.edges_in_use import edges_to_nearest
from networks.engines import using_engine
from networks.snapping import snap


@pytest.fixture(scope="module")
def places() -> tuple[Any, Any, Any]:
    network = ga.load_study("malta").network
    random = np.random.default_rng(7)
    lon, lat = random.uniform(14.19, 14.56, 300), random.uniform(35.81, 36.07, 300)
    people = snap(network, lon, lat, max_distance_m=3000.0)
    return network, people, people.take(np.arange(0, 300, 23))


def test_all_other_edges_may_close(places: Any) -> None:
    network, people, stops = places
    with using_engine("hierarchy"):
        used = edges_to_nearest(network, people, stops)
    assert 0 < used.sum() < 0.5 * network.n_edges
    closed = network.with_times(moving_s=np.where(used, network.moving_s, np.inf))
    for engine in ("hierarchy", "scipy"):
        before, after = (nearest(one, people, stops, engine=engine) for one in (network, closed))
        np.testing.assert_allclose(after[0], before[0], rtol=0, atol=1e-9)
        np.testing.assert_array_equal(after[1], before[1])
    exact = (nearest(one, people, stops, engine="hierarchy")[0] for one in (network, closed))
    np.testing.assert_array_equal(*exact)


def test_each_way_of_somebody_is_missed_when_it_closes(places: Any) -> None:
    """Without all edges on the ways, whoever does not live beside a place comes later or not at all."""
    network, people, stops = places
    with using_engine("hierarchy"):
        used = edges_to_nearest(network, people, stops)
    before = nearest(network, people, stops, engine="scipy")[0][:, 0]
    gone = network.with_times(moving_s=np.where(used, np.inf, network.moving_s))
    after = nearest(gone, people, stops, engine="scipy")[0][:, 0]
    assert (after[~np.isnan(after)] >= before[~np.isnan(after)] - 1e-9).all()
    assert np.isnan(after).sum() > 200


def test_short_searches_claim_nothing(places: Any) -> None:
    network, people, stops = places
    with using_engine("scipy"):
        assert edges_to_nearest(network, people, stops).all()
