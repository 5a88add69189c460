"""What teams' areas are made of: municipalities, their seats, the ways between them, and their neighbours."""

from __future__ import annotations

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
from networks import travel_time_legs
from networks.times import blocks

#: Pairs of a seat and a demand point whose ways are held in parts (300 MB).
_PAIRS_AT_ONCE = 5_000_000


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
        round_min: (m, n) minutes from a seat to a demand point and back; inf or NaN = no way.
        wait_min: (m, n) minutes of them that are waits for ferries.
        out_min: (m, n) minutes from the seat to the point.
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
    round_min: FloatArray
    wait_min: FloatArray
    out_min: FloatArray
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
    round_min, wait_min, out_min = _ways(state, seats)
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
        round_min=round_min,
        wait_min=wait_min,
        out_min=out_min,
        persons=np.bincount(row, weights=state.weight(None), minlength=len(lived_in)).astype(np.float64),
        clients=np.asarray(clients, dtype=np.float64),
        beside=np.array(
            [[(a, b) in pairs or (b, a) in pairs for b in lived_in] for a in lived_in], dtype=bool
        ),
        elsewhere=sum(not {a, b} <= set(codes) for a, b in pairs),
    )


def _ways(state: Study, seats: pd.DataFrame) -> tuple[FloatArray, FloatArray, FloatArray]:
    """(m, n) minutes from seats to people and back, waits in them, and minutes out, some seats at a time.

    The parts of a way take seven times the memory of its sum.
    """
    sites, people = state.on_network(seats), state.demand_points
    shape = (len(people), len(sites))
    found = (np.empty(shape), np.empty(shape), np.empty(shape))
    for here in blocks(len(sites), 8 * len(people), block_bytes=8 * _PAIRS_AT_ONCE):
        some = sites.take(np.arange(here.start, here.stop))
        there = travel_time_legs(state.network, some, people)
        back = travel_time_legs(state.network, people, some)
        found[0][:, here] = there.total_min.T + back.total_min
        found[1][:, here] = there.wait_min.T + back.wait_min
        found[2][:, here] = there.total_min.T
    return found


def person_minutes(ground: Ground) -> FloatArray:
    """(n, n) minutes from each seat to the people of each municipality, times its people.

    inf: most of them cannot be reached. The few who cannot count as the others of their municipality do.

    Raises:
        InfeasibleError: municipalities whose people no seat reaches.
    """
    weights, n = ground.state.weight(None), len(ground.codes)
    known = np.isfinite(ground.out_min)
    reached, summed = np.zeros((n, n)), np.zeros((n, n))
    np.add.at(reached, ground.row, weights[:, None] * known)
    np.add.at(summed, ground.row, weights[:, None] * np.where(known, ground.out_min, 0.0))
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
