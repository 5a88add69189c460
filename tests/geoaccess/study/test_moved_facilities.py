"""A scenario that moves a facility: the same service, at another place."""

from __future__ import annotations

import pytest

import geoaccess as ga
from geoaccess.ground.errors import DataError
from geoaccess.questions.access.side_by_side import scenario_overlays


def with_scenario(folder, text):
    with (folder / "study.toml").open("a", encoding="utf-8") as file:
        file.write(f"\n[scenarios.moved]\n{text}\n")
    return ga.load_study(folder)


def test_a_moved_hospital_is_reached_at_its_new_place(fjord):
    study = with_scenario(
        fjord, 'facilities_moved = [{ facility_id = "h1", node_id = "west", municipality_code = "0101" }]'
    )
    before = ga.travel_times(study, to="hospital")
    after = ga.travel_times(study, to="hospital", scenario="moved")
    assert list(after.columns) == ["h1", "h2"]
    assert after.loc["d1", "h1"] == pytest.approx(61)  # home to the node 1 km, then 60 km
    assert after.loc["d2", "h1"] == pytest.approx(0)
    assert after["h2"].equals(before["h2"])
    assert before.loc["d1", "h1"] == pytest.approx(1)  # the base state is untouched
    told = {one["scenario"]: one["changes"] for one in scenario_overlays(study, ["base", "moved"])}
    assert told == {"base": [], "moved": ["moved: facility moved (h1)"]}


def test_coordinates_join_the_nearest_node_and_keep_the_name(fjord):
    study = with_scenario(fjord, 'facilities_moved = [{ facility_id = "h1", lat = 69.5, lon = 18.0 }]')
    moved = study.in_state(scenario="moved").facilities.set_index("facility_id").loc["h1"]
    assert (moved["node_id"], moved["name"], moved["municipality_code"]) == ("west", "Town hospital", "0101")


@pytest.mark.parametrize(
    ("scenario", "said"),
    [
        ('facilities_moved = [{ facility_id = "h9", node_id = "west" }]', "no facility of that id to move"),
        ('facilities_moved = [{ facility_id = "h1", node_id = "wset" }]', "unknown node 'wset'"),
        ('facilities_moved = [{ facility_id = "h1" }]', "say where it is"),
        (
            'facilities_closed = ["h1"]\nfacilities_moved = [{ facility_id = "h1", node_id = "west" }]',
            "is moved, and closed or moved again",
        ),
        (
            'facilities_moved = [{ facility_id = "h1", node_id = "west", municipality_code = "0999" }]',
            "unknown municipality '0999'",
        ),
    ],
)
def test_moves_that_cannot_be_are_refused(fjord, scenario, said):
    study = with_scenario(fjord, scenario)
    with pytest.raises(DataError) as caught:
        study.in_state(scenario="moved")
    assert said in str(caught.value)
