"""Clocks around the clock: whole care chains for every moment of the alarm.

For a person, an alarm at ``t``, stations ``s`` and places of treatment ``h``, all of them functions of time::

    treated(t) = min_s arrival_s(t + alarm + mobilise_s) + on_scene
    there(t)   = min_h arrival_h(treated(t)) + treatment_h

The ferry that the crew takes out and the one that they take in are those of the moments at which their quays
are reached, so parts are never added as figures. Craft that wait for no ferry (boats, helicopters, chains of
them with cars that need no ferry) take the same at every moment and stand beside the road; a chain that needs
a ferry *and* an aircraft is not looked at, so nothing told here is too short. A patient whom the first crew
cannot carry waits for the ambulance, which then stays as long on scene: up to that too long.

Parts with a distribution count with their mean. Minutes by the hour of the day are refused: a shift that
leaves sooner at seven than at six would be no function of this kind.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from geoaccess.ground.errors import DataError, UnknownNameError
from geoaccess.minutes import FloatArray, as_study
from geoaccess.questions.access.around_the_clock import DRAWS, PATIENCE_MIN, known
from geoaccess.questions.clocks.answer import part_tables
from geoaccess.questions.clocks.evaluation import ClockInputs, part_minutes, with_routes
from geoaccess.resources import reach
from geoaccess.resources.transport import transport_to
from geoaccess.study import Study
from geoaccess.study.clock_sections import Clock, Leg, Onward, PartName, clock_faults
from geoaccess.study.ferry_timing import Leaving, conditions_of, leaving
from geoaccess.words.note import Note
from networks import Closure, Convoy, EdgeSelection, Overlay
from networks.arrival import Basis
from networks.arrival.best_site import Drawn, best_sites, in_turn, quickest
from networks.arrival.pieces import LAST, TAG, TARGET_BITS, drive_function
from networks.arrival.points import figures_over_draws
from networks.errors import Fault
from networks.ferry_service import MINUTES_PER_DAY

_HOURS = tuple((60.0 * hour, 60.0 * (hour + 1)) for hour in range(24))


@dataclass(frozen=True, eq=False)
class ClocksAroundTheClock:
    """Clocks over all moments of the alarm.

    Attributes:
        points: one row per clock and demand point: ``clock, demand_id, name, municipality_code``, the weight
            and, over the moments of the alarm, ``best_min, p50_min, p90_min, worst_min, mean_min``
            (NaN = no way within the patience at too many of them), ``no_way_share, worst_hour, basis,
            night_unknown`` and, with a threshold, ``threshold_min, in_time_share``.
        region: one row per clock: the persons, their mean and worst hour, and, with a threshold, persons in
            time over the day (persons x share of the moments), nine times in ten and at the worst hour.
        weight: the weight of the people.
        scenario: state of the world; its time of day does not count.
        period_days: days of the alarm, 1 or 7.
        draws: timetables drawn for ferries whose departures are not known.
        patience_min: what takes longer is no way.
        notes: what a reader must know.
    """

    points: pd.DataFrame
    region: pd.DataFrame
    weight: str
    scenario: str
    period_days: int
    draws: int
    patience_min: float
    notes: tuple[str, ...]


def clocks_around_the_clock(
    study: Study | str | Path,
    *,
    only: Sequence[str] | None = None,
    scenario: str | None = None,
    weight: str | None = None,
    week_of: date | None = None,
    draws: int = DRAWS,
    patience_min: float = PATIENCE_MIN,
) -> ClocksAroundTheClock:
    """Run clocks for every moment of the alarm.

    Args:
        study: a study, its name or its path.
        only: names of the clocks; default: all.
        scenario: state of the world.
        weight: weight of the people; default: the study's own.
        week_of: alarms in the week from this date; None = on the day that the scenario says, or on all
            weekdays alike where it says none and ferries differ by them.
        draws: timetables drawn for ferries whose departures are not known.
        patience_min: what takes longer is no way.

    Raises:
        UnknownNameError: no such clock, scenario or weight.
        DataError: no clock, a clock with faults, or minutes that differ by the hour.
        NetworkDataError: no draw, or an impossible patience.
    """
    loaded = as_study(study).with_people_of(scenario)
    if not loaded.config.clocks:
        raise DataError("the study has no clock: describe one under [clocks.NAME]")
    for name in only or ():
        if name not in loaded.config.clocks:
            raise UnknownNameError("clock", name, loaded.config.clocks)
    state = loaded.in_state(scenario=scenario)
    names = list(only or state.config.clocks)
    clocks = with_routes(state.config.clocks, names)
    tables, faults = part_tables(clocks, state.folder)
    faults = clock_faults(clocks, state.config.kinds) + faults
    if faults:
        raise DataError(faults)
    when = leaving(state.network, conditions_of(state.network, state), week_of)
    asked = _Asked(state, clocks, ClockInputs(_patients(state), tables=tables), when, draws, patience_min)
    persons = state.weight(weight)
    points, region = [], []
    for name in names:
        rows, hourly = _figures(asked, name)
        points.append(rows)
        region.append(_region(name, rows, hourly, persons))
    if asked.faults:
        raise DataError(list(dict.fromkeys(asked.faults)))
    named = weight or state.config.demand.default_weight
    return ClocksAroundTheClock(
        points=pd.concat([frame.assign(**{named: persons}) for frame in points], ignore_index=True),
        region=pd.DataFrame(region),
        weight=named,
        scenario=state.scenario,
        period_days=when.days,
        draws=draws,
        patience_min=patience_min,
        notes=(Note("note.clocks_clock", draws=draws, hours=patience_min / 60.0), *when.notes),
    )


def _patients(study: Study) -> pd.DataFrame:
    urban = study.municipalities.set_index("municipality_code")["urban"]
    patients = study.demand[["demand_id", "name", "municipality_code"]].reset_index(drop=True)
    return patients.assign(urban=urban.loc[patients["municipality_code"]].to_numpy(dtype=np.bool_))


@dataclass(eq=False)
class _Asked:
    """Clocks in one state; what several of them need is found once."""

    study: Study
    clocks: Mapping[str, Clock]
    inputs: ClockInputs
    leaving: Leaving
    draws: int
    patience_min: float

    def __post_init__(self) -> None:
        self.faults: list[Fault] = []
        self._first: dict[object, list[Drawn]] = {}
        self._routes: dict[str, list[Drawn]] = {}

    @cached_property
    def by_road_alone(self) -> Study:
        """The same state without ferries and convoys: what is the same at every moment."""
        study, closed = self.study, list[Overlay]()
        network = study.network
        if network.service_index is not None and (network.service_index >= 0).any():
            closed.append(Closure("ferries", EdgeSelection(kinds=("ferry",))))
        closed += [Closure(one.name, one.where) for one in network.applied if isinstance(one, Convoy)]
        if not closed:
            return study
        return replace(study, parent=study.parent or study, overlays=(*study.overlays, *closed))

    def route(self, name: str) -> list[Drawn]:
        """The functions of everybody from the alarm to the end of a clock."""
        if name not in self._routes:
            clock = self.clocks[name]
            if clock.best_of:
                several = [self.route(other) for other in clock.best_of]
                self._routes[name] = [quickest(*ways) for ways in zip(*several, strict=True)]
            else:
                self._routes[name] = self._chain(name, clock)
        return self._routes[name]

    def _chain(self, name: str, clock: Clock) -> list[Drawn]:
        alarm, scene = self._stay(clock, "alarm", name), self._stay(clock, "on_scene", name)
        found: list[Drawn] = [[drive_function(minutes)] for minutes in alarm.tolist()]
        if clock.travel is not None:
            found = _then(found, self._travel(clock.travel, clock, name, carrying=_carries(clock)))
        found = [
            in_turn(one, [drive_function(stay)]) for one, stay in zip(found, scene.tolist(), strict=True)
        ]
        if clock.transport is None:
            return found
        found = _then(found, self._transport(clock.transport, clock, name))
        if not clock.transport.gives:
            return found
        always = self._carried(clock.transport, clock, name) + alarm
        return [
            quickest(one, [drive_function(other)]) for one, other in zip(found, always.tolist(), strict=True)
        ]

    def _stay(self, clock: Clock, part: PartName, name: str) -> FloatArray:
        """(n,) minutes of a part that happens at no site."""
        given, patients = clock.part(part), self.inputs.patients
        if given is None:
            return np.zeros(len(patients))
        places = list(
            zip(patients["demand_id"].astype(str), patients["municipality_code"].astype(str), strict=True)
        )
        return part_minutes(
            given, places, self.inputs, Note("where.clock_part", name=name, part_name=part), self.faults
        )

    def _at_sites(self, clock: Clock, part: PartName, sites: pd.DataFrame, name: str) -> FloatArray:
        """(n_sites,) minutes of a part at each site."""
        given = clock.part(part)
        if given is None:
            return np.zeros(len(sites))
        places = list(zip(sites["facility_id"].astype(str), sites["kind"].astype(str), strict=True))
        return part_minutes(
            given, places, self.inputs, Note("where.clock_part", name=name, part_name=part), self.faults
        )

    def _travel(self, leg: Leg, clock: Clock, name: str, *, carrying: bool) -> list[Drawn]:
        """From when the unit is notified until the crew is with the patient (who can carry, where asked)."""
        if not leg.gives:
            sites = self._facilities(leg.kinds)
            return self._sites(sites, self._at_sites(clock, "mobilise", sites, name), outward=True)
        key = leg.gives, carrying
        if key not in self._first:
            bases = reach(self.study, leg.gives).bases
            resources = self.study.config.resources
            grounded = bases["grounded"].astype(bool)
            by_road = np.array(
                [resources[str(one)].moves == "road" for one in bases["resource"]], dtype=np.bool_
            )
            here = by_road & ~grounded.to_numpy()
            other = np.full(len(self.inputs.patients), np.inf)
            if carrying:
                here &= np.array(["transport" in resources[str(one)].gives for one in bases["resource"]])
            else:
                away = reach(self.by_road_alone, leg.gives).only(~by_road)
                other = np.where(np.isnan(away.quickest_min), np.inf, away.quickest_min)
            sites = bases[here].reset_index(drop=True)
            leaves = sites["mobilise_min"].to_numpy(dtype=np.float64)
            self._first[key] = self._sites(sites, leaves, outward=True, otherwise_min=other)
        return self._first[key]

    def _transport(self, leg: Onward, clock: Clock, name: str) -> list[Drawn]:
        """From the patient by road until treatment begins."""
        kinds = [one for one in leg.kinds if one in self.study.config.kinds]
        own = self.study.facilities["facility_id"].isin(leg.facilities)
        sites = pd.concat([self._facilities(kinds), self.study.facilities[own]], ignore_index=True)
        return self._sites(sites, self._at_sites(clock, "treatment", sites, name), outward=False)

    def _carried(self, leg: Onward, clock: Clock, name: str) -> FloatArray:
        """(n,) the quickest chain of resources that needs no ferry, until treatment begins; inf = none."""
        best = np.full(len(self.inputs.patients), np.inf)
        ids = set(self.study.facilities["facility_id"])
        for end in leg.ends:
            if end in self.study.config.kinds or end in ids:
                chains = transport_to(self.by_road_alone, end, scene_min=clock.scene_min)
                stay = self._at_sites(clock, "treatment", chains.facilities, name)
                minutes = np.where(np.isnan(chains.minutes), np.inf, chains.minutes) + stay[None, :]
                best = np.minimum(best, minutes.min(axis=1, initial=np.inf))
        return best

    def _facilities(self, kinds: Sequence[str]) -> pd.DataFrame:
        found = [self.study.facilities_of(kind) for kind in kinds]
        return pd.concat(found, ignore_index=True) if found else self.study.facilities.iloc[:0]

    def _sites(
        self,
        sites: pd.DataFrame,
        site_min: FloatArray,
        *,
        outward: bool,
        otherwise_min: FloatArray | None = None,
    ) -> list[Drawn]:
        study = self.study
        if sites.empty:
            none = np.full(len(self.inputs.patients), np.inf) if otherwise_min is None else otherwise_min
            return [[drive_function(float(one))] for one in none]
        return best_sites(
            study.network,
            study.on_network(sites),
            study.demand_points,
            self.leaving.conditions,
            site_min=site_min,
            outward=outward,
            otherwise_min=otherwise_min,
            days=self.leaving.days,
            patience_min=self.patience_min,
            draws=self.draws,
        )


def _carries(clock: Clock) -> bool:
    """Whether the crew that comes must be one that carries the patient on by road."""
    return clock.transport is not None and bool(clock.transport.gives)


def _then(first: Sequence[Drawn], onward: Sequence[Drawn]) -> list[Drawn]:
    return [in_turn(one, other) for one, other in zip(first, onward, strict=True)]


def _figures(asked: _Asked, name: str) -> tuple[pd.DataFrame, FloatArray]:
    """One row per person, and the share in time of each hour of the alarm, (n, 24)."""
    patients, clock, days = asked.inputs.patients, asked.clocks[name], asked.leaving.days
    limits = _limits(clock, patients)
    rows: list[dict[str, object]] = []
    hourly = np.full((len(patients), 24), np.nan)
    whole = (0.0, days * MINUTES_PER_DAY)
    for person, drawn in enumerate(asked.route(name)):
        limit = [] if np.isnan(limits[person]) else [float(limits[person])]
        same = len(drawn) == 1 and drawn[0].shape[1] <= 1
        found = figures_over_draws(
            drawn,
            [whole] if same else [whole, *_HOURS],
            days=days,
            patience_min=asked.patience_min,
            limits_min=limit,
        )
        hours = found.percentile_min[0, 1:, 0]
        bits = _bits(drawn)
        rows.append(
            {
                "best_min": found.best_min[0, 0],
                "p50_min": found.percentile_min[0, 0, 0],
                "p90_min": found.percentile_min[0, 0, 1],
                "worst_min": found.worst_min[0, 0],
                "mean_min": found.mean_min[0, 0],
                "no_way_share": found.no_way_share[0, 0],
                "worst_hour": pd.NA
                if same or np.ptp(np.nan_to_num(hours, posinf=1e9)) < 1e-6
                else int(hours.argmax()),
                "basis": Basis(bits).word if np.isfinite(found.best_min[0, 0]) else "no way",
                "night_unknown": bool(bits & Basis.NIGHT_UNKNOWN),
                "threshold_min": limits[person],
                "in_time_share": found.within_share[0, 0, 0] if limit else np.nan,
            }
        )
        if limit:
            shares = found.within_share[0, :, 0]
            hourly[person] = shares[0] if same else shares[1:]
    frame = pd.concat([patients.drop(columns="urban"), pd.DataFrame(rows)], axis=1)
    for column in ("best_min", "p50_min", "p90_min", "worst_min"):
        frame[column] = known(frame[column].to_numpy(dtype=np.float64))
    frame["worst_hour"] = frame["worst_hour"].astype("Int64")
    frame.insert(0, "clock", name)
    if np.isnan(limits).all():
        frame = frame.drop(columns=["threshold_min", "in_time_share"])
    return frame, hourly


def _limits(clock: Clock, patients: pd.DataFrame) -> FloatArray:
    """(n,) the threshold of each person; NaN without one."""
    if clock.threshold is None:
        return np.full(len(patients), np.nan)
    limit = np.full(len(patients), float(clock.threshold.minutes))
    if clock.threshold.urban_minutes is not None:
        limit[patients["urban"].to_numpy(dtype=np.bool_)] = clock.threshold.urban_minutes
    return limit


def _bits(drawn: Drawn) -> int:
    """What any moment of the alarm rests on."""
    bits = 0
    for function in drawn:
        for tag in function[TAG, function[LAST] > 0.0].astype(np.int64).tolist():
            bits |= tag & ~TARGET_BITS
    return bits


def _region(name: str, rows: pd.DataFrame, hourly: FloatArray, persons: FloatArray) -> dict[str, object]:
    """One clock for everybody."""
    mean = rows["mean_min"].to_numpy(dtype=np.float64)
    always = np.isfinite(mean)
    told: dict[str, object] = {
        "clock": name,
        "persons": persons.sum(),
        "persons_always": persons[always].sum(),
        "mean_min": persons[always] @ mean[always] / persons[always].sum()
        if persons[always].sum()
        else np.nan,
        "persons_by_the_clock": persons[(~rows["basis"].isin(["road", "no way"])).to_numpy()].sum(),
        "persons_assumed": persons[(rows["basis"] == "assumed").to_numpy()].sum(),
        "persons_never": persons[(rows["basis"] == "no way").to_numpy()].sum(),
    }
    if "in_time_share" in rows:
        share = rows["in_time_share"].to_numpy(dtype=np.float64)
        by_hour = persons @ np.nan_to_num(hourly)
        told |= {
            "persons_in_time": persons @ np.nan_to_num(share),
            "persons_in_time_at_p90": persons[(rows["p90_min"] <= rows["threshold_min"]).to_numpy()].sum(),
            "persons_in_time_at_worst_hour": by_hour.min(),
            "worst_hour": None if np.ptp(by_hour) < 1e-6 else int(by_hour.argmin()),
        }
    return told
