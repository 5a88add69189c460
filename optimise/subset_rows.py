"""Inequalities over three rows: which of them a linear program over sets of rows breaks most.

With every row in sets that sum to 1 or more, the sets that hold two or more of any three rows decide: sets
that are apart (partitioning) are one at most, the subset-row inequalities of Jepsen, Petersen, Spoorendonk
and Pisinger 2008, *Subset-row inequalities applied to the vehicle-routing problem with time windows*,
Operations Research 56; and sets that may overlap (covering) that hold any of the three, those that hold all
of them counted twice, are two at least: Balas and Ng 1989, *On the set covering polytope: I. All the facets
with coefficients in {0, 1, 2}*, Mathematical Programming 43. With ``n_k`` the share of sets that hold k of
the three, and every row held exactly once, both say ``n_2 + n_3 <= 1``.
"""

from __future__ import annotations

import numpy as np

from optimise.arrays import BoolArray, FloatArray, IntArray
from optimise.compiled import Int32Array, compiled

#: A pair of rows that is together in less than this share of a solution is apart.
_APART = 1e-6
#: By how much an inequality is broken that is added; how many are at once, and how often a row is in them.
_BROKEN, _AT_ONCE, _EACH = 0.02, 150, 6
#: Inequalities that are looked at, before the most broken are taken.
_SEEN = 100_000


@compiled
def _together(
    starts: IntArray, rows: Int32Array, used: FloatArray, n_rows: int
) -> tuple[FloatArray, BoolArray]:
    """(n_rows, n_rows) how much two rows are in one cluster, and (n_clusters, n_rows) who is in which."""
    together = np.zeros((n_rows, n_rows))
    member = np.zeros((len(used), n_rows), dtype=np.bool_)
    for cluster in range(len(used)):
        own = rows[starts[cluster] : starts[cluster + 1]]
        for row in own:
            member[cluster, row] = True
            for other in own:
                together[row, other] += used[cluster]
    return together, member


@compiled
def broken_triples(
    starts: IntArray,
    rows: Int32Array,
    used: FloatArray,
    spare: FloatArray,
    least: float,
    triples: IntArray,
    excess: FloatArray,
) -> int:
    """Fill ``triples`` (most, 3) with rows whose inequality is broken by more than ``least``; their number.

    ``used`` is how much of each cluster is in use, ``spare`` by how much each row is held more than once: by
    so much less is an inequality broken.
    """
    n_rows = len(spare)
    together, member = _together(starts, rows, used, n_rows)
    found = 0
    near = np.empty(n_rows, dtype=np.int64)
    for one in range(n_rows):
        count = 0
        for other in range(one + 1, n_rows):
            if _APART < together[one, other] < 1.0 - _APART:
                near[count] = other
                count += 1
        for first in range(count):
            two = near[first]
            for second in range(first + 1, count):
                three = near[second]
                # Where two of the three are apart, the third is with one or the other: once in all.
                if together[two, three] < _APART:
                    continue
                total = together[one, two] + together[two, three] + together[one, three]
                total -= spare[one] + spare[two] + spare[three]
                if total > 1.0 + least:
                    for cluster in range(len(used)):
                        if member[cluster, one] and member[cluster, two] and member[cluster, three]:
                            total -= 2.0 * used[cluster]
                if total > 1.0 + least and found < len(excess):
                    triples[found, 0], triples[found, 1], triples[found, 2] = one, two, three
                    excess[found] = total - 1.0
                    found += 1
    return found


def most_broken(starts: IntArray, rows: Int32Array, used: FloatArray, spare: FloatArray) -> IntArray:
    """(n_found, 3) rows of the inequalities that a solution breaks most, few for each row.

    Args:
        starts: (n_sets + 1,) ``rows[starts[k]:starts[k + 1]]`` are the rows of set k.
        rows: see above.
        used: (n_sets,) how much of each set the solution uses.
        spare: (n_rows,) by how much each row is held more than once.
    """
    triples, excess = np.zeros((_SEEN, 3), dtype=np.int64), np.zeros(_SEEN)
    found = broken_triples(starts, rows, used, spare, _BROKEN, triples, excess)
    times, taken = np.zeros(len(spare), dtype=np.int64), []
    for at in np.argsort(-excess[:found], kind="stable").tolist():
        if times[triples[at]].max() < _EACH:
            times[triples[at]] += 1
            taken.append(at)
            if len(taken) == _AT_ONCE:
                break
    return triples[taken]
