"""Which country's general limits hold, guessed from the position when nobody says.

The outlines are coarse (tens of kilometres off) and drawn for this purpose alone. A guess is reported as one.
"""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

#: Coarse outlines, degrees east and north. Norway, Sweden and Finland follow their long common borders.
_OUTLINES: dict[str, tuple[tuple[float, float], ...]] = {
    "NO": (
        (11.2, 58.9),
        (11.7, 59.6),
        (12.5, 60.4),
        (12.3, 61.2),
        (12.2, 62.3),
        (12.0, 63.2),
        (13.9, 64.1),
        (13.9, 64.5),
        (14.4, 65.2),
        (14.5, 66.1),
        (15.4, 66.4),
        (16.3, 67.2),
        (16.2, 67.6),
        (18.1, 68.2),
        (18.2, 68.5),
        (20.0, 68.4),
        (20.6, 69.05),
        (21.3, 69.3),
        (23.0, 68.7),
        (24.9, 68.6),
        (25.8, 69.1),
        (26.0, 69.7),
        (27.9, 70.08),
        (29.1, 69.7),
        (28.8, 69.1),
        (30.0, 69.4),
        (30.9, 69.55),
        (31.5, 70.5),
        (26.0, 71.5),
        (16.0, 69.8),
        (11.0, 67.5),
        (4.0, 62.0),
        (4.5, 58.5),
        (7.0, 57.7),
        (10.0, 58.3),
    ),
    "SE": (
        (11.2, 58.9),
        (11.7, 59.6),
        (12.5, 60.4),
        (12.3, 61.2),
        (12.2, 62.3),
        (12.0, 63.2),
        (13.9, 64.1),
        (13.9, 64.5),
        (14.4, 65.2),
        (14.5, 66.1),
        (15.4, 66.4),
        (16.3, 67.2),
        (16.2, 67.6),
        (18.1, 68.2),
        (18.2, 68.5),
        (20.0, 68.4),
        (20.6, 69.05),
        (23.6, 67.9),
        (24.1, 65.8),
        (22.5, 65.2),
        (19.0, 63.0),
        (19.5, 60.5),
        (19.5, 57.2),
        (16.5, 55.8),
        (14.2, 55.2),
        (12.85, 55.3),
        (12.6, 56.1),
        (11.0, 58.0),
    ),
    "FI": (
        (20.6, 69.05),
        (21.3, 69.3),
        (23.0, 68.7),
        (24.9, 68.6),
        (25.8, 69.1),
        (26.0, 69.7),
        (27.9, 70.08),
        (29.1, 69.7),
        (28.5, 68.2),
        (30.0, 67.7),
        (29.1, 66.9),
        (30.1, 65.7),
        (29.7, 64.8),
        (31.5, 62.9),
        (27.8, 60.5),
        (23.0, 59.6),
        (19.3, 60.0),
        (20.5, 63.0),
        (24.1, 65.8),
        (23.6, 67.9),
    ),
    "DK": ((8.0, 54.8), (12.6, 54.5), (12.75, 55.6), (12.6, 56.1), (10.8, 57.9), (8.0, 57.2)),
    "IS": ((-24.7, 63.2), (-13.3, 63.2), (-13.3, 66.7), (-24.7, 66.7)),
    "FO": ((-7.8, 61.3), (-6.1, 61.3), (-6.1, 62.5), (-7.8, 62.5)),
    "MT": ((14.1, 35.7), (14.7, 35.7), (14.7, 36.15), (14.1, 36.15)),
    "GB": (
        (-8.2, 54.0),
        (-5.5, 54.0),
        (-5.8, 49.8),
        (1.5, 50.7),
        (1.9, 52.8),
        (-1.0, 56.0),
        (-0.5, 61.0),
        (-8.7, 57.9),
    ),
    "NL": ((3.3, 51.3), (5.8, 50.7), (6.0, 51.8), (7.1, 52.3), (7.2, 53.5), (4.5, 53.3)),
    "FR": ((-4.9, 48.5), (-1.8, 43.3), (3.2, 42.4), (7.5, 43.7), (7.0, 45.9), (8.2, 49.0), (2.5, 51.1)),
    "DE": (
        (6.0, 51.0),
        (8.0, 48.9),
        (7.6, 47.6),
        (13.0, 47.6),
        (12.2, 50.2),
        (15.0, 51.0),
        (14.3, 54.0),
        (8.5, 54.9),
    ),
    "NZ": ((166.0, -47.5), (179.0, -41.5), (179.0, -37.0), (172.0, -34.0)),
    "FJ": ((176.5, -19.5), (182.0, -19.5), (182.0, -15.5), (176.5, -15.5)),
}


def guess_country(lon: FloatArray, lat: FloatArray) -> str:
    """ISO code of the country that holds the middle of some points; empty when no outline does.

    Args:
        lon: (n,) degrees east; the middle is taken across the antimeridian where that is nearer.
        lat: (n,) degrees north.
    """
    if not len(lon):
        return ""
    angle = np.radians(lon)
    middle_lon = float(np.degrees(np.arctan2(np.sin(angle).mean(), np.cos(angle).mean())))
    middle_lat = float(np.median(lat))
    for code, outline in _OUTLINES.items():
        for turn in (0.0, 360.0):
            if shapely.contains_xy(shapely.Polygon(outline), middle_lon + turn, middle_lat):
                return code
    return ""
