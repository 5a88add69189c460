"""Routes between well-known places of Northern Norway beside kilometres that others measured.

``python -m tests.studies.routes25`` prints the table: the way that ``geoaccess route`` finds, its kilometres and
those of the source, the largest deviation first.

Sources, none of which names the places of the study: TEN-T sections as Norway delivered them in November 2018
(whole km, so a sum of n sections is good to about n/2 km); E roads as measured on all vertices of OpenStreetMap
of August 2026 (ends at interchanges); sections of county roads in the national road database of 31 December
2020; Wikipedia (no), ``Veier i Finnmark``, read in 2026. Rows marked ``shared`` rest on the
same measurement as links of the study: they show that nothing was lost on the way, and prove no more.
"""

from __future__ import annotations

from dataclasses import dataclass

from geoaccess.questions.journey.answer import find_route
from geoaccess.study import Study, load_study

TENT, LINES, NVDB, WIKI = "TEN-T 2018", "E roads, OSM 2026", "NVDB 2020", "Wikipedia"
#: Sources that links of the study were measured by as well.
SHARED = {LINES, NVDB}


@dataclass(frozen=True)
class Known:
    """A way of known length.

    Attributes:
        origin: node of the study.
        destination: node of the study.
        km: kilometres of the source.
        source: where they are from.
        how: sections that are added up.
    """

    origin: str
    destination: str
    km: float
    source: str
    how: str


ROUTES = (
    Known("fauske", "mo-i-rana", 5 + 61 + 85 + 25, TENT, "5+61+85+25, E6"),
    Known("mo-i-rana", "finneidfjord", 25, TENT, "E6"),
    Known("mo-i-rana", "mosjoen", 25 + 60, TENT, "25+60, E6"),
    Known("storforshei", "mo-i-rana", 25, TENT, "E6"),
    Known("narvik", "fauske", 8 + 34 + 46 + 148 + 14, TENT, "8+34+46+148+14, E6 with the ferry"),
    Known("narvik", "ballangen", 8 + 34, TENT, "8+34, E6"),
    Known("straumen", "fauske", 14, TENT, "E6"),
    Known("bjerkvik", "setermoen", 7 + 52, TENT, "7+52, E6"),
    Known("nordkjosbotn", "setermoen", 50 + 19 + 17, TENT, "50+19+17, E6"),
    Known("nordkjosbotn", "bjerkvik", 50 + 19 + 17 + 52 + 7, TENT, "50+19+17+52+7, E6"),
    Known("skibotn", "nordkjosbotn", 45, TENT, "E6"),
    Known("skibotn", "storslett", 42 + 43 + 15 + 5, TENT, "42+43+15+5, E6"),
    Known("storslett", "burfjord", 24 + 48, TENT, "24+48, E6"),
    Known("burfjord", "rafsbotn", 16 + 69 + 9 + 10, TENT, "16+69+9+10, E6"),
    Known("karasjok", "tana-bru", 113 + 68, TENT, "113+68, E6"),
    Known("tana-bru", "varangerbotn", 4 + 13, TENT, "4+13, E6"),
    Known("varangerbotn", "hesseng", 97 + 14 + 7, TENT, "97+14+7, E6"),
    Known("nordkjosbotn", "tromso", 68.93, LINES, "line E8"),
    Known("mo-i-rana", "narvik", 422.69, LINES, "line E6M, with the ferry"),
    Known("skibotn", "olderfjord", 372.94, LINES, "line E6N"),
    Known("olderfjord", "karasjok", 137.47, LINES, "line E6O"),
    Known("lakselv", "tana-bru", 210.3, WIKI, "county road 98 as a whole"),
    Known("hesseng", "kirkenes-lufthavn", 7, TENT, "Hesseng - Høybuktmoen, E6"),
    Known("tana-bru", "berlevag", 134.1, NVDB, "county road 890, sections 1-9; 10 runs on to the airport"),
    Known("havoysund", "smorfjord", 85.3, NVDB, "county road 889, 5 sections"),
)


def rows(study: Study) -> list[tuple[float, Known, float, str]]:
    """(deviation in km, known way, kilometres of the study, roads) of every way, the largest first."""
    found = []
    for known in ROUTES:
        legs = find_route(study.network, known.origin, known.destination, study=study).legs
        km = sum(float(leg["length_km"]) for leg in legs)
        roads = ", ".join(dict.fromkeys(str(leg["ref"]) for leg in legs))
        found.append((km - known.km, known, km, roads))
    return sorted(found, key=lambda row: -abs(row[0]))


def main() -> None:
    """Print the table."""
    print(f"{'from':14} {'to':14} {'source':>7} {'study':>7} {'off':>6} {'off %':>6}  roads; source")
    for off, known, km, roads in rows(load_study("nord-norge")):
        shared = " (shared)" if known.source in SHARED else ""
        print(
            f"{known.origin:14} {known.destination:14} {known.km:7.1f} {km:7.1f} {off:+6.1f} "
            f"{100 * off / known.km:+6.1f}  {roads}; {known.source}{shared}: {known.how}"
        )


if __name__ == "__main__":
    main()
