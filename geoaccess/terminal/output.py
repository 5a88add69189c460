"""What a command says and where: results on stdout, notes and progress on stderr, JSON alone on stdout."""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TextIO

import click

from geoaccess.terminal import interrupts, streams
from geoaccess.words.figures import NO_VALUE, Figure, figure, of_nobody
from geoaccess.words.locales import ENGLISH
from geoaccess.words.note import Note, fault_note, note_codes, note_in, state_words
from geoaccess.words.terminal import current_language, told
from geoaccess.words.visible import visible

if TYPE_CHECKING:
    import pandas as pd

    from geoaccess.study import Study
    from networks.errors import Fault


#: Keys under which the options ``--csv`` and ``--verbose`` are remembered.
CSV, VERBOSE = "geoaccess.csv", "geoaccess.verbose"
#: Lines that notes take on a terminal, and the codes of those that say what the question itself changed.
FOLDED_LINES = 3
_OF_THE_QUESTION = (
    "note.asked.",
    "note.work.",
    "note.people_of",
    "note.resources_counted",
    "compare.differs",
)
#: Tables of a result that are its main one, the first of them that it has; and lists that are none.
_MAIN_TABLES, _NO_TABLES = ("rows", "beside", "legs", "chosen"), frozenset({"notes", "note_codes"})
#: Says that tables are drawn with lines where they are not on a terminal too, as the documentation has them.
DRAWN = "GEOACCESS_DRAWN_TABLES"
#: Columns narrower than this are never broken; width of a table that is not on a terminal.
_WIDEST_COLUMN = 30
_PIPED_WIDTH = 130
_WIDEST_TABLE = 1000
#: Columns whose whole numbers are dates and no amounts.
_DATES = frozenset({"year"})
#: Columns that hold names of the data, which no catalogue may touch.
_NAMES = frozenset(
    {
        *("name", "municipality", "county", "health_trust", "facility", "from", "to", "place_id", "item"),
        *("nearest_name", "serving_name", "opened", "closed", "chosen", "hazard", "source", "table"),
    }
)


def lines(text: str) -> str:
    """A text of several lines, each without hidden characters."""
    return "\n".join(visible(line) for line in text.split("\n"))


def number(value: float, digits: int = 1) -> Figure:
    """A figure for people, see :func:`geoaccess.words.figures.figure`."""
    return figure(value, digits)


def cells(frame: pd.DataFrame, values: Iterable[str]) -> pd.Series:
    """A column of notes and figures beside a table; as plain texts they would forget how they are said."""
    import pandas as pd

    return pd.Series(list(values), index=frame.index, dtype=object)


def _digits(column: pd.Series, digits: int) -> int:
    """Digits after the point: none where every number of the column is whole."""
    if column.dtype.kind in "iu":
        return 0
    if column.dtype.kind != "f":
        return digits
    known = column.dropna()
    return 0 if bool((known == known.round()).all()) else digits


def _in_hours(frame: pd.DataFrame, columns: Iterable[str]) -> pd.DataFrame:
    """People read person-hours everywhere; columns of files and JSON hold person-minutes, and say so."""
    minutes = [name for name in columns if str(name).startswith("person_min_")]
    return frame.assign(**{name: frame[name] / 60.0 for name in minutes}) if minutes else frame


def _without_value(column: str, frame: pd.DataFrame) -> list[bool]:
    """Which figures of a column have no value: a time without one is *unreachable*, unless it is nobody's."""
    if frame[column].dtype.kind != "f" or not frame[column].isna().any():
        return [False] * len(frame)
    from geoaccess.answers.columns import describe

    unit, meaning = describe(column)
    # A column that nothing is declared of, or today's, is the median of a scenario beside those of others.
    scenario = not meaning or column == "base"
    if unit != "min" and not scenario:
        return frame[column].isna().tolist()
    name = "median" if scenario else column
    rows = ({str(key): value for key, value in row.items()} for row in frame.to_dict(orient="records"))
    return [bool(none) and of_nobody(name, row) for none, row in zip(frame[column].isna(), rows, strict=True)]


def _write(text: str, stream: TextIO) -> None:
    """Write to a stream; when its reader has gone (``| head``), the work goes on unheard."""
    try:
        stream.write(text)
        stream.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _write_json(text: str, stream: TextIO) -> None:
    """Write JSON; characters that the stream's encoding does not have are escaped."""
    try:
        text.encode(stream.encoding or "utf-8")
    except UnicodeEncodeError:
        text = json.dumps(json.loads(text), indent=2)
    _write(text + "\n", stream)


def _plain(
    title: str, headings: Sequence[str], columns: Sequence[Sequence[str]], right: Sequence[bool]
) -> str:
    """A table without lines for files and pipes: a row a line, two spaces or more between its columns."""
    whole = [[heading, *column] for heading, column in zip(headings, columns, strict=True)]
    widths = [max(map(len, column)) for column in whole]
    rows = [
        "  ".join(
            text.rjust(width) if at_right else text.ljust(width)
            for text, width, at_right in zip(row, widths, right, strict=True)
        ).rstrip()
        for row in zip(*whole, strict=True)
    ]
    return "\n".join([title, *rows]) + "\n\n"


def _with_codes(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """A result with the codes and fields of its notes beside their English sentences."""
    notes = values.get("notes")
    return {**values, "note_codes": note_codes(notes)} if notes else values


@dataclass
class Collected:
    """What a command would have told: its result, its notes, and the study that it learnt."""

    result: Mapping[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    study: Study | None = None


_COLLECTED = "geoaccess.collected"


@contextmanager
def collecting(context: click.Context) -> Iterator[Collected]:
    """Within this block a command tells nothing but its progress: what it would tell is kept."""
    found = context.meta[_COLLECTED] = Collected()
    try:
        yield found
    finally:
        del context.meta[_COLLECTED]


def _collected() -> Collected | None:
    context = click.get_current_context(silent=True)
    return context.meta.get(_COLLECTED) if context else None


def _asked() -> Mapping[str, Any]:
    """What ``--csv`` and ``--verbose`` of the command left (:mod:`geoaccess.terminal.options`)."""
    context = click.get_current_context(silent=True)
    return context.meta if context else {}


def _is_asked(note: str) -> bool:
    """Whether a note says what whoever asked has changed, which no fold may hide."""
    return str(getattr(note, "code", "")).startswith(_OF_THE_QUESTION)


def _terminal_width() -> int:
    return shutil.get_terminal_size((80, 24)).columns


def _untold(share: float) -> None:
    """How much of a step is done, where nobody looks on."""


def _cut(text: str, width: int) -> str:
    """A line that is no wider than the terminal."""
    return text if len(text) <= width else text[: max(width - 1, 1)].rstrip() + "…"


def main_table(values: Mapping[str, Any]) -> pd.DataFrame:
    """The table of a result that ``--csv`` prints: its rows, else its first table, else a row a figure."""
    import pandas as pd

    for name in (*_MAIN_TABLES, *values):
        found = values.get(name)
        if isinstance(found, pd.DataFrame):
            return found
        if name not in _NO_TABLES and _is_table(found):
            return pd.DataFrame(found)
    plain = {name: value for name, value in values.items() if isinstance(value, str | int | float)}
    return pd.DataFrame({"figure": list(plain), "value": list(plain.values())})


def _is_table(found: object) -> bool:
    return isinstance(found, list | tuple) and bool(found) and all(isinstance(row, Mapping) for row in found)


class Output:
    """Says things in the way that the options of a command ask for."""

    def __init__(self, *, json: bool = False, quiet: bool = False, language: str = "") -> None:
        self._collected = _collected()
        asked = _asked()
        self.json = json
        self.csv = CSV in asked and self._collected is None
        if self.csv and json:
            raise click.UsageError("--csv and --json both want stdout: give one of them")
        self.folds = VERBOSE not in asked and sys.stderr.isatty()
        self.quiet = quiet
        self.language = language or current_language()
        self._names: dict[str, str] = {}
        self._study: Study | None = None
        self._called: dict[tuple[str, str], Mapping[str, str]] = {}
        streams.claim()
        interrupts.raise_from_now()

    def learn(self, study: Study) -> None:
        """Take what the study calls its kinds and scenarios, and its names in the command's language."""
        self._study = study
        if self._collected is not None:
            self._collected.study = study
        self._called.clear()
        config = study.config
        if self.language != ENGLISH:
            sections = [
                *config.kinds.values(),
                *config.placements.values(),
                *config.hazards.values(),
                config.study,
            ]
            for section in sections:
                for name in ("label", "plural", "title"):
                    english = getattr(section, name, "")
                    own = getattr(section, f"{name}_{self.language}", "")
                    if english and own:
                        self._names[english] = own

    def scenario(self, name: str) -> Mapping[str, str]:
        """A scenario for the field of a note: by its title, once the study is known."""
        return self._words("scenario", name) or state_words(name)

    def placement(self, name: str) -> Mapping[str, str]:
        """A placement for the field of a note: by its title, once the study is known."""
        return self._words("placement", name) or {ENGLISH: name}

    def _words(self, column: str, name: str) -> Mapping[str, str]:
        """What the study calls an id of a column; empty where it is no id of the study."""
        if self._study is None:
            return {}
        if (column, name) not in self._called:
            from geoaccess.study.names import called

            self._called[column, name] = called(self._study, column, name)
        return self._called[column, name]

    def _for_people(self) -> TextIO:
        """Where people read the result: stdout, unless JSON or CSV alone is wanted there."""
        return sys.stderr if self.json or self.csv else streams.results()

    def told(self, text: object) -> str:
        """A text of ours in the command's language."""
        return told(text if isinstance(text, str) else str(text), self.language, self._names)

    def say(self, text: str = "") -> None:
        """A line of the result for people."""
        if self._collected is not None:
            return
        _write(lines(self.told(text)) + "\n", self._for_people())

    def note(self, text: str) -> None:
        """A line that is not the result: an assumption, a default, a path written."""
        if not self.quiet:
            print(lines(self.told(text)), file=sys.stderr)

    def notes(self, texts: Sequence[str]) -> None:
        """Assumptions and limits: one line each, on a terminal three lines in all unless ``-v`` is given."""
        if self._collected is not None:
            self._collected.notes += texts
            return
        shown = [Note("terminal.note", text=note_in(text, self.language)) for text in texts]
        if self.folds and len(shown) > FOLDED_LINES:
            first = sorted(range(len(texts)), key=lambda row: not _is_asked(texts[row]))[: FOLDED_LINES - 1]
            width = _terminal_width()
            for row in first:
                self.note(_cut(self.told(shown[row]), width))
            self.note(Note("terminal.more_notes", more=len(shown) - len(first)))
            return
        for note in shown:
            self.note(note)

    def result(self, values: Mapping[str, Any]) -> None:
        """The result as one JSON object, or its main table with ``--csv``; silent without either."""
        if self._collected is not None:
            self._collected.result = values
        elif self.csv:
            _write(main_table(values).to_csv(index=False, lineterminator="\n"), streams.results())
        elif self.json:
            from geoaccess.ground.writing import to_json

            _write_json(to_json(_with_codes(values)), streams.results())

    def table(
        self, title: str, columns: Mapping[str, str], frame: pd.DataFrame, *, digits: int = 0, most: int = 0
    ) -> None:
        """A table for people: columns by name with their headings; at most ``most`` rows (0 = all)."""
        if self._collected is not None:
            return
        from rich.console import Console
        from rich.measure import Measurement
        from rich.table import Table
        from rich.text import Text

        frame = _in_hours(frame, columns)
        shown = frame.head(most) if most else frame
        table = Table(
            title=Text(visible(self.told(title))),
            title_justify="left",
            header_style="bold",
            title_style="bold",
        )
        after_point = {name: _digits(frame[name], digits) for name in columns}
        cells = [
            [
                NO_VALUE if none else self._cell(name, cell, after_point[name])
                for cell, none in zip(shown[name], _without_value(name, shown), strict=True)
            ]
            for name in columns
        ]
        for name, column in zip(columns, cells, strict=True):
            numeric = frame[name].dtype.kind in "fiu"
            width = min(max(map(len, column), default=0), _WIDEST_COLUMN)
            table.add_column(
                Text(self.told(columns[name])), justify="right" if numeric else "left", min_width=width
            )
        for row in zip(*cells, strict=True):
            table.add_row(*map(Text, row))
        stream = self._for_people()
        if not (stream.isatty() or os.environ.get(DRAWN)):
            headings = [self.told(columns[name]) for name in columns]
            right = [frame[name].dtype.kind in "fiu" for name in columns]
            _write(_plain(visible(self.told(title)), headings, cells, right), stream)
            self._told_more(len(frame), most)
            return
        console = Console(file=stream, width=None if stream.isatty() else _PIPED_WIDTH)
        needed = Measurement.get(console, console.options.update(max_width=_WIDEST_TABLE), table).minimum
        with console.capture() as captured:
            wider = needed if needed > console.width else None
            console.print(table, width=wider, crop=False, soft_wrap=False)
        _write(captured.get(), stream)
        self._told_more(len(frame), most)

    def _told_more(self, rows: int, most: int) -> None:
        if most and rows > most:
            self.say(Note("say.more_rows", more=rows - most))

    def _cell(self, column: str, cell: object, digits: int) -> str:
        """A cell of a table: a figure, a text of ours, or a name of the data, which stays as it is."""
        if isinstance(cell, int | float) and not isinstance(cell, bool):
            return str(cell) if column in _DATES else figure(cell, digits).said(self.language)
        if type(cell) is str and (words := self._words(column, cell)):
            return visible(Note("text", text=words).said(self.language))
        return visible(cell if column in _NAMES and type(cell) is str else self.told(cell))

    @contextmanager
    def step(self, text: str) -> Iterator[Callable[[float], None]]:
        """A step of a longer job: a spinner on a terminal, a timed line otherwise.

        Yields:
            what takes the share of the step that is done, from 0 to 1: the spinner says it in per cent.
        """
        began = time.perf_counter()
        if self.quiet:
            yield _untold
            return
        if sys.stderr.isatty():
            from rich.console import Console

            step = self.told(text)
            with Console(stderr=True).status(visible(step)) as status:

                def tell(share: float) -> None:
                    said = Note("say.progress", step=step, done=100.0 * share)
                    status.update(visible(self.told(said)))

                yield tell
        else:
            yield _untold
        self.note(Note("say.step", step=self.told(text), seconds=time.perf_counter() - began))

    def _fault(self, fault: Fault) -> str:
        """A fault in the command's language: where it is, what is wrong, and the value."""
        if self.language == ENGLISH:
            return str(fault)
        return fault_note(fault).said(self.language)

    def failure(self, message: str, faults: Sequence[Fault], code: int) -> None:
        """Say what went wrong, every fault on its own line.

        All of it is made before any is written, so that whatever fails in making it leaves nothing half-said.
        """
        if faults:
            said = [self.told(Note("say.faults", faults=len(faults)))]
            said += [f"  {lines(self._fault(fault))}" for fault in faults]
        else:
            said = [lines(self.told(Note("say.error", message=self.told(message))))]
        if self.json:
            from geoaccess.ground.writing import to_json

            parts = ("message", "where", "row", "column", "value")
            listed = [{part: getattr(fault, part, "") for part in parts} for fault in faults]
            told = {"error": message, "faults": listed, "exit_code": code}
            _write_json(to_json(told), streams.results())
        with suppress(OSError) if self.json else nullcontext():  # programs that read JSON have been told
            print("\n".join(said), file=sys.stderr)
