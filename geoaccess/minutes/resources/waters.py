"""The water that a study's boats sail on, kept for the next time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from geoaccess.demand.areas import read_areas, read_land
from geoaccess.ground.arrays import FloatArray
from geoaccess.ground.errors import DataError
from geoaccess.study import Study
from geoaccess.study.resource_sections import bases_of
from geoaccess.words.note import Note
from maps.basemap import detailed, land_within
from networks.cache_folder import keep, kept_data
from networks.errors import Fault, NetworkDataError
from networks.sea import SeaGrid

#: Degrees around the people and bases of a study within which boats may sail.
_AROUND_DEG = 0.5
_KEPT: WeakKeyDictionary[Study, SeaGrid] = WeakKeyDictionary()
#: Changes with how ways are searched: files of another version are not read.
_WAYS_VERSION = 1
#: What searches found: from a cell within so many km, open sea so much slower -> cells, km, km in open sea.
Found = dict[tuple[int, float, float], tuple[NDArray[np.int64], FloatArray, FloatArray]]


def study_sea(study: Study) -> SeaGrid:
    """The sea of a study, made of its own land or of the coast that ships; the same in all of its states.

    Raises:
        DataError: no land is known around the study, or there is no water.
    """
    read = study.as_read
    if read not in _KEPT:
        land = _land_of(read)
        kinds = [
            kind
            for name, one in read.config.resources.items()
            if one.moves == "sea"
            for kind in bases_of(name, one)
        ]
        bases = read.facilities[read.facilities["kind"].isin(kinds)]
        quays = (bases["lon"].to_numpy(float), bases["lat"].to_numpy(float)) if len(bases) else None
        land |= {"epsg": study.config.study.metric_epsg, "quays": quays}
        try:
            _KEPT[read] = _made(land)
        except NetworkDataError as error:
            raise DataError([Fault(Note("fault.no_water", error=error), where="study.toml")]) from error
    return _KEPT[read]


def _made(land: dict[str, Any]) -> SeaGrid:
    """The grid, from the cache where it is there; without one where it cannot be written."""
    try:
        return SeaGrid.from_land(**land, cache=kept_data())
    except OSError:
        return SeaGrid.from_land(**land)


@contextmanager
def remembered(sea: SeaGrid) -> Iterator[SeaGrid]:
    """The sea with all that was searched on it before, by this process or another; what is new is kept.

    Ways over water change with no scenario, and a search takes half a second: twenty bases and hospitals are
    searched once, and read the next time. A file that cannot be read is made anew.
    """
    file = kept_data() / f"sea-ways-{_WAYS_VERSION}-{sea.digest}.npz"
    if not sea.found:
        sea.found.update(_read_found(file))
    before = {key: len(cells) for key, (cells, _, _) in sea.found.items()}
    yield sea
    if any(before.get(key) != len(cells) for key, (cells, _, _) in sea.found.items()):
        _write(file, sea.found)


def _read_found(file: Path) -> Found:
    try:
        with np.load(file) as kept:
            keys, sizes = kept["keys"], kept["sizes"]
            parts = [np.split(kept[name], np.cumsum(sizes)[:-1]) for name in ("cells", "km", "open_km")]
    except (OSError, ValueError, EOFError, KeyError, BadZipFile):
        return {}
    return {
        (int(cell), float(limit), float(factor)): (cells, km, open_km)
        for (cell, limit, factor), cells, km, open_km in zip(keys, *parts, strict=True)
    }


def _write(file: Path, found: Found) -> None:
    cells, km, open_km = (np.concatenate(parts) for parts in zip(*found.values(), strict=True))
    keep(
        file,
        lambda stream: np.savez(
            stream,
            keys=np.asarray(list(found), dtype=np.float64),
            sizes=np.asarray([len(one) for one, _, _ in found.values()]),
            cells=cells,
            km=km,
            open_km=open_km,
        ),
    )


def _land_of(study: Study) -> dict[str, Any]:
    """``land`` and ``known`` of a study: its own areas and waters, its own land, or the coast that ships.

    Raises:
        DataError: none of them is there.
    """
    section = study.config.municipalities
    if section.waters and section.boundaries:
        codes = set(study.municipalities["municipality_code"])
        areas = read_areas(study.folder / section.boundaries, codes, section.boundaries_code).to_crs(4326)
        return {"land": areas.geometry.tolist(), "known": read_land(study.folder / section.waters)}
    if study.config.network.land:
        return {"land": read_land(study.folder / study.config.network.land)}
    lon, lat = study.demand["lon"], study.demand["lat"]
    known = detailed(
        (
            max(float(lon.min()) - _AROUND_DEG, -180.0),
            max(float(lat.min()) - _AROUND_DEG, -90.0),
            min(float(lon.max()) + _AROUND_DEG, 180.0),
            min(float(lat.max()) + _AROUND_DEG, 90.0),
        )
    )
    if known is None:
        raise DataError(
            [
                Fault(
                    "boats need land to sail around, and the coast that ships does not reach here: name a "
                    "polygon file as land under [network]",
                    where="study.toml",
                )
            ]
        )
    return {"land": land_within(known.bounds), "known": known}
