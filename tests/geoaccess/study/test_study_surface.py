"""``[network.access] surface``: people by coordinates go over the ground, and the result says how many."""

from __future__ import annotations

import json

import numpy as np
import pytest
import rasterio
from numpy.testing import assert_allclose
from rasterio.transform import Affine

import geoaccess as ga
from geoaccess.answers.study_notes import access_legs, study_notes
from geoaccess.cli.app import run
from geoaccess.ground.errors import DataError
from geoaccess.words.note import Note
from networks.geometry import to_degrees, to_metres

EPSG, CELL, SIDE = 25833, 100.0, 120
KIND = """cover = "cover.tif"
elevation = "dem.tif"
change_min = 0
[ground.10]
name = "heath"
speed_kph = 4
[ground.80]
name = "lake"
speed_kph = 0
"""


@pytest.fixture
def town() -> tuple[float, float]:
    east, north = to_metres(np.asarray([18.0]), np.asarray([69.0]), epsg=EPSG)
    return float(east[0]), float(north[0])


@pytest.fixture
def study(fjord, town):
    """The fjord study, its people by coordinates around Town: 2 km west, in the lake's bay, and far away."""
    west, north = np.floor(town[0] / CELL) * CELL - 60 * CELL, np.floor(town[1] / CELL) * CELL + 60 * CELL
    cover = np.full((SIDE, SIDE), 10, np.uint8)
    cover[50:71, 20], cover[50:71, 30], cover[50, 20:31], cover[70, 20:31] = 80, 80, 80, 80
    rows = np.tile((np.arange(SIDE) * 5.0)[None], (SIDE, 1)).astype(np.float32)  # up to the east by 5 %
    for name, values in (("cover", cover), ("dem", rows)):
        with rasterio.open(
            fjord / f"{name}.tif", "w", driver="GTiff", height=SIDE, width=SIDE, count=1,
            dtype=values.dtype, crs=f"EPSG:{EPSG}", transform=Affine(CELL, 0, west, 0, -CELL, north),
        ) as file:  # fmt: skip
            file.write(values, 1)
    (fjord / "surface.toml").write_text(KIND, encoding="utf-8")
    text = (fjord / "study.toml").read_text(encoding="utf-8")
    text = text.replace('node = "node_id"\naccess_km = "access_km"\n', "")
    text = text.replace("detour_factor = 1.0", 'detour_factor = 1.0\nmax_km = 8\nsurface = "surface.toml"')
    (fjord / "study.toml").write_text(text, encoding="utf-8")
    lon, lat = to_degrees(
        west + CELL * np.asarray([40.5, 25.5]), north - CELL * np.asarray([59.5, 59.5]), epsg=EPSG
    )
    people = ["demand_id,name,municipality_code,lat,lon,people,old"]
    people += [f"d1,Vik,0101,{lat[0]},{lon[0]},1000,100", f"d2,Holme,0101,{lat[1]},{lon[1]},30,3"]
    people += ["d3,Færøy,0202,69.8,18.001,200,20"]
    (fjord / "people.csv").write_text("\n".join(people) + "\n", encoding="utf-8")
    return fjord


def notes_of(study) -> dict[str, Note]:
    return {note.code: note for note in study_notes(study) if isinstance(note, Note)}


def test_people_walk_over_the_ground_and_the_result_says_how_many(study):
    loaded = ga.load_study(study)
    points = loaded.demand_points
    metres = 20 * CELL  # from column 40 to Town's column 60: 20 cells
    assert_allclose(points.access_m[0], metres)
    slower = np.exp(3.5 * (abs(0.05 + 0.05) - 0.05))
    assert_allclose(points.access_s[0], metres * 3.6 / 4.0 * slower, rtol=1e-5)
    assert_allclose(points.arriving_s[0], metres * 3.6 / 4.0 * np.exp(3.5 * (0.0 - 0.05)), rtol=1e-5)
    assert points.flags.tolist()[:2] == ["over_surface", "no_way"]
    notes = notes_of(loaded)
    told = dict(notes["note.access.surface"].fields)
    assert (told["people"], told["mean"]) == (1000.0, pytest.approx(2.0))
    assert notes["note.access.straight"].fields["people"] == 200.0
    assert "30" in str(notes["note.flag.no_way"])
    assert "Holme" in notes["note.flag.no_way"].said("nb")
    assert {path.name for path in loaded.files} >= {"surface.toml", "cover.tif", "dem.tif"}


def test_who_lives_at_a_local_road_drives_the_last_kilometre_on_it(study):
    with (study / "people.csv").open("a", encoding="utf-8") as table:
        table.write("d4,Vegen,0101,69.01,18.0005,70,7\n")
    notes = notes_of(ga.load_study(study))
    assert "note.access.local" not in notes  # the road is a European one
    assert notes["note.access.surface"].fields["people"] == 1070.0
    text = (study / "roads.csv").read_text(encoding="utf-8")
    assert "tw,town,west,E6,european" in text
    text = text.replace("tw,town,west,E6,european", "tw,town,west,Kv1,municipal")
    (study / "roads.csv").write_text(text, encoding="utf-8")
    notes = notes_of(ga.load_study(study))
    assert notes["note.access.local"].fields["people"] == 70.0
    assert notes["note.access.surface"].fields["people"] == 1000.0
    assert notes["note.access.straight"].fields["people"] == 200.0


def test_without_a_surface_the_result_says_who_lives_at_a_local_road_and_who_comes_straight(study, capsys):
    """By hand: Vegen's 70 live 55 m from a municipal road; the others' ways are straight lines times a factor."""
    for name, old, new in (
        ("study.toml", 'surface = "surface.toml"', ""),
        ("roads.csv", "tw,town,west,E6,european", "tw,town,west,Kv1,municipal"),
    ):
        text = (study / name).read_text(encoding="utf-8")
        assert old in text
        (study / name).write_text(text.replace(old, new), encoding="utf-8")
    with (study / "people.csv").open("a", encoding="utf-8") as table:
        table.write("d4,Vegen,0101,69.01,18.0005,70,7\n")
    loaded = ga.load_study(study)
    points, persons = loaded.demand_points, loaded.weight()
    straight = points.joined & (np.arange(len(points)) != 3)
    legs = {"surface": 0.0, "local_roads": 70.0, "straight": float(persons[straight].sum())}
    assert access_legs(loaded) == legs
    assert legs["straight"] >= 1000.0
    notes = notes_of(loaded)
    assert notes["note.access.local"].fields["people"] == 70.0
    assert notes["note.access.straight"].fields["people"] == legs["straight"]
    mean = np.average(points.access_m[straight] / 1000.0, weights=persons[straight])
    assert notes["note.access.straight"].fields["mean"] == pytest.approx(mean)
    assert run(["access", str(study), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["access_legs"] == legs
    assert run(["access", str(study), "--verbose"]) == 0
    assert "at a local road of the network" in " ".join(capsys.readouterr().err.split())
    assert run(["--lang", "nb", "access", str(study), "--verbose"]) == 0
    assert "ved en lokal veg i nettverket" in " ".join(capsys.readouterr().err.split())


def test_nobody_is_reached_where_nothing_leads_and_scenarios_keep_the_way(study):
    loaded = ga.load_study(study)
    minutes = ga.travel_times(loaded, to="hospital")
    assert np.isnan(minutes.loc["d2"]).all()
    assert_allclose(minutes.loc["d1", "h1"], loaded.demand_points.access_s[0] / 60.0, rtol=1e-6)
    slow = loaded.in_state(scenario="slow")
    assert slow.road_reach is loaded.road_reach
    assert_allclose(ga.travel_times(slow, to="hospital").loc["d1", "h1"], minutes.loc["d1", "h1"])


def test_the_command_tells_it_in_both_languages(study, capsys):
    assert run(["access", str(study), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    codes = [note["code"] for note in said["note_codes"]] if "note_codes" in said else []
    assert "note.access.surface" in codes or "least-cost way over surface.toml" in json.dumps(said)
    assert run(["--lang", "nb", "access", str(study)]) == 0
    assert "raskeste veg over surface.toml" in capsys.readouterr().err.replace("\n", " ")


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("surface.toml", 'cover = "cover.tif"', 'cover = "cover.tif"\nspeeds = "dem.tif"', "either cover"),
        ("surface.toml", 'cover = "cover.tif"', 'cover = "cover.tfi"', "file not found"),
        ("surface.toml", "speed_kph = 4", "speed_kph = -4", "speed_kph"),
        ("surface.toml", "[ground.80]", "[ground.lake]", "whole numbers"),
        ("surface.toml", "elevation", "hights", "unknown key 'hights'"),
        ("study.toml", '"surface.toml"', '"surfaces.toml"', "file not found"),
    ],
)
def test_faults_of_the_surface_are_told_when_the_study_is_read(study, file, old, new, said):
    path = study / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(DataError, match=said):
        ga.load_study(study)


def test_faults_of_the_rasters_are_bad_data_and_exit_3(study, capsys):
    text = (study / "surface.toml").read_text(encoding="utf-8")
    (study / "surface.toml").write_text(text.split("[ground.80]")[0], encoding="utf-8")
    assert run(["access", str(study)]) == 3
    assert "class 80" in capsys.readouterr().err
    assert run(["study", "check", str(study)]) == 3
    assert "class 80" in "".join(capsys.readouterr())


def test_a_raster_of_speeds_alone(study):
    with rasterio.open(study / "cover.tif") as cover:
        values, profile = cover.read(1), cover.profile
    profile["dtype"] = "float32"
    with rasterio.open(study / "speeds.tif", "w", **profile) as file:
        file.write(np.where(values == 10, 4.0, 0.0).astype(np.float32), 1)
    text = (study / "study.toml").read_text(encoding="utf-8")
    (study / "study.toml").write_text(text.replace("surface.toml", "speeds.tif"), encoding="utf-8")
    points = ga.load_study(study).demand_points
    assert_allclose(points.access_s[0], 20 * CELL * 3.6 / 4.0)
    assert points.joined.tolist() == [True, False, True]


def test_places_that_name_a_node_keep_the_mean_way_of_their_people(study):
    text = (study / "study.toml").read_text(encoding="utf-8")
    text = text.replace('table = "people.csv"', 'table = "people.csv"\nnode = "node_id"')
    (study / "study.toml").write_text(text, encoding="utf-8")
    (study / "people.csv").write_text(
        "demand_id,name,municipality_code,node_id,lat,lon,people,old\nd1,Vik,0101,town,69.0,17.95,1000,9\n",
        encoding="utf-8",
    )
    loaded = ga.load_study(study)
    notes = notes_of(loaded)
    assert "note.access.surface.nobody" in notes
    assert notes["note.access.straight"].fields["people"] == 1000.0
