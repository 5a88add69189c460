"""A study in another year: the same places and network, the people of a projection."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from geoaccess.demand.points import DemandPoints
from geoaccess.demand.sections import ProjectionSection
from geoaccess.demand.sources import demand_in_year
from geoaccess.study import Study


def in_year(study: Study, section: ProjectionSection | None, year: int) -> Study:
    """The study with the people of a year of its projection; its own year is the study itself.

    Weights and official totals are those of the year; weights that stay as they are keep their totals.

    Raises:
        DataError: there is no projection, or it does not have that year, a municipality or an age.
    """
    base_year = study.config.study.year
    if year == base_year:
        return study
    points = DemandPoints(study.demand, study.weights)
    table = study.municipalities
    names = dict(zip(table["municipality_code"].astype(str), table["name"].astype(str), strict=True))
    grown = demand_in_year(points, section, study.folder, year=year, base_year=base_year, names=names)
    sums = grown.by_municipality()
    municipalities = table.copy()
    for weight in study.config.municipalities.totals:
        if section is not None and weight in section.ages:
            official = municipalities["municipality_code"].map(sums[weight]).fillna(0.0)
            # Sums of fractions of persons: rounded to what a sum can hold.
            municipalities[f"{weight}_total"] = np.round(official.to_numpy(dtype=np.float64), 6)
    about = study.config.study.model_copy(update={"year": year})
    result = replace(
        study,
        demand=grown.table,
        municipalities=municipalities,
        config=study.config.model_copy(update={"study": about}),
        files=(*study.files, study.folder / section.table) if section else study.files,
        notes=(*study.notes, *grown.notes),
    )
    result.__dict__["network"] = study.network
    result.__dict__["demand_points"] = study.demand_points
    return result
