"""Minutes over land and water between places, without a road."""

from __future__ import annotations

import numpy as np

from networks.arrays import FloatArray
from networks.surface.grid import Surface


def surface_minutes(
    surface: Surface,
    origins: tuple[FloatArray, FloatArray],
    destinations: tuple[FloatArray, FloatArray],
    *,
    limit_min: float | None = None,
) -> FloatArray:
    """(n_origins, n_destinations) minutes by the least-cost way over a surface; NaN where nothing leads.

    A place counts as the centre of its cell, or of a neighbouring one where its own cannot be crossed. There
    is one search for each place of the smaller side.

    Args:
        surface: the ground.
        origins: (n,) degrees east and (n,) degrees north of the places that are left.
        destinations: (m,) degrees east and (m,) degrees north of the places that are gone to.
        limit_min: ways that take longer count as none.
    """
    starts, stops = (
        surface.open_at(np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64))
        for lon, lat in (origins, destinations)
    )
    swapped = len(starts) < len(stops)
    searched, asked = (starts, stops) if swapped else (stops, starts)
    minutes = np.full((len(asked), len(searched)), np.nan)
    known = np.flatnonzero(asked >= 0)
    for column in np.flatnonzero(searched >= 0).tolist():
        least = surface.least(searched[column : column + 1], toward=not swapped, limit_min=limit_min)
        seconds = least.seconds.ravel()[asked[known]]
        minutes[known, column] = np.where(np.isfinite(seconds), seconds / 60.0, np.nan)
    return minutes.T if swapped else minutes
