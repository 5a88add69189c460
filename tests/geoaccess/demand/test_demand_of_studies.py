"""Studies whose people come from a raster or a grid, from the study file to the command line."""

from __future__ import annotations

import json
import re
import shutil

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely
from pyproj import Transformer
from rasterio.transform import from_origin

import geoaccess as ga
from geoaccess.cli.app import run
from geoaccess.demand import rasters
from geoaccess.ground.errors import DataError
from geoaccess.ground.paths import embedded_studies

#: Where people live: longitude, latitude, people, old. The last is far outside every municipality.
HOMES = {
    "town": (18.0, 69.0, 1000.0, 100.0),
    "west": (18.0, 69.5, 100.0, 20.0),
    "east": (18.0, 69.55, 50.0, 10.0),
    "far": (18.0, 69.8, 200.0, 50.0),
    "island": (15.0, 70.5, 7.0, 7.0),
    "abroad": (24.0, 68.2, 900.0, 90.0),
}
NODATA = -9999.0
#: EPSG of the raster: another reference system than the study's (25833) and the polygons' (4326).
RASTER_EPSG = 3035
CELL_M = 1000.0


def sourced(folder, source, *, drop_totals=False):
    """Let the people of the fjord study come from a source, placed by polygons of the municipalities."""
    areas = [
        shapely.box(17, 68.5, 19, 69.53),
        shapely.box(17, 69.53, 19, 70.2),
        shapely.box(14, 70.2, 19, 71),
    ]
    codes = ["0101", "0202", "0303"]
    gpd.GeoDataFrame({"municipality_code": codes}, geometry=areas, crs=4326).to_file(folder / "areas.gpkg")
    text = (folder / "study.toml").read_text(encoding="utf-8")
    start, stop = text.index("[demand]"), text.index("[municipalities]")
    text = text[:start] + f"[demand.source]\n{source}\n\n" + text[stop:]
    text = text.replace('urban = "urban"', 'urban = "urban"\nboundaries = "areas.gpkg"')
    if drop_totals:
        text = text.replace('totals = { people = "people" }\n', "")
    (folder / "study.toml").write_text(text, encoding="utf-8")


def raster_of_homes(file, *, crs=RASTER_EPSG, nodata=NODATA, people=None):
    """A GeoTIFF of two bands, people and old, over Fennoscandia; every cell without people is nodata."""
    west, north, width, height = 4_000_000.0, 5_600_000.0, 1400, 1500
    transform = from_origin(west, north, CELL_M, CELL_M)
    bands = np.full((2, height, width), NODATA, dtype=np.float32)
    project = Transformer.from_crs(4326, RASTER_EPSG, always_xy=True)
    for name, (lon, lat, *persons) in HOMES.items():
        x, y = project.transform(lon, lat)
        row, column = int((north - y) // CELL_M), int((x - west) // CELL_M)
        bands[:, row, column] = [(people or {}).get(name, persons[0]), persons[1]]
    profile = {"driver": "GTiff", "dtype": "float32", "count": 2, "width": width, "height": height}
    with rasterio.open(
        file, "w", **profile, crs=crs, transform=transform, nodata=nodata, tiled=True, compress="deflate"
    ) as made:
        made.write(bands)


RASTER = 'raster = { file = "people.tif", bands = { people = 1, old = 2 }'
BOUNDS = "bounds = [14, 68, 20, 71]"


def persons_of(out):
    return {row["municipality"]: row["persons"] for row in json.loads(out)["rows"]}


def test_a_raster_in_another_system_is_the_demand_of_a_study(fjord, capsys, monkeypatch):
    raster_of_homes(fjord / "people.tif")
    sourced(fjord, f"{RASTER}, {BOUNDS} }}")
    monkeypatch.setattr(rasters, "WINDOW_CELLS", 64)
    assert run(["access", str(fjord), "--to", "hospital", "--json"]) == 0
    told = capsys.readouterr()
    assert persons_of(told.out) == {"Town": 1100, "Far": 250, "Island": 7}
    (row,) = json.loads(told.out)["region"]
    # The people of the table study, now each joined by the centre of a cell, at most 0.8 km from their node.
    assert row["mean_min"] == pytest.approx((100 * 55 + 50 * 30) / 1350, abs=2)
    assert row["persons_unreachable"] == 7
    (note,) = [note for note in json.loads(told.out)["notes"] if "people.tif" in note]
    cells, read, whole = (int(figure.replace(",", "")) for figure in re.findall(r"[\d,]*\d", note)[:3])
    assert (cells, whole) == (5, 1400 * 1500)
    assert read < whole / 10  # a window, not the raster
    old = [one for one in json.loads(told.out)["equity"] if one["weight"] == "old"]
    assert {one["persons"] for one in old} == {187}


def test_people_outside_the_municipalities_are_left_out_and_told(fjord, capsys):
    raster_of_homes(fjord / "people.tif")
    sourced(fjord, f"{RASTER} }}")
    assert run(["access", str(fjord), "--to", "hospital", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert {row["municipality"]: row["persons"] for row in told["rows"]} == {
        "Town": 1100,
        "Far": 250,
        "Island": 7,
    }
    assert any("outside" in note for note in told["notes"])


def test_a_raster_is_scaled_to_the_official_totals(fjord):
    raster_of_homes(fjord / "people.tif", people={"town": 2000.0, "west": 200.0, "far": 0.4})
    sourced(fjord, f"{RASTER}, {BOUNDS} }}\nrescale = {{ people = {{}} }}")
    study = ga.load_study(fjord)
    sums = study.demand.groupby("municipality_code")["people"].sum()
    assert sums.to_dict() == {"0101": 1100, "0202": 250, "0303": 7}
    town = study.demand[study.demand["municipality_code"] == "0101"]["people"]
    assert sorted(town) == [100, 1000]
    assert study.demand["old"].sum() == 187  # not scaled, not lost


def test_the_year_and_the_check_work_on_a_raster(fjord, capsys):
    raster_of_homes(fjord / "people.tif")
    sourced(fjord, f"{RASTER}, {BOUNDS} }}")
    projection = (
        "region;alder;2026;2035\n0101 Town;0-79;980;2000\n0101 Town;80+;120;200\n0202 Far;0-79;190;180\n"
        "0202 Far;80+;60;90\n0303 Island;0-79;0;0\n0303 Island;80+;7;7\n"
    )
    (fjord / "projection.csv").write_text(projection, encoding="utf-8")
    text = (fjord / "study.toml").read_text(encoding="utf-8")
    section = (
        '[demand.projection]\ntable = "projection.csv"\nsource = "invented"\n'
        'ages = { people = "0+", old = "80+" }\n\n[municipalities]'
    )
    (fjord / "study.toml").write_text(text.replace("[municipalities]", section, 1), encoding="utf-8")
    assert run(["access", str(fjord), "--year", "2035", "--to", "hospital", "--json"]) == 0
    told = capsys.readouterr().out
    assert persons_of(told)["Town"] == pytest.approx(2200)
    assert "difference of the sources" not in told
    (fjord / "projection.csv").write_text(projection.replace(";980;", ";480;"), encoding="utf-8")
    assert run(["access", str(fjord), "--year", "2035", "--to", "hospital", "--json"]) == 0
    assert "the projection has 857 people in 2026, the study 1,357: part of" in capsys.readouterr().out
    run(["study", "check", str(fjord), "--json"])
    checks = {one["name"]: one for one in json.loads(capsys.readouterr().out)["checks"]}
    assert checks["populations equal municipal totals"]["passed"]
    assert checks["coordinates inside their municipality"]["passed"]


@pytest.mark.parametrize(
    ("made", "source", "said"),
    [
        ({"crs": None}, f"{RASTER} }}", "no coordinate reference system"),
        ({"nodata": None}, f"{RASTER} }}", "name it as nodata"),
        ({}, f"{RASTER}, bounds = [0, 40, 1, 41] }}", "does not meet the bounds"),
        ({}, RASTER.replace("old = 2", "old = 3") + " }", "there is no band 3; the raster has 2"),
        ({}, RASTER.replace("people.tif", "none.tif") + " }", "none.tif"),
        ({"people": {"far": np.nan, "east": np.nan}}, f"{RASTER}, {BOUNDS} }}", None),
        ({"people": {"far": np.inf}}, f"{RASTER}, {BOUNDS} }}", "infinitely many persons"),
    ],
)
def test_faults_of_a_raster_are_told_by_the_study(fjord, made, source, said):
    raster_of_homes(fjord / "people.tif", **made)
    sourced(fjord, source)
    if said is None:  # NaN is a cell without data, not a fault: those people are not there
        assert ga.load_study(fjord).demand["people"].sum() == 1107
        return
    with pytest.raises(DataError) as caught:
        ga.load_study(fjord)
    assert said in str(caught.value)
    assert len(caught.value.faults) <= 201  # millions of cells do not become millions of lines


def test_the_remedies_that_the_faults_name_work(fjord):
    raster_of_homes(fjord / "people.tif", crs=None, nodata=None)
    sourced(fjord, f'{RASTER}, {BOUNDS}, nodata = {NODATA}, crs = "EPSG:{RASTER_EPSG}" }}')
    assert ga.load_study(fjord).demand["people"].sum() == 1357


def test_municipality_polygons_that_overlap_are_refused_by_the_study(fjord):
    raster_of_homes(fjord / "people.tif")
    sourced(fjord, f"{RASTER}, {BOUNDS} }}")
    areas = gpd.read_file(fjord / "areas.gpkg")
    areas.loc[1, "geometry"] = shapely.box(17, 68.9, 19, 70.2)
    areas.to_file(fjord / "areas.gpkg")
    with pytest.raises(DataError, match="overlap"):
        ga.load_study(fjord)


# --- the embedded study with the people of SSB's grids ----------------------------------------------------


@pytest.fixture
def northern_norway(tmp_path, shared):
    """The embedded study, to be given another source of people: a function of the source."""
    folder = tmp_path / "study"
    shutil.copytree(embedded_studies()["nord-norge"], folder)
    boundaries = shared / "boundaries" / "municipalities_nnorway_2024.geojson"

    def made(source):
        text = (folder / "study.toml").read_text(encoding="utf-8")
        start, stop = text.index("[demand]"), text.index("[municipalities]")
        text = text[:start] + f"[demand.source]\n{source}\n\n" + text[stop:]
        named = f'boundaries = "{boundaries}"\nboundaries_code = "kommunenummer"'
        text = text.replace('boundaries = "areas.geojson"', named)
        text = re.sub(
            r'totals = \{ people = "population_2026", .*', 'totals = { people = "population_2026" }', text
        )
        # Of the old these sources know nothing, nor does what the study says of calls by age and of beds.
        text = re.sub(r"(?m)^age_.*\n", "", text)
        text = re.sub(r", people_80plus = [\d.]+", "", text).replace('"people_80plus"', '"people"')
        (folder / "study.toml").write_text(text, encoding="utf-8")
        return ga.load_study(folder)

    return made


def test_the_ssb_raster_of_1_km_gives_the_same_picture_as_the_settlements(northern_norway, shared):
    file = shared / "population" / "ssb_pop1km_2019_nnorway.tif"
    study = northern_norway(
        f'raster = {{ file = "{file}", bands = {{ people = 1 }} }}\nnearest_within_m = 3000\n'
        "rescale = { people = {} }"
    )
    lived = study.demand.groupby("municipality_code")["people"].sum()
    official = study.municipalities.set_index("municipality_code")["people_total"]
    assert lived.to_dict() == official.to_dict()
    tables = [ga.accessibility(where, kinds=["akuttmottak"]) for where in ("nord-norge", study)]
    coarse, fine = (table.region.iloc[0] for table in tables)
    assert fine["persons"] == coarse["persons"] == 489_778
    # Cells join the nearest node or edge themselves, settlements by their mean way to it.
    assert fine["mean_min"] == pytest.approx(coarse["mean_min"], rel=0.1)
    # Cells across more than 200 m of water from every node of this coarse network are not joined, and said to be so.
    assert 0 < fine["persons_unreachable"] < 0.08 * fine["persons"]
    p90 = []
    for table in tables:
        reached = table.nearest.dropna(subset="travel_time_min").sort_values("travel_time_min")
        share = reached["people"].cumsum() / reached["people"].sum()
        p90.append(reached["travel_time_min"][share >= 0.9].iloc[0])
    assert p90[1] == pytest.approx(p90[0], rel=0.1)


def test_the_ssb_grid_of_250_m_with_raised_cells_comes_to_the_official_totals(northern_norway, shared):
    file = shared / "population" / "ssb_pop250m_2022_nnorway.csv"
    study = northern_norway(
        f'ssb_grid = {{ file = "{file}", id = "ssbid0250m", size_m = 250, weights = {{ people = '
        '"population_2022" }, municipality = "kommunenummer" }\n'
        "rescale = { people = { raised = 5 } }\ncells_m = 5000"
    )
    lived = study.demand.groupby("municipality_code")["people"].sum()
    assert lived.to_dict() == study.municipalities.set_index("municipality_code")["people_total"].to_dict()
    assert len(study.demand) < 4000  # 30,714 cells joined in squares of 5 km
    assert any("joined" in note for note in study.notes)
