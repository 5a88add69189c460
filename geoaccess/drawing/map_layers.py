"""Layers that several kinds of map share: places, facilities, roads and ferries, municipalities."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from geoaccess.answers.roads import NAMED_TO_ZOOM
from geoaccess.answers.source import Source, numbers
from geoaccess.demand.areas import land_of_areas, read_areas, read_land
from geoaccess.ground.arrays import FloatArray
from maps import (
    AreaLayer,
    Basemap,
    Column,
    Hatching,
    Headline,
    Hours,
    LineKind,
    LineLayer,
    MapDocument,
    MapName,
    PointLayer,
    Series,
    Shape,
    SiteLayer,
    SiteRole,
    View,
)
from maps.basemap import serves
from maps.layers import Layer
from maps.payload import extent

#: Symbol of each kind of facility; kinds without one take the next free shape.
SHAPES = {
    "akuttmottak": Shape.CROSS,
    "dms": Shape.SQUARE,
    "legevakt": Shape.DIAMOND,
    "ambulance_station": Shape.TRIANGLE,
    "kad": Shape.HEXAGON,
    "blood_kit": Shape.DROP,
    "airport": Shape.PLANE,
    "ambulance_boat": Shape.PENTAGON,
    "ambulance_helicopter": Shape.STAR,
    "rescue_helicopter": Shape.RING,
}
LINE_KINDS = {
    "road": LineKind.ROAD,
    "ferry": LineKind.FERRY,
    "boat": LineKind.BOAT,
    "flight": LineKind.FLIGHT,
}
SETTLEMENTS = "settlements"
#: How far simplified land may lie from the study's own, degrees: about 100 m.
_LAND_DEGREES = 0.001


def settlements(
    source: Source,
    frame: pd.DataFrame,
    series: Sequence[Series] = (),
    *,
    columns: Iterable[Column] = (),
    parts: Mapping[str, tuple[Column, ...]] | None = None,
    hours: Sequence[Hours] = (),
    hatched: Mapping[str, Sequence[bool]] | None = None,
) -> PointLayer:
    """Places where people live, sized by people; hatched where their times are assumed."""
    weights = source.weights(frame)
    size = Column(source.weight_name(weights[0]), numbers(frame, weights[0])) if weights else None
    others = [Column(source.weight_name(name), numbers(frame, name)) for name in weights[1:]]
    areas, area_of = areas_of(source, frame)
    return PointLayer(
        key=SETTLEMENTS,
        name=source.words("layer.settlements"),
        lon=numbers(frame, "lon"),
        lat=numbers(frame, "lat"),
        labels=frame["name"].astype(str).tolist(),
        series=tuple(series),
        size=size,
        columns=(*columns, *others, *_municipality_column(source, frame)),
        parts=parts or (),
        hours=tuple(hours),
        hatching=Hatching(source.words("clock.hatched"), hatched) if hatched else None,
        areas=areas,
        area_of=area_of,
    )


def areas_of(source: Source, frame: pd.DataFrame) -> tuple[list[str], list[int]]:
    """Names of the municipalities of places, and the position of each place's; none where none is known."""
    if "municipality_code" not in frame or not source.municipality_names:
        return [], []
    codes = frame["municipality_code"].astype(str).tolist()
    position = {code: at for at, code in enumerate(dict.fromkeys(codes))}
    names = source.municipality_names
    return [names.get(code, code) for code in position], [position[code] for code in codes]


def _municipality_column(source: Source, frame: pd.DataFrame) -> tuple[Column, ...]:
    if "municipality_code" not in frame or not source.municipality_names:
        return ()
    codes = frame["municipality_code"].astype(str)
    names = [source.municipality_names.get(code, code) for code in codes]
    return (Column(source.words("column.municipality"), names),)


def municipalities(
    source: Source, codes: Iterable[str], series: Mapping[tuple[str, str], Series], *, shown: bool = False
) -> list[AreaLayer]:
    """Municipalities as areas, where the study has their polygons.

    Args:
        source: the run.
        codes: codes of the municipalities.
        series: (view key, name) -> a series whose values are in the order of the sorted codes.
        shown: whether they are drawn at first.
    """
    if not source.facts.get("boundaries") or not source.municipality_names:
        return []
    wanted = sorted(set(codes))
    column = str(source.facts.get("boundaries_code", ""))
    areas = read_areas(Path(source.facts["boundaries"]), set(wanted), column).to_crs(4326)
    rows = pd.Index(wanted).get_indexer(areas.index.astype(str))
    names = source.municipality_names
    return [
        AreaLayer(
            key="municipalities",
            name=source.words("layer.municipalities"),
            geometry=areas.geometry.tolist(),
            labels=[names.get(code, code) for code in areas.index],
            series=tuple(
                Series(
                    one.name,
                    np.asarray(one.values, dtype=np.float64)[rows],
                    one.scale,
                    one.view,
                    tuple(one.marks[int(row)] for row in rows) if one.marks else (),
                )
                for one in series.values()
            ),
            shown=shown,
        )
    ]


def own_land(source: Source, made: MapDocument) -> Basemap | None:
    """Land from the study's own polygons, where the packed coast does not reach or is too coarse."""
    if serves(made.bounds or extent(made.layers)):
        return None
    land = land_of_study(source)
    of_what = "source.land" if source.facts.get("land") else "source.boundaries"
    return None if land is None else Basemap(land=land, source=source.words(of_what))


def land_of_study(source: Source) -> BaseGeometry | None:
    """Land of the study's own in degrees, simplified: its file of land, or else its areas."""
    if source.facts.get("land"):
        return shapely.simplify(read_land(Path(source.facts["land"])), _LAND_DEGREES)
    if not (source.facts.get("boundaries") and source.municipality_names):
        return None
    column = str(source.facts.get("boundaries_code", ""))
    covered = land_of_areas(Path(source.facts["boundaries"]), set(source.municipality_names), column)
    # A hole between areas is an area that the boundaries lack, and no sea.
    parts = shapely.get_parts(shapely.simplify(covered, _LAND_DEGREES))
    return shapely.multipolygons(shapely.polygons(shapely.get_exterior_ring(parts)))


def names_on_map(source: Source) -> tuple[MapName, ...]:
    """The study's own names of fjords, lakes and the like, in the language of the page."""
    own = f"name_{source.words.language.value}"
    return tuple(
        MapName(
            text=str(row.get(own) or row["name"]),
            lon=float(row["lon"]),
            lat=float(row["lat"]),
            from_zoom=int(row["from_zoom"]),
            is_water=row["kind"] != "land",
        )
        for row in source.facts.get("map_names", ())
    )


def facilities(
    source: Source,
    kind: str,
    rows: pd.DataFrame,
    roles: Sequence[SiteRole] | Mapping[str, Sequence[SiteRole]],
    *,
    number: int = 0,
    columns: tuple[Column, ...] = (),
) -> SiteLayer:
    """The facilities of one kind."""
    return SiteLayer(
        key=f"facility-{kind}",
        name=source.kind_heading(kind, plural=True),
        lon=numbers(rows, "lon"),
        lat=numbers(rows, "lat"),
        labels=rows["name"].astype(str).tolist(),
        shape=SHAPES.get(kind, Shape.number(number)),
        roles=roles,
        columns=columns,
    )


def links(
    source: Source, *, closed_in: Mapping[str, str] | None = None, roads_shown: bool = False
) -> list[LineLayer]:
    """Roads and ferries, closed ones marked, and the roads that are closed in any view on their own.

    Args:
        source: the run.
        closed_in: view key -> scenario whose closures it shows; none for the state of the table alone.
        roads_shown: whether the open roads are drawn at first.
    """
    table = source.table("links")
    if table.empty:
        return []
    views = dict(closed_in or {})
    closed = _closed(source, table, views)
    layers = []
    for kind, rows in table.groupby("kind", sort=False):
        here = rows.index.to_numpy()
        ordinary = _ordinary(str(kind), rows)
        kinds = {
            view: [
                LineKind.CLOSED if shut else open_kind
                for shut, open_kind in zip(states[here], ordinary, strict=True)
            ]
            for view, states in closed.items()
        }
        is_road, whole = str(kind) == "road", "from_zoom" in rows
        name = source.words.known(f"links.{kind}", str(kind).title())
        if is_road and whole:
            name = source.words(f"links.road.from_{int(rows['from_zoom'].max())}")
        # A road whose way is known is a road to whoever looks at a map; straight links are asked for.
        shown = not is_road or roads_shown or whole or LineKind.SCHEMATIC not in ordinary
        layers.append(_line_layer(source, str(kind), name, rows, kinds, shown=shown))
        shut_somewhere = np.any([states[here] for states in closed.values()], axis=0)
        if is_road and shut_somewhere.any() and not roads_shown:
            some = rows[shut_somewhere]
            at = some.index.to_numpy()
            own = {
                view: [LineKind.CLOSED if shut else LineKind.HIDDEN for shut in states[at]]
                for view, states in closed.items()
            }
            layers.append(_line_layer(source, "closed-roads", source.words("links.closed"), some, own))
    return layers


def _ordinary(kind: str, rows: pd.DataFrame) -> list[LineKind]:
    """What each open link is: a road of which only the ends are known is drawn as schematic."""
    if kind != "road":
        return [LINE_KINDS.get(kind, LineKind.ROUTE)] * len(rows)
    if "line" not in rows:
        return [LineKind.SCHEMATIC] * len(rows)
    return [LineKind.ROAD if line else LineKind.SCHEMATIC for line in rows["line"].fillna("")]


def _closed(source: Source, table: pd.DataFrame, views: Mapping[str, str]) -> dict[str, np.ndarray]:
    """View key -> (n_links,) whether each link is closed; "" for the views without a scenario."""
    base = table["travel_time_min"].isna().to_numpy()
    ids = table["link_id"].astype(str)
    told = source.table("closures")
    states = {"": base}
    for view, scenario in views.items():
        if not told.empty:
            here = set(told.loc[told["scenario"] == scenario, "link_id"].astype(str))
            if here or scenario != "base":
                states[view] = ids.isin(here).to_numpy()
    return states


def _line_layer(
    source: Source,
    key: str,
    name: str,
    rows: pd.DataFrame,
    kinds: Mapping[str, Sequence[LineKind]],
    *,
    shown: bool = True,
) -> LineLayer:
    words = source.words
    columns = [
        Column(words("column.length"), numbers(rows, "length_km"), "km", 1),
        Column(words("column.time"), numbers(rows, "travel_time_min"), "min"),
    ]
    if (rows["kind"] != "road").any():
        columns.append(Column(words("column.wait"), numbers(rows, "wait_min"), "min"))
    return LineLayer(
        key=key,
        name=name,
        geometry=link_lines(rows),
        labels=_line_labels(rows, name),
        kinds=dict(kinds),
        columns=tuple(columns),
        shown=shown,
        from_zoom=rows["from_zoom"].astype(int).tolist() if "from_zoom" in rows else (),
    )


def _line_labels(rows: pd.DataFrame, layer: str) -> list[str]:
    """Names of links, those without one by the layer; whole classes of smaller roads have none."""
    zoom = rows["from_zoom"] if "from_zoom" in rows else pd.Series(0, index=rows.index)
    names = rows["name"].fillna("").astype(str)
    return ["" if level > NAMED_TO_ZOOM else name or layer for name, level in zip(names, zoom, strict=True)]


def link_lines(rows: pd.DataFrame) -> list[shapely.LineString]:
    """The lines of links: as they are sailed where that is known, else straight from end to end."""
    ends = rows[["from_lon", "from_lat", "to_lon", "to_lat"]].to_numpy(dtype=np.float64).reshape(-1, 2, 2)
    if "line" not in rows:
        return list(shapely.linestrings(ends))
    told = rows["line"].fillna("").astype(str)
    return [
        shapely.from_wkt(text) if text else shapely.LineString(pair)
        for text, pair in zip(told, ends, strict=True)
    ]


def weighted_median(minutes: FloatArray, weights: FloatArray) -> float:
    """The median of a group of people, NaN for no people."""
    from geoaccess.ground.measures import weighted_percentile  # noqa: PLC0415 - only maps with areas need it

    return weighted_percentile(minutes, weights, 0.5)


def facilities_by_kind(source: Source, kinds: Sequence[str], views: Sequence[View]) -> list[SiteLayer]:
    """The facilities of each kind, drawn in the views of that kind alone: their keys end in its number."""
    layers = []
    table = source.table("facilities")
    for number, kind in enumerate(kinds):
        rows = table[table["kind"].astype(str) == kind].reset_index(drop=True)
        if len(rows):
            own = [view.key for view in views if view.key.endswith(f"-{number}")]
            roles = {key: [SiteRole.EXISTING] * len(rows) for key in own}
            absent = {"": [SiteRole.ABSENT] * len(rows)}
            layers.append(facilities(source, kind, rows, absent | roles, number=number))
    return layers


@dataclass(eq=False)
class Pieces:
    """What one subject of a run adds to a document.

    Attributes:
        views: states to choose between.
        series: quantities of the places, each in the order of ``base``.
        base: the places.
        layers: the other layers.
        closed_in: view key -> scenario.
        columns: further facts of the places, in the order of ``base``.
        hours: strips of hours of the places.
        hatched: view key -> whether each place is hatched.
    """

    views: list[View] = field(default_factory=list)
    series: list[Series] = field(default_factory=list)
    base: pd.DataFrame | None = None
    layers: list[Layer] = field(default_factory=list)
    closed_in: dict[str, str] = field(default_factory=dict)
    columns: list[Column] = field(default_factory=list)
    hours: list[Hours] = field(default_factory=list)
    hatched: dict[str, list[bool]] = field(default_factory=dict)


def sites_by_view(
    source: Source, rows: pd.DataFrame, facility: str, role_columns: Mapping[str, str]
) -> SiteLayer:
    """Sites whose role changes from view to view.

    Args:
        source: the answer.
        rows: the sites.
        facility: their kind.
        role_columns: key of a view -> the column of ``rows`` with the roles in it.
    """
    roles = {
        key: [
            SiteRole(role) if role in {"existing", "required", "chosen", "closed"} else SiteRole.ABSENT
            for role in rows[column].astype(str)
        ]
        for key, column in role_columns.items()
    }
    return SiteLayer(
        key="sites",
        name=source.kind_heading(facility, plural=True),
        lon=numbers(rows, "lon"),
        lat=numbers(rows, "lat"),
        labels=rows["name"].astype(str).tolist(),
        shape=SHAPES.get(facility, Shape.PENTAGON),
        roles=roles,
    )


def percentile_figure(
    source: Source, name: str, minutes: float | None, unreachable: float | None
) -> Headline:
    """The median or the 90th percentile; in words where too many people are not reached for it to be minutes.

    Args:
        source: the answer.
        name: ``median`` or ``p90``.
        minutes: the percentile over everybody, reached or not; NaN or None where it has no minutes.
        unreachable: how many people are not reached.
    """
    words = source.words
    if (minutes is None or math.isnan(minutes)) and unreachable:
        return Headline(words(f"figure.{name}"), words("figure.no_way"), "", words(f"figure.{name}.no_way"))
    return Headline(words(f"figure.{name}"), minutes, "min", words(f"figure.{name}.told"))
