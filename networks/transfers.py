"""Transfers: from places to destinations by everything that moves, and by all that does not fly.

What hangs on flying is what weather may take away, so both are asked of the same fleet. Without aircraft not
only the chains that fly are gone: an aircraft's crew may also be the one that treats first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from networks.arrays import BoolArray, FloatArray, IntArray
from networks.chains import Part
from networks.craft import Craft
from networks.network import TravelNetwork
from networks.response import or_inf, or_nan
from networks.sea.grid import SeaGrid
from networks.times import Points
from networks.transport import TransportResult, transport_minutes


@dataclass(frozen=True, eq=False)
class Transfers:
    """Minutes of transfers with and without flying.

    Attributes:
        whole: by all craft.
        ground: by all that do not fly; no minutes of it are shorter than those of ``whole``.
    """

    whole: TransportResult
    ground: TransportResult

    def nearest(self, among: IntArray | None = None) -> tuple[FloatArray, FloatArray, IntArray]:
        """The quickest of some destinations.

        Args:
            among: positions of the destinations that count; None = all.

        Returns:
            (n_points,) minutes by all craft; (n_points,) minutes without flying, to whatever is then the
            quickest; (n_points,) position of the destination that is quickest by all craft. NaN and -1 where
            nobody can.
        """
        n_points, n_stops = self.whole.minutes.shape
        columns = np.arange(n_stops) if among is None else np.asarray(among, dtype=np.int64)
        if not len(columns):
            return np.full(n_points, np.nan), np.full(n_points, np.nan), np.full(n_points, -1, dtype=np.int64)
        every, ground = (or_inf(found.minutes[:, columns]) for found in (self.whole, self.ground))
        best = np.argmin(every, axis=1)
        least = every[np.arange(n_points), best]
        where = np.where(np.isfinite(least), columns[best], -1)
        return or_nan(least), or_nan(ground.min(axis=1)), where

    def hangs_on_flying(self, within_min: float, among: IntArray | None = None) -> BoolArray:
        """(n_points,) whether the quickest of some destinations is within the minutes by flying only."""
        least, ground, _ = self.nearest(among)
        return np.asarray((or_inf(least) <= within_min) & ~(or_inf(ground) <= within_min))

    def legs(self, point: int, destination: int) -> list[Part]:
        """The parts of the quickest way of one pair: :meth:`TransportResult.legs`."""
        return self.whole.legs(point, destination)


def transfers(
    crafts: Sequence[Craft],
    bases_by_craft: Sequence[Points],
    points: Points,
    destinations: Points,
    *,
    network: TravelNetwork,
    sea: SeaGrid | None = None,
    airports: Points | None = None,
    scene_min: float = 0.0,
    quays: Points | None = None,
    helipads: Points | None = None,
    airport_runway_m: FloatArray | None = None,
) -> Transfers:
    """Minutes from the alarm until patients of every point are at every destination, with and without flying.

    By day and by night are two questions: another :class:`Craft` mobilises more slowly, or is not there.

    Arguments and errors are those of :func:`networks.transport.transport_minutes`.

    Raises:
        NetworkDataError: see there.
    """
    return without_flying(
        transport_minutes(
            crafts,
            bases_by_craft,
            points,
            destinations,
            network=network,
            sea=sea,
            airports=airports,
            scene_min=scene_min,
            quays=quays,
            helipads=helipads,
            airport_runway_m=airport_runway_m,
        )
    )


def without_flying(found: TransportResult) -> Transfers:
    """The answer to a question of transport beside the answer when nothing flies."""
    ground = [craft.name for craft in found.crafts if craft.moves != "air"]
    return Transfers(found, found if len(ground) == len(found.crafts) else found.only(ground))
