"""How many units, such as beds, people need: by persons per unit, or by admissions, stay and a target."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geoaccess.ground.arrays import FloatArray
from geoaccess.study import Study
from geoaccess.study.placement_sections import Erlang, Placement, Units
from optimise.queues import erlang_loss, occupancy, servers_for_loss, servers_for_occupancy

_DAYS_PER_YEAR = 365.25
#: Room for sums of shares that should be whole.
_ROUNDING = 1e-9


def unit_load(study: Study, question: Placement) -> FloatArray:
    """(n_demand,) units that the people of each demand point take, before rounding up at a site.

    With ``erlang`` it is the offered load: admissions a day times the mean stay in days.
    """
    units = question.units
    assert units is not None
    if units.erlang is not None:
        admissions = sum(
            study.weight(name) / 1000.0 * rate for name, rate in units.erlang.admissions_per_1000_year.items()
        )
        return np.asarray(admissions / _DAYS_PER_YEAR * units.erlang.stay_days, dtype=np.float64)
    assert units.persons_per_unit is not None
    load = study.weight(question.weight) / units.persons_per_unit
    for name, persons in units.also_per_unit.items():
        load = load + study.weight(name) / persons
    return load


def sized(units: Units, load: FloatArray) -> NDArray[np.int64]:
    """(n_sites,) fewest units that serve each load: at least the smallest unit, whole, within the target."""
    if units.erlang is None:
        needed = np.ceil(load - _ROUNDING)
    else:
        needed = np.asarray([_servers(units.erlang, float(offered)) for offered in load])
    return np.maximum(units.minimum, needed).astype(np.int64)


def _servers(target: Erlang, offered: float) -> int:
    if target.most_turned_away is not None:
        return servers_for_loss(offered, target.most_turned_away)
    assert target.target_occupancy is not None
    return servers_for_occupancy(offered, target.target_occupancy)


def unit_columns(question: Placement, load: FloatArray, placed: FloatArray) -> pd.DataFrame:
    """``units`` of each site, and with Erlang sizes ``units_taken, occupancy, turned_away``.

    Args:
        question: the question.
        load: (n_sites,) units that the people served there take.
        placed: (n_sites,) units at each site, NaN where none are.
    """
    columns = {"units": placed}
    if question.units is not None and question.units.erlang is not None:
        known = np.isfinite(placed)
        columns |= {
            name: np.full(len(placed), np.nan) for name in ("units_taken", "occupancy", "turned_away")
        }
        for site in np.flatnonzero(known).tolist():
            offered, servers = float(load[site]), int(placed[site])
            columns["units_taken"][site] = offered * (1.0 - erlang_loss(offered, servers))
            columns["occupancy"][site] = occupancy(offered, servers)
            columns["turned_away"][site] = erlang_loss(offered, servers)
    return pd.DataFrame(columns)
