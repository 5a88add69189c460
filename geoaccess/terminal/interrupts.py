"""Ctrl-C at any moment: exit code 130, one line, nothing half-written and no traceback.

Until a command has begun its work nothing can be half-written, and an exception would fly through imports
that turn it into other errors: the process ends at once. From :func:`raise_from_now` on a Ctrl-C raises
KeyboardInterrupt, so that temporary files go and solvers keep what they found; where a library swallows that
exception or makes another of it, :func:`heard` still knows. After :func:`ignore` the command has ended.

Python's own start (its site module) comes before all of this. So that little follows it unheard, nothing is
imported here but what Python has loaded already: ``signal`` would bring ``enum``.
"""

from __future__ import annotations

import os
import sys

# As typing.TYPE_CHECKING, without its milliseconds.
TYPE_CHECKING = False

if TYPE_CHECKING:
    import signal as _signal
    from collections.abc import Callable
    from types import FrameType
else:
    import _signal

INTERRUPTED = 130

_MOMENT_S = 0.02

_heard = False


def end_at_once() -> None:
    """Let Ctrl-C end the process with a line and nothing else, from now on.

    A process that was started deaf to it (in the background of a script) stays so.
    """
    if _signal.getsignal(_signal.SIGINT) != _signal.SIG_IGN:
        _signal.signal(_signal.SIGINT, _end)


def raise_from_now() -> None:
    """Let Ctrl-C raise KeyboardInterrupt, where :func:`end_at_once` had been said."""
    if _signal.getsignal(_signal.SIGINT) is _end:
        sys.unraisablehook = _again(sys.unraisablehook)
        _signal.signal(_signal.SIGINT, _raise)


def ignore() -> None:
    """The command has ended: a Ctrl-C comes too late to change what it did."""
    if _signal.getsignal(_signal.SIGINT) in {_end, _raise}:
        _signal.signal(_signal.SIGINT, _signal.SIG_IGN)


def heard() -> bool:
    """Whether a Ctrl-C came since :func:`raise_from_now`, whatever became of its exception."""
    return _heard


def _end(number: int, frame: FrameType | None) -> None:
    del number, frame
    try:
        if "--json" in sys.argv and sys.stdout:
            os.write(sys.stdout.fileno(), b'{"error": "interrupted", "faults": [], "exit_code": 130}\n')
        os.write(2, b"error: interrupted\n")
    finally:
        os._exit(INTERRUPTED)


def _raise(number: int, frame: FrameType | None) -> None:
    global _heard  # noqa: PLW0603 - a process has one Ctrl-C
    del number, frame
    _heard = True
    raise KeyboardInterrupt


def _again(
    hook: Callable[[sys.UnraisableHookArgs], object],
) -> Callable[[sys.UnraisableHookArgs], None]:
    """An interrupt that fell into a destructor or a callback of compiled code is sent again soon."""

    def told(lost: sys.UnraisableHookArgs) -> None:
        if not isinstance(lost.exc_value, KeyboardInterrupt):
            hook(lost)
            return
        from _thread import interrupt_main
        from threading import Timer

        again = Timer(_MOMENT_S, interrupt_main)
        again.daemon = True
        again.start()

    return told
