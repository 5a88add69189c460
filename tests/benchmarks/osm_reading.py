"""Reading OpenStreetMap files: CPU seconds and peak memory of this project beside others, one process each.

Run from the checkout, for example::

    python tests/benchmarks/osm_reading.py --source ../shared/data/osm/malta-latest.osm.pbf
    python tests/benchmarks/osm_reading.py --source ... --copies 25 --peer-python /path/to/python-with-pyrosm

``--copies N`` makes a larger file of N copies of the source side by side, with ids and longitudes shifted.
Loaders that cannot be imported are named and left out. CPU seconds are of the loader and its own child
processes, import included; peak memory is the resident size, of the process and of its largest child.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import osmium
from osm_copies import replicate

GEOACCESS = """
from networks.osm import build_network
network = build_network(SOURCE, country="MT")
result = f"{network.n_nodes:,} nodes, {network.n_edges:,} edges, junctions and ferries, ready to search"
"""

PYOSMIUM = """
import osmium
roads = []
processor = osmium.FileProcessor(SOURCE).with_locations("flex_mem").with_filter(osmium.filter.KeyFilter("highway"))
for way in processor:
    if way.is_way():
        roads.append((dict(way.tags), [(node.ref, node.lon, node.lat) for node in way.nodes if node.location.valid()]))
result = f"{len(roads):,} ways with points, no graph"
"""

PYROSM = """
import pyrosm
nodes, edges = pyrosm.OSM(SOURCE).get_network("driving", nodes=True)
result = f"{len(nodes):,} nodes, {len(edges):,} edges, a row per segment, no times, no ferries"
"""

OSMNX = """
import osmium, osmnx, tempfile, pathlib
xml = pathlib.Path(tempfile.mkdtemp()) / "map.osm"
writer = osmium.SimpleWriter(str(xml))
osmium.apply(osmium.io.Reader(SOURCE), writer)
writer.close()
graph = osmnx.graph_from_xml(xml)
result = f"{len(graph):,} nodes, {graph.size():,} edges, every way an edge, no times"
"""

LOADERS = {
    "geoaccess build_network": GEOACCESS,
    "pyosmium, flex_mem": PYOSMIUM,
    "pyrosm": PYROSM,
    "osmnx graph_from_xml": OSMNX,
}

MEASURE = """
import json, resource, sys
SOURCE = sys.argv[1]
exec(compile(sys.argv[2], "loader", "exec"))
own, children = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
print("MEASURED" + json.dumps({
    "cpu_s": own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime,
    "peak_mb": own.ru_maxrss / 1024,
    "child_peak_mb": children.ru_maxrss / 1024,
    "result": result,
}))
"""


def measure(python: str, source: Path, loader: str, limit_s: float) -> dict[str, object]:
    """CPU seconds and peak memory of one loader in a process of its own."""
    command = [python, "-c", MEASURE, str(source), loader]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=limit_s, check=False)
    except subprocess.TimeoutExpired:
        return {"error": f"stopped after {limit_s:.0f} s"}
    lines = [line for line in done.stdout.splitlines() if line.startswith("MEASURED")]
    if not lines:
        return {"error": (done.stderr.strip().splitlines() or ["no output"])[-1]}
    return json.loads(lines[0].removeprefix("MEASURED"))


def count_ways(source: Path) -> int:
    """Road ways of a file."""
    roads = osmium.filter.KeyFilter("highway")
    return sum(1 for _ in osmium.FileProcessor(str(source), osmium.osm.WAY).with_filter(roads))


def main() -> None:
    """Measure the loaders and print one line for each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--source", type=Path, required=True, help="an .osm.pbf file")
    parser.add_argument("--copies", type=int, default=1, help="measure a file of so many copies")
    parser.add_argument("--peer-python", default=sys.executable, help="interpreter that has pyrosm")
    parser.add_argument(
        "--osmnx", action="store_true", help="osmnx as well (minutes and many GB on a large file)"
    )
    parser.add_argument("--limit", type=float, default=900.0, help="seconds for one loader")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        source = options.source
        if options.copies > 1:
            source = Path(folder) / "copies.osm.pbf"
            replicate(options.source, source, options.copies)
        size = source.stat().st_size / 1e6
        print(f"{size:.1f} MB, {count_ways(source):,} road ways", flush=True)
        for name, loader in LOADERS.items():
            if name.startswith("osmnx") and not options.osmnx:
                continue
            python = options.peer_python if name == "pyrosm" else sys.executable
            found = measure(python, source, loader, options.limit)
            if "error" in found:
                print(f"{name:26} {found['error']}", flush=True)
                continue
            print(
                f"{name:26} {found['cpu_s']:7.1f} CPU s  {found['peak_mb']:7.0f} MB"
                f"  (child {found['child_peak_mb']:.0f} MB)  {found['result']}",
                flush=True,
            )


if __name__ == "__main__":
    main()
