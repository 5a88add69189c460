"""Lengths of roads and ferries from ``link_candidates.csv``, and what a moved node makes of the others.

How a length is chosen, best first:

1. *single link*: the sourced length as it is.
2. *chain sum*: the sourced sum less the single lengths inside the chain, given to the other links in proportion
   to the chainage of their ends along the line (quality O) or to the lengths of before (else). The sum holds.
3. *bound*: the length of before, moved into the bounds; a chain "at least" is stretched to its bound.
4. none: the length of before; where an end has moved, times the new straight line over the old one.
"""

from __future__ import annotations

import math
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import shapely
from pyproj import Transformer

from .book import Book, text

#: Straight lines that change by more than this change a recalled length.
MOVED_KM = 0.25
TO_METRES = Transformer.from_crs(4326, 25833, always_xy=True)
QUALITIES = {
    "A": "both ends are named objects, quays or section ends",
    "B": "one end read from a 50-zone, a named bridge or a counting point",
    "O": "share of an exact length of an E road",
    "T": "TEN-T, whole km",
}
#: What moving Seljelvnes 10.05 km along E8 makes of the two figures that end there.
MOVED_ALONG = {"nordkjosbotn--seljelvnes": "8.3"}
MOVED_CHAINS = {"fagernes-fv91--ramfjordnes laksvatn--fagernes-fv91 seljelvnes--laksvatn": 48.4}
#: Where metre marks tell how a chain divides: Botneelva at the head of the Sjona fjord is m32899 of Fv17 S44.
MARKED = {"nesna--sjona-junction": 32.9, "sjona-junction--stokkvagen": 33.83}
#: Chains whose measured end is not where the node is: the counting point Skagen lies nearer than the airport.
NOT_USED = {"stokmarknes-lufthavn--vik-sortland vik-sortland--sortland"}


class ERoads:
    """Chainage along the E-road lines."""

    def __init__(self, sourced: Path) -> None:
        table = pd.read_csv(sourced / "e_road_lines.csv").set_index("line_id")
        self.lines = {
            name: shapely.transform(
                shapely.from_wkt(row.geometry_wkt),
                lambda xy: np.column_stack(TO_METRES.transform(xy[:, 0], xy[:, 1])),
            )
            for name, row in table.iterrows()
        }
        self.length_km = table["length_km"]

    def place(self, line: str, row: pd.Series) -> tuple[float, float, float]:
        """(km from the line's start, km off the line, index) of the point nearest to a place."""
        point = shapely.Point(TO_METRES.transform(float(row["lon"]), float(row["lat"])))
        along = self.lines[line].project(point)
        return along / self.lines[line].length * float(self.length_km[line]), point.distance(
            self.lines[line]
        ) / 1000

    def at(self, line: str, along_km: float) -> tuple[float, float]:
        """(lat, lon) at a km of the line."""
        point = self.lines[line].interpolate(along_km / float(self.length_km[line]), normalized=True)
        lon, lat = TO_METRES.transform(point.x, point.y, direction="INVERSE")
        return lat, lon

    def between(self, start: pd.Series, end: pd.Series) -> float | None:
        """Km along the one line that passes both places, if there is one."""
        found = []
        for line in self.lines:
            (a, off_a), (b, off_b) = self.place(line, start), self.place(line, end)
            if max(off_a, off_b) < 5.0:
                found.append((off_a + off_b, abs(a - b)))
        return min(found)[1] if found else None


def lengths(book: Book, sourced: Path, straight_before: dict[str, float], roads: ERoads) -> None:
    """Write the lengths of all roads that stand in the candidates."""
    table = pd.read_csv(sourced / "link_candidates.csv", dtype=str, keep_default_na=False)
    table = table[(table["table"] == "roads") & table["link"].isin(book["roads"].index)].set_index("link")
    found: dict[str, tuple[float, str, str]] = {}
    for link, length in MOVED_ALONG.items():
        table.loc[link, "km_proven"] = length
    table.loc[table["chain_ids"].isin(NOT_USED), "kind"] = "none"
    for link, row in table.iterrows():
        if row["kind"] == "single link":
            found[link] = (float(row["km_proven"]), "sourced", row["quality"])
    chains = {row["chain_ids"]: row for _, row in table[table["kind"] == "chain sum"].iterrows()}
    for ids, row in chains.items():
        total = MOVED_CHAINS.get(ids, float(row["chain_km_proven"]))
        _split(book, ids.split(), total, row["quality"], table, found, straight_before, roads)
    for link, row in table.iterrows():
        if link not in found:
            before = _before(book, link, row, straight_before)
            low, high = float(row["km_low"] or 0), float(row["km_high"] or math.inf)
            kept = min(max(before, low), high)
            bounded = row["kind"] == "bound" and bool(row["km_low"] or row["km_high"])
            basis = row["basis_today"] if not bounded else "recalled"
            found[link] = (kept, basis, "bound" if bounded else "")
    for ids, row in {r["chain_ids"]: r for _, r in table[table["kind"] == "bound"].iterrows()}.items():
        links = [link for link in ids.split() if link in found]
        least = float(row["chain_km_proven"] or 0)
        free = [link for link in links if found[link][1] != "sourced"]
        missing = least - sum(found[link][0] for link in links)
        if missing > 0 and free:
            total = sum(found[link][0] for link in free)
            for link in free:
                found[link] = (found[link][0] * (1 + missing / total), "recalled", "bound")
        else:
            for link in free:
                found[link] = (*found[link][:2], "bound") if least else found[link]
    for link, (length, basis, quality) in found.items():
        _write(book, link, table.loc[link], length, basis, quality)


def _before(book: Book, link: str, row: pd.Series, straight_before: dict[str, float]) -> float:
    today = float(row["km_today"])
    old, new = straight_before[link], _straight(book, link)
    return today * new / old if abs(new - old) > MOVED_KM and old > 0 else today


def _straight(book: Book, link: str) -> float:
    road = book["roads"].loc[link]
    return book.straight(road["from_node"], road["to_node"])


def _split(
    book: Book,
    links: list[str],
    total: float,
    quality: str,
    table: pd.DataFrame,
    found: dict[str, tuple[float, str, str]],
    straight_before: dict[str, float],
    roads: ERoads,
) -> None:
    free = [link for link in links if link not in found]
    rest = total - sum(found[link][0] for link in links if link in found)
    shares = {}
    for link in free:
        ends = [book.node(book["roads"].loc[link, end]) for end in ("from_node", "to_node")]
        along = roads.between(*ends) if quality == "O" else None
        if along is None:
            along = _before(book, link, table.loc[link], straight_before)
        shares[link] = MARKED.get(link, along)
    # No link may be shorter than the straight line between its ends: such a one takes it, the others the rest.
    short: dict[str, float] = {}
    while True:
        scale = (rest - sum(short.values())) / sum(
            share for link, share in shares.items() if link not in short
        )
        more = {
            link: 1.01 * _straight(book, link)
            for link, share in shares.items()
            if link not in short and share * scale < 1.01 * _straight(book, link)
        }
        if not more:
            break
        if len(short) + len(more) == len(shares):
            print(
                f"the chain {' '.join(links)} of {total} km cannot reach its places: {more}", file=sys.stderr
            )
            break
        short |= more
    parts = {link: short.get(link, shares[link] * scale) for link in free}
    rounded = {link: round(part, 2) for link, part in parts.items()}
    last = max(rounded, key=lambda link: rounded[link])
    rounded[last] = round(rounded[last] + rest - sum(rounded.values()), 2)
    for link, length in rounded.items():
        found[link] = (length, "computed" if len(free) > 1 else "sourced", quality)


def _write(book: Book, link: str, row: pd.Series, length: float, basis: str, quality: str) -> None:
    straight = _straight(book, link)
    old = book["roads"].loc[link]
    sourced = basis in ("sourced", "computed") and bool(quality) and quality != "bound"
    evidence = f"{row['source']}: {row['nvdb_ref']} ({row['reason']})".replace(": (", " (").replace(
        ":  (", " ("
    )
    if quality == "bound":
        evidence = (
            f"{old['source']} | bounded by {evidence}" if "bounded by" not in old["source"] else old["source"]
        )
    told = evidence if sourced or quality == "bound" else old["source"]
    why = {
        "single link": "measured length of this link",
        "chain sum": "its share of the measured length of the chain " + row["chain_ids"],
        "bound": "moved into measured bounds",
        "none": "an end has moved: the old length times the new straight line over the old one",
    }[row["kind"]]
    book.set(
        "roads",
        link,
        why,
        evidence if row["kind"] != "none" else "computed",
        basis,
        length_km=text(length),
        length_basis=basis,
        detour=f"{length / straight:.2f}" if straight else "",
        source=told,
        confidence=basis,
        quality=quality,
        uncertainty_km=row["uncertainty_km"] if row["kind"] == "single link" else "",
        nvdb_ref=row["nvdb_ref"],
        licence=row["licence"].split(" (")[0] if sourced and row["licence"] else "CC BY 4.0",
    )
