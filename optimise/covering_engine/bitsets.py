"""Sets as rows of 64-bit words: packed from costs, equal ones grouped, contained ones found."""

from __future__ import annotations

import numpy as np

from optimise.arrays import BoolArray, FloatArray, IntArray
from optimise.compiled import Int32Array, WordArray, compiled

WORD_BITS = 64


def n_words(n_members: int) -> int:
    """Words for a set of so many possible members; at least one."""
    return max(1, -(-n_members // WORD_BITS))


def packed(member: BoolArray) -> WordArray:
    """(n_sets, words) the sets whose members a (n_sets, n_members) mask marks."""
    n_sets, n_members = member.shape
    words = np.zeros((n_sets, n_words(n_members) * 8), dtype=np.uint8)
    own = np.packbits(member, axis=1, bitorder="little")
    words[:, : own.shape[1]] = own
    return words.view(np.uint64)


def unpacked(words: WordArray, n_members: int) -> BoolArray:
    """(n_sets, n_members) the mask of packed sets."""
    bits = np.unpackbits(words.view(np.uint8), axis=1, bitorder="little")
    return bits[:, :n_members].astype(bool)


@compiled
def pack_costs(costs: FloatArray, limit: FloatArray, columns: IntArray, words: WordArray) -> None:
    """Set bit k of row i of ``words`` where ``costs[i, columns[k]] <= limit[i]``; no copy of the costs."""
    for row in range(len(costs)):
        for place in range(len(columns)):
            if costs[row, columns[place]] <= limit[row]:
                words[row, place >> 6] |= np.uint64(1) << np.uint64(place & 63)


@compiled
def pack_lists(indptr: IntArray, members: IntArray, words: WordArray) -> None:
    """Set the bits of the listed members (``members[indptr[i]:indptr[i + 1]]``), leaving -1 out."""
    for row in range(len(words)):
        for entry in range(indptr[row], indptr[row + 1]):
            place = members[entry]
            if place >= 0:
                words[row, place >> 6] |= np.uint64(1) << np.uint64(place & 63)


@compiled
def group_equal(words: WordArray) -> tuple[IntArray, IntArray]:
    """Group of each set, -1 for empty sets, and the first set of each group; groups in order of appearance.

    A hash table whose entries are compared word by word, so that no two different sets are ever merged.
    """
    n_sets, width = words.shape
    size = 16
    while size < 2 * n_sets:
        size *= 2
    table = np.full(size, -1, dtype=np.int64)
    group = np.full(n_sets, -1, dtype=np.int64)
    firsts = np.empty(n_sets, dtype=np.int64)
    n_groups = 0
    for row in range(n_sets):
        mixed = np.uint64(0)
        filled = False
        for word in range(width):
            filled |= words[row, word] != 0
            mixed = (mixed ^ words[row, word]) * np.uint64(0x9E3779B97F4A7C15)
            mixed ^= mixed >> np.uint64(29)
        if not filled:
            continue
        slot = np.int64(mixed & np.uint64(size - 1))
        while table[slot] >= 0:
            other = firsts[table[slot]]
            same = True
            for word in range(width):
                if words[row, word] != words[other, word]:
                    same = False
                    break
            if same:
                break
            slot = (slot + 1) & (size - 1)
        if table[slot] < 0:
            table[slot] = n_groups
            firsts[n_groups] = row
            n_groups += 1
        group[row] = table[slot]
    return group, firsts[:n_groups]


@compiled
def _inside(words: WordArray, small: int, large: int) -> bool:
    outside = np.uint64(0)
    for word in range(words.shape[1]):
        outside |= words[small, word] & ~words[large, word]
    return bool(outside == 0)


@compiled
def containing_others(
    words: WordArray, sizes: IntArray, rarest: IntArray, indptr: IntArray, holders: Int32Array
) -> BoolArray:
    """(n_sets,) True for sets that contain another set; of equal sets all but the first.

    Args:
        words: the sets.
        sizes: how many members each has.
        rarest: a member of each set that few sets have: every superset has it too.
        indptr: where the list of each member begins in ``holders``.
        holders: the sets that have the member.
    """
    n_sets = len(words)
    gone = np.zeros(n_sets, dtype=np.bool_)
    for small in np.argsort(sizes, kind="mergesort"):
        if gone[small]:
            continue
        member = rarest[small]
        for entry in range(indptr[member], indptr[member + 1]):
            large = holders[entry]
            if large == small or gone[large] or sizes[large] < sizes[small]:
                continue
            if sizes[large] == sizes[small] and large < small:
                continue
            gone[large] = _inside(words, small, large)
    return gone


@compiled
def contained_in_others(
    words: WordArray,
    sizes: IntArray,
    prices: FloatArray,
    rarest: IntArray,
    indptr: IntArray,
    holders: Int32Array,
    times: int,
) -> BoolArray:
    """(n_sets,) True for sets that at least ``times`` kept sets contain, none of which costs more.

    Of sets that are equal in members and price the first stay. Arguments as in :func:`containing_others`.
    """
    n_sets = len(words)
    gone = np.zeros(n_sets, dtype=np.bool_)
    for small in np.argsort(-sizes, kind="mergesort"):
        found = 0
        member = rarest[small]
        for entry in range(indptr[member], indptr[member + 1]):
            large = holders[entry]
            if large == small or gone[large] or prices[large] > prices[small]:
                continue
            same = sizes[large] == sizes[small] and prices[large] == prices[small]
            if sizes[large] < sizes[small] or (same and large > small):
                continue
            if _inside(words, small, large):
                found += 1
                if found >= times:
                    gone[small] = True
                    break
    return gone
