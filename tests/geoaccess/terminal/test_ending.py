"""What is said where even saying what went wrong fails."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import weakref

import pytest

import geoaccess.terminal.output
from geoaccess.cli import app
from geoaccess.ground.errors import DataError
from geoaccess.terminal import ending

#: Errors that the telling of an error may meet -> a word of the sentence that is said then.
SECOND = {
    "memory": (MemoryError(), "not enough memory", "ikke nok minne"),
    "library": (
        ImportError("libx.so: failed to map segment from shared object"),
        "not enough memory",
        "minne",
    ),
    "threads": (RuntimeError("can't start new thread"), "not enough memory", "minne"),
    "disk": (OSError(28, "No space left on device"), "so did telling why", "forklaringen"),
    "program": (KeyError("error.memory"), "so did telling why", "forklaringen"),
    "depth": (RecursionError(), "so did telling why", "forklaringen"),
}
#: Command lines that fail -> their exit code; the last one is Click's own complaint.
FAILING = {
    ("route", "no-such-study", "a", "b"): 2,
    ("solve", "p-median", "--costs", "no-such-file.csv", "--p", "1"): 3,
    ("place",): 2,
}
#: What may fail: the whole of it, the catalogue, the language's rules, the sentence of an error.
BROKEN = {
    "output": (geoaccess.terminal.output.Output, "failure"),
    "words": (geoaccess.terminal.output, "lines"),
    "init": (app, "Output"),
    "sentence": (app, "_ended"),
}


def breaks(monkeypatch: pytest.MonkeyPatch, piece: str, error: BaseException) -> None:
    def broken(*values: object, **named: object) -> None:
        del values, named
        raise error

    monkeypatch.setattr(*BROKEN[piece], broken)


@pytest.mark.parametrize("line", FAILING, ids=lambda line: line[0])
@pytest.mark.parametrize("second", SECOND)
@pytest.mark.parametrize("language", ["en", "nb"])
def test_the_end_is_told_whatever_fails_in_telling_it(
    line: tuple[str, ...],
    second: str,
    language: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    error, english, norwegian = SECOND[second]
    breaks(monkeypatch, "sentence", error)
    assert app.run(["--lang", language, *line]) == FAILING[line]
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.count("\n") == 1
    assert (english if language == "en" else norwegian) in told.err
    assert told.err.startswith("error: " if language == "en" else "feil: ")


@pytest.mark.parametrize("piece", BROKEN)
@pytest.mark.parametrize("language", ["en", "nb"])
def test_json_stays_one_object(
    piece: str, language: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    breaks(monkeypatch, piece, MemoryError())
    assert app.run(["--lang", language, "access", "no-such-study", "--json"]) == 2
    told = capsys.readouterr()
    said = json.loads(told.out)
    assert said["exit_code"] == 2
    assert said["faults"] == []
    assert said["error"].startswith("not enough memory")
    assert told.err.startswith("feil: ikke nok minne" if language == "nb" else "error: not enough memory")


def test_programs_keep_the_whole_message_when_nobody_reads_stderr(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Full:
        encoding = "utf-8"

        def write(self, text: str) -> int:
            raise OSError(28, "No space left on device", text)

        def flush(self) -> None:
            pass

        def isatty(self) -> bool:
            return False

    monkeypatch.setattr(sys, "stderr", Full())
    assert app.run(["access", "no-such-study", "--json"]) == 2
    assert "no-such-study" in json.loads(capsys.readouterr().out)["error"]


def test_a_deaf_stderr_ends_nothing_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    class Deaf:
        encoding = "utf-8"

        def write(self, text: str) -> int:
            raise MemoryError(text)

        def flush(self) -> None:
            raise MemoryError

    written: list[bytes] = []
    monkeypatch.setattr(sys, "stderr", Deaf())
    monkeypatch.setattr(os, "write", lambda descriptor, text: written.append(text) or len(text))
    ending.last_words([MemoryError()], code=1, language="nb")
    assert b"".join(written).decode().startswith("feil: ikke nok minne")


def test_what_failed_is_let_go_before_it_is_told() -> None:
    class Large:
        pass

    def holds() -> None:
        large = Large()
        seen.append(weakref.ref(large))
        seen_inside = large
        try:
            raise OSError("first")
        except OSError:
            raise MemoryError(str(seen_inside)) from None

    seen: list[weakref.ref[Large]] = []
    with pytest.raises(MemoryError) as raised:
        holds()
    assert seen[0]() is not None
    ending.release(raised.value)
    del raised
    assert seen[0]() is None


def test_a_lack_of_memory_is_seen_behind_another_error() -> None:
    def hidden(first: Exception) -> Exception:
        try:
            try:
                raise first
            except Exception as cause:
                raise OSError("could not find or load libllvmlite.so") from cause
        except OSError as error:
            return error

    assert ending.is_lack_of_memory(hidden(OSError("x.so: failed to map segment from shared object")))
    assert ending.is_lack_of_memory(hidden(MemoryError()))
    assert not ending.is_lack_of_memory(hidden(OSError("no such file")))


def test_only_the_line_that_says_it_is_told() -> None:
    class GeosError(Exception):
        pass

    long = ImportError(
        "IMPORTANT: read this\n\nOriginal error was: x.so: failed to map segment from shared object\n"
    )
    assert ending.lacking_memory(long) == "Original error was: x.so: failed to map segment from shared object"
    assert ending.lacking_memory(GeosError("std::bad_alloc")) == "std::bad_alloc"
    assert ending.lacking_memory(MemoryError()) == "MemoryError"


def test_a_fault_of_a_file_with_such_words_is_no_lack_of_memory() -> None:
    assert not ending.is_lack_of_memory(DataError("stations.csv, row 2: 'out of memory' is no kind"))


@pytest.mark.parametrize(
    ("words", "variable", "language"),
    [
        (["access", "x"], "", "en"),
        (["--lang", "nb", "access"], "", "nb"),
        (["--lang=nb", "access"], "", "nb"),
        (["access"], "nb", "nb"),
        (["--lang", "en", "access"], "nb", "en"),
    ],
)
def test_the_language_is_known_without_reading_the_command_line(
    words: list[str], variable: str, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if variable:
        monkeypatch.setenv("GEOACCESS_LANG", variable)
    assert ending.language_of(words) == language


def test_saying_it_loads_nothing() -> None:
    code = (
        "import sys, geoaccess.cli; from geoaccess.terminal import ending; before = set(sys.modules)\n"
        "ending.last_words([MemoryError()], code=1, language='nb', results=sys.stdout)\n"
        "print(sorted(set(sys.modules) - before), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.splitlines()[-1] == "[]"
    assert json.loads(done.stdout)["exit_code"] == 1


def test_a_program_that_cannot_be_loaded_says_so() -> None:
    code = (
        "import sys\n"
        "sys.argv = ['geoaccess', '--lang', 'nb', 'doctor', '--json']\n"
        "class Full:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'click':\n"
        "            raise MemoryError\n"
        "sys.meta_path.insert(0, Full())\n"
        "from geoaccess.cli import main; main()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert done.stderr.startswith("feil: ikke nok minne")
    assert json.loads(done.stdout)["exit_code"] == 1
