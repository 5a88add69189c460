"""``geoaccess report``: a run as a report, a workbook or factsheets."""

from __future__ import annotations

from pathlib import Path

import click

from geoaccess.terminal.options import json_option, language_option, quiet_option
from geoaccess.terminal.output import Output
from geoaccess.terminal.target import FileOrFolder
from geoaccess.words.note import Note

FORMS = ("html", "pdf", "xlsx", "csv")


@click.command("report")
@click.argument("run", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    type=FileOrFolder(),
    help="File (.html, .pdf, .xlsx), or a folder for CSV or factsheets; default: report.html in RUN.",
)
@click.option("--format", "form", type=click.Choice(FORMS), help="Form; default: by the ending of -o.")
@click.option(
    "--municipality",
    "municipalities",
    multiple=True,
    metavar="NAME|all",
    help="Factsheet of a municipality instead of the report; may be given again.",
)
@click.option(
    "--group",
    "groups",
    multiple=True,
    metavar="COLUMN=VALUE",
    help="Factsheet of a group of municipalities, such as county=Troms; county=all is every county.",
)
@click.option(
    "--by", metavar="COLUMN", help="Factsheets of every group of a column: the same as --group COLUMN=all."
)
@click.option(
    "--also",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="RUN",
    help="Factsheets: another run, of the people of the same year, told after it; may be given again.",
)
@language_option
@click.option("--excel-norwegian", is_flag=True, help="CSV with semicolons, decimal commas, byte order mark.")
@json_option
@quiet_option
def command(
    run: Path,
    output: Path | None,
    form: str | None,
    municipalities: tuple[str, ...],
    groups: tuple[str, ...],
    by: str | None,
    also: tuple[Path, ...],
    language: str,
    excel_norwegian: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Tell a run for people: HTML, PDF, Excel, CSV, or factsheets of municipalities or groups."""
    from geoaccess.answers.answer import answer_folder, load_answer
    from geoaccess.questions.report_writing import Form, write_factsheets, write_report

    out = Output(json=as_json, quiet=quiet)
    groups += (f"{by}=all",) if by else ()
    sheets = (*municipalities, *groups)
    run = answer_folder(run)
    target = output or default_target(run, form, sheets, excel_norwegian=excel_norwegian)
    check_form(target, form, sheets, excel_norwegian=excel_norwegian)
    if also and not sheets:
        raise click.UsageError("--also is for factsheets: name a municipality or a group")
    loaded = load_answer(run)
    further = [load_answer(answer_folder(path)) for path in also]
    with out.step(Note("say.writing", path=str(target))):
        if sheets:
            chosen = Form(form) if form else Form.HTML
            written = write_factsheets(
                loaded, municipalities, target, language=language, form=chosen, groups=groups, also=further
            )
        else:
            written = write_report(loaded, target, language=language, norwegian_csv=excel_norwegian)
    size = sum(path.stat().st_size for path in written)
    many = Note("say.files_in", files=len(written), path=str(target))
    path = many if len(written) > 1 else str(written[0])
    out.say(Note("say.written.size", path=path, megabytes=size / 1e6))
    out.result({"report": target, "files": written, "bytes": size})


def default_target(run: Path, form: str | None, sheets: tuple[str, ...], *, excel_norwegian: bool) -> Path:
    """Where the report goes when nothing is said: into the run folder."""
    chosen = form or ("csv" if excel_norwegian else "html")
    if sheets:
        return run / "factsheets"
    return run / ("report-csv" if chosen == "csv" else f"report.{chosen}")


def check_form(target: Path, form: str | None, sheets: tuple[str, ...], *, excel_norwegian: bool) -> None:
    """Refuse options that contradict each other.

    Raises:
        UsageError: the form is not that of the file, or does not suit factsheets or CSV.
    """
    is_folder = target.suffix == "" or target.is_dir()
    if target.suffix.lower() == ".csv" and not is_folder:
        raise click.UsageError(Note("fault.report.csv_folder", target=target))
    if sheets and form in {"xlsx", "csv"}:
        raise click.UsageError("factsheets are html or pdf")
    if excel_norwegian and (sheets or not is_folder):
        raise click.UsageError(
            "--excel-norwegian is for CSV files: give a folder with -o, and no municipality or group"
        )
    if form and not is_folder and target.suffix.lower() != f".{form}":
        raise click.UsageError(Note("fault.report.ending", target=target, form=form))
    if form and form != "csv" and is_folder and not sheets:
        raise click.UsageError(Note("fault.report.one_file", form=form))
