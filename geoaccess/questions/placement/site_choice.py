"""What the map of a placement needs so that its reader can open and close sites."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from geoaccess.answers.site_minutes import MOST_ERROR_MIN, MOST_PAIRS, SiteMinutes, StateMinutes, in_quanta
from geoaccess.ground.arrays import FloatArray
from geoaccess.ground.errors import GeoaccessError
from geoaccess.ground.measures import weighted_percentile
from geoaccess.minutes import as_study
from geoaccess.questions.placement.answer import PlacementResult, solved
from geoaccess.questions.placement.problem import Posed, pose
from geoaccess.study import Study
from geoaccess.study.placement_sections import Placement as Question
from geoaccess.study.state import BASE
from geoaccess.words.note import Note, as_note, note_codes
from optimise import Solution, Status
from optimise.conditions import SiteCount

#: Models whose proof is about the mean that the page tells.
_MEAN_MODELS = frozenset({"p-median", "relocation"})
#: The best placements of one to so many new sites go into a page, as far as they are proven within so many
#: seconds in all.
_MOST_COUNTED, _COUNTING_S = 6, 10.0


@dataclass(frozen=True, eq=False)
class Asked:
    """A placement as it was posed in a state.

    Attributes:
        study: the study with the people that are counted.
        name: name of the placement.
        posed: the question, ready to be solved.
    """

    study: Study
    name: str
    posed: Posed


def site_minutes_of(results: Mapping[str, PlacementResult]) -> SiteMinutes | Note:
    """Everything that a choice of sites of a placement needs, or why there is none.

    Args:
        results: scenario -> answer, over the same sites.
    """
    asked = {name: Asked(result.study, result.name, result.posed) for name, result in results.items()}
    state, first = next(iter(results.items()))
    alone = len(results) == 1
    return _choosable(asked, [found_in(first.posed, first.solution, state if alone else "", alone=alone)])


def site_minutes_of_question(
    study: Study | str, placement: str, scenarios: Sequence[str] = (BASE,)
) -> SiteMinutes | Note:
    """The same for a question that nobody has solved: today's sites, and the proven best of a few numbers.

    Args:
        study: a study, its name or its path.
        placement: name of the placement.
        scenarios: states of the world, over the same sites.

    Raises:
        UnknownNameError: no such placement or scenario.
        DataError: the question's tables have faults.
    """
    loaded = as_study(study).with_common_people(scenarios)
    question = loaded.placement(placement)
    asked = {
        name: Asked(loaded, placement, pose(loaded.in_state(scenario=name), question)) for name in scenarios
    }
    made = _choosable(asked, [])
    if isinstance(made, Note):
        return made
    return with_proven_counts(made, asked[scenarios[0]].posed, scenarios[0])


def with_proven_counts(subject: SiteMinutes, posed: Posed, state: str) -> SiteMinutes:
    """A subject with the proven best of every small number of new sites, beside the answers it has.

    Only where today's sites stay and the mean is what is made small: elsewhere another number of sites is
    another question. Numbers that break a promise, or take too long, have none.
    """
    question = posed.question
    if not _is_mean(question) or question.existing != "stay" or question.budget is not None:
        return subject
    known = {len(one["opened"]) for one in subject.found if one["proven"]}
    most = min(_MOST_COUNTED, int((posed.places["part"] == "candidate").sum()))
    found, end = list(subject.found), time.monotonic() + _COUNTING_S
    for count in range(1, most + 1):
        left = end - time.monotonic()
        if count in known or left <= 0:
            continue
        one = replace(posed, problem=posed.with_sites(count))
        try:
            solution = solved(one, time_limit_s=left)
        except GeoaccessError:
            continue
        if solution.status is Status.OPTIMAL:
            found.append(found_in(one, solution, state, alone=True))
    return replace(subject, found=found)


def _choosable(asked: Mapping[str, Asked], found: Sequence[Mapping[str, Any]]) -> SiteMinutes | Note:
    first = next(iter(asked.values()))
    posed, question = first.posed, first.posed.question
    if posed.problem.capacities is not None:
        return Note("what_if.not.room")
    if question.budget_posts is not None:
        return Note("what_if.not.posts")
    if question.demand_by == "municipality":
        return Note("what_if.not.municipalities")
    pairs = posed.minutes.size * len(asked)
    if pairs > MOST_PAIRS:
        return Note("what_if.not.pairs", pairs=pairs, most=MOST_PAIRS)
    states: dict[str, StateMinutes] = {}
    for name, one in asked.items():
        limits, within, promises = _limits(one)
        quanta = in_quanta(one.posed.minutes, one.posed.before, limits, one.posed.today)
        if quanta is None:
            return Note("what_if.not.error", most=MOST_ERROR_MIN)
        states[name] = quanta
    places = posed.places
    return SiteMinutes(
        key=first.name,
        kind="placement",
        facility=question.facility,
        sites=places[["site_id", "name", "municipality_code", "lon", "lat"]].assign(
            closable=places["part"].isin(["today", "candidate"]).to_numpy(dtype=bool)
        ),
        demand_ids=first.study.demand["demand_id"].astype(str).tolist(),
        states=states,
        within=within,
        promises=promises,
        found=found,
        limits=_site_limits(posed),
        costs=[] if question.budget is None else places["cost"].astype(float).tolist(),
    )


def _is_mean(question: Question) -> bool:
    return question.objective in _MEAN_MODELS and question.unreached_min is None


def found_in(posed: Posed, solution: Solution, state: str, *, alone: bool) -> dict[str, Any]:
    """A solution as the sites that it opens and closes; ``alone``: its proof is about one state."""
    sites = np.zeros(len(posed.places), dtype=bool)
    sites[solution.chosen] = True
    ids, own = posed.places["site_id"].astype(str), (posed.places["part"] == "today").to_numpy()
    return {
        "opened": ids[sites & ~posed.today].tolist(),
        "closed": ids[own & ~sites].tolist(),
        "state": state,
        "proven": bool(alone and _is_mean(posed.question) and solution.status is Status.OPTIMAL),
    }


def _site_limits(posed: Posed) -> list[dict[str, Any]]:
    """How many sites the question opens and closes, where, and at what price."""
    question = posed.question
    most: list[tuple[str, str, float]] = []
    if question.sites is not None and question.existing != "may_move":
        most.append(("sites", "opened", question.sites))
    if question.existing == "stay":
        most.append(("stay", "closed", 0))
    if question.existing == "may_move":
        most.append(("moves", "closed", question.moves))
    if question.budget is not None:
        most.append(("budget", "cost", question.budget))
    counted = [one for one in posed.problem.conditions if isinstance(one, SiteCount)]
    return [
        *(
            {"code": code, "number": float(number), "what": what, "at_most": float(number)}
            for code, what, number in most
        ),
        *(
            {
                "note": note_codes([as_note(one.words())])[0],
                "what": "opened",
                "at_most": one.at_most,
                "at_least": one.at_least,
                "sites": [str(site) for site in one.sites or ()],
            }
            for one in counted
        ),
    ]


def _limits(
    asked: Asked,
) -> tuple[FloatArray, list[tuple[int, float | None]], list[dict[str, Any]]]:
    """(n_demand, n_limits) limits in minutes, which of them are told as a share, and the promises."""
    posed, question = asked.posed, asked.posed.question
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
    for limits, promise in _floors(asked):
        columns.append(limits)
        promises.append({**promise, "limit": len(columns) - 1, "codes": []})
    shape = (len(posed.before), 0)
    return (np.stack(columns, axis=1) if columns else np.zeros(shape)), within, promises


def _floors(asked: Asked) -> list[tuple[FloatArray, dict[str, Any]]]:
    """Limits of what today's people keep; NaN for those who have nothing to lose."""
    posed, floor = asked.posed, asked.posed.question.floor
    found: list[tuple[FloatArray, dict[str, Any]]] = []
    if floor is None:
        return found
    if floor.loses_at_most_min is not None:
        limits = posed.before + floor.loses_at_most_min
        minutes = floor.loses_at_most_min
        found.append((limits, {"what": "loses", "minutes": minutes, "share": 1.0, "each": False}))
    if floor.municipality_beyond_min is not None:
        persons = asked.study.weight(posed.question.weight)
        codes = asked.study.demand["municipality_code"].to_numpy(dtype=object)
        limits = np.full(len(persons), np.nan)
        for code in dict.fromkeys(codes):
            here = codes == code
            today = weighted_percentile(posed.before[here], persons[here], 0.5)
            limits[here] = max(today, floor.municipality_beyond_min) if np.isfinite(today) else np.nan
        minutes = floor.municipality_beyond_min
        found.append((limits, {"what": "median", "minutes": minutes, "share": 0.5, "each": True}))
    return found
