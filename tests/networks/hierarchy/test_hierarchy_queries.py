"""Questions with answers known beforehand, and questions that are refused."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from dijkstra import dijkstra_many_to_many, fastest_pairs

from networks.errors import NetworkDataError
from networks.hierarchy import (
    Engine,
    Metric,
    build_order,
    choose_engine,
    customise,
    legs,
    many_to_many,
    nearest,
    paths,
    stream_many_to_many,
)
from networks.hierarchy import engine as engine_module
from networks.hierarchy.lanes import LANES
from networks.hierarchy.sweep import run_batches

# 0 -road- 1 ~ferry~ 2 -road- 3, a slow road 1 - 4 - 2 round the fjord, and 5 apart.
TAILS = np.array([0, 1, 1, 2, 2, 3, 1, 4, 4, 2, 0])
HEADS = np.array([1, 0, 2, 1, 3, 2, 4, 1, 2, 4, 1])
SECONDS = np.array([60.0, 60, 900, 900, 30, 30, 2000, 2000, 1000, 1000, 50])
WAIT = np.array([0.0, 0, 600, 600, 0, 0, 0, 0, 0, 0, 0])


@pytest.fixture(scope="module")
def fjord() -> Metric:
    return customise(build_order(6, TAILS, HEADS), SECONDS)


def test_fjord_with_and_without_the_ferry(fjord: Metric) -> None:
    nodes = np.arange(6)
    seconds = many_to_many(fjord, nodes, nodes)
    assert seconds[0, 3] == 50 + 900 + 30
    assert seconds[3, 0] == 30 + 900 + 60
    assert np.isinf(seconds[5, :5]).all()
    assert np.isinf(seconds[:5, 5]).all()
    assert (np.diagonal(seconds) == 0).all()
    no_ferry = customise(fjord.order, np.where(WAIT > 0, np.inf, SECONDS))
    assert many_to_many(no_ferry, nodes, nodes)[0, 3] == 50 + 3000 + 30
    cut_off = customise(fjord.order, np.where(SECONDS >= 900, np.inf, SECONDS))
    assert np.isinf(many_to_many(cut_off, nodes, nodes)[0, 3])


def test_legs_and_path_over_the_ferry(fjord: Metric) -> None:
    found = legs(fjord, np.array([0, 5]), np.array([3]), {"wait": WAIT, "edges": np.ones(11)})
    assert found.seconds[0, 0] == 980
    assert found.sums["wait"][0, 0] == 600
    assert found.sums["edges"][0, 0] == 3
    assert np.isnan(found.sums["wait"][1, 0])
    way = paths(fjord, np.array([0, 2, 0]), np.array([3, 2, 5]))
    assert way.edges_of(0).tolist() == [10, 2, 4]
    assert way.edges_of(1).tolist() == []
    assert way.edges_of(2).tolist() == []
    assert way.seconds.tolist() == [980, 0, np.inf]


def test_long_path_is_unpacked_whole() -> None:
    """More edges than the first guess of the room they need."""
    n = 5_000
    steps = np.arange(n - 1)
    metric = customise(build_order(n, steps, steps + 1), np.ones(n - 1))
    found = paths(metric, np.array([0, n - 1]), np.array([n - 1, 0]))
    assert found.edges_of(0).tolist() == steps.tolist()
    assert found.seconds.tolist() == [n - 1, np.inf]


def test_nearest_both_ways(fjord: Metric) -> None:
    seconds, which = nearest(fjord, np.arange(6), np.array([0, 3]))
    assert seconds[:, 0].tolist() == [0, 60, 30, 0, 1030, np.inf]
    assert which[:, 0].tolist() == [0, 0, 1, 1, 1, -1]
    back, _ = nearest(fjord, np.array([1]), np.array([0]), from_facilities=True)
    assert back[0, 0] == 50


def test_nearest_of_equals_is_the_first(fjord: Metric) -> None:
    for k in (1, 2):
        _, which = nearest(fjord, np.array([0, 2]), np.array([1, 1]), k=k)
        assert which[:, 0].tolist() == [0, 0]
    assert nearest(fjord, np.array([0, 2]), np.array([1, 1]), k=2)[1][:, 1].tolist() == [1, 1]


def test_nearest_of_no_facility(fjord: Metric) -> None:
    for k in (1, 3):
        seconds, which = nearest(fjord, np.arange(6), np.empty(0, dtype=int), k=k)
        assert np.isinf(seconds).all()
        assert (which == -1).all()
        assert seconds.shape == which.shape == (6, k)


def test_every_number_of_searches_fills_its_lanes() -> None:
    rng = np.random.default_rng(3)
    n = 60
    tails, heads, seconds = rng.integers(0, n, 200), rng.integers(0, n, 200), rng.uniform(1, 9, 200)
    metric = customise(build_order(n, tails, heads), seconds)
    pairs = fastest_pairs(n, tails, heads, seconds)
    for n_sources in (1, LANES - 1, LANES, LANES + 1, 3 * LANES + 5):
        sources, targets = rng.integers(0, n, n_sources), rng.integers(0, n, 70)
        for threads in (1, 2):
            found = many_to_many(metric, sources, targets, threads=threads)
            np.testing.assert_allclose(found, dijkstra_many_to_many(pairs, sources, targets), rtol=1e-12)


def test_stream_is_lazy_and_bounded(fjord: Metric) -> None:
    blocks = stream_many_to_many(fjord, np.arange(6), np.arange(6), block_bytes=2 * 6 * 8)
    first, seconds = next(blocks)
    assert (first.start, first.stop, seconds.shape) == (0, 2, (2, 6))
    assert [where.start for where, _ in blocks] == [2, 4]


def test_a_metric_cannot_be_changed_by_accident(fjord: Metric) -> None:
    with pytest.raises(ValueError, match="read-only"):
        fjord.arc_seconds[0, 0] = 1.0
    own = SECONDS.copy()
    metric = customise(fjord.order, own)
    own[:] = 0
    assert metric.edge_seconds.tolist() == SECONDS.tolist()


def test_a_metric_sent_to_another_process_answers_without_compiling_anew(fjord: Metric) -> None:
    """Numba compiles for read-only and writable arrays apart, so what arrives must be as it was sent."""
    arrived = pickle.loads(pickle.dumps(fjord, protocol=5))
    nodes = np.arange(6)
    many_to_many(fjord, nodes, nodes)
    known = len(run_batches.signatures)
    np.testing.assert_array_equal(many_to_many(arrived, nodes, nodes), many_to_many(fjord, nodes, nodes))
    assert len(run_batches.signatures) == known
    assert not arrived.order.rank.flags.writeable


@pytest.mark.parametrize("bad", [-1.0, np.nan])
def test_impossible_times_are_refused(fjord: Metric, bad: float) -> None:
    with pytest.raises(NetworkDataError, match="edge 4"):
        customise(fjord.order, np.where(np.arange(11) == 4, bad, SECONDS))


def test_wrong_number_of_times_is_refused(fjord: Metric) -> None:
    with pytest.raises(NetworkDataError, match="for 11 edges"):
        customise(fjord.order, SECONDS[:-1])


@pytest.mark.parametrize("nodes", [np.array([0, 6]), np.array([-1]), np.array([0.5])])
def test_nodes_that_are_not_there_are_refused(fjord: Metric, nodes: np.ndarray) -> None:
    here = np.array([0])
    for ask in (many_to_many, nearest, lambda m, s, t: legs(m, s, t, {})):
        with pytest.raises(NetworkDataError):
            ask(fjord, nodes, here)
        with pytest.raises(NetworkDataError):
            ask(fjord, here, nodes)
    with pytest.raises(NetworkDataError):
        paths(fjord, nodes[:1], here if nodes[0] != 0 else nodes[1:])


def test_other_impossible_questions_are_refused(fjord: Metric) -> None:
    one = np.array([0])
    with pytest.raises(NetworkDataError, match="limit_s"):
        many_to_many(fjord, one, one, limit_s=-1)
    with pytest.raises(NetworkDataError, match="limit_s"):
        nearest(fjord, one, one, limit_s=float("nan"))
    with pytest.raises(NetworkDataError, match="k: must be at least 1"):
        nearest(fjord, one, one, k=0)
    with pytest.raises(NetworkDataError, match="extra_s"):
        nearest(fjord, one, one, extra_s=np.array([-1.0]))
    with pytest.raises(NetworkDataError, match="group"):
        nearest(fjord, one, one, group=np.array([-1]))
    with pytest.raises(NetworkDataError, match="in pairs"):
        paths(fjord, np.array([0, 1]), one)
    with pytest.raises(NetworkDataError, match="wait: shape"):
        legs(fjord, one, one, {"wait": WAIT[:-1]})
    with pytest.raises(NetworkDataError, match="edge 2"):
        legs(fjord, one, one, {"wait": np.where(WAIT > 0, np.nan, 0)})


def test_quantities_of_closed_edges_may_be_missing(fjord: Metric) -> None:
    closed = customise(fjord.order, np.where(WAIT > 0, np.inf, SECONDS))
    found = legs(closed, np.array([0]), np.array([3]), {"wait": np.where(WAIT > 0, np.nan, 0)})
    assert found.sums["wait"][0, 0] == 0


def test_small_jobs_go_to_scipy_and_large_ones_to_the_hierarchy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_module, "is_compiled", lambda: True)
    assert choose_engine(400, 300, 90).engine is Engine.SCIPY
    large = choose_engine(500_000, 5_000, 300)
    assert large.engine is Engine.HIERARCHY
    assert "SciPy" in large.estimates
    assert choose_engine(500_000, 1, 1).engine is Engine.SCIPY
    assert choose_engine(30_000, 5_000, 20, scenarios=200).engine is Engine.HIERARCHY
    assert choose_engine(500_000, 1, 10, has_metric=True).engine is Engine.HIERARCHY


def test_time_to_compile_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    question = (30_000, 5_000, 1_500)
    monkeypatch.setattr(engine_module, "is_compiled", lambda: True)
    assert choose_engine(*question).engine is Engine.HIERARCHY
    monkeypatch.setattr(engine_module, "is_compiled", lambda: False)
    assert choose_engine(*question).engine is Engine.SCIPY
