"""Losses: reach first, only people whose service it was, and no word of those whom nothing reached before."""

from __future__ import annotations

import json

import numpy as np
import pytest

import geoaccess as ga
from geoaccess.cli.app import run
from geoaccess.ground.errors import DataError
from geoaccess.questions.losses.answer import losses_answer

#: A centre beside the hospital of Færøy, and one in Town; both are also served by hospitals.
CENTRES = """c1,Færøy centre,centre,0202,far,69.8,18.0
c2,Town centre,centre,0101,west,69.5,18.0
"""
KIND = """
[kinds.centre]
label = "centre"
report = true
also_served_by = ["hospital"]
"""


@pytest.fixture
def centres(fjord):
    with (fjord / "places.csv").open("a", encoding="utf-8") as file:
        file.write(CENTRES)
    with (fjord / "study.toml").open("a", encoding="utf-8") as file:
        file.write(KIND)
    return fjord


def row(found, element, kind):
    (one,) = found.rows[(found.rows["element_id"] == element) & (found.rows["kind"] == kind)].to_dict(
        "records"
    )
    return one


def test_a_lost_centre_costs_only_whom_it_served(centres):
    found = ga.losses(centres, of=["facilities"])
    # Everybody near Færøy has the hospital at the same place: its centre is missed by nobody.
    beside = row(found, "c1", "centre")
    assert (beside["persons_lose"], beside["person_min_lost"]) == (0, 0)
    # West's centre is nearest for West (100 people; hospital of Town 60 min + 1 km away) and East (50 people,
    # 25 min by ferry against 32 to Færøy); Town itself has its hospital, and Færøy too.
    away = row(found, "c2", "centre")
    assert away["persons_lose"] == 150
    # Without the hierarchy the loss of the same centre would cost Town's people the way to Færøy.
    assert away["persons_no_longer_reached"] == 0
    assert any("centre" in note and "hospital" in note for note in found.notes)


def test_reach_comes_before_minutes(fjord):
    found = ga.losses(fjord, of=["ferries", "facilities", "roads"], kinds=["hospital"])
    cut = found.rows["persons_no_longer_reached"].to_numpy()
    assert (np.diff(cut) <= 0).all()
    assert found.rows["rank"].tolist() == list(range(1, len(found.rows) + 1))
    ties = found.rows[found.rows["persons_no_longer_reached"] == 0]["person_min_lost"].to_numpy()
    assert (np.diff(ties) <= 0).all()
    by_minutes = ga.losses(fjord, of=["ferries", "facilities"], kinds=["hospital"], rank="person-minutes")
    assert (np.diff(by_minutes.rows["person_min_lost"]) <= 0).all()


def test_the_terminal_shows_both_lists(fjord, capsys):
    assert run(["losses", str(fjord), "--of", "ferries,facilities,roads"]) == 0
    out = capsys.readouterr().out
    assert out.index("Who is cut off") < out.index("Whose way is longer")
    assert run(["losses", str(fjord), "--of", "ferries,facilities,roads", "--json", "-q"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert all(one["persons_no_longer_reached"] > 0 for one in told["cut_off"])
    assert all(one["person_min_lost"] > 0 for one in told["longer"])
    assert len(told["rows"]) >= len(told["cut_off"])


def test_the_map_does_not_blame_a_loss_for_those_never_reached(fjord):
    found = losses_answer(fjord, of=("ferries", "facilities", "roads"))
    points = found.tables["loss_points"].set_index("demand_id")
    columns = [item["column"] for item in found.facts["losses"]["shown"]]
    assert points.loc["d5", columns].eq(0).all()  # the island is reached neither with nor without
    assert points.loc["d5", "never_reached_hospital"]
    for item in found.facts["losses"]["shown"]:
        lost = points.loc[points[item["column"]].isna(), "people"].sum()
        assert lost == item["persons_no_longer_reached"]


def test_an_unknown_kind_that_serves_as_well_is_told(centres):
    file = centres / "study.toml"
    file.write_text(file.read_text(encoding="utf-8").replace('["hospital"]', '["hospitl"]'), encoding="utf-8")
    with pytest.raises(DataError, match="did you mean 'hospital'"):
        ga.load_study(centres)


def test_every_family_asked_for_is_told_on_the_map_and_the_terminal(capsys):
    found = losses_answer("nord-norge", of=("ferries", "passes", "facilities"), kinds=["akuttmottak"])
    rows = found.tables["losses"]
    for name, hurts in (("cut_off", "persons_no_longer_reached"), ("longer", "person_min_lost")):
        hurting = set(rows.loc[rows[hurts] > 0, "family"])
        told = {item["family"] for item in found.facts["losses"]["shown"] if item["list"] == name}
        if name == "cut_off":
            assert told == hurting
        else:
            assert {"ferries", "passes", "facilities"} == told


def test_closing_a_facility_in_the_map_says_what_its_loss_says(centres):
    found = losses_answer(centres, of=("facilities",))
    subjects = {one.key: one for one in found.site_minutes}
    # Centres are served by hospitals too: a closure in the map would say another figure than the loss.
    assert "hospital" in subjects
    assert "centre" not in subjects
    subject = subjects["hospital"]
    (state,) = subject.states.values()
    table = found.tables["losses"].query("kind == 'hospital'").set_index("element_id")
    persons = (
        found.tables["loss_points"].set_index("demand_id")["people"][list(subject.demand_ids)].to_numpy()
    )
    at = {str(key): place for place, key in enumerate(subject.sites["site_id"])}
    closed = [str(key) for key in table.index if state.today[at[str(key)]]]
    assert closed
    for key in closed:
        kept = state.today.copy()
        kept[at[key]] = False
        after = state.minutes[kept].min(axis=0) if kept.any() else np.full(len(persons), 65_535)
        longer = (after > state.before) & (after < 65_534)
        assert persons[longer].sum() == table.loc[key, "persons_lose"]
        gone = (after == 65_535) & (state.before < 65_534)
        assert persons[gone].sum() == table.loc[key, "persons_no_longer_reached"]
