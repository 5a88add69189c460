"""Hierarchies of states with the same roads are the same however they are come by."""

from __future__ import annotations

from typing import Any
from unittest import mock

import numpy as np
import pytest

import geoaccess as ga
import networks.hierarchy as hierarchy
from networks import apply_overlays
from networks.overlays import SpeedFactors, links_out


@pytest.fixture(scope="module")
def malta() -> Any:
    return ga.load_study("malta").network


def test_a_closed_road_is_put_right_and_a_winter_is_customised_anew(malta: Any) -> None:
    links = malta.labels["link_id"].to_array()
    closed = apply_overlays(malta, [links_out(str(links[0]), str(links[-1]))])
    winter = apply_overlays(malta, [SpeedFactors(name="slow", by_class={"*": 0.8})])
    with mock.patch.object(hierarchy, "recustomise", wraps=hierarchy.recustomise) as put_right:
        _, changed = malta.metric, closed.metric
        assert put_right.call_count == 1
        _ = winter.metric
        assert put_right.call_count == 1
        wintry = apply_overlays(winter, [links_out(str(links[0]))])
        assert put_right.call_count == 1
        _ = wintry.metric
        assert put_right.call_count == 2
    for network, metric in ((closed, changed), (winter, winter.metric), (wintry, wintry.metric)):
        alone = hierarchy.customise(malta.topology.order, network.seconds)
        np.testing.assert_array_equal(metric.arc_seconds, alone.arc_seconds)
        np.testing.assert_array_equal(metric.edge_seconds, network.seconds)
