"""Network files: the same bits back, and a reason whenever they are not."""

from __future__ import annotations

import json
import os
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal

from networks import (
    DayDepartures,
    EdgeGeometry,
    FerryService,
    NetworkFileError,
    TravelNetwork,
    apply_overlays,
    load_extras,
    load_network,
    network_from_links,
    save_network,
    travel_time_matrix,
    winter,
)

Tables = dict[str, pd.DataFrame]
SERVICE = FerryService(
    service_id="f",
    name="Ågskardet–Forøy",
    crossing_min=8,
    length_km=2.8,
    departures_min=(("forward", (600.0, 1450.0)),),
    departures_by_day=(DayDepartures("backward", (5, 6), (700.0,)),),
    weekdays=(0, 1),
    assumptions=("headway_default",),
)


def assert_same(left: TravelNetwork, right: TravelNetwork) -> None:
    for name in ("node_ids", "lon", "lat", "tails", "heads", "indptr"):
        one, other = getattr(left.topology, name), getattr(right.topology, name)
        assert one.dtype == other.dtype
        assert_array_equal(one, other)
    for name in ("moving_s", "wait_s", "length_m", "service_index"):
        assert_array_equal(getattr(left, name), getattr(right, name))
    assert left.edges_frame().equals(right.edges_frame())
    assert left.services == right.services
    assert left.overlays == right.overlays
    assert left.metric_epsg == right.metric_epsg
    assert dict(left.provenance) == dict(right.provenance)
    assert {name: list(labels.to_array()) for name, labels in left.node_labels.items()} == {
        name: list(labels.to_array()) for name, labels in right.node_labels.items()
    }


def test_a_network_comes_back_as_it_was(link_tables: Tables, tmp_path: Path) -> None:
    net = network_from_links(**link_tables, metric_epsg=32633)
    save_network(net, tmp_path / "a.net")
    assert_same(net, load_network(tmp_path / "a.net"))
    assert load_extras(tmp_path / "a.net") == {}
    assert [path.name for path in tmp_path.iterdir()] == ["a.net"]


def test_numbered_nodes_services_geometry_and_closed_edges_come_back(
    make_network: Any, tmp_path: Path
) -> None:
    geometry = EdgeGeometry(np.asarray([0, 1, 3]), np.asarray([15.1, 15.2, 15.3]), np.asarray([68.0] * 3))
    net = make_network(
        3, [(0, 1, np.inf), (1, 2, 5.25, 0.1)], services=[SERVICE], service=[0, -1], geometry=geometry
    )
    save_network(net, tmp_path / "b.net")
    loaded = load_network(tmp_path / "b.net")
    assert_same(net, loaded)
    assert loaded.geometry is not None
    assert_array_equal(loaded.geometry.lon, geometry.lon)
    assert_array_equal(loaded.geometry.indptr, geometry.indptr)
    assert loaded.node_ids.dtype == np.int64


def test_overlays_are_in_the_file(link_tables: Tables, tmp_path: Path) -> None:
    snowed = apply_overlays(network_from_links(**link_tables), [winter()])
    save_network(snowed, tmp_path / "c.net")
    loaded = load_network(tmp_path / "c.net")
    assert loaded.overlays == ("winter",)
    nodes = np.arange(5)
    assert_array_equal(travel_time_matrix(loaded, nodes, nodes), travel_time_matrix(snowed, nodes, nodes))


def test_extras_are_kept_beside_the_network(make_network: Any, tmp_path: Path) -> None:
    extras = {"order": np.asarray([2, 0, 1], dtype=np.int32), "weights": np.asarray([[1.5, np.inf]])}
    save_network(make_network(2, [(0, 1, 1)]), tmp_path / "d.net", extras=extras)
    loaded = load_extras(tmp_path / "d.net")
    assert loaded.keys() == extras.keys()
    for name, array in extras.items():
        assert loaded[name].dtype == array.dtype
        assert_array_equal(loaded[name], array)


def test_the_order_of_the_hierarchy_is_kept(make_network: Any, tmp_path: Path) -> None:
    net = make_network(5, [(0, 1, 1), (1, 2, 2), (2, 3, 3), (3, 0, 4), (3, 4, 5)])
    save_network(net, tmp_path / "plain.net")
    assert not load_network(tmp_path / "plain.net").topology.has_order
    save_network(net, tmp_path / "ordered.net", with_order=True)
    loaded = load_network(tmp_path / "ordered.net")
    assert loaded.topology.has_order
    save_network(loaded, tmp_path / "again.net")
    assert (tmp_path / "again.net").read_bytes() == (tmp_path / "ordered.net").read_bytes()
    assert_array_equal(loaded.topology.order.rank, net.topology.order.rank)
    found = travel_time_matrix(loaded, np.arange(5), np.arange(5), engine="hierarchy")
    assert_array_equal(found, travel_time_matrix(net, np.arange(5), np.arange(5), engine="scipy"))


@pytest.fixture
def saved(make_network: Any, tmp_path: Path) -> Path:
    path = tmp_path / "saved.net"
    save_network(make_network(3, [(0, 1, 1), (1, 2, 2)]), path, extras={"order": np.arange(500)})
    return path


def rewritten(path: Path, **changes: bytes) -> Path:
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    members |= {name.replace("__", "/").replace("_json", ".json"): text for name, text in changes.items()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def manifest(path: Path) -> dict[str, Any]:
    with zipfile.ZipFile(path) as archive:
        return json.loads(archive.read("manifest.json"))


def test_a_newer_version_is_refused_with_a_remedy(saved: Path) -> None:
    values = manifest(saved) | {"version": 99}
    rewritten(saved, manifest_json=json.dumps(values).encode())
    with pytest.raises(NetworkFileError, match=r"version 99.*build the network again"):
        load_network(saved)


def test_another_format_is_refused(saved: Path) -> None:
    values = manifest(saved) | {"format": "something"}
    rewritten(saved, manifest_json=json.dumps(values).encode())
    with pytest.raises(NetworkFileError, match="no network file"):
        load_network(saved)


def test_changed_content_is_refused(saved: Path) -> None:
    with zipfile.ZipFile(saved) as archive:
        text = archive.read("network.json").replace(b"25833", b"32633")
    rewritten(saved, network_json=text)
    with pytest.raises(NetworkFileError, match=r"damaged: the content of network\.json"):
        load_network(saved)


@pytest.mark.parametrize("share", [0.0, 0.01, 0.3, 0.6, 0.95, 0.999])
def test_a_truncated_file_is_refused(saved: Path, share: float) -> None:
    content = saved.read_bytes()
    saved.write_bytes(content[: int(share * len(content))])
    with pytest.raises(NetworkFileError, match="build the network again"):
        load_network(saved)


def test_every_flipped_byte_is_noticed_or_harmless(saved: Path) -> None:
    expected = load_network(saved)
    content = saved.read_bytes()
    for position in range(0, len(content), 97):
        spoilt = bytearray(content)
        spoilt[position] ^= 0xFF
        saved.write_bytes(bytes(spoilt))
        try:
            assert_same(expected, load_network(saved))
        except NetworkFileError:
            continue


def test_an_incomplete_network_is_refused(saved: Path) -> None:
    values = manifest(saved)
    del values["sha256"]["arrays/moving_s.npy"]
    rewritten(saved, manifest_json=json.dumps(values).encode())
    with pytest.raises(NetworkFileError, match="not a complete network"):
        load_network(saved)


def test_no_file_and_no_zip_are_told(tmp_path: Path) -> None:
    with pytest.raises(NetworkFileError, match="no such file"):
        load_network(tmp_path / "none.net")
    (tmp_path / "text.net").write_text("hello")
    with pytest.raises(NetworkFileError, match="no network file"):
        load_network(tmp_path / "text.net")
    with pytest.raises(NetworkFileError):
        load_network(tmp_path)


def test_a_failed_write_leaves_the_old_file_and_no_part(
    make_network: Any, saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = saved.read_bytes()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(NetworkFileError, match="No space left"):
        save_network(make_network(2, [(0, 1, 1)]), saved)
    assert saved.read_bytes() == before
    assert [path.name for path in saved.parent.iterdir()] == ["saved.net"]


def test_a_missing_folder_is_told(make_network: Any, tmp_path: Path) -> None:
    with pytest.raises(NetworkFileError, match="cannot be written"):
        save_network(make_network(2, [(0, 1, 1)]), tmp_path / "no" / "x.net")


def test_the_file_holds_no_pickle_and_the_same_network_gives_the_same_bytes(
    saved: Path, make_network: Any
) -> None:
    with zipfile.ZipFile(saved) as archive:
        for name in archive.namelist():
            assert name.endswith((".npy", ".json"))
    again = saved.with_name("again.net")
    save_network(make_network(3, [(0, 1, 1), (1, 2, 2)]), again, extras={"order": np.arange(500)})
    assert again.read_bytes() == saved.read_bytes()


@pytest.mark.parametrize("mask", [0o022, 0o027, 0o077])
def test_a_network_file_has_the_permissions_of_any_new_file(saved: Path, tmp_path: Path, mask: int) -> None:
    """It was readable by its maker alone, as temporary files are."""
    before = os.umask(mask)
    try:
        save_network(load_network(saved), tmp_path / "shared.net")
        (tmp_path / "plain").touch()
    finally:
        os.umask(before)
    assert (tmp_path / "shared.net").stat().st_mode == (tmp_path / "plain").stat().st_mode
