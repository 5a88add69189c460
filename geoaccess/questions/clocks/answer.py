"""The clocks of a study, run on its network in a scenario."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from geoaccess.ground.errors import DataError
from geoaccess.minutes import as_study, minutes
from geoaccess.questions.clocks.evaluation import ClockInputs, ClockTimes, evaluate_clocks, with_routes
from geoaccess.questions.clocks.values import read_part_table
from geoaccess.study import Study
from geoaccess.study.clock_sections import PARTS, Clock, clock_faults, needed_legs
from geoaccess.study.schema import clock_minutes
from networks.errors import Fault


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
    faults = clock_faults(chosen, loaded.config.kinds)
    tables, table_faults = _tables(chosen, loaded.folder)
    faults += table_faults
    if faults:
        raise DataError(faults)
    state = loaded.in_state(scenario=scenario)
    if hour is None:
        time = state.scenario_in_full.time
        hour = None if time is None else int(clock_minutes(time) // 60) % 24
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
    )
    return evaluate_clocks(chosen, inputs, only=only)


def _tables(clocks: Mapping[str, Clock], folder: Path) -> tuple[dict[str, pd.DataFrame], list[Fault]]:
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
