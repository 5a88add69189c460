"""Travel times and tables of the fjord study, against figures worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

import geoaccess as ga
from geoaccess.ground.errors import DataError, UnknownNameError

# Boarding 5 min and half the headway of 20 min are waited at the quay; the crossing takes 10.
FERRY = 5 + 10 + 10


def test_times_are_the_sum_of_access_road_ferry_and_wait(fjord):
    times = ga.travel_times(fjord, to="hospital")
    assert list(times.columns) == ["h1", "h2"]
    assert times.loc["d1", "h1"] == pytest.approx(1.0)  # 1 km at 60 km/h
    assert times.loc["d2", "h1"] == pytest.approx(60.0)
    assert times.loc["d3", "h1"] == pytest.approx(60.0 + FERRY)
    assert times.loc["d4", "h1"] == pytest.approx(2.0 + 30.0 + FERRY + 60.0)
    assert times.loc["d2", "h2"] == pytest.approx(FERRY + 30.0)
    assert times.loc["d5"].isna().all()


def test_municipal_rows_say_median_unreachable_and_thresholds(fjord):
    table = ga.accessibility(fjord)
    rows = table.rows.set_index("municipality")
    assert list(table.rows.columns[:3]) == ["municipality", "kind", "scenario"]
    town, far, island = rows.loc["Town"], rows.loc["Far"], rows.loc["Island"]
    assert town["median_min"] == pytest.approx(1.0)
    assert town["p90_min"] == pytest.approx(1.0)  # 1000 of 1100 people are within 1 minute
    assert town["mean_min"] == pytest.approx((1000 * 1.0 + 100 * 55.0) / 1100)
    assert town["worst_min"] == pytest.approx(FERRY + 30.0)
    assert far["median_min"] == pytest.approx(2.0)
    assert far["persons_within_30_min"] == 250
    assert math.isnan(island["median_min"])
    assert island["persons_unreachable"] == 7
    assert table.region["persons"].item() == 1357


def test_nearest_names_the_facility_and_the_second(fjord):
    nearest = ga.accessibility(fjord).nearest.set_index("demand_id")
    assert nearest.loc["d2", "facility_id"] == "h2"
    assert nearest.loc["d2", "second_nearest_min"] == pytest.approx(60.0)
    assert nearest.loc["d5", "facility_id"] == ""
    assert math.isnan(nearest.loc["d5", "travel_time_min"])


def test_other_weights_and_groups(fjord):
    table = ga.accessibility(fjord, by="county", weight="old")
    rows = table.rows.set_index("county")
    assert rows.loc["North", "persons"] == 180
    assert rows.loc["South", "persons_unreachable"] == 7


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"kinds": ["hospitl"]}, "did you mean 'hospital'"),
        ({"by": "conty"}, "did you mean 'county'"),
        ({"weight": "young"}, "people, old"),
        ({"scenarios": ["no-fery"]}, "did you mean 'no-ferry'"),
    ],
)
def test_unknown_names_get_a_suggestion(fjord, options, word):
    with pytest.raises(UnknownNameError, match=word):
        ga.accessibility(fjord, **options)


def test_scenarios_change_times_and_name_their_overlays(fjord):
    study = ga.load_study(fjord)
    out = study.in_state(scenario="no-ferry")
    assert out.network.overlays == ("no-ferry: links out (ab)",)
    times = ga.travel_times(study, to="hospital", scenario="no-ferry")
    assert math.isnan(times.loc["d2", "h2"])
    assert times.loc["d2", "h1"] == pytest.approx(60.0)
    slow = ga.travel_times(study, to="hospital", scenario="slow")
    assert slow.loc["d2", "h1"] == pytest.approx(120.0)
    assert slow.loc["d3", "h1"] == pytest.approx(120.0 + FERRY)  # the ferry is no road


def test_scenarios_inherit(fjord):
    times = ga.travel_times(fjord, to="hospital", scenario="slow-no-ferry")
    assert times.loc["d2", "h1"] == pytest.approx(120.0)
    assert math.isnan(times.loc["d3", "h1"])


def test_a_closed_facility_is_gone_and_the_base_state_is_untouched(fjord):
    study = ga.load_study(fjord)
    before = ga.travel_times(study, to="hospital")
    closed = ga.travel_times(study, to="hospital", scenario="closed")
    assert list(closed.columns) == ["h2"]
    after = ga.travel_times(study, to="hospital")
    np.testing.assert_array_equal(before.to_numpy(), after.to_numpy())


def test_a_scenario_that_inherits_from_itself_is_refused(fjord):
    text = (fjord / "study.toml").read_text(encoding="utf-8")
    text += '\n[scenarios.loop-a]\ninherits = ["loop-b"]\n[scenarios.loop-b]\ninherits = ["loop-a"]\n'
    (fjord / "study.toml").write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match="loop-a -> loop-b -> loop-a"):
        ga.accessibility(fjord, scenarios=["loop-a"])
