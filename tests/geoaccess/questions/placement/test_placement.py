"""Placement questions as configuration: stations, kits beside hospitals, beds by municipality, promises."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

import geoaccess as ga
from geoaccess.ground.errors import DataError, InfeasibleError
from geoaccess.questions.placement.problem import pose
from geoaccess.questions.placement.sites import site_table

FERRY = 25.0


def add(folder, text):
    path = folder / "study.toml"
    path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8")


def test_stations_are_the_best_of_all_subsets(fjord):
    study = ga.load_study(fjord)
    posed = pose(study, study.placement("stations"), sites=2)
    minutes = np.nan_to_num(posed.minutes, nan=np.inf)
    weights = study.weight()
    stays = (posed.places["role"] == "existing").to_numpy()
    best = (math.inf, math.inf)
    for pair in itertools.combinations(np.flatnonzero(~stays), 2):
        times = minutes[:, [*np.flatnonzero(stays), *pair]].min(axis=1)
        reached = np.isfinite(times)
        best = min(
            best, (-weights[reached].sum(), float(np.average(times[reached], weights=weights[reached])))
        )
    result = ga.place(study, "stations", sites=2)
    assert result.after["mean_min"] == pytest.approx(best[1])
    assert result.solution.status.value == "optimal"


def test_response_is_the_parts_and_the_travel_from_the_station(fjord):
    result = ga.place(fjord, "stations", sites=0)
    times = result.demand.set_index("demand_id")["before_min"]
    assert times["d1"] == pytest.approx(2 + 1)
    assert times["d2"] == pytest.approx(2 + 60)
    assert times["d4"] == pytest.approx(2 + 60 + FERRY + 30 + 2)
    assert math.isnan(times["d5"])
    assert result.before["share_within_class_threshold"] == pytest.approx(1000 / 1357)
    assert any("2 min mobilise + travel" in note for note in result.notes)


def test_the_way_on_goes_to_the_best_hospital(fjord):
    add(
        fjord,
        """
[placements.chain]
title = "chain"
facility = "station"
sites = 0
parts = { mobilise = 2 }
onward = { kind = "hospital", parts = { on_scene = 10 } }
""",
    )
    times = ga.place(fjord, "chain").demand.set_index("demand_id")["before_min"]
    # West: 60 min from the station, then on to Færøy by ferry, which is nearer than back to Town.
    assert times["d2"] == pytest.approx(2 + 60 + 10 + FERRY + 30)


def test_kits_count_only_what_they_save_beside_the_hospitals(fjord):
    add(
        fjord,
        """
[placements.kits]
title = "kits"
facility = "kit"
sites = 1
direction = "to_site"
parts = { draw = 20 }
alternatives = [{ kind = "hospital", parts = { prepare = 5 } }]
[kinds.kit]
label = "kit"
""",
    )
    result = ga.place(fjord, "kits", sites=0)
    times = result.demand.set_index("demand_id")["before_min"]
    assert times["d1"] == pytest.approx(5 + 1)
    assert times["d3"] == pytest.approx(5 + 30)
    # A kit in West would take 20 there, 5 + 55 to hospital: it saves 100 people 40 minutes each.
    with_kit = ga.place(fjord, "kits")
    assert with_kit.before["mean_min"] == result.before["mean_min"]
    assert set(with_kit.sites.loc[with_kit.sites["part"] == "hospital", "role"]) == {"required"}


def test_candidates_need_donors(fjord):
    add(
        fjord,
        """
[placements.donors]
title = "donors"
facility = "kit"
sites = 1
donors = { weight = "people", within_min = 32, at_least = 200 }
[kinds.kit]
label = "kit"
""",
    )
    study = ga.load_study(fjord)
    sites = site_table(study, study.placement("donors"))["site_id"].tolist()
    # East reaches Færøy's 200 people in 32 minutes (30 and their access leg of 2) and its own 50.
    assert sites == ["new:d1", "new:d3", "new:d4"]


def test_municipalities_are_assigned_whole_and_at_most_next_door(fjord):
    (fjord / "neighbours.csv").write_text("municipality_a,municipality_b\n0101,0202\n", encoding="utf-8")
    add(
        fjord,
        """
[placements.beds]
title = "beds"
facility = "bed"
existing = "ignore"
candidates = "facilities"
candidate_kinds = ["hospital"]
objective = "capacitated-p-median"
direction = "to_site"
demand_by = "municipality"
catchment = "CATCHMENT"
neighbours = "neighbours.csv"
units = { persons_per_unit = 100, minimum = 4 }
[kinds.bed]
label = "bed"
""".replace("CATCHMENT", "neighbours"),
    )
    result = ga.place(fjord, "beds")
    units = result.chosen.set_index("site_id")["units"]
    assert (units >= 4).all()
    assert units.sum() <= math.ceil(1357 / 100)
    served = result.demand.groupby("municipality_code")["site_after"].nunique()
    assert (served == 1).all()
    island = result.demand[result.demand["municipality_code"] == "0303"]
    assert island["site_after"].tolist() == [""]
    assert result.after["persons_unreachable"] == 7


def test_a_promise_that_cannot_hold_is_named(fjord):
    add(
        fjord,
        """
[placements.promise]
title = "promise"
facility = "station"
sites = 0
guarantees = [{ minutes = 60, by = "municipality", municipalities = ["0303"] }]
""",
    )
    with pytest.raises(InfeasibleError, match="guarantee 60 min for Island"):
        ga.place(fjord, "promise")


def test_moving_keeps_the_number_of_stations(fjord):
    add(
        fjord,
        """
[placements.move]
title = "move"
facility = "station"
existing = "may_move"
moves = 1
sites = 0
objective = "relocation"
""",
    )
    result = ga.place(fjord, "move")
    assert len(result.solution.chosen) == 1


def test_coverage_takes_the_thresholds_of_the_classes(fjord):
    result = ga.place(fjord, "stations", objective="mclp")
    covered = result.after["share_within_class_threshold"] * 1357
    assert result.solution.objective == pytest.approx(
        covered, rel=1e-6
    ) or result.solution.total == pytest.approx(covered)


def test_no_candidate_left_is_said(fjord):
    add(
        fjord,
        """
[placements.none]
title = "none"
facility = "station"
min_people = 5000
""",
    )
    with pytest.raises(DataError, match="no candidate place is left"):
        ga.place(fjord, "none")


def test_a_table_of_candidates(fjord):
    (fjord / "sites.csv").write_text(
        "site_id,name,municipality_code,node_id,lat,lon\nc1,West quay,0101,west,69.5,18.0\n", encoding="utf-8"
    )
    add(
        fjord,
        """
[placements.table]
title = "table"
facility = "station"
candidates = "table"
candidates_table = "sites.csv"
sites = 1
""",
    )
    assert ga.place(fjord, "table").chosen["name"].tolist() == ["West quay"]
    (fjord / "sites.csv").write_text("site_id,name\nc1,West\n", encoding="utf-8")
    with pytest.raises(DataError, match="municipality_code"):
        ga.place(fjord, "table")
