"""Areas that are reached within minutes of places, and the time of every place to the nearest."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import shapely

from geoaccess.answers.answer import Answer
from geoaccess.answers.study_facts import network_tables, study_facts
from geoaccess.answers.study_notes import study_notes
from geoaccess.minutes import as_study, nearest_minutes
from geoaccess.study import Study
from geoaccess.study.model import own_land
from maps import land
from maps.basemap import covers
from networks import isochrone_areas


def isochrones_answer(
    study: Study | str | Path,
    kind: str,
    *,
    minutes: Sequence[float] = (30.0, 60.0, 90.0, 120.0),
    direction: str = "to",
    reach_m: float = 2500.0,
    scenario: str | None = None,
) -> Answer:
    """The run of isochrones around the facilities of a kind, and the time of every place to the nearest.

    Raises:
        UnknownNameError: no such kind or scenario.
        NetworkDataError: limits or a reach that cannot be.
    """
    loaded = as_study(study).with_people_of(scenario)
    state = loaded.in_state(scenario=scenario)
    facilities = state.facilities_of(kind)
    outward = direction == "from"
    table = _areas_table(state, facilities, minutes=minutes, outward=outward, reach_m=reach_m)
    points = state.demand[["demand_id", "name", "municipality_code", "lon", "lat", *state.weights]]
    return Answer(
        question="isochrones",
        facts={
            **study_facts(loaded),
            "isochrones": {
                "kind": kind,
                "direction": "from" if outward else "to",
                "reach_m": reach_m,
                "scenario": state.scenario,
            },
            "scenario": state.scenario,
            "weight": loaded.config.demand.default_weight,
            "notes": study_notes(state),
        },
        tables={
            "isochrones": table,
            "reach_points": points.assign(
                travel_time_min=nearest_minutes(state, kind, direction="from_site" if outward else "to_site")
            ),
            "facilities": facilities,
            "municipalities": loaded.municipalities,
            **network_tables(state),
        },
        inputs=loaded.files,
    )


def _areas_table(
    state: Study, facilities: pd.DataFrame, *, minutes: Sequence[float], outward: bool, reach_m: float
) -> pd.DataFrame:
    """``minutes, road_km, wkt`` (EPSG:4326, simplified to about 50 m) of each area, on known land."""
    lon, lat = state.network.lon, state.network.lat
    known = covers((float(lon.min()), float(lat.min()), float(lon.max()), float(lat.max())))
    codes = state.municipalities["municipality_code"]
    own = own_land(state.folder, state.config, codes, is_packed=lambda: known)
    areas = isochrone_areas(
        state.network,
        state.on_network(facilities),
        minutes=minutes,
        direction="from" if outward else "to",
        reach_m=reach_m,
        land=land() if known and own is None else own,
    )
    shapes = shapely.simplify(areas.geometry.to_numpy(), 0.0005)
    return pd.DataFrame(
        {
            "minutes": areas["minutes"].to_numpy(dtype=np.float64),
            "road_km": areas["road_km"].to_numpy(dtype=np.float64),
            "wkt": shapely.to_wkt(shapes, rounding_precision=5),
        }
    )
