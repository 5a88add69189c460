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
from geoaccess.ground.errors import DataError, GeoaccessError, InfeasibleError
from geoaccess.minutes import as_study
from geoaccess.questions.teams.ground import Ground, Ways, ground_of, person_minutes, seats_today, ways_from
from geoaccess.study import Study
from geoaccess.study.names import named_section
from geoaccess.study.team_sections import Team
from geoaccess.words.note import Note, in_languages
from optimise.district_program import DistrictProblem, Districts, connected_parts
from optimise.districts import solve_districts
from optimise.running import Limits
from optimise.status import Status

TODAY, BEST = "today", "districts"
#: What is summed over municipalities and areas.
SUMMED = (
    "persons",
    "persons_reached",
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
        districts: one row per variant and area: ``seat, municipalities, persons, persons_reached, clients,
            visits, visit_hours, road_hours, wait_hours`` (hours of staff a year), ``staff, mean_min,
            worst_min, beyond_day`` (visits that a working day has no room for), ``unreached`` (visits that
            nothing reaches), ``parts`` (pieces that do not hang together).
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
        DataError: the study has no teams, or more areas are asked for than there are municipalities.
        InfeasibleError: no areas hang together and keep the bounds, or nobody reaches a municipality.
        GeoaccessError: the time was over before any areas were found.
    """
    loaded = as_study(study).with_people_of(scenario)
    state = loaded.in_state(scenario=scenario)
    chosen, team = named_section(state.config.teams, name, what="teams", none="fault.teams.none")
    ground = ground_of(state, team)
    costs = person_minutes(ground)
    groups = state.municipalities[team.start].astype(str).to_numpy(dtype=object)
    today = seats_today(ground, groups, costs)
    # Areas are made of the municipalities where somebody lives: no more of them than these.
    places = len(ground.persons)
    number = count or team.count or min(len(set(groups.tolist())), places)
    if number > places:
        raise DataError(Note("fault.teams.too_many", count=number, places=places))
    mean = float(ground.persons.sum()) / number
    problem = DistrictProblem(
        costs, ground.persons, ground.beside, number, team.least * mean, team.most * mean
    )
    proof = solve_districts(problem, Limits(time_limit_s=time_limit_s, seed=seed))
    if not len(proof.seat):
        asked = {"count": number, "least": team.least * mean, "most": team.most * mean}
        if proof.status is Status.INFEASIBLE:
            raise InfeasibleError(Note("fault.teams.infeasible", **asked))
        raise GeoaccessError(Note("fault.teams.stopped", **asked))
    return _found(chosen, ground, {TODAY: today, BEST: proof.seat}, proof)


def _found(name: str, ground: Ground, seats: dict[str, NDArray[np.int64]], proof: Districts) -> TeamsFound:
    ways = {one: ways_from(ground, seat) for one, seat in seats.items()}
    people = {one: _municipal_rows(ground, seat, ways[one]) for one, seat in seats.items()}
    areas = {one: _area_rows(ground, seat, people[one]) for one, seat in seats.items()}
    points = ground.state.demand[
        ["demand_id", "name", "municipality_code", "lon", "lat", *ground.state.weights]
    ]
    for one in seats:
        points = points.assign(**{f"{one}_min": ways[one].out_min})
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
        notes=_notes(name, ground, region, proof),
    )


def _municipal_rows(ground: Ground, seat: NDArray[np.int64], found: Ways) -> pd.DataFrame:
    """What the team of each municipality's area does there in a year."""
    team, n = ground.team, len(ground.codes)
    ways, waits, out = found.round_min, found.wait_min, found.out_min
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
            "persons_reached": people,
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


def _area_rows(ground: Ground, seat: NDArray[np.int64], people: pd.DataFrame) -> pd.DataFrame:
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
    known = people[people["persons_reached"] > 0]
    return float(np.average(known["mean_min"], weights=known["persons_reached"])) if len(known) else np.nan


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


def _notes(
    name: str, ground: Ground, region: dict[str, dict[str, float]], proof: Districts
) -> tuple[str, ...]:
    team = ground.team
    title = in_languages(team, "title")
    confidence = Note(f"confidence.{team.confidence}")
    figures = [f"{key} = {value}" for key, value in team.figures()]
    notes = [
        Note("note.teams.source", title=title, source=team.source, confidence=confidence),
        Note("note.teams.figures", section=f"[teams.{name}]", figures=figures),
        Note("note.teams.seats"),
        Note("note.teams.reckoned"),
    ]
    if region[BEST]["unreached"] > 0:
        notes.append(Note("note.teams.unreached", count=region[BEST]["unreached"]))
    alone = [ground.names[i] for i in np.flatnonzero(~ground.beside.any(axis=1)).tolist()]
    if alone:
        notes.append(Note("note.teams.alone", table=team.neighbours, municipalities=alone))
    if ground.elsewhere:
        notes.append(Note("note.teams.elsewhere", table=team.neighbours, count=ground.elsewhere))
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
