"""Ferries: measured lengths, minutes by a stated rule where none are known, legs that exist, seasons."""

from __future__ import annotations

import math
from pathlib import Path

import pandas as pd

from .book import Book, text

#: Minutes of a crossing whose minutes nobody told: fitted on the 18 ferries with sourced minutes (sd 6 min).
START_MIN, MIN_PER_KM = 6.8, 2.45
NVDB = "NVDB ferry line {0} (PhD6959/Periple-Nordique-Data @ ac8e062, sources/ferries.geojson)"
#: Legs of the road database that were missing: id -> (name, from, to, road number, leg id, season, note)
LEGS = {
    "bodo-vaeroy": ("Bodø-Værøy", "bodo-ferjekai", "vaeroy-ferjekai", "Rv80", "763022171-039", "", ""),
    "sandnessjoen-lokta": ("Sandnessjøen-Løkta", "sandnessjoen", "lokta", "Fv809", "763022202-061", "", ""),
    "austbo-brasoy": ("Austbø-Brasøy", "austbo", "brasoy", "Fv", "763022203-066", "", ""),
    "flostad-austbo": ("Herøy-Austbø", "flostad", "austbo", "Fv", "763022203-068", "", ""),
    "havoysund-ingoy": ("Havøysund-Ingøy", "havoysund", "ingoy", "Fv", "1022125509-097", "", ""),
    "selsoyvik-tonnes": ("Selsøyvik-Tonnes", "selsoyvik", "tonnes", "Fv", "1019225637-093", "", ""),
    "tonnes-storselsoy": ("Tonnes-Storselsøy", "tonnes", "storselsoy", "Fv", "1019225637-089", "", ""),
    "tonnes-indre-kvaroy": ("Tonnes-Indre Kvarøy", "tonnes", "indre-kvaroy", "Fv", "1019225637-087", "", ""),
    "indre-kvaroy-storselsoy": ("Indre Kvarøy-Storselsøy", "indre-kvaroy", "storselsoy", "Fv", "1019225637-088", "", ""),
    "svolvaer-skutvik": ("Svolvær-Skutvik", "svolvaer", "skutvik", "Fv81", "763022174-044", "2 Jun-30 Aug", "closed 31 Aug-1 Jun (NVDB)"),
    "klokkaroya-kjerringholmen": ("Klokkarøya-Kjerringholmen", "stromsnes", "kjerringholmen", "Fv8026", "1026111145-103", "", "the quay Strømsnes is closed"),
}  # fmt: skip
#: Ferries that the road database does not have: what took their place.
GONE = {
    "stromsnes-kjerringholmen": "the quay Strømsnes is closed; the ferry sails from Klokkarøya",
    "stokkvagen-indre-kvaroy": "the ferry to Indre Kvarøy sails from Tonnes and Storselsøy",
    "selsoyvik-storselsoy": "it calls at Tonnes: two legs",
}
#: Ferry -> (season, what shows it)
SEASONS = {
    "gryllefjord-andenes": (
        "18 May-27 Sep",
        "NVDB: 18 May-5 Sep; the timetable of 2026 (svipper.no, line 180) sails to 27 Sep",
    ),
    "skrova-skutvik": ("2 Jun-30 Aug", "NVDB: closed 31 Aug-1 Jun"),
}
#: Which quay node the ferries of a centre leave from.
FROM_QUAY = {
    "bodo-moskenes": {"from_node": "bodo-ferjekai"},
    "bodo-rost": {"from_node": "bodo-ferjekai", "to_node": "rost-ferjekai"},
    "moskenes-vaeroy": {"to_node": "vaeroy-ferjekai"},
    "vaeroy-rost": {"from_node": "vaeroy-ferjekai", "to_node": "rost-ferjekai"},
    "gryllefjord-andenes": {"to_node": "andenes-ferjekai"},
}
NOT_IN_NVDB = "the road database of 2026 has no such ferry line"


def crossing_min(length_km: float) -> str:
    """Minutes by the rule."""
    return str(round(START_MIN + MIN_PER_KM * length_km))


def ferries(book: Book, sourced: Path) -> None:
    """Write lengths, minutes, seasons and legs."""
    lines = pd.read_csv(sourced / "ferry_lines_nvdb.csv", dtype=str, keep_default_na=False).set_index(
        "leg_id"
    )
    for ferry, (name, start, end, ref, leg, season, note) in LEGS.items():
        length = max(float(lines.loc[leg, "length_km"]), math.ceil(book.straight(start, end) * 100) / 100)
        source = NVDB.format(leg)
        book.set(
            "ferries", ferry, "a leg of the road database that was missing", source, "computed", name=name,
            from_node=start, to_node=end, ref=ref, vessel="car_ferry", night="unknown", season=season, note=note,
            source=source, confidence="computed", length_km=text(length),
            crossing_min=crossing_min(length), licence="NLOD 2.0", quality="A",
            field_confidence="existence,km: sourced; min: computed (6.8 + 2.45 min/km)", nvdb_ref=leg,
        )  # fmt: skip
    for ferry, why in GONE.items():
        book.drop("ferries", ferry, why, "NVDB (PhD6959/Periple-Nordique-Data @ ac8e062)", "sourced")
    for ferry, quays in FROM_QUAY.items():
        book.set(
            "ferries",
            ferry,
            "the quay lies a kilometre or more from the place",
            "NVDB quays",
            "sourced",
            **quays,
        )
    checked = pd.read_csv(sourced / "ferry_minutes_checked.csv", dtype=str).set_index("ferry_id")
    table = pd.read_csv(sourced / "link_candidates.csv", dtype=str, keep_default_na=False)
    for _, row in table[(table["table"] == "ferries") & table["link"].isin(book["ferries"].index)].iterrows():
        _ferry(book, row, checked)
    for ferry, (season, evidence) in SEASONS.items():
        old = book["ferries"].loc[ferry]
        note = old["note"] if evidence in old["note"] else evidence
        book.set("ferries", ferry, "the season", evidence, "sourced", season=season, note=note)


def _ferry(book: Book, row: pd.Series, checked: pd.DataFrame) -> None:
    ferry = row["link"]
    old = book["ferries"].loc[ferry]
    fields: dict[str, str] = {"licence": "CC BY 4.0", "quality": "", "nvdb_ref": row["nvdb_ref"]}
    known = old["field_confidence"]
    if row["km_proven"]:
        # A line may stop up to 145 m short of its quay: no crossing is shorter than the straight line.
        straight = book.straight(old["from_node"], old["to_node"])
        length = max(float(row["km_proven"]), math.ceil(straight * 100) / 100)
        fields |= {"length_km": text(length), "quality": "A", "licence": "NLOD 2.0"}
        if "km" not in known.split(":")[0].replace(",", " ").split() and "km: sourced (NVDB)" not in known:
            known += "; km: sourced (NVDB)"
        if "NVDB" not in old["source"]:
            fields["source"] = (
                f"{old['source']}; {row['nvdb_ref']}: NVDB (PhD6959/Periple-Nordique-Data @ ac8e062)"
            )
        if not old["crossing_min"]:
            fields["crossing_min"] = crossing_min(float(row["km_proven"]))
            known += "; min: computed (6.8 + 2.45 min/km)"
            fields["confidence"] = "recalled" if "recalled" in known else "computed"
    elif NOT_IN_NVDB not in old["note"] and old["vessel"] == "car_ferry":
        fields["note"] = f"{old['note']}; {NOT_IN_NVDB}".strip("; ")
    if ferry in checked.index:
        minutes = checked.loc[ferry]
        fields["crossing_min"] = minutes["minutes"]
        told = f"min: sourced ({minutes['page']})"
        if told not in known:
            known += f"; {told}"
    fields["field_confidence"] = known.replace("; times blank", "").replace("times blank", "").strip("; ")
    book.set(
        "ferries",
        ferry,
        "measured length; minutes by the rule where none are known",
        row["source"],
        "sourced",
        **fields,
    )


def sea_legs(sourced: Path) -> pd.DataFrame:
    """The lines of the sea legs for maps: ``leg_id, name, from_quay, to_quay, length_km, season, sea_area, line``."""
    table = pd.read_csv(sourced / "ferry_lines_nvdb.csv", dtype=str, keep_default_na=False)
    table = table.rename(columns={"line_name": "name", "eu_sea_area": "sea_area", "geometry_wkt": "line"})
    columns = [
        "leg_id",
        "name",
        "from_quay",
        "to_quay",
        "length_km",
        "season",
        "season_dates",
        "sea_area",
        "line",
    ]
    return table[columns].assign(source=table["source"], licence=table["licence"], confidence="sourced")
