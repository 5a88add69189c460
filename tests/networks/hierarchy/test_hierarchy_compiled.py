"""Where compiled code is kept, and that the first compilation is announced once."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

from networks.hierarchy import compiled

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def no_numba_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled._settings, "CACHE_DIR", "")


def test_named_folder_counts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(compiled._settings, "CACHE_DIR", str(tmp_path))
    assert compiled.cache_folder() == tmp_path


@pytest.mark.usefixtures("no_numba_folder")
def test_folder_of_the_user_is_made_and_closed_to_others(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    folder = compiled.cache_folder()
    assert folder.is_relative_to(tmp_path / "cache" / "geoaccess")
    assert compiled.source_digest() in folder.name
    assert not folder.stat().st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    assert not list(folder.iterdir())


@pytest.mark.usefixtures("no_numba_folder")
def test_home_that_cannot_be_written_works(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A file where the cache should be: making a folder below it fails even for root."""
    blocked = tmp_path / "home"
    blocked.write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(blocked))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert compiled.cache_folder().is_relative_to(tmp_path)
    assert compiled.cache_folder() == compiled.cache_folder(), "kept for the next process"


@pytest.mark.usefixtures("no_numba_folder")
@pytest.mark.skipif(not hasattr(os, "getuid"), reason="permissions of POSIX")
def test_folder_that_others_may_write_is_not_trusted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Compiled code is run as it is found, so nobody else may put it there."""
    blocked = tmp_path / "home"
    blocked.write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(blocked))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    shared = compiled.cache_folder()
    shared.chmod(0o777)
    private = compiled.cache_folder()
    assert private != shared
    assert private.is_dir()


@pytest.mark.usefixtures("no_numba_folder")
def test_nothing_can_be_written_anywhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    block_everything(monkeypatch, tmp_path)
    assert compiled.cache_folder() is None


def test_named_folder_that_cannot_be_written_is_passed_over(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(compiled._settings, "CACHE_DIR", str(tmp_path / "file" / "numba"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    folder = compiled.cache_folder()
    assert folder is not None
    assert folder.is_relative_to(tmp_path / "cache")


def block_everything(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No cache of the user, and no temporary folder (``gettempdir`` raises this where it finds none)."""

    def nowhere() -> str:
        raise FileNotFoundError("no usable temporary directory")

    (tmp_path / "home").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(tempfile, "gettempdir", nowhere)
    monkeypatch.setattr(tempfile, "mkdtemp", lambda **_: nowhere())


SCRIPT = """
import logging, sys, tempfile
logging.basicConfig(format="LOG %(message)s")
if sys.argv[1] == "nowhere":
    def nowhere(*_, **__):
        raise FileNotFoundError("no usable temporary directory")
    tempfile.gettempdir = tempfile.mkdtemp = nowhere
from networks.hierarchy import compiled
before = compiled._settings.CACHE_DIR

@compiled.compiled
def double(x):
    return 2 * x

@compiled.compiled
def again(x):
    return double(x) + 1

kept_before = compiled.is_compiled()
said = []
with compiled.announced_to(said.append if sys.argv[1] == "callback" else None):
    assert again(1) == 3
assert compiled._settings.CACHE_DIR == before
print(len(said), kept_before, compiled.is_compiled())
"""


def run_script(folder: Path, how: str, **changed: str) -> tuple[str, str]:
    """What the script says of a compilation, and its log; nothing is set but what is changed."""
    file = folder / "script.py"
    file.write_text(SCRIPT)
    environment: dict[str, Any] = {**os.environ, "PYTHONPATH": str(ROOT)}
    for name in ("NUMBA_CACHE_DIR", "XDG_CACHE_HOME"):
        environment.pop(name, None)
    environment |= changed or {"XDG_CACHE_HOME": str(folder / "cache")}
    done = subprocess.run(
        [sys.executable, str(file), how], env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout.strip(), done.stderr


def test_first_compilation_is_announced_once_and_kept(tmp_path: Path) -> None:
    said, log = run_script(tmp_path, "callback")
    assert said == "1 False True"
    assert "LOG" not in log
    said, log = run_script(tmp_path, "log")
    assert said == "0 True True"
    assert "LOG" not in log, "compiled code was found, nothing to announce"


def test_without_a_callback_the_log_tells(tmp_path: Path) -> None:
    said, log = run_script(tmp_path, "log")
    assert said == "0 False True"
    assert log.count("LOG Compiling the travel-time engine") == 1
    assert str(tmp_path / "cache") in log


def test_a_home_that_cannot_be_written_works_and_compiles_once(tmp_path: Path) -> None:
    """As on a read-only system: the home is a file, so not even root can make a folder below it."""
    (tmp_path / "home").write_text("")
    (tmp_path / "temporary").mkdir()
    where = {"HOME": str(tmp_path / "home"), "TMPDIR": str(tmp_path / "temporary")}
    said, log = run_script(tmp_path, "log", **where)
    assert said == "0 False True"
    assert f"kept in {tmp_path / 'temporary'}" in log
    said, log = run_script(tmp_path, "log", **where)
    assert said == "0 True True"
    assert not log


def test_where_nothing_can_be_written_it_is_compiled_every_time_and_said(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("")
    for _ in range(2):
        said, log = run_script(tmp_path, "nowhere", HOME=str(tmp_path / "home"))
        assert said == "0 False False"
        assert "No folder can be written to keep the result" in log


def test_importing_writes_nothing(tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "XDG_CACHE_HOME": str(tmp_path),
        "NUMBA_CACHE_DIR": "",
        "PYTHONPATH": str(ROOT),
    }
    done = subprocess.run(
        [sys.executable, "-c", "import networks.hierarchy"], env=environment, capture_output=True, check=True
    )
    assert done.stdout == done.stderr == b""
    assert not list(tmp_path.iterdir())


def test_a_module_that_is_imported_late_keeps_what_it_compiles(tmp_path: Path) -> None:
    """Else it is compiled in every process, and each says that this happens once."""
    program = (
        "from networks.hierarchy.compiled import prepare\n"
        "prepare()\n"
        "from networks.through_doors import least_through\n"
        "print(type(least_through._cache).__name__)\n"
    )
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env=environment
    )
    assert done.stdout.strip() == "FunctionCache"
