"""Which country's general limits hold, guessed from the position when nobody says.

The outlines (:mod:`networks.osm.outlines`) are coarse, up to some kilometres off: a place outside all of them
belongs to the nearest within a degree. A guess is reported as one, with the share of every other country.
"""

from __future__ import annotations

import json
from collections import Counter
from functools import cache
from pathlib import Path

import numpy as np
import shapely

from networks.arrays import FloatArray
from networks.sentences import Sentence

#: Places looked up of a file; they are taken evenly over its nodes.
SAMPLE = 400
#: A place outside every outline belongs to the nearest one within this, degrees.
NEAR_DEG = 1.0


@cache
def _outlines() -> tuple[tuple[str, ...], shapely.STRtree]:
    """Country of each outline, and the outlines; an empty country stands for all that have no row."""
    source = Path(__file__).parent / "outlines" / "countries.json"
    rings = json.loads(source.read_text(encoding="ascii"))
    codes = tuple(code for code, polygons in rings.items() for _ in polygons)
    shapes = [shapely.make_valid(shapely.Polygon(ring)) for polygons in rings.values() for ring in polygons]
    return codes, shapely.STRtree(shapes)


def country_shares(lon: FloatArray, lat: FloatArray) -> dict[str, float]:
    """Share of some places in each country by its ISO code, falling; empty text = in none that is known.

    Args:
        lon: (n,) degrees east.
        lat: (n,) degrees north.
    """
    if not len(lon):
        return {}
    rows = np.unique(np.linspace(0, len(lon) - 1, SAMPLE).astype(np.int64))
    wrapped = (lon[rows] + 180.0) % 360.0 - 180.0
    places = shapely.points(wrapped, lat[rows])
    codes, tree = _outlines()
    of_place = dict.fromkeys(range(len(rows)), "")
    near, outline = tree.query_nearest(places, max_distance=NEAR_DEG, all_matches=False)
    of_place.update(zip(near.tolist(), (codes[at] for at in outline.tolist()), strict=True))
    counts = Counter(of_place.values())
    return {
        code: count / len(rows) for code, count in sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    }


def guess_country(lon: FloatArray, lat: FloatArray) -> str:
    """ISO code of the country that holds most of some places; empty when none with known limits does.

    Args:
        lon: (n,) degrees east.
        lat: (n,) degrees north.
    """
    return next(iter(country_shares(lon, lat)), "")


_ELSEWHERE = Sentence("net.elsewhere", "other countries")


def guess_told(lon: FloatArray, lat: FloatArray) -> str:
    """How a country was guessed: from the position, with the share of the places that lie in others."""
    first, *others = country_shares(lon, lat).items()
    if not first[0]:
        return "unknown"
    told = tuple(
        Sentence("net.share_in", "{share:.0%} in {country}", share=share, country=code or _ELSEWHERE)
        for code, share in others
        if share >= 0.005
    )
    if told:
        return Sentence("net.guessed_shares", "guessed from the position ({shares})", shares=told)
    return Sentence("net.guessed", "guessed from the position")
