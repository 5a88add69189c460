"""A country's network, question by question: CPU seconds and memory of whole commands, each in a process of its own.

Run from the checkout::

    python tests/benchmarks/country.py --source ../shared/data/osm/malta-latest.osm.pbf --copies 25
    python tests/benchmarks/country.py --source ... --copies 25 --geoaccess /other/checkout/.venv/bin/geoaccess

``--copies N`` puts N copies of the source side by side (:mod:`osm_reading`): real texture, and as large as is wished.
``--geoaccess`` measures another version of the program beside this one, on a network that it builds itself. CPU seconds
are user and system time of the command with its children; memory is its largest resident size, mapped pages of the
network file that it touched included.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from osm_reading import LON_STEP, replicate

OWN = Path(sys.executable).with_name("geoaccess")
#: Malta and Gozo, degrees: where points of a copy are drawn.
BOX = (14.18, 35.80, 14.57, 36.08)

MEASURE = """
import json, resource, subprocess, sys
done = subprocess.run(sys.argv[1:], capture_output=True, text=True)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps({"code": done.returncode, "cpu_s": used.ru_utime + used.ru_stime, "peak_mb": used.ru_maxrss / 1024,
                  "said": (done.stderr.strip().splitlines() or [""])[-1]}))
"""


def measured(command: list[str]) -> dict[str, object]:
    """CPU seconds and peak memory of a command."""
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, *command], capture_output=True, text=True, check=True, env=os.environ
    )
    return json.loads(done.stdout)


def points(path: Path, count: int, copies: int, seed: int) -> Path:
    """A table of points, spread over the copies."""
    random = np.random.default_rng(seed)
    west, south, east, north = BOX
    with path.open("w", newline="", encoding="utf-8") as stream:
        rows = csv.writer(stream)
        rows.writerow(["id", "lon", "lat"])
        for row in range(count):
            lon = random.uniform(west, east) + LON_STEP * random.integers(copies)
            rows.writerow([f"p{row}", f"{lon:.6f}", f"{random.uniform(south, north):.6f}"])
    return path


def questions(network: Path, folder: Path, copies: int) -> dict[str, list[str]]:
    """What is asked of the network, by name."""
    tables = {
        count: str(points(folder / f"{count}.csv", count, copies, seed=count)) for count in (1, 12, 300, 5000)
    }

    def pairs(origins: int, destinations: int) -> list[str]:
        return [
            "matrix", str(network), "--origins", tables[origins], "--destinations", tables[destinations],
            "-o", str(folder / f"{origins}x{destinations}.parquet"),
        ]  # fmt: skip

    return {
        "first opening, with every hash": ["network", "check", str(network)],
        "1 x 12": pairs(1, 12),
        "5,000 x 300": pairs(5000, 300),
        "5,000 x 300, hierarchy": [*pairs(5000, 300), "--engine", "hierarchy"],
        "nearest of 300 for 5,000": [*pairs(5000, 300), "--nearest", "1"],
        "isochrones of 12 points": [
            "isochrones", str(network), "--from", tables[12], "--minutes", "15,30",
            "-o", str(folder / "isochrones.gpkg"),
        ],
    }  # fmt: skip


def main() -> None:
    """Print one line for each question."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--source", type=Path, required=True, help="an .osm.pbf file")
    parser.add_argument("--copies", type=int, default=25)
    parser.add_argument("--geoaccess", type=Path, default=OWN, help="the program to measure")
    parser.add_argument("--network", type=Path, help="a network file of so many copies that is there already")
    options = parser.parse_args()
    program = str(options.geoaccess)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        network = options.network or folder / "country.net"
        if options.network is None:
            source = folder / "country.osm.pbf"
            replicate(options.source, source, options.copies, folder)
            print(
                f"{options.copies} copies, {source.stat().st_size / 1e6:.0f} MB of OpenStreetMap", flush=True
            )
            show("building", measured([program, "network", "build", str(source), "-o", str(network)]))
        print(f"network file of {network.stat().st_size / 1e6:.0f} MB", flush=True)
        for question, command in questions(network, folder, options.copies).items():
            for made in folder.glob("*.parquet"):
                made.unlink()
            show(question, measured([program, *command]))


def show(question: str, found: dict[str, object]) -> None:
    """One line."""
    ended = "" if found["code"] == 0 else f"  ended with {found['code']}: {found['said']}"
    print(f"{question:34} {found['cpu_s']:7.2f} CPU s  {found['peak_mb']:7.0f} MB{ended}", flush=True)


if __name__ == "__main__":
    main()
