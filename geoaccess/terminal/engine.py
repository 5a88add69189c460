"""What commands that search have in common: ``--engine``, and the word on Numba's first compilation."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from geoaccess.words.note import Note, as_note

if TYPE_CHECKING:
    from networks.engines import EnginesUsed

#: The logger that announces the first compilation, by name: to import it would load Numba.
_COMPILER = "networks.hierarchy.compiled"


def engine_option(function: Any) -> Any:
    """The ``--engine`` option; the result says which engine ran, and why."""
    return click.option(
        "--engine",
        type=click.Choice(["auto", "scipy", "hierarchy"]),
        default="auto",
        show_default=True,
        help="What searches; auto takes the one that is likely to answer sooner. Both give the same times.",
    )(function)


class _Teller(logging.Handler):
    """Passes log records on to what says notes."""

    def __init__(self, say: Callable[[str], None]) -> None:
        super().__init__()
        self.say = say

    def emit(self, record: logging.LogRecord) -> None:
        # A sentence that is logged whole keeps its code.
        self.say(record.msg if isinstance(record.msg, str) and not record.args else record.getMessage())


@contextmanager
def compiling_said(say: Callable[[str], None]) -> Iterator[None]:
    """Within this block the first compilation of the engine is said as a note of the command is."""
    logger, teller = logging.getLogger(_COMPILER), _Teller(say)
    passed_on, logger.propagate = logger.propagate, False
    logger.addHandler(teller)
    try:
        yield
    finally:
        logger.removeHandler(teller)
        logger.propagate = passed_on


def engine_note(engines: EnginesUsed) -> Note:
    """Which engine searched, and why."""
    told = [
        Note("say.engine.one", name=name, reason=as_note(reason))
        for name, reason in sorted(engines.reasons.items())
    ]
    return Note("say.engine", engines=told) if told else Note("say.engine.none")
