"""Ctrl-C at random moments: only 0 and 130, nothing half-written, no traceback.

    python tests/drills/interrupts.py --count 1000 [--seed 1] [--within 3] [--extract malta-latest.osm.pbf]

Each command is started, interrupted once after a random time from 0 to ``--within`` seconds, and looked at.
Before Python listens to signals an interrupt ends the process by the signal (a shell says 130 then). While
Python itself starts (its streams, its site module, the import of the program's first module) it ends with
Python's own words: no line of the program has run that could prevent it; these are counted in a row of their own.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from networks import load_network

ROOT = Path(__file__).resolve().parents[2]
SHARED = (ROOT / os.environ.get("GEOACCESS_SHARED", "../shared")).resolve()
EXTRACT = SHARED / "data" / "osm" / "malta-latest.osm.pbf"

#: The script that users type, beside the interpreter.
GEOACCESS = Path(sys.executable).with_name("geoaccess")
#: What Python says when it is interrupted before the program's first function is called.
PYTHON_STARTS = ("Fatal Python error", "from geoaccess.cli import main\n", f'{GEOACCESS}", line 0')
#: Commands that are interrupted; the file of a complete result in the folder they write, or none.
COMMANDS = {
    "access": (["access", "nord-norge", "--json", "-o", "{out}"], "run.json"),
    "place": (["place", "nord-norge", "ambulance", "-o", "{out}"], "run.json"),
    "network build": (["network", "build", "{extract}", "-o", "{out}"], ""),
    "solve": (["solve", "p-median", "--costs", "{costs}", "--p", "12", "--json"], ""),
}


def write_costs(path: Path) -> Path:
    """A matrix that takes a second or two to prove."""
    np.save(path, np.random.default_rng(3).uniform(1.0, 60.0, (250, 90)))
    return path


def faults_of(name: str, code: int, said: str, printed: str, out: Path) -> Iterable[str]:
    """What is wrong with how an interrupted command ended."""
    arguments, complete = COMMANDS[name]
    if any(sign in said for sign in PYTHON_STARTS):
        return
    if code not in {0, 130, -signal.SIGINT}:
        yield f"exit code {code}"
    if "Traceback" in said or "Exception ignored" in said:
        yield "traceback"
    if "--json" in arguments and printed.strip():
        try:
            json.loads(printed)
        except ValueError:
            yield "half a JSON object on stdout"
    if any(path != out for path in out.parent.iterdir()):
        yield f"left behind: {', '.join(path.name for path in out.parent.iterdir() if path != out)}"
    if out.is_dir() and not (out / complete).is_file():
        yield f"no {complete}"
    if out.is_file() and not load_network(out).n_nodes:
        yield "no whole network"


def ending(code: int, said: str) -> str:
    """How a command ended, for the table of counts."""
    if any(sign in said for sign in PYTHON_STARTS):
        return f"exit code {code}, Python's own start"
    return "by the signal, before Python listened" if code == -signal.SIGINT else f"exit code {code}"


def interrupt_once(
    name: str, after_s: float, folder: Path, extract: Path, costs: Path
) -> tuple[str, float, list[str]]:
    """Start a command, interrupt it; how it ended, the seconds it took to end, what is wrong."""
    out = folder / "work" / "run"
    out.parent.mkdir()
    words = [word.format(out=out, extract=extract, costs=costs) for word in COMMANDS[name][0]]
    with subprocess.Popen(
        [GEOACCESS, *words],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        time.sleep(after_s)
        process.send_signal(signal.SIGINT)
        sent = time.monotonic()
        printed, said = process.communicate()
        took = time.monotonic() - sent
    faults = list(faults_of(name, process.returncode, said, printed, out))
    shutil.rmtree(out.parent)
    return ending(process.returncode, said), took, [f"{fault}\n{said}" for fault in faults]


def main() -> int:
    """Interrupt as often as asked and print the counts; 1 when anything was wrong."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--within", type=float, default=3.0, help="Seconds after the start.")
    parser.add_argument("--extract", type=Path, default=EXTRACT)
    asked = parser.parse_args()
    signal.signal(signal.SIGINT, signal.default_int_handler)  # children must not inherit deafness
    rng = random.Random(asked.seed)
    endings: Counter[tuple[str, str]] = Counter()
    wrong, slowest = 0, 0.0
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        costs = write_costs(folder / "costs.npy")
        names = (
            list(COMMANDS)
            if asked.extract.is_file()
            else [name for name in COMMANDS if name != "network build"]
        )
        for number in range(asked.count):
            name, after_s = names[number % len(names)], rng.uniform(0.0, asked.within)
            ended, took, faults = interrupt_once(name, after_s, folder, asked.extract, costs)
            endings[name, ended] += 1
            slowest = max(slowest, took if ended == "exit code 130" else 0.0)
            wrong += bool(faults)
            for fault in faults:
                print(f"{number}: {name} after {after_s:.3f} s: {fault}", flush=True)
    for (name, ended), count in sorted(endings.items()):
        print(f"{name:15} {ended:40} {count:5}")
    print(f"{sum(endings.values())} interrupts, {wrong} wrong; the slowest end took {slowest:.1f} s")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
