"""Cars, boats, helicopters and aeroplanes: how long each takes to a patient, and all of them to a hospital.

The one way in: :class:`Craft` says what moves, :func:`craft_minutes` how long its crew takes from the alarm
to the patient (:mod:`networks.response`), and :func:`transport_minutes` how long until the patient is where
care is, by the quickest chain of craft (:mod:`networks.transport`); :func:`transfers` (or, of an answer that
is there, :func:`without_flying`) says what of that hangs on flying.
"""

from __future__ import annotations

from networks.chains import Part
from networks.craft import Craft
from networks.response import craft_minutes
from networks.transfers import Transfers, transfers, without_flying
from networks.transport import TransportResult, transport_minutes

__all__ = [
    "Craft",
    "Part",
    "Transfers",
    "TransportResult",
    "craft_minutes",
    "transfers",
    "transport_minutes",
    "without_flying",
]
