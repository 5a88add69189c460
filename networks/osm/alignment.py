"""How the course of a road sets its speed: bends, width and the grade, where they are known.

A class factor (:mod:`networks.osm.defaults`) is one figure for the straight road on the plateau and for the
shelf above the fjord. Here the road's own course decides, segment by segment:

**Straight on.** Outside towns drivers keep close to a posted limit: on 80 km/h roads in Norway the mean of
all vehicles is 76 km/h (Statens vegvesen, 50 counting points, 2018), a share of 0.95. That holds instead
of the class factor on a road whose limit is posted and at least :data:`OPEN_KPH`. Towns and assumed limits
keep the factor, which stands for bends too: an edge there takes the longer of its own time and of that at
its limit through its bends, and nothing is paid twice.

**Width.** A two-lane road of 6.8 m and more is driven at that speed, one of 4 m at three quarters of it,
linear between: the desired speed of cars in HDM-4 (*Modelling Road User and Environmental Effects*, 2000;
its figures as we recall them). The width comes from ``width``, or is 4 m where both directions share a lane.

**Bends.** ``v = sqrt(127 R (e + f))`` km/h on the radius ``R``, with the side friction that cars were seen to
accept, 0.268 on paved and 0.124 on unpaved roads, and the superelevation ``e`` = 0.00012 (0.00017) for each
degree of bend a kilometre, at most 0.08 (HDM-III: Watanatada et al., *Vehicle Speeds and Operating Costs*,
1987; as we recall them). On radii of 100 to 200 m this is within 6 % of the 85th percentile that
FHWA-RD-99-171 (2000) found on American two-lane roads, ``104.82 - 3574.51 / R``. The radius is that of the
change of direction over :data:`WINDOW_M`, so that a line that jitters does not read as bends. Slowing down
before a bend and gathering speed behind it are not counted.

**Grade**, with a raster of elevations (:mod:`networks.osm.heights`): the factors of FHWA-RD-99-171 for cars,
from its free speeds of 102.10, 105.98, 104.82 and 96.61 km/h on grades of -9 to -4, -4 to 0, 0 to 4 and 4 to
9 %, taken at the middle of each class, linear between and on to 12 %. That everybody slows in the same
proportion is our assumption; a loaded ambulance slows more.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from networks.arrays import BoolArray, FloatArray, IntArray
from networks.geodesy import segment_lengths_m, wrapped_deg
from networks.osm.assemble import EdgeBlock
from networks.osm.controls import Streets
from networks.osm.heights import Heights, grade_factors
from networks.osm.report import Tally
from networks.osm.speeds import SpeedSource

#: Share of a posted limit that drivers keep on the open road, and the limit from which a road is open.
OPEN_SHARE, OPEN_KPH = 0.95, 60.0
#: Widths, metres, between which the desired speed rises to its full value, and its share at the narrower.
NARROW_M, WIDE_M, NARROW_SHARE = 4.0, 6.8, 0.75
#: Side friction accepted and superelevation by degrees of bend a kilometre, paved and unpaved.
FRICTION, SUPERELEVATION, MOST_SUPERELEVATION = (0.268, 0.124), (0.00012, 0.00017), 0.08
#: The change of direction is read over this length, metres.
WINDOW_M = 30.0
#: A bend reaches no further than this from the point at which it is drawn, metres.
BEND_WITHIN_M = 25.0
#: Bends tighter than this are junctions, not bends: metres of radius.
TIGHTEST_M = 9.0


def bend_kph(radius_m: FloatArray, paved: FloatArray | bool = True) -> FloatArray:
    """Speed on bends of some radii, km/h; see the module's text."""
    radius = np.maximum(radius_m, TIGHTEST_M)
    kind = np.where(paved, 0, 1)
    degrees_km = np.degrees(1000.0 / radius)
    lean = np.minimum(np.asarray(SUPERELEVATION)[kind] * degrees_km, MOST_SUPERELEVATION)
    speed: FloatArray = np.sqrt(127.0 * radius * (np.asarray(FRICTION)[kind] + lean))
    return speed


def width_share(width_m: FloatArray) -> FloatArray:
    """Share of the desired speed by the width of the carriageway; 1 where it is not known."""
    share: FloatArray = np.interp(width_m, [NARROW_M, WIDE_M], [NARROW_SHARE, 1.0])
    return np.where(np.isnan(width_m), 1.0, share)


def desired_kph(streets: Streets) -> tuple[FloatArray, BoolArray]:
    """(n_types, 2) speed on a straight and level stretch, km/h, by way, and whether it is open road.

    Elsewhere it is the limit, which the class factor has not slowed.
    """
    types = streets.types
    driven = np.asarray([(one.forward_kph, one.backward_kph) for one in types], dtype=np.float64)
    free = np.asarray([(one.forward_free_kph, one.backward_free_kph) for one in types], dtype=np.float64)
    posted = np.asarray([one.speed_source is not SpeedSource.DEFAULT for one in types], dtype=bool)
    share = width_share(np.asarray([one.width_m for one in types], dtype=np.float64))[:, None]
    open_road = posted[:, None] & (free >= OPEN_KPH)
    desired: FloatArray = np.where(open_road, np.maximum(driven, OPEN_SHARE * free) * share, free)
    return desired, open_road


def aligned(
    roads: EdgeBlock, streets: Streets, tally: Tally, *, bends: bool, heights: Heights | None
) -> EdgeBlock:
    """The directed edges with the times that the course of the road gives.

    Args:
        roads: directed edges in the order of ``road_block``, before anything is lost at junctions.
        streets: the roads they were made of.
        tally: takes the counts.
        bends: whether bends, width and the open road count.
        heights: elevations, None for a level country.
    """
    if not len(roads.tails):
        return roads
    course, points = streets.course, streets.points
    piece, reverse = streets.directed()
    side = reverse.astype(np.int64)
    moving_s = roads.moving_s
    a, b = course.point[:-1], course.point[1:]
    metres = segment_lengths_m(points.lon[a], points.lat[a], points.lon[b], points.lat[b])
    metres[course.run[1:] != course.run[:-1]] = 0.0
    if bends:
        desired, open_road = desired_kph(streets)
        summed = _course_seconds(streets, metres, desired)
        whole = (summed[:, streets.pieces.last] - summed[:, streets.pieces.first])[side, piece]
        kind = streets.ways.type_index[streets.pieces.way]
        whole = np.where(open_road[kind[piece], side], whole, np.maximum(whole, moving_s))
        tally.add("speeds", "edges slower by their bends", int((whole > moving_s * 1.0001).sum()))
        tally.add("speeds", "edges faster as open road", int((whole < moving_s / 1.0001).sum()))
        moving_s = whole
    if heights is not None:
        moving_s = moving_s * grade_factors(streets, metres, heights, tally)[side, piece]
    return replace(roads, moving_s=moving_s)


def _course_seconds(streets: Streets, metres: FloatArray, desired: FloatArray) -> FloatArray:
    """(2, n_course) seconds along the course up to each point, along and against it."""
    course = streets.course
    kind = streets.ways.type_index[course.way]
    paved = np.asarray([one.paved for one in streets.types], dtype=bool)[kind]
    bend = bend_kph(_radii(streets, metres), paved)
    near = np.minimum(metres / 2.0, BEND_WITHIN_M)
    summed = np.zeros((2, len(course.point)))
    for side in range(2):
        wanted = desired[kind[:-1], side]
        pace = (np.minimum(wanted, bend[:-1]), wanted, np.minimum(wanted, bend[1:]))
        seconds = 3.6 * (near / pace[0] + (metres - 2.0 * near) / pace[1] + near / pace[2])
        np.cumsum(seconds, out=summed[side, 1:])
    return summed


def _radii(streets: Streets, metres: FloatArray) -> FloatArray:
    """(n_course,) radius of the bend at each point of the course, infinite where it runs straight.

    The turn at a point is spread over the halves of its segments, up to :data:`BEND_WITHIN_M`; what is read
    is the change of direction over a window around the point, in which turns to both sides cancel.
    """
    course, points = streets.course, streets.points
    size = len(course.point)
    a, b = course.point[:-1], course.point[1:]
    east = wrapped_deg(points.lon[b] - points.lon[a]) * np.cos(np.radians(points.lat[a]))
    heading = np.arctan2(east, points.lat[b] - points.lat[a])
    turn = np.zeros(size)
    within = (course.run[2:] == course.run[:-2]) & (metres[1:] > 0) & (metres[:-1] > 0)
    turn[1:-1] = np.where(within, (heading[1:] - heading[:-1] + np.pi) % (2.0 * np.pi) - np.pi, 0.0)
    # A window at the end of a way must not see the next one: they stand apart by more than its length.
    place = np.append(0.0, np.cumsum(np.where(metres > 0, metres, 2.0 * (WINDOW_M + BEND_WITHIN_M))))
    reach = np.minimum(metres / 2.0, BEND_WITHIN_M)
    before, behind = np.append(0.0, reach), np.append(reach, 0.0)
    turning: IntArray = np.flatnonzero(turn)
    radius = np.full(size, np.inf)
    if not len(turning):
        return radius
    knots = np.stack([place[turning] - before[turning], place[turning] + behind[turning]], axis=1).ravel()
    total = np.cumsum(turn[turning])
    turned = np.stack([total - turn[turning], total], axis=1).ravel()
    here = place[turning]
    change = np.interp(here + WINDOW_M / 2.0, knots, turned) - np.interp(here - WINDOW_M / 2.0, knots, turned)
    with np.errstate(divide="ignore"):
        radius[turning] = WINDOW_M / np.abs(change)
    return radius
