"""Five tasks of a planner's desk with geoaccess, osmnx, pandana and spopt: lines typed, files made, seconds of processor.

``python tests/benchmarks/desk_tasks.py --peers PYTHON`` prints the measured part of ``geoaccess/docs/beside-others.md``;
PYTHON is that of an environment with osmnx, pandana, spopt. What is typed stands in ``tests/benchmarks/desk/``; a
program that has no lines for a task cannot do it. Each task runs after the lines of ``begin`` in a folder of its own with
one OpenStreetMap file and two tables; seconds are of processor, start of the program and those lines included.
"""

from __future__ import annotations

import argparse
import csv
import os
import random
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

DESK = Path(__file__).parent / "desk"
TASKS = {
    "minutes": "minutes from places to the nearest hospital",
    "isochrone": "areas within 30 minutes of the hospitals",
    "median": "three more sites that lower the mean most, proven",
    "ferry": "what changes when a ferry stops",
    "map": "a map for a board, one file",
}
#: A mainland of crossing roads and an island of the same kind, with one car ferry between them.
SIDE, ISLAND, STEP = 15, 5, 0.01
SOUTH, WEST = 60.0, 6.0


def typed(program: str) -> dict[str, list[str]]:
    """What is typed for each task."""
    found: dict[str, list[str]] = {}
    for line in (DESK / f"{program}.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("# "):
            found[line[2:]] = []
        elif line.strip():
            list(found.values())[-1].append(line)
    return found


def region(folder: Path) -> None:
    """Write ``region.osm``, ``places.csv``, ``hospitals.csv``."""
    lines = ['<osm version="0.6">']
    ways, number = [], 0
    for first, size, east in ((0, SIDE, WEST), (100_000, ISLAND, WEST + (SIDE + 10) * STEP)):
        for row in range(size):
            for column in range(size):
                node = 1 + first + row * size + column
                lines.append(f'<node id="{node}" lat="{SOUTH + row * STEP}" lon="{east + column * STEP}"/>')
        across = [[1 + first + row * size + column for column in range(size)] for row in range(size)]
        for nodes in (*across, *map(list, zip(*across, strict=True))):
            number += 1
            ways.append((number, nodes, {"highway": "secondary", "maxspeed": "60"}))
    ways.append(
        (number + 1, [SIDE, 100_001], {"route": "ferry", "motor_vehicle": "yes", "duration": "00:30"})
    )
    corners = [(-1, -1), (-1, SIDE + 30), (SIDE, SIDE + 30), (SIDE, -1)]
    for at, (north, east) in enumerate(corners):
        lines.append(f'<node id="{900_000 + at}" lat="{SOUTH + north * STEP}" lon="{WEST + east * STEP}"/>')
    ring = [900_000, 900_001, 900_002, 900_003, 900_000]
    ways.append((number + 2, ring, {"boundary": "administrative", "admin_level": "8", "name": "Region"}))
    for way, nodes, tags in ways:
        inside = "".join(f'<nd ref="{node}"/>' for node in nodes)
        told = "".join(f'<tag k="{key}" v="{value}"/>' for key, value in tags.items())
        lines.append(f'<way id="{way}">{inside}{told}</way>')
    (folder / "region.osm").write_text("\n".join([*lines, "</osm>"]), encoding="utf-8")
    chance = random.Random(1)
    places = [
        (
            f"place {at}",
            SOUTH + STEP * chance.uniform(0, size - 1),
            east + STEP * chance.uniform(0, size - 1),
            people,
        )
        for size, east, count in ((SIDE, WEST, 80), (ISLAND, WEST + (SIDE + 10) * STEP, 20))
        for at, people in enumerate(chance.choices(range(50, 900), k=count), start=size)
    ]
    _table(folder / "places.csv", ("name", "lat", "lon", "people"), places)
    sites = [(f"hospital {at}", "hospital", SOUTH + 0.05 * at, WEST + 0.05 * at) for at in range(1, 3)]
    _table(folder / "hospitals.csv", ("name", "kind", "lat", "lon"), sites)


def _table(path: Path, header: tuple[str, ...], rows: list[tuple[object, ...]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])


def measured(program: str, lines: list[str], python: str) -> tuple[int, float]:
    """Files made and seconds of processor."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        region(folder)
        before = {file for file in folder.rglob("*") if file.is_file()}
        beside = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        shell = program == "geoaccess"
        command = (
            ["bash", "-e", "-c", "\n".join(lines)]
            if shell
            else [python, "-W", "ignore", "-c", "\n".join(lines)]
        )
        start = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(
            command,
            cwd=folder,
            env={**os.environ, "PATH": beside},
            capture_output=True,
            text=True,
            check=False,
        )
        end = resource.getrusage(resource.RUSAGE_CHILDREN)
        if done.returncode:
            raise SystemExit(f"{program}: {done.stderr[-1500:]}")
        made = {file for file in folder.rglob("*") if file.is_file()} - before
        return len(made), end.ru_utime + end.ru_stime - start.ru_utime - start.ru_stime


def main() -> None:
    """Print a row for each program and task."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers", required=True, help="Python with osmnx, pandana, spopt")
    parser.add_argument("--of", nargs="*", default=["geoaccess", "osmnx", "pandana", "spopt"])
    asked = parser.parse_args()
    print(
        "| program | task | lines (with those before it) | files | seconds of processor |\n|---|---|---|---|---|"
    )
    for program in asked.of:
        lines = typed(program)
        begin = lines.pop("begin")
        for task, told in TASKS.items():
            if task not in lines:
                print(f"| {program} | {told} | cannot | | |", flush=True)
                continue
            # A map is drawn of an answer: its lines before it are those of that answer too.
            first = [*begin, *lines["minutes"]] if program == "geoaccess" and task == "map" else begin
            files, seconds = measured(program, [*first, *lines[task]], asked.peers)
            count = f"{len(lines[task])} ({len(first) + len(lines[task])})"
            print(f"| {program} | {told} | {count} | {files} | {seconds:.1f} |", flush=True)


if __name__ == "__main__":
    main()
