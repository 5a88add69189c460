"""Numba with types, for the inner loops of this package.

Numba renews the machine code that it keeps on disk when the file of a function changes, but not when a
function that it calls has changed in another file. So a compiled function here calls only compiled functions
of its own file.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

import numba
import numpy as np
from numpy.typing import NDArray

Function = TypeVar("Function", bound=Callable[..., object])
Int32Array = NDArray[np.int32]
WordArray = NDArray[np.uint64]


def compiled(function: Function) -> Function:
    """Compile ``function`` with Numba on first use; the machine code is kept on disk."""
    return cast("Function", numba.njit(cache=True, error_model="numpy")(function))
