"""Beds close to home: sizes by formulas written out, sums that reconcile, and changes reckoned by hand."""

from __future__ import annotations

import itertools
import json
import math

import numpy as np
import pytest

import geoaccess as ga
from geoaccess.ground.errors import DataError, UnknownNameError
from geoaccess.questions.beds.answer import plan_beds
from geoaccess.questions.beds.sizing import beds_needed, lost_over_year, room_of
from geoaccess.questions.beds.tables import SUMMED
from tests.near_beds import NEAR_BEDS
from tests.said import said

JOINT = NEAR_BEDS.replace(
    'area = "county"',
    'area = "county"\nbeside = "station"\nbeside_visits = { people = 0.25 }\nbeside_source = "invented"',
)
JOINT = JOINT.replace("hour = 0.1", "hour = 0.1\nbeside_year = 30\nbeside_open = 9\nbeside_close = 3")
JOINT += """[beds.near.variants.together]
title = "Beds and stations together"
units = "free"
minimum = 2
together = true
"""


def with_beds(folder, text=NEAR_BEDS):
    file = folder / "study.toml"
    file.write_text(file.read_text(encoding="utf-8") + text, encoding="utf-8")
    return folder


def blocked(load, beds):
    """Erlang's loss formula as its sum."""
    terms = [load**k / math.factorial(k) for k in range(beds + 1)]
    return terms[-1] / sum(terms)


def region_sums(found, name):
    """Every sum of a variant, from each table that has it."""
    one = found.region[name]
    units = found.units[found.units["variant"] == name]
    people = found.municipalities[found.municipalities["variant"] == name]
    areas = found.areas[found.areas["variant"] == name]
    paid = found.payers[found.payers["variant"] == name]
    for column in SUMMED:
        yield column, one["persons_with_unit" if column == "persons" else column], units[column].sum()
    for column in ("beds_today", "beds", "staff", "cost", "elsewhere_cost", "units"):
        yield column, one[column], areas[column].sum()
    for column in ("admissions", "offered"):
        yield column, one[column], people[column].sum()
    yield "persons", one["persons"], people["persons"].sum()
    yield "persons with a unit", one["persons"], one["persons_with_unit"] + one["persons_nowhere"]
    yield "persons of areas", areas["persons"].sum(), people["persons"].sum()
    yield "beds", one["beds"], people["beds_part"].sum()
    yield "cost of municipalities", one["cost"], people["cost_part"].sum()
    yield "cost", one["cost"], one["operation"] + one["changes"]
    if len(paid):
        yield "paid", one["cost"], paid["cost"].sum()
    parts = ("cost", "travel_cost", "beside_cost", "beside_travel_cost")
    yield "total", one["total"], sum(one[part] for part in parts)


@pytest.fixture(scope="module")
def north():
    return plan_beds("nord-norge", variants=["keep", "shared"])


@pytest.mark.parametrize("name", ["today", "keep", "shared"])
def test_beds_staff_persons_and_kroner_reconcile_in_every_table(north, name):
    for what, told, summed in region_sums(north, name):
        assert told == pytest.approx(summed, rel=1e-9, abs=1e-6), (name, what)


def test_what_is_proven_is_what_is_told(north):
    for name in ("keep", "shared"):
        one = north.region[name]
        assert one["objective"] == pytest.approx(one["cost"] + one["travel_cost"])
    assert north.proven


def test_two_services_chosen_jointly_are_priced_together_and_stand_together(fjord):
    found = plan_beds(with_beds(fjord, JOINT), variants=["together"])
    one = found.region["together"]
    assert one["objective"] == pytest.approx(one["total"])
    for what, told, summed in region_sums(found, "together"):
        assert told == pytest.approx(summed), what
    rows = found.units[(found.units["variant"] == "together") & (found.units["beds"] > 0)]
    assert rows["beside"].all()
    assert one["beside_units"] >= len(rows) > 0


def test_the_sykestuer_of_finnmark_are_15_with_32_88_places(north):
    rows = north.units[
        (north.units["variant"] == "today") & north.units["facility_id"].str.endswith("-sykestue")
    ]
    assert len(rows) == 15
    assert rows["beds_today"].sum() == pytest.approx(32.88)
    kept = north.units[(north.units["variant"] == "keep") & (north.units["beds"] > 0)]
    assert set(rows["facility_id"]) <= set(kept["facility_id"])


def test_discharge_ready_days_are_those_of_the_source(north):
    study = ga.load_study("nord-norge")
    stream = north.beds.streams["discharge-ready"]
    acute = 3 * study.weight("people").sum() + 80 * study.weight("people_80plus").sum()
    whole = north.region["today"]["admissions"] - acute / 1000
    assert whole * stream.stay_days == pytest.approx(11376)


def test_units_are_no_smaller_and_turn_away_no_more_than_asked(north):
    for name in ("keep", "shared"):
        variant = north.beds.variants[name]
        rows = north.units[(north.units["variant"] == name) & (north.units["beds"] > 0)]
        assert rows["beds"].min() >= variant.minimum
        for load, beds in zip(rows["offered"], rows["beds"], strict=True):
            assert blocked(load * 1.2 / 1.05, int(beds)) <= 0.05 + 1e-6


def test_shared_units_are_one_for_each_area(north):
    rows = north.units[(north.units["variant"] == "shared") & (north.units["beds"] > 0)]
    assert rows["area"].is_unique
    assert set(rows["area"]) == set(north.municipalities["area"])


@pytest.mark.parametrize("beds", [1, 2, 5, 11])
def test_the_room_of_beds_is_the_load_that_loses_just_as_much_as_it_may(north, beds):
    load = room_of(north.beds, beds)
    assert blocked(load * 1.2 / 1.05, beds) == pytest.approx(0.05, rel=1e-6)
    assert beds_needed(north.beds, load * 0.999) == beds
    assert beds_needed(north.beds, load * 1.001) == beds + 1


def test_the_year_turns_away_what_its_seasons_do(north):
    low, high = 2.0 / 1.05, 2.0 * 1.2 / 1.05
    by_hand = 0.25 * 1.2 / 1.05 * blocked(high, 4) + 0.75 / 1.05 * blocked(low, 4)
    assert lost_over_year(north.beds, 2.0, 4) == pytest.approx(by_hand)


def test_merging_is_the_cheapest_of_all_ways_there_are(fjord):
    """Sites h1 and h2; rows Town, Far and Island, which neither reaches: every size and assignment."""
    found = plan_beds(with_beds(fjord), variants=["merge"])
    rows = found.municipalities[found.municipalities["variant"] == "merge"]
    minutes = {
        (code, site): value
        for site, column in (("h1", 0), ("h2", 1))
        for code, value in zip(["0101", "0202"], way(fjord)[:, column], strict=True)
    }
    people = {"0101": 1100, "0202": 250}
    load = {code: count * 0.04 * 5 / 365.25 for code, count in people.items()}
    today = {"h1": 3, "h2": 1}
    best = math.inf
    for sizes in itertools.product((0, *range(2, 7)), repeat=2):
        beds = dict(zip(("h1", "h2"), sizes, strict=True))
        cost = 0.0
        for site, size in beds.items():
            if size:
                once = 5 * max(0, size - today[site]) + max(0, today[site] - size)
                cost += 100 + 10 * size + once / 10
            else:
                cost += 20 / 10
        for goes in itertools.product(("h1", "h2"), repeat=2):
            took = {"h1": 0.0, "h2": 0.0}
            travel = 0.0
            for code, site in zip(people, goes, strict=True):
                took[site] += load[code]
                travel += 2 * minutes[code, site] / 60 * people[code] * 0.04 * 0.1
            fits = all(
                (beds[site] > 0 or took[site] == 0)
                and (took[site] == 0 or beds[site] == 0 or blocked(took[site], beds[site]) <= 0.05)
                for site in beds
            )
            if fits:
                best = min(best, cost + travel)
    assert found.region["merge"]["persons_nowhere"] == 7
    assert rows.loc[rows["municipality_code"] == "0303", "minutes"].isna().all()
    assert found.region["merge"]["objective"] == pytest.approx(best)


def way(folder):
    """(2, 2) mean minutes of the people of Town and Far to the two hospitals."""
    study = ga.load_study(folder)
    times = ga.travel_times(study, to="hospital").to_numpy()
    weights = study.weight("people")
    codes = study.demand["municipality_code"].to_numpy()
    return np.array(
        [
            np.average(times[codes == code], axis=0, weights=weights[codes == code])
            for code in ("0101", "0202")
        ]
    )


def test_beds_that_are_open_half_the_week_count_half(fjord):
    rows = plan_beds(with_beds(fjord)).units
    today = rows[rows["variant"] == "today"].set_index("facility_id")["beds_today"]
    assert today["h1"] == 3
    assert today["h2"] == 0.75


def test_payers_pay_their_parts(fjord):
    found = plan_beds(with_beds(fjord))
    paid = found.payers[found.payers["variant"] == "keep"].groupby("payer")["cost"].sum()
    assert paid["town"] == pytest.approx(2 * paid["state"])
    for name in ("today", "keep", "merge"):
        for what, told, summed in region_sums(found, name):
            assert told == pytest.approx(summed), (name, what)


def test_faults_of_beds_are_told_together(fjord):
    wrong = NEAR_BEDS.replace('kind = "hospital"', 'kind = "hospitl"').replace(
        "{ people = 40 }", "{ peple = 40 }"
    )
    with pytest.raises(DataError) as caught:
        ga.load_study(with_beds(fjord, wrong))
    assert "hospitl" in str(caught.value)
    assert "peple" in str(caught.value)


def test_a_unit_without_beds_and_a_row_without_a_unit_are_faults(fjord):
    with_beds(fjord)
    (fjord / "near_beds.csv").write_text(
        "facility_id,beds,hours_a_week,source,confidence\nh1,3,200,x,assumption\nh9,1,168,x,assumption\n"
    )
    with pytest.raises(DataError) as caught:
        plan_beds(fjord)
    told = str(caught.value)
    assert "h9" in told
    assert "h2" in told
    assert "200" in told


def test_no_beds_hold_everybody_and_no_such_variant(fjord):
    with pytest.raises(DataError, match="no beds"):
        plan_beds(fjord)
    with_beds(fjord, NEAR_BEDS.replace("maximum = 6", "maximum = 2").replace("people = 40", "people = 4000"))
    with pytest.raises(DataError, match="no units can hold"):
        plan_beds(fjord, variants=["keep"])
    with pytest.raises(UnknownNameError, match="keep"):
        plan_beds(fjord, variants=["kepe"])


def test_the_command_says_it_keeps_it_and_draws_it(fjord, tmp_path):
    with_beds(fjord)
    told = said(["beds", fjord, "--bed-variant", "merge", "--json", "-q", "-o", tmp_path / "run"])
    assert told.code == 0
    assert set(json.loads(told.out)["region"]) == {"today", "merge"}
    page = said(["report", tmp_path / "run", "-o", tmp_path / "nb.html", "--lang", "nb"])
    assert page.code == 0
    text = (tmp_path / "nb.html").read_text(encoding="utf-8")
    assert "Hva som er forutsatt" in text
    assert "Færre og større" in text
