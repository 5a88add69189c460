"""What can go wrong in ``maps``.

::

    MapError
    ├── MapDataError (ValueError)        a document with faults, all of them listed
    ├── MapFileError (OSError)           the page cannot be written
    └── ExternalAddressError (ValueError)  the finished page would fetch something from outside
"""

from __future__ import annotations

from collections.abc import Sequence


class MapError(Exception):
    """Base of every error that ``maps`` raises on purpose."""


class MapDataError(MapError, ValueError):
    """A document with faults; ``faults`` lists all of them, not only the first."""

    def __init__(self, faults: Sequence[str] | str) -> None:
        self.faults: tuple[str, ...] = (faults,) if isinstance(faults, str) else tuple(faults)
        super().__init__("\n".join(self.faults))


class MapFileError(MapError, OSError):
    """The page cannot be written to where it was asked for."""


class ExternalAddressError(MapError, ValueError):
    """The finished page holds something that a browser would fetch from outside; ``addresses`` lists it."""

    def __init__(self, addresses: Sequence[str]) -> None:
        self.addresses = tuple(addresses)
        super().__init__("the page would fetch from outside: " + "; ".join(self.addresses))
