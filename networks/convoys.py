"""Convoys as pieces: a convoy is a ferry on land.

A stretch in convoy is boarded where it is entered (:mod:`networks.passages`), when a convoy leaves, and then
driven; outside the hours of convoys one waits for the next day's first. So each edge by which a stretch is
entered has a function of its own, from the same chances, draws and anchors as a ferry's: first and last
convoy of the day are known, those between are spread evenly.

**Homes and facilities along such an edge** are passed by the convoy on its way: they board it as late, and
leave it as early, as their share of the edge says, which is a negative drive to its start and from its end.
Along edges of a longer stretch by which it is not entered, half the headway is waited for at any hour.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from networks.ferry_service import MINUTES_PER_DAY, FerryConditions, FerryService
from networks.network import TravelNetwork
from networks.overlays import Convoy
from networks.passages import entries
from networks.points import SnappedPoints


def at_any_hour(network: TravelNetwork) -> TravelNetwork:
    """The network with convoys that never close their roads: what their hours do is in their functions."""
    opened = tuple(
        replace(overlay, window_min=None) if isinstance(overlay, Convoy) else overlay
        for overlay in network.applied
    )
    return replace(network, applied=opened)


def convoys_of(network: TravelNetwork, static: TravelNetwork) -> dict[int, tuple[FerryService, ...]]:
    """Edge by which a stretch is entered -> the convoys waited for there, one after the other, as ferries.

    Args:
        network: the network with its overlays.
        static: the same under :func:`at_any_hour`; the last of the convoys drives the edge as it says.
    """
    base = network.base or network
    ids = base.node_ids.tolist()
    found: dict[int, tuple[FerryService, ...]] = {}
    for convoy in network.applied:
        if not isinstance(convoy, Convoy):
            continue
        entered = entries(base, convoy.where.mask(base)) & np.isfinite(static.moving_s)
        for edge in np.flatnonzero(entered).tolist():
            before = found.get(edge, ())
            # By the place and not by the overlay: scenarios that share a convoy meet the same draws of it.
            ends = base.topology.tails[edge], base.topology.heads[edge]
            name = f"convoy {len(before) + 1} {ids[ends[0]]}-{ids[ends[1]]}"
            first, last = convoy.window_min or (None, None)
            service = FerryService(
                service_id=name,
                name=name,
                crossing_min=0.0,
                length_km=0.0,
                headway_min=convoy.headway_min,
                first_departure_min=first,
                last_departure_min=last,
                night="sails" if convoy.window_min is None else "closed",
            )
            found[edge] = (*before, service)
    return {
        edge: (*several[:-1], replace(several[-1], crossing_min=float(static.moving_s[edge]) / 60.0))
        for edge, several in found.items()
    }


def convoy_conditions(conditions: FerryConditions) -> FerryConditions:
    """How convoys are timed: by their headways, without boarding and without a cap on the wait."""
    return replace(conditions, model="headway", boarding_min=0.0, wait_cap_min=MINUTES_PER_DAY)


def other_wait_min(static: TravelNetwork, edge: int, convoys: Sequence[FerryService]) -> float:
    """Minutes waited at an edge for something else than its convoys."""
    theirs = sum((convoy.headway_min or 0.0) / 2.0 for convoy in convoys)
    return max(float(static.wait_s[edge]) / 60.0 - theirs, 0.0)


def rows_along(
    points: SnappedPoints, positions: Mapping[int, int], static: TravelNetwork
) -> list[tuple[int, int, float, float, float]]:
    """Points along edges that are boarded: (row, position of the edge, minutes behind, ahead, access).

    Args:
        points: the points.
        positions: edge -> position.
        static: the network with the minutes of the edges.
    """
    found = []
    for row in np.flatnonzero((points.fraction > 0.0) & (points.fraction < 1.0)).tolist():
        share, access = float(points.fraction[row]), float(points.access_s[row]) / 60.0
        for edge, behind in ((int(points.edge[row]), share), (int(points.twin[row]), 1.0 - share)):
            if edge in positions:
                minutes = float(static.moving_s[edge]) / 60.0
                found.append((row, positions[edge], behind * minutes, (1.0 - behind) * minutes, access))
    return found
