"""Arguments become arrays, and everything wrong with them is collected."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from enum import StrEnum
from typing import TypeVar

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from optimise.arrays import FloatArray, IntArray, row_blocks
from optimise.errors import Fault, ProblemError
from optimise.sentences import Sentence

Word = TypeVar("Word", bound=StrEnum)

_SHOWN_FAULTS = 20


class ArgumentReader:
    """Reads the arguments of a problem; ``finish`` raises once, with every fault."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def fault(self, message: str, where: str, row: object = "", value: object = "") -> None:
        """Note one fault."""
        self.faults.append(Fault(message, where, str(row), str(value)))

    def finish(self) -> None:
        """Raise what was found.

        Raises:
            ProblemError: when there is any fault.
        """
        if self.faults:
            raise ProblemError(self.faults)

    def matrix(
        self, name: str, values: ArrayLike | pd.DataFrame, shape: tuple[int, int] | None
    ) -> FloatArray:
        """Costs, 0 or more; NaN becomes ``inf``. ``shape`` None accepts any that is not empty.

        An array that owns its numbers, is read-only and holds no NaN is taken without a copy: whoever froze
        it has given it away.
        """
        given = _given_away(values)
        array = self._array(name, values) if given is None else given
        if array.ndim != 2 or 0 in array.shape:
            self.fault("must be a table of numbers with rows and columns", name, value=array.shape)
            self.finish()
        if shape is not None and array.shape != shape:
            self.fault(
                Sentence("opt.fault.shape", "must have the shape {shape}", shape=shape),
                name,
                value=array.shape,
            )
            return np.zeros(shape)
        for rows in row_blocks(array.shape):
            below = np.argwhere(array[rows] < 0)
            below[:, 0] += rows.start
            self._each(name, below, array, "must be 0 or more; NaN for unreachable")
            if given is None:
                array[rows][np.isnan(array[rows])] = np.inf
        array.flags.writeable = False
        return array

    def numbers(
        self, name: str, values: ArrayLike | None, size: int, *, default: float | None = None
    ) -> FloatArray:
        """(size,) finite numbers, 0 or more."""
        if values is None:
            array = np.full(size, default, dtype=np.float64)
        else:
            array = self._array(name, values)
            if array.shape != (size,):
                self.fault(
                    Sentence("opt.fault.n_numbers", "must hold {size} numbers, one each", size=size),
                    name,
                    value=array.shape,
                )
                return np.zeros(size)
        self._each(name, np.argwhere(~(np.isfinite(array) & (array >= 0))), array, "must be 0 or more")
        array.flags.writeable = False
        return array

    def count(self, name: str, value: object) -> int | None:
        """A whole number, 0 or more, or None."""
        if value is None:
            return None
        if not isinstance(value, int | np.integer) or isinstance(value, bool) or value < 0:
            self.fault("must be a whole number, 0 or more", name, value=value)
            return 0
        return int(value)

    def amount(self, name: str, value: float | None) -> float | None:
        """A finite number, 0 or more, or None."""
        if value is None:
            return None
        if not np.isfinite(value) or value < 0:
            self.fault("must be a number, 0 or more", name, value=value)
        return float(value)

    def words(self, name: str, values: Iterable[str] | None, size: int, default: Word) -> tuple[Word, ...]:
        """(size,) members of the enum that ``default`` belongs to."""
        kind = type(default)
        given = [default] * size if values is None else list(values)
        if len(given) != size:
            self.fault(
                Sentence("opt.fault.n_words", "must hold {size} words, one for each site", size=size),
                name,
                value=len(given),
            )
            return (default,) * size
        known = set(kind)
        for position, word in enumerate(given):
            if word not in known:
                self.fault(
                    Sentence("opt.fault.one_of", "must be one of {known}", known=tuple(kind)),
                    name,
                    position,
                    word,
                )
        return tuple(kind(word) if word in known else default for word in given)

    def labels(self, name: str, values: Iterable[Hashable], size: int) -> tuple[Hashable, ...]:
        """(size,) labels; NumPy scalars become plain values."""
        given = tuple(value.item() if isinstance(value, np.generic) else value for value in values)
        if len(given) != size:
            self.fault(
                Sentence("opt.fault.n_labels", "must hold {size} labels, one each", size=size),
                name,
                value=len(given),
            )
            return (None,) * size
        return given

    def ids(self, name: str, values: Iterable[Hashable] | None, size: int) -> tuple[Hashable, ...]:
        """(size,) labels that differ; default 0, 1, 2, ..."""
        if values is None:
            return tuple(range(size))
        given = self.labels(name, values, size)
        seen: set[Hashable] = set()
        for position, value in enumerate(given):
            if value in seen:
                self.fault("appears more than once", name, position, value)
            seen.add(value)
        return given

    def _array(self, name: str, values: ArrayLike | pd.DataFrame) -> FloatArray:
        try:
            return np.array(values, dtype=np.float64)
        except (TypeError, ValueError):
            self.fault("must be an array of numbers", name, value=type(values).__name__)
        raise ProblemError(self.faults)

    def _each(self, name: str, where: IntArray, values: FloatArray, message: str) -> None:
        for index in where[:_SHOWN_FAULTS]:
            place = ", ".join(str(part) for part in index)
            self.fault(message, name, place, values[tuple(index)])
        if len(where) > _SHOWN_FAULTS:
            self.fault(
                Sentence("opt.fault.more", "{n_where} more of the same", n_where=len(where) - _SHOWN_FAULTS),
                name,
            )


def _given_away(values: object) -> FloatArray | None:
    """The matrix itself where nobody can write to it and nothing in it has to be changed; else None."""
    if not isinstance(values, np.ndarray) or values.dtype != np.float64 or values.ndim != 2:
        return None
    if values.flags.writeable or not values.flags.owndata:
        return None
    known = not any(np.isnan(values[rows]).any() for rows in row_blocks(values.shape))
    return values if known else None
