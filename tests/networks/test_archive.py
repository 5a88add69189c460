"""Files that open by memory map: aligned, shared, checked once in full and whenever asked."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from networks import archive
from networks.errors import NetworkFileError

MEMBERS: archive.Members = {
    "text.json": b'{"one": 1}',
    "folder/whole.npy": np.arange(1000, dtype=np.int32),
    "folder/real.npy": np.linspace(0, 1, 77).reshape(7, 11),
    "folder/none.npy": np.empty((0, 4)),
    "folder/flags.npy": np.asarray([True, False, True]),
}


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file that counts as large, and a cache of its own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(archive, "ALWAYS_CHECKED_BYTES", 0)
    path = tmp_path / "a.net"
    archive.write(path, MEMBERS, form="f", version=3)
    return path


def read(path: Path, **options: Any) -> archive.Members:
    return archive.read(path, form="f", version=3, **options)


def damage(path: Path, *, same_time: bool) -> None:
    """One bit of a number turned; with or without a trace in the file's times."""
    before = path.stat()
    content = bytearray(path.read_bytes())
    content[content.index(np.arange(500, 1000, dtype=np.int32).tobytes()) - 40] ^= 1
    with path.open("r+b") as stream:
        stream.write(bytes(content))
    shift = 0 if same_time else 10**9
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns + shift))


def test_members_come_back_bit_by_bit(kept: Path) -> None:
    found = read(kept)
    assert found.keys() == MEMBERS.keys()
    assert found["text.json"] == MEMBERS["text.json"]
    for name in ("whole", "real", "none", "flags"):
        one, other = MEMBERS[f"folder/{name}.npy"], found[f"folder/{name}.npy"]
        assert isinstance(one, np.ndarray)
        assert isinstance(other, np.ndarray)
        assert other.dtype == one.dtype
        assert other.shape == one.shape
        assert np.array_equal(one, other)


def test_arrays_are_mapped_aligned_and_cannot_be_written(kept: Path) -> None:
    for name, array in read(kept, prefix=("folder/",)).items():
        assert isinstance(array, np.ndarray)
        assert not array.flags.owndata, name
        assert not array.flags.writeable
        assert array.ctypes.data % archive.ALIGNED == 0 or not array.size
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0


def test_any_program_that_reads_zip_and_numpy_reads_it(kept: Path) -> None:
    with zipfile.ZipFile(kept) as other, other.open("folder/real.npy") as stream:
        assert np.array_equal(np.load(stream), np.linspace(0, 1, 77).reshape(7, 11))
        assert other.testzip() is None


def test_only_what_is_wanted_is_given(kept: Path) -> None:
    assert list(read(kept, prefix=("text", "folder/fl"))) == ["text.json", "folder/flags.npy"]


def test_damage_is_found_at_the_first_opening(kept: Path) -> None:
    damage(kept, same_time=True)
    with pytest.raises(NetworkFileError, match=r"damaged.*folder/whole\.npy"):
        read(kept, prefix=("text",))  # all of it is checked, whatever is wanted


def test_damage_since_is_found_by_its_time_or_when_asked_for(kept: Path) -> None:
    read(kept)
    damage(kept, same_time=True)
    assert isinstance(read(kept)["folder/whole.npy"], np.ndarray)  # known as whole: not read again
    with pytest.raises(NetworkFileError, match="damaged"):
        read(kept, check=True)
    damage(kept, same_time=False)  # back as it was
    read(kept)
    damage(kept, same_time=False)
    with pytest.raises(NetworkFileError, match="damaged"):
        read(kept)


def test_a_copy_elsewhere_is_checked_anew(kept: Path, tmp_path: Path) -> None:
    read(kept)
    damage(kept, same_time=True)
    moved = tmp_path / "b.net"
    moved.write_bytes(kept.read_bytes())
    with pytest.raises(NetworkFileError, match="damaged"):
        read(moved)


def test_small_files_are_checked_always(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "ALWAYS_CHECKED_BYTES", 2**20)
    read(kept)
    damage(kept, same_time=True)
    with pytest.raises(NetworkFileError, match="damaged"):
        read(kept, prefix=("folder/",))


def test_without_a_cache_to_write_every_opening_checks(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/dev/null/nowhere")
    read(kept)
    damage(kept, same_time=True)
    with pytest.raises(NetworkFileError, match="damaged"):
        read(kept)


def test_a_file_written_by_others_compressed_or_askew_is_read_all_the_same(
    kept: Path, tmp_path: Path
) -> None:
    with zipfile.ZipFile(kept) as one:
        members = {name: one.read(name) for name in one.namelist()}
    for method in (zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED):
        other = tmp_path / f"{method}.net"
        with zipfile.ZipFile(other, "w", method) as made:
            for name, content in members.items():
                made.writestr(name, content)
        found = read(other)["folder/real.npy"]
        assert np.array_equal(np.asarray(found), np.linspace(0, 1, 77).reshape(7, 11))


@pytest.mark.parametrize(("form", "version", "told"), [("g", 3, "another format"), ("f", 2, "of version 3")])
def test_another_form_or_version_is_refused(kept: Path, form: str, version: int, told: str) -> None:
    with pytest.raises(NetworkFileError, match=told):
        archive.read(kept, form=form, version=version)


def test_an_array_open_while_the_file_is_replaced_keeps_its_numbers(kept: Path) -> None:
    before = read(kept)["folder/whole.npy"]
    archive.write(kept, {"folder/whole.npy": np.zeros(1000, dtype=np.int32)}, form="f", version=3)
    assert np.array_equal(np.asarray(before), np.arange(1000))
    assert not np.asarray(read(kept)["folder/whole.npy"]).any()


def test_pages_that_are_given_back_come_again(kept: Path) -> None:
    array = read(kept)["folder/whole.npy"]
    assert isinstance(array, np.ndarray)
    for given in (array, array[2:], np.arange(3)):  # its own memory is left alone
        before = given.copy()
        archive.give_back(given)
        assert np.array_equal(given, before)
