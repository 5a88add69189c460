"""The text tables of a GTFS feed, zip or folder, read with limits and without unpacking anything to disk."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, cast

import pandas as pd

from networks.errors import Fault, NetworkDataError, NetworkFileError
from networks.sentences import Sentence

#: Largest table that is read, bytes. The national feeds of Europe have tables of 1-2 GB.
LARGEST_TABLE_BYTES = 4_000_000_000

#: Compression above this ratio in a table of more than :data:`BOMB_FROM_BYTES` is refused; timetables of
#: text reach about 30.
BOMB_RATIO = 200.0
BOMB_FROM_BYTES = 50_000_000

_ROWS_AT_ONCE = 500_000

#: What pandas and zipfile raise on a damaged, encrypted or wrongly encoded table; OSError: a zip whose
#: directory points before its beginning.
_DAMAGED = (
    pd.errors.ParserError,
    UnicodeDecodeError,
    zipfile.BadZipFile,
    zlib.error,
    RuntimeError,
    EOFError,
    NotImplementedError,
    OSError,
)


class _Counted(io.RawIOBase):
    """Passes bytes on until a limit, whatever the archive's directory claims about the size."""

    def __init__(self, file: IO[bytes], limit: int, name: str) -> None:
        self._file, self._left, self._name = file, limit, name

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self._file.read(len(buffer))
        self._left -= len(data)
        if self._left < 0:
            raise NetworkFileError(
                Sentence(
                    "net.fault.table_larger",
                    "{name}: the table is larger than it says or than is read",
                    name=self._name,
                )
            )
        buffer[: len(data)] = data
        return len(data)


def rows_of(table: pd.DataFrame) -> list[dict[str, str]]:
    """The rows of a table of texts."""
    return cast("list[dict[str, str]]", table.to_dict("records"))


class GtfsFiles:
    """A feed whose tables can be read one after the other; use as a context manager."""

    def __init__(self, path: str | Path) -> None:
        """Open the feed.

        Raises:
            NetworkFileError: no such feed, no zip file, an archive with unsafe names or a compression bomb.
        """
        self.path = Path(path)
        self._archive: zipfile.ZipFile | None = None
        self._members: dict[str, zipfile.ZipInfo] = {}
        if not self.path.exists():
            raise NetworkFileError(
                Sentence("net.fault.no_file_or_folder", "{path}: no such file or folder", path=self.path)
            )
        if self.path.is_file():
            self._open_archive()

    def __enter__(self) -> GtfsFiles:
        return self

    def __exit__(self, *_: object) -> None:
        if self._archive is not None:
            self._archive.close()

    def _open_archive(self) -> None:
        try:
            self._archive = zipfile.ZipFile(self.path)
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
            raise NetworkFileError(
                Sentence(
                    "net.fault.no_zip",
                    "{path}: cannot be read as a zip file ({error})",
                    path=self.path,
                    error=error,
                )
            ) from error
        for member in self._archive.infolist():
            name = PurePosixPath(member.filename.replace("\\", "/"))
            if name.is_absolute() or ".." in name.parts or ":" in member.filename:
                raise NetworkFileError(
                    Sentence(
                        "net.fault.zip_name",
                        "{path}: unsafe name in the archive: {filename!r}",
                        path=self.path,
                        filename=member.filename,
                    )
                )
            if member.is_dir() or name.suffix != ".txt" or len(name.parts) > 2:
                continue
            if name.name in self._members:
                raise NetworkFileError(
                    Sentence(
                        "net.fault.zip_twice", "{path}: holds {name} twice", path=self.path, name=name.name
                    )
                )
            ratio = member.file_size / max(member.compress_size, 1)
            bomb = ratio > BOMB_RATIO and member.file_size > BOMB_FROM_BYTES
            if bomb or member.file_size > LARGEST_TABLE_BYTES:
                raise NetworkFileError(
                    Sentence(
                        "net.fault.zip_large",
                        "{path}: {name} would unpack to {file_size:,} bytes: refused",
                        path=self.path,
                        name=name.name,
                        file_size=member.file_size,
                    )
                )
            self._members[name.name] = member

    def has(self, table: str) -> bool:
        """Whether the feed has a table."""
        if self._archive is not None:
            return f"{table}.txt" in self._members
        return (self.path / f"{table}.txt").is_file()

    @contextmanager
    def _bytes(self, table: str) -> Iterator[IO[bytes]]:
        name = f"{table}.txt"
        if self._archive is not None:
            member = self._members[name]
            with self._archive.open(member) as packed:
                yield io.BufferedReader(_Counted(packed, member.file_size, f"{self.path}, {name}"))
            return
        file = self.path / name
        if file.resolve().parent != self.path.resolve():
            raise NetworkFileError(
                Sentence("net.fault.feed_outside", "{file}: leads out of the feed's folder", file=file)
            )
        with file.open("rb") as plain:
            yield io.BufferedReader(_Counted(plain, LARGEST_TABLE_BYTES, str(file)))

    def portions(
        self, table: str, columns: tuple[str, ...], optional: tuple[str, ...]
    ) -> Iterator[pd.DataFrame]:
        """The table in portions, all columns as text, missing optional ones empty; ``row`` is the line.

        Raises:
            NetworkDataError: a required column is missing.
            NetworkFileError: the table is damaged or no UTF-8 text.
        """
        try:
            with self._bytes(table) as file:
                reader = pd.read_csv(
                    file,
                    dtype=str,
                    keep_default_na=False,
                    encoding="utf-8-sig",
                    chunksize=_ROWS_AT_ONCE,
                )
                for portion in reader:
                    yield self._with_columns(portion, table, columns, optional)
        except _DAMAGED as error:
            raise NetworkFileError(
                Sentence(
                    "net.fault.feed_table",
                    "{path}, {table}.txt: cannot be read ({error})",
                    path=self.path,
                    table=table,
                    error=error,
                )
            ) from error
        except pd.errors.EmptyDataError as error:
            raise NetworkDataError([Fault("the table is empty", where=f"{table}.txt")]) from error

    def table(self, table: str, columns: tuple[str, ...], optional: tuple[str, ...] = ()) -> pd.DataFrame:
        """A whole table; see :meth:`portions`."""
        return pd.concat(list(self.portions(table, columns, optional)), ignore_index=True)

    def rows(
        self, table: str, columns: tuple[str, ...], optional: tuple[str, ...] = ()
    ) -> list[dict[str, str]]:
        """The rows of a small table; see :meth:`portions`."""
        return rows_of(self.table(table, columns, optional))

    @staticmethod
    def _with_columns(
        portion: pd.DataFrame, table: str, columns: tuple[str, ...], optional: tuple[str, ...]
    ) -> pd.DataFrame:
        # pandas takes the first cells of longer rows for row names, and moves every column by one.
        if not isinstance(portion.index, pd.RangeIndex):
            raise NetworkDataError([Fault("the rows have more cells than the header", where=f"{table}.txt")])
        portion = portion.rename(columns=lambda name: str(name).strip())
        missing = [name for name in columns if name not in portion.columns]
        if missing:
            raise NetworkDataError(
                [Fault("the table lacks this column", where=f"{table}.txt", column=name) for name in missing]
            )
        result = pd.DataFrame(
            {
                name: portion[name].fillna("").str.strip() if name in portion.columns else ""
                for name in (*columns, *optional)
            },
            index=portion.index,
        )
        result["row"] = (portion.index + 2).astype(str)
        return result
