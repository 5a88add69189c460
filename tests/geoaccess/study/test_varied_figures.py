"""Figures of a study under other values: only what they change is made anew, and it is what reading anew makes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from geoaccess.study import Study, load_study
from geoaccess.study.joining import join_places
from geoaccess.study.model import load_study_network
from networks.kept import once_a_network

WAITS = {
    "network.ferries.wait_cap_min": 20.0,
    "network.ferries.boarding_min": 11.0,
    "network.ferries.lockout_share": 0.4,
}
LEG = {"network.access.speed_kph": 33.0, "network.access.detour_factor": 1.17}


@pytest.fixture(scope="module")
def cells() -> Study:
    """The embedded study with its people joined by their coordinates."""
    study = load_study("nord-norge")
    return Study(
        **{
            **{name: getattr(study, name) for name in ("folder", "config", "municipalities", "facilities")},
            "files": study.files,
            "demand": study.demand.assign(node_id="", access_km=np.nan),
        }
    )


@pytest.mark.parametrize(
    "values", [{name: value} for name, value in WAITS.items()] + [WAITS, {**WAITS, "speed_factor.*": 0.8}]
)
@pytest.mark.parametrize("scenario", ["base", "winter-night"])
def test_ferries_timed_anew_are_those_of_the_tables_read_anew(
    cells: Study, values: dict[str, float], scenario: str
) -> None:
    state = cells.in_state(parameters=values)
    read = load_study_network(state.folder, state.config)
    timed = state.network if "speed_factor.*" not in values else cells.in_state(parameters=WAITS).network
    for name in ("moving_s", "wait_s", "length_m"):
        np.testing.assert_array_equal(getattr(timed, name), getattr(read, name))
    assert timed.provenance == read.provenance
    assert timed.overlays == read.overlays
    assert timed.topology is cells.network.topology
    assert not np.array_equal(timed.wait_s, cells.network.wait_s) or values.keys() == {
        "network.ferries.lockout_share"
    }
    in_scenario = state.in_state(scenario=scenario)
    whole = Study(**{**_fields(state), "parent": None, "overlays": ()}).in_state(scenario=scenario)
    if "speed_factor.*" not in values:
        np.testing.assert_array_equal(in_scenario.network.moving_s, whole.network.moving_s)
        np.testing.assert_array_equal(in_scenario.network.wait_s, whole.network.wait_s)


def _fields(study: Study) -> dict[str, Any]:
    names = ("folder", "config", "municipalities", "demand", "facilities", "files")
    return {name: getattr(study, name) for name in names}


@pytest.mark.parametrize("values", [LEG, {**LEG, **WAITS}, WAITS, {"network.access.max_km": 3.0, **LEG}])
def test_people_at_another_pace_are_where_joining_anew_puts_them(
    cells: Study, values: dict[str, float]
) -> None:
    state = cells.in_state(parameters=values)
    anew = join_places(
        load_study_network(state.folder, state.config),
        pd.DataFrame(state.demand),
        state.config.network.access,
        state.land,
    )
    found = state.demand_points
    for name in ("node", "edge", "twin", "fraction", "access_m", "access_s", "pace_s_per_m", "flags"):
        np.testing.assert_array_equal(getattr(found, name), getattr(anew, name), err_msg=name)
    np.testing.assert_array_equal(found.arriving_s, anew.arriving_s)


def test_what_no_time_changes_is_found_once_for_a_network_timed_anew(cells: Study) -> None:
    asked: list[int] = []
    find = once_a_network(lambda network: asked.append(network.n_edges))
    for state in (cells, cells.in_state(parameters=WAITS), cells.in_state(scenario="winter-day")):
        find(state.network)
    find(cells.network.with_times(moving_s=2.0 * cells.network.moving_s))
    find(load_study_network(Path(cells.folder), cells.config))
    assert len(asked) == 2  # the study's network, and the one that was read again
