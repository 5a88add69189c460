"""Nearest catchments: who is served where, and how many go from where to which facility."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from geoaccess.ground.errors import DataError
from geoaccess.ground.measures import summarise, weighted_mean, weighted_percentile
from geoaccess.questions.supply.inputs import Times, as_times
from geoaccess.words.note import Note

#: What stands for the facility of those who reach none.
NOWHERE = ""


@dataclass(frozen=True, eq=False)
class Catchments:
    """Everybody at the nearest facility.

    Attributes:
        assigned: one row per demand point: ``demand_id, facility_id, travel_time_min, persons``; the
            facility is ``""`` and the time NaN where none is reached.
        facilities: one row per facility, also those that serve nobody: ``facility_id, persons,
            demand_points, mean_min, median_min, p90_min, worst_min, share`` (of all persons).
    """

    assigned: pd.DataFrame
    facilities: pd.DataFrame

    def flows(self, groups: ArrayLike) -> pd.DataFrame:
        """Persons from each group (municipality, county, ...) to each facility.

        Args:
            groups: (n_demand,) label of each demand point, in the order of ``assigned``.

        Returns:
            ``group, facility_id, persons, demand_points, mean_min, p90_min, share_of_group,
            share_of_facility``, in the order of the names; the facility is ``""`` for those who reach none.
        """
        labels = np.asarray(groups, dtype=object)
        if labels.shape != (len(self.assigned),):
            raise DataError(Note("fault.supply.group_labels", labels=labels.size, points=len(self.assigned)))
        rows = []
        table = self.assigned.assign(group=labels)
        for (group, facility), part in table.groupby(["group", "facility_id"], sort=True, dropna=False):
            minutes = part["travel_time_min"].to_numpy(dtype=np.float64)
            persons = part["persons"].to_numpy(dtype=np.float64)
            rows.append(
                {
                    "group": group,
                    "facility_id": facility,
                    "persons": float(persons.sum()),
                    "demand_points": len(part),
                    "mean_min": weighted_mean(minutes, persons),
                    "p90_min": weighted_percentile(minutes, persons, 0.9),
                }
            )
        found = pd.DataFrame(rows)
        for name, key in (("share_of_group", "group"), ("share_of_facility", "facility_id")):
            total = found.groupby(key, dropna=False)["persons"].transform("sum")
            found[name] = found["persons"] / total.where(total > 0)
        return found


def catchments(times: ArrayLike | pd.DataFrame | Times, weights: ArrayLike) -> Catchments:
    """Give every demand point to its nearest facility.

    Of facilities equally near the one whose id comes first is taken, so that the order of the columns does
    not matter.

    Args:
        times: minutes, demand points by facilities, NaN unreachable.
        weights: persons at the demand points.
    """
    table = as_times(times)
    if not len(table.facility_ids):
        raise DataError("there is no facility to be served by")
    persons = table.persons(weights)
    by_name = np.argsort(np.asarray([str(name) for name in table.facility_ids]), kind="stable")
    which = np.zeros(len(persons), dtype=np.int64)
    minutes = np.zeros(len(persons))
    for rows, block in table.blocks():
        ordered = np.where(np.isnan(block), np.inf, block)[:, by_name]
        nearest = ordered.argmin(axis=1)
        which[rows] = by_name[nearest]
        minutes[rows] = ordered[np.arange(len(nearest)), nearest]
    reached = np.isfinite(minutes)
    ids = table.facility_ids.to_numpy(dtype=object)
    assigned = pd.DataFrame(
        {
            "demand_id": table.demand_ids,
            "facility_id": np.where(reached, ids[which], NOWHERE),
            "travel_time_min": np.where(reached, minutes, np.nan),
            "persons": persons,
        }
    )
    return Catchments(assigned, _per_facility(assigned, table, np.where(reached, which, -1)))


def _per_facility(assigned: pd.DataFrame, table: Times, which: NDArray[np.int64]) -> pd.DataFrame:
    minutes = assigned["travel_time_min"].to_numpy(dtype=np.float64)
    persons = assigned["persons"].to_numpy(dtype=np.float64)
    total = persons.sum()
    rows = []
    for position, name in enumerate(table.facility_ids):
        here = which == position
        figures = summarise(minutes[here], persons[here])
        rows.append(
            {
                "facility_id": name,
                "persons": figures["persons"],
                "demand_points": int(here.sum()),
                **{key: figures[key] for key in ("mean_min", "median_min", "p90_min", "worst_min")},
                "share": figures["persons"] / total if total else float("nan"),
            }
        )
    return pd.DataFrame(rows)
