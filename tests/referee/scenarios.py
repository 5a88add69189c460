"""The right answer where one set of sites serves several states of the world."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from .places import Sites, always_open, minutes_of, promises_kept, site_sets
from .questions import Question, State
from .room import Ground, Served, best_served, unit_counts
from .truth import close

#: Which demand points (or how much weight) are counted in each state.
Counted = tuple[frozenset[int] | float, ...]


@dataclass(frozen=True)
class Robust:
    """Values that are right: one for each choice of whom to count that serves the most; empty where infeasible."""

    values: dict[Counted, float]

    @property
    def best(self) -> float:
        known = [value for value in self.values.values() if not math.isnan(value)]
        return min(known, default=math.nan)


def robust_truth(asked: Question) -> Robust:
    if asked.model == "capacitated-p-median":
        return _with_room(asked)
    allowed = [sites for sites in site_sets(asked) if _kept(asked, sites)]
    served = {sites: _served_by(asked, sites) for sites in allowed}
    weight = {sites: _expected(asked, served[sites]) for sites in allowed}
    most = max(weight.values(), default=0.0)
    counted = {served[sites] for sites in allowed if close(weight[sites], most)}
    return Robust({own: _least(asked, own, allowed) for own in counted})


def weights_in(asked: Question, state: State) -> list[float]:
    return asked.weights if state.weights is None else state.weights


def chances(asked: Question) -> list[float]:
    whole = sum(state.probability for state in asked.states)
    return [state.probability / whole for state in asked.states]


def settling(asked: Question) -> list[float]:
    """What looks at the worst state takes all of them for equally likely when it settles who is counted."""
    return [1.0] * len(asked.states) if asked.criterion in ("worst", "regret") else chances(asked)


def _kept(asked: Question, sites: Sites) -> bool:
    return all(
        promises_kept(asked, weights_in(asked, state), minutes_of(state.costs, sites))
        for state in asked.states
    )


def _served_by(asked: Question, sites: Sites) -> Counted:
    """Who is counted in each state if these sites settle it; in an impossible state the always-open sites do."""
    fixed = tuple(sorted(always_open(asked)))
    return tuple(
        frozenset(
            row
            for row, minutes in enumerate(minutes_of(state.costs, sites if chance > 0 else fixed))
            if minutes < math.inf and weights_in(asked, state)[row] > 0
        )
        for state, chance in zip(asked.states, settling(asked), strict=True)
    )


def _expected(asked: Question, counted: Counted) -> float:
    return math.fsum(
        chance * weights_in(asked, state)[row]
        for state, chance, rows in zip(asked.states, settling(asked), counted, strict=True)
        for row in rows  # type: ignore[union-attr]
    )


def _least(asked: Question, counted: Counted, allowed: list[Sites]) -> float:
    means = [told for sites in allowed if (told := _means(asked, counted, sites)) is not None]
    best = _best_in_each(asked, counted) if asked.criterion == "regret" else []
    return min(criterion(asked, own, best) for own in means)


def _means(asked: Question, counted: Counted, sites: Sites) -> list[float] | None:
    """Mean minutes of the counted in each state (NaN for nobody); None where somebody counted is not served."""
    told = []
    for state, rows in zip(asked.states, counted, strict=True):
        own = _mean_in(asked, state, rows, sites)  # type: ignore[arg-type]
        if own is None:
            return None
        told.append(own)
    return told


def _mean_in(asked: Question, state: State, rows: frozenset[int], sites: Sites) -> float | None:
    minutes, weights = minutes_of(state.costs, sites), weights_in(asked, state)
    if any(minutes[row] == math.inf for row in rows):
        return None
    if not rows:
        return math.nan
    return math.fsum(weights[r] * minutes[r] for r in rows) / math.fsum(weights[r] for r in rows)


def _best_in_each(asked: Question, counted: Counted) -> list[float]:
    """The least mean in each state of any placement that keeps that state's promises."""
    best = []
    for state, rows in zip(asked.states, counted, strict=True):
        own = [
            told
            for sites in site_sets(asked)
            if promises_kept(asked, weights_in(asked, state), minutes_of(state.costs, sites))
            and (told := _mean_in(asked, state, rows, sites)) is not None  # type: ignore[arg-type]
        ]
        best.append(min(own, default=math.nan))
    return best


def criterion(asked: Question, means: list[float], best: list[float]) -> float:
    """The criterion over the states; nobody counted adds nothing."""
    if all(math.isnan(mean) for mean in means):
        return math.nan
    known = [0.0 if math.isnan(mean) else mean for mean in means]
    if asked.criterion == "expected":
        return math.fsum(chance * mean for chance, mean in zip(chances(asked), known, strict=True))
    if asked.criterion == "worst":
        return max(known)
    if asked.criterion == "regret":
        return max(mean - least for mean, least in zip(means, best, strict=True) if not math.isnan(mean))
    left, parts = asked.tail, []
    for mean, chance in sorted(zip(known, chances(asked), strict=True), reverse=True):
        taken = min(chance, left)
        parts.append(taken * mean)
        left -= taken
    return math.fsum(parts) / asked.tail


def _grounds(asked: Question) -> list[Ground]:
    return [
        Ground(
            replace(asked, costs=state.costs, weights=weights_in(asked, state)),
            state.costs,
            weights_in(asked, state),
            asked.demands or weights_in(asked, state),
        )
        for state in asked.states
    ]


def _with_room(asked: Question) -> Robust:
    grounds = _grounds(asked)
    plans = [(sites, units) for sites in site_sets(asked) for units in unit_counts(asked, sites)]
    rooms = [
        {site: count * (asked.capacities or [])[site] for site, count in units.items()} for _, units in plans
    ]
    most = [[best_served(ground, room, everybody=False) for ground in grounds] for room in rooms]
    possible = [number for number, own in enumerate(most) if all(served is not None for served in own)]
    rate = settling(asked)

    def expected(own: list[Served | None]) -> float:
        return math.fsum(chance * served.weight for chance, served in zip(rate, own, strict=True) if served)

    highest = max((expected(most[number]) for number in possible), default=0.0)
    targets = {
        tuple(
            round(s.weight, 12) if chance > 0 and s else 0.0
            for s, chance in zip(most[number], rate, strict=True)
        )
        for number in possible
        if close(expected(most[number]), highest)
    }
    return Robust({target: _least_with_room(asked, grounds, rooms, target) for target in targets})


def _least_with_room(
    asked: Question, grounds: list[Ground], rooms: list[dict[int, float]], target: tuple[float, ...]
) -> float:
    def mean(ground: Ground, room: dict[int, float], wanted: float) -> float | None:
        served = best_served(ground, room, everybody=False, least=wanted) if wanted > 0 else None
        if wanted <= 0:
            return math.nan if best_served(ground, room, everybody=False) is not None else None
        return None if served is None else served.minutes / wanted

    told = [
        [mean(ground, room, wanted) for ground, wanted in zip(grounds, target, strict=True)] for room in rooms
    ]
    best = [
        min(
            (own[number] for own in told if own[number] is not None and own[number] == own[number]),
            default=math.nan,
        )
        for number in range(len(grounds))
    ]
    complete = [[mean for mean in own if mean is not None] for own in told if None not in own]
    return min((criterion(asked, own, best) for own in complete), default=math.nan)  # type: ignore[type-var]
