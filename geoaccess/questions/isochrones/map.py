"""Maps of isochrones: the land within minutes of places, as bands, and the people in each."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geoaccess.answers.source import Source, numbers
from geoaccess.drawing import map_layers as shared
from maps import AreaLayer, Column, Headline, MapDocument, Scale, Series, SiteRole
from maps.basemap import land_within, serves
from maps.layers import Layer

#: More facilities than this are drawn without their names.
_MOST_NAMED = 40
#: Land between roads is filled where no place of it is further than so many reaches from one.
_FILLED_REACHES = 3.0
#: How far edges may be off of what is grown to fill that land, in reaches: 100 m by default.
_COARSE_REACHES = 0.04
#: Metres of a degree of latitude.
_DEGREE_M = 111_195.0


def document(source: Source) -> MapDocument:
    """The map of a run of isochrones."""
    told, words = source.facts["isochrones"], source.words
    table = source.table("isochrones").sort_values("minutes").reset_index(drop=True)
    kind = str(told.get("kind", ""))
    what = source.kind(kind) if kind else str(told.get("places", ""))
    reach = float(told["reach_m"])
    direction = words(f"reach.{told['direction']}", what=what)
    points = source.table("reach_points")
    layers: list[Layer] = [_bands(source, table), *shared.links(source)]
    if len(points):
        column = Column(words("series.time", kind=what), numbers(points, "travel_time_min"), "min")
        layers.append(replace(shared.settlements(source, points, columns=(column,)), shown=False))
    layers += _places(source, kind)
    return MapDocument(
        title=source.title,
        subtitle=direction,
        notices=source.notices,
        headline=_headline(source, points, numbers(table, "minutes").tolist()),
        layers=tuple(layers),
        sources=(
            *source.sources,
            words("reach.told", metres=words.number(reach), filled=words.number(_FILLED_REACHES * reach)),
        ),
    )


def _bands(source: Source, table: pd.DataFrame) -> AreaLayer:
    """Each area without those of fewer minutes, so that none lies on top of another."""
    words = source.words
    strips = shapely.make_valid(shapely.from_wkt(table["wkt"].to_numpy(dtype=object)))
    whole = _filled(strips, float(source.facts["isochrones"]["reach_m"]), source)
    bands = [
        whole[0],
        *(shapely.difference(later, earlier) for earlier, later in pairwise(whole)),
    ]
    limits = numbers(table, "minutes")
    names = [words("reach.within", limit=words.limits((limit,))) for limit in limits.tolist()]
    keep = [at for at, band in enumerate(bands) if not band.is_empty]
    scale = Scale(
        tuple(limits[:-1].tolist()), labels=tuple(_band_labels(source, limits.tolist())), closed_above=True
    )
    series = Series(words("reach.band"), limits[keep], scale)
    return AreaLayer(
        key="isochrones",
        name=words("layer.isochrones"),
        geometry=[_polygons(bands[at]) for at in keep],
        labels=[names[at] for at in keep],
        series=(series,),
        columns=(Column(words("column.road_km"), numbers(table, "road_km")[keep], "km"),),
        simplify_m=0.0,
    )


def _filled(strips: NDArray[np.object_], reach_m: float, source: Source) -> NDArray[np.object_]:
    """Strips along roads with the land between them, as far as a few reaches from one road to the next.

    Each shape grows by that and shrinks again, which fills gaps and bays and moves no outer edge; so what is
    within fewer minutes stays within what is within more. Water that is filled is taken out again where the
    stored coast, or else the study's own land, is known, and land across it that no strip lies on.
    """
    west, south, east, north = shapely.total_bounds(strips)
    middle = np.deg2rad((south + north) / 2)
    metres = np.array([_DEGREE_M * np.cos(middle), _DEGREE_M])
    plane = shapely.transform(strips, lambda at: at * metres)
    # Every bend of a coast would be grown by kilometres; the strips are put back below as they are.
    coarse = shapely.simplify(plane, _COARSE_REACHES * reach_m)
    grown = np.asarray(
        [
            shapely.union_all(shapely.buffer(shapely.get_parts(one), _FILLED_REACHES * reach_m, quad_segs=6))
            for one in coarse
        ]
    )
    closed = shapely.buffer(grown, -_FILLED_REACHES * reach_m, quad_segs=6)
    filled = shapely.transform(closed, lambda at: at / metres)
    bounds = (float(west), float(south), float(east), float(north))
    land = land_within(bounds) if serves(bounds) else shared.land_of_study(source)
    if land is not None:
        on_land = shapely.intersection(shapely.make_valid(filled), shapely.make_valid(land))
        filled = np.asarray([_meeting(one, strip) for one, strip in zip(on_land, strips, strict=True)])
    return np.asarray(shapely.union(shapely.make_valid(filled), strips), dtype=object)


def _meeting(area: shapely.Geometry, strips: shapely.Geometry) -> shapely.Geometry:
    """The parts of an area on land that strips lie on; the others are across water from every road."""
    parts = shapely.get_parts(area)
    shapely.prepare(strips)
    return shapely.union_all(parts[shapely.intersects(strips, parts)])


def _polygons(shape: shapely.Geometry) -> shapely.MultiPolygon:
    """The areas of a shape, without the lines and points where two areas only touch."""
    parts = [
        part for part in shapely.get_parts(shape) if isinstance(part, shapely.Polygon | shapely.MultiPolygon)
    ]
    flat = [polygon for part in parts for polygon in shapely.get_parts(part)]
    return shapely.MultiPolygon(flat)


def _band_labels(source: Source, limits: list[float]) -> list[str]:
    words = source.words
    first = words("reach.within", limit=words.limits((limits[0],)))
    later = [
        words("reach.between", low=words.limits((low,)), high=words.limits((high,)))
        for low, high in pairwise(limits)
    ]
    return [first, *later]


def _headline(source: Source, points: pd.DataFrame, limits: list[float]) -> tuple[Headline, ...]:
    weights = source.weights(points)
    if points.empty or not weights:
        return ()
    words, persons = source.words, numbers(points, weights[0])
    minutes = numbers(points, "travel_time_min")
    return tuple(
        Headline(
            words("figure.people_within", limit=words.limits((limit,))),
            float(persons[minutes <= limit].sum()),
            words("unit.people"),
            words(
                "figure.share",
                share=words.number(
                    100.0 * float(np.sum(persons[minutes <= limit])) / float(persons.sum() or 1.0), 1
                ),
            ),
        )
        for limit in limits
    )


def _places(source: Source, kind: str) -> list[Layer]:
    table = source.table("facilities")
    rows = table[table["kind"].astype(str) == kind].reset_index(drop=True) if len(table) else table
    # Their names stand on the map, because the names of the hidden settlements do not.
    role = SiteRole.NAMED if len(rows) <= _MOST_NAMED else SiteRole.EXISTING
    return [shared.facilities(source, kind, rows, [role] * len(rows))] if len(rows) else []
