"""Roads that change: split, replaced, renumbered, new."""

from __future__ import annotations

from .book import Book, text
from .places import QUAYS, RECALLED

SECTIONS = "NVDB county-road sections (LtGlahn/kostrarapportering2020 @ e935a6b)"
MARKS = "NVDB reference points (statsbudsjett_fylkesveg2025 @ 5439746, snohan/trafikkdata @ 61bc576)"
OSM_E8 = "exact OSM length of line E8 (dionzand/eroads @ 8cf4342)"

#: (from, to, road number, class, km, quality, NVDB reference or what is judged, source, confidence)
NEW = (
    ("tromso", "tromsdalen", "Fv862", "county_primary", "2.7", "B", "FV862 S1D1 m0-1780", f"{MARKS}: Tromsøbrua m700-1720, its west ramp m1780; 0.9 km to the centre judged", "computed"),
    ("tromso", "langnes", "Fv862", "county_primary", "4.0", "B", "FV862 S1D1 m1780-4907", f"{SECTIONS}: 3.13 km through the tunnels; 0.9 km from the centre judged", "computed"),
    ("langnes", "kvaloysletta", "Fv862", "county_primary", "3.1", "B", "FV862 S2D1 m0-2700", f"{MARKS}: Sandnessundbrua m939-1302, junction of Fv863 m2700; 0.4 km from Langnes judged", "computed"),
    ("langnes", "breivika", "E8", "european", "3.3", "", "E8 S1 (at least 2.4 km)", f"{RECALLED}: Tverrforbindelsen; counting point E8 S1 m2385", "recalled"),
    ("tromso", "breivika", "Fv", "county_secondary", "4.8", "", "", RECALLED, "recalled"),
    ("breivika", "tomasjordnes", "E8", "european", "4.1", "", "", f"{RECALLED}: the Tromsøysund tunnel, 3.5 km, and its ramps", "recalled"),
    ("tomasjordnes", "tromsdalen", "E8", "european", "3.0", "", "", RECALLED, "recalled"),
    ("tomasjordnes", "krokelvdalen", "Fv864", "county_primary", "3.15", "A", "FV864 S1D1", f"{SECTIONS}; {MARKS}: Lunheim (Tomasjordnes>Kroken)", "sourced"),
    ("langnes", "tromso-lufthavn", "Fv", "county_secondary", "1.5", "", "", RECALLED, "recalled"),
    ("ramfjordnes", "tromsdalen", "E8", "european", "12.23", "O", "", f"{OSM_E8}: km 56.70-68.93", "sourced"),
    ("djupvik", "rotsund", "E6", "european", "6.66", "O", "", "exact OSM length of line E6N (dionzand/eroads @ 8cf4342): km 79.47-86.13", "sourced"),
    ("hesseng", "skytterhusfjellet", "E6", "european", "3.0", "", "", f"{RECALLED}; half of Hesseng-Kirkenes (6 km; TEN-T: 5 km between other points)", "recalled"),
    ("skytterhusfjellet", "kirkenes", "E6", "european", "3.0", "", "", f"{RECALLED}; half of Hesseng-Kirkenes (6 km; TEN-T: 5 km between other points)", "recalled"),
    ("hammerfest", "rossmolla", "Rv94", "national", "1.9", "", "R94 S7 m3231", f"{RECALLED}; counting point Hammerfest Sykehus on Rv94", "recalled"),
    ("sandnessjoen-lufthavn", "sovik", "Fv17", "county_primary", "5.0", "", "", f"{RECALLED}: Fv17 passes the airport at Stokka", "recalled"),
    ("botnhamn", "huselva", "Fv862", "county_primary", "3.96", "A", "FV862 S7D1 m0-3964", f"{MARKS}: Botnhamn quay to Huselva bru", "sourced"),
    ("huselva", "husoy-i-senja", "Fv7886", "county_secondary", "11.66", "A", "FV7886 S1D1", SECTIONS, "sourced"),
    ("huselva", "mefjordbotn", "Fv862", "county_primary", "12.02", "bound", "FV862 S7D1 m3964 - S8D1 m0..4277", f"{SECTIONS}: 9.9-14.2 km, the middle", "computed"),
    ("mefjordbotn", "senjahopen", "Fv862", "county_primary", "11.36", "bound", "FV862 S8D1 m0..4277-13500", f"{SECTIONS}: 9.2-13.5 km, the middle; with the link before 27.35 less 3.96 km", "computed"),
    ("mefjordbotn", "fjordgard", "Fv7884", "county_secondary", "5.04", "A", "FV7884 S1D1", SECTIONS, "sourced"),
)  # fmt: skip
#: Links that these take the place of.
GONE = {
    "kvaloysletta--tromso": "over Langnes and the Sandnessund bridge",
    "tromso--tromso-lufthavn": "over Langnes",
    "tromso--krokelvdalen": "over Tromsdalen or Breivika and Tomasjordnes",
    "ramfjordnes--tromso": "E8 comes to Tromsdalen; the bridge is a link of its own",
    "hesseng--kirkenes": "the hospital lies between",
    "fjordgard--husoy-i-senja": "Husøya is reached from Huselva on Fv862, not from Fjordgård (NVDB)",
    "botnhamn--fjordgard": "over Huselva and Mefjordbotn",
    "senjahopen--botnhamn": "over Mefjordbotn and Huselva",
    "senjahopen--fjordgard": "over Mefjordbotn",
}
#: Road numbers of today: link -> number. What shows it stands in the sourced tables.
NUMBERS = {
    "utskarpen--alteren": "Fv810", "alteren--mo-i-rana": "Fv810", "sjona-junction--utskarpen": "Fv810/Fv17",
    "silsand--vangsvik": "Fv8600", "vangsvik--stonglandseidet": "Fv8600", "bjornera--bjarkoy": "Fv8670",
    "bjarkoy--sandsoy": "Fv8670", "harstad--stornes": "Fv8670", "bjornevatn--svanvik": "Fv8850",
    "hesseng--bjornevatn": "Fv8850", "leirbotnvatn--nyvoll": "Fv8830", "borkenes--harstad": "Fv850",
    "refsnes--borkenes": "Fv850", "langvassbukta--flesnes": "Fv850", "brandvoll--elvenes-salangen": "Fv851",
    "elvenes-salangen--sjovegan": "Fv851", "moen--rundhaug": "Fv854", "krokelvdalen--snarby": "Fv864",
    "bleik--nordmela": "Fv7702/Fv7698", "andenes-lufthavn--bleik": "Fv7702/Fv7698",
    "leirbotnvatn--kviby": "Fv8830", "langslett--rotsund": "E6", "skjombrua--skjomen": "Fv7572", "rypefjord--stromsnes": "Fv8026",
}  # fmt: skip
FERRY_NUMBERS = {
    "stornes-bjornera": "Fv8670",
    "flesnes-refsnes": "Fv850",
    "sund-horsdal": "Fv838",
    "horsdal-sorarnoy": "Fv838",
}
#: Links whose measured length the table of candidates does not have.
MEASURED = {
    "langslett--rotsund": (
        "3.85",
        "O",
        "",
        "exact OSM length of line E6N (dionzand/eroads @ 8cf4342): km 86.13-89.98",
    ),
    "sjona-junction--utskarpen": (
        "1.62",
        "B",
        "FV810 S3D1 m9331-10956",
        f"{SECTIONS}; counting point Utskarpen m9331",
    ),
    "krokelvdalen--snarby": (
        "28.28",
        "B",
        "FV864 S2-S3 + S4 m0-5553",
        f"{SECTIONS}; bridge Snarbyelv on S4 m5553: along the coast, the only road listed",
    ),
}
#: Why a road may be more than 2.5 times the straight line.
EXPLAINED = {
    "kvitnes--kaljord": "measured; the road goes round the fjord, and where Kvitnes lies on it is assumed",
    "vassdalsvik--engavagen": "measured from Fv17 to the quay (27.3 km with Halsa-Engavågen); how it winds between is not known",
    "krokelvdalen--snarby": "the road follows the coast round the mountains between the places",
    "tromso--tromsdalen": "the bridge lies north of the straight line over the sound",
    "breivika--tomasjordnes": "the tunnel goes deep under the sound in a bow",
}
#: Streets of a town: slower than the roads of their class outside it.
STREETS = {
    "tromso--tromsdalen": "45", "tromso--langnes": "50", "tromso--breivika": "45", "langnes--breivika": "50",
    "tomasjordnes--tromsdalen": "60", "hammerfest--rossmolla": "45", "langnes--tromso-lufthavn": "45",
}  # fmt: skip


def roads(book: Book) -> None:
    """Add, drop and renumber; lengths of links that stay are written by :mod:`links`."""
    for link, why in GONE.items():
        book.drop("roads", link, why, "NVDB; general knowledge of the place", "recalled")
    for start, end, ref, kind, length, quality, mark, source, confidence in NEW:
        _add(book, start, end, ref, kind, length, quality, mark, source, confidence, "a link of its own")
    for node, (quay, _) in QUAYS.items():
        length = text(1.3 * book.straight(node, quay))
        told = "straight line to the NVDB quay times 1.3 (computed)"
        _add(
            book,
            node,
            quay,
            "Fv",
            "county_secondary",
            length,
            "",
            "",
            told,
            "computed",
            "the way to the quay",
        )
    for link, (length, quality, mark, source) in MEASURED.items():
        book.set(
            "roads", link, "measured length of this link", source, "sourced", length_km=length, length_basis="sourced",
            quality=quality, nvdb_ref=mark, source=source, confidence="sourced",
            licence="ODbL 1.0" if "OSM" in source else "NLOD 2.0",
            detour=f"{float(length) / book.straight(*link.split('--')):.2f}",
        )  # fmt: skip


def numbers(book: Book) -> None:
    """Road numbers of today, and why some roads are long."""
    for link, speed in STREETS.items():
        book.set("roads", link, "a street of a town", RECALLED, "recalled", speed_kph=speed)
    for link, why in EXPLAINED.items():
        book.set("roads", link, "a long way round needs a reason", RECALLED, "recalled", explanation=why)
    for table, wanted in (("roads", NUMBERS), ("ferries", FERRY_NUMBERS)):
        for link, ref in wanted.items():
            book.set(table, link, "the road was renumbered", "NVDB reference points", "sourced", ref=ref)


def _add(
    book: Book,
    start: str,
    end: str,
    ref: str,
    kind: str,
    length: str,
    quality: str,
    mark: str,
    source: str,
    confidence: str,
    why: str,
) -> None:
    straight = book.straight(start, end)
    book.set(
        "roads", f"{start}--{end}", why, source, confidence, from_node=start, to_node=end, ref=ref, road_class=kind,
        length_km=length, length_basis=confidence, detour=f"{float(length) / straight:.2f}", quality=quality,
        nvdb_ref=mark, source=source, confidence=confidence,
        licence="ODbL 1.0" if "OSM" in source else "NLOD 2.0" if confidence == "sourced" else "CC BY 4.0",
    )  # fmt: skip
