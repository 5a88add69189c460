"""The runs of a journey, leg by leg, and of isochrones around facilities."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import shapely

from geoaccess.answers.answer import Answer
from geoaccess.answers.study_facts import network_tables, study_facts
from geoaccess.ground.errors import DataError
from geoaccess.minutes import as_study, nearest_minutes
from geoaccess.questions.access.answer import study_notes
from geoaccess.questions.journey.answer import Journey, find_route
from geoaccess.study import Study
from maps import land
from maps.basemap import covers
from networks import isochrone_areas, route_line


def route_answer(
    study: Study | str | Path, origin: str, destination: str, *, scenario: str | None = None
) -> Answer:
    """The run of ``geoaccess route``: the legs of a journey and the line along each.

    Raises:
        UnknownNameError: a place or scenario is not known.
        NoRouteError: there is no way between the places.
    """
    loaded = as_study(study).with_people_of(scenario)
    state = loaded.in_state(scenario=scenario)
    return answer_of(state, find_route(state.network, origin, destination, study=state))


def answer_of(state: Study, journey: Journey) -> Answer:
    """The answer of a journey that was found in a state of a study.

    Raises:
        DataError: it goes nowhere.
    """
    if not journey.legs:
        raise DataError(f"{journey.from_name} and {journey.to_name} are the same place: nothing to draw")
    legs = pd.DataFrame(journey.legs)
    kept = ["from", "to", "kind", "ref", "name", "length_km", "travel_time_min", "wait_min"]
    told = {name: value for name, value in journey.to_dict().items() if name not in {"legs", "notes"}}
    return Answer(
        question="route",
        facts={
            **study_facts(state),
            "weight": state.config.demand.default_weight,
            "route": {**told, "scenario": state.scenario},
            "scenario": state.scenario,
            "notes": [*study_notes(state), *journey.notes],
        },
        tables={
            "legs": legs[kept],
            "path": _path(journey),
            "stops": _stops(journey),
            "municipalities": state.municipalities,
            **network_tables(state),
        },
        inputs=state.files,
    )


def _path(journey: Journey) -> pd.DataFrame:
    """The line along each leg: ``leg, lon, lat`` in order."""
    network = journey.network
    edges = list(journey.route.edges)
    heads, ids = network.topology.heads, network.node_ids.tolist()
    frames = []
    for number, leg in enumerate(journey.route.legs):
        own = []
        while edges:
            own.append(edges.pop(0))
            if ids[int(heads[own[-1]])] == leg.to_id:
                break
        lon, lat = route_line(network, own)
        frames.append(pd.DataFrame({"leg": number, "lon": lon, "lat": lat}))
    return pd.concat(frames, ignore_index=True)


def _stops(journey: Journey) -> pd.DataFrame:
    """Where the journey begins, changes and ends."""
    network = journey.network
    ids = network.node_ids.tolist()
    nodes = [journey.route.from_id, *(leg.to_id for leg in journey.route.legs)]
    rows = [ids.index(node) for node in nodes]
    last = len(nodes) - 1
    return pd.DataFrame(
        {
            "name": [journey.names[node] for node in nodes],
            "lon": network.lon[rows],
            "lat": network.lat[rows],
            "is_end": [number in {0, last} for number in range(len(nodes))],
        }
    )


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
    areas = isochrone_areas(
        state.network,
        state.on_network(facilities),
        minutes=minutes,
        direction="from" if outward else "to",
        reach_m=reach_m,
        land=land() if known else None,
    )
    shapes = shapely.simplify(areas.geometry.to_numpy(), 0.0005)
    return pd.DataFrame(
        {
            "minutes": areas["minutes"].to_numpy(dtype=np.float64),
            "road_km": areas["road_km"].to_numpy(dtype=np.float64),
            "wkt": shapely.to_wkt(shapes, rounding_precision=5),
        }
    )
