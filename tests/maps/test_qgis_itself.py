"""QGIS, without a window, opens the GeoPackage and the project, and draws a picture in the page's colours."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import rasterio

from maps import Scale
from maps.qgis import write_geopackage

HERE = Path(__file__).parent
PYTHON = "/usr/bin/python3"


def _has_qgis() -> bool:
    if not shutil.which("qgis_process") or not Path(PYTHON).exists():
        return False
    return (
        subprocess.run([PYTHON, "-c", "import qgis.core"], capture_output=True, check=False).returncode == 0
    )


pytestmark = [
    pytest.mark.skipif(
        not _has_qgis(), reason="needs QGIS: apt-get install --no-install-recommends qgis python3-qgis"
    ),
    pytest.mark.filterwarnings("ignore:Dataset has no geotransform"),  # of a picture
]


def _small_document():
    spec = importlib.util.spec_from_file_location("qgis_files", HERE / "test_qgis_files.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.small_document()


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    folder = tmp_path_factory.mktemp("opened")
    write_geopackage(_small_document(), folder / "results.gpkg")
    command = [
        PYTHON,
        HERE / "qgis_python.py",
        folder / "results.qgz",
        folder,
        "Before",
        "After: <1>",
        "Change",
    ]
    told = subprocess.run(
        list(map(str, command)),
        env={
            **os.environ,
            "QT_QPA_PLATFORM": "offscreen",
            "XDG_RUNTIME_DIR": str(folder),
            "HOME": str(folder),
        },
        capture_output=True,
        text=True,
        check=True,
    )
    return folder, json.loads(told.stdout.splitlines()[-1])


def test_the_project_opens_with_every_layer_and_theme(opened):
    _, told = opened
    assert told["read"]
    assert told["crs"] == "EPSG:3857"
    assert sorted(told["themes"]) == ["After: <1>", "Before", "Change"]
    assert {
        name: (layer["valid"], layer["rows"]) for name, layer in told["layers"].items() if name != "land"
    } == {
        "sites": (True, 2),
        "gains": (True, 3),
        "places": (True, 4),
        "flows": (True, 5),
        "roads": (True, 2),
        "ferries": (True, 1),
        "municipalities": (True, 2),
    }
    assert told["layers"]["land"]["valid"]


def test_qgis_puts_each_place_into_the_class_of_the_page(opened):
    rules = opened[1]["layers"]["places"]["rules"]
    # 10, 30, not reached, 70 in the classes up to 12, 30, 60 and beyond.
    assert rules == {"≤ 12 min": 1, "12 – 30 min": 1, "not reachable": 1, "> 60 min": 1}


def test_a_layer_without_the_project_bears_its_style_from_the_file(opened):
    for name, layer in opened[1]["layers"].items():
        assert layer["alone"] == layer["rules"] != {}, name
    assert opened[1]["layers"]["sites"]["alone"] == {"Stations": 1}
    assert opened[1]["layers"]["roads"]["alone"] == {"Roads: Road": 1, "Roads: Closed": 1}


def test_the_picture_has_the_colours_of_the_page(opened):
    folder, told = opened
    assert set(map(tuple, told["errors"].values())) == {()}
    colours = [
        tuple(int(text[at : at + 2], 16) for at in (1, 3, 5))
        for text in Scale.thresholds((12, 30, 60)).colours
    ]
    chosen, unreached = (0xD5, 0x5E, 0x00), (0xA3, 0x00, 0x1E)
    before, after, change = (_pixels(folder / f"{at}.png") for at in range(3))
    # A few pixels of each place at least are not blended with its rim.
    assert all(before[colours[at]] > 5 for at in (0, 1, 3))
    assert before[unreached] > 5
    assert before[chosen] == 0 < after[chosen]
    assert after[unreached] == 0
    assert all(after[colours[at]] > 5 for at in (0, 2, 3))
    assert change[colours[0]] == 0


def _pixels(path: Path) -> Counter:
    with rasterio.open(path) as picture:
        bands = picture.read()[:3]
    return Counter(map(tuple, np.moveaxis(bands, 0, -1).reshape(-1, 3).tolist()))
