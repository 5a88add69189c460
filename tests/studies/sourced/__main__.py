"""Lay the sourced tables into the embedded study: ``python -m tests.studies.sourced [FOLDER [SHARED]]``."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pandas as pd

from . import areas, future, links, people, places, roadmap, sea, services
from .book import Book, km

ROOT = Path(__file__).resolve().parents[3]
GRID = (
    "SSB 250 m population grid 2022, rescaled per municipality to SSB table 07459 (2026); cells given to the "
    "nearest place of their municipality, water counted six times"
)


def settlements(book: Book, shared: Path) -> None:
    """The demand points anew: who lives nearest to which place."""
    ground = people.Ground.read(shared)
    every, rows = places.demand_places(book), []
    for code, town in book["municipalities"].iterrows():
        mine = every[every["municipality_code"] == code].reset_index(drop=True)
        total, old = int(town["population_2026"]), int(town["population_80plus_2026"])
        for row in people.settle(ground, mine, total, old, str(code)).itertuples():
            place = mine.iloc[int(row.place)]
            lon, lat = links.TO_METRES.transform(row.x, row.y, direction="INVERSE")
            node = book.node(place["node_id"])
            # People do not live where roads meet and ferries land: there the fullest cell is the place.
            stands = pd.Series({"lat": lat, "lon": lon})
            moved = node["kind"] in ("airport", "quay", "junction") or place["node_id"] in places.ON_LINE
            at_node = not moved or km(node, stands) < 0.5
            rows.append(
                {
                    "settlement_id": place["settlement_id"], "name": place["name"], "node_id": place["node_id"],
                    "municipality_code": code,
                    "lat": f"{place['lat'] if at_node else lat:.5f}", "lon": f"{place['lon'] if at_node else lon:.5f}",
                    "population_2026": str(row.population), "population_80plus_2026": str(row.population_80plus),
                    "inhabited_cells": str(row.cells), "mean_access_km": f"{row.mean_km:.2f}",
                    "p90_access_km": f"{row.p90_km:.2f}", "persons_across_water": str(row.across),
                    "source": GRID, "confidence": "computed", "licence": "CC BY 4.0",
                }
            )  # fmt: skip
    table = pd.DataFrame(rows).set_index("settlement_id")
    for settlement in table.index:
        book.reasons["settlements", settlement] = (
            "people given to their nearest place again, after places had moved", GRID, "computed",
        )  # fmt: skip
    for settlement in book["settlements"].index.difference(table.index):
        book.reasons["settlements", settlement] = (
            "an airport, a junction or a road number is no place where people live", GRID, "computed",
        )  # fmt: skip
    book.tables["settlements"] = table


def main(folder: Path, shared: Path, *, people_too: bool = True) -> int:
    """Change the tables of the folder; the number of changed cells is returned."""
    book, sourced = Book(folder), shared / "sourced"
    e_roads = links.ERoads(sourced)
    places.move_nodes(book, sourced, e_roads)
    roadmap.roads(book)
    before = places.straight_before(book, sourced)
    links.lengths(book, sourced, before, e_roads)
    roadmap.roads(book)
    roadmap.numbers(book)
    sea.ferries(book, sourced)
    services.facilities(book, shared / "boundaries")
    services.municipalities(book, shared)
    if people_too:
        settlements(book, shared)
    for link, row in book["roads"].iterrows():
        if not row.get("licence"):
            book["roads"].loc[link, "licence"] = "CC BY 4.0"
    names = dict(book["municipalities"]["name"])
    (folder / "areas.geojson").write_text(
        areas.areas(shared / "boundaries", names, book["nodes"]), encoding="utf-8"
    )
    services.coverage(book).to_csv(folder / "coverage.csv", index=False, lineterminator="\n")
    future.projection(sourced).to_csv(folder / "projection.csv", index=False, lineterminator="\n")
    sea.sea_legs(sourced).to_csv(folder / "sea_legs.csv", index=False, lineterminator="\n")
    return book.write()


if __name__ == "__main__":
    FOLDER = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "data" / "nord-norge"
    SHARED = Path(os.environ.get("GEOACCESS_SHARED", ROOT.parent / "shared")) / "data"
    print(f"{main(FOLDER, SHARED)} cells changed in {FOLDER}")
