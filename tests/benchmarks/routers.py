"""Car minutes of this project beside OSRM and Valhalla, on random pairs of places of one OpenStreetMap file.

Run from the checkout, for example::

    python tests/benchmarks/routers.py --extract ../shared/data/osm/malta-latest.osm.pbf \\
        --osrm-python OSRM_VENV/bin/python --valhalla-python VALHALLA_VENV/bin/python

The routers are the wheels ``osrm-bindings`` and ``pyvalhalla`` (Python 3.12 or later), each in any interpreter;
one that cannot be imported is named and left out. Their data are built from the same file in a temporary folder,
with their own car profile (OSRM ``car.lua``, Valhalla ``auto``), unchanged and without live traffic.
Pairs are nodes of the largest component of our network, drawn with a seed; each router snaps them itself.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from networks import at_nodes, build_network, find_components, travel_time_legs
from networks.network import TravelNetwork

FloatArray = NDArray[np.float64]

#: What must hold on road-only pairs: median absolute difference below, rank correlation above.
AIM_DIFFERENCE = 0.12
AIM_CORRELATION = 0.98

OSRM = """
import importlib.metadata, json, pathlib, subprocess, sys
import osrm
source, folder, pairs = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), json.load(open(sys.argv[3]))
(folder / "map.osm.pbf").symlink_to(source.resolve())
profile = pathlib.Path(osrm.__file__).parent / "share" / "profiles" / "car.lua"
def run(*arguments):
    subprocess.run([sys.executable, "-m", "osrm", *map(str, arguments)], check=True, stdout=subprocess.DEVNULL)
run("extract", "-t", 1, "-p", profile, folder / "map.osm.pbf")
run("contract", "-t", 1, folder / "map.osrm")
engine = osrm.OSRM(algorithm="CH", storage_config=str(folder / "map.osrm"), use_shared_memory=False)
rows = []
for a, b in pairs:
    try:
        asked = osrm.RouteParameters(coordinates=[tuple(a), tuple(b)], steps=True, overview="false")
        answer = engine.Route(asked)
    except RuntimeError:
        rows.append(None)
        continue
    route = answer["routes"][0]
    sailed = [step for leg in route["legs"] for step in leg["steps"] if step["mode"] == "ferry"]
    rows.append([route["duration"] / 60, sum(s["duration"] for s in sailed) / 60,
                 sum(s["distance"] for s in sailed) / 1000])
print("ROWS" + json.dumps(["OSRM " + importlib.metadata.version("osrm-bindings"), rows]))
"""

VALHALLA = """
import importlib.metadata, json, pathlib, subprocess, sys
import valhalla
source, folder, pairs = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), json.load(open(sys.argv[3]))
(folder / "tiles").mkdir()
config = valhalla.get_config(tile_extract="", tile_dir=str(folder / "tiles"), verbose=False)
config["mjolnir"]["concurrency"] = 1
config["mjolnir"]["admin"] = config["mjolnir"]["timezone"] = ""
config["mjolnir"].pop("tile_extract", None)
settings = folder / "valhalla.json"
settings.write_text(json.dumps(config))
build = pathlib.Path(valhalla.__file__).parent / "bin" / "valhalla_build_tiles"
subprocess.run([str(build), "-c", str(settings), str(source)], check=True, stdout=subprocess.DEVNULL)
engine = valhalla.Actor(str(settings))
rows = []
for a, b in pairs:
    places = [{"lon": lon, "lat": lat} for lon, lat in (a, b)]
    try:
        answer = engine.route({"locations": places, "costing": "auto", "units": "kilometers"})
    except RuntimeError:
        rows.append(None)
        continue
    trip = answer["trip"]
    sailed = [step for leg in trip["legs"] for step in leg["maneuvers"] if step.get("ferry")]
    rows.append([trip["summary"]["time"] / 60, sum(s["time"] for s in sailed) / 60,
                 sum(s["length"] for s in sailed)])
print("ROWS" + json.dumps(["Valhalla " + importlib.metadata.version("pyvalhalla"), rows]))
"""


@dataclass(frozen=True, eq=False)
class Answers:
    """One engine's answers; arrays are (n_pairs,), NaN where it found no way.

    Attributes:
        name: engine and version.
        total_min: minutes in all.
        ferry_min: minutes on the ferry, as the engine reports that leg.
        ferry_km: kilometres on the ferry.
    """

    name: str
    total_min: FloatArray
    ferry_min: FloatArray
    ferry_km: FloatArray


def draw_pairs(network: TravelNetwork, count: int, seed: int) -> NDArray[np.int64]:
    """(count, 2) different nodes on roads of the largest component."""
    on_road = np.zeros(network.n_nodes, dtype=bool)
    roads = network.labels["kind"].to_array() == "road"
    on_road[network.topology.tails[roads]] = True
    nodes = np.flatnonzero(on_road & (find_components(network).of_node == 0))
    random = np.random.default_rng(seed)
    return np.stack([random.choice(nodes, 2, replace=False) for _ in range(count)]).astype(np.int64)


def our_answers(network: TravelNetwork, pairs: NDArray[np.int64]) -> tuple[Answers, FloatArray]:
    """Our minutes, and the (n_pairs,) minutes waited for ferries."""
    legs = travel_time_legs(network, at_nodes(network, pairs[:, 0]), at_nodes(network, pairs[:, 1]))
    total, crossing, wait = (np.diagonal(part) for part in (legs.total_min, legs.crossing_min, legs.wait_min))
    return Answers("geoaccess", total, crossing, np.full(len(pairs), np.nan)), wait


def router_answers(python: str, worker: str, extract: Path, places: Sequence[object]) -> Answers | str:
    """A router's answers, or why there are none."""
    with tempfile.TemporaryDirectory(prefix="geoaccess-routers-") as folder:
        asked = Path(folder) / "pairs.json"
        asked.write_text(json.dumps(places))
        command = [python, "-c", worker, str(extract), folder, str(asked)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    lines = [line for line in done.stdout.splitlines() if line.startswith("ROWS")]
    if not lines:
        return (done.stderr.strip().splitlines() or ["no output"])[-1]
    name, rows = json.loads(lines[0].removeprefix("ROWS"))
    table = np.asarray([row or [np.nan] * 3 for row in rows], dtype=np.float64)
    return Answers(name, table[:, 0], table[:, 1], table[:, 2])


def compare(left: Answers, right: Answers, among: NDArray[np.bool_]) -> str:
    """One line: differences of the left from the right on some pairs."""
    both = among & np.isfinite(left.total_min) & np.isfinite(right.total_min)
    ours, theirs = left.total_min[both], right.total_min[both]
    ratio = ours / theirs
    difference = float(np.median(np.abs(ratio - 1)))
    correlation = float(stats.spearmanr(ours, theirs).statistic)
    low, middle, high = np.quantile(ratio, [0.25, 0.5, 0.75])
    verdict = "meets" if difference < AIM_DIFFERENCE and correlation > AIM_CORRELATION else "misses"
    return (
        f"{left.name} / {right.name}: {both.sum()} pairs, median absolute difference {difference:.1%}, rank "
        f"correlation {correlation:.4f}, ratio quartiles {low:.3f} {middle:.3f} {high:.3f} ({verdict} the aim)"
    )


def within_spread(ours: Answers, routers: Sequence[Answers], among: NDArray[np.bool_]) -> str:
    """One line: how often our minutes lie between those of the routers, or how far outside."""
    theirs = np.stack([router.total_min for router in routers])
    used = among & np.isfinite(theirs).all(axis=0)
    low, high, mine = theirs[:, used].min(axis=0), theirs[:, used].max(axis=0), ours.total_min[used]
    outside = np.maximum(np.maximum(low / mine, mine / high) - 1, 0)
    return (
        f"within the routers' spread: {(outside == 0).sum()} of {used.sum()} pairs ({(mine < low).sum()} below, "
        f"{(mine > high).sum()} above); outside by more than 10 %: {(outside > 0.10).sum()}"
    )


def ferry_lines(
    ours: Answers, wait_min: FloatArray, routers: Sequence[Answers], among: NDArray[np.bool_]
) -> list[str]:
    """Lines on the pairs that cross by ferry: totals, and what each engine takes for the crossing."""
    lines = [
        (
            f"geoaccess: median {np.median(ours.total_min[among]):.1f} min in all, of which crossing "
            f"{np.median(ours.ferry_min[among]):.1f} and wait and boarding {np.median(wait_min[among]):.1f}"
        )
    ]
    for router in routers:
        used = among & np.isfinite(router.total_min)
        sailed, km = np.median(router.ferry_min[used]), np.median(router.ferry_km[used])
        dry = ours.total_min - ours.ferry_min - wait_min
        ratio = float(np.median((dry / (router.total_min - router.ferry_min))[used]))
        lines.append(
            f"{router.name}: {used.sum()} of {among.sum()} pairs found, median {np.median(router.total_min[used]):.1f} "
            f"min in all, of which ferry leg {sailed:.1f} min for {km:.1f} km ({km / sailed * 60:.1f} km/h); "
            f"ours / theirs without ferry leg and wait {ratio:.3f}"
        )
    return lines


def main() -> int:
    """Compare and print; 1 when no router could be asked."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--extract", type=Path, required=True)
    parser.add_argument("--osrm-python", default=sys.executable)
    parser.add_argument("--valhalla-python", default=sys.executable)
    parser.add_argument("--pairs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=2024)
    options = parser.parse_args()
    network = build_network(options.extract)
    pairs = draw_pairs(network, options.pairs, options.seed)
    places = np.stack([network.lon[pairs], network.lat[pairs]], axis=-1).tolist()
    ours, wait_min = our_answers(network, pairs)
    routers = []
    for name, python, worker in (
        ("OSRM", options.osrm_python, OSRM),
        ("Valhalla", options.valhalla_python, VALHALLA),
    ):
        answers = router_answers(python, worker, options.extract.resolve(), places)
        if isinstance(answers, str):
            print(f"{name}: left out: {answers}")
        else:
            routers.append(answers)
    if not routers:
        return 1
    ferry = ours.ferry_min > 0
    for router in routers:
        ferry |= router.ferry_min > 0
    print(f"{options.extract.name}: {len(pairs)} pairs, seed {options.seed}")
    print(f"road-only pairs: {(~ferry).sum()}")
    for left, right in combinations([ours, *routers], 2):
        print("  " + compare(left, right, ~ferry))
    if len(routers) > 1:
        print("  " + within_spread(ours, routers, ~ferry))
    print(f"ferry pairs: {ferry.sum()}")
    if ferry.any():
        print("\n".join("  " + line for line in ferry_lines(ours, wait_min, routers, ferry)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
