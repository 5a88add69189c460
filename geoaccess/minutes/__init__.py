"""Minutes between people and services: the only way from a study in a state to travel times.

Every question asks here, so that a kind whose facilities are all closed, a person whom nothing reaches, and
the direction of a journey mean the same in each of them: NaN is unreachable, and nothing else is.
"""

from __future__ import annotations

import sys
import types
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geoaccess.ground.arrays import FloatArray
from geoaccess.ground.errors import UnknownNameError
from geoaccess.minutes.drives import (
    Direction,
    fastest,
    fastest_column,
    fill_place_minutes,
    least_minutes,
    place_minutes,
)
from geoaccess.minutes.resources import reach
from geoaccess.minutes.resources.transport import transport_to
from geoaccess.study import Study, load_study
from geoaccess.study.names import municipal_groups
from geoaccess.study.services import asked_service, canonical

__all__ = [
    "Direction",
    "FloatArray",
    "as_study",
    "fastest",
    "fastest_column",
    "fill_place_minutes",
    "group_labels",
    "known_kind",
    "minutes",
    "nearest",
    "nearest_minutes",
    "nearest_of",
    "place_minutes",
    "timed",
    "travel_times",
]


def as_study(study: Study | str | Path) -> Study:
    """A study as it is, or loaded by name or path."""
    return study if isinstance(study, Study) else load_study(study)


def minutes(study: Study | str | Path, to: str, *, direction: Direction = "to_site") -> pd.DataFrame:
    """Minutes between every demand point and every facility of a kind, in the state that the study is in.

    Args:
        study: a study, its name or its path.
        to: kind of facility, or a service of resources: ``response``, ``doctor``.
        direction: who travels.

    Returns:
        Rows are ``demand_id``, columns ``facility_id``; NaN is unreachable. A kind whose facilities are all
        closed gives a table without columns: nobody is reached.

    Raises:
        UnknownNameError: the study has no such kind, or never a facility of it.
    """
    state = as_study(study)
    facilities, times = timed(state, to, direction=direction)
    return pd.DataFrame(
        times,
        index=pd.Index(state.demand["demand_id"], name="demand_id"),
        columns=pd.Index(facilities["facility_id"], name="facility_id"),
    )


def travel_times(study: Study | str | Path, *, to: str, scenario: str | None = None) -> pd.DataFrame:
    """Minutes from every demand point to every facility of a kind; NaN is unreachable.

    Args:
        study: a study, its name or its path.
        to: kind of facility.
        scenario: name of a scenario; default: the state that the study is in.

    Returns:
        Rows are ``demand_id``, columns ``facility_id``.

    Raises:
        UnknownNameError: no such kind or scenario.
    """
    return minutes(as_study(study).in_state(scenario=scenario), to)


def nearest(study: Study | str | Path, to: str, *, direction: Direction = "to_site") -> pd.DataFrame:
    """The nearest facility of a kind for every demand point, in the state that the study is in.

    Args:
        study: a study, its name or its path.
        to: kind of facility.
        direction: who travels.

    Returns:
        One row per demand point: ``demand_id, name, municipality_code, lon, lat, kind, scenario,
        travel_time_min`` (NaN unreachable), ``facility_id, facility_name`` (empty where unreachable),
        ``second_nearest_min``, and the weights.

    Raises:
        UnknownNameError: the study has no such kind, or never a facility of it.
    """
    state = as_study(study)
    return nearest_of(state, to, *timed(state, to, direction=direction))


def nearest_of(state: Study, to: str, facilities: pd.DataFrame, times: FloatArray) -> pd.DataFrame:
    """The same from facilities and minutes that :func:`timed` found."""
    which = fastest_column(times)
    # A row more than there are facilities: the one that stands for none.
    ids, names = (np.append(facilities[name].to_numpy(dtype=object), "") for name in ("facility_id", "name"))
    demand = state.demand
    return pd.DataFrame(
        {
            "demand_id": demand["demand_id"],
            "name": demand["name"],
            "municipality_code": demand["municipality_code"],
            "lon": demand["lon"],
            "lat": demand["lat"],
            "kind": to,
            "scenario": state.scenario,
            "travel_time_min": fastest(times),
            "facility_id": ids[which],
            "facility_name": names[which],
            "second_nearest_min": np.sort(times, axis=1)[:, 1] if times.shape[1] > 1 else np.nan,
            **{name: demand[name] for name in state.weights},
        }
    )


def nearest_minutes(study: Study, to: str, *, direction: Direction = "to_site") -> FloatArray:
    """(n_demand,) minutes between people and the nearest facility of a kind; NaN unreachable.

    Raises:
        UnknownNameError: the study has no such kind, or never a facility of it.
    """
    service = asked_service(to)
    if direction == "from_site" or (service is not None and to not in study.config.kinds):
        return fastest(timed(study, to, direction=direction)[1])
    return least_minutes(study, study.facilities_of(to))


def known_kind(study: Study, name: str) -> str:
    """The one name of a kind of facility or of a service of resources, where the study has it.

    Raises:
        UnknownNameError: the study has neither, or never a facility of the kind.
    """
    if name in study.config.kinds or asked_service(name) is None:
        study.facilities_of(name)
        return name
    study.kind(canonical(name))
    return canonical(name)


def timed(study: Study, to: str, *, direction: Direction = "to_site") -> tuple[pd.DataFrame, FloatArray]:
    """Facilities of a kind, or bases of who gives a service, and their minutes to or from everybody.

    Args:
        study: the study in its state.
        to: kind of facility, or a service of resources: ``response``, ``doctor``, ``transport-to-KIND``.
        direction: who travels, for a kind; those who give a service come to people.

    Returns:
        ``facility_id, name, kind, municipality_code, node_id, lon, lat`` of m facilities, and
        (n_demand, m) minutes; NaN is unreachable.

    Raises:
        UnknownNameError: the study has no such kind, or never a facility of it.
    """
    service = asked_service(to)
    if service is None or to in study.config.kinds or not study.config.resources:
        facilities = study.facilities_of(to)
        return facilities, place_minutes(study, facilities, direction=direction)
    if service.to:
        carried = transport_to(study, service.to)
        return carried.facilities, carried.minutes
    table = reach(study, service.service)
    return table.bases.rename(columns={"base_id": "facility_id"}), table.minutes


class _CallableModule(types.ModuleType):
    """This module called as its main function: importing it sets the name that the package exports."""

    def __call__(self, *args: Any, **kwargs: Any) -> pd.DataFrame:  # noqa: ANN401 - handed on
        return minutes(*args, **kwargs)


sys.modules[__name__].__class__ = _CallableModule


def group_labels(study: Study, by: str) -> NDArray[np.object_]:
    """(n_demand,) the group of each demand point.

    Raises:
        UnknownNameError: no such group column.
    """
    columns = {"municipality": "name"} | {name: name for name in study.config.municipalities.groups}
    if by not in columns:
        raise UnknownNameError("grouping", by, columns)
    labels = municipal_groups(study, columns[by])
    found: NDArray[np.object_] = labels.loc[study.demand["municipality_code"]].to_numpy(dtype=object)
    return found
