"""Which road each point joined, remembered by content: the next command begins where the last one ended.

Thirty thousand cells along a coast take seconds to join, and are joined alike by every command until the
points, the roads or the coast change. A file is named by a digest of all of these and of the rules.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from functools import cache
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import shapely
from numpy.typing import NDArray

from networks.arrays import IntArray
from networks.cache_folder import keep
from networks.land import Land
from networks.snap_choice import Component, choose
from networks.snap_index import SnapIndex

#: Fewer points than this are joined anew each time: that costs less than to look.
FEWEST = 1_000
#: So many files are kept, the newest.
MOST_FILES = 24
_RULES = ("land.py", "packed_search.py", "packed_tree.py", "snap_choice.py", "snap_index.py")


def choose_or_recall(
    search: SnapIndex,
    points: NDArray[np.object_],
    component: Component,
    *,
    land: Land | None,
    most_m: float | None,
    folder: Path | None,
) -> tuple[IntArray, NDArray[np.object_]]:
    """:func:`networks.snap_choice.choose`, from the folder where the same was chosen before.

    Args:
        search: what may be joined.
        points: (n,) points in metres.
        component: which parts of the network may be joined.
        land: land in metres; None = water is not asked for.
        most_m: points further away than this will not be joined.
        folder: where choices are kept; None = nowhere. One that cannot be read or written changes nothing.
    """
    if folder is None or len(points) < FEWEST:
        return choose(search, points, component, land=land, most_m=most_m)
    digest = hashlib.sha256(repr((_rules(), shapely.geos_version, component, most_m)).encode())
    digest.update(search.digest)
    digest.update(b"" if land is None else land.digest)
    digest.update(np.column_stack([shapely.get_x(points), shapely.get_y(points)]).tobytes())
    file = folder / f"joined-{digest.hexdigest()[:32]}.npz"
    found = _read(file, len(points), len(search.edges))
    if found is None:
        found = choose(search, points, component, land=land, most_m=most_m)
        _write(file, *found)
    return found


@cache
def _rules() -> str:
    digest = hashlib.sha256()
    for name in _RULES:
        digest.update(Path(__file__).with_name(name).read_bytes())
    return digest.hexdigest()


def _read(file: Path, n_points: int, n_items: int) -> tuple[IntArray, NDArray[np.object_]] | None:
    try:
        with np.load(file, allow_pickle=False) as kept:
            chosen, of_flags, flags = kept["chosen"], kept["of_flags"], kept["flags"]
        os.utime(file)
    except (OSError, ValueError, EOFError, KeyError, BadZipFile):
        return None
    whole = len(chosen) == len(of_flags) == n_points and chosen.max(initial=-1) < n_items
    return (chosen, flags.astype(object)[of_flags]) if whole else None


def _write(file: Path, chosen: IntArray, flags: NDArray[np.object_]) -> None:
    kinds, of_flags = np.unique(flags.astype(str), return_inverse=True)
    keep(file, lambda stream: np.savez(stream, chosen=chosen, of_flags=of_flags, flags=kinds))
    with suppress(OSError):
        kept = sorted(file.parent.glob("joined-*.npz"), key=lambda one: one.stat().st_mtime)
        for old in kept[:-MOST_FILES]:
            old.unlink()
