"""A placement that counts the way on by the best chain, against studies in which the station is open."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

import geoaccess as ga
from geoaccess.ground.errors import DataError
from geoaccess.minutes.resources.transport import transport_to
from geoaccess.questions.placement.minutes import site_minutes
from geoaccess.questions.placement.sites import site_table
from tests.geoaccess.minutes.resources.conftest import FLEET, fleet_toml, write_fleet

CHAIN = """
[placements.chain]
title = "One more station, with the way on"
facility = "station"
candidates = "demand"
sites = 1
existing = "stay"
parts = { mobilise = 2 }
parts_source = "invented"
onward = { kind = "hospital", brought_by = "transport", scene_min = 12, parts = { door = 3 } }
"""
OPENED = """
[scenarios.open-{node}]
[[scenarios.open-{node}.facilities_opened]]
facility_id = "new"
name = "New station"
kind = "station"
municipality_code = "{code}"
node_id = "{node}"
"""


@pytest.fixture
def folder(fjord):
    changed = dict(FLEET)
    moves, _, mobilise, figures = FLEET["boat"]
    changed["boat"] = (moves, '["response", "transport"]', mobilise, figures)
    return write_fleet(fjord, fleet_toml(fleet=changed) + CHAIN)


def study_of(folder, more=""):
    file = folder / "study.toml"
    file.write_text(file.read_text(encoding="utf-8") + more, encoding="utf-8")
    return ga.load_study(folder)


def test_todays_sites_together_are_everybodys_best_chain(folder):
    study = study_of(folder)
    question = study.placement("chain")
    places = site_table(study, question)
    today = places[places["role"] != "candidate"].reset_index(drop=True)
    found = site_minutes(study, question, today)
    whole = site_minutes_of(study)
    assert_allclose(np.nanmin(np.where(np.isnan(found), np.inf, found), axis=1), whole + 3)
    kinds = set(today["kind"])
    assert {"", "boat", "heli", "rescue"} <= kinds


def site_minutes_of(study):
    """Minutes to the best hospital after 12 on scene, whoever comes and carries."""

    minutes = transport_to(study, "hospital", scene_min=12).minutes
    return np.where(np.isnan(minutes), np.inf, minutes).min(axis=1)


@pytest.mark.parametrize(("node", "code"), [("west", "0101"), ("far", "0202"), ("east", "0202")])
def test_a_new_station_is_worth_what_a_study_with_it_says(folder, node, code):
    study = study_of(folder, OPENED.format(node=node, code=code))
    question = study.placement("chain")
    places = site_table(study, question)
    found = site_minutes(study, question, places)
    known = np.where(np.isnan(found), np.inf, found)
    today = (places["role"] != "candidate").to_numpy()
    here = (places["node_id"] == node).to_numpy() & ~today
    assert here.any()
    together = np.minimum(known[:, today].min(axis=1), known[:, here].min(axis=1))
    assert_allclose(together, site_minutes_of(study.in_state(scenario=f"open-{node}")) + 3)


def test_cars_alone_go_on_by_road(folder):
    study = study_of(folder).with_resources(["station"])
    question = study.placement("chain")
    places = site_table(study, question)
    found = site_minutes(study, question, places)
    by_road = question.model_copy(
        update={
            "onward": question.onward.model_copy(
                update={"brought_by": "", "scene_min": None, "parts": {"on_scene": 12, "door": 3}}
            )
        }
    )
    today = (places["role"] != "candidate").to_numpy()
    before, after = (least_with(today, minutes) for minutes in (found, site_minutes(study, by_road, places)))
    assert_allclose(before, after)


def least_with(today, minutes):
    """(n_demand, n_candidates) least minutes of today's sites and one candidate."""
    known = np.where(np.isnan(minutes), np.inf, minutes)
    return np.minimum(known[:, today].min(axis=1)[:, None], known[:, ~today])


def test_stations_that_may_go_carry_nobody(folder):
    file = folder / "study.toml"
    text = file.read_text(encoding="utf-8").replace(
        'existing = "stay"\nparts = { mobilise = 2 }', 'existing = "ignore"\nparts = { mobilise = 2 }'
    )
    file.write_text(text, encoding="utf-8")
    study = ga.load_study(folder)
    question = study.placement("chain")
    with pytest.raises(DataError, match="existing = stay"):
        site_minutes(study, question, site_table(study, question))
