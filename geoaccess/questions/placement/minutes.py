"""Times of a placement question: fixed parts, travel in the direction of the service, the way on."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geoaccess.ground.errors import DataError
from geoaccess.ground.tables import Column, read_table
from geoaccess.questions.placement.craft import craft_minutes
from geoaccess.study import Study
from geoaccess.study.schema import Placement
from networks import travel_time_matrix
from networks.errors import Fault

FloatArray = NDArray[np.float64]


def site_minutes(study: Study, question: Placement, places: pd.DataFrame) -> FloatArray:
    """(n_demand, n_sites) minutes from the alarm until the service is given; NaN unreachable.

    The parts of the question (of the alternative, for its sites) plus travel from site to person or from
    person to site, plus the way of the vehicle that fetches the person for an alternative, plus, where the
    question asks for the whole chain, the way on to the best hospital.
    """
    minutes = np.full((len(study.demand), len(places)), np.nan)
    by_road = (places["mode"] == "road").to_numpy()
    for part in places.loc[by_road, "part"].unique():
        columns = by_road & (places["part"] == part).to_numpy()
        other = next((item for item in question.alternatives if item.kind == part), None)
        direction = other.direction if other else question.direction
        parts = other.parts if other else question.parts
        minutes[:, columns] = sum(parts.values()) + travel(study, places[columns], direction)
        if other is not None and other.fetched_by:
            minutes[:, columns] += nearest_minutes(study, other.fetched_by, "from_site")[:, None]
    for craft in question.craft:
        columns = (places["mode"] == craft.mode).to_numpy()
        minutes[:, columns] = craft_minutes(study, craft, places[columns])
    if question.onward is not None:
        minutes += onward_minutes(study, question)[:, None]
    return minutes


def travel(study: Study, places: pd.DataFrame, direction: str) -> FloatArray:
    """(n_demand, n_places) travel minutes, from the place to the person or the other way."""
    sites = study.on_network(places)
    if direction == "from_site":
        return travel_time_matrix(study.network, sites, study.demand_points).T
    return travel_time_matrix(study.network, study.demand_points, sites)


def onward_minutes(study: Study, question: Placement) -> FloatArray:
    """(n_demand,) minutes from the person to the best hospital, its fixed parts included; NaN unreachable.

    The best hospital of a person does not depend on which station the ambulance comes from.
    """
    if question.onward is None:
        return np.zeros(len(study.demand))
    return nearest_minutes(study, question.onward.kind, "to_site") + sum(question.onward.parts.values())


def nearest_minutes(study: Study, kind: str, direction: str) -> FloatArray:
    """(n_demand,) travel minutes between people and the nearest facility of a kind; NaN unreachable."""
    minutes = travel(study, study.facilities_of(kind), direction)
    best = np.where(np.isnan(minutes), np.inf, minutes).min(axis=1)
    return np.where(np.isfinite(best), best, np.nan)


def class_thresholds(study: Study, question: Placement) -> FloatArray:
    """(n_demand,) response threshold of each demand point by its municipality's class; NaN without one."""
    if question.response is None:
        return np.full(len(study.demand), np.nan)
    urban = study.municipalities.set_index("municipality_code")["urban"]
    is_urban = urban.loc[study.demand["municipality_code"]].to_numpy(dtype=bool)
    return np.where(is_urban, question.response.urban_min, question.response.rural_min)


def allowed_pairs(
    study: Study, question: Placement, codes: list[str], places: pd.DataFrame
) -> NDArray[np.bool_]:
    """(n, n_sites) whether people of a municipality may be served at a site, by the question's catchment.

    Args:
        study: the study.
        question: the question.
        codes: municipality code of each row.
        places: the sites.

    Raises:
        DataError: the table of neighbours has faults.
    """
    sites = places["municipality_code"].to_numpy(dtype=object)
    rows = np.asarray(codes, dtype=object)
    if question.catchment == "any":
        return np.ones((len(rows), len(sites)), dtype=bool)
    allowed = rows[:, None] == sites[None, :]
    if question.catchment == "neighbours":
        steps = _borders_between(study, question, sorted({*codes, *map(str, sites)}))
        allowed |= np.array([[steps[row, site] for site in sites] for row in rows], dtype=bool)
    return np.asarray(allowed, dtype=bool)


def _borders_between(study: Study, question: Placement, codes: list[str]) -> dict[tuple[str, str], bool]:
    """Whether two municipalities are at most ``question.borders`` borders apart."""
    if not question.neighbours:
        raise DataError([Fault("catchment 'neighbours' needs a table of neighbours", where="study.toml")])
    table = read_table(
        study.folder / question.neighbours, [Column("municipality_a"), Column("municipality_b")]
    )
    known = sorted({*codes, *table["municipality_a"], *table["municipality_b"]})
    place = {code: number for number, code in enumerate(known)}
    one = np.eye(len(known), dtype=bool)
    first = table["municipality_a"].map(place).to_numpy(dtype=np.int64)
    second = table["municipality_b"].map(place).to_numpy(dtype=np.int64)
    one[first, second] = one[second, first] = True
    near = np.linalg.matrix_power(one.astype(np.float64), question.borders) > 0
    return {(a, b): bool(near[place[a], place[b]]) for a in codes for b in codes}


def by_municipality(
    study: Study, minutes: FloatArray, weights: FloatArray
) -> tuple[FloatArray, FloatArray, list[str]]:
    """Times and weights of whole municipalities: the weighted mean of their points to every site.

    A site that some inhabited point of a municipality cannot reach is unreachable for the municipality;
    points that no site at all reaches (an island without a car ferry) count in the weight only, or else they
    would cut off the whole municipality.

    Returns:
        (n_municipalities, n_sites) minutes, (n_municipalities,) weights, and the codes.
    """
    codes = study.demand["municipality_code"].to_numpy(dtype=object)
    names = [str(code) for code in study.municipalities["municipality_code"]]
    reached = (weights > 0) & np.isfinite(minutes).any(axis=1)
    times = np.full((len(names), minutes.shape[1]), np.nan)
    totals = np.zeros(len(names))
    for row, name in enumerate(names):
        here = codes == name
        totals[row] = weights[here].sum()
        told = here & reached
        if told.any():
            times[row] = weights[told] @ minutes[told] / weights[told].sum()
    return times, totals, names
