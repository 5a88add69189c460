"""An answer: everything that a question found, typed, with declared columns; one folder holds it."""

from __future__ import annotations

import importlib
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from geoaccess.answers.columns import Column, declared, dictionary
from geoaccess.answers.notebook import answer_lines, dataset
from geoaccess.answers.site_minutes import (
    SITE_MINUTES_FILE,
    SiteMinutes,
    load_site_minutes,
    save_site_minutes,
)
from geoaccess.ground.errors import DataError
from geoaccess.ground.running import work_began
from geoaccess.ground.writing import (
    RUN_FILE,
    provenance,
    to_json,
    with_nan,
    without_value,
    write_folder,
    write_table,
)
from geoaccess.words.note import Note, note_codes, read_notes
from networks.errors import Fault

if TYPE_CHECKING:
    import geopandas as gpd
    import xarray as xr

#: Version of the layout of a run folder; a newer one is refused.
RUN_FORMAT = 1
LAYERS_FILE = "results.gpkg"
MAP_FILE = "map.html"
DICTIONARY_FILE = "dictionary.csv"
#: Where an answer lies in a folder that holds something else too, whose readers pass over such names.
BESIDE = "_answer"
#: What tells answers, by name: it knows the questions, an answer knows only what it is an answer to.
_REGISTRY = "geoaccess.questions.registry"
#: In ``run.json``, the places of figures that have no value (a mean of nobody): JSON has no NaN, and what is
#: read back must say what was answered.
_NO_VALUE = "no_value"
_REPORTS = "geoaccess.questions.report_writing"


@dataclass(frozen=True, slots=True)
class Proof:
    """How sure an answer that was chosen is.

    Attributes:
        status: ``optimal``: proven; ``feasible``: found, not proven.
        objective: what was made small or large.
        lower_bound: no answer is better than it.
        gap: relative distance of the two; 0 = proven.
        solver: what proved it.
    """

    status: str
    objective: float
    lower_bound: float
    gap: float
    solver: str = ""


@dataclass(frozen=True, eq=False, repr=False)
class Answer:
    """Everything that a question found, in memory and as its folder holds it.

    Maps and reports read an answer and nothing else, so they can be made again from its folder alone.

    Attributes:
        question: the question it answers, a row of :mod:`geoaccess.questions.registry`; the command's name.
        facts: what ``run.json`` says beside the provenance: study, figures, proof, notes.
        tables: file stem -> table; :meth:`columns` says what their columns mean.
        inputs: files that the answer was made from.
        started: when the command that asks began; without one, when the answer was made.
        site_minutes: minutes of sites that a reader of the map may open and close.
    """

    question: str
    facts: Mapping[str, Any]
    tables: Mapping[str, pd.DataFrame]
    inputs: tuple[Path, ...] = ()
    started: datetime = field(default_factory=work_began)
    site_minutes: tuple[SiteMinutes, ...] = ()

    def __repr__(self) -> str:
        return answer_lines(self)

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know beside the figures, each once."""
        return tuple(dict.fromkeys(note for note in self.facts.get("notes", ()) if note))

    @property
    def proof(self) -> Proof | None:
        """How sure the answer is, where something was chosen."""
        told = self.facts.get("place")
        if not told:
            return None
        names = ("status", "objective", "lower_bound", "gap", "solver")
        return Proof(**{name: told[name] for name in names if name in told})

    @property
    def figures(self) -> Mapping[str, Any]:
        """What the question was and its main figures."""
        names = {"place": "place", "demo": "place"}
        told: Mapping[str, Any] = self.facts.get(names.get(self.question, self.question), {})
        return told

    def columns(self, table: str) -> tuple[Column, ...]:
        """What the columns of a table are: name, unit, and meaning in every language.

        Raises:
            KeyError: the answer has no such table.
        """
        return tuple(declared(str(name), self.facts, table) for name in self.tables[table].columns)

    def save(self, target: Path, *, overwrite: bool = False, replaces: str = "") -> Path:
        """Write the folder, whole or not at all.

        Raises:
            OutputError: the folder exists and may not be replaced, or cannot be written.
        """
        return write_folder(target, self.fill, overwrite=overwrite, replaces=replaces)

    def map(self, path: str | Path, *, language: str = "en") -> Path:
        """Draw the map as one HTML file that needs no network.

        Raises:
            DataError: there is nothing that a map could show.
            OutputError: the file cannot be written.
        """
        importlib.import_module(_REGISTRY).draw_map(self, Path(path), language=language)
        return Path(path)

    def report(self, path: str | Path, *, language: str = "en") -> list[Path]:
        """Write the report: ``.html``, ``.pdf``, ``.xlsx``, or a folder of CSV files.

        Raises:
            MissingPackageError: a package of the extra ``report`` is not installed.
            OutputError: the ending is unknown, or a file cannot be written.
        """
        written: list[Path] = importlib.import_module(_REPORTS).write_report(
            self, Path(path), language=language
        )
        return written

    def to_geodataframe(self, table: str = "") -> gpd.GeoDataFrame:
        """A table with places as points (EPSG:4326); default: the first that has places.

        Raises:
            DataError: no such table has ``lon, lat``.
        """
        import geopandas as gpd  # noqa: PLC0415 - half a second that most commands need not pay

        placed = [name for name, frame in self.tables.items() if {"lon", "lat"} <= set(frame.columns)]
        name = table or next(iter(placed), "")
        if name not in placed:
            raise DataError(Note("fault.answer.no_table", table=table, placed=", ".join(placed) or "none"))
        frame = self.tables[name]
        return gpd.GeoDataFrame(frame, geometry=gpd.points_from_xy(frame["lon"], frame["lat"]), crs=4326)

    def to_xarray(self, table: str = "") -> xr.Dataset:
        """A table with places, kinds and scenarios as dimensions; default: the first that has places.

        Raises:
            DataError: there is no such table, or its rows are not told apart by ids.
            MissingPackageError: xarray is not installed.
        """
        name = table or next((name for name, frame in self.tables.items() if "demand_id" in frame), "")
        if name not in self.tables:
            raise DataError(
                Note("fault.answer.no_table", table=table, placed=", ".join(self.tables) or "none")
            )
        return dataset(self.tables[name], self.columns(name), name)

    def _repr_html_(self) -> str:
        """The report's first figures and tables with the proof, and the map in a frame, for a notebook."""
        shown: str = importlib.import_module(_REGISTRY).shown_in_notebook(self)
        return shown

    def fill(self, folder: Path) -> None:
        """Write all of it into a folder that is there, such as one that holds files of its own beside it."""
        for name, table in self.tables.items():
            write_table(table, folder / f"{name}.csv")
            write_table(table, folder / f"{name}.parquet")
        write_table(dictionary(self.tables, self.facts), folder / DICTIONARY_FILE)
        save_site_minutes(folder, self.site_minutes)
        registry = importlib.import_module(_REGISTRY)
        if registry.has_map(self):
            registry.draw_into(self, folder, page=MAP_FILE, layers=LAYERS_FILE)
        run = {
            "format": RUN_FORMAT,
            "kind": self.question,
            **provenance(inputs=self.inputs, started=self.started),
            **self.facts,
            "notes": list(self.notes),
            "note_codes": note_codes(self.notes),
            "tables": {name: list(table.columns) for name, table in self.tables.items()},
        }
        if unknown := without_value(self.facts):
            run[_NO_VALUE] = unknown
        (folder / RUN_FILE).write_text(to_json(run) + "\n", encoding="utf-8")


def answer_folder(folder: Path) -> Path:
    """The folder of an answer: this one, or :data:`BESIDE` within it."""
    beside = folder / BESIDE
    return beside if not (folder / RUN_FILE).exists() and (beside / RUN_FILE).exists() else folder


def is_answer(folder: Path) -> bool:
    """Whether a folder is that of an answer, or has one within it."""
    return (answer_folder(folder) / RUN_FILE).is_file()


def load_answer(folder: Path | str) -> Answer:
    """Read a run folder, or the one that lies in :data:`BESIDE` within a folder.

    Raises:
        DataError: it is no run folder, of a newer version, or a table is missing.
    """
    folder = answer_folder(Path(folder))
    file = folder / RUN_FILE
    try:
        facts = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError([Fault(Note("fault.answer.no_folder", error=error), where=str(folder))]) from error
    if facts.get("format") != RUN_FORMAT:
        found = facts.get("format")
        raise DataError(
            [Fault(Note("fault.answer.format", found=found, run_format=RUN_FORMAT), where=str(file))]
        )
    with_nan(facts, facts.pop(_NO_VALUE, ()))
    if "note_codes" in facts:
        facts["notes"] = read_notes(facts.pop("note_codes"))
    faults: list[Fault] = []
    tables = {}
    for name in facts["tables"]:
        table = _read_table(folder / f"{name}.parquet", faults)
        if table is not None:
            tables[name] = table
    site_minutes: tuple[SiteMinutes, ...] = ()
    try:
        site_minutes = load_site_minutes(folder)
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        faults.append(Fault(Note("fault.unreadable", error=error), where=str(folder / SITE_MINUTES_FILE)))
    if faults:
        raise DataError(faults)
    return Answer(question=facts["kind"], facts=facts, tables=tables, site_minutes=site_minutes)


def _read_table(path: Path, faults: list[Fault]) -> pd.DataFrame | None:
    """A table of a run as it was: in CSV, a place named NA would be nothing."""
    if not path.is_file():
        faults.append(Fault("the run's table is missing", where=str(path)))
        return None
    try:
        return pd.read_parquet(path)
    except (OSError, ValueError) as error:
        faults.append(Fault(Note("fault.unreadable", error=error), where=str(path)))
        return None
