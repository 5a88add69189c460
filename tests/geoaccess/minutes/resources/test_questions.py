"""Every question asks the same table: access, clocks, losses, reliability, transport, the map in both languages."""

from __future__ import annotations

import itertools
import json

import numpy as np
import pandas as pd
import pytest
import shapely

import geoaccess as ga
from geoaccess.cli.app import run
from geoaccess.ground.errors import DataError, UnknownNameError
from geoaccess.minutes import known_kind, nearest_minutes, timed
from geoaccess.minutes.drives import fastest_column
from geoaccess.minutes.resources import reach
from geoaccess.minutes.resources.transport import transport_to
from geoaccess.minutes.resources.winning import carrying_legs, coming_legs, winning_legs
from geoaccess.questions.access.answer import access_answer, accessibility
from geoaccess.questions.access.weather import Weather, by_craft, who_comes
from geoaccess.questions.clocks.answer import clocks_answer, run_clocks
from geoaccess.questions.losses.answer import losses, losses_answer
from geoaccess.questions.registry import document, report_document
from geoaccess.study.services import asked_service
from geoaccess.words.words import Words
from maps import LineKind
from tests.geoaccess.minutes.resources.conftest import BOXES

EXTRA = """
[scenarios.no-fly]
grounded = ["air", "heavy"]

[clocks.response]
title = "Help"
parts = ["alarm", "travel"]
alarm = { minutes = 2, source = "invented" }
travel = { gives = "response" }

[clocks.doctor]
title = "Doctor"
parts = ["travel"]
travel = { gives = "doctor" }
threshold = { minutes = 45, source = "invented", year = 2020 }
"""
WEST, ISLAND = 1, 4


@pytest.fixture
def study(fleet):
    file = fleet / "study.toml"
    file.write_text(file.read_text(encoding="utf-8") + EXTRA, encoding="utf-8")
    return ga.load_study(fleet)


def test_access_tells_who_comes_and_what_weather_leaves(study):
    table = accessibility(study, kinds=["response", "doctor"], weather=Weather("winter", 0.9, 60))
    rows = table.nearest[table.nearest["kind"] == "response"].reset_index(drop=True)
    here = reach(study)
    np.testing.assert_array_equal(rows["travel_time_min"], here.quickest_min)
    come = here.arrivals("winter")
    np.testing.assert_allclose(rows["expected_min"], come.expected())
    np.testing.assert_allclose(rows["share_late"], 1 - come.within(60))
    np.testing.assert_allclose(rows["kept_min"], come.percentile(0.9))
    # Nobody but the car and the boat taxi goes in every weather; neither gets to the island.
    assert set(rows["remains_comes"]) <= {"station", "taxi", ""}
    assert rows.loc[ISLAND, "remains_comes"] == ""
    assert np.isnan(rows.loc[ISLAND, "remains_min"])
    region = table.region.set_index("kind")
    assert region.loc["response", "mean_min"] <= region.loc["response", "expected_min"]


def test_what_each_resource_adds_only_shortens(study):
    persons = study.weight()
    rows = by_craft(study, "response", Weather(), persons)
    assert rows["counted"].tolist() == [
        "station",
        "+ boat",
        "+ lifeboat",
        "+ taxi",
        "+ heli",
        "+ rescue",
        "doctor",
    ]
    chain = rows.iloc[:-1]
    assert (np.diff(chain["share_in_limit"]) >= 0).all()
    assert (np.diff(chain["share_in_limit_winter"]) >= -1e-12).all()
    assert (np.diff(chain["persons_unreachable"]) <= 0).all()
    assert chain["persons_first"].sum() == persons.sum()
    assert who_comes(study, "response", Weather())["comes"].tolist()[WEST] != "station"


def test_a_state_that_grounds_aircraft_is_never_quicker(study):
    grounded = study.in_state(scenario="no-fly")
    for service in ("response", "doctor"):
        flying = np.nan_to_num(nearest_minutes(study, service), nan=np.inf)
        assert (np.nan_to_num(nearest_minutes(grounded, service), nan=np.inf) >= flying).all()
    assert np.isnan(nearest_minutes(grounded, "doctor")).all()


def test_clocks_split_mobilisation_from_the_way_of_whoever_comes(study):
    clock = run_clocks(study, study.config.clocks)["response"].table
    here = reach(study)
    np.testing.assert_allclose(clock["total_min"], 2 + here.quickest_min)
    np.testing.assert_array_equal(clock["station_id"], here.labels(here.first, "base_id"))
    leaving = here.bases.set_index("base_id")["mobilise_min"].loc[clock["station_id"]].to_numpy()
    np.testing.assert_allclose(clock["mobilise_min"], leaving)
    np.testing.assert_allclose(
        clock["alarm_min"] + clock["mobilise_min"] + clock["travel_min"], clock["total_min"]
    )
    doctor = run_clocks(study, study.config.clocks)["doctor"].table
    np.testing.assert_allclose(doctor["total_min"], reach(study, "doctor").quickest_min)


CARRIED = """
[clocks.to-hospital]
title = "To hospital"
parts = ["alarm", "travel", "on_scene", "transport", "treatment"]
alarm = { minutes = 2, source = "invented" }
travel = { gives = "response" }
on_scene = { minutes = 12, source = "invented" }
transport = { kinds = ["hospital"], gives = "transport" }
treatment = { minutes = 7, source = "invented" }

[clocks.to-one]
title = "To one of them"
parts = ["travel", "transport"]
travel = { gives = "response" }
transport = { facilities = ["h2"], gives = "transport" }
"""


def with_clocks(fleet, text=CARRIED):
    file = fleet / "study.toml"
    file.write_text(file.read_text(encoding="utf-8") + text, encoding="utf-8")
    return ga.load_study(fleet)


def test_a_clock_goes_on_by_the_best_chain_of_road_boat_and_air(fleet):
    study = with_clocks(fleet)
    found = run_clocks(study, study.config.clocks)
    for name, to, scene, beside in (("to-hospital", "hospital", 12, 9), ("to-one", "h2", 0, 0)):
        clock, chain = found[name].table, transport_to(study, to, scene_min=scene)
        np.testing.assert_allclose(clock["total_min"], np.nanmin(chain.minutes, axis=1) + beside, atol=1e-9)
        parts = clock[[column for column in clock if column.endswith("_min") and column != "total_min"]]
        np.testing.assert_allclose(parts.sum(axis=1), clock["total_min"])
        assert (parts.to_numpy() >= 0).all()
        names = chain.facilities["facility_id"].tolist()
        for row, (hospital, way) in enumerate(zip(clock["hospital_id"], clock["way"], strict=True)):
            legs = chain.found.legs(row, names.index(hospital))
            assert way == chain.found.ways[chain.found.way[row, names.index(hospital)]]
            assert sum(leg.minutes for leg in legs) + beside == pytest.approx(clock["total_min"][row])
    assert len(set(found["to-one"].table["way"])) > 1


def test_a_clock_of_everybody_is_never_longer_than_that_of_cars(fleet):
    study = with_clocks(fleet)
    cars = study.with_resources(["station"])
    road = nearest_minutes(cars, "hospital")
    response = nearest_minutes(cars, "station", direction="from_site")
    all_modes = run_clocks(study, study.config.clocks)["to-hospital"].table["total_min"]
    alone = run_clocks(cars, cars.config.clocks)["to-hospital"].table
    np.testing.assert_allclose(alone["total_min"], 2 + 2 + response + 12 + road + 7)
    reached = ~np.isnan(alone["total_min"])
    assert (all_modes[reached] <= alone["total_min"][reached] + 1e-9).all()
    assert (all_modes[reached] < alone["total_min"][reached] - 1).any()
    assert set(alone["way"][reached]) == {"station"}


def test_a_clock_to_a_facility_that_is_not_there_is_refused(fleet):
    study = with_clocks(fleet, CARRIED.replace('["h2"]', '["h22"]'))
    with pytest.raises(DataError, match="no such facility - did you mean 'h2'"):
        run_clocks(study, study.config.clocks)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('gives = "response"', 'gives = "doctor"', "goes on from who is first"),
        ("{ minutes = 12,", '{ table = "scene.csv",', "on_scene must be one figure"),
        ('kinds = ["hospital"], ', "", "say kinds"),
        ('facilities = ["h2"], gives = "transport"', 'facilities = ["h2"]', "facilities needs gives"),
    ],
)
def test_clocks_of_chains_say_what_they_need(fleet, old, new, told):
    with pytest.raises(DataError, match=told):
        with_clocks(fleet, CARRIED.replace(old, new))


def test_a_hospital_that_a_state_closes_brings_nobody(fleet):
    study = with_clocks(fleet, CARRIED + '\n[scenarios.shut]\nfacilities_closed = ["h2"]\n')
    shut = run_clocks(study, study.config.clocks, scenario="shut")["to-one"].table
    assert shut["total_min"].isna().all()
    assert set(shut["way"]) == {""}
    assert set(shut["binding"]) == {"transport"}


def test_losing_a_boat_or_helicopter_leaves_the_others(study):
    found = losses(study, of=["facilities"], kinds=["response"], threshold_min=45).rows.set_index(
        "element_id"
    )
    here = reach(study)
    persons = study.weight()
    for base in here.bases["base_id"]:
        others = here.only((here.bases["base_id"] != base).to_numpy()).quickest_min
        longer = np.where(np.isnan(others), 0.0, others - here.quickest_min)
        assert found.loc[base, "person_min_lost"] == pytest.approx(float(persons @ longer), abs=1e-6)
        cut = float(persons[np.isnan(others) & ~np.isnan(here.quickest_min)].sum())
        assert found.loc[base, "persons_no_longer_reached"] == cut


def test_losing_the_ferry_changes_only_what_drives(study):
    found = losses(study, of=["ferries"], kinds=["response"]).rows.set_index("element_id")
    before = reach(study)
    after = reach(study.in_state(scenario="no-ferry")).quickest_min
    longer = np.where(np.isnan(after), 0.0, after - before.quickest_min)
    assert found.loc["ab", "person_min_lost"] == pytest.approx(float(study.weight() @ longer), abs=1e-6)


def test_transport_takes_the_best_of_all_modes(study):
    carried = transport_to(study, "hospital", scene_min=15)
    cars = transport_to(study.with_resources(["station"]), "hospital", scene_min=15)
    quick, slow = (np.nan_to_num(one.minutes, nan=np.inf) for one in (carried, cars))
    assert (quick <= slow + 1e-9).all()
    road = reach(study.with_resources(["station"])).quickest_min[:, None] + 15
    by_road = timed(study, "hospital")[1]
    np.testing.assert_allclose(cars.minutes, road + by_road)
    assert np.isfinite(carried.minutes[ISLAND]).all()
    assert np.isnan(cars.minutes[ISLAND]).all()


@pytest.mark.parametrize("language", ["en", "nb"])
def test_two_helicopters_three_boats_and_two_aeroplanes_on_one_map(study, language):
    table = accessibility(study, kinds=["response", "doctor", "transport-to hospital"])
    drawn = document(access_answer(study, table), language=language)
    sites = {layer.key: layer for layer in drawn.layers if layer.key.startswith("facility-")}
    comes = {"station", "boat", "lifeboat", "taxi", "heli", "rescue"}
    assert {f"facility-{kind}" for kind in comes} <= set(sites)
    shapes = [sites[f"facility-{kind}"].shape for kind in comes]
    assert len(set(shapes)) == len(shapes)
    keys = [view.key for view in drawn.views]
    assert {"comes-response-base", "remains-response-base", "late-doctor-base"} <= set(keys)
    assert "transport-to-hospital-base" in keys


def test_the_winning_way_is_a_line_whose_movements_add_up(study):
    for name in ("response", "transport-to-hospital"):
        legs = winning_legs(study, asked_service(name), most=3)
        quickest = nearest_minutes(study, name)
        chosen = np.argsort(-np.nan_to_num(quickest, nan=-1), kind="stable")[:3]
        ids = study.demand["demand_id"].to_numpy()
        assert legs["demand_id"].drop_duplicates().tolist() == ids[chosen].tolist()
        for row in chosen:
            own = legs[legs["demand_id"] == ids[row]]
            assert 0 < own["travel_time_min"].sum() < quickest[row]
            lines = [list(shapely.from_wkt(text).coords) for text in own["line"]]
            home = (float(study.demand["lon"].iloc[row]), float(study.demand["lat"].iloc[row]))
            assert lines[0][-1] == pytest.approx(home)
            for before, after in itertools.pairwise(lines):
                assert before[-1] == pytest.approx(after[0])


@pytest.mark.parametrize("asked", ["access", "clocks"])
def test_a_drive_over_a_ferry_follows_the_line_that_it_sails(study, asked):
    bends = [(18.0, 69.5), (18.05, 69.51), (18.1, 69.53), (18.0, 69.55)]
    text = shapely.LineString(bends[::-1]).wkt
    (study.folder / "sea_legs.csv").write_text(f'leg_id,line\n1,"{text}"\n', encoding="utf-8")
    cars = study.with_resources(["station"])
    if asked == "access":
        answer = access_answer(cars, accessibility(cars, kinds=["response", "transport-to-h1"]))
    else:
        answer = clocks_answer(
            with_clocks(study.folder, CARRIED.replace('"h2"', '"h1"')).with_resources(["station"])
        )
    ways, crossed = answer.tables["ways"], []
    latitude = {"Town": 69.0, "Town station": 69.0, "Town hospital": 69.0, "West": 69.5, "East": 69.55}
    for _, leg in ways.iterrows():
        ends = [latitude.get(leg[end], 69.8) for end in ("from", "to")]
        told = [point for point in shapely.from_wkt(leg["line"]).coords if point in bends[1:3]]
        over = sorted(ends)[0] <= 69.5 and sorted(ends)[1] >= 69.55
        assert told == ((bends if ends[0] < ends[1] else bends[::-1])[1:3] if over else []), leg["name"]
        crossed += [ends[0] < ends[1]] if over else []
    assert set(crossed) == {True, False}


def test_a_movement_that_was_drawn_before_has_the_line_that_it_has_alone(study):
    drawn = {}
    first = coming_legs(study, "response", drawn=drawn)
    known = len(drawn)
    again = coming_legs(study, "response", drawn=drawn)
    assert len(drawn) == known == len(set(zip(first["from"], first["demand_id"], strict=True)))
    carried = transport_to(study, "hospital")
    which = fastest_column(carried.minutes)
    alone, together = (carrying_legs(study, carried, which, drawn=lines) for lines in (None, drawn))
    pd.testing.assert_frame_equal(first, again)
    pd.testing.assert_frame_equal(alone, together)
    assert len(drawn) > known


def test_the_line_of_a_boat_goes_round_the_land(study):
    boats = study.with_resources(["lifeboat"])
    legs = winning_legs(boats, asked_service("response"))
    assert set(legs["mode"]) == {"sea"}
    land = shapely.from_wkt([shapely.box(*box).wkt for box in BOXES.values()])
    for _, leg in legs.iterrows():
        inside = shapely.length(shapely.intersection(shapely.from_wkt(leg["line"]), land)).sum()
        # Ends stand on the shore or behind it; between them there is water alone.
        assert inside < 0.06, leg["name"]


@pytest.mark.parametrize(("language", "told"), [("en", "Quickest way"), ("nb", "Raskeste veg")])
def test_the_map_draws_the_winning_way_in_its_own_views(study, language, told):
    table = accessibility(study, kinds=["response", "transport-to-h2"], scenarios=["base", "no-fly"])
    drawn = document(access_answer(study, table), language=language)
    lines = next(layer for layer in drawn.layers if layer.key == "ways")
    assert told.lower() in lines.name.lower()
    assert {f"{what}transport-to-h2-base" for what in ("", "within-")} <= set(lines.kinds)
    assert "comes-transport-to-h2-no-fly" in {view.key for view in drawn.views}
    flying = lines.kinds["comes-response-base"]
    assert LineKind.FLIGHT in flying
    assert LineKind.FLIGHT not in lines.kinds["comes-response-no-fly"]
    assert set(lines.kinds[""]) == {LineKind.HIDDEN}
    places = next(layer for layer in drawn.layers if layer.key == "settlements")
    columns = [column for column in places.columns if column.name.startswith(told)]
    assert len(columns) == 4
    rows = table.nearest[(table.nearest["kind"] == "response") & (table.nearest["scenario"] == "base")]
    for text, base in zip(columns[0].values, rows["facility_name"], strict=True):
        assert base in text


def test_the_commands_take_resources_services_and_seasons(study, capsys):
    folder = str(study.folder)
    assert (
        run(["access", folder, "--to", "response", "--season", "winter", "--by-craft", "--json", "-q"]) == 0
    )
    told = json.loads(capsys.readouterr().out)
    assert told["weather"]["season"] == "winter"
    assert next(row["counted"] for row in told["craft"]) == "station"
    assert run(["access", folder, "--to", "response", "--resources", "station,boat", "--json", "-q"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert {row["comes"] for row in told["who_comes"]} == {"station", "boat", ""}
    assert any("left out: lifeboat" in note for note in told["notes"])
    assert run(["access", folder, "--to", "hospital", "--by-craft"]) == 2
    assert run(["access", folder, "--to", "response", "--resources", "zeppelin"]) != 0
    assert run(["losses", folder, "--of", "facilities", "--to", "doctor", "--json", "-q"]) == 0


@pytest.mark.parametrize(
    "command",
    [
        ["sweep", "STUDY", "-o", "swept"],
        ["isochrones", "STUDY", "--from", "hospital", "-o", "areas.geojson"],
        ["compare", "one", "two"],
        ["route", "STUDY", "Town", "Far"],
    ],
)
def test_commands_to_which_nobody_comes_refuse_resources(fleet, capsys, command):
    words = [str(fleet) if word == "STUDY" else word for word in command]
    assert run([*words, "--resources", "station"]) == 2
    assert "nobody comes" in " ".join(capsys.readouterr().err.split())
    assert run(["--lang", "nb", *words, "--resources", "station"]) == 2
    assert "ingen kommer" in " ".join(capsys.readouterr().err.split())


def test_the_run_folder_describes_every_column(study, tmp_path):
    table = accessibility(study, kinds=["response"])
    answer = access_answer(study, table, craft=None)
    for name in ("nearest", "region", "ways"):
        assert [column.name for column in answer.columns(name) if not column.meaning["nb"]] == []
        assert [column.name for column in answer.columns(name) if not column.meaning["en"]] == []


def test_kinds_and_services_have_one_name_each(study):
    assert known_kind(study, "response") == "response"
    assert known_kind(study, "transport-to hospital") == known_kind(study, "transport:hospital")
    assert known_kind(study, "hospital") == "hospital"
    assert study.kind("transport-to-h2").label == "transport to Færøy hospital"
    for name in ("transport-to-moon", "responses", "taxis"):
        with pytest.raises(UnknownNameError):
            known_kind(study, name)


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ('fetched_by = "response"\nbrought_by = "transport"', "leave out fetched_by"),
        ("scene_min = 10", "scene_min belongs to brought_by"),
    ],
)
def test_an_alternative_is_brought_or_fetched(fleet, lines, told):
    text = '\n[placements.p]\ntitle = "P"\nfacility = "station"\nsites = 1\n[[placements.p.alternatives]]\n'
    with pytest.raises(DataError, match=told):
        with_clocks(fleet, f'{text}kind = "hospital"\n{lines}\n')


def test_lost_ends_of_transport_are_ranked(study):
    found = losses(study, of=["facilities"], kinds=["transport-to-hospital"])
    rows = found.rows.set_index("element_id")
    carried = transport_to(study, "hospital")
    assert set(rows.index) == set(carried.facilities["facility_id"])
    before = np.nanmin(np.where(np.isnan(carried.minutes), np.inf, carried.minutes), axis=1)
    for number, end in enumerate(carried.facilities["facility_id"]):
        others = np.delete(np.where(np.isnan(carried.minutes), np.inf, carried.minutes), number, axis=1).min(
            axis=1
        )
        cut = np.isinf(others) & np.isfinite(before)
        assert rows.loc[end, "persons_no_longer_reached"] == study.weight()[cut].sum()
        kept = np.isfinite(others)
        assert rows.loc[end, "person_min_lost"] == pytest.approx(
            float(study.weight()[kept] @ (others - before)[kept]), abs=1e-6
        )
    assert any("only the places where it ends" in note for note in found.notes)
    one = losses(study, of=["facilities"], kinds=["transport-to-h2"]).rows
    assert one["element_id"].tolist() == ["h2"]


@pytest.mark.parametrize("family", ["ferries", "roads", "stations"])
def test_transport_is_refused_with_what_its_legs_need(study, family):
    with pytest.raises(DataError, match="--of facilities"):
        losses(study, of=[family, "facilities"], kinds=["transport-to-hospital"])


def test_losses_answer_for_what_was_asked_alone(fleet, capsys):
    folder = str(with_stations(fleet))
    assert run(["losses", folder, "--of", "stations", "--to", "response", "--json", "-q"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert {row["kind"] for row in told["rows"]} == {"response"}
    assert {row["element_id"] for row in told["rows"]} == {"amb"}
    # Cars bring no doctor: nothing to rank is an error and not an empty table.
    for language, said in (("en", "no row for stations"), ("nb", "ingen rad for stasjoner")):
        assert run(["--lang", language, "losses", folder, "--of", "stations", "--to", "doctor"]) == 3
        streams = capsys.readouterr()
        assert said in streams.err
        assert not streams.out
    found = losses(folder, of=["stations", "facilities"], kinds=["doctor"])
    assert "amb" not in set(found.rows["element_id"])
    assert any("no row for stations" in note for note in found.notes)


def with_stations(fleet):
    """The fleet with its cars on a base of the kind that the family of stations is about."""
    file = fleet / "study.toml"
    text = file.read_text(encoding="utf-8")
    text = text.replace("[resources.station]", '[resources.station]\nkinds = ["ambulance_station"]')
    text += '\n[kinds.ambulance_station]\nlabel = "ambulance station"\n'
    file.write_text(text, encoding="utf-8")
    with (fleet / "places.csv").open("a", encoding="utf-8") as places:
        places.write("amb,Town cars,ambulance_station,0101,town,69.0,18.0\n")
    return fleet


def test_a_report_of_losses_names_what_was_taken_out(fleet):
    found = losses_answer(with_stations(fleet), of=["stations"], kinds=["response"])
    told = str(report_document(found, Words("nb")).sections[0].blocks)
    assert "tatt ut etter tur: stasjoner" in told
    assert "ferger" not in told


@pytest.mark.parametrize("option", [("--season", "winter"), ("--percentile", "90"), ("--within", "30")])
def test_weather_is_refused_where_it_counts_for_nothing(study, option, capsys):
    folder = str(study.folder)
    for asked in (
        ["--to", "hospital"],
        [],
        ["--to", "doctor", "--around-the-clock"],
    ):
        assert run(["access", folder, *asked, *option]) == 2
        assert option[0] in capsys.readouterr().err
    assert run(["access", folder, "--to", "doctor", "--to", "hospital", *option]) == 0
    assert f"{option[0]} does not count for hospital" in capsys.readouterr().err
    assert run(["access", folder, "--to", "transport-to-hospital", *option]) == 0
    assert "does not count" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("language", "fine", "kept", "label"),
    [
        (
            "en",
            "in fine weather",
            "As weather lets them, winter: minutes kept 80 times in 100",
            "a doctor at the",
        ),
        ("nb", "i godt vær", "Slik været tillater, vinter: minutter som holdes 80 av 100 ganger", "lege hos"),
    ],
)
def test_what_can_be_counted_on_comes_before_fine_weather(study, capsys, language, fine, kept, label):
    weather = ["--season", "winter", "--percentile", "80"]
    command = ["--lang", language, "access", str(study.folder), "--to", "doctor", *weather]
    assert run(command) == 0
    out = capsys.readouterr().out
    assert out.index(kept) < out.index(fine)
    assert out.count(fine) >= 3
    here, persons = reach(study, "doctor"), study.weight()
    minutes = here.arrivals("winter").percentile(0.8)
    known = np.isfinite(minutes)
    mean = float(persons[known] @ minutes[known]) / float(persons[known].sum())
    table = out[out.index(kept) : out.index(fine)]
    assert f"{mean:.1f}".replace(".", "," if language == "nb" else ".") in table
    assert label in table
    if language == "nb":
        assert "a doctor at the patient" not in out


@pytest.mark.parametrize("name", ["transport", "transport-to-clinic", "helper"])
def test_an_unknown_service_is_told_the_services(study, name, capsys):
    assert run(["access", str(study.folder), "--to", name]) == 2
    told = capsys.readouterr().err
    for service in ("response", "doctor", "transport-to-KIND", "hospital"):
        assert service in told
