"""Make the embedded study of Malta: ``python -m tests.studies.sourced.malta [EXTRACT [FOLDER]]``.

Everything is of one OpenStreetMap extract: it is cut to what a study reads, and the tables are those of
``geoaccess study new``. What the map does not say is estimated here by a stated rule and labelled so;
``study.toml`` and ``README.md`` are written by hand and left alone.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import osmium
import pandas as pd

from geoaccess.study.new import Sources, new_study

from .extract import cut

ROOT = Path(__file__).resolve().parents[3]
EXTRACT = "malta.osm.pbf"
OSM = "OpenStreetMap contributors (ODbL), Geofabrik extract of 2018-08-27"
EPSG = 32633
#: North and west of here it is Gozo and Comino: the channel lies between.
GOZO = {"min_lat": 36.005, "max_lon": 14.345}
#: A gate for emergencies this near to a hospital is its gate.
GATE_WITHIN_M = 300.0
#: The hospital's area bears an older name than the node that takes emergencies in it.
NAMES = {"Craig": "VGH Gozo General Hospital"}
#: Objects that are tagged as services and are none.
LEFT_OUT = {"Lazzarett ruins"}
STREETS = frozenset({"residential", "living_street"})
DIGITS = 5


def main(extract: Path, folder: Path) -> None:
    """Write the extract and the tables into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    cut(extract, folder / EXTRACT)
    tables(folder / EXTRACT, folder)


def tables(extract: Path, folder: Path) -> None:
    """Write the tables of an extract that was cut."""
    with tempfile.TemporaryDirectory() as scratch:
        made = Path(scratch) / "malta"
        for note in new_study(made, Sources(osm=extract)):
            print(note)
        areas = gpd.read_file(made / "boundaries.geojson")
        found = {
            name: pd.read_csv(made / f"{name}.csv", dtype={"municipality_code": str}, keep_default_na=False)
            for name in ("municipalities", "demand", "facilities")
        }
    councils = municipalities(found["municipalities"], areas)
    services = facilities(found["facilities"], extract)
    _write(councils, folder / "municipalities.csv")
    _write(people(found["demand"], councils, areas, extract), folder / "demand.csv")
    _write(services, folder / "facilities.csv")
    _write(stations(services), folder / "stations.csv")
    areas["name"] = areas["municipality_code"].map(councils.set_index("municipality_code")["name"])
    areas.sort_values("municipality_code").to_file(
        folder / "boundaries.geojson", driver="GeoJSON", engine="pyogrio", COORDINATE_PRECISION=DIGITS
    )


def municipalities(table: pd.DataFrame, areas: gpd.GeoDataFrame) -> pd.DataFrame:
    """The local councils with their island; two of one name say which island they are on."""
    inside = areas.set_index("municipality_code").geometry.representative_point()
    west = (inside.y > GOZO["min_lat"]) & (inside.x < GOZO["max_lon"])
    table["island"] = np.where(table["municipality_code"].map(west), "Gozo", "Malta")
    twice = table["name"].duplicated(keep=False)
    table["name"] = table["name"].where(~twice, table["name"] + " (" + table["island"] + ")")
    return table.assign(source=OSM, confidence="sourced")


def people(
    table: pd.DataFrame, councils: pd.DataFrame, areas: gpd.GeoDataFrame, extract: Path
) -> pd.DataFrame:
    """Places with the population that the map says; a council without any gets an estimate.

    The estimate is the length of its residential streets times the people per kilometre of such streets in
    the other councils of its island, at the place node that lies in it, to ten people.
    """
    names = councils.set_index("municipality_code")["name"]
    twice = table["name"].duplicated(keep=False)
    table["name"] = table["name"].where(~twice, table["municipality_code"].map(names))
    table = table.assign(people=table["people"].astype(float).astype(int), source=OSM, confidence="sourced")
    places, streets = _places(extract), _street_km(extract, areas)
    told = table.groupby("municipality_code")["people"].sum()
    island = councils.set_index("municipality_code")["island"]
    rows = []
    for code in sorted(set(island.index) - set(told.index)):
        others = [other for other in told.index if island[other] == island[code]]
        rate = told[others].sum() / streets.reindex(others).sum()
        inside = places[places.within(areas.set_index("municipality_code").geometry[code])]
        place = inside.loc[inside["name"].eq(names[code]).idxmax()]
        rule = f"estimated: {streets[code]:.1f} km of residential streets at {rate:.0f} people a km, {island[code]}"
        rows.append(
            {
                "demand_id": f"d{len(table) + len(rows) + 1}", "name": place["name"], "municipality_code": code,
                "lat": round(place.geometry.y, 6), "lon": round(place.geometry.x, 6),
                "people": int(round(streets[code] * rate, -1)), "source": f"{OSM}; {rule}", "confidence": "estimated",
            }
        )  # fmt: skip
    return pd.concat([table, pd.DataFrame(rows)], ignore_index=True)


def facilities(table: pd.DataFrame, extract: Path) -> pd.DataFrame:
    """The services as tagged; a hospital with a gate for emergencies takes emergencies."""
    table = table[~table["name"].isin(LEFT_OUT)].assign(source=OSM, confidence="sourced")
    table["name"] = table["name"].replace(NAMES)
    where = gpd.GeoSeries(gpd.points_from_xy(table["lon"], table["lat"]), index=table.index, crs=4326).to_crs(
        EPSG
    )
    for gate in _gates(extract).to_crs(EPSG):
        away = where[table["kind"].isin(["hospital", "emergency_department"])].distance(gate)
        nearest = away.idxmin()
        if away[nearest] <= GATE_WITHIN_M and table.loc[nearest, "kind"] == "hospital":
            rule = f"its gate {away[nearest]:.0f} m away is tagged emergency=yes"
            table.loc[nearest, ["kind", "source", "confidence"]] = [
                "emergency_department",
                f"{OSM}; {rule}",
                "computed",
            ]
    return table


def stations(services: pd.DataFrame) -> pd.DataFrame:
    """Ambulance stations of today, which the map does not have: one at each emergency department."""
    stands = services[services["kind"] == "emergency_department"]
    rule = "assumed: an ambulance stands at every emergency department; the map has no ambulance station"
    return stands.assign(
        facility_id="s" + stands["facility_id"].str[1:],
        kind="ambulance_station",
        source=rule,
        confidence="estimated",
    )


def _places(extract: Path) -> gpd.GeoDataFrame:
    nodes = osmium.FileProcessor(str(extract), osmium.osm.NODE).with_filter(osmium.filter.KeyFilter("place"))
    rows = [(one.tags["name"], one.tags["place"], one.lon, one.lat) for one in nodes if "name" in one.tags]
    table = pd.DataFrame(rows, columns=["name", "place", "lon", "lat"])
    return gpd.GeoDataFrame(table, geometry=gpd.points_from_xy(table["lon"], table["lat"]), crs=4326)


def _gates(extract: Path) -> gpd.GeoSeries:
    nodes = osmium.FileProcessor(str(extract), osmium.osm.NODE).with_filter(
        osmium.filter.KeyFilter("barrier")
    )
    found = [(one.lon, one.lat) for one in nodes if one.tags.get("emergency") == "yes"]
    lon, lat = np.array(found).reshape(-1, 2).T
    return gpd.GeoSeries(gpd.points_from_xy(lon, lat), crs=4326)


def _street_km(extract: Path, areas: gpd.GeoDataFrame) -> pd.Series:
    """Kilometres of residential streets in each area."""
    ways = osmium.FileProcessor(str(extract)).with_locations().with_filter(osmium.filter.KeyFilter("highway"))
    factory = osmium.geom.WKBFactory()
    lines = [
        factory.create_linestring(way) for way in ways if way.is_way() and way.tags.get("highway") in STREETS
    ]
    streets = gpd.GeoDataFrame(geometry=gpd.GeoSeries.from_wkb(lines), crs=4326).to_crs(EPSG)
    parts = streets.overlay(areas.to_crs(EPSG), how="intersection", keep_geom_type=True)
    return parts.geometry.length.groupby(parts["municipality_code"]).sum() / 1000.0


def _write(table: pd.DataFrame, path: Path) -> None:
    table.to_csv(path, index=False, lineterminator="\n")
    print(f"{path.name}: {len(table)} rows")


if __name__ == "__main__":
    SHARED = Path(os.environ.get("GEOACCESS_SHARED", ROOT.parent / "shared"))
    WHOLE = Path(sys.argv[1]) if len(sys.argv) > 1 else SHARED / "data" / "osm" / "malta-latest.osm.pbf"
    main(WHOLE, Path(sys.argv[2]) if len(sys.argv) > 2 else ROOT / "data" / "malta")
