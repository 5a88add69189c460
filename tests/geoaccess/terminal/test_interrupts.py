"""Ctrl-C is told as an interrupt, whatever a library makes of it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys

import pytest

#: The command line, with a command of the test's own in place of ``doctor``.
BEGIN = """
import signal, sys
from types import ModuleType
import click
@click.command("doctor")
@click.option("--json", "as_json", is_flag=True)
def command(as_json):
    from geoaccess.terminal.output import Output
    out = Output(json=as_json)
    {work}
stand_in = ModuleType("geoaccess.cli.doctor")
stand_in.command = command
import geoaccess.cli
sys.modules["geoaccess.cli.doctor"] = stand_in
sys.argv = ["geoaccess", "doctor", *sys.argv[1:]]
geoaccess.cli.main()
"""
CTRL_C = "signal.raise_signal(signal.SIGINT)"
WORKS = {
    "heard": CTRL_C,
    "told as bad data by a reader": f"""
    from geoaccess.ground.errors import DataError
    try:
        {CTRL_C}
    except KeyboardInterrupt:
        raise DataError("the file cannot be read")""",
    "told as a failure by the exit code": f"""
    try:
        {CTRL_C}
    except KeyboardInterrupt:
        return 5""",
    "in a destructor": f"""
    class Thing:
        def __del__(self):
            {CTRL_C}
    Thing()
    import time
    time.sleep(5)
    return 0""",
}


def interrupted(work: str, *words: str) -> subprocess.CompletedProcess[str]:
    code = BEGIN.format(work=work)
    return subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("name", WORKS)
def test_an_interrupt_is_told_as_one(name):
    done = interrupted(WORKS[name], "--json")
    assert done.returncode == 130, done.stderr
    assert "Traceback" not in done.stderr
    if "exit code" not in name:
        assert json.loads(done.stdout)["error"] == "interrupted"


def test_an_interrupt_that_changed_nothing_leaves_the_result():
    done = interrupted(f"""
    try:
        {CTRL_C}
    except KeyboardInterrupt:
        return 0""")
    assert done.returncode == 0, done.stderr


def test_before_the_work_the_process_ends_at_once():
    """In an import an exception could become any other; there is nothing to clean up yet."""
    code = "import sys; from geoaccess.terminal import interrupts as i; i.end_at_once(); import signal\ntry: signal.raise_signal(2)\nexcept BaseException: print('caught')"
    done = subprocess.run([sys.executable, "-c", code, "--json"], capture_output=True, text=True, check=False)
    assert done.returncode == 130
    assert json.loads(done.stdout) == {"error": "interrupted", "faults": [], "exit_code": 130}
    assert done.stderr == "error: interrupted\n"


def test_after_the_end_nothing_changes():
    done = interrupted(f"import atexit; atexit.register(lambda: {CTRL_C})")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""


def test_a_process_that_was_begun_deaf_stays_deaf():
    code = BEGIN.format(work=f"{CTRL_C}; out.say('went on')")
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),
    )
    assert done.stdout == "went on\n"
