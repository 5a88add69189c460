"""Stdout belongs to results: whatever else a library writes there reaches stderr.

Libraries of compiled code write to the descriptor and not to ``sys.stdout`` (HiGHS 1.16 greets there before
any option can silence it), so the descriptor itself is held.
"""

from __future__ import annotations

import os
import sys
from typing import TextIO

_STDOUT, _STDERR = 1, 2

_results: TextIO | None = None


def hold() -> None:
    """Keep stdout for results: descriptor 1 becomes stderr, ``sys.stdout`` writes where it did.

    A letter that the encoding of a redirected stream does not have is replaced; a stream that was closed
    takes everything and keeps nothing.
    """
    global _results  # noqa: PLW0603 - a process has one stdout
    _open_the_closed()
    encoding = sys.stdout.encoding if sys.stdout else "utf-8"
    if sys.stdout:
        sys.stdout.flush()
    own = os.dup(_STDOUT)
    buffering = 1 if os.isatty(own) else -1
    _results = open(own, "w", buffering, encoding, errors="replace")  # noqa: SIM115, PTH123 - until the end
    os.dup2(_STDERR, _STDOUT)
    sys.stdout = _results
    if not sys.stderr:
        sys.stderr = open(_STDERR, "w", 1, "utf-8", errors="backslashreplace", closefd=False)  # noqa: SIM115


def _open_the_closed() -> None:
    """A closed descriptor would be the next file's: what is printed would be written into it."""
    for descriptor in (0, _STDOUT, _STDERR):
        try:
            os.fstat(descriptor)
        except OSError:
            lowest_free = os.open(os.devnull, os.O_RDWR)
            os.set_inheritable(lowest_free, True)


def claim() -> None:
    """From now on even ``print`` of a library reaches stderr; :func:`results` is what was stdout."""
    if _results is not None:
        sys.stdout = sys.stderr


def results() -> TextIO:
    """The stream of results: what was stdout when it was held, else ``sys.stdout``."""
    return _results or sys.stdout
