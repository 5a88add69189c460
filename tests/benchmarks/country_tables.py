"""Tables that the embedded study of Malta leaves out, of so many copies of it; every figure is made for the benchmark.

``country_cells.toml`` holds the sections that name them, modelled on data/nord-norge: as many calls for each crew as
there, a second crew by day at one station in three, beds at every hospital.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from shapely.geometry import shape

Row = dict[str, Any]

#: What every table says of its figures.
TOLD = {"source": "made for the benchmark", "confidence": "assumption"}
#: Calls of 1,000 people in a year: some 600 for each crew, as in the embedded study of Northern Norway.
PER_1000_YEAR = 12.0
#: People of 80 and over among all.
OLD = 0.04
#: Number of the first municipality, and how far those of a copy lie above those before.
FIRST_CODE, CODE_STEP = 1000, 100
#: Degrees within which two areas have a border together.
BORDER_DEG = 0.0005


def code_of(code: object, copy: int) -> str:
    """Number of a municipality in another copy than the first."""
    return str(int(str(code)) + CODE_STEP * copy)


def municipalities(rows: list[Row], lived: list[Row], stations: list[Row]) -> list[Row]:
    """Municipalities of one copy with what questions ask of them: class, area of a hospital."""
    towns = {row["municipality_code"]: (float(row["lon"]), float(row["lat"])) for row in reversed(lived)}
    bases = np.array([[float(row["lon"]), float(row["lat"])] for row in stations])
    found = []
    for row in rows:
        away = np.hypot(*(bases - towns[row["municipality_code"]]).T)
        nearest = stations[int(np.argmin(away))]["facility_id"]
        urban = "yes" if row["island"] == "Malta" else "no"
        found.append({**row, "local_hospital": nearest, "tettbygd": urban})
    return found


def stations(rows: list[Row]) -> list[Row]:
    """Stations of one copy with their cars, and a helicopter at the first of them."""
    cars = [{**row, "units": 2 if place % 3 == 0 else 1} for place, row in enumerate(rows)]
    air = {
        **cars[0],
        "facility_id": "air",
        "name": f"{rows[0]['name']} (helicopter)",
        "kind": "ambulance_helicopter",
        "units": 1,
    }
    return [*cars, air]


def tables(study: Path) -> None:
    """Write every table that only the benchmark's sections name, of a study whose own tables are copied already."""
    bases, places, people = (read(study / f"{name}.csv") for name in ("stations", "facilities", "demand"))
    write(study / "duties.csv", list(_duties(bases)))
    write(study / "call_rates.csv", [{"by": "all", "group": "all", "per_1000_year": PER_1000_YEAR, **TOLD}])
    write(study / "call_hours.csv", list(_hours()))
    write(study / "call_destinations.csv", list(_destinations()))
    hospitals = (row["facility_id"] for row in places if row["kind"] == "hospital")
    write(
        study / "beds.csv",
        [{"facility_id": one, "beds": 4, "hours_a_week": 168, **TOLD} for one in hospitals],
    )
    write(study / "neighbours.csv", list(_neighbours(study / "boundaries.geojson")))
    write(study / "projection.csv", list(_projection(people)))


def _duties(bases: list[Row]) -> Iterator[Row]:
    week = {"from": "00:00", "to": "24:00", "weekdays": "1-7", "duty": "station", **TOLD}
    for row in bases:
        yield {"base_id": row["facility_id"], "unit": 1, **week}
        if int(row["units"]) > 1:
            yield {"base_id": row["facility_id"], "unit": 2, **week, "from": "08:00", "to": "20:00"}


def _hours() -> Iterator[Row]:
    for hour in range(24):
        weight = 50 if 8 <= hour < 20 else 28
        yield {"class": "*", "weekday": "*", "hour": hour, "weight": weight, **TOLD}


def _destinations() -> Iterator[Row]:
    for urgency, start, end, share in (
        ("acute", "patient", "clinic", 0.22),
        ("acute", "patient", "emergency_department", 0.58),
        ("urgent", "patient", "clinic", 0.24),
        ("urgent", "patient", "emergency_department", 0.61),
        ("ordinary", "patient", "emergency_department", 0.5),
        ("ordinary", "emergency_department", "patient", 0.5),
    ):
        limits = {"beyond_min": "", "within_min": ""}
        yield {"class": urgency, "from": start, "to": end, **limits, "share": share, **TOLD}


def _neighbours(boundaries: Path) -> Iterator[Row]:
    """Pairs of municipalities whose areas touch; those of two copies are a sea apart."""
    areas: dict[int, list[tuple[str, Any]]] = {}
    for one in json.loads(boundaries.read_text(encoding="utf-8"))["features"]:
        code = one["properties"]["municipality_code"]
        areas.setdefault(int(code) // CODE_STEP, []).append((code, shape(one["geometry"])))
    for of_copy in areas.values():
        for (one, area), (other, beside) in combinations(of_copy, 2):
            if area.distance(beside) < BORDER_DEG:
                yield {"municipality_a": one, "municipality_b": other, "border": "land", "gap_km": 0, **TOLD}


def _projection(people: list[Row]) -> Iterator[Row]:
    """People of 2026 and of later years, half a per cent more in each, the old three."""
    counts: dict[str, np.ndarray] = {}
    for row in people:
        old = float(row["people_80plus"])
        counts.setdefault(row["municipality_code"], np.zeros(2))[:] += float(row["people"]) - old, old
    for code, (young, old) in counts.items():
        for ages, now, growth in (("0-79", young, 1.005), ("80+", old, 1.03)):
            of_years = {str(2026 + year): round(now * growth**year) for year in range(11)}
            yield {"kommunenummer": code, "alternativ": "main", "alder": ages, **of_years}


def read(path: Path) -> list[Row]:
    """The rows of a table."""
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def write(path: Path, rows: list[Row]) -> None:
    """A table of rows, all with the columns of the first."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        table = csv.DictWriter(stream, list(rows[0]))
        table.writeheader()
        table.writerows(rows)
