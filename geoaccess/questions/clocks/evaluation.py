"""Running a clock for everybody: the best site to come, the best site to go to, the part that binds.

For a person ``i``, stations ``s`` and places of treatment ``h``::

    alarm_i + min_s (mobilise_s + travel_si) + on_scene_i + min_h (transport_ih + treatment_h)

Where ``[resources]`` carry, the last term is what is left of their quickest chain after the first crew has
treated. The second minimum is over the way from the *patient*, with the time from door to treatment: the
hospital nearest to the station plays no part. Parts with a distribution count with their mean here; see
:mod:`geoaccess.questions.clocks.chances` for how sure that is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from geoaccess.ground.arrays import FloatArray
from geoaccess.ground.errors import DataError, UnknownNameError
from geoaccess.ground.measures import summarise_by
from geoaccess.questions.clocks.values import AnyDistribution, expected_minutes, minutes_at
from geoaccess.study.clock_sections import (
    PARTS,
    Clock,
    Leg,
    Onward,
    Part,
    PartName,
    clock_faults,
    needed_chains,
    needed_legs,
)
from geoaccess.words.note import Note, word
from networks.errors import Fault


@dataclass(frozen=True, eq=False)
class Chains:
    """Everybody's best chain of road, boat and air to facilities.

    Attributes:
        minutes: from the alarm of the unit to the door, the first crew and its time on scene included,
            laid out as ``ClockInputs.to_site``.
        way: the chain of each pair, laid out the same way: its position in ``ways``, -1 where nobody can.
        ways: names of the chains: the craft that carry.
    """

    minutes: pd.DataFrame
    way: NDArray[np.int16]
    ways: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class ClockInputs:
    """What clocks are run on.

    Attributes:
        patients: ``demand_id, municipality_code`` and, for thresholds by class, ``urban`` (true or false).
        from_site: kind -> minutes from its facilities to the demand points (rows demand points in the order
            of ``patients``, columns facility ids, NaN unreachable).
        to_site: kind -> minutes from the demand points to its facilities, laid out the same way.
        tables: file name -> table of :func:`geoaccess.questions.clocks.values.read_part_table`.
        hour: hour of the day, 0 to 23, for tables by hour; None = any hour.
        leaving: service -> id of a base -> minutes of ``from_site`` that it takes its crew to leave.
        chains: kind or id of facility, minutes on scene -> chains of ``[resources]`` to there.
    """

    patients: pd.DataFrame
    from_site: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    to_site: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    hour: int | None = None
    leaving: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    chains: Mapping[tuple[str, float], Chains] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class ClockTimes:
    """A clock, run for every demand point.

    Attributes:
        name: name of the clock.
        clock: its definition.
        table: ``demand_id``, one ``{part}_min`` for each part of any route, ``total_min`` (NaN where a
            journey is impossible), ``station_id`` and ``hospital_id`` (``""`` where there is none), ``way``
            (the craft that carry, in order; only where ``[resources]`` do it; empty: nobody carries),
            ``route`` (the chain that counts), ``binding`` (its longest part; an impossible journey
            binds), and with a threshold ``threshold_min, in_time``.
        random: route -> distributions of its parts, whose means are in the table.
    """

    name: str
    clock: Clock
    table: pd.DataFrame
    random: Mapping[str, tuple[AnyDistribution, ...]]

    @property
    def total_min(self) -> FloatArray:
        """(n_demand,) minutes of the whole chain."""
        values: FloatArray = self.table["total_min"].to_numpy(dtype=np.float64)
        return values


def evaluate_clocks(
    clocks: Mapping[str, Clock], inputs: ClockInputs, *, only: Sequence[str] | None = None
) -> dict[str, ClockTimes]:
    """Run clocks for every demand point.

    Args:
        clocks: the clocks of the study.
        inputs: people, travel times, tables, hour.
        only: names of the clocks to run; default: all.

    Raises:
        UnknownNameError: there is no clock of that name.
        DataError: unknown clocks, a clock that is part of itself, travel times, tables, places, hours or
            urban classes that are missing; all of them listed.
    """
    wanted = list(clocks) if only is None else list(only)
    chosen = with_routes(clocks, wanted)
    kinds = {*set().union(*needed_legs(chosen)), *(end for end, _ in needed_chains(chosen))}
    faults = clock_faults(chosen, kinds) + _input_faults(chosen, inputs)
    if faults:
        raise DataError(list(dict.fromkeys(faults)))
    done: dict[str, ClockTimes] = {}
    for name in chosen:
        _run(chosen, name, inputs, done, faults)
    if faults:
        raise DataError(list(dict.fromkeys(faults)))
    return {name: done[name] for name in wanted}


def with_routes(clocks: Mapping[str, Clock], names: Sequence[str]) -> dict[str, Clock]:
    """The clocks of these names, and those that they are the best of.

    Raises:
        UnknownNameError: there is no clock of that name.
    """
    for name in names:
        if name not in clocks:
            raise UnknownNameError("clock", name, clocks)
    found: dict[str, Clock] = {}
    waiting = list(names)
    while waiting:
        name = waiting.pop(0)
        if name not in found and name in clocks:
            found[name] = clocks[name]
            waiting += clocks[name].best_of
    return found


def _input_faults(clocks: Mapping[str, Clock], inputs: ClockInputs) -> list[Fault]:
    needs_class = any(
        clock.threshold and clock.threshold.urban_minutes is not None for clock in clocks.values()
    )
    wanted = ["demand_id", "municipality_code", *(["urban"] if needs_class else [])]
    faults = [
        Fault("the column is missing", where="patients", column=name)
        for name in wanted
        if name not in inputs.patients
    ]
    if faults:
        return faults
    from_site, to_site = needed_legs(clocks)
    faults += _leg_faults(from_site, inputs.from_site, inputs.patients, "from the site")
    faults += _leg_faults(to_site, inputs.to_site, inputs.patients, "to the site")
    chains = needed_chains(clocks)
    given = {one: inputs.chains[one].minutes for one in chains if one in inputs.chains}
    told: dict[str, tuple[str, float]] = {
        Note("word.on_scene", end=end, scene=scene): (end, scene) for end, scene in chains
    }
    by_name = {name: given[one] for name, one in told.items() if one in given}
    faults += _leg_faults(set(told), by_name, inputs.patients, "of all resources to the site")
    for name, clock in clocks.items():
        for part in PARTS:
            value = clock.part(part)
            if value and value.table and value.table not in inputs.tables:
                where = Note("where.clock", name=name)
                faults.append(Fault("the table was not read", where=where, column=part, value=value.table))
    return faults


def _leg_faults(
    kinds: set[str], given: Mapping[str, pd.DataFrame], patients: pd.DataFrame, direction: str
) -> list[Fault]:
    people = patients["demand_id"].tolist()
    faults = []
    for kind in sorted(kinds):
        if kind not in given:
            faults.append(
                Fault(Note("fault.clock.no_times", direction=word(direction)), where="clocks", value=kind)
            )
        elif given[kind].index.tolist() != people:
            message = Note("fault.clock.other_points", direction=word(direction))
            faults.append(Fault(message, where="clocks", value=kind))
    return faults


def _run(
    clocks: Mapping[str, Clock],
    name: str,
    inputs: ClockInputs,
    done: dict[str, ClockTimes],
    faults: list[Fault],
) -> None:
    if name in done:
        return
    clock = clocks[name]
    if not clock.best_of:
        table, random = _chain(name, clock, inputs, faults)
    else:
        for other in clock.best_of:
            _run(clocks, other, inputs, done, faults)
        table, random = _best([done[other] for other in clock.best_of])
    done[name] = ClockTimes(name, clock, _judged(table, clock, inputs), random)


def _chain(
    name: str, clock: Clock, inputs: ClockInputs, faults: list[Fault]
) -> tuple[pd.DataFrame, dict[str, tuple[AnyDistribution, ...]]]:
    patients = inputs.patients
    count = len(patients)
    ids = (patients[one].astype(str).to_numpy(dtype=object) for one in ("demand_id", "municipality_code"))
    people = list(zip(*ids, strict=True))
    minutes: dict[PartName, FloatArray] = {}
    chosen: dict[str, NDArray[np.object_]] = {}
    legs: tuple[tuple[PartName, PartName, str], ...] = (
        ("travel", "mobilise", "station_id"),
        ("transport", "treatment", "hospital_id"),
    )
    for leg_name, part_name, column in legs:
        leg: Leg | Onward | None = getattr(clock, leg_name)
        if leg is None:
            chosen[column] = np.full(count, "", dtype=object)
            continue
        given = _sites_of(leg, clock, inputs, minutes)
        at_site = clock.part(part_name)
        journey, stay, where = _best_site(
            given, at_site, inputs, Note("where.clock_part", name=name, part_name=part_name), faults
        )
        minutes[leg_name] = journey
        chosen[column] = where
        if at_site is not None:
            minutes[part_name] = stay
        if isinstance(leg, Leg) and leg.gives:
            own = inputs.leaving.get(leg.gives, {})
            leaving = np.asarray([own.get(str(base), np.nan) for base in where], dtype=np.float64)
            minutes["mobilise"], minutes["travel"] = leaving, journey - leaving
    for part_name in clock.parts:
        part = clock.part(part_name)
        if part is not None and part_name not in minutes:
            minutes[part_name] = part_minutes(
                part, people, inputs, Note("where.clock_part", name=name, part_name=part_name), faults
            )
    columns = {f"{part}_min": minutes[part] for part in clock.told_parts}
    table = pd.DataFrame({"demand_id": patients["demand_id"].to_numpy(), **columns})
    table["total_min"] = sum(columns.values(), start=np.zeros(count))
    table["station_id"], table["hospital_id"], table["route"] = (
        chosen["station_id"],
        chosen["hospital_id"],
        name,
    )
    if clock.transport is not None and clock.transport.gives:
        table["way"] = _ways(clock, inputs, chosen["hospital_id"])
    table["binding"] = _binding(
        np.column_stack([minutes[part] for part in clock.told_parts]), clock.told_parts
    )
    random = tuple(
        part.distribution for part in map(clock.part, clock.parts) if part and part.distribution is not None
    )
    return table, {name: random}


def _sites_of(
    leg: Leg | Onward, clock: Clock, inputs: ClockInputs, minutes: Mapping[PartName, FloatArray]
) -> dict[str, pd.DataFrame]:
    """Minutes of a journey by kind; of a chain, what is left of it when whoever is first has treated.

    A chain never leaves before that, so what is left is not negative but by rounding.
    """
    if isinstance(leg, Leg):
        given = inputs.from_site if leg is clock.travel else inputs.to_site
        return {kind: given[kind] for kind in leg.sources}
    if not leg.gives:
        return {kind: inputs.to_site[kind] for kind in leg.kinds}
    treated = minutes["mobilise"] + minutes["travel"] + clock.scene_min
    chains = {end: inputs.chains[end, clock.scene_min].minutes for end in leg.ends}
    found = {}
    for end, chain in chains.items():
        left = chain.to_numpy(dtype=np.float64) - treated[:, None]
        found[end] = pd.DataFrame(np.maximum(left, 0.0, out=left), chain.index, chain.columns, copy=False)
    return found


def _ways(clock: Clock, inputs: ClockInputs, hospitals: NDArray[np.object_]) -> NDArray[np.object_]:
    """(n_demand,) the craft that carry to the chosen hospital; empty where nobody can."""
    found = np.full(len(hospitals), "", dtype=object)
    for end in clock.transport.ends if clock.transport is not None else ():
        chains = inputs.chains[end, clock.scene_min]
        column = chains.minutes.columns.get_indexer(pd.Index(hospitals))
        here = np.flatnonzero(column >= 0)
        names = np.asarray([*chains.ways, ""], dtype=object)
        found[here] = names[chains.way[here, column[here]]]
    return found


def _best_site(
    given: Mapping[str, pd.DataFrame],
    at_site: Part | None,
    inputs: ClockInputs,
    where: str,
    faults: list[Fault],
) -> tuple[FloatArray, FloatArray, NDArray[np.object_]]:
    """Journey, time at the site, and the site of the smallest sum over all sites of all kinds."""
    count = len(inputs.patients)
    best = np.full(count, np.inf)
    journey, stay = np.full(count, np.nan), np.full(count, np.nan)
    site = np.full(count, "", dtype=object)
    for kind, times in given.items():
        # Of sites equally quick the first id is taken, whatever the order of the columns.
        order = np.argsort(np.asarray([str(facility) for facility in times.columns]), kind="stable").tolist()
        names = [(str(facility), kind) for facility in times.columns]
        extra = (
            np.zeros(len(names)) if at_site is None else part_minutes(at_site, names, inputs, where, faults)
        )
        matrix = times.to_numpy(dtype=np.float64)
        for column in order:
            # What nothing is known of has been listed as a fault; it must not hide the other sites.
            total = matrix[:, column] + extra[column]
            better = total < best
            best[better] = total[better]
            journey[better], stay[better] = matrix[better, column], extra[column]
            site[better] = times.columns[column]
    if at_site is not None:
        # A journey that is impossible still says how long the site would take, where all take the same.
        usual = expected_minutes(at_site)
        stay[np.isnan(stay)] = np.nan if usual is None else usual
    return journey, stay, site


def part_minutes(
    part: Part, places: Sequence[Sequence[str]], inputs: ClockInputs, where: str, faults: list[Fault]
) -> FloatArray:
    """(n_places,) minutes of a part at each place; faults are gathered, so that all are told together.

    Args:
        part: the part.
        places: for each place its names, the most exact first.
        inputs: tables and hour.
        where: the clock and part, for messages.
        faults: grows by what is missing.
    """
    usual = expected_minutes(part)
    if usual is not None:
        return np.full(len(places), usual)
    if part.by_kind:
        return np.asarray([part.by_kind[place[-1]] for place in places], dtype=np.float64)
    try:
        return minutes_at(inputs.tables[part.table], places, hour=inputs.hour, where=f"{where}, {part.table}")
    except DataError as error:
        faults += error.faults
        return np.full(len(places), np.nan)


def _binding(minutes: FloatArray, parts: Sequence[PartName]) -> NDArray[np.object_]:
    """The longest part; an impossible journey is longer than anything, and the first of equals counts."""
    endless = np.isnan(minutes) & np.array([part in ("travel", "transport") for part in parts])
    order = np.where(endless, np.inf, np.where(np.isnan(minutes), -1.0, minutes))
    names: NDArray[np.object_] = np.asarray(parts, dtype=object)[order.argmax(axis=1)]
    return names


def _best(routes: Sequence[ClockTimes]) -> tuple[pd.DataFrame, dict[str, tuple[AnyDistribution, ...]]]:
    columns = [f"{part}_min" for part in PARTS if any(f"{part}_min" in route.table for route in routes)]
    totals = np.column_stack([route.total_min for route in routes])
    which = np.where(np.isnan(totals), np.inf, totals).argmin(axis=1)
    kept = ["demand_id", *columns, "total_min", "station_id", "hospital_id", "route", "binding"]
    # A part that a route does not have takes it 0 minutes.
    if any("way" in route.table for route in routes):
        kept.insert(-2, "way")
    frames = [route.table.reindex(columns=kept).assign(**_absent(route, columns)) for route in routes]
    if "way" in kept:
        frames = [frame.assign(way=frame["way"].astype(object).fillna("")) for frame in frames]
    table = frames[0].copy()
    for position, frame in enumerate(frames[1:], start=1):
        here = which == position
        table.loc[here] = frame.loc[here]
    random = {name: parts for route in routes for name, parts in route.random.items()}
    return table, random


def _absent(route: ClockTimes, columns: Sequence[str]) -> dict[str, float]:
    return {column: 0.0 for column in columns if column not in route.table}


def _judged(table: pd.DataFrame, clock: Clock, inputs: ClockInputs) -> pd.DataFrame:
    if clock.threshold is None:
        return table
    limit = np.full(len(table), clock.threshold.minutes)
    if clock.threshold.urban_minutes is not None:
        limit[inputs.patients["urban"].to_numpy(dtype=np.bool_)] = clock.threshold.urban_minutes
    return table.assign(threshold_min=limit, in_time=table["total_min"].to_numpy() <= limit)


def _of_most(values: pd.Series, persons: FloatArray, groups: NDArray[np.object_]) -> pd.Series:
    """The value of most persons of each group; of equals the first in the alphabet."""
    frame = pd.DataFrame({"group": groups, "value": values.to_numpy(), "persons": persons})
    most = frame.groupby(["group", "value"], sort=True)["persons"].sum().reset_index()
    most = most.sort_values("persons", kind="stable", ascending=False).drop_duplicates("group")
    return most.set_index("group")["value"]


def summarise_clock(times: ClockTimes, weights: ArrayLike, groups: ArrayLike) -> pd.DataFrame:
    """A clock per group.

    Returns:
        Index the groups; the figures of :func:`geoaccess.ground.measures.summarise`, ``binding`` (the part
        that binds for most persons), ``way`` (by which most are carried, where ``[resources]`` carry),
        and with a threshold ``persons_in_time, share_in_time`` and,
        with a target, ``meets_target``.
    """
    persons = np.asarray(weights, dtype=np.float64)
    names = np.asarray(groups, dtype=object)
    rows = summarise_by(times.total_min, persons, names)
    for column in ("binding", "way"):
        if column in times.table:
            rows[column] = _of_most(times.table[column], persons, names).reindex(rows.index)
    if times.clock.threshold is not None:
        inside = np.where(times.table["in_time"], persons, 0.0)
        rows["persons_in_time"] = pd.Series(inside).groupby(names).sum().reindex(rows.index)
        rows["share_in_time"] = rows["persons_in_time"] / rows["persons"].where(rows["persons"] > 0)
        target = times.clock.threshold.target_share
        if target is not None:
            rows["meets_target"] = rows["share_in_time"] >= target * (1 - 1e-12)
    return rows
