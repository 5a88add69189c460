"""``study new``: a whole, commented study of any region from an extract, a population, a facility table."""

from __future__ import annotations

import re
import shutil
import tempfile
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geoaccess.demand.rasters import points_from_raster
from geoaccess.ground.errors import DataError, OutputError
from geoaccess.ground.headings import in_our_words
from geoaccess.ground.point_layers import chosen_layer, source_of
from geoaccess.ground.tables import Column, check_frame, read_frame
from geoaccess.ground.writing import write_folder
from geoaccess.study.load import STUDY_FILE, load_study
from geoaccess.study.placement_sections import Placement
from geoaccess.study.schema import (
    About,
    AccessLeg,
    Demand,
    FacilityTable,
    Ferries,
    Kind,
    Municipalities,
    Network,
    Scenario,
)
from geoaccess.study.writing import toml_section, toml_value
from geoaccess.words.note import Note, word
from networks import GtfsFerries, TravelNetwork, build_network, save_network
from networks.errors import Fault
from networks.geodesy import utm_epsg
from networks.osm import feed_matches
from networks.osm.features import Features, read_features

NETWORK_FILE = "network.net"
BOUNDARY_FILE = "boundaries.geojson"
OSM_SOURCE = "OpenStreetMap contributors (ODbL)"
RASTERS = (".tif", ".tiff", ".vrt")
#: OpenStreetMap's level of the areas where none is asked for: a municipality in most countries.
ADMIN_LEVEL = 8
#: An inhabited cell this near to an area belongs to it: its centre may lie in the water.
_CELL_WITHIN_M = 500.0
#: A facility this near to an area belongs to it: hospitals stand at the water, and areas end there.
_FACILITY_WITHIN_M = 2000.0
#: A suburb's people live in a town no farther from it than this.
_PART_WITHIN_M = 15_000.0
_PARTS = ("suburb",)
_HEADER = """# {name}: what is asked, and of which data. `geoaccess study check` verifies it.
# A line that starts with # and a key shows a default; take the # away to change it.
"""
#: What OpenStreetMap's tags mean here: amenity -> (kind, label, plural, label and plural in bokmål).
_OSM_KINDS: Mapping[str, tuple[str, ...]] = {
    "emergency_department": ("emergency department", "emergency departments", "akuttmottak", "akuttmottak"),
    "hospital": ("hospital", "hospitals", "sykehus", "sykehus"),
    "clinic": ("clinic", "clinics", "klinikk", "klinikker"),
    "doctors": ("doctors' surgery", "doctors' surgeries", "legekontor", "legekontorer"),
}
_LABELS = ("label", "plural", "label_nb", "plural_nb")


@dataclass(frozen=True, slots=True)
class Timetables:
    """Departures of ferries from a GTFS feed.

    Attributes:
        file: name of the feed, told as the source.
        ferries: its ferries (:func:`networks.osm.read_gtfs_week`).
        week_of: first day of the week that was read; None = the feed has no day on which it runs.
    """

    file: str
    ferries: GtfsFerries
    week_of: date | None


@dataclass(frozen=True, slots=True)
class Sources:
    """What a new study is made from.

    Attributes:
        osm: extract of the region, ``.osm.pbf`` or ``.osm``.
        population: raster of persons, or a table with ``name, lat, lon, people``; None takes the places of
            the extract that say their population.
        facilities: table with ``name, kind, lat, lon``; None takes the health services of the extract.
        boundaries: polygons of the areas that results are told for; None takes the extract's.
        boundaries_code: column of their codes.
        boundaries_name: column of their names.
        admin_level: OpenStreetMap's level of the areas, where they come from the extract; None takes those of
            level 8, or the whole extract as one area where it has none.
        nodata: value of the raster's missing cells, where the raster does not say.
        timetables: departures of ferries, for those whose quays the feed's stops are near.
    """

    osm: Path
    population: Path | None = None
    facilities: Path | None = None
    boundaries: Path | None = None
    boundaries_code: str = ""
    boundaries_name: str = ""
    admin_level: int | None = None
    nodata: float | None = None
    timetables: Timetables | None = None


@dataclass
class _Draft:
    """The study as far as it is made: its folder, what it found and the tables of its file."""

    folder: Path
    sources: Sources
    name: str
    areas: gpd.GeoDataFrame
    metric_epsg: int
    #: The areas are the one that was made for want of others: no shape of land, and not to be drawn.
    is_whole: bool = False
    demand: dict[str, Any] = field(default_factory=dict)
    demand_source: dict[str, Any] | None = None
    kinds: dict[str, tuple[str, ...]] = field(default_factory=dict)
    ferries: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def new_study(folder: Path, sources: Sources, *, name: str = "") -> tuple[str, ...]:
    """Make the folder of a study that loads, and say what was taken from where.

    The network is built, the areas, people and facilities are written as tables, and ``study.toml`` holds
    every key with its description. Nothing is left at ``folder`` unless the study loads.

    Args:
        folder: to be made; it must not exist.
        sources: the files.
        name: short name of the study; default: that of the folder.

    Returns:
        Notes: counts, assumptions, and what was left out.

    Raises:
        DataError: faults in the files, all of them listed.
        NetworkFileError: the extract cannot be read.
        OutputError: the folder exists or cannot be written.
    """
    if folder.exists():
        raise OutputError(Note("fault.folder_exists", folder=folder))
    short = _slug(name or folder.resolve().name)
    level = ADMIN_LEVEL if sources.admin_level is None else sources.admin_level
    found = read_features(sources.osm, admin_level=level)
    areas = _areas(sources, found)
    notes: list[str] = []

    def fill(work: Path) -> None:
        epsg = _metric_epsg(sources, found, areas)
        network = _network(work, sources, epsg)
        named = name or folder.resolve().name
        told = _whole(network, named) if areas is None else areas
        draft = _Draft(work, sources, short, told, epsg, is_whole=areas is None, notes=notes)
        notes.extend(found.notes)
        _write_areas(draft)
        _write_demand(draft, found)
        _write_facilities(draft, found)
        _tell_network(draft, network)
        (work / STUDY_FILE).write_text(_study_file(draft), encoding="utf-8")
        notes.extend(load_study(work).notes)

    write_folder(folder, fill)
    return tuple(notes)


def _slug(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9_-]+", "-", plain).strip("-_") or "study"


def _areas(sources: Sources, found: Features) -> gpd.GeoDataFrame | None:
    """Polygons with ``municipality_code`` and ``name``, in degrees; None = it has none, none were asked for.

    Raises:
        DataError: there are none of the level that was asked for, or their file lacks a column or a reference
            system.
    """
    if sources.boundaries is None:
        areas = found.areas.rename(columns={"osm_id": "municipality_code"})
        named = areas.loc[areas["name"] != "", ["municipality_code", "name", "geometry"]]
        if not named.empty:
            return named.reset_index(drop=True)
        if sources.admin_level is None:
            return None
        message = Note("fault.new.no_areas", admin_level=sources.admin_level)
        raise DataError([Fault(message, where=str(sources.osm))])
    return _areas_of_file(sources.boundaries, sources.boundaries_code, sources.boundaries_name)


def _whole(network: TravelNetwork, name: str) -> gpd.GeoDataFrame:
    """One area around all junctions, in degrees: people beyond it have no road in the extract."""
    points = gpd.GeoSeries(gpd.points_from_xy(network.lon, network.lat), crs=4326).to_crs(network.metric_epsg)
    hull = gpd.GeoSeries([points.union_all().convex_hull], crs=network.metric_epsg)
    shape = hull.buffer(_CELL_WITHIN_M).to_crs(4326)
    return gpd.GeoDataFrame({"municipality_code": ["1"], "name": [name]}, geometry=shape.to_numpy(), crs=4326)


def _areas_of_file(path: Path, code: str, name: str) -> gpd.GeoDataFrame:
    try:
        source = source_of(path)
        layer = chosen_layer(source.file, source.layer)
        areas = gpd.read_file(source.file, layer=layer, where=source.where or None)
    except DataError:
        raise
    except (OSError, ValueError, RuntimeError) as error:
        raise DataError([Fault(Note("fault.no_polygons", error=error), where=str(path))]) from error
    columns = [column for column in areas.columns if column != areas.geometry.name]
    faults = []
    if areas.crs is None:
        faults.append(Fault("the layer has no coordinate reference system", where=str(path)))
    faults += [
        Fault(
            Note("fault.new.which_column", what=word(what), columns=tuple(columns)),
            where=str(path),
            column=column,
        )
        for column, what in ((code, "the codes (--boundaries-code)"), (name, "the names (--boundaries-name)"))
        if column not in columns
    ]
    if faults:
        raise DataError(faults)
    kept = areas.to_crs(4326)[[code, name, areas.geometry.name]]
    kept.columns = ["municipality_code", "name", "geometry"]
    kept = kept.astype({"municipality_code": str, "name": str}).set_geometry("geometry", crs=4326)
    kept["geometry"] = kept.geometry.make_valid()
    return kept.dissolve("municipality_code", as_index=False)[["municipality_code", "name", "geometry"]]


def _metric_epsg(sources: Sources, found: Features, areas: gpd.GeoDataFrame | None) -> int:
    """The UTM zone of the people: an area's sea or a far islet must not move it, nor the antimeridian."""
    if sources.population is not None and sources.population.suffix.lower() in RASTERS:
        # A raster may be of a whole country: where nothing says which part is meant, the facilities do.
        points = _facility_points(sources, found).geometry if areas is None else areas.representative_point()
        return utm_epsg(points.x.to_numpy(), points.y.to_numpy())
    people = _places(found)[0] if sources.population is None else _people_table(sources.population)
    persons = people["people"].to_numpy(dtype=np.float64)
    weights = persons if persons.sum() > 0 else None
    return utm_epsg(people.geometry.x.to_numpy(), people.geometry.y.to_numpy(), weights)


def _write_areas(draft: _Draft) -> None:
    if draft.is_whole:
        table = draft.areas[["municipality_code", "name"]].assign(source=draft.sources.osm.name)
        table.to_csv(draft.folder / "municipalities.csv", index=False)
        draft.notes.append(
            Note("note.new.one_area", admin_level=ADMIN_LEVEL, name=draft.areas["name"].iloc[0])
        )
        return
    draft.areas.to_file(draft.folder / BOUNDARY_FILE, driver="GeoJSON", engine="pyogrio")
    source = OSM_SOURCE if draft.sources.boundaries is None else draft.sources.boundaries.name
    table = draft.areas[["municipality_code", "name"]].assign(source=source)
    table.sort_values("municipality_code").to_csv(draft.folder / "municipalities.csv", index=False)
    draft.notes.append(Note("note.new.areas", areas=len(table), source=source))


def _write_demand(draft: _Draft, found: Features) -> None:
    population = draft.sources.population
    is_raster = population is not None and population.suffix.lower() in RASTERS
    if population is not None and is_raster and not draft.is_whole:
        shutil.copyfile(population, draft.folder / population.name)
        raster: dict[str, Any] = {"file": population.name, "bands": {"people": 1}}
        if draft.sources.nodata is not None:
            raster["nodata"] = draft.sources.nodata
        draft.demand_source = {"raster": raster, "nearest_within_m": _CELL_WITHIN_M}
        draft.notes.append(Note("note.new.raster", file=population.name))
        return
    if population is None:
        points, doubled = _places(found)
        draft.notes += doubled
    elif is_raster:
        points = _cells(draft, population)
    else:
        points = _people_table(population)
    placed = _within_areas(draft, points, what="demand")
    placed["demand_id"] = [f"d{number}" for number in range(1, len(placed) + 1)]
    columns = ["demand_id", "name", "municipality_code", "lat", "lon", "people", "source"]
    placed[columns].to_csv(draft.folder / "demand.csv", index=False)
    draft.demand = {"table": "demand.csv", "weights": {"people": "people"}}
    people = float(placed["people"].sum())
    draft.notes.append(Note("note.new.people", people=people, places=len(placed)))


def _places(found: Features) -> tuple[gpd.GeoDataFrame, list[Note]]:
    """Places that say their population, and which parts of towns are left out, as their town counts them.

    A suburb's people are in the figure of the city or town around it, if one within
    :data:`_PART_WITHIN_M` says at least as many.

    Raises:
        DataError: none does.
    """
    counted = found.places[found.places["population"] > 0]
    if counted.empty:
        raise DataError([Fault("no place of the extract says its population: name a file with --population")])
    part = _is_part(counted)
    notes = []
    if part.any():
        names = counted.loc[part, "name"].astype(str).tolist()
        people = float(counted.loc[part, "population"].sum())
        notes.append(Note("note.new.parts_of_towns", names=names, people=people))
    kept = counted[~part].reset_index(drop=True)
    return kept.rename(columns={"population": "people"}).assign(source=OSM_SOURCE), notes


def _is_part(places: gpd.GeoDataFrame) -> NDArray[np.bool_]:
    """(n,) whether a place is a suburb, quarter or neighbourhood of a town that counts its people."""
    metric = places.to_crs(places.estimate_utm_crs()).geometry.to_numpy()
    kinds, people = places["place"].to_numpy(dtype=object), places["population"].to_numpy(dtype=np.float64)
    towns = np.isin(kinds, ["city", "town"])
    found = np.zeros(len(places), dtype=np.bool_)
    for row in np.flatnonzero(np.isin(kinds, _PARTS)):
        near = towns & (shapely.distance(metric, metric[row]) <= _PART_WITHIN_M) & (people >= people[row])
        found[row] = bool(near.any())
    return found


def _cells(draft: _Draft, raster: Path) -> gpd.GeoDataFrame:
    """The inhabited cells of a raster within the one area: those beyond it have no road in the extract."""
    west, south, east, north = map(float, draft.areas.total_bounds)
    read = points_from_raster(
        raster, weights={"people": 1}, bounds=(west, south, east, north), nodata=draft.sources.nodata
    )
    draft.notes += read.notes
    table = read.table.drop(columns="municipality_code").assign(source=raster.name)
    cells = _points(table).to_crs(draft.metric_epsg)
    inside = cells.within(draft.areas.to_crs(draft.metric_epsg).geometry.iloc[0])
    return cells[inside].to_crs(4326).reset_index(drop=True)


def _people_table(path: Path) -> gpd.GeoDataFrame:
    columns = [Column("name"), Column("lat", "lat"), Column("lon", "lon"), Column("people", "count")]
    return _points(_own_table(path, columns).assign(source=path.name))


def _own_table(path: Path, columns: list[Column]) -> pd.DataFrame:
    """A table of somebody's own, under their headings, with every cell checked.

    Raises:
        DataError: with every fault.
    """
    frame = in_our_words(read_frame(path), [column.name for column in columns], where=path.name)
    faults = check_frame(frame, columns, where=path.name)
    if faults:
        raise DataError(faults)
    return frame


def _points(frame: pd.DataFrame) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(frame, geometry=gpd.points_from_xy(frame["lon"], frame["lat"]), crs=4326)


def _within_areas(draft: _Draft, points: gpd.GeoDataFrame, *, what: str) -> pd.DataFrame:
    """The points with the code of their area, or of the nearest within a short way; others are told."""
    metric = draft.areas.to_crs(draft.metric_epsg)
    located = points.to_crs(draft.metric_epsg)
    nearest = located.sjoin_nearest(
        metric[["municipality_code", "geometry"]], how="left", max_distance=_FACILITY_WITHIN_M
    )
    nearest = nearest[~nearest.index.duplicated()]
    codes = nearest["municipality_code"]
    outside = codes.isna()
    if outside.any():
        named = points.loc[outside.to_numpy(), "name"].astype(str).tolist()
        draft.notes.append(Note(f"note.new.outside.{what}", rows=int(outside.sum()), names=named))
    placed = points.assign(
        municipality_code=codes, lon=points.geometry.x.round(6), lat=points.geometry.y.round(6)
    )
    inside: pd.DataFrame = pd.DataFrame(placed.drop(columns="geometry"))[~outside.to_numpy()]
    return inside.reset_index(drop=True)


def _write_facilities(draft: _Draft, found: Features) -> None:
    path = draft.sources.facilities
    points = _facility_points(draft.sources, found)
    placed = _within_areas(draft, points, what="facilities")
    placed["facility_id"] = [f"f{number}" for number in range(1, len(placed) + 1)]
    columns = ["facility_id", "name", "kind", "municipality_code", "lat", "lon", "source"]
    placed[columns].to_csv(draft.folder / "facilities.csv", index=False)
    counts = placed["kind"].value_counts()
    draft.kinds = {
        str(kind): _OSM_KINDS.get(str(kind), (str(kind).replace("_", " "),) * 2) for kind in counts.index
    }
    told = [
        Note("note.new.kind", count=int(count), kind=draft.kinds[str(kind)][1])
        for kind, count in counts.items()
    ]
    source = OSM_SOURCE if path is None else path.name
    draft.notes.append(Note("note.new.facilities", kinds=told, source=source))


def _facility_points(sources: Sources, found: Features) -> gpd.GeoDataFrame:
    return _osm_facilities(found) if sources.facilities is None else _facility_table(sources.facilities)


def _osm_facilities(found: Features) -> gpd.GeoDataFrame:
    """Health services of the extract; a hospital with ``emergency=yes`` has an emergency department.

    Raises:
        DataError: there are none.
    """
    if found.health.empty:
        raise DataError([Fault("the extract has no hospital or clinic: name a table with --facilities")])
    health = found.health
    department = (health["amenity"] == "hospital") & (health["emergency"] == "yes")
    names = health["name"].where(health["name"] != "", "(without a name) " + health["osm_id"])
    kinds = health["amenity"].mask(department, "emergency_department")
    return health.assign(name=names, kind=kinds, source=OSM_SOURCE)


def _facility_table(path: Path) -> gpd.GeoDataFrame:
    columns = [Column("name"), Column("kind"), Column("lat", "lat"), Column("lon", "lon")]
    frame = _own_table(path, columns)
    return _points(frame if "source" in frame else frame.assign(source=path.name))


def _network(folder: Path, sources: Sources, metric_epsg: int) -> TravelNetwork:
    """The network of the extract, written into the folder."""
    timetables = sources.timetables
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        network = build_network(
            sources.osm,
            metric_epsg=metric_epsg,
            timetables=None if timetables is None else timetables.ferries,
        )
        built = Path(scratch) / NETWORK_FILE
        save_network(network, built, with_index=True)
        built.rename(folder / NETWORK_FILE)
    return network


def _tell_network(draft: _Draft, network: TravelNetwork) -> None:
    timetables = draft.sources.timetables
    box = shapely.box(*draft.areas.total_bounds)
    inside = shapely.contains_xy(box, network.lon, network.lat).mean()
    draft.notes.append(
        Note(
            "note.new.network",
            nodes=network.n_nodes,
            ferries=len(network.services),
            share=float(inside),
        )
    )
    if timetables is not None:
        _time_by_departures(draft, network, timetables)


def _time_by_departures(draft: _Draft, network: TravelNetwork, timetables: Timetables) -> None:
    """Where any ferry has departures, the study asks for them: by headways they would not be looked at."""
    matches = feed_matches(network, timetables.ferries.ferries)
    known = 0 if matches.empty else int((matches["from_stop"] != "").sum())
    if known:
        draft.ferries["model"] = "timetable"
    draft.notes.append(
        Note("note.new.timetables", known=known, ferries=len(network.services), file=timetables.file)
    )
    if known:
        draft.notes.append(Note("note.new.weekday"))


def _study_file(draft: _Draft) -> str:
    about = {
        "name": draft.name,
        "title": f"{draft.name}: time to care",
        "notice": "Made by `geoaccess study new` from the files named under sources; nobody has looked at it "
        "yet. Read the study file through, and replace this sentence when you have.",
        "notice_nb": "Laget av `geoaccess study new` av filene som er nevnt under kilder; ingen har sett på "
        "den ennå. Les studiefilen gjennom, og bytt ut denne setningen når du har gjort det.",
        "metric_epsg": draft.metric_epsg,
        "sources": _sources(draft),
    }
    first = next(iter(draft.kinds))
    parts = [
        _HEADER.format(name=draft.name),
        toml_section("[study]", About, about),
        toml_section("[network]", Network, {"file": NETWORK_FILE}),
        toml_section("[network.access]", AccessLeg, {}),
        toml_section("[network.ferries]", Ferries, draft.ferries),
        toml_section("[demand]", Demand, draft.demand),
        *_demand_source(draft),
        toml_section(
            "[municipalities]",
            Municipalities,
            {"table": "municipalities.csv"} | ({} if draft.is_whole else {"boundaries": BOUNDARY_FILE}),
        ),
        toml_section("[[facilities]]", FacilityTable, {"table": "facilities.csv"}),
        *(
            toml_section(
                f"[kinds.{toml_value(kind)}]",
                Kind,
                {**dict(zip(_LABELS, labels, strict=False)), "report": True},
            )
            for kind, labels in draft.kinds.items()
        ),
        toml_section(
            "[placements.one-more]",
            Placement,
            {"title": f"One more {draft.kinds[first][0]}", "facility": first, "sites": 1}
            | {"direction": "to_site"},
        ),
        toml_section("[scenarios.night]", Scenario, {"title": "At 2 in the morning", "time": "02:00"}),
    ]
    return "\n".join(parts)


def _sources(draft: _Draft) -> list[str]:
    sources = [f"Roads and ferries: {OSM_SOURCE}, {draft.sources.osm.name}"]
    people = draft.sources.population
    sources.append(f"People: {'places of the extract, ' + OSM_SOURCE if people is None else people.name}")
    given = draft.sources.facilities
    sources.append(f"Facilities: {OSM_SOURCE if given is None else given.name}")
    timetables = draft.sources.timetables
    if timetables is not None:
        week = "" if timetables.week_of is None else f", the week from {timetables.week_of.isoformat()}"
        sources.append(f"Departures of ferries: {timetables.file}{week}")
    return sources


def _demand_source(draft: _Draft) -> list[str]:
    if draft.demand_source is None:
        return []
    source = dict(draft.demand_source)
    raster = source.pop("raster")
    lines = ["[demand.source]", *(f"{key} = {toml_value(value)}" for key, value in source.items()), ""]
    lines += ["[demand.source.raster]", *(f"{key} = {toml_value(value)}" for key, value in raster.items())]
    return ["\n".join(lines) + "\n"]
