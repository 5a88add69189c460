"""The packages of the extra ``report``: imported when they are needed, and named when they are missing."""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from types import ModuleType

from geoaccess.ground.errors import GeoaccessError

INSTALL = 'pip install "geoaccess[report]"'


class MissingPackageError(GeoaccessError, ImportError):
    """A package that reports need is not installed, or lacks a system library."""


def need(name: str) -> ModuleType:
    """A module of an optional package.

    Raises:
        MissingPackageError: it is not installed, or a system library that it needs is not.
    """
    package = name.partition(".")[0]
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        missing = (error.name or package).partition(".")[0]
        raise MissingPackageError(
            f"reports need the package {missing!r}, which is not installed: {INSTALL}"
        ) from error
    except OSError as error:
        # WeasyPrint loads Pango when it is imported.
        raise MissingPackageError(
            f"the package {package!r} is installed, but cannot load a system library ({error}); "
            "on Debian and Ubuntu: apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
        ) from error


def need_all(names: Iterable[str]) -> None:
    """Import several packages now, so that a missing one is told before any work is done.

    Raises:
        MissingPackageError: one of them is missing.
    """
    for name in names:
        need(name)
