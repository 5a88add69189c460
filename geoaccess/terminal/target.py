"""Where a command writes: refused before the work when it cannot be written, not after it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from geoaccess.terminal.options import json_option, quiet_option

#: Endings of areas, of rasters and of pages.
AREAS, RASTERS = (".gpkg", ".geojson", ".json"), (".tif", ".tiff")
PAGES = (".html", ".htm")
#: Ending of a map's layers for a GIS.
LAYERS = ".gpkg"


class File(click.Path):
    """A file that a command writes, with one of some endings (none = any)."""

    def __init__(self, endings: Sequence[str] = ()) -> None:
        super().__init__(path_type=Path)
        self.endings = endings

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """The path; refused when nothing can be written there."""
        from geoaccess.ground.writing import check_file

        path = Path(str(super().convert(value, param, ctx)))
        check_file(path, self.endings)
        return path


class FileOrFolder(click.Path):
    """A file that a command writes, or a folder into which it writes several."""

    def __init__(self) -> None:
        super().__init__(path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """The path; refused when nothing can be written there."""
        from geoaccess.ground.writing import check_file

        path = Path(str(super().convert(value, param, ctx)))
        is_folder = path.is_dir() or not path.suffix
        check_file(path / "any" if is_folder else path)
        return path


class Table(File):
    """A table that a command writes, by its ending."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """The path; refused when the table cannot be written there."""
        from geoaccess.ground.writing import WRITABLE

        self.endings = WRITABLE
        return super().convert(value, param, ctx)


def overwrite_option(text: str) -> Callable[[Any], Any]:
    """``--overwrite``; read first, so that the target can be looked at."""
    return click.option("--overwrite", is_flag=True, is_eager=True, help=text)


def run_folder(ctx: click.Context, param: click.Parameter, value: Path | None) -> Path | None:
    """Callback of ``-o``: a run folder that can be made, or replaced with ``--overwrite``.

    A demo replaces its own earlier run.
    """
    del param
    if value is not None:
        from geoaccess.ground.writing import check_folder

        replaces = "demo" if ctx.info_name == "demo" else ""
        check_folder(value, overwrite=ctx.params["overwrite"], replaces=replaces)
    return value


def table_or_run_folder(ctx: click.Context, param: click.Parameter, value: Path | None) -> Path | None:
    """Callback of ``-o``: the main table by its ending, else as :func:`run_folder`."""
    from geoaccess.ground.writing import WRITABLE, check_file

    if value is None or not value.suffix or value.is_dir():
        return run_folder(ctx, param, value)
    check_file(value, WRITABLE)
    return value


def answer_options(command: Any) -> Any:
    """``-o`` and ``--overwrite`` of a question: its folder, or one table by its ending."""
    output = click.option(
        "-o",
        "--output",
        type=click.Path(path_type=Path),
        callback=table_or_run_folder,
        help="Run folder to write, for map and report; one table where it ends in .csv or the like.",
    )
    return output(overwrite_option("Replace an existing run folder.")(command))


def result_options(command: Any) -> Any:
    """What every question has for its result: a folder (``-o``), ``--json``, ``--csv``, ``-q``, ``-v``."""
    return answer_options(json_option(quiet_option(command)))


def page_or_run_folder(ctx: click.Context, param: click.Parameter, value: Path | None) -> Path | None:
    """Callback of ``-o``: a page, or layers for a GIS, by its ending, else as :func:`run_folder`."""
    if value is None or value.suffix.lower() not in (*PAGES, LAYERS):
        return run_folder(ctx, param, value)
    from geoaccess.ground.writing import check_file

    check_file(value)
    return value
