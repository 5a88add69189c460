"""The burden of journeys: what people who must travel again and again spend on it in a year."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
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
from geoaccess.minutes import as_study, group_labels
from geoaccess.study import Study
from geoaccess.study.journey_sections import Journey, JourneyRates
from geoaccess.words.note import Note, in_languages
from networks import travel_time_legs
from networks.brief import Brief
from networks.round_trips import RoundTrips

#: What is summed over journeys; each is a column of every table.
SUMMED = ("journeys", "km", "hours", "waiting_hours", "ferry_journeys", "escort_hours")
#: What one traveller at a place has in a year.
EACH = ("km_each", "hours_each", "waiting_each")


@dataclass(frozen=True, eq=False, repr=False)
class Burden(Brief):
    """What journeys cost those who make them, in a year.

    Attributes:
        points: one row per journey and demand point: ``journey, facility_id`` (empty: none is reached),
            ``km_each, hours_each, waiting_each`` of one traveller in a year, there and back, ``travellers,
            journeys, km, hours, waiting_hours, ferry_journeys, escort_hours`` of all, ``cost, co2_kg`` where
            there are rates. NaN where none is reached.
        groups: one row per journey and group: the group column, ``travellers, travellers_unreached``, the
            sums of ``points``, and ``hours_each``, the mean over the people (or the travellers) of the group.
        region: journey -> the same for everybody.
        journeys: the journeys asked for.
        rates: what a kilometre and an hour cost, or None.
        by: what the groups are.
        scenario: state of the world.
        notes: what a reader must know.
    """

    points: pd.DataFrame
    groups: pd.DataFrame
    region: dict[str, dict[str, float]]
    journeys: dict[str, Journey]
    rates: JourneyRates | None
    by: str
    scenario: str
    notes: tuple[str, ...]


def burden(
    study: Study | str | Path,
    journeys: Sequence[str] = (),
    *,
    by: str = "municipality",
    scenario: str | None = None,
) -> Burden:
    """Kilometres, hours, ferries and money of the journeys that a study defines.

    Everybody travels to the facility that is nearest in minutes, and home from it; waits for ferries count as
    hours. What nobody can reach costs nothing and is told apart.

    Args:
        study: a study, its name or its path.
        journeys: names of journeys; default: all of the study.
        by: ``municipality``, or a group column of the municipalities.
        scenario: state of the world; default: the state that the study is in.

    Raises:
        UnknownNameError: no such journey, kind, weight, scenario or grouping.
        DataError: the study has no journeys.
    """
    loaded = as_study(study).with_people_of(scenario)
    state = loaded.in_state(scenario=scenario)
    config = state.config
    if not config.journeys:
        raise DataError(Note("fault.burden.none"))
    for name in journeys:
        if name not in config.journeys:
            raise UnknownNameError("journey", name, config.journeys)
    chosen = {name: config.journeys[name] for name in journeys or config.journeys}
    labels = group_labels(state, by)
    kinds = {journey.kind for journey in chosen.values()}
    trips = _round_trips_to_nearest(state, kinds)
    tables = [
        _points(state, name, journey, config.journey_rates, *trips[journey.kind])
        for name, journey in chosen.items()
    ]
    groups = [_groups(table, labels, by, state) for table in tables]
    persons = state.weight(None)
    region = {name: _sums(_numbers(table), persons) for name, table in zip(chosen, tables, strict=True)}
    points = pd.concat(tables, ignore_index=True)
    return Burden(
        points=points,
        groups=pd.concat(groups, ignore_index=True),
        region=region,
        journeys=chosen,
        rates=config.journey_rates,
        by=by,
        scenario=state.scenario,
        notes=_notes(state, chosen, region),
    )


def _points(
    state: Study,
    name: str,
    journey: Journey,
    rates: JourneyRates | None,
    each: dict[str, FloatArray],
    facility: NDArray[np.object_],
) -> pd.DataFrame:
    """What one journey is at every demand point, from the round trip to the nearest of its kind."""
    demand = state.demand[["demand_id", "name", "municipality_code", "lon", "lat", *state.weights]]
    often = journey.journeys_each
    travellers = travellers_of(state, journey)
    if not journey.travellers:
        travellers = np.full(len(demand), np.nan)
    count = np.where(np.isfinite(each["min"]), travellers * often, np.nan)
    by_ferry = np.where(each["ferry_min"] == 0, 0.0, count)
    table = demand.assign(
        journey=name,
        facility_id=facility,
        km_each=each["km"] * often,
        hours_each=each["min"] * often / 60,
        waiting_each=each["wait_min"] * often / 60,
        travellers=travellers,
        journeys=count,
        km=count * each["km"],
        hours=count * each["min"] / 60,
        waiting_hours=count * each["wait_min"] / 60,
        ferry_journeys=by_ferry,
        escort_hours=count * journey.escorts * each["min"] / 60,
    )
    if rates is not None and (rates.per_km is not None or rates.per_hour is not None):
        table["cost"] = count * amount_each("cost", journey, rates, each)
    if rates is not None and rates.co2_kg_per_km is not None:
        table["co2_kg"] = count * amount_each("co2_kg", journey, rates, each)
    return table


def _round_trips_to_nearest(
    state: Study, kinds: Iterable[str]
) -> dict[str, tuple[dict[str, FloatArray], NDArray[np.object_]]]:
    """Kind -> (n_demand,) minutes, waits, minutes on ferries and km there and back, and the facility's id.

    NaN and an empty id where none is reached.
    """
    search, found = RoundTrips(state.network, state.demand_points), {}
    for kind in kinds:
        facilities = state.facilities_of(kind)
        ids = np.append(facilities["facility_id"].to_numpy(dtype=object), "")
        if facilities.empty:
            nothing = np.full(len(state.demand), np.nan)
            each = dict.fromkeys(("min", "wait_min", "ferry_min", "km"), nothing)
            found[kind] = each, np.full(len(state.demand), "", dtype=object)
            continue
        trips = search.to_nearest(state.on_network(facilities))
        each = {
            "min": trips.total_min,
            "wait_min": trips.wait_min,
            "ferry_min": trips.crossing_min,
            "km": trips.length_km,
        }
        found[kind] = each, ids[np.where(np.isfinite(trips.total_min), trips.place, -1)]
    return found


def round_trips(state: Study, places: pd.DataFrame) -> tuple[dict[str, FloatArray], FloatArray]:
    """Ways of everybody to every place and home again, and there alone.

    Args:
        state: the study in its state.
        places: m places, ``node_id`` or ``lon, lat``.

    Returns:
        ``min, wait_min, ferry_min, km`` -> (n_demand, m) there and back; (n_demand, m) minutes there; NaN
        unreachable.
    """
    sites = state.on_network(places)
    there = travel_time_legs(state.network, state.demand_points, sites)
    back = travel_time_legs(state.network, sites, state.demand_points)
    names = {"min": "total_min", "wait_min": "wait_min", "ferry_min": "crossing_min", "km": "length_km"}
    both = {name: getattr(there, leg) + getattr(back, leg).T for name, leg in names.items()}
    return both, there.total_min


def amount_each(
    unit: str, journey: Journey, rates: JourneyRates | None, each: dict[str, FloatArray]
) -> FloatArray:
    """What one journey there and back comes to.

    Args:
        unit: ``hours`` of the traveller, ``km``, ``cost`` (who goes along too) or ``co2_kg``.
        journey: the journey.
        rates: what a kilometre and an hour cost; what is not said counts 0.
        each: ``min`` and ``km`` there and back.
    """
    hours = each["min"] / 60
    if unit == "hours":
        return hours
    if unit == "km":
        return each["km"]
    if unit == "co2_kg":
        return each["km"] * ((rates and rates.co2_kg_per_km) or 0.0)
    people = 1.0 + journey.escorts
    per_km, per_hour = ((rates and rates.per_km) or 0.0), ((rates and rates.per_hour) or 0.0)
    return people * (each["km"] * per_km + hours * per_hour)


def travellers_of(state: Study, journey: Journey) -> FloatArray:
    """(n_demand,) travellers a year; 0 where the journey counts nobody."""
    travellers = np.zeros(len(state.demand))
    for weight, share in journey.travellers.items():
        travellers += share * state.weight(weight)
    return travellers


def _groups(table: pd.DataFrame, labels: NDArray[np.object_], by: str, state: Study) -> pd.DataFrame:
    persons = state.weight(None)
    which, names = pd.factorize(labels, use_na_sentinel=False)
    ends = np.cumsum(np.bincount(which, minlength=len(names)))
    members = np.split(np.argsort(which, kind="stable"), ends)[: len(names)]
    journey, columns = str(table["journey"].iloc[0]), _numbers(table)
    rows = [
        {
            "journey": journey,
            by: str(group),
            "persons": float(persons[own].sum()),
            **_sums({name: values[own] for name, values in columns.items()}, persons[own]),
        }
        for group, own in sorted(zip(names.tolist(), members, strict=True), key=lambda one: str(one[0]))
    ]
    return pd.DataFrame(rows)


def _numbers(table: pd.DataFrame) -> dict[str, FloatArray]:
    """The columns that are summed."""
    names = ("travellers", *SUMMED, "cost", "co2_kg", *EACH)
    return {name: table[name].to_numpy(dtype=np.float64) for name in names if name in table}


def _sums(columns: Mapping[str, FloatArray], persons: FloatArray) -> dict[str, float]:
    """What a group spends; journeys that nobody can make are told apart."""
    reached = ~np.isnan(columns["hours_each"])
    counted = len(persons) > 0 and not np.isnan(columns["travellers"]).any()
    found: dict[str, float] = {}
    weights = columns["travellers"] if counted else persons
    found["travellers"] = float(weights.sum()) if counted else float("nan")
    found["travellers_unreached"] = float(weights[~reached].sum())
    for name in (*SUMMED, "cost", "co2_kg"):
        if name in columns:
            found[name] = float(columns[name][reached].sum()) if counted else float("nan")
    whole = float(weights[reached].sum())
    for name in EACH:
        values = columns[name]
        found[name] = float(weights[reached] @ values[reached]) / whole if whole > 0 else float("nan")
    return found


def _notes(
    state: Study, journeys: dict[str, Journey], region: dict[str, dict[str, float]]
) -> tuple[str, ...]:
    notes: list[Note] = []
    for name, journey in journeys.items():
        title = in_languages(journey, "title")
        confidence = Note(f"confidence.{journey.confidence}")
        notes.append(Note("note.burden.source", title=title, source=journey.source, confidence=confidence))
        if not journey.travellers:
            notes.append(Note("note.burden.one", title=title, count=journey.journeys_each))
        lost = region[name]["travellers_unreached"]
        if lost > 0:
            code = "note.burden.unreached" if journey.travellers else "note.burden.persons_unreached"
            notes.append(Note(code, title=title, count=lost))
    rates = state.config.journey_rates
    notes.append(
        Note("note.burden.no_rates") if rates is None else Note("note.burden.rates", source=rates.source)
    )
    notes.append(Note("note.burden.nearest"))
    kinds = list(dict.fromkeys(journey.kind for journey in journeys.values()))
    return (*notes, *study_notes(state, kinds))


def burden_answer(study: Study, found: Burden) -> Answer:
    """The run of ``geoaccess burden``: every journey at every place and in every group."""
    state = study.with_people_of(found.scenario).in_state(scenario=found.scenario)
    return Answer(
        question="burden",
        facts={
            **study_facts(study),
            "burden": {
                "journeys": {name: _told(journey) for name, journey in found.journeys.items()},
                "rates": None if found.rates is None else found.rates.model_dump(),
                "region": found.region,
            },
            "scenario": found.scenario,
            "weight": state.config.demand.default_weight,
            "by": found.by,
            "notes": list(found.notes),
        },
        tables={
            "burden_points": found.points,
            "burden": found.groups,
            "facilities": state.facilities[
                state.facilities["kind"].isin([journey.kind for journey in found.journeys.values()])
            ],
            "municipalities": study.municipalities,
            **network_tables(state),
        },
        inputs=study.files,
    )


def _told(journey: Journey) -> dict[str, Any]:
    return journey.model_dump()
