"""The nearest for very many points: the same answers as where every point is searched."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import geoaccess as ga
from networks import Convoy, EdgeSelection, FerryConditions, FerryService, apply_overlays
from networks.arrival import arrival_profiles, nearest_profiles


def coast(make_network: Any, seed: int) -> Any:
    """Chains of roads between ferries of known and unknown times, one link in convoy."""
    rng = np.random.default_rng(seed)
    n = 24
    roads = [(a, a + 1, float(rng.integers(5, 60))) for a in range(n - 1) if rng.random() < 0.7]
    seas = [
        (a, int(rng.integers(n)), float(rng.integers(10, 90)))
        for a in rng.choice(n, 6, replace=False).tolist()
    ]
    edges, services, service, direction, links = [], [], [], [], []
    for number, (a, b, minutes) in enumerate(roads):
        edges += [(a, b, 60 * minutes), (b, a, 60 * minutes)]
        service, direction, links = [*service, -1, -1], [*direction, "", ""], [*links, *[f"r{number}"] * 2]
    for number, (a, b, minutes) in enumerate(one for one in seas if one[0] != one[1]):
        headway = float(rng.choice([60, 300, 700]))
        known = tuple(sorted(rng.integers(0, 1600, 3).astype(float).tolist())) if rng.random() < 0.5 else ()
        departures = (("forward", known), ("backward", known)) if known else ()
        services.append(
            FerryService(
                f"f{number}", f"f{number}", minutes, 8.0, headway_min=headway, departures_min=departures
            )
        )
        edges += [(a, b, 60 * minutes), (b, a, 60 * minutes)]
        service = [*service, number, number]
        direction, links = [*direction, "forward", "backward"], [*links, "", ""]
    kind = ["ferry" if one >= 0 else "road" for one in service]
    labels = {"kind": kind, "direction": direction, "link_id": links}
    network = make_network(n, edges, labels=labels, services=services, service=service)
    convoy = Convoy(name="c", where=EdgeSelection(links=("r1",)), headway_min=90, window_min=(480.0, 930.0))
    return apply_overlays(network, [convoy])


def assert_same(found: Any, right: Any) -> None:
    for name in (
        "mean_min",
        "best_min",
        "worst_min",
        "no_way_share",
        "wait_mean_min",
        "percentile_min",
        "within_share",
    ):
        np.testing.assert_allclose(getattr(found, name), getattr(right, name), atol=1e-9, err_msg=name)


@pytest.mark.parametrize("seed", range(8))
def test_figures_and_functions_are_those_of_a_search_of_every_point(make_network: Any, seed: int) -> None:
    network = coast(make_network, seed)
    points, targets = np.arange(24), [2, 13]
    state = FerryConditions(model="timetable", weekday=1)
    asked = {"draws": 3, "days": 1 + 6 * (seed % 2)}
    found = nearest_profiles(network, points, targets, state, **asked)
    right = arrival_profiles(network, points, targets, state, nearest=True, **asked)
    assert 0 < len(found.live) < 24
    for windows in (None, [(1320.0, 1800.0)]):
        figures = {"limits_min": (30.0, 120.0), "windows": windows}
        assert_same(found.figures(**figures), right.figures(**figures))
    assert_same(found.figures(draw=1), right.figures(draw=1))
    np.testing.assert_array_equal(found.basis(), right.basis())
    for draw in range(3):
        for position, (one, other) in enumerate(
            zip(found.functions(draw=draw), right.functions(draw=draw), strict=True)
        ):
            np.testing.assert_allclose(one.pieces[:3], other.pieces[:3], atol=1e-9)
            assert found.function(position, draw=draw).target(600.0) == other.target(600.0)


def test_a_country_without_ferries_is_a_table(make_network: Any) -> None:
    network = make_network(4, [(0, 1, 600.0), (1, 0, 600.0), (1, 2, 300.0), (2, 1, 300.0)])
    found = nearest_profiles(network, [0, 1, 2, 3], [2], FerryConditions(), patience_min=12.0)
    assert not len(found.live)
    figures = found.figures(limits_min=(5.0,))
    np.testing.assert_array_equal(figures.mean_min[:, 0], [np.nan, 5.0, 0.0, np.nan])
    np.testing.assert_array_equal(figures.no_way_share[:, 24], [1.0, 0.0, 0.0, 1.0])
    np.testing.assert_array_equal(figures.within_share[:, 7, 0], [0.0, 1.0, 1.0, 0.0])
    assert found.basis().tolist() == [0, 0, 0, 0]


def test_the_embedded_study_is_answered_alike() -> None:
    study = ga.load_study("nord-norge")
    there = study.on_network(study.facilities_of("akuttmottak"))
    state = FerryConditions()
    found = nearest_profiles(study.network, study.demand_points, there, state, draws=2)
    right = arrival_profiles(study.network, study.demand_points, there, state, nearest=True, draws=2)
    assert len(found.live) < len(found.road_min) / 2
    assert_same(found.figures(limits_min=(60.0,)), right.figures(limits_min=(60.0,)))
    np.testing.assert_array_equal(found.basis(), right.basis())
