"""Boats and helicopters as bases of a placement: where they may be, and how long they take."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geoaccess.ground.errors import DataError
from geoaccess.minutes import place_minutes
from geoaccess.study import Study
from geoaccess.study.schema import CraftBases
from networks.craft import WaterRoutes
from networks.geodesy import great_circle_m

FloatArray = NDArray[np.float64]


#: What makes two sites one: times from them are equal, and so is whom they may serve.
PLACE = ["municipality_code", "node_id", "lon", "lat"]


def same_place(places: pd.DataFrame, others: pd.DataFrame) -> NDArray[np.bool_]:
    """(n_places,) whether a place is the very place of one of the others."""
    known = set(others[PLACE].itertuples(index=False, name=None))
    return np.asarray(
        [place in known for place in places[PLACE].itertuples(index=False, name=None)], dtype=bool
    )


def bases_today(study: Study, craft: CraftBases) -> pd.DataFrame:
    """The bases there are, as sites that stay."""
    rows = study.facilities[study.facilities["kind"] == craft.kind].sort_values("facility_id")
    if craft.mode == "boat":
        rows = rows[rows["node_id"].isin(ferry_lines(study)["from_place"])]
    frame = rows.rename(columns={"facility_id": "site_id"})
    return frame.assign(role="existing", part=craft.kind, mode=craft.mode, cost=0.0)


def bases_off_the_lines(study: Study, craft: CraftBases) -> list[str]:
    """Names of today's boat bases at a place without a ferry line, which are left out."""
    if craft.mode != "boat":
        return []
    rows = study.facilities[study.facilities["kind"] == craft.kind]
    return sorted(rows.loc[~rows["node_id"].isin(ferry_lines(study)["from_place"]), "name"].astype(str))


def candidate_bases(study: Study, craft: CraftBases) -> pd.DataFrame:
    """Places where a base may open: ferry quays for boats, places of other services for helicopters.

    Raises:
        DataError: nothing can become a base.
    """
    frame = _quays(study) if craft.mode == "boat" else _landing_places(study, craft)
    today = bases_today(study, craft)
    if craft.mode == "boat":
        frame = frame[~frame["node_id"].isin(today["node_id"])]
    else:
        frame = frame[~same_place(frame, today)]
    if frame.empty:
        raise DataError(f"no candidate place for a {craft.mode} of kind {craft.kind}: name candidate_kinds")
    frame = frame.assign(site_id=[f"{craft.mode}:{name}" for name in frame["site_id"]])
    return frame.assign(role="candidate", part="candidate", mode=craft.mode, cost=craft.cost)


def _landing_places(study: Study, craft: CraftBases) -> pd.DataFrame:
    rows = study.facilities[study.facilities["kind"].isin(craft.candidate_kinds)].sort_values("facility_id")
    return rows[~rows.duplicated(PLACE)].rename(columns={"facility_id": "site_id"})


def _quays(study: Study) -> pd.DataFrame:
    """Quays of the ferry lines with people: a settlement at the node gives name and municipality."""
    lived = study.demand[study.demand["node_id"].isin(ferry_lines(study)["from_place"])]
    lived = lived[(lived["node_id"] != "") & ~lived["node_id"].duplicated()]
    return lived.drop(columns="access_km").assign(site_id=lived["node_id"])


def ferry_lines(study: Study) -> pd.DataFrame:
    """Ferry links of the network, open or not: ``from_place, to_place, length_km``."""
    edges = study.network.edges_frame()
    lines = edges[(edges["kind"] == "ferry") & (edges["length_km"] > 0)]
    named = lines.rename(columns={"from_id": "from_place", "to_id": "to_place"})
    return named[["from_place", "to_place", "length_km"]].astype({"from_place": str, "to_place": str})


def craft_minutes(study: Study, craft: CraftBases, bases: pd.DataFrame) -> FloatArray:
    """(n_demand, n_bases) minutes from the alarm until the crew is with the patient; NaN where it cannot be.

    Nobody is reached in a scenario that grounds the craft, or that inherits from one. A helicopter flies the
    great circle and lands at the patient; a boat keeps to the ferry lines and its crew goes on by road from
    any quay.
    """
    if any(study.holds(name) for name in craft.grounded_in):
        return np.full((len(study.demand), len(bases)), np.nan)
    if craft.mode == "helicopter":
        return _flight_minutes(study, craft, bases)
    return _boat_minutes(study, craft, bases)


def _flight_minutes(study: Study, craft: CraftBases, bases: pd.DataFrame) -> FloatArray:
    people = study.demand
    way_km = (
        great_circle_m(
            bases["lon"].to_numpy(dtype=np.float64)[None, :],
            bases["lat"].to_numpy(dtype=np.float64)[None, :],
            people["lon"].to_numpy(dtype=np.float64)[:, None],
            people["lat"].to_numpy(dtype=np.float64)[:, None],
        )
        / 1000.0
    )
    minutes = sum(craft.parts.values()) + 60.0 * way_km / craft.speed_kph
    return np.where(way_km <= craft.range_km, minutes, np.nan)


def _boat_minutes(study: Study, craft: CraftBases, bases: pd.DataFrame) -> FloatArray:
    routes = WaterRoutes.from_table(ferry_lines(study))
    nodes = study.network.topology.positions
    places = pd.DataFrame(
        {
            "node_id": routes.names,
            "lon": [study.network.lon[nodes[name]] for name in routes.names],
            "lat": [study.network.lat[nodes[name]] for name in routes.names],
        }
    )
    road = place_minutes(study, places, direction="from_site").T
    ashore = np.where(np.isnan(road), np.inf, road) + craft.transfer_min
    way_km = routes.length_km[routes.positions(bases["node_id"].tolist())]
    sailing = np.where(way_km <= craft.range_km, 60.0 * way_km / craft.speed_kph, np.inf)
    best = np.stack([(sailing[base][:, None] + ashore).min(axis=0) for base in range(len(bases))], axis=1)
    return np.where(np.isfinite(best), best + sum(craft.parts.values()), np.nan)
