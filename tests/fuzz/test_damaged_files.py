"""Damaged and hostile files: read or refused in our own words, by every reader."""

from __future__ import annotations

import io
import json
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
import rasterio
from rasterio.transform import Affine

from geoaccess.cli.app import run
from geoaccess.demand.rasters import points_from_raster
from geoaccess.ground.errors import DataError
from geoaccess.ground.tables import read_frame
from geoaccess.questions.solve.answer import read_costs
from networks.tables import TableReader

sys.path.insert(0, str(Path(__file__).parent))
import readers

#: The batches of CI; `python tests/fuzz/readers.py --seconds 3600` goes on with new seeds.
COUNT = {"osm xml": 12, "osm features": 12}


@pytest.mark.parametrize("name", readers.READERS)
def test_damaged_files_are_read_or_refused(name: str) -> None:
    assert readers.batch(name, seed=0, count=COUNT.get(name, 40)) == []


def test_the_harness_sees_an_error_that_is_not_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(folder: Path) -> object:
        raise KeyError("internal")

    bad = readers.Reader(lambda: {"a": b"abc"}, ("a",), broken)
    monkeypatch.setitem(readers.READERS, "broken", bad)
    found = list(readers.findings("broken", seed=0, count=3))
    assert len(found) == 3
    assert all("KeyError" in line for line in found)


@pytest.mark.parametrize("header", [b"{'descr': '<f8', 'fortran_order'", b"{'shape': (", b"9" * 20])
def test_an_array_with_a_broken_header_is_refused(tmp_path: Path, header: bytes) -> None:
    path = tmp_path / "m.npy"
    path.write_bytes(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header)
    with pytest.raises(DataError, match="cannot be read as an array"):
        read_costs(path)


def test_an_array_that_asks_for_too_much_memory_is_refused(tmp_path: Path) -> None:
    header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (10000000000, 10000000000)}\n"
    path = tmp_path / "m.npy"
    path.write_bytes(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header)
    with pytest.raises(DataError, match="cannot be read as an array"):
        read_costs(path)


def test_a_pickle_is_never_loaded(tmp_path: Path) -> None:
    path = tmp_path / "m.npy"
    np.save(path, np.array([{"a": print}], dtype=object), allow_pickle=True)
    with pytest.raises(DataError, match="cannot be read as an array"):
        read_costs(path)


def test_a_raster_that_does_not_say_where_it_lies_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "people.tif"
    profile = {"driver": "GTiff", "height": 2, "width": 2, "count": 1, "dtype": "float32", "crs": "EPSG:4326"}
    with rasterio.open(path, "w", transform=Affine.identity(), **profile) as file:
        file.write(np.ones((2, 2), dtype=np.float32), 1)
    with pytest.raises(DataError, match="does not say where it lies"):
        points_from_raster(path, weights={"people": 1})


def test_rows_with_more_cells_than_the_header_are_refused(tmp_path: Path) -> None:
    """pandas takes the first cells for row names then: an id would be read as a name, a latitude as a longitude."""
    table = tmp_path / "people.csv"
    table.write_text("demand_id,name,lat,lon\n1,Town,69.0,18.0,x\n2,Far,69.8,18.1,y\n", encoding="utf-8")
    with pytest.raises(DataError, match="more cells than the header"):
        read_frame(table)
    assert "more cells than the header" in str(TableReader.open(table, required=("name",)).faults[0])


@pytest.mark.parametrize("seed", [5002, 5004])
def test_shifted_tables_of_a_feed_are_refused(seed: int) -> None:
    assert readers.batch("gtfs tables", seed=seed, count=60) == []


def test_entities_of_a_graph_are_not_expanded(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    levels = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    path = tmp_path / "laugh.graphml"
    path.write_text(
        f'<?xml version="1.0"?><!DOCTYPE g [<!ENTITY e0 "ha">{levels}'
        '<!ENTITY file SYSTEM "file:///etc/passwd">]>'
        '<graphml xmlns="http://graphml.graphdrawing.org/xmlns"><graph edgedefault="directed">'
        '<node id="&e11;"/><node id="&file;"/></graph></graphml>',
        encoding="utf-8",
    )
    assert run(["network", "build", str(path), "-o", str(tmp_path / "n.net")]) in {1, 3}
    told = capsys.readouterr().err
    assert "root:" not in told
    assert "internal error" not in told
    assert [item.name for item in tmp_path.iterdir()] == ["laugh.graphml"]


def test_members_of_an_archive_stay_inside(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as feed:
        feed.writestr("../escaped.txt", "x")
        feed.writestr("stops.txt", "stop_id\n")
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "feed.net").write_bytes(archive.getvalue())
    assert run(["network", "info", str(folder / "feed.net"), "--json"]) in {1, 3}
    assert "error" in json.loads(capsys.readouterr().out)
    assert [item.name for item in tmp_path.iterdir()] == ["in"]
