"""What a raster of elevations means: metres, whatever it is written in, and no stand-ins for none."""

from __future__ import annotations

from typing import Any

import numpy as np

from networks.arrays import FloatArray
from networks.errors import NetworkDataError
from networks.sentences import Sentence

#: No ground lies lower or higher, metres: the Dead Sea's shore lies at -440, Everest at 8,849.
LOWEST_M, HIGHEST_M = -500.0, 9000.0
_FOOT_M = 0.3048
#: What files call feet, in lower case without signs.
_FEET = frozenset({"ft", "foot", "feet", "usft", "ftus", "ussurveyfoot", "ussurveyfeet", "footus"})


def in_metres(values: FloatArray, raster: Any, path: object) -> FloatArray:  # noqa: ANN401 - rasterio has no types
    """Elevations in metres of figures of a raster's first band: scale, offset and feet applied.

    Args:
        values: the figures as they are stored, NaN where there is none.
        raster: the opened raster.
        path: its file, for messages.

    Raises:
        NetworkDataError: some are no elevation on Earth, as a stand-in for a missing one is that the file
            does not name.
    """
    unit = "".join(filter(str.isalpha, (raster.units[0] or "").lower()))
    metres: FloatArray = (values * raster.scales[0] + raster.offsets[0]) * (_FOOT_M if unit in _FEET else 1.0)
    wrong = metres[(metres < LOWEST_M) | (metres > HIGHEST_M)]
    if wrong.size:
        raise NetworkDataError(
            Sentence(
                "net.fault.no_elevation",
                "{path}: {value:g} m is no elevation on Earth ({cells:,} figures are none); if it stands for "
                "a missing one, name it in the file as no data: gdal_edit.py -a_nodata {value:g}",
                path=path,
                value=float(wrong[int(np.argmax(np.abs(wrong)))]),
                cells=int(wrong.size),
            )
        )
    return metres
