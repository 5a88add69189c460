"""Orders: small where they should be, checked where they come from elsewhere, refused when damaged."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest

from networks.errors import NetworkDataError, NetworkFileError, NetworksError
from networks.hierarchy import Order, OrderMethod, build_order
from networks.hierarchy import ordering as ordering_module

ordering = sys.modules[ordering_module.__name__]


def grid(side: int) -> tuple[int, Any, Any, Any, Any]:
    cell = np.arange(side * side).reshape(side, side)
    tails = np.concatenate([cell[:, :-1].ravel(), cell[:-1].ravel()])
    heads = np.concatenate([cell[:, 1:].ravel(), cell[1:].ravel()])
    x, y = (each.ravel() / 100 for each in np.meshgrid(np.arange(side), np.arange(side)))
    return side * side, tails, heads, 15 + x, 68 + y


def depth(order: Order) -> int:
    depths = np.zeros(order.n_nodes, dtype=int)
    for rank in range(order.n_nodes - 1, -1, -1):
        if order.parent[rank] >= 0:
            depths[rank] = depths[order.parent[rank]] + 1
    return int(depths.max())


@pytest.mark.parametrize("method", list(OrderMethod))
@pytest.mark.parametrize("with_map", [True, False])
def test_grid_is_cut_into_pieces(method: OrderMethod, with_map: bool) -> None:
    """Nested dissection of an s x s grid fills in O(n log n) arcs (George, 1973); row by row it is s n."""
    side = 40
    n, tails, heads, lon, lat = grid(side)
    where = {"lon": lon, "lat": lat} if with_map else {}
    order = build_order(n, tails, heads, method=method, **where)
    assert order.n_arcs < 1.6 * n * np.log2(n) < 0.45 * side * n
    assert depth(order) < 6 * side


@pytest.mark.parametrize("method", list(OrderMethod))
def test_long_chain_and_ring_stay_shallow(method: OrderMethod) -> None:
    n = 20_000
    for pairs in (n - 1, n):
        tails = np.arange(pairs)
        order = build_order(n, tails, (tails + 1) % n, method=method)
        assert order.n_arcs <= 2 * n
        assert depth(order) <= 4 * np.log2(n)


def test_star_and_tree_stay_thin_and_shallow() -> None:
    n = 3_000
    leaves = np.arange(1, n)
    assert build_order(n, np.zeros(n - 1, dtype=int), leaves).n_arcs == n - 1
    rng = np.random.default_rng(1)
    tree = build_order(n, (leaves * rng.random(n - 1)).astype(int), leaves)
    assert tree.n_arcs < 2 * n, "a bend that is taken out joins two neighbours, a dead end none"
    assert depth(tree) <= 4 * np.log2(n)


def test_many_bends_between_two_junctions_are_one_pair() -> None:
    """A thousand parallel two-step ways between two nodes: each middle node has two neighbours."""
    n = 1_002
    middle = np.arange(2, n)
    tails = np.concatenate([np.zeros(1_000, dtype=int), middle])
    heads = np.concatenate([middle, np.ones(1_000, dtype=int)])
    assert build_order(n, tails, heads).n_arcs == 2_001


def test_pymetis_permutation_is_told_from_its_inverse(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pymetis")
    n, tails, heads, _, _ = grid(40)
    arcs = build_order(n, tails, heads, method=OrderMethod.METIS).n_arcs
    real = ordering._metis_permutations
    monkeypatch.setattr(ordering, "_metis_permutations", lambda *graph: real(*graph)[::-1])
    ordering.which_permutation.cache_clear()
    try:
        assert build_order(n, tails, heads, method=OrderMethod.METIS).n_arcs == arcs
        wrong = 1 - ordering.which_permutation()
        monkeypatch.setattr(ordering, "which_permutation", lambda: wrong)
        assert build_order(n, tails, heads, method=OrderMethod.METIS).n_arcs > 3 * arcs
    finally:
        monkeypatch.undo()
        ordering.which_permutation.cache_clear()


def test_what_is_no_permutation_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    n, tails, heads, _, _ = grid(12)
    monkeypatch.setattr(ordering, "which_permutation", lambda: 0)
    monkeypatch.setattr(
        ordering, "_metis_permutations", lambda start, other: [np.zeros(len(start) - 1, np.int32)] * 2
    )
    with pytest.raises(NetworksError, match="no permutation"):
        build_order(n, tails, heads, method=OrderMethod.METIS)


def test_default_method_follows_what_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ordering.importlib.util, "find_spec", lambda name: None)
    assert ordering.default_method() is OrderMethod.INERTIAL
    monkeypatch.setattr(ordering.importlib.util, "find_spec", lambda name: object())
    assert ordering.default_method() is OrderMethod.METIS


def test_map_across_the_date_line_is_unrolled() -> None:
    x, _ = ordering.plane(np.array([179.0, -179.0]), np.array([0.0, 0.0]))
    assert abs(x[0] - x[1]) == pytest.approx(2.0)


def test_graph_without_narrow_places_is_refused() -> None:
    """Ten thousand nodes joined at random fill in to millions of arcs."""
    rng = np.random.default_rng(1)
    n = 12_000
    with pytest.raises(NetworkDataError, match="no narrow places"):
        build_order(n, rng.integers(0, n, 6 * n), rng.integers(0, n, 6 * n), method=OrderMethod.METIS)


def test_edges_of_nodes_that_are_not_there_are_all_listed() -> None:
    with pytest.raises(NetworkDataError) as raised:
        build_order(3, np.array([0, 3, 1]), np.array([1, 2, -1]))
    assert [fault.row for fault in raised.value.faults] == ["edge 1", "edge 2"]
    with pytest.raises(NetworkDataError, match="by number"):
        build_order(3, np.array([0.5]), np.array([1]))
    with pytest.raises(NetworkDataError, match="2 start nodes for 1"):
        build_order(3, np.array([0, 1]), np.array([1]))


def test_missing_coordinates_are_refused() -> None:
    with pytest.raises(NetworkDataError, match="node 1"):
        build_order(2, np.array([0]), np.array([1]), lon=np.array([1.0, np.nan]), lat=np.zeros(2))
    with pytest.raises(NetworkDataError, match="3 values for 2 nodes"):
        build_order(2, np.array([0]), np.array([1]), lon=np.zeros(3), lat=np.zeros(2))


def test_read_only_and_strided_arrays_are_welcome() -> None:
    tails, heads = np.arange(18)[::2], np.arange(9, dtype=np.int32) + 1
    heads.flags.writeable = False
    assert build_order(18, tails, heads).n_edges == 9


def stored(change: str) -> dict[str, Any]:
    n, tails, heads, _, _ = grid(6)
    arrays = {name: array.copy() for name, array in build_order(n, tails, heads).to_arrays().items()}
    first = int(np.argmax(np.diff(arrays["up_start"])))
    row = slice(arrays["up_start"][first], arrays["up_start"][first + 1])
    if change == "missing":
        del arrays["up_head"]
    elif change == "slots missing":
        del arrays["edge_slot"]
    elif change == "slot turned":
        arrays["edge_slot"][4] ^= 1
    elif change == "slot elsewhere":
        arrays["edge_slot"][4] = (arrays["edge_slot"][4] + 2) % (2 * len(arrays["up_head"]))
    elif change == "ranks":
        arrays["rank"][0] = arrays["rank"][1]
    elif change == "rows":
        arrays["up_start"][5], arrays["up_start"][6] = arrays["up_start"][6] + 3, arrays["up_start"][5]
    elif change == "span":
        arrays["up_start"] = arrays["up_start"][:-1]
    elif change == "unsorted":
        arrays["up_head"][row] = arrays["up_head"][row][::-1]
    elif change == "outside":
        arrays["up_head"][row.stop - 1] = n + 7
    elif change == "not chordal":
        parent = arrays["up_head"][row.start]
        kept = np.ones(len(arrays["up_head"]), dtype=bool)
        kept[arrays["up_start"][parent]] = False
        arrays["up_head"] = arrays["up_head"][kept]
        arrays["up_start"][parent + 1 :] -= 1
    return arrays


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("missing", "no up_head"),
        ("ranks", "no permutation"),
        ("rows", "overlap"),
        ("span", "do not span"),
        ("unsorted", "chordal"),
        ("outside", "chordal"),
        ("not chordal", "chordal"),
        ("slot turned", "edge 4 of the network is not in it"),
        ("slot elsewhere", "edge 4 of the network is not in it"),
        ("slots missing", "no edge_slot"),
    ],
)
def test_damaged_order_is_refused(change: str, message: str) -> None:
    _, tails, heads, _, _ = grid(6)
    with pytest.raises(NetworkFileError, match=message):
        Order.from_arrays(stored(change), tails, heads)


def test_order_of_another_network_is_refused() -> None:
    n, tails, heads, _, _ = grid(6)
    arrays = stored("nothing")
    assert Order.from_arrays(arrays, tails, heads).n_nodes == n
    with pytest.raises(NetworkFileError, match="another network"):
        Order.from_arrays(arrays, np.append(tails, 0), np.append(heads, n - 1))
    with pytest.raises(NetworkDataError, match="no such node"):
        Order.from_arrays(arrays, np.append(tails, 0), np.append(heads, n))
