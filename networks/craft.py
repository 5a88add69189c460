"""What moves crews and patients: cars, boats, helicopters and aeroplanes, as validated values.

The times are inputs of a study, not facts of this module: state their source with them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from networks.errors import Fault, NetworkDataError
from networks.sea.ways import SLOWEST
from networks.sentences import Sentence

Moves = Literal["road", "sea", "air"]
Lands = Literal["anywhere", "airport", "berth"]

#: Where a craft may take people on and off, by what it moves on.
LANDS_OF = {"road": ("anywhere",), "sea": ("anywhere", "berth"), "air": ("anywhere", "airport")}


@dataclass(frozen=True)
class Craft:
    """A kind of craft with its crew; a kind by night or in other weather is another value.

    Attributes:
        name: unique name.
        moves: what it moves on. By road it keeps to the network and its speeds.
        speed_kph: speed from place to place; ``nan`` by road, where a figure would not be read.
        mobilise_min: from the alarm until it leaves.
        land_min: at the end of each flight or voyage: approach and landing, or berthing.
        range_km: longest way of one mission: from the base by the patient to where the patient is set down,
            or back to the base where that is not asked. 0 = it reaches nothing. By road 0 or ``inf``.
        lands: ``anywhere``: at the patient, for boats at the nearest shore; ``airport`` and ``berth``: only
            at the airports and berths given.
        runway_m: shortest runway that it can use.
        transfer_min: each change between this craft and another, or the shore.
        ashore_max_km: how far from the water the crew of a boat goes, as the crow flies.
        ashore_speed_kph: how fast, on a way :data:`networks.snapping.ACCESS_DETOUR` times as long.
        open_sea_speed_factor: speed in open sea as a share of ``speed_kph``; 0 = it stays out of it.
    """

    name: str
    moves: Moves
    speed_kph: float
    mobilise_min: float
    land_min: float = 0.0
    range_km: float = np.inf
    lands: Lands = "anywhere"
    runway_m: float = 0.0
    transfer_min: float = 0.0
    ashore_max_km: float = 3.0
    ashore_speed_kph: float = 30.0
    open_sea_speed_factor: float = 1.0

    def __post_init__(self) -> None:
        factor = self.open_sea_speed_factor
        by_road = self.moves == "road"
        checks = {
            "moves": (self.moves in LANDS_OF, "road, sea or air"),
            "speed_kph": (
                np.isnan(self.speed_kph) if by_road else 0 < self.speed_kph < np.inf,
                "nan: by road it drives at the network's speeds" if by_road else "above 0",
            ),
            "range_km": (
                self.range_km in (0, np.inf) if by_road else self.range_km >= 0,
                "0 or inf by road" if by_road else "at least 0",
            ),
            "lands": (
                self.lands in LANDS_OF.get(self.moves, ()),
                " or ".join(LANDS_OF.get(self.moves, ("anywhere",))),
            ),
            "ashore_speed_kph": (0 < self.ashore_speed_kph < np.inf, "above 0"),
            "open_sea_speed_factor": (
                factor == 0 or SLOWEST <= factor <= 1,
                Sentence("net.word.zero_or", "0, or from {slowest:g} to 1", slowest=SLOWEST),
            ),
        }
        for name in ("mobilise_min", "land_min", "runway_m", "transfer_min", "ashore_max_km"):
            checks[name] = (0 <= getattr(self, name) < np.inf, "a figure of at least 0")
        faults = [
            Fault(
                Sentence("net.fault.craft", "not a possible value; give {remedy}", remedy=remedy),
                where=Sentence("net.where.craft", "craft '{name}'", name=self.name),
                column=name,
                value=str(getattr(self, name)),
            )
            for name, (holds, remedy) in checks.items()
            if not holds
        ]
        if faults:
            raise NetworkDataError(faults)
