"""A new study from files: whole, commented, and loadable; or one clear error and no folder."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
from hypothesis import given
from hypothesis import strategies as st
from rasterio.transform import from_origin

import geoaccess as ga
from geoaccess.cli.app import run
from geoaccess.study.reading import read_config
from geoaccess.study.schema import About, StudyConfig
from geoaccess.study.writing import toml_section, toml_value

#: Two roads in two areas, a village in each, a hospital on the first: a region in thirty lines.
REGION = """<?xml version="1.0" encoding="UTF-8"?>
<osm version="0.6">
<node id="1" lat="60.00" lon="5.00"/><node id="2" lat="60.00" lon="5.10"/>
<node id="3" lat="60.10" lon="5.10"/><node id="4" lat="60.10" lon="5.00"/>
<node id="5" lat="60.00" lon="5.20"/><node id="6" lat="60.10" lon="5.20"/>
<node id="11" lat="60.05" lon="5.02"><tag k="place" v="village"/><tag k="name" v="Vest"/>
<tag k="population" v="1 200"/></node>
<node id="12" lat="60.05" lon="5.18"><tag k="place" v="village"/><tag k="name" v="=Øst"/>
<tag k="population" v="300"/></node>
<node id="13" lat="60.05" lon="5.10"><tag k="place" v="hamlet"/><tag k="name" v="Ingen"/></node>
<node id="14" lat="60.05" lon="5.021"><tag k="amenity" v="hospital"/><tag k="name" v="Sykehuset"/>
<tag k="emergency" v="yes"/></node>
<way id="21"><nd ref="11"/><nd ref="13"/><nd ref="12"/><tag k="highway" v="secondary"/></way>
<way id="31"><nd ref="1"/><nd ref="2"/><nd ref="3"/><nd ref="4"/><nd ref="1"/>
<tag k="boundary" v="administrative"/><tag k="admin_level" v="7"/><tag k="name" v="Vestby"/></way>
<way id="32"><nd ref="2"/><nd ref="5"/><nd ref="6"/><nd ref="3"/><nd ref="2"/>
<tag k="boundary" v="administrative"/><tag k="admin_level" v="7"/><tag k="name" v="Østby"/></way>
</osm>
"""


@pytest.fixture
def region(tmp_path: Path) -> Path:
    path = tmp_path / "region.osm"
    path.write_text(REGION, encoding="utf-8")
    return path


def test_a_study_from_an_extract_alone(region: Path, tmp_path: Path, capsys) -> None:
    target = tmp_path / "øst og vest"
    assert run(["study", "new", str(target), "--osm", str(region), "--admin-level", "7", "--json"]) == 0
    notes = json.loads(capsys.readouterr().out)["notes"]
    assert "people: 1,500 in 2 places" in notes
    assert "facilities: 1 emergency departments from OpenStreetMap contributors (ODbL)" in notes
    study = ga.load_study(target)
    assert study.config.study.name == "st-og-vest"
    assert sorted(study.municipalities["name"]) == ["Vestby", "Østby"]
    people = study.demand.set_index("name")["people"]
    assert people.to_dict() == {"Vest": 1200.0, "=Øst": 300.0}
    minutes = ga.travel_times(study, to="emergency_department").to_numpy()[:, 0]
    times = dict(zip(study.demand["name"], minutes, strict=True))
    assert times["Vest"] < 1.0
    assert 5.0 < times["=Øst"] < 15.0
    assert len(ga.place(study, "one-more", sites=1).to_dict()["chosen"]) == 1


def test_people_of_a_raster_and_facilities_of_a_table(region: Path, tmp_path: Path, capsys) -> None:
    persons = np.full((4, 8), -1.0, dtype=np.float32)
    persons[1, 1], persons[2, 6] = 70.0, 30.0
    raster = tmp_path / "people.tif"
    profile = {"driver": "GTiff", "height": 4, "width": 8, "count": 1, "dtype": "float32", "crs": "EPSG:4326"}
    with rasterio.open(raster, "w", transform=from_origin(5.0, 60.1, 0.025, 0.025), **profile) as file:
        file.write(persons, 1)
    table = tmp_path / "clinics.csv"
    table.write_text("name,kind,lat,lon\nA,clinic,60.05,5.1\nFar,clinic,61.0,5.1\n", encoding="utf-8")
    target = tmp_path / "raster"
    command = ["study", "new", str(target), "--osm", str(region), "--admin-level", "7"]
    command += ["--population", str(raster), "--nodata", "-1", "--facilities", str(table)]
    assert run(command) == 0
    shown = capsys.readouterr()
    assert "1 row outside every area left out: Far" in shown.out + shown.err
    study = ga.load_study(target)
    assert study.demand.groupby("municipality_code")["people"].sum().sort_values().tolist() == [30.0, 70.0]
    assert study.facilities["name"].tolist() == ["A"]


def test_areas_of_a_polygon_file(region: Path, tmp_path: Path) -> None:
    from shapely.geometry import box

    areas = gpd.GeoDataFrame(
        {"nr": ["0301"], "navn": ["Alt"]}, geometry=[box(4.9, 59.9, 5.3, 60.2)], crs=4326
    )
    file = tmp_path / "areas.gpkg"
    areas.to_crs(25832).to_file(file)
    target = tmp_path / "one"
    command = ["study", "new", str(target), "--osm", str(region), "--boundaries", str(file)]
    assert run([*command, "--boundaries-code", "nr", "--boundaries-name", "navn"]) == 0
    table = pd.read_csv(target / "municipalities.csv", dtype=str)
    assert table[["municipality_code", "name"]].to_numpy().tolist() == [["0301", "Alt"]]


def test_an_extract_without_areas_is_told_as_one(region: Path, tmp_path: Path, capsys) -> None:
    target = tmp_path / "bare"
    assert run(["study", "new", str(target), "--osm", str(region), "--name", "Øst"]) == 0
    shown = capsys.readouterr()
    assert "has none of level 8, so everything in it is told as one, Øst" in shown.out + shown.err
    study = ga.load_study(target)
    assert study.municipalities["name"].tolist() == ["Øst"]
    assert set(study.demand["municipality_code"].astype(str)) == {"1"}
    # No shape was made up: neither land for boats nor a border on a map.
    assert study.config.municipalities.boundaries == ""
    assert not (target / "boundaries.geojson").exists()
    # Nobody said of which year the people are, and no page may.
    page = tmp_path / "map.html"
    ga.save_map(ga.place(study, "one-more"), page)
    assert "people of 2026" not in page.read_text(encoding="utf-8")


def test_without_areas_a_raster_counts_where_the_extract_has_roads(region: Path, tmp_path: Path) -> None:
    persons = np.zeros((40, 80), dtype=np.float32)
    persons[20, 40], persons[0, 0] = 70.0, 900.0  # among the roads, and 60 km from them
    raster = tmp_path / "people.tif"
    profile = {
        "driver": "GTiff",
        "height": 40,
        "width": 80,
        "count": 1,
        "dtype": "float32",
        "crs": "EPSG:4326",
    }
    with rasterio.open(raster, "w", transform=from_origin(4.1, 60.5625, 0.025, 0.025), **profile) as file:
        file.write(persons, 1)
    target = tmp_path / "raster"
    assert run(["study", "new", str(target), "--osm", str(region), "--population", str(raster)]) == 0
    assert ga.load_study(target).demand["people"].tolist() == [70.0]


def test_every_key_is_described_and_defaults_are_defaults(region: Path, tmp_path: Path) -> None:
    target = tmp_path / "s"
    assert run(["study", "new", str(target), "--osm", str(region), "--admin-level", "7"]) == 0
    text = (target / "study.toml").read_text(encoding="utf-8")
    for name, key in About.model_fields.items():
        assert f"# {key.description}\n" in text
        assert f"{name} = " in text
    # A default that is uncommented changes nothing.
    before = read_config(target / "study.toml")
    for line in ("#speed_kph = 45.0", "#wait_cap_min = 60.0", "#year = 2026"):
        assert line in text
        text = text.replace(line, line[1:])
    (target / "study.toml").write_text(text, encoding="utf-8")
    assert read_config(target / "study.toml") == before


@pytest.mark.parametrize(
    ("options", "told", "code"),
    [
        (["--admin-level", "3"], "no administrative areas of level 3", 3),
        (["--admin-level", "7", "--facilities", "{tmp}/none.csv"], "file not found", 3),
        (["--admin-level", "7", "--facilities", "{tmp}/bad.csv"], "lat", 3),
        (["--boundaries", "{tmp}/none.gpkg"], "cannot be read as polygons", 3),
    ],
)
def test_faults_leave_no_folder(region: Path, tmp_path: Path, capsys, options, told, code) -> None:
    (tmp_path / "bad.csv").write_text("name,kind,lat,lon\nA,clinic,99,5.1\n,clinic,x,5\n", encoding="utf-8")
    target = tmp_path / "s"
    filled = [option.format(tmp=tmp_path) for option in options]
    assert run(["study", "new", str(target), "--osm", str(region), *filled]) == code
    assert told in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad.csv", "region.osm"]


def test_an_existing_folder_is_left_alone(region: Path, tmp_path: Path, capsys) -> None:
    (tmp_path / "mine").mkdir()
    assert run(["study", "new", str(tmp_path / "mine"), "--osm", str(region)]) == 1
    assert "exists" in capsys.readouterr().err
    assert not list((tmp_path / "mine").iterdir())


def test_malta_from_nothing_to_a_placement(shared: Path, tmp_path: Path, capsys) -> None:
    target = tmp_path / "malta"
    table = tmp_path / "departments.csv"
    table.write_text(
        "name,kind,lat,lon\nMater Dei,emergency_department,35.9018,14.4766\n"
        "Gozo General,emergency_department,36.0397,14.2452\n",
        encoding="utf-8",
    )
    extract = str(shared / "osm" / "malta-latest.osm.pbf")
    assert run(["study", "new", str(target), "--osm", extract, "--facilities", str(table)]) == 0
    capsys.readouterr()
    assert run(["access", str(target), "--json", "-o", str(tmp_path / "run")]) == 0
    rows = pd.DataFrame(json.loads(capsys.readouterr().out)["rows"])
    assert rows["persons"].sum() == 422_429
    assert rows["persons_unreachable"].sum() == 0
    # Malta is 27 km long: nobody is an hour from one of the two, and somebody is ten minutes away.
    assert 10 < rows["p90_min"].max() < 60


def test_the_schema_knows_every_key(capsys) -> None:
    assert run(["study", "schema"]) == 0
    schema = json.loads(capsys.readouterr().out)
    assert set(schema["properties"]) == set(StudyConfig.model_fields)
    assert schema["$defs"]["AccessLeg"]["properties"]["speed_kph"]["description"]


plain = st.recursive(
    st.text(max_size=12)
    | st.booleans()
    | st.integers(-(2**60), 2**60)
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


@given(value=plain)
def test_toml_values_read_back(value: object) -> None:
    assert tomllib.loads(f"key = {toml_value(value)}\n") == {"key": value}


def test_only_plain_values_are_written() -> None:
    with pytest.raises(TypeError, match="no TOML value"):
        toml_value(object())


def test_a_section_shows_what_is_given_and_comments_the_rest() -> None:
    text = toml_section("[study]", About, {"name": "n", "title": 'with "quotes"'})
    assert tomllib.loads(text) == {"study": {"name": "n", "title": 'with "quotes"'}}
    assert '#description = ""' in text
