"""The facility that serves a municipality held against the one that is nearest on the network."""

from __future__ import annotations

import numpy as np
import pandas as pd

from geoaccess.ground.errors import DataError, UnknownNameError, did_you_mean
from geoaccess.ground.measures import weighted_mean
from geoaccess.minutes import minutes
from geoaccess.questions.access.answer import Accessibility
from geoaccess.study import Study
from geoaccess.study.state import BASE
from geoaccess.words.note import Note
from networks.errors import Fault


def serving_check(study: Study, table: Accessibility, column: str) -> pd.DataFrame:
    """Nearest and serving facility of every municipality, side by side.

    Args:
        study: the study that the table was made of.
        table: travel times; its kind, scenario and weight count.
        column: group column of the municipalities with the id of the facility that serves each.

    Returns:
        One row per kind, scenario and municipality: ``municipality, kind, scenario, persons``;
        ``nearest_name`` (of most persons), ``nearest_mean_min``; ``serving_name, serving_mean_min`` and
        ``extra_mean_min``, means over those who reach both; ``persons_elsewhere``, those whose nearest
        facility is another than the one that serves them, the unreachable left out.

    Raises:
        UnknownNameError: the study does not group by such a column.
        DataError: a municipality names a facility that is not of the kind.
    """
    groups = study.config.municipalities.groups
    if column not in groups:
        raise UnknownNameError("group column of the municipalities", column, groups)
    rows = []
    for (kind, scenario), points in table.nearest.groupby(["kind", "scenario"], sort=False):
        state = study.in_state(scenario=str(scenario))
        known = [one.facilities_of(str(kind)) for one in (state, study.in_state(scenario=BASE))]
        facilities = pd.concat(known).drop_duplicates("facility_id").set_index("facility_id")["name"]
        _check_named(study, column, facilities, str(kind))
        # A facility that the scenario closes serves nobody.
        times = minutes(state, str(kind)).reindex(columns=facilities.index)
        codes = study.demand["municipality_code"].to_numpy(dtype=object)
        persons = state.weight(table.weight)
        nearest = points["travel_time_min"].to_numpy(dtype=np.float64)
        nearest_id = points["facility_id"].to_numpy(dtype=object)
        for row in study.municipalities.to_dict(orient="records"):
            here = codes == row["municipality_code"]
            serving = times[row[column]].to_numpy(dtype=np.float64)[here]
            both = np.where(np.isnan(serving), np.nan, nearest[here])
            lived = pd.Series(persons[here]).groupby(nearest_id[here]).sum().drop("", errors="ignore")
            first = str(lived.idxmax()) if len(lived) else ""
            means = weighted_mean(both, persons[here]), weighted_mean(serving, persons[here])
            rows.append(
                {
                    "municipality": row["name"],
                    "kind": kind,
                    "scenario": scenario,
                    "persons": float(persons[here].sum()),
                    "nearest_name": facilities.get(first, ""),
                    "nearest_mean_min": means[0],
                    "serving_name": facilities[row[column]],
                    "serving_mean_min": means[1],
                    "extra_mean_min": means[1] - means[0],
                    "persons_elsewhere": float(lived.drop(row[column], errors="ignore").sum()),
                }
            )
    return pd.DataFrame(rows)


def _check_named(study: Study, column: str, facilities: pd.Series, kind: str) -> None:
    faults = [
        Fault(
            Note(
                "fault.serving",
                name=row["name"],
                kind=kind,
                hint=did_you_mean(str(row[column]), list(facilities.index)),
            ),
            where=study.config.municipalities.table,
            row=str(row["municipality_code"]),
            column=column,
            value=str(row[column]),
        )
        for row in study.municipalities.to_dict(orient="records")
        if row[column] not in facilities.index
    ]
    if faults:
        raise DataError(faults)
