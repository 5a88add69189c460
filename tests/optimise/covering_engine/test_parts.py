"""Maximal covering bounded by parts of the people, against every choice of sites."""

import itertools
import math
from unittest import mock

import numpy as np
import pytest

from optimise.covering_engine.coverage import Coverage
from optimise.covering_engine.gains import Gains
from optimise.covering_engine.maximal_cover import MaximalCoverSearch
from optimise.covering_engine.part_kernels import best_choice
from optimise.covering_engine.parts import PartedSearch
from optimise.covering_engine.reductions import lists_of
from optimise.running import Limits
from optimise.status import Status

_PARTS, _ENGINE = "optimise.covering_engine.parts.", "optimise.covering_engine."


def _drawn(seed):
    """Who covers whom, weights (whole in every second), and a number of sites."""
    random = np.random.default_rng(seed)
    n_rows, n_sites = random.integers(4, 40), random.integers(3, 11)
    near = random.random((n_rows, n_sites)) < random.uniform(0.1, 0.6)
    weights = random.integers(1, 50, n_rows).astype(float) if seed % 2 else random.random(n_rows)
    return random, near, weights, int(random.integers(1, n_sites))


def _most(near, weights, p):
    sets = itertools.combinations(range(near.shape[1]), p)
    return max(weights[near[:, list(chosen)].any(axis=1)].sum() for chosen in sets)


@pytest.mark.parametrize("first", range(0, 120, 20))
def test_the_best_sites_and_a_bound_whatever_the_parts_and_the_effort(first):
    closed = 0
    for seed in range(first, first + 20):
        random, near, weights, p = _drawn(seed)
        n_rows, n_sites = near.shape
        whole = Gains(near, weights, np.zeros(n_rows), np.arange(n_sites), p, np.zeros(0, dtype=int), 0.0)
        gains, _ = whole.decided(np.zeros(n_sites, dtype=int))
        if not 0 < gains.n_open < len(gains.columns):
            continue
        found = [0.0]
        effort = {"_SITES": float(random.integers(1, 6)), "_STEPS": int(random.integers(1, 20))}
        effort |= {"_ROOT_STEPS": int(random.integers(2, 60)), "_FIRST_STEPS": int(random.integers(0, 60))}
        effort |= {"_MOST_SETS": int(random.choice([2, 20, 10_000]))}
        with mock.patch.multiple(_PARTS[:-1], **effort):
            search = PartedSearch(
                gains,
                lambda found=found: found[-1] * (1 + 1e-10),
                lambda chosen, found=found, gains=gains: found.append(max(found[-1], gains.worth(chosen))),
                lambda _: False,
                math.inf,
            )
            bound, proven = search.run()
        truth = _most(near, weights, p)
        assert max(bound, found[-1]) >= truth * (1 - 1e-9)
        assert found[-1] == pytest.approx(truth) or not proven
        closed += proven
    assert closed > 4


@pytest.mark.parametrize("seed", range(40))
def test_the_engine_proves_by_parts_where_nothing_else_bounds(seed):
    _, near, weights, p = _drawn(1000 + seed)
    patches = {"parts.PAYS_AT_PAIRS": 0, "parts._SITES": 4.0, "maximal_cover._STEPS": 0}
    patches |= {"cover_tree._ROOT_STEPS": 0, "cover_tree._MOST_WORK": 0}
    started = [mock.patch(_ENGINE + name, value) for name, value in patches.items()]
    for patch in started:
        patch.start()
    coverage = Coverage(near, weights, np.arange(len(near)))
    found = MaximalCoverSearch(coverage, p, Limits()).outcome()
    for patch in started:
        patch.stop()
    truth = _most(near, weights, p)
    assert (found.status, found.worth) == (Status.OPTIMAL, pytest.approx(truth))
    assert found.bound == pytest.approx(truth)


@pytest.mark.parametrize("seed", range(60))
def test_the_best_choice_of_a_part_at_prices(seed):
    random, near, weights, _ = _drawn(2000 + seed)
    prices, allowed = random.uniform(0, 60, near.shape[1]), random.random(near.shape[1]) < 0.8
    forced = int(random.integers(-1, near.shape[1]))
    others = [site for site in np.flatnonzero(allowed).tolist() if site != forced]
    always = [] if forced < 0 else [forced]
    sets = [
        [*always, *chosen]
        for size in range(len(others) + 1)
        for chosen in itertools.combinations(others, size)
    ]
    worths = [weights[near[:, own].any(axis=1)].sum() - prices[own].sum() for own in sets]
    chosen = np.zeros(near.shape[1], dtype=bool)
    lists = (*lists_of(near), *lists_of(near.T))
    worth, _ = best_choice(*lists, weights, prices, allowed, forced, -1e9, 10**6, chosen)
    assert worth == pytest.approx(max(worths))
    assert weights[near[:, chosen].any(axis=1)].sum() - prices[chosen].sum() == pytest.approx(worth)
    floor = worth + 1.0
    assert best_choice(*lists, weights, prices, allowed, forced, floor, 10**6, chosen)[0] == floor
