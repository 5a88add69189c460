"""Distinct texts as a file holds them: UTF-8, one after the other; decoded when somebody asks for them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import pairwise
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from networks.arrays import IntArray
from networks.errors import NetworkFileError

#: Texts that are sought among the letters of all; more are sought among all texts.
FEW_TEXTS = 8


class StoredTexts(Sequence[str]):
    """Texts over the arrays of a file; a country has a million, and a journey asks for the names of a few."""

    def __init__(self, start: IntArray, utf8: NDArray[np.uint8]) -> None:
        """Texts between positions.

        Args:
            start: (n + 1,) text ``i`` is ``utf8[start[i]:start[i + 1]]``.
            utf8: (n_bytes,) the texts, one after the other.

        Raises:
            NetworkFileError: the positions do not span the bytes, or go backwards.
        """
        spans = len(start) > 0 and start[0] == 0 and start[-1] == len(utf8)
        if not spans or (np.diff(start) < 0).any():
            raise NetworkFileError("stored texts: their arrays do not fit together; build the network anew")
        self._start, self._utf8 = start, utf8

    def __reduce__(self) -> tuple[Any, ...]:
        # As plain texts in another process, which does not have the file mapped.
        return tuple, (self._all,)

    def __len__(self) -> int:
        return len(self._start) - 1

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[str, ...]: ...
    def __getitem__(self, at: int | slice) -> str | tuple[str, ...]:
        if isinstance(at, slice):
            return self._all[at]
        place = range(len(self))[at]
        return bytes(self._utf8[self._start[place] : self._start[place + 1]]).decode("utf-8")

    def __iter__(self) -> Iterator[str]:
        return iter(self._all)

    def __contains__(self, text: object) -> bool:
        return isinstance(text, str) and bool(self.positions([text]))

    def positions(self, texts: Iterable[str]) -> list[int]:
        """Every position of some texts, ascending; where they are few, no other is decoded."""
        wanted = set(texts)
        if len(wanted) > FEW_TEXTS:
            return [place for place, text in enumerate(self._all) if text in wanted]
        lengths = np.diff(self._start)
        found: list[int] = []
        for letters in (text.encode("utf-8", "surrogatepass") for text in wanted):
            places = np.flatnonzero(lengths == len(letters))
            for offset in reversed(range(len(letters))):  # numbers differ at their ends
                places = places[self._utf8[self._start[places] + offset] == letters[offset]]
            found += places.tolist()
        return sorted(found)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and not isinstance(other, str) and self._all == tuple(other)

    def __hash__(self) -> int:
        return hash(self._all)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self)} texts)"

    @cached_property
    def _all(self) -> tuple[str, ...]:
        whole = self._utf8.tobytes()
        return tuple(whole[first:last].decode("utf-8") for first, last in pairwise(self._start.tolist()))


def texts_to_arrays(texts: Sequence[str]) -> tuple[IntArray, NDArray[np.uint8]]:
    """The arrays of :class:`StoredTexts`."""
    encoded = [text.encode("utf-8") for text in texts]
    start = np.zeros(len(encoded) + 1, dtype=np.int64)
    np.cumsum([len(one) for one in encoded], out=start[1:])
    return start, np.frombuffer(b"".join(encoded), dtype=np.uint8)
