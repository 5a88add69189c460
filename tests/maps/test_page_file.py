"""The finished file: whole or not there, the same every time, and with nothing to fetch."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import maps
from maps import (
    Column,
    ExternalAddressError,
    MapDocument,
    MapFileError,
    PointLayer,
    Tiles,
    render_map,
    write_map,
)
from maps.page import island
from maps.safety import check_no_external


def data_of(page: str) -> dict:
    text = re.search(r'<script type="application/json" id="geoaccess-data">(.*?)</script>', page, re.DOTALL)
    return json.loads(text[1])


def test_one_document_gives_one_page(document: MapDocument):
    assert render_map(document) == render_map(document)


def test_the_policy_names_exactly_the_scripts_and_styles_of_the_page(document: MapDocument):
    page = render_map(document)
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)[1]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    for tag, rule in (("script", "script-src"), ("style", "style-src")):
        texts = re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        digests = {base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in texts}
        named = re.search(rf"{rule} ([^;]*)", policy)[1]
        assert set(re.findall(r"'sha256-([^']*)'", named)) == digests


def test_the_vendored_library_is_the_one_its_note_names():
    folder = Path(maps.__file__).parent / "_vendor"
    note = (folder / "README").read_text(encoding="utf-8")
    for name in ("leaflet.js", "leaflet.css"):
        digest = hashlib.sha256((folder / "leaflet" / name).read_bytes()).hexdigest()
        assert digest in note
    assert "BSD" in note
    assert (folder / "leaflet" / "LICENSE").stat().st_size > 1000


def test_the_page_is_written_whole_or_not_at_all(document: MapDocument, tmp_path: Path):
    target = tmp_path / "map.html"
    assert write_map(document, target) == target
    before = target.read_text(encoding="utf-8")
    with pytest.raises(maps.MapDataError):
        write_map(replace(document, first_view="nowhere"), target)
    assert target.read_text(encoding="utf-8") == before
    assert [path.name for path in tmp_path.iterdir()] == ["map.html"]


def test_a_folder_that_is_not_there_is_said_in_one_sentence(document: MapDocument, tmp_path: Path):
    with pytest.raises(MapFileError, match=r"cannot write the map .*nowhere.*: No such file or directory"):
        write_map(document, tmp_path / "nowhere" / "map.html")


def test_a_full_disk_leaves_nothing_behind(document: MapDocument, tmp_path: Path, monkeypatch):
    def full(path: Path, data: bytes) -> int:
        with path.open("wb") as file:
            file.write(data[:1000])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(MapFileError, match="No space left on device"):
        write_map(document, tmp_path / "map.html")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "piece",
    [
        '<script src="https://example.org/x.js"></script>',
        '<script src="x.js"></script>',
        '<link rel="stylesheet" href="//example.org/x.css">',
        '<img src="https://example.org/x.png">',
        '<img srcset="x.png 2x">',
        "<style>@import 'https://example.org/x.css';</style>",
        "<style>p { background: url( 'https://example.org/x.png' ) }</style>",
        "<style>p { background: url(x.png) }</style>",
        '<p style="background: url(x.png)">x</p>',
        "<script>fetch('https://example.org')</script>",
        "<script>new WebSocket('wss://example.org')</script>",
        '<iframe srcdoc="x"></iframe>',
        '<base href="https://example.org/">',
        '<form action="https://example.org"></form>',
        '<meta http-equiv="refresh" content="0; url=https://example.org">',
        '<p onclick="alert(1)">x</p>',
        '<a href="javascript:alert(1)">x</a>',
        '<object data="x.svg"></object>',
    ],
)
def test_a_page_that_would_fetch_or_run_something_is_refused(piece: str):
    with pytest.raises(ExternalAddressError):
        check_no_external(f"<!DOCTYPE html><html><body>{piece}</body></html>")


def test_addresses_in_the_data_are_only_text():
    check_no_external(
        '<script type="application/json">{"a": "https://example.org"}</script><a href="#x">x</a>'
    )


@given(st.text(alphabet=st.characters(codec=None), max_size=80))
def test_an_island_never_ends_its_element_and_reads_back_the_same(text: str):
    written = island({"name": text})
    assert "<" not in written
    assert "\u2028" not in written
    assert json.loads(written) == {"name": text}
    written.encode("utf-8")


def test_columns_take_what_tables_hold():
    layer = PointLayer(
        "p",
        "P",
        pd.Series([14.0, 15.0], index=[7, 9]),
        np.asarray([67.0, 67.5]),
        pd.Series(["a", None]),
        size=Column("People", pd.array([10, None], dtype="Int64")),
        columns=(
            Column("Open", [True, False]),
            Column("Class", pd.Categorical(["x", "y"])),
            Column("Note", [None, "seen"]),
            Column("Height", [1.5, float("nan")], "m", 1),
        ),
    )
    (packed,) = data_of(render_map(MapDocument("T", layers=(layer,))))["layers"]
    assert packed["labels"] == ["a", ""]
    assert packed["size"]["numbers"]["n"] == 2
    assert [column.get("texts") for column in packed["columns"]] == [
        ["True", "False"],
        ["x", "y"],
        ["", "seen"],
        None,
    ]


def test_tiles_open_the_policy_for_one_host_and_pictures_only(document: MapDocument):
    tiles = Tiles("https://tile.example.org:8443/{z}/{x}/{y}.png?key=a", "Example")
    page = render_map(replace(document, tiles=tiles))
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)[1]
    assert "img-src data: https://tile.example.org:8443;" in policy
    assert policy.count("example.org") == 1


def test_the_page_lets_a_reader_zoom(document: MapDocument):
    page = render_map(document)
    assert "user-scalable" not in page
    assert '<html lang="en">' in page


def test_the_encoding_is_named_where_every_browser_looks_for_it(document: MapDocument):
    assert b'<meta charset="utf-8">' in render_map(document).encode()[:1024]


def test_importing_maps_is_quiet_and_leaves_folium_alone():
    code = "import maps, sys; assert 'folium' not in sys.modules; assert 'branca' not in sys.modules"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_what_maps_offers_is_what_it_says():
    assert sorted(maps.__all__) == maps.__all__
    assert all(hasattr(maps, name) for name in maps.__all__)
    assert {"MapDocument", "View", "write_map", "render_map", "land"} < set(maps.__all__)
