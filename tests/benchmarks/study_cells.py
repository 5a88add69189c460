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
#: Candidates of every placement: as many as the settlements of a country, and more than a planner would name.
CANDIDATES = 4_575


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
                        *(part_of(int(row[weight]), int(count), cell) for weight in names[5:]),
                    ]
                )
    _candidates(study, random)
    text = (study / "study.toml").read_text(encoding="utf-8")
    begin = text.index("[demand]")
    end = text.index("[demand.projection]")
    demand = re.sub(r"^(node|access_km|across_water) = .*\n", "", text[begin:end], flags=re.MULTILINE)
    # A cell has some 16 people: no threshold picks places among them, so that the candidates are a table.
    placed = text[end:].replace(
        'candidates = "demand"', 'candidates = "table"\ncandidates_table = "candidates.csv"'
    )
    (study / "study.toml").write_text(text[:begin] + demand + placed, encoding="utf-8")


def _candidates(study: Path, random: np.random.Generator) -> None:
    """Cells drawn as candidates of every placement."""
    with (study / "settlements.csv").open(encoding="utf-8", newline="") as stream:
        cells = list(csv.DictReader(stream))
    chosen = np.sort(random.choice(len(cells), min(CANDIDATES, len(cells)), replace=False))
    with (study / "candidates.csv").open("w", encoding="utf-8", newline="") as stream:
        rows = csv.writer(stream)
        rows.writerow(["site_id", "name", "municipality_code", "lat", "lon"])
        for cell in (cells[row] for row in chosen):
            rows.writerow(
                [
                    f"new:{cell['settlement_id']}",
                    cell["name"],
                    cell["municipality_code"],
                    cell["lat"],
                    cell["lon"],
                ]
            )


def part_of(whole: int, parts: int, number: int) -> int:
    """What one of so many parts has of a whole number."""
    return whole // parts + (number < whole % parts)


#: What is asked, by name; STUDY, RUN and HOSPITAL stand for the study, the run that is written and the kind asked for.
ASKED = {
    "study check": "study check STUDY",
    "access": "access STUDY --to HOSPITAL -o RUN",
    "access, three scenarios": "access STUDY --to HOSPITAL --scenario base --scenario winter-day "
    "--scenario winter-night -o RUN",
    "access, around the clock": "access STUDY --to HOSPITAL --around-the-clock -o RUN",
    "place": "place STUDY ambulance -o RUN",
    "frontier": "frontier STUDY ambulance --sites 1..3 -o RUN",
    "plan": "plan STUDY ambulance --years 2026,2036 --sites 2 -o RUN",
    "losses": "losses STUDY --to HOSPITAL -o RUN",
    "clocks": "clocks STUDY -o RUN",
    "reliability": "reliability STUDY --to HOSPITAL -o RUN",
    "sensitivity": "sensitivity STUDY --to HOSPITAL -o RUN",
    "supply": "supply STUDY --to ambulance_station --capacity units --unknown 1 -o RUN",
    "burden": "burden STUDY -o RUN",
    "beds": "beds STUDY -o RUN",
    "teams": "teams STUDY -o RUN",
    "levels": "levels STUDY -o RUN",
    "workload": "workload STUDY -o RUN",
    "simulate": "simulate STUDY --years 2 -o RUN",
}
#: What leaves no run.
ASKED_ALONE = {
    "sweep": "sweep STUDY --to HOSPITAL --nearest 1 -o FOLDER/sweep",
    "map --isochrones": "map STUDY --isochrones HOSPITAL -o FOLDER/isochrones.html",
    "map --what-if": "map STUDY --what-if -o FOLDER/what-if.html",
}


def questions(study: Path, folder: Path, hospital: str) -> dict[str, list[str]]:
    """Every command by name: the questions, about one kind of hospital, and the map and the report of each."""
    found: dict[str, list[str]] = {}
    for name, words in {**ASKED, **ASKED_ALONE}.items():
        run = folder / "".join(letter if letter.isalnum() else "-" for letter in name)
        told = {"STUDY": str(study), "RUN": str(run), "HOSPITAL": hospital}
        found[name] = [told.get(word, word.replace("FOLDER", str(folder))) for word in words.split(" ")]
        if name in ASKED and name != "study check":
            found[f"map of {name}"] = ["map", str(run), "-o", f"{run}.html"]
            found[f"report of {name}"] = ["report", str(run), "-o", f"{run}-report.html"]
    return found


def main() -> None:
    """Print one line for each question."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cells", type=int, default=30_000)
    parser.add_argument("--only", action="append", help="a question by its name; may be said again")
    parser.add_argument("--geoaccess", type=Path, default=OWN, help="the program to measure")
    parser.add_argument(
        "--study", type=Path, help="a scattered study that is there already, or is to be kept there"
    )
    parser.add_argument("--runs", type=Path, help="folder where runs are kept from one start to the next")
    options = parser.parse_args()
    program = str(options.geoaccess)
    with tempfile.TemporaryDirectory() as name:
        folder = options.runs or Path(name)
        folder.mkdir(parents=True, exist_ok=True)
        study = options.study or folder / "cells"
        if not study.exists():
            show("study copy", measured([program, "study", "copy", "nord-norge", str(study)]))
            scattered(study, options.cells)
        asked = questions(study, folder, "akuttmottak")
        for question in options.only or asked:
            show(question, measured([program, *asked[question]]))


if __name__ == "__main__":
    main()
