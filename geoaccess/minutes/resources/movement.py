"""How the bases of a resource get to people: over the study's network, by sea, by air."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from geoaccess.ground.arrays import FloatArray
from geoaccess.minutes.drives import place_minutes
from geoaccess.minutes.resources.waters import remembered, study_sea
from geoaccess.study import Study
from geoaccess.study.resource_sections import Resource
from networks import SnappedPoints
from networks.modes import Craft, craft_minutes


def base_minutes(study: Study, resource: Resource, bases: pd.DataFrame) -> FloatArray:
    """(n_demand, n_bases) minutes from the alarm until the crew of each base is with the patient.

    Args:
        study: the study in its state.
        resource: the figures of the craft.
        bases: ``node_id, lon, lat, mobilise_min`` of its bases.

    Raises:
        DataError: boats of a study whose water is not known.
    """
    if bases.empty:
        return np.full((len(study.demand), 0), np.nan)
    leaving = bases["mobilise_min"].to_numpy(dtype=np.float64)[None, :]
    if resource.moves == "road":
        return np.asarray(place_minutes(study, bases, direction="from_site") + leaving)
    craft = craft_of(resource, name="craft")
    starts, drops = study.on_network(bases), places_of(study, resource.drops)
    if resource.moves == "air":
        airports = places_of(study, resource.airports) if resource.lands == "airport" else None
        if airports is None and resource.lands == "airport":
            return np.full((len(study.demand), len(bases)), np.nan)
        flown = craft_minutes(
            craft,
            starts,
            study.demand_points,
            network=study.network,
            airports=airports,
            drops=drops,
            airport_runway_m=None if airports is None else runways_of(study, resource.airports),
        )
        return np.asarray(flown.T + leaving)
    return np.asarray(_sailed(study, craft, starts, drops).T + leaving)


def _sailed(study: Study, craft: Craft, starts: SnappedPoints, drops: SnappedPoints | None) -> FloatArray:
    """(n_bases, n_demand) minutes of boats."""
    with remembered(study_sea(study)) as sea:
        return craft_minutes(craft, starts, study.demand_points, network=study.network, sea=sea, drops=drops)


def craft_of(resource: Resource, *, name: str, mobilise_min: float = 0.0) -> Craft:
    """A resource as what `networks` moves."""
    return Craft(
        name=name,
        moves=resource.moves,
        speed_kph=np.nan if resource.speed_kph is None else resource.speed_kph,
        mobilise_min=mobilise_min,
        land_min=resource.land_min,
        range_km=np.inf if resource.range_km is None else resource.range_km,
        lands=resource.lands,
        runway_m=resource.runway_m,
        transfer_min=resource.transfer_min,
        ashore_max_km=resource.ashore_max_km,
        ashore_speed_kph=resource.ashore_speed_kph,
        open_sea_speed_factor=resource.open_sea_speed_factor,
    )


def places_of(study: Study, kinds: Sequence[str]) -> SnappedPoints | None:
    """The facilities of some kinds in the state of a study; None where there are none."""
    places = study.facilities[study.facilities["kind"].isin(kinds)]
    return study.on_network(places) if len(places) else None


def runways_of(study: Study, kinds: Sequence[str]) -> FloatArray:
    """(n,) metres of runway of the facilities of :func:`places_of`; ``inf`` where it is not known."""
    ids = study.facilities.loc[study.facilities["kind"].isin(kinds), "facility_id"]
    return np.asarray([study.runways.get(str(one), np.inf) for one in ids], dtype=np.float64)
