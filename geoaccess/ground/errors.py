"""What can go wrong, gathered for the command line, with the exit code of each.

::

    GeoaccessError                       exit 1
    ├── DataError (ValueError)           exit 3   faults in a study, table or parameter, all of them listed
    ├── UnknownNameError (LookupError)   exit 2   a study, kind, scenario or place that does not exist
    ├── InfeasibleError (ValueError)     exit 4   a wish that cannot be met, and why
    └── OutputError (OSError)            exit 1   a result cannot be written

The leaves have trees of their own (``networks.errors``, ``optimise.errors``, ``maps.errors``);
:func:`exit_code` knows them all.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import IntEnum

from geoaccess.ground.spelling import closest
from geoaccess.words.note import Note, as_field
from networks.errors import CrsError, Fault, NetworkFileError, UnknownPlaceError
from optimise.errors import UnknownModelError


class ExitCode(IntEnum):
    """What the shell is told."""

    DONE = 0
    FAILURE = 1
    USAGE = 2
    BAD_DATA = 3
    INFEASIBLE = 4
    STOPPED_AT_LIMIT = 5
    INTERRUPTED = 130


class GeoaccessError(Exception):
    """Base of every error that ``geoaccess`` raises on purpose."""

    exit_code = ExitCode.FAILURE


class DataError(GeoaccessError, ValueError):
    """Input with faults; ``faults`` lists all of them."""

    exit_code = ExitCode.BAD_DATA

    def __init__(self, faults: Sequence[Fault] | str) -> None:
        self.faults: tuple[Fault, ...] = (Fault(faults),) if isinstance(faults, str) else tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))


class UnknownNameError(GeoaccessError, LookupError):
    """A name that does not exist; the message says which do, and which is closest."""

    exit_code = ExitCode.USAGE

    def __init__(self, what: str, name: str, known: Iterable[str]) -> None:
        self.name = name
        self.known = tuple(known)
        hint = did_you_mean(name, self.known)
        super().__init__(Note("error.unknown_name", what=as_field(what), name=repr(name), hint=hint))


class AmbiguousNameError(UnknownNameError):
    """A name of more than one; the message says how many, and by which ids they are told apart."""


class InfeasibleError(GeoaccessError, ValueError):
    """No solution exists; the message names what conflicts."""

    exit_code = ExitCode.INFEASIBLE


class OutputError(GeoaccessError, OSError):
    """A result cannot be written where it was asked for."""


def did_you_mean(name: str, known: Iterable[str]) -> Note:
    """A suggestion for a mistyped name, and the names there are.

    >>> did_you_mean("treshold", ["threshold", "title"])
    " - did you mean 'threshold'? (there are: threshold, title)"
    """
    names = list(known)
    close = closest(name, names, most=1, alike=0.6)
    if not names:
        return Note("error.none_known")
    shown = [*names[:20], *(["..."] if len(names) > 20 else [])]
    if close:
        return Note("error.meant", near=repr(close[0]), names=shown)
    return Note("error.known", names=shown)


def exit_code(error: BaseException) -> ExitCode:
    """The exit code that says what kind of failure this was."""
    if isinstance(error, GeoaccessError):
        return error.exit_code
    if isinstance(error, KeyboardInterrupt):
        return ExitCode.INTERRUPTED
    if isinstance(error, UnknownPlaceError | UnknownModelError):
        return ExitCode.USAGE
    if isinstance(error, CrsError | NetworkFileError) or faults_of(error):
        return ExitCode.BAD_DATA
    return ExitCode.FAILURE


def is_ours(error: BaseException) -> bool:
    """Whether the error was raised on purpose, by this package or by a leaf, with a message for people."""
    return type(error).__module__.split(".")[0] in {"geoaccess", "networks", "optimise", "maps"}


def faults_of(error: BaseException) -> tuple[Fault, ...]:
    """The faults an error lists; empty when it lists none."""
    return tuple(getattr(error, "faults", ()))
