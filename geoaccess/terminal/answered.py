"""Where an answer goes: a folder, or the one table that a file name asks for."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from geoaccess.terminal.output import Output
from geoaccess.words.note import Note

if TYPE_CHECKING:
    import pandas as pd

    from geoaccess.answers.answer import Answer


def write_output(
    out: Output, answer: Answer, table: pd.DataFrame, target: Path, *, overwrite: bool = False
) -> None:
    """Write an answer's folder; a path that ends as a table does takes the main table alone.

    Raises:
        OutputError: the folder exists and may not be replaced, or something cannot be written.
    """
    from geoaccess.ground.writing import WRITABLE, write_table

    if target.suffix.lower() in WRITABLE:
        write_table(table, target)
    else:
        answer.save(target, overwrite=overwrite)
    out.say(Note("say.written", path=str(target)))


def snapped(out: Output, facts: Mapping[str, object]) -> list[Note]:
    """How points were joined to the roads, one fact each; what did not happen is not told."""
    return [
        Note("say.snapped.fact", name=out.told(name), value=value) for name, value in facts.items() if value
    ]
