"""Run folders: tables, provenance and a map, written beside and renamed, so that none is ever half there."""

from __future__ import annotations

import errno
import hashlib
import json
import math
import os
import platform
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from geoaccess.ground.csv_text import write_csv
from geoaccess.ground.errors import OutputError
from geoaccess.ground.running import running
from geoaccess.words.note import Note, system_reason

RUN_FILE = "run.json"
WRITABLE = (".csv", ".parquet", ".geoparquet", ".gpkg", ".geojson")
_VERSIONED = ("geoaccess", "numpy", "scipy", "pandas", "geopandas", "pulp", "highspy", "folium", "osmium")


def json_ready(value: Any) -> Any:
    """Plain JSON values: NaN and infinity become null, NumPy scalars and arrays plain numbers and lists."""
    if isinstance(value, Mapping):
        return {str(key): json_ready(item) for key, item in value.items()}
    if isinstance(value, pd.DataFrame):
        return [json_ready(row) for row in value.to_dict(orient="records")]
    if isinstance(value, np.ndarray | list | tuple | set | frozenset | pd.Series):
        items = sorted(value) if isinstance(value, set | frozenset) else value
        return [json_ready(item) for item in items]
    return _json_scalar(value.item() if isinstance(value, np.generic) else value)


def _json_scalar(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return str(value) if isinstance(value, Path) else value


def without_value(value: Any) -> list[list[str | int]]:
    """Where :func:`json_ready` makes null of NaN: the keys and positions on the way to each."""
    if isinstance(value, pd.DataFrame):
        value = value.to_dict(orient="records")
    parts: list[tuple[str | int, Any]]
    if isinstance(value, Mapping):
        parts = [(str(key), item) for key, item in value.items()]
    elif isinstance(value, np.ndarray | list | tuple | pd.Series):
        parts = list(enumerate(value))
    else:
        return [[]] if isinstance(value, float | np.floating) and math.isnan(value) else []
    return [[key, *rest] for key, item in parts for rest in without_value(item)]


def with_nan(value: dict[str, Any], places: Iterable[Sequence[str | int]]) -> None:
    """Put NaN back where :func:`without_value` found it, into plain JSON values; other places stay."""
    for place in places:
        held: Any = value
        for key in place[:-1]:
            held = held[key]
        if held[place[-1]] is None:
            held[place[-1]] = math.nan


def to_json(value: Any) -> str:
    """One JSON object as text, sorted as given, non-ASCII kept."""
    return json.dumps(json_ready(value), ensure_ascii=False, indent=2, allow_nan=False)


def hash_file(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def versions() -> dict[str, str]:
    """Versions of the program, the interpreter and the libraries that results depend on."""
    found = {"python": platform.python_version()}
    for name in _VERSIONED:
        with suppress(PackageNotFoundError):
            found[name] = version(name)
    return found


def provenance(*, inputs: Iterable[Path], started: datetime, **facts: Any) -> dict[str, Any]:
    """What ``run.json`` says of a run: command, versions, hashes of the inputs, times, and further facts.

    A program that uses the library has no command, and nobody knows when what it asks began: neither is told,
    nor seconds.
    """
    command = running()
    typed = {"command": ["geoaccess", *command.arguments]} if command else {}
    took = {"seconds": round((datetime.now(UTC) - started).total_seconds(), 3)} if command else {}
    return {
        **typed,
        "versions": versions(),
        "platform": f"{platform.system()} {platform.machine()}",
        "inputs": {path.name: hash_file(path) for path in inputs if path.is_file()},
        "started": started.isoformat(timespec="seconds"),
        **took,
        **facts,
    }


def write_folder(
    target: Path, fill: Callable[[Path], None], *, overwrite: bool = False, replaces: str = ""
) -> Path:
    """Let ``fill`` write into a new folder beside ``target``, then rename it into place.

    Args:
        target: the folder to make.
        fill: writes the files into the folder it is given.
        overwrite: an existing run folder may be replaced.
        replaces: a command whose earlier run at ``target`` may be replaced without being asked.

    Raises:
        OutputError: ``target`` exists and may not be replaced, or cannot be written.
    """
    replace = check_folder(target, overwrite=overwrite, replaces=replaces)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    except OSError as error:
        raise OutputError(
            Note("fault.write.into", folder=target.parent, reason=system_reason(error))
        ) from error
    try:
        fill(work)
        if target.exists() and not (replace or overwrite):
            raise OutputError(Note("fault.write.meanwhile", target=target))
        _swap(work, target, replace=replace or overwrite)
    except OSError as error:
        place = f" ({error.filename})" if error.filename else ""
        raise OutputError(
            Note("fault.write.with_place", target=target, reason=system_reason(error), place=place)
        ) from error
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return target


def check_folder(target: Path, *, overwrite: bool = False, replaces: str = "") -> bool:
    """Refuse a folder that :func:`write_folder` would refuse, before anything is computed.

    Returns:
        Whether a folder stands there that is going to be replaced.

    Raises:
        OutputError: it exists and may not be replaced, or nothing can be written at its place.
    """
    replace = target.exists() and (overwrite or _is_run_of(target, replaces))
    if target.exists() and not replace:
        raise OutputError(Note("fault.exists_folder", target=target))
    if target.exists() and not (target.is_dir() and ((target / RUN_FILE).is_file() or _is_empty(target))):
        raise OutputError(Note("fault.write.no_run", target=target, run_file=RUN_FILE))
    _check_place(target)
    return replace


def check_file(path: Path, endings: Sequence[str] = ()) -> None:
    """Refuse a file that cannot be written, before anything is computed.

    Args:
        path: the file to write; one that stands there is replaced later.
        endings: those it may have, in small letters; none = any.

    Raises:
        OutputError: another ending, a folder, or nothing can be written at its place.
    """
    if endings and path.suffix.lower() not in endings:
        raise OutputError(Note("fault.ending", path=path, endings=tuple(endings)))
    if path.is_dir():
        raise OutputError(Note("fault.is_folder", path=path))
    _check_place(path)


def check_table(path: Path) -> None:
    """Refuse a table that :func:`write_table` would refuse, before anything is computed.

    Raises:
        OutputError: as :func:`check_file`.
    """
    check_file(path, WRITABLE)


def _check_place(path: Path) -> None:
    """Write a nameless file into the nearest folder there is: rights alone do not say whether that works."""
    try:
        place = next(folder for folder in path.absolute().parents if folder.exists())
        with tempfile.TemporaryFile(dir=place):
            pass
    except OSError as error:
        raise OutputError(
            Note("fault.write.part", path=path, reason=system_reason(error), filename=error.filename)
        ) from error


def _is_empty(folder: Path) -> bool:
    return not any(folder.iterdir())


def _is_run_of(target: Path, command: str) -> bool:
    try:
        run = json.loads((target / RUN_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return bool(command) and run.get("kind") == command


def _swap(work: Path, target: Path, *, replace: bool) -> None:
    """Put ``work`` in the place of ``target``; the old folder goes only when the new one stands.

    Without ``replace``, a folder that another run has put there in the meantime stays: the renaming fails.
    """
    umask = os.umask(0)
    os.umask(umask)
    work.chmod(0o777 & ~umask)
    if not replace or not target.exists():
        work.rename(target)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{target.name}.old.", dir=target.parent))
    target.rename(old / target.name)
    try:
        work.rename(target)
    except OSError:
        (old / target.name).rename(target)
        raise
    finally:
        shutil.rmtree(old, ignore_errors=True)


@contextmanager
def beside(path: Path) -> Iterator[Path]:
    """A path to write to that becomes ``path`` when all went well, and vanishes when not.

    Raises:
        OutputError: the file cannot be written.
    """
    part = path.with_name(f".part-{path.name}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield part
        part.replace(path)
    except OSError as error:
        raise OutputError(Note("fault.write.file", path=path, reason=system_reason(error))) from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write a text file beside and rename it.

    Raises:
        OutputError: the file cannot be written.
    """
    with beside(path) as part:
        part.write_text(text, encoding="utf-8")


def write_table(frame: pd.DataFrame, path: Path) -> None:
    """Write a table by its ending (.csv, .parquet, .gpkg, .geojson), beside and renamed.

    Layers are points from the columns ``lon, lat`` (EPSG:4326). Texts stay as they are, ``-101`` and ``+47``
    too: programs read these tables. What spreadsheets would run as formulas is made plain in the reports.

    Raises:
        OutputError: the ending is unknown or the file cannot be written.
    """
    check_table(path)
    ending = path.suffix.lower()
    with beside(path) as part:
        if ending == ".csv":
            write_csv(frame, part)
        elif ending in {".parquet", ".geoparquet"}:
            frame.to_parquet(part, index=False)
        else:
            _write_layer(frame, part, path.stem)


def _write_layer(frame: pd.DataFrame, path: Path, layer: str) -> None:
    import geopandas as gpd  # noqa: PLC0415 - half a second that most commands need not pay
    from pyogrio.errors import DataLayerError, DataSourceError  # noqa: PLC0415 - as above

    if not isinstance(frame, gpd.GeoDataFrame):
        points = gpd.points_from_xy(frame["lon"], frame["lat"])
        frame = gpd.GeoDataFrame(frame, geometry=points, crs=4326)
    driver = "GPKG" if path.suffix.lower() == ".gpkg" else "GeoJSON"
    layered: gpd.GeoDataFrame = frame
    try:
        layered.to_file(path, layer=layer, driver=driver, engine="pyogrio")
    except (DataSourceError, DataLayerError) as error:
        # What GDAL says when the disk is full; it gives no error number.
        raise OSError(errno.EIO, str(error), str(path)) from error
