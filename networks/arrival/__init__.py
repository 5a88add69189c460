"""Arrival-time functions: when one arrives, for every moment of leaving, over roads and timetabled ferries.

Exact profile search (one function of the time of leaving, instead of one table a clock time): Dean, *Shortest
paths in FIFO time-dependent networks* (1999); Delling and Wagner, *Time-dependent route planning* (2009). The
functions of this package are made of pieces that wait until a moment and then go on
(:mod:`networks.arrival.pieces`); they are closed under everything that a journey does, so nothing is sampled
and nothing is approximated.

- :mod:`networks.arrival.pieces` - the functions: one ferry after another, the better of two, a drive before.
- :mod:`networks.arrival.sailings` - the function of one ferry, from its departures, windows and call-outs.
- :mod:`networks.arrival.contraction` - a network reduced to its ferries and the drives between their quays.
- :mod:`networks.arrival.search` - functions of all ferries towards one target, or the nearest of many.
- :mod:`networks.arrival.figures` - means, percentiles and shares over the moments of leaving, by integration.
- :mod:`networks.arrival.profile` - what others call: points, targets, conditions in; functions and figures
out.
- :mod:`networks.arrival.many` - the same towards the nearest target, for very many points.
"""

from __future__ import annotations

from networks.arrival.figures import Figures
from networks.arrival.many import NearestProfiles, nearest_profiles
from networks.arrival.pieces import ArrivalFunction
from networks.arrival.profile import ArrivalProfiles, arrival_profiles
from networks.arrival.sailings import Basis, drawn_timetable, sailing_function

__all__ = [
    "ArrivalFunction",
    "ArrivalProfiles",
    "Basis",
    "Figures",
    "NearestProfiles",
    "arrival_profiles",
    "drawn_timetable",
    "nearest_profiles",
    "sailing_function",
]
