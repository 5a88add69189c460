"""Every question of a study of many cells on a country's network: CPU seconds and memory of whole commands.

Run from the checkout, with a network that ``country.py`` or ``geoaccess network build`` made of so many copies::

    python tests/benchmarks/country_cells.py --network country.net --copies 26 [--cells 30000] [--only access]

The embedded study of Malta side by side: councils, people, hospitals and stations of each copy, its people scattered
into cells around the councils (seeded), a table of candidates among them, hazards of ten emergency departments, and
what Malta's study leaves out (``country_cells.toml``, ``country_tables.py``), so that it is asked what
``study_cells.py`` asks. The cells are invented and their times therefore too; what is measured is the work.
"""

from __future__ import annotations

import argparse
import json
import re
import tempfile
from pathlib import Path

import numpy as np
from country import OWN, measured, show
from country_tables import FIRST_CODE, OLD, code_of, municipalities, read, stations, tables, write
from osm_copies import place_of
from study_cells import CANDIDATES, part_of, questions

#: How far cells lie from the middle of their council, degrees each way: less than a kilometre, so that a check of the
#: study finds them with their council.
SPREAD_DEG = 0.0055
#: The kind of facility that its questions are about.
HOSPITAL = "emergency_department"


def copied(study: Path, copies: int, cells: int, network: Path, seed: int = 0) -> None:
    """A copied study of Malta made that of so many Maltas, its people scattered into cells."""
    random = np.random.default_rng(seed)
    _numbered(study)
    councils, bases = read(study / "demand.csv"), read(study / "stations.csv")
    for row in councils:
        row["people_80plus"] = round(OLD * int(row["people"]))
    of_one = {
        "municipalities": municipalities(read(study / "municipalities.csv"), councils, bases),
        "facilities": read(study / "facilities.csv"),
        "stations": stations(bases),
    }
    for name, rows in of_one.items():
        every = [_moved(row, copy, place="lon" in row) for copy in range(copies) for row in rows]
        write(study / f"{name}.csv", every)
    persons = np.array([float(row["people"]) for row in councils])
    counts = np.maximum(1, np.round(cells / copies * persons / persons.sum())).astype(int)
    lived = []
    for copy in range(copies):
        for row, count in zip(councils, counts.tolist(), strict=True):
            middle = np.array([float(row["lon"]), float(row["lat"])])
            at = middle + random.uniform(-SPREAD_DEG, SPREAD_DEG, (count, 2))
            for cell, (lon, lat) in enumerate(at.tolist()):
                people = {name: part_of(int(row[name]), count, cell) for name in ("people", "people_80plus")}
                told = {"demand_id": f"{row['demand_id']}-{cell}", "name": f"{row['name']} {cell}"}
                place = {"lon": f"{lon:.6f}", "lat": f"{lat:.6f}", **people}
                lived.append(_moved({**row, **told, **place}, copy, place=True))
    write(study / "demand.csv", lived)
    chosen = np.sort(random.choice(len(lived), min(CANDIDATES, len(lived)), replace=False))
    names = ("name", "municipality_code", "lat", "lon")
    write(
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
    tables(study)
    (study / "study.toml").write_text(_told(study / "study.toml", network, copies), encoding="utf-8")


def _numbered(study: Path) -> None:
    """Municipalities by numbers of four digits, as the regions of a projection are named."""
    codes = [str(row["municipality_code"]) for row in read(study / "municipalities.csv")]
    number = {code: str(place) for place, code in enumerate(codes, FIRST_CODE)}
    for name in ("municipalities.csv", "demand.csv", "facilities.csv", "stations.csv", "boundaries.geojson"):
        text = (study / name).read_text(encoding="utf-8")
        written = re.sub(r"\b(?:" + "|".join(codes) + r")\b", lambda found: number[found[0]], text)
        (study / name).write_text(written, encoding="utf-8")


def _told(study: Path, network: Path, copies: int) -> str:
    """The study file of the copies: Malta's without its scenarios, and what the benchmark adds."""
    text = study.read_text(encoding="utf-8")
    text = text[: text.index("[scenarios.no-ferry]")]
    for old, new in (
        ("year = 2018", "year = 2026"),
        ('file = "malta.osm.pbf"', f'file = "{network.resolve()}"'),
        (
            '{ people = "people" }',
            '{ people = "people", people_80plus = "people_80plus" }\ndefault_weight = "people"',
        ),
        ('groups = ["island"]', 'groups = ["island", "local_hospital"]\nurban = "tettbygd"'),
        ('candidates = "demand"', 'candidates = "table"\ncandidates_table = "candidates.csv"'),
    ):
        if old not in text:
            raise ValueError(f"the study of Malta does not say {old}")
        text = text.replace(old, new)
    more = Path(__file__).with_suffix(".toml").read_text(encoding="utf-8")
    return text + more + "".join(_hazard(copy) for copy in range(min(copies, 10)))


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
    for name in ("demand_id", "facility_id", "local_hospital"):
        if name in found:
            found[name] = f"{found[name]}-{copy}"
    found["municipality_code"] = code_of(found["municipality_code"], copy)
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
    properties["municipality_code"] = code_of(properties["municipality_code"], copy)
    geometry["coordinates"] = moved(geometry["coordinates"])
    return {**feature, "properties": properties, "geometry": geometry}


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
        asked = questions(study, folder, HOSPITAL)
        for question in options.only or asked:
            show(question, measured([program, *asked[question]]))


if __name__ == "__main__":
    main()
