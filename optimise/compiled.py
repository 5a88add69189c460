"""Numba with types: one decorator, and one folder of the user's own for the machine code.

Numba notices a change in the file that defines a function, but not in files whose functions it calls, and
stale code would give wrong numbers. So the folder's name carries a digest of all sources of this package.
Where no folder can be written, everything works all the same and is compiled anew in every process.

``networks.hierarchy.compiled`` does the same for travel times. They stay two: neither package knows the
other, each digest changes with its own sources alone (the other's half minute of compiling is not lost),
and only searches give up the GIL and tell of a first compilation. ``tests/house/test_compiled_caches.py``
holds both to the same rules for where the folder is.
"""

from __future__ import annotations

import functools
import hashlib
import os
import stat
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
import numpy as np
from numpy.typing import NDArray

Function = TypeVar("Function", bound=Callable[..., object])
Float32Array = NDArray[np.float32]
Int32Array = NDArray[np.int32]
Int8Array = NDArray[np.int8]
WordArray = NDArray[np.uint64]

# Numba's settings and options are typed only in part.
_settings = cast("Any", numba.config)
_njit = cast("Any", numba.njit)


def compiled(function: Function) -> Function:
    """Compile ``function`` with Numba on first use; the machine code is kept where that can be done."""
    return _compiled(function)


def uncounted(function: Function) -> Function:
    """As :func:`compiled`, for functions that hand on many arrays and make none.

    Whoever calls from Python holds the arrays until the call ends, so nobody need count who holds them: in
    the event loop of crews, whose functions take some forty arrays each, counting took half of the time.
    (Numba does the same in its own sorting; a function that makes an array all the same does not compile.)
    """
    return _compiled(function, _nrt=False)


def _compiled(function: Function, **options: bool) -> Function:
    dispatcher = _njit(error_model="numpy", **options)(function)
    folder = cache_folder()
    if folder is not None:
        before = _settings.CACHE_DIR
        _settings.CACHE_DIR = str(folder)
        try:
            dispatcher.enable_caching()
        finally:
            _settings.CACHE_DIR = before
    return cast("Function", dispatcher)


def needs_compilation(function: Callable[..., object]) -> bool:
    """True when ``function`` has no machine code yet, neither in this process nor on disk."""
    if getattr(function, "signatures", ()):
        return False
    stats = getattr(function, "stats", None)
    if stats is None or stats.cache_path is None:
        return stats is not None
    name = f"*.{getattr(function, '__name__', '')}-*.nbi"
    return not any(Path(stats.cache_path).glob(name))


@functools.cache
def cache_folder() -> Path | None:
    """The folder for machine code: NUMBA_CACHE_DIR, else the user's cache, else a private temporary one.

    Machine code is run as it is found, so a folder that nobody named must belong to the user and be closed to
    others. None where nothing can be written.
    """
    if _settings.CACHE_DIR and _writable(Path(_settings.CACHE_DIR)):
        return Path(_settings.CACHE_DIR)
    name = f"optimise-numba-{numba.__version__}-{_source_digest()}"
    user = str(os.getuid()) if hasattr(os, "getuid") else os.environ.get("USERNAME", "user")
    try:
        for parent in (_user_cache() / "geoaccess", Path(tempfile.gettempdir()) / f"geoaccess-{user}"):
            if _writable(parent / name) and _ours_alone(parent / name):
                return parent / name
        return Path(tempfile.mkdtemp(prefix="optimise-numba-"))
    except (OSError, RuntimeError):  # no home, or no temporary folder either
        return None


def _user_cache() -> Path:
    """Where this system keeps caches of one user."""
    if "XDG_CACHE_HOME" in os.environ:
        return Path(os.environ["XDG_CACHE_HOME"])
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local"))
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches"
    return Path.home() / ".cache"


def _writable(folder: Path) -> bool:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def _ours_alone(folder: Path) -> bool:
    """Does the folder belong to this user, and may nobody else write it?"""
    if not hasattr(os, "getuid"):
        return True
    status = folder.stat()
    return status.st_uid == os.getuid() and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def _source_digest() -> str:
    """Twelve hexadecimal digits that change with any source file of this package."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
