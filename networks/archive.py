"""One file of arrays and JSON that opens by memory map: a ZIP whose arrays lie uncompressed and aligned.

Members are ``NAME.npy`` (stored as they are, numbers at multiples of :data:`ALIGNED` bytes), JSON texts, and
``manifest.json`` with the format, its version and the SHA-256 of every other member. Nothing is pickled.
Any program that reads ZIP and NumPy's format reads it. Opening it costs next to nothing however large it is:
pages come from disk when something reads them, and processes share them.

Hashes are checked in full when a file is opened for the first time; that a file of this place, size, inode
and time of change was whole is remembered in the user's cache, so that the next command need not read all of
it again. Small files are checked always, and :func:`read` checks any of them when told to.
"""

from __future__ import annotations

import hashlib
import io
import json
import mmap
import os
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from networks.beside import beside
from networks.cache_folder import user_cache_root
from networks.errors import NetworkFileError
from networks.sentences import Sentence

#: Numbers of a stored array begin at a multiple of so many bytes, as caches and vector units like it.
ALIGNED = 64
#: Files up to this are checked at every opening: it costs less than finding out whether they were.
ALWAYS_CHECKED_BYTES = 32 * 2**20
MANIFEST = "manifest.json"
#: An extra field that only fills up, numbered as Android's zipalign numbers its own.
_PADDING = 0xD935
_LOCAL_HEADER = struct.Struct("<4s5H3L2H")
_CHUNK = 2**20

#: What ZIP, its compression and arrays that are none raise.
_DAMAGED = (zipfile.BadZipFile, zlib.error, struct.error, KeyError, EOFError, ValueError, RuntimeError)

Members = dict[str, NDArray[Any] | bytes]


def write(target: Path, members: Mapping[str, NDArray[Any] | bytes], *, form: str, version: int) -> None:
    """Write a file beside its place and rename it, so that none is ever half written.

    Args:
        target: where to.
        members: arrays by ``NAME.npy``, texts by any other name.
        form: what kind of file it is.
        version: of that form.

    Raises:
        NetworkFileError: the file cannot be written (no such folder, no right, disk full).
    """
    digests: dict[str, str] = {}
    try:
        with beside(target) as part, part.open("wb") as stream:
            with zipfile.ZipFile(stream, "w") as archive:
                for name, content in members.items():
                    digests[name] = _add(archive, name, content)
                manifest = {"format": form, "version": version, "sha256": digests}
                _add(archive, MANIFEST, json.dumps(manifest).encode("utf-8"))
            stream.flush()
            os.fsync(stream.fileno())
    except OSError as error:
        raise NetworkFileError(
            Sentence(
                "net.fault.write",
                "{target}: the network cannot be written: {reason}",
                target=target,
                reason=error.strerror or error,
            )
        ) from error


def read(
    path: Path, *, form: str, version: int, prefix: tuple[str, ...] = ("",), check: bool = False
) -> Members:
    """Members of a file whose names start with ``prefix``; arrays are read-only and mapped, not read.

    Args:
        path: the file.
        form: the kind of file it must be.
        version: the version of it that is read.
        prefix: beginnings of the names wanted; :data:`MANIFEST` is given where it is named.
        check: whether every hash is checked anew, whatever is remembered.

    Raises:
        NetworkFileError: not there, of another kind or version, or damaged.
    """
    try:
        with path.open("rb") as stream, zipfile.ZipFile(stream) as archive:
            digests = _manifest(path, archive, form, version)
            status = os.fstat(stream.fileno())
            mark = _mark(path, status)
            if status.st_size <= ALWAYS_CHECKED_BYTES:
                _check(path, archive, {name: digests[name] for name in digests if name.startswith(prefix)})
            elif check or not _was_whole(mark):
                _check(path, archive, digests)
                _remember(mark)
            mapped = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
            return {
                name: _array(archive, mapped, name) if name.endswith(".npy") else archive.read(name)
                for name in (*digests, MANIFEST)
                if (name in prefix if name == MANIFEST else name.startswith(prefix))
            }
    except NetworkFileError:
        raise
    except FileNotFoundError as error:
        raise NetworkFileError(
            Sentence("net.fault.no_file", "{path}: there is no such file", path=path)
        ) from error
    except (
        zipfile.BadZipFile,
        zlib.error,
        struct.error,
        KeyError,
        EOFError,
        ValueError,
        RuntimeError,
    ) as error:
        raise NetworkFileError(
            Sentence(
                "net.fault.no_network",
                "{path}: no network file, or a damaged one ({error}); build the network again",
                path=path,
                error=error,
            )
        ) from error
    except OSError as error:
        raise NetworkFileError(
            Sentence(
                "net.fault.unreadable",
                "{path}: cannot be read: {reason}",
                path=path,
                reason=error.strerror or error,
            )
        ) from error


def _add(archive: zipfile.ZipFile, name: str, content: NDArray[Any] | bytes) -> str:
    """Add one member; its SHA-256."""
    info = zipfile.ZipInfo(name)
    digest = hashlib.sha256()
    if isinstance(content, bytes):
        digest.update(content)
        archive.writestr(info, content, zipfile.ZIP_DEFLATED, compresslevel=1)
        return digest.hexdigest()
    array = np.ascontiguousarray(content)
    head = io.BytesIO()
    np.lib.format.write_array_header_1_0(head, np.lib.format.header_data_from_array_1_0(array))
    info.compress_type = zipfile.ZIP_STORED
    info.file_size = len(head.getvalue()) + array.nbytes
    large = info.file_size > zipfile.ZIP64_LIMIT // 2
    assert archive.fp is not None
    begin = archive.fp.tell() + _LOCAL_HEADER.size + len(name.encode()) + (20 if large else 0)
    fill = -(begin + 4) % ALIGNED
    info.extra = struct.pack("<HH", _PADDING, fill) + bytes(fill)
    with archive.open(info, "w", force_zip64=large) as stream:
        for piece in _pieces(head.getvalue(), array):
            digest.update(piece)
            stream.write(piece)
    return digest.hexdigest()


def _pieces(head: bytes, array: NDArray[Any]) -> Iterator[bytes]:
    yield head
    flat = array.reshape(-1)
    rows = max(1, _CHUNK // max(1, array.itemsize))
    for first in range(0, len(flat), rows):
        yield flat[first : first + rows].tobytes()


def _array(archive: zipfile.ZipFile, mapped: mmap.mmap, name: str) -> NDArray[Any]:
    """A member as an array over the mapped file; read out where it is compressed or lies askew."""
    info = archive.getinfo(name)
    if info.compress_type == zipfile.ZIP_STORED:
        fields = _LOCAL_HEADER.unpack_from(mapped, info.header_offset)
        first = info.header_offset + _LOCAL_HEADER.size + fields[-2] + fields[-1]
        head = io.BytesIO(mapped[first : first + min(info.file_size, 4096)])
        if np.lib.format.read_magic(head) == (1, 0):
            shape, fortran, dtype = np.lib.format.read_array_header_1_0(head)
            at, count = first + head.tell(), int(np.prod(shape))
            if dtype.hasobject or count * dtype.itemsize != info.file_size - head.tell():
                raise ValueError(
                    Sentence(
                        "net.fault.no_array",
                        "{filename} is no array of {shape} {dtype}",
                        filename=info.filename,
                        shape=str(shape),
                        dtype=str(dtype),
                    )
                )
            if not fortran and at % dtype.alignment == 0:
                return np.frombuffer(mapped, dtype, count, at).reshape(shape)
    array: NDArray[Any] = np.load(io.BytesIO(archive.read(info)), allow_pickle=False)
    array.flags.writeable = False
    return array


def _manifest(path: Path, archive: zipfile.ZipFile, form: str, version: int) -> dict[str, str]:
    manifest = json.loads(archive.read(MANIFEST))
    if not isinstance(manifest, dict) or manifest.get("format") != form:
        raise NetworkFileError(
            Sentence(
                "net.fault.manifest", "{path}: no network file: its manifest names another format", path=path
            )
        )
    if manifest.get("version") != version:
        raise NetworkFileError(
            Sentence(
                "net.fault.version",
                "{path}: network file of version {found}, this program reads version {version}: build "
                "the network again with this program, or use the program that wrote it",
                path=path,
                found=manifest.get("version"),
                version=version,
            )
        )
    digests: dict[str, str] = manifest["sha256"]
    return digests


def give_back(array: NDArray[Any]) -> None:
    """Give the pages of the file over which an array lies back to the system; read again, they come again.

    An array of its own is left alone.
    """
    owner: Any = array
    while isinstance(owner, np.ndarray | memoryview):
        owner = owner.base if isinstance(owner, np.ndarray) else owner.obj
    if isinstance(owner, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
        owner.madvise(mmap.MADV_DONTNEED)


def digests_of(members: Members, folder: str) -> dict[str, str]:
    """SHA-256 of what lies in a folder, by name, as the manifest among the members tells them."""
    told: dict[str, str] = json.loads(bytes(members[MANIFEST]))["sha256"]
    return {name: digest for name, digest in told.items() if name.startswith(folder)}


def _check(path: Path, archive: zipfile.ZipFile, digests: Mapping[str, str]) -> None:
    for name, wanted in digests.items():
        digest = hashlib.sha256()
        with archive.open(name) as stream:
            while chunk := stream.read(_CHUNK):
                digest.update(chunk)
        if digest.hexdigest() != wanted:
            raise NetworkFileError(
                Sentence(
                    "net.fault.content",
                    "{path}: damaged: the content of {name} is not what was written",
                    path=path,
                    name=name,
                )
            )


def _mark(path: Path, status: os.stat_result) -> str:
    """What changes when a file is written anew or put elsewhere."""
    told = (str(path.resolve()), status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
    return hashlib.sha256(repr(told).encode()).hexdigest()


def _marks() -> Path:
    return user_cache_root() / "geoaccess" / "whole-files"


def _was_whole(mark: str) -> bool:
    try:
        return (_marks() / mark).is_file()
    except (OSError, RuntimeError):  # no home
        return False


def _remember(mark: str) -> None:
    with suppress(OSError, RuntimeError):
        _marks().mkdir(mode=0o700, parents=True, exist_ok=True)
        (_marks() / mark).touch()
