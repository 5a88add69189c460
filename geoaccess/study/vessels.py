"""What a ferry of the link tables carries: a boat without a car deck is no road for vehicles."""

from __future__ import annotations

from pathlib import Path

from geoaccess.ground.errors import DataError, did_you_mean
from geoaccess.ground.tables import read_frame
from geoaccess.words.note import Note
from networks import TravelNetwork
from networks.errors import Fault
from networks.overlays import Closure, apply_overlays
from networks.selection import EdgeSelection

#: Beginning of the overlay's name, and of the note that every result of the study carries.
NO_CAR_DECK = "no car deck, closed to vehicles"
#: Values of the column ``vessel`` of ``ferries.csv``, and whether vehicles are taken; blank is a car ferry.
VESSELS = {"": True, "car_ferry": True, "passenger_boat": False}


def without_passenger_boats(network: TravelNetwork, folder: Path) -> TravelNetwork:
    """The network with every ferry that takes no vehicle closed, by an overlay that names them.

    The lines stay in the network, so that maps, checks and tables show them: closed, not forgotten.

    Args:
        network: the network read from the folder.
        folder: where ``ferries.csv`` may be; its column ``vessel`` may be missing.

    Raises:
        DataError: a vessel of another kind than :data:`VESSELS`.
    """
    file = folder / "ferries.csv"
    if not file.is_file():
        return network
    ferries = read_frame(file)
    if "vessel" not in ferries:
        return network
    vessels = ferries["vessel"].astype(str).str.strip()
    faults = [
        Fault(
            Note(
                "fault.vessel",
                vessels=tuple(name for name in VESSELS if name),
                hint=did_you_mean(vessel, list(VESSELS)),
            ),
            where=file.name,
            row=str(row + 2),
            column="vessel",
            value=vessel,
        )
        for row, vessel in enumerate(vessels)
        if vessel not in VESSELS
    ]
    if faults:
        raise DataError(faults)
    boats = ferries[~vessels.map(VESSELS).astype(bool)]
    if boats.empty:
        return network
    told = boats["name"].where(boats["name"].str.strip() != "", boats["ferry_id"])
    name = f"{NO_CAR_DECK}: {', '.join(told)}"
    return apply_overlays(network, [Closure(name, EdgeSelection(links=tuple(boats["ferry_id"])))])
