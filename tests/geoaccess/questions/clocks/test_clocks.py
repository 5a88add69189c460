"""Care-chain clocks: sums by hand, the best hospital for the patient, every missing part named."""

from __future__ import annotations

import math
import tomllib

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from pydantic import TypeAdapter, ValidationError

from geoaccess.ground.errors import DataError, UnknownNameError
from geoaccess.questions.clocks import (
    Clock,
    ClockInputs,
    assumptions,
    clock_chances,
    clock_faults,
    evaluate_clocks,
    needed_legs,
    read_part_table,
    summarise_clock,
)
from geoaccess.questions.clocks.values import draw, mean_of
from geoaccess.study.clock_sections import Lognormal, Observed, Triangular, Uniform

NAN = math.nan
CLOCKS = """
[response]
title = "Ambulance response"
starts = "the call is answered"
ends = "the crew is with the patient"
parts = ["alarm", "mobilise", "travel"]
alarm = { minutes = 2, source = "assumption" }
mobilise = { table = "mobilise.csv", source = "stations' own lists", year = 2025 }
travel = { kinds = ["station"] }
threshold = { minutes = 25, urban_minutes = 12, target_share = 0.9, source = "guidance", year = 2015 }

[stroke]
title = "Stroke: to the needle at the CT that is quickest"
parts = ["alarm", "mobilise", "travel", "on_scene", "transport", "treatment"]
alarm = { minutes = 2, source = "assumption" }
mobilise = { minutes = 2, source = "assumption" }
travel = { kinds = ["station"] }
on_scene = { minutes = 20, source = "assumption" }
transport = { kinds = ["hospital", "dms"] }
treatment = { by_kind = { hospital = 25, dms = 40 }, source = "assumption" }
threshold = { minutes = 270, source = "guideline: 4.5 hours", year = 2017 }

[blood-kit]
title = "Blood from the walking blood bank"
parts = ["alarm", "mobilise", "travel"]
alarm = { minutes = 2, source = "assumption" }
mobilise = { minutes = 20, source = "donors called in and drawn: assumption" }
travel = { kinds = ["kit"] }

[blood-hospital]
title = "Blood at the hospital"
parts = ["alarm", "mobilise", "travel", "on_scene", "transport"]
alarm = { minutes = 2, source = "assumption" }
mobilise = { minutes = 2, source = "assumption" }
travel = { kinds = ["station"] }
on_scene = { minutes = 10, source = "assumption" }
transport = { kinds = ["hospital"] }

[blood]
title = "First bag of blood"
best_of = ["blood-hospital", "blood-kit"]
threshold = { minutes = 60, source = "assumption", year = 2026 }
"""
PATIENTS = pd.DataFrame(
    {
        "demand_id": ["town", "mid", "island"],
        "municipality_code": ["0101", "0101", "0202"],
        "urban": [True, True, False],
    }
)


def legs(rows, columns):
    return pd.DataFrame(rows, index=PATIENTS["demand_id"], columns=columns)


# Station s1 stands beside hospital h1. Patients of "mid" are nearer to h2, though the station is not.
FROM = {
    "station": legs([[3.0, 40.0], [30.0, 45.0], [NAN, NAN]], ["s1", "s2"]),
    "kit": legs([[90.0], [5.0], [8.0]], ["k"]),
}
TO = {
    "hospital": legs([[3.0, 80.0], [30.0, 50.0], [NAN, NAN]], ["h1", "h2"]),
    "dms": legs([[60.0], [10.0], [NAN]], ["c"]),
}
MOBILISE = pd.DataFrame(
    {"place": ["s1", "s1", "station", "*"], "hour": [NAN, 2.0, NAN, NAN], "minutes": [1.0, 9.0, 4.0, 99.0]}
)


def load(text=CLOCKS):
    return TypeAdapter(dict[str, Clock]).validate_python(tomllib.loads(text))


def inputs(**changes):
    options = {"patients": PATIENTS, "from_site": FROM, "to_site": TO, "tables": {"mobilise.csv": MOBILISE}}
    return ClockInputs(**options | changes)


def run(name, **changes):
    return evaluate_clocks(load(), inputs(**changes), only=[name])[name]


# --- sums -------------------------------------------------------------------------------------------------


def test_response_by_hand():
    table = run("response").table.set_index("demand_id")
    assert table.loc["town", ["alarm_min", "mobilise_min", "travel_min", "total_min"]].tolist() == [
        2,
        1,
        3,
        6,
    ]
    assert table.loc["mid", "total_min"] == 2 + 1 + 30
    assert table["threshold_min"].tolist() == [12, 12, 25]
    assert table["in_time"].tolist() == [True, False, False]
    assert table["binding"].tolist() == ["travel", "travel", "travel"]
    assert table["station_id"].tolist() == ["s1", "s1", ""]
    assert math.isnan(table.loc["island", "total_min"])


def test_the_hour_changes_who_is_quickest():
    table = run("response", hour=2).table.set_index("demand_id")
    assert table.loc["town", "mobilise_min"] == 9
    times = FROM["station"].copy()
    times.loc["mid", "s2"] = 31.0
    table = run("response", hour=2, from_site=FROM | {"station": times}).table.set_index("demand_id")
    assert table.loc["mid", ["mobilise_min", "travel_min"]].tolist() == [4, 31]  # s2 leaves sooner
    assert table.loc["mid", "station_id"] == "s2"


def test_the_chain_ends_at_the_best_place_for_the_patient_not_the_one_at_the_station():
    table = run("stroke").table.set_index("demand_id")
    # town: h1 beside it, 3 + 25; mid: the DMS 10 + 40 beats h1 30 + 25 and h2 50 + 25.
    assert table.loc["town", "hospital_id"] == "h1"
    assert table.loc["mid", "hospital_id"] == "c"
    assert table.loc["mid", ["transport_min", "treatment_min"]].tolist() == [10, 40]
    assert table.loc["mid", "total_min"] == 2 + 2 + 30 + 20 + 10 + 40
    assert table.loc["mid", "binding"] == "treatment"
    assert table["binding"].tolist() == ["treatment", "treatment", "travel"]


def test_the_best_of_several_routes_is_taken_for_each_person():
    table = run("blood").table.set_index("demand_id")
    assert table["route"].tolist() == ["blood-hospital", "blood-kit", "blood-kit"]
    assert table.loc["town", "total_min"] == 2 + 2 + 3 + 10 + 3
    assert table.loc["island", "total_min"] == 2 + 20 + 8
    assert table.loc["island", "transport_min"] == 0
    assert table["in_time"].tolist() == [True, True, True]
    assert table.loc["island", "binding"] == "mobilise"
    assert table["hospital_id"].tolist() == ["h1", "", ""]


def test_nobody_can_come_and_nothing_binds_but_the_journey():
    kits = legs([[90.0], [5.0], [NAN]], ["k"])
    table = run("blood", from_site=FROM | {"kit": kits}).table.set_index("demand_id")
    assert math.isnan(table.loc["island", "total_min"])
    assert not table.loc["island", "in_time"]
    assert table.loc["island", "binding"] == "travel"


def test_equally_quick_sites_are_told_apart_by_id():
    times = legs([[5.0, 5.0]] * 3, ["z", "a"])
    table = run("stroke", from_site=FROM | {"station": times}).table
    assert table["station_id"].tolist() == ["a", "a", "a"]


def test_summary_per_group_with_target_and_binding_part():
    rows = summarise_clock(run("response"), [100, 900, 50], ["north", "north", "south"])
    assert rows.loc["north", "persons_in_time"] == 100
    assert rows.loc["north", "share_in_time"] == 0.1
    assert not rows.loc["north", "meets_target"]
    assert rows.loc["south", "persons_unreachable"] == 50
    assert rows.loc["north", "median_min"] == 33
    assert rows["binding"].tolist() == ["travel", "travel"]
    assert "share_in_time" not in summarise_clock(run("blood-kit"), [1, 1, 1], ["a", "a", "a"])


@settings(max_examples=40)
@given(
    hnp.arrays(float, (3, 4), elements=st.one_of(st.integers(0, 60).map(float), st.just(NAN))),
    hnp.arrays(float, (3, 3), elements=st.one_of(st.integers(0, 60).map(float), st.just(NAN))),
    st.lists(st.integers(0, 30), min_size=7, max_size=7),
)
def test_every_chain_is_the_smallest_of_all_chains(coming, going, stays):
    """Against writing out every station and every hospital."""
    stations, hospitals = ["s0", "s1", "s2", "s3"], ["h0", "h1", "h2"]
    sites = pd.DataFrame(
        {"place": [*stations, *hospitals], "hour": NAN, "minutes": np.array(stays, dtype=float)}
    )
    text = (
        CLOCKS.replace("{ by_kind = { hospital = 25, dms = 40 }", '{ table = "mobilise.csv"')
        .replace('kinds = ["hospital", "dms"]', 'kinds = ["hospital"]')
        .replace(
            'mobilise = { minutes = 2, source = "assumption" }',
            'mobilise = { table = "mobilise.csv", source = "x" }',
        )
    )
    given_inputs = inputs(
        from_site={"station": legs(coming, stations)},
        to_site={"hospital": legs(going, hospitals)},
        tables={"mobilise.csv": sites},
    )
    found = evaluate_clocks(load(text), given_inputs, only=["stroke"])["stroke"]
    for row in range(3):
        sums = [
            2 + stays[s] + coming[row, s] + 20 + going[row, h] + stays[4 + h]
            for s in range(4)
            for h in range(3)
        ]
        possible = [value for value in sums if not math.isnan(value)]
        total = found.total_min[row]
        assert total == min(possible) if possible else math.isnan(total)
    parts = found.table[
        [f"{name}_min" for name in ("alarm", "mobilise", "travel", "on_scene", "transport", "treatment")]
    ]
    np.testing.assert_allclose(parts.sum(axis=1, skipna=False), found.total_min)
    known = found.table["total_min"].notna()
    longest = parts[known].max(axis=1)
    bound = [
        found.table.loc[row, f"{found.table.loc[row, 'binding']}_min"] for row in found.table.index[known]
    ]
    assert longest.tolist() == bound


# --- distributions ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("distribution", "mean"),
    [
        (Uniform(low=2, high=6), 4),
        (Triangular(low=1, mode=2, high=6), 3),
        (Observed(values=(1, 2, 6)), 3),
        (Lognormal(median=10, p90=20), 10 * math.exp((math.log(2) / 1.2815515655) ** 2 / 2)),
    ],
)
def test_means_by_hand_and_by_drawing(distribution, mean):
    assert mean_of(distribution) == pytest.approx(mean)
    drawn = draw(distribution, 200_000, np.random.default_rng(1))
    assert drawn.mean() == pytest.approx(mean, rel=0.01)
    if isinstance(distribution, Lognormal):
        assert np.quantile(drawn, [0.5, 0.9]) == pytest.approx([10, 20], rel=0.02)


RANDOM = CLOCKS.replace(
    'alarm = { minutes = 2, source = "assumption" }',
    'alarm = { distribution = { kind = "uniform", low = 0, high = 4 }, source = "assumption" }',
)


def test_chances_of_a_uniform_part_by_hand():
    clocks = load(RANDOM)
    limit = clocks["response"].threshold.model_copy(update={"urban_minutes": 5.0, "minutes": 33.0})
    clocks["response"] = clocks["response"].model_copy(update={"threshold": limit})
    times = evaluate_clocks(
        clocks, inputs(patients=PATIENTS.assign(urban=[True, False, False])), only=["response"]
    )
    assert times["response"].table["total_min"].tolist()[:2] == [6, 33]  # the mean of 0..4 counts as 2
    chances = clock_chances(times["response"], draws=40_000, seed=3).set_index("demand_id")
    # town needs alarm <= 1 of 0..4; mid needs alarm <= 2.
    for place, expected in (("town", 0.25), ("mid", 0.5)):
        error = chances.loc[place, "standard_error"]
        assert error == pytest.approx(math.sqrt(expected * (1 - expected) / 40_000), rel=0.05)
        assert abs(chances.loc[place, "probability_in_time"] - expected) < 4 * error
    assert chances.loc["town", "p90_min"] == pytest.approx(4 + 3.6, abs=0.05)
    assert chances.loc["island", "probability_in_time"] == 0
    assert math.isnan(chances.loc["island", "p90_min"])
    again = clock_chances(times["response"], draws=40_000, seed=3).set_index("demand_id")
    pd.testing.assert_frame_equal(chances, again)
    assert not clock_chances(times["response"], draws=40_000, seed=4).equals(again.reset_index())


def test_without_distributions_the_chance_is_certain():
    chances = clock_chances(run("response"))
    assert chances["probability_in_time"].tolist() == [1, 0, 0]
    assert chances["standard_error"].tolist() == [0, 0, 0]
    assert chances["p90_min"].tolist()[:2] == [6, 33]
    assert clock_chances(run("blood-kit"))["probability_in_time"].isna().all()
    with pytest.raises(DataError, match="at least 1"):
        clock_chances(run("response"), draws=0)


# --- definitions ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            'alarm = { minutes = 2, source = "assumption" }\nmobilise = { table',
            "mobilise = { table",
            "'alarm' is missing",
        ),
        (
            'parts = ["alarm", "mobilise", "travel"]\nalarm = { minutes = 2, source = "assumption" }\nmobilise = { table',
            'parts = ["mobilise", "travel"]\nalarm = { minutes = 2, source = "assumption" }\nmobilise = { table',
            "'alarm' is defined, but not listed",
        ),
        ('"mobilise", "travel"]\nalarm', '"travel", "mobilise"]\nalarm', "in the order alarm, mobilise"),
        ("by_kind = { hospital = 25, dms = 40 }", "by_kind = { hospital = 25 }", "exactly the kinds"),
        (
            'on_scene = { minutes = 20, source = "assumption" }',
            'on_scene = { by_kind = { a = 1 }, source = "x" }',
            "happens at no site",
        ),
        ("minutes = 20, source", "source", "one of minutes, by_kind, table"),
        ('{ minutes = 20, source = "assumption" }', "{ minutes = 20 }", "source"),
        ('source = "guidance", year = 2015', 'source = "guidance"', "year"),
        ("minutes = 270", "minuts = 270", "Extra inputs"),
        ("minutes = 20,", "minutes = -20,", "greater than or equal to 0"),
        ('best_of = ["blood-hospital", "blood-kit"]', "", "either parts or best_of"),
    ],
)
def test_a_clock_that_is_not_whole_is_refused(old, new, message):
    assert old in CLOCKS
    with pytest.raises(ValidationError, match=message):
        load(CLOCKS.replace(old, new))


def test_all_that_is_missing_in_one_clock_is_told_at_once():
    with pytest.raises(ValidationError) as caught:
        Clock.model_validate({"title": "x", "parts": ["alarm", "on_scene", "treatment"]})
    assert all(
        part in str(caught.value) for part in ("'alarm' is missing", "'on_scene' is", "'treatment' is")
    )


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "uniform", "low": 3, "high": 3},
        {"kind": "triangular", "low": 3, "mode": 2, "high": 4},
        {"kind": "lognormal", "median": 5, "p90": 5},
        {"kind": "observed", "values": []},
        {"kind": "gamma"},
    ],
)
def test_impossible_distributions_are_refused(wrong):
    with pytest.raises(ValidationError):
        Clock.model_validate(
            {"title": "x", "parts": ["alarm"], "alarm": {"distribution": wrong, "source": "x"}}
        )


def test_faults_between_clocks_are_listed_with_suggestions():
    clocks = load(
        CLOCKS.replace('kinds = ["kit"]', 'kinds = ["kitt"]').replace('"blood-kit"]', '"blod-kit", "blood"]')
    )
    faults = clock_faults(clocks, ["station", "hospital", "dms", "kit"])
    text = "\n".join(map(str, faults))
    assert len(faults) == 3
    assert "did you mean 'kit'" in text
    assert "did you mean 'blood-kit'" in text
    assert "part of itself: blood -> blood" in text
    assert not clock_faults(load(), ["station", "hospital", "dms", "kit"])


def test_needed_legs_and_assumptions():
    clocks = load()
    assert needed_legs(clocks) == ({"station", "kit"}, {"hospital", "dms"})
    rows = pd.DataFrame(assumptions(clocks)).set_index(["clock", "part"])
    assert rows.loc[("response", "threshold"), "value"] == "25 min, 12 min in urban municipalities, for 90%"
    assert rows.loc[("response", "threshold"), "year"] == 2015
    assert rows.loc[("stroke", "treatment"), "value"] == "hospital 25 min, dms 40 min"
    assert rows.loc[("response", "mobilise"), "value"] == "by place and hour: mobilise.csv"
    assert rows.loc[("stroke", "transport"), "value"] == "journey: hospital, dms"
    assert {"uniform: low 0 min, high 4 min"} <= {row["value"] for row in assumptions(load(RANDOM))}


def test_unknown_clock():
    with pytest.raises(UnknownNameError, match="did you mean 'stroke'"):
        evaluate_clocks(load(), inputs(), only=["strok"])


def test_every_missing_input_is_listed():
    with pytest.raises(DataError) as caught:
        evaluate_clocks(load(), inputs(from_site={"station": FROM["station"].iloc[::-1]}, tables={}))
    text = str(caught.value)
    assert len(caught.value.faults) == 3
    assert "in another order (value 'station')" in text
    assert "missing (value 'kit')" in text
    assert "the table was not read (value 'mobilise.csv')" in text
    with pytest.raises(DataError, match="'urban': the column is missing"):
        evaluate_clocks(load(), inputs(patients=PATIENTS.drop(columns="urban")))


def test_places_and_hours_without_minutes_are_listed():
    hours = pd.DataFrame({"place": ["s1", "s2"], "hour": [2.0, 3.0], "minutes": [9.0, 9.0]})
    with pytest.raises(DataError, match="say which hour it is") as caught:
        run("response", tables={"mobilise.csv": hours})
    assert [fault.row for fault in caught.value.faults] == ["s1 / station", "s2 / station"]
    with pytest.raises(DataError, match=r"row s2 / station: has no minutes \(value 'hour 2'\)"):
        run("response", tables={"mobilise.csv": hours}, hour=2)


# --- tables -----------------------------------------------------------------------------------------------


def test_a_table_by_place_and_hour(tmp_path):
    file = tmp_path / "mobilise.csv"
    file.write_text("place,hour,minutes\ns1,,1\ns1,2,9\n*,,4\n", encoding="utf-8")
    assert read_part_table(file)["minutes"].tolist() == [1, 9, 4]
    file.write_text("place,minutes\n*,4\n", encoding="utf-8")
    assert read_part_table(file)["hour"].isna().all()


def test_every_fault_of_a_table_is_listed(tmp_path):
    file = tmp_path / "mobilise.csv"
    file.write_text("place,hour,minutes\na,24,1\nb,2.5,1\nc,3,1\nc,3,2\n", encoding="utf-8")
    with pytest.raises(DataError) as caught:
        read_part_table(file)
    assert [fault.row for fault in caught.value.faults] == ["2", "3", "5"]
    file.write_text("place,hour,minutes\n,x,-1\n", encoding="utf-8")
    with pytest.raises(DataError) as caught:
        read_part_table(file)
    assert [fault.column for fault in caught.value.faults] == ["place", "hour", "minutes"]
