"""Packages of the extras ``report`` and ``notebook``: imported when needed, and named when missing."""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from types import ModuleType

from geoaccess.ground.errors import GeoaccessError
from geoaccess.words.note import Note

INSTALL = 'pip install "geoaccess[{extra}]"'


class MissingPackageError(GeoaccessError, ImportError):
    """A package that reports or notebooks need is not installed, or lacks a system library."""


def need(name: str, *, extra: str = "report") -> ModuleType:
    """A module of an optional package.

    Raises:
        MissingPackageError: it is not installed, or a system library that it needs is not.
    """
    package = name.partition(".")[0]
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        missing = (error.name or package).partition(".")[0]
        install = INSTALL.format(extra=extra)
        raise MissingPackageError(Note("fault.package.missing", missing=missing, install=install)) from error
    except OSError as error:
        # WeasyPrint loads Pango when it is imported.
        raise MissingPackageError(Note("fault.package.library", package=package, error=error)) from error


def need_all(names: Iterable[str]) -> None:
    """Import several packages now, so that a missing one is told before any work is done.

    Raises:
        MissingPackageError: one of them is missing.
    """
    for name in names:
        need(name)
