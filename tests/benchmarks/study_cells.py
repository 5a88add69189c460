"""Every question of a study of 30,000 cells: CPU seconds and memory of whole commands, each in a process of its own.

Run from the checkout::

    python tests/benchmarks/study_cells.py [--cells 30000] [--only access --only place] [--geoaccess OTHER/.venv/bin/geoaccess]

The embedded study of Northern Norway with its settlements scattered into cells: as many cells for a settlement as
its people's share, drawn around it (seeded, normal, by its own mean way to the node), its people divided among them.
The cells are invented and their times therefore too; what is measured is the work. CPU seconds are user and system
time of a command with its children.
"""

from __future__ import annotations

import argparse
import csv
import re
import tempfile
from pathlib import Path

import numpy as np
from country import OWN, measured, show

KM_A_DEGREE = 111.2


def scattered(study: Path, cells: int, seed: int = 0) -> None:
    """The settlements of a copied study as cells by coordinates."""
    table = study / "settlements.csv"
    with table.open(encoding="utf-8", newline="") as stream:
        settlements = list(csv.DictReader(stream))
    persons = np.array([float(row["population_2026"]) for row in settlements])
    counts = np.maximum(1, np.round(cells * persons / persons.sum())).astype(np.int64)
    random = np.random.default_rng(seed)
    names = [
        "settlement_id",
        "name",
        "municipality_code",
        "lat",
        "lon",
        "population_2026",
        "population_80plus_2026",
    ]
    with table.open("w", encoding="utf-8", newline="") as stream:
        rows = csv.writer(stream)
        rows.writerow(names)
        for row, count in zip(settlements, counts, strict=True):
            spread = max(0.2, float(row["mean_access_km"])) / 1.25 / KM_A_DEGREE
            lat = float(row["lat"]) + random.normal(0, spread, count)
            lon = float(row["lon"]) + random.normal(0, spread, count) / np.cos(np.radians(float(row["lat"])))
            for cell in range(count):
                rows.writerow(
                    [
                        f"{row['settlement_id']}-{cell}",
                        f"{row['name']} {cell}",
                        row["municipality_code"],
                        f"{lat[cell]:.6f}",
                        f"{lon[cell]:.6f}",
                        *(_part(int(row[weight]), int(count), cell) for weight in names[5:]),
                    ]
                )
    text = (study / "study.toml").read_text(encoding="utf-8")
    begin = text.index("[demand]")
    end = text.index("[demand.projection]")
    demand = re.sub(r"^(node|access_km|across_water) = .*\n", "", text[begin:end], flags=re.MULTILINE)
    (study / "study.toml").write_text(text[:begin] + demand + text[end:], encoding="utf-8")


def _part(whole: int, parts: int, number: int) -> int:
    return whole // parts + (number < whole % parts)


def questions(study: str, folder: Path) -> dict[str, list[str]]:
    """What is asked of the study, by name."""
    kept = str(folder / "access")
    return {
        "study check": ["study", "check", study],
        "access": ["access", study, "--to", "akuttmottak", "-o", kept],
        "access, three scenarios": ["access", study, "--to", "akuttmottak", "--scenario", "base", "--scenario",
                                    "winter-day", "--scenario", "winter-night"],
        "access, around the clock": ["access", study, "--to", "akuttmottak", "--around-the-clock"],
        "map of access": ["map", kept, "-o", str(folder / "access.html")],
        "report of access": ["report", kept, "-o", str(folder / "report.html")],
        "place": ["place", study, "ambulance"],
        "frontier": ["frontier", study, "ambulance", "--sites", "1..3"],
        "plan": ["plan", study, "ambulance", "--years", "2026,2036"],
        "losses": ["losses", study, "--to", "akuttmottak"],
        "clocks": ["clocks", study],
        "reliability": ["reliability", study, "--to", "akuttmottak"],
        "sensitivity": ["sensitivity", study, "--to", "akuttmottak"],
        "supply": ["supply", study],
        "burden": ["burden", study],
        "beds": ["beds", study],
        "teams": ["teams", study],
        "workload": ["workload", study],
        "simulate": ["simulate", study, "--years", "1"],
        "sweep": ["sweep", study, "-o", str(folder / "sweep.parquet")],
        "isochrones": ["isochrones", study, "--from", "akuttmottak", "--minutes", "30,60", "-o",
                       str(folder / "isochrones.gpkg")],
    }  # fmt: skip


def main() -> None:
    """Print one line for each question."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cells", type=int, default=30_000)
    parser.add_argument("--only", action="append", help="a question by its name; may be said again")
    parser.add_argument("--geoaccess", type=Path, default=OWN, help="the program to measure")
    parser.add_argument(
        "--study", type=Path, help="a scattered study that is there already, or is to be kept there"
    )
    options = parser.parse_args()
    program = str(options.geoaccess)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        study = options.study or folder / "cells"
        if not study.exists():
            show("study copy", measured([program, "study", "copy", "nord-norge", str(study)]))
            scattered(study, options.cells)
        asked = questions(str(study), folder)
        for question in options.only or asked:
            show(question, measured([program, *asked[question]]))


if __name__ == "__main__":
    main()
