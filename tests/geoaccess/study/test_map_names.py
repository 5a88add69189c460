"""Names of fjords and lakes of the user's own: read, checked with every fault, and on the map in its language."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import pytest
import shapely

import geoaccess as ga
from geoaccess.ground.errors import DataError
from geoaccess.questions.registry import document

HOSTILE = json.loads(
    (Path(__file__).parents[2] / "maps" / "hostile_strings.json").read_text(encoding="ascii")
)


def asks_for(study: Path, names: str) -> Path:
    """The folder, whose study file names a file of names."""
    with (study / "study.toml").open("a", encoding="utf-8") as file:
        file.write(f'\n[map]\nnames = "{names}"\n')
    return study


def on_map(folder: Path, language: str) -> list[tuple[str, int, bool]]:
    from geoaccess.questions.placement.answer_folder import placement_answer

    answer = placement_answer(ga.place(ga.load_study(folder), "stations"))
    return [(one.text, one.from_zoom, one.is_water) for one in document(answer, language=language).names]


def test_names_are_written_in_the_language_of_the_page(fjord: Path) -> None:
    (fjord / "names.csv").write_text(
        "name,name_nb,name_en,kind,from_zoom,lat,lon\n"
        "Vuoppmevuodna,Vestfjorden,,water,,68.05,15.1\nTinden,,The Peak,land,11,68.06,15.1\n",
        encoding="utf-8",
    )
    asks_for(fjord, "names.csv")
    assert on_map(fjord, "nb") == [("Vestfjorden", 0, True), ("Tinden", 11, False)]
    assert on_map(fjord, "en") == [("Vuoppmevuodna", 0, True), ("The Peak", 11, False)]


@pytest.mark.parametrize("ending", ["gpkg", "geojson"])
def test_a_layer_of_points_in_its_own_metres_names_too(fjord: Path, ending: str) -> None:
    points = gpd.GeoDataFrame({"name": ["Fjord"]}, geometry=[shapely.Point(15.1, 68.05)], crs=4326)
    points.to_crs(4326 if ending == "geojson" else 25833).to_file(fjord / f"names.{ending}")
    study = ga.load_study(asks_for(fjord, f"names.{ending}"))
    assert study.map_names["lon"].tolist() == pytest.approx([15.1], abs=1e-6)
    assert on_map(fjord, "en") == [("Fjord", 0, True)]


def test_every_fault_of_the_names_is_told(fjord: Path) -> None:
    (fjord / "names.csv").write_text(
        "name,kind,from_zoom,lat,lon\nA,sea,2,68,15\nB,water,17,68,15\nC,land,3,99,15\n", encoding="utf-8"
    )
    with pytest.raises(DataError) as caught:
        ga.load_study(asks_for(fjord, "names.csv"))
    told = str(caught.value)
    assert "lat" in told
    (fjord / "names.csv").write_text(
        "name,kind,from_zoom,lat,lon\nA,sea,2,68,15\nB,water,17,68,15\n", encoding="utf-8"
    )
    with pytest.raises(DataError) as caught:
        ga.load_study(fjord)
    told = str(caught.value)
    assert "row 2" in told
    assert "must be water, land or empty" in told
    assert "row 3" in told
    assert "zoom level from 0 to 16" in told


def test_hostile_names_arrive_as_they_are(fjord: Path) -> None:
    # What no file can hold is left out: half of a pair of surrogates, and the end of a C string.
    shown = [text for text in HOSTILE if text.strip() and text.isprintable()]
    assert len(shown) > 10
    points = gpd.GeoDataFrame({"name": shown}, geometry=[shapely.Point(15.1, 68.05)] * len(shown), crs=4326)
    points.to_file(fjord / "names.geojson")
    asks_for(fjord, "names.geojson")
    assert [text for text, *_ in on_map(fjord, "en")] == shown
    page = fjord / "map.html"
    ga.save_map(ga.place(ga.load_study(fjord), "stations"), page)
    assert page.stat().st_size > 10_000
