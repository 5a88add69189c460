"""What a swap of two sites changes, from tables of gains and losses, against the costs written out anew."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from core_cases import core_of, cores, value
from hypothesis import given, settings
from hypothesis import strategies as st

from optimise.pmedian_engine.conditioned_kernels import reduced_sums, swap_tables

FEW = settings(max_examples=40)


@FEW
@given(cores(), st.data())
def test_gains_losses_and_what_they_share_give_the_cost_of_every_swap(case, data):
    dense, caps, _ = case
    m = dense.shape[1]
    opened = data.draw(st.lists(st.integers(0, m - 1), min_size=1, max_size=m, unique=True))
    slot = np.full(m, -1, dtype=np.int64)
    slot[opened] = np.arange(len(opened))
    core = core_of(dense, len(opened), caps)
    gains, losses, shared = swap_tables(core.indptr, core.sites, core.costs, core.caps, slot)
    now = value(dense, caps, tuple(opened))
    assert gains[opened].tolist() == [0.0] * len(opened)
    for place, site in enumerate(opened):
        rest = tuple(other for other in opened if other != site)
        assert now + losses[place] == pytest.approx(value(dense, caps, rest))
    for site in set(range(m)) - set(opened):
        assert now - gains[site] == pytest.approx(value(dense, caps, (*opened, site)))
        for place, closed in enumerate(opened):
            swapped = (*(other for other in opened if other != closed), site)
            told = now - gains[site] + losses[place] - shared[site, place]
            assert told == pytest.approx(value(dense, caps, swapped))


@FEW
@given(cores(), st.data())
def test_what_a_site_is_worth_at_given_multipliers(case, data):
    dense, caps, _ = case
    core = core_of(dense, 1, caps)
    u = np.asarray(data.draw(st.lists(st.floats(0, 20), min_size=len(caps), max_size=len(caps))))
    worth = reduced_sums(core.indptr, core.sites, core.costs, u, core.n_sites)
    expected = np.zeros(core.n_sites)
    for row, site in product(range(len(caps)), range(core.n_sites)):
        if dense[row, site] < caps[row]:
            expected[site] += min(0.0, dense[row, site] - u[row])
    assert worth == pytest.approx(expected)
    assert (worth <= 0).all()
