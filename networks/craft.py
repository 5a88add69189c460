"""What carries patients besides cars: boats, helicopters and aircraft, their places and ways by sea."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse import csgraph

from networks.errors import Fault, NetworkDataError, UnknownPlaceError
from networks.points import SnappedPoints

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
CraftKind = Literal["boat", "helicopter", "fixed_wing"]


@dataclass(frozen=True, eq=False)
class Places:
    """Quays or landing places, joined to the roads where there are roads.

    Attributes:
        names: (n,) unique names.
        points: (n,) the places; one that is not joined to the network is reached by craft only.
    """

    names: tuple[str, ...]
    points: SnappedPoints

    def __post_init__(self) -> None:
        if len(self.names) != len(self.points) or len(set(self.names)) != len(self.names):
            raise NetworkDataError(
                f"places need a name of their own each: {len(self.names)} names ({len(set(self.names))} "
                f"different ones) for {len(self.points)} places"
            )


@dataclass(frozen=True, eq=False)
class WaterRoutes:
    """Ways by sea between quays and waypoints.

    Attributes:
        names: (n,) quays and waypoints.
        length_km: (n, n) kilometres of the shortest way by sea; ``inf`` = none.
    """

    names: tuple[str, ...]
    length_km: FloatArray

    @classmethod
    def from_table(cls, table: pd.DataFrame) -> WaterRoutes:
        """Shortest ways over legs ``from_place, to_place, length_km``, each in both directions.

        Raises:
            NetworkDataError: a leg without a length above 0.
        """
        length = pd.to_numeric(table["length_km"], errors="coerce").to_numpy(np.float64)
        faults = [
            Fault(
                "a leg needs a length above 0 km",
                where="water routes",
                row=str(row),
                column="length_km",
                value=str(table["length_km"].iloc[row]),
            )
            for row in np.flatnonzero(~(np.isfinite(length) & (length > 0)))
        ]
        if faults:
            raise NetworkDataError(faults)
        names = tuple(dict.fromkeys([*table["from_place"], *table["to_place"]]))
        position = {name: number for number, name in enumerate(names)}
        shortest = np.full((len(names), len(names)), np.inf)
        tails = table["from_place"].map(position).to_numpy(np.int64)
        heads = table["to_place"].map(position).to_numpy(np.int64)
        np.minimum.at(shortest, (tails, heads), length)
        shortest = np.minimum(shortest, shortest.T)
        graph = sparse.csr_matrix(np.where(np.isfinite(shortest), shortest, 0.0))
        return cls(names, csgraph.dijkstra(graph, directed=False))

    def positions(self, names: Sequence[str]) -> IntArray:
        """Positions of quays.

        Raises:
            UnknownPlaceError: a quay has no water route.
        """
        known = {name: number for number, name in enumerate(self.names)}
        missing = [name for name in names if name not in known]
        if missing:
            raise UnknownPlaceError(f"no water route calls at: {', '.join(missing)}")
        return np.asarray([known[name] for name in names], dtype=np.int64)


@dataclass(frozen=True, kw_only=True)
class Craft:
    """A boat, helicopter or aircraft with its crew.

    The times are inputs of a study, not facts of this module: state their source with them.

    Attributes:
        name: unique name.
        kind: what it is.
        base: name of its base; for a boat one of the quays of its water routes.
        base_lon: degrees east of the base.
        base_lat: degrees north of the base.
        speed_kph: speed from place to place, manoeuvres included.
        mobilisation_min: from the alarm until it leaves.
        range_km: longest way in one mission, from the base by the pickup to the drop.
        transfer_min: each change between craft and road.
        lands_anywhere: whether it takes patients over where they are.
        available: whether it is there in this scenario.
        window_min: first and last minute after midnight at which it can be called, the last may pass 1440;
            None = round the clock.
    """

    name: str
    kind: CraftKind
    base: str
    base_lon: float
    base_lat: float
    speed_kph: float
    mobilisation_min: float
    range_km: float
    transfer_min: float = 5.0
    lands_anywhere: bool = False
    available: bool = True
    window_min: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        checks = {
            "speed_kph": np.isfinite(self.speed_kph) and self.speed_kph > 0,
            "mobilisation_min": np.isfinite(self.mobilisation_min) and self.mobilisation_min >= 0,
            "range_km": self.range_km >= 0,
            "transfer_min": np.isfinite(self.transfer_min) and self.transfer_min >= 0,
            "base_lon": abs(self.base_lon) <= 180,
            "base_lat": abs(self.base_lat) <= 90,
            "kind": self.kind in ("boat", "helicopter", "fixed_wing"),
            "lands_anywhere": self.kind == "helicopter" or not self.lands_anywhere,
        }
        faults = [
            Fault(
                "not a possible value",
                where=f"craft '{self.name}'",
                column=name,
                value=str(getattr(self, name)),
            )
            for name, holds in checks.items()
            if not holds
        ]
        if faults:
            raise NetworkDataError(faults)

    def can_be_called(self, time_min: float | None) -> bool:
        """Whether it is available, and on duty at a time of day (None = any time)."""
        if not self.available:
            return False
        if time_min is None or self.window_min is None:
            return True
        first, last = self.window_min
        time = time_min % 1440.0
        return first <= time <= last or first <= time + 1440.0 <= last


def available(
    crafts: Sequence[Craft], *, out: Collection[str] = (), time_min: float | None = None
) -> list[Craft]:
    """The craft that can be called in a scenario.

    Args:
        crafts: all of them.
        out: names of those out of service: weather, no crew, another mission.
        time_min: minutes after midnight; None = any time.

    Raises:
        UnknownPlaceError: a name in ``out`` that no craft has.
    """
    names = {craft.name for craft in crafts}
    unknown = sorted(set(out) - names)
    if unknown:
        raise UnknownPlaceError(
            f"no craft is called: {', '.join(unknown)}; there are {', '.join(sorted(names))}"
        )
    return [craft for craft in crafts if craft.name not in out and craft.can_be_called(time_min)]
