"""The people of other years beside those of an answer: today, in five, ten and fifteen years.

Times do not change with the people, so an answer holds its minutes once and, for each of these years, how
many people live at each demand point. A report makes its standard table of the two.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from geoaccess.ground.errors import DataError
from geoaccess.study import Study
from geoaccess.study.state import BASE

#: Years after the study's own that the standard table of reports tells.
YEARS_AHEAD = (0, 5, 10, 15)
#: Name of the table, and of the fact that says where it comes from.
TABLE, FACT = "people_by_year", "projection"


def people_by_year(study: Study, scenario: str = BASE) -> tuple[dict[str, pd.DataFrame], dict[str, Any]]:
    """The table of people by year, and where they come from; both empty where the study has no projection.

    Args:
        study: the study in any state.
        scenario: the scenario whose variant of the projection is counted, where it says one.

    Returns:
        ``people_by_year`` with ``demand_id, year`` and the weights, without the years that the projection
        cannot tell; and the fact ``projection`` with ``source``, ``variant``, ``unchanged`` (weights that
        stay as they are) and ``left_out`` (year -> why).
    """
    section = study.as_read.config.demand.projection
    if section is None:
        return {}, {}
    variant = study.with_people_of(scenario).state.variant
    own = study.as_read.config.study.year
    frames: list[pd.DataFrame] = []
    left_out: dict[str, str] = {}
    for year in (own + ahead for ahead in YEARS_AHEAD):
        try:
            there = study.in_state(scenario=BASE, year=year, variant=variant)
        except DataError as error:
            left_out[str(year)] = str(error.faults[0].message)
            continue
        frames.append(there.demand[["demand_id", *study.weights]].assign(year=year))
    table = pd.concat(frames, ignore_index=True)[["demand_id", "year", *study.weights]]
    source = section.of_variant(variant).source if variant else section.source
    told = {
        "source": source,
        "variant": variant,
        "unchanged": list(section.unchanged),
        "left_out": left_out,
    }
    return {TABLE: table}, {FACT: told}
