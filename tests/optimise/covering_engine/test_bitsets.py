"""Sets as bits: grouped, contained and containing, against Python's own sets, beyond one word of 64 too."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from optimise.covering_engine.bitsets import (
    contained_in_others,
    containing_others,
    group_equal,
    packed,
    unpacked,
)
from optimise.covering_engine.reductions import lists_of, redundant_columns, redundant_rows

FEW = settings(max_examples=60)


@st.composite
def families(draw):
    """Sets over few members that stand far apart, so that they fall into one, two or three words."""
    members = draw(st.sampled_from([[0, 1, 2, 3], [0, 63, 64, 127], [1, 62, 65, 130]]))
    sets = draw(st.lists(st.frozensets(st.sampled_from(members)), min_size=1, max_size=8))
    mask = np.zeros((len(sets), 131), dtype=bool)
    for row, own in enumerate(sets):
        mask[row, list(own)] = True
    return sets, mask


@FEW
@given(families())
def test_equal_sets_are_one_group_and_empty_ones_none(case):
    sets, mask = case
    words = packed(mask)
    assert words.shape == (len(sets), 3)
    assert (unpacked(words, 131) == mask).all()
    group, firsts = group_equal(words)
    seen: list[frozenset[int]] = []
    for row, own in enumerate(sets):
        if not own:
            assert group[row] == -1
            continue
        if own not in seen:
            assert firsts[len(seen)] == row
            seen.append(own)
        assert group[row] == seen.index(own)
    assert len(firsts) == len(seen)


def test_many_sets_are_grouped_however_the_table_of_them_fills():
    rng = np.random.default_rng(4)
    mask = rng.random((3000, 12)) < 0.5
    group, firsts = group_equal(packed(mask))
    keys = [tuple(row) for row in mask.tolist()]
    order: dict[tuple[bool, ...], int] = {}
    for key in keys:
        if any(key):
            order.setdefault(key, len(order))
    assert group.tolist() == [order.get(key, -1) for key in keys]
    assert [keys[row] for row in firsts] == list(order)


@FEW
@given(families())
def test_a_set_that_contains_another_goes_and_of_equal_ones_the_first_stays(case):
    sets, mask = case
    kept = [row for row, own in enumerate(sets) if own]
    sets, mask = [sets[row] for row in kept], mask[kept]
    if not sets:
        return
    expected = [
        any(other < own or (other == own and place < row) for place, other in enumerate(sets))
        for row, own in enumerate(sets)
    ]
    assert redundant_rows(mask).tolist() == expected
    indptr, holders = lists_of(mask.T)
    rarest = np.asarray([min(own, key=lambda member: mask[:, member].sum()) for own in sets])
    sizes = np.asarray([len(own) for own in sets])
    assert containing_others(packed(mask), sizes, rarest, indptr, holders).tolist() == expected


@FEW
@given(families(), st.data())
def test_a_set_goes_that_enough_kept_ones_contain_for_no_more(case, data):
    sets, mask = case
    prices = np.asarray(
        data.draw(st.lists(st.sampled_from([1.0, 2.0]), min_size=len(sets), max_size=len(sets)))
    )
    times = data.draw(st.integers(1, 3))
    gone = redundant_columns(mask.T, prices, times)

    def replaces(other: int, row: int) -> bool:
        """Contains it and costs no more; of two that are the same, the first replaces the second."""
        if other == row or not sets[other] >= sets[row] or prices[other] > prices[row]:
            return False
        return sets[other] > sets[row] or prices[other] < prices[row] or other < row

    for row, own in enumerate(sets):
        if not own:
            assert gone[row]
            continue
        replacing = [other for other in range(len(sets)) if not gone[other] and replaces(other, row)]
        assert gone[row] == (len(replacing) >= times)
    filled = [row for row, own in enumerate(sets) if own]
    if filled:
        small = mask[filled]
        indptr, holders = lists_of(small.T)
        rarest = np.asarray([next(iter(sets[row])) for row in filled])
        sizes = np.asarray([len(sets[row]) for row in filled])
        again = contained_in_others(packed(small), sizes, prices[filled], rarest, indptr, holders, times)
        assert again.tolist() == gone[filled].tolist()
