"""Who is covered by which sites: demand points merged where the same sites cover them.

Exact aggregation: two demand points with the same covering sites are one point with the summed weight. A
million demand points and a few hundred sites leave some ten thousand different sets, which is what makes
covering problems with demand in millions tractable (Cordeau, Furini and Ljubic 2019, *Benders decomposition
for very large scale partial set covering and maximal covering location problems*, European Journal of
Operational Research 275).

Memory: the costs are read in place, one word of 64 sites at a time. Beside them stand 8 bytes for each demand
point and each 64 sites, some 40 bytes for each demand point while equal sets are grouped, and one byte for
each pair of merged point and site that remains.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from optimise.algebra import summed
from optimise.arrays import BoolArray, FloatArray, IntArray
from optimise.compiled import WordArray
from optimise.covering_engine.bitsets import group_equal, n_words, pack_costs, pack_lists, unpacked
from optimise.errors import Fault, ProblemError
from optimise.sentences import Sentence


@dataclass(frozen=True, eq=False, slots=True)
class Coverage:
    """Merged demand points and the sites that cover them; points that no site covers are left out.

    Attributes:
        near: (n_rows, n_sites) True where the site covers the merged demand point.
        weights: (n_rows,) summed weight.
        row_of: (n_demand,) merged row of each demand point, -1 for those that no site covers.
    """

    near: BoolArray
    weights: FloatArray
    row_of: IntArray

    @property
    def n_sites(self) -> int:
        """Number of columns."""
        return int(self.near.shape[1])

    def covered(self, sites: IntArray, times: int = 1) -> BoolArray:
        """(n_demand,) True where at least ``times`` of ``sites`` cover the demand point."""
        enough = self.near[:, sites].sum(axis=1) >= times
        return np.append(enough, False)[self.row_of]

    def with_rows(self, near: BoolArray, weight: float) -> Coverage:
        """The same with further rows that stand for no demand point, each of this weight."""
        weights = np.concatenate([self.weights, np.full(len(near), weight)])
        return Coverage(np.concatenate([self.near, near]), weights, self.row_of)


def coverage_from_costs(
    costs: FloatArray, radius: FloatArray | float, weights: FloatArray, *, columns: IntArray | None = None
) -> Coverage:
    """Who is within ``radius``, from a dense (n_demand, n_sites) matrix that is read in place.

    Args:
        costs: minutes; inf or NaN is never covered.
        radius: one number, or one for each demand point; exactly the radius counts.
        weights: (n_demand,) weights; demand points without weight are left out.
        columns: the sites that count, in the order of the columns of the answer; all by default.
    """
    sites = np.arange(costs.shape[1]) if columns is None else columns
    limit = np.where(weights > 0, np.broadcast_to(np.asarray(radius, dtype=np.float64), (len(costs),)), -1.0)
    words = np.zeros((len(costs), n_words(len(sites))), dtype=np.uint64)
    pack_costs(costs, limit, sites, words)
    return _merged(words, weights, len(sites))


def coverage_from_lists(
    indptr: ArrayLike, sites: ArrayLike, weights: ArrayLike | None, *, n_sites: int
) -> Coverage:
    """Who is covered, from lists: ``sites[indptr[i]:indptr[i + 1]]`` cover demand point i.

    For demand in millions: no matrix of minutes is ever built.

    Raises:
        ProblemError: listing every fault.
    """
    starts, members = np.asarray(indptr, dtype=np.int64), np.asarray(sites, dtype=np.int64)
    n_demand = len(starts) - 1
    people = np.ones(max(n_demand, 0)) if weights is None else np.asarray(weights, dtype=np.float64)
    faults = []
    if starts.ndim != 1 or n_demand < 1 or starts[0] != 0 or (np.diff(starts) < 0).any():
        faults.append(Fault("must begin with 0 and never fall", "indptr"))
    elif starts[-1] != len(members):
        faults.append(
            Fault(
                Sentence(
                    "opt.fault.ends",
                    "ends with {last}, but there are {pairs} pairs",
                    last=starts[-1],
                    pairs=len(members),
                ),
                "indptr",
            )
        )
    if len(members) and (members.min() < 0 or members.max() >= n_sites):
        faults.append(
            Fault(
                Sentence("opt.fault.columns", "must be columns from 0 to {last}", last=n_sites - 1), "sites"
            )
        )
    if people.shape != (n_demand,):
        faults.append(
            Fault(
                Sentence("opt.fault.numbers", "must hold {wanted} numbers", wanted=n_demand),
                "weights",
                value=str(people.shape),
            )
        )
    elif not (np.isfinite(people) & (people >= 0)).all():
        faults.append(Fault("must be 0 or more", "weights"))
    if faults:
        raise ProblemError(faults)
    words = np.zeros((n_demand, n_words(n_sites)), dtype=np.uint64)
    pack_lists(starts, members, words)
    words[people == 0] = 0
    return _merged(words, people, n_sites)


def _merged(words: WordArray, weights: FloatArray, n_sites: int) -> Coverage:
    group, firsts = group_equal(words)
    counted = group >= 0
    total = summed(group[counted], weights[counted], len(firsts))
    return Coverage(unpacked(words[firsts], n_sites), total, group)
