"""Car minutes of this project beside OSRM and Valhalla, on random pairs of places of one OpenStreetMap file.

Run from the checkout, for example::

    python tests/benchmarks/routers.py --extract ../shared/data/osm/malta-latest.osm.pbf \\
        --osrm-python OSRM_VENV/bin/python --valhalla-python VALHALLA_VENV/bin/python

and for one table of several extracts and models::

    python tests/benchmarks/routers.py --extract *.osm.pbf --models none junctions turns --answers KEPT ...

The routers are the wheels ``osrm-bindings`` and ``pyvalhalla`` (Python 3.12 or later), each in an environment of
its own: ``python3.12 -m venv OSRM_VENV && OSRM_VENV/bin/pip install osrm-bindings``, and the same with
``VALHALLA_VENV`` and ``pyvalhalla``; one that cannot be imported is named and left out. Their data are built
from the same file in a temporary folder, with their own car profile (OSRM ``car.lua``, Valhalla ``auto``),
unchanged and without live traffic. Pairs are places on roads of the largest component of our network, drawn
with each seed; every engine snaps them itself.

The rule by which pairs are set apart was laid down before any pair was left out: engines are compared on road-only
pairs both of whose places every engine snaps within :data:`SNAP_WITHIN_M`. Where one moves a place further, the
engines answer different questions. The figures of all road-only pairs are printed as well.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields, replace
from itertools import combinations
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from networks import build_network, find_components, snap, travel_time_legs
from networks.network import TravelNetwork

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

#: What must hold on road-only pairs: median absolute difference below, rank correlation above.
AIM_DIFFERENCE = 0.12
AIM_CORRELATION = 0.98
#: Engines are held against each other where all of them snap both places within this distance, metres.
SNAP_WITHIN_M = 50.0
#: What our minutes count at junctions and in bends, by the name of the model: arguments of ``build_network``.
MODELS: dict[str, dict[str, bool]] = {
    "none": {"junction_delays": False, "turn_costs": False},
    "junctions": {"turn_costs": False},
    "turns": {},
    "junctions+controls": {"turn_costs": False, "controls": True},
    "turns+controls": {"controls": True},
    "turns+bends": {"bends": True},
}
#: Nobody had looked at the pairs of the second seed when the model was fixed.
SEEDS = (2024, 31)

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
    snapped = [float(place["distance"]) for place in answer["waypoints"]]
    rows.append([route["duration"] / 60, sum(s["duration"] for s in sailed) / 60,
                 sum(s["distance"] for s in sailed) / 1000, route["distance"] / 1000, *snapped])
print("ROWS" + json.dumps(["OSRM " + importlib.metadata.version("osrm-bindings"), rows]))
"""

VALHALLA = """
import importlib.metadata, json, math, pathlib, subprocess, sys
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
def metres(a, edge):
    east = math.radians(edge["correlated_lon"] - a[0]) * math.cos(math.radians(a[1]))
    return 6371000.0 * math.hypot(east, math.radians(edge["correlated_lat"] - a[1]))
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
    found = engine.locate({"locations": places, "costing": "auto"})
    snapped = [min(metres(p, edge) for edge in one["edges"]) for p, one in zip((a, b), found)]
    rows.append([trip["summary"]["time"] / 60, sum(s["time"] for s in sailed) / 60,
                 sum(s["length"] for s in sailed), trip["summary"]["length"], *snapped])
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
        length_km: kilometres in all.
        from_m: metres between the start and the road it was snapped to.
        to_m: metres between the end and the road it was snapped to.
    """

    name: str
    total_min: FloatArray
    ferry_min: FloatArray
    ferry_km: FloatArray
    length_km: FloatArray
    from_m: FloatArray
    to_m: FloatArray

    @property
    def snap_m(self) -> FloatArray:
        """(n_pairs,) the longer of the two distances."""
        return np.maximum(self.from_m, self.to_m)

    def take(self, rows: slice) -> Answers:
        """The answers to some of the pairs."""
        arrays = [getattr(self, item.name)[rows] for item in fields(self)[1:]]
        return Answers(self.name, *arrays)


@dataclass(frozen=True, eq=False)
class Pairs:
    """Pairs of places of one seed; arrays are (n_pairs,) or (n_pairs, 2).

    Attributes:
        seed: the seed they were drawn with.
        places: (n_pairs, 2, 2) degrees east and north of start and end.
        classes: (n_pairs, 2) class of the road that we join start and end to.
        ours: our answers.
        wait_min: minutes that we wait for ferries.
        routers: the routers' answers.
    """

    seed: int
    places: FloatArray
    classes: NDArray[np.object_]
    ours: Answers
    wait_min: FloatArray
    routers: tuple[Answers, ...] = ()

    @property
    def engines(self) -> tuple[Answers, ...]:
        """Ours and the routers."""
        return (self.ours, *self.routers)

    @property
    def ferry(self) -> BoolArray:
        """(n_pairs,) whether any engine sails."""
        return np.asarray(np.any([engine.ferry_min > 0 for engine in self.engines], axis=0))

    @property
    def found(self) -> BoolArray:
        """(n_pairs,) whether every engine found a way."""
        return np.asarray(np.all([np.isfinite(engine.total_min) for engine in self.engines], axis=0))

    @property
    def near(self) -> BoolArray:
        """(n_pairs,) whether every engine snapped both places within the limit."""
        return np.asarray(np.all([engine.snap_m <= SNAP_WITHIN_M for engine in self.engines], axis=0))


def draw_places(network: TravelNetwork, count: int, seed: int) -> FloatArray:
    """(count, 2, 2) degrees of pairs of different nodes on roads of the largest component."""
    on_road = np.zeros(network.n_nodes, dtype=bool)
    roads = network.labels["kind"].to_array() == "road"
    on_road[network.topology.tails[roads]] = True
    nodes = np.flatnonzero(on_road & (find_components(network).of_node == 0))
    random = np.random.default_rng(seed)
    pairs = np.stack([random.choice(nodes, 2, replace=False) for _ in range(count)])
    return np.stack([network.lon[pairs], network.lat[pairs]], axis=-1)


def our_answers(network: TravelNetwork, seed: int, places: FloatArray) -> Pairs:
    """Our minutes, and what they are held against."""
    starts, stops = (snap(network, places[:, end, 0], places[:, end, 1]) for end in (0, 1))
    legs = travel_time_legs(network, starts, stops)
    total, crossing, wait, km = (
        np.diagonal(part) for part in (legs.total_min, legs.crossing_min, legs.wait_min, legs.length_km)
    )
    nothing = np.full(len(places), np.nan)
    ours = Answers("geoaccess", total, crossing, nothing, km, starts.access_m, stops.access_m)
    classes = network.labels["road_class"].to_array()
    return Pairs(seed, places, np.stack([classes[starts.edge], classes[stops.edge]], axis=1), ours, wait)


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
    table = np.asarray([row or [np.nan] * 6 for row in rows], dtype=np.float64)
    return Answers(name, *table.T)


def compare(left: Answers, right: Answers, among: BoolArray) -> str:
    """One line: differences of the left from the right on some pairs."""
    ours, theirs = left.total_min[among], right.total_min[among]
    ratio = ours / theirs
    difference = float(np.median(np.abs(ratio - 1)))
    correlation = float(stats.spearmanr(ours, theirs).statistic)
    low, middle, high = np.quantile(ratio, [0.25, 0.5, 0.75])
    verdict = "meets" if difference < AIM_DIFFERENCE and correlation > AIM_CORRELATION else "misses"
    return (
        f"{left.name} / {right.name}: median absolute difference {difference:.1%}, rank correlation "
        f"{correlation:.4f}, ratio quartiles {low:.3f} {middle:.3f} {high:.3f} ({verdict} the aim)"
    )


def within_spread(ours: Answers, routers: Sequence[Answers], among: BoolArray) -> str:
    """One line: how often our minutes lie between those of the routers, or how far outside."""
    theirs = np.stack([router.total_min[among] for router in routers])
    low, high, mine = theirs.min(axis=0), theirs.max(axis=0), ours.total_min[among]
    outside = np.maximum(np.maximum(low / mine, mine / high) - 1, 0)
    return (
        f"within the routers' spread: {(outside == 0).sum()} of {among.sum()} pairs ({(mine < low).sum()} below, "
        f"{(mine > high).sum()} above); outside by more than 5 %: {(outside > 0.05).sum()}, "
        f"by more than 10 %: {(outside > 0.10).sum()}"
    )


def road_lines(pairs: Pairs, among: BoolArray) -> list[str]:
    """Lines on some road-only pairs: every two engines, and the spread."""
    lines = [compare(left, right, among) for left, right in combinations(pairs.engines, 2)]
    if len(pairs.routers) > 1:
        lines.append(within_spread(pairs.ours, pairs.routers, among))
    return lines


def set_apart(pairs: Pairs, among: BoolArray) -> list[str]:
    """Lines on pairs with a place that an engine moves too far: who does, and from what kind of road."""
    lines = []
    for engine in pairs.engines:
        far = np.stack([engine.from_m, engine.to_m], axis=1) > SNAP_WITHIN_M
        classes = Counter(pairs.classes[among][far[among]].tolist()).most_common()
        listed = ", ".join(f"{number} {name}" for name, number in classes) or "none"
        lines.append(f"places that {engine.name} moves further than {SNAP_WITHIN_M:.0f} m: {listed}")
    return lines


def worst_lines(pairs: Pairs, among: BoolArray, count: int) -> list[str]:
    """Lines on the pairs whose minutes differ most from the router that is further off."""
    ratio = np.max(
        [np.abs(np.log(pairs.ours.total_min / router.total_min)) for router in pairs.routers], axis=0
    )
    rows = np.flatnonzero(among)
    rows = rows[np.argsort(-ratio[rows], kind="stable")][:count]
    lines = [
        "pair: minutes | km | metres from start and end to the road, of "
        + ", ".join(engine.name for engine in pairs.engines)
    ]
    for row in rows:
        minutes = " ".join(f"{engine.total_min[row]:.1f}" for engine in pairs.engines)
        km = " ".join(f"{engine.length_km[row]:.1f}" for engine in pairs.engines)
        metres = " ".join(f"{engine.from_m[row]:.0f}+{engine.to_m[row]:.0f}" for engine in pairs.engines)
        (a, b), (c, d) = pairs.places[row]
        ends = " to ".join(pairs.classes[row])
        lines.append(f"{b:.4f},{a:.4f}-{d:.4f},{c:.4f} ({ends}): {minutes} | {km} | {metres}")
    return lines


def ferry_lines(pairs: Pairs, among: BoolArray) -> list[str]:
    """Lines on the pairs that cross by ferry: totals, and what each engine takes for the crossing."""
    ours, wait_min = pairs.ours, pairs.wait_min
    lines = [
        (
            f"geoaccess: median {np.median(ours.total_min[among]):.1f} min in all, of which crossing "
            f"{np.median(ours.ferry_min[among]):.1f} and wait and boarding {np.median(wait_min[among]):.1f}"
        )
    ]
    for router in pairs.routers:
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


def report(pairs: Pairs, worst: int) -> list[str]:
    """Everything that is printed about the pairs of one seed."""
    roads = ~pairs.ferry & pairs.found
    near, far = roads & pairs.near, roads & ~pairs.near
    sections = [
        (f"road-only pairs, both places within {SNAP_WITHIN_M:.0f} m: {near.sum()}", road_lines(pairs, near)),
        (f"worst of these: {min(worst, near.sum())}", worst_lines(pairs, near, worst)),
        (f"all road-only pairs: {roads.sum()}", road_lines(pairs, roads)),
        (f"set apart: {far.sum()}", set_apart(pairs, far) + worst_lines(pairs, far, worst)),
    ]
    if pairs.ferry.any():
        sections.append((f"ferry pairs: {pairs.ferry.sum()}", ferry_lines(pairs, pairs.ferry)))
    lines = [f"{len(pairs.places)} pairs, seed {pairs.seed}"]
    for title, text in sections:
        lines += [f"  {title}", *(f"    {line}" for line in text)]
    return lines


def parse() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--extract", type=Path, nargs="+", required=True)
    parser.add_argument("--osrm-python", default=sys.executable)
    parser.add_argument("--valhalla-python", default=sys.executable)
    parser.add_argument("--pairs", type=int, default=200, help="pairs of each seed")
    parser.add_argument("--seeds", type=int, nargs="+", default=SEEDS)
    parser.add_argument("--worst", type=int, default=5, help="pairs listed, those that differ most")
    parser.add_argument("--no-junction-delays", action="store_true", help="what the delays change")
    parser.add_argument("--controls", action="store_true", help="what signals, signs and crossings change")
    parser.add_argument("--models", nargs="+", choices=list(MODELS), help="one table of these instead")
    parser.add_argument("--answers", type=Path, help="folder that keeps the routers' answers between runs")
    return parser.parse_args()


def main() -> int:
    """Compare and print; 1 when no router could be asked."""
    options = parse()
    if options.models:
        lines = [line for extract in options.extract for line in table_lines(options, extract)]
        print("\n".join([*TABLE_HEAD, *lines]))
        return 0 if lines else 1
    return max(compare_in_full(options, extract) for extract in options.extract)


TABLE_HEAD = (
    "| extract, seed | pairs | model | within | below | above | outside by > 10 % | / OSRM | / Valhalla |",
    "|---|---|---|---|---|---|---|---|---|",
)


def table_lines(options: argparse.Namespace, extract: Path) -> list[str]:
    """Rows of the table for one extract: every model on the same pairs, and the pairs that each moved out."""
    drawn_on = build_network(extract, turn_costs=False)  # a place is not a side of a crossing
    draws = {seed: draw_places(drawn_on, options.pairs, seed) for seed in options.seeds}
    asked = np.concatenate(list(draws.values())).tolist()
    routers = asked_routers(options, extract, asked)
    if len(routers) < 2:
        return []
    lines = []
    before: dict[int, tuple[Pairs, BoolArray, BoolArray]] = {}
    for model in options.models:
        network = build_network(extract, **MODELS[model])
        for number, (seed, places) in enumerate(draws.items()):
            rows = slice(number * options.pairs, (number + 1) * options.pairs)
            pairs = replace(
                our_answers(network, seed, places), routers=tuple(router.take(rows) for router in routers)
            )
            among = ~pairs.ferry & pairs.found & pairs.near
            if seed in before:
                among = before[seed][1] & np.isfinite(pairs.ours.total_min)
            theirs = np.stack([router.total_min for router in routers])[:, rows]
            low, high, mine = theirs.min(axis=0), theirs.max(axis=0), pairs.ours.total_min
            inside = (mine >= low) & (mine <= high) & among
            with np.errstate(invalid="ignore", divide="ignore"):  # no minutes over no minutes
                outside = np.maximum(np.maximum(low / mine, mine / high) - 1, 0)[among]
                middle = [float(np.nanmedian((mine / router.total_min)[among])) for router in pairs.routers]
            lines.append(
                f"| {extract.name.partition('.')[0]}, {seed} | {among.sum()} | {model} "
                f"| {inside.sum()} ({inside.sum() / max(among.sum(), 1):.0%}) | {(mine < low)[among].sum()} "
                f"| {(mine > high)[among].sum()} | {(outside > 0.10).sum()} | {middle[0]:.3f} | {middle[1]:.3f} |"
            )
            if seed in before:
                for row in np.flatnonzero(before[seed][2] & ~inside & among)[: options.worst]:
                    values = [one.total_min[row] for one in (before[seed][0].ours, *pairs.engines)]
                    (a, b), (c, d) = places[row]
                    told = " ".join(f"{value:.2f}" for value in values)
                    print(
                        f"{extract.name} {model}: left the spread: {b:.5f},{a:.5f}-{d:.5f},{c:.5f} "
                        f"before, after, routers: {told} km {pairs.ours.length_km[row]:.2f}"
                    )
            else:
                before[seed] = (pairs, among, inside)
    return lines


def asked_routers(options: argparse.Namespace, extract: Path, places: list[object]) -> list[Answers]:
    """The answers of the routers that could be asked, those of an earlier run where they were kept."""
    routers = []
    for name, python, worker in (
        ("OSRM", options.osrm_python, OSRM),
        ("Valhalla", options.valhalla_python, VALHALLA),
    ):
        answers = _kept_or_asked(options.answers, python, worker, extract, places)
        if isinstance(answers, str):
            print(f"{name}: left out: {answers}")
        else:
            routers.append(answers)
    return routers


def _kept_or_asked(
    folder: Path | None, python: str, worker: str, extract: Path, places: list[object]
) -> Answers | str:
    if folder is None:
        return router_answers(python, worker, extract.resolve(), places)
    told = hashlib.sha256(extract.read_bytes() + json.dumps([worker, places]).encode()).hexdigest()
    kept = folder / f"{told[:24]}.npz"
    if kept.exists():
        with np.load(kept) as stored:
            return Answers(str(stored["name"]), *stored["arrays"])
    answers = router_answers(python, worker, extract.resolve(), places)
    if isinstance(answers, Answers):
        folder.mkdir(parents=True, exist_ok=True)
        np.savez(kept, name=answers.name, arrays=np.stack(astuple(answers)[1:]))
    return answers


def compare_in_full(options: argparse.Namespace, extract: Path) -> int:
    """Everything about one extract; 1 when no router could be asked."""
    counted = not options.no_junction_delays
    network = build_network(extract, junction_delays=counted, turn_costs=counted)
    drawn_on = build_network(extract, turn_costs=False) if counted else network  # as in the table
    drawn = [our_answers(network, seed, draw_places(drawn_on, options.pairs, seed)) for seed in options.seeds]
    places = np.concatenate([pairs.places for pairs in drawn]).tolist()
    routers = asked_routers(options, extract, places)
    if not routers:
        return 1
    print(extract.name)
    for number, pairs in enumerate(drawn):
        rows = slice(number * options.pairs, (number + 1) * options.pairs)
        asked = tuple(router.take(rows) for router in routers)
        full = Pairs(pairs.seed, pairs.places, pairs.classes, pairs.ours, pairs.wait_min, asked)
        print("\n".join(report(full, options.worst)))
        if options.controls:
            print("\n".join(with_controls(full, extract)))
    return 0


def with_controls(before: Pairs, extract: Path) -> list[str]:
    """Lines on the same pairs with signals, signs and crossings counted, and on those that got worse."""
    network = build_network(extract, controls=True)
    after = replace(our_answers(network, before.seed, before.places), routers=before.routers)
    among = ~before.ferry & before.found & before.near & np.isfinite(after.ours.total_min)
    lines = [f"  with signals, signs and crossings, the same {among.sum()} pairs"]
    lines += [f"    {line}" for line in road_lines(after, among)]
    theirs = np.stack([router.total_min for router in before.routers])
    low, high = theirs.min(axis=0), theirs.max(axis=0)
    inside = [(one.ours.total_min >= low) & (one.ours.total_min <= high) for one in (before, after)]
    left, entered = among & inside[0] & ~inside[1], among & ~inside[0] & inside[1]
    lines.append(f"    {entered.sum()} pairs came inside the spread, {left.sum()} left it:")
    for row in np.flatnonzero(left):
        minutes = [one.total_min[row] for one in (before.ours, after.ours, *before.routers)]
        lines.append("      before, after, routers: " + " ".join(f"{value:.1f}" for value in minutes))
    return lines


if __name__ == "__main__":
    sys.exit(main())
