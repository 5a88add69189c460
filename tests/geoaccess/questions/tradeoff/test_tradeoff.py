"""Trade-offs on the fjord: minutes reckoned by hand, journeys against the burden of the study that opens them."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest

import geoaccess as ga
from geoaccess.ground.errors import DataError, InfeasibleError, UnknownNameError
from geoaccess.questions.burden.answer import burden
from geoaccess.questions.registry import document
from geoaccess.questions.tradeoff.answer import compromise, trade_off, tradeoff_answer
from tests.near_care import NEAR_TRADEOFF
from tests.said import said

#: Hospitals as they may be opened, journeys to them, and a second service out of the same money.
JOURNEYS = """
[placements.wards]
title = "One more hospital"
facility = "hospital"
candidates = "demand"
direction = "to_site"

[journeys.often]
title = "Treatment"
kind = "hospital"
journeys_each = 10
travellers = { people = 0.1, old = 0.4 }
escorts = 0.5
source = "invented"

[journey_rates]
per_km = 3
per_hour = 100
co2_kg_per_km = 0.1
source = "invented"

[tradeoffs.home]
title = "Nearer home"
placements = ["wards", "stations"]
prices = { wards = 3, stations = 2 }
budget = 5
budget_unit = "posts"
[tradeoffs.home.criteria.hours]
title = "Hours"
measure = "journeys"
journey = "often"
[tradeoffs.home.criteria.cost]
title = "Money"
measure = "journeys"
journey = "often"
unit = "cost"
[tradeoffs.home.criteria.co2]
title = "CO2"
measure = "journeys"
journey = "often"
unit = "co2_kg"
[tradeoffs.home.criteria.response]
title = "Response"
measure = "minutes"
placement = "stations"
[tradeoffs.home.criteria.far]
title = "Beyond an hour"
measure = "beyond"
placement = "stations"
beyond_min = 60
"""


#: Where a new hospital would stand.
NODES = {"new:d2": "west", "new:d3": "east", "new:d5": "island"}


def with_text(folder, text):
    file = folder / "study.toml"
    file.write_text(file.read_text(encoding="utf-8") + text, encoding="utf-8")
    return folder


def told(found, criterion):
    own = found.values[found.values["criterion"] == criterion]
    return own.set_index("point")["value"]


def test_three_criteria_by_hand(fjord):
    """Far is nearest to people and has a hospital; West alone is near the other station; East loses to Far."""
    found = trade_off(with_text(fjord, NEAR_TRADEOFF))
    assert found.points["opened"].tolist() == ["Færøy", "West"]
    # 2 minutes to go, 1 km of access in Town, 2 km in Færøy, at 60 km/h; the ferry takes 10 + 5 + 10.
    far = (3 * 1000 + 57 * 100 + 32 * 50 + 4 * 200) / 1350
    west = (3 * 1000 + 2 * 100 + 27 * 50 + 59 * 200) / 1350
    assert told(found, "response").tolist() == pytest.approx([far, west])
    assert told(found, "hospital_way").tolist() == pytest.approx([0.0, 55.0])
    assert told(found, "alone").tolist() == [1.0, 0.0]
    today = (3 * 1000 + 62 * 100 + 87 * 50 + 119 * 200) / 1350
    now = found.values.drop_duplicates("criterion").set_index("criterion")["today"]
    assert now["response"] == pytest.approx(today)
    assert now[["hospital_way", "alone"]].isna().all()
    assert found.front.complete
    assert found.front.proven


def test_people_whom_nobody_reaches_and_sites_without_a_road_are_told(fjord):
    found = trade_off(with_text(fjord, NEAR_TRADEOFF))
    text = "\n".join(found.notes)
    assert "7 people whom today's sites do not reach" in text
    assert "no new site at Island" in text


@pytest.mark.parametrize(
    ("language", "opens", "closes"), [("en", "opens", "closes"), ("nb", "åpner", "legger ned")]
)
def test_the_map_names_a_placement_by_what_opens_and_closes(fjord, language, opens, closes):
    study = ga.load_study(with_text(fjord, NEAR_TRADEOFF))
    found = trade_off(study)
    views = document(tradeoff_answer(study, found), language=language).views
    labels = {view.key: view.label for view in views}
    for point in found.points["point"]:
        role = found.sites.set_index("name")[f"point_{point}_role"]
        for name in role.index[role == "chosen"]:
            assert name in labels[f"point-{point}"].split(opens)[1].split(closes)[0]
        for name in role.index[role == "closed"]:
            assert name in labels[f"point-{point}"].split(closes)[1]
    assert len(set(labels.values())) == len(views)
    assert any(opens in label for label in labels.values())


def test_one_criterion_has_one_best(fjord):
    found = trade_off(with_text(fjord, NEAR_TRADEOFF), criteria=["response"])
    assert found.points["opened"].tolist() == ["Færøy"]


def test_a_journey_costs_what_burden_says_of_the_study_that_opens_the_sites(fjord):
    study = ga.load_study(with_text(fjord, JOURNEYS))
    found = trade_off(study, "home")
    assert found.front.complete
    for point in found.points["point"]:
        chosen = found.sites[f"point_{point}_role"] == "chosen"
        new = found.sites[chosen & (found.sites["placement"] == "wards")]
        then = study
        if len(new):
            folder = fjord.parent / f"then-{point}"
            shutil.copytree(fjord, folder)
            opened = "".join(
                f'[[scenarios.then.facilities_opened]]\nfacility_id = "n{number}"\nname = "New"\n'
                f'kind = "hospital"\nmunicipality_code = "{one.municipality_code}"\n'
                f'node_id = "{NODES[one.site_id]}"\n'
                for number, one in enumerate(new.itertuples())
            )
            then = ga.load_study(with_text(folder, opened)).in_state(scenario="then")
        points = burden(then, ["often"]).points
        # The island reaches no hospital of today: its people count in no placement.
        rows = points[points["demand_id"] != "d5"]
        for criterion, column in (("hours", "hours"), ("cost", "cost"), ("co2", "co2_kg")):
            assert told(found, criterion)[point] == pytest.approx(rows[column].sum()), (point, criterion)


def test_what_new_sites_of_several_kinds_cost_keeps_to_the_budget(fjord):
    found = trade_off(with_text(fjord, JOURNEYS), "home")
    assert (found.points["cost"] <= 5).all()
    for point, cost in zip(found.points["point"], found.points["cost"], strict=True):
        new = found.sites[found.sites[f"point_{point}_role"] == "chosen"]
        assert cost == 3 * (new["placement"] == "wards").sum() + 2 * (new["placement"] == "stations").sum()
    assert (told(found, "far").round() == told(found, "far")).all()


@pytest.mark.parametrize(
    ("values", "best"),
    [
        ([[0.0, 10.0], [5.0, 5.0], [10.0, 0.0]], 1),
        ([[0.0, 1.0], [1.0, 0.0]], 0),
        ([[3.0]], 0),
    ],
)
def test_the_compromise_is_the_one_whose_worst_is_nearest_to_the_best(values, best):
    assert compromise(np.asarray(values)) == best


def test_json_and_exit_codes(fjord):
    with_text(fjord, NEAR_TRADEOFF)
    answered = said(["tradeoff", fjord, "--json", "-q"])
    assert answered.code == 0
    plain = json.loads(answered.out)
    assert plain["complete"]
    assert [row["point"] for row in plain["points"]] == [1, 2]
    assert said(["tradeoff", fjord, "-q", "--most", "1"]).code == 0
    assert said(["tradeoff", fjord, "nothing", "-q"]).code == 2


def test_the_folder_says_what_is_assumed(fjord):
    study = ga.load_study(with_text(fjord, JOURNEYS))
    answer = tradeoff_answer(study, trade_off(study, "home"))
    assert answer.facts["tradeoff"]["rates"]["source"] == "invented"
    assert set(answer.facts["tradeoff"]["journeys"]) == {"often"}


def test_more_sites_than_candidates_are_infeasible(fjord):
    text = NEAR_TRADEOFF.replace('"stations" = 1', '"stations" = 9')
    with pytest.raises(InfeasibleError):
        trade_off(with_text(fjord, text))


@pytest.mark.parametrize(
    ("old", "new", "said_of"),
    [
        ('measure = "minutes"', 'measure = "minutes"\nplacement = "station"', "did you mean"),
        ('kinds = ["hospital"]', 'kinds = ["hospitals"]', "unknown kind"),
        ('measure = "sites_to"\nkinds = ["hospital"]', 'measure = "sites_to"', "needs 'kinds'"),
        ('measure = "minutes"', 'measure = "beyond"', "needs 'beyond_min'"),
        ('measure = "minutes"', 'measure = "journeys"\njourney = "none"', "unknown journey"),
        ('"stations" = 1', '"stations" = 0', "is a mean over new sites"),
        ('[tradeoffs.both.opens]\n"stations" = 1', "", "nothing says how many"),
        ('source = "invented"\n[tradeoffs.both.opens]', "what = 1\n[tradeoffs.both.opens]", "what"),
    ],
)
def test_faults_of_the_section_are_told_at_once(fjord, old, new, said_of):
    assert old in NEAR_TRADEOFF
    with pytest.raises(DataError, match=said_of):
        ga.load_study(with_text(fjord, NEAR_TRADEOFF.replace(old, new)))


def test_a_journey_to_another_kind_and_one_that_counts_nobody_are_refused(fjord):
    text = JOURNEYS.replace('placement = "stations"\nbeyond_min', 'placement = "wards"\nbeyond_min')
    wrong = text.replace('kind = "hospital"\njourneys_each', 'kind = "station"\njourneys_each')
    with pytest.raises(DataError, match="over sites of hospital"):
        ga.load_study(with_text(fjord, wrong))


def test_journeys_without_travellers_or_rates_are_refused(fjord):
    text = JOURNEYS.replace("travellers = { people = 0.1, old = 0.4 }\n", "")
    text = text.replace("co2_kg_per_km = 0.1\n", "")
    with pytest.raises(DataError) as caught:
        ga.load_study(with_text(fjord, text))
    assert "counts nobody" in str(caught.value)
    assert "co2_kg_per_km" in str(caught.value)


def test_nothing_to_ask_and_names_that_are_not_there(fjord):
    with pytest.raises(DataError, match="no trade-offs"):
        trade_off(fjord)
    with_text(fjord, NEAR_TRADEOFF)
    with pytest.raises(UnknownNameError):
        trade_off(fjord, "neither")
    with pytest.raises(UnknownNameError):
        trade_off(fjord, criteria=["neither"])
