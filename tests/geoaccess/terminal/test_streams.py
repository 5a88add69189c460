"""Stdout holds results and nothing else, in whatever encoding it is read."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

MAIN = [sys.executable, "-m", "geoaccess"]
#: A program that begins as ``geoaccess`` does and then says what a test wants.
HELD = "from geoaccess.terminal import streams; streams.hold(); from geoaccess.terminal.output import Output; import os, sys\n"


def geoaccess(*words: object, encoding: str = "utf-8", **options) -> subprocess.CompletedProcess[bytes]:
    environment = {**os.environ, "PYTHONIOENCODING": encoding}
    return subprocess.run(
        [*MAIN, *map(str, words)], capture_output=True, env=environment, check=False, **options
    )


def held(code: str, encoding: str = "utf-8") -> subprocess.CompletedProcess[bytes]:
    environment = {**os.environ, "PYTHONIOENCODING": encoding}
    return subprocess.run(
        [sys.executable, "-c", HELD + code], capture_output=True, env=environment, check=True
    )


@pytest.fixture
def costs(tmp_path: Path) -> Path:
    np.save(tmp_path / "costs.npy", np.array([[1.0, 9.0], [8.0, 2.0]]))
    return tmp_path / "costs.npy"


def test_what_libraries_print_reaches_stderr_and_never_a_result():
    done = held(
        "out = Output(json=True)\n"
        "os.write(1, b'compiled code\\n')\n"
        "print('a library')\n"
        "os.system('echo a program')\n"
        "sys.__stdout__.write('the first stdout\\n')\n"
        "out.result({'minutes': 12})\n"
    )
    assert json.loads(done.stdout) == {"minutes": 12}
    for said in (b"compiled code", b"a library", b"a program", b"the first stdout"):
        assert said in done.stderr


def test_results_for_people_stay_on_stdout():
    done = held("out = Output()\nprint('a library')\nout.say('Written: x')\n")
    assert done.stdout.decode().splitlines() == ["Written: x"]


@pytest.mark.parametrize("encoding", ["ascii:strict", "cp1252", "cp850", "utf-16"])
def test_letters_that_an_encoding_lacks_are_replaced_in_tables_and_escaped_in_json(encoding):
    name = "Porsáŋgu 🚑 ærlig"
    spelled = encoding.partition(":")[0]
    done = held(f"Output().say({name!r}); Output(json=True).result({{'name': {name!r}}})", encoding)
    said, told = done.stdout.decode(spelled).split("\n", 1)
    assert said.rstrip() == name.encode(spelled, "replace").decode(spelled)
    assert json.loads(told) == {"name": name}


def test_a_file_name_of_foreign_bytes_is_told_in_json():
    """Bytes that are no UTF-8 are surrogates in Python, which UTF-8 cannot write."""
    told = held("Output(json=True).result({'output': 'bod\\udcf8'})").stdout
    assert json.loads(told) == {"output": "bod\udcf8"}


def test_a_whole_command_in_a_code_page(costs):
    done = geoaccess("solve", "p-median", "--costs", costs, "--p", "1", encoding="cp850")
    assert done.returncode == 0, done.stderr
    assert b"internal error" not in done.stderr
    assert b"optimal" in done.stdout


def test_help_and_the_version_are_on_stdout():
    assert b"Usage: geoaccess" in geoaccess("--help", encoding="ascii").stdout
    assert b"geoaccess, version" in geoaccess("--version").stdout


@pytest.mark.parametrize("closed", [[1], [2], [0, 1, 2]], ids=str)
def test_a_closed_stream_takes_nothing_and_ends_nothing(closed, costs, tmp_path):
    """A file that is opened next would get the number of the closed stream, and what is printed into it."""
    log = tmp_path / "solver.log"
    done = geoaccess(
        "solve", "p-median", "--costs", costs, "--p", "1", "--log", log,
        preexec_fn=lambda: [os.close(descriptor) for descriptor in closed],
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert (b"optimal" in done.stdout) is (1 not in closed)
    assert "1 site" not in (log.read_text(encoding="utf-8") if log.exists() else "")


def test_highs_greets_nobody():
    """From 1.16 on HiGHS writes to the process's stdout when the first solver is made, options or not."""
    code = "from optimise import PlacementProblem, solve\nassert solve(PlacementProblem([[1, 9], [8, 2]], p=1)).objective"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert done.stdout == b""
