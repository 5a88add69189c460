"""Drives between people and places over a study's network: what every question's minutes are made of.

NaN is unreachable, and nothing else is.
"""

from __future__ import annotations

from functools import cached_property
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geoaccess.ground.arrays import FloatArray
from geoaccess.study import Study
from networks import TravelNetwork, nearest, travel_time_matrix
from networks.edges_in_use import edges_to_nearest
from networks.engines import Engine, chosen_engine
from networks.files import give_back_pages
from networks.times import STREAM_BYTES, blocks

#: Bytes of the minutes that are put into a matrix at once: what makes them takes room beside the whole of it.
_FILLED_BYTES = STREAM_BYTES // 2

#: ``to_site``: people drive to the service; ``from_site``: the service drives to them.
Direction = Literal["to_site", "from_site"]


def place_minutes(
    study: Study,
    places: pd.DataFrame,
    *,
    direction: Direction = "to_site",
    network: TravelNetwork | None = None,
    limit_min: float | None = None,
    engine: Engine = "auto",
) -> FloatArray:
    """(n_demand, n_places) minutes between people and any places; NaN unreachable.

    Args:
        study: the study, in a state.
        places: ``node_id`` or ``lon, lat`` of each.
        direction: who travels.
        network: the study's network with something taken out of it; default: the network as it is.
        limit_min: pairs farther apart count as unreachable.
        engine: what searches.

    Raises:
        DataError: a place names a node that the network does not have.
    """
    if places.empty:
        return np.full((len(study.demand), 0), np.nan)
    sites = study.on_network(places)
    outward = direction == "from_site"
    ends = (sites, study.demand_points) if outward else (study.demand_points, sites)
    times = travel_time_matrix(network or study.network, *ends, limit_min=limit_min, engine=engine)
    return times.T if outward else times


def fill_place_minutes(
    minutes: FloatArray,
    columns: NDArray[np.bool_],
    study: Study,
    places: pd.DataFrame,
    *,
    direction: Direction,
    added_min: float = 0.0,
) -> None:
    """Put the minutes between people and some of many places into their columns, by blocks of places.

    Args:
        minutes: (n_demand, n_places) that is written.
        columns: (n_places,) places whose columns are written.
        study: the study, in a state.
        places: ``node_id`` or ``lon, lat`` of each.
        direction: who travels.
        added_min: minutes on top of each.

    Raises:
        DataError: a place names a node that the network does not have.
    """
    chosen = np.flatnonzero(columns)
    if not len(chosen):
        return
    sites, people = study.on_network(places.iloc[chosen]), study.demand_points
    times = len(list(blocks(len(chosen), 8 * len(minutes), block_bytes=STREAM_BYTES)))
    searcher = chosen_engine(study.network, len(minutes), -(-len(chosen) // times), times=times)
    for part in blocks(len(chosen), 8 * len(minutes), block_bytes=_FILLED_BYTES):
        here = sites.take(np.arange(part.start, part.stop))
        ends = (here, people) if direction == "from_site" else (people, here)
        found = travel_time_matrix(study.network, *ends, engine=searcher)
        found += added_min
        if part.start == 0:
            give_back_pages(study.network)  # a first search reads most; the matrix has taken no room yet
        own = chosen[part]
        run = own[-1] - own[0] + 1 == len(own)  # columns beside each other are written without an index
        minutes[:, slice(own[0], own[-1] + 1) if run else own] = (
            found.T if direction == "from_site" else found
        )
    give_back_pages(study.network)  # the minutes that are held are several times what a way reads


def least_minutes(study: Study, places: pd.DataFrame, *, network: TravelNetwork | None = None) -> FloatArray:
    """(n_demand,) minutes to the nearest of any places; NaN where none is reached.

    Args:
        study: the study, in a state.
        places: ``node_id`` or ``lon, lat`` of each.
        network: the study's network with something taken out of it; default: the network as it is.

    Raises:
        DataError: a place names a node that the network does not have.
    """
    if places.empty:
        return np.full(len(study.demand), np.nan)
    return nearest(network or study.network, study.demand_points, study.on_network(places))[0][:, 0]


class NearestDrives:
    """Minutes to the nearest of some places over the study's network, and with something taken out of it.

    Args:
        study: the study, in a state.
        places: ``node_id`` or ``lon, lat`` of each.

    Raises:
        DataError: a place names a node that the network does not have.
    """

    def __init__(self, study: Study, places: pd.DataFrame) -> None:
        self.study = study
        self._sites = study.on_network(places) if len(places) else None

    @cached_property
    def minutes(self) -> FloatArray:
        """(n_demand,) minutes with everything there; NaN where none is reached."""
        return self.over(self.study.network)

    @cached_property
    def _used(self) -> NDArray[np.bool_]:
        """(n_edges,) edges without which somebody may take longer."""
        if self._sites is None:
            return np.zeros(self.study.network.n_edges, dtype=np.bool_)
        return edges_to_nearest(self.study.network, self.study.demand_points, self._sites)

    def over(self, network: TravelNetwork, kept: NDArray[np.bool_] | None = None) -> FloatArray:
        """(n_demand,) minutes over another network with the same roads, to some of the places."""
        sites = self._sites if self._sites is None or kept is None else self._sites.take(kept)
        if sites is None or not len(sites):
            return np.full(len(self.study.demand), np.nan)
        return nearest(network, self.study.demand_points, sites)[0][:, 0]

    def need(self, closed: NDArray[np.bool_]) -> bool:
        """Whether the minutes can be others without some of the edges."""
        return bool((self._used & closed).any())


def fastest(times: FloatArray) -> FloatArray:
    """(n,) the fastest of the columns of (n, m) minutes; NaN where none reaches, and where there is none."""
    best = np.where(np.isnan(times), np.inf, times).min(axis=1, initial=np.inf)
    return np.where(np.isfinite(best), best, np.nan)


def fastest_column(times: FloatArray) -> NDArray[np.int64]:
    """(n,) position of the fastest column, the first of equal ones; -1 where none reaches."""
    if not times.shape[1]:
        return np.full(len(times), -1, dtype=np.int64)
    reached = np.isfinite(times)
    which = np.argmin(np.where(reached, times, np.inf), axis=1)
    return np.where(reached.any(axis=1), which, -1)
