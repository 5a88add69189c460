"""Nodes at their places, and demand points that bear the names of where people live."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from .book import Book, text
from .links import TO_METRES, ERoads

RECALLED = "general knowledge (recalled)"
OSM_LINE = "OpenStreetMap E-road line (dionzand/eroads @ 8cf4342), simplified to 330 m"

#: node -> (name, kind, municipality, lat, lon, source, confidence)
NEW = {
    "langnes": (
        "Langnes",
        "settlement",
        "5501",
        "69.67482",
        "18.92188",
        "OSM node 5921084892 (Langnes legesenter)",
        "sourced",
    ),
    "breivika": (
        "Breivika",
        "settlement",
        "5501",
        "69.68393",
        "18.98265",
        "OSM way 25444602 (the university hospital)",
        "sourced",
    ),
    "tromsdalen": (
        "Tromsdalen",
        "settlement",
        "5501",
        "69.64800",
        "18.98210",
        f"end of the {OSM_LINE}",
        "sourced",
    ),
    "tomasjordnes": (
        "Tomasjordnes",
        "settlement",
        "5501",
        "69.66703",
        "19.02202",
        "densest inhabited SSB 250 m cell by the east mouth of the Tromsøysund tunnel (computed); name recalled",
        "computed",
    ),
    "skytterhusfjellet": (
        "Skytterhusfjellet",
        "settlement",
        "5605",
        "69.70703",
        "30.03492",
        "hmelberg/kapasitet sites.csv (2026): the hospital; name recalled",
        "sourced",
    ),
    "rossmolla": (
        "Rossmolla",
        "settlement",
        "5603",
        "70.67193",
        "23.65210",
        "hmelberg/kapasitet sites.csv (2026): the hospital; name recalled",
        "sourced",
    ),
    "huselva": (
        "Huselva",
        "junction",
        "5530",
        "69.49900",
        "17.83000",
        f"{RECALLED} (+-1.5 km): on Fv862 between Botnhamn and Mefjordbotn",
        "recalled",
    ),
    "mefjordbotn": (
        "Mefjordbotn",
        "junction",
        "5530",
        "69.48000",
        "17.66000",
        f"{RECALLED} (+-1.5 km): where Fv7884 leaves Fv862",
        "recalled",
    ),
}
#: Centres whose quay lies a kilometre or more away: the quay becomes a node of its own.
QUAYS = {
    "rost": ("rost-ferjekai", "Røst ferjekai"),
    "sorland-vaeroy": ("vaeroy-ferjekai", "Værøy ferjekai"),
    "andenes": ("andenes-ferjekai", "Andenes ferjekai"),
    "bodo": ("bodo-ferjekai", "Bodø ferjekai"),
}
#: Nodes that the sourced tables call wrong: the E-road line that passes them (and the km, where it is known).
ON_LINE: dict[str, tuple[str, float | None]] = {
    "seljelvnes": ("E8", 8.3),
    "laksvatn": ("E8", None),
    "fagernes-fv91": ("E8", None),
    "langslett": ("E6N", None),
    "skjombrua": ("E6M", None),
    "fauskeidet-e6": ("E6M", None),
    "samuelsberg": ("E6N", None),
    "birtavarre": ("E6N", None),
    "sorstraumen": ("E6N", None),
}
#: Nodes that must come nearer to another: node -> (the other, km of the sourced road between them).
NEARER = {
    "langvassbukta": ("flesnes", 10.96),
    "fiskebol-junction": ("fiskebol", 1.43),
    "leirosen": ("leland", 4.7),
}
#: Nodes whose road is known and whose place is judged: node -> (lat, lon, why, source).
JUDGED = {
    "sjona-junction": (
        "66.29050", "13.60300", "Fv810 meets Fv17 at the head of the fjord, 1.6 km from Utskarpen (NVDB)",
        "general knowledge (recalled), 1.6 km from Utskarpen by the measured road",
    ),
}  # fmt: skip
#: Where these stood before; a second run must not take the new place for the old one.
STOOD = {
    "seljelvnes": (69.35295, 19.37716), "laksvatn": (69.3992, 19.2086), "fagernes-fv91": (69.5629, 19.2416),
    "langslett": (69.765, 20.8), "skjombrua": (68.367, 17.195), "fauskeidet-e6": (67.34456, 15.49146),
    "samuelsberg": (69.5211, 20.5293), "birtavarre": (69.4858, 20.8574), "sorstraumen": (69.81662, 21.94362),
    "langvassbukta": (68.624, 15.647), "fiskebol-junction": (68.414, 14.846),
    "leirosen": (66.086, 13.048),
    "sjona-junction": (66.337, 13.38),
}  # fmt: skip
#: Names of nodes and demand points; the third says who knows.
NAMES = {
    "bodo-nord-fv834": "Bodø nord", "efjord-junction": "Efjord", "drevvatn-junction": "Drevvatn",
    "fustvatnet-e6": "Fustvatnet", "vefsnfjorden-fv78": "Vefsnfjorden", "dalselv-e6": "Dalselv",
    "dunderland-e6": "Dunderland", "sjona-junction": "Sjonbotn", "tjongsfjord-junction": "Tjongsfjord",
    "hestbrinken-rv77": "Hestbrinken", "fauskeidet-e6": "Fauskeidet", "kobbvatnet-e6": "Kobbvatnet",
    "steigen-junction": "Skjelvareid", "rorvik-junction-fv816": "Rørvik", "fagernes-fv91": "Fagernes",
    "hov-fv91": "Hov", "kraknes-fv863": "Kraknes", "storfossen-e6-fv825": "Storfossen",
    "bardu-nord-e6": "Bardu nord", "fv84-fv848-junction": "Løksebotn", "ovre-alta-e45": "Øvre Alta",
    "gievdneguoika-e45-rv92": "Gievdneguoika", "stromsnes": "Klokkarøya", "fjordgard": "Fjordgård",
    "fiskebol-junction": "Fiskebølkrysset", "mehamn-kjollefjord-junction": "Mehamnelva",
    "stakkvik-reinoy": "Reinskard (Reinøya)",
}  # fmt: skip
#: Airports whose surroundings are a place of their own, by its name; all others are no demand points.
AT_AIRPORTS = {
    "alta-lufthavn": ("elvebakken", "Elvebakken"), "mo-i-rana-lufthavn": ("rossvoll", "Røssvoll"),
    "stokmarknes-lufthavn": ("skagen", "Skagen"), "sandnessjoen-lufthavn": ("stokka", "Stokka"),
    "mosjoen-lufthavn": ("kjaerstad", "Kjærstad"), "evenes-lufthavn": ("evenes", "Evenes"),
    "svolvaer-lufthavn": ("helle", "Helle"), "kirkenes-lufthavn": ("hoybuktmoen", "Høybuktmoen"),
    "vadso-lufthavn": ("kiby", "Kiby"), "vardo-lufthavn": ("svartnes", "Svartnes"),
}  # fmt: skip
#: Ids of demand points that still spoke of junctions and road numbers.
PLAIN_IDS = {
    "bodo-nord-fv834": "bodo-nord", "efjord-junction": "efjord", "drevvatn-junction": "drevvatn",
    "fustvatnet-e6": "fustvatnet", "vefsnfjorden-fv78": "vefsnfjorden", "dalselv-e6": "dalselv",
    "dunderland-e6": "dunderland", "sjona-junction": "sjonbotn", "tjongsfjord-junction": "tjongsfjord",
    "hestbrinken-rv77": "hestbrinken", "fauskeidet-e6": "fauskeidet", "kobbvatnet-e6": "kobbvatnet",
    "steigen-junction": "skjelvareid", "rorvik-junction-fv816": "rorvik", "fagernes-fv91": "fagernes",
    "hov-fv91": "hov", "kraknes-fv863": "kraknes", "storfossen-e6-fv825": "storfossen",
    "bardu-nord-e6": "bardu-nord", "fv84-fv848-junction": "loksebotn", "ovre-alta-e45": "ovre-alta",
    "gievdneguoika-e45-rv92": "gievdneguoika",
}  # fmt: skip
NO_DEMAND = {"fiskebol-junction"}


def licence(source: str) -> str:
    """The licence of a row by what its source says."""
    for sign, name in (
        ("NVDB", "NLOD 2.0"),
        ("OSM", "ODbL 1.0"),
        ("OpenStreetMap", "ODbL 1.0"),
        ("OurAirports", "public domain"),
    ):
        if sign in source:
            return name
    return "CC BY 4.0"


def straight_before(book: Book, sourced: Path) -> dict[str, float]:
    """Great circle of every road with its ends where they were before any was moved."""
    stood = pd.read_csv(sourced / "node_candidates.csv", dtype=str).set_index("node_id")
    places = book["nodes"][["lat", "lon"]].copy()
    for node in places.index.intersection(stood.index):
        places.loc[node] = stood.loc[node, ["lat_today", "lon_today"]].to_numpy()
    for node, (lat, lon) in STOOD.items():
        places.loc[node] = (str(lat), str(lon))
    old = Book.__new__(Book)
    old.tables = {"nodes": places}
    return {
        link: old.straight(row["from_node"], row["to_node"])
        for link, row in book["roads"].iterrows()
        if row["from_node"] in places.index and row["to_node"] in places.index
    }


def move_nodes(book: Book, sourced: Path, roads: ERoads) -> None:
    """Quays to the national road database's places, nodes that were wrong onto their roads, new nodes."""
    for node, (name, kind, code, lat, lon, source, confidence) in NEW.items():
        book.set(
            "nodes", node, "a place of its own, so that nobody is joined to the wrong road", source, confidence,
            name=name, kind=kind, municipality_code=code, lat=lat, lon=lon, source=source, confidence=confidence,
        )  # fmt: skip
    quays = pd.read_csv(sourced / "node_candidates.csv", dtype=str, keep_default_na=False).set_index(
        "node_id"
    )
    for node, row in quays[quays["lat_sourced"] != ""].iterrows():
        source = f"NVDB ferry quay {row['quay_nvdb_id']} ({row['quay_name']}), {row['source']}"
        at = {"lat": f"{float(row['lat_sourced']):.5f}", "lon": f"{float(row['lon_sourced']):.5f}"}
        if node == "stromsnes":
            at = {"lat": "70.60134", "lon": "23.62260"}
            source = "NVDB ferry quay 1026111164 (Klokkarøy ferjekai); the quay Strømsnes is closed"
        if row["advice"] == "move the node to the quay":
            why = f"the quay lies {row['distance_km']} km away"
            book.set("nodes", node, why, source, "sourced", **at, source=source, confidence="sourced")
        elif node in QUAYS:
            quay, name = QUAYS[node]
            book.set(
                "nodes", quay, f"the quay lies {row['distance_km']} km from the place", source, "sourced", name=name,
                kind="quay", municipality_code=book.node(node)["municipality_code"], **at, source=source,
                confidence="sourced",
            )  # fmt: skip
    for node, (line, along) in ON_LINE.items():
        stood = pd.Series({"lat": STOOD[node][0], "lon": STOOD[node][1]})
        lat, lon = roads.at(line, along if along is not None else roads.place(line, stood)[0])
        source = (
            f"on {line[:2]}, nearest point of the {OSM_LINE}"
            if along is None
            else (f"8.3 km from Nordkjosbotn on the {OSM_LINE}; NVDB counting points E8 S8 m196 and m8194")
        )
        why = "the road does not pass where the node stood"
        book.set(
            "nodes",
            node,
            why,
            source,
            "computed",
            lat=f"{lat:.5f}",
            lon=f"{lon:.5f}",
            source=source,
            confidence="computed",
        )
    for node, (lat, lon, why, source) in JUDGED.items():
        book.set(
            "nodes", node, why, source, "recalled", lat=lat, lon=lon, source=source, confidence="recalled"
        )
    for node, (other, road_km) in NEARER.items():
        _nearer(book, node, other, road_km)
    for node, name in NAMES.items():
        why = "a place bears the name that people call it by"
        evidence = "NVDB (Skjelvareid bridge on Fv835)" if name == "Skjelvareid" else RECALLED
        book.set("nodes", node, why, evidence, "recalled", name=name)
    for node, row in book["nodes"].iterrows():
        book["nodes"].loc[node, "licence"] = licence(row["source"])


def _nearer(book: Book, node: str, other: str, road_km: float) -> None:
    """Move a node towards another until the sourced road between them is 1.05 times the straight line."""
    lat, lon = STOOD[node]
    there = book.node(other)
    start = pd.Series({"lat": lat, "lon": lon})
    book["nodes"].loc[node, ["lat", "lon"]] = [str(lat), str(lon)]
    share = 1 - road_km / 1.05 / book.straight(node, other)
    (x, y), (u, v) = (TO_METRES.transform(float(p["lon"]), float(p["lat"])) for p in (start, there))
    east, north = TO_METRES.transform(x + share * (u - x), y + share * (v - y), direction="INVERSE")
    source = f"moved {text(share * (road_km / 1.05) / (1 - share))} km towards {there['name']}: the sourced road of {road_km} km must reach"
    book.set(
        "nodes", node, "the sourced road is shorter than the straight line to where the node stood", source,
        "computed", lat=f"{north:.5f}", lon=f"{east:.5f}", source=source, confidence="computed",
    )  # fmt: skip


def demand_places(book: Book) -> pd.DataFrame:
    """Nodes that people are given to: ``settlement_id, name, node_id, municipality_code, lat, lon, own_place``."""
    nodes, today = book["nodes"], set(book["settlements"]["node_id"]) - NO_DEMAND
    rows = []
    for node, row in nodes.iterrows():
        airport = row["kind"] == "airport"
        if (airport and node not in AT_AIRPORTS) or (
            node not in today and NEW.get(node, ("", ""))[1] != "settlement"
        ):
            continue
        settlement, name = AT_AIRPORTS.get(node, (PLAIN_IDS.get(node, node), row["name"]))
        rows.append(
            {
                "settlement_id": settlement, "name": name, "node_id": node, "lat": float(row["lat"]),
                "municipality_code": row["municipality_code"], "lon": float(row["lon"]),
            }
        )  # fmt: skip
    return pd.DataFrame(rows)
