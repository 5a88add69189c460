"""A study whose network is an OpenStreetMap extract: built when it is asked for, once a process."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from networks import TravelNetwork
from networks.errors import NetworkFileError
from networks.ferries import FerryConditions

EXTRACTS = (".osm.pbf", ".pbf", ".osm", ".osm.gz", ".osm.bz2")


def is_extract(path: str | Path) -> bool:
    """Whether a network file is a map that a network is built from, by its ending."""
    return str(path).lower().endswith(EXTRACTS)


def network_of_extract(path: Path, *, metric_epsg: int, ferries: FerryConditions) -> TravelNetwork:
    """The network of an extract, for cars; the last one is kept as long as its file stays as it is.

    Args:
        path: the extract.
        metric_epsg: EPSG code of the CRS for metres.
        ferries: how ferries are timed.

    Raises:
        NetworkFileError: the extract cannot be read.
        NetworkDataError: it holds no road.
    """
    try:
        state = path.stat()
    except OSError as error:
        raise NetworkFileError(f"{path}: {error.strerror or error}") from error
    return _built(path, (state.st_mtime_ns, state.st_size), metric_epsg, ferries)


@lru_cache(maxsize=1)
def _built(
    path: Path, _changed: tuple[int, int], metric_epsg: int, ferries: FerryConditions
) -> TravelNetwork:
    from networks import build_network  # noqa: PLC0415 - half a second that studies on tables need not pay

    return build_network(path, metric_epsg=metric_epsg, ferries=ferries)
