"""Ways over the sea and chains to hospital on the embedded study: are they right, and what do they cost.

    python tests/benchmarks/sea_paths.py                          # everything, some two minutes
    python tests/benchmarks/sea_paths.py --only sounds,ferries

``sounds``: narrow sounds open or closed by the side of a cell. ``straight``: 30 pairs of quays with nothing but
water between them, against the great circle, for 8 and 16 moves from a cell. ``ferries``: every measured ferry
leg. ``peers``: SciPy's Dijkstra and scikit-image's ``MCP_Geometric`` (left out where it is not installed, it is
not among the project's requirements) on the same water, each in a process of its own; CPU seconds and the most
memory. ``chains``: to UNN Tromsø by five kinds of craft (figures of the design, their sources stand with the study), with their parts. ``transfers``: municipalities to
hospitals by day and by night, and what of it hangs on flying.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely
import shapely.ops

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
DATA = ROOT / "data" / "nord-norge"
EPSG = 25833
#: Places (degrees east and north) at both ends of sounds that must stay open.
SOUNDS = {
    "Tromsøysundet": ((18.93, 69.62), (19.02, 69.69)),
    "Sandnessundet": ((18.83, 69.63), (18.93, 69.70)),
    "Rystraumen": ((18.60, 69.53), (18.85, 69.57)),
    "Gisundet": ((17.85, 69.17), (18.05, 69.33)),
    "Tjeldsundet": ((16.25, 68.52), (16.75, 68.68)),
    "Raftsundet": ((14.98, 68.36), (15.15, 68.53)),
    "Gimsøystraumen": ((14.22, 68.33), (14.28, 68.26)),
    "Sundklakkstraumen": ((14.10, 68.33), (14.12, 68.22)),
    "Nappstraumen": ((13.45, 68.20), (13.43, 68.08)),
    "Saltstraumen": ((14.55, 67.25), (14.72, 67.23)),
    "Brønnøysundet": ((12.15, 65.43), (12.23, 65.52)),
    "Kvalsundet": ((23.75, 70.47), (24.05, 70.55)),
    "Magerøysundet": ((25.55, 70.92), (25.95, 70.90)),
}
NAN = float("nan")


def land_and_known() -> tuple[list[Any], Any]:
    areas = json.loads((DATA / "areas.geojson").read_text(encoding="utf-8"))["features"]
    known = json.loads((DATA / "sea.geojson").read_text(encoding="utf-8"))["features"][0]
    shapes = [shapely.geometry.shape(area["geometry"]) for area in areas]
    return [shapely.make_valid(shape) for shape in shapes], shapely.geometry.shape(known["geometry"])


def make_sea(cell_m: float | None = None) -> Any:
    from networks.sea import SeaGrid

    land, known = land_and_known()
    tromso = np.asarray([18.97]), np.asarray([69.655])
    more = {} if cell_m is None else {"cell_m": cell_m}
    return SeaGrid.from_land(land, epsg=EPSG, known=known, quays=tromso, **more)


def legs() -> pd.DataFrame:
    table = pd.read_csv(DATA / "sea_legs.csv")
    lines = shapely.from_wkt(table["line"].to_numpy(dtype=object))
    for name, place in (("from", 0), ("to", -1)):
        end = shapely.get_point(lines, place)
        table[f"{name}_lon"], table[f"{name}_lat"] = shapely.get_x(end), shapely.get_y(end)
    return table


def sounds() -> None:
    """Each sound is searched in a window of its own, so that no way around counts."""
    from scipy import ndimage

    from networks.geometry import to_metres

    rows = []
    for cell_m in (100.0, 150.0, 200.0, 300.0, 400.0):
        sea = make_sea(cell_m)
        found = {}
        for name, ends in SOUNDS.items():
            x, y = to_metres(*np.asarray(ends).T, epsg=EPSG)
            column = ((x - sea.west) / cell_m).astype(int)
            row = ((sea.north - y) / cell_m).astype(int)
            around = int(3000 / cell_m)
            top, left = row.min() - around, column.min() - around
            part, _ = ndimage.label(sea.water[top : row.max() + around, left : column.max() + around])
            cells = np.argwhere(part)
            at = [
                cells[np.hypot(*(cells - (r - top, c - left)).T).argmin()]
                for r, c in zip(row, column, strict=True)
            ]
            found[name] = "open" if len({part[tuple(one)] for one in at}) == 1 else "CLOSED"
        rows.append({"cell m": cell_m, "cells": int(sea.water.sum()), **found})
    print(pd.DataFrame(rows).set_index("cell m").T.to_string())


def straight(sea: Any) -> None:
    """Straight water: the ratio shows the error of the moves and nothing else."""
    from dataclasses import replace

    from networks.geodesy import great_circle_m
    from networks.geometry import metric_area, to_metres
    from networks.sea import sea_ways

    table, (land, _) = legs(), land_and_known()
    tree = shapely.STRtree([metric_area(shape, EPSG) for shape in land])
    quays = sea.shores(
        sea.berths(*(np.concatenate([table[f"{end}_{x}"] for end in ("from", "to")]) for x in ("lon", "lat")))
    )
    names = np.concatenate([table[f"{end}_quay"].astype(str) for end in ("from", "to")])
    # A quay of several lines stands in the table more than once: each pair of names counts once.
    _, firsts = np.unique(names, return_index=True)
    one, other = (firsts[side] for side in np.triu_indices(len(firsts), k=1))
    km = great_circle_m(quays.lon[one], quays.lat[one], quays.lon[other], quays.lat[other]) / 1000
    x, y = to_metres(quays.lon, quays.lat, epsg=EPSG)
    open_water = []
    for pair in np.flatnonzero((km > 3) & (km < 150)).tolist():
        a, b = int(one[pair]), int(other[pair])
        line = shapely.LineString([(x[a], y[a]), (x[b], y[b])])
        middle = shapely.ops.substring(line, 0.05, 0.95, normalized=True)
        if not len(tree.query(middle, predicate="dwithin", distance=150.0)):
            open_water.append((a, b))
    drawn = np.random.default_rng(16).permutation(len(open_water))[:30]
    pairs = [open_water[row] for row in sorted(drawn.tolist())]
    print(f"{len(pairs)} of {len(open_water)} pairs of quays with open water between them")
    some = [np.asarray(side) for side in zip(*pairs, strict=True)]
    ends = [
        replace(quays, lon=quays.lon[k], lat=quays.lat[k], cell=quays.cell[k], off_km=quays.off_km[k])
        for k in some
    ]
    km = np.diag(sea_ways(sea, *ends, limit_km=200).km)
    ellipsoid = geodesic_km(ends[0].lon, ends[0].lat, ends[1].lon, ends[1].lat)
    ratio = km / ellipsoid
    eight = eight_moves_km(sea, ends) / ellipsoid
    rows = {"from": names[some[0]], "to": names[some[1]], "straight km": ellipsoid, "sea km": km}
    told = pd.DataFrame(rows | {"ratio": ratio, "8 moves": eight})
    told = told.sort_values("ratio", ascending=False)
    print(told.round({"straight km": 2, "sea km": 2, "ratio": 4, "8 moves": 4}).to_string(index=False))
    for name, values in (("16 moves (ours)", ratio), ("8 moves", eight)):
        print(
            f"{name:16s} / geodesic: mean {values.mean():.4f}, least {values.min():.4f}, worst {values.max():.4f}"
        )
    print("(16 moves: 1.0275 at worst by geometry, 8 moves 1.0824; the projection adds -0.04 to +0.42 %)")


def geodesic_km(*ends: Any) -> Any:
    import pyproj

    return pyproj.Geod(ellps="WGS84").inv(*ends)[2] / 1000


def eight_moves_km(sea: Any, ends: list[Any]) -> Any:
    """What eight moves would give on open water: the octile distance of the cells."""
    rows, columns = zip(*(np.divmod(end.cell, sea.water.shape[1]) for end in ends), strict=True)
    a, b = np.sort(np.abs([rows[0] - rows[1], columns[0] - columns[1]]), axis=0)
    return (b + (np.sqrt(2) - 1) * a) * sea.cell_m / 1000


def ferries(sea: Any) -> None:
    from networks.sea import sea_ways

    table = legs()
    ends = [
        sea.berths(table[f"{end}_lon"].to_numpy(), table[f"{end}_lat"].to_numpy()) for end in ("from", "to")
    ]
    table["sea km"] = np.diag(sea_ways(sea, *ends, limit_km=130).km)
    table["straight km"] = geodesic_km(
        *(table[f"{end}_{x}"].to_numpy() for end in ("from", "to") for x in ("lon", "lat"))
    )
    table["ratio"] = table["sea km"] / table["length_km"]
    table["off km"] = np.maximum(ends[0].off_km, ends[1].off_km)
    ratio = table["ratio"].dropna()
    print(
        f"{len(table)} legs, {table['sea km'].isna().sum()} without a way; sea / measured: median {ratio.median():.3f},"
    )
    print(
        f"  10 % {ratio.quantile(0.1):.3f}, 90 % {ratio.quantile(0.9):.3f}, within 10 %: {(abs(ratio - 1) <= 0.1).sum()}"
    )
    print(f"  sum of all {table['sea km'].sum():.0f} of {table['length_km'].sum():.0f} km measured")
    shorter = (table["sea km"] < table["straight km"] - 0.3).sum()
    print(f"  {shorter} more than 300 m shorter than the straight line")
    worst = table.assign(far=np.abs(np.log(table["ratio"]))).sort_values("far", ascending=False).head(14)
    columns = ["from_quay", "to_quay", "length_km", "straight km", "sea km", "ratio", "off km"]
    print(worst[columns].round(2).to_string(index=False))


PEERS = ("ours", "scipy", "skimage")


def peer(name: str, window: Path) -> None:
    """One search with one library, in a process of its own: prints its figures as JSON."""
    from networks.sea import SeaGrid
    from networks.sea.ways import _search

    with np.load(window) as file:
        water, start, cell_m = file["water"], tuple(file["start"].tolist()), float(file["cell_m"])
    sea = SeaGrid(water, np.zeros(water.shape, dtype=bool), 0.0, 0.0, cell_m, EPSG, 5.0, True, "")
    cell = start[0] * water.shape[1] + start[1]
    prepare, search = {
        "ours": (sea.passages, lambda _: _search(sea, cell, np.inf, 1.0).cost),
        "scipy": (lambda: by_scipy_graph(water), lambda made: by_scipy(made, start)),
        "skimage": (lambda: by_skimage_graph(water), lambda made: by_skimage(made, start)),
    }[name]
    if name == "ours":  # compiled code is loaded on a pond
        pond = SeaGrid(np.ones((9, 9), bool), np.zeros((9, 9), bool), 0.0, 0.0, 1.0, EPSG, 5.0, True, "")
        _search(pond, 40, np.inf, 1.0)
    else:
        search(prepare())
    times: list[float] = []
    built = timed(prepare, times)
    for _ in range(3):
        found = timed(lambda: search(built), times)
    figures = {"build CPU s": times[0], "search CPU s": float(np.median(times[1:])), "peak MB": peak_mb()}
    print(json.dumps({"name": name, **figures, "reached": int(np.isfinite(found).sum())}))


def peak_mb() -> float:
    """The most memory of this process since it began, without its parent's (Linux only)."""
    status = Path("/proc/self/status")
    if not status.exists():
        return NAN
    line = next(line for line in status.read_text(encoding="ascii").splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def timed(function: Callable[[], Any], times: list[float]) -> Any:
    began = time.process_time()
    value = function()
    times.append(time.process_time() - began)
    return value


def by_scipy_graph(water: Any) -> Any:
    from scipy import sparse

    from networks.sea.moves import MOVES

    number = np.full(water.shape, -1, dtype=np.int32)
    number[water] = np.arange(water.sum())
    padded = np.pad(number, 2, constant_values=-1)
    inner = (slice(2, -2), slice(2, -2))
    tails, heads, km = [], [], []
    for k, ((r, c), (a, b), (d, e)) in enumerate(MOVES.tolist()):
        at, one, two = (np.roll(padded, (-x, -y), (0, 1))[inner] for x, y in ((r, c), (a, b), (d, e)))
        passes = (one >= 0) | (two >= 0) if k % 4 == 2 else (one >= 0) & (two >= 0)
        ok = (number >= 0) & (at >= 0) & passes
        tails.append(number[ok])
        heads.append(at[ok])
        km.append(np.full(int(ok.sum()), np.hypot(r, c)))
    entries = (np.concatenate(km), (np.concatenate(tails), np.concatenate(heads)))
    return sparse.csr_matrix(entries, shape=(int(water.sum()),) * 2), number


def by_scipy(made: Any, start: tuple[int, int]) -> Any:
    from scipy.sparse import csgraph

    graph, number = made
    return csgraph.dijkstra(graph, directed=True, indices=int(number[start]))


def by_skimage_graph(water: Any) -> Any:
    from skimage.graph import MCP_Geometric

    return MCP_Geometric(np.where(water, 1.0, np.inf))


def by_skimage(made: Any, start: tuple[int, int]) -> Any:
    return made.find_costs([start])[0]


def peers(sea: Any, limit_km: float) -> None:
    cell = int(sea.berths(np.asarray([18.97]), np.asarray([69.655])).cell[0])
    row, column = divmod(cell, sea.water.shape[1])
    reach = int(1000 * limit_km / sea.cell_m)
    top, left = max(0, row - reach), max(0, column - reach)
    window = Path(tempfile.mkdtemp()) / "window.npz"
    water = sea.water[top : row + reach + 1, left : column + reach + 1]
    np.savez(window, water=water, start=[row - top, column - left], cell_m=sea.cell_m)
    rows = []
    for name in PEERS:
        command = [sys.executable, __file__, "--peer", name, "--window", str(window)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            print(f"- {name}: left out, {done.stderr.strip().splitlines()[-1]}")
        else:
            rows.append(json.loads(done.stdout.splitlines()[-1]))
    table = pd.DataFrame(rows).set_index("name")
    table["CPU / ours"] = table["search CPU s"] / table.loc["ours", "search CPU s"]
    table["peak MB / ours"] = table["peak MB"] / table.loc["ours", "peak MB"]
    print(
        f"all water within {limit_km:g} km of Tromsø, to all sides, {water.size:,} cells of {sea.cell_m:g} m:"
    )
    print(table.round(3).to_string())
    print("scipy: the same 16 moves; skimage: 8 moves (ways up to 8.2 % too long). Each in its own process,")
    print("median of 3 searches; 'peak MB' is the whole process with its libraries.")


def fleet_of_the_design(aeroplane_min: float = 20.0) -> dict[str, Any]:
    """Kind of base -> craft, by the figures of the design; the aeroplane needs longer by night."""
    from networks.modes import Craft

    return {
        "ambulance_station": Craft("car", "road", NAN, 2),
        "ambulance_boat": Craft("boat", "sea", 46, 10, range_km=160, transfer_min=5),
        "ambulance_helicopter": Craft("air ambulance", "air", 220, 15, land_min=3, range_km=400),
        "rescue_helicopter": Craft("rescue helicopter", "air", 270, 15, land_min=4, range_km=800),
        "ambulance_aeroplane": Craft(
            "aeroplane",
            "air",
            480,
            aeroplane_min,
            land_min=8,
            range_km=1500,
            lands="airport",
            transfer_min=10,
        ),
    }


def chains(sea: Any) -> None:
    import geoaccess as ga
    from networks.modes import transport_minutes

    fleet = fleet_of_the_design()
    study = ga.load_study("nord-norge")
    places = study.facilities

    def of(kind: str) -> Any:
        return study.on_network(places[places["kind"] == kind])

    hospitals = places[places["kind"] == "akuttmottak"]
    tromso = int(np.flatnonzero(hospitals["name"].str.contains("Tromsø"))[0])
    found = transport_minutes(
        list(fleet.values()), [of(kind) for kind in fleet], study.demand_points, study.on_network(hospitals),
        network=study.network, sea=sea, airports=of("airport"), scene_min=20,
    )  # fmt: skip
    airports = places[places["kind"] == "airport"]["name"].tolist()
    singles = [name for name in found.ways if "+" not in name] + ["car + aeroplane"]
    for name, block in BLOCK_MIN.items():
        at = int(np.flatnonzero(study.demand["name"] == name)[0])
        each = ", ".join(f"{way} {found.by_way(way)[at, tromso]:.0f}" for way in singles)
        print(f"{name}: {found.minutes[at, tromso]:.0f} min by {found.ways[found.way[at, tromso]]} ({each})")
        plane = found.chains[found.ways.index("car + aeroplane")].parts(at, tromso)
        told = [
            f"{part.what} {part.minutes:.0f}"
            + (f" to {airports[part.place]}" if part.to == "airport" else "")
            for part in plane
        ]
        flight = next(part for part in plane if part.by == "aeroplane" and part.what == "carry")
        print(
            f"   car + aeroplane: {'; '.join(told)}; in the air {flight.km:.0f} km in {flight.minutes:.0f} min; scheduled flight: {block}"
        )


def hospital_transfers(sea: Any) -> None:
    """Municipalities to UNN Tromsø and to the nearest hospital, by day and by night, with and without flying."""
    import geoaccess as ga
    from networks.modes import transfers

    study = ga.load_study("nord-norge")
    places, demand = study.facilities, study.demand
    hospitals = places[places["kind"].isin(["akuttmottak", "ct_stroke"])].reset_index(drop=True)
    tromso = np.flatnonzero((hospitals["kind"] == "akuttmottak") & hospitals["name"].str.contains("Tromsø"))
    groups = {"UNN Tromsø": tromso} | {
        f"nearest {kind}": np.flatnonzero(hospitals["kind"] == kind) for kind in ("akuttmottak", "ct_stroke")
    }
    columns: dict[str, Any] = {}
    people = demand["people"].to_numpy(float)
    for time_of_day, aeroplane_min in (("day", 20.0), ("night", 60.0)):
        fleet = fleet_of_the_design(aeroplane_min)
        found = transfers(
            list(fleet.values()),
            [study.on_network(places[places["kind"] == kind]) for kind in fleet],
            study.demand_points,
            study.on_network(hospitals),
            network=study.network,
            sea=sea,
            airports=study.on_network(places[places["kind"] == "airport"]),
            scene_min=20,
        )
        for name, among in groups.items():
            least, ground, _ = found.nearest(among)
            columns[f"{name}, {time_of_day}"] = least
            columns[f"{name}, no flying"] = ground
            for limit in (90, 120, 180):
                hangs = people[found.hangs_on_flying(limit, among)].sum() / people.sum()
                within = people[least <= limit].sum() / people.sum()
                print(
                    f"{name}, {time_of_day}: {within:6.1%} within {limit} min, {hangs:6.1%} of all by flying only"
                )
    table = pd.DataFrame({name: np.where(np.isnan(value), 1e9, value) for name, value in columns.items()})
    codes = demand["municipality_code"].to_numpy()
    mean = table.mul(people, axis=0).groupby(codes).sum().div(pd.Series(people).groupby(codes).sum(), axis=0)
    names = study.municipalities.set_index("municipality_code")["name"]
    mean.index = pd.Index([names.get(code, code) for code in mean.index], name="mean minutes of people")
    print(mean.where(mean < 1e6).round(0).to_string())


#: Scheduled minutes in the air to Tromsø, with where they are from.
BLOCK_MIN = {
    "Kirkenes": "no source found",
    "Alta": "no source found",
    "Hammerfest": "35 min (Widerøe Dash 8-100, a traveller's report of April 2017, sytten.de)",
    "Brønnøysund": "no source found",
    "Røst": "no source found",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="sounds,straight,ferries,peers,chains,transfers")
    parser.add_argument("--peer", choices=PEERS)
    parser.add_argument("--window", type=Path)
    parser.add_argument("--limit-km", type=float, default=150.0)
    options = parser.parse_args()
    if options.peer:
        peer(options.peer, options.window)
        return
    chosen = options.only.split(",")
    began = time.process_time()
    sea = make_sea()
    print(
        f"the sea: {sea.water.shape[0]} x {sea.water.shape[1]} cells of {sea.cell_m:g} m, {sea.water.sum():,} of water, {time.process_time() - began:.1f} CPU s"
    )
    for name, run in (
        ("sounds", sounds),
        ("straight", lambda: straight(sea)),
        ("ferries", lambda: ferries(sea)),
        ("peers", lambda: peers(sea, options.limit_km)),
        ("chains", lambda: chains(sea)),
        ("transfers", lambda: hospital_transfers(sea)),
    ):
        if name in chosen:
            print(f"\n== {name}")
            run()


if __name__ == "__main__":
    main()
