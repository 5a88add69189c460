"""The inputs of the pages ``from-*.md``, in the formats of the programs that people bring them from.

``python tests/documentation/examples.py`` writes them anew into ``geoaccess/docs/examples``: an OpenStreetMap file of an
invented fjord, a graph as osmnx saves it, a workbook as it is made in a Norwegian municipality. The GeoPackage and the
project of QGIS are made by QGIS itself: ``python3 tests/documentation/qgis_example.py`` where QGIS is.
"""

from __future__ import annotations

from pathlib import Path
from xml.sax.saxutils import quoteattr

import osmnx
import xlsxwriter
from fjord import AREAS, FACILITIES, ROADS, VILLAGES
from pyproj import Transformer

FOLDER = Path(__file__).resolve().parents[2] / "geoaccess" / "docs" / "examples"


def osm_xml() -> str:
    """The fjord as an OpenStreetMap file: roads, a car ferry, municipalities."""
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', '<osm version="0.6" generator="hand">']
    for number, (name, lat, lon, people) in VILLAGES.items():
        tags = {"place": "village", "name": name, "population": str(people)}
        lines += _element("node", f'id="{number}" version="1" lat="{lat}" lon="{lon}"', tags)
    corners = [corner for _, _, ring in AREAS for corner in ring]
    for number, (lat, lon) in enumerate(corners, start=100):
        lines += _element("node", f'id="{number}" version="1" lat="{lat}" lon="{lon}"', {})
    for number, (nodes, road, speed, ref) in enumerate(ROADS, start=1):
        lines += _way(number, nodes, {"highway": road, "maxspeed": speed, "ref": ref})
    ferry = {"route": "ferry", "motor_vehicle": "yes", "name": "Bjørkåsen-Ytterholmen", "duration": "00:35"}
    lines += _way(20, (2, 7), ferry | {"interval": "01:30"})
    first = 100
    for number, (code, name, ring) in enumerate(AREAS, start=30):
        nodes = [*range(first, first + len(ring)), first]
        tags = {"boundary": "administrative", "admin_level": "7", "name": name, "ref": code}
        lines += _way(number, nodes, tags)
        first += len(ring)
    return "\n".join([*lines, "</osm>", ""])


def _way(number: int, nodes: object, tags: dict[str, str]) -> list[str]:
    inside = [f'  <nd ref="{node}"/>' for node in nodes]
    opened = _element("way", f'id="{number}" version="1"', tags)
    return [opened[0], *inside, *opened[1:]]


def _element(kind: str, head: str, tags: dict[str, str]) -> list[str]:
    told = [f"  <tag k={quoteattr(key)} v={quoteattr(value)}/>" for key, value in tags.items()]
    return [f"<{kind} {head}>", *told, f"</{kind}>"]


def graphml(path: Path, extract: Path) -> None:
    """Roads and ferry as osmnx saves a graph; without ``route`` among its useful tags there is no ferry in it."""
    osmnx.settings.useful_tags_way += ["route", "duration", "interval", "motor_vehicle"]
    graph = osmnx.graph_from_xml(extract, simplify=False, retain_all=True)
    others = [
        edge for *edge, data in graph.edges(keys=True, data=True) if not {"highway", "route"} & set(data)
    ]
    graph.remove_edges_from(others)
    graph.remove_nodes_from([node for node, degree in list(graph.degree) if not degree])
    osmnx.save_graphml(graph, path)


def workbook(path: Path) -> None:
    """A workbook of a Norwegian municipality: several sheets, a title, metres, texts with decimal commas."""
    to_utm = Transformer.from_crs(4326, 25833, always_xy=True)
    with xlsxwriter.Workbook(path) as book:
        read_me = book.add_worksheet("Les meg")
        read_me.write_column(
            0, 0, ["Beredskapsplan 2026", "Tallene er oppdiktet. Koordinater i EUREF89 UTM33."]
        )
        people = book.add_worksheet("Innbyggere")
        people.write(0, 0, "Innbyggere per 1. januar 2026")
        people.write_row(2, 0, ["Bygd", "Kommunenr", "Innbyggere", "Øst (UTM33)", "Nord (UTM33)"])
        for row, (name, lat, lon, count) in enumerate(VILLAGES.values(), start=3):
            east, north = to_utm.transform(lon, lat)
            people.write_row(row, 0, [name, _municipality(lat, lon), count])
            people.write_row(row, 3, [_norwegian(east), _norwegian(north)])
        care = book.add_worksheet("Tilbud")
        care.write_row(0, 0, ["Navn", "Type", "Øst (UTM33)", "Nord (UTM33)"])
        for row, (name, kind, lat, lon) in enumerate(FACILITIES, start=1):
            care.write_row(row, 0, [name, kind, *(round(metres, 1) for metres in to_utm.transform(lon, lat))])


def _norwegian(metres: float) -> str:
    return f"{metres:,.1f}".replace(",", " ").replace(".", ",")


def _municipality(lat: float, lon: float) -> str:
    for code, _, ring in AREAS:
        lats, lons = zip(*ring, strict=True)
        if min(lats) <= lat <= max(lats) and min(lons) <= lon <= max(lons):
            return code
    raise ValueError(f"no municipality at {lat}, {lon}")


def main() -> None:
    """Write the inputs anew."""
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / "fjord.osm").write_text(osm_xml(), encoding="utf-8")
    graphml(FOLDER / "fjord.graphml", FOLDER / "fjord.osm")
    workbook(FOLDER / "beredskap.xlsx")


if __name__ == "__main__":
    main()
