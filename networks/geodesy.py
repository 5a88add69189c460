"""Distances on the Earth."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

#: Mean radius of the Earth, metres (IUGG).
EARTH_RADIUS_M = 6_371_008.8


def great_circle_m(lon_a: FloatArray, lat_a: FloatArray, lon_b: FloatArray, lat_b: FloatArray) -> FloatArray:
    """Metres along the great circle between points in degrees (haversine, mean Earth radius)."""
    phi_a, phi_b = np.radians(lat_a), np.radians(lat_b)
    half_phi, half_lambda = (phi_b - phi_a) / 2.0, np.radians(np.asarray(lon_b) - lon_a) / 2.0
    chord = np.sin(half_phi) ** 2 + np.cos(phi_a) * np.cos(phi_b) * np.sin(half_lambda) ** 2
    metres: FloatArray = 2.0 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.minimum(chord, 1.0)))
    return metres
