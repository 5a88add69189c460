"""Opportunities, floating catchments and nearest catchments: by hand, against PySAL `access`, invariants."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from access import fca
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from geoaccess.ground.errors import DataError
from geoaccess.questions.supply import inputs as inputs_module
from geoaccess.questions.supply.decay import Exponential, Gaussian, Power, Steps, Within
from geoaccess.questions.supply.floating import (
    e2sfca,
    facility_radii,
    three_step,
    two_step,
    variable_two_step,
)
from geoaccess.questions.supply.opportunities import (
    gravity,
    persons_in_reach,
)
from geoaccess.questions.supply.served import catchments

NAN = math.nan
#: Two villages and a hut with nobody; two clinics. Village b does not reach clinic y.
TIMES = pd.DataFrame([[10.0, 30.0], [20.0, NAN], [35.0, 5.0]], index=["a", "b", "hut"], columns=["x", "y"])
PERSONS = pd.Series([100.0, 300.0, 0.0], index=TIMES.index)
BEDS = pd.Series([8.0, 2.0], index=TIMES.columns)
ZONES = Steps((10, 20, 30), (1, 0.68, 0.22))

cells = st.one_of(st.floats(0, 90).map(lambda value: round(value, 2)), st.just(NAN))
places = st.integers(1, 8).flatmap(
    lambda rows: st.integers(1, 5).flatmap(
        lambda columns: st.tuples(
            hnp.arrays(float, (rows, columns), elements=cells),
            hnp.arrays(float, rows, elements=st.integers(1, 500).map(float)),
            hnp.arrays(float, columns, elements=st.integers(0, 20).map(float)),
        )
    )
)
FLOATING = {
    "two_step": lambda times, persons, beds: two_step(times, persons, beds, threshold_min=40),
    "e2sfca": lambda times, persons, beds: e2sfca(times, persons, beds, decay=ZONES),
    "three_step": lambda times, persons, beds: three_step(times, persons, beds, decay=Gaussian(20, 60)),
    "variable": lambda times, persons, beds: variable_two_step(
        times,
        persons,
        beds,
        facility_radii_min=facility_radii(times, persons, sizes_min=[15, 30, 60], persons=200),
    ),
}
every_floating = pytest.mark.parametrize("measure", FLOATING.values(), ids=FLOATING)


def long_table(times):
    """Origin-destination rows as PySAL wants them; what is unreachable has no row."""
    frame = pd.DataFrame(times).stack().rename("cost").reset_index()
    return frame.set_axis(["origin", "dest", "cost"], axis=1)


def named(values, column):
    return pd.DataFrame({column: values}, index=pd.RangeIndex(len(values), name="geoid"))


# --- decay ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("decay", "minutes", "expected"),
    [
        (Within(30), [0, 30, 30.01, NAN], [1, 1, 0, 0]),
        (ZONES, [0, 10, 10.5, 20, 30, 31, NAN], [1, 1, 0.68, 0.68, 0.22, 0, 0]),
        (Power(2, floor_min=5), [1, 5, 10, NAN], [0.04, 0.04, 0.01, 0]),
        (Exponential(0.1, limit_min=20), [0, 10, 20, 21], [1, math.exp(-1), math.exp(-2), 0]),
        (Gaussian(20), [0, 20, 40, NAN], [1, math.exp(-0.5), math.exp(-2), 0]),
    ],
)
def test_decay_by_hand(decay, minutes, expected):
    np.testing.assert_allclose(decay(np.array(minutes, dtype=float)), expected)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Within(0),
        lambda: Steps((10, 10), (1, 1)),
        lambda: Steps((10, 20), (1,)),
        lambda: Steps((10,), (-1,)),
        lambda: Power(0, floor_min=1),
        lambda: Power(1, floor_min=0),
        lambda: Exponential(-1),
        lambda: Gaussian(math.nan),
    ],
)
def test_impossible_decay_is_refused(wrong):
    with pytest.raises(DataError):
        wrong()


# --- by hand ----------------------------------------------------------------------------------------------


def test_persons_within_thresholds_are_inclusive():
    people = persons_in_reach(TIMES, PERSONS, [20, 30])
    assert people["persons_within_20_min"].to_dict() == {"x": 400, "y": 0}
    assert people["persons_within_30_min"].to_dict() == {"x": 400, "y": 100}


def test_cumulative_opportunities_and_gravity_by_hand():
    assert gravity(TIMES, BEDS, Within(30)).to_dict() == {"a": 10, "b": 8, "hut": 2}
    scores = gravity(TIMES, BEDS, Power(1, floor_min=1))
    assert scores.to_dict() == pytest.approx({"a": 8 / 10 + 2 / 30, "b": 8 / 20, "hut": 8 / 35 + 2 / 5})


def test_two_step_by_hand():
    # x serves 400 persons with 8 beds, y serves 100 with 2.
    found = two_step(TIMES, PERSONS, BEDS, threshold_min=30)
    assert found.to_dict() == pytest.approx({"a": 8 / 400 + 2 / 100, "b": 8 / 400, "hut": 2 / 100})
    assert two_step(TIMES, PERSONS, BEDS, threshold_min=4).tolist() == [0, 0, 0]


def test_where_nobody_lives_beds_per_person_are_not_defined():
    found = two_step(TIMES, PERSONS, BEDS, threshold_min=5)
    assert found["a"] == found["b"] == 0
    assert math.isnan(found["hut"])


def test_e2sfca_by_hand():
    x, y = 8 / (100 * 1 + 300 * 0.68), 2 / (100 * 0.22)
    found = e2sfca(TIMES, PERSONS, BEDS, decay=ZONES)
    assert found.to_dict() == pytest.approx({"a": x + 0.22 * y, "b": 0.68 * x, "hut": y})


def test_three_step_by_hand():
    share_x, share_y = 1 / 1.22, 0.22 / 1.22  # how village a splits itself
    x, y = 8 / (100 * share_x * 1 + 300 * 0.68), 2 / (100 * share_y * 0.22)
    found = three_step(TIMES, PERSONS, BEDS, decay=ZONES)
    assert found["a"] == pytest.approx(share_x * x + share_y * 0.22 * y)
    assert found["b"] == pytest.approx(0.68 * x)


def test_variable_catchments_by_hand():
    radii = facility_radii(TIMES, PERSONS, sizes_min=[10, 20, 60], persons=100)
    assert radii.to_dict() == {"x": 10, "y": 60}
    found = variable_two_step(TIMES, PERSONS, BEDS, facility_radii_min=radii)
    assert found.to_dict() == pytest.approx({"a": 8 / 100 + 2 / 100, "b": 0, "hut": 2 / 100})
    decayed = variable_two_step(TIMES, PERSONS, BEDS, facility_radii_min=radii, decay=ZONES)
    assert decayed["a"] == pytest.approx(8 / 100 + 0.22 * 2 / (100 * 0.22))


def test_catchments_and_flows_by_hand():
    found = catchments(TIMES, PERSONS)
    assert found.assigned["facility_id"].tolist() == ["x", "x", "y"]
    rows = found.facilities.set_index("facility_id")
    assert rows.loc["x", "persons"] == 400
    assert rows.loc["x", "mean_min"] == pytest.approx((100 * 10 + 300 * 20) / 400)
    assert rows.loc["x", "p90_min"] == 20
    assert rows.loc["y", "persons"] == 0
    assert rows.loc["y", "demand_points"] == 1
    flows = found.flows(["north", "south", "south"])
    assert flows[["group", "facility_id", "persons"]].to_numpy().tolist() == [
        ["north", "x", 100.0],
        ["south", "x", 300.0],
        ["south", "y", 0.0],
    ]
    assert flows["share_of_facility"].tolist()[:2] == [0.25, 0.75]


def test_those_who_reach_nothing_flow_nowhere_and_idle_facilities_are_shown():
    found = catchments([[5.0, 9.0], [NAN, NAN]], [10, 3])
    assert found.assigned["facility_id"].tolist() == [0, ""]
    assert math.isnan(found.assigned["travel_time_min"].iloc[1])
    assert found.facilities["persons"].tolist() == [10, 0]
    flows = found.flows(["m", "n"])
    assert flows[["facility_id", "persons"]].to_numpy().tolist() == [[0, 10.0], ["", 3.0]]
    assert found.flows(["m", None])["persons"].sum() == 13  # a point without a group is not dropped


def test_ties_go_to_the_first_id_whatever_the_order_of_columns():
    times = pd.DataFrame([[7.0, 7.0]], columns=["b", "a"])
    assert catchments(times, [1]).assigned["facility_id"].item() == "a"
    assert catchments(times[["a", "b"]], [1]).assigned["facility_id"].item() == "a"


# --- against PySAL ----------------------------------------------------------------------------------------


@settings(max_examples=30)
@given(places)
def test_two_step_and_e2sfca_agree_with_pysal(drawn):
    times, persons, beds = drawn
    costs = long_table(times)
    for decay, options in (
        (Within(40), {"max_cost": 40}),
        (ZONES, {"weight_fn": lambda t: float(ZONES(np.array([t]))[0])}),
    ):
        if costs.empty:
            continue
        theirs = fca.two_stage_fca(named(persons, "demand"), named(beds, "supply"), costs.copy(), **options)
        ours = e2sfca(times, persons, beds, decay=decay)
        # PySAL divides 0 by 0 where a facility is reached with weight 0 only; there is nothing to compare.
        theirs = theirs.dropna()
        np.testing.assert_allclose(
            theirs.to_numpy(), ours.loc[theirs.index].to_numpy(), rtol=1e-9, atol=1e-12
        )


@settings(max_examples=30)
@given(places)
def test_three_step_agrees_with_pysal_when_the_weight_ends_nowhere(drawn):
    times, persons, beds = drawn
    costs, decay = long_table(times), Gaussian(20)
    if costs.empty:
        return
    theirs = fca.three_stage_fca(
        named(persons, "demand"),
        named(beds, "supply"),
        costs,
        1e6,
        weight_fn=lambda t: float(decay(np.array([t]))[0]),
    )
    ours = three_step(times, persons, beds, decay=decay)
    np.testing.assert_allclose(theirs.to_numpy(), ours.loc[theirs.index].to_numpy(), rtol=1e-9, atol=1e-12)


def test_three_step_differs_from_pysal_where_pysal_counts_facilities_beyond_the_catchment():
    """Wan et al. (2012) normalise over facilities within the catchment; PySAL 1.1 over all of the cost table.

    One village, one facility at 10 minutes and one at 50, a catchment of 30: nobody competes, so the village
    has all 4 beds for its 100 persons. PySAL lets the facility that is out of reach take a share.
    """
    times, persons, beds = np.array([[10.0, 50.0]]), [100.0], [4.0, 9.0]
    ours = three_step(times, persons, beds, decay=Exponential(0.05, limit_min=30))
    assert ours.item() == pytest.approx(4 / 100)
    # With several villages the shares no longer cancel, and PySAL's figure drifts.
    times = np.array([[10.0, 50.0], [10.0, 10.0]])
    persons = np.array([100.0, 100.0])
    ours = three_step(times, persons, beds, decay=Exponential(0.05, limit_min=30))
    theirs = fca.three_stage_fca(
        named(persons, "demand"),
        named(beds, "supply"),
        long_table(times),
        30,
        weight_fn=lambda t: math.exp(-0.05 * t),
    )
    # By hand: village 0 has facility 0 alone (G = 1), village 1 splits evenly (G = 1/2), f = exp(-0.5).
    by_hand = 4 / (100 * 1 + 100 * 0.5)
    assert ours[0] == pytest.approx(by_hand)
    assert abs(theirs[0] - by_hand) > 1e-3


@settings(max_examples=30)
@given(places)
def test_cumulative_opportunities_agree_with_pysal(drawn):
    times, _, beds = drawn
    costs = long_table(times)
    theirs = fca.weighted_catchment(
        named(beds, "supply"),
        costs,
        30,
        cost_source="dest",
        cost_dest="origin",
        loc_index=True,
        loc_value="supply",
    ).reindex(range(len(times)), fill_value=0)
    assert gravity(times, beds, Within(30)).tolist() == pytest.approx(theirs.tolist())


# --- invariants -------------------------------------------------------------------------------------------


@every_floating
@given(drawn=places)
def test_capacity_is_shared_out_and_nothing_is_lost(measure, drawn):
    times, persons, beds = drawn
    found = measure(times, persons, beds)
    limit = {"two_step": 40, "e2sfca": 30, "three_step": 60}
    name = next(key for key, value in FLOATING.items() if value is measure)
    size = limit.get(name, facility_radii(times, persons, sizes_min=[15, 30, 60], persons=200).to_numpy())
    used = (np.nan_to_num(times, nan=np.inf) <= size).any(axis=0)
    assert (found.to_numpy() * persons).sum() == pytest.approx(beds[used].sum())


@every_floating
@settings(max_examples=40)
@given(drawn=places, data=st.data())
def test_row_order_splitting_and_scaling(measure, drawn, data):
    times, persons, beds = drawn
    found = measure(times, persons, beds).to_numpy()
    order = np.array(data.draw(st.permutations(range(len(times)))))
    assert measure(times[order], persons[order], beds).to_numpy() == pytest.approx(found[order])
    row, part = data.draw(st.integers(0, len(times) - 1)), data.draw(st.floats(0.1, 0.9))
    halves = np.append(persons, persons[row] * (1 - part))
    halves[row] *= part
    doubled = measure(np.vstack([times, times[row]]), halves, beds).to_numpy()
    assert doubled == pytest.approx(np.append(found, found[row]))


@given(places, st.floats(0.1, 10))
def test_twice_the_people_share_half_each(drawn, factor):
    times, persons, beds = drawn
    once = two_step(times, persons, beds, threshold_min=40).to_numpy()
    assert two_step(times, persons * factor, beds, threshold_min=40).to_numpy() * factor == pytest.approx(
        once
    )


@given(places, st.data())
def test_another_facility_worsens_nobody(drawn, data):
    times, persons, _ = drawn
    new = data.draw(hnp.arrays(float, (len(times), 1), elements=cells))
    more = np.hstack([times, new])
    before, after = catchments(times, persons).assigned, catchments(more, persons).assigned
    reached = before["travel_time_min"].notna()
    assert (after["travel_time_min"][reached] <= before["travel_time_min"][reached]).all()
    beds = np.ones(times.shape[1])
    assert (gravity(more, np.append(beds, 1), ZONES) >= gravity(times, beds, ZONES) - 1e-12).all()


@given(places, st.lists(st.sampled_from("abc"), min_size=8, max_size=8))
def test_flows_add_up_to_everybody(drawn, labels):
    times, persons, _ = drawn
    found = catchments(times, persons)
    flows = found.flows(labels[: len(times)])
    assert flows["persons"].sum() == pytest.approx(persons.sum())
    served = found.facilities.set_index("facility_id")["persons"]
    per_facility = flows[flows["facility_id"] != ""].groupby("facility_id")["persons"].sum()
    assert served[served > 0].to_dict() == pytest.approx(per_facility.to_dict())
    nearest = np.where(
        np.isnan(times).all(axis=1), NAN, np.nanmin(np.where(np.isnan(times), np.inf, times), axis=1)
    )
    np.testing.assert_array_equal(found.assigned["travel_time_min"].to_numpy(), nearest)


@settings(max_examples=20)
@given(places)
def test_blocks_of_rows_change_nothing(drawn):
    times, persons, beds = drawn
    whole = [measure(times, persons, beds).to_numpy() for measure in FLOATING.values()]
    kept = inputs_module.BLOCK_CELLS
    inputs_module.BLOCK_CELLS = 1
    try:
        for expected, measure in zip(whole, FLOATING.values(), strict=True):
            assert measure(times, persons, beds).to_numpy() == pytest.approx(expected)
        assert catchments(times, persons).assigned.shape == (len(times), 4)
    finally:
        inputs_module.BLOCK_CELLS = kept


# --- labels and faults ------------------------------------------------------------------------------------


def test_labelled_weights_are_aligned_and_never_shifted():
    turned = PERSONS.iloc[::-1]
    assert catchments(TIMES, turned).assigned["persons"].tolist() == [100, 300, 0]
    numbered = PERSONS.reset_index(drop=True)
    assert catchments(TIMES, numbered).assigned["persons"].tolist() == [100, 300, 0]
    with pytest.raises(DataError, match="missing: hut"):
        catchments(TIMES, PERSONS.rename({"hut": "cabin"}))
    with pytest.raises(DataError, match="3 values are wanted"):
        catchments(TIMES, [1.0, 2.0])


def test_every_fault_of_the_input_is_listed():
    times = pd.DataFrame([[-1.0, math.inf]], columns=["x", "x"])
    with pytest.raises(DataError) as caught:
        catchments(times, [1])
    assert len(caught.value.faults) == 3
    with pytest.raises(DataError) as caught:
        two_step(TIMES, [1, -1, NAN], BEDS, threshold_min=10)
    assert [fault.row for fault in caught.value.faults] == ["b", "hut"]
    with pytest.raises(DataError, match="and 10 more"):
        catchments(np.full((60, 1), -1.0), np.ones(60))
    with pytest.raises(DataError, match="of shape"):
        catchments([1.0, 2.0], [1, 1])
    with pytest.raises(DataError, match="must rise"):
        facility_radii(TIMES, PERSONS, sizes_min=[30, 20], persons=1)
    with pytest.raises(DataError, match="no facility"):
        catchments(np.zeros((2, 0)), [1, 1])
    with pytest.raises(DataError, match="group labels"):
        catchments(TIMES, PERSONS).flows(["a"])
