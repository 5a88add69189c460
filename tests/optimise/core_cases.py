"""Small cores of the p-median engine, and what each choice of sites costs by the dense matrix alone."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from optimise.pmedian_engine.core import Core


def core_of(dense: np.ndarray, budget: int, caps: np.ndarray | None = None, constant: float = 0.0) -> Core:
    """The core of a dense matrix, each row's sites nearest first and cheaper than its cap."""
    n, m = dense.shape
    limits = np.full(n, 1e3) if caps is None else caps
    indptr, sites, costs = [0], [], []
    for row in range(n):
        near = [
            site for site in np.argsort(dense[row], kind="stable").tolist() if dense[row, site] < limits[row]
        ]
        sites += near
        costs += dense[row, near].tolist()
        indptr.append(len(sites))
    return Core(
        np.asarray(indptr, dtype=np.int64), np.asarray(sites, dtype=np.int32), np.asarray(costs, dtype=np.float64),
        limits.astype(np.float64), m, budget, constant, np.arange(m), np.zeros(0, dtype=np.int64),
    )  # fmt: skip


@st.composite
def cores(draw):
    """A dense matrix of whole numbers, a cap for each row, and how many sites may open."""
    n, m = draw(st.integers(1, 6)), draw(st.integers(2, 6))
    dense = draw(hnp.arrays(np.float64, (n, m), elements=st.integers(0, 12).map(float)))
    caps = draw(hnp.arrays(np.float64, n, elements=st.integers(3, 15).map(float)))
    return dense, caps, draw(st.integers(1, m - 1))


def value(dense: np.ndarray, caps: np.ndarray, some: tuple[int, ...]) -> float:
    """What all rows cost where some sites are open."""
    return float(np.minimum(dense[:, list(some)].min(axis=1, initial=np.inf), caps).sum())


def least(dense: np.ndarray, caps: np.ndarray, budget: int) -> float:
    """What the best choice of so many sites costs."""
    return min(value(dense, caps, some) for some in combinations(range(dense.shape[1]), budget))
