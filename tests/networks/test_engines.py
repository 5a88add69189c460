"""Which engine searches: as named, as the block says, or by the work; and that it is told."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import networks.engines as engines
from networks import NetworkDataError, travel_time_matrix
from networks.engines import chosen_engine, known_engine, using_engine


@pytest.fixture(scope="module")
def net(make_network: Any) -> Any:
    return make_network(10, [(0, 1, 1.0)])


def test_an_engine_by_name_is_kept_whatever_the_block_says(net: Any) -> None:
    with using_engine("hierarchy") as used:
        assert chosen_engine(net, 1, 1, engine="scipy") == "scipy"
        assert chosen_engine(net, 1, 1) == "hierarchy"
    assert used.as_dict() == {
        "asked": "hierarchy",
        "ran": ["hierarchy", "scipy"],
        "reasons": {"scipy": "asked for", "hierarchy": "asked for"},
    }
    assert used.in_words() == "hierarchy: asked for; scipy: asked for"
    assert chosen_engine(net, 1, 1) == "scipy"


def test_blocks_within_blocks_and_after_an_error(net: Any) -> None:
    with using_engine("hierarchy") as outer:
        with pytest.raises(NetworkDataError), using_engine("scipy") as inner:
            chosen_engine(net, 1, 1, engine=chosen_engine(net, 1, 1) + "x")
        assert chosen_engine(net, 1, 1) == "hierarchy"
    assert (list(inner.reasons), list(outer.reasons)) == (["scipy"], ["hierarchy"])
    with using_engine("auto") as unused:
        pass
    assert unused.in_words() == ""
    assert unused.as_dict() == {"asked": "auto", "ran": [], "reasons": {}}


def test_the_first_reason_is_the_one_that_is_told(net: Any) -> None:
    with using_engine("auto") as used:
        chosen_engine(net, 3, 2)
        chosen_engine(net, 8, 9)
    assert used.reasons["scipy"].startswith("2 x 10 nodes")


@pytest.mark.parametrize(
    ("sources", "targets", "times", "small"),
    [(3, 9, 1, False), (2, 9, 1, True), (9, 2, 1, True), (2, 9, 2, False), (1, 1, 2, True)],
)
def test_small_is_fewer_searches_than_the_limit(
    net: Any, monkeypatch: pytest.MonkeyPatch, sources: int, targets: int, times: int, small: bool
) -> None:
    """Searches from the side with fewer, times the nodes of the network, times how often: below 30 here."""
    monkeypatch.setattr(engines, "SMALL_SEARCH", 30)
    with using_engine("auto") as used:
        chosen_engine(net, sources, targets, times=times)
    assert any("before the hierarchy is loaded" in reason for reason in used.reasons.values()) is small


def test_unknown_engines_are_refused_with_those_there_are(net: Any) -> None:
    for name in ("abacus", "", "Scipy"):
        with pytest.raises(NetworkDataError, match="scipy, dijkstra, hierarchy"):
            known_engine(name)
        with pytest.raises(NetworkDataError), using_engine(name):
            pass
    assert [known_engine(name) for name in engines.ENGINES] == ["auto", "scipy", "dijkstra", "hierarchy"]


def test_times_that_are_in_memory_already_are_used_however_small_the_question(make_network: Any) -> None:
    ring = make_network(20_000, [(node, (node + 1) % 20_000, 1.0) for node in range(20_000)])
    assert chosen_engine(ring, 1, 1) == "scipy"
    assert "metric" not in ring.__dict__
    minutes = travel_time_matrix(ring, np.array([3]), np.array([63]))
    _ = ring.metric
    assert chosen_engine(ring, 1, 1) == "hierarchy"
    assert travel_time_matrix(ring, np.array([3]), np.array([63])) == pytest.approx(minutes)
    assert minutes[0, 0] == pytest.approx(1.0)
