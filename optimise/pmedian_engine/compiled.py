"""Numba with types: one decorator, one announcement of the first compilation.

Numba keeps machine code on disk and renews it when the *file* of a function changes, but not when a function
that it calls has changed in another file. Stale code would give wrong numbers, so all of this package's
machine code is forgotten when any of its sources, or Numba, is another than the one it was made from.
"""

from __future__ import annotations

import hashlib
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


_FINGERPRINT = "pmedian_engine.fingerprint"
_checked: set[Path] = set()


def compiled(function: Function) -> Function:
    """Compile ``function`` with Numba on first use; the machine code is kept on disk."""
    dispatcher = numba.njit(cache=True, error_model="numpy")(function)
    if dispatcher.stats.cache_path is not None:
        _forget_stale(Path(dispatcher.stats.cache_path))
    return cast("Function", dispatcher)


def _forget_stale(folder: Path) -> None:
    """Remove this package's machine code from ``folder`` unless it fits the sources; once per folder."""
    if folder in _checked:
        return
    _checked.add(folder)
    wanted, note = _fingerprint(), folder / _FINGERPRINT
    if note.is_file() and note.read_text(encoding="utf-8") == wanted:
        return
    names = [source.stem for source in Path(__file__).parent.glob("*.py")]
    for name in names:
        for kept in [*folder.glob(f"{name}.*.nbi"), *folder.glob(f"{name}.*.nbc")]:
            kept.unlink(missing_ok=True)
    folder.mkdir(parents=True, exist_ok=True)
    note.write_text(wanted, encoding="utf-8")


def _fingerprint() -> str:
    digest = hashlib.sha256(numba.__version__.encode())
    for source in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(source.read_bytes())
    return digest.hexdigest()


def needs_compilation(function: Callable[..., object]) -> bool:
    """True when ``function`` has no machine code yet, neither in this process nor on disk."""
    if getattr(function, "signatures", ()):
        return False
    stats = getattr(function, "stats", None)
    if stats is None:
        return False
    name = f"*.{getattr(function, '__name__', '')}-*.nbi"
    return not any(Path(stats.cache_path).glob(name))
