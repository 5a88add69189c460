"""Administrative areas, places with people, and health services of an OpenStreetMap file."""

from __future__ import annotations

import datetime as dt
import json
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from networks.osm.life_cycle import place_not_in_use
from networks.osm.plain import NEW_FROM, in_order, twice_error, without_deleted
from networks.osm.source import check_source, run_program
from networks.sentences import Sentence, first_names

#: Two objects of one name and kind within so many metres are one service.
SAME_WITHIN_M = 500.0
#: Places that a note names before it only counts.
_MOST_NAMES = 10
#: The keys that say what an object of a kind is.
_SAID_BY = {"health": ("amenity", "healthcare"), "place": ("place",), "area": ("boundary",)}
#: ``population=12 345``: digits with spaces, commas, dots or apostrophes between thousands.
_COUNT = re.compile(r"\d{1,3}(?:[ ,.'\u00a0]\d{3})+|\d+")


@dataclass(frozen=True, eq=False, slots=True)
class Features:
    """What a file says of areas, places and health services; EPSG:4326.

    Attributes:
        areas: polygons; ``osm_id``, ``name``, ``ref``.
        places: points; ``osm_id``, ``name``, ``place``, ``population`` (NaN where it is not tagged).
        health: points; ``osm_id``, ``name``, ``amenity`` (hospital, clinic, doctors), ``emergency``.
        notes: what was left out and why.
    """

    areas: gpd.GeoDataFrame
    places: gpd.GeoDataFrame
    health: gpd.GeoDataFrame
    notes: tuple[str, ...]


def read_features(source: Path, *, admin_level: int) -> Features:
    """Read the areas of an administrative level, the places and the health services.

    Args:
        source: ``.osm.pbf`` or ``.osm(.gz|.bz2)``.
        admin_level: OpenStreetMap's level of the areas; 7 is a municipality in Norway, 8 in most countries.

    Raises:
        NetworkFileError: the file cannot be read.
    """
    check_source(source)
    rows, notes = _in_use(_rows(source, admin_level))
    lost = tuple(str(row.get("name") or row["id"]) for row in rows if row["shape"] is None)
    if lost:
        text = "{n} areas, places or services without a valid shape left out: {names}"
        names = first_names(lost, _MOST_NAMES)
        notes.append(Sentence("net.shapeless", text, n=len(lost), names=names))
    frame = _frame([row for row in rows if row["shape"] is not None])
    said = frame["population"].where(frame["kind"] == "place", "")
    frame["population"] = said.map(_count)
    unread = frame[frame["population"].isna() & (said.str.strip() != "")]
    if len(unread):
        places = tuple(
            f"{unread['name'][row] or unread['osm_id'][row]} ({said[row]})" for row in unread.index
        )
        notes.append(
            Sentence(
                "net.no_population",
                "the people of {n} places left out, as the population cannot be read: {places}",
                n=len(unread),
                places=first_names(places, _MOST_NAMES),
            )
        )
    areas = frame[frame["kind"] == "area"]
    places, same = _places_once(_places(frame[frame["kind"] == "place"]))
    notes += same
    health = frame[frame["kind"] == "health"].copy()
    health = health.rename(columns={"service": "amenity"})
    health, doubled = _each_once(health.reset_index(drop=True))
    notes += doubled
    health["geometry"] = shapely.point_on_surface(health.geometry.to_numpy())
    return Features(
        areas=areas[["osm_id", "name", "ref", "geometry"]].reset_index(drop=True),
        places=places[["osm_id", "name", "place", "population", "geometry"]].reset_index(drop=True),
        health=health[["osm_id", "name", "amenity", "emergency", "geometry"]].reset_index(drop=True),
        notes=tuple(notes),
    )


def _places(places: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Places as points, each once: mapped as point and area, it is the point, with the people of either.

    An area is the place of a point of its name within :data:`SAME_WITHIN_M`; without people it says nothing.
    """
    is_area = shapely.area(places.geometry.to_numpy()) > 0
    points, rings = places[~is_area].copy(), places[is_area & places["population"].notna()]
    if rings.empty:
        return points
    system = rings.estimate_utm_crs()
    at = points.to_crs(system).geometry.to_numpy()
    alone = []
    for row, shape in zip(rings.index, rings.to_crs(system).geometry, strict=True):
        same = (points["name"] == places.loc[row, "name"]).to_numpy(dtype=np.bool_)
        near = points.index[same & (shapely.distance(at, shape) <= SAME_WITHIN_M)]
        alone += [] if len(near) else [row]
        if len(near) and points.loc[near, "population"].isna().all():
            points.loc[near[0], "population"] = places.loc[row, "population"]
    rings = rings.loc[alone]
    as_points = rings.set_geometry(shapely.point_on_surface(rings.geometry.to_numpy()), crs=4326)
    return gpd.GeoDataFrame(pd.concat([points, as_points]), crs=4326)


def _places_once(places: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, list[str]]:
    """Places with people once: of points of one name within :data:`SAME_WITHIN_M` the one with the most."""
    counted = places[places["population"].notna() & (places["name"] != "")]
    if len(counted) < 2:
        return places, []
    at = counted.to_crs(counted.estimate_utm_crs()).geometry.to_numpy()
    first, second = shapely.STRtree(at).query(at, predicate="dwithin", distance=SAME_WITHIN_M)
    name = counted["name"].to_numpy(dtype=object)
    same = name[first] == name[second]
    links = coo_array((np.ones(int(same.sum())), (first[same], second[same])), shape=(len(at),) * 2)
    group = pd.Series(connected_components(links, directed=False)[1], index=counted.index)
    kept = counted["population"].groupby(group).idxmax()
    notes: list[str] = [
        Sentence(
            "net.one_place",
            "{name}: {count} objects of the map are one place",
            name=str(counted["name"][kept[number]]),
            count=int(count),
        )
        for number, count in group.value_counts(sort=False).sort_index().items()
        if count > 1
    ]
    return places.drop(index=counted.index.difference(kept)), notes


def _in_use(rows: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[str]]:
    """The objects that are there today, and a note of those that are closed, planned or being built."""
    today = dt.date.today()
    because = [place_not_in_use(row["tags"], _SAID_BY[row["kind"]], _own(row), today) for row in rows]
    gone = tuple(
        f"{row.get('name') or row['id']} ({why})" for row, why in zip(rows, because, strict=True) if why
    )
    notes: list[str] = []
    if gone:
        notes.append(
            Sentence(
                "net.not_in_use",
                "{n} services, places or areas left out, as the map says that they are closed, planned or "
                "being built: {names}",
                n=len(gone),
                names=first_names(gone, _MOST_NAMES),
            )
        )
    return [row for row, why in zip(rows, because, strict=True) if not why], notes


def _own(row: dict[str, Any]) -> set[str]:
    """What an object is, in all spellings of the tags that may say so."""
    if row["kind"] == "health":
        return {"doctors", "doctor"} if row["service"] == "doctors" else {row["service"]}
    return {"administrative"} if row["kind"] == "area" else {row["place"]}


def _each_once(health: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, list[str]]:
    """Every service once: mapped as a node, a site and its buildings, it is the site; the others are told.

    Two objects are one service if they are of one kind and one lies within the other, or if they bear the
    same name within :data:`SAME_WITHIN_M`. The largest is kept, or what says that it takes emergencies.
    """
    if len(health) < 2:
        return health, []
    metric = health.to_crs(health.estimate_utm_crs())
    shapes = metric.geometry.to_numpy()
    first, second = shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=SAME_WITHIN_M)
    amenity, name = (health[column].to_numpy(dtype=object) for column in ("amenity", "name"))
    meets = shapely.distance(shapes[first], shapes[second]) == 0
    areas = shapely.area(shapes)
    # Two points on one spot are two doors of one house: without a common name they may be two doctors.
    inside = meets & (np.maximum(areas[first], areas[second]) > 0)
    named = (name[first] == name[second]) & (name[first] != "")
    same = (amenity[first] == amenity[second]) & (inside | named)
    links = coo_array((np.ones(int(same.sum())), (first[same], second[same])), shape=(len(health),) * 2)
    _, group = connected_components(links, directed=False)
    order = np.lexsort((np.arange(len(health)), -areas, group))
    kept = order[np.r_[True, np.diff(group[order]) != 0]]
    takes = pd.Series(health["emergency"] == "yes").groupby(group).any()
    result = health.iloc[np.sort(kept)].copy()
    result["emergency"] = result["emergency"].mask(takes.to_numpy()[group[np.sort(kept)]], "yes")
    names = pd.Series(np.where(name != "", name, health["osm_id"])).groupby(group)
    notes: list[str] = [
        Sentence(
            "net.one_service",
            "{name}: {count} objects of the map are one {kind}",
            name=str(names.get_group(number).iloc[0]),
            count=int(count),
            kind=str(amenity[group == number][0]),
        )
        for number, count in names.size().items()
        if count > 1
    ]
    return result.reset_index(drop=True), notes


def _rows(source: Path, level: int) -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory(prefix="features-") as folder:
        target = Path(folder) / "features.jsonl"
        plain, _ = without_deleted(source, Path(folder))
        plain = in_order(plain, Path(folder))
        run_program("features_run.py", plain, str(target), folder, str(level))
        rows = [json.loads(line) for line in target.read_text(encoding="utf-8").splitlines()]
    once = {row["id"]: row for row in reversed(rows)}
    if differing := {row["id"] for row in rows if row != once[row["id"]]}:
        raise twice_error(source, differing)
    rows = [row for row in rows if row is once[row["id"]]]
    return [row | {"id": _own_number(row["id"])} for row in rows]


def _own_number(told: str) -> str:
    """The number that an object has in its file, where it was put above the others for a while."""
    kind, number = told.rstrip("0123456789"), int(re.sub(r"\D", "", told))
    return f"{kind}{NEW_FROM - number}" if number > NEW_FROM else told


def _frame(rows: list[dict[str, Any]]) -> gpd.GeoDataFrame:
    texts = ("kind", "name", "ref", "place", "population", "service", "emergency")
    table = pd.DataFrame({name: [row.get(name, "") for row in rows] for name in texts}, dtype=object)
    table["emergency"] = table["emergency"].str.strip().str.lower()
    table["osm_id"] = [row["id"] for row in rows]
    shapes = shapely.make_valid(shapely.from_wkb([row["shape"] for row in rows]))
    return gpd.GeoDataFrame(table, geometry=np.asarray(shapes, dtype=object), crs=4326)


def _count(text: str) -> float:
    """Persons of a ``population`` tag; NaN where it holds no plain number."""
    text = text.strip()
    return float(re.sub(r"\D", "", text)) if _COUNT.fullmatch(text) else np.nan
