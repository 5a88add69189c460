"""The bases of a study's resources in its state: who is there, how soon they leave, how surely they go."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geoaccess.ground.errors import DataError, UnknownNameError
from geoaccess.study import Study
from geoaccess.study.resource_sections import SEASONS, Resource, Service, bases_of, group_of
from geoaccess.study.section_base import clock_minutes
from geoaccess.words.note import Note

#: Columns of a table of bases; ``summer, winter``: share of the time that weather lets it go.
COLUMNS = [
    "base_id",
    "name",
    "resource",
    "kind",
    "moves",
    "municipality_code",
    "node_id",
    "lon",
    "lat",
    "mobilise_min",
    "weather_group",
    "grounded",
    *SEASONS,
]


def resources_of(study: Study, service: Service | None = None) -> dict[str, Resource]:
    """The resources of a study that give a service; all of them without one.

    Raises:
        DataError: the study has no resources at all.
    """
    if not study.config.resources:
        raise DataError(Note("fault.nobody_comes", study=study.name))
    return {
        name: one for name, one in study.config.resources.items() if service is None or service in one.gives
    }


def bases_in(study: Study, service: Service | None = None) -> pd.DataFrame:
    """The bases that give a service in the state of a study, in the order of their ids.

    A facility that the state closes is no base, one that it opens is. A base whose resource or weather group
    the state grounds is there (``grounded``) and goes to nobody.

    Returns:
        :data:`COLUMNS`, one row a base.

    Raises:
        DataError: the study has no resources.
    """
    found = [
        bases_at(study, name, study.facilities[study.facilities["kind"].isin(bases_of(name, one))])
        for name, one in resources_of(study, service).items()
    ]
    if not found:
        return pd.DataFrame(columns=COLUMNS)
    return pd.concat(found, ignore_index=True).sort_values("base_id", ignore_index=True)


def bases_at(study: Study, name: str, places: pd.DataFrame) -> pd.DataFrame:
    """Places as bases of a resource: those of today, or candidates.

    Args:
        study: the study in its state.
        name: name of the resource.
        places: ``facility_id, name, kind, municipality_code, node_id, lon, lat``.

    Raises:
        UnknownNameError: there is no such resource.
    """
    if name not in study.config.resources:
        raise UnknownNameError("resource", name, study.config.resources)
    resource = study.config.resources[name]
    frame = places.rename(columns={"facility_id": "base_id"}).assign(
        resource=name,
        moves=resource.moves,
        mobilise_min=mobilise_minutes(study, resource, places["facility_id"]),
        weather_group=group_of(name, resource),
        grounded=is_grounded(study, name),
        **{season: resource.share_up(season) for season in SEASONS},
    )
    return frame[COLUMNS]


def mobilise_minutes(study: Study, resource: Resource, base_ids: Iterable[str]) -> NDArray[np.float64]:
    """(n,) minutes until the crew of each base leaves, by its duty and the state's time of day."""
    night = is_night(study, resource)
    duties = [resource.home_duty.get(str(base)) for base in base_ids]
    at_home = [duty == "always" or (duty == "night" and night) for duty in duties]
    found = [resource.mobilise_min.minutes(home=home, night=night) for home in at_home]
    return np.asarray(found, dtype=np.float64)


def is_grounded(study: Study, name: str) -> bool:
    """Whether the state of a study grounds a resource, by its name or its weather group."""
    grounded = set(study.scenario_in_full.grounded)
    return bool(grounded & {name, group_of(name, study.config.resources[name])})


def is_night(study: Study, resource: Resource) -> bool:
    """Whether the state's time of day is in the resource's night; a state without a time is by day."""
    time = study.scenario_in_full.time
    if time is None:
        return False
    now = clock_minutes(time)
    first, last = (clock_minutes(text) for text in resource.night)
    return first <= now < last if first <= last else now >= first or now < last
