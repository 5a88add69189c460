"""Layers of QGIS projects: the one that QGIS wrote, and what no project should hold."""

from __future__ import annotations

import re
import shutil
import sqlite3
import zipfile
from pathlib import Path

import pytest

import geoaccess as ga
from geoaccess.ground.errors import DataError
from geoaccess.ground.qgis_projects import project_layer
from geoaccess.ground.tables import read_frame
from networks.table_files import TableNotice

EXAMPLES = Path(ga.__file__).parent / "docs" / "examples"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name in ("fjord.qgz", "fjord.gpkg"):
        shutil.copyfile(EXAMPLES / name, tmp_path / name)
    return tmp_path / "fjord.qgz"


def changed(project: Path, old: str, new: str) -> Path:
    """The project unpacked, with something else in it."""
    with zipfile.ZipFile(project) as packed:
        text = packed.read("fjord.qgs").decode("utf-8")
    assert old in text
    target = project.with_suffix(".qgs")
    target.write_text(text.replace(old, new), encoding="utf-8")
    return target


def test_a_layer_is_read_with_its_filter(project: Path) -> None:
    with pytest.warns(TableNotice, match='only rows where "innbyggere" > 0'):
        frame = read_frame(Path(f"{project}:bosetting"))
    with sqlite3.connect(project.with_suffix(".gpkg")) as base:
        names = [name for (name,) in base.execute("SELECT navn FROM bosetting WHERE innbyggere > 0")]
        every = base.execute("SELECT count(*) FROM bosetting").fetchone()[0]
    assert frame["navn"].tolist() == names
    assert len(frame) == every - 1
    assert frame["lat"].between(68.4, 68.7).all()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("", "many layers: name one, as fjord.qgz:LAYER; it has: Bosetting, Helsetilbud, Kommuner"),
        ("Veger", "no layer 'Veger'; it has: Bosetting, Helsetilbud, Kommuner"),
    ],
)
def test_a_layer_that_is_not_there(project: Path, name: str, said: str) -> None:
    with pytest.raises(DataError, match=re.escape(said)):
        read_frame(Path(f"{project}:{name}") if name else project)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (">ogr</provider>", ">postgres</provider>", "is no file (QGIS reads it by 'postgres')"),
        ("./fjord.gpkg", "./gone.gpkg", "file not found"),
        (
            "<authid>EPSG:25833</authid>",
            "<authid>EPSG:25832</authid>",
            "shows the layer 'Helsetilbud' in EPSG:25832",
        ),
        ("<!DOCTYPE qgis ", '<!DOCTYPE q [<!ENTITY a "b">]><!-- ', "XML entities"),
        ("</qgis>", "", "cannot be read as a project of QGIS"),
    ],
)
def test_a_project_that_cannot_be_trusted_is_refused(project: Path, old: str, new: str, said: str) -> None:
    with pytest.raises(DataError, match=re.escape(said)):
        read_frame(Path(f"{changed(project, old, new)}:Helsetilbud"))


def test_a_source_may_be_absolute_or_an_address(project: Path) -> None:
    for source in (str(project.with_suffix(".gpkg")), project.with_suffix(".gpkg").as_uri()):
        found = project_layer(changed(project, "./fjord.gpkg", source), "Kommuner")
        assert (found.file, found.table, found.where) == (project.with_suffix(".gpkg"), "kommuner", "")
