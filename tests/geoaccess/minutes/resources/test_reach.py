"""The table of who reaches whom, on the fjord by hand and over every choice of resources."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

import geoaccess as ga
from geoaccess.ground.errors import DataError, UnknownNameError
from geoaccess.minutes.resources import reach
from tests.geoaccess.minutes.resources.conftest import FLEET, fleet_toml, write_fleet

DEGREE_KM = 6371.0088 * math.pi / 180
#: Town, West, East, Færøy, Island: demand points in the order of the table.
TOWN, WEST, EAST, FAR, ISLAND = range(5)


def column(table, base):
    return table.minutes[:, table.bases["base_id"].tolist().index(base)]


def test_every_kind_keeps_its_own_figures(fleet):
    table = reach(ga.load_study(fleet))
    assert table.bases["base_id"].tolist() == ["b1", "k1", "s1", "t1", "x1", "y1"]
    light, heavy = column(table, "x1"), column(table, "y1")
    assert light[WEST] == pytest.approx(10 + 3 + 60 * 0.5 * DEGREE_KM / 200, rel=1e-3)
    assert heavy[WEST] == pytest.approx(15 + 4 + 60 * 0.3 * DEGREE_KM / 270, rel=1e-3)
    # 200 km to the island and home again: beyond 320 km, within 800.
    assert math.isnan(light[ISLAND])
    assert np.isfinite(heavy[ISLAND])
    # The car drives: an hour to West, then the ferry; nobody drives to the island.
    car = column(table, "s1")
    assert car[WEST] == pytest.approx(2 + 60)
    assert math.isnan(car[ISLAND])


def test_boats_sail_over_water_and_their_crews_stay_by_it(fleet):
    table = reach(ga.load_study(fleet))
    boat, lifeboat, taxi = (column(table, base) for base in ("b1", "k1", "t1"))
    assert boat[EAST] == pytest.approx(5 + 3 + 60 * 0.05 * DEGREE_KM / 33.6, rel=0.1)
    assert math.isnan(boat[TOWN])  # 55 km inland
    assert math.isnan(boat[ISLAND])  # 160 km away, with a range of 40
    assert lifeboat[WEST] > 10 + 60 * 155 / 60
    assert taxi[WEST] == pytest.approx(20 + 60 * 0.05 * DEGREE_KM / 20, rel=0.1)


def test_who_is_first_is_found_once_however_many_lines_are_drawn(fleet):
    table = reach(ga.load_study(fleet))
    assert table.first is table.first
    assert table.second is table.second
    assert table.quickest_min is table.quickest_min
    for point, minutes in enumerate(table.minutes.tolist()):
        known = [(value, base) for base, value in enumerate(minutes) if not math.isnan(value)]
        ranked = [base for _, base in sorted(known)]
        assert [table.first[point], table.second[point]] == [*ranked, -1, -1][:2]
        assert table.quickest_min[point] == min(known)[0] if known else math.isnan(table.quickest_min[point])


def test_who_gives_what(fleet):
    study = ga.load_study(fleet)
    assert set(reach(study, "doctor").bases["resource"]) == {"heli", "rescue"}
    assert set(reach(study, "transport").bases["resource"]) == {"station", "heli", "rescue", "plane", "jet"}


def test_one_more_resource_never_makes_anybody_slower_in_any_state(fleet):
    study = ga.load_study(fleet)
    names = [name for name, row in FLEET.items() if "response" in row[1]]
    for scenario in ("base", "slow", "no-ferry", "closed"):
        table = reach(study.in_state(scenario=scenario))
        for size in range(len(names)):
            for some in itertools.combinations(names, size):
                before = np.nan_to_num(table.of(*some).quickest_min, nan=np.inf)
                for more in set(names) - set(some):
                    after = np.nan_to_num(table.of(*some, more).quickest_min, nan=np.inf)
                    assert (after <= before).all()


def test_permuting_the_study_file_changes_nothing(tmp_path, fjord):
    names = list(FLEET)
    write_fleet(fjord, fleet_toml(*names))
    first = reach(ga.load_study(fjord))
    text = (fjord / "study.toml").read_text(encoding="utf-8")
    (fjord / "study.toml").write_text(
        text.replace(fleet_toml(*names), fleet_toml(*reversed(names))), encoding="utf-8"
    )
    second = reach(ga.load_study(fjord))
    assert first.bases["base_id"].tolist() == second.bases["base_id"].tolist()
    np.testing.assert_array_equal(first.minutes, second.minutes)
    np.testing.assert_array_equal(first.first, second.first)
    np.testing.assert_allclose(first.arrivals("winter").expected(), second.arrivals("winter").expected())


def test_a_craft_of_range_0_reaches_nobody(fleet):
    file = fleet / "study.toml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("range_km = 800", "range_km = 0"), encoding="utf-8")
    table = reach(ga.load_study(fleet))
    assert np.isnan(column(table, "y1")).all()
    without = ga.load_study(fleet).with_resources([name for name in FLEET if name != "rescue"])
    np.testing.assert_array_equal(table.quickest_min, reach(without).quickest_min)


def add_scenario(folder, text):
    file = folder / "study.toml"
    file.write_text(file.read_text(encoding="utf-8") + text, encoding="utf-8")


def test_a_state_grounds_by_name_and_by_weather_group(fleet):
    add_scenario(
        fleet,
        '[scenarios.no-fly]\ngrounded = ["air", "rescue"]\n[scenarios.calm]\ninherits = ["no-fly"]\n'
        '[scenarios.boat-out]\nfacilities_closed = ["b1"]\n',
    )
    study = ga.load_study(fleet)
    grounded = reach(study.in_state(scenario="calm"))
    assert grounded.bases.loc[grounded.bases["grounded"], "base_id"].tolist() == ["x1", "y1"]
    assert np.isnan(column(grounded, "x1")).all()
    np.testing.assert_array_equal(column(grounded, "b1"), column(reach(study), "b1"))
    assert "b1" not in reach(study.in_state(scenario="boat-out")).bases["base_id"].tolist()
    assert reach(study.in_state(scenario="calm")) is grounded  # kept with its state


def test_night_and_home_duty_delay_those_who_leave(fleet):
    file = fleet / "study.toml"
    text = file.read_text(encoding="utf-8").replace(
        "mobilise_min = { station = 10 }\nspeed_kph = 200",
        "mobilise_min = { station = 10, night = 25, home = 30, home_night = 45 }\nspeed_kph = 200",
    )
    file.write_text(text + '[scenarios.night]\ntime = "23:30"\n', encoding="utf-8")
    by_day, by_night = (reach(ga.load_study(fleet).in_state(scenario=one)) for one in ("base", "night"))
    np.testing.assert_allclose(column(by_night, "x1") - column(by_day, "x1"), [15, 15, 15, 15, np.nan])
    file.write_text(
        file.read_text(encoding="utf-8").replace(
            "home_night = 45 }", 'home_night = 45 }\nhome_duty = { x1 = "always" }'
        ),
        encoding="utf-8",
    )
    at_home = reach(ga.load_study(fleet).in_state(scenario="night"))
    np.testing.assert_allclose(column(at_home, "x1") - column(by_day, "x1"), [35, 35, 35, 35, np.nan])


def test_some_resources_only(fleet):
    study = ga.load_study(fleet)
    cars = study.with_resources(["station"])
    assert reach(cars).bases["resource"].tolist() == ["station"]
    assert any("left out: boat" in note for note in cars.notes)
    with pytest.raises(UnknownNameError):
        study.with_resources(["stations"])


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('speed_confidence = "assumption"\n', "", "speed_kph needs its source"),
        ('weather_group = "air"\n', 'weather_group = "air"\nashore_max_km = 2\n', "by air: leave it out"),
        ("{ summer = 0.98, winter = 0.94 }", "{ summer = 0.98 }", "winter is missing"),
        (
            'lands = "airport"\ntransfer_min = 10\n',
            "transfer_min = 10\nrunway_m = 800\n",
            "lands = 'airport' only",
        ),
        ('gives = ["transport"]', 'gives = ["response"]', "lands at airports only gives transport"),
        ("[resources.taxi]", "[resources.taxis]", "unknown kind of facility"),
        ("[resources.taxi]\nmoves", '[resources.taxi]\nkinds = ["boat"]\nmoves', "resource 'boat' already"),
        ("[scenarios.slow]", '[scenarios.slow]\ngrounded = ["helis"]', "no resource and no weather group"),
        (
            "[resources.heli]",
            '[resources.heli]\nhome_duty = { nowhere = "night" }',
            "no base of this resource",
        ),
        ('[resources.heli]\nmoves = "air"', '[resources.heli]\nmoves = "rail"', "study.toml:"),
    ],
)
def test_faults_of_the_study_file_are_told_with_place_and_remedy(fleet, old, new, told):
    file = fleet / "study.toml"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(DataError, match=r"study\.toml|scenario") as error:
        ga.load_study(fleet)
    assert told in str(error.value)


def test_a_study_without_resources_says_so(fjord):
    study = ga.load_study(fjord)
    with pytest.raises(DataError, match=r"describe its cars, boats and aircraft in \[resources.NAME\]"):
        reach(study)


def test_services_are_told_by_the_questions_of_kinds(fleet):
    study = ga.load_study(fleet)
    table = reach(study)
    np.testing.assert_array_equal(ga.minutes(study, "response").to_numpy(), table.minutes)
    rows = ga.nearest(study, "response")
    np.testing.assert_array_equal(rows["travel_time_min"], table.quickest_min)
    assert rows["facility_name"].tolist()[ISLAND] == "Island lifeboat"
    assert rows["facility_name"].tolist()[TOWN] == "Town station"
