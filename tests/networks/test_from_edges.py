"""Tables of nodes and edges to a network: nothing lost, nothing moved, and every bad row told."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from networks import EdgeGeometry, FerryService, NetworkDataError, TravelNetwork, network_from_edges
from networks.changes import compare_networks
from networks.check import Limits, check_network
from networks.components import find_components
from networks.geometry import edge_lines, edge_points
from networks.network import fastest_edges

rows = st.lists(
    st.tuples(st.integers(0, 4), st.integers(0, 4), st.sampled_from([0.0, 30.0, 45.5, math.inf])), max_size=12
)


def nodes(count: int = 5, **columns: Any) -> pd.DataFrame:
    lon = [15.0 + 0.1 * number for number in range(count)]
    return pd.DataFrame({"node_id": [f"n{k}" for k in range(count)], "lon": lon, "lat": 68.0} | columns)


def edges(drawn: list[tuple[int, int, float]], **columns: Any) -> pd.DataFrame:
    table = {
        "from_id": [f"n{a}" for a, _, _ in drawn],
        "to_id": [f"n{b}" for _, b, _ in drawn],
        "moving_s": np.asarray([s for *_, s in drawn], dtype=float),
        "length_m": np.arange(len(drawn), dtype=float),
        "link_id": [f"e{number}" for number in range(len(drawn))],
    }
    return pd.DataFrame(table | columns)


def rows_of(network: TravelNetwork) -> Counter[tuple[Any, ...]]:
    frame = network.edges_frame()
    columns = ["from_id", "to_id", "moving_min", "wait_min", "length_km", "link_id"]
    return Counter(frame[columns].itertuples(index=False, name=None))


@given(rows, st.randoms(use_true_random=False))
def test_every_row_becomes_its_edge_wherever_it_stands(drawn: list[Any], random: Any) -> None:
    table = edges(drawn, wait_s=[60.0 * number for number in range(len(drawn))])
    network = network_from_edges(nodes(), table)
    expected = Counter(
        (f"n{a}", f"n{b}", s / 60, float(number), number / 1000, f"e{number}")
        for number, (a, b, s) in enumerate(drawn)
    )
    assert rows_of(network) == expected
    mixed = list(range(len(drawn)))
    random.shuffle(mixed)
    assert rows_of(network_from_edges(nodes(), table.iloc[mixed])) == expected
    topology = network.topology
    assert (np.diff(topology.tails) >= 0).all()
    for node in range(5):
        assert (topology.tails[topology.indptr[node] : topology.indptr[node + 1]] == node).all()
    assert topology.indptr[-1] == len(drawn)


@given(rows)
def test_the_graph_that_is_searched_has_the_fastest_open_edge_of_each_pair(drawn: list[Any]) -> None:
    network = network_from_edges(nodes(), edges(drawn))
    graph, which = fastest_edges(network.topology, network.seconds)
    best: dict[tuple[int, int], tuple[float, str]] = {}
    for number, (a, b, s) in enumerate(drawn):
        if a != b and s < math.inf and s < best.get((a, b), (math.inf, ""))[0]:
            best[a, b] = (s, f"e{number}")
    found = {}
    for node in range(5):
        for place in range(graph.indptr[node], graph.indptr[node + 1]):
            link = network.labels["link_id"][int(which[place])]
            found[node, int(graph.indices[place])] = (float(graph.data[place]), link)
    assert found == best
    assert network.reverse_graph.shape == (5, 5)
    assert np.array_equal(network.reverse_graph.toarray(), graph.toarray().T)


@settings(max_examples=40)
@given(rows)
def test_parts_are_those_of_another_library(drawn: list[Any]) -> None:
    network = network_from_edges(nodes(), edges(drawn))
    graph = nx.DiGraph()
    graph.add_nodes_from(range(5))
    graph.add_edges_from((a, b) for a, b, s in drawn if s < math.inf)
    for strong, parts in (
        (True, nx.strongly_connected_components(graph)),
        (False, nx.weakly_connected_components(graph)),
    ):
        expected = sorted((sorted(part) for part in parts), key=lambda part: (-len(part), part[0]))
        found = find_components(network, strong=strong)
        assert [np.flatnonzero(found.of_node == k).tolist() for k in range(len(found.sizes))] == expected
        assert found.sizes.tolist() == [len(part) for part in expected]


@settings(max_examples=30)
@given(rows, rows)
def test_what_changed_between_two_builds(before: list[Any], after: list[Any]) -> None:
    """Links are compared by their names: ``e0, e1, ...`` in both."""
    found = compare_networks(
        network_from_edges(nodes(), edges(before)), network_from_edges(nodes(), edges(after))
    )
    names: dict[str, list[str]] = {key: [] for key in ("opened", "closed", "slower", "faster")}
    for number, (one, other) in enumerate(zip(before, after, strict=False)):
        was, now = one[2], other[2]
        if was != now and (math.isinf(was) or math.isinf(now)):
            names["opened" if math.isinf(was) else "closed"].append(f"e{number}")
        elif 0 < was < now:
            names["slower"].append(f"e{number}")
        elif was > now:
            names["faster"].append(f"e{number}")
    shared = min(len(before), len(after))
    assert found.links_added == tuple(sorted(f"e{k}" for k in range(shared, len(after))))
    assert found.links_removed == tuple(sorted(f"e{k}" for k in range(shared, len(before))))
    assert set(found.links_opened) == set(names["opened"])
    assert set(found.links_closed) == set(names["closed"])
    assert {link for link, *_ in found.links_slower} == set(names["slower"])
    assert {link for link, *_ in found.links_faster} == set(names["faster"])
    for link, was, now in (*found.links_slower, *found.links_faster):
        number = int(link[1:])
        assert (was, now) == (before[number][2] / 60, after[number][2] / 60)
    change = [abs(now - was) for _, was, now in found.links_slower]
    assert change == sorted(change, reverse=True)
    assert found.counts["links_added"] == len(found.links_added)


@pytest.mark.parametrize(
    ("speed_kph", "kind", "finding"),
    [
        (4.0, "road", None),
        (3.9, "road", "slow_road"),
        (135.0, "road", None),
        (135.5, "road", "fast_road"),
        (5.0, "ferry", None),
        (4.9, "ferry", "slow_ferry"),
        (60.0, "ferry", None),
        (60.5, "ferry", "fast_ferry"),
    ],
)
def test_limits_of_what_is_believed(speed_kph: float, kind: str, finding: str | None) -> None:
    """Over ten kilometres between nodes 4.16 km apart, which is no long detour."""
    table = edges([(0, 1, 36000.0 / speed_kph), (1, 0, 36000.0 / speed_kph)], kind=kind).assign(
        length_m=10_000.0, link_id="one"
    )
    report = check_network(network_from_edges(nodes(2), table))
    strange = {one.kind: one for one in report.findings if one.kind.startswith(("slow", "fast"))}
    assert set(strange) == ({finding} - {None})
    if finding:
        assert report.counts[finding] == 1  # both directions of a link are one finding
        assert strange[finding].what == "one"
        assert strange[finding].detail.startswith(f"{speed_kph:.1f}")


@pytest.mark.parametrize(
    ("share", "kind", "finding"),
    [
        (0.971, "road", None),
        (0.969, "road", "shorter_than_straight"),
        (0.969, "ferry", "shorter_than_straight"),
        (2.99, "road", None),
        (3.01, "road", "long_detour"),
        (3.01, "ferry", None),
    ],
)
def test_limits_of_lengths(share: float, kind: str, finding: str | None) -> None:
    circle = 2 * 6371008.8 * math.asin(math.cos(math.radians(68)) * math.sin(math.radians(0.05)))
    table = edges([(0, 1, 600.0)], kind=kind).assign(length_m=share * circle)
    report = check_network(
        network_from_edges(nodes(2), table), limits=Limits(road_kph=(0.0, 1e9), ferry_kph=(0.0, 1e9))
    )
    found = {one.kind for one in report.findings} & {"shorter_than_straight", "long_detour"}
    assert found == ({finding} - {None})


def test_a_bent_road_may_be_as_long_as_it_likes() -> None:
    table = edges([(0, 1, 3600.0)], kind="road").assign(length_m=40_000.0)
    bent = EdgeGeometry(np.asarray([0, 1]), np.asarray([15.05]), np.asarray([68.2]))
    for geometry, counted in ((None, 1), (bent, 0)):
        report = check_network(network_from_edges(nodes(2), table, geometry=geometry))
        assert report.counts.get("long_detour", 0) == counted


@given(
    st.lists(st.lists(st.tuples(st.floats(15, 16), st.floats(68, 69)), max_size=3), min_size=1, max_size=5)
)
def test_inner_points_stay_with_their_edge(bends: list[list[tuple[float, float]]]) -> None:
    drawn = [(4 - number % 5, number % 3, 30.0) for number in range(len(bends))]
    counts = [len(points) for points in bends]
    flat = np.asarray([point for points in bends for point in points], dtype=float).reshape(-1, 2)
    geometry = EdgeGeometry(np.concatenate([[0], np.cumsum(counts)]), flat[:, 0], flat[:, 1])
    network = network_from_edges(nodes(), edges(drawn), geometry=geometry)
    every = np.arange(network.n_edges)
    points, owner = edge_points(network, every)
    lines = edge_lines(network, every)
    for edge in every:
        number = int(network.labels["link_id"][edge][1:])
        a, b, _ = drawn[number]
        expected = [(15.0 + 0.1 * a, 68.0), *bends[number], (15.0 + 0.1 * b, 68.0)]
        assert points[owner == edge].tolist() == [list(point) for point in expected]
        assert list(lines[edge].coords) == expected
    one = every[-1:]
    assert np.array_equal(edge_points(network, one)[0], points[owner == one[0]])


@pytest.mark.parametrize(
    ("node_columns", "edge_columns", "where", "row", "column"),
    [
        ({"node_id": ["n0", "n0"]}, {}, "nodes", "n0", ""),
        ({"node_id": ["n0", None]}, {}, "nodes", "1", ""),
        ({"lon": [15.0, 180.5]}, {}, "nodes", "n1", ""),
        ({"lat": [math.nan, 68.0]}, {}, "nodes", "n0", ""),
        ({"lat": [68.0, -90.1]}, {}, "nodes", "n1", ""),
        ({}, {"to_id": ["n7"]}, "edges", "0", "to_id"),
        ({}, {"from_id": ["n7"]}, "edges", "0", "from_id"),
        ({}, {"moving_s": [-1.0]}, "moving_s", "edge 0", ""),
        ({}, {"moving_s": [math.nan]}, "moving_s", "edge 0", ""),
        ({}, {"wait_s": [math.inf]}, "wait_s", "edge 0", ""),
        ({}, {"length_m": [-0.1]}, "length_m", "edge 0", ""),
        ({}, {"service": [1]}, "edges", "0", "service"),
        ({}, {"service": [-2]}, "edges", "0", "service"),
        ({}, {"service": [0.5]}, "edges", "0", "service"),
    ],
)
def test_a_bad_row_is_told(node_columns: Any, edge_columns: Any, where: str, row: str, column: str) -> None:
    service = FerryService("f", "f", 20.0, 8.0)
    table = edges([(0, 1, 60.0)]).assign(**edge_columns)
    with pytest.raises(NetworkDataError) as raised:
        network_from_edges(nodes(2).assign(**node_columns), table, services=[service])
    fault = raised.value.faults[0]
    assert (fault.where, fault.row, fault.column) == (where, row, column)


@pytest.mark.parametrize("given_as", [[-1, 0], [math.nan, 0.0]])
def test_an_edge_without_a_service_is_no_ferry(given_as: list[float]) -> None:
    service = FerryService("f", "f", 20.0, 8.0)
    network = network_from_edges(
        nodes(), edges([(0, 1, 1.0), (1, 2, 1.0)]).assign(service=given_as), services=[service]
    )
    assert network.service_index is not None
    assert network.service_index.tolist() == [-1, 0]


@given(st.lists(st.sampled_from(["E6", "Fv17", "", "E10"]), min_size=1, max_size=8))
def test_any_text_column_becomes_a_label(texts: list[str]) -> None:
    drawn = [(number % 5, (number + 1) % 5, 1.0) for number in range(len(texts))]
    network = network_from_edges(nodes(name=list("ABCDE")), edges(drawn).assign(ref=texts))
    by_link = dict(zip(network.labels["link_id"].to_array(), network.labels["ref"].to_array(), strict=True))
    assert by_link == {f"e{number}": text for number, text in enumerate(texts)}
    assert network.node_labels["name"].to_array().tolist() == list("ABCDE")
    for name, text in itertools.product(("winter", "source"), [""]):
        assert set(network.labels[name].to_array()) == {text}
