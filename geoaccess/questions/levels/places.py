"""Places of acute help with what each can do, and what stands beside what."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geoaccess.ground.arrays import FloatArray
from geoaccess.study import Study
from geoaccess.study.care_sections import Care, CareLevel
from geoaccess.study.names import municipal_groups
from networks import travel_time_matrix


def level_places(state: Study, level: CareLevel) -> pd.DataFrame:
    """The facilities of a level that are there in this state."""
    rows = state.facilities[state.facilities["kind"] == level.kind].sort_values("facility_id")
    keep = ~rows["facility_id"].isin(level.without)
    towns = state.municipalities.set_index("municipality_code")
    for column, values in level.only.items():
        keep &= rows["municipality_code"].map(towns[column]).astype(str).isin(values)
    found: pd.DataFrame = rows[keep].reset_index(drop=True)
    return found


def minutes_between(state: Study, places: pd.DataFrame, others: pd.DataFrame) -> FloatArray:
    """(n, m) minutes by road from places to others; NaN without a road, 0 between the same facility."""
    if places.empty or others.empty:
        return np.full((len(places), len(others)), np.nan)
    return travel_time_matrix(state.network, state.on_network(places), state.on_network(others))


def abilities(
    state: Study, care: Care, level: CareLevel, places: pd.DataFrame
) -> dict[str, NDArray[np.bool_]]:
    """Ability -> (n,) which of a level's places have it: its level does, or its kind stands beside."""
    found = {}
    for name, ability in care.can.items():
        if name in level.can or not ability.kind:
            found[name] = np.full(len(places), name in level.can)
            continue
        beside = state.facilities[state.facilities["kind"] == ability.kind]
        minutes = minutes_between(state, places, beside)
        found[name] = np.asarray((minutes <= care.within_min).any(axis=1), dtype=bool)
    return found


def standing_together(state: Study, care: Care) -> pd.DataFrame:
    """Every facility of the kinds that should stand together.

    Returns:
        ``facility_id, name, kind, municipality_code, area, lon, lat``; ``beside``: the other kinds within the
        minutes, comma separated; ``others``: how many they are; ``possible``: how many other kinds there are.
    """
    rows = state.facilities[state.facilities["kind"].isin(care.together)].reset_index(drop=True)
    near = minutes_between(state, rows, rows) <= care.within_min
    kinds = rows["kind"].astype(str).to_numpy(dtype=object)
    beside = [
        [kind for kind in care.together if kind != kinds[at] and (near[at] & (kinds == kind)).any()]
        for at in range(len(rows))
    ]
    columns = ["facility_id", "name", "kind", "municipality_code", "lon", "lat"]
    return rows[columns].assign(
        area=rows["municipality_code"].map(municipal_groups(state, care.area)).astype(str),
        beside=[", ".join(one) for one in beside],
        others=[len(one) for one in beside],
        possible=len(care.together) - 1,
    )


def area_index(together: pd.DataFrame, care: Care) -> pd.DataFrame:
    """The index of co-location of every area, and of all together in the last row (``area`` empty).

    The index is the mean over an area's facilities of the share of the other kinds that stand beside: 1 where
    every facility has all other kinds beside it, 0 where each stands alone.

    Returns:
        ``area, facilities, alone`` (without any other kind beside), ``index_together`` (0 to 1), and
        ``stations_together``: share of the facilities of the first kind that have another beside.
    """
    groups = [(str(name), rows) for name, rows in together.groupby("area", sort=True)]
    found = []
    for name, rows in [*groups, ("", together)]:
        first = rows[rows["kind"] == care.together[0]]
        found.append(
            {
                "area": name,
                "facilities": len(rows),
                "alone": int((rows["others"] == 0).sum()),
                "index_together": float((rows["others"] / rows["possible"]).mean()) if len(rows) else np.nan,
                "first_kind": len(first),
                "first_together": int((first["others"] > 0).sum()),
            }
        )
    return pd.DataFrame(found)
