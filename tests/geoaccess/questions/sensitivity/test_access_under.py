"""Conclusions on access under other figures, against a table of all minutes; which minutes are kept."""

from __future__ import annotations

import math
from unittest import mock

import numpy as np
import pytest

import geoaccess as ga
import geoaccess.questions.sensitivity.answer as answer
from geoaccess.minutes import minutes
from geoaccess.questions.sensitivity.answer import AccessUnder

RANGES = """
[sensitivity."network.access.speed_kph"]
low = {slow}
base = {pace}
high = {fast}
source = "invented"

[sensitivity."speed_factor.*"]
low = 0.5
base = 1
high = 1.2
source = "invented"
"""


@pytest.fixture
def study(fjord):
    file = fjord / "study.toml"
    pace = ga.load_study(fjord).config.network.access.speed_kph
    file.write_text(
        file.read_text(encoding="utf-8") + RANGES.format(slow=pace / 2, pace=pace, fast=2 * pace),
        encoding="utf-8",
    )
    return ga.load_study(fjord)


@pytest.mark.parametrize("factor", [0.5, 1.0, 1.2])
def test_conclusions_are_those_of_the_whole_table(study, factor):
    found = AccessUnder(study, "hospital")({"speed_factor.*": factor})
    state = study.in_state(parameters={"speed_factor.*": factor})
    least = minutes(state, "hospital").min(axis=1, skipna=True).to_numpy()
    names = dict(zip(state.municipalities["municipality_code"], state.municipalities["name"], strict=True))
    people = state.demand["people"].to_numpy(dtype=float)
    groups = [names[code] for code in state.demand["municipality_code"]]
    means = {}
    for name in set(groups):
        own = [row for row, group in enumerate(groups) if group == name and not math.isnan(least[row])]
        count = sum(people[row] for row in own)
        means[name] = sum(least[row] * people[row] for row in own) / count if count else math.inf
    assert found["ranking"] == tuple(sorted(means, key=lambda name: (-means[name], name)))
    assert found["worst"] == found["ranking"][0]
    reached = ~np.isnan(least)
    assert found["mean_min"] == pytest.approx((least * people)[reached].sum() / people[reached].sum())
    for limit in (30, 60):
        share = people[least <= limit].sum() / people.sum()
        assert found[f"share_within_{limit}_min"] == pytest.approx(share)


def test_what_one_figure_changes_is_searched_once(study):
    ranges = study.config.sensitivity
    asked = AccessUnder(study, "hospital")
    base = {name: one.base for name, one in ranges.items()}
    with mock.patch.object(answer, "nearest_minutes", wraps=answer.nearest_minutes) as searched:
        asked(base)
        for name, one in ranges.items():
            for end in (one.low, one.high):
                asked(base | {name: end})
        assert searched.call_count == 5
        told = asked.spread()
        assert searched.call_count == 5
        asked({name: one.low for name, one in ranges.items()})
        asked({name: one.low for name, one in ranges.items()})
        assert searched.call_count == 7, "with several figures changed nothing is kept"
    runs = [{}, *({name: end} for name, one in ranges.items() for end in (one.low, one.high))]
    table = np.stack(
        [minutes(study.in_state(parameters=run), "hospital").min(axis=1).to_numpy() for run in runs]
    )
    for name, expected in (("base_min", table[0]), ("least_min", table.min(0)), ("most_min", table.max(0))):
        np.testing.assert_allclose(told[name], expected, rtol=0, atol=1e-9)
