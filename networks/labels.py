"""Text attributes of edges and nodes, each distinct text stored once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from networks.arrays import Int32Array, IntArray
from networks.texts import StoredTexts


@dataclass(frozen=True, eq=False, slots=True)
class Labels:
    """A text attribute of every edge, each distinct text stored once.

    Attributes:
        codes: (n_edges,) position in ``values``.
        values: the distinct texts; an empty text means "none". Those of a file are decoded when asked for.
    """

    codes: Int32Array
    values: Sequence[str]

    @classmethod
    def of(cls, texts: Sequence[str] | NDArray[Any] | pd.Series) -> Labels:
        """Encode one text per edge; missing values become the empty text."""
        series = pd.Series(texts, dtype="object").fillna("").astype(str)
        codes, values = pd.factorize(series, sort=False)
        return cls(codes.astype(np.int32), tuple(str(value) for value in values))

    @classmethod
    def constant(cls, text: str, size: int) -> Labels:
        """The same text for every edge."""
        return cls(np.zeros(size, dtype=np.int32), (text,))

    def __getitem__(self, edge: int) -> str:
        return self.values[int(self.codes[edge])]

    def __len__(self) -> int:
        return len(self.codes)

    def where(self, *texts: str) -> NDArray[np.bool_]:
        """(n_edges,) True where the attribute is one of ``texts``."""
        if isinstance(self.values, StoredTexts):
            wanted = self.values.positions(texts)
        else:
            wanted = [code for code, value in enumerate(self.values) if value in texts]
        if len(wanted) == 1:
            return np.asarray(self.codes == wanted[0])
        return np.isin(self.codes, np.asarray(wanted, dtype=np.int32))

    def take(self, order: IntArray | NDArray[np.bool_]) -> Labels:
        """The labels of a selection or permutation of the edges."""
        return Labels(self.codes[order], self.values)

    def at(self, edges: IntArray | NDArray[np.bool_]) -> NDArray[np.object_]:
        """(n,) the texts of some edges; no others of a file are decoded.

        Args:
            edges: positions of the edges, or (n_edges,) which ones.
        """
        distinct, place = np.unique(self.codes[edges], return_inverse=True)
        return np.asarray([self.values[code] for code in distinct.tolist()], dtype=object)[place]

    def to_array(self) -> NDArray[np.object_]:
        """(n_edges,) the texts themselves."""
        return np.asarray(self.values, dtype=object)[self.codes]
