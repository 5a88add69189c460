"""Numba with types: one decorator, one announcement of the first compilation."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar, cast

import numba
import numpy as np
from numpy.typing import NDArray

Function = TypeVar("Function", bound=Callable[..., object])
Float32Array = NDArray[np.float32]
Int32Array = NDArray[np.int32]
Int8Array = NDArray[np.int8]


def compiled(function: Function) -> Function:
    """Compile ``function`` with Numba on first use; the machine code is kept on disk beside the source."""
    return cast("Function", numba.njit(cache=True, error_model="numpy")(function))


def needs_compilation(function: Callable[..., object]) -> bool:
    """True when ``function`` has no machine code yet, neither in this process nor on disk."""
    if getattr(function, "signatures", ()):
        return False
    stats = getattr(function, "stats", None)
    if stats is None:
        return False
    name = f"*.{getattr(function, '__name__', '')}-*.nbi"
    return not any(Path(stats.cache_path).glob(name))
