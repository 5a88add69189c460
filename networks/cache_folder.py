"""Where what costs time is kept for the next command."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

#: Folder for what is costly to make and can be made again; default: the user's cache.
CACHE_VARIABLE = "GEOACCESS_CACHE"


def kept_data() -> Path:
    """Where waters, ways over them and joined points are kept: ``GEOACCESS_CACHE``, else the user's cache."""
    own = os.environ.get(CACHE_VARIABLE)
    return Path(own) if own else user_cache_root() / "geoaccess"


def keep(file: Path, write: Callable[[BinaryIO], object]) -> None:
    """Write a file of the cache whole or not at all; where it cannot be written it is made anew next time."""
    half = file.with_name(f".{os.getpid()}-{file.name}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with half.open("wb") as stream:
            write(stream)
        half.replace(file)
    except OSError:
        with suppress(OSError):
            half.unlink()


def user_cache_root() -> Path:
    """Where this system keeps caches of one user."""
    if "XDG_CACHE_HOME" in os.environ:
        return Path(os.environ["XDG_CACHE_HOME"])
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local"))
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches"
    return Path.home() / ".cache"
