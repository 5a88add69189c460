"""Memory that this process has freed and keeps for itself."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable
from functools import cache


def give_back_freed() -> None:
    """Give what is free inside the heap back to the system, where the C library can (glibc).

    Many small things that are freed leave holes between those that stay. For whoever goes on with large
    arrays.
    """
    trim = trimmer()
    if trim is not None:
        trim(0)


@cache
def trimmer() -> Callable[[int], int] | None:
    """The ``malloc_trim`` of glibc; None elsewhere."""
    if os.name != "posix":
        return None
    found: Callable[[int], int] | None = getattr(ctypes.CDLL(None), "malloc_trim", None)
    return found
