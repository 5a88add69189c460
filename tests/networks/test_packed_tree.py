"""The packed tree against shapely, which measures to every item, and its way through a file."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from networks.errors import NetworkFileError
from networks.packed_tree import NODE_SIZE, PackedTree


def lines_of(seed: int, count: int, *, spread: float = 1000.0) -> tuple[PackedTree, np.ndarray]:
    """Lines of one to five points, some of them twice, and the tree over them."""
    random = np.random.default_rng(seed)
    courses = []
    for _ in range(count):
        points = random.integers(1, 6)
        courses.append(random.uniform(0, spread, 2) + np.cumsum(random.normal(0, 40, (points, 2)), axis=0))
        if random.random() < 0.2:
            courses.append(courses[-1].copy())
    start = np.append(0, np.cumsum([len(course) for course in courses]))
    xy = np.concatenate(courses) if courses else np.empty((0, 2))
    shapes = [shapely.Point(one[0]) if len(one) == 1 else shapely.LineString(one) for one in courses]
    return PackedTree.over(xy, start), np.asarray(shapes, dtype=object)


@given(st.integers(0, 10**6), st.sampled_from([1, 2, 15, 16, 17, 40, 300]))
@settings(max_examples=25, deadline=None)
def test_the_nearest_item_is_the_one_that_measuring_all_finds(seed: int, count: int) -> None:
    tree, shapes = lines_of(seed, count)
    points = np.random.default_rng(seed + 1).uniform(-200, 1200, (20, 2))
    found = tree.nearest(points)
    for point, item in zip(points, found, strict=True):
        metres = shapely.distance(shapely.Point(point), shapes)
        assert metres[item] == pytest.approx(metres.min(), abs=1e-9)
        assert item == np.flatnonzero(metres <= metres[item])[0]  # of equal ones the first


@given(st.integers(0, 10**6))
@settings(max_examples=15, deadline=None)
def test_items_that_do_not_count_are_passed_over(seed: int) -> None:
    tree, shapes = lines_of(seed, 60)
    random = np.random.default_rng(seed)
    among = random.random(len(tree)) < 0.3
    points = random.uniform(0, 1000, (10, 2))
    found = tree.nearest(points, among)
    for point, item in zip(points, found, strict=True):
        metres = np.where(among, shapely.distance(shapely.Point(point), shapes), np.inf)
        if not among.any():
            assert item == -1
            continue
        assert among[item]
        assert metres[item] == pytest.approx(metres.min(), abs=1e-9)
    few = np.flatnonzero(among)
    again = tree.take(few).nearest(points)
    assert np.array_equal(few[again], found) or not among.any()


@given(st.integers(0, 10**6), st.floats(0, 600))
@settings(max_examples=20, deadline=None)
def test_within_gives_all_that_are_so_near_and_no_other(seed: int, metres: float) -> None:
    tree, shapes = lines_of(seed, 120)
    x, y = np.random.default_rng(seed).uniform(0, 1000, 2)
    apart = shapely.distance(shapely.Point(x, y), shapes)
    found = tree.within((x, y), metres)
    assert (
        set(np.flatnonzero(apart <= metres - 1e-9))
        <= set(found)
        <= set(np.flatnonzero(apart <= metres + 1e-9))
    )
    assert list(found) == sorted(found)


def test_crossing_gives_the_items_whose_boxes_meet_a_box() -> None:
    tree, shapes = lines_of(3, 80)
    west, south, east, north = 200.0, 300.0, 500.0, 450.0
    bounds = shapely.bounds(shapes)
    meets = (
        (bounds[:, 0] <= east) & (bounds[:, 2] >= west) & (bounds[:, 1] <= north) & (bounds[:, 3] >= south)
    )
    assert list(tree.crossing((west, south, east, north))) == list(np.flatnonzero(meets))
    assert 0 < meets.sum() < len(shapes)


def test_items_come_back_as_they_were_given() -> None:
    tree, shapes = lines_of(5, 30)
    some = np.asarray([7, 0, 7, 29])
    assert all(shapely.equals_exact(tree.shapes(some), shapes[some], tolerance=0.0))
    assert len(tree.shapes(np.empty(0, dtype=np.int64))) == 0


def test_nothing_is_nearest_to_nothing() -> None:
    tree = PackedTree.over(np.empty((0, 2)), np.zeros(1, dtype=np.int64))
    assert tree.nearest(np.zeros((2, 2))).tolist() == [-1, -1]
    assert len(tree.within((0.0, 0.0), 1e9)) == len(tree.crossing((-1e9, -1e9, 1e9, 1e9))) == len(tree) == 0


def test_a_tree_is_read_as_it_was_written() -> None:
    tree, _ = lines_of(8, NODE_SIZE * NODE_SIZE + 1)
    again = PackedTree.from_arrays(tree.to_arrays())
    points = np.random.default_rng(0).uniform(0, 1000, (50, 2))
    assert np.array_equal(tree.nearest(points), again.nearest(points))
    assert len(tree.levels) == 5


@pytest.mark.parametrize("name", ["xy", "start", "boxes", "children", "levels"])
def test_a_tree_that_lacks_something_or_does_not_fit_is_refused(name: str) -> None:
    arrays = lines_of(8, 40)[0].to_arrays()
    with pytest.raises(NetworkFileError, match=name):
        PackedTree.from_arrays({key: array for key, array in arrays.items() if key != name})
    if name != "levels":
        with pytest.raises(NetworkFileError, match="do not fit together"):
            PackedTree.from_arrays(arrays | {name: arrays[name][:-1]})
