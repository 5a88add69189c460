"""Deciding sites and cutting rows loses no solution below the threshold: cores with and without it."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimise.pmedian_engine.bounds import FREE, HUGE, ascend
from optimise.pmedian_engine.core import Core
from optimise.pmedian_engine.costs import read_costs
from optimise.pmedian_engine.root import build_root
from optimise.pmedian_engine.shrink import reduce_core


def values(core: Core) -> dict[tuple[int, ...], float]:
    """Cost of every choice, by the root numbers of all open sites."""
    found = {}
    for sites in itertools.combinations(range(core.n_sites), core.budget):
        chosen = np.zeros(core.n_sites, dtype=np.bool_)
        chosen[list(sites)] = True
        found[tuple(core.root_sites(chosen).tolist())] = core.value(chosen)
    return found


def root_core(seed: int, n_rows: int, n_sites: int, p: int) -> Core:
    random = np.random.default_rng(seed)
    costs = random.integers(0, 50, (n_rows, n_sites)).astype(float)
    costs[random.random(costs.shape) < 0.15] = np.nan
    weights = random.integers(1, 5, n_rows).astype(float)
    none = np.zeros(0, dtype=np.int64)
    kept = {"fixed_in": none, "fixed_out": none, "unserved_cost": 60.0, "most_pairs": None}
    return build_root(read_costs(costs), weights, p, **kept).core


@settings(max_examples=150)
@given(
    st.integers(0, 2**32 - 1),
    st.integers(2, 14),
    st.integers(3, 9),
    st.integers(1, 80),
    st.sampled_from([-3.0, 0.0, 1e-6, 1.0, 20.0, 300.0]),
    st.data(),
)
def test_reduction_keeps_every_solution_below_the_threshold(
    seed: int, n_rows: int, n_sites: int, steps: int, above: float, data: st.DataObject
) -> None:
    core = root_core(seed, n_rows, n_sites, data.draw(st.integers(1, n_sites - 1)))
    whole = values(core)
    threshold = min(whole.values()) + above
    multipliers = np.random.default_rng(seed).uniform(0, 1, core.n_rows) * core.caps
    status = np.full(core.n_sites, FREE, dtype=np.int8)
    state = np.array([1.0, -HUGE, 0.0])
    ascend(
        core.indptr, core.sites, core.costs, core.caps, core.budget, multipliers, status,
        threshold - core.constant, state, steps, 20, np.full(core.n_sites, 0.5),
        np.array([np.inf]), np.zeros(core.n_sites, dtype=np.bool_),
    )  # fmt: skip
    good = {sites: value for sites, value in whole.items() if value < threshold - 1e-9}
    if state[1] >= HUGE or state[1] + core.constant >= threshold:
        assert not good, "the bound passed a solution that is below the threshold"
        return
    reduced = reduce_core(core, multipliers, status, threshold)
    if reduced.closed:
        assert not good, "the reduction closed a problem that has solutions below the threshold"
        return
    left = values(reduced.core)
    for sites, value in good.items():
        assert sites in left, "a site of a better solution was decided the wrong way"
        assert left[sites] == pytest.approx(value, rel=1e-9, abs=1e-9)
    for sites, value in left.items():
        assert value >= threshold - 1e-6 or value == pytest.approx(whole[sites], rel=1e-9, abs=1e-9)
