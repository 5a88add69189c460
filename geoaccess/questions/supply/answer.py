"""Supply: what people have of a capacity that they share with others around the same facilities."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from geoaccess.answers.answer import Answer
from geoaccess.answers.study_facts import network_tables, study_facts
from geoaccess.answers.study_notes import drive_notes, study_notes
from geoaccess.ground.arrays import FloatArray
from geoaccess.ground.errors import GeoaccessError
from geoaccess.ground.measures import rows_by, weighted_mean, weighted_percentile
from geoaccess.minutes import as_study, fastest, group_labels, minutes
from geoaccess.questions.supply.capacity import capacities, unknown_ids
from geoaccess.questions.supply.inputs import Times, as_times
from geoaccess.questions.supply.methods import METHODS, Method
from geoaccess.questions.supply.opportunities import gravity, persons_in_reach
from geoaccess.questions.supply.served import catchments
from geoaccess.study import Study
from geoaccess.words.note import Note, in_languages, listed
from networks.brief import Brief

#: Results are told for so many people.
PER = 1000.0
_MOST_NAMES = 12
_ROUNDING = 1e-6


@dataclass(frozen=True, eq=False, repr=False)
class Supply(Brief):
    """What a capacity gives to people.

    Attributes:
        points: one row per demand point: who and where, ``capacity_per_1000`` (0: nothing is in reach; NaN:
            not defined, only where nobody lives), ``reachable_capacity``, ``facilities_in_reach``,
            ``travel_time_min`` to the nearest (NaN unreachable), and the weights.
        facilities: one row per facility: ``capacity``, ``radius_min``, ``persons_in_reach``,
            ``persons_nearest`` (whose nearest it is).
        groups: one row per group: the group column, ``persons, mean_per_1000, median_per_1000,
            p10_per_1000`` (one person in ten has less), ``persons_without, share_without,
            persons_unreachable``.
        flows: persons of each group to their nearest facility: the group column, ``facility_id, persons,
            mean_min``.
        region: the figures of ``groups`` for everybody, and ``capacity, capacity_shared,
            capacity_unused``.
        kind: kind of facility.
        column: column of the capacity.
        method: how it is shared.
        weight: who shares it.
        by: what the groups are.
        scenario: state of the world.
        notes: what a reader must know.
    """

    points: pd.DataFrame
    facilities: pd.DataFrame
    groups: pd.DataFrame
    flows: pd.DataFrame
    region: dict[str, float]
    kind: str
    column: str
    method: Method
    weight: str
    by: str
    scenario: str
    notes: tuple[str, ...]


def supply(
    study: Study | str | Path,
    kind: str,
    column: str,
    method: Method,
    *,
    by: str = "municipality",
    scenario: str | None = None,
    weight: str | None = None,
    unknown: float | None = None,
) -> Supply:
    """What people have of a capacity, shared with those around the same facilities.

    Args:
        study: a study, its name or its path.
        kind: kind of facility.
        column: column of the tables of facilities that holds the capacity.
        method: how it is shared, see :func:`~geoaccess.questions.supply.methods.method_of`.
        by: ``municipality``, or a group column of the municipalities.
        scenario: name of a scenario; default: the state that the study is in.
        weight: who shares it; default: the study's own.
        unknown: what a facility without a known capacity counts as; None: it is a fault.

    Raises:
        UnknownNameError: no such kind, scenario, weight, group or column.
        DataError: capacities that are blank or no numbers, or parameters that cannot be.
    """
    state = as_study(study).with_people_of(scenario).in_state(scenario=scenario)
    facilities = state.facilities_of(kind)
    labels = group_labels(state, by)
    amounts = capacities(state, facilities, column, unknown=unknown)
    table = as_times(minutes(state, kind))
    persons = pd.Series(state.weight(weight), index=table.demand_ids)
    values = method.per_person(table, persons, amounts) * PER
    radii = method.radii(table, persons)
    points = _points(state, table, values, gravity(table, amounts, method.decay), radii)
    told = facilities.assign(
        capacity=amounts.to_numpy(),
        radius_min=radii.to_numpy(),
        persons_in_reach=_in_reach(table, persons, radii),
    )
    flows = pd.DataFrame(columns=[by, "facility_id", "persons", "mean_min"])
    nearest = np.zeros(len(facilities))
    if len(facilities):
        served = catchments(table, persons)
        nearest = served.facilities["persons"].to_numpy(dtype=np.float64)
        flows = served.flows(labels).rename(columns={"group": by})
    told = told.assign(persons_nearest=nearest)
    people = np.asarray(persons, dtype=np.float64)
    had = np.asarray(points["capacity_per_1000"], dtype=np.float64)
    times = np.asarray(points["travel_time_min"], dtype=np.float64)
    rows = [{by: str(group), **_figures(had[own], times[own], people[own])} for group, own in rows_by(labels)]
    region = {**_figures(had, times, people), **_shared(points, people, told)}
    named = weight or state.config.demand.default_weight
    return Supply(
        points, told, pd.DataFrame(rows), flows, region, kind, column, method, named, by, state.scenario,
        _notes(state, kind, column, method, points, told, people, unknown),
    )  # fmt: skip


def supply_answer(study: Study, found: Supply) -> Answer:
    """The answer of ``geoaccess supply``: every place, facility and group."""
    state = study.in_state(scenario=found.scenario)
    return Answer(
        question="supply",
        facts={
            **study_facts(study),
            "supply": {
                "kind": found.kind,
                "capacity": found.column,
                "method": found.method.name,
                "source": METHODS[found.method.name],
                "parameters": found.method.told,
                "limit_min": found.method.limit_min,
                "region": found.region,
            },
            "scenario": found.scenario,
            "weight": found.weight,
            "by": found.by,
            "notes": found.notes,
        },
        tables={
            "supply_points": found.points,
            "supply": found.groups,
            "flows": found.flows,
            "facilities": found.facilities,
            "municipalities": study.municipalities,
            **network_tables(state),
        },
        inputs=study.files,
    )


def _points(
    state: Study, table: Times, values: pd.Series, reachable: pd.Series, radii: pd.Series
) -> pd.DataFrame:
    kept = state.demand[["demand_id", "name", "municipality_code", "lon", "lat", *state.weights]]
    inside = (table.minutes <= radii.to_numpy()).sum(axis=1)
    return kept.assign(
        capacity_per_1000=values.to_numpy(),
        reachable_capacity=reachable.to_numpy(),
        facilities_in_reach=inside,
        travel_time_min=fastest(table.minutes),
    )


def _in_reach(table: Times, persons: pd.Series, radii: pd.Series) -> np.ndarray:
    """(n_facilities,) persons within each facility's own size."""
    if not len(radii):
        return np.zeros(0)
    sizes = sorted(set(radii.tolist()))
    held = persons_in_reach(table, persons, sizes)
    which = [sizes.index(size) for size in radii.tolist()]
    found: np.ndarray = held.to_numpy(dtype=np.float64)[np.arange(len(radii)), which]
    return found


def _figures(values: FloatArray, times: FloatArray, persons: FloatArray) -> dict[str, float]:
    """What a group has, and who has nothing."""
    reached = ~np.isnan(times)
    total = float(persons.sum())
    without = float(persons[values == 0].sum())
    return {
        "persons": total,
        "mean_per_1000": weighted_mean(values, persons),
        "median_per_1000": weighted_percentile(values, persons, 0.5),
        "p10_per_1000": weighted_percentile(values, persons, 0.1),
        "persons_without": without,
        "share_without": without / total if total else float("nan"),
        "persons_unreachable": float(persons[~reached].sum()),
    }


def _shared(points: pd.DataFrame, persons: np.ndarray, facilities: pd.DataFrame) -> dict[str, float]:
    """The capacity, what of it people have, and what lies where nobody is in reach.

    Raises:
        GeoaccessError: the shares of the people are not the capacity, which would be a fault of ours.
    """
    values = np.nan_to_num(points["capacity_per_1000"].to_numpy(dtype=np.float64))
    whole = float(facilities["capacity"].sum())
    shared = float(persons @ values) / PER
    unused = float(facilities.loc[facilities["persons_in_reach"] <= 0, "capacity"].sum())
    if abs(shared + unused - whole) > _ROUNDING * max(whole, 1.0):
        raise GeoaccessError(Note("fault.supply.shared", shared=shared, unused=unused, whole=whole))
    return {"capacity": whole, "capacity_shared": shared, "capacity_unused": unused}


def _notes(
    state: Study,
    kind: str,
    column: str,
    method: Method,
    points: pd.DataFrame,
    facilities: pd.DataFrame,
    persons: np.ndarray,
    unknown: float | None,
) -> tuple[str, ...]:
    label = in_languages(state.kind(kind), "label")
    notes: list[str] = [
        Note("supply.method", method=method.name, parameters=method.told, source=METHODS[method.name])
    ]
    if method.by_default:
        notes.append(Note("supply.default", method=method.name))
    blank = unknown_ids(state, facilities, column) if unknown is not None else []
    if blank and unknown is not None:
        names = facilities.set_index("facility_id")["name"].loc[blank].tolist()
        notes.append(
            Note(
                "supply.unknown",
                column=column,
                kind=label,
                amount=float(unknown),
                count=len(blank),
                names=listed(names, _MOST_NAMES),
            )
        )
    idle = facilities[(facilities["persons_in_reach"] <= 0) & (facilities["capacity"] > 0)]
    if len(idle):
        amount = float(idle["capacity"].sum())
        notes.append(Note("supply.unused", amount=amount, names=listed(idle["name"].tolist(), _MOST_NAMES)))
    without = (points["capacity_per_1000"] == 0).to_numpy() & (persons > 0)
    if without.any():
        far = points[without].assign(persons=persons[without]).sort_values("persons", ascending=False)
        notes.append(
            Note(
                "supply.without",
                people=float(persons[without].sum()),
                kind=label,
                names=listed(far["name"].tolist(), _MOST_NAMES),
            )
        )
    return (*notes, *drive_notes(state, [kind]), *study_notes(state, [kind]))
