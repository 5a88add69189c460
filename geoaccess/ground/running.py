"""The command that runs: its words, and when it began. A program that uses the library runs none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True)
class Running:
    """A command that runs.

    Attributes:
        arguments: what was typed behind the name of the program.
        began: when.
    """

    arguments: tuple[str, ...]
    began: datetime


_RUNNING: ContextVar[Running | None] = ContextVar("running", default=None)


@contextmanager
def command_runs(arguments: Sequence[str]) -> Iterator[None]:
    """What happens within is the work of a command that begins now."""
    token = _RUNNING.set(Running(tuple(arguments), datetime.now(UTC)))
    try:
        yield
    finally:
        _RUNNING.reset(token)


def running() -> Running | None:
    """The command that runs; None = the library is used by a program."""
    return _RUNNING.get()


def work_began() -> datetime:
    """When the command that runs began; now, where none does."""
    command = running()
    return command.began if command else datetime.now(UTC)
