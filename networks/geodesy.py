"""Distances on the Earth: great circles, and many short segments on the ellipsoid at once."""

from __future__ import annotations

import numpy as np
from pyproj import Geod

from networks.arrays import FloatArray

#: Mean radius of the Earth, metres (IUGG).
EARTH_RADIUS_M = 6_371_008.8
_WGS84 = Geod(ellps="WGS84")
_A, _E2 = 6378137.0, 0.0066943799901413165
#: Segments longer than this, in degrees, are measured by the geodesic itself.
_SHORT_DEG = 0.05


def great_circle_m(lon_a: FloatArray, lat_a: FloatArray, lon_b: FloatArray, lat_b: FloatArray) -> FloatArray:
    """Metres along the great circle between points in degrees (haversine, mean Earth radius)."""
    phi_a, phi_b = np.radians(lat_a), np.radians(lat_b)
    half_phi, half_lambda = (phi_b - phi_a) / 2.0, np.radians(np.asarray(lon_b) - lon_a) / 2.0
    chord = np.sin(half_lambda) ** 2
    chord *= np.cos(phi_a) * np.cos(phi_b)
    chord += np.sin(half_phi) ** 2
    metres: FloatArray = np.arcsin(np.sqrt(np.minimum(chord, 1.0)))
    metres *= 2.0 * EARTH_RADIUS_M
    return metres


def wrapped_deg(lon_difference: FloatArray) -> FloatArray:
    """A difference of longitudes brought to -180..180, so that the antimeridian is no wall."""
    wrapped: FloatArray = (lon_difference + 180.0) % 360.0 - 180.0
    return wrapped


def segment_lengths_m(
    lon_a: FloatArray, lat_a: FloatArray, lon_b: FloatArray, lat_b: FloatArray
) -> FloatArray:
    """Metres between pairs of points on the WGS 84 ellipsoid.

    Short segments use the radii of curvature at their middle latitude (Torge, *Geodesy*, ch. 4: M and N),
    which is within 1e-6 of the geodesic below 5 km; longer ones use Karney's geodesic (``pyproj.Geod``).
    """
    d_lon, d_lat = wrapped_deg(lon_b - lon_a), lat_b - lat_a
    middle = np.radians((lat_a + lat_b) / 2.0)
    w2 = 1.0 - _E2 * np.sin(middle) ** 2
    east = np.radians(d_lon) * (_A / np.sqrt(w2)) * np.cos(middle)
    north = np.radians(d_lat) * (_A * (1.0 - _E2) / w2**1.5)
    length: FloatArray = np.hypot(east, north)
    far = np.flatnonzero((np.abs(d_lon) > _SHORT_DEG) | (np.abs(d_lat) > _SHORT_DEG))
    if len(far):
        length[far] = _WGS84.inv(lon_a[far], lat_a[far], lon_b[far], lat_b[far])[2]
    return length


def utm_epsg(lon: FloatArray, lat: FloatArray, weights: FloatArray | None = None) -> int:
    """EPSG code of the UTM zone (WGS 84) around the middle of some points, or of the people there.

    The mean direction of the longitudes is taken, so that points on both sides of the antimeridian do not
    average to Greenwich.
    """
    angle = np.radians(lon)
    sine, cosine = (np.average(part, weights=weights) for part in (np.sin(angle), np.cos(angle)))
    middle = float(np.degrees(np.arctan2(sine, cosine)))
    zone = int((middle + 180.0) // 6.0) % 60 + 1
    return (32600 if float(np.average(lat, weights=weights)) >= 0 else 32700) + zone
