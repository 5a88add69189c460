"""Every question of a study of many cells on a country's network: CPU seconds and memory of whole commands.

Run from the checkout, with a network that ``country.py`` or ``geoaccess network build`` made of so many copies::

    python tests/benchmarks/country_cells.py --network country.net --copies 26 [--cells 30000] [--only access]

The embedded study of Malta side by side: councils, people, hospitals and stations of each copy, its people scattered
into cells around the councils (seeded), a table of candidates among them, hazards of ten ferries. The cells are
invented and their times therefore too; what is measured is the work.
"""

from __future__ import annotations

import argparse
import csv
import json
import tempfile
from pathlib import Path

import numpy as np
from country import OWN, measured, show
from osm_copies import place_of
from study_cells import CANDIDATES

#: How far cells lie from the middle of their council: standard deviation, degrees.
SPREAD_DEG = 0.006
#: What is asked, by name; what is left out asks for tables that this study has not (calls, beds, teams, journeys).
ASKED = {
    "study check": "study check STUDY",
    "access": "access STUDY --to emergency_department -o RUN",
    "access, three scenarios": "access STUDY --to emergency_department --scenario base --scenario slow "
    "--scenario f28-closed -o RUN",
    "place": "place STUDY ambulance -o RUN",
    "losses": "losses STUDY --of facilities --to emergency_department -o RUN",
    "sensitivity": "sensitivity STUDY --to emergency_department -o RUN",
    "reliability": "reliability STUDY --to emergency_department -o RUN",
    "sweep": "sweep STUDY --to emergency_department --nearest 1 -o RUN",
}


def copied(study: Path, copies: int, cells: int, network: Path, seed: int = 0) -> None:
    """A copied study of Malta made that of so many Maltas, its people scattered into cells."""
    random = np.random.default_rng(seed)
    for name, places in (("municipalities", False), ("facilities", True), ("stations", True)):
        rows = _read(study / f"{name}.csv")
        _write(
            study / f"{name}.csv", [_moved(row, copy, place=places) for copy in range(copies) for row in rows]
        )
    councils = _read(study / "demand.csv")
    persons = np.array([float(row["people"]) for row in councils])
    counts = np.maximum(1, np.round(cells / copies * persons / persons.sum())).astype(int)
    lived = []
    for copy in range(copies):
        for row, count in zip(councils, counts.tolist(), strict=True):
            at = random.normal((float(row["lon"]), float(row["lat"])), SPREAD_DEG, (count, 2))
            for cell, (lon, lat) in enumerate(at.tolist()):
                people = int(row["people"]) // count + (cell < int(row["people"]) % count)
                told = {"demand_id": f"{row['demand_id']}-{cell}", "name": f"{row['name']} {cell}"}
                place = {"lon": f"{lon:.6f}", "lat": f"{lat:.6f}", "people": people}
                lived.append(_moved({**row, **told, **place}, copy, place=True))
    _write(study / "demand.csv", lived)
    chosen = np.sort(random.choice(len(lived), min(CANDIDATES, len(lived)), replace=False))
    names = ("name", "municipality_code", "lat", "lon")
    _write(
        study / "candidates.csv",
        [
            {"site_id": f"new:{lived[row]['demand_id']}", **{name: lived[row][name] for name in names}}
            for row in chosen
        ],
    )
    areas = json.loads((study / "boundaries.geojson").read_text(encoding="utf-8"))
    areas["features"] = [
        _area(feature, copy)
        for copy in range(copies)
        for feature in json.loads(json.dumps(areas["features"]))
    ]
    (study / "boundaries.geojson").write_text(json.dumps(areas), encoding="utf-8")
    text = (study / "study.toml").read_text(encoding="utf-8")
    text = text[: text.index("[scenarios.no-ferry]")]
    text = text.replace('file = "malta.osm.pbf"', f'file = "{network.resolve()}"')
    text = text.replace('candidates = "demand"', 'candidates = "table"\ncandidates_table = "candidates.csv"')
    ferries = "".join(_hazard(copy) for copy in range(min(copies, 10)))
    (study / "study.toml").write_text(text + STATES + ferries, encoding="utf-8")


STATES = """
[scenarios.slow]
title = "Everybody drives a tenth slower"
speed_factors = { "*" = 0.9 }

[scenarios.f28-closed]
title = "Gozo's emergency department is closed"
facilities_closed = ["f28"]

[sensitivity."network.access.speed_kph"]
low = 20
base = 45
high = 60
source = "made for the benchmark"

[sensitivity."network.access.detour_factor"]
low = 1.1
base = 1.35
high = 1.6
source = "made for the benchmark"

[sensitivity."speed_factor.*"]
low = 0.9
base = 1
high = 1.1
source = "made for the benchmark"
"""


def _hazard(copy: int) -> str:
    """One emergency department in ten days of the year closed, a state for each."""
    closed = "f28" if copy == 0 else f"f28-{copy}"
    return f"""
[scenarios.hazard-{copy}]
title = "{closed} is closed"
facilities_closed = ["{closed}"]

[hazards.h{copy}]
title = "{closed} is closed"
scenario = "hazard-{copy}"
days = 10
source = "made for the benchmark"
"""


def _moved(row: dict[str, object], copy: int, *, place: bool) -> dict[str, object]:
    """A row of the first copy as that of another: names of its own, and at its place."""
    if copy == 0:
        return row
    found = dict(row)
    for name in ("demand_id", "facility_id", "municipality_code"):
        if name in found:
            found[name] = f"{found[name]}-{copy}"
    found["name"] = f"{found['name']} ({copy})"
    if place:
        for axis, step in zip(("lon", "lat"), place_of(copy), strict=True):
            found[axis] = f"{float(str(found[axis])) + step:.6f}"
    return found


def _area(feature: dict[str, object], copy: int) -> dict[str, object]:
    """A polygon of the first copy as that of another."""
    if copy == 0:
        return feature

    to_east, to_north = place_of(copy)

    def moved(part: list[object]) -> list[object]:
        if isinstance(part[0], list):
            return [moved(one) for one in part]  # type: ignore[arg-type]
        return [part[0] + to_east, part[1] + to_north, *part[2:]]  # type: ignore[operator]

    properties, geometry = dict(feature["properties"]), dict(feature["geometry"])  # type: ignore[call-overload]
    properties["municipality_code"] = f"{properties['municipality_code']}-{copy}"
    geometry["coordinates"] = moved(geometry["coordinates"])
    return {**feature, "properties": properties, "geometry": geometry}


def _read(path: Path) -> list[dict[str, object]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def _write(path: Path, rows: list[dict[str, object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        table = csv.DictWriter(stream, list(rows[0]))
        table.writeheader()
        table.writerows(rows)


def main() -> None:
    """Print one line for each question, and for the map and the report of each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--network", type=Path, required=True, help="a network file of the copies")
    parser.add_argument("--copies", type=int, required=True)
    parser.add_argument("--cells", type=int, default=30_000)
    parser.add_argument("--only", action="append", help="a question by its name; may be said again")
    parser.add_argument("--geoaccess", type=Path, default=OWN, help="the program to measure")
    parser.add_argument("--folder", type=Path, help="where the study and the runs are kept")
    options = parser.parse_args()
    program = str(options.geoaccess)
    with tempfile.TemporaryDirectory() as name:
        folder = options.folder or Path(name)
        study = folder / "cells"
        if not study.exists():
            show("study copy", measured([program, "study", "copy", "malta", str(study)]))
            copied(study, options.copies, options.cells, options.network)
        for question, words in ASKED.items():
            if options.only and question not in options.only:
                continue
            run = folder / "".join(letter if letter.isalnum() else "-" for letter in question)
            told = {"STUDY": str(study), "RUN": str(run)}
            show(question, measured([program, *(told.get(word, word) for word in words.split(" "))]))
            if question not in {"study check", "sweep"}:
                show(f"map of {question}", measured([program, "map", str(run), "-o", f"{run}.html"]))
                show(f"report of {question}", measured([program, "report", str(run), "-o", f"{run}-r.html"]))


if __name__ == "__main__":
    main()
