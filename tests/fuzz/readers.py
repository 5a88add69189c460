"""Damaged files into every reader: each must be read, or refused with an error of our own.

``python tests/fuzz/readers.py --seconds 600`` goes through all readers for ten minutes with new seeds and prints
a table; ``--reader NAME --seed N --count K`` repeats a batch. A batch runs in a process with limited memory, so that a
crash of a compiled library or a memory blow-up is a finding too.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import traceback
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

#: A reader may not take longer than this for a file of a few kilobytes.
SLOW_S = 20.0
_MEMORY_BYTES = 12 * 2**30
_NASTY = (
    b"1e999", b"-1", b"nan", b"inf", b"99999999999999999999999", b"", b"\x00", b"\xff\xfe", "å\u202e".encode(),
    b"=cmd|' /C calc'!A1", b"../../../../tmp/escaped", b"{{7*7}}", b"<script>", b"\n\n\n", b",,,,,,", b'"', b"[[[[[[[[",
    b"0x41", b"-0.0", b"2026-13-45", b"24:61",
)  # fmt: skip


@dataclass(frozen=True)
class Reader:
    """A reader: files to begin with, the one that is damaged, and what reads it.

    Attributes:
        files: name -> content.
        damaged: the file that is damaged, or a member of it as ``archive.zip!member``.
        read: reads the folder's files.
    """

    files: Callable[[], dict[str, bytes]]
    damaged: tuple[str, ...]
    read: Callable[[Path], object]


def damage(content: bytes, rng: random.Random) -> bytes:
    """A few changes: bytes flipped, parts cut, doubled, swapped, or replaced with something nasty."""
    data = bytearray(content)
    for _ in range(rng.randint(1, 4)):
        if not data:
            data += rng.choice(_NASTY)
        start = rng.randrange(len(data) + 1)
        end = min(len(data), start + rng.choice((1, 2, 4, 16, 64, 256)))
        what = rng.randrange(7)
        if what == 0:
            for place in range(start, end):
                data[place] ^= 1 << rng.randrange(8)
        elif what == 1:
            del data[start:]
        elif what == 2:
            del data[start:end]
        elif what == 3:
            data[start:start] = data[start:end] * rng.randint(1, 30)
        elif what == 4:
            data[start:end] = rng.choice(_NASTY)
        elif what == 5:
            data[start:start] = bytes(rng.randrange(256) for _ in range(rng.randint(1, 40)))
        else:
            lines = bytes(data).split(b"\n")
            rng.shuffle(lines)
            data = bytearray(b"\n".join(lines))
    return bytes(data)


def _study_files() -> dict[str, bytes]:
    sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "geoaccess"))
    from conftest import FILES

    return {name: text.lstrip("\n").encode() for name, text in FILES.items()}


def _read_study(folder: Path) -> object:
    from geoaccess.study.load import load_study

    study = load_study(folder)
    return study.network.n_nodes


def _points() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "name": ["a", "b", "c"],
            "lat": [69.0, 69.1, 69.2],
            "lon": [18.0, 18.1, 18.2],
            "people": [1.0, 2.0, 3.0],
        }
    )


def _layer(ending: str) -> dict[str, bytes]:
    import geopandas as gpd

    frame = _points()
    layer = gpd.GeoDataFrame(frame, geometry=gpd.points_from_xy(frame["lon"], frame["lat"]), crs=4326)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"points{ending}"
        layer.to_file(path, driver="GPKG" if ending == ".gpkg" else "GeoJSON", engine="pyogrio")
        return {path.name: path.read_bytes()}


def _parquet() -> dict[str, bytes]:
    buffer = io.BytesIO()
    _points().to_parquet(buffer)
    return {"points.parquet": buffer.getvalue()}


def _read_table(name: str) -> Callable[[Path], object]:
    def read(folder: Path) -> object:
        from geoaccess.ground.tables import read_frame

        return len(read_frame(folder / name))

    return read


def _raster() -> dict[str, bytes]:
    import rasterio
    from rasterio.transform import from_origin

    with rasterio.MemoryFile() as memory:
        profile = {
            "driver": "GTiff",
            "height": 8,
            "width": 8,
            "count": 1,
            "dtype": "float32",
            "crs": "EPSG:4326",
        }
        with memory.open(transform=from_origin(18.0, 70.0, 0.1, 0.1), nodata=-1, **profile) as file:
            file.write(np.arange(64, dtype=np.float32).reshape(8, 8), 1)
        return {"people.tif": bytes(memory.getbuffer())}


def _read_raster(folder: Path) -> object:
    from geoaccess.demand.rasters import points_from_raster

    return len(points_from_raster(folder / "people.tif", weights={"people": 1}).table)


OSM = b"""<?xml version="1.0" encoding="UTF-8"?>
<osm version="0.6">
<node id="1" lat="60.00" lon="5.00"/><node id="2" lat="60.00" lon="5.10"/><node id="3" lat="60.10" lon="5.10"/>
<node id="4" lat="60.05" lon="5.02"><tag k="place" v="village"/><tag k="name" v="Vest"/><tag k="population" v="12"/></node>
<way id="21"><nd ref="1"/><nd ref="2"/><nd ref="3"/><tag k="highway" v="secondary"/><tag k="maxspeed" v="60"/></way>
<way id="22"><nd ref="3"/><nd ref="4"/><tag k="route" v="ferry"/><tag k="duration" v="00:20"/></way>
<way id="31"><nd ref="1"/><nd ref="2"/><nd ref="3"/><nd ref="1"/><tag k="boundary" v="administrative"/>
<tag k="admin_level" v="8"/><tag k="name" v="Vestby"/></way>
</osm>
"""


def _read_osm(folder: Path) -> object:
    from networks import build_network

    return build_network(folder / "region.osm").n_nodes


def _read_features(folder: Path) -> object:
    from networks.osm.features import read_features

    return len(read_features(folder / "region.osm", admin_level=8).areas)


def _graphml() -> dict[str, bytes]:
    import networkx as nx

    graph = nx.MultiDiGraph(crs="epsg:4326")
    graph.add_node(1, x="14.4", y="67.28")
    graph.add_node(2, x="14.5", y="67.28")
    graph.add_edge(1, 2, osmid="10", length="4300.0", highway="secondary", maxspeed="60", oneway="True")
    buffer = io.BytesIO()
    nx.write_graphml(graph, buffer)
    return {"graph.graphml": buffer.getvalue()}


def _read_graphml(folder: Path) -> object:
    from networks import build_network

    return build_network(folder / "graph.graphml").n_nodes


def _network_file() -> dict[str, bytes]:
    from networks import build_network, save_network

    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "region.osm").write_bytes(OSM)
        save_network(build_network(Path(folder) / "region.osm"), Path(folder) / "region.net")
        return {"region.net": (Path(folder) / "region.net").read_bytes()}


def _read_network_file(folder: Path) -> object:
    from networks import load_network

    return load_network(folder / "region.net").n_nodes


def _gtfs() -> dict[str, bytes]:
    members = {
        "agency.txt": "agency_id,agency_name,agency_url,agency_timezone\na,A,http://example.org,Europe/Oslo\n",
        "routes.txt": "route_id,agency_id,route_short_name,route_long_name,route_type\nr,a,1,Ferje,4\n",
        "stops.txt": "stop_id,stop_name,stop_lat,stop_lon\ns,S,69.0,18.0\nt,T,69.1,18.0\n",
        "trips.txt": "route_id,service_id,trip_id\nr,d,x\n",
        "stop_times.txt": "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
        "x,08:00:00,08:00:00,s,1\nx,08:20:00,08:20:00,t,2\n",
        "calendar.txt": "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\n"
        "d,1,1,1,1,1,1,1,20200101,20301231\n",
        "frequencies.txt": "trip_id,start_time,end_time,headway_secs\nx,06:00:00,22:00:00,3600\n",
    }
    return {"feed.zip": _zipped({name: text.encode() for name, text in members.items()})}


def _zipped(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def _read_gtfs(folder: Path) -> object:
    from networks.osm.gtfs import read_gtfs_ferries

    return len(read_gtfs_ferries(folder / "feed.zip").services)


def _matrices() -> dict[str, bytes]:
    costs = np.array([[1.0, 2.0], [3.0, np.nan]])
    plain, packed = io.BytesIO(), io.BytesIO()
    np.save(plain, costs)
    np.savez(packed, costs=costs)
    long = b"from_id,to_id,travel_time_min\na,x,1\na,y,2\nb,x,3\n"
    return {"m.npy": plain.getvalue(), "m.npz": packed.getvalue(), "m.csv": long}


def _read_matrices(folder: Path) -> object:
    from geoaccess.questions.solve.answer import read_costs, read_vector

    names = ("m.npy", "m.npz", "m.csv")
    costs = [_tried(lambda name=name: read_costs(folder / name)) for name in names]
    return costs + [_tried(lambda name=name: read_vector(folder / name, pd.Index(["a"]))) for name in names]


def _tried(action: Callable[[], object]) -> object:
    """The outcome; a refusal in our own words counts as one."""
    from geoaccess.ground.errors import is_ours

    try:
        return action()
    except Exception as error:
        if not is_ours(error):
            raise
        return str(error)


_POPULATION = """region;alder;2026;2035
0101 Town;0-79;980;1000
0101 Town;80+;120;200
"""


def _read_population(folder: Path) -> object:
    from geoaccess.demand.exports import read_population

    return read_population(folder / "table.csv")


READERS: dict[str, Reader] = {
    "study file": Reader(_study_files, ("study.toml",), _read_study),
    "study tables": Reader(
        _study_files,
        ("people.csv", "places.csv", "municipalities.csv", "nodes.csv", "roads.csv", "ferries.csv"),
        _read_study,
    ),
    "csv": Reader(
        lambda: {"points.csv": _points().to_csv(index=False).encode()},
        ("points.csv",),
        _read_table("points.csv"),
    ),
    "parquet": Reader(_parquet, ("points.parquet",), _read_table("points.parquet")),
    "geopackage": Reader(lambda: _layer(".gpkg"), ("points.gpkg",), _read_table("points.gpkg")),
    "geojson": Reader(lambda: _layer(".geojson"), ("points.geojson",), _read_table("points.geojson")),
    "geotiff": Reader(_raster, ("people.tif",), _read_raster),
    "osm xml": Reader(lambda: {"region.osm": OSM}, ("region.osm",), _read_osm),
    "osm features": Reader(lambda: {"region.osm": OSM}, ("region.osm",), _read_features),
    "graphml": Reader(_graphml, ("graph.graphml",), _read_graphml),
    "network file": Reader(_network_file, ("region.net",), _read_network_file),
    "gtfs zip": Reader(_gtfs, ("feed.zip",), _read_gtfs),
    "gtfs tables": Reader(_gtfs, ("feed.zip!*",), _read_gtfs),
    "matrices": Reader(_matrices, ("m.npy", "m.npz", "m.csv"), _read_matrices),
    "population export": Reader(
        lambda: {"table.csv": _POPULATION.encode()}, ("table.csv",), _read_population
    ),
}


def _damaged(files: dict[str, bytes], which: str, rng: random.Random) -> dict[str, bytes]:
    name, _, inner = which.partition("!")
    if not inner:
        return {**files, name: damage(files[name], rng)}
    with zipfile.ZipFile(io.BytesIO(files[name])) as archive:
        members = {member: archive.read(member) for member in archive.namelist()}
    chosen = rng.choice(sorted(members))
    members[chosen] = damage(members[chosen], rng)
    return {**files, name: _zipped(members)}


def findings(name: str, seed: int, count: int) -> Iterator[str]:
    """Read damaged files; every crash, slow read or stray file is told."""
    from geoaccess.ground.errors import is_ours

    reader = READERS[name]
    files = reader.files()
    with tempfile.TemporaryDirectory(prefix="fuzz-") as home:
        folder = Path(home) / "in"
        for number in range(count):
            rng = random.Random(f"{name}-{seed}-{number}")
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            given = _damaged(files, rng.choice(reader.damaged), rng)
            for file, content in given.items():
                (folder / file).write_bytes(content)
            began = time.process_time()
            try:
                reader.read(folder)
            except Exception as error:
                if not is_ours(error):
                    where = traceback.extract_tb(error.__traceback__)[-1]
                    yield f"{name} {seed} {number}: {type(error).__name__}: {str(error)[:200]} ({where.filename}:{where.lineno})"
            took = time.process_time() - began
            if took > SLOW_S:
                yield f"{name} {seed} {number}: {took:.0f} s of processor time"
            stray = [path.name for path in Path(home).iterdir() if path.name != "in"]
            stray += [path.name for path in folder.iterdir() if path.name not in {*given, *_SIDE_FILES}]
            if stray or Path("/tmp/escaped").exists():
                yield f"{name} {seed} {number}: wrote {stray}"


#: SQLite's own files beside a GeoPackage that was not closed properly.
_SIDE_FILES = ("points.gpkg-wal", "points.gpkg-shm", "points.gpkg-journal")


def batch(name: str, seed: int, count: int, timeout_s: float = 300.0) -> list[str]:
    """A batch in a process of its own; a crash or a hang is a finding."""
    command = [sys.executable, __file__, "--reader", name, "--seed", str(seed), "--count", str(count)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=timeout_s)
    except subprocess.TimeoutExpired:
        return [f"{name} {seed}: no end after {timeout_s:.0f} s"]
    if done.returncode != 0:
        return [f"{name} {seed}: ended with {done.returncode}: {done.stderr[-500:]}"]
    found: list[str] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> None:
    """Run one batch, or go round all readers for a while."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reader", choices=READERS)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--count", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=0.0)
    options = parser.parse_args()
    if options.reader:
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
        sys.stdout.write(json.dumps(list(findings(options.reader, options.seed, options.count))) + "\n")
        return
    end = time.monotonic() + options.seconds
    read, found, seed = dict.fromkeys(READERS, 0), [], options.seed
    while time.monotonic() < end:
        seed += 1
        for name in READERS:
            found += batch(name, seed, options.count)
            read[name] += options.count
    for name, number in read.items():
        own = [line for line in found if line.startswith(f"{name} ")]
        sys.stdout.write(f"{name:20} {number:7} files  {len(own)} findings\n")
    sys.stdout.write("".join(f"{line}\n" for line in found))
    sys.exit(bool(found))


if __name__ == "__main__":
    os.environ.setdefault("CPL_LOG", os.devnull)
    main()
