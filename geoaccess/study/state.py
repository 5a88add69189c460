"""States of the world: what a scenario does to the network and to the facilities of a study.

A study in a state (:meth:`geoaccess.study.Study.in_state`) has a network with overlays and the facilities of
its scenario. Points stay joined where they were, and the topology is shared, so many scenarios cost little.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from geoaccess.ground.errors import DataError, UnknownNameError, did_you_mean
from geoaccess.study.hazard_sections import Hazard
from geoaccess.study.reading import read_section
from geoaccess.study.schema import (
    Convoys,
    MovedFacility,
    NewFacility,
    Scenario,
    StudyConfig,
    month_day,
)
from geoaccess.study.section_base import clock_minutes
from geoaccess.study.stretches import selection_of
from geoaccess.words.note import Note, word
from networks import FerryConditions, TravelNetwork
from networks.errors import Fault
from networks.network import Overlay
from networks.overlays import (
    Closure,
    Convoy,
    EdgeFactors,
    Ferries,
    SpeedFactors,
    emergency,
    flooded,
    road_closed,
    winter,
)
from networks.selection import EdgeSelection

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

#: The name of a study's state without any scenario.
BASE = "base"

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True)
class StudyState:
    """The state of the world that a study is in; equal states are equal values.

    Attributes:
        scenarios: names of the scenarios that hold together; none is the base state.
        year: year of the people, by the study's projection; None is the study's own.
        variant: variant of the projection; empty is the study's own, and where there is no year.
        parameters: figures of the study file that have other values: (dotted name, value), in order of names.
    """

    scenarios: tuple[str, ...] = ()
    year: int | None = None
    variant: str = ""
    parameters: tuple[tuple[str, float], ...] = ()

    @property
    def scenario(self) -> str:
        """Name of the scenario, ``base`` without one; several are joined by " + "."""
        return " + ".join(self.scenarios) or BASE

    def __str__(self) -> str:
        parts = [self.scenario]
        if self.year is not None:
            parts.append(f"people of {self.year}" + (f" ({self.variant})" if self.variant else ""))
        return ", ".join([*parts, *(f"{name} = {value:g}" for name, value in self.parameters)])


def scenario_names(scenario: str | Sequence[str]) -> tuple[str, ...]:
    """The scenarios that are asked for, each once; ``base`` adds nothing."""
    given = (scenario,) if isinstance(scenario, str) else tuple(scenario)
    return tuple(dict.fromkeys(name for name in given if name != BASE))


def resolve(config: StudyConfig, names: Sequence[str]) -> Scenario:
    """Scenarios joined as inheritance joins them, with all that they inherit.

    Raises:
        UnknownNameError: no such scenario.
        DataError: one inherits from itself.
    """
    merged: dict[str, object] = {}
    for name in names:
        _merge(merged, _resolve(config.scenarios, name, ()))
    return Scenario.model_validate(merged | {"inherits": ()})


def with_ancestors(config: StudyConfig, names: Sequence[str]) -> frozenset[str]:
    """The scenarios and all that they inherit from: what is said of one of them holds."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found and name in config.scenarios:
            waiting += config.scenarios[name].inherits
        found.add(name)
    return frozenset(found)


def _resolve(known: dict[str, Scenario], name: str, path: tuple[str, ...]) -> Scenario:
    if name not in known:
        raise UnknownNameError("scenario", name, [BASE, *known])
    if name in path:
        chain = " -> ".join((*path, name))
        raise DataError(
            [Fault(Note("fault.scenario.circle_text", chain=chain), where=Note("where.scenario", name=name))]
        )
    merged: dict[str, object] = {}
    for parent in known[name].inherits:
        _merge(merged, _resolve(known, parent, (*path, name)))
    _merge(merged, known[name])
    return Scenario.model_validate(merged | {"inherits": ()})


def _merge(values: dict[str, object], scenario: Scenario) -> None:
    """Lists and tables add up, figures replace."""
    for key in scenario.model_fields_set:
        new, old = getattr(scenario, key), values.get(key)
        if isinstance(new, tuple) and isinstance(old, tuple):
            values[key] = (*old, *(item for item in new if item not in old))
        elif isinstance(new, dict) and isinstance(old, dict):
            values[key] = old | new
        else:
            values[key] = new


def people_of(config: StudyConfig, wanted: StudyState) -> StudyState:
    """A state with the year and variant of the people that its scenarios say, where they say any.

    Raises:
        UnknownNameError: no such scenario.
        DataError: another year or variant is asked for than a scenario says, or a variant of the study's own
            year; a scenario inherits from itself.
    """
    scenario = resolve(config, wanted.scenarios)
    if scenario.year is None:
        return wanted
    own = scenario.year == config.study.year
    faults = []
    if wanted.year not in {None, scenario.year}:
        faults.append(Note("fault.scenario.year", year=scenario.year, asked=wanted.year))
    if scenario.variant and wanted.variant not in {"", scenario.variant}:
        faults.append(Note("fault.scenario.variant", variant=scenario.variant, asked=wanted.variant))
    if scenario.variant and own:
        faults.append(Note("fault.scenario.own_year", year=scenario.year))
    if faults:
        raise DataError(
            [Fault(fault, where=Note("where.scenario", name=wanted.scenario)) for fault in faults]
        )
    return replace(
        wanted,
        year=None if own else scenario.year,
        variant="" if own else scenario.variant or wanted.variant,
    )


def people_faults(config: StudyConfig, hazards: Mapping[str, Hazard]) -> list[Fault]:
    """Hazards whose scenario counts other people: what happens by chance changes nobody's age."""
    return [
        Fault(
            Note("fault.hazard.year", scenario=hazard.scenario),
            where=Note("where.hazard", name=name),
        )
        for name, hazard in hazards.items()
        if any(
            config.scenarios[one].year is not None
            for one in with_ancestors(config, [hazard.scenario])
            if one in config.scenarios
        )
    ]


def people_in_words(name: str, scenario: Scenario) -> Note:
    """Which people a scenario counts, for whoever reads its results."""
    told = {"scenario": name, "year": str(scenario.year)}
    if scenario.variant:
        return Note("note.people_of_variant", **told, variant=scenario.variant)
    return Note("note.people_of_year", **told)


def scenario_from_file(path: Path) -> Scenario:
    """A scenario from a TOML file of its own, with the keys of a study's ``[scenarios.NAME]``.

    Raises:
        DataError: the file cannot be read or has faults.
    """
    scenario = read_section(path, Scenario)
    if scenario.inherits or (
        scenario.facilities_closed or scenario.facilities_opened or scenario.facilities_moved
    ):
        raise DataError(
            [Fault("a scenario of a bare network cannot inherit or change facilities", where=path.name)]
        )
    if scenario.year is not None:
        raise DataError(
            [Fault("a bare network has no people: leave out the year", where=path.name, column="year")]
        )
    return scenario


def overlays(name: str, scenario: Scenario, *, ferries: FerryConditions, folder: Path) -> list[Overlay]:
    """The network overlays of a scenario, each named after it.

    Args:
        name: name of the scenario.
        scenario: the scenario, with what it inherits.
        ferries: how ferries are timed without it.
        folder: where the files that it names are.
    """
    made: list[Overlay] = []
    conditions = _conditions(ferries, scenario)
    if conditions is not None:
        made.append(Ferries(_conditions_in_words(name, conditions), conditions))
    if scenario.winter:
        made.append(winter(Note("overlay.winter", name=name)))
    if scenario.emergency:
        made.append(emergency(Note("overlay.emergency", name=name)))
    if scenario.speed_factors:
        made.append(
            SpeedFactors(name=Note("overlay.speed_factors", name=name), by_class=scenario.speed_factors)
        )
    for code, selection in (
        ("overlay.passes_closed", EdgeSelection(passes=scenario.passes_closed)),
        ("overlay.links_out", EdgeSelection(links=scenario.links_out)),
    ):
        listed = selection.passes or selection.links
        if listed:
            made.append(Closure(Note(code, name=name, what=tuple(listed)), selection))
    if scenario.roads_closed:
        closed = Note("overlay.roads_closed", name=name, what=tuple(scenario.roads_closed))
        made.append(road_closed(*scenario.roads_closed, name=closed))
    made += [_convoy(name, convoy, folder) for convoy in scenario.convoys]
    if scenario.flooded:
        area = _flooded_area(folder / scenario.flooded)
        made.append(flooded(area, name=Note("overlay.flooded", name=name, what=scenario.flooded)))
    if scenario.link_factors:
        made.append(EdgeFactors(Note("overlay.link_factors", name=name), scenario.link_factors))
    return made


def _flooded_area(path: Path) -> BaseGeometry:
    """The flooded area in degrees.

    Raises:
        DataError: the file cannot be read, or does not say its reference system.
    """
    import geopandas as gpd  # noqa: PLC0415 - half a second that most scenarios need not pay

    try:
        area = gpd.read_file(path)
    except (OSError, ValueError, RuntimeError) as error:
        raise DataError([Fault(Note("fault.no_polygons", error=error), where=str(path))]) from error
    if getattr(area, "crs", None) is None:
        raise DataError([Fault("the layer has no coordinate reference system", where=str(path))])
    union: BaseGeometry = area.to_crs(4326).union_all()
    return union


def _convoy(name: str, convoy: Convoys, folder: Path) -> Convoy:
    window = None
    if convoy.window:
        first, last = (clock_minutes(text) for text in convoy.window)
        window = (first, last if last > first else last + 1440.0)
    said = (*convoy.passes, *convoy.roads, *convoy.names, convoy.within, convoy.line)
    return Convoy(
        name=Note("overlay.convoys", name=name, what=tuple(filter(None, said))),
        where=selection_of(convoy, folder, passes=convoy.passes),
        headway_min=convoy.headway_min,
        window_min=window,
        speed_factor=convoy.speed_factor,
    )


def _conditions(base: FerryConditions, scenario: Scenario) -> FerryConditions | None:
    """Ferry model and time of a scenario, or None when it changes neither."""
    changes = {
        "model": scenario.ferry_model,
        "time_min": None if scenario.time is None else clock_minutes(scenario.time),
        "weekday": None if scenario.weekday is None else _WEEKDAYS.index(scenario.weekday),
        "month_day": None if scenario.date is None else month_day(scenario.date),
        "unknown_night": scenario.unknown_night,
        "lockout_share": scenario.lockout_share,
    }
    given = {key: value for key, value in changes.items() if value is not None}
    return replace(base, **given) if given else None  # type: ignore[arg-type]


def _conditions_in_words(name: str, conditions: FerryConditions) -> Note:
    when = []
    if conditions.time_min is not None:
        hours, minutes = divmod(int(conditions.time_min), 60)
        when.append(Note("overlay.at_time", time=f"{hours:02}:{minutes:02}"))
    if conditions.weekday is not None:
        when.append(Note("overlay.on_day", day=word(_WEEKDAYS[conditions.weekday])))
    if conditions.month_day is not None:
        month, day = conditions.month_day
        when.append(Note("overlay.on_day", day=f"{month:02}-{day:02}"))
    if not when:
        return Note("overlay.ferries", name=name, model=conditions.model)
    return Note("overlay.ferries_when", name=name, model=conditions.model, when=when)


@dataclass(frozen=True, eq=False)
class Surroundings:
    """What a scenario's facilities are checked against.

    Attributes:
        facilities: the facilities of today.
        kinds: kinds of service that the study describes.
        municipality_codes: codes of its municipalities.
        network: the network that new facilities stand on.
        closed: ids of facilities that are closed already, which a scenario may close as well.
    """

    facilities: pd.DataFrame
    kinds: Collection[str]
    municipality_codes: frozenset[str]
    network: TravelNetwork
    closed: frozenset[str] = frozenset()


def facilities_in(scenario: Scenario, here: Surroundings) -> pd.DataFrame:
    """The facilities of a scenario: some closed, opened and moved.

    Raises:
        DataError: a facility that does not exist, or a new one with faults; all listed.
    """
    facilities = here.facilities
    if not (scenario.facilities_closed or scenario.facilities_moved or scenario.facilities_opened):
        return facilities.reset_index(drop=True)
    ids = set(facilities["facility_id"])
    faults = [
        Fault(
            Note(code, hint=did_you_mean(item, ids)),
            where="scenario",
            value=item,
        )
        for code, items in (
            (
                "fault.scenario.none_to_close",
                [item for item in scenario.facilities_closed if item not in here.closed],
            ),
            ("fault.scenario.none_to_move", [move.facility_id for move in scenario.facilities_moved]),
        )
        for item in items
        if item not in ids
    ]
    leave = facilities[
        facilities["facility_id"].isin([move.facility_id for move in scenario.facilities_moved])
    ]
    there = {str(row["facility_id"]): row for row in leave.to_dict(orient="records")}
    moved = [
        _moved(there[move.facility_id], move) for move in scenario.facilities_moved if move.facility_id in ids
    ]
    gone = [*scenario.facilities_closed, *(new.facility_id for new in moved)]
    twice = sorted({item for item in gone if gone.count(item) > 1})
    faults += [Fault("is moved, and closed or moved again", where="scenario", value=item) for item in twice]
    added = [*scenario.facilities_opened, *moved]
    faults += [
        Fault(message, where="scenario", value=new.facility_id)
        for new in added
        for message in _opening_faults(here, new, ids - {one.facility_id for one in moved})
    ]
    if faults:
        raise DataError(faults)
    kept = facilities[~facilities["facility_id"].isin(gone)]
    if not added:
        return kept.reset_index(drop=True)
    opened = pd.DataFrame([_opened(here, new) for new in added])
    return pd.concat([kept, opened[kept.columns]], ignore_index=True)


def _moved(facility: Mapping[Hashable, object], move: MovedFacility) -> NewFacility:
    """The facility as it is at its new place."""
    return NewFacility(
        facility_id=move.facility_id,
        name=str(facility["name"]),
        kind=str(facility["kind"]),
        municipality_code=move.municipality_code or str(facility["municipality_code"]),
        node_id=move.node_id,
        lat=move.lat,
        lon=move.lon,
    )


def _opening_faults(here: Surroundings, new: NewFacility, ids: set[str]) -> list[str]:
    faults = []
    if new.facility_id in ids:
        faults.append("a facility of that id exists already")
    if new.kind not in here.kinds:
        faults.append(Note("fault.scenario.kind", kind=new.kind, hint=did_you_mean(new.kind, here.kinds)))
    if new.municipality_code not in here.municipality_codes:
        faults.append(Note("fault.scenario.municipality", code=new.municipality_code))
    if new.node_id and new.node_id not in here.network.topology.positions:
        faults.append(Note("fault.scenario.node", node_id=new.node_id))
    if not new.node_id and (new.lat is None or new.lon is None):
        faults.append("say where it is: node_id, or lat and lon")
    return faults


def _opened(here: Surroundings, new: NewFacility) -> dict[str, object]:
    row = new.model_dump()
    if new.node_id and new.lat is None:
        node = here.network.topology.positions[new.node_id]
        row |= {"lat": float(here.network.lat[node]), "lon": float(here.network.lon[node])}
    if not new.node_id and (here.facilities["node_id"] != "").any():
        metres = np.hypot(
            (here.network.lon - (new.lon or 0.0)) * np.cos(np.radians(new.lat or 0.0)),
            here.network.lat - (new.lat or 0.0),
        )
        row["node_id"] = str(here.network.node_ids[int(np.argmin(metres))])
    return row
