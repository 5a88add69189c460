"""Tables of places are joined to the roads once, and each state has them at its own pace."""

from __future__ import annotations

from unittest import mock

import numpy as np
import pytest

import geoaccess as ga
import geoaccess.study.model as model
from geoaccess.study.joining import join_places


@pytest.fixture
def malta():
    return ga.load_study("malta")


def same(found, expected):
    for name in ("node", "edge", "twin", "fraction", "access_m", "access_s", "pace_s_per_m"):
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))


def test_every_state_has_places_as_they_are_joined_in_it(malta):
    places = malta.facilities_of("emergency_department")
    for state in (
        malta,
        malta.in_state(scenario="no-ferry"),
        malta.in_state(parameters={"network.access.speed_kph": 20.0}),
        malta.in_state(scenario="no-ferry", parameters={"network.access.detour_factor": 1.6}),
        malta.in_state(parameters={"speed_factor.*": 0.5}),
    ):
        expected = join_places(state.network, places, state.config.network.access, state.land, None)
        same(state.on_network(places), expected)
        same(state.on_network(places), expected)


def test_a_table_is_joined_once_for_all_states_and_few_are_kept(malta):
    places = malta.facilities_of("emergency_department")
    with mock.patch.object(model, "join_places", wraps=model.join_places) as joined:
        for scenario in ("base", "no-ferry", "base"):
            malta.in_state(scenario=scenario).on_network(places)
        assert joined.call_count == 1
        others = [places.assign(lon=places["lon"] + 0.001 * (1 + step)) for step in range(model.KEPT_PLACES)]
        for other in others:
            assert (malta.on_network(other).lon == other["lon"]).all()
        assert joined.call_count == 1 + model.KEPT_PLACES
        malta.on_network(places)
        assert joined.call_count == 2 + model.KEPT_PLACES, "the oldest was let go"
