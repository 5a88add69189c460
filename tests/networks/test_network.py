"""The network type: order, labels, parallel edges, and what it refuses."""

from __future__ import annotations

import pickle
import subprocess
import sys
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

import networks
from networks import (
    EdgeGeometry,
    Labels,
    NetworkDataError,
    UnknownPlaceError,
    apply_overlays,
    links_out,
    network_from_edges,
    remove_overlays,
)
from networks.overlays import SpeedFactors


def test_edges_are_sorted_and_keep_their_labels(make_network: Any) -> None:
    net = make_network(4, [(2, 0, 5), (0, 3, 7), (0, 1, 9)], labels={"name": ["c", "b", "a"]})
    assert net.topology.tails.tolist() == [0, 0, 2]
    assert net.topology.heads.tolist() == [1, 3, 0]
    assert net.labels["name"].to_array().tolist() == ["a", "b", "c"]
    assert net.moving_s.tolist() == [9, 7, 5]
    assert net.topology.indptr.tolist() == [0, 2, 2, 3, 3]


def test_arrays_cannot_be_written_to(make_network: Any) -> None:
    net = make_network(2, [(0, 1, 1)])
    with pytest.raises(ValueError, match="read-only"):
        net.moving_s[0] = 2
    with pytest.raises(ValueError, match="read-only"):
        net.topology.heads[0] = 0
    with pytest.raises(TypeError):
        net.labels["kind"] = net.labels["name"]


def test_the_fastest_of_parallel_edges_counts_and_the_others_stay(make_network: Any) -> None:
    net = make_network(2, [(0, 1, 10), (0, 1, 4), (0, 1, np.inf)], labels={"kind": ["road", "ferry", "road"]})
    assert net.n_edges == 3
    assert net.search_graph.nnz == 1
    assert net.search_graph[0, 1] == 4
    assert net.labels["kind"][net.fastest_edge_of_pair[0]] == "ferry"


def test_an_edge_of_no_time_stays_an_edge(make_network: Any) -> None:
    assert make_network(2, [(0, 1, 0.0)]).search_graph.nnz == 1


@given(
    st.lists(
        st.tuples(
            st.integers(0, 5), st.integers(0, 5), st.floats(0, 1e4) | st.just(np.inf), st.floats(0, 1e3)
        ),
        min_size=1,
        max_size=40,
    )
)
def test_search_graph_is_the_minimum_over_parallel_edges(
    make_network: Any, rows: list[tuple[int, int, float, float]]
) -> None:
    net = make_network(6, rows)
    best: dict[tuple[int, int], float] = {}
    for tail, head, moving, wait in rows:
        if tail != head and np.isfinite(moving):
            best[tail, head] = min(best.get((tail, head), np.inf), moving + wait)
    graph = net.search_graph.tocoo()
    assert {(t, h): s for t, h, s in zip(graph.row, graph.col, graph.data, strict=True)} == best
    assert_array_equal(net.seconds[net.fastest_edge_of_pair], net.search_graph.data)
    assert_array_equal(net.reverse_graph.toarray(), net.search_graph.toarray().T)


def test_positions_names_what_it_does_not_know(make_network: Any) -> None:
    net = make_network(3, [(0, 1, 1)])
    assert net.positions([2, 0]).tolist() == [2, 0]
    with pytest.raises(UnknownPlaceError, match=r"77.*88"):
        net.positions([77, 1, 88])
    with pytest.raises(UnknownPlaceError, match="and 3 more"):
        net.positions(list(range(100, 113)))


@pytest.mark.parametrize("times", [{"moving_s": [-1.0]}, {"moving_s": [np.nan]}, {"wait_s": [np.inf]}])
def test_impossible_times_are_refused(make_network: Any, times: dict[str, list[float]]) -> None:
    net = make_network(2, [(0, 1, 1)])
    with pytest.raises(NetworkDataError, match="at least 0"):
        net.with_times(**{name: np.asarray(values) for name, values in times.items()})
    with pytest.raises(NetworkDataError, match="2 values for 1 edges"):
        net.with_times(moving_s=np.ones(2))


def test_with_times_shares_the_topology_and_names_the_overlay(make_network: Any) -> None:
    net = make_network(2, [(0, 1, 1)])
    slower = net.with_times(moving_s=np.asarray([3.0]), overlay="slow")
    assert slower.topology is net.topology
    assert slower.overlays == ("slow",)
    assert slower.seconds.tolist() == [3.0]
    assert net.seconds.tolist() == [1.0]


def test_overlays_after_new_times_build_on_them(make_network: Any) -> None:
    net = make_network(2, [(0, 1, 1)])
    halved = apply_overlays(net, [SpeedFactors(name="half", by_class={"*": 0.5})])
    assert halved.seconds.tolist() == [2.0]
    slower = halved.with_times(moving_s=np.asarray([10.0]), overlay="slow")
    again = apply_overlays(slower, [SpeedFactors(name="half again", by_class={"*": 0.5})])
    assert again.seconds.tolist() == [20.0]
    assert again.overlays == ("half", "slow", "half again")


def test_faults_in_tables_are_all_listed() -> None:
    nodes = pd.DataFrame({"node_id": ["a", "a", "b"], "lon": [10.0, 11.0, 200.0], "lat": [60.0, 95.0, 60.0]})
    edges = pd.DataFrame({"from_id": ["a"], "to_id": ["c"], "moving_s": [1.0], "length_m": [1.0]})
    with pytest.raises(NetworkDataError) as raised:
        network_from_edges(nodes, edges)
    assert len(raised.value.faults) == 3
    good = nodes.assign(node_id=["a", "b", "d"], lon=10.0, lat=60.0)
    with pytest.raises(NetworkDataError, match="no such node") as raised:
        network_from_edges(good, edges)
    assert raised.value.faults[0].value == "c"


def test_geometry_follows_its_edges() -> None:
    nodes = pd.DataFrame({"node_id": [1, 2, 3], "lon": [10.0, 11.0, 12.0], "lat": [60.0, 60.0, 60.0]})
    edges = pd.DataFrame(
        {"from_id": [3, 1, 2], "to_id": [1, 2, 3], "moving_s": [3.0, 1.0, 2.0], "length_m": 1.0}
    )
    geometry = EdgeGeometry(np.asarray([0, 2, 2, 3]), np.asarray([1.0, 2.0, 3.0]), np.zeros(3))
    net = network_from_edges(nodes, edges, geometry=geometry)
    assert net.moving_s.tolist() == [1, 2, 3]
    assert net.geometry is not None
    assert net.geometry.indptr.tolist() == [0, 0, 1, 3]
    assert net.geometry.lon.tolist() == [3, 1, 2]


@given(st.lists(st.sampled_from(["", "E6", "Fv17", "Rv80"]), max_size=30))
def test_labels_give_back_their_texts(texts: list[str]) -> None:
    labels = Labels.of(texts)
    assert labels.to_array().tolist() == texts
    assert [labels[position] for position in range(len(labels))] == texts
    assert labels.where("E6", "nowhere").tolist() == [text == "E6" for text in texts]
    order = np.arange(len(texts))[::-1]
    assert labels.take(order).to_array().tolist() == texts[::-1]


def test_missing_labels_are_empty_texts() -> None:
    assert Labels.of([None, float("nan"), "x"]).to_array().tolist() == ["", "", "x"]
    assert Labels.constant("y", 2).to_array().tolist() == ["y", "y"]


def test_edges_frame_keeps_wait_and_motion_apart(make_network: Any) -> None:
    frame = make_network(2, [(0, 1, 60, 120)]).edges_frame()
    assert frame.loc[0, "travel_time_min"] == 3
    assert frame.loc[0, "moving_min"] == 1
    assert frame.loc[0, "wait_min"] == 2
    assert frame.loc[0, "kind"] == "road"


def test_a_network_can_be_sent_to_another_process(make_network: Any) -> None:
    net = make_network(3, [(0, 1, 60), (1, 2, 60)], provenance={"source": "test"})
    closed = apply_overlays(net, [links_out("link1", name="out")])
    there = pickle.loads(pickle.dumps(closed))
    assert there.overlays == ("out",)
    assert there.provenance["source"] == "test"
    assert_array_equal(there.seconds, closed.seconds)
    assert there.edges_frame().equals(closed.edges_frame())
    assert_array_equal(remove_overlays(there).seconds, net.seconds)
    with pytest.raises(ValueError, match="read-only"):
        there.moving_s[0] = 2


def test_every_export_is_there_and_importing_is_light() -> None:
    assert list(networks.__all__) == sorted(networks.__all__)
    for name in networks.__all__:
        assert getattr(networks, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = networks.nothing
    heavy = ("numba", "osmium", "osmnx", "rasterio", "geopandas", "folium", "pulp")
    code = f"import sys, networks; print([name for name in {heavy} if name in sys.modules])"
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (printed.stdout, printed.stderr) == ("[]\n", "")
