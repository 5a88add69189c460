"""What can go wrong in ``optimise``.

::

    OptimiseError
    ├── ProblemError (ValueError)        a placement problem with faults, all of them listed
    ├── UnknownModelError (LookupError)  a model, solver or site name that does not exist
    └── SolverError (RuntimeError)       a solver is missing, failed, or gave an answer that does not verify

An infeasible or unfinished placement is not an error but a :class:`~optimise.status.Status`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault, in words a person can act on.

    Attributes:
        message: what is wrong and, where it helps, what to do.
        where: parameter or constraint.
        row: id of the demand point or site.
        value: the offending value, as text.
    """

    message: str
    where: str = ""
    row: str = ""
    value: str = ""

    def __str__(self) -> str:
        place = self.where + (f"[{self.row}]" if self.row else "")
        shown = f" (value {self.value!r})" if self.value else ""
        return f"{place}: {self.message}{shown}" if place else f"{self.message}{shown}"


class OptimiseError(Exception):
    """Base of every error that ``optimise`` raises on purpose."""


class ProblemError(OptimiseError, ValueError):
    """A problem with faults; ``faults`` lists all of them, not only the first."""

    def __init__(self, faults: Sequence[Fault] | str) -> None:
        self.faults: tuple[Fault, ...] = (Fault(faults),) if isinstance(faults, str) else tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))


class UnknownModelError(OptimiseError, LookupError):
    """A model, solver or site name that does not exist."""


class SolverError(OptimiseError, RuntimeError):
    """A solver is missing, failed, or gave an answer that does not verify."""
