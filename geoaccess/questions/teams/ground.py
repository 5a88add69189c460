"""What teams' areas are made of: municipalities, their seats, the ways between them, and their neighbours.

Everybody's minutes from every seat are summed by municipality, some seats at a time; both ways and their
waits are found for the seats that were chosen.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geoaccess.ground.arrays import FloatArray
from geoaccess.ground.errors import InfeasibleError
from geoaccess.ground.tables import Column, read_table
from geoaccess.study import Study
from geoaccess.study.team_sections import Team
from geoaccess.words.note import Note
from networks import travel_time_matrix
from networks.engines import chosen_engine
from networks.legs import PartSearch, fastest_with_parts
from networks.points import SnappedPoints
from networks.times import STREAM_BYTES, blocks


@dataclass(frozen=True, eq=False)
class Ground:
    """Municipalities that somebody lives in, a seat in each, and the ways between seats and people.

    Attributes:
        state: the study in its scenario.
        team: what the study says of the teams.
        codes: (n,) municipalities.
        names: (n,) their names.
        row: (m,) municipality of each demand point.
        seats: (n,) seat of each: its largest place.
        sites: the seats on the network.
        persons: (n,) people of each municipality.
        clients: (m,) people whom a team visits.
        beside: (n, n) which municipalities are neighbours.
        elsewhere: pairs of the table of neighbours with a municipality that the study does not have.
    """

    state: Study
    team: Team
    codes: list[str]
    names: list[str]
    row: NDArray[np.int64]
    seats: pd.DataFrame
    sites: SnappedPoints
    persons: FloatArray
    clients: FloatArray
    beside: NDArray[np.bool_]
    elsewhere: int


def ground_of(state: Study, team: Team) -> Ground:
    """The municipalities of a study, and the ways that its teams may go."""
    codes = [str(code) for code in state.municipalities["municipality_code"]]
    demand = state.demand.assign(_weight=state.weight(None))
    ordered = demand.sort_values(["_weight", "demand_id"], ascending=[False, True], kind="stable")
    largest = ordered.drop_duplicates("municipality_code").set_index("municipality_code").reindex(codes)
    lived_in = [code for code in codes if isinstance(largest.loc[code, "demand_id"], str)]
    largest = largest.loc[lived_in].reset_index()
    seats = largest.rename(columns={"demand_id": "facility_id"}).assign(kind="seat")
    row = pd.Index(lived_in).get_indexer(pd.Index(demand["municipality_code"].astype(str)))
    clients = np.sum([state.weight(one) * rate / 1000 for one, rate in team.clients_per_1000.items()], axis=0)
    table = read_table(state.folder / team.neighbours, [Column("municipality_a"), Column("municipality_b")])
    pairs = {*zip(table["municipality_a"], table["municipality_b"], strict=True)}
    names = state.municipalities.set_index("municipality_code")["name"].astype(str)
    return Ground(
        state=state,
        team=team,
        codes=lived_in,
        names=names.loc[lived_in].tolist(),
        row=np.asarray(row, dtype=np.int64),
        seats=seats,
        sites=state.on_network(seats),
        persons=np.bincount(row, weights=state.weight(None), minlength=len(lived_in)).astype(np.float64),
        clients=np.asarray(clients, dtype=np.float64),
        beside=_beside(pairs, lived_in),
        elsewhere=sum(not {a, b} <= set(codes) for a, b in pairs),
    )


def _beside(pairs: Collection[tuple[str, str]], codes: list[str]) -> NDArray[np.bool_]:
    """(n, n) which municipalities are neighbours."""
    place = {code: number for number, code in enumerate(codes)}
    beside = np.zeros((len(codes), len(codes)), dtype=bool)
    for a, b in pairs:
        if a in place and b in place:
            beside[place[a], place[b]] = beside[place[b], place[a]] = True
    return beside


@dataclass(frozen=True, eq=False)
class Ways:
    """The ways of every demand point's team; NaN = no way.

    Attributes:
        round_min: (m,) minutes from the seat to the point and back.
        wait_min: (m,) minutes of them that are waits for ferries.
        out_min: (m,) minutes from the seat to the point.
    """

    round_min: FloatArray
    wait_min: FloatArray
    out_min: FloatArray


def ways_from(ground: Ground, seat: NDArray[np.int64]) -> Ways:
    """The ways from the seat of each municipality, (n,), to its people and back."""
    search, people = PartSearch(ground.state.network, ("wait",)), ground.state.demand_points
    found = Ways(*(np.full(len(ground.row), np.nan) for _ in range(3)))
    for one in sorted(set(seat.tolist())):
        own = np.flatnonzero(seat[ground.row] == one)
        site, there = ground.sites.take(np.asarray([one])), people.take(own)
        (out, out_wait), (back, back_wait) = _minutes(search, site, there), _minutes(search, there, site)
        found.round_min[own] = out[0] + back[:, 0]
        found.wait_min[own] = out_wait[0] + back_wait[:, 0]
        found.out_min[own] = out[0]
    return found


def _minutes(search: PartSearch, starts: SnappedPoints, ends: SnappedPoints) -> tuple[FloatArray, FloatArray]:
    """(n, m) minutes and the waits in them; NaN = no way."""
    seconds, waits, _ = fastest_with_parts(search, starts, ends)
    none = np.isinf(seconds)
    return np.where(none, np.nan, seconds / 60.0), np.where(none, np.nan, waits[0] / 60.0)


def person_minutes(ground: Ground) -> FloatArray:
    """(n, n) minutes from each seat to the people of each municipality, times its people.

    inf: most of them cannot be reached. The few who cannot count as the others of their municipality do.

    Raises:
        InfeasibleError: municipalities whose people no seat reaches.
    """
    network, people = ground.state.network, ground.state.demand_points
    weights, n = ground.state.weight(None), len(ground.codes)
    reached, summed = np.zeros((n, n)), np.zeros((n, n))
    parts = list(blocks(n, 8 * len(people), block_bytes=STREAM_BYTES))
    engine = chosen_engine(network, len(people), -(-n // max(1, len(parts))), times=len(parts))
    for part in parts:
        some = ground.sites.take(np.arange(part.start, part.stop))
        for seat, minutes in enumerate(travel_time_matrix(network, some, people, engine=engine), part.start):
            known = np.isfinite(minutes)
            for table, values in ((reached, known), (summed, np.where(known, minutes, 0.0))):
                table[:, seat] = np.bincount(ground.row, weights=weights * values, minlength=n)
    enough = reached >= 0.5 * ground.persons[:, None]
    mean = np.divide(summed, reached, out=np.zeros((n, n)), where=reached > 0)
    lost = [ground.names[i] for i in np.flatnonzero(~enough.any(axis=1)).tolist()]
    if lost:
        raise InfeasibleError(Note("fault.teams.lost", municipalities=lost))
    return np.asarray(np.where(enough, mean * ground.persons[:, None], np.inf), dtype=np.float64)


def seats_today(ground: Ground, groups: NDArray[np.object_], costs: FloatArray) -> NDArray[np.int64]:
    """(n,) seat of today's area of each municipality: the one with the fewest minutes to its people.

    Where no seat of an area reaches every municipality of it, the one that misses the fewest people.
    """
    codes = ground.state.municipalities["municipality_code"].astype(str).tolist()
    label = dict(zip(codes, groups.tolist(), strict=True))
    own = np.asarray([label[code] for code in ground.codes], dtype=object)
    seat = np.full(len(own), -1, dtype=np.int64)
    for one in dict.fromkeys(own.tolist()):
        here = np.flatnonzero(own == one)
        within = costs[np.ix_(here, here)]
        missed = (ground.persons[here, None] * ~np.isfinite(within)).sum(axis=0)
        price = np.where(np.isfinite(within), within, 0.0).sum(axis=0)
        seat[here] = here[np.lexsort((price, missed))[0]]
    return seat
