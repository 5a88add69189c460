"""Teams that travel: areas of today and the best there are, with the hours that staff spend on the road."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geoaccess.answers.answer import Answer
from geoaccess.answers.study_facts import network_tables, study_facts
from geoaccess.answers.study_notes import study_notes
from geoaccess.ground.arrays import FloatArray
from geoaccess.ground.errors import DataError, UnknownNameError
from geoaccess.ground.tables import Column, read_table
from geoaccess.minutes import as_study
from geoaccess.study import Study
from geoaccess.study.team_sections import Team
from geoaccess.words.note import Note, in_languages
from networks import travel_time_legs
from optimise.districts import DistrictProblem, Districts, connected_parts, solve_districts
from optimise.running import Limits
from optimise.status import Status

TODAY, BEST = "today", "districts"
#: What is summed over municipalities and areas.
SUMMED = (
    "persons",
    "clients",
    "visits",
    "visit_hours",
    "road_hours",
    "wait_hours",
    "beyond_day",
    "unreached",
)


@dataclass(frozen=True, eq=False)
class TeamsFound:
    """Areas of teams, today's and the best, with their proof.

    Attributes:
        name: name of the teams in the study.
        team: what the study says.
        districts: one row per variant and area: ``seat, municipalities, persons, clients, visits, visit_hours,
            road_hours, wait_hours`` (hours of staff a year), ``staff, mean_min, worst_min, beyond_day`` (visits
            that a working day has no room for), ``unreached`` (visits that nothing reaches), ``parts`` (pieces
            that do not hang together).
        municipalities: one row per variant and municipality, with its seat and the same sums.
        points: minutes from the seat to every demand point: ``today_min, districts_min``.
        region: variant -> sums.
        proof: the districts as they were solved.
        scenario: state of the world.
        notes: what a reader must know.
    """

    name: str
    team: Team
    districts: pd.DataFrame
    municipalities: pd.DataFrame
    points: pd.DataFrame
    region: dict[str, dict[str, float]]
    proof: Districts
    scenario: str
    notes: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class _Ground:
    """Places, seats (one a municipality) and the ways between them."""

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


def plan_teams(
    study: Study | str | Path,
    name: str | None = None,
    *,
    count: int | None = None,
    scenario: str | None = None,
    time_limit_s: float | None = None,
    seed: int = 0,
) -> TeamsFound:
    """Areas of teams: today's with the best seat in each, and the most compact that hang together.

    Args:
        study: a study, its name or its path.
        name: name of the teams; default: the first.
        count: number of areas; default: what the study says, or as many as today.
        scenario: state of the world; default: the state that the study is in.
        time_limit_s: wall seconds.
        seed: seed of the solver.

    Raises:
        UnknownNameError: no such teams or scenario.
        DataError: the study has no teams, or no areas keep what is asked.
    """
    loaded = as_study(study).with_people_of(scenario)
    state = loaded.in_state(scenario=scenario)
    known = state.config.teams
    if not known:
        raise DataError(Note("fault.teams.none"))
    chosen = name or next(iter(known))
    if chosen not in known:
        raise UnknownNameError("teams", chosen, known)
    team = known[chosen]
    ground = _ground(state, team)
    costs = _person_minutes(ground)
    groups = state.municipalities[team.start].astype(str).to_numpy(dtype=object)
    today = _today(ground, groups, costs)
    number = count or team.count or len(set(groups.tolist()))
    mean = float(ground.persons.sum()) / number
    problem = DistrictProblem(
        costs, ground.persons, ground.beside, number, team.least * mean, team.most * mean
    )
    proof = solve_districts(problem, Limits(time_limit_s=time_limit_s, seed=seed))
    if not len(proof.seat):
        code = "fault.teams.infeasible" if proof.status is Status.INFEASIBLE else "fault.teams.stopped"
        raise DataError(Note(code, count=number, least=team.least * mean, most=team.most * mean))
    return _found(chosen, ground, {TODAY: today, BEST: proof.seat}, proof)


def _ground(state: Study, team: Team) -> _Ground:
    codes = [str(code) for code in state.municipalities["municipality_code"]]
    demand = state.demand.assign(_weight=state.weight(None))
    ordered = demand.sort_values(["_weight", "demand_id"], ascending=[False, True], kind="stable")
    largest = ordered.drop_duplicates("municipality_code").set_index("municipality_code").reindex(codes)
    lived_in = [code for code in codes if isinstance(largest.loc[code, "demand_id"], str)]
    largest = largest.loc[lived_in].reset_index()
    seats = largest.rename(columns={"demand_id": "facility_id"}).assign(kind="seat")
    row = pd.Index(lived_in).get_indexer(pd.Index(demand["municipality_code"].astype(str)))
    sites = state.on_network(seats)
    there = travel_time_legs(state.network, sites, state.demand_points)
    back = travel_time_legs(state.network, state.demand_points, sites)
    clients = np.sum([state.weight(one) * rate / 1000 for one, rate in team.clients_per_1000.items()], axis=0)
    table = read_table(state.folder / team.neighbours, [Column("municipality_a"), Column("municipality_b")])
    pairs = {*zip(table["municipality_a"], table["municipality_b"], strict=True)}
    names = state.municipalities.set_index("municipality_code")["name"].astype(str)
    return _Ground(
        state=state,
        team=team,
        codes=lived_in,
        names=names.loc[lived_in].tolist(),
        row=np.asarray(row, dtype=np.int64),
        seats=seats,
        round_min=there.total_min.T + back.total_min,
        wait_min=there.wait_min.T + back.wait_min,
        out_min=there.total_min.T,
        persons=np.bincount(row, weights=state.weight(None), minlength=len(lived_in)).astype(np.float64),
        clients=np.asarray(clients, dtype=np.float64),
        beside=np.array(
            [[(a, b) in pairs or (b, a) in pairs for b in lived_in] for a in lived_in], dtype=bool
        ),
    )


def _person_minutes(ground: _Ground) -> FloatArray:
    """(n, n) minutes from each seat to the people of each municipality, times its people; inf: most cannot
    be reached. Those who cannot be reached count as their neighbours do."""
    weights, n = ground.state.weight(None), len(ground.codes)
    known = np.isfinite(ground.out_min)
    reached, summed = np.zeros((n, n)), np.zeros((n, n))
    np.add.at(reached, ground.row, weights[:, None] * known)
    np.add.at(summed, ground.row, weights[:, None] * np.where(known, ground.out_min, 0.0))
    enough = reached >= 0.5 * ground.persons[:, None]
    mean = np.divide(summed, reached, out=np.zeros((n, n)), where=reached > 0)
    return np.asarray(np.where(enough, mean * ground.persons[:, None], np.inf), dtype=np.float64)


def _today(ground: _Ground, groups: NDArray[np.object_], costs: FloatArray) -> NDArray[np.int64]:
    """(n,) seat of today's area of each municipality: the one with the fewest minutes to all of its people."""
    codes = ground.state.municipalities["municipality_code"].astype(str).tolist()
    label = dict(zip(codes, groups.tolist(), strict=True))
    own = np.asarray([label[code] for code in ground.codes], dtype=object)
    seat = np.full(len(own), -1, dtype=np.int64)
    for one in dict.fromkeys(own.tolist()):
        here = np.flatnonzero(own == one)
        within = costs[np.ix_(here, here)]
        missed = (~np.isfinite(within)).sum(axis=0)
        price = np.where(np.isfinite(within), within, 0.0).sum(axis=0)
        seat[here] = here[np.lexsort((price, missed))[0]]
    return seat


def _found(name: str, ground: _Ground, seats: dict[str, NDArray[np.int64]], proof: Districts) -> TeamsFound:
    people = {one: _municipal_rows(ground, seat) for one, seat in seats.items()}
    areas = {one: _area_rows(ground, seat, people[one]) for one, seat in seats.items()}
    points = ground.state.demand[
        ["demand_id", "name", "municipality_code", "lon", "lat", *ground.state.weights]
    ]
    places = np.arange(len(points))
    for one, seat in seats.items():
        points = points.assign(**{f"{one}_min": ground.out_min[places, seat[ground.row]]})
    region = {one: _region(areas[one], people[one]) for one in seats}
    region[BEST] |= {"objective": proof.objective, "bound": proof.bound, "gap": proof.gap}
    return TeamsFound(
        name=name,
        team=ground.team,
        districts=pd.concat([areas[one].assign(variant=one) for one in seats], ignore_index=True),
        municipalities=pd.concat([people[one].assign(variant=one) for one in seats], ignore_index=True),
        points=points,
        region=region,
        proof=proof,
        scenario=ground.state.scenario,
        notes=_notes(ground, region, proof),
    )


def _municipal_rows(ground: _Ground, seat: NDArray[np.int64]) -> pd.DataFrame:
    """What the team of each municipality's area does there in a year."""
    team, n = ground.team, len(ground.codes)
    places = np.arange(len(ground.row))
    ways, waits = (table[places, seat[ground.row]] for table in (ground.round_min, ground.wait_min))
    out = ground.out_min[places, seat[ground.row]]
    reached = np.isfinite(ways)
    visits = ground.clients * team.visits_each
    made = np.where(reached, visits, 0.0)
    long = reached & (ways + team.visit_min > team.day_hours * 60)
    weights = ground.state.weight(None) * reached

    def summed(values: FloatArray) -> FloatArray:
        return np.bincount(ground.row, weights=values, minlength=n).astype(np.float64)

    hours = team.staff_per_visit / 60.0
    people = summed(weights)
    return pd.DataFrame(
        {
            "municipality_code": ground.codes,
            "municipality": ground.names,
            "seat_code": [ground.codes[one] for one in seat],
            "seat": [ground.names[one] for one in seat],
            "persons": ground.persons,
            "clients": summed(ground.clients),
            "visits": summed(made),
            "visit_hours": summed(made * team.visit_min * hours),
            "road_hours": summed(made * np.where(reached, ways, 0.0) * hours),
            "wait_hours": summed(made * np.where(reached, waits, 0.0) * hours),
            "beyond_day": summed(np.where(long, visits, 0.0)),
            "unreached": summed(np.where(reached, 0.0, visits)),
            "mean_min": np.divide(
                summed(weights * np.where(reached, out, 0.0)),
                people,
                out=np.full(n, np.nan),
                where=people > 0,
            ),
        }
    )


def _area_rows(ground: _Ground, seat: NDArray[np.int64], people: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for one in sorted(set(seat.tolist())):
        own = people[seat == one]
        hours = float(own["visit_hours"].sum() + own["road_hours"].sum())
        rows.append(
            {
                "seat_code": ground.codes[one],
                "seat": ground.names[one],
                "lon": float(ground.seats["lon"].iloc[one]),
                "lat": float(ground.seats["lat"].iloc[one]),
                "municipalities": len(own),
                **{name: float(own[name].sum()) for name in SUMMED},
                "staff": hours / ground.team.staff_hours_year,
                "mean_min": _mean(own),
                "worst_min": float(own["mean_min"].max()),
                "parts": len(connected_parts(np.flatnonzero(seat == one).tolist(), ground.beside)),
            }
        )
    return pd.DataFrame(rows)


def _mean(people: pd.DataFrame) -> float:
    known = people[people["mean_min"].notna() & (people["persons"] > 0)]
    return float(np.average(known["mean_min"], weights=known["persons"])) if len(known) else float("nan")


def _region(areas: pd.DataFrame, people: pd.DataFrame) -> dict[str, float]:
    return {
        "areas": len(areas),
        **{name: float(areas[name].sum()) for name in SUMMED},
        "staff": float(areas["staff"].sum()),
        "mean_min": _mean(people),
        "worst_min": float(people["mean_min"].max()),
        "smallest": float(areas["persons"].min()),
        "largest": float(areas["persons"].max()),
        "parts": int((areas["parts"] - 1).sum()),
    }


def _notes(ground: _Ground, region: dict[str, dict[str, float]], proof: Districts) -> tuple[str, ...]:
    team = ground.team
    title = in_languages(team, "title")
    confidence = Note(f"confidence.{team.confidence}")
    notes = [
        Note("note.teams.source", title=title, source=team.source, confidence=confidence),
        Note("note.teams.seats"),
        Note("note.teams.reckoned"),
    ]
    if region[BEST]["unreached"] > 0:
        notes.append(Note("note.teams.unreached", count=region[BEST]["unreached"]))
    if proof.cuts:
        notes.append(Note("note.teams.cuts", rounds=proof.rounds, cuts=proof.cuts))
    return (*notes, *study_notes(ground.state, []))


def teams_answer(study: Study, found: TeamsFound) -> Answer:
    """The run of ``geoaccess teams``: areas, municipalities and places, today's and the best."""
    state = study.with_people_of(found.scenario).in_state(scenario=found.scenario)
    return Answer(
        question="teams",
        facts={
            **study_facts(study),
            "teams": {
                "name": found.name,
                "section": found.team.model_dump(),
                "region": found.region,
                "proof": proof_of(found),
            },
            "scenario": found.scenario,
            "weight": state.config.demand.default_weight,
            "notes": list(found.notes),
        },
        tables={
            "teams_areas": found.districts,
            "teams_municipalities": found.municipalities,
            "teams_points": found.points,
            "municipalities": study.municipalities,
            **network_tables(state),
        },
        inputs=(*study.files, study.folder / found.team.neighbours),
    )


def proof_of(found: TeamsFound) -> dict[str, Any]:
    """How sure the areas are."""
    proof = found.proof
    return {"status": proof.status.value, "solver": proof.solver, "rounds": proof.rounds, "cuts": proof.cuts}
