"""A plan: which bases have which crews under which rules; two of them are compared over the same calls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geoaccess.ground.arrays import BoolArray, FloatArray
from geoaccess.ground.errors import UnknownNameError
from geoaccess.study import Study
from geoaccess.workload.drawing import YEAR_H, Classes, Ends, classes_of, draw_year, ends_of
from geoaccess.workload.duties import Roster, roster_of
from geoaccess.workload.tables import CallTables, calls_of, read_call_tables
from geoaccess.workload.ways import DOCTOR_CAR, Ways, ways_of
from geoaccess.workload.weather import hours_up
from optimise.crews import Calls, Outcome, Rules, Standby, System, simulate
from optimise.crews.system import FIRST, NEVER, SUPPORT, WEEK_H

Rule = Literal["least_expected_arrival", "least_travel"]


@dataclass(frozen=True, eq=False)
class Plan:
    """Crews, rules, and the study's ways and calls.

    Attributes:
        study: the study.
        tables: its tables of calls.
        ways: minutes and kilometres.
        roster: crews.
        rules: who is sent.
        closed: ids of facilities that are closed.
    """

    study: Study
    tables: CallTables
    ways: Ways
    roster: Roster
    rules: Rules
    closed: frozenset[str] = frozenset()

    @property
    def classes(self) -> Classes:
        """Classes of calls."""
        return classes_of(self.study)

    @cached_property
    def ends(self) -> Ends:
        """Where patients are brought."""
        return ends_of(self.study, self.ways, closed=self.closed)

    @cached_property
    def out_min(self) -> FloatArray:
        """(S, X, B) minutes from each base to each place, for all years of the plan."""
        found = np.empty((len(self.ways.parts), len(self.ways.places), len(self.ways.bases)))
        for state in range(len(found)):
            found[state] = self.ways.out_min(state)
        return found

    def crews(self) -> pd.DataFrame:
        """One row a crew: ``base_id, unit, name, resource, municipality_code, kind, lon, lat``.

        The kind of a base at a demand point is that of the others of its resource.
        """
        bases = self.ways.bases
        stands = self.ways.places.iloc[bases["place"]].reset_index(drop=True)
        bases = bases.drop(columns="place").assign(kind=stands["kind"], lon=stands["lon"], lat=stands["lat"])
        own = bases[bases["kind"] != ""].drop_duplicates("resource").set_index("resource")["kind"]
        bases["kind"] = bases["kind"].where(bases["kind"] != "", bases["resource"].map(own))
        return self.roster.crews.merge(bases, on="base_id", how="left", validate="many_to_one")

    def calls(self, *, seed: int, year: int) -> Calls:
        """The calls of a year."""
        return draw_year(self.study, self.ways, self.tables, self.ends, seed=seed, year=year)

    def run(self, calls: Calls, *, seed: int, year: int) -> Outcome:
        """One year."""
        return simulate(system_of(self, seed=seed, year=year), calls, self.rules, end_min=60.0 * YEAR_H)


def plan_of(study: Study, *, kilometres: bool = True) -> Plan:
    """The plan that a study describes.

    Args:
        study: the study.
        kilometres: whether the ways have them; years that are played through need them.

    Raises:
        DataError: no calls, no resources, or faults in their tables.
    """
    tables, ways = read_call_tables(study), ways_of(study, kilometres=kilometres)
    roster = roster_of(study, tables.duties, ways.bases, file=calls_of(study).duties)
    return Plan(study, tables, ways, roster, rules_of(study, ways))


def rules_of(study: Study, ways: Ways) -> Rules:
    """The rules of dispatch of a study, and those of transfers and doctors' cars."""
    calls = calls_of(study)
    names = list(calls.classes)
    reach = [np.inf if one.max_reach_min is None else one.max_reach_min for one in calls.classes.values()]
    wait = [one.max_wait_min for one in calls.classes.values()]
    doctor = max(one.doctor_car_within_min for one in calls.classes.values())
    dispatch = calls.dispatch
    never = len(names) * [np.inf]
    return Rules(
        choice=dispatch.rule,
        on_the_way_home=dispatch.on_the_way_home,
        preempt=tuple((names.index(taker), names.index(taken)) for taker, taken in dispatch.preempt),
        beats_min=dispatch.craft_beats_by_min,
        far_min=dispatch.craft_from_min,
        max_reach_min=(*reach, np.inf, doctor),
        max_wait_min=(*wait, 0.0, 2 * doctor + 60.0),
        give_up_min=(*never, np.inf, doctor),
    )


def with_changes(
    plan: Plan,
    *,
    close: Sequence[str] = (),
    add: Sequence[str] = (),
    rule: Rule | None = None,
    standby: Sequence[str] = (),
    dmexclp: float = 0.0,
    duties: pd.DataFrame | None = None,
) -> Plan:
    """A plan with something changed; the calls stay the same.

    Args:
        plan: the plan.
        close: ids of bases or facilities that close.
        add: ids of demand points where one crew more stands round the clock.
        rule: another rule of dispatch.
        standby: ``WATCHED:SENDS:TO`` base ids: when nobody waits at the first, one of the second waits at the
            third.
        dmexclp: busy share by which a crew that is free chooses where to wait; 0 = it goes home.
        duties: another table of duties.

    Raises:
        UnknownNameError: no such facility, base or demand point.
        DataError: faults in the duties.
    """
    ways, roster, rules = plan.ways, plan.roster, plan.rules
    if duties is not None:
        roster = roster_of(plan.study, duties, ways.bases, file="duties")
    known = set(ways.places["place_id"].iloc[ways.demand :])
    for name in close:
        if name not in known:
            raise UnknownNameError("facility", name, sorted(known))
    points = {place: row for row, place in enumerate(ways.places["place_id"].iloc[: ways.demand])}
    for name in add:
        if name not in points:
            raise UnknownNameError("demand point", name, list(points))
        base = f"new:{name}"
        ways, roster = ways.with_base(base, points[name]), roster.with_crew(base)
    closed = plan.closed | frozenset(close)
    roster = roster.only(~roster.crews["base_id"].isin(closed).to_numpy(bool))
    road = {name for name, one in plan.study.config.resources.items() if one.moves == "road"}
    resources = zip(ways.bases["base_id"], ways.bases["resource"], strict=True)
    number = {base: row for row, (base, resource) in enumerate(resources) if resource in road}
    moves = []
    for text in standby:
        ends = text.split(":")
        for base in ends:
            if base not in number:
                raise UnknownNameError("base", base, list(number))
        moves.append((number[ends[0]], number[ends[1]], number[ends[2]]))
    if moves or dmexclp:
        rules = replace(rules, standby=Standby(moves=tuple(moves), busy=dmexclp))
    if rule is not None:
        rules = replace(rules, choice=rule)
    return replace(plan, ways=ways, roster=roster, rules=rules, closed=closed)


def limits(study: Study) -> FloatArray:
    """(D,) minutes within which help should be there, by class of municipality; ``inf`` = none is said."""
    section = study.config.services.get("response")
    urban = study.municipalities.set_index("municipality_code")["urban"]
    is_urban = urban.loc[study.demand["municipality_code"]].to_numpy(bool)
    if section is None:
        return np.full(len(is_urban), np.inf)
    if section.urban_min is None or section.rural_min is None:
        return np.full(len(is_urban), max(section.thresholds_min, default=np.inf))
    return np.where(is_urban, section.urban_min, section.rural_min)


def winter_hours(study: Study) -> BoolArray:
    """(8760,) hours of the winter."""
    first, last = (_day(text) for text in calls_of(study).winter)
    day = np.arange(365)
    inside = (day >= first) & (day <= last) if first <= last else (day >= first) | (day <= last)
    return np.repeat(inside, 24)


def _day(text: str) -> int:
    return (date.fromisoformat(f"2023-{text}") - date(2023, 1, 1)).days


def parts_by_hour(study: Study, ways: Ways) -> NDArray[np.int64]:
    """(8760,) which part of ``ways.parts`` holds in each hour."""
    if len(ways.parts) == 1:
        return np.zeros(YEAR_H, dtype=np.int64)
    first, last = (int(text[:2]) for text in calls_of(study).night)
    hour = np.arange(YEAR_H) % 24
    night = (hour >= first) | (hour < last) if first > last else (hour >= first) & (hour < last)
    return 2 * winter_hours(study).astype(np.int64) + night


def system_of(plan: Plan, *, seed: int, year: int) -> System:
    """A plan as the event loop takes it, with the weather of a year."""
    study, ways, names = plan.study, plan.ways, plan.classes
    resources = study.config.resources
    weather = hours_up(resources, winter_hours(study), seed=seed, year=year)
    always = np.ones(YEAR_H, dtype=np.bool_)
    number = {base: row for row, base in enumerate(ways.bases["base_id"])}
    # Arrays of their own: what pandas gives is read-only, and machine code would be made for it once more.
    base = np.array(plan.roster.crews["base_id"].map(number), dtype=np.int64)
    craft = np.array([ways.crafts.index(name) for name in ways.bases["resource"].iloc[base]], dtype=np.int64)
    limit = np.full(len(ways.places), np.inf)
    limit[: ways.demand] = limits(study)
    road = ways.road.copy()
    if DOCTOR_CAR in ways.crafts:  # a doctor's car is no ambulance: it covers nobody and stands by nowhere
        road[ways.crafts.index(DOCTOR_CAR)] = False
    return System(
        out_min=plan.out_min,
        ways=ways.go,
        base_place=np.array(ways.bases["place"], dtype=np.int64),
        base=base,
        craft=craft,
        duty=plan.roster.duty.reshape(-1, WEEK_H),
        mobilise_min=ways.mobilise_min,
        up=np.stack([weather.get(name, always) for name in ways.crafts]),
        state=parts_by_hour(study, ways),
        may=may_answer(plan, names),
        road=road,
        limit_min=limit,
    )


def may_answer(plan: Plan, names: Classes) -> NDArray[np.int64]:
    """(K, C) who may answer what: cars first, boats and aircraft as support; none flies to the last class."""
    resources = plan.study.config.resources
    found = np.full((len(names.names) + 2, len(plan.ways.crafts)), NEVER)
    for c, name in enumerate(plan.ways.crafts):
        one = resources.get(name)
        if one is None:
            found[names.doctor, c] = FIRST
            continue
        if "response" in one.gives:
            found[: len(names.names), c] = FIRST if one.moves == "road" else SUPPORT
            if one.moves == "air":
                found[len(names.names) - 1, c] = NEVER
        if one.lands == "airport" and "transport" in one.gives:
            found[names.transfer, c] = FIRST
    return found
