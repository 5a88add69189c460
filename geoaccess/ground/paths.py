"""Where the embedded data lies, beside the checkout or in the wheel, and whether a file has changed."""

from __future__ import annotations

from pathlib import Path

from geoaccess.ground.errors import GeoaccessError
from geoaccess.words.note import Note

PACKAGE = Path(__file__).resolve().parents[1]


class DataNotFoundError(GeoaccessError, FileNotFoundError):
    """Neither the checkout's ``data`` folder nor the packaged copy is there."""


def data_root() -> Path:
    """The folder of the embedded data.

    Raises:
        DataNotFoundError: the installation is damaged.
    """
    checkout = PACKAGE.parent
    if (checkout / "pyproject.toml").is_file() and (checkout / "data").is_dir():
        return checkout / "data"
    packaged = PACKAGE / "_data"
    if packaged.is_dir():
        return packaged
    raise DataNotFoundError(Note("fault.no_data", checkout=checkout / "data", packaged=packaged))


def embedded_studies() -> dict[str, Path]:
    """Name -> folder of the studies that ship with the program."""
    return {path.parent.name: path.parent for path in sorted(data_root().glob("*/study.toml"))}


def state_of(path: Path) -> tuple[int, int]:
    """What tells a file that was written anew: nanoseconds of its time, and bytes; (0, 0) without one.

    For whoever keeps what was read of a file: whoever reads it then says what is wrong with it.
    """
    try:
        found = path.stat()
    except OSError:
        return 0, 0
    return found.st_mtime_ns, found.st_size
