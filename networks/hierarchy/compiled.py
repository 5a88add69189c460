"""Compiled functions: one decorator, one cache folder per user, one announcement of the first compilation.

Numba translates a function the first time it is called, and the whole engine takes some seconds. The
result is kept on disk in a folder of the user's own, so that it happens once per machine and version.
Importing this package touches no disk: the folder is chosen when the first compiled function is needed.

Numba notices a change in the file that defines a function, but not in files whose functions it calls.
The folder's name therefore carries a digest of all files that have any. Where no folder can be
written at all, everything works all the same and is compiled anew in every process.
"""

from __future__ import annotations

import functools
import hashlib
import logging
import os
import stat
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast

import numba
from numba.core import event

from networks.sentences import Sentence

from ..cache_folder import user_cache_root

Parameters = ParamSpec("Parameters")
Returned = TypeVar("Returned")
Announce = Callable[[str], None]

# Numba's settings and events are typed only in part.
_settings = cast("Any", numba.config)
_events = cast("Any", event)
logger = logging.getLogger(__name__)
#: Where compiled functions stand, beside which no other module may have any.
_ROOMS = ("arrival", "hierarchy", "sea", "surface")
_MODULES = ("dijkstra", "heaps", "packed_search", "through_doors")
_dispatchers: list[Any] = []
_uncached: list[Any] = []
_lock = threading.Lock()


def compiled(function: Callable[Parameters, Returned]) -> Callable[Parameters, Returned]:
    """Mark a function for compilation by Numba; it releases the GIL, so threads run it side by side."""
    dispatcher = numba.njit(nogil=True, error_model="numpy")(function)
    _dispatchers.append(dispatcher)
    _uncached.append(dispatcher)
    if _listening_folder.cache_info().currsize:  # a module that is imported after all others were prepared
        prepare()
    return cast("Callable[Parameters, Returned]", dispatcher)


def prepare() -> Path | None:
    """Turn on the cache for every compiled function; the folder it uses. Costs nothing the second time."""
    folder = _listening_folder()
    with _lock:
        if _uncached and folder is not None:
            with _numba_cache_at(folder):
                while _uncached:
                    _uncached.pop().enable_caching()
    return folder


@functools.cache
def _listening_folder() -> Path | None:
    """The folder of this process, if there is one, with an ear for the first compilation."""
    folder = cache_folder()
    _events.register("numba:compile", _FirstCompilation(folder))
    return folder


def is_compiled() -> bool:
    """Has anything been compiled and kept before? If not, the first call takes some seconds."""
    folder = prepare()
    return folder is not None and next(folder.rglob("*.nbi"), None) is not None


@contextmanager
def announced_to(announce: Announce | None) -> Iterator[None]:
    """Within this block a first compilation is announced to ``announce`` instead of the log."""
    before = _FirstCompilation.announce
    if announce is not None:
        _FirstCompilation.announce = staticmethod(announce)
    try:
        yield
    finally:
        _FirstCompilation.announce = before


def _compiling(folder: Path | None) -> Sentence:
    if folder is None:
        return Sentence(
            "net.compiling",
            "Compiling the travel-time engine for this processor; this takes up to half a minute. "
            "No folder can be written to keep the result, so it happens in every process; "
            "name a folder of your own in NUMBA_CACHE_DIR.",
        )
    return Sentence(
        "net.compiling_once",
        "Compiling the travel-time engine for this processor; this takes up to half a minute. "
        "It happens once: the result is kept in {folder}.",
        folder=str(folder),
    )


class _FirstCompilation(event.Listener):
    """Says once per process that something is being compiled, because it takes seconds."""

    announce: Announce = staticmethod(logger.warning)

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder
        self.said = False

    def on_start(self, event: event.Event) -> None:
        """A compilation of any Numba function begins; others' functions are none of our business."""
        if not self.said and event.data["dispatcher"] in _dispatchers:
            self.said = True
            type(self).announce(_compiling(self.folder))

    def on_end(self, event: event.Event) -> None:
        """Nothing to say."""


@contextmanager
def _numba_cache_at(folder: Path) -> Iterator[None]:
    """Numba's folder for functions whose cache is turned on inside; other libraries keep theirs."""
    before = _settings.CACHE_DIR
    _settings.CACHE_DIR = str(folder)
    try:
        yield
    finally:
        _settings.CACHE_DIR = before


def cache_folder() -> Path | None:
    """The folder for compiled code: NUMBA_CACHE_DIR, else the user's cache, else a private temporary one.

    Compiled code is run as it is found, so a folder that nobody named must belong to the user and be closed
    to others. None where nothing can be written.
    """
    if _settings.CACHE_DIR and _writable(Path(_settings.CACHE_DIR)):
        return Path(_settings.CACHE_DIR)
    name = f"numba-{numba.__version__}-{source_digest()}"
    user = str(os.getuid()) if hasattr(os, "getuid") else os.environ.get("USERNAME", "user")
    try:
        parents = (user_cache_root() / "geoaccess", Path(tempfile.gettempdir()) / f"geoaccess-{user}")
        for parent in parents:
            if _writable(parent / name) and _ours_alone(parent / name):
                return parent / name
        return Path(tempfile.mkdtemp(prefix="geoaccess-numba-"))
    except (OSError, RuntimeError):  # no home, or no temporary folder either
        return None


def _writable(folder: Path) -> bool:
    """Can the folder be made and written?"""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def _ours_alone(folder: Path) -> bool:
    """Does the folder belong to this user, and may nobody else write it?"""
    status = folder.stat()
    if not hasattr(os, "getuid"):
        return True
    return status.st_uid == os.getuid() and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


@functools.cache
def source_digest() -> str:
    """Twelve hexadecimal digits that change with any source file that has compiled functions."""
    digest = hashlib.sha256()
    for path in compiled_sources():
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def compiled_sources() -> list[Path]:
    """The rooms and modules of this project's networks that have compiled functions."""
    networks = Path(__file__).parents[1]
    rooms = (path for room in _ROOMS for path in (networks / room).glob("*.py"))
    return sorted([*rooms, *(networks / f"{module}.py" for module in _MODULES)])
