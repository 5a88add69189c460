"""Trade-offs: the placements that no other beats in every criterion, and what a step between them costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from geoaccess.answers.answer import Answer
from geoaccess.answers.study_facts import network_tables, study_facts
from geoaccess.answers.study_notes import study_notes
from geoaccess.ground.arrays import FloatArray
from geoaccess.ground.errors import InfeasibleError, UnknownNameError
from geoaccess.minutes import as_study, fastest
from geoaccess.questions.tradeoff.posed import PosedTradeoff, pose_tradeoff
from geoaccess.study import Study
from geoaccess.study.names import named_section
from geoaccess.study.tradeoff_sections import UNITS, Tradeoff
from geoaccess.words.note import Note, in_languages
from optimise.pareto import ParetoFront, pareto_front, values_of
from optimise.running import Limits

#: Fronts end here unless asked otherwise: more answers than that nobody compares.
MOST_POINTS = 60


@dataclass(frozen=True, eq=False)
class TradeoffFound:
    """The front of a trade-off.

    Attributes:
        name: name of the trade-off in the study.
        tradeoff: what the study says.
        points: one row per placement: ``point`` (1: best by the first criterion), ``compromise``
            (whether it is the nearest to the best of every criterion), ``opened, closed`` (names), ``cost``,
            ``status, gap``.
        values: one row per placement and criterion: ``point, criterion, value, unit, least, most`` (over the
            front), ``today`` (NaN for criteria of new sites), ``is_least``.
        sites: one row per site that any placement opens or closes, or that is there today.
        places: the demand points with minutes to the nearest site of the first placement, ``point-N_min``.
        front: how it was found.
        scenario: state of the world.
        notes: what a reader must know.
    """

    name: str
    tradeoff: Tradeoff
    points: pd.DataFrame
    values: pd.DataFrame
    sites: pd.DataFrame
    places: pd.DataFrame
    front: ParetoFront
    scenario: str
    notes: tuple[str, ...]


def trade_off(
    study: Study | str | Path,
    name: str | None = None,
    *,
    criteria: Sequence[str] = (),
    most: int | None = MOST_POINTS,
    scenario: str | None = None,
    time_limit_s: float | None = None,
    seed: int = 0,
) -> TradeoffFound:
    """The placements that no other beats in every criterion.

    Args:
        study: a study, its name or its path.
        name: name of the trade-off; default: the only one, or the first.
        criteria: only these of its criteria.
        most: end after so many placements.
        scenario: state of the world; default: the state that the study is in.
        time_limit_s: wall seconds for the whole front.
        seed: seed of the solver.

    Raises:
        UnknownNameError: no such trade-off, criterion or scenario.
        DataError: the study has none, or its tables have faults.
        InfeasibleError: no placement keeps numbers and budget and reaches everybody whom today's sites reach.
    """
    loaded = as_study(study).with_people_of(scenario)
    state = loaded.in_state(scenario=scenario)
    chosen, tradeoff = named_section(
        state.config.tradeoffs, name, what="trade-off", none="fault.tradeoff.none"
    )
    for one in criteria:
        if one not in tradeoff.criteria:
            raise UnknownNameError("criterion", one, tradeoff.criteria)
    if criteria:
        kept = {one: tradeoff.criteria[one] for one in tradeoff.criteria if one in criteria}
        tradeoff = tradeoff.model_copy(update={"criteria": kept})
    posed = pose_tradeoff(state, tradeoff)
    front = pareto_front(posed.problem, Limits(time_limit_s=time_limit_s, seed=seed), most=most)
    if not front.points:
        code = "fault.tradeoff.infeasible" if front.complete else "fault.tradeoff.stopped"
        raise InfeasibleError(Note(code, name=chosen))
    points = _points(posed, front)
    return TradeoffFound(
        name=chosen,
        tradeoff=tradeoff,
        points=points,
        values=_values(posed, front),
        sites=_sites(posed, front),
        places=_places(posed, front),
        front=front,
        scenario=state.scenario,
        notes=_notes(posed, front),
    )


def unit_of(state: Study, tradeoff: Tradeoff, criterion: str) -> str:
    """Unit of a criterion: ``min``, ``persons``, ``h``, ``km``, a currency, ``kg`` or ``sites``."""
    one = tradeoff.criteria[criterion]
    if one.measure in {"minutes", "sites_to"}:
        return "min"
    if one.measure == "beyond":
        return "persons"
    if one.measure == "apart":
        return "sites"
    if one.unit == "cost":
        rates = state.config.journey_rates
        return "" if rates is None else rates.currency
    return {"hours": "h", "km": "km", "co2_kg": "kg"}[one.unit]


def unit_words(unit: str) -> Note | str:
    """A unit as a reader knows it."""
    return Note(f"tradeoff.unit.{unit}") if unit in {"persons", "h", "sites"} else unit


def _table(front: ParetoFront) -> FloatArray:
    """(points, criteria) values."""
    return np.asarray([point.values for point in front.points], dtype=np.float64)


def compromise(values: FloatArray) -> int:
    """The point whose worst criterion is nearest to the best there is, each over its range (Yu 1973).

    Args:
        values: (points, criteria) of the front.
    """
    least, most = values.min(axis=0), values.max(axis=0)
    spread = np.where(most > least, most - least, 1.0)
    far = (values - least) / spread
    return int(np.lexsort((far.sum(axis=1), np.round(far.max(axis=1), 9)))[0])


def _points(posed: PosedTradeoff, front: ParetoFront) -> pd.DataFrame:
    places, today = posed.places, posed.today
    names = places["name"].astype(str).to_numpy(dtype=object)
    best = compromise(_table(front))
    prices = np.asarray([posed.tradeoff.prices.get(one, 0.0) for one in places["placement"]])
    rows = []
    for number, point in enumerate(front.points):
        new = point.open & ~today
        rows.append(
            {
                "point": number + 1,
                "compromise": number == best,
                "opened": ", ".join(_named(posed, names, new)),
                "closed": ", ".join(_named(posed, names, today & ~point.open)),
                "sites": int(new.sum()),
                "cost": float(prices[new].sum()),
                "status": point.status.value,
                "gap": point.gap,
            }
        )
    return pd.DataFrame(rows)


def _named(posed: PosedTradeoff, names: np.ndarray[Any, Any], which: np.ndarray[Any, Any]) -> list[str]:
    """Names of sites; where several kinds are placed, each with its own."""
    kinds = [posed.services[str(one)].question.facility for one in posed.places["placement"]]
    several = len(posed.services) > 1
    return sorted(f"{names[at]} ({kinds[at]})" if several else str(names[at]) for at in np.flatnonzero(which))


def _values(posed: PosedTradeoff, front: ParetoFront) -> pd.DataFrame:
    table = _table(front)
    now = values_of(posed.problem, posed.today)
    rows = []
    for at, (name, one) in enumerate(posed.tradeoff.criteria.items()):
        column = table[:, at]
        least, most = float(column.min()), float(column.max())
        rows += [
            {
                "point": number + 1,
                "criterion": name,
                "value": float(value),
                "unit": unit_of(posed.state, posed.tradeoff, name),
                "today": np.nan if one.of_sites else float(now[at]),
                "least": least,
                "most": most,
                "is_least": bool(value <= least),
            }
            for number, value in enumerate(column)
        ]
    return pd.DataFrame(rows)


def _role(here: bool, today: bool, standing: bool) -> str:
    if today:
        return "required" if standing and here else "existing" if here else "closed"
    return "chosen" if here else "candidate"


def _sites(posed: PosedTradeoff, front: ParetoFront) -> pd.DataFrame:
    places, today = posed.places, posed.today
    required = (places["role"] == "required").to_numpy(dtype=bool)
    columns = ["site_id", "name", "municipality_code", "municipality", "lon", "lat", "placement"]
    told = places[columns].assign(
        kind=[posed.services[str(one)].question.facility for one in places["placement"]]
    )
    for number, point in enumerate(front.points):
        told[f"point_{number + 1}_role"] = [
            _role(bool(here), bool(now), bool(other))
            for here, now, other in zip(point.open, today, required, strict=True)
        ]
    shown = today | np.any([point.open for point in front.points], axis=0)
    rows: pd.DataFrame = told[shown].reset_index(drop=True)
    return rows


def _places(posed: PosedTradeoff, front: ParetoFront) -> pd.DataFrame:
    state, first = posed.state, posed.services[posed.tradeoff.placements[0]]
    table = state.demand[["demand_id", "name", "municipality_code", "lon", "lat", *state.weights]].copy()
    table["today_min"] = fastest(first.minutes[:, posed.today[first.columns]])
    for number, point in enumerate(front.points):
        table[f"point_{number + 1}_min"] = fastest(first.minutes[:, point.open[first.columns]])
    return table


def _notes(posed: PosedTradeoff, front: ParetoFront) -> tuple[str, ...]:
    tradeoff, state = posed.tradeoff, posed.state
    notes: list[Note] = []
    if tradeoff.source:
        confidence = Note(f"confidence.{tradeoff.confidence}")
        notes.append(
            Note(
                "note.tradeoff.source",
                title=in_languages(tradeoff, "title"),
                source=tradeoff.source,
                confidence=confidence,
            )
        )
    for name, one in tradeoff.criteria.items():
        title = in_languages(one, "title")
        if one.source:
            confidence = Note(f"confidence.{one.confidence}")
            notes.append(Note("note.tradeoff.source", title=title, source=one.source, confidence=confidence))
        if one.step:
            unit = unit_words(unit_of(state, tradeoff, name))
            notes.append(Note("note.tradeoff.step", title=title, step=one.step, unit=unit))
        if one.measure == "journeys":
            journey = state.config.journeys[one.journey]
            confidence = Note(f"confidence.{journey.confidence}")
            told = in_languages(journey, "title")
            notes.append(Note("note.burden.source", title=told, source=journey.source, confidence=confidence))
        left_out = posed.counted.get(name, (0.0, 0.0))[1]
        if left_out > 0:
            notes.append(Note("note.tradeoff.left_out", title=title, count=left_out))
    rates = state.config.journey_rates
    if rates is not None and _rated(tradeoff):
        notes.append(Note("note.burden.rates", source=rates.source))
    if posed.roadless:
        notes.append(Note("note.tradeoff.roadless", names=list(posed.roadless)))
    notes.append(Note("note.tradeoff.front" if front.complete else "note.tradeoff.not_all"))
    kinds = dict.fromkeys(
        [service.question.facility for service in posed.services.values()]
        + [kind for one in tradeoff.criteria.values() for kind in one.kinds]
    )
    return (*notes, *study_notes(state, list(kinds)))


def _rated(tradeoff: Tradeoff) -> bool:
    """Whether a criterion is money or CO2 of journeys."""
    return any(one.measure == "journeys" and UNITS[one.unit] for one in tradeoff.criteria.values())


def tradeoff_answer(study: Study, found: TradeoffFound) -> Answer:
    """The run of ``geoaccess tradeoff``: the front, its values, sites and minutes."""
    state = study.with_people_of(found.scenario).in_state(scenario=found.scenario)
    tradeoff = found.tradeoff
    rates = state.config.journey_rates if _rated(tradeoff) else None
    return Answer(
        question="tradeoff",
        facts={
            **study_facts(study),
            "tradeoff": {
                "name": found.name,
                "section": tradeoff.model_dump(),
                "facility": state.placement(tradeoff.placements[0]).facility,
                "journeys": {
                    one.journey: state.config.journeys[one.journey].model_dump()
                    for one in tradeoff.criteria.values()
                    if one.journey
                },
                "rates": None if rates is None else rates.model_dump(),
                "complete": found.front.complete,
                "proven": found.front.proven,
                "programs": found.front.programs,
                "solver": found.front.solver,
                "seconds": found.front.seconds,
            },
            "scenario": found.scenario,
            "weight": state.config.demand.default_weight,
            "notes": list(found.notes),
        },
        tables={
            "tradeoff": found.points,
            "tradeoff_values": found.values,
            "tradeoff_sites": found.sites,
            "tradeoff_points": found.places,
            "municipalities": study.municipalities,
            **network_tables(state),
        },
        inputs=study.files,
    )
