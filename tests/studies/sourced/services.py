"""Facilities, stations and municipalities: joined to the right node, named, grouped, completed from documents."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pandas as pd

from .book import Book, km
from .places import licence

DOCUMENTS = "the health authority's planning documents, as quoted in the project's notes"
#: Facility -> node, where the door stands nearer to another node than to the one it was joined to.
BEYOND_KM = 0.3

#: The 15 municipalities of Finnmark with a sykestue, 32.88 places in all with KAD; not these three.
NO_SYKESTUE = ("5601", "5603", "5605")
SAMI_AREA = {"1826", "1875", "5518", "5540", "5610", "5612", "5622", "5628", "5636"}
HELSEFELLESSKAP = {
    "Helgelandssykehuset HF": "Helgeland",
    "Nordlandssykehuset HF": "Lofoten-Vesterålen-Salten",
    "Universitetssykehuset Nord-Norge HF": "Troms-Ofoten",
    "Finnmarkssykehuset HF": "Finnmark",
}
SIZES = ((2_000, "under 2,000"), (5_000, "2,000-4,999"), (10_000, "5,000-9,999"), (20_000, "10,000-19,999"))

#: id -> (name, kind, node, note, source, confidence)
NEW = {
    "sami-klinihkka-karasjok": (
        "Sámi Klinihkka, Karasjok",
        "dms",
        "karasjok",
        "specialist services for Sámi patients; no emergency function",
        f"{DOCUMENTS}; position: hmelberg/kapasitet sites.csv (SANKS Karasjok)",
        "sourced",
    ),
}
AT = {"sami-klinihkka-karasjok": ("69.47170", "25.52180")}
NOTES = {
    "dms-bronnoysund": ("opened", DOCUMENTS, "sourced"),
    "dms-finnsnes": ("CT since 2014; 19 stroke patients received in 2022; serves Midt-Troms", None, None),
    "dms-nord-troms-sonjatun": ("", DOCUMENTS, "sourced"),
    "finnmarkssykehuset-klinikk-alta": ("no acute function; hospital beds of its own", None, None),
}


def facilities(book: Book, boundaries: Path) -> None:
    """New services, and every facility and station joined to the node it stands nearest to."""
    nodes = book["nodes"]
    for row_id, (name, kind, node, note, source, confidence) in NEW.items():
        lat, lon = AT[row_id]
        book.set(
            "facilities", row_id, "named in the health authority's documents", source, confidence, name=name, kind=kind,
            municipality_code=nodes.loc[node, "municipality_code"], node_id=node, lat=lat, lon=lon, note=note,
            source=source, confidence=confidence,
        )  # fmt: skip
    for row_id, (note, source, confidence) in NOTES.items():
        fields = {"note": note}
        if source and source not in book["facilities"].loc[row_id, "source"]:
            fields |= {
                "source": f"{book['facilities'].loc[row_id, 'source']}; {source}",
                "confidence": confidence or "",
            }
        book.set("facilities", row_id, "told by the documents", source or "public pages", "sourced", **fields)
    for table in ("facilities", "stations"):
        for row_id, row in book[table].iterrows():
            _join(book, table, str(row_id), row, nodes)
            book[table].loc[row_id, "licence"] = licence(row["source"])


def _join(book: Book, table: str, row_id: str, row: pd.Series, nodes: pd.DataFrame) -> None:
    """To the nearest node of its municipality, when it stands nearer by more than :data:`BEYOND_KM`."""
    mine = nodes[(nodes["municipality_code"] == row["municipality_code"]) | (nodes.index == row["node_id"])]
    mine = mine[~mine["name"].str.contains("ferjekai")]
    at = mine.apply(lambda node: km(node, row), axis=1)
    kept_at = book["nodes"].loc[row["node_id"]]
    if row.get("kind") != "airport" and at.min() + BEYOND_KM < at[row["node_id"]]:
        nearest = str(at.idxmin())
        why = f"it stands {at.min():.1f} km from {mine.loc[nearest, 'name']} and {km(kept_at, row):.1f} km from {kept_at['name']}"
        book.set(table, row_id, why, "positions of the two", "computed", node_id=nearest)


#: Municipalities that share another's legevakt: code -> (facility, what shows it).
SHARED_LEGEVAKT = {
    **dict.fromkeys(("5514", "5518", "5522", "5524"), ("bardu-interkommunale-legevakt", "folkebladet.no 2017-03-04")),
    **dict.fromkeys(("5526", "5528"), ("finnsnes-interkommunale-legevakt", "skjema.lenvik.kommune.no legevakt (before 2020)")),
    "1851": ("harstad-interkommunale-legevakt", "ht.no 2017-04-13"),
    **dict.fromkeys(("1867", "1868", "1870", "1871"), ("stokmarknes-vesteralen-legevakt", "ht.no 2017-04-13; vol.no 2021-04-24")),
    "5538": ("balsfjord-og-storfjord-legevakt", "general knowledge (recalled)"),
    "5636": ("tana-og-nesseby-legevakt", "general knowledge (recalled)"),
}  # fmt: skip


def coverage(book: Book) -> pd.DataFrame:
    """Where a legevakt and municipal acute beds are known at all, own or shared."""
    rows = []
    facilities = book["facilities"]
    for kind in ("legevakt", "kad"):
        of_kind = facilities[facilities["kind"] == kind]
        for code in book["municipalities"].index:
            mine = of_kind[of_kind["municipality_code"] == code]
            shared, source = SHARED_LEGEVAKT.get(code, ("", "")) if kind == "legevakt" else ("", "")
            known = "own" if len(mine) else "shared" if shared else "none known"
            told = mine["source"].iloc[0] if len(mine) else source or "no row in the tables"
            recalled = "recalled" in told or known == "none known"
            rows.append(
                {
                    "municipality_code": code, "kind": kind, "known": known,
                    "facility_id": mine.index[0] if len(mine) else shared, "source": told,
                    "licence": licence(told), "confidence": "recalled" if recalled else "sourced",
                }
            )  # fmt: skip
    return pd.DataFrame(rows)


def municipalities(book: Book, shared: Path) -> None:
    """Names of the map authority, and the groups that are asked for."""
    areas = gpd.read_file(shared / "boundaries" / "municipalities_nnorway_2024.geojson").set_index(
        "kommunenummer"
    )
    central = pd.read_csv(shared / "sourced" / "centrality.csv", dtype=str).set_index("municipality_code")
    for code, row in book["municipalities"].iterrows():
        people = int(row["population_2026"])
        book.set(
            "municipalities", str(code), "the map authority's names; groups of the planners", "Kartverket 2024; SSB 2024; computed", "sourced",
            name=areas.loc[code, "kommunenavn"],
            helsefellesskap=HELSEFELLESSKAP[row["health_trust"]],
            centrality=central.loc[code, "centrality_class_2024"],
            centrality_index=central.loc[code, "centrality_index_2024"],
            size_class=next((name for limit, name in SIZES if people < limit), "20,000 and more"),
            sami_area="yes" if code in SAMI_AREA else "no",
            licence="CC BY 4.0",
        )  # fmt: skip
