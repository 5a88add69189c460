"""From sites and times to a placement problem and a model: the question as `optimise` understands it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geoaccess.errors import DataError
from geoaccess.placing.sites import site_table
from geoaccess.placing.times import allowed_pairs, by_municipality, class_thresholds, site_minutes
from geoaccess.study import Study
from geoaccess.study.schema import Guarantee, Placement
from networks.errors import Fault
from optimise import PlacementProblem, Role
from optimise.conditions import Condition
from optimise.guarantees import ShareWithin, Within

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Posed:
    """A question, ready to be solved.

    Attributes:
        places: the sites, see :func:`geoaccess.placing.sites.site_table`.
        minutes: (n_demand, n_sites) of every demand point; NaN where unreachable or not allowed.
        thresholds: (n_demand,) class thresholds, NaN without.
        problem: the problem; its rows are demand points, or municipalities.
        options: parameters of the model.
        row_of: (n_demand,) row of the problem for each demand point.
    """

    places: pd.DataFrame
    minutes: FloatArray
    thresholds: FloatArray
    problem: PlacementProblem
    options: dict[str, Any]
    row_of: NDArray[np.int64]


def pose(
    study: Study, question: Placement, *, sites: int | None = None, objective: str | None = None
) -> Posed:
    """Pose a question of a study, in the state of the world that the study is in.

    Raises:
        DataError: more sites are asked for than there are candidates, or a table has faults.
    """
    places = site_table(study, question)
    minutes = site_minutes(study, question, places)
    weights = study.weight(question.weight)
    codes = study.demand["municipality_code"].astype(str).tolist()
    minutes = np.where(allowed_pairs(study, question, codes, places), minutes, np.nan)
    rows, row_weights, row_ids, row_codes = minutes, weights, study.demand["demand_id"].tolist(), codes
    row_of = np.arange(len(weights))
    if question.demand_by == "municipality":
        rows, row_weights, row_ids = by_municipality(study, minutes, weights)
        row_codes = row_ids
        position = {code: row for row, code in enumerate(row_ids)}
        row_of = np.asarray([position[code] for code in codes], dtype=np.int64)
    thresholds = class_thresholds(study, question)
    problem = PlacementProblem(
        rows,
        weights=row_weights,
        roles=[Role(role) for role in places["role"]],
        max_moves=question.moves if question.existing == "may_move" else None,
        site_ids=places["site_id"],
        demand_ids=row_ids,
        demand_groups=row_codes,
        groups=places["municipality_code"],
        conditions=_conditions(question.guarantees, sorted(set(row_codes))),
        **_limits(question, places, row_weights, sites),
    )
    return Posed(
        places, minutes, thresholds, problem, _options(question, objective, row_weights, thresholds), row_of
    )


def _limits(
    question: Placement, places: pd.DataFrame, weights: FloatArray, sites: int | None
) -> dict[str, Any]:
    """How many sites, and how much each can serve."""
    limits: dict[str, Any] = {}
    if question.units is not None:
        limits["capacities"] = np.full(len(places), question.units.persons_per_unit)
        limits["demands"] = weights
        if sites is not None:
            limits["p_new"] = sites
        return limits
    count = question.sites if sites is None else sites
    n_candidates = int((places["role"] == "candidate").sum())
    if question.existing == "may_close":
        count += int((places["part"] == "today").sum())
    if count > n_candidates:
        raise DataError(f"{count} new sites asked for, but there are only {n_candidates} candidate places")
    return {"p_new": count}


def _options(
    question: Placement, objective: str | None, weights: FloatArray, thresholds: FloatArray
) -> dict[str, Any]:
    """Parameters of the model; those of another objective than the question's own do not apply."""
    same = objective in {None, question.objective}
    options: dict[str, Any] = dict(question.options) if same else {}
    wants_radius = (objective or question.objective) in {"mclp", "lscp", "mexclp", "malp"}
    if options.get("radius") == "class" or (wants_radius and "radius" not in options):
        if np.isnan(thresholds).any():
            raise DataError(
                [Fault("needs [placements.*.response] for the radius of each class", where="study.toml")]
            )
        options["radius"] = thresholds
    if question.units is not None:
        units = question.units
        options.setdefault("min_units", units.minimum)
        options.setdefault("max_units", units.maximum)
        options.setdefault("total_units", units.total or math.ceil(weights.sum() / units.persons_per_unit))
    return options


def _conditions(guarantees: tuple[Guarantee, ...], codes: list[str]) -> list[Condition]:
    made: list[Condition] = []
    for promise in guarantees:
        whom: list[str | None] = [None]
        if promise.by == "municipality" or promise.municipalities:
            whom = [code for code in codes if not promise.municipalities or code in promise.municipalities]
        for group in whom:
            if promise.share >= 1:
                made.append(Within(promise.minutes, group=group))
            else:
                made.append(ShareWithin(promise.minutes, share=promise.share, group=group))
    return made
