"""The plugin of QGIS: it asks what the commands take, and QGIS without windows runs it from layers to a placement."""

from __future__ import annotations

import ast
import configparser
import importlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import pyogrio
import pytest
import shapely

from geoaccess.cli.app import COMMANDS, run
from geoaccess.cli.qgis import default_profile, write_plugin
from geoaccess.qgis_plugin import commands

PLUGIN = Path(commands.__file__).parent
#: Two villages on a road: people and a hospital are layers of their own below.
REGION = """<?xml version="1.0" encoding="UTF-8"?>
<osm version="0.6">
<node id="11" lat="60.05" lon="5.02"/><node id="13" lat="60.05" lon="5.10"/><node id="12" lat="60.05" lon="5.18"/>
<way id="21"><nd ref="11"/><nd ref="13"/><nd ref="12"/><tag k="highway" v="secondary"/></way>
</osm>
"""
PROCESS = shutil.which("qgis_process.bin") or shutil.which("qgis_process")
WANTED = "GEOACCESS_REQUIRE_QGIS"
#: A start of QGIS for each question takes minutes in all: `make qgis` asks for it.
needs_qgis = pytest.mark.skipif(
    PROCESS is None or not os.environ.get(WANTED), reason=f"needs QGIS, and {WANTED}=1: `make qgis`"
)


def named(words):
    """The Click command of the first words."""
    found = importlib.import_module(f"geoaccess.{COMMANDS[words[0]][0]}").command
    for word in words[1:]:
        found = found.commands[word]
    return found


@pytest.mark.parametrize("row", commands.ALGORITHMS, ids=lambda row: row.name)
def test_every_algorithm_asks_what_its_command_takes(row):
    command = named(row.command)
    options = {name: one for one in command.params for name in one.opts}
    positional = [one for one in command.params if one.param_type_name == "argument"]
    given = [one for one in row.parameters if not one.option]
    made = 1 if row.result == commands.STUDY_FOLDER else 0
    assert len(given) + made == len(positional)
    for one in row.parameters:
        if one.option:
            taken = options[one.option]
            assert getattr(taken.type, "choices", one.choices) == one.choices or list(
                taken.type.choices
            ) == list(one.choices)
            assert one.optional or one.default is not None or taken.required
    required = {one.opts[0] for one in command.params if one.required and one.param_type_name == "option"}
    assert required - {"-o"} <= {one.option for one in row.parameters}
    assert ("-o" in options) == (row.result != commands.STUDY_FOLDER)


def test_a_command_line_leaves_out_what_is_not_given():
    place = next(row for row in commands.ALGORITHMS if row.name == "place")
    values = {"STUDY": "a b", "PLACEMENT": "one", "SITES": "2", "SCENARIO": ""}
    assert place.arguments(values, "out") == ["place", "a b", "one", "-o", "out", "--sites", "2"]
    study = next(row for row in commands.ALGORITHMS if row.name == "study")
    assert study.arguments({"OSM": "x.osm"}, "out") == ["study", "new", "out", "--osm", "x.osm"]


def test_every_text_is_in_both_languages():
    for row in commands.ALGORITHMS:
        for english, bokmal in (row.title, row.told, *(one.label for one in row.parameters)):
            assert english
            assert bokmal
    assert (
        len({row.title[1] for row in commands.ALGORITHMS} & {row.title[0] for row in commands.ALGORITHMS})
        == 0
    )


@pytest.mark.parametrize("file", sorted(PLUGIN.glob("*.py")), ids=lambda path: path.name)
def test_the_plugin_imports_the_standard_library_and_qgis_alone(file):
    for one in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(one, ast.Import):
            names = [alias.name for alias in one.names]
        elif isinstance(one, ast.ImportFrom) and not one.level:
            names = [one.module]
        else:
            continue
        assert {name.split(".")[0] for name in names} <= sys.stdlib_module_names | {"qgis"}


def test_install_copies_the_plugin_and_says_which_program_it_asks(tmp_path, capsys):
    assert run(["qgis", "install", "--profile", str(tmp_path), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    folder = tmp_path / "python" / "plugins" / "geoaccess_qgis"
    assert Path(told["plugin"]) == folder
    assert sorted(file.name for file in folder.iterdir()) == [
        "__init__.py",
        "commands.py",
        "metadata.txt",
        "program.json",
        "provider.py",
    ]
    program = json.loads((folder / "program.json").read_text(encoding="utf-8"))
    done = subprocess.run([*program, "--version"], capture_output=True, text=True, check=True, cwd="/")
    assert done.stdout.startswith("geoaccess")
    metadata = configparser.ConfigParser()
    metadata.read(folder / "metadata.txt", encoding="utf-8")
    assert metadata["general"]["hasProcessingProvider"] == "yes"
    (folder / "old.py").write_text("", encoding="utf-8")
    assert run(["qgis", "install", "--profile", str(tmp_path), "-q"]) == 0
    assert not (folder / "old.py").exists()


def test_a_profile_that_cannot_be_written_is_told(tmp_path, capsys):
    (tmp_path / "python").write_text("a file", encoding="utf-8")
    assert run(["qgis", "install", "--profile", str(tmp_path)]) == 1
    assert "cannot write" in capsys.readouterr().err


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """A home with the plugin switched on, and layers as a planner has them: in metres, with names of fields."""
    home = tmp_path_factory.mktemp("desk")
    profile = home / default_profile().relative_to(Path.home())
    write_plugin(profile / "python" / "plugins" / "geoaccess_qgis")
    (home / "run").mkdir(mode=0o700)
    (home / "region.osm").write_text(REGION, encoding="utf-8")
    people = gpd.GeoDataFrame(
        {"name": ["Vest", "=Øst"], "people": [1200, 300]},
        geometry=gpd.points_from_xy([5.02, 5.18], [60.05] * 2),
        crs=4326,
    )
    hospital = gpd.GeoDataFrame(
        {"name": ["Sykehuset"], "kind": ["hospital"]}, geometry=gpd.points_from_xy([5.021], [60.05]), crs=4326
    )
    boxes = [shapely.box(5.0, 60.0, 5.1, 60.1), shapely.box(5.1, 60.0, 5.2, 60.1)]
    areas = gpd.GeoDataFrame({"nr": ["01", "02"], "navn": ["Vestby", "Østby"]}, geometry=boxes, crs=4326)
    for name, frame in (("people", people), ("hospital", hospital), ("areas", areas)):
        frame.to_crs(25832).to_file(home / f"{name}.gpkg", engine="pyogrio")
    asked(home, "plugins", "enable", "geoaccess_qgis")
    return home


def asked(home, *words):
    own = {
        **os.environ,
        "HOME": str(home),
        "XDG_RUNTIME_DIR": str(home / "run"),
        "QT_QPA_PLATFORM": "offscreen",
    }
    done = subprocess.run([PROCESS, *words], env=own, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def algorithm(home, name, **values):
    asked(home, "run", f"geoaccess:{name}", "--", *(f"{key}={value}" for key, value in values.items()))


@needs_qgis
def test_layers_become_a_study_times_and_a_proven_placement(desk):
    algorithm(
        desk, "study", OSM=desk / "region.osm", PEOPLE=desk / "people.gpkg", FACILITIES=desk / "hospital.gpkg",
        AREAS=desk / "areas.gpkg", CODE="nr", NAME="navn", OUTPUT=desk / "study",
    )  # fmt: skip
    algorithm(desk, "access", STUDY=desk / "study", OUTPUT=desk / "access")
    places = pyogrio.read_dataframe(desk / "access" / "results.gpkg", layer="places").set_index("name")
    assert places["people"].to_dict() == {"Vest": 1200, "=Øst": 300}
    minutes = places[
        [name for name in places if name.endswith("_base") and places[name].dtype == float]
    ].iloc[:, 0]
    # 8.9 km at 80 km/h, a little more with the ways to and from the road.
    assert minutes["Vest"] < 1 < 6 < minutes["=Øst"] < 12
    algorithm(desk, "place", STUDY=desk / "study", PLACEMENT="one-more", SITES=1, OUTPUT=desk / "place")
    told = json.loads((desk / "place" / "run.json").read_text(encoding="utf-8"))["place"]
    assert (told["status"], told["gap"]) == ("optimal", 0)
    sites = pyogrio.read_dataframe(desk / "place" / "results.gpkg", layer="sites")
    assert sites.loc[sites["role_after"] == "chosen", "name"].tolist() == ["=Øst"]
    algorithm(desk, "losses", STUDY=desk / "study", OF="roads", OUTPUT=desk / "losses")
    assert (desk / "losses" / "results.qgz").is_file()


@needs_qgis
def test_an_extract_becomes_a_network_and_areas_within_minutes(desk):
    algorithm(desk, "networkbuild", SOURCE=desk / "region.osm", PROFILE=0, OUTPUT=desk / "region.net")
    algorithm(
        desk, "isochrones", NET=desk / "region.net", FROM=desk / "hospital.gpkg", MINUTES="2,20", OUTPUT=desk / "areas_out.gpkg"
    )  # fmt: skip
    areas = gpd.read_file(desk / "areas_out.gpkg", engine="pyogrio")
    villages = gpd.points_from_xy([5.02, 5.18], [60.05] * 2)
    inside = [[bool(shape.contains(point)) for point in villages] for shape in areas.to_crs(4326).geometry]
    assert sorted(inside) == [[True, False], [True, True]]


@needs_qgis
def test_what_geoaccess_refuses_is_told_in_qgis(desk):
    own = {
        **os.environ,
        "HOME": str(desk),
        "XDG_RUNTIME_DIR": str(desk / "run"),
        "QT_QPA_PLATFORM": "offscreen",
    }
    words = ["run", "geoaccess:access", "--", f"STUDY={desk / 'none'}", f"OUTPUT={desk / 'never'}"]
    done = subprocess.run([PROCESS, *words], env=own, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "none" in done.stdout + done.stderr
    assert not (desk / "never").exists()
