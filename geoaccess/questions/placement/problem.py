"""From sites and times to a placement problem and a model: the question as `optimise` understands it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geoaccess.ground.arrays import FloatArray
from geoaccess.ground.errors import DataError
from geoaccess.questions.placement.minutes import (
    allowed_pairs,
    by_municipality,
    class_thresholds,
    site_minutes,
)
from geoaccess.questions.placement.posts import by_pattern
from geoaccess.questions.placement.promises import conditions, municipality_rows, point_rows
from geoaccess.questions.placement.question import asked
from geoaccess.questions.placement.sites import site_table, today_table
from geoaccess.questions.placement.units import unit_load
from geoaccess.study import Study
from geoaccess.study.placement_sections import Placement
from geoaccess.study.sections import model_faults
from geoaccess.words.note import Note
from networks.errors import Fault
from networks.files import give_back_pages
from optimise import PlacementProblem, Role
from optimise.arrays import row_blocks
from optimise.declarations import DECLARED
from optimise.models import make_model
from optimise.models.base import Model

_DEFAULT_SITES = 3
_COVERING = frozenset({"mclp", "lscp", "mexclp", "malp"})


@dataclass(frozen=True, eq=False)
class Posed:
    """A question, ready to be solved.

    Attributes:
        question: the question as it was asked.
        places: the sites, see :func:`geoaccess.questions.placement.sites.site_table`.
        minutes: (n_demand, n_sites) of every demand point; inf where unreachable or not allowed. Where the
            rows of the problem are the demand points it is the problem's own matrix.
        thresholds: (n_demand,) class thresholds, NaN without.
        problem: the problem; its rows are demand points, or municipalities.
        options: parameters of the model.
        row_minutes: (n_rows, n_sites) of every row of the problem; inf or NaN where none leads.
        row_of: (n_demand,) row of the problem for each demand point.
        row_names: (n_rows,) what people call the rows.
        load: (n_rows,) units that the people of each row take, or None where no units are placed.
        before: (n_demand,) minutes without the new sites.
        site_before: (n_demand,) id of the site that serves then, empty for none.
    """

    question: Placement
    places: pd.DataFrame
    minutes: FloatArray
    thresholds: FloatArray
    problem: PlacementProblem
    options: dict[str, Any]
    row_minutes: FloatArray
    row_of: NDArray[np.int64]
    row_names: tuple[str, ...]
    load: FloatArray | None
    before: FloatArray
    site_before: NDArray[np.object_]

    @property
    def model(self) -> Model:
        """The model with its parameters."""
        return make_model(self.question.objective, self.options)

    @property
    def today(self) -> NDArray[np.bool_]:
        """(n_sites,) True for the sites that are there without any new one."""
        return (self.places["part"] != "candidate").to_numpy()

    def nearest(self, sites: NDArray[np.bool_]) -> tuple[FloatArray, NDArray[np.int64]]:
        """Minutes and site of everybody when just these sites are open: NaN and -1 where none serves.

        Municipalities that are assigned as one go to the site that is nearest on average.
        """
        return nearest_by_row(self.minutes, self.row_minutes, self.row_of, sites)

    def with_sites(self, count: int) -> PlacementProblem:
        """The problem with another number of new sites."""
        return self.problem.replace(p_new=count + _free_today(self.question, self.places))


def nearest_of(minutes: FloatArray, columns: NDArray[np.bool_]) -> tuple[FloatArray, NDArray[np.int64]]:
    """Fastest of some columns for every row, NaN and -1 where none reaches it."""
    chosen = np.flatnonzero(columns)
    if not len(chosen):
        return np.full(len(minutes), np.nan), np.full(len(minutes), -1, dtype=np.int64)
    times = np.take(minutes, chosen, axis=1)
    times[np.isnan(times)] = np.inf
    which = np.argmin(times, axis=1)
    best = times[np.arange(len(times)), which]
    reached = np.isfinite(best)
    return np.where(reached, best, np.nan), np.where(reached, chosen[which], -1)


def nearest_by_row(
    minutes: FloatArray, rows: FloatArray, row_of: NDArray[np.int64], columns: NDArray[np.bool_]
) -> tuple[FloatArray, NDArray[np.int64]]:
    """Minutes of every demand point to the site that is fastest for the row that it belongs to."""
    which = nearest_of(rows, columns)[1][row_of]
    times = minutes_at(minutes, which)
    # A municipality may be served at a site that one of its places cannot reach.
    return times, np.where(np.isnan(times), -1, which)


def minutes_at(minutes: FloatArray, which: NDArray[np.int64]) -> FloatArray:
    """(n,) minutes of every row to one site each; NaN where it is -1 or unreachable."""
    times = minutes[np.arange(len(which)), np.maximum(which, 0)]
    return np.where((which >= 0) & np.isfinite(times), times, np.nan)


def pose(
    study: Study,
    question: Placement,
    *,
    sites: int | None = None,
    objective: str | None = None,
    apart: NDArray[np.int64] | None = None,
) -> Posed:
    """Pose a question of a study, in the state of the world that the study is in.

    Args:
        study: the study.
        question: the question.
        sites: another number of new sites.
        objective: another model.
        apart: where municipalities are assigned as one, see
            :func:`geoaccess.questions.placement.minutes.by_municipality`.

    Raises:
        DataError: more sites are asked for than there are candidates, or a table has faults.
    """
    question = asked(question, sites=sites, objective=objective)
    faults = model_faults(question.title, question) if question.objective in DECLARED else []
    if faults:
        raise DataError(faults)
    places = site_table(study, question)
    minutes = site_minutes(study, question, places)
    give_back_pages(study.network)  # what follows holds several times the room of a country, and no ways
    weights = study.weight(question.weight)
    if question.catchment != "any":
        codes = study.demand["municipality_code"].astype(str).tolist()
        np.copyto(minutes, np.nan, where=~allowed_pairs(study, question, codes, places))
    if question.budget_posts is not None:
        crews = by_pattern(study, question, places, minutes)
        places, minutes = crews.places, crews.minutes
    load: FloatArray | None = None if question.units is None else unit_load(study, question)
    whole = None
    if question.demand_by == "municipality":
        whole = by_municipality(study, minutes, weights, apart=apart)
    minutes = _frozen(minutes)
    rows, row_weights, row_of = minutes, weights, np.arange(len(weights))
    if whole is not None:
        rows, row_weights, row_of = whole.minutes, whole.weights, whole.row_of
        named = municipality_rows(study, whole)
        if load is not None:
            # Beds are for everybody, for those whom no site reaches too.
            summed = np.bincount(whole.first_row, weights=load, minlength=len(row_weights))
            load = np.asarray(summed, dtype=np.float64)
    else:
        named = point_rows(study, weights)
    thresholds = class_thresholds(study, question)
    problem = PlacementProblem(
        _counted(question, rows),
        weights=row_weights,
        roles=[Role(role) for role in places["role"]],
        max_moves=question.moves if question.existing == "may_move" else None,
        site_ids=places["site_id"],
        demand_ids=[row.row_id for row in named],
        demand_groups=[row.code for row in named],
        groups=places["municipality_code"],
        conditions=conditions(
            study, question, named, places, before=_today_rows(rows, places), weights=row_weights
        ),
        **_limits(question, places, load),
    )
    before, site_before = _before(study, question, places, minutes, rows, row_of)
    return Posed(
        question=question,
        places=places,
        minutes=minutes,
        thresholds=thresholds,
        problem=problem,
        options=_options(question, load, thresholds),
        row_minutes=rows,
        row_of=row_of,
        row_names=tuple(row.name for row in named),
        load=load,
        before=before,
        site_before=site_before,
    )


def _frozen(minutes: FloatArray) -> FloatArray:
    """The minutes as a problem takes them without a copy: read-only, inf where unreachable."""
    own = minutes if minutes.flags.owndata else minutes.copy()
    for rows in row_blocks(own.shape):
        own[rows][np.isnan(own[rows])] = np.inf
    own.flags.writeable = False
    return own


def _today_rows(rows: FloatArray, places: pd.DataFrame) -> FloatArray:
    """(n_rows,) minutes of the rows by the sites that are there without any new one."""
    return nearest_of(rows, (places["part"] != "candidate").to_numpy())[0]


def _before(
    study: Study,
    question: Placement,
    places: pd.DataFrame,
    minutes: FloatArray,
    rows: FloatArray,
    row_of: NDArray[np.int64],
) -> tuple[FloatArray, NDArray[np.object_]]:
    """How everybody is served today; where today's sites do not compete, by them all the same."""
    today = (places["part"] != "candidate").to_numpy()
    if question.existing == "ignore":
        kept = question.model_copy(update={"existing": "stay"})
        extra = today_table(study, kept)
        if len(extra):
            codes = study.demand["municipality_code"].astype(str).tolist()
            times = site_minutes(study, kept, extra)
            times = np.where(allowed_pairs(study, kept, codes, extra), times, np.nan)
            places = pd.concat([places, extra], ignore_index=True)
            minutes = np.concatenate([minutes, times], axis=1)
            today = np.append(today, np.ones(len(extra), dtype=bool))
            rows = minutes
            if question.demand_by == "municipality":
                whole = by_municipality(study, minutes, study.weight(question.weight))
                rows, row_of = whole.minutes, whole.row_of
    before, which = nearest_by_row(minutes, rows, row_of, today)
    return before, np.append(places["site_id"].to_numpy(dtype=object), "")[which]


def _counted(question: Placement, rows: FloatArray) -> FloatArray:
    """Minutes as the objective counts them.

    Where the unreached count as so many minutes, nobody counts for more: or else a way that is longer would
    be worse than none.
    """
    if question.unreached_min is None:
        return rows
    if _uses(question, "capacities"):
        raise DataError(Note("fault.place.left_out", objective=question.objective))
    promised = max((promise.minutes for promise in question.guarantees), default=0.0)
    if promised >= question.unreached_min:
        raise DataError(
            Note("fault.place.guarantee_unreached", promised=promised, unreached_min=question.unreached_min)
        )
    return np.where(np.isnan(rows), question.unreached_min, np.minimum(rows, question.unreached_min))


def _uses(question: Placement, what: str) -> bool:
    """Whether the question's model takes account of something that others would ignore."""
    return question.objective in DECLARED and what in DECLARED[question.objective].takes


def _free_today(question: Placement, places: pd.DataFrame) -> int:
    """Sites of today that compete with new ones, and so count among those that are opened."""
    return int((places["part"] == "today").sum()) if question.existing == "may_close" else 0


def _limits(question: Placement, places: pd.DataFrame, load: FloatArray | None) -> dict[str, Any]:
    """How many sites, what they may cost, and how much each can serve."""
    limits: dict[str, Any] = {}
    if load is not None and _uses(question, "capacities"):
        limits |= {"capacities": np.ones(len(places)), "demands": load}
    budget = question.budget if question.budget_posts is None else question.budget_posts
    if budget is not None or _uses(question, "fixed_costs"):
        limits |= {"fixed_costs": places["cost"].to_numpy(dtype=np.float64), "budget": budget}
    elsewhere = "capacities" in limits or budget is not None or _uses(question, "fixed_costs")
    if question.sites is None and (elsewhere or question.objective == "lscp"):
        return limits
    count = _DEFAULT_SITES if question.sites is None else question.sites
    n_candidates = int((places["part"] == "candidate").sum())
    if count > n_candidates:
        raise DataError(Note("fault.place.candidates", count=count, n_candidates=n_candidates))
    return limits | {"p_new": count + _free_today(question, places)}


def _options(question: Placement, load: FloatArray | None, thresholds: FloatArray) -> dict[str, Any]:
    """Parameters of the model, with what the question says of thresholds and units."""
    options: dict[str, Any] = dict(question.options)
    if isinstance(options.get("busy"), str):
        raise DataError(Note("fault.busy.place"))
    wants_radius = question.objective in _COVERING
    if options.get("radius") == "class" or (wants_radius and "radius" not in options):
        if np.isnan(thresholds).any():
            raise DataError(
                [Fault("needs [placements.*.response] for the radius of each class", where="study.toml")]
            )
        options["radius"] = thresholds
    if load is not None and _uses(question, "capacities"):
        units = question.units
        assert units is not None
        options.setdefault("min_units", units.minimum)
        options.setdefault("max_units", units.maximum)
        options.setdefault("total_units", units.total or math.ceil(load.sum() - 1e-9))
    return options
