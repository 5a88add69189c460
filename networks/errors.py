"""What can go wrong in ``networks``.

::

    NetworksError
    ├── NetworkDataError (ValueError)        tables, points or parameters with faults, all of them listed
    ├── NetworkFileError (OSError)           a file that cannot be read, is damaged, or is of another version
    ├── UnknownPlaceError (LookupError)      a node, link or place that the network does not have
    ├── CrsError (ValueError)                metres wanted, degrees given (or no CRS at all)
    └── OfflineError (ConnectionError)       a download was asked for and no network answered
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault in the input, in words a person can act on.

    Attributes:
        message: what is wrong and, where it helps, what to do.
        where: file, table or parameter.
        row: line number in the file (header = 1), or the id of the row.
        column: column name.
        value: the offending value, as text.
    """

    message: str
    where: str = ""
    row: str = ""
    column: str = ""
    value: str = ""

    def __str__(self) -> str:
        place = self.where
        if self.row:
            place += f"{', ' if place else ''}row {self.row}"
        if self.column:
            place += f"{', ' if place else ''}column '{self.column}'"
        shown = f" (value {self.value!r})" if self.value else ""
        return f"{place}: {self.message}{shown}" if place else f"{self.message}{shown}"


class NetworksError(Exception):
    """Base of every error that ``networks`` raises on purpose."""


class NetworkDataError(NetworksError, ValueError):
    """Input with faults; ``faults`` lists all of them, not only the first."""

    def __init__(self, faults: Sequence[Fault] | str) -> None:
        self.faults: tuple[Fault, ...] = (Fault(faults),) if isinstance(faults, str) else tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))


class NetworkFileError(NetworksError, OSError):
    """A file cannot be read or written, is damaged, or was made by another version."""


class UnknownPlaceError(NetworksError, LookupError):
    """A node, link or place name that the network does not have."""


class CrsError(NetworksError, ValueError):
    """A metric coordinate reference system is needed, or a CRS is missing."""


class OfflineError(NetworksError, ConnectionError):
    """A download was asked for and nothing answered."""
