"""Minutes in quanta keep every comparison of a place, and a folder keeps them as they are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geoaccess.answers import site_minutes
from geoaccess.answers.site_minutes import SiteMinutes, in_quanta, load_site_minutes, save_site_minutes
from maps.what_if import LEFT_OUT, UNREACHED

minutes = st.one_of(st.just(np.nan), st.floats(0, 900), st.integers(0, 60).map(float))


@given(st.lists(st.lists(minutes, min_size=5, max_size=5), min_size=1, max_size=6))
@settings(max_examples=60, deadline=None)
def test_who_is_faster_and_who_is_within_stays_as_it_is(rows: list[list[float]]):
    table = np.asarray(rows, dtype=np.float64)
    limits = np.full((len(table), 1), 30.0)
    today = np.array([True, False, True, False])
    found = in_quanta(table[:, :4], table[:, 4], limits, today)
    assert found is not None
    assert found.error_min < site_minutes.MOST_ERROR_MIN
    quanta = np.concatenate([found.minutes.T, found.before[:, None], found.limits.T], axis=1).astype(int)
    exact = np.concatenate([table, limits], axis=1)
    for own, true in zip(quanta, exact, strict=True):
        for one in range(6):
            assert (own[one] == UNREACHED) == np.isnan(true[one])
            for other in range(6):
                if np.isfinite(true[[one, other]]).all() and true[other] - true[one] > 1e-6:
                    assert own[one] < own[other]
                if true[one] == true[other]:
                    assert own[one] == own[other]
        near = np.isfinite(true)
        assert np.abs(own[near] * found.step_min - true[near]).max(initial=0.0) <= found.error_min + 1e-9


def test_times_too_long_for_the_error_are_none():
    table = np.linspace(0, 40_000, 8).reshape(2, 4)
    assert in_quanta(table, table[:, 0], np.zeros((2, 0)), np.ones(4, dtype=bool)) is None


def test_a_large_page_leaves_out_only_ways_slower_than_four_of_todays(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(site_minutes, "PAIRS_IN_FULL", 10)
    dice = np.random.default_rng(3)
    table = dice.uniform(1, 200, (30, 12))
    today = np.arange(12) < 6
    found = in_quanta(table, table[:, :6].min(axis=1), np.zeros((30, 0)), today)
    assert found is not None
    fourth = np.sort(table[:, :6], axis=1)[:, 3]
    assert (found.minutes.T == LEFT_OUT).tolist() == (table > fourth[:, None]).tolist()


def test_a_folder_keeps_them(tmp_path: Path):
    table = np.array([[1.0, np.nan], [3.0, 4.0]])
    state = in_quanta(table, table[:, 0], np.full((2, 1), 3.0), np.array([True, False]))
    assert state is not None
    sites = pd.DataFrame(
        {
            "site_id": ["007", "=x"],
            "name": ["Å", "<b>"],
            "municipality_code": ["0301", "0301"],
            "lon": [1.0, 2.0],
            "lat": [60.0, 61.0],
            "closable": [True, False],
        }
    )
    made = SiteMinutes("p", "placement", "station", sites, ["a", "b"], {"base": state}, within=[(0, None)])
    save_site_minutes(tmp_path, (made,))
    (read,) = load_site_minutes(tmp_path)
    assert read.sites.to_dict() == sites.to_dict()
    assert (read.key, read.kind, list(read.demand_ids), read.within) == (
        "p",
        "placement",
        ["a", "b"],
        [(0, None)],
    )
    assert read.states["base"].minutes.tolist() == state.minutes.tolist()
    assert read.states["base"].limits.tolist() == state.limits.tolist()
    assert load_site_minutes(tmp_path / "nothing") == ()
