"""Reports as files: the form follows from the ending, and no file is ever half there."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Callable, Sequence
from enum import StrEnum
from pathlib import Path

from geoaccess.answers.answer import Answer
from geoaccess.answers.reading import Material
from geoaccess.drawing.blocks import Document
from geoaccess.drawing.csv_files import write_sheets
from geoaccess.drawing.page import render
from geoaccess.drawing.pdf import write_pdf
from geoaccess.drawing.workbook import write_workbook
from geoaccess.ground.errors import DataError, OutputError
from geoaccess.ground.optional_packages import need_all
from geoaccess.ground.spelling import fold
from geoaccess.ground.writing import beside
from geoaccess.questions.factsheet import factsheet_document
from geoaccess.questions.factsheet_areas import Area, areas
from geoaccess.questions.registry import own_factsheet, report_document
from geoaccess.words.note import Note, system_reason
from geoaccess.words.words import Words
from maps import Language

_NAME_LETTERS = 60


class Form(StrEnum):
    """The form of a report."""

    HTML = "html"
    PDF = "pdf"
    XLSX = "xlsx"
    CSV = "csv"


#: Packages that each form needs.
PACKAGES = {
    Form.HTML: ("babel", "matplotlib"),
    Form.PDF: ("babel", "matplotlib", "weasyprint"),
    Form.XLSX: ("babel", "xlsxwriter"),
    Form.CSV: ("babel",),
}


def form_of(path: Path) -> Form:
    """The form that the ending of a file asks for; no ending is a folder of CSV files.

    Raises:
        OutputError: there is no such form.
    """
    known = {f".{form.value}": form for form in Form if form is not Form.CSV}
    if path.suffix == "" or path.is_dir():
        return Form.CSV
    if path.suffix.lower() not in known:
        hint = "; CSV is one file per table: give a folder" if path.suffix.lower() == ".csv" else ""
        raise OutputError(Note("fault.ending_hint", path=path, known=tuple(known), hint=hint))
    return known[path.suffix.lower()]


def write_report(
    run: Answer, path: Path, *, language: Language | str = Language.ENGLISH, norwegian_csv: bool = False
) -> list[Path]:
    """Write the report of a run.

    Args:
        run: a run of ``access``, ``place`` or ``demo``, a comparison, a frontier or losses.
        path: ``.html``, ``.pdf`` or ``.xlsx``; a folder takes one CSV file per table.
        language: language of the report's own words.
        norwegian_csv: CSV files as Norwegian Excel opens them.

    Returns:
        The files written.

    Raises:
        MissingPackageError: a package of the extra ``report`` is not installed.
        DataError: the run has nothing that a report could tell.
        OutputError: the ending is unknown, or a file cannot be written.
    """
    form = form_of(path)
    need_all(PACKAGES[form])
    words = Words(language)
    document = report_document(run, words)
    if form is Form.CSV:
        return write_sheets(document, words, path, norwegian=norwegian_csv)
    with beside(path) as part:
        if form is Form.XLSX:
            write_workbook(document, words, part)
        else:
            _write_page(render([document], words), part, form)
    return [path]


def write_factsheets(
    run: Answer,
    wanted: Sequence[str],
    path: Path,
    *,
    language: Language | str = Language.ENGLISH,
    form: Form = Form.HTML,
    groups: Sequence[str] = (),
    also: Sequence[Answer] = (),
    on_progress: Callable[[int, int], None] | None = None,
) -> list[Path]:
    """Write factsheets of municipalities and of groups of them.

    Args:
        run: a run of ``access``, ``place``, ``demo`` or ``beds``.
        wanted: names or codes of municipalities; ``all`` is every one.
        path: one file (``.html``, ``.pdf``) with a page for each; or a folder, with a file for each.
        language: language of the factsheets' own words.
        form: ``html`` or ``pdf``, for the files of a folder.
        groups: groups of municipalities as ``COLUMN=VALUE``; the value ``all`` is every group of the column.
        also: further runs, of the people of the same year, told after it on the same pages.
        on_progress: called with the number of factsheets made and in all.

    Returns:
        The files written.

    Raises:
        MissingPackageError: a package of the extra ``report`` is not installed.
        UnknownNameError: no or several municipalities, groups or columns answer to a name.
        DataError: a group is not told as ``COLUMN=VALUE``, or runs are of the people of different years.
        OutputError: the form is none of a factsheet, or a file cannot be written.
    """
    alone = path.suffix == "" or path.is_dir()
    form = form if alone else form_of(path)
    if form not in {Form.HTML, Form.PDF}:
        raise OutputError(Note("fault.factsheets", path=path))
    need_all(PACKAGES[form])
    words = Words(language)
    runs = (run, *also)
    years = sorted({str(one.facts["year"]) for one in runs})
    if len(years) > 1:
        raise DataError(Note("fault.report.years", years=years))
    chosen = areas(run, words, tuple(wanted), tuple(groups))
    if not alone:
        documents = [_factsheet(one, words, area) for area in chosen for one in runs]
        with beside(path) as part:
            _write_page(render(documents, words), part, form)
        return [path]

    def fill(folder: Path) -> None:
        for done, area in enumerate(chosen, start=1):
            documents = [_factsheet(one, words, area) for one in runs]
            name = file_name(*area.file)
            _write_page(render(documents, words), folder / f"{name}.{form.value}", form)
            if on_progress:
                on_progress(done, len(chosen))

    return _into_folder(path, fill)


def _factsheet(run: Answer, words: Words, area: Area) -> Document:
    """The factsheet of a run: its question's own, or that of times and placements."""
    own = own_factsheet(run)
    return own(Material(run, words), area) if own else factsheet_document(run, words, area)


def file_name(code: str, name: str) -> str:
    """A file name of letters that every system takes: ``1835-traena``."""
    plain = re.sub(r"[^a-z0-9]+", "-", fold(name)).strip("-")
    number = re.sub(r"[^A-Za-z0-9]+", "-", code).strip("-")
    return f"{number}-{plain}"[:_NAME_LETTERS].strip("-") or "municipality"


def _write_page(html: str, path: Path, form: Form) -> None:
    if form is Form.PDF:
        write_pdf(html, path)
    else:
        path.write_text(html, encoding="utf-8")


def _into_folder(target: Path, fill: Callable[[Path], None]) -> list[Path]:
    """Make files in a new folder, and move them to the target only when all of them are made."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    except OSError as error:
        raise OutputError(
            Note("fault.write.into", folder=target.parent, reason=system_reason(error))
        ) from error
    try:
        fill(work)
        target.mkdir(exist_ok=True)
        return [made.replace(target / made.name) for made in sorted(work.iterdir())]
    except OSError as error:
        if isinstance(error, OutputError):
            raise
        raise OutputError(Note("fault.write.file", path=target, reason=system_reason(error))) from error
    finally:
        shutil.rmtree(work, ignore_errors=True)
