"""Pack the finer coast of Northern Norway (near.json) from ``@geo-maps/countries-coastline-100m``.

``npm pack @geo-maps/countries-coastline-100m`` and unpack it, then

    python -m maps._basemap.pack_near package/map.geo.json

Countries are joined, so that no border is a coast; the lakes are those of the packed land, which the source
does not have.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import shapely
from shapely.geometry import shape

from maps.basemap import land_within
from maps.encoding import encode_rings

#: West, south, east, north in degrees: the study of Northern Norway with a margin.
REGION = (10.5, 64.8, 31.6, 71.4)
#: Islets below this many square degrees (about 0.005 km2) are left out.
_LEAST = 1e-6


def main(source: Path) -> None:
    """Write ``near.json`` beside this file."""
    features = json.loads(source.read_text(encoding="utf-8"))["features"]
    parts = np.concatenate([shapely.get_parts(shape(feature["geometry"])) for feature in features])
    west, south, east, north = shapely.bounds(parts).T
    near = (west < REGION[2]) & (east > REGION[0]) & (south < REGION[3]) & (north > REGION[1])
    land = shapely.union_all(shapely.clip_by_rect(shapely.make_valid(parts[near]), *REGION), grid_size=1e-5)
    seen = shapely.get_parts(land.difference(_lakes()))
    seen = seen[shapely.area(seen) > _LEAST]
    rings = [[ring.coords for ring in (one.exterior, *one.interiors)] for one in seen]
    packed = {"bounds": list(REGION), "land": encode_rings(rings)}
    target = Path(__file__).with_name("near.json")
    target.write_text(json.dumps(packed, separators=(",", ":")) + "\n", encoding="ascii")


def _lakes() -> shapely.Geometry:
    """Lakes of the packed land: the holes in it."""
    pieces = shapely.get_parts(land_within(REGION))
    holes = [shapely.Polygon(ring) for piece in pieces for ring in piece.interiors]
    return shapely.union_all(holes)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
