"""What changes when an ambulance drives with blue lights and siren.

Built with ``blue_lights`` on the ``ambulance`` profile, which already opens private roads, bus lanes and the
contraflows of buses and emergency vehicles (:mod:`networks.osm.access`). On top of that:

- **Limits.** Finnish ambulances on urgent missions drove faster than the limit all year, but slower than it
  in streets of 30 km/h (Pappinen and Nordquist 2022, doi 10.3390/nursrep12010006: registered speeds of a
  year, Pirkanmaa). How much faster is an *assumption* here: :data:`ABOVE_KPH` over a limit of 50 km/h and
  more, nothing over one of 30 and less, linear between, at most :data:`FASTEST_KPH`. The factor of the road's
  class, its surface and, where they are asked for, its bends and grades slow an ambulance as they slow a car.
- **Signals, signs and crossings in towns**, with ``controls``: it slows to 15 km/h to see whether it is let
  through and gathers speed again, and does not wait (*assumption*; :mod:`networks.osm.controls`). Without
  ``controls`` neither cars nor ambulances lose anything there, so a comparison of the two needs them.
- **One-way streets** up to 100 m long are driven against their direction at 15 km/h (*assumption*), but no
  motorway, trunk road, slip road or roundabout.

What blue lights were measured to save, on the same way with the same vehicle, and what networks say stands
side by side on the page *Routers*. The measurements set none of the figures above.
"""

from __future__ import annotations

import numpy as np

from networks.osm.access import Directions, Tags, is_roundabout

#: How much faster than a limit of 50 km/h and more, where that begins, and the fastest of all, km/h.
ABOVE_KPH, UNCHANGED_KPH, FULL_KPH, FASTEST_KPH = 20.0, 30.0, 50.0, 130.0
#: Pace against the direction of a one-way street, km/h.
CONTRARY_KPH = 15.0
#: Classes that are never driven against their direction.
_NEVER = frozenset({"motorway", "trunk"})


def raised_kph(limit_kph: float) -> float:
    """The limit that an ambulance with blue lights behaves as if there was, km/h."""
    above = float(np.interp(limit_kph, [UNCHANGED_KPH, FULL_KPH], [0.0, ABOVE_KPH]))
    return max(limit_kph, min(limit_kph + above, FASTEST_KPH))


def is_contrary(tags: Tags, road_class: str, directions: Directions) -> bool:
    """Whether a one-way street may be driven against its direction where it is short."""
    one_way = directions.dropped is None and directions.forward != directions.backward
    return (
        one_way and not is_roundabout(tags) and road_class not in _NEVER and not road_class.endswith("_link")
    )
