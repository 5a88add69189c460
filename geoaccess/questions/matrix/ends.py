"""What each end of a table of pairs has, kept while the pairs are written block by block."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geoaccess.ground.arrays import FloatArray, IntArray
from geoaccess.questions.matrix.pairs import TIME, Pairs
from networks import SnappedPoints


class Side:
    """One side of the pairs: how many have minutes, and the shortest and the longest of each point.

    Of equal minutes the pair counts that is written first.

    Args:
        n: how many points the side has.
    """

    def __init__(self, n: int) -> None:
        self.reached: IntArray = np.zeros(n, dtype=np.int64)
        self.least: FloatArray = np.full(n, np.inf)
        self.most: FloatArray = np.full(n, -np.inf)
        self.nearest: IntArray = np.full(n, -1, dtype=np.int64)
        self.farthest: IntArray = np.full(n, -1, dtype=np.int64)

    def add(self, own: IntArray, other: IntArray, minutes: FloatArray) -> None:
        """Count pairs that all have minutes.

        Args:
            own: (n,) positions on this side.
            other: (n,) positions on the other.
            minutes: (n,) their times.
        """
        np.add.at(self.reached, own, 1)
        at, first = _first_of_each(own, minutes)
        nearer = minutes[first] < self.least[at]
        self.least[at[nearer]] = minutes[first[nearer]]
        self.nearest[at[nearer]] = other[first[nearer]]
        at, first = _first_of_each(own, -minutes)
        farther = minutes[first] > self.most[at]
        self.most[at[farther]] = minutes[first[farther]]
        self.farthest[at[farther]] = other[first[farther]]

    def table(self, own: SnappedPoints, ids: Sequence[str], others: Sequence[str]) -> pd.DataFrame:
        """``id, lon, lat, access_m, pairs_reached, nearest_id, nearest_min, farthest_id, farthest_min``."""
        some = self.reached > 0
        return pd.DataFrame(
            {
                "id": list(ids),
                "lon": own.lon,
                "lat": own.lat,
                "access_m": own.access_m,
                "pairs_reached": self.reached,
                "nearest_id": _named(others, self.nearest),
                "nearest_min": np.where(some, self.least, np.nan),
                "farthest_id": _named(others, self.farthest),
                "farthest_min": np.where(some, self.most, np.nan),
            }
        )


class Ends:
    """Both sides of the pairs that go by."""

    def __init__(self, n_origins: int, n_destinations: int) -> None:
        self.origins, self.destinations = Side(n_origins), Side(n_destinations)

    def seen(self, blocks: Iterable[Pairs]) -> Iterator[Pairs]:
        """The blocks as they are, each counted when it is taken."""
        for block in blocks:
            minutes = block.figures[TIME]
            found = np.isfinite(minutes)
            rows, columns = block.rows[found], block.columns[found]
            self.origins.add(rows, columns, minutes[found])
            self.destinations.add(columns, rows, minutes[found])
            yield block

    def nearest_of(self) -> NDArray[np.int64]:
        """(n_destinations,) of how many origins each destination is the nearest."""
        named = self.origins.nearest[self.origins.nearest >= 0]
        return np.bincount(named, minlength=len(self.destinations.reached)).astype(np.int64)


def _first_of_each(own: IntArray, values: FloatArray) -> tuple[IntArray, IntArray]:
    """(points, position of the smallest value of each): of equal ones the first."""
    order = np.lexsort((values, own))
    at, first = np.unique(own[order], return_index=True)
    return at, order[first]


def _named(ids: Sequence[str], which: IntArray) -> list[str]:
    return [ids[at] if at >= 0 else "" for at in which.tolist()]
