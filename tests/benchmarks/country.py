"""A country's network, question by question, beside OSRM and Valhalla: CPU seconds and memory of whole commands.

Run from the checkout; the routers are the wheels that :mod:`routers` names, and are left out where not given::

    python tests/benchmarks/country.py --source ../shared/data/osm/malta-latest.osm.pbf --folder KEPT \\
        --osrm-python OSRM_VENV/bin/python --valhalla-python VALHALLA_VENV/bin/python --plot growth.svg

Each size is copies of the source side by side with as much of its buildings and land cover on top as makes the file so
large (:mod:`osm_copies`): real texture, and a country's proportions. Roads of two copies do not meet.

Every figure is of a process of its own: CPU seconds are user and system time with its children, memory is its largest
resident size, mapped pages that it touched included. Who is above ``--limit`` CPU seconds or ``--gb`` of memory is
stopped, and the table says so. ``--before`` measures another version of the program, on networks that it builds itself.
``FOLDER/figures.json`` keeps what was measured: a run goes on where the last one ended, and ``--again`` measures anew.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from osm_copies import place_of, replicate

OWN = Path(sys.executable).with_name("geoaccess")
#: Malta and Gozo, degrees: where points of a copy are drawn.
BOX = (14.18, 35.80, 14.57, 36.08)
#: Copies of the source by the size of the file in MB: 2.5 million nodes at the largest, as a country of its size has.
COPIES = {100: 25, 400: 45, 1300: 75}

MEASURE = """
import json, resource, subprocess, sys
cpu_s, data = json.loads(sys.argv[1])
def limited():
    if cpu_s:
        resource.setrlimit(resource.RLIMIT_CPU, (int(cpu_s), int(cpu_s) + 5))
    if data:
        resource.setrlimit(resource.RLIMIT_DATA, (int(data), int(data)))
done = subprocess.run(sys.argv[2:], capture_output=True, text=True, preexec_fn=limited)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
told = [line for line in done.stdout.splitlines() if line.startswith("TOLD")]
print(json.dumps({"code": done.returncode, "cpu_s": used.ru_utime + used.ru_stime, "peak_mb": used.ru_maxrss / 1024,
                  "said": (done.stderr.strip().splitlines() or [""])[-1],
                  "told": json.loads(told[-1][4:]) if told else {}}))
"""

#: What a scenario more costs: the same table in a changed state of the same network, after the first.
SCENARIO = """
import json, sys, time, numpy as np, pandas as pd
from networks import apply_overlays, load_network, snap
from networks.overlays import SpeedFactors
from networks.times import travel_time_matrix
def used():
    return time.process_time()
began = used()
network = load_network(sys.argv[1])
opened = used() - began
ends = [pd.read_csv(path) for path in sys.argv[2:4]]
joined = [snap(network, one.lon.to_numpy(), one.lat.to_numpy()) for one in ends]
first = travel_time_matrix(network, *joined, engine="hierarchy")
began = used()
slower = apply_overlays(network, [SpeedFactors(name="slow", by_class={"*": 0.9})])
second = travel_time_matrix(slower, *joined, engine="hierarchy")
changed = used() - began
print("TOLD" + json.dumps({"opening, libraries loaded": opened, "a scenario more": changed}))
"""

#: Some processes with the same network open at once: the pages of each, and those of all counted once.
SHARED = """
import json, subprocess, sys, time
HOLD = '''
import sys
import pandas as pd
from networks import load_network, snap
from networks.times import travel_time_matrix
network = load_network(sys.argv[1])
ends = [snap(network, one.lon.to_numpy(), one.lat.to_numpy()) for one in map(pd.read_csv, sys.argv[2:4])]
travel_time_matrix(network, *ends, engine="hierarchy")
print("ready", flush=True)
sys.stdin.read()
'''
held = [subprocess.Popen([sys.executable, "-c", HOLD, *sys.argv[1:4]], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for _ in range(3)]
for one in held:
    one.stdout.readline()
sizes = {"Rss": 0, "Pss": 0}
for one in held:
    for line in open(f"/proc/{one.pid}/smaps_rollup"):
        name = line.split(":")[0]
        if name in sizes:
            sizes[name] += int(line.split()[1])
for one in held:
    one.communicate()
print("TOLD" + json.dumps({name: size / 1024 for name, size in sizes.items()}))
"""

OSRM_BUILD = """
import os, pathlib, sys
import osrm
STEP, source, folder = sys.argv[1], pathlib.Path(sys.argv[2]).resolve(), pathlib.Path(sys.argv[3])
folder.mkdir(parents=True, exist_ok=True)
link = folder / "map.osm.pbf"
if not link.is_symlink():
    link.symlink_to(source)
profile = pathlib.Path(osrm.__file__).parent / "share" / "profiles" / "car.lua"
rest = {"extract": ["-p", str(profile), str(link)], "contract": [str(folder / "map.osrm")]}[STEP]
os.execv(sys.executable, [sys.executable, "-m", "osrm", STEP, "-t", "1", *rest])
"""

OSRM_TABLE = """
import sys
import osrm
folder, *tables = sys.argv[1:]
def places(path):
    rows = [line.split(",") for line in open(path).read().split()[1:]]
    return [(float(lon), float(lat)) for _, lon, lat in rows]
origins, destinations = map(places, tables)
engine = osrm.OSRM(algorithm="CH", storage_config=folder + "/map.osrm", use_shared_memory=False,
                   max_locations_distance_table=-1)
asked = osrm.TableParameters(coordinates=origins + destinations, sources=list(range(len(origins))),
                             destinations=list(range(len(origins), len(origins) + len(destinations))))
engine.Table(asked)
"""

VALHALLA_BUILD = """
import json, os, pathlib, sys
import valhalla
source, folder = sys.argv[1], pathlib.Path(sys.argv[2]).resolve()
(folder / "tiles").mkdir(parents=True, exist_ok=True)
config = valhalla.get_config(tile_extract="", tile_dir=str(folder / "tiles"), verbose=False)
config["mjolnir"]["concurrency"] = 1
config["mjolnir"]["admin"] = config["mjolnir"]["timezone"] = ""
config["mjolnir"].pop("tile_extract", None)
limits = config["service_limits"]
limits["auto"].update(max_matrix_distance=1e9, max_matrix_location_pairs=10**8, max_locations=10**6)
(folder / "valhalla.json").write_text(json.dumps(config))
build = pathlib.Path(valhalla.__file__).parent / "bin" / "valhalla_build_tiles"
os.chdir(folder)
os.execv(build, [str(build), "-c", str(folder / "valhalla.json"), source])
"""

VALHALLA_ASK = """
import sys
import valhalla
WHAT, folder, *tables = sys.argv[1:]
def places(path):
    rows = [line.split(",") for line in open(path).read().split()[1:]]
    return [{"lon": float(lon), "lat": float(lat)} for _, lon, lat in rows]
engine = valhalla.Actor(folder + "/valhalla.json")
if WHAT == "matrix":
    origins, destinations = map(places, tables)
    engine.matrix({"sources": origins, "targets": destinations, "costing": "auto"})
else:
    for place in places(tables[0]):
        engine.isochrone({"locations": [place], "costing": "auto", "contours": [{"time": 15}, {"time": 30}]})
"""


@dataclass(frozen=True)
class Limits:
    """What a command may use before it is stopped; 0 = whatever it takes."""

    cpu_s: float = 0.0
    data_gb: float = 0.0


def measured(command: list[str], limits: Limits = Limits()) -> dict[str, Any]:
    """CPU seconds and peak memory of a command, its children included; ``stopped`` says by what."""
    allowed = json.dumps([limits.cpu_s, limits.data_gb * 2**30])
    # Whoever installs a program has its modules compiled once; without that each start costs several seconds more.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, allowed, *command],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    # A program that another one started tells a signal as 256 or 128 and its number.
    over = {
        code for number in (signal.SIGXCPU, signal.SIGKILL) for code in (-number, 256 - number, 128 + number)
    }
    if limits.cpu_s and found["code"] in over:
        found["stopped"] = f"not ended after {limits.cpu_s:.0f} CPU s"
    elif limits.data_gb and found["code"] and ("alloc" in found["said"] or "Memory" in found["said"]):
        found["stopped"] = f"asked for more than {limits.data_gb:.0f} GB"
    return found


def points(path: Path, count: int, copies: int, seed: int) -> Path:
    """A table of points, spread over the copies."""
    random = np.random.default_rng(seed)
    west, south, east, north = BOX
    with path.open("w", newline="", encoding="utf-8") as stream:
        rows = csv.writer(stream)
        rows.writerow(["id", "lon", "lat"])
        for row in range(count):
            to_east, to_north = place_of(int(random.integers(copies)))
            lon, lat = random.uniform(west, east) + to_east, random.uniform(south, north) + to_north
            rows.writerow([f"p{row}", f"{lon:.6f}", f"{lat:.6f}"])
    return path


@dataclass(frozen=True)
class Asked:
    """A command to measure: whose, what, and what must have ended well before it."""

    engine: str
    what: str
    command: list[str]
    after: str = ""


def own_questions(
    program: Path, engine: str, extract: Path, network: Path, tables: dict[int, str]
) -> Iterator[Asked]:
    """What is asked of this project, in the order in which it is asked."""
    made = network.with_suffix("")

    def matrix(origins: int, destinations: int, *options: str) -> list[str]:
        ends = ["--origins", tables[origins], "--destinations", tables[destinations]]
        return [str(program), "matrix", str(network), *ends, "-o", f"{made}.parquet", "--overwrite", *options]

    python = str(program.with_name("python"))
    yield Asked(
        engine, "build", [str(program), "network", "build", str(extract), "-o", str(network), "--overwrite"]
    )
    yield Asked(engine, "first opening, every hash", [str(program), "network", "info", str(network)], "build")
    for what, command in {
        "1 x 12": matrix(1, 12),
        "5,000 x 300": matrix(5000, 300),
        "nearest of 300 for 5,000": matrix(5000, 300, "--nearest", "1"),
        "a scenario more, in all": [python, "-c", SCENARIO, str(network), tables[5000], tables[300]],
        "isochrones of 12 points": [
            *(str(program), "isochrones", str(network), "--from", tables[12], "--minutes", "15,30"),
            *("-o", f"{made}.gpkg"),
        ],
        "three processes at once": [python, "-c", SHARED, str(network), tables[1], tables[12]],
    }.items():
        yield Asked(engine, what, command, "build")


def router_questions(
    options: argparse.Namespace, extract: Path, folder: Path, tables: dict[int, str]
) -> Iterator[Asked]:
    """What is asked of the routers that were given."""
    if options.osrm_python:
        kept = str(folder / "osrm")
        yield Asked("OSRM", "extract", [options.osrm_python, "-c", OSRM_BUILD, "extract", str(extract), kept])
        yield Asked(
            "OSRM",
            "contract",
            [options.osrm_python, "-c", OSRM_BUILD, "contract", str(extract), kept],
            "extract",
        )
        for what, ends in (("1 x 12", (1, 12)), ("5,000 x 300", (5000, 300))):
            asked = [options.osrm_python, "-c", OSRM_TABLE, kept, *(tables[end] for end in ends)]
            yield Asked("OSRM", what, asked, "contract")
    if options.valhalla_python:
        kept = str(folder / "valhalla")
        yield Asked("Valhalla", "build", [options.valhalla_python, "-c", VALHALLA_BUILD, str(extract), kept])
        # Valhalla refuses a table between regions without a road: its tables are asked within one copy.
        within = {
            count: str(points(folder / f"one-{count}.csv", count, 1, seed=count))
            for count in (1, 12, 100, 300)
        }
        for what, kind, files in (
            ("1 x 12 in one copy", "matrix", (within[1], within[12])),
            ("isochrones of 12 points", "isochrones", (tables[12],)),
            ("100 x 300 in one copy", "matrix", (within[100], within[300])),
        ):
            asked = [options.valhalla_python, "-c", VALHALLA_ASK, kind, kept, *files]
            yield Asked("Valhalla", what, asked, "build")


def on_disk(path: Path) -> float:
    """Megabytes of a file, or of a folder but for the extract that it points to."""
    files = (
        [path]
        if path.is_file()
        else [one for one in path.rglob("*") if one.is_file() and not one.is_symlink()]
    )
    return sum(one.stat().st_size for one in files) / 1e6


def run(options: argparse.Namespace, size: int, kept: Path) -> None:
    """Measure what was not measured yet for a size, and keep each figure as soon as it is there."""
    copies = COPIES.get(size) or max(1, round(size / 4))
    folder = options.folder / str(size)
    folder.mkdir(parents=True, exist_ok=True)
    extract = folder / "country.osm.pbf"
    if not extract.exists():
        replicate(options.source, extract, copies, size)
    tables = {
        count: str(points(folder / f"{count}.csv", count, copies, seed=count)) for count in (1, 12, 300, 5000)
    }
    asked = list(own_questions(OWN, "geoaccess", extract, folder / "country.net", tables))
    if options.before:
        asked += own_questions(options.before, "before", extract, folder / "before.net", tables)
    asked += router_questions(options, extract, folder, tables)
    for one in asked:
        if (
            options.only
            and f"{one.engine}: {one.what}" not in options.only
            and one.engine not in options.only
        ):
            continue
        figures = _figures(kept)
        mine = figures.setdefault(str(size), {}).setdefault(one.engine, {})
        if one.what in mine and not options.again:
            continue
        if one.after and mine.get(one.after, {"code": 1})["code"]:
            continue
        own = one.engine in {"geoaccess", "before"}
        for written in folder.glob("*.gpkg"):
            written.unlink()
        # Valhalla's table reserves 40 GB of addresses of which it touches 0.7: a limit on what is asked for stops it.
        most_gb = 0.0 if one.engine == "Valhalla" else options.gb
        found = measured(one.command, Limits() if own else Limits(options.limit, most_gb))
        if one.what in {"build", "contract"} and not found["code"]:
            written = {"geoaccess": "country.net", "before": "before.net"}.get(one.engine, one.engine.lower())
            found["disk_mb"] = on_disk(folder / written)
        found["load"] = os.getloadavg()[0]
        mine[one.what] = found
        kept.write_text(json.dumps(figures, indent=1), encoding="utf-8")
        print(f"{size:5} MB  {one.engine:10}", end="")
        show(one.what, found)


def _figures(kept: Path) -> dict[str, dict[str, dict[str, Any]]]:
    found: dict[str, dict[str, dict[str, Any]]] = json.loads(kept.read_text("utf-8")) if kept.exists() else {}
    return found


def show(question: str, found: dict[str, Any]) -> None:
    """One line."""
    ended = "" if found["code"] == 0 else f"  ended with {found['code']}: {found['said']}"
    ended = f"  {found['stopped']}" if "stopped" in found else ended
    disk = f"  {found['disk_mb']:.0f} MB on disk" if "disk_mb" in found else ""
    told = "".join(f"  {name} {value:.2f}" for name, value in found.get("told", {}).items())
    print(
        f"{question:34} {found['cpu_s']:7.2f} CPU s  {found['peak_mb']:7.0f} MB{disk}{told}{ended}",
        flush=True,
    )


def table(figures: dict[str, dict[str, dict[str, Any]]]) -> None:
    """Everything that was measured: a row for each question, a column for each size."""
    sizes = sorted(figures, key=int)
    print("\n| | " + " | ".join(f"{size} MB" for size in sizes) + " |")
    print("|---" * (len(sizes) + 1) + "|")
    rows = dict.fromkeys(
        (engine, what) for size in sizes for engine in figures[size] for what in figures[size][engine]
    )
    for engine, what in rows:
        cells = [_cell(figures[size].get(engine, {}).get(what)) for size in sizes]
        print(f"| {engine}: {what} | " + " | ".join(cells) + " |")


def _cell(found: dict[str, Any] | None) -> str:
    if found is None:
        return "-"
    if found["code"]:
        return str(found.get("stopped") or f"ended with {found['code']}")
    told = [f"{name} {value:.2f}" for name, value in found["told"].items()]
    disk = [f"{found['disk_mb']:,.0f} MB on disk"] if "disk_mb" in found else []
    return ", ".join([f"{found['cpu_s']:.1f} CPU s", f"{found['peak_mb']:,.0f} MB", *disk, *told])


def plot(figures: dict[str, dict[str, dict[str, Any]]], path: Path) -> None:
    """CPU seconds and memory against the size of the file, all logarithmic."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(1, 2, figsize=(10, 4.5), layout="constrained")
    sizes = sorted(map(int, figures))
    drawn = [
        ("geoaccess", "build", "o-"),
        ("Valhalla", "build", "s--"),
        ("OSRM", "contract", "^--"),
        ("geoaccess", "1 x 12", "o-"),
        ("geoaccess", "5,000 x 300", "o-"),
        ("geoaccess", "isochrones of 12 points", "o-"),
    ]
    for place, (name, label) in enumerate((("cpu_s", "CPU seconds"), ("peak_mb", "largest memory, MB"))):
        for engine, what, style in drawn:
            known = {size: figures[str(size)].get(engine, {}).get(what) for size in sizes}
            there = {size: found[name] for size, found in known.items() if found and not found["code"]}
            if there:
                axes[place].loglog(list(there), list(there.values()), style, label=f"{engine}: {what}")
        axes[place].set(xlabel="OpenStreetMap file, MB", ylabel=label)
        axes[place].grid(visible=True, which="both", alpha=0.3)
    axes[0].legend(fontsize="small")
    with matplotlib.rc_context({"svg.hashsalt": "country", "svg.fonttype": "none"}):
        figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)
    pyplot.close(figure)


def main() -> None:
    """Print one line for each question, then the table of all that is known."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--source", type=Path, required=True, help="an .osm.pbf file")
    parser.add_argument(
        "--folder", type=Path, required=True, help="where extracts, networks and figures are kept"
    )
    parser.add_argument("--sizes", type=int, nargs="+", default=list(COPIES), help="MB")
    parser.add_argument("--before", type=Path, help="another version of the program")
    parser.add_argument("--osrm-python", help="interpreter with osrm-bindings")
    parser.add_argument("--valhalla-python", help="interpreter with pyvalhalla")
    parser.add_argument("--limit", type=float, default=900.0, help="CPU seconds of a router's step")
    parser.add_argument("--gb", type=float, default=12.0, help="memory that OSRM may ask for")
    parser.add_argument("--only", nargs="+", help="engines, or ENGINE: QUESTION")
    parser.add_argument("--again", action="store_true", help="measure what was measured as well")
    parser.add_argument("--plot", type=Path, help="draw the growth, for instance to growth.svg")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    kept = options.folder / "figures.json"
    for size in options.sizes:
        run(options, size, kept)
    figures = _figures(kept)
    table(figures)
    if options.plot:
        plot(figures, options.plot)


if __name__ == "__main__":
    main()
