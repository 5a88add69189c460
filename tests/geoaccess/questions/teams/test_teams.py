"""Teams that travel on the fjord, reckoned by hand, and sums that reconcile in every table."""

from __future__ import annotations

import itertools
import json

import numpy as np
import pytest

import geoaccess as ga
from geoaccess.ground.errors import DataError, GeoaccessError, InfeasibleError, UnknownNameError
from geoaccess.questions.registry import document
from geoaccess.questions.teams import answer, ground
from geoaccess.questions.teams.answer import SUMMED, plan_teams, teams_answer
from geoaccess.study import load_study
from maps import PointLayer
from optimise.district_program import Districts
from optimise.status import Status
from tests.geoaccess.conftest import FILES
from tests.near_beds import NEAR_TEAMS
from tests.said import said

# A village on the east shore, with a municipality of its own: 12 minutes from Færøy, 106 from Town.
VILLAGE = {
    "people.csv": "d6,Village,0404,east,69.55,18.1,20,90,30\n",
    "municipalities.csv": "0404,Village,South,90,no\n",
    "near.csv": "0202,0404\n",
}


def with_teams(folder, text=NEAR_TEAMS, **more):
    for name, added in ({"study.toml": text} | more).items():
        file = folder / name
        file.write_text(file.read_text(encoding="utf-8") + added, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def village(tmp_path_factory):
    folder = tmp_path_factory.mktemp("teams") / "fjord"
    folder.mkdir()
    for name, text in FILES.items():
        (folder / name).write_text(text.lstrip("\n"), encoding="utf-8")
    return with_teams(folder, NEAR_TEAMS + "most = 4\n", **VILLAGE)


@pytest.fixture(scope="module")
def found(village):
    return plan_teams(village, count=3)


@pytest.mark.parametrize("at_once", [1, 2**25])
def test_visits_and_hours_are_those_reckoned_by_hand(fjord, monkeypatch, at_once):
    """Whether seats are looked at together or one at a time."""
    monkeypatch.setattr(ground, "STREAM_BYTES", at_once)
    found = plan_teams(with_teams(fjord))
    today = found.municipalities[found.municipalities["variant"] == "today"].set_index("municipality")
    # 100 of 1,000 people and every old one, ten visits each.
    assert today["visits"].to_dict() == pytest.approx({"Town": 2300, "Far": 850, "Island": 77})
    # Both ways, two of the staff. Access 1 km at 60 km/h at the seat and again at the place; the ferry is
    # 25 minutes, 15 of them its wait: Town 2, West 61, East 86, Færøy 118 minutes.
    hours = (200 * 4 + 30 * 122) * 10 * 2 / 60
    assert today.loc["Town", "road_hours"] == pytest.approx(hours)
    assert today.loc["Far", "road_hours"] == pytest.approx((15 * 172 + 70 * 236) * 10 * 2 / 60)
    assert today.loc["Far", "wait_hours"] == pytest.approx(85 * 30 * 10 * 2 / 60)
    assert today.loc["Far", "visit_hours"] == pytest.approx(850 * 2)
    assert today.loc["Far", "mean_min"] == pytest.approx((50 * 86 + 200 * 118) / 250)
    assert found.region["today"]["staff"] == pytest.approx((3227 * 2 + 7853.3333) / 1500)


@pytest.mark.parametrize(("day", "beyond"), [(6, 0), (4.95, 0), (4.9, 700), (3.9, 700), (3.8, 850)])
def test_a_day_that_is_too_short_is_told(fjord, day, beyond):
    """Færøy and back with an hour there takes 296 minutes, East 232."""
    file = with_teams(fjord, NEAR_TEAMS.replace("day_hours = 5", f"day_hours = {day}"))
    found = plan_teams(file)
    assert found.region["today"]["beyond_day"] == pytest.approx(beyond)
    assert found.region["today"]["visits"] == pytest.approx(3227)


@pytest.mark.parametrize("variant", ["today", "districts"])
def test_sums_reconcile_in_every_table(found, variant):
    region = found.region[variant]
    people, areas = (table[table["variant"] == variant] for table in (found.municipalities, found.districts))
    for column in SUMMED:
        assert region[column] == pytest.approx(people[column].sum()), column
        assert region[column] == pytest.approx(areas[column].sum()), column
        by_seat = people.groupby("seat_code")[column].sum()
        assert areas.set_index("seat_code")[column].to_dict() == pytest.approx(by_seat.to_dict()), column
    assert region["persons"] == found.points["people"].sum()
    assert region["staff"] == pytest.approx(areas["staff"].sum())
    assert region["staff"] == pytest.approx((region["visit_hours"] + region["road_hours"]) / 1500)
    assert region["areas"] == len(areas)
    assert areas["municipalities"].sum() == len(people)
    minutes = found.points[f"{variant}_min"].to_numpy()
    known = np.isfinite(minutes)
    weights = found.points["people"].to_numpy()[known]
    assert region["persons_reached"] == weights.sum()
    assert region["mean_min"] == pytest.approx((minutes[known] * weights).sum() / weights.sum())


# Seats' minutes to each municipality's people, times its people: Town, Far, Village; the island is alone.
PRICES = {
    ("Town", "Town"): 1000 * 2 + 100 * 61,
    ("Far", "Town"): 50 * 86 + 200 * 118,
    ("Village", "Town"): 90 * 106,
    ("Town", "Far"): 1000 * 118 + 100 * 57,
    ("Far", "Far"): 50 * 32 + 200 * 4,
    ("Village", "Far"): 90 * 52,
    ("Town", "Village"): 1000 * 106 + 100 * 45,
    ("Far", "Village"): 50 * 20 + 200 * 52,
    ("Village", "Village"): 90 * 40,
}
BORDERS = {("Town", "Far"), ("Far", "Village")}


def cheapest(count):
    """The least price of ``count`` areas on the mainland, by trying all of them."""
    names, best = ("Town", "Far", "Village"), None
    for seats in itertools.combinations(names, count):
        for goes in itertools.product(seats, repeat=3):
            seat = dict(zip(names, goes, strict=True))
            groups = [{name for name in names if seat[name] == one} for one in seats]
            apart = [g for g in groups if g == {"Town", "Village"}]  # Far lies between them
            if any(seat[one] != one for one in seats) or apart:
                continue
            price = sum(PRICES[name, seat[name]] for name in names)
            best = price if best is None else min(best, price)
    return best


@pytest.mark.parametrize("count", [2, 3, 4])
def test_areas_are_the_most_compact_of_all(village, count):
    found = plan_teams(village, count=count)
    assert found.proof.objective == pytest.approx(cheapest(count - 1))
    assert found.proof.bound == pytest.approx(found.proof.objective)
    assert found.region["districts"]["parts"] == 0
    assert found.region["districts"]["mean_min"] * 1447 == pytest.approx(found.proof.objective)


def test_areas_of_today_have_the_best_seat_and_are_told_in_pieces(found):
    """South is the island and the village, which do not reach each other: most live in the village."""
    today = found.municipalities[found.municipalities["variant"] == "today"].set_index("municipality")
    assert today["seat"].to_dict() == {
        "Town": "Town",
        "Far": "Town",
        "Island": "Village",
        "Village": "Village",
    }
    assert found.region["today"]["parts"] == 1
    assert today.loc["Island", "persons_reached"] == 0
    assert today.loc["Island", "unreached"] == pytest.approx(77)
    assert today.loc["Island", ["visits", "road_hours", "wait_hours", "beyond_day"]].tolist() == [0] * 4
    assert today.loc["Village", "road_hours"] == pytest.approx((9 + 30) * 80 * 10 * 2 / 60)


def test_bounds_that_cannot_be_kept_and_numbers_that_cannot_be_are_refused(fjord):
    with_teams(fjord)
    with pytest.raises(InfeasibleError, match="no 1 areas"):
        plan_teams(fjord, count=1)
    with pytest.raises(UnknownNameError):
        plan_teams(fjord, "hme")
    told = said(f"teams {fjord} --areas 1", language="nb")
    assert told.code == 4
    assert "henger sammen" in told.err


def test_a_search_that_ends_with_nothing_says_so(fjord, monkeypatch):
    nothing = Districts(Status.NO_SOLUTION, np.nan, 0.0, np.zeros(0, dtype=np.int64), 1, 0, "none", 0.0)
    monkeypatch.setattr(answer, "solve_districts", lambda *_: nothing)
    with pytest.raises(GeoaccessError, match="stopped before any 2 areas"):
        plan_teams(with_teams(fjord))


def test_areas_that_share_no_border_do_not_join(fjord):
    (fjord / "near.csv").write_text("municipality_a,municipality_b\n0202,0303\n", encoding="utf-8")
    with pytest.raises(InfeasibleError):
        plan_teams(with_teams(fjord), count=2)


def test_faults_of_the_section_are_all_told(fjord):
    wrong = NEAR_TEAMS.replace('"county"', '"contry"').replace("people = 100", "peple = 100")
    with pytest.raises(DataError) as told:
        ga.load_study(with_teams(fjord, wrong))
    assert "contry" in str(told.value)
    assert "peple" in str(told.value)


def test_a_study_without_teams_says_so(fjord):
    with pytest.raises(DataError, match=r"\[teams.NAME\]"):
        plan_teams(fjord)


def test_pairs_of_elsewhere_and_lone_municipalities_are_told(fjord):
    (fjord / "near.csv").write_text("municipality_a,municipality_b\n0101,0202\n0202,9999\n", encoding="utf-8")
    notes = "\n".join(plan_teams(with_teams(fjord)).notes)
    assert "1 pairs name a municipality" in notes
    assert "no neighbour of Island" in notes


def test_every_figure_is_told_with_its_place_in_the_study(fjord, tmp_path):
    folder = with_teams(fjord)
    told = said(f"teams {folder} -o {tmp_path / 'run'}")
    assert told.code == 0
    assert "[teams.home]" in told.err
    assert "clients_per_1000.old = 1000" in told.err
    assert "(assumption)" in told.err
    assert said(f"report {tmp_path / 'run'} -o {tmp_path / 'page.html'} -q").code == 0
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    for key in (
        "visits_each",
        "visit_min",
        "staff_per_visit",
        "day_hours",
        "staff_hours_year",
        "least",
        "most",
    ):
        assert f"[teams.home] {key} in study.toml; assumption" in page, key


def test_json_has_what_the_terminal_shows(fjord):
    told = json.loads(said(f"teams {with_teams(fjord)} --json -q").out)
    assert told["status"] == "optimal"
    assert told["region"]["today"]["road_hours"] == pytest.approx(7853.3333)
    assert {row["variant"] for row in told["areas"]} == {"today", "districts"}


def test_the_map_colours_the_areas_and_says_what_is_proven(village, found):
    run = teams_answer(load_study(village), found)
    made = document(run)
    assert made.first_view == "districts-areas"
    assert made.verdict == "proven: no other choice does better"
    assert {view.key for view in made.views if view.proof} == {"districts", "districts-areas"}
    points = next(layer for layer in made.layers if isinstance(layer, PointLayer))
    own = run.tables["teams_municipalities"]
    for variant in ("today", "districts"):
        series = next(one for one in points.series if one.view == f"{variant}-areas")
        told = [series.scale.labels[int(value)] for value in series.values]
        seat = own[own["variant"] == variant].set_index("municipality_code")["seat"]
        assert told == seat[run.tables["teams_points"]["municipality_code"]].tolist()
