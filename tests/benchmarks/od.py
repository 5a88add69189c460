"""Travel-time engines against each other: one command, one run, medians, wall and CPU seconds.

    python tests/benchmarks/od.py                    # everything, half an hour on an idle machine
    python tests/benchmarks/od.py --only engines,large --repeats 3
    python tests/benchmarks/od.py --nodes 20000 --only engines,growth --growth 5000,10000

Graphs are made from a seed (``graphs.py``). Engines that are not installed are named and left out;
``pandana`` and ``routingkit-cch`` are not among the project's requirements. Ratios compare wall seconds in
this very run. Whatever is extrapolated is marked with ``*`` and its sample is stated.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from competitors import Engine, Hierarchy, all_engines
from graphs import FloatArray, RoadGraph, road_like

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT))
ORIGINS, DESTINATIONS, FEW = 5_000, 300, 12
SECTIONS = ("start", "engines", "large", "scenarios", "raw", "growth", "malta", "sweeps")
AGREE_S = 1e-6


@dataclass(frozen=True)
class Timed:
    """Medians over the repeats."""

    wall_s: float
    cpu_s: float
    value: Any

    def scaled(self, factor: float) -> Timed:
        return Timed(self.wall_s * factor, self.cpu_s * factor, self.value)


def timed(function: Callable[[], Any], repeats: int) -> Timed:
    walls, cpus = [], []
    value = None
    for _ in range(repeats):
        wall, cpu = time.perf_counter(), time.process_time()
        value = function()
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
    return Timed(float(np.median(walls)), float(np.median(cpus)), value)


def say(text: str = "") -> None:
    print(text, flush=True)


def table(rows: list[dict[str, Any]]) -> None:
    """A Markdown table; the first row names the columns."""
    columns = list(rows[0])
    say("| " + " | ".join(columns) + " |")
    say("|" + "---|" * len(columns))
    for row in rows:
        say("| " + " | ".join(_shown(row[column]) for column in columns) + " |")
    say()


def _shown(value: Any) -> str:
    if not isinstance(value, float):
        return str(value)
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def random_ends(graph: RoadGraph, seed: int, *, n_origins: int, n_destinations: int) -> tuple[Any, Any]:
    rng = np.random.default_rng(seed)
    n_origins, n_destinations = min(n_origins, graph.n_nodes), min(n_destinations, graph.n_nodes)
    return (
        rng.choice(graph.n_nodes, n_origins, replace=False),
        rng.choice(graph.n_nodes, n_destinations, replace=False),
    )


def compare_engines(graph: RoadGraph, arguments: argparse.Namespace) -> list[dict[str, Any]]:
    """Build, matrix and nearest with every engine; ratios and differences to SciPy."""
    origins, destinations = random_ends(graph, arguments.seed, n_origins=ORIGINS, n_destinations=DESTINATIONS)
    say(f"{len(origins)} origins x {len(destinations)} destinations, nearest of {FEW} for all nodes")
    found: dict[str, dict[str, Timed | None]] = {}
    for engine in all_engines():
        if engine.missing():
            say(f"- {engine.name}: left out, {engine.missing()}")
            continue
        found[engine.name] = _measure(engine, graph, origins, destinations, arguments.repeats)
        shown = {what: f"{each.cpu_s:.3g} CPU s" for what, each in found[engine.name].items() if each}
        say(f"- {engine.name} ({engine.version()}): {shown}")
    say()
    truth = found["scipy csgraph.dijkstra"]["matrix"].value
    ours = found["hierarchy, 1 thread"]
    rows = [_engine_row(name, result, ours, truth) for name, result in found.items()]
    table(rows)
    sampled = " and ".join(
        f"{engine.sample} destinations for {engine.name}" for engine in all_engines() if engine.sample
    )
    say(
        f"* extrapolated, from {sampled}. 'x' = times the wall seconds (or CPU seconds) of "
        "the hierarchy on one thread in this run; cold = build and one matrix. Difference: largest to SciPy, in seconds; "
        "'same unreachable' compares which pairs have no way."
    )
    say()
    return rows


def _measure(
    engine: Engine, graph: RoadGraph, origins: Any, destinations: Any, repeats: int
) -> dict[str, Timed | None]:
    sample = destinations[: engine.sample]
    _warm_up(engine)
    built = timed(lambda: engine.build(graph), repeats)
    matrix = timed(lambda: engine.matrix(origins, sample), repeats)
    can_nearest = engine.nearest(destinations[:1]) is not None
    nearest = timed(lambda: engine.nearest(destinations[:FEW]), repeats) if can_nearest else None
    return {"build": built, "matrix": matrix.scaled(len(destinations) / len(sample)), "nearest": nearest}


def _warm_up(engine: Engine) -> None:
    """Load libraries and compiled code before any clock runs."""
    small = road_like(2_000, 0)
    some = np.arange(40)
    engine.build(small)
    engine.matrix(some, some[:2])
    engine.nearest(some)


def _engine_row(name: str, result: dict[str, Any], ours: dict[str, Any], truth: FloatArray) -> dict[str, Any]:
    build, matrix, nearest = result["build"], result["matrix"], result["nearest"]
    columns = matrix.value.shape[1]
    mark = "*" if columns < truth.shape[1] else ""
    finite = np.isfinite(truth[:, :columns]) & np.isfinite(matrix.value)
    difference = np.abs(matrix.value[finite] - truth[:, :columns][finite]).max(initial=0.0)
    same = bool((np.isinf(truth[:, :columns]) == np.isinf(matrix.value)).all())
    cold, our_cold = build.wall_s + matrix.wall_s, ours["build"].wall_s + ours["matrix"].wall_s
    return {
        "engine": name,
        "build s": build.wall_s,
        "build CPU s": build.cpu_s,
        "matrix s": f"{_shown(matrix.wall_s)}{mark}",
        "matrix CPU s": f"{_shown(matrix.cpu_s)}{mark}",
        "matrix x": f"{matrix.wall_s / ours['matrix'].wall_s:,.3g}",
        "matrix CPU x": f"{matrix.cpu_s / ours['matrix'].cpu_s:,.3g}",
        "cold x": cold / our_cold,
        "cold CPU x": (build.cpu_s + matrix.cpu_s) / (ours["build"].cpu_s + ours["matrix"].cpu_s),
        "nearest s": nearest.wall_s if nearest else "-",
        "nearest CPU s": nearest.cpu_s if nearest else "-",
        "nearest x": nearest.wall_s / ours["nearest"].wall_s if nearest else "-",
        "nearest CPU x": nearest.cpu_s / ours["nearest"].cpu_s if nearest else "-",
        "difference s": f"{difference:.1e}",
        "same unreachable": same,
    }


def large_matrix(graph: RoadGraph, arguments: argparse.Namespace) -> list[dict[str, Any]]:
    """20,000 x 500, and customising again."""
    from networks import hierarchy

    engine = Hierarchy(None)
    engine.build(graph)
    origins, destinations = random_ends(graph, arguments.seed + 1, n_origins=20_000, n_destinations=500)
    engine.matrix(origins[:64], destinations[:1])
    rows = []
    for what, function in (
        (f"{len(origins)} x {len(destinations)}", lambda: engine.matrix(origins, destinations)),
        ("customise again", lambda: hierarchy.customise(engine.metric.order, 1.1 * graph.seconds)),
    ):
        result = timed(function, arguments.repeats)
        rows.append({"what": what, "wall s": result.wall_s, "CPU s": result.cpu_s})
    table(rows)
    return rows


def scenarios(graph: RoadGraph, arguments: argparse.Namespace, *, name: str) -> list[dict[str, Any]]:
    """200 scenarios, each with other closures: customise, then 5,000 x 300."""
    from networks import hierarchy

    rng = np.random.default_rng(arguments.seed + 2)
    engine = Hierarchy(None)
    engine.build(graph)
    origins, destinations = random_ends(graph, arguments.seed, n_origins=ORIGINS, n_destinations=DESTINATIONS)
    engine.matrix(origins, destinations)
    wall, cpu = time.perf_counter(), time.process_time()
    for _ in range(arguments.scenarios):
        seconds = graph.seconds.copy()
        seconds[rng.choice(len(seconds), 20)] = np.inf
        metric = hierarchy.customise(engine.metric.order, seconds)
        hierarchy.many_to_many(metric, origins, destinations)
    row = {
        "graph": name,
        "scenarios": arguments.scenarios,
        "wall s each": (time.perf_counter() - wall) / arguments.scenarios,
        "CPU s each": (time.process_time() - cpu) / arguments.scenarios,
    }
    table([row])
    return [row]


def growth(arguments: argparse.Namespace) -> list[dict[str, Any]]:
    """Build, customise and query from small to large; small graphs have fewer origins."""
    from networks import hierarchy

    rows = []
    for n_nodes in arguments.growth:
        graph = road_like(n_nodes, arguments.seed)
        origins, destinations = random_ends(
            graph, arguments.seed, n_origins=ORIGINS, n_destinations=DESTINATIONS
        )
        where = {"lon": graph.lon, "lat": graph.lat}
        build = timed(
            lambda g=graph, w=where: hierarchy.build_order(g.n_nodes, g.tails, g.heads, **w),
            arguments.repeats,
        )
        customised = timed(
            lambda g=graph, o=build.value: hierarchy.customise(o, g.seconds), arguments.repeats
        )
        metric = customised.value
        query = timed(
            lambda m=metric, o=origins, d=destinations: hierarchy.many_to_many(m, o, d), arguments.repeats
        )
        everything = np.arange(graph.n_nodes)
        close = timed(
            lambda m=metric, e=everything, d=destinations: hierarchy.nearest(m, e, d[:FEW]), arguments.repeats
        )
        rows.append(
            {
                "nodes": graph.n_nodes,
                "edges": len(graph.tails),
                "arcs": build.value.n_arcs,
                "build s": build.wall_s,
                "build CPU s": build.cpu_s,
                "customise s": customised.wall_s,
                "customise CPU s": customised.cpu_s,
                f"{ORIGINS:,} x {DESTINATIONS} s": query.wall_s,
                f"{ORIGINS:,} x {DESTINATIONS} CPU s": query.cpu_s,
                f"nearest of {FEW}, all, s": close.wall_s,
                f"nearest of {FEW}, all, CPU s": close.cpu_s,
            }
        )
    table(rows)
    return rows


def plot_growth(rows: list[dict[str, Any]], path: Path) -> None:
    """CPU seconds against nodes, both logarithmic."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(7, 4.5), layout="constrained")
    nodes = [row["nodes"] for row in rows]
    for column in [name for name in rows[0] if name.endswith(" CPU s")]:
        label = column.removesuffix(" CPU s").rstrip(",")
        axes.loglog(nodes, [row[column] for row in rows], marker="o", label=label)
    axes.set(xlabel="nodes", ylabel="CPU seconds", title="How the cost of travel times grows")
    axes.grid(visible=True, which="both", alpha=0.3)
    axes.legend()
    # The same rows give the same file, so that a change of the plot is a change of the figures.
    with matplotlib.rc_context({"svg.hashsalt": "growth", "svg.fonttype": "none"}):
        figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)
    pyplot.close(figure)


def raw_graph(arguments: argparse.Namespace) -> list[dict[str, Any]]:
    """A raw graph of millions of nodes in a process of its own, so that its peak memory is its own."""
    with tempfile.TemporaryDirectory() as folder:
        graph = road_like(arguments.raw, arguments.seed, core_share=0.25, surplus=0.17)
        file = Path(folder) / "graph.npz"
        np.savez(
            file,
            n_nodes=graph.n_nodes,
            tails=graph.tails.astype(np.int32),
            heads=graph.heads.astype(np.int32),
            seconds=graph.seconds,
            lon=graph.lon,
            lat=graph.lat,
        )
        del graph
        child = [sys.executable, str(HERE / "od.py"), "--raw-child", str(file)]
        done = subprocess.run(child, capture_output=True, text=True, check=True)
    row = json.loads(done.stdout)
    table([row])
    return [row]


def raw_child(file: Path) -> None:
    """Build, customise and say what it took; peak memory is that of the whole process, input included."""
    from networks import hierarchy

    with np.load(file) as arrays:
        graph = {name: arrays[name] for name in arrays.files}
    n_nodes, where = int(graph["n_nodes"]), {"lon": graph["lon"], "lat": graph["lat"]}
    build = timed(lambda: hierarchy.build_order(n_nodes, graph["tails"], graph["heads"], **where), 1)
    peak = peak_mb()
    customised = timed(lambda: hierarchy.customise(build.value, graph["seconds"]), 1)
    row = {
        "raw nodes": n_nodes,
        "edges": len(graph["tails"]),
        "build s": build.wall_s,
        "build CPU s": build.cpu_s,
        "peak MB, build": peak,
        "customise s": customised.wall_s,
        "customise CPU s": customised.cpu_s,
        "peak MB, both": peak_mb(),
    }
    print(json.dumps(row))


def peak_mb() -> float:
    """Largest resident memory of this process, from Linux; ``getrusage`` would count its parent's, too."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def first_use() -> list[dict[str, Any]]:
    """A fresh process on a tiny graph: compiling everything, and then with the compiled code at hand."""
    script = (
        "import numpy as np\n"
        "from networks.hierarchy import *\n"
        "t = np.arange(9)\n"
        "m = customise(build_order(10, t, t + 1), np.ones(9))\n"
        "many_to_many(m, t, t); nearest(m, t, t)\n"
    )
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "NUMBA_CACHE_DIR": folder}
        for what in ("nothing compiled yet", "compiled code at hand"):
            wall = time.perf_counter()
            command = [sys.executable, "-c", script]
            subprocess.run(command, check=True, env=environment, cwd=ROOT, capture_output=True)
            rows.append({"fresh process": what, "wall s": time.perf_counter() - wall})
    table(rows)
    return rows


def shared_folder() -> Path:
    """Where test data too large for the repository is, if it is anywhere."""
    return (ROOT / os.environ.get("GEOACCESS_SHARED", "../shared")).resolve()


def malta() -> RoadGraph | None:
    """The roads and ferries of all Malta, if its file is there."""
    file = shared_folder() / "data" / "osm" / "malta-latest.osm.pbf"
    if not file.is_file():
        say(f"Malta is left out: there is no {file}")
        return None
    from networks import build_network

    built = build_network(file, profile="car")
    network = getattr(built, "network", built)
    topology = network.topology
    return RoadGraph(
        n_nodes=topology.n_nodes,
        tails=topology.tails.astype(np.int64),
        heads=topology.heads.astype(np.int64),
        seconds=np.array(network.seconds),
        wait_s=np.array(network.wait_s),
        lon=np.array(topology.lon),
        lat=np.array(topology.lat),
        core_nodes=0,
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    numbers = lambda text: [int(part) for part in text.split(",")]  # noqa: E731
    parser.add_argument("--nodes", type=int, default=500_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--only", default=",".join(SECTIONS), help=f"of {', '.join(SECTIONS)}")
    parser.add_argument(
        "--growth", type=numbers, default=[50_000, 100_000, 200_000, 500_000, 1_000_000, 2_000_000]
    )
    parser.add_argument("--raw", type=int, default=3_000_000)
    parser.add_argument("--scenarios", type=int, default=200)
    parser.add_argument("--json", type=Path, help="write all rows to this file")
    parser.add_argument("--plot", type=Path, help="draw how the cost grows, for instance to growth.svg")
    parser.add_argument("--raw-child", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.raw_child:
        raw_child(arguments.raw_child)
        return
    wanted = arguments.only.split(",")
    unknown = set(wanted) - set(SECTIONS)
    if unknown:
        parser.error(f"no such section: {', '.join(sorted(unknown))}")
    results = Results(arguments.json)
    run_sections(wanted, arguments, results)
    if arguments.plot and "growth" in results:
        plot_growth(results["growth"], arguments.plot)
    if {"engines", "large", "raw"} & set(results):
        say("\n## Aims\n")
        results["aims"] = aims(results)
        table(results["aims"])


class Results(dict[str, list[dict[str, Any]]]):
    """Rows of each section; what is there is written at once, so that a run that is stopped is not lost."""

    def __init__(self, path: Path | None) -> None:
        super().__init__()
        self.path = path

    def __setitem__(self, section: str, rows: list[dict[str, Any]]) -> None:
        super().__setitem__(section, rows)
        if self.path:
            self.path.write_text(json.dumps(self, indent=1) + "\n")


def aims(results: dict[str, list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """What is aimed at, beside what this run gave: CPU seconds, which others at work disturb least."""
    rows = []

    def row(what: str, least: float, found: float, *, at_most: bool = False) -> None:
        met = found <= least if at_most else found >= least
        bound = f"at {'most' if at_most else 'least'} {least:,g}"
        rows.append({"aim": what, "wanted": bound, "found": found, "met": "yes" if met else "no"})

    of = {each["engine"]: each for each in results.get("engines", [])}
    for name, warm, cold in (
        ("scipy csgraph.dijkstra", 200, 4), ("pandana", 200, None), ("routingkit-cch", 8, None),
        ("networkx", 5000, 100),
    ):  # fmt: skip
        if name in of:
            row(f"5,000 x 300 warm, times {name}", warm, float(of[name]["matrix CPU x"].replace(",", "")))
            if cold:
                row(f"cold with the build, times {name}", cold, of[name]["cold CPU x"])
    if "networkx" in of:
        row(f"nearest of {FEW}, times networkx", 150, of["networkx"]["nearest CPU x"])
    if of:
        row("largest difference to SciPy, s", 1e-6, float(of["hierarchy"]["difference s"]), at_most=True)
    for each in results.get("large", []):
        limit = 0.3 if each["what"].startswith("customise") else 1.0
        row(f"{each['what']}, CPU s", limit, each["CPU s"], at_most=True)
    for each in results.get("raw", []):
        row(f"{each['raw nodes']:,} raw nodes built, CPU s", 40, each["build CPU s"], at_most=True)
        row(f"{each['raw nodes']:,} raw nodes built, peak MB", 1500, each["peak MB, build"], at_most=True)
    return rows


def run_sections(wanted: list[str], arguments: argparse.Namespace, results: Results) -> None:
    say(
        f"Python {platform.python_version()}, {platform.machine()}, {len(os.sched_getaffinity(0))} processors, "
        f"load {os.getloadavg()[0]:.1f} at the start"
    )
    if "start" in wanted:
        say("\n## First use\n")
        results["start"] = first_use()
    if {"engines", "large", "scenarios"} & set(wanted):
        graph = road_like(arguments.nodes, arguments.seed)
        say(f"\n## {graph.n_nodes:,} nodes, {len(graph.tails):,} directed edges, seed {arguments.seed}\n")
        if "engines" in wanted:
            results["engines"] = compare_engines(graph, arguments)
        if "large" in wanted:
            results["large"] = large_matrix(graph, arguments)
        if "scenarios" in wanted:
            results["scenarios"] = scenarios(graph, arguments, name=f"{graph.n_nodes:,} nodes")
    if "raw" in wanted:
        say("\n## A raw graph, in a process of its own\n")
        results["raw"] = raw_graph(arguments)
    if "growth" in wanted:
        say("\n## How the cost grows\n")
        results["growth"] = growth(arguments)
    if "malta" in wanted and (graph := malta()) is not None:
        say(f"\n## Malta: {graph.n_nodes:,} nodes, {len(graph.tails):,} directed edges\n")
        results["malta"] = compare_engines(graph, arguments)
        results["malta scenarios"] = scenarios(graph, arguments, name="Malta")
    if "sweeps" in wanted:
        from sweeps import run_all

        say("\n## Many states: one process and a cluster of this machine\n")
        rows = run_all(
            arguments.scenarios, nodes=arguments.nodes, seed=arguments.seed, shared=shared_folder()
        )
        table(rows)
        results["sweeps"] = rows
    say(f"load {os.getloadavg()[0]:.1f} at the end")


if __name__ == "__main__":
    main()
