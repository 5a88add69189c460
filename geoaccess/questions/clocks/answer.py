"""The clocks of a study, run on its network in a scenario."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from geoaccess.answers.answer import Answer
from geoaccess.answers.links import sailed_lines
from geoaccess.answers.study_facts import (
    in_both_languages,
    network_tables,
    service_bases,
    study_facts,
)
from geoaccess.answers.study_notes import study_notes
from geoaccess.ground.arrays import FloatArray
from geoaccess.ground.errors import DataError, did_you_mean
from geoaccess.minutes import as_study, group_labels, minutes
from geoaccess.minutes.resources import reach
from geoaccess.minutes.resources.transport import transport_to
from geoaccess.minutes.resources.winning import Drawn, carrying_legs, coming_legs
from geoaccess.questions.clocks.evaluation import (
    Chains,
    ClockInputs,
    ClockTimes,
    evaluate_clocks,
    summarise_clock,
    with_routes,
)
from geoaccess.questions.clocks.values import read_part_table
from geoaccess.study import Study
from geoaccess.study.clock_sections import PARTS, Clock, clock_faults, needed_chains, needed_legs
from geoaccess.study.resource_sections import Service, bases_of
from geoaccess.study.section_base import clock_minutes
from geoaccess.words.note import Note
from networks.errors import Fault
from networks.files import give_back_pages


def run_clocks(
    study: Study | str | Path,
    clocks: Mapping[str, Clock],
    *,
    scenario: str | None = None,
    hour: int | None = None,
    only: Sequence[str] | None = None,
) -> dict[str, ClockTimes]:
    """Run clocks for every demand point of a study.

    Args:
        study: a study, its name or its path.
        clocks: name -> clock.
        scenario: state of the network; its time of day is the hour of tables, unless ``hour`` says another.
        hour: hour of the day for tables by hour, 0 to 23.
        only: names of the clocks to run; default: all.

    Raises:
        UnknownNameError: no such clock or scenario.
        DataError: unknown kinds, tables with faults, places without minutes; all listed.
    """
    loaded = as_study(study).with_people_of(scenario)
    chosen = with_routes(clocks, list(clocks) if only is None else list(only))
    faults = clock_faults(chosen, loaded.config.kinds) + _carrier_faults(loaded, chosen)
    tables, table_faults = part_tables(chosen, loaded.folder)
    faults += table_faults
    if faults:
        raise DataError(faults)
    state = loaded.in_state(scenario=scenario)
    if hour is None:
        time = state.scenario_in_full.time
        hour = None if time is None else int(clock_minutes(time) // 60)
    from_site, to_site = needed_legs(chosen)
    urban = state.municipalities.set_index("municipality_code")["urban"]
    patients = state.demand[["demand_id", "municipality_code"]].assign(
        urban=urban.loc[state.demand["municipality_code"]].to_numpy(dtype=np.bool_)
    )
    inputs = ClockInputs(
        patients=patients,
        from_site={kind: minutes(state, kind, direction="from_site") for kind in sorted(from_site)},
        to_site={kind: minutes(state, kind) for kind in sorted(to_site)},
        tables=tables,
        hour=hour,
        leaving={
            service: dict(zip(bases["base_id"], bases["mobilise_min"], strict=True))
            for service, bases in ((one, reach(state, one).bases) for one in _services(chosen))
        },
        chains={(end, scene): _chains(state, end, scene) for end, scene in needed_chains(chosen)},
    )
    give_back_pages(state.network)  # every way is known: what follows holds tables, and no country
    return evaluate_clocks(chosen, inputs, only=only)


def _chains(state: Study, end: str, scene_min: float) -> Chains:
    """Everybody's chains to a kind of facility, or to one facility; without columns where it is closed."""
    people = pd.Index(state.demand["demand_id"], name="demand_id")
    if end not in state.config.kinds and end not in set(state.facilities["facility_id"]):
        return Chains(pd.DataFrame(index=people), np.empty((len(people), 0), dtype=np.int16), ())
    carried = transport_to(state, end, scene_min=scene_min)
    ids = pd.Index(carried.facilities["facility_id"], name="facility_id")
    minutes = pd.DataFrame(carried.minutes, people, ids, copy=False)
    return Chains(minutes, carried.found.way, carried.found.ways)


def _carrier_faults(study: Study, clocks: Mapping[str, Clock]) -> list[Fault]:
    """Facilities that a study does not have, and carriers who come to patients and do not treat."""
    known = study.facilities["facility_id"].tolist()
    faults = [
        Fault(
            Note("fault.clock.no_facility", hint=did_you_mean(one, known)),
            where=Note("where.clock", name=name),
            value=one,
        )
        for name, clock in clocks.items()
        for one in (clock.transport.facilities if clock.transport else ())
        if one not in known
    ]
    if needed_chains(clocks):
        faults += [
            Fault(
                "it carries patients from where they are and gives no response, so a clock cannot tell "
                "who is first: add response to its gives",
                where=f"[resources.{name}]",
                column="gives",
            )
            for name, one in study.config.resources.items()
            if "transport" in one.gives and one.lands != "airport" and "response" not in one.gives
        ]
    return faults


def _services(clocks: Mapping[str, Clock]) -> set[Service]:
    """What resources must give for the clocks."""
    return {clock.travel.gives for clock in clocks.values() if clock.travel and clock.travel.gives}


def part_tables(clocks: Mapping[str, Clock], folder: Path) -> tuple[dict[str, pd.DataFrame], list[Fault]]:
    """The tables of minutes that clocks name, and what is wrong with them.

    Args:
        clocks: the clocks.
        folder: the study's.
    """
    names = {
        part.table for clock in clocks.values() for part in map(clock.part, PARTS) if part and part.table
    }
    tables: dict[str, pd.DataFrame] = {}
    faults: list[Fault] = []
    for name in sorted(names):
        try:
            tables[name] = read_part_table(folder / name)
        except DataError as error:
            faults += error.faults
    return tables, faults


def clocks_answer(
    study: Study | str | Path,
    *,
    only: Sequence[str] | None = None,
    scenario: str | None = None,
    hour: int | None = None,
    by: str = "municipality",
    weight: str | None = None,
    runs: Mapping[str, ClockTimes] | None = None,
) -> Answer:
    """The run of ``geoaccess clocks``: every place's whole time and parts.

    Args:
        study: a study, its name or its path.
        only: names of the clocks to run; default: all.
        scenario: see :func:`run_clocks`.
        hour: see :func:`run_clocks`.
        by: ``municipality``, or a group column of the municipalities.
        weight: weight of the figures; default: the study's own.
        runs: what :func:`run_clocks` gave of the same, where it is there already.

    Raises:
        UnknownNameError: no such clock or scenario.
        DataError: the study has no clock, or a clock has faults.
    """
    loaded = as_study(study).with_people_of(scenario)
    clocks = loaded.config.clocks
    if not clocks:
        raise DataError("the study has no clock: describe one under [clocks.NAME]")
    if runs is None:
        runs = run_clocks(loaded, clocks, scenario=scenario, hour=hour, only=only or None)
    places = loaded.demand[["demand_id", "name", "municipality_code", "lon", "lat", *loaded.weights]]
    frames, told, every, bases = [], {}, set(), service_bases(loaded)
    kind_of = dict(zip(loaded.facilities["facility_id"], loaded.facilities["kind"], strict=True))
    for name, times in runs.items():
        own = times.table.drop(columns="demand_id").reset_index(drop=True)
        frames.append(pd.concat([places.reset_index(drop=True), own], axis=1).assign(clock=name))
        needed = set().union(*needed_legs(with_routes(clocks, [name])))
        needed |= {kind_of.get(end, end) for end, _ in needed_chains(with_routes(clocks, [name]))}
        kinds = {one for kind in needed for one in bases.get(kind, [kind])}
        every |= kinds
        told[name] = {
            **in_both_languages(times.clock, "title", "starts", "ends"),
            "kinds": sorted(kinds),
        }
    state = loaded.in_state(scenario=scenario)
    services: set[str] = {*_services(with_routes(clocks, list(runs)))}
    services |= {f"transport-to-{end}" for end, _ in needed_chains(with_routes(clocks, list(runs)))}
    persons, labels = state.weight(weight), group_labels(state, by)
    rows = per_group(runs, persons, labels).rename(columns={"group": by})
    region = per_group(runs, persons, ["all"] * len(persons)).drop(columns="group")
    facilities = state.facilities[state.facilities["kind"].isin(every)].reset_index(drop=True)
    drawn = network_tables(state)
    return Answer(
        question="clocks",
        facts={
            **study_facts(loaded),
            "clocks": told,
            "scenario": state.scenario,
            "hour": hour,
            "by": by,
            "weight": weight or loaded.config.demand.default_weight,
            "resource_kinds": {name: bases_of(name, one)[0] for name, one in loaded.config.resources.items()},
            "notes": study_notes(state, sorted(every | services)),
        },
        tables={
            "clock_points": pd.concat(frames, ignore_index=True),
            "clocks": rows,
            "clock_region": region,
            "facilities": facilities,
            "municipalities": loaded.municipalities,
            **_ways(state, runs, sailed_lines(drawn["links"])),
            **drawn,
        },
        inputs=loaded.files,
    )


def _ways(
    state: Study, runs: Mapping[str, ClockTimes], sailed: Mapping[str, FloatArray]
) -> dict[str, pd.DataFrame]:
    """The movements of the way that wins in each clock whose help comes from ``[resources]``."""
    frames, drawn = [], Drawn()
    for name, times in runs.items():
        clock, hospitals = times.clock, times.table["hospital_id"].astype(str)
        if clock.travel is None or not clock.travel.gives:
            continue
        if clock.transport is None or not clock.transport.gives:
            frames.append(
                coming_legs(state, clock.travel.gives, sailed=sailed, drawn=drawn).assign(kind=name)
            )
            continue
        for end in clock.transport.ends:
            if end not in state.config.kinds and end not in set(state.facilities["facility_id"]):
                continue
            carried = transport_to(state, end, scene_min=clock.scene_min)
            which = pd.Index(carried.facilities["facility_id"]).get_indexer(pd.Index(hospitals))
            legs = carrying_legs(state, carried, which.astype(np.int64), sailed=sailed, drawn=drawn)
            frames.append(legs.assign(kind=name))
    return {"ways": pd.concat(frames, ignore_index=True).assign(scenario=state.scenario)} if frames else {}


def per_group(runs: Mapping[str, ClockTimes], persons: FloatArray, labels: ArrayLike) -> pd.DataFrame:
    """The clocks below each other: ``clock, group`` and the figures of each group."""
    frames = [
        summarise_clock(times, persons, labels).rename_axis("group").reset_index().assign(clock=name)
        for name, times in runs.items()
    ]
    table = pd.concat(frames, ignore_index=True)
    return table[["clock", *(column for column in table.columns if column != "clock")]]
