"""Comparing two answers made by hand: every figure, every key and every label is written out in the test."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geoaccess.answers.answer import Answer
from geoaccess.ground.errors import DataError, UnknownNameError
from geoaccess.questions.comparison.answer import change_figures, compare_runs, comparison_answer

NAN = math.nan


def nearest(
    times: dict[str, float], *, kind: str = "hospital", scenario: str = "base", site: str = "h1"
) -> pd.DataFrame:
    """Minutes of people a, b, c, d; a and b live in 01, c and d in 02."""
    return pd.DataFrame(
        {
            "demand_id": list(times),
            "name": [name.upper() for name in times],
            "municipality_code": ["01" if name in "ab" else "02" for name in times],
            "lon": 15.0,
            "lat": 68.0,
            "kind": kind,
            "scenario": scenario,
            "travel_time_min": list(times.values()),
            "facility_id": [site if value == value else None for value in times.values()],
            "people": [{"a": 10.0, "b": 20.0, "c": 30.0, "d": 5.0}[name] for name in times],
            "people_old": [{"a": 1.0, "b": 2.0, "c": 3.0, "d": 0.0}[name] for name in times],
        }
    )


def answer(
    *tables: pd.DataFrame, question: str = "access", inputs: tuple[str, ...] = (), **facts: Any
) -> Answer:
    told = {"study": "fjord", "weight": "people", "kinds": {"hospital": {"thresholds_min": [30]}}} | facts
    held = {"nearest": pd.concat(tables, ignore_index=True)} if tables else {}
    return Answer(question, told, held, tuple(map(Path, inputs)))


BEFORE = {"a": 10.0, "b": 40.0, "c": 20.0, "d": NAN}
AFTER = {"a": 12.0, "b": 25.0, "c": NAN, "d": 50.0}


def test_gains_and_losses_point_by_point_and_group_by_group() -> None:
    second = nearest(AFTER)
    second.loc[1, "facility_id"] = "h2"
    found = compare_runs(answer(nearest(BEFORE)), answer(second))
    points = found.points.set_index("demand_id")
    assert points["a_min"].tolist()[:3] == [10, 40, 20]
    assert points["change_min"].tolist()[:2] == [2, -15]
    assert points["change_min"].isna().tolist() == [False, False, True, True]
    assert points["facility_changed"].tolist() == [False, True, True, True]
    assert points.loc["c", "facility_id_b"] == ""
    assert "_merge" not in points
    assert (found.name_a, found.name_b, found.weight) == (
        "fjord access, base",
        "fjord access, base",
        "people",
    )
    assert found.notes == ()
    (whole,) = found.region.to_dict("records")
    assert whole == {
        "kind": "hospital",
        "persons": 65.0,
        "persons_gain": 20.0,
        "persons_lose": 10.0,
        "person_min_gained": 300.0,
        "person_min_lost": 20.0,
        "change_mean_min": pytest.approx(-280 / 30),
        "worst_loss_min": 2.0,
        "persons_newly_reached": 5.0,
        "persons_no_longer_reached": 30.0,
        "persons_into_30_min": 20.0,
        "persons_out_of_30_min": 30.0,
        "persons_other_facility": 55.0,
    }
    groups = found.groups.set_index("municipality_code")
    assert groups["municipality"].tolist() == ["01", "02"]
    assert list(found.groups.columns[:3]) == ["kind", "municipality", "municipality_code"]
    assert groups["persons_lose"].tolist() == [10, 0]
    assert groups["persons_no_longer_reached"].tolist() == [0, 30]


def test_another_weight_counts_other_people() -> None:
    first, second = answer(nearest(BEFORE)), answer(nearest(AFTER))
    old = compare_runs(first, second, weight="people_old")
    assert old.weight == "people_old"
    assert old.region.loc[0, "person_min_gained"] == 30.0
    assert old.region.loc[0, "persons_newly_reached"] == 0.0
    assert compare_runs(answer(nearest(BEFORE), weight="people_old"), second).weight == "people_old"
    with pytest.raises(UnknownNameError, match="people_old") as raised:
        compare_runs(first, second, weight="cows")
    assert "travel_time_min" not in str(raised.value)


def test_municipalities_are_called_by_their_names_where_the_run_has_them() -> None:
    names = pd.DataFrame({"municipality_code": ["01"], "name": ["Vik"]})
    first = answer(nearest(BEFORE))
    first = Answer(first.question, first.facts, {**first.tables, "municipalities": names})
    assert compare_runs(first, answer(nearest(AFTER))).groups["municipality"].tolist() == ["Vik", "02"]


def test_only_kinds_that_both_have_are_compared() -> None:
    first = answer(nearest(BEFORE), nearest(BEFORE, kind="dms"))
    second = answer(nearest(AFTER, kind="gp"), nearest(AFTER))
    found = compare_runs(first, second)
    assert found.region["kind"].tolist() == ["hospital"]
    assert found.points["kind"].unique().tolist() == ["hospital"]
    both = compare_runs(first, answer(nearest(AFTER, kind="dms"), nearest(AFTER)))
    assert both.region["kind"].tolist() == ["hospital", "dms"] or sorted(both.region["kind"]) == [
        "dms",
        "hospital",
    ]
    assert len(both.points) == 8
    with pytest.raises(DataError, match="no kind of time in common"):
        compare_runs(answer(nearest(BEFORE)), answer(nearest(AFTER, kind="gp")))


def test_people_in_one_run_only_are_refused_with_their_number() -> None:
    fewer = {name: BEFORE[name] for name in "ab"}
    with pytest.raises(DataError, match="2 demand points are in one run only, such as 'c'"):
        compare_runs(answer(nearest(BEFORE)), answer(nearest(fewer)))
    with pytest.raises(DataError, match="2 demand points"):
        compare_runs(answer(nearest(fewer)), answer(nearest(BEFORE)))


def test_the_scenario_is_the_one_asked_for_else_the_base_else_the_only_one() -> None:
    run = answer(nearest(BEFORE, scenario="winter"), nearest(AFTER))
    assert compare_runs(run, run).region.loc[0, "persons_lose"] == 0
    assert compare_runs(run, run).name_b == "fjord access, base"
    assert comparison_answer(run, run).facts["compare"]["scenarios"] == ["base", "base"]
    found = compare_runs(run, run, scenarios=("winter", "base"))
    assert (found.name_a, found.name_b) == ("fjord access, winter", "fjord access, base")
    assert found.points["a_min"].tolist()[:3] == [10, 40, 20]
    alone = answer(nearest(BEFORE, scenario="storm"), nearest(BEFORE, scenario="winter"))
    assert compare_runs(alone, alone).name_a == "fjord access, storm"
    with pytest.raises(UnknownNameError, match="night"):
        compare_runs(run, run, scenarios=("base", "night"))


def placed(
    times: dict[str, float], *, scenario: str = "base", title: str = "One more", name: str = "stations"
) -> Answer:
    table = nearest(times).drop(columns=["kind", "scenario"])
    table = table.rename(columns={"travel_time_min": "after_min", "facility_id": "site_after"})
    facts = {"study": "fjord", "weight": "people", "kinds": {}}
    told = {"placement": name, "scenario": scenario, "title": title}
    return Answer("place", facts | {"place": told}, {"placement": table})


def test_placements_are_compared_by_the_response_after_them() -> None:
    found = compare_runs(placed(BEFORE), placed(AFTER, scenario="winter"))
    assert found.region["kind"].tolist() == ["response: stations"]
    assert found.region.loc[0, "person_min_gained"] == 300
    assert (found.name_a, found.name_b) == ("fjord place, base", "fjord place, winter")
    with pytest.raises(DataError, match="in common"):
        compare_runs(placed(BEFORE), placed(AFTER, name="beds"))


def test_a_placement_has_no_other_scenario_than_its_own() -> None:
    """Its response is that of the scenario it was placed in; asked for another, it does not pass for it."""
    assert (
        compare_runs(placed(BEFORE), placed(AFTER), scenarios=("base", "base")).name_a == "fjord place, base"
    )
    for scenarios in (("winter", "base"), ("base", "winter")):
        with pytest.raises(UnknownNameError, match="winter"):
            compare_runs(placed(BEFORE), placed(AFTER), scenarios=scenarios)


def test_a_placement_in_several_scenarios_is_compared_in_each() -> None:
    both = placed(BEFORE, scenario="base + winter")
    tables = [
        placed(times).tables["placement"].assign(scenario=name)
        for name, times in (("base", BEFORE), ("winter", AFTER))
    ]
    both = Answer("place", both.facts, {**both.tables, "placement_scenarios": pd.concat(tables)})
    found = compare_runs(both, both, scenarios=("base", "winter"))
    assert found.region.loc[0, "person_min_gained"] == 300
    assert len(found.points) == 4
    assert compare_runs(both, both).region.loc[0, "person_min_gained"] == 0
    with pytest.raises(UnknownNameError, match="night"):
        compare_runs(both, both, scenarios=("base", "night"))


def test_a_demo_shows_its_placement_in_its_own_scenario_only() -> None:
    run = answer(nearest(BEFORE), nearest(AFTER, scenario="winter"))
    demo = Answer("demo", {**run.facts, **placed(BEFORE).facts}, {**run.tables, **placed(BEFORE).tables})
    kinds = {
        name: compare_runs(demo, demo, scenarios=(name, name)).region["kind"].tolist()
        for name in ("base", "winter")
    }
    assert kinds == {"base": ["hospital", "response: stations"], "winter": ["hospital"]}


def test_runs_of_different_years_say_so_on_the_terminal_and_in_the_folder() -> None:
    first, second = answer(nearest(BEFORE), year=2026), answer(nearest(AFTER), year=2035)
    (note,) = compare_runs(first, second).notes
    assert "2026" in note
    assert "2035" in note
    assert note in comparison_answer(first, second).notes
    assert compare_runs(first, answer(nearest(AFTER), year=2026)).notes == ()
    assert comparison_answer(first, first).notes == ()


def test_what_the_folder_of_a_comparison_holds() -> None:
    first = answer(
        nearest(BEFORE), inputs=("x", "y"), notes=["one", "both"], title="Fjord", year=2026,
        facilities_in={"base": ["h1"]}, own="left out",
    )  # fmt: skip
    second = answer(
        nearest(AFTER), inputs=("y", "z"), notes=["both", "two"], year=2026, facilities_in={"winter": ["h2"]}
    )
    found = comparison_answer(first, second)
    assert found.question == "compare"
    assert found.facts["notes"] == ["one", "both", "two"]
    assert (found.facts["title"], found.facts["weight"]) == ("Fjord", "people")
    assert "own" not in found.facts
    assert "inputs" not in found.facts
    assert [path.name for path in found.inputs] == ["x", "y", "z"]
    told = found.facts["compare"]
    assert told["a"] == "fjord access, base"
    assert (told["label_a"], told["label_b"]) == (
        called("today (A)", "i dag (A)"),
        called("today (B)", "i dag (B)"),
    )
    assert told["scenarios"] == ["base", "base"]
    assert (told["facilities_a"], told["facilities_b"]) == (["h1"], None)
    assert told["weight"] == "people"
    assert set(found.tables) == {"comparison", "comparison_groups", "comparison_region"}
    assert len(found.tables["comparison"]) == 4
    assert len(found.tables["comparison_groups"]) == 2
    assert len(found.tables["comparison_region"]) == 1


def test_a_comparison_is_saved_for_the_scenarios_and_the_weight_asked_for() -> None:
    there = {"base": ["h1"], "winter": ["h2"]}
    run = answer(nearest(BEFORE), nearest(AFTER, scenario="winter"), facilities_in=there)
    found = comparison_answer(run, run, scenarios=("base", "winter"), weight="people_old")
    assert found.tables["comparison_region"].loc[0, "person_min_gained"] == 30
    told = found.facts["compare"]
    assert (told["facilities_a"], told["facilities_b"]) == (["h1"], ["h2"])
    assert (told["weight"], found.facts["weight"]) == ("people_old", "people_old")
    assert (told["a"], told["b"]) == ("fjord access, base", "fjord access, winter")
    back = comparison_answer(run, run, scenarios=("winter", "base")).facts["compare"]
    assert (back["facilities_a"], back["facilities_b"]) == (["h2"], ["h1"])


def test_municipalities_stand_in_the_order_of_their_people() -> None:
    tables = [nearest(times).assign(municipality_code=["09", "09", "02", "02"]) for times in (BEFORE, AFTER)]
    found = compare_runs(answer(tables[0]), answer(tables[1]))
    assert found.groups["municipality_code"].tolist() == ["09", "02"]


def called(english: str, bokmal: str | None = None) -> dict[str, str]:
    return {"en": english, "nb": bokmal or english}


def test_labels_are_titles_in_both_languages_and_of_scenarios_only_up_to_a_colon() -> None:
    titles = {
        "winter": {"title": "A winter: snow", "title_nb": "En vinter: snø"},
        "storm": {"title": "A storm"},
    }
    run = answer(nearest(BEFORE, scenario="winter"), nearest(AFTER, scenario="storm"), scenario_titles=titles)
    told = comparison_answer(run, run, scenarios=("winter", "storm")).facts["compare"]
    assert (told["label_a"], told["label_b"]) == (called("A winter", "En vinter"), called("A storm"))
    told = comparison_answer(placed(BEFORE), placed(AFTER, scenario="winter")).facts["compare"]
    assert (told["label_a"], told["label_b"]) == (called("One more"), called("One more (winter)"))


def test_labels_are_scenarios_or_titles_of_placements() -> None:
    run = answer(nearest(BEFORE), nearest(AFTER, scenario="winter"))
    told = comparison_answer(run, run, scenarios=("base", "winter")).facts["compare"]
    assert (told["label_a"], told["label_b"]) == (called("today", "i dag"), called("winter"))
    told = comparison_answer(placed(BEFORE), placed(AFTER, title="Two more")).facts["compare"]
    assert (told["label_a"], told["label_b"]) == (called("One more"), called("Two more"))
    told = comparison_answer(placed(BEFORE), placed(AFTER)).facts["compare"]
    assert (told["label_a"], told["label_b"]) == (called("One more (A)"), called("One more (B)"))
    winter = answer(nearest(AFTER, scenario="winter"))
    assert comparison_answer(winter, winter).facts["compare"]["scenarios"] == ["winter", "winter"]
    assert comparison_answer(placed(BEFORE), placed(AFTER)).facts["compare"]["scenarios"] == ["base", "base"]


def test_hashes_of_inputs_are_kept_once_where_they_agree_and_twice_where_not() -> None:
    first = answer(nearest(BEFORE), kinds={})
    a = Answer("access", {**first.facts, "inputs": {"study": "1", "people": "2", "old": "9"}}, first.tables)
    b = Answer("access", {**first.facts, "inputs": {"study": "1", "people": "3", "new": "4"}}, first.tables)
    assert comparison_answer(a, b).facts["inputs"] == {
        "study": "1", "old": "9", "new": "4", "people (A)": "2", "people (B)": "3",
    }  # fmt: skip


def test_tables_that_a_map_needs_are_those_of_both_runs() -> None:
    places = [pd.DataFrame({"facility_id": ids, "name": ids}) for ids in (["h1", "h2"], ["h2", "h3"])]
    shut = [pd.DataFrame({"link": ids}) for ids in (["p"], ["p", "q"])]
    links = [pd.DataFrame({"link_id": ["l", name]}) for name in ("a", "b")]
    runs = []
    for number in range(2):
        base = answer(nearest(BEFORE))
        extra = {"facilities": places[number], "closures": shut[number], "links": links[number]}
        runs.append(Answer("access", base.facts, {**base.tables, **extra}))
    found = comparison_answer(*runs).tables
    assert found["facilities"]["facility_id"].tolist() == ["h1", "h2", "h3"]
    assert found["facilities"].index.tolist() == [0, 1, 2]
    assert found["closures"]["link"].tolist() == ["p", "q"]
    assert found["closures"].index.tolist() == [0, 1]
    assert found["links"]["link_id"].tolist() == ["l", "b"]
    assert comparison_answer(runs[0], answer(nearest(BEFORE))).tables["links"]["link_id"].tolist() == [
        "l",
        "a",
    ]


@pytest.mark.parametrize(
    ("before", "after", "gain", "lose"),
    [
        (10.0, 10.0 - 2e-6, 1, 0),
        (10.0, 10.0 - 5e-7, 0, 0),
        (10.0, 10.0 + 5e-7, 0, 0),
        (10.0, 10.0 + 2e-6, 0, 1),
    ],
)
def test_a_change_smaller_than_a_millionth_of_a_minute_is_none(
    before: float, after: float, gain: int, lose: int
) -> None:
    figures = change_figures([before], [after], [1])
    assert (figures["persons_gain"], figures["persons_lose"]) == (gain, lose)


def test_figures_of_nobody_and_of_thresholds_exactly_met() -> None:
    none = change_figures([10.0, NAN], [NAN, 10.0], [1, 1], thresholds_min=[10])
    assert math.isnan(none["change_mean_min"])
    assert (none["persons_into_10_min"], none["persons_out_of_10_min"]) == (1, 1)
    assert change_figures([5.0, 1.0], [9.0, 2.0], [0, 3])["worst_loss_min"] == 1.0
    assert change_figures([5.0], [1.0], [3])["worst_loss_min"] == 0.0
    assert change_figures([0.0], [1e-6], [3])["persons_lose"] == 3.0
    assert change_figures([5.0], [9.0], [0.5])["worst_loss_min"] == 4.0
    assert change_figures([], [], [])["persons"] == 0.0
    edge = change_figures([10.0, 10.5], [10.5, 10.0], [2, 3], thresholds_min=[10, 2.5])
    assert (edge["persons_out_of_10_min"], edge["persons_into_10_min"]) == (2, 3)
    assert edge["persons_into_2.5_min"] == 0


minutes = st.one_of(st.integers(0, 90).map(float), st.just(NAN))
rows = st.lists(st.tuples(minutes, minutes, st.integers(0, 50)), min_size=1, max_size=12)


@given(rows, st.integers(0, 90))
def test_figures_are_those_of_everybody_asked_one_by_one(
    people: list[tuple[float, float, int]], threshold: int
) -> None:
    """Each person by themselves, in plain Python."""
    gain = lose = gained = lost = new = gone = into = out = 0.0
    for before, after, count in people:
        if before == before and after == after:
            gain, lose = gain + count * (after < before), lose + count * (after > before)
            gained, lost = gained + count * max(before - after, 0), lost + count * max(after - before, 0)
        new += count * (before != before and after == after)
        gone += count * (before == before and after != after)
        into += count * (not before <= threshold and after <= threshold)
        out += count * (before <= threshold and not after <= threshold)
    found = change_figures(*zip(*people, strict=True), thresholds_min=[threshold])
    names = ["persons_gain", "persons_lose", "person_min_gained", "person_min_lost", "persons_newly_reached"]
    names += ["persons_no_longer_reached", f"persons_into_{threshold}_min", f"persons_out_of_{threshold}_min"]
    assert [found[name] for name in names] == pytest.approx([gain, lose, gained, lost, new, gone, into, out])
