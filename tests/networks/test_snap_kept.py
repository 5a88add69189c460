"""Joined points are remembered by content: the same again costs nothing, anything else is joined anew."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely
from numpy.testing import assert_array_equal

from networks import TravelNetwork, network_from_edges, snap, snap_kept
from networks.files import load_network, save_network
from networks.geometry import to_degrees
from networks.land import Land
from networks.snap_index import SnapIndex

EPSG = 25833


def degrees(east: list[float], north: list[float]) -> tuple[np.ndarray, np.ndarray]:
    return to_degrees(500_000.0 + np.asarray(east), 7_540_000.0 + np.asarray(north), epsg=EPSG)


def shores(north_m: float = 900.0) -> TravelNetwork:
    """Two roads eastwards, one on each side of a fjord."""
    lon, lat = degrees([0, 4000, 0, 4000], [0, 0, north_m, north_m])
    nodes = pd.DataFrame({"node_id": list("abcd"), "lon": lon, "lat": lat})
    edges = pd.DataFrame(
        {"from_id": ["a", "c"], "to_id": ["b", "d"], "moving_s": 300.0, "length_m": 4000.0, "kind": "road"}
    )
    return network_from_edges(nodes, edges, metric_epsg=EPSG)


def land(top: float = 300.0) -> Land:
    south = shapely.box(499_000, 7_539_000, 505_000, 7_540_000 + top)
    pieces = np.asarray([south], dtype=object)
    return Land(pieces, shapely.STRtree(pieces), None, True, EPSG)


PLACES = degrees([500, 1500, 2500, 2000, 9000], [100, 290, 299, 700, 0])


@pytest.fixture
def chosen(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many points were joined in earnest, call by call."""
    calls: list[int] = []
    real = snap_kept.choose

    def counted(search, points, *rest, **more):
        calls.append(len(points))
        return real(search, points, *rest, **more)

    monkeypatch.setattr(snap_kept, "choose", counted)
    monkeypatch.setattr(snap_kept, "FEWEST", 1)
    return calls


def test_a_file_tells_its_own_digest_and_another_file_another(chosen: list[int], tmp_path: Path) -> None:
    for name, north_m in (("one", 900.0), ("other", 901.0)):
        network = shores(north_m)
        SnapIndex.of(network)
        save_network(network, tmp_path / f"{name}.net")
    found = []
    for name in ("one", "one", "other"):
        network = load_network(tmp_path / f"{name}.net")
        assert SnapIndex.of(network).told_digest
        found.append(snap(network, *PLACES, land=land(), max_distance_m=3000.0, cache=tmp_path))
    assert chosen == [5, 5]  # the second opening recalls, the other network joins anew
    assert_array_equal(found[0].access_m, found[1].access_m)
    assert (found[0].access_m != found[2].access_m).any()


def test_the_same_again_is_read_and_is_the_same(chosen: list[int], tmp_path: Path) -> None:
    first = snap(shores(), *PLACES, land=land(), max_distance_m=3000.0, cache=tmp_path)
    again = snap(shores(), *PLACES, land=land(), max_distance_m=3000.0, cache=tmp_path)
    without = snap(shores(), *PLACES, land=land(), max_distance_m=3000.0)
    assert chosen == [5, 5]  # the first and the one without a folder
    assert {flag for flag in first.flags if flag} == {"across_water", "at_sea;own_component", "one_way_in"}
    for found in (again, without):
        for name in ("node", "edge", "twin", "fraction", "access_m", "access_s", "flags"):
            assert_array_equal(getattr(found, name), getattr(first, name))


def test_speed_and_detour_are_no_part_of_the_choice(chosen: list[int], tmp_path: Path) -> None:
    slow = snap(shores(), *PLACES, cache=tmp_path, access_speed_kph=10.0)
    fast = snap(shores(), *PLACES, cache=tmp_path, access_speed_kph=20.0)
    assert chosen == [5]
    assert_array_equal(slow.access_s, 2 * fast.access_s)


def test_anything_else_is_joined_anew(chosen: list[int], tmp_path: Path) -> None:
    moved = degrees([500, 1500, 2500, 2000, 9000], [100, 290, 299, 701, 0])
    asked = [
        (shores(), PLACES, {"land": land()}),
        (shores(), moved, {"land": land()}),
        (shores(), PLACES, {"land": land(310.0)}),
        (shores(), PLACES, {"land": None}),
        (shores(901.0), PLACES, {"land": land()}),
        (shores(), PLACES, {"land": land(), "max_distance_m": 600.0}),
        (shores(), PLACES, {"land": land(), "component": "largest"}),
    ]
    for network, places, more in asked:
        snap(network, *places, cache=tmp_path, **more)
    assert chosen == [5] * len(asked)


def test_other_rules_are_another_choice(
    chosen: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    snap(shores(), *PLACES, cache=tmp_path)
    monkeypatch.setattr(snap_kept, "_rules", lambda: "of tomorrow")
    snap(shores(), *PLACES, cache=tmp_path)
    assert chosen == [5, 5]


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 half a file", b"no archive at all"])
def test_a_broken_file_is_made_anew(chosen: list[int], tmp_path: Path, content: bytes) -> None:
    first = snap(shores(), *PLACES, cache=tmp_path)
    (file,) = tmp_path.iterdir()
    file.write_bytes(content)
    assert_array_equal(snap(shores(), *PLACES, cache=tmp_path).edge, first.edge)
    snap(shores(), *PLACES, cache=tmp_path)
    assert chosen == [5, 5]


def test_a_folder_that_cannot_be_changes_nothing(chosen: list[int], tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file", encoding="utf-8")
    found = snap(shores(), *PLACES, cache=tmp_path / "taken" / "below")
    assert_array_equal(found.edge, snap(shores(), *PLACES).edge)
    assert chosen == [5, 5]


def test_only_the_newest_are_kept(chosen: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snap_kept, "MOST_FILES", 2)
    for metres in (100.0, 200.0, 300.0):
        snap(shores(), *PLACES, cache=tmp_path, max_distance_m=metres)
    assert len(list(tmp_path.iterdir())) == 2
    snap(shores(), *PLACES, cache=tmp_path, max_distance_m=300.0)
    assert chosen == [5, 5, 5]


def test_few_points_leave_no_file(tmp_path: Path) -> None:
    snap(shores(), *PLACES, cache=tmp_path)
    assert not list(tmp_path.iterdir())
