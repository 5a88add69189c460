"""Average driving speeds by road class, for networks made of link tables.

The figures are the project's own averages over whole links, bends, climbs and built-up parts included: they
are not speed limits. They were set so that six journeys between places of Northern Norway, over link lengths
from public sources, fall inside the ranges that people drive them in on a summer day:

=====================  =====  =========  =====  =========================================
journey                   km  range min  gives  what it checks
=====================  =====  =========  =====  =========================================
Mo i Rana-Bodø           238    200-240    209  European road over a pass, national road
Tromsø-Narvik            242    205-260    210  European roads only
Alta-Hammerfest          145    105-140    128  European and national road
Bodø-Narvik              298    270-350    309  with the ferry Bognes-Skarberget
Alta-Kirkenes            525    440-520    460  European and national roads over the plateau
Vadsø-Kirkenes           175    120-155    152  European roads only
=====================  =====  =========  =====  =========================================

The second and the last of them bound the European roads to about 68-71 km/h; 69 lies within. The lower
classes are set by judgement, each below the one above it: only the whole of a journey was calibrated.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from networks.errors import Fault, NetworkDataError
from networks.sentences import Sentence

#: The road classes of a link table, the fastest first.
ROAD_CLASSES = ("european", "national", "county_primary", "county_secondary", "municipal", "private")


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeedTable:
    """Average speed of each road class in km/h; see the module for how the figures came about.

    Attributes:
        european: E6, E10 and the other European roads.
        national: riksvei (Rv).
        county_primary: fylkesvei of regional weight, such as Fv17 or Fv98.
        county_secondary: other fylkesvei.
        municipal: kommunal vei.
        private: private roads.
    """

    european: float = 69.0
    national: float = 66.0
    county_primary: float = 60.0
    county_secondary: float = 50.0
    municipal: float = 40.0
    private: float = 30.0

    def __post_init__(self) -> None:
        faults = [
            Fault(
                "a speed must be above 0 and at most 150 km/h",
                where="speed table",
                column=name,
                value=str(getattr(self, name)),
            )
            for name in ROAD_CLASSES
            if not (math.isfinite(getattr(self, name)) and 0 < getattr(self, name) <= 150)
        ]
        if faults:
            raise NetworkDataError(faults)

    def as_dict(self) -> dict[str, float]:
        """Road class -> km/h."""
        return {name: float(getattr(self, name)) for name in ROAD_CLASSES}

    def changed(self, speeds_kph: Mapping[str, float]) -> SpeedTable:
        """The table with other speeds for some classes.

        Raises:
            NetworkDataError: a class that does not exist, or an impossible speed.
        """
        unknown = [name for name in speeds_kph if name not in ROAD_CLASSES]
        if unknown:
            known = ", ".join(ROAD_CLASSES)
            raise NetworkDataError(
                [
                    Fault(
                        Sentence(
                            "net.fault.road_class", "no such road class; the classes are {known}", known=known
                        ),
                        where="speed table",
                        value=name,
                    )
                    for name in unknown
                ]
            )
        return replace(self, **{name: float(speed) for name, speed in speeds_kph.items()})
