"""What the map of a placement needs so that its reader can open and close sites."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geoaccess.answers.site_minutes import MOST_ERROR_MIN, MOST_PAIRS, SiteMinutes, StateMinutes, in_quanta
from geoaccess.ground.measures import weighted_percentile
from geoaccess.questions.placement.answer import PlacementResult
from geoaccess.questions.placement.problem import Posed
from geoaccess.study.schema import Placement as Question
from geoaccess.words.note import Note
from optimise import Status

FloatArray = NDArray[np.float64]

#: Models whose proof is about the mean that the page tells.
_MEAN_MODELS = frozenset({"p-median", "relocation"})


def site_minutes_of(results: Mapping[str, PlacementResult]) -> SiteMinutes | Note:
    """Everything that a choice of sites of a placement needs, or why there is none.

    Args:
        results: scenario -> answer, over the same sites.
    """
    first = next(iter(results.values()))
    posed, question = first.posed, first.question
    if posed.problem.capacities is not None:
        return Note("what_if.not.room")
    if question.demand_by == "municipality":
        return Note("what_if.not.municipalities")
    pairs = posed.minutes.size * len(results)
    if pairs > MOST_PAIRS:
        return Note("what_if.not.pairs", pairs=pairs, most=MOST_PAIRS)
    states: dict[str, StateMinutes] = {}
    for name, result in results.items():
        one = result.posed
        limits, within, promises = _limits(result)
        found = in_quanta(one.minutes, one.before, limits, one.today)
        if found is None:
            return Note("what_if.not.error", most=MOST_ERROR_MIN)
        states[name] = found
    places = posed.places
    return SiteMinutes(
        key=first.name,
        kind="placement",
        facility=question.facility,
        sites=places[["site_id", "name", "municipality_code", "lon", "lat"]].assign(
            closable=places["part"].isin(["today", "candidate"]).to_numpy(dtype=bool)
        ),
        demand_ids=first.demand["demand_id"].astype(str).tolist(),
        states=states,
        within=within,
        promises=promises,
        found=[_found(name, result, alone=len(results) == 1) for name, result in results.items()][:1],
    )


def _found(state: str, result: PlacementResult, *, alone: bool) -> dict[str, Any]:
    """The answer as sites that it opens and closes."""
    question, status = result.question, result.solution.status
    is_mean = question.objective in _MEAN_MODELS and question.unreached_min is None
    return {
        "opened": result.chosen["site_id"].astype(str).tolist(),
        "closed": result.sites.loc[result.sites["role"] == "closed", "site_id"].astype(str).tolist(),
        "state": state if alone else "",
        "proven": bool(alone and is_mean and status is Status.OPTIMAL),
    }


def _limits(
    result: PlacementResult,
) -> tuple[FloatArray, list[tuple[int, float | None]], list[dict[str, Any]]]:
    """(n_demand, n_limits) limits in minutes, which of them are told as a share, and the promises."""
    posed, question = result.posed, result.question
    columns: list[FloatArray] = []
    within: list[tuple[int, float | None]] = []
    promises: list[dict[str, Any]] = []
    if np.isfinite(posed.thresholds).all():
        within.append((0, None))
        columns.append(posed.thresholds)
    for one in question.guarantees:
        each = one.share < 1 and (one.by == "municipality" or bool(one.municipalities))
        columns.append(np.full(len(posed.before), float(one.minutes)))
        promises.append(
            {
                "what": "guarantee",
                "minutes": one.minutes,
                "limit": len(columns) - 1,
                "share": one.share,
                "each": each,
                "codes": list(one.municipalities),
            }
        )
    for limits, promise in _floors(result, posed, question):
        columns.append(limits)
        promises.append({**promise, "limit": len(columns) - 1, "codes": []})
    shape = (len(posed.before), 0)
    return (np.stack(columns, axis=1) if columns else np.zeros(shape)), within, promises


def _floors(
    result: PlacementResult, posed: Posed, question: Question
) -> list[tuple[FloatArray, dict[str, Any]]]:
    """Limits of what today's people keep; NaN for those who have nothing to lose."""
    floor = question.floor
    found: list[tuple[FloatArray, dict[str, Any]]] = []
    if floor is None:
        return found
    if floor.loses_at_most_min is not None:
        limits = posed.before + floor.loses_at_most_min
        minutes = floor.loses_at_most_min
        found.append((limits, {"what": "loses", "minutes": minutes, "share": 1.0, "each": False}))
    if floor.municipality_beyond_min is not None:
        persons = result.study.weight(question.weight)
        codes = result.demand["municipality_code"].to_numpy(dtype=object)
        limits = np.full(len(persons), np.nan)
        for code in dict.fromkeys(codes):
            here = codes == code
            today = weighted_percentile(posed.before[here], persons[here], 0.5)
            limits[here] = max(today, floor.municipality_beyond_min) if np.isfinite(today) else np.nan
        minutes = floor.municipality_beyond_min
        found.append((limits, {"what": "median", "minutes": minutes, "share": 0.5, "each": True}))
    return found
