"""What a map of travel times needs so that its reader can close facilities, and open them elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from geoaccess.answers.site_minutes import MOST_ERROR_MIN, MOST_PAIRS, SiteMinutes, StateMinutes, in_quanta
from geoaccess.ground.arrays import FloatArray
from geoaccess.minutes.drives import fastest
from geoaccess.study import Study
from geoaccess.words.note import Note

_COLUMNS = ["facility_id", "name", "municipality_code", "lon", "lat"]


@dataclass(frozen=True, eq=False)
class KindTimes:
    """The facilities of a kind in a state and their minutes.

    Attributes:
        facilities: ``facility_id, name, municipality_code, lon, lat`` of m facilities.
        minutes: (n_demand, m); NaN unreachable.
    """

    facilities: pd.DataFrame
    minutes: FloatArray


def choosable_kinds(
    study: Study, kinds: Sequence[str], times: Mapping[tuple[str, str], KindTimes]
) -> tuple[tuple[SiteMinutes, ...], Note | None]:
    """Every kind whose facilities a reader may close, and why there is none where there is none.

    A kind of facility may also be opened where the study has facilities of the other kinds asked for.

    Args:
        study: the study.
        kinds: kinds and services that were asked for.
        times: (kind, scenario) -> what was found.
    """
    scenarios = list(dict.fromkeys(scenario for _, scenario in times))
    plain = [kind for kind in kinds if kind in study.config.kinds]
    columns = {kind: _columns(kind, plain, scenarios, times) for kind in kinds}
    pairs = sum(len(table) for table in columns.values()) * len(scenarios) * len(study.demand)
    if pairs > MOST_PAIRS:
        return (), Note("what_if.not.pairs", pairs=pairs, most=MOST_PAIRS)
    made = [_subject(study, kind, columns[kind], scenarios, plain, times) for kind in kinds]
    if any(one is None for one in made):
        return (), Note("what_if.not.error", most=MOST_ERROR_MIN)
    return tuple(one for one in made if one is not None), None


def _columns(
    kind: str,
    plain: Sequence[str],
    scenarios: Sequence[str],
    times: Mapping[tuple[str, str], KindTimes],
) -> pd.DataFrame:
    """The sites of a kind: its own facilities in any state, then places of the other kinds."""
    others = [other for other in plain if other != kind] if kind in plain else []
    frames = [times[one, scenario].facilities[_COLUMNS] for one in (kind, *others) for scenario in scenarios]
    return pd.concat(frames, ignore_index=True).drop_duplicates("facility_id").reset_index(drop=True)


def _subject(
    study: Study,
    kind: str,
    table: pd.DataFrame,
    scenarios: Sequence[str],
    plain: Sequence[str],
    times: Mapping[tuple[str, str], KindTimes],
) -> SiteMinutes | None:
    thresholds = tuple(float(limit) for limit in study.kind(kind).thresholds_min)
    position = {str(key): at for at, key in enumerate(table["facility_id"])}
    states: dict[str, StateMinutes] = {}
    for scenario in scenarios:
        minutes = np.full((len(study.demand), len(table)), np.nan)
        for one in plain if kind in plain else [kind]:
            found = times[one, scenario]
            columns = [position[str(key)] for key in found.facilities["facility_id"]]
            minutes[:, columns] = found.minutes
        own = times[kind, scenario]
        today = table["facility_id"].isin(own.facilities["facility_id"]).to_numpy(dtype=bool)
        limits = np.tile(np.asarray(thresholds, dtype=np.float64), (len(study.demand), 1))
        state = in_quanta(minutes, fastest(own.minutes), limits, today)
        if state is None:
            return None
        states[scenario] = state
    return SiteMinutes(
        key=kind,
        kind="access",
        facility=kind,
        sites=table.rename(columns={"facility_id": "site_id"}).assign(closable=True),
        demand_ids=study.demand["demand_id"].astype(str).tolist(),
        states=states,
        within=[(at, limit) for at, limit in enumerate(thresholds)],
    )
